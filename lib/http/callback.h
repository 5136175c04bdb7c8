/* Between http.c and conn.c: the callbacks of libwebsockets. */
#ifndef USHER_HTTP_CALLBACK_H
#define USHER_HTTP_CALLBACK_H

#include "http/priv.h"

int usher__http_callback(struct lws *wsi, enum lws_callback_reasons reason,
			 void *user, void *in, size_t len);
int usher__readers_callback(struct lws *wsi, enum lws_callback_reasons reason,
			    void *user, void *in, size_t len);

#endif
