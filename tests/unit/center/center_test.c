/* A center from its door to its journal, with a driver that only remembers.
 */
#include <check.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <usher/usher.h>

#include "fake.h"

static struct usher_host *host;
static struct usher_center *center;
static struct usher_reader *reader;
static struct fake fake;
static uint64_t ann, bob;
static char dir[64];
static const struct usher_agent_policy *own_policy;
static const char *contact_order;

static struct usher_flow_set *flows_make(void)
{
	struct usher_flow_builder *b;
	struct usher_flow_set *set;
	struct usher_step_opts step;
	struct usher_error err;

	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_prompt(b, "welcome", "en",
						   "Welcome.", &err),
			 0);
	ck_assert_int_eq(
		usher_flow_builder_prompt(b, "music", "en", "La la.", &err),
		0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", &err), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_MENU;
	step.prompt = "welcome";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, &err), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "1", "wait", &err), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "2", "mail", &err), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "else", "end", &err), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_QUEUE;
	step.name = "wait";
	step.next = "end";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, &err), 0);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales",
						 NULL, &err),
			 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "closed", "mail", &err),
			 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_VOICEMAIL;
	step.name = "mail";
	step.prompt = "welcome";
	step.target = "box";
	step.next = "end";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, &err), 0);
	ck_assert_int_eq(usher_flow_builder_finish(b, &set, &err), 0);
	usher_flow_builder_free(b);
	return set;
}

static struct usher_config *config_make(void)
{
	const struct usher_queue_conf sales = {
		.size = sizeof(sales),
		.name = "sales",
		.music = "music",
		.number = "300",
		.recording = "always",
		.policy = own_policy ? own_policy->name : NULL,
		.wrap_up_ms = 60000};
	const struct usher_queue_conf help = {
		.size = sizeof(help), .name = "help", .music = "music"};
	const struct usher_agent_conf ann_conf = {.size = sizeof(ann_conf),
						  .name = "ann",
						  .password = "x",
						  .pin = "1234",
						  .extension = "201"};
	const struct usher_agent_conf bob_conf = {.size = sizeof(bob_conf),
						  .name = "bob",
						  .password = "x",
						  .pin = "4321",
						  .extension = "202"};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1000", .flow = "hello"};
	const struct usher_entry_conf direct = {
		.size = sizeof(direct), .address = "1001", .queue = "sales"};
	struct usher_flow_set *flows = flows_make();
	struct usher_config *config;

	ck_assert_int_eq(usher_config_new(&config), 0);
	ck_assert_int_eq(usher_config_flows(config, flows), 0);
	usher_flow_set_unref(flows);
	ck_assert_int_eq(usher_config_queue(config, &sales, NULL), 0);
	ck_assert_int_eq(usher_config_queue(config, &help, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &ann_conf, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &bob_conf, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &direct, NULL), 0);
	ck_assert_int_eq(usher_config_check(config, NULL), 0);
	return config;
}

static void open_center(const char *state_dir)
{
	struct usher_center_opts opts;
	struct usher_error err = {0};

	fake_init(&fake);
	usher_center_opts_init(&opts, sizeof(opts));
	opts.state_dir = state_dir;
	opts.record_dir = dir;
	opts.contact_order = contact_order;
	ck_assert_int_eq(usher_host_new(&host, NULL, NULL), 0);
	ck_assert_int_eq(
		usher_center_new(&center, host, &opts, config_make(), &err),
		0);
	ck_assert_int_eq(
		usher_center_driver_add(center, &fake_driver, &fake, &err), 0);
	if (own_policy)
		ck_assert_int_eq(usher_center_agent_policy_add(
					 center, own_policy, &err),
				 0);
	ck_assert_msg(usher_host_start(host, &err) == 0, "%s", err.message);
	ck_assert_int_eq(usher_reader_new(&reader, center, NULL, NULL), 0);
	ann = usher_center_agent_id(center, "ann");
	bob = usher_center_agent_id(center, "bob");
	ck_assert(ann && bob);
}

