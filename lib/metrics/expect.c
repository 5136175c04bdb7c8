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
 * rates are measured here, that of losses by the time that contacts wait, all
 * of them together, from one loss to the next.
 *
 * The rate of answers is known in four ways, each with an error of its own
 * (as a part of the rate, squared):
 *
 *   agents who serve the queue now     that of the mean handle time, and
 *   by the mean handle time            whether they go on serving it
 *   those of the last answers while    the same, less, and how they changed
 *   somebody waited on, by the same
 *   time between these answers         one by their number, and how agents
 *                                      changed
 *   all agents by how long all take,   whether they serve all queues alike,
 *   and this queue's part of it        and one by the number of answers
 *
 * They are weighed by the inverse of it. Agents of this queue alone are all
 * that its rate depends on, so that the first has next to no error; it also
 * knows of a change of staff at once. Where they serve others, too, the next
 * one may be none of ours, and only what was seen tells how many are.
 */
#include "metrics/internal.h"

/* So many of the last answers, losses, contacts from elsewhere and handle
 * times make a mean. The more, the less it trembles (a mean of n exponential
 * times is off by one part in the root of 2 n) and the later it follows. */
#define ANSWERS_MAX 512
#define LOSSES_MAX  64
#define SHARED_MAX  512
#define HANDLES_MIN 8
#define HANDLES_MAX 4096
/* The last few handle times, which show that the mean is out of date when
 * they are off by more than so many times what is usual. */
#define LATE_MAX 64
#define LATE_OFF 5
/* Errors where all of the agents' contacts came from other queues before. */
#define NOW_SHARED  8.0
#define THEN_SHARED 4.0
/* Of one agent, where handle times vary so much more than exponential ones
 * that those who are busy with a long one are less likely to be done soon. */
#define VARIED 0.25
/* Of the past, where the number of agents changed by all of itself. */
#define CHANGED 0.08
/* More answers between two of a queue are as many. */
#define AMONG_MAX 1000000
/* Farther than 12 days from the mean is no farther: the square is one that a
 * snapshot's reader takes. */
#define APART_MAX_MS ((INT64_C(1) << 30) - 1)
/* Contacts ahead that are summed one by one; behind them blocks, each twice
 * as long as the one before, count as their middle. */
#define EXACT    64
#define THOUSAND 1000

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

void usher__metrics_moved(struct usher_metrics *m, struct metrics_queue *queue,
			  int64_t t)
{
	int64_t among = ++m->answers - queue->answers, off;

	among = (among < AMONG_MAX ? among : AMONG_MAX) * THOUSAND;
	queue->turns += (among - queue->turns) / (queue->served + 1);
	queue->answers = m->answers;
	if (queue->backlog) {
		if (queue->gaps < ANSWERS_MAX)
			queue->gaps++;
		queue->gap_us +=
			(t - queue->answer_us - queue->gap_us) / queue->gaps;
		/* The agent of this one has not joined yet. */
		off = (queue->serving + 1) * THOUSAND - queue->busy;
		queue->busy += off / queue->gaps;
		queue->among += (among - queue->among) / queue->gaps;
		if (queue->gaps > 1)
			queue->busy_off +=
				((off < 0 ? -off : off) - queue->busy_off) /
				queue->gaps;
	}
	queue->answer_us = t;
	queue->backlog = queue->waiting > 0;
}

void usher__metrics_served(struct usher_metrics *m,
			   struct metrics_queue *queue,
			   struct metrics_agent *agent,
			   struct metrics_work *work)
{
	const uint64_t before = agent->queue;

	agent->queue = queue ? queue->id : 0;
	if (!queue)
		return;
	work->queue = queue->id;
	queue->serving++;
	m->serving++;
	queue->leaving += agent->leaving;
	m->leaving += agent->leaving;
	if (!before)
		return;
	if (queue->served < SHARED_MAX)
		queue->served++;
	queue->shared += ((before != queue->id) * (int64_t)METRICS_MILLION -
			  queue->shared) /
			 queue->served;
}

void usher__metrics_unserved(struct usher_metrics *m,
			     const struct metrics_work *work,
			     struct metrics_queue *queue)
{
	const struct metrics_agent *agent =
		usher__metrics_find_agent(m, work->agent);
	struct metrics_queue *from = usher__metrics_find_queue(m, work->queue);

	if (agent && from && from->leaving) {
		from->leaving -= agent->leaving;
		m->leaving -= agent->leaving;
	}
	if (queue && queue->serving) {
		queue->serving--;
		m->serving--;
	}
}

void usher__metrics_leaving(struct usher_metrics *m,
			    struct metrics_agent *agent, bool leaving)
{
	if (!agent || agent->leaving == leaving)
		return;
	for (const struct metrics_work *w = agent->works; w; w = w->next) {
		struct metrics_queue *queue =
			usher__metrics_find_queue(m, w->queue);

		if (queue && (leaving || queue->leaving)) {
			queue->leaving += leaving ? 1 : -1;
			m->leaving += leaving ? 1 : -1;
		}
	}
	agent->leaving = leaving;
}

