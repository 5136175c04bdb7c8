/* The bytes of RTP, RTCP (RFC 3550) and telephone-event (RFC 4733). Pure: no
 * sockets, no clock. Everything parsed comes from outside. */
#ifndef USHER_MEDIA_RTP_H
#define USHER_MEDIA_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USHER__RTP_HEADER     12
#define USHER__RTP_PACKET_MAX 1500 /* longer datagrams are malformed */
#define USHER__RTCP_MAX       512  /* of what we write */

struct usher__rtp {
	uint8_t pt;
	bool marker;
	uint16_t seq;
	uint32_t ts;
	uint32_t ssrc;
	size_t offset; /* of the payload in the packet; at least 12 */
	size_t length; /* of the payload, without padding */
	uint32_t span; /* the same in timestamps: by who knows the codec */
};

/* Checks version, CSRC count, extension and padding against the length.
 * 0, or USHER_EPROTO with *rtp untouched. */
int usher__rtp_parse(const uint8_t *buf, size_t n, struct usher__rtp *rtp);

/* Writes a plain header of 12 bytes. */
void usher__rtp_header(uint8_t *buf, const struct usher__rtp *rtp);

/* Is this datagram RTCP by RFC 5761? */
bool usher__rtcp_is(const uint8_t *buf, size_t n);

/* What we receive from one SSRC, as of RFC 3550 appendix A. */
struct usher__rtp_source {
	uint32_t ssrc;
	uint16_t max_seq;
	bool valid;
	uint32_t cycles; /* shifted count of sequence number cycles */
	uint32_t base_seq;
	uint32_t received;
	uint32_t expected_prior;
	uint32_t received_prior;
	uint32_t transit;
	uint32_t jitter16; /* in timestamp units, scaled by 16 */
	uint32_t clock;    /* timestamps in 125 us: 1 (or 0), 6 for Opus */
};

/* Counts a packet that arrived at now_us; another SSRC, or a jump of more than
 * USHER__RTP_DROPOUT in the sequence, starts the counts afresh: true then. */
#define USHER__RTP_DROPOUT 3000
bool usher__rtp_source_packet(struct usher__rtp_source *src,
			      const struct usher__rtp *rtp, int64_t now_us);
int32_t usher__rtp_source_lost(const struct usher__rtp_source *src);

/* One report block, both for what we write and what the peer says. */
struct usher__rtcp_block {
	uint32_t ssrc;
	uint8_t fraction;
	int32_t lost; /* clamped to 24 bits */
	uint32_t max_seq;
	uint32_t jitter;
	uint32_t lsr;
	uint32_t dlsr;
};

struct usher__rtcp_sender {
	uint64_t ntp;
	uint32_t ts;
	uint32_t packets;
	uint32_t bytes;
};

/* Writes SR (sender given) or RR, a block if given, and SDES with cname.
 * buf takes USHER__RTCP_MAX bytes. Returns the length. */
size_t usher__rtcp_write(uint8_t *buf, uint32_t ssrc,
			 const struct usher__rtcp_sender *sender,
			 const struct usher__rtcp_block *block,
			 const char *cname);

/* Fills in a block about src and moves its interval on. */
void usher__rtcp_block_of(struct usher__rtp_source *src,
			  struct usher__rtcp_block *block);

struct usher__rtcp {
	bool has_sender; /* an SR was there */
	uint32_t ssrc;   /* of the reporter */
	struct usher__rtcp_sender sender;
	bool has_block; /* a block about the SSRC asked for was there */
	struct usher__rtcp_block block;
};

/* Reads a compound packet, looking for a block about ssrc. 0, or
 * USHER_EPROTO. */
int usher__rtcp_parse(const uint8_t *buf, size_t n, uint32_t ssrc,
		      struct usher__rtcp *rtcp);

/* --- telephone-event -------------------------------------------------- */

#define USHER__TELEV_BYTES 4

/* The digits of one RTP stream, each reported once, however its packets were
 * lost, doubled or reordered. Zeroes are the start. */
struct usher__telev {
	uint32_t ssrc;
	uint32_t ts; /* of the last press: its identity */
	uint16_t seq;
	uint16_t duration;
	uint8_t event;
	bool seen;
	bool ended;
};

/* The most that a duration tells; a longer press goes on in a segment, so many
 * units of its duration later. */
#define USHER__TELEV_LONGEST 0xffff

/* Takes a packet; returns the digit when a new press begins, 0 when it says
 * nothing new, and USHER_EPROTO when it is malformed or no DTMF digit. step:
 * timestamps from one segment of a press to its next. */
int usher__telev_packet(struct usher__telev *t, const struct usher__rtp *rtp,
			const uint8_t *payload, uint32_t step);

/* Writes a payload of USHER__TELEV_BYTES. */
void usher__telev_write(uint8_t *buf, uint8_t event, bool end,
			uint16_t duration);

/* What a duration can tell of a press that has lasted total, and how many
 * units before that its present segment began (section 2.5.1.3). */
uint16_t usher__telev_segment(uint32_t total, uint32_t *ret_later);

/* '0'..'9' '*' '#' 'A'..'D' to an event number, or -1. */
int usher__telev_event(char digit);

#endif
