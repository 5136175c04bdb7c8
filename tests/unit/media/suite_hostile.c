/* What strangers send, and what a leg does with it. */
#include <arpa/inet.h>
#include <media/clock.h>
#include <media/rtp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
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

static struct usher__mleg_stats stats_of(struct usher__media *m, uint64_t leg)
{
	struct usher__mleg_stats stats;

	settle();
	ck_assert_int_eq(usher__mleg_stats(m, leg, &stats), 0);
	return stats;
}

START_TEST(hostile__packets_are_counted_and_dropped)
{
	static const uint8_t giant_csrc[16] = {0x8f};
	static const uint8_t giant_ext[20] = {0x90, 0, 0, 0, 0, 0, 0,    0,
					      0,    0, 0, 0, 0, 0, 0xff, 0xff};
	static const uint8_t version0[40] = {0x00};
	static const uint8_t short_rtcp[4] = {0x80, 200, 0, 0};
	struct usher__media *m = media_up(1);
	struct usher__mleg_stats stats;
	uint8_t huge[4000] = {0x80};
	uint8_t payload[160] = {0};
	uint8_t packet[200];
	uint64_t leg = peer_leg(m, &a, NULL);
	uint64_t other = peer_leg(m, &b, NULL);

	usher__media_bridge(m, leg, other);
	settle();
	peer_send(&a, "", 0);
	peer_send(&a, "x", 1);
	peer_send(&a, version0, sizeof(version0));
	peer_send(&a, giant_csrc, sizeof(giant_csrc));
	peer_send(&a, giant_ext, sizeof(giant_ext));
	peer_send(&a, huge, sizeof(huge));
	peer_send(&a, short_rtcp, sizeof(short_rtcp));
	peer_send(&a, packet, peer_packet(&a, packet, 0, payload, 0));
	stats = stats_of(m, leg);
	ck_assert_uint_eq(stats.rx_bad, 8);
	ck_assert_uint_eq(stats.rx_packets, 0);

	peer_send(&a, packet, peer_packet(&a, packet, 18, payload, 160));
	peer_send(&a, packet, peer_packet(&a, packet, 101, payload, 3));
	payload[0] = 200;
	peer_send(&a, packet, peer_packet(&a, packet, 101, payload, 4));
	stats = stats_of(m, leg);
	ck_assert_uint_eq(stats.rx_wrong_pt, 1);
	ck_assert_uint_eq(stats.digits_ignored, 2);
	ck_assert_int_eq(count_events(m, USHER__MEV_DIGIT), 0);

	/* And the call is as good as before. */
	peer_forget(&b);
	talk((struct voice[]){{&a, 500}, {&b, 0}}, 2, 10);
	ck_assert_uint_ge(b.packets, 9);
	usher__media_free(m);
}
END_TEST

START_TEST(hostile__third_address_is_ignored)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	struct usher__mleg_stats stats;
	struct peer stranger, moved;
	uint64_t leg;

	/* Signaled is a; but the phone is behind a translator, at moved. */
	peer_open(&moved);
	peer_open_at(&stranger, STRANGER_IP);
	leg = peer_leg(m, &a, NULL);
	settle();
	moved.to_port = stranger.to_port = a.to_port;
	talk(&(struct voice){&moved, 500}, 1, 3);
	stats = stats_of(m, leg);
	ck_assert(stats.latched);
	ck_assert_uint_eq(stats.rx_packets, 3);
	talk(&(struct voice){&stranger, 500}, 1, 5);
	stats = stats_of(m, leg);
	ck_assert_uint_eq(stats.rx_packets, 3);
	ck_assert_uint_eq(stats.rx_wrong_source, 5);

	/* Ours go to the latch. */
	usher__mleg_play(m, leg,
			 &(struct usher__mplay_opts){&usher__mitem_beep, 1, 0,
						     0, false},
			 NULL);
	talk((struct voice[]){{&moved, 0}, {&a, 0}, {&stranger, 0}}, 3, 10);
	ck_assert_uint_ge(moved.packets, 5);
	ck_assert_uint_eq(a.packets + stranger.packets, 0);

	/* The signaled address takes the latch over, for good. */
	talk(&(struct voice){&a, 500}, 1, 2);
	talk(&(struct voice){&moved, 500}, 1, 4);
	stats = stats_of(m, leg);
	ck_assert(!stats.latched);
	ck_assert_uint_eq(stats.rx_wrong_source, 9);

	/* A new address by signaling: all of it anew. */
	peer_params(&b, &params);
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	settle();
	talk(&(struct voice){&stranger, 500}, 1, 1);
	b.to_port = a.to_port;
	talk(&(struct voice){&b, 500}, 1, 1);
	stats = stats_of(m, leg);
	ck_assert_uint_eq(stats.rx_wrong_source, 10);
	ck_assert_uint_eq(stats.rx_packets, 6);
	ck_assert_int_eq(count_events(m, USHER__MEV_FIRST_PACKET), 2);
	peer_close(&moved);
	peer_close(&stranger);
	usher__media_free(m);
}
END_TEST

