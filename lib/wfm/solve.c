/*
 * Where a rising function is zero: by steps that double until it lies
 * between two, then by Ridders' method, which never leaves the bracket.
 */
#include <math.h>

#include "wfm/wfm.h"

#define STEPS_MAX 200
#define NEAR      4e-16

static int close(double lo, double hi)
{
	return hi - lo <= NEAR * fmax(fabs(lo), fabs(hi));
}

static double ridders(double (*f)(void *arg, double x), void *arg, double lo,
		      double f_lo, double hi, double f_hi)
{
	double mid, f_mid, x, fx, last = NAN;

	for (int i = 0; i < STEPS_MAX && !close(lo, hi); i++) {
		mid = lo + (hi - lo) / 2;
		f_mid = f(arg, mid);
		if (f_mid == 0)
			return mid;
		x = mid;
		fx = f_mid;
		if (isfinite(f_lo) && isfinite(f_hi)) {
			x = mid - (mid - lo) * f_mid /
					  sqrt(f_mid * f_mid - f_lo * f_hi);
			if (fabs(x - last) <= NEAR * fabs(x))
				return x;
			last = x;
			fx = f(arg, x);
		}
		if (fx == 0)
			return x;
		/* Of lo, mid, x, hi the two about the zero. */
		if (f_mid < 0) {
			lo = mid;
			f_lo = f_mid;
		} else {
			hi = mid;
			f_hi = f_mid;
		}
		if (fx < 0 && x > lo) {
			lo = x;
			f_lo = fx;
		} else if (fx > 0 && x < hi) {
			hi = x;
			f_hi = fx;
		}
	}
	return lo + (hi - lo) / 2;
}

/* x in [min, max] with f(x) = 0, looked for from x with steps of `step` on;
 * -INFINITY or INFINITY when it lies below or above, NAN when f is. */
double usher__wfm_solve(double (*f)(void *arg, double x), void *arg, double x,
			double step, double min, double max)
{
	double fx = f(arg, x), next, f_next;

	for (;;) {
		if (fx == 0 || isnan(fx))
			return fx == 0 ? x : NAN;
		if (fx < 0 && x >= max)
			return INFINITY;
		if (fx > 0 && x <= min)
			return -INFINITY;
		next = fx < 0 ? fmin(max, x + step) : fmax(min, x - step);
		f_next = f(arg, next);
		if (!(fx < 0) != !(f_next < 0))
			break;
		x = next;
		fx = f_next;
		step *= 2;
	}
	if (fx < 0)
		return ridders(f, arg, x, fx, next, f_next);
	return ridders(f, arg, next, f_next, x, fx);
}
