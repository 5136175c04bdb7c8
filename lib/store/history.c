/* Queries on history.db, each through a connection of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql.h"
#include <usher/event.h>
#include <usher/store.h>

/* Rows of one query where the caller sets no limit of events. */
#define EVENTS_MAX 10000
#define SQL_MAX    2048

struct usher_history {
	sqlite3 *db;
};

/* A statement under construction: text, and numbers bound in order. */
struct query {
	char sql[SQL_MAX];
	size_t len;
	int64_t values[8];
	int count;
	const char *customer; /* bound as :customer */
};

void usher_history_query_init(struct usher_history_query *query, size_t size)
{
	if (!query || size < sizeof(query->size))
		return;
	memset(query, 0, size);
	query->size = size;
}

int usher_history_open(struct usher_history **ret, const char *dir,
		       struct usher_error *err)
{
	struct usher_history *history;
	int rc, version;

	if (!ret || !dir)
		return usher_error_set(err, USHER_EINVAL, "no directory");
	history = calloc(1, sizeof(*history));
	if (!history)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	rc = usher__sql_open_ro(&history->db, dir, "history.db", err);
	if (!rc)
		rc = usher__sql_exec(history->db, "PRAGMA query_only=ON", err);
	if (!rc) {
		version = (int)usher__sql_number(history->db,
						 "PRAGMA user_version", 0);
		if (version > USHER_STORE_HISTORY_VERSION)
			rc = usher_error_set(err, USHER_ENOTSUP,
					     "history.db has schema %d, this "
					     "version knows up to %d",
					     version,
					     USHER_STORE_HISTORY_VERSION);
		else if (version < 1)
			rc = usher_error_set(err, USHER_ENOENT,
					     "there is no history yet");
	}
	if (rc) {
		usher_history_free(history);
		return rc;
	}
	*ret = history;
	return 0;
}

void usher_history_free(struct usher_history *history)
{
	if (!history)
		return;
	sqlite3_close(history->db);
	free(history);
}

static void query_begin(struct query *q, const char *select)
{
	memset(q, 0, sizeof(*q));
	q->len =
		(size_t)snprintf(q->sql, sizeof(q->sql), "%s WHERE 1", select);
}

static void query_text(struct query *q, const char *text)
{
	q->len += (size_t)snprintf(q->sql + q->len, sizeof(q->sql) - q->len,
				   "%s", text);
}

/* A condition with one parameter, unless the value is 0. */
static void query_and(struct query *q, const char *condition, int64_t value)
{
	if (!value)
		return;
	query_text(q, " AND ");
	query_text(q, condition);
	q->values[q->count++] = value;
}

static int query_prepare(struct usher_history *history, struct query *q,
			 const char *order, uint64_t limit, sqlite3_stmt **ret)
{
	sqlite3_stmt *s;
	int rc;

	query_text(q, order);
	query_text(q, " LIMIT ?");
	rc = usher__sql_prepare(history->db, &s, q->sql, NULL);
	if (rc)
		return rc;
	for (int i = 0; i < q->count; i++)
		sqlite3_bind_int64(s, i + 1, q->values[i]);
	sqlite3_bind_int64(s, q->count + 1 + (q->customer != NULL),
			   (sqlite3_int64)limit);
	if (q->customer)
		sqlite3_bind_text(s, q->count + 1, q->customer, -1,
				  SQLITE_STATIC);
	*ret = s;
	return 0;
}

/* The query as this version knows it, from one of another size. */
static int query_take(struct usher_history_query *q,
		      const struct usher_history_query *from)
{
	memset(q, 0, sizeof(*q));
	if (!from)
		return 0;
	if (from->size < sizeof(from->size))
		return USHER_EINVAL;
	memcpy(q, from, from->size < sizeof(*q) ? from->size : sizeof(*q));
	return 0;
}

/* Where rows go. */
struct rows {
	char *at;
	size_t row_size, cap, count;
};

static int rows_begin(struct rows *rows, void *at, size_t row_size, size_t cap,
		      const struct usher_history_query *q,
		      const size_t *ret_count)
{
	if ((!at && cap) || !row_size || !ret_count)
		return USHER_EINVAL;
	rows->at = at;
	rows->row_size = row_size;
	rows->cap = q->limit && q->limit < cap ? q->limit : cap;
	rows->count = 0;
	return 0;
}

