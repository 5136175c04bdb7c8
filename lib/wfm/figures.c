/*
 * From the masses of a model to its figures, all in logarithms.
 */
#include <math.h>

#include "wfm/wfm.h"

/* Longer than any wait, in handle times. */
#define LONGEST 1e200

enum { SPANS = 3 };

struct cuts {
	double within;  /* the threshold, in handle times */
	double briefly; /* the limit of a short abandon */
	double at[SPANS];
};

/* ln(1 - exp(-e t)): part of those waiting that gave up by t. */
static double log_gone(double t)
{
	return t > 0 ? log(-expm1(-t)) : -INFINITY;
}

static double spans_sum(const struct wfm_span *span, int from, int to,
			enum wfm_mass mass)
{
	double sum = -INFINITY;

	for (int i = from; i < to; i++)
		sum = usher__wfm_add(sum, span[i].log[mass]);
	return sum;
}

/* Who gave up by the cut at the end of so many spans: all of those who would
 * have waited less and were gone, and a part of those who would have waited
 * longer. */
static double gone_by(const struct wfm_model *m, const struct wfm_span *span,
		      int spans, double t)
{
	return usher__wfm_add(spans_sum(span, 0, spans, WFM_GONE),
			      log_gone(m->leave * t) +
				      spans_sum(span, spans, SPANS, WFM_ALL));
}

static void cuts_set(struct cuts *c, const struct wfm_model *m,
		     const struct usher_erlang_opts *o)
{
	c->within = fmin(o->threshold_s / m->handle, LONGEST);
	c->briefly = fmin(o->short_s / m->handle, LONGEST);
	c->at[0] = 0;
	c->at[1] = fmin(c->within, c->briefly);
	c->at[2] = fmax(c->within, c->briefly);
}

static void levels(struct usher_erlang_figures *f, double in_time,
		   double served, double gone_in_time, double briefly,
		   double late, double entered)
{
	f->level_answered = in_time - served;
	f->level_credit = usher__wfm_add(in_time, gone_in_time) - entered;
	f->level_strict = in_time - entered;
	f->level_exclude = in_time - usher__wfm_add(served, late);
	f->level_short_credit = usher__wfm_add(in_time, briefly) - entered;
}

static void steady(const struct wfm_model *m,
		   const struct usher_erlang_opts *o,
		   struct usher_erlang_figures *f)
{
	struct wfm_span span[SPANS];
	struct wfm_state s;
	struct cuts c;
	double served, gone, wait, in_time, gone_in_time, briefly, entered;
	int w, b;

	cuts_set(&c, m, o);
	w = c.within <= c.briefly ? 1 : 2;
	b = c.within <= c.briefly ? 2 : 1;
	usher__wfm_spans(m, &s, c.at, SPANS, span);
	entered = usher__wfm_add(s.below, s.queue);
	served =
		usher__wfm_add(s.below, spans_sum(span, 0, SPANS, WFM_SERVED));
	gone = spans_sum(span, 0, SPANS, WFM_GONE);
	wait = spans_sum(span, 0, SPANS, WFM_WAIT_U);
	in_time = usher__wfm_add(s.below, spans_sum(span, 0, w, WFM_SERVED));
	gone_in_time = gone_by(m, span, w, c.within);
	briefly = gone_by(m, span, b, c.briefly);
	f->blocked = s.full - s.total;
	f->waits = s.queue - s.total;
	f->answered = served - s.total;
	f->occupancy = log(m->a / m->n) + f->answered;
	f->abandoned = gone - s.total;
	f->within = in_time - s.total;
	f->beyond = spans_sum(span, w, SPANS, WFM_ALL) - s.total -
		    m->leave * c.within;
	f->abandoned_within = gone_in_time - s.total;
	f->short_abandoned = briefly - s.total;
	f->asa_s = log(m->handle) + spans_sum(span, 0, SPANS, WFM_SERVED_U) -
		   served;
	f->wait_s = log(m->handle) + wait - entered;
	f->abandoned_wait_s =
		log(m->handle) + spans_sum(span, 0, SPANS, WFM_GONE_U) - gone;
	f->queue_length = log(m->a) + wait - s.total;
	/* LATER counts from the cut that its own span begins at. */
	gone = span[w].log[WFM_LATER];
	if (w + 1 < SPANS) {
		gone = usher__wfm_add(gone, span[w + 1].log[WFM_LATER]);
		gone = usher__wfm_add(
			gone,
			span[w + 1].log[WFM_ALL] - m->leave * c.at[w] +
				log_gone(m->leave * (c.at[w + 1] - c.at[w])));
	}
	levels(f, in_time, served, gone_in_time, briefly, gone, entered);
}

