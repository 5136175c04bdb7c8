/*
 * Erlang C, Erlang A and both with a finite waiting room.
 *
 * Who comes when j wait, all agents being taken, gets an agent after j + 1
 * departures. Summed over j the density of that wait, in handle times and
 * with y arrivals per mean patience 1 / e, becomes
 *
 *   n exp(-n u + w) P(Poisson(w) < q),  w = y (1 - exp(-e u))
 *
 * for q places to wait, and for any number of them the last factor is 1
 * (Zeltyn and Mandelbaum, "Call centers with impatient customers", Queueing
 * Systems 51, 2005). He is still there with probability exp(-e u).
 */
#include <math.h>

#include "wfm/wfm.h"

static void curve_set(const struct wfm_model *m, struct wfm_curve *c)
{
	*c = (struct wfm_curve){
		.g = m->gap, .e = m->leave, .a = m->a, .room = m->room};
	if (m->leave > 0) {
		c->k = m->a / m->leave;
		/* As many as that do not come while anybody waits. */
		if (c->k < usher__wfm_sure(m->room))
			c->room = INFINITY;
	}
	/* In overload the density has a peak; with a room too small for it
	 * the reference stays at an empty queue. */
	if (m->gap < 0 && m->leave > 0 && m->room > -m->gap / m->leave) {
		c->centered = 1;
		c->k = m->n / m->leave;
		c->u0 = (m->a > 2 * m->n ? log(m->a / m->n)
					 : -log1p(m->gap / m->a)) /
			m->leave;
	}
}

/* Masses of all states; the queue from the whole density. */
static void state_set(const struct wfm_model *m, struct wfm_state *s)
{
	double ref = 0;

	if (s->curve.centered)
		ref = usher__wfm_deviance(m->n / m->leave, m->a / m->leave,
					  m->gap / m->leave);
	s->below = usher__wfm_below(m->n, m->a, m->gap) - ref;
	s->full = m->room > 0 ? usher__wfm_full(m, s->queue, s->curve.centered)
			      : -ref;
	s->total = usher__wfm_add(usher__wfm_add(s->below, s->queue), s->full);
}

/* Integrals between the cuts, which ascend from 0; the last span has no end.
 * And the state. */
void usher__wfm_spans(const struct wfm_model *m, struct wfm_state *s,
		      const double *cut, int cuts, struct wfm_span *span)
{
	curve_set(m, &s->curve);
	s->queue = -INFINITY;
	for (int i = 0; i < cuts; i++) {
		if (m->room > 0) {
			usher__wfm_integrate(&s->curve, cut[i],
					     i + 1 < cuts ? cut[i + 1]
							  : INFINITY,
					     &span[i]);
		} else {
			for (int j = 0; j < WFM_MASSES; j++)
				span[i].log[j] = -INFINITY;
			continue;
		}
		for (int j = 0; j < WFM_MASSES; j++)
			span[i].log[j] += log(m->n);
		s->queue = usher__wfm_add(s->queue, span[i].log[WFM_ALL]);
	}
	state_set(m, s);
}

void usher__wfm_state(const struct wfm_model *m, struct wfm_state *s)
{
	const double cut = 0;
	struct wfm_span span;

	usher__wfm_spans(m, s, &cut, 1, &span);
}