static void close_center(void)
{
	usher_reader_free(reader);
	usher_host_free(host);
	reader = NULL;
	host = NULL;
}

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void setup(void)
{
	strcpy(dir, "/tmp/usher-center-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	open_center(NULL);
}

static void teardown(void)
{
	close_center();
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The next event of a type, of a contact or 0; fails after five seconds. */
static const struct usher_event *wait_event(uint32_t type, uint64_t contact)
{
	struct pollfd fd = {.fd = usher_reader_fd(reader), .events = POLLIN};
	const struct usher_event *ev;
	int tries;

	for (tries = 0; tries < 50; tries++) {
		while ((ev = usher_reader_next(reader)))
			if (ev->type == type &&
			    (!contact || ev->contact == contact))
				return ev;
		poll(&fd, 1, 100);
	}
	ck_abort_msg("no event %s", usher_event_type_name(type));
	return NULL;
}

static uint64_t u64(const struct usher_event *ev, uint32_t field)
{
	uint64_t value = 0;

	ck_assert_int_eq(usher_event_u64(ev, field, &value), 0);
	return value;
}

static uint64_t post(uint32_t type, uint64_t agent, uint64_t contact,
		     uint64_t offer, const char *text)
{
	const struct usher_request request = {
		.size = sizeof(request),
		.type = type,
		.actor = USHER_BY_AGENT,
		.actor_id = agent,
		.agent = agent,
		.contact = contact,
		.offer = offer,
		.text = text,
	};
	uint64_t id;

	ck_assert_int_eq(usher_center_request(center, &request, &id, NULL), 0);
	return id;
}

static int64_t outcome(uint64_t request)
{
	const struct usher_event *ev;
	int64_t result = 1;

	do
		ev = wait_event(USHER_EV_REQUEST_DONE, 0);
	while (u64(ev, USHER_F_REQUEST) != request);
	ck_assert_int_eq(usher_event_i64(ev, USHER_F_RESULT, &result), 0);
	return result;
}

static int64_t ask(uint32_t type, uint64_t agent, uint64_t contact,
		   const char *text)
{
	return outcome(post(type, agent, contact, 0, text));
}

static int64_t ask_queue(uint32_t type, uint64_t queue)
{
	const struct usher_request request = {.size = sizeof(request),
					      .type = type,
					      .actor = USHER_BY_SUPERVISOR,
					      .queue = queue};
	uint64_t id;

	ck_assert_int_eq(usher_center_request(center, &request, &id, NULL), 0);
	return outcome(id);
}

static uint64_t arrive(const char *entry, const char *from,
		       const char *account)
{
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival),
		.entry = entry,
		.from = from,
		.account = account,
	};
	uint64_t leg;

	ck_assert_int_eq(usher_channel_arrived(fake.channel, &arrival, &leg),
			 0);
	return leg;
}

/* A caller in the queue, with ann ringing: her leg and the contact. */
static uint64_t ring_ann(uint64_t *customer, uint64_t *contact)
{
	struct fake_verb verb;
	size_t from = 0;

	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, ann, 0, NULL), 0);
	*customer = arrive("1001", "555", NULL);
	*contact = wait_event(USHER_EV_OFFER_MADE, 0)->contact;
	ck_assert(fake_wait(&fake, "ring", 0, &from, &verb));
	ck_assert_str_eq(verb.text, "phone");
	ck_assert_uint_eq(verb.other, *customer);
	return verb.leg;
}

static uint64_t talk_to_ann(uint64_t *customer, uint64_t *contact)
{
	uint64_t leg = ring_ann(customer, contact);

	usher_channel_answered(fake.channel, leg);
	wait_event(USHER_EV_AGENT_JOINED, *contact);
	return leg;
}

