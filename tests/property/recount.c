/* Figures counted again, by going through the log of the day from one end to
 * the other for each of them. */
#include <string.h>

#include "day.h"

/* A span: the part of the log from an entry on, and when it began. */
struct part {
	int32_t span;
	size_t first;
	int64_t since;
};

static struct part part_of(const struct model *m, int32_t span, int64_t now)
{
	struct part p = {span, 0, m->log_count ? m->log[0].time : now};

	if (span == USHER_SPAN_DAY) {
		for (size_t i = 0; i < m->log_count; i++)
			if (m->log[i].type == USHER_EV_DAY) {
				p.first = i + 1;
				p.since = m->log[i].time;
			}
		return p;
	}
	p.since = now / USHER_METRICS_INTERVAL_US * USHER_METRICS_INTERVAL_US;
	while (p.first < m->log_count && m->log[p.first].time < p.since)
		p.first++;
	return p;
}

static const struct m_log *limits_at(const struct model *m, uint64_t queue,
				     size_t at)
{
	while (at-- > 0)
		if (m->log[at].type == USHER_EV_QUEUE_SET &&
		    m->log[at].queue == queue)
			return &m->log[at];
	return NULL;
}

static void outcome(struct usher_queue_figures *f, uint32_t leave,
		    int64_t wait, const struct m_log *limits)
{
	switch (leave) {
	case USHER_LEAVE_ANSWERED:
		f->answered++;
		f->answered_wait_us += wait;
		if (wait <= limits->target)
			f->answered_within++;
		break;
	case USHER_LEAVE_ABANDONED:
	case USHER_LEAVE_LOST:
		f->abandoned++;
		f->abandoned_wait_us += wait;
		if (wait <= limits->target)
			f->abandoned_within++;
		if (wait < limits->short_wait)
			f->short_abandons++;
		break;
	case USHER_LEAVE_ELSEWHERE:
		f->elsewhere++;
		break;
	default:
		f->flowed_out++;
		f->flowed[leave < USHER_METRICS_REASONS
				  ? leave
				  : USHER_METRICS_REASONS - 1]++;
	}
}

/* One stay of a contact in a queue, beginning at log entry i. */
static void count_stay(const struct model *m, const struct part *p, size_t i,
		       int64_t now, struct usher_queue_figures *f)
{
	const struct m_log *in = &m->log[i], *out = NULL;
	size_t j;

	for (j = i + 1; j < m->log_count && !out; j++)
		if (m->log[j].type == USHER_EV_QUEUE_LEFT &&
		    m->log[j].segment == in->segment)
			out = &m->log[j];
	j--;
	if (i >= p->first)
		f->entered++;
	else if (!out || j >= p->first)
		f->carried++;
	if (!out) {
		f->waiting++;
		if (now - in->time > f->longest_wait_us)
			f->longest_wait_us = now - in->time;
	} else if (j >= p->first) {
		outcome(f, out->value, out->time - in->time,
			limits_at(m, in->queue, j));
	}
}

static bool was_answered(const struct model *m, uint64_t segment, size_t left)
{
	bool answered = false;

	for (size_t i = 0; i < left; i++) {
		if (m->log[i].segment != segment)
			continue;
		if (m->log[i].type == USHER_EV_AGENT_JOINED)
			answered = !m->log[i].value;
		else if (m->log[i].type == USHER_EV_AGENT_ANSWERED)
			answered = true;
	}
	return answered;
}

/* Segments with agents that closed; of a queue, or of all with queue 0. */
static void count_handled(const struct model *m, const struct part *p,
			  uint64_t queue, struct usher_queue_figures *f)
{
	for (size_t i = p->first; i < m->log_count; i++) {
		const struct m_log *l = &m->log[i];

		if (l->type != USHER_EV_AGENT_LEFT || !l->queue ||
		    (queue && l->queue != queue) ||
		    !was_answered(m, l->segment, i))
			continue;
		f->handled++;
		f->talk_us += l->talk;
		f->hold_us += l->hold;
		f->wrapup_us += l->wrapup;
	}
}

static void recount_queue(const struct model *m, const struct part *p,
			  uint64_t queue, int64_t now,
			  struct usher_queue_figures *f)
{
	f->since_us = p->since;
	for (size_t i = 0; i < m->log_count; i++)
		if (m->log[i].type == USHER_EV_QUEUE_ENTERED &&
		    m->log[i].queue == queue)
			count_stay(m, p, i, now, f);
	count_handled(m, p, queue, f);
}

