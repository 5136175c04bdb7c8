/*
 * Recovery: applying recorded events. What comes from a file may be anything,
 * so each event is held against the state before it is applied.
 */
#include <acd/callbacks.h>
#include <acd/qstep.h>

static const struct segment *segment_of(const struct usher_acd *acd,
					const struct usher_event *ev,
					uint32_t kind)
{
	const struct segment *seg = usher__segment_get(acd, ev->segment);

	if (!seg || seg->kind != kind || seg->contact->id != ev->contact)
		return NULL;
	return seg;
}

/* A deadline, or until when: of an input at the event's time. */
static bool good_until(const struct usher_event *ev, int64_t until)
{
	return until >= 0 && until <= ev->time_us + SPAN_MAX;
}

static bool offered_to(const struct contact *contact,
		       const struct agent *agent)
{
	for (const struct offer *at = contact->offers; at; at = at->next) {
		if (at->agent == agent)
			return true;
	}
	return false;
}

/* For one more, whatever the kind: what capacity allows comes on top of what
 * was forced. */
static bool has_place(const struct agent *agent)
{
	return agent->load_total < LOAD_HARD_MAX;
}

/* Whether the event is about this agent. */
static bool is_of(const struct usher_event *ev, const struct agent *agent)
{
	uint64_t id = 0;

	return !usher_event_u64(ev, USHER_F_AGENT, &id) && id == agent->id;
}

/* A new segment of an open contact. */
static bool new_segment(const struct usher_acd *acd,
			const struct usher_event *ev)
{
	const struct contact *contact = usher__contact_get(acd, ev->contact);

	return contact && !contact->ended && ev->segment > acd->last_segment &&
	       contact->segment_count < USHER_CONTACT_SEGMENTS_MAX;
}

static bool queue_set_fits(struct usher_acd *acd,
			   const struct usher__ev_queue_set *ev)
{
	const char *policy = usher__cstr(&ev->policy);
	const struct queue *queue = usher__queue_get(acd, ev->queue);
	const struct queue *named =
		usher__queue_named(acd, usher__cstr(&ev->name));

	return ev->name.len && ev->name.len <= USHER_NAME_MAX &&
	       queue == named && (queue || ev->queue > acd->last_queue) &&
	       (usher__agent_policy(acd, policy) ||
		!strcmp(policy, "external")) &&
	       usher__good_fallback(acd, usher__cstr(&ev->fallback)) &&
	       usher__good_queue(ev);
}

static bool step_set_fits(struct usher_acd *acd,
			  const struct usher__ev_step_set *ev)
{
	const struct queue *queue = usher__queue_get(acd, ev->queue);

	return queue && usher__good_step(ev) &&
	       ev->step <= queue->step_count + 1;
}

static bool agent_set_fits(struct usher_acd *acd,
			   const struct usher__ev_agent_set *ev)
{
	const struct agent *agent = usher__agent_get(acd, ev->agent);
	const struct agent *named =
		usher__agent_named(acd, usher__cstr(&ev->name));
	struct usher_attr attr;
	const void *at = NULL;

	while (usher__kv_next(&ev->capacity, &at, &attr)) {
		if (attr.type != USHER_ATTR_NUMBER || attr.number < 0 ||
		    attr.number > USHER_CAPACITY_MAX)
			return false;
	}
	at = NULL;
	while (usher__kv_next(&ev->interrupts, &at, &attr)) {
		if (attr.type != USHER_ATTR_TEXT)
			return false;
	}
	return ev->name.len && ev->name.len <= USHER_NAME_MAX &&
	       ev->max_total && ev->max_total <= USHER_CAPACITY_MAX &&
	       agent == named && (agent || ev->agent > acd->last_agent);
}

static bool offer_fits(const struct usher_acd *acd,
		       const struct usher_event *ev, uint64_t id,
		       uint32_t states)
{
	const struct offer *offer = usher__offer_get(acd, id);
	int64_t until = 0;

	/* of those that have none it is zero; accepted has a deadline */
	usher_event_i64(ev, USHER_F_UNTIL, &until);
	usher_event_i64(ev, USHER_F_DEADLINE, &until);
	return offer && offer->contact->id == ev->contact &&
	       (offer->segment ? offer->segment->id : 0) == ev->segment &&
	       is_of(ev, offer->agent) && states & 1u << offer->state &&
	       good_until(ev, until);
}

/* One winner in a group. */
static bool accepted_fits(const struct usher_acd *acd,
			  const struct usher_event *ev, uint64_t id)
{
	if (!offer_fits(acd, ev, id, 1u << USHER_OFFER_RINGING))
		return false;
	for (const struct offer *at =
		     usher__contact_get(acd, ev->contact)->offers;
	     at; at = at->next) {
		if (at->state == USHER_OFFER_ACCEPTED)
			return false;
	}
	return true;
}

