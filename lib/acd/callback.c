/*
 * Deciding: what becomes of a callback. The contact has no leg; its queues
 * were left as "callback", and it waits in them again, with its age and its
 * priority, from when it is due.
 *
 *   callback ──▶ PLANNED ──(from, or the next attempt)──▶ DUE ◀─┐
 *                ▲ │  └────────────▶ TURN ──(callback_turn)─│────┘
 *                │ └──(until)──▶   ended, expired  ◀─(until)┴─▶ …
 *                │                                          │
 *                │                       callback_dial ─────┘
 *                │                             ▼
 *                └──(missed, attempts left)── DIALING ──(missed, none left)──▶
 *                                              │        ended, unreachable
 *      attach, connected: no callback any more, the contact goes on ◀────────
 *
 * An agent first: DUE is offered as anybody who waits, and its customer is
 * dialed when the agent has accepted. The customer first: DUE is dialed, and
 * who answers waits in the old place. Where no time was chosen, TURN comes
 * before: it is matched as anybody who waits, and when somebody is free for it
 * who is not needed for the customers first who are DUE or DIALING, in
 * whatever queue (turns.c), instead of an offer, it is DUE; that agent is for
 * others meanwhile. Missed: the host says so, the agent and the customer could
 * not be joined, or it took CALLBACK_DIAL_US. A caller who calls in again
 * meanwhile is attached, in whatever state.
 */
#include <acd/callbacks.h>

/* Bytes that one event with ids, spans and a reason takes on the tape. */
#define EVENT_ROOM 400

#define WORD(text)                                                            \
	{                                                                     \
		text, sizeof(text) - 1, 0                                     \
	}

size_t usher__callback_room(const struct usher_acd *acd,
			    const struct contact *contact)
{
	const struct usher__ev_callback_asked *conf = contact->callback->conf;

	return usher__contact_room(contact) +
	       usher__enter_room(acd, contact, &conf->queues,
				 conf->requirement.len) +
	       (conf->queues.count + 4) *
		       (2 * EVENT_ROOM + conf->requirement.len) +
	       conf->address.len;
}

static bool waits(const struct contact *contact)
{
	for (const struct segment *seg = contact->segments; seg;
	     seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_QUEUE)
			return true;
	}
	return false;
}

/* Wait in its queues, also where they are closed or full: the place was
 * promised. What their steps then do at once is what needs nobody on the
 * line. */
static void enter(struct usher_acd *acd, struct contact *contact)
{
	const struct usher__ev_callback_asked *conf = contact->callback->conf;
	const uint64_t *ids = conf->queues.ptr;
	uint64_t entered[USHER_CONTACT_QUEUES_MAX];
	struct usher__ev_queue_entered ev = {0};
	uint32_t count = 0;

	if (waits(contact))
		return;
	ev.since = conf->since;
	ev.priority = conf->priority;
	ev.requirement = conf->requirement;
	for (uint32_t i = 0; i < conf->queues.count; i++) {
		const struct queue *queue = usher__queue_get(acd, ids[i]);

		if (!queue || queue->draining ||
		    contact->segment_count >= USHER_CONTACT_SEGMENTS_MAX)
			continue;
		ev.queue = queue->id;
		ev.waiting = queue->waiting + 1;
		entered[count] =
			acd->node | ((acd->last_segment + 1) & ID_MASK);
		usher__acd_emit(acd, USHER_EV_QUEUE_ENTERED, contact->id,
				entered[count++], &ev);
	}
	for (uint32_t i = 0; i < count; i++) {
		struct segment *seg = usher__segment_get(acd, entered[i]);

		if (seg && seg->q.queue->step_count)
			usher__steps_enter(acd, seg);
	}
}

void usher__callback_over(struct usher_acd *acd, struct contact *contact,
			  const struct usher__bytes *reason)
{
	struct usher__ev_callback_over ev = {0};

	ev.attempt = contact->callback->attempts;
	ev.reason = usher__cut(reason);
	usher__acd_emit(acd, USHER_EV_CALLBACK_OVER, contact->id, 0, &ev);
}

