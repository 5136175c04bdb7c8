/* Session descriptions, as much of RFC 4566 and RFC 3264 as a telephone
 * needs: one audio stream of the codecs of codecs.h, and beside it one of text
 * (sdpside.c) and one of video (sdpvideo.c); every other stream that a
 * peer offers is refused in its place. Pure functions on text, no libre. */
#ifndef USHER_LIB_SIP_SDP_H
#define USHER_LIB_SIP_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <media/media.h>
#include <sip/codecs.h>

enum {
	USHER__SDP_STREAMS_MAX = 32, /* m= lines, else refused */
	USHER__SDP_LINES_MAX = 256,
	USHER__SDP_IP_MAX = 46,
	USHER__SDP_TEXT_MAX = 4096,     /* bytes of what we write */
	USHER__SDP_VIDEO_MAX = 3,       /* formats of video that are kept */
	USHER__SDP_FMTP_MAX = 128,      /* bytes of what is said of one */
	USHER__SDP_T140_PT = 98,        /* text in our first offers, and … */
	USHER__SDP_RED_PT = 99,         /* … repeated */
	USHER__SDP_H264_PT = 102,       /* video in offers of our own … */
	USHER__SDP_VP8_PT = 103,        /* … */
	USHER__SDP_TAG_MAX = 999999999, /* RFC 4568, 9.1: nine digits */
	USHER__SDP_TAG = 1,             /* of a=crypto in our offers … */
	USHER__SDP_TAG_SHORT = 2,       /* … and of the shorter one there */
};

struct usher__sdp_stream {
	char media[16];
	char proto[24];
	char fmt[24];
};

/* Is sound encrypted (SRTP by SDES, RFC 4568)? */
enum usher__srtp_policy {
	USHER__SRTP_ANSWER = 0, /* where the peer offers it */
	USHER__SRTP_NEVER,
	USHER__SRTP_OFFER,  /* and we offer it: RTP/AVP with a=crypto, which
			     * who does not know it takes for plain */
	USHER__SRTP_REQUIRE /* RTP/SAVP, or no call */
};

/* The a=crypto line that we can use. */
struct usher__sdp_crypto {
	struct usher__srtp_key key; /* suite NONE: there is none */
	uint32_t tag;               /* at most USHER__SDP_TAG_MAX */
};

/* A stream beside sound, as a peer describes it. */
struct usher__sdp_side {
	uint8_t index; /* of its m= line; STREAMS_MAX: there is none */
	uint8_t dir;
	bool savp;
	char ip[USHER__SDP_IP_MAX];
	uint16_t port; /* 0: refused */
	uint16_t rtcp_port;
	bool rtcp_mux;
	struct usher__sdp_crypto crypto;
};

struct usher__sdp_text {
	struct usher__sdp_side side;
	uint8_t t140_pt; /* or USHER__NO_PT, as the next one */
	uint8_t red_pt;
	uint8_t repeats;  /* generations in it */
	uint16_t cps;     /* 0: not said */
	uint8_t used[16]; /* bit a number of its stream */
};

/* Which number means what in text within a call, to its end (RFC 3264, 8.3.2),
 * as codecs.h has it of sound. */
struct usher__sdp_text_map {
	uint8_t t140_pt, red_pt; /* or USHER__NO_PT */
	uint8_t used[16];
};

enum usher__sdp_codec {
	USHER__VIDEO_NONE = 0,
	USHER__VIDEO_H264,
	USHER__VIDEO_VP8
};

struct usher__sdp_format {
	uint8_t pt;
	uint8_t codec;    /* enum usher__sdp_codec */
	uint8_t feedback; /* USHER__FB_… of lib/media/feedback.h */
	char fmtp[USHER__SDP_FMTP_MAX]; /* or "" */
};

struct usher__sdp_video {
	struct usher__sdp_side side;
	bool avpf; /* RTP/AVPF, RTP/SAVPF */
	uint8_t count;
	struct usher__sdp_format format[USHER__SDP_VIDEO_MAX];
};

