/* UPDATE (RFC 3311) and other offers: before and after the answer, when two
 * meet, and when an answer is missing. */
#include "clock.h"
#include "legpeer.h"

static void setup(void)
{
	leg_setup();
	clock_begin(&subject);
}

static const char *held(void)
{
	static char text[256];

	snprintf(text, sizeof(text), "%sa=sendonly\r\n", sdp);
	return text;
}

START_TEST(update__holds_and_resumes)
{
	reach(USHER__LEG_UP, _i);
	peer_ask("UPDATE", 2, "", held());
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(has("CSeq: 2 UPDATE\r\n") && has("a=recvonly\r\n"));
	ck_assert(has("Contact: <sip:"));
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 1);
	peer_ask("UPDATE", 3, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(has("a=sendrecv\r\n"));
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_RESUMED), 1);
}
END_TEST

START_TEST(update__without_a_body_moves_the_target)
{
	struct peer moved;

	reach(USHER__LEG_UP, _i);
	peer_open(&moved);
	peer_send(&peer, subject.port,
		  "UPDATE sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKm;rport\r\n"
		  "From: <sip:peer@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:x@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: 2 UPDATE\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "Content-Length: 0\r\n\r\n",
		  peer.port, from_tag, to_tag, call_id, moved.port);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(has("Content-Length: 0\r\n"));
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	ck_assert(peer_expect(&moved, "BYE ", WAIT_MS));
	peer_close(&moved);
}
END_TEST

START_TEST(bad_update__changes_nothing)
{
	reach(USHER__LEG_UP, false);
	peer_ask("UPDATE", 2, "", "v=1\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	peer_ask("UPDATE", 3, "",
		 "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 18\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 488", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 0);
}
END_TEST

START_TEST(update__against_our_offer_is_491)
{
	reach(USHER__LEG_UP, true);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	ck_assert(peer_expect(&peer, "INVITE ", WAIT_MS));
	peer_ask("UPDATE", 2, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 491", WAIT_MS));
	/* Without one it meets nothing. */
	peer_ask("UPDATE", 3, "", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
}
END_TEST

START_TEST(update__against_our_offer_in_a_200_is_491)
{
	invite_with("", "");
	inbound_answer();
	peer_ask("UPDATE", 2, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 491", WAIT_MS));
	peer_request("ACK", 1, "ack", sdp);
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(update__before_an_answer_is_to_come_later)
{
	invite_with("", sdp);
	ck_assert_int_eq(subject_call(&subject, do_ring, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 180", WAIT_MS));
	peer_cut(&peer, "To: <sip:x@127.0.0.1>;tag=", "\r", to_tag,
		 sizeof(to_tag));
	peer_ask("UPDATE", 2, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 500", WAIT_MS));
	ck_assert(has("Retry-After: "));
	ck_assert_int_eq(state(), USHER__LEG_ALERTING);
}
END_TEST

START_TEST(update__of_what_is_over_is_481)
{
	reach(USHER__LEG_CLOSING, _i);
	peer_ask("UPDATE", 2, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 481", WAIT_MS));
}
END_TEST

/* An inbound leg with early media that the peer has confirmed. */
static void early_in(void)
{
	char number[32], more[64];

	invite_with("Supported: 100rel\r\nAllow: INVITE, UPDATE\r\n", sdp);
	ck_assert_int_eq(subject_call(&subject, do_early, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 183", WAIT_MS));
	peer_cut(&peer, "To: <sip:x@127.0.0.1>;tag=", "\r", to_tag,
		 sizeof(to_tag));
	peer_cut(&peer, "RSeq: ", "\r", number, sizeof(number));
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), USHER_ESTATE);
	snprintf(more, sizeof(more), "RAck: %s 1 INVITE\r\n", number);
	peer_ask("PRACK", 2, more, "");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_ALERTING);
}

/* An outbound one that has answered reliably. */
static void early_out(void)
{
	char via[128];
	unsigned cseq;

	reach(USHER__LEG_CALLING, true);
	strcpy(via, our_via);
	peer_answer("183 Progress", "INVITE", invite_cseq,
		    "Require: 100rel\r\nRSeq: 1\r\nAllow: UPDATE\r\n", sdp);
	cseq = peer_expect_ours("PRACK");
	peer_answer("200 OK", "PRACK", cseq, "", "");
	strcpy(our_via, via);
	ck_assert_int_eq(state(), USHER__LEG_PROCEEDING);
}

static void answer_it(bool out, const char *via)
{
	if (out) {
		strcpy(our_via, via);
		peer_answer("200 OK", "INVITE", invite_cseq, "", "");
		ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	} else {
		ck_assert_int_eq(subject_call(&subject, do_answer, NULL), 0);
		ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
		peer_request("ACK", 1, "ack", "");
	}
	ck_assert_int_eq(state(), USHER__LEG_UP);
}

static int do_dir(void *arg)
{
	struct usher__leg *leg = usher__leg_find(subject.ua, subject.leg);

	(void)arg;
	return leg->dir;
}

START_TEST(peer__holds_before_the_answer)
{
	char via[128];

	if (_i)
		early_out();
	else
		early_in();
	strcpy(via, our_via);
	peer_ask("UPDATE", 3, "", held());
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(has("a=recvonly\r\n"));
	(void)state();
	/* Told with the answer. */
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 0);
	answer_it(_i, via);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 1);
	ck_assert_int_eq(subject_call(&subject, do_dir, NULL),
			 USHER__RECVONLY);
}
END_TEST

START_TEST(we__hold_before_the_answer)
{
	char via[128], recvonly[256];
	unsigned cseq;

	if (_i)
		early_out();
	else
		early_in();
	strcpy(via, our_via);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), USHER_EBUSY);
	cseq = peer_expect_ours("UPDATE");
	ck_assert(has("a=sendonly\r\n"));
	/* Theirs meets ours. */
	peer_ask("UPDATE", 3, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 491", WAIT_MS));
	snprintf(recvonly, sizeof(recvonly), "%sa=recvonly\r\n", sdp);
	peer_answer("200 OK", "UPDATE", cseq, "", recvonly);
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 1);
	answer_it(_i, via);
	ck_assert_int_eq(subject_call(&subject, do_dir, NULL),
			 USHER__SENDONLY);
}
END_TEST

START_TEST(early_hold__is_tried_again)
{
	static const struct {
		const char *status, *more;
	} cases[] = {{"491 Pending", ""},
		     {"500 Not yet", "Retry-After: 1\r\n"}};
	unsigned cseq;

	early_in();
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	cseq = peer_expect_ours("UPDATE");
	peer_answer(cases[_i].status, "UPDATE", cseq, cases[_i].more, "");
	cseq = peer_expect_ours("UPDATE");
	peer_answer("200 OK", "UPDATE", cseq, "", sdp);
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 1);
	ck_assert_int_eq(subject_call(&subject, do_last_status, NULL), 200);
}
END_TEST

START_TEST(hold__that_is_put_off_for_ever_is_given_up)
{
	unsigned i, cseq;

	reach(USHER__LEG_UP, true);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	for (i = 0; i <= USHER__GLARES_MAX; i++) {
		ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE),
				  0);
		cseq = peer_expect_ours("INVITE");
		peer_answer("500 Later", "INVITE", cseq, "Retry-After: 0\r\n",
			    "");
	}
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_int_eq(subject_call(&subject, do_last_status, NULL), 500);
	/* Nor is one waited for that is far away. */
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	cseq = peer_expect_ours("INVITE");
	peer_answer("500 Later", "INVITE", cseq, "Retry-After: 11\r\n", "");
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 2);
}
END_TEST

