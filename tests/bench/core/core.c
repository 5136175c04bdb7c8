/*
 * Complete contacts a second through the core alone: contact_new, enqueue,
 * accept, connected, contact_end, every event drained. 1,000 agents in 50
 * profiles, each contact asks for one of 50 skills.
 *
 *   usage: bench-core [CONTACTS]
 *
 * Prints medians of five runs beside what is expected, allocations in the
 * steady state, the bytes that a waiting contact takes, and the time of an
 * input that wakes all who wait. The clock is that of the process: CPU time of
 * one thread, not time on the wall.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/acd.h>

#include "../meter.h"

#define AGENTS   1000
#define PROFILES 50
#define RUNS     5
/* Complete contacts a second of CPU time that the core is meant to do. */
#define EXPECTED 300000
#define START    INT64_C(1700000000000000)
#define SECOND   INT64_C(1000000)

struct bench {
	struct usher_acd *acd;
	struct heap heap;
	uint64_t queue;
	int64_t now;
	uint64_t offers[AGENTS * 2]; /* made and not yet accepted */
	uint64_t contacts[AGENTS * 2];
	size_t offer_count;
	size_t first;
};

static void drain(struct bench *b)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(b->acd))) {
		size_t at;

		if (ev->type != USHER_EV_OFFER_MADE)
			continue;
		at = (b->first + b->offer_count++) % (AGENTS * 2);
		usher_event_u64(ev, USHER_F_OFFER, &b->offers[at]);
		b->contacts[at] = ev->contact;
	}
}

static void set_up(struct bench *b, const char *policy, const char *order)
{
	struct usher_acd_opts opts;
	struct usher_queue_opts queue;
	struct usher_alloc alloc = {counted, &b->heap};

	memset(b, 0, sizeof(*b));
	usher_acd_opts_init(&opts, sizeof(opts));
	opts.alloc = &alloc;
	b->now = START;
	check(usher_acd_new(&b->acd, &opts, NULL));
	check(usher_acd_configure(b->acd, b->now, order));
	usher_queue_opts_init(&queue, sizeof(queue));
	queue.name = "all";
	queue.policy = policy;
	queue.requirement = "skill == contact.skill";
	check(usher_acd_queue_set(b->acd, b->now, &queue, &b->queue, NULL));
	for (int i = 0; i < AGENTS; i++) {
		struct usher_attr attr = {.name = "skill",
					  .number = i % PROFILES};
		struct usher_agent_opts agent;
		uint64_t id;
		char name[16];

		snprintf(name, sizeof(name), "agent%d", i);
		usher_agent_opts_init(&agent, sizeof(agent));
		agent.name = name;
		agent.attrs = &attr;
		agent.attr_count = 1;
		agent.order = (uint32_t)i;
		check(usher_acd_agent_set(b->acd, b->now, &agent, &id, NULL));
		check(usher_acd_presence(b->acd, b->now, id, USHER_READY,
					 NULL));
		drain(b);
	}
}

static void arrive(struct bench *b, int i)
{
	struct usher_attr attr = {.name = "skill", .number = i % PROFILES};
	struct usher_contact_opts opts;
	struct usher_enqueue_opts enqueue;
	uint64_t contact;

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.attrs = &attr;
	opts.attr_count = 1;
	usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
	enqueue.queues = &b->queue;
	enqueue.queue_count = 1;
	b->now += 10;
	check(usher_acd_contact_new(b->acd, b->now, &opts, &contact));
	check(usher_acd_enqueue(b->acd, b->now, contact, &enqueue, NULL));
	drain(b);
}

/* The oldest offer is answered, talked about and done. */
static void serve(struct bench *b)
{
	uint64_t offer = b->offers[b->first], contact = b->contacts[b->first];

	b->first = (b->first + 1) % (AGENTS * 2);
	b->offer_count--;
	b->now += 10;
	check(usher_acd_accept(b->acd, b->now, offer, NULL));
	check(usher_acd_connected(b->acd, b->now, offer, NULL));
	check(usher_acd_contact_end(b->acd, b->now, contact, "bye"));
	drain(b);
}

