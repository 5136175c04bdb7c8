/* lab run --over-day: what the pictures over the day show, as numbers.
 * Contacts count where they came, in which all replications are one. */
#include <math.h>

#include "lab.h"

#define HOUR_S   3600.0
#define HOUR_US  3.6e9
#define CELL_MAX 64

enum { CAME, LEVEL, ABANDONED, WAIT, QUEUE_FIGURES };
enum { OCCUPANCY, PRESENT, GROUP_FIGURES };

static const struct lab_figure_name queue_figures[QUEUE_FIGURES] = {
	{"per_hour", "contacts an hour", LAB_CONTACTS, false},
	{"level_strict", "level strict", LAB_PART, false},
	{"abandoned", "abandoned", LAB_PART, false},
	{"wait_s", "mean wait of all", LAB_TIME, false},
};

static const struct lab_figure_name group_figures[GROUP_FIGURES] = {
	{"occupancy", "occupancy", LAB_PART, false},
	{"agents", "agents there", LAB_CONTACTS, false},
};

double lab_slot_hours(const struct lab_day *day, uint32_t slot)
{
	const double from_s = slot * day->interval_s;
	const double to_s = fmin(from_s + day->interval_s, day->sim.period_s);
	const double begin_s = day->warmup_s;
	const double end_s = begin_s + day->duration_s;
	double turn_s = floor(begin_s / day->sim.period_s) * day->sim.period_s;
	double sum_s = 0;

	for (; turn_s < end_s; turn_s += day->sim.period_s)
		sum_s += fmax(0, fmin(turn_s + to_s, end_s) -
					 fmax(turn_s + from_s, begin_s));
	return sum_s / HOUR_S;
}

/* false: nobody came then. */
static bool of_queue(const struct lab_results *r, uint32_t queue,
		     uint32_t slot, double figures[QUEUE_FIGURES])
{
	const struct lab_slot *s =
		&r->sums.slots[queue * lab_slots(r->day) + slot];
	const double came = (double)s->came;

	if (!s->came)
		return false;
	figures[CAME] =
		came / ((double)r->count * lab_slot_hours(r->day, slot));
	figures[LEVEL] = (double)s->within / came;
	figures[ABANDONED] = (came - (double)s->answered) / came;
	figures[WAIT] = (double)s->wait_us / came / 1e6;
	return true;
}

/* false: nobody of them was there then. */
static bool of_group(const struct lab_results *r, uint32_t group,
		     uint32_t slot, double figures[GROUP_FIGURES])
{
	const struct lab_group_slot *s =
		&r->sums.group_slots[group * lab_slots(r->day) + slot];
	const double all = (double)(s->occupied_us + s->available_us);

	if (all <= 0)
		return false;
	figures[OCCUPANCY] = (double)s->occupied_us / all;
	figures[PRESENT] = all / HOUR_US /
			   ((double)r->count * lab_slot_hours(r->day, slot));
	return true;
}

/* ---- Rows: a part of the day, a queue or a group, its figures ---- */

struct rows {
	const struct lab_results *r;
	bool groups;
	uint32_t count; /* of figures */
	const struct lab_figure_name *names;
};

static bool row(const struct rows *rows, uint32_t index, uint32_t slot,
		double *figures)
{
	return rows->groups ? of_group(rows->r, index, slot, figures)
			    : of_queue(rows->r, index, slot, figures);
}

static const char *row_name(const struct rows *rows, uint32_t index)
{
	return rows->groups ? rows->r->day->groups[index].name
			    : rows->r->day->queues[index].name;
}

static uint32_t row_count(const struct rows *rows)
{
	return rows->groups ? rows->r->day->sim.group_count
			    : rows->r->day->sim.queue_count;
}

static int table(const struct rows *rows, FILE *out)
{
	const struct lab_day *day = rows->r->day;
	struct lab_table *table = lab_table_new(2 + rows->count);
	double figures[QUEUE_FIGURES];
	char cell[CELL_MAX];

	lab_table_cell(table, "from");
	lab_table_cell(table, rows->groups ? "group" : "queue");
	for (uint32_t f = 0; f < rows->count; f++)
		lab_table_cell(table, rows->names[f].title);
	for (uint32_t slot = 0; slot < lab_slots(day); slot++)
		for (uint32_t i = 0; i < row_count(rows); i++) {
			const double from_s = slot * day->interval_s;

			if (!row(rows, i, slot, figures))
				continue;
			snprintf(cell, sizeof(cell), "%02d:%02d",
				 (int)(from_s / HOUR_S),
				 (int)fmod(from_s / 60, 60));
			lab_table_cell(table, cell);
			lab_table_cell(table, row_name(rows, i));
			for (uint32_t f = 0; f < rows->count; f++) {
				lab_say(cell, sizeof(cell),
					rows->names[f].unit, figures[f]);
				lab_table_cell(table, cell);
			}
		}
	return lab_table_print(table, out);
}

static void json(const struct rows *rows, FILE *out)
{
	const struct lab_day *day = rows->r->day;
	double figures[QUEUE_FIGURES];
	const char *between = "\n  ";

	for (uint32_t slot = 0; slot < lab_slots(day); slot++)
		for (uint32_t i = 0; i < row_count(rows); i++) {
			if (!row(rows, i, slot, figures))
				continue;
			fprintf(out,
				"%s{\"from_s\": %.10g, \"name\": ", between,
				slot * day->interval_s);
			lab_json_text(out, row_name(rows, i));
			for (uint32_t f = 0; f < rows->count; f++) {
				fprintf(out,
					", \"%s\": ", rows->names[f].name);
				lab_json_number(out, figures[f]);
			}
			fputc('}', out);
			between = ",\n  ";
		}
}

static void csv(const struct rows *rows, FILE *out)
{
	const struct lab_day *day = rows->r->day;
	double figures[QUEUE_FIGURES];

	for (uint32_t slot = 0; slot < lab_slots(day); slot++)
		for (uint32_t i = 0; i < row_count(rows); i++)
			for (uint32_t f = 0; f < rows->count; f++) {
				if (!row(rows, i, slot, figures))
					continue;
				fprintf(out, "%.10g,%s,",
					slot * day->interval_s,
					rows->groups ? "group" : "queue");
				lab_csv_text(out, row_name(rows, i));
				fprintf(out, ",%s,", rows->names[f].name);
				lab_csv_number(out, figures[f]);
				fputc('\n', out);
			}
}

int lab_over_day(const struct lab_results *r, enum lab_format format,
		 FILE *out)
{
	const struct rows queues = {r, false, QUEUE_FIGURES, queue_figures};
	const struct rows groups = {r, true, GROUP_FIGURES, group_figures};
	int rc;

	if (format == LAB_CSV) {
		fputs("from_s,what,name,figure,value\n", out);
		csv(&queues, out);
		csv(&groups, out);
		return 0;
	}
	if (format == LAB_JSON) {
		fprintf(out, "{\"interval_s\": %.10g, \"queues\": [",
			r->day->interval_s);
		json(&queues, out);
		fputs("],\n \"groups\": [", out);
		json(&groups, out);
		fputs("]}\n", out);
		return 0;
	}
	rc = table(&queues, out);
	fputc('\n', out);
	return rc ? rc : table(&groups, out);
}
