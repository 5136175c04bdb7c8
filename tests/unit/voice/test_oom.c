/* What the driver of voice says of a leg is heard without memory, and a verb
 * is either carried out and told, or not taken. */
#include <check.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <usher/acd.h>

#include <drivers/voice/hub.h>
#include <sip/loop.h>

#include "../oom.h"

#define LOG_MAX 128
#define FOREVER 1000000
#define VERBS   200 /* allocations of one verb at most */
#define ADDRESS "127.0.97.1"
#define NOBODY  "sip:bob@127.0.97.2:9"

/* What was reported, in place of a center. */
struct heard {
	enum usher__report_type type;
	int32_t code;
	uint64_t leg, req;
	int64_t value;
	char text[64];
};

static struct heard heard[LOG_MAX];
static unsigned heard_count;
static uint64_t last_leg;
static unsigned lines;

static struct usher__loop *loop;
static struct usher__voice_hub *hub;
static struct usher__voice *voice;
static struct usher_channel channel;

static int sink_open(void *owner)
{
	(void)owner;
	return 0;
}

static uint64_t sink_leg(void *owner)
{
	(void)owner;
	return ++last_leg;
}

static int sink_post(void *owner, struct usher__report *report)
{
	struct heard *h = &heard[heard_count++ % LOG_MAX];

	(void)owner;
	memset(h, 0, sizeof(*h));
	h->type = report->type;
	h->code = report->code;
	h->leg = report->leg;
	h->req = report->req;
	h->value = report->value;
	if (report->text)
		strncpy(h->text, report->text, sizeof(h->text) - 1);
	free(report);
	return 0;
}

static void on_log(void *arg, int level, const char *line)
{
	(void)arg;
	(void)level;
	(void)line;
	lines++;
}

static const char *no_password(void *arg, const char *account)
{
	(void)arg;
	(void)account;
	return NULL;
}

static int open_hub(void *arg)
{
	const struct usher__voice_hub_opts opts = {
		.loop = loop,
		.address = ADDRESS,
		.media_threads = 1,
		.log = on_log,
	};
	const struct usher__voice_opts tenant = {.password = no_password};
	const struct usher__voice_trunk trunk = {.name = "outside",
						 .address = "127.0.97.2:9",
						 .check_ms = USHER_ZERO};
	int err = usher__voice_hub_new(&hub, &opts, NULL);

	(void)arg;
	if (!err)
		err = usher__voice_new(&voice, hub, &tenant);
	if (!err)
		err = usher__voice_trunks(voice, &trunk, 1, NULL);
	return err ? err : usher__voice_driver()->start(voice, &channel);
}

static int close_hub(void *arg)
{
	(void)arg;
	usher__voice_driver()->stop(voice);
	usher__voice_hub_free(hub);
	return 0;
}

static void setup(void)
{
	oom_spare(true);
	heard_count = lines = 0;
	last_leg = 0;
	channel = (struct usher_channel){
		.driver = usher__voice_driver(),
		.sink = {.post = sink_post,
			 .leg = sink_leg,
			 .open = sink_open},
	};
	ck_assert_int_eq(usher__loop_new(&loop, NULL, NULL), 0);
	ck_assert_int_eq(usher__loop_call(loop, open_hub, NULL), 0);
}

static void teardown(void)
{
	oom_disarm();
	ck_assert_int_eq(usher__loop_call(loop, close_hub, NULL), 0);
	usher__loop_free(loop);
}

/* Run it where the driver lives; assertions follow on the test's thread. */
static int inside(usher__loop_call_fn *fn, void *arg)
{
	return usher__loop_call(loop, fn, arg);
}

static int arrive(void *arg)
{
	const struct usher__invite inv = {
		.leg = 1,
		.domain = "usher",
		.user = "1000",
		.to_user = "",
		.from_user = "555",
		.from_host = "",
		.from_name = "",
		.asserted = "",
		.account = "",
		.call_id = "",
		.source = "",
		.called = "",
		.diverted = "",
		.diverted_reason = "",
		.user_to_user = "",
		.privacy = "",
	};

	(void)arg;
	return usher__voice_ua_ops.invite(hub, &inv);
}

