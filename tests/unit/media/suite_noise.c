/* Comfort noise, RFC 3389, and the pauses of those who send none. */
#include <media/recfile.h>
#include <string.h>
#include "suites.h"
#include "tape.h"
#include "world.h"

#define S    1000000 /* microseconds */
#define MS   1000
#define TALK USHER__MROLE_TALK
/* Of a sine in dBm0 with the same power as in dBov. */
#define DBM0(dbov) ((dbov) + 6.3)

static struct world world;

static void setup(void)
{
	world_open(&world, 1 * S + 7 * MS);
	world_party(&world, 0, 500, 1 * S + 1 * MS);
	world_party(&world, 1, 1100, 1 * S + 4 * MS);
	world_party(&world, 2, 0, 0);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_join(&world, 2, USHER__MROLE_LISTEN, 0);
	world.parties[1].freq = 0; /* so 2 hears 0 alone */
}

static void teardown(void)
{
	world_close(&world);
}

static void say_noise(uint8_t level, uint8_t bytes)
{
	struct peer *p = &world.parties[0].peer;
	uint8_t packet[USHER__RTP_HEADER + 16];
	uint8_t payload[16] = {level, 9, 8, 7};

	world_take(&world, &world.parties[0], packet,
		   peer_packet(p, packet, 13, payload, bytes));
}

/* What 2 heard last: how loud, and that it is no tone. */
static double heard(void)
{
	const struct peer *p = &world.parties[2].peer;
	const int16_t *pcm = p->pcm + p->samples - 1600;
	struct usher__mheard tone;

	ck_assert_uint_ge(p->samples, 1600);
	usher__tone_find(pcm, 1600, &tone);
	ck_assert_uint_eq(tone.freq_hz, 0);
	return usher__pcm_level(pcm, 1600);
}

START_TEST(noise__is_heard_in_a_pause_and_nothing_is_lost)
{
	struct usher__mleg *leg = &world.parties[0].leg;

	world_run(&world, 2 * S);
	world.parties[0].freq = 0;
	say_noise(50, _i ? 4 : 1);
	world_run(&world, 3 * S);
	ck_assert_double_eq_tol(heard(), DBM0(-50), 1.5);
	/* Louder, and later none. */
	say_noise(45, 1);
	world_run(&world, 4 * S);
	ck_assert_double_eq_tol(heard(), DBM0(-45), 1.5);
	/* Nobody is deafened by a number. */
	say_noise(0, 1);
	world_run(&world, 5 * S);
	ck_assert_double_le(heard(), DBM0(-40));
	say_noise(127, 1);
	world_run(&world, 6 * S);
	ck_assert_double_le(
		usher__pcm_level(world.parties[2].peer.pcm +
					 world.parties[2].peer.samples - 1600,
				 1600),
		-70);
	ck_assert_int_eq(usher__mread(leg->counts.rx_lost), 0);
	ck_assert_uint_eq(usher__mread(leg->counts.rx_bad), 0);
	ck_assert_uint_eq(usher__mread(leg->counts.rx_wrong_pt), 0);

	/* It speaks again, later by as much as it paused. */
	world.parties[0].freq = 500;
	world.parties[0].peer.ts += 4 * 8000;
	world.parties[0].next_us = world.parties[0].plan_us = 6 * S;
	world_run(&world, 7 * S);
	ck_assert_double_ge(
		usher__tone_level(world.parties[2].peer.pcm +
					  world.parties[2].peer.samples - 1600,
				  1600, 8000, 500),
		-12);
	ck_assert_uint_eq(world.parties[2].peer.gaps, 0);
	ck_assert_uint_eq(world.parties[2].peer.ts_gaps, 0);
}
END_TEST

START_TEST(noise__of_who_tells_none_is_what_its_line_was)
{
	/* A quiet line, speech, and nothing more. */
	world.parties[0].level = 100;
	world_run(&world, 1500 * MS);
	world.parties[0].level = 9000;
	world_run(&world, 2 * S);
	world.parties[0].freq = 0;
	world_run(&world, 3 * S);
	ck_assert_double_eq_tol(heard(), -47, 6);
}
END_TEST

START_TEST(noise__is_none_after_who_was_never_quiet)
{
	const struct peer *p = &world.parties[2].peer;

	world_run(&world, 2 * S);
	world.parties[0].freq = 0;
	world_run(&world, 3 * S);
	ck_assert_double_le(usher__pcm_level(p->pcm + p->samples - 1600, 1600),
			    -70);
}
END_TEST

