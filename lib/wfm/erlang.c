/*
 * The staffing formulas as they are called: what is asked is checked and
 * made into a model, and what is found is handed out.
 */
#include <math.h>
#include <string.h>

#include "wfm/wfm.h"

#define SHORT_S     5.0
#define THRESHOLD_S 20.0

int usher_erlang_opts_init(struct usher_erlang_opts *opts, size_t size)
{
	struct usher_erlang_opts full = {.size = size,
					 .model = USHER_ERLANG_C,
					 .threshold_s = THRESHOLD_S,
					 .short_s = SHORT_S};

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

static int above_zero(double v)
{
	return isfinite(v) && v > 0;
}

static int time_bad(double v)
{
	return !isfinite(v) || v < 0;
}

static int patient(int32_t model)
{
	return model == USHER_ERLANG_A || model == USHER_ERLANG_A_ROOM;
}

static int roomy(int32_t model)
{
	return model == USHER_ERLANG_C_ROOM || model == USHER_ERLANG_A_ROOM;
}

static int check_limits(const struct usher_erlang_opts *load,
			struct usher_error *err)
{
	const double offered = load->arrivals_per_s * load->handle_s;

	if (load->agents > USHER_ERLANG_AGENTS_MAX ||
	    offered > USHER_ERLANG_AGENTS_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "more than %d agents or erlangs",
				       USHER_ERLANG_AGENTS_MAX);
	if (!(offered >= USHER_ERLANG_LOAD_MIN))
		return usher_error_set(err, USHER_EINVAL,
				       "less than %g erlangs",
				       USHER_ERLANG_LOAD_MIN);
	if (roomy(load->model) && load->room > USHER_ERLANG_ROOM_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "more than %d places to wait",
				       USHER_ERLANG_ROOM_MAX);
	if (!patient(load->model))
		return 0;
	if (!above_zero(load->patience_s) ||
	    !above_zero(load->handle_s / load->patience_s) ||
	    !above_zero(load->arrivals_per_s * load->patience_s))
		return usher_error_set(err, USHER_EINVAL,
				       "patience must be above zero");
	if (load->handle_s / load->patience_s > USHER_ERLANG_HASTE_MAX)
		return usher_error_set(
			err, USHER_EINVAL,
			"patience is too short: the model is B");
	if (load->arrivals_per_s * load->patience_s >
		    USHER_ERLANG_PATIENCE_MAX ||
	    load->agents * (load->patience_s / load->handle_s) >
		    USHER_ERLANG_PATIENCE_MAX * 10)
		return usher_error_set(err, USHER_EINVAL,
				       "patience is too long: the model is C");
	return 0;
}

/* The options as they are, those that the caller does not know with their
 * defaults. */
int usher__wfm_load(struct usher_erlang_opts *load,
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
	if (load->model < USHER_ERLANG_B || load->model > USHER_ERLANG_A_ROOM)
		return usher_error_set(err, USHER_EINVAL, "no such model");
	if (!above_zero(load->arrivals_per_s) || !above_zero(load->handle_s))
		return usher_error_set(
			err, USHER_EINVAL,
			"arrivals and handle time must be above zero");
	if (time_bad(load->threshold_s) || time_bad(load->short_s))
		return usher_error_set(err, USHER_EINVAL,
				       "the thresholds must not be negative");
	return check_limits(load, err);
}

void usher__wfm_model(const struct usher_erlang_opts *load,
		      struct wfm_model *m)
{
	m->handle = load->handle_s;
	m->n = load->agents;
	m->a = load->arrivals_per_s * load->handle_s;
	/* What rounding took from the product counts when n - a is small. */
	m->gap = (m->n - m->a) -
		 fma(load->arrivals_per_s, load->handle_s, -m->a);
	m->leave =
		patient(load->model) ? load->handle_s / load->patience_s : 0;
	m->room = INFINITY;
	if (load->model == USHER_ERLANG_B)
		m->room = 0;
	else if (roomy(load->model))
		m->room = load->room;
}

static void exp_all(struct usher_erlang_figures *f)
{
	double *const figure[] = {&f->offered,
				  &f->occupancy,
				  &f->blocked,
				  &f->waits,
				  &f->abandoned,
				  &f->within,
				  &f->beyond,
				  &f->asa_s,
				  &f->wait_s,
				  &f->queue_length,
				  &f->answered,
				  &f->abandoned_within,
				  &f->short_abandoned,
				  &f->abandoned_wait_s,
				  &f->level_answered,
				  &f->level_credit,
				  &f->level_strict,
				  &f->level_exclude,
				  &f->level_short_credit};

	for (size_t i = 0; i < sizeof(figure) / sizeof(*figure); i++)
		*figure[i] = exp(*figure[i]);
}

void usher__wfm_values(const struct usher_erlang_opts *load,
		       struct usher_erlang_figures *f)
{
	struct wfm_model m;

	usher__wfm_model(load, &m);
	usher__wfm_figures(&m, load, f);
	exp_all(f);
	f->offered = m.a;
}

static int ask(const struct usher_erlang_opts *opts,
	       struct usher_erlang_figures *ret, int logs,
	       struct usher_error *err)
{
	struct usher_erlang_opts load;
	struct usher_erlang_figures full;
	struct wfm_model m;
	int rc;

	if (!ret || ret->size < sizeof(ret->size) || ret->size > sizeof(full))
		return usher_error_set(err, USHER_EINVAL,
				       "figures of an unknown size");
	rc = usher__wfm_load(&load, opts, err);
	if (rc)
		return rc;
	usher__wfm_model(&load, &m);
	if (logs)
		usher__wfm_figures(&m, &load, &full);
	else
		usher__wfm_values(&load, &full);
	full.size = ret->size;
	memcpy(ret, &full, full.size);
	return 0;
}

int usher_erlang_figures(const struct usher_erlang_opts *opts,
			 struct usher_erlang_figures *ret,
			 struct usher_error *err)
{
	return ask(opts, ret, 0, err);
}

int usher_erlang_logs(const struct usher_erlang_opts *opts,
		      struct usher_erlang_figures *ret,
		      struct usher_error *err)
{
	return ask(opts, ret, 1, err);
}
