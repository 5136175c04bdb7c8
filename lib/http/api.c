/*
 * From a request to its answer, whatever carried it here.
 *
 *     /  /wallboard.css  /wallboard.js       the page, for everybody
 *     /metrics                               OpenMetrics
 *     /api/v1                                what there is
 *     /api/v1/bans                           sources that are not heard
 *     /api/v1/[centers/NAME/]…               one center, see docs/http.md
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/version.h>

#include "http/priv.h"

#define API "/api/v1"

static void not_found(struct usher__reply *reply)
{
	usher__reply_error(reply, 404, "not_found", "there is nothing here");
}

bool usher__api_refuse(struct usher__http *http, struct usher__request *req,
		       struct usher__reply *reply)
{
	int64_t now = usher__now_us();

	if (!usher__host_ours(http->facts, req->host))
		usher__reply_error(reply, 421, "wrong_host",
				   "the Host header names another host; see "
				   "'hosts' in the configuration");
	else if (!usher__origin_ours(http->facts, req->origin, req->host))
		usher__reply_error(reply, 403, "wrong_origin",
				   "a page of another origin asks");
	else if (!usher__bucket_take(http->buckets, req->peer, now, false))
		usher__reply_error(reply, 429, "too_many",
				   "more than %u requests a second",
				   USHER__HTTP_RATE);
	else if (req->method == USHER__OTHER)
		usher__reply_error(reply, 405, "method",
				   "only GET, HEAD, POST and DELETE are "
				   "served");
	else if (req->body_len > USHER__HTTP_BODY_MAX)
		usher__reply_error(reply, 413, "too_large",
				   "more than %u bytes", USHER__HTTP_BODY_MAX);
	else if (strncmp(req->path, API, sizeof(API) - 1) != 0 &&
		 strcmp(req->path, "/metrics") != 0)
		return false;
	else if (usher__token_check(http->facts, req->token, &req->who) == 0)
		return false;
	else if (!usher__bucket_take(http->buckets, req->peer, now, true))
		usher__reply_error(reply, 429, "too_many",
				   "too many wrong tokens");
	else
		usher__reply_error(reply, 401, "unauthorized",
				   "a valid token is needed");
	return true;
}

static int take_snapshot(const struct usher__tenant *tenant,
			 struct usher_snapshot **ret,
			 struct usher__reply *reply)
{
	int e = usher_center_snapshot(tenant->center, ret);

	if (e)
		usher__reply_code(reply, e, NULL);
	return e;
}

static struct usher__view view_of(const struct usher__http *http,
				  const struct usher__request *req,
				  const struct usher_snapshot *snapshot)
{
	struct usher__view view = {0};

	view.tenant = &http->tenants[req->center];
	view.snapshot = snapshot;
	if (req->center < http->facts->center_count)
		view.facts = &http->facts->centers[req->center];
	view.own_agent = req->who.agent;
	view.mask = req->who.agent != NULL;
	return view;
}

/* Whether it is there; *ret is NULL when there is no memory for it. */
static bool find_queue(const struct usher__view *view, const char *name,
		       json_t **ret)
{
	const struct usher_snapshot_queue *all;
	size_t n = usher_snapshot_queues(view->snapshot, &all);

	for (size_t i = 0; i < n; ++i) {
		if (strcmp(all[i].name, name) != 0)
			continue;
		*ret = usher__queue_json(view, &all[i]);
		return true;
	}
	return false;
}

static bool find_agent(const struct usher__view *view, const char *name,
		       json_t **ret)
{
	const struct usher_snapshot_agent *all;
	size_t n = usher_snapshot_agents(view->snapshot, &all);

	for (size_t i = 0; i < n; ++i) {
		if (strcmp(all[i].name, name) != 0)
			continue;
		*ret = usher__agent_json(&all[i]);
		return true;
	}
	return false;
}

static bool find_contact(const struct usher__view *view, const char *text,
			 json_t **ret)
{
	const struct usher_snapshot_contact *all;
	size_t n = usher_snapshot_contacts(view->snapshot, &all);
	uint64_t id;

	if (usher__parse_u64(text, &id))
		return false;
	for (size_t i = 0; i < n; ++i) {
		if (all[i].id != id)
			continue;
		*ret = usher__contact_json(view, &all[i]);
		return true;
	}
	return false;
}