START_TEST(noise__is_on_tape_until_it_speaks_again)
{
	const char *path = temp_path("noise.wav");
	const struct usher__mrec_opts opts = {0};
	struct usher__recfile *file;
	uint8_t speech[160], noise[2] = {50, 1};
	struct usher__rtp rtp = {.ssrc = 5, .length = 160};
	const char *why;

	memset(speech, 0x10, sizeof(speech));
	ck_assert_int_eq(usher__recfile_new(&file, 1, path, &opts, 0), 0);
	ck_assert_int_eq(usher__recfile_start(file, &why), 0);
	for (int n = 0; n < 200; n++) {
		enum usher__mcodec codec =
			n == 50 ? USHER__RECFILE_NOISE : USHER__PCMU;

		rtp.ts = (uint32_t)n * 160;
		rtp.seq++;
		rtp.length = n == 50 ? 2 : 160;
		if (n < 20 || (n > 50 && n < 150))
			continue;
		usher__recfile_audio(file, 0, n * 20000, &rtp, codec,
				     n == 50 ? noise : speech);
	}
	usher__recfile_advance(file, 4000000, true);
	usher__recfile_free(file);
	tape_read(path);
	ck_assert_uint_eq(tape.samples, 32000);
	/* Nothing, speech, noise, speech; nothing in the other channel. */
	ck_assert_double_le(usher__pcm_level(tape.pcm[0], 3000), -90);
	ck_assert_double_ge(usher__pcm_level(tape.pcm[0] + 4000, 3000), -10);
	ck_assert_double_eq_tol(usher__pcm_level(tape.pcm[0] + 8200, 15600),
				DBM0(-50), 1);
	ck_assert_double_ge(usher__pcm_level(tape.pcm[0] + 24100, 3000), -10);
	ck_assert_double_le(usher__pcm_level(tape.pcm[1], 32000), -90);
}
END_TEST

/* A sender whose time stands still while it is silent, and tells so by no
 * marker: its words are where they were said, the first of them, too. */
START_TEST(noise__is_on_tape_as_long_as_it_was)
{
	const char *path = temp_path("still.wav");
	const struct usher__mrec_opts opts = {0};
	struct usher__recfile *file;
	uint8_t speech[160], noise = 50;
	struct usher__rtp rtp = {.ssrc = 5};
	const char *why;

	memset(speech, 0x10, sizeof(speech));
	ck_assert_int_eq(usher__recfile_new(&file, 1, path, &opts, 0), 0);
	ck_assert_int_eq(usher__recfile_start(file, &why), 0);
	for (int n = 0; n < 300; n++) {
		bool silent = n >= 50 && n < 200;

		/* It tells each second, or never. */
		if (silent && (!_i || n % 50))
			continue;
		rtp.length = silent ? 1 : 160;
		rtp.seq++;
		usher__recfile_audio(file, 0, n * 20000, &rtp,
				     silent ? USHER__RECFILE_NOISE
					    : USHER__PCMU,
				     silent ? &noise : speech);
		rtp.ts += silent ? 0 : 160;
	}
	usher__recfile_advance(file, 6000000, true);
	usher__recfile_free(file);
	tape_read(path);
	ck_assert_uint_eq(tape.samples, 48000);
	ck_assert_double_ge(usher__pcm_level(tape.pcm[0], 7900), -10);
	ck_assert_double_le(usher__pcm_level(tape.pcm[0] + 8100, 23700), -40);
	for (size_t at = 32000; at < 48000; at += 800)
		ck_assert_double_ge(usher__pcm_level(tape.pcm[0] + at, 800),
				    -10);
}
END_TEST

TCase *noise_case(void)
{
	TCase *tc = tcase_create("noise");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, noise__is_heard_in_a_pause_and_nothing_is_lost,
			    0, 2);
	tcase_add_test(tc, noise__of_who_tells_none_is_what_its_line_was);
	tcase_add_test(tc, noise__is_none_after_who_was_never_quiet);
	tcase_add_test(tc, noise__is_on_tape_until_it_speaks_again);
	tcase_add_loop_test(tc, noise__is_on_tape_as_long_as_it_was, 0, 2);
	return tc;
}
