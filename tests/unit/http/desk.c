#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk.h"

struct desk desk;

static struct usher__conf *conf;
static struct usher__conf_entry entries[] = {{"1000", "welcome"}};

static void begin(bool tokens)
{
	struct usher_snapshot_agent *a;
	struct usher_snapshot_queue *q;
	struct usher_snapshot_contact *c;

	desk.demo = fake_new("demo");
	desk.other = fake_new("other");
	q = fake_queue(desk.demo, "sales");
	q->waiting = 1;
	q->agents_serving = 2;
	a = fake_agent(desk.demo, "anna");
	a->presence = "ready";
	a->activity = "talking";
	fake_agent(desk.demo, "ben \"b\" \\ o\nx");
	c = fake_contact(desk.demo, "+36301234567");
	c->queue = q->id;
	c->agent = a->id;
	fake_queue(desk.other, "desk");
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
	memset(&desk.http, 0, sizeof(desk.http));
	memset(desk.tenants, 0, sizeof(desk.tenants));
	desk.tenants[0].center = desk.demo;
	desk.tenants[0].name = "demo";
	desk.tenants[1].center = desk.other;
	desk.tenants[1].name = "other";
	desk.http.tenants = desk.tenants;
	desk.http.tenant_count = 2;
	ck_assert_int_eq(usher__facts_new(&desk.http.facts, conf), 0);
}

void desk_open(void)
{
	begin(false);
}

void desk_locked(void)
{
	begin(true);
}

void desk_close(void)
{
	usher__reply_free(&desk.reply);
	usher__facts_free(desk.http.facts);
	free(conf);
	fake_free(desk.demo);
	fake_free(desk.other);
}

int desk_ask(enum usher__method method, const char *path, const char *token,
	     const char *body)
{
	usher__reply_free(&desk.reply);
	memset(&desk.req, 0, sizeof(desk.req));
	desk.req.method = method;
	snprintf(desk.req.path, sizeof(desk.req.path), "%s", path);
	strcpy(desk.req.host, "127.0.0.1:8080");
	strcpy(desk.req.peer, "127.0.0.1");
	if (token)
		snprintf(desk.req.token, sizeof(desk.req.token), "Bearer %s",
			 token);
	desk.req.body = body;
	desk.req.body_len = body ? strlen(body) : 0;
	if (body)
		strcpy(desk.req.content_type,
		       "application/json; charset=utf-8");
	usher__api_handle(&desk.http, &desk.req, &desk.reply);
	return desk.reply.status;
}

const char *desk_text(void)
{
	return desk.reply.body ? desk.reply.body : desk.reply.fixed;
}

json_t *desk_answer(void)
{
	json_error_t error;
	json_t *json = json_loadb(desk_text(), desk.reply.len, 0, &error);

	ck_assert_msg(json != NULL, "not JSON: %s", error.text);
	return json;
}

void desk_refuses(int status, const char *code)
{
	json_t *json = desk_answer();
	json_t *error = json_object_get(json, "error");

	ck_assert_int_eq(desk.reply.status, status);
	ck_assert_str_eq(json_string_value(json_object_get(error, "code")),
			 code);
	ck_assert_uint_gt(
		json_string_length(json_object_get(error, "message")), 0);
	ck_assert_str_eq(desk.reply.type, "application/json");
	json_decref(json);
}