static bool figures(const struct usher__view *view,
		    const struct usher__request *req, json_t **ret)
{
	const char *span = usher__arg(req, "span");

	if (!span || strcmp(span, "day") == 0)
		*ret = usher__figures_json(view, USHER_SPAN_DAY);
	else if (strcmp(span, "interval") == 0)
		*ret = usher__figures_json(view, USHER_SPAN_INTERVAL);
	else
		return false;
	return true;
}

/* "queues" and the like, out of the state. */
static bool find_part(const struct usher__view *view, const char *name,
		      json_t **ret)
{
	static const char *const parts[] = {"queues", "agents", "contacts",
					    "entries", NULL};
	json_t *state;

	for (size_t i = 0; parts[i]; ++i) {
		if (strcmp(name, parts[i]) != 0)
			continue;
		state = usher__state_json(view);
		*ret = json_incref(json_object_get(state, parts[i]));
		json_decref(state);
		return true;
	}
	return false;
}

static bool find(const struct usher__view *view,
		 const struct usher__request *req, const char *rest,
		 json_t **ret)
{
	if (strcmp(rest, "/state") == 0) {
		*ret = usher__state_json(view);
		return true;
	}
	if (strcmp(rest, "/figures") == 0)
		return figures(view, req, ret);
	if (strncmp(rest, "/queues/", 8) == 0)
		return find_queue(view, rest + 8, ret);
	if (strncmp(rest, "/agents/", 8) == 0)
		return find_agent(view, rest + 8, ret);
	if (strncmp(rest, "/contacts/", 10) == 0)
		return find_contact(view, rest + 10, ret);
	return find_part(view, rest + 1, ret);
}

static void get(struct usher__http *http, struct usher__request *req,
		const char *rest, struct usher__reply *reply)
{
	struct usher_snapshot *snapshot = NULL;
	struct usher__view view;
	json_t *json = NULL;

	if (take_snapshot(&http->tenants[req->center], &snapshot, reply))
		return;
	view = view_of(http, req, snapshot);
	if (find(&view, req, rest, &json))
		usher__reply_json(reply, 200, json);
	else
		not_found(reply);
	usher_snapshot_unref(snapshot);
}

/* "/agents/NAME/ACTION": the last two parts, or false. */
static bool split(char *path, const char *prefix, char **name, char **action)
{
	size_t len = strlen(prefix);
	char *slash;

	if (strncmp(path, prefix, len) != 0)
		return false;
	slash = strrchr(path + len, '/');
	if (!slash || slash == path + len || !slash[1])
		return false;
	*slash = 0;
	*name = path + len;
	*action = slash + 1;
	return true;
}

static void post(struct usher__http *http, struct usher__request *req,
		 char *rest, struct usher__reply *reply)
{
	char *name;
	char *action;

	if (req->body_len &&
	    strncmp(req->content_type, "application/json", 16) != 0)
		usher__reply_error(reply, 415, "content_type",
				   "the body has to be application/json");
	else if (split(rest, "/agents/", &name, &action))
		usher__act_agent(http, req, name, action, reply);
	else if (split(rest, "/contacts/", &name, &action))
		usher__act_contact(http, req, name, action, reply);
	else if (split(rest, "/queues/", &name, &action))
		usher__act_queue(http, req, name, action, reply);
	else
		not_found(reply);
}

/* Whole, for those who may see everything of a center. */
static bool whole(const struct usher__request *req, struct usher__reply *reply)
{
	if (!req->who.agent)
		return true;
	usher__reply_error(reply, 403, "forbidden",
			   "not with an agent's token");
	return false;
}

static void in_center(struct usher__http *http, struct usher__request *req,
		      char *rest, struct usher__reply *reply)
{
	bool events = strcmp(rest, "/events") == 0;
	bool live = strcmp(rest, "/live") == 0;
	char *name;
	char *action;

	if (req->method == USHER__POST)
		post(http, req, rest, reply);
	else if (events && !whole(req, reply))
		return;
	else if (req->upgrade && (events || live))
		reply->stream = true;
	else if (live)
		usher__reply_error(reply, 426, "upgrade",
				   "this is a WebSocket");
	else if (events)
		usher__events_handle(http, req, reply);
	else if (strncmp(rest, "/history/", 9) == 0)
		usher__history_handle(http, req, rest + 9, reply);
	else if (!split(rest, "/contacts/", &name, &action))
		get(http, req, rest, reply);
	else if (whole(req, reply))
		usher__explain_handle(http, req, name, action, reply);
}

