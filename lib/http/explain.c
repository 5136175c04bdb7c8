/* Why a contact waits, and who could take it: /contacts/ID/explain. */
#include <string.h>

#include "http/priv.h"

/* Built on the center's thread, while this one waits. */
struct explaining {
	json_t *waiting;
	json_t *candidates;
	json_t *excluded;
	json_t *text;
};

static void on_agent(void *arg, const struct usher_explained *one)
{
	struct explaining *e = arg;
	json_t *json =
		json_pack("{s:s,s:o}", "agent", one->name, "text",
			  usher__json_textn(one->text, strlen(one->text)));

	if (!one->reason) {
		usher__put(&json, "key", json_integer(one->key));
		usher__put(&json, "score", json_integer(one->score));
		usher__add(&e->candidates, json);
		return;
	}
	usher__put(&json, "reason",
		   json_string(usher_excluded_name(one->reason)));
	if (one->until_us)
		usher__put(&json, "until_us", json_integer(one->until_us));
	usher__add(&e->excluded, json);
}

static void on_line(void *arg, const char *text)
{
	struct explaining *e = arg;

	usher__add(&e->text, usher__json_textn(text, strlen(text)));
}

static void begin(struct explaining *e)
{
	e->candidates = json_array();
	e->excluded = json_array();
	e->text = json_array();
}

static void on_queue(void *arg, const char *name,
		     const struct usher_explanation *why)
{
	struct explaining *e = arg;

	usher__add(
		&e->waiting,
		json_pack("{s:s,s:s?,s:I,s:s,s:i,s:i,s:i,s:i,s:b,s:o,s:o,s:o}",
			  "queue", name, "held",
			  why->held ? usher_held_name(why->held) : NULL,
			  "until_us", (json_int_t)why->until_us, "policy",
			  why->policy, "policy_version", (int)why->version,
			  "candidate_count", (int)why->candidates,
			  "excluded_count", (int)why->excluded, "truncated",
			  (int)why->truncated, "scored", (int)why->scored,
			  "candidates", e->candidates, "excluded", e->excluded,
			  "text", e->text));
	begin(e);
}

void usher__explain_handle(struct usher__http *http,
			   struct usher__request *req, const char *id,
			   const char *what, struct usher__reply *reply)
{
	struct explaining e = {json_array(), NULL, NULL, NULL};
	const struct usher_center_explain_cb cb = {sizeof(cb), on_agent,
						   on_line, on_queue, &e};
	uint64_t contact;
	int code;

	if (strcmp(what, "explain") != 0 || usher__parse_u64(id, &contact)) {
		json_decref(e.waiting);
		usher__reply_error(reply, 404, "not_found",
				   "there is nothing here");
		return;
	}
	begin(&e);
	code = usher_center_explain(http->tenants[req->center].center, contact,
				    &cb);
	json_decref(e.candidates);
	json_decref(e.excluded);
	json_decref(e.text);
	if (!code) {
		usher__reply_json(reply, 200,
				  json_pack("{s:o,s:o}", "contact",
					    usher__json_id(contact), "waiting",
					    e.waiting));
		return;
	}
	json_decref(e.waiting);
	usher__reply_code(reply, code, NULL);
}
