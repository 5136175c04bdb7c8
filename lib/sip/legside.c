/* The streams of a leg beside its sound: real-time text.
 *
 * One that the peer offers is taken where the owner wants such streams, and
 * one that we offer is what the owner asks for with the call. A port of its
 * own, an SRTP key of its own, the same addresses that are believed. Whatever
 * is wrong with it, the stream is refused (port 0) and the call goes on. */
#include <string.h>

#include <sip/impl.h>

static bool open_port(struct usher__leg *leg, struct usher__leg_side *side)
{
	if (side->port)
		return true;
	if (!leg->ua->media || !leg->port ||
	    usher__leg_new_port(leg, USHER__MKIND_TEXT, &side->port,
				&side->rtp_port))
		return false;
	hash_append(leg->ua->ports, (uint32_t)side->port, &side->he, leg);
	return true;
}

/* What was typed just before the end is told with it. */
static void keep_rest(struct usher__leg *leg)
{
	char text[USHER__MTEXT_IN];
	size_t n = usher__mtext_read(leg->ua->media, leg->text.port, text,
				     sizeof(text));

	if (!n || leg->rest)
		return;
	leg->rest = mem_alloc(n, NULL);
	if (!leg->rest)
		return;
	memcpy(leg->rest, text, n);
	leg->rest_len = n;
}

static void close_port(struct usher__leg *leg, struct usher__leg_side *side)
{
	hash_unlink(&side->he);
	if (side->port) {
		keep_rest(leg);
		usher__mleg_free(leg->ua->media, side->port);
	}
	side->port = 0;
	side->up = false;
	side->wanted = false;
}

static void describe(const struct usher__leg_side *side, uint8_t dir,
		     struct usher__sdp_beside *ret)
{
	ret->port = side->rtp_port;
	ret->dir = dir;
	ret->savp = side->savp;
	ret->crypto = side->srtp;
}

void usher__leg_sides_offer(struct usher__leg *leg, uint8_t dir,
			    struct usher__sdp_local *local)
{
	struct usher__leg_side *side = &leg->text;

	local->places = leg->peer.streams ? &leg->peer : NULL;
	if (!side->wanted && !side->up)
		return;
	side->savp = leg->savp;
	if (open_port(leg, side) &&
	    usher__own_key(&side->srtp, leg->srtp.key.suite, USHER__SDP_TAG))
		describe(side, dir, &local->text);
}

void usher__leg_sides_answer(struct usher__leg *leg,
			     struct usher__sdp_local *local)
{
	const struct usher__sdp_text *peer = &leg->peer.text;
	struct usher__leg_side *side = &leg->text;

	if (!usher__sdp_text_usable(&leg->peer) || !leg->ua->text ||
	    !open_port(leg, side) ||
	    !usher__own_key(&side->srtp, peer->side.crypto.key.suite,
			    peer->side.crypto.tag)) {
		close_port(leg, side);
		return;
	}
	describe(side, usher__sdp_side_dir(&peer->side, USHER__SENDRECV),
		 &local->text);
}

void usher__leg_sides_agree(const struct usher__leg *leg,
			    struct usher__sdp *sdp)
{
	const struct usher__sdp_crypto *ours = &leg->text.srtp;
	struct usher__sdp_side *side = &sdp->text.side;

	/* The key of one who does not know it is no key. */
	if (!ours->key.suite)
		side->crypto.key.suite = USHER__SRTP_NONE;
	if (side->savp != leg->text.savp ||
	    (side->crypto.key.suite &&
	     (side->crypto.key.suite != ours->key.suite ||
	      side->crypto.tag != ours->tag)))
		side->port = 0;
}

void usher__leg_sides_apply(struct usher__leg *leg, bool we_offered)
{
	const struct usher__sdp_text *peer = &leg->peer.text;
	struct usher__leg_side *side = &leg->text;
	struct usher__mleg_params params;

	/* An offer of the peer's is taken when it is answered, which may come
	 * later. */
	if (!we_offered && leg->ua->text && usher__sdp_text_usable(&leg->peer))
		(void)(open_port(leg, side) &&
		       usher__own_key(&side->srtp, peer->side.crypto.key.suite,
				      peer->side.crypto.tag));
	if (!side->port)
		return;
	if (!usher__sdp_text_usable(&leg->peer)) {
		close_port(leg, side);
		return;
	}
	usher__sdp_text_params(
		&params, peer,
		usher__sdp_side_dir(&peer->side, USHER__SENDRECV), we_offered);
	params.source_ip = leg->peer_ip[0] ? leg->peer_ip : NULL;
	params.any_source = leg->ua->any_source;
	if (peer->side.crypto.key.suite) {
		params.srtp_tx = side->srtp.key;
		params.srtp_rx = peer->side.crypto.key;
	}
	if (!strchr(peer->side.ip, ':') != !strchr(leg->ip, ':'))
		params.remote_ip = NULL;
	if (usher__mleg_set(leg->ua->media, side->port, &params))
		close_port(leg, side);
	else
		side->up = true;
}

void usher__leg_sides_close(struct usher__leg *leg)
{
	close_port(leg, &leg->text);
}

void usher__leg_sides_move(struct usher__leg *leg, struct usher__leg *old)
{
	struct usher__leg_side *side = &leg->text;

	close_port(leg, side);
	hash_unlink(&old->text.he);
	side->port = old->text.port;
	side->rtp_port = old->text.rtp_port;
	old->text.port = 0;
	close_port(old, &old->text);
	if (side->port)
		hash_append(leg->ua->ports, (uint32_t)side->port, &side->he,
			    leg);
}

uint64_t usher__leg_text_port(struct usher__ua *ua, uint64_t id)
{
	const struct usher__leg *leg = usher__leg_find(ua, id);

	return leg && leg->text.up ? leg->text.port : 0;
}

bool usher__leg_has_text(struct usher__ua *ua, uint64_t id)
{
	const struct usher__leg *leg = usher__leg_find(ua, id);

	return leg && (leg->text.up || (ua->text && leg->peer.streams &&
					usher__sdp_text_usable(&leg->peer)));
}
