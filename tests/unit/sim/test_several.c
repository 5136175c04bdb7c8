/*
 * Agents who have several contacts at once: kinds of channels, interruptions
 * and slow-down, against formulas.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include <usher/erlang.h>

#include "cases.h"
#include "house.h"

#define RUNS     16
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static double talk_s(const struct usher_queue_figures *f)
{
	return (double)f->talk_us / 1e6 / (double)f->handled;
}

static double asa_s(const struct usher_queue_figures *f)
{
	return (double)f->answered_wait_us / 1e6 / (double)f->answered;
}

/* What differs from run to run is mostly how many came and how long they
 * talked. */
struct known {
	double came[RUNS], talk[RUNS];
};

static void agrees(double *values, const struct known *k, const char *what,
		   double want, double width, double came, double talk)
{
	house_control(values, k->came, came, RUNS);
	if (talk > 0)
		house_control(values, k->talk, talk, RUNS);
	house_agrees_less(values, RUNS, talk > 0 ? 2 : 1, what, want, width);
}

/* ---- Formulas ---- */

/* Three agents with four chats each are twelve agents with one: Erlang C, and
 * Erlang A where people give up. */
START_TEST(slots__are_as_agents_with_one_each)
{
	static const struct usher_capacity chats = {"chat", NULL, 4, 0};
	struct usher_erlang_figures want = {.size = sizeof(want)};
	double wait[RUNS], lost[RUNS], many[RUNS];
	const double hours = _i ? 20 : 60;
	struct usher_erlang_opts o;
	struct known k;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].channel = "chat";
	h.queues[0].arrivals_per_s = 0.1;
	h.groups[0].agents = 3;
	house_takes(&h.groups[0], &chats, 1, 4);
	if (_i) {
		h.queues[0].patience_law = USHER_LAW_EXPONENTIAL;
		h.queues[0].patience_s = 120;
	}
	usher_erlang_opts_init(&o, sizeof(o));
	o.model = _i ? USHER_ERLANG_A : USHER_ERLANG_C;
	o.agents = 12;
	o.arrivals_per_s = 0.1;
	o.handle_s = 100;
	o.patience_s = h.queues[0].patience_s;
	ck_assert_int_eq(usher_erlang_figures(&o, &want, NULL), 0);
	for (int i = 0; i < RUNS; i++) {
		struct usher_queue_figures f;
		struct usher_sim_load l;
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(41, (uint64_t)i);
		sim = house_run(&h, HOUSE_HOUR, hours * HOUSE_HOUR);
		f = house_queue(sim, 0);
		l = house_load(sim, "chat");
		k.came[i] = (double)house_counts(sim, 0).arrived;
		k.talk[i] = talk_s(&f);
		wait[i] = (double)(f.answered_wait_us + f.abandoned_wait_us) /
			  1e6 / (double)(f.answered + f.abandoned);
		lost[i] = (double)f.abandoned / (double)f.entered;
		/* contacts that an agent has, idle or not */
		many[i] = (double)l.work_us / 1e6 / (hours * HOUSE_HOUR);
		ck_assert_int_eq(l.still_us, 0);
		usher_sim_free(sim);
	}
	agrees(wait, &k, "wait", want.wait_s, 0.15, 0.1 * hours * HOUSE_HOUR,
	       100);
	agrees(many, &k, "contacts in talk", 10 * (1 - want.abandoned), 0.01,
	       0.1 * hours * HOUSE_HOUR, 100);
	if (_i)
		agrees(lost, &k, "abandoned", want.abandoned, 0.15,
		       0.1 * hours * HOUSE_HOUR, 100);
}
END_TEST

/*
 * One agent whose time is shared by all contacts (slow-down 1), who are many
 * at once: M/G/1 processor sharing. The mean time in the system is that of
 * M/M/1 whatever the law of the handle times, mean / (1 - load) (Sakata,
 * Noguchi and Oizumi 1971).
 */
START_TEST(time_shared_by_all__depends_on_the_mean_alone)
{
	static const struct usher_capacity chats = {"chat", NULL, 64, 0};
	static const int32_t laws[] = {USHER_LAW_EXPONENTIAL, USHER_LAW_FIXED,
				       USHER_LAW_HYPER};
	const double hours = 120, rate = 0.006, load_part = 0.6;
	double talk[RUNS], busy[RUNS], many[RUNS];
	struct known k;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].channel = "chat";
	h.queues[0].arrivals_per_s = rate;
	h.queues[0].handle_law = laws[_i];
	h.queues[0].handle_cv = 2;
	h.groups[0].slowdown = 1;
	house_takes(&h.groups[0], &chats, 1, 64);
	for (int i = 0; i < RUNS; i++) {
		struct usher_queue_figures f;
		struct usher_sim_load l;
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(42, (uint64_t)i);
		sim = house_run(&h, 2 * HOUSE_HOUR, hours * HOUSE_HOUR);
		f = house_queue(sim, 0);
		l = house_load(sim, NULL);
		k.came[i] = (double)house_counts(sim, 0).arrived;
		talk[i] = talk_s(&f);
		busy[i] = (double)l.busy_us / 1e6 / (hours * HOUSE_HOUR);
		many[i] = (double)l.work_us / (double)l.busy_us;
		usher_sim_free(sim);
	}
	k.talk[0] = 0;
	agrees(talk, &k, "time in talk", 100 / (1 - load_part), 0.2,
	       rate * hours * HOUSE_HOUR, 0);
	agrees(busy, &k, "occupancy", load_part, 0.1,
	       rate * hours * HOUSE_HOUR, 0);
	/* load / (1 - load) by load */
	agrees(many, &k, "at once", 1 / (1 - load_part), 0.2,
	       rate * hours * HOUSE_HOUR, 0);
}
END_TEST

