/* Each problem that is found when a set is finished, with its place. */
#include <string.h>

#include "fixture.h"

/* A builder with a prompt `p` (line 1) and a flow `main` (line 2). */
static struct usher_flow_builder *started_builder(void)
{
	struct usher_flow_builder *b = builder(NULL);

	prompt(b, "p");
	flow(b, "main");
	return b;
}

START_TEST(unknown_target__of_next_and_exit)
{
	struct usher_flow_builder *b = started_builder();

	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p", .next = "nowhere");
	refused(b, "unknown-target", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_MENU, .prompt = "p");
	way(b, "1", "nowhere");
	refused(b, "unknown-target", 4);
	/* A step of another flow is none, but a flow is. */
	b = started_builder();
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p", .next = "there");
	flow(b, "other");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p", .name = "there");
	refused(b, "unknown-target", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p", .next = "other");
	flow(b, "other");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p", .name = "there");
	usher_flow_set_unref(finish(b));
}
END_TEST

START_TEST(unknown_target__of_leave)
{
	struct usher_flow_builder *b = started_builder();

	STEP(b, .kind = USHER_STEP_QUEUE, .flow = "hold");
	pair(b, USHER_PAIR_QUEUE, "q", NULL);
	flow(b, "hold");
	STEP(b, .kind = USHER_STEP_WAIT, .timeout_ms = 1000);
	STEP(b, .kind = USHER_STEP_LEAVE, .flow = "offer");
	refused(b, "unknown-target", 7);
}
END_TEST

START_TEST(unknown_flow__of_subflow_queue_and_entry)
{
	struct usher_flow_builder *b = started_builder();

	STEP(b, .kind = USHER_STEP_SUBFLOW, .flow = "nowhere");
	refused(b, "unknown-flow", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_QUEUE, .flow = "nowhere");
	pair(b, USHER_PAIR_QUEUE, "q", NULL);
	refused(b, "unknown-flow", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_END);
	ck_assert_int_eq(usher_flow_builder_entry(b, "nowhere", NULL), 0);
	refused(b, "unknown-flow", 3);
}
END_TEST

START_TEST(missing_prompt__of_each_use)
{
	struct usher_flow_builder *b = started_builder();

	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "q");
	refused(b, "missing-prompt", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_MENU, .prompt = "p", .again = "q");
	way(b, "1", "end");
	refused(b, "missing-prompt", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_MENU, .prompt = "p", .invalid = "q");
	way(b, "1", "end");
	refused(b, "missing-prompt", 3);
}
END_TEST

START_TEST(missing_text__of_a_prompt)
{
	struct usher_flow_builder *b = builder(NULL);

	usher_flow_builder_at(b, "test", 7, 1);
	ck_assert_int_eq(usher_flow_builder_prompt(b, "p", NULL, NULL, NULL),
			 0);
	refused(b, "missing-text", 7);
	b = builder(NULL);
	usher_flow_builder_at(b, "test", 8, 1);
	ck_assert_int_eq(usher_flow_builder_prompt(b, "p", "hu", "Szia", NULL),
			 0);
	refused(b, "missing-text", 8);
}
END_TEST

START_TEST(missing_variable__of_each_use)
{
	struct usher_flow_builder *b = builder(NULL);

	usher_flow_builder_at(b, "test", 9, 1);
	ck_assert_int_eq(
		usher_flow_builder_prompt(b, "p", NULL, "Hi {who}", NULL), 0);
	refused(b, "missing-variable", 9);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_IF);
	way(b, "x == 1", "end");
	refused(b, "missing-variable", 4);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_SET);
	pair(b, USHER_PAIR_SET, "y", "{x}");
	refused(b, "missing-variable", 4);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_END, .target = "{x}");
	refused(b, "missing-variable", 3);
}
END_TEST

START_TEST(unknown_name__has_no_known_prefix)
{
	struct usher_flow_builder *b = started_builder();

	STEP(b, .kind = USHER_STEP_IF);
	way(b, "contract.vip", "end");
	refused(b, "unknown-name", 4);
}
END_TEST

