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
static bool is_ahead(const struct usher_acd *acd, const struct segment *seg)
{
	return acd->ran_kind < TIMER_STEP ||
	       (acd->ran_kind == TIMER_STEP && acd->ran_id < seg->id);
}

static void look_again(struct usher_acd *acd, struct segment *seg)
{
	int64_t from = acd->now - is_ahead(acd, seg);

	set_first(acd, seg, usher__steps_at(acd, seg, from), 0);
}

void usher__wake_all(struct usher_acd *acd)
{
	const struct usher__node *node;

	acd->woken = acd->seq;
	while ((node = usher__tree_first(&acd->resting))) {
		look_again(acd,
			   ((const struct timer *)(const void *)node)->ptr);
	}
}

static void renew(struct usher_acd *acd, const struct timer *timer)
{
	switch (TIMER_KIND(timer->node.k1)) {
	case TIMER_RETRY:
		usher__retries_settle(acd, timer->ptr);
		break;
	case TIMER_DEFER:
	case TIMER_STEP:
		look_again(acd, timer->ptr);
		usher__segment_index(acd, timer->ptr);
		break;
	case TIMER_WIDEN:
		usher__widen_renew(acd, timer->ptr);
		break;
	case TIMER_COLLECT:
		usher__timer_clear(acd, &((struct queue *)timer->ptr)->timer);
		break;
	}
}

/* Which timer an event tells of that began what happened; of those before the
 * steps it is enough that they are. */
static uint32_t timer_of(const struct usher_event *ev)
{
	if (ev->type == USHER_EV_STEP_TAKEN)
		return TIMER_STEP;
	if (ev->type / 10 == USHER_EV_CALLBACK_ASKED / 10)
		return TIMER_CALLBACK;
	return TIMER_WRAPUP;
}

void usher__timers_told(struct usher_acd *acd, const struct usher_event *ev)
{
	if (ev->actor == USHER_BY_TIMER) {
		acd->told_kind = timer_of(ev);
		acd->told_id = timer_of(ev) == TIMER_STEP ? ev->segment : 0;
	} else if (ev->actor != USHER_BY_POLICY) {
		/* before an input all runs that is due */
		acd->told_kind = UINT32_MAX;
		acd->told_id = 0;
	} else if (ev->time_us > acd->time) {
		/* matched after a timer that left no event of its own */
		acd->told_kind = TIMER_WRAPUP;
		acd->told_id = 0;
	}
}

/* It stands where nothing is left of it: in the past; or at a look that was
 * before the last event, in the same moment. */
static bool is_behind(const struct usher_acd *acd,
		      const struct usher__node *node)
{
	const struct timer *timer = (const struct timer *)(const void *)node;

	return node->k0 < acd->now || (TIMER_KIND(node->k1) == TIMER_STEP &&
				       !is_ahead(acd, timer->ptr));
}

void usher__timers_renew(struct usher_acd *acd)
{
	const struct usher__node *node = usher__tree_first(&acd->timers);

	/* each set anew stands later, or where it stood */
	while (node && node->k0 <= acd->now) {
		struct usher__node key = *node;

		if (is_behind(acd, node))
			renew(acd, (const struct timer *)(const void *)node);
		node = usher__tree_after(&acd->timers, &key);
	}
}
