/* What the core promises whatever happens: determinism, atomic inputs,
 * recovery. */
#include <check.h>
#include <string.h>

#include "day.h"

#define STEPS 300

/* A whole day's events, and the time it ends; opts change how, never what. */
static int64_t whole_day(uint64_t seed, const struct usher_acd_opts *opts,
			 struct bytes *events, struct bytes *state)
{
	struct day day = {.seed = seed, .now = DAY_START};
	struct usher_acd *acd = day_core(opts);

	day_set_up(acd, &day);
	for (int i = 0; i < STEPS; i++)
		day_step(acd, &day);
	bytes_drain(events, acd);
	bytes_snapshot(state, acd);
	usher_acd_free(acd);
	return day.now;
}

START_TEST(day__is_the_same_with_and_without_caches)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct bytes a, b, state_a, state_b;
		struct usher_acd_opts opts;

		usher_acd_opts_init(&opts, sizeof(opts));
		whole_day(seed, &opts, &a, &state_a);
		opts.classes_max = 1;
		opts.profiles_max = 2;
		whole_day(seed, &opts, &b, &state_b);
		ck_assert_msg(bytes_equal(&a, &b), "seed %d", (int)seed);
		ck_assert(bytes_equal(&state_a, &state_b));
		ck_assert_uint_gt(a.len, 5000);
		bytes_free(&a);
		bytes_free(&b);
		bytes_free(&state_a);
		bytes_free(&state_b);
	}
}
END_TEST

/* Bytes of each step: what folds and restores must reach as well. */
START_TEST(day__folds_and_restores_to_the_same_bytes_at_every_step)
{
	for (uint64_t seed = 1; seed <= 25; seed++) {
		struct day day = {.seed = seed, .now = DAY_START};
		struct usher_acd *acd = day_core(NULL),
				 *folded = day_core(NULL);

		day_set_up(acd, &day);
		for (int i = 0; i < STEPS; i++) {
			struct bytes lived, other;
			const struct usher_event *ev;
			struct usher_acd *restored;

			day_step(acd, &day);
			while ((ev = usher_acd_next(acd)))
				ck_assert_msg(!usher_acd_fold(folded, ev),
					      "seed %d step %d %s", (int)seed,
					      i,
					      usher_event_type_name(ev->type));
			bytes_snapshot(&lived, acd);
			bytes_snapshot(&other, folded);
			ck_assert_msg(bytes_equal(&lived, &other),
				      "seed %d step %d", (int)seed, i);
			bytes_free(&other);
			ck_assert_int_eq(usher_acd_restore(&restored, NULL,
							   NULL, 0, NULL, 0,
							   lived.at, lived.len,
							   NULL),
					 0);
			bytes_snapshot(&other, restored);
			ck_assert_msg(bytes_equal(&lived, &other),
				      "seed %d step %d", (int)seed, i);
			bytes_free(&other);
			bytes_free(&lived);
			usher_acd_free(restored);
		}
		usher_acd_free(acd);
		usher_acd_free(folded);
	}
}
END_TEST

/* A restored core goes on exactly like the one that lived on. */
START_TEST(restore__goes_on_as_if_nothing_had_happened)
{
	for (uint64_t seed = 50; seed < 70; seed++) {
		struct day day = {.seed = seed, .now = DAY_START}, same;
		struct usher_acd *acd = day_core(NULL), *restored;
		struct bytes state, a, b;

		day_set_up(acd, &day);
		for (int i = 0; i < 150; i++)
			day_step(acd, &day);
		usher_acd_advance(acd, day.now);
		bytes_drain(&a, acd);
		bytes_free(&a);
		bytes_snapshot(&state, acd);
		ck_assert_int_eq(usher_acd_restore(&restored, NULL, NULL, 0,
						   NULL, 0, state.at,
						   state.len, NULL),
				 0);
		same = day;
		for (int i = 0; i < 150; i++) {
			int err = day_step(acd, &day);

			ck_assert_int_eq(day_step(restored, &same), err);
		}
		bytes_drain(&a, acd);
		bytes_drain(&b, restored);
		ck_assert_msg(bytes_equal(&a, &b), "seed %d", (int)seed);
		bytes_free(&a);
		bytes_free(&b);
		bytes_free(&state);
		usher_acd_free(acd);
		usher_acd_free(restored);
	}
}
END_TEST

