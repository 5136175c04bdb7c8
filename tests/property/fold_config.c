/* The naive account of what is set: agents, queues, days. */
#include <string.h>

#include "fold.h"

static void agent_capacity(struct m_agent *agent, const struct usher_event *ev)
{
	struct usher_attr attr;
	bool named = false;

	memset(agent->max, 0, sizeof(agent->max));
	memset(agent->interrupts, 0, sizeof(agent->interrupts));
	for (size_t i = 0;
	     !usher_event_attr_at(ev, USHER_F_CAPACITY, i, &attr); i++) {
		int kind = model_kind(attr.name);

		named = true;
		if (kind >= 0)
			agent->max[kind] = (uint32_t)attr.number;
	}
	for (int k = 0; !named && k < KINDS; k++)
		agent->max[k] = 1;
	for (size_t i = 0;
	     !usher_event_attr_at(ev, USHER_F_INTERRUPTS, i, &attr); i++) {
		int kind = model_kind(attr.name);

		for (int k = 0; kind >= 0 && k < KINDS; k++)
			agent->interrupts[kind][k] =
				strstr(attr.text, kind_names[k]);
	}
}

static bool agent_set(struct model *m, const struct usher_event *ev)
{
	uint64_t id = event_u64(ev, USHER_F_AGENT);
	struct m_agent *agent = model_agent(m, id);
	const uint64_t *queues;
	size_t count = 0;

	if (!agent) {
		if (m->agent_count == AGENTS_MAX)
			return false;
		agent = &m->agents[m->agent_count++];
		memset(agent, 0, sizeof(*agent));
		agent->id = id;
	}
	event_text(ev, USHER_F_NAME, agent->name, sizeof(agent->name));
	agent->order = (uint32_t)event_u64(ev, USHER_F_ORDER);
	agent->max_total = (uint32_t)event_u64(ev, USHER_F_MAX_TOTAL);
	agent->may_be_over = true;
	/* Setting an agent who is being removed takes that back. */
	if (agent->removing)
		agent->pending = agent->removing = false;
	model_await_over(m, id, 0, 0, ev->time_us);
	event_attrs(ev, &agent->billing, "billing", agent->language,
		    sizeof(agent->language));
	event_options(ev, USHER_F_ATTRS, &agent->attrs);
	agent_capacity(agent, ev);
	if (usher_event_ids(ev, USHER_F_QUEUES, &queues, &count))
		count = 0;
	agent->queue_count = 0;
	for (size_t i = 0; i < count && i < 8; i++)
		agent->queues[agent->queue_count++] = queues[i];
	return true;
}

/* Another policy does not want more beside those who ring. */
static void widening_over(struct model *m, uint64_t queue)
{
	for (size_t i = m->segment_first; i < m->segment_count; i++)
		if (!m->segments[i].gone && m->segments[i].queue == queue)
			m->segments[i].widen = 0;
}

static bool queue_set(struct model *m, const struct usher_event *ev)
{
	uint64_t id = event_u64(ev, USHER_F_QUEUE);
	struct m_queue *queue = model_queue(m, id);
	struct m_options options;
	char policy[32];

	if (!queue) {
		if (m->queue_count == QUEUES_MAX)
			return false;
		queue = &m->queues[m->queue_count++];
		memset(queue, 0, sizeof(*queue));
		queue->id = id;
		queue->open = true;
	}
	queue->draining = false;
	event_text(ev, USHER_F_NAME, queue->name, sizeof(queue->name));
	event_text(ev, USHER_F_POLICY, policy, sizeof(policy));
	event_options(ev, USHER_F_POLICY_OPTIONS, &options);
	if (strcmp(policy, queue->policy) && strcmp(policy, "external") &&
	    strcmp(queue->policy, "external"))
		widening_over(m, id);
	if (strcmp(policy, queue->policy) ||
	    memcmp(&options, &queue->options, sizeof(options))) {
		queue->last_agent = 0;
		queue->last_order = 0;
		queue->draws = 0;
		memset(queue->given, 0, sizeof(queue->given));
		queue->collect = 0;
		queue->assigned = 0;
	}
	queue->options = options;
	event_options(ev, USHER_F_ORDER_OPTIONS, &queue->order);
	model_await_over(m, 0, 0, id, ev->time_us);
	memcpy(queue->policy, policy, sizeof(policy));
	event_text(ev, USHER_F_FALLBACK, queue->fallback,
		   sizeof(queue->fallback));
	event_text(ev, USHER_F_REQUIREMENT, queue->requirement,
		   sizeof(queue->requirement));
	queue->target_us = event_i64(ev, USHER_F_TARGET);
	queue->short_us = event_i64(ev, USHER_F_SHORT);
	queue->priority = event_i64(ev, USHER_F_PRIORITY);
	queue->boost = (uint32_t)event_u64(ev, USHER_F_BOOST);
	queue->members_only = event_u64(ev, USHER_F_MEMBERS_ONLY);
	return true;
}

