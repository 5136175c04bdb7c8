/* Events into history.db, in order, each once: a batch of rows and how far
 * they go are one transaction. Only what is on disk is projected, so history
 * never knows of something that a power cut undid. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "project.h"

#define BATCH 1000

int usher__projection_open(struct projection **ret, struct usher_store *store,
			   struct usher_error *err)
{
	struct projection *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return USHER_ENOMEM;
	p->store = store;
	p->reader.fd = -1;
	/* NORMAL: a power cut may take the last batches, which are made
	 * again from the journal. */
	rc = usher__sql_open(&p->db, store->path, "history.db", "NORMAL", err);
	if (!rc)
		rc = usher__sql_migrate(p->db, "history.db",
					usher__history_steps,
					USHER_STORE_HISTORY_VERSION, err);
	if (!rc)
		rc = usher_decoder_new(&p->decoder, NULL);
	*ret = p;
	if (!rc)
		rc = usher__rows_open(p, err);
	if (!rc)
		store->projected = (uint64_t)usher__sql_number(
			p->db, "SELECT value FROM meta WHERE key='last_seq'",
			0);
	return rc;
}

/* Forget where we are: the database knows. */
static void projection_end(struct projection *p)
{
	if (p->reader.io)
		usher__reader_close(&p->reader);
	usher__figures_close(p);
	p->begun = false;
}

void usher__projection_close(struct projection *p)
{
	if (!p)
		return;
	projection_end(p);
	usher__rows_close(p);
	usher_decoder_free(p->decoder);
	sqlite3_close(p->db);
	free(p->json);
	free(p);
}

static int clear_tables(struct projection *p, struct usher_error *err)
{
	return usher__sql_exec(p->db,
			       "DELETE FROM meta; DELETE FROM queue;"
			       "DELETE FROM agent; DELETE FROM contact;"
			       "DELETE FROM segment;"
			       "DELETE FROM agent_session;"
			       "DELETE FROM interval; DELETE FROM event;",
			       err);
}

/* Stand where the rows end. Figures may lag behind the rows: then the events
 * between are read for them alone. */
static int projection_begin(struct projection *p, struct usher_error *err)
{
	struct usher_store *store = p->store;
	uint64_t from;
	int rc;

	if (p->begun)
		return 0;
	p->last_seq = (uint64_t)usher__sql_number(
		p->db, "SELECT value FROM meta WHERE key='last_seq'", 0);
	p->last_time_us = usher__sql_number(
		p->db, "SELECT value FROM meta WHERE key='last_time_us'", 0);
	rc = usher__figures_open(p, err);
	if (rc)
		return rc;
	from = p->fed_seq < p->last_seq ? p->fed_seq + 1 : p->last_seq + 1;
	rc = usher__reader_open(&p->reader, store->io, store->dir, from, err);
	/* Pruned: figures begin where the journal does. */
	if (rc == USHER_ENOENT && p->fed_seq < p->last_seq)
		rc = usher__reader_open(&p->reader, store->io, store->dir,
					p->last_seq + 1, err);
	p->begun = !rc;
	if (rc)
		usher__figures_close(p);
	return rc;
}

static int entry_project(struct projection *p,
			 const struct usher_store_entry *entry,
			 struct usher_error *err)
{
	const struct usher_event *ev;
	size_t used;
	int rc;

	if (entry->kind == USHER_KIND_INPUT)
		return 0;
	rc = usher_event_decode(p->decoder, entry->bytes, entry->len, &used,
				&ev);
	if (rc == USHER_ENOMEM)
		return rc;
	if (rc) {
		/* Its bytes are what was written; whoever wrote them erred.
		 * History goes on without it. */
		usher__store_log(p->store, USHER_STORE_ERROR,
				 "event %" PRIu64 " cannot be decoded",
				 entry->seq);
		p->last_seq = entry->seq;
		return 0;
	}
	if (entry->seq > p->last_seq) {
		rc = usher__rows_write(p, ev, err);
		if (rc)
			return rc;
		p->last_seq = entry->seq;
		p->last_time_us = ev->time_us;
	}
	p->rc = 0;
	return entry->seq > p->fed_seq ? usher__figures_feed(p, ev, err) : 0;
}

static int position_save(struct projection *p, struct usher_error *err)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "INSERT OR REPLACE INTO meta VALUES ('last_seq',%" PRId64
		 "),('last_time_us',%" PRId64 ")",
		 (int64_t)p->last_seq, p->last_time_us);
	return usher__sql_exec(p->db, sql, err);
}

static int commit(struct projection *p, struct usher_error *err)
{
	int rc = 0;

	if (p->person_open) {
		rc = usher__sql_exec(p->store->his->personal, "COMMIT", err);
		p->person_open = rc != 0;
	}
	return rc ? rc : usher__sql_exec(p->db, "COMMIT", err);
}

