/* A step of a queue says something to who waits, and the music goes on. */
#include <string.h>

#include "center/center.h"
#include "center/session.h"
#include "scene.h"

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, false);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void step_add(struct usher_flow_builder *b, uint32_t kind,
		     const char *flow, const char *prompt)
{
	struct usher_step_opts step;

	usher_step_opts_init(&step, sizeof(step));
	step.kind = kind;
	step.flow = flow;
	step.prompt = prompt;
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
}

/* What the flow does while somebody waits in sales. */
typedef void build(struct usher_flow_builder *b);

static void in_silence(struct usher_flow_builder *b)
{
	step_add(b, USHER_STEP_WAIT, NULL, NULL);
}

static void to_a_tune(struct usher_flow_builder *b)
{
	step_add(b, USHER_STEP_WAIT, NULL, "tune");
}

static void with_words(struct usher_flow_builder *b)
{
	step_add(b, USHER_STEP_PROMPT, NULL, "one");
	step_add(b, USHER_STEP_PROMPT, NULL, "two");
	step_add(b, USHER_STEP_WAIT, NULL, "tune");
}

static void with_words_later(struct usher_flow_builder *b)
{
	struct usher_step_opts step;

	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_WAIT;
	step.prompt = "tune";
	step.timeout_ms = 100;
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	with_words(b);
}

static void with_a_menu(struct usher_flow_builder *b)
{
	struct usher_step_opts step;

	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_MENU;
	step.prompt = "one";
	step.timeout_ms = 60000;
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "1", "on", NULL), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "else", "on", NULL), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_PROMPT;
	step.name = "on";
	step.prompt = "two";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	step_add(b, USHER_STEP_WAIT, NULL, NULL);
}

/* Who calls 1000 waits in sales, and with 1 somewhere else. */
static struct usher_flow_set *flows(build *meanwhile)
{
	static const char *const prompts[] = {"music", "tune", "busy", "one",
					      "two"};
	struct usher_flow_builder *b;
	struct usher_step_opts step;
	struct usher_flow_set *set;

	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	for (size_t i = 0; i < sizeof(prompts) / sizeof(*prompts); i++)
		ck_assert_int_eq(usher_flow_builder_prompt(b, prompts[i], "en",
							   "La.", NULL),
				 0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", NULL), 0);
	step_add(b, USHER_STEP_QUEUE, "hold", NULL);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales",
						 NULL, NULL),
			 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "1", "later", NULL), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "else", "later", NULL), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_WAIT;
	step.name = "later";
	step.prompt = "music";
	step.timeout_ms = 60000;
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hold", NULL), 0);
	meanwhile(b);
	ck_assert_int_eq(usher_flow_builder_finish(b, &set, NULL), 0);
	usher_flow_builder_free(b);
	return set;
}

static void configure(build *meanwhile)
{
	const struct usher_queue_step_conf step = {
		.size = sizeof(step),
		.queue = "sales",
		.action = USHER_QUEUE_STEP_ANNOUNCE,
		.after_ms = 50,
		.text = "busy",
	};
	struct usher_config *config = stage_config(&s);
	struct usher_flow_set *set = flows(meanwhile);

	ck_assert_int_eq(usher_config_queue_step(config, &step, NULL), 0);
	ck_assert_int_eq(usher_config_flows(config, set), 0);
	usher_flow_set_unref(set);
	stage_configure(&s, config);
}

static void plays(const char *verb, uint64_t leg, size_t *from,
		  const char *name)
{
	struct fake_verb got;

	ck_assert(fake_wait(&s.phone, verb, leg, from, &got));
	ck_assert_str_eq(got.text, name);
}

/* From the number to what is heard before and after. */
static void hears(const char *number, const char *music)
{
	uint64_t leg = stage_arrive(&s.phone, number, "556");
	size_t from = 0;

	plays("music", leg, &from, music);
	plays("prompt", leg, &from, "busy");
	plays("music", leg, &from, music);
}

START_TEST(announcement__is_followed_by_the_music_of_the_queue)
{
	configure(to_a_tune);
	hears("1001", "music");
}
END_TEST

START_TEST(announcement__is_followed_by_the_music_of_the_flow)
{
	configure(to_a_tune);
	hears("1000", "tune");
}
END_TEST

START_TEST(announcement__is_followed_by_silence_where_it_was)
{
	uint64_t leg;
	size_t from = 0;

	configure(in_silence);
	leg = stage_arrive(&s.phone, "1000", "556");
	plays("prompt", leg, &from, "busy");
	/* Its end was heard before what is asked now. */
	stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL);
	ck_assert(!fake_told(&s.phone, "music", leg));
}
END_TEST

START_TEST(announcement__ends_without_music_for_who_talks)
{
	struct fake_verb verb;
	uint64_t leg;
	size_t from = 0;

	configure(to_a_tune);
	fake_set(&s.phone, &s.phone.mute, "prompt");
	leg = stage_arrive(&s.phone, "1000", "556");
	ck_assert(fake_wait(&s.phone, "prompt", leg, &from, &verb));
	stage_post(&s, USHER_REQ_SIGN_IN, s.ann, 0, 0, NULL);
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_AGENT_JOINED, 0);
	from = now();
	usher_channel_done(s.phone.channel, verb.req, 0, 0);
	stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL);
	ck_assert(!fake_told_since(&s.phone, "music", from));
}
END_TEST

