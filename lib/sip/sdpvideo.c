/* Video in session descriptions: H.264 (RFC 6184) and VP8 (RFC 7741), relayed
 * and never decoded, so what a format is like (profile-level-id,
 * packetization-mode, …) is for the two ends to agree on: it is handed on as
 * it came.
 *
 *   m=video 11002 RTP/AVP 96 97
 *   a=rtpmap:96 H264/90000
 *   a=fmtp:96 profile-level-id=42801F;packetization-mode=1
 *   a=rtcp-fb:* nack pli
 *
 * Of feedback we know what lib/media/feedback.h does. It is wanted where the
 * profile is RTP/AVP, too, as phones have it. */
#include <media/feedback.h>

#include <sip/sdp.h>
#include <sip/sdpread.h>

static const char *const codecs[] = {
	[USHER__VIDEO_NONE] = "",
	[USHER__VIDEO_H264] = "H264",
	[USHER__VIDEO_VP8] = "VP8",
};

static const struct {
	const char *name;
	uint8_t kind;
} feedbacks[] = {
	{"nack", USHER__FB_NACK},
	{"nack pli", USHER__FB_PLI},
	{"ccm fir", USHER__FB_FIR},
	{"goog-remb", USHER__FB_REMB},
};

enum { FEEDBACKS = sizeof(feedbacks) / sizeof(feedbacks[0]) };

/* --- reading ------------------------------------------------------------ */

uint8_t usher__sdp_feedback(struct sdp_span line)
{
	while (line.len && line.p[line.len - 1] == ' ')
		line.len--;
	for (unsigned i = 0; i < FEEDBACKS; i++)
		if (usher__sdp_equals(&line, feedbacks[i].name))
			return feedbacks[i].kind;
	return 0;
}

static uint8_t codec_of(const struct sdp_format *f)
{
	for (uint8_t c = USHER__VIDEO_H264; c <= USHER__VIDEO_VP8; c++)
		if (usher__sdp_is_name(f->map, codecs[c], 90000))
			return c;
	return USHER__VIDEO_NONE;
}

/* Parameter sets may be long, and come with the pictures anyway. */
static bool copy_fmtp(char *dst, struct sdp_span fmtp)
{
	static const char sprop[] = "sprop-parameter-sets";
	struct sdp_span param;
	size_t len = 0;

	*dst = '\0';
	/* It goes to somebody else, who may take a CR for the end of a line.
	 */
	for (size_t i = 0; i < fmtp.len; i++)
		if ((unsigned char)fmtp.p[i] < ' ' || fmtp.p[i] == 0x7f)
			return false;
	while (fmtp.len) {
		param = usher__sdp_cut(&fmtp, ";");
		if (!param.len || usher__sdp_starts(&param, sprop))
			continue;
		if (len + param.len + 2 > USHER__SDP_FMTP_MAX)
			return false;
		if (len)
			dst[len++] = ';';
		memcpy(dst + len, param.p, param.len);
		len += param.len;
		dst[len] = '\0';
	}
	return true;
}

void usher__sdp_settle_video(struct usher__sdp_video *video,
			     const struct sdp_format *formats, unsigned count,
			     uint8_t feedback)
{
	for (unsigned i = 0; i < count; i++) {
		struct usher__sdp_format *to = &video->format[video->count];

		if (video->count >= USHER__SDP_VIDEO_MAX ||
		    !copy_fmtp(to->fmtp, formats[i].fmtp))
			continue;
		to->pt = formats[i].pt;
		to->codec = codec_of(&formats[i]);
		to->feedback = formats[i].feedback | feedback;
		if (to->codec != USHER__VIDEO_NONE)
			video->count++;
	}
}

/* --- writing ------------------------------------------------------------ */

static void put_format(struct sdp_writer *w, const struct usher__sdp_format *f)
{
	usher__sdp_put(w, "a=rtpmap:%u %s/90000\r\n", f->pt, codecs[f->codec]);
	if (f->fmtp[0])
		usher__sdp_put(w, "a=fmtp:%u %s\r\n", f->pt, f->fmtp);
	for (unsigned i = 0; i < FEEDBACKS; i++)
		if (f->feedback & feedbacks[i].kind)
			usher__sdp_put(w, "a=rtcp-fb:%u %s\r\n", f->pt,
				       feedbacks[i].name);
}

/* An answer takes the first that the peer would like. */
size_t usher__sdp_video_print(char *to, size_t room,
			      const struct usher__sdp_beside *ours,
			      const struct usher__sdp_video *formats,
			      bool answer)
{
	bool savp = answer ? formats->side.savp : ours->savp;
	unsigned count = answer ? 1 : formats->count;
	struct sdp_writer w = {to, room, 0};

	usher__sdp_put(&w, "m=video %u RTP/%s%s", ours->port,
		       savp ? "SAVP" : "AVP",
		       answer && formats->avpf ? "F" : "");
	for (unsigned i = 0; i < count; i++)
		usher__sdp_put(&w, " %u", formats->format[i].pt);
	usher__sdp_put(&w, "\r\n");
	for (unsigned i = 0; i < count; i++)
		put_format(&w, &formats->format[i]);
	usher__sdp_put_common(&w, ours);
	return w.len;
}

/* --- what follows ------------------------------------------------------- */

bool usher__sdp_video_usable(const struct usher__sdp *sdp)
{
	return sdp->more &&
	       usher__sdp_side_usable(sdp, &sdp->more->video.side) &&
	       sdp->more->video.count;
}

const struct usher__sdp_format *
usher__sdp_format_like(const struct usher__sdp_video *formats,
		       const struct usher__sdp_format *like)
{
	const struct usher__sdp_format *found = NULL;

	for (unsigned i = 0; i < formats->count; i++) {
		const struct usher__sdp_format *f = &formats->format[i];

		if (f->codec == like->codec && (!found || f->pt == like->pt))
			found = f;
	}
	return found;
}

int usher__sdp_video_params(struct usher__mleg_params *params,
			    const struct usher__sdp_video *peer, uint8_t dir,
			    const struct usher__sdp_video *offered)
{
	const struct usher__sdp_format *f = &peer->format[0], *ours = f;

	if (offered)
		ours = usher__sdp_format_like(offered, f);
	if (!ours)
		return USHER_ENOTSUP;
	usher__sdp_side_params(params, &peer->side, dir);
	params->video = (struct usher__mvideo_params){
		.codec = f->codec,
		.tx_pt = f->pt,
		.rx_pt = ours->pt,
		.feedback = f->feedback,
	};
	return 0;
}
