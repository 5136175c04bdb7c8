/*
 * The end of waiting for one agent alone: all others may be asked again.
 */
#include <acd/internal.h>

static void over(struct usher_acd *acd, struct segment *seg)
{
	usher__await(acd, seg, NULL);
	seg->q.until = 0;
	usher__segment_timer(acd, seg);
	usher__segment_index(acd, seg);
	usher__mark_segment(acd, seg);
}

void usher__await_end(struct usher_acd *acd, struct agent *agent)
{
	while (agent->awaiting)
		over(acd, agent->awaiting);
}

void usher__await_met(struct usher_acd *acd, struct contact *contact,
		      const struct agent *agent)
{
	for (struct segment *seg = contact->segments; seg; seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_QUEUE &&
		    usher__awaits(seg) == agent)
			over(acd, seg);
	}
}
