/* Steps that speak, ask, set and decide: what they do, each exit. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

static struct run *begin(struct usher_flow_builder *b,
			 const char *const *names)
{
	return run_new(finish(b), "main", names);
}

START_TEST(prompt__plays_and_goes_on)
{
	struct usher_flow_builder *b = builder(NULL);
	struct run *run;

	prompt(b, "one");
	prompt(b, "two");
	flow(b, "main");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "one");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "two");
	run = begin(b, NULL);
	ck_assert_str_eq(started(run), "play one");
	ck_assert_uint_eq(run->flags, USHER_IVR_BARGE);
	ck_assert_str_eq(started(run), "");
	ck_assert_str_eq(usher_ivr_where(run->ivr), "main/1");
	ck_assert_str_eq(played(run), "play two");
	ck_assert(!usher_ivr_done(run->ivr));
	ck_assert_str_eq(played(run), "end end");
	ck_assert(usher_ivr_done(run->ivr));
	ck_assert_str_eq(played(run), "");
	run_free(run);
}
END_TEST

START_TEST(prompt__ignores_the_end_of_another)
{
	struct run *run = run_new(everything(NULL), "main", NULL);
	struct usher_ivr_event late = {.kind = USHER_IVR_PLAYED,
				       .request = 99};

	ck_assert_str_eq(started(run), "play welcome");
	ck_assert_str_eq(feed_event(run, late), "");
	ck_assert_str_eq(played(run), "ask choose");
	run_free(run);
}
END_TEST

START_TEST(prompt__that_never_ends_counts_as_ended)
{
	struct run *run = run_new(everything(NULL), "main", NULL);

	started(run);
	ck_assert_str_eq(pass(run, USHER_IVR_PLAY_MAX_MS / 1000 - 1), "");
	ck_assert_str_eq(pass(run, 1), "ask choose");
	run_free(run);
}
END_TEST

START_TEST(prompt__is_interrupted_by_digits_typed_ahead)
{
	struct run *run = run_new(everything(NULL), "main", NULL);

	started(run);
	ck_assert_str_eq(digits(run, "5"),
			 "stop; ask choose; stop; music music");
	run_free(run);
}
END_TEST

START_TEST(prompt__without_barge_hears_no_digits)
{
	struct usher_flow_builder *b = builder(NULL);
	struct run *run;

	prompt(b, "law");
	flow(b, "main");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "law",
	     .flags = USHER_STEP_NO_BARGE);
	run = begin(b, NULL);
	started(run);
	ck_assert_uint_eq(run->flags, 0);
	ck_assert_str_eq(digits(run, "1"), "");
	ck_assert_str_eq(played(run), "end end");
	run_free(run);
}
END_TEST

START_TEST(prompt__speaks_the_language_of_the_contact)
{
	struct usher_flow_builder *b = builder(NULL);
	const struct usher_ivr_action *action;
	struct usher_ivr_event event = {.size = sizeof(event),
					.kind = USHER_IVR_STARTED};
	struct usher_ivr_opts opts;
	struct usher_flow_set *set;
	struct usher_ivr *ivr;
	static const char *const cases[][3] = {
		{"hu", "hu", "Szia {x"}, {"hu-HU", "hu", "Szia {x"},
		{"pl", "en", "Hi {"},    {"en-GB", "en", "Hi {"},
		{NULL, "en", "Hi {"},
	};

	ck_assert_int_eq(
		usher_flow_builder_prompt(b, "hi", "hu", "Szia {{x", NULL), 0);
	ck_assert_int_eq(
		usher_flow_builder_sound(b, "hu/{language}.wav", NULL), 0);
	ck_assert_int_eq(
		usher_flow_builder_prompt(b, "hi", NULL, "Hi {{", NULL), 0);
	ck_assert_int_eq(usher_flow_builder_sound(b, "en/hi.wav", NULL), 0);
	ck_assert_int_eq(usher_flow_builder_sound(b, "en/b.wav", NULL), 0);
	flow(b, "main");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "hi");
	set = finish(b);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		usher_ivr_opts_init(&opts, sizeof(opts));
		opts.flow = "main";
		opts.language = cases[i][0];
		ck_assert_int_eq(usher_ivr_new(&ivr, set, &opts, NULL, NULL),
				 0);
		ck_assert_int_eq(usher_ivr_feed(ivr, 1, &event), 0);
		action = usher_ivr_next(ivr);
		ck_assert_ptr_nonnull(action);
		ck_assert_str_eq(action->language, cases[i][1]);
		ck_assert_str_eq(action->text, cases[i][2]);
		if (i < 2) {
			ck_assert_uint_eq(action->n_sounds, 1);
			ck_assert_str_eq(action->sounds[0],
					 i ? "hu/hu-HU.wav" : "hu/hu.wav");
		} else {
			ck_assert_uint_eq(action->n_sounds, 2);
			ck_assert_str_eq(action->sounds[1], "en/b.wav");
		}
		usher_ivr_free(ivr);
	}
	usher_flow_set_unref(set);
}
END_TEST

START_TEST(menu__takes_digits_words_and_nothing_else)
{
	struct run *run = run_new(everything(NULL), "main", NULL);

	started(run);
	ck_assert_str_eq(played(run), "ask choose");
	ck_assert_uint_eq(run->flags, USHER_IVR_BARGE | USHER_IVR_IS_MENU);
	ck_assert_str_eq(played(run), "");
	ck_assert_str_eq(digits(run, "5"), "music music");
	ck_assert(!strncmp(usher_ivr_variable(run->ivr, "choice").string, "5",
			   1));
	ck_assert_str_eq(pass(run, 10), "stop; ask choose");
	ck_assert_str_eq(digits(run, "0"), "stop; play wrong");
	ck_assert_str_eq(played(run), "ask choose");
	ck_assert_str_eq(said(run, "else"), "stop; play wrong");
	ck_assert_str_eq(said(run, "  BYE\n"), "stop; end end");
	run_free(run);
}
END_TEST

START_TEST(menu__gives_up_after_its_tries)
{
	struct usher_flow_builder *b = builder(NULL);
	struct run *run;

	prompt(b, "choose");
	prompt(b, "again");
	flow(b, "main");
	STEP(b, .kind = USHER_STEP_MENU, .prompt = "choose", .again = "again",
	     .retries = 1, .timeout_ms = 2000);
	way(b, "1", "end");
	way(b, "timeout", "late");
	way(b, "invalid", "odd");
	STEP(b, .kind = USHER_STEP_END, .name = "late", .target = "late");
	STEP(b, .kind = USHER_STEP_END, .name = "odd", .target = "odd");
	run = begin(b, NULL);
	started(run);
	played(run);
	ck_assert_str_eq(pass(run, 1.9), "");
	ck_assert_str_eq(pass(run, 0.1), "ask again");
	played(run);
	ck_assert_str_eq(pass(run, 2), "end late");
	run = run_again(run);
	started(run);
	ck_assert_str_eq(digits(run, "2"), "stop; ask again");
	ck_assert_str_eq(digits(run, "3"), "stop; end odd");
	run_free(run);
}
END_TEST

/* A flow set with one collect step, its value told when it ends. */
static struct run *collecting(struct usher_step_opts opts)
{
	struct usher_flow_builder *b = builder(NULL);

