/* A journal that is read: the core as it was at any event, going on from
 * there, and verification. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <usher/replay.h>

#include "../acd/day.h"
#include "util.h"

#define STEPS     300
#define LIVED_MAX 2000
#define KEEP      60 /* events between snapshots */

/* What a policy of the host's own does; another version is another. */
static int own_seek(void *arg, void *state, const struct usher_pick *pick,
		    struct usher_choice *choice)
{
	(void)state;
	(void)pick;
	choice->seek = USHER_SEEK_RANK;
	choice->rank = *(uint32_t *)arg;
	return USHER_PICK_THIS;
}

static uint32_t rank_of_version[] = {0, 0, 1};

static struct usher_agent_policy own_policy(uint32_t version)
{
	struct usher_agent_policy policy;

	usher_agent_policy_init(&policy, sizeof(policy));
	policy.name = "own";
	policy.version = version;
	policy.order = USHER_ORDER_STATIC;
	policy.seek = own_seek;
	policy.arg = &rank_of_version[version];
	return policy;
}

/* The state after each event that ended a step. */
static struct lived {
	uint64_t seq;
	struct bytes state;
} lived[LIVED_MAX];
static size_t lived_count;
static uint64_t last_seq;

static struct usher_acd *recording_core(const struct usher_agent_policy *own)
{
	struct usher_acd_opts opts;
	struct usher_acd *acd;

	usher_acd_opts_init(&opts, sizeof(opts));
	opts.record_inputs = 1;
	opts.seed = 77;
	opts.node = 5;
	acd = day_core(&opts);
	if (own)
		ck_assert_int_eq(usher_acd_agent_policy_add(acd, own), 0);
	return acd;
}

/* Whatever came out goes into the store. */
static void keep(struct usher_store *store, struct usher_acd *acd)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(acd)))
		ck_assert_int_eq(usher_store_append(store, ev), 0);
	ck_assert_int_eq(usher_store_commit_turn(store), 0);
	if (lived_count && lived[lived_count - 1].seq == usher_acd_seq(acd))
		return;
	ck_assert_int_lt(lived_count, LIVED_MAX);
	lived[lived_count].seq = usher_acd_seq(acd);
	bytes_snapshot(&lived[lived_count].state, acd);
	lived_count++;
}

static void use_own_policy(struct usher_acd *acd, struct day *day)
{
	struct usher_queue_opts opts;

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "queue0";
	opts.policy = "own";
	ck_assert_int_eq(usher_acd_queue_set(acd, day->now, &opts, NULL, NULL),
			 0);
}

/* A day in the store; snapshots are taken on the way. */
static void live(uint64_t seed, const struct usher_agent_policy *own,
		 struct usher_store *store)
{
	struct day day = {.seed = seed, .now = DAY_START};
	struct usher_acd *acd = recording_core(own);
	uint64_t kept = 0;

	day_set_up(acd, &day);
	keep(store, acd);
	for (int i = 0; i < STEPS; i++) {
		/* what a step may have changed back */
		if (own)
			use_own_policy(acd, &day);
		day_step(acd, &day);
		keep(store, acd);
		if (usher_acd_seq(acd) - kept < KEEP)
			continue;
		kept = usher_acd_seq(acd);
		ck_assert_int_eq(
			usher_store_snapshot(store, kept,
					     lived[lived_count - 1].state.at,
					     lived[lived_count - 1].state.len),
			0);
		ck_assert_int_eq(
			usher_store_wait(store, USHER_STORE_COMMITTED, 10000),
			0);
	}
	last_seq = usher_acd_seq(acd);
	usher_acd_free(acd);
}

static void forget(void)
{
	while (lived_count)
		bytes_free(&lived[--lived_count].state);
	dir_remove();
}

static struct usher_store *begin(void)
{
	struct usher_store *store;

	dir_make();
	store = open_plain();
	recover(store, &(struct seen){0}, NULL, NULL);
	return store;
}

