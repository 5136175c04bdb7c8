/* Random times of customers and agents. */
#ifndef SIM_DRAW_H
#define SIM_DRAW_H

#include <usher/sim.h>

/* What numbers are drawn for; their streams never meet. */
enum sim_purpose {
	SIM_ARRIVAL = 1,
	SIM_HANDLE = 2,
	SIM_WRAPUP = 3,
	SIM_PATIENCE = 4,
	SIM_DAY = 5,
	SIM_RETRY = 6,
	SIM_RETRY_TIME = 7,
	SIM_REPLICATION = 8,
	SIM_AGREES = 9,
	SIM_REACHED = 10,
	SIM_BALKS = 11,
	SIM_SHAKE = 12,
	SIM_CONSULTS = 13,
	SIM_TRANSFERS = 14,
	SIM_RINGS = 15
};

/* Stands for all queues together in a stream's key. */
#define SIM_ALL_QUEUES UINT64_MAX

struct sim_stream {
	uint64_t seed;
	uint64_t queue; /* its index */
	enum sim_purpose purpose;
};

/* A law ready to draw from: a, b and c mean what draw.c says of each. */
struct sim_law {
	const double *values; /* owned by whoever made it */
	double a, b, c;
	uint32_t count;
	int32_t law;
};

/* How a law is asked for, as in usher/sim.h. */
struct sim_law_opts {
	const double *values;
	double mean, cv;
	uint32_t count;
	int32_t law;
};

/* 0 or USHER_EINVAL. ret->values is opts->values. */
int usher__sim_law(struct sim_law *ret, const struct sim_law_opts *opts);

/* The number-th time of a stream. */
double usher__sim_draw(const struct sim_stream *stream, uint64_t number,
		       const struct sim_law *law);
/* The number-th exponential of mean 1. */
double usher__sim_unit(const struct sim_stream *stream, uint64_t number);
/* The number-th number above 0 and below 1. */
double usher__sim_uniform(const struct sim_stream *stream, uint64_t number);

#endif
