/* Steps that wait for others: queues, fetches, transfers, recordings; and what
 * holds for all. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static struct run *begin(struct usher_flow_builder *b,
			 const char *const *names)
{
	return run_new(finish(b), "main", names);
}

static struct run *waiting(void)
{
	struct run *run = run_new(everything(NULL), "main", NULL);

	started(run);
	digits(run, "2");
	ck_assert_str_eq(run->told,
			 "stop; ask choose; stop; queue sales,support "
			 "priority 5 require billing >= contact.level; "
			 "music music");
	return run;
}

START_TEST(queue__runs_its_flow_while_waiting)
{
	struct run *run = waiting();

	ck_assert_str_eq(usher_ivr_where(run->ivr), "hold/first");
	ck_assert_str_eq(pass(run, 5), "stop; ask offer");
	played(run);
	ck_assert_str_eq(pass(run, 4), "music music");
	run_free(run);
}
END_TEST

START_TEST(queue__goes_to_the_agent_and_on_afterwards)
{
	struct run *run = waiting();

	ck_assert_str_eq(feed(run, USHER_IVR_ANSWERED, NULL), "stop");
	ck_assert_str_eq(digits(run, "1"), "");
	ck_assert_str_eq(pass(run, 3600), "");
	ck_assert_str_eq(feed(run, USHER_IVR_AGENT_LEFT, NULL), "ask choose");
	run_free(run);
}
END_TEST

START_TEST(queue__is_waited_in_again_when_the_answer_was_in_vain)
{
	struct run *run = waiting();

	feed(run, USHER_IVR_ANSWERED, NULL);
	ck_assert_str_eq(feed(run, USHER_IVR_RETURNED, NULL), "music music");
	ck_assert_str_eq(feed(run, USHER_IVR_RETURNED, NULL), "");
	ck_assert_str_eq(digits(run, "1"), "stop; leave 1");
	run_free(run);
}
END_TEST

START_TEST(queue__is_left_by_its_exits)
{
	static const char *const exits[] = {"timeout", "full",   "closed",
					    "nobody",  "failed", NULL};

	for (const char *const *on = exits; *on; on++) {
		struct run *run = waiting();

		ck_assert_str_eq(feed(run, USHER_IVR_EXITED, *on),
				 "stop; ask choose");
		run_free(run);
	}
}
END_TEST

START_TEST(queue__is_left_by_key_once_the_queue_agrees)
{
	struct run *run = waiting();

	ck_assert_str_eq(digits(run, "7"), "");
	ck_assert_str_eq(digits(run, "1"), "stop; leave 1");
	ck_assert_str_eq(digits(run, "1"), "");
	ck_assert_str_eq(pass(run, 100), "");
	ck_assert_str_eq(feed(run, USHER_IVR_EXITED, NULL), "play beep");
	run_free(run);
	run = waiting();
	ck_assert_str_eq(said(run, "1"), "stop; leave 1");
	run_free(run);
}
END_TEST

START_TEST(queue__lets_a_quicker_agent_win)
{
	struct run *run = waiting();

	digits(run, "1");
	ck_assert_str_eq(feed(run, USHER_IVR_ANSWERED, NULL), "");
	ck_assert_str_eq(feed(run, USHER_IVR_EXITED, NULL), "");
	ck_assert_str_eq(feed(run, USHER_IVR_AGENT_LEFT, NULL), "ask choose");
	run_free(run);
}
END_TEST

START_TEST(queue__is_left_when_its_time_is_up)
{
	struct run *run = waiting();

	pass(run, 59.9);
	ck_assert_str_eq(pass(run, 0.1), "stop; leave timeout");
	ck_assert_str_eq(feed(run, USHER_IVR_EXITED, NULL), "ask choose");
	run_free(run);
}
END_TEST

START_TEST(queue__is_left_by_a_step_of_its_flow)
{
	struct run *run = waiting();

	pass(run, 5);
	ck_assert_str_eq(digits(run, "9"), "stop; leave offer");
	ck_assert_str_eq(feed(run, USHER_IVR_EXITED, NULL), "music music");
	ck_assert_str_eq(usher_ivr_where(run->ivr), "main/pause");
	run_free(run);
}
END_TEST

START_TEST(queue__without_flow_or_exits_ends_after_the_agent)
{
	struct usher_flow_builder *b = builder(NULL);
	struct run *run;

	flow(b, "main");
	STEP(b, .kind = USHER_STEP_QUEUE);
	pair(b, USHER_PAIR_QUEUE, "{contact.topic}", NULL);
	STEP(b, .kind = USHER_STEP_END, .target = "went on");
	run = begin(b, (const char *[]){"contact.topic", "x", NULL});
	ck_assert_str_eq(started(run), "queue x");
	ck_assert(usher_ivr_deadline(run->ivr) == INT64_MAX);
	feed(run, USHER_IVR_ANSWERED, NULL);
	ck_assert_str_eq(feed(run, USHER_IVR_AGENT_LEFT, NULL),
			 "end answered");
	run = run_again(run);
	started(run);
	ck_assert_str_eq(feed(run, USHER_IVR_EXITED, "full"), "end went on");
	run_free(run);
}
END_TEST

START_TEST(queue__keeps_its_place_when_its_flow_ends)
{
	struct usher_flow_builder *b = builder(NULL);
	struct run *run;

	prompt(b, "hold on");
	flow(b, "main");
	STEP(b, .kind = USHER_STEP_QUEUE, .flow = "hold");
	pair(b, USHER_PAIR_QUEUE, "sales", NULL);
	way(b, "nobody", "end");
	flow(b, "hold");
	STEP(b, .kind = USHER_STEP_SUBFLOW, .flow = "inner");
	flow(b, "inner");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "hold on");
	run = begin(b, NULL);
	ck_assert_str_eq(started(run), "queue sales; play hold on");
	ck_assert_uint_eq(run->flags, 0);
	ck_assert_str_eq(played(run), "");
	ck_assert_str_eq(usher_ivr_where(run->ivr), "main/1");
	ck_assert_str_eq(feed(run, USHER_IVR_EXITED, NULL), "end end");
	run_free(run);
}
END_TEST

START_TEST(queue__flow_may_end_the_contact)
{
	struct usher_flow_builder *b = builder(NULL);
	struct run *run;

	flow(b, "main");
	STEP(b, .kind = USHER_STEP_QUEUE, .flow = "hold");
	pair(b, USHER_PAIR_QUEUE, "sales", NULL);
	flow(b, "hold");
	STEP(b, .kind = USHER_STEP_WAIT, .timeout_ms = 1000);
	STEP(b, .kind = USHER_STEP_END, .target = "enough");
	run = begin(b, NULL);
	started(run);
	ck_assert_str_eq(pass(run, 1), "leave end; end enough");
	ck_assert_str_eq(feed(run, USHER_IVR_EXITED, NULL), "");
	run_free(run);
}
END_TEST

static struct run *fetching(void)
{
	static const char *const names[] = {"contact.id", "a b/\xc3\xb6?\n\"",
					    NULL};
	struct run *run = run_new(everything(NULL), "main", names);

	started(run);
	digits(run, "1");
	ck_assert_uint_eq(run->flags, USHER_IVR_BARGE | USHER_IVR_IS_SECRET);
	digits(run, "4711");
	ck_assert_uint_eq(run->flags, USHER_IVR_IS_SECRET);
	return run;
}

START_TEST(fetch__escapes_what_it_sends)
{
	struct run *run = fetching();

	ck_assert_str_eq(run->told,
			 "stop; fetch POST "
			 "http://127.0.0.1/pin/a%20b%2F%C3%B6%3F%0A%22 "
			 "{\"pin\":\"4711\"} X-Who=a b/\xc3\xb6?\" "
			 "-> account.balance");
	run_free(run);
}
END_TEST

START_TEST(fetch__keeps_what_it_was_answered)
{
	struct run *run = fetching();
	struct usher_value value = usher_value_number(12.5);
	struct usher_ivr_event event = {.kind = USHER_IVR_FETCHED,
					.request = run->request + 1,
					.values = &value,
					.n_values = 1};

	ck_assert_str_eq(feed_event(run, event), "");
	event.request = run->request;
	ck_assert_str_eq(feed_event(run, event),
			 "set balance=12.5; ask choose");
	ck_assert_str_eq(usher_ivr_variable(run->ivr, "greeting").string,
			 "Balance: 12.5");
	run_free(run);
}
END_TEST

START_TEST(fetch__goes_elsewhere_when_it_fails_or_is_late)
{
	struct run *run = fetching();

	ck_assert_str_eq(feed(run, USHER_IVR_FAILED, "404"), "ask choose");
	run_free(run);
	run = fetching();
	ck_assert_str_eq(pass(run, 5), "stop; ask choose");
	run_free(run);
}
END_TEST

START_TEST(fetch__writes_json_of_every_type)
{
	struct usher_flow_builder *b = builder(NULL);
	struct run *run;

	flow(b, "main");
	STEP(b, .kind = USHER_STEP_SET);
	pair(b, USHER_PAIR_SET, "quote", "a\"b\\\x01\xc3\xb6");
	STEP(b, .kind = USHER_STEP_FETCH, .method = "PUT",
	     .target = "https://example.net/x?q={quote}");
	pair(b, USHER_PAIR_FIELD, "na\"me", "{quote}");
	pair(b, USHER_PAIR_FIELD, "n", "{2 * 0.75}");
	pair(b, USHER_PAIR_FIELD, "t", "{1 == 1}");
	pair(b, USHER_PAIR_FIELD, "u", "{contact.none}");
	pair(b, USHER_PAIR_FIELD, "s", "x{1}");
	way(b, "else", "end");
	run = begin(b, NULL);
	ck_assert_str_eq(started(run),
			 "fetch PUT "
			 "https://example.net/x?q=a%22b%5C%01%C3%B6 "
			 "{\"na\\\"me\":\"a\\\"b\\\\\\u0001\xc3\xb6\","
			 "\"n\":1.5,\"t\":true,\"u\":null,\"s\":\"x1\"}");
	run_free(run);
}
END_TEST

START_TEST(transfer__goes_on_after_or_elsewhere)
{
	static const char *const told[] = {"play beep", "end end", "end end"};
	static const char *const reasons[] = {"busy", "noanswer", NULL};

	for (int i = 0; i < 3; i++) {
		struct run *run = run_new(everything(NULL), "main", NULL);

		started(run);
		ck_assert_str_eq(
			digits(run, "3"),
			"stop; ask choose; stop; transfer number 555");
		ck_assert_str_eq(feed(run, USHER_IVR_FAILED, reasons[i]),
				 told[i]);
		run_free(run);
	}
	struct run *run = run_new(everything(NULL), "main", NULL);

	started(run);
	digits(run, "3");
	ck_assert_str_eq(feed(run, USHER_IVR_ANSWERED, NULL), "");
	ck_assert_str_eq(feed(run, USHER_IVR_RETURNED, NULL), "");
	ck_assert_str_eq(feed(run, USHER_IVR_AGENT_LEFT, NULL), "ask choose");
	run_free(run);
}
END_TEST

static struct run *recording(void)
{
	struct run *run = run_new(everything(NULL), "main", NULL);

	started(run);
	ck_assert_str_eq(digits(run, "4"),
			 "stop; ask choose; stop; play beep");
	ck_assert_str_eq(played(run), "record box");
	return run;
}

START_TEST(voicemail__is_ended_by_key_time_or_host)
{
	struct run *run = recording();

	ck_assert_str_eq(digits(run, "5#"), "stop");
	ck_assert_str_eq(digits(run, "#"), "");
	ck_assert_str_eq(feed(run, USHER_IVR_RECORDED, NULL), "end said 4");
	run_free(run);
	run = recording();
	ck_assert_str_eq(pass(run, 30), "stop");
	ck_assert_str_eq(feed(run, USHER_IVR_RECORDED, NULL), "end said 4");
	run_free(run);
	run = recording();
	ck_assert_str_eq(pass(run, 40), "stop; ask choose");
	run_free(run);
	run = recording();
	ck_assert_str_eq(feed(run, USHER_IVR_FAILED, "disk"), "ask choose");
	run_free(run);
}
END_TEST

START_TEST(voicemail__lets_its_prompt_be_cut)
{
	struct run *run = run_new(everything(NULL), "main", NULL);

	started(run);
	digits(run, "4");
	ck_assert_str_eq(digits(run, "1"), "");
	ck_assert_str_eq(digits(run, "#"), "stop; record box");
	run_free(run);
}
END_TEST

START_TEST(subflow__comes_back)
{
	static const char *const names[] = {"time.hour", "12", NULL};
	static const char *const late[] = {"time.hour", "20", NULL};
	struct run *run = run_new(everything(NULL), "main", names);
	struct usher_value name;

	started(run);
	ck_assert_str_eq(digits(run, "6"),
			 "stop; ask choose; stop; ask ask name");
	ck_assert_str_eq(said(run, "Eve"), "stop; play hello");
	name = usher_ivr_variable(run->ivr, "name");
	ck_assert_str_eq(name.string, "Eve");
	ck_assert_str_eq(played(run), "ask choose");
	run_free(run);
	run = run_new(everything(NULL), "main", late);
	started(run);
	ck_assert_str_eq(digits(run, "6"), "stop; ask choose; stop; end end");
	run_free(run);
}
END_TEST

START_TEST(hang_up__ends_silently_whatever_it_was_doing)
{
	struct run *run = waiting();

	ck_assert_str_eq(feed(run, USHER_IVR_HUNG_UP, NULL), "");
	ck_assert(usher_ivr_done(run->ivr));
	ck_assert(usher_ivr_deadline(run->ivr) == INT64_MAX);
	ck_assert_str_eq(feed(run, USHER_IVR_ANSWERED, NULL), "");
	ck_assert_int_eq(run->code, 0);
	run_free(run);
}
END_TEST

START_TEST(loop__is_ended_with_an_error)
{
	struct usher_flow_builder *b = builder(NULL);
	struct run *run;
	int n = 0;

	/* A wait of a millisecond passes the check at load. */
	prompt(b, "x");
	flow(b, "main");
	STEP(b, .kind = USHER_STEP_FETCH, .target = "http://h/",
	     .name = "again", .next = "again");
	way(b, "else", "again");
	run = begin(b, NULL);
	started(run);
	while (!usher_ivr_done(run->ivr) && n++ < 2 * USHER_IVR_STEPS_MAX)
		feed(run, USHER_IVR_FAILED, NULL);
	ck_assert_int_eq(n, USHER_IVR_STEPS_MAX);
	ck_assert_str_eq(run->told, "error loop main/again; end error");
	run = run_again(run);
	/* Slowly it may go on for ever. */
	started(run);
	for (n = 0; n < 3 * USHER_IVR_STEPS_MAX; n++) {
		run->now_us += 2000;
		feed(run, USHER_IVR_FAILED, NULL);
	}
	ck_assert_str_eq(run->told, "fetch GET http://h/");
	run_free(run);
}
END_TEST

