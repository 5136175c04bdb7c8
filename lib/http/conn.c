/*
 * One connection.
 *
 *            head             body complete, or none
 *     idle ─────────▶ reading ──────────────┬──▶ answering ──▶ idle
 *       │                                   │        ▲
 *       │                   action accepted ▼        │ outcome, or too late
 *       │                                waiting ────┘
 *       │ upgrade
 *       └─────────▶ streaming (stream.c)
 *
 * Everything here runs on the HTTP thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/callback.h"

/* Bytes written at once; the loop serves others in between. */
#define CHUNK 8192
/* Room for the head of a reply. */
#define HEAD 2048

static const char security_headers[] =
	"X-Content-Type-Options: nosniff\r\n"
	"Referrer-Policy: no-referrer\r\n"
	"Cache-Control: no-store\r\n"
	"Content-Security-Policy: default-src 'none'; script-src 'self'; "
	"style-src 'self'; connect-src 'self'; img-src 'self'; "
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n";

static void conn_reset(struct usher__conn *conn)
{
	if (!conn->http)
		return;
	usher__conn_unwait(conn);
	usher__reply_free(&conn->reply);
	free(conn->request);
	free(conn->body);
	conn->request = NULL;
	conn->body = NULL;
	conn->body_len = 0;
	conn->sent = 0;
	conn->headers_sent = false;
	conn->head = false;
	conn->hang_up = false;
}

static int write_head(struct usher__conn *conn, bool body)
{
	unsigned char buf[LWS_PRE + HEAD];
	unsigned char *start = buf + LWS_PRE;
	unsigned char *p = start;
	unsigned char *end = buf + sizeof(buf);
	const struct usher__reply *r = &conn->reply;
	int n;

	if (lws_add_http_common_headers(conn->wsi, (unsigned)r->status,
					r->type, r->len, &p, end))
		return -1;
	n = snprintf((char *)p, (size_t)(end - p), "%s%s%s", security_headers,
		     r->header ? r->header : "",
		     conn->hang_up ? "Connection: close\r\n" : "");
	if (n < 0 || n >= end - p)
		return -1;
	p += n;
	if (lws_finalize_http_header(conn->wsi, &p, end))
		return -1;
	n = body ? LWS_WRITE_HTTP_HEADERS
		 : LWS_WRITE_HTTP_HEADERS | LWS_WRITE_H2_STREAM_END;
	if (lws_write(conn->wsi, start, (size_t)(p - start),
		      (enum lws_write_protocol)n) < 0)
		return -1;
	conn->headers_sent = true;
	return 0;
}