/* The contact waits, and is neither offered nor away. */
static bool waits(const struct segment *seg, uint32_t states)
{
	return seg && !seg->contact->ended &&
	       !usher__contact_away(seg->contact) && states & 1u << seg->state;
}

/* The first of a group makes it; the others ring beside it. */
static bool group_fits(const struct segment *seg,
		       const struct usher__ev_offer_made *made)
{
	const struct offer *first = seg->contact->offers;

	if (!first)
		return made->group == made->offer &&
		       waits(seg, 1u << USHER_SEGMENT_WAITING |
					  1u << USHER_SEGMENT_DECIDING);
	for (const struct offer *at = first; at; at = at->next) {
		if (at->state != USHER_OFFER_RINGING)
			return false;
	}
	return made->group == first->group && seg == first->segment &&
	       waits(seg, 1u << USHER_SEGMENT_OFFERED);
}

static bool made_fits(const struct usher_acd *acd,
		      const struct usher_event *ev,
		      const struct usher__ev_offer_made *made)
{
	const struct segment *seg = segment_of(acd, ev, USHER_SEGMENT_QUEUE);
	const struct agent *agent = usher__agent_get(acd, made->agent);

	return seg && agent && group_fits(seg, made) &&
	       made->queue == seg->q.queue->id &&
	       made->offer > acd->last_offer &&
	       !offered_to(seg->contact, agent) &&
	       !usher__contact_with(seg->contact, agent) &&
	       good_until(ev, made->deadline) && has_place(agent) &&
	       usher__good_widen(made->widen) &&
	       made->policy_state.len <= USHER_POLICY_STATE_MAX;
}

static bool joined_fits(const struct usher_acd *acd,
			const struct usher_event *ev,
			const struct usher__ev_agent_joined *joined)
{
	const struct contact *contact = usher__contact_get(acd, ev->contact);
	const struct agent *agent = usher__agent_get(acd, joined->agent);

	return new_segment(acd, ev) && agent &&
	       !usher__contact_with(contact, agent) &&
	       !offered_to(contact, agent) &&
	       usher__good_span(joined->wrapup) && has_place(agent);
}

static bool left_queue_fits(const struct usher_acd *acd,
			    const struct usher_event *ev)
{
	const struct segment *seg = segment_of(acd, ev, USHER_SEGMENT_QUEUE);

	for (const struct offer *at = seg ? seg->contact->offers : NULL; at;
	     at = at->next) {
		if (at->segment == seg)
			return false;
	}
	return seg != NULL;
}

static bool talk_fits(const struct usher_acd *acd,
		      const struct usher_event *ev, uint32_t states)
{
	const struct segment *seg = segment_of(acd, ev, USHER_SEGMENT_AGENT);

	return seg && states & 1u << seg->state && is_of(ev, seg->a.agent);
}

static bool wrapup_fits(const struct usher_acd *acd,
			const struct usher_event *ev,
			const struct usher__ev_wrapup_started *wrapup)
{
	return talk_fits(acd, ev,
			 1u << USHER_SEGMENT_TALKING |
				 1u << USHER_SEGMENT_HELD) &&
	       good_until(ev, wrapup->deadline);
}

/* Its spans go into the queue's handle time. */
static bool left_agent_fits(const struct usher_acd *acd,
			    const struct usher_event *ev,
			    const struct usher__ev_agent_left *left)
{
	return talk_fits(acd, ev, UINT32_MAX) &&
	       usher__good_time(left->talk) && usher__good_time(left->hold) &&
	       usher__good_time(left->wrapup);
}

#define RINGING  (1u << USHER_OFFER_RINGING)
#define ACCEPTED (1u << USHER_OFFER_ACCEPTED)

