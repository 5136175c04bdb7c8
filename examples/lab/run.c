/* lab run: a day, replicated, in tables, JSON or CSV. */
#include <math.h>
#include <stdlib.h>

#include "expect.h"
#include "plot.h"

#define COLUMNS_MAX 4 /* queues beside each other in a table */
#define CELL_MAX    64

static const char help_text[] =
	"usage: lab run [OPTION ...] DAY.yaml\n"
	"\n"
	"Simulate a day as often as its file says.\n"
	"\n" LAB_OPTIONS_HELP
	"  --expected           how wrong the waits are that people are told\n"
	"  --over-day           each 'interval' of the day (30m) instead of "
	"all\n"
	"  --plot PREFIX        pictures, too: PREFIX-wait.svg and so on\n";

static const char *row_name(const struct lab_day *day, uint32_t row)
{
	return row < day->sim.queue_count ? day->queues[row].name : "all";
}

/* One queue is all, unless somebody is in it twice: a customer who is called
 * back, or goes on to it again, is one over all. */
static uint32_t row_count(const struct lab_results *r)
{
	const uint32_t queues = r->day->sim.queue_count;

	for (uint64_t i = 0; queues == 1 && i < r->count; i++)
		if (r->trials[i].figures[0][LAB_ENTERED] !=
		    r->trials[i].figures[1][LAB_ENTERED])
			return 2;
	return queues + (queues > 1);
}

static struct lab_estimate queue_estimate(const struct lab_results *r,
					  uint32_t row, uint32_t figure,
					  double *values)
{
	const size_t n = lab_values(r, row, (enum lab_figure)figure, values);

	return lab_estimate(values, n, r->day->confidence);
}

static struct lab_estimate group_estimate(const struct lab_results *r,
					  uint32_t group, uint32_t figure,
					  double *values)
{
	const size_t n = lab_group_values(
		r, group, (enum lab_group_figure)figure, values);

	return lab_estimate(values, n, r->day->confidence);
}

static bool says(const double *figures, uint32_t figure)
{
	return figure == LAB_ENTERED ? figures[figure] != figures[LAB_ARRIVED]
				     : figures[figure] > 0;
}

/* Left out where it says nothing of any queue: who entered where nobody is
 * blocked, comes again or agrees to a callback. */
static bool shown(const struct lab_results *r, uint32_t figure)
{
	const uint32_t all = r->day->sim.queue_count;

	if (!lab_figures[figure].optional)
		return true;
	for (uint64_t i = 0; i < r->count; i++)
		for (uint32_t row = 0; row <= all; row++)
			if (says(r->trials[i].figures[row], figure))
				return true;
	return false;
}

static int queues_table(const struct lab_results *r, uint32_t from,
			uint32_t to, double *values, FILE *out)
{
	struct lab_table *table = lab_table_new(to - from + 1);
	char cell[CELL_MAX];

	if (!table)
		return USHER_ENOMEM;
	lab_table_cell(table, "queue");
	for (uint32_t row = from; row < to; row++)
		lab_table_cell(table, row_name(r->day, row));
	for (uint32_t f = 0; f < LAB_FIGURES; f++) {
		if (!shown(r, f))
			continue;
		lab_table_cell(table, lab_figures[f].title);
		for (uint32_t row = from; row < to; row++) {
			struct lab_estimate e =
				queue_estimate(r, row, f, values);

			lab_say_estimate(cell, sizeof(cell),
					 lab_figures[f].unit, &e);
			lab_table_cell(table, cell);
		}
	}
	return lab_table_print(table, out);
}

static int groups_table(const struct lab_results *r, double *values, FILE *out)
{
	const struct lab_day *day = r->day;
	uint32_t figures = LAB_COST; /* without it, unless there are costs */
	struct lab_table *table;
	char cell[CELL_MAX];

	for (uint32_t g = 0; g < day->sim.group_count; g++)
		if (day->ranges[g].per_hour > 0)
			figures = LAB_GROUP_FIGURES;
	table = lab_table_new(2 + figures);
	lab_table_cell(table, "group");
	lab_table_cell(table, "agents");
	for (uint32_t f = 0; f < figures; f++)
		lab_table_cell(table, lab_group_figures[f].title);
	for (uint32_t g = 0; g < day->sim.group_count; g++) {
		lab_table_cell(table, day->groups[g].name);
		snprintf(cell, sizeof(cell), "%u", day->groups[g].agents);
		lab_table_cell(table, cell);
		for (uint32_t f = 0; f < figures; f++) {
			struct lab_estimate e =
				group_estimate(r, g, f, values);

			lab_say_estimate(cell, sizeof(cell),
					 lab_group_figures[f].unit, &e);
			lab_table_cell(table, cell);
		}
	}
	return lab_table_print(table, out);
}

static void print_head(const struct lab_results *r, FILE *out)
{
	const struct lab_day *day = r->day;

	if (day->title)
		fprintf(out, "%s\n", day->title);
	fprintf(out,
		"%llu replications of %g h after %g h, seed %llu, "
		"%g %% confidence\n",
		(unsigned long long)r->count, day->duration_s / 3600,
		day->warmup_s / 3600, (unsigned long long)day->sim.seed,
		100 * day->confidence);
	lab_say_targets(day, out);
}

