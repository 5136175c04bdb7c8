/*
 * Deadlines: one tree by (time, kind, id). What comes of them is in due.c.
 *
 * A second tree has those of segments that rest: the conditions of their steps
 * were looked at and did not hold, and until the next event only time can
 * change that, which is where the timer stands. So a core that is behind its
 * time looks at a condition once for each thing that happened, and not once
 * for each `check` that it missed. Where the timer of a segment stands before
 * and after does not depend on whether it rests: what is left out would have
 * found nothing.
 */
#include <acd/internal.h>
#include <acd/timers.h>

static struct usher__tree *tree_of(struct usher_acd *acd,
				   const struct usher__node *node)
{
	return node->k1 & TIMER_RESTS ? &acd->resting : &acd->timers;
}

static void set(struct usher_acd *acd, struct timer **timer, int64_t at,
		uint32_t kind, uint64_t id, void *ptr)
{
	if (*timer)
		usher__tree_del(tree_of(acd, &(*timer)->node),
				&(*timer)->node);
	else
		*timer = usher__pool_get(&acd->timer_pool);
	(*timer)->ptr = ptr;
	(*timer)->node.k0 = at;
	(*timer)->node.k1 = kind;
	(*timer)->node.k2 = id;
	usher__tree_add(tree_of(acd, &(*timer)->node), &(*timer)->node);
}

void usher__timer_set(struct usher_acd *acd, struct timer **timer, int64_t at,
		      enum timer_kind kind, uint64_t id, void *ptr)
{
	set(acd, timer, at, kind, id, ptr);
}

void usher__timer_clear(struct usher_acd *acd, struct timer **timer)
{
	if (!*timer)
		return;
	usher__tree_del(tree_of(acd, &(*timer)->node), &(*timer)->node);
	usher__pool_put(&acd->timer_pool, *timer);
	*timer = NULL;
}

/* By time, kind and id, whichever tree they are of. */
struct usher__node *usher__timer_first(const struct usher_acd *acd)
{
	struct usher__node *a = usher__tree_first(&acd->timers);
	struct usher__node *b = usher__tree_first(&acd->resting);

	if (!a || !b)
		return a ? a : b;
	if (a->k0 != b->k0)
		return a->k0 < b->k0 ? a : b;
	if (TIMER_KIND(a->k1) != TIMER_KIND(b->k1))
		return TIMER_KIND(a->k1) < TIMER_KIND(b->k1) ? a : b;
	return a->k2 < b->k2 ? a : b;
}

/* The earliest of: longest wait, answer of the external policy, end of a
 * deferral, a step of the queue. One that is overdue comes now. */
static void set_first(struct usher_acd *acd, struct segment *seg, int64_t step,
		      uint32_t rests)
{
	int64_t at = seg->q.deadline ? seg->q.deadline : USHER_NEVER;
	uint32_t kind = TIMER_MAX_WAIT;

	if (seg->state == USHER_SEGMENT_DECIDING && seg->q.until < at) {
		at = seg->q.until;
		kind = TIMER_DECIDE;
	} else if (seg->state == USHER_SEGMENT_WAITING &&
		   seg->q.until > acd->now && seg->q.until < at) {
		at = seg->q.until;
		kind = TIMER_DEFER;
	}
	if (step < at) {
		at = step;
		kind = TIMER_STEP;
	}
	if (at != USHER_NEVER || rests)
		set(acd, &seg->timer, at, kind | rests, seg->id, seg);
	else
		usher__timer_clear(acd, &seg->timer);
}

void usher__segment_timer(struct usher_acd *acd, struct segment *seg)
{
	set_first(acd, seg,
		  seg->q.queue->step_count
			  ? usher__steps_at(acd, seg, acd->now)
			  : USHER_NEVER,
		  0);
}

void usher__segment_rest(struct usher_acd *acd, struct segment *seg)
{
	int64_t at;
	bool rests;

	/* the others, of what was before; this one knows it */
	usher__wake(acd);
	rests = usher__steps_rest(acd, seg, &at);
	set_first(acd, seg, at, rests ? TIMER_RESTS : 0);
}

/* What is due in this moment after the last that ran, still comes. */
bool usher__segment_ahead(const struct usher_acd *acd,
			  const struct segment *seg)
{
	return acd->ran_kind < TIMER_STEP ||
	       (acd->ran_kind == TIMER_STEP && acd->ran_id < seg->id);
}

void usher__segment_look(struct usher_acd *acd, struct segment *seg)
{
	int64_t from = acd->now - usher__segment_ahead(acd, seg);

	set_first(acd, seg, usher__steps_at(acd, seg, from), 0);
}

void usher__wake_all(struct usher_acd *acd)
{
	const struct usher__node *node;

	acd->woken = acd->seq;
	while ((node = usher__tree_first(&acd->resting))) {
		usher__segment_look(
			acd, ((const struct timer *)(const void *)node)->ptr);
	}
}