/* What a peer described beside its sound. */
struct usher__sdp_more {
	struct usher__sdp_text text;
	struct usher__sdp_video video;
	struct usher__sdp_stream stream[USHER__SDP_STREAMS_MAX];
};

/* What a peer described. */
struct usher__sdp {
	char ip[USHER__SDP_IP_MAX]; /* of the audio stream */
	uint16_t port;              /* 0: it has refused audio */
	uint16_t rtcp_port;         /* 0: port + 1 */
	bool rtcp_mux;              /* RTCP on RTP's port (RFC 5761) */
	struct usher__formats formats;
	struct usher__codecs_map map; /* all of it, ours or not */
	uint8_t codec;    /* the one it prefers; USHER__MCODECS if it
			   * has none of ours */
	uint8_t ptime_ms; /* 0: not said; so is the next */
	uint8_t maxptime_ms;
	uint8_t dir;   /* enum usher__mdir, as the peer says it */
	uint8_t audio; /* index of the audio stream; STREAMS_MAX
			* if there is none */
	bool savp;     /* audio is RTP/SAVP: encrypted or not at all */
	bool avpf;     /* … RTP/AVPF, RTP/SAVPF: we send no feedback on it */
	struct usher__sdp_crypto crypto;
	bool keys;   /* audio has a=crypto, maybe none that we can use */
	bool sounds; /* there is audio, maybe by none of our transports */
	uint8_t streams;
	/* Whose it is, the owner says; NULL: there is only sound. */
	struct usher__sdp_more *more;
};

/* A stream of ours beside sound. */
struct usher__sdp_beside {
	uint16_t port; /* 0: we have none */
	uint8_t dir;
	bool savp; /* offers */
	bool rtcp_mux;
	struct usher__sdp_crypto crypto;
};

/* What we describe. */
struct usher__sdp_local {
	const char *ip;
	uint16_t port;
	uint64_t session;
	uint32_t version; /* plus one with each change */
	uint8_t dir;      /* enum usher__mdir */
	bool savp;        /* offers: RTP/SAVP; answers are as the offer was */
	bool rtcp_mux;    /* answers: if the offer has it */
	struct usher__sdp_crypto crypto; /* ours; suite NONE: none */
	struct usher__sdp_crypto other;  /* offers: or with this one */
	struct usher__codecs codecs; /* offers: these, in their order … */
	const struct usher__codecs_map *map; /* … by these numbers, or NULL */
	struct usher__sdp_beside text, video;
	const struct usher__sdp_text_map *text_map; /* NULL: the first ones */
	const struct usher__sdp_video *formats; /* of an offer with video */
	/* Of an offer within a call: what the peer described last, since
	 * streams keep their places (RFC 3264, 8). NULL: the first. */
	const struct usher__sdp *places;
};

/* 0, or USHER_EPROTO: not a session description, or beyond a limit; more takes
 * what there is beside sound, and ret->more is it. Of
 * several audio streams the first is taken that policy allows; an a=crypto
 * line that is malformed or that we cannot use is as none, and so is a codec
 * that is not ours, or does not go with the one that the peer wants most. */
int usher__sdp_read(struct usher__sdp *ret, struct usher__sdp_more *more,
		    const char *text, size_t len,
		    enum usher__srtp_policy policy,
		    const struct usher__codecs *ours);
/* The same with the codecs of default. */
int usher__sdp_parse(struct usher__sdp *ret, struct usher__sdp_more *more,
		     const char *text, size_t len,
		     enum usher__srtp_policy policy);

/* crypto.c: an a=crypto line without its name. USHER_ENOTSUP: unusable. */
int usher__sdp_crypto_read(struct usher__sdp_crypto *ret, const char *text,
			   size_t len);
/* "a=crypto:…\r\n" into text of USHER__SDP_CRYPTO_MAX; the length. */
#define USHER__SDP_CRYPTO_MAX 128
size_t usher__sdp_crypto_print(char *text,
			       const struct usher__sdp_crypto *crypto);
/* Our key for a suite. It stays the same as long as the suite does, so that
 * an offer to hold is no new stream. False: there is no random. */
bool usher__own_key(struct usher__sdp_crypto *ours, uint8_t suite,
		    uint32_t tag);

