/* Whatever is asked and whoever leaves, in any order: when all legs have
 * ended, nobody is left busy, nothing is left over, and the figures balance.
 *
 * Each run is drawn from a seed, which a failure names; SEED=N in the
 * environment runs that one, SEEDS=N so many. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../oom.h"
#include "center/center.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"
#include "sip/loop.h"
#include "stage.h"

#define SEEDS      24u
#define STEPS      1200u
#define KILLS      16u
#define KILL_STEPS 150u
#define LEGS_MAX   128u
/* ann, bob, carl, and who has room for two calls. */
#define AGENTS 8u

static struct stage s;
static uint64_t state;
static unsigned seed;
static uint64_t agents[AGENTS];
static unsigned starved;
static bool starve; /* allocations of the center fail now and then */

static unsigned draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 11) % below;
}

/* What the center has now. */
struct world {
	struct {
		uint64_t id;
		bool up, came;
	} legs[LEGS_MAX];
	uint64_t contacts[LEGS_MAX];
	uint64_t agents[LEGS_MAX]; /* theirs, or 0 */
	uint64_t offers[LEGS_MAX];
	unsigned leg_count, contact_count, offer_count;
};

static void look(struct usher_center *center, void *arg)
{
	struct world *world = arg;
	struct session *session, *tmp;
	struct party *party, *next;

	memset(world, 0, sizeof(*world));
	HASH_ITER (hh, center->parties, party, next) {
		if (world->leg_count == LEGS_MAX)
			break;
		world->legs[world->leg_count].id = party->id;
		world->legs[world->leg_count].came = party->came;
		world->legs[world->leg_count++].up = party->up;
		if (party->offer && world->offer_count < LEGS_MAX)
			world->offers[world->offer_count++] = party->offer;
	}
	HASH_ITER (hh, center->sessions, session, tmp)
		if (world->contact_count < LEGS_MAX) {
			world->agents[world->contact_count] =
				session->agent_id;
			world->contacts[world->contact_count++] =
				session->contact;
		}
}

/* An agent who is on a contact is there for somebody. */
static bool belongs(const struct session *session, uint64_t segment)
{
	const struct party *party;

	if (segment == session->agent_segment)
		return true;
	for (party = session->parties; party; party = party->next)
		/* Also one who is told to end: what follows, follows then. */
		if (party->segment == segment)
			return true;
	return false;
}

/* Somebody or something will move it. */
static bool moves_on(struct usher_center *center,
		     const struct session *session)
{
	switch (session->state) {
	case SESSION_FLOW:
		return session->ivr || session->voicemail ||
		       usher__session_waits(center, session);
	case SESSION_DIALING:
		return session->parties &&
		       (session->parties->next || session->talk.originated);
	case SESSION_TALKING:
		return session->customer &&
		       (session->agent || session->agent_id) &&
		       (session->talk.consult == CONSULT_NONE ||
			session->talk.consult_queue ||
			usher__talk_part(session, PART_CONSULTED));
	case SESSION_PARKED:
		return session->talk.slot &&
		       usher__timer_running(session->talk.timer);
	default:
		return true;
	}
}

static void invariants(struct usher_center *center, void *arg)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	struct session *session, *tmp;
	uint64_t id;

	(void)arg;
	HASH_ITER (hh, center->sessions, session, tmp) {
		ck_assert_msg((session->state == SESSION_CALLBACK) ==
				      (session->back != NULL),
			      "seed %u: a callback of nobody", seed);
		ck_assert_msg(moves_on(center, session),
			      "seed %u: a contact in state %d is stuck", seed,
			      (int)session->state);
		for (id = 0; (id = usher_acd_segment_next(
				      center->acd, session->contact, id));)
			ck_assert_msg(
				usher_acd_segment_info(center->acd, id,
						       &info) ||
					info.kind != USHER_SEGMENT_AGENT ||
					info.state == USHER_SEGMENT_WRAPUP ||
					belongs(session, id),
				"seed %u: an agent is on a contact in state "
				"%d for nobody",
				seed, (int)session->state);
	}
}

static uint64_t some_agent(void)
{
	return agents[draw(AGENTS)];
}

static const char *some_text(void)
{
	static const char *const texts[] = {
		"201",    "209",     "205",   "206",        "207",
		"208",    "dan",     "eva",   "202",        "203",
		"300",    "help",    "sales", "0612345678", "1000",
		"listen", "whisper", "barge", "take_over",  "701",
		"given",  "refused", "12#",   "ann",        "bob",
		"carl",   "nobody",
	};

	return texts[draw(sizeof(texts) / sizeof(*texts))];
}

