/* Within a call: what is lost and sent again, hold, glare, REFER. */
#include "clock.h"
#include "legpeer.h"

static void setup(void)
{
	leg_setup();
	clock_begin(&subject);
}

START_TEST(lost_200__is_sent_again_until_its_ack)
{
	reach(USHER__LEG_ACCEPTED, false);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", 1000));
	ck_assert(peer_expect(&peer, "SIP/2.0 200", 1500));
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert(!peer_expect(&peer, "SIP/2.0 200", 2500));
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_CONFIRMED), 1);
}
END_TEST

START_TEST(lost_ack__is_sent_again)
{
	reach(USHER__LEG_UP, true);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	peer_response("200 OK", "INVITE", invite_cseq, sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ANSWERED), 1);
}
END_TEST

START_TEST(second_branch__is_thanked_and_hung_up)
{
	reach(USHER__LEG_UP, true);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	strcpy(from_tag, "another");
	peer_response("200 OK", "INVITE", invite_cseq, sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(peer.last, ";tag=another\r\n"));
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(peer.last, ";tag=another\r\n"));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(glare__gets_491)
{
	reach(USHER__LEG_UP, true);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), USHER_EBUSY);
	ck_assert(peer_expect(&peer, "INVITE ", WAIT_MS));
	peer_request("INVITE", 2, "glare", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 491", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(refused_hold__is_tried_again_after_glare)
{
	reach(USHER__LEG_UP, true);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	ck_assert(peer_expect(&peer, "INVITE ", WAIT_MS));
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_response("491 Request Pending", "INVITE", invite_cseq + 1, "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	/* RFC 3261, 14.1: between 2.1 and 4 s, as we own the Call-ID. */
	ck_assert(!peer_expect(&peer, "INVITE ", 1900));
	ck_assert(peer_expect(&peer, "INVITE ", 2400));
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_response("200 OK", "INVITE", invite_cseq + 2, sdp);
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 1);
}
END_TEST

START_TEST(peer__holds_and_resumes)
{
	char held[512];

	reach(USHER__LEG_UP, false);
	snprintf(held, sizeof(held), "%sa=sendonly\r\n", sdp);
	peer_request("INVITE", 2, "hold", held);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(peer.last, "a=recvonly"));
	peer_request("ACK", 2, "ack2", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 1);
	peer_request("INVITE", 3, "resume", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	peer_request("ACK", 3, "ack3", "");
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_RESUMED), 1);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 1);
}
END_TEST

START_TEST(old_cseq__is_refused)
{
	reach(USHER__LEG_UP, false);
	peer_request("INFO", 5, "i5", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 ", WAIT_MS));
	peer_request("INFO", 4, "i4", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 500", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(invite_without_offer__gets_ours_and_answers_in_its_ack)
{
	strcpy(from_tag, "peer");
	strcpy(call_id, "late@peer");
	to_tag[0] = '\0';
	peer_request("INVITE", 1, "invite", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 100", WAIT_MS));
	subject_sync(&subject);
	inbound_answer();
	ck_assert_ptr_nonnull(strstr(peer.last, "m=audio 9 RTP/AVP 0 8 101"));
	peer_request("ACK", 1, "ack", sdp);
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_CONFIRMED), 1);
}
END_TEST

START_TEST(answer_without_codec__ends_the_call)
{
	reach(USHER__LEG_PROCEEDING, true);
	peer_response("200 OK", "INVITE", invite_cseq,
		      "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 18\r\n");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
}
END_TEST

START_TEST(refer__is_answered_as_the_application_says)
{
	subject.refer_answer = 202;
	reach(USHER__LEG_UP, false);
	peer_send(&peer, subject.port,
		  "REFER sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKr;rport\r\n"
		  "From: <sip:peer@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:x@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: 2 REFER\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "Refer-To: <sip:c@d>\r\nContent-Length: 0\r\n\r\n",
		  peer.port, from_tag, to_tag, call_id, peer.port);
	ck_assert(peer_expect(&peer, "SIP/2.0 202", WAIT_MS));
	ck_assert(peer_expect(&peer, "NOTIFY ", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(peer.last, "SIP/2.0 100 Trying"));
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_REFER), 1);
}
END_TEST

START_TEST(refer__is_declined_without_an_answer)
{
	reach(USHER__LEG_UP, false);
	peer_send(&peer, subject.port,
		  "REFER sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKr;rport\r\n"
		  "From: <sip:peer@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:x@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: 2 REFER\r\nRefer-To: <sip:c@d>\r\n"
		  "Content-Length: 0\r\n\r\n",
		  peer.port, from_tag, to_tag, call_id);
	ck_assert(peer_expect(&peer, "SIP/2.0 603", WAIT_MS));
}
END_TEST

/* ---- is it still there? ---- */

static void setup_asking(void)
{
	subject_start_asking(&subject, 1); /* at least a second */
	clock_begin(&subject);
	peer_open(&peer);
}

/* The leg asks; what the answer needs is kept. Returns its CSeq. */
static unsigned asked(void)
{
	char cseq[16];

	ck_assert(peer_expect(&peer, "OPTIONS ", 3000));
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_cut(&peer, "CSeq: ", " ", cseq, sizeof(cseq));
	return (unsigned)atoi(cseq);
}

static int last_cause(void *arg)
{
	(void)arg;
	return (int)subject.events[subject.event_count - 1].cause;
}

static void is_lost(void)
{
	ck_assert(peer_expect(&peer, "BYE ", 25000));
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_int_eq(subject_call(&subject, last_cause, NULL),
			 USHER__CAUSE_LOST);
}

START_TEST(silent_peer__is_asked_again_and_stays)
{
	static const char *const answers[] = {"200 OK", "405 No", "401 Who",
					      "500 Oops"};

	reach(USHER__LEG_UP, _i);
	for (size_t i = 0; i < 4; i++) {
		unsigned cseq = asked();

		peer_response("100 Trying", "OPTIONS", cseq, "");
		peer_response(answers[i], "OPTIONS", cseq, "");
		ck_assert_int_eq(state(), USHER__LEG_UP);
	}
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 0);
}
END_TEST

