/* Personal data: kept with the turn, found at once, erased for good. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#include <store/historian.h>

static uint64_t put(struct usher_store *store, uint32_t kind, uint64_t contact,
		    const char *customer, const char *text)
{
	struct usher_person_opts opts;
	uint64_t id = 0;

	usher_person_opts_init(&opts, sizeof(opts));
	opts.kind = kind;
	opts.contact = contact;
	opts.customer = customer;
	opts.time_us = 1000 + (int64_t)contact;
	opts.bytes = text;
	opts.len = strlen(text);
	ck_assert_int_eq(usher_store_person_put(store, &opts, &id), 0);
	ck_assert_uint_ne(id, 0);
	return id;
}

static void check_text(struct usher_store *store, uint64_t id,
		       const char *text)
{
	struct usher_person person = {.size = sizeof(person)};
	char buf[64] = "";

	ck_assert_int_eq(
		usher_store_person_get(store, id, &person, buf, sizeof(buf)),
		0);
	ck_assert_uint_eq(person.len, strlen(text));
	ck_assert_int_eq(memcmp(buf, text, person.len), 0);
	ck_assert_uint_eq(person.id, id);
}

static int get(struct usher_store *store, uint64_t id)
{
	struct usher_person person = {.size = sizeof(person)};

	return usher_store_person_get(store, id, &person, NULL, 0);
}

/* Until the historian has moved everything. */
static void settle(struct usher_store *store)
{
	bool busy = true;

	for (int i = 0; i < 5000 && busy; i++) {
		pthread_mutex_lock(&store->lock);
		busy = store->person_head || store->person_moving;
		pthread_mutex_unlock(&store->lock);
		usleep(1000);
	}
	ck_assert(!busy);
}

/* Whether bytes occur in any file of the store. */
static bool stored(const char *text)
{
	char command[512];

	snprintf(command, sizeof(command), "grep -rqaF '%s' '%s'", text, dir);
	return system(command) == 0;
}

