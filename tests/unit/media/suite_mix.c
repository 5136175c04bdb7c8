/* Rooms on a time of the test's own: who hears whom, and the seams between
 * relay and mix. */
#include <math.h>
#include <media/g711.h>
#include <media/play.h>
#include <stdlib.h>
#include <string.h>
#include "suites.h"
#include "world.h"

#define S     1000000 /* microseconds */
#define MS    1000
#define CLICK 1600
#define TALK  USHER__MROLE_TALK

static struct world world;

static struct peer *peer(int i)
{
	return &world.parties[i].peer;
}

static void setup(void)
{
	world_open(&world, 1 * S + 7 * MS);
	world_party(&world, 0, 500, 1 * S + 1 * MS);
	world_party(&world, 1, 1100, 1 * S + 4 * MS);
	world_party(&world, 2, 1700, 1 * S + 11 * MS);
}

static void teardown(void)
{
	world_close(&world);
}

/* Level of a frequency in the last 0.4 s that a party heard. */
static double hears(int i, double freq)
{
	struct peer *p = peer(i);

	ck_assert_uint_ge(p->samples, 3200);
	return usher__tone_level(p->pcm + p->samples - 3200, 3200, 8000, freq);
}

#define LOUD  (-13.0) /* an amplitude of 7000 is -10.1 dBm0 */
#define QUIET (-45.0)

static void assert_hears(int i, double freq)
{
	ck_assert_double_ge(hears(i, freq), LOUD);
}

static void assert_deaf(int i, double freq)
{
	ck_assert_double_le(hears(i, freq), QUIET);
}

static void assert_one_stream(int i)
{
	ck_assert_uint_eq(peer(i)->gaps, 0);
	ck_assert_uint_eq(peer(i)->ts_gaps, 0);
	ck_assert_uint_eq(peer(i)->ssrcs, 0);
	ck_assert_uint_le(peer(i)->markers, 1);
}

START_TEST(mix__each_hears_the_others_and_not_itself)
{
	for (int i = 0; i < 3; i++)
		world_join(&world, i, TALK, 0);
	ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
	world_run(&world, 3 * S);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_ge(peer(i)->packets, 98);
		assert_one_stream(i);
		for (int k = 0; k < 3; k++) {
			if (i == k)
				assert_deaf(i, world.parties[k].freq);
			else
				assert_hears(i, world.parties[k].freq);
		}
	}
}
END_TEST

START_TEST(mix__is_cut_and_never_wraps)
{
	static int16_t a[4] = {32000, -32000, 30000, 5};
	static const int16_t b[4] = {32000, -32000, -30000, 6};
	struct peer *p = peer(0);

	usher__mix_add(a, b, 4);
	ck_assert_int_eq(a[0], 32767);
	ck_assert_int_eq(a[1], -32768);
	ck_assert_int_eq(a[2], 0);
	ck_assert_int_eq(a[3], 11);

	world.parties[1].level = world.parties[2].level = 32000;
	world.parties[1].freq = world.parties[2].freq = 400;
	for (int i = 0; i < 3; i++)
		world_join(&world, i, TALK, 0);
	world.parties[2].next_us = world.parties[2].plan_us =
		world.parties[1].plan_us + 20000;
	world_run(&world, 2 * S);
	/* A loud tone that is cut has no step of more than its slope. */
	for (size_t i = 4001; i < p->samples; i++)
		ck_assert_int_lt(abs(p->pcm[i] - p->pcm[i - 1]), 26000);
	ck_assert_double_ge(usher__pcm_level(p->pcm + 4000, 1600), 0);
}
END_TEST

