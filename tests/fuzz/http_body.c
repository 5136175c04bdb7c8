/*
 * The body alone, as jansson reads it too: what we take it takes, and says the
 * same. Then a request of a stranger, as the transport hands it on: the first
 * line is the path below /api/v1/, the second the query, the rest the body.
 */
#include <assert.h>
#include <string.h>

#include <http/priv.h>

#include "../unit/http/fake.c"

static struct usher__http http;
static struct usher__tenant tenant;
static struct usher_center *center;

static void prepare(void)
{
	struct usher__conf *conf = calloc(1, sizeof(*conf));

	center = fake_new("demo");
	fake_queue(center, "sales");
	fake_agent(center, "anna");
	fake_contact(center, "+36301234567");
	fake_answer(center, FAKE_SILENT, 0, NULL);
	tenant.center = center;
	tenant.name = "demo";
	http.tenants = &tenant;
	http.tenant_count = 1;
	if (usher__facts_new(&http.facts, conf))
		abort();
	free(conf);
}

static const char *take_line(const uint8_t **data, size_t *size, char *buf,
			     size_t cap)
{
	size_t n = 0;

	while (n < *size && (*data)[n] != '\n')
		++n;
	snprintf(buf, cap, "%.*s", (int)n, (const char *)*data);
	*data += n + (n < *size);
	*size -= n + (n < *size);
	return buf;
}

static void same(const json_t *json, const struct usher__member *member)
{
	if (member->value)
		assert(strcmp(json_string_value(json), member->value) == 0);
	else
		assert(member->truth ? json_is_true(json)
				     : json_is_false(json));
}

static void compare(const char *text, size_t size)
{
	static struct usher__body body;
	struct usher__reply reply = {0};
	bool strings = true;
	json_t *json;

	if (!size || size > USHER__HTTP_BODY_MAX)
		return;
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	if (usher__body_read(&body, text, size, &reply)) {
		assert(reply.status == 400);
		assert(!json_is_object(json) ||
		       json_object_size(json) > USHER__BODY_MEMBERS_MAX);
	} else {
		for (size_t i = 0; i < body.count; ++i)
			strings = strings && (body.members[i].value ||
					      body.members[i].truth >= 0);
		assert(!strings || json_object_size(json) == body.count);
		for (size_t i = 0; strings && i < body.count; ++i)
			same(json_object_get(json, body.members[i].name),
			     &body.members[i]);
	}
	json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct usher__request req;
	struct usher__reply reply = {0};
	char rest[USHER__HTTP_PATH_MAX - 16];
	uint8_t *body;

	if (!center)
		prepare();
	memset(&req, 0, sizeof(req));
	memset(http.buckets, 0, sizeof(http.buckets));
	snprintf(req.path, sizeof(req.path), "/api/v1/%s",
		 take_line(&data, &size, rest, sizeof(rest)));
	take_line(&data, &size, req.args[0], sizeof(req.args[0]));
	req.arg_count = 1;
	req.method = size ? USHER__POST : USHER__GET;
	strcpy(req.host, "127.0.0.1");
	strcpy(req.content_type, "application/json");
	/* A copy of its own, so that reading beyond its end is seen. */
	body = malloc(size ? size : 1);
	memcpy(body, data, size);
	compare((const char *)body, size);
	req.body = (const char *)body;
	req.body_len = size;
	usher__api_handle(&http, &req, &reply);
	assert(reply.pending || (reply.status >= 200 && reply.status < 600) ||
	       reply.stream);
	usher__reply_free(&reply);
	free(body);
	return 0;
}
