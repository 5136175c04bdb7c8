/* Packets that were overtaken, lost or doubled on their way: who decodes them
 * gets each once and in order. */
#include <media/order.h>
#include <stdlib.h>
#include <string.h>
#include "suites.h"

#define S    1000000 /* microseconds */
#define MS   1000
#define TALK USHER__MROLE_TALK
#define SAID (-10.1) /* dBm0 of an amplitude of 7000 */

static struct usher__order order, other;
static struct usher__order_places places;
static struct usher__ordered packets[USHER__ORDER_KEPT];

static enum usher__order_fate fate_in(struct usher__order *o, uint16_t seq,
				      size_t length)
{
	const uint8_t payload[USHER__ORDER_LONG] = {(uint8_t)seq};
	const struct usher__rtp rtp = {
		.seq = seq,
		.ts = seq * 160u,
		.ssrc = 7,
		.length = length,
	};

	return usher__order_put(o, &rtp, 1, length ? payload : NULL, seq);
}

static enum usher__order_fate fate(uint16_t seq, size_t length)
{
	return fate_in(&order, seq, length);
}

static bool put(uint16_t seq, size_t length)
{
	return fate(seq, length) == USHER__FATE_TAKEN;
}

static int next(bool all)
{
	const struct usher__ordered *packet = usher__order_next(&order, all);

	if (!packet)
		return -1;
	ck_assert_int_eq(packet->at, packet->seq);
	ck_assert_uint_eq(packet->codec, 1);
	ck_assert_uint_eq(packet->payload[0], packet->seq & 0xff);
	return packet->seq;
}

static void start_with(bool keeps, uint8_t count)
{
	memset(&order, 0, sizeof(order));
	memset(&other, 0, sizeof(other));
	usher__order_places_init(&places, packets, count);
	usher__order_begin(&order, &places, keeps);
	usher__order_begin(&other, &places, keeps);
}

static void start(void)
{
	start_with(true, USHER__ORDER_KEPT);
}

static int free_places(void)
{
	int n = 0;

	for (uint8_t i = places.free; i != UINT8_MAX; i = packets[i].next)
		n++;
	return n;
}

/* Over the end of the numbers, each up to five places late, some lost, some
 * twice: each that came is given once, and none after a higher one. */
START_TEST(order__gives_each_once_by_its_number)
{
	enum { COUNT = 3000, PLACES = 5 };
	static int arrives[COUNT];
	int last = -1, given = 0, came = 0;

	srand((unsigned)_i);
	start();
	for (int i = 0; i < COUNT; i++)
		arrives[i] = i + rand() % (PLACES + 1);
	for (int at = 0; at < COUNT + PLACES; at++) {
		for (int i = at - PLACES; i <= at; i++) {
			int seq;

			if (i < 0 || i >= COUNT || arrives[i] != at)
				continue;
			/* The first tells where it begins. */
			if (i && i % 17 == 3)
				continue;
			came += put((uint16_t)(i + 65000), 160);
			if (i % 13 == 5)
				ck_assert_int_eq(
					fate((uint16_t)(i + 65000), 160),
					USHER__FATE_TWICE);
			while ((seq = next(false)) >= 0) {
				int n = (uint16_t)(seq - 65000);

				ck_assert_int_gt(n, last);
				last = n;
				given++;
			}
			ck_assert_uint_le(order.waiting, USHER__ORDER_WAIT);
		}
	}
	while (next(true) >= 0)
		given++;
	ck_assert_int_eq(given, came);
	/* Nothing but what was lost is missing: see i % 17 above. */
	ck_assert_int_ge(given, COUNT - COUNT / 17 - 1 - PLACES);
}
END_TEST

