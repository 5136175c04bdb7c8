/*
 * Erlang B, C and A for a given number of agents, and the search for the
 * fewest agents that meet a target.
 *
 * B by its recursion over the number of agents, which only adds and divides
 * positive numbers; C follows from B. A in the form that Palm gave it: with
 * n agents let x be handled contacts and y arrivals per mean patience; the
 * state with j waiting has t(j) = y^j / ((x + 1) … (x + j)) times the
 * probability of "all taken, nobody waiting". Every figure is written as a
 * sum of positive terms, never as a difference of two near ones, so that
 * neither very short nor very long patience loses digits:
 *
 *   A           = sum of t(j), j >= 0
 *   waits       = A B / (1 - B + A B)
 *   abandoned   = waits / (y A) * sum of j t(j)
 *   asa, served = waits x / (y A) * patience * sum of t(j) D(j),
 *                 D(j) = 1 / (x + 1) + … + 1 / (x + j)
 *   beyond t    = waits e^-t' g(t) A(z) / A(y),   t' in patiences,
 *                 z = y e^-t', g(t) = exp(y (1 - e^-t') - x t')
 *
 * where `beyond` follows from the density of the virtual wait (Zeltyn and
 * Mandelbaum, "Call centers with impatient customers", 2005), and t(j) is
 * summed from its largest term outwards.
 */
#include <math.h>
#include <string.h>

#include <usher/erlang.h>

/* Terms below this part of the sum no longer matter: a tail of the width of
 * the bell (10^6 at USHER_ERLANG_PATIENCE_MAX) is still under an ulp. */
#define TERM_MIN 1e-24

/* From here on Stirling's series is exact to a double with few terms. */
#define STIRLING_MIN 12.0

struct series {
	double first; /* t(0), in units of the largest term */
	double rest;  /* sum of t(j), j >= 1, in the same units */
	double jsum;  /* sum of j t(j) */
	double dsum;  /* sum of t(j) D(j) */
	double log_peak;
};

int usher_erlang_opts_init(struct usher_erlang_opts *opts, size_t size)
{
	struct usher_erlang_opts full = {
		.size = size, .model = USHER_ERLANG_C, .threshold_s = 20};

	if (!opts || size < sizeof(opts->size) || size > sizeof(full))
		return USHER_EINVAL;
	memcpy(opts, &full, size);
	return 0;
}

int usher_erlang_target_init(struct usher_erlang_target *target, size_t size)
{
	struct usher_erlang_target full = {.size = size};

	if (!target || size < sizeof(target->size) || size > sizeof(full))
		return USHER_EINVAL;
	memcpy(target, &full, size);
	return 0;
}

static double erlang_b(double offered, uint32_t agents)
{
	double b = 1;

	for (uint32_t k = 1; k <= agents; k++)
		b = offered * b / (k + offered * b);
	return b;
}

/* What lgamma(z + 1) has beyond (z + 1/2) ln z - z + ln(2 pi) / 2. */
static double stirling_rest(double z)
{
	double q = 1 / (z * z);

	return (1.0 / 12 - q * (1.0 / 360 - q * (1.0 / 1260 - q / 1680))) / z;
}

/* What digamma(z + 1) has beyond ln z. */
static double digamma_rest(double z)
{
	double q = 1 / (z * z);

	return 1 / (2 * z) -
	       q * (1.0 / 12 - q * (1.0 / 120 - q * (1.0 / 252 - q / 240)));
}

/* ln t(m), for m at the top of the bell, and D(m). */
static void series_peak(double x, double y, double m, double *log_peak,
			double *dm)
{
	double u, log_t = 0, d = 0;

	for (; m > 0 && x < STIRLING_MIN; m--) {
		x++;
		log_t += log(y / x);
		d += 1 / x;
	}
	if (m > 0) {
		u = x + m;
		log_t += x * log1p((x - y) / y) + m - u * log1p((u - y) / y) -
			 log1p(m / x) / 2 + stirling_rest(x) -
			 stirling_rest(u);
		d += log1p(m / x) + digamma_rest(u) - digamma_rest(x);
	}
	*log_peak = log_t;
	*dm = d;
}

static void series_sum(struct series *s, double x, double y)
{
	const double m = y > x ? floor(y - x) : 0;
	double t = 1, d, dm;

	memset(s, 0, sizeof(*s));
	series_peak(x, y, m, &s->log_peak, &dm);
	d = dm;
	for (double j = m; j > 0; j--) {
		s->rest += t;
		s->jsum += j * t;
		s->dsum += t * d;
		t *= (x + j) / y;
		d -= 1 / (x + j);
		if (t < TERM_MIN * s->rest)
			break;
	}
	s->first = exp(-s->log_peak);
	t = 1;
	d = dm;
	for (double j = m + 1;; j++) {
		t *= y / (x + j);
		d += 1 / (x + j);
		s->rest += t;
		s->jsum += j * t;
		s->dsum += t * d;
		if (t < TERM_MIN * (s->first + s->rest))
			break;
	}
}

