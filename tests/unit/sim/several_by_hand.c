/* Agents who have several contacts at once, by the second: what a few
 * customers of a list do, worked out by hand. */
#include <check.h>

#include "cases.h"
#include "house.h"

#define SECOND_US INT64_C(1000000)

/* A list of calls of ten seconds with a wrap-up of five, and one mail of a
 * minute. */
static void by_hand(struct house *h, struct usher_sim_call *calls, int count,
		    int every_s)
{
	static const struct usher_sim_call mail = {SECOND_US, 60 * SECOND_US,
						   0, USHER_NEVER};

	for (int i = 0; i < count; i++)
		calls[i] = (struct usher_sim_call){
			(10 + (int64_t)i * every_s) * SECOND_US,
			10 * SECOND_US, 5 * SECOND_US, USHER_NEVER};
	house_init(h, 2, 1);
	h->queues[0].calls = calls;
	h->queues[0].call_count = (size_t)count;
	h->queues[0].wrapup_law = USHER_LAW_FIXED;
	h->queues[0].wrapup_s = 5;
	h->queues[1].calls = &mail;
	h->queues[1].call_count = 1;
	h->queues[1].channel = "mail";
}

/* Two calls of 15 s each, wrap-up included: the mail takes 30 s longer. */
START_TEST(mail__stands_still_as_long_as_the_call_and_its_wrapup)
{
	static const struct usher_capacity both[] = {{"voice", "mail", 1, 0},
						     {"mail", NULL, 1, 0}};
	struct usher_sim_call calls[2];
	struct usher_sim *sim;
	struct house h;

	by_hand(&h, calls, 2, 30);
	house_takes(&h.groups[0], both, 2, 1);
	sim = house_run(&h, 0, 200);
	ck_assert_int_eq(house_queue(sim, 1).talk_us, 90 * SECOND_US);
	ck_assert_int_eq(house_queue(sim, 0).talk_us, 20 * SECOND_US);
	ck_assert_int_eq(house_load(sim, "mail").work_us, 90 * SECOND_US);
	ck_assert_int_eq(house_load(sim, "mail").still_us, 30 * SECOND_US);
	ck_assert_int_eq(house_load(sim, "voice").work_us, 30 * SECOND_US);
	ck_assert_int_eq(house_load(sim, NULL).busy_us, 90 * SECOND_US);
	ck_assert_int_eq(house_load(sim, NULL).work_us, 120 * SECOND_US);
	ck_assert_uint_eq(house_load(sim, NULL).contacts, 3);
	usher_sim_free(sim);
}
END_TEST

/* Side by side at half the pace, wrap-up included: the call takes 20 and 10
 * seconds, in which 15 of the mail's are done. */
START_TEST(calls_beside_mail__slow_both_down)
{
	static const struct usher_capacity both[] = {{"voice", NULL, 1, 0},
						     {"mail", NULL, 1, 0}};
	struct usher_sim_call calls[1];
	struct usher_sim *sim;
	struct house h;

	by_hand(&h, calls, 1, 30);
	house_takes(&h.groups[0], both, 2, 2);
	h.groups[0].slowdown = 1;
	sim = house_run(&h, 0, 20);
	/* in the middle of the call */
	ck_assert_int_eq(house_load(sim, "voice").work_us, 10 * SECOND_US);
	ck_assert_int_eq(house_load(sim, "mail").busy_us, 19 * SECOND_US);
	usher_sim_run(sim, 180);
	ck_assert_int_eq(house_queue(sim, 0).talk_us, 20 * SECOND_US);
	ck_assert_int_eq(house_load(sim, "voice").work_us, 30 * SECOND_US);
	ck_assert_int_eq(house_queue(sim, 1).talk_us, 75 * SECOND_US);
	ck_assert_int_eq(house_load(sim, NULL).busy_us, 75 * SECOND_US);
	ck_assert_int_eq(house_load(sim, NULL).still_us, 0);
	usher_sim_free(sim);
}
END_TEST

/* Of two kinds that interrupt each other the last one goes on: nobody stands
 * still for ever. */
