/*
 * How much slower agents of a record are with several contacts at once. What a
 * contact would have taken alone is
 *
 *   the time that it took, less what it stood still,
 *   less time[n] * (1 - 1 / f(n)) for each n above one,
 *
 * where time[n] is how long it was one of n that went on (record_desk.c) and
 * f(n) = 1 + slowdown * (n - 1). The slow-down of a group is the one that is
 * most likely, given what its contacts took: where times alone have a density
 * g, one that ends after w of its own time as one of n has the density
 * g(w) / f(n). Times of a queue are gamma or lognormal, whichever fits them
 * better, with the mean and variation that are most likely then. (Counting
 * ends by n would do for exponential times alone: who is the longest idle gets
 * the next contact, so that what a contact has behind it goes with n.)
 */
#include <math.h>
#include <string.h>

#include "sim/rec.h"
#include "sim/sim.h"

/* Fewer that ended alone, or beside others, tell nothing. */
#define SLOW_LEAST 30
/* At 1 an agent's time is shared; beyond this nobody is. */
#define SLOW_MAX 4.0
/* Values that are tried first, and how often the next ones are halved then. */
#define SLOW_TRIES 20
#define SLOW_CUTS  12
/* Whoever was gone at once tells nothing of how long others take. */
#define TIME_LEAST_S 0.5
/* Times that are all alike have no density. */
#define SPREAD_LEAST 1e-6
#define LOG_2_PI     1.8378770664093453

/* Of a group. */
struct slow {
	double slowdown; /* that is tried */
	double likely;   /* logarithm of how likely that is */
	double best, best_likely;
	double from, to; /* its neighbors */
	/* of the queue that is looked at */
	double sum, logs, squares;
	uint32_t count;
	uint32_t single, beside; /* ended so, in all queues */
};

static double factor(double slowdown, uint32_t going)
{
	return 1 + slowdown * (going - 1);
}

static struct slow *slow_of(const struct usher_record *r, struct slow *all,
			    const struct rec_handled *h)
{
	const struct rec_agent *a = usher__rec_agent(r, h->agent);

	return a->spans.count && usher__rec_several(a) && h->beside
		       ? &all[a->group]
		       : NULL;
}

/* ---- How likely ---- */

/* Logarithm of the gamma function above 0, by Stirling's series above 8. */
static double log_gamma(double x)
{
	double shift = 0;

	for (; x < 8; x++)
		shift -= log(x);
	return shift + (x - 0.5) * log(x) - x + LOG_2_PI / 2 + 1 / (12 * x) -
	       1 / (360 * x * x * x);
}

/* The shape is Minka's (2002) to two places, which is near enough where the
 * likelihood is flat. */
static double gamma_likely(const struct slow *s, double log_mean)
{
	const double mean = s->sum / s->count;
	const double d = fmax(log(mean) - log_mean, SPREAD_LEAST);
	const double k = (3 - d + sqrt((d - 3) * (d - 3) + 24 * d)) / (12 * d);

	return s->count *
	       (k * log(k / mean) - log_gamma(k) + (k - 1) * log_mean - k);
}

static double lognormal_likely(const struct slow *s, double log_mean)
{
	const double variance = fmax(
		s->squares / s->count - log_mean * log_mean, SPREAD_LEAST);

	return -(double)s->count *
	       (log_mean + (log(variance) + LOG_2_PI + 1) / 2);
}

static void add(struct slow *s, const struct rec_handled *h, double alone_s)
{
	const double l = log(fmax(alone_s, TIME_LEAST_S));

	s->sum += fmax(alone_s, TIME_LEAST_S);
	s->logs += l;
	s->squares += l * l;
	s->count++;
	s->single += h->beside == 1;
	s->beside += h->beside > 1;
	s->likely -= log(factor(s->slowdown, h->beside));
}

static void add_queue(const struct usher_record *r, struct slow *all,
		      const struct rec_queue *q)
{
	const struct rec_handled *h = q->handled.items;
	const struct rec_pace *p = q->paces.items;
	uint32_t k = 0;

	if (!q->handled.count)
		return;
	for (uint32_t i = 0; i < r->groups.count; i++) {
		all[i].sum = all[i].logs = all[i].squares = 0;
		all[i].count = 0;
	}
	for (uint32_t i = 0; i < q->handled.count; i++) {
		struct slow *s = slow_of(r, all, &h[i]);
		double alone_s = h[i].time_s;

		/* they are in the order of what they are of */
		for (; k < q->paces.count && p[k].handled == i; k++)
			if (s && !p[k].wraps)
				alone_s -= p[k].time_s *
					   (1 - 1 / factor(s->slowdown,
							   p[k].going));
		if (s)
			add(s, &h[i], alone_s);
	}
	for (uint32_t i = 0; i < r->groups.count; i++) {
		struct slow *s = &all[i];

		if (s->count)
			s->likely +=
				fmax(gamma_likely(s, s->logs / s->count),
				     lognormal_likely(s, s->logs / s->count));
	}
}

