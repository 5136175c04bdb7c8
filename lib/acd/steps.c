/*
 * Deciding: when steps of a queue are due for a contact, and taking them.
 *
 *   not taken ──(due, and its condition holds)──▶ taken      (step_taken)
 *
 * A step without a condition is due at a time that the state tells. One with a
 * condition is looked at when the contact enters, and then on a grid of times
 * that begins where it is first due: so that a core which was restored between
 * two of them looks at the same times as the one that lived on. Between them
 * nothing is looked at, whatever changes: a condition takes effect no later
 * than `check` after it has become true. Times at which nothing can have
 * changed since the last look are left out: see timers.c.
 *
 * Where a step brings the contact to, the steps are looked at when it enters,
 * too, but none is taken that brings it on from there to other queues: such a
 * one comes at its next time. And a queue that has added others is not left by
 * its steps before a `check` has gone by. So whatever the queues say, in one
 * moment steps bring a contact no further than to queues in which it then
 * stays, and those that send it round in a circle do it once every `check`.
 *
 * What takes the contact away, or speaks to the customer, waits while the
 * contact is offered, or while nobody is on its line.
 */
#include <acd/qstep.h>

#define EVENT_ROOM 400

static bool moves(const struct qstep *step)
{
	return step->conf->action == USHER_QUEUE_STEP_ADD ||
	       step->conf->action == USHER_QUEUE_STEP_OVERFLOW;
}

/* What may happen in the queues that steps bring the contact to. */
static size_t looks_room(const struct usher_acd *acd,
			 const struct queue *queue)
{
	size_t events = 0;

	for (uint32_t i = 0; i < queue->step_count; i++) {
		const struct usher__ev_step_set *conf = queue->steps[i]->conf;
		const uint64_t *ids = conf->queues.ptr;

		for (uint32_t k = 0;
		     moves(queue->steps[i]) && k < conf->queues.count; k++) {
			const struct queue *to = usher__queue_get(acd, ids[k]);

			/* its steps; leaving, with its offers */
			if (to && to->step_count)
				events += to->step_count + 3;
		}
	}
	return events * EVENT_ROOM;
}

size_t usher__steps_room(const struct usher_acd *acd,
			 const struct segment *seg)
{
	size_t entries = USHER_CONTACT_SEGMENTS_MAX;
	const struct queue *queue = seg->q.queue;

	if (!queue->step_count)
		return 0;
	return usher__contact_room(seg->contact) + looks_room(acd, queue) +
	       queue->step_count * EVENT_ROOM +
	       entries * (EVENT_ROOM + strlen(usher__req_text(seg->q.req)));
}

size_t usher__enter_room(const struct usher_acd *acd,
			 const struct contact *contact,
			 const struct usher__bytes *queues, size_t len)
{
	const uint64_t *ids = queues->ptr;
	size_t each = EVENT_ROOM + len;
	size_t room = queues->count * each;
	bool steps = false;

	for (uint32_t i = 0; i < queues->count; i++) {
		const struct queue *queue = usher__queue_get(acd, ids[i]);

		if (!queue)
			continue;
		room += (queue->step_count + 3) * EVENT_ROOM +
			looks_room(acd, queue);
		steps = steps || queue->step_count;
	}
	return steps ? room + usher__contact_room(contact) +
			       USHER_CONTACT_SEGMENTS_MAX * each
		     : room;
}

static bool takes(const struct queue *queue, const struct contact *contact)
{
	return queue && queue->open && !queue->draining &&
	       contact->segment_count < USHER_CONTACT_SEGMENTS_MAX &&
	       !usher__contact_waits_in(contact, queue) &&
	       (!queue->conf->max_waiting ||
		queue->waiting < queue->conf->max_waiting);
}

/* Some queue of the list would take the contact, or has it already. */
static bool some_take(const struct usher_acd *acd, const struct segment *seg,
		      const struct usher__bytes *queues)
{
	const uint64_t *ids = queues->ptr;

	for (uint32_t i = 0; i < queues->count; i++) {
		const struct queue *queue = usher__queue_get(acd, ids[i]);

		if (queue && queue != seg->q.queue &&
		    (takes(queue, seg->contact) ||
		     usher__contact_waits_in(seg->contact, queue)))
			return true;
	}
	return false;
}

struct entered {
	uint32_t count;
	uint64_t segments[USHER_CONTACT_QUEUES_MAX];
};

/* Wait in those of the list that take it, with its age, its priority and what
 * it asks. */