/* Contacts a second with so many waiting all the time. */
static double run(struct bench *b, const char *policy, const char *order,
		  int contacts, int waiting, size_t *allocs)
{
	int warm = AGENTS * 2, n = 0;
	double began;
	size_t before;

	set_up(b, policy, order);
	for (int i = 0; i < waiting; i++)
		arrive(b, n++);
	for (int i = 0; i < warm; i++) {
		arrive(b, n++);
		serve(b);
	}
	before = b->heap.allocs;
	began = seconds();
	for (int i = 0; i < contacts; i++) {
		arrive(b, n++);
		serve(b);
	}
	*allocs = b->heap.allocs - before;
	return contacts / (seconds() - began);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void row(struct bench *b, const char *policy, const char *order,
		int contacts, int waiting)
{
	double rates[RUNS];
	size_t allocs = 0;

	for (int i = 0; i < RUNS; i++) {
		rates[i] = run(b, policy, order, contacts, waiting, &allocs);
		usher_acd_free(b->acd);
	}
	qsort(rates, RUNS, sizeof(rates[0]), by_size);
	printf("%-16s %-15s %8d %12.0f %10.2f %11.0f%% %8zu\n", policy, order,
	       waiting, rates[RUNS / 2], 1e6 / rates[RUNS / 2],
	       100 * rates[RUNS / 2] / EXPECTED, allocs);
}

static void memory(struct bench *b)
{
	int n = 100000;
	size_t before;

	set_up(b, "longest_idle", "priority_age");
	for (int i = 0; i < AGENTS; i++)
		arrive(b, i);
	before = b->heap.bytes;
	for (int i = 0; i < n; i++)
		arrive(b, i);
	printf("\nbytes a waiting contact (one attribute): %zu\n",
	       (b->heap.bytes - before) / (size_t)n);
	usher_acd_free(b->acd);
}

/* The first input after none of those who wait had anything to be looked at
 * for: from it on all of them have again. */
static void wake(struct bench *b)
{
	int n = 100000;
	struct usher_queue_step_opts step;
	uint64_t contact;
	double began;

	set_up(b, "longest_idle", "priority_age");
	usher_queue_step_opts_init(&step, sizeof(step));
	step.action = USHER_QUEUE_STEP_PRIORITY;
	step.condition = "waiting < 0";
	check(usher_acd_step_set(b->acd, b->now, b->queue, 1, &step, NULL));
	for (int i = 0; i < AGENTS + n; i++)
		arrive(b, i);
	b->now += 6 * SECOND;
	check(usher_acd_advance(b->acd, b->now));
	began = seconds();
	check(usher_acd_contact_new(b->acd, b->now, NULL, &contact));
	printf("us of an input that wakes %d who rest: %.1f\n", n,
	       (seconds() - began) * 1e6);
	usher_acd_free(b->acd);
}

int main(int argc, char **argv)
{
	int contacts = argc > 1 ? atoi(argv[1]) : 100000;
	struct bench *b = malloc(sizeof(*b));

	if (!b || contacts < 1)
		return 2;
	printf("Complete contacts through the core alone (contact_new, "
	       "enqueue, offer, accept,\nconnected, contact_end, every event "
	       "drained) in a second of CPU time of one\nthread; medians of "
	       "%d "
	       "runs of %d contacts. %d agents, %d skills.\nExpected: %d. "
	       "nearest_target scans all who wait, and says so.\n\n",
	       RUNS, contacts, AGENTS, PROFILES, EXPECTED);
	printf("%-16s %-15s %8s %12s %10s %12s %8s\n", "agent policy",
	       "contact policy", "waiting", "contacts/s", "us/contact",
	       "of expected", "allocs");
	row(b, "longest_idle", "priority_age", contacts, 0);
	row(b, "longest_idle", "priority_age", contacts, 10000);
	row(b, "longest_idle", "priority_age", contacts, 100000);
	row(b, "round_robin", "priority_age", contacts, 0);
	row(b, "random", "priority_age", contacts, 0);
	row(b, "longest_idle", "age_with_boost", contacts, 10000);
	row(b, "longest_idle", "nearest_target", contacts / 500 + 1, 10000);
	memory(b);
	wake(b);
	free(b);
	return 0;
}
