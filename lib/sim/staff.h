/* Searching for a staff: staff.c walks, staff_try.c simulates. */
#ifndef SIM_STAFF_H
#define SIM_STAFF_H

#include <stdbool.h>

#include <usher/sim.h>

#define STAFF_DAY_S 86400.0

/* A staffing and what it gave. */
struct staff_point {
	uint32_t *agents; /* by group */
	double *values;   /* by target */
	double cost;
	double missing; /* of all targets together; 0: all hold */
	double slack;   /* of the tightest target */
};

struct staff {
	struct usher_sim_staff_opts opts;
	struct usher_sim_opts sim;
	struct usher_sim_group *groups; /* as sim has them, of full size */
	struct staff_point *points;     /* tried before */
	double *spread; /* of the last one, as struct usher_sim_staffing has
			 * it; or NULL */
	uint32_t count, room;
	struct usher_error *err;
};

/* Of the options, whose elements have the size that the caller knows. */
struct usher_sim_range usher__staff_range(const struct staff *staff,
					  uint32_t group);
struct usher_sim_target usher__staff_target(const struct staff *staff,
					    uint32_t index);

/* Whether it is of a part of the period alone; and how long that is. */
bool usher__staff_windowed(const struct usher_sim_target *target);
double usher__staff_period(const struct staff *staff);
/* Of options that can be simulated: whether some of each target's part of the
 * period is. 0 or USHER_EINVAL with its detail. */
int usher__staff_check_parts(const struct staff *staff);

/* Room for what usher__staff_try() gives beside, where somebody looks at it.
 * 0 or USHER_ENOMEM. */
int usher__staff_spread_make(struct staff *staff);
/* Fill in the values of point->agents. 0 or an error. */
int usher__staff_try(const struct staff *staff, struct staff_point *point);

#endif
