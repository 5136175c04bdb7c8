/* Searches for a staff, and the best that they told of. */
#ifndef UNIT_SIM_SEARCH_H
#define UNIT_SIM_SEARCH_H

#include "house.h"

#define SEARCH_FIGURES 8

struct search_best {
	double values[SEARCH_FIGURES];
	uint32_t targets; /* of which there are values */
	uint32_t agents;
};

/* Four replications of ten hours. */
void search_opts(struct usher_sim_staff_opts *o, struct house *h,
		 struct usher_sim_range *ranges,
		 const struct usher_sim_target *targets, uint32_t count);
/* For its member `tried`; arg: a struct search_best. */
void search_keep_best(void *arg, const struct usher_sim_staffing *s);

#endif
