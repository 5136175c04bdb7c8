/* The builder: what it refuses at once; and what a set tells of itself. */
#include <stdio.h>
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

static int add_step(struct usher_flow_builder *b, struct usher_step_opts o,
		    struct usher_error *err)
{
	o.size = o.size ? o.size : sizeof(o);
	return usher_flow_builder_step(b, &o, err);
}
#define ADD_STEP(b, err, ...)                                                 \
	add_step(b, (struct usher_step_opts){__VA_ARGS__}, err)

START_TEST(step__is_refused_with_what_is_no_step)
{
	struct usher_flow_builder *b = builder(NULL);
	struct usher_error err;
	char big[USHER_FLOW_TEXT_MAX + 2];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_END),
			 USHER_ESTATE);
	flow(b, "main");
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = 0), USHER_EINVAL);
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = 99), USHER_EINVAL);
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = 1, .size = 8),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_flow_builder_step(b, NULL, &err), USHER_EINVAL);
	ck_assert_int_eq(
		ADD_STEP(b, &err, .kind = USHER_STEP_END, .name = "end"),
		USHER_EINVAL);
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_END, .name = ""),
			 USHER_EINVAL);
	ck_assert_int_eq(
		ADD_STEP(b, &err, .kind = USHER_STEP_END, .name = "a\nb"),
		USHER_EINVAL);
	ck_assert_int_eq(
		ADD_STEP(b, &err, .kind = USHER_STEP_END, .target = big),
		USHER_EFULL);
	ck_assert_int_eq(
		ADD_STEP(b, &err, .kind = USHER_STEP_END, .target = "\xff"),
		USHER_EINVAL);
	ck_assert_int_eq(
		ADD_STEP(b, &err, .kind = USHER_STEP_END, .target = "{a"),
		USHER_EINVAL);
	ck_assert_int_eq(
		ADD_STEP(b, &err, .kind = USHER_STEP_END, .target = "ab} c"),
		USHER_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, "character 3"));
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_END,
				  .target = "ab {1 +} c"),
			 USHER_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, "character 8"));
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_COLLECT,
				  .variable = "a b"),
			 USHER_EINVAL);
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_COLLECT,
				  .variable = "language"),
			 USHER_EINVAL);
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_COLLECT,
				  .min = 5, .max = 4),
			 USHER_EINVAL);
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_COLLECT,
				  .max = USHER_IVR_DIGITS_MAX + 1),
			 USHER_EINVAL);
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_COLLECT,
				  .terminator = 'x'),
			 USHER_EINVAL);
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_COLLECT,
				  .require = "1 +"),
			 USHER_EINVAL);
	ck_assert_int_eq(
		ADD_STEP(b, &err, .kind = USHER_STEP_FETCH, .method = "BREW"),
		USHER_EINVAL);
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_TRANSFER,
				  .method = "moon"),
			 USHER_EINVAL);
	usher_flow_builder_free(b);
	b = builder(NULL);
	flow(b, "main");
	STEP(b, .kind = USHER_STEP_END, .name = "twice");
	ck_assert_int_eq(
		ADD_STEP(b, &err, .kind = USHER_STEP_END, .name = "twice"),
		USHER_EEXIST);
	usher_flow_builder_free(b);
}
END_TEST