START_TEST(unknown_name__has_no_such_field)
{
	static const char *const wrong[] = {
		"time.hours < 1",      "queue.help.waitin < 1",
		"caller.num == '1'",   "wait.pos == 1",
		"agent.nam == 'x'",    "center.nam == 'x'",
		"queue.waiting > 1",   "queue.help > 1",
		"queue.help.hour > 1", "time.hour.hour > 1",
		"agent.name.x == 'x'", "has wait.longest",
		"diverted.to == 'x'",
	};
	static const char *const good[] = {
		"time.hour + time.minute + time.weekday > time.day",
		"time.month < time.year",
		"caller.number == caller.name",
		"diverted.first == diverted.by or has diverted.reason",
		"wait.position + wait.seconds < wait.expected",
		"agent.name == center.name",
		"contact.anything == contact.any.thing",
		"queue.a.waiting + queue.a.agents > queue.a.free",
		"queue.a.open and queue.a.expected < queue.a.longest",
		"queue.\"second-line\".waiting > 1",
		"queue.waiting.waiting > 1",
	};
	struct usher_flow_builder *b;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		b = started_builder();
		STEP(b, .kind = USHER_STEP_IF);
		way(b, wrong[i], "end");
		refused(b, "unknown-name", 4);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		b = started_builder();
		STEP(b, .kind = USHER_STEP_IF);
		way(b, good[i], "end");
		STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p");
		usher_flow_set_unref(finish(b));
	}
	b = started_builder();
	STEP(b, .kind = USHER_STEP_END, .target = "{time.hours}");
	refused(b, "unknown-name", 3);
}
END_TEST

START_TEST(missing_else__of_fetch_and_transfer)
{
	struct usher_flow_builder *b = started_builder();

	STEP(b, .kind = USHER_STEP_FETCH, .target = "http://h/");
	refused(b, "missing-else", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_TRANSFER, .target = "1",
	     .method = "number");
	way(b, "busy", "end");
	refused(b, "missing-else", 3);
}
END_TEST

START_TEST(missing_part__of_each_kind)
{
	static const uint32_t kinds[] = {
		USHER_STEP_PROMPT,  USHER_STEP_MENU,     USHER_STEP_COLLECT,
		USHER_STEP_SET,     USHER_STEP_IF,       USHER_STEP_QUEUE,
		USHER_STEP_FETCH,   USHER_STEP_TRANSFER, USHER_STEP_VOICEMAIL,
		USHER_STEP_SUBFLOW, USHER_STEP_LEAVE,    USHER_STEP_WAIT,
	};
	struct usher_flow_builder *b;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		b = started_builder();
		STEP(b, .kind = kinds[i]);
		refused(b, "missing-part", 3);
	}
	b = started_builder();
	STEP(b, .kind = USHER_STEP_MENU, .prompt = "p");
	way(b, "timeout", "end");
	refused(b, "missing-part", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_COLLECT, .prompt = "p");
	refused(b, "missing-part", 3);
	b = started_builder();
	refused(b, "missing-part", 2);
}
END_TEST

START_TEST(unreachable__step_and_flow)
{
	struct usher_flow_builder *b = started_builder();

	STEP(b, .kind = USHER_STEP_END);
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p");
	refused(b, "unreachable", 4);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_IF);
	way(b, "1 == 1", "end");
	way(b, "else", "end");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p");
	refused(b, "unreachable", 6);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_END);
	flow(b, "lost");
	STEP(b, .kind = USHER_STEP_END);
	ck_assert_int_eq(usher_flow_builder_entry(b, "main", NULL), 0);
	refused(b, "unreachable", 4);
	/* Without entries any flow may be one. */
	b = started_builder();
	STEP(b, .kind = USHER_STEP_END);
	flow(b, "lost");
	STEP(b, .kind = USHER_STEP_END);
	usher_flow_set_unref(finish(b));
}
END_TEST

