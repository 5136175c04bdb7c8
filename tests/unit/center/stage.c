#include <check.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "stage.h"

#define WAIT_MS 10000

static struct usher_flow_set *flows_make(void)
{
	struct usher_flow_builder *b;
	struct usher_flow_set *set;
	struct usher_step_opts step;

	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_prompt(b, "welcome", "en",
						   "Welcome.", NULL),
			 0);
	ck_assert_int_eq(
		usher_flow_builder_prompt(b, "music", "en", "La la.", NULL),
		0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", NULL), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_MENU;
	step.prompt = "welcome";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "1", "wait", NULL), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "2", "mail", NULL), 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "else", "end", NULL), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_QUEUE;
	step.name = "wait";
	step.next = "end";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales",
						 NULL, NULL),
			 0);
	ck_assert_int_eq(usher_flow_builder_exit(b, "closed", "mail", NULL),
			 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_VOICEMAIL;
	step.name = "mail";
	step.prompt = "welcome";
	step.target = "box";
	step.next = "end";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_finish(b, &set, NULL), 0);
	usher_flow_builder_free(b);
	return set;
}

static void crowd_add(struct usher_config *config, int count)
{
	char name[16];
	const struct usher_agent_conf agent = {.size = sizeof(agent),
					       .name = name};
	int i;

	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	}
}

struct usher_config *stage_config(const struct stage *stage)
{
	static const char *const ends[] = {"phone", "app"};
	static const char *const room[] = {"voice=1", "chat=2", "mail=2"};
	static const char *const sells[] = {"sales"};
	const struct usher_queue_conf sales = {
		.size = sizeof(sales),
		.name = "sales",
		.music = "music",
		.number = "300",
		.recording = stage->records ? "always" : NULL,
		.policy = stage->policy ? stage->policy->name : NULL,
		.wrap_up_ms = 60000,
		.max_wait_ms = stage->max_wait_ms};
	const struct usher_queue_conf help = {
		.size = sizeof(help), .name = "help", .music = "music"};
	struct usher_agent_conf agent = {.size = sizeof(agent),
					 .name = "ann",
					 .password = "x",
					 .pin = "1234",
					 .extension = "201",
					 .endpoints = ends,
					 .endpoint_count = 2,
					 .capacity = room,
					 .capacity_count = 3,
					 .queues = sells,
					 .queue_count = 1};
	struct usher_entry_conf entry = {.size = sizeof(entry),
					 .address = "1001",
					 .queue = "sales",
					 .language = stage->language};
	const struct usher_numbers_conf hungary = {.size = sizeof(hungary),
						   .country = "36",
						   .national = "06",
						   .international = "00"};
	struct usher_flow_set *flows = flows_make();
	struct usher_config *config;

	ck_assert_int_eq(usher_config_new(&config), 0);
	ck_assert_int_eq(usher_config_flows(config, flows), 0);
	usher_flow_set_unref(flows);
	ck_assert_int_eq(usher_config_queue(config, &sales, NULL), 0);
	ck_assert_int_eq(usher_config_queue(config, &help, NULL), 0);
	ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	agent.name = "carl";
	agent.extension = "203";
	ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	agent.name = "bob";
	agent.extension = "202";
	agent.queues = NULL;
	agent.queue_count = 0;
	ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	agent.name = "dora";
	agent.extension = "204";
	agent.endpoint_count = 1;
	agent.queues = sells;
	agent.queue_count = 1;
	ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	crowd_add(config, stage->crowd);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	entry.address = "words";
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	entry.address = "1002";
	entry.queue = "help";
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	entry.address = "1000";
	entry.queue = NULL;
	entry.flow = "hello";
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	if (stage->numbered)
		ck_assert_int_eq(usher_config_numbers(config, &hungary, NULL),
				 0);
	ck_assert_int_eq(usher_config_check(config, NULL), 0);
	return config;
}

void stage_open(struct stage *stage, bool state)
{
	struct usher_center_opts opts;
	struct usher_error err = {0};
	struct usher_config *config = stage_config(stage);
	char path[80];

	if (stage->more)
		stage->more(config);
	fake_init(&stage->phone);
	fake_init(&stage->chat);
	fake_init(&stage->mail);
	usher_center_opts_init(&opts, sizeof(opts));
	/* Nobody has made the folder above. */
	snprintf(path, sizeof(path), "%s/tenants/state", stage->dir);
	opts.state_dir = state ? path : NULL;
	opts.record_dir = stage->records ? stage->dir : NULL;
	ck_assert_int_eq(usher_host_new(&stage->host, NULL, NULL), 0);
	ck_assert_int_eq(usher_center_new(&stage->center, stage->host, &opts,
					  config, &err),
			 0);
	ck_assert_int_eq(usher_center_driver_add(stage->center, &fake_driver,
						 &stage->phone, &err),
			 0);
	ck_assert_int_eq(usher_center_driver_add(stage->center,
						 &fake_chat_driver,
						 &stage->chat, &err),
			 0);
	ck_assert_int_eq(usher_center_driver_add(stage->center,
						 &fake_mail_driver,
						 &stage->mail, &err),
			 0);
	if (stage->policy)
		ck_assert_int_eq(usher_center_agent_policy_add(
					 stage->center, stage->policy, &err),
				 0);
	if (stage->reaction_cap)
		stage->center->reaction_cap = stage->reaction_cap;
	ck_assert_msg(usher_host_start(stage->host, &err) == 0, "%s",
		      err.message);
	ck_assert_int_eq(
		usher_reader_new(&stage->reader, stage->center, NULL, NULL),
		0);
	stage->ann = usher_center_agent_id(stage->center, "ann");
	stage->bob = usher_center_agent_id(stage->center, "bob");
	stage->carl = usher_center_agent_id(stage->center, "carl");
	stage->dora = usher_center_agent_id(stage->center, "dora");
	ck_assert(stage->ann && stage->bob && stage->carl && stage->dora);
}

