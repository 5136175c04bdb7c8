/* Conferences by usher/call.h: one phone brings three calls of another
 * together, over real SIP and RTP; what each hears is recorded and measured.
 */
#include <check.h>
#include <poll.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <media/media.h>
#include <usher/call.h>

enum { WAIT_MS = 10000, PARTIES = 4, RATE = 8000 };

#define LOUD  -16.0
#define QUIET -45.0

static const uint32_t freqs[PARTIES] = {500, 1100, 1700, 2300};
static struct usher_phone *hub, *people;
static uint64_t inner[PARTIES], outer[PARTIES]; /* the hub's, the people's */

static struct usher_phone *make(void)
{
	struct usher_phone_opts opts;
	struct usher_phone *phone;

	usher_phone_opts_init(&opts, sizeof(opts));
	opts.rtp_port_min = 40000;
	opts.rtp_port_max = 44999;
	ck_assert_int_eq(usher_phone_new(&phone, &opts, NULL), 0);
	return phone;
}

static struct usher_phone_event await(struct usher_phone *phone, uint32_t type)
{
	struct pollfd fd = {.fd = usher_phone_fd(phone), .events = POLLIN};
	struct usher_phone_event event;

	do {
		ck_assert_msg(poll(&fd, 1, WAIT_MS) == 1,
			      "no event of type %u", type);
		ck_assert_int_eq(
			usher_phone_next(phone, &event, sizeof(event)), 1);
	} while (event.type != type);
	return event;
}

/* The outcome of a request of the hub. */
static int outcome(uint64_t request)
{
	struct usher_phone_event event;

	do {
		event = await(hub, USHER_PHONE_DONE);
	} while (event.request != request);
	return event.code;
}

static void setup(void)
{
	struct usher_phone_call_opts opts;
	char uri[64];

	hub = make();
	people = make();
	snprintf(uri, sizeof(uri), "sip:bob@127.0.0.1:%u",
		 usher_phone_port(hub));
	usher_phone_call_opts_init(&opts, sizeof(opts));
	opts.uri = uri;
	for (int i = 0; i < PARTIES; i++) {
		ck_assert_int_eq(
			usher_phone_place(people, &opts, &outer[i], NULL), 0);
		inner[i] = await(hub, USHER_PHONE_INCOMING).call;
		usher_phone_answer(hub, inner[i], NULL);
		await(people, USHER_PHONE_ANSWERED);
		await(hub, USHER_PHONE_ANSWERED);
		ck_assert_int_eq(
			usher_phone_tone(people, outer[i], freqs[i], 0, NULL),
			0);
	}
}

static void teardown(void)
{
	usher_phone_free(hub);
	usher_phone_free(people);
}

static int enter(int i, uint64_t room, uint32_t role, int whisper_to)
{
	struct usher_phone_conference_opts opts;
	uint64_t request = 0;

	usher_phone_conference_opts_init(&opts, sizeof(opts));
	ck_assert_uint_eq(opts.role, USHER_PHONE_TALK);
	opts.room = room;
	opts.role = role;
	opts.whisper_to = inner[whisper_to];
	ck_assert_int_eq(
		usher_phone_conference(hub, inner[i], &opts, &request), 0);
	return outcome(request);
}

static void mute(int i, int on)
{
	uint64_t request = 0;

	ck_assert_int_eq(usher_phone_mute(hub, inner[i], on, &request), 0);
	ck_assert_int_eq(outcome(request), 0);
}

/* Records what a person hears for a while. */
static int16_t heard[PARTIES][RATE];

static void tape(int i, const char *path)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	int16_t both[2];
	int n = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(info.channels, 2);
	memset(heard[i], 0, sizeof(heard[i]));
	/* From the middle, where it is steady. */
	sf_seek(file, info.frames > RATE / 2 ? info.frames / 2 : 0, SEEK_SET);
	while (n < RATE && sf_readf_short(file, both, 1) == 1)
		heard[i][n++] = both[0];
	sf_close(file);
	unlink(path);
	ck_assert_int_gt(n, RATE / 5);
}

static void listen_for(int ms)
{
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};
	char path[PARTIES][64];

	for (int i = 0; i < PARTIES; i++) {
		snprintf(path[i], sizeof(path[i]), "/tmp/usher-conf-%d-%d.wav",
			 getpid(), i);
		unlink(path[i]);
		ck_assert_int_eq(
			usher_phone_record(people, outer[i], path[i], NULL),
			0);
	}
	nanosleep(&pause, NULL);
	for (int i = 0; i < PARTIES; i++)
		ck_assert_int_eq(
			usher_phone_record(people, outer[i], NULL, NULL), 0);
	for (int i = 0; i < PARTIES; i++)
		ck_assert_int_eq(await(people, USHER_PHONE_RECORDED).code, 0);
	for (int i = 0; i < PARTIES; i++)
		tape(i, path[i]);
}