static struct usher_acd *restored(struct usher_journal *journal, uint64_t at,
				  bool whole)
{
	struct usher_journal_restore_opts opts;
	struct usher_acd_opts acd_opts;
	struct usher_acd *acd = NULL;
	struct usher_error err = {0};

	usher_acd_opts_init(&acd_opts, sizeof(acd_opts));
	acd_opts.record_inputs = 1;
	usher_journal_restore_opts_init(&opts, sizeof(opts));
	opts.acd = &acd_opts;
	opts.from_the_beginning = whole;
	ck_assert_msg(!usher_journal_restore(&acd, journal, at, &opts, &err),
		      "%d: %s", (int)at, err.message);
	ck_assert_uint_eq(usher_acd_seq(acd), at);
	return acd;
}

START_TEST(journal__gives_the_core_of_every_event)
{
	struct usher_store *store = begin();
	struct usher_journal *journal;
	size_t next = 0;

	live(_i + 1, NULL, store);
	/* as of a running process: the store is still open */
	ck_assert_int_eq(usher_journal_open(&journal, dir, NULL), 0);
	for (uint64_t at = 0; at <= last_seq; at++) {
		struct usher_acd *a = restored(journal, at, false);
		struct usher_acd *b = restored(journal, at, true);
		struct bytes from_snapshot, from_all;

		bytes_snapshot(&from_snapshot, a);
		bytes_snapshot(&from_all, b);
		ck_assert_msg(bytes_equal(&from_snapshot, &from_all),
			      "event %d", (int)at);
		if (next < lived_count && lived[next].seq == at) {
			ck_assert_msg(
				bytes_equal(&from_all, &lived[next].state),
				"event %d", (int)at);
			next++;
		}
		bytes_free(&from_snapshot);
		bytes_free(&from_all);
		usher_acd_free(a);
		usher_acd_free(b);
	}
	ck_assert_uint_eq(next, lived_count);
	ck_assert_uint_gt(next, 50);
	usher_journal_free(journal);
	ck_assert_int_eq(usher_store_close(store), 0);
	forget();
}
END_TEST

struct checking {
	struct usher_verify *verify;
	struct usher_decoder *decoder;
	struct usher_difference diff;
	uint64_t entries;
};

static int check_entry(void *arg, const struct usher_store_entry *entry)
{
	struct checking *c = arg;
	const struct usher_event *ev;
	size_t used;

	ck_assert_int_eq(usher_event_decode(c->decoder, entry->bytes,
					    entry->len, &used, &ev),
			 0);
	c->entries++;
	c->diff.size = sizeof(c->diff);
	return usher_verify_feed(c->verify, ev, &c->diff);
}

/* Feed the record after the core's state; what differs is in *c. */
static void check_from(struct usher_journal *journal, struct usher_acd *acd,
		       struct checking *c)
{
	memset(c, 0, sizeof(*c));
	ck_assert_int_eq(usher_verify_new(&c->verify, acd, NULL), 0);
	ck_assert_int_eq(usher_decoder_new(&c->decoder, NULL), 0);
	ck_assert_int_eq(usher_journal_read(journal, usher_acd_seq(acd) + 1,
					    check_entry, c, NULL),
			 0);
	if (!c->diff.what)
		ck_assert_int_eq(usher_verify_end(c->verify, &c->diff), 0);
	usher_decoder_free(c->decoder);
}

START_TEST(journal__goes_on_live_from_any_step_as_it_did)
{
	struct usher_store *store = begin();
	struct usher_journal *journal;

	live(_i + 1, NULL, store);
	ck_assert_int_eq(usher_store_close(store), 0);
	ck_assert_int_eq(usher_journal_open(&journal, dir, NULL), 0);
	for (size_t i = 0; i < lived_count; i += 7) {
		struct usher_acd *acd = restored(journal, lived[i].seq, false);
		struct checking c;

		check_from(journal, acd, &c);
		ck_assert_msg(!c.diff.what, "from %d: %s\n%s\n%s",
			      (int)lived[i].seq, c.diff.input, c.diff.expected,
			      c.diff.got);
		ck_assert_uint_eq(usher_acd_seq(acd), last_seq);
		usher_verify_free(c.verify);
		usher_acd_free(acd);
	}
	usher_journal_free(journal);
	forget();
}
END_TEST

