/* Flows out of YAML: each step's keys, and the places of errors. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/flow.h"

static int read_text(const char *text, struct usher_flow_set **ret,
		     struct usher_error *err)
{
	struct usher__yaml *y = NULL;
	int code = usher__yaml_parse(&y, "f.yaml", text, strlen(text), err);

	if (!code)
		code = usher__flows_read(y, usher__yaml_root(y), "/etc/u", ret,
					 err);
	usher__yaml_free(y);
	return code;
}

static struct usher_flow_set *load(const char *text)
{
	struct usher_flow_set *set = NULL;
	struct usher_error err = {0};
	int code = read_text(text, &set, &err);

	ck_assert_msg(code == 0, "%u:%u: %s", err.line, err.column,
		      err.message);
	return set;
}

static const struct refusal {
	const char *text;
	uint32_t line, column;
	const char *message; /* part of it */
} refusals[] = {
	{"prompts: 5", 1, 10, "'prompts'"},
	{"prompts:\n  a: {}", 2, 6, "needs a text or a sound"},
	{"prompts:\n  a: {text: x, snd: y}", 2, 16, "snd"},
	{"prompts:\n  a: {hu: x}", 2, 11, "missing-text"},
	{"prompts:\n  a: {e n: x}", 2, 12, "no language"},
	{"prompts:\n  a: 'Hi {who}'", 2, 6, "missing-variable: who"},
	{"prompts:\n  a: 'Hi {1 +}'", 2, 6, "character 8"},
	{"prompts:\n  a: 'Hi {'", 2, 6, "no partner"},
	{"prompts:\n  a: {sound: [a, b, c, d, e, f, g, h, i]}", 2, 14,
	 "sounds"},
	{"language: 'x y'\nflows: {main: [end]}", 1, 11, "no language"},
	{"flows: []", 1, 8, "'flows'"},
	{"flows: {main: end}", 1, 15, "a flow"},
	{"flows: {main: []}", 1, 9, "missing-part: flow main"},
	{"flows: {end: [end]}", 1, 9, "no flow can be named"},
	{"flows:\n  main:\n    - stop", 3, 7, "in one word"},
	{"flows:\n  main:\n    - [end]", 3, 7, "a step is one of"},
	{"flows:\n  main:\n    - {}", 3, 7, "a step is one of"},
	{"flows:\n  main:\n    - promt: a", 3, 7, "'prompt'?"},
	{"flows:\n  main:\n    - prompt: a", 3, 7, "missing-prompt"},
	{"flows:\n  main:\n    - end: x\n      timeout: 5s", 4, 7, "timeout"},
	{"flows:\n  main:\n    - {goto: nowhere}", 3, 14, "unknown-target"},
	{"prompts: {p: x}\nflows:\n  main:\n    - menu: p\n      keys:\n"
	 "        1: nowhere",
	 6, 12, "unknown-target"},
	{"prompts: {p: x}\nflows:\n  main:\n    - menu: p\n      keys: {1: "
	 "[]}",
	 5, 17, "without a step"},
	{"prompts: {p: x}\nflows:\n  main:\n    - menu: p\n      keys: [1]", 5,
	 13, "'keys'"},
	{"prompts: {p: x}\nflows:\n  main:\n    - menu: p\n      keys: {1: "
	 "end}\n      retries: many",
	 6, 16, "'retries'"},
	{"prompts: {p: x}\nflows:\n  main:\n    - menu: p\n      keys: {1: "
	 "end}\n      timeout: 5",
	 6, 16, "'timeout'"},
	{"prompts: {p: x}\nflows:\n  main:\n    - menu: p\n      keys: {1: "
	 "end}\n      into: language",
	 4, 7, "set step"},
	{"flows:\n  main:\n    - if: time.hour >\n      then: end", 3, 22,
	 "a condition"},
	{"flows:\n  main:\n    - if: time.hour > 1", 3, 11, "without 'then'"},
	{"flows:\n  main:\n    - if: [{when: 'x'}]", 3, 19, "without 'then'"},
	{"flows:\n  main:\n    - if: [{when: 'time.hour', then: end}]\n"
	 "      then: end",
	 4, 13, "own 'then'"},
	{"flows:\n  main:\n    - if: x == 1\n      then: end", 3, 11,
	 "missing-variable: x"},
	{"flows:\n  main:\n    - set: {x: [1]}", 3, 16, "a value"},
	{"flows:\n  main:\n    - set: {x y: 1}", 3, 13, "x y"},
	{"flows:\n  main:\n    - set: {x: '{y}'}", 3, 13,
	 "missing-variable: y"},
	{"flows:\n  main:\n    - transfer: 5\n      else: end", 3, 17,
	 "'transfer'"},
	{"flows:\n  main:\n    - transfer: {agent: a, queue: b}\n"
	 "      else: end",
	 3, 17, "one of agent, queue or number"},
	{"flows:\n  main:\n    - transfer: {agent: a}", 3, 7, "missing-else"},
	{"flows:\n  main:\n    - transfer: {number: '{{number}}'}\n"
	 "      else: end",
	 3, 26, "one pair is a field, as \"{number}\""},
	{"flows:\n  main:\n    - transfer: {number: '+36{{x}}'}\n"
	 "      else: end",
	 3, 26, "doubled braces are text"},
	{"flows:\n  main:\n    - transfer: {number: '  '}\n"
	 "      else: end",
	 3, 26, "'  ' can never be dialed: a number has digits"},
	{"flows:\n  main:\n    - transfer: {number: '+36 1 555'}\n"
	 "      else: end",
	 3, 26, "'+36 1 555' can never be dialed"},
	{"flows:\n  main:\n    - transfer: {number: sales}\n"
	 "      else: end",
	 3, 26, "'sales' can never be dialed"},
	{"flows:\n  main:\n    - transfer: {number: '*31{caller.number}'}\n"
	 "      else: end",
	 3, 26, "can never be dialed"},
	{"flows:\n  main:\n    - transfer: {number: '1+{caller.number}'}\n"
	 "      else: end",
	 3, 26, "a + before them at most"},
	{"flows:\n  main:\n    - transfer: {number: +}\n      else: end", 3,
	 26, "'+' can never be dialed: a number has digits"},
	{"flows:\n  main:\n    - transfer: {number: '{caller.number'}\n"
	 "      else: end",
	 3, 7, "has no partner"},
	{"flows:\n  main:\n    - callback: q\n      number: 'tel:{x}'\n"
	 "      else: end",
	 4, 15, "'tel:{x}' can never be dialed"},
	{"flows:\n  main:\n    - callback: q\n      number: '{{x}}'\n"
	 "      else: end",
	 4, 15, "one pair is a field"},
	{"flows:\n  main:\n    - callback: q\n      until: '{{x}}'\n"
	 "      else: end",
	 4, 14, "'until': doubled braces are text"},
	{"prompts: {p: x}\nflows:\n  main:\n    - menu: p\n"
	 "      keys: {1: end}\n      on: {timout: end}",
	 6, 12, "'on' has timeout and invalid here, not 'timout'"},
	{"prompts: {p: x}\nflows:\n  main:\n    - collect: p\n"
	 "      into: x\n      on: {busy: end}",
	 6, 12, "not 'busy'"},
	{"prompts: {p: x}\nflows:\n  main:\n    - collect: p\n"
	 "      into: x\n      digits: 0",
	 6, 15, "at least 1"},
	{"prompts: {p: x}\nflows:\n  main:\n    - collect: p\n"
	 "      into: x\n      digits: {min: 0, max: 0}",
	 6, 29, "at least 1"},
	{"prompts: {p: x}\nflows:\n  main:\n    - collect: p\n"
	 "      into: \"a\\nb\"",
	 4, 7, "\"a?b\""},
	{"flows:\n  main:\n    - callback: true", 3, 7, "missing-else"},
	{"flows:\n  main:\n    - callback: false\n      else: end", 3, 17,
	 "'callback'"},
	{"flows:\n  main:\n    - callback: q\n      first: me\n"
	 "      else: end",
	 4, 14, "'first'"},
	{"flows:\n  main:\n    - callback: q\n      attempts: 0\n"
	 "      else: end",
	 4, 17, "at least 1"},
	{"flows:\n  main:\n    - callback: q\n      from: 25:00\n"
	 "      else: end",
	 4, 13, "'from': not a time"},
	{"flows:\n  main:\n    - callback: q\n      prompt: p\n"
	 "      else: end",
	 3, 7, "missing-prompt"},
	{"flows:\n  main:\n    - queue: q\n      keys: {1: back}\n"
	 "      else: end\n"
	 "    - callback: true\n      name: back\n"
	 "      else: [{voicemail: x}]",
	 8, 15, "misplaced"},
	{"flows:\n  main:\n    - fetch: http://h/\n      method: BREW\n"
	 "      else: end",
	 3, 7, "BREW"},
	{"flows:\n  main:\n    - fetch: /x\n      else: end", 3, 7,
	 "unsafe-url"},
	{"flows:\n  main:\n    - fetch: http://h/\n      on: {999x: end}\n"
	 "      else: end",
	 4, 12, "does not fail with '999x'"},
	{"flows:\n  main:\n    - fetch: http://h/\n      on: {timout: end}\n"
	 "      else: end",
	 4, 12, "does not fail with 'timout'"},
	{"flows:\n  main:\n    - if: time.hours < 8\n      then: end", 3, 11,
	 "unknown-name: time.hours"},
	{"flows:\n  main:\n    - wait: soon", 3, 13, "'wait'"},
	{"flows:\n  main:\n    - queue: {a: b}", 3, 14, "a queue"},
	{"flows:\n  main:\n    - queue: q\n      while: hold", 3, 7,
	 "unknown-flow"},
	{"flows:\n  main:\n    - queue: q\n      require: a >", 4, 19,
	 "'require'"},
	{"flows:\n  main: [end]\n  lost: [end]\n"
	 "entries: {100: {flow: main}}",
	 3, 3, "unreachable: no entry leads to flow lost"},
	{"flows:\n  main: [end]\nentries: {100: {flow: nowhere}}", 3, 23,
	 "unknown-flow"},
	{"flows:\n  main:\n    - end\n    - end", 4, 7, "unreachable"},
	{"prompts: {p: x}\nflows:\n  main:\n    - prompt: p\n"
	 "      name: again\n    - goto: again",
	 4, 7, "endless-loop"},
	{"prompts: {p: x}\nflows:\n  main:\n    - collect: p\n      into: x\n"
	 "      digits: {min: 5, max: 4}",
	 4, 7, "do not fit"},
	{"prompts: {p: x}\nflows:\n  main:\n    - collect: p\n      into: x\n"
	 "      end_key: A",
	 6, 16, "'end_key'"},
	{"prompts: {p: x}\nflows:\n  main:\n    - collect: p\n      into: x\n"
	 "      secret: yes",
	 6, 15, "'secret'"},
	{"prompts: {p: x}\nflows:\n  main:\n    - collect: p\n      into: x\n"
	 "      secret: true\n    - end: '{x}'",
	 7, 7, "secret-leak"},
};

