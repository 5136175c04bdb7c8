/*
 * Reading the state: infos of things, look-ups of what they have.
 */
#include <acd/callbacks.h>
#include <acd/internal.h>
#include <acd/qstep.h>
#include <acd/tables.h>

/* Give as much as the caller's struct has room for; its size stays. */
#define GIVE(info, all)                                                       \
	do {                                                                  \
		size_t size_ = (info)->size;                                  \
                                                                              \
		(all).size = size_;                                           \
		memcpy(info, &(all),                                          \
		       size_ < sizeof(all) ? size_ : sizeof(all));            \
	} while (0)

int usher_acd_queue_info(const struct usher_acd *acd, uint64_t id,
			 struct usher_queue_info *info)
{
	const struct queue *queue = usher__queue_get(acd, id);
	int voice = usher__kind_find(acd, "voice");
	struct usher_queue_info all = {0};

	if (!queue)
		return USHER_ENOENT;
	all.queue = id;
	all.name = usher__cstr(&queue->conf->name);
	all.policy = usher__cstr(&queue->conf->policy);
	all.requirement = usher__cstr(&queue->conf->requirement);
	all.target_us = queue->conf->target;
	all.short_us = queue->conf->short_wait;
	all.offer_timeout_us = queue->conf->offer_timeout;
	all.wrapup_us = queue->conf->wrapup;
	all.max_wait_us = queue->conf->max_wait;
	all.retry_us = queue->conf->retry;
	all.priority = queue->conf->priority;
	all.oldest_us = queue->first ? queue->first->began : 0;
	all.entered = queue->entered;
	all.answered = queue->answered;
	all.abandoned = queue->abandoned;
	all.flowed = queue->flowed;
	all.waiting = queue->waiting;
	all.offered = queue->offered;
	all.detached = queue->detached;
	all.talking = queue->talking;
	all.max_waiting = queue->conf->max_waiting;
	all.missed_limit = queue->conf->missed_limit;
	all.open = queue->open;
	all.draining = queue->draining;
	usher__queue_outlook(acd, queue,
			     voice < 0 ? KIND_UNSEEN : (uint32_t)voice, &all);
	GIVE(info, all);
	return 0;
}

int usher_acd_agent_info(const struct usher_acd *acd, uint64_t id,
			 struct usher_agent_info *info)
{
	const struct agent *agent = usher__agent_get(acd, id);
	struct usher_agent_info all = {0};

	if (!agent)
		return USHER_ENOENT;
	all.agent = id;
	all.name = usher__cstr(&agent->conf->name);
	all.reason = agent->reason;
	all.pending_reason = agent->pending_reason;
	all.since_us = agent->since;
	all.idle_since_us =
		agent->load_total || agent->presence == USHER_SIGNED_OUT
			? 0
			: agent->idle_since;
	all.signed_in_us = agent->signed_in;
	all.contacts = agent->contacts;
	all.presence = agent->presence;
	all.pending = agent->pending;
	all.pending_presence = agent->pending_presence;
	for (const struct offer *at = agent->offers; at; at = at->agent_next)
		all.offers++;
	for (const struct segment *at = agent->segments; at; at = at->a.next) {
		if (at->state == USHER_SEGMENT_WRAPUP)
			all.wrapup++;
		else
			all.talking++;
	}
	all.missed = agent->missed;
	all.max_total = agent->conf->max_total;
	all.order = agent->conf->order;
	all.endpoint_count = agent->conf->endpoints.count;
	all.attr_count = agent->conf->attrs.count;
	all.removed = agent->removing;
	GIVE(info, all);
	return 0;
}

int usher_acd_contact_info(const struct usher_acd *acd, uint64_t id,
			   struct usher_contact_info *info)
{
	const struct contact *contact = usher__contact_get(acd, id);
	struct usher_contact_info all = {0};

