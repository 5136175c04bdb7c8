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

#endif