START_TEST(center__brings_a_caller_through_the_menu_to_an_agent)
{
	uint64_t leg = arrive("1000", "555", NULL), contact, phone;
	struct fake_verb verb;

	fake_set(&fake, &fake.mute, "record");
	ck_assert(fake_wait(&fake, "accept", leg, NULL, NULL));
	ck_assert(fake_wait(&fake, "prompt", leg, NULL, &verb));
	ck_assert_str_eq(verb.text, "welcome");
	usher_channel_digit(fake.channel, leg, '1', 100);
	contact = wait_event(USHER_EV_QUEUE_ENTERED, 0)->contact;
	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, ann, 0, NULL), 0);
	ck_assert(fake_wait(&fake, "ring", 0, NULL, &verb));
	phone = verb.leg;
	usher_channel_ringing(fake.channel, phone, 0);
	usher_channel_answered(fake.channel, phone);
	wait_event(USHER_EV_AGENT_JOINED, contact);
	ck_assert(fake_wait(&fake, "join", leg, NULL, &verb));
	ck_assert_uint_eq(verb.other, phone);
	ck_assert(fake_wait(&fake, "record", leg, NULL, &verb));
	ck_assert_uint_eq(verb.other, phone);
	usher_channel_ended(fake.channel, leg, USHER_LEG_NORMAL);
	wait_event(USHER_EV_CONTACT_ENDED, contact);
	ck_assert(fake_wait(&fake, "end", phone, NULL, NULL));
	ck_assert(fake_wait(&fake, "record_stop", 0, NULL, NULL));
	wait_event(USHER_EV_RECORDING_STOPPED, contact);
	ck_assert_int_eq(ask(USHER_REQ_WRAP_UP_END, ann, 0, NULL), 0);
}
END_TEST

START_TEST(center__refuses_what_nobody_answers_to)
{
	uint64_t leg = arrive("777", "555", NULL);
	struct fake_verb verb;

	ck_assert(fake_wait(&fake, "refuse", leg, NULL, &verb));
	ck_assert_int_eq(verb.code, USHER_LEG_UNREACHABLE);
}
END_TEST

START_TEST(center__withdraws_the_offer_when_the_caller_gives_up)
{
	uint64_t customer, contact, phone = ring_ann(&customer, &contact);
	struct fake_verb verb;

	usher_channel_ended(fake.channel, customer, USHER_LEG_CANCELED);
	ck_assert(fake_wait(&fake, "end", phone, NULL, &verb));
	wait_event(USHER_EV_CONTACT_CLOSED, contact);
	/* The phone's answer crossed: it hears that it is over. */
	usher_channel_answered(fake.channel, phone);
	ck_assert(!fake_told(&fake, "join", customer));
}
END_TEST

START_TEST(center__takes_a_busy_phone_for_a_rejection)
{
	uint64_t customer, contact, phone = ring_ann(&customer, &contact);
	const struct usher_event *ev;

	usher_channel_ended(fake.channel, phone, USHER_LEG_BUSY);
	ev = wait_event(USHER_EV_OFFER_REJECTED, contact);
	ck_assert_uint_eq(u64(ev, USHER_F_AGENT), ann);
}
END_TEST

START_TEST(center__misses_an_agent_who_cannot_be_reached)
{
	const struct usher_event *ev;
	const char *reason;

	fake_set(&fake, &fake.fail, "ring");
	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, ann, 0, NULL), 0);
	arrive("1001", "555", NULL);
	ev = wait_event(USHER_EV_OFFER_MISSED, 0);
	ck_assert_int_eq(usher_event_str(ev, USHER_F_REASON, &reason, NULL),
			 0);
	ck_assert_str_eq(reason, "unreachable");
}
END_TEST

START_TEST(queue__that_is_closed_leads_newcomers_elsewhere)
{
	uint64_t sales = usher_center_queue_id(center, "sales");
	uint64_t waiting, leg;
	struct fake_verb verb;
	size_t from = 0;

	waiting = arrive("1001", "555", NULL);
	wait_event(USHER_EV_QUEUE_ENTERED, 0);
	ck_assert_int_eq(ask_queue(USHER_REQ_QUEUE_CLOSE, sales), 0);
	leg = arrive("1000", "556", NULL);
	ck_assert(fake_wait(&fake, "prompt", leg, NULL, NULL));
	usher_channel_digit(fake.channel, leg, '1', 100);
	ck_assert(fake_wait(&fake, "record", leg, NULL, &verb));
	/* Who waited before is served. */
	ck_assert(!fake_told(&fake, "end", waiting));
	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, ann, 0, NULL), 0);
	ck_assert(fake_wait(&fake, "ring", 0, &from, &verb));
	ck_assert_uint_eq(verb.other, waiting);
	ck_assert_int_eq(ask_queue(USHER_REQ_QUEUE_OPEN, sales), 0);
	arrive("1001", "557", NULL);
	wait_event(USHER_EV_QUEUE_ENTERED, 0);
}
END_TEST

