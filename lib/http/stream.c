/*
 * WebSockets: events from a cursor, and states for wallboards.
 *
 * A stream of events has a reader of its own. While its socket is full the
 * reader is not watched; if the center forgets events meanwhile, the client
 * is told where it goes on. Nobody else waits for it.
 *
 * States are made once for all wallboards of a center, at most one each
 * USHER__HTTP_LIVE_MS, only while somebody looks, and otherwise each
 * HEARTBEAT, so that a board knows that silence is calm and not a dead line.
 * Where the configuration shows numbers, an agent's token still sees those of
 * other agents' callers masked: such a board gets a text of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "http/priv.h"

#define HEARTBEAT_US (INT64_C(10) * 1000000)
/* Events taken for outcomes in one turn of the loop. */
#define TURN 1000
/* Readers looked at in one turn. */
#define READY 32

static int send_text(struct usher__conn *conn, const char *text, size_t len)
{
	unsigned char *buf = malloc(LWS_PRE + len);
	int n;

	if (!buf)
		return -1;
	memcpy(buf + LWS_PRE, text, len);
	n = lws_write(conn->wsi, buf + LWS_PRE, len, LWS_WRITE_TEXT);
	free(buf);
	return n < (int)len ? -1 : 0;
}

static void watch(struct usher__conn *conn, bool on)
{
	struct epoll_event ev = {0};

	ev.events = on ? EPOLLIN : 0;
	ev.data.ptr = conn;
	epoll_ctl(conn->http->epoll_fd, EPOLL_CTL_MOD,
		  usher_reader_fd(conn->reader), &ev);
	conn->paused = !on;
}

/* ---- states for wallboards -----------------------------------------------
 */

/* A state as JSON, for everybody or for one agent; NULL: no memory. */
static char *live_text(const struct usher__http *http, size_t center,
		       const struct usher_snapshot *snapshot,
		       const char *agent, size_t *ret_len)
{
	struct usher__view view = {0};

	view.tenant = &http->tenants[center];
	view.snapshot = snapshot;
	view.mask = http->facts->mask_numbers || agent;
	if (!http->facts->mask_numbers)
		view.own_agent = agent;
	if (center < http->facts->center_count)
		view.facts = &http->facts->centers[center];
	return usher__json_dump(
		json_pack("{s:o}", "state", usher__state_json(&view)),
		ret_len);
}

static int make_live(struct usher__http *http, size_t center)
{
	struct usher__tenant *t = &http->tenants[center];
	struct usher_snapshot *snapshot;
	size_t len = 0;
	char *text;
	int e = usher_center_snapshot(t->center, &snapshot);

	if (e)
		return e;
	text = live_text(http, center, snapshot, NULL, &len);
	if (!text) {
		usher_snapshot_unref(snapshot);
		return USHER_ENOMEM;
	}
	usher_snapshot_unref(t->live_of);
	t->live_of = snapshot;
	free(t->live);
	t->live = text;
	t->live_len = len;
	t->live_at_us = usher__now_us();
	t->dirty = false;
	++t->live_version;
	return 0;
}

static bool watched(const struct usher__http *http, size_t center)
{
	const struct usher__conn *s = http->streams;

	while (s && !(s->live && s->center == center))
		s = s->next;
	return s != NULL;
}

static void schedule_live(struct usher__http *http, int64_t delay_us)
{
	lws_sul_schedule(http->context, 0, &http->live_timer, usher__live_tick,
			 delay_us > 0 ? delay_us : 1);
}

/* When a center's wallboards are due; -1: there are none. */
static int64_t live_due(struct usher__http *http, size_t center)
{
	const struct usher__tenant *t = &http->tenants[center];

	if (!watched(http, center))
		return -1;
	return t->live_at_us +
	       (t->dirty ? USHER__HTTP_LIVE_MS * INT64_C(1000) : HEARTBEAT_US);
}

static void plan_live(struct usher__http *http)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < http->tenant_count; ++i) {
		int64_t due = live_due(http, i);

		if (due >= 0 && due < next)
			next = due;
	}
	if (next != INT64_MAX)
		schedule_live(http, next - usher__now_us());
}

void usher__live_tick(lws_sorted_usec_list_t *timer)
{
	struct usher__http *http =
		lws_container_of(timer, struct usher__http, live_timer);
	int64_t now = usher__now_us();

	for (size_t i = 0; i < http->tenant_count; ++i) {
		int64_t due = live_due(http, i);

		if (due < 0 || due > now)
			continue;
		if (make_live(http, i))
			http->tenants[i].live_at_us = now;
		for (struct usher__conn *s = http->streams; s; s = s->next)
			if (s->live && s->center == i)
				lws_callback_on_writable(s->wsi);
	}
	plan_live(http);
}

static int write_live(struct usher__conn *conn)
{
	const struct usher__tenant *t = &conn->http->tenants[conn->center];
	size_t len = 0;
	char *text;
	int e;

	if (!t->live || conn->live_version == t->live_version)
		return 0;
	conn->live_version = t->live_version;
	if (!conn->agent || conn->http->facts->mask_numbers)
		return send_text(conn, t->live, t->live_len);
	text = live_text(conn->http, conn->center, t->live_of, conn->agent,
			 &len);
	if (!text)
		return -1;
	e = send_text(conn, text, len);
	free(text);
	return e;
}

/* ---- events ---------------------------------------------------------------
 */

