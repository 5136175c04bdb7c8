/* GET /bans: the sources whose SIP is not listened to; DELETE /bans/SOURCE
 * lifts one. They are the host's, so a token of one center is not enough. */
#include <stdlib.h>
#include <string.h>

#include "http/priv.h"

#define BANS_MAX 4096u /* listed; there can be no more */

static json_t *ban_json(const struct usher_ban *ban)
{
	return json_pack(
		"{s:s,s:s,s:I,s:I,s:I}", "source", ban->source, "reason",
		ban->reason, "left_s", (json_int_t)ban->left_s, "count",
		(json_int_t)ban->count, "dropped", (json_int_t)ban->dropped);
}

static void list(struct usher__http *http, struct usher__reply *reply)
{
	struct usher_ban *bans = calloc(BANS_MAX, sizeof(*bans));
	json_t *json = json_array();
	size_t count = 0;
	int e = bans ? usher_host_bans(http->host, bans, sizeof(*bans),
				       BANS_MAX, &count)
		     : USHER_ENOMEM;

	for (size_t i = 0; !e && i < count && i < BANS_MAX; ++i)
		usher__add(&json, ban_json(&bans[i]));
	free(bans);
	if (e) {
		json_decref(json);
		usher__reply_code(reply, e, NULL);
		return;
	}
	usher__reply_json(reply, 200, json);
}

static void lift(struct usher__http *http, const char *source,
		 struct usher__reply *reply)
{
	int e = usher_host_unban(http->host, source);

	if (e)
		usher__reply_code(reply, e,
				  e == USHER_ENOENT ? "it is not banned"
						    : "this is no address");
	else
		usher__reply_json(reply, 200,
				  json_pack("{s:s}", "result", "done"));
}

void usher__bans_handle(struct usher__http *http,
			const struct usher__request *req, const char *rest,
			struct usher__reply *reply)
{
	bool one = rest[0] == '/' && rest[1];

	if (req->who.agent || req->who.center)
		usher__reply_error(reply, 403, "forbidden",
				   "only with a token for everything");
	else if (one && req->method == USHER__DELETE)
		lift(http, rest + 1, reply);
	else if (!one && !*rest &&
		 (req->method == USHER__GET || req->method == USHER__HEAD))
		list(http, reply);
	else
		usher__reply_error(reply, 405, "method",
				   "GET /bans, DELETE /bans/SOURCE");
}
