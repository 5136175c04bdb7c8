/* Replaces (RFC 3891) and attended transfer (RFC 5589). */
#include "clock.h"
#include "legpeer.h"

static void setup(void)
{
	leg_setup();
	clock_begin(&subject);
}

START_TEST(value__is_read_or_refused)
{
	static const struct {
		const char *text;
		int err;
		bool early;
	} cases[] = {
		{"a@b;to-tag=1;from-tag=2", 0, false},
		{"a@b ; From-Tag=2 ;to-tag = 1;early-only", 0, true},
		{"a@b;x=y;to-tag=1;;from-tag=2", 0, false},
		{"a@b;to-tag=1", USHER_EPROTO, false},
		{"a@b;from-tag=1", USHER_EPROTO, false},
		{"a@b;to-tag=1;from-tag=2;to-tag=3", USHER_EPROTO, false},
		{"a@b;to-tag;from-tag=2", USHER_EPROTO, false},
		{";to-tag=1;from-tag=2", USHER_EPROTO, false},
		{"a b;to-tag=1;from-tag=2", USHER_EPROTO, false},
		{"", USHER_EPROTO, false},
	};
	struct usher__replaces replaces;
	struct pl pl;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pl_set_str(&pl, cases[i].text);
		ck_assert_msg(usher__replaces_read(&pl, &replaces) ==
				      cases[i].err,
			      "%s", cases[i].text);
		if (cases[i].err)
			continue;
		ck_assert_str_eq(replaces.call_id, "a@b");
		ck_assert_str_eq(replaces.to_tag, "1");
		ck_assert_str_eq(replaces.from_tag, "2");
		ck_assert(replaces.early_only == cases[i].early);
	}
}
END_TEST

/* ---- REFER ---- */

/* A second call of the same peer; its names are kept apart. */
static void second_call(char *id, char *ours)
{
	char first_id[128], first_tag[64];
	uint64_t first = subject.leg;

	strcpy(first_id, call_id);
	strcpy(first_tag, to_tag);
	strcpy(call_id, "second@peer");
	to_tag[0] = '\0';
	peer_ask("INVITE", 1, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 100", WAIT_MS));
	subject_sync(&subject);
	inbound_answer();
	peer_ask("ACK", 1, "", "");
	(void)state();
	strcpy(id, call_id);
	strcpy(ours, to_tag);
	strcpy(call_id, first_id);
	strcpy(to_tag, first_tag);
	ck_assert_uint_ne(subject.leg, first);
}

static void refer_to(const char *id, const char *to, const char *from,
		     unsigned cseq)
{
	char more[512];

	snprintf(more, sizeof(more),
		 "Refer-To: <sip:x@127.0.0.1?Replaces=%s"
		 "%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s&Require=replaces>\r\n",
		 id, to, from);
	peer_ask("REFER", cseq, more, "");
	ck_assert(peer_expect(&peer, "SIP/2.0 202", WAIT_MS));
	(void)state();
}

START_TEST(refer__names_the_other_leg)
{
	char id[64], ours[64];
	uint64_t first;

	subject.refer_answer = 202;
	reach(USHER__LEG_UP, false);
	first = subject.leg;
	second_call(id, ours);
	refer_to(id, ours, from_tag, 2);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_REFER), 1);
	ck_assert_uint_eq(subject.events[subject.event_count - 1].other,
			  subject.leg);
	ck_assert_uint_ne(subject.leg, first);
	ck_assert_str_eq(subject.replaces, "");
	ck_assert_str_eq(subject.target, "sip:x@127.0.0.1");
}
END_TEST

START_TEST(refer__of_somebody_elses_dialog_says_which)
{
	static const char *const names[][3] = {
		{"nobody%40peer", "1", "2"},
		{"second%40peer", "wrong", "peer"},
	};
	char id[64], ours[64], want[128];

	subject.refer_answer = 202;
	reach(USHER__LEG_UP, false);
	second_call(id, ours);
	refer_to(names[_i][0], names[_i][1], names[_i][2], 2);
	ck_assert_uint_eq(subject.events[subject.event_count - 1].other, 0);
	snprintf(want, sizeof(want), "%s;to-tag=%s;from-tag=%s",
		 _i ? "second@peer" : "nobody@peer", names[_i][1],
		 names[_i][2]);
	ck_assert_str_eq(subject.replaces, want);
}
END_TEST

START_TEST(refer__of_the_same_leg_is_no_other)
{
	subject.refer_answer = 202;
	reach(USHER__LEG_UP, false);
	refer_to("inbound%40peer", to_tag, from_tag, 2);
	ck_assert_uint_eq(subject.events[subject.event_count - 1].other, 0);
}
END_TEST

static uint64_t first_leg;

static int do_refer_to(void *arg)
{
	(void)arg;
	return usher__leg_refer_to(subject.ua, first_leg, subject.leg);
}

START_TEST(we__name_the_dialog_as_the_peer_knows_it)
{
	char id[64], ours[64], want[256];

	reach(USHER__LEG_UP, false);
	first_leg = subject.leg;
	ck_assert_int_eq(subject_call(&subject, do_refer_to, NULL),
			 USHER_EINVAL);
	second_call(id, ours);
	ck_assert_int_eq(subject_call(&subject, do_refer_to, NULL), 0);
	ck_assert(peer_expect(&peer, "REFER ", WAIT_MS));
	snprintf(want, sizeof(want),
		 "Refer-To: <sip:p@127.0.0.1:%u?Replaces=second%%40peer"
		 "%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s>\r\n",
		 peer.port, from_tag, ours);
	ck_assert_msg(has(want), "%s", peer.last);
}
END_TEST

