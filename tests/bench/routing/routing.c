/*
 * What routing costs: complete contacts (contact_new, enqueue, offer, accept,
 * connected, contact_end, wrapup_end, every event drained) through the core
 * alone, on one thread.
 *
 *   usage: bench-routing [CONTACTS]
 *
 * Four tables: many contacts through 1,000 agents of 50 profiles, and through
 * 10,000 agents of 5,000 profiles with 500 requirements; one contact with 100
 * and with 100,000 agents and waiting contacts; how long a single input takes,
 * the least of a few runs, and the p99.9 of the first alone; bytes. Times but
 * those of single inputs are CPU time of the process.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <usher/acd.h>

#include "../meter.h"

#define START     INT64_C(1700000000000000)
#define SKILLS    50
#define TEAMS     100
#define LEVELS    10
#define WRAPUP_US INT64_C(30000000)
#define RUNS      3 /* of which each input's least counts */

struct shape {
	const char *name;
	const char *policy;
	uint32_t agents;
	uint32_t waiting; /* contacts that wait all the time */
	bool many;        /* 5,000 profiles, 500 requirements; else 50, 1 */
};

/* First in, first out. */
struct ring {
	uint64_t *contact;
	uint64_t *other; /* offer or segment */
	size_t size, first, count;
};

struct bench {
	struct usher_acd *acd;
	struct heap heap;
	const struct shape *shape;
	uint64_t queue;
	int64_t now;
	uint32_t arrived;
	struct ring offers, talking, wrapups;
	uint32_t *took_ns; /* of each input, or NULL */
	size_t took, took_max;
	int64_t began_ns;
};

static void *memory(size_t count, size_t size)
{
	void *ptr = calloc(count, size);

	if (!ptr)
		abort();
	return ptr;
}

static void ring_new(struct ring *ring, size_t size)
{
	memset(ring, 0, sizeof(*ring));
	ring->size = size;
	ring->contact = memory(size, sizeof(*ring->contact));
	ring->other = memory(size, sizeof(*ring->other));
}

static void ring_free(struct ring *ring)
{
	free(ring->contact);
	free(ring->other);
}

static void ring_put(struct ring *ring, uint64_t contact, uint64_t other)
{
	size_t at = (ring->first + ring->count++) % ring->size;

	if (ring->count > ring->size)
		abort();
	ring->contact[at] = contact;
	ring->other[at] = other;
}

static size_t ring_take(struct ring *ring)
{
	size_t at = ring->first;

	ring->first = (ring->first + 1) % ring->size;
	ring->count--;
	return at;
}

static int64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Before and after an input. */
static void input(struct bench *b)
{
	b->now += 10;
	if (b->took_ns)
		b->began_ns = clock_ns();
}

static void done(struct bench *b, int err)
{
	if (b->took_ns && b->took < b->took_max)
		b->took_ns[b->took++] = (uint32_t)(clock_ns() - b->began_ns);
	check(err);
}

static void drain(struct bench *b)
{
	const struct usher_event *ev;
	uint64_t offer;

	while ((ev = usher_acd_next(b->acd))) {
		if (ev->type != USHER_EV_OFFER_MADE)
			continue;
		check(usher_event_u64(ev, USHER_F_OFFER, &offer));
		ring_put(&b->offers, ev->contact, offer);
	}
}

static void add_agent(struct bench *b, uint32_t i)
{
	struct usher_attr attrs[2] = {
		{.name = "skill", .number = i % SKILLS},
		{.name = "team", .number = i / SKILLS % TEAMS}};
	struct usher_agent_opts opts;
	uint64_t id;
	char name[24];

	snprintf(name, sizeof(name), "agent%" PRIu32, i);
	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.attrs = attrs;
	opts.attr_count = b->shape->many ? 2 : 1;
	opts.order = i;
	check(usher_acd_agent_set(b->acd, b->now, &opts, &id, NULL));
	check(usher_acd_presence(b->acd, b->now, id, USHER_READY, NULL));
	drain(b);
}

