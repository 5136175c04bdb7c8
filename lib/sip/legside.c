/* The streams of a leg beside its sound: real-time text, and video.
 *
 * One that the peer offers is taken where the owner wants such streams, and
 * one that we offer is what the owner asks for with the call. A port of its
 * own, an SRTP key of its own, the same addresses that are believed. Whatever
 * is wrong with it, the stream is refused (port 0) and the call goes on.
 *
 * Video is offered to the second of two people as the first has offered it to
 * us, and the first has been told the best of that already, so that in most
 * calls both have agreed on the same. Where they have not the first gets an
 * offer with what the second has chosen (usher__leg_video_match()). */
#include <string.h>

#include <media/feedback.h>

#include <sip/legimpl.h>

static bool usable(const struct usher__sdp *sdp, enum usher__mkind kind)
{
	return kind == USHER__MKIND_TEXT ? usher__sdp_text_usable(sdp)
					 : usher__sdp_video_usable(sdp);
}

static bool wants(const struct usher__leg *leg, enum usher__mkind kind)
{
	return kind == USHER__MKIND_TEXT ? leg->ua->text && !leg->no_text
					 : leg->ua->video && !leg->no_video;
}

static bool open_port(struct usher__leg *leg, enum usher__mkind kind)
{
	struct usher__leg_side *side = usher__leg_side_of(leg, kind);

	if (side->port)
		return true;
	if (!leg->ua->media || !leg->port ||
	    usher__leg_new_port(leg, kind, &side->port, &side->rtp_port))
		return false;
	hash_append(leg->ua->ports, (uint32_t)side->port, &side->he, leg);
	return true;
}

/* Not of this peer. Another branch of our INVITE may still take what was
 * offered, at the same port. */
static void refuse(struct usher__leg *leg, enum usher__mkind kind)
{
	struct usher__leg_side *side = usher__leg_side_of(leg, kind);
	struct usher__mleg_params none;

	if (!usher__branch_open(leg)) {
		usher__leg_side_close(leg, kind);
		return;
	}
	if (!side->up)
		return;
	side->up = false;
	usher__mleg_params_init(&none);
	none.direction = USHER__INACTIVE;
	(void)usher__mleg_set(leg->ua->media, side->port, &none);
}

static void describe(struct usher__leg *leg, enum usher__mkind kind,
		     uint8_t dir, struct usher__sdp_beside *ret)
{
	const struct usher__leg_side *side = usher__leg_side_of(leg, kind);

	ret->rtcp_mux = usher__sdp_side_of(&leg->peer, kind)->rtcp_mux;
	ret->port = side->rtp_port;
	ret->dir = dir;
	ret->savp = side->savp;
	ret->crypto = side->srtp;
}

/* --- offers ---------------------------------------------------------------
 */

/* Of who has said nothing yet: what can be relayed, as phones know it. A
 * profile that both have is the least one (RFC 6184, 8.1). */
static const struct usher__sdp_video known = {
	.count = 2,
	.format = {
		{
			.pt = USHER__SDP_H264_PT,
			.codec = USHER__VIDEO_H264,
			.feedback =
				USHER__FB_NACK | USHER__FB_PLI | USHER__FB_FIR,
			.fmtp = "profile-level-id=42801F;"
				"packetization-mode=1",
		},
		{
			.pt = USHER__SDP_VP8_PT,
			.codec = USHER__VIDEO_VP8,
			.feedback =
				USHER__FB_NACK | USHER__FB_PLI | USHER__FB_FIR,
		},
	}};

void usher__leg_video_want(struct usher__leg *leg)
{
	if (!wants(leg, USHER__MKIND_VIDEO) || leg->formats)
		return;
	leg->formats = mem_alloc(sizeof(*leg->formats), NULL);
	if (!leg->formats)
		return;
	*leg->formats = known;
	leg->video.wanted = true;
}

void usher__leg_sides_want(struct usher__leg *leg)
{
	leg->text.wanted = wants(leg, USHER__MKIND_TEXT);
	usher__leg_video_want(leg);
}

/* Within a call: what is agreed upon. */
bool usher__leg_have_formats(struct usher__leg *leg)
{
	if (leg->formats)
		return true;
	leg->formats = mem_alloc(sizeof(*leg->formats), NULL);
	if (!leg->formats)
		return false;
	if (leg->peer.more)
		*leg->formats = leg->peer.more->video;
	else
		leg->formats->count = 0;
	if (leg->formats->count > 1)
		leg->formats->count = 1;
	return true;
}

/* As it is already, else encrypted if sound is. */
static uint8_t suite_of(struct usher__leg *leg, enum usher__mkind kind)
{
	if (usher__leg_side_of(leg, kind)->up)
		return usher__sdp_side_of(&leg->peer, kind)->crypto.key.suite;
	return leg->srtp.key.suite ? USHER__SRTP_SHA1_80 : USHER__SRTP_NONE;
}

static void offer(struct usher__leg *leg, enum usher__mkind kind, uint8_t dir,
		  struct usher__sdp_beside *ret)
{
	struct usher__leg_side *side = usher__leg_side_of(leg, kind);

