/*
 * Who is with an agent as a record ends is there for longer than most: left
 * out, handle times would be too short. Each gets one of the times that are
 * longer than it was by then, one after the other from short to long: what is
 * not known is redistributed to the right (Efron 1967, of the product limit).
 */
#include "sim/rec.h"

static void sift(double *values, uint32_t at, uint32_t count)
{
	const double one = values[at];
	uint32_t child;

	while ((child = 2 * at + 1) < count) {
		child +=
			child + 1 < count && values[child] < values[child + 1];
		if (one >= values[child])
			break;
		values[at] = values[child];
		at = child;
	}
	values[at] = one;
}

/* A heap: qsort may take memory. */
static void sort(double *values, uint32_t count)
{
	for (uint32_t i = count / 2; i-- > 0;)
		sift(values, i, count);
	for (uint32_t i = count; i-- > 1;) {
		const double last = values[i];

		values[i] = values[0];
		values[0] = last;
		sift(values, 0, i);
	}
}

/* Of those that ended, the ones above a time: the turn-th of so many parts. */
static double longer(const double *ended, uint32_t count, double than,
		     uint32_t turn, uint32_t turns)
{
	uint32_t from = 0, to = count;

	while (from < to) {
		const uint32_t middle = from + (to - from) / 2;

		if (ended[middle] > than)
			to = middle;
		else
			from = middle + 1;
	}
	if (from == count)
		return than;
	return ended[from + (uint32_t)((turn + 0.5) / turns * (count - from))];
}

/* Either what was talked, or how long it was wrapped up. */
static void extend(struct rec_queue *q, bool wraps, double *ended)
{
	struct rec_handled *h = q->handled.items;
	double *w = q->wrapups.items;
	uint32_t count = 0, cut = 0, turn = 0;

	for (uint32_t i = 0; i < q->handled.count; i++) {
		const bool open = h[i].talks || (wraps && h[i].wraps);

		cut += open;
		if (!open)
			ended[count++] = wraps ? w[i] : h[i].time_s;
	}
	if (!cut)
		return;
	sort(ended, count);
	for (uint32_t i = 0; i < q->handled.count; i++) {
		double *time = wraps ? &w[i] : &h[i].time_s;

		/* nothing is known of the wrap-up of who still talks */
		if (wraps && h[i].talks)
			*time = longer(ended, count, -1, turn++, cut);
		else if (h[i].talks || (wraps && h[i].wraps))
			*time = longer(ended, count, *time, turn++, cut);
	}
}

int usher__rec_cut_all(struct usher_record *r)
{
	for (uint32_t i = 0; i < r->queues.count; i++) {
		struct rec_queue *q = usher__rec_queue(r, i);
		double *ended;

		if (!q->handled.count)
			continue;
		ended = r->alloc.realloc(r->alloc.arg, NULL,
					 q->handled.count * sizeof(*ended));
		if (!ended)
			return USHER_ENOMEM;
		extend(q, false, ended);
		extend(q, true, ended);
		r->alloc.realloc(r->alloc.arg, ended, 0);
	}
	return 0;
}
