/* Presses of keys that go from a leg of one clock to one of another, as
 * telephone-events. */
#include <media/bytes.h>
#include <string.h>
#include "suites.h"
#include "world.h"

#define S    1000000 /* microseconds */
#define MS   1000
#define TALK USHER__MROLE_TALK

static struct world world;

static struct peer *peer(int i)
{
	return &world.parties[i].peer;
}

static struct usher__mleg *leg(int i)
{
	return &world.parties[i].leg;
}

static void setup(void)
{
	world_three(&world);
}

static void teardown(void)
{
	world_close(&world);
}

#define PRESSES 128

static struct {
	struct usher__rtp rtp;
	uint8_t payload[4];
} pressed[PRESSES];
static size_t press_count;

/* What a party is told of keys, sound apart. */
static void receive_keys(int i)
{
	uint8_t packet[2048];
	struct usher__rtp rtp;
	ssize_t n;

	while ((n = recv(peer(i)->fd, packet, sizeof(packet), MSG_DONTWAIT)) >
	       0) {
		ck_assert_int_eq(usher__rtp_parse(packet, (size_t)n, &rtp), 0);
		if (rtp.pt != 101 || press_count == PRESSES)
			continue;
		pressed[press_count].rtp = rtp;
		memcpy(pressed[press_count++].payload, packet + rtp.offset, 4);
	}
}

static void press(int i, char digit, int packets)
{
	uint8_t packet[USHER__RTP_HEADER + 4], payload[4];
	uint32_t unit = usher__mleg_te_clock(leg(i));
	uint32_t clock = peer_clock(peer(i));

	for (int k = 1; k <= packets; k++) {
		uint32_t total = 160 * unit * (uint32_t)k, later;
		uint16_t duration = usher__telev_segment(total, &later);
		struct usher__rtp rtp = {
			.pt = 101,
			.marker = k == 1,
			.seq = peer(i)->seq++,
			.ts = peer(i)->ts + later * clock / unit,
			.ssrc = peer(i)->ssrc,
		};

		usher__rtp_header(packet, &rtp);
		usher__telev_write(payload, (uint8_t)usher__telev_event(digit),
				   k == packets, duration);
		memcpy(packet + USHER__RTP_HEADER, payload, 4);
		world_take(&world, &world.parties[i], packet, sizeof(packet));
		receive_keys(1 - i);
		/* A mix goes on meanwhile, without sound for who is told. */
		world.w.now_us = world.tick_us;
		if (world.room->mode == USHER__MM_MIX)
			usher__mroom_tick(&world.w, world.room);
		world.tick_us += 20 * MS;
		receive_keys(1 - i);
	}
	peer(i)->ts += 160 * clock * (uint32_t)packets;
}

static int digits_told(void)
{
	struct usher__mevent ev;
	int count = 0;

	while (usher__mevents_pop(&world.m.events, &ev))
		count += ev.type == USHER__MEV_DIGIT;
	return count;
}

START_TEST(press__durations_are_of_the_others_clock)
{
	int from = _i % 2, to = 1 - from;
	/* The second is longer than 16 bits of 48 kHz can tell. */
	int packets = _i < 2 ? 5 : 75;
	uint32_t unit, told = 0;
	uint16_t seq;
	struct usher__telev telev = {0};
	int digits = 0;

	world_opus(&world, 0);
	leg(0)->params.te_tx_pt = leg(1)->params.te_tx_pt = 101;
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_run(&world, 2 * S);
	unit = peer_clock(peer(to));
	press_count = 0;
	seq = leg(to)->tx.seq;
	press(from, '7', packets);
	press(from, '7', 5);
	ck_assert_uint_ge(press_count, 10);
	for (size_t i = 0; i < press_count; i++) {
		const struct usher__rtp *rtp = &pressed[i].rtp;
		int digit =
			usher__telev_packet(&telev, rtp, pressed[i].payload,
					    usher__mleg_te_step(leg(to)));

		ck_assert_int_ge(digit, 0);
		digits += digit > 0;
		ck_assert(!digit || digit == '7');
		/* Nothing stands between the packets of a press. */
		if (i < 5)
			ck_assert_uint_eq((uint16_t)(rtp->seq - seq), i);
		told = rtp->ts - pressed[0].rtp.ts +
		       get16(pressed[i].payload + 2);
		if (i < (size_t)packets)
			ck_assert_uint_eq(told, 160 * unit * (i + 1));
	}
	ck_assert_int_eq(digits, 2);
	ck_assert_int_eq(digits_told(), 2);
	/* And sound goes on where the time is. */
	peer_forget(peer(to));
	world.parties[0].next_us = world.parties[0].plan_us =
		world.parties[1].next_us = world.parties[1].plan_us =
			world.tick_us;
	world_run(&world, world.tick_us + 1 * S);
	ck_assert_uint_eq(peer(to)->gaps, 0);
	party_hears_one(&world.parties[to], from ? 1100 : 500, 1.5);
}
END_TEST