START_TEST(queue__that_is_not_there_cannot_be_closed)
{
	ck_assert_int_eq(ask_queue(USHER_REQ_QUEUE_CLOSE, 0), USHER_ENOENT);
	ck_assert_int_eq(ask_queue(USHER_REQ_QUEUE_OPEN, 12345), USHER_ENOENT);
	/* Not by this way. */
	ck_assert_int_eq(usher_center_request(
				 center,
				 &(struct usher_request){
					 .size = sizeof(struct usher_request),
					 .type = USHER_REQ_CONFIGURE},
				 NULL, NULL),
			 USHER_EINVAL);
}
END_TEST

START_TEST(center__keeps_the_place_when_the_legs_cannot_be_joined)
{
	uint64_t customer, contact, phone = ring_ann(&customer, &contact);

	fake_set(&fake, &fake.fail, "join");
	usher_channel_answered(fake.channel, phone);
	wait_event(USHER_EV_OFFER_FAILED, contact);
	ck_assert(fake_wait(&fake, "end", phone, NULL, NULL));
	ck_assert(!fake_told(&fake, "end", customer));
}
END_TEST

START_TEST(center__ends_the_call_when_the_agent_hangs_up)
{
	uint64_t customer, contact, phone = talk_to_ann(&customer, &contact);

	usher_channel_ended(fake.channel, phone, USHER_LEG_NORMAL);
	wait_event(USHER_EV_WRAPUP_STARTED, contact);
	ck_assert(fake_wait(&fake, "end", customer, NULL, NULL));
}
END_TEST

START_TEST(center__holds_and_resumes_by_phone_and_by_request)
{
	uint64_t customer, contact, phone = talk_to_ann(&customer, &contact);
	size_t from = 0;

	usher_channel_held(fake.channel, phone, 1);
	wait_event(USHER_EV_HOLD_STARTED, contact);
	ck_assert(fake_wait(&fake, "music", customer, &from, NULL));
	usher_channel_held(fake.channel, phone, 0);
	wait_event(USHER_EV_HOLD_ENDED, contact);
	ck_assert_int_eq(ask(USHER_REQ_HOLD, ann, contact, NULL), 0);
	ck_assert(fake_wait(&fake, "hold", customer, NULL, NULL));
	ck_assert_int_eq(ask(USHER_REQ_HOLD, ann, contact, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_RESUME, ann, contact, NULL), 0);
	ck_assert(fake_wait(&fake, "resume", customer, NULL, NULL));
}
END_TEST

START_TEST(center__transfers_to_a_queue_by_phone)
{
	uint64_t customer, contact, phone = talk_to_ann(&customer, &contact);
	struct fake_verb verb;

	usher_channel_transfer(fake.channel, phone, "help");
	ck_assert(fake_wait(&fake, "transferred", phone, NULL, &verb));
	ck_assert_int_eq(verb.code, 0);
	wait_event(USHER_EV_WRAPUP_STARTED, contact);
	ck_assert(fake_wait(&fake, "part", customer, NULL, NULL));
	ck_assert(!fake_told(&fake, "end", customer));
	post(USHER_REQ_SIGN_IN, bob, 0, 0, NULL);
	ck_assert_uint_eq(
		u64(wait_event(USHER_EV_OFFER_MADE, contact), USHER_F_AGENT),
		bob);
}
END_TEST

