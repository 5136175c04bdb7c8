/* history.db: the rows, queries on them, and that they can be made again. */
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "day.h"
#include "util.h"

static struct usher_store_opts opts;
static char log_line[512];

static void log_to(void *arg, int level, const char *line)
{
	(void)arg;
	(void)level;
	snprintf(log_line, sizeof(log_line), "%s", line);
}

static void setup(void)
{
	dir_make();
	usher_store_opts_init(&opts, sizeof(opts));
	opts.dir = dir;
	opts.sync_ms = 4;
	opts.log = log_to;
	log_line[0] = 0;
}

static struct usher_store *open_history(void)
{
	struct usher_store_recover_cb cb = {.size = sizeof(cb)};
	struct usher_store *store = NULL;
	struct usher_error err;

	ck_assert_msg(!usher_store_open(&store, &opts, &err), "%s",
		      err.message);
	ck_assert_msg(!usher_store_recover(store, &cb, NULL, &err), "%s",
		      err.message);
	return store;
}

static void projected(struct usher_store *store)
{
	ck_assert_int_eq(usher_store_wait(store, USHER_STORE_PROJECTED, 10000),
			 0);
	ck_assert_uint_eq(usher_store_projected(store),
			  usher_store_appended(store));
}

/* One number out of history.db. */
static int64_t ask(const char *sql)
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

/* Everything in history.db but where the figures' fold was saved. */
static void dump(char *ret, size_t cap)
{
	ck_assert_int_eq(history_dump(dir, true, ret, cap), 0);
}

static char first_dump[1 << 20], second_dump[1 << 20];

/* Check's own comparison would print all of both. */
static bool same_dumps(void)
{
	size_t at = 0, line = 0;

	while (first_dump[at] && first_dump[at] == second_dump[at]) {
		at++;
		if (first_dump[at - 1] == '\n')
			line = at;
	}
	if (first_dump[at] == second_dump[at])
		return true;
	fprintf(stderr, "%.300s\n--\n%.300s\n", first_dump + line,
		second_dump + line);
	return false;
}

/* Two intervals: three answered, one of them late, one abandoned. */
static void small_day(struct usher_store *store, struct day *day)
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

