#include "media/feedback.h"

#include <string.h>
#include <usher/error.h>
#include "media/bytes.h"

enum {
	RTPFB = 205,
	PSFB = 206,
	NACK = 1, /* of RTPFB */
	PLI = 1,  /* of PSFB, as the next ones */
	FIR = 4,
	AFB = 15,
	HEADER = 12
};

static const uint8_t remb[] = {'R', 'E', 'M', 'B'};

/* --- reading ------------------------------------------------------------ */

static void read_nacks(const uint8_t *p, size_t n, struct usher__feedback *fb)
{
	for (; n >= 4 && fb->nacks < USHER__FEEDBACK_NACKS_MAX;
	     p += 4, n -= 4) {
		fb->nack[fb->nacks].seq = get16(p);
		fb->nack[fb->nacks++].more = get16(p + 2);
		fb->kinds |= USHER__FB_NACK;
	}
}

static void read_fir(const uint8_t *p, size_t n, uint32_t ssrc,
		     struct usher__feedback *fb)
{
	for (; n >= 8; p += 8, n -= 8) {
		if (get32(p) != ssrc)
			continue;
		fb->kinds |= USHER__FB_FIR;
		fb->fir_seq = p[4];
	}
}

/* It names its streams in the end, and may name several. */
static void read_remb(const uint8_t *p, size_t n, uint32_t ssrc,
		      struct usher__feedback *fb)
{
	size_t count = n >= 8 && !memcmp(p, remb, sizeof(remb)) ? p[4] : 0;

	for (size_t i = 0; i < count && 12 + 4 * i <= n; i++) {
		if (get32(p + 8 + 4 * i) != ssrc)
			continue;
		fb->kinds |= USHER__FB_REMB;
		fb->remb = get32(p + 4) & 0xffffff;
	}
}

static void read_one(const uint8_t *p, size_t n, uint32_t ssrc,
		     struct usher__feedback *fb)
{
	uint8_t type = p[1], format = p[0] & 0x1f;
	bool about = get32(p + 8) == ssrc;

	if (type == RTPFB && format == NACK && about)
		read_nacks(p + HEADER, n - HEADER, fb);
	else if (type == PSFB && format == PLI && about)
		fb->kinds |= USHER__FB_PLI;
	else if (type == PSFB && format == FIR)
		read_fir(p + HEADER, n - HEADER, ssrc, fb);
	else if (type == PSFB && format == AFB)
		read_remb(p + HEADER, n - HEADER, ssrc, fb);
}

int usher__feedback_read(const uint8_t *buf, size_t n, uint32_t ssrc,
			 struct usher__feedback *ret)
{
	struct usher__feedback fb = {.kinds = 0};
	size_t at = 0, size;

	while (at < n) {
		if (n - at < 4 || buf[at] >> 6 != 2)
			return USHER_EPROTO;
		size = ((size_t)get16(buf + at + 2) + 1) * 4;
		if (size > n - at)
			return USHER_EPROTO;
		if (size >= HEADER)
			read_one(buf + at, size, ssrc, &fb);
		at += size;
	}
	*ret = fb;
	return 0;
}

/* --- writing ------------------------------------------------------------ */

static uint8_t *begin(uint8_t *p, uint8_t type, uint8_t format, size_t words,
		      uint32_t from, uint32_t ssrc)
{
	p[0] = (uint8_t)(2 << 6 | format);
	p[1] = type;
	put16(p + 2, (uint16_t)(words + HEADER / 4 - 1));
	put32(p + 4, from);
	put32(p + 8, ssrc);
	return p + HEADER;
}

size_t usher__feedback_write(uint8_t *buf, uint32_t from, uint32_t ssrc,
			     const struct usher__feedback *fb)
{
	uint8_t *p = buf;

	if (fb->kinds & USHER__FB_NACK) {
		p = begin(p, RTPFB, NACK, fb->nacks, from, ssrc);
		for (int i = 0; i < fb->nacks; i++, p += 4) {
			put16(p, fb->nack[i].seq);
			put16(p + 2, fb->nack[i].more);
		}
	}
	if (fb->kinds & USHER__FB_PLI)
		p = begin(p, PSFB, PLI, 0, from, ssrc);
	if (fb->kinds & USHER__FB_FIR) {
		/* Whom it is about is in the entry: RFC 5104, 4.3.1.2. */
		p = begin(p, PSFB, FIR, 2, from, 0);
		put32(p, ssrc);
		put32(p + 4, (uint32_t)fb->fir_seq << 24);
		p += 8;
	}
	if (fb->kinds & USHER__FB_REMB) {
		p = begin(p, PSFB, AFB, 3, from, 0);
		memcpy(p, remb, sizeof(remb));
		put32(p + 4, 1u << 24 | fb->remb);
		put32(p + 8, ssrc);
		p += 12;
	}
	return (size_t)(p - buf);
}
