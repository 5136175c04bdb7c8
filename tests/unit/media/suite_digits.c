/* Digits by RFC 4733, out and in. */
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

static void send_digits(struct usher__media *m, uint64_t leg,
			const char *digits)
{
	const struct usher__mitem item = {.kind = USHER__MI_DIGITS,
					  .digits = digits};
	const struct usher__mplay_opts opts = {&item, 1, 0, 0, false};

	ck_assert_int_eq(usher__mleg_play(m, leg, &opts, NULL), 0);
}

static void collect(struct usher__media *m, char *digits, size_t size)
{
	struct usher__mevent ev;
	size_t n = strlen(digits);

	while (usher__media_next(m, &ev)) {
		if (ev.type == USHER__MEV_DIGIT && n + 1 < size)
			digits[n++] = ev.digit;
	}
	digits[n] = 0;
}

/* Makes the peers' streams each other's: what one leg sends, the other
 * leg gets. */
START_TEST(digits__cross_from_leg_to_leg)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	char got[32] = "";
	uint64_t from, to;
	uint16_t from_port, to_port;

	usher__mleg_params_init(&params);
	params.te_tx_pt = params.te_rx_pt = 96;
	params.remote_ip = MEDIA_IP;
	ck_assert_int_eq(usher__mleg_new(m, NULL, &from, &from_port), 0);
	ck_assert_int_eq(usher__mleg_new(m, NULL, &to, &to_port), 0);
	params.remote_port = to_port;
	ck_assert_int_eq(usher__mleg_set(m, from, &params), 0);
	params.remote_port = from_port;
	ck_assert_int_eq(usher__mleg_set(m, to, &params), 0);
	send_digits(m, from, "1123,#*D");
	for (int i = 0; i < 100; i++) {
		sleep_ms(20);
		collect(m, got, sizeof(got));
	}
	ck_assert_str_eq(got, "1123#*D");
	usher__media_free(m);
}
END_TEST

