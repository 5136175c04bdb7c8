/*
 * A fold as bytes and back: little-endian words of 64 bits after a mark and a
 * version, tables in the order in which their entries were made. Whoever
 * stores the bytes guards them against damage; what is read here is checked
 * so that no bytes, however made, give a fold that breaks its invariants.
 */
#include <string.h>

#include "metrics/internal.h"

#define SNAPSHOT_MARK UINT64_C(0x7463697274656d75) /* "umetrict" */
/* 2: of each queue also what tells how many give up; 3: and how well its mean
 * handle time is known, and whose its agents are; 4: and who goes first,
 * instead of one word about it. */
#define SNAPSHOT_VERSION 4
/* Far beyond what happens, and far from where numbers end: what is read is
 * added to and multiplied. As microseconds 36,000 years. */
#define COUNT_MAX (INT64_C(1) << 60)
/* Agents that serve a queue, and these in thousandths. */
#define SERVING_MAX INT32_MAX
/* Answers between two, or who waits elsewhere, in thousandths; one's own. */
#define PASSED_MIN 1000
#define AMONG_MAX  INT64_C(1000000000)
#define BUSY_MAX   (INT64_C(1000) * SERVING_MAX)

struct writer {
	uint8_t *buf;
	size_t capacity;
	size_t len;
};

static void put(struct writer *w, int64_t value)
{
	const uint64_t v = (uint64_t)value;

	if (w->buf && w->len + 8 <= w->capacity)
		for (int i = 0; i < 8; i++)
			w->buf[w->len + (size_t)i] = (uint8_t)(v >> 8 * i);
	w->len += 8;
}

struct reader {
	const uint8_t *buf;
	size_t left;
	bool bad;
	int64_t version;
};

static int64_t get(struct reader *r)
{
	uint64_t v = 0;

	if (r->left < 8) {
		r->bad = true;
		return 0;
	}
	for (int i = 0; i < 8; i++)
		v |= (uint64_t)r->buf[i] << 8 * i;
	r->buf += 8;
	r->left -= 8;
	return (int64_t)v;
}

/* A number from 0 on. */
static int64_t get_to(struct reader *r, int64_t most)
{
	int64_t v = get(r);

	if (v < 0 || v > most)
		r->bad = true;
	return v;
}

/* A number that counts something: no run of events makes it negative. */
static int64_t get_count(struct reader *r)
{
	return get_to(r, COUNT_MAX);
}

static void put_queue_counts(struct writer *w, const struct queue_counts *c)
{
#define COUNT_PUT(name) put(w, c->name);
	QUEUE_COUNTS(COUNT_PUT)
	for (int i = 0; i < USHER_METRICS_REASONS; i++)
		put(w, c->flowed[i]);
}

static void put_agent_counts(struct writer *w, const struct agent_counts *c)
{
	AGENT_COUNTS(COUNT_PUT)
}

static void get_queue_counts(struct reader *r, struct queue_counts *c)
{
#define COUNT_GET(name) c->name = get_count(r);
	QUEUE_COUNTS(COUNT_GET)
	for (int i = 0; i < USHER_METRICS_REASONS; i++)
		c->flowed[i] = get_count(r);
}

static void get_agent_counts(struct reader *r, struct agent_counts *c)
{
	AGENT_COUNTS(COUNT_GET)
}

