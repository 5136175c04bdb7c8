/* What is said while somebody is muted, or a recording is paused, and is still
 * on its way when that ends: in a socket of a thread that is behind, or in a
 * jitter buffer. The thread is kept behind by the queue of events, which it
 * wants to put a key into. */
#include "peer.h"
#include "suites.h"
#include "tape.h"

#define SECRET_A 2010 /* Hz */
#define SECRET_B 2310
#define LATE     6 /* packets */

static struct peer a, b, c;
static struct usher__media *m;
static uint64_t leg_a, leg_b, leg_c;

/* Two who are relayed; or three, who are mixed. */
static void begin(bool mix)
{
	struct usher__mroom_opts room = {.room = 3, .role = USHER__MROLE_TALK};

	peer_open(&a);
	peer_open(&b);
	peer_open(&c);
	m = media_up(1);
	leg_a = peer_leg(m, &a, NULL);
	leg_b = peer_leg(m, &b, NULL);
	leg_c = peer_leg(m, &c, NULL);
	ck_assert_int_eq(usher__media_room(m, leg_a, &room), 0);
	ck_assert_int_eq(usher__media_room(m, leg_b, &room), 0);
	if (mix)
		ck_assert_int_eq(usher__media_room(m, leg_c, &room), 0);
	settle();
}

static void end(void)
{
	usher__media_free(m);
	peer_close(&a);
	peer_close(&b);
	peer_close(&c);
}

static void talk_of(double of_a, double of_b, int frames)
{
	const struct voice voices[] = {{&a, of_a}, {&b, of_b}, {&c, 0}};

	talk(voices, 3, frames);
}

static void fall_behind(void)
{
	pthread_mutex_lock(&m->events.lock);
	peer_send_digit(&a, 101, '1', 1);
	sleep_ms(50);
}

static void go_on(void)
{
	pthread_mutex_unlock(&m->events.lock);
}

/* Says it all at once, to nobody who reads it now. */
static void say_unread(struct peer *p, double freq)
{
	for (int i = 0; i < LATE; i++)
		peer_send_tone(p, freq);
}

/* The loudest of it in any 20 ms. */
static double loudest(const int16_t *pcm, size_t n, double freq)
{
	double most = -96;

	for (size_t at = 0; at + 160 <= n; at += 80) {
		double level = usher__tone_level(pcm + at, 160, 8000, freq);

		most = level > most ? level : most;
	}
	return most;
}

START_TEST(muted__speech_is_not_heard_when_that_ends)
{
	begin(_i & 1);
	ck_assert_int_eq(usher__mleg_mute(m, leg_a, true), 0);
	settle();
	talk_of(SECRET_A, 0, 20);
	peer_forget(&b);
	fall_behind();
	say_unread(&a, SECRET_A);
	ck_assert_int_eq(usher__mleg_mute(m, leg_a, false), 0);
	go_on();
	settle();
	/* Where nothing comes, nothing is made up of it. */
	if (_i & 2)
		sleep_ms(200);
	talk_of(500, 0, 40);
	ck_assert_double_ge(loudest(b.pcm, b.samples, 500), -12);
	ck_assert_double_le(loudest(b.pcm, b.samples, SECRET_A), -30);
	end();
}
END_TEST

START_TEST(paused__speech_is_not_recorded_when_that_ends)
{
	const char *path = temp_path("meanwhile.wav");
	struct usher__mevent ev;
	uint64_t rec;

	begin(_i);
	ck_assert_int_eq(usher__mrec_new(m, path, NULL, &rec), 0);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg_a, 0), 0);
	ck_assert_int_eq(usher__mrec_attach_heard(m, rec, leg_a, 1), 0);
	settle();
	talk_of(500, 1100, 20);
	ck_assert_int_eq(usher__mrec_pause(m, rec), 0);
	talk_of(SECRET_A, SECRET_B, 20);
	fall_behind();
	say_unread(&a, SECRET_A);
	say_unread(&b, SECRET_B);
	ck_assert_int_eq(usher__mrec_resume(m, rec), 0);
	go_on();
	sleep_ms(200); /* else what follows is set down in its place */
	talk_of(500, 1100, 40);
	ck_assert_int_eq(usher__mrec_stop(m, rec), 0);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	tape_read(path);
	for (int channel = 0; channel < 2; channel++) {
		const int16_t *pcm = tape.pcm[channel];
		size_t half = tape.samples / 2;

		ck_assert_double_ge(loudest(pcm, half, channel ? 1100 : 500),
				    -12);
		ck_assert_double_ge(
			loudest(pcm + half, half, channel ? 1100 : 500), -12);
		ck_assert_double_le(loudest(pcm, tape.samples,
					    channel ? SECRET_B : SECRET_A),
				    -30);
	}
	end();
}
END_TEST

/* A pause that is asked for before an end of the one before is done. */
START_TEST(paused__again_at_once_is_paused)
{
	const char *path = temp_path("again.wav");
	struct usher__mevent ev;
	uint64_t rec;

	begin(false);
	ck_assert_int_eq(usher__mrec_new(m, path, NULL, &rec), 0);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg_a, 0), 0);
	settle();
	talk_of(500, 0, 20);
	ck_assert_int_eq(usher__mrec_pause(m, rec), 0);
	fall_behind();
	ck_assert_int_eq(usher__mrec_resume(m, rec), 0);
	ck_assert_int_eq(usher__mrec_pause(m, rec), 0);
	go_on();
	settle();
	talk_of(SECRET_A, 0, 20);
	ck_assert_int_eq(usher__mrec_stop(m, rec), 0);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	tape_read(path);
	ck_assert_double_ge(loudest(tape.pcm[0], tape.samples, 500), -12);
	ck_assert_double_le(loudest(tape.pcm[0], tape.samples, SECRET_A), -30);
	end();
}
END_TEST

TCase *meanwhile_case(void)
{
	TCase *tc = tcase_create("meanwhile");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, muted__speech_is_not_heard_when_that_ends, 0,
			    4);
	tcase_add_loop_test(tc, paused__speech_is_not_recorded_when_that_ends,
			    0, 2);
	tcase_add_test(tc, paused__again_at_once_is_paused);
	return tc;
}
