/* Replications: their seeds, and what their means are worth. */
#include <math.h>

#include <core/random.h>

#include "sim/draw.h"
#include "sim/math.h"

#define FRACTION_TERMS 10000
#define FRACTION_TINY  1e-300
#define FRACTION_EXACT 1e-16
#define BISECTIONS     2000
#define FREEDOM_MAX    1e9

uint64_t usher_sim_seed(uint64_t seed, uint64_t replication)
{
	return usher__random(seed, SIM_ALL_QUEUES, SIM_REPLICATION,
			     replication);
}

static double not_zero(double x)
{
	return fabs(x) < FRACTION_TINY ? FRACTION_TINY : x;
}

/* The continued fraction of the incomplete beta function, Abramowitz and
 * Stegun 26.5.8, from the front as Lentz does (1976). */
static double beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), f = d;

	for (int m = 1; m < FRACTION_TERMS; m++) {
		double even =
			m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x /
			     ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 / not_zero(1 + even * d);
		c = not_zero(1 + even / c);
		f *= d * c;
		d = 1 / not_zero(1 + odd * d);
		c = not_zero(1 + odd / c);
		step = d * c;
		f *= step;
		if (fabs(step - 1) < FRACTION_EXACT)
			break;
	}
	return f;
}

/* I_x(a, b) for x and its complement y. */
static double beta_part(double a, double b, double x, double y)
{
	double front = usher__sim_exp(
		usher__sim_log_gamma(a + b) - usher__sim_log_gamma(a) -
		usher__sim_log_gamma(b) + a * usher__sim_log(x) +
		b * usher__sim_log(y));

	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, y) / b;
}

/* Part beyond t, which is above 0. */
static double tail(double t, double freedom)
{
	double x = freedom / (freedom + t * t);
	double y = t * t / (freedom + t * t);

	return beta_part(freedom / 2, 0.5, x, y) / 2;
}

/* The t beyond which so much lies; less than a half. */
static double beyond(double part, double freedom)
{
	double low = 0, high = 1;

	while (tail(high, freedom) > part && high < 1e150)
		high *= 2;
	for (int i = 0; i < BISECTIONS; i++) {
		double middle = (low + high) / 2;

		if (middle <= low || middle >= high)
			break;
		if (tail(middle, freedom) > part)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

int usher_sim_student(double part, double freedom, double *ret)
{
	if (!ret || !(part > 0 && part < 1) ||
	    !(freedom >= 1 && freedom <= FREEDOM_MAX))
		return USHER_EINVAL;
	if (part == 0.5)
		*ret = 0;
	else if (part > 0.5)
		*ret = beyond(1 - part, freedom);
	else
		*ret = -beyond(part, freedom);
	return 0;
}

/* Of a[i], or of a[i] - b[i]. */
static int interval(const double *a, const double *b, size_t count,
		    double confidence, struct usher_sim_interval *ret)
{
	double sum = 0, squares = 0, mean, t;
	int rc;

	if (!a || count < 2 || !ret || ret->size != sizeof(*ret) ||
	    !(confidence > 0 && confidence < 1))
		return USHER_EINVAL;
	rc = usher_sim_student((1 + confidence) / 2, (double)(count - 1), &t);
	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++)
		sum += b ? a[i] - b[i] : a[i];
	mean = sum / (double)count;
	for (size_t i = 0; i < count; i++) {
		double off = (b ? a[i] - b[i] : a[i]) - mean;

		squares += off * off;
	}
	ret->mean = mean;
	ret->deviation = sqrt(squares / (double)(count - 1));
	ret->half = t * ret->deviation / sqrt((double)count);
	return 0;
}

int usher_sim_interval(const double *values, size_t count, double confidence,
		       struct usher_sim_interval *ret)
{
	return interval(values, NULL, count, confidence, ret);
}

int usher_sim_paired(const double *a, const double *b, size_t count,
		     double confidence, struct usher_sim_interval *ret)
{
	if (!b)
		return USHER_EINVAL;
	return interval(a, b, count, confidence, ret);
}
