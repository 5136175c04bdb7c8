/* Each allocation fails in turn while a contact is given back: it is there, or
 * nothing of it is. */
#include <check.h>
#include <stdlib.h>

#include "../oom.h"
#include "peer.h"

#define ALLOCATIONS_MAX 100

static struct subject subject;

/* nth, and how many have failed. */
static int do_bind(void *arg)
{
	const struct usher__bound bound = {
		.user = "alice",
		.uri = "sip:alice@10.9.8.7:5060",
		.instance = "\"<urn:x>\";1",
		.agent = "Phone/1",
		.call_id = "r",
		.source = "127.0.0.1:9",
		.left_ms = 60000,
	};
	long *nth = arg;
	int err;

	oom_arm(*nth, 0);
	err = usher__ua_bind(subject.ua, "center.test", &bound);
	*nth = oom_disarm();
	return err;
}

static int do_count(void *arg)
{
	(void)arg;
	return usher__ua_bindings(subject.ua, "center.test", "alice", NULL,
				  NULL);
}

START_TEST(bound__is_whole_or_not_there)
{
	long i, failed = 1;
	int err;

	oom_spare(true);
	subject_start(&subject, false);
	for (i = 1; failed && i < ALLOCATIONS_MAX; i++) {
		failed = i;
		err = subject_call(&subject, do_bind, &failed);
		ck_assert_int_eq(err, failed ? USHER_ENOMEM : 0);
		ck_assert_int_eq(subject_call(&subject, do_count, NULL),
				 failed ? 0 : 1);
		ck_assert_uint_eq(subject_counters(&subject).bindings_now,
				  failed ? 0 : 1);
	}
	ck_assert_int_gt(i, 7);
	ck_assert_int_eq(failed, 0);
	subject_stop(&subject);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_bound_oom");
	TCase *tc = tcase_create("bound");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, bound__is_whole_or_not_there);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