/* ---- INVITE ---- */

/* From another peer, for the call that is up. */
static void replace(struct peer *other, const char *id, const char *to,
		    const char *from, const char *more)
{
	static unsigned n;

	n++;
	peer_send(other, subject.port,
		  "INVITE sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKr%u;rport\r\n"
		  "From: <sip:other@127.0.0.1>;tag=other\r\n"
		  "To: <sip:x@127.0.0.1>\r\nCall-ID: other%u\r\n"
		  "CSeq: 1 INVITE\r\nContact: <sip:o@127.0.0.1:%u>\r\n"
		  "Replaces: %s;to-tag=%s;from-tag=%s%s\r\n"
		  "Content-Type: application/sdp\r\n"
		  "Content-Length: %zu\r\n\r\n%s",
		  other->port, n, n, other->port, id, to, from, more,
		  strlen(sdp), sdp);
}

static void confirm(struct peer *other)
{
	char tag[64], id[64];

	peer_cut(other, "To: <sip:x@127.0.0.1>;tag=", "\r", tag, sizeof(tag));
	peer_cut(other, "Call-ID: ", "\r", id, sizeof(id));
	peer_send(other, subject.port,
		  "ACK sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKrack;rport\r\n"
		  "From: <sip:other@127.0.0.1>;tag=other\r\n"
		  "To: <sip:x@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
		  other->port, tag, id);
}

static int do_state(void *arg)
{
	enum usher__leg_state ret = USHER__LEG_STATES;

	(void)arg;
	if (usher__leg_state(subject.ua, subject.leg, &ret))
		return -1;
	return ret;
}

static void closes(bool bye)
{
	unsigned cseq;

	if (bye) {
		cseq = peer_expect_ours("BYE");
		peer_answer("200 OK", "BYE", cseq, "", "");
	} else {
		ck_assert(peer_expect(&peer, "CANCEL ", WAIT_MS));
		peer_response("487 Gone", "INVITE", invite_cseq, "");
	}
	(void)state();
}

START_TEST(invite__takes_the_place_under_the_same_id)
{
	bool early = _i == 2;
	struct peer other;
	uint64_t leg;

	if (early)
		reach(USHER__LEG_PROCEEDING, true);
	else
		reach(USHER__LEG_UP, _i);
	leg = subject.leg;
	peer_open(&other);
	replace(&other, call_id, to_tag, early ? "unknown" : from_tag,
		early ? ";early-only" : "");
	ck_assert(peer_expect(&other, "SIP/2.0 200", WAIT_MS));
	closes(!early);
	ck_assert_uint_eq(subject.leg, leg);
	confirm(&other);
	(void)state();
	ck_assert_int_eq(subject_call(&subject, do_state, NULL),
			 USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 0);
	/* Once, whoever it is that the call is with. */
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ANSWERED) +
				  subject_told(&subject, USHER__LEG_CONFIRMED),
			  1);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	ck_assert(peer_expect(&other, "BYE ", WAIT_MS));
	peer_close(&other);
}
END_TEST

START_TEST(invite__that_may_not_is_refused)
{
	static const struct {
		int state, status;
		bool out;
		const char *to, *more, *answer;
	} cases[] = {
		{USHER__LEG_UP, 0, true, "wrong", "", "SIP/2.0 481"},
		{USHER__LEG_UP, 0, false, NULL, ";early-only", "SIP/2.0 486"},
		{USHER__LEG_UP, 403, false, NULL, "", "SIP/2.0 403"},
		{USHER__LEG_UP, 0, true, NULL, ";to-tag=2", "SIP/2.0 400"},
		{USHER__LEG_CLOSING, 0, true, NULL, "", "SIP/2.0 603"},
		{USHER__LEG_ACCEPTED, 0, false, NULL, "", "SIP/2.0 481"},
	};
	struct peer other;
	int before;

	reach(cases[_i].state, cases[_i].out);
	before = state();
	subject_answers(&subject, cases[_i].status);
	peer_open(&other);
	replace(&other, call_id, cases[_i].to ? cases[_i].to : to_tag,
		from_tag, cases[_i].more);
	ck_assert_msg(peer_expect(&other, cases[_i].answer, WAIT_MS), "no %s",
		      cases[_i].answer);
	ck_assert_int_eq(state(), before);
	peer_close(&other);
}
END_TEST

START_TEST(invite__that_is_not_confirmed_ends_the_call)
{
	struct peer other;

	reach(USHER__LEG_UP, false);
	peer_open(&other);
	replace(&other, call_id, to_tag, from_tag, "");
	ck_assert(peer_expect(&other, "SIP/2.0 200", WAIT_MS));
	closes(true);
	ck_assert(peer_expect(&other, "BYE ", 40000));
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_NO_ACK);
	peer_close(&other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_replaces");
	TCase *tc = tcase_create("replaces");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, value__is_read_or_refused);
	tcase_add_test(tc, refer__names_the_other_leg);
	tcase_add_loop_test(tc, refer__of_somebody_elses_dialog_says_which, 0,
			    2);
	tcase_add_test(tc, refer__of_the_same_leg_is_no_other);
	tcase_add_test(tc, we__name_the_dialog_as_the_peer_knows_it);
	tcase_add_loop_test(tc, invite__takes_the_place_under_the_same_id, 0,
			    3);
	tcase_add_loop_test(tc, invite__that_may_not_is_refused, 0, 6);
	tcase_add_test(tc, invite__that_is_not_confirmed_ends_the_call);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
