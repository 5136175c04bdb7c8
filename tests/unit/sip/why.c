/* Why a call is refused or ends, as we say and as peers do: Warning, Reason,
 * Expires, and phones from which nothing comes. */
#include "clock.h"
#include "legpeer.h"

#define ELSEWHERE "SIP;cause=200;text=\"Call completed elsewhere\""

static void setup(void)
{
	leg_setup();
	clock_begin(&subject);
}

/* ---- what cannot be used ---- */

static int do_require(void *arg)
{
	(void)arg;
	subject.ua->srtp = USHER__SRTP_REQUIRE;
	return 0;
}

#define AUDIO "m=audio 4000 RTP/AVP 0\r\n"
#define SAVP  "m=audio 4000 RTP/SAVP 0\r\n"
#define KEY   "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"
#define LINE  "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY

static const struct {
	const char *host, *media, *warning, *log;
	bool require;
} unusable[] = {
	{"media.example.com", AUDIO, "301 usher \"no address of one host\"",
	 "no address of one host", false},
	{"127.0.0.1", "m=audio 4000 RTP/AVP 18\r\n",
	 "305 usher \"no codec that we have\"", "no codec that we have",
	 false},
	{"127.0.0.1", "m=video 4000 RTP/AVP 100\r\n", "304 usher \"no sound\"",
	 "no sound", false},
	{"127.0.0.1", "m=audio 0 RTP/AVP 0\r\n", "304 usher \"no sound\"",
	 "no sound", false},
	{"127.0.0.1", SAVP, "306 usher \"no key\"", "no key", false},
	{"127.0.0.1", SAVP LINE "|2^20|1:4;inline:" KEY "|2^20|2:4\r\n",
	 "306 usher \"no key that we can use\"", "no key that we can use",
	 false},
	{"127.0.0.1", SAVP LINE "|1:8\r\n",
	 "306 usher \"no key that we can use\"", "no key that we can use",
	 false},
	{"127.0.0.1", AUDIO,
	 "302 usher \"sound by another transport than we may use\"",
	 "sound by another transport than we may use", true},
};

static void describe(int i, char *ret, size_t size)
{
	snprintf(ret, size,
		 "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		 "c=IN IP4 %s\r\nt=0 0\r\n%s",
		 unusable[i].host, unusable[i].media);
}

START_TEST(offer__that_cannot_be_used_is_told_why)
{
	char text[512], warning[128], log[128];

	if (unusable[_i].require)
		subject_call(&subject, do_require, NULL);
	describe(_i, text, sizeof(text));
	invite_with("", text);
	snprintf(warning, sizeof(warning), "\r\nWarning: %s\r\n",
		 unusable[_i].warning);
	ck_assert(has("SIP/2.0 488"));
	ck_assert_msg(has(warning), "%s", peer.last);
	snprintf(log, sizeof(log), "refused 488: %s (INVITE)",
		 unusable[_i].log);
	ck_assert_str_eq(subject.log, log);
}
END_TEST

START_TEST(later_offer__that_cannot_be_used_is_told_why)
{
	char text[512];

	reach(USHER__LEG_UP, false);
	describe(0, text, sizeof(text));
	peer_ask("INVITE", 2, "", text);
	ck_assert(peer_expect(&peer, "SIP/2.0 488", WAIT_MS));
	ck_assert_msg(has("\r\nWarning: 301 usher \"no address"), "%s",
		      peer.last);
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(answer__that_cannot_be_used_is_logged)
{
	char text[512];

	reach(USHER__LEG_PROCEEDING, true);
	describe(0, text, sizeof(text));
	peer_answer("200 OK", "INVITE", invite_cseq, "", text);
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	subject_sync(&subject);
	ck_assert_str_eq(
		subject.log,
		"an answer that cannot be used: no address of one host");
}
END_TEST

/* ---- Reason ---- */

/* What was said with the end, after all else. */
static const char *ended(enum usher__leg_cause cause)
{
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 (int)cause);
	return subject.ended;
}

static void cancel(const char *more)
{
	peer_send(&peer, subject.port,
		  "CANCEL sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKinvite;rport"
		  "\r\nFrom: <sip:peer@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:x@127.0.0.1>\r\nCall-ID: %s\r\n"
		  "CSeq: 1 CANCEL\r\n%sContent-Length: 0\r\n\r\n",
		  peer.port, from_tag, call_id, more);
	ck_assert(peer_expect(&peer, "SIP/2.0 487", WAIT_MS));
}

