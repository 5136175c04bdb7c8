/* The jitter buffer and what it makes up, on a time of the test's own. */
#include <math.h>
#include <media/g711.h>
#include <media/jitter.h>
#include <stdlib.h>
#include <string.h>
#include "suites.h"
#include "world.h"

#define CLICK 1600 /* quantizing a tone of 7000 steps by up to 600 */

struct line {
	struct usher__jitter *j;
	struct usher__rtp rtp;
	uint8_t codec;
	double phase, freq;
	int16_t pcm[800000];
	size_t samples;
};

static struct line line;

static void setup(void)
{
	memset(&line, 0, sizeof(line));
	line.freq = 517; /* no whole periods in a packet */
	line.rtp = (struct usher__rtp){
		.seq = 65530,
		.ts = 0xfffffe00u,
		.ssrc = 77,
		.length = 160,
	};
	ck_assert_int_eq(usher__jitter_new(&line.j), 0);
}

static void teardown(void)
{
	usher__jitter_free(line.j);
}

struct packet {
	struct usher__rtp rtp;
	uint8_t payload[1500];
};

static struct packet next_packet(size_t n)
{
	struct packet p = {.rtp = line.rtp};
	int16_t pcm[1500];

	for (size_t i = 0; i < n; i++) {
		pcm[i] = (int16_t)lrint(7000 * sin(line.phase));
		line.phase = fmod(line.phase + 2 * M_PI * line.freq / 8000,
				  2 * M_PI);
	}
	usher__g711_encode((enum usher__mcodec)line.codec, pcm, n, p.payload);
	p.rtp.length = n;
	line.rtp.seq++;
	line.rtp.ts += (uint32_t)n;
	return p;
}

static void put_late(const struct packet *p, uint32_t jitter)
{
	int16_t pcm[1500];
	const struct usher__mpiece piece = {
		.ssrc = p->rtp.ssrc,
		.ts = p->rtp.ts,
		.pcm = pcm,
		.n = p->rtp.length,
	};

	usher__g711_decode((enum usher__mcodec)line.codec, p->payload,
			   p->rtp.length, pcm);
	usher__jitter_put(line.j, &piece, jitter);
}

static void put(const struct packet *p)
{
	put_late(p, 0);
}

static void put_next(void)
{
	struct packet p = next_packet(160);

	put(&p);
}

static void pull(void)
{
	ck_assert_uint_le(line.samples + 160, 800000);
	usher__jitter_pull(line.j, line.pcm + line.samples, 160);
	line.samples += 160;
}

/* --- making up -------------------------------------------------------- */

static void tone(int16_t *pcm, size_t n, double freq, size_t from)
{
	for (size_t i = 0; i < n; i++)
		pcm[i] = (int16_t)lrint(7000 * sin(2 * M_PI * freq *
						   (double)(from + i) / 8000));
}

START_TEST(conceal__a_tone_goes_on_and_fades)
{
	static const double freqs[] = {110, 200, 440, 1000, 2210};
	double freq = freqs[_i];
	struct usher__plc plc;
	int16_t pcm[1600];

	usher__plc_init(&plc, false);
	tone(pcm, 800, freq, 0);
	for (int i = 0; i < 800; i += 160)
		usher__plc_good(&plc, pcm + i, 160, false);
	for (int i = 800; i < 1600; i += 80)
		usher__plc_lost(&plc, pcm + i, 80);
	/* Without a click, at first as loud, and gone after 60 ms. */
	ck_assert_double_lt(click(pcm + 700, 500, freq), 900);
	ck_assert_double_ge(usher__pcm_level(pcm + 800, 80),
			    usher__pcm_level(pcm, 800) - 2);
	ck_assert_double_le(usher__pcm_level(pcm + 1000, 80),
			    usher__pcm_level(pcm, 800) - 3);
	for (int i = 800 + 480; i < 1600; i++)
		ck_assert_int_eq(pcm[i], 0);
}
END_TEST

