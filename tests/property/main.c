/*
 * usage: random-days [--days N] [--seed S | --fresh] [--steps N] [--small]
 *                    [--every] [--verbose]
 *
 * Runs N days from seed S on. Without options: 1,000 days of up to 300
 * commands, every tenth of them small, in whole seconds and refolded from each
 * of its events. With --every all days are refolded so; --fresh takes seeds
 * that no run had before, of the clock. On failure it names the seed and the
 * command that runs this one day again; with --verbose that prints every input
 * and event.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "day.h"

#define STEPS_MAX   300
#define STEPS_SMALL 40
/* More than one run has. */
#define SEEDS_A_SECOND 1000

struct options {
	uint64_t days, seed;
	unsigned steps;
	bool small, every, verbose;
};

struct totals {
	uint64_t days, events, inputs, refused, picks, reasons, starved;
	uint64_t digest;
};

static struct day_plan plan_of(const struct options *o, uint64_t seed)
{
	struct rng rng = {seed};
	struct day_plan plan = {.seed = seed, .verbose = o->verbose};
	bool small = o->small || seed % 10 == 0;

	plan.scarce = seed % 8 == 3;
	plan.whole = seed % 10 == 0;
	plan.every_step = small || o->every;
	plan.steps = 1 + rng_below(&rng, small ? STEPS_SMALL : STEPS_MAX);
	if (o->steps)
		plan.steps = o->steps;
	return plan;
}

static int run(const struct options *o, const struct day_plan *plan,
	       struct totals *totals)
{
	struct day d;
	int rc = day_run(&d, plan);

	if (!day_free(&d))
		rc = 1;
	if (rc)
		printf("random-days: seed %llu, %s\n"
		       "repeat with: random-days --days 1 --seed %llu "
		       "--steps %u%s%s\n",
		       (unsigned long long)plan->seed, d.failure,
		       (unsigned long long)plan->seed, plan->steps,
		       o->small ? " --small" : "", o->every ? " --every" : "");
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
static int run_twice(const struct options *o, uint64_t seed)
{
	struct day_plan plan = plan_of(o, seed);
	struct totals a = {0}, b = {0};

	plan.verbose = false;
	if (run(o, &plan, &a) || run(o, &plan, &b))
		return 1;
	if (a.digest == b.digest)
		return 0;
	printf("random-days: seed %llu gives other bytes the second time\n",
	       (unsigned long long)seed);
	return 1;
}

static bool options(struct options *o, int argc, char **argv)
{
	*o = (struct options){.days = 1000, .seed = 1};
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (!strcmp(argv[i], "--small"))
			o->small = true;
		else if (!strcmp(argv[i], "--every"))
			o->every = true;
		else if (!strcmp(argv[i], "--verbose"))
			o->verbose = true;
		else if (!strcmp(argv[i], "--fresh"))
			o->seed = (uint64_t)time(NULL) * SEEDS_A_SECOND;
		else if (more && !strcmp(argv[i], "--days"))
			o->days = strtoull(argv[++i], NULL, 10);
		else if (more && !strcmp(argv[i], "--seed"))
			o->seed = strtoull(argv[++i], NULL, 10);
		else if (more && !strcmp(argv[i], "--steps"))
			o->steps = (unsigned)strtoul(argv[++i], NULL, 10);
		else
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct totals totals = {0};
	struct options o;

	if (!options(&o, argc, argv))
		return 2;
	for (uint64_t i = 0; i < o.days; i++) {
		struct day_plan plan = plan_of(&o, o.seed + i);

		if (run(&o, &plan, &totals))
			return 1;
		if (i % 20 == 0 && run_twice(&o, o.seed + i))
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
