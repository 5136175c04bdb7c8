/* What all streams of a session description have in common: lines, directions,
 * addresses, keys. */
#include <stdarg.h>
#include <stdio.h>

#include <sip/sdp.h>
#include <sip/sdpread.h>

void usher__sdp_put(struct sdp_writer *w, const char *fmt, ...)
{
	size_t room = w->room - w->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(w->p + w->len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && room)
		w->len += (size_t)n < room ? (size_t)n : room - 1;
}

const char *usher__sdp_dir_name(uint8_t dir)
{
	static const char *const names[] = {"inactive", "sendonly", "recvonly",
					    "sendrecv"};

	return names[dir & USHER__SENDRECV];
}

void usher__sdp_put_common(struct sdp_writer *w,
			   const struct usher__sdp_beside *ours)
{
	char line[USHER__SDP_CRYPTO_MAX];

	usher__sdp_put(w, "%sa=%s\r\n",
		       ours->rtcp_mux ? USHER__SDP_RTCP_MUX : "",
		       usher__sdp_dir_name(ours->dir));
	if (!ours->crypto.key.suite)
		return;
	usher__sdp_crypto_print(line, &ours->crypto);
	usher__sdp_put(w, "%s", line);
	explicit_bzero(line, sizeof(line));
}

const char *usher__sdp_trouble(const struct usher__sdp *sdp, uint16_t *code)
{
	if (sdp->audio >= USHER__SDP_STREAMS_MAX && sdp->sounds) {
		*code = 302;
		return "sound by another transport than we may use";
	}
	if (sdp->audio >= USHER__SDP_STREAMS_MAX || !sdp->port) {
		*code = 304;
		return "no sound";
	}
	/* A name is allowed (RFC 8866, 5.7), but to look it up takes longer
	 * than an answer within a call may. */
	if (!sdp->ip[0]) {
		*code = 301;
		return "no address of one host";
	}
	if (sdp->codec >= USHER__MCODECS) {
		*code = 305;
		return "no codec that we have";
	}
	*code = 306;
	return sdp->keys ? "no key that we can use" : "no key";
}

static bool is_null(const struct usher__sdp_side *side)
{
	return !strcmp(side->ip, "0.0.0.0") || !strcmp(side->ip, "::");
}

bool usher__sdp_side_usable(const struct usher__sdp *sdp,
			    const struct usher__sdp_side *side)
{
	bool encrypted = side->crypto.key.suite != USHER__SRTP_NONE;

	return side->index < USHER__SDP_STREAMS_MAX && side->port &&
	       side->ip[0] &&
	       (encrypted || (!side->savp && !sdp->crypto.key.suite));
}

uint8_t usher__sdp_side_dir(const struct usher__sdp_side *side, uint8_t want)
{
	uint8_t dir = 0;

	if ((side->dir & USHER__RECVONLY) && !is_null(side))
		dir |= USHER__SENDONLY;
	if (side->dir & USHER__SENDONLY)
		dir |= USHER__RECVONLY;
	return dir & want;
}

void usher__sdp_side_params(struct usher__mleg_params *params,
			    const struct usher__sdp_side *side, uint8_t dir)
{
	usher__mleg_params_init(params);
	params->remote_ip = is_null(side) ? NULL : side->ip;
	params->remote_port = side->port;
	params->remote_rtcp_port = side->rtcp_port;
	params->rtcp_mux = side->rtcp_mux;
	params->direction = dir;
}
