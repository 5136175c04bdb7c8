/*
 * Applying: the center's options, queues, agents and their presence.
 *
 * Presence of an agent:
 *
 *   signed_out ⇄ ready ⇄ paused ⇄ signed_out      (agent_presence)
 *
 * beside which a move to paused or signed_out may be pending (agent_pending)
 * until the work at hand is done; ready cancels it.
 */
#include <acd/callbacks.h>

static void configured(struct usher_acd *acd,
		       const struct usher__ev_configured *ev)
{
	const struct usher_contact_policy *was = acd->order;

	acd->order =
		usher__contact_policy(acd, usher__cstr(&ev->contact_order));
	if (acd->order != was)
		usher__declines(acd, NULL, false);
	acd->explain = ev->explain;
	for (uint32_t i = 0; i < acd->queues.count; i++) {
		struct queue *queue = acd->queues.items[i];

		usher__conf_make_order(acd, queue);
		for (struct segment *seg = queue->first; seg;
		     seg = seg->q.q_next)
			usher__segment_rekey(acd, seg);
	}
	usher__mark_everybody(acd);
}

static void day(struct usher_acd *acd)
{
	for (uint32_t i = 0; i < acd->queues.count; i++) {
		struct queue *queue = acd->queues.items[i];

		queue->entered = 0;
		queue->answered = 0;
		queue->abandoned = 0;
		queue->flowed = 0;
	}
	for (uint32_t i = 0; i < acd->agents.count; i++) {
		struct agent *agent = acd->agents.items[i];

		agent->contacts = 0;
		agent->talk = 0;
		usher__agent_index(acd, agent);
	}
}

static struct queue *queue_make(struct usher_acd *acd, uint64_t id,
				struct usher__ev_queue_set *conf)
{
	struct queue *queue =
		usher__slab_get(&acd->slab, &acd->alloc, sizeof(*queue));
	bool found;
	uint32_t at;

	memset(queue, 0, sizeof(*queue));
	queue->id = id;
	queue->conf = conf;
	queue->open = true;
	usher__list_insert(&acd->queues, acd->queues.count, queue);
	at = usher__list_name_place(&acd->queue_names,
				    usher__cstr(&conf->name),
				    usher__queue_name, &found);
	usher__list_insert(&acd->queue_names, at, queue);
	if (id > acd->last_queue)
		acd->last_queue = id;
	return queue;
}

static bool same_text(const struct usher__bytes *a,
		      const struct usher__bytes *b)
{
	return usher__bytes_equal(a, b);
}

/* Who chooses agents: outside, the fallback does when nobody answers. */
static const struct usher_agent_policy *chooser(const struct queue *queue)
{
	return usher__is_external(queue->policy) ? queue->fallback
						 : queue->policy;
}

/* What the policy before wanted of those who ring. */
static void end_widening(struct usher_acd *acd, struct queue *queue)
{
	for (struct segment *seg = queue->first; seg; seg = seg->q.q_next)
		usher__widen_set(acd, seg, 0, 0);
}

static void queue_set(struct usher_acd *acd,
		      const struct usher__ev_queue_set *ev)
{
	struct usher__ev_queue_set *conf = acd->spare;
	struct queue *queue = usher__queue_get(acd, ev->queue);
	struct usher__ev_queue_set *old = queue ? queue->conf : NULL;
	size_t old_size = queue ? queue->conf_size : 0;
	const struct usher_agent_policy *was = queue ? chooser(queue) : NULL;

	if (!queue)
		queue = queue_make(acd, ev->queue, conf);
	if (!old || !same_text(&old->policy, &conf->policy) ||
	    !same_text(&old->policy_options, &conf->policy_options)) {
		memset(queue->state, 0, sizeof(queue->state));
		queue->collect = 0;
		queue->assigned = 0;
		usher__declines(acd, queue, false);
		usher__timer_clear(acd, &queue->timer);
	}
	if (!old || !same_text(&old->fallback, &conf->fallback))
		memset(queue->fallback_state, 0,
		       sizeof(queue->fallback_state));
	queue->conf = conf;
	queue->conf_size = acd->spare_size;
	usher__req_put(queue->req);
	queue->req = usher__req_ref(acd, &conf->requirement);
	queue->policy = usher__agent_policy(acd, usher__cstr(&conf->policy));
	queue->fallback =
		usher__agent_policy(acd, usher__cstr(&conf->fallback));
	if (was && was != chooser(queue))
		end_widening(acd, queue);
	queue->draining = false;
	usher__conf_make(acd, queue);
	usher__classes_forget(acd);
	for (struct segment *seg = queue->first; seg; seg = seg->q.q_next)
		usher__segment_rekey(acd, seg);
	if (old)
		usher__slab_put(&acd->slab, &acd->alloc, old, old_size);
	acd->spare = NULL;
	usher__mark_everybody(acd);
}

