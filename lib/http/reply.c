/* Answers: JSON, errors, and how error codes map to statuses. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/priv.h"

static const char type_json[] = "application/json";

void usher__reply_free(struct usher__reply *reply)
{
	free(reply->body);
	memset(reply, 0, sizeof(*reply));
}

void usher__reply_json(struct usher__reply *reply, int status, json_t *json)
{
	static const char nomem[] = "{\"error\":{\"code\":\"no_memory\","
				    "\"message\":\"out of memory\"}}\n";
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	usher__reply_free(reply);
	reply->type = type_json;
	if (!text) {
		reply->status = 500;
		reply->fixed = nomem;
		reply->len = sizeof(nomem) - 1;
		return;
	}
	reply->status = status;
	reply->body = text;
	reply->len = strlen(text);
}

void usher__reply_error(struct usher__reply *reply, int status,
			const char *code, const char *fmt, ...)
{
	char message[USHER_ERROR_MESSAGE_MAX];
	json_t *json;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	json = json_pack("{s:{s:s,s:s}}", "error", "code", code, "message",
			 message);
	/* A cut multi-byte character would not be UTF-8. */
	if (!json)
		json = json_pack("{s:{s:s,s:s}}", "error", "code", code,
				 "message", "no detail");
	usher__reply_json(reply, status, json);
	if (status == 401)
		reply->header = "WWW-Authenticate: Bearer realm=\"usher\"\r\n";
	if (status == 429 || status == 503)
		reply->header = "Retry-After: 1\r\n";
	if (status == 405)
		reply->header = "Allow: GET, HEAD, POST\r\n";
	if (status == 426)
		reply->header = "Upgrade: websocket\r\n";
}

void usher__reply_code(struct usher__reply *reply, int code,
		       const char *message)
{
	static const struct {
		int code;
		int status;
		const char *name;
	} map[] = {
		{USHER_EINVAL, 400, "invalid"},
		{USHER_ENOENT, 404, "not_found"},
		{USHER_EEXIST, 409, "exists"},
		{USHER_ENOMEM, 500, "no_memory"},
		{USHER_EFULL, 503, "full"},
		{USHER_EAGAIN, 503, "try_again"},
		{USHER_EBUSY, 503, "busy"},
		{USHER_ESTATE, 409, "wrong_state"},
		{USHER_ENOTSUP, 501, "not_supported"},
		{USHER_ECANCELED, 503, "canceled"},
		{USHER_ETIMEDOUT, 504, "timed_out"},
		{USHER_EIO, 500, "system"},
		{USHER_EPROTO, 502, "protocol"},
		{USHER_EPERM, 403, "forbidden"},
		{USHER_ECORRUPT, 500, "corrupt"},
		{USHER_ECLOSED, 503, "closed"},
	};

	if (!message || !*message)
		message = usher_strerror(code);
	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); ++i) {
		if (map[i].code != code)
			continue;
		usher__reply_error(reply, map[i].status, map[i].name, "%s",
				   message);
		return;
	}
	usher__reply_error(reply, 500, "unknown", "%s", message);
}

json_t *usher__json_id(uint64_t id)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, id);
	return json_string(text);
}

int usher__parse_u64(const char *text, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*text || strlen(text) > 20)
		return -1;
	for (; *text; ++text)
		if (*text < '0' || *text > '9' ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
			return -1;
	*ret = v;
	return 0;
}

const char *usher__arg(const struct usher__request *req, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < req->arg_count; ++i)
		if (strncmp(req->args[i], name, len) == 0 &&
		    req->args[i][len] == '=')
			return req->args[i] + len + 1;
	return NULL;
}
