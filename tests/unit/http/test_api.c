#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <http/priv.h>

#include "actions.h"
#include "fake.h"
#include "openmetrics.h"

#define TOKEN       "all-of-it-0123456789"
#define TOKEN_ANNA  "anna-alone-0123456789"
#define TOKEN_OTHER "other-center-01234567"

static struct usher_center *demo;
static struct usher_center *other;
static struct usher__http http;
static struct usher__tenant tenants[2];
static struct usher__conf *conf;
static struct usher__conf_entry entries[] = {{"1000", "welcome"}};
static struct usher__reply reply;
static struct usher__request req;

static void begin(bool tokens)
{
	struct usher_snapshot_agent *a;
	struct usher_snapshot_queue *q;
	struct usher_snapshot_contact *c;

	demo = fake_new("demo");
	other = fake_new("other");
	q = fake_queue(demo, "sales");
	q->waiting = 1;
	q->agents_serving = 2;
	a = fake_agent(demo, "anna");
	a->presence = "ready";
	a->activity = "talking";
	fake_agent(demo, "ben \"b\" \\ o\nx");
	c = fake_contact(demo, "+36301234567");
	c->queue = q->id;
	c->agent = a->id;
	fake_queue(other, "desk");
	conf = calloc(1, sizeof(*conf));
	conf->mask_numbers = true;
	conf->center_count = 2;
	conf->centers[0].entries = entries;
	conf->centers[0].entry_count = 1;
	conf->hosts[0] = "board.example";
	conf->host_count = 1;
	if (tokens) {
		conf->tokens[0].token = TOKEN;
		conf->tokens[1].token = TOKEN_ANNA;
		conf->tokens[1].agent = "anna";
		conf->tokens[1].center = "demo";
		conf->tokens[2].token = TOKEN_OTHER;
		conf->tokens[2].center = "other";
		conf->token_count = 3;
	}
	memset(&http, 0, sizeof(http));
	memset(tenants, 0, sizeof(tenants));
	tenants[0].center = demo;
	tenants[0].name = "demo";
	tenants[1].center = other;
	tenants[1].name = "other";
	http.tenants = tenants;
	http.tenant_count = 2;
	ck_assert_int_eq(usher__facts_new(&http.facts, conf), 0);
}

static void open_house(void)
{
	begin(false);
}

static void with_tokens(void)
{
	begin(true);
}

static void end(void)
{
	usher__reply_free(&reply);
	usher__facts_free(http.facts);
	free(conf);
	fake_free(demo);
	fake_free(other);
}

/* One request; the reply's body is NUL-terminated. */
static int ask(enum usher__method method, const char *path, const char *token,
	       const char *body)
{
	usher__reply_free(&reply);
	memset(&req, 0, sizeof(req));
	req.method = method;
	snprintf(req.path, sizeof(req.path), "%s", path);
	strcpy(req.host, "127.0.0.1:8080");
	strcpy(req.peer, "127.0.0.1");
	if (token)
		snprintf(req.token, sizeof(req.token), "Bearer %s", token);
	req.body = body;
	req.body_len = body ? strlen(body) : 0;
	if (body)
		strcpy(req.content_type, "application/json; charset=utf-8");
	usher__api_handle(&http, &req, &reply);
	return reply.status;
}

static const char *text(void)
{
	return reply.body ? reply.body : reply.fixed;
}

static json_t *answer(void)
{
	json_error_t error;
	json_t *json = json_loadb(text(), reply.len, 0, &error);

	ck_assert_msg(json != NULL, "not JSON: %s", error.text);
	return json;
}

static void assert_error(int status, const char *code)
{
	json_t *json = answer();
	json_t *error = json_object_get(json, "error");

	ck_assert_int_eq(reply.status, status);
	ck_assert_str_eq(json_string_value(json_object_get(error, "code")),
			 code);
	ck_assert_uint_gt(
		json_string_length(json_object_get(error, "message")), 0);
	ck_assert_str_eq(reply.type, "application/json");
	json_decref(json);
}