START_TEST(history__has_the_rows_of_a_day)
{
	struct usher_store *store = open_history();
	struct day day;

	small_day(store, &day);
	day_close(&day);
	projected(store);
	ck_assert_int_eq(ask("SELECT count(*) FROM contact"), 4);
	ck_assert_int_eq(ask("SELECT count(*) FROM event"), (int)day.seq);
	ck_assert_int_eq(ask("SELECT count(*) FROM segment"), 7);
	ck_assert_int_eq(ask("SELECT count(*) FROM contact WHERE "
			     "closed_us > end_us OR end_us > begin_us"),
			 4);
	ck_assert_int_eq(ask("SELECT sum(wait_us) FROM contact"),
			 (10 + 32 + 12 + 5) * 1000000);
	ck_assert_int_eq(ask("SELECT talk_us FROM contact "
			     "WHERE customer='c-2'"),
			 100 * 1000000);
	ck_assert_int_eq(ask("SELECT wrapup_us FROM contact "
			     "WHERE customer='c-2'"),
			 5 * 1000000);
	ck_assert_int_eq(ask("SELECT count(*) FROM segment WHERE kind='queue' "
			     "AND outcome='answered' AND ring_us=2000000"),
			 3);
	ck_assert_int_eq(ask("SELECT count(*) FROM segment WHERE kind='agent' "
			     "AND disposition='solved'"),
			 3);
	/* Sessions. */
	ck_assert_int_eq(ask("SELECT count(*) FROM agent_session "
			     "WHERE end_us > begin_us"),
			 2);
	ck_assert_int_eq(ask("SELECT paused_us FROM agent_session "
			     "WHERE agent=12"),
			 900 * 1000000);
	ck_assert_int_eq(ask("SELECT handled FROM agent_session "
			     "WHERE agent=11"),
			 2);
	ck_assert_int_eq(ask("SELECT ready_us+paused_us=end_us-begin_us "
			     "FROM agent_session WHERE agent=12"),
			 1);
	ck_assert_int_eq(ask("SELECT removed_us > 0 FROM queue WHERE id=2"),
			 1);
	/* JSON is JSON. */
	ck_assert_int_eq(ask("SELECT count(*) FROM event "
			     "WHERE json_valid(json)"),
			 (int)day.seq);
	ck_assert_int_eq(ask("SELECT count(*) FROM event WHERE "
			     "json_extract(json,'$.type') <> type"),
			 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(history__folds_quarters_of_an_hour)
{
	struct usher_store *store = open_history();
	struct day day;

	small_day(store, &day);
	projected(store);
	ck_assert_int_eq(ask("SELECT entered FROM interval WHERE queue=1 AND "
			     "begin_us=1772438400000000"),
			 3);
	ck_assert_int_eq(ask("SELECT answered FROM interval WHERE queue=1 AND "
			     "begin_us=1772438400000000"),
			 2);
	ck_assert_int_eq(ask("SELECT answered_within FROM interval WHERE "
			     "queue=1 AND begin_us=1772438400000000"),
			 1);
	ck_assert_int_eq(ask("SELECT abandoned FROM interval WHERE queue=1 "
			     "AND begin_us=1772438400000000"),
			 1);
	ck_assert_int_eq(ask("SELECT wait_us FROM interval WHERE queue=1 AND "
			     "begin_us=1772438400000000"),
			 42 * 1000000);
	/* The interval that is running, so far; queue 0 is all of them. */
	ck_assert_int_eq(ask("SELECT answered FROM interval WHERE queue=2"),
			 1);
	ck_assert_int_eq(ask("SELECT sum(answered) FROM interval "
			     "WHERE queue=0 AND agent=0"),
			 3);
	ck_assert_int_eq(ask("SELECT sum(handled) FROM interval "
			     "WHERE agent=11"),
			 2);
	ck_assert_int_eq(ask("SELECT sum(paused_us) FROM interval "
			     "WHERE agent=12"),
			 900 * 1000000);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(history__made_again_is_the_same)
{
	struct usher_store *store = open_history();
	struct usher_error err;
	struct day day;

	small_day(store, &day);
	projected(store);
	dump(first_dump, sizeof(first_dump));
	ck_assert_msg(!usher_store_rebuild(store, &err), "%s", err.message);
	dump(second_dump, sizeof(second_dump));
	ck_assert(same_dumps());
	/* And goes on from there. */
	day_abandoned(&day, 2, 1);
	projected(store);
	ck_assert_int_eq(ask("SELECT count(*) FROM contact"), 5);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

static void remove_history(void)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char path[256];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/history.db%s", dir, ends[i]);
		unlink(path);
	}
}

START_TEST(history__removed_comes_back_at_the_next_start)
{
	struct usher_store *store = open_history();
	struct day day;

	small_day(store, &day);
	ck_assert_int_eq(usher_store_close(store), 0);
	dump(first_dump, sizeof(first_dump));
	remove_history();
	store = open_history();
	projected(store);
	ck_assert_int_eq(usher_store_close(store), 0);
	dump(second_dump, sizeof(second_dump));
	ck_assert(same_dumps());
}
END_TEST

/* In one go, or with a kill or a close after every contact: the same. */
START_TEST(history__does_not_depend_on_restarts)
{
	struct usher_store *store = open_history();
	struct day day;

	day_init(&day, store, EIGHT);
	day_open(&day);
	for (int i = 0; i < 8; i++) {
		day_answered(&day, 1, 11, "c", 0, 10, 100);
		day_pass(&day, 200);
	}
	ck_assert_int_eq(usher_store_close(store), 0);
	dump(first_dump, sizeof(first_dump));
	dir_remove();
	dir_make();
	opts.dir = dir;

	store = open_history();
	day_init(&day, store, EIGHT);
	day_open(&day);
	for (int i = 0; i < 8; i++) {
		pid_t child;
		int status;

		ck_assert_int_eq(usher_store_close(store), 0);
		child = fork();
		if (!child) {
			store = open_history();
			day.store = store;
			day_answered(&day, 1, 11, "c", 0, 10, 100);
			if (i & 1)
				usher_store_wait(store, USHER_STORE_PROJECTED,
						 5000);
			if (day.rc)
				_exit(1);
			_exit(0);
		}
		waitpid(child, &status, 0);
		ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
		store = open_history();
		day.store = store;
		day.seq = usher_store_appended(store);
		day.now_us += 117 * 1000000;
		day.next += 4;
		day_pass(&day, 200);
	}
	ck_assert_int_eq(usher_store_close(store), 0);
	dump(second_dump, sizeof(second_dump));
	ck_assert(same_dumps());
}
END_TEST

START_TEST(history__ahead_of_the_journal_is_made_again)
{
	struct usher_store *store = open_history();
	char path[256];
	struct day day;

	day_init(&day, store, EIGHT);
	day_open(&day);
	ck_assert_int_eq(usher_store_close(store), 0);
	store = open_history();
	day_init(&day, store, EIGHT);
	day_abandoned(&day, 1, 4);
	ck_assert_int_eq(usher_store_close(store), 0);
	/* As if an older journal had been brought back. */
	segment_path(path, sizeof(path), 2);
	ck_assert_int_eq(unlink(path), 0);
	store = open_history();
	day_init(&day, store, EIGHT + 1);
	day_abandoned(&day, 2, 4);
	projected(store);
	ck_assert_int_eq(ask("SELECT count(*) FROM contact"), 1);
	ck_assert_int_eq(ask("SELECT queue FROM contact"), 2);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(history__links_personal_data_to_the_contact)
{
	struct usher_person_filter filter = {.size = sizeof(filter)};
	struct usher_person person = {.size = sizeof(person)};
	struct usher_store *store = open_history();
	struct usher_person_opts put;
	uint64_t id, contact, count = 0;
	struct day day;

	usher_person_opts_init(&put, sizeof(put));
	put.kind = USHER_PERSON_ADDRESS;
	put.bytes = "+3612345678";
	put.len = 11;
	ck_assert_int_eq(usher_store_person_put(store, &put, &id), 0);
	day_init(&day, store, EIGHT);
	day_open(&day);
	contact = day_answered(&day, 1, 11, "c-9", id, 1, 1);
	projected(store);
	ck_assert_int_eq(ask("SELECT address FROM contact"), (int64_t)id);
	ck_assert_int_eq(usher_store_person_get(store, id, &person, NULL, 0),
			 0);
	ck_assert_uint_eq(person.contact, contact);
	ck_assert_str_eq(person.customer, "c-9");
	/* The number is in no event. */
	ck_assert_int_eq(ask("SELECT count(*) FROM event "
			     "WHERE json LIKE '%3612345678%'"),
			 0);
	filter.contact = contact;
	ck_assert_int_eq(usher_store_person_erase(store, &filter, &count), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(history__answers_queries)
{
	struct usher_store *store = open_history();
	struct usher_history_segment segments[8];
	struct usher_history_interval spans[16];
	struct usher_history_contact rows[8];
	struct usher_history_query query;
	struct usher_history *history;
	uint64_t cursor = 7;
	struct usher_error err;
	size_t count = 0;
	struct day day;

	small_day(store, &day);
	projected(store);
	ck_assert_msg(!usher_history_open(&history, dir, &err), "%s",
		      err.message);
	ck_assert_int_eq(usher_history_contacts(history, NULL, rows,
						sizeof(rows[0]), 8, &count,
						&cursor),
			 0);
	ck_assert_uint_eq(count, 4);
	ck_assert_uint_eq(cursor, 0);
	ck_assert_uint_gt(rows[0].id, rows[1].id);
	ck_assert_str_eq(rows[0].queue_name, "sales");
	ck_assert_str_eq(rows[0].agent_name, "alice");
	ck_assert_str_eq(rows[0].channel, "voice");
	ck_assert_str_eq(rows[0].entry, "1000");
	ck_assert_str_eq(rows[0].outcome, "hung_up");
	ck_assert_int_eq(rows[0].talk_ms, 40000);
	ck_assert_int_eq(rows[0].wait_ms, 5000);
	ck_assert_uint_eq(rows[0].direction, USHER_IN);
	ck_assert_uint_eq(rows[0].segments, 2);

	/* Page by page. */
	usher_history_query_init(&query, sizeof(query));
	query.limit = 3;
	ck_assert_int_eq(usher_history_contacts(history, &query, rows,
						sizeof(rows[0]), 8, &count,
						&cursor),
			 0);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(cursor, rows[2].id);
	query.cursor = cursor;
	ck_assert_int_eq(usher_history_contacts(history, &query, rows,
						sizeof(rows[0]), 8, &count,
						&cursor),
			 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(cursor, 0);

	usher_history_query_init(&query, sizeof(query));
	query.queue = 1;
	query.agent = 12;
	ck_assert_int_eq(usher_history_contacts(history, &query, rows,
						sizeof(rows[0]), 8, &count,
						NULL),
			 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(rows[0].customer, "c-2");
	usher_history_query_init(&query, sizeof(query));
	query.customer = "c-1";
	query.oldest_first = 1;
	ck_assert_int_eq(usher_history_contacts(history, &query, rows,
						sizeof(rows[0]), 8, &count,
						NULL),
			 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_lt(rows[0].begin_us, rows[1].begin_us);
	query.from_us = EIGHT + INT64_C(900000000);
	ck_assert_int_eq(usher_history_contacts(history, &query, rows,
						sizeof(rows[0]), 8, &count,
						NULL),
			 0);
	ck_assert_uint_eq(count, 1);

	query.customer = NULL;
	query.from_us = 0;
	query.contact = rows[0].id;
	ck_assert_int_eq(usher_history_segments(history, &query, segments,
						sizeof(segments[0]), 8, &count,
						NULL),
			 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(segments[0].kind, "queue");
	ck_assert_str_eq(segments[1].kind, "agent");
	ck_assert_str_eq(segments[0].outcome, "answered");
	ck_assert_str_eq(segments[1].disposition, "solved");
	ck_assert_int_eq(segments[0].ring_ms, 2000);

	usher_history_query_init(&query, sizeof(query));
	query.queue = 1;
	ck_assert_int_eq(usher_history_intervals(history, &query, spans,
						 sizeof(spans[0]), 16, &count,
						 &cursor),
			 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(spans[0].entered, 3);
	ck_assert_uint_eq(spans[0].answered_in_time, 1);
	query.queue = 0;
	query.limit = 2;
	ck_assert_int_eq(usher_history_intervals(history, &query, spans,
						 sizeof(spans[0]), 16, &count,
						 &cursor),
			 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(cursor, 2);
	usher_history_free(history);
	usher_history_free(NULL);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

/* A caller that was compiled with smaller or larger structs. */
START_TEST(history__fits_rows_of_another_size)
{
	struct usher_store *store = open_history();
	struct usher_history *history;
	char rows[4][2000];
	size_t count = 0;
	struct day day;
	uint64_t id;

	small_day(store, &day);
	projected(store);
	ck_assert_int_eq(usher_history_open(&history, dir, NULL), 0);
	memset(rows, 0xaa, sizeof(rows));
	ck_assert_int_eq(usher_history_contacts(history, NULL, (void *)rows,
						sizeof(rows[0]), 4, &count,
						NULL),
			 0);
	ck_assert_uint_eq(count, 4);
	ck_assert_int_eq(rows[3][1999], 0);
	ck_assert_int_eq(usher_history_contacts(history, NULL, (void *)&id, 8,
						1, &count, NULL),
			 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(memcmp(rows[0], &id, 8), 0);
	ck_assert_int_eq(usher_history_contacts(history, NULL, NULL, 8, 1,
						&count, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(
		usher_history_contacts(NULL, NULL, NULL, 8, 0, &count, NULL),
		USHER_EINVAL);
	usher_history_free(history);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

static int count_json(void *arg, uint64_t seq, const char *json)
{
	uint64_t *n = arg;

	ck_assert_uint_eq(seq, ++n[0]);
	ck_assert_int_eq(json[0], '{');
	return n[0] == n[1] ? 1 : 0;
}

START_TEST(history__gives_events_as_json)
{
	struct usher_store *store = open_history();
	struct usher_history_query query;
	struct usher_history *history;
	uint64_t n[2] = {0, 0};
	struct day day;

	small_day(store, &day);
	projected(store);
	ck_assert_int_eq(usher_history_open(&history, dir, NULL), 0);
	ck_assert_int_eq(usher_history_events(history, NULL, count_json, n),
			 0);
	ck_assert_uint_eq(n[0], day.seq);
	usher_history_query_init(&query, sizeof(query));
	query.cursor = 5;
	n[0] = 5;
	n[1] = 8;
	ck_assert_int_eq(usher_history_events(history, &query, count_json, n),
			 0);
	ck_assert_uint_eq(n[0], 8);
	usher_history_free(history);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(history__refuses_a_newer_schema_and_none)
{
	struct usher_history *history = NULL;
	struct usher_store *store;
	struct usher_error err;
	char path[256];
	sqlite3 *db;

	ck_assert_int_eq(usher_history_open(&history, dir, &err),
			 USHER_ENOENT);
	store = open_history();
	ck_assert_int_eq(usher_store_close(store), 0);
	snprintf(path, sizeof(path), "%s/history.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	ck_assert_int_eq(usher_history_open(&history, dir, &err),
			 USHER_ENOTSUP);
	ck_assert_ptr_null(history);
	ck_assert_int_eq(usher_store_open(&store, &opts, &err), USHER_ENOTSUP);
	ck_assert_ptr_nonnull(strstr(err.message, "99"));
	opts.no_history = 1;
	ck_assert_int_eq(usher_store_open(&store, &opts, &err), 0);
	ck_assert_int_eq(usher_store_rebuild(store, &err), USHER_ENOTSUP);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(history__that_is_no_database_is_refused)
{
	struct usher_store *store = NULL;
	struct usher_error err;
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/history.db", dir);
	f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database ", f);
	fclose(f);
	ck_assert_int_eq(usher_store_open(&store, &opts, &err),
			 USHER_ECORRUPT);
	ck_assert_ptr_null(store);
}
END_TEST

/* Readers of history do not hold the writer up, nor it them. */
START_TEST(history__is_read_while_it_is_written)
{
	struct usher_store *store = open_history();
	struct usher_history *history;
	struct usher_history_contact rows[4];
	size_t count = 0;
	struct day day;

	ck_assert_int_eq(usher_history_open(&history, dir, NULL), 0);
	day_init(&day, store, EIGHT);
	day_open(&day);
	for (int i = 0; i < 200; i++) {
		day_answered(&day, 1, 11, "c", 0, 1, 1);
		ck_assert_int_eq(usher_history_contacts(history, NULL, rows,
							sizeof(rows[0]), 4,
							&count, NULL),
				 0);
	}
	ck_assert_int_eq(day.rc, 0);
	projected(store);
	ck_assert_int_eq(ask("SELECT count(*) FROM contact"), 200);
	usher_history_free(history);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

static Suite *history_suite(void)
{
	Suite *suite = suite_create("history");
	TCase *tc = tcase_create("history");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, dir_remove);
	tcase_add_test(tc, history__has_the_rows_of_a_day);
	tcase_add_test(tc, history__folds_quarters_of_an_hour);
	tcase_add_test(tc, history__made_again_is_the_same);
	tcase_add_test(tc, history__removed_comes_back_at_the_next_start);
	tcase_add_test(tc, history__does_not_depend_on_restarts);
	tcase_add_test(tc, history__ahead_of_the_journal_is_made_again);
	tcase_add_test(tc, history__links_personal_data_to_the_contact);
	tcase_add_test(tc, history__answers_queries);
	tcase_add_test(tc, history__fits_rows_of_another_size);
	tcase_add_test(tc, history__gives_events_as_json);
	tcase_add_test(tc, history__refuses_a_newer_schema_and_none);
	tcase_add_test(tc, history__that_is_no_database_is_refused);
	tcase_add_test(tc, history__is_read_while_it_is_written);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(history_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
