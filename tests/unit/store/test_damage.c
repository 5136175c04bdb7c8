/* What may have happened to the journal's files: torn, flipped, gone. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

/* Two committed turns and a last one, by a process that died. */
static void leave_unclosed(uint64_t turns)
{
	struct seen seen = {0};
	pid_t child = fork();
	int status;

	if (!child) {
		struct usher_store *store = reopen(&seen, NULL);
		uint64_t next = usher_store_appended(store) + 1;

		for (uint64_t i = 0; i < turns; i++, next += 2) {
			append_turn(store, next, next + 1);
			usher_store_wait(store, USHER_STORE_COMMITTED, 5000);
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
}

START_TEST(store__cuts_a_tail_torn_at_any_byte)
{
	struct usher_store_recovery found;
	char path[256], saved[256];
	struct usher_store *store;
	struct seen seen = {0};
	off_t before, size;

	leave_unclosed(2);
	segment_path(path, sizeof(path), 1);
	before = file_size(path);
	snprintf(saved, sizeof(saved), "%s/saved", dir);
	unlink(path);
	leave_unclosed(3);
	size = file_size(path);
	file_copy(path, saved);
	for (off_t cut = before; cut < size; cut++) {
		char next[256];

		file_copy(saved, path);
		file_cut(path, cut);
		store = reopen(&seen, &found);
		ck_assert_uint_eq(seen.last, 4);
		ck_assert_uint_eq(found.cut_bytes, (uint64_t)(cut - before));
		if (cut > before) {
			ck_assert_uint_eq(found.cut_offset, (uint64_t)before);
			ck_assert_str_eq(found.cut_file,
					 "journal-00000001.seg");
		}
		ck_assert_int_eq(file_size(path), before);
		ck_assert_int_eq(append_turn(store, 5, 5), 0);
		ck_assert_int_eq(usher_store_close(store), 0);
		store = reopen(&seen, &found);
		ck_assert_uint_eq(seen.last, 5);
		ck_assert_int_eq(usher_store_close(store), 0);
		segment_path(next, sizeof(next), 2);
		ck_assert_int_eq(unlink(next), 0);
	}
}
END_TEST

/* Turns of which nothing says that they were on disk. */
static void leave_unsynced(uint64_t turns)
{
	pid_t child = fork();
	int status;

	if (!child) {
		struct usher_store_opts opts;
		struct usher_store *store;
		struct seen seen = {0};
		struct disk disk;

		disk_init(&disk);
		opts_plain(&opts);
		store = open_on(&disk, &opts);
		recover(store, &seen, NULL, NULL);
		disk.stalled = true;
		for (uint64_t i = 0; i < turns; i++)
			append_turn(store, 2 * i + 1, 2 * i + 2);
		_exit(0);
	}
	waitpid(child, &status, 0);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
}

static int last_of(void *arg, const struct usher_store_entry *entry)
{
	if (entry->kind != USHER_KIND_INPUT)
		*(uint64_t *)arg = entry->seq;
	return 0;
}

static int stop(void *arg, const struct usher_store_entry *entry)
{
	(void)arg;
	(void)entry;
	return 1;
}

static struct usher_journal_tail tail_of(struct usher_journal *journal)
{
	struct usher_journal_tail tail = {.size = sizeof(tail)};
	uint64_t last = 0;

	ck_assert_int_eq(usher_journal_read(journal, 0, last_of, &last, NULL),
			 0);
	ck_assert_int_eq(usher_journal_tail(journal, &tail), 0);
	ck_assert_uint_eq(last, tail.last_seq);
	return tail;
}

/* Where it ends, and what stands behind that: a part of the last record, a
 * whole one behind one that is damaged, or nothing at all. */
START_TEST(journal__says_how_it_ends)
{
	static const char file[] = "journal-00000001.seg";
	struct usher_journal_tail tail = {.size = sizeof(tail)};
	struct usher_journal *journal;
	uint64_t one, size;
	char path[256];

	leave_unsynced(3);
	segment_path(path, sizeof(path), 1);
	size = (uint64_t)file_size(path);
	one = (size - SEGMENT_HEADER) / 3;
	ck_assert_int_eq(usher_journal_open(&journal, dir, NULL), 0);
	ck_assert_int_eq(usher_journal_tail(journal, &tail), USHER_ESTATE);
	tail = tail_of(journal);
	ck_assert_str_eq(tail.file, "");
	ck_assert_uint_eq(tail.last_seq, 6);
	ck_assert_uint_eq(tail.bytes, 0);

	file_flip(path, (off_t)(size - one - 1));
	tail = tail_of(journal);
	ck_assert_str_eq(tail.file, file);
	ck_assert_uint_eq(tail.offset, size - 2 * one);
	ck_assert_uint_eq(tail.bytes, 2 * one);
	ck_assert_uint_eq(tail.records, 1);
	ck_assert_uint_eq(tail.last_seq, 2);

	file_cut(path, (off_t)(size - one - 1));
	tail = tail_of(journal);
	ck_assert_uint_eq(tail.offset, size - 2 * one);
	ck_assert_uint_eq(tail.bytes, one - 1);
	ck_assert_uint_eq(tail.records, 0);

	file_cut(path, 0);
	tail = tail_of(journal);
	ck_assert_str_eq(tail.file, file);
	ck_assert_uint_eq(tail.offset + tail.bytes + tail.last_seq, 0);

	tail.size++;
	ck_assert_int_eq(usher_journal_tail(journal, &tail), USHER_EINVAL);
	usher_journal_free(journal);
}
END_TEST

START_TEST(journal__says_nothing_of_an_end_that_was_not_reached)
{
	struct usher_journal_tail tail = {.size = sizeof(tail)};
	struct usher_journal *journal;

	leave_unclosed(2);
	ck_assert_int_eq(usher_journal_open(&journal, dir, NULL), 0);
	tail_of(journal);
	ck_assert_int_eq(usher_journal_read(journal, 0, stop, NULL, NULL), 0);
	ck_assert_int_eq(usher_journal_tail(journal, &tail), USHER_ESTATE);
	usher_journal_free(journal);
}
END_TEST

START_TEST(store__cuts_a_tail_of_zeros_or_of_noise)
{
	struct usher_store_recovery found;
	struct usher_store *store;
	struct seen seen = {0};
	char path[256], noise[5000];
	off_t size;
	int fd;

	leave_unclosed(2);
	segment_path(path, sizeof(path), 1);
	size = file_size(path);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = round ? "USJR"[i % 4] : 0;
		fd = open(path, O_WRONLY | O_APPEND);
		ck_assert_int_eq(write(fd, noise, sizeof(noise)),
				 sizeof(noise));
		close(fd);
		store = reopen(&seen, &found);
		ck_assert_uint_eq(seen.last, 4);
		ck_assert_uint_eq(found.cut_bytes, sizeof(noise));
		ck_assert_int_eq(usher_store_close(store), 0);
		ck_assert_int_eq(file_size(path), size);
	}
}
END_TEST

/* Each bit of a journal that was closed, or of all but the last record of
 * one that was not, is either missed by nobody or reported with its place. */
START_TEST(store__reports_a_flipped_bit_with_its_place)
{
	char path[256], saved[256];
	struct usher_store *store;
	struct usher_error err;
	struct seen seen = {0};
	off_t size, last;

	leave_unclosed(2);
	segment_path(path, sizeof(path), 1);
	last = file_size(path);
	unlink(path);
	leave_unclosed(3);
	size = file_size(path);
	snprintf(saved, sizeof(saved), "%s/saved", dir);
	file_copy(path, saved);
	for (off_t at = 0; at < size; at++) {
		int rc;

		file_copy(saved, path);
		file_flip(path, at);
		store = NULL;
		{
			struct usher_store_opts opts;

			opts_plain(&opts);
			rc = usher_store_open(&store, &opts, &err);
		}
		if (!rc)
			rc = recover(store, &seen, NULL, &err);
		ck_assert(!seen.wrong || rc);
		if (at >= last) {
			/* The last record: it was not said to be on disk. */
			ck_assert_int_eq(rc, 0);
			ck_assert_uint_eq(seen.last, 4);
		} else {
			ck_assert_int_eq(rc, USHER_ECORRUPT);
			ck_assert_str_eq(err.file, "journal-00000001.seg");
			ck_assert_ptr_nonnull(strstr(err.message, "offset"));
		}
		if (store)
			usher_store_close(store);
	}
}
END_TEST

START_TEST(store__knows_after_an_orderly_close_that_all_was_there)
{
	struct usher_store *store;
	struct usher_error err;
	struct seen seen = {0};
	char path[256];

	store = reopen(&seen, NULL);
	ck_assert_int_eq(append_turn(store, 1, 2), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
	segment_path(path, sizeof(path), 1);
	file_flip(path, SEGMENT_HEADER + RECORD_HEADER + 3);
	store = open_plain();
	ck_assert_int_eq(recover(store, &seen, NULL, &err), USHER_ECORRUPT);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(store__refuses_a_gap_in_the_sequence)
{
	struct usher_store *store;
	struct usher_error err;
	struct seen seen = {0};
	char path[256];

	for (uint64_t i = 0; i < 3; i++) {
		store = reopen(&seen, NULL);
		ck_assert_int_eq(append_turn(store, i + 1, i + 1), 0);
		ck_assert_int_eq(usher_store_close(store), 0);
	}
	segment_path(path, sizeof(path), 2);
	ck_assert_int_eq(unlink(path), 0);
	store = open_plain();
	ck_assert_int_eq(recover(store, &seen, NULL, &err), USHER_ECORRUPT);
	ck_assert_uint_eq(seen.last, 1);
	ck_assert_int_eq(usher_store_close(store), 0);
	/* And one at the beginning. */
	segment_path(path, sizeof(path), 1);
	ck_assert_int_eq(unlink(path), 0);
	store = open_plain();
	ck_assert_int_eq(recover(store, &seen, NULL, &err), USHER_ECORRUPT);
	ck_assert_uint_eq(seen.events, 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(store__refuses_a_newer_version)
{
	uint8_t header[SEGMENT_HEADER];
	struct usher_store_opts opts;
	struct usher_store *store;
	struct usher_error err;
	struct seen seen = {0};
	char path[256];
	int fd;

	store = reopen(&seen, NULL);
	ck_assert_int_eq(append_turn(store, 1, 1), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
	segment_path(path, sizeof(path), 1);
	usher__segment_header_put(header, 1, 0);
	usher__put32(header + 8, USHER_STORE_JOURNAL_VERSION + 1);
	usher__put32(header + 28, usher__crc32c(0, header, 28));
	fd = open(path, O_RDWR);
	ck_assert_int_eq(pwrite(fd, header, sizeof(header), 0),
			 sizeof(header));
	close(fd);
	opts_plain(&opts);
	store = NULL;
	ck_assert_int_eq(usher_store_open(&store, &opts, &err), USHER_ENOTSUP);
	ck_assert_ptr_nonnull(strstr(err.message, "format 2"));
	ck_assert_ptr_null(store);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("damage");
	TCase *tc = tcase_create("damage");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, dir_make, dir_remove);
	tcase_add_test(tc, store__cuts_a_tail_torn_at_any_byte);
	tcase_add_test(tc, store__cuts_a_tail_of_zeros_or_of_noise);
	tcase_add_test(tc, journal__says_how_it_ends);
	tcase_add_test(tc,
		       journal__says_nothing_of_an_end_that_was_not_reached);
	tcase_add_test(tc, store__reports_a_flipped_bit_with_its_place);
	tcase_add_test(tc,
		       store__knows_after_an_orderly_close_that_all_was_there);
	tcase_add_test(tc, store__refuses_a_gap_in_the_sequence);
	tcase_add_test(tc, store__refuses_a_newer_version);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