/* What became of one contact, over all its stays. */
static void count_contact(const struct model *m, const struct part *p,
			  uint64_t contact, struct usher_queue_figures *f)
{
	int64_t first = 0, left = 0;
	const struct m_log *limits = NULL;
	uint32_t leave = 0;
	unsigned stays = 0, before = 0;
	bool entered = false, answered = false;

	for (size_t i = 0; i < m->log_count; i++) {
		const struct m_log *l = &m->log[i];

		if (i == p->first)
			before = stays;
		if (l->contact != contact)
			continue;
		if (l->type == USHER_EV_QUEUE_ENTERED) {
			stays++;
			if (!entered) {
				entered = true;
				first = l->time;
				f->entered += i >= p->first;
			} else if (stays == 1 &&
				   leave == USHER_LEAVE_CALLBACK) {
				first = l->time;
			}
		} else if (l->type == USHER_EV_QUEUE_LEFT) {
			stays--;
			left = l->time;
			leave = l->value;
			limits = limits_at(m, l->queue, i);
			if (leave == USHER_LEAVE_ANSWERED && !answered) {
				answered = true;
				if (i >= p->first)
					outcome(f, leave, left - first,
						limits);
			}
		} else if (l->type == USHER_EV_CONTACT_CLOSED && entered &&
			   !answered && i >= p->first) {
			outcome(f, leave, left - first, limits);
		}
	}
	if (p->first >= m->log_count)
		before = stays;
	f->waiting += stays > 0;
	f->carried += before > 0;
}

static void recount_total(const struct model *m, const struct part *p,
			  int64_t now, struct usher_queue_figures *f)
{
	struct usher_queue_figures longest;

	f->since_us = p->since;
	for (size_t i = 0; i < m->contact_count; i++)
		count_contact(m, p, m->contacts[i].id, f);
	count_handled(m, p, 0, f);
	for (size_t i = 0; i < m->queue_count; i++) {
		memset(&longest, 0, sizeof(longest));
		recount_queue(m, p, m->queues[i].id, now, &longest);
		if (longest.longest_wait_us > f->longest_wait_us)
			f->longest_wait_us = longest.longest_wait_us;
	}
}

/* What an agent's time goes to, between two entries of the log. */
struct clock {
	unsigned offers, work;
	uint32_t presence;
	bool removed;
};

static void clock_run(const struct clock *c, int64_t from, int64_t until,
		      struct usher_agent_figures *f)
{
	if (until <= from)
		return;
	if (c->work)
		f->occupied_us += until - from;
	else if (c->offers)
		f->ringing_us += until - from;
	else if (c->presence == USHER_READY)
		f->available_us += until - from;
	else if (c->presence == USHER_PAUSED)
		f->paused_us += until - from;
}

static void count_agent(const struct model *m, const struct part *p, size_t i,
			struct clock *c, struct usher_agent_figures *f)
{
	const struct m_log *l = &m->log[i];
	const bool in = i >= p->first;

	switch (l->type) {
	case USHER_EV_AGENT_PRESENCE:
		c->presence = l->value;
		break;
	case USHER_EV_OFFER_MADE:
		c->offers++;
		f->offers += in;
		break;
	case USHER_EV_OFFER_CONNECTED:
	case USHER_EV_OFFER_REJECTED:
	case USHER_EV_OFFER_MISSED:
	case USHER_EV_OFFER_WITHDRAWN:
	case USHER_EV_OFFER_FAILED:
		c->offers--;
		f->rejected += in && l->type == USHER_EV_OFFER_REJECTED;
		f->missed += in && l->type == USHER_EV_OFFER_MISSED;
		f->withdrawn += in && l->type == USHER_EV_OFFER_WITHDRAWN;
		f->failed += in && l->type == USHER_EV_OFFER_FAILED;
		break;
	case USHER_EV_AGENT_JOINED:
		c->work++;
		f->connected += in;
		break;
	case USHER_EV_AGENT_LEFT:
		c->work--;
		if (!in || !was_answered(m, l->segment, i))
			break;
		f->handled++;
		f->talk_us += l->talk;
		f->hold_us += l->hold;
		f->wrapup_us += l->wrapup;
		break;
	default:
		break;
	}
}