START_TEST(order__waits_for_so_many_and_no_longer)
{
	start();
	ck_assert(put(100, 160));
	ck_assert_int_eq(next(false), 100);
	for (uint16_t i = 0; i < USHER__ORDER_WAIT; i++) {
		ck_assert(put((uint16_t)(102 + i), 160));
		ck_assert_int_eq(next(false), -1);
	}
	ck_assert(put(102 + USHER__ORDER_WAIT, 160));
	for (uint16_t i = 0; i <= USHER__ORDER_WAIT; i++)
		ck_assert_int_eq(next(false), 102 + i);
	ck_assert_int_eq(next(true), -1);
	/* Given up, but of use to who begins in mid-stream. */
	ck_assert_int_eq(fate(101, 160), USHER__FATE_LATE);
	ck_assert_int_eq(next(true), -1);
	ck_assert_uint_eq(usher__order_kept(&order, 1)->seq, 101);
	ck_assert_int_eq(fate(101, 160), USHER__FATE_TWICE);
	/* Nobody knows any longer. */
	ck_assert_int_eq(fate(99, 160), USHER__FATE_LATE);

	/* Who cannot wait says so. */
	ck_assert(put(112, 160));
	ck_assert(put(110, 160));
	ck_assert_int_eq(next(false), -1);
	ck_assert_int_eq(usher__order_first(&order)->seq, 110);
	ck_assert_int_eq(next(true), 110);
	ck_assert_int_eq(next(false), -1);
	ck_assert(put(111, 160));
	ck_assert_int_eq(next(false), 111);
	ck_assert_int_eq(next(false), 112);
	ck_assert_ptr_null(usher__order_first(&order));
}
END_TEST

START_TEST(order__keys_have_numbers_and_nothing_waits_for_them)
{
	start();
	ck_assert(put(1, 160));
	ck_assert_int_eq(next(false), 1);
	for (uint16_t seq = 2; seq < 40; seq++)
		ck_assert(put(seq, 0));
	ck_assert(put(40, 160));
	ck_assert_int_eq(next(false), 40);
	/* Beyond a gap, too; they take no place of what is kept. */
	ck_assert(put(42, 0));
	ck_assert(put(43, 160));
	ck_assert_int_eq(next(false), -1);
	ck_assert(put(41, 160));
	ck_assert_int_eq(next(false), 41);
	ck_assert_int_eq(next(false), 43);
	ck_assert(!put(42, 0));
	ck_assert_uint_eq(order.count, 4);
}
END_TEST

START_TEST(order__another_stream_is_known)
{
	struct usher__rtp rtp = {.seq = 5, .ssrc = 7, .length = 160};

	start();
	ck_assert(usher__order_breaks(&order, &rtp));
	ck_assert(put(1000, 160));
	ck_assert(usher__order_breaks(&order, &rtp));
	rtp.seq = 1000 - USHER__ORDER_LATE;
	ck_assert(!usher__order_breaks(&order, &rtp));
	rtp.seq = 990;
	ck_assert(!usher__order_breaks(&order, &rtp));
	rtp.ssrc = 8;
	ck_assert(usher__order_breaks(&order, &rtp));
	rtp.ssrc = 7;
	rtp.seq = 999 + USHER__RTP_DROPOUT; /* 1000 waits yet */
	ck_assert(!usher__order_breaks(&order, &rtp));
	rtp.seq++;
	ck_assert(usher__order_breaks(&order, &rtp));
	/* Half the circle of numbers ahead, and beyond what that would be. */
	ck_assert_int_eq(next(true), 1000);
	ck_assert(put((uint16_t)(1000 + 32767), 160));
	ck_assert(put((uint16_t)(1000 - 40), 160));
	ck_assert_uint_eq(order.count, 1);
	ck_assert_int_eq(next(true), 1000 - 40);
	ck_assert(put(3, 160));
	ck_assert_int_eq(next(false), 3);
	ck_assert_int_eq(next(true), -1);
}
END_TEST

