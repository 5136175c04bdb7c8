/* Instances as bytes: in the middle of each step, and bytes that lie. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define SAVED_MAX 4096

static int restore_in(struct run *run, const struct usher_alloc *alloc,
		      const void *buf, size_t len, struct usher_ivr **ret)
{
	struct usher_ivr_opts opts;
	struct usher_error err;

	usher_ivr_opts_init(&opts, sizeof(opts));
	opts.lookup = look;
	opts.arg = run;
	return usher_ivr_restore(ret, run->set, &opts, alloc, buf, len, &err);
}

/* Put the instance away and back; its host goes on with what it got. */
static void put_away(struct run *run)
{
	char buf[SAVED_MAX];
	size_t len = saved(run, buf, sizeof(buf));
	struct usher_ivr *ivr = NULL;
	char *exact = malloc(len);

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, buf, len);
	ck_assert_int_eq(restore_in(run, NULL, exact, len, &ivr), 0);
	free(exact);
	usher_ivr_free(run->ivr);
	run->ivr = ivr;
}

START_TEST(restore__gives_the_same_bytes_in_each_state)
{
	struct run *run = run_to(state_name((size_t)_i), NULL);
	char before[SAVED_MAX], after[SAVED_MAX];
	size_t len = saved(run, before, sizeof(before));
	int64_t deadline = usher_ivr_deadline(run->ivr);
	uint64_t version = 0;

	put_away(run);
	ck_assert_uint_eq(saved(run, after, sizeof(after)), len);
	ck_assert(!memcmp(before, after, len));
	ck_assert(usher_ivr_deadline(run->ivr) == deadline);
	ck_assert_int_eq(usher_ivr_saved_version(before, len, &version), 0);
	ck_assert(version == usher_flow_set_version(run->set));
	run_free(run);
}
END_TEST

START_TEST(restore__goes_on_as_if_nothing_had_happened)
{
	static const struct {
		const char *state;
		uint32_t event;
	} cases[] = {
		{"prompt", USHER_IVR_PLAYED},
		{"asking", USHER_IVR_PLAYED},
		{"invalid", USHER_IVR_PLAYED},
		{"wait", USHER_IVR_HUNG_UP},
		{"fetch", USHER_IVR_FAILED},
		{"greeting", USHER_IVR_PLAYED},
		{"recording", USHER_IVR_RECORDED},
		{"stopping", USHER_IVR_RECORDED},
		{"transfer", USHER_IVR_FAILED},
		{"queued", USHER_IVR_EXITED},
		{"music", USHER_IVR_ANSWERED},
		{"leaving", USHER_IVR_EXITED},
		{"talking", USHER_IVR_AGENT_LEFT},
		{"connected", USHER_IVR_AGENT_LEFT},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct run *lived = run_to(cases[i].state, NULL);
		struct run *saved_one = run_to(cases[i].state, NULL);
		char a[SAVED_MAX], b[SAVED_MAX];
		size_t len;

		put_away(saved_one);
		feed(lived, cases[i].event, NULL);
		feed(saved_one, cases[i].event, NULL);
		ck_assert_str_eq(lived->told, saved_one->told);
		len = saved(lived, a, sizeof(a));
		ck_assert_uint_eq(saved(saved_one, b, sizeof(b)), len);
		ck_assert(!memcmp(a, b, len));
		run_free(lived);
		run_free(saved_one);
	}
}
END_TEST

static bool contains(const char *buf, size_t len, const char *word)
{
	return memmem(buf, len, word, strlen(word)) != NULL;
}

START_TEST(save__leaves_secrets_out)
{
	struct run *run = run_to("secret", NULL);
	struct usher_value value = usher_value_number(1);
	struct usher_ivr_event event = {
		.kind = USHER_IVR_FETCHED, .values = &value, .n_values = 1};
	char buf[SAVED_MAX];
	size_t len = saved(run, buf, sizeof(buf));

	ck_assert(!contains(buf, len, "47"));
	digits(run, "11");
	ck_assert(contains(run->told, strlen(run->told), "4711"));
	len = saved(run, buf, sizeof(buf));
	ck_assert(!contains(buf, len, "4711"));
	ck_assert_uint_eq(usher_ivr_variable(run->ivr, "pin").type,
			  USHER_VALUE_UNDEFINED);
	feed_event(run, event);
	len = saved(run, buf, sizeof(buf));
	ck_assert(!contains(buf, len, "4711"));
	ck_assert(contains(buf, len, "Balance: 1"));
	run_free(run);
}
END_TEST

