/* Who may ask: tokens, hosts, origins, how often; and who sees whose
 * number. */
#include <stdio.h>
#include <string.h>

#include "desk.h"
#include "openmetrics.h"

START_TEST(token__is_needed_for_the_api_not_for_the_page)
{
	desk_ask(USHER__GET, "/api/v1", NULL, NULL);
	desk_refuses(401, "unauthorized");
	ck_assert_ptr_nonnull(strstr(desk.reply.header, "WWW-Authenticate"));
	desk_ask(USHER__GET, "/api/v1/state", "wrong-wrong-wrong", NULL);
	desk_refuses(401, "unauthorized");
	desk_ask(USHER__GET, "/metrics", NULL, NULL);
	desk_refuses(401, "unauthorized");
	ck_assert_int_eq(desk_ask(USHER__GET, "/", NULL, NULL), 200);
	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1/state", TOKEN, NULL),
			 200);
	ck_assert_int_eq(desk_ask(USHER__GET, "/metrics", TOKEN, NULL), 200);
}
END_TEST

START_TEST(token__nearly_right_is_wrong)
{
	char token[64] = TOKEN;
	size_t len = strlen(token);

	for (size_t i = 0; i < len; ++i) {
		struct usher__who who;

		token[i] ^= 1;
		ck_assert_int_eq(
			usher__token_check(desk.http.facts, token, &who),
			USHER_EPERM);
		token[i] ^= 1;
	}
	for (size_t i = 0; i < len; ++i) {
		struct usher__who who;
		char cut[64] = TOKEN;

		cut[i] = 0;
		ck_assert_int_eq(
			usher__token_check(desk.http.facts, cut, &who),
			USHER_EPERM);
	}
	strcat(token, TOKEN);
	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1", token, NULL), 401);
}
END_TEST

START_TEST(token__of_an_agent_acts_for_that_agent)
{
	const struct usher_request *r = fake_request(desk.demo);

	desk_ask(USHER__POST, "/api/v1/agents/anna/ready", TOKEN_ANNA, NULL);
	ck_assert_uint_eq(desk.reply.pending, 1);
	ck_assert_uint_eq(r->actor, USHER_BY_AGENT);
	ck_assert_uint_eq(r->actor_id, 201);
	desk_ask(USHER__POST, "/api/v1/agents/ben/ready", TOKEN_ANNA, NULL);
	desk_refuses(403, "forbidden");
	desk_ask(USHER__POST, "/api/v1/contacts/8/hang-up", TOKEN_ANNA, NULL);
	desk_refuses(403, "forbidden");
	desk_ask(USHER__POST, "/api/v1/queues/sales/close", TOKEN_ANNA, NULL);
	desk_refuses(403, "forbidden");
	desk_ask(USHER__GET, "/api/v1/events", TOKEN_ANNA, NULL);
	desk_refuses(403, "forbidden");
	desk_ask(USHER__GET, "/metrics", TOKEN_ANNA, NULL);
	desk_refuses(403, "forbidden");
	ck_assert_uint_eq(fake_request_count(desk.demo), 1);
}
END_TEST

static const char *const histories[] = {
	"/api/v1/history/contacts",
	"/api/v1/history/segments",
	"/api/v1/history/intervals",
	"/api/v1/history/messages",
};

START_TEST(token__of_an_agent_sees_other_callers_masked)
{
	struct usher_snapshot_contact *c =
		fake_contact(desk.demo, "+447700900123");

	(void)c;
	ck_assert_int_eq(
		desk_ask(USHER__GET, "/api/v1/contacts", TOKEN_ANNA, NULL),
		200);
	ck_assert_ptr_nonnull(strstr(desk.reply.body, "+36301234567"));
	ck_assert_ptr_null(strstr(desk.reply.body, "+447700900123"));
	ck_assert_ptr_nonnull(strstr(desk.reply.body, "+4477"));
	desk_ask(USHER__GET, "/api/v1/contacts/1/explain", TOKEN_ANNA, NULL);
	desk_refuses(403, "forbidden");
}
END_TEST