static bool config_fits(struct usher_acd *acd, const struct usher_event *ev,
			const void *payload)
{
	const struct usher__ev_configured *configured = payload;
	const struct usher__ev_queue_removed *queue = payload;
	const struct usher__ev_collecting *collecting = payload;
	const struct usher__ev_agent_removed *agent = payload;
	const struct queue *q;
	const struct agent *a;
	uint64_t queue_id;

	switch (ev->type) {
	case USHER_EV_CONFIGURED:
		return configured->explain <= USHER_EXPLAIN_MAX &&
		       usher__contact_policy(
			       acd, usher__cstr(&configured->contact_order));
	case USHER_EV_QUEUE_SET:
		return queue_set_fits(acd, payload);
	case USHER_EV_QUEUE_DRAINING:
		q = usher__queue_get(acd, queue->queue);
		return q && !q->draining;
	case USHER_EV_COLLECTING:
		return usher__queue_get(acd, collecting->queue) &&
		       collecting->until > ev->time_us &&
		       collecting->until <=
			       ev->time_us + USHER_BATCH_WINDOW_MAX;
	case USHER_EV_NOBODY:
		queue_id = ((const struct usher__ev_nobody *)payload)->queue;
		return !queue_id || usher__queue_get(acd, queue_id);
	case USHER_EV_QUEUE_OPENED:
	case USHER_EV_QUEUE_CLOSED:
		q = usher__queue_get(acd, queue->queue);
		return q && q->open == (ev->type == USHER_EV_QUEUE_CLOSED);
	case USHER_EV_QUEUE_REMOVED:
		q = usher__queue_get(acd, queue->queue);
		return q && q->draining && !q->waiting;
	case USHER_EV_STEP_SET:
		return step_set_fits(acd, payload);
	case USHER_EV_STEPS_CUT:
		q = usher__queue_get(acd, queue->queue);
		return q &&
		       ((const struct usher__ev_steps_cut *)payload)->count <
			       q->step_count;
	case USHER_EV_AGENT_SET:
		return agent_set_fits(acd, payload);
	case USHER_EV_AGENT_REMOVED:
		a = usher__agent_get(acd, agent->agent);
		return a && a->removing && !a->offers && !a->segments;
	case USHER_EV_AGENT_REMOVING:
		a = usher__agent_get(acd, agent->agent);
		return a && !a->removing;
	case USHER_EV_AGENT_PRESENCE:
	case USHER_EV_AGENT_PENDING:
		return usher__agent_get(
			       acd, ((const struct usher__ev_agent_presence *)
					     payload)
					    ->agent) &&
		       ((const struct usher__ev_agent_presence *)payload)
				       ->presence <= USHER_PAUSED;
	}
	return true;
}

static bool started_fits(const struct usher_acd *acd,
			 const struct usher_event *ev,
			 const struct usher__ev_contact_started *started)
{
	return ev->contact > acd->last_contact &&
	       usher__good_priority(started->priority) &&
	       started->since >= 0 && started->since <= ev->time_us &&
	       started->direction <= USHER_OUT &&
	       started->attrs.count <= USHER_ATTRS_MAX;
}

static bool entered_fits(const struct usher_acd *acd,
			 const struct usher_event *ev,
			 const struct usher__ev_queue_entered *entered)
{
	const struct contact *contact = usher__contact_get(acd, ev->contact);
	const struct queue *queue = usher__queue_get(acd, entered->queue);

	return queue && new_segment(acd, ev) &&
	       !usher__contact_waits_in(contact, queue) &&
	       usher__good_priority(entered->priority) &&
	       entered->since >= 0 && entered->since <= ev->time_us &&
	       good_until(ev, entered->deadline);
}

/* A policy is asked outside, does not answer, or answers "not before". */
static bool question_fits(const struct usher_acd *acd,
			  const struct usher_event *ev, const void *payload)
{
	const struct segment *seg = segment_of(acd, ev, USHER_SEGMENT_QUEUE);
	const struct usher__ev_decide *decide = payload;
	const struct usher__ev_deferred *deferred = payload;

	switch (ev->type) {
	case USHER_EV_DECIDE:
		return waits(seg, 1u << USHER_SEGMENT_WAITING) &&
		       usher__is_external(seg->q.queue->policy) &&
		       good_until(ev, decide->deadline);
	case USHER_EV_DEFERRED:
		return waits(seg, 1u << USHER_SEGMENT_WAITING) &&
		       good_until(ev, deferred->until) &&
		       (!deferred->agent ||
			usher__agent_get(acd, deferred->agent)) &&
		       deferred->policy_state.len <= USHER_POLICY_STATE_MAX;
	}
	return seg && seg->state == USHER_SEGMENT_DECIDING;
}

static bool taken_fits(const struct usher_acd *acd,
		       const struct usher_event *ev,
		       const struct usher__ev_step_taken *taken)
{
	const struct segment *seg = segment_of(acd, ev, USHER_SEGMENT_QUEUE);

	return seg && !seg->contact->ended && taken->step &&
	       taken->step <= seg->q.queue->step_count &&
	       !(seg->taken & 1u << (taken->step - 1)) &&
	       usher__good_priority(taken->priority);
}

