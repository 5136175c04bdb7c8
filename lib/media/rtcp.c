/* RTCP: sender and receiver reports, RFC 3550 section 6. Other packet types
 * are stepped over. */
#include "media/rtp.h"

#include <string.h>
#include <usher/error.h>
#include "media/bytes.h"

enum { RTCP_SR = 200, RTCP_RR = 201, RTCP_SDES = 202 };

#define CNAME_MAX   63
#define BLOCK_BYTES 24
#define SR_BYTES    20

static size_t write_block(uint8_t *p, const struct usher__rtcp_block *block)
{
	int32_t lost = block->lost;

	if (lost > 0x7fffff)
		lost = 0x7fffff;
	if (lost < -0x800000)
		lost = -0x800000;

	put32(p, block->ssrc);
	put32(p + 4,
	      (uint32_t)block->fraction << 24 | ((uint32_t)lost & 0xffffff));
	put32(p + 8, block->max_seq);
	put32(p + 12, block->jitter);
	put32(p + 16, block->lsr);
	put32(p + 20, block->dlsr);
	return BLOCK_BYTES;
}

static size_t write_sdes(uint8_t *p, uint32_t ssrc, const char *cname)
{
	size_t length = strnlen(cname, CNAME_MAX);
	size_t n = 8 + 2 + length + 1; /* one zero byte ends the items */

	memset(p, 0, n + 3);
	p[0] = 2 << 6 | 1;
	p[1] = RTCP_SDES;
	put32(p + 4, ssrc);
	p[8] = 1; /* CNAME */
	p[9] = (uint8_t)length;
	memcpy(p + 10, cname, length);
	n = (n + 3) & ~(size_t)3;
	put16(p + 2, (uint16_t)(n / 4 - 1));
	return n;
}

size_t usher__rtcp_write(uint8_t *buf, uint32_t ssrc,
			 const struct usher__rtcp_sender *sender,
			 const struct usher__rtcp_block *block,
			 const char *cname)
{
	size_t n = 8;

	buf[0] = (uint8_t)(2 << 6 | (block ? 1 : 0));
	buf[1] = sender ? RTCP_SR : RTCP_RR;
	put32(buf + 4, ssrc);
	if (sender) {
		put32(buf + n, (uint32_t)(sender->ntp >> 32));
		put32(buf + n + 4, (uint32_t)sender->ntp);
		put32(buf + n + 8, sender->ts);
		put32(buf + n + 12, sender->packets);
		put32(buf + n + 16, sender->bytes);
		n += SR_BYTES;
	}
	if (block)
		n += write_block(buf + n, block);
	put16(buf + 2, (uint16_t)(n / 4 - 1));
	return n + write_sdes(buf + n, ssrc, cname);
}

static int32_t signed24(uint32_t v)
{
	v &= 0xffffff;
	return v & 0x800000 ? (int32_t)v - 0x1000000 : (int32_t)v;
}

static void read_block(const uint8_t *p, struct usher__rtcp_block *block)
{
	block->ssrc = get32(p);
	block->fraction = p[4];
	block->lost = signed24(get32(p + 4));
	block->max_seq = get32(p + 8);
	block->jitter = get32(p + 12);
	block->lsr = get32(p + 16);
	block->dlsr = get32(p + 20);
}

/* One SR or RR of n bytes, header included. */
static int read_report(const uint8_t *p, size_t n, uint32_t ssrc,
		       struct usher__rtcp *rtcp)
{
	bool sender = p[1] == RTCP_SR;
	size_t offset = 8 + (sender ? SR_BYTES : 0);
	size_t count = p[0] & 0x1f;

	if (offset + count * BLOCK_BYTES > n)
		return USHER_EPROTO;

	rtcp->ssrc = get32(p + 4);
	if (sender) {
		rtcp->has_sender = true;
		rtcp->sender.ntp =
			(uint64_t)get32(p + 8) << 32 | get32(p + 12);
		rtcp->sender.ts = get32(p + 16);
		rtcp->sender.packets = get32(p + 20);
		rtcp->sender.bytes = get32(p + 24);
	}
	for (size_t i = 0; i < count; i++) {
		const uint8_t *block = p + offset + i * BLOCK_BYTES;

		if (get32(block) != ssrc)
			continue;
		rtcp->has_block = true;
		read_block(block, &rtcp->block);
	}
	return 0;
}

int usher__rtcp_parse(const uint8_t *buf, size_t n, uint32_t ssrc,
		      struct usher__rtcp *rtcp)
{
	struct usher__rtcp out = {0};
	size_t offset = 0;

	if (n < 8 || n > USHER__RTP_PACKET_MAX)
		return USHER_EPROTO;
	/* A compound packet begins with a report: section 6.1. */
	if (buf[1] != RTCP_SR && buf[1] != RTCP_RR)
		return USHER_EPROTO;

	while (offset < n) {
		const uint8_t *p = buf + offset;
		size_t length;

		if (n - offset < 4 || p[0] >> 6 != 2)
			return USHER_EPROTO;
		length = ((size_t)get16(p + 2) + 1) * 4;
		if (length > n - offset)
			return USHER_EPROTO;
		if (p[1] == RTCP_SR || p[1] == RTCP_RR) {
			if (length < 8)
				return USHER_EPROTO;
			if (read_report(p, length, ssrc, &out))
				return USHER_EPROTO;
		}
		offset += length;
	}

	*rtcp = out;
	return 0;
}
