/*
 * Steps of queues: set at random, folded into the naive account, and held
 * against what they promise: taken once, not before their time, only while
 * their condition holds, and the ones without a condition in time.
 */
#include <stdio.h>
#include <string.h>

#include "day.h"

#define SECOND INT64_C(1000000)

static const char *const conditions[] = {"",
					 "",
					 "wait_ms >= 4000",
					 "waiting > 2",
					 "contact.level >= 2",
					 "wait_ms > 20000 and waiting > 1",
					 "position == 1 or staffed == 0"};
#define CONDITIONS (sizeof(conditions) / sizeof(*conditions))

/* ---- Commands ---- */

static uint64_t some_queue(struct day *d)
{
	const struct model *m = d->model;
	uint64_t found = 0;
	unsigned seen = 0;

	for (size_t i = 0; i < m->queue_count; i++) {
		if (!m->queues[i].gone && !rng_below(&d->rng, ++seen))
			found = m->queues[i].id;
	}
	return found;
}

int command_step_set(struct day *d)
{
	static const int64_t afters[] = {0, 0, 2 * SECOND, 9 * SECOND,
					 30 * SECOND};
	uint64_t id = some_queue(d), queues[2];
	const struct m_queue *queue = model_queue(d->model, id);
	unsigned count = queue ? queue->step_count : 0;
	struct usher_queue_step_opts o;

	usher_queue_step_opts_init(&o, sizeof(o));
	o.action = rng_below(&d->rng, 8);
	o.after_us = afters[rng_below(&d->rng, 5)];
	o.condition = conditions[rng_below(&d->rng, CONDITIONS)];
	if (rng_percent(&d->rng, 3))
		o.condition = "colour == 1";
	o.check_us = rng_percent(&d->rng, 30) ? 2 * SECOND : 0;
	o.requirement = requirements[rng_below(&d->rng, requirement_count)];
	o.anyone = rng_percent(&d->rng, 60);
	o.unstaffed = rng_percent(&d->rng, 25);
	o.priority = (int64_t)rng_below(&d->rng, 7) - 2;
	o.queues = queues;
	o.queue_count = rng_below(&d->rng, 3);
	for (unsigned i = 0; i < o.queue_count; i++)
		queues[i] = some_queue(d);
	o.text = rng_percent(&d->rng, 80) ? "word" : NULL;
	return usher_acd_step_set(d->acd, d->now, id,
				  1 + rng_below(&d->rng, count + 2), &o, NULL);
}

int command_steps_cut(struct day *d)
{
	return usher_acd_steps_cut(d->acd, d->now, some_queue(d),
				   rng_below(&d->rng, 3));
}

/* ---- The account ---- */

static bool step_set(struct model *m, const struct usher_event *ev,
		     struct m_queue *queue)
{
	uint64_t number = 0, value = 0;
	struct m_step *step;
	const char *text;

	(void)m;
	usher_event_u64(ev, USHER_F_STEP, &number);
	if (!queue || !number || number > queue->step_count + 1)
		return false;
	if (number > queue->step_count)
		queue->step_count++;
	step = &queue->steps[number - 1];
	memset(step, 0, sizeof(*step));
	usher_event_u64(ev, USHER_F_ACTION, &value);
	step->action = (uint32_t)value;
	usher_event_i64(ev, USHER_F_AFTER, &step->after);
	usher_event_i64(ev, USHER_F_CHECK, &step->check);
	usher_event_u64(ev, USHER_F_ANYONE, &value);
	step->anyone = value;
	value = 0;
	usher_event_u64(ev, USHER_F_UNSTAFFED, &value);
	step->unstaffed = value;
	usher_event_str(ev, USHER_F_REQUIREMENT, &text, NULL);
	snprintf(step->requirement, sizeof(step->requirement), "%s", text);
	usher_event_str(ev, USHER_F_CONDITION, &text, NULL);
	snprintf(step->condition, sizeof(step->condition), "%s", text);
	return true;
}

static bool steps_cut(struct model *m, const struct usher_event *ev,
		      struct m_queue *queue)
{
	uint64_t count = 0;

	usher_event_u64(ev, USHER_F_COUNT, &count);
	if (!queue || count >= queue->step_count)
		return false;
	queue->step_count = (uint32_t)count;
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		if (m->segments[i].queue == queue->id)
			m->segments[i].taken &= (1u << count) - 1;
	}
	return true;
}

static bool step_taken(struct model *m, const struct usher_event *ev)
{
	struct m_segment *s = model_segment(m, ev->segment);
	uint64_t number = 0;

	usher_event_u64(ev, USHER_F_STEP, &number);
	if (!s || !number || s->taken & 1u << (number - 1))
		return false;
	s->taken |= 1u << (number - 1);
	usher_event_i64(ev, USHER_F_PRIORITY, &s->priority);
	return true;
}

bool model_is_step(uint32_t type)
{
	return type == USHER_EV_STEP_SET || type == USHER_EV_STEPS_CUT ||
	       type == USHER_EV_STEP_TAKEN;
}

bool model_fold_step(struct model *m, const struct usher_event *ev)
{
	uint64_t id = 0;

	usher_event_u64(ev, USHER_F_QUEUE, &id);
	if (ev->type == USHER_EV_STEP_SET)
		return step_set(m, ev, model_queue(m, id));
	if (ev->type == USHER_EV_STEPS_CUT)
		return steps_cut(m, ev, model_queue(m, id));
	return step_taken(m, ev);
}

