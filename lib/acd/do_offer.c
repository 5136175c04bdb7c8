/*
 * Deciding: what becomes of offers, and presence.
 */
#include <acd/callbacks.h>
#include <acd/handlers.h>

static const struct usher__bytes no_reason;

static void stop_ringing(struct usher_acd *acd, struct agent *agent)
{
	struct offer *offer;

	do {
		for (offer = agent->offers; offer; offer = offer->agent_next) {
			if (offer->state == USHER_OFFER_RINGING)
				break;
		}
		if (offer)
			usher__withdraw(acd, offer, USHER_WITHDRAW_AGENT, NULL,
					0);
	} while (offer);
}

static bool same_reason(const char *now, const struct usher__bytes *reason)
{
	struct usher__bytes cut = usher__cut(reason);
	struct usher__bytes text = usher__text(now);

	return usher__bytes_equal(&text, &cut);
}

static void go_ready(struct usher_acd *acd, struct agent *agent)
{
	struct usher__ev_agent_pending pending = {.agent = agent->id,
						  .presence = USHER_READY};
	struct usher__ev_agent_presence ev = {.agent = agent->id,
					      .presence = USHER_READY};

	if (agent->pending)
		usher__acd_emit(acd, USHER_EV_AGENT_PENDING, 0, 0, &pending);
	if (agent->presence != USHER_READY)
		usher__acd_emit(acd, USHER_EV_AGENT_PRESENCE, 0, 0, &ev);
}

void usher__agent_go(struct usher_acd *acd, struct agent *agent,
		     uint32_t presence, const struct usher__bytes *reason)
{
	struct usher__ev_agent_presence ev = {0};
	struct usher__ev_agent_pending pending = {0};
	bool wait =
		usher__agent_works(agent) &&
		agent->presence != USHER_SIGNED_OUT &&
		!(agent->presence == USHER_PAUSED && presence == USHER_PAUSED);

	if (presence == USHER_READY) {
		go_ready(acd, agent);
		return;
	}
	if (!agent->pending && agent->presence == presence &&
	    same_reason(agent->reason, reason))
		return;
	stop_ringing(acd, agent);
	if (wait) {
		if (agent->pending && agent->pending_presence == presence &&
		    same_reason(agent->pending_reason, reason))
			return;
		pending.agent = agent->id;
		pending.presence = presence;
		pending.reason = usher__cut(reason);
		usher__acd_emit(acd, USHER_EV_AGENT_PENDING, 0, 0, &pending);
		return;
	}
	ev.agent = agent->id;
	ev.presence = presence;
	ev.reason = usher__cut(reason);
	usher__acd_emit(acd, USHER_EV_AGENT_PRESENCE, 0, 0, &ev);
}

int usher__do_presence(struct usher_acd *acd, const void *arg, uint64_t *ret,
		       struct usher_error *err)
{
	const struct usher__ev_in_presence *in = arg;
	struct agent *agent = usher__agent_get(acd, in->agent);
	int code;

	(void)ret;
	(void)err;
	if (!agent)
		return USHER_ENOENT;
	if (in->presence > USHER_PAUSED)
		return USHER_EINVAL;
	if (agent->removing)
		return USHER_ESTATE;
	code = usher__acd_room(acd, usher__agent_room(agent));
	if (code)
		return code;
	usher__agent_go(acd, agent, in->presence,
			in->presence == USHER_PAUSED ? &in->reason
						     : &no_reason);
	return 0;
}

/* The offer in the state that the input needs. */
static int find_offer(const struct usher_acd *acd, uint64_t id, uint32_t state,
		      struct offer **ret)
{
	struct offer *offer = usher__offer_get(acd, id);

	if (!offer)
		return USHER_ENOENT;
	if (offer->state != state)
		return USHER_ESTATE;
	*ret = offer;
	return 0;
}

static const struct usher__ev_queue_set *conf_of(const struct offer *offer)
{
	return offer->segment->q.queue->conf;
}

