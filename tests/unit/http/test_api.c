/* What is answered to whom may ask: states, figures, actions. Who may is
 * test_access.c's. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "actions.h"
#include "desk.h"
#include "openmetrics.h"

START_TEST(index__names_the_centers)
{
	json_t *json;
	json_t *centers;

	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1", NULL, NULL), 200);
	json = desk_answer();
	centers = json_object_get(json, "centers");
	ck_assert_uint_eq(json_array_size(centers), 2);
	ck_assert_str_eq(json_string_value(json_array_get(centers, 1)),
			 "other");
	json_decref(json);
}
END_TEST

START_TEST(state__has_ids_as_strings)
{
	json_t *json;
	json_t *contact;

	fake_event(desk.demo, 201, "x");
	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1/state", NULL, NULL),
			 200);
	json = desk_answer();
	ck_assert_str_eq(json_string_value(json_object_get(json, "seq")), "1");
	contact = json_array_get(json_object_get(json, "contacts"), 0);
	/* 2^53 + 1 at least: a number would lose it. */
	ck_assert_uint_ge(
		strtoull(json_string_value(json_object_get(contact, "id")),
			 NULL, 10),
		9007199254740993ull);
	ck_assert_str_eq(json_string_value(json_object_get(contact, "origin")),
			 "+36301234567");
	ck_assert_str_eq(
		json_string_value(json_object_get(
			json_array_get(json_object_get(json, "entries"), 0),
			"starts")),
		"welcome");
	json_decref(json);
}
END_TEST

START_TEST(state__of_a_named_center)
{
	json_t *json;

	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1/centers/other/queues",
				  NULL, NULL),
			 200);
	json = desk_answer();
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(json, 0), "name")),
			 "desk");
	json_decref(json);
	desk_ask(USHER__GET, "/api/v1/centers/nobody/queues", NULL, NULL);
	desk_refuses(404, "not_found");
	desk_ask(USHER__GET, "/api/v1/centers/othe/queues", NULL, NULL);
	desk_refuses(404, "not_found");
}
END_TEST

START_TEST(state__shows_when_a_callback_is_due)
{
	struct usher_snapshot_contact *c = fake_contact(desk.demo, "0612");

	c->callback_state = USHER_CALLBACK_PLANNED;
	c->callback_due_us = 1767225600000000;
	desk_ask(USHER__GET, "/api/v1/contacts", NULL, NULL);
	ck_assert_ptr_nonnull(strstr(desk.reply.body, "\"callback\":null"));
	ck_assert_ptr_nonnull(strstr(desk.reply.body, "\"due_us\":17672256"));
}
END_TEST

START_TEST(state__shows_where_a_contact_is_parked)
{
	struct usher_snapshot_contact *c = fake_contact(desk.demo, "0612");

	c->state = "parked";
	c->slot = 701;
	desk_ask(USHER__GET, "/api/v1/contacts", NULL, NULL);
	ck_assert_ptr_nonnull(strstr(desk.reply.body,
				     "\"state\":\"parked\",\"slot\":\"701\""));
	ck_assert_ptr_nonnull(strstr(desk.reply.body, "\"slot\":null"));
}
END_TEST

START_TEST(one_thing__or_none)
{
	char path[64];
	json_t *json;

	ck_assert_int_eq(
		desk_ask(USHER__GET, "/api/v1/agents/anna", NULL, NULL), 200);
	json = desk_answer();
	ck_assert_str_eq(json_string_value(json_object_get(json, "activity")),
			 "talking");
	json_decref(json);
	ck_assert_int_eq(
		desk_ask(USHER__GET, "/api/v1/queues/sales", NULL, NULL), 200);
	desk_ask(USHER__GET, "/api/v1/queues/none", NULL, NULL);
	desk_refuses(404, "not_found");
	desk_ask(USHER__GET, "/api/v1/contacts/12x", NULL, NULL);
	desk_refuses(404, "not_found");
	desk_ask(USHER__GET, "/api/v1/contacts/99999999999999999999999", NULL,
		 NULL);
	desk_refuses(404, "not_found");
	desk_ask(USHER__GET, "/api/v1/nothing", NULL, NULL);
	desk_refuses(404, "not_found");
	desk_ask(USHER__GET, "/api/v2", NULL, NULL);
	desk_refuses(404, "not_found");
	snprintf(path, sizeof(path), "/api/v1/contacts/%" PRIu64,
		 fake_contact(desk.demo, "2001")->id);
	ck_assert_int_eq(desk_ask(USHER__GET, path, NULL, NULL), 200);
	ck_assert_ptr_nonnull(strstr(desk.reply.body, "\"2001\""));
}
END_TEST