START_TEST(center__transfers_to_an_agent_by_request)
{
	uint64_t customer, contact, phone = talk_to_ann(&customer, &contact);
	struct fake_verb verb;
	size_t from = 0;

	ck_assert(fake_wait(&fake, "ring", phone, &from, NULL));
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, ann, contact, "202"),
			 USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, bob, 0, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, ann, contact, "202"), 0);
	ck_assert(fake_wait(&fake, "end", phone, NULL, NULL));
	ck_assert(fake_wait(&fake, "ring", 0, &from, &verb));
	usher_channel_answered(fake.channel, verb.leg);
	wait_event(USHER_EV_AGENT_ANSWERED, contact);
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, bob, contact, "nowhere"),
			 USHER_ENOENT);
	/* Both are there, but it is bob's now. */
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, ann, contact, "202"),
			 USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_HOLD, ann, contact, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_SEND, ann, contact, "hi"),
			 USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_HANG_UP, ann, contact, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_HANG_UP, 0, contact, NULL), 0);
	ck_assert(fake_wait(&fake, "end", verb.leg, NULL, NULL));
	ck_assert(fake_wait(&fake, "end", customer, NULL, NULL));
}
END_TEST

START_TEST(center__brings_back_whose_transfer_nobody_answers)
{
	uint64_t customer, contact;
	struct fake_verb verb;
	size_t from = 0;

	talk_to_ann(&customer, &contact);
	fake_wait(&fake, "ring", 0, &from, NULL);
	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, bob, 0, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, ann, contact, "bob"), 0);
	ck_assert(fake_wait(&fake, "ring", 0, &from, &verb));
	usher_channel_ended(fake.channel, verb.leg, USHER_LEG_NO_ANSWER);
	/* First ann is rung again, who does not answer either. */
	ck_assert(fake_wait(&fake, "ring", 0, &from, &verb));
	usher_channel_ended(fake.channel, verb.leg, USHER_LEG_NO_ANSWER);
	wait_event(USHER_EV_QUEUE_ENTERED, contact);
	ck_assert(!fake_told(&fake, "end", customer));
}
END_TEST

START_TEST(center__connects_an_agent_who_dials_another)
{
	uint64_t leg, contact;
	struct fake_verb verb;

	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, ann, 0, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, bob, 0, NULL), 0);
	leg = arrive("202", "ann", "ann");
	ck_assert(fake_wait(&fake, "ring", 0, NULL, &verb));
	contact = wait_event(USHER_EV_CONTACT_STARTED, 0)->contact;
	usher_channel_ringing(fake.channel, verb.leg, 0);
	ck_assert(fake_wait(&fake, "progress", leg, NULL, NULL));
	usher_channel_answered(fake.channel, verb.leg);
	ck_assert(fake_wait(&fake, "accept", leg, NULL, NULL));
	ck_assert(fake_wait(&fake, "join", verb.leg, NULL, NULL));
	usher_channel_ended(fake.channel, leg, USHER_LEG_NORMAL);
	wait_event(USHER_EV_CONTACT_CLOSED, contact);
	ck_assert(fake_wait(&fake, "end", verb.leg, NULL, NULL));
}
END_TEST

START_TEST(center__records_voicemail)
{
	uint64_t leg = arrive("1000", "555", NULL);
	struct fake_verb verb;

	fake_set(&fake, &fake.mute, "record");
	ck_assert(fake_wait(&fake, "prompt", leg, NULL, NULL));
	usher_channel_digit(fake.channel, leg, '2', 100);
	ck_assert(fake_wait(&fake, "record", leg, NULL, &verb));
	ck_assert_uint_eq(verb.other, 0);
	usher_channel_done(fake.channel, verb.req, 0, 3000);
	wait_event(USHER_EV_VOICEMAIL_LEFT, 0);
	ck_assert(fake_wait(&fake, "end", leg, NULL, NULL));
}
END_TEST

