/* A process on a disk that breaks and mends at random, killed at random, and
 * started again, many times over: what a commit promised is there, in order,
 * once. The seed is printed when it is not; USHER_SEED repeats it. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#define ROUNDS 60

static uint64_t state;

/* splitmix64 */
static uint64_t draw(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t below(uint64_t n)
{
	return draw() % n;
}

static void trouble(struct disk *disk)
{
	switch (below(40)) {
	case 0:
		disk->write_error = below(2) ? -EIO : -ENOSPC;
		break;
	case 1:
		disk->sync_error = -EIO;
		break;
	case 2:
		disk->stalled = true;
		break;
	case 3:
		disk->open_error = -ENOSPC;
		break;
	case 4:
		disk->write_room = (int)below(4);
		break;
	case 5:
	case 6:
	case 7:
		disk->write_error = disk->sync_error = disk->open_error = 0;
		disk->stalled = false;
		disk->write_room = -1;
		break;
	}
}

/* Appends until it is killed; tells what was promised. */
static void live(int out)
{
	struct usher_store_opts opts;
	struct usher_store *store;
	struct disk disk;
	uint64_t seq, last;

	disk_init(&disk);
	opts_plain(&opts);
	opts.segment_bytes = 4096 << below(4);
	opts.stall_ms = 5;
	opts.memory_bytes = 64 << 10;
	store = open_on(&disk, &opts);
	for (;;) {
		trouble(&disk);
		seq = usher_store_appended(store) + 1;
		last = seq + below(5);
		if (append_turn(store, seq, last) == 0 &&
		    write(out, &last, sizeof(last)) != sizeof(last))
			_exit(1);
		if (!below(20))
			usher_store_snapshot(store,
					     usher_store_appended(store),
					     "state", 5);
		if (!below(10))
			usleep((useconds_t)below(3000));
	}
}

/* One life; returns the last sequence that was promised, or before. */
static uint64_t life(uint64_t before)
{
	uint64_t seq, promised = before;
	int pipes[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		close(pipes[0]);
		live(pipes[1]);
	}
	close(pipes[1]);
	/* The disk is good until the store is open. */
	if (read(pipes[0], &seq, sizeof(seq)) == sizeof(seq))
		promised = seq;
	usleep((useconds_t)below(60000));
	kill(child, SIGKILL);
	while (read(pipes[0], &seq, sizeof(seq)) == sizeof(seq))
		promised = seq;
	close(pipes[0]);
	waitpid(child, &status, 0);
	ck_assert(WIFSIGNALED(status));
	return promised;
}

static struct usher_store *whole(struct seen *seen)
{
	struct usher_store *store = open_plain();
	struct usher_error err;
	int rc;

	/* From the beginning: every entry is looked at. */
	seen->refuse_snapshots = true;
	rc = recover(store, seen, NULL, &err);
	ck_assert_msg(!rc, "%s", err.message);
	return store;
}

START_TEST(store__keeps_its_promises_on_a_disk_that_breaks)
{
	const char *seed = getenv("USHER_SEED");
	uint64_t first = seed ? strtoull(seed, NULL, 10) : 1;
	uint64_t promised = 0;
	struct seen seen = {0};

	state = first;
	for (int round = 0; round < ROUNDS; round++) {
		struct usher_store *store;

		promised = life(promised);
		store = whole(&seen);
		ck_assert_msg(!seen.wrong && seen.last >= promised &&
				      seen.events == seen.last,
			      "USHER_SEED=%" PRIu64 " round %d: %" PRIu64
			      " promised, %" PRIu64 " there, %" PRIu64
			      " of them",
			      first, round, promised, seen.last, seen.events);
		ck_assert_int_eq(usher_store_close(store), 0);
		promised = seen.last;
		/* The child draws on its own; so does every round. */
		draw();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("chaos");
	TCase *tc = tcase_create("chaos");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 100);
	tcase_add_checked_fixture(tc, dir_make, dir_remove);
	tcase_add_test(tc, store__keeps_its_promises_on_a_disk_that_breaks);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
