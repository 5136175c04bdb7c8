/* Rooms by their owner, over real RTP and threads. */
#include <stdlib.h>
#include <string.h>
#include "peer.h"
#include "suites.h"
#include "tape.h"

#define PARTIES 4

static struct peer peers[PARTIES];
static uint64_t legs[PARTIES];
static const double freqs[PARTIES] = {500, 1100, 1700, 2300};

static void setup(void)
{
	for (int i = 0; i < PARTIES; i++)
		peer_open(&peers[i]);
}

static void teardown(void)
{
	for (int i = 0; i < PARTIES; i++)
		peer_close(&peers[i]);
}

static struct usher__media *up(uint32_t threads)
{
	struct usher__media *m = media_up(threads);

	for (int i = 0; i < PARTIES; i++)
		legs[i] = peer_leg(m, &peers[i], NULL);
	return m;
}

static int whispered = 1; /* to whom it is */

static int join(struct usher__media *m, int i, uint64_t room,
		enum usher__mrole role)
{
	const struct usher__mroom_opts opts = {
		.room = room,
		.role = role,
		.whisper_to = legs[whispered],
	};

	return usher__media_room(m, legs[i], &opts);
}

static void joined(struct usher__media *m, int i, uint64_t room,
		   enum usher__mrole role)
{
	ck_assert_int_eq(join(m, i, room, role), 0);
}

static void talk_all(int frames)
{
	struct voice voices[PARTIES];

	for (int i = 0; i < PARTIES; i++)
		voices[i] = (struct voice){&peers[i], freqs[i]};
	talk(voices, PARTIES, frames);
}

static double hears(int i, double freq)
{
	const struct peer *p = &peers[i];
	size_t n = p->samples < 1600 ? p->samples : 1600;

	return n ? usher__tone_level(p->pcm + p->samples - n, n, 8000, freq)
		 : -96;
}

/* For machines that stutter: talks on until it is heard, or no longer. */
static void await_heard(int i, int who, bool heard)
{
	for (int tries = 0; tries < 40; tries++) {
		double level = hears(i, freqs[who]);

		if (heard ? level > -14 : level < -35)
			return;
		if (peers[i].samples > 60000)
			peers[i].samples = 0;
		talk_all(5);
	}
	ck_abort_msg("%d %s %d: %.1f dBm0", i,
		     heard ? "does not hear" : "hears", who,
		     hears(i, freqs[who]));
}

START_TEST(room__of_three_and_of_two)
{
	struct usher__media *m = up(_i);

	for (int i = 0; i < 3; i++)
		joined(m, i, 9, USHER__MROLE_TALK);
	talk_all(20);
	for (int i = 0; i < 3; i++) {
		await_heard(i, (i + 1) % 3, true);
		await_heard(i, (i + 2) % 3, true);
		await_heard(i, i, false);
	}
	ck_assert_uint_eq(peers[3].packets, 0);

	/* Relayed, and its sound goes on in one stream. */
	joined(m, 2, 0, USHER__MROLE_TALK);
	settle();
	talk_all(20);
	await_heard(0, 2, false);
	await_heard(0, 1, true);
	await_heard(1, 0, true);
	joined(m, 3, 9, USHER__MROLE_LISTEN);
	joined(m, 2, 9, USHER__MROLE_WHISPER);
	settle();
	talk_all(20);
	await_heard(3, 0, true);
	await_heard(3, 1, true);
	await_heard(3, 2, false);
	await_heard(1, 2, true);
	await_heard(0, 2, false);
	await_heard(0, 3, false);
	for (int i = 0; i < 4; i++) {
		ck_assert_uint_eq(peers[i].gaps, 0);
		ck_assert_uint_eq(peers[i].ssrcs, 0);
	}
	usher__media_free(m);
}
END_TEST