START_TEST(conceal__what_comes_back_is_faded_in)
{
	struct usher__plc plc;
	int16_t pcm[2400];

	usher__plc_init(&plc, true);
	tone(pcm, 2400, 310, 0);
	/* From silence, over a gap of odd length, and over a leap. */
	usher__plc_good(&plc, pcm, 400, false);
	usher__plc_good(&plc, pcm + 400, 400, false);
	usher__plc_lost(&plc, pcm + 800, 133);
	usher__plc_good(&plc, pcm + 933, 667, false);
	tone(pcm + 1600, 800, 310, 1613);
	usher__plc_good(&plc, pcm + 1600, 800, true);
	ck_assert_int_lt(abs(pcm[0]), 300);
	ck_assert_double_lt(click(pcm, 2400, 310), 900);
	ck_assert_uint_eq(plc.lost, 0);
}
END_TEST

START_TEST(conceal__extremes_do_not_wrap)
{
	struct usher__plc plc;
	int16_t pcm[320];

	usher__plc_init(&plc, false);
	for (int i = 0; i < 320; i++)
		pcm[i] = i / 20 % 2 ? 32767 : -32768;
	usher__plc_good(&plc, pcm, 320, false);
	usher__plc_lost(&plc, pcm, 80);
	for (int i = 2; i < 18; i++)
		ck_assert_int_lt(pcm[i], -20000);
	for (int i = 22; i < 38; i++)
		ck_assert_int_gt(pcm[i], 20000);
	usher__plc_good(&plc, pcm, 0, true);
	usher__plc_lost(&plc, pcm, 0);
}
END_TEST

/* --- the buffer ------------------------------------------------------- */

START_TEST(jitter__none_adds_nothing)
{
	struct packet p;
	int16_t pcm[160];

	line.codec = (uint8_t)_i;
	pull(); /* nothing came yet */
	ck_assert_double_le(usher__pcm_level(line.pcm, 160), -90);
	line.j->concealed = 0;
	put_next();
	pull();
	for (int i = 0; i < 500; i++) {
		p = next_packet(160);
		put(&p);
		ck_assert(usher__jitter_ready(line.j));
		ck_assert_uint_eq(usher__jitter_rest(line.j), 160);
		ck_assert_uint_eq(usher__jitter_ts(line.j), p.rtp.ts);
		usher__g711_decode((enum usher__mcodec)_i, p.payload, 160,
				   pcm);
		pull();
		/* The very samples, in the very tick. */
		ck_assert_mem_eq(pcm, line.pcm + line.samples - 160,
				 sizeof(pcm));
	}
	ck_assert_uint_eq(line.j->concealed, 0);
	ck_assert_uint_eq(usher__jitter_rest(line.j), 0);
}
END_TEST

START_TEST(jitter__losses_and_doubles_and_disorder_are_mended)
{
	struct packet a, b;

	for (int i = 0; i < 400; i++) {
		if (i % 20 == 7) { /* lost */
			next_packet(160);
		} else if (i % 20 == 12) { /* the other way round */
			a = next_packet(160);
			b = next_packet(160);
			put(&b);
			put(&a);
			pull();
			i++;
		} else if (i % 20 == 16) { /* thrice */
			a = next_packet(160);
			put(&a);
			put(&a);
			put(&a);
		} else {
			put_next();
		}
		pull();
	}
	ck_assert_double_lt(click(line.pcm + 160, line.samples - 160, 517),
			    CLICK);
	ck_assert_double_ge(
		usher__tone_level(line.pcm + 160, 60000, 8000, 517), -11);
	ck_assert_uint_eq(line.j->concealed, 20 * 160);
	ck_assert_uint_eq(line.j->late_packets, 0);
	ck_assert_uint_eq(line.j->resyncs, 0);
}
END_TEST

/* What came moves the timestamp of what is next; what is made up where the
 * delay grows does not. */
static void pull_in_time(void)
{
	uint64_t concealed = line.j->concealed;
	uint32_t ts = usher__jitter_ts(line.j);

	pull();
	ts = usher__jitter_ts(line.j) - ts;
	ck_assert_uint_le(ts, 640);
	if (line.j->concealed == concealed)
		ck_assert_uint_ge(ts, 160);
}

/* Packets that come by up to two ticks late: the delay grows once, and then
 * nothing has to be made up any more. */
