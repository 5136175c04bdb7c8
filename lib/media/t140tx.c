/* Text into packets: RFC 4103, 5.2.
 *
 *   idle --text--> sending: a packet each 300 ms, until there is no more text
 *   and the last of it was repeated --> idle
 *
 * The first packet of all, and the first after a rest, is marked. Who is idle
 * sends a byte order mark now and then, which says nothing, so that a NAT
 * before us stays open. Over ten seconds no more characters go than the peer
 * has said it can take (cps). */
#include <string.h>
#include <usher/error.h>
#include "media/bytes.h"
#include "media/t140.h"

enum { AGE_MAX = 0x3fff };

static const uint8_t mark[] = {0xef, 0xbb, 0xbf};      /* byte order */
static const uint8_t separator[] = {0xe2, 0x80, 0xa8}; /* U+2028 */

void usher__t140_begin(struct usher__t140_tx *tx, int64_t now_us)
{
	memset(tx, 0, sizeof(*tx));
	tx->cps = USHER__T140_CPS;
	tx->next_us = now_us;
	memcpy(tx->queue, mark, sizeof(mark));
	tx->len = sizeof(mark);
}

void usher__t140_agree(struct usher__t140_tx *tx, uint8_t repeats,
		       uint16_t cps)
{
	tx->repeats =
		repeats < USHER__T140_REPEATS ? repeats : USHER__T140_REPEATS;
	tx->cps = cps > USHER__T140_CPS_MAX ? USHER__T140_CPS_MAX
		  : cps                     ? cps
					    : USHER__T140_CPS;
	if (tx->left > tx->repeats)
		tx->left = tx->repeats;
}

static void wake(struct usher__t140_tx *tx, int64_t now_us)
{
	int64_t at_us = tx->sent_us + USHER__T140_BUFFER_MS * 1000;

	if (tx->next_us == INT64_MAX)
		tx->next_us = tx->begun && at_us > now_us ? at_us : now_us;
}

int usher__t140_put(struct usher__t140_tx *tx, const char *text, size_t n,
		    int64_t now_us)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	if (tx->len + n + lines * (sizeof(separator) - 1) > sizeof(tx->queue))
		return USHER_EFULL;
	for (size_t i = 0; i < n; i++) {
		if (text[i] != '\n') {
			tx->queue[tx->len++] = (uint8_t)text[i];
			continue;
		}
		memcpy(tx->queue + tx->len, separator, sizeof(separator));
		tx->len += sizeof(separator);
	}
	if (n)
		wake(tx, now_us);
	return 0;
}

/* --- how much may go ---------------------------------------------------- */

static unsigned allowed(struct usher__t140_tx *tx, int64_t now_us)
{
	int64_t second = now_us / 1000000;
	unsigned sum = 0, max = (unsigned)tx->cps * USHER__T140_CPS_S;

	if (second - tx->second >= USHER__T140_CPS_S) {
		memset(tx->seconds, 0, sizeof(tx->seconds));
		tx->second = second;
	}
	while (tx->second < second)
		tx->seconds[++tx->second % USHER__T140_CPS_S] = 0;
	for (size_t i = 0; i < USHER__T140_CPS_S; i++)
		sum += tx->seconds[i];
	return sum < max ? max - sum : 0;
}

static size_t length_of(uint8_t byte)
{
	return byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/* Whole characters only. */
static size_t next_block(struct usher__t140_tx *tx, int64_t now_us)
{
	unsigned left = allowed(tx, now_us), chars = 0;
	size_t n = 0, step;

	while (n < tx->len && chars < left) {
		step = length_of(tx->queue[n]);
		if (n + step > tx->len || n + step > USHER__T140_BLOCK_MAX)
			break;
		n += step;
		chars++;
	}
	tx->seconds[tx->second % USHER__T140_CPS_S] += (uint16_t)chars;
	return n;
}

/* --- packets --------------------------------------------------------------
 */

static size_t put_red(const struct usher__t140_tx *tx, uint8_t *p, uint32_t ts,
		      uint8_t pt)
{
	size_t n = 0;

	for (int i = tx->repeats - 1; i >= 0; i--) {
		uint32_t age = ts - tx->sent[i].ts, bits;

		/* 14 bits of age, 10 of length. */
		bits = (age < AGE_MAX ? age : AGE_MAX) << 10 | tx->sent[i].len;
		p[n] = 0x80 | pt;
		p[n + 1] = (uint8_t)(bits >> 16);
		put16(p + n + 2, (uint16_t)bits);
		n += 4;
	}
	p[n++] = pt;
	for (int i = tx->repeats - 1; i >= 0; i--) {
		memcpy(p + n, tx->sent[i].bytes, tx->sent[i].len);
		n += tx->sent[i].len;
	}
	return n;
}

static void keep(struct usher__t140_tx *tx, uint32_t ts, size_t n)
{
	for (int i = USHER__T140_REPEATS - 1; i > 0; i--)
		tx->sent[i] = tx->sent[i - 1];
	tx->sent[0].ts = ts;
	tx->sent[0].len = (uint16_t)n;
	memcpy(tx->sent[0].bytes, tx->queue, n);
	tx->len -= n;
	memmove(tx->queue, tx->queue + n, tx->len);
}

static bool is_idle(const struct usher__t140_tx *tx)
{
	return !tx->len && !tx->left;
}

size_t usher__t140_packet(struct usher__t140_tx *tx, uint8_t *payload,
			  uint32_t ts, uint8_t pt, int64_t now_us,
			  bool *ret_marker, size_t *ret_plain)
{
	size_t n, red = 0;

	*ret_plain = 0;
	if (is_idle(tx) &&
	    now_us - tx->sent_us >= USHER__T140_IDLE_MS * INT64_C(1000)) {
		memcpy(tx->queue, mark, sizeof(mark));
		tx->len = sizeof(mark);
		tx->next_us = now_us;
	}
	if (now_us < tx->next_us)
		return 0;
	n = next_block(tx, now_us);
	if (!n && !tx->left) {
		/* The peer has had enough for now. */
		tx->next_us = now_us + USHER__T140_BUFFER_MS * 1000;
		return 0;
	}
	*ret_marker = !tx->begun || tx->rested;
	if (tx->repeats)
		red = put_red(tx, payload, ts, pt);
	memcpy(payload + red, tx->queue, n);
	keep(tx, ts, n);
	tx->begun = true;
	tx->sent_us = now_us;
	tx->left = n ? tx->repeats : (uint8_t)(tx->left - 1);
	tx->rested = is_idle(tx);
	tx->next_us =
		tx->rested ? INT64_MAX : now_us + USHER__T140_BUFFER_MS * 1000;
	*ret_plain = n;
	return red + n;
}