START_TEST(endless_loop__in_a_flow_and_through_others)
{
	struct usher_flow_builder *b = started_builder();

	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p", .name = "a");
	STEP(b, .kind = USHER_STEP_IF);
	way(b, "time.hour > 8", "a");
	refused(b, "endless-loop", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_SUBFLOW, .flow = "sub", .name = "a",
	     .next = "a");
	flow(b, "sub");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p");
	refused(b, "endless-loop", 3);
	/* A wait in the subflow makes it a loop that waits. */
	b = started_builder();
	STEP(b, .kind = USHER_STEP_SUBFLOW, .flow = "sub", .name = "a",
	     .next = "a");
	flow(b, "sub");
	STEP(b, .kind = USHER_STEP_WAIT, .timeout_ms = 1000);
	usher_flow_set_unref(finish(b));
	/* Unless there is a way round it. */
	b = started_builder();
	STEP(b, .kind = USHER_STEP_SUBFLOW, .flow = "sub", .name = "a",
	     .next = "a");
	flow(b, "sub");
	STEP(b, .kind = USHER_STEP_IF);
	way(b, "time.hour > 8", "return");
	STEP(b, .kind = USHER_STEP_WAIT, .timeout_ms = 1000);
	refused(b, "endless-loop", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_SET, .next = "other");
	pair(b, USHER_PAIR_SET, "x", "1");
	flow(b, "other");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p", .next = "main");
	refused(b, "endless-loop", 3);
}
END_TEST

START_TEST(recursion__of_flows_that_come_back)
{
	struct usher_flow_builder *b = started_builder();

	STEP(b, .kind = USHER_STEP_SUBFLOW, .flow = "sub");
	flow(b, "sub");
	STEP(b, .kind = USHER_STEP_WAIT, .timeout_ms = 1000);
	STEP(b, .kind = USHER_STEP_SUBFLOW, .flow = "main");
	refused(b, "recursion", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_SUBFLOW, .flow = "sub");
	flow(b, "sub");
	STEP(b, .kind = USHER_STEP_WAIT, .timeout_ms = 1000, .next = "main");
	refused(b, "recursion", 3);
}
END_TEST

START_TEST(misplaced__in_and_outside_of_waiting)
{
	static const uint32_t kinds[] = {USHER_STEP_QUEUE, USHER_STEP_TRANSFER,
					 USHER_STEP_VOICEMAIL};
	struct usher_flow_builder *b;

	for (size_t i = 0; i < 3; i++) {
		b = started_builder();
		STEP(b, .kind = USHER_STEP_QUEUE, .flow = "hold");
		pair(b, USHER_PAIR_QUEUE, "q", NULL);
		flow(b, "hold");
		STEP(b, .kind = kinds[i], .target = "x", .method = "number");
		if (kinds[i] == USHER_STEP_QUEUE)
			pair(b, USHER_PAIR_QUEUE, "r", NULL);
		if (kinds[i] == USHER_STEP_TRANSFER)
			way(b, "else", "end");
		refused(b, "misplaced", 6);
	}
	b = started_builder();
	STEP(b, .kind = USHER_STEP_LEAVE, .flow = "x");
	refused(b, "misplaced", 3);
	b = started_builder();
	STEP(b, .kind = USHER_STEP_FETCH, .target = "http://h/");
	pair(b, USHER_PAIR_FIELD, "x", "y");
	way(b, "else", "end");
	refused(b, "misplaced", 3);
}
END_TEST

/* The secret `pin` is collected first (line 3). */
static struct usher_flow_builder *with_secret(void)
{
	struct usher_flow_builder *b = started_builder();

	STEP(b, .kind = USHER_STEP_COLLECT, .prompt = "p", .variable = "pin",
	     .flags = USHER_STEP_SECRET);
	return b;
}

