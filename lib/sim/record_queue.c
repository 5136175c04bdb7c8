/*
 * Queues of a record: as they were set last, with the steps that were set
 * last, and when each took newcomers.
 */
#include <string.h>

#include "sim/rec.h"
#include "sim/sim.h"

static void step_done(const struct usher_record *r, struct rec_step *step)
{
	r->alloc.realloc(r->alloc.arg, step->condition, 0);
	r->alloc.realloc(r->alloc.arg, step->requirement, 0);
	r->alloc.realloc(r->alloc.arg, step->text, 0);
}

static void steps_cut(const struct usher_record *r, struct rec_queue *q,
		      uint64_t count)
{
	struct rec_step *steps = q->steps.items;

	while (q->steps.count > count)
		step_done(r, &steps[--q->steps.count]);
}

void usher__rec_queue_done(const struct usher_record *r, struct rec_queue *q)
{
	struct rec_came *came = q->came.items;

	for (uint32_t i = 0; i < q->came.count; i++)
		r->alloc.realloc(r->alloc.arg, came[i].requirement, 0);
	steps_cut(r, q, 0);
	r->alloc.realloc(r->alloc.arg, q->requirement, 0);
	usher__rec_attrs_done(r, &q->policy_options);
	usher__rec_attrs_done(r, &q->order_options);
	usher__rec_done(r, &q->calls);
	usher__rec_done(r, &q->came);
	usher__rec_done(r, &q->handled);
	usher__rec_done(r, &q->wrapups);
	usher__rec_done(r, &q->paces);
	usher__rec_done(r, &q->waits);
	usher__rec_done(r, &q->steps);
	usher__rec_done(r, &q->hours);
}

/* ---- When they are open ---- */

/* It takes newcomers from now on, or does no more. */
static int turn(struct usher_record *r, struct rec_queue *q, int64_t now_us)
{
	const bool open = !q->closed && !q->draining;
	int rc;

	if (open == (q->open_us >= 0))
		return 0;
	if (open) {
		q->open_us = now_us;
		return 0;
	}
	rc = usher__rec_open(r, &q->hours, q->open_us, now_us);
	q->open_us = -1;
	return rc;
}

/* ---- What they do ---- */

/* One that was removed and made again has another id and is the same. */
static int queue_make(struct usher_record *r, uint64_t id, const char *name,
		      struct rec_queue **ret)
{
	struct rec_queue_id *known;
	struct rec_queue *q;
	uint32_t i = 0;

	while (i < r->queues.count &&
	       strcmp(usher__rec_queue(r, i)->name, name))
		i++;
	if (i == USHER_SIM_QUEUES_MAX)
		return USHER_EFULL;
	known = usher__rec_more(r, &r->queue_ids, sizeof(*known));
	if (!known)
		return USHER_ENOMEM;
	known->id = id;
	known->index = i;
	if (i == r->queues.count) {
		q = usher__rec_more(r, &r->queues, sizeof(*q));
		if (!q) {
			r->queue_ids.count--;
			return USHER_ENOMEM;
		}
		q->id = id;
		q->open_us = -1;
		strcpy(q->name, name);
	}
	*ret = usher__rec_queue(r, i);
	/* it begins anew: open, and without steps */
	(*ret)->closed = false;
	steps_cut(r, *ret, 0);
	return 0;
}

static int queue_set(struct usher_record *r, const struct usher_event *ev)
{
	char name[USHER_NAME_MAX + 1];
	struct rec_queue *q;
	uint64_t id = 0, members_only = 0, max_waiting = 0;
	int rc;

	usher_event_u64(ev, USHER_F_QUEUE, &id);
	usher__rec_name(name, ev, USHER_F_NAME);
	q = usher__rec_queue_of(r, id);
	if (!q) {
		rc = queue_make(r, id, name, &q);
		if (rc)
			return rc;
	} else if (r->busy) {
		r->lacks[USHER_LACKS_SETTINGS]++;
	}
	q->draining = false;
	usher__rec_name(q->policy, ev, USHER_F_POLICY);
	q->external = !strcmp(q->policy, "external");
	if (q->external)
		usher__rec_name(q->policy, ev, USHER_F_FALLBACK);
	usher_event_i64(ev, USHER_F_TARGET, &q->target_us);
	usher_event_i64(ev, USHER_F_SHORT, &q->short_us);
	usher_event_i64(ev, USHER_F_PRIORITY, &q->priority);
	usher_event_u64(ev, USHER_F_MEMBERS_ONLY, &members_only);
	usher_event_i64(ev, USHER_F_MAX_WAIT, &q->max_wait_us);
	usher_event_u64(ev, USHER_F_MAX_WAITING, &max_waiting);
	q->members_only = members_only != 0;
	q->max_waiting = (uint32_t)max_waiting;
	rc = usher__rec_text(r, &q->requirement, ev, USHER_F_REQUIREMENT);
	/* those of "external" are its own; a fallback has none */
	if (q->external)
		usher__rec_attrs_done(r, &q->policy_options);
	else if (!rc)
		rc = usher__rec_attrs(r, &q->policy_options, ev,
				      USHER_F_POLICY_OPTIONS);
	if (!rc)
		rc = usher__rec_attrs(r, &q->order_options, ev,
				      USHER_F_ORDER_OPTIONS);
	return rc ? rc : turn(r, q, ev->time_us);
}

