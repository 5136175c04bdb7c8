/*
 * Random streams: the number at a position of the stream of (seed, queue,
 * purpose) is a function of these four alone, so that one more draw in one
 * stream moves nothing in another.
 */
#ifndef USHER_CORE_RANDOM_H
#define USHER_CORE_RANDOM_H

#include <stdint.h>

/* 64 random bits. */
uint64_t usher__random(uint64_t seed, uint64_t queue, uint32_t purpose,
		       uint64_t position);
/* A number below n, every one equally likely; counts *counter up by the draws
 * it took. 0 for n = 0. */
uint64_t usher__random_below(uint64_t seed, uint64_t queue, uint32_t purpose,
			     uint64_t *counter, uint64_t n);

#endif
