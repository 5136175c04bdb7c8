/*
 * Queues whose steps add a contact to each other, overflow into each other
 * and let it go, at once or as soon as something holds. Whatever they say, in
 * one moment a contact comes to a queue no more than a few times, and no
 * faster than a `check` once that moment is over.
 */
#include <stdio.h>
#include <string.h>

#include <usher/acd.h>

#include "live.h"

#define SECOND  INT64_C(1000000)
#define START   (INT64_C(1767340800) * SECOND)
#define QUEUES  5
#define STEPS   4
#define MINUTES 3
/* Most that a contact may enter queues in one moment: each step of each
 * queue once, and what was there before. */
#define AT_ONCE ((STEPS + 1) * QUEUES * 2)
/* Deadlines in a row that bring no time on. */
#define TURNS 2000

struct circle {
	struct live_rng rng;
	struct usher_acd *acd;
	uint64_t queues[QUEUES];
	uint32_t count;
	int64_t moment;
	uint32_t entered; /* in it */
	uint32_t most;
};

static void random_step(struct circle *c, uint32_t queue, uint32_t number)
{
	static const uint32_t actions[] = {
		USHER_QUEUE_STEP_ADD,      USHER_QUEUE_STEP_ADD,
		USHER_QUEUE_STEP_OVERFLOW, USHER_QUEUE_STEP_EXIT,
		USHER_QUEUE_STEP_EXIT,     USHER_QUEUE_STEP_PRIORITY,
		USHER_QUEUE_STEP_ANNOUNCE,
	};
	struct usher_queue_step_opts o;
	uint64_t to[QUEUES];

	usher_queue_step_opts_init(&o, sizeof(o));
	o.action = actions[live_below(&c->rng, 7)];
	o.after_us = live_below(&c->rng, 5) ? 0 : 5 * SECOND;
	o.check_us = live_below(&c->rng, 3) ? 0 : SECOND;
	o.unstaffed = !live_below(&c->rng, 4);
	if (!live_below(&c->rng, 4))
		o.condition = "waiting > 0";
	o.priority = 1;
	o.text = "word";
	o.queues = to;
	o.queue_count = 1 + live_below(&c->rng, 2);
	for (uint32_t i = 0; i < o.queue_count; i++)
		to[i] = c->queues[live_below(&c->rng, c->count)];
	usher_acd_step_set(c->acd, START, c->queues[queue], number, &o, NULL);
}

static void set_up(struct circle *c)
{
	struct usher_queue_opts q;
	char name[2] = "a";

	c->count = 2 + live_below(&c->rng, QUEUES - 1);
	for (uint32_t i = 0; i < c->count; i++) {
		usher_queue_opts_init(&q, sizeof(q));
		name[0] = (char)('a' + i);
		q.name = name;
		usher_acd_queue_set(c->acd, START, &q, &c->queues[i], NULL);
	}
	for (uint32_t i = 0; i < c->count; i++) {
		uint32_t steps = 1 + live_below(&c->rng, STEPS);

		for (uint32_t k = 1; k <= steps; k++)
			random_step(c, i, k);
	}
}

static void drain(struct circle *c)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(c->acd))) {
		if (ev->type != USHER_EV_QUEUE_ENTERED)
			continue;
		if (ev->time_us != c->moment)
			c->entered = 0;
		c->moment = ev->time_us;
		if (++c->entered > c->most)
			c->most = c->entered;
	}
}

/* Until nothing is due at a time. */
static bool settle(struct circle *c, int64_t now)
{
	for (int i = 0; i < TURNS && c->most <= AT_ONCE; i++) {
		int rc = usher_acd_advance(c->acd, now);

		drain(c);
		if (!rc && usher_acd_deadline(c->acd) > now)
			return true;
	}
	return false;
}

static bool live(struct circle *c, char *failure, size_t size)
{
	struct usher_enqueue_opts o;
	int64_t now = START, deadline;
	uint64_t contact;

	set_up(c);
	drain(c);
	usher_acd_contact_new(c->acd, START, NULL, &contact);
	usher_enqueue_opts_init(&o, sizeof(o));
	o.queues = c->queues;
	o.queue_count = 1 + live_below(&c->rng, 2);
	usher_acd_enqueue(c->acd, START, contact, &o, NULL);
	drain(c);
	while (now < START + MINUTES * 60 * SECOND) {
		if (!settle(c, now)) {
			snprintf(
				failure, size,
				"a contact enters queues %u times in a moment "
				"%g s after it came",
				c->most, (double)(now - START) / 1e6);
			return false;
		}
		deadline = usher_acd_deadline(c->acd);
		if (deadline == USHER_NEVER)
			return true;
		now = deadline;
	}
	return true;
}

bool circles_run(uint64_t seed, char *failure, size_t size)
{
	struct circle c = {.rng = {seed}};
	struct usher_acd_opts opts;
	bool ok;

	usher_acd_opts_init(&opts, sizeof(opts));
	opts.events_max = 64;
	if (usher_acd_new(&c.acd, &opts, NULL)) {
		snprintf(failure, size, "no core");
		return false;
	}
	ok = live(&c, failure, size);
	usher_acd_free(c.acd);
	return ok;
}