int usher__do_accept(struct usher_acd *acd, const void *arg, uint64_t *ret,
		     struct usher_error *err)
{
	const struct usher__ev_in_accept *in = arg;
	struct usher__ev_offer_accepted ev = {0};
	struct offer *offer;
	int code = find_offer(acd, in->offer, USHER_OFFER_RINGING, &offer);

	(void)ret;
	(void)err;
	if (!code)
		code = usher__acd_room(acd,
				       usher__contact_room(offer->contact) +
					       in->endpoint.len);
	if (code)
		return code;
	ev.offer = offer->id;
	ev.queue = conf_of(offer)->queue;
	ev.agent = offer->agent->id;
	ev.endpoint = in->endpoint;
	ev.ring = acd->now - offer->made;
	ev.deadline = acd->now + conf_of(offer)->offer_timeout;
	usher__acd_emit(acd, USHER_EV_OFFER_ACCEPTED, offer->contact->id,
			offer->segment->id, &ev);
	usher__withdraw_offers(acd, offer->contact, offer,
			       USHER_WITHDRAW_ELSEWHERE, NULL, 0);
	return 0;
}

int usher__do_reject(struct usher_acd *acd, const void *arg, uint64_t *ret,
		     struct usher_error *err)
{
	const struct usher__ev_in_reject *in = arg;
	struct usher__ev_offer_rejected ev = {0};
	struct offer *offer;
	int code = find_offer(acd, in->offer, USHER_OFFER_RINGING, &offer);

	(void)ret;
	(void)err;
	if (code)
		return code;
	ev.offer = offer->id;
	ev.queue = conf_of(offer)->queue;
	ev.agent = offer->agent->id;
	ev.reason = usher__cut(&in->reason);
	ev.ring = acd->now - offer->made;
	ev.until = acd->now + conf_of(offer)->retry;
	usher__acd_emit(acd, USHER_EV_OFFER_REJECTED, offer->contact->id,
			offer->segment->id, &ev);
	return 0;
}

void usher__offer_missed(struct usher_acd *acd, struct offer *offer,
			 const struct usher__bytes *reason)
{
	static const struct usher__bytes missed = {"missed", 6, 0};
	struct agent *agent = offer->agent;
	uint32_t limit = conf_of(offer)->missed_limit;
	struct usher__ev_offer_missed ev = {0};

	ev.offer = offer->id;
	ev.queue = conf_of(offer)->queue;
	ev.agent = agent->id;
	ev.reason = usher__cut(reason);
	ev.ring = acd->now - offer->made;
	ev.until = acd->now + conf_of(offer)->retry;
	ev.missed = agent->missed + 1;
	usher__acd_emit(acd, USHER_EV_OFFER_MISSED, offer->contact->id,
			offer->segment->id, &ev);
	if (limit && agent->missed >= limit &&
	    agent->presence == USHER_READY && !agent->pending)
		usher__agent_go(acd, agent, USHER_PAUSED, &missed);
}

int usher__do_miss(struct usher_acd *acd, const void *arg, uint64_t *ret,
		   struct usher_error *err)
{
	const struct usher__ev_in_miss *in = arg;
	struct offer *offer;
	int code = find_offer(acd, in->offer, USHER_OFFER_RINGING, &offer);

	(void)ret;
	(void)err;
	if (!code)
		code = usher__acd_room(acd, usher__agent_room(offer->agent));
	if (code)
		return code;
	usher__offer_missed(acd, offer, &in->reason);
	return 0;
}

int usher__do_connect_failed(struct usher_acd *acd, const void *arg,
			     uint64_t *ret, struct usher_error *err)
{
	const struct usher__ev_in_connect_failed *in = arg;
	struct offer *offer;
	int code = find_offer(acd, in->offer, USHER_OFFER_ACCEPTED, &offer);

	(void)ret;
	(void)err;
	if (!code && offer->contact->callback)
		code = usher__acd_room(
			acd, usher__callback_room(acd, offer->contact));
	if (code)
		return code;
	usher__offer_failed(acd, offer, &in->reason);
	return 0;
}

int usher__do_withdraw(struct usher_acd *acd, const void *arg, uint64_t *ret,
		       struct usher_error *err)
{
	const struct usher__ev_in_withdraw *in = arg;
	struct offer *offer = usher__offer_get(acd, in->offer);
	int code;

