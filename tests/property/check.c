/* Invariants after every step, and what the core says of itself against the
 * naive account. */
#include <stdio.h>
#include <string.h>

#include "day.h"

#define ID(x) ((unsigned long long)(x))

static bool check_queues(struct day *d)
{
	struct model *m = d->model;
	struct usher_queue_info info = {.size = sizeof(info)};
	size_t live = 0;

	for (uint64_t id = 0; (id = usher_acd_queue_next(d->acd, id));)
		live++;
	for (size_t i = 0; i < m->queue_count; i++) {
		const struct m_queue *q = &m->queues[i];
		uint32_t waiting = 0;

		if (q->gone)
			continue;
		live--;
		for (size_t k = m->segment_first; k < m->segment_count; k++)
			waiting +=
				!m->segments[k].gone &&
				m->segments[k].kind == USHER_SEGMENT_QUEUE &&
				m->segments[k].queue == q->id;
		if (usher_acd_queue_info(d->acd, q->id, &info))
			return fail(d, "queue %llu is missing", ID(q->id));
		if (info.entered != q->entered ||
		    info.answered != q->answered ||
		    info.abandoned != q->abandoned ||
		    info.flowed != q->flowed || info.waiting != waiting)
			return fail(d,
				    "queue %llu counts E %llu A %llu B %llu "
				    "F %llu waiting %u, recounted %llu %llu "
				    "%llu %llu %u",
				    ID(q->id), ID(info.entered),
				    ID(info.answered), ID(info.abandoned),
				    ID(info.flowed), info.waiting,
				    ID(q->entered), ID(q->answered),
				    ID(q->abandoned), ID(q->flowed), waiting);
		if (!info.open != !q->open || !info.draining != !q->draining)
			return fail(d, "queue %llu: open or draining differs",
				    ID(q->id));
		if (q->draining && !waiting)
			return fail(d, "queue %llu is drained and still there",
				    ID(q->id));
	}
	return !live || fail(d, "the core has queues that nobody made");
}

/* Taken capacity, by kind and in all. */
static void loads(struct day *d, const struct m_agent *a, uint32_t n[KINDS],
		  uint32_t *offers, uint32_t *accepted, uint32_t *talking,
		  uint32_t *wrapup)
{
	struct model *m = d->model;

	memset(n, 0, KINDS * sizeof(*n));
	*offers = *accepted = *talking = *wrapup = 0;
	for (size_t i = m->offer_first; i < m->offer_count; i++) {
		const struct m_offer *o = &m->offers[i];

		if (o->gone || o->agent != a->id)
			continue;
		n[model_contact(m, o->contact)->kind]++;
		++*offers;
		*accepted += o->accepted;
	}
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];

		if (s->gone || s->agent != a->id)
			continue;
		n[model_contact(m, s->contact)->kind]++;
		++*(s->wrapup ? wrapup : talking);
	}
}

/* More than the agent takes of this kind, or beside it: but for kinds that it
 * interrupts, and those that interrupt it and may have come later. */
static bool is_over(const struct m_agent *a, const uint32_t n[KINDS], int kind)
{
	uint32_t beside = 0;

	for (int k = 0; k < KINDS; k++)
		beside += a->interrupts[kind][k] || a->interrupts[k][kind]
				  ? 0
				  : n[k];
	return n[kind] > a->max[kind] ||
	       beside > (a->max_total ? a->max_total : 1);
}

/* What grows is within capacity, unless it was forced in this very step or
 * the capacity was set in it. */
static bool check_capacity(struct day *d, struct m_agent *a,
			   const uint32_t n[KINDS])
{
	bool may_be = a->may_be_over, over = false;

	for (int k = 0; k < KINDS; k++)
		over = over || (n[k] > a->load[k] && is_over(a, n, k));
	memcpy(a->load, n, sizeof(a->load));
	a->may_be_over = false;
	return !over || may_be ||
	       fail(d, "agent %llu is over capacity", ID(a->id));
}

