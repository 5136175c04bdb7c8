/* The search for a staff, and what it found on other days. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plot.h"
#include "staff.h"

#define CELL_MAX   64
#define OTHER_DAYS UINT64_MAX
#define TRIES_MAX  2000
/* Who costs nothing is taken before all others: the search has no zero. */
#define NOTHING 1e-9

struct searched {
	struct lab_day *day;
	const struct lab_options *o;
	struct usher_sim_range *ranges;
	struct usher_sim_target *targets;
	uint32_t *agents;
	double *values;              /* of the targets, with what was found */
	struct lab_estimate *others; /* the same, on other days */
	struct plot_point *points;   /* what was tried */
	struct staff_found good;
	uint32_t tried;
	double cheapest;
	bool no_memory;
};

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

static int prepare(struct searched *s)
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
	s->points = lab_day_alloc(day, TRIES_MAX, sizeof(*s->points));
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
			     NOTHING)};
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
	const struct searched *s = arg;
	struct replications r = {one, ctx};

	lab_each(s->o->threads, count, narrow, &r, NULL);
}

static void tried(void *arg, const struct usher_sim_staffing *staffing)
{
	struct searched *s = arg;

	if (s->tried < TRIES_MAX)
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

static void staff_opts(struct searched *s, struct usher_sim_staff_opts *opts)
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
	opts->tries_max = TRIES_MAX;
	opts->each = each;
	opts->arg = s;
}