static void rows_put(struct rows *rows, const void *row, size_t size)
{
	char *at = rows->at + rows->count++ * rows->row_size;

	if (size < rows->row_size) {
		memset(at, 0, rows->row_size);
		memcpy(at, row, size);
	} else {
		memcpy(at, row, rows->row_size);
	}
}

static void text_get(sqlite3_stmt *s, int column, char *ret, size_t cap)
{
	const char *text = (const char *)sqlite3_column_text(s, column);
	size_t len = text ? strlen(text) : 0;

	if (len >= cap) {
		len = cap - 1;
		/* Not inside a character. */
		while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	if (len)
		memcpy(ret, text, len);
	ret[len] = 0;
}

static uint64_t id_get(sqlite3_stmt *s, int column)
{
	return (uint64_t)sqlite3_column_int64(s, column);
}

static int64_t ms_get(sqlite3_stmt *s, int column)
{
	return sqlite3_column_int64(s, column) / 1000;
}

static void contact_get(sqlite3_stmt *s, void *at)
{
	struct usher_history_contact *row = at;
	uint32_t direction = 0;

	memset(row, 0, sizeof(*row));
	row->id = id_get(s, 0);
	row->queue = id_get(s, 1);
	row->agent = id_get(s, 2);
	row->address = id_get(s, 3);
	row->begin_us = sqlite3_column_int64(s, 4);
	row->answered_us = sqlite3_column_int64(s, 5);
	row->end_us = sqlite3_column_int64(s, 6);
	row->wait_ms = ms_get(s, 7);
	row->talk_ms = ms_get(s, 8);
	row->hold_ms = ms_get(s, 9);
	row->wrap_up_ms = ms_get(s, 10);
	if (!usher_enum_by_name(USHER_F_DIRECTION,
				(const char *)sqlite3_column_text(s, 11),
				&direction))
		row->direction = direction;
	row->segments = (uint32_t)sqlite3_column_int64(s, 12);
	text_get(s, 13, row->channel, sizeof(row->channel));
	text_get(s, 14, row->entry, sizeof(row->entry));
	text_get(s, 15, row->customer, sizeof(row->customer));
	text_get(s, 16, row->outcome, sizeof(row->outcome));
	text_get(s, 17, row->queue_name, sizeof(row->queue_name));
	text_get(s, 18, row->agent_name, sizeof(row->agent_name));
}

/* What rows_run needs to know of a table. */
struct table {
	void (*get)(sqlite3_stmt *s, void *row);
	size_t size;
	const char *order;
	uint64_t skip; /* rows of pages before */
};

/* One row more than fits is asked for, to know whether there are more. The
 * row that was read last is left in row; the answer is 1 when there are more,
 * 0, or an error. */
static int rows_run(struct usher_history *history, struct query *sql,
		    const struct table *table, struct rows *out, void *row)
{
	sqlite3_stmt *s;
	int rc, step;

	rc = query_prepare(history, sql, table->order,
			   table->skip + out->cap + 1, &s);
	if (rc)
		return rc;
	for (uint64_t i = 0;
	     (step = sqlite3_step(s)) == SQLITE_ROW && out->count < out->cap;
	     i++) {
		if (i < table->skip)
			continue;
		table->get(s, row);
		rows_put(out, row, table->size);
	}
	rc = step == SQLITE_ROW && out->count;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = usher__sql_error(history->db, NULL);
	sqlite3_finalize(s);
	return rc;
}

static int rows_end(const struct rows *out, int rc, uint64_t cursor,
		    size_t *ret_count, uint64_t *ret_cursor)
{
	if (rc < 0)
		return rc;
	*ret_count = out->count;
	if (ret_cursor)
		*ret_cursor = rc ? cursor : 0;
	return 0;
}

int usher_history_contacts(struct usher_history *history,
			   const struct usher_history_query *query,
			   struct usher_history_contact *rows, size_t row_size,
			   size_t cap, size_t *ret_count, uint64_t *ret_cursor)
{
	struct usher_history_contact row = {0};
	struct usher_history_query q;
	struct table table;
	struct rows out;
	struct query sql;
	int rc;

	if (!history || query_take(&q, query))
		return USHER_EINVAL;
	rc = rows_begin(&out, rows, row_size, cap, &q, ret_count);
	if (rc)
		return rc;
	query_begin(&sql,
		    "SELECT c.id, c.queue, c.agent, c.address, c.begin_us, "
		    "c.answered_us, c.end_us, c.wait_us, c.talk_us, "
		    "c.hold_us, c.wrapup_us, c.direction, c.segments, "
		    "c.channel, c.entry, c.customer, c.outcome, q.name, "
		    "a.name FROM contact c "
		    "LEFT JOIN queue q ON q.id=c.queue "
		    "LEFT JOIN agent a ON a.id=c.agent");
	query_and(&sql, "c.begin_us >= ?", q.from_us);
	query_and(&sql, "c.begin_us < ?", q.to_us);
	query_and(&sql,
		  "c.id IN (SELECT contact FROM segment WHERE queue=? AND "
		  "queue <> 0)",
		  (int64_t)q.queue);
	query_and(&sql,
		  "c.id IN (SELECT contact FROM segment WHERE agent=? AND "
		  "agent <> 0)",
		  (int64_t)q.agent);
	query_and(&sql, "c.id=?", (int64_t)q.contact);
	query_and(&sql, q.oldest_first ? "c.id > ?" : "c.id < ?",
		  (int64_t)q.cursor);
	if (q.customer && *q.customer) {
		sql.customer = q.customer;
		query_text(&sql, " AND c.customer=? AND c.customer <> ''");
	}
	table = (struct table){
		contact_get, sizeof(row),
		q.oldest_first ? " ORDER BY c.id" : " ORDER BY c.id DESC", 0};
	rc = rows_run(history, &sql, &table, &out, &row);
	return rows_end(&out, rc, row.id, ret_count, ret_cursor);
}

static void segment_get(sqlite3_stmt *s, void *at)
{
	struct usher_history_segment *row = at;
	memset(row, 0, sizeof(*row));
	row->id = id_get(s, 0);
	row->contact = id_get(s, 1);
	row->queue = id_get(s, 2);
	row->agent = id_get(s, 3);
	row->begin_us = sqlite3_column_int64(s, 4);
	row->end_us = sqlite3_column_int64(s, 5);
	row->wait_ms = ms_get(s, 6);
	row->ring_ms = ms_get(s, 7);
	row->talk_ms = ms_get(s, 8);
	row->hold_ms = ms_get(s, 9);
	row->wrap_up_ms = ms_get(s, 10);
	text_get(s, 11, row->kind, sizeof(row->kind));
	text_get(s, 12, row->flow, sizeof(row->flow));
	text_get(s, 13, row->outcome, sizeof(row->outcome));
	text_get(s, 14, row->disposition, sizeof(row->disposition));
	text_get(s, 15, row->queue_name, sizeof(row->queue_name));
	text_get(s, 16, row->agent_name, sizeof(row->agent_name));
}

int usher_history_segments(struct usher_history *history,
			   const struct usher_history_query *query,
			   struct usher_history_segment *rows, size_t row_size,
			   size_t cap, size_t *ret_count, uint64_t *ret_cursor)
{
	struct usher_history_segment row = {0};
	struct usher_history_query q;
	struct table table;
	struct rows out;
	struct query sql;
	int rc;

	if (!history || query_take(&q, query))
		return USHER_EINVAL;
	rc = rows_begin(&out, rows, row_size, cap, &q, ret_count);
	if (rc)
		return rc;
	query_begin(&sql,
		    "SELECT s.id, s.contact, s.queue, s.agent, s.begin_us, "
		    "s.end_us, s.wait_us, s.ring_us, s.talk_us, s.hold_us, "
		    "s.wrapup_us, s.kind, s.flow, s.outcome, s.disposition, "
		    "q.name, a.name FROM segment s "
		    "LEFT JOIN queue q ON q.id=s.queue "
		    "LEFT JOIN agent a ON a.id=s.agent");
	query_and(&sql, "s.begin_us >= ?", q.from_us);
	query_and(&sql, "s.begin_us < ?", q.to_us);
	query_and(&sql, "s.queue=? AND s.queue <> 0", (int64_t)q.queue);
	query_and(&sql, "s.agent=? AND s.agent <> 0", (int64_t)q.agent);
	query_and(&sql, "s.contact=?", (int64_t)q.contact);
	query_and(&sql, q.oldest_first ? "s.id > ?" : "s.id < ?",
		  (int64_t)q.cursor);
	if (q.customer && *q.customer) {
		sql.customer = q.customer;
		query_text(&sql, " AND s.contact IN (SELECT id FROM contact "
				 "WHERE customer=? AND customer <> '')");
	}
	table = (struct table){
		segment_get, sizeof(row),
		q.oldest_first ? " ORDER BY s.id" : " ORDER BY s.id DESC", 0};
	rc = rows_run(history, &sql, &table, &out, &row);
	return rows_end(&out, rc, row.id, ret_count, ret_cursor);
}

static void interval_get(sqlite3_stmt *s, void *at)
{
	struct usher_history_interval *row = at;
	memset(row, 0, sizeof(*row));
	row->begin_us = sqlite3_column_int64(s, 0);
	row->queue = id_get(s, 1);
	row->agent = id_get(s, 2);
	row->entered = id_get(s, 3);
	row->answered = id_get(s, 4);
	row->abandoned = id_get(s, 5);
	row->flowed_out = id_get(s, 6);
	row->answered_in_time = id_get(s, 7);
	row->abandoned_in_time = id_get(s, 8);
	row->short_abandoned = id_get(s, 9);
	row->handled = id_get(s, 10);
	row->wait_ms = ms_get(s, 11);
	row->talk_ms = ms_get(s, 12);
	row->hold_ms = ms_get(s, 13);
	row->wrap_up_ms = ms_get(s, 14);
	row->occupied_ms = ms_get(s, 15);
	row->ringing_ms = ms_get(s, 16);
	row->available_ms = ms_get(s, 17);
	row->paused_ms = ms_get(s, 18);
}

int usher_history_intervals(struct usher_history *history,
			    const struct usher_history_query *query,
			    struct usher_history_interval *rows,
			    size_t row_size, size_t cap, size_t *ret_count,
			    uint64_t *ret_cursor)
{
	struct usher_history_interval row = {0};
	struct usher_history_query q;
	struct table table;
	struct rows out;
	struct query sql;
	int rc;

	if (!history || query_take(&q, query))
		return USHER_EINVAL;
	rc = rows_begin(&out, rows, row_size, cap, &q, ret_count);
	if (rc)
		return rc;
	query_begin(&sql,
		    "SELECT begin_us, queue, agent, entered, answered, "
		    "abandoned, flowed_out, answered_within, "
		    "abandoned_within, short_abandons, handled, wait_us, "
		    "talk_us, hold_us, wrapup_us, occupied_us, ringing_us, "
		    "available_us, paused_us FROM interval");
	query_and(&sql, "begin_us >= ?", q.from_us);
	query_and(&sql, "begin_us < ?", q.to_us);
	query_and(&sql, "queue=?", (int64_t)q.queue);
	query_and(&sql, "agent=?", (int64_t)q.agent);
	table = (struct table){interval_get, sizeof(row),
			       " ORDER BY begin_us, queue, agent", q.cursor};
	rc = rows_run(history, &sql, &table, &out, &row);
	return rows_end(&out, rc, q.cursor + out.count, ret_count, ret_cursor);
}

int usher_history_events(
	struct usher_history *history, const struct usher_history_query *query,
	int (*event)(void *arg, uint64_t seq, const char *json), void *arg)
{
	struct usher_history_query q;
	struct query sql;
	sqlite3_stmt *s;
	int rc, step = SQLITE_DONE;

	if (!history || !event || query_take(&q, query))
		return USHER_EINVAL;
	query_begin(&sql, "SELECT seq, json FROM event");
	query_and(&sql, "seq > ?", (int64_t)q.cursor);
	query_and(&sql, "time_us >= ?", q.from_us);
	query_and(&sql, "time_us < ?", q.to_us);
	query_and(&sql, "contact=? AND contact <> 0", (int64_t)q.contact);
	rc = query_prepare(history, &sql, " ORDER BY seq",
			   q.limit ? q.limit : EVENTS_MAX, &s);
	if (rc)
		return rc;
	while (!rc && (step = sqlite3_step(s)) == SQLITE_ROW)
		rc = event(arg, id_get(s, 0),
			   (const char *)sqlite3_column_text(s, 1));
	if (!rc && step != SQLITE_DONE)
		rc = usher__sql_error(history->db, NULL);
	sqlite3_finalize(s);
	return rc > 0 ? 0 : rc;
}
