/* A center from its door to its journal, with a driver that only remembers.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stage.h"

static struct stage s;

static void setup(void)
{
	stage_setup(&s);
	s.records = true;
	stage_open(&s, false);
}

static void teardown(void)
{
	stage_teardown(&s);
}

static int64_t ask_queue(uint32_t type, uint64_t queue)
{
	const struct usher_request request = {.size = sizeof(request),
					      .type = type,
					      .actor = USHER_BY_SUPERVISOR,
					      .queue = queue};
	uint64_t id;

	ck_assert_int_eq(usher_center_request(s.center, &request, &id, NULL),
			 0);
	return stage_outcome(&s, id);
}

START_TEST(center__brings_a_caller_through_the_menu_to_an_agent)
{
	uint64_t leg = stage_arrive(&s.phone, "1000", "555"), contact, phone;
	struct fake_verb verb;

	fake_set(&s.phone, &s.phone.mute, "record");
	ck_assert(fake_wait(&s.phone, "accept", leg, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, &verb));
	ck_assert_str_eq(verb.text, "welcome");
	usher_channel_digit(s.phone.channel, leg, '1', 100);
	contact = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	phone = verb.leg;
	usher_channel_ringing(s.phone.channel, phone, 0);
	usher_channel_answered(s.phone.channel, phone);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	ck_assert(fake_wait(&s.phone, "join", leg, NULL, &verb));
	ck_assert_uint_eq(verb.other, phone);
	ck_assert(fake_wait(&s.phone, "record", leg, NULL, &verb));
	ck_assert_uint_eq(verb.other, phone);
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_ENDED, contact);
	ck_assert(fake_wait(&s.phone, "end", phone, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "record_stop", 0, NULL, NULL));
	stage_event(&s, USHER_EV_RECORDING_STOPPED, contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_WRAP_UP_END, s.ann, 0, NULL),
			 0);
}
END_TEST

START_TEST(center__refuses_what_nobody_answers_to)
{
	uint64_t leg = stage_arrive(&s.phone, "777", "555");
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "refuse", leg, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_LEG_UNREACHABLE);
}
END_TEST

START_TEST(center__withdraws_the_offer_when_the_caller_gives_up)
{
	uint64_t customer, contact,
		phone = stage_ring(&s, &customer, &contact);
	struct fake_verb verb;

	usher_channel_ended(s.phone.channel, customer, USHER_LEG_CANCELED);
	ck_assert(fake_wait(&s.phone, "end", phone, NULL, &verb));
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	/* The phone's answer crossed: it hears that it is over. */
	usher_channel_answered(s.phone.channel, phone);
	ck_assert(!fake_told(&s.phone, "join", customer));
}
END_TEST

START_TEST(center__takes_a_busy_phone_for_a_rejection)
{
	uint64_t customer, contact,
		phone = stage_ring(&s, &customer, &contact);
	const struct usher_event *ev;

	usher_channel_ended(s.phone.channel, phone, USHER_LEG_BUSY);
	ev = stage_event(&s, USHER_EV_OFFER_REJECTED, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), s.ann);
}
END_TEST

START_TEST(center__misses_an_agent_who_cannot_be_reached)
{
	const struct usher_event *ev;
	const char *reason;

	/* She has no application that could ring in its stead. */
	fake_set(&s.phone, &s.phone.fail, "ring");
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.dora, 0, NULL), 0);
	stage_arrive(&s.phone, "1001", "555");
	ev = stage_event(&s, USHER_EV_OFFER_MISSED, 0);
	ck_assert_int_eq(usher_event_str(ev, USHER_F_REASON, &reason, NULL),
			 0);
	ck_assert_str_eq(reason, "unreachable");
}
END_TEST

START_TEST(queue__that_is_closed_leads_newcomers_elsewhere)
{
	uint64_t sales = usher_center_queue_id(s.center, "sales");
	uint64_t waiting, leg;
	struct fake_verb verb;
	size_t from = 0;

	waiting = stage_arrive(&s.phone, "1001", "555");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	ck_assert_int_eq(ask_queue(USHER_REQ_QUEUE_CLOSE, sales), 0);
	leg = stage_arrive(&s.phone, "1000", "556");
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	usher_channel_digit(s.phone.channel, leg, '1', 100);
	ck_assert(fake_wait(&s.phone, "record", leg, NULL, &verb));
	/* Who waited before is served. */
	ck_assert(!fake_told(&s.phone, "end", waiting));
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, &from, &verb));
	ck_assert_uint_eq(verb.other, waiting);
	ck_assert_int_eq(ask_queue(USHER_REQ_QUEUE_OPEN, sales), 0);
	stage_arrive(&s.phone, "1001", "557");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
}
END_TEST