START_TEST(jitter__delay_follows_lateness)
{
	struct packet waiting[3];
	int due[3], count = 0;
	uint64_t concealed;

	srand(7);
	for (int i = 0; i < 2000; i++) {
		waiting[count] = next_packet(160);
		due[count++] = i < 50 ? i : i + rand() % 3;
		for (int k = 0; k < count; k++) {
			if (due[k] > i)
				continue;
			put(&waiting[k]);
			waiting[k] = waiting[--count];
			due[k--] = due[count];
		}
		if (i < 50)
			pull();
		else
			pull_in_time();
		if (i == 1000)
			concealed = line.j->concealed;
	}
	ck_assert_uint_le(line.j->concealed - concealed, 10 * 160);
	ck_assert_uint_le(usher__jitter_rest(line.j), 4 * 160);
	ck_assert_double_ge(
		usher__tone_level(line.pcm + 160 * 1100, 160 * 800, 8000, 517),
		-13);
	ck_assert_uint_eq(line.j->resyncs, 0);
}
END_TEST

/* A packet that comes a tick too late is made up for, and then the delay is a
 * tick longer, which is made up once too. */
START_TEST(jitter__one_straggler_costs_two_frames)
{
	struct packet late;

	for (int i = 0; i < 100; i++) {
		if (i == 60)
			late = next_packet(160);
		else
			put_next();
		if (i == 61)
			put(&late);
		if (i)
			pull_in_time();
		else
			pull();
	}
	ck_assert_uint_eq(line.j->late_packets, 1);
	ck_assert_uint_eq(line.j->concealed, 2 * 160);
	ck_assert_uint_eq(usher__jitter_rest(line.j), 160);
	ck_assert_double_lt(click(line.pcm + 160, line.samples - 160, 517),
			    CLICK);
}
END_TEST

/* 200 ppm are 20 ms in 100 s: now and then a frame more or less, which is
 * faded over, and the delay stays what it was. */
START_TEST(jitter__clocks_that_drift_stay_together)
{
	double step = _i ? 20000 * (1 + 200e-6) : 20000 * (1 - 200e-6);
	double sent_us = 3000, tick_us = 10000;
	size_t most = 0;

	for (int i = 0; i < 25000; i++, tick_us += 20000) {
		for (; sent_us <= tick_us; sent_us += step)
			put_next();
		if (usher__jitter_rest(line.j) > most)
			most = usher__jitter_rest(line.j);
		memmove(line.pcm, line.pcm + 160, 160 * sizeof(*line.pcm));
		line.samples = 160;
		pull();
		if (i > 1)
			ck_assert_double_lt(click(line.pcm, 320, 517), CLICK);
	}
	ck_assert_uint_le(line.j->concealed, 12 * 160);
	ck_assert_uint_le(most, 3 * 160);
	ck_assert_uint_eq(line.j->resyncs, 0);
}
END_TEST

START_TEST(jitter__talk_spurts_begin_at_once)
{
	for (int spurt = 0; spurt < 5; spurt++) {
		size_t from = line.samples;

		for (int i = 0; i < 40; i++) {
			put_next();
			pull();
		}
		ck_assert_double_ge(
			usher__tone_level(line.pcm + from, 6400, 8000, 517),
			-11);
		/* A pause, in which the sender's clock goes on. */
		for (int i = 0; i < 10 + 20 * spurt; i++) {
			next_packet(160);
			pull();
		}
		ck_assert_double_le(
			usher__pcm_level(line.pcm + line.samples - 160, 160),
			-90);
	}
	ck_assert_uint_eq(line.j->resyncs, 0);
	ck_assert_double_lt(click(line.pcm, line.samples, 517), CLICK);

	/* One whose clock stood still meanwhile is taken up too. */
	for (int i = 0; i < 100; i++)
		pull();
	put_next();
	pull();
	ck_assert_double_ge(
		usher__pcm_level(line.pcm + line.samples - 160, 160), -14);
	/* And one that trembles waits for its stragglers. */
	for (int i = 0; i < 100; i++)
		pull();
	for (int i = 0; i < 3; i++) {
		struct packet p = next_packet(160);

		put_late(&p, 170);
		ck_assert_int_eq(usher__jitter_ready(line.j), i == 2);
		pull();
	}
	ck_assert_uint_eq(usher__jitter_rest(line.j), 320);
}
END_TEST