static int step_texts(const struct usher_record *r, struct rec_step *step,
		      const struct usher_event *ev)
{
	int rc = usher__rec_text(r, &step->condition, ev, USHER_F_CONDITION);

	if (!rc)
		rc = usher__rec_text(r, &step->requirement, ev,
				     USHER_F_REQUIREMENT);
	if (!rc)
		rc = usher__rec_text(r, &step->text, ev, USHER_F_TEXT);
	return rc;
}

/* Those that the record knows. */
static void step_queues(const struct usher_record *r, struct rec_step *step,
			const struct usher_event *ev)
{
	const uint64_t *ids = NULL;
	size_t count = 0;

	usher_event_ids(ev, USHER_F_QUEUES, &ids, &count);
	step->queue_count = 0;
	for (size_t i = 0;
	     i < count && step->queue_count < USHER_CONTACT_QUEUES_MAX; i++) {
		const struct rec_queue *to = usher__rec_queue_of(r, ids[i]);

		if (to)
			step->queues[step->queue_count++] =
				(uint64_t)(to - usher__rec_queue(r, 0));
	}
}

static int step_set(struct usher_record *r, struct rec_queue *q,
		    const struct usher_event *ev)
{
	uint64_t number = 0, action = 0, anyone = 0, unstaffed = 0;
	struct rec_step *step;

	usher_event_u64(ev, USHER_F_STEP, &number);
	if (!number || number > USHER_QUEUE_STEPS_MAX ||
	    number > (uint64_t)q->steps.count + 1)
		return 0;
	r->lacks[USHER_LACKS_SETTINGS] += r->busy;
	if (number == (uint64_t)q->steps.count + 1 &&
	    !usher__rec_more(r, &q->steps, sizeof(*step)))
		return USHER_ENOMEM;
	step = (struct rec_step *)q->steps.items + (number - 1);
	usher_queue_step_opts_init(&step->opts, sizeof(step->opts));
	usher_event_u64(ev, USHER_F_ACTION, &action);
	usher_event_u64(ev, USHER_F_ANYONE, &anyone);
	usher_event_u64(ev, USHER_F_UNSTAFFED, &unstaffed);
	usher_event_i64(ev, USHER_F_AFTER, &step->opts.after_us);
	usher_event_i64(ev, USHER_F_CHECK, &step->opts.check_us);
	usher_event_i64(ev, USHER_F_PRIORITY, &step->opts.priority);
	step->opts.action = (uint32_t)action;
	step->opts.anyone = (uint32_t)anyone;
	step->opts.unstaffed = (uint32_t)unstaffed;
	step_queues(r, step, ev);
	return step_texts(r, step, ev);
}

int usher__rec_queue_event(struct usher_record *r,
			   const struct usher_event *ev)
{
	struct rec_queue *q;
	uint64_t id = 0, count = 0;

	if (ev->type == USHER_EV_QUEUE_SET)
		return queue_set(r, ev);
	usher_event_u64(ev, USHER_F_QUEUE, &id);
	q = usher__rec_queue_of(r, id);
	if (!q)
		return 0;
	switch (ev->type) {
	case USHER_EV_STEP_SET:
		return step_set(r, q, ev);
	case USHER_EV_STEPS_CUT:
		usher_event_u64(ev, USHER_F_COUNT, &count);
		r->lacks[USHER_LACKS_SETTINGS] += r->busy;
		steps_cut(r, q, count);
		return 0;
	case USHER_EV_QUEUE_DRAINING:
		q->draining = true;
		break;
	default:
		q->closed = ev->type == USHER_EV_QUEUE_CLOSED;
	}
	return turn(r, q, ev->time_us);
}