static void set_up(struct bench *b, const struct shape *shape)
{
	struct usher_acd_opts opts;
	struct usher_queue_opts queue;
	struct usher_alloc alloc = {counted, &b->heap};

	memset(b, 0, sizeof(*b));
	b->shape = shape;
	b->now = START;
	ring_new(&b->offers, 2 * (size_t)shape->agents + 2);
	ring_new(&b->talking, 2 * (size_t)shape->agents + 2);
	ring_new(&b->wrapups, 2 * (size_t)shape->agents + 2);
	usher_acd_opts_init(&opts, sizeof(opts));
	opts.alloc = &alloc;
	opts.agents_max = 200000;
	opts.contacts_max = 500000;
	opts.profiles_max = 2 * SKILLS * TEAMS;
	check(usher_acd_new(&b->acd, &opts, NULL));
	usher_queue_opts_init(&queue, sizeof(queue));
	queue.name = "all";
	queue.policy = shape->policy;
	queue.wrapup_us = WRAPUP_US;
	if (!shape->many)
		queue.requirement = "skill == contact.skill";
	check(usher_acd_queue_set(b->acd, b->now, &queue, &b->queue, NULL));
	for (uint32_t i = 0; i < shape->agents; i++)
		add_agent(b, i);
}

static void tear_down(struct bench *b)
{
	usher_acd_free(b->acd);
	ring_free(&b->offers);
	ring_free(&b->talking);
	ring_free(&b->wrapups);
}

static void arrive(struct bench *b)
{
	uint32_t i = b->arrived++;
	struct usher_attr attr = {.name = "skill", .number = i % SKILLS};
	struct usher_contact_opts opts;
	struct usher_enqueue_opts enqueue;
	uint64_t contact;
	char text[48];

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.attrs = &attr;
	opts.attr_count = 1;
	usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
	enqueue.queues = &b->queue;
	enqueue.queue_count = 1;
	if (b->shape->many) {
		snprintf(text, sizeof(text),
			 "skill == %" PRIu32 " and team >= %" PRIu32,
			 i % SKILLS, i / SKILLS % LEVELS * (TEAMS / LEVELS));
		enqueue.requirement = text;
	}
	input(b);
	done(b, usher_acd_contact_new(b->acd, b->now, &opts, &contact));
	input(b);
	done(b, usher_acd_enqueue(b->acd, b->now, contact, &enqueue, NULL));
	drain(b);
}

/* Answer what is offered, end the oldest call, and the oldest wrap-up: of ten
 * agents seven talk and one is in wrap-up, or nine talk where contacts wait.
 */
static void serve(struct bench *b)
{
	uint32_t wrapups = b->shape->agents / 10 + 1;
	uint32_t talking = b->shape->agents * 7 / 10;
	uint64_t segment;
	size_t at;

	while (b->offers.count) {
		at = ring_take(&b->offers);
		input(b);
		done(b, usher_acd_accept(b->acd, b->now, b->offers.other[at],
					 NULL));
		input(b);
		done(b, usher_acd_connected(b->acd, b->now,
					    b->offers.other[at], &segment));
		ring_put(&b->talking, b->offers.contact[at], segment);
		drain(b);
	}
	if (b->talking.count > talking) {
		at = ring_take(&b->talking);
		input(b);
		done(b, usher_acd_contact_end(b->acd, b->now,
					      b->talking.contact[at], "bye"));
		ring_put(&b->wrapups, 0, b->talking.other[at]);
		drain(b);
	}
	if (b->wrapups.count > wrapups) {
		at = ring_take(&b->wrapups);
		input(b);
		done(b, usher_acd_wrapup_end(b->acd, b->now,
					     b->wrapups.other[at]));
		drain(b);
	}
}

/* Until as many talk and wait as are meant to. */
static void warm_up(struct bench *b)
{
	for (uint32_t i = 0; i < 3 * b->shape->agents; i++) {
		arrive(b);
		serve(b);
	}
	for (uint32_t i = 0; i < b->shape->waiting; i++)
		arrive(b);
	for (uint32_t i = 0; i < b->shape->agents; i++) {
		arrive(b);
		serve(b);
	}
}

static void serve_many(struct bench *b, uint32_t contacts)
{
	for (uint32_t i = 0; i < contacts; i++) {
		arrive(b);
		serve(b);
	}
}

/* CPU seconds of so many contacts. */
static double run(const struct shape *shape, uint32_t contacts, size_t *allocs)
{
	struct bench b;
	size_t before;
	double began, took;

	set_up(&b, shape);
	warm_up(&b);
	before = b.heap.allocs;
	began = seconds();
	serve_many(&b, contacts);
	took = seconds() - began;
	*allocs = b.heap.allocs - before;
	tear_down(&b);
	return took;
}