START_TEST(explain__of_a_contact_names_agents_and_reasons)
{
	char path[64];
	json_t *json, *queue, *agent;

	snprintf(path, sizeof(path), "/api/v1/contacts/%" PRIu64 "/explain",
		 fake_contact(desk.demo, "2001")->id);
	ck_assert_int_eq(desk_ask(USHER__GET, path, NULL, NULL), 200);
	json = desk_answer();
	queue = json_array_get(json_object_get(json, "waiting"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(queue, "queue")),
			 "sales");
	ck_assert_int_eq(
		json_integer_value(json_object_get(queue, "truncated")), 7);
	agent = json_array_get(json_object_get(queue, "candidates"), 0);
	ck_assert_int_eq(json_integer_value(json_object_get(agent, "key")),
			 1234);
	ck_assert_int_eq(json_integer_value(json_object_get(agent, "score")),
			 -56);
	ck_assert(json_is_true(json_object_get(queue, "scored")));
	ck_assert_str_eq(json_string_value(json_object_get(queue, "held")),
			 "to be dialed in its turn");
	agent = json_array_get(json_object_get(queue, "excluded"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(agent, "agent")),
			 "bert");
	ck_assert_str_eq(json_string_value(json_object_get(agent, "reason")),
			 "refused or missed it");
	ck_assert_int_eq(
		json_integer_value(json_object_get(agent, "until_us")), 99);
	json_decref(json);
	desk_ask(USHER__GET, "/api/v1/contacts/999/explain", NULL, NULL);
	desk_refuses(404, "not_found");
	desk_ask(USHER__GET, "/api/v1/contacts/x/explain", NULL, NULL);
	desk_refuses(404, "not_found");
	desk_ask(USHER__GET, "/api/v1/contacts/1/excuse", NULL, NULL);
	desk_refuses(404, "not_found");
}
END_TEST

START_TEST(figures__span_is_day_or_interval)
{
	ck_assert_int_eq(desk_ask(USHER__GET, "/api/v1/figures", NULL, NULL),
			 200);
	ck_assert_ptr_nonnull(strstr(desk.reply.body, "\"span\":\"day\""));
	usher__reply_free(&desk.reply);
	strcpy(desk.req.args[0], "span=interval");
	desk.req.arg_count = 1;
	usher__api_handle(&desk.http, &desk.req, &desk.reply);
	ck_assert_ptr_nonnull(
		strstr(desk.reply.body, "\"span\":\"interval\""));
	usher__reply_free(&desk.reply);
	strcpy(desk.req.args[0], "span=week");
	usher__api_handle(&desk.http, &desk.req, &desk.reply);
	desk_refuses(404, "not_found");
}
END_TEST

START_TEST(history__without_a_store_is_501)
{
	desk_ask(USHER__GET, "/api/v1/history/contacts", NULL, NULL);
	desk_refuses(501, "not_supported");
	desk_ask(USHER__GET, "/api/v1/events", NULL, NULL);
	desk_refuses(501, "not_supported");
	desk_ask(USHER__GET, "/api/v1/live", NULL, NULL);
	desk_refuses(426, "upgrade");
}
END_TEST

START_TEST(center__that_is_closed_answers_503)
{
	fake_snapshots_fail(desk.demo, USHER_ECLOSED);
	desk_ask(USHER__GET, "/api/v1/state", NULL, NULL);
	desk_refuses(503, "closed");
	ck_assert_ptr_nonnull(strstr(desk.reply.header, "Retry-After"));
	desk_ask(USHER__GET, "/metrics", NULL, NULL);
	desk_refuses(503, "closed");
}
END_TEST

START_TEST(methods__others_are_405)
{
	desk_ask(USHER__OTHER, "/api/v1/state", NULL, NULL);
	desk_refuses(405, "method");
	ck_assert_ptr_nonnull(strstr(desk.reply.header, "Allow: GET"));
	desk_ask(USHER__POST, "/", NULL, NULL);
	desk_refuses(404, "not_found");
	desk_ask(USHER__POST, "/api/v1/state", NULL, NULL);
	desk_refuses(404, "not_found");
}
END_TEST