	prompt(b, "ask");
	flow(b, "main");
	opts.kind = USHER_STEP_COLLECT;
	opts.prompt = "ask";
	opts.variable = "x";
	add(b, opts);
	way(b, "invalid", "odd");
	way(b, "timeout", "late");
	STEP(b, .kind = USHER_STEP_END, .target = "got {x}");
	STEP(b, .kind = USHER_STEP_END, .name = "odd", .target = "odd {x}");
	STEP(b, .kind = USHER_STEP_END, .name = "late", .target = "late {x}");
	return begin(b, NULL);
}
#define COLLECTING(...) collecting((struct usher_step_opts){__VA_ARGS__})

START_TEST(collect__ends_with_the_terminator)
{
	struct run *run = COLLECTING(.max = 10);

	started(run);
	ck_assert_str_eq(digits(run, "12*#"), "stop; end got 12*");
	run_free(run);
	run = COLLECTING(.max = 10, .terminator = '*');
	started(run);
	played(run);
	ck_assert_str_eq(digits(run, "1#*"), "end got 1#");
	run_free(run);
	run = COLLECTING(.max = 3, .terminator = '-');
	started(run);
	played(run);
	ck_assert_str_eq(digits(run, "*#1"), "end got *#1");
	run_free(run);
}
END_TEST

