/*
 * How long a part of the contacts waits at most.
 *
 * The parts that wait longer than t, and not longer, are log-concave in t.
 * The smaller of the two is brought to its wanted size by Halley's method
 * within a bracket: how fast the density changes is known, and each step less
 * saves an integral or two.
 */
#include <math.h>

#include "wfm/wfm.h"

#define STEPS_MAX 200
/* A step so small a part of the time, or after which so small a part is left,
 * is the last. */
#define LAST_STEP 1e-10
#define LAST_LEFT 1e-17
#define TIME_MAX  1e250
/* Most by which the logarithm of the time moves in one step. */
#define LEAP 300.0

/* Logarithms of masses, and how fast that of the density grows. */
struct sides {
	double longer, within, density, growth;
};

static double gone_by(double e, double t)
{
	return e * t > 0 ? log(-expm1(-e * t)) : -INFINITY;
}

static void sides_at(const struct wfm_model *m, const struct wfm_state *s,
		     int32_t whose, double t, int within, struct sides *r)
{
	const double log_n = log(m->n), still = -m->leave * t;
	struct wfm_span before, after;
	struct wfm_point p;
	double dense, leaving;

	usher__wfm_integrate(&s->curve, t, INFINITY, &after);
	usher__wfm_point(&s->curve, t, &p);
	dense = log_n + p.log + still;
	leaving = log(m->leave) + still + log_n + after.log[WFM_ALL];
	if (whose == USHER_ERLANG_OF_ANSWERED) {
		r->longer = log_n + after.log[WFM_SERVED];
		r->density = dense;
		r->growth = p.slope - m->leave;
	} else if (whose == USHER_ERLANG_OF_ABANDONED) {
		r->longer = log_n + after.log[WFM_LATER];
		r->density = leaving;
		r->growth = -m->leave * (1 + exp(dense - leaving));
	} else {
		r->longer = log_n + after.log[WFM_ALL] + still;
		r->density = usher__wfm_add(dense, leaving);
		r->growth = exp(dense - r->density) * (p.slope - m->leave) -
			    m->leave;
	}
	r->within = -INFINITY;
	if (!within)
		return;
	usher__wfm_integrate(&s->curve, 0, t, &before);
	if (whose == USHER_ERLANG_OF_ANSWERED) {
		r->within = log_n + before.log[WFM_SERVED];
	} else {
		r->within = log_n +
			    usher__wfm_add(before.log[whose == USHER_ERLANG_ALL
							      ? WFM_ALL
							      : WFM_GONE],
					   gone_by(m->leave, t) +
						   after.log[WFM_ALL]);
	}
	if (whose != USHER_ERLANG_OF_ABANDONED)
		r->within = usher__wfm_add(r->within, s->below);
}

static double whole_of(const struct wfm_model *m, const struct wfm_state *s,
		       const struct wfm_span *span, int32_t whose)
{
	if (whose == USHER_ERLANG_OF_ABANDONED)
		return m->leave > 0 ? span->log[WFM_GONE] : -INFINITY;
	return usher__wfm_add(s->below, whose == USHER_ERLANG_ALL
						? s->queue
						: span->log[WFM_SERVED]);
}

static double solve(const struct wfm_model *m, const struct wfm_state *s,
		    int32_t whose, double want, int within, double t)
{
	double lo = 0, hi = INFINITY, miss, slope, bend, step, next;
	struct sides r;

	for (int i = 0; i < STEPS_MAX && t < TIME_MAX; i++) {
		sides_at(m, s, whose, t, within, &r);
		/* Falls with t in both cases, and so does the slope. */
		miss = within ? want - r.within : r.longer - want;
		slope = exp(r.density - (within ? r.within : r.longer));
		if (miss > 0)
			lo = t;
		else
			hi = t;
		step = miss / slope;
		bend = r.growth / slope + (within ? -1 : 1);
		/* far away it would creep */
		if (fabs(miss * bend) < 1)
			step /= 1 + miss * bend / 2;
		next = t + step;
		/* what is left is of the third order */
		bend = 1 + fabs(bend);
		if (fabs(step) < LAST_STEP * t ||
		    bend * bend * miss * miss * fabs(step) < LAST_LEFT * t)
			return next;
		/* next to zero a part is as the time, be both ever so small */
		if (next <= 0 && lo == 0)
			next = t * exp(fmax(step / t, -LEAP));
		if (!(next > lo && next < hi))
			next = hi < INFINITY ? lo + (hi - lo) / 2 : 2 * t;
		if (next == lo || next == hi)
			return next;
		if (hi == INFINITY)
			next = fmin(next, 16 * t);
		t = next;
	}
	return t;
}