static void through(const struct shape *shape, uint32_t contacts,
		    double expected)
{
	size_t allocs;
	double took = run(shape, contacts, &allocs);

	printf("%-14s %-14s %7" PRIu32 " %9" PRIu32 " %8.2f %9.2f %8.2f "
	       "%7zu\n",
	       shape->name, shape->policy, shape->agents, contacts, took,
	       expected * contacts / 1e6, took * 1e6 / contacts, allocs);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Of each input the least of several runs, which are alike: what else the
 * machine had to do meanwhile hardly falls on the same one again. */
static void each_input(const struct shape *shape, uint32_t contacts)
{
	size_t max = 7 * (size_t)contacts;
	uint32_t *least = memory(max, sizeof(*least));
	uint32_t *took = memory(max, sizeof(*took));
	struct bench b;
	uint32_t once = 0;
	size_t n = 0;

	for (int run = 0; run < RUNS; run++) {
		set_up(&b, shape);
		warm_up(&b);
		b.took_max = max;
		b.took_ns = took;
		serve_many(&b, contacts);
		n = b.took;
		tear_down(&b);
		for (size_t i = 0; i < n; i++) {
			if (!run || took[i] < least[i])
				least[i] = took[i];
		}
		qsort(took, n, sizeof(*took), by_size);
		if (!run)
			once = took[n - 1 - n / 1000];
	}
	qsort(least, n, sizeof(*least), by_size);
	printf("%-14s %8zu %8.2f %8.2f %8.2f %8.2f %14.2f\n", shape->name, n,
	       least[n / 2] / 1e3, least[n - 1 - n / 100] / 1e3,
	       least[n - 1 - n / 1000] / 1e3, least[n - 1] / 1e3, once / 1e3);
	free(least);
	free(took);
}

static void bytes(uint32_t contacts)
{
	static const struct shape none = {"", "longest_idle", 1, 0, false};
	struct bench b;
	size_t before;

	set_up(&b, &none);
	before = b.heap.bytes;
	for (uint32_t i = 1; i <= contacts; i++)
		add_agent(&b, i);
	printf("\nBytes an agent (one attribute), of %" PRIu32 ": %zu\n",
	       contacts, (b.heap.bytes - before) / contacts);
	tear_down(&b);
	set_up(&b, &none);
	for (uint32_t i = 0; i < 2 * SKILLS; i++)
		arrive(&b);
	before = b.heap.bytes;
	for (uint32_t i = 0; i < contacts; i++)
		arrive(&b);
	printf("Bytes a waiting contact (one attribute), of %" PRIu32
	       ": %zu\n",
	       contacts, (b.heap.bytes - before) / contacts);
	tear_down(&b);
}

int main(int argc, char **argv)
{
	static const struct shape few = {"50 profiles", "longest_idle", 1000,
					 0, false};
	static const struct shape queued = {"50, 500 wait", "longest_idle",
					    1000, 500, false};
	static const struct shape many = {"5000, 500 req.", "longest_idle",
					  10000, 0, true};
	static const struct shape small = {"100, 100", "longest_idle", 100,
					   100, false};
	static const struct shape large = {"100000, 100000", "longest_idle",
					   100000, 100000, false};
	int asked = argc > 1 ? atoi(argv[1]) : 1000000;
	uint32_t contacts = (uint32_t)asked;
	size_t allocs;
	double one, other;

	if (asked < 1)
		return 2;
	printf("%-14s %-14s %7s %9s %8s %9s %8s %7s\n", "profiles", "policy",
	       "agents", "contacts", "CPU s", "expected", "us each", "allocs");
	through(&few, contacts, 2);
	through(&queued, contacts, 2);
	through(&many, contacts, 4);
	one = run(&small, contacts / 4 + 1, &allocs);
	other = run(&large, contacts / 4 + 1, &allocs);
	printf("\nOne contact with 100 agents and 100 waiting: %.2f us; with "
	       "100000 and 100000:\n%.2f us, %.1f times as much (expected: at "
	       "most 4)\n",
	       one * 1e6 / (contacts / 4 + 1),
	       other * 1e6 / (contacts / 4 + 1), other / one);
	printf("\n%-14s %8s %8s %8s %8s %8s %14s   us an input, wall clock\n",
	       "profiles", "inputs", "median", "p99", "p99.9", "most",
	       "p99.9 of one");
	each_input(&few, contacts / 4 + 1);
	each_input(&many, contacts / 4 + 1);
	bytes(100000);
	return 0;
}
