/* Inbound legs: from the INVITE to its ACK; legreply.c has the 200 and how it
 * is repeated. */
#include <string.h>

#include <sip/legimpl.h>

static void cancel_handler(void *arg)
{
	struct usher__leg *leg = arg;
	struct pl reason;

	if (!usher__leg_take(leg, USHER__IN_CANCEL))
		return;
	(void)sip_treply(&leg->st, leg->ua->sip, leg->invite, 487,
			 "Request Terminated");
	usher__reason_kept(&reason);
	usher__leg_over(leg, USHER__CAUSE_CANCELED, 487,
			reason.l ? &reason : NULL);
	usher__leg_dispose(leg);
}

/* The caller has said how long it waits (RFC 3261, 13.3.1). */
static void expired(void *arg)
{
	struct usher__leg *leg = arg;

	if (!usher__leg_take(leg, USHER__IN_CANCEL))
		return;
	(void)sip_treply(&leg->st, leg->ua->sip, leg->invite, 487,
			 usher__sip_reason(487));
	usher__leg_over(leg, USHER__CAUSE_CANCELED, 487, NULL);
	usher__leg_dispose(leg);
}

/* RFC 3261, 17.2.1: 100 may be left out where another response comes within
 * 200 ms. Mostly one does in the same turn, and then this would be in front of
 * it, and of whom we call. */
enum { TRYING_MS = 50 };

static void trying(void *arg)
{
	struct usher__leg *leg = arg;

	if (leg->state == USHER__LEG_INCOMING)
		(void)sip_treply(&leg->st, leg->ua->sip, leg->invite, 100,
				 "Trying");
}

static void try_timeout(void *arg)
{
	struct usher__leg *leg = arg;

	if (!usher__leg_take(leg, USHER__IN_HANGUP))
		return;
	(void)sip_treply(&leg->st, leg->ua->sip, leg->invite, 480,
			 usher__sip_reason(480));
	usher__leg_over(leg, USHER__CAUSE_NO_ANSWER, 480, NULL);
	usher__leg_dispose(leg);
}

struct names {
	char user[USHER__UA_MAX_NAME];
	char to_user[USHER__UA_MAX_NAME];
	char from_user[USHER__UA_MAX_NAME];
	char from_host[USHER__UA_MAX_NAME];
	char from_name[USHER__UA_MAX_NAME];
	char asserted[USHER__UA_MAX_NAME];
	char call_id[USHER__UA_MAX_URI + 1];
	char source[64];
};

/* A name that does not fit or has control characters stays empty. */
static void name_of(char *dst, size_t size, const struct uri *uri)
{
	if (!usher__uri_user(dst, size, uri))
		*dst = '\0';
}

static void collect_names(struct names *names, const struct sip_msg *msg,
			  bool trusted)
{
	const struct sip_hdr *hdr;
	struct sip_addr addr;

	memset(names, 0, sizeof(*names));
	name_of(names->user, sizeof(names->user), &msg->uri);
	name_of(names->to_user, sizeof(names->to_user), &msg->to.uri);
	name_of(names->from_user, sizeof(names->from_user), &msg->from.uri);
	if (!usher__pl_user(names->from_host, sizeof(names->from_host),
			    &msg->from.uri.host))
		names->from_host[0] = '\0';
	if (!usher__pl_copy(names->from_name, sizeof(names->from_name),
			    &msg->from.dname))
		names->from_name[0] = '\0';
	(void)usher__pl_copy(names->call_id, sizeof(names->call_id),
			     &msg->callid);
	(void)re_snprintf(names->source, sizeof(names->source), "%J",
			  &msg->src);
	hdr = sip_msg_hdr(msg, SIP_HDR_P_ASSERTED_IDENTITY);
	if (trusted && hdr && !sip_addr_decode(&addr, &hdr->val))
		name_of(names->asserted, sizeof(names->asserted), &addr.uri);
}

/* Tell the application; it may have done anything with the leg before it
 * returns, so the leg is looked up again. */
static void offer_to_application(struct usher__leg *leg,
				 const struct sip_msg *msg,
				 const struct usher__sender *sender,
				 struct usher__leg *old)
{
	struct usher__ua *ua = leg->ua;
	const struct usher__trunk *trunk;
	struct usher__history history;
	struct usher__invite inv;
	struct names names;
	uint64_t id = leg->id;
	int status;

