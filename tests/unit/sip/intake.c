/* What belongs to a call goes before a burst of newcomers, of whom those who
 * waited too long are refused. Each newcomer takes a while here, so that a
 * burst lasts longer than the machine's own moods. */
#include <stdatomic.h>

#include "clock.h"
#include "limitpeer.h"

enum {
	BURST = 150,
	SLOW_US = 2000,
	FEW = 5,   /* served before it is overload, on a slow machine, too */
	SOON = 12, /* answers to newcomers that may come before */
	FLOOD = 900,
	PILE = 300, /* responses, at once */
	TURN = 64,  /* datagrams in a turn of the loop … */
	A_TURN = 4, /* … and newcomers */
	OLD_S = 33, /* whoever sent it has given up */
	OLD = 8,
	PADDING = 7000, /* bytes that make newcomers big */
};

static _Atomic unsigned slow_us; /* read by the loop's thread */
static _Atomic int64_t jump_ms;  /* with the next newcomer */

bool __real_usher__admit(struct usher__ua *ua, const struct sip_msg *msg,
			 struct usher__sender *ret);
bool __wrap_usher__admit(struct usher__ua *ua, const struct sip_msg *msg,
			 struct usher__sender *ret);

bool __wrap_usher__admit(struct usher__ua *ua, const struct sip_msg *msg,
			 struct usher__sender *ret)
{
	usleep(slow_us);
	clock_jump(atomic_exchange(&jump_ms, 0));
	return __real_usher__admit(ua, msg, ret);
}

static const char sdp[] = "v=0\r\no=p 1 1 IN IP4 127.0.0.2\r\ns=-\r\n"
			  "c=IN IP4 127.0.0.2\r\nt=0 0\r\n"
			  "m=audio 4000 RTP/AVP 0\r\n";

static char to_tag[64];

/* A request of the trunk's call n; tag: "" or of the other side. */
static void trunk_sends(const char *method, unsigned n, unsigned cseq,
			const char *tag, const char *body)
{
	char branch[32];

	/* CANCEL, and ACK of a refusal, have their INVITE's. */
	snprintf(branch, sizeof(branch), "%u%s", n,
		 *tag && strcmp(tag, "x") ? method : "");
	peer_send(&peer, subject.port,
		  "%s sip:1000@center.test SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP " FROM ":%u;branch=z9hG4bK%s\r\n"
		  "From: <sip:x@elsewhere.test>;tag=p\r\n"
		  "To: <sip:1000@center.test>%s%s\r\nCall-ID: n%u\r\n"
		  "CSeq: %u %s\r\nContact: <sip:x@" FROM ":%u>\r\n"
		  "Max-Forwards: 70\r\nContent-Type: application/sdp\r\n"
		  "Content-Length: %zu\r\n\r\n%s",
		  method, peer.port, branch, *tag ? ";tag=" : "", tag, n, cseq,
		  method, peer.port, strlen(body), body);
}

static int add_trunk(void *arg)
{
	const struct usher__trunk_opts opts = {.name = "t", .sources = FROM};
	uint32_t id;

	(void)arg;
	return usher__ua_trunk_add(subject.ua, &opts, &id, NULL);
}

static int do_answer(void *arg)
{
	(void)arg;
	return usher__leg_answer(subject.ua, subject.leg);
}