static void leg_event(struct voice_leg *leg, uint32_t type)
{
	const struct usher__leg_event event = {
		.type = type,
		.status = 180,
		.digit = '5',
		.duration_ms = 90,
		.cause = USHER__CAUSE_LOST,
	};

	usher__voice_ua_ops.leg(hub, leg->sip, leg, &event);
}

static struct voice_leg *only_leg(void)
{
	return usher__voice_leg_find(hub, last_leg);
}

/* Everything that can be said of a leg, without any memory. */
static int whole_life(void *arg)
{
	static const uint32_t types[] = {
		USHER__LEG_PROGRESS, USHER__LEG_ANSWERED, USHER__LEG_HELD,
		USHER__LEG_RESUMED,  USHER__LEG_DIGIT,    USHER__LEG_ENDED};
	struct voice_leg *leg = only_leg();

	(void)arg;
	oom_arm(1, FOREVER);
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		leg_event(leg, types[i]);
	return oom_disarm() > 0 ? 0 : -1;
}

START_TEST(report__all_of_a_leg_is_heard_without_memory)
{
	static const enum usher__report_type types[] = {
		USHER__ARRIVED, USHER__RINGING, USHER__ANSWERED, USHER__HELD,
		USHER__HELD,    USHER__DIGIT,   USHER__ENDED};

	ck_assert_int_eq(inside(arrive, NULL), 0);
	ck_assert_int_eq(inside(whole_life, NULL), 0);
	ck_assert_uint_eq(heard_count, 7);
	for (unsigned i = 0; i < 7; i++) {
		ck_assert_uint_eq(heard[i].type, types[i]);
		ck_assert_uint_eq(heard[i].leg, i ? last_leg : heard[0].leg);
	}
	ck_assert_int_eq(heard[3].code, 1);
	ck_assert_int_eq(heard[4].code, 0);
	ck_assert_int_eq(heard[5].code, '5');
	ck_assert_int_eq(heard[5].value, 90);
	ck_assert_int_eq(heard[6].code, USHER_LEG_LOST);
	ck_assert_ptr_null(hub->legs);
}
END_TEST

/* However much is said before, the answer and the end are heard. */
static int flood(void *arg)
{
	struct voice_leg *leg = only_leg();

	(void)arg;
	oom_arm(1, FOREVER);
	for (unsigned i = 0; i < VOICE_OTHER_RESERVE + 3; i++)
		leg_event(leg, USHER__LEG_DIGIT);
	for (unsigned i = 0; i < VOICE_KEEP_OTHER + 3; i++)
		leg_event(leg, i % 2 ? USHER__LEG_RESUMED : USHER__LEG_HELD);
	leg_event(leg, USHER__LEG_ANSWERED);
	leg_event(leg, USHER__LEG_ENDED);
	oom_disarm();
	return 0;
}

START_TEST(report__the_end_is_heard_after_all_others)
{
	ck_assert_int_eq(inside(arrive, NULL), 0);
	ck_assert_int_eq(inside(flood, NULL), 0);
	ck_assert_uint_eq(heard_count,
			  1 + VOICE_OTHER_RESERVE + VOICE_LEG_RESERVE);
	for (unsigned i = 0; i < VOICE_KEEP_OTHER; i++)
		ck_assert_uint_eq(heard[heard_count - 3 - i].type,
				  USHER__HELD);
	ck_assert_uint_eq(heard[heard_count - 2].type, USHER__ANSWERED);
	ck_assert_uint_eq(heard[heard_count - 1].type, USHER__ENDED);
	ck_assert_uint_gt(lines, 0); /* what was not heard is logged */
}
END_TEST