	if (!side->wanted && !side->up)
		return;
	/* It may be wanted of other branches, when this one has refused. */
	if (leg->peer.streams && !usable(&leg->peer, kind))
		return;
	if (kind == USHER__MKIND_VIDEO && !usher__leg_have_formats(leg))
		return;
	if (kind == USHER__MKIND_TEXT && leg->text_map.t140_pt == USHER__NO_PT)
		return;
	side->savp = leg->savp;
	if (open_port(leg, kind) &&
	    usher__own_key(&side->srtp, suite_of(leg, kind), USHER__SDP_TAG))
		describe(leg, kind, dir, ret);
}

void usher__leg_sides_offer(struct usher__leg *leg, uint8_t dir,
			    struct usher__sdp_local *local)
{
	local->places = leg->peer.streams ? &leg->peer : NULL;
	usher__sdp_text_number(&leg->text_map);
	local->text_map = &leg->text_map;
	offer(leg, USHER__MKIND_TEXT, dir, &local->text);
	offer(leg, USHER__MKIND_VIDEO, dir, &local->video);
	local->formats = leg->formats;
}

/* --- answers --------------------------------------------------------------
 */

/* Of the peer's offer: there is a port and a key for it. */
static bool ready(struct usher__leg *leg, enum usher__mkind kind)
{
	const struct usher__sdp_crypto *theirs =
		&usher__sdp_side_of(&leg->peer, kind)->crypto;

	return wants(leg, kind) && usable(&leg->peer, kind) &&
	       open_port(leg, kind) &&
	       usher__own_key(&usher__leg_side_of(leg, kind)->srtp,
			      theirs->key.suite, theirs->tag);
}

static void answer(struct usher__leg *leg, enum usher__mkind kind,
		   struct usher__sdp_beside *ret)
{
	if (ready(leg, kind))
		describe(leg, kind,
			 usher__sdp_side_dir(
				 usher__sdp_side_of(&leg->peer, kind),
				 USHER__SENDRECV),
			 ret);
	else
		refuse(leg, kind);
}

void usher__leg_sides_answer(struct usher__leg *leg,
			     struct usher__sdp_local *local)
{
	leg->formats = mem_deref(leg->formats);
	answer(leg, USHER__MKIND_TEXT, &local->text);
	answer(leg, USHER__MKIND_VIDEO, &local->video);
}

static void agree(const struct usher__leg *leg, enum usher__mkind kind,
		  struct usher__sdp_side *theirs)
{
	const struct usher__leg_side *side =
		kind == USHER__MKIND_TEXT ? &leg->text : &leg->video;
	const struct usher__sdp_crypto *ours = &side->srtp;

	theirs->rtcp_mux = theirs->rtcp_mux &&
			   usher__sdp_side_of(&leg->peer, kind)->rtcp_mux;
	/* The key of one who does not know ours is no key. */
	if (!ours->key.suite)
		theirs->crypto.key.suite = USHER__SRTP_NONE;
	if (theirs->savp != side->savp ||
	    (theirs->crypto.key.suite &&
	     (theirs->crypto.key.suite != ours->key.suite ||
	      theirs->crypto.tag != ours->tag)))
		theirs->port = 0;
}

void usher__leg_sides_agree(const struct usher__leg *leg,
			    struct usher__sdp *sdp)
{
	agree(leg, USHER__MKIND_TEXT, &sdp->more->text.side);
	agree(leg, USHER__MKIND_VIDEO, &sdp->more->video.side);
}

/* --- media ----------------------------------------------------------------
 */

static int params_of(const struct usher__leg *leg, enum usher__mkind kind,
		     bool we_offered, struct usher__mleg_params *ret)
{
	const struct usher__sdp *peer = &leg->peer;
	uint8_t dir = usher__sdp_side_dir(usher__sdp_side_of(peer, kind),
					  USHER__SENDRECV);

	if (kind == USHER__MKIND_VIDEO)
		return usher__sdp_video_params(ret, &peer->more->video, dir,
					       we_offered ? leg->formats
							  : NULL);
	usher__sdp_text_params(ret, &peer->more->text, dir,
			       we_offered ? &leg->text_map : NULL);
	return 0;
}

static void apply(struct usher__leg *leg, enum usher__mkind kind,
		  bool we_offered)
{
	const struct usher__sdp_side *peer =
		usher__sdp_side_of(&leg->peer, kind);
	struct usher__leg_side *side = usher__leg_side_of(leg, kind);
	struct usher__mleg_params params;

	/* An offer of the peer's is applied before it is answered, or after.
	 */
	if (!we_offered)
		(void)ready(leg, kind);
	if (!side->port)
		return;
	if (!usable(&leg->peer, kind) ||
	    params_of(leg, kind, we_offered, &params)) {
		refuse(leg, kind);
		return;
	}
	params.source_ip = leg->peer_ip[0] ? leg->peer_ip : NULL;
	params.any_source = leg->ua->any_source;
	if (peer->crypto.key.suite) {
		params.srtp_tx = side->srtp.key;
		params.srtp_rx = peer->crypto.key;
	}
	/* As with sound: such a peer may well send from this family. */
	if (!strchr(peer->ip, ':') != !strchr(leg->ip, ':'))
		params.remote_ip = NULL;
	if (usher__mleg_set(leg->ua->media, side->port, &params))
		refuse(leg, kind);
	else
		side->up = true;
	explicit_bzero(&params, sizeof(params));
}