START_TEST(mix__listener_is_not_heard_and_whisper_by_one)
{
	world_party(&world, 3, 2300, 1 * S + 2 * MS);
	world_party(&world, 4, 2900, 1 * S + 2 * MS);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_join(&world, 3, USHER__MROLE_LISTEN, 0);
	world_join(&world, 4, USHER__MROLE_WHISPER, 1);
	world_run(&world, 2 * S);
	assert_hears(0, 1100);
	assert_deaf(0, 2300);
	assert_deaf(0, 2900);
	assert_hears(1, 500);
	assert_deaf(1, 2300);
	assert_hears(1, 2900);
	for (int i = 3; i <= 4; i++) {
		assert_hears(i, 500);
		assert_hears(i, 1100);
		assert_deaf(i, 2900);
		assert_deaf(i, 2300);
	}

	/* The listener barges in, the whisperer listens. */
	world_join(&world, 3, TALK, 0);
	world_join(&world, 4, USHER__MROLE_LISTEN, 0);
	world_run(&world, 3 * S);
	assert_hears(0, 2300);
	assert_hears(1, 2300);
	assert_deaf(1, 2900);
	assert_hears(4, 2300);

	/* One that whispers to somebody who leaves is heard by nobody. */
	world_join(&world, 4, USHER__MROLE_WHISPER, 1);
	world_leave(&world, 1);
	ck_assert_int_eq(world.parties[4].leg.seat.role, USHER__MROLE_LISTEN);
	world_run(&world, 4 * S);
	assert_deaf(0, 2900);
	assert_deaf(3, 2900);
	for (int i = 0; i < 5; i++)
		assert_one_stream(i);
}
END_TEST

START_TEST(mix__muted_is_not_heard_until_it_speaks)
{
	struct peer *b = peer(1);
	size_t from;

	for (int i = 0; i < (_i ? 3 : 2); i++)
		world_join(&world, i, TALK, 0);
	world_run(&world, 2 * S);
	assert_hears(1, 500);
	world.parties[0].leg.muted = true;
	from = b->samples;
	world_run(&world, 3 * S);
	assert_deaf(1, 500);
	assert_hears(0, 1100);
	world.parties[0].leg.muted = false;
	world_run(&world, 4 * S);
	assert_hears(1, 500);
	assert_one_stream(1);
	/* A mix fades out; a relay has no samples to do so. */
	if (_i) {
		world_leave(&world, 2);
		ck_assert_double_lt(click(b->pcm + from, 100, 500), 20000);
	}
}
END_TEST

/* --- seams ------------------------------------------------------------ */

/* Two who talk to each other, at all phases between their packets and the
 * ticks; a third who says nothing comes and goes at all phases too. What the
 * two hear is one tone without a click, with neither a packet lost nor one
 * doubled, in one stream. (No whole number of periods is in a packet.) */
START_TEST(seam__relay_and_mix_and_back_are_not_heard)
{
	int64_t at = 1 * S;

	world_close(&world);
	world_open(&world, at + _i % 20 * MS);
	world_party(&world, 0, 517, at + 3 * _i % 20 * MS);
	world_party(&world, 1, 983, at + 7 * _i % 20 * MS + 300);
	world_party(&world, 2, 0, 0);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
	at += 500 * MS;
	world_run(&world, at);
	ck_assert(!world.w.ticking);
	for (int round = 0; round < 8; round++) {
		/* From a moment, shorter than a tick, up to 0.2 s. */
		int64_t stay = round == 0   ? 0
			       : round == 1 ? 9 * MS
					    : 25 * MS * round;

		world.tick_us = at + (_i * 3 + round * 5) % 20 * MS + 1;
		world_join(&world, 2, TALK, 0);
		ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
		at += stay;
		world_run(&world, at);
		world_leave(&world, 2);
		ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
		at += (40 + 13 * round) * MS;
		world_run(&world, at);
	}
	for (int i = 0; i < 2; i++) {
		struct peer *p = peer(i);
		double said = (double)(at - 1 * S) / S * 8000;

		assert_one_stream(i);
		ck_assert_double_ge((double)p->samples, said - 400);
		ck_assert_double_le((double)p->samples, said + 161);
		ck_assert_double_lt(click(p->pcm, p->samples, i ? 517 : 983),
				    CLICK);
	}
}
END_TEST

