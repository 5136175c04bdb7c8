/* The step that has the caller called back: while waiting, by a key of the
 * queue, and elsewhere; and what of it is refused at load. */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define CALLBACK "callback sales to 06-12 agent first from 2h say Bye"

/* main: a queue where 1 is a callback and 2 leaves; hold: music, then a
 * callback after 5 s. */
static int make(struct usher_flow_builder *b, struct usher_flow_set **ret)
{
	static const struct usher_step_opts queue = {.size = sizeof(queue),
						     .kind = USHER_STEP_QUEUE,
						     .flow = "hold",
						     .next = "end"};
	static const struct usher_step_opts back = {
		.size = sizeof(back),
		.kind = USHER_STEP_CALLBACK,
		.name = "back",
		.target = "{contact.mobile}",
		.method = "agent",
		.prompt = "bye",
		.max = 3};
	static const struct usher_step_opts wait = {.size = sizeof(wait),
						    .kind = USHER_STEP_WAIT,
						    .timeout_ms = 5000};
	static const struct usher_step_opts late = {
		.size = sizeof(late),
		.kind = USHER_STEP_CALLBACK,
		.name = "late"};
	static const struct usher_step_opts out = {
		.size = sizeof(out), .kind = USHER_STEP_END, .name = "out"};
	int code;

	if ((code = usher_flow_builder_prompt(b, "bye", NULL, "Bye", NULL)) ||
	    (code = usher_flow_builder_flow(b, "main", NULL)) ||
	    (code = usher_flow_builder_step(b, &queue, NULL)) ||
	    (code = usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales", NULL,
					    NULL)) ||
	    (code = usher_flow_builder_exit(b, "1", "back", NULL)) ||
	    (code = usher_flow_builder_exit(b, "2", "out", NULL)) ||
	    (code = usher_flow_builder_step(b, &back, NULL)) ||
	    (code = usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales", NULL,
					    NULL)) ||
	    (code = usher_flow_builder_pair(b, USHER_PAIR_WINDOW, "from", "2h",
					    NULL)) ||
	    (code = usher_flow_builder_exit(b, "exists", "hold", NULL)) ||
	    (code = usher_flow_builder_exit(b, "else", "return", NULL)) ||
	    (code = usher_flow_builder_step(b, &out, NULL)) ||
	    (code = usher_flow_builder_flow(b, "hold", NULL)) ||
	    (code = usher_flow_builder_step(b, &wait, NULL)) ||
	    (code = usher_flow_builder_step(b, &late, NULL)) ||
	    (code = usher_flow_builder_exit(b, "else", "hold", NULL)) ||
	    (code = usher_flow_builder_finish(b, ret, NULL)))
		return code;
	return 0;
}

static struct run *waiting(void)
{
	static const char *const names[] = {"contact.mobile", "06-12", NULL};
	struct usher_flow_builder *b = builder(NULL);
	struct usher_flow_set *set;
	struct run *run;

	ck_assert_int_eq(make(b, &set), 0);
	usher_flow_builder_free(b);
	run = run_new(set, "main", names);
	ck_assert_str_eq(started(run), "queue sales");
	return run;
}

static const char *fails(struct run *run, const char *reason)
{
	return feed_event(run,
			  (struct usher_ivr_event){.kind = USHER_IVR_FAILED,
						   .request = run->request,
						   .text = reason});
}

START_TEST(callback__by_a_key_stays_in_the_queue)
{
	struct run *run = waiting();

	ck_assert_str_eq(digits(run, "1"), CALLBACK);
	ck_assert_str_eq(usher_ivr_where(run->ivr), "main/back");
	/* The caller goes. */
	ck_assert_str_eq(feed(run, USHER_IVR_HUNG_UP, NULL), "");
	ck_assert(usher_ivr_done(run->ivr));
	run_free(run);
}
END_TEST

START_TEST(callback__that_is_refused_goes_on_waiting)
{
	struct run *run = waiting();

	digits(run, "1");
	ck_assert_str_eq(fails(run, "exists"), "");
	ck_assert_str_eq(usher_ivr_where(run->ivr), "hold/1");
	ck_assert_str_eq(digits(run, "1"), CALLBACK);
	ck_assert_str_eq(fails(run, "number"), "");
	/* Back to the wait, without its flow, until somebody answers. */
	ck_assert_str_eq(feed(run, USHER_IVR_ANSWERED, NULL), "");
	ck_assert_str_eq(feed(run, USHER_IVR_AGENT_LEFT, NULL),
			 "end answered");
	run_free(run);
}
END_TEST

START_TEST(callback__of_the_flow_that_runs_meanwhile)
{
	struct run *run = waiting();

	ck_assert_str_eq(pass(run, 5), "callback  to caller");
	/* Nothing else is heard of until the host has answered. */
	ck_assert_str_eq(pass(run, 60), "");
	ck_assert_str_eq(fails(run, NULL), "");
	ck_assert_str_eq(pass(run, 5), "callback  to caller");
	ck_assert_str_eq(feed(run, USHER_IVR_EXITED, "timeout"), "end end");
	run_free(run);
}
END_TEST

