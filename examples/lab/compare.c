/* lab compare: several policies, staffings or files on the same days. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"

#define CELL_MAX   64
#define QUEUES_MAX 4 /* more of them: a table of all alone */
#define GROUPS_MAX 6 /* whose occupancy a table shows */

static const char help_text[] =
	"usage: lab compare [OPTION ...] DAY.yaml [DAY.yaml ...]\n"
	"\n"
	"Simulate the same days, caller by caller, under what 'compare' of "
	"the\n"
	"file lists, or --policies, or in several files. Differences are to "
	"the\nfirst one; a star says that the interval leaves out zero.\n"
	"\n"
	"  --policies A,B,C     of all queues, one after the "
	"other\n" LAB_OPTIONS_HELP
	"  --plot PREFIX        pictures, too: PREFIX-cost.svg and so on\n";

/* What a table has room for; JSON and CSV have all. */
static const uint32_t chosen[] = {LAB_LEVEL + 2, LAB_ABANDONED, LAB_ASA,
				  LAB_WAIT, LAB_P95};

struct compared {
	struct lab_day **days;
	struct lab_results *results;
	uint32_t count;
	double *a, *b; /* as many as there are replications */
};

static struct lab_estimate one(const struct compared *c, uint32_t which,
			       uint32_t row, uint32_t figure)
{
	const struct lab_results *r = &c->results[which];
	const size_t n = lab_values(r, row, (enum lab_figure)figure, c->a);

	return lab_estimate(c->a, n, r->day->confidence);
}

/* Of the days on which both are defined. */
static struct lab_estimate difference(const struct compared *c, uint32_t which,
				      uint32_t row, uint32_t figure)
{
	const struct lab_results *r = c->results;
	struct usher_sim_interval i = {.size = sizeof(i)};
	struct lab_estimate e = {NAN, NAN, 0};

	for (uint64_t k = 0; k < r->count; k++) {
		const double x = r[which].trials[k].figures[row][figure];
		const double y = r->trials[k].figures[row][figure];

		if (isnan(x) || isnan(y))
			continue;
		c->a[e.count] = x;
		c->b[e.count++] = y;
	}
	if (!usher_sim_paired(c->a, c->b, e.count, r->day->confidence, &i)) {
		e.mean = i.mean;
		e.half = i.half;
	}
	return e;
}

static void say_difference(char *cell, size_t size, uint32_t figure,
			   const struct lab_estimate *e)
{
	char text[CELL_MAX];

	lab_say_estimate(text, sizeof(text), lab_figures[figure].unit, e);
	snprintf(cell, size, "%s%s%s", e->mean > 0 ? "+" : "", text,
		 fabs(e->mean) > e->half ? " *" : "  ");
}

static void heads(struct lab_table *table, const char *first)
{
	lab_table_cell(table, first);
	for (size_t i = 0; i < LAB_COUNT(chosen); i++)
		lab_table_cell(table, lab_figures[chosen[i]].title);
}

static int row_table(const struct compared *c, uint32_t row, FILE *out)
{
	struct lab_table *table = lab_table_new(LAB_COUNT(chosen) + 1);
	char cell[2 * CELL_MAX];
	const uint32_t queues = c->days[0]->sim.queue_count;

	heads(table,
	      row < queues ? c->days[0]->queues[row].name : "all queues");
	for (uint32_t v = 0; v < c->count; v++) {
		lab_table_cell(table, c->results[v].name);
		for (size_t i = 0; i < LAB_COUNT(chosen); i++) {
			struct lab_estimate e = one(c, v, row, chosen[i]);

			lab_say_estimate(cell, sizeof(cell),
					 lab_figures[chosen[i]].unit, &e);
			lab_table_cell(table, cell);
		}
	}
	for (uint32_t v = 1; v < c->count; v++) {
		snprintf(cell, sizeof(cell), "%.40s - %.40s",
			 c->results[v].name, c->results[0].name);
		lab_table_cell(table, cell);
		for (size_t i = 0; i < LAB_COUNT(chosen); i++) {
			struct lab_estimate e =
				difference(c, v, row, chosen[i]);

			say_difference(cell, sizeof(cell), chosen[i], &e);
			lab_table_cell(table, cell);
		}
	}
	return lab_table_print(table, out);
}

