/*
 * Connections whose answer is the outcome of a request that the center took:
 * they wait in one list until a reader tells it, or until it is too late.
 */
#include "http/priv.h"

void usher__conn_unwait(struct usher__conn *conn)
{
	struct usher__conn **at = &conn->http->pending;

	if (!conn->waiting)
		return;
	while (*at != conn)
		at = &(*at)->next;
	*at = conn->next;
	conn->next = NULL;
	conn->waiting = false;
	--conn->http->pending_count;
}

void usher__conn_answer(struct usher__conn *conn)
{
	usher__conn_unwait(conn);
	lws_callback_on_writable(conn->wsi);
}

void usher__conn_wait(struct usher__conn *conn)
{
	struct usher__http *http = conn->http;

	if (http->pending_count == USHER__HTTP_PENDING_MAX) {
		usher__api_outcome(&conn->reply, conn->reply.pending, 1, NULL);
		usher__conn_answer(conn);
		return;
	}
	conn->deadline_us =
		usher__now_us() + USHER__HTTP_ANSWER_MS * INT64_C(1000);
	conn->waiting = true;
	conn->next = http->pending;
	http->pending = conn;
	if (!http->pending_count++)
		lws_sul_schedule(http->context, 0, &http->pending_timer,
				 usher__pending_tick,
				 USHER__HTTP_ANSWER_MS * 1000);
}

/* Whoever has waited long enough is told that the outcome is still open. */
void usher__pending_tick(lws_sorted_usec_list_t *timer)
{
	struct usher__http *http =
		lws_container_of(timer, struct usher__http, pending_timer);
	int64_t now = usher__now_us();
	struct usher__conn *conn = http->pending;

	while (conn) {
		struct usher__conn *next = conn->next;

		if (conn->deadline_us <= now) {
			uint64_t id = conn->reply.pending;

			usher__api_outcome(&conn->reply, id, 1, NULL);
			usher__conn_answer(conn);
		}
		conn = next;
	}
	if (http->pending)
		lws_sul_schedule(http->context, 0, &http->pending_timer,
				 usher__pending_tick, 100000);
}

void usher__conn_outcome(struct usher__http *http, size_t center,
			 const struct usher_event *ev)
{
	struct usher__conn *conn = http->pending;
	const char *reason = NULL;
	int64_t result = 0;
	size_t len;

	while (conn &&
	       !(conn->center == center && conn->reply.pending == ev->cause))
		conn = conn->next;
	if (!conn)
		return;
	usher_event_i64(ev, USHER_F_RESULT, &result);
	usher_event_str(ev, USHER_F_REASON, &reason, &len);
	if (result > 0 || result < INT32_MIN)
		result = USHER_EPROTO;
	usher__api_outcome(&conn->reply, ev->cause, (int)result, reason);
	usher__conn_answer(conn);
}
