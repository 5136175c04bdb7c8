/* What the files of lib/http share. Everything here belongs to the HTTP
 * thread, but for what says otherwise. */
#ifndef USHER_HTTP_PRIV_H
#define USHER_HTTP_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include <jansson.h>
#include <libwebsockets.h>

#include <usher/store.h>

#include "http/http.h"

/* ---- access.c: who may do what --------------------------------------- */

struct usher__facts_entry {
	char *address;
	char *flow;
};

struct usher__facts_center {
	struct usher__facts_entry *entries;
	size_t entry_count;
};

struct usher__facts_token {
	char *token;
	char *center; /* or NULL */
	char *agent;  /* or NULL */
};

/* What of a configuration HTTP looks at; replaced as a whole on reload. */
struct usher__facts {
	struct usher__facts_token *tokens;
	size_t token_count;
	char **hosts;
	size_t host_count;
	struct usher__facts_center *centers;
	size_t center_count;
	bool mask_numbers;
};

/* On whose behalf a request comes. */
struct usher__who {
	bool all;           /* every center, every agent */
	uint64_t number;    /* of the token, from 1; 0 without tokens */
	const char *center; /* this one only, or NULL */
	const char *agent;  /* as this one only, or NULL */
};

/* Is the Host header one of ours? Against DNS rebinding. */
bool usher__host_ours(const struct usher__facts *facts, const char *host);
/* Is the Origin header, if there is one, the host itself? */
bool usher__origin_ours(const struct usher__facts *facts, const char *origin,
			const char *host);
/* "Bearer …" or a bare token. 0 or USHER_EPERM. */
int usher__token_check(const struct usher__facts *facts, const char *token,
		       struct usher__who *ret);

/* ---- limit.c, peer.c: token buckets and connections by peer
 * ----------------------------------- */

#define USHER__BUCKETS 256u

struct usher__bucket {
	int64_t at_us;
	uint32_t left_milli; /* thousandths of a request */
	uint32_t fails_milli;
};

/* Who a connection comes from: an address, or the network of 64 bits that a
 * peer with IPv6 has to itself. */
struct usher__peer {
	unsigned char address[16];
	bool taken;
};

/* Has the peer of this socket USHER__HTTP_PEER_MAX connections already?
 * peers: a table of USHER__HTTP_CONNECTIONS_MAX. */
bool usher__peer_full(const struct usher__peer *peers, int fd);
/* A place for a new connection, given back by taken = false; NULL: none. */
struct usher__peer *usher__peer_take(struct usher__peer *peers, int fd);

/* True while the peer may go on; takes one. fail: of its wrong tokens. */
bool usher__bucket_take(struct usher__bucket *buckets, const char *peer,
			int64_t now_us, bool fail);

/* ---- request and reply ------------------------------------------------ */

enum usher__method {
	USHER__GET,
	USHER__HEAD,
	USHER__POST,
	USHER__DELETE, /* of a ban */
	USHER__OTHER
};

struct usher__request {
	enum usher__method method;
	char path[USHER__HTTP_PATH_MAX];
	char args[USHER__HTTP_ARGS_MAX][USHER__HTTP_ARG_MAX]; /* "k=v" */
	size_t arg_count;
	char host[256];
	char origin[256];
	char content_type[128];
	char token[USHER__CONF_SECRET_MAX + 16];
	char peer[64];
	bool upgrade; /* to a WebSocket */
	const char *body;
	size_t body_len;
	struct usher__who who;
	size_t center; /* index, once the route is known */
};

/* Room for an error, of which each byte may be escaped, in six. */
#define USHER__REPLY_SMALL (6 * USHER_ERROR_MESSAGE_MAX + 128)

struct usher__reply {
	int status;
	const char *type;   /* static */
	const char *header; /* one more, "Name: value\r\n", static, or NULL */
	char *body;         /* malloc, or NULL */
	const char *fixed;  /* instead: static, or small */
	size_t len;
	uint64_t pending; /* id of a request whose outcome is the answer */
	bool stream;      /* go on as a WebSocket */
	char small[USHER__REPLY_SMALL]; /* what is said without memory */
};

struct usher__tenant {
	struct usher_center *center;
	const char *name;
	char *state_dir;
	struct usher_reader *reader;    /* of everything, for outcomes */
	struct usher_history *history;  /* opened when first asked for */
	bool dirty;                     /* something happened since live */
	struct usher_snapshot *live_of; /* newest state shown */
	char *live;                     /* the same as JSON */
	size_t live_len;
	uint64_t live_version;
	int64_t live_at_us;
};

struct usher__http_stats {
	uint64_t requests;
	uint64_t refused; /* 4xx */
	uint64_t limited; /* 429 and 503 */
	uint64_t errors;  /* 5xx */
	uint64_t streams_lagged;
	uint64_t streams_refused; /* over a limit */
	uint32_t connections;
	uint32_t streams;
};

