/* RTP packets and their statistics: RFC 3550.
 *
 * Written here and not taken from libre: its RTP sockets belong to a loop and
 * allocate a buffer for each packet, while a relay wants the header rewritten
 * in place; and its sockets cannot be bound on one thread and read on another.
 */
#include "media/rtp.h"

#include <usher/error.h>
#include "media/bytes.h"

int usher__rtp_parse(const uint8_t *buf, size_t n, struct usher__rtp *rtp)
{
	size_t offset = USHER__RTP_HEADER;
	size_t end = n;

	if (n < USHER__RTP_HEADER || n > USHER__RTP_PACKET_MAX)
		return USHER_EPROTO;
	if (buf[0] >> 6 != 2)
		return USHER_EPROTO;

	offset += (size_t)(buf[0] & 0x0f) * 4;
	if (buf[0] & 0x10) {
		if (offset + 4 > n)
			return USHER_EPROTO;
		offset += 4 + (size_t)get16(buf + offset + 2) * 4;
	}
	if (offset > n)
		return USHER_EPROTO;
	if (buf[0] & 0x20) {
		size_t padding = buf[n - 1];

		if (padding == 0 || padding > n - offset)
			return USHER_EPROTO;
		end -= padding;
	}

	rtp->marker = buf[1] >> 7;
	rtp->pt = buf[1] & 0x7f;
	rtp->seq = get16(buf + 2);
	rtp->ts = get32(buf + 4);
	rtp->ssrc = get32(buf + 8);
	rtp->offset = offset;
	rtp->length = end - offset;
	return 0;
}

void usher__rtp_header(uint8_t *buf, const struct usher__rtp *rtp)
{
	buf[0] = 2 << 6;
	buf[1] = (uint8_t)(rtp->marker << 7 | (rtp->pt & 0x7f));
	put16(buf + 2, rtp->seq);
	put32(buf + 4, rtp->ts);
	put32(buf + 8, rtp->ssrc);
}

bool usher__rtcp_is(const uint8_t *buf, size_t n)
{
	return n >= 2 && buf[0] >> 6 == 2 && buf[1] >= 192 && buf[1] <= 223;
}

static uint32_t clock_of(const struct usher__rtp_source *src)
{
	return src->clock ? src->clock : 1;
}

static uint32_t arrival_ts(const struct usher__rtp_source *src, int64_t now_us)
{
	return (uint32_t)(now_us * clock_of(src) / 125);
}

static void source_start(struct usher__rtp_source *src,
			 const struct usher__rtp *rtp, int64_t now_us)
{
	*src = (struct usher__rtp_source){
		.ssrc = rtp->ssrc,
		.max_seq = rtp->seq,
		.base_seq = rtp->seq,
		.received = 1,
		.transit = arrival_ts(src, now_us) - rtp->ts,
		.clock = src->clock,
		.valid = true,
	};
}

bool usher__rtp_source_packet(struct usher__rtp_source *src,
			      const struct usher__rtp *rtp, int64_t now_us)
{
	int16_t step = (int16_t)(uint16_t)(rtp->seq - src->max_seq);
	uint32_t transit = arrival_ts(src, now_us) - rtp->ts;
	int32_t d;

	if (!src->valid || rtp->ssrc != src->ssrc ||
	    step > USHER__RTP_DROPOUT || step < -USHER__RTP_DROPOUT) {
		source_start(src, rtp, now_us);
		return true;
	}

	if (step > 0) {
		if (rtp->seq < src->max_seq)
			src->cycles += 1u << 16;
		src->max_seq = rtp->seq;
	}
	src->received++;

	d = (int32_t)(transit - src->transit);
	src->transit = transit;
	if (d == INT32_MIN)
		d = INT32_MAX;
	if (d < 0)
		d = -d;
	/* More than ten seconds is a new timeline and no jitter. */
	if (d < 80000 * (int32_t)clock_of(src))
		src->jitter16 += (uint32_t)d - ((src->jitter16 + 8) >> 4);
	return false;
}

static uint32_t source_expected(const struct usher__rtp_source *src)
{
	return src->cycles + src->max_seq - src->base_seq + 1;
}

int32_t usher__rtp_source_lost(const struct usher__rtp_source *src)
{
	if (!src->valid)
		return 0;
	return (int32_t)(source_expected(src) - src->received);
}

void usher__rtcp_block_of(struct usher__rtp_source *src,
			  struct usher__rtcp_block *block)
{
	uint32_t all = source_expected(src);
	uint32_t expected = all - src->expected_prior;
	uint32_t received = src->received - src->received_prior;
	int32_t lost = (int32_t)(expected - received);

	src->expected_prior = all;
	src->received_prior = src->received;

	block->ssrc = src->ssrc;
	block->fraction = 0;
	if (expected > 0 && lost > 0)
		block->fraction = (uint8_t)(((uint64_t)lost << 8) / expected);
	block->lost = usher__rtp_source_lost(src);
	block->max_seq = src->cycles + src->max_seq;
	block->jitter = src->jitter16 >> 4;
}
