/* Appending, recovering, and what may have happened to the files between. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

START_TEST(store__recovers_what_was_appended)
{
	struct usher_store_recovery found;
	struct usher_store *store;
	struct seen seen = {0};

	store = reopen(&seen, &found);
	ck_assert_uint_eq(found.last_seq, 0);
	ck_assert_uint_eq(usher_store_appended(store), 0);
	ck_assert_int_eq(append_turn(store, 1, 3), 0);
	ck_assert_int_eq(append_turn(store, 4, 4), 0);
	/* An input that causes nothing, and the next one. */
	ck_assert_int_eq(append_number(store, 5, USHER_KIND_INPUT), 0);
	ck_assert_int_eq(append_number(store, 5, USHER_KIND_INPUT), 0);
	ck_assert_int_eq(append_number(store, 5, USHER_KIND_NOTE), 0);
	ck_assert_int_eq(usher_store_commit_turn(store), 0);
	ck_assert_uint_eq(usher_store_appended(store), 5);
	ck_assert_int_eq(usher_store_wait(store, USHER_STORE_COMMITTED, 5000),
			 0);
	ck_assert_uint_eq(usher_store_committed(store), 5);
	ck_assert_int_eq(usher_store_close(store), 0);

	store = reopen(&seen, &found);
	ck_assert_uint_eq(seen.events, 5);
	ck_assert_uint_eq(seen.inputs, 4);
	ck_assert_uint_eq(found.first_seq, 1);
	ck_assert_uint_eq(found.last_seq, 5);
	ck_assert_int_eq(found.last_time_us, 5000);
	ck_assert_uint_eq(found.entries, 9);
	ck_assert_uint_eq(found.cut_bytes, 0);
	ck_assert_uint_eq(usher_store_committed(store), 5);
	ck_assert_int_eq(append_turn(store, 6, 6), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
	store = reopen(&seen, &found);
	ck_assert_uint_eq(seen.events, 6);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(store__refuses_what_does_not_follow)
{
	struct usher_store_entry entry = {1, 5, "x", 1, USHER_KIND_EVENT, 0};
	struct usher_store *store = open_plain();
	struct usher_store_opts opts;
	struct usher_error err;
	struct seen seen = {0};

	ck_assert_int_eq(usher_store_append_encoded(store, &entry, 1),
			 USHER_ESTATE);
	ck_assert_int_eq(usher_store_commit_turn(store), USHER_ESTATE);
	ck_assert_int_eq(usher_store_snapshot(store, 1, "x", 1), USHER_ESTATE);
	ck_assert_int_eq(recover(store, &seen, NULL, &err), 0);
	ck_assert_int_eq(recover(store, &seen, NULL, &err), USHER_ESTATE);
	ck_assert_int_eq(usher_store_append_encoded(store, &entry, 1), 0);
	/* The same again, a gap, time backwards, nothing, too much, no
	 * kind. */
	ck_assert_int_eq(usher_store_append_encoded(store, &entry, 1),
			 USHER_EINVAL);
	entry.seq = 3;
	ck_assert_int_eq(usher_store_append_encoded(store, &entry, 1),
			 USHER_EINVAL);
	entry.seq = 2;
	entry.time_us = 4;
	ck_assert_int_eq(usher_store_append_encoded(store, &entry, 1),
			 USHER_EINVAL);
	entry.time_us = 5;
	entry.len = 0;
	ck_assert_int_eq(usher_store_append_encoded(store, &entry, 1),
			 USHER_EINVAL);
	entry.len = USHER_STORE_ENTRY_MAX + 1;
	ck_assert_int_eq(usher_store_append_encoded(store, &entry, 1),
			 USHER_EINVAL);
	entry.len = 1;
	entry.kind = 0;
	ck_assert_int_eq(usher_store_append_encoded(store, &entry, 1),
			 USHER_EINVAL);
	ck_assert_uint_eq(usher_store_appended(store), 1);
	ck_assert_int_eq(usher_store_snapshot(store, 2, "x", 1), USHER_EINVAL);
	ck_assert_int_eq(usher_store_close(store), 0);

	opts_plain(&opts);
	opts.dir = NULL;
	store = NULL;
	ck_assert_int_eq(usher_store_open(&store, &opts, &err), USHER_EINVAL);
	opts_plain(&opts);
	opts.memory_bytes = 10;
	ck_assert_int_eq(usher_store_open(&store, &opts, &err), USHER_EINVAL);
	opts_plain(&opts);
	opts.snapshots_kept = 1;
	ck_assert_int_eq(usher_store_open(&store, &opts, &err), USHER_EINVAL);
	opts_plain(&opts);
	opts.dir = "/nowhere/at/all";
	ck_assert_int_eq(usher_store_open(&store, &opts, &err), USHER_EIO);
	ck_assert_ptr_null(store);
	ck_assert_int_eq(usher_store_close(NULL), 0);
	ck_assert_int_eq(usher_store_commit_turn(NULL), USHER_EINVAL);
}
END_TEST

START_TEST(store__appends_all_or_none)
{
	struct usher_store_entry two[2] = {
		{1, 1, "event number 1", 14, USHER_KIND_EVENT, 0},
		{3, 1, "event number 3", 14, USHER_KIND_EVENT, 0}};
	struct usher_store *store;
	struct seen seen = {0};

	store = reopen(&seen, NULL);
	ck_assert_int_eq(usher_store_append_encoded(store, two, 2),
			 USHER_EINVAL);
	ck_assert_uint_eq(usher_store_appended(store), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
	store = reopen(&seen, NULL);
	ck_assert_uint_eq(seen.events, 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(store__keeps_long_turns_over_many_segments)
{
	static char text[40000];
	struct usher_store_entry entry = {
		0, 0, text, sizeof(text), USHER_KIND_EVENT, 0};
	struct usher_store_recovery found = {.size = sizeof(found)};
	struct usher_store_recover_cb cb = {.size = sizeof(cb)};
	struct usher_store_opts opts;
	struct usher_store *store;
	struct disk disk;
	uint64_t seq = 0;

	disk_init(&disk);
	opts_plain(&opts);
	opts.segment_bytes = 100000;
	store = open_on(&disk, &opts);
	memset(text, 'x', sizeof(text));
	for (int turn = 0; turn < 20; turn++) {
		for (int i = 0; i < 1 + turn * 7; i++) {
			entry.seq = ++seq;
			ck_assert_int_eq(
				usher_store_append_encoded(store, &entry, 1),
				0);
		}
		ck_assert_int_eq(usher_store_commit_turn(store), 0);
		ck_assert_int_eq(usher_store_wait(store, 1, 5000), 0);
	}
	ck_assert_int_eq(usher_store_close(store), 0);
	ck_assert_int_eq(usher_store_open(&store, &opts, NULL), 0);
	ck_assert_int_eq(usher_store_recover(store, &cb, &found, NULL), 0);
	ck_assert_uint_eq(found.last_seq, seq);
	ck_assert_uint_eq(found.entries, seq);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

/* A child appends and dies without a word; what it had committed it told us
 * through a pipe. */
START_TEST(store__loses_nothing_in_a_killed_process)
{
	struct usher_store_recovery found;
	struct usher_store *store;
	uint64_t told = 0, seq;
	struct seen seen = {0};
	int pipes[2], status;
	pid_t child;

	for (int round = 0; round < 5; round++) {
		ck_assert_int_eq(pipe(pipes), 0);
		child = fork();
		ck_assert_int_ge(child, 0);
		if (!child) {
			store = reopen(&seen, NULL);
			for (seq = usher_store_appended(store) + 1;; seq++) {
				if (append_turn(store, seq, seq) ||
				    write(pipes[1], &seq, sizeof(seq)) !=
					    sizeof(seq))
					_exit(1);
			}
		}
		close(pipes[1]);
		ck_assert_int_eq(read(pipes[0], &told, sizeof(told)),
				 sizeof(told));
		usleep(3000 + 7000 * (unsigned)round);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		ck_assert(WIFSIGNALED(status));
		while (read(pipes[0], &seq, sizeof(seq)) == sizeof(seq))
			told = seq;
		close(pipes[0]);
		store = reopen(&seen, &found);
		ck_assert_uint_gt(told, 0);
		ck_assert_uint_ge(seen.last, told);
		ck_assert_uint_eq(seen.events, seen.last);
		ck_assert_int_eq(usher_store_close(store), 0);
	}
}
END_TEST

START_TEST(store__is_open_once)
{
	struct usher_store_opts opts;
	struct usher_store *store, *second = NULL;
	struct usher_error err;
	struct seen seen = {0};
	int status;
	pid_t child;

	store = reopen(&seen, NULL);
	opts_plain(&opts);
	ck_assert_int_eq(usher_store_open(&second, &opts, &err), USHER_EBUSY);
	ck_assert_str_eq(err.file, dir);
	ck_assert_ptr_nonnull(strstr(err.message, dir));
	child = fork();
	if (!child) {
		struct usher_error why;

		_exit(usher_store_open(&second, &opts, &why) == USHER_EBUSY
			      ? 0
			      : 1);
	}
	waitpid(child, &status, 0);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	ck_assert_int_eq(usher_store_close(store), 0);
	store = reopen(&seen, NULL);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(store__says_that_a_directory_is_read_only)
{
	struct usher_store_opts opts;
	struct usher_store *store = NULL;
	struct usher_error err;
	int status;
	pid_t child;

	opts_plain(&opts);
	ck_assert_int_eq(chmod(dir, 0555), 0);
	child = fork();
	if (!child) {
		/* Root may write anywhere. */
		if (!geteuid() && seteuid(65534))
			_exit(2);
		_exit(usher_store_open(&store, &opts, &err) == USHER_EIO &&
				      strstr(err.message, dir)
			      ? 0
			      : 1);
	}
	waitpid(child, &status, 0);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
}
END_TEST

START_TEST(store__answers_in_a_child_that_it_is_not_its_own)
{
	struct usher_store *store;
	struct usher_person person = {.size = sizeof(person)};
	struct seen seen = {0};
	int status;
	pid_t child;

	store = reopen(&seen, NULL);
	child = fork();
	if (!child) {
		int bad = 0;

		bad |= append_turn(store, 1, 1) != USHER_EFORK;
		bad |= usher_store_commit_turn(store) != USHER_EFORK;
		bad |= usher_store_wait(store, 1, 1) != USHER_EFORK;
		bad |= usher_store_snapshot(store, 0, "", 0) != USHER_EFORK;
		bad |= usher_store_rebuild(store, NULL) != USHER_EFORK;
		bad |= usher_store_person_get(store, 1, &person, NULL, 0) !=
		       USHER_EFORK;
		bad |= usher_store_close(store) != USHER_EFORK;
		_exit(bad);
	}
	waitpid(child, &status, 0);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	ck_assert_int_eq(append_turn(store, 1, 1), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

/* Every descriptor that is open now and was not before. */
START_TEST(store__leaves_nothing_open_and_nothing_inheritable)
{
	bool before[256];
	struct usher_store *store;
	struct stat st;
	struct seen seen = {0};
	char path[256];

	for (int fd = 0; fd < 256; fd++)
		before[fd] = fcntl(fd, F_GETFD) >= 0;
	store = reopen(&seen, NULL);
	ck_assert_int_eq(append_turn(store, 1, 3), 0);
	for (int fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && !before[fd])
			ck_assert(flags & FD_CLOEXEC);
	}
	segment_path(path, sizeof(path), 1);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	snprintf(path, sizeof(path), "%s/personal.db", dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(usher_store_close(store), 0);
	for (int fd = 0; fd < 256; fd++)
		ck_assert_int_eq(before[fd], fcntl(fd, F_GETFD) >= 0);
}
END_TEST

static int count_entry(void *arg, const struct usher_store_entry *entry)
{
	uint64_t *last = arg;

	if (entry->kind != USHER_KIND_INPUT) {
		ck_assert(!*last || entry->seq == *last + 1);
		*last = entry->seq;
	}
	return entry->seq == 90 ? 1 : 0;
}

START_TEST(store__reads_committed_entries_from_anywhere)
{
	struct usher_store *store;
	uint64_t last = 0;
	struct seen seen = {0};

	store = reopen(&seen, NULL);
	for (uint64_t seq = 1; seq < 100; seq += 3)
		ck_assert_int_eq(append_turn(store, seq, seq + 2), 0);
	ck_assert_int_eq(usher_store_wait(store, 1, 5000), 0);
	ck_assert_int_eq(usher_store_read(store, 50, count_entry, &last), 0);
	ck_assert_uint_eq(last, 90);
	last = 0;
	ck_assert_int_eq(usher_store_read(store, 95, count_entry, &last), 0);
	ck_assert_uint_eq(last, usher_store_committed(store));
	last = 0;
	ck_assert_int_eq(usher_store_read(store, 1000, count_entry, &last), 0);
	ck_assert_uint_eq(last, 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

static Suite *journal_suite(void)
{
	Suite *suite = suite_create("journal");
	TCase *tc = tcase_create("journal");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, dir_make, dir_remove);
	tcase_add_test(tc, store__recovers_what_was_appended);
	tcase_add_test(tc, store__refuses_what_does_not_follow);
	tcase_add_test(tc, store__appends_all_or_none);
	tcase_add_test(tc, store__keeps_long_turns_over_many_segments);
	tcase_add_test(tc, store__loses_nothing_in_a_killed_process);
	tcase_add_test(tc, store__is_open_once);
	tcase_add_test(tc, store__says_that_a_directory_is_read_only);
	tcase_add_test(tc, store__answers_in_a_child_that_it_is_not_its_own);
	tcase_add_test(tc, store__leaves_nothing_open_and_nothing_inheritable);
	tcase_add_test(tc, store__reads_committed_entries_from_anywhere);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(journal_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
