/*
 * usage: random-days [--days N] [--seed S] [--steps N] [--small] [--verbose]
 *
 * Runs N days from seed S on. Without options: 1,000 days of up to 300
 * commands, every tenth of them small, in whole seconds and refolded from each
 * of its events. On failure it names the seed and the command that runs this
 * one day again; with --verbose that prints every input and event.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"

#define STEPS_MAX   300
#define STEPS_SMALL 40

struct totals {
	uint64_t days, events, inputs, refused, picks, reasons, starved;
	uint64_t digest;
};

static struct day_plan plan_of(uint64_t seed, unsigned steps, bool small)
{
	struct rng rng = {seed};
	struct day_plan plan = {.seed = seed};

	plan.scarce = seed % 8 == 3;
	plan.whole = seed % 10 == 0;
	plan.every_step = small || seed % 10 == 0;
	plan.steps =
		1 + rng_below(&rng, plan.every_step ? STEPS_SMALL : STEPS_MAX);
	if (steps)
		plan.steps = steps;
	return plan;
}

static int run(const struct day_plan *plan, bool small, struct totals *totals)
{
	struct day d;
	int rc = day_run(&d, plan);

	if (!day_free(&d))
		rc = 1;
	if (rc)
		printf("random-days: seed %llu, %s\n"
		       "repeat with: random-days --days 1 --seed %llu "
		       "--steps %u%s\n",
		       (unsigned long long)plan->seed, d.failure,
		       (unsigned long long)plan->seed, plan->steps,
		       small ? " --small" : "");
	totals->days++;
	totals->events += d.events;
	totals->inputs += d.inputs;
	totals->refused += d.refused;
	totals->picks += d.picks;
	totals->reasons += d.reasons;
	totals->starved += d.starved;
	totals->digest = totals->digest * 31 + d.digest;
	return rc;
}

/* The same seed must give the same entries, byte for byte. */
static int run_twice(uint64_t seed, unsigned steps, bool small)
{
	struct day_plan plan = plan_of(seed, steps, small);
	struct totals a = {0}, b = {0};

	if (run(&plan, small, &a) || run(&plan, small, &b))
		return 1;
	if (a.digest == b.digest)
		return 0;
	printf("random-days: seed %llu gives other bytes the second time\n",
	       (unsigned long long)seed);
	return 1;
}

int main(int argc, char **argv)
{
	uint64_t days = 1000, seed = 1;
	unsigned steps = 0;
	bool small = false, verbose = false;
	struct totals totals = {0};

	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (!strcmp(argv[i], "--small"))
			small = true;
		else if (!strcmp(argv[i], "--verbose"))
			verbose = true;
		else if (more && !strcmp(argv[i], "--days"))
			days = strtoull(argv[++i], NULL, 10);
		else if (more && !strcmp(argv[i], "--seed"))
			seed = strtoull(argv[++i], NULL, 10);
		else if (more && !strcmp(argv[i], "--steps"))
			steps = (unsigned)strtoul(argv[++i], NULL, 10);
		else
			return 2;
	}
	for (uint64_t i = 0; i < days; i++) {
		struct day_plan plan = plan_of(seed + i, steps, small);

		plan.verbose = verbose;
		if (run(&plan, small, &totals))
			return 1;
		if (i % 20 == 0 && run_twice(seed + i, steps, small))
			return 1;
	}
	printf("%llu days, %llu inputs, %llu refused, %llu without memory, "
	       "%llu events, %llu picks and %llu explanations as the naive "
	       "matcher's\n",
	       (unsigned long long)totals.days,
	       (unsigned long long)totals.inputs,
	       (unsigned long long)totals.refused,
	       (unsigned long long)totals.starved,
	       (unsigned long long)totals.events,
	       (unsigned long long)totals.picks,
	       (unsigned long long)totals.reasons);
	return 0;
}
