/*
 * Contacts of a snapshot, with their segments, offers and retries; each held
 * against what is there already.
 */
#include <acd/callbacks.h>
#include <acd/restore.h>

static bool good_until(int64_t until)
{
	return until >= 0 && until <= USHER_TIME_MAX + SPAN_MAX;
}

int usher__load_contact(struct reader *r,
			const struct usher__ev_st_contact *st)
{
	struct usher_acd *acd = r->acd;
	struct usher__ev_contact_started ev = {0};
	struct usher_event head = {.type = USHER_EV_CONTACT_STARTED,
				   .kind = USHER_KIND_EVENT};
	int err;

	if (!usher__good_priority(st->priority) ||
	    !usher__good_time(st->since) ||
	    !usher__good_time(st->started_at) || !good_until(st->until))
		return USHER_ECORRUPT;
	if (!st->contact || (acd->last_contact_ptr &&
			     acd->last_contact_ptr->id >= st->contact))
		return USHER_ECORRUPT;
	head.contact = st->contact;
	head.time_us = st->started_at;
	ev.channel = st->channel;
	ev.direction = st->direction;
	ev.origin = st->origin;
	ev.entry = st->entry;
	ev.customer = st->customer;
	ev.priority = st->priority;
	ev.since = st->since;
	ev.attrs = st->attrs;
	err = usher__acd_prepare(acd, USHER_EV_CONTACT_STARTED, 0, &ev);
	if (err)
		return err;
	usher__apply_contact(acd, &head, &ev);
	r->contact = acd->last_contact_ptr;
	r->contact->ended = st->ended;
	r->contact->detached_until = st->until;
	if (st->until)
		usher__timer_set(acd, &r->contact->timer, st->until,
				 TIMER_DETACH, st->contact, r->contact);
	return 0;
}

int usher__load_callback(struct reader *r,
			 const struct usher__ev_callback_asked *ev)
{
	struct usher_event head = {.type = USHER_EV_CALLBACK_ASKED,
				   .kind = USHER_KIND_EVENT};
	int err;

	if (!r->contact || r->contact->callback || r->contact->ended ||
	    r->contact->detached_until ||
	    !usher__good_callback(ev, USHER_TIME_MAX))
		return USHER_ECORRUPT;
	head.contact = r->contact->id;
	err = usher__acd_prepare(r->acd, USHER_EV_CALLBACK_ASKED, head.contact,
				 ev);
	if (err)
		return err == USHER_ENOMEM ? err : USHER_ECORRUPT;
	usher__apply_callback(r->acd, &head, ev);
	return 0;
}

int usher__load_callback_state(struct reader *r,
			       const struct usher__ev_st_callback *st)
{
	struct callback *cb = r->contact ? r->contact->callback : NULL;

	if (!cb || st->seg_state < USHER_CALLBACK_PLANNED ||
	    st->seg_state > USHER_CALLBACK_TURN ||
	    (st->seg_state == USHER_CALLBACK_TURN && !cb->conf->turn) ||
	    !usher__good_time(st->state_since) || !good_until(st->until) ||
	    st->attempt > cb->conf->attempts)
		return USHER_ECORRUPT;
	usher__callback_count(r->acd, r->contact, -1);
	cb->state = st->seg_state;
	cb->state_since = st->state_since;
	cb->attempts = st->attempt;
	cb->at = st->until;
	usher__callback_count(r->acd, r->contact, 1);
	usher__callback_set_timer(r->acd, r->contact);
	return 0;
}