static int write_body(struct usher__conn *conn, bool *done)
{
	unsigned char buf[LWS_PRE + CHUNK];
	const struct usher__reply *r = &conn->reply;
	const char *from = r->body ? r->body : r->fixed;
	size_t n = r->len - conn->sent;

	*done = n <= CHUNK;
	if (n > CHUNK)
		n = CHUNK;
	memcpy(buf + LWS_PRE, from + conn->sent, n);
	if (lws_write(conn->wsi, buf + LWS_PRE, n,
		      *done ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0)
		return -1;
	conn->sent += n;
	return 0;
}

static int conn_write(struct usher__conn *conn)
{
	bool body;
	bool done = false;

	if (!conn->reply.status)
		return 0;
	body = !conn->head && conn->reply.len;
	if (!conn->headers_sent) {
		if (write_head(conn, body))
			return -1;
		done = !body;
	} else if (write_body(conn, &done)) {
		return -1;
	}
	if (!done) {
		lws_callback_on_writable(conn->wsi);
		return 0;
	}
	if (conn->hang_up)
		return -1;
	conn_reset(conn);
	return lws_http_transaction_completed(conn->wsi) ? -1 : 0;
}

static int conn_handle(struct usher__conn *conn)
{
	struct usher__request *req = conn->request;

	req->body = conn->body ? conn->body : "";
	req->body_len = conn->body_len;
	usher__api_handle(conn->http, req, &conn->reply);
	if (conn->reply.pending) {
		conn->center = req->center;
		usher__conn_wait(conn);
	} else {
		lws_callback_on_writable(conn->wsi);
	}
	return 0;
}

/* Neither a request nor its body can be kept. */
static int refuse_for_memory(struct usher__conn *conn)
{
	usher__reply_code(&conn->reply, USHER_ENOMEM, NULL);
	++conn->http->stats.requests;
	++conn->http->stats.limited;
	conn->hang_up = true;
	lws_callback_on_writable(conn->wsi);
	return 0;
}

/* The head is there. */
static int conn_begin(struct usher__conn *conn, struct usher__http *http,
		      struct lws *wsi)
{
	struct usher__request *req;

	conn_reset(conn);
	conn->http = http;
	conn->wsi = wsi;
	req = calloc(1, sizeof(*req));
	if (!req)
		return refuse_for_memory(conn);
	conn->request = req;
	if (usher__request_read(http, wsi, req, &conn->reply) ||
	    req->body_len > USHER__HTTP_BODY_MAX) {
		if (!conn->reply.status)
			usher__reply_error(&conn->reply, 413, "too_large",
					   "more than %u bytes",
					   USHER__HTTP_BODY_MAX);
		++http->stats.requests;
		++http->stats.refused;
		conn->hang_up = true;
		lws_callback_on_writable(wsi);
		return 0;
	}
	conn->head = req->method == USHER__HEAD;
	/* Without a length lws goes on reading a body that never comes. */
	conn->hang_up =
		req->method == USHER__POST &&
		!lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);
	if (!req->body_len)
		return conn_handle(conn);
	conn->body = malloc(req->body_len + 1);
	return conn->body ? 0 : refuse_for_memory(conn);
}

static int conn_body(struct usher__conn *conn, const char *in, size_t len)
{
	if (!len || !conn->request || conn->reply.status)
		return 0; /* nothing, or refused already: let it run dry */
	if (!conn->body || len > conn->request->body_len - conn->body_len)
		return -1;
	memcpy(conn->body + conn->body_len, in, len);
	conn->body_len += len;
	return 0;
}

static int conn_body_end(struct usher__conn *conn)
{
	if (!conn->request || !conn->body || conn->reply.status ||
	    conn->waiting)
		return 0;
	return conn_handle(conn);
}

/* WebSockets of whoever this is, so that one peer leaves some to others. */
static unsigned streams_of(const struct usher__http *http, struct lws *wsi)
{
	const struct usher__peer *peer = lws_get_opaque_user_data(wsi);
	const struct usher__peer *other;
	unsigned count = 0;

	for (struct usher__conn *s = http->streams; peer && s; s = s->next) {
		other = lws_get_opaque_user_data(s->wsi);
		count += other && memcmp(other->address, peer->address,
					 sizeof(peer->address)) == 0;
	}
	return count;
}

/* Is there room for one more? Else the reply says which limit it is. */
static bool stream_fits(struct usher__http *http, struct lws *wsi,
			struct usher__reply *reply)
{
	bool full = http->stats.streams >= USHER__HTTP_STREAMS_MAX;

	if (!full && streams_of(http, wsi) < USHER__HTTP_PEER_STREAMS_MAX)
		return true;
	++http->stats.streams_refused;
	++http->stats.limited;
	usher__reply_error(reply, 503, "full", "more than %u streams%s",
			   full ? USHER__HTTP_STREAMS_MAX
				: USHER__HTTP_PEER_STREAMS_MAX,
			   full ? "" : " of one peer");
	return false;
}

