#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <usher/store.h>

#include "sql.h"

/* Longer than any reader holds the file; readers do not block in WAL. */
#define BUSY_MS 5000

int usher__sql_error(sqlite3 *db, struct usher_error *err)
{
	int code = USHER_EIO;

	switch (sqlite3_errcode(db)) {
	case SQLITE_NOMEM:
		code = USHER_ENOMEM;
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		code = USHER_EBUSY;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		code = USHER_ECORRUPT;
		break;
	}
	return usher_error_set(err, code, "SQLite: %s", sqlite3_errmsg(db));
}

int usher__sql_exec(sqlite3 *db, const char *sql, struct usher_error *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return usher__sql_error(db, err);
	return 0;
}

int usher__sql_prepare(sqlite3 *db, sqlite3_stmt **ret, const char *sql,
		       struct usher_error *err)
{
	if (sqlite3_prepare_v2(db, sql, -1, ret, NULL) != SQLITE_OK)
		return usher__sql_error(db, err);
	return 0;
}

int usher__sql_run(sqlite3_stmt *stmt, struct usher_error *err)
{
	int rc;

	do {
		rc = sqlite3_step(stmt);
	} while (rc == SQLITE_ROW);
	/* Before the reset, which forgets nothing but may be asked again. */
	rc = rc == SQLITE_DONE
		     ? 0
		     : usher__sql_error(sqlite3_db_handle(stmt), err);
	sqlite3_reset(stmt);
	return rc;
}

sqlite3_int64 usher__sql_number(sqlite3 *db, const char *sql,
				sqlite3_int64 fallback)
{
	sqlite3_stmt *stmt;
	sqlite3_int64 n = fallback;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return fallback;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static int open_at(sqlite3 **ret, const char *path, int flags,
		   struct usher_error *err)
{
	sqlite3 *db = NULL;
	int rc;

	if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK) {
		rc = db ? usher__sql_error(db, err) : USHER_ENOMEM;
		sqlite3_close(db);
		return rc;
	}
	sqlite3_busy_timeout(db, BUSY_MS);
	*ret = db;
	return 0;
}

int usher__sql_open(sqlite3 **ret, const char *dir, const char *name,
		    const char *sync, struct usher_error *err)
{
	char path[USHER_STORE_DIR_MAX + 32], pragmas[192];
	sqlite3 *db = NULL;
	int fd, rc;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	/* SQLite would make it readable for others; its WAL takes the mode
	 * of the database. */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return usher_error_set(err, USHER_EIO, "cannot open %s: %s",
				       path, strerror(errno));
	close(fd);
	rc = open_at(&db, path, SQLITE_OPEN_READWRITE, err);
	if (rc)
		return rc;
	snprintf(pragmas, sizeof(pragmas),
		 "PRAGMA journal_mode=WAL; PRAGMA synchronous=%s;"
		 "PRAGMA secure_delete=ON;",
		 sync);
	rc = usher__sql_exec(db, pragmas, err);
	if (rc) {
		sqlite3_close(db);
		return rc;
	}
	*ret = db;
	return 0;
}

int usher__sql_open_ro(sqlite3 **ret, const char *dir, const char *name,
		       struct usher_error *err)
{
	char path[USHER_STORE_DIR_MAX + 32];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return usher_error_set(err, USHER_EINVAL,
				       "the directory's name is too long");
	if (access(path, F_OK))
		return usher_error_set(err, USHER_ENOENT, "there is no %s",
				       path);
	/* Reading a WAL takes its shared memory file, which is written. */
	return open_at(ret, path, SQLITE_OPEN_READWRITE, err);
}

int usher__sql_migrate(sqlite3 *db, const char *name, const char *const *steps,
		       int version, struct usher_error *err)
{
	int have = (int)usher__sql_number(db, "PRAGMA user_version", -1);
	char pragma[48];
	int rc = 0;

	if (have < 0)
		return usher__sql_error(db, err);
	if (have > version)
		return usher_error_set(err, USHER_ENOTSUP,
				       "%s has schema %d, this version knows "
				       "up to %d",
				       name, have, version);
	for (; have < version && !rc; have++) {
		snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%d",
			 have + 1);
		rc = usher__sql_exec(db, "BEGIN IMMEDIATE", err);
		if (!rc)
			rc = usher__sql_exec(db, steps[have], err);
		if (!rc)
			rc = usher__sql_exec(db, pragma, err);
		if (!rc)
			rc = usher__sql_exec(db, "COMMIT", err);
		if (rc)
			sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	}
	return rc;
}