START_TEST(press__between_two_with_opus_of_other_durations)
{
	int from = _i % 2, to = 1 - from;
	/* The second is longer than 16 bits of 48 kHz can tell. */
	uint32_t packets = _i < 2 ? 5 : 75;
	struct usher__telev telev = {0};
	uint32_t unit, step;
	int digits = 0;

	world_opus(&world, 0);
	world_opus(&world, 1);
	leg(0)->params.te_tx_pt = leg(1)->params.te_tx_pt = 101;
	leg(1)->params.te_fast = false; /* telephone-event/8000 */
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_run(&world, 2 * S);
	unit = usher__mleg_te_clock(leg(to));
	step = usher__mleg_te_step(leg(to));
	press_count = 0;
	press(from, '5', (int)packets);
	press(from, '5', 5);
	ck_assert_uint_eq(press_count, packets + 5);
	for (uint32_t i = 0; i < packets + 5; i++) {
		const struct usher__rtp *rtp = &pressed[i].rtp;
		int digit = usher__telev_packet(&telev, rtp,
						pressed[i].payload, step);

		ck_assert_int_ge(digit, 0);
		digits += digit > 0;
		if (i < packets)
			ck_assert_uint_eq(
				(rtp->ts - pressed[0].rtp.ts) * unit / 6 +
					get16(pressed[i].payload + 2),
				160 * unit * (i + 1));
	}
	ck_assert_int_eq(digits, 2);
	ck_assert_int_eq(digits_told(), 2);
}
END_TEST

/* A phone that counts anew under one SSRC. */
START_TEST(press__with_an_older_timestamp_is_passed_on)
{
	world_opus(&world, 0);
	leg(0)->params.te_tx_pt = leg(1)->params.te_tx_pt = 101;
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_run(&world, 2 * S);
	press_count = 0;
	press(0, '5', 5);
	peer(0)->ts -= 100000;
	press(0, '6', 5);
	ck_assert_uint_eq(press_count, 10);
	ck_assert_uint_eq(pressed[9].payload[0], 6);
	ck_assert_uint_ne(pressed[9].rtp.ts, pressed[0].rtp.ts);
	ck_assert_int_eq(digits_told(), 2);
}
END_TEST

/* Those who listen, hear; those who talk, press. */
START_TEST(press__is_passed_on_while_somebody_listens)
{
	leg(0)->params.te_tx_pt = leg(1)->params.te_tx_pt = 101;
	leg(2)->params.te_tx_pt = 101;
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_join(&world, 2, USHER__MROLE_LISTEN, 0);
	world_run(&world, 2 * S);
	press_count = 0;
	press(_i, '5', 5);
	ck_assert_uint_eq(press_count, 5);
	/* Whose is it where three talk? */
	world_leave(&world, 2);
	world_join(&world, 2, TALK, 0);
	press(_i, '5', 5);
	ck_assert_uint_eq(press_count, 5);
	ck_assert_int_eq(digits_told(), 2);
}
END_TEST

TCase *press_case(void)
{
	TCase *tc = tcase_create("press");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, press__durations_are_of_the_others_clock, 0,
			    4);
	tcase_add_loop_test(
		tc, press__between_two_with_opus_of_other_durations, 0, 4);
	tcase_add_test(tc, press__with_an_older_timestamp_is_passed_on);
	tcase_add_loop_test(tc, press__is_passed_on_while_somebody_listens, 0,
			    2);
	return tc;
}