static void put_queues(struct writer *w, const struct usher_metrics *m)
{
	struct metrics_queue *queue, *next;

	put(w, HASH_COUNT(m->queues));
	HASH_ITER (hh, m->queues, queue, next) {
		put(w, (int64_t)queue->id);
		put(w, queue->target_us);
		put(w, queue->short_us);
		put(w, queue->gap_us);
		put(w, queue->gaps);
		put(w, queue->answer_us);
		put(w, queue->backlog);
		put(w, queue->patience_us);
		put(w, queue->losses);
		put(w, queue->crowd_us);
		put(w, queue->crowd_at_us);
		put(w, queue->serving);
		put(w, queue->handle_us);
		put(w, queue->handles);
		put(w, queue->busy);
		put(w, queue->busy_off);
		put(w, queue->turns);
		put(w, queue->answers);
		put(w, queue->shared);
		put(w, queue->served);
		put(w, queue->spread_ms2);
		put(w, queue->late_us);
		put(w, queue->open);
		put(w, queue->open_answers);
		put(w, queue->open_others);
		put(w, queue->passed);
		put(w, queue->passes);
		put(w, queue->firsts);
		put(w, queue->first_others);
		put(w, queue->first_passed);
		put(w, queue->off_others);
		put(w, queue->off_passed);
		put(w, queue->removed);
		for (int i = 0; i < SPANS; i++)
			put_queue_counts(w, &queue->spans[i]);
		put(w, queue->waiting);
		for (struct metrics_stay *stay = queue->first; stay;
		     stay = stay->next) {
			put(w, (int64_t)stay->segment);
			put(w, (int64_t)stay->contact);
			put(w, stay->since_us);
		}
	}
}

static void put_contacts(struct writer *w, const struct usher_metrics *m)
{
	struct metrics_contact *contact, *next;

	put(w, HASH_COUNT(m->contacts));
	HASH_ITER (hh, m->contacts, contact, next) {
		put(w, (int64_t)contact->id);
		put(w, contact->entered);
		put(w, contact->first_us);
		put(w, contact->left_us);
		put(w, contact->offers);
		put(w, contact->answered);
		put(w, contact->leave);
		put(w, contact->target_us);
		put(w, contact->short_us);
	}
}

static void put_agents(struct writer *w, const struct usher_metrics *m)
{
	struct metrics_agent *agent, *next;
	struct metrics_work *work, *next_work;

	put(w, HASH_COUNT(m->agents));
	HASH_ITER (hh, m->agents, agent, next) {
		put(w, (int64_t)agent->id);
		put(w, agent->presence);
		put(w, agent->offers);
		put(w, agent->settled_us);
		put(w, agent->removed);
		put(w, agent->leaving);
		put(w, (int64_t)agent->queue);
		for (int i = 0; i < SPANS; i++)
			put_agent_counts(w, &agent->spans[i]);
	}
	put(w, HASH_COUNT(m->work));
	HASH_ITER (hh, m->work, work, next_work) {
		put(w, (int64_t)work->segment);
		put(w, (int64_t)work->agent);
		put(w, (int64_t)work->queue);
		put(w, work->answered);
	}
}

int usher_metrics_snapshot(const struct usher_metrics *m, uint8_t *buf,
			   size_t capacity, size_t *ret_len)
{
	struct writer w = {buf, capacity, 0};

	put(&w, (int64_t)SNAPSHOT_MARK);
	put(&w, SNAPSHOT_VERSION);
	put(&w, m->started);
	put(&w, (int64_t)m->seq);
	put(&w, m->now_us);
	for (int i = 0; i < SPANS; i++) {
		put(&w, m->since_us[i]);
		put_queue_counts(&w, &m->total[i]);
	}
	put(&w, m->answers);
	put(&w, m->handle_us);
	put(&w, m->handles);
	put_queues(&w, m);
	put_contacts(&w, m);
	put_agents(&w, m);
	*ret_len = w.len;
	return !buf || w.len <= capacity ? 0 : USHER_EFULL;
}

static int get_stays(struct reader *r, struct usher_metrics *m,
		     struct metrics_queue *queue)
{
	int64_t count = get_count(r);
	int64_t last_us = 0;

	while (!r->bad && count-- > 0) {
		uint64_t segment = (uint64_t)get(r);
		struct metrics_stay *stay;

		HASH_FIND(hh, m->stays, &segment, sizeof(segment), stay);
		if (stay)
			return USHER_ECORRUPT;
		stay = usher__metrics_add_stay(m, segment);
		if (!stay)
			return USHER_ENOMEM;
		stay->contact = (uint64_t)get(r);
		stay->since_us = get(r);
		if (stay->since_us < last_us || stay->since_us > m->now_us)
			r->bad = true;
		last_us = stay->since_us;
		usher__metrics_link_stay(stay, queue);
	}
	return r->bad ? USHER_ECORRUPT : 0;
}

