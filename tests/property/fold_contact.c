/* The naive account of contacts and their segments. */
#include <string.h>

#include "fold.h"

static bool contact_started(struct model *m, const struct usher_event *ev)
{
	struct m_contact *c;
	char channel[16];

	if (m->contact_count == ITEMS_MAX)
		return false;
	c = &m->contacts[m->contact_count++];
	memset(c, 0, sizeof(*c));
	c->id = ev->contact;
	event_text(ev, USHER_F_CHANNEL, channel, sizeof(channel));
	c->kind = model_kind(channel);
	c->priority = event_i64(ev, USHER_F_PRIORITY);
	c->since = event_i64(ev, USHER_F_SINCE);
	event_attrs(ev, &c->level, "level", NULL, 0);
	event_options(ev, USHER_F_ATTRS, &c->attrs);
	return c->kind >= 0;
}

static struct m_segment *
segment_began(struct model *m, const struct usher_event *ev, uint32_t kind)
{
	struct m_segment *s;

	if (m->segment_count == ITEMS_MAX)
		return NULL;
	s = &m->segments[m->segment_count++];
	memset(s, 0, sizeof(*s));
	s->id = ev->segment;
	s->contact = ev->contact;
	s->kind = kind;
	s->queue = event_u64(ev, USHER_F_QUEUE);
	s->agent = event_u64(ev, USHER_F_AGENT);
	s->entered = ev->time_us;
	s->dialing = event_u64(ev, USHER_F_DIALING);
	s->deadline = USHER_NEVER;
	return s;
}

static bool agent_joined(struct model *m, const struct usher_event *ev)
{
	struct m_agent *agent = model_agent(m, event_u64(ev, USHER_F_AGENT));

	if (!agent || !segment_began(m, ev, USHER_SEGMENT_AGENT))
		return false;
	if (!agent->busy_since)
		agent->busy_since = ev->time_us;
	/* Who is being dialed has not been talked to. */
	agent->contacts += !event_u64(ev, USHER_F_DIALING);
	return true;
}

static bool queue_entered(struct model *m, const struct usher_event *ev)
{
	struct m_segment *s = segment_began(m, ev, USHER_SEGMENT_QUEUE);
	struct m_queue *queue = model_queue(m, event_u64(ev, USHER_F_QUEUE));
	const struct m_contact *c;

	if (!s || !queue)
		return false;
	s->priority = event_i64(ev, USHER_F_PRIORITY);
	s->deadline = event_i64(ev, USHER_F_DEADLINE);
	event_text(ev, USHER_F_REQUIREMENT, s->requirement,
		   sizeof(s->requirement));
	queue->entered++;
	c = model_contact(m, ev->contact);
	/* A place that was kept is as it was, and no wait is too long. */
	return !c || !c->callback ||
	       (!s->deadline &&
		c->place_since == event_i64(ev, USHER_F_SINCE));
}

static bool waits_any(const struct model *m, uint64_t queue)
{
	for (size_t i = m->segment_first; i < m->segment_count; i++)
		if (!m->segments[i].gone && m->segments[i].queue == queue &&
		    m->segments[i].kind == USHER_SEGMENT_QUEUE)
			return true;
	return false;
}

static bool queue_left(struct model *m, const struct usher_event *ev)
{
	struct m_segment *s = model_segment(m, ev->segment);
	struct m_queue *queue = model_queue(m, event_u64(ev, USHER_F_QUEUE));
	uint32_t leave = (uint32_t)event_u64(ev, USHER_F_LEAVE);

	if (!s || s->kind != USHER_SEGMENT_QUEUE || !queue)
		return false;
	s->gone = true;
	if (queue->collect <= ev->time_us && !waits_any(m, queue->id))
		queue->collect = 0;
	if (leave == USHER_LEAVE_ANSWERED)
		queue->answered++;
	else if (leave == USHER_LEAVE_ABANDONED || leave == USHER_LEAVE_LOST)
		queue->abandoned++;
	else if (leave != USHER_LEAVE_ELSEWHERE)
		queue->flowed++;
	return true;
}

static bool has_work(const struct model *m, uint64_t agent)
{
	for (size_t i = m->segment_first; i < m->segment_count; i++)
		if (!m->segments[i].gone && m->segments[i].agent == agent &&
		    m->segments[i].kind == USHER_SEGMENT_AGENT)
			return true;
	return false;
}

static void pace(struct m_agent *agent, uint64_t queue, int64_t handle)
{
	size_t i = 0;

	while (i < agent->pace_count && agent->paces[i].queue != queue)
		i++;
	if (i == agent->pace_count)
		agent->paces[agent->pace_count++].queue = queue;
	agent->paces[i].handle += handle;
	if (++agent->paces[i].count == 128) {
		agent->paces[i].handle /= 2;
		agent->paces[i].count /= 2;
	}
}