/* With memory again the reserve is whole again. */
static int twice(void *arg)
{
	struct voice_leg *leg = only_leg();

	(void)arg;
	for (int i = 0; i < 3; i++) {
		oom_arm(1, FOREVER);
		for (int k = 0; k < 9; k++)
			leg_event(leg, USHER__LEG_DIGIT);
		oom_disarm();
		leg_event(leg, USHER__LEG_DIGIT);
	}
	leg_event(leg, USHER__LEG_ENDED);
	return 0;
}

START_TEST(report__the_reserve_fills_again)
{
	ck_assert_int_eq(inside(arrive, NULL), 0);
	ck_assert_int_eq(inside(twice, NULL), 0);
	ck_assert_uint_eq(heard_count, 1 + 30 + 1);
	ck_assert_uint_eq(lines, 0);
}
END_TEST

static int arrive_nth(void *arg)
{
	int status;

	oom_arm(*(long *)arg, 0);
	status = arrive(NULL);
	*(long *)arg = oom_disarm();
	return status;
}

START_TEST(report__who_arrives_without_memory_leaves)
{
	long nth, failed = 1;

	for (nth = 1; failed && nth < VERBS; nth++) {
		unsigned before = heard_count;
		int status;

		failed = nth;
		status = inside(arrive_nth, &failed);
		ck_assert_int_eq(status, failed ? 503 : 0);
		/* Nobody is told of, or of the end too. */
		if (failed && heard_count != before) {
			ck_assert_uint_eq(heard_count, before + 2);
			ck_assert_uint_eq(heard[before + 1].type,
					  USHER__ENDED);
			ck_assert_uint_eq(heard[before + 1].leg,
					  heard[before].leg);
		}
		ck_assert_uint_eq(hub->leg_count, failed ? 0 : 1);
	}
	ck_assert_int_gt(nth, 5);
	ck_assert_int_eq(failed, 0);
}
END_TEST

static int bindings(void *arg)
{
	struct usher__binding binding = {
		.domain = "usher",
		.user = "ann",
		.contact = "sip:ann@127.0.97.3",
		.expires_s = 60,
	};

	(void)arg;
	oom_arm(1, FOREVER);
	usher__voice_ua_ops.binding(hub, USHER__BINDING_NEW, &binding);
	usher__voice_ua_ops.binding(hub, USHER__BINDING_EXPIRED, &binding);
	return oom_disarm() > 0 ? 0 : -1;
}

START_TEST(report__phones_come_and_go_without_memory)
{
	ck_assert_int_eq(inside(bindings, NULL), 0);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(heard[0].type, USHER__REGISTERED);
	ck_assert_str_eq(heard[0].text, "ann");
	ck_assert_int_eq(heard[0].value, 60000);
	ck_assert_int_eq(heard[1].value, 0);
}
END_TEST

/* ---- verbs ---- */

enum { RING, OUTSIDE, PROMPT, QUIET, JOIN, PART, HOLD, END, VERB_COUNT };

struct verb {
	int which;
	long nth; /* the allocation that fails; then how many have */
	uint64_t leg, other;
};

static int ring(uint64_t req, uint64_t leg, const char *address)
{
	const struct usher_channel_ring to = {
		.size = sizeof(to),
		.address = address,
		.caller = "1",
		.timeout_ms = 100000,
	};

	return usher__voice_driver()->ring(voice, req, leg, &to);
}

