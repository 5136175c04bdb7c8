/* How good a leg sounds: the E-model of ITU-T G.107 (06/2015), with its
 * defaults for everything that a network of packets does not change.
 *
 *   R = 93.2 - Id - Ie,eff
 *
 * Id is delay alone (Idd, 7.4), as phones cancel their own echo. Ie,eff is
 * loss (7.5), with Ie = 0 and Bpl = 25.1 of G.113, appendix I, for G.711
 * where the listener conceals it, and losses taken for random (BurstR = 1).
 * MOS follows from R by annex B.
 *
 * Delay is half the round trip, a packet, and a jitter buffer of twice the
 * jitter, since where sound is played is not where we measure.
 */
#include <math.h>
#include "media/engine.h"

#define R_DEFAULT 93.2
#define IE_G711   0.0
#define BPL_PLC   25.1
#define IDD_FROM  100.0 /* ms; less does no harm */

static double delay_impairment(double ms)
{
	double x;

	if (ms <= IDD_FROM)
		return 0;
	x = log2(ms / IDD_FROM);
	return 25 * (pow(1 + pow(x, 6), 1.0 / 6) -
		     3 * pow(1 + pow(x / 3, 6), 1.0 / 6) + 2);
}

static double loss_impairment(double loss)
{
	double percent = 100 * loss;

	return IE_G711 + (95 - IE_G711) * percent / (percent + BPL_PLC);
}

uint16_t usher__mos(double delay_ms, double loss)
{
	double r =
		R_DEFAULT - delay_impairment(delay_ms) - loss_impairment(loss);
	double mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;

	if (r <= 0 || mos < 1)
		mos = 1;
	return (uint16_t)lrint(mos * 100);
}

/* Of so many expected packets so many are missing; a negative number of lost
 * ones says that some came twice. */
static uint16_t mos_of(uint64_t received, int32_t lost, uint32_t jitter_us,
		       uint32_t rtt_us)
{
	double missing = lost > 0 ? lost : 0;
	double expected = (double)received + missing;
	double delay_ms =
		rtt_us / 2000.0 + USHER__MTICK_MS + 2 * jitter_us / 1000.0;

	if (expected <= 0)
		return 0;
	return usher__mos(delay_ms, missing / expected);
}

void usher__mleg_rate(struct usher__mleg_stats *s)
{
	uint64_t arrived = s->tx_packets;

	s->mos100 = 0;
	s->peer_mos100 = 0;
	if (s->rx_packets)
		s->mos100 = mos_of(s->rx_packets, s->rx_lost, s->rx_jitter_us,
				   s->rtt_us);
	if (!s->peer_reports || !s->tx_packets)
		return;
	if (s->peer_lost > 0)
		arrived -= (uint64_t)s->peer_lost < arrived
				   ? (uint64_t)s->peer_lost
				   : arrived;
	s->peer_mos100 =
		mos_of(arrived, s->peer_lost, s->peer_jitter_us, s->rtt_us);
}
