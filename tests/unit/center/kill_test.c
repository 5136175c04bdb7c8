/* A killed process with callers in every state, and the next one. */
#include <check.h>
#include <signal.h>
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
}

static void teardown(void)
{
	stage_teardown(&s);
}

static void sign_in(uint64_t agent)
{
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, agent, 0, NULL), 0);
}

/* Somebody arrives and is answered by the phone that rings. */
static uint64_t answered(const char *entry, const char *from, size_t *at)
{
	struct fake_verb verb;

	stage_arrive(&s.phone, entry, from);
	ck_assert(fake_wait(&s.phone, "ring", 0, at, &verb));
	usher_channel_answered(s.phone.channel, verb.leg);
	stage_event(&s, USHER_EV_AGENT_JOINED, 0);
	return verb.leg;
}

/* ann wraps up, carl talks, bob rings, two wait in sales, one hears the menu.
 */
static void live_in_every_state(void)
{
	uint64_t leg;
	size_t at = 0;

	sign_in(s.ann);
	usher_channel_ended(s.phone.channel, answered("1001", "500", &at),
			    USHER_LEG_NORMAL);
	stage_event(&s, USHER_EV_WRAPUP_STARTED, 0);
	sign_in(s.carl);
	answered("1001", "501", &at);
	sign_in(s.bob);
	stage_arrive(&s.phone, "1002", "502");
	ck_assert(fake_wait(&s.phone, "ring", 0, &at, NULL));
	stage_arrive(&s.phone, "1001", "503");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	stage_arrive(&s.phone, "1001", "504");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	leg = stage_arrive(&s.phone, "1000", "505");
	ck_assert(fake_wait(&s.phone, "prompt", leg, NULL, NULL));
	stage_event(&s, USHER_EV_FLOW_STEP, 0);
}

/* Who dies leaves the next one what was on disk by then. */
static void kill_and_open(void (*live)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		stage_open(&s, true);
		live();
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	stage_open(&s, true);
}

static const struct usher_snapshot_agent *
agent_of(struct usher_snapshot *snapshot, const char *name)
{
	const struct usher_snapshot_agent *agents;
	size_t count = usher_snapshot_agents(snapshot, &agents), i;

	for (i = 0; i < count; i++)
		if (!strcmp(agents[i].name, name))
			return &agents[i];
	ck_abort_msg("no agent %s", name);
	return NULL;
}

static const struct usher_snapshot_contact *
contact_of(struct usher_snapshot *snapshot, const char *origin)
{
	const struct usher_snapshot_contact *contacts;
	size_t count = usher_snapshot_contacts(snapshot, &contacts), i;

	for (i = 0; i < count; i++)
		if (!strcmp(contacts[i].origin, origin))
			return &contacts[i];
	return NULL;
}

static struct usher_snapshot *look(void)
{
	struct usher_snapshot *snapshot;

	ck_assert_int_eq(usher_center_snapshot(s.center, &snapshot), 0);
	return snapshot;
}

START_TEST(kill__keeps_the_places_of_who_waited_and_of_who_rang)
{
	static const char *const gone[] = {"500", "501", "505"};
	static const char *const kept[] = {"502", "503", "504"};
	static const uint32_t places[] = {1, 1, 2};
	const struct usher_snapshot_contact *contact;
	struct usher_snapshot *snapshot;
	size_t i;

	kill_and_open(live_in_every_state);
	snapshot = look();
	for (i = 0; i < 3; i++) {
		contact = contact_of(snapshot, kept[i]);
		ck_assert_ptr_nonnull(contact);
		ck_assert_str_eq(contact->state, "detached");
		ck_assert_uint_eq(contact->position, places[i]);
		ck_assert_ptr_null(contact_of(snapshot, gone[i]));
	}
	usher_snapshot_unref(snapshot);
	/* Whoever calls again is there, and waits on. */
	for (i = 3; i--;) {
		stage_arrive(&s.phone, i ? "1001" : "1002", kept[i]);
		stage_event(&s, USHER_EV_CONTACT_ATTACHED, 0);
	}
	snapshot = look();
	for (i = 1; i < 3; i++) {
		contact = contact_of(snapshot, kept[i]);
		ck_assert_str_eq(contact->state, "waiting");
		ck_assert_uint_eq(contact->position, places[i]);
	}
	usher_snapshot_unref(snapshot);
}
END_TEST