static int verb_nth(void *arg)
{
	const struct usher_channel_driver *driver = usher__voice_driver();
	const struct usher_channel_prompt silence = {
		.size = sizeof(silence), .name = "x", .loop = 1};
	struct verb *verb = arg;
	int err = 0;

	oom_arm(verb->nth, 0);
	switch (verb->which) {
	case RING:
		err = ring(77, verb->leg, NOBODY);
		break;
	case OUTSIDE: /* over a trunk */
		err = ring(77, verb->leg, "tel:+3615550000");
		break;
	case PROMPT:
		err = driver->prompt(voice, 77, verb->leg, &silence);
		break;
	case QUIET:
		err = driver->quiet(voice, 77, verb->leg);
		break;
	case JOIN:
		err = driver->join(voice, 77, verb->leg, verb->other);
		break;
	case PART:
		err = driver->part(voice, 77, verb->leg, verb->other);
		break;
	case HOLD:
		err = driver->hold(voice, 77, verb->leg, &silence);
		break;
	case END:
		err = driver->end(voice, 77, verb->leg, USHER_LEG_NORMAL);
		break;
	}
	verb->nth = oom_disarm();
	return err;
}

static int ring_one(void *arg)
{
	uint64_t *ret = arg;

	*ret = ++last_leg;
	return ring(1, *ret, NOBODY);
}

static unsigned heard_done(uint64_t req)
{
	unsigned count = 0;

	for (unsigned i = 0; i < heard_count && i < LOG_MAX; i++)
		count += heard[i].type == USHER__DONE && heard[i].req == req;
	return count;
}

/* What only the loop's thread may look at. */
struct seen {
	unsigned legs, plays, done;
};

static int look(void *arg)
{
	struct seen *seen = arg;

	seen->legs = hub->leg_count;
	seen->plays = HASH_COUNT(hub->plays);
	seen->done = heard_done(77);
	return 0;
}

static int forget(void *arg)
{
	(void)arg;
	heard_count = 0;
	return 0;
}

/* Legs end, and what plays on them with them. */
static void end_all(const struct verb *verb)
{
	struct verb end = {END, FOREVER, 0, 0};
	struct seen seen;

	for (int i = 0; i < 2; i++) {
		end.leg = i ? verb->other : verb->leg;
		end.nth = FOREVER;
		inside(verb_nth, &end);
	}
	do {
		sched_yield();
		inside(look, &seen);
	} while (seen.legs || seen.plays);
}

/* A verb that was taken has its one outcome, or none yet: a prompt that plays.
 * One that was not has none, and has done nothing. */
START_TEST(verb__is_told_or_not_taken)
{
	struct verb verb = {.which = _i};
	struct seen before, seen;
	long nth, failed = 1;
	int err;

	for (nth = 1; failed && nth < VERBS; nth++) {
		ck_assert_int_eq(inside(ring_one, &verb.leg), 0);
		ck_assert_int_eq(inside(ring_one, &verb.other), 0);
		if (_i == RING || _i == OUTSIDE) {
			end_all(&verb);
			verb.leg = verb.other = ++last_leg;
		}
		inside(forget, NULL);
		inside(look, &before);
		verb.nth = nth;
		err = inside(verb_nth, &verb);
		failed = verb.nth;
		ck_assert_msg(!err || failed, "allocation %ld: %s", nth,
			      usher_strerror(err));
		inside(look, &seen);
		if (err)
			ck_assert_uint_eq(seen.done + seen.plays, 0);
		else if (_i == END)
			ck_assert_uint_le(seen.done, 1);
		else
			ck_assert_uint_eq(
				seen.done + (_i == PROMPT ? seen.plays : 0),
				1);
		if (_i == RING || _i == OUTSIDE)
			ck_assert_uint_eq(seen.legs, before.legs + !err);
		end_all(&verb);
	}
	ck_assert_int_gt(nth, 2);
	ck_assert_int_eq(failed, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("voice-oom");
	TCase *tc = tcase_create("voice-oom");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, report__all_of_a_leg_is_heard_without_memory);
	tcase_add_test(tc, report__the_end_is_heard_after_all_others);
	tcase_add_test(tc, report__the_reserve_fills_again);
	tcase_add_test(tc, report__who_arrives_without_memory_leaves);
	tcase_add_test(tc, report__phones_come_and_go_without_memory);
	tcase_add_loop_test(tc, verb__is_told_or_not_taken, 0, VERB_COUNT);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