static int write_greeting(struct usher__conn *conn)
{
	struct usher__http *http = conn->http;
	struct usher__view view = {0};
	size_t len = 0;
	char *text;
	int e;

	view.tenant = &http->tenants[conn->center];
	view.snapshot = conn->snapshot;
	if (conn->center < http->facts->center_count)
		view.facts = &http->facts->centers[conn->center];
	text = usher__json_dump(
		json_pack("{s:o}", "snapshot", usher__state_json(&view)),
		&len);
	usher_snapshot_unref(conn->snapshot);
	conn->snapshot = NULL;
	if (!text)
		return -1;
	e = send_text(conn, text, len);
	free(text);
	return e;
}

static int write_lagged(struct usher__conn *conn, uint64_t resume)
{
	char text[80];
	int n = snprintf(text, sizeof(text),
			 "{\"lagged\":true,\"resume_at\":\"%" PRIu64 "\"}",
			 resume);

	++conn->http->stats.streams_lagged;
	return send_text(conn, text, (size_t)n);
}

static int write_events(struct usher__conn *conn)
{
	struct usher__http *http = conn->http;

	if (conn->snapshot && write_greeting(conn))
		return -1;
	while (!lws_send_pipe_choked(conn->wsi)) {
		const struct usher_event *ev = usher_reader_next(conn->reader);
		const char *text = NULL;
		uint64_t resume;
		size_t len = 0;

		/* Rather cut off than sent on with one missing. */
		if (ev && !(text = usher__event_text(http, ev, &len)))
			return -1;
		if (usher_reader_lagged(conn->reader, &resume) &&
		    write_lagged(conn, resume))
			return -1;
		if (!ev) {
			watch(conn, true);
			return 0;
		}
		if (send_text(conn, text, len))
			return -1;
	}
	lws_callback_on_writable(conn->wsi);
	return 0;
}

int usher__stream_write(struct usher__conn *conn)
{
	if (!conn->streaming)
		return 0;
	return conn->live ? write_live(conn) : write_events(conn);
}

static int open_reader(struct usher__conn *conn, struct usher__request *req)
{
	struct usher_center *center = conn->http->tenants[conn->center].center;
	struct usher_reader_opts opts = {0};
	struct epoll_event ev = {0};
	const char *from = usher__arg(req, "from");

	opts.size = sizeof(opts);
	if (from && (usher__parse_u64(from, &opts.from_seq) || !opts.from_seq))
		return -1;
	if (!from) {
		if (usher_center_snapshot(center, &conn->snapshot))
			return -1;
		opts.from_seq = usher_snapshot_seq(conn->snapshot) + 1;
	}
	if (usher_reader_new(&conn->reader, center, &opts, NULL))
		return -1;
	ev.data.ptr = conn;
	conn->paused = true;
	return epoll_ctl(conn->http->epoll_fd, EPOLL_CTL_ADD,
			 usher_reader_fd(conn->reader), &ev);
}

int usher__stream_open(struct usher__conn *conn, struct usher__request *req)
{
	struct usher__http *http = conn->http;
	struct usher__tenant *t;
	const char *end = strrchr(req->path, '/');

	conn->center = req->center;
	conn->live = end && strcmp(end, "/live") == 0;
	conn->streaming = true;
	conn->next = http->streams;
	http->streams = conn;
	++http->stats.streams;
	if (req->who.agent) {
		conn->agent = strdup(req->who.agent);
		if (!conn->agent)
			return -1;
	}
	t = &http->tenants[conn->center];
	if (!conn->live && open_reader(conn, req))
		return -1;
	if (conn->live &&
	    (!t->live || t->dirty ||
	     usher__now_us() - t->live_at_us > HEARTBEAT_US) &&
	    make_live(http, conn->center))
		return -1;
	if (conn->live)
		plan_live(http);
	lws_callback_on_writable(conn->wsi);
	return 0;
}

void usher__stream_close(struct usher__conn *conn)
{
	struct usher__http *http = conn->http;
	struct usher__conn **at;

	if (!conn->streaming)
		return;
	for (at = &http->streams; *at != conn;)
		at = &(*at)->next;
	*at = conn->next;
	conn->streaming = false;
	free(conn->agent);
	conn->agent = NULL;
	--http->stats.streams;
	if (conn->reader)
		epoll_ctl(http->epoll_fd, EPOLL_CTL_DEL,
			  usher_reader_fd(conn->reader), NULL);
	usher_reader_free(conn->reader);
	conn->reader = NULL;
	if (conn->snapshot)
		usher_snapshot_unref(conn->snapshot);
	conn->snapshot = NULL;
}

/* ---- what readers say ------------------------------------------------------
 */

static void drain_tenant(struct usher__http *http, size_t center)
{
	struct usher__tenant *t = &http->tenants[center];
	const struct usher_event *ev;
	uint64_t resume;

	for (int i = 0; i < TURN; ++i) {
		ev = usher_reader_next(t->reader);
		if (!ev)
			break;
		t->dirty = true;
		if (ev->type == USHER_EV_REQUEST_DONE)
			usher__conn_outcome(http, center, ev);
	}
	/* Outcomes lost this way end in 202: their events can be read. */
	if (usher_reader_lagged(t->reader, &resume))
		t->dirty = true;
}

void usher__readers_wake(struct usher__http *http)
{
	struct epoll_event ready[READY];
	bool main_reader = false;
	int n = epoll_wait(http->epoll_fd, ready, READY, 0);

	for (int i = 0; i < n; ++i) {
		struct usher__conn *conn = ready[i].data.ptr;

		if (conn) {
			watch(conn, false);
			lws_callback_on_writable(conn->wsi);
		} else {
			main_reader = true;
		}
	}
	if (!main_reader)
		return;
	for (size_t i = 0; i < http->tenant_count; ++i)
		drain_tenant(http, i);
	plan_live(http);
}