/* A trunk at the peer, with a call, number 0, that goes on. */
static void setup(int32_t overload_ms)
{
	const struct usher__limits limits = {
		.allow = "",
		.stranger_requests = -1,
		.stranger_calls = -1,
		.trunk_requests = -1,
		.trunk_calls = -1,
		.failures = -1,
		.overload_ms = overload_ms,
	};

	slow_us = 0;
	begin(&limits);
	ck_assert_int_eq(subject_call(&subject, add_trunk, NULL), 0);
	trunk_sends("INVITE", 0, 1, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 100", WAIT_MS));
	subject_sync(&subject);
	ck_assert_int_eq(subject_call(&subject, do_answer, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	peer_cut(&peer, "To: <sip:1000@center.test>;tag=", "\r", to_tag,
		 sizeof(to_tag));
	ck_assert(*to_tag);
	trunk_sends("ACK", 0, 1, to_tag, "");
	subject_answers(&subject, 486);
	slow_us = SLOW_US;
}

/* Calls 1 to BURST, and then what belongs to call 0, in one breath. */
static int burst_with_options(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 1; i <= BURST; i++)
		trunk_sends("INVITE", i, 1, "", sdp);
	trunk_sends("OPTIONS", 0, 2, to_tag, "");
	return 0;
}

struct answers {
	unsigned served, refused; /* of newcomers */
	unsigned before;          /* of them, before the call's own */
};

static bool says(const char *text)
{
	return strstr(peer.last, text) != NULL;
}

/* Until all have theirs, and the call's has come. */
static struct answers take_answers(unsigned newcomers, const char *own)
{
	struct answers n = {0, 0, 0};
	bool come = false;

	while (!come || n.served + n.refused < newcomers) {
		ck_assert(peer_expect(&peer, "", WAIT_MS));
		if (!come && says(own)) {
			come = true;
			n.before = n.served + n.refused;
		} else if (!strncmp(peer.last, "SIP/2.0 486", 11)) {
			n.served++;
			trunk_sends(
				"ACK",
				(unsigned)atoi(
					strstr(peer.last, "Call-ID: n") + 10),
				1, "x", "");
		} else if (!strncmp(peer.last, "SIP/2.0 503", 11)) {
			ck_assert(says("Retry-After: "));
			n.refused++;
		}
	}
	return n;
}

START_TEST(burst__lets_go_first_what_belongs_to_a_call)
{
	struct answers n;

	setup(-1);
	ck_assert_int_eq(subject_call(&subject, burst_with_options, NULL), 0);
	n = take_answers(BURST, "2 OPTIONS");
	ck_assert_uint_le(n.before, SOON);
	/* Nobody is refused where nobody is to be. */
	ck_assert_uint_eq(n.served, BURST);
	teardown();
}
END_TEST

static void send_response(void)
{
	peer_send(&peer, subject.port,
		  "SIP/2.0 200 OK\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKr\r\n"
		  "From: <sip:x@center.test>;tag=r\r\n"
		  "To: <sip:x@elsewhere.test>;tag=p\r\nCall-ID: r\r\n"
		  "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
		  subject.port);
}

static int burst_with_response(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 1; i <= BURST; i++)
		trunk_sends("INVITE", i, 1, "", sdp);
	send_response();
	return 0;
}

/* Whatever it answers: not only a call has responses. */
START_TEST(burst__lets_responses_go_first)
{
	struct usher__ua_counters n;
	unsigned before;

	setup(-1);
	before = (unsigned)subject_counters(&subject).requests_in;
	ck_assert_int_eq(subject_call(&subject, burst_with_response, NULL), 0);
	/* many of the burst have had no turn when it comes, however late this
	 * is seen */
	do {
		n = subject_counters(&subject);
	} while (!n.responses_in);
	ck_assert_uint_le(n.requests_in, before + BURST / 2);
	teardown();
}
END_TEST

/* A burst that lasts is overload: the first are served, those who waited are
 * refused, and what belongs to the call has its answer. */
START_TEST(burst__refuses_those_who_waited)
{
	struct answers n;

	setup(10);
	ck_assert_int_eq(subject_call(&subject, burst_with_options, NULL), 0);
	n = take_answers(BURST, "2 OPTIONS");
	ck_assert_uint_le(n.before, SOON);
	ck_assert_uint_gt(n.served, 0);
	ck_assert_uint_gt(n.refused, n.served / 2);
	ck_assert_uint_eq(subject_counters(&subject).overloaded, n.refused);
	ck_assert_uint_eq(told(USHER__SECURITY_OVERLOAD), 1);
	/* Nobody waits now, so the next one is served; it is over when that
	 * has been so for a while, whether anybody comes or not. */
	slow_us = 0;
	trunk_sends("INVITE", BURST + 1, 1, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 486", WAIT_MS));
	while (!told(USHER__SECURITY_OVERLOAD_END))
		usleep(1000);
	teardown();
}
END_TEST

/* Those who come all at once and are soon served have waited, too. */
static int short_burst(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 1; i <= FEW; i++)
		trunk_sends("INVITE", i, 1, "", sdp);
	trunk_sends("OPTIONS", 0, 2, to_tag, "");
	return 0;
}

START_TEST(burst__that_is_short_is_served)
{
	struct answers n;

	setup(1);
	ck_assert_int_eq(subject_call(&subject, short_burst, NULL), 0);
	n = take_answers(FEW, "2 OPTIONS");
	ck_assert_uint_eq(n.served, FEW);
	teardown();
}
END_TEST

static int burst_of_strangers(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < BURST; i++)
		send_as(&other, "INVITE", "1000", "");
	for (i = 1; i <= FEW; i++)
		trunk_sends("INVITE", i, 1, "", sdp);
	trunk_sends("OPTIONS", 0, 2, to_tag, "");
	return 0;
}