static void enter(int i, struct usher__mroom *room)
{
	struct usher__mjoin join = {.room = room, .role = TALK};

	ck_assert_int_eq(usher__mear_new(&join.ear), 0);
	usher__mleg_join(&world.w, &world.parties[i].leg, &join);
	usher__mear_free(join.ear); /* it had one */
}

/* The same where each goes to a room of three and back to one of two, one
 * after the other: first the two, and then who comes to them; first who
 * leaves them, and then the two. */
START_TEST(seam__between_rooms_is_not_heard)
{
	struct usher__mroom *three = usher__mroom_new(), *two;
	int64_t at = 1 * S;

	world_close(&world);
	world_open(&world, at + _i % 20 * MS);
	world_party(&world, 0, 517, at + 3 * _i % 20 * MS);
	world_party(&world, 1, 983, at + 7 * _i % 20 * MS + 300);
	world_party(&world, 2, 0, 0);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	at += 500 * MS;
	world_run(&world, at);
	for (int round = 0; round < 8; round++) {
		world.tick_us = at + (_i * 3 + round * 5) % 20 * MS + 1;
		for (int i = 0; i < 3; i++)
			enter(i, three);
		ck_assert_int_eq(three->mode, USHER__MM_MIX);
		at += 25 * MS * round;
		world_run(&world, at);
		world_leave(&world, 2);
		two = usher__mroom_new();
		enter(round % 2, two);
		enter(1 - round % 2, two);
		ck_assert_int_eq(two->mode, USHER__MM_RELAY);
		usher__mroom_unref(two);
		at += (40 + 13 * round) * MS;
		world_run(&world, at);
	}
	for (int i = 0; i < 2; i++) {
		struct peer *p = peer(i);
		double said = (double)(at - 1 * S) / S * 8000;

		assert_one_stream(i);
		ck_assert_double_ge((double)p->samples, said - 400);
		ck_assert_double_le((double)p->samples, said + 161);
		ck_assert_double_lt(click(p->pcm, p->samples, i ? 517 : 983),
				    CLICK);
	}
	usher__mroom_unref(three);
}
END_TEST

/* How long a tone was away at most, after the first 0.2 s, in ms. */
static int gap_of(const struct peer *p)
{
	int now = 0, most = 0;

	for (size_t at = 1600; at + 40 <= p->samples; at += 40) {
		bool there = usher__pcm_level(p->pcm + at, 40) > -20;

		now = there ? 0 : now + 5;
		most = now > most ? now : most;
	}
	return most;
}

/* Of two who are transcoded, and so mixed in each of the rooms: what waits in
 * their buffers goes with them, and is not for who is there, too. */
START_TEST(seam__between_rooms_of_two_codecs_is_not_heard)
{
	struct usher__mroom *three = usher__mroom_new(), *two;
	int64_t at = 1 * S;

	world_close(&world);
	world_open(&world, at + _i % 20 * MS);
	world_party(&world, 0, 517, at + 3 * _i % 20 * MS);
	world_party(&world, 1, 983, at + 7 * _i % 20 * MS + 300);
	world_party(&world, 2, 0, 0);
	world_opus(&world, 0);
	enter(0, world.room);
	enter(1, world.room);
	at += 500 * MS;
	world_run(&world, at);
	for (int round = 0; round < 8; round++) {
		for (int i = 0; i < 3; i++)
			enter(i, three);
		ck_assert_int_eq(three->mode, USHER__MM_MIX);
		at += 25 * MS * round;
		world_run(&world, at);
		world_leave(&world, 2);
		two = usher__mroom_new();
		enter(round % 2, two);
		enter(1 - round % 2, two);
		ck_assert_int_eq(two->mode, USHER__MM_MIX);
		usher__mroom_unref(two);
		at += (40 + 13 * round) * MS;
		world_run(&world, at);
	}
	for (int i = 0; i < 2; i++) {
		assert_one_stream(i);
		ck_assert_int_eq(gap_of(peer(i)), 0);
	}
	usher__mroom_unref(three);
}
END_TEST