START_TEST(index__names_the_centers)
{
	json_t *json;
	json_t *centers;

	ck_assert_int_eq(ask(USHER__GET, "/api/v1", NULL, NULL), 200);
	json = answer();
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

	fake_event(demo, 201, "x");
	ck_assert_int_eq(ask(USHER__GET, "/api/v1/state", NULL, NULL), 200);
	json = answer();
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

	ck_assert_int_eq(
		ask(USHER__GET, "/api/v1/centers/other/queues", NULL, NULL),
		200);
	json = answer();
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(json, 0), "name")),
			 "desk");
	json_decref(json);
	ask(USHER__GET, "/api/v1/centers/nobody/queues", NULL, NULL);
	assert_error(404, "not_found");
	ask(USHER__GET, "/api/v1/centers/othe/queues", NULL, NULL);
	assert_error(404, "not_found");
}
END_TEST

START_TEST(one_thing__or_none)
{
	char path[64];
	json_t *json;

	ck_assert_int_eq(ask(USHER__GET, "/api/v1/agents/anna", NULL, NULL),
			 200);
	json = answer();
	ck_assert_str_eq(json_string_value(json_object_get(json, "activity")),
			 "talking");
	json_decref(json);
	ck_assert_int_eq(ask(USHER__GET, "/api/v1/queues/sales", NULL, NULL),
			 200);
	ask(USHER__GET, "/api/v1/queues/none", NULL, NULL);
	assert_error(404, "not_found");
	ask(USHER__GET, "/api/v1/contacts/12x", NULL, NULL);
	assert_error(404, "not_found");
	ask(USHER__GET, "/api/v1/contacts/99999999999999999999999", NULL,
	    NULL);
	assert_error(404, "not_found");
	ask(USHER__GET, "/api/v1/nothing", NULL, NULL);
	assert_error(404, "not_found");
	ask(USHER__GET, "/api/v2", NULL, NULL);
	assert_error(404, "not_found");
	snprintf(path, sizeof(path), "/api/v1/contacts/%" PRIu64,
		 fake_contact(demo, "2001")->id);
	ck_assert_int_eq(ask(USHER__GET, path, NULL, NULL), 200);
	ck_assert_ptr_nonnull(strstr(reply.body, "\"2001\""));
}
END_TEST

START_TEST(explain__of_a_contact_names_agents_and_reasons)
{
	char path[64];
	json_t *json, *queue, *agent;

	snprintf(path, sizeof(path), "/api/v1/contacts/%" PRIu64 "/explain",
		 fake_contact(demo, "2001")->id);
	ck_assert_int_eq(ask(USHER__GET, path, NULL, NULL), 200);
	json = answer();
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
	ask(USHER__GET, "/api/v1/contacts/999/explain", NULL, NULL);
	assert_error(404, "not_found");
	ask(USHER__GET, "/api/v1/contacts/x/explain", NULL, NULL);
	assert_error(404, "not_found");
	ask(USHER__GET, "/api/v1/contacts/1/excuse", NULL, NULL);
	assert_error(404, "not_found");
}
END_TEST

START_TEST(figures__span_is_day_or_interval)
{
	ck_assert_int_eq(ask(USHER__GET, "/api/v1/figures", NULL, NULL), 200);
	ck_assert_ptr_nonnull(strstr(reply.body, "\"span\":\"day\""));
	usher__reply_free(&reply);
	strcpy(req.args[0], "span=interval");
	req.arg_count = 1;
	usher__api_handle(&http, &req, &reply);
	ck_assert_ptr_nonnull(strstr(reply.body, "\"span\":\"interval\""));
	usher__reply_free(&reply);
	strcpy(req.args[0], "span=week");
	usher__api_handle(&http, &req, &reply);
	assert_error(404, "not_found");
}
END_TEST

START_TEST(history__without_a_store_is_501)
{
	ask(USHER__GET, "/api/v1/history/contacts", NULL, NULL);
	assert_error(501, "not_supported");
	ask(USHER__GET, "/api/v1/events", NULL, NULL);
	assert_error(501, "not_supported");
	ask(USHER__GET, "/api/v1/live", NULL, NULL);
	assert_error(426, "upgrade");
}
END_TEST

