/* The naive account: each event applied as docs/events.md words it. */
#include <stdio.h>
#include <string.h>

#include "model.h"

const char *const kind_names[KINDS] = {"voice", "chat"};

const char *const requirements[] = {
	"",
	"billing >= 3",
	"language in (\"hu\", \"pl\")",
	"billing >= contact.level",
	"not (language == \"en\") and billing < 5",
	"agent.name == \"a1\" or billing == 2",
};
const unsigned requirement_count =
	sizeof(requirements) / sizeof(*requirements);

static bool number(unsigned i, const struct m_agent *a,
		   const struct m_contact *c)
{
	const bool hu = !strcmp(a->language, "hu");
	const bool pl = !strcmp(a->language, "pl");
	const bool en = !strcmp(a->language, "en");
	const bool has = a->billing >= 0;

	switch (i) {
	case 0:
		return true;
	case 1:
		return has && a->billing >= 3;
	case 2:
		return hu || pl;
	case 3:
		return has && c->level >= 0 && a->billing >= c->level;
	case 4:
		return !en && has && a->billing < 5;
	default:
		return !strcmp(a->name, "a1") || (has && a->billing == 2);
	}
}

bool model_requirement(const char *text, const struct m_agent *agent,
		       const struct m_contact *contact)
{
	for (unsigned i = 0; i < requirement_count; i++)
		if (!strcmp(text, requirements[i]))
			return number(i, agent, contact);
	return false;
}

