/* Text out of packets: RFC 4103, 5.3 and 5.4.
 *
 * Each packet has a block of its own and, where it is text/red, those of the
 * packets before it, so what is lost comes again with the next ones. A block
 * is taken when it is its turn. One that comes before its turn is held, since
 * the missing ones may be on their way by themselves; they are given up, and a
 * mark stands for them, when USHER__T140_WAIT_MS have passed or too much is
 * held.
 *
 * Invariant: all that is held is after next, and within USHER__RTP_DROPOUT. */
#include <string.h>
#include <usher/error.h>
#include "media/bytes.h"
#include "media/t140.h"

struct block {
	const uint8_t *bytes;
	size_t len;
};

/* --- RFC 2198 ----------------------------------------------------------- */

/* Oldest first; the last one is the packet's own. */
static int parse_red(const uint8_t *p, size_t n, uint8_t pt,
		     struct block *blocks, size_t *ret_count)
{
	size_t count = 0, at = 0, sum = 0;

	while (at < n && p[at] & 0x80) {
		if (count + 1 >= USHER__T140_BLOCKS_MAX || at + 4 > n ||
		    (p[at] & 0x7f) != pt)
			return USHER_EPROTO;
		blocks[count].len = get16(p + at + 2) & 0x3ff;
		sum += blocks[count++].len;
		at += 4;
	}
	if (at >= n || p[at] != pt || sum > n - at - 1)
		return USHER_EPROTO;
	at++;
	blocks[count++].len = n - at - sum;
	for (size_t i = 0; i < count; i++) {
		blocks[i].bytes = p + at;
		at += blocks[i].len;
	}
	*ret_count = count;
	return 0;
}

/* --- in order ----------------------------------------------------------- */

static void emit(struct usher__t140_rx *rx, struct usher__t140_out *out,
		 const uint8_t *bytes, size_t n)
{
	rx->next++;
	if (rx->taken + n > USHER__T140_TAKEN) {
		/* Marked once in the second. */
		if (rx->taken <= USHER__T140_TAKEN)
			usher__t140_lost(&rx->text, out);
		rx->taken = USHER__T140_TAKEN + 1;
		return;
	}
	rx->taken += (uint32_t)n;
	usher__t140_text(&rx->text, out, bytes, n);
}

static struct usher__t140_held *held_at(struct usher__t140_rx *rx,
					uint16_t seq)
{
	for (size_t i = 0; i < USHER__T140_HELD; i++)
		if (rx->held[i].used && rx->held[i].seq == seq)
			return &rx->held[i];
	return NULL;
}

/* Those whose turn it is. */
static void drain(struct usher__t140_rx *rx, struct usher__t140_out *out)
{
	struct usher__t140_held *held;

	while ((held = held_at(rx, rx->next))) {
		held->used = false;
		emit(rx, out, held->bytes, held->len);
	}
}

/* The first that is held, before end; NULL: none. */
static const struct usher__t140_held *first(const struct usher__t140_rx *rx,
					    uint16_t end)
{
	const struct usher__t140_held *best = NULL;
	uint16_t least = (uint16_t)(end - rx->next), gap;

	for (size_t i = 0; i < USHER__T140_HELD; i++) {
		gap = (uint16_t)(rx->held[i].seq - rx->next);
		if (rx->held[i].used && gap < least) {
			best = &rx->held[i];
			least = gap;
		}
	}
	return best;
}

/* What is missing between those that are held is given up. */
static void skip_to_held(struct usher__t140_rx *rx,
			 struct usher__t140_out *out, uint16_t end)
{
	const struct usher__t140_held *held;

	while ((held = first(rx, end))) {
		usher__t140_lost(&rx->text, out);
		rx->next = held->seq;
		drain(rx, out);
	}
}

/* All that is missing before end. */
static void give_up(struct usher__t140_rx *rx, struct usher__t140_out *out,
		    uint16_t end)
{
	skip_to_held(rx, out, end);
	if (rx->next != end) {
		usher__t140_lost(&rx->text, out);
		rx->next = end;
	}
}

static bool hold(struct usher__t140_rx *rx, uint16_t seq,
		 const struct block *block)
{
	struct usher__t140_held *held;

	if (held_at(rx, seq))
		return true;
	if (block->len > sizeof(held->bytes))
		return false;
	for (size_t i = 0; i < USHER__T140_HELD; i++) {
		held = &rx->held[i];
		if (held->used)
			continue;
		held->used = true;
		held->seq = seq;
		held->len = (uint16_t)block->len;
		memcpy(held->bytes, block->bytes, block->len);
		return true;
	}
	return false;
}

static void take_block(struct usher__t140_rx *rx, struct usher__t140_out *out,
		       uint16_t seq, const struct block *block)
{
	int16_t ahead = (int16_t)(uint16_t)(seq - rx->next);

	if (ahead < 0 || (ahead > 0 && hold(rx, seq, block)))
		return;
	if (ahead > 0)
		give_up(rx, out, seq);
	emit(rx, out, block->bytes, block->len);
	drain(rx, out);
}

/* --- packets --------------------------------------------------------------
 */

static bool is_another(const struct usher__t140_rx *rx,
		       const struct usher__rtp *rtp)
{
	int16_t ahead = (int16_t)(uint16_t)(rtp->seq - rx->next);

	return !rx->started || rx->ssrc != rtp->ssrc ||
	       ahead > USHER__RTP_DROPOUT || ahead < -USHER__RTP_DROPOUT;
}

/* What was held of the stream before is said first. */
static void restart(struct usher__t140_rx *rx, struct usher__t140_out *out,
		    const struct usher__rtp *rtp, size_t count)
{
	skip_to_held(rx, out, (uint16_t)(rx->next - 1));
	if (rx->text.need)
		usher__t140_lost(&rx->text, out);
	rx->text = (struct usher__t140_text){.need = 0};
	rx->started = true;
	rx->ssrc = rtp->ssrc;
	/* With what it repeats: the first packets may have been lost. */
	rx->next = (uint16_t)(rtp->seq - (count - 1));
}

static void wait_on(struct usher__t140_rx *rx, int64_t now_us)
{
	for (size_t i = 0; i < USHER__T140_HELD; i++) {
		if (!rx->held[i].used)
			continue;
		if (!rx->wait_us)
			rx->wait_us = now_us + USHER__T140_WAIT_MS * 1000;
		return;
	}
	rx->wait_us = 0;
}

int usher__t140_take(struct usher__t140_rx *rx, struct usher__t140_out *out,
		     const struct usher__rtp *rtp, const uint8_t *payload,
		     bool red, uint8_t pt, int64_t now_us)
{
	struct block blocks[USHER__T140_BLOCKS_MAX] = {
		{.bytes = payload, .len = rtp->length}};
	size_t count = 1;

	if (red && parse_red(payload, rtp->length, pt, blocks, &count))
		return USHER_EPROTO;
	if (now_us - rx->second_us >= 1000000) {
		rx->second_us = now_us;
		rx->taken = 0;
	}
	if (is_another(rx, rtp))
		restart(rx, out, rtp, count);
	for (size_t i = 0; i < count; i++)
		take_block(rx, out, (uint16_t)(rtp->seq - (count - 1 - i)),
			   &blocks[i]);
	wait_on(rx, now_us);
	return 0;
}

void usher__t140_due(struct usher__t140_rx *rx, struct usher__t140_out *out,
		     int64_t now_us)
{
	if (!rx->wait_us || now_us < rx->wait_us)
		return;
	rx->wait_us = 0;
	skip_to_held(rx, out, (uint16_t)(rx->next - 1));
}
