/* What callers are told of their wait. */
#include <check.h>
#include <stdlib.h>

#include <center/names.h>

START_TEST(told__never_counts_up_without_cause)
{
	struct wait_told told = {0};

	ck_assert_int_eq(usher__wait_told(&told, 7, 5, 10, 300), 300);
	ck_assert_int_eq(usher__wait_told(&told, 7, 5, 10, 320), 300);
	ck_assert_int_eq(usher__wait_told(&told, 7, 4, 10, 250), 250);
	ck_assert_int_eq(usher__wait_told(&told, 7, 4, 12, 290), 250);
	/* It does not creep up in small steps either. */
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(usher__wait_told(&told, 7, 3, 12, 251 + i),
				 250);
}
END_TEST

START_TEST(told__counts_up_with_cause)
{
	struct wait_told told = {0};

	ck_assert_int_eq(usher__wait_told(&told, 7, 2, 10, 100), 100);
	/* somebody came in front */
	ck_assert_int_eq(usher__wait_told(&told, 7, 3, 10, 150), 150);
	/* agents left */
	ck_assert_int_eq(usher__wait_told(&told, 7, 3, 8, 180), 180);
	/* another queue */
	ck_assert_int_eq(usher__wait_told(&told, 8, 3, 8, 500), 500);
	ck_assert_int_eq(usher__wait_told(&told, 8, 3, 8, 501), 500);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("told");
	TCase *tc = tcase_create("told");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, told__never_counts_up_without_cause);
	tcase_add_test(tc, told__counts_up_with_cause);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
