/* The file of phones: written whole or not at all, and never believed when it
 * is damaged. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <store/phones.h>

#include "../oom.h"
#include "util.h"

static struct disk disk;
static struct usher_store_opts opts;
static atomic_int told;
static char path[256], temporary[256];

static void on_log(void *arg, int level, const char *line)
{
	(void)arg;
	if (level == USHER_STORE_ERROR && strstr(line, "phones"))
		told++;
}

static void setup(void)
{
	oom_spare(true);
	dir_make();
	disk_init(&disk);
	opts_plain(&opts);
	opts.log = on_log;
	told = 0;
	snprintf(path, sizeof(path), "%s/phones", dir);
	snprintf(temporary, sizeof(temporary), "%s/phones.tmp", dir);
}

static void put(struct usher_store *store, const char *text)
{
	ck_assert_int_eq(usher__store_phones_put(store, text, strlen(text)),
			 0);
}

static int get(char *ret, size_t size)
{
	struct usher_store *store = open_on(&disk, &opts);
	uint8_t *bytes = NULL;
	size_t len = 0;
	int rc = usher__store_phones_get(store, &bytes, &len);

	ck_assert(!rc == (bytes != NULL));
	ck_assert_uint_lt(len, size);
	if (bytes)
		memcpy(ret, bytes, len);
	ret[len] = '\0';
	free(bytes);
	ck_assert_int_eq(usher_store_close(store), 0);
	return rc;
}

static void check_has(const char *text)
{
	char found[64];

	ck_assert_int_eq(get(found, sizeof(found)), 0);
	ck_assert_str_eq(found, text);
	ck_assert_int_ne(access(temporary, F_OK), 0);
}

static void keep(const char *text)
{
	struct usher_store *store = open_on(&disk, &opts);

	put(store, text);
	ck_assert_int_eq(usher_store_close(store), 0);
}

START_TEST(phones__have_the_newest)
{
	struct usher_store *store = open_on(&disk, &opts);
	struct stat st;

	put(store, "first");
	put(store, "second");
	put(store, "third");
	ck_assert_int_eq(usher_store_close(store), 0);
	check_has("third");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	keep("");
	check_has("");
}
END_TEST

START_TEST(phones__are_written_soon)
{
	struct usher_store *store = open_on(&disk, &opts);
	int i;

	put(store, "here");
	for (i = 0; i < 5000 && access(path, F_OK); i++)
		usleep(1000);
	ck_assert_int_eq(access(path, F_OK), 0);
	/* Killed: nothing is closed. */
	ck_assert_int_gt(file_size(path), 4);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(phones__are_none_without_a_file)
{
	char found[64];

	ck_assert_int_eq(get(found, sizeof(found)), USHER_ENOENT);
}
END_TEST

