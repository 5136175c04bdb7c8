/* Session timers (RFC 4028): what is agreed on in either role, who refreshes
 * and how, and what ends a session. */
#include "clock.h"
#include "legpeer.h"

static void setup(void)
{
	leg_setup();
	clock_begin(&subject);
}

/* Sessions of two seconds: a refresh after one, the end after 1.33. */
static void setup_short(void)
{
	subject_start_timing(&subject, 2, 1);
	clock_begin(&subject);
	peer_open(&peer);
}

START_TEST(value__is_read_or_refused)
{
	static const struct {
		const char *text;
		int err;
		uint32_t secs;
		enum usher__refresher who;
	} cases[] = {
		{"1800", 0, 1800, USHER__REFRESHER_NONE},
		{"90;refresher=uac", 0, 90, USHER__REFRESHER_UAC},
		{"90 ; refresher=UAS;x=y", 0, 90, USHER__REFRESHER_UAS},
		{"4294967295", 0, 4294967295u, USHER__REFRESHER_NONE},
		{"4294967296", USHER_EPROTO, 0, 0},
		{"-1", USHER_EPROTO, 0, 0},
		{"", USHER_EPROTO, 0, 0},
		{"90 90", USHER_EPROTO, 0, 0},
		{"90;refresher=both", USHER_EPROTO, 0, 0},
		{"90s", USHER_EPROTO, 0, 0},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum usher__refresher who = USHER__REFRESHER_NONE;
		uint32_t secs = 0;
		struct pl pl;

		pl_set_str(&pl, cases[i].text);
		ck_assert_int_eq(usher__session_read(&pl, &secs, &who),
				 cases[i].err);
		if (cases[i].err)
			continue;
		ck_assert_uint_eq(secs, cases[i].secs);
		ck_assert_int_eq(who, cases[i].who);
	}
}
END_TEST

#define TIMER "Supported: timer\r\n"

