/* The voice driver's verbs for rooms, with the center's part played here:
 * calls of a phone arrive, and what the customer's recording has is measured.
 */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <channel/channel.h>
#include <drivers/voice/voice.h>
#include <media/media.h>
#include <sip/loop.h>
#include <usher/call.h>

enum { WAIT_MS = 10000, LEGS = 3, REQUESTS = 256, RATE = 8000 };

#define LOUD  -16.0
#define QUIET -45.0

/* Legs 1, 2, 3: the customer, the agent, the supervisor. */
static const uint32_t freqs[LEGS + 1] = {0, 500, 1100, 1700};
static const struct usher_channel_driver *driver;
static struct usher__loop *loop;
static struct usher__voice_hub *hub;
static struct usher__voice *voice;
static struct usher_phone *phone;
static uint64_t calls[LEGS + 1];

/* What the center is told. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t legs, last_request;
static bool told[REQUESTS];
static int results[REQUESTS];
static int64_t values[REQUESTS];

static int sink_post(void *owner, struct usher__report *report)
{
	(void)owner;
	pthread_mutex_lock(&lock);
	if (report->type == USHER__DONE && report->req < REQUESTS) {
		ck_assert(!told[report->req]);
		told[report->req] = true;
		results[report->req] = report->code;
		values[report->req] = report->value;
	}
	pthread_mutex_unlock(&lock);
	free(report);
	return 0;
}

static uint64_t sink_leg(void *owner)
{
	uint64_t leg;

	(void)owner;
	pthread_mutex_lock(&lock);
	leg = ++legs;
	pthread_mutex_unlock(&lock);
	return leg;
}

static int sink_open(void *owner)
{
	(void)owner;
	return 0;
}

static struct usher_channel channel = {
	.sink = {.post = sink_post, .leg = sink_leg, .open = sink_open},
};

/* --- on the loop ------------------------------------------------------ */

struct verb {
	int (*run)(struct verb *verb);
	uint64_t req;
	uint64_t leg;
	int flag;
	uint64_t number;
	const void *opts;
};

static int run_verb(void *arg)
{
	struct verb *verb = arg;

	return verb->run(verb);
}

static int run_accept(struct verb *verb)
{
	return driver->accept(voice, verb->req, verb->leg);
}

static int run_mix(struct verb *verb)
{
	return driver->mix(voice, verb->req, verb->leg, verb->opts);
}

static int run_mute(struct verb *verb)
{
	return driver->mute(voice, verb->req, verb->leg, verb->flag);
}

static int run_hold(struct verb *verb)
{
	return driver->hold(voice, verb->req, verb->leg, NULL);
}

static int run_prompt(struct verb *verb)
{
	return driver->prompt(voice, verb->req, verb->leg, verb->opts);
}

static int run_quiet(struct verb *verb)
{
	return driver->quiet(voice, verb->req, verb->leg);
}

static int run_record(struct verb *verb)
{
	return driver->record(voice, verb->req, verb->leg, verb->opts);
}

static int run_record_stop(struct verb *verb)
{
	return driver->record_stop(voice, verb->number, verb->leg);
}

static int run_record_pause(struct verb *verb)
{
	return driver->record_pause(voice, verb->number, verb->leg,
				    verb->flag);
}

/* Returns what the driver says at once; *verb has the request. */
static int say(struct verb *verb)
{
	verb->req = ++last_request;
	ck_assert_uint_lt(verb->req, REQUESTS);
	return usher__loop_call(loop, run_verb, verb);
}

