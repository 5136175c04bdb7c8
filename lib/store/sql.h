/* A little on top of SQLite: statements by number, bound by position. */
#ifndef USHER__STORE_SQL_H
#define USHER__STORE_SQL_H

#include <sqlite3.h>
#include <usher/error.h>

/* Open a database file in the store's directory, mode 0600, WAL; sync is the
 * value of PRAGMA synchronous. */
int usher__sql_open(sqlite3 **ret, const char *dir, const char *name,
		    const char *sync, struct usher_error *err);
/* For reading only; never makes the file. USHER_ENOENT when missing. */
int usher__sql_open_ro(sqlite3 **ret, const char *dir, const char *name,
		       struct usher_error *err);
/* Bring PRAGMA user_version forward: steps[v] leads from v to v + 1, in one
 * transaction. USHER_ENOTSUP when it is newer. */
int usher__sql_migrate(sqlite3 *db, const char *name, const char *const *steps,
		       int version, struct usher_error *err);
int usher__sql_exec(sqlite3 *db, const char *sql, struct usher_error *err);
int usher__sql_prepare(sqlite3 *db, sqlite3_stmt **ret, const char *sql,
		       struct usher_error *err);
/* Run to its end and reset. */
int usher__sql_run(sqlite3_stmt *stmt, struct usher_error *err);
/* The USHER_E code of what the connection said last. */
int usher__sql_error(sqlite3 *db, struct usher_error *err);
/* First column of the first row, or fallback. */
sqlite3_int64 usher__sql_number(sqlite3 *db, const char *sql,
				sqlite3_int64 fallback);

#endif
