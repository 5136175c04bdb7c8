/* Customers who do not just wait: who comes again, finds no place, is called
 * back, balks; and that they are the same in another center. */
#include <check.h>
#include <string.h>

#include "cases.h"
#include "house.h"

#define DAY_S 86400.0
#define S_US  1000000

/* With nobody there all give up; each comes again with 0.6, up to 4 times:
 * 0.6 + 0.36 + … a customer. */
START_TEST(retries__are_as_many_as_said)
{
	const double want = 0.6 + 0.36 + 0.216 + 0.1296;
	struct usher_sim_counts c;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 0);
	h.queues[0].arrivals_per_s = 0.1;
	h.queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h.queues[0].patience_s = 10;
	h.queues[0].retry_law = USHER_LAW_EXPONENTIAL;
	h.queues[0].retry_s = 60;
	h.queues[0].retry_part = 0.6;
	h.queues[0].retry_max = 4;
	sim = house_run(&h, 0, 3 * DAY_S);
	c = house_counts(sim, 0);
	ck_assert_double_eq_tol((double)c.retried / (double)c.arrived, want,
				0.03);
	ck_assert_uint_eq(house_queue(sim, 0).entered, c.arrived + c.retried);
	ck_assert_uint_eq(c.blocked, 0);
	usher_sim_free(sim);
}
END_TEST

/* Nobody waits where there is no place, and who is blocked comes again. */
START_TEST(places__are_kept)
{
	struct usher_queue_figures f;
	struct usher_sim_counts c;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = 0.05;
	h.queues[0].places = USHER_ZERO;
	h.queues[0].retry_law = USHER_LAW_FIXED;
	h.queues[0].retry_s = 5;
	h.queues[0].retry_part = 1;
	h.queues[0].retry_max = 2;
	sim = house_run(&h, 0, DAY_S);
	f = house_queue(sim, 0);
	c = house_counts(sim, 0);
	ck_assert_int_eq(f.answered_wait_us, 0);
	ck_assert_uint_gt(c.blocked, 1000);
	ck_assert_uint_gt(c.retried, 1000);
	ck_assert_uint_eq(f.entered, f.answered + c.blocked);
	ck_assert_uint_eq(f.abandoned, 0);
	usher_sim_free(sim);
}
END_TEST

/* A caller of 10 s leaves at 30 s to be called back, and keeps his place
 * before one of another queue who came at 25 s and stayed on the line. */
START_TEST(callbacks__keep_their_places)
{
	static const struct usher_sim_call calls[] = {
		{0, 100 * S_US, -1, USHER_NEVER},
		{10 * S_US, 50 * S_US, -1, 25 * S_US},
		{12 * S_US, 50 * S_US, -1, 15 * S_US}};
	static const struct usher_sim_call others[] = {
		{25 * S_US, 50 * S_US, -1, USHER_NEVER}};
	struct house_seen s = {.type = USHER_EV_AGENT_JOINED};
	struct usher_queue_figures f;
	struct usher_sim_counts c;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 2, 1);
	h.queues[0].calls = calls;
	h.queues[0].call_count = 3;
	h.queues[1].calls = others;
	h.queues[1].call_count = 1;
	h.queues[0].callback_after_s = 20;
	h.queues[0].callback_part = 1;
	h.queues[0].dial_s = 10;
	h.opts.event = house_see;
	h.opts.arg = &s;
	sim = house_run(&h, 0, 1000);
	f = house_queue(sim, 0);
	c = house_counts(sim, 0);
	/* the third one gave up at 27 s, before the question */
	ck_assert_uint_eq(f.abandoned, 1);
	ck_assert_uint_eq(c.callbacks, 1);
	ck_assert_uint_eq(c.dialed, 1);
	ck_assert_uint_eq(c.reached, 1);
	ck_assert_int_eq(s.count, 3);
	ck_assert_int_eq(s.at[1], 100 * S_US);
	ck_assert_int_eq(s.at[2], (100 + 10 + 50) * S_US);
	usher_sim_free(sim);
}
END_TEST

/* Of those who are called back seven of ten answer; the others cost the time
 * of dialing. */
START_TEST(callbacks__reach_as_many_as_said)
{
	struct usher_queue_figures f;
	struct usher_sim_counts c;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = 0.05;
	h.groups[0].agents = 5;
	h.queues[0].callback_after_s = 30;
	h.queues[0].callback_part = 0.5;
	h.queues[0].reach_part = 0.7;
	h.queues[0].dial_s = 15;
	sim = house_run(&h, 0, 5 * DAY_S);
	f = house_queue(sim, 0);
	c = house_counts(sim, 0);
	ck_assert_uint_gt(c.callbacks, 3000);
	ck_assert_uint_le(c.callbacks - c.dialed, 50);
	ck_assert_double_eq_tol((double)c.reached / (double)c.dialed, 0.7,
				0.03);
	ck_assert_uint_eq(f.entered, c.arrived + c.callbacks);
	ck_assert_uint_eq(f.abandoned, 0);
	usher_sim_free(sim);
}
END_TEST

