/* What a queue does over time, as YAML: levels, steps, opening hours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <center/config.h>
#include <center/hours.h>
#include <config/config.h>

#include "read.h"

START_TEST(config__reads_opening_hours)
{
	good("queues:\n"
	     "  a:\n"
	     "    hours:\n"
	     "      zone: Europe/Budapest\n"
	     "      days:\n"
	     "        mon-fri: [08:00-12:00, 13:00-18:00]\n"
	     "        sat: 09:00-12:00\n"
	     "        sun: closed\n"
	     "      holidays: [12-25, 2026-04-06]\n"
	     "      exceptions: {2026-12-24: 08:00-12:00, 12-31: []}\n"
	     "  b: {}\n");
	ck_assert_uint_eq(conf->centers[0].config->hours_count, 1);
	usher__conf_free(conf);
}
END_TEST

static bool is_open(const char *queue, int64_t hour)
{
	/* 2026-12-24, in Budapest one hour ahead of UTC */
	int64_t at = (INT64_C(1798070400) - 3600 + hour * 3600) * 1000000;

	return usher__calendar_open(
		usher__hours_calendar(conf->centers[0].config, queue), at);
}

START_TEST(config__opens_by_exceptions)
{
	good("queues:\n"
	     "  a:\n"
	     "    hours:\n"
	     "      zone: Europe/Budapest\n"
	     "      days: {mon-sun: 06:00-20:00}\n"
	     "      holidays: [12-24]\n"
	     "      exceptions: {2026-12-24: [08:00-12:00, 13:00-14:00]}\n"
	     "  b:\n"
	     "    hours: {days: {mon-sun: 06:00-20:00}, holidays: [12-24]}\n");
	ck_assert(!is_open("a", 7));
	ck_assert(is_open("a", 8));
	ck_assert(!is_open("a", 12));
	ck_assert(is_open("a", 13));
	ck_assert(!is_open("a", 14));
	ck_assert(is_open("a", 24 + 8));
	ck_assert(!is_open("b", 9));
	ck_assert(is_open("b", 24 + 9));
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_what_interrupts_what)
{
	const struct usher_agent_conf *agent;

	good("agents:\n"
	     "  anna:\n"
	     "    capacity: {voice: 1, chat: 3, total: 3}\n"
	     "    interrupts: {voice: chat email}\n");
	agent = &conf->centers[0].config->agents[0];
	ck_assert_uint_eq(agent->interrupt_count, 1);
	ck_assert_str_eq(agent->interrupts[0], "voice=chat email");
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_levels_and_steps)
{
	const struct usher_config *config;
	const struct usher_queue_step_conf *step;

	good("prompts: {busy: {en: Busy.}}\n"
	     "queues:\n"
	     "  tax:\n"
	     "    levels: [{requirement: tax == 1, after: 20s}]\n"
	     "    steps:\n"
	     "      - {after: 1m, widen: everyone}\n"
	     "      - {when: position > 5, check: 2s, announce: busy}\n"
	     "      - {after: 2m, overflow: [sales]}\n"
	     "      - {after: 3m, callback: true}\n"
	     "      - {after: 0, priority: -5}\n"
	     "      - {unstaffed: true, after: 4m, exit: late}\n"
	     "  sales: {steps: [{add: tax}]}\n");
	config = conf->centers[0].config;
	ck_assert_uint_eq(config->step_count, 8);
	step = &config->steps[0].conf;
	ck_assert_str_eq(step->requirement, "tax == 1");
	ck_assert_uint_eq(step->unstaffed, 1);
	ck_assert_uint_eq(step->after_ms, 20000);
	ck_assert_uint_eq(config->steps[1].conf.anyone, 1);
	ck_assert_ptr_null(config->steps[1].conf.requirement);
	step = &config->steps[2].conf;
	ck_assert_str_eq(step->condition, "position > 5");
	ck_assert_uint_eq(step->check_ms, 2000);
	ck_assert_str_eq(step->text, "busy");
	ck_assert_str_eq(config->steps[3].conf.queues[0], "sales");
	ck_assert_uint_eq(config->steps[4].conf.action,
			  USHER_QUEUE_STEP_CALLBACK);
	ck_assert_int_eq(config->steps[5].conf.priority, -5);
	ck_assert_str_eq(config->steps[6].conf.text, "late");
	ck_assert_uint_eq(config->steps[6].number, 7);
	ck_assert_uint_eq(config->steps[7].number, 1);
	ck_assert_str_eq(config->steps[7].conf.queues[0], "tax");
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_callbacks)
{
	const struct usher_queue_conf *queue;

	good("prompts: {bye: Bye., hello: Hello.}\n"
	     "queues:\n"
	     "  a:\n"
	     "    callbacks: {key: \"#\", first: customer, attempts: 5,\n"
	     "      again: 10m, within: 4h, prompt: bye, greeting: hello}\n"
	     "  b: {callbacks: {}}\n");
	queue = &conf->centers[0].config->queues[0];
	ck_assert_str_eq(queue->callback_key, "#");
	ck_assert_uint_eq(queue->callback_first, USHER_CALLBACK_CUSTOMER);
	ck_assert_uint_eq(queue->callback_attempts, 5);
	ck_assert_uint_eq(queue->callback_again_ms, 600000);
	ck_assert_uint_eq(queue->callback_within_ms, 14400000);
	ck_assert_str_eq(queue->callback_prompt, "bye");
	ck_assert_str_eq(queue->callback_greeting, "hello");
	ck_assert_ptr_null(queue[1].callback_key);
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_how_numbers_are_written)
{
	const struct usher_numbers_conf *numbers;

	good("numbers: {country: 36, national: '06', international: '00',\n"
	     "  plain: international}\n");
	numbers = &conf->centers[0].config->numbers;
	ck_assert_str_eq(numbers->country, "36");
	ck_assert_str_eq(numbers->national, "06");
	ck_assert_str_eq(numbers->international, "00");
	ck_assert_uint_eq(numbers->plain, USHER_PLAIN_INTERNATIONAL);
	usher__conf_free(conf);
}
END_TEST

