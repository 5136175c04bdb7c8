/* Reading and erasing personal data, from any thread. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "historian.h"

/* A disk that takes longer to forget is broken. */
#define ERASE_MS 30000u

#define WHERE                                                                 \
	" FROM person WHERE (?1 = 0 OR id = ?1) AND (?2 = 0 OR contact = ?2)" \
	" AND (?3 = '' OR customer = ?3) AND (?4 = 0 OR time_us < ?4)"        \
	" AND (?5 = 0 OR kind = ?5)"

static const struct person_put *put_find(const struct person_put *list,
					 uint64_t id)
{
	while (list && list->person.id != id)
		list = list->next;
	return list;
}

static void person_give(struct usher_person *ret,
			const struct usher_person *person, void *buf,
			size_t cap, const void *bytes)
{
	size_t size = ret->size < sizeof(*ret) ? ret->size : sizeof(*ret);

	memcpy(ret, person, size);
	ret->size = size;
	if (cap && person->len)
		memcpy(buf, bytes, person->len < cap ? person->len : cap);
}

static int person_select(struct usher_store *store, uint64_t id,
			 struct usher_person *ret, void *buf, size_t cap)
{
	struct historian *his = store->his;
	struct usher_person person = {.size = sizeof(person), .id = id};
	sqlite3_stmt *s;
	int rc = 0;

	if (!his->read)
		rc = usher__sql_open_ro(&his->read, store->path, "personal.db",
					NULL);
	if (!rc && !his->person_select)
		rc = usher__sql_prepare(
			his->read, &his->person_select,
			"SELECT kind, contact, segment, customer, time_us, "
			"value FROM person WHERE id=?",
			NULL);
	if (rc)
		return rc;
	s = his->person_select;
	sqlite3_bind_int64(s, 1, (sqlite3_int64)id);
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		person.kind = (uint32_t)sqlite3_column_int(s, 0);
		person.contact = (uint64_t)sqlite3_column_int64(s, 1);
		person.segment = (uint64_t)sqlite3_column_int64(s, 2);
		snprintf(person.customer, sizeof(person.customer), "%s",
			 (const char *)sqlite3_column_text(s, 3));
		person.time_us = sqlite3_column_int64(s, 4);
		person.len = (uint64_t)sqlite3_column_bytes(s, 5);
		person_give(ret, &person, buf, cap, sqlite3_column_blob(s, 5));
		break;
	case SQLITE_DONE:
		rc = USHER_ENOENT;
		break;
	default:
		rc = usher__sql_error(his->read, NULL);
	}
	sqlite3_reset(s);
	return rc;
}

int usher_store_person_get(struct usher_store *store, uint64_t person,
			   struct usher_person *ret, void *buf, size_t cap)
{
	const struct person_put *put;
	int rc = usher__store_check(store);

	if (rc)
		return rc;
	if (!ret || ret->size < sizeof(ret->size) || (!buf && cap))
		return USHER_EINVAL;
	pthread_mutex_lock(&store->lock);
	put = put_find(store->person_head, person);
	if (!put)
		put = put_find(store->person_moving, person);
	if (put)
		person_give(ret, &put->person, buf, cap, put->bytes);
	pthread_mutex_unlock(&store->lock);
	if (put)
		return 0;
	/* It left the lists only once it stood in the database. */
	pthread_mutex_lock(&store->his->read_lock);
	rc = person_select(store, person, ret, buf, cap);
	pthread_mutex_unlock(&store->his->read_lock);
	return rc;
}

static void filter_bind(sqlite3_stmt *s, const struct job *job)
{
	sqlite3_bind_int64(s, 1, (sqlite3_int64)job->filter.id);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)job->filter.contact);
	sqlite3_bind_text(s, 3, job->customer, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, job->filter.before_us);
	sqlite3_bind_int64(s, 5, job->filter.kind);
}

/* The part of a path inside the store's directory, or NULL. */
static const char *path_inside(const struct usher_store *store,
			       const char *path)
{
	size_t len = strlen(store->path);

	/* As it was given with the store's directory, or as seen from it. */
	if (!strncmp(path, store->path, len) && path[len] == '/')
		path += len + 1;
	if (!*path || *path == '/' || !strncmp(path, "../", 3) ||
	    strstr(path, "/../"))
		return NULL;
	return path;
}

/* Files first: should the process die between, the rows still name them. */
static int files_remove(struct usher_store *store, const struct job *job,
			struct usher_error *err)
{
	sqlite3 *db = store->his->personal;
	sqlite3_stmt *s;
	int rc, step;

	rc = usher__sql_prepare(
		db, &s, "SELECT value" WHERE " AND kind IN (4, 5)", err);
	if (rc)
		return rc;
	filter_bind(s, job);
	while ((step = sqlite3_step(s)) == SQLITE_ROW) {
		const char *path = (const char *)sqlite3_column_text(s, 0);

		path = path ? path_inside(store, path) : NULL;
		if (path)
			store->io->unlinkat(store->io->arg, store->dir, path);
	}
	if (step != SQLITE_DONE)
		rc = usher__sql_error(db, err);
	sqlite3_finalize(s);
	return rc;
}

static int erase_run(struct usher_store *store, struct job *job)
{
	sqlite3 *db = store->his->personal;
	sqlite3_stmt *s = NULL;
	int rc = usher__personal_move(store, &job->err);

	/* A log that came back after a power cut would bring rows back. */
	if (!rc && usher__io_sync_dir(store->io, store->dir))
		rc = usher_error_set(&job->err, USHER_EIO,
				     "cannot sync the directory");
	if (!rc)
		rc = files_remove(store, job, &job->err);
	if (!rc)
		rc = usher__sql_prepare(db, &s, "DELETE" WHERE, &job->err);
	if (!rc) {
		filter_bind(s, job);
		rc = usher__sql_run(s, &job->err);
	}
	sqlite3_finalize(s);
	if (rc)
		return rc;
	job->count = (uint64_t)sqlite3_changes(db);
	/* Also out of the write-ahead log; a reader may hold it for now,
	 * then the next checkpoint does it. */
	sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
	return 0;
}

static int filter_take(struct job *job,
		       const struct usher_person_filter *filter)
{
	if (!filter || filter->size < sizeof(*filter))
		return USHER_EINVAL;
	job->filter = *filter;
	if (filter->customer) {
		if (strlen(filter->customer) >= sizeof(job->customer))
			return USHER_EINVAL;
		strcpy(job->customer, filter->customer);
	}
	return filter->id || filter->contact || job->customer[0] ||
			       filter->before_us || filter->kind
		       ? 0
		       : USHER_EINVAL;
}

int usher_store_person_erase(struct usher_store *store,
			     const struct usher_person_filter *filter,
			     uint64_t *ret_count)
{
	int rc = usher__store_check(store);
	struct job *job;

	if (rc)
		return rc;
	if (store->state == STORE_NEW)
		return USHER_ESTATE;
	job = calloc(1, sizeof(*job));
	if (!job)
		return USHER_ENOMEM;
	rc = filter_take(job, filter);
	if (rc) {
		free(job);
		return rc;
	}
	job->run = erase_run;
	rc = usher__job_run(store, job, ERASE_MS);
	if (!rc && ret_count)
		*ret_count = job->count;
	usher__job_put(store, job);
	return rc;
}
