/*
 * Functions that libm does not have, or not with all their digits.
 */
#include <math.h>

#include "wfm/wfm.h"

/* Below this a series takes the place of a difference. */
#define SERIES_H   0.5
#define SERIES_LOG 0.4

/* From here on Stirling's series is exact to a double with few terms. */
#define STIRLING_MIN 12.0

/* From here on the continued fraction of erfcx is quick. */
#define FRACTION_MIN   4.0
#define FRACTION_TERMS 40

/* t - 1 + exp(-t), without losing t when it is small. */
double usher__wfm_h(double t)
{
	static const double f[] = {1.0 / 2,           1.0 / 6,
				   1.0 / 24,          1.0 / 120,
				   1.0 / 720,         1.0 / 5040,
				   1.0 / 40320,       1.0 / 362880,
				   1.0 / 3628800,     1.0 / 39916800,
				   1.0 / 479001600,   1.0 / 6227020800.0,
				   1 / 87178291200.0, 1 / 1307674368000.0};
	double sum = 0;

	if (fabs(t) > SERIES_H)
		return t + expm1(-t);
	for (int i = sizeof(f) / sizeof(*f) - 1; i >= 0; i--)
		sum = f[i] - t * sum;
	return t * t * sum;
}

/* log1p(z) - z. */
double usher__wfm_log1pmx(double z)
{
	const double r = z / (2 + z), q = r * r;
	double sum = 0;

	if (fabs(z) > SERIES_LOG)
		return log1p(z) - z;
	/* log1p(z) = 2 atanh(r), and 2 r - z = -r z. */
	for (int i = 25; i >= 3; i -= 2)
		sum = sum * q + 1.0 / i;
	return r * (2 * q * sum - z);
}

/* z ln(z / y) - z + y, never negative; gap is z - y. */
double usher__wfm_deviance(double z, double y, double gap)
{
	if (z <= 0)
		return y;
	if (y < 0.5 * z || y > 2 * z)
		return z * log(z / y) - gap;
	return -z * usher__wfm_log1pmx(-gap / z);
}

/* What lgamma(x + 1) has beyond (x + 1/2) ln x - x + ln(2 pi) / 2. */
double usher__wfm_stirling(double x)
{
	double q, log_step = 0;

	if (x < STIRLING_MIN) {
		q = x;
		for (; q < STIRLING_MIN; q++)
			log_step += log1p(q);
		/* lgamma(x + 1) = lgamma(q + 1) - log_step. */
		return usher__wfm_stirling(q) - log_step + (q + 0.5) * log(q) -
		       q - (x + 0.5) * log(x) + x;
	}
	q = 1 / (x * x);
	return (1.0 / 12 -
		q * (1.0 / 360 -
		     q * (1.0 / 1260 -
			  q * (1.0 / 1680 -
			       q * (1.0 / 1188 - q * 691.0 / 360360))))) /
	       x;
}

/* ln(exp(a) + exp(b)). */
double usher__wfm_add(double a, double b)
{
	if (a < b) {
		double swap = a;

		a = b;
		b = swap;
	}
	if (b == -INFINITY || a == INFINITY)
		return a;
	return a + log1p(exp(b - a));
}

/* exp(x^2) erfc(x), for x > -5. */
double usher__wfm_erfcx(double x)
{
	double f = x;

	if (x < FRACTION_MIN)
		return exp(x * x) * erfc(x);
	for (int k = FRACTION_TERMS; k > 0; k--)
		f = x + k / (2 * f);
	return 1 / (f * 1.77245385090551602730);
}
