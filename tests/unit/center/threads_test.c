/* Forty calls with sound over four media threads, and all that can be done
 * with a call at the same time: what a race would show itself in. The phones
 * are two of usher/call.h: one calls, the other is every agent's. */
#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stage.h"

enum {
	CALLS = 40,
	KINDS = 5,
	EACH = CALLS / KINDS,
	AGENTS = CALLS + 4 * EACH
};

/* What becomes of call number i, by i % KINDS. Whom it is given to, or who
 * listens, is signed in when all of them talk. */
enum kind { TRANSFER, COMPLETE, CONFER, SUPERVISE, HOLD };

#define WAIT_MS 60000

static struct stage s;
static char address[3][32]; /* of the center, the callers, the agents */
static uint64_t agents[AGENTS];

/* ---- phones that answer and speak ---- */

struct crowd {
	struct usher_phone *phone;
	pthread_t thread;
	atomic_bool stop;
};

static struct crowd callers, desks;

static void crowd_hears(struct crowd *crowd,
			const struct usher_phone_event *ev)
{
	switch (ev->type) {
	case USHER_PHONE_INCOMING:
		usher_phone_answer(crowd->phone, ev->call, NULL);
		break;
	case USHER_PHONE_ANSWERED:
		usher_phone_tone(crowd->phone, ev->call, 440, 0, NULL);
		break;
	default:
		break;
	}
}

static void *crowd_run(void *arg)
{
	struct crowd *crowd = arg;
	struct pollfd fd = {.fd = usher_phone_fd(crowd->phone),
			    .events = POLLIN};
	struct usher_phone_event ev;

	while (!crowd->stop) {
		poll(&fd, 1, 50);
		while (usher_phone_next(crowd->phone, &ev, sizeof(ev)) == 1)
			crowd_hears(crowd, &ev);
	}
	return NULL;
}

static void crowd_open(struct crowd *crowd, const char *at)
{
	struct usher_phone_opts opts;
	struct usher_error err;

	usher_phone_opts_init(&opts, sizeof(opts));
	opts.address = at;
	ck_assert_msg(!usher_phone_new(&crowd->phone, &opts, &err), "%s",
		      err.message);
	crowd->stop = false;
	ck_assert_int_eq(
		pthread_create(&crowd->thread, NULL, crowd_run, crowd), 0);
}

static void crowd_close(struct crowd *crowd)
{
	crowd->stop = true;
	pthread_join(crowd->thread, NULL);
	usher_phone_free(crowd->phone);
}

/* ---- the center ---- */

static struct usher_config *config_make(void)
{
	const struct usher_queue_conf queue = {
		.size = sizeof(queue), .name = "q", .recording = "always"};
	const struct usher_entry_conf entry = {
		.size = sizeof(entry), .address = "1000", .queue = "q"};
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "outside",
					       .sources = "127.0.0.0/8"};
	char name[16], endpoint[64];
	const char *endpoints[] = {endpoint};
	struct usher_agent_conf agent = {.size = sizeof(agent),
					 .name = name,
					 .endpoints = endpoints,
					 .endpoint_count = 1};
	struct usher_config *config;
	int i;

	ck_assert_int_eq(usher_config_new(&config), 0);
	ck_assert_int_eq(usher_config_queue(config, &queue, NULL), 0);
	ck_assert_int_eq(usher_config_entry(config, &entry, NULL), 0);
	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	for (i = 0; i < AGENTS; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		snprintf(endpoint, sizeof(endpoint), "sip:a%d@%s:%u", i,
			 address[2], usher_phone_port(desks.phone));
		ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	}
	return config;
}

static void center_open(void)
{
	struct usher_center_opts opts;
	struct usher_host_opts host;
	struct usher_error err = {0};
	char listen[40], state[80], name[16];
	int i;

	snprintf(listen, sizeof(listen), "%s:5060", address[0]);
	snprintf(state, sizeof(state), "%s/state", s.dir);
	usher_host_opts_init(&host, sizeof(host));
	host.sip_listen = listen;
	host.media_threads = 4;
	host.overload_ms = USHER_ZERO; /* under sanitizers all are slow */
	usher_center_opts_init(&opts, sizeof(opts));
	opts.state_dir = state;
	ck_assert_int_eq(usher_host_new(&s.host, &host, &err), 0);
	ck_assert_int_eq(usher_center_new(&s.center, s.host, &opts,
					  config_make(), &err),
			 0);
	ck_assert_msg(!usher_host_start(s.host, &err), "%s", err.message);
	ck_assert_int_eq(usher_reader_new(&s.reader, s.center, NULL, NULL), 0);
	for (i = 0; i < AGENTS; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		agents[i] = usher_center_agent_id(s.center, name);
		ck_assert_uint_ne(agents[i], 0);
	}
}

/* ---- what is heard of it ---- */

