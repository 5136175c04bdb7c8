/* The search for a staff, and what was found tried on other days. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plot.h"
#include "staff.h"

#define OTHER_DAYS UINT64_MAX

/* ---- What is wanted ---- */

/* --want FIGURE=LIMIT is over all queues; QUEUE:FIGURE=LIMIT of one. */
static int read_want(struct lab_day *day, const char *text,
		     struct lab_target *target)
{
	const char *equals = strrchr(text, '=');
	const char *colon = strrchr(text, ':');
	const char *name = colon && colon < equals ? colon + 1 : text;
	char *queue = NULL;
	int status = 0;

	target->index = day->sim.queue_count;
	if (name != text) {
		queue = strndup(text, (size_t)(name - 1 - text));
		target->index = queue ? lab_day_queue(day, queue) : UINT32_MAX;
		free(queue);
		if (target->index == UINT32_MAX)
			return lab_wrong("staff", "no queue for '%s'", text);
	}
	for (target->figure = 0; target->figure < LAB_FIGURES;
	     target->figure++)
		if (lab_sim_figure(target->figure) &&
		    !strncmp(lab_figures[target->figure].name, name,
			     (size_t)(equals - name)) &&
		    !lab_figures[target->figure].name[(size_t)(equals - name)])
			break;
	if (target->figure == LAB_FIGURES)
		return lab_wrong("staff",
				 "'%s': a search knows level_*, asa_s, "
				 "wait_s, abandoned and blocked",
				 text);
	if (lab_figures[target->figure].unit == LAB_TIME
		    ? lab_seconds(equals + 1, &target->limit)
		    : lab_part(equals + 1, &target->limit))
		status = lab_wrong("staff", "'%s' has no such limit", text);
	return status;
}

/* What is asked for on the command line takes the place of the file's. */
static int read_wants(struct lab_day *day, const struct staff_asked *a)
{
	struct lab_target *targets;

	if (!a->want_count)
		return day->target_count
			       ? 0
			       : lab_wrong("staff",
					   "what do you --want? The file has "
					   "no targets");
	targets = lab_day_alloc(day, a->want_count, sizeof(*targets));
	if (!targets)
		return lab_wrong("staff", "no memory");
	for (uint32_t i = 0; i < a->want_count; i++)
		if (read_want(day, a->wants[i], &targets[i]))
			return 2;
	day->targets = targets;
	day->target_count = a->want_count;
	return 0;
}

/* Hours that an agent of a group is there, in a period. */
static double hours(const struct lab_day *day, uint32_t group)
{
	const struct usher_sim_group *g = &day->groups[group];
	double sum = g->span_count ? 0 : day->sim.period_s;

	for (uint32_t i = 0; i < g->span_count; i++)
		sum += g->spans[i].to_s - g->spans[i].from_s;
	return sum / 3600;
}

static int prepare(struct staff_searched *s)
{
	struct lab_day *day = s->day;
	bool costs = false;

	s->ranges =
		lab_day_alloc(day, day->sim.group_count, sizeof(*s->ranges));
	s->targets =
		lab_day_alloc(day, day->target_count, sizeof(*s->targets));
	s->agents =
		lab_day_alloc(day, day->sim.group_count, sizeof(*s->agents));
	s->values = lab_day_alloc(day, day->target_count, sizeof(*s->values));
	s->others = lab_day_alloc(day, day->target_count, sizeof(*s->others));
	s->points = lab_day_alloc(day, STAFF_TRIES_MAX, sizeof(*s->points));
	if (!s->ranges || !s->targets || !s->agents || !s->values ||
	    !s->others || !s->points)
		return USHER_ENOMEM;
	s->good.groups = day->sim.group_count;
	s->good.targets = day->target_count;
	for (uint32_t g = 0; g < day->sim.group_count; g++)
		costs |= day->ranges[g].per_hour > 0;
	for (uint32_t g = 0; g < day->sim.group_count; g++)
		s->ranges[g] = (struct usher_sim_range){
			day->ranges[g].least, day->ranges[g].most,
			fmax(hours(day, g) *
				     (costs ? day->ranges[g].per_hour : 1),
			     STAFF_NOTHING)};
	for (uint32_t i = 0; i < day->target_count; i++)
		s->targets[i] = (struct usher_sim_target){
			day->targets[i].limit,
			day->targets[i].index == day->sim.queue_count
				? USHER_SIM_ALL
				: day->targets[i].index,
			lab_sim_figure(day->targets[i].figure),
			day->targets[i].from_s, day->targets[i].to_s};
	return 0;
}

/* ---- The search ---- */

struct replications {
	void (*one)(void *ctx, uint32_t i);
	void *ctx;
};

static void narrow(void *ctx, uint64_t i)
{
	const struct replications *r = ctx;

	r->one(r->ctx, (uint32_t)i);
}