/* Whose turn it is among queues. */
static void get_turns(struct reader *r, const struct usher_metrics *m,
		      struct metrics_queue *queue)
{
	queue->open = get_to(r, OPEN_FIRST);
	queue->open_answers = get_to(r, m->answers);
	queue->open_others = get_count(r);
	queue->passed = get_to(r, AMONG_MAX);
	queue->passes = get_count(r);
	queue->firsts = get_count(r);
	queue->first_others = get_to(r, AMONG_MAX);
	queue->first_passed = get_to(r, AMONG_MAX);
	queue->off_others = get_count(r);
	queue->off_passed = get_count(r);
	if (queue->passes && queue->passed < PASSED_MIN)
		r->bad = true;
}

static int get_queues(struct reader *r, struct usher_metrics *m)
{
	int64_t count = get_count(r);
	int rc = 0;

	while (!rc && !r->bad && count-- > 0) {
		uint64_t id = (uint64_t)get(r);
		struct metrics_queue *queue;

		if (usher__metrics_find_queue(m, id))
			return USHER_ECORRUPT;
		queue = usher__metrics_add_queue(m, id);
		if (!queue)
			return USHER_ENOMEM;
		queue->target_us = get(r);
		queue->short_us = get(r);
		queue->gap_us = get_count(r);
		queue->gaps = get_count(r);
		queue->answer_us = get_to(r, m->now_us);
		queue->backlog = get_count(r);
		queue->crowd_at_us = m->now_us;
		if (r->version > 1) {
			queue->patience_us = get_count(r);
			queue->losses = get_count(r);
			/* this one stops where numbers end */
			queue->crowd_us = get_to(r, INT64_MAX);
			queue->crowd_at_us = get_to(r, m->now_us);
			queue->serving = get_to(r, SERVING_MAX);
			queue->handle_us = get_count(r);
			queue->handles = get_count(r);
			queue->busy = get_to(r, BUSY_MAX);
		}
		m->serving += queue->serving;
		queue->late_us = queue->handle_us;
		queue->spread_ms2 = usher__metrics_square(queue->handle_us);
		if (r->version > 2) {
			queue->busy_off = get_to(r, BUSY_MAX);
			if (r->version < 4)
				get(r);
			queue->turns = get_to(r, AMONG_MAX);
			queue->answers = get_to(r, m->answers);
			queue->shared = get_to(r, METRICS_MILLION);
			queue->served = get_count(r);
			queue->spread_ms2 = get_count(r);
			queue->late_us = get_count(r);
		}
		if (r->version > 3)
			get_turns(r, m, queue);
		queue->removed = get_count(r);
		for (int i = 0; i < SPANS; i++)
			get_queue_counts(r, &queue->spans[i]);
		rc = get_stays(r, m, queue);
	}
	if (rc)
		return rc;
	return r->bad ? USHER_ECORRUPT : 0;
}

static int get_contacts(struct reader *r, struct usher_metrics *m)
{
	int64_t count = get_count(r);

	while (!r->bad && count-- > 0) {
		uint64_t id = (uint64_t)get(r);
		struct metrics_contact *contact;

		HASH_FIND(hh, m->contacts, &id, sizeof(id), contact);
		if (contact)
			return USHER_ECORRUPT;
		contact = usher__metrics_add_contact(m, id);
		if (!contact)
			return USHER_ENOMEM;
		contact->entered = get_count(r);
		contact->first_us = get_to(r, m->now_us);
		contact->left_us = get_to(r, m->now_us);
		contact->offers = get_count(r);
		contact->answered = get_count(r);
		contact->leave = get(r);
		contact->target_us = get(r);
		contact->short_us = get(r);
	}
	return r->bad ? USHER_ECORRUPT : 0;
}

