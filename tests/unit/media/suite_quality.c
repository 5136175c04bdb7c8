/* Loss, jitter, round trip and the score that follows from them. */
#include <media/clock.h>
#include <string.h>
#include <sys/socket.h>
#include "peer.h"
#include "suites.h"

static struct peer a, b;

static void setup(void)
{
	peer_open(&a);
	peer_open(&b);
}

static void teardown(void)
{
	peer_close(&a);
	peer_close(&b);
}

static void near(uint16_t mos, int want)
{
	ck_assert_int_ge(mos, want - 2);
	ck_assert_int_le(mos, want + 2);
}

/* By hand from the formulas of G.107 with its defaults; R to a hundredth. */
START_TEST(mos__follows_the_e_model)
{
	static const struct {
		enum usher__mcodec codec;
		double delay_ms, loss, r;
		int mos100;
	} rows[] = {
		{USHER__PCMU, 0, 0, 93.20, 441},
		{USHER__PCMA, 100, 0, 93.20, 441},
		{USHER__PCMA, 150, 0, 93.04, 441},    /* Idd 0.16 */
		{USHER__PCMU, 200, 0, 90.16, 434},    /* Idd 3.04 */
		{USHER__PCMU, 400, 0, 69.13, 356},    /* Idd 24.07 */
		{USHER__PCMU, 1000, 0, 49.41, 254},   /* Idd 43.79 */
		{USHER__PCMU, 0, 0.01, 89.56, 433},   /* Ie,eff 3.64 */
		{USHER__PCMU, 0, 0.05, 77.42, 392},   /* Ie,eff 15.78 */
		{USHER__PCMA, 0, 0.2, 51.07, 263},    /* Ie,eff 42.13 */
		{USHER__PCMA, 200, 0.03, 80.01, 402}, /* 3.04 and 10.14 */
		{USHER__PCMA, 0, 1, 17.26, 118},      /* Ie,eff 75.94 */
		{USHER__OPUS, 0, 0, 91.17, 437},      /* Ie 2.03 */
		{USHER__OPUS, 200, 0, 88.13, 429},
		{USHER__OPUS, 0, 0.01, 85.69, 422}, /* Ie,eff 7.51 */
		{USHER__OPUS, 0, 0.05, 68.98, 355}, /* Ie,eff 24.22 */
		{USHER__OPUS, 0, 0.2, 39.45, 204},  /* Ie,eff 53.75 */
		{USHER__OPUS, 400, 0.05, 44.91, 231},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_double_eq_tol(usher__rating(rows[i].codec,
						      rows[i].delay_ms,
						      rows[i].loss),
					rows[i].r, 0.006);
		ck_assert_int_eq(usher__mos(rows[i].codec, rows[i].delay_ms,
					    rows[i].loss),
				 rows[i].mos100);
	}
	ck_assert_uint_eq(usher__mos(USHER__PCMU, 60000, 1), 100);
	for (int ms = 0; ms < 3000; ms += 10)
		ck_assert_uint_ge(usher__mos(USHER__PCMU, ms, 0.02),
				  usher__mos(USHER__PCMU, ms + 10, 0.02));
	for (int n = 0; n < 100; n++)
		ck_assert_uint_ge(
			usher__mos(USHER__PCMU, 80, n / 100.0),
			usher__mos(USHER__PCMU, 80, (n + 1) / 100.0));
}
END_TEST

