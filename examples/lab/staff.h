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

/* Who costs nothing is taken before all others: the search has no zero. */
#define STAFF_NOTHING   1e-9
#define STAFF_TRIES_MAX 2000

/* A search by simulation: what it goes by, and what it has found. */
struct staff_searched {
	struct lab_day *day;
	const struct lab_options *o;
	struct usher_sim_range *ranges;
	struct usher_sim_target *targets;
	uint32_t *agents;
	double *values;              /* of the targets, with what was found */
	struct lab_estimate *others; /* the same, on other days */
	struct plot_point *points;   /* what was tried */
	struct staff_found good;
	uint32_t tried;
	double cheapest;
	bool no_memory;
};

/* staff_say.c */
/* Is a target one of a part of the day? */
bool staff_windowed(const struct lab_target *t);
/* What was found, and what it gave on other days. Gives the status. */
int staff_report(const struct staff_searched *s, const struct lab_results *r);
/* What was tried, as a picture. Gives the status. */
int staff_draw(const struct staff_searched *s);

#endif