static int load_in_queue(struct reader *r, struct segment *seg,
			 const struct usher__ev_st_segment *st)
{
	struct usher_acd *acd = r->acd;
	struct queue *queue = seg->q.queue;
	int err = usher__req_make(acd, &st->requirement, NULL);

	if (err)
		return err;
	seg->q.req = usher__req_ref(acd, &st->requirement);
	seg->q.deadline = st->deadline;
	seg->q.until = st->until;
	seg->q.own_priority = (int32_t)st->own_priority;
	seg->q.node.k1 = st->age ? st->age : seg->contact->since;
	seg->late = st->late;
	seg->taken = st->taken;
	if (st->agent)
		usher__await(acd, seg, usher__agent_get(acd, st->agent));
	if (st->widen) {
		r->widen_segment = seg->id;
		r->widen = st->widen;
		r->widen_since = st->widen_since;
	}
	/* in the order of entering, which is that of the ids; older contacts
	 * come first, so the place is near the end */
	seg->q.q_prev = queue->last;
	while (seg->q.q_prev && seg->q.q_prev->id > seg->id) {
		seg->q.q_next = seg->q.q_prev;
		seg->q.q_prev = seg->q.q_prev->q.q_prev;
	}
	if (seg->q.q_prev)
		seg->q.q_prev->q.q_next = seg;
	else
		queue->first = seg;
	if (seg->q.q_next)
		seg->q.q_next->q.q_prev = seg;
	else
		queue->last = seg;
	queue->waiting++;
	queue->offered += seg->state == USHER_SEGMENT_OFFERED;
	queue->detached += r->contact->detached_until != 0;
	usher__callback_count_in(acd, r->contact, 1);
	usher__segment_timer(acd, seg);
	usher__class_join(acd, seg);
	usher__segment_index(acd, seg);
	return 0;
}

static int load_with_agent(struct reader *r, struct segment *seg,
			   const struct usher__ev_st_segment *st)
{
	struct usher_acd *acd = r->acd;
	struct queue *queue = usher__queue_get(acd, st->queue);
	struct agent *agent = seg->a.agent;

	if (st->disposition.len) {
		seg->a.disposition =
			usher__slab_get(&acd->slab, &acd->alloc, NAME_SIZE);
		if (!seg->a.disposition)
			return USHER_ENOMEM;
		usher__name_copy(seg->a.disposition, &st->disposition);
	}
	seg->a.queue = st->queue;
	seg->a.connect = st->connect;
	seg->a.talk = st->talk;
	seg->a.hold = st->hold;
	seg->a.wrapup = st->wrapup;
	seg->a.deadline = st->deadline;
	seg->a.next = agent->segments;
	agent->segments = seg;
	usher__agent_load(agent, r->contact->kind, 1);
	if (queue)
		queue->talking++;
	if (seg->state == USHER_SEGMENT_WRAPUP)
		usher__timer_set(acd, &seg->timer, st->deadline, TIMER_WRAPUP,
				 seg->id, seg);
	return 0;
}

static int load_in_flow(struct reader *r, struct segment *seg,
			const struct usher__ev_st_segment *st)
{
	seg->f.flow =
		usher__slab_get(&r->acd->slab, &r->acd->alloc, NAME_SIZE);
	if (!seg->f.flow)
		return USHER_ENOMEM;
	usher__name_copy(seg->f.flow, &st->flow);
	return 0;
}

static bool good_numbers(const struct usher__ev_st_segment *st)
{
	return usher__good_time(st->since) &&
	       usher__good_time(st->state_since) && good_until(st->deadline) &&
	       good_until(st->until) &&
	       usher__good_priority(st->own_priority) &&
	       usher__good_time(st->connect) && usher__good_time(st->talk) &&
	       usher__good_time(st->age) && usher__good_time(st->hold) &&
	       usher__good_widen(st->widen) &&
	       usher__good_time(st->widen_since) &&
	       usher__good_span(st->wrapup);
}

/* Only steps that the queue has. */
static bool good_taken(const struct usher_acd *acd,
		       const struct usher__ev_st_segment *st)
{
	uint32_t count = usher__queue_get(acd, st->queue)->step_count;

	return count == USHER_QUEUE_STEPS_MAX || !(st->taken >> count);
}

