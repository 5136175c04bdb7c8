/* What drivers fill in grows at its end: one that was built when it was
 * shorter says as much as it said then. The center is played here. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <channel/channel.h>

enum { LEG = 7 };

/* As they were at first. */
enum {
	OLD_ARRIVAL = offsetof(struct usher_channel_arrival, diverted_first),
	OLD_QUALITY = offsetof(struct usher_channel_quality, r_factor),
};

static struct usher__report *report;

static int sink_post(void *owner, struct usher__report *what)
{
	(void)owner;
	ck_assert_ptr_null(report);
	report = what;
	return 0;
}

static uint64_t sink_leg(void *owner)
{
	(void)owner;
	return LEG;
}

static int sink_open(void *owner)
{
	(void)owner;
	return 0;
}

static struct usher_channel channel = {
	.sink = {.post = sink_post, .leg = sink_leg, .open = sink_open},
};

static void teardown(void)
{
	free(report);
	report = NULL;
}

/* With nothing behind what is said to be there: ASan looks. */
static void *cut(const void *full, size_t size)
{
	void *ret = malloc(size);

	ck_assert_ptr_nonnull(ret);
	memcpy(ret, full, size);
	memcpy(ret, &size, sizeof(size));
	return ret;
}

static int arrive(size_t size, uint64_t *leg)
{
	const struct usher_channel_arrival full = {
		.entry = "1000",
		.from = "5550",
		.language = "hu",
		.diverted_first = "1001",
		.privacy = "id",
		.user_to_user = "00c9",
	};
	struct usher_channel_arrival *arrival = cut(&full, size);
	int err = usher_channel_arrived(&channel, arrival, leg);

	free(arrival);
	return err;
}

START_TEST(arrival__of_an_older_header)
{
	static const size_t sizes[] = {
		OLD_ARRIVAL,
		offsetof(struct usher_channel_arrival, privacy),
		offsetof(struct usher_channel_arrival, user_to_user),
		sizeof(struct usher_channel_arrival),
	};
	uint64_t leg = 0;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ck_assert_int_eq(arrive(sizes[i], &leg), 0);
		ck_assert_uint_eq(leg, LEG);
		ck_assert_str_eq(report->text, "1000");
		ck_assert_str_eq(report->more->language, "hu");
		ck_assert(!report->more->diverted_first == (i < 1));
		ck_assert(!report->more->privacy == (i < 2));
		ck_assert(!report->more->user_to_user == (i < 3));
		teardown();
	}
}
END_TEST

/* What is behind our own is not read. */
START_TEST(arrival__of_a_newer_header)
{
	struct {
		struct usher_channel_arrival known;
		uint64_t later;
	} full = {{.size = sizeof(full), .entry = "1000"}, UINT64_MAX};
	uint64_t leg = 0;

	ck_assert_int_eq(usher_channel_arrived(&channel, &full.known, &leg),
			 0);
	ck_assert_uint_eq(leg, LEG);
}
END_TEST

START_TEST(arrival__that_is_none)
{
	struct usher_channel_arrival none = {.size = sizeof(none)};
	uint64_t leg = 0;

	ck_assert_int_eq(arrive(OLD_ARRIVAL - 1, &leg), USHER_EINVAL);
	ck_assert_int_eq(arrive(sizeof(size_t), &leg), USHER_EINVAL);
	ck_assert_int_eq(usher_channel_arrived(&channel, &none, &leg),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_channel_arrived(&channel, NULL, &leg),
			 USHER_EINVAL);
	none.entry = "1000";
	ck_assert_int_eq(usher_channel_arrived(NULL, &none, &leg),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_channel_arrived(&channel, &none, NULL),
			 USHER_EINVAL);
	ck_assert_ptr_null(report);
	ck_assert_uint_eq(leg, 0);
}
END_TEST

static int tell(size_t size)
{
	const struct usher_channel_quality full = {
		.packets = 50, .peer_mos = 430, .r_factor = 900};
	struct usher_channel_quality *quality = cut(&full, size);
	int err = usher_channel_quality(&channel, LEG, quality);

	free(quality);
	return err;
}

START_TEST(quality__of_an_older_header)
{
	ck_assert_int_eq(tell(OLD_QUALITY), 0);
	ck_assert_uint_eq(report->quality->packets, 50);
	ck_assert_uint_eq(report->quality->peer_mos, 430);
	ck_assert_uint_eq(report->quality->r_factor, 0);
	teardown();
	ck_assert_int_eq(tell(sizeof(struct usher_channel_quality)), 0);
	ck_assert_uint_eq(report->quality->r_factor, 900);
}
END_TEST

START_TEST(quality__that_is_none)
{
	ck_assert_int_eq(tell(OLD_QUALITY - 1), USHER_EINVAL);
	ck_assert_int_eq(tell(sizeof(size_t)), USHER_EINVAL);
	ck_assert_int_eq(usher_channel_quality(&channel, LEG, NULL),
			 USHER_EINVAL);
	ck_assert_ptr_null(report);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("channel-sizes");
	TCase *tc = tcase_create("sizes");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, arrival__of_an_older_header);
	tcase_add_test(tc, arrival__of_a_newer_header);
	tcase_add_test(tc, arrival__that_is_none);
	tcase_add_test(tc, quality__of_an_older_header);
	tcase_add_test(tc, quality__that_is_none);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