static void queue_removed(struct usher_acd *acd, uint64_t id)
{
	struct queue *queue = usher__queue_get(acd, id);

	usher__classes_forget(acd);
	usher__classes_drop_queue(acd, queue);
	usher__steps_drop(acd, queue);
	usher__timer_clear(acd, &queue->timer);
	usher__pace_forget_queue(acd, id);
	usher__req_put(queue->req);
	usher__list_remove(&acd->queues, queue);
	usher__list_remove(&acd->queue_names, queue);
	usher__slab_put(&acd->slab, &acd->alloc, queue->conf,
			queue->conf_size);
	usher__slab_put(&acd->slab, &acd->alloc, queue, sizeof(*queue));
}

static struct agent *agent_make(struct usher_acd *acd,
				const struct usher__ev_agent_set *ev,
				struct usher__ev_agent_set *conf, int64_t now)
{
	struct agent *agent = usher__pool_get(&acd->agent_pool);
	bool found;
	uint32_t at;

	agent->id = ev->agent;
	agent->conf = conf;
	agent->since = now;
	if (acd->free_slots.count)
		agent->slot =
			(uint32_t)(uintptr_t)
				acd->free_slots.items[--acd->free_slots.count];
	else
		agent->slot = acd->slots++;
	acd->by_slot[agent->slot] = agent;
	usher__list_insert(&acd->agents, acd->agents.count, agent);
	at = usher__list_name_place(&acd->agent_names,
				    usher__cstr(&conf->name),
				    usher__agent_name, &found);
	usher__list_insert(&acd->agent_names, at, agent);
	if (agent->id > acd->last_agent)
		acd->last_agent = agent->id;
	return agent;
}

static void agent_set(struct usher_acd *acd, const struct usher_event *head,
		      const struct usher__ev_agent_set *ev)
{
	struct usher__ev_agent_set *conf = acd->spare;
	struct agent *agent = usher__agent_get(acd, ev->agent);
	struct usher__ev_agent_set *old = agent ? agent->conf : NULL;

	if (agent) {
		usher__agent_unindex(acd, agent);
		usher__profile_leave(acd, agent);
	} else {
		agent = agent_make(acd, ev, conf, head->time_us);
	}
	agent->conf = conf;
	if (agent->removing) {
		agent->removing = false;
		agent->pending = false;
		agent->pending_reason[0] = '\0';
		agent->pending_presence = 0;
	}
	if (old)
		usher__slab_put(&acd->slab, &acd->alloc, old,
				agent->conf_size);
	agent->conf_size = acd->spare_size;
	acd->spare = NULL;
	usher__profile_join(acd, agent);
	/* who waits for this agent may wait in vain now */
	usher__await_end(acd, agent);
	usher__agent_index(acd, agent);
	usher__mark_agent(acd, agent);
}

static void agent_removed(struct usher_acd *acd, uint64_t id)
{
	struct agent *agent = usher__agent_get(acd, id);

	usher__await_end(acd, agent);
	if (agent->needed)
		acd->dialed[agent->needed - 1]->agent = NULL;
	usher__pace_forget_agent(acd, agent);
	usher__unmark_agent(acd, agent);
	usher__agent_unindex(acd, agent);
	usher__profile_leave(acd, agent);
	usher__list_remove(&acd->agents, agent);
	usher__list_remove(&acd->agent_names, agent);
	acd->by_slot[agent->slot] = NULL;
	usher__list_insert(&acd->free_slots, acd->free_slots.count,
			   (void *)(uintptr_t)agent->slot);
	usher__slab_put(&acd->slab, &acd->alloc, agent->conf,
			agent->conf_size);
	usher__pool_put(&acd->agent_pool, agent);
}

