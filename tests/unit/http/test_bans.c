/* Bans over HTTP. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <http/priv.h>

#include "fake.h"

#define TOKEN       "all-of-it-0123456789"
#define TOKEN_ANNA  "anna-alone-0123456789"
#define TOKEN_OTHER "other-center-01234567"

static struct usher__http http;
static struct usher__tenant tenant;
static struct usher__conf *conf;
static struct usher__request req;
static struct usher__reply reply;

static void begin(size_t tokens)
{
	conf = calloc(1, sizeof(*conf));
	conf->center_count = 1;
	conf->tokens[0].token = TOKEN;
	conf->tokens[1].token = TOKEN_ANNA;
	conf->tokens[1].agent = "anna";
	conf->tokens[1].center = "demo";
	conf->tokens[2].token = TOKEN_OTHER;
	conf->tokens[2].center = "demo";
	conf->token_count = tokens;
	memset(&http, 0, sizeof(http));
	tenant.center = fake_new("demo");
	tenant.name = "demo";
	http.tenants = &tenant;
	http.tenant_count = 1;
	ck_assert_int_eq(usher__facts_new(&http.facts, conf), 0);
}

static void open_house(void)
{
	begin(0);
}

static void with_tokens(void)
{
	begin(3);
}

static void end(void)
{
	usher__reply_free(&reply);
	usher__facts_free(http.facts);
	free(conf);
	fake_free(tenant.center);
}

static int ask(enum usher__method method, const char *path, const char *token)
{
	usher__reply_free(&reply);
	memset(&req, 0, sizeof(req));
	req.method = method;
	snprintf(req.path, sizeof(req.path), "%s", path);
	strcpy(req.host, "127.0.0.1:8080");
	strcpy(req.peer, "127.0.0.1");
	if (token)
		snprintf(req.token, sizeof(req.token), "Bearer %s", token);
	usher__api_handle(&http, &req, &reply);
	return reply.status;
}

static json_t *answer(void)
{
	json_t *json = json_loadb(reply.body ? reply.body : reply.fixed,
				  reply.len, 0, NULL);

	ck_assert_ptr_nonnull(json);
	return json;
}

static void assert_error(int status, const char *code)
{
	json_t *json = answer();

	ck_assert_int_eq(reply.status, status);
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_object_get(json, "error"), "code")),
			 code);
	json_decref(json);
}

START_TEST(bans__are_listed_and_lifted)
{
	json_t *json, *ban;

	fake_unbanned = false;
	ck_assert_int_eq(ask(USHER__GET, "/api/v1/bans", NULL), 200);
	json = answer();
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
	ask(USHER__DELETE, "/api/v1/bans/192.0.2.8", NULL);
	assert_error(404, "not_found");
	ask(USHER__DELETE, "/api/v1/bans/elsewhere", NULL);
	assert_error(400, "invalid");
	ck_assert_int_eq(ask(USHER__DELETE, "/api/v1/bans/192.0.2.7", NULL),
			 200);
	ck_assert(fake_unbanned);
	ask(USHER__GET, "/api/v1/bans", NULL);
	assert_error(503, "closed");
	fake_unbanned = false;
}
END_TEST

START_TEST(bans__have_two_methods)
{
	ask(USHER__DELETE, "/api/v1/bans", NULL);
	assert_error(405, "method");
	ask(USHER__DELETE, "/api/v1/bans/", NULL);
	assert_error(405, "method");
	ask(USHER__GET, "/api/v1/bans/192.0.2.7", NULL);
	assert_error(405, "method");
	ask(USHER__POST, "/api/v1/bans", NULL);
	assert_error(405, "method");
	ask(USHER__DELETE, "/api/v1/state", NULL);
	assert_error(405, "method");
	ask(USHER__DELETE, "/", NULL);
	assert_error(405, "method");
	ask(USHER__GET, "/api/v1/banse", NULL);
	assert_error(404, "not_found");
}
END_TEST

START_TEST(bans__are_not_for_the_token_of_a_center)
{
	ask(USHER__GET, "/api/v1/bans", NULL);
	assert_error(401, "unauthorized");
	ask(USHER__DELETE, "/api/v1/bans/192.0.2.7", TOKEN_ANNA);
	assert_error(403, "forbidden");
	ask(USHER__GET, "/api/v1/bans", TOKEN_OTHER);
	assert_error(403, "forbidden");
	ck_assert_int_eq(ask(USHER__GET, "/api/v1/bans", TOKEN), 200);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_bans");
	TCase *t = tcase_create("open");
	TCase *locked = tcase_create("tokens");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, open_house, end);
	tcase_add_checked_fixture(locked, with_tokens, end);
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