START_TEST(mos__of_what_nobody_knows_is_none)
{
	struct usher__mleg_stats s = {.rtt_us = 1000};

	usher__mleg_rate(&s);
	ck_assert_uint_eq(s.mos100, 0);
	ck_assert_uint_eq(s.peer_mos100, 0);
	ck_assert_uint_eq(s.r10, 0);
	ck_assert_uint_eq(s.peer_r10, 0);
	s.tx_packets = 50;
	s.tx_numbers = 60;
	usher__mleg_rate(&s);
	ck_assert_uint_eq(s.peer_mos100, 0);
	/* Ten never came to us, and two more got lost: a fifth of all. */
	s.peer_reports = 1;
	s.peer_lost = 12;
	usher__mleg_rate(&s);
	ck_assert_uint_eq(s.peer_r10, 511);
	/* A peer may say anything. */
	s.peer_lost = INT32_MAX;
	usher__mleg_rate(&s);
	near(s.peer_mos100, 120);
	ck_assert_uint_eq(s.peer_r10, 173);
	ck_assert_uint_eq(s.r10, 0);
	s.peer_lost = INT32_MIN;
	s.rx_packets = 10;
	s.rx_lost = INT32_MIN;
	usher__mleg_rate(&s);
	near(s.peer_mos100, 441);
	near(s.mos100, 441);
	ck_assert_uint_eq(s.r10, 932);
	ck_assert_uint_eq(s.peer_r10, 932);
	/* The same by Opus. */
	s.codec = USHER__OPUS;
	usher__mleg_rate(&s);
	near(s.mos100, 437);
	ck_assert_uint_eq(s.r10, 912);
	s.rx_jitter_us = UINT32_MAX;
	usher__mleg_rate(&s);
	ck_assert_uint_ge(s.mos100, 100);
	ck_assert_uint_lt(s.r10, 500);
	ck_assert_uint_ge(s.r10, 1);
}
END_TEST

static void stats_when(struct usher__media *m, uint64_t leg, uint64_t packets,
		       struct usher__mleg_stats *s)
{
	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(usher__mleg_stats(m, leg, s), 0);
		if (s->rx_packets >= packets)
			return;
		sleep_ms(2);
	}
	ck_abort_msg("%d of %d packets", (int)s->rx_packets, (int)packets);
}

/* 200 packets: each tenth is lost, each seventh changes places with the one
 * before it. */
static int send_badly(struct peer *p)
{
	uint8_t frames[2][USHER__RTP_HEADER + 160] = {0};
	uint8_t payload[160];
	int sent = 0;

	memset(payload, 0xd5, sizeof(payload));
	for (int i = 0; i < 200; i++) {
		size_t n = peer_packet(p, frames[i % 2], 0, payload, 160);

		p->ts += 160;
		if (i % 10 == 9)
			continue;
		sent++;
		if (i % 70 == 6)
			continue;
		peer_send(p, frames[i % 2], n);
		if (i % 70 == 7)
			peer_send(p, frames[1 - i % 2], n);
		if (i % 40 == 0)
			sleep_ms(5);
	}
	return sent;
}

START_TEST(quality__of_a_leg_under_loss_and_disorder)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_stats s;
	uint64_t leg = peer_leg(m, &a, NULL), other = peer_leg(m, &b, NULL);
	int sent;

	ck_assert_int_eq(usher__media_bridge(m, leg, other), 0);
	settle();
	sent = send_badly(&a);
	ck_assert_int_eq(sent, 180);
	stats_when(m, leg, 180, &s);
	/* The last one is missing, and nobody can know that. */
	ck_assert_int_eq(s.rx_lost, 19);
	ck_assert_uint_gt(s.rx_jitter_us, 0);
	ck_assert_uint_gt(s.mos100, 100);
	ck_assert_uint_lt(s.mos100, usher__mos(USHER__PCMU, 20, 18.0 / 200));

	/* Another stream: what the first one lost is not forgotten. */
	a.ssrc += 1;
	talk(&(struct voice){&a, 500}, 1, 5);
	stats_when(m, leg, 185, &s);
	ck_assert_int_eq(s.rx_lost, 19);
	ck_assert_uint_eq(s.rx_sources, 2);
	a.seq += 3;
	talk(&(struct voice){&a, 500}, 1, 2);
	stats_when(m, leg, 187, &s);
	ck_assert_int_eq(s.rx_lost, 22);
	usher__media_free(m);
}
END_TEST