/* RFC 4028, 9: the table of who refreshes. */
START_TEST(caller__gets_what_it_asks_for)
{
	static const struct {
		const char *asked, *granted;
		bool required;
	} cases[] = {
		{"", NULL, false},
		{TIMER, "Session-Expires: 1800;refresher=uas\r\n", true},
		{TIMER "Session-Expires: 600\r\n",
		 "Session-Expires: 600;refresher=uas\r\n", true},
		{TIMER "x: 600;refresher=uac\r\n",
		 "Session-Expires: 600;refresher=uac\r\n", true},
		{TIMER "Session-Expires: 600;refresher=uas\r\n",
		 "Session-Expires: 600;refresher=uas\r\n", true},
		{TIMER "Session-Expires: 7200\r\n",
		 "Session-Expires: 1800;refresher=uas\r\n", true},
		{TIMER "Session-Expires: 7200\r\nMin-SE: 3600\r\n",
		 "Session-Expires: 3600;refresher=uas\r\n", true},
		{"Session-Expires: 600\r\n",
		 "Session-Expires: 600;refresher=uas\r\n", false},
		/* A proxy's: the phone would not understand a 422. */
		{"Session-Expires: 30\r\n", NULL, false},
		{"Require: timer\r\n" TIMER "Session-Expires: 90\r\n",
		 "Session-Expires: 90;refresher=uas\r\n", true},
	};

	invite_with(cases[_i].asked, sdp);
	inbound_answer();
	ck_assert(has("Supported: 100rel, replaces, timer\r\n"));
	if (cases[_i].granted)
		ck_assert_msg(has(cases[_i].granted), "%s", peer.last);
	else
		ck_assert(!has("Session-Expires"));
	ck_assert(has("Require: timer\r\n") == cases[_i].required);
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(too_short__is_refused_with_our_least)
{
	static const char *const methods[] = {"INVITE", "UPDATE"};
	unsigned i;

	invite_with(TIMER "Session-Expires: 89\r\n", sdp);
	ck_assert(has("SIP/2.0 422 "));
	ck_assert(has("Min-SE: 90\r\n"));
	ck_assert_uint_eq(subject.invites, 0);
	reach(USHER__LEG_UP, false);
	for (i = 0; i < 2; i++) {
		peer_ask(methods[i], 2 + i, TIMER "Session-Expires: 20\r\n",
			 "");
		ck_assert(peer_expect(&peer, "SIP/2.0 422", WAIT_MS));
		ck_assert(has("Min-SE: 90\r\n"));
	}
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(nonsense__is_refused)
{
	invite_with(TIMER "Session-Expires: soon\r\n", sdp);
	ck_assert(has("SIP/2.0 400 "));
	invite_with(TIMER "Session-Expires: 600\r\nMin-SE: x\r\n", sdp);
	ck_assert(has("SIP/2.0 400 "));
	ck_assert_uint_eq(subject.invites, 0);
}
END_TEST

START_TEST(who_wants_more__is_asked_again_with_more)
{
	unsigned i, cseq;

	reach(USHER__LEG_CALLING, true);
	ck_assert(has("Session-Expires: 1800\r\n"));
	ck_assert(!has("Min-SE"));
	ck_assert(has("Supported: 100rel, replaces, timer\r\n"));
	cseq = invite_cseq;
	for (i = 0; i < USHER__SESSION_TRIES; i++) {
		char more[64], line[64];

		snprintf(more, sizeof(more), "Min-SE: %u\r\n", 2000 + i);
		peer_answer("422 Too Small", "INVITE", cseq, more, "");
		ck_assert_uint_eq(peer_expect_ours("INVITE"), cseq + 1);
		cseq++;
		ck_assert(has(more));
		snprintf(line, sizeof(line), "Session-Expires: %u\r\n",
			 2000 + i);
		ck_assert(has(line));
	}
	/* Not for ever. */
	peer_answer("422 Too Small", "INVITE", cseq, "Min-SE: 3000\r\n", "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_last_status, NULL), 422);
}
END_TEST

START_TEST(unreasonable_422__ends_the_call)
{
	static const char *const more[] = {"", "Min-SE: 999999\r\n",
					   "Min-SE: 0\r\n", "Min-SE: x\r\n"};

	reach(USHER__LEG_CALLING, true);
	peer_answer("422 Too Small", "INVITE", invite_cseq, more[_i], "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
}
END_TEST

START_TEST(we_refresh__by_update_where_it_is_allowed)
{
	unsigned i, cseq;

	if (_i) {
		call_with("Allow: INVITE, UPDATE\r\n"
			  "Session-Expires: 2;refresher=uac\r\n");
	} else {
		invite_with(TIMER "Allow: INVITE, UPDATE\r\n", sdp);
		inbound_answer();
		peer_request("ACK", 1, "ack", "");
	}
	for (i = 0; i < 3; i++) {
		cseq = peer_expect_ours("UPDATE");
		ck_assert(has("Session-Expires: 2;refresher=uac\r\n"));
		ck_assert(has("Content-Length: 0\r\n"));
		peer_answer("200 OK", "UPDATE", cseq,
			    "Session-Expires: 2;refresher=uac\r\n", "");
		ck_assert_int_eq(state(), USHER__LEG_UP);
	}
}
END_TEST

START_TEST(we_refresh__by_reinvite_where_it_is_not)
{
	unsigned cseq;
	char first[64], again[64];

	call_with("Session-Expires: 2;refresher=uac\r\n");
	cseq = peer_expect_ours("INVITE");
	peer_cut(&peer, "o=- ", "\r", first, sizeof(first));
	ck_assert(has("Session-Expires: 2;refresher=uac\r\n"));
	peer_answer("200 OK", "INVITE", cseq,
		    "Session-Expires: 2;refresher=uac\r\n", sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	cseq = peer_expect_ours("INVITE");
	peer_cut(&peer, "o=- ", "\r", again, sizeof(again));
	/* Nothing has changed, and it says so. */
	ck_assert_str_eq(again, first);
	peer_answer("200 OK", "INVITE", cseq, "", sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	/* That was the end of the timer, not of the call. */
	ck_assert(!peer_expect(&peer, "INVITE ", 1700));
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 0);
}
END_TEST

START_TEST(update_that_is_not_known__is_a_reinvite)
{
	unsigned cseq;

	call_with("Allow: UPDATE\r\nSession-Expires: 2;refresher=uac\r\n");
	cseq = peer_expect_ours("UPDATE");
	peer_answer("405 No", "UPDATE", cseq, "", "");
	cseq = peer_expect_ours("INVITE");
	peer_answer("200 OK", "INVITE", cseq,
		    "Session-Expires: 90;refresher=uac\r\n", sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

static void is_lost(void)
{
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_LOST);
}

START_TEST(refused_refresh__ends_what_is_gone)
{
	static const char *const answers[] = {"481 What call?", "408 Late"};
	unsigned cseq;

	call_with("Allow: UPDATE\r\nSession-Expires: 2;refresher=uac\r\n");
	cseq = peer_expect_ours("UPDATE");
	peer_answer(answers[_i], "UPDATE", cseq, "", "");
	is_lost();
}
END_TEST

START_TEST(refused_refresh__is_tried_again)
{
	unsigned cseq, again;

	call_with("Allow: UPDATE\r\nSession-Expires: 9;refresher=uac\r\n");
	cseq = peer_expect_ours("UPDATE");
	peer_answer("500 Oops", "UPDATE", cseq, "", "");
	again = peer_expect_ours("UPDATE");
	ck_assert_uint_gt(again, cseq);
	peer_answer("200 OK", "UPDATE", again,
		    "Session-Expires: 90;refresher=uac\r\n", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(refresh_that_is_too_short__is_tried_with_more)
{
	unsigned cseq;

	call_with("Allow: UPDATE\r\nSession-Expires: 2;refresher=uac\r\n");
	cseq = peer_expect_ours("UPDATE");
	peer_answer("422 Short", "UPDATE", cseq, "Min-SE: 100\r\n", "");
	cseq = peer_expect_ours("UPDATE");
	ck_assert(has("Session-Expires: 100;refresher=uac\r\n"));
	ck_assert(has("Min-SE: 100\r\n"));
	peer_answer("200 OK", "UPDATE", cseq,
		    "Session-Expires: 100;refresher=uac\r\n", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(unanswered_refresh__ends_the_call)
{
	call_with("Allow: UPDATE\r\nSession-Expires: 2;refresher=uac\r\n");
	is_lost();
}
END_TEST

START_TEST(peer_that_does_not_refresh__is_lost)
{
	if (_i) {
		call_with("Require: timer\r\n"
			  "Session-Expires: 2;refresher=uas\r\n");
	} else {
		invite_with(TIMER "Session-Expires: 2;refresher=uac\r\n", sdp);
		inbound_answer();
		peer_request("ACK", 1, "ack", "");
	}
	is_lost();
}
END_TEST

START_TEST(peer_that_refreshes__stays)
{
	static const char more[] =
		TIMER "Session-Expires: 2;refresher=uac\r\n";
	unsigned i;

	invite_with(more, sdp);
	inbound_answer();
	peer_request("ACK", 1, "ack", "");
	for (i = 0; i < 6; i++) {
		/* Until then nothing comes from us. */
		ck_assert(!peer_expect(&peer, "BYE ", 700));
		peer_ask(i % 2 ? "INVITE" : "UPDATE", 2 + i, more,
			 i % 2 ? sdp : "");
		ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
		ck_assert(has("Session-Expires: 2;refresher=uac\r\n"));
		if (i % 2)
			peer_ask("ACK", 2 + i, "", "");
	}
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

static int do_session(void *arg)
{
	const struct usher__leg *leg =
		usher__leg_find(subject.ua, subject.leg);

	*(struct usher__session_terms *)arg = usher__session_terms(leg);
	return 0;
}

START_TEST(refused_offer__changes_no_session)
{
	static const char *const methods[] = {"INVITE", "UPDATE"};
	static const char bad[] = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
				  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
				  "m=audio 4000 RTP/AVP 96\r\n";
	struct usher__session_terms before, after;

	invite_with(TIMER "Session-Expires: 600;refresher=uac\r\n", sdp);
	inbound_answer();
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	subject_call(&subject, do_session, &before);
	peer_ask(methods[_i], 2,
		 "Session-Expires: 1200;refresher=uas\r\nMin-SE: 1000\r\n",
		 bad);
	ck_assert(peer_expect(&peer, "SIP/2.0 488", WAIT_MS));
	subject_call(&subject, do_session, &after);
	ck_assert_uint_eq(after.interval_s, before.interval_s);
	ck_assert_uint_eq(after.min_s, before.min_s);
	ck_assert_int_eq(after.ours, before.ours);
	ck_assert_int_eq(after.timer, before.timer);
	/* One that is taken does. */
	peer_ask(methods[_i], 3,
		 "Session-Expires: 1200;refresher=uas\r\nMin-SE: 1000\r\n",
		 sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	subject_call(&subject, do_session, &after);
	ck_assert_uint_eq(after.interval_s, 1200);
	ck_assert(after.ours);
}
END_TEST

START_TEST(hung_up__while_it_refreshes)
{
	unsigned cseq;

	call_with("Allow: UPDATE\r\nSession-Expires: 2;refresher=uac\r\n");
	cseq = peer_expect_ours("UPDATE");
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	peer_answer("481 Late", "UPDATE", cseq, "", "");
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_LOCAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_session");
	TCase *tc = tcase_create("agreed"), *kept = tcase_create("kept");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, value__is_read_or_refused);
	tcase_add_loop_test(tc, caller__gets_what_it_asks_for, 0, 10);
	tcase_add_test(tc, too_short__is_refused_with_our_least);
	tcase_add_test(tc, nonsense__is_refused);
	tcase_add_loop_test(tc, refused_offer__changes_no_session, 0, 2);
	tcase_add_test(tc, who_wants_more__is_asked_again_with_more);
	tcase_add_loop_test(tc, unreasonable_422__ends_the_call, 0, 4);
	tcase_add_checked_fixture(kept, setup_short, leg_teardown);
	tcase_set_timeout(kept, 30);
	tcase_add_loop_test(kept, we_refresh__by_update_where_it_is_allowed, 0,
			    2);
	tcase_add_test(kept, we_refresh__by_reinvite_where_it_is_not);
	tcase_add_test(kept, update_that_is_not_known__is_a_reinvite);
	tcase_add_loop_test(kept, refused_refresh__ends_what_is_gone, 0, 2);
	tcase_add_test(kept, refused_refresh__is_tried_again);
	tcase_add_test(kept, refresh_that_is_too_short__is_tried_with_more);
	tcase_add_test(kept, unanswered_refresh__ends_the_call);
	tcase_add_loop_test(kept, peer_that_does_not_refresh__is_lost, 0, 2);
	tcase_add_test(kept, peer_that_refreshes__stays);
	tcase_add_test(kept, hung_up__while_it_refreshes);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, kept);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