static void pause_ms(int ms)
{
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

static int result_of(uint64_t req)
{
	bool done = false;

	for (int i = 0; i < WAIT_MS / 5 && !done; i++) {
		pthread_mutex_lock(&lock);
		done = told[req];
		pthread_mutex_unlock(&lock);
		if (!done)
			pause_ms(5);
	}
	ck_assert(done);
	return results[req];
}

static int64_t outcome(uint64_t req)
{
	ck_assert_int_eq(result_of(req), 0);
	return values[req];
}

static void said(struct verb verb)
{
	ck_assert_int_eq(say(&verb), 0);
	outcome(verb.req);
}

static void mix(uint64_t leg, uint64_t room, uint32_t role, uint64_t to)
{
	const struct usher_channel_mix opts = {
		.size = sizeof(opts),
		.room = room,
		.role = role,
		.whisper_to = to,
	};

	said((struct verb){.run = run_mix, .leg = leg, .opts = &opts});
}

static void mute(uint64_t leg, int on)
{
	said((struct verb){.run = run_mute, .leg = leg, .flag = on});
}

static const char *password(void *arg, const char *account)
{
	(void)arg;
	(void)account;
	return NULL;
}

static int open_hub(void *arg)
{
	const struct usher__voice_hub_opts hub_opts = {
		.loop = loop,
		.address = "127.0.0.1",
		.rtp_port_min = 45000,
		.rtp_port_max = 49999,
		.media_threads = 4,
	};
	const struct usher__voice_opts opts = {.password = password};
	const struct usher__voice_trunk trunk = {
		.name = "loopback",
		.sources = "127.0.0.1",
	};
	int err = usher__voice_hub_new(&hub, &hub_opts, NULL);

	(void)arg;
	if (!err)
		err = usher__voice_new(&voice, hub, &opts);
	if (!err)
		err = usher__voice_trunks(voice, &trunk, 1, NULL);
	return err ? err : driver->start(voice, &channel);
}

static int close_hub(void *arg)
{
	(void)arg;
	driver->stop(voice);
	usher__voice_hub_free(hub);
	return 0;
}

/* --- the call --------------------------------------------------------- */

static void await(uint32_t type)
{
	struct pollfd fd = {.fd = usher_phone_fd(phone), .events = POLLIN};
	struct usher_phone_event event;

	do {
		ck_assert_int_eq(poll(&fd, 1, WAIT_MS), 1);
		ck_assert_int_eq(
			usher_phone_next(phone, &event, sizeof(event)), 1);
	} while (event.type != type);
}

static void setup(void)
{
	struct usher_phone_call_opts call;
	struct usher_phone_opts opts;
	char uri[64];

	driver = usher__voice_driver();
	channel.driver = driver;
	ck_assert_int_eq(usher__loop_new(&loop, NULL, NULL), 0);
	ck_assert_int_eq(usher__loop_call(loop, open_hub, NULL), 0);
	usher_phone_opts_init(&opts, sizeof(opts));
	opts.rtp_port_min = 40000;
	opts.rtp_port_max = 44999;
	ck_assert_int_eq(usher_phone_new(&phone, &opts, NULL), 0);
	snprintf(uri, sizeof(uri), "sip:100@127.0.0.1:%u",
		 usher__voice_hub_port(hub));
	usher_phone_call_opts_init(&call, sizeof(call));
	call.uri = uri;
	for (uint64_t i = 1; i <= LEGS; i++) {
		uint64_t there = 0;

		ck_assert_int_eq(
			usher_phone_place(phone, &call, &calls[i], NULL), 0);
		for (int k = 0; k < WAIT_MS / 5 && there < i; k++) {
			pause_ms(5);
			pthread_mutex_lock(&lock);
			there = legs;
			pthread_mutex_unlock(&lock);
		}
		said((struct verb){.run = run_accept, .leg = i});
		await(USHER_PHONE_ANSWERED);
		ck_assert_int_eq(
			usher_phone_tone(phone, calls[i], freqs[i], 0, NULL),
			0);
	}
}

static void teardown(void)
{
	usher_phone_free(phone);
	usher__loop_call(loop, close_hub, NULL);
	usher__loop_free(loop);
}

/* --- recordings ------------------------------------------------------- */

static char path[64];
static int16_t tape[2][RATE];

static uint64_t record(void)
{
	const struct usher_channel_record opts = {
		.size = sizeof(opts),
		.path = path,
		.other_leg = 2,
	};
	struct verb verb = {.run = run_record, .leg = 1, .opts = &opts};

	snprintf(path, sizeof(path), "/tmp/usher-voice-%d.wav", getpid());
	unlink(path);
	ck_assert_int_eq(say(&verb), 0);
	return verb.req;
}

/* Its second half, where it is steady. Returns its length in ms. */
static int64_t recorded(uint64_t req)
{
	struct verb verb = {.run = run_record_stop, .leg = 1, .number = req};
	SF_INFO info = {0};
	SNDFILE *file;
	int16_t both[2];
	int64_t ms;
	int n = 0;

	ck_assert_int_eq(say(&verb), 0);
	ms = outcome(req);
	file = sf_open(path, SFM_READ, &info);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(info.channels, 2);
	memset(tape, 0, sizeof(tape));
	sf_seek(file, info.frames / 2, SEEK_SET);
	while (n < RATE && sf_readf_short(file, both, 1) == 1) {
		tape[0][n] = both[0];
		tape[1][n++] = both[1];
	}
	sf_close(file);
	unlink(path);
	return ms;
}

static bool has(int side, uint64_t leg, bool wanted)
{
	double level =
		usher__tone_level(tape[side], RATE / 5, RATE, freqs[leg]);

	return wanted ? level > LOUD : level < QUIET;
}

/* left: is the customer in it; right: whom it hears. */
static void assert_tape(bool left, bool agent, bool supervisor)
{
	bool right = false;

	for (int tries = 0; tries < 8 && !right; tries++) {
		uint64_t req = record();

		pause_ms(700);
		recorded(req);
		right = has(0, 1, left) && has(0, 2, false) &&
			has(0, 3, false) && has(1, 1, false) &&
			has(1, 2, agent) && has(1, 3, supervisor);
	}
	ck_assert(right);
}

START_TEST(mix__parts_and_mute_and_leaving)
{
	mix(1, 42, USHER_MIX_TALK, 0);
	mix(2, 42, USHER_MIX_TALK, 0);
	assert_tape(true, true, false);
	mix(3, 42, USHER_MIX_LISTEN, 0);
	assert_tape(true, true, false);
	mix(3, 42, USHER_MIX_WHISPER, 2);
	assert_tape(true, true, false);
	mix(3, 42, USHER_MIX_TALK, 0);
	assert_tape(true, true, true);
	mute(2, 1);
	assert_tape(true, false, true);
	mute(1, 1);
	assert_tape(false, false, true);
	mute(1, 0);
	mute(2, 0);
	/* Held, it is out of the room. */
	said((struct verb){.run = run_hold, .leg = 3});
	assert_tape(true, true, false);
	mix(2, 0, USHER_MIX_TALK, 0);
	mix(2, 0, USHER_MIX_TALK, 0);
	assert_tape(true, false, false);
}
END_TEST

START_TEST(mix__errors_come_at_once)
{
	struct usher_channel_mix opts = {
		.size = sizeof(opts), .room = 1, .role = USHER_MIX_TALK};
	struct verb verb = {.run = run_mix, .leg = 99, .opts = &opts};

	ck_assert_int_eq(say(&verb), USHER_ENOENT);
	verb.leg = 1;
	opts.role = 0;
	ck_assert_int_eq(say(&verb), USHER_EINVAL);
	opts.role = USHER_MIX_WHISPER;
	opts.whisper_to = 99;
	ck_assert_int_eq(say(&verb), USHER_ENOENT);
	opts.whisper_to = 2; /* who is not in it */
	ck_assert_int_eq(say(&verb), USHER_ENOENT);
	verb.run = run_mute;
	verb.leg = 99;
	ck_assert_int_eq(say(&verb), USHER_ENOENT);
	verb.run = run_record_pause;
	verb.number = 99;
	ck_assert_int_eq(say(&verb), USHER_ENOENT);
	/* No outcome follows on what was not taken. */
	pause_ms(50);
	for (uint64_t i = LEGS + 1; i <= last_request; i++)
		ck_assert(!told[i]);
}
END_TEST

START_TEST(record__pause_leaves_out)
{
	struct verb verb = {.run = run_record_pause, .leg = 1, .flag = 1};
	struct timespec from, to;
	int64_t ms, elapsed;

	mix(1, 42, USHER_MIX_TALK, 0);
	mix(2, 42, USHER_MIX_TALK, 0);
	clock_gettime(CLOCK_MONOTONIC, &from);
	verb.number = record();
	pause_ms(200);
	ck_assert_int_eq(say(&verb), 0);
	pause_ms(500);
	verb.flag = 0;
	ck_assert_int_eq(say(&verb), 0);
	pause_ms(300);
	ms = recorded(verb.number);
	clock_gettime(CLOCK_MONOTONIC, &to);
	elapsed = (to.tv_sec - from.tv_sec) * 1000 +
		  (to.tv_nsec - from.tv_nsec) / 1000000;
	ck_assert_int_ge(ms, 450);
	ck_assert_int_le(ms, elapsed - 500);
}
END_TEST

/* A beep, or one without an end. */
static uint64_t prompt(int endless)
{
	const struct usher_channel_prompt opts = {
		.size = sizeof(opts), .name = "beep", .loop = endless};
	struct verb verb = {.run = run_prompt, .leg = 1, .opts = &opts};

	ck_assert_int_eq(say(&verb), 0);
	return verb.req;
}

START_TEST(prompt__that_is_cut_off_has_not_been_heard)
{
	uint64_t cut;

	ck_assert_int_eq(result_of(prompt(0)), 0);
	cut = prompt(1);
	said((struct verb){.run = run_quiet, .leg = 1});
	ck_assert_int_eq(result_of(cut), USHER_ECANCELED);
	cut = prompt(1);
	ck_assert_int_eq(result_of(prompt(0)), 0);
	ck_assert_int_eq(result_of(cut), USHER_ECANCELED);
	cut = prompt(1);
	mix(1, 42, USHER_MIX_TALK, 0);
	ck_assert_int_eq(result_of(cut), USHER_ECANCELED);
}
END_TEST

START_TEST(prompt__of_ringback_rings)
{
	const struct usher_channel_prompt opts = {
		.size = sizeof(opts),
		.name = USHER_CHANNEL_RINGBACK,
		.loop = 1};
	struct verb verb = {.run = run_prompt, .leg = 1, .opts = &opts};
	struct pollfd fd = {.fd = usher_phone_fd(phone), .events = POLLIN};
	struct usher_phone_event event = {0};

	ck_assert_int_eq(usher_phone_listen(phone, calls[1], 1, NULL), 0);
	ck_assert_int_eq(say(&verb), 0);
	while (event.type != USHER_PHONE_TONE || event.call != calls[1] ||
	       event.frequency_hz < 415 || event.frequency_hz > 435) {
		ck_assert_int_eq(poll(&fd, 1, WAIT_MS), 1);
		ck_assert_int_eq(
			usher_phone_next(phone, &event, sizeof(event)), 1);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("voice-rooms");
	TCase *tc = tcase_create("rooms");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, mix__parts_and_mute_and_leaving);
	tcase_add_test(tc, mix__errors_come_at_once);
	tcase_add_test(tc, record__pause_leaves_out);
	tcase_add_test(tc, prompt__that_is_cut_off_has_not_been_heard);
	tcase_add_test(tc, prompt__of_ringback_rings);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
