/*
 * Acting: POST /agents/NAME/ACTION, /contacts/ID/ACTION, /queues/NAME/ACTION.
 *
 * The center answers later, by an event; reply->pending is its number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/priv.h"

/* Longest time between two attempts of a callback. */
#define AGAIN_MAX_MS UINT64_C(86400000)

/* What an action takes from the body. */
enum takes {
	TAKES_CONTACT = 1, /* "contact", needed */
	TAKES_ANY = 2,     /* "contact", or all of them */
	TAKES_OFFER = 4,   /* "offer", needed */
	TAKES_TEXT = 8,    /* the member named below, needed */
	TAKES_AGENT = 16,  /* "agent", needed */
	TAKES_LEG = 32,    /* "leg", needed */
	MAY_LEG = 64,      /* "leg" */
	MAY_AGENT = 128,   /* "agent" */
	MAY_TO = 256,      /* "number" */
	MAY_QUEUE = 512,   /* "queue" */
	MAY_WINDOW = 1024  /* "from_us", "until_us", "attempts" */
};

struct action {
	const char *name;
	uint32_t type;
	unsigned takes;
	const char *text;               /* member that is the request's text */
	const char *flag;               /* member that is true or false */
	uint32_t when_true, when_false; /* what it is in the flags */
};

static const struct action agent_actions[] = {
	{"sign-in", USHER_REQ_SIGN_IN, 0, NULL, NULL, 0, 0},
	{"sign-out", USHER_REQ_SIGN_OUT, 0, NULL, NULL, 0, 0},
	{"ready", USHER_REQ_READY, 0, NULL, NULL, 0, 0},
	{"pause", USHER_REQ_PAUSE, 0, "reason", NULL, 0, 0},
	{"wrap-up-end", USHER_REQ_WRAP_UP_END, TAKES_ANY, NULL, NULL, 0, 0},
	{"accept", USHER_REQ_ACCEPT, TAKES_OFFER, NULL, NULL, 0, 0},
	{"reject", USHER_REQ_REJECT, TAKES_OFFER, NULL, NULL, 0, 0},
	{"hang-up", USHER_REQ_HANG_UP, TAKES_CONTACT, NULL, NULL, 0, 0},
	{"hold", USHER_REQ_HOLD, TAKES_CONTACT, NULL, NULL, 0, 0},
	{"resume", USHER_REQ_RESUME, TAKES_CONTACT, NULL, NULL, 0, 0},
	{"transfer", USHER_REQ_TRANSFER, TAKES_CONTACT | TAKES_TEXT, "target",
	 "keep_age", 0, USHER_REQUEST_FRESH},
	{"consult", USHER_REQ_CONSULT, TAKES_CONTACT | TAKES_TEXT, "target",
	 NULL, 0, 0},
	{"complete", USHER_REQ_CONSULT_COMPLETE, TAKES_CONTACT, NULL, NULL, 0,
	 0},
	{"cancel", USHER_REQ_CONSULT_CANCEL, TAKES_CONTACT, NULL, NULL, 0, 0},
	{"conference", USHER_REQ_CONFERENCE, TAKES_CONTACT, NULL, NULL, 0, 0},
	{"add", USHER_REQ_ADD, TAKES_CONTACT | TAKES_TEXT, "target", NULL, 0,
	 0},
	{"remove", USHER_REQ_REMOVE, TAKES_CONTACT | MAY_LEG, "agent", NULL, 0,
	 0},
	{"leave", USHER_REQ_LEAVE, TAKES_CONTACT, NULL, NULL, 0, 0},
	{"park", USHER_REQ_PARK, TAKES_CONTACT, "slot", NULL, 0, 0},
	{"pick-up", USHER_REQ_PICK_UP, TAKES_TEXT, "slot", NULL, 0, 0},
	{"mute", USHER_REQ_MUTE, TAKES_CONTACT, NULL, NULL, 0, 0},
	{"unmute", USHER_REQ_UNMUTE, TAKES_CONTACT, NULL, NULL, 0, 0},
	{"digits", USHER_REQ_DIGITS, TAKES_CONTACT | TAKES_TEXT | MAY_LEG,
	 "digits", NULL, 0, 0},
	{"hang-up-leg", USHER_REQ_HANG_UP_LEG, TAKES_CONTACT | TAKES_LEG, NULL,
	 NULL, 0, 0},
	{"call", USHER_REQ_ORIGINATE, TAKES_TEXT, "number", "customer_first",
	 USHER_REQUEST_CUSTOMER_FIRST, 0},
	{"record", USHER_REQ_RECORD, TAKES_CONTACT, NULL, NULL, 0, 0},
	{"record-stop", USHER_REQ_RECORD_STOP, TAKES_CONTACT, NULL, NULL, 0,
	 0},
	{"record-pause", USHER_REQ_RECORD_PAUSE, TAKES_CONTACT, NULL, NULL, 0,
	 0},
	{"record-resume", USHER_REQ_RECORD_RESUME, TAKES_CONTACT, NULL, NULL,
	 0, 0},
	{"consent", USHER_REQ_CONSENT, TAKES_CONTACT | TAKES_TEXT, "consent",
	 NULL, 0, 0},
	{"send", USHER_REQ_SEND, TAKES_CONTACT | TAKES_TEXT, "text", NULL, 0,
	 0},
	{"disposition", USHER_REQ_DISPOSITION, TAKES_CONTACT | TAKES_TEXT,
	 "disposition", NULL, 0, 0},
	{NULL, 0, 0, NULL, NULL, 0, 0},
};