/* The event that says so, if there is one more. */
static bool told_of_stranger(struct usher__media *m, struct usher__mevent *ret)
{
	while (usher__media_next(m, ret))
		if (ret->type == USHER__MEV_STRANGER)
			return true;
	return false;
}

START_TEST(hostile__stranger_who_goes_on_is_told_once)
{
	struct usher__media *m = media_up(1);
	struct usher__mevent event;
	struct peer stranger;
	uint8_t ip[4], junk[200] = {0x40};
	uint64_t leg;
	int i;

	peer_open_at(&stranger, STRANGER_IP);
	leg = peer_leg(m, &a, NULL);
	settle();
	stranger.to_port = a.to_port;
	talk(&(struct voice){&stranger, 500}, 1,
	     USHER__MLEG_STRANGE_PACKETS - 1);
	/* What is no RTP is no sound. */
	for (i = 0; i < USHER__MLEG_STRANGE_PACKETS; i++)
		peer_send(&stranger, junk, sizeof(junk));
	settle();
	ck_assert(!told_of_stranger(m, &event));
	talk(&(struct voice){&stranger, 500}, 1, 1);
	settle();
	ck_assert(told_of_stranger(m, &event));
	ck_assert_uint_eq(event.leg, leg);
	ck_assert_int_eq(inet_pton(AF_INET, STRANGER_IP, ip), 1);
	ck_assert_uint_eq(event.source.ip_len, 4);
	ck_assert_mem_eq(event.source.ip, ip, 4);
	ck_assert_uint_eq(event.source.port, stranger.port);
	talk(&(struct voice){&stranger, 500}, 1,
	     2 * USHER__MLEG_STRANGE_PACKETS);
	settle();
	ck_assert(!told_of_stranger(m, &event));
	peer_close(&stranger);
	usher__media_free(m);
}
END_TEST

START_TEST(hostile__stranger_who_is_first_gets_nothing)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_stats stats;
	struct peer stranger;
	uint64_t leg;

	peer_open_at(&stranger, STRANGER_IP);
	leg = peer_leg(m, &a, NULL);
	settle();
	stranger.to_port = a.to_port;
	talk(&(struct voice){&stranger, 500}, 1, 5);
	peer_send_digit(&stranger, 101, '1', 3);
	stats = stats_of(m, leg);
	ck_assert_uint_eq(stats.rx_packets, 0);
	ck_assert_uint_eq(stats.rx_wrong_source, 8);
	ck_assert(!stats.latched);
	ck_assert_int_eq(stats.heard_us, 0);
	usher__mleg_play(m, leg,
			 &(struct usher__mplay_opts){&usher__mitem_beep, 1, 0,
						     0, false},
			 NULL);
	talk((struct voice[]){{&a, 0}, {&stranger, 0}}, 2, 10);
	ck_assert_uint_ge(a.packets, 5);
	ck_assert_uint_eq(stranger.packets, 0);
	ck_assert_int_eq(count_events(m, USHER__MEV_DIGIT), 0);
	ck_assert_int_eq(count_events(m, USHER__MEV_FIRST_PACKET), 0);
	peer_close(&stranger);
	usher__media_free(m);
}
END_TEST

/* Its signaling and its sound come through one translator; or everybody is
 * believed, as the owner wishes. */
