/* The list of phones that a center keeps: what is written is read again, and
 * what is not whole is not read at all. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <center/phones.h>
#include <sip/ua.h>
#include <usher/error.h>

#include "../oom.h"

#define NOW_US  INT64_C(1790000000000000)
#define ONE_MAX 8

static struct usher__phones_text text;
static struct usher__bound got[ONE_MAX];
static unsigned count;

static const struct usher__bound ann = {
	.user = "ann",
	.uri = "sip:ann@192.0.2.1:5060;ob",
	.instance = "\"<urn:uuid:1>\";1",
	.agent = "Phone/1",
	.call_id = "c@192.0.2.1",
	.source = "192.0.2.1:5060",
	.cseq = UINT32_MAX,
	.left_ms = 60000,
};

static void setup(void)
{
	oom_spare(true);
	memset(&text, 0, sizeof(text));
	text.wall_us = NOW_US;
	count = 0;
}

static void teardown(void)
{
	free(text.bytes);
}

static void take(void *arg, const struct usher__bound *bound)
{
	(void)arg;
	ck_assert_uint_lt(count, ONE_MAX);
	got[count] = *bound;
	count++;
}

static int read_at(int64_t wall_us)
{
	count = 0;
	return usher__phones_read(text.bytes, text.len, wall_us, take, NULL);
}

static void write_two(void)
{
	struct usher__bound bob = ann;

	usher__phones_write_one(&text, &ann);
	bob.user = "bob";
	bob.instance = bob.agent = "";
	bob.left_ms = 90000;
	usher__phones_write_one(&text, &bob);
	ck_assert_uint_eq(text.missed, 0);
}

START_TEST(list__is_read_as_it_was_written)
{
	write_two();
	ck_assert_int_eq(read_at(NOW_US), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(got[0].user, "ann");
	ck_assert_str_eq(got[0].uri, ann.uri);
	ck_assert_str_eq(got[0].instance, ann.instance);
	ck_assert_str_eq(got[0].agent, ann.agent);
	ck_assert_str_eq(got[0].call_id, ann.call_id);
	ck_assert_str_eq(got[0].source, ann.source);
	ck_assert_uint_eq(got[0].cseq, UINT32_MAX);
	ck_assert_uint_eq(got[0].left_ms, 60000);
	ck_assert_str_eq(got[1].user, "bob");
	ck_assert_str_eq(got[1].instance, "");
	ck_assert_str_eq(got[1].agent, "");
}
END_TEST

START_TEST(list__of_nobody_is_empty)
{
	ck_assert_int_eq(read_at(NOW_US), 0);
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(expired__are_left_out)
{
	write_two();
	ck_assert_int_eq(read_at(NOW_US + 59999000), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(got[0].left_ms, 1);
	ck_assert_int_eq(read_at(NOW_US + 60000000), 1);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(got[0].user, "bob");
	ck_assert_uint_eq(got[0].left_ms, 30000);
	ck_assert_int_eq(read_at(INT64_MAX), 2);
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* The user agent grants no more than it would. */
START_TEST(clock__that_was_set_back_gives_no_less)
{
	write_two();
	ck_assert_int_eq(read_at(NOW_US - 86400 * INT64_C(1000000)), 0);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(got[0].left_ms, 86460000);
	ck_assert_int_eq(read_at(INT64_MIN), 0);
	ck_assert_uint_eq(count, 2);
}
END_TEST

START_TEST(list__that_is_cut_is_none)
{
	size_t whole, one;

	usher__phones_write_one(&text, &ann);
	one = text.len;
	write_two();
	for (whole = text.len, text.len = 2; text.len < whole; text.len++) {
		if (text.len == one || text.len == 2 * one - 1)
			continue;
		ck_assert_int_eq(read_at(NOW_US), USHER_ECORRUPT);
		ck_assert_uint_eq(count, 0);
	}
	ck_assert_int_eq(read_at(NOW_US), 0);
	ck_assert_uint_eq(count, 3);
}
END_TEST

static void check_none(void)
{
	ck_assert_int_eq(read_at(NOW_US), USHER_ECORRUPT);
	ck_assert_uint_eq(count, 0);
}

START_TEST(phones__that_are_not_kept_are_told_once)
{
	static const struct {
		int err;
		unsigned missed;
		bool news;
	} rows[] = {
		{0, 0, false},         {0, 1, true},
		{0, 1, false},         {0, 2, true},
		{0, 1, false},         {0, 1, false},
		{0, 2, true},          {USHER_EIO, 2, true},
		{USHER_EIO, 2, false}, {USHER_ENOMEM, 0, true},
		{0, 2, false},         {0, 0, false},
		{0, 1, true},          {USHER_EIO, 0, true},
		{0, 1, false},
	};
	struct usher__phones_told told = {0};
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(usher__phones_news(&told, rows[i].err,
						 rows[i].missed) ==
				      rows[i].news,
			      "%u", i);
}
END_TEST

START_TEST(list__that_is_damaged_is_none)
{
	uint8_t *user;

	write_two();
	text.bytes[0]++; /* another version */
	check_none();
	text.bytes[0]--;
	user = text.bytes + 13;
	ck_assert_mem_eq(user, "\3\0ann", 6);
	user[3] = 0; /* a text that ends before its length */
	check_none();
	user[3] = 'n';
	user[5] = 'x'; /* one that does not end */
	check_none();
	user[5] = 0;
	user[1] = 0xff; /* one that is longer than there is */
	check_none();
	user[1] = 0;
	ck_assert_int_eq(read_at(NOW_US), 0);
}
END_TEST

START_TEST(phone__with_a_text_that_is_too_long_is_left_out)
{
	static char long_text[2048];
	struct usher__bound bob = ann;

	memset(long_text, 'x', sizeof(long_text) - 1);
	bob.call_id = long_text;
	usher__phones_write_one(&text, &bob);
	usher__phones_write_one(&text, &ann);
	ck_assert_uint_eq(text.missed, 1);
	ck_assert_int_eq(read_at(NOW_US), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(got[0].user, "ann");
}
END_TEST

/* As many as there is room for: the rest is counted, and what is written is
 * whole. */
START_TEST(list__without_memory_says_how_many_it_has_not)
{
	unsigned i;

	for (i = 0; i < 1000; i++) {
		if (i % 100 == 0)
			oom_arm(1, 1000000);
		oom_spare(false);
		usher__phones_write_one(&text, &ann);
		oom_spare(true);
		if (i % 100 == 49)
			ck_assert(oom_disarm() > 0 || i > 49);
	}
	ck_assert_uint_gt(text.missed, 0);
	ck_assert_uint_lt(text.missed, 1000);
	ck_assert_uint_eq((text.len - 1) % (1000 - text.missed), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("phones");
	TCase *tc = tcase_create("phones");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, list__is_read_as_it_was_written);
	tcase_add_test(tc, list__of_nobody_is_empty);
	tcase_add_test(tc, expired__are_left_out);
	tcase_add_test(tc, clock__that_was_set_back_gives_no_less);
	tcase_add_test(tc, list__that_is_cut_is_none);
	tcase_add_test(tc, phones__that_are_not_kept_are_told_once);
	tcase_add_test(tc, list__that_is_damaged_is_none);
	tcase_add_test(tc, phone__with_a_text_that_is_too_long_is_left_out);
	tcase_add_test(tc, list__without_memory_says_how_many_it_has_not);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