struct usher__conn;

struct usher__http {
	struct lws_context *context;
	struct lws_vhost *vhost;
	pid_t pid; /* whose threads and descriptors these are */
	pthread_t thread;
	bool thread_started;
	atomic_bool stop;
	pthread_mutex_t lock; /* of next_facts */
	struct usher__facts *next_facts;
	struct usher__facts *facts;
	struct usher__tenant *tenants;
	size_t tenant_count;
	struct usher_host *host;
	struct usher__listen listen;
	usher_log_fn *log;
	void *log_arg;
	int epoll_fd; /* of all readers; lws watches it alone */
	struct lws *epoll_wsi;
	struct usher__conn *pending; /* waiting for an outcome */
	struct usher__conn *streams;
	size_t pending_count;
	lws_sorted_usec_list_t live_timer;
	lws_sorted_usec_list_t pending_timer;
	bool live_scheduled;
	struct usher__bucket buckets[USHER__BUCKETS];
	struct usher__peer peers[USHER__HTTP_CONNECTIONS_MAX];
	struct usher__http_stats stats;
	char *event; /* room for one as JSON */
	size_t event_cap;
};

/* clock.c: monotonic. */
int64_t usher__now_us(void);

/* http.c */
void usher__http_log(struct usher__http *http, int level, const char *fmt, ...)
	USHER_PRINTF(3, 4);

/* utf8.c: bytes of the valid character at text; 0: there is none. */
size_t usher__utf8(const char *text, size_t len);

/* body.c */
#define USHER__BODY_MEMBERS_MAX 16u

struct usher__member {
	const char *name;
	const char *value; /* NULL: no string */
	int truth;         /* 1 true, 0 false, -1 neither */
};

struct usher__body {
	struct usher__member members[USHER__BODY_MEMBERS_MAX];
	size_t count;
	char room[USHER__HTTP_BODY_MAX];
};

/* 0, or an error with the reply to it. No memory is taken. What is behind a
 * value that is neither string nor truth is not read. */
int usher__body_read(struct usher__body *body, const char *text, size_t len,
		     struct usher__reply *reply);
bool usher__body_has(const struct usher__body *body, const char *name);
const char *usher__body_get(const struct usher__body *body, const char *name);
/* 1 true, 0 false, -1: neither, or not there. */
int usher__body_truth(const struct usher__body *body, const char *name);

/* reply.c */
/* Whole or not at all: with value NULL (no memory), or when it cannot be
 * added, the object or array is freed and NULL from then on. */
void usher__put(json_t **object, const char *name, json_t *value);
void usher__add(json_t **array, json_t *value);
/* A string of outside, whatever its bytes are. NULL: no memory. */
json_t *usher__json_text(const char *text);
json_t *usher__json_textn(const char *text, size_t len);
/* Takes json over. NULL: no memory; json may be NULL for the same reason. */
char *usher__json_dump(json_t *json, size_t *ret_len);
/* NULL is no memory: 503. */
void usher__reply_json(struct usher__reply *reply, int status, json_t *json);
/* Takes no memory, like all that follows. */
void usher__reply_error(struct usher__reply *reply, int status,
			const char *code, const char *fmt, ...)
	USHER_PRINTF(4, 5);
/* The status of a USHER_E… and its name in JSON. */
void usher__reply_code(struct usher__reply *reply, int code,
		       const char *message);
void usher__reply_free(struct usher__reply *reply);
json_t *usher__json_id(uint64_t id);
/* Unsigned decimal; 0 or -1. */
int usher__parse_u64(const char *text, uint64_t *ret);
/* Value of an argument of the query, or NULL. */
const char *usher__arg(const struct usher__request *req, const char *name);

/* api.c: everything but the transport. */
void usher__api_handle(struct usher__http *http, struct usher__request *req,
		       struct usher__reply *reply);
/* May it be refused before its body is read? Fills in the reply then. */
bool usher__api_refuse(struct usher__http *http, struct usher__request *req,
		       struct usher__reply *reply);
/* The outcome of a pending action. */
void usher__api_outcome(struct usher__reply *reply, uint64_t request,
			int result, const char *reason);

/* state.c */
struct usher__view {
	const struct usher__tenant *tenant;
	const struct usher_snapshot *snapshot;
	const struct usher__facts_center *facts;
	const char *own_agent; /* whose callers are shown in full, or NULL */
	bool mask;
};

json_t *usher__state_json(const struct usher__view *view);
json_t *usher__queue_json(const struct usher__view *view,
			  const struct usher_snapshot_queue *queue);
json_t *usher__agent_json(const struct usher_snapshot_agent *agent);
json_t *usher__contact_json(const struct usher__view *view,
			    const struct usher_snapshot_contact *contact);
json_t *usher__figures_json(const struct usher__view *view, int32_t span);
/* "+36301234567" to "+3630•••••67", in buf. */
const char *usher__mask(const char *text, char *buf, size_t size);

