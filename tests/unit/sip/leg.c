/* A leg in each state with each event: what the table says is what happens
 * on the wire and to the application. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sip/impl.h>

#include "peer.h"

enum { WAIT_MS = 2000, SETTLE_US = 3000 }; /* a turn of the loop */

static struct subject subject;
static struct peer peer;
static char to_tag[64], from_tag[64], call_id[128], our_via[128];
static unsigned invite_cseq;

/* What the application or the peer may do. */
enum event {
	RING,
	ANSWER,
	REJECT,
	HANG_UP,
	HOLD,
	INFO_OUT,
	GOT_180,
	GOT_200,
	GOT_486,
	GOT_CANCEL,
	GOT_ACK,
	GOT_BYE,
	GOT_REINVITE,
	GOT_BYE_ANSWER,
	EVENTS
};

static const char *const event_names[EVENTS] = {
	"ring", "answer", "reject",    "hang up",    "hold",
	"info", "180",    "200",       "486",        "CANCEL",
	"ACK",  "BYE",    "re-INVITE", "200 of BYE",
};

static const char sdp[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
			  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			  "m=audio 4000 RTP/AVP 0\r\n";

/* In our request to it, a peer that called uses its own tag as From. */
static void peer_request(const char *method, unsigned cseq, const char *branch,
			 const char *body)
{
	peer_send(&peer, subject.port,
		  "%s sip:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%s;rport\r\n"
		  "From: <sip:peer@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:x@127.0.0.1>%s%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u %s\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "%sContent-Length: %zu\r\n\r\n%s",
		  method, peer.port, branch, from_tag, *to_tag ? ";tag=" : "",
		  to_tag, call_id, cseq, method, peer.port,
		  *body ? "Content-Type: application/sdp\r\n" : "",
		  strlen(body), body);
}

static void peer_response(const char *status, const char *method,
			  unsigned cseq, const char *body)
{
	peer_send(&peer, subject.port,
		  "SIP/2.0 %s\r\nVia: %s\r\n"
		  "From: <sip:usher@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:p@127.0.0.1>;tag=%s\r\nCall-ID: %s\r\n"
		  "CSeq: %u %s\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "%sContent-Length: %zu\r\n\r\n%s",
		  status, our_via, to_tag, from_tag, call_id, cseq, method,
		  peer.port, *body ? "Content-Type: application/sdp\r\n" : "",
		  strlen(body), body);
}

static int do_ring(void *arg)
{
	(void)arg;
	return usher__leg_ring(subject.ua, subject.leg);
}

static int do_answer(void *arg)
{
	(void)arg;
	return usher__leg_answer(subject.ua, subject.leg);
}

static int do_reject(void *arg)
{
	(void)arg;
	return usher__leg_reject(subject.ua, subject.leg, 486, NULL);
}

static int do_hangup(void *arg)
{
	(void)arg;
	return usher__leg_hangup(subject.ua, subject.leg);
}

static int do_hold(void *arg)
{
	(void)arg;
	return usher__leg_hold(subject.ua, subject.leg, true);
}

static int do_info(void *arg)
{
	(void)arg;
	return usher__leg_info(subject.ua, subject.leg, '1', 0);
}

static int do_call(void *arg)
{
	struct usher__call_opts opts;
	char uri[64];

	(void)arg;
	memset(&opts, 0, sizeof(opts));
	snprintf(uri, sizeof(uri), "sip:p@127.0.0.1:%u", peer.port);
	opts.uri = uri;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

static bool any_leg(struct le *le, void *arg)
{
	*(struct usher__leg **)arg = le->data;
	return true;
}

/* The state of the only leg, also when the application has let go of it. */
static int do_state(void *arg)
{
	struct usher__leg *leg = NULL;

	(void)arg;
	(void)hash_apply(subject.ua->legs, any_leg, &leg);
	return leg ? leg->state : USHER__LEG_ENDED_STATE;
}

/* Afterwards: a request from another socket is answered only when all that
 * was sent before has been handled. */
static int state(void)
{
	static unsigned n;
	struct peer sync;

	n++;
	peer_open(&sync);
	peer_send(
		&sync, subject.port,
		"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKsync%u;rport\r\n"
		"From: <sip:s@127.0.0.1>;tag=s\r\nTo: <sip:x@127.0.0.1>\r\n"
		"Call-ID: sync%u\r\nCSeq: 1 OPTIONS\r\n"
		"Content-Length: 0\r\n\r\n",
		sync.port, n, n);
	ck_assert(peer_expect(&sync, "SIP/2.0 200", WAIT_MS));
	peer_close(&sync);
	usleep(SETTLE_US);
	return subject_call(&subject, do_state, NULL);
}

static void inbound(void)
{
	strcpy(from_tag, "peer");
	strcpy(call_id, "inbound@peer");
	to_tag[0] = '\0';
	invite_cseq = 1;
	peer_request("INVITE", 1, "invite", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 100", WAIT_MS));
	subject_sync(&subject);
}

static void inbound_answer(void)
{
	ck_assert_int_eq(subject_call(&subject, do_answer, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	peer_cut(&peer, "To: <sip:x@127.0.0.1>;tag=", "\r", to_tag,
		 sizeof(to_tag));
	ck_assert(*to_tag);
}

static void outbound(void)
{
	char cseq[16];

	strcpy(from_tag, "peer");
	ck_assert_int_eq(subject_call(&subject, do_call, NULL), 0);
	ck_assert(peer_expect(&peer, "INVITE ", WAIT_MS));
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_cut(&peer, ";tag=", "\r", to_tag, sizeof(to_tag));
	peer_cut(&peer, "Call-ID: ", "\r", call_id, sizeof(call_id));
	peer_cut(&peer, "CSeq: ", " ", cseq, sizeof(cseq));
	invite_cseq = (unsigned)atoi(cseq);
}

/* Bring a leg into a state. */
static void reach(int wanted, bool out)
{
	if (!out) {
		inbound();
		if (wanted == USHER__LEG_INCOMING)
			return;
		if (wanted == USHER__LEG_ALERTING) {
			ck_assert_int_eq(subject_call(&subject, do_ring, NULL),
					 0);
			return;
		}
		inbound_answer();
		if (wanted == USHER__LEG_ACCEPTED)
			return;
		if (wanted == USHER__LEG_LEAVING) {
			subject_call(&subject, do_hangup, NULL);
			return;
		}
		peer_request("ACK", 1, "ack", "");
	} else {
		outbound();
		if (wanted == USHER__LEG_CALLING)
			return;
		peer_response("180 Ringing", "INVITE", invite_cseq, "");
		(void)state();
		if (wanted == USHER__LEG_PROCEEDING)
			return;
		if (wanted == USHER__LEG_CANCELING) {
			subject_call(&subject, do_hangup, NULL);
			return;
		}
		peer_response("200 OK", "INVITE", invite_cseq, sdp);
	}
	(void)state();
	if (wanted == USHER__LEG_UP)
		return;
	subject_call(&subject, do_hangup, NULL);
	if (wanted == USHER__LEG_CLOSING)
		return;
	ck_assert_int_eq(wanted, USHER__LEG_ENDED_STATE);
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	peer_cut(&peer, "Via: ", "\r", our_via, sizeof(our_via));
	peer_send(&peer, subject.port,
		  "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: <sip:a>;tag=a\r\n"
		  "To: <sip:b>;tag=b\r\nCall-ID: %s\r\nCSeq: 9 BYE\r\n"
		  "Content-Length: 0\r\n\r\n",
		  our_via, call_id);
}

/* Do it; returns what the application was told, 0 for the peer's events. */
static int happen(enum event event)
{
	switch (event) {
	case RING:
		return subject_call(&subject, do_ring, NULL);
	case ANSWER:
		return subject_call(&subject, do_answer, NULL);
	case REJECT:
		return subject_call(&subject, do_reject, NULL);
	case HANG_UP:
		return subject_call(&subject, do_hangup, NULL);
	case HOLD:
		return subject_call(&subject, do_hold, NULL);
	case INFO_OUT:
		return subject_call(&subject, do_info, NULL);
	case GOT_180:
		peer_response("180 Ringing", "INVITE", invite_cseq, "");
		return 0;
	case GOT_200:
		peer_response("200 OK", "INVITE", invite_cseq, sdp);
		return 0;
	case GOT_486:
		peer_response("486 Busy Here", "INVITE", invite_cseq, "");
		return 0;
	case GOT_CANCEL:
		peer_request("CANCEL", 1, "invite", "");
		return 0;
	case GOT_ACK:
		peer_request("ACK", 1, "ack", "");
		return 0;
	case GOT_BYE:
		peer_request("BYE", 2, "bye", "");
		return 0;
	case GOT_REINVITE:
		peer_request("INVITE", 2, "again", sdp);
		return 0;
	default:
		peer_response("200 OK", "BYE", invite_cseq + 1, "");
		return 0;
	}
}

/* The input that an event is to the table; -1: none, the state stays. */
static int input_of(enum event event, bool out)
{
	switch (event) {
	case RING:
		return USHER__IN_RING;
	case ANSWER:
		return USHER__IN_ACCEPT;
	case HANG_UP:
		return USHER__IN_HANGUP;
	case GOT_180:
		return out ? USHER__IN_PROVISIONAL : -1;
	case GOT_200:
		return out ? USHER__IN_SUCCESS : -1;
	case GOT_486:
		return out ? USHER__IN_FAILURE : -1;
	case GOT_CANCEL:
		return out ? -1 : USHER__IN_CANCEL;
	case GOT_ACK:
		return out ? -1 : USHER__IN_ACK;
	case GOT_BYE:
		return USHER__IN_BYE;
	default:
		return -1;
	}
}

static int expected(int before, enum event event, bool out)
{
	int input = input_of(event, out), next;

	/* To reject is to hang up before the answer. */
	if (event == REJECT && before <= USHER__LEG_ALERTING)
		return USHER__LEG_ENDED_STATE;
	/* Without a To tag the peer's BYE is outside the dialog; before our
	 * 200 it knows none. */
	if (event == GOT_BYE && (before <= USHER__LEG_ALERTING ||
				 (out && before <= USHER__LEG_CANCELING)))
		return before;
	next = input < 0 ? -1 : usher__leg_next(before, input);
	return next < 0 ? before : next;
}

static const struct {
	int state;
	bool out;
} starts[] = {
	{USHER__LEG_INCOMING, false},    {USHER__LEG_ALERTING, false},
	{USHER__LEG_ACCEPTED, false},    {USHER__LEG_LEAVING, false},
	{USHER__LEG_UP, false},          {USHER__LEG_CLOSING, false},
	{USHER__LEG_CALLING, true},      {USHER__LEG_PROCEEDING, true},
	{USHER__LEG_CANCELING, true},    {USHER__LEG_UP, true},
	{USHER__LEG_CLOSING, true},      {USHER__LEG_ENDED_STATE, true},
	{USHER__LEG_ENDED_STATE, false},
};

/* What the application may ask in a state, else USHER_ESTATE. */
static bool may(int before, enum event event)
{
	switch (event) {
	case RING:
	case ANSWER:
	case REJECT:
		return before <= USHER__LEG_ALERTING;
	case HOLD:
	case INFO_OUT:
		return before == USHER__LEG_UP;
	default:
		return true;
	}
}

START_TEST(every_state__with_every_event)
{
	enum event event;

	for (event = 0; event < EVENTS; event++) {
		int before, after, want, err;
		bool out = starts[_i].out, stale;

		subject_start(&subject, true);
		peer_open(&peer);
		reach(starts[_i].state, out);
		before = state();
		ck_assert_int_eq(before, starts[_i].state);
		/* The application has let go of these. */
		stale = before == USHER__LEG_LEAVING ||
			before == USHER__LEG_CANCELING ||
			before == USHER__LEG_CLOSING ||
			before == USHER__LEG_ENDED_STATE;
		err = happen(event);
		if (event <= INFO_OUT && stale)
			ck_assert_int_eq(err, USHER_ENOENT);
		else if (event <= INFO_OUT)
			ck_assert_msg(
				err == (may(before, event) ? 0 : USHER_ESTATE),
				"state %d, %s: %d", before, event_names[event],
				err);
		want = event <= INFO_OUT && stale
			       ? before
			       : expected(before, event, out);
		after = state();
		ck_assert_msg(after == want, "state %d (%s), %s: %d, not %d",
			      before, out ? "out" : "in", event_names[event],
			      after, want);
		ck_assert_uint_le(subject_told(&subject, USHER__LEG_ENDED), 1);
		if (after == USHER__LEG_ENDED_STATE)
			ck_assert_uint_eq(
				subject_told(&subject, USHER__LEG_ENDED), 1);
		peer_close(&peer);
		subject_stop(&subject);
	}
}
END_TEST

/* The table itself: nothing leaves ENDED, everything can reach it, and only
 * inbound states know CANCEL and ACK. */
START_TEST(table__is_sane)
{
	int s, in, round;
	unsigned reaches = 1u << USHER__LEG_ENDED_STATE;

	for (in = 0; in < USHER__IN_COUNT; in++)
		ck_assert_int_eq(usher__leg_next(USHER__LEG_ENDED_STATE, in),
				 -1);
	for (round = 0; round < USHER__LEG_STATES; round++)
		for (s = 0; s < USHER__LEG_STATES; s++)
			for (in = 0; in < USHER__IN_COUNT; in++) {
				int next = usher__leg_next(s, in);

				if (next >= 0 && reaches & 1u << next)
					reaches |= 1u << s;
			}
	ck_assert_uint_eq(reaches, (1u << USHER__LEG_STATES) - 1);
	ck_assert_int_eq(usher__leg_next(USHER__LEG_CALLING, USHER__IN_CANCEL),
			 -1);
	ck_assert_int_eq(usher__leg_next(USHER__LEG_UP, USHER__IN_CANCEL), -1);
}
END_TEST

static void setup(void)
{
	subject_start(&subject, true);
	peer_open(&peer);
}

static void teardown(void)
{
	peer_close(&peer);
	subject_stop(&subject);
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

int main(void)
{
	Suite *suite = suite_create("leg");
	TCase *walk = tcase_create("walk"), *tc = tcase_create("leg");
	SRunner *runner;
	int failed;

	tcase_set_timeout(walk, 60);
	tcase_add_loop_test(walk, every_state__with_every_event, 0,
			    sizeof(starts) / sizeof(starts[0]));
	tcase_add_test(walk, table__is_sane);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, lost_200__is_sent_again_until_its_ack);
	tcase_add_test(tc, lost_ack__is_sent_again);
	tcase_add_test(tc, glare__gets_491);
	tcase_add_test(tc, refused_hold__is_tried_again_after_glare);
	tcase_add_test(tc, peer__holds_and_resumes);
	tcase_add_test(tc, old_cseq__is_refused);
	tcase_add_test(tc,
		       invite_without_offer__gets_ours_and_answers_in_its_ack);
	tcase_add_test(tc, answer_without_codec__ends_the_call);
	tcase_add_test(tc, refer__is_answered_as_the_application_says);
	tcase_add_test(tc, refer__is_declined_without_an_answer);
	suite_add_tcase(suite, walk);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
