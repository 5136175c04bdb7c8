/*
 * Applying: contacts, flows and waiting in queues.
 *
 * A queue segment:
 *
 *   waiting ⇄ deciding        (decide, decide_late)
 *   waiting ⇄ offered         (offer_made; the last offer of the contact ends)
 *   any → closed              (queue_left)
 *
 * While it is deferred, or its contact is detached, it waits but is parked:
 * not among those that are offered.
 */
#include <acd/callbacks.h>

static void started(struct usher_acd *acd, const struct usher_event *head,
		    const struct usher__ev_contact_started *ev)
{
	struct contact *contact = usher__pool_get(&acd->contact_pool);

	contact->id = head->contact;
	contact->since = ev->since;
	contact->started = head->time_us;
	contact->priority = (int32_t)ev->priority;
	contact->kind =
		(uint8_t)usher__kind_find(acd, usher__cstr(&ev->channel));
	contact->direction = (uint8_t)ev->direction;
	contact->texts = acd->spare;
	acd->spare = NULL;
	contact->prev = acd->last_contact_ptr;
	if (contact->prev)
		contact->prev->next = contact;
	else
		acd->first_contact = contact;
	acd->last_contact_ptr = contact;
	acd->contact_count++;
	if (contact->id > acd->last_contact)
		acd->last_contact = contact->id;
	usher__idmap_add(&acd->contact_map, contact);
}

static void free_texts(struct usher_acd *acd, struct usher__texts *texts)
{
	if (texts)
		usher__slab_put(&acd->slab, &acd->alloc, texts,
				usher__texts_size(texts));
}

static void changed(struct usher_acd *acd, const struct usher_event *head,
		    const struct usher__ev_contact_changed *ev)
{
	struct contact *contact = usher__contact_get(acd, head->contact);

	contact->priority = (int32_t)ev->priority;
	free_texts(acd, contact->texts);
	contact->texts = acd->spare;
	acd->spare = NULL;
	for (struct segment *seg = contact->segments; seg; seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_QUEUE) {
			usher__segment_rekey(acd, seg);
			usher__mark_segment(acd, seg);
		}
	}
}

static void count_detached(struct contact *contact, int change)
{
	for (struct segment *seg = contact->segments; seg; seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_QUEUE)
			seg->q.queue->detached += (uint32_t)change;
	}
}

static void detached(struct usher_acd *acd, const struct usher_event *head,
		     const struct usher__ev_contact_detached *ev)
{
	struct contact *contact = usher__contact_get(acd, head->contact);

	if (!contact->detached_until)
		count_detached(contact, 1);
	contact->detached_until = ev->until;
	usher__timer_set(acd, &contact->timer, ev->until, TIMER_DETACH,
			 contact->id, contact);
	usher__contact_reindex(acd, contact);
}

static void attached(struct usher_acd *acd, const struct usher_event *head)
{
	struct contact *contact = usher__contact_get(acd, head->contact);

	count_detached(contact, -1);
	contact->detached_until = 0;
	usher__timer_clear(acd, &contact->timer);
	usher__contact_reindex(acd, contact);
	usher__mark_contact(acd, contact);
}

static void ended(struct usher_acd *acd, const struct usher_event *head)
{
	struct contact *contact = usher__contact_get(acd, head->contact);

	if (contact->detached_until)
		count_detached(contact, -1);
	contact->detached_until = 0;
	usher__timer_clear(acd, &contact->timer);
	usher__callback_drop(acd, contact);
	contact->ended = true;
	usher__contact_reindex(acd, contact);
}

static void closed(struct usher_acd *acd, const struct usher_event *head)
{
	struct contact *contact = usher__contact_get(acd, head->contact);

	while (contact->retries) {
		struct retry *r = contact->retries;

		contact->retries = r->next;
		usher__timer_clear(acd, &r->timer);
		usher__pool_put(&acd->retry_pool, r);
	}
	free_texts(acd, contact->texts);
	if (contact->prev)
		contact->prev->next = contact->next;
	else
		acd->first_contact = contact->next;
	if (contact->next)
		contact->next->prev = contact->prev;
	else
		acd->last_contact_ptr = contact->prev;
	acd->contact_count--;
	usher__idmap_del(&acd->contact_map, contact->id);
	usher__pool_put(&acd->contact_pool, contact);
}

