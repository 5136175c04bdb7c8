/* Within a call: what is refused and counted, who is asked who he is, and what
 * our Contact says. */
#include "legpeer.h"

static void setup(void)
{
	subject_start(&subject, true);
	peer_open(&peer);
}

static void request(const char *method, unsigned cseq, const char *more,
		    const char *body)
{
	peer_send(&peer, subject.port,
		  "%s sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKw%u;rport\r\n"
		  "From: <sip:peer@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:x@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u %s\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "%sContent-Length: %zu\r\n\r\n%s",
		  method, peer.port, cseq, from_tag, to_tag, call_id, cseq,
		  method, peer.port, more, strlen(body), body);
}

#define RELAY "Content-Type: application/dtmf-relay\r\n"

START_TEST(info__is_a_digit_or_refused)
{
	static const struct {
		const char *more, *body, *answer;
		char digit;
	} cases[] = {
		{RELAY, "Signal=5\r\nDuration=160\r\n", "SIP/2.0 200", '5'},
		{RELAY, "Signal=11\r\nDuration=160\r\n", "SIP/2.0 200", '#'},
		{"Content-Type: application/dtmf\r\n", "10", "SIP/2.0 200",
		 '*'},
		{RELAY, "Signal=16\r\n", "SIP/2.0 200", '\0'},
		{"", "", "SIP/2.0 200", '\0'},
		{RELAY, "Signal=1x\r\n", "SIP/2.0 400", '\0'},
		{"Content-Type: text/plain\r\n", "5", "SIP/2.0 415", '\0'},
	};
	unsigned i, told = 0;

	reach(USHER__LEG_UP, false);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request("INFO", 2 + i, cases[i].more, cases[i].body);
		ck_assert_msg(peer_expect(&peer, cases[i].answer, WAIT_MS),
			      "case %u: %s", i, peer.last);
		told += cases[i].digit != '\0';
		ck_assert_uint_eq(subject_told(&subject, USHER__LEG_DIGIT),
				  told);
		if (cases[i].digit)
			ck_assert_int_eq(
				subject.events[subject.event_count - 1].digit,
				cases[i].digit);
	}
	ck_assert_uint_eq(subject_counters(&subject).malformed, 1);
	ck_assert_uint_eq(subject_counters(&subject).unsupported, 1);
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(info__is_limited_and_not_taken_twice)
{
	unsigned i, n = 3 * USHER__MLEG_DIGITS_PER_S, told;

	reach(USHER__LEG_UP, false);
	request("INFO", 2, RELAY, "Signal=1\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	request("INFO", 2, RELAY, "Signal=1\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_DIGIT), 1);
	for (i = 0; i < n; i++)
		request("INFO", 3 + i, RELAY, "Signal=1\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 503", WAIT_MS));
	(void)state();
	told = subject_told(&subject, USHER__LEG_DIGIT);
	ck_assert_uint_lt(told, n);
	ck_assert_uint_eq(subject_counters(&subject).over_limit, 1 + n - told);
}
END_TEST

START_TEST(bad_reinvite__changes_nothing)
{
	static const struct {
		const char *more, *body, *answer;
	} cases[] = {
		{"Content-Type: text/plain\r\n", "hi", "SIP/2.0 415"},
		{"Content-Type: application/sdp\r\n", "v=1\r\n",
		 "SIP/2.0 400"},
		{"Content-Type: application/sdp\r\n",
		 "v=0\r\nc=IN IP4 224.1.1.1\r\nm=audio 4000 RTP/AVP 0\r\n",
		 "SIP/2.0 488"},
		{"Content-Type: application/sdp\r\n",
		 "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n"
		 "c=IN IP4 host.test\r\n",
		 "SIP/2.0 488"},
		{"Content-Type: application/sdp\r\n",
		 "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 18\r\n"
		 "a=sendonly\r\n",
		 "SIP/2.0 488"},
	};
	unsigned i, n = sizeof(cases) / sizeof(cases[0]);

	reach(USHER__LEG_UP, false);
	for (i = 0; i < n; i++) {
		request("INVITE", 2 + i, cases[i].more, cases[i].body);
		ck_assert_msg(peer_expect(&peer, cases[i].answer, WAIT_MS),
			      "case %u: %s", i, peer.last);
		request("ACK", 2 + i, "", "");
	}
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_counters(&subject).malformed, 1);
	ck_assert_uint_eq(subject_counters(&subject).unsupported, n - 1);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 0);
	/* The null address still holds (RFC 3264, 8.4). */
	request("INVITE", 2 + n, "Content-Type: application/sdp\r\n",
		"v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	request("ACK", 2 + n, "", "");
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 1);
}
END_TEST

static struct usher__media *media;

static bool first_leg(struct le *le, void *arg)
{
	*(struct usher__leg **)arg = le->data;
	return true;
}

