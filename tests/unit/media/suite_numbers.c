/* Numbers and timestamps of a relayed stream, whatever its sender makes of its
 * own: who hears it is as strict as RFC 3550 lets it be, and hears what can be
 * heard. */
#include <media/bytes.h>
#include <media/mvideo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "suites.h"
#include "world.h"

#define MS       1000
#define FRAMES   200
#define LONG     70000 /* packets: more than there are numbers */
#define BEHIND   64    /* of the newest: so late is no use to anybody */
#define AHEAD    (2 * 8000)
#define NOISE    13
#define VIDEO_PT 96

static struct world world;

/* Who hears it. */
static struct {
	bool began;
	uint32_t ssrc, ts;
	uint16_t seq;
	uint64_t seen; /* bit n: seq - n */
	int64_t at_us; /* of ts */
	uint32_t sounds, events, gaps, markers;
} ear;

static void setup(void)
{
	memset(&ear, 0, sizeof(ear));
	world_open(&world, 1);
	for (int i = 0; i < 2; i++) {
		world_party(&world, i, 0, 0);
		world.parties[i].leg.params.te_tx_pt = 101;
		world_join(&world, i, USHER__MROLE_TALK, 0);
	}
	ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
}

static void teardown(void)
{
	world_close(&world);
}

/* --- the other end ---------------------------------------------------- */

/* A number comes once, no more than so many behind the newest, and none is
 * beyond what RFC 3550, A.1, takes for the same stream. */
static bool hear_number(uint16_t seq)
{
	int step = (int16_t)(uint16_t)(seq - ear.seq);

	if (!ear.began)
		step = 1;
	if (step <= 0) {
		ck_assert_int_gt(step, -BEHIND);
		ck_assert(!(ear.seen & (uint64_t)1 << -step));
		ear.seen |= (uint64_t)1 << -step;
		return false;
	}
	ck_assert_int_lt(step, USHER__RTP_DROPOUT);
	ear.seen = (step < 64 ? ear.seen << step : 0) | 1;
	ear.gaps += step > 1;
	ear.seq = seq;
	return true;
}

/* Sound goes on, and not into a future that nobody waits for. */
static void hear_time(uint32_t ts)
{
	int32_t on = (int32_t)(ts - ear.ts);
	int64_t passed = (world.w.now_us - ear.at_us) / 125;

	if (ear.sounds) {
		ck_assert_int_gt(on, 0);
		ck_assert_int_le(on, passed + AHEAD);
	}
	ear.ts = ts;
	ear.at_us = world.w.now_us;
}

static void hear_all(void)
{
	uint8_t packet[2048];
	struct usher__rtp rtp;
	ssize_t n;

	while ((n = recv(world.parties[1].peer.fd, packet, sizeof(packet),
			 MSG_DONTWAIT)) > 0) {
		ck_assert_int_eq(packet[0], 0x80);
		ck_assert_int_le(n, USHER__RTP_PACKET_MAX);
		ck_assert_int_eq(usher__rtp_parse(packet, (size_t)n, &rtp), 0);
		ck_assert(!ear.began || rtp.ssrc == ear.ssrc);
		ear.ssrc = rtp.ssrc;
		ear.markers += rtp.marker;
		if (rtp.pt == 101) {
			ck_assert_uint_ge(rtp.length, USHER__TELEV_BYTES);
			(void)hear_number(rtp.seq);
			ear.events++;
		} else if (rtp.pt == VIDEO_PT) {
			(void)hear_number(rtp.seq);
			ear.sounds++;
		} else {
			ck_assert_uint_eq(rtp.pt, 0);
			if (hear_number(rtp.seq))
				hear_time(rtp.ts);
			ear.sounds++;
		}
		ear.began = true;
	}
}

/* --- this end --------------------------------------------------------- */

struct shot {
	struct usher__rtp rtp;
	uint8_t bits; /* of the first byte, in place of version 2 alone */
	size_t n;     /* bytes of payload */
};

static struct shot shot_of(int i)
{
	return (struct shot){
		.rtp = {.seq = (uint16_t)(60000 + i),
			.ts = 0xfffff000u + 160u * (uint32_t)i,
			.ssrc = 77},
		.bits = 0x80,
		.n = 160,
	};
}

/* With CSRCs, an extension and padding where its bits say so. */
static void shoot(const struct shot *shot)
{
	uint8_t packet[USHER__RTP_PACKET_MAX + 1] = {0};
	size_t at = USHER__RTP_HEADER, csrcs = (shot->bits & 0x0fu) * 4u;

	usher__rtp_header(packet, &shot->rtp);
	packet[0] = shot->bits;
	at += csrcs;
	if (shot->bits & 0x10) {
		put16(packet + at, 0xbede);
		put16(packet + at + 2, 2);
		at += 12;
	}
	memset(packet + at, 0x55, shot->n);
	at += shot->n;
	if (shot->bits & 0x20) {
		at += 8;
		packet[at - 1] = 8;
	}
	world_take(&world, &world.parties[0], packet, at);
	hear_all();
}

