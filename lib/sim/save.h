/* What is written of a simulation, and read back. */
#ifndef SIM_SAVE_H
#define SIM_SAVE_H

#include "sim/sim.h"

#define SIM_MAGIC   "USHRSIMS"
#define SIM_VERSION 5u

/* Of a queue's counts: all but the size. */
#define SIM_COUNTS (sizeof(struct usher_sim_counts) / sizeof(uint64_t) - 1)
/* Numbers of a group's loads, and of a task. */
#define SIM_LOADS                                                             \
	((USHER_CHANNELS_MAX + 1) * sizeof(struct sim_load) / sizeof(uint64_t))
#define SIM_TASK 7

/* FNV-1a. */
uint64_t usher__sim_hash(const uint8_t *at, size_t len);

#endif
