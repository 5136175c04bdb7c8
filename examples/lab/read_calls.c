/* Arrivals and times out of a file beside the day's: a line each, cells with
 * commas between them, in seconds or as times are written in a day. */
#include <stdlib.h>
#include <string.h>

#include "read.h"

#define LINE_MAX_BYTES 256
#define CALLS_MAX      10000000
#define CELLS_MAX      4
#define CELL_MAX_S     1e9 /* as long as anything in a simulation */

/* Of a file's name in a day: beside the day, unless it begins with a slash. */
static FILE *open_beside(const struct reader *r, const yaml_node_t *node,
			 const char *name)
{
	const char *slash = strrchr(r->path, '/');
	const size_t folder =
		*name == '/' || !slash ? 0 : (size_t)(slash + 1 - r->path);
	char *path = calloc(1, folder + strlen(name) + 1);
	FILE *in;

	if (!path) {
		usher_error_set(r->err, USHER_ENOMEM, "no memory");
		return NULL;
	}
	memcpy(path, r->path, folder);
	strcpy(path + folder, name);
	in = fopen(path, "r");
	if (!in)
		read_fail(r, node, "%s cannot be read", path);
	free(path);
	return in;
}

/* Cells of a line, each at most CELL_MAX_S; what is empty is -1. The number of
 * them, or -1. */
static int cells(char *line, double values[CELLS_MAX])
{
	int count = 0;
	char *at = line;

	for (int i = 0; i < CELLS_MAX; i++)
		values[i] = -1;
	while (count < CELLS_MAX) {
		char *comma = strchr(at, ',');
		size_t len;

		if (comma)
			*comma = '\0';
		at += strspn(at, " \t");
		len = strcspn(at, " \t\r\n");
		if (at[len + strspn(at + len, " \t\r\n")])
			return -1;
		at[len] = '\0';
		if (*at && lab_seconds(at, &values[count]) &&
		    (lab_number(at, &values[count]) || values[count] < 0))
			return -1;
		if (values[count] > CELL_MAX_S)
			return -1;
		count++;
		if (!comma)
			return count;
		at = comma + 1;
	}
	return -1;
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The next line that has numbers: its cells, 0 at the end, or -1. A first line
 * of names and lines that begin with # are passed over. */
static int next_line(FILE *in, uint32_t *number, double values[CELLS_MAX])
{
	char line[LINE_MAX_BYTES];

	while (fgets(line, sizeof(line), in)) {
		const char *at = line + strspn(line, " \t\r\n");

		++*number;
		if (!strchr(line, '\n') && !feof(in))
			return -1;
		if (!*at || *at == '#' || (*number == 1 && letter(*at)))
			continue;
		return cells(line, values);
	}
	return ferror(in) ? -1 : 0;
}

struct rows {
	double (*values)[CELLS_MAX];
	size_t count, room;
};

static int rows_read(const struct reader *r, const yaml_node_t *node,
		     const char *name, int columns, size_t max,
		     struct rows *rows)
{
	FILE *in = open_beside(r, node, name);
	double values[CELLS_MAX];
	uint32_t number = 0;
	int found = 0, rc = 0;
	bool unread;

	if (!in)
		return USHER_EINVAL;
	while (!rc && (found = next_line(in, &number, values)) > 0) {
		if (found > columns || values[0] < 0 || rows->count == max) {
			found = -1;
			break;
		}
		if (rows->count == rows->room) {
			const size_t room = rows->room ? 2 * rows->room : 256;
			void *more = realloc(rows->values,
					     room * sizeof(*rows->values));

			if (!more) {
				rc = usher_error_set(r->err, USHER_ENOMEM,
						     "no memory");
				break;
			}
			rows->values = more;
			rows->room = room;
		}
		memcpy(rows->values[rows->count++], values, sizeof(values));
	}
	unread = ferror(in);
	fclose(in);
	if (!rc && unread)
		return read_fail(r, node, "%s cannot be read", name);
	if (!rc && found < 0)
		return read_fail(r, node,
				 "%s, line %u: not up to %d times with commas "
				 "between them, a time above %g s, or too "
				 "many lines",
				 name, number, columns, CELL_MAX_S);
	if (!rc && !rows->count)
		return read_fail(r, node, "%s has no times", name);
	return rc;
}

static int64_t cell_us(double s)
{
	return s < 0 ? -1 : (int64_t)(s * 1e6 + 0.5);
}

int read_calls(const struct reader *r, const yaml_node_t *node,
	       const char *name, struct usher_sim_queue *q)
{
	struct rows rows = {0};
	struct usher_sim_call *calls = NULL;
	int rc = rows_read(r, node, name, 4, CALLS_MAX, &rows);

	if (!rc) {
		calls = read_alloc(r, rows.count, sizeof(*calls));
		rc = calls ? 0 : USHER_ENOMEM;
	}
	for (size_t i = 0; !rc && i < rows.count; i++) {
		const double *v = rows.values[i];

		calls[i] =
			(struct usher_sim_call){cell_us(v[0]), cell_us(v[1]),
						cell_us(v[2]), cell_us(v[3])};
		if (i && calls[i].at_us < calls[i - 1].at_us)
			rc = read_fail(r, node,
				       "%s: arrival %zu comes before the one "
				       "above it",
				       name, i + 1);
	}
	if (!rc) {
		q->calls = calls;
		q->call_count = rows.count;
	}
	free(rows.values);
	return rc;
}

int read_values(const struct reader *r, const yaml_node_t *node,
		const char *name, const double **ret, uint32_t *count)
{
	struct rows rows = {0};
	double *values = NULL;
	int rc = rows_read(r, node, name, 1, USHER_SIM_VALUES_MAX, &rows);

	if (!rc) {
		values = read_alloc(r, rows.count, sizeof(*values));
		rc = values ? 0 : USHER_ENOMEM;
	}
	for (size_t i = 0; !rc && i < rows.count; i++)
		values[i] = rows.values[i][0];
	if (!rc) {
		*ret = values;
		*count = (uint32_t)rows.count;
	}
	free(rows.values);
	return rc;
}
