/* Nothing that was accepted stays without an outcome, and nothing that the
 * core decided without its effect. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "center/inbox.h"
#include "center/party.h"
#include "center/session.h"
#include "disk.h"
#include "sip/loop.h"
#include "stage.h"

static struct stage s;

static void setup(void)
{
	stage_setup(&s);
	stage_open(&s, true);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void caused(const struct usher_event *ev, uint64_t request,
		   uint32_t actor, uint64_t actor_id)
{
	ck_assert_uint_eq(ev->cause, request);
	ck_assert_uint_eq(ev->actor, actor);
	ck_assert_uint_eq(ev->actor_id, actor_id);
}

START_TEST(outcome__has_its_request_as_its_cause)
{
	uint64_t id = stage_post(&s, (uint32_t)_i, s.ann, 99, 99, "300");

	caused(stage_done(&s, id), id, USHER_BY_AGENT, s.ann);
}
END_TEST

START_TEST(outcome__of_a_configuration_has_its_request_as_its_cause)
{
	uint64_t id;

	ck_assert_int_eq(
		usher_center_configure(s.center, stage_config(&s), &id, NULL),
		0);
	caused(stage_done(&s, id), id, USHER_BY_CONFIG, 0);
}
END_TEST

/* The words of a request's refusal. */
static void refused_with(uint32_t type, uint64_t agent, uint64_t contact,
			 const char *text, const char *words)
{
	uint64_t request = stage_post(&s, type, agent, contact, 0, text);
	const struct usher_event *ev = stage_done(&s, request);
	const char *reason = NULL;
	char expected[128];
	int64_t result = 0;
	size_t len = 0;

	usher_event_i64(ev, USHER_F_RESULT, &result);
	ck_assert_int_eq(result, USHER_ESTATE);
	ck_assert_int_eq(usher_event_str(ev, USHER_F_REASON, &reason, &len),
			 0);
	snprintf(expected, sizeof(expected), words, (unsigned long)contact);
	ck_assert_msg(len == strlen(expected) &&
			      !memcmp(reason, expected, len),
		      "%.*s, not %s", (int)len, reason, expected);
}

static void refused(uint32_t type, uint64_t agent, uint64_t contact,
		    const char *words)
{
	refused_with(type, agent, contact, "x", words);
}

START_TEST(refusal__says_which_state_refused_what)
{
	uint64_t customer, contact;

	refused(USHER_REQ_WRAP_UP_END, s.ann, 0,
		"wrap-up-end: agent 'ann' is signed out");
	stage_talk(&s, &customer, &contact);
	refused(USHER_REQ_RESUME, s.ann, contact,
		"resume: contact %lu is talking; agent 'ann' is ready, "
		"talking");
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HOLD, s.ann, contact, NULL),
			 0);
	refused(USHER_REQ_HOLD, s.ann, contact,
		"hold: contact %lu is on hold; agent 'ann' is ready, talking");
	refused(USHER_REQ_HANG_UP, s.bob, contact,
		"hang-up: contact %lu is on hold with agent 'ann'; "
		"agent 'bob' is signed out");
	refused(USHER_REQ_ASSIGN, s.bob, contact,
		"assign: contact %lu is on hold with agent 'ann'; "
		"agent 'bob' is signed out");
	refused_with(USHER_REQ_CONSULT, s.ann, contact, "bob",
		     "consult: contact %lu is on hold; agent 'ann' is ready, "
		     "talking; agent 'bob' is signed out");
	refused_with(USHER_REQ_TRANSFER, s.ann, contact, "202",
		     "transfer: contact %lu is on hold; agent 'ann' is ready, "
		     "talking; agent 'bob' is signed out");
}
END_TEST

static uint64_t send_text(uint64_t contact)
{
	return stage_post(&s, USHER_REQ_SEND, s.ann, contact, 0, "hello");
}

static void sent(uint64_t request, int result)
{
	const struct usher_event *ev = stage_done(&s, request);
	int64_t was = 1;

	caused(ev, request, USHER_BY_AGENT, s.ann);
	ck_assert_int_eq(usher_event_i64(ev, USHER_F_RESULT, &was), 0);
	ck_assert_int_eq(was, result);
}

