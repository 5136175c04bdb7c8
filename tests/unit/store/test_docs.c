/* The statements of docs/storage.md, run on a center's history. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "day.h"
#include "util.h"

#define STATEMENTS_MIN 7
/* SQL for noon of the day of EIGHT, and of the next one. */
#define TODAY    "'2026-03-02 12:00'"
#define TOMORROW "'2026-03-03 12:00'"

static char *document(void)
{
	FILE *f = fopen(USHER_SOURCE_ROOT "/docs/storage.md", "r");
	char *text = calloc(1, 1 << 20);
	size_t len;

	ck_assert_ptr_nonnull(f);
	len = fread(text, 1, (1 << 20) - 1, f);
	ck_assert_uint_gt(len, 0);
	fclose(f);
	return text;
}

/* A morning with something of everything that is asked about. */
static void morning(void)
{
	struct usher_store_recover_cb cb = {.size = sizeof(cb)};
	struct usher_person_opts person;
	struct usher_store_opts opts;
	struct usher_store *store;
	struct day day;
	uint64_t id;

	usher_store_opts_init(&opts, sizeof(opts));
	opts.dir = dir;
	ck_assert_int_eq(usher_store_open(&store, &opts, NULL), 0);
	ck_assert_int_eq(usher_store_recover(store, &cb, NULL, NULL), 0);
	day_init(&day, store, EIGHT);
	day_open(&day);
	day_presence(&day, 12, USHER_PAUSED, "lunch");
	usher_person_opts_init(&person, sizeof(person));
	person.kind = USHER_PERSON_ADDRESS;
	person.bytes = "+3612345678";
	person.len = 11;
	ck_assert_int_eq(usher_store_person_put(store, &person, &id), 0);
	day_abandoned(&day, 2, 30);
	day_answered(&day, 1, 11, "c-1", id, 10, 60);
	ck_assert_int_eq(day.rc, 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}

/* The statement with the morning for now. */
static int prepare(sqlite3 *db, const char *sql, const char *now,
		   sqlite3_stmt **ret)
{
	const char *at = strstr(sql, "'now'");
	char text[4096];

	snprintf(text, sizeof(text), "%.*s%s%s",
		 (int)(at ? (size_t)(at - sql) : strlen(sql)), sql,
		 at ? now : "", at ? at + strlen("'now'") : "");
	return sqlite3_prepare_v2(db, text, -1, ret, NULL);
}

START_TEST(storage_document__has_statements_that_work)
{
	char *text = document(), *at = text, *end;
	int statements = 0, days = 0;
	char cwd[512];
	sqlite3 *db;

	morning();
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(
		sqlite3_open_v2("history.db", &db, SQLITE_OPEN_READONLY, NULL),
		SQLITE_OK);
	while ((at = strstr(at, "```sql\n"))) {
		sqlite3_stmt *s;
		int rc;

		at += strlen("```sql\n");
		end = strstr(at, "```");
		ck_assert_ptr_nonnull(end);
		*end = 0;
		if (strstr(at, "'now'")) {
			ck_assert_int_eq(prepare(db, at, TOMORROW, &s),
					 SQLITE_OK);
			ck_assert_msg(sqlite3_step(s) == SQLITE_DONE,
				      "rows of another day: %s", at);
			sqlite3_finalize(s);
			days++;
		}
		ck_assert_msg(prepare(db, at, TODAY, &s) == SQLITE_OK,
			      "%s: %s", sqlite3_errmsg(db), at);
		rc = sqlite3_step(s);
		ck_assert_msg(rc == SQLITE_ROW || (rc == SQLITE_DONE &&
						   !sqlite3_column_count(s)),
			      "no rows: %s", at);
		sqlite3_finalize(s);
		statements++;
		at = end + 1;
	}
	sqlite3_close(db);
	ck_assert_int_eq(chdir(cwd), 0);
	ck_assert_int_ge(statements, STATEMENTS_MIN);
	ck_assert_int_ge(days, 1);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("storage document");
	TCase *tc = tcase_create("storage document");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, dir_make, dir_remove);
	tcase_add_test(tc, storage_document__has_statements_that_work);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
