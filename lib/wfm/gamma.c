/*
 * The chance that a Poisson number of mean w is below a given number, and
 * the part of it that is lost when w grows: an incomplete gamma function.
 *
 * Far from its edge a series; near it, for large numbers, the uniform
 * expansion of Temme ("The asymptotic expansion of the incomplete gamma
 * functions", SIAM J. Math. Anal. 10, 1979), whose coefficients here were
 * computed from its recursion, exactly (tests/unit/wfm/temme.py).
 */
#include <math.h>

#include "wfm/wfm.h"

/* From here on the expansion has all digits of a double. */
#define UNIFORM_MIN 64.0
/* How far from the edge, in parts of it. */
#define UNIFORM_PART 0.35

/* For so large numbers fewer rows do, and so near the edge fewer columns. */
#define MANY       1000.0
#define MANY_ROWS  4
#define NEAR_ETA   0.1
#define NEAR_SPARE 6

/* Beyond so many standard deviations the chance is 1. */
#define SURE 10.0

#define TERM_MIN 1e-18
/* Two have not come in so short a time. */
#define TINY 1e-100

#define TEMME_ROWS    7
#define TEMME_COLUMNS 18

static const struct {
	int count;
	double c[TEMME_COLUMNS];
} temme[TEMME_ROWS] = {
	{18,
	 {-0.33333333333333333, 0.083333333333333333, -0.014814814814814815,
	  0.0011574074074074074, 0.0003527336860670194,
	  -0.00017875514403292181, 3.9192631785224378e-5,
	  -2.1854485106799922e-6, -1.85406221071516e-6, 8.296711340953086e-7,
	  -1.7665952736826079e-7, 6.7078535434014986e-9, 1.0261809784240308e-8,
	  -4.3820360184533532e-9, 9.1476995822367902e-10,
	  -2.551419399494625e-11, -5.8307721325504251e-11,
	  2.4361948020667416e-11}},
	{16,
	 {-0.0018518518518518519, -0.0034722222222222222,
	  0.0026455026455026455, -0.00099022633744855967,
	  0.00020576131687242798, -4.0187757201646091e-7,
	  -1.8098550334489978e-5, 7.6491609160811101e-6,
	  -1.6120900894563446e-6, 4.6471278028074343e-9, 1.378633446915721e-7,
	  -5.752545603517705e-8, 1.1951628599778147e-8,
	  -1.7543241719747648e-11, -1.0091543710600413e-9,
	  4.1627929918425826e-10}},
	{14,
	 {0.0041335978835978836, -0.0026813271604938272,
	  0.00077160493827160494, 2.0093878600823045e-6,
	  -0.00010736653226365161, 5.2923448829120125e-5,
	  -1.2760635188618728e-5, 3.4235787340961381e-8, 1.3721957309062933e-6,
	  -6.298992138380055e-7, 1.4280614206064242e-7,
	  -2.0477098421990866e-10, -1.4092529910867521e-8,
	  6.228974084922022e-9}},
	{12,
	 {0.00064943415637860082, 0.00022947209362139918,
	  -0.00046918949439525571, 0.00026772063206283885,
	  -7.5618016718839764e-5, -2.3965051138672967e-7,
	  1.1082654115347302e-5, -5.6749528269915966e-6, 1.4230900732435884e-6,
	  -2.7861080291528142e-11, -1.6958404091930277e-7,
	  8.0994649053880824e-8}},
	{10,
	 {-0.0008618882909167117, 0.00078403922172006663,
	  -0.00029907248030319018, -1.4638452578843418e-6,
	  6.6414982154651222e-5, -3.9683650471794347e-5, 1.1375726970678419e-5,
	  2.5074972262375328e-10, -1.6954149536558306e-6,
	  8.9075075322053097e-7}},
	{8,
	 {-0.00033679855336635815, -6.9728137583658578e-5,
	  0.00027727532449593921, -0.00019932570516188848,
	  6.7977804779372078e-5, 1.419062920643967e-7, -1.3594048189768693e-5,
	  8.0184702563342015e-6}},
	{6,
	 {0.00053130793646399222, -0.00059216643735369388,
	  0.00027087820967180448, 7.9023532326603279e-7,
	  -8.1539693675619688e-5, 5.6116827531062497e-5}},
};

static double temme_sum(double eta, double room)
{
	const int spare = fabs(eta) < NEAR_ETA ? NEAR_SPARE : 0;
	double sum = 0, row;

	for (int k = (room < MANY ? TEMME_ROWS : MANY_ROWS) - 1; k >= 0; k--) {
		row = 0;
		for (int i = temme[k].count - 1 - spare; i >= 0; i--)
			row = row * eta + temme[k].c[i];
		sum = sum / room + row;
	}
	return sum;
}

/* What of the chance is lost when w grows: w^(room-1) e^-w / (room-1)!, in
 * logarithms. */
static double log_density(double room, double w)
{
	return -usher__wfm_deviance(room, w, room - w) -
	       0.5 * log(2 * M_PI * room) - usher__wfm_stirling(room) +
	       log(room / w);
}

static double near_edge(double room, double w, double *hazard)
{
	const double z = (w - room) / room;
	const double half = -usher__wfm_log1pmx(z); /* eta^2 / 2 */
	const double eta = copysign(sqrt(2 * half), z);
	const double root = sqrt(2 * M_PI * room);
	const double x = eta * sqrt(room / 2);
	const double rest = temme_sum(eta, room) / root;
	const double density =
		exp(-usher__wfm_stirling(room)) / (root * (1 + z));
	double log_chance, q;

	if (x > -2) {
		q = usher__wfm_erfcx(x) / 2 + rest;
		*hazard = density / q;
		return log(q) - room * half;
	}
	q = exp(-room * half);
	log_chance = log1p(q * rest - erfc(-x) / 2);
	*hazard = density * q * exp(-log_chance);
	return log_chance;
}

/* Of a smaller mean the chance is 1. */
double usher__wfm_sure(double room)
{
	return room - SURE * (1 + sqrt(room));
}

/* ln P(N < room), N Poisson of mean w; hazard: -d/dw of that. */
double usher__wfm_poisson(double room, double w, double *hazard)
{
	double term = 1, sum = 1, log_chance;

	*hazard = 0;
	if (w < TINY) {
		*hazard = room <= 1;
		return room <= 1 ? -w : 0;
	}
	if (w < usher__wfm_sure(room))
		return 0;
	if (room >= UNIFORM_MIN && fabs(w - room) < UNIFORM_PART * room)
		return near_edge(room, w, hazard);
	if (w >= room) {
		for (double k = room - 1; k > 0 && term > TERM_MIN * sum;
		     k--) {
			term *= k / w;
			sum += term;
		}
		*hazard = 1 / sum;
		return log_density(room, w) + log(sum);
	}
	for (double k = room + 1; term > TERM_MIN * sum; k++) {
		term *= w / k;
		sum += term;
	}
	term = exp(log_density(room, w));
	log_chance = log1p(-term * (w / room) * sum);
	*hazard = term * exp(-log_chance);
	return log_chance;
}
