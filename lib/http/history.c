/* What was: contacts, segments and intervals, from the store. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/priv.h"

/* Longest address that is shown. */
#define ADDRESS_MAX 512

static int open_history(struct usher__tenant *tenant,
			struct usher__reply *reply)
{
	struct usher_error err = {0};
	int e;

	if (tenant->history)
		return 0;
	if (!tenant->state_dir) {
		usher__reply_code(reply, USHER_ENOTSUP,
				  "this center keeps no history");
		return USHER_ENOTSUP;
	}
	e = usher_history_open(&tenant->history, tenant->state_dir, &err);
	if (e)
		usher__reply_code(reply, e, err.message);
	return e;
}

int usher__number_arg(const struct usher__request *req, const char *name,
		      uint64_t max, uint64_t *ret, struct usher__reply *reply)
{
	const char *text = usher__arg(req, name);
	uint64_t v;

	if (!text)
		return 0;
	if (usher__parse_u64(text, &v) || v > max) {
		usher__reply_error(reply, 400, "invalid",
				   "'%s' has to be a number up to %llu", name,
				   (unsigned long long)max);
		return USHER_EINVAL;
	}
	*ret = v;
	return 0;
}

/* An id, or the name of a queue or agent that is there now. */
static int named_arg(const struct usher__request *req, const char *name,
		     struct usher_center *center,
		     uint64_t (*find)(struct usher_center *, const char *),
		     uint64_t *ret, struct usher__reply *reply)
{
	const char *text = usher__arg(req, name);

	if (!text)
		return 0;
	*ret = find(center, text);
	if (*ret || usher__parse_u64(text, ret) == 0)
		return 0;
	usher__reply_error(reply, 404, "not_found", "no such %s", name);
	return USHER_ENOENT;
}

int usher__history_query(struct usher__http *http, struct usher__request *req,
			 struct usher_history_query *q,
			 struct usher__reply *reply)
{
	struct usher_center *center = http->tenants[req->center].center;
	uint64_t limit = USHER__HTTP_ROWS;
	uint64_t from = 0;
	uint64_t to = 0;
	int e = open_history(&http->tenants[req->center], reply);

	usher_history_query_init(q, sizeof(*q));
	if (!e)
		e = usher__number_arg(req, "from_us", INT64_MAX, &from, reply);
	if (!e)
		e = usher__number_arg(req, "to_us", INT64_MAX, &to, reply);
	if (!e)
		e = usher__number_arg(req, "cursor", UINT64_MAX, &q->cursor,
				      reply);
	if (!e)
		e = usher__number_arg(req, "contact", UINT64_MAX, &q->contact,
				      reply);
	if (!e)
		e = usher__number_arg(req, "limit", USHER__HTTP_ROWS_MAX,
				      &limit, reply);
	if (!e)
		e = named_arg(req, "queue", center, usher_center_queue_id,
			      &q->queue, reply);
	if (!e)
		e = named_arg(req, "agent", center, usher_center_agent_id,
			      &q->agent, reply);
	if (e)
		return e;
	if (req->who.agent) {
		q->agent = usher_center_agent_id(center, req->who.agent);
		/* Without an id there would be no filter at all. */
		if (!q->agent) {
			usher__reply_error(reply, 403, "forbidden",
					   "the token's agent is not there");
			return USHER_EPERM;
		}
	}
	q->from_us = (int64_t)from;
	q->to_us = (int64_t)to;
	q->limit = limit ? (uint32_t)limit : 1;
	return 0;
}

/* Who it was, unless that has been erased. */
static json_t *person_json(const struct usher__tenant *tenant, uint64_t id)
{
	struct usher_store *store = usher_center_store(tenant->center);
	struct usher_person person = {0};
	char value[ADDRESS_MAX];
	size_t len;

	person.size = sizeof(person);
	if (!id || !store ||
	    usher_store_person_get(store, id, &person, value, sizeof(value)))
		return json_null();
	len = person.len < sizeof(value) ? person.len : sizeof(value);
	return usher__json_textn(value, len);
}

static json_t *id_or_null(uint64_t id)
{
	return id ? usher__json_id(id) : json_null();
}

static json_t *time_or_null(int64_t us)
{
	return us ? json_integer(us) : json_null();
}

struct member {
	const char *name;
	json_t *value;
};

