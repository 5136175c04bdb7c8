/* Where a requirement names an agent, each agent of a big center is looked up
 * and none looked at in vain. */
#include "center/center.h"
#include "scene.h"

enum { AGENTS = 3000 };

static void setup(void)
{
	stage_setup(&s);
	s.crowd = AGENTS;
	stage_open(&s, false);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void count(struct usher_center *center, void *arg)
{
	struct usher_acd_stats *stats = arg;

	usher_acd_stats(center->acd, stats);
}

START_TEST(agents__of_a_big_center_have_a_profile_each)
{
	const struct usher_queue_conf queue = {.size = sizeof(queue),
					       .name = "own",
					       .music = "music",
					       .requirement =
						       "agent.name == 'a7'"};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1003", .queue = "own"};
	struct usher_acd_stats stats = {.size = sizeof(stats)};
	struct usher_config *config = stage_config(&s);

	ck_assert_int_eq(usher_config_queue(config, &queue, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	stage_configure(&s, config);
	stage_arrive(&s.phone, "1003", "500");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	stage_inside(&s, count, &stats);
	ck_assert_uint_ge(stats.profiles, AGENTS);
	ck_assert_uint_eq(stats.scanned_agents, 0);
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("profile");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, agents__of_a_big_center_have_a_profile_each);
	return tc;
}

int main(void)
{
	return scene_main("profile", tests());
}