START_TEST(flows__are_refused_with_their_place)
{
	const struct refusal *r = &refusals[_i];
	struct usher_flow_set *set = NULL;
	struct usher_error err = {0};
	int code = read_text(r->text, &set, &err);

	ck_assert_msg(code != 0, "%s", r->text);
	ck_assert_ptr_null(set);
	ck_assert_msg(strstr(err.message, r->message), "%s\n%u:%u: %s",
		      r->text, err.line, err.column, err.message);
	ck_assert_msg(err.line == r->line && err.column == r->column,
		      "%s\nat %u:%u, not %u:%u: %s", r->text, err.line,
		      err.column, r->line, r->column, err.message);
	ck_assert_str_eq(err.file, "f.yaml");
}
END_TEST

/* What a field becomes, nobody knows; quotes in it may have braces. */
START_TEST(flows__dial_what_may_be_a_number)
{
	static const char *const good[] = {
		"+3615550000",        "0612",
		"{caller.number}",    "+{caller.number}",
		"{caller.number}+36", "{caller.number}{caller.name}00",
		"{contact.\"a}b\"}",
	};
	struct usher_flow_set *set = NULL;
	struct usher_error err = {0};
	char text[256];
	int code;

	snprintf(text, sizeof(text),
		 "flows:\n  main:\n    - transfer: {number: '%s'}\n"
		 "      else:\n        - callback: q\n          number: '%s'\n"
		 "          else: end\n",
		 good[_i], good[_i]);
	code = read_text(text, &set, &err);
	ck_assert_msg(!code, "%s: %s", good[_i], err.message);
	usher_flow_set_unref(set);
}
END_TEST

