/* lab staff: what its two ways share. */
#ifndef LAB_STAFF_H
#define LAB_STAFF_H

#include "erlang.h"

#define STAFF_WANTS_MAX 16

struct staff_asked {
	struct lab_load_text text;
	const char *wants[STAFF_WANTS_MAX]; /* FIGURE=LIMIT */
	uint32_t want_count;
	bool formula;
};

/* Gives the status. */
int staff_by_simulation(const struct staff_asked *asked,
			const struct lab_options *o);

/* staff_found.c: good staffings, and what they gave. groups and targets are
 * set first. */
struct staff_found {
	double *rows;
	size_t count, room;
	uint32_t groups, targets;
};

void staff_found_free(struct staff_found *f);
/* One that is good. False: no memory. */
bool staff_found_keep(struct staff_found *f,
		      const struct usher_sim_staffing *staffing);
/* What one of them gave. False: it is none. */
bool staff_found_get(const struct staff_found *f, const uint32_t *agents,
		     double *cost, double *values);

#endif