/* A rate for each number of contacts: the number in the system is a chain of
 * births and deaths. Three at once, the handle time is multiplied by 1, 1.2
 * and 1.8; the fourth waits. */
START_TEST(slow_down_by_concurrency__is_a_chain)
{
	static const struct usher_capacity chats = {"chat", NULL, 3, 0};
	static const double by[] = {1, 1.2, 1.8};
	const double hours = 120, rate = 0.011;
	double talk[RUNS], wait[RUNS], p = 1, sum = 0, talks = 0, waits = 0;
	struct known k;
	struct house h;

	for (int n = 0; n < 400; n++) {
		const int at_once = n < 3 ? n : 3;

		if (n)
			p *= rate * 100 * by[at_once - 1] / at_once;
		sum += p;
		talks += at_once * p;
		waits += (n - at_once) * p;
	}
	house_init(&h, 1, 1);
	h.queues[0].channel = "chat";
	h.queues[0].arrivals_per_s = rate;
	h.groups[0].slowdowns = by;
	h.groups[0].slowdown_count = COUNT(by);
	house_takes(&h.groups[0], &chats, 1, 3);
	for (int i = 0; i < RUNS; i++) {
		struct usher_queue_figures f;
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(43, (uint64_t)i);
		sim = house_run(&h, 2 * HOUSE_HOUR, hours * HOUSE_HOUR);
		f = house_queue(sim, 0);
		k.came[i] = (double)house_counts(sim, 0).arrived;
		talk[i] = talk_s(&f);
		wait[i] = asa_s(&f);
		usher_sim_free(sim);
	}
	agrees(talk, &k, "talk", talks / sum / rate, 0.03,
	       rate * hours * HOUSE_HOUR, 0);
	agrees(wait, &k, "wait", waits / sum / rate, 0.25,
	       rate * hours * HOUSE_HOUR, 0);
}
END_TEST

/*
 * One agent with calls and mail, calls interrupt a mail, which goes on
 * afterwards: M/M/1 with preemptive priority and resumption. Calls are as if
 * there were no mail; a mail is in the system for 1/(1-r1) (s2 + w /
 * (1-r1-r2)) with w = l1 s1^2 + l2 s2^2 (Cobham's formula for preemption:
 * White and Christie 1958).
 */
START_TEST(interrupted__goes_on_where_it_was)
{
	static const struct usher_capacity both[] = {{"voice", "mail", 1, 0},
						     {"mail", NULL, 1, 0}};
	const double hours = 120, l1 = 0.004, l2 = 0.002, s1 = 100, s2 = 150;
	const double r1 = l1 * s1, r2 = l2 * s2;
	const double w = l1 * s1 * s1 + l2 * s2 * s2;
	double calls[RUNS], mails[RUNS], still[RUNS];
	struct known k;
	struct house h;

	house_init(&h, 2, 1);
	h.queues[0].arrivals_per_s = l1;
	/* no mail begins while calls wait: the same time in the system, and
	 * with the agent as the formula has it */
	h.queues[0].priority = 1;
	h.queues[1].arrivals_per_s = l2;
	h.queues[1].handle_s = s2;
	h.queues[1].channel = "mail";
	house_takes(&h.groups[0], both, 2, 1);
	for (int i = 0; i < RUNS; i++) {
		struct usher_queue_figures call, mail;
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(44, (uint64_t)i);
		sim = house_run(&h, 2 * HOUSE_HOUR, hours * HOUSE_HOUR);
		call = house_queue(sim, 0);
		mail = house_queue(sim, 1);
		k.came[i] = (double)(house_counts(sim, 0).arrived +
				     house_counts(sim, 1).arrived);
		calls[i] = asa_s(&call) + talk_s(&call);
		mails[i] = asa_s(&mail) + talk_s(&mail);
		still[i] = talk_s(&mail) * (1 - r1);
		ck_assert_int_eq(house_load(sim, "voice").still_us, 0);
		ck_assert_int_gt(house_load(sim, "mail").still_us, 0);
		usher_sim_free(sim);
	}
	agrees(calls, &k, "calls", s1 / (1 - r1), 0.1,
	       (l1 + l2) * hours * HOUSE_HOUR, 0);
	agrees(mails, &k, "mail", (s2 + w / (1 - r1 - r2)) / (1 - r1), 0.25,
	       (l1 + l2) * hours * HOUSE_HOUR, 0);
	agrees(still, &k, "mail without interruptions", s2, 0.1,
	       (l1 + l2) * hours * HOUSE_HOUR, 0);
}
END_TEST

