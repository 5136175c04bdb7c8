/* Which of a trunk's addresses a call goes to, as SRV has them (RFC 2782). */
#include "legpeer.h"

static uint32_t id;
static char answer[64];

static int add_hops(void *arg)
{
	static const struct {
		uint64_t rank;
		uint16_t weight;
	} hops[] = {{1, 1}, {2, 60000}, {1, 3}, {1, 0}};
	struct usher__trunk_opts opts;
	struct usher__trunk *trunk;
	unsigned i;
	struct sa sa;
	int err;

	(void)arg;
	memset(&opts, 0, sizeof(opts));
	opts.name = "a";
	opts.host = "sip.test";
	err = usher__ua_trunk_add(subject.ua, &opts, &id, NULL);
	trunk = usher__trunk_find(subject.ua, id);
	for (i = 0; i < 4 && !err; i++) {
		err = sa_set_str(&sa, "127.0.0.1", (uint16_t)(7000 + i));
		if (!err)
			err = usher__hop_add(trunk, &sa, SIP_TRANSP_UDP,
					     hops[i].rank, hops[i].weight);
	}
	return err;
}

/* The addresses of a call in their order: "a" is the first that was added. */
static int do_hops(void *arg)
{
	static const uint32_t ranks[1];
	struct usher__route *found;
	struct usher__way way;
	char *ret = arg;
	int err = usher__route_new(&found, subject.ua, &id, ranks, 1);

	if (err)
		return err;
	while (usher__route_next(found, &way))
		*ret++ = (char)('a' + way.hop[strlen("127.0.0.1:700")] - '0');
	*ret = '\0';
	usher__route_free(found);
	return 0;
}

START_TEST(hops__share_by_weight_within_their_rank)
{
	unsigned taken[4] = {0}, i;

	ck_assert_int_eq(subject_call(&subject, add_hops, NULL), 0);
	for (i = 0; i < 65; i++) {
		ck_assert_int_eq(subject_call(&subject, do_hops, answer), 0);
		ck_assert_uint_eq(strlen(answer), 4);
		/* Whatever its weight, for when the others fail. */
		ck_assert_int_eq(answer[3], 'b');
		taken[answer[0] - 'a']++;
	}
	/* Weight 0 is hardly ever taken, but it is. */
	ck_assert_uint_eq(taken[0], 16);
	ck_assert_uint_eq(taken[2], 48);
	ck_assert_uint_eq(taken[3], 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_hops");
	TCase *tc = tcase_create("hops");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, leg_setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, hops__share_by_weight_within_their_rank);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