START_TEST(phones__cannot_be_too_many)
{
	struct usher_store *store = open_on(&disk, &opts);

	ck_assert_int_eq(
		usher__store_phones_put(store, "x", USHER__PHONES_MAX + 1),
		USHER_EINVAL);
	ck_assert_int_eq(usher__store_phones_put(store, NULL, 1),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_store_close(store), 0);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(phones__are_not_believed_where_a_bit_is_wrong)
{
	char found[64];
	off_t at, size;

	keep("sip:ann");
	size = file_size(path);
	for (at = 0; at < size; at++) {
		file_flip(path, at);
		ck_assert_int_eq(get(found, sizeof(found)), USHER_ECORRUPT);
		file_flip(path, at);
	}
	check_has("sip:ann");
	for (at = size - 1; at >= 0; at--) {
		file_cut(path, at);
		ck_assert_int_eq(get(found, sizeof(found)), USHER_ECORRUPT);
	}
}
END_TEST

/* With a header that is right. */
static void write_header(uint32_t version, uint32_t len)
{
	uint8_t header[24] = "USHERPHO";
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	usher__put32(header + 8, version);
	usher__put32(header + 12, len);
	usher__put32(header + 20, usher__crc32c(0, header, 20));
	ck_assert_int_eq(write(fd, header, sizeof(header)), sizeof(header));
	close(fd);
}

START_TEST(phones__of_a_newer_version_or_too_many_are_not_read)
{
	char found[64];

	write_header(1, 0);
	check_has("");
	write_header(2, 0);
	ck_assert_int_eq(get(found, sizeof(found)), USHER_ENOTSUP);
	write_header(1, UINT32_MAX);
	ck_assert_int_eq(get(found, sizeof(found)), USHER_ECORRUPT);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(get(found, sizeof(found)), USHER_ECORRUPT);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

static void wait_for(const atomic_int *what, int value)
{
	for (int i = 0; i < 5000 && *what != value; i++)
		usleep(1000);
	ck_assert_int_eq(*what, value);
}

static bool waits(struct usher_store *store)
{
	bool ret;

	pthread_mutex_lock(&store->lock);
	ret = store->phones != NULL;
	pthread_mutex_unlock(&store->lock);
	return ret;
}

/* Then they are what they were, it is said once, and they come later. */
START_TEST(phones__wait_for_a_disk_that_refuses)
{
	static const int errors[] = {-ENOSPC, -EIO};
	atomic_int *faults[] = {&disk.open_error, &disk.write_error,
				&disk.sync_error};
	atomic_int *fault = faults[_i];
	struct usher_store *store;
	int i;

	keep("before");
	store = open_on(&disk, &opts);
	*fault = errors[_i == 2];
	put(store, "after");
	wait_for(&told, 1);
	put(store, "newest");
	usleep(10000);
	*fault = 0;
	for (i = 0; i < 5000 && waits(store); i++)
		usleep(1000);
	ck_assert_int_eq(usher_store_close(store), 0);
	ck_assert_int_eq(told, 1);
	check_has("newest");
}
END_TEST

START_TEST(phones__are_what_they_were_when_it_refuses_to_the_end)
{
	struct usher_store *store;

	keep("before");
	store = open_on(&disk, &opts);
	disk.open_error = -EACCES;
	put(store, "after");
	ck_assert_int_eq(usher_store_close(store), 0);
	ck_assert_int_eq(told, 1);
	disk.open_error = 0;
	check_has("before");
}
END_TEST

START_TEST(phones__say_so_without_memory)
{
	struct usher_store *store = open_on(&disk, &opts);
	uint8_t *bytes = NULL;
	size_t len = 0;

	put(store, "before");
	ck_assert_int_eq(usher_store_close(store), 0);
	store = open_on(&disk, &opts);
	/* Its threads have nothing to do, so it is ours that fails. */
	oom_arm(1, 0);
	oom_spare(false);
	ck_assert_int_eq(usher__store_phones_put(store, "after", 5),
			 USHER_ENOMEM);
	oom_spare(true);
	ck_assert_int_eq(oom_disarm(), 1);
	oom_arm(1, 0);
	oom_spare(false);
	ck_assert_int_eq(usher__store_phones_get(store, &bytes, &len),
			 USHER_ENOMEM);
	oom_spare(true);
	ck_assert_int_eq(oom_disarm(), 1);
	ck_assert_ptr_null(bytes);
	ck_assert_int_eq(usher_store_close(store), 0);
	check_has("before");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("phones");
	TCase *tc = tcase_create("phones");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, dir_remove);
	tcase_add_test(tc, phones__have_the_newest);
	tcase_add_test(tc, phones__are_written_soon);
	tcase_add_test(tc, phones__are_none_without_a_file);
	tcase_add_test(tc, phones__cannot_be_too_many);
	tcase_add_test(tc, phones__are_not_believed_where_a_bit_is_wrong);
	tcase_add_test(tc,
		       phones__of_a_newer_version_or_too_many_are_not_read);
	tcase_add_loop_test(tc, phones__wait_for_a_disk_that_refuses, 0, 3);
	tcase_add_test(tc,
		       phones__are_what_they_were_when_it_refuses_to_the_end);
	tcase_add_test(tc, phones__say_so_without_memory);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