START_TEST(token__of_an_agent_who_is_gone_sees_no_history)
{
	struct usher_history *never_asked = (void *)&desk;

	desk.tenants[0].history = never_asked;
	fake_agents_gone(desk.demo);
	for (size_t i = 0; i < sizeof(histories) / sizeof(histories[0]); ++i) {
		desk_ask(USHER__GET, histories[i], TOKEN_ANNA, NULL);
		desk_refuses(403, "forbidden");
	}
}
END_TEST

START_TEST(token__of_a_center_knows_no_other)
{
	json_t *json;
	json_t *centers;

	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1", TOKEN_OTHER, NULL),
			 200);
	json = desk_answer();
	centers = json_object_get(json, "centers");
	ck_assert_uint_eq(json_array_size(centers), 1);
	ck_assert_str_eq(json_string_value(json_array_get(centers, 0)),
			 "other");
	json_decref(json);
	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1", TOKEN_ANNA, NULL),
			 200);
	json = desk_answer();
	centers = json_object_get(json, "centers");
	ck_assert_uint_eq(json_array_size(centers), 1);
	ck_assert_str_eq(json_string_value(json_array_get(centers, 0)),
			 "demo");
	json_decref(json);
	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1", TOKEN, NULL), 200);
	json = desk_answer();
	ck_assert_uint_eq(json_array_size(json_object_get(json, "centers")),
			  2);
	json_decref(json);
}
END_TEST

START_TEST(token__of_a_center_opens_that_center)
{
	ck_assert_int_eq(
		desk_ask(USHER__GET, "/api/v1/queues", TOKEN_OTHER, NULL),
		200);
	ck_assert_ptr_nonnull(strstr(desk.reply.body, "desk"));
	desk_ask(USHER__GET, "/api/v1/centers/demo/queues", TOKEN_OTHER, NULL);
	desk_refuses(403, "forbidden");
	ck_assert_int_eq(desk_ask(USHER__GET, "/metrics", TOKEN_OTHER, NULL),
			 200);
	ck_assert_ptr_null(strstr(desk.reply.body, "sales"));
	ck_assert_ptr_nonnull(strstr(desk.reply.body, "desk"));
	ck_assert_ptr_null(
		openmetrics_complaint(desk.reply.body, desk.reply.len));
}
END_TEST

START_TEST(token__guessing_is_slowed_down)
{
	int limited = 0;

	for (int i = 0; i < 30; ++i)
		limited += desk_ask(USHER__GET, "/api/v1",
				    "guess-guess-guess-1", NULL) == 429;
	ck_assert_int_ge(limited, 15);
	/* The right one still opens. */
	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1", TOKEN, NULL), 200);
}
END_TEST

static const struct {
	const char *host;
	bool ours;
} hosts[] = {
	{"127.0.0.1:8080", true},
	{"127.0.0.1", true},
	{"[::1]:8080", true},
	{"[::1]", true},
	{"localhost:8080", true},
	{"LOCALHOST", true},
	{"192.0.2.1:1", true},
	{"board.example:80", true},
	{"evil.example", false},
	{"127.0.0.1.evil.example", false},
	{"", false},
	{":8080", false},
	{"[::1", false},
	{"[::1]x", false},
	{"localhost.evil.example:8080", false},
};

START_TEST(host__is_an_address_or_known)
{
	ck_assert_int_eq(usher__host_ours(desk.http.facts, hosts[_i].host),
			 hosts[_i].ours);
	desk_ask(USHER__GET, "/", NULL, NULL);
	usher__reply_free(&desk.reply);
	snprintf(desk.req.host, sizeof(desk.req.host), "%s", hosts[_i].host);
	usher__api_handle(&desk.http, &desk.req, &desk.reply);
	ck_assert_int_eq(desk.reply.status, hosts[_i].ours ? 200 : 421);
}
END_TEST

static const struct {
	const char *origin;
	bool ours;
} origins[] = {
	{"", true},
	{"http://127.0.0.1:8080", true},
	{"https://127.0.0.1:8080", true},
	{"https://board.example", true},
	{"null", false},
	{"http://127.0.0.1:8081", false},
	{"http://evil.example", false},
	{"http://127.0.0.1:8080.evil.example", false},
	{"file://", false},
};

