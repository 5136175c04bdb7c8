/*
 * Erlang B. The chance that some agent is free over the chance that none is,
 * (1 - B) / B, as an integral that holds for any number of agents n > 0, not
 * for whole ones only (after Fortet; see Jagerman, "Some properties of the
 * Erlang loss function", BSTJ 53, 1974):
 *
 *   (1 - B) / B = n integral of exp(n s - a (exp(s) - 1)), s >= 0
 */
#include <math.h>

#include "wfm/wfm.h"

/* ln((1 - B) / B); gap is n - a. */
double usher__wfm_below(double n, double a, double gap)
{
	struct wfm_curve c = {
		.g = -gap, .k = a, .e = -1, .a = a, .room = INFINITY};
	struct wfm_span span;
	double ref = 0;

	if (n <= 0)
		return -INFINITY;
	if (gap > 0) {
		c.centered = 1;
		c.k = n;
		c.u0 = n > 2 * a ? log(n / a) : log1p(gap / a);
		ref = usher__wfm_deviance(n, a, gap);
	}
	usher__wfm_integrate(&c, 0, INFINITY, &span);
	return ref + log(n) + span.log[WFM_ALL];
}

static int load_bad(double erlangs)
{
	return !(erlangs >= USHER_ERLANG_LOAD_MIN &&
		 erlangs <= USHER_ERLANG_AGENTS_MAX);
}

static int agents_bad(double agents)
{
	return !(agents >= 0 && agents <= USHER_ERLANG_AGENTS_MAX);
}

int usher_erlang_b(double erlangs, double agents, double *ret_blocked,
		   double *ret_log)
{
	double log_b;

	if (load_bad(erlangs) || agents_bad(agents))
		return USHER_EINVAL;
	log_b = -usher__wfm_add(
		0, usher__wfm_below(agents, erlangs, agents - erlangs));
	if (ret_blocked)
		*ret_blocked = exp(log_b);
	if (ret_log)
		*ret_log = log_b;
	return 0;
}

/* One of both is sought, and given as its logarithm. */
struct sought {
	double known, below;
};

static double load_miss(void *arg, double x)
{
	const struct sought *s = arg;
	const double a = exp(x);

	return s->below - usher__wfm_below(s->known, a, s->known - a);
}

static double agents_miss(void *arg, double x)
{
	const struct sought *s = arg;
	const double n = exp(x);

	return usher__wfm_below(n, s->known, n - s->known) - s->below;
}

int usher_erlang_b_load(double agents, double blocked, double *ret_erlangs)
{
	struct sought s = {.known = agents};
	double x;

	if (agents_bad(agents) || agents == 0 ||
	    !(blocked > 0 && blocked < 1) || !ret_erlangs)
		return USHER_EINVAL;
	s.below = log1p(-blocked) - log(blocked);
	x = usher__wfm_solve(load_miss, &s, log(agents), 0.1,
			     log(USHER_ERLANG_LOAD_MIN),
			     log(USHER_ERLANG_AGENTS_MAX));
	if (!isfinite(x))
		return USHER_EFULL;
	*ret_erlangs = exp(x);
	return 0;
}

int usher_erlang_b_agents(double erlangs, double blocked, double *ret_agents)
{
	struct sought s = {.known = erlangs};
	double x;

	if (load_bad(erlangs) || !(blocked > 0 && blocked <= 1) || !ret_agents)
		return USHER_EINVAL;
	if (blocked == 1) {
		*ret_agents = 0;
		return 0;
	}
	s.below = log1p(-blocked) - log(blocked);
	x = usher__wfm_solve(agents_miss, &s, log(erlangs), 0.1,
			     log(USHER_ERLANG_LOAD_MIN),
			     log(USHER_ERLANG_AGENTS_MAX));
	if (!isfinite(x))
		return USHER_EFULL;
	*ret_agents = exp(x);
	return 0;
}
