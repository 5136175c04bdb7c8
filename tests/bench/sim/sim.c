/*
 * Simulated events and contacts a second on one core: 500 agents, three
 * skills, rates over the day, shifts, patience, wrap-up, retries; and what a
 * year of it takes.
 *
 *   meson test -C build --benchmark -v bench-sim
 *   build/tests/bench/sim/bench-sim [DAYS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <usher/sim.h>

#define DAY_S  86400.0
#define DAYS   5
#define SKILLS 3
#define GROUPS 4
#define YEAR   365

static const struct usher_sim_rate rates[] = {
	{0, 0.05},           {6 * 3600.0, 0.25},  {9 * 3600.0, 0.42},
	{12 * 3600.0, 0.36}, {14 * 3600.0, 0.40}, {18 * 3600.0, 0.2},
	{22 * 3600.0, 0.06}};

enum { RATES = sizeof(rates) / sizeof(*rates) };

static const struct usher_sim_span shift[] = {
	{6 * 3600.0, 12 * 3600.0, USHER_READY, 0},
	{12 * 3600.0, 12.5 * 3600, USHER_PAUSED, 0},
	{12.5 * 3600, 22 * 3600.0, USHER_READY, 0}};

/* Those who speak one language each, and some who speak them all. */
static const uint32_t lists[GROUPS][SKILLS] = {{0}, {1}, {2}, {0, 1, 2}};
static const uint32_t list_counts[GROUPS] = {1, 1, 1, 3};
static const uint32_t agents[GROUPS] = {120, 120, 120, 140};

static void count(void *arg, const struct usher_event *ev)
{
	uint64_t *events = arg;

	(void)ev;
	++*events;
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct usher_sim *center(uint64_t *events, double more)
{
	static const char *const names[] = {"one", "two", "three", "all"};
	struct usher_sim_rate scaled[RATES];
	struct usher_sim_queue queues[SKILLS] = {{.name = NULL}};
	struct usher_sim_group groups[GROUPS] = {{.name = NULL}};
	struct usher_sim_opts opts;
	struct usher_sim *sim = NULL;
	struct usher_error err;

	for (int i = 0; i < RATES; i++) {
		scaled[i] = rates[i];
		scaled[i].per_s *= more;
	}
	for (uint32_t i = 0; i < SKILLS; i++) {
		queues[i].name = names[i];
		queues[i].rates = scaled;
		queues[i].rate_count = RATES;
		queues[i].members_only = 1;
		queues[i].handle_law = USHER_LAW_LOGNORMAL;
		queues[i].handle_s = 240;
		queues[i].handle_cv = 0.9;
		queues[i].wrapup_law = USHER_LAW_EXPONENTIAL;
		queues[i].wrapup_s = 30;
		queues[i].patience_law = USHER_LAW_EXPONENTIAL;
		queues[i].patience_s = 180;
		queues[i].retry_law = USHER_LAW_EXPONENTIAL;
		queues[i].retry_s = 900;
		queues[i].retry_part = 0.5;
	}
	for (uint32_t i = 0; i < GROUPS; i++) {
		groups[i].name = names[i];
		groups[i].agents = agents[i];
		groups[i].queues = lists[i];
		groups[i].queue_count = list_counts[i];
		if (i + 1 < GROUPS) {
			groups[i].spans = shift;
			groups[i].span_count = 3;
		}
	}
	usher_sim_opts_init(&opts, sizeof(opts));
	opts.queues = queues;
	opts.queue_count = SKILLS;
	opts.groups = groups;
	opts.group_count = GROUPS;
	opts.seed = 1;
	opts.event = count;
	opts.arg = events;
	if (usher_sim_new(&sim, &opts, &err))
		fprintf(stderr, "%s\n", err.message);
	return sim;
}

static int measure(const char *name, double more, double days)
{
	uint64_t events = 0, contacts = 0, answered = 0, within = 0;
	double began = now_s(), took;
	struct usher_sim *sim = center(&events, more);

	if (!sim || usher_sim_run(sim, days * DAY_S))
		return 1;
	took = now_s() - began;
	for (uint32_t i = 0; i < SKILLS; i++) {
		struct usher_queue_figures f = {.size = sizeof(f)};

		usher_metrics_queue(usher_sim_metrics(sim),
				    usher_sim_queue_id(sim, i), USHER_SPAN_DAY,
				    usher_sim_now(sim), &f);
		contacts += f.entered;
		answered += f.answered;
		within += f.answered_within;
	}
	printf("%-10s %9.0f %8.1f%% %8.1f%% %9.2f %11.0f %11.0f %8.1f\n", name,
	       (double)contacts / days,
	       100 * (double)answered / (double)contacts,
	       100 * (double)within / (double)contacts,
	       took * 1e6 / (double)contacts, (double)contacts / took,
	       (double)events / took, took / days * YEAR);
	usher_sim_free(sim);
	return 0;
}

int main(int argc, char **argv)
{
	double days = argc > 1 ? atof(argv[1]) : DAYS;

	printf("%-10s %9s %9s %9s %9s %11s %11s %8s\n", "load", "a day",
	       "answered", "in 20 s", "us each", "contacts/s", "events/s",
	       "year, s");
	return measure("light", 0.6, days) || measure("usual", 1, days) ||
	       measure("overload", 1.3, days);
}
