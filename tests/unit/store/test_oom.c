/* Every allocation of a store fails in turn: what was taken is there at the
 * next start, what was not says so, and no memory is lost. */
#include <stdlib.h>
#include <string.h>

#include "../oom.h"
#include "util.h"

#define ALLOCATIONS_MAX 20000

static struct usher_store_opts opts;

static void setup(void)
{
	oom_spare(true);
	dir_make();
	usher_store_opts_init(&opts, sizeof(opts));
	opts.dir = dir;
}

struct kept {
	uint64_t last;
	uint64_t person;
};

static int person_put(struct usher_store *store, struct kept *kept)
{
	struct usher_person_opts put;

	usher_person_opts_init(&put, sizeof(put));
	put.kind = USHER_PERSON_ADDRESS;
	put.bytes = "555";
	put.len = 3;
	return usher_store_person_put(store, &put, &kept->person);
}

/* A turn with a person, and a snapshot of it; as far as it goes. */
static int live(struct usher_store *store, struct kept *kept)
{
	uint64_t seq = usher_store_appended(store) + 1;
	int rc = person_put(store, kept);

	if (!rc)
		rc = append_turn(store, seq, seq + 2);
	if (!rc) {
		kept->last = seq + 2;
		rc = usher_store_snapshot(store, kept->last, "state", 5);
	}
	return rc;
}

static int open_and_live(struct kept *kept)
{
	struct usher_store *store = NULL;
	struct seen seen = {0};
	int rc = usher_store_open(&store, &opts, NULL);

	if (!rc)
		rc = recover(store, &seen, NULL, NULL);
	if (!rc)
		rc = live(store, kept);
	usher_store_close(store);
	return rc;
}

/* With memory again: all that was taken is there. */
static void check(const struct kept *kept, long nth)
{
	struct usher_person person = {.size = sizeof(person)};
	struct usher_store *store = NULL;
	struct seen seen = {.refuse_snapshots = true};
	char buf[8];

	ck_assert_int_eq(usher_store_open(&store, &opts, NULL), 0);
	ck_assert_int_eq(recover(store, &seen, NULL, NULL), 0);
	ck_assert_msg(!seen.wrong && seen.last >= kept->last,
		      "allocation %ld: %lu of %lu", nth,
		      (unsigned long)seen.last, (unsigned long)kept->last);
	if (kept->last)
		ck_assert_int_eq(usher_store_person_get(store, kept->person,
							&person, buf,
							sizeof(buf)),
				 0);
	ck_assert_int_eq(usher_store_close(store), 0);
}

START_TEST(store__loses_nothing_that_it_took_without_memory)
{
	long nth, failed = 1;
	struct kept kept;
	int rc;

	for (nth = 1; failed && nth < ALLOCATIONS_MAX; nth++) {
		memset(&kept, 0, sizeof(kept));
		oom_arm(nth, 0);
		oom_spare(false);
		rc = open_and_live(&kept);
		oom_spare(true);
		failed = oom_disarm();
		ck_assert_msg(!rc || (failed && rc == USHER_ENOMEM),
			      "allocation %ld: %s", nth, usher_strerror(rc));
		check(&kept, nth);
		dir_remove();
		dir_make();
	}
	ck_assert_int_gt(nth, 10);
	ck_assert_int_eq(failed, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("oom");
	TCase *tc = tcase_create("oom");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 110);
	tcase_add_checked_fixture(tc, setup, dir_remove);
	tcase_add_test(tc, store__loses_nothing_that_it_took_without_memory);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
