/* The table `interval`: one row for a quarter of an hour in which something
 * happened, of each queue, of each agent, and of the whole (queue and agent
 * 0), folded with usher/metrics.h and by nothing else. */
#include <stdlib.h>
#include <string.h>

#include "project.h"

static int id_add(struct id_set *set, uint64_t id)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->ids[i] == id)
			return 0;
	if (set->count == set->cap) {
		size_t cap = set->cap ? 2 * set->cap : 16;
		uint64_t *ids = realloc(set->ids, cap * sizeof(*ids));

		if (!ids)
			return USHER_ENOMEM;
		set->ids = ids;
		set->cap = cap;
	}
	set->ids[set->count++] = id;
	return 0;
}

static void id_remove(struct id_set *set, uint64_t id)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->ids[i] == id)
			set->ids[i] = set->ids[--set->count];
}

static int write_queue(struct projection *p, uint64_t queue, int64_t start_us,
		       const struct usher_queue_figures *f)
{
	const int64_t values[] = {
		start_us,
		(int64_t)queue,
		(int64_t)f->carried,
		(int64_t)f->entered,
		(int64_t)f->answered,
		(int64_t)f->abandoned,
		(int64_t)f->flowed_out,
		(int64_t)f->answered_within,
		(int64_t)f->abandoned_within,
		(int64_t)f->short_abandons,
		(int64_t)f->handled,
		f->answered_wait_us,
		f->talk_us,
		f->hold_us,
		f->wrapup_us,
	};
	sqlite3_stmt *s = usher__row(p, ROW_INTERVAL_QUEUE);

	if (!f->carried && !f->entered && !f->answered && !f->abandoned &&
	    !f->flowed_out && !f->handled)
		return 0;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		sqlite3_bind_int64(s, (int)i + 1, values[i]);
	return usher__sql_run(s, NULL);
}

static int write_agent(struct projection *p, uint64_t agent, int64_t start_us,
		       const struct usher_agent_figures *f)
{
	const int64_t values[] = {
		start_us,
		(int64_t)agent,
		(int64_t)f->offers,
		(int64_t)f->rejected,
		(int64_t)f->missed,
		(int64_t)f->connected,
		(int64_t)f->handled,
		f->talk_us,
		f->hold_us,
		f->wrapup_us,
		f->occupied_us,
		f->ringing_us,
		f->available_us,
		f->paused_us,
	};
	sqlite3_stmt *s = usher__row(p, ROW_INTERVAL_AGENT);

	if (!f->offers && !f->handled && !f->connected && !f->occupied_us &&
	    !f->ringing_us && !f->available_us && !f->paused_us)
		return 0;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		sqlite3_bind_int64(s, (int)i + 1, values[i]);
	return usher__sql_run(s, NULL);
}

static int queue_row(struct projection *p, const struct usher_metrics *m,
		     uint64_t queue, int64_t start_us, int64_t now_us)
{
	struct usher_queue_figures f = {.size = sizeof(f)};
	int rc = queue ? usher_metrics_queue(m, queue, USHER_SPAN_INTERVAL,
					     now_us, &f)
		       : usher_metrics_total(m, USHER_SPAN_INTERVAL, now_us,
					     &f);

	return rc ? 0 : write_queue(p, queue, start_us, &f);
}

static int agent_row(struct projection *p, const struct usher_metrics *m,
		     uint64_t agent, int64_t start_us, int64_t now_us)
{
	struct usher_agent_figures f = {.size = sizeof(f)};
	int rc =
		usher_metrics_agent(m, agent, USHER_SPAN_INTERVAL, now_us, &f);

	return rc ? 0 : write_agent(p, agent, start_us, &f);
}

static void interval_end(void *arg, const struct usher_metrics *m,
			 int64_t start_us, int64_t end_us)
{
	struct projection *p = arg;
	int rc = queue_row(p, m, 0, start_us, end_us);

	for (size_t i = 0; i < p->queues.count && !rc; i++)
		rc = queue_row(p, m, p->queues.ids[i], start_us, end_us);
	for (size_t i = 0; i < p->agents.count && !rc; i++)
		rc = agent_row(p, m, p->agents.ids[i], start_us, end_us);
	if (rc)
		p->rc = rc;
}

static int64_t interval_of(int64_t time_us)
{
	return time_us - time_us % USHER_METRICS_INTERVAL_US;
}

/* Queues and agents that are there, from the rows. */
static int ids_load(struct projection *p, struct id_set *set, const char *sql,
		    struct usher_error *err)
{
	sqlite3_stmt *s;
	int rc = usher__sql_prepare(p->db, &s, sql, err);

	if (rc)
		return rc;
	while (!rc && sqlite3_step(s) == SQLITE_ROW)
		rc = id_add(set, (uint64_t)sqlite3_column_int64(s, 0));
	sqlite3_finalize(s);
	return rc;
}

static int fold_new(struct projection *p, const void *bytes, size_t len,
		    struct usher_error *err)
{
	struct usher_metrics_opts opts;