START_TEST(outcome__of_a_message_has_its_request_as_its_cause)
{
	uint64_t contact, leg, request;
	struct fake_verb verb;
	size_t from = 0;

	leg = stage_chat(&s, &contact);
	sent(send_text(contact), 0);
	fake_set(&s.chat, &s.chat.fail, "send");
	sent(send_text(contact), USHER_EIO);
	fake_set(&s.chat, &s.chat.fail, NULL);
	fake_set(&s.chat, &s.chat.mute, "send");
	ck_assert(fake_wait(&s.chat, "send", leg, &from, NULL));
	ck_assert(fake_wait(&s.chat, "send", leg, &from, NULL));
	request = send_text(contact);
	ck_assert(fake_wait(&s.chat, "send", leg, &from, &verb));
	usher_channel_done(s.chat.channel, verb.req, USHER_ETIMEDOUT, 0);
	sent(request, USHER_ETIMEDOUT);
	request = send_text(contact);
	ck_assert(fake_wait(&s.chat, "send", leg, &from, NULL));
	usher_channel_ended(s.chat.channel, leg, USHER_LEG_LOST);
	sent(request, USHER_ECANCELED);
}
END_TEST

START_TEST(outcome__of_a_message_comes_when_the_center_stops)
{
	uint64_t contact, leg, request;

	leg = stage_chat(&s, &contact);
	fake_set(&s.chat, &s.chat.mute, "send");
	request = send_text(contact);
	ck_assert(fake_wait(&s.chat, "send", leg, NULL, NULL));
	s.chat.mute_end = true;
	usher_host_stop(s.host);
	sent(request, USHER_ECANCELED);
}
END_TEST

START_TEST(outcome__that_is_outstanding_counts_as_a_request)
{
	struct usher_request more = {.size = sizeof(more),
				     .type = USHER_REQ_SIGN_IN};
	uint64_t contact, leg, first = 0;
	struct fake_verb verb, one;
	size_t from = 0, i;

	leg = stage_chat(&s, &contact);
	fake_set(&s.chat, &s.chat.mute, "send");
	for (i = 0; i < USHER__REQUESTS_MAX; i++) {
		first = first ? (send_text(contact), first)
			      : send_text(contact);
		ck_assert(fake_wait(&s.chat, "send", leg, &from, &verb));
		if (!i)
			one = verb;
	}
	ck_assert_int_eq(usher_center_request(s.center, &more, NULL, NULL),
			 USHER_EAGAIN);
	usher_channel_done(s.chat.channel, one.req, 0, 0);
	sent(first, 0);
	ck_assert_int_eq(usher_center_request(s.center, &more, NULL, NULL), 0);
}
END_TEST

static void count_parties(struct usher_center *center, void *arg)
{
	*(unsigned *)arg = HASH_COUNT(center->parties);
}

START_TEST(outcome__of_an_end_that_the_driver_does_not_know_is_the_end)
{
	uint64_t customer, contact,
		phone = stage_talk(&s, &customer, &contact);
	unsigned count = 9;

	s.phone.mute_end = true;
	fake_set(&s.phone, &s.phone.fail, "end");
	usher_channel_ended(s.phone.channel, phone, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_LEG_ENDED, contact);
	ck_assert_uint_eq(
		stage_u64(stage_event(&s, USHER_EV_LEG_ENDED, contact),
			  USHER_F_LEG),
		customer);
	stage_inside(&s, count_parties, &count);
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* A driver that has just said that a leg is over knows it no more. */
START_TEST(outcome__of_an_end_that_came_too_late_is_what_the_driver_said)
{
	uint64_t customer, contact,
		phone = stage_talk(&s, &customer, &contact);
	const struct usher_event *ev;
	const char *reason;

	fake_set(&s.phone, &s.phone.fail, "end");
	usher_channel_ended(s.phone.channel, phone, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_LEG_ENDED, contact);
	ev = stage_event(&s, USHER_EV_LEG_ENDED, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_LEG), customer);
	ck_assert_int_eq(usher_event_str(ev, USHER_F_REASON, &reason, NULL),
			 0);
	ck_assert_str_eq(reason, "normal");
}
END_TEST