START_TEST(burst__of_strangers_lets_a_trunk_go_first)
{
	unsigned served = 0, refused = 0;
	struct answers n;

	setup(10);
	ck_assert_int_eq(subject_call(&subject, burst_of_strangers, NULL), 0);
	n = take_answers(FEW, "2 OPTIONS");
	ck_assert_uint_eq(n.served, FEW);
	/* Now few of the strangers have been looked at. */
	ck_assert_uint_lt(subject_counters(&subject).requests_in,
			  FEW + BURST / 2);
	while (served + refused < BURST) {
		ck_assert(peer_expect(&other, "SIP/2.0", WAIT_MS));
		if (!strncmp(other.last, "SIP/2.0 503", 11))
			refused++;
		else
			served++;
	}
	ck_assert_uint_gt(refused, 0);
	teardown();
}
END_TEST

static int burst_of_a_trunk(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 1; i <= BURST; i++)
		trunk_sends("INVITE", i, 1, "", sdp);
	send_as(&other, "OPTIONS", "first", "");
	return 0;
}

START_TEST(burst__of_a_trunk_leaves_strangers_a_turn)
{
	setup(-1);
	ck_assert_int_eq(subject_call(&subject, burst_of_a_trunk, NULL), 0);
	ck_assert(peer_expect(&other, "SIP/2.0 200", WAIT_MS));
	ck_assert_uint_lt(subject_counters(&subject).requests_in, BURST / 2);
	teardown();
}
END_TEST

static int burst_with_cancel(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 1; i <= 3; i++)
		trunk_sends("INVITE", i, 1, "", sdp);
	trunk_sends("CANCEL", 3, 1, "", "");
	return 0;
}

/* It does not overtake what it cancels. */
START_TEST(cancel__waits_behind_its_invite)
{
	setup(-1);
	subject_answers(&subject, 0);
	ck_assert_int_eq(subject_call(&subject, burst_with_cancel, NULL), 0);
	do {
		ck_assert(peer_expect(&peer, "SIP/2.0", WAIT_MS));
	} while (!says("1 CANCEL"));
	ck_assert_msg(!strncmp(peer.last, "SIP/2.0 200", 11), "%s", peer.last);
	while (strncmp(peer.last, "SIP/2.0 487", 11))
		ck_assert(peer_expect(&peer, "SIP/2.0", WAIT_MS));
	ck_assert(says("Call-ID: n3\r"));
	teardown();
}
END_TEST

/* What waits has a limit, beyond which it is dropped and counted. */
START_TEST(newcomers__have_a_limit)
{
	static char body[PADDING + 1];
	unsigned i;

	setup(-1);
	memset(body, 'x', PADDING);
	for (i = 1; i <= FLOOD; i++) {
		trunk_sends("INVITE", i, 1, "", body);
		usleep(100);
	}
	trunk_sends("OPTIONS", 0, 2, to_tag, "");
	do {
		ck_assert(peer_expect(&peer, "SIP/2.0", WAIT_MS));
	} while (!says("2 OPTIONS"));
	ck_assert_uint_gt(subject_counters(&subject).limited, 0);
	teardown();
}
END_TEST

static int old_ones(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 1; i <= OLD; i++)
		trunk_sends("INVITE", i, 1, "", sdp);
	return 0;
}