START_TEST(cancel__that_comes_says_why)
{
	reach(USHER__LEG_ALERTING, false);
	cancel("Reason: " ELSEWHERE "\r\n");
	ck_assert_str_eq(ended(USHER__CAUSE_CANCELED), "SIP;cause=200");
}
END_TEST

/* Another call's is nothing to this one. */
START_TEST(cancel__without_a_reason_has_none)
{
	reach(USHER__LEG_ALERTING, false);
	peer_send(&peer, subject.port,
		  "CANCEL sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKother;rport"
		  "\r\nFrom: <sip:peer@127.0.0.1>;tag=o\r\n"
		  "To: <sip:x@127.0.0.1>\r\nCall-ID: other\r\n"
		  "CSeq: 1 CANCEL\r\nReason: " ELSEWHERE "\r\n"
		  "Content-Length: 0\r\n\r\n",
		  peer.port);
	ck_assert(peer_expect(&peer, "SIP/2.0 481", WAIT_MS));
	cancel("");
	ck_assert_str_eq(ended(USHER__CAUSE_CANCELED), "");
}
END_TEST

START_TEST(bye__that_comes_says_why)
{
	/* Of texts, which may be of people, nothing. */
	static const char *const more[] = {
		"",
		"Reason: Q.850;cause=16;text=\"Anna, +36301234567\"\r\n",
		"Reason: sip ; text=\"Anna\" ; cause=302\r\n",
		"Reason: Anna;cause=16\r\n",
		"Reason: SIP;cause=Anna\r\n",
		"Reason: SIP;cause=1000\r\n",
		"Reason: SIP;text=\"Anna\"\r\n",
		"Reason: SIP\r\n"};
	static const char *const said[] = {"", "Q.850;cause=16",
					   "SIP;cause=302"};

	reach(USHER__LEG_UP, false);
	peer_ask("BYE", 2, more[_i], "");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_str_eq(ended(USHER__CAUSE_REMOTE), _i < 3 ? said[_i] : "");
}
END_TEST

static int do_elsewhere(void *arg)
{
	(void)arg;
	return usher__leg_elsewhere(subject.ua, subject.leg);
}

#ifdef USHER_LIBRE_PRIVATE
static void hung_up(bool elsewhere)
{
	if (elsewhere)
		ck_assert_int_eq(subject_call(&subject, do_elsewhere, NULL),
				 0);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
}

/* Also of one that is repeated, as long as nobody answers it. */
static void canceled(bool elsewhere)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		ck_assert(peer_expect(&peer, "CANCEL ", WAIT_MS));
		ck_assert_msg(has("\r\nReason: " ELSEWHERE "\r\n") ==
				      elsewhere,
			      "%s", peer.last);
		ck_assert(has("\r\nContent-Length: 0\r\n"));
		ck_assert_str_eq(peer.last + strlen(peer.last) - 4,
				 "\r\n\r\n");
	}
}