static void rollback(struct projection *p)
{
	if (p->person_open)
		sqlite3_exec(p->store->his->personal, "ROLLBACK", NULL, NULL,
			     NULL);
	p->person_open = false;
	if (!sqlite3_get_autocommit(p->db))
		sqlite3_exec(p->db, "ROLLBACK", NULL, NULL, NULL);
	projection_end(p);
}

/* Committed entries, limit of them at most; the number or an error. */
static int entries_project(struct projection *p, uint64_t limit,
			   struct usher_error *err)
{
	uint64_t n = 0;
	struct usher_store_entry entry;
	bool refreshed = false;
	int rc = 0;

	if (!p->upto_pos)
		return 0;
	while (n < limit && p->reader.next_pos <= p->upto_pos) {
		rc = usher__reader_next(&p->reader, &entry, err);
		if (rc < 0)
			return rc;
		if (!rc && refreshed)
			break;
		if (!rc) {
			/* The file that goes on may be newer than our list. */
			rc = usher__reader_refresh(&p->reader, err);
			if (rc)
				return rc;
			refreshed = true;
			continue;
		}
		refreshed = false;
		rc = entry_project(p, &entry, err);
		if (rc)
			return rc;
		n++;
	}
	return n > INT32_MAX ? INT32_MAX : (int)n;
}

static int batch(struct projection *p, uint64_t limit, struct usher_error *err)
{
	int n, rc = usher__sql_exec(p->db, "BEGIN IMMEDIATE", err);

	if (rc)
		return rc;
	n = entries_project(p, limit, err);
	rc = n < 0 ? n : position_save(p, err);
	if (!rc)
		rc = commit(p, err);
	if (rc) {
		rollback(p);
		return rc;
	}
	p->store->projected = p->last_seq;
	return n;
}

void usher__projection_limit(struct projection *p)
{
	if (!p)
		return;
	/* The position is set before the number: read the other way round, it
	 * is never behind. */
	p->upto_seq = p->store->committed;
	p->upto_pos = p->store->committed_pos;
}

void usher__projection_check(struct projection *p)
{
	struct usher_store *store = p->store;

	/* Asked before anything is appended: soon the numbers would be those
	 * of other events. */
	if (store->projected <= store->committed)
		return;
	usher__store_log(store, USHER_STORE_WARNING,
			 "history.db is ahead of the journal: it is made "
			 "again");
	p->ahead = true;
	store->projected = 0;
}

int usher__projection_run(struct projection *p, struct usher_error *err)
{
	int rc;

	if (p->ahead)
		return usher__projection_rebuild(p, err);
	rc = projection_begin(p, err);
	if (rc)
		return rc;
	if (p->last_seq >= p->upto_seq && p->fed_seq >= p->last_seq)
		return 0;
	rc = batch(p, BATCH, err);
	if (rc < 0)
		return rc;
	return rc > 0 &&
	       (p->last_seq < p->upto_seq || p->fed_seq < p->last_seq);
}

int usher__projection_flush(struct projection *p, struct usher_error *err)
{
	int rc = projection_begin(p, err);

	if (rc)
		return rc;
	if (p->saved_seq == p->fed_seq) {
		p->store->flushed_seq = p->saved_seq;
		return 0;
	}
	rc = usher__sql_exec(p->db, "BEGIN IMMEDIATE", err);
	if (!rc)
		rc = usher__figures_flush(p, err);
	if (!rc)
		rc = commit(p, err);
	if (rc)
		rollback(p);
	else
		p->store->flushed_seq = p->saved_seq = p->fed_seq;
	return rc;
}

/* All in one transaction: readers see the old rows, then the new ones. */
int usher__projection_rebuild(struct projection *p, struct usher_error *err)
{
	struct usher_store *store = p->store;
	int rc, n;

	projection_end(p);
	rc = usher__sql_exec(p->db, "BEGIN IMMEDIATE", err);
	if (!rc)
		rc = clear_tables(p, err);
	p->last_seq = 0;
	p->last_time_us = 0;
	if (!rc)
		rc = usher__figures_open(p, err);
	if (!rc)
		rc = usher__reader_open(&p->reader, store->io, store->dir, 0,
					err);
	p->begun = true;
	n = rc ? rc : entries_project(p, UINT64_MAX, err);
	rc = n < 0 ? n : position_save(p, err);
	if (!rc && p->last_seq)
		rc = usher__figures_flush(p, err);
	if (!rc)
		rc = commit(p, err);
	if (rc) {
		rollback(p);
		return rc;
	}
	p->ahead = false;
	store->flushed_seq = p->saved_seq = p->fed_seq;
	store->projected = p->last_seq;
	return 0;
}