static void send_report(struct peer *p, const struct usher__rtcp_block *block)
{
	uint8_t buf[USHER__RTCP_MAX];
	union usher__maddr addr;
	size_t n = usher__rtcp_write(buf, p->ssrc, NULL, block, "x");

	ck_assert_int_eq(usher__maddr_parse(MEDIA_IP,
					    (uint16_t)(p->to_port + 1), &addr),
			 0);
	sendto(p->rtcp_fd, buf, n, 0, &addr.sa, sizeof(addr.in));
}

/* What the peer says of our stream: our score at its end. */
START_TEST(quality__of_what_the_peer_hears)
{
	struct usher__media *m = media_up(1);
	struct usher__rtcp_block block = {.lost = 2, .jitter = 80};
	struct usher__mleg_stats s;
	uint64_t leg = peer_leg(m, &a, NULL), other = peer_leg(m, &b, NULL);

	ck_assert_int_eq(usher__media_bridge(m, leg, other), 0);
	settle();
	talk((struct voice[]){{&a, 500}, {&b, 500}}, 2, 10);
	ck_assert_uint_eq(a.packets, 10);
	usher__mleg_stats(m, leg, &s);
	ck_assert_uint_eq(s.peer_mos100, 0);
	near(s.mos100, 441);

	/* Our report went out 250 ms ago and it kept it for 50. */
	block.ssrc = a.last.ssrc;
	block.lsr = (uint32_t)(usher__media_ntp() >> 16) - 65536 / 4;
	block.dlsr = 65536 / 20;
	send_report(&a, &block);
	for (int i = 0; i < 1000 && !s.peer_reports; i++) {
		sleep_ms(2);
		usher__mleg_stats(m, leg, &s);
	}
	ck_assert_uint_eq(s.peer_reports, 1);
	ck_assert_int_eq(s.peer_lost, 2);
	ck_assert_uint_eq(s.peer_jitter_us, 10000);
	ck_assert_uint_ge(s.rtt_us, 199000);
	ck_assert_uint_ge(s.peer_mos100, 100);
	/* Two of ten are gone, and more time passes than that: */
	ck_assert_uint_le(s.peer_mos100,
			  usher__mos(USHER__PCMU, 100, 2.0 / 11) + 2);

	/* Of jitters and round trips that cannot be nothing is kept. */
	block.lost = 3;
	block.jitter = 16 * 8000;
	block.dlsr = UINT32_MAX / 2;
	send_report(&a, &block);
	block.lost = 4;
	block.jitter = UINT32_MAX;
	send_report(&a, &block);
	for (int i = 0; i < 1000 && s.peer_reports < 3; i++) {
		sleep_ms(2);
		usher__mleg_stats(m, leg, &s);
	}
	ck_assert_int_eq(s.peer_lost, 4);
	ck_assert_uint_eq(s.peer_jitter_us, 10000);
	ck_assert_uint_lt(s.rtt_us, 16000000);
	usher__media_free(m);
}
END_TEST

/* A report that came back at once, to a peer that rounds up to milliseconds:
 * the way there and back took next to no time, which is known. */
START_TEST(quality__of_a_peer_next_door_is_known)
{
	static const struct {
		int32_t ms;
		bool known;
	} kept[] = {{1, true}, {5000, false}};
	struct usher__mleg_stats s;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		struct usher__media *m = media_up(1);
		struct usher__rtcp_block block = {.jitter = 80};
		uint64_t leg = peer_leg(m, &a, NULL);
		uint64_t other = peer_leg(m, &b, NULL);

		ck_assert_int_eq(usher__media_bridge(m, leg, other), 0);
		settle();
		talk((struct voice[]){{&a, 500}, {&b, 500}}, 2, 10);
		block.ssrc = a.last.ssrc;
		block.dlsr = 65536;
		block.lsr = (uint32_t)(usher__media_ntp() >> 16) - 65536 +
			    (uint32_t)(kept[i].ms * 65536 / 1000);
		send_report(&a, &block);
		usher__mleg_stats(m, leg, &s);
		for (int k = 0; k < 1000 && !s.peer_reports; k++) {
			sleep_ms(2);
			usher__mleg_stats(m, leg, &s);
		}
		ck_assert_uint_eq(s.peer_reports, 1);
		if (!kept[i].known)
			ck_assert_uint_eq(s.rtt_us, 0);
		else
			ck_assert_uint_gt(s.rtt_us, 0);
		usher__media_free(m);
	}
}
END_TEST

