/* The end of a call that its peer has transferred by REFER: our BYE waits for
 * the answer to the last NOTIFY, the application waits for neither. */
#include "clock.h"
#include "legpeer.h"

enum { REFER_CSEQ = 2 };

static unsigned notify_cseq;

static void setup(void)
{
	leg_setup();
	clock_begin(&subject);
}

static void refer(unsigned cseq)
{
	peer_send(&peer, subject.port,
		  "REFER sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKr%u;rport\r\n"
		  "From: <sip:peer@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:x@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u REFER\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "Refer-To: <sip:c@d>\r\nContent-Length: 0\r\n\r\n",
		  peer.port, cseq, from_tag, to_tag, call_id, cseq, peer.port);
}

/* One with this status; what its answer needs is kept. */
static void expect_notify(const char *sipfrag)
{
	char cseq[16];

	do
		ck_assert_msg(peer_expect(&peer, "NOTIFY ", WAIT_MS), "%s",
			      sipfrag);
	while (!strstr(peer.last, sipfrag));
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_cut(&peer, "CSeq: ", " ", cseq, sizeof(cseq));
	notify_cseq = (unsigned)atoi(cseq);
}

static int do_refer_answer(void *arg)
{
	(void)arg;
	subject.refer_answer = 202;
	return 0;
}

/* A call whose peer wants it transferred, and does not answer that we try. */
static void refer_unanswered(bool out)
{
	reach(USHER__LEG_UP, out);
	subject_call(&subject, do_refer_answer, NULL);
	refer(REFER_CSEQ);
	ck_assert(peer_expect(&peer, "SIP/2.0 202", WAIT_MS));
	expect_notify("SIP/2.0 100 Trying");
}

/* One that does. */
static void transferring(bool out)
{
	refer_unanswered(out);
	peer_response("200 OK", "NOTIFY", notify_cseq, "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}

static int do_notify(void *arg)
{
	return usher__leg_refer_notify(subject.ua, subject.leg,
				       *(uint16_t *)arg);
}

static void notify(uint16_t status)
{
	ck_assert_int_eq(subject_call(&subject, do_notify, &status), 0);
}

static void hang_up(int expected)
{
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	ck_assert_int_eq(state(), expected);
	/* To the application it is over, whatever comes. */
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_uint_eq(subject.events[subject.event_count - 1].cause,
			  USHER__CAUSE_LOCAL);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL),
			 USHER_ENOENT);
}

/* The transfer has succeeded, and its last NOTIFY is not answered. */
static void parting(bool out)
{
	transferring(out);
	notify(200);
	hang_up(USHER__LEG_PARTING);
	expect_notify("SIP/2.0 200 OK");
	ck_assert(!peer_expect(&peer, "BYE ", 0));
}