START_TEST(jitter__frames_of_any_length)
{
	static const size_t lengths[] = {80, 240, 480, 37, 1500};
	size_t n = lengths[_i], sent = 0;

	while (line.samples < 40000) {
		/* A packet comes when its last sample was said. */
		while (sent + n <= line.samples + 160) {
			struct packet p = next_packet(n);

			put(&p);
			sent += n;
		}
		pull();
	}
	ck_assert_uint_le(line.j->concealed, 2 * n + 160);
	ck_assert_double_lt(click(line.pcm + 8000, line.samples - 8000, 517),
			    CLICK);
	ck_assert_double_ge(
		usher__tone_level(line.pcm + 8000, 30000, 8000, 517), -11);
}
END_TEST

START_TEST(jitter__new_timelines_are_followed)
{
	uint32_t leaps[] = {100000, 0x80000000u, (uint32_t)-100000, 5000,
			    (uint32_t)-5000};

	for (size_t k = 0; k < 5; k++) {
		for (int i = 0; i < 30; i++) {
			put_next();
			pull();
		}
		ck_assert_double_ge(
			usher__pcm_level(line.pcm + line.samples - 1600, 1600),
			-11);
		line.rtp.ts += leaps[k];
	}
	line.rtp.ssrc++;
	line.rtp.ts = 5;
	put_next();
	pull();
	ck_assert_double_ge(
		usher__pcm_level(line.pcm + line.samples - 160, 160), -12);
	/* The sound of it all is one without clicks. */
	ck_assert_double_lt(click(line.pcm, line.samples, 517), CLICK);
}
END_TEST

START_TEST(jitter__what_was_heard_is_not_said_again)
{
	struct packet old = next_packet(160), new = next_packet(160);

	usher__jitter_reset_after(line.j, old.rtp.ssrc, new.rtp.ts);
	put(&old);
	ck_assert(!usher__jitter_ready(line.j));
	put(&new);
	put(&old);
	ck_assert_uint_eq(line.j->late_packets, 2);
	pull();
	ck_assert_uint_eq(usher__jitter_ts(line.j), new.rtp.ts + 160);
	/* Not faded in: it goes on from what was heard. */
	ck_assert_double_ge(usher__pcm_level(line.pcm, 40), -14);
	/* But a sender that begins afresh is not kept out for ever. */
	usher__jitter_reset_after(line.j, old.rtp.ssrc, new.rtp.ts);
	for (int i = 0; i < USHER__MJITTER_LATE; i++)
		put(&old);
	ck_assert(usher__jitter_ready(line.j));
}
END_TEST

START_TEST(jitter__far_futures_do_not_fill_it)
{
	for (int i = 0; i < 1000; i++) {
		struct packet p = next_packet(160);

		p.rtp.ts += (uint32_t)i * 3001;
		put(&p);
		if (i % 7 == 0)
			pull();
	}
	for (int i = 0; i < 30; i++) {
		put_next();
		pull();
	}
	ck_assert_double_ge(
		usher__pcm_level(line.pcm + line.samples - 1600, 1600), -11);
}
END_TEST

/* What the decoder had no more use for may be due here yet: what is there in
 * its place is said. */
START_TEST(jitter__late_ones_that_are_ahead_take_no_place)
{
	uint64_t told = 0;

	put_next();
	put_next();
	for (int i = 0; i < 50; i++) {
		put_next();
		pull();
		/* In the place of the one that was given. */
		if (usher__jitter_rest(line.j) < 160)
			continue;
		usher__jitter_late(line.j, line.rtp.ts - 160, 160);
		told++;
	}
	ck_assert_uint_ge(told, 10);
	ck_assert_uint_eq(line.j->late_packets, told);
	ck_assert_uint_eq(line.j->concealed, 0);
	ck_assert_uint_eq(line.j->resyncs, 0);
}
END_TEST

static int slots_used(void)
{
	int count = 0;

	for (int i = 0; i < USHER__MJITTER_SLOTS; i++)
		count += line.j->slots[i].used;
	return count;
}

/* A piece of which only the last few samples come in time is cut into parts
 * that do and that do not; none is kept for good. */