START_TEST(outcome__of_a_leg_says_how_good_it_was)
{
	uint64_t customer, contact,
		phone = stage_talk(&s, &customer, &contact);
	struct usher_channel_quality quality = {
		.size = sizeof(quality),
		.packets = 1000,
		.lost = 12,
		.peer_lost = 3,
		.jitter_us = 4500,
		.peer_jitter_us = 700,
		.rtt_us = 31000,
		.mos = 421,
		.peer_mos = 437,
		.r_factor = 856,
		.peer_r_factor = 911,
	};
	const struct usher_event *ev;

	ck_assert_int_eq(usher_channel_quality(NULL, phone, &quality),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_channel_quality(s.phone.channel, phone, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(
		usher_channel_quality(s.phone.channel, phone, &quality), 0);
	/* Of a leg that nobody knows, nothing. */
	ck_assert_int_eq(
		usher_channel_quality(s.phone.channel, 987654, &quality), 0);
	usher_channel_ended(s.phone.channel, phone, USHER_LEG_NORMAL);
	ev = stage_event(&s, USHER_EV_LEG_QUALITY, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_LEG), phone);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_SIDE), USHER_SIDE_AGENT);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_COUNT), 1000);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_BYTES_LOST), 12);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_JITTER), 4500);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_ROUND_TRIP), 31000);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_MOS), 421);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PEER_LOST), 3);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PEER_JITTER), 700);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PEER_MOS), 437);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_R_FACTOR), 856);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PEER_R_FACTOR), 911);
	ev = stage_event(&s, USHER_EV_LEG_ENDED, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_LEG), phone);
}
END_TEST

/* More happens in one turn than the ring of reactions holds. */
START_TEST(outcome__of_what_the_core_decides_waits_for_room)
{
	enum { CALLERS = 40 };
	uint64_t legs[CALLERS];
	unsigned count = 0;
	size_t i, before;

	stage_close(&s);
	s.reaction_cap = 3;
	stage_open(&s, false);
	stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL);
	for (i = 0; i < CALLERS; i++)
		legs[i] = stage_arrive(&s.phone, "1001", "555");
	for (i = 0; i < CALLERS; i++)
		stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	/* The loop stands still in a verb while all of them leave. */
	pthread_mutex_lock(&s.phone.lock);
	before = s.phone.count;
	s.phone.stop = true;
	pthread_mutex_unlock(&s.phone.lock);
	stage_arrive(&s.phone, "777", "nobody");
	ck_assert(fake_wait(&s.phone, "refuse", 0, &before, NULL));
	for (i = 0; i < CALLERS; i++)
		usher_channel_ended(s.phone.channel, legs[i],
				    USHER_LEG_CANCELED);
	pthread_mutex_lock(&s.phone.lock);
	s.phone.stop = false;
	pthread_cond_broadcast(&s.phone.changed);
	pthread_mutex_unlock(&s.phone.lock);
	for (i = 0; i < CALLERS; i++)
		stage_event(&s, USHER_EV_CONTACT_CLOSED, 0);
	stage_ask(&s, USHER_REQ_SIGN_OUT, s.ann, 0, NULL);
	stage_inside(&s, count_parties, &count);
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* As if the core had refused what a session did. */
static void lose_session(struct usher_center *center, void *arg)
{
	usher__session_free(center,
			    usher__session_find(center, *(uint64_t *)arg));
	usher__took(center, USHER_ENOMEM);
	usher__center_ring_bell(center);
}

static void lose_end(struct usher_center *center, void *arg)
{
	struct session *session =
		usher__session_find(center, *(uint64_t *)arg);

	usher__session_move(session, SESSION_OVER);
	usher__took(center, USHER_EAGAIN);
	usher__center_ring_bell(center);
}