static unsigned seen[512]; /* events by type */
static unsigned posted;    /* requests */

static struct conversation {
	uint64_t contact, agent;
} conversations[CALLS];

static void hear(const struct usher_event *ev)
{
	int64_t result = 1;

	if (ev->type == USHER_EV_AGENT_JOINED && seen[ev->type] < CALLS)
		conversations[seen[ev->type]] = (struct conversation){
			ev->contact, stage_u64(ev, USHER_F_AGENT)};
	if (ev->type == USHER_EV_REQUEST_DONE) {
		ck_assert_int_eq(usher_event_i64(ev, USHER_F_RESULT, &result),
				 0);
		ck_assert_msg(
			!result, "request %llu: %s",
			(unsigned long long)stage_u64(ev, USHER_F_REQUEST),
			usher_strerror((int)result));
	}
	ck_assert_uint_lt(ev->type, 512);
	seen[ev->type]++;
}

static void wait_for(uint32_t type, unsigned count)
{
	struct pollfd fd = {.fd = usher_reader_fd(s.reader), .events = POLLIN};
	const struct usher_event *ev;
	int tries;

	for (tries = 0; tries < WAIT_MS / 100 && seen[type] < count; tries++) {
		while ((ev = usher_reader_next(s.reader)))
			hear(ev);
		if (seen[type] < count)
			poll(&fd, 1, 100);
	}
	ck_assert_msg(seen[type] >= count, "%u %s, not %u", seen[type],
		      usher_event_type_name(type), count);
}

static void post(struct usher_request request)
{
	request.size = sizeof(request);
	request.actor = USHER_BY_AGENT;
	request.actor_id = request.agent;
	ck_assert_int_eq(usher_center_request(s.center, &request, NULL, NULL),
			 0);
	posted++;
}

static void all_done(void)
{
	wait_for(USHER_EV_REQUEST_DONE, posted);
}

static void sign_in(int from, int to)
{
	int i;

	for (i = from; i < to; i++)
		post((struct usher_request){.type = USHER_REQ_SIGN_IN,
					    .agent = agents[i]});
	all_done();
}

/* Of each conversation of a kind something, to "to" agents from there. */
static void each(enum kind kind, uint32_t type, int target, const char *text)
{
	char name[16];
	int i;

	for (i = kind; i < CALLS; i += KINDS) {
		struct usher_request request = {
			.type = type,
			.contact = conversations[i].contact,
			.agent = conversations[i].agent,
			.text = text};

		if (target && type == USHER_REQ_SUPERVISE)
			request.agent = agents[target++];
		else if (target) {
			snprintf(name, sizeof(name), "a%d", target++);
			request.text = name;
		}
		post(request);
	}
}

/* Other threads look at it all the time. */
static atomic_bool looking;

static void *look(void *arg)
{
	struct usher_host_stats stats = {.size = sizeof(stats)};
	struct usher_snapshot *snapshot;

	(void)arg;
	while (looking) {
		if (!usher_center_snapshot(s.center, &snapshot))
			usher_snapshot_unref(snapshot);
		usher_host_stats(s.host, &stats);
		usher_center_committed(s.center);
		usleep(10000);
	}
	return NULL;
}

static struct usher_host_stats stats_now(void)
{
	struct usher_host_stats stats = {.size = sizeof(stats)};

	ck_assert_int_eq(usher_host_stats(s.host, &stats), 0);
	return stats;
}

/* Everybody is heard for a while. */
static void listen_for_a_while(void)
{
	uint64_t before = stats_now().rtp_received;
	int tries;

	for (tries = 0; tries < WAIT_MS / 10; tries++) {
		if (stats_now().rtp_received > before + 20 * CALLS)
			return;
		usleep(10000);
	}
	ck_abort_msg("there is no sound");
}

/* ---- what is done ---- */

static void arrive(uint64_t calls[CALLS])
{
	struct usher_phone_call_opts call;
	char uri[48];
	int i;

	snprintf(uri, sizeof(uri), "sip:1000@%s:5060", address[0]);
	usher_phone_call_opts_init(&call, sizeof(call));
	call.uri = uri;
	for (i = 0; i < CALLS; i++)
		ck_assert_int_eq(usher_phone_place(callers.phone, &call,
						   &calls[i], NULL),
				 0);
	wait_for(USHER_EV_AGENT_JOINED, CALLS);
	wait_for(USHER_EV_RECORDING_STARTED, CALLS);
}