static void recount_agent(const struct model *m, const struct part *p,
			  uint64_t agent, int64_t now,
			  struct usher_agent_figures *f)
{
	struct clock c = {0};
	int64_t from = p->since;

	f->since_us = p->since;
	for (size_t i = 0; i < m->log_count; i++) {
		if (m->log[i].agent != agent)
			continue;
		clock_run(&c, from, m->log[i].time, f);
		if (m->log[i].time > from)
			from = m->log[i].time;
		count_agent(m, p, i, &c, f);
	}
	clock_run(&c, from, now, f);
}

static bool figures_same(struct day *d, const char *what, uint64_t id,
			 int32_t span, const void *got, const void *want,
			 size_t size)
{
	const uint64_t *a = got, *b = want;

	for (size_t i = 0; i < size / sizeof(*a); i++)
		if (a[i] != b[i])
			return fail(d,
				    "figures of %s %llu, span %d, word %zu: "
				    "%lld, recounted %lld",
				    what, (unsigned long long)id, span, i,
				    (long long)a[i], (long long)b[i]);
	return true;
}

static bool check_queue(struct day *d, const struct part *p, uint64_t queue,
			int64_t now)
{
	struct usher_queue_figures got = {.size = sizeof(got)};
	struct usher_queue_figures want = {.size = sizeof(want)};

	recount_queue(d->model, p, queue, now, &want);
	if (usher_metrics_queue(d->metrics, queue, p->span, now, &got))
		return true; /* removed before the day began */
	want.requeues = got.requeues;
	if (got.carried + got.entered != got.answered + got.abandoned +
						 got.flowed_out +
						 got.elsewhere + got.waiting)
		return fail(d, "a contact is lost from the sum of queue %llu",
			    (unsigned long long)queue);
	return figures_same(d, "queue", queue, p->span, &got, &want,
			    sizeof(got));
}

/* Whom the agent has talked to since the day began, as the core says. */
static bool check_handled(struct day *d, const struct part *p, uint64_t agent)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	const struct model *m = d->model;
	uint64_t answered = 0;

	if (usher_acd_agent_info(d->acd, agent, &info))
		return true;
	for (size_t i = p->first; i < m->log_count; i++)
		answered += m->log[i].agent == agent &&
			    ((m->log[i].type == USHER_EV_AGENT_JOINED &&
			      !m->log[i].value) ||
			     m->log[i].type == USHER_EV_AGENT_ANSWERED);
	return info.contacts == answered ||
	       fail(d, "agent %llu answered %llu, recounted %llu",
		    (unsigned long long)agent,
		    (unsigned long long)info.contacts,
		    (unsigned long long)answered);
}

static bool check_agent(struct day *d, const struct part *p, uint64_t agent,
			int64_t now)
{
	struct usher_agent_figures got = {.size = sizeof(got)};
	struct usher_agent_figures want = {.size = sizeof(want)};

	if (p->span == USHER_SPAN_DAY && !check_handled(d, p, agent))
		return false;
	recount_agent(d->model, p, agent, now, &want);
	if (usher_metrics_agent(d->metrics, agent, p->span, now, &got))
		return true;
	return figures_same(d, "agent", agent, p->span, &got, &want,
			    sizeof(got));
}

bool check_figures(struct day *d, int64_t now)
{
	static const int32_t spans[] = {USHER_SPAN_DAY, USHER_SPAN_INTERVAL};

	if (!d->model->log_count)
		return true;
	for (int s = 0; s < 2; s++) {
		struct part p = part_of(d->model, spans[s], now);
		struct usher_queue_figures got = {.size = sizeof(got)};
		struct usher_queue_figures want = {.size = sizeof(want)};

		for (size_t i = 0; i < d->model->queue_count; i++)
			if (!check_queue(d, &p, d->model->queues[i].id, now))
				return false;
		for (size_t i = 0; i < d->model->agent_count; i++)
			if (!check_agent(d, &p, d->model->agents[i].id, now))
				return false;
		recount_total(d->model, &p, now, &want);
		if (usher_metrics_total(d->metrics, p.span, now, &got))
			return fail(d, "no figures over all");
		want.requeues = got.requeues;
		if (!figures_same(d, "all", 0, p.span, &got, &want,
				  sizeof(got)))
			return false;
	}
	return true;
}
