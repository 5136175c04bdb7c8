/* Opus beside G.711: what is heard, at which level, and that nothing is lost
 * where a call goes from one to the other. */
#include "suites.h"
#include "tape.h"
#include "world.h"
#include <media/recfile.h>
#include <stdlib.h>

#define S     1000000 /* microseconds */
#define MS    1000
#define TALK  USHER__MROLE_TALK
#define CLICK 4000 /* 6,500 is heard: without what is primed */

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

static double hears(int i, double freq)
{
	struct peer *p = peer(i);

	ck_assert_uint_ge(p->samples, 3200);
	return usher__tone_level(p->pcm + p->samples - 3200, 3200, 8000, freq);
}

static void assert_one_stream(int i)
{
	ck_assert_uint_eq(peer(i)->gaps, 0);
	ck_assert_uint_eq(peer(i)->ts_gaps, 0);
	ck_assert_uint_eq(peer(i)->ssrcs, 0);
	ck_assert_uint_le(peer(i)->markers, 1);
}

START_TEST(opus__two_are_relayed_as_they_are)
{
	uint8_t packet[PEER_PACKET_MAX];
	size_t n;

	world_opus(&world, 0);
	world_opus(&world, 1);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
	world_run(&world, 2 * S);
	assert_one_stream(0);
	assert_one_stream(1);
	party_hears_one(&world.parties[0], 1100, 1.5);
	party_hears_one(&world.parties[1], 500, 1.5);
	/* Byte by byte. */
	n = party_frame(&world.parties[0], packet);
	world_take(&world, &world.parties[0], packet, n);
	peer_receive(peer(1));
	ck_assert_uint_eq(peer(1)->last.length, n - USHER__RTP_HEADER);
	ck_assert_mem_eq(peer(1)->payload, packet + USHER__RTP_HEADER,
			 n - USHER__RTP_HEADER);

	/* Muted: packets as before, in which nothing is said. */
	leg(0)->muted = true;
	world_run(&world, 3 * S);
	assert_one_stream(1);
	ck_assert_double_le(hears(1, 500), -70);
	ck_assert_double_ge(hears(0, 1100), PARTY_SAID - 2);
}
END_TEST

START_TEST(opus__and_g711_hear_each_other)
{
	world_opus(&world, 0);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
	world_run(&world, 3 * S);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_ge(peer(i)->packets, 98);
		assert_one_stream(i);
		party_hears_one(&world.parties[i], i ? 500 : 1100, 1.5);
	}
	ck_assert_uint_eq(peer(0)->last.pt, OPUS_PT);
	ck_assert_uint_eq(peer(1)->last.pt, 0);

	/* A third, of either kind, and without it. */
	if (_i)
		world_opus(&world, 2);
	world_join(&world, 2, TALK, 0);
	world_run(&world, 4 * S);
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 3; k++) {
			double level = hears(i, world.parties[k].freq);

			if (i == k)
				ck_assert_double_le(level, -40);
			else
				ck_assert_double_eq_tol(level, PARTY_SAID, 2);
		}
	}
	world_leave(&world, 2);
	ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
	world_run(&world, 5 * S);
	for (int i = 0; i < 2; i++) {
		assert_one_stream(i);
		party_hears_one(&world.parties[i], i ? 500 : 1100, 1.5);
	}
}
END_TEST

/* Two with Opus are relayed, a third comes and goes at all phases: no packet
 * is lost or doubled, and the streams' numbers and times go on. Of the sound
 * a mix holds 6.5 ms more, which is what its encoder needs. */
START_TEST(opus__relay_and_mix_and_back)
{
	int64_t at = 1 * S;

	world_close(&world);
	world_open(&world, at + _i % 20 * MS);
	world_party(&world, 0, 517, at + 3 * _i % 20 * MS);
	world_party(&world, 1, 983, at + 7 * _i % 20 * MS + 300);
	world_party(&world, 2, 0, 0);
	world_opus(&world, 0);
	world_opus(&world, 1);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	at += 500 * MS;
	world_run(&world, at);
	for (int round = 0; round < 8; round++) {
		world.tick_us = at + (_i * 3 + round * 5) % 20 * MS + 1;
		world_join(&world, 2, TALK, 0);
		ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
		at += (9 + 25 * round) * MS;
		world_run(&world, at);
		world_leave(&world, 2);
		ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
		at += (80 + 13 * round) * MS;
		world_run(&world, at);
	}
	for (int i = 0; i < 2; i++) {
		struct peer *p = peer(i);
		double said = (double)(at - 1 * S) / S * 8000;
		double most = click(p->pcm, p->samples, i ? 517 : 983);

		assert_one_stream(i);
		ck_assert_double_ge((double)p->samples, said - 400);
		ck_assert_double_le((double)p->samples, said + 161);
		ck_assert_double_lt(most, CLICK);
	}
}
END_TEST