START_TEST(advance__in_two_steps_is_advance_in_one)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct day day = {.seed = seed, .now = DAY_START}, same;
		struct usher_acd *a = day_core(NULL), *b = day_core(NULL);
		struct bytes x, y;

		same = day;
		day_set_up(a, &day);
		day_set_up(b, &same);
		for (int i = 0; i < STEPS; i++) {
			int64_t before = day.now;

			day_step(a, &day);
			/* through every moment between */
			for (int64_t t = before; t < day.now; t += SECOND / 2)
				usher_acd_advance(b, t);
			day_step(b, &same);
		}
		bytes_drain(&x, a);
		bytes_drain(&y, b);
		ck_assert_msg(bytes_equal(&x, &y), "seed %d", (int)seed);
		bytes_free(&x);
		bytes_free(&y);
		usher_acd_free(a);
		usher_acd_free(b);
	}
}
END_TEST

START_TEST(replay__of_recorded_inputs_gives_the_record)
{
	struct usher_acd_opts opts;

	usher_acd_opts_init(&opts, sizeof(opts));
	opts.record_inputs = 1;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct usher_acd *again = day_core(&opts);
		struct usher_decoder *dec;
		struct bytes record, state, other, replayed;
		int64_t end = whole_day(seed, &opts, &record, &state);
		size_t at = 0;

		ck_assert_int_eq(usher_decoder_new(&dec, NULL), 0);
		while (at < record.len) {
			const struct usher_event *ev;
			size_t used;

			ck_assert_int_eq(usher_event_decode(
						 dec, record.at + at,
						 record.len - at, &used, &ev),
					 0);
			if (ev->kind == USHER_KIND_INPUT)
				ck_assert_int_eq(usher_acd_replay(again, ev),
						 0);
			at += used;
		}
		/* deadlines that came before inputs that were refused, of
		 * which there is no record */
		ck_assert_int_eq(usher_acd_advance(again, end), 0);
		bytes_drain(&replayed, again);
		ck_assert_msg(bytes_equal(&replayed, &record), "seed %d",
			      (int)seed);
		bytes_snapshot(&other, again);
		ck_assert(bytes_equal(&other, &state));
		bytes_free(&record);
		bytes_free(&state);
		bytes_free(&other);
		bytes_free(&replayed);
		usher_decoder_free(dec);
		usher_acd_free(again);
	}
}
END_TEST

/* Each allocation of each input fails once; nothing of the input has happened
 * then, and the same input succeeds afterwards. */
START_TEST(memory__that_is_missing_changes_nothing)
{
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct heap heap = {.left = -1};
		struct usher_alloc alloc = {heap_realloc, &heap};
		struct usher_acd_opts opts;
		struct day day = {.seed = seed, .now = DAY_START};
		struct usher_acd *acd;
		long failures = 0;

		usher_acd_opts_init(&opts, sizeof(opts));
		opts.alloc = &alloc;
		acd = day_core(&opts);
		day_set_up(acd, &day);
		for (int i = 0; i < STEPS; i++) {
			for (long fail = 0;; fail++) {
				struct day before = day;
				struct bytes was, is;
				uint64_t seq;
				int err;

				/* the deadlines first: they may run */
				usher_acd_advance(acd, day.now + 9 * SECOND);
				seq = usher_acd_seq(acd);
				bytes_snapshot(&was, acd);
				heap.left = fail;
				err = day_step(acd, &day);
				heap.left = -1;
				if (err != USHER_ENOMEM) {
					bytes_free(&was);
					break;
				}
				failures++;
				ck_assert_uint_eq(usher_acd_seq(acd), seq);
				bytes_snapshot(&is, acd);
				ck_assert_msg(bytes_equal(&was, &is),
					      "seed %d step %d", (int)seed, i);
				bytes_free(&was);
				bytes_free(&is);
				day = before;
			}
			usher_acd_advance(acd, day.now);
			while (usher_acd_next(acd))
				;
		}
		ck_assert_int_gt(failures, 10);
		usher_acd_free(acd);
		ck_assert_int_eq(heap.alive, 0);
	}
}
END_TEST

START_TEST(memory__that_is_missing_at_birth_leaves_nothing_behind)
{
	struct usher_acd *acd = NULL;
	int err = USHER_ENOMEM;

	for (long fail = 0; err == USHER_ENOMEM; fail++) {
		struct heap heap = {.left = fail};
		struct usher_alloc alloc = {heap_realloc, &heap};
		struct usher_acd_opts opts;

		usher_acd_opts_init(&opts, sizeof(opts));
		opts.alloc = &alloc;
		err = usher_acd_new(&acd, &opts, NULL);
		if (!err)
			usher_acd_free(acd);
		ck_assert_int_eq(heap.alive, 0);
	}
	ck_assert_int_eq(err, 0);
}
END_TEST