START_TEST(silent_peer__that_knows_no_call_is_lost)
{
	reach(USHER__LEG_UP, _i);
	peer_response(_i ? "408 Late" : "481 What call?", "OPTIONS", asked(),
		      "");
	is_lost();
}
END_TEST

START_TEST(silent_peer__that_does_not_answer_is_lost)
{
	unsigned i, last = 0, cseq;

	reach(USHER__LEG_UP, _i);
	/* Asked anew, not only again. */
	for (i = 0; i < USHER__UA_ASKS; i++) {
		while ((cseq = asked()) == last)
			;
		last = cseq;
	}
	is_lost();
}
END_TEST

static int do_count_asked(void *arg)
{
	struct usher__ua_counters n;

	(void)arg;
	usher__ua_count(subject.ua, &n);
	return (int)n.asked;
}

START_TEST(failing_transport__is_no_answer_yet)
{
	reach(USHER__LEG_PROCEEDING, true);
	peer_send(&peer, subject.port,
		  "SIP/2.0 200 OK\r\nVia: %s\r\n"
		  "From: <sip:usher@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:p@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u INVITE\r\n"
		  "Contact: <sip:p@127.0.0.1:1;transport=tcp>\r\n"
		  "Content-Type: application/sdp\r\n"
		  "Content-Length: %zu\r\n\r\n%s",
		  our_via, to_tag, from_tag, call_id, invite_cseq, strlen(sdp),
		  sdp);
	ck_assert_int_eq(state(), USHER__LEG_UP);
	while (subject_call(&subject, do_count_asked, NULL) < 2) {
		ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 0);
		clock_pass();
	}
	while (!subject_told(&subject, USHER__LEG_ENDED))
		clock_pass();
	ck_assert_int_eq(subject_call(&subject, last_cause, NULL),
			 USHER__CAUSE_LOST);
	ck_assert_int_eq(subject_call(&subject, do_count_asked, NULL),
			 USHER__UA_ASKS);
}
END_TEST

