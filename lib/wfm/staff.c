/*
 * The fewest agents, and the most arrivals, that meet a target.
 */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "wfm/wfm.h"

/* Fewest arrivals looked at: fewer are none. */
#define RATE_MIN  1e-12
#define RATE_STEP 0.05

/* Which models define a figure. */
#define LOSS    (1 << USHER_ERLANG_B)
#define PATIENT (1 << USHER_ERLANG_A | 1 << USHER_ERLANG_A_ROOM)
#define ROOM    (1 << USHER_ERLANG_C_ROOM | 1 << USHER_ERLANG_A_ROOM)
#define WAITING (PATIENT | ROOM | 1 << USHER_ERLANG_C)
#define ANY     (LOSS | WAITING)

/* `rises`: with the agents. `part`: at most 1. `entered`: of those who are
 * not blocked, so that it falls with the agents where the room is finite. */
static const struct {
	size_t at;
	int models, rises, part, entered;
} figures[] = {
#define AT(name) offsetof(struct usher_erlang_figures, name)
	[USHER_ERLANG_OCCUPANCY] = {AT(occupancy), ANY, 0, 1, 0},
	[USHER_ERLANG_BLOCKED] = {AT(blocked), LOSS | ROOM, 0, 1, 0},
	[USHER_ERLANG_WAITS] = {AT(waits), WAITING, 0, 1, 1},
	[USHER_ERLANG_ABANDONED] = {AT(abandoned), PATIENT, 0, 1, 1},
	[USHER_ERLANG_WITHIN] = {AT(within), ANY, 1, 1, 0},
	[USHER_ERLANG_BEYOND] = {AT(beyond), WAITING, 0, 1, 1},
	[USHER_ERLANG_ASA] = {AT(asa_s), WAITING, 0, 0, 0},
	[USHER_ERLANG_WAIT] = {AT(wait_s), WAITING, 0, 0, 0},
	[USHER_ERLANG_QUEUE_LENGTH] = {AT(queue_length), WAITING, 0, 0, 0},
	[USHER_ERLANG_ANSWERED] = {AT(answered), ANY, 1, 1, 0},
	[USHER_ERLANG_SHORT_ABANDONED] = {AT(short_abandoned), PATIENT, 0, 1,
					  1},
	[USHER_ERLANG_ABANDONED_WAIT] = {AT(abandoned_wait_s), PATIENT, 0, 0,
					 0},
	[USHER_ERLANG_LEVEL_ANSWERED] = {AT(level_answered), WAITING, 1, 1, 0},
	[USHER_ERLANG_LEVEL_CREDIT] = {AT(level_credit), WAITING, 1, 1, 0},
	[USHER_ERLANG_LEVEL_STRICT] = {AT(level_strict), WAITING, 1, 1, 0},
	[USHER_ERLANG_LEVEL_EXCLUDE] = {AT(level_exclude), WAITING, 1, 1, 0},
	[USHER_ERLANG_LEVEL_SHORT_CREDIT] = {AT(level_short_credit), WAITING,
					     1, 1, 0},
#undef AT
};
enum { FIGURES = sizeof(figures) / sizeof(*figures) };

/* The limits that are set, in logarithms. */
struct limits {
	const struct usher_erlang_opts *load;
	struct {
		int figure;
		double log;
	} limit[8];
	int count;
	double percentile, percentile_s;
	int32_t whose;
};

static int limit_add(struct limits *l, int figure, double value, int32_t model,
		     struct usher_error *err)
{
	if (!isfinite(value) || value < 0 ||
	    (figures[figure].part && value > 1) ||
	    (figures[figure].rises && value == 1))
		return usher_error_set(err, USHER_EINVAL,
				       "a limit is out of its range");
	if (value == 0)
		return 0;
	if (!(figures[figure].models & 1 << model))
		return usher_error_set(err, USHER_EINVAL,
				       "the model does not define a limit");
	l->limit[l->count].figure = figure;
	l->limit[l->count++].log = log(value);
	return 0;
}

static int percentile_add(struct limits *l,
			  const struct usher_erlang_target *t, int32_t model,
			  struct usher_error *err)
{
	if (t->percentile == 0)
		return 0;
	if (!(t->percentile > 0 && t->percentile < 1) ||
	    !isfinite(t->percentile_s) || t->percentile_s < 0 ||
	    t->whose < 0 || t->whose > USHER_ERLANG_OF_ABANDONED)
		return usher_error_set(err, USHER_EINVAL,
				       "a percentile is out of its range");
	if (!(WAITING & 1 << model) ||
	    (t->whose == USHER_ERLANG_OF_ABANDONED && !(PATIENT & 1 << model)))
		return usher_error_set(err, USHER_EINVAL,
				       "the model does not define a limit");
	l->percentile = t->percentile;
	l->percentile_s = t->percentile_s;
	l->whose = t->whose ? t->whose : USHER_ERLANG_ALL;
	return 0;
}

static int limits_set(struct limits *l, const struct usher_erlang_opts *load,
		      const struct usher_erlang_target *target,
		      struct usher_error *err)
{
	struct usher_erlang_target t = {0};
	int rc = 0;