START_TEST(page__is_for_everybody_and_whole)
{
	static const char *const paths[] = {"/", "/wallboard.css",
					    "/wallboard.js", "/wallboard.svg"};

	for (size_t i = 0; i < 4; ++i) {
		ck_assert_int_eq(desk_ask(USHER__GET, paths[i], NULL, NULL),
				 200);
		ck_assert_uint_gt(desk.reply.len, 100);
		ck_assert_uint_eq(strlen(desk.reply.fixed), desk.reply.len);
		/* Nothing from another host, nothing inline. */
		ck_assert_ptr_null(strstr(desk.reply.fixed, "//cdn"));
		ck_assert_ptr_null(strstr(desk.reply.fixed, "innerHTML"));
		ck_assert_ptr_null(strstr(desk.reply.fixed, "style=\""));
		ck_assert_ptr_null(strstr(desk.reply.fixed, "onclick"));
	}
	desk_ask(USHER__GET, "/wallboard.cs", NULL, NULL);
	desk_refuses(404, "not_found");
	desk_ask(USHER__GET, "/../etc/passwd", NULL, NULL);
	desk_refuses(404, "not_found");
}
END_TEST

/* ---- acting ---- */

START_TEST(act__becomes_a_request)
{
	const struct usher_request *r;

	desk_ask(USHER__POST, "/api/v1/agents/anna/pause", NULL,
		 "{\"reason\":\"lunch\"}");
	ck_assert_uint_eq(desk.reply.pending, 1);
	ck_assert_int_eq(desk.reply.status, 0);
	r = fake_request(desk.demo);
	ck_assert_uint_eq(r->type, USHER_REQ_PAUSE);
	ck_assert_uint_eq(r->agent, 201);
	ck_assert_uint_eq(r->actor, USHER_BY_TOKEN);
	ck_assert_str_eq(r->text, "lunch");
	ck_assert_uint_eq(fake_request_count(desk.demo), 1);
}
END_TEST

START_TEST(act__every_action)
{
	const struct usher_request *r = fake_request(desk.demo);
	char path[128];

	snprintf(path, sizeof(path), "/api/v1/%s", actions[_i].path);
	desk_ask(USHER__POST, path, NULL, actions[_i].body);
	ck_assert_uint_eq(desk.reply.pending, 1);
	ck_assert_uint_eq(r->type, actions[_i].type);
	ck_assert_uint_eq(r->contact, actions[_i].contact);
	ck_assert_uint_eq(r->offer, actions[_i].offer);
	if (actions[_i].text)
		ck_assert_str_eq(r->text, actions[_i].text);
	else
		ck_assert_ptr_null(r->text);
	if (strncmp(actions[_i].path, "agents", 6) == 0 ||
	    actions[_i].type == USHER_REQ_ASSIGN)
		ck_assert_uint_eq(r->agent, 201);
	if (strncmp(actions[_i].path, "queues", 6) == 0 ||
	    (actions[_i].body && strstr(actions[_i].body, "\"queue\"")))
		ck_assert_uint_eq(r->queue, 101);
	else
		ck_assert_uint_eq(r->queue, 0);
}
END_TEST

START_TEST(act__takes_flags_and_legs)
{
	const struct usher_request *r = fake_request(desk.demo);

	desk_ask(USHER__POST, "/api/v1/agents/anna/transfer", NULL,
		 "{\"contact\":\"7\",\"target\":\"2001\",\"keep_age\":false}");
	ck_assert_uint_eq(r->flags, USHER_REQUEST_FRESH);
	desk_ask(USHER__POST, "/api/v1/agents/anna/call", NULL,
		 "{\"number\":\"0612\",\"customer_first\":true}");
	ck_assert_uint_eq(r->flags, USHER_REQUEST_CUSTOMER_FIRST);
	desk_ask(USHER__POST, "/api/v1/contacts/8/supervise", NULL,
		 "{\"mode\":\"barge\",\"agent\":\"anna\",\"leg\":\"9\"}");
	ck_assert_uint_eq(r->agent, 201);
	ck_assert_uint_eq(r->leg, 9);
	ck_assert_uint_eq(r->flags, 0);
	desk_ask(USHER__POST, "/api/v1/queues/sales/callback", NULL,
		 "{\"number\":\"061\",\"from_us\":\"1767225600000000\","
		 "\"until_us\":\"1767232800000000\",\"attempts\":\"100\","
		 "\"again_ms\":\"90000\","
		 "\"customer_first\":false}");
	ck_assert_uint_eq(r->flags, USHER_REQUEST_AGENT_FIRST);
	ck_assert_int_eq(r->from_us, INT64_C(1767225600000000));
	ck_assert_int_eq(r->until_us, INT64_C(1767232800000000));
	ck_assert_uint_eq(r->attempts, 100);
	ck_assert_uint_eq(r->again_ms, 90000);
}
END_TEST