/* All groups' at once. */
static void attempt(const struct usher_record *r, struct slow *all)
{
	for (uint32_t i = 0; i < r->groups.count; i++) {
		all[i].likely = 0;
		all[i].single = all[i].beside = 0;
	}
	for (uint32_t i = 0; i < r->queues.count; i++)
		add_queue(r, all, usher__rec_queue(r, i));
}

/* ---- The most likely ---- */

/* Of some values, closer where they are small. */
static void look(const struct usher_record *r, struct slow *all)
{
	for (int k = 0; k <= SLOW_TRIES; k++) {
		const double part = (double)k / SLOW_TRIES;

		for (uint32_t i = 0; i < r->groups.count; i++)
			all[i].slowdown = SLOW_MAX * part * part;
		attempt(r, all);
		for (uint32_t i = 0; i < r->groups.count; i++) {
			struct slow *s = &all[i];
			const double step = 1.0 / SLOW_TRIES;

			if (k && s->likely <= s->best_likely)
				continue;
			s->best = s->slowdown;
			s->best_likely = s->likely;
			s->from = k ? (part - step) * (part - step) : 0;
			s->to = (part + step) * (part + step);
			s->from *= SLOW_MAX;
			s->to *= SLOW_MAX;
		}
	}
}

/* What was tried is the best, or a neighbor of it. */
static void narrow(struct slow *s)
{
	const bool above = s->slowdown > s->best;

	if (s->likely > s->best_likely) {
		if (above)
			s->from = s->best;
		else
			s->to = s->best;
		s->best = s->slowdown;
		s->best_likely = s->likely;
	} else if (above) {
		s->to = s->slowdown;
	} else {
		s->from = s->slowdown;
	}
}

/* Ever closer around the best: to each side halfway to the neighbor. */
static void close_in(const struct usher_record *r, struct slow *all)
{
	for (int k = 0; k < 2 * SLOW_CUTS; k++) {
		for (uint32_t i = 0; i < r->groups.count; i++) {
			struct slow *s = &all[i];

			s->slowdown =
				(s->best + (k % 2 ? s->to : s->from)) / 2;
		}
		attempt(r, all);
		for (uint32_t i = 0; i < r->groups.count; i++)
			narrow(&all[i]);
	}
}

/* Times become those that contacts would have taken alone. */
static void undo(const struct usher_record *r, struct rec_queue *q)
{
	const struct rec_pace *p = q->paces.items;
	struct rec_handled *h = q->handled.items;
	double *w = q->wrapups.items;

	for (uint32_t i = 0; i < q->paces.count; i++) {
		const struct rec_agent *a =
			usher__rec_agent(r, h[p[i].handled].agent);
		double *time = p[i].wraps ? &w[p[i].handled]
					  : &h[p[i].handled].time_s;
		double f;

		if (!a->spans.count)
			continue;
		f = factor(usher__rec_group(r, a->group)->slowdown,
			   p[i].going);
		*time -= p[i].time_s * (1 - 1 / f);
		*time = fmax(*time, 0);
	}
	usher__rec_done(r, &q->paces);
}

static bool any_paces(const struct usher_record *r)
{
	for (uint32_t i = 0; i < r->queues.count; i++)
		if (usher__rec_queue(r, i)->paces.count)
			return true;
	return false;
}

int usher__rec_slow_all(struct usher_record *r)
{
	const size_t size = r->groups.count * sizeof(struct slow);
	struct slow *all;

	/* more than these no model has */
	if (!any_paces(r) || r->groups.count > USHER_SIM_GROUPS_MAX)
		return 0;
	all = r->alloc.realloc(r->alloc.arg, NULL, size + 1);
	if (!all)
		return USHER_ENOMEM;
	memset(all, 0, size + 1);
	look(r, all);
	close_in(r, all);
	for (uint32_t i = 0; i < r->groups.count; i++) {
		struct rec_group *g = usher__rec_group(r, i);

		g->slow_known = all[i].single >= SLOW_LEAST &&
				all[i].beside >= SLOW_LEAST;
		g->slowdown = g->slow_known ? all[i].best : 0;
	}
	for (uint32_t i = 0; i < r->queues.count; i++)
		undo(r, usher__rec_queue(r, i));
	r->alloc.realloc(r->alloc.arg, all, 0);
	return 0;
}
