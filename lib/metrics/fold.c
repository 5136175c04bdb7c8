/*
 * One event folded in: first whatever it may need memory for is prepared,
 * then time passes up to it, then it is counted, which cannot fail. An event
 * about a queue, an agent or a segment that this fold never heard of (it
 * began in the middle) is passed over.
 */
#include <string.h>

#include "metrics/internal.h"

/* What an event is about, as far as it is known here. */
struct subject {
	struct metrics_queue *queue;
	struct metrics_agent *agent;
	struct metrics_contact *contact;
	struct metrics_stay *stay;
	struct metrics_work *work;
};

static uint64_t field_u64(const struct usher_event *ev, uint32_t field)
{
	uint64_t value;

	return usher_event_u64(ev, field, &value) ? 0 : value;
}

static int64_t field_i64(const struct usher_event *ev, uint32_t field)
{
	int64_t value;

	return usher_event_i64(ev, field, &value) ? 0 : value;
}

static void subject_find(const struct usher_metrics *m,
			 const struct usher_event *ev, struct subject *s)
{
	memset(s, 0, sizeof(*s));
	s->queue = usher__metrics_find_queue(m, field_u64(ev, USHER_F_QUEUE));
	s->agent = usher__metrics_find_agent(m, field_u64(ev, USHER_F_AGENT));
	HASH_FIND(hh, m->contacts, &ev->contact, sizeof(ev->contact),
		  s->contact);
	HASH_FIND(hh, m->stays, &ev->segment, sizeof(ev->segment), s->stay);
	HASH_FIND(hh, m->work, &ev->segment, sizeof(ev->segment), s->work);
}

/* Make what the event is about to begin; nothing shows of it yet. */
static int subject_make(struct usher_metrics *m, const struct usher_event *ev,
			struct subject *s)
{
	bool made = false;

	switch (ev->type) {
	case USHER_EV_QUEUE_SET:
		if (!s->queue)
			s->queue = usher__metrics_add_queue(
				m, field_u64(ev, USHER_F_QUEUE));
		return s->queue ? 0 : USHER_ENOMEM;
	case USHER_EV_AGENT_SET:
		if (!s->agent)
			s->agent = usher__metrics_add_agent(
				m, field_u64(ev, USHER_F_AGENT));
		return s->agent ? 0 : USHER_ENOMEM;
	case USHER_EV_AGENT_JOINED:
		if (s->agent && !s->work)
			s->work = usher__metrics_add_work(m, ev->segment);
		return !s->agent || s->work ? 0 : USHER_ENOMEM;
	case USHER_EV_QUEUE_ENTERED:
		break;
	default:
		return 0;
	}
	if (!s->queue || s->stay)
		return 0;
	if (!s->contact) {
		s->contact = usher__metrics_add_contact(m, ev->contact);
		if (!s->contact)
			return USHER_ENOMEM;
		made = true;
	}
	s->stay = usher__metrics_add_stay(m, ev->segment);
	if (s->stay)
		return 0;
	if (made)
		usher__metrics_del_contact(m, s->contact);
	return USHER_ENOMEM;
}

/* Add to a count of a queue and of all, in both spans. */
#define COUNT(m, queue, name, amount)                                         \
	do {                                                                  \
		for (int i_ = 0; i_ < SPANS; i_++)                            \
			(queue)->spans[i_].name += (amount);                  \
	} while (0)
#define COUNT_TOTAL(m, name, amount)                                          \
	do {                                                                  \
		for (int i_ = 0; i_ < SPANS; i_++)                            \
			(m)->total[i_].name += (amount);                      \
	} while (0)
#define COUNT_AGENT(agent, name, amount)                                      \
	do {                                                                  \
		for (int i_ = 0; i_ < SPANS; i_++)                            \
			(agent)->spans[i_].name += (amount);                  \
	} while (0)

/* A stay, or in total a contact, has its outcome. */
static void count_outcome(struct queue_counts counts[SPANS], int64_t leave,
			  int64_t wait_us, int64_t target_us, int64_t short_us)
{
	int64_t reason = leave;

	if (reason < 0 || reason >= USHER_METRICS_REASONS)
		reason = USHER_METRICS_REASONS - 1;
	for (int i = 0; i < SPANS; i++) {
		struct queue_counts *c = &counts[i];

		switch (leave) {
		case USHER_LEAVE_ANSWERED:
			c->answered++;
			c->answered_within += wait_us <= target_us;
			c->answered_wait_us += wait_us;
			break;
		case USHER_LEAVE_ABANDONED:
		case USHER_LEAVE_LOST:
			c->abandoned++;
			c->abandoned_within += wait_us <= target_us;
			c->short_abandons += wait_us < short_us;
			c->abandoned_wait_us += wait_us;
			break;
		case USHER_LEAVE_ELSEWHERE:
			c->elsewhere++;
			break;
		default:
			c->flowed_out++;
			c->flowed[reason]++;
		}
	}
}