/* "IN IP4 192.0.2.1" of a c= line: the address, "" if nobody can be called
 * there. 0 or USHER_EPROTO. ret has USHER__SDP_IP_MAX. */
int usher__sdp_address(char *ret, const char *text, size_t len);

/* sdpside.c: the streams beside sound, of a description that can be read. */
void usher__sdp_sides(struct usher__sdp *sdp, const char *text, size_t len,
		      enum usher__srtp_policy policy);
/* Can we use it beside this sound? What is beside encrypted sound has to be
 * encrypted, too. */
bool usher__sdp_text_usable(const struct usher__sdp *sdp);
/* A stream that nobody described stands for what is not there. */
const struct usher__sdp_side *usher__sdp_side_of(const struct usher__sdp *sdp,
						 enum usher__mkind kind);
/* As usher__sdp_answer_dir(). */
uint8_t usher__sdp_side_dir(const struct usher__sdp_side *side, uint8_t want);
/* Its lines, in an offer by these numbers. Returns the length. */
size_t usher__sdp_text_offer(char *to, size_t room,
			     const struct usher__sdp_beside *ours,
			     const struct usher__sdp_text_map *map);
size_t usher__sdp_text_answer(char *to, size_t room,
			      const struct usher__sdp_beside *ours,
			      const struct usher__sdp_text *peer);
/* offered: by these numbers we did; NULL: the peer has. */
void usher__sdp_text_params(struct usher__mleg_params *params,
			    const struct usher__sdp_text *peer, uint8_t dir,
			    const struct usher__sdp_text_map *offered);
void usher__sdp_text_map_init(struct usher__sdp_text_map *map);
/* As usher__codecs_learn() and usher__codecs_number(): without a number for
 * t140 there is nothing to offer. */
void usher__sdp_text_learn(struct usher__sdp_text_map *map,
			   const struct usher__sdp_text *said, bool offer);
void usher__sdp_text_number(struct usher__sdp_text_map *map);
const char *usher__sdp_dir_name(uint8_t dir);

/* sdpvideo.c: the same of video. formats: in an answer the peer's. */
bool usher__sdp_video_usable(const struct usher__sdp *sdp);
size_t usher__sdp_video_print(char *to, size_t room,
			      const struct usher__sdp_beside *ours,
			      const struct usher__sdp_video *formats,
			      bool answer);
/* offered: what we did; NULL: the peer has. 0, or USHER_ENOTSUP. */
int usher__sdp_video_params(struct usher__mleg_params *params,
			    const struct usher__sdp_video *peer, uint8_t dir,
			    const struct usher__sdp_video *offered);
/* The one with the same codec, best with the same payload type; or NULL. */
const struct usher__sdp_format *
usher__sdp_format_like(const struct usher__sdp_video *formats,
		       const struct usher__sdp_format *like);

/* Is there an audio stream that we can talk on? */
bool usher__sdp_usable(const struct usher__sdp *sdp);
/* If not: what is the matter, and its code in a Warning (RFC 3261, 20.43). */
const char *usher__sdp_trouble(const struct usher__sdp *sdp, uint16_t *code);

/* Does the peer hold us: sends nothing or wants nothing (RFC 3264, 8.4, and
 * the old way with a null address)? */
bool usher__sdp_hold(const struct usher__sdp *sdp);

/* Our direction that answers the peer's, if we would like want. */
uint8_t usher__sdp_answer_dir(const struct usher__sdp *peer, uint8_t want);

/* Write into text, which has USHER__SDP_TEXT_MAX bytes; returns the length.
 * An answer mirrors the peer's offer: same streams, same payload types. */
size_t usher__sdp_offer(char *text, const struct usher__sdp_local *local);
size_t usher__sdp_answer(char *text, const struct usher__sdp_local *local,
			 const struct usher__sdp *peer);

/* Media parameters that follow from a pair. offered: with these numbers we
 * did; NULL: the peer has. */
void usher__sdp_params(struct usher__mleg_params *params,
		       const struct usher__sdp *peer, uint8_t dir,
		       const struct usher__codecs_map *offered);

#endif