/* Whose token it is sees its own center only. */
static void index_json(struct usher__http *http,
		       const struct usher__request *req,
		       struct usher__reply *reply)
{
	const char *only = req->who.center;
	json_t *centers = json_array();
	json_t *json;

	for (size_t i = 0; i < http->tenant_count; ++i)
		if (!only || strcmp(only, http->tenants[i].name) == 0)
			usher__add(&centers,
				   json_string(http->tenants[i].name));
	json = json_pack("{s:s,s:o}", "version", usher_version(), "centers",
			 centers);
	usher__reply_json(reply, 200, json);
}

/* Which center: named in the path, or the token's, or the first. */
static int find_center(struct usher__http *http, struct usher__request *req,
		       char **rest, struct usher__reply *reply)
{
	static const char prefix[] = "/centers/";
	const char *name = req->who.center;
	size_t len = name ? strlen(name) : 0;

	if (strncmp(*rest, prefix, sizeof(prefix) - 1) == 0) {
		const char *named = *rest + sizeof(prefix) - 1;
		size_t named_len = strcspn(named, "/");

		if (name &&
		    (named_len != len || memcmp(name, named, len) != 0)) {
			usher__reply_error(reply, 403, "forbidden",
					   "the token is for another center");
			return -1;
		}
		name = named;
		len = named_len;
		*rest += sizeof(prefix) - 1 + named_len;
	}
	for (req->center = 0; name && req->center < http->tenant_count;
	     ++req->center)
		if (strlen(http->tenants[req->center].name) == len &&
		    memcmp(http->tenants[req->center].name, name, len) == 0)
			return 0;
	if (!name && http->tenant_count)
		return 0;
	not_found(reply);
	return -1;
}

static void route(struct usher__http *http, struct usher__request *req,
		  struct usher__reply *reply)
{
	char path[USHER__HTTP_PATH_MAX];
	char *rest = path + sizeof(API) - 1;

	snprintf(path, sizeof(path), "%s", req->path);
	if (strncmp(path, API "/bans", sizeof(API "/bans") - 1) == 0 &&
	    (!rest[5] || rest[5] == '/')) {
		usher__bans_handle(http, req, rest + 5, reply);
		return;
	}
	if (req->method == USHER__DELETE) {
		usher__reply_error(reply, 405, "method",
				   "only a ban can be deleted");
		return;
	}
	if (strcmp(path, "/metrics") == 0 && req->method != USHER__POST) {
		if (whole(req, reply))
			usher__openmetrics(http, req->who.center, reply);
		return;
	}
	if (strncmp(path, API, sizeof(API) - 1) != 0) {
		if (req->method == USHER__POST || !usher__page(path, reply))
			not_found(reply);
		return;
	}
	if (!*rest || strcmp(rest, "/") == 0)
		index_json(http, req, reply);
	else if (*rest != '/')
		not_found(reply);
	else if (find_center(http, req, &rest, reply) == 0)
		in_center(http, req, rest, reply);
}

void usher__api_handle(struct usher__http *http, struct usher__request *req,
		       struct usher__reply *reply)
{
	if (!usher__api_refuse(http, req, reply))
		route(http, req, reply);
	++http->stats.requests;
	if (reply->status == 429 || reply->status == 503)
		++http->stats.limited;
	else if (reply->status >= 500)
		++http->stats.errors;
	else if (reply->status >= 400)
		++http->stats.refused;
}

static void tell(struct usher__reply *reply, int status, const char *result,
		 uint64_t request)
{
	usher__reply_free(reply);
	reply->status = status;
	reply->type = "application/json";
	snprintf(reply->small, sizeof(reply->small),
		 "{\"result\":\"%s\",\"request\":\"%" PRIu64 "\"}", result,
		 request);
	reply->fixed = reply->small;
	reply->len = strlen(reply->small);
}

/* Without memory: who heard a 503 would ask for it once more. */
void usher__api_outcome(struct usher__reply *reply, uint64_t request,
			int result, const char *reason)
{
	if (result == 0)
		tell(reply, 200, "done", request);
	else if (result > 0)
		/* Not known in time: it may still happen. */
		tell(reply, 202, "accepted", request);
	else
		usher__reply_code(reply, result, reason);
}