/* May this become a WebSocket? 0: yes; 1: answered; -1: hang up. */
static int confirm_upgrade(struct usher__http *http, struct lws *wsi)
{
	struct usher__request req;
	struct usher__reply reply = {0};
	char buf[LWS_PRE + HEAD + USHER_ERROR_MESSAGE_MAX * 6];
	int n;

	if (usher__request_read(http, wsi, &req, &reply) == 0) {
		/* Whatever else it is may not be carried out in passing. */
		if (req.method == USHER__GET)
			usher__api_handle(http, &req, &reply);
		else
			usher__reply_error(&reply, 405, "method",
					   "a WebSocket begins with GET");
	}
	if (reply.stream && stream_fits(http, wsi, &reply))
		return 0;
	if (reply.status < 400)
		usher__reply_error(&reply, 400, "upgrade",
				   "there is no WebSocket here");
	/* By hand: here lws does not know the request's version yet. */
	n = snprintf(buf + LWS_PRE, sizeof(buf) - LWS_PRE,
		     "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n"
		     "Content-Length: %zu\r\nConnection: close\r\n%s%s\r\n%s",
		     reply.status, "Refused", reply.type, reply.len,
		     security_headers, reply.header ? reply.header : "",
		     reply.body ? reply.body : reply.fixed);
	usher__reply_free(&reply);
	if (n > 0 && (size_t)n < sizeof(buf) - LWS_PRE)
		lws_write(wsi, (unsigned char *)buf + LWS_PRE, (size_t)n,
			  LWS_WRITE_HTTP_HEADERS);
	return -1;
}

static int established(struct usher__conn *conn, struct usher__http *http,
		       struct lws *wsi)
{
	struct usher__request req;
	struct usher__reply reply = {0};
	int e = usher__request_read(http, wsi, &req, &reply);

	memset(conn, 0, sizeof(*conn));
	conn->http = http;
	conn->wsi = wsi;
	if (!e) {
		/* Allowed a moment ago: this finds the center again. */
		usher__api_handle(http, &req, &reply);
		e = reply.stream ? 0 : USHER_EPERM;
	}
	usher__reply_free(&reply);
	return e ? -1 : usher__stream_open(conn, &req);
}

static int refuse_message(struct lws *wsi)
{
	static const char why[] = "nothing is to be sent here";

	lws_close_reason(wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION,
			 (unsigned char *)why, sizeof(why) - 1);
	return -1;
}

static void count_connection(struct usher__http *http, struct lws *wsi,
			     bool open)
{
	struct usher__peer *peer = lws_get_opaque_user_data(wsi);

	if (open) {
		peer = usher__peer_take(http->peers, lws_get_socket_fd(wsi));
		lws_set_opaque_user_data(wsi, peer);
		http->stats.connections += peer != NULL;
	} else if (peer) {
		lws_set_opaque_user_data(wsi, NULL);
		peer->taken = false;
		--http->stats.connections;
	}
}

/* in: the new socket, of which lws has made nothing yet. */
static int refuse_connection(const struct usher__http *http, const void *in)
{
	return http->stats.connections >= USHER__HTTP_CONNECTIONS_MAX ||
	       usher__peer_full(http->peers, (int)(intptr_t)in);
}

int usher__http_callback(struct lws *wsi, enum lws_callback_reasons reason,
			 void *user, void *in, size_t len)
{
	struct usher__http *http = lws_context_user(lws_get_context(wsi));
	struct usher__conn *conn = user;

	switch (reason) {
	case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
		return refuse_connection(http, in);
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
		count_connection(http, wsi, true);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		count_connection(http, wsi, false);
		return 0;
	case LWS_CALLBACK_HTTP:
		return conn_begin(conn, http, wsi);
	case LWS_CALLBACK_HTTP_BODY:
		return conn_body(conn, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return conn_body_end(conn);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return conn_write(conn);
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		if (conn)
			conn_reset(conn);
		return 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return confirm_upgrade(http, wsi);
	case LWS_CALLBACK_ESTABLISHED:
		return established(conn, http, wsi);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return usher__stream_write(conn);
	case LWS_CALLBACK_RECEIVE:
		return refuse_message(wsi);
	case LWS_CALLBACK_CLOSED:
		usher__stream_close(conn);
		return 0;
	default:
		return 0;
	}
}

int usher__readers_callback(struct lws *wsi, enum lws_callback_reasons reason,
			    void *user, void *in, size_t len)
{
	(void)user;
	(void)in;
	(void)len;
	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		usher__readers_wake(lws_context_user(lws_get_context(wsi)));
	return 0;
}
