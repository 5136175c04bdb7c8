/* What is agreed on, and what is refused, before anybody is called back. */
#include "back.h"

/* They stay, and hear why. */
static void refused(const char *number, const char *prompt)
{
	uint64_t leg = waits(number);
	struct fake_verb verb;

	presses(leg);
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, &verb));
	ck_assert_str_eq(verb.text, prompt);
	stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL);
	ck_assert(!fake_told(&s.phone, "end", leg));
}

START_TEST(callback__is_one_at_a_time_for_a_number)
{
	back_begin();
	agrees(NUMBER);
	/* 1001 is another entry: it takes no place back. */
	stage_arrive(&s.phone, "1001", NUMBER);
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	step.target = NUMBER;
	back_configure();
	refused("0688888", "hello");
}
END_TEST

START_TEST(callback__is_refused_where_it_could_not_be_dialed)
{
	static const char *const numbers[] = {"+3615550100", "anonymous",
					      "sip:eve@example.com", "09001"};

	back_begin();
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		refused(numbers[i], "sorry");
}
END_TEST

START_TEST(callback__is_refused_without_a_window)
{
	from = "2020-01-01 10:00";
	until = "2020-01-01 12:00";
	back_begin();
	refused(NUMBER, "sorry");
}
END_TEST

START_TEST(callback__waits_for_its_window)
{
	const struct usher_event *ev;
	uint64_t due, ends;

	from = "2h";
	until = "30m";
	back_begin();
	presses(waits(NUMBER));
	ev = stage_event(&s, USHER_EV_CALLBACK_ASKED, contact);
	due = stage_u64(ev, USHER_F_FROM);
	ends = stage_u64(ev, USHER_F_UNTIL);
	ck_assert_uint_ge(due, (uint64_t)ev->time_us + 7190000000u);
	ck_assert_uint_le(due, (uint64_t)ev->time_us + 7210000000u);
	ck_assert_uint_eq(ends, due + 1800000000u);
	sign_in(s.ann);
	ck_assert(!fake_told(&s.phone, "ring", 0));
}
END_TEST

START_TEST(callback__is_asked_for_and_canceled_by_request)
{
	struct usher_request request = {.type = USHER_REQ_CALLBACK,
					.text = NUMBER};
	const struct usher_event *ev;
	uint64_t leg;
	size_t at = 0;

	back_begin();
	leg = waits("0677777");
	request.contact = contact;
	ck_assert_int_eq(ask_this(request), 0);
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
	ck_assert_int_eq(ask_this(request), USHER_EEXIST);
	request.text = "0600000";
	ck_assert_int_eq(ask_this(request), USHER_ESTATE);
	sign_in(s.ann);
	rings(&at, "phone");
	request = (struct usher_request){.type = USHER_REQ_CALLBACK_CANCEL,
					 .contact = contact};
	ck_assert_int_eq(ask_this(request), 0);
	ck_assert_int_eq(ask_this(request), USHER_ENOENT);
	/* Nobody has called: a contact of its own. */
	request = (struct usher_request){.type = USHER_REQ_CALLBACK};
	ck_assert_int_eq(ask_this(request), USHER_EINVAL);
	request.text = NUMBER;
	request.queue = usher_center_queue_id(s.center, "sales");
	ev = stage_done(&s, post(request));
	ck_assert_uint_ne(ev->contact, contact);
	contact = ev->contact;
	answers(rings(&at, "phone"));
	answers(rings(&at, "tel:" NUMBER));
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
}
END_TEST

/* Who was with an agent of sales, as a flow has asked, hears a menu. */
static void choosy(void)
{
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "192.0.2.1:5060"};
	struct usher_config *config = stage_config(&s);
	struct usher_step_opts queue, menu;
	struct usher_flow_builder *b;
	struct usher_flow_set *set;

	usher_step_opts_init(&queue, sizeof(queue));
	queue.kind = USHER_STEP_QUEUE;
	queue.next = "end";
	queue.require = "not trainee";
	queue.priority = "7";
	usher_step_opts_init(&menu, sizeof(menu));
	menu.kind = USHER_STEP_MENU;
	menu.name = "more";
	menu.prompt = "bye";
	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	ck_assert_int_eq(
		usher_flow_builder_prompt(b, "bye", "en", "La.", NULL), 0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", NULL), 0);
	ck_assert_int_eq(usher_flow_builder_step(b, &queue, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales",
						 NULL, NULL),
			 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "answered", "more", NULL),
			 0);
	ck_assert_int_eq(usher_flow_builder_step(b, &menu, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "1", "more", NULL), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "else", "end", NULL), 0);
	ck_assert_int_eq(usher_flow_builder_finish(b, &set, NULL), 0);
	usher_flow_builder_free(b);
	ck_assert_int_eq(usher_config_flows(config, set), 0);
	usher_flow_set_unref(set);
	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	stage_configure(&s, config);
}

/* A callback to another queue, the agent first, who is lost then; how it
 * waits again. */
static const struct usher_event *asks_and_is_lost(size_t *at)
{
	const struct usher_request request = {
		.type = USHER_REQ_CALLBACK,
		.text = NUMBER,
		.contact = contact,
		.queue = usher_center_queue_id(s.center, "help"),
	};
	const struct usher_event *ev;
	struct fake_verb verb;

	ck_assert_int_eq(ask_this(request), 0);
	sign_in(s.bob);
	ann_leg = rings(at, "phone");
	/* whose number it is, is only said: nobody is on a line */
	ck_assert(fake_wait(&s.phone, "ring", ann_leg, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_RING_NO_IDENTITY);
	answers(ann_leg);
	answers(rings(at, "tel:" NUMBER));
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	usher_channel_ended(s.phone.channel, ann_leg, USHER_LEG_LOST);
	ev = stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_QUEUE), request.queue);
	return ev;
}

