/*
 * Applying: callbacks. The diagram is in callback.c; move() is the only place
 * that changes a state.
 */
#include <acd/callbacks.h>

enum { BY_ADDRESS, BY_CUSTOMER };

static int64_t hash(const struct usher__bytes *text)
{
	/* FNV-1a: derived, in no snapshot; equal hashes are compared */
	const unsigned char *at = text->ptr;
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (uint32_t i = 0; i < text->len; i++)
		sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
	return (int64_t)(sum >> 1);
}

int usher__prepare_callback(struct usher_acd *acd,
			    const struct usher__ev_callback_asked *ev)
{
	return usher__req_make(acd, &ev->requirement, NULL);
}

static void enlist(struct usher_acd *acd, struct usher__node *node,
		   const struct usher__bytes *text, int kind, uint64_t id)
{
	if (!text->len)
		return;
	node->k0 = hash(text);
	node->k1 = kind;
	node->k2 = id;
	usher__tree_add(&acd->callbacks, node);
}

static struct contact *find(const struct usher_acd *acd,
			    const struct usher__bytes *text, int kind)
{
	struct usher__node key = {.k0 = hash(text), .k1 = kind};

	if (!text->len)
		return NULL;
	for (const struct usher__node *at =
		     usher__tree_after(&acd->callbacks, &key);
	     at && at->k0 == key.k0 && at->k1 == kind;
	     at = usher__tree_next(at)) {
		const struct contact *contact =
			usher__contact_get(acd, at->k2);
		const struct usher__ev_callback_asked *conf =
			contact->callback->conf;

		if (usher__bytes_equal(kind == BY_ADDRESS ? &conf->address
							  : &conf->customer,
				       text))
			return usher__contact_get(acd, at->k2);
	}
	return NULL;
}

struct contact *usher__callback_find(const struct usher_acd *acd,
				     const struct usher__bytes *address,
				     const struct usher__bytes *customer)
{
	struct contact *found = find(acd, address, BY_ADDRESS);

	return found ? found : find(acd, customer, BY_CUSTOMER);
}

void usher__callback_set_timer(struct usher_acd *acd, struct contact *contact)
{
	const struct callback *cb = contact->callback;
	int64_t at = cb->conf->until;

	if (cb->state == USHER_CALLBACK_DIALING ||
	    (cb->state == USHER_CALLBACK_PLANNED && cb->at < at) ||
	    (cb->state == USHER_CALLBACK_TURN && cb->at && cb->at < at))
		at = cb->at;
	usher__timer_set(acd, &contact->timer, at, TIMER_CALLBACK, contact->id,
			 contact);
}

static void called(struct usher_acd *acd, struct callback *cb, int change)
{
	cb->called_in += (uint32_t)change;
	if (change > 0 && cb->called_in == 1) {
		cb->called_next = acd->called;
		cb->called_at = &acd->called;
		if (acd->called)
			acd->called->called_at = &cb->called_next;
		acd->called = cb;
		acd->called_count++;
	} else if (!cb->called_in) {
		*cb->called_at = cb->called_next;
		if (cb->called_next)
			cb->called_next->called_at = cb->called_at;
		acd->called_count--;
		if (cb->agent)
			cb->agent->needed = 0;
		if (cb->dialed)
			acd->dialed[cb->dialed - 1] = NULL;
		cb->agent = NULL;
		cb->dialed = 0;
	}
}

void usher__callback_count_in(struct usher_acd *acd,
			      const struct contact *contact, int change)
{
	if (usher__contact_turns(contact))
		acd->turns += (uint32_t)change;
	if (!usher__contact_called(contact))
		return;
	called(acd, contact->callback, change);
	/* an agent who is free may be enough for one more turn */
	if (change < 0)
		usher__turns_wake(acd);
}

void usher__callback_count(struct usher_acd *acd,
			   const struct contact *contact, int change)
{
	for (const struct segment *seg = contact->segments; seg;
	     seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_QUEUE)
			usher__callback_count_in(acd, contact, change);
	}
}

static void move(struct usher_acd *acd, struct contact *contact,
		 uint32_t state, int64_t now, int64_t at)
{
	struct callback *cb = contact->callback;
	bool counts = state != USHER_CALLBACK_DIALING;

	if (counts)
		usher__callback_count(acd, contact, -1);
	cb->state = state;
	cb->state_since = now;
	cb->at = at;
	if (counts)
		usher__callback_count(acd, contact, 1);
	usher__callback_set_timer(acd, contact);
	usher__contact_reindex(acd, contact);
	usher__mark_contact(acd, contact);
}

static void asked(struct usher_acd *acd, const struct usher_event *head,
		  const struct usher__ev_callback_asked *ev)
{
	struct contact *contact = usher__contact_get(acd, head->contact);
	struct callback *cb =
		(struct callback *)((char *)acd->spare + acd->spare_size -
				    sizeof(*cb));

	memset(cb, 0, sizeof(*cb));
	cb->conf = acd->spare;
	cb->size = acd->spare_size;
	cb->contact = contact;
	acd->spare = NULL;
	cb->req = usher__req_ref(acd, &ev->requirement);
	contact->callback = cb;
	enlist(acd, &cb->by_address, &cb->conf->address, BY_ADDRESS,
	       contact->id);
	enlist(acd, &cb->by_customer, &cb->conf->customer, BY_CUSTOMER,
	       contact->id);
	move(acd, contact, USHER_CALLBACK_PLANNED, head->time_us, ev->from);
}

