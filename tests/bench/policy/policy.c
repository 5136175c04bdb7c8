/*
 * What each routing policy does to the same days: the figures of
 * docs/policies.md.
 *
 *   build/tests/bench/policy/bench-policy [DAYS]
 *
 * Agents: two teams of ten, north works at 1.5 and knows Hungarian, south at
 * 0.5. Calls of 180 s come at random at a load of 0.75; two thirds are sales
 * and one third, who prefer the agent north-1, support. Nobody gives up. The
 * same seed for all: the same calls.
 */
#include <stdio.h>
#include <stdlib.h>

#include <usher/sim.h>

#define DAYS   20
#define DAY_S  86400.0
#define QUEUES 2
#define TEAMS  2
#define EACH   10
#define HANDLE 180.0
#define LOAD   0.75
#define TIGHT  0.95

struct option {
	const char *name;
	const char *text;
	double number;
};

struct agent_case {
	const char *policy;
	const char *shown;
	struct option options[3];
};

static const struct agent_case agent_cases[] = {
	{"longest_idle", "", {{0}}},
	{"round_robin", "", {{0}}},
	{"top_down", "", {{0}}},
	{"fewest_contacts", "", {{0}}},
	{"least_talk_time", "", {{0}}},
	{"least_occupied", "", {{0}}},
	{"random", "", {{0}}},
	{"weighted_random", "(weights 1 and 3)", {{0}}},
	{"ring_all", "", {{0}}},
	{"ring_progressive", "", {{0}}},
	{"best_skilled", "hungarian: 1", {{"hungarian", NULL, 1}}},
	{"least_skilled_first", "hungarian: 1", {{"hungarian", NULL, 1}}},
	{"fastest_first", "", {{0}}},
	{"slowest_first", "", {{0}}},
	{"preferred_agent", "patience: 60", {{"patience", NULL, 60}}},
	{"percentage",
	 "north: 75, south: 25",
	 {{"north", NULL, 75}, {"south", NULL, 25}}},
	{"idleness_ratio",
	 "north: 1, south: 1",
	 {{"north", NULL, 1}, {"south", NULL, 1}}},
	{"fair_threshold",
	 "south: 8, north: 20",
	 {{"south", NULL, 8}, {"north", NULL, 20}}},
	{"batch",
	 "window: 2, preferred: 60",
	 {{"window", NULL, 2}, {"preferred", NULL, 60}}},
};

struct order_case {
	const char *order;
	const char *shown;
	struct option sales[2];
	struct option support[2];
};

static const struct order_case order_cases[] = {
	{"priority_age", "support has 1 more", {{0}}, {{0}}},
	{"age_with_boost", "", {{0}}, {{0}}},
	{"nearest_target", "20 s and 120 s", {{0}}, {{0}}},
	{"earliest_deadline", "20 s and 120 s", {{0}}, {{0}}},
	{"cmu", "cost 1 and 3", {{"cost", NULL, 1}}, {{"cost", NULL, 3}}},
	{"cmu",
	 "the same, growth 2",
	 {{"cost", NULL, 1}, {"growth", NULL, 2}},
	 {{"cost", NULL, 3}, {"growth", NULL, 2}}},
	{"queue_ratio",
	 "share 80 and 20",
	 {{"share", NULL, 80}},
	 {{"share", NULL, 20}}},
	{"random", "", {{0}}, {{0}}},
};

static uint32_t attrs_of(const struct option *options, size_t max,
			 struct usher_attr *attrs)
{
	uint32_t n = 0;

	while (n < max && options[n].name) {
		attrs[n].name = options[n].name;
		attrs[n].type =
			options[n].text ? USHER_ATTR_TEXT : USHER_ATTR_NUMBER;
		attrs[n].text = options[n].text;
		attrs[n].number = options[n].number;
		n++;
	}
	return n;
}