/* explain.c: /contacts/ID/explain */
void usher__explain_handle(struct usher__http *http,
			   struct usher__request *req, const char *id,
			   const char *what, struct usher__reply *reply);

/* messages.c: 0, or what is still to be answered. */
int usher__messages(struct usher__tenant *tenant,
		    const struct usher_history_query *query,
		    struct usher__reply *reply);

/* history.c: what is after /history/. */
void usher__history_handle(struct usher__http *http,
			   struct usher__request *req, const char *what,
			   struct usher__reply *reply);
/* The arguments of a query, of a history that is open then; 0, or an error
 * with the reply to it. */
int usher__history_query(struct usher__http *http, struct usher__request *req,
			 struct usher_history_query *q,
			 struct usher__reply *reply);
/* A number up to max, if it is there; 0, or an error with the reply to it. */
int usher__number_arg(const struct usher__request *req, const char *name,
		      uint64_t max, uint64_t *ret, struct usher__reply *reply);
/* A reader at an event; *ret_first is the oldest that it can give where that
 * is another one. */
int usher__reader_at(struct usher__tenant *tenant, uint64_t seq,
		     struct usher_reader **ret, uint64_t *ret_first);
/* The reply where an event, and what follows it, is not in history yet. */
void usher__tell_behind(struct usher__reply *reply, uint64_t seq);

/* events.c: what is after /events. */
/* An event as JSON, until the next one; NULL: no memory. */
const char *usher__event_text(struct usher__http *http,
			      const struct usher_event *ev, size_t *ret_len);
void usher__events_handle(struct usher__http *http, struct usher__request *req,
			  struct usher__reply *reply);

/* act.c: POST; sets reply->pending when the center took it. */
void usher__act_agent(struct usher__http *http, struct usher__request *req,
		      const char *agent, const char *action,
		      struct usher__reply *reply);
void usher__act_contact(struct usher__http *http, struct usher__request *req,
			const char *contact, const char *action,
			struct usher__reply *reply);
void usher__act_queue(struct usher__http *http, struct usher__request *req,
		      const char *queue, const char *action,
		      struct usher__reply *reply);

/* bans.c: what is after /bans. */
void usher__bans_handle(struct usher__http *http,
			const struct usher__request *req, const char *rest,
			struct usher__reply *reply);

/* openmetrics.c */
/* center: this one alone, or NULL */
void usher__openmetrics(struct usher__http *http, const char *center,
			struct usher__reply *reply);

/* page.c */
bool usher__page(const char *path, struct usher__reply *reply);

/* conn.c: one connection under lws; stream.c: one that became a WebSocket. */
struct usher__conn {
	struct usher__conn *next; /* in http->pending or http->streams */
	struct usher__http *http;
	struct lws *wsi;
	struct usher__request *request; /* while it is read and answered */
	struct usher__reply reply;
	char *body; /* of the request */
	size_t body_len;
	size_t sent; /* of the reply's body */
	int64_t deadline_us;
	bool head; /* without a body */
	bool headers_sent;
	bool waiting;   /* linked in http->pending */
	bool streaming; /* linked in http->streams */
	bool hang_up;   /* after the reply: the rest of a body is unread */
	/* A WebSocket from here on */
	bool live;   /* states instead of events */
	char *agent; /* whose token it is, or NULL */
	bool paused; /* its reader is not watched: the socket is full */
	size_t center;
	uint64_t live_version;
	struct usher_snapshot *snapshot; /* to greet with, or NULL */
	struct usher_reader *reader;
};

/* request.c: the head of a request. Fills in the reply of a refusal; 0 or the
 * USHER_E… of it. */
int usher__request_read(struct usher__http *http, struct lws *wsi,
			struct usher__request *req,
			struct usher__reply *reply);

/* pending.c: waiting for the outcome that reply.pending names. */
void usher__conn_wait(struct usher__conn *conn);
void usher__conn_unwait(struct usher__conn *conn);
/* The reply is there: write it. */
void usher__conn_answer(struct usher__conn *conn);
/* A center tells the outcome of a request; somebody may wait for it. */
void usher__conn_outcome(struct usher__http *http, size_t center,
			 const struct usher_event *ev);
void usher__pending_tick(lws_sorted_usec_list_t *timer);

/* stream.c; 0, or -1 to close */
int usher__stream_open(struct usher__conn *conn, struct usher__request *req);
int usher__stream_write(struct usher__conn *conn);
void usher__stream_close(struct usher__conn *conn);
/* Something can be read from readers. */
void usher__readers_wake(struct usher__http *http);
/* Tell wallboards, at most each USHER__HTTP_LIVE_MS. */
void usher__live_tick(lws_sorted_usec_list_t *timer);

/* port.c: can this address and port be bound? Port 0 always. 0 or -1. */
int usher__port_taken(const struct usher__listen *at);

#endif