/* A port that the engine does not know (any more): it refuses all. */
static int do_break(void *arg)
{
	struct usher__leg *leg = NULL;

	(void)arg;
	(void)hash_apply(subject.ua->legs, first_leg, &leg);
	subject.ua->media = media;
	leg->text.port = UINT32_MAX;
	leg->port = 77;
	strcpy(leg->peer_ip, "127.0.0.9"); /* as if it had moved since */
	return 0;
}

static int do_mend(void *arg)
{
	struct usher__leg *leg = NULL;

	(void)arg;
	(void)hash_apply(subject.ua->legs, first_leg, &leg);
	/* Neither the streams beside sound have it, nor is there its key. */
	ck_assert_uint_eq(leg->text.port, UINT32_MAX);
	ck_assert_uint_eq(leg->srtp.key.suite, USHER__SRTP_NONE);
	leg->text.port = 0;
	leg->port = 0;
	subject.ua->media = NULL;
	ck_assert_uint_eq(leg->peer.port, 4000);
	ck_assert_str_eq(leg->peer_ip, "127.0.0.9");
	ck_assert_uint_eq(leg->dir, USHER__SENDRECV);
	ck_assert(!leg->we_hold);
	return 0;
}

static void media_refuses(bool ours)
{
	static const char other[] = "v=0\r\nc=IN IP4 127.0.0.1\r\n"
				    "m=audio 5000 RTP/AVP 0\r\n"
				    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
				    "inline:QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
				    "WVphYmNk\r\n"
				    "a=sendonly\r\n";
	const struct usher__media_opts opts = {.bind_ip = "127.0.0.1"};

	ck_assert_int_eq(usher__media_new(&media, &opts, NULL), 0);
	reach(USHER__LEG_UP, ours);
	subject_call(&subject, do_break, NULL);
	if (ours) {
		ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
		ck_assert(peer_expect(&peer, "INVITE ", WAIT_MS));
		peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
		peer_response("200 OK", "INVITE", invite_cseq + 1, other);
		ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	} else {
		request("INVITE", 2, "Content-Type: application/sdp\r\n",
			other);
		ck_assert(peer_expect(&peer, "SIP/2.0 488", WAIT_MS));
		request("ACK", 2, "", "");
	}
	ck_assert_int_eq(state(), USHER__LEG_UP);
	subject_call(&subject, do_mend, NULL);
	usher__media_free(media);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 0);
}

START_TEST(offer_that_media_refuses__is_488)
{
	media_refuses(false);
	ck_assert_uint_eq(subject_counters(&subject).unsupported, 1);
}
END_TEST

START_TEST(answer_that_media_refuses__is_no_hold)
{
	media_refuses(true);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 1);
	ck_assert_uint_eq(subject.events[subject.event_count - 1].status, 488);
}
END_TEST

START_TEST(bad_refer__is_counted_and_told)
{
	static const struct {
		const char *more, *answer;
	} cases[] = {
		{"", "SIP/2.0 400"},
		{"Refer-To: <sip:a@b>\r\nRefer-To: <sip:c@d>\r\n",
		 "SIP/2.0 400"},
		{"Refer-To: <sip:a@b;x=1\r\n X-Evil: 1>\r\n", "SIP/2.0 400"},
		{"Refer-To: <sip:a@b?Replaces=c>\r\n", "SIP/2.0 400"},
		{"Refer-To: <sip:a@b?Subject=c>\r\n", "SIP/2.0 501"},
	};
	unsigned i;

	reach(USHER__LEG_UP, false);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request("REFER", 2 + i, cases[i].more, "");
		ck_assert_msg(peer_expect(&peer, cases[i].answer, WAIT_MS),
			      "case %u: %s", i, peer.last);
	}
	ck_assert_uint_eq(subject_counters(&subject).malformed, 4);
	ck_assert_uint_eq(subject_counters(&subject).unsupported, 1);
	ck_assert_str_eq(subject.log,
			 "refused 501: a transfer with headers (REFER)");
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_REFER), 0);
}
END_TEST

/* The time is up for all lines that were not told. */
static int do_expire(void *arg)
{
	struct usher__notes *notes =
		&subject.ua->notes[USHER__NOTE_UNEXPECTED];

	(void)arg;
	ck_assert(tmr_isrunning(&notes->tmr));
	tmr_start(&notes->tmr, 0, notes->tmr.th, notes->tmr.arg);
	return 0;
}