static int search(struct searched *s)
{
	struct usher_sim_staff_opts opts;
	struct usher_error err = {0};
	uint64_t restarts = 0;
	int rc;

	staff_opts(s, &opts);
	if (s->o->restarts &&
	    lab_count(s->o->restarts, 0, TRIES_MAX, &restarts))
		return lab_wrong("staff", "--restarts takes 0 to %d",
				 TRIES_MAX);
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

/* ---- What was found ---- */

static bool windowed(const struct lab_target *t)
{
	return t->from_s != 0 || t->to_s != 0;
}

/* "08:30" */
static void say_clock(char *text, size_t size, double s)
{
	const unsigned minutes = (unsigned)(s / 60 + 0.5);

	snprintf(text, size, "%02u:%02u", minutes / 60, minutes % 60);
}

static void say_target(char *text, size_t size, const struct lab_day *day,
		       const struct lab_target *t)
{
	char from[CELL_MAX / 2], to[CELL_MAX / 2];
	int n = snprintf(text, size, "%.30s, %s",
			 t->index < day->sim.queue_count
				 ? day->queues[t->index].name
				 : "all",
			 lab_figures[t->figure].title);

	if (!windowed(t) || n < 0 || (size_t)n >= size)
		return;
	say_clock(from, sizeof(from), t->from_s);
	say_clock(to, sizeof(to), t->to_s);
	snprintf(text + n, size - (size_t)n, ", %.10s-%.10s", from, to);
}

static void keep_others(void *arg, const struct usher_sim_staffing *staffing)
{
	struct searched *s = arg;
	const struct lab_day *day = s->day;

	for (uint32_t i = 0; i < day->target_count; i++)
		s->others[i] = lab_estimate(
			staffing->spread + (size_t)day->replications * i,
			isnan(staffing->values[i]) ? 0 : day->replications,
			day->confidence);
}

/* What was found; whether the targets hold is not asked. */
static int try_others(struct searched *s)
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

static struct lab_estimate again(const struct lab_results *r,
				 const struct lab_target *t, double *values)
{
	const size_t n = lab_values(r, t->index, t->figure, values);

	return lab_estimate(values, n, r->day->confidence);
}

/* On other days: of the whole the mean of the days, of a part the ratio of all
 * of them, since some days have nobody in it. */
static struct lab_estimate on_others(const struct searched *s, uint32_t i,
				     const struct lab_results *r,
				     double *values)
{
	const struct lab_target *t = &s->day->targets[i];

	return windowed(t) ? s->others[i] : again(r, t, values);
}

static double cost_of_one(const struct searched *s, uint32_t group)
{
	const double cost = s->ranges[group].cost;

	return cost > NOTHING ? cost : 0;
}

/* What costs nothing adds nothing. */
static double cost_of_all(const struct searched *s)
{
	double sum = 0;

	for (uint32_t g = 0; g < s->day->sim.group_count; g++)
		sum += s->agents[g] * cost_of_one(s, g);
	return sum;
}

static int groups_table(const struct searched *s, FILE *out)
{
	const struct lab_day *day = s->day;
	struct lab_table *table = lab_table_new(3);
	char cell[CELL_MAX];

	lab_table_cell(table, "group");
	lab_table_cell(table, "agents");
	lab_table_cell(table, "cost of one");
	for (uint32_t g = 0; g < day->sim.group_count; g++) {
		lab_table_cell(table, day->groups[g].name);
		snprintf(cell, sizeof(cell), "%u", s->agents[g]);
		lab_table_cell(table, cell);
		snprintf(cell, sizeof(cell), "%g", cost_of_one(s, g));
		lab_table_cell(table, cell);
	}
	return lab_table_print(table, out);
}

static int print_table(const struct searched *s, const struct lab_results *r,
		       double *values, FILE *out)
{
	const struct lab_day *day = s->day;
	struct lab_table *table;
	char cell[2 * CELL_MAX];

	fprintf(out,
		"cost %.6g, found by %u staffings of %llu replications "
		"each\n\n",
		cost_of_all(s), s->tried,
		(unsigned long long)day->replications);
	if (groups_table(s, out))
		return 1;
	fputc('\n', out);
	table = lab_table_new(4);
	lab_table_cell(table, "target");
	lab_table_cell(table, "limit");
	lab_table_cell(table, "found");
	lab_table_cell(table, "on other days");
	for (uint32_t i = 0; i < day->target_count; i++) {
		const struct lab_target *t = &day->targets[i];
		const enum lab_unit unit = lab_figures[t->figure].unit;
		const struct lab_estimate e = on_others(s, i, r, values);

		/* nobody came then */
		if (windowed(t) && isnan(s->values[i]) && isnan(e.mean))
			continue;
		say_target(cell, sizeof(cell), day, t);
		lab_table_cell(table, cell);
		lab_say(cell, sizeof(cell), unit, t->limit);
		lab_table_cell(table, cell);
		lab_say(cell, sizeof(cell), unit, s->values[i]);
		lab_table_cell(table, cell);
		lab_say_estimate(cell, sizeof(cell), unit, &e);
		lab_table_cell(table, cell);
	}
	return lab_table_print(table, out) != 0;
}

static void print_json(const struct searched *s, const struct lab_results *r,
		       double *values, FILE *out)
{
	const struct lab_day *day = s->day;

	fprintf(out, "{\"cost\": %.10g, \"tried\": %u,\n \"agents\": {",
		cost_of_all(s), s->tried);
	for (uint32_t g = 0; g < day->sim.group_count; g++) {
		fputs(g ? ", " : "", out);
		lab_json_text(out, day->groups[g].name);
		fprintf(out, ": %u", s->agents[g]);
	}
	fputs("},\n \"targets\": [", out);
	for (uint32_t i = 0; i < day->target_count; i++) {
		const struct lab_target *t = &day->targets[i];
		const struct lab_estimate e = on_others(s, i, r, values);

		fputs(i ? ",\n  {\"queue\": " : "\n  {\"queue\": ", out);
		if (t->index < day->sim.queue_count)
			lab_json_text(out, day->queues[t->index].name);
		else
			fputs("null", out);
		fprintf(out, ", \"figure\": \"%s\", \"limit\": %.10g",
			lab_figures[t->figure].name, t->limit);
		if (windowed(t))
			fprintf(out, ", \"from_s\": %.10g, \"to_s\": %.10g",
				t->from_s, t->to_s);
		fputs(", \"found\": ", out);
		lab_json_number(out, s->values[i]);
		fputs(", \"mean\": ", out);
		lab_json_number(out, e.mean);
		fputs(", \"half\": ", out);
		lab_json_number(out, e.half);
		fputc('}', out);
	}
	fputs("]}\n", out);
}

static void print_csv(const struct searched *s, FILE *out)
{
	fputs("group,agents,cost\n", out);
	for (uint32_t g = 0; g < s->day->sim.group_count; g++) {
		lab_csv_text(out, s->day->groups[g].name);
		fprintf(out, ",%u,", s->agents[g]);
		lab_csv_number(out, s->agents[g] * cost_of_one(s, g));
		fputc('\n', out);
	}
}

static int report(const struct searched *s, const struct lab_results *r)
{
	double *values = calloc(r->count, sizeof(*values));
	FILE *out = values ? lab_open(s->o) : NULL;
	int rc = 0;

	if (!out) {
		free(values);
		return 1;
	}
	if (s->o->format == LAB_JSON)
		print_json(s, r, values, out);
	else if (s->o->format == LAB_CSV)
		print_csv(s, out);
	else
		rc = print_table(s, r, values, out);
	free(values);
	return lab_close(s->o, out) || rc;
}

/* What was found on other days than those of the search. */
static int confirm(struct searched *s)
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
		parts |= windowed(&s->day->targets[i]);
	if (parts && try_others(s))
		return 1;
	status = lab_bench_run(&bench, &err) ? lab_failed(&err)
					     : report(s, &results);
	lab_results_done(&results);
	return status;
}

static int draw(const struct searched *s)
{
	const struct lab_target *t = s->day->targets;
	const bool part = lab_figures[t->figure].unit == LAB_PART;
	const uint32_t count = s->tried < TRIES_MAX ? s->tried : TRIES_MAX;
	char name[2 * CELL_MAX], value[3 * CELL_MAX];

	say_target(name, sizeof(name), s->day, t);
	snprintf(value, sizeof(value), "%s, %s", name, part ? "%" : "s");
	for (uint32_t i = 0; part && i < count; i++)
		s->points[i].value *= 100;
	return plot_staff(s->o->plot, s->points, count,
			  (struct plot_point){
				  s->cheapest,
				  part ? 100 * s->values[0] : s->values[0], 1},
			  value);
}

int staff_by_simulation(const struct staff_asked *asked,
			const struct lab_options *o)
{
	struct searched s = {.o = o, .cheapest = INFINITY};
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
		status = draw(&s);
	staff_found_free(&s.good);
	lab_day_free(s.day);
	return status;
}
