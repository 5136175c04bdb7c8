/*
 * Who waits for one agent alone: a policy put the segment off but for that
 * agent. It is parked for all others until its time; the agent's list has it.
 */
#include <acd/internal.h>

struct special *usher__special(struct usher_acd *acd, struct segment *seg)
{
	if (!seg->q.special)
		seg->q.special = usher__pool_get(&acd->special_pool);
	return seg->q.special;
}

void usher__special_put(struct usher_acd *acd, struct segment *seg)
{
	struct special *special = seg->q.special;

	if (!special || special->awaits || special->widen || special->rests)
		return;
	seg->q.special = NULL;
	usher__pool_put(&acd->special_pool, special);
}

static void unlink_from(struct special *special)
{
	struct segment *prev = special->await_prev;
	struct segment *next = special->await_next;

	if (prev)
		prev->q.special->await_next = next;
	else
		special->awaits->awaiting = next;
	if (next)
		next->q.special->await_prev = prev;
	special->awaits = NULL;
	special->await_prev = NULL;
	special->await_next = NULL;
}

void usher__await(struct usher_acd *acd, struct segment *seg,
		  struct agent *agent)
{
	struct special *special;

	if (usher__awaits(seg))
		unlink_from(seg->q.special);
	if (!agent) {
		usher__special_put(acd, seg);
		return;
	}
	special = usher__special(acd, seg);
	special->awaits = agent;
	special->await_next = agent->awaiting;
	if (agent->awaiting)
		agent->awaiting->q.special->await_prev = seg;
	agent->awaiting = seg;
}