static void lose_leave(struct usher_center *center, void *arg)
{
	struct session *session =
		usher__session_find(center, *(uint64_t *)arg);

	session->agent = NULL;
	session->agent_id = session->agent_segment = 0;
	usher__session_move(session, SESSION_FLOW);
	usher__took(center, USHER_ENOMEM);
	usher__center_ring_bell(center);
}

START_TEST(outcome__of_what_the_core_refused_is_made_good)
{
	uint64_t customer, contact;

	stage_arrive(&s.phone, "1001", "555");
	contact = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	stage_inside(&s, lose_session, &contact);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	stage_arrive(&s.phone, "1001", "556");
	contact = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	stage_inside(&s, lose_end, &contact);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	stage_talk(&s, &customer, &contact);
	stage_inside(&s, lose_leave, &contact);
	stage_event(&s, USHER_EV_WRAPUP_STARTED, contact);
	ck_assert(fake_wait(&s.phone, "end", customer, NULL, NULL));
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_WRAP_UP_END, s.ann, 0, NULL),
			 0);
}
END_TEST

/* A restart kept its place, but neither could the core detach it nor end it.
 */
static void lose_detach(struct usher_center *center, void *arg)
{
	struct session *session =
		usher__session_find(center, *(uint64_t *)arg);

	usher__party_free(center, session->customer);
	usher__session_move(session, SESSION_LOST);
	usher__took(center, USHER_ENOMEM);
	usher__center_ring_bell(center);
}

static void mend_again(struct usher_center *center, void *arg)
{
	(void)arg;
	usher__took(center, USHER_ENOMEM);
	usher__center_ring_bell(center);
}

START_TEST(outcome__of_a_place_that_was_kept_is_no_offer)
{
	uint64_t lost, here;

	stage_arrive(&s.phone, "1001", "555");
	lost = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	stage_inside(&s, lose_detach, &lost);
	stage_event(&s, USHER_EV_CONTACT_DETACHED, lost);
	stage_arrive(&s.phone, "1001", "556");
	here = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	stage_post(&s, USHER_REQ_SIGN_IN, s.ann, 0, 0, NULL);
	ck_assert_uint_eq(stage_event(&s, USHER_EV_OFFER_MADE, 0)->contact,
			  here);
	/* Mended once, it is left alone. */
	stage_inside(&s, mend_again, NULL);
	stage_arrive(&s.phone, "1001", "555");
	stage_event(&s, USHER_EV_CONTACT_ATTACHED, lost);
}
END_TEST

/* What goes well is left alone. */
START_TEST(outcome__of_a_conversation_is_not_touched_by_that)
{
	uint64_t customer, contact, other;

	stage_talk(&s, &customer, &contact);
	stage_arrive(&s.phone, "1000", "557");
	stage_event(&s, USHER_EV_FLOW_STEP, 0);
	stage_arrive(&s.phone, "1001", "556");
	other = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	stage_inside(&s, lose_end, &other);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, other);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HOLD, s.ann, contact, NULL),
			 0);
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

static void tell_health(int health)
{
	disk_tell(usher_center_store(s.center), health);
}

static int mail_comes(void)
{
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival), .entry = "words", .from = "eve"};
	uint64_t leg;

	return usher_channel_arrived(s.mail.channel, &arrival, &leg);
}

START_TEST(outcome__of_a_bad_disk_is_that_mail_waits_outside)
{
	const struct usher_event *ev;
	const char *reason;
	int i;

	for (i = 0; i < 2; i++) {
		tell_health(USHER_STORE_DEGRADED);
		ev = stage_event(&s, USHER_EV_DEGRADED, 0);
		ck_assert_int_eq(
			usher_event_str(ev, USHER_F_REASON, &reason, NULL), 0);
		ck_assert_str_eq(reason, "the disk is full");
		ck_assert_int_eq(mail_comes(), USHER_EFULL);
		/* A person at the other end is not sent away. */
		stage_arrive(&s.phone, "1001", "555");
		stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
		stage_arrive(&s.chat, "words", "eve");
		stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
		tell_health(USHER_STORE_RECOVERED);
		stage_event(&s, USHER_EV_RESTORED, 0);
		ck_assert_int_eq(mail_comes(), 0);
		stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	}
}
END_TEST

