/* Whose packets are believed: the source of the first good one from where it
 * may come, until a good one comes from elsewhere; and they are counted. */
#include <arpa/inet.h>
#include <string.h>

#include "media/packets.h"
#include "media/mworker.h"

bool usher__mleg_believes(const struct usher__mleg *leg,
			  const union usher__maddr *from)
{
	if (usher__maddr_equal(from, &leg->params.rtp))
		return true;
	if (leg->rx.latch.sa.sa_family)
		return usher__maddr_equal(from, &leg->rx.latch);
	return leg->params.any_source ||
	       usher__maddr_same_host(from, &leg->params.rtp) ||
	       usher__maddr_same_host(from, &leg->params.source);
}

static void latch(struct usher__mworker *w, struct usher__mleg *leg,
		  const union usher__maddr *from)
{
	struct usher__mevent ev = {.type = USHER__MEV_FIRST_PACKET};

	if (!usher__maddr_equal(from, &leg->rx.latch)) {
		leg->rx.latch = *from;
		usher__mgauge(leg->counts.latched,
			      !usher__maddr_equal(from, &leg->params.rtp));
	}
	usher__mgauge(leg->counts.heard_us, w->now_us);
	if (!leg->rx.first_told) {
		leg->rx.first_told = true;
		usher__mleg_event(w, leg, &ev);
	}
}

void usher__mleg_strange(struct usher__mworker *w, struct usher__mleg *leg,
			 const union usher__maddr *from)
{
	struct usher__mevent ev = {.type = USHER__MEV_STRANGER};

	/* A few are what is left of the call that had the port before. */
	if (leg->kind != USHER__MKIND_AUDIO ||
	    leg->rx.strange == USHER__MLEG_STRANGE_PACKETS ||
	    ++leg->rx.strange < USHER__MLEG_STRANGE_PACKETS)
		return;
	if (from->sa.sa_family == AF_INET) {
		ev.source.ip_len = sizeof(from->in.sin_addr);
		memcpy(ev.source.ip, &from->in.sin_addr, ev.source.ip_len);
		ev.source.port = ntohs(from->in.sin_port);
	} else {
		ev.source.ip_len = sizeof(from->in6.sin6_addr);
		memcpy(ev.source.ip, &from->in6.sin6_addr, ev.source.ip_len);
		ev.source.port = ntohs(from->in6.sin6_port);
	}
	usher__mleg_event(w, leg, &ev);
}

static void count_packet(struct usher__mworker *w, struct usher__mleg *leg,
			 const struct usher__rtp *rtp)
{
	struct usher__mcounts *counts = &leg->counts;
	struct usher__rtp_source *src = &leg->rx.source;
	int32_t lost;

	if (!src->valid || src->ssrc != rtp->ssrc)
		usher__mcount(counts->rx_sources, 1);
	lost = usher__rtp_source_lost(src);
	/* A new stream, or a leap, counts from nothing. */
	if (usher__rtp_source_packet(src, rtp, w->now_us))
		leg->rx.lost_before += lost;
	usher__mcount(counts->rx_packets, 1);
	usher__mcount(counts->rx_bytes, rtp->length);
	usher__mgauge(counts->rx_lost,
		      leg->rx.lost_before + usher__rtp_source_lost(src));
	usher__mgauge(counts->rx_jitter_us,
		      (src->jitter16 >> 4) * 125 / usher__mleg_clock(leg));
}

void usher__mleg_latch(struct usher__mworker *w, struct usher__mleg *leg,
		       const struct usher__rtp *rtp,
		       const union usher__maddr *from)
{
	latch(w, leg, from);
	count_packet(w, leg, rtp);
}
