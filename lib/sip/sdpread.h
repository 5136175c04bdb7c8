/* What the files about session descriptions share. */
#ifndef USHER_LIB_SIP_SDPREAD_H
#define USHER_LIB_SIP_SDPREAD_H

#include <sip/sdp.h>
#include <sip/sdpspan.h>

/* A payload type of an m= line, and what is said about it. */
struct sdp_format {
	uint8_t pt;
	uint8_t feedback;     /* USHER__FB_… */
	struct sdp_span map;  /* "t140/1000" */
	struct sdp_span fmtp; /* what follows the payload type */
};

#define USHER__SDP_RTCP_MUX "a=rtcp-mux\r\n"

struct sdp_writer {
	char *p;
	size_t room, len;
};

static inline bool usher__sdp_is_name(struct sdp_span map, const char *name,
				      long rate)
{
	struct sdp_span word = usher__sdp_cut(&map, "/"),
			hz = usher__sdp_cut(&map, "/ ");

	return usher__sdp_equals(&word, name) &&
	       usher__sdp_number(&hz, 1000000) == rate;
}

/* sdpwrite.c */
void usher__sdp_put(struct sdp_writer *w, const char *fmt, ...)
	USHER_PRINTF(2, 3);
void usher__sdp_put_common(struct sdp_writer *w,
			   const struct usher__sdp_beside *ours);
bool usher__sdp_side_usable(const struct usher__sdp *sdp,
			    const struct usher__sdp_side *side);
void usher__sdp_side_params(struct usher__mleg_params *params,
			    const struct usher__sdp_side *side, uint8_t dir);

/* sdptext.c */
void usher__sdp_settle_text(struct usher__sdp_text *text,
			    const struct sdp_format *formats, unsigned count);

/* sdpvideo.c */
/* "nack pli": its bit, or 0. */
uint8_t usher__sdp_feedback(struct sdp_span line);
/* feedback: that of all formats. */
void usher__sdp_settle_video(struct usher__sdp_video *video,
			     const struct sdp_format *formats, unsigned count,
			     uint8_t feedback);

#endif
