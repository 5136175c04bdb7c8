/* Every allocation of reading a configuration fails in turn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <config/config.h>

#include "../oom.h"

#define ALLOCATIONS_MAX 20000
#define TEXT_MAX        (64 << 10)

static char text[TEXT_MAX];

static void setup(void)
{
	FILE *file = fopen(CENTER_YAML, "r");

	oom_spare(true);
	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
}

START_TEST(config__without_memory_says_so)
{
	struct usher__conf *conf;
	struct usher_error err;
	long nth, failed = 1;
	int rc;

	for (nth = 1; failed && nth < ALLOCATIONS_MAX; nth++) {
		memset(&err, 0, sizeof(err));
		conf = NULL;
		oom_arm(nth, 0);
		oom_spare(false);
		rc = usher__conf_parse(&conf, "c.yaml", text, strlen(text),
				       NULL, &err);
		oom_spare(true);
		failed = oom_disarm();
		ck_assert_msg(!rc || (failed && rc == USHER_ENOMEM),
			      "allocation %ld: %d %s", nth, rc, err.message);
		if (rc)
			ck_assert_str_ne(err.message, "");
		else
			usher__conf_free(conf);
	}
	ck_assert_int_gt(nth, 50);
	ck_assert_int_eq(failed, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config-oom");
	TCase *tc = tcase_create("oom");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 110);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, config__without_memory_says_so);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
