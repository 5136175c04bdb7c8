/* Who comes back after a restart, and who does not. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "center/center.h"
#include "center/inbox.h"
#include "center/session.h"
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

/* Somebody waits, and the center is started again without them. */
static uint64_t wait_over_a_restart(const char *from)
{
	uint64_t contact;

	stage_open(&s, true);
	stage_arrive(&s.phone, "1001", from);
	contact = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	stage_close(&s);
	stage_open(&s, true);
	return contact;
}

START_TEST(resume__gives_the_place_back_by_number)
{
	uint64_t contact = wait_over_a_restart("+3615550100");

	stage_arrive(&s.phone, "1001", "+3615550100");
	stage_event(&s, USHER_EV_CONTACT_ATTACHED, contact);
}
END_TEST

static void language_read(struct usher_center *center, void *arg)
{
	snprintf(arg, 36, "%s", center->sessions->language);
}

START_TEST(resume__speaks_as_before)
{
	char language[36];
	uint64_t contact;

	s.language = "hu";
	contact = wait_over_a_restart("555");
	stage_arrive(&s.phone, "1001", "555");
	stage_event(&s, USHER_EV_CONTACT_ATTACHED, contact);
	stage_inside(&s, language_read, language);
	ck_assert_str_eq(language, "hu");
}
END_TEST

START_TEST(resume__gives_no_place_to_who_may_be_anybody)
{
	static const char *const nobody[] = {
		"anonymous",
		"Anonymous",
		"sip:anonymous@anonymous.invalid",
		"unavailable",
		"Restricted",
		"anonymous@anonymous.invalid",
		"",
	};
	uint64_t contact = wait_over_a_restart(nobody[_i]);
	const struct usher_event *ev;

	stage_arrive(&s.phone, "1001", nobody[_i]);
	ev = stage_event(&s, USHER_EV_CONTACT_STARTED, 0);
	ck_assert_uint_ne(ev->contact, contact);
}
END_TEST

static void lost_count(struct usher_center *center, void *arg)
{
	*(unsigned *)arg = center->lost_count;
}

static void deadline_pass(struct usher_center *center, void *arg)
{
	center->clock_offset_us += 3600LL * 1000000;
	usher__center_ring_bell(center);
	(void)arg;
}

START_TEST(resume__looks_for_nobody_when_all_who_were_lost_are_over)
{
	uint64_t contact = wait_over_a_restart("555");
	unsigned count = 0;

	stage_inside(&s, lost_count, &count);
	ck_assert_uint_eq(count, 1);
	stage_inside(&s, deadline_pass, NULL);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	stage_inside(&s, lost_count, &count);
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(resume__counts_who_came_back_once)
{
	uint64_t contact = wait_over_a_restart("555");
	unsigned count = 1;
	uint64_t leg;

	leg = stage_arrive(&s.phone, "1001", "555");
	stage_event(&s, USHER_EV_CONTACT_ATTACHED, contact);
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	stage_inside(&s, lost_count, &count);
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(resume__makes_the_folders_above_its_state)
{
	struct stat st;
	char path[128];

	stage_open(&s, true);
	snprintf(path, sizeof(path), "%s/tenants", s.dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
}
END_TEST

START_TEST(resume__says_which_folder_cannot_be_made)
{
	struct usher_center_opts opts;
	struct usher_center *center;
	struct usher_error err = {0};
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/file", s.dir);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	strcat(path, "/state");
	usher_center_opts_init(&opts, sizeof(opts));
	opts.state_dir = path;
	ck_assert_int_eq(usher_host_new(&s.host, NULL, NULL), 0);
	ck_assert_int_eq(usher_center_new(&center, s.host, &opts,
					  stage_config(&s), NULL),
			 0);
	ck_assert_int_eq(usher_host_start(s.host, &err), USHER_EIO);
	ck_assert_ptr_nonnull(strstr(err.message, path));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resume");
	TCase *tc = tcase_create("resume");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, resume__gives_the_place_back_by_number);
	tcase_add_test(tc, resume__speaks_as_before);
	tcase_add_loop_test(tc, resume__gives_no_place_to_who_may_be_anybody,
			    0, 7);
	tcase_add_test(
		tc, resume__looks_for_nobody_when_all_who_were_lost_are_over);
	tcase_add_test(tc, resume__counts_who_came_back_once);
	tcase_add_test(tc, resume__makes_the_folders_above_its_state);
	tcase_add_test(tc, resume__says_which_folder_cannot_be_made);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