START_TEST(room__bridge_and_room_exclude_each_other)
{
	struct usher__media *m = up(4);

	joined(m, 0, 9, USHER__MROLE_TALK);
	joined(m, 1, 9, USHER__MROLE_TALK);
	ck_assert_int_eq(usher__media_bridge(m, legs[2], legs[0]), 0);
	settle();
	talk_all(10);
	await_heard(0, 2, true);
	await_heard(0, 1, false);
	/* No room does not touch a bridge. */
	joined(m, 0, 0, USHER__MROLE_TALK);
	settle();
	peer_forget(&peers[0]);
	peer_forget(&peers[2]);
	talk_all(10);
	await_heard(0, 2, true);
	await_heard(2, 0, true);
	/* A bridge's end does not touch a room. */
	joined(m, 0, 9, USHER__MROLE_TALK);
	ck_assert_int_eq(usher__media_unbridge(m, legs[0]), 0);
	settle();
	talk_all(10);
	await_heard(0, 1, true);
	await_heard(1, 0, true);
	/* Another room, on whichever thread, and back. */
	joined(m, 1, 7, USHER__MROLE_TALK);
	joined(m, 3, 7, USHER__MROLE_LISTEN);
	joined(m, 2, 7, USHER__MROLE_TALK);
	joined(m, 0, 7, USHER__MROLE_TALK);
	settle();
	talk_all(10);
	await_heard(3, 0, true);
	await_heard(3, 1, true);
	await_heard(3, 2, true);
	/* The same number of somebody else's is another room. */
	ck_assert_int_eq(usher__media_room(m, legs[0],
					   &(struct usher__mroom_opts){
						   .room = 7,
						   .space = 1,
						   .role = USHER__MROLE_TALK}),
			 0);
	settle();
	talk_all(10);
	await_heard(3, 0, false);
	/* Freed legs are gone from it. */
	usher__mleg_free(m, legs[1]);
	usher__mleg_free(m, legs[3]);
	joined(m, 0, 7, USHER__MROLE_TALK);
	settle();
	talk_all(10);
	await_heard(0, 2, true);
	await_heard(0, 1, false);
	usher__media_free(m);
}
END_TEST

START_TEST(room__errors_and_limits)
{
	struct usher__media *m = up(1);
	struct usher__mroom_opts opts = {.room = 1, .role = 0};
	uint64_t many[USHER__MROOM_LEGS_MAX + 1];
	uint16_t port;

	ck_assert_int_eq(usher__media_room(m, legs[0], &opts), USHER_EINVAL);
	opts.role = 4;
	ck_assert_int_eq(usher__media_room(m, legs[0], &opts), USHER_EINVAL);
	opts.role = USHER__MROLE_TALK;
	ck_assert_int_eq(usher__media_room(m, 12345, &opts), USHER_ENOENT);
	ck_assert_int_eq(usher__mleg_mute(m, 12345, true), USHER_ENOENT);
	/* Whispering to nobody, to one who is elsewhere, to oneself. */
	ck_assert_int_eq(join(m, 0, 1, USHER__MROLE_WHISPER), USHER_ENOENT);
	joined(m, 1, 2, USHER__MROLE_TALK);
	joined(m, 0, 1, USHER__MROLE_TALK);
	ck_assert_int_eq(join(m, 0, 1, USHER__MROLE_WHISPER), USHER_ENOENT);
	ck_assert_int_eq(join(m, 1, 2, USHER__MROLE_WHISPER), USHER_EINVAL);
	joined(m, 2, 0, USHER__MROLE_TALK); /* it is in none */

	for (int i = 0; i <= USHER__MROOM_LEGS_MAX; i++) {
		ck_assert_int_eq(usher__mleg_new(m, NULL, &many[i], &port), 0);
		ck_assert_int_eq(usher__media_room(m, many[i], &opts),
				 i < USHER__MROOM_LEGS_MAX - 1 ? 0
							       : USHER_EFULL);
	}
	/* Who is in it may still change its part. */
	opts.role = USHER__MROLE_LISTEN;
	ck_assert_int_eq(usher__media_room(m, many[0], &opts), 0);
	opts.room = 0;
	ck_assert_int_eq(usher__media_room(m, many[0], &opts), 0);
	ck_assert_int_eq(usher__media_room(m, many[0], &opts), 0);
	settle();
	usher__media_free(m);
}
END_TEST

START_TEST(room__mute_holds_wherever_it_goes)
{
	struct usher__media *m = up(2);

	ck_assert_int_eq(usher__mleg_mute(m, legs[0], true), 0);
	ck_assert_int_eq(usher__media_bridge(m, legs[0], legs[1]), 0);
	settle();
	talk_all(15);
	await_heard(0, 1, true);
	await_heard(1, 0, false);
	ck_assert_uint_ge(peers[1].packets, 8); /* silence, not nothing */
	for (int i = 0; i < 3; i++)
		joined(m, i, 5, USHER__MROLE_TALK);
	settle();
	talk_all(15);
	await_heard(1, 2, true);
	await_heard(1, 0, false);
	ck_assert_int_eq(usher__mleg_mute(m, legs[0], false), 0);
	settle();
	talk_all(15);
	await_heard(1, 0, true);
	usher__media_free(m);
}
END_TEST

/* The customer is 0, the agent 1; 2 whispers to the agent, 3 listens. What
 * the tape has is the customer left, and right what the customer hears. */