/* What each caller of a queue is like: no number moves with agents, policy,
 * another queue's callers, or patience. */
struct callers {
	int64_t arrived[512], talked[512];
	uint64_t contact[512], segment[512];
	uint64_t queue;
	int count;
};

static void note(void *arg, const struct usher_event *ev)
{
	struct callers *c = arg;
	uint64_t queue = 0;

	if (ev->type == USHER_EV_QUEUE_ENTERED && c->count < 512) {
		usher_event_u64(ev, USHER_F_QUEUE, &queue);
		if (!c->queue)
			c->queue = queue; /* the first one is alone */
		if (queue != c->queue)
			return;
		c->contact[c->count] = ev->contact;
		c->arrived[c->count++] = ev->time_us;
	}
	for (int i = c->count; i-- > 0;) {
		if (c->contact[i] != ev->contact)
			continue;
		if (ev->type == USHER_EV_AGENT_JOINED)
			c->talked[i] = -ev->time_us;
		if (ev->type == USHER_EV_CONTACT_CLOSED && c->talked[i])
			c->talked[i] += ev->time_us;
		break;
	}
}

static void callers_of(struct house *h, struct callers *c)
{
	memset(c, 0, sizeof(*c));
	h->opts.event = note;
	h->opts.arg = c;
	usher_sim_free(house_run(h, 0, DAY_S / 4));
}

/* Of those who find all agents taken a part gives up at once, the others wait
 * for ever: births at the full rate below n, at the rest of it from there
 * on. */
START_TEST(balking__is_birth_and_death)
{
	const double balk = _i ? 0.4 : 1, load = 8;
	double lost[16], sum = 1, state = 1, waits;
	const int agents = 9;
	struct house h;

	house_init(&h, 1, 1);
	h.queues[0].arrivals_per_s = load / 100;
	h.queues[0].balk_part = balk;
	h.queues[0].target_s = 1;
	h.groups[0].agents = agents;
	for (int i = 1; i <= agents; i++) {
		state *= load / i;
		sum += i < agents ? state : 0;
	}
	/* all taken, with any number waiting */
	state /= 1 - load / agents * (1 - balk);
	waits = state / (sum + state);
	for (int i = 0; i < 16; i++) {
		struct usher_queue_figures f;
		struct usher_sim *sim;

		h.opts.seed = usher_sim_seed(12, (uint64_t)i);
		sim = house_run(&h, HOUSE_HOUR, 12 * HOUSE_HOUR);
		f = house_queue(sim, 0);
		ck_assert_int_eq(f.abandoned, f.abandoned_within);
		lost[i] = (double)f.abandoned / (double)f.entered;
		usher_sim_free(sim);
	}
	house_agrees(lost, 16, "lost", balk * waits, 0.2);
}
END_TEST

START_TEST(callers__are_the_same_in_another_center)
{
	static struct callers few, many;
	struct house h;
	int both = 0;

	house_init(&h, 2, 1);
	h.queues[0].arrivals_per_s = 0.02;
	h.queues[0].handle_law = USHER_LAW_GAMMA;
	h.queues[0].handle_cv = 0.7;
	h.groups[0].agents = 4;
	h.queues[0].patience_law = USHER_LAW_WEIBULL;
	h.queues[0].patience_cv = 1.3;
	h.queues[0].patience_s = 300;
	callers_of(&h, &few);
	h.groups[0].agents = 40;
	h.queues[0].policy = "random";
	h.queues[0].patience_law = USHER_LAW_NONE;
	h.queues[1].arrivals_per_s = 0.01;
	h.opts.queues = h.queues;
	callers_of(&h, &many);
	ck_assert_int_gt(few.count, 300);
	ck_assert_int_eq(few.count, many.count);
	for (int i = 0; i < few.count; i++) {
		ck_assert_int_eq(few.arrived[i], many.arrived[i]);
		if (few.talked[i] > 0 && many.talked[i] > 0) {
			ck_assert_int_eq(few.talked[i], many.talked[i]);
			both++;
		}
	}
	ck_assert_int_gt(both, 300);
}
END_TEST

TCase *customers_case(void)
{
	TCase *tc = tcase_create("customers");

	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, retries__are_as_many_as_said);
	tcase_add_test(tc, places__are_kept);
	tcase_add_test(tc, callbacks__keep_their_places);
	tcase_add_test(tc, callbacks__reach_as_many_as_said);
	tcase_add_loop_test(tc, balking__is_birth_and_death, 0, 2);
	tcase_add_test(tc, callers__are_the_same_in_another_center);
	return tc;
}