	usher_metrics_opts_init(&opts, sizeof(opts));
	opts.interval_end = interval_end;
	opts.arg = p;
	if (bytes)
		return usher_metrics_restore(&p->metrics, &opts, bytes, len,
					     err);
	return usher_metrics_new(&p->metrics, &opts, err);
}

int usher__figures_open(struct projection *p, struct usher_error *err)
{
	sqlite3_stmt *s;
	int rc;

	p->fed_seq = 0;
	rc = ids_load(p, &p->queues,
		      "SELECT id FROM queue WHERE removed_us=0 ORDER BY id",
		      err);
	if (!rc)
		rc = ids_load(p, &p->agents,
			      "SELECT id FROM agent WHERE removed_us=0 "
			      "ORDER BY id",
			      err);
	if (!rc)
		rc = usher__sql_prepare(p->db, &s,
					"SELECT value FROM meta "
					"WHERE key='figures'",
					err);
	if (rc)
		return rc;
	if (sqlite3_step(s) == SQLITE_ROW &&
	    !fold_new(p, sqlite3_column_blob(s, 0),
		      (size_t)sqlite3_column_bytes(s, 0), NULL))
		p->fed_seq = (uint64_t)usher__sql_number(
			p->db,
			"SELECT value FROM meta WHERE key='figures_seq'", 0);
	sqlite3_finalize(s);
	p->saved_seq = p->fed_seq;
	/* Not there, or of another version: from the journal's beginning. */
	return p->metrics ? 0 : fold_new(p, NULL, 0, err);
}

void usher__figures_close(struct projection *p)
{
	usher_metrics_free(p->metrics);
	p->metrics = NULL;
	free(p->queues.ids);
	free(p->agents.ids);
	memset(&p->queues, 0, sizeof(p->queues));
	memset(&p->agents, 0, sizeof(p->agents));
}

/* What is about to be removed has its last row now. */
static int removal(struct projection *p, const struct usher_event *ev)
{
	int64_t start_us = interval_of(ev->time_us);
	uint64_t id = 0;
	int rc;

	/* Intervals that ended before are done with first. */
	usher_metrics_advance(p->metrics, ev->time_us);
	if (ev->type == USHER_EV_QUEUE_REMOVED) {
		usher_event_u64(ev, USHER_F_QUEUE, &id);
		rc = queue_row(p, p->metrics, id, start_us, ev->time_us);
		id_remove(&p->queues, id);
	} else {
		usher_event_u64(ev, USHER_F_AGENT, &id);
		rc = agent_row(p, p->metrics, id, start_us, ev->time_us);
		id_remove(&p->agents, id);
	}
	return rc;
}

int usher__figures_feed(struct projection *p, const struct usher_event *ev,
			struct usher_error *err)
{
	uint64_t id = 0;
	int rc = 0;

	if (ev->type == USHER_EV_QUEUE_REMOVED ||
	    ev->type == USHER_EV_AGENT_REMOVED)
		rc = removal(p, ev);
	else if (ev->type == USHER_EV_QUEUE_SET &&
		 !usher_event_u64(ev, USHER_F_QUEUE, &id))
		rc = id_add(&p->queues, id);
	else if (ev->type == USHER_EV_AGENT_SET &&
		 !usher_event_u64(ev, USHER_F_AGENT, &id))
		rc = id_add(&p->agents, id);
	if (!rc)
		rc = usher_metrics_feed(p->metrics, ev);
	if (!rc)
		rc = p->rc;
	if (rc)
		return usher_error_set(err, rc, "figures: %s",
				       usher_strerror(rc));
	p->fed_seq = ev->seq;
	return 0;
}

static int figures_save(struct projection *p, struct usher_error *err)
{
	sqlite3_stmt *s = NULL;
	uint8_t *buf = NULL;
	size_t len = 0;
	int rc;

	usher_metrics_snapshot(p->metrics, NULL, 0, &len);
	buf = malloc(len ? len : 1);
	if (!buf)
		return USHER_ENOMEM;
	rc = usher_metrics_snapshot(p->metrics, buf, len, &len);
	if (!rc)
		rc = usher__sql_prepare(p->db, &s,
					"INSERT OR REPLACE INTO meta VALUES "
					"('figures',?1), ('figures_seq',?2)",
					err);
	if (!rc) {
		sqlite3_bind_blob(s, 1, buf, (int)len, SQLITE_STATIC);
		sqlite3_bind_int64(s, 2, (sqlite3_int64)p->fed_seq);
		rc = usher__sql_run(s, err);
	}
	sqlite3_finalize(s);
	free(buf);
	return rc;
}

/* In a transaction of the caller's. */
int usher__figures_flush(struct projection *p, struct usher_error *err)
{
	p->rc = 0;
	interval_end(p, p->metrics, interval_of(p->last_time_us),
		     p->last_time_us);
	if (p->rc)
		return usher_error_set(err, p->rc, "figures: %s",
				       usher_strerror(p->rc));
	return figures_save(p, err);
}