/* Nothing but the room differs: so many slots as contacts, and one agent each,
 * give the same waits to the microsecond. */
START_TEST(one_slot__is_as_without_capacity)
{
	static const struct usher_capacity one = {"voice", NULL, 1, 0};
	struct usher_queue_figures f[2];
	struct house h;

	for (int i = 0; i < 2; i++) {
		struct usher_sim *sim;

		house_init(&h, 1, 1);
		h.queues[0].arrivals_per_s = 0.05;
		h.queues[0].wrapup_law = USHER_LAW_EXPONENTIAL;
		h.queues[0].wrapup_s = 20;
		h.groups[0].agents = 7;
		if (i)
			house_takes(&h.groups[0], &one, 1, 1);
		sim = house_run(&h, 0, 3 * HOUSE_HOUR);
		f[i] = house_queue(sim, 0);
		usher_sim_free(sim);
	}
	ck_assert_uint_gt(f[0].answered, 400);
	ck_assert_uint_eq(f[0].answered, f[1].answered);
	ck_assert_int_eq(f[0].answered_wait_us, f[1].answered_wait_us);
	ck_assert_int_eq(f[0].talk_us, f[1].talk_us);
}
END_TEST

/* ---- Errors ---- */

START_TEST(what_cannot_be_had__is_refused)
{
	static const struct usher_capacity good = {"chat", NULL, 2, 0};
	static const struct usher_capacity none = {NULL, NULL, 2, 0};
	static const struct usher_capacity much = {"chat", NULL,
						   USHER_CAPACITY_MAX + 1, 0};
	static const double zero[] = {1, 0};
	static char names[USHER_CHANNELS_MAX + 1][8];
	static struct usher_sim_queue queues[USHER_CHANNELS_MAX + 1];
	struct usher_sim_load l = {.size = sizeof(l)};
	struct usher_sim *sim = NULL;
	struct usher_error err;
	struct house h;

	for (int i = 0; i < 10; i++) {
		house_init(&h, 1, 1);
		h.opts.queues = h.queues;
		h.opts.groups = h.groups;
		house_takes(&h.groups[0], &good, 1, 2);
		switch (i) {
		case 0:
			h.groups[0].capacity = &none;
			break;
		case 1:
			h.groups[0].capacity = &much;
			break;
		case 2:
			h.groups[0].max_total = USHER_CAPACITY_MAX + 1;
			break;
		case 3:
			h.groups[0].capacity_count = USHER_CHANNELS_MAX + 1;
			break;
		case 4:
			h.groups[0].slowdown = -0.1;
			break;
		case 5:
			h.groups[0].slowdown = NAN;
			break;
		case 6:
			h.groups[0].slowdowns = zero;
			h.groups[0].slowdown_count = 2;
			break;
		case 7:
			h.groups[0].slowdown_count = 1;
			break;
		case 8:
			h.queues[0].channel = "";
			break;
		default:
			h.groups[0].capacity_size = 3;
		}
		ck_assert_msg(usher_sim_new(&sim, &h.opts, &err) ==
				      USHER_EINVAL,
			      "%d", i);
		ck_assert_ptr_null(sim);
	}
	/* more kinds than there may be */
	house_init(&h, 1, 1);
	for (uint32_t i = 0; i < COUNT(queues); i++) {
		queues[i] = h.queues[0];
		names[i][0] = (char)('a' + i);
		queues[i].name = queues[i].channel = names[i];
	}
	h.opts.queues = queues;
	h.opts.queue_count = COUNT(queues);
	h.opts.groups = h.groups;
	ck_assert_int_eq(usher_sim_new(&sim, &h.opts, &err), USHER_EINVAL);
	h.opts.queue_count--;
	ck_assert_int_eq(usher_sim_new(&sim, &h.opts, &err), 0);
	ck_assert_int_eq(usher_sim_load(sim, 0, NULL, &l), USHER_ESTATE);
	ck_assert_int_eq(usher_sim_load(sim, 1, NULL, &l), USHER_ENOENT);
	l.size = 1;
	ck_assert_int_eq(usher_sim_load(sim, 0, NULL, &l), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_load(sim, 0, NULL, NULL), USHER_EINVAL);
	usher_sim_free(sim);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim-several");
	TCase *tc = tcase_create("several");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, several_by_hand_case());
	tcase_set_timeout(tc, 100);
	tcase_add_loop_test(tc, slots__are_as_agents_with_one_each, 0, 2);
	tcase_add_loop_test(tc, time_shared_by_all__depends_on_the_mean_alone,
			    0, 3);
	tcase_add_test(tc, slow_down_by_concurrency__is_a_chain);
	tcase_add_test(tc, interrupted__goes_on_where_it_was);
	tcase_add_test(tc, one_slot__is_as_without_capacity);
	tcase_add_test(tc, what_cannot_be_had__is_refused);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