/* Who is kept how busy: what a policy does to agents. */
static int groups_table(const struct compared *c, FILE *out)
{
	const struct lab_day *day = c->days[0];
	uint32_t groups = day->sim.group_count;
	struct lab_table *table;
	char cell[CELL_MAX];

	if (groups > GROUPS_MAX)
		groups = GROUPS_MAX;
	table = lab_table_new(groups + 1);
	lab_table_cell(table, "occupancy");
	for (uint32_t g = 0; g < groups; g++)
		lab_table_cell(table, day->groups[g].name);
	for (uint32_t v = 0; v < c->count; v++) {
		lab_table_cell(table, c->results[v].name);
		for (uint32_t g = 0; g < groups; g++) {
			const size_t n = lab_group_values(&c->results[v], g,
							  LAB_OCCUPANCY, c->a);
			struct lab_estimate e =
				lab_estimate(c->a, n, day->confidence);

			lab_say_estimate(cell, sizeof(cell), LAB_PART, &e);
			lab_table_cell(table, cell);
		}
	}
	return lab_table_print(table, out);
}

static int print_table(const struct compared *c, FILE *out)
{
	const struct lab_day *day = c->days[0];
	const uint32_t queues = day->sim.queue_count;
	int rc = 0;

	if (day->title)
		fprintf(out, "%s\n", day->title);
	fprintf(out,
		"%llu replications of %g h after %g h, seed %llu, "
		"%g %% confidence\n",
		(unsigned long long)day->replications, day->duration_s / 3600,
		day->warmup_s / 3600, (unsigned long long)day->sim.seed,
		100 * day->confidence);
	lab_say_targets(day, out);
	for (uint32_t row = queues > QUEUES_MAX ? queues : 0;
	     !rc && row < queues + (queues > 1); row++) {
		rc = row_table(c, row, out);
		fputc('\n', out);
	}
	return rc ? rc : groups_table(c, out);
}

/* Every figure of every variant: a line each, with the difference. */
static void print_lines(const struct compared *c, FILE *out, bool json)
{
	const struct lab_day *day = c->days[0];
	const uint32_t queues = day->sim.queue_count;
	const char *comma = "";

	fputs(json ? "["
		   : "variant,queue,figure,mean,half,difference,"
		     "difference_half\n",
	      out);
	for (uint32_t i = 0; i < c->count * (queues + 1) * LAB_FIGURES; i++) {
		const uint32_t v = i / LAB_FIGURES / (queues + 1);
		const uint32_t row = i / LAB_FIGURES % (queues + 1);
		const uint32_t f = i % LAB_FIGURES;
		const struct lab_estimate e = one(c, v, row, f);
		const struct lab_estimate d = difference(c, v, row, f);
		const double numbers[] = {e.mean, e.half, d.mean, d.half};
		static const char *const names[] = {
			", \"mean\": ", ", \"half\": ", ", \"difference\": ",
			", \"difference_half\": "};
		const char *queue =
			row < queues ? day->queues[row].name : "all";

		fputs(json ? comma : "", out);
		comma = ",";
		fputs(json ? "\n {\"variant\": " : "", out);
		(json ? lab_json_text : lab_csv_text)(out, c->results[v].name);
		fputs(json ? ", \"queue\": " : ",", out);
		(json ? lab_json_text : lab_csv_text)(out, queue);
		fputs(json ? ", \"figure\": " : ",", out);
		(json ? lab_json_text : lab_csv_text)(out,
						      lab_figures[f].name);
		for (size_t k = 0; k < LAB_COUNT(numbers); k++) {
			fputs(json ? names[k] : ",", out);
			(json ? lab_json_number : lab_csv_number)(out,
								  numbers[k]);
		}
		fputs(json ? "}" : "\n", out);
	}
	fputs(json ? "]\n" : "", out);
}

static int report(const struct lab_options *o, struct compared *c)
{
	FILE *out = NULL;
	int rc = 0;

	c->a = calloc(c->days[0]->replications, sizeof(*c->a));
	c->b = calloc(c->days[0]->replications, sizeof(*c->b));
	if (c->a && c->b)
		out = lab_open(o);
	if (!out)
		return 1;
	if (o->format == LAB_TABLE)
		rc = print_table(c, out);
	else
		print_lines(c, out, o->format == LAB_JSON);
	return lab_close(o, out) || rc;
}

/* ---- What is compared ---- */

/* Names of --policies, the commas cut out. */
static int split(char *list, struct lab_variant *variants, uint32_t *count)
{
	const char *name;

	*count = 0;
	while ((name = strsep(&list, ","))) {
		if (*count == LAB_VARIANTS_MAX)
			return lab_wrong("compare", "more than %d policies",
					 LAB_VARIANTS_MAX);
		if (!*name)
			return lab_wrong("compare",
					 "--policies takes names with commas "
					 "between them");
		for (uint32_t i = 0; i < *count; i++)
			if (!strcmp(variants[i].name, name))
				return lab_wrong("compare",
						 "%s is there twice", name);
		variants[*count].name = name;
		variants[(*count)++].policy = name;
	}
	return 0;
}

