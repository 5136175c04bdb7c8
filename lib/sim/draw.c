/* Random times. The stream is keyed by what the number is for, so that
 * nothing else that is drawn moves it; libm is welcome here, since nothing
 * live depends on its last bit. */
#include <math.h>

#include <core/random.h>

#include "sim/draw.h"

/* In (0, 1), never at an end: a logarithm follows. */
static double uniform(const struct sim_stream *stream, uint64_t position)
{
	uint64_t bits = usher__random(stream->seed, stream->queue,
				      (uint32_t)stream->purpose, position);

	return ((double)(bits >> 11) + 0.5) * 0x1p-53;
}

double usher__sim_exponential(const struct sim_stream *stream, uint64_t number,
			      double mean)
{
	return -mean * log(uniform(stream, 2 * number));
}

/* Box and Muller (1958), one of the pair. */
static double normal(const struct sim_stream *stream, uint64_t number)
{
	static const double two_pi = 6.283185307179586476925;
	double r = sqrt(-2 * log(uniform(stream, 2 * number)));

	return r * cos(two_pi * uniform(stream, 2 * number + 1));
}

double usher__sim_time(const struct sim_stream *stream, uint64_t number,
		       int32_t law, double mean, double cv)
{
	double variance;

	switch (law) {
	case USHER_LAW_FIXED:
		return mean;
	case USHER_LAW_EXPONENTIAL:
		return usher__sim_exponential(stream, number, mean);
	case USHER_LAW_LOGNORMAL:
		variance = log1p(cv * cv);
		return mean * exp(sqrt(variance) * normal(stream, number) -
				  variance / 2);
	default:
		return 0;
	}
}