START_TEST(room__tape_has_what_the_customer_hears)
{
	struct usher__media *m = up(2);
	const char *path = temp_path("room.wav");
	struct usher__mevent ev;
	int end;
	uint64_t rec;

	ck_assert_int_eq(usher__mrec_new(m, path, NULL, &rec), 0);
	ck_assert_int_eq(usher__mrec_attach(m, rec, legs[0], 0), 0);
	ck_assert_int_eq(usher__mrec_attach_heard(m, rec, legs[0], 2),
			 USHER_EINVAL);
	ck_assert_int_eq(usher__mrec_attach_heard(m, rec, legs[0], 1), 0);
	joined(m, 0, 9, USHER__MROLE_TALK);
	joined(m, 1, 9, USHER__MROLE_TALK);
	settle();
	talk_all(50); /* relayed: 0 to 1 s */
	joined(m, 3, 9, USHER__MROLE_LISTEN);
	joined(m, 2, 9, USHER__MROLE_WHISPER);
	settle();
	talk_all(50); /* mixed, whispered to: to 2 s */
	await_heard(1, 2, true);
	whispered = 0;
	joined(m, 2, 9, USHER__MROLE_WHISPER);
	settle();
	talk_all(50); /* to the customer: to 3 s */
	await_heard(0, 2, true);
	joined(m, 2, 9, USHER__MROLE_TALK);
	settle();
	talk_all(20);
	await_heard(0, 2, true); /* barged in */
	talk_all(20);
	ck_assert_int_eq(usher__mleg_mute(m, legs[0], true), 0);
	ck_assert_int_eq(usher__mleg_mute(m, legs[1], true), 0);
	settle();
	talk_all(30);
	ck_assert_int_eq(usher__mrec_stop(m, rec), 0);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	tape_read(path);
	end = (int)(tape.samples / 8);
	ck_assert_int_ge(end, 4300);
	assert_tone(0, 200, 2900, 500);
	assert_tone(1, 200, 900, 1100);
	assert_tone(1, 1200, 2900, 1100);
	for (int i = 1; i < PARTIES; i++)
		assert_no_tone(0, 200, end - 200, freqs[i]);
	assert_no_tone(1, 200, end - 200, 500);
	assert_no_tone(1, 200, end - 200, 2300);
	assert_no_tone(1, 200, 2900, 1700);
	/* Muted: neither of the two, but who is not. */
	assert_tone(1, end - 400, end - 100, 1700);
	assert_no_tone(1, end - 400, end - 100, 1100);
	assert_no_tone(0, end - 400, end - 100, 500);
	usher__media_free(m);
}
END_TEST

/* Legs come, go, move and are freed on four threads while sound runs: for the
 * sanitizers. */
START_TEST(room__storm)
{
	struct usher__media *m = up(4);
	static const struct usher__mplay_opts tone = {&usher__mitem_busy, 1, 0,
						      0, false};

	srand(3);
	for (int round = 0; round < 300; round++) {
		int i = rand() % PARTIES;
		uint64_t room = (uint64_t)(rand() % 3);

		switch (rand() % 8) {
		case 0:
			usher__mleg_free(m, legs[i]);
			legs[i] = peer_leg(m, &peers[i], NULL);
			break;
		case 1:
			usher__media_bridge(m, legs[i],
					    legs[rand() % PARTIES]);
			break;
		case 2:
			usher__mleg_mute(m, legs[i], rand() & 1);
			break;
		case 3:
			usher__mleg_play(m, legs[i], &tone, NULL);
			break;
		case 4:
			usher__mleg_stop(m, legs[i], 0);
			break;
		default:
			(void)join(m, i, room,
				   USHER__MROLE_TALK +
					   (enum usher__mrole)(rand() % 3));
			break;
		}
		for (int k = 0; k < PARTIES; k++) {
			peer_send_tone(&peers[k], freqs[k]);
			peer_forget(&peers[k]);
		}
		count_events(m, USHER__MEV_PLAY_DONE);
		sleep_ms(2);
	}
	usher__media_free(m);
}
END_TEST

TCase *rooms_case(void)
{
	TCase *tc = tcase_create("rooms");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, room__of_three_and_of_two, 1, 5);
	tcase_add_test(tc, room__bridge_and_room_exclude_each_other);
	tcase_add_test(tc, room__errors_and_limits);
	tcase_add_test(tc, room__mute_holds_wherever_it_goes);
	tcase_add_test(tc, room__tape_has_what_the_customer_hears);
	tcase_add_test(tc, room__storm);
	return tc;
}