START_TEST(leg__latches_to_where_signaling_comes_from)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	struct usher__mleg_stats stats;
	struct peer moved;
	uint64_t leg;

	peer_open_at(&moved, STRANGER_IP);
	peer_params(&a, &params);
	if (_i)
		params.any_source = true;
	else
		params.source_ip = STRANGER_IP;
	leg = peer_leg(m, &a, &params);
	settle();
	moved.to_port = a.to_port;
	talk(&(struct voice){&moved, 500}, 1, 3);
	settle();
	stats = stats_of(m, leg);
	ck_assert_uint_eq(stats.rx_packets, 3);
	ck_assert(stats.latched);
	/* Who was believed may not be any more. */
	params.any_source = false;
	params.source_ip = PEER_IP;
	params.remote_port++;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	settle();
	talk(&(struct voice){&moved, 500}, 1, 3);
	stats = stats_of(m, leg);
	ck_assert_uint_eq(stats.rx_packets, 3);
	ck_assert_uint_eq(stats.rx_wrong_source, 3);
	peer_close(&moved);
	usher__media_free(m);
}
END_TEST

START_TEST(hostile__random_bytes_on_both_ports)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_stats stats;
	uint8_t packet[300];
	uint32_t x = 5;
	uint64_t leg = peer_leg(m, &a, NULL);
	uint64_t other = peer_leg(m, &b, NULL);

	usher__media_bridge(m, leg, other);
	usher__mleg_meter(m, leg, true);
	settle();
	for (int i = 0; i < 4000; i++) {
		size_t n = x % sizeof(packet);

		for (size_t k = 0; k < n; k++) {
			x = x * 1664525u + 1013904223u;
			packet[k] = (uint8_t)(x >> 24);
		}
		packet[0] = (uint8_t)(0x80 | (packet[0] & 0x3f));
		if (i & 1)
			packet[1] &= 0x88;
		a.to_port = (uint16_t)(a.to_port ^ (i & 2 ? 1 : 0));
		peer_send(&a, packet, n);
		a.to_port = (uint16_t)(a.to_port & ~1u);
		if (i % 50 == 0)
			usleep(500);
		x = x * 1664525u + 1013904223u;
	}
	stats = stats_of(m, leg);
	ck_assert_uint_gt(stats.rx_bad, 100);
	ck_assert_uint_gt(stats.rx_packets, 20);
	usher__media_free(m);
}
END_TEST

START_TEST(hostile__flood_and_loop_are_limited)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	uint8_t packet[200], payload[160] = {0};
	uint64_t one, two;
	uint16_t one_port, two_port;
	struct usher__mleg_stats stats;

	/* Each leg is told that its peer is the other, and both are bridged:
	 * one packet would go round for ever. */
	usher__mleg_params_init(&params);
	params.remote_ip = MEDIA_IP;
	ck_assert_int_eq(usher__mleg_new(m, NULL, &one, &one_port), 0);
	ck_assert_int_eq(usher__mleg_new(m, NULL, &two, &two_port), 0);
	params.remote_port = two_port;
	ck_assert_int_eq(usher__mleg_set(m, one, &params), 0);
	params.remote_port = one_port;
	ck_assert_int_eq(usher__mleg_set(m, two, &params), 0);
	usher__media_bridge(m, one, two);
	settle();
	a.to_port = one_port;
	peer_send(&a, packet, peer_packet(&a, packet, 0, payload, 160));
	usher__mleg_play(m, one,
			 &(struct usher__mplay_opts){&usher__mitem_beep, 1, 0,
						     0, false},
			 NULL);
	sleep_ms(400);
	stats = stats_of(m, one);
	ck_assert_uint_le(stats.rx_packets, 2 * USHER__MLEG_PACKETS_PER_S);

	one = peer_leg(m, &b, NULL);
	settle();
	for (int i = 0; i < 2 * USHER__MLEG_PACKETS_PER_S; i++) {
		peer_send(&b, packet,
			  peer_packet(&b, packet, 0, payload, 160));
		if (i % 50 == 0)
			usleep(1000);
	}
	stats = stats_of(m, one);
	ck_assert_uint_ge(stats.rx_over, 100);
	ck_assert_uint_ge(stats.rx_packets, USHER__MLEG_PACKETS_PER_S);
	usher__media_free(m);
}
END_TEST