static void each(void *arg, uint32_t count, void (*one)(void *ctx, uint32_t i),
		 void *ctx)
{
	const struct staff_searched *s = arg;
	struct replications r = {one, ctx};

	lab_each(s->o->threads, count, narrow, &r, NULL);
}

static void tried(void *arg, const struct usher_sim_staffing *staffing)
{
	struct staff_searched *s = arg;

	if (s->tried < STAFF_TRIES_MAX)
		s->points[s->tried] = (struct plot_point){
			staffing->cost, staffing->values[0], staffing->good};
	s->tried++;
	if (staffing->good) {
		s->no_memory |= !staff_found_keep(&s->good, staffing);
		s->cheapest = fmin(s->cheapest, staffing->cost);
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rlab staff: %u tried, the best costs %.6g ",
			s->tried, s->cheapest);
}

static void staff_opts(struct staff_searched *s,
		       struct usher_sim_staff_opts *opts)
{
	const struct lab_day *day = s->day;

	usher_sim_staff_opts_init(opts, sizeof(*opts));
	opts->sim = &day->sim;
	opts->ranges = s->ranges;
	opts->range_count = day->sim.group_count;
	opts->targets = s->targets;
	opts->target_count = day->target_count;
	opts->replications = (uint32_t)day->replications;
	opts->warmup_s = day->warmup_s;
	opts->duration_s = day->duration_s;
	opts->tries_max = STAFF_TRIES_MAX;
	opts->each = each;
	opts->arg = s;
}

static int search(struct staff_searched *s)
{
	struct usher_sim_staff_opts opts;
	struct usher_error err = {0};
	uint64_t restarts = 0;
	int rc;

	staff_opts(s, &opts);
	if (s->o->restarts &&
	    lab_count(s->o->restarts, 0, STAFF_TRIES_MAX, &restarts))
		return lab_wrong("staff", "--restarts takes 0 to %d",
				 STAFF_TRIES_MAX);
	opts.restarts = (uint32_t)restarts;
	opts.tried = tried;
	rc = usher_sim_staff(&opts, s->agents, &err);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (rc)
		return lab_failed(&err);
	if (s->no_memory ||
	    !staff_found_get(&s->good, s->agents, &s->cheapest, s->values))
		return lab_wrong("staff", "no memory");
	return 0;
}

static void keep_others(void *arg, const struct usher_sim_staffing *staffing)
{
	struct staff_searched *s = arg;
	const struct lab_day *day = s->day;

	for (uint32_t i = 0; i < day->target_count; i++)
		s->others[i] = lab_estimate(
			staffing->spread + (size_t)day->replications * i,
			isnan(staffing->values[i]) ? 0 : day->replications,
			day->confidence);
}

/* What was found; whether the targets hold is not asked. */
static int try_others(struct staff_searched *s)
{
	struct usher_sim_staff_opts opts;
	struct usher_error err = {0};
	uint32_t *same =
		lab_day_alloc(s->day, s->day->sim.group_count, sizeof(*same));
	int rc;

	if (!same)
		return lab_wrong("staff", "no memory");
	staff_opts(s, &opts);
	for (uint32_t g = 0; g < s->day->sim.group_count; g++)
		s->ranges[g].least = s->ranges[g].most = s->agents[g];
	opts.tries_max = 1;
	opts.tried = keep_others;
	rc = usher_sim_staff(&opts, same, &err);
	return rc && rc != USHER_ENOENT && rc != USHER_EFULL ? lab_failed(&err)
							     : 0;
}

/* What was found on other days than those of the search. */
static int confirm(struct staff_searched *s)
{
	const struct lab_variant found = {.agents = s->agents};
	struct lab_results results = {.day = s->day};
	struct lab_bench bench = {&results, 1, s->o->threads, NULL};
	struct usher_error err = {0};
	bool parts = false;
	int status;

	if (lab_day_vary(s->day, &found))
		return lab_wrong("staff", "no memory");
	s->day->sim.seed = usher_sim_seed(s->day->sim.seed, OTHER_DAYS);
	for (uint32_t i = 0; i < s->day->target_count; i++)
		parts |= staff_windowed(&s->day->targets[i]);
	if (parts && try_others(s))
		return 1;
	status = lab_bench_run(&bench, &err) ? lab_failed(&err)
					     : staff_report(s, &results);
	lab_results_done(&results);
	return status;
}

int staff_by_simulation(const struct staff_asked *asked,
			const struct lab_options *o)
{
	struct staff_searched s = {.o = o, .cheapest = INFINITY};
	int status;

	if (o->file_count > 1)
		return lab_wrong("staff", "one file at a time");
	status = lab_options_day(o, "staff", o->files[0], &s.day);
	if (status)
		return status;
	status = read_wants(s.day, asked);
	if (!status && prepare(&s))
		status = lab_wrong("staff", "no memory");
	if (!status)
		status = search(&s);
	if (!status)
		status = confirm(&s);
	if (!status && o->plot)
		status = staff_draw(&s);
	staff_found_free(&s.good);
	lab_day_free(s.day);
	return status;
}
