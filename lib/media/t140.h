/* Real-time text: ITU-T T.140 in RTP packets by RFC 4103, with redundancy by
 * RFC 2198. Pure: no sockets, no clock. Everything taken comes from outside.
 *
 * Plain text, as the rest of the house sees it, is valid UTF-8 in which a new
 * line is '\n', an erasure of the last character '\b', an alert '\a', and what
 * was lost U+FFFD; other controls are not in it. */
#ifndef USHER_MEDIA_T140_H
#define USHER_MEDIA_T140_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "media/rtp.h"

#define USHER__T140_BLOCK_MAX  400   /* bytes of text that one packet brings */
#define USHER__T140_BLOCKS_MAX 8     /* in one packet; more is malformed */
#define USHER__T140_QUEUE      8192  /* bytes that wait to be sent */
#define USHER__T140_REPEATS    2     /* generations that we send */
#define USHER__T140_BUFFER_MS  300   /* between packets of ours */
#define USHER__T140_IDLE_MS    25000 /* then a sign of life, for NATs */
#define USHER__T140_CPS        30    /* characters a second, by default … */
#define USHER__T140_CPS_MAX    1000  /* … and at most */
#define USHER__T140_CPS_S      10    /* over so long */
#define USHER__T140_HELD       8     /* blocks that wait for lost ones … */
#define USHER__T140_WAIT_MS    1000  /* … so long */
#define USHER__T140_TAKEN      4096  /* bytes taken in a second */
#define USHER__T140_CSI_MAX    16    /* characters of a control sequence */
#define USHER__T140_SOS_MAX    255   /* of a control string */
/* Bytes that one packet may bring, with all that waited for it. */
#define USHER__T140_OUT_MAX                                                   \
	(3 * (USHER__T140_HELD * USHER__T140_BLOCK_MAX +                      \
	      USHER__RTP_PACKET_MAX + USHER__T140_HELD))

/* --- T.140 to plain text: t140text.c ---------------------------------- */

/* What a stream of bytes has begun and not ended; zeroes are the start. */
struct usher__t140_text {
	uint32_t code;  /* of a character that is not complete */
	uint8_t need;   /* bytes that it lacks */
	uint8_t low;    /* bounds of the next one */
	uint8_t high;   /* … */
	uint8_t within; /* a control sequence or string */
	bool cr;        /* a line feed would belong to it */
	uint16_t count; /* characters of the sequence or string */
};

/* Text that is made, in room of the caller's. */
struct usher__t140_out {
	char *text;
	size_t room;
	size_t len;
};

/* n bytes; out has three bytes of room for each, and three more. */
void usher__t140_text(struct usher__t140_text *t, struct usher__t140_out *out,
		      const uint8_t *bytes, size_t n);
/* Something is missing here. */
void usher__t140_lost(struct usher__t140_text *t, struct usher__t140_out *out);

/* --- receiving: t140rx.c ---------------------------------------------- */

struct usher__t140_held {
	bool used;
	uint16_t seq;
	uint16_t len;
	uint8_t bytes[USHER__T140_BLOCK_MAX];
};

/* Zeroes are the start. */
struct usher__t140_rx {
	struct usher__t140_text text;
	bool started;
	uint32_t ssrc;
	uint16_t next;     /* sequence number that is to come */
	int64_t wait_us;   /* until then for what is missing; 0: nothing is */
	int64_t second_us; /* began then; in it came: */
	uint32_t taken;
	struct usher__t140_held held[USHER__T140_HELD];
};

/* A packet: its text, in order, without what came before, is appended to out,
 * which has USHER__T140_OUT_MAX. red: it is text/red, whose blocks are of
 * pt. 0, or USHER_EPROTO and nothing has changed. */
int usher__t140_take(struct usher__t140_rx *rx, struct usher__t140_out *out,
		     const struct usher__rtp *rtp, const uint8_t *payload,
		     bool red, uint8_t pt, int64_t now_us);
/* What has waited long enough for what is missing. */
void usher__t140_due(struct usher__t140_rx *rx, struct usher__t140_out *out,
		     int64_t now_us);

/* --- sending: t140tx.c ------------------------------------------------ */

struct usher__t140_sent {
	uint32_t ts;
	uint16_t len;
	uint8_t bytes[USHER__T140_BLOCK_MAX];
};

struct usher__t140_tx {
	uint8_t queue[USHER__T140_QUEUE];
	size_t len;
	struct usher__t140_sent sent[USHER__T140_REPEATS]; /* newest first */
	uint8_t repeats; /* agreed upon; 0: plain packets */
	uint8_t left;    /* packets to come that say it again */
	bool begun;
	bool rested;     /* it was idle */
	int64_t next_us; /* no packet before; INT64_MAX: nothing to send */
	int64_t sent_us; /* the last one */
	uint16_t cps;
	int64_t second;                      /* the newest of */
	uint16_t seconds[USHER__T140_CPS_S]; /* characters sent in each */
};

/* A stream begins: with a byte order mark, as T.140 has it. */
void usher__t140_begin(struct usher__t140_tx *tx, int64_t now_us);
/* What was agreed upon; cps 0: the default. */
void usher__t140_agree(struct usher__t140_tx *tx, uint8_t repeats,
		       uint16_t cps);
/* Plain text that is to be sent. USHER_EFULL: nothing was taken. */
int usher__t140_put(struct usher__t140_tx *tx, const char *text, size_t n,
		    int64_t now_us);
/* The payload of the packet that is due, or 0: none goes now. ts: its
 * timestamp, in milliseconds; pt: of text/t140. payload has
 * USHER__T140_PAYLOAD bytes; *ret_plain: text bytes that left the queue. */
#define USHER__T140_PAYLOAD                                                   \
	((USHER__T140_REPEATS + 1) * (4 + USHER__T140_BLOCK_MAX))
size_t usher__t140_packet(struct usher__t140_tx *tx, uint8_t *payload,
			  uint32_t ts, uint8_t pt, int64_t now_us,
			  bool *ret_marker, size_t *ret_plain);

#endif