/* Until so many reports have been taken or thrown away; what is known then. */
static struct usher__mleg_stats told(struct usher__media *m, uint64_t leg,
				     uint64_t reports)
{
	struct usher__mleg_stats s;

	for (int i = 0; i < 1000; i++) {
		ck_assert_int_eq(usher__mleg_stats(m, leg, &s), 0);
		if (s.peer_reports + s.rx_bad >= reports)
			return s;
		sleep_ms(2);
	}
	ck_abort_msg("no report");
	return s;
}

/* Nobody can miss more than was sent, and what a relay was not sent itself. */
START_TEST(quality__of_more_losses_than_packets_is_not_believed)
{
	struct usher__media *m = media_up(1);
	struct usher__rtcp_block block = {.lost = 1, .jitter = 80};
	struct usher__mleg_stats s;
	uint64_t leg = peer_leg(m, &a, NULL), other = peer_leg(m, &b, NULL);

	ck_assert_int_eq(usher__media_bridge(m, leg, other), 0);
	settle();
	talk((struct voice[]){{&a, 500}, {&b, 500}}, 2, 10);
	block.ssrc = a.last.ssrc;
	send_report(&a, &block);
	s = told(m, leg, 1);
	ck_assert_uint_eq(s.tx_numbers, 10);
	ck_assert_uint_eq(s.peer_reports, 1);
	ck_assert_int_eq(s.peer_lost, 1);

	/* Nothing of such a report is kept. */
	block.jitter = 800;
	block.lsr = (uint32_t)(usher__media_ntp() >> 16) - 65536;
	block.lost = 11;
	send_report(&a, &block);
	block.lost = 0x7fffff;
	send_report(&a, &block);
	s = told(m, leg, 3);
	ck_assert_uint_eq(s.rx_bad, 2);
	ck_assert_uint_eq(s.peer_reports, 1);
	ck_assert_int_eq(s.peer_lost, 1);
	ck_assert_uint_eq(s.peer_jitter_us, 10000);
	ck_assert_uint_eq(s.rtt_us, 0);
	block.lsr = 0;

	/* Twenty that do not come to us, and another: it misses them. */
	b.seq += 20;
	talk(&(struct voice){&b, 500}, 1, 1);
	block.lost = 31;
	send_report(&a, &block);
	s = told(m, leg, 4);
	ck_assert_uint_eq(s.tx_numbers, 31);
	ck_assert_uint_eq(s.tx_packets, 11);
	ck_assert_int_eq(s.peer_lost, 31);
	block.lost = 32;
	send_report(&a, &block);
	s = told(m, leg, 5);
	ck_assert_int_eq(s.peer_lost, 31);

	/* What it says is less than nothing came twice. */
	block.lost = -0x800000;
	send_report(&a, &block);
	s = told(m, leg, 6);
	ck_assert_int_eq(s.peer_lost, -0x800000);
	ck_assert_uint_ge(s.peer_mos100, 400);
	usher__media_free(m);
}
END_TEST

TCase *quality_case(void)
{
	TCase *tc = tcase_create("quality");

	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, mos__follows_the_e_model);
	tcase_add_test(tc, mos__of_what_nobody_knows_is_none);
	tcase_add_test(tc, quality__of_a_leg_under_loss_and_disorder);
	tcase_add_test(tc, quality__of_what_the_peer_hears);
	tcase_add_test(tc, quality__of_a_peer_next_door_is_known);
	tcase_add_test(tc,
		       quality__of_more_losses_than_packets_is_not_believed);
	return tc;
}