START_TEST(flows__are_none_when_there_are_none)
{
	struct usher_flow_set *set = (void *)1;

	ck_assert_int_eq(read_text("agents: {}", &set, NULL), 0);
	ck_assert_ptr_null(set);
	set = (void *)1;
	ck_assert_int_eq(read_text("flows:\nprompts: ~", &set, NULL), 0);
	ck_assert_ptr_null(set);
}
END_TEST

START_TEST(prompts__have_languages_and_paths)
{
	struct usher_flow_set *set =
		load("language: hu\n"
		     "sounds: 's{1}'\n"
		     "prompts:\n"
		     "  a: Szia\n"
		     "  b: {text: Jo, sound: b.wav}\n"
		     "  c:\n"
		     "    hu: {sound: [c.wav, /abs/d.wav, "
		     "'n-{wait.position}.wav']}\n"
		     "    en: Hello\n");
	struct usher_flow_prompt p = {.size = sizeof(p)};

	ck_assert_int_eq(usher_flow_set_prompt(set, "a", NULL, &p), 0);
	ck_assert_str_eq(p.text, "Szia");
	ck_assert_str_eq(p.language, "hu");
	ck_assert_int_eq(usher_flow_set_prompt(set, "b", "en", &p), 0);
	ck_assert_str_eq(p.text, "Jo");
	ck_assert_str_eq(p.sounds[0], "/etc/u/s{1}/b.wav");
	ck_assert_int_eq(usher_flow_set_prompt(set, "c", "hu", &p), 0);
	ck_assert_ptr_null(p.text);
	ck_assert_uint_eq(p.sound_count, 2);
	ck_assert_str_eq(p.sounds[1], "/abs/d.wav");
	ck_assert_int_eq(usher_flow_set_prompt(set, "c", "en", &p), 0);
	ck_assert_str_eq(p.text, "Hello");
	usher_flow_set_unref(set);
}
END_TEST

