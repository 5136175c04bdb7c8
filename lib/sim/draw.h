/* Random times of customers and agents. */
#ifndef SIM_DRAW_H
#define SIM_DRAW_H

#include <usher/sim.h>

/* What numbers are drawn for; their streams never meet. */
enum sim_purpose {
	SIM_ARRIVAL = 1,
	SIM_HANDLE = 2,
	SIM_WRAPUP = 3,
	SIM_PATIENCE = 4
};

struct sim_stream {
	uint64_t seed;
	uint64_t queue; /* its index */
	enum sim_purpose purpose;
};

/* The number-th time of a stream, in the unit of the mean. */
double usher__sim_exponential(const struct sim_stream *stream, uint64_t number,
			      double mean);
double usher__sim_time(const struct sim_stream *stream, uint64_t number,
		       int32_t law, double mean, double cv);

#endif