/* What is said now, of which the test says when it is over. */
static uint64_t says_now(uint64_t leg, size_t *from, const char *name)
{
	struct fake_verb got;

	ck_assert(fake_wait(&s.phone, "prompt", leg, from, &got));
	ck_assert_str_eq(got.text, name);
	return got.req;
}

static void said(uint64_t req)
{
	usher_channel_done(s.phone.channel, req, 0, 0);
}

/* All that was reported has been heard, and nothing new was said. */
static void says_nothing(size_t from)
{
	stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL);
	ck_assert(!fake_told_since(&s.phone, "prompt", from));
}

START_TEST(announcement__comes_between_what_the_flow_says)
{
	uint64_t leg, one, busy;
	size_t from = 0;

	configure(with_words);
	fake_set(&s.phone, &s.phone.mute, "prompt");
	leg = stage_arrive(&s.phone, "1000", "556");
	one = says_now(leg, &from, "one");
	stage_event(&s, USHER_EV_STEP_TAKEN, 0);
	says_nothing(from);
	said(one);
	busy = says_now(leg, &from, "busy");
	says_nothing(from);
	said(busy);
	said(says_now(leg, &from, "two"));
	plays("music", leg, &from, "tune");
}
END_TEST

static void deadline_passed(struct usher_center *center, void *arg)
{
	*(bool *)arg = center->sessions->voice.late;
}

START_TEST(announcement__lets_the_flow_speak_afterwards)
{
	uint64_t leg, busy;
	bool late = false;
	size_t from = 0;

	configure(with_words_later);
	fake_set(&s.phone, &s.phone.mute, "prompt");
	leg = stage_arrive(&s.phone, "1000", "556");
	plays("music", leg, &from, "tune");
	busy = says_now(leg, &from, "busy");
	/* The flow's time comes meanwhile. */
	while (!late)
		stage_inside(&s, deadline_passed, &late);
	says_nothing(from);
	said(busy);
	says_now(leg, &from, "one");
}
END_TEST

START_TEST(announcement__ends_when_the_flow_answers_a_digit)
{
	uint64_t leg, busy, two;
	size_t from = 0;

	configure(with_a_menu);
	fake_set(&s.phone, &s.phone.mute, "prompt");
	leg = stage_arrive(&s.phone, "1000", "556");
	said(says_now(leg, &from, "one"));
	busy = says_now(leg, &from, "busy");
	usher_channel_digit(s.phone.channel, leg, '1', 100);
	two = says_now(leg, &from, "two");
	said(busy);
	says_nothing(from);
	said(two);
	says_nothing(from);
	ck_assert(!fake_told(&s.phone, "music", leg));
}
END_TEST

START_TEST(announcement__that_waits_is_not_for_who_talks)
{
	uint64_t leg, one;
	size_t from = 0;

	configure(with_words);
	fake_set(&s.phone, &s.phone.mute, "prompt");
	leg = stage_arrive(&s.phone, "1000", "556");
	one = says_now(leg, &from, "one");
	stage_event(&s, USHER_EV_STEP_TAKEN, 0);
	stage_post(&s, USHER_REQ_SIGN_IN, s.ann, 0, 0, NULL);
	usher_channel_answered(s.phone.channel, rung(&from));
	stage_event(&s, USHER_EV_AGENT_JOINED, 0);
	from = now();
	said(one);
	says_nothing(from);
}
END_TEST

START_TEST(announcement__ends_when_a_key_leaves_the_queue)
{
	uint64_t leg, busy;
	size_t from = 0;

	configure(in_silence);
	fake_set(&s.phone, &s.phone.mute, "prompt");
	leg = stage_arrive(&s.phone, "1000", "556");
	busy = says_now(leg, &from, "busy");
	usher_channel_digit(s.phone.channel, leg, '1', 100);
	plays("music", leg, &from, "music");
	said(busy);
	stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL);
	ck_assert(!fake_told_since(&s.phone, "music", from));
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("announce");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
		       announcement__is_followed_by_the_music_of_the_queue);
	tcase_add_test(tc, announcement__is_followed_by_the_music_of_the_flow);
	tcase_add_test(tc, announcement__is_followed_by_silence_where_it_was);
	tcase_add_test(tc, announcement__ends_without_music_for_who_talks);
	tcase_add_test(tc, announcement__comes_between_what_the_flow_says);
	tcase_add_test(tc, announcement__lets_the_flow_speak_afterwards);
	tcase_add_test(tc, announcement__ends_when_the_flow_answers_a_digit);
	tcase_add_test(tc, announcement__ends_when_a_key_leaves_the_queue);
	tcase_add_test(tc, announcement__that_waits_is_not_for_who_talks);
	return tc;
}

int main(void)
{
	return scene_main("announce", tests());
}