static int get_agents(struct reader *r, struct usher_metrics *m)
{
	int64_t count = get_count(r);

	while (!r->bad && count-- > 0) {
		uint64_t id = (uint64_t)get(r);
		struct metrics_agent *agent;

		if (usher__metrics_find_agent(m, id))
			return USHER_ECORRUPT;
		agent = usher__metrics_add_agent(m, id);
		if (!agent)
			return USHER_ENOMEM;
		agent->presence = get_count(r);
		agent->offers = get_count(r);
		agent->settled_us = get_to(r, m->now_us);
		agent->removed = get_count(r);
		if (r->version > 2) {
			agent->leaving = get_to(r, 1);
			agent->queue = (uint64_t)get(r);
		}
		for (int i = 0; i < SPANS; i++)
			get_agent_counts(r, &agent->spans[i]);
	}
	return r->bad ? USHER_ECORRUPT : 0;
}

static int get_work(struct reader *r, struct usher_metrics *m)
{
	int64_t count = get_count(r);

	while (!r->bad && count-- > 0) {
		uint64_t segment = (uint64_t)get(r);
		struct metrics_work *work;
		struct metrics_agent *agent;
		struct metrics_queue *queue;
		uint64_t id;

		HASH_FIND(hh, m->work, &segment, sizeof(segment), work);
		if (work)
			return USHER_ECORRUPT;
		work = usher__metrics_add_work(m, segment);
		if (!work)
			return USHER_ENOMEM;
		id = (uint64_t)get(r);
		if (r->version > 2)
			work->queue = (uint64_t)get(r);
		work->answered = get_count(r);
		agent = usher__metrics_find_agent(m, id);
		queue = usher__metrics_find_queue(m, work->queue);
		if (agent)
			usher__metrics_link_work(work, agent);
		if (agent && queue && agent->leaving) {
			queue->leaving++;
			m->leaving++;
		}
	}
	return r->bad ? USHER_ECORRUPT : 0;
}

/* How many queues each contact waits in follows from the stays. */
static int count_stays(struct usher_metrics *m)
{
	struct metrics_contact *contact;
	struct metrics_stay *stay, *next;

	HASH_ITER (hh, m->stays, stay, next) {
		HASH_FIND(hh, m->contacts, &stay->contact,
			  sizeof(stay->contact), contact);
		if (!contact)
			return USHER_ECORRUPT;
		if (!contact->stays++)
			m->waiting++;
	}
	return 0;
}

static int fold_read(struct reader *r, struct usher_metrics *m)
{
	int rc;

	if (get(r) != (int64_t)SNAPSHOT_MARK)
		return USHER_ECORRUPT;
	r->version = get(r);
	if (r->version < 1 || r->version > SNAPSHOT_VERSION)
		return USHER_ECORRUPT;
	m->started = get_count(r);
	m->seq = (uint64_t)get(r);
	m->now_us = get(r);
	for (int i = 0; i < SPANS; i++) {
		m->since_us[i] = get(r);
		get_queue_counts(r, &m->total[i]);
	}
	if (r->version > 2) {
		m->answers = get_count(r);
		m->handle_us = get_count(r);
		m->handles = get_count(r);
	}
	rc = get_queues(r, m);
	if (!rc)
		rc = get_contacts(r, m);
	if (!rc)
		rc = get_agents(r, m);
	if (!rc)
		rc = get_work(r, m);
	if (!rc)
		rc = count_stays(m);
	if (!rc && r->left)
		rc = USHER_ECORRUPT;
	return rc;
}

int usher_metrics_restore(struct usher_metrics **ret,
			  const struct usher_metrics_opts *opts,
			  const uint8_t *buf, size_t len,
			  struct usher_error *err)
{
	struct reader r = {buf, len, false, 0};
	struct usher_metrics *m = NULL;
	int rc;

	if (!ret || !buf)
		return usher_error_set(err, USHER_EINVAL, "nothing to read");
	rc = usher_metrics_new(&m, opts, err);
	if (rc)
		return rc;
	rc = fold_read(&r, m);
	if (rc) {
		usher_metrics_free(m);
		return usher_error_set(err, rc, "%s",
				       rc == USHER_ENOMEM
					       ? "no memory"
					       : "not a snapshot of figures");
	}
	*ret = m;
	return 0;
}
