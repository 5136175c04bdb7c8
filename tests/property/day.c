/* One random day from its seed. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"

#define SECOND     INT64_C(1000000)
#define DAY_BEGINS (INT64_C(1767340800) * SECOND) /* 2026-01-02 08:00 UTC */
/* More deadlines than this at one time is an endless loop. */
#define TURNS_MAX 10000

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

unsigned rng_below(struct rng *r, unsigned n)
{
	return n ? (unsigned)(rng_next(r) % n) : 0;
}

bool rng_percent(struct rng *r, unsigned percent)
{
	return rng_below(r, 100) < percent;
}

bool fail(struct day *d, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (d->failure[0])
		return false;
	len = (size_t)snprintf(d->failure, sizeof(d->failure),
			       "step %u (%s): ", d->step, d->command);
	va_start(ap, fmt);
	vsnprintf(d->failure + len, sizeof(d->failure) - len, fmt, ap);
	va_end(ap);
	return false;
}

static void *memory_realloc(void *arg, void *ptr, size_t size)
{
	struct memory *memory = arg;

	if (!size) {
		memory->live -= ptr != NULL;
		free(ptr);
		return NULL;
	}
	if (!memory->left)
		return NULL;
	if (memory->left > 0)
		memory->left--;
	memory->live += ptr == NULL;
	return realloc(ptr, size);
}

struct bytes snapshot(const struct usher_acd *acd)
{
	struct bytes b = {NULL, 0};

	if (usher_acd_snapshot(acd, &b.data, &b.len))
		abort();
	return b;
}

bool same_bytes(const struct bytes *a, const struct bytes *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

/* Keep an entry on tape. */
static bool record(struct day *d, const struct usher_event *ev)
{
	size_t len = 0;

	if (d->tape_room - d->tape_len < USHER_ENTRY_MAX) {
		size_t room = d->tape_room * 2 + 2 * USHER_ENTRY_MAX;
		uint8_t *tape = realloc(d->tape, room);

		if (!tape)
			abort();
		d->tape = tape;
		d->tape_room = room;
	}
	if (usher_event_encode(ev, d->tape + d->tape_len,
			       d->tape_room - d->tape_len, &len))
		return fail(d, "an entry does not encode");
	for (size_t i = 0; i < len; i++)
		d->digest = (d->digest ^ d->tape[d->tape_len + i]) *
			    UINT64_C(0x100000001b3);
	d->tape_len += len;
	return true;
}

static void print(const struct day *d, const struct usher_event *ev)
{
	char json[JSON_MAX] = "";
	size_t len;

	usher_event_json(ev, json, sizeof(json), &len);
	printf("%4u %s\n", d->step, json);
}

static bool observe(struct day *d, const struct usher_event *ev)
{
	const char *why;
	int rc;

	if (d->plan.verbose)
		print(d, ev);

	if (!record(d, ev))
		return false;
	if (ev->kind == USHER_KIND_INPUT) {
		d->inputs++;
		return true;
	}
	d->events++;
	moment_follow(d, ev);
	if (!check_looks(d, ev->time_us))
		return false;
	if (ev->type == USHER_EV_OFFER_MADE && !check_offer(d, ev))
		return false;
	if (ev->type == USHER_EV_CALLBACK_TURN && !check_turn(d, ev))
		return false;
	if (ev->type == USHER_EV_STEP_TAKEN && !check_step(d, ev))
		return false;
	if (!model_fold(d->model, ev, &why))
		return fail(d, "event %llu %s: %s",
			    (unsigned long long)ev->seq,
			    usher_event_type_name(ev->type), why);
	rc = usher_acd_fold(d->folded, ev);
	if (rc)
		return fail(d, "event %llu %s does not fold: %d",
			    (unsigned long long)ev->seq,
			    usher_event_type_name(ev->type), rc);
	rc = usher_metrics_feed(d->metrics, ev);
	if (rc)
		return fail(d, "figures refuse event %llu %s: %d",
			    (unsigned long long)ev->seq,
			    usher_event_type_name(ev->type), rc);
	return true;
}

static bool drain(struct day *d)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(d->acd)))
		if (!observe(d, ev))
			return false;
	return true;
}

/* Let time come to t, however small the room for events is. */
static bool advance(struct day *d, int64_t t)
{
	for (int i = 0; i < TURNS_MAX; i++) {
		int rc = usher_acd_advance(d->acd, t);

		if (!drain(d))
			return false;
		if (rc && rc != USHER_EAGAIN)
			return fail(d, "advance returns %d", rc);
		if (!rc && usher_acd_deadline(d->acd) > t)
			return true;
	}
	return fail(d, "deadlines at one time never end");
}

/* Mostly at once, now and then to the next deadline, seldom far. */
static int64_t next_time(struct day *d)
{
	unsigned draw = rng_below(&d->rng, 100);
	int64_t deadline = usher_acd_deadline(d->acd);

	if (draw < 45)
		return d->now;
	if (draw < 60)
		return d->now + rng_below(&d->rng, 1000000);
	if (draw < 75)
		return d->now + rng_below(&d->rng, 5000000);
	if (draw < 80 && deadline < d->now + 600 * SECOND)
		return deadline > d->now ? deadline : d->now;
	if (draw < 83 && deadline < d->now + 600 * SECOND)
		return deadline > d->now ? deadline - 1 : d->now;
	if (draw < 96)
		return d->now + rng_below(&d->rng, 30) * SECOND;
	if (draw < 99)
		return d->now + rng_below(&d->rng, 300) * SECOND;
	return d->now + rng_below(&d->rng, 1800) * SECOND;
}

