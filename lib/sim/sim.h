/* What a simulation holds. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <core/idmap.h>

#include "sim/draw.h"
#include "sim/heap.h"

struct sim_queue {
	struct usher_sim_queue opts; /* its texts are not kept */
	uint64_t id;
	uint64_t arrivals; /* so far; the number of the next contact */
};

struct sim_group {
	uint32_t first; /* in sim->agents */
	uint32_t agents;
};

struct sim_contact {
	uint64_t id;     /* first, for the table */
	uint64_t number; /* of its queue's contacts */
	uint32_t queue;  /* index */
	bool waiting;
};

struct usher_sim {
	struct usher_sim_opts opts; /* without its pointers to others' data */
	struct usher_acd *acd;
	struct usher_metrics *metrics;
	struct sim_queue *queues;
	struct sim_group *groups;
	uint64_t *agents;
	struct sim_heap heap;
	struct usher__idmap contacts; /* of struct sim_contact */
	int64_t now_us;
};

/* Plan when the next contact of a queue arrives. 0 or USHER_ENOMEM. */
int usher__sim_plan_arrival(struct usher_sim *sim, uint32_t index);

/* Count the core's events and react to them. */
int usher__sim_drain(struct usher_sim *sim);

#endif
