/*
 * When the steps of a segment are looked at next: steps.c tells of the grid.
 */
#include <acd/qstep.h>

bool usher__step_asks(const struct qstep *step)
{
	return step->when || step->conf->action == USHER_QUEUE_STEP_OVERFLOW;
}

bool usher__step_held_back(const struct segment *seg, const struct qstep *step)
{
	bool offered = seg->state == USHER_SEGMENT_OFFERED;

	switch (step->conf->action) {
	case USHER_QUEUE_STEP_OVERFLOW:
		return offered;
	case USHER_QUEUE_STEP_ANNOUNCE:
	case USHER_QUEUE_STEP_CALLBACK:
	case USHER_QUEUE_STEP_EXIT:
		return offered || seg->contact->detached_until ||
		       seg->contact->callback;
	}
	return false;
}

bool usher__step_leaves(const struct qstep *step)
{
	return step->conf->action == USHER_QUEUE_STEP_OVERFLOW ||
	       step->conf->action == USHER_QUEUE_STEP_EXIT;
}

int64_t usher__step_stays_until(const struct segment *seg,
				const struct qstep *step)
{
	const struct queue *queue = seg->q.queue;

	if (!usher__step_leaves(step))
		return seg->began;
	for (uint32_t i = 0; i < queue->step_count; i++) {
		if (seg->taken & 1u << i &&
		    queue->steps[i]->conf->action == USHER_QUEUE_STEP_ADD)
			return seg->began + step->conf->check;
	}
	return seg->began;
}

/* The next point after now of a grid. */
static int64_t on_grid(int64_t start, int64_t every, int64_t now)
{
	if (start > now)
		return start;
	return start + ((now - start) / every + 1) * every;
}

bool usher__step_looks(const struct qstep *step)
{
	return usher__step_asks(step) || step->conf->unstaffed;
}

/* Neither taken nor held back. */
static bool is_open(const struct segment *seg, uint32_t i)
{
	return !(seg->taken & 1u << i) && !seg->contact->ended &&
	       !usher__step_held_back(seg, seg->q.queue->steps[i]);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The first time after another at which a step is looked at. */
static int64_t step_at(const struct segment *seg, const struct qstep *step,
		       int64_t from)
{
	int64_t after = seg->began + step->conf->after;
	int64_t every = step->conf->check, at;

	if (!usher__step_asks(step))
		after = later(after, usher__step_stays_until(seg, step));
	if (!usher__step_looks(step))
		return after;
	if (!step->conf->unstaffed)
		return on_grid(after, every, from);
	at = on_grid(seg->began, every, from);
	if (after < at && (after > from || !usher__step_asks(step)))
		at = after;
	return at;
}

bool usher__step_grid(const struct usher_acd *acd, const struct segment *seg,
		      uint32_t index, int64_t *start)
{
	const struct qstep *step = seg->q.queue->steps[index];

	if (!is_open(seg, index) || !usher__step_looks(step))
		return false;
	*start = seg->began;
	if (!step->conf->unstaffed)
		*start += step->conf->after;
	return *start <= acd->now;
}

int64_t usher__steps_at(const struct usher_acd *acd, const struct segment *seg,
			int64_t from)
{
	int64_t first = USHER_NEVER;

	(void)acd;
	for (uint32_t i = 0; i < seg->q.queue->step_count; i++) {
		if (is_open(seg, i))
			first = earlier(
				first,
				step_at(seg, seg->q.queue->steps[i], from));
	}
	return first;
}

/* When a step that is looked at may be due, if nothing happens. */
static int64_t turns_at(struct usher_acd *acd, const struct segment *seg,
			const struct qstep *step)
{
	int64_t after = seg->began + step->conf->after;
	int64_t stays = usher__step_stays_until(seg, step);

	if (after > acd->now || stays > acd->now)
		return after > acd->now && stays > acd->now
			       ? earlier(after, stays)
			       : later(after, stays);
	return step->when ? usher__condition_turns(acd, seg, step->when)
			  : USHER_NEVER;
}

/* All steps of a segment are looked at together: so at the first time of any
 * from then on at which one may be due. */
bool usher__steps_rest(struct usher_acd *acd, const struct segment *seg,
		       int64_t *at)
{
	const struct queue *queue = seg->q.queue;
	int64_t turn = USHER_NEVER;
	bool rests = false;

	*at = USHER_NEVER;
	for (uint32_t i = 0; i < queue->step_count; i++) {
		const struct qstep *step = queue->steps[i];

		if (!is_open(seg, i))
			continue;
		if (!usher__step_looks(step)) {
			*at = earlier(*at, step_at(seg, step, acd->now));
			continue;
		}
		rests = true;
		turn = earlier(turn, turns_at(acd, seg, step));
	}
	for (uint32_t i = 0; turn < *at && i < queue->step_count; i++) {
		if (is_open(seg, i) && usher__step_looks(queue->steps[i]))
			*at = earlier(*at,
				      step_at(seg, queue->steps[i], turn - 1));
	}
	return rests;
}