static int print_table(const struct lab_results *r, double *values, FILE *out)
{
	const struct lab_day *day = r->day;
	const uint32_t rows = row_count(r);
	int rc = 0;

	print_head(r, out);
	for (uint32_t from = 0; !rc && from < rows; from += COLUMNS_MAX) {
		uint32_t to = from + COLUMNS_MAX;

		rc = queues_table(r, from, to < rows ? to : rows, values, out);
		fputc('\n', out);
	}
	if (!rc)
		rc = groups_table(r, values, out);
	if (!rc)
		rc = lab_kinds_table(r, values, out);
	return rc || !day->expected ? rc : expect_table(r, out);
}

static void print_json(const struct lab_results *r, double *values, FILE *out)
{
	const struct lab_day *day = r->day;

	fputs("{\"title\": ", out);
	lab_json_text(out, day->title ? day->title : "");
	fprintf(out, ", \"replications\": %llu, \"seed\": %llu",
		(unsigned long long)r->count,
		(unsigned long long)day->sim.seed);
	fprintf(out, ", \"duration_s\": %.10g, \"warmup_s\": %.10g",
		day->duration_s, day->warmup_s);
	fprintf(out, ", \"confidence\": %.10g,\n \"queues\": [",
		day->confidence);
	for (uint32_t row = 0; row <= day->sim.queue_count; row++) {
		fputs(row == day->sim.queue_count ? "],\n \"all\": {"
		      : row                       ? ",\n  {"
						  : "\n  {",
		      out);
		fputs("\"name\": ", out);
		lab_json_text(out, row_name(day, row));
		for (uint32_t f = 0; f < LAB_FIGURES; f++) {
			struct lab_estimate e =
				queue_estimate(r, row, f, values);

			fputs(",\n   ", out);
			lab_json_estimate(out, lab_figures[f].name, &e);
		}
		fputc('}', out);
	}
	fputs(",\n \"groups\": [", out);
	for (uint32_t g = 0; g < day->sim.group_count; g++) {
		fputs(g ? ",\n  {\"name\": " : "\n  {\"name\": ", out);
		lab_json_text(out, day->groups[g].name);
		fprintf(out, ", \"agents\": %u", day->groups[g].agents);
		for (uint32_t f = 0; f < LAB_GROUP_FIGURES; f++) {
			struct lab_estimate e =
				group_estimate(r, g, f, values);

			fputs(",\n   ", out);
			lab_json_estimate(out, lab_group_figures[f].name, &e);
		}
		lab_kinds_json(r, g, values, out);
		fputc('}', out);
	}
	fputs("]}\n", out);
}

static void print_csv(const struct lab_results *r, double *values, FILE *out)
{
	const struct lab_day *day = r->day;

	fputs("what,name,figure,mean,half,count\n", out);
	for (uint32_t row = 0; row <= day->sim.queue_count; row++)
		for (uint32_t f = 0; f < LAB_FIGURES; f++) {
			struct lab_estimate e =
				queue_estimate(r, row, f, values);

			lab_csv_estimate(
				out,
				row < day->sim.queue_count ? "queue" : "all",
				row_name(day, row), lab_figures[f].name, &e);
		}
	for (uint32_t g = 0; g < day->sim.group_count; g++) {
		for (uint32_t f = 0; f < LAB_GROUP_FIGURES; f++) {
			struct lab_estimate e =
				group_estimate(r, g, f, values);

			lab_csv_estimate(out, "group", day->groups[g].name,
					 lab_group_figures[f].name, &e);
		}
		lab_kinds_csv(r, g, values, out);
	}
}

static int report(const struct lab_options *o, const struct lab_results *r)
{
	double *values = calloc(r->count, sizeof(*values));
	FILE *out = values ? lab_open(o) : NULL;
	int rc = 0;

	if (!out) {
		free(values);
		return 1;
	}
	if (o->over_day && o->format == LAB_TABLE)
		print_head(r, out);
	if (o->over_day)
		rc = lab_over_day(r, o->format, out);
	else if (o->format == LAB_JSON)
		print_json(r, values, out);
	else if (o->format == LAB_CSV)
		print_csv(r, values, out);
	else
		rc = print_table(r, values, out);
	free(values);
	return lab_close(o, out) || rc;
}

int lab_run(int argc, char **argv)
{
	struct usher_error err = {0};
	struct lab_results results = {0};
	struct lab_bench bench = {&results, 1, 0, "lab run"};
	struct lab_options o;
	struct lab_day *day;
	int status = lab_options(&o, argc, argv, help_text);

	if (status >= 0)
		return status;
	if (o.file_count > 1)
		return lab_wrong("run", "one file at a time");
	status = lab_options_day(&o, "run", o.files[0], &day);
	if (status)
		return status;
	day->expected = o.expected;
	results.day = day;
	bench.threads = o.threads;
	status = lab_bench_run(&bench, &err) ? lab_failed(&err)
					     : report(&o, &results);
	if (!status && o.plot)
		status = plot_run(o.plot, &results);
	lab_results_done(&results);
	lab_day_free(day);
	return status;
}