START_TEST(collect__ends_when_full_or_after_a_pause)
{
	struct run *run =
		COLLECTING(.min = 2, .max = 4, .digit_timeout_ms = 1500);

	started(run);
	ck_assert_str_eq(digits(run, "1234"), "stop; end got 1234");
	run_free(run);
	run = COLLECTING(.min = 2, .max = 4, .digit_timeout_ms = 1500);
	started(run);
	played(run);
	digits(run, "12");
	ck_assert_str_eq(pass(run, 1.4), "");
	ck_assert_str_eq(pass(run, 0.1), "end got 12");
	run_free(run);
}
END_TEST

START_TEST(collect__asks_again_when_too_short_and_gives_up)
{
	struct run *run = COLLECTING(.min = 2, .max = 4, .retries = 1);

	started(run);
	ck_assert_str_eq(digits(run, "1#"), "stop; ask ask");
	ck_assert_str_eq(digits(run, "#"), "stop; end odd ");
	run_free(run);
	run = COLLECTING(.retries = USHER_NO_RETRY);
	started(run);
	played(run);
	ck_assert_str_eq(pass(run, 5), "end late ");
	run_free(run);
}
END_TEST

START_TEST(collect__makes_numbers_and_checks_them)
{
	struct run *run =
		COLLECTING(.flags = USHER_STEP_AS_NUMBER,
			   .require = "x >= 1 and x <= 5", .max = 15);

	started(run);
	ck_assert_str_eq(digits(run, "6#"), "stop; ask ask");
	ck_assert_str_eq(digits(run, "1*#"), "stop; ask ask");
	ck_assert_str_eq(digits(run, "007#"), "stop; end odd ");
	run_free(run);
	run = COLLECTING(.flags = USHER_STEP_AS_NUMBER, .max = 15);
	started(run);
	digits(run, "007#");
	ck_assert(usher_ivr_variable(run->ivr, "x").number == 7);
	ck_assert_str_eq(usher_ivr_where(run->ivr), "main/2");
	run_free(run);
}
END_TEST

START_TEST(collect__takes_texts)
{
	struct run *run = COLLECTING(.max = 6);

	started(run);
	played(run);
	ck_assert_str_eq(said(run, " 12-34 56 "), "end got 123456");
	run_free(run);
	run = COLLECTING(.max = 6, .retries = 1);
	started(run);
	ck_assert_str_eq(said(run, "twelve"), "stop; ask ask");
	ck_assert_str_eq(said(run, "1234567"), "stop; end odd ");
	run_free(run);
	run = COLLECTING(.flags = USHER_STEP_TEXT, .max = 5, .retries = 1);
	started(run);
	ck_assert_uint_eq(run->flags, USHER_IVR_BARGE | USHER_IVR_WANTS_TEXT);
	ck_assert_str_eq(said(run, "too long"), "stop; ask ask");
	ck_assert_str_eq(said(run, "\xc3\xb6\xc3\xbc\xc3\xb3\xc5\x91!"),
			 "stop; end got \xc3\xb6\xc3\xbc\xc3\xb3\xc5\x91!");
	run_free(run);
}
END_TEST

START_TEST(collect__without_barge_waits_for_the_prompt)
{
	struct run *run = COLLECTING(.flags = USHER_STEP_NO_BARGE, .max = 1);

	started(run);
	ck_assert_str_eq(digits(run, "1"), "");
	played(run);
	ck_assert_str_eq(digits(run, "2"), "end got 2");
	run_free(run);
}
END_TEST

