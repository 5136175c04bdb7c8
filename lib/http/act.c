/*
 * Acting: POST /agents/NAME/ACTION, /contacts/ID/ACTION, /queues/NAME/ACTION.
 *
 * The center answers later, by an event; reply->pending is its number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/priv.h"

/* What an action takes from the body. */
enum takes {
	TAKES_CONTACT = 1, /* "contact", needed */
	TAKES_ANY = 2,     /* "contact", or all of them */
	TAKES_OFFER = 4,   /* "offer", needed */
	TAKES_TEXT = 8,    /* the member named below, needed */
	TAKES_AGENT = 16   /* "agent", needed */
};

struct action {
	const char *name;
	uint32_t type;
	unsigned takes;
	const char *text; /* member that is the request's text */
};

static const struct action agent_actions[] = {
	{"sign-in", USHER_REQ_SIGN_IN, 0, NULL},
	{"sign-out", USHER_REQ_SIGN_OUT, 0, NULL},
	{"ready", USHER_REQ_READY, 0, NULL},
	{"pause", USHER_REQ_PAUSE, 0, "reason"},
	{"wrap-up-end", USHER_REQ_WRAP_UP_END, TAKES_ANY, NULL},
	{"accept", USHER_REQ_ACCEPT, TAKES_OFFER, NULL},
	{"reject", USHER_REQ_REJECT, TAKES_OFFER, NULL},
	{"hang-up", USHER_REQ_HANG_UP, TAKES_CONTACT, NULL},
	{"hold", USHER_REQ_HOLD, TAKES_CONTACT, NULL},
	{"resume", USHER_REQ_RESUME, TAKES_CONTACT, NULL},
	{"transfer", USHER_REQ_TRANSFER, TAKES_CONTACT | TAKES_TEXT, "target"},
	{"send", USHER_REQ_SEND, TAKES_CONTACT | TAKES_TEXT, "text"},
	{"disposition", USHER_REQ_DISPOSITION, TAKES_CONTACT | TAKES_TEXT,
	 "disposition"},
	{NULL, 0, 0, NULL},
};

static const struct action contact_actions[] = {
	{"hang-up", USHER_REQ_HANG_UP, 0, NULL},
	{"assign", USHER_REQ_ASSIGN, TAKES_AGENT, NULL},
	{NULL, 0, 0, NULL},
};

static const struct action queue_actions[] = {
	{"open", USHER_REQ_QUEUE_OPEN, 0, NULL},
	{"close", USHER_REQ_QUEUE_CLOSE, 0, NULL},
	{NULL, 0, 0, NULL},
};

static const struct action *find_action(const struct action *actions,
					const char *name,
					struct usher__reply *reply)
{
	for (; actions->name; ++actions)
		if (strcmp(actions->name, name) == 0)
			return actions;
	usher__reply_error(reply, 404, "not_found", "no such action");
	return NULL;
}

/* Only what the action knows; a misspelled member is not silently left. */
static int check_members(const struct action *action,
			 const struct usher__body *body,
			 struct usher__reply *reply)
{
	for (size_t i = 0; i < body->count; ++i) {
		const char *key = body->members[i].name;
		bool known = (strcmp(key, "contact") == 0 &&
			      action->takes & (TAKES_CONTACT | TAKES_ANY)) ||
			     (strcmp(key, "offer") == 0 &&
			      action->takes & TAKES_OFFER) ||
			     (strcmp(key, "agent") == 0 &&
			      action->takes & TAKES_AGENT) ||
			     (action->text && strcmp(key, action->text) == 0);

		if (!known || !body->members[i].value) {
			usher__reply_error(reply, 400, "invalid",
					   known ? "'%.60s' has to be a string"
						 : "unknown member '%.60s'",
					   key);
			return USHER_EINVAL;
		}
	}
	return 0;
}

static int take_id(const struct usher__body *body, const char *key,
		   bool needed, uint64_t *ret, struct usher__reply *reply)
{
	const char *text = usher__body_get(body, key);

	if (!text && !needed)
		return 0;
	if (!text)
		usher__reply_error(reply, 400, "invalid", "'%s' is missing",
				   key);
	else if (usher__parse_u64(text, ret))
		usher__reply_error(reply, 400, "invalid",
				   "'%s' has to be an id", key);
	else
		return 0;
	return USHER_EINVAL;
}