void stage_close(struct stage *stage)
{
	if (stage->reader)
		usher_reader_free(stage->reader);
	usher_host_free(stage->host);
	stage->reader = NULL;
	stage->host = NULL;
}

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void stage_setup(struct stage *stage)
{
	memset(stage, 0, sizeof(*stage));
	strcpy(stage->dir, "/tmp/usher-stage-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(stage->dir));
}

void stage_teardown(struct stage *stage)
{
	if (stage->host)
		stage_close(stage);
	nftw(stage->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const struct usher_event *stage_event(struct stage *stage, uint32_t type,
				      uint64_t contact)
{
	struct pollfd fd = {.fd = usher_reader_fd(stage->reader),
			    .events = POLLIN};
	const struct usher_event *ev;
	int tries;

	for (tries = 0; tries < WAIT_MS / 100; tries++) {
		while ((ev = usher_reader_next(stage->reader)))
			if (ev->type == type &&
			    (!contact || ev->contact == contact))
				return ev;
		poll(&fd, 1, 100);
	}
	ck_abort_msg("no event %s", usher_event_type_name(type));
	return NULL;
}

uint64_t stage_u64(const struct usher_event *ev, uint32_t field)
{
	uint64_t value = 0;

	ck_assert_int_eq(usher_event_u64(ev, field, &value), 0);
	return value;
}

uint64_t stage_post(struct stage *stage, uint32_t type, uint64_t agent,
		    uint64_t contact, uint64_t offer, const char *text)
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

	ck_assert_int_eq(
		usher_center_request(stage->center, &request, &id, NULL), 0);
	return id;
}

const struct usher_event *stage_done(struct stage *stage, uint64_t request)
{
	const struct usher_event *ev;

	do
		ev = stage_event(stage, USHER_EV_REQUEST_DONE, 0);
	while (stage_u64(ev, USHER_F_REQUEST) != request);
	return ev;
}

int64_t stage_outcome(struct stage *stage, uint64_t request)
{
	const struct usher_event *ev = stage_done(stage, request);
	int64_t result = 1;

	ck_assert_int_eq(usher_event_i64(ev, USHER_F_RESULT, &result), 0);
	return result;
}

void stage_configure(struct stage *stage, struct usher_config *config)
{
	uint64_t request;

	ck_assert_int_eq(
		usher_center_configure(stage->center, config, &request, NULL),
		0);
	ck_assert_int_eq(stage_outcome(stage, request), 0);
}

int64_t stage_ask(struct stage *stage, uint32_t type, uint64_t agent,
		  uint64_t contact, const char *text)
{
	return stage_outcome(stage,
			     stage_post(stage, type, agent, contact, 0, text));
}

static uint64_t arrive(struct fake *fake, const char *entry, const char *from,
		       const char *account)
{
	const struct usher_channel_arrival arrival = {.size = sizeof(arrival),
						      .entry = entry,
						      .from = from,
						      .account = account};
	uint64_t leg;

	ck_assert_int_eq(usher_channel_arrived(fake->channel, &arrival, &leg),
			 0);
	return leg;
}

uint64_t stage_arrive(struct fake *fake, const char *entry, const char *from)
{
	return arrive(fake, entry, from, NULL);
}

uint64_t stage_dial(struct stage *stage, const char *agent, const char *number)
{
	return arrive(&stage->phone, number, agent, agent);
}

uint64_t stage_ring(struct stage *stage, uint64_t *customer, uint64_t *contact)
{
	struct fake_verb verb;

	ck_assert_int_eq(
		stage_ask(stage, USHER_REQ_SIGN_IN, stage->ann, 0, NULL), 0);
	*customer = stage_arrive(&stage->phone, "1001", "555");
	*contact = stage_event(stage, USHER_EV_OFFER_MADE, 0)->contact;
	ck_assert(fake_wait(&stage->phone, "ring", 0, NULL, &verb));
	ck_assert_str_eq(verb.text, "phone");
	ck_assert_uint_eq(verb.other, *customer);
	return verb.leg;
}

uint64_t stage_talk(struct stage *stage, uint64_t *customer, uint64_t *contact)
{
	uint64_t leg = stage_ring(stage, customer, contact);

	usher_channel_answered(stage->phone.channel, leg);
	stage_event(stage, USHER_EV_AGENT_JOINED, *contact);
	return leg;
}

uint64_t stage_chat(struct stage *stage, uint64_t *contact)
{
	const struct usher_event *ev;
	uint64_t leg, offer;

	ck_assert_int_eq(
		stage_ask(stage, USHER_REQ_SIGN_IN, stage->ann, 0, NULL), 0);
	leg = stage_arrive(&stage->chat, "words", "eve");
	ev = stage_event(stage, USHER_EV_OFFER_MADE, 0);
	offer = stage_u64(ev, USHER_F_OFFER);
	*contact = ev->contact;
	ck_assert_int_eq(
		stage_outcome(stage, stage_post(stage, USHER_REQ_ACCEPT,
						stage->ann, 0, offer, NULL)),
		0);
	return leg;
}

struct inside {
	struct usher_center *center;
	void (*fn)(struct usher_center *center, void *arg);
	void *arg;
};

static int inside_here(void *arg)
{
	struct inside *inside = arg;

	inside->fn(inside->center, inside->arg);
	return 0;
}

void stage_inside(struct stage *stage,
		  void (*fn)(struct usher_center *center, void *arg),
		  void *arg)
{
	struct inside inside = {stage->center, fn, arg};

	ck_assert_int_eq(usher__host_call(stage->host, inside_here, &inside),
			 0);
}