START_TEST(person__is_found_before_and_after_it_is_moved)
{
	struct usher_person person = {.size = sizeof(person)};
	struct usher_store *store;
	struct seen seen = {0};
	uint64_t a, b;
	char buf[4];

	store = reopen(&seen, NULL);
	a = put(store, USHER_PERSON_ADDRESS, 7, NULL, "+36 1 234 5678");
	b = put(store, USHER_PERSON_NAME, 7, "c-12",
		"Kov\xc3\xa1"
		"cs Anna");
	ck_assert_uint_ne(a, b);
	ck_assert_int_eq(append_turn(store, 1, 1), 0);
	check_text(store, a, "+36 1 234 5678");
	settle(store);
	check_text(store, a, "+36 1 234 5678");
	ck_assert_int_eq(
		usher_store_person_get(store, b, &person, buf, sizeof(buf)),
		0);
	ck_assert_uint_eq(person.len, 12);
	ck_assert_int_eq(memcmp(buf, "Kov\xc3", 4), 0);
	ck_assert_uint_eq(person.contact, 7);
	ck_assert_uint_eq(person.kind, USHER_PERSON_NAME);
	ck_assert_int_eq(person.time_us, 1007);
	ck_assert_str_eq(person.customer, "c-12");
	ck_assert_int_eq(get(store, 999), USHER_ENOENT);
	ck_assert_int_eq(usher_store_close(store), 0);
	store = reopen(&seen, NULL);
	check_text(store, a, "+36 1 234 5678");
	/* A new one has a new id. */
	ck_assert_uint_gt(put(store, USHER_PERSON_TEXT, 8, NULL, "x"), b);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(person__survives_a_kill_with_the_turn)
{
	struct usher_store *store;
	struct seen seen = {0};
	uint64_t id = 0;
	int pipes[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	if (!child) {
		store = reopen(&seen, NULL);
		/* Before the historian can have moved it. */
		pthread_mutex_lock(&store->his->read_lock);
		id = put(store, USHER_PERSON_ADDRESS, 1, NULL, "killed");
		if (append_turn(store, 1, 1) ||
		    write(pipes[1], &id, sizeof(id)) != sizeof(id))
			_exit(1);
		_exit(0);
	}
	waitpid(child, &status, 0);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	ck_assert_int_eq(read(pipes[0], &id, sizeof(id)), sizeof(id));
	close(pipes[0]);
	close(pipes[1]);
	store = reopen(&seen, NULL);
	check_text(store, id, "killed");
	ck_assert_uint_eq(put(store, USHER_PERSON_ADDRESS, 1, NULL, "y"),
			  id + 1);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(person__log_torn_at_any_byte_gives_what_is_whole)
{
	static const char *const texts[] = {"first", "second", "third"};
	char path[256], saved[256];
	struct usher_store *store;
	struct seen seen = {0};
	int status;
	off_t size;
	pid_t child = fork();

	/* A log as a killed process leaves it. */
	if (!child) {
		uint8_t buf[512];
		ssize_t n;
		int from, to;

		store = reopen(&seen, NULL);
		for (int i = 0; i < 3; i++)
			put(store, USHER_PERSON_TEXT, 1, "c", texts[i]);
		pthread_mutex_lock(&store->lock);
		n = (ssize_t)store->person_turn->len;
		memcpy(buf, store->person_turn->data, (size_t)n);
		snprintf(path, sizeof(path), "%s/saved", dir);
		to = open(path, O_RDWR | O_CREAT, 0600);
		from = write(to, buf, (size_t)n) == n;
		_exit(!from);
	}
	waitpid(child, &status, 0);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	snprintf(saved, sizeof(saved), "%s/saved", dir);
	snprintf(path, sizeof(path), "%s/personal-00000009.log", dir);
	size = file_size(saved);
	for (off_t cut = 0; cut <= size; cut += 3) {
		char db[256];

		for (int i = 0; i < 3; i++) {
			static const char *const ends[] = {"", "-wal", "-shm"};

			snprintf(db, sizeof(db), "%s/personal.db%s", dir,
				 ends[i]);
			unlink(db);
		}
		file_copy(saved, path);
		file_cut(path, cut);
		store = open_plain();
		for (int i = 0; i < 3; i++) {
			if (cut >= size / 3 + i * (size / 3) + 3)
				check_text(store, (uint64_t)i + 1, texts[i]);
		}
		ck_assert_int_eq(access(path, F_OK), -1);
		ck_assert_int_eq(usher_store_close(store), 0);
	}
}
END_TEST

START_TEST(person__erased_is_in_no_file)
{
	struct usher_person_filter filter = {.size = sizeof(filter)};
	struct usher_store *store;
	uint64_t a, b, c, count = 0;
	struct seen seen = {0};

	store = reopen(&seen, NULL);
	a = put(store, USHER_PERSON_ADDRESS, 1, "anna", "sip:anna@secret");
	b = put(store, USHER_PERSON_TEXT, 1, "anna", "my card is lost");
	c = put(store, USHER_PERSON_TEXT, 2, "bela", "good morning");
	ck_assert_int_eq(append_turn(store, 1, 1), 0);
	ck_assert(stored("my card is lost"));
	filter.customer = "anna";
	ck_assert_int_eq(usher_store_person_erase(store, &filter, &count), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(get(store, a), USHER_ENOENT);
	ck_assert_int_eq(get(store, b), USHER_ENOENT);
	check_text(store, c, "good morning");
	ck_assert(!stored("my card is lost"));
	ck_assert(!stored("sip:anna@secret"));
	ck_assert(stored("good morning"));
	ck_assert_int_eq(usher_store_close(store), 0);
	store = reopen(&seen, NULL);
	ck_assert_int_eq(get(store, a), USHER_ENOENT);
	/* By age, by kind, by id; nothing left is no error. */
	filter.customer = NULL;
	filter.before_us = 1002;
	ck_assert_int_eq(usher_store_person_erase(store, &filter, &count), 0);
	ck_assert_uint_eq(count, 0);
	filter.before_us = 0;
	filter.kind = USHER_PERSON_TEXT;
	ck_assert_int_eq(usher_store_person_erase(store, &filter, &count), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(usher_store_person_erase(store, &filter, NULL), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(person__erasing_a_recording_removes_its_file)
{
	struct usher_person_filter filter = {.size = sizeof(filter)};
	char inside[256], outside[256], path[256];
	struct usher_store *store;
	struct seen seen = {0};
	int fd;

	store = reopen(&seen, NULL);
	snprintf(inside, sizeof(inside), "%s/call.wav", dir);
	snprintf(path, sizeof(path), "%s/voice.wav", dir);
	snprintf(outside, sizeof(outside), "%s-outside.wav", dir);
	fd = open(inside, O_CREAT | O_WRONLY, 0600);
	close(fd);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	fd = open(outside, O_CREAT | O_WRONLY, 0600);
	close(fd);
	put(store, USHER_PERSON_RECORDING, 5, NULL, "call.wav");
	put(store, USHER_PERSON_VOICEMAIL, 5, NULL, path);
	put(store, USHER_PERSON_RECORDING, 5, NULL, outside);
	put(store, USHER_PERSON_RECORDING, 5, NULL, "../../../tmp/nothing");
	/* A text that looks like a file is none. */
	put(store, USHER_PERSON_TEXT, 5, NULL, "personal.db");
	ck_assert_int_eq(usher_store_commit_turn(store), 0);
	filter.contact = 5;
	ck_assert_int_eq(usher_store_person_erase(store, &filter, NULL), 0);
	ck_assert_int_eq(access(inside, F_OK), -1);
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(access(outside, F_OK), 0);
	unlink(outside);
	snprintf(path, sizeof(path), "%s/personal.db", dir);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(person__refuses_what_is_malformed)
{
	struct usher_person_filter filter = {.size = sizeof(filter)};
	static char big[USHER_STORE_PERSON_MAX + 1];
	struct usher_person_opts opts;
	struct usher_store *store;
	uint64_t id = 42;
	struct seen seen = {0};

	usher_person_opts_init(&opts, sizeof(opts));
	opts.kind = USHER_PERSON_TEXT;
	opts.bytes = big;
	opts.len = 1;
	store = open_plain();
	ck_assert_int_eq(usher_store_person_put(store, &opts, &id),
			 USHER_ESTATE);
	ck_assert_int_eq(usher_store_person_erase(store, &filter, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(recover(store, &seen, NULL, NULL), 0);
	ck_assert_int_eq(usher_store_person_erase(store, &filter, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_store_person_erase(store, NULL, NULL),
			 USHER_EINVAL);
	opts.len = sizeof(big);
	ck_assert_int_eq(usher_store_person_put(store, &opts, &id),
			 USHER_EINVAL);
	opts.len = 1;
	opts.kind = 0;
	ck_assert_int_eq(usher_store_person_put(store, &opts, &id),
			 USHER_EINVAL);
	opts.kind = USHER_PERSON_TEXT;
	memset(big, 'c', 200);
	opts.customer = big;
	ck_assert_int_eq(usher_store_person_put(store, &opts, &id),
			 USHER_EINVAL);
	ck_assert_uint_eq(id, 42);
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

START_TEST(person__is_not_lost_when_its_log_cannot_be_written)
{
	struct usher_store_opts opts;
	struct usher_store *store;
	struct disk disk;
	uint64_t id;

	disk_init(&disk);
	opts_plain(&opts);
	store = open_on(&disk, &opts);
	disk.write_error = -EIO;
	id = put(store, USHER_PERSON_TEXT, 1, NULL, "kept in memory");
	ck_assert_int_eq(append_turn(store, 1, 1), USHER_EIO);
	disk.write_error = 0;
	settle(store);
	check_text(store, id, "kept in memory");
	ck_assert_int_eq(usher_store_close(store), 0);
}
END_TEST

static Suite *personal_suite(void)
{
	Suite *suite = suite_create("personal");
	TCase *tc = tcase_create("personal");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, dir_make, dir_remove);
	tcase_add_test(tc, person__is_found_before_and_after_it_is_moved);
	tcase_add_test(tc, person__survives_a_kill_with_the_turn);
	tcase_add_test(tc, person__log_torn_at_any_byte_gives_what_is_whole);
	tcase_add_test(tc, person__erased_is_in_no_file);
	tcase_add_test(tc, person__erasing_a_recording_removes_its_file);
	tcase_add_test(tc, person__refuses_what_is_malformed);
	tcase_add_test(tc, person__is_not_lost_when_its_log_cannot_be_written);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(personal_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
