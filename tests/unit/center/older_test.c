/* Applications and drivers that were compiled when structs had fewer members:
 * what they do not have is its default, and what lies behind is not read. */
#include <check.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <usher/usher.h>

#define UP_TO(type, member)                                                   \
	(offsetof(type, member) + sizeof(((type *)0)->member))

/* A copy that ends where the older struct did, so that a sanitizer sees who
 * reads on. */
static void *older(const void *all, size_t size)
{
	void *cut = malloc(size);

	ck_assert_ptr_nonnull(cut);
	memcpy(cut, all, size);
	memcpy(cut, &size, sizeof(size));
	return cut;
}

static struct usher_config *config;

#define GIVES(function, all, size, expected)                                  \
	do {                                                                  \
		void *cut = older(&(all), (size));                            \
                                                                              \
		ck_assert_int_eq(function(config, cut, NULL), (expected));    \
		free(cut);                                                    \
	} while (0)

START_TEST(config__takes_older_structs)
{
	const struct usher_queue_conf queue = {.name = "q"};
	const struct usher_agent_conf agent = {.name = "ann"};
	const struct usher_entry_conf entry = {.address = "1000",
					       .queue = "q"};
	const struct usher_trunk_conf trunk = {.name = "out",
					       .address = "192.0.2.1"};
	const struct usher_queue_step_conf step = {
		.queue = "q",
		.text = "sorry",
		.after_ms = 1000,
		.action = USHER_QUEUE_STEP_ANNOUNCE};
	const struct usher_feature_conf features = {.sign_in = "*81"};
	const struct usher_park_conf park = {.first = 801};
	const struct usher_numbers_conf numbers = {.country = "36"};
	const struct usher_outbound_conf outbound = {0};
	struct usher_error err = {0};

	ck_assert_int_eq(usher_config_new(&config), 0);
	GIVES(usher_config_queue, queue, UP_TO(struct usher_queue_conf, name),
	      0);
	GIVES(usher_config_agent, agent, UP_TO(struct usher_agent_conf, name),
	      0);
	GIVES(usher_config_entry, entry, UP_TO(struct usher_entry_conf, queue),
	      0);
	GIVES(usher_config_trunk, trunk,
	      UP_TO(struct usher_trunk_conf, address), 0);
	GIVES(usher_config_queue_step, step,
	      UP_TO(struct usher_queue_step_conf, action), 0);
	GIVES(usher_config_features, features,
	      UP_TO(struct usher_feature_conf, sign_in), 0);
	GIVES(usher_config_park, park, UP_TO(struct usher_park_conf, first),
	      0);
	GIVES(usher_config_numbers, numbers,
	      UP_TO(struct usher_numbers_conf, country), 0);
	GIVES(usher_config_outbound, outbound,
	      UP_TO(struct usher_outbound_conf, size), 0);
	ck_assert_msg(!usher_config_check(config, &err), "%s", err.message);
	usher_config_free(config);
}
END_TEST

START_TEST(config__refuses_structs_that_lack_what_must_be)
{
	const struct usher_queue_conf queue = {.name = "q"};
	const struct usher_entry_conf entry = {.address = "1000",
					       .queue = "q"};
	const struct usher_park_conf park = {0};

	ck_assert_int_eq(usher_config_new(&config), 0);
	GIVES(usher_config_queue, queue, sizeof(size_t), USHER_EINVAL);
	GIVES(usher_config_entry, entry,
	      UP_TO(struct usher_entry_conf, address), USHER_EINVAL);
	ck_assert_int_eq(usher_config_agent(config, NULL, NULL), USHER_EINVAL);
	/* whose size nobody has set */
	ck_assert_int_eq(usher_config_park(config, &park, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_config_queue(config, &queue, NULL),
			 USHER_EINVAL);
	usher_config_free(config);
}
END_TEST

static bool started, stopped;

static int start(void *arg, struct usher_channel *channel)
{
	(void)arg;
	(void)channel;
	started = true;
	return 0;
}

static void stop(void *arg)
{
	(void)arg;
	stopped = true;
}

START_TEST(driver__of_an_older_header_is_taken)
{
	const struct usher_channel_driver all = {
		.name = "older", .kind = "chat", .start = start, .stop = stop};
	struct usher_channel_driver *driver =
		older(&all, UP_TO(struct usher_channel_driver, stop));
	struct usher_channel_driver *little =
		older(&all, UP_TO(struct usher_channel_driver, start));
	struct usher_error err = {0};
	struct usher_host_opts opts;
	struct usher_center *center;
	struct usher_host *host;

	ck_assert_int_eq(usher_config_new(&config), 0);
	usher_host_opts_init(&opts, sizeof(opts));
	opts.sip_listen = "127.61.7.1:5060";
	opts.port_tries = 20;
	ck_assert_int_eq(usher_host_new(&host, &opts, NULL), 0);
	ck_assert_int_eq(usher_center_new(&center, host, NULL, config, NULL),
			 0);
	ck_assert_int_eq(usher_center_driver_add(center, little, NULL, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_center_driver_add(center, driver, NULL, NULL),
			 0);
	ck_assert_int_eq(usher_center_driver_add(center, driver, NULL, NULL),
			 USHER_EEXIST);
	/* it was copied */
	free(driver);
	free(little);
	ck_assert_msg(!usher_host_start(host, &err), "%s", err.message);
	ck_assert(started);
	usher_host_stop(host);
	usher_host_free(host);
	ck_assert(stopped);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("older");
	TCase *tc = tcase_create("older");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_test(tc, config__takes_older_structs);
	tcase_add_test(tc, config__refuses_structs_that_lack_what_must_be);
	tcase_add_test(tc, driver__of_an_older_header_is_taken);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