START_TEST(what_was_not_told__is_summed_up)
{
	unsigned i, n = USHER__SIP_NOTES + 20;

	reach(USHER__LEG_UP, false);
	for (i = 0; i < n; i++)
		request("NOTIFY", 2 + i, "", "");
	(void)state();
	ck_assert_uint_eq(subject_counters(&subject).unexpected, n);
	ck_assert_uint_eq(subject.log_count, USHER__SIP_NOTES);
	subject_call(&subject, do_expire, NULL);
	(void)state();
	ck_assert_uint_eq(subject.log_count, USHER__SIP_NOTES + 1);
	ck_assert_str_eq(subject.log, "20 more like this: refused 481: "
				      "nothing was asked for (NOTIFY)");
	/* It goes on: no single lines until it has been quiet. */
	request("NOTIFY", 2 + n, "", "");
	(void)state();
	ck_assert_uint_eq(subject.log_count, USHER__SIP_NOTES + 1);
	subject_call(&subject, do_expire, NULL);
	(void)state();
	subject_call(&subject, do_expire, NULL);
	(void)state();
	request("NOTIFY", 3 + n, "", "");
	(void)state();
	ck_assert_uint_eq(subject.log_count, USHER__SIP_NOTES + 3);
}
END_TEST

START_TEST(contact__is_escaped_once)
{
	strcpy(from_tag, "peer");
	strcpy(call_id, "escaped@peer");
	peer_send(&peer, subject.port,
		  "INVITE sip:a%%20b%%25@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKe;rport\r\n"
		  "From: <sip:peer@127.0.0.1>;tag=peer\r\n"
		  "To: <sip:x@127.0.0.1>\r\nCall-ID: escaped@peer\r\n"
		  "CSeq: 1 INVITE\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "Content-Type: application/sdp\r\n"
		  "Content-Length: %zu\r\n\r\n%s",
		  peer.port, peer.port, strlen(sdp), sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 100", WAIT_MS));
	subject_sync(&subject);
	inbound_answer();
	ck_assert_ptr_nonnull(
		strstr(peer.last, "Contact: <sip:a%20b%25@127.0.0.1"));
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	ck_assert(peer_expect(&peer, "INVITE ", WAIT_MS));
	ck_assert_ptr_nonnull(
		strstr(peer.last, "Contact: <sip:a%20b%25@127.0.0.1"));
}
END_TEST

/* It has answered, so it is told that there is no call. */
START_TEST(bad_contact__never_is_our_target)
{
	static const char *const bad[] = {
		"Contact: <sip:p@127.0.0.1:9;x=1\r\n X-Evil: 1>\r\n",
		("Contact: <sip:p@127.0.0.1:9>\r\n"
		 "Record-Route: <sip:127.0.0.1:9;lr\r\n X-Evil: 1>\r\n"),
		"",
	};
	unsigned i;

	reach(USHER__LEG_PROCEEDING, true);
	for (i = 0; i < 2; i++) {
		peer_send(&peer, subject.port,
			  "SIP/2.0 200 OK\r\nVia: %s\r\n"
			  "From: <sip:usher@127.0.0.1>;tag=%s\r\n"
			  "To: <sip:p@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
			  "CSeq: %u INVITE\r\n%s"
			  "Content-Type: application/sdp\r\n"
			  "Content-Length: %zu\r\n\r\n%s",
			  our_via, to_tag, from_tag, call_id, invite_cseq,
			  bad[_i], strlen(sdp), sdp);
		ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
		ck_assert_ptr_null(strstr(peer.last, "Evil"));
		ck_assert_ptr_nonnull(strstr(peer.last, ";tag=peer\r\n"));
	}
	/* BYE went out once, with the first ACK. */
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert_ptr_null(strstr(peer.last, "Evil"));
	ck_assert_ptr_nonnull(strstr(peer.last, ";tag=peer\r\n"));
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_response("200 OK", "BYE", invite_cseq + 1, "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
}
END_TEST

static void expect_ours(const char *method, unsigned *cseq)
{
	char text[16];

	ck_assert_msg(peer_expect(&peer, method, WAIT_MS), "%s", method);
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_cut(&peer, "CSeq: ", " ", text, sizeof(text));
	*cseq = (unsigned)atoi(text);
}

START_TEST(reinvite_overtaken_by_bye__gets_its_ack)
{
	char via[128];
	unsigned cseq, bye;

	reach(USHER__LEG_UP, true);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	expect_ours("INVITE ", &cseq);
	strcpy(via, our_via);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	expect_ours("BYE ", &bye);
	strcpy(our_via, via);
	peer_response("200 OK", "INVITE", cseq, sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	/* Once more, as if the ACK had been lost. */
	peer_response("200 OK", "INVITE", cseq, sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_CLOSING);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HOLD_DONE), 0);
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

static int do_refer(void *arg)
{
	(void)arg;
	return usher__leg_refer(subject.ua, subject.leg, "sip:c@d");
}

static int do_notify(void *arg)
{
	(void)arg;
	return usher__leg_refer_notify(subject.ua, subject.leg, 200);
}

static void ask_who(const char *status, const char *header, const char *method,
		    unsigned cseq, const char *nonce)
{
	peer_send(&peer, subject.port,
		  "SIP/2.0 %s\r\nVia: %s\r\n"
		  "From: <sip:usher@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:p@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u %s\r\n"
		  "%s: Digest realm=\"r\", nonce=\"%s\", qop=\"auth\"\r\n"
		  "Content-Length: 0\r\n\r\n",
		  status, our_via, to_tag, from_tag, call_id, cseq, method,
		  header, nonce);
}

/* 401 or 407: the same again, with credentials. */
static void expect_again(const char *method, bool proxy, const char *body)
{
	char line[16];
	unsigned cseq, again;

	snprintf(line, sizeof(line), "%s ", method);
	expect_ours(line, &cseq);
	ck_assert_ptr_nonnull(strstr(peer.last, body));
	ask_who(proxy ? "407 Proxy Authentication Required"
		      : "401 Unauthorized",
		proxy ? "Proxy-Authenticate" : "WWW-Authenticate", method,
		cseq, "n");
	expect_ours(line, &again);
	ck_assert_uint_gt(again, cseq);
	ck_assert_ptr_nonnull(
		strstr(peer.last, "uthorization: Digest username=\"usher\""));
	ck_assert_ptr_nonnull(strstr(peer.last, body));
	peer_response("200 OK", method, again, "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}

START_TEST(who_asks_who_we_are__is_told)
{
	reach(USHER__LEG_UP, true);
	subject_call(&subject, do_credit, NULL);
	ck_assert_int_eq(subject_call(&subject, do_info, NULL), 0);
	ck_assert_int_eq(subject_call(&subject, do_info, NULL), USHER_EBUSY);
	expect_again("INFO", true, "Signal=1");
	ck_assert_int_eq(subject_call(&subject, do_refer, NULL), 0);
	expect_again("REFER", true, "Refer-To: <sip:c@d>");
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_REFER_STATUS), 1);
}
END_TEST

START_TEST(notify__is_sent_again_with_credentials)
{
	subject.refer_answer = 202;
	reach(USHER__LEG_UP, true);
	subject_call(&subject, do_credit, NULL);
	ck_assert_int_eq(subject_call(&subject, do_info, NULL), 0);
	request("REFER", 2, "Refer-To: <sip:c@d>\r\n", "");
	ck_assert(peer_expect(&peer, "INFO ", WAIT_MS));
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	ck_assert(peer_expect(&peer, "SIP/2.0 202", WAIT_MS));
	/* It waits for what is under way, whatever becomes of that. */
	peer_response("500 Sorry", "INFO", invite_cseq + 1, "");
	expect_again("NOTIFY", false, "SIP/2.0 100 Trying");
	ck_assert_int_eq(subject_call(&subject, do_notify, NULL), 0);
	ck_assert(peer_expect(&peer, "NOTIFY ", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(peer.last, "SIP/2.0 200 OK"));
}
END_TEST

START_TEST(who_never_is_content__ends_it)
{
	unsigned cseq;

	reach(USHER__LEG_UP, true);
	subject_call(&subject, do_credit, NULL);
	ck_assert_int_eq(subject_call(&subject, do_refer, NULL), 0);
	expect_ours("REFER ", &cseq);
	ask_who("401 Unauthorized", "WWW-Authenticate", "REFER", cseq, "n1");
	expect_ours("REFER ", &cseq);
	ask_who("401 Unauthorized", "WWW-Authenticate", "REFER", cseq, "n2");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_REFER_STATUS), 1);
	ck_assert_uint_eq(subject.events[subject.event_count - 1].status, 401);
	/* The next one may be tried. */
	ck_assert_int_eq(subject_call(&subject, do_info, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_within");
	TCase *tc = tcase_create("sip_within");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, info__is_a_digit_or_refused);
	tcase_add_test(tc, info__is_limited_and_not_taken_twice);
	tcase_add_test(tc, bad_reinvite__changes_nothing);
	tcase_add_test(tc, offer_that_media_refuses__is_488);
	tcase_add_test(tc, answer_that_media_refuses__is_no_hold);
	tcase_add_test(tc, bad_refer__is_counted_and_told);
	tcase_add_test(tc, what_was_not_told__is_summed_up);
	tcase_add_test(tc, contact__is_escaped_once);
	tcase_add_loop_test(tc, bad_contact__never_is_our_target, 0, 3);
	tcase_add_test(tc, reinvite_overtaken_by_bye__gets_its_ack);
	tcase_add_test(tc, who_asks_who_we_are__is_told);
	tcase_add_test(tc, notify__is_sent_again_with_credentials);
	tcase_add_test(tc, who_never_is_content__ends_it);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