START_TEST(exit__is_refused_where_it_cannot_be)
{
	struct usher_flow_builder *b = started_builder();
	struct usher_error err;

	ck_assert_int_eq(usher_flow_builder_exit(b, "1", "end", &err),
			 USHER_ESTATE);
	STEP(b, .kind = USHER_STEP_PROMPT, .prompt = "p");
	ck_assert_int_eq(usher_flow_builder_exit(b, "1", "end", &err),
			 USHER_EINVAL);
	STEP(b, .kind = USHER_STEP_MENU, .prompt = "p");
	way(b, "1", "end");
	ck_assert_int_eq(usher_flow_builder_exit(b, "1", "end", &err),
			 USHER_EEXIST);
	ck_assert_ptr_nonnull(strstr(err.message, "duplicate-exit"));
	ck_assert_int_eq(usher_flow_builder_exit(b, "", "end", &err),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_flow_builder_exit(b, NULL, "end", &err),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_flow_builder_exit(b, "2", NULL, &err),
			 USHER_EINVAL);
	for (int i = 1; i < USHER_FLOW_ITEMS_MAX; i++) {
		char on[8];

		snprintf(on, sizeof(on), "w%d", i);
		way(b, on, "end");
	}
	ck_assert_int_eq(usher_flow_builder_exit(b, "more", "end", &err),
			 USHER_EFULL);
	STEP(b, .kind = USHER_STEP_COLLECT);
	ck_assert_int_eq(usher_flow_builder_exit(b, "1", "end", &err),
			 USHER_EINVAL);
	STEP(b, .kind = USHER_STEP_IF);
	ck_assert_int_eq(usher_flow_builder_exit(b, "1 ==", "end", &err),
			 USHER_EINVAL);
	usher_flow_builder_free(b);
}
END_TEST

START_TEST(pair__is_refused_where_it_cannot_be)
{
	struct usher_flow_builder *b = started_builder();
	struct usher_error err;

#define PAIR(kind, name, value)                                               \
	usher_flow_builder_pair(b, kind, name, value, &err)
	ck_assert_int_eq(PAIR(USHER_PAIR_SET, "x", "1"), USHER_ESTATE);
	STEP(b, .kind = USHER_STEP_SET);
	ck_assert_int_eq(PAIR(USHER_PAIR_QUEUE, "x", NULL), USHER_EINVAL);
	ck_assert_int_eq(PAIR(99, "x", "1"), USHER_EINVAL);
	ck_assert_int_eq(PAIR(USHER_PAIR_SET, NULL, "1"), USHER_EINVAL);
	ck_assert_int_eq(PAIR(USHER_PAIR_SET, "x", NULL), USHER_EINVAL);
	ck_assert_int_eq(PAIR(USHER_PAIR_SET, "a b", "1"), USHER_EINVAL);
	ck_assert_int_eq(PAIR(USHER_PAIR_SET, "queue.x", "1"), USHER_EINVAL);
	ck_assert_int_eq(PAIR(USHER_PAIR_SET, "contact.", "1"), USHER_EINVAL);
	pair(b, USHER_PAIR_SET, "x", "1");
	ck_assert_int_eq(PAIR(USHER_PAIR_SET, "x", "1"), USHER_EEXIST);
	STEP(b, .kind = USHER_STEP_FETCH, .target = "http://h/");
	ck_assert_int_eq(PAIR(USHER_PAIR_HEADER, "a b", "1"), USHER_EINVAL);
	ck_assert_int_eq(PAIR(USHER_PAIR_RESULT, "contact.x", "a"),
			 USHER_EINVAL);
	ck_assert_int_eq(PAIR(USHER_PAIR_RESULT, "x", NULL), USHER_EINVAL);
	usher_flow_builder_free(b);
#undef PAIR
}
END_TEST

START_TEST(prompt_flow_and_sound__are_refused_when_odd)
{
	struct usher_flow_builder *b = builder(NULL);
	struct usher_error err;

	ck_assert_int_eq(usher_flow_builder_sound(b, "x", &err), USHER_ESTATE);
	prompt(b, "p");
	ck_assert_int_eq(usher_flow_builder_prompt(b, "p", NULL, "x", &err),
			 USHER_EEXIST);
	ck_assert_int_eq(usher_flow_builder_prompt(b, "p", "e n", "x", &err),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_flow_builder_prompt(b, NULL, NULL, "x", &err),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_flow_builder_sound(b, "", &err), USHER_EINVAL);
	for (int i = 0; i < USHER_FLOW_SOUNDS_MAX; i++)
		ck_assert_int_eq(usher_flow_builder_sound(b, "x", &err), 0);
	ck_assert_int_eq(usher_flow_builder_sound(b, "x", &err), USHER_EFULL);
	ck_assert_int_eq(usher_flow_builder_language(b, "", &err),
			 USHER_EINVAL);
	flow(b, "main");
	ck_assert_int_eq(usher_flow_builder_flow(b, "main", &err),
			 USHER_EEXIST);
	ck_assert_int_eq(usher_flow_builder_flow(b, "return", &err),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_flow_builder_flow(b, NULL, &err), USHER_EINVAL);
	/* Named and as the default language. */
	ck_assert_int_eq(usher_flow_builder_prompt(b, "p", "en", "x", &err),
			 0);
	STEP(b, .kind = USHER_STEP_END);
	ck_assert_int_eq(usher_flow_builder_finish(
				 b, &(struct usher_flow_set *){0}, &err),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_flow_builder_flow(b, "more", &err),
			 USHER_ESTATE);
	usher_flow_builder_free(b);
	usher_flow_builder_free(NULL);
	usher_flow_set_unref(NULL);
}
END_TEST