	if (!contact)
		return USHER_ENOENT;
	all.contact = id;
	all.channel = acd->kinds[contact->kind];
	all.origin = usher__texts_origin(contact->texts);
	all.entry = usher__texts_entry(contact->texts);
	all.customer = usher__texts_customer(contact->texts);
	all.since_us = contact->since;
	all.started_us = contact->started;
	all.priority = contact->priority;
	all.detached_until_us = contact->detached_until;
	all.offer = contact->offers ? contact->offers->id : 0;
	all.direction = contact->direction;
	all.ended = contact->ended;
	all.segments = contact->segment_count;
	all.attr_count = usher__texts_attrs(contact->texts).count;
	if (contact->callback) {
		const struct callback *cb = contact->callback;

		all.callback = cb->state;
		all.callback_first = cb->conf->first;
		all.callback_attempts = cb->attempts;
		all.callback_address = usher__cstr(&cb->conf->address);
		all.callback_at_us = cb->at;
		all.callback_until_us = cb->conf->until;
		all.callback_queue =
			((const uint64_t *)cb->conf->queues.ptr)[0];
	}
	GIVE(info, all);
	return 0;
}

/* Without what steps have added, which they add again to who enters again. */
static int64_t entered_priority(const struct segment *seg)
{
	const struct queue *queue = seg->q.queue;
	int64_t priority = seg->q.own_priority;
	uint32_t i;

	for (i = 0; i < queue->step_count; i++)
		if (seg->taken & 1u << i &&
		    queue->steps[i]->conf->action == USHER_QUEUE_STEP_PRIORITY)
			priority -= queue->steps[i]->conf->priority;
	return priority;
}

int usher_acd_segment_info(const struct usher_acd *acd, uint64_t id,
			   struct usher_segment_info *info)
{
	const struct segment *seg = usher__segment_get(acd, id);
	struct usher_segment_info all = {0};

	if (!seg)
		return USHER_ENOENT;
	all.segment = id;
	all.contact = seg->contact->id;
	all.began_us = seg->began;
	all.state_since_us = seg->state_since;
	all.deadline_us = USHER_NEVER;
	all.kind = seg->kind;
	all.state = seg->state;
	all.flow = "";
	all.requirement = "";
	switch (seg->kind) {
	case USHER_SEGMENT_FLOW:
		all.flow = seg->f.flow;
		break;
	case USHER_SEGMENT_QUEUE:
		all.queue = seg->q.queue->id;
		all.priority = seg->q.priority;
		all.own_priority = entered_priority(seg);
		if (seg->q.req)
			all.requirement = seg->q.req->text;
		if (seg->q.deadline)
			all.deadline_us = seg->q.deadline;
		break;
	case USHER_SEGMENT_AGENT:
		all.queue = seg->a.queue;
		all.agent = seg->a.agent->id;
		all.talk_us = seg->a.talk;
		all.hold_us = seg->a.hold;
		if (seg->state == USHER_SEGMENT_WRAPUP)
			all.deadline_us = seg->a.deadline;
		break;
	}
	GIVE(info, all);
	return 0;
}

int usher_acd_offer_info(const struct usher_acd *acd, uint64_t id,
			 struct usher_offer_info *info)
{
	const struct offer *offer = usher__offer_get(acd, id);
	struct usher_offer_info all = {0};

	if (!offer)
		return USHER_ENOENT;
	all.offer = id;
	all.group = offer->group;
	all.contact = offer->contact->id;
	all.segment = offer->segment ? offer->segment->id : 0;
	all.queue = offer->segment ? offer->segment->q.queue->id : 0;
	all.agent = offer->agent->id;
	all.made_us = offer->made;
	all.deadline_us = offer->deadline;
	all.state = offer->state;
	GIVE(info, all);
	return 0;
}

void usher_acd_stats(const struct usher_acd *acd,
		     struct usher_acd_stats *stats)
{
	struct usher_acd_stats all = {0};

	all.contacts = acd->contact_count;
	all.segments = acd->segment_map.count;
	all.offers = acd->offer_map.count;
	all.undrained = acd->tape.count;
	all.agents = acd->agents.count;
	all.queues = acd->queues.count;
	all.step_looks = acd->looks;
	all.agents_asked = acd->asked;
	all.turn_looks = acd->turn_looks;
	usher__classes_stats(acd, &all);
	GIVE(stats, all);
}

/* ---- Look-ups ---- */

