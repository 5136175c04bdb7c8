/* What the benchmarks of the core share: a counted heap and two clocks. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <usher/error.h>

struct heap {
	size_t bytes;
	size_t allocs;
};

/* The size stands before the block. */
static void *counted(void *arg, void *ptr, size_t size)
{
	struct heap *heap = arg;
	size_t *block = ptr ? (size_t *)ptr - 2 : NULL;

	if (block)
		heap->bytes -= *block;
	if (!size) {
		free(block);
		return NULL;
	}
	block = realloc(block, size + 2 * sizeof(*block));
	if (!block)
		abort();
	*block = size;
	heap->bytes += size;
	heap->allocs++;
	return block + 2;
}

static void check(int err)
{
	if (err) {
		fprintf(stderr, "%s\n", usher_strerror(err));
		exit(1);
	}
}

/* Time of the processor that this process took: not time on the wall. */
static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

#endif