static void flow_entered(struct usher_acd *acd, const struct usher_event *head)
{
	struct contact *contact = usher__contact_get(acd, head->contact);
	struct segment *seg =
		usher__segment_make(acd, contact, head->segment,
				    USHER_SEGMENT_FLOW, head->time_us);

	seg->state = USHER_SEGMENT_RUNNING;
	seg->f.flow = acd->spare;
	acd->spare = NULL;
}

static void flow_left(struct usher_acd *acd, const struct usher_event *head)
{
	struct segment *seg = usher__segment_get(acd, head->segment);

	usher__slab_put(&acd->slab, &acd->alloc, seg->f.flow, NAME_SIZE);
	usher__segment_drop(acd, seg);
}

bool usher__apply_contact(struct usher_acd *acd, const struct usher_event *ev,
			  const void *payload)
{
	switch (ev->type) {
	case USHER_EV_CONTACT_STARTED:
		started(acd, ev, payload);
		return true;
	case USHER_EV_CONTACT_CHANGED:
		changed(acd, ev, payload);
		return true;
	case USHER_EV_CONTACT_DETACHED:
		detached(acd, ev, payload);
		return true;
	case USHER_EV_CONTACT_ATTACHED:
		attached(acd, ev);
		return true;
	case USHER_EV_CONTACT_ENDED:
		ended(acd, ev);
		return true;
	case USHER_EV_CONTACT_CLOSED:
		closed(acd, ev);
		return true;
	case USHER_EV_FLOW_ENTERED:
		flow_entered(acd, ev);
		return true;
	case USHER_EV_FLOW_LEFT:
		flow_left(acd, ev);
		return true;
	}
	return false;
}

static void queue_entered(struct usher_acd *acd,
			  const struct usher_event *head,
			  const struct usher__ev_queue_entered *ev)
{
	struct contact *contact = usher__contact_get(acd, head->contact);
	struct queue *queue = usher__queue_get(acd, ev->queue);
	struct segment *seg =
		usher__segment_make(acd, contact, head->segment,
				    USHER_SEGMENT_QUEUE, head->time_us);

	seg->state = USHER_SEGMENT_WAITING;
	seg->q.queue = queue;
	seg->q.own_priority = (int32_t)ev->priority;
	seg->q.node.k1 = ev->since ? ev->since : contact->since;
	seg->q.deadline = ev->deadline;
	seg->q.req = usher__req_ref(acd, &ev->requirement);
	seg->q.q_prev = queue->last;
	if (queue->last)
		queue->last->q.q_next = seg;
	else
		queue->first = seg;
	queue->last = seg;
	queue->waiting++;
	queue->entered++;
	if (contact->detached_until)
		queue->detached++;
	usher__callback_count_in(acd, contact, 1);
	if (contact->offers) {
		seg->state = USHER_SEGMENT_OFFERED;
		queue->offered++;
	}
	usher__segment_timer(acd, seg);
	usher__class_join(acd, seg);
	usher__segment_index(acd, seg);
	usher__mark_segment(acd, seg);
}

static void count_leave(struct queue *queue, uint32_t leave)
{
	if (leave == USHER_LEAVE_ANSWERED)
		queue->answered++;
	else if (leave == USHER_LEAVE_ABANDONED || leave == USHER_LEAVE_LOST)
		queue->abandoned++;
	else if (leave != USHER_LEAVE_ELSEWHERE)
		queue->flowed++;
}

