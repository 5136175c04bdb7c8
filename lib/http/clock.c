/* The clock that timeouts and rates are counted by. */
#include <time.h>

#include "http/priv.h"

int64_t usher__now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000) + ts.tv_nsec / 1000;
}