/* It comes to nothing, and the contact ends. */
static void in_vain(struct usher_acd *acd, struct contact *contact,
		    uint32_t leave, const struct usher__bytes *reason)
{
	usher__callback_over(acd, contact, reason);
	usher__contact_over(acd, contact, leave, reason);
}

void usher__callback_due(struct usher_acd *acd, struct contact *contact)
{
	static const struct usher__bytes none = WORD("no_queue");
	const struct callback *cb = contact->callback;
	struct usher__ev_callback_due ev = {0};

	ev.address = cb->conf->address;
	ev.first = cb->conf->first;
	ev.attempt = cb->attempts + 1;
	ev.turn = cb->conf->turn;
	usher__acd_emit(acd, USHER_EV_CALLBACK_DUE, contact->id, 0, &ev);
	enter(acd, contact);
	if (!waits(contact))
		in_vain(acd, contact, USHER_LEAVE_FAILED, &none);
}

void usher__callback_missed(struct usher_acd *acd, struct contact *contact,
			    const struct usher__bytes *reason)
{
	static const struct usher__bytes nobody = WORD("unreachable");
	const struct callback *cb = contact->callback;
	struct usher__ev_callback_missed ev = {0};

	ev.attempt = cb->attempts;
	ev.reason = usher__cut(reason);
	ev.until = acd->now + cb->conf->again;
	usher__acd_emit(acd, USHER_EV_CALLBACK_MISSED, contact->id, 0, &ev);
	if (cb->attempts >= cb->conf->attempts || ev.until >= cb->conf->until)
		in_vain(acd, contact, USHER_LEAVE_FAILED, &nobody);
}

/* An offer that was accepted, for which the customer is being dialed. */
static struct offer *accepted(const struct contact *contact)
{
	struct offer *offer = contact->offers;

	return offer && offer->state == USHER_OFFER_ACCEPTED ? offer : NULL;
}

void usher__offer_failed(struct usher_acd *acd, struct offer *offer,
			 const struct usher__bytes *reason)
{
	struct agent *agent = offer->agent;
	struct contact *contact = offer->contact;
	const struct usher__ev_queue_set *conf = offer->segment->q.queue->conf;
	struct usher__ev_offer_failed ev = {0};

	ev.offer = offer->id;
	ev.queue = conf->queue;
	ev.agent = agent->id;
	ev.reason = usher__cut(reason);
	ev.until = acd->now + conf->retry;
	usher__acd_emit(acd, USHER_EV_OFFER_FAILED, contact->id,
			offer->segment->id, &ev);
	usher__agent_settle(acd, agent);
	if (contact->callback &&
	    contact->callback->state == USHER_CALLBACK_DIALING)
		usher__callback_missed(acd, contact, reason);
}

void usher__callback_timer(struct usher_acd *acd, struct contact *contact)
{
	static const struct usher__bytes expired = WORD("expired");
	static const struct usher__bytes timeout = WORD("timeout");
	const struct callback *cb = contact->callback;

	if (cb->state == USHER_CALLBACK_DIALING && accepted(contact))
		usher__offer_failed(acd, accepted(contact), &timeout);
	else if (cb->state == USHER_CALLBACK_DIALING)
		usher__callback_missed(acd, contact, &timeout);
	else if (cb->conf->until <= acd->now)
		in_vain(acd, contact, USHER_LEAVE_TIMEOUT, &expired);
	else
		usher__callback_due(acd, contact);
}

void usher__callback_attach(struct usher_acd *acd, struct contact *contact)
{
	static const struct usher__bytes reached = WORD("reached");
	static const struct usher__bytes again = WORD("called_in");
	static const struct usher__bytes none = WORD("no_queue");
	const struct callback *cb = contact->callback;
	bool dialed = cb->state == USHER_CALLBACK_DIALING;

	enter(acd, contact);
	usher__callback_over(acd, contact,
			     !waits(contact) ? &none
			     : dialed        ? &reached
					     : &again);
}