static void queue_left(struct usher_acd *acd, const struct usher_event *head,
		       const struct usher__ev_queue_left *ev)
{
	struct segment *seg = usher__segment_get(acd, head->segment);
	struct queue *queue = seg->q.queue;

	usher__widen_set(acd, seg, 0, 0);
	usher__await(acd, seg, NULL);
	usher__unmark_segment(acd, seg);
	usher__segment_unindex(acd, seg);
	usher__class_leave(acd, seg);
	usher__req_put(seg->q.req);
	if (seg->q.q_prev)
		seg->q.q_prev->q.q_next = seg->q.q_next;
	else
		queue->first = seg->q.q_next;
	if (seg->q.q_next)
		seg->q.q_next->q.q_prev = seg->q.q_prev;
	else
		queue->last = seg->q.q_prev;
	queue->waiting--;
	/* what was collected in vain, was for who waited */
	if (!queue->waiting && queue->collect <= head->time_us)
		queue->collect = 0;
	usher__declines_left(acd, queue);
	if (seg->state == USHER_SEGMENT_OFFERED)
		queue->offered--;
	if (seg->contact->detached_until)
		queue->detached--;
	usher__callback_count_in(acd, seg->contact, -1);
	count_leave(queue, ev->leave);
	for (struct offer *offer = seg->contact->offers; offer;
	     offer = offer->next) {
		if (offer->segment == seg)
			offer->segment = NULL;
	}
	usher__segment_drop(acd, seg);
}

static void state_bytes(unsigned char state[USHER_POLICY_STATE_MAX],
			const struct usher__bytes *bytes)
{
	if (bytes->len && bytes->len <= USHER_POLICY_STATE_MAX)
		memcpy(state, bytes->ptr, bytes->len);
}

void usher__queue_policy_state(struct queue *queue,
			       const struct usher__bytes *policy,
			       const struct usher__bytes *bytes)
{
	if (usher__bytes_equal(policy, &queue->conf->policy))
		state_bytes(queue->state, bytes);
	else if (usher__bytes_equal(policy, &queue->conf->fallback))
		state_bytes(queue->fallback_state, bytes);
}

static void decide(struct usher_acd *acd, const struct usher_event *head,
		   const struct usher__ev_decide *ev)
{
	struct segment *seg = usher__segment_get(acd, head->segment);

	usher__await(acd, seg, NULL);
	seg->state = USHER_SEGMENT_DECIDING;
	seg->state_since = head->time_us;
	seg->q.until = ev->deadline;
	usher__segment_timer(acd, seg);
	usher__segment_index(acd, seg);
}

static void decide_late(struct usher_acd *acd, const struct usher_event *head)
{
	struct segment *seg = usher__segment_get(acd, head->segment);

	seg->state = USHER_SEGMENT_WAITING;
	seg->state_since = head->time_us;
	seg->late = true;
	seg->q.until = 0;
	usher__segment_timer(acd, seg);
	usher__segment_index(acd, seg);
	usher__mark_segment(acd, seg);
}

static void deferred(struct usher_acd *acd, const struct usher_event *head,
		     const struct usher__ev_deferred *ev)
{
	struct segment *seg = usher__segment_get(acd, head->segment);

	seg->q.until = ev->until;
	usher__await(acd, seg, usher__agent_get(acd, ev->agent));
	usher__queue_policy_state(seg->q.queue, &ev->policy,
				  &ev->policy_state);
	usher__segment_timer(acd, seg);
	usher__segment_index(acd, seg);
}

static void collecting(struct usher_acd *acd,
		       const struct usher__ev_collecting *ev)
{
	struct queue *queue = usher__queue_get(acd, ev->queue);

	queue->collect = ev->until;
	usher__timer_set(acd, &queue->timer, ev->until, TIMER_COLLECT,
			 queue->id, queue);
}

bool usher__apply_queue(struct usher_acd *acd, const struct usher_event *ev,
			const void *payload)
{
	switch (ev->type) {
	case USHER_EV_COLLECTING:
		collecting(acd, payload);
		return true;
	case USHER_EV_QUEUE_ENTERED:
		queue_entered(acd, ev, payload);
		return true;
	case USHER_EV_QUEUE_LEFT:
		queue_left(acd, ev, payload);
		return true;
	case USHER_EV_DECIDE:
		decide(acd, ev, payload);
		return true;
	case USHER_EV_DECIDE_LATE:
		decide_late(acd, ev);
		return true;
	case USHER_EV_DEFERRED:
		deferred(acd, ev, payload);
		return true;
	case USHER_EV_NOBODY:
		usher__apply_nobody(acd, payload);
		return true;
	}
	return false;
}
