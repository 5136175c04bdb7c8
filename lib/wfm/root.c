/*
 * Square-root staffing: Halfin and Whitt, "Heavy-traffic limits for queues
 * with many exponential servers", Operations Research 29, 1981; with
 * patience Garnett, Mandelbaum and Reiman, "Designing a call center with
 * impatient customers", M&SOM 4, 2002.
 *
 * Let z be the hazard of the normal law, p the patience in handle times and
 * d = b sqrt(p). The part that waits is 1 / (1 + z(d) / (sqrt(p) z(-b)));
 * without an end to patience z(d) / sqrt(p) is b. Of those who wait the queue
 * is a normal variable of mean -b p and variance p, cut off at zero.
 */
#include <math.h>

#include "wfm/wfm.h"

/* Beyond it the functions are 0 or 1. */
#define BETA_MAX 37.0
/* From here on the hazard is a continued fraction. */
#define FRACTION_MIN   4.0
#define FRACTION_TERMS 60

static double hazard(double x)
{
	return M_2_SQRTPI * M_SQRT1_2 / usher__wfm_erfcx(x * M_SQRT1_2);
}

/* hazard(x) - x. */
static double hazard_beyond(double x)
{
	double f = 0;

	if (x < FRACTION_MIN)
		return hazard(x) - x;
	for (int k = FRACTION_TERMS; k > 0; k--)
		f = k / (x + f);
	return f;
}

/* ln((1 - waits) / waits). */
static double idle(double beta, double patience)
{
	const double root = sqrt(patience);
	const double top = isinf(patience) ? beta : hazard(beta * root) / root;

	return log(top) - log(hazard(-beta));
}

static int bad(double beta, double patience)
{
	return !(fabs(beta) <= BETA_MAX) || !(patience > 0) ||
	       (isinf(patience) && !(beta > 0));
}

int usher_erlang_root_waits(double beta, double patience, double *ret_waits)
{
	if (bad(beta, patience) || !ret_waits)
		return USHER_EINVAL;
	*ret_waits = exp(-usher__wfm_add(0, idle(beta, patience)));
	return 0;
}

int usher_erlang_root_abandoned(double beta, double patience,
				double *ret_abandoned)
{
	const double root = sqrt(patience);
	double waits;

	if (!ret_abandoned || usher_erlang_root_waits(beta, patience, &waits))
		return USHER_EINVAL;
	*ret_abandoned = isinf(patience)
				 ? 0
				 : waits * hazard_beyond(beta * root) / root;
	return 0;
}

struct sought {
	double idle, patience;
};

static double beta_miss(void *arg, double x)
{
	const struct sought *s = arg;

	return idle(isinf(s->patience) ? exp(x) : x, s->patience) - s->idle;
}

int usher_erlang_root_beta(double waits, double patience, double *ret_beta)
{
	const int ever = isinf(patience);
	struct sought s = {.patience = patience};
	double x;

	if (!(waits > 0 && waits < 1) || !(patience > 0) || !ret_beta)
		return USHER_EINVAL;
	s.idle = log1p(-waits) - log(waits);
	x = usher__wfm_solve(beta_miss, &s, ever ? 0 : 0.01, 0.5,
			     ever ? -BETA_MAX * 2 : -BETA_MAX,
			     ever ? log(BETA_MAX) : BETA_MAX);
	if (!isfinite(x))
		return USHER_EINVAL;
	*ret_beta = ever ? exp(x) : x;
	return 0;
}

int usher_erlang_root_agents(double erlangs, double beta, uint32_t *ret_agents)
{
	const double n = ceil(erlangs + beta * sqrt(erlangs));

	if (!(erlangs > 0) || !isfinite(beta) || !ret_agents ||
	    !(n <= USHER_ERLANG_AGENTS_MAX))
		return USHER_EINVAL;
	*ret_agents = n > 1 ? (uint32_t)n : 1;
	return 0;
}
