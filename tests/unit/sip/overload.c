/* Who is refused when messages wait too long. */
#include "limitpeer.h"

enum { BUSY_TIMES = 100 };

/* The loop does nothing else for so long. */
static int be_busy(void *arg)
{
	struct timespec ts = {.tv_nsec = *(int *)arg * 1000000L};

	nanosleep(&ts, NULL);
	return 0;
}

struct busy {
	bool stranger; /* who calls, too */
	int ms;
};

/* Busy, with what the peer sends meanwhile waiting. */
static int be_busy_and_hear(void *arg)
{
	struct busy *busy = arg;

	send_as(&peer, "OPTIONS", "first", "");
	send_as(&peer, "INVITE", "1000", "");
	if (busy->stranger)
		send_as(&other, "INVITE", "1000", "");
	return be_busy(&busy->ms);
}

/* Turn after turn nothing comes through soon, until new calls are refused. */
static void wait_long(unsigned times)
{
	struct busy busy = {false, 60};

	while (times-- && !subject_counters(&subject).overloaded)
		subject_call(&subject, be_busy_and_hear, &busy);
}

START_TEST(overload__refuses_new_calls_alone)
{
	static const struct usher__limits limits = {.allow = "127.0.0.0/8",
						    .overload_ms = 10};
	struct usher__ua_counters n;
	char after[16];

	begin(&limits);
	ask(&peer, "SIP/2.0 200"); /* stamps have begun */
	subject_answers(&subject, 486);
	wait_long(BUSY_TIMES);
	ck_assert(peer_expect(&peer, "SIP/2.0 503", WAIT_MS));
	peer_cut(&peer, "Retry-After: ", "\r", after, sizeof(after));
	ck_assert_int_ge(atoi(after), 5);
	n = subject_counters(&subject);
	ck_assert_uint_ge(n.overloaded, 1);
	ck_assert_uint_ge(told(USHER__SECURITY_OVERLOAD), 1);
	/* Other requests are answered all the time, and calls again when
	 * nothing waits any more. */
	do {
		ask(&peer, "SIP/2.0 200");
		send_as(&other, "INVITE", "1000", "");
		ck_assert(peer_expect(&other, "SIP/2.0", WAIT_MS));
	} while (!strncmp(other.last, "SIP/2.0 503", 11));
	ck_assert_uint_ge(told(USHER__SECURITY_OVERLOAD_END), 1);
	teardown();
}
END_TEST

/* Strangers first: a wait that refuses them lets others call. */
START_TEST(overload__refuses_strangers_first)
{
	static const struct usher__limits limits = {.allow = "127.0.0.2",
						    .overload_ms = 50};
	struct busy busy = {true, 60};
	unsigned i;

	begin(&limits);
	ask(&peer, "SIP/2.0 200");
	subject_answers(&subject, 486);
	for (i = 1; i <= BUSY_TIMES && !subject_counters(&subject).overloaded;
	     i++) {
		subject_call(&subject, be_busy_and_hear, &busy);
		/* Nothing adds up. */
		while (subject_counters(&subject).requests_in < 3 * i + 1)
			usleep(1000);
	}
	ck_assert(peer_expect(&other, "SIP/2.0 503", WAIT_MS));
	ck_assert(!peer_expect(&peer, "SIP/2.0 503", SHORT_MS));
	teardown();
}
END_TEST

START_TEST(overload__may_be_left_alone)
{
	static const struct usher__limits limits = {.allow = "127.0.0.0/8",
						    .overload_ms = -1};

	begin(&limits);
	wait_long(8);
	subject_sync(&subject);
	ck_assert_uint_eq(subject_counters(&subject).overloaded, 0);
	teardown();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_overload");
	TCase *tc = tcase_create("overload");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, overload__refuses_new_calls_alone);
	tcase_add_test(tc, overload__refuses_strangers_first);
	tcase_add_test(tc, overload__may_be_left_alone);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