START_TEST(early_hold__that_is_refused_ends_no_call)
{
	static const char *const status[] = {"488 No", "481 What?",
					     "500 Never"};
	char via[128];
	unsigned cseq;

	early_out();
	strcpy(via, our_via);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	cseq = peer_expect_ours("UPDATE");
	peer_answer(status[_i], "UPDATE", cseq, "", "");
	ck_assert_int_eq(state(), USHER__LEG_PROCEEDING);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 1);
	answer_it(true, via);
}
END_TEST

START_TEST(hung_up__while_an_early_offer_is_open)
{
	early_in();
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	(void)peer_expect_ours("UPDATE");
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 603", WAIT_MS));
	peer_answer("200 OK", "UPDATE", 1, "", sdp);
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 0);
}
END_TEST

/* ---- offers that are not answered ---- */

START_TEST(ack_without_a_usable_answer__ends_the_call)
{
	static const char *const bodies[] = {
		"", "v=1\r\n",
		"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 18\r\n"};

	if (_i % 2) {
		reach(USHER__LEG_UP, false);
		peer_ask("INVITE", 2, "", "");
		ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
		ck_assert(has("m=audio 9 RTP/AVP 0 8 101"));
		peer_request("ACK", 2, "ack", bodies[_i / 2]);
	} else {
		invite_with("", "");
		inbound_answer();
		peer_request("ACK", 1, "ack", bodies[_i / 2]);
	}
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_MEDIA);
}
END_TEST

START_TEST(reinvite_without_offer__is_answered_in_its_ack)
{
	reach(USHER__LEG_UP, true);
	peer_ask("INVITE", 2, "", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	/* Another one meets our offer. */
	peer_ask("INVITE", 3, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 491", WAIT_MS));
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), USHER_EBUSY);
	peer_ask("ACK", 2, "", held());
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 1);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
}
END_TEST

