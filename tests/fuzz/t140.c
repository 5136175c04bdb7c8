/* Real-time text from strangers, and what it becomes on its way to another
 * leg: always plain text, never more than fits.
 *
 * Input: packets one after the other: a byte that says how it comes (bit 0:
 * text/red, bit 1: another source, bits 2 to 7: time that passed in 50 ms), a
 * byte that is added to the sequence number, a byte of length, its bytes. */
#include <media/t140.h>
#include <stdlib.h>
#include <string.h>

#define PT 98

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Valid UTF-8 without controls but the three that plain text has: it goes
 * through the same again and nothing changes. */
static void check(const struct usher__t140_out *out)
{
	static char again[3 * USHER__T140_OUT_MAX];
	struct usher__t140_text t = {.need = 0};
	struct usher__t140_out twice = {again, sizeof(again), 0};

	if (out->len > out->room)
		abort();
	usher__t140_text(&t, &twice, (const uint8_t *)out->text, out->len);
	if (t.need || t.within || twice.len != out->len ||
	    memcmp(again, out->text, out->len))
		abort();
}

static void send(struct usher__t140_tx *tx, const struct usher__t140_out *out,
		 int64_t now_us)
{
	uint8_t payload[USHER__T140_PAYLOAD];
	size_t n, plain;
	bool marker;

	(void)usher__t140_put(tx, out->text, out->len, now_us);
	n = usher__t140_packet(tx, payload, (uint32_t)(now_us / 1000), PT,
			       now_us, &marker, &plain);
	if (n > sizeof(payload) || plain > n || tx->len > sizeof(tx->queue))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct usher__t140_rx rx;
	static struct usher__t140_tx tx;
	static char room[USHER__T140_OUT_MAX];
	struct usher__rtp rtp = {.pt = PT, .seq = 65530};
	int64_t now_us = 1000000;
	size_t n;

	memset(&rx, 0, sizeof(rx));
	usher__t140_begin(&tx, now_us);
	usher__t140_agree(&tx, size ? data[0] % 4 : 0, 1000);
	for (; size >= 3; data += 3 + n, size -= 3 + n) {
		struct usher__t140_out out = {room, sizeof(room), 0};

		n = data[2] < size - 3 ? data[2] : size - 3;
		now_us += (data[0] >> 2) * 50000;
		usher__t140_due(&rx, &out, now_us);
		check(&out);
		send(&tx, &out, now_us);
		rtp.ssrc = data[0] & 2;
		rtp.seq = (uint16_t)(rtp.seq + (int8_t)data[1]);
		rtp.length = n;
		out.len = 0;
		(void)usher__t140_take(&rx, &out, &rtp, data + 3, data[0] & 1,
				       PT, now_us);
		check(&out);
		send(&tx, &out, now_us);
	}
	return 0;
}