uint64_t usher_acd_queue_find(const struct usher_acd *acd, const char *name)
{
	const struct queue *queue =
		name ? usher__queue_named(acd, name) : NULL;

	return queue ? queue->id : 0;
}

uint64_t usher_acd_agent_find(const struct usher_acd *acd, const char *name)
{
	const struct agent *agent =
		name ? usher__agent_named(acd, name) : NULL;

	return agent ? agent->id : 0;
}

int usher_acd_contact_attr(const struct usher_acd *acd, uint64_t id,
			   const char *name, struct usher_attr *ret)
{
	const struct contact *contact = usher__contact_get(acd, id);
	struct usher__bytes attrs;

	if (!contact)
		return USHER_ENOENT;
	attrs = usher__texts_attrs(contact->texts);
	return usher__kv_find(&attrs, name, ret) ? 0 : USHER_ENOENT;
}

static int attr_at(const struct usher__bytes *attrs, size_t index,
		   struct usher_attr *ret)
{
	struct usher_attr attr;
	const void *at = NULL;

	while (usher__kv_next(attrs, &at, &attr)) {
		if (!index--) {
			*ret = attr;
			return 0;
		}
	}
	return USHER_ENOENT;
}

int usher_acd_contact_attr_at(const struct usher_acd *acd, uint64_t id,
			      size_t index, struct usher_attr *ret)
{
	const struct contact *contact = usher__contact_get(acd, id);
	struct usher__bytes attrs;

	if (!contact)
		return USHER_ENOENT;
	attrs = usher__texts_attrs(contact->texts);
	return attr_at(&attrs, index, ret);
}

int usher_acd_agent_attr(const struct usher_acd *acd, uint64_t id,
			 const char *name, struct usher_attr *ret)
{
	const struct agent *agent = usher__agent_get(acd, id);

	if (!agent || !usher__kv_find(&agent->conf->attrs, name, ret))
		return USHER_ENOENT;
	return 0;
}

int usher_acd_agent_attr_at(const struct usher_acd *acd, uint64_t id,
			    size_t index, struct usher_attr *ret)
{
	const struct agent *agent = usher__agent_get(acd, id);

	return agent ? attr_at(&agent->conf->attrs, index, ret) : USHER_ENOENT;
}

const char *usher_acd_agent_endpoint(const struct usher_acd *acd, uint64_t id,
				     size_t index)
{
	const struct agent *agent = usher__agent_get(acd, id);
	const void *at = NULL;
	const char *text;

	while (agent &&
	       usher__strs_next(&agent->conf->endpoints, &at, &text)) {
		if (!index--)
			return text;
	}
	return NULL;
}

uint64_t usher_acd_agent_queue(const struct usher_acd *acd, uint64_t id,
			       size_t index)
{
	const struct agent *agent = usher__agent_get(acd, id);

	if (!agent || index >= agent->conf->queues.count)
		return 0;
	return ((const uint64_t *)agent->conf->queues.ptr)[index];
}

int usher_acd_agent_free(const struct usher_acd *acd, uint64_t id,
			 const char *channel)
{
	const struct agent *agent = usher__agent_get(acd, id);
	int kind = usher__kind_find(acd, channel);

	if (!agent)
		return USHER_ENOENT;
	if (kind >= 0)
		return usher__agent_free(acd, agent, (uint32_t)kind);
	return usher__free_unseen(agent);
}

int usher_acd_eligible(const struct usher_acd *acd, uint64_t segment,
		       uint64_t id)
{
	const struct segment *seg = usher__segment_get(acd, segment);
	const struct agent *agent = usher__agent_get(acd, id);

	if (!seg || !agent || seg->kind != USHER_SEGMENT_QUEUE)
		return USHER_ENOENT;
	return usher__eligible(acd, seg, agent);
}

int64_t usher_acd_not_before(const struct usher_acd *acd, uint64_t id,
			     uint64_t agent)
{
	const struct contact *contact = usher__contact_get(acd, id);

	for (const struct retry *r = contact ? contact->retries : NULL; r;
	     r = r->next) {
		if (r->agent == agent && usher__retry_holds(acd, contact, r))
			return r->until;
	}
	return 0;
}
