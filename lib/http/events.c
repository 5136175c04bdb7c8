/* Recorded events, oldest first: what history has, and behind that what the
 * center has in its memory. The two overlap but while a start makes up for
 * what history lacks, or a disk fails: whoever comes to that hole has to come
 * again, and is never led over it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/priv.h"

/* Room for an event, before one needs more. */
#define EVENT_ROOM 4096u

/* Events are JSON already: they are put together as they are. */
struct events {
	char *text;
	size_t len, cap;
	uint64_t last;  /* of them */
	uint64_t count; /* how many */
	uint64_t end;   /* the last one in history */
};

/* What is answered instead of events. */
enum lack {
	LACK_NOTHING,
	LACK_HISTORY, /* the next one is in neither place yet */
	LACK_EVENT    /* the one before it has never been */
};

const char *usher__event_text(struct usher__http *http,
			      const struct usher_event *ev, size_t *ret_len)
{
	size_t cap = http->event_cap ? http->event_cap : EVENT_ROOM;
	char *grown = http->event;
	size_t len = 0;

	while (!grown ||
	       usher_event_json(ev, http->event, http->event_cap, &len)) {
		if (cap <= len)
			cap = len + 1;
		grown = realloc(http->event, cap);
		if (!grown)
			return NULL;
		http->event = grown;
		http->event_cap = cap;
	}
	*ret_len = len;
	return http->event;
}

static int add_text(struct events *events, const char *text, size_t len)
{
	size_t cap = events->cap;
	char *grown;

	if (len >= cap - events->len || !events->text) {
		cap = 2 * (events->len + len + 1);
		grown = realloc(events->text, cap);
		if (!grown)
			return USHER_ENOMEM;
		events->text = grown;
		events->cap = cap;
	}
	memcpy(events->text + events->len, text, len);
	events->len += len;
	events->text[events->len] = 0;
	return 0;
}

static int add_event(struct events *events, uint64_t seq, const char *text)
{
	int e = events->count ? add_text(events, ",", 1) : 0;

	if (!e)
		e = add_text(events, text, strlen(text));
	if (e)
		return e;
	events->last = seq;
	++events->count;
	return 0;
}

/* Rows beyond the end are of a journal that was cut: they are made again. */
static int add_row(void *arg, uint64_t seq, const char *text)
{
	struct events *events = arg;

	return seq > events->end ? 1 : add_event(events, seq, text);
}

static bool wanted(const struct usher_history_query *q,
		   const struct usher_event *ev)
{
	return (!q->contact || ev->contact == q->contact) &&
	       (!q->from_us || ev->time_us >= q->from_us) &&
	       (!q->to_us || ev->time_us < q->to_us);
}

static int add_newer(struct usher__http *http, struct usher__tenant *tenant,
		     const struct usher_history_query *q,
		     struct events *events, enum lack *ret_lack)
{
	uint64_t next =
		(q->cursor > events->end ? q->cursor : events->end) + 1;
	const struct usher_event *ev;
	struct usher_reader *reader;
	const char *text;
	uint64_t first;
	size_t len;
	int e = usher__reader_at(tenant, next, &reader, &first);

	if (e)
		return e;
	*ret_lack = first > next   ? LACK_HISTORY
		    : first < next ? LACK_EVENT
				   : LACK_NOTHING;
	while (!e && !*ret_lack && events->count < q->limit &&
	       (ev = usher_reader_next(reader))) {
		/* The center may forget some while they are read. */
		if (ev->seq != next++) {
			*ret_lack = LACK_HISTORY;
			break;
		}
		if (!wanted(q, ev))
			continue;
		text = usher__event_text(http, ev, &len);
		e = text ? add_event(events, ev->seq, text) : USHER_ENOMEM;
	}
	usher_reader_free(reader);
	return e;
}

static int collect(struct usher__http *http, struct usher__tenant *tenant,
		   const struct usher_history_query *q, struct events *events,
		   enum lack *ret_lack)
{
	struct usher_store *store = usher_center_store(tenant->center);
	int e;

	*ret_lack = LACK_NOTHING;
	if (!store)
		return USHER_ECLOSED;
	/* Asked before the rows are: all of them up to it are there. */
	events->end = usher_store_projected(store);
	e = usher_history_events(tenant->history, q, add_row, events);
	if (!e && events->count < q->limit)
		e = add_newer(http, tenant, q, events, ret_lack);
	return e;
}

void usher__events_handle(struct usher__http *http, struct usher__request *req,
			  struct usher__reply *reply)
{
	static const char begin[] = "{\"events\":[";
	struct usher__tenant *tenant = &http->tenants[req->center];
	struct usher_history_query q;
	struct events events = {0};
	enum lack lack = LACK_NOTHING;
	uint64_t from = 1;
	char end[48];
	int e;

	if (usher__history_query(http, req, &q, reply) ||
	    usher__number_arg(req, "from", INT64_MAX, &from, reply))
		return;
	q.cursor = from ? from - 1 : 0;
	e = add_text(&events, begin, sizeof(begin) - 1);
	if (!e)
		e = collect(http, tenant, &q, &events, &lack);
	snprintf(end, sizeof(end), "],\"next\":\"%" PRIu64 "\"}",
		 events.count ? events.last + 1 : from);
	if (!e)
		e = add_text(&events, end, strlen(end));
	if (!e && (events.count || !lack)) {
		reply->status = 200;
		reply->type = "application/json";
		reply->body = events.text;
		reply->len = events.len;
		return;
	}
	free(events.text);
	if (e)
		usher__reply_code(reply, e, NULL);
	else if (lack == LACK_HISTORY)
		usher__tell_behind(reply,
				   from > events.end ? from : events.end + 1);
	else
		usher__reply_error(reply, 404, "not_found",
				   "the center has not come to event %" PRIu64,
				   from - 1);
}
