/* What an answer from outside brings, and what it cannot. */
#include <math.h>
#include <string.h>

#include "fixture.h"

START_TEST(fetch__takes_no_number_that_is_none)
{
	static const double none[] = {NAN, INFINITY, -INFINITY};

	for (size_t i = 0; i < 3; i++) {
		struct run *run = run_to("fetch", NULL);
		struct usher_value value = {.type = USHER_VALUE_NUMBER,
					    .number = none[i]};
		struct usher_ivr_event event = {.kind = USHER_IVR_FETCHED,
						.request = run->request,
						.values = &value,
						.n_values = 1};
		struct usher_ivr_opts opts;
		struct usher_ivr *again;
		char buf[4096];
		size_t len;

		ck_assert_str_eq(feed_event(run, event),
				 "set balance=; ask choose");
		ck_assert_int_eq(usher_ivr_variable(run->ivr, "balance").type,
				 USHER_VALUE_UNDEFINED);
		len = saved(run, buf, sizeof(buf));
		usher_ivr_opts_init(&opts, sizeof(opts));
		opts.lookup = look;
		opts.arg = run;
		ck_assert_int_eq(usher_ivr_restore(&again, run->set, &opts,
						   NULL, buf, len, NULL),
				 0);
		usher_ivr_free(again);
		run_free(run);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, fetch__takes_no_number_that_is_none);
}

int main(void)
{
	return run_tests("ivr-fetch", add_tests);
}