START_TEST(order__who_comes_in_order_has_no_place)
{
	start_with(false, 8);
	for (uint16_t seq = 65000; seq != 1000; seq++) {
		ck_assert_int_eq(fate(seq, 160), USHER__FATE_NOW);
		ck_assert_int_eq(fate_in(&other, seq, 160), USHER__FATE_NOW);
		ck_assert_int_eq(next(false), -1);
		ck_assert_int_eq(free_places(), 8);
	}
	ck_assert_int_eq(fate(999, 160), USHER__FATE_TWICE);
	ck_assert_int_eq(fate(1000, 0), USHER__FATE_TAKEN);
	/* A gap: those behind it wait, and give their places back. */
	ck_assert(put(1002, 160));
	ck_assert(put(1003, 160));
	ck_assert_int_eq(fate(1003, 160), USHER__FATE_TWICE);
	ck_assert_int_eq(next(false), -1);
	ck_assert_int_eq(free_places(), 6);
	ck_assert_int_eq(fate(1001, 160), USHER__FATE_NOW);
	ck_assert_int_eq(next(false), 1002);
	ck_assert_int_eq(next(false), 1003);
	ck_assert_int_eq(next(false), -1);
	ck_assert_int_eq(free_places(), 8);
	/* What waits twice is not to be taken twice. */
	ck_assert(put(1005, 160));
	ck_assert_int_eq(next(true), 1005);
	ck_assert_int_eq(fate(1005, 160), USHER__FATE_TWICE);
	ck_assert_int_eq(fate(1004, 160), USHER__FATE_LATE);
	ck_assert_int_eq(fate(1004, 160), USHER__FATE_TWICE);
	ck_assert_int_eq(next(false), -1);
	ck_assert_int_eq(free_places(), 8);
}
END_TEST

/* As many streams with a gap as there are, and more than have places. */
START_TEST(order__who_finds_no_place_passes)
{
	struct usher__rtp rtp = {.seq = 13, .ssrc = 7, .length = 160};

	start_with(false, 2);
	ck_assert_int_eq(fate_in(&other, 10, 160), USHER__FATE_NOW);
	ck_assert_int_eq(fate(10, 160), USHER__FATE_NOW);
	ck_assert_int_eq(fate_in(&other, 12, 160), USHER__FATE_TAKEN);
	ck_assert(put(12, 160));
	ck_assert_int_eq(next(false), -1);
	ck_assert_int_eq(fate(13, 160), USHER__FATE_FULL);
	ck_assert_int_eq(next(true), 12);
	ck_assert_int_eq(next(true), -1);
	ck_assert_int_eq(usher__order_pass(&order, &rtp), USHER__FATE_NOW);
	ck_assert_int_eq(usher__order_pass(&order, &rtp), USHER__FATE_TWICE);
	ck_assert_int_eq(fate(14, 160), USHER__FATE_NOW);
	ck_assert_int_eq(free_places(), 1);
	/* Another stream, another leg: the places come back. */
	rtp.ssrc = 8;
	ck_assert_int_eq(usher__order_pass(&other, &rtp), USHER__FATE_NOW);
	ck_assert_int_eq(free_places(), 2);
	ck_assert(put(20, 160));
	usher__order_begin(&order, NULL, false);
	ck_assert_int_eq(free_places(), 2);
	/* Without places nothing waits. */
	ck_assert_int_eq(fate(30, 160), USHER__FATE_NOW);
	ck_assert_int_eq(fate(32, 160), USHER__FATE_FULL);
	rtp.seq = 32;
	rtp.ssrc = 7;
	ck_assert_int_eq(usher__order_pass(&order, &rtp), USHER__FATE_NOW);
	ck_assert_int_eq(fate(31, 160), USHER__FATE_LATE);
}
END_TEST

TCase *order_case(void)
{
	TCase *tc = tcase_create("order");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, order__gives_each_once_by_its_number, 0, 3);
	tcase_add_test(tc, order__waits_for_so_many_and_no_longer);
	tcase_add_test(tc,
		       order__keys_have_numbers_and_nothing_waits_for_them);
	tcase_add_test(tc, order__another_stream_is_known);
	tcase_add_test(tc, order__who_comes_in_order_has_no_place);
	tcase_add_test(tc, order__who_finds_no_place_passes);
	return tc;
}
