/* Makes the journal of a release: make-journal DIRECTORY, which must not
 * exist. What it made for each release stands in tests/data/journal-VERSION
 * and is never made again; test_release.c restores all of them.
 *
 * It leaves what the next version may find: a segment that was closed, one
 * of a process that died, a snapshot, personal.db, a log of personal data
 * that was not moved yet, and history.txt, the rows that must come out. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <store/internal.h>

#include "day.h"

static const char *dir;

static void die(const char *what)
{
	fprintf(stderr, "make-journal: %s\n", what);
	exit(1);
}

static struct usher_store *open_store(void)
{
	struct usher_store_recover_cb cb = {.size = sizeof(cb)};
	struct usher_store_opts opts;
	struct usher_store *store;
	struct usher_error err;

	usher_store_opts_init(&opts, sizeof(opts));
	opts.dir = dir;
	if (usher_store_open(&store, &opts, &err) ||
	    usher_store_recover(store, &cb, NULL, &err))
		die(err.message);
	return store;
}

static uint64_t person_put(struct usher_store *store, const char *text)
{
	struct usher_person_opts opts;
	uint64_t id = 0;

	usher_person_opts_init(&opts, sizeof(opts));
	opts.kind = USHER_PERSON_ADDRESS;
	opts.bytes = text;
	opts.len = strlen(text);
	if (usher_store_person_put(store, &opts, &id))
		die("cannot put personal data");
	return id;
}

static void first_part(struct day *day)
{
	static const char state[] = "state after the first part";
	struct usher_store *store = open_store();

	day_init(day, store, EIGHT);
	day_open(day);
	day_answered(day, 1, 11, "c-1", person_put(store, "+36 1 555 0100"), 8,
		     60);
	day_abandoned(day, 1, 3);
	day_presence(day, 12, USHER_PAUSED, "lunch");
	day_pass(day, 900);
	if (usher_store_snapshot(store, day->seq, state, sizeof(state) - 1) ||
	    usher_store_close(store))
		die("cannot close");
}

/* Before it is committed, as a process that was killed has it in the log. */
static void log_leave(struct usher_store *store)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/personal-00000099.log", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 ||
	    write(fd, store->person_turn->data, store->person_turn->len) !=
		    (ssize_t)store->person_turn->len)
		die("cannot write a log");
	close(fd);
}

static void second_part(struct day *day)
{
	struct usher_store *store = open_store();
	uint64_t person;

	day->store = store;
	person = person_put(store, "sip:caller@example.com");
	log_leave(store);
	/* Gone from here, so that the log alone has it. */
	store->person_turn->len = 0;
	store->person_turn_head = store->person_turn_tail = NULL;
	day_presence(day, 12, USHER_READY, "");
	day_answered(day, 2, 12, "c-2", person, 30, 45);
	if (day->rc || usher_store_wait(store, USHER_STORE_PROJECTED, 10000))
		die("cannot write");
}

int main(int argc, char **argv)
{
	static char rows[1 << 16];
	struct day day;
	char path[256];
	int status;
	pid_t child;
	FILE *f;

	if (argc != 2)
		die("usage: make-journal DIRECTORY");
	dir = argv[1];
	first_part(&day);
	child = fork();
	if (!child) {
		second_part(&day);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("the second part failed");
	if (history_dump(dir, false, rows, sizeof(rows)))
		die("cannot read history");
	snprintf(path, sizeof(path), "%s/history.txt", dir);
	f = fopen(path, "w");
	if (!f || fputs(rows, f) < 0 || fclose(f))
		die("cannot write history.txt");
	return 0;
}
