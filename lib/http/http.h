/* HTTP around centers: REST, WebSocket, OpenMetrics, the wallboard. Only
 * public functions of usher/center.h and usher/store.h are behind it. */
#ifndef USHER_HTTP_HTTP_H
#define USHER_HTTP_HTTP_H

#include <stdbool.h>

#include <usher/center.h>

#include "config/config.h"

/* Limits. docs/http.md tells them to people. */
#define USHER__HTTP_CONNECTIONS_MAX  256u  /* open at once */
#define USHER__HTTP_PEER_MAX         128u  /* of one peer among them */
#define USHER__HTTP_STREAMS_MAX      64u   /* WebSockets among them */
#define USHER__HTTP_PEER_STREAMS_MAX 32u   /* of one peer among these */
#define USHER__HTTP_HEADERS_MAX      8192u /* bytes of a request's head */
#define USHER__HTTP_BODY_MAX         16384u
#define USHER__HTTP_ARGS_MAX         16u  /* of a query */
#define USHER__HTTP_ARG_MAX          256u /* bytes of one */
#define USHER__HTTP_PATH_MAX         512u
#define USHER__HTTP_PENDING_MAX      256u /* actions waiting for outcomes */
#define USHER__HTTP_RATE             100u /* requests a second and peer */
#define USHER__HTTP_BURST            300u
#define USHER__HTTP_FAIL_RATE        2u /* wrong tokens a second and peer */
#define USHER__HTTP_FAIL_BURST       10u
#define USHER__HTTP_CONTACTS_MAX     2000u /* in one state */
#define USHER__HTTP_ROWS_MAX         500u  /* of history at once */
#define USHER__HTTP_ROWS             100u  /* unless asked for */
#define USHER__HTTP_ANSWER_MS        2000u /* then 202 instead of an outcome */
#define USHER__HTTP_LIVE_MS          500u  /* a wallboard is told as often */

struct usher__http;

/* A center to serve. */
struct usher__http_center {
	struct usher_center *center;
	const char *state_dir; /* of its history; NULL: none */
	const struct usher__conf_center *conf;
};

struct usher__http_opts {
	const struct usher__conf *conf;
	const struct usher__http_center *centers;
	size_t center_count;
	struct usher_host *host;
	uint32_t port_tries;
	usher_log_fn *log;
	void *log_arg;
};

/*
 * Listen and start the thread.
 *
 * Returns 0, USHER_EEXIST (the port is taken), USHER_EIO, USHER_ENOMEM.
 */
int usher__http_new(struct usher__http **ret,
		    const struct usher__http_opts *opts,
		    struct usher_error *err);

/* Where it listens, with the port found. */
void usher__http_listen(const struct usher__http *http,
			struct usher__listen *ret);

struct usher__facts;

/* Tokens, hosts, masks and entries of a new configuration, made beforehand so
 * that nothing can fail any more when they are taken. 0 or USHER_ENOMEM. */
int usher__facts_new(struct usher__facts **ret,
		     const struct usher__conf *conf);
void usher__facts_free(struct usher__facts *facts);
/* Take them over, in the place of those that are there; any thread. */
void usher__http_configure(struct usher__http *http,
			   struct usher__facts *facts);

/* Close connections, stop the thread. NULL is fine. */
void usher__http_free(struct usher__http *http);

#endif
