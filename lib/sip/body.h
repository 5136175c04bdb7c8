/* What the body of a message says of the session, alone or in parts. */
#ifndef USHER_LIB_SIP_BODY_H
#define USHER_LIB_SIP_BODY_H

#include <stdbool.h>

struct pl;
struct sip_msg;

enum {
	USHER__BODY_PARTS_MAX = 16, /* of a message, in all depths */
	USHER__BODY_DEPTH_MAX = 3,  /* multiparts in each other */
	USHER__BODY_BOUNDARY_MAX = 70,
};

/* The types that we take, in OPTIONS and in a 415 (RFC 3261, 21.4.13). */
#define USHER__BODY_ACCEPT "Accept: application/sdp, multipart/mixed\r\n"

/* From what may be passed over to what refuses all. */
enum usher__body {
	USHER__BODY_NONE = 0, /* nothing, or what is optional */
	USHER__BODY_SDP,
	USHER__BODY_UNSUPPORTED, /* needed, and unknown; or too many parts */
	USHER__BODY_MALFORMED,
};

/* Sets sdp for USHER__BODY_SDP alone, to what lives in the message. */
enum usher__body usher__msg_sdp(const struct sip_msg *msg, struct pl *sdp);
bool usher__msg_has_sdp(const struct sip_msg *msg);
/* Something to be taken, or to refuse the message for. */
bool usher__msg_has_body(const struct sip_msg *msg);

#endif
