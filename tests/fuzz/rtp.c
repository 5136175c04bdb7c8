/* RTP, RTCP and telephone-event from strangers, through the whole receiving
 * side of a bridged leg; sockets are closed, so nothing leaves.
 *
 * Input: packets one after the other, each a byte that says how it comes (bit
 * 0: RTCP port, bits 1 and 2: which source, bits 3 to 7: time that passed in
 * 10 ms), a byte of length divided by two, and its bytes. */
#include <media/engine.h>
#include <media/packets.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void leg_make(struct usher__mleg *leg, uint64_t id, uint8_t codec)
{
	memset(leg, 0, sizeof(*leg));
	leg->id = id;
	leg->rtp.fd = -1;
	leg->rtcp.fd = -1;
	leg->set = true;
	leg->tx.feed = USHER__MFEED_NONE;
	leg->params = (struct usher__mparams){
		.codec = codec,
		.tx_pt = codec ? 8 : 0,
		.rx_pt = {0, 8},
		.te_tx_pt = 96,
		.te_rx_pt = 101,
		.ptime_ms = 20,
		.direction = USHER__SENDRECV,
	};
	usher__maddr_parse("127.0.0.1", (uint16_t)(1000 * id),
			   &leg->params.rtp);
	usher__maddr_parse("127.0.0.1", (uint16_t)(1000 * id + 1),
			   &leg->params.rtcp);
}

static void check(const struct usher__mleg *leg)
{
	const struct usher__telev *t = &leg->rx.telev;

	if (leg->tx.frame > USHER__RTP_PACKET_MAX ||
	    (t->seen && t->event > 15) ||
	    leg->rx.digits > USHER__MLEG_DIGITS_PER_S)
		abort();
}

static void feed(struct usher__mworker *w, struct usher__mleg *leg,
		 uint8_t how, const uint8_t *data, size_t n)
{
	union usher__maddr from;

	usher__maddr_parse(how & 2 ? "127.0.0.1" : "192.0.2.1",
			   how & 4 ? 1000 : 1234, &from);
	w->now_us += (how >> 3) * 10000;
	memcpy(w->packet, data, n);
	if (how & 1)
		usher__mleg_take_rtcp(w, leg, n, &from);
	else
		usher__mleg_take_rtp(w, leg, n, &from);
	usher__mleg_sweep(w, leg);
	check(leg);
	check(leg->peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct usher__media m;
	static struct usher__mworker w;
	static struct usher__mleg a, b;
	struct usher__mevent ev;

	if (!m.events.ring) {
		if (usher__mevents_init(&m.events, 64, NULL, NULL))
			abort();
		w.m = &m;
	}
	leg_make(&a, 1, 0);
	leg_make(&b, 2, 1);
	a.peer = &b;
	b.peer = &a;
	if (usher__meter_new(&a.meter))
		abort();
	a.metering = true;
	w.now_us = 1000000;

	while (size >= 2) {
		uint8_t how = data[0];
		size_t n = (size_t)data[1] * 2;

		data += 2;
		size -= 2;
		if (n > size)
			n = size;
		feed(&w, &a, how, data, n);
		data += n;
		size -= n;
		while (usher__mevents_pop(&m.events, &ev)) {
			if (ev.type == USHER__MEV_DIGIT &&
			    usher__telev_event(ev.digit) < 0)
				abort();
		}
	}
	free(a.meter);
	return 0;
}
