/* What a search for a staff has found: tables, JSON, CSV, a picture. */
#include <math.h>
#include <stdlib.h>

#include "plot.h"
#include "staff.h"

#define CELL_MAX 64

bool staff_windowed(const struct lab_target *t)
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

	if (!staff_windowed(t) || n < 0 || (size_t)n >= size)
		return;
	say_clock(from, sizeof(from), t->from_s);
	say_clock(to, sizeof(to), t->to_s);
	snprintf(text + n, size - (size_t)n, ", %.10s-%.10s", from, to);
}

static struct lab_estimate again(const struct lab_results *r,
				 const struct lab_target *t, double *values)
{
	const size_t n = lab_values(r, t->index, t->figure, values);

	return lab_estimate(values, n, r->day->confidence);
}

/* On other days: of the whole the mean of the days, of a part the ratio of all
 * of them, since some days have nobody in it. */
static struct lab_estimate on_others(const struct staff_searched *s,
				     uint32_t i, const struct lab_results *r,
				     double *values)
{
	const struct lab_target *t = &s->day->targets[i];

	return staff_windowed(t) ? s->others[i] : again(r, t, values);
}

static double cost_of_one(const struct staff_searched *s, uint32_t group)
{
	const double cost = s->ranges[group].cost;

	return cost > STAFF_NOTHING ? cost : 0;
}

/* What costs nothing adds nothing. */
static double cost_of_all(const struct staff_searched *s)
{
	double sum = 0;

	for (uint32_t g = 0; g < s->day->sim.group_count; g++)
		sum += s->agents[g] * cost_of_one(s, g);
	return sum;
}

static int groups_table(const struct staff_searched *s, FILE *out)
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

static int print_table(const struct staff_searched *s,
		       const struct lab_results *r, double *values, FILE *out)
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
		if (staff_windowed(t) && isnan(s->values[i]) && isnan(e.mean))
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

static void print_json(const struct staff_searched *s,
		       const struct lab_results *r, double *values, FILE *out)
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
		if (staff_windowed(t))
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

static void print_csv(const struct staff_searched *s, FILE *out)
{
	fputs("group,agents,cost\n", out);
	for (uint32_t g = 0; g < s->day->sim.group_count; g++) {
		lab_csv_text(out, s->day->groups[g].name);
		fprintf(out, ",%u,", s->agents[g]);
		lab_csv_number(out, s->agents[g] * cost_of_one(s, g));
		fputc('\n', out);
	}
}

int staff_report(const struct staff_searched *s, const struct lab_results *r)
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

int staff_draw(const struct staff_searched *s)
{
	const struct lab_target *t = s->day->targets;
	const bool part = lab_figures[t->figure].unit == LAB_PART;
	const uint32_t count =
		s->tried < STAFF_TRIES_MAX ? s->tried : STAFF_TRIES_MAX;
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