static void ask_something(const struct world *world)
{
	struct usher_request request = {.size = sizeof(request)};
	unsigned at;

	request.type =
		draw(4) ? USHER_REQ_CONSULT + draw(USHER_REQ_CALLBACK_CANCEL -
						   USHER_REQ_CONSULT + 1)
			: 1 + draw(USHER_REQ_QUEUE_OPEN);
	/* Nobody signs out for long, and what this is about comes often. */
	if (request.type < USHER_REQ_WRAP_UP_END)
		request.type = USHER_REQ_READY;
	if (request.type == USHER_REQ_CONFIGURE ||
	    (request.type == USHER_REQ_HANG_UP && draw(3)))
		request.type = USHER_REQ_CONSULT;
	if (request.type == USHER_REQ_ORIGINATE && draw(4))
		request.type = USHER_REQ_WRAP_UP_END;
	if (request.type == USHER_REQ_HANG_UP_LEG && draw(4))
		request.type = USHER_REQ_ADD;
	at = world->contact_count ? draw(world->contact_count) : 0;
	request.contact = world->contacts[at];
	if (draw(8))
		request.agent = world->agents[at];
	if (!draw(4) || request.type == USHER_REQ_SUPERVISE ||
	    request.type == USHER_REQ_PICK_UP)
		request.agent = some_agent();
	if (world->leg_count && !draw(3))
		request.leg = world->legs[draw(world->leg_count)].id;
	if (world->offer_count)
		request.offer = world->offers[draw(world->offer_count)];
	if (draw(12))
		request.text = some_text();
	if (!draw(4))
		request.to = "0612345678";
	request.flags = draw(4);
	if (request.type == USHER_REQ_CALLBACK) {
		request.again_ms = 1 + draw(20);
		if (draw(2))
			request.text = NULL;
	}
	if (request.type == USHER_REQ_QUEUE_OPEN)
		request.queue = usher_center_queue_id(s.center, "help");
	usher_center_request(s.center, &request, NULL, NULL);
}

static void dial(void)
{
	static const char *const numbers[] = {"201", "202", "0612345678",
					      "701", "300", "1000"};
	static const char *const accounts[] = {"ann", "bob", "carl"};
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival),
		.entry = numbers[draw(6)],
		.account = accounts[draw(3)]};
	uint64_t leg;

	usher_channel_arrived(s.phone.channel, &arrival, &leg);
}

static void answer_ringing(const struct world *world)
{
	unsigned i;

	for (i = 0; i < world->leg_count; i++)
		if (!world->legs[i].up && !world->legs[i].came)
			usher_channel_answered(s.phone.channel,
					       world->legs[i].id);
}

static void something_on(const struct world *world)
{
	unsigned at = draw(world->leg_count);
	uint64_t leg = world->legs[at].id;

	switch (draw(24)) {
	case 0:
		usher_channel_ended(s.phone.channel, leg, (int)draw(10));
		break;
	case 1:
	case 2:
		usher_channel_held(s.phone.channel, leg, (int)draw(2));
		break;
	case 3:
		usher_channel_digit(s.phone.channel, leg,
				    (char)('0' + draw(10)), 100);
		break;
	case 4:
		usher_channel_transfer_leg(
			s.phone.channel, leg,
			world->legs[draw(world->leg_count)].id);
		break;
	case 5:
		usher_channel_transfer(s.phone.channel, leg, some_text());
		break;
	case 6:
		usher_channel_ringing(s.phone.channel, leg, 0);
		break;
	case 7:
	case 8:
	case 9:
	case 10:
	case 11:
	case 12:
	case 13:
	case 14:
	case 15:
		answer_ringing(world);
		break;
	default:
		if (!world->legs[at].came)
			usher_channel_answered(s.phone.channel, leg);
		break;
	}
}

static void step(void)
{
	static const char *const verbs[] = {NULL,  NULL,   NULL,   "join",
					    "mix", "ring", "hold", "record"};
	static const char *const entries[] = {"1001", "1002", "1000", "202"};
	struct world world;
	unsigned what = draw(24);

	stage_inside(&s, look, &world);
	if (what < 2 && world.contact_count < 10)
		stage_arrive(&s.phone, entries[draw(4)], "555");
	else if (what == 2 && !draw(4))
		dial();
	else if (what == 3)
		fake_set(&s.phone, &s.phone.fail,
			 draw(8) ? NULL : verbs[draw(8)]);
	else if (what < 12 && world.leg_count)
		something_on(&world);
	else
		ask_something(&world);
}