START_TEST(origin__is_the_host_itself)
{
	ck_assert_int_eq(usher__origin_ours(desk.http.facts,
					    origins[_i].origin,
					    "127.0.0.1:8080"),
			 origins[_i].ours);
	desk_ask(USHER__GET, "/api/v1", NULL, NULL);
	usher__reply_free(&desk.reply);
	snprintf(desk.req.origin, sizeof(desk.req.origin), "%s",
		 origins[_i].origin);
	usher__api_handle(&desk.http, &desk.req, &desk.reply);
	ck_assert_int_eq(desk.reply.status, origins[_i].ours ? 200 : 403);
}
END_TEST

START_TEST(rate__is_limited_by_peer)
{
	struct usher__bucket buckets[USHER__BUCKETS] = {0};
	int64_t now = 1000000;
	unsigned taken = 0;

	while (usher__bucket_take(buckets, "10.0.0.1", now, false))
		++taken;
	ck_assert_uint_eq(taken, USHER__HTTP_BURST);
	ck_assert(usher__bucket_take(buckets, "10.0.0.2", now, false));
	now += 1000000;
	for (taken = 0; usher__bucket_take(buckets, "10.0.0.1", now, false);)
		++taken;
	ck_assert_uint_eq(taken, USHER__HTTP_RATE);
	/* Asked each millisecond it does not starve either. */
	for (taken = 0; now < 3000000; now += 1000)
		taken += usher__bucket_take(buckets, "10.0.0.1", now, false);
	ck_assert_uint_ge(taken, USHER__HTTP_RATE - 1);
	ck_assert_uint_le(taken, USHER__HTTP_RATE + 1);
	/* A clock that goes back is no end. */
	ck_assert(usher__bucket_take(buckets, "10.0.0.1", 5, false));
}
END_TEST

static const struct {
	const char *number;
	const char *masked;
} masks[] = {
	{"+36301234567", "+3630•••••67"},
	{"2001", "2••1"},
	{"123", "123"},
	{"", ""},
	{"anonymous", "anonymous"},
	{"sip:00361234567@x", "sip:0036•••••67@x"},
	{"12-34-56-78", "12-34-••-78"},
};

START_TEST(mask__hides_the_middle)
{
	char buf[64];

	ck_assert_str_eq(usher__mask(masks[_i].number, buf, sizeof(buf)),
			 masks[_i].masked);
}
END_TEST

START_TEST(mask__fits_its_buffer)
{
	char number[400];
	char buf[32];

	memset(number, '5', sizeof(number) - 1);
	number[sizeof(number) - 1] = 0;
	usher__mask(number, buf, sizeof(buf));
	ck_assert_uint_lt(strlen(buf), sizeof(buf));
}
END_TEST

#define LOOP(t, f, a) tcase_add_loop_test(t, f, 0, sizeof(a) / sizeof((a)[0]))

int main(void)
{
	Suite *suite = suite_create("http_access");
	TCase *t = tcase_create("open");
	TCase *locked = tcase_create("tokens");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, desk_open, desk_close);
	tcase_add_checked_fixture(locked, desk_locked, desk_close);
	LOOP(t, host__is_an_address_or_known, hosts);
	LOOP(t, origin__is_the_host_itself, origins);
	tcase_add_test(t, rate__is_limited_by_peer);
	LOOP(t, mask__hides_the_middle, masks);
	tcase_add_test(t, mask__fits_its_buffer);
	tcase_add_test(locked, token__is_needed_for_the_api_not_for_the_page);
	tcase_add_test(locked, token__nearly_right_is_wrong);
	tcase_add_test(locked, token__of_an_agent_acts_for_that_agent);
	tcase_add_test(locked, token__of_an_agent_sees_other_callers_masked);
	tcase_add_test(locked, token__of_an_agent_who_is_gone_sees_no_history);
	tcase_add_test(locked, token__of_a_center_knows_no_other);
	tcase_add_test(locked, token__of_a_center_opens_that_center);
	tcase_add_test(locked, token__guessing_is_slowed_down);
	suite_add_tcase(suite, t);
	suite_add_tcase(suite, locked);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