/* Somebody waits in each of these, or nobody is sent round. */
START_TEST(config__lets_steps_go_round_who_waits)
{
	static const char *const fine[] = {
		"  a: {steps: [{after: 60s, overflow: b}]}\n"
		"  b: {steps: [{after: 60s, overflow: a}]}\n",
		"  a: {steps: [{after: 1s, overflow: b}]}\n"
		"  b: {steps: [{overflow: a}]}\n",
		"  a: {steps: [{when: staffed == 0, overflow: b}]}\n"
		"  b: {steps: [{when: staffed == 0, overflow: a}]}\n",
		"  a: {steps: [{after: 9s, unstaffed: true, overflow: b}]}\n"
		"  b: {steps: [{after: 9s, unstaffed: true, overflow: a}]}\n",
		"  a: {steps: [{overflow: b}]}\n"
		"  b: {steps: [{when: 1 > 2, overflow: a}]}\n",
		/* left before */
		"  a: {steps: [{overflow: b}]}\n"
		"  b: {steps: [{exit: out}, {overflow: a}]}\n",
		"  a: {steps: [{overflow: c}, {add: b}]}\n"
		"  b: {steps: [{overflow: a}]}\n"
		"  c: {}\n",
		/* in both at a time */
		"  a: {steps: [{add: b}]}\n"
		"  b: {steps: [{add: a}]}\n",
		"  a: {steps: [{add: b}]}\n"
		"  b: {steps: [{overflow: a}]}\n",
		/* not taken where the contact is */
		"  a: {steps: [{overflow: a}]}\n",
		/* two ways to one place */
		"  a: {steps: [{overflow: [b, c]}]}\n"
		"  b: {steps: [{overflow: d}]}\n"
		"  c: {steps: [{overflow: d}]}\n"
		"  d: {}\n",
		/* closed, the other is not gone to */
		"  a: {hours: {days: {mon-sun: 08:00-20:00}},\n"
		"      steps: [{overflow: b}]}\n"
		"  b: {hours: {days: {mon-sun: 20:00-08:00}},\n"
		"      steps: [{overflow: a}]}\n",
		"  a: {hours: {zone: UTC}, steps: [{overflow: b}]}\n"
		"  b: {steps: [{overflow: a}]}\n",
		"  a: {steps: [{overflow: b}]}\n"
		"  b: {hours: {holidays: [12-25]}, steps: [{overflow: a}]}\n",
		/* nor when it is full */
		"  a: {max_waiting: 5, steps: [{overflow: b}]}\n"
		"  b: {max_waiting: 5, steps: [{overflow: [a, c]}]}\n"
		"  c: {}\n",
		"  a: {steps: [{overflow: b}]}\n"
		"  b: {max_waiting: 1, steps: [{overflow: a}]}\n",
	};
	char text[512];

	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		snprintf(text, sizeof(text), "queues:\n%s", fine[i]);
		good(text);
		usher__conf_free(conf);
	}
}
END_TEST

