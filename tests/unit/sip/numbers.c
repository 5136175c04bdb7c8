/* Offers of ours within a call: payload types keep what they meant, the
 * clock stays, and the version of what has changed goes on. */
#include "clock.h"
#include "legpeer.h"

#define SESSION                                                               \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"    \
	"t=0 0\r\n"

static const char fast[] = SESSION "m=audio 4000 RTP/AVP 111 96 97 0 101\r\n"
				   "a=rtpmap:111 opus/48000/2\r\n"
				   "a=rtpmap:96 telephone-event/48000\r\n"
				   "a=rtpmap:97 speex/16000\r\n"
				   "a=rtpmap:101 telephone-event/8000\r\n";

static const char slow[] = SESSION "m=audio 4000 RTP/AVP 0\r\n";

static int do_codecs(void *arg)
{
	return usher__codecs_read(&subject.ua->codecs, arg);
}

static int do_refresh(void *arg)
{
	(void)arg;
	return usher__leg_refresh(usher__leg_find(subject.ua, subject.leg));
}

static void setup(void)
{
	leg_setup();
	clock_begin(&subject);
	ck_assert_int_eq(subject_call(&subject, do_codecs, "opus pcma pcmu"),
			 0);
}

/* A call from the peer with this offer. */
static void called_with(const char *body)
{
	invite_with("", body);
	inbound_answer();
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}

START_TEST(hold__keeps_what_numbers_mean)
{
	called_with(fast);
	ck_assert(has(" RTP/AVP 111 96\r\n"));
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	(void)peer_expect_ours("INVITE");
	ck_assert_msg(has("a=rtpmap:111 opus/48000/2\r\n"), "%s", peer.last);
	ck_assert(has("a=rtpmap:96 telephone-event/48000\r\n"));
}
END_TEST

START_TEST(refused_offer__has_not_said_what_numbers_mean)
{
	called_with(fast);
	peer_ask("UPDATE", 2, "",
		 SESSION "m=audio 4000 RTP/AVP 120\r\n"
			 "a=rtpmap:120 opus/48000/2\r\n"
			 "v=1\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	(void)peer_expect_ours("INVITE");
	ck_assert(has("a=rtpmap:111 opus/48000/2\r\n"));
}
END_TEST

/* What is a telephone's call stays one; but who asks is told all. */
START_TEST(hold__offers_no_other_clock)
{
	called_with(slow);
	peer_ask("INVITE", 2, "", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_msg(has(" RTP/AVP 96 8 0 97 101\r\n"), "%s", peer.last);
	peer_request("ACK", 2, "ack2", slow);
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	(void)peer_expect_ours("INVITE");
	ck_assert_msg(has(" RTP/AVP 8 0 101\r\n"), "%s", peer.last);
}
END_TEST

static unsigned version(void)
{
	char text[64];

	peer_cut(&peer, "o=- ", "\r", text, sizeof(text));
	return (unsigned)atoi(strchr(text, ' ') + 1);
}

static unsigned refresh(void)
{
	unsigned cseq;

	ck_assert_int_eq(subject_call(&subject, do_refresh, NULL), 0);
	cseq = peer_expect_ours("INVITE");
	peer_answer("200 OK", "INVITE", cseq, "", fast);
	(void)state();
	return version();
}

/* The answer was a part of what we offer then. */
START_TEST(refresh__of_what_has_changed_has_another_version)
{
	unsigned first;

	called_with(fast);
	first = version();
	ck_assert_uint_eq(refresh(), first + 1);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_uint_eq(refresh(), first + 1);
}
END_TEST

static TCase *numbers_case(void)
{
	TCase *tc = tcase_create("numbers");

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, hold__keeps_what_numbers_mean);
	tcase_add_test(tc, hold__offers_no_other_clock);
	tcase_add_test(tc, refused_offer__has_not_said_what_numbers_mean);
	tcase_add_test(tc, refresh__of_what_has_changed_has_another_version);
	return tc;
}

int main(void)
{
	Suite *suite = suite_create("sip_numbers");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, numbers_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