/* By table and not by json_pack(), whose many arguments nobody checks. */
static json_t *object(const struct member *members, size_t count)
{
	json_t *json = json_object();

	for (size_t i = 0; i < count; ++i)
		usher__put(&json, members[i].name, members[i].value);
	return json;
}

#define OBJECT(members) object(members, sizeof(members) / sizeof((members)[0]))

static json_t *contact_row(const struct usher__tenant *tenant,
			   const struct usher_history_contact *row)
{
	const struct member members[] = {
		{"id", usher__json_id(row->id)},
		{"origin", person_json(tenant, row->address)},
		{"channel", json_string(row->channel)},
		{"entry", usher__json_text(row->entry)},
		{"customer", usher__json_text(row->customer)},
		{"direction",
		 json_string(row->direction == USHER_OUT ? "out" : "in")},
		{"queue", id_or_null(row->queue)},
		{"queue_name", usher__json_text(row->queue_name)},
		{"agent", id_or_null(row->agent)},
		{"agent_name", usher__json_text(row->agent_name)},
		{"begin_us", json_integer(row->begin_us)},
		{"answered_us", time_or_null(row->answered_us)},
		{"end_us", time_or_null(row->end_us)},
		{"wait_ms", json_integer(row->wait_ms)},
		{"talk_ms", json_integer(row->talk_ms)},
		{"hold_ms", json_integer(row->hold_ms)},
		{"wrap_up_ms", json_integer(row->wrap_up_ms)},
		{"segments", json_integer(row->segments)},
		{"outcome", json_string(row->outcome)},
	};

	return OBJECT(members);
}

static json_t *segment_row(const struct usher_history_segment *row)
{
	const struct member members[] = {
		{"id", usher__json_id(row->id)},
		{"contact", usher__json_id(row->contact)},
		{"kind", json_string(row->kind)},
		{"flow", json_string(row->flow)},
		{"queue", id_or_null(row->queue)},
		{"queue_name", usher__json_text(row->queue_name)},
		{"agent", id_or_null(row->agent)},
		{"agent_name", usher__json_text(row->agent_name)},
		{"begin_us", json_integer(row->begin_us)},
		{"end_us", time_or_null(row->end_us)},
		{"wait_ms", json_integer(row->wait_ms)},
		{"ring_ms", json_integer(row->ring_ms)},
		{"talk_ms", json_integer(row->talk_ms)},
		{"hold_ms", json_integer(row->hold_ms)},
		{"wrap_up_ms", json_integer(row->wrap_up_ms)},
		{"outcome", json_string(row->outcome)},
		{"disposition", usher__json_text(row->disposition)},
	};

	return OBJECT(members);
}

static json_t *interval_row(const struct usher_history_interval *row)
{
	const struct member members[] = {
		{"queue", id_or_null(row->queue)},
		{"agent", id_or_null(row->agent)},
		{"begin_us", json_integer(row->begin_us)},
		{"entered", json_integer((json_int_t)row->entered)},
		{"answered", json_integer((json_int_t)row->answered)},
		{"abandoned", json_integer((json_int_t)row->abandoned)},
		{"flowed_out", json_integer((json_int_t)row->flowed_out)},
		{"answered_in_time",
		 json_integer((json_int_t)row->answered_in_time)},
		{"abandoned_in_time",
		 json_integer((json_int_t)row->abandoned_in_time)},
		{"short_abandoned",
		 json_integer((json_int_t)row->short_abandoned)},
		{"handled", json_integer((json_int_t)row->handled)},
		{"wait_ms", json_integer(row->wait_ms)},
		{"talk_ms", json_integer(row->talk_ms)},
		{"hold_ms", json_integer(row->hold_ms)},
		{"wrap_up_ms", json_integer(row->wrap_up_ms)},
		{"occupied_ms", json_integer(row->occupied_ms)},
		{"ringing_ms", json_integer(row->ringing_ms)},
		{"available_ms", json_integer(row->available_ms)},
		{"paused_ms", json_integer(row->paused_ms)},
	};

	return OBJECT(members);
}

static void answer(struct usher__reply *reply, const char *name, json_t *rows,
		   uint64_t cursor)
{
	usher__reply_json(reply, 200,
			  json_pack("{s:o,s:o}", name, rows, "cursor",
				    id_or_null(cursor)));
}