/* What a set does with a list of inputs: digits, or `+` for "played". */
static void expect(const char *text, const char *input, const char *told)
{
	static const char *const kinds[] = {
		"?",     "play",     "ask",   "music",    "stop",
		"queue", "leave",    "fetch", "transfer", "record",
		"set",   "language", "end",   "error",    "callback"};
	struct usher_flow_set *set = load(text);
	const struct usher_ivr_action *a;
	struct usher_ivr_event event = {.size = sizeof(event),
					.kind = USHER_IVR_STARTED};
	struct usher_ivr_opts opts;
	struct usher_ivr *ivr;
	char out[4096] = "", *p = out;

	usher_ivr_opts_init(&opts, sizeof(opts));
	opts.flow = "main";
	ck_assert_int_eq(usher_ivr_new(&ivr, set, &opts, NULL, NULL), 0);
	do {
		ck_assert_int_eq(usher_ivr_feed(ivr, 1, &event), 0);
		while ((a = usher_ivr_next(ivr))) {
			const char *what = a->prompt ? a->prompt
					   : a->kind == USHER_IVR_QUEUE
						   ? a->queues[0]
					   : a->target ? a->target
						       : a->reason;

			p += sprintf(p, "%s%s%s%s", p == out ? "" : "; ",
				     kinds[a->kind], what ? " " : "",
				     what ? what : "");
			if (a->body)
				p += sprintf(p, " %s", a->body);
			if (a->value.type == USHER_VALUE_STRING)
				p += sprintf(p, "='%.*s'", (int)a->value.len,
					     a->value.string);
			if (a->value.type == USHER_VALUE_NUMBER)
				p += sprintf(p, "=%g", a->value.number);
		}
		event.kind = *input == '+'   ? USHER_IVR_PLAYED
			     : *input == '!' ? USHER_IVR_EXITED
					     : USHER_IVR_DIGIT;
		event.text = *input == '!' ? "full" : input;
		event.text_len = event.kind == USHER_IVR_DIGIT;
	} while (*input++);
	ck_assert_str_eq(out, told);
	usher_ivr_free(ivr);
	usher_flow_set_unref(set);
}