START_TEST(queue__opens_and_closes_by_its_hours)
{
	uint64_t sales = usher_center_queue_id(s.center, "sales");
	struct usher_config *config = stage_config(&s);

	/* no day is open */
	ck_assert_int_eq(usher_config_hours(config, "sales", NULL, NULL), 0);
	ck_assert_int_eq(usher_config_hours(config, "sales", NULL, NULL),
			 USHER_EEXIST);
	ck_assert_int_eq(usher_config_hours(config, "none", NULL, NULL),
			 USHER_ENOENT);
	ck_assert_int_eq(
		usher_config_hours(config, "help", "Mars/Olympus", NULL),
		USHER_ENOENT);
	stage_configure(&s, config);
	ck_assert_uint_eq(stage_u64(stage_event(&s, USHER_EV_QUEUE_CLOSED, 0),
				    USHER_F_QUEUE),
			  sales);
	/* until the next change whoever asks has their way */
	ck_assert_int_eq(ask_queue(USHER_REQ_QUEUE_OPEN, sales), 0);
	config = stage_config(&s);
	ck_assert_int_eq(
		usher_config_hours(config, "sales", "America/New_York", NULL),
		0);
	ck_assert_int_eq(usher_config_hours_add(config, "sales",
						USHER_HOURS_WEEKDAYS,
						"mon-sun", NULL, NULL),
			 USHER_EINVAL);
	stage_configure(&s, config);
	stage_event(&s, USHER_EV_QUEUE_CLOSED, 0);
	config = stage_config(&s);
	ck_assert_int_eq(usher_config_hours(config, "sales", NULL, NULL), 0);
	ck_assert_int_eq(
		usher_config_hours_add(config, "sales", USHER_HOURS_WEEKDAYS,
				       "mon-sun", "00:00-24:00", NULL),
		0);
	stage_configure(&s, config);
	stage_event(&s, USHER_EV_QUEUE_OPENED, 0);
}
END_TEST

START_TEST(queue__leads_who_waits_out_by_a_step)
{
	struct usher_queue_step_conf step = {
		.size = sizeof(step),
		.queue = "sales",
		.action = USHER_QUEUE_STEP_EXIT,
		.after_ms = 60000,
		.unstaffed = 1,
		.text = "closed", /* an exit of the flow */
	};
	struct usher_config *config = stage_config(&s);
	uint64_t leg;

	ck_assert_int_eq(usher_config_queue_step(config, &step, NULL), 0);
	step.queue = "none";
	ck_assert_int_eq(usher_config_queue_step(config, &step, NULL),
			 USHER_ENOENT);
	stage_configure(&s, config);
	leg = stage_arrive(&s.phone, "1000", "556");
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	usher_channel_digit(s.phone.channel, leg, '1', 100);
	stage_event(&s, USHER_EV_STEP_TAKEN, 0);
	/* the flow goes on where it leads who is turned away */
	ck_assert(fake_wait(&s.phone, "record", leg, NULL, NULL));
}
END_TEST

START_TEST(queue__that_is_not_there_cannot_be_closed)
{
	ck_assert_int_eq(ask_queue(USHER_REQ_QUEUE_CLOSE, 0), USHER_ENOENT);
	ck_assert_int_eq(ask_queue(USHER_REQ_QUEUE_OPEN, 12345), USHER_ENOENT);
	/* Not by this way. */
	ck_assert_int_eq(usher_center_request(
				 s.center,
				 &(struct usher_request){
					 .size = sizeof(struct usher_request),
					 .type = USHER_REQ_CONFIGURE},
				 NULL, NULL),
			 USHER_EINVAL);
}
END_TEST

START_TEST(center__keeps_the_place_when_the_legs_cannot_be_joined)
{
	uint64_t customer, contact,
		phone = stage_ring(&s, &customer, &contact);

	fake_set(&s.phone, &s.phone.fail, "join");
	usher_channel_answered(s.phone.channel, phone);
	stage_event(&s, USHER_EV_OFFER_FAILED, contact);
	ck_assert(fake_wait(&s.phone, "end", phone, NULL, NULL));
	ck_assert(!fake_told(&s.phone, "end", customer));
}
END_TEST