START_TEST(secret_leak__by_each_way_out)
{
	struct usher_flow_builder *b = with_secret();

	STEP(b, .kind = USHER_STEP_SET);
	pair(b, USHER_PAIR_SET, "x", "{pin}");
	refused(b, "secret-leak", 5);
	b = with_secret();
	STEP(b, .kind = USHER_STEP_SET);
	pair(b, USHER_PAIR_SET, "contact.x", "a{pin}");
	refused(b, "secret-leak", 5);
	b = with_secret();
	STEP(b, .kind = USHER_STEP_END, .target = "{pin}");
	refused(b, "secret-leak", 4);
	b = with_secret();
	STEP(b, .kind = USHER_STEP_FETCH, .target = "http://h/{pin}");
	way(b, "else", "end");
	refused(b, "secret-leak", 4);
	b = with_secret();
	STEP(b, .kind = USHER_STEP_QUEUE, .priority = "pin");
	pair(b, USHER_PAIR_QUEUE, "q", NULL);
	refused(b, "secret-leak", 4);
	b = with_secret();
	STEP(b, .kind = USHER_STEP_QUEUE);
	pair(b, USHER_PAIR_QUEUE, "{pin}", NULL);
	refused(b, "secret-leak", 5);
	b = with_secret();
	STEP(b, .kind = USHER_STEP_VOICEMAIL, .target = "{pin}");
	refused(b, "secret-leak", 4);
	b = with_secret();
	STEP(b, .kind = USHER_STEP_COLLECT, .prompt = "p", .variable = "pin");
	refused(b, "secret-leak", 4);
	b = with_secret();
	usher_flow_builder_at(b, "test", 9, 1);
	ck_assert_int_eq(
		usher_flow_builder_prompt(b, "q", NULL, "{pin}", NULL), 0);
	refused(b, "secret-leak", 9);
}
END_TEST

START_TEST(secret_leak__not_by_conditions_fetch_or_other_secrets)
{
	struct usher_flow_builder *b = with_secret();

	STEP(b, .kind = USHER_STEP_IF);
	way(b, "pin == '0000'", "main");
	STEP(b, .kind = USHER_STEP_COLLECT, .prompt = "p", .variable = "pin2",
	     .flags = USHER_STEP_SECRET, .require = "pin2 != pin");
	STEP(b, .kind = USHER_STEP_SET);
	pair(b, USHER_PAIR_SET, "pin2", "{pin}{pin2}");
	STEP(b, .kind = USHER_STEP_FETCH, .target = "http://h/",
	     .method = "POST");
	pair(b, USHER_PAIR_FIELD, "pin", "{pin}");
	pair(b, USHER_PAIR_HEADER, "X-Pin", "{pin}");
	way(b, "else", "end");
	usher_flow_set_unref(finish(b));
}
END_TEST

START_TEST(unsafe_url__lets_a_field_choose_the_host)
{
	static const char *const urls[] = {
		"ftp://h/",
		"{contact.url}",
		"http://{contact.h}/",
		"http://h{contact.h}/",
		"http:///x",
		"http://user@h/",
		"http://a b/",
		"https://",
		"/relative",
		"http://h",
	};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		struct usher_flow_builder *b = started_builder();

		STEP(b, .kind = USHER_STEP_FETCH, .target = urls[i]);
		way(b, "else", "end");
		if (i + 1 < sizeof(urls) / sizeof(*urls))
			refused(b, "unsafe-url", 3);
		else
			usher_flow_set_unref(finish(b));
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, unknown_target__of_next_and_exit);
	tcase_add_test(tc, unknown_target__of_leave);
	tcase_add_test(tc, unknown_flow__of_subflow_queue_and_entry);
	tcase_add_test(tc, missing_prompt__of_each_use);
	tcase_add_test(tc, missing_text__of_a_prompt);
	tcase_add_test(tc, missing_variable__of_each_use);
	tcase_add_test(tc, unknown_name__has_no_known_prefix);
	tcase_add_test(tc, unknown_name__has_no_such_field);
	tcase_add_test(tc, missing_else__of_fetch_and_transfer);
	tcase_add_test(tc, missing_part__of_each_kind);
	tcase_add_test(tc, unreachable__step_and_flow);
	tcase_add_test(tc, endless_loop__in_a_flow_and_through_others);
	tcase_add_test(tc, recursion__of_flows_that_come_back);
	tcase_add_test(tc, misplaced__in_and_outside_of_waiting);
	tcase_add_test(tc, secret_leak__by_each_way_out);
	tcase_add_test(tc,
		       secret_leak__not_by_conditions_fetch_or_other_secrets);
	tcase_add_test(tc, unsafe_url__lets_a_field_choose_the_host);
}

int main(void)
{
	return run_tests("ivr-check", add_tests);
}