static bool check_agents(struct day *d)
{
	struct model *m = d->model;
	struct usher_agent_info info = {.size = sizeof(info)};
	size_t live = 0;

	for (uint64_t id = 0; (id = usher_acd_agent_next(d->acd, id));)
		live++;
	for (size_t i = 0; i < m->agent_count; i++) {
		struct m_agent *a = &m->agents[i];
		uint32_t n[KINDS], offers, accepted, talking, wrapup;

		if (a->gone)
			continue;
		live--;
		if (usher_acd_agent_info(d->acd, a->id, &info))
			return fail(d, "agent %llu is missing", ID(a->id));
		loads(d, a, n, &offers, &accepted, &talking, &wrapup);
		if (info.offers != offers || info.talking != talking ||
		    info.wrapup != wrapup)
			return fail(d,
				    "agent %llu has %u offers, %u contacts, "
				    "%u wrap-ups; recounted %u, %u, %u",
				    ID(a->id), info.offers, info.talking,
				    info.wrapup, offers, talking, wrapup);
		if (info.presence != a->presence ||
		    !info.pending != !a->pending)
			return fail(d, "presence of agent %llu differs",
				    ID(a->id));
		if (info.contacts != a->contacts)
			return fail(
				d, "agent %llu handled %llu, recounted %llu",
				ID(a->id), ID(info.contacts), ID(a->contacts));
		if (a->pending && !talking && !wrapup && !accepted)
			return fail(d, "agent %llu waits for no work",
				    ID(a->id));
		for (int k = 0; k < KINDS; k++) {
			/* A kind that nothing has named yet is not known. */
			int is_free = usher_acd_agent_free(d->acd, a->id,
							   kind_names[k]);

			if (is_free >= 0 && is_free != matcher_free(d, a, k))
				return fail(d,
					    "agent %llu: free for %s or not",
					    ID(a->id), kind_names[k]);
		}
		if (!check_capacity(d, a, n))
			return false;
	}
	return !live || fail(d, "the core has agents that nobody made");
}

/* One group of offers, one winner; no agent twice. */
static bool check_contact(struct day *d, const struct m_contact *c)
{
	struct model *m = d->model;
	uint64_t group = 0, agents[USHER_GROUP_MAX * 2];
	size_t count = 0;
	unsigned offers = 0, accepted = 0;

	for (size_t i = m->offer_first; i < m->offer_count; i++) {
		const struct m_offer *o = &m->offers[i];

		if (o->gone || o->contact != c->id)
			continue;
		offers++;
		accepted += o->accepted;
		if (group && o->group != group)
			return fail(d, "contact %llu is in two groups",
				    ID(c->id));
		group = o->group;
		agents[count++] = o->agent;
	}
	if (accepted > 1 || (accepted && offers > 1))
		return fail(d, "contact %llu has %u winners and %u offers",
			    ID(c->id), accepted, offers);
	if (offers && (c->ended || c->detached_until ||
		       (c->callback && model_away(c) && !accepted)))
		return fail(d, "contact %llu is gone and offered", ID(c->id));
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];

		if (s->gone || s->contact != c->id)
			continue;
		if (c->ended && !s->wrapup)
			return fail(d, "contact %llu ended, not its segment",
				    ID(c->id));
		if (s->kind == USHER_SEGMENT_AGENT)
			agents[count++] = s->agent;
	}
	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count; k++)
			if (agents[i] == agents[k])
				return fail(d,
					    "agent %llu is twice on contact "
					    "%llu",
					    ID(agents[i]), ID(c->id));
	return true;
}

static bool check_contacts(struct day *d)
{
	struct model *m = d->model;
	struct usher_contact_info info = {.size = sizeof(info)};
	size_t live = 0;

	for (uint64_t id = 0; (id = usher_acd_contact_next(d->acd, id));)
		live++;
	for (size_t i = m->contact_first; i < m->contact_count; i++) {
		const struct m_contact *c = &m->contacts[i];

		if (c->gone)
			continue;
		live--;
		if (usher_acd_contact_info(d->acd, c->id, &info))
			return fail(d, "contact %llu is missing", ID(c->id));
		if (!info.ended != !c->ended ||
		    info.detached_until_us != c->detached_until ||
		    info.priority != c->priority || info.since_us != c->since)
			return fail(d, "contact %llu differs", ID(c->id));
		if (!check_contact(d, c) || !check_callback(d, c))
			return false;
	}
	return !live || fail(d, "the core has contacts that nobody made");
}

static bool check_offers(struct day *d)
{
	struct model *m = d->model;
	struct usher_offer_info info = {.size = sizeof(info)};
	int64_t next = usher_acd_deadline(d->acd);

	for (size_t i = m->offer_first; i < m->offer_count; i++) {
		const struct m_offer *o = &m->offers[i];

		if (o->gone)
			continue;
		if (usher_acd_offer_info(d->acd, o->id, &info))
			return fail(d, "offer %llu is missing", ID(o->id));
		if (info.deadline_us != o->deadline ||
		    info.agent != o->agent || info.contact != o->contact)
			return fail(d, "offer %llu differs", ID(o->id));
		if (o->deadline <= d->now || o->deadline == USHER_NEVER ||
		    next > o->deadline)
			return fail(d, "offer %llu has no deadline ahead",
				    ID(o->id));
	}
	return true;
}