	trunk = usher__trunk_find(ua, sender->trunk);
	collect_names(&names, msg, trunk && trunk->trusted);
	usher__history_read(&history, msg);
	memset(&inv, 0, sizeof(inv));
	inv.replaces = old ? old->id : 0;
	inv.leg = old ? old->id : id;
	inv.called = history.called;
	inv.diverted = history.diverted;
	inv.diverted_reason = history.reason;
	inv.user_to_user = history.user_to_user;
	inv.privacy = history.privacy;
	inv.domain = sender->domain;
	inv.user = names.user;
	inv.to_user = names.to_user;
	inv.from_user = names.from_user;
	inv.from_host = names.from_host;
	inv.from_name = names.from_name;
	inv.asserted = names.asserted;
	inv.account = sender->account;
	inv.trunk = sender->trunk;
	inv.by_account = trunk && trunk->reg && names.to_user[0] &&
			 !strcmp(names.user, trunk->user);
	inv.call_id = names.call_id;
	inv.source = names.source;
	inv.tcp = leg->tp != SIP_TRANSP_UDP;
	status = ua->ops->invite ? ua->ops->invite(ua->arg, &inv) : 480;
	if (!status && !old)
		return;
	leg = usher__leg_find(ua, id);
	old = old ? usher__leg_find(ua, inv.replaces) : NULL;
	if (!status && leg && old) {
		usher__leg_replace(leg, old);
		return;
	}
	if (!status)
		status = 481; /* it ended meanwhile */
	if (!leg)
		return;
	/* Never taken, so nothing is told of its end. */
	leg->ended_told = true;
	usher__leg_refuse(leg, (uint16_t)status, NULL);
}

/* Refusals before there is a leg. */
static const struct usher__refusal too_many = {486, USHER__NOTE_LIMIT,
					       "too many calls", ""};
static const struct usher__refusal trunk_full = {
	503, USHER__NOTE_LIMIT, "too many calls of the trunk", ""};
static const struct usher__refusal no_memory = {503, USHER__NOTE_LIMIT,
						"no memory", ""};
/* RFC 5630, 5.1.2: who wants sips of us is told that there is none. */
static const struct usher__refusal no_sips = {
	480, USHER__NOTE_UNSUPPORTED, "sips without TLS",
	"Warning: 380 usher \"SIPS Not Allowed\"\r\n"};
/* RFC 7332, 3: who may not be passed on is not, to whatever agent. */
static const struct usher__refusal no_hops = {483, USHER__NOTE_LIMIT,
					      "no hops left", ""};
static const struct usher__refusal bad_dialog = {
	400, USHER__NOTE_MALFORMED, "no Contact to answer to", ""};

static struct usher__leg *make_leg(struct usher__ua *ua,
				   const struct sip_msg *msg,
				   const struct usher__sender *sender,
				   struct usher__refusal *refusal)
{
	char user[USHER__UA_MAX_NAME];
	struct usher__leg *leg;

	leg = usher__leg_alloc(ua, false);
	if (!leg) {
		*refusal = too_many;
		return NULL;
	}
	if (usher__trunk_take(leg, sender->trunk)) {
		*refusal = trunk_full;
		goto out;
	}
	if (usher__msg_has_body(msg)) {
		if (usher__leg_take_sdp(leg, msg, refusal))
			goto out;
	} else {
		leg->offered = true; /* our offer goes out with the answer */
		usher__leg_sides_want(leg);
	}
	refusal->status = usher__session_take(leg, msg);
	if (refusal->status) {
		refusal->note = refusal->status == 400
					? USHER__NOTE_MALFORMED
					: USHER__NOTE_UNSUPPORTED;
		refusal->why = "a session interval";
		if (refusal->status == 422)
			usher__session_min(ua, refusal->more,
					   sizeof(refusal->more));
		goto out;
	}
	usher__leg_learn(leg, msg);
	usher__rel_learn(leg, msg);
	if (pl_isset(&msg->maxfwd))
		leg->forwards = (uint8_t)MIN(pl_u32(&msg->maxfwd),
					     USHER__MAX_FORWARDS);
	*refusal = no_hops;
	if (!leg->forwards)
		goto out;
	leg->sips = usher__request_sips(msg);
	*refusal = no_sips;
	if (leg->sips && !ua->tls)
		goto out;
	*refusal = bad_dialog;
	leg->near = (!sender->trunk || *sender->account) &&
		    usher__request_near(msg);
	if (usher__dialog_accept(&leg->dlg, msg, leg->near))
		goto out;
	*refusal = no_memory;
	if (sip_strans_alloc(&leg->st, ua->sip, msg, cancel_handler, leg))
		goto out;
	/* Escaped again where it is written. */
	if (usher__uri_user(user, sizeof(user), &msg->uri) && *user &&
	    usher__str_set(&leg->contact, user))
		goto out;
	leg->invite = mem_ref((void *)msg);
	usher__leg_index(leg);
	usher__leg_name_dialog(leg, msg);
	return leg;

out:
	mem_deref(leg);
	return NULL;
}

void usher__leg_invited(struct usher__ua *ua, const struct sip_msg *msg)
{
	struct usher__sender sender;
	struct usher__refusal refusal = {0};
	struct usher__leg *leg = NULL, *old;

	if (!usher__admit(ua, msg, &sender))
		return;
	refusal.status = usher__replaces_target(ua, msg, &old);
	refusal.note = refusal.status == 400 ? USHER__NOTE_MALFORMED
					     : USHER__NOTE_UNEXPECTED;
	refusal.why = "nothing that can be replaced";
	if (!refusal.status)
		leg = make_leg(ua, msg, &sender, &refusal);
	if (!leg) {
		usher__ua_refuse(ua, msg, refusal.status, refusal.note,
				 refusal.why, refusal.more);
		return;
	}
	leg->tp = msg->tp;
	tmr_start(&leg->again_tmr, TRYING_MS, trying, leg);
	if (pl_isset(&msg->expires) &&
	    pl_u32(&msg->expires) < USHER__UA_TRY_TIMEOUT_MS / 1000)
		tmr_start(&leg->deadline, pl_u32(&msg->expires) * 1000ull,
			  expired, leg);
	else
		tmr_start(&leg->deadline, USHER__UA_TRY_TIMEOUT_MS,
			  try_timeout, leg);
	offer_to_application(leg, msg, &sender, old);
}

