/*
 * How long a wait will be, from how a queue has moved.
 *
 * With n ahead the wait is the sum of the times until the first of n + 1, of
 * n, …, of one contact is gone. While k others stand behind it, somebody goes
 * with the rate at which agents take contacts plus k times the rate at which
 * one of those who wait gives up:
 *
 *   wait(n) = sum over k from 0 to n of 1 / (answers + k * losses)
 *
 * R. Ibrahim, W. Whitt: Real-time delay estimation in overloaded multiserver
 * queues with abandonments, Management Science 55 (2009), there QLm. Both
 * rates are measured here. That of answers in two ways, of which the mean is
 * taken: by the time between two answers while somebody waits on, which holds
 * whatever else the agents do and trembles; and by how many agents served the
 * queue in that time over the mean handle time, which is steady. That of
 * losses by the time that contacts wait, all of them together, from one loss
 * to the next.
 */
#include "metrics/internal.h"

/* So many of the last answers, and losses, make a mean. The more, the less it
 * trembles (a mean of n exponential times is off by one part in the root of
 * 2 n) and the later it follows a change of staff. */
#define ANSWERS_MAX 32
#define LOSSES_MAX  64
#define HANDLES_MIN 8
#define HANDLES_MAX 512
#define THOUSAND    1000
/* Contacts ahead that are summed one by one; behind them blocks, each twice
 * as long as the one before, count as their middle. */
#define EXACT 64

void usher__metrics_crowd(struct metrics_queue *queue, int64_t t)
{
	int64_t passed, sum;

	if (__builtin_mul_overflow(queue->waiting, t - queue->crowd_at_us,
				   &passed) ||
	    __builtin_add_overflow(queue->crowd_us, passed, &sum))
		sum = INT64_MAX;
	queue->crowd_us = sum;
	queue->crowd_at_us = t;
}

void usher__metrics_lost(struct metrics_queue *queue)
{
	if (queue->losses < LOSSES_MAX)
		queue->losses++;
	queue->patience_us +=
		(queue->crowd_us - queue->patience_us) / queue->losses;
	queue->crowd_us = 0;
}

void usher__metrics_moved(struct metrics_queue *queue, int64_t t)
{
	if (queue->backlog) {
		if (queue->gaps < ANSWERS_MAX)
			queue->gaps++;
		queue->gap_us +=
			(t - queue->answer_us - queue->gap_us) / queue->gaps;
		/* The agent of this one has not joined yet. */
		queue->busy +=
			((queue->serving + 1) * THOUSAND - queue->busy) /
			queue->gaps;
	}
	queue->answer_us = t;
	queue->backlog = queue->waiting > 0;
}

void usher__metrics_handled(struct metrics_queue *queue, int64_t took_us)
{
	if (queue->handles < HANDLES_MAX)
		queue->handles++;
	queue->handle_us += (took_us - queue->handle_us) / queue->handles;
}

/* Mean time until an agent takes the next, or 0 when nobody knows. */
static double gap_us(const struct metrics_queue *queue)
{
	double rate;

	if (!queue->gaps || queue->gap_us <= 0)
		return 0;
	rate = 1 / (double)queue->gap_us;
	if (queue->handles >= HANDLES_MIN && queue->handle_us > 0)
		rate = (rate + (double)queue->busy / THOUSAND /
				       (double)queue->handle_us) /
		       2;
	return 1 / rate;
}

/* The sum, in units of the time between two answers; give_up is how much more
 * often somebody goes for each that stands there. */
static double places_passed(double ahead, double give_up)
{
	double sum = 0, k = 0, block = 1;

	for (; k < EXACT && k <= ahead; k++)
		sum += 1 / (1 + k * give_up);
	while (k <= ahead) {
		block = k < ahead + 1 - k ? k : ahead + 1 - k;
		sum += block / (1 + (k + (block - 1) / 2) * give_up);
		k += block;
	}
	return sum;
}

int usher_metrics_expected_wait(const struct usher_metrics *m, uint64_t id,
				uint64_t ahead, int64_t *ret_us)
{
	const struct metrics_queue *queue = usher__metrics_find_queue(m, id);
	int64_t places;
	double give_up = 0, wait_us, gap;

	gap = queue ? gap_us(queue) : 0;
	if (gap <= 0)
		return USHER_ENOENT;
	places = queue->waiting;
	if (ahead < (uint64_t)INT32_MAX)
		places = (int64_t)ahead;
	if (queue->losses && queue->patience_us)
		give_up = gap / (double)queue->patience_us;
	wait_us = gap * places_passed((double)places, give_up);
	*ret_us = wait_us < (double)INT64_MAX ? (int64_t)wait_us : INT64_MAX;
	return 0;
}