/* Segments are the same; and nobody waits beside an agent who could help. */
static bool check_segments(struct day *d)
{
	struct model *m = d->model;
	struct usher_segment_info info = {.size = sizeof(info)};

	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];

		if (s->gone)
			continue;
		if (usher_acd_segment_info(d->acd, s->id, &info) ||
		    info.kind != s->kind || info.contact != s->contact ||
		    info.agent != s->agent || info.queue != s->queue)
			return fail(d, "segment %llu differs", ID(s->id));
		if ((info.state == USHER_SEGMENT_WRAPUP) != s->wrapup ||
		    (info.state == USHER_SEGMENT_DECIDING) != s->deciding)
			return fail(d, "state of segment %llu differs",
				    ID(s->id));
		if (matcher_waits(d, s) && matcher_would_offer(d, s))
			return fail(d,
				    "segment %llu waits beside an eligible "
				    "agent",
				    ID(s->id));
	}
	return true;
}

bool check_state(struct day *d)
{
	if (d->model->seq != usher_acd_seq(d->acd))
		return fail(d, "an event is missing");
	d->model->now = d->now;
	moment_over(d);
	return check_queues(d) && check_agents(d) && check_contacts(d) &&
	       check_offers(d) && check_segments(d) && check_steps(d) &&
	       check_reasons(d);
}

static bool rings(const struct day *d, uint64_t group)
{
	const struct model *m = d->model;

	for (size_t i = m->offer_first; i < m->offer_count; i++)
		if (!m->offers[i].gone && m->offers[i].group == group)
			return true;
	return false;
}

/* More are rung beside those of a group: at a whole number of the time since
 * the last ones, and while nobody has accepted. */
static bool begin_more(struct day *d, const struct m_segment *s,
		       uint64_t group)
{
	const struct model *m = d->model;
	int64_t since = m->now - s->widen_since;

	if (s->widen <= 0 || since <= 0 || since % s->widen)
		return fail(d, "more ring beside group %llu at no time",
			    ID(group));
	for (size_t i = m->offer_first; i < m->offer_count; i++)
		if (!m->offers[i].gone && m->offers[i].contact == s->contact &&
		    (m->offers[i].group != group || m->offers[i].accepted))
			return fail(d, "more ring beside who has accepted");
	d->group_count = matcher_more(d, s, d->group_agents);
	d->picks++;
	return true;
}

/* The first offer of a group says who else must follow. */
static bool begin_group(struct day *d, const struct m_segment *s,
			uint64_t group, uint64_t agent)
{
	d->group = group;
	d->group_next = 0;
	if (d->chosen_agent && d->chosen_contact == s->contact) {
		d->group_agents[0] = d->chosen_agent;
		d->group_count = 1;
		d->chosen_agent = d->chosen_contact = 0;
		return true;
	}
	if (!strcmp(model_queue(d->model, s->queue)->policy, "batch")) {
		d->group_agents[0] = agent;
		d->group_count = 1;
		d->picks++;
		return check_together(d, s, agent);
	}
	if (d->together_left)
		return fail(d, "a batch of queue %llu is not complete",
			    ID(d->together));
	if (rings(d, group))
		return begin_more(d, s, group);
	if (!matcher_waits(d, s))
		return fail(d, "segment %llu does not wait", ID(s->id));
	if (!matcher_contact_ok(d, s))
		return fail(d, "agent %llu: segment %llu goes before %llu",
			    ID(agent), ID(d->better), ID(s->id));
	d->group_count = matcher_group(d, s, d->group_agents);
	d->picks++;
	return true;
}

bool check_offer(struct day *d, const struct usher_event *ev)
{
	struct m_segment *s = model_segment(d->model, ev->segment);
	uint64_t group = 0, agent = 0;

	usher_event_u64(ev, USHER_F_GROUP, &group);
	usher_event_u64(ev, USHER_F_AGENT, &agent);
	d->model->now = ev->time_us;
	if (!s || !model_agent(d->model, agent))
		return fail(d, "an offer of nobody to nobody");
	if (!check_offer_reasons(d, ev, s))
		return false;
	if ((group != d->group || d->group_next == d->group_count) &&
	    !begin_group(d, s, group, agent))
		return false;
	if (d->group_next == d->group_count ||
	    d->group_agents[d->group_next] != agent)
		return fail(d,
			    "contact %llu of queue %llu (%s) went to agent "
			    "%llu, number %zu of its group, not to %llu",
			    ID(s->contact), ID(s->queue),
			    model_queue(d->model, s->queue)->policy, ID(agent),
			    d->group_next,
			    ID(d->group_next < d->group_count
				       ? d->group_agents[d->group_next]
				       : 0));
	d->group_next++;
	return true;
}

bool check_turn(struct day *d, const struct usher_event *ev)
{
	struct m_segment *s = model_segment(d->model, ev->segment);

	d->model->now = ev->time_us;
	if (!s || !matcher_waits(d, s) || !matcher_contact_ok(d, s))
		return fail(d, "it is not the turn of segment %llu",
			    ID(ev->segment));
	if (!matcher_has_turn(d, s))
		return fail(d, "segment %llu has a turn, and no agent",
			    ID(ev->segment));
	return true;
}