static void wrap_up_end(void)
{
	unsigned i;

	for (i = 0; i < AGENTS; i++)
		usher_center_request(
			s.center,
			&(struct usher_request){
				.size = sizeof(struct usher_request),
				.type = USHER_REQ_WRAP_UP_END,
				.agent = agents[i]},
			NULL, NULL);
}

/* Who is to be called back has no leg that ends. */
static void cancel(uint64_t contact)
{
	usher_center_request(
		s.center,
		&(struct usher_request){.size = sizeof(struct usher_request),
					.type = USHER_REQ_CALLBACK_CANCEL,
					.contact = contact},
		NULL, NULL);
}

static void all_gone(void)
{
	struct world world;
	unsigned i, tries;

	fake_set(&s.phone, &s.phone.fail, NULL);
	for (tries = 0; tries < 50; tries++) {
		stage_inside(&s, look, &world);
		for (i = 0; i < world.leg_count; i++)
			usher_channel_ended(s.phone.channel, world.legs[i].id,
					    USHER_LEG_NORMAL);
		for (i = 0; i < world.contact_count; i++)
			cancel(world.contacts[i]);
		wrap_up_end();
		if (!world.leg_count && !world.contact_count)
			return;
	}
}

static void agents_are_free(struct usher_center *center)
{
	struct usher_agent_info info = {.size = sizeof(info)};
	uint64_t id = 0;

	while ((id = usher_acd_agent_next(center->acd, id))) {
		ck_assert_int_eq(usher_acd_agent_info(center->acd, id, &info),
				 0);
		ck_assert_msg(!info.talking && !info.wrapup && !info.offers,
			      "seed %u: %s has %u talks, %u wrap-ups, %u "
			      "offers",
			      seed, info.name, info.talking, info.wrapup,
			      info.offers);
	}
}

static void figures_balance(struct usher_center *center)
{
	struct usher_queue_info info = {.size = sizeof(info)};
	uint64_t id = 0;

	while ((id = usher_acd_queue_next(center->acd, id))) {
		ck_assert_int_eq(usher_acd_queue_info(center->acd, id, &info),
				 0);
		ck_assert_msg(!info.waiting && !info.talking &&
				      info.entered == info.answered +
							      info.abandoned +
							      info.flowed,
			      "seed %u: %s: %llu entered, %llu answered, %llu "
			      "abandoned, %llu flowed out, %u wait",
			      seed, info.name,
			      (unsigned long long)info.entered,
			      (unsigned long long)info.answered,
			      (unsigned long long)info.abandoned,
			      (unsigned long long)info.flowed, info.waiting);
	}
}

static void check(struct usher_center *center, void *arg)
{
	struct usher_contact_info info = {.size = sizeof(info)};

	(void)arg;
	agents_are_free(center);
	figures_balance(center);
	ck_assert_msg(!HASH_COUNT(center->sessions), "seed %u: %u sessions",
		      seed, HASH_COUNT(center->sessions));
	ck_assert_msg(!HASH_COUNT(center->parties), "seed %u: %u parties",
		      seed, HASH_COUNT(center->parties));
	/* Without memory the driver could not tell of an outcome. */
	ck_assert_msg(starve || !HASH_COUNT(center->jobs),
		      "seed %u: %u jobs, one %d", seed,
		      HASH_COUNT(center->jobs),
		      center->jobs ? (int)center->jobs->kind : 0);
	ck_assert_msg(!usher_acd_contact_next(center->acd, 0) ||
			      !usher_acd_contact_info(
				      center->acd,
				      usher_acd_contact_next(center->acd, 0),
				      &info),
		      "seed %u", seed);
	ck_assert_uint_eq(usher_acd_contact_next(center->acd, 0), 0);
	ck_assert_msg(!center->requests, "seed %u: %u requests", seed,
		      center->requests);
}