START_TEST(act__refuses_what_it_does_not_understand)
{
	char path[128];

	snprintf(path, sizeof(path), "/api/v1/%s", refusals[_i].path);
	desk_ask(USHER__POST, path, NULL, refusals[_i].body);
	desk_refuses(refusals[_i].status, refusals[_i].code);
	ck_assert_uint_eq(fake_request_count(desk.demo), 0);
}
END_TEST

START_TEST(act__body_has_to_be_json_by_type)
{
	desk_ask(USHER__POST, "/api/v1/agents/anna/pause", NULL, "{}");
	usher__reply_free(&desk.reply);
	strcpy(desk.req.content_type, "text/plain");
	usher__api_handle(&desk.http, &desk.req, &desk.reply);
	desk_refuses(415, "content_type");
	ck_assert_uint_eq(fake_request_count(desk.demo), 1);
}
END_TEST

START_TEST(act__text_and_body_have_limits)
{
	size_t len = USHER_CHANNEL_TEXT_MAX + 1;
	char *body = malloc(len + 64);
	char *p = body + sprintf(body, "{\"contact\":\"7\",\"text\":\"");

	memset(p, 'x', len);
	strcpy(p + len, "\"}");
	desk_ask(USHER__POST, "/api/v1/agents/anna/send", NULL, body);
	desk_refuses(413, "too_large");
	free(body);
	body = calloc(1, USHER__HTTP_BODY_MAX + 2);
	memset(body, ' ', USHER__HTTP_BODY_MAX + 1);
	desk_ask(USHER__POST, "/api/v1/agents/anna/send", NULL, body);
	desk_refuses(413, "too_large");
	free(body);
}
END_TEST

static const struct {
	int code;
	int status;
} codes[] = {
	{USHER_EINVAL, 400}, {USHER_ENOENT, 404},    {USHER_ESTATE, 409},
	{USHER_EAGAIN, 503}, {USHER_ECLOSED, 503},   {USHER_ENOTSUP, 501},
	{USHER_EPERM, 403},  {USHER_ENOMEM, 503},    {USHER_EFULL, 503},
	{USHER_EEXIST, 409}, {USHER_ETIMEDOUT, 504}, {USHER_ECANCELED, 503},
	{-999, 500},
};

START_TEST(act__codes_become_statuses)
{
	fake_answer(desk.demo, FAKE_REFUSE, codes[_i].code, "because");
	desk_ask(USHER__POST, "/api/v1/agents/anna/ready", NULL, NULL);
	ck_assert_int_eq(desk.reply.status, codes[_i].status);
	ck_assert_ptr_nonnull(strstr(desk_text(), "because"));
	usher__api_outcome(&desk.reply, 5, codes[_i].code, NULL);
	ck_assert_int_eq(desk.reply.status, codes[_i].status);
}
END_TEST

START_TEST(outcome__done_or_not_yet)
{
	usher__api_outcome(&desk.reply, 5, 0, NULL);
	ck_assert_int_eq(desk.reply.status, 200);
	ck_assert_str_eq(desk_text(),
			 "{\"result\":\"done\",\"request\":\"5\"}");
	usher__api_outcome(&desk.reply, 5, 1, NULL);
	ck_assert_int_eq(desk.reply.status, 202);
	ck_assert_str_eq(desk_text(),
			 "{\"result\":\"accepted\",\"request\":\"5\"}");
}
END_TEST

/* ---- OpenMetrics ---- */