static void queue_entered(struct usher_metrics *m,
			  const struct usher_event *ev, struct subject *s)
{
	if (!s->queue || !s->stay || s->stay->queue)
		return;
	s->stay->contact = ev->contact;
	s->stay->since_us = ev->time_us;
	usher__metrics_crowd(s->queue, ev->time_us);
	usher__metrics_link_stay(s->stay, s->queue);
	COUNT(m, s->queue, entered, 1);
	if (!s->contact->entered) {
		s->contact->entered = 1;
		s->contact->first_us = ev->time_us;
		COUNT_TOTAL(m, entered, 1);
	} else if (!s->contact->stays &&
		   s->contact->leave == USHER_LEAVE_CALLBACK) {
		/* nobody has waited on the line in between */
		s->contact->first_us = ev->time_us;
	}
	if (!s->contact->stays++)
		m->waiting++;
	if (s->queue->waiting == 1)
		usher__metrics_first(m, s->queue);
}

static void queue_left(struct usher_metrics *m, const struct usher_event *ev,
		       struct subject *s)
{
	const int64_t leave = (int64_t)field_u64(ev, USHER_F_LEAVE);
	struct metrics_contact *contact = s->contact;
	struct metrics_queue *queue;

	if (!s->stay || !contact)
		return;
	queue = s->stay->queue;
	count_outcome(queue->spans, leave, ev->time_us - s->stay->since_us,
		      queue->target_us, queue->short_us);
	usher__metrics_crowd(queue, ev->time_us);
	usher__metrics_del_stay(m, s->stay);
	if (leave != USHER_LEAVE_ANSWERED)
		usher__metrics_lost(queue);
	if (!--contact->stays)
		m->waiting--;
	contact->left_us = ev->time_us;
	contact->leave = leave;
	contact->target_us = queue->target_us;
	contact->short_us = queue->short_us;
	if (leave == USHER_LEAVE_ANSWERED) {
		usher__metrics_moved(m, queue, ev->time_us);
		if (!contact->answered)
			count_outcome(m->total, leave,
				      ev->time_us - contact->first_us,
				      queue->target_us, queue->short_us);
		contact->answered = 1;
	}
	if (!queue->waiting) {
		queue->backlog = 0;
		queue->open = OPEN_NOT;
	}
}

static void contact_closed(struct usher_metrics *m, struct subject *s)
{
	struct metrics_contact *contact = s->contact;

	if (!contact || contact->stays)
		return;
	if (!contact->answered)
		count_outcome(m->total, contact->leave,
			      contact->left_us - contact->first_us,
			      contact->target_us, contact->short_us);
	usher__metrics_del_contact(m, contact);
}

static void offer_made(const struct usher_event *ev, struct subject *s)
{
	/* An agent was free for the only one. */
	if (s->stay && s->stay->queue && s->stay->queue->waiting == 1 &&
	    s->stay->since_us == ev->time_us)
		s->stay->queue->open = OPEN_NOT;
	if (s->contact)
		s->contact->offers++;
	if (s->agent) {
		s->agent->offers++;
		COUNT_AGENT(s->agent, offers, 1);
	}
}

/* Whatever became of it, the offer is over. */
static void offer_over(struct usher_metrics *m, const struct usher_event *ev,
		       struct subject *s)
{
	bool back = ev->type != USHER_EV_OFFER_CONNECTED;

	if (ev->type == USHER_EV_OFFER_WITHDRAWN) {
		uint64_t why = field_u64(ev, USHER_F_WITHDRAW);

		back = why == USHER_WITHDRAW_AGENT ||
		       why == USHER_WITHDRAW_HOST;
	}
	if (s->contact && s->contact->offers) {
		s->contact->offers--;
		if (back && !s->contact->offers && s->contact->stays) {
			COUNT_TOTAL(m, requeues, 1);
			if (s->queue)
				COUNT(m, s->queue, requeues, 1);
		}
	}
	if (!s->agent)
		return;
	if (s->agent->offers)
		s->agent->offers--;
	COUNT_AGENT(s->agent, rejected, ev->type == USHER_EV_OFFER_REJECTED);
	COUNT_AGENT(s->agent, missed, ev->type == USHER_EV_OFFER_MISSED);
	COUNT_AGENT(s->agent, withdrawn, ev->type == USHER_EV_OFFER_WITHDRAWN);
	COUNT_AGENT(s->agent, failed, ev->type == USHER_EV_OFFER_FAILED);
}

static void agent_joined(struct usher_metrics *m, const struct usher_event *ev,
			 struct subject *s)
{
	if (!s->agent || !s->work || s->work->agent)
		return;
	usher__metrics_link_work(s->work, s->agent);
	s->work->answered = !field_u64(ev, USHER_F_DIALING);
	usher__metrics_served(m, s->queue, s->agent, s->work);
	COUNT_AGENT(s->agent, connected, 1);
}