static double level(int i, int who)
{
	return usher__tone_level(heard[i], RATE / 5, RATE, freqs[who]);
}

/* Rows hear columns. A machine that is busy gets another try. */
static void assert_heard(const char *const rows[PARTIES])
{
	bool right = false;

	for (int tries = 0; tries < 8 && !right; tries++) {
		right = true;
		listen_for(700);
		for (int i = 0; i < PARTIES; i++) {
			for (int k = 0; k < PARTIES; k++)
				right &= rows[i][k] == 'x'
						 ? level(i, k) > LOUD
						 : level(i, k) < QUIET;
		}
	}
	for (int i = 0; i < PARTIES && !right; i++)
		printf("%d hears %5.1f %5.1f %5.1f %5.1f\n", i, level(i, 0),
		       level(i, 1), level(i, 2), level(i, 3));
	fflush(stdout);
	ck_assert(right);
}

START_TEST(conference__each_hears_the_others_and_not_itself)
{
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(enter(i, 7, USHER_PHONE_TALK, 0), 0);
	assert_heard((const char *const[]){".xx.", "x.x.", "xx..", "...."});
	/* Who leaves hears nothing; the others go on, relayed. */
	ck_assert_int_eq(enter(1, 0, USHER_PHONE_TALK, 0), 0);
	assert_heard((const char *const[]){"..x.", "....", "x...", "...."});
	/* A bridge takes out of it, whoever hangs up too. */
	ck_assert_int_eq(enter(1, 7, USHER_PHONE_TALK, 0), 0);
	ck_assert_int_eq(usher_phone_bridge(hub, inner[3], inner[2], NULL), 0);
	ck_assert_int_eq(await(hub, USHER_PHONE_DONE).code, 0);
	assert_heard((const char *const[]){".x..", "x...", "...x", "..x."});
}
END_TEST

START_TEST(conference__parts_and_muting)
{
	ck_assert_int_eq(enter(0, 7, USHER_PHONE_TALK, 0), 0);
	ck_assert_int_eq(enter(1, 7, USHER_PHONE_TALK, 0), 0);
	ck_assert_int_eq(enter(2, 7, USHER_PHONE_LISTEN, 0), 0);
	ck_assert_int_eq(enter(3, 7, USHER_PHONE_WHISPER, 1), 0);
	assert_heard((const char *const[]){".x..", "x..x", "xx..", "xx.."});
	mute(0, 1);
	ck_assert_int_eq(enter(2, 7, USHER_PHONE_TALK, 0), 0);
	assert_heard((const char *const[]){".xx.", "..xx", ".x..", ".xx."});
	mute(0, 0);
	ck_assert_int_eq(enter(3, 7, USHER_PHONE_TALK, 0), 0);
	assert_heard((const char *const[]){".xxx", "x.xx", "xx.x", "xxx."});
}
END_TEST

START_TEST(conference__errors_are_outcomes)
{
	struct usher_phone_conference_opts opts;
	uint64_t request = 0;

	usher_phone_conference_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(usher_phone_conference(hub, inner[0], NULL, NULL),
			 USHER_EINVAL);
	opts.role = 0;
	ck_assert_int_eq(usher_phone_conference(hub, inner[0], &opts, NULL),
			 USHER_EINVAL);
	opts.role = 4;
	ck_assert_int_eq(usher_phone_conference(hub, inner[0], &opts, NULL),
			 USHER_EINVAL);
	opts.role = USHER_PHONE_TALK;
	opts.room = 1;
	ck_assert_int_eq(usher_phone_conference(NULL, inner[0], &opts, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_phone_conference(hub, 999, &opts, &request), 0);
	ck_assert_int_eq(outcome(request), USHER_ENOENT);
	ck_assert_int_eq(usher_phone_mute(hub, 999, 1, &request), 0);
	ck_assert_int_eq(outcome(request), USHER_ENOENT);
	ck_assert_int_eq(enter(0, 1, USHER_PHONE_WHISPER, 1), USHER_ENOENT);
	ck_assert_int_eq(enter(0, 0, USHER_PHONE_TALK, 0), 0);
	ck_assert_int_eq(enter(1, 1, USHER_PHONE_TALK, 0), 0);
	ck_assert_int_eq(enter(1, 1, USHER_PHONE_WHISPER, 1), USHER_EINVAL);
	ck_assert_int_eq(enter(0, 1, USHER_PHONE_WHISPER, 1), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conference");
	TCase *tc = tcase_create("conference");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, conference__each_hears_the_others_and_not_itself);
	tcase_add_test(tc, conference__parts_and_muting);
	tcase_add_test(tc, conference__errors_are_outcomes);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