static bool contact_fits(const struct usher_acd *acd,
			 const struct usher_event *ev, const void *payload)
{
	const struct contact *contact = usher__contact_get(acd, ev->contact);
	const struct usher__ev_contact_changed *changed = payload;
	const struct usher__ev_contact_detached *detached = payload;

	switch (ev->type) {
	case USHER_EV_CONTACT_STARTED:
		return started_fits(acd, ev, payload);
	case USHER_EV_CONTACT_CHANGED:
		return contact && usher__good_priority(changed->priority) &&
		       changed->attrs.count <= USHER_ATTRS_MAX;
	case USHER_EV_CONTACT_DETACHED:
		return contact && !contact->ended && !contact->callback &&
		       detached->until && good_until(ev, detached->until);
	case USHER_EV_CONTACT_ENDED:
		return contact && !contact->ended;
	case USHER_EV_CONTACT_ATTACHED:
		return contact && contact->detached_until;
	case USHER_EV_CONTACT_CLOSED:
		return contact && contact->ended && !contact->segments &&
		       !contact->offers;
	case USHER_EV_FLOW_ENTERED:
		return new_segment(acd, ev);
	case USHER_EV_FLOW_LEFT:
		return segment_of(acd, ev, USHER_SEGMENT_FLOW);
	case USHER_EV_QUEUE_ENTERED:
		return entered_fits(acd, ev, payload);
	case USHER_EV_QUEUE_LEFT:
		return left_queue_fits(acd, ev);
	case USHER_EV_STEP_TAKEN:
		return taken_fits(acd, ev, payload);
	case USHER_EV_DECIDE:
	case USHER_EV_DECIDE_LATE:
	case USHER_EV_DEFERRED:
		return question_fits(acd, ev, payload);
	}
	return true;
}

static bool work_fits(const struct usher_acd *acd,
		      const struct usher_event *ev, const void *payload)
{
	/* the offer is the first field of all of them */
	uint64_t offer = *(const uint64_t *)payload;

	switch (ev->type) {
	case USHER_EV_OFFER_MADE:
		return made_fits(acd, ev, payload);
	case USHER_EV_OFFER_ACCEPTED:
		return accepted_fits(acd, ev, offer);
	case USHER_EV_OFFER_REJECTED:
	case USHER_EV_OFFER_MISSED:
		return offer_fits(acd, ev, offer, RINGING);
	case USHER_EV_OFFER_CONNECTED:
	case USHER_EV_OFFER_FAILED:
		return offer_fits(acd, ev, offer, ACCEPTED);
	case USHER_EV_OFFER_WITHDRAWN:
		return offer_fits(acd, ev, offer, RINGING | ACCEPTED);
	case USHER_EV_AGENT_JOINED:
		return joined_fits(acd, ev, payload);
	case USHER_EV_AGENT_ANSWERED:
		return talk_fits(acd, ev, 1u << USHER_SEGMENT_DIALING);
	case USHER_EV_HOLD_STARTED:
		return talk_fits(acd, ev, 1u << USHER_SEGMENT_TALKING);
	case USHER_EV_HOLD_ENDED:
		return talk_fits(acd, ev, 1u << USHER_SEGMENT_HELD);
	case USHER_EV_WRAPUP_STARTED:
		return wrapup_fits(acd, ev, payload);
	case USHER_EV_AGENT_LEFT:
		return left_agent_fits(acd, ev, payload);
	case USHER_EV_DISPOSITION_SET:
		return talk_fits(acd, ev, UINT32_MAX);
	}
	return true;
}

#define OFFER_FIRST(name)                                                     \
	_Static_assert(offsetof(struct usher__ev_##name, offer) == 0, #name)
OFFER_FIRST(offer_accepted);
OFFER_FIRST(offer_rejected);
OFFER_FIRST(offer_missed);
OFFER_FIRST(offer_withdrawn);
OFFER_FIRST(offer_connected);
OFFER_FIRST(offer_failed);

int usher_acd_fold(struct usher_acd *acd, const struct usher_event *ev)
{
	const void *payload = usher__payload(ev);
	int err;

	if (acd->busy)
		return USHER_EBUSY;
	if (ev->kind == USHER_KIND_INPUT)
		return 0;
	if (ev->seq != acd->seq + 1 || acd->tape.count)
		return USHER_ESTATE;
	if (ev->time_us < acd->time || !usher__good_time(ev->time_us))
		return USHER_ECORRUPT;
	if (ev->kind == USHER_KIND_EVENT && usher__type(ev->type)) {
		if (!config_fits(acd, ev, payload) ||
		    !contact_fits(acd, ev, payload) ||
		    !usher__callback_fits(acd, ev, payload) ||
		    !work_fits(acd, ev, payload))
			return USHER_ECORRUPT;
		err = usher__acd_reserve(acd);
		if (!err)
			err = usher__acd_prepare(acd, ev->type, ev->contact,
						 payload);
		if (err) {
			usher__acd_unprepare(acd);
			/* a requirement that does not parse, and the like */
			return err == USHER_ENOMEM ? err : USHER_ECORRUPT;
		}
	}
	usher__timers_follow(acd, ev);
	acd->ran_kind = acd->told_kind;
	acd->ran_id = acd->told_id;
	if (ev->time_us > acd->now)
		acd->now = ev->time_us;
	acd->folding = true;
	usher__acd_apply(acd, ev, payload);
	acd->folding = false;
	acd->folded = true;
	acd->mark_all = !acd->settled;
	acd->wake_turns = false;
	usher__acd_unprepare(acd);
	return 0;
}