void usher__leg_sides_apply(struct usher__leg *leg, bool we_offered)
{
	apply(leg, USHER__MKIND_TEXT, we_offered);
	apply(leg, USHER__MKIND_VIDEO, we_offered);
}

static void settle(struct usher__leg *leg, enum usher__mkind kind)
{
	const struct usher__leg_side *side = usher__leg_side_of(leg, kind);

	if (side->port && !side->up)
		usher__leg_side_close(leg, kind);
}

void usher__leg_sides_settle(struct usher__leg *leg)
{
	settle(leg, USHER__MKIND_TEXT);
	settle(leg, USHER__MKIND_VIDEO);
}

static void move(struct usher__leg *leg, struct usher__leg *old,
		 enum usher__mkind kind)
{
	struct usher__leg_side *to = usher__leg_side_of(leg, kind);
	struct usher__leg_side *from = usher__leg_side_of(old, kind);

	usher__leg_side_close(leg, kind);
	hash_unlink(&from->he);
	to->port = from->port;
	to->rtp_port = from->rtp_port;
	from->port = 0;
	usher__leg_side_close(old, kind);
	if (to->port)
		hash_append(leg->ua->ports, (uint32_t)to->port, &to->he, leg);
}

void usher__leg_sides_move(struct usher__leg *leg, struct usher__leg *old)
{
	leg->no_text = old->no_text;
	leg->no_video = old->no_video;
	move(leg, old, USHER__MKIND_TEXT);
	move(leg, old, USHER__MKIND_VIDEO);
}

bool usher__leg_side_is(const struct usher__leg *leg, uint64_t port)
{
	return leg->text.port == port || leg->video.port == port;
}

/* --- for its owner --------------------------------------------------------
 */

int usher__leg_without(struct usher__ua *ua, uint64_t id, bool text,
		       bool video)
{
	struct usher__leg *leg = usher__leg_find(ua, id);

	if (!leg)
		return USHER_ENOENT;
	leg->no_text = text;
	leg->no_video = video;
	if (text)
		leg->text.wanted = false;
	if (video)
		leg->video.wanted = false;
	return 0;
}

uint64_t usher__leg_text_port(struct usher__ua *ua, uint64_t id)
{
	const struct usher__leg *leg = usher__leg_find(ua, id);

	return leg && leg->text.up ? leg->text.port : 0;
}

/* Our offer has no answer yet. */
static bool waits(const struct usher__leg *leg)
{
	return leg->offered && !leg->peer.streams;
}

bool usher__leg_has_text(struct usher__ua *ua, uint64_t id)
{
	const struct usher__leg *leg = usher__leg_find(ua, id);

	if (!leg || !wants(leg, USHER__MKIND_TEXT))
		return false;
	if (leg->text.up || waits(leg))
		return leg->text.up || leg->text.wanted;
	return leg->peer.streams && usher__sdp_text_usable(&leg->peer);
}

uint64_t usher__leg_video_port(struct usher__ua *ua, uint64_t id)
{
	const struct usher__leg *leg = usher__leg_find(ua, id);

	return leg && leg->video.up ? leg->video.port : 0;
}

/* What a leg's peer has, or may have. */
static const struct usher__sdp_video *video_of(const struct usher__leg *leg)
{
	if (!wants(leg, USHER__MKIND_VIDEO))
		return NULL;
	if (waits(leg))
		return leg->video.wanted ? leg->formats : NULL;
	return leg->peer.streams && usher__sdp_video_usable(&leg->peer)
		       ? &leg->peer.more->video
		       : NULL;
}

bool usher__leg_video_other(const struct usher__leg *leg,
			    const struct usher__leg_media *before)
{
	const struct usher__sdp_format *was, *is;

	/* What was kept may be of another branch than what is up. */
	if (!leg->video.up || !before->video_up ||
	    !usher__sdp_video_usable(&before->peer))
		return leg->video.up;
	was = &before->peer.more->video.format[0];
	is = &leg->peer.more->video.format[0];
	return is->codec != was->codec || strcmp(is->fmtp, was->fmtp);
}

void usher__leg_video_like(struct usher__leg *leg, uint64_t other)
{
	const struct usher__leg *from = usher__leg_find(leg->ua, other);
	const struct usher__sdp_video *video = from ? video_of(from) : NULL;

	if (!video || !wants(leg, USHER__MKIND_VIDEO))
		return;
	leg->formats = mem_alloc(sizeof(*leg->formats), NULL);
	if (!leg->formats)
		return;
	*leg->formats = *video;
	leg->video.wanted = true;
}
