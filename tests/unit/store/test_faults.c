/* Disks that are full, broken or slow; snapshots; the memory's limit. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

static struct disk disk;
static struct usher_store_opts opts;
static atomic_int degraded, recovered;

static void health(void *arg, int state, const struct usher_error *detail)
{
	(void)arg;
	ck_assert(detail->message[0]);
	if (state == USHER_STORE_DEGRADED)
		degraded++;
	else
		recovered++;
}

static void setup(void)
{
	dir_make();
	disk_init(&disk);
	opts_plain(&opts);
	opts.health = health;
	degraded = recovered = 0;
}

static void wait_for(const atomic_int *what, int value)
{
	for (int i = 0; i < 5000 && *what != value; i++)
		usleep(1000);
	ck_assert_int_eq(*what, value);
}

static void check_recovers(uint64_t last)
{
	struct usher_store *store;
	struct seen seen = {0};

	store = reopen(&seen, NULL);
	ck_assert_uint_eq(seen.last, last);
	ck_assert_uint_eq(seen.events, last);
	ck_assert_int_eq(usher_store_close(store), 0);
}

/* Turns go on in memory while the disk refuses, and are all there once it
 * takes them again. */
static void break_and_mend(atomic_int *fault, int error)
{
	struct usher_store *store = open_on(&disk, &opts);
	uint64_t seq = 1;

	for (; seq <= 20; seq++)
		ck_assert_int_eq(append_turn(store, seq, seq), 0);
	ck_assert_int_eq(usher_store_wait(store, 1, 5000), 0);
	*fault = error;
	for (; seq <= 30; seq++)
		append_turn(store, seq, seq);
	wait_for(&degraded, 1);
	ck_assert_int_eq(usher_store_health(store), USHER_STORE_DEGRADED);
	for (; seq <= 40; seq++)
		ck_assert_int_eq(append_turn(store, seq, seq), USHER_EIO);
	ck_assert_uint_lt(usher_store_committed(store), 40);
	ck_assert_int_eq(usher_store_wait(store, 1, 20), USHER_ETIMEDOUT);
	*fault = 0;
	wait_for(&recovered, 1);
	ck_assert_int_eq(usher_store_health(store), USHER_STORE_RECOVERED);
	ck_assert_uint_eq(usher_store_committed(store), 40);
	for (; seq <= 50; seq++)
		ck_assert_int_eq(append_turn(store, seq, seq), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
	ck_assert_int_eq(degraded, 1);
	ck_assert_int_eq(recovered, 1);
	check_recovers(50);
}

START_TEST(store__waits_out_a_full_disk)
{
	break_and_mend(&disk.write_error, -ENOSPC);
}
END_TEST

START_TEST(store__waits_out_a_disk_that_cannot_write)
{
	break_and_mend(&disk.write_error, -EIO);
}
END_TEST

START_TEST(store__writes_again_what_a_failed_sync_may_have_lost)
{
	break_and_mend(&disk.sync_error, -EIO);
}
END_TEST

START_TEST(store__survives_segments_that_change_while_the_disk_breaks)
{
	opts.segment_bytes = 4096;
	for (int round = 0; round < 2; round++) {
		disk_init(&disk);
		degraded = recovered = 0;
		break_and_mend(round ? &disk.sync_error : &disk.write_error,
			       -EIO);
		dir_remove();
		dir_make();
		opts.dir = dir;
	}
}
END_TEST

START_TEST(store__goes_on_in_memory_while_the_disk_stalls)
{
	struct usher_store *store;
	uint64_t seq = 1;

	opts.stall_ms = 30;
	store = open_on(&disk, &opts);
	ck_assert_int_eq(append_turn(store, seq, seq), 0);
	ck_assert_int_eq(usher_store_wait(store, 1, 5000), 0);
	disk.stalled = true;
	for (; degraded == 0 && seq < 5000; usleep(1000)) {
		seq++;
		append_turn(store, seq, seq);
	}
	ck_assert_int_eq(degraded, 1);
	disk.writes = 0;
	seq++;
	ck_assert_int_eq(append_turn(store, seq, seq), USHER_EIO);
	/* The owner does not touch a disk that may hold it up. */
	ck_assert_int_eq(disk.writes, 0);
	disk.stalled = false;
	wait_for(&recovered, 1);
	ck_assert_uint_eq(usher_store_committed(store), seq);
	ck_assert_int_eq(usher_store_close(store), 0);
	check_recovers(seq);
}
END_TEST

START_TEST(store__refuses_entries_when_the_memory_is_used_up)
{
	struct usher_store *store;
	uint64_t seq = 1;
	int rc = 0;

	opts.memory_bytes = 256 << 10;
	store = open_on(&disk, &opts);
	disk.write_error = -EIO;
	for (; seq < 100000; seq++) {
		rc = append_number(store, seq, USHER_KIND_EVENT);
		if (rc)
			break;
		ck_assert_int_eq(usher_store_commit_turn(store), USHER_EIO);
	}
	ck_assert_int_eq(rc, USHER_EFULL);
	ck_assert_uint_eq(usher_store_appended(store), seq - 1);
	ck_assert_uint_lt(store->memory, (256 << 10) + 8192);
	ck_assert_int_eq(degraded, 1);
	disk.write_error = 0;
	wait_for(&recovered, 1);
	ck_assert_int_eq(append_turn(store, seq, seq), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
	check_recovers(seq);
}
END_TEST

START_TEST(store__says_what_was_lost_when_the_disk_never_comes_back)
{
	struct usher_store *store = open_on(&disk, &opts);

	ck_assert_int_eq(append_turn(store, 1, 5), 0);
	ck_assert_int_eq(usher_store_wait(store, 1, 5000), 0);
	disk.write_error = -EIO;
	ck_assert_int_eq(append_turn(store, 6, 7), USHER_EIO);
	ck_assert_int_eq(usher_store_close(store), USHER_EIO);
	check_recovers(5);
}
END_TEST

/* Killed while the writer repeats what a failed sync may have lost: what was
 * in the kernel before is not lost by it. */
START_TEST(store__loses_nothing_when_killed_while_it_repeats)
{
	int status, pipes[2];
	uint64_t told = 0, got;
	pid_t child;

	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	if (!child) {
		struct usher_store *store = open_on(&disk, &opts);

		for (uint64_t seq = 1; seq < 2000; seq++) {
			if (seq == 50)
				disk.sync_error = -EIO;
			if (!append_turn(store, seq, seq))
				told = seq;
			usleep(200);
			if (degraded)
				break;
		}
		/* Some of it can be written, none of it synced. */
		disk.write_room = 3;
		usleep(250000);
		if (write(pipes[1], &told, sizeof(told)) != sizeof(told))
			_exit(1);
		_exit(0);
	}
	waitpid(child, &status, 0);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	ck_assert_int_eq(read(pipes[0], &got, sizeof(got)), sizeof(got));
	close(pipes[0]);
	close(pipes[1]);
	ck_assert_uint_ge(got, 49);
	{
		struct usher_store *store;
		struct seen seen = {0};

		store = reopen(&seen, NULL);
		ck_assert_uint_ge(seen.last, got);
		ck_assert_uint_eq(seen.events, seen.last);
		got = seen.last;
		ck_assert_int_eq(append_turn(store, got + 1, got + 3), 0);
		ck_assert_int_eq(usher_store_close(store), 0);
	}
	check_recovers(got + 3);
}
END_TEST

static void snapshot_wait(struct usher_store *store, uint64_t seq)
{
	for (int i = 0; i < 5000 && usher_store_snapshot_seq(store) != seq;
	     i++)
		usleep(1000);
	ck_assert_uint_eq(usher_store_snapshot_seq(store), seq);
}

static void make_snapshots(void)
{
	struct usher_store *store = open_on(&disk, &opts);

	for (uint64_t seq = 10; seq <= 30; seq += 10) {
		char state[32];

		ck_assert_int_eq(append_turn(store, seq - 9, seq), 0);
		snprintf(state, sizeof(state), "state %d", (int)seq);
		ck_assert_int_eq(
			usher_store_snapshot(store, seq, state, strlen(state)),
			0);
		snapshot_wait(store, seq);
	}
	ck_assert_int_eq(append_turn(store, 31, 33), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}

START_TEST(store__begins_with_the_newest_snapshot)
{
	struct usher_store_recovery found;
	struct usher_store *store;
	struct seen seen = {0};

	make_snapshots();
	store = reopen(&seen, &found);
	ck_assert_str_eq(seen.state, "state 30");
	ck_assert_uint_eq(found.snapshot_seq, 30);
	ck_assert_uint_eq(seen.events, 3);
	ck_assert_uint_eq(found.last_seq, 33);
	ck_assert_uint_eq(found.snapshots_bad, 0);
	ck_assert_int_eq(found.last_time_us, 33000);
	/* A snapshot at the very end: time still goes on. */
	ck_assert_int_eq(usher_store_snapshot(store, 33, "end", 3), 0);
	snapshot_wait(store, 33);
	ck_assert_int_eq(usher_store_close(store), 0);
	store = reopen(&seen, &found);
	ck_assert_uint_eq(seen.events, 0);
	ck_assert_uint_eq(found.last_seq, 33);
	ck_assert_int_eq(found.last_time_us, 33000);
	ck_assert_int_eq(append_turn(store, 34, 34), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(store__falls_back_to_an_older_snapshot)
{
	struct usher_store_recovery found;
	char path[256], saved[256];
	struct usher_store *store;
	struct seen seen = {0};

	make_snapshots();
	snprintf(path, sizeof(path), "%s/snapshot-%020d.snap", dir, 30);
	snprintf(saved, sizeof(saved), "%s/saved", dir);
	file_copy(path, saved);
	for (off_t at = 0; at < file_size(saved); at += 3) {
		file_copy(saved, path);
		file_flip(path, at);
		store = reopen(&seen, &found);
		ck_assert_str_eq(seen.state, "state 20");
		ck_assert_uint_eq(seen.events, 13);
		ck_assert_uint_eq(found.snapshots_bad, 1);
		ck_assert_int_eq(usher_store_close(store), 0);
	}
	file_copy(saved, path);
	file_cut(path, file_size(path) - 1);
	store = reopen(&seen, &found);
	ck_assert_uint_eq(found.snapshot_seq, 20);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(store__needs_no_snapshot_while_the_journal_is_whole)
{
	struct usher_store_recovery found;
	struct usher_store *store;
	struct seen seen = {0};

	make_snapshots();
	store = open_plain();
	seen.refuse_snapshots = true;
	ck_assert_int_eq(recover(store, &seen, &found, NULL), 0);
	ck_assert_uint_eq(found.snapshots_bad, 2);
	ck_assert_uint_eq(seen.events, 33);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(store__keeps_the_old_snapshot_when_the_new_one_fails)
{
	struct usher_store *store = open_on(&disk, &opts);
	struct seen seen = {0};

	ck_assert_int_eq(append_turn(store, 1, 1), 0);
	ck_assert_int_eq(usher_store_snapshot(store, 1, "one", 3), 0);
	snapshot_wait(store, 1);
	ck_assert_int_eq(append_turn(store, 2, 2), 0);
	ck_assert_int_eq(usher_store_wait(store, 1, 5000), 0);
	disk.open_error = -ENOSPC;
	ck_assert_int_eq(usher_store_snapshot(store, 2, "two", 3), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
	store = reopen(&seen, NULL);
	ck_assert_str_eq(seen.state, "one");
	ck_assert_uint_eq(seen.last, 2);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(store__prunes_what_two_snapshots_cover)
{
	struct usher_store_recovery found;
	struct usher_store *store;
	struct seen seen = {0};
	char path[256];

	opts.retention = USHER_STORE_PRUNE;
	opts.segment_bytes = 4096;
	store = open_on(&disk, &opts);
	for (uint64_t seq = 1; seq <= 2000; seq += 10) {
		ck_assert_int_eq(append_turn(store, seq, seq + 9), 0);
		if (seq % 100 != 91)
			continue;
		ck_assert_int_eq(usher_store_snapshot(store, seq + 9, "s", 1),
				 0);
		snapshot_wait(store, seq + 9);
	}
	ck_assert_int_eq(usher_store_close(store), 0);
	segment_path(path, sizeof(path), 1);
	ck_assert_int_ne(access(path, F_OK), 0);
	store = reopen(&seen, &found);
	ck_assert_uint_eq(found.snapshot_seq, 2000);
	ck_assert_uint_gt(found.first_seq, 1000);
	ck_assert_uint_eq(found.last_seq, 2000);
	ck_assert_int_eq(usher_store_close(store), 0);
	/* Without a snapshot the rest is no beginning. */
	store = open_plain();
	seen.refuse_snapshots = true;
	ck_assert_int_eq(recover(store, &seen, &found, NULL), USHER_ECORRUPT);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

/* Every state with every event that can move it. */
START_TEST(store__moves_only_along_its_diagram)
{
	struct usher_store *store = open_on(&disk, &opts);

	ck_assert_int_eq(store->state, STORE_DIRECT);
	disk.write_error = -EIO;
	ck_assert_int_eq(append_turn(store, 1, 1), USHER_EIO);
	ck_assert_int_eq(store->state, STORE_HELD);
	/* Held again: stays. */
	ck_assert_int_eq(append_turn(store, 2, 2), USHER_EIO);
	ck_assert_int_eq(store->state, STORE_HELD);
	ck_assert_int_eq(usher_store_wait(store, 1, 150), USHER_ETIMEDOUT);
	ck_assert_int_eq(store->state, STORE_HELD);
	disk.write_error = 0;
	ck_assert_int_eq(usher_store_wait(store, 1, 5000), 0);
	wait_for(&recovered, 1);
	ck_assert_int_eq(store->state, STORE_DIRECT);
	ck_assert_int_eq(append_turn(store, 3, 3), 0);
	ck_assert_int_eq(usher_store_wait(store, 1, 5000), 0);
	ck_assert_int_eq(store->state, STORE_DIRECT);
	ck_assert_int_eq(usher_store_close(store), 0);
	/* A store that was never recovered closes too. */
	store = open_plain();
	ck_assert_int_eq(store->state, STORE_NEW);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

static Suite *faults_suite(void)
{
	Suite *suite = suite_create("faults");
	TCase *tc = tcase_create("faults");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, dir_remove);
	tcase_add_test(tc, store__waits_out_a_full_disk);
	tcase_add_test(tc, store__waits_out_a_disk_that_cannot_write);
	tcase_add_test(tc,
		       store__writes_again_what_a_failed_sync_may_have_lost);
	tcase_add_test(
		tc,
		store__survives_segments_that_change_while_the_disk_breaks);
	tcase_add_test(tc, store__goes_on_in_memory_while_the_disk_stalls);
	tcase_add_test(tc, store__refuses_entries_when_the_memory_is_used_up);
	tcase_add_test(
		tc, store__says_what_was_lost_when_the_disk_never_comes_back);
	tcase_add_test(tc, store__loses_nothing_when_killed_while_it_repeats);
	tcase_add_test(tc, store__begins_with_the_newest_snapshot);
	tcase_add_test(tc, store__falls_back_to_an_older_snapshot);
	tcase_add_test(tc,
		       store__needs_no_snapshot_while_the_journal_is_whole);
	tcase_add_test(tc,
		       store__keeps_the_old_snapshot_when_the_new_one_fails);
	tcase_add_test(tc, store__prunes_what_two_snapshots_cover);
	tcase_add_test(tc, store__moves_only_along_its_diagram);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(faults_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
