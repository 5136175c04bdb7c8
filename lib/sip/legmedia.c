/* A leg's sound: its port, and what offers and answers say about it. */
#include <stdio.h>
#include <string.h>

#include <sip/legimpl.h>

enum { DISCARD_PORT = 9 }; /* in SDP when there is no media engine */

int usher__leg_open_port(struct usher__leg *leg, const struct sa *peer)
{
	struct usher__ua *ua = leg->ua;
	int err;

	if (leg->rtp_port)
		return 0;
	usher__ua_local_ip(ua, peer, leg->ip, sizeof(leg->ip));
	if (!ua->media) {
		leg->rtp_port = DISCARD_PORT;
		return 0;
	}
	err = usher__leg_new_port(leg, USHER__MKIND_AUDIO, &leg->port,
				  &leg->rtp_port);
	leg->no_port = err != 0;
	if (err)
		return err;
	hash_append(ua->ports, (uint32_t)leg->port, &leg->he_port, leg);
	return 0;
}

static bool port_is(struct le *le, void *arg)
{
	const struct usher__leg *leg = le->data;

	uint64_t port = *(const uint64_t *)arg;

	return leg->port == port || usher__leg_side_is(leg, port);
}

static const struct usher__leg *leg_of_port(struct usher__ua *ua,
					    uint64_t port)
{
	return list_ledata(
		hash_lookup(ua->ports, (uint32_t)port, port_is, &port));
}

uint64_t usher__ua_port_leg(struct usher__ua *ua, uint64_t port)
{
	const struct usher__leg *leg = leg_of_port(ua, port);

	return leg ? leg->id : 0;
}

void usher__ua_stranger(struct usher__ua *ua,
			const struct usher__mevent *event)
{
	const struct usher__leg *leg = leg_of_port(ua, event->leg);
	const struct usher__msource *source = &event->source;
	char at[2][64] = {"", "no address"};
	struct sa sa;

	if (!leg)
		return;
	if (source->ip_len == 4) {
		sa_init(&sa, AF_INET);
		memcpy(&sa.u.in.sin_addr, source->ip, source->ip_len);
		sa_set_port(&sa, source->port);
	} else {
		sa_set_in6(&sa, source->ip, source->port);
	}
	(void)re_snprintf(at[0], sizeof(at[0]), "%J", &sa);
	if (!sa_set_str(&sa, leg->peer.ip, leg->peer.port))
		(void)re_snprintf(at[1], sizeof(at[1]), "%J", &sa);
	usher__ua_note(ua, USHER__NOTE_SOUND, USHER__LOG_WARNING,
		       "sound from %s is not taken (see media.any_source): "
		       "the call's SDP names %s",
		       at[0], at[1]);
}

uint64_t usher__leg_port(struct usher__ua *ua, uint64_t id)
{
	const struct usher__leg *leg = usher__leg_find(ua, id);

	return leg ? leg->port : 0;
}

/* Of ours, the one for a suite. */
static const struct usher__srtp_key *key_of(const struct usher__leg *leg,
					    uint8_t suite)
{
	return leg->srtp_short.key.suite == suite ? &leg->srtp_short.key
						  : &leg->srtp.key;
}

static bool own_key(struct usher__leg *leg, uint8_t suite, uint32_t tag)
{
	if (suite && leg->srtp.key.suite != suite)
		leg->srtp.key = *key_of(leg, suite);
	/* The leg lives on, so the compiler keeps this. */
	memset(&leg->srtp_short, 0, sizeof(leg->srtp_short));
	return usher__own_key(&leg->srtp, suite, tag);
}