START_TEST(center__answers_stale_ids_with_an_error)
{
	/* Wrong ids and states are errors, and nothing else happens. */
	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, 123456, 0, NULL),
			 USHER_ENOENT);
	ck_assert_int_eq(ask(USHER_REQ_HANG_UP, 0, 99, NULL), USHER_ENOENT);
	ck_assert_int_eq(ask(USHER_REQ_HOLD, ann, 99, NULL), USHER_ENOENT);
	ck_assert_int_eq(ask(USHER_REQ_SEND, ann, 99, "hi"), USHER_ENOENT);
	ck_assert_int_eq(ask(USHER_REQ_TRANSFER, ann, 99, NULL), USHER_EINVAL);
	ck_assert_int_eq(ask(USHER_REQ_ACCEPT, ann, 0, NULL), USHER_ENOENT);
	ck_assert_int_eq(ask(USHER_REQ_WRAP_UP_END, ann, 0, NULL),
			 USHER_ESTATE);
	ck_assert_int_eq(ask(USHER_REQ_DISPOSITION, ann, 0, "x"),
			 USHER_ENOENT);
}
END_TEST

START_TEST(center__shows_itself_in_a_snapshot)
{
	const struct usher_snapshot_contact *contacts;
	const struct usher_snapshot_agent *agents;
	const struct usher_snapshot_queue *queues;
	uint64_t customer, contact;
	struct usher_snapshot *s;

	talk_to_ann(&customer, &contact);
	arrive("1001", "556", NULL);
	wait_event(USHER_EV_QUEUE_ENTERED, 0);
	ck_assert_int_eq(usher_center_snapshot(center, &s), 0);
	ck_assert_uint_eq(usher_snapshot_queues(s, &queues), 2);
	ck_assert_str_eq(queues[0].name, "sales");
	ck_assert_uint_eq(queues[0].waiting, 1);
	ck_assert_uint_eq(queues[0].talking, 1);
	ck_assert_uint_eq(usher_snapshot_agents(s, &agents), 2);
	ck_assert_str_eq(agents[0].activity, "talking");
	ck_assert_str_eq(agents[1].presence, "signed_out");
	ck_assert_uint_eq(usher_snapshot_contacts(s, &contacts), 2);
	ck_assert_str_eq(contacts[0].state, "talking");
	ck_assert_str_eq(contacts[1].state, "waiting");
	ck_assert_str_eq(contacts[1].origin, "556");
	ck_assert_uint_eq(contacts[1].position, 1);
	ck_assert_ptr_nonnull(usher_snapshot_metrics(s));
	usher_snapshot_unref(s);
}
END_TEST

START_TEST(center__applies_a_configuration_whole_or_not_at_all)
{
	const struct usher_queue_conf bad = {.size = sizeof(bad),
					     .name = "bad",
					     .requirement = "language in ("};
	const struct usher_queue_conf more = {.size = sizeof(more),
					      .name = "more"};
	struct usher_config *config = config_make();
	struct usher_error err = {0};
	uint64_t request;

	ck_assert_int_eq(usher_config_queue(config, &bad, NULL), 0);
	usher_config_ref(config);
	ck_assert_int_eq(
		usher_center_configure(center, config, &request, NULL), 0);
	ck_assert_int_eq(outcome(request), USHER_EINVAL);
	ck_assert_uint_eq(usher_center_queue_id(center, "bad"), 0);
	ck_assert_int_eq(usher_center_configure_try(center, config, &err),
			 USHER_EINVAL);
	ck_assert_str_ne(err.message, "");
	usher_config_free(config);
	ck_assert_int_eq(usher_center_configure_try(center, NULL, NULL),
			 USHER_EINVAL);
	config = config_make();
	ck_assert_int_eq(usher_config_queue(config, &more, NULL), 0);
	ck_assert_int_eq(usher_center_configure_try(center, config, &err), 0);
	ck_assert_uint_eq(usher_center_queue_id(center, "more"), 0);
	ck_assert_int_eq(
		usher_center_configure(center, config, &request, NULL), 0);
	ck_assert_int_eq(outcome(request), 0);
	ck_assert_uint_ne(usher_center_queue_id(center, "more"), 0);
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
	close_center();
	own_policy = &policy;
	open_center(NULL);
	own_policy = NULL;
	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, ann, 0, NULL), 0);
	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, bob, 0, NULL), 0);
	arrive("1001", "555", NULL);
	ev = wait_event(USHER_EV_OFFER_MADE, 0);
	ck_assert_uint_eq(u64(ev, USHER_F_AGENT), bob);
	ck_assert_int_eq(usher_center_agent_policy_add(center, &policy, NULL),
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
		usher_center_new(&c, other, &opts, config_make(), &err), 0);
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
	arrive("1001", "555", NULL);
	wait_event(USHER_EV_QUEUE_ENTERED, 0);
	usher_host_stop(host);
	usher_host_stop(host);
	wait_event(USHER_EV_STOPPED, 0);
	ck_assert_int_eq(usher_center_request(center, &request, NULL, NULL),
			 USHER_ECLOSED);
}
END_TEST