/* All are read before the first one's turn, in which so much time passes. */
START_TEST(newcomers__whose_sender_has_given_up_are_dropped)
{
	unsigned n;

	setup(-1);
	slow_us = 0;
	jump_ms = OLD_S * 1000;
	ck_assert_int_eq(subject_call(&subject, old_ones, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 486", WAIT_MS));
	ck_assert(says("Call-ID: n1\r"));
	trunk_sends("INVITE", OLD + 1, 1, "", sdp);
	do {
		ck_assert(peer_expect(&peer, "SIP/2.0 486", WAIT_MS));
		n = (unsigned)atoi(strstr(peer.last, "Call-ID: n") + 10);
		ck_assert(n == 1 || n == OLD + 1);
	} while (n != OLD + 1);
	ck_assert_uint_eq(subject_counters(&subject).limited, OLD - 1);
	teardown();
}
END_TEST

static struct usher__timer *each_turn;
static struct usher__ua_counters last_turn;
static uint64_t most_responses, most_requests;

static void at_each_turn(void *arg)
{
	struct usher__ua_counters now;
	uint64_t responses, requests;

	(void)arg;
	usher__ua_count(subject.ua, &now);
	responses = now.responses_in - last_turn.responses_in;
	requests = now.requests_in - last_turn.requests_in;
	if (responses > most_responses)
		most_responses = responses;
	if (requests > most_requests)
		most_requests = requests;
	last_turn = now;
	usher__timer_start(each_turn, 0);
}

static int count_turns(void *arg)
{
	(void)arg;
	ck_assert_int_eq(
		usher__timer_new(&each_turn, subject.loop, at_each_turn, NULL),
		0);
	return 0;
}

static int stop_counting(void *arg)
{
	(void)arg;
	usher__timer_free(each_turn);
	return 0;
}

static int pile(void *arg)
{
	unsigned i;

	(void)arg;
	usher__ua_count(subject.ua, &last_turn);
	most_responses = most_requests = 0;
	usher__timer_start(each_turn, 0);
	for (i = 0; i < PILE; i++)
		send_response();
	for (i = 1; i <= BURST; i++)
		trunk_sends("INVITE", i, 1, "", sdp);
	return 0;
}

/* Timers, and other sockets, have a turn however much there is. */
START_TEST(turn__of_the_loop_has_an_end)
{
	setup(-1);
	slow_us = 0;
	(void)subject_call(&subject, count_turns, NULL);
	(void)subject_call(&subject, pile, NULL);
	(void)take_answers(BURST, "");
	(void)subject_call(&subject, stop_counting, NULL);
	ck_assert_uint_eq(subject_counters(&subject).responses_in, PILE);
	ck_assert_uint_le(most_responses, TURN);
	ck_assert_uint_le(most_requests, A_TURN);
	teardown();
}
END_TEST

static void look_for(const char *text, const char *wanted)
{
	struct pl found;
	bool within, is;

	is = usher__guard_call_id(text, strlen(text), &found, &within);

	if (!wanted) {
		ck_assert(!is);
		return;
	}
	ck_assert(is);
	ck_assert_int_eq(pl_strcmp(&found, wanted), 0);
}

static bool is_within(const char *text)
{
	struct pl found;
	bool within;

	return usher__guard_call_id(text, strlen(text), &found, &within) &&
	       within;
}

/* A new request may have the Call-ID of a call, but no tag of ours. */
START_TEST(call_id__alone_is_not_within_a_call)
{
	ck_assert(is_within("BYE sip:x SIP/2.0\r\nTo: <sip:x>;tag=1\r\n"
			    "Call-ID: a\r\n\r\n"));
	ck_assert(is_within("BYE sip:x SIP/2.0\r\nCall-ID: a\r\n"
			    "t: <sip:x> ; tag=1\r\n\r\n"));
	ck_assert(!is_within("INVITE sip:x SIP/2.0\r\nTo: <sip:x>\r\n"
			     "From: <sip:y>;tag=1\r\nCall-ID: a\r\n\r\n"));
	ck_assert(!is_within("BYE sip:x SIP/2.0\r\nTo: x;tag=1\r\n\r\n"));
}
END_TEST

START_TEST(call_id__is_found_where_it_stands)
{
	look_for("BYE sip:x SIP/2.0\r\nCall-ID: a@b\r\n\r\n", "a@b");
	look_for("BYE sip:x SIP/2.0\r\nTo: x\r\ni : \t a b \t\r\n", "a b");
	look_for("BYE sip:x SIP/2.0\ncall-id:a", "a");
	look_for("BYE sip:x SIP/2.0\r\nCall-ID: a\r\nCall-ID: b\r\n", "a");
	look_for("BYE sip:x SIP/2.0\r\nCall-ID:\r\n\r\n", NULL);
	look_for("BYE sip:x SIP/2.0\r\nCall-ID: \t \r\n\r\n", NULL);
	look_for("BYE sip:x SIP/2.0\r\nCall-IDs: a\r\n\r\nCall-ID: b\r\n",
		 NULL);
	look_for("Call-ID: a", NULL);
	look_for("", NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_intake");
	TCase *tc = tcase_create("intake");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
#ifdef USHER_LIBRE_PRIVATE
	tcase_add_test(tc, burst__lets_go_first_what_belongs_to_a_call);
	tcase_add_test(tc, burst__lets_responses_go_first);
	tcase_add_test(tc, burst__refuses_those_who_waited);
	tcase_add_test(tc, burst__that_is_short_is_served);
	tcase_add_test(tc, burst__of_strangers_lets_a_trunk_go_first);
	tcase_add_test(tc, burst__of_a_trunk_leaves_strangers_a_turn);
	tcase_add_test(tc, cancel__waits_behind_its_invite);
	tcase_add_test(tc, newcomers__have_a_limit);
	tcase_add_test(tc, newcomers__whose_sender_has_given_up_are_dropped);
	tcase_add_test(tc, turn__of_the_loop_has_an_end);
#endif
	tcase_add_test(tc, call_id__is_found_where_it_stands);
	tcase_add_test(tc, call_id__alone_is_not_within_a_call);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