START_TEST(center__that_is_closed_answers_503)
{
	fake_snapshots_fail(demo, USHER_ECLOSED);
	ask(USHER__GET, "/api/v1/state", NULL, NULL);
	assert_error(503, "closed");
	ck_assert_ptr_nonnull(strstr(reply.header, "Retry-After"));
	ask(USHER__GET, "/metrics", NULL, NULL);
	assert_error(503, "closed");
}
END_TEST

START_TEST(methods__others_are_405)
{
	ask(USHER__OTHER, "/api/v1/state", NULL, NULL);
	assert_error(405, "method");
	ck_assert_ptr_nonnull(strstr(reply.header, "Allow: GET"));
	ask(USHER__POST, "/", NULL, NULL);
	assert_error(404, "not_found");
	ask(USHER__POST, "/api/v1/state", NULL, NULL);
	assert_error(404, "not_found");
}
END_TEST

START_TEST(page__is_for_everybody_and_whole)
{
	static const char *const paths[] = {"/", "/wallboard.css",
					    "/wallboard.js", "/wallboard.svg"};

	for (size_t i = 0; i < 4; ++i) {
		ck_assert_int_eq(ask(USHER__GET, paths[i], NULL, NULL), 200);
		ck_assert_uint_gt(reply.len, 100);
		ck_assert_uint_eq(strlen(reply.fixed), reply.len);
		/* Nothing from another host, nothing inline. */
		ck_assert_ptr_null(strstr(reply.fixed, "//cdn"));
		ck_assert_ptr_null(strstr(reply.fixed, "innerHTML"));
		ck_assert_ptr_null(strstr(reply.fixed, "style=\""));
		ck_assert_ptr_null(strstr(reply.fixed, "onclick"));
	}
	ask(USHER__GET, "/wallboard.cs", NULL, NULL);
	assert_error(404, "not_found");
	ask(USHER__GET, "/../etc/passwd", NULL, NULL);
	assert_error(404, "not_found");
}
END_TEST

/* ---- acting ----------------------------------------------------------------
 */

START_TEST(act__becomes_a_request)
{
	const struct usher_request *r;

	ask(USHER__POST, "/api/v1/agents/anna/pause", NULL,
	    "{\"reason\":\"lunch\"}");
	ck_assert_uint_eq(reply.pending, 1);
	ck_assert_int_eq(reply.status, 0);
	r = fake_request(demo);
	ck_assert_uint_eq(r->type, USHER_REQ_PAUSE);
	ck_assert_uint_eq(r->agent, 201);
	ck_assert_uint_eq(r->actor, USHER_BY_TOKEN);
	ck_assert_str_eq(r->text, "lunch");
	ck_assert_uint_eq(fake_request_count(demo), 1);
}
END_TEST

