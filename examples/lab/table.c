/* Tables, and the texts and numbers of JSON and CSV. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

struct lab_table {
	char **cells;
	uint32_t columns;
	size_t count, room;
	bool failed;
};

struct lab_table *lab_table_new(uint32_t columns)
{
	struct lab_table *table = calloc(1, sizeof(*table));

	if (table)
		table->columns = columns;
	return table;
}

void lab_table_cell(struct lab_table *table, const char *text)
{
	char **more;

	if (!table || table->failed)
		return;
	if (table->count == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		more = realloc(table->cells, table->room * sizeof(*more));
		table->failed = !more;
		if (!more)
			return;
		table->cells = more;
	}
	table->cells[table->count] = strdup(text ? text : "");
	if (table->cells[table->count])
		table->count++;
	else
		table->failed = true;
}

/* Characters, and not bytes. */
static size_t width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xC0) != 0x80;
	return n;
}

static void print_row(const struct lab_table *table, size_t first,
		      const size_t *widths, FILE *out)
{
	for (uint32_t c = 0; c < table->columns; c++) {
		const char *cell = table->cells[first + c];
		const int pad = (int)(widths[c] - width(cell));

		if (c)
			fprintf(out, "  %*s%s", pad, "", cell);
		else
			fprintf(out, "%s%*s", cell, pad, "");
	}
	fputc('\n', out);
}

int lab_table_print(struct lab_table *table, FILE *out)
{
	size_t *widths;
	int rc = USHER_ENOMEM;

	if (!table)
		return USHER_ENOMEM;
	widths = calloc(table->columns, sizeof(*widths));
	if (!widths || table->failed)
		goto out;
	for (size_t i = 0; i < table->count; i++)
		if (widths[i % table->columns] < width(table->cells[i]))
			widths[i % table->columns] = width(table->cells[i]);
	for (size_t i = 0; i + table->columns <= table->count;
	     i += table->columns)
		print_row(table, i, widths, out);
	rc = 0;
out:
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(widths);
	free(table);
	return rc;
}

void lab_json_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

void lab_json_number(FILE *out, double value)
{
	if (isfinite(value))
		fprintf(out, "%.10g", value);
	else
		fputs("null", out);
}

void lab_csv_text(FILE *out, const char *text)
{
	const bool quoted = strpbrk(text, ",\"\r\n") != NULL;

	if (quoted)
		fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	if (quoted)
		fputc('"', out);
}

void lab_csv_number(FILE *out, double value)
{
	if (isfinite(value))
		fprintf(out, "%.10g", value);
}