START_TEST(leg__comfort_noise_is_a_sign_of_life)
{
	struct usher__media *m = media_up(1);
	uint8_t packet[20], level = 70;
	uint64_t leg, other;
	int64_t heard_us;

	leg = peer_leg(m, &a, NULL);
	other = peer_leg(m, &b, NULL);
	usher__media_bridge(m, leg, other);
	settle();
	for (int i = 0; i < 10; i++) {
		talk((struct voice[]){{&a, 500}, {&b, 0}}, 2, 1);
		heard_us = stats_of(m, leg).heard_us;
		peer_send(&a, packet, peer_packet(&a, packet, 13, &level, 1));
		ck_assert_int_gt(stats_of(m, leg).heard_us, heard_us);
	}
	peer_receive(&b);
	ck_assert_uint_eq(stats_of(m, leg).rx_packets, 20);
	ck_assert_uint_eq(b.packets, 10);
	ck_assert_uint_eq(b.gaps, 0);
	usher__media_free(m);
}
END_TEST

START_TEST(leg__before_set_and_on_hold_takes_nothing)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	uint64_t leg;

	ck_assert_int_eq(usher__mleg_new(m, NULL, &leg, &a.to_port), 0);
	settle();
	talk(&(struct voice){&a, 500}, 1, 2);
	ck_assert_uint_eq(stats_of(m, leg).rx_unwanted, 2);
	peer_params(&a, &params);
	params.direction = USHER__SENDONLY;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	settle();
	talk(&(struct voice){&a, 500}, 1, 2);
	ck_assert_uint_eq(stats_of(m, leg).rx_unwanted, 4);
	usher__media_free(m);
}
END_TEST

START_TEST(leg__refuses_what_makes_no_sense)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_opts opts = {.bind_ip = "localhost"};
	struct usher__mleg_params params;
	uint64_t leg = 0;
	uint16_t port;

	ck_assert_int_eq(usher__mleg_new(m, &opts, &leg, &port), USHER_EINVAL);
	opts.bind_ip = "192.0.2.1"; /* nobody here */
	ck_assert_int_eq(usher__mleg_new(m, &opts, &leg, &port), USHER_EIO);
	ck_assert_uint_eq(leg, 0);
	leg = peer_leg(m, &a, NULL);
	peer_params(&a, &params);
	params.remote_ip = "example.org";
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), USHER_EINVAL);
	params.remote_ip = "239.1.2.3"; /* we flood no network */
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), USHER_EINVAL);
	params.remote_ip = "0.0.0.0";
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	params.remote_ip = "::1"; /* the socket speaks IPv4 */
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), USHER_EINVAL);
	peer_params(&a, &params);
	params.ptime_ms = 61;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), USHER_EINVAL);
	params.ptime_ms = 9;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), USHER_EINVAL);
	params.ptime_ms = 30;
	params.codec = USHER__MCODECS;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), USHER_EINVAL);
	params.codec = USHER__PCMA;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);

	usher__mleg_free(m, leg);
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), USHER_ENOENT);
	ck_assert_int_eq(usher__mleg_stop(m, leg, 0), USHER_ENOENT);
	ck_assert_int_eq(usher__mleg_meter(m, leg, true), USHER_ENOENT);
	ck_assert_int_eq(usher__media_unbridge(m, leg), USHER_ENOENT);
	ck_assert_int_eq(usher__mrec_attach(m, 0, leg, 0), USHER_ENOENT);
	usher__mleg_free(m, leg);
	usher__mleg_free(m, 12345);
	usher__media_free(m);
	usher__media_free(NULL);
}
END_TEST

START_TEST(leg__ipv6_is_bridged_with_ipv4)
{
	const struct usher__mleg_opts opts = {.bind_ip = "::1"};
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	struct usher__mheard heard;
	uint64_t six, end, four;
	uint16_t six_port, end_port;

	if (usher__mleg_new(m, &opts, &six, &six_port) == USHER_EIO) {
		usher__media_free(m); /* a machine without IPv6 */
		return;
	}
	ck_assert_int_eq(usher__mleg_new(m, &opts, &end, &end_port), 0);
	usher__mleg_params_init(&params);
	params.remote_ip = "::1";
	params.remote_port = end_port;
	ck_assert_int_eq(usher__mleg_set(m, six, &params), 0);
	params.remote_port = six_port;
	ck_assert_int_eq(usher__mleg_set(m, end, &params), 0);
	four = peer_leg(m, &a, NULL);
	usher__media_bridge(m, four, six);
	usher__mleg_meter(m, end, true);
	settle();
	talk(&(struct voice){&a, 800}, 1, 15);
	usher__mleg_heard(m, end, &heard);
	ck_assert_int_ge(heard.freq_hz, 798);
	ck_assert_int_le(heard.freq_hz, 802);
	usher__media_free(m);
}
END_TEST

