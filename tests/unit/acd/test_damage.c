/* Snapshots and records that are not what was written. */
#include <check.h>
#include <string.h>

#include "day.h"
#include "fixture.h"

#define STEPS 300
/* Bytes that the center's record surely has. */
#define CENTER_LEAST 50

START_TEST(snapshot__that_is_damaged_is_refused)
{
	struct day day = {.seed = 5, .now = DAY_START};
	struct usher_acd *acd = day_core(NULL), *restored = NULL;
	struct bytes state;

	day_set_up(acd, &day);
	for (int i = 0; i < 100; i++)
		day_step(acd, &day);
	bytes_snapshot(&state, acd);
	for (size_t cut = 0; cut < state.len; cut += 1 + cut / 8)
		ck_assert_int_eq(usher_acd_restore(&restored, NULL, NULL, 0,
						   NULL, 0, state.at, cut,
						   NULL),
				 USHER_ECORRUPT);
	for (size_t i = 0; i < state.len; i += 3) {
		state.at[i] ^= 0x10;
		ck_assert_int_eq(usher_acd_restore(&restored, NULL, NULL, 0,
						   NULL, 0, state.at,
						   state.len, NULL),
				 USHER_ECORRUPT);
		state.at[i] ^= 0x10;
	}
	ck_assert_ptr_null(restored);
	bytes_free(&state);
	usher_acd_free(acd);
}
END_TEST

/* Also when the checksum is right: it guards against accidents only. */
static void seal(struct bytes *state)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < state->len - 8; i++)
		sum = (sum ^ state->at[i]) * UINT64_C(0x100000001b3);
	for (int i = 0; i < 8; i++)
		state->at[state->len - 8 + (size_t)i] =
			(unsigned char)(sum >> (8 * i));
}

START_TEST(snapshot__that_is_forged_does_no_harm)
{
	struct day day = {.seed = 6, .now = DAY_START};
	struct usher_acd *acd = day_core(NULL), *restored;
	struct bytes state;
	int taken = 0;

	day_set_up(acd, &day);
	for (int i = 0; i < 120; i++)
		day_step(acd, &day);
	bytes_snapshot(&state, acd);
	usher_acd_free(acd);
	for (int n = 0; n < 4000; n++) {
		size_t at = 16 + day_draw(&day, state.len - 24);
		unsigned char old = state.at[at];

		state.at[at] = (unsigned char)day_draw(&day, 256);
		seal(&state);
		if (!usher_acd_restore(&restored, NULL, NULL, 0, NULL, 0,
				       state.at, state.len, NULL)) {
			taken++;
			usher_acd_free(restored);
		}
		state.at[at] = old;
	}
	ck_assert_int_gt(taken, 100);
	bytes_free(&state);
}
END_TEST

/* The first record is the center's, with the last ids; each of its bytes in
 * turn as zero. What is taken must live on. */
START_TEST(snapshot__with_last_ids_too_small_goes_on)
{
	struct usher_acd *acd = acd_made(), *restored;
	uint64_t queue = add_queue(acd, "q", NULL), contact;
	struct bytes state;
	int taken = 0;

	add_agent(acd, "anna", 0);
	wait_in(acd, DAY_START, queue, 0);
	ck_assert_uint_ne(offered_to(acd, &contact), 0);
	drained(acd);
	bytes_snapshot(&state, acd);
	usher_acd_free(acd);
	for (size_t at = 16; at < 16 + CENTER_LEAST; at++) {
		unsigned char old = state.at[at];

		state.at[at] = 0;
		seal(&state);
		if (!usher_acd_restore(&restored, NULL, NULL, 0, NULL, 0,
				       state.at, state.len, NULL)) {
			taken++;
			add_agent(restored, "bela", 0);
			queue = usher_acd_queue_find(restored, "q");
			wait_in(restored, DAY_START, queue, 0);
			ck_assert_uint_ne(offered_to(restored, &contact), 0);
			usher_acd_free(restored);
		}
		state.at[at] = old;
	}
	ck_assert_int_gt(taken, 5);
	bytes_free(&state);
}
END_TEST

START_TEST(fold__refuses_gaps_and_what_does_not_fit)
{
	struct usher_acd *acd = day_core(NULL), *folded = day_core(NULL);
	struct day day = {.seed = 7, .now = DAY_START};
	const struct usher_event *ev;
	struct bytes was, is;

	day_set_up(acd, &day);
	for (int i = 0; i < STEPS; i++)
		day_step(acd, &day);
	bytes_snapshot(&was, folded);
	ev = usher_acd_next(acd);
	ck_assert_int_eq(usher_acd_fold(folded, ev), 0);
	ck_assert_int_eq(usher_acd_fold(folded, ev), USHER_ESTATE);
	bytes_free(&was);
	bytes_snapshot(&was, folded);
	/* every event of the day, given as the second one */
	while ((ev = usher_acd_next(acd))) {
		struct usher_event *second = (struct usher_event *)ev;
		uint64_t seq = ev->seq;

		if (seq == 2)
			continue;
		ck_assert_int_eq(usher_acd_fold(folded, ev), USHER_ESTATE);
		if (ev->type >= USHER_EV_QUEUE_SET &&
		    ev->type <= USHER_EV_AGENT_SET)
			continue;
		if (ev->type == USHER_EV_DAY ||
		    ev->type == USHER_EV_CONFIGURED ||
		    ev->type == USHER_EV_CONTACT_STARTED)
			continue;
		second->seq = 2;
		ck_assert_msg(usher_acd_fold(folded, ev) == USHER_ECORRUPT,
			      "%s", usher_event_type_name(ev->type));
		second->seq = seq;
	}
	bytes_snapshot(&is, folded);
	ck_assert(bytes_equal(&was, &is));
	bytes_free(&was);
	bytes_free(&is);
	usher_acd_free(acd);
	usher_acd_free(folded);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd damage");
	TCase *tcase = tcase_create("damage");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, snapshot__that_is_damaged_is_refused);
	tcase_add_test(tcase, snapshot__that_is_forged_does_no_harm);
	tcase_add_test(tcase, snapshot__with_last_ids_too_small_goes_on);
	tcase_add_test(tcase, fold__refuses_gaps_and_what_does_not_fit);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
