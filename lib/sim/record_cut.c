/*
 * Who is with an agent as a record ends is there for longer than most: left
 * out, handle times would be too short. Each gets a time that is longer than
 * it was by then, of the product limit (survival.c), in which those that were
 * cut off have been at risk, too; behind the last who was done it goes on
 * exponentially. Which one goes by the golden ratio: evenly over all, whatever
 * their order is, since agents of a group follow each other and their speed
 * must not come of it.
 */
#include <math.h>

#include "sim/math.h"
#include "sim/rec.h"

#define GOLDEN 0.6180339887498949

/* Where those that were done have an end. */
struct known {
	struct usher_observed *seen;
	struct usher_survival_point *points;
	size_t count;
	uint32_t turn;
};

/* Part of all that takes longer. */
static double longer_part(const struct known *k, double than)
{
	size_t from = 0, to = k->count;

	while (from < to) {
		const size_t middle = from + (to - from) / 2;

		if (k->points[middle].at <= than)
			from = middle + 1;
		else
			to = middle;
	}
	return from ? k->points[from - 1].part : 1;
}

static double longer(struct known *k, double than)
{
	const double part = fmod(0.5 + k->turn++ * GOLDEN, 1);
	const double wanted = longer_part(k, than) * (1 - part);
	const struct usher_survival_point *last = &k->points[k->count - 1];

	if (wanted <= 0)
		return than;
	if (wanted >= last->part)
		return usher_survival_quantile(k->points, k->count,
					       fmax(1 - wanted, 1e-12));
	return fmax(than, last->at) +
	       last->at * usher__sim_log(wanted / last->part) /
		       usher__sim_log(last->part);
}

static bool is_open(const struct rec_handled *h, bool wraps)
{
	return h->talks || (wraps && h->wraps);
}

/* Either what was talked, or how long it was wrapped up: of that nothing is
 * known of who still talks. Where nobody was done, all were. */
static void learn(const struct rec_queue *q, bool wraps, struct known *k)
{
	const struct rec_handled *h = q->handled.items;
	const double *w = q->wrapups.items;

	k->count = 0;
	for (int all = 0; all < 2 && !k->count; all++) {
		size_t n = 0;

		for (uint32_t i = 0; i < q->handled.count; i++) {
			if (wraps && h[i].talks)
				continue;
			k->seen[n].at = wraps ? w[i] : h[i].time_s;
			k->seen[n++].ended = all || !is_open(&h[i], wraps);
		}
		usher_survival(k->seen, n, k->points, n, &k->count);
	}
}

static void extend(struct rec_queue *q, bool wraps, struct known *k)
{
	struct rec_handled *h = q->handled.items;
	double *w = q->wrapups.items;

	learn(q, wraps, k);
	for (uint32_t i = 0; k->count && i < q->handled.count; i++) {
		double *time = wraps ? &w[i] : &h[i].time_s;

		if (is_open(&h[i], wraps))
			*time = longer(k, wraps && h[i].talks ? -1 : *time);
	}
}

static uint32_t count_cut(const struct rec_queue *q, uint32_t *ret_talk)
{
	const struct rec_handled *h = q->handled.items;
	uint32_t cut = 0;

	*ret_talk = 0;
	for (uint32_t i = 0; i < q->handled.count; i++) {
		cut += is_open(&h[i], true);
		*ret_talk += h[i].talks;
	}
	return cut;
}

int usher__rec_cut_all(struct usher_record *r)
{
	for (uint32_t i = 0; i < r->queues.count; i++) {
		struct rec_queue *q = usher__rec_queue(r, i);
		struct known k = {0};
		uint32_t talk;

		if (!count_cut(q, &talk))
			continue;
		/* what others took tells more than what these took by then */
		if (talk == q->handled.count) {
			q->handled.count = q->wrapups.count = 0;
			continue;
		}
		k.points = r->alloc.realloc(
			r->alloc.arg, NULL,
			q->handled.count *
				(sizeof(*k.points) + sizeof(*k.seen)));
		if (!k.points)
			return USHER_ENOMEM;
		k.seen =
			(struct usher_observed *)(k.points + q->handled.count);
		extend(q, false, &k);
		extend(q, true, &k);
		r->alloc.realloc(r->alloc.arg, k.points, 0);
	}
	return 0;
}