/* Nobody answers: all who get a place wait for as long as they like. */
static void nobody(const struct wfm_model *m,
		   const struct usher_erlang_opts *o,
		   struct usher_erlang_figures *f)
{
	const double y = m->a / m->leave;
	struct cuts c;
	double below = INFINITY, in_time, briefly;

	f->occupancy = f->answered = f->within = f->asa_s = -INFINITY;
	f->waits = f->abandoned = f->beyond = -INFINITY;
	f->abandoned_within = f->short_abandoned = -INFINITY;
	f->wait_s = f->abandoned_wait_s = f->queue_length = NAN;
	f->asa_s = NAN;
	if (!(m->leave > 0)) {
		/* Whoever got a place has it for ever. */
		f->blocked = 0;
		f->queue_length = log(m->room);
		levels(f, -INFINITY, -INFINITY, -INFINITY, -INFINITY,
		       -INFINITY, -INFINITY);
		return;
	}
	if (m->room < INFINITY)
		below = usher__wfm_below(m->room, y, m->room - y);
	cuts_set(&c, m, o);
	f->blocked = -usher__wfm_add(0, below);
	f->waits = f->abandoned = -usher__wfm_add(0, -below);
	in_time = log_gone(m->leave * c.within);
	briefly = log_gone(m->leave * c.briefly);
	f->beyond = f->waits - m->leave * c.within;
	f->abandoned_within = f->waits + in_time;
	f->short_abandoned = f->waits + briefly;
	f->queue_length = log(y) + f->waits;
	f->wait_s = f->abandoned_wait_s = log(o->patience_s);
	levels(f, -INFINITY, -INFINITY, in_time, briefly, -m->leave * c.within,
	       0);
}

static void overloaded(const struct wfm_model *m,
		       struct usher_erlang_figures *f)
{
	f->occupancy = f->waits = f->beyond = 0;
	f->asa_s = f->wait_s = f->queue_length = INFINITY;
	f->blocked = f->abandoned = f->within = -INFINITY;
	f->abandoned_within = f->short_abandoned = -INFINITY;
	f->abandoned_wait_s = NAN;
	f->answered = log(m->n / m->a);
	levels(f, -INFINITY, 0, -INFINITY, -INFINITY, -INFINITY, 0);
}

/* A part of something is not more than all of it, which the last digit of a
 * sum may say. */
static void parts_cap(struct usher_erlang_figures *f)
{
	double *const part[] = {&f->occupancy,       &f->blocked,
				&f->waits,           &f->abandoned,
				&f->within,          &f->beyond,
				&f->answered,        &f->abandoned_within,
				&f->short_abandoned, &f->level_answered,
				&f->level_credit,    &f->level_strict,
				&f->level_exclude,   &f->level_short_credit};

	for (size_t i = 0; i < sizeof(part) / sizeof(*part); i++)
		if (*part[i] > 0)
			*part[i] = 0;
}

int usher__wfm_stable(const struct wfm_model *m)
{
	/* As rounded: 0.03 a second for 100 s are 3 to who asks. */
	return m->n > m->a || m->leave > 0 || m->room < INFINITY;
}

/* Logarithms of all figures of a checked load. */
void usher__wfm_figures(const struct wfm_model *m,
			const struct usher_erlang_opts *o,
			struct usher_erlang_figures *f)
{
	*f = (struct usher_erlang_figures){
		.size = sizeof(*f),
		.offered = log(m->a),
		.stable = usher__wfm_stable(m),
	};
	if (!f->stable)
		overloaded(m, f);
	else if (m->n > 0)
		steady(m, o, f);
	else
		nobody(m, o, f);
	parts_cap(f);
}