static void figures_a(const struct usher_erlang_opts *o,
		      struct usher_erlang_figures *f)
{
	const double x = o->agents * (o->patience_s / o->handle_s);
	const double y = o->arrivals_per_s * o->patience_s;
	const double b = erlang_b(f->offered, o->agents);
	const double tp = o->threshold_s / o->patience_s;
	struct series s, z;
	double all, late, served_late = 0;

	f->stable = 1;
	if (!o->agents) {
		f->waits = f->abandoned = 1;
		f->beyond = exp(-tp);
		f->wait_s = o->patience_s;
		f->queue_length = y;
		return;
	}
	series_sum(&s, x, y);
	all = s.first + s.rest;
	f->waits = all * b / (s.first * (1 - b) + all * b);
	f->abandoned = f->waits * (s.jsum / all) / y;
	f->wait_s = f->abandoned * o->patience_s;
	f->queue_length = o->arrivals_per_s * f->wait_s;
	f->occupancy = f->offered * (1 - f->abandoned) / o->agents;
	if (f->abandoned < 1)
		f->asa_s = f->waits * (s.dsum / all) * (x / y) *
			   o->patience_s / (1 - f->abandoned);
	series_sum(&z, x, y * exp(-tp));
	late = f->waits *
	       exp(-y * expm1(-tp) - x * tp + z.log_peak - s.log_peak) / all;
	f->beyond = late * exp(-tp) * (z.first + z.rest);
	served_late = late * z.rest * (x / y);
	f->within = fmax(0, 1 - f->abandoned - served_late);
}

static void figures_c(const struct usher_erlang_opts *o,
		      struct usher_erlang_figures *f)
{
	const double n = o->agents;
	double b;

	if (n <= f->offered) {
		f->waits = f->beyond = f->occupancy = 1;
		f->asa_s = f->wait_s = f->queue_length = INFINITY;
		return;
	}
	f->stable = 1;
	b = erlang_b(f->offered, o->agents);
	f->waits = n * b / (n - f->offered + f->offered * b);
	f->occupancy = f->offered / n;
	f->asa_s = f->wait_s = f->waits * o->handle_s / (n - f->offered);
	f->queue_length = o->arrivals_per_s * f->wait_s;
	f->beyond = f->waits *
		    exp(-(n - f->offered) * o->threshold_s / o->handle_s);
	f->within = 1 - f->beyond;
}

static void figures_b(const struct usher_erlang_opts *o,
		      struct usher_erlang_figures *f)
{
	f->stable = 1;
	f->blocked = erlang_b(f->offered, o->agents);
	f->within = 1 - f->blocked;
	if (o->agents)
		f->occupancy = f->offered * f->within / o->agents;
}

static int above_zero(double v)
{
	return isfinite(v) && v > 0;
}

static int load_check(struct usher_erlang_opts *load,
		      const struct usher_erlang_opts *opts,
		      struct usher_error *err)
{
	if (!opts || opts->size < sizeof(opts->size) ||
	    opts->size > sizeof(*load))
		return usher_error_set(err, USHER_EINVAL,
				       "options of an unknown size");
	usher_erlang_opts_init(load, sizeof(*load));
	memcpy(load, opts, opts->size);
	load->size = sizeof(*load);
	if (load->model < USHER_ERLANG_B || load->model > USHER_ERLANG_A)
		return usher_error_set(err, USHER_EINVAL, "no such model");
	if (!above_zero(load->arrivals_per_s) || !above_zero(load->handle_s))
		return usher_error_set(
			err, USHER_EINVAL,
			"arrivals and handle time must be above zero");
	if (!isfinite(load->threshold_s) || load->threshold_s < 0)
		return usher_error_set(err, USHER_EINVAL,
				       "the threshold must not be negative");
	if (load->agents > USHER_ERLANG_AGENTS_MAX ||
	    load->arrivals_per_s * load->handle_s > USHER_ERLANG_AGENTS_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "more than %d agents or erlangs",
				       USHER_ERLANG_AGENTS_MAX);
	if (load->model != USHER_ERLANG_A)
		return 0;
	if (!above_zero(load->patience_s))
		return usher_error_set(err, USHER_EINVAL,
				       "patience must be above zero");
	if (!(load->arrivals_per_s * load->patience_s <=
	      USHER_ERLANG_PATIENCE_MAX))
		return usher_error_set(err, USHER_EINVAL,
				       "patience is too long: the model is C");
	return 0;
}