START_TEST(act__every_action)
{
	const struct usher_request *r = fake_request(demo);
	char path[128];

	snprintf(path, sizeof(path), "/api/v1/%s", actions[_i].path);
	ask(USHER__POST, path, NULL, actions[_i].body);
	ck_assert_uint_eq(reply.pending, 1);
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
	const struct usher_request *r = fake_request(demo);

	ask(USHER__POST, "/api/v1/agents/anna/transfer", NULL,
	    "{\"contact\":\"7\",\"target\":\"2001\",\"keep_age\":false}");
	ck_assert_uint_eq(r->flags, USHER_REQUEST_FRESH);
	ask(USHER__POST, "/api/v1/agents/anna/call", NULL,
	    "{\"number\":\"0612\",\"customer_first\":true}");
	ck_assert_uint_eq(r->flags, USHER_REQUEST_CUSTOMER_FIRST);
	ask(USHER__POST, "/api/v1/contacts/8/supervise", NULL,
	    "{\"mode\":\"barge\",\"agent\":\"anna\",\"leg\":\"9\"}");
	ck_assert_uint_eq(r->agent, 201);
	ck_assert_uint_eq(r->leg, 9);
	ck_assert_uint_eq(r->flags, 0);
	ask(USHER__POST, "/api/v1/queues/sales/callback", NULL,
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
	ask(USHER__POST, path, NULL, refusals[_i].body);
	assert_error(refusals[_i].status, refusals[_i].code);
	ck_assert_uint_eq(fake_request_count(demo), 0);
}
END_TEST

START_TEST(act__body_has_to_be_json_by_type)
{
	ask(USHER__POST, "/api/v1/agents/anna/pause", NULL, "{}");
	usher__reply_free(&reply);
	strcpy(req.content_type, "text/plain");
	usher__api_handle(&http, &req, &reply);
	assert_error(415, "content_type");
	ck_assert_uint_eq(fake_request_count(demo), 1);
}
END_TEST

START_TEST(act__text_and_body_have_limits)
{
	size_t len = USHER_CHANNEL_TEXT_MAX + 1;
	char *body = malloc(len + 64);
	char *p = body + sprintf(body, "{\"contact\":\"7\",\"text\":\"");

	memset(p, 'x', len);
	strcpy(p + len, "\"}");
	ask(USHER__POST, "/api/v1/agents/anna/send", NULL, body);
	assert_error(413, "too_large");
	free(body);
	body = calloc(1, USHER__HTTP_BODY_MAX + 2);
	memset(body, ' ', USHER__HTTP_BODY_MAX + 1);
	ask(USHER__POST, "/api/v1/agents/anna/send", NULL, body);
	assert_error(413, "too_large");
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
	fake_answer(demo, FAKE_REFUSE, codes[_i].code, "because");
	ask(USHER__POST, "/api/v1/agents/anna/ready", NULL, NULL);
	ck_assert_int_eq(reply.status, codes[_i].status);
	ck_assert_ptr_nonnull(strstr(text(), "because"));
	usher__api_outcome(&reply, 5, codes[_i].code, NULL);
	ck_assert_int_eq(reply.status, codes[_i].status);
}
END_TEST

START_TEST(outcome__done_or_not_yet)
{
	usher__api_outcome(&reply, 5, 0, NULL);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_str_eq(text(), "{\"result\":\"done\",\"request\":\"5\"}");
	usher__api_outcome(&reply, 5, 1, NULL);
	ck_assert_int_eq(reply.status, 202);
	ck_assert_str_eq(text(),
			 "{\"result\":\"accepted\",\"request\":\"5\"}");
}
END_TEST

/* ---- who may
 * ------------------------------------------------------------------ */

START_TEST(token__is_needed_for_the_api_not_for_the_page)
{
	ask(USHER__GET, "/api/v1", NULL, NULL);
	assert_error(401, "unauthorized");
	ck_assert_ptr_nonnull(strstr(reply.header, "WWW-Authenticate"));
	ask(USHER__GET, "/api/v1/state", "wrong-wrong-wrong", NULL);
	assert_error(401, "unauthorized");
	ask(USHER__GET, "/metrics", NULL, NULL);
	assert_error(401, "unauthorized");
	ck_assert_int_eq(ask(USHER__GET, "/", NULL, NULL), 200);
	ck_assert_int_eq(ask(USHER__GET, "/api/v1/state", TOKEN, NULL), 200);
	ck_assert_int_eq(ask(USHER__GET, "/metrics", TOKEN, NULL), 200);
}
END_TEST

START_TEST(token__nearly_right_is_wrong)
{
	char token[64] = TOKEN;
	size_t len = strlen(token);

	for (size_t i = 0; i < len; ++i) {
		struct usher__who who;

		token[i] ^= 1;
		ck_assert_int_eq(usher__token_check(http.facts, token, &who),
				 USHER_EPERM);
		token[i] ^= 1;
	}
	for (size_t i = 0; i < len; ++i) {
		struct usher__who who;
		char cut[64] = TOKEN;

		cut[i] = 0;
		ck_assert_int_eq(usher__token_check(http.facts, cut, &who),
				 USHER_EPERM);
	}
	strcat(token, TOKEN);
	ck_assert_int_eq(ask(USHER__GET, "/api/v1", token, NULL), 401);
}
END_TEST

START_TEST(token__of_an_agent_acts_for_that_agent)
{
	const struct usher_request *r = fake_request(demo);

	ask(USHER__POST, "/api/v1/agents/anna/ready", TOKEN_ANNA, NULL);
	ck_assert_uint_eq(reply.pending, 1);
	ck_assert_uint_eq(r->actor, USHER_BY_AGENT);
	ck_assert_uint_eq(r->actor_id, 201);
	ask(USHER__POST, "/api/v1/agents/ben/ready", TOKEN_ANNA, NULL);
	assert_error(403, "forbidden");
	ask(USHER__POST, "/api/v1/contacts/8/hang-up", TOKEN_ANNA, NULL);
	assert_error(403, "forbidden");
	ask(USHER__POST, "/api/v1/queues/sales/close", TOKEN_ANNA, NULL);
	assert_error(403, "forbidden");
	ask(USHER__GET, "/api/v1/events", TOKEN_ANNA, NULL);
	assert_error(403, "forbidden");
	ask(USHER__GET, "/metrics", TOKEN_ANNA, NULL);
	assert_error(403, "forbidden");
	ck_assert_uint_eq(fake_request_count(demo), 1);
}
END_TEST

START_TEST(state__shows_when_a_callback_is_due)
{
	struct usher_snapshot_contact *c = fake_contact(demo, "0612");

	c->callback_state = USHER_CALLBACK_PLANNED;
	c->callback_due_us = 1767225600000000;
	ask(USHER__GET, "/api/v1/contacts", NULL, NULL);
	ck_assert_ptr_nonnull(strstr(reply.body, "\"callback\":null"));
	ck_assert_ptr_nonnull(strstr(reply.body, "\"due_us\":17672256"));
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
	struct usher_snapshot_contact *c = fake_contact(demo, "+447700900123");

	(void)c;
	ck_assert_int_eq(ask(USHER__GET, "/api/v1/contacts", TOKEN_ANNA, NULL),
			 200);
	ck_assert_ptr_nonnull(strstr(reply.body, "+36301234567"));
	ck_assert_ptr_null(strstr(reply.body, "+447700900123"));
	ck_assert_ptr_nonnull(strstr(reply.body, "+4477"));
	ask(USHER__GET, "/api/v1/contacts/1/explain", TOKEN_ANNA, NULL);
	assert_error(403, "forbidden");
}
END_TEST

START_TEST(token__of_an_agent_who_is_gone_sees_no_history)
{
	struct usher_history *never_asked = (void *)&entries;

	tenants[0].history = never_asked;
	fake_agents_gone(demo);
	for (size_t i = 0; i < sizeof(histories) / sizeof(histories[0]); ++i) {
		ask(USHER__GET, histories[i], TOKEN_ANNA, NULL);
		assert_error(403, "forbidden");
	}
}
END_TEST

START_TEST(token__of_a_center_knows_no_other)
{
	json_t *json;
	json_t *centers;

	ck_assert_int_eq(ask(USHER__GET, "/api/v1", TOKEN_OTHER, NULL), 200);
	json = answer();
	centers = json_object_get(json, "centers");
	ck_assert_uint_eq(json_array_size(centers), 1);
	ck_assert_str_eq(json_string_value(json_array_get(centers, 0)),
			 "other");
	json_decref(json);
	ck_assert_int_eq(ask(USHER__GET, "/api/v1", TOKEN_ANNA, NULL), 200);
	json = answer();
	centers = json_object_get(json, "centers");
	ck_assert_uint_eq(json_array_size(centers), 1);
	ck_assert_str_eq(json_string_value(json_array_get(centers, 0)),
			 "demo");
	json_decref(json);
	ck_assert_int_eq(ask(USHER__GET, "/api/v1", TOKEN, NULL), 200);
	json = answer();
	ck_assert_uint_eq(json_array_size(json_object_get(json, "centers")),
			  2);
	json_decref(json);
}
END_TEST

START_TEST(token__of_a_center_opens_that_center)
{
	ck_assert_int_eq(ask(USHER__GET, "/api/v1/queues", TOKEN_OTHER, NULL),
			 200);
	ck_assert_ptr_nonnull(strstr(reply.body, "desk"));
	ask(USHER__GET, "/api/v1/centers/demo/queues", TOKEN_OTHER, NULL);
	assert_error(403, "forbidden");
	ck_assert_int_eq(ask(USHER__GET, "/metrics", TOKEN_OTHER, NULL), 200);
	ck_assert_ptr_null(strstr(reply.body, "sales"));
	ck_assert_ptr_nonnull(strstr(reply.body, "desk"));
	ck_assert_ptr_null(openmetrics_complaint(reply.body, reply.len));
}
END_TEST

START_TEST(token__guessing_is_slowed_down)
{
	int limited = 0;

	for (int i = 0; i < 30; ++i)
		limited += ask(USHER__GET, "/api/v1", "guess-guess-guess-1",
			       NULL) == 429;
	ck_assert_int_ge(limited, 15);
	/* The right one still opens. */
	ck_assert_int_eq(ask(USHER__GET, "/api/v1", TOKEN, NULL), 200);
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
	ck_assert_int_eq(usher__host_ours(http.facts, hosts[_i].host),
			 hosts[_i].ours);
	ask(USHER__GET, "/", NULL, NULL);
	usher__reply_free(&reply);
	snprintf(req.host, sizeof(req.host), "%s", hosts[_i].host);
	usher__api_handle(&http, &req, &reply);
	ck_assert_int_eq(reply.status, hosts[_i].ours ? 200 : 421);
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
	ck_assert_int_eq(usher__origin_ours(http.facts, origins[_i].origin,
					    "127.0.0.1:8080"),
			 origins[_i].ours);
	ask(USHER__GET, "/api/v1", NULL, NULL);
	usher__reply_free(&reply);
	snprintf(req.origin, sizeof(req.origin), "%s", origins[_i].origin);
	usher__api_handle(&http, &req, &reply);
	ck_assert_int_eq(reply.status, origins[_i].ours ? 200 : 403);
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

/* ---- OpenMetrics
 * ------------------------------------------------------------------ */

START_TEST(openmetrics__is_valid_and_counts)
{
	const char *bad;

	ck_assert_int_eq(ask(USHER__GET, "/metrics", NULL, NULL), 200);
	ck_assert_str_eq(reply.type, "application/openmetrics-text; "
				     "version=1.0.0; charset=utf-8");
	bad = openmetrics_complaint(reply.body, reply.len);
	ck_assert_msg(!bad, "%s", bad);
	ck_assert_double_eq(
		openmetrics_value(reply.body, "usher_legs_in_total"), 7);
	ck_assert_double_eq(openmetrics_value(reply.body,
					      "usher_trunk_up{center=\"demo\","
					      "trunk=\"a \\\"b\\\"\"}"),
			    1);
	ck_assert_double_eq(
		openmetrics_value(reply.body,
				  "usher_trunk_failures_total{center="
				  "\"demo\",trunk=\"a \\\"b\\\"\"}"),
		4);
	ck_assert_double_eq(openmetrics_value(reply.body,
					      "usher_queue_waiting{center="
					      "\"demo\",queue=\"sales\"}"),
			    1);
	/* Quotes, backslashes and line ends of names are escaped. */
	ck_assert_double_eq(
		openmetrics_value(reply.body,
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
	TCase *locked = tcase_create("tokens");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, open_house, end);
	tcase_add_checked_fixture(locked, with_tokens, end);
	tcase_add_test(t, index__names_the_centers);
	tcase_add_test(t, state__has_ids_as_strings);
	tcase_add_test(t, state__of_a_named_center);
	tcase_add_test(t, state__shows_when_a_callback_is_due);
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
	LOOP(t, host__is_an_address_or_known, hosts);
	LOOP(t, origin__is_the_host_itself, origins);
	tcase_add_test(t, rate__is_limited_by_peer);
	LOOP(t, mask__hides_the_middle, masks);
	tcase_add_test(t, mask__fits_its_buffer);
	tcase_add_test(t, openmetrics__is_valid_and_counts);
	tcase_add_test(t, openmetrics__the_reader_is_strict);
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