/* What we offer: as the call is already, else as policy has it. */
static bool offer_key(struct usher__leg *leg)
{
	uint8_t policy = leg->srtp_policy;
	bool talks = leg->peer.port != 0;
	bool wants = talks ? leg->peer.crypto.key.suite != USHER__SRTP_NONE
			   : policy == USHER__SRTP_OFFER ||
				     policy == USHER__SRTP_REQUIRE;
	uint8_t suite = USHER__SRTP_SHA1_80;

	leg->savp = talks ? leg->peer.savp
			  : policy == USHER__SRTP_REQUIRE || leg->insists;
	if (talks && wants)
		suite = leg->peer.crypto.key.suite;
	if (talks || !wants)
		return own_key(leg, wants ? suite : USHER__SRTP_NONE,
			       USHER__SDP_TAG);
	/* A key of its own for each (RFC 4568, 5.1.1). */
	return usher__own_key(&leg->srtp, USHER__SRTP_SHA1_80,
			      USHER__SDP_TAG) &&
	       usher__own_key(&leg->srtp_short, USHER__SRTP_SHA1_32,
			      USHER__SDP_TAG_SHORT);
}

void usher__leg_media_keep(const struct usher__leg *leg,
			   struct usher__leg_media *ret)
{
	usher__peer_copy(&ret->peer, &leg->peer);
	memcpy(ret->peer_ip, leg->peer_ip, sizeof(ret->peer_ip));
	ret->map = leg->map;
	ret->text_map = leg->text_map;
	ret->srtp = leg->srtp;
	ret->srtp_short = leg->srtp_short;
	ret->text = leg->text.srtp;
	ret->video = leg->video.srtp;
	ret->savp = leg->savp;
	ret->text_savp = leg->text.savp;
	ret->video_savp = leg->video.savp;
	ret->video_up = leg->video.up;
	mem_deref(ret->formats);
	ret->formats = mem_ref(leg->formats);
}

void usher__leg_media_clear(struct usher__leg_media *media)
{
	usher__peer_clear(&media->peer);
	mem_deref(media->formats);
	explicit_bzero(media, sizeof(*media));
}

void usher__leg_media_take(struct usher__leg *leg,
			   const struct usher__leg_media *from)
{
	usher__peer_copy(&leg->peer, &from->peer);
	memcpy(leg->peer_ip, from->peer_ip, sizeof(leg->peer_ip));
	leg->map = from->map;
	leg->text_map = from->text_map;
	leg->srtp = from->srtp;
	leg->srtp_short = from->srtp_short;
	leg->text.srtp = from->text;
	leg->video.srtp = from->video;
	leg->savp = from->savp;
	leg->text.savp = from->text_savp;
	leg->video.savp = from->video_savp;
	mem_deref(leg->formats);
	leg->formats = mem_ref(from->formats);
}

static void describe(struct usher__leg *leg, uint8_t dir,
		     struct usher__sdp_local *local)
{
	memset(local, 0, sizeof(*local));
	local->savp = leg->savp;
	/* Taken where it is offered, and offered on as it was agreed. */
	local->rtcp_mux = leg->peer.rtcp_mux;
	local->crypto = leg->srtp;
	local->other = leg->srtp_short;
	local->codecs = leg->codecs;
	local->map = &leg->map;
	local->ip = leg->ip;
	local->port = leg->rtp_port;
	local->session = leg->id;
	local->dir = dir;
}

/* What a later one is compared with; without memory it is another. */
static void keep_said(struct usher__leg *leg, const char *text)
{
	leg->said = usher__secret_free(leg->said);
	(void)usher__str_set(&leg->said, text);
}

/* What is the same has the same version (RFC 4028, 7.4), but nothing else. */
static size_t write_offer(struct usher__leg *leg, char *text,
			  struct usher__sdp_local *local, bool keep)
{
	size_t len;

	local->version = leg->sdp_version;
	len = usher__sdp_offer(text, local);
	if (keep && leg->said && !strcmp(text, leg->said))
		return len;
	local->version = ++leg->sdp_version;
	len = usher__sdp_offer(text, local);
	keep_said(leg, text);
	return len;
}

static size_t offer(struct usher__leg *leg, char *text, uint8_t dir,
		    bool within, bool keep)
{
	struct usher__sdp_local local;
	size_t len;

	/* Without a key an offer that needs one is refused by its answer. */
	(void)offer_key(leg);
	describe(leg, dir, &local);
	if (within && leg->peer.port && leg->peer.codec < USHER__MCODECS)
		usher__codecs_like(&local.codecs, leg->peer.codec);
	usher__codecs_number(&leg->map, &local.codecs);
	usher__leg_sides_offer(leg, dir, &local);
	leg->offered = true;
	len = write_offer(leg, text, &local, keep);
	explicit_bzero(&local, sizeof(local));
	return len;
}

