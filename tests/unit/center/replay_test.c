/* A center's journal, read by somebody else: while it runs, after it was
 * killed, and over its restarts. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stage.h"

static struct stage s;

static void setup(void)
{
	stage_setup(&s);
}

static void teardown(void)
{
	stage_teardown(&s);
}

/* Some are served, one rings, some wait. */
static void live(void)
{
	uint64_t customer, contact;

	stage_talk(&s, &customer, &contact);
	usher_channel_ended(s.phone.channel, customer, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_WRAPUP_STARTED, contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	stage_arrive(&s.phone, "1002", "602");
	stage_event(&s, USHER_EV_OFFER_MADE, 0);
	stage_arrive(&s.phone, "1001", "603");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
}

static struct usher_journal *journal_open(void)
{
	struct usher_journal *journal;
	char path[80];

	snprintf(path, sizeof(path), "%s/tenants/state", s.dir);
	ck_assert_int_eq(usher_journal_open(&journal, path, NULL), 0);
	return journal;
}

static struct usher_acd *restored(struct usher_journal *journal, uint64_t at,
				  bool whole)
{
	struct usher_journal_restore_opts opts;
	struct usher_acd_opts acd_opts;
	struct usher_error err = {0};
	struct usher_acd *acd = NULL;

	usher_acd_opts_init(&acd_opts, sizeof(acd_opts));
	acd_opts.record_inputs = 1;
	usher_journal_restore_opts_init(&opts, sizeof(opts));
	opts.acd = &acd_opts;
	opts.core_of = usher_center_core_of;
	opts.from_the_beginning = whole;
	ck_assert_msg(!usher_journal_restore(&acd, journal, at, &opts, &err),
		      "%s", err.message);
	return acd;
}

struct checking {
	struct usher_verify *verify;
	struct usher_decoder *decoder;
	struct usher_difference diff;
	uint64_t inputs;
	int versions; /* of those who started it */
};

/* Whoever finds a difference is told what ran then. */
static int is_started_by_us(const struct usher_event *ev)
{
	const char *version = "";

	return ev->type == USHER_EV_STARTED &&
	       !usher_event_str(ev, USHER_F_TEXT, &version, NULL) &&
	       !strcmp(version, usher_version());
}

static int check(void *arg, const struct usher_store_entry *entry)
{
	struct checking *c = arg;
	const struct usher_event *ev;
	size_t used;

	ck_assert_int_eq(usher_event_decode(c->decoder, entry->bytes,
					    entry->len, &used, &ev),
			 0);
	c->inputs += ev->kind == USHER_KIND_INPUT;
	c->versions += is_started_by_us(ev);
	return usher_verify_feed(c->verify, ev, &c->diff);
}

/* From the first event on, all comes out again, to the same bytes. */
static void verify(void)
{
	struct usher_journal *journal = journal_open();
	struct usher_acd *acd = restored(journal, 0, true);
	struct usher_acd *last = restored(journal, USHER_JOURNAL_END, false);
	struct checking c = {.diff = {.size = sizeof(c.diff)}};
	void *a, *b;
	size_t a_len, b_len;

	ck_assert_int_eq(usher_verify_new(&c.verify, acd, NULL), 0);
	ck_assert_int_eq(usher_decoder_new(&c.decoder, NULL), 0);
	ck_assert_int_eq(usher_journal_read(journal, 1, check, &c, NULL), 0);
	ck_assert_msg(!c.diff.what, "%d after %s\n%s\n%s", (int)c.diff.seq,
		      c.diff.input, c.diff.expected, c.diff.got);
	ck_assert_int_eq(usher_verify_end(c.verify, &c.diff), 0);
	ck_assert_uint_gt(c.inputs, 10);
	ck_assert_int_gt(c.versions, 0);
	usher_acd_snapshot(acd, &a, &a_len);
	usher_acd_snapshot(last, &b, &b_len);
	ck_assert_uint_eq(a_len, b_len);
	ck_assert_int_eq(memcmp(a, b, a_len), 0);
	usher_acd_snapshot_free(acd, a);
	usher_acd_snapshot_free(last, b);
	usher_decoder_free(c.decoder);
	usher_verify_free(c.verify);
	usher_acd_free(acd);
	usher_acd_free(last);
	usher_journal_free(journal);
}

START_TEST(journal__of_a_center_is_verified_while_it_runs_and_afterwards)
{
	stage_open(&s, true);
	live();
	verify();
	stage_close(&s);
	verify();
	stage_open(&s, true);
	stage_arrive(&s.phone, "1001", "604");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	stage_close(&s);
	verify();
}
END_TEST

START_TEST(journal__of_a_killed_center_is_verified_over_the_restart)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		stage_open(&s, true);
		live();
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	verify();
	stage_open(&s, true);
	stage_arrive(&s.phone, "1001", "604");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	stage_close(&s);
	verify();
}
END_TEST

START_TEST(core_of__refuses_what_is_no_centers_snapshot)
{
	static const char wrong[64] = "USHC\3";
	const void *core;
	size_t len;

	ck_assert_int_eq(usher_center_core_of("", 0, &core, &len),
			 USHER_ECORRUPT);
	ck_assert_int_eq(usher_center_core_of("USHRSNAP and more of it", 24,
					      &core, &len),
			 USHER_ECORRUPT);
	ck_assert_int_eq(
		usher_center_core_of(wrong, sizeof(wrong), &core, &len),
		USHER_ENOTSUP);
}
END_TEST

/* Before there was anything behind the figures. */
START_TEST(core_of__reads_the_first_version)
{
	static const char old[] = "USHC\1\0\0\0"
				  "\2\0\0\0\0\0\0\0"
				  "\1\0\0\0\0\0\0\0"
				  "abc";
	const void *core;
	size_t len;

	ck_assert_int_eq(
		usher_center_core_of(old, sizeof(old) - 1, &core, &len), 0);
	ck_assert_uint_eq(len, 2);
	ck_assert_mem_eq(core, "ab", 2);
	ck_assert_int_eq(usher_center_core_of(old, sizeof(old), &core, &len),
			 USHER_ECORRUPT);
	ck_assert_int_eq(
		usher_center_core_of(old, sizeof(old) - 2, &core, &len),
		USHER_ECORRUPT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay");
	TCase *tc = tcase_create("replay");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(
		tc,
		journal__of_a_center_is_verified_while_it_runs_and_afterwards);
	tcase_add_test(
		tc, journal__of_a_killed_center_is_verified_over_the_restart);
	tcase_add_test(tc, core_of__refuses_what_is_no_centers_snapshot);
	tcase_add_test(tc, core_of__reads_the_first_version);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