START_TEST(center__says_so_in_a_forked_child)
{
	struct usher_snapshot *s;
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(usher_center_snapshot(center, &s) == USHER_EFORK &&
				      usher_center_request(
					      center,
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

START_TEST(center__keeps_the_place_of_who_waits_over_a_kill)
{
	uint64_t leg, contact;
	struct fake_verb verb;
	int status = -1;
	char state[80];
	pid_t pid;

	snprintf(state, sizeof(state), "%s/state", dir);
	close_center();
	pid = fork();
	if (!pid) {
		open_center(state);
		arrive("1001", "555", NULL);
		wait_event(USHER_EV_QUEUE_ENTERED, 0);
		arrive("1001", "556", NULL);
		wait_event(USHER_EV_QUEUE_ENTERED, 0);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	open_center(state);
	/* The second calls again first; the first is still before them. */
	leg = arrive("1001", "556", NULL);
	contact = wait_event(USHER_EV_CONTACT_ATTACHED, 0)->contact;
	ck_assert(fake_wait(&fake, "accept", leg, NULL, NULL));
	leg = arrive("1001", "555", NULL);
	ck_assert_uint_lt(wait_event(USHER_EV_CONTACT_ATTACHED, 0)->contact,
			  contact);
	ck_assert_int_eq(ask(USHER_REQ_SIGN_IN, ann, 0, NULL), 0);
	ck_assert(fake_wait(&fake, "ring", 0, NULL, &verb));
	ck_assert_uint_eq(verb.other, leg);
}
END_TEST

START_TEST(center__keeps_the_place_of_who_was_transferred_over_a_kill)
{
	uint64_t customer, contact;
	int status = -1;
	char state[80];
	pid_t pid;

	snprintf(state, sizeof(state), "%s/state", dir);
	close_center();
	pid = fork();
	if (!pid) {
		open_center(state);
		talk_to_ann(&customer, &contact);
		post(USHER_REQ_TRANSFER, ann, contact, 0, "help");
		wait_event(USHER_EV_WRAPUP_STARTED, contact);
		kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	open_center(state);
	arrive("1001", "555", NULL);
	wait_event(USHER_EV_CONTACT_ATTACHED, 0);
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
	tcase_add_test(tc, center__transfers_to_a_queue_by_phone);
	tcase_add_test(tc, center__transfers_to_an_agent_by_request);
	tcase_add_test(tc, center__brings_back_whose_transfer_nobody_answers);
	tcase_add_test(tc, center__connects_an_agent_who_dials_another);
	tcase_add_test(tc, center__records_voicemail);
	tcase_add_test(tc, center__answers_stale_ids_with_an_error);
	tcase_add_test(tc, center__shows_itself_in_a_snapshot);
	tcase_add_test(tc,
		       center__applies_a_configuration_whole_or_not_at_all);
	tcase_add_test(tc, center__routes_by_a_policy_of_the_application);
	tcase_add_test(tc, center__names_a_contact_order_that_is_none);
	tcase_add_test(tc,
		       center__completes_what_is_outstanding_when_it_stops);
	tcase_add_test(tc, center__says_so_in_a_forked_child);
	tcase_add_test(tc, center__keeps_the_place_of_who_waits_over_a_kill);
	tcase_add_test(
		tc,
		center__keeps_the_place_of_who_was_transferred_over_a_kill);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