static int take_agent(struct usher_center *center, const char *name,
		      uint64_t *ret, struct usher__reply *reply)
{
	if (!name) {
		usher__reply_error(reply, 400, "invalid",
				   "'agent' is missing");
		return USHER_EINVAL;
	}
	*ret = usher_center_agent_id(center, name);
	if (*ret)
		return 0;
	usher__reply_error(reply, 404, "not_found", "no such agent");
	return USHER_ENOENT;
}

static int fill(const struct action *action, const struct usher__body *body,
		struct usher_center *center, struct usher_request *r,
		struct usher__reply *reply)
{
	int e = check_members(action, body, reply);

	if (!e && action->takes & (TAKES_CONTACT | TAKES_ANY))
		e = take_id(body, "contact", action->takes & TAKES_CONTACT,
			    &r->contact, reply);
	if (!e && action->takes & TAKES_OFFER)
		e = take_id(body, "offer", true, &r->offer, reply);
	if (!e && action->takes & TAKES_AGENT)
		e = take_agent(center, usher__body_get(body, "agent"),
			       &r->agent, reply);
	if (!e && action->text)
		r->text = usher__body_get(body, action->text);
	if (!e && action->takes & TAKES_TEXT && (!r->text || !*r->text)) {
		usher__reply_error(reply, 400, "invalid", "'%s' is missing",
				   action->text);
		e = USHER_EINVAL;
	}
	if (!e && r->text && strlen(r->text) > USHER_CHANNEL_TEXT_MAX) {
		usher__reply_error(reply, 413, "too_large",
				   "'%s' is longer than %d bytes",
				   action->text, USHER_CHANNEL_TEXT_MAX);
		e = USHER_EINVAL;
	}
	return e;
}

static void act(struct usher__http *http, struct usher__request *req,
		const struct action *action, struct usher_request *r,
		struct usher__reply *reply)
{
	struct usher_center *center = http->tenants[req->center].center;
	struct usher_error err = {0};
	struct usher__body body;
	uint64_t id;
	int e;

	if (usher__body_read(&body, req->body, req->body_len, reply))
		return;
	r->size = sizeof(*r);
	r->type = action->type;
	if (fill(action, &body, center, r, reply))
		return;
	e = usher_center_request(center, r, &id, &err);
	if (e)
		usher__reply_code(reply, e, err.message);
	else
		reply->pending = id;
}

void usher__act_agent(struct usher__http *http, struct usher__request *req,
		      const char *agent, const char *action,
		      struct usher__reply *reply)
{
	struct usher_center *center = http->tenants[req->center].center;
	const struct action *found;
	struct usher_request r = {0};

	if (req->who.agent && strcmp(req->who.agent, agent) != 0) {
		usher__reply_error(reply, 403, "forbidden",
				   "the token is for another agent");
		return;
	}
	if (take_agent(center, agent, &r.agent, reply))
		return;
	found = find_action(agent_actions, action, reply);
	if (!found)
		return;
	r.actor = req->who.agent ? USHER_BY_AGENT : USHER_BY_TOKEN;
	r.actor_id = req->who.agent ? r.agent : req->who.number;
	act(http, req, found, &r, reply);
}

/* Whether who asks may do more than act for one agent. */
static bool may_manage(const struct usher__request *req,
		       struct usher__reply *reply)
{
	if (req->who.agent)
		usher__reply_error(reply, 403, "forbidden",
				   "an agent's token acts for the agent only");
	return !req->who.agent;
}

void usher__act_queue(struct usher__http *http, struct usher__request *req,
		      const char *queue, const char *action,
		      struct usher__reply *reply)
{
	struct usher_center *center = http->tenants[req->center].center;
	const struct action *found;
	struct usher_request r = {0};

	if (!may_manage(req, reply))
		return;
	r.queue = usher_center_queue_id(center, queue);
	if (!r.queue) {
		usher__reply_error(reply, 404, "not_found", "no such queue");
		return;
	}
	found = find_action(queue_actions, action, reply);
	if (!found)
		return;
	r.actor = USHER_BY_TOKEN;
	r.actor_id = req->who.number;
	act(http, req, found, &r, reply);
}

void usher__act_contact(struct usher__http *http, struct usher__request *req,
			const char *contact, const char *action,
			struct usher__reply *reply)
{
	const struct action *found;
	struct usher_request r = {0};

	if (!may_manage(req, reply))
		return;
	if (usher__parse_u64(contact, &r.contact)) {
		usher__reply_error(reply, 404, "not_found", "no such contact");
		return;
	}
	found = find_action(contact_actions, action, reply);
	if (!found)
		return;
	r.actor = USHER_BY_TOKEN;
	r.actor_id = req->who.number;
	act(http, req, found, &r, reply);
}