START_TEST(kill__leaves_no_agent_stuck)
{
	static const char *const names[] = {"ann", "carl", "bob"};
	static const char *const doing[] = {"wrap_up", "wrap_up", "idle"};
	struct usher_snapshot *snapshot;
	struct fake_verb verb;
	size_t at = 0, i;

	kill_and_open(live_in_every_state);
	snapshot = look();
	for (i = 0; i < 3; i++) {
		ck_assert_str_eq(agent_of(snapshot, names[i])->presence,
				 "ready");
		ck_assert_str_eq(agent_of(snapshot, names[i])->activity,
				 doing[i]);
	}
	usher_snapshot_unref(snapshot);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_WRAP_UP_END, s.ann, 0, NULL),
			 0);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_WRAP_UP_END, s.carl, 0, NULL),
			 0);
	/* All three are offered somebody. */
	stage_arrive(&s.phone, "1002", "502");
	stage_arrive(&s.phone, "1001", "503");
	stage_arrive(&s.phone, "1001", "504");
	for (i = 0; i < 3; i++) {
		ck_assert(fake_wait(&s.phone, "ring", 0, &at, &verb));
		usher_channel_answered(s.phone.channel, verb.leg);
		stage_event(&s, USHER_EV_AGENT_JOINED, 0);
	}
}
END_TEST

struct recount {
	struct usher_metrics *metrics;
	struct usher_decoder *decoder;
	uint64_t upto;
};

static int no_snapshot(void *arg, uint64_t seq, const void *bytes, size_t len)
{
	(void)arg;
	(void)seq;
	(void)bytes;
	(void)len;
	return USHER_ECORRUPT;
}

static int count_entry(void *arg, const struct usher_store_entry *entry)
{
	struct recount *recount = arg;
	const struct usher_event *ev;
	size_t used;

	if (entry->kind == USHER_KIND_INPUT || entry->seq > recount->upto)
		return 0;
	ck_assert_int_eq(usher_event_decode(recount->decoder, entry->bytes,
					    entry->len, &used, &ev),
			 0);
	ck_assert_int_eq(usher_metrics_feed(recount->metrics, ev), 0);
	return 0;
}

/* The figures from the journal alone, from its first event on. */
static struct usher_metrics *recount(uint64_t upto)
{
	struct recount count = {.upto = upto};
	struct usher_store_recover_cb cb = {
		.size = sizeof(cb),
		.snapshot = no_snapshot,
		.entry = count_entry,
		.arg = &count,
	};
	struct usher_store_opts opts;
	struct usher_store *store;
	char path[80];

	snprintf(path, sizeof(path), "%s/tenants/state", s.dir);
	usher_store_opts_init(&opts, sizeof(opts));
	opts.dir = path;
	ck_assert_int_eq(usher_metrics_new(&count.metrics, NULL, NULL), 0);
	ck_assert_int_eq(usher_decoder_new(&count.decoder, NULL), 0);
	ck_assert_int_eq(usher_store_open(&store, &opts, NULL), 0);
	ck_assert_int_eq(usher_store_recover(store, &cb, NULL, NULL), 0);
	ck_assert_int_eq(usher_store_close(store), 0);
	usher_decoder_free(count.decoder);
	return count.metrics;
}

START_TEST(kill__keeps_figures_that_equal_a_recount)
{
	struct usher_queue_figures figures = {.size = sizeof(figures)};
	struct usher_metrics *again;
	struct usher_snapshot *snapshot;
	unsigned char *a, *b;
	size_t len = 0, len_again = 0;

	kill_and_open(live_in_every_state);
	stage_arrive(&s.phone, "1001", "503");
	stage_event(&s, USHER_EV_CONTACT_ATTACHED, 0);
	stage_ask(&s, USHER_REQ_WRAP_UP_END, s.ann, 0, NULL);
	snapshot = look();
	stage_close(&s);
	again = recount(usher_snapshot_seq(snapshot));
	ck_assert_int_eq(usher_metrics_total(again, USHER_SPAN_DAY,
					     usher_snapshot_time_us(snapshot),
					     &figures),
			 0);
	ck_assert_uint_eq(figures.entered, 5);
	ck_assert_uint_eq(figures.answered, 2);
	usher_metrics_snapshot(again, NULL, 0, &len_again);
	usher_metrics_snapshot(usher_snapshot_metrics(snapshot), NULL, 0,
			       &len);
	ck_assert_uint_eq(len_again, len);
	a = malloc(len);
	b = malloc(len);
	ck_assert_int_eq(usher_metrics_snapshot(again, a, len, &len), 0);
	ck_assert_int_eq(
		usher_metrics_snapshot(usher_snapshot_metrics(snapshot), b,
				       len, &len),
		0);
	ck_assert_mem_eq(a, b, len);
	free(a);
	free(b);
	usher_metrics_free(again);
	usher_snapshot_unref(snapshot);
}
END_TEST

static void two_wait(void)
{
	stage_arrive(&s.phone, "1001", "555");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
	stage_arrive(&s.phone, "1001", "556");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
}

