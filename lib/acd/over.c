/*
 * Deciding: what ends. Handlers and deadlines share these: an offer is
 * withdrawn, a queue or a flow is left, a talk is over, and then a contact is
 * closed, or an agent does what waited for the end of the work.
 */
#include <acd/internal.h>

/* Bytes that one event with ids, spans and a reason takes on the tape. */
#define EVENT_ROOM 400

static const struct usher__bytes no_reason;

size_t usher__contact_room(const struct contact *contact)
{
	size_t events = 4;

	for (const struct segment *seg = contact->segments; seg;
	     seg = seg->next)
		events += 3;
	for (const struct offer *offer = contact->offers; offer;
	     offer = offer->next)
		events += 3;
	return events * EVENT_ROOM;
}

size_t usher__agent_room(const struct agent *agent)
{
	size_t events = 6;

	for (const struct offer *offer = agent->offers; offer;
	     offer = offer->agent_next)
		events += 2;
	return events * EVENT_ROOM;
}

/* What waited for the end of the work: pause, sign-out, removal. */
void usher__agent_settle(struct usher_acd *acd, struct agent *agent)
{
	struct usher__ev_agent_presence ev = {0};
	struct usher__ev_agent_removed removed = {.agent = agent->id};

	if (usher__agent_works(agent))
		return;
	if (agent->pending) {
		ev.agent = agent->id;
		ev.presence = agent->pending_presence;
		ev.reason = usher__text(agent->pending_reason);
		usher__acd_emit(acd, USHER_EV_AGENT_PRESENCE, 0, 0, &ev);
	}
	if (agent->removing && !agent->offers)
		usher__acd_emit(acd, USHER_EV_AGENT_REMOVED, 0, 0, &removed);
}

void usher__withdraw(struct usher_acd *acd, const struct offer *offer,
		     uint32_t why, const struct usher__bytes *reason,
		     int64_t until)
{
	struct usher__ev_offer_withdrawn ev = {0};
	struct agent *agent = offer->agent;
	bool was_accepted = offer->state == USHER_OFFER_ACCEPTED;

	ev.offer = offer->id;
	ev.queue = offer->segment ? offer->segment->q.queue->id : 0;
	ev.agent = agent->id;
	ev.withdraw = why;
	ev.reason = usher__cut(reason ? reason : &no_reason);
	ev.ring = acd->now - offer->made;
	ev.until = until;
	usher__acd_emit(acd, USHER_EV_OFFER_WITHDRAWN, offer->contact->id,
			offer->segment ? offer->segment->id : 0, &ev);
	if (was_accepted)
		usher__agent_settle(acd, agent);
}

void usher__withdraw_offers(struct usher_acd *acd, struct contact *contact,
			    const struct offer *but, uint32_t why,
			    const struct usher__bytes *reason, int64_t until)
{
	struct offer *next;

	for (struct offer *offer = contact->offers; offer; offer = next) {
		next = offer->next;
		if (offer != but)
			usher__withdraw(acd, offer, why, reason, until);
	}
}

void usher__leave_queue(struct usher_acd *acd, struct segment *seg,
			uint32_t leave, uint64_t agent)
{
	struct contact *contact = seg->contact;
	struct queue *queue = seg->q.queue;
	struct usher__ev_queue_left ev = {0};
	struct usher__ev_queue_removed removed = {.queue = queue->id};
	bool last = true;

	for (struct segment *other = contact->segments; other;
	     other = other->next) {
		if (other != seg && other->kind == USHER_SEGMENT_QUEUE)
			last = false;
	}
	/* offers of this queue, and those of any once it waits nowhere */
	if (contact->offers && (last || contact->offers->segment == seg))
		usher__withdraw_offers(acd, contact, NULL, USHER_WITHDRAW_LEFT,
				       NULL, 0);
	ev.queue = queue->id;
	ev.leave = leave;
	ev.wait = acd->now - seg->began;
	ev.agent = agent;
	ev.waiting = queue->waiting - 1;
	usher__acd_emit(acd, USHER_EV_QUEUE_LEFT, contact->id, seg->id, &ev);
	if (queue->draining && !queue->waiting)
		usher__acd_emit(acd, USHER_EV_QUEUE_REMOVED, 0, 0, &removed);
}