/* Nothing of what the others said. */
static void assert_heard_nothing(int i)
{
	ck_assert_uint_gt(peer(i)->samples, 6000);
	for (size_t at = 0; at + 40 <= peer(i)->samples; at += 40)
		ck_assert_double_lt(usher__pcm_level(peer(i)->pcm + at, 40),
				    -30);
}

/* Two who are mixed and have spoken, with much that waits in their buffers. */
static void two_speak(int64_t until_us)
{
	world_opus(&world, 0);
	world.parties[0].jitter_us = world.parties[1].jitter_us = 60 * MS;
	world.parties[2].freq = 0;
	enter(0, world.room);
	enter(1, world.room);
	world_run(&world, until_us);
}

static void two_are_silent(void)
{
	world.parties[0].level = world.parties[1].level = 0;
}

/* What two have said before a third comes to them, in the same turn, it does
 * not hear: they may have spoken of it. Nor if all go on to another room in
 * that turn, whoever is first. */
START_TEST(seam__who_comes_hears_nothing_from_before)
{
	struct usher__mroom *three = usher__mroom_new();
	struct usher__mroom *next = usher__mroom_new();
	int64_t at = 1500 * MS + _i / 2 * MS;

	two_speak(at);
	two_are_silent();
	for (int i = 0; i < 3; i++)
		enter(i, three);
	if (_i % 2) {
		enter(2, next);
		enter(0, next);
		enter(1, next);
	}
	world_run(&world, at + 1 * S);
	assert_heard_nothing(2);
	usher__mroom_unref(three);
	usher__mroom_unref(next);
}
END_TEST

/* The same if one of the two goes at once, and the other one is relayed. */
START_TEST(seam__who_comes_for_another_hears_nothing_from_before)
{
	int64_t at = 1500 * MS + _i * MS;

	two_speak(at);
	two_are_silent();
	enter(2, world.room);
	world_leave(&world, 0);
	ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
	world_run(&world, at + 1 * S);
	assert_heard_nothing(2);
}
END_TEST

/* The same while first words wait for their turn. Of G.711 alone: a packet of
 * Opus has what was said shortly before it, too. */
START_TEST(seam__who_comes_hears_no_first_words_from_before)
{
	int64_t at = 1500 * MS;

	world.parties[0].level = 0;
	two_speak(at);
	world_leave(&world, 0);
	world_leave(&world, 1);
	enter(0, world.room);
	enter(1, world.room);
	world_run(&world, at + _i * MS);
	two_are_silent();
	enter(2, world.room);
	world_run(&world, at + 1 * S + _i * MS);
	assert_heard_nothing(2);
}
END_TEST

/* With jitter something is made up here and left out there, but the streams
 * have neither a gap nor anything twice in their numbers and times. */
START_TEST(seam__jitter_breaks_no_stream)
{
	int64_t at = 1 * S;

	srand((unsigned)_i);
	for (int i = 0; i < 3; i++) {
		world.parties[i].jitter_us = 35 * MS;
		if (i < 2)
			world_join(&world, i, TALK, 0);
	}
	for (int round = 0; round < 12; round++) {
		at += 10 * MS + rand() % (400 * MS);
		world_run(&world, at);
		/* The timer begins when it is needed. */
		world.tick_us = at + 20 * MS;
		world_join(&world, 2, TALK, 0);
		at += rand() % (400 * MS);
		world_run(&world, at);
		world_leave(&world, 2);
	}
	world_run(&world, at + 1 * S);
	for (int i = 0; i < 2; i++) {
		double said = (double)(at - 1 * S) / S * 8000 + 8000;

		assert_one_stream(i);
		assert_hears(i, world.parties[1 - i].freq);
		ck_assert_double_ge((double)peer(i)->samples, said - 2400);
		ck_assert_double_le((double)peer(i)->samples, said + 2400);
	}
}
END_TEST