static bool segment_fits(struct reader *r,
			 const struct usher__ev_st_segment *st)
{
	static const struct {
		uint32_t first, last;
	} states[] = {
		[USHER_SEGMENT_FLOW] = {USHER_SEGMENT_RUNNING,
					USHER_SEGMENT_RUNNING},
		[USHER_SEGMENT_QUEUE] = {USHER_SEGMENT_WAITING,
					 USHER_SEGMENT_OFFERED},
		[USHER_SEGMENT_AGENT] = {USHER_SEGMENT_DIALING,
					 USHER_SEGMENT_WRAPUP},
	};

	const struct agent *agent;

	if (!good_numbers(st))
		return false;
	if (!r->contact || !st->segment || st->kind < USHER_SEGMENT_FLOW ||
	    st->kind > USHER_SEGMENT_AGENT ||
	    st->seg_state < states[st->kind].first ||
	    st->seg_state > states[st->kind].last ||
	    usher__segment_get(r->acd, st->segment) ||
	    r->contact->segment_count >= USHER_CONTACT_SEGMENTS_MAX)
		return false;
	agent = usher__agent_get(r->acd, st->agent);
	if (st->kind == USHER_SEGMENT_QUEUE)
		return (!st->agent || agent) &&
		       usher__queue_get(r->acd, st->queue) &&
		       good_taken(r->acd, st) &&
		       !usher__contact_waits_in(
			       r->contact,
			       usher__queue_get(r->acd, st->queue));
	if (st->kind == USHER_SEGMENT_FLOW)
		return true;
	return agent && agent->load_total < LOAD_HARD_MAX &&
	       !usher__contact_with(r->contact, agent);
}

int usher__load_segment(struct reader *r,
			const struct usher__ev_st_segment *st)
{
	struct usher_acd *acd = r->acd;
	struct segment *seg;

	if (!segment_fits(r, st))
		return USHER_ECORRUPT;
	seg = usher__segment_make(acd, r->contact, st->segment, st->kind,
				  st->since);
	seg->state = (uint8_t)st->seg_state;
	seg->state_since = st->state_since;
	if (st->kind == USHER_SEGMENT_QUEUE) {
		seg->q.queue = usher__queue_get(acd, st->queue);
		return load_in_queue(r, seg, st);
	}
	if (st->kind == USHER_SEGMENT_AGENT) {
		seg->a.agent = usher__agent_get(acd, st->agent);
		return load_with_agent(r, seg, st);
	}
	return load_in_flow(r, seg, st);
}

int usher__load_offer(struct reader *r, const struct usher__ev_st_offer *st)
{
	struct usher_acd *acd = r->acd;
	struct agent *agent = usher__agent_get(acd, st->agent);
	struct segment *seg = usher__segment_get(acd, st->segment);
	struct offer *offer, **link;

	if (!r->contact || !agent || agent->load_total >= LOAD_HARD_MAX ||
	    !seg || seg->contact != r->contact ||
	    seg->kind != USHER_SEGMENT_QUEUE || !st->offer ||
	    usher__offer_get(acd, st->offer) || !usher__good_time(st->made) ||
	    !usher__good_time(st->state_since) || !good_until(st->deadline) ||
	    (st->seg_state != USHER_OFFER_RINGING &&
	     st->seg_state != USHER_OFFER_ACCEPTED))
		return USHER_ECORRUPT;
	offer = usher__pool_get(&acd->offer_pool);
	offer->id = st->offer;
	offer->group = st->group;
	offer->contact = r->contact;
	offer->segment = seg;
	offer->agent = agent;
	offer->made = st->made;
	offer->state_since = st->state_since;
	offer->deadline = st->deadline;
	offer->state = st->seg_state;
	for (link = &r->contact->offers; *link;)
		link = &(*link)->next;
	*link = offer;
	/* newest first, as they were made: withdrawing goes in this order */
	for (link = &agent->offers; *link && (*link)->id > offer->id;)
		link = &(*link)->agent_next;
	offer->agent_next = *link;
	*link = offer;
	agent->accepted += st->seg_state == USHER_OFFER_ACCEPTED;
	usher__agent_load(agent, r->contact->kind, 1);
	usher__idmap_add(&acd->offer_map, offer);
	if (seg->id == r->widen_segment) {
		usher__widen_set(acd, seg, r->widen, r->widen_since);
		r->widen_segment = 0;
	}
	/* ids go on behind it, whatever the center's record says */
	if (offer->id > acd->last_offer)
		acd->last_offer = offer->id;
	usher__timer_set(acd, &offer->timer, st->deadline, TIMER_OFFER,
			 offer->id, offer);
	return 0;
}

int usher__load_retry(struct reader *r, const struct usher__ev_st_retry *st)
{
	if (!r->contact || !st->agent || !good_until(st->until))
		return USHER_ECORRUPT;
	/* also those that are over: they are part of the state */
	usher__retry_add(r->acd, r->contact, st->agent, st->until, INT64_MIN);
	usher__retries_settle(r->acd, r->contact);
	return 0;
}
