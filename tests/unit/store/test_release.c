/* The journal of every release restores. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <usher/acd.h>

#include "day.h"
#include "util.h"

#define DATA USHER_SOURCE_ROOT "/tests/data"

static char wanted[1 << 16], got[1 << 16];

static void copy_release(const char *release)
{
	char from[512], to[512], path[512];
	struct dirent *entry;
	DIR *d;

	snprintf(path, sizeof(path), DATA "/%s", release);
	d = opendir(path);
	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(from, sizeof(from), DATA "/%s/%s", release,
			 entry->d_name);
		snprintf(to, sizeof(to), "%s/%s", dir, entry->d_name);
		file_copy(from, to);
	}
	closedir(d);
}

static void read_wanted(void)
{
	char path[256];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/history.txt", dir);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	len = fread(wanted, 1, sizeof(wanted) - 1, f);
	wanted[len] = 0;
	fclose(f);
}

struct restored {
	uint64_t last;
	bool snapshot, bad;
	struct usher_decoder *decoder;
	struct usher_acd *acd;
};

static int take_snapshot(void *arg, uint64_t seq, const void *bytes,
			 size_t len)
{
	struct usher_acd_opts opts;
	struct restored *r = arg;

	usher_acd_opts_init(&opts, sizeof(opts));
	r->snapshot = true;
	r->last = seq;
	return usher_acd_restore(&r->acd, &opts, NULL, 0, NULL, 0, bytes, len,
				 NULL);
}

static int take_entry(void *arg, const struct usher_store_entry *entry)
{
	const struct usher_event *ev;
	struct restored *r = arg;
	size_t used;

	if (usher_event_decode(r->decoder, entry->bytes, entry->len, &used,
			       &ev) ||
	    used != entry->len || ev->seq != entry->seq ||
	    ev->time_us != entry->time_us || entry->seq != r->last + 1 ||
	    !usher_event_type_name(ev->type))
		r->bad = true;
	if (ev->kind == USHER_KIND_INPUT)
		return 0;
	r->last = entry->seq;
	return usher_acd_fold(r->acd, ev);
}

/* Whoever waited waits, and is the first to be offered. */
static void check_waiting(struct usher_acd *acd)
{
	const struct usher_event *ev;
	uint64_t offered = 0;

	ck_assert_uint_ne(usher_acd_contact_next(acd, 0), 0);
	ck_assert_int_eq(usher_acd_presence(acd, usher_acd_now(acd) + 1, 1,
					    USHER_READY, NULL),
			 0);
	while ((ev = usher_acd_next(acd)))
		if (ev->type == USHER_EV_OFFER_MADE)
			offered = ev->contact;
	ck_assert_uint_eq(offered, usher_acd_contact_next(acd, 0));
	usher_acd_free(acd);
}

static void check_release(const char *release)
{
	struct usher_person person = {.size = sizeof(person)};
	struct usher_store_recovery found = {.size = sizeof(found)};
	struct restored r = {0};
	struct usher_store_recover_cb cb = {sizeof(cb), take_snapshot,
					    take_entry, &r};
	struct usher_store_opts opts;
	struct usher_store *store;
	struct usher_error err;
	char text[64];

	copy_release(release);
	read_wanted();
	ck_assert_int_eq(usher_decoder_new(&r.decoder, NULL), 0);
	usher_store_opts_init(&opts, sizeof(opts));
	opts.dir = dir;
	ck_assert_msg(!usher_store_open(&store, &opts, &err), "%s: %s",
		      release, err.message);
	ck_assert_msg(!usher_store_recover(store, &cb, &found, &err), "%s: %s",
		      release, err.message);
	ck_assert(r.snapshot && !r.bad);
	ck_assert_uint_gt(found.entries, 0);
	ck_assert_uint_eq(found.cut_bytes, 0);
	ck_assert_uint_eq(r.last, found.last_seq);
	check_waiting(r.acd);
	/* One from the database, one from the log. */
	ck_assert_int_eq(
		usher_store_person_get(store, 1, &person, text, sizeof(text)),
		0);
	ck_assert_int_eq(memcmp(text, "+36 1 555 0100", 14), 0);
	ck_assert_int_eq(
		usher_store_person_get(store, 2, &person, text, sizeof(text)),
		0);
	ck_assert_int_eq(memcmp(text, "sip:caller@example.com", 22), 0);
	ck_assert_int_eq(usher_store_wait(store, USHER_STORE_PROJECTED, 10000),
			 0);
	ck_assert_int_eq(history_dump(dir, false, got, sizeof(got)), 0);
	ck_assert_str_eq(got, wanted);
	ck_assert_int_eq(usher_store_close(store), 0);
	usher_decoder_free(r.decoder);
}

START_TEST(release__every_journal_restores)
{
	struct dirent *entry;
	DIR *d = opendir(DATA);
	int releases = 0;

	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d))) {
		if (strncmp(entry->d_name, "journal-", 8))
			continue;
		dir_make();
		check_release(entry->d_name);
		dir_remove();
		releases++;
	}
	closedir(d);
	ck_assert_int_ge(releases, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("release");
	TCase *tc = tcase_create("release");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, release__every_journal_restores);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