/* Our BYE comes, and its answer ends everything. */
static void expect_bye(void)
{
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_response("200 OK", "BYE", notify_cseq + 1, "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
}

static const char *const answers[] = {"200 OK", "481 What call?", "500 Oops",
				      "603 Do not want"};
enum { ANSWERS = sizeof(answers) / sizeof(answers[0]) };

START_TEST(any_final_answer__lets_the_bye_go)
{
	parting(_i % 2);
	peer_response("100 Trying", "NOTIFY", notify_cseq, "");
	ck_assert_int_eq(state(), USHER__LEG_PARTING);
	peer_response(answers[_i], "NOTIFY", notify_cseq, "");
	expect_bye();
}
END_TEST

/* One at a time; who says that there is no transfer gets no more of them. */
START_TEST(last_notify__waits_for_the_first)
{
	refer_unanswered(_i % 2);
	notify(200);
	hang_up(USHER__LEG_PARTING);
	ck_assert(!peer_expect(&peer, "BYE ", 0));
	peer_response(answers[_i], "NOTIFY", notify_cseq, "");
	if (!_i) {
		expect_notify("SIP/2.0 200 OK");
		ck_assert_int_eq(state(), USHER__LEG_PARTING);
		peer_response("200 OK", "NOTIFY", notify_cseq, "");
	}
	expect_bye();
}
END_TEST

START_TEST(what_is_answered__is_not_waited_for)
{
	transferring(_i);
	notify(200);
	expect_notify("SIP/2.0 200 OK");
	peer_response("200 OK", "NOTIFY", notify_cseq, "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	hang_up(USHER__LEG_CLOSING);
	expect_bye();
}
END_TEST

START_TEST(what_is_not_the_last__is_not_waited_for)
{
	transferring(_i);
	notify(180);
	expect_notify("SIP/2.0 180");
	hang_up(USHER__LEG_CLOSING);
	expect_bye();
}
END_TEST

START_TEST(peer_that_never_answers__gets_its_bye)
{
	parting(_i);
	expect_bye();
}
END_TEST

static bool only_leg(struct le *le, void *arg)
{
	*(struct usher__leg **)arg = le->data;
	return true;
}

static struct usher__leg *leg_now(void)
{
	struct usher__leg *leg = NULL;

	(void)hash_apply(subject.ua->legs, only_leg, &leg);
	ck_assert_ptr_nonnull(leg);
	return leg;
}

static int do_expire(void *arg)
{
	struct tmr *tmr = &leg_now()->deadline;

	(void)arg;
	ck_assert(tmr_isrunning(tmr));
	ck_assert_uint_le(tmr_get_expire(tmr), USHER__UA_PART_MS);
	tmr_start(tmr, 0, tmr->th, tmr->arg);
	return 0;
}

START_TEST(peer_that_answers_nothing__is_told_all_the_same)
{
	refer_unanswered(_i);
	notify(200);
	hang_up(USHER__LEG_PARTING);
	subject_call(&subject, do_expire, NULL);
	expect_notify("SIP/2.0 200 OK");
	expect_bye();
}
END_TEST

START_TEST(late_answer__changes_nothing)
{
	char via[128];

	parting(_i);
	strcpy(via, our_via);
	subject_call(&subject, do_expire, NULL);
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	strcpy(our_via, via);
	peer_response("200 OK", "NOTIFY", notify_cseq, "");
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	/* One BYE. */
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_response("200 OK", "BYE", notify_cseq + 1, "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert(!peer_expect(&peer, "NOTIFY ", 0));
}
END_TEST

START_TEST(peer_that_hangs_up_itself__gets_no_bye)
{
	parting(_i);
	peer_request("BYE", REFER_CSEQ + 1, "bye", "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	peer_response("200 OK", "NOTIFY", notify_cseq, "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert(!peer_expect(&peer, "BYE ", 0));
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
}
END_TEST

/* Its BYE is right behind the answer that lets ours go. */
START_TEST(byes_that_cross__end_it_once)
{
	parting(_i);
	peer_response("200 OK", "NOTIFY", notify_cseq, "");
	peer_request("BYE", REFER_CSEQ + 1, "bye", "");
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	expect_bye();
}
END_TEST

START_TEST(what_else_comes__is_answered_and_not_told)
{
	unsigned events;

	parting(_i);
	events = subject.event_count;
	peer_request("INVITE", 3, "again", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 491", WAIT_MS));
	peer_request("ACK", 3, "again", "");
	refer(4);
	ck_assert(peer_expect(&peer, "SIP/2.0 491", WAIT_MS));
	peer_request("INFO", 5, "info", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	peer_request("NOTIFY", 6, "notify", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 481", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_PARTING);
	ck_assert_uint_eq(subject.event_count, events);
	peer_response("200 OK", "NOTIFY", notify_cseq, "");
	expect_bye();
}
END_TEST

static int do_credit(void *arg)
{
	struct usher__leg *leg = leg_now();

	(void)arg;
	return usher__str_set(&leg->auth_user, "usher") ||
	       usher__str_set(&leg->auth_password, "secret");
}

static void ask_who(const char *nonce)
{
	peer_send(&peer, subject.port,
		  "SIP/2.0 401 Unauthorized\r\nVia: %s\r\n"
		  "From: <sip:usher@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:p@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u NOTIFY\r\nWWW-Authenticate: Digest realm=\"r\", "
		  "nonce=\"%s\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n",
		  our_via, to_tag, from_tag, call_id, notify_cseq, nonce);
}

START_TEST(who_asks_who_we_are__is_told_first)
{
	parting(true);
	ck_assert_int_eq(subject_call(&subject, do_credit, NULL), 0);
	ask_who("n1");
	expect_notify("uthorization: Digest username=\"usher\"");
	ck_assert_int_eq(state(), USHER__LEG_PARTING);
	ck_assert(!peer_expect(&peer, "BYE ", 0));
	/* Who is not content with that gets no third one. */
	if (_i)
		ask_who("n2");
	else
		peer_response("200 OK", "NOTIFY", notify_cseq, "");
	expect_bye();
}
END_TEST

/* The NOTIFY fails at once, and so does the BYE: nothing is left of it. */
START_TEST(peer_that_cannot_be_reached__is_let_go)
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
	ck_assert_int_eq(subject_call(&subject, do_part, NULL), 0);
	while (state() != USHER__LEG_ENDED_STATE)
		;
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
}
END_TEST

/* ---- whoever else goes meanwhile ---- */

static int do_call_by_trunk(void *arg)
{
	struct usher__trunk_opts trunk;
	struct usher__call_opts opts;

	memset(&trunk, 0, sizeof(trunk));
	memset(&opts, 0, sizeof(opts));
	trunk.name = "provider";
	trunk.domain = "center.test";
	trunk.host = "127.0.0.1";
	trunk.port = peer.port;
	trunk.user = "usher";
	trunk.password = "secret";
	opts.user = "p";
	if (usher__ua_trunk_add(subject.ua, &trunk, arg, NULL))
		return -1;
	opts.trunk = *(uint32_t *)arg;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

static int do_remove_trunk(void *arg)
{
	return usher__ua_trunk_remove(subject.ua, *(uint32_t *)arg);
}

START_TEST(trunk_removed_meanwhile__leaves_the_call_its_end)
{
	uint32_t trunk = 0;

	outbound(do_call_by_trunk, &trunk);
	peer_response("200 OK", "INVITE", invite_cseq, sdp);
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_int_eq(subject_call(&subject, do_part, NULL), 0);
	expect_notify("SIP/2.0 200 OK");
	ck_assert_int_eq(subject_call(&subject, do_remove_trunk, &trunk), 0);
	ck_assert_int_eq(state(), USHER__LEG_PARTING);
	/* With the credentials that were its. */
	ask_who("n");
	expect_notify("uthorization: Digest username=\"usher\"");
	peer_response("200 OK", "NOTIFY", notify_cseq, "");
	expect_bye();
}
END_TEST

/* subject_stop() frees it with the NOTIFY under way. */
START_TEST(agent_freed_meanwhile__leaves_nothing)
{
	parting(_i);
}
END_TEST

static int do_stop(void *arg)
{
	usher__ua_stop(subject.ua, *(uint32_t *)arg);
	return 0;
}

static int stopped(void *arg)
{
	(void)arg;
	return (int)subject.stopped;
}

/* A stop waits for BYEs alone, so that they are sent before it ends. */
START_TEST(agent_stopped_meanwhile__sends_the_bye_at_once)
{
	uint32_t wait_ms = WAIT_MS;

	if (_i < 2) {
		parting(_i % 2);
	} else if (_i < 4) {
		transferring(_i % 2);
		notify(200);
		expect_notify("SIP/2.0 200 OK");
	} else {
		refer_unanswered(_i % 2);
		notify(200);
	}
	subject_call(&subject, do_stop, &wait_ms);
	if (_i >= 4)
		expect_notify("SIP/2.0 200 OK");
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	ck_assert_int_eq(subject_call(&subject, stopped, NULL), 0);
	expect_bye();
	while (!subject_call(&subject, stopped, NULL))
		clock_pass();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_parting");
	TCase *tc = tcase_create("sip_parting");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, any_final_answer__lets_the_bye_go, 0, ANSWERS);
	tcase_add_loop_test(tc, last_notify__waits_for_the_first, 0, ANSWERS);
	tcase_add_loop_test(
		tc, peer_that_answers_nothing__is_told_all_the_same, 0, 2);
	tcase_add_loop_test(tc, what_is_answered__is_not_waited_for, 0, 2);
	tcase_add_loop_test(tc, what_is_not_the_last__is_not_waited_for, 0, 2);
	tcase_add_loop_test(tc, peer_that_never_answers__gets_its_bye, 0, 2);
	tcase_add_loop_test(tc, late_answer__changes_nothing, 0, 2);
	tcase_add_loop_test(tc, peer_that_hangs_up_itself__gets_no_bye, 0, 2);
	tcase_add_loop_test(tc, byes_that_cross__end_it_once, 0, 2);
	tcase_add_loop_test(tc, what_else_comes__is_answered_and_not_told, 0,
			    2);
	tcase_add_loop_test(tc, who_asks_who_we_are__is_told_first, 0, 2);
	tcase_add_test(tc, peer_that_cannot_be_reached__is_let_go);
	tcase_add_test(tc, trunk_removed_meanwhile__leaves_the_call_its_end);
	tcase_add_loop_test(tc, agent_freed_meanwhile__leaves_nothing, 0, 2);
	tcase_add_loop_test(tc, agent_stopped_meanwhile__sends_the_bye_at_once,
			    0, 6);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