START_TEST(depth__is_limited)
{
	struct usher_flow_builder *b = builder(NULL);
	struct run *run;

	for (int i = 0; i <= USHER_IVR_DEPTH_MAX + 1; i++) {
		char name[8] = {(char)('a' + i), 0};
		char next[8] = {(char)('a' + i + 1), 0};

		flow(b, i ? name : "main");
		if (i <= USHER_IVR_DEPTH_MAX)
			STEP(b, .kind = USHER_STEP_SUBFLOW, .flow = next);
		else
			STEP(b, .kind = USHER_STEP_END);
	}
	run = begin(b, NULL);
	ck_assert_str_eq(started(run), "error depth i/1; end error");
	run_free(run);
}
END_TEST

START_TEST(feed__refuses_what_is_no_event)
{
	struct run *run = run_new(everything(NULL), "main", NULL);
	struct usher_ivr_event event = {.size = sizeof(event),
					.kind = USHER_IVR_STARTED};

	ck_assert_int_eq(usher_ivr_feed(run->ivr, 5, NULL), USHER_EINVAL);
	feed(run, 0, NULL);
	ck_assert_int_eq(run->code, USHER_EINVAL);
	feed(run, USHER_IVR_RESUMED + 1, NULL);
	ck_assert_int_eq(run->code, USHER_EINVAL);
	feed(run, USHER_IVR_DIGIT, "12");
	ck_assert_int_eq(run->code, USHER_EINVAL);
	feed(run, USHER_IVR_DIGIT, "x");
	ck_assert_int_eq(run->code, USHER_EINVAL);
	feed(run, USHER_IVR_DIGIT, NULL);
	ck_assert_int_eq(run->code, USHER_EINVAL);
	feed(run, USHER_IVR_TEXT, NULL);
	ck_assert_int_eq(run->code, USHER_EINVAL);
	feed(run, USHER_IVR_TEXT, "\xff");
	ck_assert_int_eq(run->code, USHER_EINVAL);
	feed_event(run, (struct usher_ivr_event){.kind = USHER_IVR_TEXT,
						 .text = "a\0b",
						 .text_len = 3});
	ck_assert_int_eq(run->code, USHER_EINVAL);
	feed_event(run, (struct usher_ivr_event){.kind = USHER_IVR_DIGIT,
						 .text = "\0",
						 .text_len = 1});
	ck_assert_int_eq(run->code, USHER_EINVAL);
	event.size = 4;
	ck_assert_int_eq(usher_ivr_feed(run->ivr, 5, &event), USHER_EINVAL);
	event.size = sizeof(event);
	ck_assert_int_eq(usher_ivr_feed(run->ivr, 5, &event), 0);
	ck_assert_int_eq(usher_ivr_feed(run->ivr, 5, &event), USHER_EAGAIN);
	ck_assert_int_eq(usher_ivr_advance(run->ivr, 5), USHER_EAGAIN);
	drain(run);
	ck_assert_int_eq(usher_ivr_advance(run->ivr, 4), USHER_EINVAL);
	run_free(run);
}
END_TEST