START_TEST(leg__frame_length_is_what_was_agreed)
{
	static const uint8_t ptimes[] = {10, 20, 30, 40, 60};
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	uint64_t leg;

	peer_params(&a, &params);
	params.ptime_ms = ptimes[_i];
	leg = peer_leg(m, &a, &params);
	usher__mleg_play(m, leg,
			 &(struct usher__mplay_opts){&usher__mitem_beep, 1, 0,
						     0, false},
			 NULL);
	talk(&(struct voice){&a, 0}, 1, 22);
	ck_assert_uint_eq(a.last.length, ptimes[_i] * 8u);
	ck_assert_uint_eq(a.packets, (300u + ptimes[_i] - 1) / ptimes[_i]);
	ck_assert_uint_eq(a.gaps + a.ts_gaps, 0);
	usher__media_free(m);
}
END_TEST

START_TEST(leg__knows_when_it_last_heard_its_peer)
{
	struct usher__media *m = media_up(1);
	uint64_t leg = peer_leg(m, &a, NULL);
	int64_t before, first;

	ck_assert_int_eq(stats_of(m, leg).heard_us, 0);
	before = usher__media_now_us();
	talk(&(struct voice){&a, 500}, 1, 1);
	first = stats_of(m, leg).heard_us;
	ck_assert_int_ge(first, before);
	ck_assert_int_le(first, usher__media_now_us());
	talk(&(struct voice){&a, 500}, 1, 2);
	ck_assert_int_gt(stats_of(m, leg).heard_us, first);
	usher__media_free(m);
}
END_TEST

static void send_rtcp(struct peer *p, const uint8_t *buf, size_t n)
{
	union usher__maddr addr;

	usher__maddr_parse(MEDIA_IP, (uint16_t)(p->to_port + 1), &addr);
	sendto(p->rtcp_fd, buf, n, 0, &addr.sa, sizeof(addr.in));
}

START_TEST(rtcp__reports_go_both_ways)
{
	struct usher__media *m = media_up(1);
	struct usher__rtcp_block block = {.lost = 17, .jitter = 16};
	struct usher__rtcp_sender sender = {.packets = 50};
	struct usher__mleg_stats stats;
	struct usher__rtcp rtcp;
	uint8_t buf[1500];
	uint64_t leg = peer_leg(m, &a, NULL);
	ssize_t n = 0;

	usher__mleg_play(m, leg,
			 &(struct usher__mplay_opts){&usher__mitem_busy, 1, 0,
						     0, false},
			 NULL);
	sender.ntp = usher__media_ntp();
	for (int i = 0; i < 70 && n <= 0; i++) {
		size_t size;

		a.seq += i == 5; /* one is lost */
		talk(&(struct voice){&a, 500}, 1, 5);
		block.ssrc = a.last.ssrc;
		size = usher__rtcp_write(buf, a.ssrc, &sender, &block, "a");
		if (i == 3)
			send_rtcp(&a, buf, size);
		n = recv(a.rtcp_fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n > 0 && i < 8)
			n = 0; /* too early to tell: the next one */
	}
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(usher__rtcp_parse(buf, (size_t)n, a.ssrc, &rtcp), 0);
	ck_assert(rtcp.has_sender && rtcp.has_block);
	ck_assert_uint_eq(rtcp.ssrc, a.last.ssrc);
	ck_assert_uint_ge(rtcp.sender.packets, 20);
	ck_assert_int_eq(rtcp.block.lost, 1);
	ck_assert_uint_eq(rtcp.block.lsr, (uint32_t)(sender.ntp >> 16));

	/* An answer at once: next to no round trip. */
	block.lsr = (uint32_t)(rtcp.sender.ntp >> 16);
	block.dlsr = 0;
	send_rtcp(&a, buf, usher__rtcp_write(buf, a.ssrc, NULL, &block, "a"));
	stats = stats_of(m, leg);
	ck_assert_int_eq(stats.peer_lost, 17);
	ck_assert_uint_eq(stats.peer_jitter_us, 2000);
	ck_assert_uint_le(stats.rtt_us, 200000);
	ck_assert_int_eq(stats.rx_lost, 1);
	usher__media_free(m);
}
END_TEST