START_TEST(center__ends_the_call_when_the_agent_hangs_up)
{
	uint64_t customer, contact,
		phone = stage_talk(&s, &customer, &contact);

	usher_channel_ended(s.phone.channel, phone, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_WRAPUP_STARTED, contact);
	ck_assert(fake_wait(&s.phone, "end", customer, NULL, NULL));
}
END_TEST

START_TEST(center__holds_and_resumes_by_phone_and_by_request)
{
	uint64_t customer, contact,
		phone = stage_talk(&s, &customer, &contact);
	size_t from = 0;

	usher_channel_held(s.phone.channel, phone, 1);
	stage_event(&s, USHER_EV_HOLD_STARTED, contact);
	ck_assert(fake_wait(&s.phone, "music", customer, &from, NULL));
	usher_channel_held(s.phone.channel, phone, 0);
	stage_event(&s, USHER_EV_HOLD_ENDED, contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HOLD, s.ann, contact, NULL),
			 0);
	ck_assert(fake_wait(&s.phone, "hold", customer, NULL, NULL));
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HOLD, s.ann, contact, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_RESUME, s.ann, contact, NULL),
			 0);
	ck_assert(fake_wait(&s.phone, "resume", customer, NULL, NULL));
}
END_TEST

START_TEST(center__connects_an_agent_who_dials_another)
{
	uint64_t leg, contact;
	struct fake_verb verb;

	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.bob, 0, NULL), 0);
	leg = stage_dial(&s, "ann", "202");
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	contact = stage_event(&s, USHER_EV_CONTACT_STARTED, 0)->contact;
	usher_channel_ringing(s.phone.channel, verb.leg, 0);
	ck_assert(fake_wait(&s.phone, "progress", leg, NULL, NULL));
	usher_channel_answered(s.phone.channel, verb.leg);
	ck_assert(fake_wait(&s.phone, "accept", leg, NULL, NULL));
	ck_assert(fake_wait(&s.phone, "join", verb.leg, NULL, NULL));
	usher_channel_ended(s.phone.channel, leg, USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_CONTACT_CLOSED, contact);
	ck_assert(fake_wait(&s.phone, "end", verb.leg, NULL, NULL));
}
END_TEST

START_TEST(center__records_voicemail)
{
	uint64_t leg = stage_arrive(&s.phone, "1000", "555");
	struct fake_verb verb;

	fake_set(&s.phone, &s.phone.mute, "record");
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	usher_channel_digit(s.phone.channel, leg, '2', 100);
	ck_assert(fake_wait(&s.phone, "record", leg, NULL, &verb));
	ck_assert_uint_eq(verb.other, 0);
	usher_channel_done(s.phone.channel, verb.req, 0, 3000);
	stage_event(&s, USHER_EV_VOICEMAIL_LEFT, 0);
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
}
END_TEST

START_TEST(center__answers_stale_ids_with_an_error)
{
	/* Wrong ids and states are errors, and nothing else happens. */
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, 123456, 0, NULL),
			 USHER_ENOENT);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HANG_UP, 0, 99, NULL),
			 USHER_ENOENT);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_HOLD, s.ann, 99, NULL),
			 USHER_ENOENT);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SEND, s.ann, 99, "hi"),
			 USHER_ENOENT);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_TRANSFER, s.ann, 99, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_ACCEPT, s.ann, 0, NULL),
			 USHER_ENOENT);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_WRAP_UP_END, s.ann, 0, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_DISPOSITION, s.ann, 0, "x"),
			 USHER_ENOENT);
}
END_TEST

