/*
 * Priorities without interruption, M/M/n: Cobham, "Priority assignment in
 * waiting line problems", Operations Research 2, 1954.
 *
 * With s(k) the load of class k and all before it, a contact of class k
 * waits on average for the next departure, for those before it, and for
 * those that come before it while it waits:
 *
 *   w(k) = P(all taken) h n / ((n - s(k - 1)) (n - s(k)))
 *
 * in handle times h. It is stable when s(k) < n. When all loads together
 * are not, the agents are always taken, and the classes whose turn comes
 * still wait as if those that never end were not there.
 */
#include <math.h>
#include <string.h>

#include "wfm/wfm.h"

int usher_erlang_priority_opts_init(struct usher_erlang_priority_opts *opts,
				    size_t size)
{
	struct usher_erlang_priority_opts full = {
		.size = size,
		.agents = 1,
		.class_size = sizeof(struct usher_erlang_class)};

	if (!opts || size < sizeof(opts->size) || size > sizeof(full))
		return USHER_EINVAL;
	memcpy(opts, &full, size);
	return 0;
}

/* What is left of the agents, as a sum of two doubles, so that what is left
 * near the limit has all digits. */
struct left {
	double sum, rest;
};

static void left_take(struct left *l, double rate, double handle)
{
	const double a = rate * handle, sum = l->sum - a;

	/* Knuth's exact sum, and what the product lost. */
	const double part = sum - l->sum;

	l->rest +=
		(l->sum - (sum - part)) - (a + part) - fma(rate, handle, -a);
	l->sum = sum;
}

static int check(const struct usher_erlang_priority_opts *o,
		 const struct usher_erlang_class *classes,
		 struct usher_error *err)
{
	double load = 0;

	if (!o || o->size != sizeof(*o) || o->class_size != sizeof(*classes) ||
	    !classes)
		return usher_error_set(err, USHER_EINVAL,
				       "options of an unknown size");
	if (o->agents < 1 || o->agents > USHER_ERLANG_AGENTS_MAX ||
	    o->class_count < 1 || o->class_count > USHER_ERLANG_CLASSES_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "agents from 1 to %d, classes to %d",
				       USHER_ERLANG_AGENTS_MAX,
				       USHER_ERLANG_CLASSES_MAX);
	if (!(isfinite(o->handle_s) && o->handle_s > 0))
		return usher_error_set(err, USHER_EINVAL,
				       "handle time must be above zero");
	for (uint32_t i = 0; i < o->class_count; i++) {
		const double rate = classes[i].arrivals_per_s;

		if (!(isfinite(rate) && rate > 0 && rate * o->handle_s > 0))
			return usher_error_set(err, USHER_EINVAL,
					       "class %u: arrivals must be "
					       "above zero",
					       i + 1);
		load += rate * o->handle_s;
	}
	if (!(load <= USHER_ERLANG_AGENTS_MAX))
		return usher_error_set(err, USHER_EINVAL,
				       "more than %d erlangs",
				       USHER_ERLANG_AGENTS_MAX);
	return 0;
}

/* Probability that all agents are taken. */
static double taken(const struct usher_erlang_priority_opts *o,
		    const struct usher_erlang_class *classes)
{
	struct left l = {.sum = o->agents};
	double gap, queue;

	for (uint32_t i = 0; i < o->class_count; i++)
		left_take(&l, classes[i].arrivals_per_s, o->handle_s);
	gap = l.sum + l.rest;
	if (l.sum <= 0 || gap <= 0)
		return 1;
	queue = log(o->agents / gap);
	return exp(
		queue -
		usher__wfm_add(queue, usher__wfm_below(o->agents,
						       o->agents - gap, gap)));
}

int usher_erlang_priority(const struct usher_erlang_priority_opts *opts,
			  struct usher_erlang_class *classes,
			  double *ret_waits, struct usher_error *err)
{
	struct left l;
	double waits, before, after;
	int rc = check(opts, classes, err);

	if (rc)
		return rc;
	waits = taken(opts, classes);
	l = (struct left){.sum = opts->agents};
	before = opts->agents;
	for (uint32_t i = 0; i < opts->class_count; i++) {
		struct usher_erlang_class *c = &classes[i];

		left_take(&l, c->arrivals_per_s, opts->handle_s);
		after = l.sum + l.rest;
		c->stable = l.sum > 0 && after > 0;
		c->reserved = 0;
		c->wait_s = c->queue_length = INFINITY;
		if (c->stable) {
			c->wait_s = waits * opts->handle_s *
				    (opts->agents / before) / after;
			c->queue_length = c->arrivals_per_s * c->wait_s;
		}
		before = after;
	}
	if (ret_waits)
		*ret_waits = waits;
	return 0;
}