struct center {
	struct usher_sim_queue queues[QUEUES];
	struct usher_sim_group groups[TEAMS];
	struct usher_attr team_attrs[TEAMS][3];
	struct usher_attr preferred;
	struct usher_attr options[3];
	struct usher_attr orders[QUEUES][2];
	struct usher_sim_opts opts;
};

static void center_init(struct center *c, double load)
{
	static const char *const teams[TEAMS] = {"north", "south"};
	static const double speeds[TEAMS] = {1.5, 0.5};
	static const double parts[QUEUES] = {2 / 3.0, 1 / 3.0};
	static const char *const names[QUEUES] = {"sales", "support"};

	*c = (struct center){.preferred = {.name = "preferred_agent",
					   .type = USHER_ATTR_TEXT,
					   .text = "north-1"}};
	usher_sim_opts_init(&c->opts, sizeof(c->opts));
	for (int i = 0; i < QUEUES; i++) {
		c->queues[i].name = names[i];
		c->queues[i].arrivals_per_s =
			load * parts[i] * TEAMS * EACH / HANDLE;
		c->queues[i].handle_s = HANDLE;
		c->queues[i].handle_law = USHER_LAW_EXPONENTIAL;
		c->queues[i].target_s = i ? 20 : 120;
	}
	c->queues[1].contact_attrs = &c->preferred;
	c->queues[1].contact_attr_count = 1;
	for (int i = 0; i < TEAMS; i++) {
		const struct option own[3] = {{"team", teams[i], 0},
					      {"weight", NULL, i ? 3 : 1},
					      {"hungarian", NULL, i ? 0 : 1}};

		c->groups[i].name = teams[i];
		c->groups[i].agents = EACH;
		c->groups[i].speed = speeds[i];
		c->groups[i].attrs = c->team_attrs[i];
		c->groups[i].attr_count = attrs_of(own, 3, c->team_attrs[i]);
	}
	c->opts.queues = c->queues;
	c->opts.queue_count = QUEUES;
	c->opts.groups = c->groups;
	c->opts.group_count = TEAMS;
	c->opts.seed = 1;
}

static struct usher_sim *run(struct center *c, double days)
{
	struct usher_sim *sim = NULL;
	struct usher_error err;

	if (usher_sim_new(&sim, &c->opts, &err))
		fprintf(stderr, "%s\n", err.message);
	else if (usher_sim_run(sim, DAY_S / 4) || usher_sim_warm(sim) ||
		 usher_sim_run(sim, days * DAY_S))
		fprintf(stderr, "does not run\n");
	return sim;
}

static struct usher_queue_figures queue_of(const struct usher_sim *sim,
					   uint32_t i)
{
	struct usher_queue_figures f = {.size = sizeof(f)};

	usher_metrics_queue(usher_sim_metrics(sim), usher_sim_queue_id(sim, i),
			    USHER_SPAN_DAY, usher_sim_now(sim), &f);
	return f;
}

static double wait_s(const struct usher_queue_figures *f)
{
	return f->answered ? (double)f->answered_wait_us / 1e6 /
				     (double)f->answered
			   : 0;
}

/* Part of their time that the first agents of a team are occupied, and how
 * many contacts they had. */
static double occupied(const struct usher_sim *sim, uint32_t team,
		       uint32_t first, uint32_t agents, double days,
		       uint64_t *answered)
{
	double sum = 0;

	*answered = 0;
	for (uint32_t i = first; i < first + agents; i++) {
		struct usher_agent_figures a = {.size = sizeof(a)};

		usher_metrics_agent(usher_sim_metrics(sim),
				    usher_sim_agent_id(sim, team, i),
				    USHER_SPAN_DAY, usher_sim_now(sim), &a);
		sum += (double)a.occupied_us / 1e6;
		*answered += a.handled;
	}
	return 100 * sum / (agents * days * DAY_S);
}

