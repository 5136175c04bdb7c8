/* What happens in one turn, in the order that is hardest to get right. */
#include <check.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/usher.h>

#include "fake.h"

static struct usher_host *host;
static struct usher_center *center;
static struct usher_reader *reader;
static struct fake fake;
static uint64_t ann;

/* "hello" is a queue and nothing else. */
static struct usher_flow_set *flows_make(void)
{
	struct usher_flow_builder *b;
	struct usher_flow_set *set;
	struct usher_step_opts step;

	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", NULL), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_QUEUE;
	step.next = "end";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales",
						 NULL, NULL),
			 0);
	ck_assert_int_eq(usher_flow_builder_finish(b, &set, NULL), 0);
	usher_flow_builder_free(b);
	return set;
}

static struct usher_config *config_make(uint32_t extra, const char *prefix)
{
	const char *const served[] = {"sales"};
	const struct usher_queue_conf sales = {.size = sizeof(sales),
					       .name = "sales",
					       .wrap_up_ms = 60000,
					       .max_wait_ms = 1500};
	const struct usher_agent_conf agent = {.size = sizeof(agent),
					       .name = "ann",
					       .password = "x",
					       .queues = served,
					       .queue_count = 1};
	const struct usher_agent_conf other = {.size = sizeof(other),
					       .name = "bob",
					       .password = "x",
					       .extension = "202"};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1001", .queue = "sales"};
	const struct usher_entry_conf flow = {
		.size = sizeof(flow), .address = "1000", .flow = "hello"};
	struct usher_flow_set *flows = flows_make();
	struct usher_queue_conf more = {.size = sizeof(more)};
	struct usher_config *config;
	char name[32];
	uint32_t i;

	ck_assert_int_eq(usher_config_new(&config), 0);
	ck_assert_int_eq(usher_config_queue(config, &sales, NULL), 0);
	ck_assert_int_eq(usher_config_flows(config, flows), 0);
	usher_flow_set_unref(flows);
	ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &other, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &flow, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	for (i = 0; i < extra; i++) {
		snprintf(name, sizeof(name), "%s%u", prefix, i);
		more.name = name;
		ck_assert_int_eq(usher_config_queue(config, &more, NULL), 0);
	}
	return config;
}

static void open_center(struct usher_config *config)
{
	struct usher_error err = {0};

	/* What is read after it was freed reads wrong. */
	mallopt(M_PERTURB, 0x5a);
	fake_init(&fake);
	ck_assert_int_eq(usher_host_new(&host, NULL, NULL), 0);
	ck_assert_int_eq(usher_center_new(&center, host, NULL, config, &err),
			 0);
	ck_assert_int_eq(
		usher_center_driver_add(center, &fake_driver, &fake, &err), 0);
	ck_assert_msg(usher_host_start(host, &err) == 0, "%s", err.message);
	ck_assert_int_eq(usher_reader_new(&reader, center, NULL, NULL), 0);
	ann = usher_center_agent_id(center, "ann");
	ck_assert(ann);
}

static void setup(void)
{
	open_center(config_make(0, ""));
}

static void teardown(void)
{
	usher_reader_free(reader);
	usher_host_free(host);
}

static uint64_t post(uint32_t type, uint64_t agent, uint64_t contact,
		     const char *text)
{
	const struct usher_request request = {.size = sizeof(request),
					      .type = type,
					      .agent = agent,
					      .contact = contact,
					      .text = text};
	uint64_t id;

	ck_assert_int_eq(usher_center_request(center, &request, &id, NULL), 0);
	return id;
}

static void sign_in(void)
{
	post(USHER_REQ_SIGN_IN, ann, 0, NULL);
}

static uint64_t arrive(const char *entry, const char *from)
{
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival), .entry = entry, .from = from};
	uint64_t leg;

	ck_assert_int_eq(usher_channel_arrived(fake.channel, &arrival, &leg),
			 0);
	return leg;
}

/* The loop's thread stands still in a verb until turn_go(): what is reported
 * meanwhile makes one turn. */
static void turn_stop(void)
{
	uint64_t leg;
	size_t before;

	pthread_mutex_lock(&fake.lock);
	before = fake.count;
	fake.stop = true;
	pthread_mutex_unlock(&fake.lock);
	leg = arrive("777", "nobody");
	ck_assert(fake_wait(&fake, "refuse", leg, &before, NULL));
}