START_TEST(center__shows_itself_in_a_snapshot)
{
	const struct usher_snapshot_contact *contacts;
	const struct usher_snapshot_agent *agents;
	const struct usher_snapshot_queue *queues;
	uint64_t customer, contact;
	struct usher_snapshot *snapshot;

	stage_talk(&s, &customer, &contact);
	stage_arrive(&s.phone, "1001", "556");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	ck_assert_int_eq(usher_center_snapshot(s.center, &snapshot), 0);
	ck_assert_uint_eq(usher_snapshot_queues(snapshot, &queues), 2);
	ck_assert_str_eq(queues[0].name, "sales");
	ck_assert_uint_eq(queues[0].waiting, 1);
	ck_assert_uint_eq(queues[0].talking, 1);
	ck_assert_uint_eq(usher_snapshot_agents(snapshot, &agents), 4);
	ck_assert_str_eq(agents[0].activity, "talking");
	ck_assert_str_eq(agents[1].presence, "signed_out");
	ck_assert_uint_eq(usher_snapshot_contacts(snapshot, &contacts), 2);
	ck_assert_str_eq(contacts[0].state, "talking");
	ck_assert_str_eq(contacts[1].state, "waiting");
	ck_assert_str_eq(contacts[1].origin, "556");
	ck_assert_uint_eq(contacts[1].position, 1);
	ck_assert_ptr_nonnull(usher_snapshot_metrics(snapshot));
	usher_snapshot_unref(snapshot);
}
END_TEST

struct told {
	int agents, candidates, lines, queues;
	char name[64];
	char reason[64];
};

static void tell_agent(void *arg, const struct usher_explained *one)
{
	struct told *told = arg;

	told->agents++;
	told->candidates += !one->reason;
	if (!strcmp(one->name, "ann"))
		snprintf(told->reason, sizeof(told->reason), "%s",
			 usher_excluded_name(one->reason));
}

static void tell_line(void *arg, const char *text)
{
	(void)text;
	((struct told *)arg)->lines++;
}

static void tell_queue(void *arg, const char *name,
		       const struct usher_explanation *why)
{
	struct told *told = arg;

	told->queues++;
	snprintf(told->name, sizeof(told->name), "%s", name);
	ck_assert_uint_eq(why->excluded, 4);
	ck_assert_uint_eq(why->truncated, 0);
}

START_TEST(center__explains_why_a_contact_waits)
{
	struct told told = {0};
	struct usher_center_explain_cb cb = {sizeof(cb), tell_agent, tell_line,
					     tell_queue, &told};
	uint64_t contact;

	stage_arrive(&s.phone, "1001", "556");
	contact = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	ck_assert_int_eq(usher_center_explain(s.center, contact, &cb), 0);
	ck_assert_int_eq(told.agents, 4);
	ck_assert_int_eq(told.candidates, 0);
	ck_assert_int_eq(told.queues, 1);
	ck_assert_int_eq(told.lines, 5);
	ck_assert_str_eq(told.name, "sales");
	ck_assert_str_eq(told.reason, "signed out");
	ck_assert_int_eq(usher_center_explain(s.center, 99, &cb),
			 USHER_ENOENT);
	cb.size = 0;
	ck_assert_int_eq(usher_center_explain(s.center, contact, &cb),
			 USHER_EINVAL);
}
END_TEST

START_TEST(center__applies_a_configuration_whole_or_not_at_all)
{
	const struct usher_queue_conf bad = {.size = sizeof(bad),
					     .name = "bad",
					     .requirement = "language in ("};
	const struct usher_queue_conf more = {.size = sizeof(more),
					      .name = "more"};
	struct usher_config *config = stage_config(&s);
	struct usher_error err = {0};
	uint64_t request;

	ck_assert_int_eq(usher_config_queue(config, &bad, NULL), 0);
	usher_config_ref(config);
	ck_assert_int_eq(
		usher_center_configure(s.center, config, &request, NULL), 0);
	ck_assert_int_eq(stage_outcome(&s, request), USHER_EINVAL);
	ck_assert_uint_eq(usher_center_queue_id(s.center, "bad"), 0);
	ck_assert_int_eq(usher_center_configure_try(s.center, config, &err),
			 USHER_EINVAL);
	ck_assert_str_ne(err.message, "");
	usher_config_free(config);
	ck_assert_int_eq(usher_center_configure_try(s.center, NULL, NULL),
			 USHER_EINVAL);
	config = stage_config(&s);
	ck_assert_int_eq(usher_config_queue(config, &more, NULL), 0);
	ck_assert_int_eq(usher_center_configure_try(s.center, config, &err),
			 0);
	ck_assert_uint_eq(usher_center_queue_id(s.center, "more"), 0);
	ck_assert_int_eq(
		usher_center_configure(s.center, config, &request, NULL), 0);
	ck_assert_int_eq(stage_outcome(&s, request), 0);
	ck_assert_uint_ne(usher_center_queue_id(s.center, "more"), 0);
}
END_TEST

static int64_t newest_first(void *arg, const struct usher_agent_view *agent)
{
	(void)arg;
	return -(int64_t)agent->agent;
}

