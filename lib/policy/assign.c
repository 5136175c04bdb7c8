/*
 * The best assignment of rows to columns with integer costs: shortest
 * augmenting paths with potentials, after Kuhn (1955) and Jonker and Volgenant
 * (Computing 38, 1987). Each row may also stay alone, which costs more than
 * any sum of the others, so that as many rows as can be get a column. Ties go
 * to the smaller column. O(rows² × (rows + columns)).
 */
#include <string.h>

#include <policy/policies.h>

#define ROWS USHER_BATCH_CONTACTS_MAX
#define ALL  (USHER_BATCH_AGENTS_MAX + ROWS)

/* More than all rows can cost or save together; a pair that is never made is
 * still worse. Potentials stay below ROWS times that, in 63 bits. */
#define ALONE     (USHER_COST_NEVER * 2 * ROWS)
#define FORBIDDEN (ALONE * 2)

_Static_assert(FORBIDDEN <= INT64_MAX / (2 * ROWS), "sums do not overflow");

/* Rows and columns count from 1; 0 is none. */
struct path {
	const struct usher__assign *in;
	int64_t row_part[ROWS + 1];
	int64_t column_part[ALL + 1];
	int64_t least[ALL + 1];
	int32_t row_of[ALL + 1];
	int32_t before[ALL + 1];
	unsigned char seen[ALL + 1];
	int32_t columns;
};

static int64_t cost(const struct path *p, int32_t row, int32_t column)
{
	int64_t given;

	if ((uint32_t)column > p->in->columns)
		return ALONE;
	given = p->in->cost[row - 1][column - 1];
	return given < USHER_COST_NEVER ? given : FORBIDDEN;
}

/* One step: the nearest column that was not seen, and all parts moved by its
 * distance. */
static int32_t step(struct path *p, int32_t from)
{
	int32_t row = p->row_of[from], next = 0;
	int64_t delta = INT64_MAX;

	p->seen[from] = 1;
	for (int32_t j = 1; j <= p->columns; j++) {
		int64_t less;

		if (p->seen[j])
			continue;
		less = cost(p, row, j) - p->row_part[row] - p->column_part[j];
		if (less < p->least[j]) {
			p->least[j] = less;
			p->before[j] = from;
		}
		if (p->least[j] < delta) {
			delta = p->least[j];
			next = j;
		}
	}
	for (int32_t j = 0; j <= p->columns; j++) {
		if (p->seen[j]) {
			p->row_part[p->row_of[j]] += delta;
			p->column_part[j] -= delta;
		} else {
			p->least[j] -= delta;
		}
	}
	return next;
}

static void place(struct path *p, int32_t row)
{
	int32_t at = 0;

	p->row_of[0] = row;
	memset(p->seen, 0, sizeof(p->seen));
	for (int32_t j = 0; j <= p->columns; j++)
		p->least[j] = INT64_MAX / 2;
	do
		at = step(p, at);
	while (p->row_of[at]);
	while (at) {
		int32_t before = p->before[at];

		p->row_of[at] = p->row_of[before];
		at = before;
	}
}

void usher__assign(struct usher__assign *in)
{
	struct path p;

	memset(&p, 0, sizeof(p));
	p.in = in;
	p.columns = (int32_t)(in->columns + in->rows);
	for (uint32_t i = 1; i <= in->rows; i++)
		place(&p, (int32_t)i);
	for (uint32_t i = 0; i < in->rows; i++)
		in->column_of[i] = -1;
	for (uint32_t j = 1; j <= in->columns; j++) {
		if (p.row_of[j])
			in->column_of[p.row_of[j] - 1] = (int32_t)j - 1;
	}
}