/* Nothing is written: the data are not copied first. */
START_TEST(journal__of_a_release_is_read_and_verified)
{
	struct usher_journal *journal;
	struct usher_acd *acd;
	struct checking c;

	ck_assert_int_eq(usher_journal_open(&journal,
					    USHER_SOURCE_ROOT
					    "/tests/data/journal-0.1",
					    NULL),
			 0);
	acd = restored(journal, 0, true);
	check_from(journal, acd, &c);
	ck_assert_msg(!c.diff.what, "%s\n%s\n%s", c.diff.input,
		      c.diff.expected, c.diff.got);
	ck_assert_uint_gt(c.entries, 20);
	usher_verify_free(c.verify);
	usher_acd_free(acd);
	acd = restored(journal, 15, false);
	usher_acd_free(acd);
	usher_journal_free(journal);
}
END_TEST

START_TEST(verify__finds_another_version_of_a_policy)
{
	struct usher_agent_policy was = own_policy(1), is;
	struct usher_store *store = begin();
	struct usher_journal *journal;

	live(3, &was, store);
	ck_assert_int_eq(usher_store_close(store), 0);
	ck_assert_int_eq(usher_journal_open(&journal, dir, NULL), 0);
	for (uint32_t version = 1; version <= 2; version++) {
		struct usher_acd *acd;
		struct checking c;

		is = own_policy(version);
		acd = recording_core(&is);
		check_from(journal, acd, &c);
		if (version == 1) {
			ck_assert_msg(!c.diff.what, "%s", c.diff.got);
		} else {
			ck_assert_uint_eq(c.diff.what, USHER_DIFFERS_CHANGED);
			ck_assert_ptr_nonnull(
				strstr(c.diff.expected, "\"offer_made\""));
			ck_assert_ptr_nonnull(strstr(c.diff.expected,
						     "\"policy_version\":1"));
			ck_assert_ptr_nonnull(
				strstr(c.diff.got, "\"policy_version\":2"));
			ck_assert_ptr_nonnull(strstr(c.diff.input, "in_"));
			ck_assert_str_eq(c.diff.policy, "own");
			ck_assert_uint_eq(c.diff.policy_recorded, 1);
			ck_assert_uint_eq(c.diff.policy_now, 2);
		}
		usher_verify_free(c.verify);
		usher_acd_free(acd);
	}
	usher_journal_free(journal);
	forget();
}
END_TEST

/* The record's next entry is left out: an event, then an input. */
START_TEST(verify__finds_what_is_missing_and_what_is_too_much)
{
	struct usher_acd *acd = recording_core(NULL);
	struct usher_acd *again = recording_core(NULL);
	struct usher_difference diff = {.size = sizeof(diff)};
	struct day day = {.seed = 1, .now = DAY_START};
	const struct usher_event *ev;
	struct usher_verify *verify;
	uint64_t contact;
	int rc = 0;

	day_set_up(acd, &day);
	usher_verify_new(&verify, again, NULL);
	while (!rc && (ev = usher_acd_next(acd)))
		rc = usher_verify_feed(verify, ev, &diff);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(usher_verify_end(verify, &diff), 0);
	ck_assert_int_eq(usher_acd_contact_new(acd, day.now, NULL, &contact),
			 0);
	ev = usher_acd_next(acd);
	ck_assert_int_eq(usher_verify_feed(verify, ev, &diff), 0);
	/* the record ends within the input */
	ck_assert_int_eq(usher_verify_end(verify, &diff), 1);
	ck_assert_uint_eq(diff.what, USHER_DIFFERS_EXTRA);
	ck_assert_str_eq(diff.expected, "");
	ck_assert_ptr_nonnull(strstr(diff.got, "contact_started"));
	ck_assert_ptr_nonnull(strstr(diff.input, "in_contact_new"));
	/* an event without its input */
	ev = usher_acd_next(acd);
	ck_assert_int_eq(usher_verify_feed(verify, ev, &diff), 1);
	ck_assert_uint_eq(diff.what, USHER_DIFFERS_MISSING);
	ck_assert_str_eq(usher_differs_name(diff.what), "missing");
	/* an input that the core refuses: the contact is not there */
	ck_assert_int_eq(usher_acd_contact_end(acd, day.now, contact, "gone"),
			 0);
	usher_acd_free(again);
	usher_verify_free(verify);
	again = recording_core(NULL);
	usher_verify_new(&verify, again, NULL);
	ck_assert_int_eq(usher_verify_feed(verify, usher_acd_next(acd), &diff),
			 1);
	ck_assert_uint_eq(diff.what, USHER_DIFFERS_REFUSED);
	ck_assert_int_eq(diff.code, USHER_ENOENT);
	usher_verify_free(verify);
	usher_acd_free(again);
	usher_acd_free(acd);
}
END_TEST