/* A file's name without folder and ending; *ret ends with the day. */
static const char *stem(struct lab_day *day, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *from = slash ? slash + 1 : path;
	size_t length = strlen(from);
	char *name = lab_day_alloc(day, length + 1, 1);

	if (!name)
		return path;
	memcpy(name, from, length);
	if (length > strlen(".yaml") &&
	    !strcmp(from + length - strlen(".yaml"), ".yaml"))
		name[length - strlen(".yaml")] = 0;
	return name;
}

static int add_day(struct compared *c, const struct lab_options *o,
		   const char *path, const struct lab_variant *v)
{
	struct lab_day *day = NULL;
	struct usher_sim *sim = NULL;
	struct usher_error err = {0};
	int status = lab_options_day(o, "compare", path, &day);

	if (status)
		return status;
	c->days[c->count] = day;
	c->results[c->count].day = day;
	c->results[c->count++].name = v ? v->name : stem(day, path);
	if (v && lab_day_vary(day, v))
		return lab_wrong("compare", "no memory");
	if (usher_sim_new(&sim, &day->sim, &err))
		return lab_wrong("compare", "%s", err.message);
	usher_sim_free(sim);
	return 0;
}

static bool one_name(const struct compared *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		for (uint32_t k = 0; k < i; k++)
			if (!strcmp(c->results[i].name, c->results[k].name))
				return true;
	return false;
}

/* Files of one name are told apart by their paths. */
static int tell_apart(struct compared *c, const struct lab_options *o)
{
	const bool alike = one_name(c);

	for (uint32_t i = 0; alike && i < c->count; i++)
		c->results[i].name = o->files[i];
	return one_name(c) ? lab_wrong("compare", "a file is there twice") : 0;
}

/* The same replications of the same queues. */
static int check(const struct compared *c)
{
	const struct lab_day *first = c->days[0];

	if (c->count < 2)
		return lab_wrong("compare", "nothing to compare: name several "
					    "policies or files");
	for (uint32_t i = 1; i < c->count; i++) {
		const struct lab_day *day = c->days[i];

		if (day->replications != first->replications ||
		    day->sim.seed != first->sim.seed ||
		    day->sim.queue_count != first->sim.queue_count)
			return lab_wrong("compare",
					 "%s has other queues, replications "
					 "or another seed than %s",
					 c->results[i].name,
					 c->results[0].name);
	}
	return 0;
}

/* Variants of a day are read anew for each of them: its names have to outlive
 * it, so the file's own ones are those of `source`. */
static int gather(struct compared *c, const struct lab_options *o,
		  struct lab_day **source, char *policies)
{
	struct lab_variant named[LAB_VARIANTS_MAX] = {0};
	const struct lab_variant *variants = named;
	uint32_t count = 0;
	int status = 0;

	if (policies && o->file_count > 1)
		return lab_wrong("compare", "policies or several files");
	if (policies) {
		status = split(policies, named, &count);
	} else if (o->file_count == 1) {
		status = lab_options_day(o, "compare", o->files[0], source);
		if (!status) {
			variants = (*source)->variants;
			count = (*source)->variant_count;
		}
	}
	for (uint32_t i = 0; !status && i < count; i++)
		status = add_day(c, o, o->files[0], &variants[i]);
	for (uint32_t i = 0; !status && o->file_count > 1 && i < o->file_count;
	     i++)
		status = add_day(c, o, o->files[i], NULL);
	if (!status && o->file_count > 1)
		status = tell_apart(c, o);
	return status ? status : check(c);
}

int lab_compare(int argc, char **argv)
{
	struct lab_day *days[LAB_VARIANTS_MAX] = {0}, *source = NULL;
	struct lab_results results[LAB_VARIANTS_MAX] = {0};
	struct compared c = {days, results, 0, NULL, NULL};
	struct usher_error err = {0};
	struct lab_bench bench = {results, 0, 0, "lab compare"};
	struct lab_options o;
	char *policies = NULL;
	int status = lab_options(&o, argc, argv, help_text);

	if (status >= 0)
		return status;
	if (o.file_count > LAB_VARIANTS_MAX)
		return lab_wrong("compare", "too many files");
	if (o.policies) {
		policies = strdup(o.policies);
		if (!policies)
			return lab_wrong("compare", "no memory");
	}
	status = gather(&c, &o, &source, policies);
	if (status)
		goto out;
	bench.count = c.count;
	bench.threads = o.threads;
	status = lab_bench_run(&bench, &err) ? lab_failed(&err)
					     : report(&o, &c);
	if (!status && o.plot)
		status = plot_compare(o.plot, results, c.count);
out:
	for (uint32_t i = 0; i < c.count; i++) {
		lab_results_done(&results[i]);
		lab_day_free(days[i]);
	}
	lab_day_free(source);
	free(policies);
	free(c.a);
	free(c.b);
	return status;
}