START_TEST(limits__of_a_set_hold)
{
	struct usher_flow_builder *b = builder(NULL);
	struct usher_error err;
	char name[16];

	for (int i = 0; i < USHER_FLOW_FLOWS_MAX; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		flow(b, name);
	}
	ck_assert_int_eq(usher_flow_builder_flow(b, "more", &err),
			 USHER_EFULL);
	for (int i = 0; i < USHER_FLOW_PROMPTS_MAX; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		prompt(b, name);
	}
	ck_assert_int_eq(usher_flow_builder_prompt(b, "more", NULL, "x", &err),
			 USHER_EFULL);
	for (int i = 0; i < USHER_FLOW_STEPS_MAX; i++)
		STEP(b, .kind = USHER_STEP_END);
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_END),
			 USHER_EFULL);
	usher_flow_builder_free(b);
	b = builder(NULL);
	flow(b, "main");
	for (int i = 1; i < USHER_FLOW_VARS_MAX; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		STEP(b, .kind = USHER_STEP_COLLECT, .variable = name);
	}
	ck_assert_int_eq(ADD_STEP(b, &err, .kind = USHER_STEP_COLLECT,
				  .variable = "more"),
			 USHER_EFULL);
	usher_flow_builder_free(b);
}
END_TEST

START_TEST(set__tells_what_it_has_and_wants)
{
	struct usher_flow_set *set = everything(NULL);
	struct usher_flow_prompt p = {.size = sizeof(p)};
	struct usher_error place;

	ck_assert(usher_flow_set_has(set, "hold"));
	ck_assert(!usher_flow_set_has(set, "menu"));
	ck_assert(!usher_flow_set_has(set, NULL));
	ck_assert_str_eq(usher_flow_set_flow(set, 0), "hold");
	ck_assert_str_eq(usher_flow_set_flow(set, 2), "sub");
	ck_assert_ptr_null(usher_flow_set_flow(set, 3));
	ck_assert_str_eq(usher_flow_set_name(set, 0), "contact.balance");
	ck_assert_str_eq(usher_flow_set_name(set, 1), "contact.id");
	ck_assert_str_eq(usher_flow_set_name(set, 2), "time.hour");
	ck_assert_ptr_null(usher_flow_set_name(set, 3));
	ck_assert_str_eq(usher_flow_set_use(set, USHER_FLOW_QUEUE, 0, &place),
			 "sales");
	ck_assert_str_eq(place.file, "everything");
	ck_assert_str_eq(usher_flow_set_use(set, USHER_FLOW_QUEUE, 1, NULL),
			 "support");
	ck_assert_ptr_null(usher_flow_set_use(set, USHER_FLOW_QUEUE, 2, NULL));
	ck_assert_str_eq(usher_flow_set_use(set, USHER_FLOW_MAILBOX, 0, NULL),
			 "box");
	ck_assert_str_eq(usher_flow_set_use(set, USHER_FLOW_SOUND, 0, NULL),
			 "music.wav");
	ck_assert_ptr_null(usher_flow_set_use(set, USHER_FLOW_AGENT, 0, NULL));
	ck_assert_int_eq(usher_flow_set_prompt(set, "hello", NULL, &p), 0);
	ck_assert_str_eq(p.text, "Hello !");
	ck_assert_uint_eq(p.sound_count, 0);
	ck_assert_int_eq(usher_flow_set_prompt(set, "music", "hu", &p), 0);
	ck_assert_ptr_null(p.text);
	ck_assert_str_eq(p.sounds[0], "music.wav");
	ck_assert_int_eq(usher_flow_set_prompt(set, "none", NULL, &p),
			 USHER_ENOENT);
	ck_assert_int_eq(usher_flow_set_prompt_at(set, 8, &p), 0);
	ck_assert_str_eq(p.name, "hello");
	ck_assert_int_eq(usher_flow_set_prompt_at(set, 9, &p), USHER_ENOENT);
	p.size = 4;
	ck_assert_int_eq(usher_flow_set_prompt_at(set, 0, &p), USHER_EINVAL);
	usher_flow_set_unref(set);
}
END_TEST

