/* Between http.c, conn.c and process.c: libwebsockets' own types. */
#ifndef USHER_HTTP_CALLBACK_H
#define USHER_HTTP_CALLBACK_H

#include "http/priv.h"

int usher__http_callback(struct lws *wsi, enum lws_callback_reasons reason,
			 void *user, void *in, size_t len);
int usher__readers_callback(struct lws *wsi, enum lws_callback_reasons reason,
			    void *user, void *in, size_t len);

/* process.c: lws_create_context(), leaving the host's process as it was. */
struct lws_context *
usher__http_context(const struct lws_context_creation_info *info);

#endif