START_TEST(center__keeps_the_place_of_who_waits_over_a_kill)
{
	uint64_t leg, contact;
	struct fake_verb verb;

	s.records = true;
	kill_and_open(two_wait);
	/* The second calls again first; the first is still before them. */
	leg = stage_arrive(&s.phone, "1001", "556");
	contact = stage_event(&s, USHER_EV_CONTACT_ATTACHED, 0)->contact;
	ck_assert(fake_wait(&s.phone, "accept", leg, NULL, NULL));
	leg = stage_arrive(&s.phone, "1001", "555");
	ck_assert_uint_lt(
		stage_event(&s, USHER_EV_CONTACT_ATTACHED, 0)->contact,
		contact);
	ck_assert_int_eq(stage_ask(&s, USHER_REQ_SIGN_IN, s.ann, 0, NULL), 0);
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	ck_assert_uint_eq(verb.other, leg);
}
END_TEST

static void one_is_transferred(void)
{
	uint64_t customer, contact;

	stage_talk(&s, &customer, &contact);
	stage_post(&s, USHER_REQ_TRANSFER, s.ann, contact, 0, "help");
	stage_event(&s, USHER_EV_WRAPUP_STARTED, contact);
}

START_TEST(center__keeps_the_place_of_who_was_transferred_over_a_kill)
{
	s.records = true;
	kill_and_open(one_is_transferred);
	stage_arrive(&s.phone, "1001", "555");
	stage_event(&s, USHER_EV_CONTACT_ATTACHED, 0);
}
END_TEST

/* A flow that asks something of agents, and hurries. */
static void choosy(void)
{
	const struct usher_queue_step_conf raise = {
		.size = sizeof(raise),
		.queue = "sales",
		.after_ms = 100,
		.action = USHER_QUEUE_STEP_PRIORITY,
		.priority = 10,
	};
	struct usher_config *config = stage_config(&s);
	struct usher_flow_builder *b;
	struct usher_flow_set *set;
	struct usher_step_opts step;

	ck_assert_int_eq(usher_flow_builder_new(&b, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_flow(b, "hello", NULL), 0);
	usher_step_opts_init(&step, sizeof(step));
	step.kind = USHER_STEP_QUEUE;
	step.name = "wait";
	step.next = "end";
	step.require = "not trainee";
	step.priority = "7";
	ck_assert_int_eq(usher_flow_builder_step(b, &step, NULL), 0);
	ck_assert_int_eq(usher_flow_builder_pair(b, USHER_PAIR_QUEUE, "sales",
						 NULL, NULL),
			 0);
	ck_assert_int_eq(usher_flow_builder_finish(b, &set, NULL), 0);
	usher_flow_builder_free(b);
	ck_assert_int_eq(usher_config_flows(config, set), 0);
	usher_flow_set_unref(set);
	ck_assert_int_eq(usher_config_queue_step(config, &raise, NULL), 0);
	stage_configure(&s, config);
}

static void one_is_choosy(void)
{
	choosy();
	stage_arrive(&s.phone, "1000", "555");
	stage_event(&s, USHER_EV_QUEUE_ENTERED, 0);
}

static void one_is_raised(void)
{
	one_is_choosy();
	stage_event(&s, USHER_EV_STEP_TAKEN, 0);
}

START_TEST(kill__keeps_what_who_waits_has_asked_for)
{
	const struct usher_event *ev;
	struct fake_verb verb;
	uint64_t contact;
	const char *text;

	kill_and_open(_i ? one_is_raised : one_is_choosy);
	stage_arrive(&s.phone, "1000", "555");
	contact = stage_event(&s, USHER_EV_CONTACT_ATTACHED, 0)->contact;
	sign_in(s.ann);
	ck_assert(fake_wait(&s.phone, "ring", 0, NULL, &verb));
	usher_channel_answered(s.phone.channel, verb.leg);
	stage_event(&s, USHER_EV_AGENT_JOINED, contact);
	usher_channel_ended(s.phone.channel, verb.leg, USHER_LEG_LOST);
	ev = stage_event(&s, USHER_EV_QUEUE_ENTERED, contact);
	ck_assert_uint_eq(stage_u64(ev, USHER_F_PRIORITY), 7);
	ck_assert_int_eq(usher_event_str(ev, USHER_F_REQUIREMENT, &text, NULL),
			 0);
	ck_assert_str_eq(text, "not trainee");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kill");
	TCase *tc = tcase_create("kill");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc,
		       kill__keeps_the_places_of_who_waited_and_of_who_rang);
	tcase_add_test(tc, kill__leaves_no_agent_stuck);
	tcase_add_loop_test(tc, kill__keeps_what_who_waits_has_asked_for, 0,
			    2);
	tcase_add_test(tc, kill__keeps_figures_that_equal_a_recount);
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