	if (!target || target->size < sizeof(target->size) ||
	    target->size > sizeof(t))
		return usher_error_set(err, USHER_EINVAL,
				       "target of an unknown size");
	memcpy(&t, target, target->size);
	*l = (struct limits){.load = load};
	if (t.figure < 0 || t.figure >= FIGURES)
		return usher_error_set(err, USHER_EINVAL, "no such figure");
	const struct {
		int figure;
		double value;
	} all[] = {{USHER_ERLANG_WITHIN, t.within_min},
		   {USHER_ERLANG_ASA, t.asa_max_s},
		   {USHER_ERLANG_ABANDONED, t.abandoned_max},
		   {USHER_ERLANG_BLOCKED, t.blocked_max},
		   {USHER_ERLANG_WAITS, t.waits_max},
		   {USHER_ERLANG_OCCUPANCY, t.occupancy_max},
		   {t.figure, t.figure ? t.limit : 0}};
	for (size_t i = 0; !rc && i < sizeof(all) / sizeof(*all); i++)
		rc = limit_add(l, all[i].figure, all[i].value, load->model,
			       err);
	if (!rc)
		rc = percentile_add(l, &t, load->model, err);
	if (!rc && !l->count && !l->percentile)
		rc = usher_error_set(err, USHER_EINVAL, "no limit is set");
	return rc;
}

/* By how much, in logarithms, the worst limit is missed; 0 or less: all
 * hold. */
static double miss(const struct limits *l,
		   const struct usher_erlang_opts *load)
{
	struct usher_erlang_figures f;
	struct wfm_model m;
	double worst = -INFINITY, value;

	usher__wfm_model(load, &m);
	if (l->count)
		usher__wfm_figures(&m, load, &f);
	for (int i = 0; i < l->count; i++) {
		const int k = l->limit[i].figure;

		memcpy(&value, (char *)&f + figures[k].at, sizeof(value));
		/* What is undefined meets no limit. */
		if (isnan(value))
			return INFINITY;
		if (figures[k].entered)
			value -= usher__wfm_add(f.answered, f.abandoned);
		value -= l->limit[i].log;
		worst = fmax(worst, figures[k].rises ? -value : value);
	}
	if (l->percentile) {
		value = usher__wfm_longer(&m, l->whose,
					  l->percentile_s / m.handle);
		if (isnan(value))
			return INFINITY;
		worst = fmax(worst, value - log1p(-l->percentile));
	}
	return worst;
}

int usher_erlang_staff(const struct usher_erlang_opts *opts,
		       const struct usher_erlang_target *target,
		       uint32_t *ret_agents, struct usher_error *err)
{
	const int64_t max = USHER_ERLANG_AGENTS_MAX;
	struct usher_erlang_opts load;
	struct limits l;
	int64_t low, high, step;
	int rc;

	if (!ret_agents)
		return usher_error_set(err, USHER_EINVAL, "nowhere to write");
	rc = usher__wfm_load(&load, opts, err);
	if (!rc)
		rc = limits_set(&l, &load, target, err);
	if (rc)
		return rc;
	/* More agents make no figure worse, so the fewest lie between one
	 * number that holds and one that does not: 0 never does. They are
	 * looked for about the load, in steps of its root. */
	load.agents = (uint32_t)ceil(load.arrivals_per_s * load.handle_s);
	step = 1 + (int64_t)sqrt(load.agents);
	low = high = load.agents;
	if (miss(&l, &load) <= 0) {
		for (low = high - step; low > 0; step *= 2) {
			load.agents = (uint32_t)low;
			if (miss(&l, &load) > 0)
				break;
			high = low;
			low -= step;
		}
		low = low > 0 ? low : 0;
	} else {
		for (;; step *= 2) {
			high = low + step < max ? low + step : max;
			load.agents = (uint32_t)high;
			if (miss(&l, &load) <= 0)
				break;
			if (high == max)
				return usher_error_set(err, USHER_EFULL,
						       "not with %d agents",
						       (int)max);
			low = high;
		}
	}
	while (high - low > 1) {
		load.agents = (uint32_t)(low + (high - low) / 2);
		if (miss(&l, &load) <= 0)
			high = load.agents;
		else
			low = load.agents;
	}
	*ret_agents = (uint32_t)high;
	return 0;
}

static double rate_miss(void *arg, double x)
{
	const struct limits *l = arg;
	struct usher_erlang_opts load = *l->load;

	load.arrivals_per_s = exp(x) / load.handle_s;
	return miss(l, &load);
}

int usher_erlang_arrivals(const struct usher_erlang_opts *opts,
			  const struct usher_erlang_target *target,
			  double *ret_per_s, struct usher_error *err)
{
	struct usher_erlang_opts load, known;
	struct limits l;
	double x, max = USHER_ERLANG_AGENTS_MAX;
	int rc;

	if (!ret_per_s || !opts || opts->size < sizeof(opts->size) ||
	    opts->size > sizeof(known))
		return usher_error_set(err, USHER_EINVAL,
				       "options of an unknown size");
	usher_erlang_opts_init(&known, sizeof(known));
	memcpy(&known, opts, opts->size);
	known.size = sizeof(known);
	/* Some rate, so that the rest can be checked. */
	known.arrivals_per_s = 1 / known.handle_s;
	rc = usher__wfm_load(&load, &known, err);
	if (!rc)
		rc = limits_set(&l, &load, target, err);
	if (rc)
		return rc;
	if (load.model == USHER_ERLANG_A || load.model == USHER_ERLANG_A_ROOM)
		max = fmin(max, USHER_ERLANG_PATIENCE_MAX *
					(load.handle_s / load.patience_s));
	x = usher__wfm_solve(rate_miss, &l, log(load.agents + 1e-3), RATE_STEP,
			     log(RATE_MIN), log(max));
	if (!isfinite(x))
		return usher_error_set(err, USHER_ENOENT, "%s",
				       x > 0 ? "the target sets no bound"
					     : "not with any load");
	*ret_per_s = exp(x) / load.handle_s;
	return 0;
}
