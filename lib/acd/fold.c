/*
 * Recovery: applying recorded events. What comes from a file may be anything,
 * so each event is held against the state before it is applied.
 */
#include <acd/internal.h>

static const struct segment *segment_of(const struct usher_acd *acd,
					const struct usher_event *ev,
					uint32_t kind)
{
	const struct segment *seg = usher__segment_get(acd, ev->segment);

	if (!seg || seg->kind != kind || seg->contact->id != ev->contact)
		return NULL;
	return seg;
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
	       usher__agent_policy(acd, usher__cstr(&ev->fallback)) &&
	       ev->offer_timeout > 0;
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

	return offer && offer->contact->id == ev->contact &&
	       states & 1u << offer->state;
}

static bool made_fits(const struct usher_acd *acd,
		      const struct usher_event *ev,
		      const struct usher__ev_offer_made *made)
{
	const struct segment *seg = segment_of(acd, ev, USHER_SEGMENT_QUEUE);

	return seg && !seg->contact->ended &&
	       usher__agent_get(acd, made->agent) &&
	       made->offer > acd->last_offer &&
	       made->policy_state.len <= USHER_POLICY_STATE_MAX;
}

static bool joined_fits(const struct usher_acd *acd,
			const struct usher_event *ev,
			const struct usher__ev_agent_joined *joined)
{
	return new_segment(acd, ev) && usher__agent_get(acd, joined->agent);
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

	return seg && states & 1u << seg->state;
}

#define TALK_OR_HOLD (1u << USHER_SEGMENT_TALKING | 1u << USHER_SEGMENT_HELD)
#define RINGING      (1u << USHER_OFFER_RINGING)
#define ACCEPTED     (1u << USHER_OFFER_ACCEPTED)

static bool config_fits(struct usher_acd *acd, const struct usher_event *ev,
			const void *payload)
{
	const struct usher__ev_configured *configured = payload;
	const struct usher__ev_queue_removed *queue = payload;
	const struct usher__ev_agent_removed *agent = payload;
	const struct queue *q;
	const struct agent *a;

	switch (ev->type) {
	case USHER_EV_CONFIGURED:
		return usher__contact_policy(
			acd, usher__cstr(&configured->contact_order));
	case USHER_EV_QUEUE_SET:
		return queue_set_fits(acd, payload);
	case USHER_EV_QUEUE_DRAINING:
	case USHER_EV_QUEUE_OPENED:
	case USHER_EV_QUEUE_CLOSED:
		return usher__queue_get(acd, queue->queue);
	case USHER_EV_QUEUE_REMOVED:
		q = usher__queue_get(acd, queue->queue);
		return q && !q->waiting;
	case USHER_EV_AGENT_SET:
		return agent_set_fits(acd, payload);
	case USHER_EV_AGENT_REMOVED:
		a = usher__agent_get(acd, agent->agent);
		return a && !a->offers && !a->segments;
	case USHER_EV_AGENT_REMOVING:
		return usher__agent_get(acd, agent->agent);
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

static bool contact_fits(const struct usher_acd *acd,
			 const struct usher_event *ev, const void *payload)
{
	const struct usher__ev_queue_entered *entered = payload;
	const struct contact *contact = usher__contact_get(acd, ev->contact);
	const struct queue *queue;

	switch (ev->type) {
	case USHER_EV_CONTACT_STARTED:
		return ev->contact > acd->last_contact;
	case USHER_EV_CONTACT_CHANGED:
		return contact;
	case USHER_EV_CONTACT_DETACHED:
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
		queue = usher__queue_get(acd, entered->queue);
		return queue && new_segment(acd, ev) &&
		       !usher__contact_waits_in(contact, queue);
	case USHER_EV_QUEUE_LEFT:
		return left_queue_fits(acd, ev);
	case USHER_EV_DECIDE:
	case USHER_EV_DECIDE_LATE:
	case USHER_EV_DEFERRED:
		return segment_of(acd, ev, USHER_SEGMENT_QUEUE);
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
		return talk_fits(acd, ev, TALK_OR_HOLD);
	case USHER_EV_AGENT_LEFT:
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
	if (ev->time_us < acd->time)
		return USHER_ECORRUPT;
	if (ev->kind == USHER_KIND_EVENT && usher__type(ev->type)) {
		if (!config_fits(acd, ev, payload) ||
		    !contact_fits(acd, ev, payload) ||
		    !work_fits(acd, ev, payload))
			return USHER_ECORRUPT;
		err = usher__acd_reserve(acd);
		if (!err)
			err = usher__acd_prepare(acd, ev->type, ev->contact,
						 payload);
		if (err) {
			usher__acd_unprepare(acd);
			return err;
		}
	}
	if (ev->time_us > acd->now)
		acd->now = ev->time_us;
	acd->folding = true;
	usher__acd_apply(acd, ev, payload);
	acd->folding = false;
	acd->mark_all = true;
	usher__acd_unprepare(acd);
	return 0;
}
