/*
 * The one file of libusher-server that touches what the whole process shares:
 * libwebsockets ignores SIGPIPE when a context is made, which is put back at
 * once, and logs to stderr unless it is told not to.
 */
#include <signal.h>

#include "http/callback.h"

struct lws_context *
usher__http_context(const struct lws_context_creation_info *info)
{
	struct lws_context *context;
	struct sigaction before;

	lws_set_log_level(0, NULL);
	sigaction(SIGPIPE, NULL, &before);
	context = lws_create_context(info);
	sigaction(SIGPIPE, &before, NULL);
	return context;
}
