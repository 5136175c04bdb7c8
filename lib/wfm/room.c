/*
 * A finite waiting room: M/M/n/K and M/M/n/K+M, K the agents and the places
 * to wait together.
 *
 * Let x be handled contacts and y arrivals, both per mean patience. That all
 * places are taken has the mass y^q / ((x + 1) … (x + q)), q the places; its
 * logarithm is written so that large parts of it never stand against each
 * other.
 */
#include <math.h>

#include "wfm/wfm.h"

/* In logarithms: from here on what is below a queue is nothing to it. */
#define DEEP 60.0

/* Nobody gives up: 1 + r + … + r^(q-1) over r^q. */
static double geometric(const struct wfm_model *m, double queue)
{
	const double r1 = -m->gap / m->n; /* r - 1 */
	const double log_r = m->a < 0.5 * m->n ? log(m->a / m->n) : log1p(r1);

	if (r1 == 0 || m->room * fabs(log_r) < 1e-300)
		return queue - log(m->room);
	if (r1 > 0)
		return queue - log(-expm1(-m->room * log_r) / r1);
	return m->room * log_r;
}

/* Mass of a full room, relative to the density's reference. */
double usher__wfm_full(const struct wfm_model *m, double queue, int centered)
{
	const double q = m->room;
	double x, y, z, full;

	if (q == INFINITY)
		return -INFINITY;
	if (!(m->leave > 0))
		return geometric(m, queue);
	x = m->n / m->leave;
	y = m->a / m->leave;
	z = x + q;
	full = 0.5 * log(x / z) + usher__wfm_stirling(x) -
	       usher__wfm_stirling(z);
	/* At its peak the density has exp(y - x - x ln(y / x)). */
	if (centered)
		return full - usher__wfm_deviance(z, y, q + m->gap / m->leave);
	full += -usher__wfm_deviance(z, x, q) +
		q * (m->a < 0.5 * m->n ? log(m->a / m->n)
				       : log1p(-m->gap / m->n));
	if (full < DEEP || m->gap >= 0)
		return full;
	/* In overload, the queue against the full room alone. */
	return queue - usher__wfm_below(z, y, q + m->gap / m->leave);
}