START_TEST(center__routes_by_a_policy_of_the_application)
{
	static struct usher_agent_policy policy;
	const struct usher_event *ev;

	usher_agent_policy_init(&policy, sizeof(policy));
	policy.name = "newest_first";
	policy.version = 1;
	policy.order = USHER_ORDER_STATIC;
	policy.key = newest_first;
	stage_close(&s);
	s.policy = &policy;
	stage_open(&s, false);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.carl, 0, NULL), 0);
	stage_arrive(&s.phone, "1001", "555");
	ev = stage_event(&s, USHER_EV_OFFER_MADE, 0);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_AGENT), s.carl);
	ck_assert_int_eq(
		usher_center_agent_policy_add(s.center, &policy, NULL),
		USHER_ESTATE);
}
END_TEST

START_TEST(center__names_a_contact_order_that_is_none)
{
	struct usher_center_opts opts;
	struct usher_error err = {0};
	struct usher_host *other;
	struct usher_center *c;

	usher_center_opts_init(&opts, sizeof(opts));
	opts.contact_order = "no_such";
	ck_assert_int_eq(usher_host_new(&other, NULL, NULL), 0);
	ck_assert_int_eq(
		usher_center_new(&c, other, &opts, stage_config(&s), &err), 0);
	ck_assert_int_eq(usher_host_start(other, &err), USHER_ENOENT);
	ck_assert_ptr_nonnull(strstr(err.message, "no_such"));
	usher_host_free(other);
}
END_TEST

START_TEST(center__completes_what_is_outstanding_when_it_stops)
{
	const struct usher_request request = {.size = sizeof(request),
					      .type = USHER_REQ_SIGN_IN,
					      .agent = 1};
	stage_arrive(&s.phone, "1001", "555");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	usher_host_stop(s.host);
	usher_host_stop(s.host);
	stage_event(&s, USHER_EV_STOPPED, 0);
	ck_assert_int_eq(usher_center_request(s.center, &request, NULL, NULL),
			 USHER_ECLOSED);
}
END_TEST

START_TEST(center__says_so_in_a_forked_child)
{
	struct usher_snapshot *snapshot;
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(usher_center_snapshot(s.center, &snapshot) ==
					      USHER_EFORK &&
				      usher_center_request(
					      s.center,
					      &(struct usher_request){
						      .size = sizeof(
							      struct
							      usher_request),
						      .type = 1},
					      NULL, NULL) == USHER_EFORK
			      ? 0
			      : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("center");
	TCase *tc = tcase_create("center");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, queue__that_is_closed_leads_newcomers_elsewhere);
	tcase_add_test(tc, queue__opens_and_closes_by_its_hours);
	tcase_add_test(tc, queue__leads_who_waits_out_by_a_step);
	tcase_add_test(tc, queue__that_is_not_there_cannot_be_closed);
	tcase_add_test(tc,
		       center__brings_a_caller_through_the_menu_to_an_agent);
	tcase_add_test(tc, center__refuses_what_nobody_answers_to);
	tcase_add_test(tc,
		       center__withdraws_the_offer_when_the_caller_gives_up);
	tcase_add_test(tc, center__takes_a_busy_phone_for_a_rejection);
	tcase_add_test(tc, center__misses_an_agent_who_cannot_be_reached);
	tcase_add_test(tc,
		       center__keeps_the_place_when_the_legs_cannot_be_joined);
	tcase_add_test(tc, center__ends_the_call_when_the_agent_hangs_up);
	tcase_add_test(tc, center__holds_and_resumes_by_phone_and_by_request);
	tcase_add_test(tc, center__connects_an_agent_who_dials_another);
	tcase_add_test(tc, center__records_voicemail);
	tcase_add_test(tc, center__answers_stale_ids_with_an_error);
	tcase_add_test(tc, center__shows_itself_in_a_snapshot);
	tcase_add_test(tc, center__explains_why_a_contact_waits);
	tcase_add_test(tc,
		       center__applies_a_configuration_whole_or_not_at_all);
	tcase_add_test(tc, center__routes_by_a_policy_of_the_application);
	tcase_add_test(tc, center__names_a_contact_order_that_is_none);
	tcase_add_test(tc,
		       center__completes_what_is_outstanding_when_it_stops);
	tcase_add_test(tc, center__says_so_in_a_forked_child);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