int64_t usher__metrics_square(int64_t us)
{
	int64_t ms = us / THOUSAND;

	if (ms < -APART_MAX_MS || ms > APART_MAX_MS)
		ms = APART_MAX_MS;
	return ms * ms;
}

/* The mean of all is forgotten when those of late cannot be of it: their mean
 * of n is off by the root of 2 n less than one of them. */
static bool out_of_date(const struct metrics_queue *queue)
{
	const int64_t off =
		usher__metrics_square(queue->late_us - queue->handle_us);

	return queue->handles > 2 * LATE_MAX &&
	       (double)off * 2 * LATE_MAX >
		       (double)LATE_OFF * LATE_OFF * (double)queue->spread_ms2;
}

void usher__metrics_handled(struct usher_metrics *m,
			    struct metrics_queue *queue, int64_t took_us)
{
	const int64_t apart = took_us - queue->handle_us;
	int64_t n;

	if (m->handles < HANDLES_MAX)
		m->handles++;
	m->handle_us += (took_us - m->handle_us) / m->handles;
	if (queue->handles < HANDLES_MAX)
		queue->handles++;
	n = queue->handles;
	if (n > 1)
		queue->spread_ms2 +=
			(usher__metrics_square(apart) - queue->spread_ms2) / n;
	queue->handle_us += apart / n;
	queue->late_us +=
		(took_us - queue->late_us) / (n < LATE_MAX ? n : LATE_MAX);
	if (out_of_date(queue)) {
		queue->handles = LATE_MAX;
		queue->handle_us = queue->late_us;
	}
}

struct rate {
	double sum;    /* of what was told, by its weight */
	double weight; /* one by the error */
};

static void weigh(struct rate *rate, double per_us, double error)
{
	rate->sum += per_us / error;
	rate->weight += 1 / error;
}

/* How many agents there are by how long each takes. */
static void weigh_agents(struct rate *rate, const struct metrics_queue *queue,
			 double past)
{
	const double handle_us = (double)queue->handle_us;
	const double n = (double)queue->handles;
	const double shared = (double)queue->shared / METRICS_MILLION;
	const double now = (double)(queue->serving - queue->leaving);
	const double then = (double)queue->busy / THOUSAND;
	double spread, error;

	if (queue->handles < HANDLES_MIN || queue->handle_us < THOUSAND)
		return;
	spread = (double)queue->spread_ms2 * THOUSAND / handle_us * THOUSAND /
		 handle_us;
	error = spread / n + 1 / (n * n);
	if (now > 0)
		weigh(rate, now / handle_us,
		      error + NOW_SHARED * shared +
			      (spread > 1 ? VARIED * (spread - 1) / now : 0));
	if (queue->gaps)
		weigh(rate, then / handle_us,
		      error + THEN_SHARED * shared + past);
}

/* Where its agents serve all queues alike: all of them by how long all take,
 * and how many of theirs were of this queue while somebody waited on. They do
 * when as many of them come from other queues as there are contacts of these,
 * but for chance (twice the deviation of such a mean). */
static void weigh_all(struct rate *rate, const struct usher_metrics *m,
		      const struct metrics_queue *queue)
{
	const double now = (double)(m->serving - m->leaving);
	const double ours = THOUSAND / (double)queue->among;
	const double others = 1 - THOUSAND / (double)queue->turns;
	const double shared = (double)queue->shared / METRICS_MILLION;
	const double off = shared < others ? others - shared : 0;
	double apart;

	if (shared <= 0 || others <= 0 || now <= 0 || !queue->gaps ||
	    queue->among < THOUSAND || !queue->served ||
	    m->handles < HANDLES_MIN || m->handle_us <= 0)
		return;
	apart = (off * off -
		 2 * others * (1 - others) / (double)queue->served) /
		(others * others);
	weigh(rate, ours * now / (double)m->handle_us,
	      1 / (double)m->handles + (1 - ours) / (double)queue->gaps +
		      (apart > 0 ? apart : 0));
}

/* Mean time until an agent takes the next, or 0 when nobody knows. */
static double gap_us(const struct usher_metrics *m,
		     const struct metrics_queue *queue)
{
	const double changed =
		queue->busy ? (double)queue->busy_off / (double)queue->busy
			    : 0;
	const double past = 1 / (double)(queue->gaps + !queue->gaps) +
			    CHANGED * changed * changed;
	struct rate rate = {0, 0};

	if (queue->gaps && queue->gap_us > 0)
		weigh(&rate, 1 / (double)queue->gap_us, past);
	weigh_agents(&rate, queue, past);
	weigh_all(&rate, m, queue);
	return rate.sum > 0 ? rate.weight / rate.sum : 0;
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

	gap = queue ? gap_us(m, queue) : 0;
	if (!(gap > 0))
		return USHER_ENOENT;
	places = queue->waiting;
	if (ahead < (uint64_t)INT32_MAX)
		places = (int64_t)ahead;
	if (queue->losses && queue->patience_us)
		give_up = gap / (double)queue->patience_us;
	wait_us = gap * places_passed((double)places, give_up);
	*ret_us = wait_us < (double)INT64_MAX ? (int64_t)(wait_us + 0.5)
					      : INT64_MAX;
	return 0;
}
