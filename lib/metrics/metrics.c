/* A fold made and freed, time passing over it, and figures read from it. */
#include <string.h>

#include "metrics/internal.h"

int usher_metrics_opts_init(struct usher_metrics_opts *opts, size_t size)
{
	struct usher_metrics_opts full = {.size = size};

	if (!opts || size < sizeof(opts->size) || size > sizeof(full))
		return USHER_EINVAL;
	memcpy(opts, &full, size);
	return 0;
}

int usher_metrics_new(struct usher_metrics **ret,
		      const struct usher_metrics_opts *opts,
		      struct usher_error *err)
{
	struct usher_metrics_opts full = {.size = sizeof(full)};
	struct usher_metrics *m;

	if (!ret || (opts && (opts->size < sizeof(opts->size) ||
			      opts->size > sizeof(full))))
		return usher_error_set(err, USHER_EINVAL,
				       "options of an unknown size");
	if (opts)
		memcpy(&full, opts, opts->size);
	if (!full.alloc)
		full.alloc = usher_alloc_default();
	m = full.alloc->realloc(full.alloc->arg, NULL, sizeof(*m));
	if (!m)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	memset(m, 0, sizeof(*m));
	m->opts = full;
	*ret = m;
	return 0;
}

#define ENTRIES_FREE(head, entry, next)                                       \
	HASH_ITER (hh, head, entry, next) {                                   \
		HASH_DEL(head, entry);                                        \
		usher__metrics_alloc(m, entry, 0);                            \
	}

void usher_metrics_free(struct usher_metrics *m)
{
	struct metrics_queue *queue, *next_queue;
	struct metrics_stay *stay, *next_stay;
	struct metrics_contact *contact, *next_contact;
	struct metrics_agent *agent, *next_agent;
	struct metrics_work *work, *next_work;

	if (!m)
		return;
	ENTRIES_FREE(m->queues, queue, next_queue)
	ENTRIES_FREE(m->stays, stay, next_stay)
	ENTRIES_FREE(m->contacts, contact, next_contact)
	ENTRIES_FREE(m->agents, agent, next_agent)
	ENTRIES_FREE(m->work, work, next_work)
	usher__metrics_alloc(m, m, 0);
}

/* By the clock an agent is in one of these, or in none. */
static int64_t *clock_of(const struct metrics_agent *agent,
			 struct agent_counts *counts)
{
	if (agent->work)
		return &counts->occupied_us;
	if (agent->offers)
		return &counts->ringing_us;
	if (agent->presence == USHER_READY)
		return &counts->available_us;
	if (agent->presence == USHER_PAUSED)
		return &counts->paused_us;
	return NULL;
}

void usher__metrics_settle(struct metrics_agent *agent, int64_t t)
{
	for (int i = 0; i < SPANS; i++) {
		int64_t *clock = clock_of(agent, &agent->spans[i]);

		if (clock)
			*clock += t - agent->settled_us;
	}
	agent->settled_us = t;
}

/* Figures of a span begin again at t; who waits is carried over. */
static void span_begin(struct usher_metrics *m, int span, int64_t t)
{
	struct metrics_queue *queue, *next_queue;
	struct metrics_agent *agent, *next_agent;

	m->since_us[span] = t;
	memset(&m->total[span], 0, sizeof(m->total[span]));
	m->total[span].carried = m->waiting;
	HASH_ITER (hh, m->queues, queue, next_queue) {
		memset(&queue->spans[span], 0, sizeof(queue->spans[span]));
		queue->spans[span].carried = queue->waiting;
	}
	HASH_ITER (hh, m->agents, agent, next_agent) {
		usher__metrics_settle(agent, t);
		memset(&agent->spans[span], 0, sizeof(agent->spans[span]));
	}
}

static int64_t interval_start(int64_t t)
{
	int64_t rest = t % USHER_METRICS_INTERVAL_US;

	if (rest < 0)
		rest += USHER_METRICS_INTERVAL_US;
	return t - rest;
}

/* Spans are numbered from 1 outside and from 0 inside. */
static int index_of(int32_t span)
{
	return span == USHER_SPAN_INTERVAL;
}

void usher__metrics_roll(struct usher_metrics *m, int64_t t)
{
	const int span = index_of(USHER_SPAN_INTERVAL);
	const int64_t start = interval_start(t);

	if (!m->started) {
		m->started = 1;
		m->since_us[index_of(USHER_SPAN_DAY)] = t;
		m->since_us[span] = start;
	}
	while (m->since_us[span] < start) {
		int64_t from = m->since_us[span];
		int64_t end = start;

		if (m->opts.interval_end) {
			end = from + USHER_METRICS_INTERVAL_US;
			m->now_us = end;
			m->opts.interval_end(m->opts.arg, m, from, end);
		}
		span_begin(m, span, end);
	}
	m->now_us = t;
}

void usher__metrics_new_day(struct usher_metrics *m, int64_t t)
{
	span_begin(m, index_of(USHER_SPAN_DAY), t);
	usher__metrics_sweep(m);
}

