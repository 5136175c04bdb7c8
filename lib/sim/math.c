/* Each is a series after the argument has been made small; the number of terms
 * is where the next one is below 2^-54 of the sum. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "sim/math.h"

#define LN2_HIGH  0x1.62e42fefa3800p-1 /* 42 bits: times an exponent exact */
#define LN2_LOW   0x1.ef35793c76730p-45
#define ROOT_HALF 0x1.6a09e667f3bcdp-1
#define PI        0x1.921fb54442d18p+1

#define BIAS          1022
#define FRACTION_BITS 52
#define LEAST_NORMAL  0x1p-1022
#define SHIFT_MIN     10.0 /* from where Stirling's series is exact */

/* Coefficients c[0] + c[1] x + …, from the front. */
#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static double polynomial(const double *c, size_t count, double x)
{
	double sum = c[count - 1];

	for (size_t i = count - 1; i-- > 0;)
		sum = c[i] + x * sum;
	return sum;
}

/* x = ret * 2^exponent with ret from 1/2 to below 1. */
static double split(double x, int *exponent)
{
	uint64_t bits;
	int scaled = 0;

	if (x < LEAST_NORMAL) {
		x *= 0x1p54;
		scaled = 54;
	}
	memcpy(&bits, &x, sizeof(bits));
	*exponent = (int)(bits >> FRACTION_BITS & 0x7ff) - BIAS - scaled;
	bits = (bits & ((UINT64_C(1) << FRACTION_BITS) - 1)) |
	       (uint64_t)BIAS << FRACTION_BITS;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* log(m) = 2 artanh((m - 1) / (m + 1)) for m round 1. */
double usher__sim_log(double x)
{
	static const double odd[] = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,
				     1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17,
				     1.0 / 19, 1.0 / 21, 1.0 / 23};
	int exponent;
	double m = split(x, &exponent), s, tail;

	if (m < ROOT_HALF) {
		m *= 2;
		exponent--;
	}
	s = (m - 1) / (m + 1);
	tail = s * s * polynomial(odd, COUNT(odd), s * s);
	return exponent * LN2_HIGH +
	       (2 * s + (2 * s * tail + exponent * LN2_LOW));
}

/* 2^n for n within the exponents of normal numbers. */
static double power(int n)
{
	uint64_t bits = (uint64_t)(n + BIAS + 1) << FRACTION_BITS;
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

double usher__sim_exp(double x)
{
	static const double over[] = {1,
				      1,
				      1.0 / 2,
				      1.0 / 6,
				      1.0 / 24,
				      1.0 / 120,
				      1.0 / 720,
				      1.0 / 5040,
				      1.0 / 40320,
				      1.0 / 362880,
				      1.0 / 3628800,
				      1.0 / 39916800,
				      1.0 / 479001600,
				      1.0 / 6227020800,
				      1.0 / 87178291200};
	double r;
	int n;

	if (isnan(x))
		return x;
	if (x > 709.7)
		return HUGE_VAL;
	if (x < -745)
		return 0;
	n = (int)floor(x / (LN2_HIGH + LN2_LOW) + 0.5);
	r = x - n * LN2_HIGH - n * LN2_LOW;
	return polynomial(over, COUNT(over), r) * power(n / 2) *
	       power(n - n / 2);
}

double usher__sim_cos_turn(double part)
{
	static const double even[] = {1,
				      -1.0 / 2,
				      1.0 / 24,
				      -1.0 / 720,
				      1.0 / 40320,
				      -1.0 / 3628800,
				      1.0 / 479001600,
				      -1.0 / 87178291200,
				      1.0 / 20922789888000,
				      -1.0 / 6402373705728000,
				      1.0 / 2432902008176640000};
	double sign = 1, angle;

	/* cos is even round a half turn, and odd round a quarter */
	if (part > 0.5)
		part = 1 - part;
	if (part > 0.25) {
		part = 0.5 - part;
		sign = -1;
	}
	angle = 2 * PI * part;
	return sign * polynomial(even, COUNT(even), angle * angle);
}

double usher__sim_log_gamma(double x)
{
	static const double series[] = {
		1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
		1.0 / 1188, -691.0 / 360360, 1.0 / 156};
	const double half_log_2pi = 0x1.d67f1c864beb5p-1;
	double shift = 1, sum;

	for (; x < SHIFT_MIN; x++)
		shift *= x;
	sum = polynomial(series, COUNT(series), 1 / (x * x));
	return (x - 0.5) * usher__sim_log(x) - x + half_log_2pi + sum / x -
	       usher__sim_log(shift);
}