START_TEST(blocks__come_back_to_what_follows)
{
	static const char text[] =
		"prompts: {p: x, q: y, r: z}\n"
		"flows:\n"
		"  main:\n"
		"    - menu: p\n"
		"      keys:\n"
		"        1:\n"
		"          - set: {contact.a: 1, contact.b: '1'}\n"
		"          - if: 1 == 1\n"
		"            then:\n"
		"              - prompt: q\n"
		"              - prompt: q\n"
		"        2: [{prompt: r, next: last}]\n"
		"        3: [{name: own, prompt: q}, end]\n"
		"        4: own\n"
		"        5: [return]\n"
		"    - prompt: r\n"
		"    - end: done\n"
		"      name: last\n";

	expect(text, "1++",
	       "ask p; stop; set a=1; set b='1'; play q; play q; "
	       "play r");
	expect(text, "2+", "ask p; stop; play r; end done");
	expect(text, "3+", "ask p; stop; play q; end end");
	expect(text, "4+", "ask p; stop; play q; end end");
	expect(text, "5", "ask p; stop; end end");
}
END_TEST

START_TEST(steps__of_each_kind_are_read)
{
	expect("flows:\n"
	       "  main:\n"
	       "    - queue: [a, b]\n"
	       "      priority: 3\n"
	       "      require: billing > 2\n"
	       "      while: hold\n"
	       "      timeout: 5m\n"
	       "      keys: {1: word}\n"
	       "      on: {full: over, quit: end}\n"
	       "      after: [{end: after}]\n"
	       "      else: end\n"
	       "    - voicemail: box\n"
	       "      name: word\n"
	       "      longest: 30s\n"
	       "      end_key: '*'\n"
	       "      on: {failed: end}\n"
	       "  over:\n"
	       "    - transfer: {number: '+361'}\n"
	       "      timeout: 20s\n"
	       "      on: {busy: end}\n"
	       "      after: end\n"
	       "      else: end\n"
	       "  hold:\n"
	       "    - wait: forever\n"
	       "      music: tune\n"
	       "      name: here\n"
	       "  bye:\n"
	       "    - wait: 1s\n"
	       "    - subflow: over\n"
	       "prompts: {tune: {sound: t.wav}}\n",
	       "!", "queue a; music tune; stop; transfer +361");
	expect("flows:\n"
	       "  main:\n"
	       "    - queue: a\n"
	       "      keys: {1: back}\n"
	       "      else: end\n"
	       "    - callback: [a, b]\n"
	       "      name: back\n"
	       "      number: '0612'\n"
	       "      first: customer\n"
	       "      from: 2h\n"
	       "      until: '{time.hour}00'\n"
	       "      again: 10m\n"
	       "      attempts: 2\n"
	       "      prompt: bye\n"
	       "      on: {exists: end}\n"
	       "      else: end\n"
	       "prompts: {bye: Bye}\n",
	       "1", "queue a; callback bye");
	expect("prompts: {p: x}\n"
	       "flows:\n"
	       "  main:\n"
	       "    - collect: p\n"
	       "      into: n\n"
	       "      digits: 2\n"
	       "      number: true\n"
	       "      check: n > 9\n"
	       "      between: 2s\n"
	       "      barge: true\n"
	       "    - fetch: 'http://h/{n}'\n"
	       "      send: {n: '{n}', s: 1.5, t: '1.5', u: 007, b: true}\n"
	       "      headers: {X-A: b}\n"
	       "      timeout: 2s\n"
	       "      into: {balance: a.b}\n"
	       "      on: {404: end, timeout: end, refused: end}\n"
	       "      else: [{end: 'bad {balance}'}]\n",
	       "12",
	       "ask p; stop; fetch http://h/12 "
	       "{\"n\":12,\"s\":1.5,\"t\":\"1.5\",\"u\":\"007\",\"b\":true}");
	expect("prompts: {p: x}\n"
	       "flows:\n"
	       "  main:\n"
	       "    - collect: p\n"
	       "      into: s\n"
	       "      text: {max: 3}\n"
	       "      retries: 0\n"
	       "      end_key: none\n"
	       "    - end: '{s}'\n",
	       "#12", "ask p; stop; end #12");
}
END_TEST