START_TEST(opus__codec_changes_in_mid_call)
{
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	world_run(&world, 2 * S);
	ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
	world_opus(&world, 0);
	ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
	world_run(&world, 3 * S);
	party_hears_one(&world.parties[0], 1100, 1.5);
	party_hears_one(&world.parties[1], 500, 1.5);
	world_opus(&world, 1);
	ck_assert_int_eq(world.room->mode, USHER__MM_RELAY);
	world_run(&world, 4 * S);
	party_hears_one(&world.parties[0], 1100, 1.5);
	party_hears_one(&world.parties[1], 500, 1.5);
	for (int i = 0; i < 2; i++)
		ck_assert_uint_eq(peer(i)->gaps + peer(i)->ssrcs, 0);
}
END_TEST

START_TEST(opus__broken_packets_are_counted_and_go_nowhere)
{
	uint8_t packet[PEER_PACKET_MAX];
	uint8_t payload[300];
	uint64_t bad = 0;
	uint32_t packets;

	for (int i = 0; i < 2; i++) {
		if (i == 0 || _i)
			world_opus(&world, i);
		world_join(&world, i, TALK, 0);
		world.parties[i].freq = 0;
	}
	packets = peer(1)->packets;
	srand(5);
	for (int i = 0; i < 2000; i++) {
		size_t length = 1 + (size_t)rand() % sizeof(payload);
		size_t n;

		for (size_t k = 0; k < length; k++)
			payload[k] = (uint8_t)rand();
		bad += usher__opus_check(payload, length) < 0;
		n = peer_packet(peer(0), packet, OPUS_PT, payload, length);
		peer(0)->ts += 960;
		world_take(&world, &world.parties[0], packet, n);
		world_run(&world, world.w.now_us + 20 * MS);
	}
	ck_assert_uint_gt(bad, 100);
	ck_assert_uint_eq(usher__mread(leg(0)->counts.rx_bad), bad);
	if (_i)
		ck_assert_uint_eq(peer(1)->packets - packets, 2000 - bad);
	ck_assert_uint_eq(peer(1)->ssrcs, 0);
}
END_TEST

START_TEST(tape__of_opus_is_as_long_and_as_loud)
{
	const char *path = temp_path("opus.wav");
	const struct usher__mrec_opts opts = {0};
	struct usher__recfile *file;
	struct usher__timeline t = {0};
	struct peer p;
	uint8_t packet[PEER_PACKET_MAX];
	const char *why;

	peer_open(&p);
	peer_opus(&p);
	ck_assert_int_eq(usher__recfile_new(&file, 1, path, &opts, 0), 0);
	ck_assert_int_eq(usher__recfile_start(file, &why), 0);
	for (int n = 0; n < 150; n++) {
		size_t size = peer_frame(&p, 500, 7000, packet);
		struct usher__rtp rtp;

		ck_assert_int_eq(usher__rtp_parse(packet, size, &rtp), 0);
		rtp.ts = usher__timeline_in(&t, 6, rtp.ts);
		/* Some are lost. */
		if (n % 25 == 13)
			continue;
		usher__recfile_audio(file, 1, n * 20000, &rtp, USHER__OPUS,
				     packet + rtp.offset);
	}
	usher__recfile_advance(file, 3000000, true);
	ck_assert_uint_eq(usher__recfile_duration_ms(file), 3000);
	usher__recfile_free(file);
	tape_read(path);
	assert_tone(1, 100, 2900, 500);
	peer_close(&p);
}
END_TEST

TCase *opus_case(void)
{
	TCase *tc = tcase_create("opus");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, opus__two_are_relayed_as_they_are);
	tcase_add_loop_test(tc, opus__and_g711_hear_each_other, 0, 2);
	tcase_add_loop_test(tc, opus__relay_and_mix_and_back, 0, 10);
	tcase_add_test(tc, opus__codec_changes_in_mid_call);
	tcase_add_loop_test(
		tc, opus__broken_packets_are_counted_and_go_nowhere, 0, 2);
	tcase_add_test(tc, tape__of_opus_is_as_long_and_as_loud);
	return tc;
}