START_TEST(kinds_that_interrupt_each_other__do_not_block)
{
	static const struct usher_capacity both[] = {{"voice", "mail", 2, 0},
						     {"mail", "voice", 2, 0}};
	struct usher_sim_call calls[2];
	struct usher_sim *sim;
	struct house h;

	by_hand(&h, calls, 2, 30);
	house_takes(&h.groups[0], both, 2, 1);
	sim = house_run(&h, 0, 200);
	ck_assert_int_eq(house_queue(sim, 1).talk_us, 90 * SECOND_US);
	ck_assert_int_eq(house_queue(sim, 0).talk_us, 20 * SECOND_US);
	usher_sim_free(sim);
}
END_TEST

/* A mail that is slowed down and interrupted has not been served when the
 * simulation is written and restored, and ends when it would have. */
START_TEST(snapshot__keeps_what_is_left)
{
	static const struct usher_capacity both[] = {{"voice", "mail", 1, 0},
						     {"mail", NULL, 2, 0}};
	struct usher_sim_call calls[2];
	struct usher_sim *whole, *sim, *next;
	struct house h;
	void *bytes, *again;
	size_t len, again_len;

	by_hand(&h, calls, 2, 30);
	house_takes(&h.groups[0], both, 2, 2);
	h.groups[0].slowdown = 0.3;
	whole = house_run(&h, 0, 200);
	for (int at = 5; at < 100; at += 7) {
		sim = house_open(&h);
		ck_assert_int_eq(usher_sim_run(sim, at), 0);
		ck_assert_int_eq(usher_sim_snapshot(sim, &bytes, &len), 0);
		ck_assert_int_eq(
			usher_sim_restore(&next, &h.opts, bytes, len, NULL),
			0);
		usher_sim_snapshot_free(sim, bytes);
		usher_sim_free(sim);
		ck_assert_int_eq(usher_sim_run(next, 200 - at), 0);
		ck_assert_int_eq(house_load(next, NULL).work_us,
				 house_load(whole, NULL).work_us);
		ck_assert_int_eq(house_load(next, NULL).still_us,
				 house_load(whole, NULL).still_us);
		ck_assert_int_eq(usher_sim_snapshot(next, &again, &again_len),
				 0);
		usher_sim_snapshot_free(next, again);
		usher_sim_free(next);
	}
	usher_sim_free(whole);
}
END_TEST

/* A list says of each contact which kind it is. */
START_TEST(kinds_of_a_list__are_those_of_its_contacts)
{
	static const struct usher_capacity both[] = {{"voice", NULL, 1, 0},
						     {"mail", NULL, 3, 0}};
	struct usher_sim_came came[4] = {{0}};
	struct usher_sim_load none;
	struct usher_sim_call calls[4];
	struct usher_sim *sim;
	struct house h;

	by_hand(&h, calls, 4, 1);
	h.opts.queue_count = 1;
	h.queues[0].came = came;
	h.queues[0].came_size = sizeof(*came);
	for (int i = 1; i < 4; i++)
		came[i].channel = "mail";
	house_takes(&h.groups[0], both, 2, 4);
	sim = house_run(&h, 0, 100);
	ck_assert_uint_eq(house_load(sim, "voice").contacts, 1);
	ck_assert_uint_eq(house_load(sim, "mail").contacts, 3);
	ck_assert_int_eq(house_queue(sim, 0).answered_wait_us, 0);
	none = house_load(sim, "fax");
	ck_assert_uint_eq(none.contacts, 0);
	usher_sim_free(sim);
}
END_TEST

TCase *several_by_hand_case(void)
{
	TCase *tc = tcase_create("by hand");

	tcase_set_timeout(tc, 100);
	tcase_add_test(tc,
		       mail__stands_still_as_long_as_the_call_and_its_wrapup);
	tcase_add_test(tc, calls_beside_mail__slow_both_down);
	tcase_add_test(tc, kinds_that_interrupt_each_other__do_not_block);
	tcase_add_test(tc, snapshot__keeps_what_is_left);
	tcase_add_test(tc, kinds_of_a_list__are_those_of_its_contacts);
	return tc;
}