static void act(void)
{
	each(TRANSFER, USHER_REQ_TRANSFER, CALLS, NULL);
	each(COMPLETE, USHER_REQ_CONSULT, CALLS + EACH, NULL);
	each(CONFER, USHER_REQ_CONSULT, CALLS + 2 * EACH, NULL);
	each(SUPERVISE, USHER_REQ_SUPERVISE, CALLS + 3 * EACH, "listen");
	each(HOLD, USHER_REQ_HOLD, 0, NULL);
	all_done();
	wait_for(USHER_EV_CONSULT_ANSWERED, 2 * EACH);
	wait_for(USHER_EV_AGENT_ANSWERED, 3 * EACH);
	wait_for(USHER_EV_SUPERVISION_STARTED, EACH);
	listen_for_a_while();

	ck_assert_int_eq(
		usher_center_configure(s.center, config_make(), NULL, NULL),
		0);
	posted++;
	each(COMPLETE, USHER_REQ_CONSULT_COMPLETE, 0, NULL);
	each(CONFER, USHER_REQ_CONFERENCE, 0, NULL);
	each(SUPERVISE, USHER_REQ_SUPERVISE, CALLS + 3 * EACH, "whisper");
	each(HOLD, USHER_REQ_RESUME, 0, NULL);
	all_done();
	wait_for(USHER_EV_PARTY_JOINED, EACH);
	listen_for_a_while();

	each(SUPERVISE, USHER_REQ_SUPERVISE, CALLS + 3 * EACH, "barge");
	each(HOLD, USHER_REQ_RECORD_PAUSE, 0, NULL);
	each(HOLD, USHER_REQ_MUTE, 0, NULL);
	all_done();
	each(CONFER, USHER_REQ_LEAVE, 0, NULL);
	each(SUPERVISE, USHER_REQ_SUPERVISE, CALLS + 3 * EACH, "take_over");
	each(HOLD, USHER_REQ_RECORD_RESUME, 0, NULL);
	each(HOLD, USHER_REQ_UNMUTE, 0, NULL);
	all_done();
	listen_for_a_while();
}

/* No call is left, no agent, no port, and the figures are right. */
static void nothing_left(void)
{
	struct usher_queue_figures figures = {.size = sizeof(figures)};
	const struct usher_snapshot_agent *people;
	const struct usher_snapshot_queue *queues;
	const struct usher_snapshot_contact *none;
	struct usher_snapshot *snapshot;
	size_t count, i;
	int tries;

	wait_for(USHER_EV_CONTACT_CLOSED, CALLS);
	wait_for(USHER_EV_RECORDING_STOPPED, seen[USHER_EV_RECORDING_STARTED]);
	for (tries = 0; tries < WAIT_MS / 10; tries++) {
		if (!stats_now().legs_now && !stats_now().media_ports_now)
			break;
		usleep(10000);
	}
	ck_assert_uint_eq(stats_now().legs_now, 0);
	ck_assert_uint_eq(stats_now().media_ports_now, 0);
	ck_assert_int_eq(usher_center_snapshot(s.center, &snapshot), 0);
	ck_assert_uint_eq(usher_snapshot_contacts(snapshot, &none), 0);
	count = usher_snapshot_agents(snapshot, &people);
	ck_assert_uint_eq(count, AGENTS);
	for (i = 0; i < count; i++)
		ck_assert_str_eq(people[i].activity, "idle");
	ck_assert_uint_eq(usher_snapshot_queues(snapshot, &queues), 1);
	ck_assert_int_eq(usher_metrics_queue(usher_snapshot_metrics(snapshot),
					     queues[0].id, USHER_SPAN_DAY,
					     usher_snapshot_time_us(snapshot),
					     &figures),
			 0);
	ck_assert_uint_eq(figures.entered, CALLS);
	ck_assert_uint_eq(figures.answered, CALLS);
	ck_assert_uint_eq(figures.abandoned, 0);
	usher_snapshot_unref(snapshot);
}

START_TEST(threads__share_nothing_but_what_is_guarded)
{
	uint64_t calls[CALLS];
	pthread_t looker;
	int i;

	sign_in(0, CALLS);
	looking = true;
	ck_assert_int_eq(pthread_create(&looker, NULL, look, NULL), 0);
	arrive(calls);
	sign_in(CALLS, AGENTS);
	listen_for_a_while();
	act();
	for (i = 0; i < CALLS; i++)
		usher_phone_hangup(callers.phone, calls[i], NULL);
	nothing_left();
	looking = false;
	pthread_join(looker, NULL);
}
END_TEST

static void setup(void)
{
	unsigned pid = (unsigned)getpid(), i;

	stage_setup(&s);
	for (i = 0; i < 3; i++)
		snprintf(address[i], sizeof(address[i]), "127.%u.%u.%u",
			 100 + pid / 250 % 100, 1 + pid % 250, 101 + i);
	crowd_open(&callers, address[1]);
	crowd_open(&desks, address[2]);
	center_open();
}

static void teardown(void)
{
	stage_close(&s);
	crowd_close(&callers);
	crowd_close(&desks);
	stage_teardown(&s);
}

int main(void)
{
	Suite *suite = suite_create("center-threads");
	TCase *tc = tcase_create("threads");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, threads__share_nothing_but_what_is_guarded);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