/* As former libraries wrote it, and as none did: the second time each event
 * has what would be the next contact's cause. */
START_TEST(verify__takes_a_record_without_deadlines_as_causes)
{
	struct usher_acd *acd = recording_core(NULL);
	struct usher_acd *again = recording_core(NULL);
	struct usher_difference diff = {.size = sizeof(diff)};
	struct day day = {.seed = 4, .now = DAY_START};
	const struct usher_event *ev;
	struct usher_verify *verify;
	uint64_t uncaused = 0;
	int rc = 0;

	usher_verify_new(&verify, again, NULL);
	day_set_up(acd, &day);
	for (int i = 0; !rc && i < STEPS; i++) {
		day_step(acd, &day);
		while (!rc && (ev = usher_acd_next(acd))) {
			struct usher_event *was =
				(struct usher_event *)(uintptr_t)ev;

			if (ev->cause_kind >= USHER_CAUSE_RETRY) {
				was->cause_kind = _i ? ev->cause_kind : 0;
				was->cause = _i ? ev->cause + 1 : 0;
				uncaused++;
			}
			rc = usher_verify_feed(verify, ev, &diff);
		}
	}
	ck_assert_uint_gt(uncaused, 0);
	ck_assert_int_eq(rc, _i);
	ck_assert_uint_eq(usher_verify_uncaused(verify), _i ? 0 : uncaused);
	if (_i)
		ck_assert_str_eq(diff.policy, "");
	usher_verify_free(verify);
	usher_acd_free(again);
	usher_acd_free(acd);
}
END_TEST

static int stop_at_third(void *arg, const struct usher_store_entry *entry)
{
	(void)entry;
	return ++*(int *)arg == 3 ? 7 : 0;
}

START_TEST(journal__that_is_not_there_or_too_short_is_told)
{
	struct usher_store *store;
	struct usher_journal *journal = NULL;
	struct usher_acd *acd = NULL;
	struct usher_error err = {0};
	int count = 0;

	ck_assert_int_eq(usher_journal_open(&journal, "/nowhere/at/all", &err),
			 USHER_ENOENT);
	ck_assert_ptr_nonnull(strstr(err.message, "/nowhere/at/all"));
	dir_make();
	ck_assert_int_eq(usher_journal_open(&journal, dir, &err),
			 USHER_ENOENT);
	dir_remove();
	store = begin();
	live(1, NULL, store);
	ck_assert_int_eq(usher_journal_open(&journal, dir, NULL), 0);
	ck_assert_int_eq(
		usher_journal_restore(&acd, journal, last_seq + 1, NULL, &err),
		USHER_ENOENT);
	ck_assert_ptr_null(acd);
	ck_assert_ptr_nonnull(strstr(err.message, "ends at event"));
	ck_assert_int_eq(usher_journal_restore(&acd, journal,
					       USHER_JOURNAL_END, NULL, &err),
			 0);
	ck_assert_uint_eq(usher_acd_seq(acd), last_seq);
	usher_acd_free(acd);
	ck_assert_int_eq(
		usher_journal_read(journal, 0, stop_at_third, &count, NULL),
		0);
	ck_assert_int_eq(count, 3);
	usher_journal_free(journal);
	usher_journal_free(NULL);
	ck_assert_int_eq(usher_store_close(store), 0);
	forget();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("recorded");
	TCase *tc = tcase_create("recorded");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, journal__gives_the_core_of_every_event, 0, 1);
	tcase_add_loop_test(tc, journal__goes_on_live_from_any_step_as_it_did,
			    0, 2);
	tcase_add_test(tc, journal__of_a_release_is_read_and_verified);
	tcase_add_test(tc, verify__finds_another_version_of_a_policy);
	tcase_add_test(tc, verify__finds_what_is_missing_and_what_is_too_much);
	tcase_add_loop_test(
		tc, verify__takes_a_record_without_deadlines_as_causes, 0, 2);
	tcase_add_test(tc, journal__that_is_not_there_or_too_short_is_told);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
