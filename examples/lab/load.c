/* A load out of options, and the rows of figures that formulas give. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "erlang.h"

#define CELL_MAX  64
#define THRESHOLD 20

/* Values come out of the struct by their place. */
static const struct {
	const char *name, *title;
	enum lab_unit unit;
	size_t offset;
} figures[] = {
#define FIGURE(name, title, unit)                                             \
	{                                                                     \
#name, title, unit,                                           \
			offsetof(struct usher_erlang_figures, name)           \
	}
	FIGURE(offered, "offered", LAB_CONTACTS),
	FIGURE(occupancy, "occupancy", LAB_PART),
	FIGURE(blocked, "blocked", LAB_PART),
	FIGURE(waits, "had to wait", LAB_PART),
	FIGURE(answered, "answered", LAB_PART),
	FIGURE(abandoned, "abandoned", LAB_PART),
	FIGURE(within, "answered in target", LAB_PART),
	FIGURE(abandoned_within, "gave up in target", LAB_PART),
	FIGURE(beyond, "waits beyond target", LAB_PART),
	FIGURE(short_abandoned, "short abandons", LAB_PART),
	FIGURE(level_answered, "level answered", LAB_PART),
	FIGURE(level_credit, "level credit", LAB_PART),
	FIGURE(level_strict, "level strict", LAB_PART),
	FIGURE(level_exclude, "level exclude", LAB_PART),
	FIGURE(level_short_credit, "level short_credit", LAB_PART),
	FIGURE(asa_s, "ASA", LAB_TIME),
	FIGURE(wait_s, "mean wait of all", LAB_TIME),
	FIGURE(abandoned_wait_s, "wait of abandons", LAB_TIME),
	FIGURE(queue_length, "waiting", LAB_CONTACTS),
};

static const struct {
	const char *name, *title;
	double part;
} percentiles[] = {{"wait_50_s", "half wait up to", 0.5},
		   {"wait_80_s", "80 % wait up to", 0.8},
		   {"wait_90_s", "90 % wait up to", 0.9},
		   {"wait_95_s", "95 % wait up to", 0.95},
		   {"wait_99_s", "99 % wait up to", 0.99}};

/* Behind them: the margin in roots, and who waits by that. */
enum { ROW_PERCENTILE = LAB_COUNT(figures) };
enum { ROW_BETA = ROW_PERCENTILE + LAB_COUNT(percentiles), ROW_ROOT, ROWS };

size_t lab_erlang_rows(void)
{
	return ROWS;
}

static const char *row_name(size_t row)
{
	return row < ROW_PERCENTILE ? figures[row].name
	       : row < ROW_BETA     ? percentiles[row - ROW_PERCENTILE].name
	       : row == ROW_BETA    ? "beta"
				    : "root_waits";
}

static const char *row_title(size_t row)
{
	return row < ROW_PERCENTILE ? figures[row].title
	       : row < ROW_BETA     ? percentiles[row - ROW_PERCENTILE].title
	       : row == ROW_BETA    ? "margin in roots"
				    : "had to wait, by root";
}

static enum lab_unit row_unit(size_t row)
{
	return row < ROW_PERCENTILE ? figures[row].unit
	       : row < ROW_BETA     ? LAB_TIME
	       : row == ROW_BETA    ? LAB_CONTACTS
				    : LAB_PART;
}

int lab_load_read(const char *command, const struct lab_load_text *t,
		  struct usher_erlang_opts *load)
{
	uint64_t room = 0;

	usher_erlang_opts_init(load, sizeof(*load));
	load->threshold_s = THRESHOLD;
	const struct {
		const char *name, *text;
		double *to;
	} times[] = {{"handle", t->handle, &load->handle_s},
		     {"patience", t->patience, &load->patience_s},
		     {"target", t->target, &load->threshold_s},
		     {"short", t->brief, &load->short_s}};

	for (size_t i = 0; i < LAB_COUNT(times); i++)
		if (times[i].text && lab_seconds(times[i].text, times[i].to))
			return lab_wrong(command,
					 "--%s takes a time such as 3m, not "
					 "'%s'",
					 times[i].name, times[i].text);
	if (!t->handle || (t->handle && !(load->handle_s > 0)))
		return lab_wrong(command, "how long is --handle?");
	if (t->arrivals && lab_rate(t->arrivals, &load->arrivals_per_s))
		return lab_wrong(command,
				 "--arrivals takes a rate such as "
				 "200/h, not '%s'",
				 t->arrivals);
	if (t->room && lab_count(t->room, 0, USHER_ERLANG_ROOM_MAX, &room))
		return lab_wrong(command,
				 "--room takes a whole number up to %d, not "
				 "'%s'",
				 USHER_ERLANG_ROOM_MAX, t->room);
	if (t->loss && (t->patience || t->room))
		return lab_wrong(command, "with --loss nobody waits");
	load->room = (uint32_t)room;
	load->model = t->loss       ? USHER_ERLANG_B
		      : t->patience ? (t->room ? USHER_ERLANG_A_ROOM
					       : USHER_ERLANG_A)
		      : t->room     ? USHER_ERLANG_C_ROOM
				    : USHER_ERLANG_C;
	return 0;
}

