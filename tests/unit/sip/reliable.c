/* Reliable provisional responses (RFC 3262): ours to the peer's INVITE, and
 * the peer's to ours. */
#include "clock.h"
#include "legpeer.h"

static void setup(void)
{
	leg_setup();
	clock_begin(&subject);
}

static unsigned rseq(void)
{
	char text[16];

	peer_cut(&peer, "RSeq: ", "\r", text, sizeof(text));
	return (unsigned)strtoul(text, NULL, 10);
}

/* The peer's PRACK of what came last; answered with that. */
static void prack(unsigned number, unsigned cseq, const char *body,
		  const char *answer)
{
	char more[64];

	snprintf(more, sizeof(more), "RAck: %u 1 INVITE\r\n", number);
	peer_ask("PRACK", cseq, more, body);
	ck_assert_msg(peer_expect(&peer, answer, WAIT_MS), "no %s", answer);
}

static void expect_reliable(const char *begin)
{
	ck_assert_msg(peer_expect(&peer, begin, WAIT_MS), "no %s", begin);
	ck_assert(has("Require: 100rel\r\n"));
	peer_cut(&peer, "To: <sip:x@127.0.0.1>;tag=", "\r", to_tag,
		 sizeof(to_tag));
	ck_assert_uint_gt(rseq(), 0);
}

#define SUPPORTED "Supported: 100rel\r\n"
#define REQUIRED  "Require: 100rel\r\n"

START_TEST(rack__is_read_or_refused)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{"1 2 INVITE", 0},
		{"1  2\tINVITE", 0},
		{"4294967295 2147483647 INVITE", 0},
		{"1 2 invite", USHER_EPROTO},
		{"1 2", USHER_EPROTO},
		{"", USHER_EPROTO},
		{"1 2 INVITE x", USHER_EPROTO},
		{"4294967296 2 INVITE", USHER_EPROTO},
		{"-1 2 INVITE", USHER_EPROTO},
		{"1 2 BYE", USHER_EPROTO},
	};
	uint32_t a, b;
	struct pl pl;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pl_set_str(&pl, cases[i].text);
		ck_assert_int_eq(usher__rack_read(&pl, &a, &b), cases[i].err);
	}
}
END_TEST

START_TEST(ringing__is_sent_again_until_its_prack)
{
	unsigned number;

	invite_with(_i ? REQUIRED : SUPPORTED, sdp);
	ck_assert_int_eq(subject_call(&subject, do_ring, NULL), 0);
	expect_reliable("SIP/2.0 180");
	number = rseq();
	ck_assert(peer_expect(&peer, "SIP/2.0 180", 1000));
	ck_assert(peer_expect(&peer, "SIP/2.0 180", 1500));
	ck_assert_uint_eq(rseq(), number);
	prack(number, 2, "", "SIP/2.0 200");
	ck_assert(has("CSeq: 2 PRACK\r\n"));
	ck_assert(!peer_expect(&peer, "SIP/2.0 180", 2500));
	/* Once is enough. */
	prack(number, 3, "", "SIP/2.0 481");
	ck_assert_int_eq(state(), USHER__LEG_ALERTING);
}
END_TEST