/* Nobody answers. */
static double nobody(const struct wfm_model *m, int32_t whose, double part)
{
	if (!(m->leave > 0) || m->room <= 0 ||
	    whose == USHER_ERLANG_OF_ANSWERED)
		return NAN;
	return -log1p(-part) / m->leave;
}

/* Of a checked load, in handle times. */
static double percentile(const struct wfm_model *m, int32_t whose, double part)
{
	const int within = part < 0.5;
	const double zero = 0;
	struct wfm_state s;
	struct wfm_span span;
	struct sides r;
	double whole, want;

	if (!usher__wfm_stable(m))
		return whose == USHER_ERLANG_OF_ABANDONED ? NAN : INFINITY;
	if (!(m->n > 0))
		return nobody(m, whose, part);
	usher__wfm_spans(m, &s, &zero, 1, &span);
	whole = whole_of(m, &s, &span, whose);
	if (whole == -INFINITY)
		return NAN;
	if (s.queue == -INFINITY)
		return 0;
	want = whole + (within ? log(part) : log1p(-part));
	sides_at(m, &s, whose, 0, within, &r);
	if (within ? r.within >= want : r.longer <= want)
		return 0;
	return solve(m, &s, whose, want, within,
		     exp(span.log[WFM_WAIT_U] - s.queue));
}

/* Part of them, in logarithms, that waits longer than t handle times. */
double usher__wfm_longer(const struct wfm_model *m, int32_t whose, double t)
{
	const double cut[] = {0, t};
	struct wfm_state s;
	struct wfm_span span[2];
	double whole, longer;

	if (!usher__wfm_stable(m))
		return 0;
	if (!(m->n > 0))
		return m->leave > 0 && m->room > 0 ? -m->leave * t : NAN;
	usher__wfm_spans(m, &s, cut, 2, span);
	longer = span[1].log[WFM_ALL] - m->leave * t;
	if (whose == USHER_ERLANG_OF_ANSWERED)
		longer = span[1].log[WFM_SERVED];
	else if (whose == USHER_ERLANG_OF_ABANDONED)
		longer = span[1].log[WFM_LATER];
	for (int i = 0; i < WFM_MASSES; i++)
		span[0].log[i] =
			usher__wfm_add(span[0].log[i], span[1].log[i]);
	whole = whole_of(m, &s, span, whose);
	return longer - whole;
}

int usher_erlang_percentile(const struct usher_erlang_opts *opts,
			    int32_t whose, double part, double *ret_s,
			    struct usher_error *err)
{
	struct usher_erlang_opts load;
	struct wfm_model m;
	int rc;

	if (!ret_s)
		return usher_error_set(err, USHER_EINVAL, "nowhere to write");
	if (whose < USHER_ERLANG_ALL || whose > USHER_ERLANG_OF_ABANDONED)
		return usher_error_set(err, USHER_EINVAL, "nobody that waits");
	if (!(part > 0 && part < 1))
		return usher_error_set(err, USHER_EINVAL,
				       "a percentile is above 0, below 1");
	rc = usher__wfm_load(&load, opts, err);
	if (rc)
		return rc;
	usher__wfm_model(&load, &m);
	*ret_s = m.handle * percentile(&m, whose, part);
	return 0;
}