START_TEST(seam__plays_and_silence_are_no_trap)
{
	static const struct usher__mitem tone = {
		.kind = USHER__MI_TONE,
		.freq_hz = {700, 0},
		.level_db = -10,
	};
	const struct usher__mplay_opts opts = {&tone, 1, 0, 0, false};
	struct usher__mleg *leg = &world.parties[0].leg;
	struct usher__play *play;

	/* One of the two is silent and one hears a tone. */
	usher__sine_init(&world.m.sine);
	world.parties[0].freq = 0;
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_run(&world, 1500 * MS);
	ck_assert_int_eq(usher__play_new(&play, &opts, NULL, 1), 0);
	ck_assert_int_eq(usher__mevents_reserve(&world.m.events), 0);
	usher__mleg_play_begin(&world.w, leg, play);
	for (int i = 0; i < 25; i++) {
		usher__mleg_tick(&world.w, leg);
		world_run(&world, 1500 * MS + (i + 1) * 20 * MS);
		if (i == 10)
			world_join(&world, 2, TALK, 0);
	}
	assert_hears(0, 700);
	assert_deaf(0, 1100);
	usher__mleg_play_end(&world.w, leg, USHER__MR_STOPPED, 0, NULL);
	world_run(&world, 3 * S);
	assert_hears(0, 1100);
	assert_hears(0, 1700);
	assert_hears(1, 1700);
	/* It waits no longer than two ticks for who is silent. */
	world_leave(&world, 1);
	world_run(&world, 3500 * MS);
	assert_hears(0, 1700);
	ck_assert_uint_eq(peer(0)->gaps + peer(0)->ssrcs, 0);
	ck_assert_uint_eq(peer(1)->gaps + peer(1)->ssrcs, 0);
}
END_TEST

START_TEST(seam__held_ones_are_sent_nothing)
{
	uint32_t packets;

	for (int i = 0; i < 3; i++)
		world_join(&world, i, TALK, 0);
	world_run(&world, 2 * S);
	world.parties[0].leg.params.direction = USHER__INACTIVE;
	packets = peer(0)->packets;
	world_run(&world, 3 * S);
	ck_assert_uint_eq(peer(0)->packets, packets);
	assert_deaf(1, 500);
	world_leave(&world, 2);
	world_run(&world, 4 * S);
	ck_assert_uint_eq(peer(0)->packets, packets);
	world.parties[0].leg.params.direction = USHER__SENDRECV;
	world_run(&world, 5 * S);
	assert_hears(0, 1100);
	assert_hears(1, 500);
	ck_assert_uint_eq(peer(0)->gaps + peer(1)->gaps, 0);
}
END_TEST

START_TEST(mix__packets_of_any_ptime_and_codec)
{
	static const uint8_t ptime[] = {10, 20, 30, 60};

	for (int i = 0; i < 3; i++) {
		world.parties[i].leg.params.ptime_ms = ptime[(_i + i) % 4];
		if ((_i + i) % 2) {
			world.parties[i].leg.params.codec = USHER__PCMA;
			world.parties[i].leg.params.tx_pt = 8;
			peer(i)->codec = USHER__PCMA;
			peer(i)->pt = 8;
		}
		world_join(&world, i, TALK, 0);
	}
	world_run(&world, 3 * S);
	for (int i = 0; i < 3; i++) {
		assert_one_stream(i);
		ck_assert_uint_eq(peer(i)->last.length,
				  ptime[(_i + i) % 4] * 8);
		assert_hears(i, world.parties[(i + 1) % 3].freq);
		assert_hears(i, world.parties[(i + 2) % 3].freq);
	}
	/* What does not fill a packet when the mix ends is sent too. */
	world_leave(&world, 2);
	world_run(&world, 4 * S);
	assert_hears(0, 1100);
	ck_assert_uint_eq(peer(0)->gaps + peer(0)->ssrcs, 0);
}
END_TEST

