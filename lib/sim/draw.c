/*
 * Random times. Each is a function of (seed, queue, what it is for, number)
 * alone: that key opens a stream of its own, from which one time may take as
 * many uniform numbers as it likes without moving another.
 */
#include <math.h>

#include <core/random.h>

#include "sim/draw.h"
#include "sim/math.h"

/* The uniform numbers of one time. */
struct dice {
	uint64_t key;
	uint64_t thrown;
};

static struct dice dice_take(const struct sim_stream *stream, uint64_t number)
{
	struct dice d = {usher__random(stream->seed, stream->queue,
				       (uint32_t)stream->purpose, number),
			 0};

	return d;
}

/* In (0, 1), never at an end: a logarithm follows. */
static double uniform(struct dice *d)
{
	uint64_t bits = usher__random(d->key, 0, 0, d->thrown++);

	return ((double)(bits >> 11) + 0.5) * 0x1p-53;
}

static double exponential(struct dice *d)
{
	return -usher__sim_log(uniform(d));
}

/* Box and Muller (1958), one of the pair. */
static double normal(struct dice *d)
{
	double r = sqrt(2 * exponential(d));

	return r * usher__sim_cos_turn(uniform(d));
}

/* Marsaglia and Tsang: A simple method for generating gamma variables (2000),
 * for a shape of 1 or more; below, that of shape + 1 times U^(1/shape). */
static double gamma_of(struct dice *d, double shape)
{
	double boost = 1, less, scale, x, v, log_u;

	if (shape < 1) {
		boost = usher__sim_exp(-exponential(d) / shape);
		shape++;
	}
	less = shape - 1.0 / 3;
	scale = 1 / sqrt(9 * less);
	do {
		x = normal(d);
		v = 1 + scale * x;
		v = v * v * v;
		log_u = -exponential(d);
	} while (v <= 0 || log_u >= x * x / 2 + less - less * v +
					    less * usher__sim_log(v));
	return boost * less * v;
}

/* Value at a part of the way through evenly spaced quantiles. */
static double quantile(const struct sim_law *law, double part)
{
	double at = part * (law->count - 1);
	uint32_t i = (uint32_t)at;

	if (i >= law->count - 1)
		i = law->count - 2;
	return law->values[i] +
	       (at - i) * (law->values[i + 1] - law->values[i]);
}

static double throw_law(struct dice *d, const struct sim_law *law)
{
	uint64_t thrown = 0;

	switch (law->law) {
	case USHER_LAW_FIXED: /* a: mean */
		return law->a;
	case USHER_LAW_EXPONENTIAL: /* a: mean */
		return law->a * exponential(d);
	case USHER_LAW_LOGNORMAL: /* a: mean, b: deviation of the logarithm */
		return law->a * usher__sim_exp(law->b * normal(d) -
					       law->b * law->b / 2);
	case USHER_LAW_GAMMA: /* a: scale, b: shape */
		return law->a * gamma_of(d, law->b);
	case USHER_LAW_WEIBULL: /* a: scale, b: 1 / shape */
		return law->a *
		       usher__sim_exp(law->b * usher__sim_log(exponential(d)));
	case USHER_LAW_HYPER: /* a, b: means, c: part of the first */
		return (uniform(d) < law->c ? law->a : law->b) *
		       exponential(d);
	case USHER_LAW_VALUES:
		return law->values[usher__random_below(d->key, 0, 0, &thrown,
						       law->count)];
	case USHER_LAW_QUANTILES:
		return quantile(law, uniform(d));
	default:
		return 0;
	}
}

double usher__sim_draw(const struct sim_stream *stream, uint64_t number,
		       const struct sim_law *law)
{
	struct dice d = dice_take(stream, number);

	return throw_law(&d, law);
}

double usher__sim_unit(const struct sim_stream *stream, uint64_t number)
{
	struct dice d = dice_take(stream, number);

	return exponential(&d);
}

double usher__sim_uniform(const struct sim_stream *stream, uint64_t number)
{
	struct dice d = dice_take(stream, number);

	return uniform(&d);
}
