/* What groups do with each kind of channel, where agents have several contacts
 * at once. */
#include "lab.h"

#define CELL_MAX 64
#define NAME_MAX (2 * LAB_NAME_MAX + 2)

void lab_json_estimate(FILE *out, const char *name,
		       const struct lab_estimate *e)
{
	lab_json_text(out, name);
	fputs(": {\"mean\": ", out);
	lab_json_number(out, e->mean);
	fputs(", \"half\": ", out);
	lab_json_number(out, e->half);
	fprintf(out, ", \"count\": %zu}", e->count);
}

void lab_csv_estimate(FILE *out, const char *what, const char *name,
		      const char *figure, const struct lab_estimate *e)
{
	fprintf(out, "%s,", what);
	lab_csv_text(out, name);
	fprintf(out, ",%s,", figure);
	lab_csv_number(out, e->mean);
	fputc(',', out);
	lab_csv_number(out, e->half);
	fprintf(out, ",%zu\n", e->count);
}

static struct lab_estimate estimate(const struct lab_results *r,
				    uint32_t group, uint32_t kind,
				    uint32_t figure, double *values)
{
	const size_t n = lab_kind_values(r, group, kind,
					 (enum lab_kind_figure)figure, values);

	return lab_estimate(values, n, r->day->confidence);
}

int lab_kinds_table(const struct lab_results *r, double *values, FILE *out)
{
	const struct lab_day *day = r->day;
	struct lab_table *table;
	char cell[CELL_MAX];

	if (!day->kind_count)
		return 0;
	fputc('\n', out);
	table = lab_table_new(2 + LAB_KIND_FIGURES);
	lab_table_cell(table, "group");
	lab_table_cell(table, "channel");
	for (uint32_t f = 0; f < LAB_KIND_FIGURES; f++)
		lab_table_cell(table, lab_kind_figures[f].title);
	for (uint32_t row = 0; row < day->sim.group_count * day->kind_count;
	     row++) {
		const uint32_t group = row / day->kind_count;
		const uint32_t kind = row % day->kind_count;

		lab_table_cell(table, day->groups[group].name);
		lab_table_cell(table, day->kinds[kind]);
		for (uint32_t f = 0; f < LAB_KIND_FIGURES; f++) {
			struct lab_estimate e =
				estimate(r, group, kind, f, values);

			lab_say_estimate(cell, sizeof(cell),
					 lab_kind_figures[f].unit, &e);
			lab_table_cell(table, cell);
		}
	}
	return lab_table_print(table, out);
}

void lab_kinds_json(const struct lab_results *r, uint32_t group,
		    double *values, FILE *out)
{
	const struct lab_day *day = r->day;

	if (!day->kind_count)
		return;
	fputs(",\n   \"channels\": [", out);
	for (uint32_t kind = 0; kind < day->kind_count; kind++) {
		fputs(kind ? ",\n    {\"name\": " : "\n    {\"name\": ", out);
		lab_json_text(out, day->kinds[kind]);
		for (uint32_t f = 0; f < LAB_KIND_FIGURES; f++) {
			struct lab_estimate e =
				estimate(r, group, kind, f, values);

			fputs(",\n     ", out);
			lab_json_estimate(out, lab_kind_figures[f].name, &e);
		}
		fputc('}', out);
	}
	fputc(']', out);
}

/* Named as group/channel. */
void lab_kinds_csv(const struct lab_results *r, uint32_t group, double *values,
		   FILE *out)
{
	const struct lab_day *day = r->day;
	char name[NAME_MAX];

	for (uint32_t kind = 0; kind < day->kind_count; kind++) {
		snprintf(name, sizeof(name), "%s/%s", day->groups[group].name,
			 day->kinds[kind]);
		for (uint32_t f = 0; f < LAB_KIND_FIGURES; f++) {
			struct lab_estimate e =
				estimate(r, group, kind, f, values);

			lab_csv_estimate(out, "channel", name,
					 lab_kind_figures[f].name, &e);
		}
	}
}