size_t usher__leg_offer(struct usher__leg *leg, char *text, uint8_t dir)
{
	return offer(leg, text, dir, false, false);
}

size_t usher__leg_reoffer(struct usher__leg *leg, char *text, uint8_t dir,
			  bool same)
{
	return offer(leg, text, dir, true, same);
}

size_t usher__leg_sdp_answer(struct usher__leg *leg, char *text)
{
	uint8_t want = leg->we_hold ? USHER__SENDONLY : USHER__SENDRECV;
	struct usher__sdp_local local;
	size_t len;

	leg->dir = usher__sdp_answer_dir(&leg->peer, want);
	describe(leg, leg->dir, &local);
	usher__leg_sides_answer(leg, &local);
	leg->offered = false;
	local.version = ++leg->sdp_version;
	len = usher__sdp_answer(text, &local, &leg->peer);
	keep_said(leg, text);
	explicit_bzero(&local, sizeof(local));
	return len;
}

static bool is_of(const struct usher__sdp_crypto *answer,
		  const struct usher__sdp_crypto *offer)
{
	return answer->key.suite == offer->key.suite &&
	       answer->tag == offer->tag;
}

/* An answer has to say of our offer that it is taken, or leave it. */
static bool answer_agrees(const struct usher__leg *leg, struct usher__sdp *sdp)
{
	const struct usher__sdp_crypto *ours = &leg->srtp;

	if (sdp->savp != leg->savp)
		return false;
	if (!ours->key.suite)
		sdp->crypto.key.suite = USHER__SRTP_NONE;
	return !sdp->crypto.key.suite || is_of(&sdp->crypto, ours) ||
	       is_of(&sdp->crypto, &leg->srtp_short);
}

/* Why its media cannot be used. The peer hears it where it has offered them
 * (RFC 3261, 20.43); of an answer we hang up, so it is for the log. */
static void tell_trouble(struct usher__leg *leg, const struct usher__sdp *sdp,
			 struct usher__refusal *refusal)
{
	uint16_t code;
	const char *why = usher__sdp_trouble(sdp, &code);

	if (!refusal) {
		usher__ua_note(leg->ua, USHER__NOTE_UNSUPPORTED,
			       USHER__LOG_WARNING,
			       "an answer that cannot be used: %s", why);
		return;
	}
	refusal->why = why;
	(void)snprintf(refusal->more, sizeof(refusal->more),
		       "Warning: %u usher \"%s\"\r\n", code, why);
}

/* refusal: of an offer; NULL: it is an answer. */
static int peer_sdp(struct usher__leg *leg, const struct sip_msg *msg,
		    struct usher__refusal *refusal)
{
	bool answer = !refusal;
	struct usher__sdp_more more;
	struct usher__sdp sdp;
	struct pl body;
	int err = USHER_ENOTSUP;

	if (usher__msg_sdp(msg, &body) != USHER__BODY_SDP ||
	    body.l > USHER__UA_MAX_SDP ||
	    usher__sdp_read(&sdp, &more, body.p, body.l, leg->srtp_policy,
			    &leg->codecs))
		return USHER_EPROTO;
	if (!usher__sdp_usable(&sdp)) {
		tell_trouble(leg, &sdp, refusal);
		goto out;
	}
	if (answer ? !answer_agrees(leg, &sdp)
		   : !own_key(leg, sdp.crypto.key.suite, sdp.crypto.tag))
		goto out;
	if (answer) {
		sdp.rtcp_mux = sdp.rtcp_mux && leg->peer.rtcp_mux;
		usher__leg_sides_agree(leg, &sdp);
	}
	err = usher__peer_keep(&sdp);
	if (err)
		goto out;
	usher__codecs_learn(&leg->map, &sdp.map, !answer);
	usher__sdp_text_learn(&leg->text_map, &more.text, !answer);
	if (sa_ntop(&msg->src, leg->peer_ip, sizeof(leg->peer_ip)))
		leg->peer_ip[0] = '\0';
	usher__peer_clear(&leg->peer);
	leg->peer = sdp;
	err = 0;

out:
	explicit_bzero(&sdp, sizeof(sdp));
	explicit_bzero(&more, sizeof(more));
	return err;
}

