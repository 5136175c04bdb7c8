/* A phone is freed whole, even when memory is short. */
#include <check.h>
#include <stdlib.h>

#include <usher/call.h>

#include "../oom.h"

/* Some fail on the loop's way in; what is left of the phone would be used by
 * its media threads, and be lost. */
START_TEST(free__waits_until_the_loop_has_room)
{
	struct usher_phone_opts opts;
	struct usher_phone *phone;

	usher_phone_opts_init(&opts, sizeof(opts));
	opts.rtp_port_min = 40000;
	opts.rtp_port_max = 44999;
	ck_assert_int_eq(usher_phone_new(&phone, &opts, NULL), 0);
	oom_arm(1, 2);
	usher_phone_free(phone);
	ck_assert_int_gt(oom_disarm(), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("phone-oom");
	TCase *tc = tcase_create("phone-oom");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, free__waits_until_the_loop_has_room);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