/* An allocator that remembers whether freed memory still held the secret. */
struct spy {
	struct heap heap;
	bool seen;
};

static void *spy_realloc(void *arg, void *ptr, size_t size)
{
	struct spy *spy = arg;
	size_t *block = ptr ? (size_t *)ptr - 2 : NULL;

	if (!size && block) {
		spy->seen |= contains(ptr, block[0], "4711");
		free(block);
		return NULL;
	}
	ck_assert_ptr_null(ptr);
	block = calloc(1, size + 2 * sizeof(size_t));
	ck_assert_ptr_nonnull(block);
	block[0] = size;
	return block + 2;
}

START_TEST(secret__is_wiped_from_memory_after_use)
{
	struct spy spy = {.seen = false};
	struct usher_alloc alloc = {spy_realloc, &spy};
	struct run *run = run_to("fetch", &alloc);

	ck_assert(contains(run->told, strlen(run->told), "4711"));
	feed(run, USHER_IVR_FAILED, NULL);
	ck_assert(!contains((const char *)run->ivr, 1024, "4711"));
	run_free(run);
	ck_assert(!spy.seen);
	/* Given up half-way. */
	run = run_to("secret", &alloc);
	digits(run, "11");
	run_free(run);
	ck_assert(!spy.seen);
}
END_TEST

START_TEST(input__is_to_be_hidden_while_it_may_be_a_secret)
{
	for (size_t i = 0; state_name(i); i++) {
		struct run *run = run_to(state_name(i), NULL);
		bool secret = !strcmp(state_name(i), "secret");
		bool ahead = !strcmp(state_name(i), "prompt");

		ck_assert(usher_ivr_hides(run->ivr, USHER_IVR_TEXT) == secret);
		ck_assert(usher_ivr_hides(run->ivr, USHER_IVR_DIGIT) ==
			  (secret || ahead));
		run_free(run);
	}
}
END_TEST