START_TEST(cancel__of_ours_says_that_another_has_answered)
{
	reach(USHER__LEG_PROCEEDING, true);
	hung_up(_i);
	canceled(_i);
	ck_assert_int_eq(state(), USHER__LEG_CANCELING);
	peer_answer("487 Gone", "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
}
END_TEST

/* It waits for a response, as it must. */
START_TEST(cancel__of_ours_says_it_later)
{
	reach(USHER__LEG_CALLING, true);
	hung_up(_i);
	peer_answer("100 Trying", "INVITE", invite_cseq, "", "");
	canceled(_i);
}
END_TEST
#endif

START_TEST(elsewhere__is_for_who_rings)
{
	reach(USHER__LEG_UP, true);
	ck_assert_int_eq(subject_call(&subject, do_elsewhere, NULL),
			 USHER_ESTATE);
	subject.leg += 100;
	ck_assert_int_eq(subject_call(&subject, do_elsewhere, NULL),
			 USHER_ENOENT);
	subject.leg -= 100;
}
END_TEST

/* ---- time ---- */

START_TEST(expires__ends_what_rings_for_longer)
{
	static const char *const more[] = {"Expires: 0\r\n", "Expires: 7\r\n"};

	invite_with(more[_i], sdp);
	if (_i) {
		ck_assert(has("SIP/2.0 100"));
		ck_assert_int_eq(subject_call(&subject, do_ring, NULL), 0);
		ck_assert(!peer_expect(&peer, "SIP/2.0 487", 6500));
	}
	ck_assert(has("SIP/2.0 487") ||
		  peer_expect(&peer, "SIP/2.0 487", 1000));
	(void)ended(USHER__CAUSE_CANCELED);
}
END_TEST

START_TEST(expires__is_over_with_the_answer)
{
	invite_with("Expires: 2\r\n", sdp);
	inbound_answer();
	peer_request("ACK", 1, "ack", "");
	ck_assert(!peer_expect(&peer, "SIP/2.0 487", 5000));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

static int do_call_silent(void *arg)
{
	struct usher__call_opts opts = {.ring_timeout_ms = 10000,
					.silent_ms = 4000};
	char uri[64];

	(void)arg;
	snprintf(uri, sizeof(uri), "sip:p@127.0.0.1:%u", peer.port);
	opts.uri = uri;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

static int do_call_short(void *arg)
{
	struct usher__call_opts opts = {.ring_timeout_ms = 2000};
	char uri[64];

	(void)arg;
	snprintf(uri, sizeof(uri), "sip:p@127.0.0.1:%u", peer.port);
	opts.uri = uri;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

static void waited(int ms)
{
	ck_assert(!peer_expect(&peer, "nothing", ms));
	subject_sync(&subject);
}

START_TEST(silence__is_nobody_there)
{
	outbound(do_call_silent, NULL);
	waited(3500);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 0);
	waited(1000);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_UNREACHABLE);
}
END_TEST

START_TEST(silence__to_the_end_of_the_ring_is_nobody_there)
{
	outbound(do_call_short, NULL);
	waited(2500);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_UNREACHABLE);
}
END_TEST

START_TEST(silence__after_a_response_rings_to_its_end)
{
	static const char *const first[] = {"100 Trying", "180 Ringing"};

	outbound(do_call_silent, NULL);
	waited(3000);
	peer_answer(first[_i], "INVITE", invite_cseq, "", "");
	ck_assert_int_eq(state(), USHER__LEG_PROCEEDING);
	waited(6500);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 0);
	waited(1000);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_NO_ANSWER);
}
END_TEST

/* Where it is sent on to, too. */
START_TEST(silence__of_whom_it_is_sent_on_to_is_nobody_there)
{
	struct peer other;
	char contact[96];

	peer_open(&other);
	outbound(do_call_silent, NULL);
	if (_i)
		peer_answer("100 Trying", "INVITE", invite_cseq, "", "");
	waited(1000);
	snprintf(contact, sizeof(contact), "Contact: <sip:p@127.0.0.1:%u>\r\n",
		 other.port);
	peer_answer("302 Moved", "INVITE", invite_cseq, contact, "");
	ck_assert(peer_expect(&other, "INVITE ", WAIT_MS));
	waited(3500);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 0);
	waited(1000);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_UNREACHABLE);
	peer_close(&other);
}
END_TEST

int main(void)
{
	const int n = sizeof(unusable) / sizeof(unusable[0]);
	Suite *suite = suite_create("sip_why");
	TCase *tc = tcase_create("why");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, offer__that_cannot_be_used_is_told_why, 0, n);
	tcase_add_test(tc, later_offer__that_cannot_be_used_is_told_why);
	tcase_add_test(tc, answer__that_cannot_be_used_is_logged);
	tcase_add_test(tc, cancel__that_comes_says_why);
	tcase_add_test(tc, cancel__without_a_reason_has_none);
	tcase_add_loop_test(tc, bye__that_comes_says_why, 0, 8);
#ifdef USHER_LIBRE_PRIVATE
	tcase_add_loop_test(tc, cancel__of_ours_says_that_another_has_answered,
			    0, 2);
	tcase_add_loop_test(tc, cancel__of_ours_says_it_later, 0, 2);
#endif
	tcase_add_test(tc, elsewhere__is_for_who_rings);
	tcase_add_loop_test(tc, expires__ends_what_rings_for_longer, 0, 2);
	tcase_add_test(tc, expires__is_over_with_the_answer);
	tcase_add_test(tc, silence__is_nobody_there);
	tcase_add_test(tc, silence__to_the_end_of_the_ring_is_nobody_there);
	tcase_add_loop_test(tc, silence__after_a_response_rings_to_its_end, 0,
			    2);
	tcase_add_loop_test(
		tc, silence__of_whom_it_is_sent_on_to_is_nobody_there, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
