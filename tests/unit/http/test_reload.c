/* A reload that one center refuses after all. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/reload.h"

/* Two times as many are more than a center holds. */
#define MANY 3000

static struct usher_host *host;
static struct usher_center *center;
static struct usher__conf old, new;
static unsigned lost;

/* Queues q0, q1, ... and perhaps one that no center takes. */
static struct usher_config *config_make(const char *prefix, int count,
					const char *policy)
{
	struct usher_queue_conf queue = {.size = sizeof(queue)};
	struct usher_config *config;
	char name[32];
	int i;

	ck_assert_int_eq(usher_config_new(&config), 0);
	queue.name = name;
	queue.policy = policy;
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s%d", prefix, i);
		ck_assert_int_eq(usher_config_queue(config, &queue, NULL), 0);
	}
	return config;
}

static void setup(void)
{
	struct usher_center_opts opts;

	usher_center_opts_init(&opts, sizeof(opts));
	opts.name = "red";
	ck_assert_int_eq(usher_host_new(&host, NULL, NULL), 0);
	ck_assert_int_eq(usher_center_new(&center, host, &opts,
					  config_make("old", 1, NULL), NULL),
			 0);
	ck_assert_int_eq(usher_host_start(host, NULL), 0);
	lost = 0;
}

static void teardown(void)
{
	size_t i;

	usher_host_free(host);
	for (i = 0; i < 2; i++) {
		usher_config_free(old.centers[i].config);
		usher_config_free(new.centers[i].config);
	}
}

static void tell_lost(void *arg, const char *why)
{
	ck_assert_ptr_eq(arg, &lost);
	ck_assert_ptr_nonnull(strstr(why, "center 'red': "));
	lost++;
}

/* One center in two places: each part is fine by itself, but when it has the
 * first, the second is too much. */
static int reload(struct usher_error *err)
{
	struct usher_center *const both[] = {center, center};

	new.centers[0].config = config_make("q", MANY, NULL);
	new.centers[1].config = config_make("r", MANY, NULL);
	return usher__centers_configure(both, 2, &old, &new, tell_lost, &lost,
					err);
}

START_TEST(reload__refused_after_all_puts_the_old_part_back)
{
	struct usher_error err = {0};

	old.centers[0].config = config_make("old", 1, NULL);
	old.centers[1].config = config_make("old", 1, NULL);
	ck_assert_int_eq(reload(&err), USHER_EFULL);
	ck_assert_ptr_nonnull(strstr(err.message, "center 'red': "));
	ck_assert_uint_eq(lost, 0);
	ck_assert_uint_ne(usher_center_queue_id(center, "old0"), 0);
}
END_TEST

START_TEST(reload__tells_what_cannot_be_put_back)
{
	struct usher_error err = {0};

	old.centers[0].config = config_make("old", 1, "of-nobody");
	old.centers[1].config = config_make("old", 1, NULL);
	ck_assert_int_eq(reload(&err), USHER_EFULL);
	ck_assert_uint_eq(lost, 1);
}
END_TEST

START_TEST(reload__asks_all_before_it_changes_one)
{
	struct usher_center *const both[] = {center, center};
	struct usher_error err = {0};
	uint64_t id = usher_center_queue_id(center, "old0");

	new.centers[0].config = config_make("q", 1, NULL);
	new.centers[1].config = config_make("r", 1, "of-nobody");
	ck_assert_int_eq(usher__centers_configure(both, 2, &old, &new,
						  tell_lost, &lost, &err),
			 USHER_ENOENT);
	ck_assert_ptr_nonnull(strstr(err.message, "center 'red': "));
	ck_assert_uint_eq(lost, 0);
	ck_assert_uint_ne(id, 0);
	ck_assert_uint_eq(usher_center_queue_id(center, "old0"), id);
	ck_assert_uint_eq(usher_center_queue_id(center, "q0"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reload");
	TCase *tc = tcase_create("reload");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, reload__refused_after_all_puts_the_old_part_back);
	tcase_add_test(tc, reload__tells_what_cannot_be_put_back);
	tcase_add_test(tc, reload__asks_all_before_it_changes_one);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