static void presence(struct model *m, const struct usher_event *ev)
{
	struct m_agent *agent = model_agent(m, event_u64(ev, USHER_F_AGENT));
	uint32_t next = (uint32_t)event_u64(ev, USHER_F_PRESENCE);

	if (!agent)
		return;
	if (agent->presence == USHER_SIGNED_OUT && next != USHER_SIGNED_OUT) {
		agent->idle_since = agent->signed_in = ev->time_us;
		agent->busy = agent->paused = 0;
		if (agent->busy_since)
			agent->busy_since = ev->time_us;
	}
	if (agent->presence == USHER_PAUSED)
		agent->paused += ev->time_us - agent->since;
	if (next != USHER_READY)
		model_await_over(m, agent->id, 0, 0, ev->time_us);
	agent->since = ev->time_us;
	if (next == USHER_READY)
		agent->ready_since = ev->time_us;
	agent->presence = next;
	agent->pending = false;
}

static void day(struct model *m)
{
	for (size_t i = 0; i < m->agent_count; i++)
		m->agents[i].contacts = m->agents[i].talk = 0;
	for (size_t i = 0; i < m->queue_count; i++) {
		struct m_queue *q = &m->queues[i];

		q->entered = q->answered = q->abandoned = q->flowed = 0;
	}
}

bool model_fold_config(struct model *m, const struct usher_event *ev)
{
	struct m_queue *queue = model_queue(m, event_u64(ev, USHER_F_QUEUE));
	struct m_agent *agent = model_agent(m, event_u64(ev, USHER_F_AGENT));

	switch (ev->type) {
	case USHER_EV_CONFIGURED:
		event_text(ev, USHER_F_CONTACT_ORDER, m->contact_order,
			   sizeof(m->contact_order));
		model_await_over(m, 0, 0, 0, ev->time_us);
		break;
	case USHER_EV_DAY:
		day(m);
		break;
	case USHER_EV_QUEUE_SET:
		return queue_set(m, ev);
	case USHER_EV_AGENT_SET:
		return agent_set(m, ev);
	case USHER_EV_QUEUE_DRAINING:
		queue->draining = true;
		break;
	case USHER_EV_QUEUE_REMOVED:
		queue->gone = true;
		break;
	case USHER_EV_QUEUE_OPENED:
		queue->open = true;
		break;
	case USHER_EV_QUEUE_CLOSED:
		queue->open = false;
		break;
	case USHER_EV_AGENT_REMOVED:
		agent->gone = true;
		break;
	case USHER_EV_AGENT_REMOVING:
		agent->removing = true;
		model_await_over(m, agent->id, 0, 0, ev->time_us);
		break;
	case USHER_EV_AGENT_PRESENCE:
		presence(m, ev);
		break;
	case USHER_EV_AGENT_PENDING:
		agent->pending =
			event_u64(ev, USHER_F_PRESENCE) != USHER_READY;
		if (agent->pending)
			model_await_over(m, agent->id, 0, 0, ev->time_us);
		break;
	default:
		break;
	}
	return true;
}