START_TEST(callback__and_an_agent_who_is_quicker)
{
	struct run *run = waiting();

	digits(run, "1");
	ck_assert_str_eq(feed(run, USHER_IVR_ANSWERED, NULL), "");
	ck_assert_str_eq(feed(run, USHER_IVR_FAILED, "exists"), "");
	ck_assert_str_eq(feed(run, USHER_IVR_AGENT_LEFT, NULL),
			 "end answered");
	run_free(run);
}
END_TEST

START_TEST(callback__is_asked_for_again_after_a_restart)
{
	struct run *run = waiting();
	struct usher_ivr_opts opts;
	unsigned char bytes[1024];
	struct usher_ivr *again;
	size_t len;

	digits(run, "1");
	len = saved(run, bytes, sizeof(bytes));
	usher_ivr_opts_init(&opts, sizeof(opts));
	opts.lookup = look;
	opts.arg = run;
	ck_assert_int_eq(usher_ivr_restore(&again, run->set, &opts, NULL,
					   bytes, len, NULL),
			 0);
	usher_ivr_free(run->ivr);
	run->ivr = again;
	ck_assert_str_eq(
		feed(run, USHER_IVR_RESUMED, NULL),
		"callback sales to 06-12 agent first from 2h say Bye");
	run_free(run);
}
END_TEST

START_TEST(callback__without_memory_is_as_before)
{
	struct usher_flow_set *set = NULL;
	struct usher_flow_builder *b;
	struct heap heap;
	long n = 0;
	int code;

	do {
		heap_init(&heap);
		heap.fail_at = ++n;
		b = NULL;
		code = usher_flow_builder_new(&b, &heap.alloc);
		if (!code)
			code = make(b, &set);
		usher_flow_builder_free(b);
		ck_assert(!code || code == USHER_ENOMEM);
	} while (code);
	usher_flow_set_unref(set);
	ck_assert_int_eq(heap.alive, 0);
	ck_assert_int_gt(n, 5);
}
END_TEST

/* A builder with a flow `main` (line 1). */
static struct usher_flow_builder *flow_main(void)
{
	struct usher_flow_builder *b = builder(NULL);

	flow(b, "main");
	return b;
}

START_TEST(callback__is_checked_at_load)
{
	struct usher_flow_builder *b = flow_main();
	struct usher_step_opts bad;

	STEP(b, .kind = USHER_STEP_CALLBACK);
	refused(b, "missing-else", 2);
	/* By a key it is within the queue, and so is what follows. */
	b = flow_main();
	STEP(b, .kind = USHER_STEP_QUEUE, .next = "end");
	pair(b, USHER_PAIR_QUEUE, "q", NULL);
	way(b, "1", "back");
	STEP(b, .kind = USHER_STEP_CALLBACK, .name = "back");
	way(b, "else", "mail");
	STEP(b, .kind = USHER_STEP_VOICEMAIL, .name = "mail", .target = "x");
	refused(b, "misplaced", 7);
	/* By another exit it is not. */
	b = flow_main();
	STEP(b, .kind = USHER_STEP_QUEUE, .next = "end");
	pair(b, USHER_PAIR_QUEUE, "q", NULL);
	way(b, "closed", "back");
	STEP(b, .kind = USHER_STEP_CALLBACK, .name = "back");
	way(b, "else", "mail");
	STEP(b, .kind = USHER_STEP_VOICEMAIL, .name = "mail", .target = "x");
	usher_flow_set_unref(finish(b));
	b = flow_main();
	usher_step_opts_init(&bad, sizeof(bad));
	bad.kind = USHER_STEP_CALLBACK;
	bad.method = "nobody";
	ck_assert_int_eq(usher_flow_builder_step(b, &bad, NULL), USHER_EINVAL);
	usher_flow_builder_free(b);
	b = flow_main();
	STEP(b, .kind = USHER_STEP_CALLBACK);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_WINDOW, "at",
						 "2h", NULL),
			 USHER_EINVAL);
	usher_flow_builder_free(b);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, callback__by_a_key_stays_in_the_queue);
	tcase_add_test(tc, callback__that_is_refused_goes_on_waiting);
	tcase_add_test(tc, callback__of_the_flow_that_runs_meanwhile);
	tcase_add_test(tc, callback__and_an_agent_who_is_quicker);
	tcase_add_test(tc, callback__is_asked_for_again_after_a_restart);
	tcase_add_test(tc, callback__without_memory_is_as_before);
	tcase_add_test(tc, callback__is_checked_at_load);
}

int main(void)
{
	return run_tests("ivr-callback", add_tests);
}
