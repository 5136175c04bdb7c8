/*
 * Who waits for one agent alone: a policy put the segment off but for that
 * agent. It is parked for all others until its time; the agent's list has it.
 */
#include <acd/internal.h>

void usher__await(struct segment *seg, struct agent *agent)
{
	struct agent *old = seg->q.awaits;

	if (old) {
		if (seg->q.await_prev)
			seg->q.await_prev->q.await_next = seg->q.await_next;
		else
			old->awaiting = seg->q.await_next;
		if (seg->q.await_next)
			seg->q.await_next->q.await_prev = seg->q.await_prev;
	}
	seg->q.awaits = agent;
	seg->q.await_prev = NULL;
	seg->q.await_next = agent ? agent->awaiting : NULL;
	if (seg->q.await_next)
		seg->q.await_next->q.await_prev = seg;
	if (agent)
		agent->awaiting = seg;
}

static void over(struct usher_acd *acd, struct segment *seg)
{
	usher__await(seg, NULL);
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
		if (seg->kind == USHER_SEGMENT_QUEUE && seg->q.awaits == agent)
			over(acd, seg);
	}
}
