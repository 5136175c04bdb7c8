/* The naive account of offers. */
#include <string.h>

#include "fold.h"

static bool offer_made(struct model *m, const struct usher_event *ev)
{
	char policy[32];
	struct m_offer *o;
	struct m_agent *agent = model_agent(m, event_u64(ev, USHER_F_AGENT));
	struct m_segment *s = model_segment(m, ev->segment);

	if (m->offer_count == ITEMS_MAX || !agent || !s)
		return false;
	o = &m->offers[m->offer_count++];
	memset(o, 0, sizeof(*o));
	o->id = event_u64(ev, USHER_F_OFFER);
	o->group = event_u64(ev, USHER_F_GROUP);
	o->contact = ev->contact;
	o->segment = ev->segment;
	o->queue = event_u64(ev, USHER_F_QUEUE);
	o->agent = agent->id;
	o->deadline = event_i64(ev, USHER_F_DEADLINE);
	agent->last_offer = ev->seq;
	event_text(ev, USHER_F_POLICY, policy, sizeof(policy));
	if (!strcmp(policy, "batch") && model_queue(m, o->queue))
		model_queue(m, o->queue)->assigned = ev->time_us;
	s->late = false;
	s->widen = event_i64(ev, USHER_F_WIDEN);
	s->widen_since = ev->time_us;
	model_await_over(m, agent->id, ev->contact, 0, ev->time_us);
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		/* Nobody outside has to decide now. What one queue's policy
		 * said of later is not for another queue to take back. */
		if (m->segments[i].contact == ev->contact)
			m->segments[i].deciding = false;
	}
	return true;
}

static bool offer_over(struct model *m, const struct usher_event *ev)
{
	struct m_offer *o = model_offer(m, event_u64(ev, USHER_F_OFFER));
	int64_t until = event_i64(ev, USHER_F_UNTIL);

	if (!o)
		return false;
	o->gone = true;
	if (ev->type != USHER_EV_OFFER_CONNECTED &&
	    ev->type != USHER_EV_OFFER_WITHDRAWN)
		model_agent_rests(m, o->agent);
	if (until <= ev->time_us)
		return true;
	if (m->retry_count == RETRIES_MAX)
		return false;
	/* What was said last of an agent and a contact holds. */
	for (size_t i = 0; i < m->retry_count; i++)
		if (m->retries[i].contact == o->contact &&
		    m->retries[i].agent == o->agent)
			m->retries[i].until = 0;
	m->retries[m->retry_count].contact = o->contact;
	m->retries[m->retry_count].agent = o->agent;
	m->retries[m->retry_count++].until = until;
	return true;
}

bool model_fold_offer(struct model *m, const struct usher_event *ev)
{
	struct m_offer *o;

	switch (ev->type) {
	case USHER_EV_OFFER_MADE:
		return offer_made(m, ev);
	case USHER_EV_OFFER_ACCEPTED:
		o = model_offer(m, event_u64(ev, USHER_F_OFFER));
		if (!o)
			return false;
		o->accepted = true;
		o->deadline = event_i64(ev, USHER_F_DEADLINE);
		return true;
	default:
		return offer_over(m, ev);
	}
}
