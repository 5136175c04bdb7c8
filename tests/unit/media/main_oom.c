/* Every allocation of the media room fails in turn, on whichever thread it
 * is: an error comes back, nothing is lost, and the next try works. */
#include <check.h>
#include <media/engine.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../oom.h"

#define ENGINE "127.0.99.1"
#define PHONES "127.0.99.2"

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

/* The first by SRTP, the second with Opus, the third like everybody. */
static void leg_params(int i, struct usher__mleg_params *params)
{
	usher__mleg_params_init(params);
	params->remote_ip = PHONES;
	params->remote_port = 9;
	params->any_source = true;
	if (i == 0) {
		params->srtp_rx.suite = USHER__SRTP_SHA1_80;
		params->srtp_tx.suite = USHER__SRTP_SHA1_32;
	}
	if (i == 1) {
		params->codec = USHER__OPUS;
		params->tx_pt = params->rx_pt[USHER__OPUS] = 96;
	}
}

/* 40 ms of what phones say, to all legs. */
static void speak(const uint16_t *ports)
{
	static uint16_t seq;
	uint8_t packet[USHER__RTP_HEADER + USHER__OPUS_SILENCE_MAX + 60];
	union usher__maddr to;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (int f = 0; f < 2; f++) {
		seq++;
		for (int i = 0; i < 3; i++) {
			struct usher__rtp rtp = {
				.pt = i == 1 ? 96 : 0,
				.seq = seq,
				.ts = seq * (i == 1 ? 960u : 160u),
				.ssrc = (uint32_t)i,
			};
			size_t n = 160;

			memset(packet, 0x55, sizeof(packet));
			usher__rtp_header(packet, &rtp);
			if (i == 1)
				n = usher__opus_silence(
					packet + USHER__RTP_HEADER, 960);
			usher__maddr_parse(ENGINE, ports[i], &to);
			sendto(fd, packet, USHER__RTP_HEADER + n, 0, &to.sa,
			       sizeof(to.in));
		}
		usleep(10000);
	}
	close(fd);
}

/* All that allocates; true when all of it worked. */
static bool everything(void)
{
	const struct usher__media_opts opts = {.bind_ip = ENGINE};
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
	uint16_t ports[3];
	int plays = 0, recs = 0, dones = 0;
	bool well = false;

	unlink(tape);
	TRY(usher__media_new(&m, &opts, NULL));
	for (int i = 0; i < 3; i++) {
		TRY(usher__mleg_new(m, NULL, &legs[i], &ports[i]));
		leg_params(i, &params);
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
	speak(ports);
	TRY(usher__mrec_attach(m, rec, legs[1], 0));
	speak(ports);
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

/* Of a phone without telephone-event, of one with it, and of one that
 * speaks Opus, without what libopus has; thousands wait at a time. */
static const struct {
	enum usher__mcodec codec;
	uint8_t te_rx_pt;
	size_t bytes;
} weights[] = {
	{USHER__PCMU, USHER__NO_PT, 2200},
	{USHER__PCMU, 101, 1600},
	{USHER__OPUS, 101, 8000},
};

#define WEIGHED 200

START_TEST(media__a_leg_is_as_light_as_is_said)
{
	const struct usher__media_opts opts = {.bind_ip = ENGINE};
	struct usher__mleg_params params;
	struct usher__mleg *last;
	struct usher__media *m;
	uint64_t legs[WEIGHED + 1];
	uint16_t port;
	size_t before = 0;

	ck_assert_int_eq(usher__media_new(&m, &opts, NULL), 0);
	leg_params(2, &params);
	params.te_rx_pt = weights[_i].te_rx_pt;
	if (weights[_i].codec == USHER__OPUS)
		leg_params(1, &params);
	/* The first one brings what all share. */
	for (int i = 0; i <= WEIGHED; i++) {
		if (i == 1)
			before = oom_in_use();
		ck_assert_int_eq(usher__mleg_new(m, NULL, &legs[i], &port), 0);
		ck_assert_int_eq(usher__mleg_set(m, legs[i], &params), 0);
	}
	/* Out and in again: what was asked for has been done. */
	last = usher__media_leg(m, legs[WEIGHED]);
	usher__mworker_detach(last);
	usher__mworker_post(last->worker, &last->add);
	ck_assert_uint_le((oom_in_use() - before) / WEIGHED,
			  weights[_i].bytes);
	usher__media_free(m);
}
END_TEST

static void to_wake(void *arg)
{
	*(int *)arg += 1;
}

/* As long as nobody wakes it a thread does not know what is asked of it; but
 * who waits for an answer, or frees the engine, gets it. */
START_TEST(media__threads_are_woken_once_for_many_commands)
{
	int asked = 0;
	const struct usher__media_opts opts = {
		.bind_ip = ENGINE,
		.threads = 2,
		.to_wake = to_wake,
		.to_wake_arg = &asked,
	};
	struct usher__mleg_params params;
	struct usher__media *m;
	struct usher__mleg *leg;
	uint64_t legs[2];
	uint32_t waiting;
	uint16_t port;

	ck_assert_int_eq(usher__media_new(&m, &opts, NULL), 0);
	leg_params(2, &params);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(usher__mleg_new(m, NULL, &legs[i], &port), 0);
		ck_assert_int_eq(usher__mleg_set(m, legs[i], &params), 0);
	}
	ck_assert_int_eq(asked, 2);
	/* Nothing has woken it. */
	pthread_mutex_lock(&m->workers[0].lock);
	waiting = m->workers[0].command_count;
	pthread_mutex_unlock(&m->workers[0].lock);
	ck_assert_uint_eq(waiting, 2);
	usher__media_wake(m);
	for (int i = 0; i < 2; i++) {
		leg = usher__media_leg(m, legs[i]);
		usher__mworker_detach(leg);
		ck_assert(leg->set);
		usher__mworker_post(leg->worker, &leg->add);
	}
	/* They share a thread from now on. */
	ck_assert_int_eq(usher__media_bridge(m, legs[0], legs[1]), 0);
	ck_assert_int_gt(asked, 2);
	usher__media_free(m);
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
	tcase_add_loop_test(tc, media__a_leg_is_as_light_as_is_said, 0, 3);
	tcase_add_test(tc, media__threads_are_woken_once_for_many_commands);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