START_TEST(outcome__of_a_bad_disk_is_told_when_the_inbox_is_full)
{
	size_t before, i;
	uint64_t leg;

	leg = stage_arrive(&s.phone, "1000", "555");
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	pthread_mutex_lock(&s.phone.lock);
	before = s.phone.count;
	s.phone.stop = true;
	pthread_mutex_unlock(&s.phone.lock);
	stage_arrive(&s.phone, "777", "nobody");
	ck_assert(fake_wait(&s.phone, "refuse", 0, &before, NULL));
	for (i = 0; i < USHER__INBOX_MAX; i++)
		usher_channel_held(s.phone.channel, leg, 1);
	tell_health(USHER_STORE_DEGRADED);
	pthread_mutex_lock(&s.phone.lock);
	s.phone.stop = false;
	pthread_cond_broadcast(&s.phone.changed);
	pthread_mutex_unlock(&s.phone.lock);
	stage_event(&s, USHER_EV_DEGRADED, 0);
	tell_health(USHER_STORE_RECOVERED);
	stage_event(&s, USHER_EV_RESTORED, 0);
}
END_TEST

static void nothing(void *arg)
{
	(void)arg;
}

/* Drivers are told that their report was taken, so it is looked at, however
 * much else waits for the loop. */
START_TEST(outcome__of_a_report_is_there_when_the_loop_is_full)
{
	size_t before;
	uint64_t leg;

	/* Nothing that has a time of its own. */
	leg = stage_arrive(&s.phone, "1001", "555");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	pthread_mutex_lock(&s.phone.lock);
	before = s.phone.count;
	s.phone.stop = true;
	pthread_mutex_unlock(&s.phone.lock);
	stage_arrive(&s.phone, "777", "nobody");
	ck_assert(fake_wait(&s.phone, "refuse", 0, &before, NULL));
	while (!usher__loop_post(s.host->loop, nothing, NULL))
		;
	ck_assert_int_eq(
		usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL),
		0);
	pthread_mutex_lock(&s.phone.lock);
	s.phone.stop = false;
	pthread_cond_broadcast(&s.phone.changed);
	pthread_mutex_unlock(&s.phone.lock);
	while (stage_u64(stage_event(&s, USHER_EV_LEG_ENDED, 0),
			 USHER_F_LEG) != leg)
		;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("outcome");
	TCase *tc = tcase_create("outcome");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 100);
	tcase_add_loop_test(tc, outcome__has_its_request_as_its_cause,
			    USHER_REQ_SIGN_IN, USHER_REQ_ASSIGN + 1);
	tcase_add_test(tc, refusal__says_which_state_refused_what);
	tcase_add_test(
		tc, outcome__of_a_configuration_has_its_request_as_its_cause);
	tcase_add_test(tc, outcome__of_a_message_has_its_request_as_its_cause);
	tcase_add_test(tc, outcome__of_a_message_comes_when_the_center_stops);
	tcase_add_test(tc, outcome__that_is_outstanding_counts_as_a_request);
	tcase_add_test(
		tc,
		outcome__of_an_end_that_the_driver_does_not_know_is_the_end);
	tcase_add_test(tc, outcome__of_what_the_core_decides_waits_for_room);
	tcase_add_test(tc, outcome__of_what_the_core_refused_is_made_good);
	tcase_add_test(tc, outcome__of_a_conversation_is_not_touched_by_that);
	tcase_add_test(tc, outcome__of_a_bad_disk_is_that_mail_waits_outside);
	tcase_add_test(tc,
		       outcome__of_a_bad_disk_is_told_when_the_inbox_is_full);
	tcase_add_test(
		tc,
		outcome__of_an_end_that_came_too_late_is_what_the_driver_said);
	tcase_add_test(tc, outcome__of_a_leg_says_how_good_it_was);
	tcase_add_test(tc, outcome__of_a_place_that_was_kept_is_no_offer);
	tcase_add_test(tc,
		       outcome__of_a_report_is_there_when_the_loop_is_full);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