START_TEST(new__refuses_bad_options)
{
	struct usher_flow_set *set = everything(NULL);
	struct usher_ivr_opts opts;
	struct usher_ivr *ivr;
	struct usher_error err;

	usher_ivr_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(usher_ivr_new(&ivr, set, &opts, NULL, &err),
			 USHER_EINVAL);
	opts.flow = "nowhere";
	ck_assert_int_eq(usher_ivr_new(&ivr, set, &opts, NULL, &err),
			 USHER_ENOENT);
	opts.flow = "main";
	opts.language = "";
	ck_assert_int_eq(usher_ivr_new(&ivr, set, &opts, NULL, &err),
			 USHER_EINVAL);
	opts.size = 3;
	ck_assert_int_eq(usher_ivr_new(&ivr, set, &opts, NULL, &err),
			 USHER_EINVAL);
	usher_flow_set_unref(set);
	usher_ivr_free(NULL);
}
END_TEST

START_TEST(advance__in_one_leap_equals_many_steps)
{
	char *one, *many;
	struct run *run = waiting();

	pass(run, 300);
	one = strdup(run->told);
	run_free(run);
	run = waiting();
	run->now_us += 300000000;
	run->told[0] = '\0';
	ck_assert_int_eq(usher_ivr_advance(run->ivr, run->now_us), 0);
	many = strdup(drain(run));
	run_free(run);
	ck_assert_str_eq(one, many);
	free(one);
	free(many);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, queue__runs_its_flow_while_waiting);
	tcase_add_test(tc, queue__goes_to_the_agent_and_on_afterwards);
	tcase_add_test(tc,
		       queue__is_waited_in_again_when_the_answer_was_in_vain);
	tcase_add_test(tc, queue__is_left_by_its_exits);
	tcase_add_test(tc, queue__is_left_by_key_once_the_queue_agrees);
	tcase_add_test(tc, queue__lets_a_quicker_agent_win);
	tcase_add_test(tc, queue__is_left_when_its_time_is_up);
	tcase_add_test(tc, queue__is_left_by_a_step_of_its_flow);
	tcase_add_test(tc, queue__without_flow_or_exits_ends_after_the_agent);
	tcase_add_test(tc, queue__keeps_its_place_when_its_flow_ends);
	tcase_add_test(tc, queue__flow_may_end_the_contact);
	tcase_add_test(tc, fetch__escapes_what_it_sends);
	tcase_add_test(tc, fetch__keeps_what_it_was_answered);
	tcase_add_test(tc, fetch__goes_elsewhere_when_it_fails_or_is_late);
	tcase_add_test(tc, fetch__writes_json_of_every_type);
	tcase_add_test(tc, transfer__goes_on_after_or_elsewhere);
	tcase_add_test(tc, voicemail__is_ended_by_key_time_or_host);
	tcase_add_test(tc, voicemail__lets_its_prompt_be_cut);
	tcase_add_test(tc, subflow__comes_back);
	tcase_add_test(tc, hang_up__ends_silently_whatever_it_was_doing);
	tcase_add_test(tc, loop__is_ended_with_an_error);
	tcase_add_test(tc, depth__is_limited);
	tcase_add_test(tc, feed__refuses_what_is_no_event);
	tcase_add_test(tc, new__refuses_bad_options);
	tcase_add_test(tc, advance__in_one_leap_equals_many_steps);
}

int main(void)
{
	return run_tests("ivr-wait", add_tests);
}
