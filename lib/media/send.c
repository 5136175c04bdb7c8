/* Packets on their way out: where to, sealed where there are keys, counted. */
#include <string.h>
#include <sys/socket.h>
#include "media/packets.h"
#include "media/srtp.h"

const union usher__maddr *usher__mleg_dest(const struct usher__mleg *leg)
{
	return leg->rx.latch.sa.sa_family ? &leg->rx.latch : &leg->params.rtp;
}

bool usher__mleg_can_send(const struct usher__mleg *leg)
{
	return leg->set && leg->params.direction & USHER__SENDONLY &&
	       usher__mleg_dest(leg)->sa.sa_family;
}

static int send_to(int fd, const uint8_t *buf, size_t n,
		   const union usher__maddr *to)
{
	socklen_t size =
		to->sa.sa_family == AF_INET ? sizeof(to->in) : sizeof(to->in6);

	return sendto(fd, buf, n, MSG_NOSIGNAL, &to->sa, size) < 0 ? -1 : 0;
}

/* A packet that is closed is a copy: others may want it as it is. */
static int send_sealed(struct usher__mleg *leg, bool rtcp,
		       const uint8_t *packet, size_t n,
		       const union usher__maddr *to)
{
	int fd = rtcp && !leg->params.mux ? leg->rtcp.fd : leg->rtp.fd;
	uint8_t sealed[USHER__RTP_PACKET_MAX + USHER__SRTP_GROWS];

	if (!leg->params.srtp)
		return send_to(fd, packet, n, to);
	if (n > USHER__RTP_PACKET_MAX)
		return -1;
	memcpy(sealed, packet, n);
	if (!usher__mleg_seal(leg, sealed, &n, rtcp))
		return -1;
	return send_to(fd, sealed, n, to);
}

void usher__mleg_send(struct usher__mleg *leg, const uint8_t *packet,
		      size_t payload)
{
	if (send_sealed(leg, false, packet, USHER__RTP_HEADER + payload,
			usher__mleg_dest(leg))) {
		usher__mcount(leg->counts.tx_errors, 1);
		return;
	}
	usher__mcount(leg->counts.tx_packets, 1);
	usher__mcount(leg->counts.tx_bytes, payload);
}

static const union usher__maddr *rtcp_dest(const struct usher__mleg *leg)
{
	const union usher__maddr *latch = &leg->rx.latch;
	const union usher__maddr *dest = usher__mleg_dest(leg);

	if (leg->params.mux)
		return dest->sa.sa_family ? dest : NULL;
	if (leg->rx.latch_rtcp.sa.sa_family)
		return &leg->rx.latch_rtcp;
	/* Behind a translator the signaled address leads nowhere, and its
	 * RTCP port cannot be known before it speaks. */
	if (latch->sa.sa_family &&
	    !usher__maddr_same_host(latch, &leg->params.rtcp))
		return NULL;
	return leg->params.rtcp.sa.sa_family ? &leg->params.rtcp : NULL;
}

bool usher__mleg_can_send_rtcp(const struct usher__mleg *leg)
{
	return rtcp_dest(leg);
}

void usher__mleg_send_rtcp(struct usher__mleg *leg, const uint8_t *packet,
			   size_t n)
{
	const union usher__maddr *to = rtcp_dest(leg);

	if (to)
		(void)send_sealed(leg, true, packet, n, to);
}