static void turn_go(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.stop = false;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
}

START_TEST(turn__rings_for_a_caller_who_is_gone_by_its_end)
{
	struct fake_verb verb;
	uint64_t legs[10];
	size_t i;

	sign_in();
	turn_stop();
	/* The first is offered, and the last to go: the others fill the
	 * places in which malloc keeps small pieces as they were. */
	for (i = 0; i < 10; i++)
		legs[i] = arrive("1001", "5550123456789");
	while (i--)
		usher_channel_ended(fake.channel, legs[i], USHER_LEG_CANCELED);
	turn_go();
	ck_assert(fake_wait(&fake, "ring", 0, NULL, &verb));
	ck_assert_str_eq(verb.caller, "5550123456789");
	ck_assert(fake_wait(&fake, "end", verb.leg, NULL, NULL));
}
END_TEST

START_TEST(turn__rings_by_a_configuration_that_is_replaced_by_its_end)
{
	struct usher_config *config = config_make(0, "");
	struct fake_verb verb;

	sign_in();
	turn_stop();
	arrive("1001", "555");
	ck_assert_int_eq(usher_center_configure(center, config, NULL, NULL),
			 0);
	turn_go();
	ck_assert(fake_wait(&fake, "ring", 0, NULL, &verb));
	ck_assert_str_eq(verb.text, "phone");
}
END_TEST

static const struct usher_event *wait_event(uint32_t type)
{
	struct pollfd fd = {.fd = usher_reader_fd(reader), .events = POLLIN};
	const struct usher_event *ev;
	int tries;

	for (tries = 0; tries < 50; tries++) {
		while ((ev = usher_reader_next(reader)))
			if (ev->type == type)
				return ev;
		poll(&fd, 1, 100);
	}
	ck_abort_msg("no event %s", usher_event_type_name(type));
	return NULL;
}

static int64_t outcome(uint64_t request)
{
	const struct usher_event *ev;
	int64_t result = 1;
	uint64_t id = 0;

	while (id != request) {
		ev = wait_event(USHER_EV_REQUEST_DONE);
		usher_event_u64(ev, USHER_F_REQUEST, &id);
		usher_event_i64(ev, USHER_F_RESULT, &result);
	}
	return result;
}

/* A caller who talks to ann: her leg. */
static uint64_t talk(const char *entry, uint64_t *leg, uint64_t *contact)
{
	struct fake_verb verb;

	sign_in();
	*leg = arrive(entry, "555");
	ck_assert(fake_wait(&fake, "ring", 0, NULL, &verb));
	usher_channel_answered(fake.channel, verb.leg);
	*contact = wait_event(USHER_EV_AGENT_JOINED)->contact;
	return verb.leg;
}

/* A message that the driver takes and says nothing of. */
static uint64_t send_unanswered(uint64_t *leg)
{
	uint64_t contact, id;

	fake_set(&fake, &fake.mute, "send");
	talk("1001", leg, &contact);
	id = post(USHER_REQ_SEND, ann, contact, "hello");
	ck_assert(fake_wait(&fake, "send", *leg, NULL, NULL));
	return id;
}

START_TEST(turn__fails_a_message_whose_leg_has_ended)
{
	uint64_t leg, request = send_unanswered(&leg);

	usher_channel_ended(fake.channel, leg, USHER_LEG_NORMAL);
	ck_assert_int_eq(outcome(request), USHER_ECANCELED);
}
END_TEST

START_TEST(turn__cancels_a_message_when_the_center_stops)
{
	uint64_t leg, request = send_unanswered(&leg);

	fake.mute_end = true;
	usher_host_stop(host);
	ck_assert_int_eq(outcome(request), USHER_ECANCELED);
}
END_TEST

