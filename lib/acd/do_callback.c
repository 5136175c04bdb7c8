/*
 * Deciding: a callback is asked for, dialed, missed.
 */
#include <acd/callbacks.h>
#include <acd/handlers.h>
#include <acd/options.h>

#define EVENT_ROOM 400

#define DAY_US INT64_C(86400000000)

/* Those that the input names, or those where the contact waits. */
static int collect(const struct usher_acd *acd, const struct contact *contact,
		   const struct usher__bytes *named,
		   uint64_t queues[USHER_CONTACT_QUEUES_MAX], uint32_t *count)
{
	const uint64_t *ids = named->ptr;

	if (named->count > USHER_CONTACT_QUEUES_MAX)
		return USHER_EINVAL;
	*count = 0;
	for (uint32_t i = 0; i < named->count; i++) {
		const struct queue *queue = usher__queue_get(acd, ids[i]);

		if (!queue)
			return USHER_ENOENT;
		if (queue->draining)
			return USHER_ECLOSED;
		queues[(*count)++] = ids[i];
	}
	for (const struct segment *seg = contact->segments;
	     seg && !named->count; seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_QUEUE &&
		    *count < USHER_CONTACT_QUEUES_MAX)
			queues[(*count)++] = seg->q.queue->id;
	}
	for (uint32_t i = 0; i < *count; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (queues[i] == queues[j])
				return USHER_EINVAL;
		}
	}
	return *count ? 0 : USHER_ESTATE;
}

/* Whom nobody talks to, or is about to. */
static bool may_leave(const struct contact *contact)
{
	if (contact->ended || contact->detached_until || contact->callback ||
	    (contact->offers &&
	     contact->offers->state == USHER_OFFER_ACCEPTED))
		return false;
	for (const struct segment *seg = contact->segments; seg;
	     seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_AGENT &&
		    seg->state != USHER_SEGMENT_WRAPUP)
			return false;
	}
	return true;
}

/* The place: of the first stay in a queue, or of the contact. */
static void place(const struct contact *contact,
		  struct usher__ev_callback_asked *ev)
{
	ev->since = contact->since;
	for (const struct segment *seg = contact->segments; seg;
	     seg = seg->next) {
		if (seg->kind != USHER_SEGMENT_QUEUE)
			continue;
		ev->since = seg->q.node.k1;
		ev->priority = seg->q.own_priority;
		ev->requirement = usher__text(usher__req_text(seg->q.req));
		return;
	}
}

static void window(const struct usher_acd *acd,
		   const struct usher__ev_in_callback *in,
		   struct usher__ev_callback_asked *ev)
{
	/* In its turn: usher__callback_due() knows when to expect it. */
	ev->from = in->from;
	ev->turn = !ev->from && ev->first == USHER_CALLBACK_CUSTOMER;
	if (ev->from < acd->now)
		ev->from = acd->now;
	ev->until = in->until ? in->until : ev->from + DAY_US;
}

static size_t leaving_room(const struct usher_acd *acd,
			   const struct contact *contact,
			   const struct usher__ev_callback_asked *ev)
{
	return usher__contact_room(contact) +
	       usher__enter_room(acd, contact, &ev->queues,
				 ev->requirement.len) +
	       usher__pack_size(usher__type(USHER_EV_CALLBACK_ASKED), ev) +
	       ev->address.len +
	       (ev->queues.count + 4) * (2 * EVENT_ROOM + ev->requirement.len);
}

/* The queues are left, and entered again when it is due: now, perhaps. */
static void leave(struct usher_acd *acd, struct contact *contact)
{
	struct segment *next;

	usher__withdraw_offers(acd, contact, NULL, USHER_WITHDRAW_DETACHED,
			       NULL, 0);
	for (struct segment *seg = contact->segments; seg; seg = next) {
		next = seg->next;
		if (seg->kind == USHER_SEGMENT_QUEUE)
			usher__leave_queue(acd, seg, USHER_LEAVE_CALLBACK, 0);
	}
	if (contact->callback->at <= acd->now)
		usher__callback_due(acd, contact);
}

int usher__do_callback(struct usher_acd *acd, const void *arg, uint64_t *ret,
		       struct usher_error *err)
{
	const struct usher__ev_in_callback *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	struct usher__ev_callback_asked ev = {0};
	uint64_t queues[USHER_CONTACT_QUEUES_MAX];
	int code;

	(void)ret;
	(void)err;
	if (!contact)
		return USHER_ENOENT;
	if (!may_leave(contact))
		return USHER_ESTATE;
	code = collect(acd, contact, &in->queues, queues, &ev.queues.count);
	if (code)
		return code;
	/* a window is reckoned from it */
	if (in->from > acd->now + SPAN_MAX)
		return USHER_EINVAL;
	ev.queues.ptr = queues;
	ev.queues.len = ev.queues.count * (uint32_t)sizeof(*queues);
	ev.address = in->address;
	ev.customer = usher__text(usher__texts_customer(contact->texts));
	ev.first = in->first;
	ev.again = in->again;
	ev.attempts = in->attempts;
	place(contact, &ev);
	window(acd, in, &ev);
	if (!usher__good_callback(&ev, acd->now))
		return USHER_EINVAL;
	if (usher__callback_find(acd, &ev.address, &ev.customer))
		return USHER_EEXIST;
	code = usher__acd_room(acd, leaving_room(acd, contact, &ev));
	if (!code)
		code = usher__acd_prepare(acd, USHER_EV_CALLBACK_ASKED,
					  contact->id, &ev);
	if (code)
		return code;
	usher__acd_emit(acd, USHER_EV_CALLBACK_ASKED, contact->id, 0, &ev);
	leave(acd, contact);
	return 0;
}

/* With an agent who has accepted, or before any. */
static bool may_dial(const struct contact *contact)
{
	const struct callback *cb = contact->callback;

	if (!cb || cb->state != USHER_CALLBACK_DUE)
		return false;
	return cb->conf->first == USHER_CALLBACK_CUSTOMER ||
	       (contact->offers &&
		contact->offers->state == USHER_OFFER_ACCEPTED);
}

int usher__do_callback_dial(struct usher_acd *acd, const void *arg,
			    uint64_t *ret, struct usher_error *err)
{
	const struct usher__ev_in_callback_dial *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	struct usher__ev_callback_dialed ev = {0};

	(void)ret;
	(void)err;
	if (!contact)
		return USHER_ENOENT;
	if (!may_dial(contact))
		return USHER_ESTATE;
	ev.attempt = contact->callback->attempts + 1;
	ev.deadline = acd->now + CALLBACK_DIAL_US;
	usher__acd_emit(acd, USHER_EV_CALLBACK_DIALED, contact->id, 0, &ev);
	return 0;
}

int usher__do_callback_missed(struct usher_acd *acd, const void *arg,
			      uint64_t *ret, struct usher_error *err)
{
	const struct usher__ev_in_callback_missed *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	const struct callback *cb;
	int code;

	(void)ret;
	(void)err;
	if (!contact)
		return USHER_ENOENT;
	cb = contact->callback;
	if (!cb || cb->state != USHER_CALLBACK_DIALING)
		return USHER_ESTATE;
	code = usher__acd_room(acd, usher__callback_room(acd, contact));
	if (code)
		return code;
	/* this ends the attempt, too */
	if (contact->offers && contact->offers->state == USHER_OFFER_ACCEPTED)
		usher__offer_failed(acd, contact->offers, &in->reason);
	else
		usher__callback_missed(acd, contact, &in->reason);
	return 0;
}