START_TEST(jitter__long_pieces_late_in_part_use_nothing_up)
{
	static const size_t lengths[] = {480, 640, 1400};
	size_t n = lengths[_i];

	for (int i = 0; i < 1000; i++) {
		struct packet p;

		put_next();
		pull();
		if (i < 20 || i % 5)
			continue;
		p = next_packet(n);
		line.rtp.ts = p.rtp.ts;
		line.rtp.seq--;
		p.rtp.ts = usher__jitter_ts(line.j) - (uint32_t)n + 10;
		put(&p);
		ck_assert_int_le(slots_used(), 24);
	}
	usher__jitter_reset(line.j);
	ck_assert_int_eq(slots_used(), 0);
}
END_TEST

/* What comes in 60 ms late by 25 is said whole once the delay has grown. */
START_TEST(jitter__delay_follows_long_pieces_late_in_part)
{
	uint64_t concealed = 0;

	for (int i = 0; i < 1500; i++) {
		static struct packet p;

		if (i % 3 == 0)
			p = next_packet(480);
		if (i < 30 ? i % 3 == 0 : i % 3 == 1)
			put(&p);
		pull();
		if (i == 750)
			concealed = line.j->concealed;
	}
	ck_assert_uint_le(line.j->concealed - concealed, 2 * 160);
	ck_assert_uint_eq(line.j->resyncs, 0);
}
END_TEST

/* More than waits in it starts it anew, in a bounded time. */
START_TEST(jitter__more_than_it_holds_starts_it_anew)
{
	struct packet p;

	put_next();
	pull();
	p = next_packet(1500);
	for (int i = 0; i < 6; i++)
		put(&p);
	ck_assert_uint_eq(line.j->resyncs, 1);
	ck_assert_int_eq(slots_used(), 60 - USHER__MJITTER_SLOTS);
	pull();
	ck_assert_double_ge(usher__pcm_level(line.pcm + 160, 160), -14);
}
END_TEST

/* Who comes to a sender like that is not to wait for its far future. */
START_TEST(jitter__far_futures_are_not_waited_for)
{
	int16_t pcm[160];
	struct packet p = next_packet(160);

	put_late(&p, 0);
	ck_assert_uint_eq(usher__jitter_waits(line.j), 160);
	line.rtp.ts += 100000;
	p = next_packet(160);
	put_late(&p, 0);
	ck_assert_uint_eq(usher__jitter_waits(line.j), 320);
	usher__jitter_pull(line.j, pcm, 160);
	ck_assert_uint_ge(usher__jitter_rest(line.j), 100000);
	ck_assert_uint_le(usher__jitter_waits(line.j), USHER__MJITTER_WAITS);
}
END_TEST

TCase *jitter_case(void)
{
	TCase *tc = tcase_create("jitter");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, conceal__a_tone_goes_on_and_fades, 0, 5);
	tcase_add_test(tc, conceal__what_comes_back_is_faded_in);
	tcase_add_test(tc, conceal__extremes_do_not_wrap);
	tcase_add_loop_test(tc, jitter__none_adds_nothing, 0, 2);
	tcase_add_test(tc, jitter__losses_and_doubles_and_disorder_are_mended);
	tcase_add_test(tc, jitter__delay_follows_lateness);
	tcase_add_test(tc, jitter__one_straggler_costs_two_frames);
	tcase_add_loop_test(tc, jitter__clocks_that_drift_stay_together, 0, 2);
	tcase_add_test(tc, jitter__talk_spurts_begin_at_once);
	tcase_add_loop_test(tc, jitter__frames_of_any_length, 0, 5);
	tcase_add_test(tc, jitter__late_ones_that_are_ahead_take_no_place);
	tcase_add_loop_test(
		tc, jitter__long_pieces_late_in_part_use_nothing_up, 0, 3);
	tcase_add_test(tc, jitter__delay_follows_long_pieces_late_in_part);
	tcase_add_test(tc, jitter__more_than_it_holds_starts_it_anew);
	tcase_add_test(tc, jitter__new_timelines_are_followed);
	tcase_add_test(tc, jitter__what_was_heard_is_not_said_again);
	tcase_add_test(tc, jitter__far_futures_do_not_fill_it);
	tcase_add_test(tc, jitter__far_futures_are_not_waited_for);
	return tc;
}