static void invite_from_nat(const char *more)
{
	strcpy(from_tag, "peer");
	strcpy(call_id, "nat@peer");
	to_tag[0] = '\0';
	peer_send(&peer, subject.port,
		  "INVITE sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.8.8.8:9;branch=z9hG4bKnat;rport\r\n"
		  "%sFrom: <sip:peer@127.0.0.1>;tag=peer\r\n"
		  "To: <sip:x@127.0.0.1>\r\nCall-ID: nat@peer\r\n"
		  "CSeq: 1 INVITE\r\nContact: <sip:p@127.8.8.8:9>\r\n"
		  "Content-Type: application/sdp\r\n"
		  "Content-Length: %zu\r\n\r\n%s",
		  more, strlen(sdp), sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 100", WAIT_MS));
	subject_sync(&subject);
	inbound_answer();
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}

/* Its Contact is an address that nobody is at. */
START_TEST(peer_behind_nat__is_asked_where_it_is)
{
	char begin[64];
	unsigned cseq;

	invite_from_nat("");
	cseq = asked();
	snprintf(begin, sizeof(begin), "OPTIONS sip:p@127.0.0.1:%u SIP",
		 peer.port);
	ck_assert_msg(!strncmp(peer.last, begin, strlen(begin)), "%s",
		      peer.last);
	peer_response("200 OK", "OPTIONS", cseq, "");
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	ck_assert(peer_expect(&peer, "INVITE ", WAIT_MS));
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
}
END_TEST

START_TEST(peer_behind_a_proxy__is_believed)
{
	static const char *const more[] = {
		"Via: SIP/2.0/UDP 127.8.8.8:8;branch=z9hG4bKp\r\n",
		"Record-Route: <sip:127.8.8.8:8;lr>\r\n",
	};

	invite_from_nat(more[_i]);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	ck_assert(!peer_expect(&peer, "BYE ", 200));
}
END_TEST

static int do_near(void *arg)
{
	struct usher__leg *leg;

	(void)arg;
	leg = usher__leg_find(subject.ua, subject.leg);
	leg->near = true;
	return 0;
}

/* A phone of an account is called where it registered from. */
START_TEST(callee_behind_nat__gets_what_is_its)
{
	unsigned cseq;

	reach(USHER__LEG_PROCEEDING, true);
	subject_call(&subject, do_near, NULL);
	peer_send(&peer, subject.port,
		  "SIP/2.0 200 OK\r\nVia: %s\r\n"
		  "From: <sip:usher@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:p@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u INVITE\r\nContact: <sip:p@127.8.8.8:9>\r\n"
		  "Content-Type: application/sdp\r\n"
		  "Content-Length: %zu\r\n\r\n%s",
		  our_via, to_tag, from_tag, call_id, invite_cseq, strlen(sdp),
		  sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	cseq = asked();
	peer_response("200 OK", "OPTIONS", cseq, "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(hung_up__while_it_asks)
{
	unsigned cseq;

	reach(USHER__LEG_UP, _i);
	cseq = asked();
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	peer_response("481 Too late", "OPTIONS", cseq, "");
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_int_eq(subject_call(&subject, last_cause, NULL),
			 USHER__CAUSE_LOCAL);
}
END_TEST

static TCase *alive_case(void)
{
	TCase *tc = tcase_create("alive");

	tcase_add_checked_fixture(tc, setup_asking, leg_teardown);
	tcase_set_timeout(tc, 40);
	tcase_add_loop_test(tc, silent_peer__is_asked_again_and_stays, 0, 2);
	tcase_add_loop_test(tc, silent_peer__that_knows_no_call_is_lost, 0, 2);
	tcase_add_loop_test(tc, silent_peer__that_does_not_answer_is_lost, 0,
			    2);
	tcase_add_test(tc, failing_transport__is_no_answer_yet);
	tcase_add_test(tc, peer_behind_nat__is_asked_where_it_is);
	tcase_add_loop_test(tc, peer_behind_a_proxy__is_believed, 0, 2);
	tcase_add_test(tc, callee_behind_nat__gets_what_is_its);
	tcase_add_loop_test(tc, hung_up__while_it_asks, 0, 2);
	return tc;
}

int main(void)
{
	Suite *suite = suite_create("dialog");
	TCase *tc = tcase_create("dialog");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, lost_200__is_sent_again_until_its_ack);
	tcase_add_test(tc, lost_ack__is_sent_again);
	tcase_add_test(tc, second_branch__is_thanked_and_hung_up);
	tcase_add_test(tc, glare__gets_491);
	tcase_add_test(tc, refused_hold__is_tried_again_after_glare);
	tcase_add_test(tc, peer__holds_and_resumes);
	tcase_add_test(tc, old_cseq__is_refused);
	tcase_add_test(tc,
		       invite_without_offer__gets_ours_and_answers_in_its_ack);
	tcase_add_test(tc, answer_without_codec__ends_the_call);
	tcase_add_test(tc, refer__is_answered_as_the_application_says);
	tcase_add_test(tc, refer__is_declined_without_an_answer);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, alive_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