/* That second, unless it is over. */
static int64_t whole(const struct day *d, int64_t t)
{
	int64_t second = t - t % SECOND;

	return d->plan.whole && second >= d->now ? second : t;
}

/* What was refused has left no trace. */
static bool check_refused(struct day *d, const struct bytes *before, int rc)
{
	struct bytes after = snapshot(d->acd);
	bool same = same_bytes(before, &after);

	usher_acd_snapshot_free(d->acd, after.data);
	if (!same)
		return fail(d, "returned %d and changed the state", rc);
	if (usher_acd_next(d->acd))
		return fail(d, "returned %d and has an event", rc);
	return true;
}

/* A command that finds no memory leaves no trace either; then it is given
 * again, and finds some. */
static int starve(struct day *d, const struct bytes *before)
{
	const struct rng again = d->rng;
	int rc;

	for (long left = 0;; left++) {
		d->rng = again;
		d->memory.left = left;
		rc = command_random(d);
		d->memory.left = -1;
		if (rc != USHER_ENOMEM)
			return rc;
		d->starved++;
		if (!check_refused(d, before, rc))
			return rc;
	}
}

static bool give(struct day *d)
{
	struct bytes before;
	bool ok = true;
	int rc;

	if (!advance(d, d->now))
		return false;
	before = snapshot(d->acd);
	rc = d->plan.scarce ? starve(d, &before) : command_random(d);
	/* The events are drained, so there is room for what one causes. */
	if (rc == USHER_EAGAIN)
		ok = fail(d, "EAGAIN with nothing to drain");
	if (rc == USHER_ENOMEM)
		ok = fail(d, "ENOMEM without need");
	if (rc) {
		d->refused++;
		ok = ok && check_refused(d, &before, rc);
	}
	usher_acd_snapshot_free(d->acd, before.data);
	ok = ok && drain(d) && advance(d, d->now);
	d->chosen_agent = d->chosen_contact = 0;
	return ok;
}

/* What was folded from the events is what was lived through. */
static bool check_fold(struct day *d)
{
	struct bytes lived = snapshot(d->acd), folded = snapshot(d->folded);
	bool same = same_bytes(&lived, &folded);

	usher_acd_snapshot_free(d->acd, lived.data);
	usher_acd_snapshot_free(d->folded, folded.data);
	return same || fail(d, "folding gives other bytes than living");
}

static bool step(struct day *d)
{
	d->command = "time";
	d->now = whole(d, next_time(d));
	if (!advance(d, d->now) || !check_state(d) || !give(d) ||
	    !check_state(d) || !check_fold(d))
		return false;
	return d->step % 128 || check_figures(d, d->now);
}

static bool day_begin(struct day *d)
{
	static const uint32_t rooms[] = {0, 0, 0, 1, 2, 7};
	static const uint32_t limits[] = {0, 0, 0, 1, 3};

	d->rng.state = d->plan.seed;
	d->command = "begin";
	d->now = DAY_BEGINS + rng_below(&d->rng, 3600) * SECOND;
	d->digest = UINT64_C(0xcbf29ce484222325);
	usher_acd_opts_init(&d->opts, sizeof(d->opts));
	d->memory.left = -1;
	d->alloc.realloc = memory_realloc;
	d->alloc.arg = &d->memory;
	d->opts.alloc = &d->alloc;
	d->opts.seed = rng_next(&d->rng);
	d->opts.node = rng_percent(&d->rng, 30) ? 9 : 0;
	d->opts.record_inputs = 1;
	d->opts.events_max = rooms[rng_below(&d->rng, 6)];
	d->opts.classes_max = limits[rng_below(&d->rng, 5)];
	d->opts.profiles_max = limits[rng_below(&d->rng, 5)];
	d->model = calloc(1, sizeof(*d->model));
	if (!d->model)
		abort();
	d->model->seed = d->opts.seed;
	snprintf(d->model->contact_order, sizeof(d->model->contact_order),
		 "priority_age");
	if (usher_acd_new(&d->acd, &d->opts, NULL) ||
	    usher_acd_new(&d->folded, &d->opts, NULL) ||
	    policies_add(d->acd) || policies_add(d->folded) ||
	    usher_metrics_new(&d->metrics, NULL, NULL))
		return fail(d, "cannot begin");
	commands_setup(d);
	return drain(d) && check_state(d) && check_fold(d);
}

int day_run(struct day *d, const struct day_plan *plan)
{
	bool ok;

	memset(d, 0, sizeof(*d));
	d->plan = *plan;
	ok = day_begin(d);
	for (d->step = 1; ok && d->step <= plan->steps; d->step++)
		ok = step(d);
	if (ok)
		ok = check_figures(d, d->now) && check_again(d);
	return ok ? 0 : 1;
}

bool day_free(struct day *d)
{
	bool ok = true;

	usher_acd_free(d->acd);
	usher_acd_free(d->folded);
	usher_metrics_free(d->metrics);
	if (d->memory.live)
		ok = fail(d, "%ld blocks are not freed", d->memory.live);
	free(d->model);
	free(d->tape);
	d->acd = d->folded = NULL;
	d->metrics = NULL;
	d->model = NULL;
	d->tape = NULL;
	return ok;
}