static const struct action contact_actions[] = {
	{"hang-up", USHER_REQ_HANG_UP, 0, NULL, NULL, 0, 0},
	{"assign", USHER_REQ_ASSIGN, TAKES_AGENT, NULL, NULL, 0, 0},
	{"supervise", USHER_REQ_SUPERVISE,
	 TAKES_TEXT | MAY_AGENT | MAY_LEG | MAY_TO, "mode", NULL, 0, 0},
	{"supervise-end", USHER_REQ_SUPERVISE_END, MAY_AGENT | MAY_LEG, NULL,
	 NULL, 0, 0},
	{"remove", USHER_REQ_REMOVE, MAY_LEG, "agent", NULL, 0, 0},
	{"mute", USHER_REQ_MUTE, TAKES_LEG, NULL, NULL, 0, 0},
	{"unmute", USHER_REQ_UNMUTE, TAKES_LEG, NULL, NULL, 0, 0},
	{"digits", USHER_REQ_DIGITS, TAKES_TEXT | MAY_LEG, "digits", NULL, 0,
	 0},
	{"hang-up-leg", USHER_REQ_HANG_UP_LEG, TAKES_LEG, NULL, NULL, 0, 0},
	{"consent", USHER_REQ_CONSENT, TAKES_TEXT, "consent", NULL, 0, 0},
	{"callback", USHER_REQ_CALLBACK, MAY_QUEUE | MAY_WINDOW, "number",
	 "customer_first", USHER_REQUEST_CUSTOMER_FIRST,
	 USHER_REQUEST_AGENT_FIRST},
	{"callback-cancel", USHER_REQ_CALLBACK_CANCEL, 0, NULL, NULL, 0, 0},
	{NULL, 0, 0, NULL, NULL, 0, 0},
};

static const struct action queue_actions[] = {
	{"open", USHER_REQ_QUEUE_OPEN, 0, NULL, NULL, 0, 0},
	{"close", USHER_REQ_QUEUE_CLOSE, 0, NULL, NULL, 0, 0},
	{"callback", USHER_REQ_CALLBACK, TAKES_TEXT | MAY_WINDOW, "number",
	 "customer_first", USHER_REQUEST_CUSTOMER_FIRST,
	 USHER_REQUEST_AGENT_FIRST},
	{NULL, 0, 0, NULL, NULL, 0, 0},
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

static bool knows(const struct action *action, const char *key)
{
	static const struct {
		const char *key;
		unsigned takes;
	} members[] = {
		{"contact", TAKES_CONTACT | TAKES_ANY},
		{"offer", TAKES_OFFER},
		{"agent", TAKES_AGENT | MAY_AGENT},
		{"leg", TAKES_LEG | MAY_LEG},
		{"number", MAY_TO},
		{"queue", MAY_QUEUE},
		{"from_us", MAY_WINDOW},
		{"until_us", MAY_WINDOW},
		{"attempts", MAY_WINDOW},
		{"again_ms", MAY_WINDOW},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); ++i)
		if (!strcmp(key, members[i].key) &&
		    action->takes & members[i].takes)
			return true;
	return action->text && !strcmp(key, action->text);
}