static int contacts(struct usher__tenant *tenant,
		    const struct usher_history_query *q,
		    struct usher__reply *reply)
{
	struct usher_history_contact *rows = calloc(q->limit, sizeof(*rows));
	json_t *list = json_array();
	uint64_t cursor = 0;
	size_t n = 0;
	int e = USHER_ENOMEM;

	if (rows)
		e = usher_history_contacts(tenant->history, q, rows,
					   sizeof(*rows), q->limit, &n,
					   &cursor);
	for (size_t i = 0; !e && i < n; ++i)
		usher__add(&list, contact_row(tenant, &rows[i]));
	free(rows);
	if (e)
		json_decref(list);
	else
		answer(reply, "contacts", list, cursor);
	return e;
}

static int segments(struct usher__tenant *tenant,
		    const struct usher_history_query *q,
		    struct usher__reply *reply)
{
	struct usher_history_segment *rows = calloc(q->limit, sizeof(*rows));
	json_t *list = json_array();
	uint64_t cursor = 0;
	size_t n = 0;
	int e = USHER_ENOMEM;

	if (rows)
		e = usher_history_segments(tenant->history, q, rows,
					   sizeof(*rows), q->limit, &n,
					   &cursor);
	for (size_t i = 0; !e && i < n; ++i)
		usher__add(&list, segment_row(&rows[i]));
	free(rows);
	if (e)
		json_decref(list);
	else
		answer(reply, "segments", list, cursor);
	return e;
}

static int intervals(struct usher__tenant *tenant,
		     const struct usher_history_query *q,
		     struct usher__reply *reply)
{
	struct usher_history_interval *rows = calloc(q->limit, sizeof(*rows));
	json_t *list = json_array();
	uint64_t cursor = 0;
	size_t n = 0;
	int e = USHER_ENOMEM;

	if (rows)
		e = usher_history_intervals(tenant->history, q, rows,
					    sizeof(*rows), q->limit, &n,
					    &cursor);
	for (size_t i = 0; !e && i < n; ++i)
		usher__add(&list, interval_row(&rows[i]));
	free(rows);
	if (e)
		json_decref(list);
	else
		answer(reply, "intervals", list, cursor);
	return e;
}

int usher__reader_at(struct usher__tenant *tenant, uint64_t seq,
		     struct usher_reader **ret, uint64_t *ret_first)
{
	struct usher_reader_opts opts = {.size = sizeof(opts)};
	int e;

	opts.from_seq = seq;
	e = usher_reader_new(ret, tenant->center, &opts, NULL);
	if (e)
		return e;
	*ret_first = seq;
	usher_reader_lagged(*ret, ret_first);
	return 0;
}

void usher__tell_behind(struct usher__reply *reply, uint64_t seq)
{
	usher__reply_error(reply, 503, "try_again",
			   "event %" PRIu64 " and what follows it is not in "
			   "history yet",
			   seq);
}

/* True, with the reply to it: there are events that history lacks and that
 * the center has in its memory no more. */
static bool behind(struct usher__tenant *tenant, struct usher__reply *reply)
{
	struct usher_store *store = usher_center_store(tenant->center);
	struct usher_reader *reader;
	uint64_t next, first;
	int e;

	if (!store)
		return false;
	next = usher_store_projected(store) + 1;
	e = usher__reader_at(tenant, next, &reader, &first);
	if (e) {
		usher__reply_code(reply, e, NULL);
		return true;
	}
	usher_reader_free(reader);
	if (first <= next)
		return false;
	usher__tell_behind(reply, next);
	return true;
}

void usher__history_handle(struct usher__http *http,
			   struct usher__request *req, const char *what,
			   struct usher__reply *reply)
{
	struct usher__tenant *tenant = &http->tenants[req->center];
	struct usher_history_query q;
	int e;

	if (usher__history_query(http, req, &q, reply) ||
	    behind(tenant, reply))
		return;
	if (strcmp(what, "contacts") == 0)
		e = contacts(tenant, &q, reply);
	else if (strcmp(what, "segments") == 0)
		e = segments(tenant, &q, reply);
	else if (strcmp(what, "intervals") == 0)
		e = intervals(tenant, &q, reply);
	else if (strcmp(what, "messages") == 0)
		e = usher__messages(tenant, &q, reply);
	else
		e = USHER_ENOENT;
	if (e)
		usher__reply_code(reply, e, NULL);
}