START_TEST(memory__that_is_missing_while_restoring_leaves_nothing_behind)
{
	struct day day = {.seed = 3, .now = DAY_START};
	struct usher_acd *acd = day_core(NULL), *restored;
	struct bytes state;
	int err = USHER_ENOMEM;

	day_set_up(acd, &day);
	for (int i = 0; i < STEPS; i++)
		day_step(acd, &day);
	bytes_snapshot(&state, acd);
	usher_acd_free(acd);
	for (long fail = 0; err == USHER_ENOMEM; fail++) {
		struct heap heap = {.left = fail};
		struct usher_alloc alloc = {heap_realloc, &heap};
		struct usher_acd_opts opts;

		usher_acd_opts_init(&opts, sizeof(opts));
		opts.alloc = &alloc;
		err = usher_acd_restore(&restored, &opts, NULL, 0, NULL, 0,
					state.at, state.len, NULL);
		heap.left = -1;
		if (!err)
			usher_acd_free(restored);
		ck_assert_int_eq(heap.alive, 0);
	}
	ck_assert_int_eq(err, 0);
	bytes_free(&state);
}
END_TEST

/* A core whose tape fills all the time says the same as one that is drained
 * once at the end. */
START_TEST(limit__of_undrained_events_changes_nothing_but_the_pace)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct day day = {.seed = seed, .now = DAY_START};
		struct usher_acd_opts opts;
		struct usher_acd *acd;
		struct bytes all, state, part, mine;
		size_t at = 0;
		int refused = 0;

		whole_day(seed, NULL, &all, &state);
		usher_acd_opts_init(&opts, sizeof(opts));
		/* set-up takes eight events, each step a few */
		opts.events_max = 12;
		acd = day_core(&opts);
		day_set_up(acd, &day);
		for (int i = 0; i < STEPS; i++) {
			struct day before = day;

			while (day_step(acd, &day) == USHER_EAGAIN) {
				refused++;
				day = before;
				bytes_drain(&part, acd);
				ck_assert_mem_eq(part.at, all.at + at,
						 part.len);
				at += part.len;
				bytes_free(&part);
			}
		}
		ck_assert_int_gt(refused, 10);
		bytes_drain(&part, acd);
		ck_assert_uint_eq(at + part.len, all.len);
		if (part.len)
			ck_assert_mem_eq(part.at, all.at + at, part.len);
		bytes_snapshot(&mine, acd);
		ck_assert(bytes_equal(&mine, &state));
		bytes_free(&part);
		bytes_free(&mine);
		bytes_free(&all);
		bytes_free(&state);
		usher_acd_free(acd);
	}
}
END_TEST

START_TEST(note__without_fields_is_the_first_input_of_a_core)
{
	struct usher_acd *acd = day_core(NULL);
	const struct usher_event *ev;
	uint64_t count = 7;

	ck_assert_int_eq(usher_acd_note(acd, DAY_START, USHER_EV_RECOVERED, 0,
					0, NULL, 0),
			 0);
	ev = usher_acd_next(acd);
	while (ev && ev->kind == USHER_KIND_INPUT)
		ev = usher_acd_next(acd);
	ck_assert_ptr_nonnull(ev);
	ck_assert_uint_eq(ev->type, USHER_EV_RECOVERED);
	if (!usher_event_u64(ev, USHER_F_COUNT, &count))
		ck_assert_uint_eq(count, 0);
	ck_assert_ptr_null(usher_acd_next(acd));
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd promises");
	TCase *tcase = tcase_create("promises");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, day__is_the_same_with_and_without_caches);
	tcase_add_test(
		tcase,
		day__folds_and_restores_to_the_same_bytes_at_every_step);
	tcase_add_test(tcase,
		       note__without_fields_is_the_first_input_of_a_core);
	tcase_add_test(tcase, restore__goes_on_as_if_nothing_had_happened);
	tcase_add_test(tcase, advance__in_two_steps_is_advance_in_one);
	tcase_add_test(tcase, replay__of_recorded_inputs_gives_the_record);
	tcase_add_test(tcase, memory__that_is_missing_changes_nothing);
	tcase_add_test(tcase,
		       memory__that_is_missing_at_birth_leaves_nothing_behind);
	tcase_add_test(
		tcase,
		memory__that_is_missing_while_restoring_leaves_nothing_behind);
	tcase_add_test(
		tcase,
		limit__of_undrained_events_changes_nothing_but_the_pace);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