START_TEST(lost_200_of_a_reinvite__is_sent_again)
{
	reach(USHER__LEG_UP, true);
	peer_ask("INVITE", 2, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(peer_expect(&peer, "SIP/2.0 200", 1000));
	ck_assert(has("CSeq: 2 INVITE\r\n"));
	peer_ask("ACK", 2, "", "");
	ck_assert(!peer_expect(&peer, "SIP/2.0 200", 2500));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

/* The Call-ID is the peer's: we are the one who waits less. */
START_TEST(glare__of_an_inbound_leg_waits_less)
{
	unsigned cseq;

	reach(USHER__LEG_UP, false);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	cseq = peer_expect_ours("INVITE");
	peer_answer("491 Pending", "INVITE", cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(peer_expect(&peer, "INVITE ", 2300));
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_answer("200 OK", "INVITE", cseq + 1, "", sdp);
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 1);
}
END_TEST

/* … and the peer comes first: ours waits until that is over. */
START_TEST(glare__lets_the_peers_offer_end)
{
	unsigned cseq;

	reach(USHER__LEG_UP, false);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	cseq = peer_expect_ours("INVITE");
	peer_answer("491 Pending", "INVITE", cseq, "", "");
	/* at once: of what is to be waited, no time may have passed */
	peer_ask("INVITE", 2, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(!peer_expect(&peer, "INVITE ", 2300));
	peer_ask("ACK", 2, "", "");
	cseq = peer_expect_ours("INVITE");
	peer_answer("200 OK", "INVITE", cseq, "", sdp);
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 1);
}
END_TEST

START_TEST(hung_up__while_it_waits_after_glare)
{
	unsigned cseq;

	reach(USHER__LEG_UP, false);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	cseq = peer_expect_ours("INVITE");
	peer_answer("491 Pending", "INVITE", cseq, "", "");
	(void)state();
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert(!peer_expect(&peer, "INVITE ", 2300));
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
}
END_TEST

/* ---- CANCEL and the answer ---- */

START_TEST(cancel__crosses_our_200)
{
	invite_with("", sdp);
	inbound_answer();
	to_tag[0] = '\0';
	peer_request("CANCEL", 1, "a0", "");
	(void)state();
	peer_cut(&peer, "To: <sip:x@127.0.0.1>;tag=", "\r", to_tag,
		 sizeof(to_tag));
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(late_200_of_another_branch__after_our_cancel)
{
	reach(USHER__LEG_CANCELING, true);
	peer_response("200 OK", "INVITE", invite_cseq, sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	strcpy(from_tag, "another");
	peer_response("200 OK", "INVITE", invite_cseq, sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(has(";tag=another\r\n"));
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert(has(";tag=another\r\n"));
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
}
END_TEST

static TCase *offers_case(void)
{
	TCase *tc = tcase_create("offers");

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, ack_without_a_usable_answer__ends_the_call, 0,
			    6);
	tcase_add_test(tc, reinvite_without_offer__is_answered_in_its_ack);
	tcase_add_test(tc, lost_200_of_a_reinvite__is_sent_again);
	tcase_add_test(tc, glare__of_an_inbound_leg_waits_less);
	tcase_add_test(tc, glare__lets_the_peers_offer_end);
	tcase_add_test(tc, hung_up__while_it_waits_after_glare);
	tcase_add_test(tc, cancel__crosses_our_200);
	tcase_add_test(tc, late_200_of_another_branch__after_our_cancel);
	return tc;
}

int main(void)
{
	Suite *suite = suite_create("sip_update");
	TCase *tc = tcase_create("update");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, update__holds_and_resumes, 0, 2);
	tcase_add_loop_test(tc, update__without_a_body_moves_the_target, 0, 2);
	tcase_add_test(tc, bad_update__changes_nothing);
	tcase_add_test(tc, update__against_our_offer_is_491);
	tcase_add_test(tc, update__against_our_offer_in_a_200_is_491);
	tcase_add_test(tc, update__before_an_answer_is_to_come_later);
	tcase_add_loop_test(tc, update__of_what_is_over_is_481, 0, 2);
	tcase_add_loop_test(tc, peer__holds_before_the_answer, 0, 2);
	tcase_add_loop_test(tc, we__hold_before_the_answer, 0, 2);
	tcase_add_loop_test(tc, early_hold__is_tried_again, 0, 2);
	tcase_add_loop_test(tc, early_hold__that_is_refused_ends_no_call, 0,
			    3);
	tcase_add_test(tc, hung_up__while_an_early_offer_is_open);
	tcase_add_test(tc, hold__that_is_put_off_for_ever_is_given_up);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, offers_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