void usher__leave_flow(struct usher_acd *acd, struct segment *seg,
		       const struct usher__bytes *reason)
{
	struct usher__ev_flow_left ev = {0};

	ev.reason = usher__cut(reason);
	ev.duration = acd->now - seg->began;
	usher__acd_emit(acd, USHER_EV_FLOW_LEFT, seg->contact->id, seg->id,
			&ev);
}

void usher__contact_close_if_done(struct usher_acd *acd,
				  struct contact *contact)
{
	struct usher__ev_contact_closed ev = {0};

	if (contact->ended && !contact->segments)
		usher__acd_emit(acd, USHER_EV_CONTACT_CLOSED, contact->id, 0,
				&ev);
}

/* Talk, hold and connect with what the present state has added. */
static int64_t spent(const struct usher_acd *acd, const struct segment *seg,
		     uint32_t state, int64_t before)
{
	return before +
	       (seg->state == state ? acd->now - seg->state_since : 0);
}

/* The segment closes; its contact too when it was the last. */
static void leave(struct usher_acd *acd, struct segment *seg,
		  const struct usher__bytes *reason)
{
	struct contact *contact = seg->contact;
	struct agent *agent = seg->a.agent;
	struct usher__ev_agent_left ev = {0};

	ev.agent = agent->id;
	ev.queue = seg->a.queue;
	ev.connect = spent(acd, seg, USHER_SEGMENT_DIALING, seg->a.connect);
	ev.talk = spent(acd, seg, USHER_SEGMENT_TALKING, seg->a.talk);
	ev.hold = spent(acd, seg, USHER_SEGMENT_HELD, seg->a.hold);
	ev.wrapup = spent(acd, seg, USHER_SEGMENT_WRAPUP, 0);
	if (reason)
		ev.reason = usher__cut(reason);
	if (seg->a.disposition)
		ev.disposition = usher__text(seg->a.disposition);
	usher__acd_emit(acd, USHER_EV_AGENT_LEFT, contact->id, seg->id, &ev);
	usher__agent_settle(acd, agent);
	usher__contact_close_if_done(acd, contact);
}

void usher__talk_over(struct usher_acd *acd, struct segment *seg,
		      const struct usher__bytes *reason)
{
	struct usher__ev_wrapup_started ev = {0};

	/* nobody answered: there is nothing to wrap up */
	if (!seg->a.wrapup || seg->state == USHER_SEGMENT_DIALING) {
		leave(acd, seg, reason);
		return;
	}
	ev.agent = seg->a.agent->id;
	ev.queue = seg->a.queue;
	ev.deadline = acd->now + seg->a.wrapup;
	ev.talk = spent(acd, seg, USHER_SEGMENT_TALKING, seg->a.talk);
	ev.hold = spent(acd, seg, USHER_SEGMENT_HELD, seg->a.hold);
	ev.reason = usher__cut(reason);
	usher__acd_emit(acd, USHER_EV_WRAPUP_STARTED, seg->contact->id,
			seg->id, &ev);
}

void usher__wrapup_over(struct usher_acd *acd, struct segment *seg)
{
	leave(acd, seg, NULL);
}

void usher__contact_over(struct usher_acd *acd, struct contact *contact,
			 uint32_t leave, const struct usher__bytes *reason)
{
	struct usher__ev_contact_ended ev = {0};
	struct segment *next;

	ev.reason = usher__cut(reason);
	ev.duration = acd->now - contact->started;
	usher__acd_emit(acd, USHER_EV_CONTACT_ENDED, contact->id, 0, &ev);
	usher__withdraw_offers(acd, contact, NULL, USHER_WITHDRAW_GONE, NULL,
			       0);
	for (struct segment *seg = contact->segments; seg; seg = next) {
		next = seg->next;
		if (seg->kind == USHER_SEGMENT_QUEUE)
			usher__leave_queue(acd, seg, leave, 0);
		else if (seg->kind == USHER_SEGMENT_FLOW)
			usher__leave_flow(acd, seg, reason);
	}
	for (struct segment *seg = contact->segments; seg; seg = next) {
		bool last = !seg->next;

		next = seg->next;
		if (seg->state != USHER_SEGMENT_WRAPUP) {
			usher__talk_over(acd, seg, reason);
			/* this may have closed the contact */
			if (last)
				return;
		}
	}
	if (!contact->segments)
		usher__contact_close_if_done(acd, contact);
}
