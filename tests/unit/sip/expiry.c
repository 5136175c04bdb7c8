/* A registration that ends while its phone is on a call. */
#include "clock.h"
#include "legpeer.h"

static void setup(void)
{
	subject_start(&subject, false);
	clock_begin(&subject);
	peer_open(&peer);
}

static void put_contact(void)
{
	char more[1024] = "";
	unsigned i;

	for (i = 1; i <= 2; i++) {
		peer_send(&peer, subject.port,
			  "REGISTER sip:center.test SIP/2.0\r\n"
			  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKr%u\r\n"
			  "From: <sip:alice@center.test>;tag=p\r\n"
			  "To: <sip:alice@center.test>\r\nCall-ID: r\r\n"
			  "CSeq: %u REGISTER\r\nExpires: %d\r\n%s"
			  "Contact: <sip:alice@127.0.0.1:%u>\r\n"
			  "Content-Length: 0\r\n\r\n",
			  peer.port, i, i, USHER__UA_MIN_EXPIRES_S, more,
			  peer.port);
		ck_assert(peer_expect(&peer,
				      i == 1 ? "SIP/2.0 401" : "SIP/2.0 200",
				      WAIT_MS));
		peer_digest(&peer, "REGISTER", "sip:center.test", "alice",
			    "secret", more, sizeof(more));
	}
}

static int do_call_alice(void *arg)
{
	const struct usher__call_opts opts = {.domain = "center.test",
					      .user = "alice"};

	(void)arg;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

static int do_change(void *arg)
{
	(void)arg;
	return (int)subject.change;
}

static void expire(void)
{
	while (subject_call(&subject, do_change, NULL) !=
	       USHER__BINDING_EXPIRED)
		clock_pass();
	/* Nobody new can call it … */
	ck_assert_int_eq(subject_call(&subject, do_call_alice, NULL),
			 USHER_ENOENT);
}

static void talk(void)
{
	put_contact();
	outbound(do_call_alice, NULL);
	peer_answer("200 OK", "INVITE", invite_cseq, "", sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}

START_TEST(expired__goes_on_talking_and_is_hung_up)
{
	unsigned cseq;

	talk();
	expire();
	/* … and the call is what it was, to its end. */
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 0);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	cseq = peer_expect_ours("INVITE");
	peer_answer("200 OK", "INVITE", cseq, "", sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 1);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	cseq = peer_expect_ours("BYE");
	peer_answer("200 OK", "BYE", cseq, "", "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_uint_eq(subject_counters(&subject).legs_now, 0);
}
END_TEST

START_TEST(expired__hangs_up_itself)
{
	talk();
	expire();
	/* In what the peer sends its own tag is From's. */
	peer_ask("BYE", 7, "", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_REMOTE);
}
END_TEST

START_TEST(expired__while_it_rings_is_answered)
{
	put_contact();
	outbound(do_call_alice, NULL);
	peer_answer("180 Ringing", "INVITE", invite_cseq, "", "");
	ck_assert_int_eq(state(), USHER__LEG_PROCEEDING);
	expire();
	peer_answer("200 OK", "INVITE", invite_cseq, "", sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_expiry");
	TCase *tc = tcase_create("expiry");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, expired__goes_on_talking_and_is_hung_up);
	tcase_add_test(tc, expired__hangs_up_itself);
	tcase_add_test(tc, expired__while_it_rings_is_answered);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
