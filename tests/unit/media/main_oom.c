/* Every allocation of the media room fails in turn, on whichever thread it
 * is: an error comes back, nothing is lost, and the next try works. */
#include <check.h>
#include <media/media.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../oom.h"

#define TRY(call)                                                             \
	do {                                                                  \
		int rc_ = (call);                                             \
		if (rc_) {                                                    \
			wrong |= rc_ != USHER_ENOMEM;                         \
			goto out;                                             \
		}                                                             \
	} while (0)

/* Check allocates in its assertions, so it is asked afterwards. */
static bool wrong;
static char sound[64], tape[64];

/* All that allocates; true when all of it worked. */
static bool everything(void)
{
	const struct usher__media_opts opts = {.bind_ip = "127.0.99.1"};
	const struct usher__mitem items[] = {
		{.kind = USHER__MI_FILE, .path = sound},
		{.kind = USHER__MI_DIGITS, .digits = "1"},
	};
	const struct usher__mplay_opts play = {items, 2, 0, 0, false};
	struct usher__mleg_params params;
	struct usher__media *m = NULL;
	struct usher__mevent ev;
	struct usher__mroom_opts room = {.room = 1, .role = USHER__MROLE_TALK};
	uint64_t legs[3], rec = 0;
	uint16_t port;
	int plays = 0, recs = 0, dones = 0;
	bool well = false;

	unlink(tape);
	TRY(usher__media_new(&m, &opts, NULL));
	for (int i = 0; i < 3; i++) {
		TRY(usher__mleg_new(m, NULL, &legs[i], &port));
		usher__mleg_params_init(&params);
		params.remote_ip = "127.0.99.2";
		params.remote_port = 9;
		params.srtp_rx.suite = USHER__SRTP_SHA1_80;
		params.srtp_tx.suite = USHER__SRTP_SHA1_32;
		/* One of them is not like the others. */
		if (i == 1) {
			params.codec = USHER__OPUS;
			params.rx_pt[USHER__OPUS] = 96;
		}
		TRY(usher__mleg_set(m, legs[i], &params));
	}
	TRY(usher__media_bridge(m, legs[0], legs[1]));
	TRY(usher__mleg_meter(m, legs[0], true));
	TRY(usher__mrec_new(m, tape, NULL, &rec));
	recs++;
	TRY(usher__mrec_attach(m, rec, legs[0], 0));
	TRY(usher__mrec_attach_heard(m, rec, legs[0], 1));
	for (int i = 0; i < 3; i++)
		TRY(usher__media_room(m, legs[i], &room));
	TRY(usher__mleg_mute(m, legs[0], true));
	TRY(usher__mleg_play(m, legs[0], &play, NULL));
	plays++;
	usleep(40000);
	TRY(usher__mrec_pause(m, rec));
	TRY(usher__mrec_resume(m, rec));
	TRY(usher__mrec_stop(m, rec));
	TRY(usher__mleg_stop(m, legs[0], 0));
	room.room = 0;
	TRY(usher__media_room(m, legs[2], &room));
	TRY(usher__media_bridge(m, legs[0], legs[1]));
	TRY(usher__media_unbridge(m, legs[0]));
	well = true;
	/* Each accepted one is told of, whatever became of it. */
	for (int i = 0; i < 200 && dones < plays + recs; i++) {
		usleep(5000);
		while (usher__media_next(m, &ev)) {
			if (ev.type != USHER__MEV_PLAY_DONE &&
			    ev.type != USHER__MEV_REC_DONE)
				continue;
			dones++;
			if (ev.reason == USHER__MR_ERROR) {
				well = false;
				wrong |= ev.error != USHER_ENOMEM;
			}
		}
	}
	wrong |= dones != plays + recs;

out:
	usher__media_free(m);
	return well;
}

static void sound_write(void)
{
	SF_INFO info = {8000, 8000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 0, 0};
	static const short pcm[800] = {1};
	SNDFILE *file;

	snprintf(sound, sizeof(sound), "/tmp/usher-oom-%d.wav", getpid());
	snprintf(tape, sizeof(tape), "/tmp/usher-oom-%d-rec.wav", getpid());
	/* Another rate than ours, so that it is resampled. */
	info.samplerate = 16000;
	file = sf_open(sound, SFM_WRITE, &info);
	ck_assert_ptr_nonnull(file);
	sf_write_short(file, pcm, 800);
	sf_close(file);
}

START_TEST(media__every_allocation_fails_in_turn)
{
	long failed, n;

	sound_write();
	ck_assert(everything());
	for (n = 1; n < 500; n++) {
		oom_arm(n, 0);
		everything();
		failed = oom_disarm();
		ck_assert(!wrong);
		if (!failed)
			break;
	}
	ck_assert_int_gt(n, 20);
	ck_assert_int_lt(n, 500);
	ck_assert(everything());
	unlink(sound);
	unlink(tape);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("media-oom");
	TCase *tc = tcase_create("oom");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, media__every_allocation_fails_in_turn);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