static void handled(struct model *m, struct m_agent *agent,
		    const struct usher_event *ev)
{
	struct m_queue *q = model_queue(m, event_u64(ev, USHER_F_QUEUE));
	int64_t talk =
		event_i64(ev, USHER_F_TALK) + event_i64(ev, USHER_F_HOLD);
	int64_t handle = talk + event_i64(ev, USHER_F_WRAPUP);

	agent->talk += talk;
	if (!has_work(m, agent->id)) {
		agent->busy += ev->time_us - agent->busy_since;
		agent->busy_since = 0;
	}
	if (!q)
		return;
	if (!strcmp(q->policy, "fastest_first") ||
	    !strcmp(q->policy, "slowest_first"))
		pace(agent, q->id, handle);
	q->handle = q->handle ? q->handle + (handle - q->handle) / 8 : handle;
}

static bool agent_left(struct model *m, const struct usher_event *ev)
{
	struct m_segment *s = model_segment(m, ev->segment);
	struct m_agent *agent = model_agent(m, event_u64(ev, USHER_F_AGENT));

	if (!s || s->kind != USHER_SEGMENT_AGENT || !agent)
		return false;
	s->gone = true;
	model_agent_rests(m, agent->id);
	handled(m, agent, ev);
	return true;
}

bool model_fold_contact(struct model *m, const struct usher_event *ev)
{
	struct m_contact *c = model_contact(m, ev->contact);

	if (ev->type == USHER_EV_CONTACT_STARTED)
		return !c && contact_started(m, ev);
	if (!c)
		return false;
	switch (ev->type) {
	case USHER_EV_CONTACT_CHANGED:
		c->priority = event_i64(ev, USHER_F_PRIORITY);
		event_attrs(ev, &c->level, "level", NULL, 0);
		event_options(ev, USHER_F_ATTRS, &c->attrs);
		model_await_over(m, 0, c->id, 0, ev->time_us);
		break;
	case USHER_EV_CONTACT_DETACHED:
		c->detached_until = event_i64(ev, USHER_F_UNTIL);
		break;
	case USHER_EV_CONTACT_ATTACHED:
		c->detached_until = 0;
		break;
	case USHER_EV_CONTACT_ENDED:
		c->ended = true;
		c->detached_until = 0;
		if (c->callback)
			return false;
		break;
	case USHER_EV_CONTACT_CLOSED:
		c->gone = true;
		break;
	default:
		break;
	}
	return true;
}

bool model_fold_segment(struct model *m, const struct usher_event *ev)
{
	struct m_segment *s = model_segment(m, ev->segment);
	struct m_queue *q = model_queue(m, event_u64(ev, USHER_F_QUEUE));

	switch (ev->type) {
	case USHER_EV_COLLECTING:
		if (q)
			q->collect = event_i64(ev, USHER_F_UNTIL);
		return q != NULL;
	case USHER_EV_FLOW_ENTERED:
		return !s && segment_began(m, ev, USHER_SEGMENT_FLOW);
	case USHER_EV_QUEUE_ENTERED:
		return !s && queue_entered(m, ev);
	case USHER_EV_AGENT_JOINED:
		return !s && agent_joined(m, ev);
	default:
		break;
	}
	if (!s)
		return false;
	switch (ev->type) {
	case USHER_EV_FLOW_LEFT:
		s->gone = true;
		break;
	case USHER_EV_QUEUE_LEFT:
		return queue_left(m, ev);
	case USHER_EV_AGENT_LEFT:
		return agent_left(m, ev);
	case USHER_EV_AGENT_ANSWERED:
		s->dialing = false;
		model_agent(m, s->agent)->contacts++;
		break;
	case USHER_EV_HOLD_STARTED:
		s->held = true;
		break;
	case USHER_EV_HOLD_ENDED:
		s->held = false;
		break;
	case USHER_EV_WRAPUP_STARTED:
		s->wrapup = true;
		s->deadline = event_i64(ev, USHER_F_DEADLINE);
		break;
	case USHER_EV_DECIDE:
		s->deciding = true;
		break;
	case USHER_EV_DECIDE_LATE:
		s->deciding = false;
		s->late = true;
		break;
	case USHER_EV_DEFERRED:
		s->not_before = event_i64(ev, USHER_F_UNTIL);
		s->awaits = event_u64(ev, USHER_F_AGENT);
		break;
	default:
		break;
	}
	return true;
}
