/* history.db: the rows, queries on them, and that they can be made again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "history.h"

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
	history_opts.dir = dir;

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

static uint64_t number_put(struct usher_store *store)
{
	struct usher_person_opts put;
	uint64_t id;

	usher_person_opts_init(&put, sizeof(put));
	put.kind = USHER_PERSON_ADDRESS;
	put.bytes = "+3612345678";
	put.len = 11;
	ck_assert_int_eq(usher_store_person_put(store, &put, &id), 0);
	return id;
}

/* A caller arrives when persons have been moved into personal.db and events
 * are about to be read. */
START_TEST(history__links_who_comes_between_the_persons_and_the_events)
{
	struct usher_person person = {.size = sizeof(person)};
	struct usher_store *store;
	struct disk disk;
	struct day day;
	uint64_t id, contact;

	disk_init(&disk);
	store = open_on(&disk, &history_opts);
	day_init(&day, store, EIGHT);
	day_open(&day);
	projected(store);
	disk.unlink_holds = true;
	number_put(store);
	day_presence(&day, 12, USHER_PAUSED, "lunch");
	for (int i = 0; i < 10000 && !disk.unlink_held; i++)
		usleep(1000);
	ck_assert(disk.unlink_held);
	id = number_put(store);
	contact = day_answered(&day, 1, 11, "c-9", id, 1, 1);
	ck_assert_int_eq(usher_store_wait(store, USHER_STORE_COMMITTED, 10000),
			 0);
	disk.unlink_holds = false;
	projected(store);
	ck_assert_int_eq(usher_store_person_get(store, id, &person, NULL, 0),
			 0);
	ck_assert_uint_eq(person.contact, contact);
	ck_assert_str_eq(person.customer, "c-9");
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

static Suite *history_suite(void)
{
	Suite *suite = suite_create("history");
	TCase *tc = tcase_create("history");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, history_setup, dir_remove);
	tcase_add_test(tc, history__has_the_rows_of_a_day);
	tcase_add_test(tc, history__folds_quarters_of_an_hour);
	tcase_add_test(tc, history__made_again_is_the_same);
	tcase_add_test(tc, history__removed_comes_back_at_the_next_start);
	tcase_add_test(tc, history__does_not_depend_on_restarts);
	tcase_add_test(tc, history__ahead_of_the_journal_is_made_again);
	tcase_add_test(tc, history__links_personal_data_to_the_contact);
	tcase_add_test(
		tc,
		history__links_who_comes_between_the_persons_and_the_events);
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
