/* How good a leg sounds: the E-model of ITU-T G.107 (06/2015), with its
 * defaults for everything that a network of packets does not change.
 *
 *   R = 93.2 - Id - Ie,eff
 *
 * Id is delay alone (Idd, 7.4), as phones cancel their own echo. Ie,eff is
 * codec and loss (7.5), losses taken for random (BurstR = 1). MOS follows from
 * R by annex B.
 *
 * G.711 has Ie = 0, and Bpl = 25.1 where the listener conceals losses, by
 * G.113, appendix I. Of Opus G.113 says nothing; these are the estimates for
 * 8 kHz at the highest rate at which it codes no more, 11 kbit/s, that came
 * with M. Alahmadi, P. Pocta, H. Melvin, "An adaptive bitrate switching
 * algorithm for speech applications in context of WebRTC" (2021). At the 24
 * kbit/s of ours and more it is no worse; what it carries above 4 kHz is
 * beyond this scale, so that the scores of all legs compare.
 *
 * Of two legs that are transcoded each has its own: it is a leg's way that is
 * scored, and not all of a conversation's.
 *
 * Delay is half the round trip, a packet, and a jitter buffer of twice the
 * jitter, since where sound is played is not where we measure.
 */
#include <math.h>
#include "media/mworker.h"

#define R_DEFAULT 93.2
#define IDD_FROM  100.0 /* ms; less does no harm */

static const struct {
	double ie, bpl;
} codecs[USHER__MCODECS] = {
	[USHER__PCMU] = {0, 25.1},
	[USHER__PCMA] = {0, 25.1},
	[USHER__OPUS] = {2.03, 15.95},
};

static double delay_impairment(double ms)
{
	double x;

	if (ms <= IDD_FROM)
		return 0;
	x = log2(ms / IDD_FROM);
	return 25 * (pow(1 + pow(x, 6), 1.0 / 6) -
		     3 * pow(1 + pow(x / 3, 6), 1.0 / 6) + 2);
}

static double loss_impairment(enum usher__mcodec codec, double loss)
{
	double percent = 100 * loss, ie = codecs[codec].ie;

	return ie + (95 - ie) * percent / (percent + codecs[codec].bpl);
}

double usher__rating(enum usher__mcodec codec, double delay_ms, double loss)
{
	return R_DEFAULT - delay_impairment(delay_ms) -
	       loss_impairment(codec, loss);
}

static uint16_t mos_of(double r)
{
	double mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;

	if (r <= 0 || mos < 1)
		mos = 1;
	return (uint16_t)lrint(mos * 100);
}

uint16_t usher__mos(enum usher__mcodec codec, double delay_ms, double loss)
{
	return mos_of(usher__rating(codec, delay_ms, loss));
}

/* Of so many expected packets so many are missing; a negative number of lost
 * ones says that some came twice. */
static void rate(const struct usher__mleg_stats *s, uint64_t received,
		 int32_t lost, uint32_t jitter_us, uint16_t *ret_mos100,
		 uint16_t *ret_r10)
{
	double missing = lost > 0 ? lost : 0;
	double expected = (double)received + missing;
	double delay_ms =
		s->rtt_us / 2000.0 + USHER__MTICK_MS + 2 * jitter_us / 1000.0;
	double r;

	if (expected <= 0)
		return;
	r = usher__rating(s->codec, delay_ms, missing / expected);
	*ret_mos100 = mos_of(r);
	/* Nothing would say that it is not known. */
	*ret_r10 = r > 0.1 ? (uint16_t)lrint(r * 10) : 1;
}

void usher__mleg_rate(struct usher__mleg_stats *s)
{
	uint64_t arrived = s->tx_numbers;

	s->mos100 = 0;
	s->peer_mos100 = 0;
	s->r10 = 0;
	s->peer_r10 = 0;
	if (s->rx_packets)
		rate(s, s->rx_packets, s->rx_lost, s->rx_jitter_us, &s->mos100,
		     &s->r10);
	if (!s->peer_reports || !s->tx_numbers)
		return;
	if (s->peer_lost > 0)
		arrived -= (uint64_t)s->peer_lost < arrived
				   ? (uint64_t)s->peer_lost
				   : arrived;
	rate(s, arrived, s->peer_lost, s->peer_jitter_us, &s->peer_mos100,
	     &s->peer_r10);
}
