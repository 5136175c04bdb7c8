/* lab erlang: what the formulas say of a steady state. */
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "erlang.h"

#define CELL_MAX  64
#define WIDTH_MAX 40 /* numbers of agents beside each other */

static const char help_text[] =
	"usage: lab erlang [OPTION ...]\n"
	"\n"
	"Figures of a steady state by formula.\n"
	"\n"
	"  --agents N or N-M    how many\n" LAB_LOAD_HELP
	"  --classes RATE,...   arrivals by priority, the first goes first:\n"
	"                       mean waits after Cobham, instead of "
	"--arrivals\n"
	"  --json, --csv        instead of a table\n";

enum { OPT_LOSS = 256, OPT_JSON, OPT_CSV, OPT_TEXT };

static const struct option options[] = {
	{"help", no_argument, NULL, 'h'},
	{"loss", no_argument, NULL, OPT_LOSS},
	{"json", no_argument, NULL, OPT_JSON},
	{"csv", no_argument, NULL, OPT_CSV},
	{"agents", required_argument, NULL, OPT_TEXT},
	{"classes", required_argument, NULL, OPT_TEXT + 1},
	{"arrivals", required_argument, NULL, OPT_TEXT + 2},
	{"handle", required_argument, NULL, OPT_TEXT + 3},
	{"patience", required_argument, NULL, OPT_TEXT + 4},
	{"room", required_argument, NULL, OPT_TEXT + 5},
	{"target", required_argument, NULL, OPT_TEXT + 6},
	{"short", required_argument, NULL, OPT_TEXT + 7},
	{0}};

struct asked {
	const char *agents, *classes;
	struct lab_load_text text;
	struct usher_erlang_opts load;
	uint32_t from, count; /* agents */
	enum lab_format format;
};

static int read_options(struct asked *a, int argc, char **argv)
{
	const char **const texts[] = {&a->agents,        &a->classes,
				      &a->text.arrivals, &a->text.handle,
				      &a->text.patience, &a->text.room,
				      &a->text.target,   &a->text.brief};
	int c;

	memset(a, 0, sizeof(*a));
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help_text, stdout);
			return 0;
		}
		if (c == OPT_LOSS)
			a->text.loss = true;
		else if (c == OPT_JSON)
			a->format = LAB_JSON;
		else if (c == OPT_CSV)
			a->format = LAB_CSV;
		else if (c >= OPT_TEXT)
			*texts[c - OPT_TEXT] = optarg;
		else
			return lab_wrong_option("erlang", c, argv);
	}
	if (optind < argc)
		return lab_wrong("erlang", "what is '%s'?", argv[optind]);
	return -1;
}

/* 11, or 9-13. */
static int read_range(struct asked *a)
{
	const char *dash = a->agents ? strchr(a->agents, '-') : NULL;
	uint64_t from, to;
	char *first;
	int rc;

	if (!a->agents)
		return lab_wrong("erlang", "how many --agents?");
	first = strndup(a->agents,
			dash ? (size_t)(dash - a->agents) : strlen(a->agents));
	if (!first)
		return lab_wrong("erlang", "no memory");
	rc = lab_count(first, 0, USHER_ERLANG_AGENTS_MAX, &from);
	free(first);
	to = from;
	if (!rc && dash)
		rc = lab_count(dash + 1, 0, USHER_ERLANG_AGENTS_MAX, &to);
	if (rc || to < from || to - from >= WIDTH_MAX)
		return lab_wrong("erlang",
				 "--agents takes a number, or a range of at "
				 "most %d, not '%s'",
				 WIDTH_MAX, a->agents);
	a->from = (uint32_t)from;
	a->count = (uint32_t)(to - from + 1);
	return 0;
}

static int one_class(const struct asked *a)
{
	double *values = calloc(a->count * lab_erlang_rows(), sizeof(*values));
	int status = values ? 0 : 1;

	if (!a->text.arrivals)
		status = lab_wrong("erlang", "how many --arrivals?");
	for (uint32_t n = 0; !status && n < a->count; n++)
		status = lab_erlang_ask("erlang", &a->load, a->from + n,
					values + n * lab_erlang_rows());
	if (!status && a->format == LAB_JSON)
		lab_erlang_json(a->from, a->count, values);
	else if (!status && a->format == LAB_CSV)
		lab_erlang_csv(a->from, a->count, values);
	else if (!status)
		status = lab_erlang_table(&a->load, a->from, a->count,
					  values) != 0;
	free(values);
	return status;
}

