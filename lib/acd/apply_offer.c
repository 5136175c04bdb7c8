/*
 * Applying: offers.
 *
 *   (made) → ringing ─→ accepted ─→ connected
 *               │           └────→ failed, withdrawn
 *               └→ rejected, missed, withdrawn
 *
 *   event              from       to
 *   offer_made         —          ringing
 *   offer_accepted     ringing    accepted
 *   offer_rejected     ringing    gone; not again before `until`
 *   offer_missed       ringing    gone; not again before `until`
 *   offer_withdrawn    both       gone
 *   offer_connected    accepted   gone
 *   offer_failed       accepted   gone; not again before `until`
 *
 * An offer takes one of the agent's capacity while it lives. While a contact
 * has offers, its queue segments are "offered"; with the last of them they
 * wait again, in their old places, and no sooner than their own queue's policy
 * has said.
 */
#include <acd/internal.h>

static void segments_to(struct usher_acd *acd, struct contact *contact,
			uint32_t state, int64_t now)
{
	for (struct segment *seg = contact->segments; seg; seg = seg->next) {
		if (seg->kind != USHER_SEGMENT_QUEUE || seg->state == state)
			continue;
		if (state == USHER_SEGMENT_OFFERED)
			seg->q.queue->offered++;
		else if (seg->state == USHER_SEGMENT_OFFERED)
			seg->q.queue->offered--;
		/* no answer is awaited any more; "not before" still holds */
		if (seg->state == USHER_SEGMENT_DECIDING)
			seg->q.until = 0;
		seg->state = (uint8_t)state;
		seg->state_since = now;
		if (state != USHER_SEGMENT_OFFERED)
			usher__widen_set(acd, seg, 0, 0);
		if (contact == acd->leaving) {
			usher__segment_pass(acd, seg);
			continue;
		}
		usher__segment_timer(acd, seg);
		usher__segment_index(acd, seg);
		if (state == USHER_SEGMENT_WAITING)
			usher__mark_segment(acd, seg);
	}
}

/* The only place where an offer's state changes; 0: it ends. */
static void offer_move(struct offer *offer, uint32_t next)
{
	static const uint8_t moves[] = {
		[0] = 1 << USHER_OFFER_RINGING,
		[USHER_OFFER_RINGING] = 1 << USHER_OFFER_ACCEPTED | 1 << 0,
		[USHER_OFFER_ACCEPTED] = 1 << 0,
	};

	(void)moves; /* without assertions nobody reads them */
	assert(moves[offer->state] & 1u << next);
	if (offer->state == USHER_OFFER_ACCEPTED)
		offer->agent->accepted--;
	if (next == USHER_OFFER_ACCEPTED)
		offer->agent->accepted++;
	offer->state = next;
}

/* An offer of a policy that assigns together. */
static void note_batch(struct queue *queue, const struct usher_event *head,
		       const struct usher__ev_offer_made *ev)
{
	if (queue->policy && queue->policy->order == USHER_ORDER_BATCH &&
	    usher__bytes_equal(&ev->policy, &queue->conf->policy))
		queue->assigned = head->time_us;
}

static void made(struct usher_acd *acd, const struct usher_event *head,
		 const struct usher__ev_offer_made *ev)
{
	struct segment *seg = usher__segment_get(acd, head->segment);
	struct agent *agent = usher__agent_get(acd, ev->agent);
	struct offer *offer = usher__pool_get(&acd->offer_pool);
	struct offer **link = &seg->contact->offers;

	offer->id = ev->offer;
	offer->group = ev->group;
	offer->contact = seg->contact;
	offer->segment = seg;
	offer->agent = agent;
	offer->made = head->time_us;
	offer->state_since = head->time_us;
	offer->deadline = ev->deadline;
	offer_move(offer, USHER_OFFER_RINGING);
	while (*link)
		link = &(*link)->next;
	*link = offer;
	offer->agent_next = agent->offers;
	agent->offers = offer;
	agent->last_offer = head->seq;
	usher__agent_load(agent, seg->contact->kind, 1);
	usher__idmap_add(&acd->offer_map, offer);
	if (offer->id > acd->last_offer)
		acd->last_offer = offer->id;
	usher__timer_set(acd, &offer->timer, ev->deadline, TIMER_OFFER,
			 offer->id, offer);
	seg->late = false;
	usher__queue_policy_state(seg->q.queue, &ev->policy,
				  &ev->policy_state);
	note_batch(seg->q.queue, head, ev);
	usher__await_met(acd, seg->contact, agent);
	segments_to(acd, seg->contact, USHER_SEGMENT_OFFERED, head->time_us);
	usher__widen_set(acd, seg, ev->widen, head->time_us);
	usher__agent_index(acd, agent);
}