static void pass(int ms)
{
	world.w.now_us += ms * MS;
}

static const struct usher__mcounts *counts(int i)
{
	return &world.parties[i].leg.counts;
}

/* What becomes of the numbers of frame i; how many are to be heard. */
struct attack {
	void (*change)(struct shot *shot, int i);
	uint32_t heard; /* packets of sound, at least */
	uint32_t gaps;  /* at most */
};

static uint32_t scramble(int i)
{
	return (uint32_t)(i + 1) * 2654435761u;
}

static void half_circle(struct shot *s, int i)
{
	s->rtp.seq = (uint16_t)(i * 32768);
}

static void any_number(struct shot *s, int i)
{
	s->rtp.seq = (uint16_t)(scramble(i) >> 16);
}

static void far_ahead(struct shot *s, int i)
{
	s->rtp.seq = (uint16_t)(i * 2990);
}

static void new_source(struct shot *s, int i)
{
	s->rtp.ssrc = scramble(i);
}

static void new_source_and_number(struct shot *s, int i)
{
	any_number(s, i);
	s->rtp.ts = scramble(i + 7);
	new_source(s, i);
}

static void back_in_time(struct shot *s, int i)
{
	s->rtp.ts = 5000 - 160u * (uint32_t)i;
}

static void no_time(struct shot *s, int i)
{
	(void)i;
	s->rtp.ts = 5000;
}

static void any_time(struct shot *s, int i)
{
	s->rtp.ts = scramble(i);
}

static void half_circle_of_time(struct shot *s, int i)
{
	s->rtp.ts = (uint32_t)i << 31;
}

static void days_of_time(struct shot *s, int i)
{
	s->rtp.ts = 1000000u * (uint32_t)i;
}

static void markers(struct shot *s, int i)
{
	(void)i;
	s->rtp.marker = true;
}

static void all_there_is(struct shot *s, int i)
{
	s->bits = (uint8_t)(0x80 | (scramble(i) >> 24 & 0x3f));
}

static void no_version(struct shot *s, int i)
{
	if (i % 2)
		s->bits = (uint8_t)(i << 6 & 0x40);
}

static void other_types(struct shot *s, int i)
{
	static const uint8_t types[] = {0, NOISE, 8, 18, 72, 127, 8, 34};

	s->rtp.pt = types[i % 8];
}

static void large(struct shot *s, int i)
{
	(void)i;
	s->n = 1400;
}

static void small(struct shot *s, int i)
{
	s->n = (size_t)i % 7;
}

/* Once, and goes on from there. */
static void steps_back(struct shot *s, int i)
{
	if (i >= 100)
		s->rtp.seq = (uint16_t)(s->rtp.seq - 500);
}

/* One now and then that was on its way for ten seconds. */
static void stragglers(struct shot *s, int i)
{
	if (i % 10 != 9)
		return;
	s->rtp.seq = (uint16_t)(s->rtp.seq - 500);
	s->rtp.ts -= 500 * 160;
}

/* An event that is none. */
static void stumps(struct shot *s, int i)
{
	if (i % 2)
		return;
	s->rtp.pt = 101;
	s->n = 1 + (size_t)i % 3;
}

static const struct attack attacks[] = {
	{half_circle, FRAMES, 0},
	{any_number, FRAMES, 0},
	{far_ahead, FRAMES, 0},
	{new_source, FRAMES, 0},
	{new_source_and_number, FRAMES, 0},
	{back_in_time, FRAMES, 0},
	{no_time, FRAMES, 0},
	{any_time, FRAMES, 0},
	{half_circle_of_time, FRAMES, 0},
	{days_of_time, FRAMES, 0},
	{markers, FRAMES, 0},
	{all_there_is, FRAMES, 0},
	{no_version, FRAMES / 2, FRAMES / 2},
	{other_types, FRAMES * 3 / 8, FRAMES / 2},
	{large, FRAMES, 0},
	{small, FRAMES * 6 / 7, FRAMES / 7 + 1},
	{steps_back, FRAMES - 2, 1},
	{stragglers, FRAMES * 9 / 10, FRAMES / 10},
	{stumps, FRAMES / 2, 0},
};
#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