/* ---- Priorities ---- */

static int read_classes(const struct asked *a,
			struct usher_erlang_class *classes, uint32_t *count)
{
	char *list = strdup(a->classes), *left = list;
	const char *text;
	int rc = list ? 0 : lab_wrong("erlang", "no memory");

	*count = 0;
	while (!rc && (text = strsep(&left, ","))) {
		if (*count == USHER_ERLANG_CLASSES_MAX)
			rc = lab_wrong("erlang", "too many classes");
		else if (lab_rate(text, &classes[(*count)++].arrivals_per_s))
			rc = lab_wrong("erlang",
				       "--classes takes rates such as "
				       "20/h,60/h, not '%s'",
				       text);
	}
	free(list);
	return rc;
}

static int print_classes(const struct asked *a,
			 const struct usher_erlang_class *classes,
			 uint32_t count, double waits)
{
	static const char *const titles[] = {"class", "arrivals an hour",
					     "mean wait", "waiting"};
	struct lab_table *table;
	char cell[CELL_MAX];

	if (a->format != LAB_TABLE) {
		const bool json = a->format == LAB_JSON;

		fputs(json ? "[" : "class,wait_s,queue_length\n", stdout);
		for (uint32_t i = 0; i < count; i++) {
			printf(json ? "%s{\"class\": %u, \"wait_s\": "
				    : "%s%u,",
			       json && i ? ",\n " : "", i + 1);
			(json ? lab_json_number
			      : lab_csv_number)(stdout, classes[i].wait_s);
			fputs(json ? ", \"queue_length\": " : ",", stdout);
			(json ? lab_json_number : lab_csv_number)(
				stdout, classes[i].queue_length);
			fputs(json ? "}" : "\n", stdout);
		}
		fputs(json ? "]\n" : "", stdout);
		return 0;
	}
	printf("%u agents, priorities; of all %.2f %% have to wait\n\n",
	       a->from, 100 * waits);
	table = lab_table_new(LAB_COUNT(titles));
	for (size_t i = 0; i < LAB_COUNT(titles); i++)
		lab_table_cell(table, titles[i]);
	for (uint32_t i = 0; i < count; i++) {
		snprintf(cell, sizeof(cell), "%u", i + 1);
		lab_table_cell(table, cell);
		snprintf(cell, sizeof(cell), "%g",
			 classes[i].arrivals_per_s * 3600);
		lab_table_cell(table, cell);
		lab_say(cell, sizeof(cell), LAB_TIME, classes[i].wait_s);
		lab_table_cell(table, cell);
		lab_say(cell, sizeof(cell), LAB_CONTACTS,
			classes[i].queue_length);
		lab_table_cell(table, cell);
	}
	return lab_table_print(table, stdout) != 0;
}

static int priorities(const struct asked *a)
{
	struct usher_erlang_class classes[USHER_ERLANG_CLASSES_MAX] = {0};
	struct usher_erlang_priority_opts opts;
	struct usher_error err = {0};
	uint32_t count;
	double waits;

	if (a->text.arrivals || a->text.patience || a->text.room ||
	    a->text.loss || a->count != 1)
		return lab_wrong("erlang", "--classes goes with --handle and "
					   "one number of --agents alone");
	if (read_classes(a, classes, &count))
		return 2;
	usher_erlang_priority_opts_init(&opts, sizeof(opts));
	opts.handle_s = a->load.handle_s;
	opts.agents = a->from;
	opts.class_count = count;
	if (usher_erlang_priority(&opts, classes, &waits, &err))
		return lab_wrong("erlang", "%s", err.message);
	return print_classes(a, classes, count, waits);
}

int lab_erlang(int argc, char **argv)
{
	struct asked a;
	int status = read_options(&a, argc, argv);

	if (status >= 0)
		return status;
	status = lab_load_read("erlang", &a.text, &a.load);
	if (!status)
		status = read_range(&a);
	if (status)
		return status;
	return a.classes ? priorities(&a) : one_class(&a);
}
