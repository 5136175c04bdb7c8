/*
 * Integrals of a density whose logarithm is concave.
 *
 * From the largest value within the span outwards in steps over which the
 * density falls by a bounded factor, until nothing more counts; each step by
 * the rule of Gauss and Legendre with 20 nodes, which has all digits of a
 * double there. The number of steps depends neither on the number of agents
 * nor on the patience, and all that is added is positive.
 */
#include <math.h>

#include "wfm/wfm.h"

/* By how much, in logarithms, the density may fall in a step. */
#define STEP_FALL 18.0
/* Beyond that fall nothing more counts. */
#define END_FALL 42.0
/* How far exp(-e u) may move in a step, and where it counts no more. */
#define STEP_LEAVE 8.0
#define END_LEAVE  60.0
/* How far the edge of the room may move in a step, in deviations. */
#define STEP_EDGE 4.0
#define SURE_EDGE 11.0
/* Bounds for the search of the peak and for the steps. */
#define PEAK_NEAR  1e-2
#define PEAK_STEPS 200
#define STEPS_MAX  400
/* Least part of a wait that a step may be. */
#define RESOLUTION 1e-9

#define NODES 10

static const struct {
	double at, weight;
} nodes[NODES] = {
	{0.993128599185094925, 0.0176140071391521183},
	{0.963971927277913791, 0.0406014298003869413},
	{0.912234428251325906, 0.0626720483341090636},
	{0.839116971822218823, 0.0832767415767047487},
	{0.746331906460150793, 0.101930119817240435},
	{0.636053680726515025, 0.118194531961518417},
	{0.510867001950827098, 0.131688638449176627},
	{0.373706088715419561, 0.142096109318382051},
	{0.227785851141645078, 0.149172986472603747},
	{0.0765265211334973338, 0.152753387130725851},
};

/* Mean of the Poisson number of those who come in u. */
static double arrived(const struct wfm_curve *c, double u)
{
	const double t = c->e * u;

	return c->e > 0 ? c->a * ((t - usher__wfm_h(t)) / c->e) : c->a * u;
}

static double base_log(const struct wfm_curve *c, double u)
{
	if (c->centered)
		return -c->k * usher__wfm_h(c->e * (u - c->u0));
	return -c->g * u - (c->k > 0 ? c->k * usher__wfm_h(c->e * u) : 0);
}

/* With t = e u and h(t) known. */
static double curve_log(const struct wfm_curve *c, double u, double t,
			double h)
{
	double hazard, log;

	log = c->centered ? base_log(c, u) : -c->g * u - c->k * h;
	if (c->room == INFINITY)
		return log;
	return log + usher__wfm_poisson(c->room,
					c->a * (c->e > 0 ? (t - h) / c->e : u),
					&hazard);
}

void usher__wfm_point(const struct wfm_curve *c, double u, struct wfm_point *p)
{
	const double t = c->centered ? c->e * (u - c->u0) : c->e * u;
	const double left = exp(-t);
	double rate, w, q, bend;

	p->log = base_log(c, u);
	p->slope = c->k * c->e * expm1(-t) - (c->centered ? 0 : c->g);
	p->bend = c->k * c->e * c->e * left;
	if (c->room == INFINITY)
		return;
	rate = c->a * exp(-c->e * u);
	w = arrived(c, u);
	p->log += usher__wfm_poisson(c->room, w, &q);
	p->slope -= rate * q;
	bend = q > 0 ? q * ((c->room - 1) / w - 1 + q) : 0;
	p->bend += rate * (rate * bend - c->e * q);
	if (!(p->bend > 0))
		p->bend = 0;
}

/* Where the density is largest in [lo, hi]. Newton's method on the slope,
 * which falls, within a bracket. */
static double curve_peak(const struct wfm_curve *c, double lo, double hi,
			 struct wfm_point *p)
{
	double u, next, step = c->room / (c->a + c->g + 1) + 1;

	usher__wfm_point(c, lo, p);
	if (p->slope <= 0 || lo == hi)
		return lo;
	for (u = lo; p->slope > 0 && u < hi; step *= 2) {
		if (c->centered && c->room == INFINITY && u < c->u0)
			u = fmin(hi, c->u0);
		else
			u = fmin(hi, isfinite(step) ? lo + step : lo + 1);
		usher__wfm_point(c, u, p);
		if (c->centered && c->room == INFINITY)
			return u;
		if (p->slope > 0)
			lo = u;
	}
	if (p->slope >= 0)
		return u;
	hi = u;
	for (int i = 0; i < PEAK_STEPS; i++) {
		next = u + p->slope / p->bend;
		if (next > lo && next < hi) {
			/* A part of the width is near enough. */
			if ((next - u) * (next - u) * p->bend < PEAK_NEAR)
				break;
		} else {
			next = lo + (hi - lo) / 2;
			if (next == lo || next == hi)
				break;
		}
		u = next;
		usher__wfm_point(c, u, p);
		if (p->slope > 0)
			lo = u;
		else
			hi = u;
	}
	return u;
}

/* Length of the next step from u in the direction, before its fall is
 * known. */