START_TEST(numbers__are_what_rfc_3550_wants_whatever_comes)
{
	const struct attack *attack = &attacks[_i];
	struct shot shot;

	for (int i = 0; i < FRAMES; i++) {
		shot = shot_of(i);
		attack->change(&shot, i);
		pass(20);
		shoot(&shot);
	}
	ck_assert_uint_ge(ear.sounds, attack->heard);
	ck_assert_uint_le(ear.gaps, attack->gaps);
	ck_assert_uint_eq(ear.events, 0);
	/* No more of them than packets came. */
	ck_assert_uint_le(usher__mread(counts(1)->tx_numbers), FRAMES);
	ck_assert_uint_eq(usher__mread(counts(1)->tx_errors), 0);
	/* And then it behaves. */
	ear.sounds = ear.gaps = 0;
	for (int i = 0; i < FRAMES; i++) {
		shot = shot_of(i + 10000);
		pass(20);
		shoot(&shot);
	}
	ck_assert_uint_ge(ear.sounds, FRAMES - 2);
	ck_assert_uint_le(ear.gaps, 1);
}
END_TEST

/* In one stream there are more packets than numbers. */
START_TEST(numbers__go_round_and_nobody_falls_silent)
{
	for (int i = 0; i < LONG; i++) {
		struct shot shot = shot_of(i);

		pass(20);
		shoot(&shot);
	}
	ck_assert_uint_eq(ear.sounds, LONG);
	ck_assert_uint_eq(ear.gaps, 0);
}
END_TEST

START_TEST(numbers__of_pictures_go_round_too)
{
	for (int i = 0; i < 2; i++) {
		struct usher__mleg *leg = &world.parties[i].leg;

		world_leave(&world, i);
		leg->kind = USHER__MKIND_VIDEO;
		ck_assert_int_eq(usher__mvideo_new(leg), 0);
		leg->params.video.tx_pt = VIDEO_PT;
		leg->params.video.rx_pt = VIDEO_PT;
	}
	for (int i = 0; i < 2; i++)
		world_join(&world, i, USHER__MROLE_TALK, 0);
	for (int i = 0; i < LONG; i++) {
		struct shot shot = shot_of(i);

		shot.rtp.pt = VIDEO_PT;
		pass(1);
		shoot(&shot);
	}
	ck_assert_uint_eq(ear.sounds, LONG);
	ck_assert_uint_eq(ear.gaps, 0);
	for (int i = 0; i < 2; i++)
		free(world.parties[i].leg.video);
}
END_TEST

/* Sound and comfort noise come doubled, late, and under one number. */
START_TEST(numbers__are_given_once)
{
	uint32_t want = 0;

	for (int i = 0; i < FRAMES; i++) {
		struct shot shot = shot_of(i), late = shot_of(i - 1);

		pass(20);
		/* Noise that the sound after it has overtaken. */
		if (i % 10 == 3)
			continue;
		shoot(&shot);
		want++;
		if (i % 10 == 4) {
			late.rtp.pt = NOISE;
			late.n = 1;
			shoot(&late);
		}
		if (i % 10 == 6) {
			shot.n = 80;
			shoot(&shot);
		}
		for (int k = 0; i % 10 == 8 && k < 20; k++) {
			shot.rtp.pt = NOISE;
			shot.n = 1;
			shoot(&shot);
		}
	}
	ck_assert_uint_eq(ear.sounds, want);
	ck_assert_uint_eq(ear.gaps, FRAMES / 10);
}
END_TEST

/* What was lost on its way to us is for its listener to miss, and what comes
 * out of order to put in order. */
START_TEST(numbers__of_honest_lines_are_left_as_they_are)
{
	uint32_t want = 0;

	for (int i = 0; i < FRAMES; i++) {
		/* Of each ten one is lost, and two change places. */
		int k = i % 10 == 5 ? i + 1 : i % 10 == 6 ? i - 1 : i;
		struct shot shot = shot_of(k);

		pass(20);
		if (i % 10 == 2)
			continue;
		shoot(&shot);
		want++;
	}
	ck_assert_uint_eq(ear.sounds, want);
	ck_assert_uint_eq(usher__mread(counts(1)->tx_numbers), FRAMES);
	ck_assert_uint_eq(ear.markers, 1);
	/* For three seconds nothing comes; then its time has passed. */
	for (int i = FRAMES + 150; i < 2 * FRAMES; i++) {
		struct shot shot = shot_of(i);

		pass(i == FRAMES + 150 ? 3020 : 20);
		shoot(&shot);
		want++;
	}
	ck_assert_uint_eq(ear.sounds, want);
	ck_assert_uint_eq(usher__mread(counts(1)->tx_numbers), 2 * FRAMES);
	ck_assert_uint_eq(ear.markers, 1);
}
END_TEST

TCase *numbers_case(void)
{
	TCase *tc = tcase_create("numbers");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc,
			    numbers__are_what_rfc_3550_wants_whatever_comes, 0,
			    (int)ATTACKS);
	tcase_add_test(tc, numbers__go_round_and_nobody_falls_silent);
	tcase_add_test(tc, numbers__of_pictures_go_round_too);
	tcase_add_test(tc, numbers__are_given_once);
	tcase_add_test(tc, numbers__of_honest_lines_are_left_as_they_are);
	return tc;
}
