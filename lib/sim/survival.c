/*
 * The product limit of Kaplan and Meier: Nonparametric estimation from
 * incomplete observations (1958). At each time at which something ended, the
 * part that lives on is multiplied by (at risk − ended) / at risk; what was
 * censored is at risk up to its time, and at that time still. The variance is
 * that of Greenwood (1926).
 *
 * Behind the last end the estimate is not known when the longest observation
 * was censored; there an exponential tail goes on through the last point
 * (Brown, Hollander and Korwar 1974).
 */
#include <math.h>
#include <stdlib.h>

#include <usher/replay.h>

#include "sim/math.h"

/* By time; of those at one time what ended goes first. */
static int before(const struct usher_observed *a,
		  const struct usher_observed *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (b->ended != 0) - (a->ended != 0);
}

static void sift(struct usher_observed *seen, size_t at, size_t count)
{
	struct usher_observed one = seen[at];
	size_t child;

	while ((child = 2 * at + 1) < count) {
		if (child + 1 < count &&
		    before(&seen[child], &seen[child + 1]) < 0)
			child++;
		if (before(&one, &seen[child]) >= 0)
			break;
		seen[at] = seen[child];
		at = child;
	}
	seen[at] = one;
}

/* A heap: qsort may take memory, and equal ones are alike. */
static void sort(struct usher_observed *seen, size_t count)
{
	for (size_t i = count / 2; i-- > 0;)
		sift(seen, i, count);
	for (size_t i = count; i-- > 1;) {
		struct usher_observed last = seen[i];

		seen[i] = seen[0];
		seen[0] = last;
		sift(seen, 0, i);
	}
}

static int good(const struct usher_observed *seen, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!isfinite(seen[i].at) || seen[i].at < 0)
			return 0;
	return 1;
}

int usher_survival(struct usher_observed *seen, size_t count,
		   struct usher_survival_point *points, size_t cap,
		   size_t *ret_count)
{
	double alive = 1, greenwood = 0;
	size_t n = 0;

	if (!ret_count || (count && !seen) || (cap && !points) ||
	    !good(seen, count))
		return USHER_EINVAL;
	sort(seen, count);
	for (size_t i = 0, next; i < count; i = next) {
		double at_risk = (double)(count - i), ended = 0;

		for (next = i; next < count && seen[next].at == seen[i].at;
		     next++)
			ended += seen[next].ended != 0;
		if (ended == 0)
			continue;
		alive *= (at_risk - ended) / at_risk;
		greenwood += ended / (at_risk * (at_risk - ended));
		if (n < cap) {
			points[n].at = seen[i].at;
			points[n].part = alive;
			points[n].deviation =
				alive > 0 ? alive * sqrt(greenwood) : 0;
			points[n].at_risk = count - i;
			points[n].ended = (uint64_t)ended;
		}
		n++;
	}
	*ret_count = n;
	return n > cap ? USHER_EFULL : 0;
}

double usher_survival_quantile(const struct usher_survival_point *points,
			       size_t count, double part)
{
	const struct usher_survival_point *last;
	size_t low = 0, high = count;

	if (!count || !points || !(part > 0 && part < 1))
		return HUGE_VAL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (points[middle].part > 1 - part)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < count)
		return points[low].at;
	last = &points[count - 1];
	return last->at * usher__sim_log(1 - part) /
	       usher__sim_log(last->part);
}