START_TEST(set__keeps_types_and_sets_attributes_and_language)
{
	static const char *const names[] = {"contact.level", "4",
					    "contact.who", "An\"na", NULL};
	struct usher_flow_builder *b = builder(NULL);
	struct run *run;

	prompt(b, "hi");
	flow(b, "main");
	STEP(b, .kind = USHER_STEP_SET);
	pair(b, USHER_PAIR_SET, "n", "{contact.level + 1}");
	pair(b, USHER_PAIR_SET, "n2", "{n * 2}");
	pair(b, USHER_PAIR_SET, "t", "{n}");
	pair(b, USHER_PAIR_SET, "s", "<{contact.who}> {n} {contact.none}");
	pair(b, USHER_PAIR_SET, "contact.level", "{n2}");
	pair(b, USHER_PAIR_SET, "after", "{contact.level}");
	pair(b, USHER_PAIR_SET, "yes", "{n == 5}");
	pair(b, USHER_PAIR_SET, "language", "hu");
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "hi");
	STEP(b, .kind = USHER_STEP_END, .target = "{after} {contact.level}");
	run = begin(b, names);
	ck_assert_str_eq(started(run), "set level=10; language hu; play hi");
	ck_assert(usher_ivr_variable(run->ivr, "n").number == 5);
	ck_assert(usher_ivr_variable(run->ivr, "after").number == 10);
	ck_assert_uint_eq(usher_ivr_variable(run->ivr, "yes").type,
			  USHER_VALUE_BOOL);
	ck_assert_str_eq(usher_ivr_variable(run->ivr, "s").string,
			 "<An\"na> 5 ");
	ck_assert_uint_eq(usher_ivr_variable(run->ivr, "none").type,
			  USHER_VALUE_UNDEFINED);
	/* By now the host's word counts again. */
	ck_assert_str_eq(played(run), "end 10 4");
	run_free(run);
}
END_TEST

START_TEST(if__takes_the_first_that_holds)
{
	static const char *const late[] = {"time.hour", "19", NULL};
	static const char *const busy[] = {"time.hour", "12",
					   "queue.sales.waiting", "9", NULL};
	static const char *const *const cases[] = {late, busy, NULL};
	static const char *const ends[] = {"end closed", "end busy",
					   "end fine"};

	for (size_t i = 0; i < 3; i++) {
		struct usher_flow_builder *b = builder(NULL);
		struct run *run;

		flow(b, "main");
		STEP(b, .kind = USHER_STEP_IF);
		way(b, "time.hour < 8 or time.hour >= 18", "closed");
		way(b, "queue.sales.waiting > 5", "busy");
		STEP(b, .kind = USHER_STEP_END, .target = "fine");
		STEP(b, .kind = USHER_STEP_END, .name = "closed",
		     .target = "closed");
		STEP(b, .kind = USHER_STEP_END, .name = "busy",
		     .target = "busy");
		run = begin(b, cases[i]);
		ck_assert_str_eq(started(run), ends[i]);
		run_free(run);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, prompt__plays_and_goes_on);
	tcase_add_test(tc, prompt__ignores_the_end_of_another);
	tcase_add_test(tc, prompt__that_never_ends_counts_as_ended);
	tcase_add_test(tc, prompt__is_interrupted_by_digits_typed_ahead);
	tcase_add_test(tc, prompt__without_barge_hears_no_digits);
	tcase_add_test(tc, prompt__speaks_the_language_of_the_contact);
	tcase_add_test(tc, menu__takes_digits_words_and_nothing_else);
	tcase_add_test(tc, menu__gives_up_after_its_tries);
	tcase_add_test(tc, collect__ends_with_the_terminator);
	tcase_add_test(tc, collect__ends_when_full_or_after_a_pause);
	tcase_add_test(tc, collect__asks_again_when_too_short_and_gives_up);
	tcase_add_test(tc, collect__makes_numbers_and_checks_them);
	tcase_add_test(tc, collect__takes_texts);
	tcase_add_test(tc, collect__without_barge_waits_for_the_prompt);
	tcase_add_test(tc, set__keeps_types_and_sets_attributes_and_language);
	tcase_add_test(tc, if__takes_the_first_that_holds);
}

int main(void)
{
	return run_tests("ivr-ask", add_tests);
}
