/* Bans over HTTP. */
#include "desk.h"

START_TEST(bans__are_listed_and_lifted)
{
	json_t *json, *ban;

	fake_unbanned = false;
	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1/bans", NULL, NULL),
			 200);
	json = desk_answer();
	ban = json_array_get(json, 0);
	ck_assert_uint_eq(json_array_size(json), 1);
	ck_assert_str_eq(json_string_value(json_object_get(ban, "source")),
			 "192.0.2.7");
	ck_assert_str_eq(json_string_value(json_object_get(ban, "reason")),
			 "flood");
	ck_assert_int_eq(json_integer_value(json_object_get(ban, "left_s")),
			 30);
	ck_assert_int_eq(json_integer_value(json_object_get(ban, "count")), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(ban, "dropped")),
			 12345);
	json_decref(json);
	desk_ask(USHER__DELETE, "/api/v1/bans/192.0.2.8", NULL, NULL);
	desk_refuses(404, "not_found");
	desk_ask(USHER__DELETE, "/api/v1/bans/elsewhere", NULL, NULL);
	desk_refuses(400, "invalid");
	ck_assert_int_eq(
		desk_ask(USHER__DELETE, "/api/v1/bans/192.0.2.7", NULL, NULL),
		200);
	ck_assert(fake_unbanned);
	desk_ask(USHER__GET, "/api/v1/bans", NULL, NULL);
	desk_refuses(503, "closed");
	fake_unbanned = false;
}
END_TEST

START_TEST(bans__have_two_methods)
{
	desk_ask(USHER__DELETE, "/api/v1/bans", NULL, NULL);
	desk_refuses(405, "method");
	desk_ask(USHER__DELETE, "/api/v1/bans/", NULL, NULL);
	desk_refuses(405, "method");
	desk_ask(USHER__GET, "/api/v1/bans/192.0.2.7", NULL, NULL);
	desk_refuses(405, "method");
	desk_ask(USHER__POST, "/api/v1/bans", NULL, NULL);
	desk_refuses(405, "method");
	desk_ask(USHER__DELETE, "/api/v1/state", NULL, NULL);
	desk_refuses(405, "method");
	desk_ask(USHER__DELETE, "/", NULL, NULL);
	desk_refuses(405, "method");
	desk_ask(USHER__GET, "/api/v1/banse", NULL, NULL);
	desk_refuses(404, "not_found");
}
END_TEST

START_TEST(bans__are_not_for_the_token_of_a_center)
{
	desk_ask(USHER__GET, "/api/v1/bans", NULL, NULL);
	desk_refuses(401, "unauthorized");
	desk_ask(USHER__DELETE, "/api/v1/bans/192.0.2.7", TOKEN_ANNA, NULL);
	desk_refuses(403, "forbidden");
	desk_ask(USHER__GET, "/api/v1/bans", TOKEN_OTHER, NULL);
	desk_refuses(403, "forbidden");
	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1/bans", TOKEN, NULL),
			 200);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_bans");
	TCase *t = tcase_create("open");
	TCase *locked = tcase_create("tokens");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, desk_open, desk_close);
	tcase_add_checked_fixture(locked, desk_locked, desk_close);
	tcase_add_test(t, bans__are_listed_and_lifted);
	tcase_add_test(t, bans__have_two_methods);
	tcase_add_test(locked, bans__are_not_for_the_token_of_a_center);
	suite_add_tcase(suite, t);
	suite_add_tcase(suite, locked);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