int usher__leg_peer_sdp(struct usher__leg *leg, const struct sip_msg *msg)
{
	return peer_sdp(leg, msg, NULL);
}

uint16_t usher__leg_take_sdp(struct usher__leg *leg, const struct sip_msg *msg,
			     struct usher__refusal *ret)
{
	struct usher__refusal refusal = {400, USHER__NOTE_MALFORMED,
					 "a body whose parts cannot be read",
					 ""};
	enum usher__body body;
	struct pl text;
	int err = USHER_EPROTO;

	body = usher__msg_sdp(msg, &text);
	if (body == USHER__BODY_SDP) {
		refusal.why = "a key without random numbers";
		err = peer_sdp(leg, msg, &refusal);
	} else if (body != USHER__BODY_MALFORMED) {
		refusal.status = 415;
		refusal.note = USHER__NOTE_UNSUPPORTED;
		refusal.why = "a body that is no SDP, or needs more than that";
	}
	if (!err)
		return 0;
	if (err == USHER_ENOTSUP) {
		refusal.status = 488;
		refusal.note = USHER__NOTE_UNSUPPORTED;
	} else if (err == USHER_ENOMEM) {
		refusal.status = 503;
		refusal.note = USHER__NOTE_LIMIT;
		refusal.why = "no memory";
	} else if (body == USHER__BODY_SDP) {
		refusal.why = "SDP that cannot be read";
	}
	*ret = refusal;
	return refusal.status;
}

int usher__leg_apply(struct usher__leg *leg, bool we_offered)
{
	struct usher__mleg_params params;
	uint8_t want = leg->we_hold ? USHER__SENDONLY : USHER__SENDRECV;
	int err;

	leg->dir = usher__sdp_answer_dir(&leg->peer, want);
	if (!leg->port)
		return 0;
	usher__sdp_params(&params, &leg->peer, leg->dir,
			  we_offered ? &leg->map : NULL);
	params.source_ip = leg->peer_ip[0] ? leg->peer_ip : NULL;
	params.any_source = leg->ua->any_source;
	if (leg->peer.crypto.key.suite) {
		params.srtp_tx = *key_of(leg, leg->peer.crypto.key.suite);
		params.srtp_rx = leg->peer.crypto.key;
	}
	/* A peer that names an address of the other family may well send from
	 * this one (Linphone does on dual-stack machines): latch. */
	if (!strchr(leg->peer.ip, ':') != !strchr(leg->ip, ':'))
		params.remote_ip = NULL;
	err = usher__mleg_set(leg->ua->media, leg->port, &params);
	explicit_bzero(&params, sizeof(params));
	/* Where sound fails nothing changes. */
	if (!err)
		usher__leg_sides_apply(leg, we_offered);
	return err;
}

static void tell_video(struct usher__leg *leg)
{
	struct usher__leg_event event = {.type = USHER__LEG_VIDEO};

	if (!leg->video_new)
		return;
	leg->video_new = false;
	usher__leg_tell(leg, &event);
}

static void tell_hold(struct usher__leg *leg)
{
	struct usher__leg_event event = {.type = USHER__LEG_HELD};
	bool holds = usher__sdp_hold(&leg->peer);

	/* That we hold makes the peer answer recvonly, which is no hold. */
	if (holds == leg->peer_holds)
		return;
	leg->peer_holds = holds;
	if (!holds)
		event.type = USHER__LEG_RESUMED;
	usher__leg_tell(leg, &event);
}

void usher__leg_tell_changes(struct usher__leg *leg)
{
	tell_video(leg);
	if (!leg->ended)
		tell_hold(leg);
}