START_TEST(openmetrics__is_valid_and_counts)
{
	const char *bad;

	ck_assert_int_eq(desk_ask(USHER__GET, "/metrics", NULL, NULL), 200);
	ck_assert_str_eq(desk.reply.type, "application/openmetrics-text; "
					  "version=1.0.0; charset=utf-8");
	bad = openmetrics_complaint(desk.reply.body, desk.reply.len);
	ck_assert_msg(!bad, "%s", bad);
	ck_assert_double_eq(
		openmetrics_value(desk.reply.body, "usher_legs_in_total"), 7);
	ck_assert_double_eq(openmetrics_value(desk.reply.body,
					      "usher_trunk_up{center=\"demo\","
					      "trunk=\"a \\\"b\\\"\"}"),
			    1);
	ck_assert_double_eq(
		openmetrics_value(desk.reply.body,
				  "usher_trunk_failures_total{center="
				  "\"demo\",trunk=\"a \\\"b\\\"\"}"),
		4);
	ck_assert_double_eq(openmetrics_value(desk.reply.body,
					      "usher_queue_waiting{center="
					      "\"demo\",queue=\"sales\"}"),
			    1);
	/* Quotes, backslashes and line ends of names are escaped. */
	ck_assert_double_eq(
		openmetrics_value(desk.reply.body,
				  "usher_agent_signed_in{center=\"demo\","
				  "agent=\"ben \\\"b\\\" \\\\ o\\nx\"}"),
		0);
}
END_TEST

START_TEST(openmetrics__the_reader_is_strict)
{
	static const char *const bad[] = {
		"",
		"# EOF",
		"# TYPE a gauge\na 1\n",
		"a 1\n# EOF\n",
		"# TYPE a gauge\na x\n# EOF\n",
		"# TYPE a gauge\na 1\na 1\n# EOF\n",
		"# TYPE a counter\na 1\n# EOF\n",
		"# TYPE a counter\na_total -1\n# EOF\n",
		"# TYPE a gauge\na{b=\"c} 1\n# EOF\n",
		"# TYPE a gauge\na{b=\"c\",} 1\n# EOF\n",
		"# TYPE a gauge\na{b=\"\\x\"} 1\n# EOF\n",
		"# TYPE a gauge\na 1\n# TYPE a gauge\n# EOF\n",
		"# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n",
		"# HELP a x\n# TYPE a gauge\na 1\n# EOF\n",
		"# TYPE a gauge\na 1\n# HELP a x\n# EOF\n",
		"# TYPE a gauge\na 1 \n# EOF\n",
		"# EOF\n# EOF\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); ++i)
		ck_assert_msg(openmetrics_complaint(bad[i], strlen(bad[i])) !=
				      NULL,
			      "took: %s", bad[i]);
	ck_assert_ptr_null(openmetrics_complaint("# EOF\n", 6));
}
END_TEST

#define LOOP(t, f, a) tcase_add_loop_test(t, f, 0, sizeof(a) / sizeof((a)[0]))

int main(void)
{
	Suite *suite = suite_create("http");
	TCase *t = tcase_create("open");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, desk_open, desk_close);
	tcase_add_test(t, index__names_the_centers);
	tcase_add_test(t, state__has_ids_as_strings);
	tcase_add_test(t, state__of_a_named_center);
	tcase_add_test(t, state__shows_when_a_callback_is_due);
	tcase_add_test(t, state__shows_where_a_contact_is_parked);
	tcase_add_test(t, one_thing__or_none);
	tcase_add_test(t, explain__of_a_contact_names_agents_and_reasons);
	tcase_add_test(t, figures__span_is_day_or_interval);
	tcase_add_test(t, history__without_a_store_is_501);
	tcase_add_test(t, center__that_is_closed_answers_503);
	tcase_add_test(t, methods__others_are_405);
	tcase_add_test(t, page__is_for_everybody_and_whole);
	tcase_add_test(t, act__becomes_a_request);
	LOOP(t, act__every_action, actions);
	tcase_add_test(t, act__takes_flags_and_legs);
	LOOP(t, act__refuses_what_it_does_not_understand, refusals);
	tcase_add_test(t, act__body_has_to_be_json_by_type);
	tcase_add_test(t, act__text_and_body_have_limits);
	LOOP(t, act__codes_become_statuses, codes);
	tcase_add_test(t, outcome__done_or_not_yet);
	tcase_add_test(t, openmetrics__is_valid_and_counts);
	tcase_add_test(t, openmetrics__the_reader_is_strict);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