int usher__leg_reject(struct usher__ua *ua, uint64_t id, uint16_t status,
		      const char *reason)
{
	struct usher__leg *leg = usher__leg_find(ua, id);

	if (!leg)
		return USHER_ENOENT;
	if (status < 300 || status > 699 || !usher__text_ok(reason))
		return USHER_EINVAL;
	if (leg->state != USHER__LEG_INCOMING &&
	    leg->state != USHER__LEG_ALERTING)
		return USHER_ESTATE;
	usher__leg_refuse(leg, status, reason);
	return 0;
}

int usher__leg_ring(struct usher__ua *ua, uint64_t id)
{
	struct usher__leg *leg = usher__leg_find(ua, id);
	int err;

	if (!leg)
		return USHER_ENOENT;
	if (leg->rel.answer || !usher__leg_take(leg, USHER__IN_RING))
		return USHER_ESTATE;
	/* Without an offer the first reliable one would be ours. */
	if (leg->rel.peer == USHER__REL_REQUIRED ||
	    (leg->rel.peer && !leg->offered))
		return usher__rel_send(leg, 180);
	err = sip_treplyf(&leg->st, NULL, ua->sip, leg->invite, true, 180,
			  "Ringing", "%HContent-Length: 0\r\n\r\n",
			  usher__leg_contact_print, leg);
	return err ? USHER_EIO : 0;
}

int usher__leg_early(struct usher__ua *ua, uint64_t id)
{
	struct usher__leg *leg = usher__leg_find(ua, id);
	char sdp[USHER__SDP_TEXT_MAX];
	size_t len;
	int err;

	if (!leg)
		return USHER_ENOENT;
	/* Without an offer to answer there is no early media for us, unless
	 * our offer can go first. */
	if (leg->offered && !leg->rel.peer)
		return USHER_ENOTSUP;
	if (leg->rel.answer || usher__leg_next(leg->state, USHER__IN_RING) < 0)
		return USHER_ESTATE;
	if (leg->rel.peer) {
		err = usher__rel_send(leg, 183);
		if (!err)
			(void)usher__leg_take(leg, USHER__IN_RING);
		return err;
	}
	err = usher__leg_open_port(leg, &leg->invite->src);
	if (err)
		return err;
	len = usher__leg_sdp_answer(leg, sdp);
	err = usher__leg_apply(leg, false);
	if (err)
		return err;
	(void)usher__leg_take(leg, USHER__IN_RING);
	err = sip_treplyf(&leg->st, NULL, ua->sip, leg->invite, true, 183,
			  "Session Progress",
			  "%HContent-Type: application/sdp\r\n"
			  "Content-Length: %zu\r\n\r\n%b",
			  usher__leg_contact_print, leg, len, sdp, len);
	return err ? USHER_EIO : 0;
}

/* The ACK of our offer in a 200 carries the answer. */
static int late_answer(struct usher__leg *leg, const struct sip_msg *msg)
{
	leg->ack_answer = false;
	if (!usher__msg_has_sdp(msg))
		return USHER_EPROTO;
	if (usher__leg_peer_sdp(leg, msg))
		return USHER_ENOTSUP;
	return usher__leg_apply(leg, true);
}

void usher__leg_acked(struct usher__leg *leg, const struct sip_msg *msg)
{
	struct usher__leg_event event = {.type = USHER__LEG_CONFIRMED};
	bool first = leg->state == USHER__LEG_ACCEPTED;

	if (!leg->invite || msg->cseq.num != leg->again_cseq)
		return;
	tmr_cancel(&leg->again_tmr);
	leg->again = mem_deref(leg->again);
	leg->invite = mem_deref(leg->invite);
	if (!usher__leg_take(leg, USHER__IN_ACK))
		return;
	if (leg->state == USHER__LEG_CLOSING) {
		usher__leg_bye(leg);
		return;
	}
	if (leg->ack_answer && late_answer(leg, msg)) {
		(void)usher__leg_take(leg, USHER__IN_HANGUP);
		usher__leg_over(leg, USHER__CAUSE_MEDIA, 488, NULL);
		usher__leg_bye(leg);
		return;
	}
	if (leg->replaces == USHER__REPLACES_EARLY)
		event.type = USHER__LEG_ANSWERED;
	if (first) {
		usher__leg_watch(leg);
		/* Whose owner had a call before has it now. */
		if (leg->replaces != USHER__REPLACES_UP)
			usher__leg_tell(leg, &event);
		else
			leg->video_new = leg->video.up;
	}
	if (!leg->ended)
		usher__leg_tell_changes(leg);
	usher__leg_offer_due(leg);
}