/* What was asked of agents there is not asked of those who call back. */
START_TEST(callback__to_another_queue_forgets_what_was_asked_before)
{
	const struct usher_event *ev;
	uint64_t leg;
	size_t at = 0;

	stage_open(&s, false);
	choosy();
	sign_in(s.ann);
	leg = waits(NUMBER);
	ann_leg = rings(&at, "phone");
	answers(ann_leg);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	usher_channel_ended(s.phone.channel, ann_leg, USHER_LEG_NORMAL);
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	ev = asks_and_is_lost(&at);
	says(ev, USHER_F_REQUIREMENT, "");
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PRIORITY), 0);
}
END_TEST

/* Who waits asks it of them, too. */
START_TEST(callback__of_who_waits_asks_the_same_of_agents)
{
	const struct usher_event *ev;
	size_t at = 0;

	stage_open(&s, false);
	choosy();
	waits(NUMBER);
	ev = asks_and_is_lost(&at);
	says(ev, USHER_F_REQUIREMENT, "not trainee");
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PRIORITY), 7);
}
END_TEST

START_TEST(callback__is_refused_at_a_time_that_never_comes)
{
	struct usher_request request = {.type = USHER_REQ_CALLBACK,
					.text = NUMBER,
					.from_us = INT64_MAX};

	back_begin();
	request.queue = usher_center_queue_id(s.center, "later");
	ck_assert_int_eq(ask_this(request), USHER_EINVAL);
	request.until_us = INT64_MAX;
	ck_assert_int_eq(ask_this(request), USHER_EINVAL);
	request.from_us = INT64_MAX - 1;
	ck_assert_int_eq(ask_this(request), USHER_EINVAL);
	request.from_us = USHER_TIME_MAX;
	request.until_us = 0;
	ck_assert_int_eq(ask_this(request), USHER_EINVAL);
	request.from_us = 0;
	ck_assert_int_eq(ask_this(request), 0);
}
END_TEST

START_TEST(callback__is_agreed_on_by_a_key_of_who_waits_without_a_flow)
{
	struct fake_verb verb;
	uint64_t leg, back;
	size_t at = 0;

	back_begin();
	leg = stage_arrive(&s.phone, "1003", NUMBER);
	contact = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	usher_channel_digit(s.phone.channel, leg, '5', 0); /* not yet */
	ck_assert(fake_wait(&s.phone, "prompt", leg, &at, &verb));
	ck_assert_str_eq(verb.text, "offer");
	ck_assert(fake_wait(&s.phone, "music", leg, &at, NULL));
	usher_channel_digit(s.phone.channel, leg, '1', 0);
	usher_channel_digit(s.phone.channel, leg, '5', 0);
	ck_assert(fake_wait(&s.phone, "prompt", leg, &at, &verb));
	ck_assert_str_eq(verb.text, "bye");
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
	/* As the queue says: the customer first, who is greeted. */
	sign_in(s.bob);
	back = rings(&at, "tel:" NUMBER);
	answers(back);
	ck_assert(fake_wait(&s.phone, "prompt", back, NULL, &verb));
	ck_assert_str_eq(verb.text, "hello");
	ann_leg = rings(&at, "phone");
	/* Both are rung for who came in where there is no video. */
	ck_assert(fake_wait(&s.phone, "ring", back, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_RING_NO_VIDEO);
	ck_assert(fake_wait(&s.phone, "ring", ann_leg, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_RING_NO_VIDEO);
	answers(ann_leg);
	joined_with(ann_leg, back, 0);
}
END_TEST

START_TEST(callback__is_not_for_words)
{
	uint64_t leg;
	struct usher_request request = {.type = USHER_REQ_CALLBACK,
					.text = NUMBER};

	back_begin();
	leg = stage_arrive(&s.chat, "words", "eve");
	contact = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	request.contact = contact;
	ck_assert_int_eq(ask_this(request), USHER_ENOTSUP);
	ck_assert(!fake_told(&s.chat, "end", leg));
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("callback-ask");

	tcase_add_checked_fixture(tc, back_setup, back_teardown);
	tcase_add_test(tc, callback__is_one_at_a_time_for_a_number);
	tcase_add_test(tc, callback__is_refused_where_it_could_not_be_dialed);
	tcase_add_test(tc, callback__is_refused_without_a_window);
	tcase_add_test(tc, callback__waits_for_its_window);
	tcase_add_test(tc, callback__is_asked_for_and_canceled_by_request);
	tcase_add_test(
		tc, callback__to_another_queue_forgets_what_was_asked_before);
	tcase_add_test(tc, callback__of_who_waits_asks_the_same_of_agents);
	tcase_add_test(tc, callback__is_refused_at_a_time_that_never_comes);
	tcase_add_test(
		tc,
		callback__is_agreed_on_by_a_key_of_who_waits_without_a_flow);
	tcase_add_test(tc, callback__is_not_for_words);
	return tc;
}

int main(void)
{
	return scene_main("callback-ask", tests());
}
