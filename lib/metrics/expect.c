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
 *   and this queue's part of it        and one by the number of waits
 *
 * They are weighed by the inverse of it. Agents of this queue alone are all
 * that its rate depends on, so that the first has next to no error; it also
 * knows of a change of staff at once. Where they serve others, too, the next
 * one may be none of ours, and only what was seen tells how many are.
 *
 * This queue's part, one in so many answers of all, is told in two ways: the
 * mean while somebody waited here, and how many wait elsewhere now, by how
 * many of such were answered before the first of ours: none where ours go
 * before them, all of them where the longest wait is answered first. Each
 * time that somebody comes to an empty queue shows how far both are off, and
 * they are weighed by the inverse of its square; but where the others go
 * first, more of them come meanwhile, and only the mean counts. The more the
 * second differs from it, the less do those ways say that look back.
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
/* A queue that more of others are before than wait in them goes after these.
 */
#define BEHIND 1.5
/* More who wait elsewhere are as many. */
#define OTHERS_MAX 1000000
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

void usher__metrics_first(const struct usher_metrics *m,
			  struct metrics_queue *queue)
{
	queue->open = OPEN_FIRST;
	queue->open_answers = m->answers;
	queue->open_others = m->waiting - 1;
}

/* Answers of other queues by one who waits elsewhere, before the first of
 * this queue has its own. */
static double per_other(const struct metrics_queue *queue)
{
	return (double)queue->first_passed /
	       (double)(queue->first_others + THOUSAND / 10);
}

static int64_t distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

/* The first to wait is answered, after as many of all. */
static void first_passed(struct metrics_queue *queue, int64_t among)
{
	int64_t others = queue->open_others < OTHERS_MAX ? queue->open_others
							 : OTHERS_MAX;
	int64_t n, told;

	among -= THOUSAND;
	others *= THOUSAND;
	told = (int64_t)(per_other(queue) * (double)others);
	if (queue->firsts < ANSWERS_MAX)
		queue->firsts++;
	n = queue->firsts;
	if (n > 1) {
		queue->off_others +=
			(distance(among, told) - queue->off_others) / n;
		queue->off_passed += (distance(among, queue->first_passed) -
				      queue->off_passed) /
				     n;
	}
	queue->first_others += (others - queue->first_others) / n;
	queue->first_passed += (among - queue->first_passed) / n;
}

/* One of those who had to wait is answered: after how many of all. */
static void passed(const struct usher_metrics *m, struct metrics_queue *queue)
{
	int64_t among = m->answers - queue->open_answers;

	if (queue->open) {
		among = (among < AMONG_MAX ? among : AMONG_MAX) * THOUSAND;
		if (!queue->passes)
			queue->passed = THOUSAND;
		if (queue->passes < ANSWERS_MAX)
			queue->passes++;
		queue->passed += (among - queue->passed) / (queue->passes + 1);
	}
	if (queue->open == OPEN_FIRST)
		first_passed(queue, among);
	queue->open = queue->waiting > 0 ? OPEN_NEXT : OPEN_NOT;
	queue->open_answers = m->answers;
}