#define FIND(what, from)                                                      \
	for (size_t i = (from); i < m->what##_count; i++)                     \
		if (m->what##s[i].id == id && !m->what##s[i].gone)            \
			return &m->what##s[i];                                \
	return NULL

struct m_agent *model_agent(struct model *m, uint64_t id)
{
	FIND(agent, 0);
}

struct m_queue *model_queue(struct model *m, uint64_t id)
{
	FIND(queue, 0);
}

struct m_contact *model_contact(struct model *m, uint64_t id)
{
	FIND(contact, m->contact_first);
}

struct m_segment *model_segment(struct model *m, uint64_t id)
{
	FIND(segment, m->segment_first);
}

struct m_offer *model_offer(struct model *m, uint64_t id)
{
	FIND(offer, m->offer_first);
}

static uint64_t u64(const struct usher_event *ev, uint32_t field)
{
	uint64_t v = 0;

	return usher_event_u64(ev, field, &v) ? 0 : v;
}

static int64_t i64(const struct usher_event *ev, uint32_t field)
{
	int64_t v = 0;

	return usher_event_i64(ev, field, &v) ? 0 : v;
}

static void text(const struct usher_event *ev, uint32_t field, char *to,
		 size_t size)
{
	const char *s = "";

	if (usher_event_str(ev, field, &s, NULL))
		s = "";
	snprintf(to, size, "%s", s);
}

static int kind_of(const char *name)
{
	for (int i = 0; i < KINDS; i++)
		if (!strcmp(name, kind_names[i]))
			return i;
	return -1;
}

/* Whose work ended, or who did not take an offer, goes to the end of the
 * line of the idle. */
static void agent_rests(struct model *m, uint64_t id)
{
	struct m_agent *agent = model_agent(m, id);

	if (agent)
		agent->idle_since = m->now;
}

static void read_attrs(const struct usher_event *ev, double *number_of,
		       const char *number_name, char *language, size_t size)
{
	struct usher_attr attr;

	*number_of = -1;
	if (language)
		language[0] = 0;
	for (size_t i = 0; !usher_event_attr_at(ev, USHER_F_ATTRS, i, &attr);
	     i++) {
		if (!strcmp(attr.name, number_name))
			*number_of = attr.number;
		else if (language && !strcmp(attr.name, "language"))
			snprintf(language, size, "%s", attr.text);
	}
}

static void agent_capacity(struct m_agent *agent, const struct usher_event *ev)
{
	struct usher_attr attr;
	bool named = false;

	memset(agent->max, 0, sizeof(agent->max));
	memset(agent->interrupts, 0, sizeof(agent->interrupts));
	for (size_t i = 0;
	     !usher_event_attr_at(ev, USHER_F_CAPACITY, i, &attr); i++) {
		int kind = kind_of(attr.name);

		named = true;
		if (kind >= 0)
			agent->max[kind] = (uint32_t)attr.number;
	}
	for (int k = 0; !named && k < KINDS; k++)
		agent->max[k] = 1;
	for (size_t i = 0;
	     !usher_event_attr_at(ev, USHER_F_INTERRUPTS, i, &attr); i++) {
		int kind = kind_of(attr.name);

		for (int k = 0; kind >= 0 && k < KINDS; k++)
			agent->interrupts[kind][k] =
				strstr(attr.text, kind_names[k]);
	}
}

const struct m_option *option_find(const struct m_options *o, const char *name)
{
	for (size_t i = 0; i < o->count; i++)
		if (!strcmp(o->list[i].name, name))
			return &o->list[i];
	return NULL;
}

double option_number(const struct m_options *o, const char *name,
		     double standard)
{
	const struct m_option *found = option_find(o, name);

	return found && !found->is_text ? found->number : standard;
}

static void read_options(const struct usher_event *ev, uint32_t field,
			 struct m_options *o)
{
	struct usher_attr attr;

	memset(o, 0, sizeof(*o));
	while (o->count < OPTIONS_MAX &&
	       !usher_event_attr_at(ev, field, o->count, &attr)) {
		struct m_option *to = &o->list[o->count++];

		snprintf(to->name, sizeof(to->name), "%s", attr.name);
		to->is_text = attr.type == USHER_ATTR_TEXT;
		to->number = attr.number;
		snprintf(to->text, sizeof(to->text), "%s",
			 to->is_text ? attr.text : "");
	}
}

/* Who waits for this agent alone, or this contact, or in this queue, does not
 * any more: 0 is any. */
static void await_over(struct model *m, uint64_t agent, uint64_t contact,
		       uint64_t queue, int64_t now)
{
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		struct m_segment *s = &m->segments[i];

		if (s->gone || !s->awaits || s->not_before <= now ||
		    (agent && s->awaits != agent) ||
		    (contact && s->contact != contact) ||
		    (queue && s->queue != queue))
			continue;
		s->awaits = 0;
		s->not_before = 0;
	}
}

static bool agent_set(struct model *m, const struct usher_event *ev)
{
	uint64_t id = u64(ev, USHER_F_AGENT);
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
	text(ev, USHER_F_NAME, agent->name, sizeof(agent->name));
	agent->order = (uint32_t)u64(ev, USHER_F_ORDER);
	agent->max_total = (uint32_t)u64(ev, USHER_F_MAX_TOTAL);
	agent->may_be_over = true;
	/* Setting an agent who is being removed takes that back. */
	if (agent->removing)
		agent->pending = agent->removing = false;
	await_over(m, id, 0, 0, ev->time_us);
	read_attrs(ev, &agent->billing, "billing", agent->language,
		   sizeof(agent->language));
	read_options(ev, USHER_F_ATTRS, &agent->attrs);
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
	uint64_t id = u64(ev, USHER_F_QUEUE);
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
	text(ev, USHER_F_NAME, queue->name, sizeof(queue->name));
	text(ev, USHER_F_POLICY, policy, sizeof(policy));
	read_options(ev, USHER_F_POLICY_OPTIONS, &options);
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
	read_options(ev, USHER_F_ORDER_OPTIONS, &queue->order);
	await_over(m, 0, 0, id, ev->time_us);
	memcpy(queue->policy, policy, sizeof(policy));
	text(ev, USHER_F_FALLBACK, queue->fallback, sizeof(queue->fallback));
	text(ev, USHER_F_REQUIREMENT, queue->requirement,
	     sizeof(queue->requirement));
	queue->target_us = i64(ev, USHER_F_TARGET);
	queue->short_us = i64(ev, USHER_F_SHORT);
	queue->priority = i64(ev, USHER_F_PRIORITY);
	queue->boost = (uint32_t)u64(ev, USHER_F_BOOST);
	queue->members_only = u64(ev, USHER_F_MEMBERS_ONLY);
	return true;
}

static void presence(struct model *m, const struct usher_event *ev)
{
	struct m_agent *agent = model_agent(m, u64(ev, USHER_F_AGENT));
	uint32_t next = (uint32_t)u64(ev, USHER_F_PRESENCE);

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
		await_over(m, agent->id, 0, 0, ev->time_us);
	agent->since = ev->time_us;
	if (next == USHER_READY)
		agent->ready_since = ev->time_us;
	agent->presence = next;
	agent->pending = false;
}

static bool contact_started(struct model *m, const struct usher_event *ev)
{
	struct m_contact *c;
	char channel[16];

	if (m->contact_count == ITEMS_MAX)
		return false;
	c = &m->contacts[m->contact_count++];
	memset(c, 0, sizeof(*c));
	c->id = ev->contact;
	text(ev, USHER_F_CHANNEL, channel, sizeof(channel));
	c->kind = kind_of(channel);
	c->priority = i64(ev, USHER_F_PRIORITY);
	c->since = i64(ev, USHER_F_SINCE);
	read_attrs(ev, &c->level, "level", NULL, 0);
	read_options(ev, USHER_F_ATTRS, &c->attrs);
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
	s->queue = u64(ev, USHER_F_QUEUE);
	s->agent = u64(ev, USHER_F_AGENT);
	s->entered = ev->time_us;
	s->dialing = u64(ev, USHER_F_DIALING);
	s->deadline = USHER_NEVER;
	return s;
}

static bool agent_joined(struct model *m, const struct usher_event *ev)
{
	struct m_agent *agent = model_agent(m, u64(ev, USHER_F_AGENT));

	if (!agent || !segment_began(m, ev, USHER_SEGMENT_AGENT))
		return false;
	if (!agent->busy_since)
		agent->busy_since = ev->time_us;
	/* Who is being dialed has not been talked to. */
	agent->contacts += !u64(ev, USHER_F_DIALING);
	return true;
}

static bool queue_entered(struct model *m, const struct usher_event *ev)
{
	struct m_segment *s = segment_began(m, ev, USHER_SEGMENT_QUEUE);
	struct m_queue *queue = model_queue(m, u64(ev, USHER_F_QUEUE));
	const struct m_contact *c;

	if (!s || !queue)
		return false;
	s->priority = i64(ev, USHER_F_PRIORITY);
	s->deadline = i64(ev, USHER_F_DEADLINE);
	text(ev, USHER_F_REQUIREMENT, s->requirement, sizeof(s->requirement));
	queue->entered++;
	c = model_contact(m, ev->contact);
	/* A place that was kept is as it was, and no wait is too long. */
	return !c || !c->callback ||
	       (!s->deadline && c->place_since == i64(ev, USHER_F_SINCE));
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
	struct m_queue *queue = model_queue(m, u64(ev, USHER_F_QUEUE));
	uint32_t leave = (uint32_t)u64(ev, USHER_F_LEAVE);

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

static bool offer_made(struct model *m, const struct usher_event *ev)
{
	char policy[32];
	struct m_offer *o;
	struct m_agent *agent = model_agent(m, u64(ev, USHER_F_AGENT));
	struct m_segment *s = model_segment(m, ev->segment);

	if (m->offer_count == ITEMS_MAX || !agent || !s)
		return false;
	o = &m->offers[m->offer_count++];
	memset(o, 0, sizeof(*o));
	o->id = u64(ev, USHER_F_OFFER);
	o->group = u64(ev, USHER_F_GROUP);
	o->contact = ev->contact;
	o->segment = ev->segment;
	o->queue = u64(ev, USHER_F_QUEUE);
	o->agent = agent->id;
	o->deadline = i64(ev, USHER_F_DEADLINE);
	agent->last_offer = ev->seq;
	text(ev, USHER_F_POLICY, policy, sizeof(policy));
	if (!strcmp(policy, "batch") && model_queue(m, o->queue))
		model_queue(m, o->queue)->assigned = ev->time_us;
	s->late = false;
	s->widen = i64(ev, USHER_F_WIDEN);
	s->widen_since = ev->time_us;
	await_over(m, agent->id, ev->contact, 0, ev->time_us);
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
	struct m_offer *o = model_offer(m, u64(ev, USHER_F_OFFER));
	int64_t until = i64(ev, USHER_F_UNTIL);

	if (!o)
		return false;
	o->gone = true;
	if (ev->type != USHER_EV_OFFER_CONNECTED &&
	    ev->type != USHER_EV_OFFER_WITHDRAWN)
		agent_rests(m, o->agent);
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
	struct m_queue *q = model_queue(m, u64(ev, USHER_F_QUEUE));
	int64_t talk = i64(ev, USHER_F_TALK) + i64(ev, USHER_F_HOLD);
	int64_t handle = talk + i64(ev, USHER_F_WRAPUP);

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
	struct m_agent *agent = model_agent(m, u64(ev, USHER_F_AGENT));

	if (!s || s->kind != USHER_SEGMENT_AGENT || !agent)
		return false;
	s->gone = true;
	agent_rests(m, agent->id);
	handled(m, agent, ev);
	return true;
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

static bool fold_config(struct model *m, const struct usher_event *ev)
{
	struct m_queue *queue = model_queue(m, u64(ev, USHER_F_QUEUE));
	struct m_agent *agent = model_agent(m, u64(ev, USHER_F_AGENT));

	switch (ev->type) {
	case USHER_EV_CONFIGURED:
		text(ev, USHER_F_CONTACT_ORDER, m->contact_order,
		     sizeof(m->contact_order));
		await_over(m, 0, 0, 0, ev->time_us);
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
		await_over(m, agent->id, 0, 0, ev->time_us);
		break;
	case USHER_EV_AGENT_PRESENCE:
		presence(m, ev);
		break;
	case USHER_EV_AGENT_PENDING:
		agent->pending = u64(ev, USHER_F_PRESENCE) != USHER_READY;
		if (agent->pending)
			await_over(m, agent->id, 0, 0, ev->time_us);
		break;
	default:
		break;
	}
	return true;
}

static bool fold_contact(struct model *m, const struct usher_event *ev)
{
	struct m_contact *c = model_contact(m, ev->contact);

	if (ev->type == USHER_EV_CONTACT_STARTED)
		return !c && contact_started(m, ev);
	if (!c)
		return false;
	switch (ev->type) {
	case USHER_EV_CONTACT_CHANGED:
		c->priority = i64(ev, USHER_F_PRIORITY);
		read_attrs(ev, &c->level, "level", NULL, 0);
		read_options(ev, USHER_F_ATTRS, &c->attrs);
		await_over(m, 0, c->id, 0, ev->time_us);
		break;
	case USHER_EV_CONTACT_DETACHED:
		c->detached_until = i64(ev, USHER_F_UNTIL);
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

static bool fold_segment(struct model *m, const struct usher_event *ev)
{
	struct m_segment *s = model_segment(m, ev->segment);
	struct m_queue *q = model_queue(m, u64(ev, USHER_F_QUEUE));

	switch (ev->type) {
	case USHER_EV_COLLECTING:
		if (q)
			q->collect = i64(ev, USHER_F_UNTIL);
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
		s->deadline = i64(ev, USHER_F_DEADLINE);
		break;
	case USHER_EV_DECIDE:
		s->deciding = true;
		break;
	case USHER_EV_DECIDE_LATE:
		s->deciding = false;
		s->late = true;
		break;
	case USHER_EV_DEFERRED:
		s->not_before = i64(ev, USHER_F_UNTIL);
		s->awaits = u64(ev, USHER_F_AGENT);
		break;
	default:
		break;
	}
	return true;
}

static bool fold_offer(struct model *m, const struct usher_event *ev)
{
	struct m_offer *o;

	switch (ev->type) {
	case USHER_EV_OFFER_MADE:
		return offer_made(m, ev);
	case USHER_EV_OFFER_ACCEPTED:
		o = model_offer(m, u64(ev, USHER_F_OFFER));
		if (!o)
			return false;
		o->accepted = true;
		o->deadline = i64(ev, USHER_F_DEADLINE);
		return true;
	default:
		return offer_over(m, ev);
	}
}

static bool log_event(struct model *m, const struct usher_event *ev)
{
	struct m_log *l;

	if (m->log_count == LOG_MAX)
		return false;
	l = &m->log[m->log_count++];
	l->type = ev->type;
	l->time = ev->time_us;
	l->contact = ev->contact;
	l->segment = ev->segment;
	l->queue = u64(ev, USHER_F_QUEUE);
	l->agent = u64(ev, USHER_F_AGENT);
	l->value = 0;
	if (ev->type == USHER_EV_QUEUE_LEFT)
		l->value = (uint32_t)u64(ev, USHER_F_LEAVE);
	else if (ev->type == USHER_EV_AGENT_PRESENCE)
		l->value = (uint32_t)u64(ev, USHER_F_PRESENCE);
	else if (ev->type == USHER_EV_AGENT_JOINED)
		l->value = (uint32_t)u64(ev, USHER_F_DIALING);
	l->talk = i64(ev, USHER_F_TALK);
	l->hold = i64(ev, USHER_F_HOLD);
	l->wrapup = i64(ev, USHER_F_WRAPUP);
	l->target = i64(ev, USHER_F_TARGET);
	l->short_wait = i64(ev, USHER_F_SHORT);
	return true;
}

static void advance_firsts(struct model *m)
{
	while (m->contact_first < m->contact_count &&
	       m->contacts[m->contact_first].gone)
		m->contact_first++;
	while (m->segment_first < m->segment_count &&
	       m->segments[m->segment_first].gone)
		m->segment_first++;
	while (m->offer_first < m->offer_count &&
	       m->offers[m->offer_first].gone)
		m->offer_first++;
}

bool model_fold(struct model *m, const struct usher_event *ev,
		const char **why)
{
	bool ok = true;

	*why = "time or sequence does not go on by one";
	if (ev->seq != m->seq + 1 || ev->time_us < m->now)
		return false;
	m->seq = ev->seq;
	m->last = ev->time_us;
	m->now = ev->time_us;
	*why = "the event does not fit what came before it";
	if (model_is_step(ev->type))
		ok = model_fold_step(m, ev);
	else if (ev->type < USHER_EV_CONTACT_STARTED)
		ok = fold_config(m, ev);
	else if (ev->type < USHER_EV_FLOW_ENTERED)
		ok = fold_contact(m, ev);
	else if (ev->type < USHER_EV_OFFER_MADE)
		ok = fold_segment(m, ev);
	else if (ev->type < USHER_EV_AGENT_JOINED)
		ok = fold_offer(m, ev);
	else if (ev->type <= USHER_EV_COLLECTING)
		ok = fold_segment(m, ev);
	else if (ev->type == USHER_EV_NOBODY)
		ok = true;
	else if (ev->type <= USHER_EV_CALLBACK_TURN)
		ok = model_fold_callback(m, ev);
	advance_firsts(m);
	return ok && log_event(m, ev);
}
