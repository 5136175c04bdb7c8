/* Good staffings that a search has tried: which of them it settles on is known
 * only at its end, and several may cost the same. */
#include <stdlib.h>
#include <string.h>

#include "staff.h"

void staff_found_free(struct staff_found *f)
{
	free(f->rows);
	memset(f, 0, sizeof(*f));
}

/* Agents, the cost, then values; all numbers of agents are exact. */
static size_t width(const struct staff_found *f)
{
	return (size_t)f->groups + 1 + f->targets;
}

bool staff_found_keep(struct staff_found *f,
		      const struct usher_sim_staffing *staffing)
{
	double *row;

	if (f->count == f->room) {
		const size_t room = f->room ? 2 * f->room : 16;

		row = realloc(f->rows, room * width(f) * sizeof(*row));
		if (!row)
			return false;
		f->rows = row;
		f->room = room;
	}
	row = f->rows + f->count++ * width(f);
	for (uint32_t g = 0; g < f->groups; g++)
		row[g] = staffing->agents[g];
	row[f->groups] = staffing->cost;
	memcpy(row + f->groups + 1, staffing->values,
	       f->targets * sizeof(*row));
	return true;
}

bool staff_found_get(const struct staff_found *f, const uint32_t *agents,
		     double *cost, double *values)
{
	for (size_t i = 0; i < f->count; i++) {
		const double *row = f->rows + i * width(f);
		uint32_t g = 0;

		while (g < f->groups && row[g] == agents[g])
			g++;
		if (g < f->groups)
			continue;
		*cost = row[f->groups];
		memcpy(values, row + f->groups + 1,
		       f->targets * sizeof(*values));
		return true;
	}
	return false;
}