void usher__metrics_moved(struct usher_metrics *m, struct metrics_queue *queue,
			  int64_t t)
{
	int64_t among = ++m->answers - queue->answers, off;

	among = (among < AMONG_MAX ? among : AMONG_MAX) * THOUSAND;
	queue->turns += (among - queue->turns) / (queue->served + 1);
	queue->answers = m->answers;
	passed(m, queue);
	if (queue->backlog) {
		if (queue->gaps < ANSWERS_MAX)
			queue->gaps++;
		queue->gap_us +=
			(t - queue->answer_us - queue->gap_us) / queue->gaps;
		/* The agent of this one has not joined yet. */
		off = (queue->serving + 1) * THOUSAND - queue->busy;
		queue->busy += off / queue->gaps;
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

/* Which part of all answers is another queue's; also of those since the last
 * one of this, should they say that it is more. */
static double of_others(const struct usher_metrics *m,
			const struct metrics_queue *queue)
{
	const double turns = (double)queue->turns / THOUSAND;
	const double since = (double)(m->answers - queue->answers);
	const double more = (since - turns) / (double)(queue->served + 2);
	const double all = turns + (more > 0 ? more : 0);

	return all > 1 ? 1 - 1 / all : 0;
}

/* Which part of those who take one of it come from other queues: as if all
 * served all, until there is more to tell. */
static double from_others(const struct usher_metrics *m,
			  const struct metrics_queue *queue)
{
	const double n = (double)queue->served;

	return ((double)queue->shared / METRICS_MILLION * n +
		of_others(m, queue)) /
	       (n + 1);
}

/* How far its agents are from serving all queues alike, squared: then as many
 * of them come from other queues as there are contacts of these, but for
 * chance (twice the deviation of such a mean). */
static double apartness(const struct usher_metrics *m,
			const struct metrics_queue *queue)
{
	const double others = of_others(m, queue);
	const double from = from_others(m, queue);
	const double off = from < others ? others - from : 0;
	double squared;

	if (others <= 0)
		return 1;
	squared = (off * off -
		   2 * others * (1 - others) / (double)(queue->served + 1)) /
		  (others * others);
	return squared > 0 ? squared : 0;
}

/* How many answers of all there will be for one of so many places. */
struct among {
	double told;
	double off; /* what was seen before is of other times: error of it */
};

static struct among among_all(const struct usher_metrics *m,
			      const struct metrics_queue *queue, double places)
{
	const double mean =
		queue->passes ? (double)queue->passed / THOUSAND : 1;
	const double others = m->waiting > queue->waiting
				      ? (double)(m->waiting - queue->waiting)
				      : 0;
	const double by_others = (double)queue->off_others;
	const double by_mean = (double)queue->off_passed;
	const double each = per_other(queue);
	const double apart = apartness(m, queue);
	struct among ret = {mean, 0};
	double now, part, off;

	if (queue->firsts < 2 || apart >= 1 || by_mean <= 0 || each >= BEHIND)
		return ret;
	part = by_mean * by_mean /
	       (by_mean * by_mean + by_others * by_others) * (1 - apart);
	if (each > 1)
		part *= (BEHIND - each) / (BEHIND - 1);
	now = 1 + each * others / places;
	off = (now - mean) / (now < mean ? now : mean);
	ret.told = part * now + (1 - part) * mean;
	ret.off = part * off * off;
	return ret;
}

/* How many agents there are by how long each takes. */
static void weigh_agents(struct rate *rate, const struct usher_metrics *m,
			 const struct metrics_queue *queue, double past,
			 double off)
{
	const double handle_us = (double)queue->handle_us;
	const double n = (double)queue->handles;
	const double shared = from_others(m, queue);
	const double now = (double)(queue->serving - queue->leaving);
	const double then = (double)queue->busy / THOUSAND;
	double spread, error;

	if (queue->handles < HANDLES_MIN || queue->handle_us < THOUSAND)
		return;
	spread = (double)queue->spread_ms2 * THOUSAND / handle_us * THOUSAND /
		 handle_us;
	error = spread / n + 1 / (n * n) + off;
	if (now > 0)
		weigh(rate, now / handle_us,
		      error + NOW_SHARED * shared +
			      (spread > 1 ? VARIED * (spread - 1) / now : 0));
	if (queue->gaps)
		weigh(rate, then / handle_us,
		      error + THEN_SHARED * shared + past);
}

/* Where its agents serve all queues alike: all of them by how long all take,
 * and how many of theirs are of this queue. */
static void weigh_all(struct rate *rate, const struct usher_metrics *m,
		      const struct metrics_queue *queue, double among)
{
	const double now = (double)(m->serving - m->leaving);

	if (of_others(m, queue) <= 0 || now <= 0 || m->handles < HANDLES_MIN ||
	    m->handle_us <= 0)
		return;
	weigh(rate, now / (double)m->handle_us / among,
	      1 / (double)m->handles +
		      (1 - 1 / among) / (double)(queue->passes + 1) +
		      apartness(m, queue));
}

/* Mean time until an agent takes the next of so many, or 0 when nobody
 * knows. */
static double gap_us(const struct usher_metrics *m,
		     const struct metrics_queue *queue, double places)
{
	const struct among among = among_all(m, queue, places);
	const double changed =
		queue->busy ? (double)queue->busy_off / (double)queue->busy
			    : 0;
	const double past = 1 / (double)(queue->gaps + !queue->gaps) +
			    CHANGED * changed * changed;
	struct rate rate = {0, 0};

	if (queue->gaps && queue->gap_us > 0)
		weigh(&rate, 1 / (double)queue->gap_us, past + among.off);
	weigh_agents(&rate, m, queue, past, among.off);
	weigh_all(&rate, m, queue, among.told);
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

	if (!queue)
		return USHER_ENOENT;
	places = queue->waiting;
	if (ahead < (uint64_t)INT32_MAX)
		places = (int64_t)ahead;
	gap = gap_us(m, queue, (double)places + 1);
	if (!(gap > 0))
		return USHER_ENOENT;
	if (queue->losses && queue->patience_us)
		give_up = gap / (double)queue->patience_us;
	wait_us = gap * places_passed((double)places, give_up);
	*ret_us = wait_us < (double)INT64_MAX ? (int64_t)(wait_us + 0.5)
					      : INT64_MAX;
	return 0;
}
