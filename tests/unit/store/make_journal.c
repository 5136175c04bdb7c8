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
#include <usher/acd.h>

#include "day.h"

#define SECOND INT64_C(1000000)

static const char *dir;
static void *core_bytes;
static size_t core_len;

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

/* What the core has to say goes into the store; the offer made last. */
static uint64_t drain(struct usher_store *store, struct usher_acd *acd)
{
	const struct usher_event *ev;
	uint64_t offer = 0;

	while ((ev = usher_acd_next(acd))) {
		if (usher_store_append(store, ev))
			die("cannot append");
		if (ev->type == USHER_EV_OFFER_MADE)
			usher_event_u64(ev, USHER_F_OFFER, &offer);
	}
	if (usher_store_commit_turn(store))
		die("cannot commit");
	return offer;
}

static uint64_t arrive(struct usher_acd *acd, int64_t now_us,
		       const char *customer, uint64_t person)
{
	struct usher_enqueue_opts enqueue;
	struct usher_contact_opts opts;
	uint64_t contact, segment, queue = 1;
	char origin[32];

	snprintf(origin, sizeof(origin), "p:%llu", (unsigned long long)person);
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.origin = person ? origin : NULL;
	opts.entry = "1000";
	opts.customer = customer;
	usher_enqueue_opts_init(&enqueue, sizeof(enqueue));
	enqueue.queues = &queue;
	enqueue.queue_count = 1;
	if (usher_acd_contact_new(acd, now_us, &opts, &contact) ||
	    usher_acd_enqueue(acd, now_us, contact, &enqueue, &segment))
		die("cannot queue a contact");
	return contact;
}

static void configure(struct usher_acd *acd)
{
	struct usher_queue_opts queue;
	struct usher_agent_opts agent;
	uint64_t id;

	usher_queue_opts_init(&queue, sizeof(queue));
	queue.name = "support";
	queue.wrapup_us = 30 * SECOND;
	usher_agent_opts_init(&agent, sizeof(agent));
	agent.name = "alice";
	if (usher_acd_queue_set(acd, EIGHT, &queue, &id, NULL) || id != 1 ||
	    usher_acd_agent_set(acd, EIGHT, &agent, &id, NULL) || id != 1 ||
	    usher_acd_presence(acd, EIGHT, 1, USHER_READY, NULL))
		die("cannot configure");
}

/* One contact is answered, one gives up, and the agent goes to lunch. */
static void first_part(void)
{
	struct usher_store *store = open_store();
	struct usher_acd_opts opts;
	uint64_t contact, segment;
	struct usher_acd *acd;
	void *bytes;
	size_t len;

	usher_acd_opts_init(&opts, sizeof(opts));
	opts.record_inputs = 1;
	if (usher_acd_new(&acd, &opts, NULL))
		die("cannot make a core");
	configure(acd);
	contact = arrive(acd, EIGHT + 10 * SECOND, "c-1",
			 person_put(store, "+36 1 555 0100"));
	if (usher_acd_accept(acd, EIGHT + 18 * SECOND, drain(store, acd),
			     "phone") ||
	    usher_acd_connected(acd, EIGHT + 19 * SECOND,
				usher_acd_offer_next(acd, contact, 0),
				&segment) ||
	    usher_acd_contact_end(acd, EIGHT + 80 * SECOND, contact,
				  "hung_up") ||
	    usher_acd_disposition(acd, EIGHT + 81 * SECOND, segment,
				  "solved") ||
	    usher_acd_wrapup_end(acd, EIGHT + 85 * SECOND, segment) ||
	    usher_acd_presence(acd, EIGHT + 86 * SECOND, 1, USHER_PAUSED,
			       "lunch"))
		die("cannot answer");
	drain(store, acd);
	contact = arrive(acd, EIGHT + 100 * SECOND, NULL, 0);
	if (usher_acd_contact_end(acd, EIGHT + 103 * SECOND, contact,
				  "hung_up"))
		die("cannot give up");
	drain(store, acd);
	if (usher_acd_snapshot(acd, &bytes, &len) ||
	    usher_store_snapshot(store, usher_acd_seq(acd), bytes, len) ||
	    usher_store_close(store))
		die("cannot close");
	core_bytes = bytes;
	core_len = len;
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

/* Somebody waits when the process dies, in another quarter of an hour. */
static void second_part(void)
{
	struct usher_store *store = open_store();
	struct usher_acd_opts opts;
	struct usher_acd *acd;
	uint64_t person;

	usher_acd_opts_init(&opts, sizeof(opts));
	opts.record_inputs = 1;
	if (usher_acd_restore(&acd, &opts, NULL, 0, NULL, 0, core_bytes,
			      core_len, NULL))
		die("cannot restore the core");
	person = person_put(store, "sip:caller@example.com");
	log_leave(store);
	/* Gone from here, so that the log alone has it. */
	store->person_turn->len = 0;
	store->person_turn_head = store->person_turn_tail = NULL;
	arrive(acd, EIGHT + 1000 * SECOND, "c-2", person);
	drain(store, acd);
	if (usher_store_wait(store, USHER_STORE_PROJECTED, 10000))
		die("cannot write");
}

int main(int argc, char **argv)
{
	static char rows[1 << 16];
	char path[256];
	int status;
	pid_t child;
	FILE *f;

	if (argc != 2)
		die("usage: make-journal DIRECTORY");
	dir = argv[1];
	first_part();
	child = fork();
	if (!child) {
		second_part();
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