static void accepted(struct usher_acd *acd, const struct usher_event *head,
		     const struct usher__ev_offer_accepted *ev)
{
	struct offer *offer = usher__offer_get(acd, ev->offer);

	offer_move(offer, USHER_OFFER_ACCEPTED);
	offer->state_since = head->time_us;
	offer->deadline = ev->deadline;
	offer->agent->missed = 0;
	if (offer->segment)
		usher__widen_set(acd, offer->segment, 0, 0);
	usher__timer_set(acd, &offer->timer, ev->deadline, TIMER_OFFER,
			 offer->id, offer);
}

/* What was over before now goes first; then, when there are too many, the one
 * that would be over first. */
static void forget_retries(struct usher_acd *acd, struct contact *contact,
			   uint64_t agent, int64_t now)
{
	struct retry **link = &contact->retries, **worst = NULL;
	uint32_t count = 0;

	while (*link) {
		struct retry *r = *link;

		if (r->until < now || r->agent == agent) {
			*link = r->next;
			usher__timer_clear(acd, &r->timer);
			usher__pool_put(&acd->retry_pool, r);
			continue;
		}
		if (!worst || r->until < (*worst)->until)
			worst = link;
		count++;
		link = &r->next;
	}
	if (count >= USHER_RETRY_MAX) {
		struct retry *r = *worst;

		*worst = r->next;
		usher__timer_clear(acd, &r->timer);
		usher__pool_put(&acd->retry_pool, r);
	}
}

/* Kept in the order of agents: the same set is the same bytes. */
void usher__retry_add(struct usher_acd *acd, struct contact *contact,
		      uint64_t agent, int64_t until, int64_t now)
{
	struct retry *retry, **link;

	if (until <= now)
		return;
	forget_retries(acd, contact, agent, now);
	retry = usher__pool_get(&acd->retry_pool);
	retry->agent = agent;
	retry->until = until;
	usher__timer_set(acd, &retry->timer, until, TIMER_RETRY, contact->id,
			 contact);
	for (link = &contact->retries; *link && (*link)->agent < agent;)
		link = &(*link)->next;
	retry->next = *link;
	*link = retry;
}

void usher__retries_settle(struct usher_acd *acd, struct contact *contact)
{
	for (struct retry *r = contact->retries; r; r = r->next) {
		if (r->timer && !usher__retry_holds(acd, contact, r))
			usher__timer_clear(acd, &r->timer);
	}
}

/* Unlink and free; the contact waits again when it was the last one. */
static void over(struct usher_acd *acd, const struct usher_event *head,
		 uint64_t id, int64_t until, bool to_the_end)
{
	struct offer *offer = usher__offer_get(acd, id), **link;
	struct contact *contact = offer->contact;
	struct agent *agent = offer->agent;

	offer_move(offer, 0);
	for (link = &contact->offers; *link != offer;)
		link = &(*link)->next;
	*link = offer->next;
	for (link = &agent->offers; *link != offer;)
		link = &(*link)->agent_next;
	*link = offer->agent_next;
	usher__timer_clear(acd, &offer->timer);
	usher__idmap_del(&acd->offer_map, id);
	usher__pool_put(&acd->offer_pool, offer);
	usher__agent_load(agent, contact->kind, -1);
	usher__retry_add(acd, contact, agent->id, until, head->time_us);
	/* who did not take it goes to the end of the line */
	if (to_the_end)
		agent->idle_since = head->time_us;
	if (contact != acd->leaving)
		usher__agent_index(acd, agent);
	usher__mark_agent(acd, agent);
	if (!contact->offers)
		segments_to(acd, contact, USHER_SEGMENT_WAITING,
			    head->time_us);
}

static void missed(struct usher_acd *acd, const struct usher_event *head,
		   const struct usher__ev_offer_missed *ev)
{
	usher__offer_get(acd, ev->offer)->agent->missed = ev->missed;
	over(acd, head, ev->offer, ev->until, true);
}

bool usher__apply_offer(struct usher_acd *acd, const struct usher_event *ev,
			const void *payload)
{
	const struct usher__ev_offer_rejected *rejected = payload;
	const struct usher__ev_offer_withdrawn *withdrawn = payload;
	const struct usher__ev_offer_connected *connected = payload;
	const struct usher__ev_offer_failed *failed = payload;

	switch (ev->type) {
	case USHER_EV_OFFER_MADE:
		made(acd, ev, payload);
		return true;
	case USHER_EV_OFFER_ACCEPTED:
		accepted(acd, ev, payload);
		return true;
	case USHER_EV_OFFER_REJECTED:
		over(acd, ev, rejected->offer, rejected->until, true);
		return true;
	case USHER_EV_OFFER_MISSED:
		missed(acd, ev, payload);
		return true;
	case USHER_EV_OFFER_WITHDRAWN:
		over(acd, ev, withdrawn->offer, withdrawn->until, false);
		return true;
	case USHER_EV_OFFER_CONNECTED:
		over(acd, ev, connected->offer, 0, false);
		return true;
	case USHER_EV_OFFER_FAILED:
		over(acd, ev, failed->offer, failed->until, true);
		return true;
	}
	return false;
}