	(void)ret;
	(void)err;
	if (!offer)
		return USHER_ENOENT;
	code = usher__acd_room(acd, usher__contact_room(offer->contact));
	if (code)
		return code;
	usher__withdraw_offers(acd, offer->contact, NULL, USHER_WITHDRAW_HOST,
			       &in->reason, acd->now + conf_of(offer)->retry);
	return 0;
}

int usher__do_connected(struct usher_acd *acd, const void *arg, uint64_t *ret,
			struct usher_error *err)
{
	const struct usher__ev_in_connected *in = arg;
	struct usher__ev_offer_connected ev = {0};
	struct usher__ev_agent_joined joined = {0};
	struct segment *answered, *next;
	struct contact *contact;
	struct agent *agent;
	struct offer *offer;
	static const struct usher__bytes reached = {"reached", 7, 0};
	uint64_t id = acd->node | ((acd->last_segment + 1) & ID_MASK);
	int code = find_offer(acd, in->offer, USHER_OFFER_ACCEPTED, &offer);

	(void)err;
	if (!code)
		code = usher__acd_room(acd,
				       usher__contact_room(offer->contact));
	if (code)
		return code;
	contact = offer->contact;
	agent = offer->agent;
	answered = offer->segment;
	ev.offer = offer->id;
	ev.queue = conf_of(offer)->queue;
	ev.agent = agent->id;
	ev.connect = acd->now - offer->state_since;
	joined.agent = agent->id;
	joined.queue = ev.queue;
	joined.offer = offer->id;
	joined.wrapup = conf_of(offer)->wrapup;
	if (contact->callback)
		usher__callback_over(acd, contact, &reached);
	/* neither it nor the agent is to be found in between; who is, is in
	 * the index once the agent has joined */
	acd->leaving = contact;
	usher__acd_emit(acd, USHER_EV_OFFER_CONNECTED, contact->id,
			answered->id, &ev);
	for (struct segment *seg = contact->segments; seg; seg = next) {
		next = seg->next;
		if (seg->kind == USHER_SEGMENT_QUEUE)
			usher__leave_queue(acd, seg,
					   seg == answered
						   ? USHER_LEAVE_ANSWERED
						   : USHER_LEAVE_ELSEWHERE,
					   agent->id);
	}
	acd->leaving = NULL;
	usher__acd_emit(acd, USHER_EV_AGENT_JOINED, contact->id, id, &joined);
	usher__mark_agent(acd, agent);
	*ret = id;
	return 0;
}

static int check_assign(const struct usher_acd *acd,
			const struct contact *contact,
			const struct agent *agent)
{
	if (!contact || !agent)
		return USHER_ENOENT;
	if (contact->ended || usher__contact_away(contact) ||
	    contact->offers || !usher__agent_free(acd, agent, contact->kind) ||
	    usher__contact_with(contact, agent))
		return USHER_ESTATE;
	return 0;
}

int usher__do_assign(struct usher_acd *acd, const void *arg, uint64_t *ret,
		     struct usher_error *err)
{
	const struct usher__ev_in_assign *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	struct agent *agent = usher__agent_get(acd, in->agent);
	struct usher__ev_offer_made like = {0};
	struct segment *seg = NULL;
	bool waits = false;
	int code = check_assign(acd, contact, agent);

	(void)ret;
	(void)err;
	if (code)
		return code;
	for (struct segment *at = contact->segments; at && !seg;
	     at = at->next) {
		if (at->kind != USHER_SEGMENT_QUEUE)
			continue;
		waits = true;
		if (in->force || (usher__eligible(acd, at, agent) &&
				  !usher__excluded(acd, contact, agent)))
			seg = at;
	}
	if (!seg)
		return waits ? USHER_EPERM : USHER_ESTATE;
	like.policy = usher__text("assign");
	like.candidates = 1;
	if (acd->explain)
		like.why = usher__text("named by the request");
	return usher__make_offers(acd, seg, &agent, 1, &like);
}
