#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "history.h"

struct usher_store_opts history_opts;

void history_setup(void)
{
	dir_make();
	usher_store_opts_init(&history_opts, sizeof(history_opts));
	history_opts.dir = dir;
	history_opts.sync_ms = 4;
}

struct usher_store *open_history(void)
{
	struct usher_store_recover_cb cb = {.size = sizeof(cb)};
	struct usher_store *store = NULL;
	struct usher_error err;

	ck_assert_msg(!usher_store_open(&store, &history_opts, &err), "%s",
		      err.message);
	ck_assert_msg(!usher_store_recover(store, &cb, NULL, &err), "%s",
		      err.message);
	return store;
}

void projected(struct usher_store *store)
{
	ck_assert_int_eq(usher_store_wait(store, USHER_STORE_PROJECTED, 60000),
			 0);
	ck_assert_uint_eq(usher_store_projected(store),
			  usher_store_appended(store));
}

/* One number out of history.db. */
int64_t ask(const char *sql)
{
	char path[256];
	sqlite3_stmt *s;
	sqlite3 *db;
	int64_t n;

	snprintf(path, sizeof(path), "%s/history.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK,
		      "%s", sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return n;
}

/* Two intervals: three answered, one of them late, one abandoned. */
void small_day(struct usher_store *store, struct day *day)
{
	day_init(day, store, EIGHT);
	day_open(day);
	day_pass(day, 10);
	day_answered(day, 1, 11, "c-1", 0, 8, 60);
	day_answered(day, 1, 12, "c-2", 0, 30, 100);
	day_abandoned(day, 1, 12);
	day_presence(day, 12, USHER_PAUSED, "lunch");
	day_pass(day, 900);
	day_presence(day, 12, USHER_READY, "");
	day_answered(day, 2, 11, "c-1", 0, 3, 40);
	ck_assert_int_eq(day->rc, 0);
}
