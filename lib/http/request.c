/* The head of a request, out of libwebsockets and into one struct. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/priv.h"

/* How a page gives its token when it opens a WebSocket, where a script cannot
 * set headers: as a subprotocol that nobody speaks, in base64url. */
#define BEARER "usher.bearer."

static bool copy_header(struct lws *wsi, enum lws_token_indexes token,
			char *buf, size_t size)
{
	int len = lws_hdr_total_length(wsi, token);

	buf[0] = 0;
	if (len <= 0)
		return true;
	return lws_hdr_copy(wsi, buf, (int)size, token) == len;
}

static int base64url(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

static void decode_token(const char *text, char *out, size_t size)
{
	unsigned bits = 0;
	unsigned have = 0;
	size_t n = 0;

	for (; base64url(*text) >= 0 && n + 1 < size; ++text) {
		bits = bits << 6 | (unsigned)base64url(*text);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (char)(bits >> have & 0xff);
	}
	out[n] = 0;
}

static void read_token(struct lws *wsi, struct usher__request *req)
{
	char protocols[2 * USHER__CONF_SECRET_MAX];
	const char *bearer;

	if (!copy_header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, req->token,
			 sizeof(req->token)))
		req->token[0] = 0;
	if (req->token[0] || !req->upgrade ||
	    !copy_header(wsi, WSI_TOKEN_PROTOCOL, protocols,
			 sizeof(protocols)))
		return;
	bearer = strstr(protocols, BEARER);
	if (bearer)
		decode_token(bearer + sizeof(BEARER) - 1, req->token,
			     sizeof(req->token));
	explicit_bzero(protocols, sizeof(protocols));
}

static int read_method(struct lws *wsi, struct usher__request *req)
{
	static const struct {
		enum lws_token_indexes token;
		enum usher__method method;
	} methods[] = {
		{WSI_TOKEN_GET_URI, USHER__GET},
		{WSI_TOKEN_POST_URI, USHER__POST},
#if defined(LWS_WITH_HTTP_UNCOMMON_HEADERS) || defined(LWS_HTTP_HEADERS_ALL)
		{WSI_TOKEN_HEAD_URI, USHER__HEAD},
		{WSI_TOKEN_PUT_URI, USHER__OTHER},
		{WSI_TOKEN_PATCH_URI, USHER__OTHER},
		{WSI_TOKEN_DELETE_URI, USHER__DELETE},
#endif
		{WSI_TOKEN_OPTIONS_URI, USHER__OTHER},
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); ++i) {
		if (!lws_hdr_total_length(wsi, methods[i].token))
			continue;
		req->method = methods[i].method;
		return copy_header(wsi, methods[i].token, req->path,
				   sizeof(req->path))
			       ? 0
			       : USHER_EFULL;
	}
	req->method = USHER__OTHER;
	return 0;
}

static int read_args(struct lws *wsi, struct usher__request *req)
{
	for (int i = 0;; ++i) {
		char arg[USHER__HTTP_ARG_MAX];
		int n = lws_hdr_copy_fragment(wsi, arg, sizeof(arg),
					      WSI_TOKEN_HTTP_URI_ARGS, i);

		if (n < 0 &&
		    lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i))
			return USHER_EFULL;
		if (n < 0 || (n == 0 && i > 0))
			return 0;
		if (req->arg_count == USHER__HTTP_ARGS_MAX)
			return USHER_EFULL;
		memcpy(req->args[req->arg_count++], arg, (size_t)n + 1);
	}
}

static int read_length(struct lws *wsi, struct usher__request *req,
		       struct usher__reply *reply)
{
	char text[32];
	uint64_t len = 0;

	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING)) {
		usher__reply_error(reply, 411, "length",
				   "Content-Length is needed");
		return USHER_EINVAL;
	}
	if (!copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, text,
			 sizeof(text)) ||
	    (text[0] && usher__parse_u64(text, &len))) {
		usher__reply_error(reply, 400, "invalid",
				   "Content-Length is not a number");
		return USHER_EINVAL;
	}
	req->body_len = len;
	return 0;
}

int usher__request_read(struct usher__http *http, struct lws *wsi,
			struct usher__request *req, struct usher__reply *reply)
{
	int e;

	(void)http;
	memset(req, 0, sizeof(*req));
	lws_get_peer_simple(wsi, req->peer, sizeof(req->peer));
	req->upgrade = lws_hdr_total_length(wsi, WSI_TOKEN_UPGRADE) > 0;
	e = read_method(wsi, req);
	if (!e)
		e = read_args(wsi, req);
	if (e ||
	    !copy_header(wsi, WSI_TOKEN_HOST, req->host, sizeof(req->host)) ||
	    !copy_header(wsi, WSI_TOKEN_ORIGIN, req->origin,
			 sizeof(req->origin)) ||
	    !copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, req->content_type,
			 sizeof(req->content_type))) {
		usher__reply_error(reply, 431, "too_large",
				   "the request's head is too large");
		return USHER_EFULL;
	}
	read_token(wsi, req);
	return read_length(wsi, req, reply);
}