static double step_guess(const struct wfm_curve *c, double u, int sign,
			 const struct wfm_point *p)
{
	const double fall = fmax(0, -sign * p->slope);
	double h = 2 * STEP_FALL /
		   (fall + sqrt(fall * fall + 2 * STEP_FALL * p->bend));
	double w, edge, rate, deviation;

	if (c->e < 0 || (c->e > 0 && c->e * u < END_LEAVE))
		h = fmin(h, STEP_LEAVE / fabs(c->e));
	if (c->room == INFINITY)
		return h;
	w = arrived(c, u);
	rate = c->a * exp(-c->e * u);
	deviation = sqrt(c->room) + 1;
	edge = c->room - SURE_EDGE * deviation;
	if (sign > 0 && w < edge - deviation)
		h = fmin(h, (edge - w) / rate);
	else if (sign > 0 || w > edge)
		h = fmin(h,
			 (STEP_EDGE * deviation + fmax(0, (w - c->room) / 2)) /
				 rate);
	return h;
}

/* A part v of the density at u; later: 1 - exp(-e (u - lo)). */
static void add(const struct wfm_curve *c, double u, double t, double h,
		double v, double later, double *sum)
{
	double gone, still;

	sum[WFM_ALL] += v;
	if (c->e <= 0) {
		sum[WFM_WAIT_U] += v * u;
		return;
	}
	gone = t - h;
	still = gone < 0.5 ? 1 - gone : exp(-t);
	sum[WFM_GONE] += v * gone;
	sum[WFM_LATER] += v * later;
	sum[WFM_SERVED] += v * still;
	sum[WFM_SERVED_U] += v * still * u;
	/* 1 - exp(-t) (1 + t). */
	sum[WFM_GONE_U] +=
		v / c->e * (gone < 0.5 ? t * gone - h : 1 - still * (1 + t));
}

static void gauss(const struct wfm_curve *c, double lo, double from, double to,
		  double ref, double *sum)
{
	const double mid = from + (to - from) / 2, half = (to - from) / 2;
	double u, v, t, h, later;

	for (int i = 0; i < 2 * NODES; i++) {
		u = mid + (i & 1 ? half : -half) * nodes[i / 2].at;
		t = c->e * u;
		h = usher__wfm_h(t);
		v = half * nodes[i / 2].weight *
		    exp(curve_log(c, u, t, h) - ref);
		later = c->e > 0 ? c->e * (u - lo) : 0;
		later -= usher__wfm_h(later);
		add(c, u, t, h, v, later, sum);
	}
}

/* So steep a fall, at so long a wait, that u cannot follow it: it is
 * exponential, and what it is a part of is far below any double. */
static void steep(const struct wfm_curve *c, double u, double slope,
		  double ref_less, double *sum)
{
	const double t = c->e * u;

	add(c, u, t, usher__wfm_h(t), exp(ref_less) / slope,
	    c->e / (slope + c->e), sum);
}

static void march(const struct wfm_curve *c, double peak, double lo, double hi,
		  int sign, double ref, double *sum)
{
	const double limit = sign < 0 ? lo : hi;
	struct wfm_point p, q;
	double u = peak, h, next;

	usher__wfm_point(c, u, &p);
	for (int i = 0; i < STEPS_MAX && u != limit; i++) {
		if (ref - p.log > END_FALL)
			break;
		h = step_guess(c, u, sign, &p);
		if (h < u * RESOLUTION && -sign * p.slope > 0) {
			steep(c, u, fabs(p.slope), p.log - ref, sum);
			break;
		}
		for (;;) {
			next = u + sign * h;
			if (sign < 0 ? !(next > limit) : !(next < limit))
				next = limit;
			usher__wfm_point(c, next, &q);
			if (next == u || p.log - q.log < 1.5 * STEP_FALL)
				break;
			h = fabs(next - u) / 2;
		}
		if (sign > 0)
			gauss(c, lo, u, next, ref, sum);
		else
			gauss(c, lo, next, u, ref, sum);
		u = next;
		p = q;
	}
}

/* The density over virtual waits from lo to hi, hi may be INFINITY. */
void usher__wfm_integrate(const struct wfm_curve *c, double lo, double hi,
			  struct wfm_span *ret)
{
	double sum[WFM_MASSES] = {0};
	struct wfm_point p;
	double peak;

	for (int i = 0; i < WFM_MASSES; i++)
		ret->log[i] = -INFINITY;
	if (!(lo < hi))
		return;
	peak = curve_peak(c, lo, hi, &p);
	march(c, peak, lo, hi, -1, p.log, sum);
	march(c, peak, lo, hi, 1, p.log, sum);
	if (c->e <= 0) {
		sum[WFM_SERVED] = sum[WFM_ALL];
		sum[WFM_SERVED_U] = sum[WFM_WAIT_U];
	} else {
		sum[WFM_WAIT_U] = sum[WFM_GONE] / c->e;
	}
	for (int i = 0; i < WFM_MASSES; i++)
		ret->log[i] = p.log + log(sum[i]);
	if (c->e > 0)
		ret->log[WFM_LATER] -= c->e * lo;
}