/* Waits for a report on that socket; its length, or less than nothing. */
static ssize_t next_report(int fd, uint8_t *buf, size_t size)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	ssize_t n = -1;

	while (poll(&wait, 1, USHER__MRTCP_US / 1000 + 2000) == 1) {
		n = recv(fd, buf, size, MSG_DONTWAIT);
		if (n > 0 && usher__rtcp_is(buf, (size_t)n))
			return n;
	}
	return -1;
}

/* RFC 5761; _i: on hold, where nothing else is taken. */
START_TEST(rtcp__goes_both_ways_by_the_port_of_rtp)
{
	struct usher__media *m = media_up(1);
	struct usher__rtcp_block block = {.jitter = 16};
	struct usher__mleg_params params;
	union usher__maddr addr;
	struct usher__rtcp rtcp;
	uint8_t buf[1500], sound[172] = {0x80};
	uint64_t leg;
	size_t size;
	ssize_t n;

	peer_params(&a, &params);
	params.rtcp_mux = true;
	leg = peer_leg(m, &a, &params);
	usher__maddr_parse(MEDIA_IP, a.to_port, &addr);
	sendto(a.fd, sound, sizeof(sound), 0, &addr.sa, sizeof(addr.in));
	while (!stats_of(m, leg).rx_packets)
		usleep(1000);
	params.direction = _i ? USHER__SENDONLY : USHER__SENDRECV;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	n = next_report(a.fd, buf, sizeof(buf));
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(usher__rtcp_parse(buf, (size_t)n, a.ssrc, &rtcp), 0);
	ck_assert_int_lt(recv(a.rtcp_fd, buf, sizeof(buf), MSG_DONTWAIT), 0);

	block.ssrc = rtcp.ssrc;
	size = usher__rtcp_write(buf, a.ssrc, NULL, &block, "a");
	sendto(a.fd, buf, size, 0, &addr.sa, sizeof(addr.in));
	for (int i = 0; i < 100 && !stats_of(m, leg).peer_reports; i++)
		usleep(10000);
	ck_assert_uint_eq(stats_of(m, leg).peer_reports, 1);
	ck_assert_uint_eq(stats_of(m, leg).peer_jitter_us, 2000);
	ck_assert_uint_eq(stats_of(m, leg).rx_bad, 0);

	/* No longer agreed upon: by a port of its own again. */
	params.rtcp_mux = false;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	ck_assert_int_gt(next_report(a.rtcp_fd, buf, sizeof(buf)), 0);
	usher__media_free(m);
}
END_TEST

TCase *hostile_case(void)
{
	TCase *tc = tcase_create("hostile");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, hostile__packets_are_counted_and_dropped);
	tcase_add_test(tc, hostile__third_address_is_ignored);
	tcase_add_test(tc, hostile__stranger_who_is_first_gets_nothing);
	tcase_add_test(tc, hostile__stranger_who_goes_on_is_told_once);
	tcase_add_loop_test(tc, leg__latches_to_where_signaling_comes_from, 0,
			    2);
	tcase_add_test(tc, hostile__random_bytes_on_both_ports);
	tcase_add_test(tc, hostile__flood_and_loop_are_limited);
	tcase_add_test(tc, leg__comfort_noise_is_a_sign_of_life);
	tcase_add_test(tc, leg__before_set_and_on_hold_takes_nothing);
	tcase_add_test(tc, leg__refuses_what_makes_no_sense);
	tcase_add_test(tc, leg__ipv6_is_bridged_with_ipv4);
	tcase_add_loop_test(tc, leg__frame_length_is_what_was_agreed, 0, 5);
	tcase_add_test(tc, leg__knows_when_it_last_heard_its_peer);
	tcase_add_test(tc, rtcp__reports_go_both_ways);
	tcase_add_loop_test(tc, rtcp__goes_both_ways_by_the_port_of_rtp, 0, 2);
	return tc;
}