START_TEST(ringing__is_not_reliable_for_who_does_not_know)
{
	invite_with("", sdp);
	ck_assert_int_eq(subject_call(&subject, do_ring, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 180", WAIT_MS));
	ck_assert(!has("100rel") && !has("RSeq"));
	ck_assert(!peer_expect(&peer, "SIP/2.0 180", 700));
}
END_TEST

START_TEST(wrong_prack__confirms_nothing)
{
	unsigned number;

	invite_with(SUPPORTED, sdp);
	ck_assert_int_eq(subject_call(&subject, do_ring, NULL), 0);
	expect_reliable("SIP/2.0 180");
	number = rseq();
	prack(number + 1, 2, "", "SIP/2.0 481");
	peer_ask("PRACK", 3, "", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	peer_ask("PRACK", 4, "RAck: x\r\n", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	ck_assert(peer_expect(&peer, "SIP/2.0 180", WAIT_MS));
	prack(number, 5, "", "SIP/2.0 200");
	ck_assert_int_eq(state(), USHER__LEG_ALERTING);
}
END_TEST

START_TEST(prack_of_no_call__is_481)
{
	strcpy(from_tag, "peer");
	strcpy(call_id, "nobody@peer");
	strcpy(to_tag, "nobody");
	prack(1, 2, "", "SIP/2.0 481");
	to_tag[0] = '\0';
	prack(1, 2, "", "SIP/2.0 481");
}
END_TEST

/* Early media, then the answer: its 200 waits, and says nothing new. */
START_TEST(answer__waits_for_the_prack_of_a_description)
{
	invite_with(SUPPORTED, sdp);
	ck_assert_int_eq(subject_call(&subject, do_early, NULL), 0);
	expect_reliable("SIP/2.0 183");
	ck_assert(has("m=audio 9 RTP/AVP 0"));
	ck_assert_int_eq(subject_call(&subject, do_answer, NULL), 0);
	ck_assert_int_eq(subject_call(&subject, do_answer, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(subject_call(&subject, do_ring, NULL), USHER_ESTATE);
	ck_assert_int_eq(state(), USHER__LEG_ALERTING);
	ck_assert(peer_expect(&peer, "SIP/2.0 183", WAIT_MS));
	prack(rseq(), 2, "", "SIP/2.0 200");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(has("CSeq: 1 INVITE\r\n"));
	ck_assert(has("Content-Length: 0\r\n"));
	ck_assert_int_eq(state(), USHER__LEG_ACCEPTED);
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_CONFIRMED), 1);
}
END_TEST

START_TEST(answer__does_not_wait_for_ringing)
{
	unsigned number;

	invite_with(SUPPORTED, sdp);
	ck_assert_int_eq(subject_call(&subject, do_ring, NULL), 0);
	expect_reliable("SIP/2.0 180");
	number = rseq();
	inbound_answer();
	ck_assert(has("m=audio 9 RTP/AVP 0"));
	/* It comes nevertheless, and the 200 goes on. */
	prack(number, 2, "", "SIP/2.0 200 OK\r\nVia");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", 2000));
	ck_assert(has("CSeq: 1 INVITE\r\n"));
	ck_assert(!peer_expect(&peer, "SIP/2.0 180", 700));
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(second_one__waits_for_the_first)
{
	unsigned first;

	invite_with(SUPPORTED, sdp);
	ck_assert_int_eq(subject_call(&subject, do_ring, NULL), 0);
	expect_reliable("SIP/2.0 180");
	first = rseq();
	ck_assert_int_eq(subject_call(&subject, do_early, NULL), 0);
	ck_assert(!peer_expect(&peer, "SIP/2.0 183", 300));
	prack(first, 2, "", "SIP/2.0 200");
	expect_reliable("SIP/2.0 183");
	ck_assert_uint_eq(rseq(), first + 1);
	ck_assert(has("m=audio 9 RTP/AVP 0"));
	prack(first, 3, "", "SIP/2.0 481");
	prack(first + 1, 4, "", "SIP/2.0 200");
	ck_assert_int_eq(state(), USHER__LEG_ALERTING);
}
END_TEST

/* After an exchange the PRACK may bring another offer (RFC 3262, 5). */
START_TEST(offer_in_prack__is_answered_there)
{
	char held[256];

	snprintf(held, sizeof(held), "%sa=sendonly\r\n", sdp);
	invite_with(SUPPORTED, sdp);
	ck_assert_int_eq(subject_call(&subject, do_early, NULL), 0);
	expect_reliable("SIP/2.0 183");
	prack(rseq(), 2, held, "SIP/2.0 200");
	ck_assert(has("a=recvonly\r\n"));
	inbound_answer();
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 1);
}
END_TEST

START_TEST(offer_in_prack__before_an_answer_is_refused)
{
	invite_with(SUPPORTED, sdp);
	ck_assert_int_eq(subject_call(&subject, do_ring, NULL), 0);
	expect_reliable("SIP/2.0 180");
	prack(rseq(), 2, sdp, "SIP/2.0 500");
	ck_assert(has("Retry-After: "));
	ck_assert_int_eq(state(), USHER__LEG_ALERTING);
}
END_TEST

/* Without an offer the first reliable one has ours, and the PRACK answers. */
START_TEST(offerless__gets_ours_and_answers_in_its_prack)
{
	invite_with(_i ? REQUIRED : SUPPORTED, "");
	ck_assert_int_eq(subject_call(&subject, _i ? do_ring : do_early, NULL),
			 0);
	expect_reliable(_i ? "SIP/2.0 180" : "SIP/2.0 183");
	ck_assert(has("m=audio 9 RTP/AVP 0 8 101"));
	ck_assert_int_eq(subject_call(&subject, do_answer, NULL), 0);
	ck_assert(!peer_expect(&peer, "SIP/2.0 200", 200));
	prack(rseq(), 2, sdp, "SIP/2.0 200");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(has("CSeq: 1 INVITE\r\n") && has("Content-Length: 0\r\n"));
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(offerless__that_does_not_answer_is_refused)
{
	static const char *const bodies[] = {
		"", "v=1\r\n",
		"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 18\r\n"};

	invite_with(REQUIRED, "");
	ck_assert_int_eq(subject_call(&subject, do_ring, NULL), 0);
	expect_reliable("SIP/2.0 180");
	prack(rseq(), 2, bodies[_i], "SIP/2.0 200");
	ck_assert(peer_expect(&peer, "SIP/2.0 488", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_MEDIA);
}
END_TEST

START_TEST(nobody_confirms__and_the_call_is_refused)
{
	invite_with(SUPPORTED, sdp);
	ck_assert_int_eq(subject_call(&subject, do_early, NULL), 0);
	expect_reliable("SIP/2.0 183");
	ck_assert_int_eq(subject_call(&subject, do_answer, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 504", 40000));
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_NO_ACK);
}
END_TEST

START_TEST(given_up__while_a_prack_is_due)
{
	invite_with(SUPPORTED, sdp);
	ck_assert_int_eq(subject_call(&subject, do_early, NULL), 0);
	expect_reliable("SIP/2.0 183");
	ck_assert_int_eq(subject_call(&subject, do_answer, NULL), 0);
	if (_i) {
		ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
		ck_assert(peer_expect(&peer, "SIP/2.0 603", WAIT_MS));
	} else {
		peer_request("BYE", 2, "bye", "");
		ck_assert(peer_expect(&peer, "SIP/2.0 487", WAIT_MS));
	}
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert(!peer_expect(&peer, "SIP/2.0 183", 1200));
}
END_TEST

/* Our 200 to it was lost: the same again, and nothing happens twice. */
START_TEST(prack__that_comes_again_is_answered_again)
{
	char number[16];
	unsigned i;

	invite_with("Supported: 100rel\r\n", sdp);
	ck_assert_int_eq(subject_call(&subject, do_early, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 183", WAIT_MS));
	peer_cut(&peer, "RSeq: ", "\r", number, sizeof(number));
	peer_cut(&peer, "To: <sip:x@127.0.0.1>;tag=", "\r", to_tag,
		 sizeof(to_tag));
	for (i = 0; i < 2; i++) {
		peer_send(&peer, subject.port,
			  "PRACK sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
			  "127.0.0.1:%u;branch=z9hG4bKsame;rport\r\n"
			  "From: <sip:peer@127.0.0.1>;tag=%s\r\n"
			  "To: <sip:x@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
			  "CSeq: 2 PRACK\r\nRAck: %s 1 INVITE\r\n"
			  "Content-Length: 0\r\n\r\n",
			  peer.port, from_tag, to_tag, call_id, number);
		ck_assert(peer_expect(&peer, "SIP/2.0 ", WAIT_MS));
		ck_assert_msg(has("SIP/2.0 200 OK\r\n"), "%s", peer.last);
		ck_assert(has("CSeq: 2 PRACK\r\n"));
	}
	ck_assert_int_eq(state(), USHER__LEG_ALERTING);
}
END_TEST

/* ---- the peer's, to ours ---- */

static void reliable(const char *status, unsigned number, const char *more,
		     const char *body)
{
	char text[256];

	snprintf(text, sizeof(text), "Require: 100rel\r\nRSeq: %u\r\n%s",
		 number, more);
	peer_answer(status, "INVITE", invite_cseq, text, body);
}

/* The PRACK of that number; its Via is kept apart. */
static unsigned expect_prack(unsigned number)
{
	char via[128], line[64];
	unsigned cseq;

	strcpy(via, our_via);
	cseq = peer_expect_ours("PRACK");
	snprintf(line, sizeof(line), "RAck: %u %u INVITE\r\n", number,
		 invite_cseq);
	ck_assert_msg(has(line), "%s", peer.last);
	peer_answer("200 OK", "PRACK", cseq, "", "");
	strcpy(our_via, via);
	return cseq;
}

START_TEST(each_reliable_one__is_confirmed_once_in_order)
{
	reach(USHER__LEG_CALLING, true);
	reliable("180 Ringing", 7, "", "");
	ck_assert_uint_eq(expect_prack(7), invite_cseq + 1);
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_PROGRESS), 1);
	/* Again: our PRACK was on its way. */
	reliable("180 Ringing", 7, "", "");
	/* One was lost: this one will come again. */
	reliable("183 Progress", 9, "", sdp);
	ck_assert(!peer_expect(&peer, "PRACK ", 300));
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_PROGRESS), 1);
	reliable("180 Ringing", 8, "", "");
	expect_prack(8);
	reliable("183 Progress", 9, "", sdp);
	expect_prack(9);
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_PROGRESS), 3);
	ck_assert(subject.events[subject.event_count - 1].early);
	/* The answer was there: the 200 needs none. */
	peer_answer("200 OK", "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
	/* The dialog goes on where PRACK left it. */
	ck_assert_int_eq(subject_call(&subject, do_info, NULL), 0);
	ck_assert_uint_eq(peer_expect_ours("INFO"), invite_cseq + 4);
}
END_TEST

START_TEST(bad_reliable_one__is_not_confirmed)
{
	static const char *const more[] = {
		"Require: 100rel\r\n", "Require: 100rel\r\nRSeq: x\r\n",
		"Require: 100rel\r\nRSeq: 0\r\n",
		"Require: 100rel\r\nRSeq: 4294967296\r\n"};

	reach(USHER__LEG_CALLING, true);
	peer_answer("180 Ringing", "INVITE", invite_cseq, more[_i], "");
	ck_assert(!peer_expect(&peer, "PRACK ", 300));
	ck_assert_int_eq(state(), USHER__LEG_PROCEEDING);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_PROGRESS), 0);
}
END_TEST

static bool credit(struct le *le, void *arg)
{
	struct usher__leg *leg = le->data;

	(void)arg;
	(void)usher__str_set(&leg->auth_user, "usher");
	(void)usher__str_set(&leg->auth_password, "secret");
	return true;
}

static int do_credit(void *arg)
{
	(void)arg;
	(void)hash_apply(subject.ua->legs, credit, NULL);
	return 0;
}

START_TEST(who_asks_who_we_are__is_told_with_the_prack)
{
	unsigned cseq;

	reach(USHER__LEG_CALLING, true);
	subject_call(&subject, do_credit, NULL);
	reliable("180 Ringing", 7, "", "");
	cseq = peer_expect_ours("PRACK");
	peer_answer("407 Who?", "PRACK", cseq,
		    "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n",
		    "");
	ck_assert_uint_eq(peer_expect_ours("PRACK"), cseq + 1);
	ck_assert(has("RAck: 7 "));
	ck_assert(has("Proxy-Authorization: Digest username=\"usher\""));
	ck_assert_int_eq(state(), USHER__LEG_PROCEEDING);
}
END_TEST

START_TEST(each_branch__counts_by_itself)
{
	reach(USHER__LEG_CALLING, true);
	reliable("183 Progress", 7, "", sdp);
	ck_assert_uint_eq(expect_prack(7), invite_cseq + 1);
	strcpy(from_tag, "other");
	reliable("183 Progress", 100, "", sdp);
	ck_assert_uint_eq(expect_prack(100), invite_cseq + 1);
	ck_assert(has(";tag=other\r\n"));
	reliable("180 Ringing", 101, "", "");
	ck_assert_uint_eq(expect_prack(101), invite_cseq + 2);
	/* It answers; the first one does so a little later. */
	peer_answer("200 OK", "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(has(";tag=other\r\n"));
	strcpy(from_tag, "peer");
	peer_answer("200 OK", "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(has(";tag=peer\r\n"));
	ck_assert_uint_eq(peer_expect_ours("BYE"), invite_cseq + 2);
	ck_assert(has(";tag=peer\r\n"));
	ck_assert_int_eq(state(), USHER__LEG_UP);
	/* That one's own BYE is not this call's. */
	peer_ask("BYE", 5, "", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 481", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(branches__have_a_limit)
{
	unsigned i;

	reach(USHER__LEG_CALLING, true);
	for (i = 0; i < USHER__BRANCHES_MAX; i++) {
		snprintf(from_tag, sizeof(from_tag), "b%u", i);
		reliable("180 Ringing", 1, "", "");
		expect_prack(1);
	}
	strcpy(from_tag, "more");
	reliable("180 Ringing", 1, "", "");
	ck_assert(!peer_expect(&peer, "PRACK ", 300));
	ck_assert_int_eq(state(), USHER__LEG_PROCEEDING);
}
END_TEST

START_TEST(given_up__after_a_prack)
{
	reach(USHER__LEG_CALLING, true);
	reliable("183 Progress", 7, "", sdp);
	expect_prack(7);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	ck_assert(peer_expect(&peer, "CANCEL ", WAIT_MS));
	reliable("180 Ringing", 8, "", "");
	peer_response("487 Gone", "INVITE", invite_cseq, "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_reliable");
	TCase *tc = tcase_create("reliable");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, rack__is_read_or_refused);
	tcase_add_loop_test(tc, ringing__is_sent_again_until_its_prack, 0, 2);
	tcase_add_test(tc, ringing__is_not_reliable_for_who_does_not_know);
	tcase_add_test(tc, wrong_prack__confirms_nothing);
	tcase_add_test(tc, prack_of_no_call__is_481);
	tcase_add_test(tc, answer__waits_for_the_prack_of_a_description);
	tcase_add_test(tc, answer__does_not_wait_for_ringing);
	tcase_add_test(tc, second_one__waits_for_the_first);
	tcase_add_test(tc, offer_in_prack__is_answered_there);
	tcase_add_test(tc, offer_in_prack__before_an_answer_is_refused);
	tcase_add_loop_test(tc, offerless__gets_ours_and_answers_in_its_prack,
			    0, 2);
	tcase_add_loop_test(tc, offerless__that_does_not_answer_is_refused, 0,
			    3);
	tcase_add_test(tc, nobody_confirms__and_the_call_is_refused);
	tcase_add_loop_test(tc, given_up__while_a_prack_is_due, 0, 2);
	tcase_add_test(tc, prack__that_comes_again_is_answered_again);
	tcase_add_test(tc, each_reliable_one__is_confirmed_once_in_order);
	tcase_add_loop_test(tc, bad_reliable_one__is_not_confirmed, 0, 4);
	tcase_add_test(tc, who_asks_who_we_are__is_told_with_the_prack);
	tcase_add_test(tc, each_branch__counts_by_itself);
	tcase_add_test(tc, branches__have_a_limit);
	tcase_add_test(tc, given_up__after_a_prack);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
