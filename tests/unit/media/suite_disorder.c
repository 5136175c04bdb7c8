/* Calls whose packets overtake each other: what is heard, taped and told of
 * their digits is what was said. */
#include <media/recfile.h>
#include <string.h>
#include "suites.h"
#include "tape.h"
#include "world.h"

#define S    1000000 /* microseconds */
#define MS   1000
#define TALK USHER__MROLE_TALK

static struct world world;

#define GROUP 4
/* When the packets of each 80 ms come, in ms; -1: never. */
static const int ways[][GROUP] = {
	{0, 20, 40, 60},  /* as they were sent */
	{25, 20, 40, 60}, /* the first is overtaken by the second */
	{65, 20, 40, 60}, /* … by three */
	{50, 45, 40, 60}, /* three in the opposite order */
	{20, 20, -1, 60}, /* one in four is lost */
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static struct {
	uint8_t bytes[PEER_PACKET_MAX];
	size_t n;
} frames[GROUP];

/* Party 0 says something for groups of 80 ms, which come that way; and again
 * so much later, unless again_ms is 0. */
static void say_again(const int *way, int groups, int again_ms)
{
	struct party *p = &world.parties[0];
	int64_t at = world.w.now_us;

	for (int g = 0; g < groups; g++, at += 80 * MS) {
		for (int k = 0; k < GROUP; k++)
			frames[k].n = peer_frame(&p->peer, 517, 7000,
						 frames[k].bytes);
		for (int ms = 0; ms < 80; ms++) {
			world_run(&world, at + ms * MS);
			for (int k = 0; k < GROUP; k++) {
				if (way[k] == ms ||
				    (again_ms && way[k] + again_ms == ms))
					world_take(&world, p, frames[k].bytes,
						   frames[k].n);
			}
		}
	}
	world_run(&world, at);
}

static void say(const int *way, int groups)
{
	say_again(way, groups, 0);
}

static void open_call(bool opus, bool inband)
{
	world_open(&world, 1 * S + 7 * MS);
	for (int i = 0; i < 3; i++)
		world_party(&world, i, 0, 0);
	if (opus)
		world_opus(&world, 0);
	if (inband) {
		struct usher__mleg *leg = &world.parties[0].leg;

		ck_assert_int_eq(usher__inband_new(&leg->inband), 0);
		leg->params.inband = true;
		world_order(&world, 0);
	}
	world.w.now_us = 1 * S;
}

static void assert_sounds(int i, double freq, double purity)
{
	struct peer *p = &world.parties[i].peer;
	struct usher__mheard heard;

	ck_assert_uint_ge(p->samples, 16000);
	usher__tone_find(p->pcm + p->samples - 8000, 8000, &heard);
	ck_assert_double_eq_tol(heard.freq_hz, freq, 3);
	ck_assert_double_eq_tol(heard.level_db10 / 10.0, PARTY_SAID, 1);
	ck_assert_uint_ge(heard.purity, purity);
}

START_TEST(order__overtaken_packets_are_heard_in_a_mix)
{
	const int *way = ways[_i % (int)WAYS];
	bool opus = _i < (int)WAYS, lossy = way[2] < 0;
	const struct usher__jitter *jitter;
	uint64_t concealed;

	open_call(opus, false);
	for (int i = 0; i < 3; i++)
		world_join(&world, i, TALK, 0);
	jitter = world.parties[0].leg.seat.ear->jitter;
	/* Until the buffer has learned how long to wait. */
	say(way, 25);
	concealed = jitter->concealed;
	say(way, 25);
	for (int i = 1; i < 3; i++)
		assert_sounds(i, 517, lossy ? 950 : 990);
	/* Lost ones are made up by who knows the codec best. */
	if (opus || !lossy)
		ck_assert_uint_eq(jitter->concealed, concealed);
	else
		ck_assert_uint_eq(jitter->concealed - concealed, 25 * 160);
	world_close(&world);
}
END_TEST

/* Some network doubles packets: each copy comes while the first one still
 * waits to be heard, or after that. It makes nothing to be made up, and does
 * not count as late. Opus, G.711 that is listened to for digits, and
 * G.711 that is not. */
START_TEST(order__copies_of_packets_cost_nothing_in_a_mix)
{
	static const int again_ms[] = {1, 5, 19};
	const int *way = ways[_i % 4];
	const struct usher__jitter *jitter;
	uint64_t concealed, late;

	open_call(_i < 4, _i >= 4 && _i < 8);
	for (int i = 0; i < 3; i++)
		world_join(&world, i, TALK, 0);
	jitter = world.parties[0].leg.seat.ear->jitter;
	say(way, 25);
	concealed = jitter->concealed;
	late = jitter->late_packets;
	for (int k = 0; k < 3; k++)
		say_again(way, 25, again_ms[k]);
	ck_assert_uint_eq(jitter->concealed, concealed);
	ck_assert_uint_eq(jitter->late_packets, late);
	for (int i = 1; i < 3; i++)
		assert_sounds(i, 517, 990);
	world_close(&world);
}
END_TEST

/* Sample by sample as if nothing had been overtaken. */
START_TEST(order__a_recording_is_what_was_said)
{
	static const char *names[] = {"straight.wav", "disorder.wav"};
	static int16_t straight[80000];
	const struct usher__mrec_opts opts = {.channels = 1};
	const char *why;

	for (int k = 0; k < 2; k++) {
		const char *path = temp_path(names[k]);
		struct usher__recfile *file;
		struct peer p = {0};
		struct usher__timeline t = {0};
		struct usher__rtp rtp;

		peer_open(&p);
		peer_opus(&p);
		ck_assert_int_eq(usher__recfile_new(&file, 1, path, &opts, 0),
				 0);
		ck_assert_int_eq(usher__recfile_start(file, &why), 0);
		for (int64_t g = 0; g < 40; g++) {
			/* The first packet of all sets the clock. */
			const int *way = ways[k && g ? _i : 0];

			for (int i = 0; i < GROUP; i++)
				frames[i].n = peer_frame(&p, 517, 7000,
							 frames[i].bytes);
			for (int n = 0; n < 80 * GROUP; n++) {
				const uint8_t *bytes = frames[n % GROUP].bytes;

				if (way[n % GROUP] != n / GROUP)
					continue;
				usher__rtp_parse(bytes, frames[n % GROUP].n,
						 &rtp);
				rtp.ts = usher__timeline_in(&t, 6, rtp.ts);
				usher__recfile_audio(
					file, 0, (g * 80 + n / GROUP) * MS,
					&rtp, USHER__OPUS, bytes + rtp.offset);
			}
		}
		usher__recfile_advance(file, 40 * 80 * MS, true);
		usher__recfile_free(file);
		tape_read(path);
		ck_assert_uint_eq(tape.samples, 25600);
		if (!k)
			memcpy(straight, tape.pcm[0], sizeof(straight));
		peer_close(&p);
	}
	/* From where the first packet of all no longer counts. */
	for (size_t i = 8000; i < 25600; i++)
		ck_assert_int_eq(tape.pcm[0][i], straight[i]);
}
END_TEST

/* A pause ends while one is waited for: what came is written before its time
 * is over. */
START_TEST(order__a_recording_waits_no_longer_than_it_can)
{
	const char *path = temp_path("waits.wav");
	const struct usher__mrec_opts opts = {.channels = 1};
	struct usher__recfile *file;
	struct peer p = {0};
	struct usher__timeline t = {0};
	uint8_t packet[PEER_PACKET_MAX];
	struct usher__rtp rtp;
	const char *why;

	peer_open(&p);
	peer_opus(&p);
	ck_assert_int_eq(usher__recfile_new(&file, 1, path, &opts, 0), 0);
	ck_assert_int_eq(usher__recfile_start(file, &why), 0);
	for (int64_t n = 0; n < 25; n++) {
		size_t size = peer_frame(&p, 517, 7000, packet);

		usher__rtp_parse(packet, size, &rtp);
		rtp.ts = usher__timeline_in(&t, 6, rtp.ts);
		if (n != 21)
			usher__recfile_audio(file, 0, n * 20 * MS, &rtp,
					     USHER__OPUS, packet + rtp.offset);
	}
	for (int64_t n = 25; n < 100; n++)
		usher__recfile_advance(file, n * 20 * MS, false);
	usher__recfile_advance(file, 2 * S, true);
	usher__recfile_free(file);
	tape_read(path);
	ck_assert_uint_eq(tape.samples, 16000);
	assert_tone(0, 100, 500, 517);
	assert_no_tone(0, 520, 2000, 517);
	peer_close(&p);
}
END_TEST

/* Keys of 60 ms with pauses as long, each second packet overtaken. */
START_TEST(order__digits_are_heard_in_disorder)
{
	static const int way[GROUP] = {25, 20, 65, 60};
	struct party *p = &world.parties[0];
	struct usher__mevent ev;
	int digits = 0;

	open_call(_i, true);
	say(way, 2);
	while (usher__mevents_pop(&world.m.events, &ev))
		;
	for (int n = 0; n < 120; n += GROUP) {
		for (int k = 0; k < GROUP; k++) {
			bool on = (n + k) % 6 < 3;

			p->peer.second = on ? 1336 : 0;
			frames[k].n =
				peer_frame(&p->peer, on ? 770 : 517,
					   on ? 4000 : 0, frames[k].bytes);
		}
		world_take(&world, p, frames[1].bytes, frames[1].n);
		world_take(&world, p, frames[0].bytes, frames[0].n);
		world_take(&world, p, frames[3].bytes, frames[3].n);
		world_take(&world, p, frames[2].bytes, frames[2].n);
		world.w.now_us += 80 * MS;
		while (usher__mevents_pop(&world.m.events, &ev)) {
			if (ev.type != USHER__MEV_DIGIT)
				continue;
			ck_assert_int_eq(ev.digit, '5');
			digits++;
		}
	}
	ck_assert_int_eq(digits, 20);
	world_close(&world);
}
END_TEST

/* Places are everybody's, so who has ceased to speak gives them back; and
 * who finds none is heard as it comes. */
START_TEST(order__places_are_given_back_by_the_silent)
{
	struct party *p = &world.parties[0];
	struct usher__mworker *w = &world.w;
	int waiting = 0;

	open_call(false, true);
	p->leg.tx.rtcp_at_us = INT64_MAX;
	for (int i = 0; i < GROUP; i++)
		frames[i].n = peer_frame(&p->peer, 517, 7000, frames[i].bytes);
	world_take(&world, p, frames[0].bytes, frames[0].n);
	world_take(&world, p, frames[2].bytes, frames[2].n);
	ck_assert_uint_eq(p->leg.order.waiting, 1);
	w->now_us += 100 * MS;
	usher__mleg_sweep(w, &p->leg);
	ck_assert_uint_eq(p->leg.order.waiting, 1);
	w->now_us += 100 * MS;
	usher__mleg_sweep(w, &p->leg);
	ck_assert_uint_eq(p->leg.order.waiting, 0);
	for (uint8_t i = w->places.free; i != UINT8_MAX;
	     i = world.placed[i].next)
		waiting++;
	ck_assert_int_eq(waiting, WORLD_PLACES);

	w->places.free = UINT8_MAX;
	world_take(&world, p, frames[3].bytes, frames[3].n);
	for (int i = 0; i < GROUP; i++)
		frames[i].n = peer_frame(&p->peer, 517, 7000, frames[i].bytes);
	world_take(&world, p, frames[1].bytes, frames[1].n);
	world_take(&world, p, frames[2].bytes, frames[2].n);
	ck_assert_uint_eq(p->leg.order.waiting, 0);
	ck_assert_uint_eq(p->leg.order.taken, p->peer.seq - 2);
	world_close(&world);
}
END_TEST

TCase *disorder_case(void)
{
	TCase *tc = tcase_create("disorder");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, order__overtaken_packets_are_heard_in_a_mix, 0,
			    2 * (int)WAYS);
	tcase_add_loop_test(tc, order__copies_of_packets_cost_nothing_in_a_mix,
			    0, 12);
	tcase_add_loop_test(tc, order__a_recording_is_what_was_said, 1, 4);
	tcase_add_test(tc, order__a_recording_waits_no_longer_than_it_can);
	tcase_add_test(tc, order__places_are_given_back_by_the_silent);
	tcase_add_loop_test(tc, order__digits_are_heard_in_disorder, 0, 2);
	return tc;
}