/* So that a thread's rooms do not all mix in one burst. */
START_TEST(mix__rooms_are_spread_over_a_tick)
{
	struct usher__mroom *rooms[3];
	struct usher__mjoin join = {.role = TALK};
	uint32_t parts = 0;

	for (int i = 3; i < 6; i++)
		world_party(&world, i, 0, 0);
	for (int i = 0; i < 6; i++) {
		if (i % 2 == 0)
			rooms[i / 2] = usher__mroom_new();
		join.room = rooms[i / 2];
		join.role = i % 2 ? USHER__MROLE_LISTEN : TALK;
		ck_assert_int_eq(usher__mear_new(&join.ear), 0);
		usher__mleg_join(&world.w, &world.parties[i].leg, &join);
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(rooms[i]->mode, USHER__MM_MIX);
		ck_assert_uint_lt(rooms[i]->part, USHER__MTICK_PARTS);
		parts |= 1u << rooms[i]->part;
	}
	ck_assert_int_eq(__builtin_popcount(parts), 3);
	for (int i = 0; i < 6; i++)
		world_leave(&world, i);
	for (int i = 0; i < 3; i++)
		usher__mroom_unref(rooms[i]);
}
END_TEST

/* --- delay ------------------------------------------------------------ */

/* Where in what b heard the tone of a begins. */
static int64_t onset(const struct peer *p)
{
	for (size_t i = 0; i < p->samples; i++) {
		if (abs(p->pcm[i]) > 1000)
			return (int64_t)i;
	}
	return -1;
}

/* b's first packet comes out of the mix at a tick: a sample of a that came in
 * at some time goes out at most so much later. Not by the clock of the
 * machine but by the world's, at all phases. */
START_TEST(delay__is_under_30_ms_at_zero_jitter)
{
	int64_t first_tick = 1 * S, begin = 1100 * MS + _i * MS;
	int64_t in_us, out_us;

	world_close(&world);
	world_open(&world, first_tick);
	world_party(&world, 0, 700, begin);
	world_party(&world, 1, 0, 0);
	world_party(&world, 2, 0, 0);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, USHER__MROLE_LISTEN, 0);
	world_join(&world, 2, TALK, 0);
	world_run(&world, 2 * S);
	/* The tone's first sample above 1000 came with its first packet. */
	in_us = begin;
	out_us = first_tick + onset(peer(1)) / 160 * 20 * MS;
	ck_assert_int_ge(out_us, in_us);
	ck_assert_int_le(out_us - in_us, 20 * MS);
	ck_assert_uint_eq(world.parties[0].leg.seat.ear->jitter->late_packets,
			  0);
}
END_TEST

TCase *mix_case(void)
{
	TCase *tc = tcase_create("mix");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, mix__each_hears_the_others_and_not_itself);
	tcase_add_test(tc, mix__is_cut_and_never_wraps);
	tcase_add_test(tc, mix__listener_is_not_heard_and_whisper_by_one);
	tcase_add_loop_test(tc, mix__muted_is_not_heard_until_it_speaks, 0, 2);
	tcase_add_loop_test(tc, seam__relay_and_mix_and_back_are_not_heard, 0,
			    40);
	tcase_add_loop_test(tc, seam__between_rooms_is_not_heard, 0, 40);
	tcase_add_loop_test(tc, seam__between_rooms_of_two_codecs_is_not_heard,
			    0, 40);
	tcase_add_loop_test(tc, seam__who_comes_hears_nothing_from_before, 0,
			    40);
	tcase_add_loop_test(
		tc, seam__who_comes_for_another_hears_nothing_from_before, 0,
		20);
	tcase_add_loop_test(
		tc, seam__who_comes_hears_no_first_words_from_before, 0, 60);
	tcase_add_loop_test(tc, seam__jitter_breaks_no_stream, 0, 20);
	tcase_add_test(tc, seam__plays_and_silence_are_no_trap);
	tcase_add_test(tc, seam__held_ones_are_sent_nothing);
	tcase_add_loop_test(tc, mix__packets_of_any_ptime_and_codec, 0, 4);
	tcase_add_test(tc, mix__rooms_are_spread_over_a_tick);
	tcase_add_loop_test(tc, delay__is_under_30_ms_at_zero_jitter, 0, 20);
	return tc;
}