START_TEST(save__tells_the_length_needed)
{
	struct run *run = run_to("music", NULL);
	char buf[SAVED_MAX];
	size_t len = 0, again = 0;
	struct usher_ivr_event event = {
		.size = sizeof(event), .kind = USHER_IVR_DIGIT, .text = "1"};

	ck_assert_int_eq(usher_ivr_save(run->ivr, NULL, 0, &len), 0);
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(usher_ivr_save(run->ivr, buf, len - 1, &again),
			 USHER_EFULL);
	ck_assert_uint_eq(again, len);
	ck_assert_int_eq(usher_ivr_save(run->ivr, buf, len, &again), 0);
	ck_assert_int_eq(usher_ivr_save(run->ivr, buf, len, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_ivr_feed(run->ivr, run->now_us, &event), 0);
	ck_assert_int_eq(usher_ivr_save(run->ivr, buf, sizeof(buf), &len),
			 USHER_EAGAIN);
	run_free(run);
}
END_TEST

START_TEST(restore__refuses_other_versions_and_bad_arguments)
{
	struct run *run = run_to("music", NULL);
	char buf[SAVED_MAX];
	size_t len = saved(run, buf, sizeof(buf));
	struct usher_ivr *ivr = NULL;
	uint64_t version;

	buf[5] ^= 1;
	ck_assert_int_eq(restore_in(run, NULL, buf, len, &ivr), USHER_ESTATE);
	buf[5] ^= 1;
	buf[0] ^= 1;
	ck_assert_int_eq(restore_in(run, NULL, buf, len, &ivr),
			 USHER_ECORRUPT);
	ck_assert_int_eq(usher_ivr_saved_version(buf, len, &version),
			 USHER_ECORRUPT);
	ck_assert_int_eq(usher_ivr_saved_version(NULL, 0, &version),
			 USHER_ECORRUPT);
	ck_assert_int_eq(restore_in(run, NULL, NULL, 0, &ivr), USHER_EINVAL);
	ck_assert_ptr_null(ivr);
	run_free(run);
}
END_TEST

/* Whatever has been let in has to behave. */
static void exercise(struct run *run, struct usher_ivr *ivr)
{
	struct usher_ivr *own = run->ivr;
	int64_t now_us = run->now_us;

	run->ivr = ivr;
	if (usher_ivr_deadline(ivr) < INT64_MAX - 1)
		run->now_us = usher_ivr_deadline(ivr);
	for (uint32_t kind = USHER_IVR_STARTED; kind <= USHER_IVR_RESUMED;
	     kind++)
		feed(run, kind, kind == USHER_IVR_DIGIT ? "1" : "x");
	usher_ivr_where(ivr);
	usher_ivr_free(ivr);
	run->ivr = own;
	run->now_us = now_us;
}

START_TEST(restore__bears_every_cut_and_every_flipped_bit)
{
	struct run *run = run_to(state_name((size_t)_i), NULL);
	char buf[SAVED_MAX];
	size_t len = saved(run, buf, sizeof(buf));

	for (size_t cut = 0; cut < len; cut++) {
		struct usher_ivr *ivr = NULL;
		char *exact = malloc(cut + 1);

		ck_assert_ptr_nonnull(exact);
		memcpy(exact, buf, cut);
		ck_assert_int_ne(restore_in(run, NULL, exact, cut, &ivr), 0);
		ck_assert_ptr_null(ivr);
		free(exact);
	}
	for (size_t bit = 0; bit < 8 * len; bit++) {
		struct usher_ivr *ivr = NULL;

		buf[bit / 8] ^= (char)(1 << bit % 8);
		if (!restore_in(run, NULL, buf, len, &ivr))
			exercise(run, ivr);
		buf[bit / 8] ^= (char)(1 << bit % 8);
	}
	buf[len] = 0;
	ck_assert_int_eq(
		restore_in(run, NULL, buf, len + 1, &(struct usher_ivr *){0}),
		USHER_ECORRUPT);
	run_free(run);
}
END_TEST

START_TEST(new_and_restore__survive_every_failing_allocation)
{
	struct run *run = run_to("subflow", NULL);
	char buf[SAVED_MAX];
	size_t len = saved(run, buf, sizeof(buf));
	struct usher_ivr_opts opts;
	struct usher_ivr *ivr;
	struct heap heap;
	int code = 1;

	heap_init(&heap);
	for (heap.fail_at = 1; code; heap.fail_at++) {
		heap.calls = 0;
		ivr = NULL;
		code = restore_in(run, &heap.alloc, buf, len, &ivr);
		if (code) {
			ck_assert_int_eq(code, USHER_ENOMEM);
			ck_assert_ptr_null(ivr);
			ck_assert_int_eq(heap.alive, 0);
		}
	}
	ck_assert_int_gt(heap.fail_at, 2);
	usher_ivr_free(ivr);
	usher_ivr_opts_init(&opts, sizeof(opts));
	opts.flow = "main";
	code = 1;
	for (heap.fail_at = 1; code; heap.fail_at++) {
		heap.calls = 0;
		code = usher_ivr_new(&ivr, run->set, &opts, &heap.alloc, NULL);
		if (code)
			ck_assert_int_eq(code, USHER_ENOMEM);
	}
	ck_assert_int_gt(heap.fail_at, 2);
	usher_ivr_free(ivr);
	ck_assert_int_eq(heap.alive, 0);
	run_free(run);
}
END_TEST

static void add_tests(TCase *tc)
{
	int count = 0;

	while (state_name((size_t)count))
		count++;
	tcase_add_loop_test(tc, restore__gives_the_same_bytes_in_each_state, 0,
			    count);
	tcase_add_test(tc, restore__goes_on_as_if_nothing_had_happened);
	tcase_add_test(tc, save__leaves_secrets_out);
	tcase_add_test(tc, secret__is_wiped_from_memory_after_use);
	tcase_add_test(tc, input__is_to_be_hidden_while_it_may_be_a_secret);
	tcase_add_test(tc, save__tells_the_length_needed);
	tcase_add_test(tc, restore__refuses_other_versions_and_bad_arguments);
	tcase_add_loop_test(tc, restore__bears_every_cut_and_every_flipped_bit,
			    0, count);
	tcase_add_test(tc, new_and_restore__survive_every_failing_allocation);
}

int main(void)
{
	return run_tests("ivr-save", add_tests);
}
