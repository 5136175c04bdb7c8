/* Opening hours where the core has no room: nothing that is due is lost. */
#include "center/center.h"
#include "center/hours.h"
#include "scene.h"

/* No retry is later than that, and no other look so soon. */
#define SOON_US 1000000

static int refusal; /* what a queue that is opened or closed is told */
static uint64_t refused;

int __real_usher_acd_queue_open(struct usher_acd *acd, int64_t now_us,
				uint64_t queue, int open);
int __wrap_usher_acd_queue_open(struct usher_acd *acd, int64_t now_us,
				uint64_t queue, int open);

int __wrap_usher_acd_queue_open(struct usher_acd *acd, int64_t now_us,
				uint64_t queue, int open)
{
	return refusal && queue == refused
		       ? refusal
		       : __real_usher_acd_queue_open(acd, now_us, queue, open);
}

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, false);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static bool is_open(struct usher_center *center, uint64_t queue)
{
	struct usher_queue_info info = {.size = sizeof(info)};

	ck_assert_int_eq(usher_acd_queue_info(center->acd, queue, &info), 0);
	return info.open;
}

static void set_open(struct usher_center *center, uint64_t queue)
{
	ck_assert_int_eq(
		usher_acd_queue_open(center->acd, center->now_us, queue, 1),
		0);
	usher__center_settle(center);
}

static void close_late(struct usher_center *center, void *arg)
{
	uint64_t sales = usher_acd_queue_find(center->acd, "sales");
	uint64_t help = usher_acd_queue_find(center->acd, "help");

	set_open(center, sales);
	set_open(center, help);
	usher__hours_changed(center);
	refusal = *(int *)arg;
	refused = sales;
	usher__hours_turn(center);
	ck_assert(is_open(center, sales));
	ck_assert(!is_open(center, help));
	ck_assert_int_lt(center->hours_us, center->now_us + SOON_US);
	/* Again in vain, and then not. */
	center->now_us = center->hours_us;
	usher__hours_turn(center);
	ck_assert(is_open(center, sales));
	ck_assert_int_lt(center->hours_us, center->now_us + SOON_US);
	refusal = 0;
	/* Who opened help meanwhile has their way. */
	set_open(center, help);
	center->now_us = center->hours_us;
	usher__hours_turn(center);
	ck_assert(!is_open(center, sales));
	ck_assert(is_open(center, help));
	ck_assert_int_gt(center->hours_us, center->now_us + SOON_US);
}

START_TEST(hours__that_the_core_has_no_room_for_are_followed_soon_after)
{
	int errors[] = {USHER_ENOMEM, USHER_EAGAIN};
	struct usher_config *config = stage_config(&s);

	/* no day is open */
	ck_assert_int_eq(usher_config_hours(config, "sales", NULL, NULL), 0);
	ck_assert_int_eq(usher_config_hours(config, "help", NULL, NULL), 0);
	stage_configure(&s, config);
	stage_event(&s, USHER_EV_QUEUE_CLOSED, 0);
	stage_inside(&s, close_late, &errors[_i]);
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("hours");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc,
		hours__that_the_core_has_no_room_for_are_followed_soon_after,
		0, 2);
	return tc;
}

int main(void)
{
	return scene_main("hours", tests());
}
