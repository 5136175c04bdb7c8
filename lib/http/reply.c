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

void usher__put(json_t **object, const char *name, json_t *value)
{
	if (json_object_set_new(*object, name, value)) {
		json_decref(*object);
		*object = NULL;
	}
}

void usher__add(json_t **array, json_t *value)
{
	if (json_array_append_new(*array, value)) {
		json_decref(*array);
		*array = NULL;
	}
}

json_t *usher__json_textn(const char *text, size_t len)
{
	char *clean, *p;
	json_t *json;
	size_t n;

	clean = p = malloc(len + 1);
	if (!clean)
		return NULL;
	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = usher__utf8(text + i, len - i);
		if (n)
			p = mempcpy(p, text + i, n);
		else
			*p++ = '?';
	}
	json = json_stringn_nocheck(clean, (size_t)(p - clean));
	free(clean);
	return json;
}

json_t *usher__json_text(const char *text)
{
	return usher__json_textn(text, strlen(text));
}

/* Not by json_dumps(): its buffer leaves out, without a word, what it has no
 * memory for. */
char *usher__json_dump(json_t *json, size_t *ret_len)
{
	size_t len = json ? json_dumpb(json, NULL, 0, JSON_COMPACT) : 0;
	char *text = len ? malloc(len + 1) : NULL;

	if (text && json_dumpb(json, text, len, JSON_COMPACT) != len) {
		free(text);
		text = NULL;
	}
	json_decref(json);
	if (!text)
		return NULL;
	text[len] = 0;
	*ret_len = len;
	return text;
}

static void headers_of(struct usher__reply *reply)
{
	reply->type = type_json;
	if (reply->status == 401)
		reply->header = "WWW-Authenticate: Bearer realm=\"usher\"\r\n";
	if (reply->status == 429 || reply->status == 503)
		reply->header = "Retry-After: 1\r\n";
	if (reply->status == 405)
		reply->header = "Allow: GET, HEAD, POST, DELETE\r\n";
	if (reply->status == 426)
		reply->header = "Upgrade: websocket\r\n";
}

void usher__reply_json(struct usher__reply *reply, int status, json_t *json)
{
	size_t len = 0;
	char *text = usher__json_dump(json, &len);

	if (!text) {
		usher__reply_code(reply, USHER_ENOMEM, NULL);
		return;
	}
	usher__reply_free(reply);
	reply->status = status;
	reply->body = text;
	reply->len = len;
	headers_of(reply);
}

/* Text as the inside of a JSON string; a character that was cut is left. */
static void escape(char *out, const char *text)
{
	size_t len = strlen(text);
	size_t n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = usher__utf8(text + i, len - i);
		if ((unsigned char)text[i] < 0x20) {
			out += sprintf(out, "\\u%04x", (unsigned)text[i]);
			continue;
		}
		if (text[i] == '"' || text[i] == '\\')
			*out++ = '\\';
		out = mempcpy(out, text + i, n);
	}
	*out = 0;
}

void usher__reply_error(struct usher__reply *reply, int status,
			const char *code, const char *fmt, ...)
{
	char message[USHER_ERROR_MESSAGE_MAX];
	char escaped[6 * USHER_ERROR_MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	escape(escaped, message);
	usher__reply_free(reply);
	reply->status = status;
	snprintf(reply->small, sizeof(reply->small),
		 "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}", code,
		 escaped);
	reply->fixed = reply->small;
	reply->len = strlen(reply->small);
	headers_of(reply);
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
		{USHER_ENOMEM, 503, "no_memory"},
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