/* Only what the action knows; a misspelled member is not silently left. */
static int check_members(const struct action *action,
			 const struct usher__body *body,
			 struct usher__reply *reply)
{
	for (size_t i = 0; i < body->count; ++i) {
		const struct usher__member *member = &body->members[i];
		const char *key = member->name;
		bool flag = action->flag && !strcmp(key, action->flag);
		bool known = flag || knows(action, key);

		if (flag ? member->truth >= 0 : known && member->value)
			continue;
		usher__reply_error(reply, 400, "invalid",
				   flag    ? "'%.60s' has to be true or false"
				   : known ? "'%.60s' has to be a string"
					   : "unknown member '%.60s'",
				   key);
		return USHER_EINVAL;
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

static int take_queue(struct usher_center *center, const char *name,
		      uint64_t *ret, struct usher__reply *reply)
{
	*ret = usher_center_queue_id(center, name);
	if (*ret)
		return 0;
	usher__reply_error(reply, 404, "not_found", "no such queue");
	return USHER_ENOENT;
}

static int take_number(const struct usher__body *body, const char *key,
		       uint64_t max, uint64_t *ret, struct usher__reply *reply)
{
	const char *text = usher__body_get(body, key);

	if (!text || (!usher__parse_u64(text, ret) && *ret && *ret <= max))
		return 0;
	usher__reply_error(reply, 400, "invalid",
			   "'%s' has to be a number, as a string", key);
	return USHER_EINVAL;
}

/* When a callback is due, and how often. */
static int fill_window(const struct usher__body *body, struct usher_request *r,
		       struct usher__reply *reply)
{
	uint64_t from = 0, until = 0, attempts = 0, again = 0;
	int e = take_number(body, "from_us", INT64_MAX, &from, reply);

	if (!e)
		e = take_number(body, "until_us", INT64_MAX, &until, reply);
	if (!e)
		e = take_number(body, "attempts", USHER_CALLBACK_ATTEMPTS_MAX,
				&attempts, reply);
	if (!e)
		e = take_number(body, "again_ms", AGAIN_MAX_MS, &again, reply);
	r->again_ms = (uint32_t)again;
	r->from_us = (int64_t)from;
	r->until_us = (int64_t)until;
	r->attempts = (uint32_t)attempts;
	return e;
}

/* What most actions have not. */
static int fill_rest(const struct action *action,
		     const struct usher__body *body,
		     struct usher_center *center, struct usher_request *r,
		     struct usher__reply *reply)
{
	const char *agent = usher__body_get(body, "agent");
	int truth, e = 0;

	if (action->takes & (TAKES_LEG | MAY_LEG))
		e = take_id(body, "leg", action->takes & TAKES_LEG, &r->leg,
			    reply);
	if (!e && action->takes & MAY_AGENT && agent)
		e = take_agent(center, agent, &r->agent, reply);
	if (!e && action->takes & MAY_QUEUE && usher__body_get(body, "queue"))
		e = take_queue(center, usher__body_get(body, "queue"),
			       &r->queue, reply);
	if (!e && action->takes & MAY_WINDOW)
		e = fill_window(body, r, reply);
	if (!e && action->takes & MAY_TO)
		r->to = usher__body_get(body, "number");
	truth = action->flag ? usher__body_truth(body, action->flag) : -1;
	if (!e && truth >= 0)
		r->flags |= truth ? action->when_true : action->when_false;
	return e;
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
	if (!e)
		e = fill_rest(action, body, center, r, reply);
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
	if (take_queue(center, queue, &r.queue, reply))
		return;
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