/* Of a checked load. */
static void load_figures(const struct usher_erlang_opts *load,
			 struct usher_erlang_figures *f)
{
	memset(f, 0, sizeof(*f));
	f->offered = load->arrivals_per_s * load->handle_s;
	switch (load->model) {
	case USHER_ERLANG_B:
		figures_b(load, f);
		break;
	case USHER_ERLANG_C:
		figures_c(load, f);
		break;
	default:
		figures_a(load, f);
	}
}

int usher_erlang_figures(const struct usher_erlang_opts *opts,
			 struct usher_erlang_figures *ret,
			 struct usher_error *err)
{
	struct usher_erlang_opts load;
	struct usher_erlang_figures full;
	int rc;

	if (!ret || ret->size < sizeof(ret->size) || ret->size > sizeof(full))
		return usher_error_set(err, USHER_EINVAL,
				       "figures of an unknown size");
	rc = load_check(&load, opts, err);
	if (rc)
		return rc;
	load_figures(&load, &full);
	full.size = ret->size;
	memcpy(ret, &full, full.size);
	return 0;
}

static int limit_bad(double limit, double max)
{
	return !isfinite(limit) || limit < 0 || limit > max;
}

static int target_check(struct usher_erlang_target *t,
			const struct usher_erlang_target *target,
			int32_t model, struct usher_error *err)
{
	int blocked, waiting;

	if (!target || target->size < sizeof(target->size) ||
	    target->size > sizeof(*t))
		return usher_error_set(err, USHER_EINVAL,
				       "target of an unknown size");
	memset(t, 0, sizeof(*t));
	memcpy(t, target, target->size);
	if (limit_bad(t->within_min, 1) || t->within_min == 1 ||
	    limit_bad(t->abandoned_max, 1) || limit_bad(t->waits_max, 1) ||
	    limit_bad(t->blocked_max, 1) || limit_bad(t->occupancy_max, 1) ||
	    limit_bad(t->asa_max_s, HUGE_VAL))
		return usher_error_set(err, USHER_EINVAL,
				       "a limit is out of its range");
	blocked = t->blocked_max > 0;
	waiting = t->asa_max_s > 0 || t->waits_max > 0;
	if (!blocked && !waiting && !(t->within_min > 0) &&
	    !(t->abandoned_max > 0) && !(t->occupancy_max > 0))
		return usher_error_set(err, USHER_EINVAL, "no limit is set");
	if ((blocked && model != USHER_ERLANG_B) ||
	    (waiting && model == USHER_ERLANG_B) ||
	    (t->abandoned_max > 0 && model != USHER_ERLANG_A))
		return usher_error_set(err, USHER_EINVAL,
				       "the model does not define a limit");
	return 0;
}

static int target_holds(const struct usher_erlang_target *t,
			const struct usher_erlang_figures *f)
{
	return (t->within_min <= 0 || f->within >= t->within_min) &&
	       (t->asa_max_s <= 0 || f->asa_s <= t->asa_max_s) &&
	       (t->abandoned_max <= 0 || f->abandoned <= t->abandoned_max) &&
	       (t->blocked_max <= 0 || f->blocked <= t->blocked_max) &&
	       (t->waits_max <= 0 || f->waits <= t->waits_max) &&
	       (t->occupancy_max <= 0 || f->occupancy <= t->occupancy_max);
}

int usher_erlang_staff(const struct usher_erlang_opts *opts,
		       const struct usher_erlang_target *target,
		       uint32_t *ret_agents, struct usher_error *err)
{
	struct usher_erlang_opts load;
	struct usher_erlang_target limits;
	struct usher_erlang_figures f;
	uint32_t low = 0, high = 1;
	int rc;

	if (!ret_agents)
		return usher_error_set(err, USHER_EINVAL, "nowhere to write");
	rc = load_check(&load, opts, err);
	if (rc)
		return rc;
	rc = target_check(&limits, target, load.model, err);
	if (rc)
		return rc;
	/* More agents make no figure worse, so halving finds the fewest;
	 * nobody answers with none, so low starts where nothing holds. */
	for (;;) {
		load.agents = high;
		load_figures(&load, &f);
		if (target_holds(&limits, &f))
			break;
		if (high == USHER_ERLANG_AGENTS_MAX)
			return usher_error_set(err, USHER_EFULL,
					       "not with %u agents", high);
		low = high;
		high = high > USHER_ERLANG_AGENTS_MAX / 2
			       ? USHER_ERLANG_AGENTS_MAX
			       : high * 2;
	}
	while (high - low > 1) {
		load.agents = low + (high - low) / 2;
		load_figures(&load, &f);
		if (target_holds(&limits, &f))
			high = load.agents;
		else
			low = load.agents;
	}
	*ret_agents = high;
	return 0;
}