/* The limit of many agents knows neither loss nor rooms. */
static void root(const struct usher_erlang_opts *load, uint32_t agents,
		 double *beta, double *waits)
{
	const double offered = load->arrivals_per_s * load->handle_s;
	const double patience = load->model == USHER_ERLANG_A
					? load->patience_s / load->handle_s
					: INFINITY;

	*beta = *waits = NAN;
	if (!agents)
		return;
	*beta = (agents - offered) / sqrt(agents);
	if ((load->model != USHER_ERLANG_A && load->model != USHER_ERLANG_C) ||
	    usher_erlang_root_waits(*beta, patience, waits))
		*waits = NAN;
}

int lab_erlang_ask(const char *command, const struct usher_erlang_opts *opts,
		   uint32_t agents, double *values)
{
	struct usher_erlang_figures f = {.size = sizeof(f)};
	struct usher_erlang_opts load = *opts;
	struct usher_error err = {0};
	int rc;

	load.agents = agents;
	rc = usher_erlang_figures(&load, &f, &err);
	for (size_t i = 0; !rc && i < LAB_COUNT(figures); i++)
		memcpy(&values[i], (char *)&f + figures[i].offset,
		       sizeof(*values));
	for (size_t i = 0; !rc && i < LAB_COUNT(percentiles); i++)
		rc = usher_erlang_percentile(
			&load, USHER_ERLANG_ALL, percentiles[i].part,
			&values[ROW_PERCENTILE + i], &err);
	root(&load, agents, &values[ROW_BETA], &values[ROW_ROOT]);
	return rc ? lab_wrong(command, "%s", err.message) : 0;
}

/* Of a model that does not know it: nobody is blocked but with B and rooms,
 * nobody gives up but with A. */
static bool shown(const struct usher_erlang_opts *load, size_t row)
{
	const char *name = row_name(row);
	const bool a = load->model == USHER_ERLANG_A ||
		       load->model == USHER_ERLANG_A_ROOM;

	if (!strcmp(name, "blocked"))
		return load->model != USHER_ERLANG_A &&
		       load->model != USHER_ERLANG_C;
	if (!strcmp(name, "root_waits"))
		return load->model == USHER_ERLANG_A ||
		       load->model == USHER_ERLANG_C;
	return a ||
	       (!strstr(name, "abandoned") &&
		(!strstr(name, "level") || !strcmp(name, "level_strict")));
}

static const char *model_name(int32_t model)
{
	static const char *const names[] = {
		[USHER_ERLANG_B] = "Erlang B",
		[USHER_ERLANG_C] = "Erlang C",
		[USHER_ERLANG_A] = "Erlang A",
		[USHER_ERLANG_C_ROOM] = "Erlang C with a waiting room",
		[USHER_ERLANG_A_ROOM] = "Erlang A with a waiting room"};

	return names[model];
}

int lab_erlang_table(const struct usher_erlang_opts *load, uint32_t from,
		     uint32_t count, const double *values)
{
	struct lab_table *table = lab_table_new(count + 1);
	char cell[CELL_MAX];

	printf("%s, %g erlangs, target %g s\n\n", model_name(load->model),
	       load->arrivals_per_s * load->handle_s, load->threshold_s);
	lab_table_cell(table, "agents");
	for (uint32_t n = 0; n < count; n++) {
		snprintf(cell, sizeof(cell), "%u", from + n);
		lab_table_cell(table, cell);
	}
	for (size_t row = 0; row < ROWS; row++) {
		if (!shown(load, row))
			continue;
		lab_table_cell(table, row_title(row));
		for (uint32_t n = 0; n < count; n++) {
			lab_say(cell, sizeof(cell), row_unit(row),
				values[n * ROWS + row]);
			lab_table_cell(table, cell);
		}
	}
	return lab_table_print(table, stdout);
}

void lab_erlang_json(uint32_t from, uint32_t count, const double *values)
{
	for (uint32_t n = 0; n < count; n++) {
		printf("%s{\"agents\": %u", n ? ",\n " : "[", from + n);
		for (size_t row = 0; row < ROWS; row++) {
			printf(",\n  \"%s\": ", row_name(row));
			lab_json_number(stdout, values[n * ROWS + row]);
		}
		putchar('}');
	}
	puts("]");
}

void lab_erlang_csv(uint32_t from, uint32_t count, const double *values)
{
	puts("agents,figure,value");
	for (uint32_t n = 0; n < count; n++)
		for (size_t row = 0; row < ROWS; row++) {
			printf("%u,%s,", from + n, row_name(row));
			lab_csv_number(stdout, values[n * ROWS + row]);
			putchar('\n');
		}
}