/* The only place where presence changes. */
static void agent_presence(struct usher_acd *acd,
			   const struct usher_event *head,
			   const struct usher__ev_agent_presence *ev)
{
	struct agent *agent = usher__agent_get(acd, ev->agent);

	if (agent->presence == USHER_SIGNED_OUT &&
	    ev->presence != USHER_SIGNED_OUT) {
		agent->signed_in = head->time_us;
		agent->idle_since = head->time_us;
		agent->missed = 0;
		agent->busy = 0;
		agent->paused = 0;
		if (agent->busy_since)
			agent->busy_since = head->time_us;
	}
	if (agent->presence == USHER_PAUSED)
		agent->paused += head->time_us - agent->since;
	if (ev->presence == USHER_SIGNED_OUT)
		agent->signed_in = 0;
	if (ev->presence != USHER_READY)
		usher__await_end(acd, agent);
	if (ev->presence == USHER_READY) {
		agent->ready_since = head->time_us;
		agent->missed = 0;
	} else {
		agent->ready_since = 0;
	}
	agent->presence = ev->presence;
	usher__name_copy(agent->reason, &ev->reason);
	agent->pending = false;
	agent->pending_presence = 0;
	agent->pending_reason[0] = '\0';
	agent->since = head->time_us;
	usher__agent_index(acd, agent);
	usher__mark_agent(acd, agent);
}

static void agent_pending(struct usher_acd *acd,
			  const struct usher__ev_agent_pending *ev)
{
	struct agent *agent = usher__agent_get(acd, ev->agent);

	agent->pending = ev->presence != USHER_READY;
	agent->pending_presence = agent->pending ? ev->presence : 0;
	usher__name_copy(agent->pending_reason, &ev->reason);
	if (agent->pending)
		usher__await_end(acd, agent);
	if (!agent->pending)
		agent->pending_reason[0] = '\0';
	usher__agent_index(acd, agent);
	usher__mark_agent(acd, agent);
}

static void agent_removing(struct usher_acd *acd, uint64_t id)
{
	struct agent *agent = usher__agent_get(acd, id);

	agent->removing = true;
	usher__await_end(acd, agent);
	usher__agent_index(acd, agent);
}

bool usher__apply_config(struct usher_acd *acd, const struct usher_event *ev,
			 const void *payload)
{
	switch (ev->type) {
	case USHER_EV_CONFIGURED:
		configured(acd, payload);
		return true;
	case USHER_EV_DAY:
		day(acd);
		return true;
	case USHER_EV_QUEUE_SET:
		queue_set(acd, payload);
		return true;
	case USHER_EV_QUEUE_DRAINING:
		usher__queue_get(
			acd, ((const struct usher__ev_queue_draining *)payload)
				     ->queue)
			->draining = true;
		return true;
	case USHER_EV_QUEUE_REMOVED:
		queue_removed(acd,
			      ((const struct usher__ev_queue_removed *)payload)
				      ->queue);
		return true;
	case USHER_EV_QUEUE_OPENED:
		usher__queue_get(
			acd, ((const struct usher__ev_queue_opened *)payload)
				     ->queue)
			->open = true;
		return true;
	case USHER_EV_QUEUE_CLOSED:
		usher__queue_get(
			acd, ((const struct usher__ev_queue_closed *)payload)
				     ->queue)
			->open = false;
		return true;
	case USHER_EV_AGENT_SET:
		agent_set(acd, ev, payload);
		return true;
	case USHER_EV_AGENT_REMOVED:
		agent_removed(acd,
			      ((const struct usher__ev_agent_removed *)payload)
				      ->agent);
		return true;
	case USHER_EV_AGENT_REMOVING:
		agent_removing(
			acd, ((const struct usher__ev_agent_removing *)payload)
				     ->agent);
		return true;
	case USHER_EV_AGENT_PRESENCE:
		agent_presence(acd, ev, payload);
		return true;
	case USHER_EV_AGENT_PENDING:
		agent_pending(acd, payload);
		return true;
	}
	return false;
}