static void enter(struct usher_acd *acd, const struct segment *seg,
		  const struct usher__bytes *queues, struct entered *ret)
{
	const uint64_t *ids = queues->ptr;
	struct usher__ev_queue_entered ev = {0};

	ev.since = seg->q.node.k1;
	ev.priority = seg->q.own_priority;
	ev.requirement = usher__text(usher__req_text(seg->q.req));
	for (uint32_t i = 0; i < queues->count; i++) {
		struct queue *queue = usher__queue_get(acd, ids[i]);
		uint64_t id = acd->node | ((acd->last_segment + 1) & ID_MASK);
		int64_t wait;

		if (!takes(queue, seg->contact))
			continue;
		wait = queue->conf->max_wait;
		ev.queue = queue->id;
		ev.deadline =
			wait && !seg->contact->callback ? acd->now + wait : 0;
		ev.waiting = queue->waiting + 1;
		usher__acd_emit(acd, USHER_EV_QUEUE_ENTERED, seg->contact->id,
				id, &ev);
		if (queue->step_count)
			ret->segments[ret->count++] = id;
	}
}

static int64_t raised(const struct segment *seg, int64_t by)
{
	int64_t priority = seg->q.own_priority + by;

	if (priority > PRIORITY_MAX)
		return PRIORITY_MAX;
	return priority < -PRIORITY_MAX ? -PRIORITY_MAX : priority;
}

static bool is_due(struct usher_acd *acd, const struct segment *seg,
		   const struct qstep *step)
{
	if (usher__step_held_back(seg, step))
		return false;
	acd->looks += usher__step_looks(step);
	if (step->conf->action == USHER_QUEUE_STEP_OVERFLOW &&
	    !some_take(acd, seg, &step->conf->queues))
		return false;
	if (step->conf->unstaffed && usher__nobody_staffed(acd, seg))
		return true;
	return acd->now - seg->began >= step->conf->after &&
	       usher__condition_holds(acd, seg, step->when);
}

static void taken(struct usher_acd *acd, const struct segment *seg,
		  const struct usher__ev_step_set *conf)
{
	struct usher__ev_step_taken ev = {0};

	ev.queue = conf->queue;
	ev.step = conf->step;
	ev.action = conf->action;
	ev.wait = acd->now - seg->began;
	ev.priority = conf->action == USHER_QUEUE_STEP_PRIORITY
			      ? raised(seg, conf->priority)
			      : seg->q.own_priority;
	ev.text = conf->text;
	usher__acd_emit(acd, USHER_EV_STEP_TAKEN, seg->contact->id, seg->id,
			&ev);
}

/* The first look of a segment that a step has made. What moves the contact
 * ends it: in the order written nothing after that is due before. */
static void first_look(struct usher_acd *acd, struct segment *seg)
{
	const struct queue *queue = seg->q.queue;

	for (uint32_t i = 0; i < queue->step_count; i++) {
		const struct qstep *step = queue->steps[i];

		if (!is_due(acd, seg, step))
			continue;
		if (moves(step))
			return;
		taken(acd, seg, step->conf);
		if (step->conf->action == USHER_QUEUE_STEP_EXIT) {
			usher__leave_queue(acd, seg, USHER_LEAVE_OVERFLOW, 0);
			return;
		}
	}
}

/* False: the contact is not in this queue any more. */
static bool take(struct usher_acd *acd, struct segment *seg, uint32_t index)
{
	const struct qstep *step = seg->q.queue->steps[index];
	bool stays = step->conf->action != USHER_QUEUE_STEP_OVERFLOW &&
		     step->conf->action != USHER_QUEUE_STEP_EXIT;
	struct entered entered = {0};

	taken(acd, seg, step->conf);
	if (moves(step))
		enter(acd, seg, &step->conf->queues, &entered);
	if (!stays)
		usher__leave_queue(acd, seg, USHER_LEAVE_OVERFLOW, 0);
	for (uint32_t i = 0; i < entered.count; i++)
		first_look(acd, usher__segment_get(acd, entered.segments[i]));
	return stays;
}

/* It was looked at when the contact entered, or, as it moves who was brought
 * here, comes later. */
static bool is_early(const struct usher_acd *acd, const struct segment *seg,
		     const struct qstep *step)
{
	return moves(step) && usher__step_asks(step) && acd->now == seg->began;
}

static void run(struct usher_acd *acd, struct segment *seg, bool enters)
{
	const struct queue *queue = seg->q.queue;
	uint64_t before = acd->seq;
	bool all = true;

	for (uint32_t i = 0; i < queue->step_count; i++) {
		const struct qstep *step = queue->steps[i];

		if (seg->taken & 1u << i)
			continue;
		if (!enters && is_early(acd, seg, step)) {
			all = false;
			continue;
		}
		if ((enters ||
		     acd->now >= usher__step_stays_until(seg, step)) &&
		    is_due(acd, seg, step) && !take(acd, seg, i))
			return;
	}
	if (all && acd->seq == before)
		usher__segment_rest(acd, seg);
	else
		usher__segment_timer(acd, seg);
}

void usher__steps_enter(struct usher_acd *acd, struct segment *seg)
{
	run(acd, seg, true);
}

void usher__steps_run(struct usher_acd *acd, struct segment *seg)
{
	run(acd, seg, false);
}