START_TEST(digits__go_out_by_the_rules_of_rfc_4733)
{
	struct usher__media *m = media_up(1);
	struct usher__mevent ev;
	uint64_t leg = peer_leg(m, &a, NULL);
	uint32_t ts = 0;
	uint16_t duration = 0;
	int ends = 0, packets = 0;
	uint8_t buf[2048];
	ssize_t n;

	send_digits(m, leg, "7");
	await_event(m, USHER__MEV_PLAY_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_END);
	while ((n = recv(a.fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		struct usher__rtp rtp;

		ck_assert_int_eq(usher__rtp_parse(buf, (size_t)n, &rtp), 0);
		if (rtp.pt != 101)
			continue;
		ck_assert_uint_eq(rtp.length, 4);
		ck_assert_uint_eq(buf[rtp.offset], 7);
		ck_assert(rtp.marker == (packets == 0));
		if (!packets++)
			ts = rtp.ts;
		ck_assert_uint_eq(rtp.ts, ts);
		ck_assert_uint_ge(buf[14] << 8 | buf[15], duration);
		duration = (uint16_t)(buf[14] << 8 | buf[15]);
		ends += buf[13] >> 7;
	}
	ck_assert_int_eq(ends, 3);
	ck_assert_int_eq(packets, 7);
	ck_assert_uint_eq(duration, 800);
	usher__media_free(m);
}
END_TEST

START_TEST(digits__are_relayed_with_the_other_sides_type)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	char got[8] = "";
	uint64_t leg_a, leg_b;

	leg_a = peer_leg(m, &a, NULL);
	peer_params(&b, &params);
	params.te_tx_pt = 96;
	leg_b = peer_leg(m, &b, &params);
	usher__media_bridge(m, leg_a, leg_b);
	settle();
	talk(&(struct voice){&a, 500}, 1, 3);
	peer_send_digit(&a, 101, '4', 5);
	talk((struct voice[]){{&a, 500}, {&b, 0}}, 2, 3);
	collect(m, got, sizeof(got));
	ck_assert_str_eq(got, "4");
	ck_assert_uint_eq(b.packets, 11);
	ck_assert_uint_eq(b.gaps, 0);

	/* A side without telephone-event sees neither it nor a gap. */
	params.te_tx_pt = USHER__NO_PT;
	usher__mleg_set(m, leg_b, &params);
	settle();
	peer_forget(&b);
	peer_send_digit(&a, 101, '5', 5);
	talk((struct voice[]){{&a, 500}, {&b, 0}}, 2, 3);
	settle();
	peer_receive(&b);
	ck_assert_uint_eq(b.packets, 3);
	ck_assert_uint_eq(b.gaps, 0);
	usher__media_free(m);
}
END_TEST

/* Packets of one press: so many units long, the last one maybe its end. */
static void hold_key(char digit, uint16_t from, uint16_t to, bool end)
{
	uint8_t packet[USHER__RTP_HEADER + 4], payload[4];

	for (uint16_t units = from; units <= to; units += 160) {
		usher__telev_write(payload, (uint8_t)usher__telev_event(digit),
				   end && units == to, units);
		peer_send(&a, packet,
			  peer_packet(&a, packet, 101, payload, 4));
	}
}

enum { FLASH = 16 };

static void flash(void)
{
	uint8_t packet[USHER__RTP_HEADER + 4], payload[4];

	usher__telev_write(payload, FLASH, true, 160);
	peer_send(&a, packet, peer_packet(&a, packet, 101, payload, 4));
}

/* What was pressed for a menu is not for who is joined meanwhile, by a relay
 * or a mix, nor is its end that comes again. */
START_TEST(digits__from_before_are_not_passed_on)
{
	struct usher__media *m = media_up(1);
	struct usher__mroom_opts room = {.room = 3, .role = USHER__MROLE_TALK};
	struct peer c;
	char got[8] = "";
	uint64_t leg_a = peer_leg(m, &a, NULL), leg_b = peer_leg(m, &b, NULL);
	uint64_t leg_c;

	peer_open(&c);
	leg_c = peer_leg(m, &c, NULL);
	settle();
	hold_key('4', 160, 480, _i % 2);
	settle();
	if (_i < 2) {
		usher__media_bridge(m, leg_a, leg_b);
	} else {
		usher__media_room(m, leg_a, &room);
		usher__media_room(m, leg_b, &room);
		room.role = USHER__MROLE_LISTEN;
		usher__media_room(m, leg_c, &room);
	}
	settle();
	peer_receive(&b);
	peer_forget(&b);
	hold_key('4', _i % 2 ? 480 : 640, _i % 2 ? 480 : 960, true);
	settle();
	peer_receive(&b);
	ck_assert_uint_eq(b.key_count, 0);
	collect(m, got, sizeof(got));
	ck_assert_str_eq(got, "4");

	/* Something that is no key is another matter, where it can be. */
	if (_i < 2) {
		a.ts += 800;
		flash();
		settle();
		peer_receive(&b);
		ck_assert_uint_eq(b.key_count, 1);
		ck_assert_uint_eq(b.keys[0].payload[0], FLASH);
		peer_forget(&b);
		collect(m, got, sizeof(got));
		ck_assert_str_eq(got, "4");
	}

	/* The next one is, also while they go from the one to the other, and
	 * nothing looks like a loss. */
	a.ts += 1600;
	hold_key('5', 160, 480, false);
	settle();
	room.role = USHER__MROLE_TALK;
	usher__media_room(m, leg_a, &room);
	usher__media_room(m, leg_b, &room);
	settle();
	hold_key('5', 640, 800, true);
	settle();
	peer_receive(&b);
	ck_assert_uint_eq(b.key_count, 5);
	ck_assert_uint_eq(b.keys[4].payload[1] >> 7, 1);
	ck_assert_uint_eq(b.gaps, 0);
	collect(m, got, sizeof(got));
	ck_assert_str_eq(got, "45");
	usher__media_free(m);
	peer_close(&c);
}
END_TEST

/* In that room, or where it is 0 in a bridge. */
static void meet(struct usher__media *m, uint64_t one, uint64_t other,
		 uint64_t room)
{
	struct usher__mroom_opts opts = {.room = room,
					 .role = USHER__MROLE_TALK};

	if (!room) {
		ck_assert_int_eq(usher__media_bridge(m, one, other), 0);
		return;
	}
	ck_assert_int_eq(usher__media_room(m, one, &opts), 0);
	ck_assert_int_eq(usher__media_room(m, other, &opts), 0);
}

/* The sender goes from one to another without being alone meanwhile: from a
 * bridge or a room, into a bridge or a room, on one thread or to another. */
START_TEST(digits__held_over_a_move_are_not_passed_on)
{
	struct usher__media *m = media_up(1 + (uint32_t)_i / 4);
	struct peer c;
	char got[8] = "";
	uint64_t leg_a = peer_leg(m, &a, NULL), leg_b = peer_leg(m, &b, NULL);
	uint64_t leg_c;

	peer_open(&c);
	leg_c = peer_leg(m, &c, NULL);
	meet(m, leg_b, leg_a, _i & 1 ? 3 : 0);
	settle();
	hold_key('4', 160, 480, false);
	settle();
	meet(m, leg_c, leg_a, _i & 2 ? 4 : 0);
	settle();
	hold_key('4', 640, 960, true);
	settle();
	peer_receive(&b);
	peer_receive(&c);
	ck_assert_uint_eq(b.key_count, 3);
	ck_assert_uint_eq(c.key_count, 0);
	a.ts += 1600;
	hold_key('5', 160, 480, true);
	settle();
	peer_receive(&c);
	ck_assert_uint_eq(c.key_count, 3);
	collect(m, got, sizeof(got));
	ck_assert_str_eq(got, "45");
	usher__media_free(m);
	peer_close(&c);
}
END_TEST

START_TEST(digits__once_each_under_loss_doubles_and_disorder)
{
	static const char sent[] = "0011223344556677";
	struct usher__media *m = media_up(1);
	uint8_t packets[8][16];
	char got[64] = "";
	uint32_t x = 99;

	peer_leg(m, &a, NULL);
	settle();
	for (int d = 0; sent[d]; d++) {
		for (int i = 0; i < 8; i++) {
			uint8_t payload[4];
			int ev = usher__telev_event(sent[d]);

			usher__telev_write(payload, (uint8_t)ev, i >= 5,
					   (uint16_t)(160 * (i + 1)));
			peer_packet(&a, packets[i], 101, payload, 4);
		}
		a.ts += 3200;
		/* Some lost, some twice, in any order; one at least. */
		for (int i = 0; i < 10; i++) {
			x = x * 1664525u + 1013904223u;
			peer_send(&a, packets[x >> 29], 16);
		}
		sleep_ms(60); /* a fast hand: under the limit a second */
		collect(m, got, sizeof(got));
	}
	settle();
	collect(m, got, sizeof(got));
	ck_assert_str_eq(got, sent);
	usher__media_free(m);
}
END_TEST

START_TEST(digits__stop_the_play_at_once_and_are_limited)
{
	const struct usher__mplay_opts opts = {&usher__mitem_ringback, 1, 0, 0,
					       true};
	struct usher__media *m = media_up(1);
	struct usher__mleg_stats stats;
	struct usher__mevent ev;
	uint64_t leg = peer_leg(m, &a, NULL);

	ck_assert_int_eq(usher__mleg_play(m, leg, &opts, NULL), 0);
	settle();
	peer_send_digit(&a, 101, '9', 1);
	await_event(m, USHER__MEV_PLAY_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_DIGIT);

	for (int i = 0; i < 100; i++)
		peer_send_digit(&a, 101, '9', 1);
	settle();
	ck_assert_int_lt(count_events(m, USHER__MEV_DIGIT), 45);
	usher__mleg_stats(m, leg, &stats);
	ck_assert_uint_ge(stats.digits_ignored, 55);
	usher__media_free(m);
}
END_TEST

TCase *digits_case(void)
{
	TCase *tc = tcase_create("digits");

	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, digits__cross_from_leg_to_leg);
	tcase_add_test(tc, digits__go_out_by_the_rules_of_rfc_4733);
	tcase_add_test(tc, digits__are_relayed_with_the_other_sides_type);
	tcase_add_loop_test(tc, digits__from_before_are_not_passed_on, 0, 4);
	tcase_add_loop_test(tc, digits__held_over_a_move_are_not_passed_on, 0,
			    8);
	tcase_add_test(tc, digits__once_each_under_loss_doubles_and_disorder);
	tcase_add_test(tc, digits__stop_the_play_at_once_and_are_limited);
	return tc;
}