START_TEST(turn__keeps_the_old_configuration_when_the_new_is_too_much)
{
	struct usher_config *config = config_make(3000, "r");
	struct usher_error err = {0};
	uint64_t request;

	ck_assert_int_eq(usher_center_configure_try(center, config, NULL), 0);
	ck_assert_int_eq(usher_center_configure(center, config_make(3000, "q"),
						&request, NULL),
			 0);
	ck_assert_int_eq(outcome(request), 0);
	/* By itself it is fine; with what is there it is too much. */
	ck_assert_int_eq(usher_config_check(config, NULL), 0);
	ck_assert_int_eq(usher_center_configure_try(center, config, &err),
			 USHER_EFULL);
	ck_assert_str_ne(err.message, "");
	usher_config_free(config);
	ck_assert_uint_eq(usher_center_queue_id(center, "r0"), 0);
	ck_assert_int_eq(usher_center_configure(center, config_make(3000, "r"),
						&request, NULL),
			 0);
	ck_assert_int_eq(outcome(request), USHER_EFULL);
	ck_assert_uint_ne(usher_center_queue_id(center, "q0"), 0);
	ck_assert_uint_eq(usher_center_queue_id(center, "r0"), 0);
	sign_in();
	arrive("1001", "555");
	ck_assert(fake_wait(&fake, "ring", 0, NULL, NULL));
}
END_TEST

/* ann hands a caller over to bob, whose phone rings: its leg. */
static uint64_t transfer(uint64_t contact)
{
	uint64_t bob = usher_center_agent_id(center, "bob");
	struct fake_verb verb;
	size_t from = 0;

	ck_assert(fake_wait(&fake, "ring", 0, &from, &verb));
	ck_assert_int_eq(outcome(post(USHER_REQ_SIGN_IN, bob, 0, NULL)), 0);
	ck_assert_int_eq(
		outcome(post(USHER_REQ_TRANSFER, ann, contact, "202")), 0);
	ck_assert(fake_wait(&fake, "ring", 0, &from, &verb));
	return verb.leg;
}

START_TEST(turn__lets_nobody_wait_for_ever_after_a_failed_transfer)
{
	uint64_t leg, contact;
	struct fake_verb verb;
	unsigned rung = 0;
	size_t from;

	talk("1000", &leg, &contact);
	usher_channel_ended(fake.channel, transfer(contact),
			    USHER_LEG_NO_ANSWER);
	/* ann is rung again, and does not answer. */
	for (from = 0; fake_wait(&fake, "ring", 0, &from, &verb);)
		if (++rung == 3)
			break;
	usher_channel_ended(fake.channel, verb.leg, USHER_LEG_NO_ANSWER);
	ck_assert(fake_wait(&fake, "end", leg, NULL, NULL));
}
END_TEST

START_TEST(turn__ends_a_transfer_whose_legs_cannot_be_joined)
{
	uint64_t leg, contact, phone;

	talk("1001", &leg, &contact);
	phone = transfer(contact);
	fake_set(&fake, &fake.fail, "join");
	usher_channel_answered(fake.channel, phone);
	ck_assert(fake_wait(&fake, "end", phone, NULL, NULL));
	ck_assert(fake_wait(&fake, "end", leg, NULL, NULL));
}
END_TEST

START_TEST(turn__ignores_the_answer_of_a_leg_that_called_us)
{
	uint64_t leg, bob = usher_center_agent_id(center, "bob");

	ck_assert_int_eq(outcome(post(USHER_REQ_SIGN_IN, bob, 0, NULL)), 0);
	leg = arrive("202", "555");
	ck_assert(fake_wait(&fake, "ring", 0, NULL, NULL));
	usher_channel_answered(fake.channel, leg);
	usher_channel_ended(fake.channel, leg, USHER_LEG_CANCELED);
	wait_event(USHER_EV_CONTACT_CLOSED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("turn");
	TCase *tc = tcase_create("turn");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, turn__rings_for_a_caller_who_is_gone_by_its_end);
	tcase_add_test(
		tc,
		turn__rings_by_a_configuration_that_is_replaced_by_its_end);
	tcase_add_test(tc, turn__fails_a_message_whose_leg_has_ended);
	tcase_add_test(tc, turn__cancels_a_message_when_the_center_stops);
	tcase_add_test(
		tc,
		turn__keeps_the_old_configuration_when_the_new_is_too_much);
	tcase_add_test(
		tc, turn__lets_nobody_wait_for_ever_after_a_failed_transfer);
	tcase_add_test(tc, turn__ends_a_transfer_whose_legs_cannot_be_joined);
	tcase_add_test(tc, turn__ignores_the_answer_of_a_leg_that_called_us);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