static void agent_left(struct usher_metrics *m, const struct usher_event *ev,
		       struct subject *s)
{
	const int64_t talk = field_i64(ev, USHER_F_TALK);
	const int64_t hold = field_i64(ev, USHER_F_HOLD);
	const int64_t wrapup = field_i64(ev, USHER_F_WRAPUP);
	bool handled;

	if (!s->work)
		return;
	handled = s->work->answered;
	usher__metrics_unserved(m, s->work, s->queue);
	usher__metrics_del_work(m, s->work);
	if (!handled)
		return;
	if (s->agent) {
		COUNT_AGENT(s->agent, handled, 1);
		COUNT_AGENT(s->agent, talk_us, talk);
		COUNT_AGENT(s->agent, hold_us, hold);
		COUNT_AGENT(s->agent, wrapup_us, wrapup);
	}
	if (s->queue) {
		COUNT(m, s->queue, handled, 1);
		COUNT(m, s->queue, talk_us, talk);
		COUNT(m, s->queue, hold_us, hold);
		COUNT(m, s->queue, wrapup_us, wrapup);
		usher__metrics_handled(m, s->queue, talk + hold + wrapup);
	}
	/* The queue may be gone, but a queue it was. */
	if (!field_u64(ev, USHER_F_QUEUE))
		return;
	COUNT_TOTAL(m, handled, 1);
	COUNT_TOTAL(m, talk_us, talk);
	COUNT_TOTAL(m, hold_us, hold);
	COUNT_TOTAL(m, wrapup_us, wrapup);
}

static void queue_set(const struct usher_event *ev, struct subject *s)
{
	s->queue->target_us = field_i64(ev, USHER_F_TARGET);
	s->queue->short_us = field_i64(ev, USHER_F_SHORT);
}

static void count(struct usher_metrics *m, const struct usher_event *ev,
		  struct subject *s)
{
	if (s->agent)
		usher__metrics_settle(s->agent, ev->time_us);
	switch (ev->type) {
	case USHER_EV_DAY:
		usher__metrics_new_day(m, ev->time_us);
		break;
	case USHER_EV_QUEUE_SET:
		queue_set(ev, s);
		break;
	case USHER_EV_QUEUE_REMOVED:
		if (s->queue)
			s->queue->removed = 1;
		break;
	case USHER_EV_AGENT_REMOVED:
		if (s->agent) {
			s->agent->presence = USHER_SIGNED_OUT;
			s->agent->removed = 1;
		}
		break;
	case USHER_EV_AGENT_PRESENCE:
		if (s->agent)
			s->agent->presence =
				(int64_t)field_u64(ev, USHER_F_PRESENCE);
		/* fallthrough */
	case USHER_EV_AGENT_PENDING:
		usher__metrics_leaving(m, s->agent,
				       field_u64(ev, USHER_F_PRESENCE) !=
					       USHER_READY);
		break;
	case USHER_EV_AGENT_REMOVING:
		usher__metrics_leaving(m, s->agent, true);
		break;
	case USHER_EV_QUEUE_ENTERED:
		queue_entered(m, ev, s);
		break;
	case USHER_EV_QUEUE_LEFT:
		queue_left(m, ev, s);
		break;
	case USHER_EV_CONTACT_CLOSED:
		contact_closed(m, s);
		break;
	case USHER_EV_OFFER_MADE:
		offer_made(ev, s);
		break;
	case USHER_EV_OFFER_CONNECTED:
	case USHER_EV_OFFER_REJECTED:
	case USHER_EV_OFFER_MISSED:
	case USHER_EV_OFFER_WITHDRAWN:
	case USHER_EV_OFFER_FAILED:
		offer_over(m, ev, s);
		break;
	case USHER_EV_AGENT_JOINED:
		agent_joined(m, ev, s);
		break;
	case USHER_EV_AGENT_ANSWERED:
		if (s->work)
			s->work->answered = 1;
		break;
	case USHER_EV_AGENT_LEFT:
		agent_left(m, ev, s);
		break;
	default:
		break;
	}
}

int usher_metrics_feed(struct usher_metrics *m, const struct usher_event *ev)
{
	struct subject s;
	int rc;

	if (ev->kind == USHER_KIND_INPUT)
		return 0;
	if (m->started && (ev->time_us < m->now_us || ev->seq <= m->seq))
		return USHER_EINVAL;
	subject_find(m, ev, &s);
	rc = subject_make(m, ev, &s);
	if (rc)
		return rc;
	usher__metrics_roll(m, ev->time_us);
	count(m, ev, &s);
	m->seq = ev->seq;
	return 0;
}
