/*
 * How patient customers of a record are: the product limit of who gave up
 * (survival.c), as far as it says something, and an exponential tail as quick
 * as those who waited on gave up.
 */
#include <math.h>

#include "sim/math.h"
#include "sim/rec.h"

/* Quantiles that are drawn from, all equally likely. */
#define PATIENCE_VALUES 2000
/* Where fewer wait on, the estimate is more noise than patience; the tail goes
 * on from there. */
#define PATIENCE_AT_RISK 20
/* Whose rate is that up to there counts as so many who gave up behind it. */
#define PATIENCE_LIKE 1.0
/* Where so many would have given up by the rate of all queues, and nobody did,
 * nobody does: by chance it is one queue of twenty. */
#define PATIENCE_TOLD 3
/* Nobody lives longer; the tail of an estimate may say so. */
#define PATIENCE_MAX_S 1e8

/* Of an exponential law, the most likely one, where that is all that can be
 * told; 0: more can, or nobody gives up. Too few waited when the first of them
 * gave up; or nobody gave up, and waits were too short to tell that nobody
 * does: then it is as in all queues. */
static double patience_mean(const struct usher_record *r,
			    const struct rec_queue *q,
			    const struct usher_survival_point *points,
			    size_t n)
{
	double waited_s = 0, gave_up = 0;

	if (n)
		return points[0].at_risk < PATIENCE_AT_RISK
			       ? q->waited_s / q->gave_up
			       : 0;
	for (uint32_t i = 0; i < r->queues.count; i++) {
		waited_s += usher__rec_queue(r, i)->waited_s;
		gave_up += usher__rec_queue(r, i)->gave_up;
	}
	return gave_up > 0 && q->waited_s * gave_up < PATIENCE_TOLD * waited_s
		       ? waited_s / gave_up
		       : 0;
}

/* How many points count. One more is where the tail begins: when too few are
 * left, which is not chosen by who gives up then (a stopping time), so that
 * the rate up to there is right on average. Up to the last who gave up it
 * would be too high: it leaves out that others waited on. */
static size_t patience_end(const struct rec_queue *q,
			   struct usher_survival_point *points, size_t n)
{
	const struct usher_observed *seen = q->waits.items;

	while (n > 1 && points[n - 1].at_risk < PATIENCE_AT_RISK)
		n--;
	if (!n || points[n - 1].at_risk < PATIENCE_AT_RISK ||
	    points[n - 1].part <= 0)
		return n;
	points[n] = points[n - 1];
	points[n].at = seen[q->waits.count - PATIENCE_AT_RISK].at;
	return n + 1;
}

/* How likely those who wait on are to give up, each second: as they did, few
 * as they are, and as PATIENCE_LIKE did by the rate up to there. That rate
 * alone would be wrong where nobody gives up at once. */
static double patience_tail(const struct rec_queue *q,
			    const struct usher_survival_point *last)
{
	const struct usher_observed *seen = q->waits.items;
	double gave_up = PATIENCE_LIKE, waited_s;

	waited_s = gave_up * last->at / -usher__sim_log(last->part);
	for (uint32_t i = q->waits.count; i-- && seen[i].at > last->at;) {
		waited_s += seen[i].at - last->at;
		gave_up += seen[i].ended;
	}
	return gave_up / waited_s;
}

/* Quantiles of what is known. 0 or USHER_ENOMEM. */
static int patience_values(const struct usher_record *r,
			   const struct rec_queue *q,
			   const struct usher_survival_point *points, size_t n,
			   struct usher_sim_queue *ret,
			   struct rec_list *values)
{
	const struct usher_survival_point *last = &points[n - 1];
	const double rate = last->part > 0 ? patience_tail(q, last) : 0;

	for (uint32_t i = 0; i < PATIENCE_VALUES; i++) {
		const double part = (i + 0.5) / PATIENCE_VALUES;
		double *v = usher__rec_more(r, values, sizeof(*v));

		if (!v)
			return USHER_ENOMEM;
		*v = 1 - part < last->part
			     ? last->at + usher__sim_log(last->part /
							 (1 - part)) /
						  rate
			     : usher_survival_quantile(points, n, part);
		if (*v > PATIENCE_MAX_S)
			*v = PATIENCE_MAX_S;
	}
	ret->patience_law = USHER_LAW_VALUES;
	ret->patience_values = values->items;
	ret->patience_value_count = values->count;
	return 0;
}

int usher__rec_patience(const struct usher_record *r, struct rec_queue *q,
			struct usher_sim_queue *ret, struct rec_list *values)
{
	struct usher_survival_point *points;
	size_t n = 0;
	int rc = 0;

	points = r->alloc.realloc(r->alloc.arg, NULL,
				  (q->waits.count + 1) * sizeof(*points));
	if (!points)
		return USHER_ENOMEM;
	/* sorts them, too */
	usher_survival(q->waits.items, q->waits.count, points, q->waits.count,
		       &n);
	ret->patience_s = fmin(patience_mean(r, q, points, n), PATIENCE_MAX_S);
	if (ret->patience_s > 0)
		ret->patience_law = USHER_LAW_EXPONENTIAL;
	else if (n)
		rc = patience_values(r, q, points, patience_end(q, points, n),
				     ret, values);
	r->alloc.realloc(r->alloc.arg, points, 0);
	return rc;
}