int usher_metrics_advance(struct usher_metrics *m, int64_t now_us)
{
	if (m->started && now_us < m->now_us)
		return USHER_EINVAL;
	usher__metrics_roll(m, now_us);
	return 0;
}

int usher_metrics_day_start(struct usher_metrics *m, int64_t now_us)
{
	int rc = usher_metrics_advance(m, now_us);

	if (!rc)
		usher__metrics_new_day(m, now_us);
	return rc;
}

/* The running interval of m may be over at now: then the one at now has
 * only what was carried over. While the end of an interval is reported, now
 * is its end and it is still the running one. */
static bool interval_over(const struct usher_metrics *m, int32_t span,
			  int64_t now_us)
{
	return span == USHER_SPAN_INTERVAL && now_us > m->now_us &&
	       interval_start(now_us) >
		       m->since_us[index_of(USHER_SPAN_INTERVAL)];
}

static int ask_check(const struct usher_metrics *m, int32_t span,
		     int64_t now_us, size_t size, size_t known)
{
	if ((span != USHER_SPAN_DAY && span != USHER_SPAN_INTERVAL) ||
	    (m->started && now_us < m->now_us) || size < sizeof(size) ||
	    size > known)
		return USHER_EINVAL;
	return 0;
}

static void queue_fill(struct usher_queue_figures *f,
		       const struct queue_counts *c)
{
#define COUNT_COPY(name) f->name = c->name;
	QUEUE_COUNTS(COUNT_COPY)
#undef COUNT_COPY
	for (int i = 0; i < USHER_METRICS_REASONS; i++)
		f->flowed[i] = (uint64_t)c->flowed[i];
}

/* Of counts and what waits; written as far as the caller knows the struct. */
static void figures_out(const struct usher_metrics *m, int32_t span,
			int64_t now_us, const struct queue_counts *counts,
			int64_t waiting, int64_t longest_us,
			struct usher_queue_figures *ret)
{
	struct usher_queue_figures f = {.size = ret->size};

	f.since_us = m->since_us[index_of(span)];
	if (interval_over(m, span, now_us)) {
		f.since_us = interval_start(now_us);
		f.carried = (uint64_t)waiting;
	} else {
		queue_fill(&f, counts);
	}
	f.waiting = (uint64_t)waiting;
	f.longest_wait_us = longest_us;
	memcpy(ret, &f, f.size);
}

static int64_t longest_wait(const struct metrics_queue *queue, int64_t now_us)
{
	return queue->first ? now_us - queue->first->since_us : 0;
}

int usher_metrics_queue(const struct usher_metrics *m, uint64_t id,
			int32_t span, int64_t now_us,
			struct usher_queue_figures *ret)
{
	const struct metrics_queue *queue;
	int rc = ask_check(m, span, now_us, ret->size, sizeof(*ret));

	if (rc)
		return rc;
	queue = usher__metrics_find_queue(m, id);
	if (!queue)
		return USHER_ENOENT;
	figures_out(m, span, now_us, &queue->spans[index_of(span)],
		    queue->waiting, longest_wait(queue, now_us), ret);
	return 0;
}

int usher_metrics_total(const struct usher_metrics *m, int32_t span,
			int64_t now_us, struct usher_queue_figures *ret)
{
	struct metrics_queue *queue, *next;
	int64_t longest_us = 0;
	int rc = ask_check(m, span, now_us, ret->size, sizeof(*ret));

	if (rc)
		return rc;
	HASH_ITER (hh, m->queues, queue, next) {
		int64_t wait_us = longest_wait(queue, now_us);

		if (wait_us > longest_us)
			longest_us = wait_us;
	}
	figures_out(m, span, now_us, &m->total[index_of(span)], m->waiting,
		    longest_us, ret);
	return 0;
}

int usher_metrics_agent(const struct usher_metrics *m, uint64_t id,
			int32_t span, int64_t now_us,
			struct usher_agent_figures *ret)
{
	struct usher_agent_figures f = {.size = ret->size};
	const struct metrics_agent *agent;
	struct agent_counts counts;
	int64_t from_us, *clock;
	int rc = ask_check(m, span, now_us, ret->size, sizeof(*ret));

	if (rc)
		return rc;
	agent = usher__metrics_find_agent(m, id);
	if (!agent)
		return USHER_ENOENT;
	counts = agent->spans[index_of(span)];
	f.since_us = m->since_us[index_of(span)];
	from_us = agent->settled_us;
	if (interval_over(m, span, now_us)) {
		memset(&counts, 0, sizeof(counts));
		f.since_us = from_us = interval_start(now_us);
	}
	clock = clock_of(agent, &counts);
	if (clock)
		*clock += now_us - from_us;
#define COUNT_COPY(name) f.name = counts.name;
	AGENT_COUNTS(COUNT_COPY)
#undef COUNT_COPY
	memcpy(ret, &f, f.size);
	return 0;
}
