/* A step of a queue says something to who waits, and the music goes on. */
#include <string.h>

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

/* Who calls 1000 waits in sales, to a tune of the flow or in silence. */
static struct usher_flow_set *flows(const char *tune)
{
	static const char *const prompts[] = {"music", "tune", "busy"};
	struct usher_flow_builder *b;
	struct usher_flow_set *set;

	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(usher_flow_builder_prompt(b, prompts[i], "en",
							   "La.", NULL),
				 0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", NULL), 0);
	step_add(b, USHER_STEP_QUEUE, "hold", NULL);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales",
						 NULL, NULL),
			 0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hold", NULL), 0);
	step_add(b, USHER_STEP_WAIT, NULL, tune);
	ck_assert_int_eq(usher_flow_builder_finish(b, &set, NULL), 0);
	usher_flow_builder_free(b);
	return set;
}

static void configure(const char *tune)
{
	const struct usher_queue_step_conf step = {
		.size = sizeof(step),
		.queue = "sales",
		.action = USHER_QUEUE_STEP_ANNOUNCE,
		.after_ms = 50,
		.text = "busy",
	};
	struct usher_config *config = stage_config(&s);
	struct usher_flow_set *set = flows(tune);

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
	configure("tune");
	hears("1001", "music");
}
END_TEST

START_TEST(announcement__is_followed_by_the_music_of_the_flow)
{
	configure("tune");
	hears("1000", "tune");
}
END_TEST

START_TEST(announcement__is_followed_by_silence_where_it_was)
{
	uint64_t leg;
	size_t from = 0;

	configure(NULL);
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

	configure("tune");
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

static TCase *tests(void)
{
	TCase *tc = tcase_create("announce");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
		       announcement__is_followed_by_the_music_of_the_queue);
	tcase_add_test(tc, announcement__is_followed_by_the_music_of_the_flow);
	tcase_add_test(tc, announcement__is_followed_by_silence_where_it_was);
	tcase_add_test(tc, announcement__ends_without_music_for_who_talks);
	return tc;
}

int main(void)
{
	return scene_main("announce", tests());
}
