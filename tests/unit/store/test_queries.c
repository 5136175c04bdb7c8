/* Queries on history.db, while the store is open. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "history.h"

static struct usher_store *day_store;
static struct usher_history *history;

/* A small day, and a connection that reads it. */
static void query_setup(void)
{
	struct usher_error err;
	struct day day;

	history_setup();
	day_store = open_history();
	small_day(day_store, &day);
	projected(day_store);
	ck_assert_msg(!usher_history_open(&history, dir, &err), "%s",
		      err.message);
}

static void query_end(void)
{
	usher_history_free(history);
	usher_history_free(NULL);
	ck_assert_int_eq(usher_store_close(day_store), 0);
	dir_remove();
}

START_TEST(history__gives_contacts)
{
	struct usher_history_contact rows[8];
	uint64_t cursor = 7;
	size_t count = 0;

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
}
END_TEST

START_TEST(history__gives_contacts_page_by_page)
{
	struct usher_history_contact rows[8];
	struct usher_history_query query;
	uint64_t cursor = 7;
	size_t count = 0;

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
}
END_TEST

START_TEST(history__finds_contacts)
{
	struct usher_history_contact rows[8];
	struct usher_history_query query;
	size_t count = 0;

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
}
END_TEST

START_TEST(history__gives_segments)
{
	struct usher_history_segment segments[8];
	struct usher_history_contact rows[8];
	struct usher_history_query query;
	size_t count = 0;

	usher_history_query_init(&query, sizeof(query));
	query.customer = "c-1";
	ck_assert_int_eq(usher_history_contacts(history, &query, rows,
						sizeof(rows[0]), 8, &count,
						NULL),
			 0);
	usher_history_query_init(&query, sizeof(query));
	query.contact = rows[0].id;
	query.oldest_first = 1;
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
}
END_TEST

START_TEST(history__gives_intervals)
{
	struct usher_history_interval spans[16];
	struct usher_history_query query;
	uint64_t cursor = 7;
	size_t count = 0;

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
}
END_TEST

/* A caller that was compiled with smaller or larger structs. */
START_TEST(history__fits_rows_of_another_size)
{
	struct usher_store *store = open_history();
	struct usher_history *own;
	char rows[4][2000];
	size_t count = 0;
	struct day day;
	uint64_t id;

	small_day(store, &day);
	projected(store);
	ck_assert_int_eq(usher_history_open(&own, dir, NULL), 0);
	memset(rows, 0xaa, sizeof(rows));
	ck_assert_int_eq(usher_history_contacts(own, NULL, (void *)rows,
						sizeof(rows[0]), 4, &count,
						NULL),
			 0);
	ck_assert_uint_eq(count, 4);
	ck_assert_int_eq(rows[3][1999], 0);
	ck_assert_int_eq(usher_history_contacts(own, NULL, (void *)&id, 8, 1,
						&count, NULL),
			 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(memcmp(rows[0], &id, 8), 0);
	ck_assert_int_eq(
		usher_history_contacts(own, NULL, NULL, 8, 1, &count, NULL),
		USHER_EINVAL);
	ck_assert_int_eq(
		usher_history_contacts(NULL, NULL, NULL, 8, 0, &count, NULL),
		USHER_EINVAL);
	usher_history_free(own);
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
	struct usher_history *own;
	uint64_t n[2] = {0, 0};
	struct day day;

	small_day(store, &day);
	projected(store);
	ck_assert_int_eq(usher_history_open(&own, dir, NULL), 0);
	ck_assert_int_eq(usher_history_events(own, NULL, count_json, n), 0);
	ck_assert_uint_eq(n[0], day.seq);
	usher_history_query_init(&query, sizeof(query));
	query.cursor = 5;
	n[0] = 5;
	n[1] = 8;
	ck_assert_int_eq(usher_history_events(own, &query, count_json, n), 0);
	ck_assert_uint_eq(n[0], 8);
	usher_history_free(own);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(history__refuses_a_newer_schema_and_none)
{
	struct usher_history *own = NULL;
	struct usher_store *store;
	struct usher_error err;
	char path[256];
	sqlite3 *db;

	ck_assert_int_eq(usher_history_open(&own, dir, &err), USHER_ENOENT);
	store = open_history();
	ck_assert_int_eq(usher_store_close(store), 0);
	snprintf(path, sizeof(path), "%s/history.db", dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db, "PRAGMA user_version=99", NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	ck_assert_int_eq(usher_history_open(&own, dir, &err), USHER_ENOTSUP);
	ck_assert_ptr_null(own);
	ck_assert_int_eq(usher_store_open(&store, &history_opts, &err),
			 USHER_ENOTSUP);
	ck_assert_ptr_nonnull(strstr(err.message, "99"));
	history_opts.no_history = 1;
	ck_assert_int_eq(usher_store_open(&store, &history_opts, &err), 0);
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
	ck_assert_int_eq(usher_store_open(&store, &history_opts, &err),
			 USHER_ECORRUPT);
	ck_assert_ptr_null(store);
}
END_TEST

/* Readers of history do not hold the writer up, nor it them. */
START_TEST(history__is_read_while_it_is_written)
{
	struct usher_store *store = open_history();
	struct usher_history *own;
	struct usher_history_contact rows[4];
	size_t count = 0;
	struct day day;

	ck_assert_int_eq(usher_history_open(&own, dir, NULL), 0);
	day_init(&day, store, EIGHT);
	day_open(&day);
	for (int i = 0; i < 200; i++) {
		day_answered(&day, 1, 11, "c", 0, 1, 1);
		ck_assert_int_eq(usher_history_contacts(own, NULL, rows,
							sizeof(rows[0]), 4,
							&count, NULL),
				 0);
	}
	ck_assert_int_eq(day.rc, 0);
	projected(store);
	ck_assert_int_eq(ask("SELECT count(*) FROM contact"), 200);
	usher_history_free(own);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

static Suite *queries_suite(void)
{
	Suite *suite = suite_create("queries");
	TCase *tc = tcase_create("a day"), *own = tcase_create("own store");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, query_setup, query_end);
	tcase_add_test(tc, history__gives_contacts);
	tcase_add_test(tc, history__gives_contacts_page_by_page);
	tcase_add_test(tc, history__finds_contacts);
	tcase_add_test(tc, history__gives_segments);
	tcase_add_test(tc, history__gives_intervals);
	suite_add_tcase(suite, tc);
	tcase_set_timeout(own, 60);
	tcase_add_checked_fixture(own, history_setup, dir_remove);
	tcase_add_test(own, history__fits_rows_of_another_size);
	tcase_add_test(own, history__gives_events_as_json);
	tcase_add_test(own, history__refuses_a_newer_schema_and_none);
	tcase_add_test(own, history__that_is_no_database_is_refused);
	tcase_add_test(own, history__is_read_while_it_is_written);
	suite_add_tcase(suite, own);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(queries_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
