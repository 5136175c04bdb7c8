/* A leg in each state with each event: what the table says is what happens
 * on the wire and to the application. */
#include "legpeer.h"

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
	GOT_UPDATE,
	GOT_PRACK,
	GOT_RELIABLE,
	GOT_BYE_ANSWER,
	GOT_NOTIFY_ANSWER,
	EVENTS
};

static const char *const event_names[EVENTS] = {
	"ring",         "answer",     "reject",        "hang up", "hold",
	"info",         "180",        "200",           "486",     "CANCEL",
	"ACK",          "BYE",        "re-INVITE",     "UPDATE",  "PRACK",
	"reliable 183", "200 of BYE", "200 of NOTIFY",
};

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
	case GOT_UPDATE:
		peer_request("UPDATE", 2, "update", sdp);
		return 0;
	case GOT_PRACK:
		peer_ask("PRACK", 2, "RAck: 1 1 INVITE\r\n", "");
		return 0;
	case GOT_RELIABLE:
		peer_answer("183 Progress", "INVITE", invite_cseq,
			    "Require: 100rel\r\nRSeq: 1\r\n", sdp);
		return 0;
	case GOT_NOTIFY_ANSWER:
		peer_response("200 OK", "NOTIFY", invite_cseq + 1, "");
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
	case GOT_RELIABLE:
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
	case GOT_NOTIFY_ANSWER:
		return USHER__IN_PARTED;
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
	{USHER__LEG_ENDED_STATE, false}, {USHER__LEG_PARTING, false},
	{USHER__LEG_PARTING, true},
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
			before == USHER__LEG_PARTING ||
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

/* What the leg's owner keeps beside it. */
static int owner;

static int do_own(void *arg)
{
	return usher__leg_set_arg(subject.ua, subject.leg, arg);
}

/* The owner goes between the end of its leg and the next turn of the loop, in
 * which that is told: not to memory that is gone. */
static int do_end_and_go(void *arg)
{
	(void)arg;
	ck_assert_int_eq(usher__leg_hangup(subject.ua, subject.leg), 0);
	ck_assert_ptr_null(usher__leg_arg(subject.ua, subject.leg));
	return usher__leg_set_arg(subject.ua, subject.leg, NULL);
}

START_TEST(owner__that_goes_before_the_end_is_told_is_told_nothing)
{
	leg_setup();
	reach(USHER__LEG_UP, _i);
	ck_assert_int_eq(subject_call(&subject, do_own, &owner), 0);
	ck_assert_int_eq(subject_call(&subject, do_end_and_go, NULL), 0);
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	subject_sync(&subject);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_ptr_null(subject.owner);
	/* Told it is nobody's. */
	ck_assert_int_eq(subject_call(&subject, do_own, &owner), USHER_ENOENT);
	leg_teardown();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("leg");
	TCase *walk = tcase_create("walk");
	SRunner *runner;
	int failed;

	tcase_set_timeout(walk, 60);
	tcase_add_loop_test(walk, every_state__with_every_event, 0,
			    sizeof(starts) / sizeof(starts[0]));
	tcase_add_test(walk, table__is_sane);
	tcase_add_loop_test(
		walk, owner__that_goes_before_the_end_is_told_is_told_nothing,
		0, 2);
	suite_add_tcase(suite, walk);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