static int agent_row(const struct agent_case *row, double days)
{
	struct center c;
	struct usher_sim *sim;
	struct usher_queue_figures sales, support;
	uint64_t north, south, one;
	double busy_north, busy_south, busy_one, n, wait, over;

	center_init(&c, LOAD);
	for (int i = 0; i < QUEUES; i++) {
		c.queues[i].policy = row->policy;
		c.queues[i].policy_options = c.options;
		c.queues[i].policy_option_count =
			attrs_of(row->options, 3, c.options);
	}
	sim = run(&c, days);
	if (!sim)
		return 1;
	sales = queue_of(sim, 0);
	support = queue_of(sim, 1);
	n = (double)(sales.answered + support.answered);
	wait = (double)(sales.answered_wait_us + support.answered_wait_us) /
	       1e6 / n;
	over = 100 * (1 - (double)support.answered_within /
				  (double)support.answered);
	busy_north = occupied(sim, 0, 0, EACH, days, &north);
	busy_south = occupied(sim, 1, 0, EACH, days, &south);
	busy_one = occupied(sim, 0, 0, 1, days, &one);
	printf("%-20s %-26s %6.2f %6.1f %6.1f %6.1f %6.1f %6.1f\n",
	       row->policy, row->shown, wait, over,
	       100 * (double)north / (double)(north + south), busy_north,
	       busy_south, busy_one);
	usher_sim_free(sim);
	return 0;
}

static void longest(void *arg, const struct usher_event *ev)
{
	int64_t wait = 0, *most = arg;

	if (ev->type == USHER_EV_QUEUE_LEFT &&
	    !usher_event_i64(ev, USHER_F_WAIT, &wait) && wait > *most)
		*most = wait;
}

static int order_row(const struct order_case *row, double days)
{
	struct center c;
	struct usher_sim *sim;
	struct usher_queue_figures f[QUEUES];
	const struct option *options[QUEUES] = {row->sales, row->support};
	int64_t max = 0;

	center_init(&c, TIGHT);
	c.opts.contact_order = row->order;
	c.opts.event = longest;
	c.opts.arg = &max;
	c.queues[1].priority = 1;
	for (int i = 0; i < QUEUES; i++) {
		c.queues[i].order_options = c.orders[i];
		c.queues[i].order_option_count =
			attrs_of(options[i], 2, c.orders[i]);
	}
	sim = run(&c, days);
	if (!sim)
		return 1;
	for (uint32_t i = 0; i < QUEUES; i++)
		f[i] = queue_of(sim, i);
	printf("%-20s %-22s %7.1f %7.1f %7.1f %7.1f %8.1f\n", row->order,
	       row->shown, wait_s(&f[0]), wait_s(&f[1]),
	       100 * (double)f[0].answered_within / (double)f[0].answered,
	       100 * (double)f[1].answered_within / (double)f[1].answered,
	       (double)max / 1e6);
	usher_sim_free(sim);
	return 0;
}

int main(int argc, char **argv)
{
	double days = argc > 1 ? atof(argv[1]) : DAYS;
	int rc = 0;

	printf("%-20s %-26s %6s %6s %6s %6s %6s %6s\n", "which agent",
	       "options", "wait", ">20 s", "north", "busy", "busy", "busy");
	printf("%-47s %6s %6s %6s %6s %6s %6s\n", "", "s", "%", "has %", "n %",
	       "s %", "n-1 %");
	for (size_t i = 0;
	     !rc && i < sizeof(agent_cases) / sizeof(*agent_cases); i++)
		rc = agent_row(&agent_cases[i], days);
	printf("\n%-20s %-22s %7s %7s %7s %7s %8s\n", "which contact",
	       "sales and support", "wait s", "wait s", "in %", "in %",
	       "most s");
	for (size_t i = 0;
	     !rc && i < sizeof(order_cases) / sizeof(*order_cases); i++)
		rc = order_row(&order_cases[i], days);
	return rc;
}