START_TEST(set__with_a_queue_in_a_name_wants_the_queue)
{
	struct usher_flow_builder *b = started_builder();
	struct usher_flow_set *set;

	STEP(b, .kind = USHER_STEP_IF);
	way(b, "queue.\"2nd line\".waiting > 2", "end");
	STEP(b, .kind = USHER_STEP_TRANSFER, .target = "third",
	     .method = "queue");
	way(b, "else", "end");
	set = finish(b);
	ck_assert_str_eq(usher_flow_set_use(set, USHER_FLOW_QUEUE, 0, NULL),
			 "2nd line");
	ck_assert_str_eq(usher_flow_set_use(set, USHER_FLOW_QUEUE, 1, NULL),
			 "third");
	usher_flow_set_unref(set);
}
END_TEST

static uint64_t version_of(const char *text, uint32_t timeout_ms,
			   const char *target)
{
	struct usher_flow_builder *b = builder(NULL);
	struct usher_flow_set *set;
	uint64_t version;

	ck_assert_int_eq(usher_flow_builder_prompt(b, "p", NULL, text, NULL),
			 0);
	flow(b, "main");
	STEP(b, .kind = USHER_STEP_MENU, .prompt = "p",
	     .timeout_ms = timeout_ms);
	way(b, "1", target);
	set = finish(b);
	version = usher_flow_set_version(set);
	usher_flow_set_unref(set);
	return version;
}

START_TEST(version__follows_content_alone)
{
	uint64_t version = version_of("a", 1, "end");

	ck_assert(version == version_of("a", 1, "end"));
	ck_assert(version != version_of("b", 1, "end"));
	ck_assert(version != version_of("a", 2, "end"));
	ck_assert(version != version_of("a", 1, "return"));
}
END_TEST

START_TEST(builder__survives_every_failing_allocation)
{
	struct usher_flow_set *set;
	struct heap heap;
	long failed = 0;

	heap_init(&heap);
	for (heap.fail_at = 1;; heap.fail_at++) {
		int code;

		heap.calls = 0;
		set = NULL;
		code = everything_code(&heap.alloc, &set);
		if (!code)
			break;
		failed++;
		ck_assert_int_eq(code, USHER_ENOMEM);
		ck_assert_ptr_null(set);
		ck_assert_int_eq(heap.alive, 0);
	}
	ck_assert_int_gt(failed, 20);
	usher_flow_set_unref(set);
	ck_assert_int_eq(heap.alive, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, step__is_refused_with_what_is_no_step);
	tcase_add_test(tc, exit__is_refused_where_it_cannot_be);
	tcase_add_test(tc, pair__is_refused_where_it_cannot_be);
	tcase_add_test(tc, prompt_flow_and_sound__are_refused_when_odd);
	tcase_add_test(tc, limits__of_a_set_hold);
	tcase_add_test(tc, set__tells_what_it_has_and_wants);
	tcase_add_test(tc, set__with_a_queue_in_a_name_wants_the_queue);
	tcase_add_test(tc, version__follows_content_alone);
	tcase_add_test(tc, builder__survives_every_failing_allocation);
}

int main(void)
{
	return run_tests("ivr-build", add_tests);
}