START_TEST(versions__do_not_follow_comments)
{
	struct usher_flow_set *a = load("flows:\n  main:\n    - end: x\n");
	struct usher_flow_set *b =
		load("# A comment\nflows:\n\n  main: [{end: x}]\n");
	struct usher_flow_set *c = load("flows: {main: [{end: y}]}");

	ck_assert(usher_flow_set_version(a) == usher_flow_set_version(b));
	ck_assert(usher_flow_set_version(a) != usher_flow_set_version(c));
	usher_flow_set_unref(a);
	usher_flow_set_unref(b);
	usher_flow_set_unref(c);
}
END_TEST

START_TEST(example__is_good)
{
	struct usher__yaml *y = NULL;
	struct usher_flow_set *set = NULL;
	struct usher_error err = {0};
	int code = usher__yaml_open(&y, CENTER_YAML, &err);

	if (!code)
		code = usher__flows_read(y, usher__yaml_root(y), "x", &set,
					 &err);
	ck_assert_msg(code == 0, "%s:%u:%u: %s", err.file, err.line,
		      err.column, err.message);
	ck_assert(usher_flow_set_has(set, "main"));
	usher_flow_set_unref(set);
	usher__yaml_free(y);
}
END_TEST

START_TEST(deep_nesting__is_refused)
{
	char text[4096] = "flows: {main: ", *p = text + strlen(text);
	struct usher_flow_set *set = NULL;
	struct usher_error err = {0};

	for (int i = 0; i < 14; i++)
		p += sprintf(p, "[{if: time.hour > %d, then: ", i);
	p += sprintf(p, "end");
	for (int i = 0; i < 14; i++)
		p += sprintf(p, "}]");
	sprintf(p, "}");
	ck_assert_int_eq(read_text(text, &set, &err), 0);
	usher_flow_set_unref(set);
	set = NULL;
	p = text + strlen("flows: {main: ");
	for (int i = 0; i < 40; i++)
		p += sprintf(p, "[{if: time.hour > %d, then: ", i);
	p += sprintf(p, "end");
	for (int i = 0; i < 40; i++)
		p += sprintf(p, "}]");
	sprintf(p, "}");
	ck_assert_int_eq(read_text(text, &set, &err), USHER_EFULL);
	ck_assert_ptr_null(set);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config-flow");
	TCase *tc = tcase_create("flow");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, flows__are_refused_with_their_place, 0,
			    sizeof(refusals) / sizeof(*refusals));
	tcase_add_loop_test(tc, flows__dial_what_may_be_a_number, 0, 7);
	tcase_add_test(tc, flows__are_none_when_there_are_none);
	tcase_add_test(tc, prompts__have_languages_and_paths);
	tcase_add_test(tc, blocks__come_back_to_what_follows);
	tcase_add_test(tc, steps__of_each_kind_are_read);
	tcase_add_test(tc, versions__do_not_follow_comments);
	tcase_add_test(tc, example__is_good);
	tcase_add_test(tc, deep_nesting__is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