void usher__callback_drop(struct usher_acd *acd, struct contact *contact)
{
	struct callback *cb = contact->callback;

	if (!cb)
		return;
	usher__callback_count(acd, contact, -1);
	contact->callback = NULL;
	if (usher__tree_has(&cb->by_address))
		usher__tree_del(&acd->callbacks, &cb->by_address);
	if (usher__tree_has(&cb->by_customer))
		usher__tree_del(&acd->callbacks, &cb->by_customer);
	usher__timer_clear(acd, &contact->timer);
	usher__req_put(cb->req);
	usher__slab_put(&acd->slab, &acd->alloc, cb->conf, cb->size);
}

/* The agent who has accepted waits as long as the customer's phone rings. */
static void dialed(struct usher_acd *acd, const struct usher_event *head,
		   const struct usher__ev_callback_dialed *ev)
{
	struct contact *contact = usher__contact_get(acd, head->contact);
	struct offer *offer = contact->offers;

	contact->callback->attempts = ev->attempt;
	if (offer && offer->state == USHER_OFFER_ACCEPTED) {
		offer->deadline = ev->deadline;
		usher__timer_set(acd, &offer->timer, ev->deadline, TIMER_OFFER,
				 offer->id, offer);
	}
	move(acd, contact, USHER_CALLBACK_DIALING, head->time_us,
	     ev->deadline);
}

static void over(struct usher_acd *acd, struct contact *contact)
{
	usher__callback_drop(acd, contact);
	usher__contact_reindex(acd, contact);
	usher__mark_contact(acd, contact);
}

bool usher__apply_callback(struct usher_acd *acd, const struct usher_event *ev,
			   const void *payload)
{
	const struct usher__ev_callback_missed *missed = payload;
	const struct usher__ev_callback_due *due = payload;
	struct contact *contact = usher__contact_get(acd, ev->contact);

	switch (ev->type) {
	case USHER_EV_CALLBACK_ASKED:
		asked(acd, ev, payload);
		return true;
	case USHER_EV_CALLBACK_DUE:
		move(acd, contact,
		     due->turn ? USHER_CALLBACK_TURN : USHER_CALLBACK_DUE,
		     ev->time_us, due->until);
		return true;
	case USHER_EV_CALLBACK_TURN:
		move(acd, contact, USHER_CALLBACK_DUE, ev->time_us, 0);
		return true;
	case USHER_EV_CALLBACK_DIALED:
		dialed(acd, ev, payload);
		return true;
	case USHER_EV_CALLBACK_MISSED:
		move(acd, contact, USHER_CALLBACK_PLANNED, ev->time_us,
		     missed->until);
		return true;
	case USHER_EV_CALLBACK_OVER:
		over(acd, contact);
		return true;
	}
	return false;
}

bool usher__good_callback(const struct usher__ev_callback_asked *ev,
			  int64_t now)
{
	return ev->address.len && ev->address.len <= USHER_ADDRESS_MAX &&
	       ev->first <= USHER_CALLBACK_CUSTOMER &&
	       ev->turn <= (ev->first == USHER_CALLBACK_CUSTOMER) &&
	       ev->from >= 0 && ev->from < ev->until &&
	       ev->until <= now + SPAN_MAX && usher__good_span(ev->again) &&
	       ev->attempts && ev->attempts <= USHER_CALLBACK_ATTEMPTS_MAX &&
	       ev->queues.count &&
	       ev->queues.count <= USHER_CONTACT_QUEUES_MAX &&
	       usher__good_priority(ev->priority) && ev->since >= 0 &&
	       ev->since <= now;
}

static bool good_until(const struct usher_event *ev, int64_t until)
{
	return until >= ev->time_us && until <= ev->time_us + SPAN_MAX;
}

bool usher__callback_fits(const struct usher_acd *acd,
			  const struct usher_event *ev, const void *payload)
{
	const struct contact *contact = usher__contact_get(acd, ev->contact);
	const struct usher__ev_callback_asked *asking = payload;
	const struct usher__ev_callback_due *due = payload;
	const struct usher__ev_callback_dialed *dialing = payload;
	const struct usher__ev_callback_missed *missed = payload;
	const struct callback *cb = contact ? contact->callback : NULL;

	switch (ev->type) {
	case USHER_EV_CALLBACK_ASKED:
		return contact && !contact->ended &&
		       !contact->detached_until && !cb &&
		       usher__good_callback(asking, ev->time_us) &&
		       !usher__callback_find(acd, &asking->address,
					     &asking->customer);
	case USHER_EV_CALLBACK_DUE:
		return cb &&
		       (cb->state == USHER_CALLBACK_PLANNED ||
			(cb->state == USHER_CALLBACK_TURN && due->turn)) &&
		       due->turn <= cb->conf->turn &&
		       (!due->until ||
			(due->turn && good_until(ev, due->until)));
	case USHER_EV_CALLBACK_TURN:
		return cb && cb->state == USHER_CALLBACK_TURN;
	case USHER_EV_CALLBACK_DIALED:
		return cb && cb->state == USHER_CALLBACK_DUE &&
		       dialing->attempt == cb->attempts + 1 &&
		       dialing->attempt <= cb->conf->attempts &&
		       good_until(ev, dialing->deadline);
	case USHER_EV_CALLBACK_MISSED:
		return cb && cb->state == USHER_CALLBACK_DIALING &&
		       good_until(ev, missed->until);
	case USHER_EV_CALLBACK_OVER:
		return cb != NULL;
	}
	return true;
}