/* All of a long circle is looked at; its names are cut where no message has
 * room for them. */
START_TEST(config__names_a_long_circle)
{
	enum { QUEUES = 100 };
	static char text[QUEUES * 80];
	size_t used = (size_t)sprintf(text, "queues:\n");

	for (int i = 0; i < QUEUES; i++)
		used += (size_t)sprintf(
			text + used,
			"  queue%d: {steps: [{overflow: queue%d}]}\n", i,
			(i + 1) % QUEUES);
	ck_assert_int_eq(parse(text, NULL), USHER_EINVAL);
	ck_assert_uint_eq(err.line, QUEUES + 1);
	ck_assert_ptr_nonnull(strstr(err.message, "queue0, queue1, queue2"));
	ck_assert_ptr_nonnull(strstr(err.message, "...; one needs"));
}
END_TEST

static const struct {
	const char *text;
	unsigned line, column;
	const char *message;
} bad[] = {
	{"agents:\n  a: {interrupts: {voice: chat}}\n", 2, 6,
	 "no capacity of its own"},
	{"agents:\n  a: {interrupts: [voice]}\n", 2, 19, "a mapping"},
	{"numbers: {country: hu}\n", 1, 10, "1 to 3 digits"},
	{"numbers: {national: '06'}\n", 1, 10, "country"},
	{"numbers: {country: 36, plain: maybe}\n", 1, 31, "national"},
	{"numbers: {country: 36, nation: '06'}\n", 1, 24, "'national' meant"},
	{"queues:\n  a: {steps: {}}\n", 2, 14, "a list"},
	{"queues:\n  a: {steps: [{after: 5s}]}\n", 2, 15, "needs one of"},
	{"queues:\n  a: {steps: [{exit: x, priority: 1}]}\n", 2, 16,
	 "one thing"},
	{"queues:\n  a: {steps: [{exti: x}]}\n", 2, 16, "'exit' meant"},
	{"queues:\n  a: {steps: [{exit: x, when: colour == 1}]}\n", 2, 31,
	 "'colour' is not known to a step"},
	{"queues:\n  a: {steps: [{exit: x, when: wait_ms >}]}\n", 2, 40,
	 "a value is missing"},
	{"queues:\n  a: {steps: [{widen: tax >}]}\n", 2, 28,
	 "a value is missing"},
	{"queues:\n  a: {steps: [{exit: x, after: soon}]}\n", 2, 32,
	 "duration"},
	{"queues:\n  a: {steps: [{exit: x, check: 10ms}]}\n", 2, 32,
	 "from 1s"},
	{"queues:\n  a: {steps: [{overflow: [a, b]}]}\n", 2, 30,
	 "no queue 'b'"},
	{"queues:\n  a: {steps: [{overflow: []}]}\n", 2, 26, "names no queue"},
	{"queues:\n  a: {steps: [{overflow: b}]}\n"
	 "  b: {levels: [{requirement: x == 1, after: 5s}],\n"
	 "      steps: [{priority: 1}, {overflow: [b, c]}]}\n"
	 "  c: {steps: [{overflow: a}]}\n",
	 5, 26, "nobody waits: a, b, c, a; one needs 'after' or 'when'"},
	{"queues:\n  a: {steps: [{overflow: b, unstaffed: true}]}\n"
	 "  b: {steps: [{overflow: a, when: 1 < 2}]}\n",
	 3, 26, "a, b, a"},
	{"queues:\n  x: {steps: [{overflow: a}]}\n"
	 "  a: {steps: [{add: b}, {exit: out}]}\n"
	 "  b: {steps: [{overflow: a}]}\n",
	 4, 26, "a, b, a"},
	/* one of it, though another on the way may be full */
	{"queues:\n  a: {steps: [{overflow: [n, b]}]}\n"
	 "  b: {steps: [{overflow: a}]}\n"
	 "  n: {max_waiting: 1, steps: [{overflow: a}]}\n",
	 3, 26, "a, b, a"},
	{"queues:\n  a: {steps: [{announce: waltz}]}\n", 2, 26,
	 "no prompt 'waltz'"},
	{"queues:\n  a: {steps: [{callback: waltz}]}\n", 2, 26,
	 "no prompt 'waltz'"},
	{"queues:\n  a: {callbacks: true}\n", 2, 18, "a mapping"},
	{"queues:\n  a: {callbacks: {key: 11}}\n", 2, 24, "'key'"},
	{"queues:\n  a: {callbacks: {first: nobody}}\n", 2, 26, "agent"},
	{"queues:\n  a: {callbacks: {attempts: 0}}\n", 2, 29, "from 1"},
	{"queues:\n  a: {callbacks: {again: never}}\n", 2, 26, "duration"},
	{"queues:\n  a: {callbacks: {prompt: waltz}}\n", 2, 27,
	 "no prompt 'waltz'"},
	{"queues:\n  a: {levels: [{after: 5s}]}\n", 2, 16, "requirement"},
	{"queues:\n  a: {levels: [{requirement: x == 1}]}\n", 2, 16, "after"},
	{"queues:\n  a: {hours: [mon]}\n", 2, 14, "a mapping"},
	{"queues:\n  a: {hours: {day: {}}}\n", 2, 15, "'days' meant"},
	{"queues:\n  a: {hours: {zone: Europe/Buda}}\n", 2, 21,
	 "no time zone"},
	{"queues:\n  a: {hours: {days: {monday: 08:00-12:00}}}\n", 2, 22,
	 "not a day"},
	{"queues:\n  a: {hours: {days: {mon: 8-12}}}\n", 2, 27, "not a time"},
	{"queues:\n  a: {hours: {holidays: [12-24, 13-01]}}\n", 2, 33,
	 "not a date"},
	{"queues:\n  a: {hours: {exceptions: {12-24: noon}}}\n", 2, 35,
	 "not a time"},
};

START_TEST(queues__mistake_names_its_place)
{
	ck_assert_int_lt(parse(bad[_i].text, NULL), 0);
	ck_assert_msg(err.line == bad[_i].line && err.column == bad[_i].column,
		      "at %u:%u instead of %u:%u: %s\n%s", err.line,
		      err.column, bad[_i].line, bad[_i].column, err.message,
		      bad[_i].text);
	ck_assert_msg(strstr(err.message, bad[_i].message) != NULL,
		      "%s\ninstead of %s", err.message, bad[_i].message);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("queues");
	TCase *tc = tcase_create("queues");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, config__reads_opening_hours);
	tcase_add_test(tc, config__opens_by_exceptions);
	tcase_add_test(tc, config__reads_callbacks);
	tcase_add_test(tc, config__reads_levels_and_steps);
	tcase_add_test(tc, config__reads_what_interrupts_what);
	tcase_add_test(tc, config__reads_how_numbers_are_written);
	tcase_add_test(tc, config__lets_steps_go_round_who_waits);
	tcase_add_test(tc, config__names_a_long_circle);
	tcase_add_loop_test(tc, queues__mistake_names_its_place, 0,
			    sizeof(bad) / sizeof(*bad));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