/* By the queue's own requirement or by a ring. */
bool model_lets_in(struct model *m, const struct m_segment *s,
		   const struct m_agent *a, const struct m_contact *c)
{
	const struct m_queue *q = model_queue(m, s->queue);
	bool member = !q->members_only;

	for (size_t i = 0; i < a->queue_count; i++)
		member |= a->queues[i] == q->id;
	if (!model_requirement(s->requirement, a, c))
		return false;
	if (member && model_requirement(q->requirement, a, c))
		return true;
	for (uint32_t i = 0; i < q->step_count; i++) {
		const struct m_step *step = &q->steps[i];

		if (s->taken & 1u << i &&
		    step->action == USHER_QUEUE_STEP_WIDEN &&
		    (member || step->anyone) &&
		    model_requirement(step->requirement, a, c))
			return true;
	}
	return false;
}

/* ---- What they promise ---- */

static bool offered(const struct model *m, uint64_t contact)
{
	for (size_t i = m->offer_first; i < m->offer_count; i++) {
		if (!m->offers[i].gone && m->offers[i].contact == contact)
			return true;
	}
	return false;
}

/* It takes away, or speaks to the customer. */
static bool held_back(struct model *m, const struct m_segment *s,
		      const struct m_step *step)
{
	const struct m_contact *c = model_contact(m, s->contact);
	bool away = c->detached_until || c->callback;

	switch (step->action) {
	case USHER_QUEUE_STEP_WIDEN:
	case USHER_QUEUE_STEP_PRIORITY:
	case USHER_QUEUE_STEP_ADD:
		return false;
	case USHER_QUEUE_STEP_OVERFLOW:
		return offered(m, s->contact);
	}
	return away || offered(m, s->contact);
}

static bool nobody_staffed(struct model *m, const struct m_segment *s)
{
	const struct m_contact *c = model_contact(m, s->contact);

	for (size_t i = 0; i < m->agent_count; i++) {
		const struct m_agent *a = &m->agents[i];

		if (!a->gone && a->presence != USHER_SIGNED_OUT &&
		    model_lets_in(m, s, a, c))
			return false;
	}
	return true;
}

static uint32_t waiting(const struct model *m, uint64_t queue)
{
	uint32_t n = 0;

	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *other = &m->segments[i];

		n += !other->gone && other->queue == queue &&
		     other->kind == USHER_SEGMENT_QUEUE;
	}
	return n;
}

static bool holds(struct model *m, const struct m_segment *s,
		  const struct m_step *step, int64_t now)
{
	if (!strcmp(step->condition, "wait_ms >= 4000"))
		return now - s->entered >= 4 * SECOND;
	if (!strcmp(step->condition, "contact.level >= 2"))
		return model_contact(m, s->contact)->level >= 2;
	if (!strcmp(step->condition, "waiting > 2"))
		return waiting(m, s->queue) > 2;
	if (!strcmp(step->condition, "wait_ms > 20000 and waiting > 1"))
		return now - s->entered >= 20001000 &&
		       waiting(m, s->queue) > 1;
	return true;
}

bool check_step(struct day *d, const struct usher_event *ev)
{
	struct model *m = d->model;
	struct m_segment *s = model_segment(m, ev->segment);
	const struct m_queue *q = s ? model_queue(m, s->queue) : NULL;
	const struct m_step *step;
	uint64_t number = 0;

	usher_event_u64(ev, USHER_F_STEP, &number);
	if (!q || !number || number > q->step_count)
		return fail(d, "a step that there is not");
	step = &q->steps[number - 1];
	if (held_back(m, s, step))
		return fail(d, "step %u while offered or away",
			    (unsigned)number);
	if (step->unstaffed && nobody_staffed(m, s))
		return true;
	if (ev->time_us - s->entered < step->after)
		return fail(d, "step %u before its time", (unsigned)number);
	if (!holds(m, s, step, ev->time_us))
		return fail(d, "step %u against its condition",
			    (unsigned)number);
	return true;
}

static bool is_late(struct model *m, const struct m_segment *s, uint32_t i)
{
	const struct m_step *step = &model_queue(m, s->queue)->steps[i];

	return !(s->taken & 1u << i) && !step->condition[0] &&
	       step->action != USHER_QUEUE_STEP_OVERFLOW &&
	       m->now - s->entered >= step->after && !held_back(m, s, step);
}

/* A time of looking went by at which it held, while nothing happened. */
static bool was_missed(struct model *m, const struct m_segment *s, uint32_t i,
		       int64_t until)
{
	const struct m_step *step = &model_queue(m, s->queue)->steps[i];
	int64_t at = s->entered + step->after;

	if (s->taken & 1u << i || !step->condition[0] || step->unstaffed ||
	    !strncmp(step->condition, "position", 8) ||
	    step->action == USHER_QUEUE_STEP_OVERFLOW || held_back(m, s, step))
		return false;
	if (at <= m->last)
		at += ((m->last - at) / step->check + 1) * step->check;
	for (; at < until; at += step->check)
		if (holds(m, s, step, at))
			return true;
	return false;
}

bool check_looks(struct day *d, int64_t until)
{
	struct model *m = d->model;

	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];
		uint32_t count =
			s->gone || s->kind != USHER_SEGMENT_QUEUE
				? 0
				: model_queue(m, s->queue)->step_count;

		for (uint32_t k = 0; k < count; k++)
			if (was_missed(m, s, k, until))
				return fail(d,
					    "step %u of segment %llu was not "
					    "looked at in time",
					    k + 1, (unsigned long long)s->id);
	}
	return true;
}

bool check_steps(struct day *d)
{
	struct model *m = d->model;

	if (!check_looks(d, d->now))
		return false;
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];

		if (s->gone || s->kind != USHER_SEGMENT_QUEUE)
			continue;
		for (uint32_t k = 0; k < model_queue(m, s->queue)->step_count;
		     k++) {
			if (is_late(m, s, k))
				return fail(d, "step %u of segment %llu late",
					    k + 1, (unsigned long long)s->id);
		}
	}
	return true;
}