static void configure(void)
{
	const struct usher_trunk_conf trunk = {.size = sizeof(trunk),
					       .name = "out",
					       .address = "127.44.9.9:5060"};
	const struct usher_park_conf park = {.size = sizeof(park),
					     .timeout_ms = 5};
	static const char *const names[] = {"ann", "bob", "carl", "dan",
					    "eva", "fay", "gus",  "hal"};
	static const char *const numbers[] = {"201", "202", "203", "209",
					      "205", "206", "207", "208"};
	static const char *const ends[] = {"phone"};
	static const char *const room[] = {"voice=2", "total=2"};
	struct usher_agent_conf agent = {.size = sizeof(agent),
					 .password = "x",
					 .endpoints = ends,
					 .endpoint_count = 1,
					 .capacity = room,
					 .capacity_count = 2};
	struct usher_config *config = stage_config(&s);
	uint64_t request;
	unsigned i;

	ck_assert_int_eq(usher_config_trunk(config, &trunk, NULL), 0);
	ck_assert_int_eq(usher_config_park(config, &park, NULL), 0);
	for (i = 3; i < AGENTS; i++) {
		agent.name = names[i];
		agent.extension = numbers[i];
		ck_assert_int_eq(usher_config_agent(config, &agent, NULL), 0);
	}
	ck_assert_int_eq(
		usher_center_configure(s.center, config, &request, NULL), 0);
	ck_assert_int_eq(stage_outcome(&s, request), 0);
	for (i = 0; i < AGENTS; i++)
		agents[i] = usher_center_agent_id(s.center, names[i]);
}

static void run(bool kept)
{
	struct world world;
	const char *only = getenv("SEED"), *more = getenv("SEEDS");
	unsigned last = more ? (unsigned)atoi(more) : SEEDS, i;

	seed = 1;
	starved = 0;
	if (only)
		seed = last = (unsigned)atoi(only);

	for (; seed <= last; seed++) {
		stage_setup(&s);
		stage_open(&s, kept);
		configure();
		state = UINT64_C(0x9e3779b97f4a7c15) * seed;
		for (i = 0; i < AGENTS; i++)
			stage_post(&s, USHER_REQ_SIGN_IN, agents[i], 0, 0,
				   NULL);
		for (i = 0; i < STEPS; i++) {
			if (starve && !draw(6))
				oom_arm((long)(1 + draw(12)), 0);
			step();
			if (!starve)
				stage_inside(&s, invariants, NULL);
			if (starve) {
				stage_inside(&s, look, &world);
				starved += (unsigned)oom_disarm();
			}
		}
		all_gone();
		stage_inside(&s, check, NULL);
		stage_teardown(&s);
	}
}

/* In a process of its own, which is then gone. */
static void live_and_die(void)
{
	pid_t child = fork();
	unsigned i;
	int status;

	ck_assert_int_ge(child, 0);
	if (child) {
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFSIGNALED(status));
		ck_assert_int_eq(WTERMSIG(status), SIGKILL);
		return;
	}
	stage_open(&s, true);
	configure();
	state = UINT64_C(0x9e3779b97f4a7c15) * seed;
	for (i = 0; i < AGENTS; i++)
		stage_post(&s, USHER_REQ_SIGN_IN, agents[i], 0, 0, NULL);
	for (i = 0; i < KILL_STEPS + seed; i++)
		step();
	kill(getpid(), SIGKILL);
}

/* Who kept a place does not come back. */
static void all_hung_up(void)
{
	struct usher_request request = {.size = sizeof(request),
					.type = USHER_REQ_HANG_UP};
	struct world world;
	unsigned i, tries;

	for (tries = 0; tries < 50; tries++) {
		stage_inside(&s, look, &world);
		for (i = 0; i < world.contact_count; i++) {
			request.contact = world.contacts[i];
			usher_center_request(s.center, &request, NULL, NULL);
		}
		wrap_up_end();
		if (!world.contact_count)
			return;
	}
}

START_TEST(random__leaves_nobody_stuck_after_a_kill)
{
	for (seed = 1; seed <= KILLS; seed++) {
		stage_setup(&s);
		live_and_die();
		stage_open(&s, true);
		configure();
		all_hung_up();
		stage_inside(&s, check, NULL);
		stage_teardown(&s);
	}
}
END_TEST

START_TEST(random__leaves_nobody_stuck)
{
	run(false);
}
END_TEST

START_TEST(random__leaves_nobody_stuck_without_memory)
{
	starve = true;
	oom_spare(true);
	run(true);
	starve = false;
	ck_assert_uint_gt(starved, 100);
}
END_TEST

START_TEST(random__leaves_nobody_stuck_with_a_journal)
{
	run(true);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("random");
	TCase *tc = tcase_create("random");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, random__leaves_nobody_stuck);
	tcase_add_test(tc, random__leaves_nobody_stuck_with_a_journal);
	tcase_add_test(tc, random__leaves_nobody_stuck_without_memory);
	tcase_add_test(tc, random__leaves_nobody_stuck_after_a_kill);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
