/* What will happen, by time; at one time in the order of planning. */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/alloc.h>

enum sim_what {
	SIM_ARRIVES = 1, /* id: index of the queue */
	SIM_GIVES_UP,    /* id: contact */
	SIM_HANGS_UP,    /* id: contact */
	SIM_WRAPPED_UP,  /* id: segment */
	SIM_CALLS_AGAIN, /* id: see usher__sim_who() */
	SIM_SHIFT,       /* id: index of the group */
	SIM_CALLBACK,    /* id: contact */
	SIM_DIALS,       /* id: index of the queue */
	SIM_OPENS,       /* or closes; id: index of the queue */
	SIM_DESK,        /* something of an agent is done; id: index */
	SIM_FREED,       /* an agent got free, who may be dialed for */
	SIM_ANSWERS      /* or does not; id: see usher__sim_who() */
};

struct sim_plan {
	int64_t at_us;
	uint64_t order;
	uint64_t id;
	enum sim_what what;
};

struct sim_heap {
	struct sim_plan *plans;
	size_t count, room;
	uint64_t order;
};

/* 0 or USHER_ENOMEM. */
int usher__sim_plan(struct sim_heap *heap, const struct usher_alloc *alloc,
		    int64_t at_us, enum sim_what what, uint64_t id);

/* Take the first plan at or before a time; false: there is none. */
bool usher__sim_due(struct sim_heap *heap, int64_t until_us,
		    struct sim_plan *ret);

/* When the first plan is; USHER_NEVER without any. */
int64_t usher__sim_next(const struct sim_heap *heap);

#endif
