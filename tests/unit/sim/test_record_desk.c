/* Records of agents who have several contacts at once: what stood still, how
 * much slower they were, and that a model of it is the same center. */
#include <check.h>
#include <math.h>
#include <string.h>

#include <usher/replay.h>

#include "day.h"
#include "house.h"

#define SECOND   DAY_SECOND
#define HOURS    12.0
#define DAYS     96
#define AGENTS   12
#define SLOWDOWN 0.4
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct usher_capacity capacity[] = {
	{.channel = "voice", .max = 1, .interrupts = "mail"},
	{.channel = "chat", .max = 3},
	{.channel = "mail", .max = 1}};

static uint64_t agent(struct day *d, const char *name)
{
	struct usher_agent_opts opts;
	uint64_t id = 0;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = name;
	opts.capacity = capacity;
	opts.capacity_count = COUNT(capacity);
	opts.max_total = 2;
	ck_assert_int_eq(
		usher_acd_agent_set(d->acd, d->now_us, &opts, &id, NULL), 0);
	ck_assert_int_eq(
		usher_acd_presence(d->acd, d->now_us, id, USHER_READY, NULL),
		0);
	day_feed(d);
	return id;
}

static uint64_t customer(struct day *d, uint64_t queue, const char *channel)
{
	struct usher_contact_opts opts;
	uint64_t id = 0;

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.channel = channel;
	ck_assert_int_eq(usher_acd_contact_new(d->acd, d->now_us, &opts, &id),
			 0);
	day_wait(d, id, queue);
	return id;
}

static const struct usher_sim_opts *model_of(const struct day *d,
					     struct usher_record_model **ret)
{
	struct usher_error err = {0};

	ck_assert_msg(!usher_record_model_new(ret, d->record, NULL, &err),
		      "%s", err.message);
	return usher_record_model_opts(*ret);
}

/* A mail of a minute, of which a call of 20 s and its answering took 25: it
 * stood still while they talked. */
START_TEST(record__knows_what_stood_still)
{
	const struct usher_sim_opts *opts;
	struct usher_record_model *model;
	uint64_t mails, calls, mail, call;
	struct day d;

	day_begin(&d);
	mails = day_queue(&d, "mails");
	calls = day_queue(&d, "calls");
	agent(&d, "x-1");
	mail = customer(&d, mails, "mail");
	day_pass(&d, 2 * SECOND);
	day_take(&d);
	day_pass(&d, 10 * SECOND);
	call = customer(&d, calls, "voice");
	day_pass(&d, 5 * SECOND);
	day_take(&d);
	day_pass(&d, 20 * SECOND);
	day_gone(&d, call);
	day_pass(&d, 25 * SECOND);
	day_gone(&d, mail);
	day_record(&d);
	/* what answering took is each one's own */
	ck_assert_double_eq_tol(day_info(&d, 0).handle_s, 62, 1e-9);
	ck_assert_double_eq_tol(day_info(&d, 1).handle_s, 25, 1e-9);
	opts = model_of(&d, &model);
	ck_assert_uint_eq(opts->queues[0].handle_value_count, 1);
	ck_assert_double_eq_tol(opts->queues[0].handle_values[0], 42, 1e-9);
	ck_assert_double_eq_tol(opts->queues[1].handle_values[0], 25, 1e-9);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* Two chats beside each other: too few to tell anything, so that they are as
 * slow as they were, and that is told. */
START_TEST(record__tells_that_it_knows_no_slow_down)
{
	const struct usher_sim_opts *opts;
	struct usher_record_model *model;
	const struct usher_sim_came *came;
	uint64_t chats, first, second;
	struct day d;

	day_begin(&d);
	chats = day_queue(&d, "chats");
	agent(&d, "x-1");
	first = customer(&d, chats, "chat");
	day_take(&d);
	day_pass(&d, 10 * SECOND);
	second = customer(&d, chats, "chat");
	day_take(&d);
	day_pass(&d, 30 * SECOND);
	day_gone(&d, first);
	day_pass(&d, 5 * SECOND);
	day_gone(&d, second);
	day_record(&d);
	ck_assert_uint_eq(day_lack(&d, USHER_LACKS_CAPACITY), 1);
	opts = model_of(&d, &model);
	ck_assert_double_eq_tol(opts->queues[0].handle_values[0], 40, 1e-9);
	ck_assert_double_eq_tol(opts->queues[0].handle_values[1], 35, 1e-9);
	ck_assert_double_eq(opts->groups[0].slowdown, 0);
	ck_assert_uint_eq(opts->groups[0].max_total, 2);
	ck_assert_uint_eq(opts->groups[0].capacity_count, COUNT(capacity));
	/* by name */
	ck_assert_str_eq(opts->groups[0].capacity[0].channel, "chat");
	ck_assert_uint_eq(opts->groups[0].capacity[0].max, 3);
	ck_assert_ptr_null(opts->groups[0].capacity[0].interrupts);
	ck_assert_str_eq(opts->groups[0].capacity[2].channel, "voice");
	ck_assert_str_eq(opts->groups[0].capacity[2].interrupts, "mail");
	came = opts->queues[0].came;
	ck_assert_str_eq(came[1].channel, "chat");
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* Agents are alike only if they may have as much at once. */
START_TEST(groups__differ_by_capacity)
{
	struct usher_record_group group = {.size = sizeof(group)};
	const struct usher_sim_opts *opts;
	struct usher_record_model *model;
	struct day d;

	day_begin(&d);
	day_queue(&d, "q");
	agent(&d, "x-1");
	agent(&d, "x-2");
	day_agent(&d, "y-1");
	day_pass(&d, SECOND);
	day_record(&d);
	ck_assert_int_eq(usher_record_group_at(d.record, 0, &group), 0);
	ck_assert_uint_eq(group.agents, 2);
	ck_assert_int_eq(usher_record_group_at(d.record, 1, &group), 0);
	ck_assert_uint_eq(group.agents, 1);
	opts = model_of(&d, &model);
	ck_assert_uint_eq(opts->group_count, 2);
	ck_assert_uint_eq(opts->groups[1].capacity_count, 0);
	ck_assert_uint_eq(opts->groups[1].max_total, 0);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* Nobody was done: with one who is wrapped up for 5 s and one who still talks,
 * the model knows 5 s for both, and is one that can be simulated. One talked
 * for 12 s, and the other one goes on from 17 s as if half of all were done
 * each 12 s. In the other queue one talks for a second, which tells nothing of
 * how long that takes. */
START_TEST(model__is_made_where_nobody_was_done)
{
	struct usher_record_model *model = NULL;
	const struct usher_sim_queue *q;
	struct usher_queue_opts opts;
	struct usher_sim *sim = NULL;
	uint64_t queue = 0, other, contact;
	struct day d;

	day_begin(&d);
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "q";
	opts.wrapup_us = 60 * SECOND;
	ck_assert_int_eq(
		usher_acd_queue_set(d.acd, d.now_us, &opts, &queue, NULL), 0);
	day_feed(&d);
	other = day_queue(&d, "other");
	for (int i = 0; i < 2; i++) {
		char name[] = {'x', (char)('0' + i), 0};

		day_agent(&d, name);
		contact = day_customer(&d, queue);
		day_pass(&d, 0);
		day_take(&d);
	}
	day_pass(&d, 12 * SECOND);
	day_gone(&d, contact);
	day_pass(&d, 4 * SECOND);
	day_agent(&d, "x2");
	day_customer(&d, other);
	day_pass(&d, 0);
	day_take(&d);
	day_pass(&d, 1 * SECOND);
	day_record(&d);
	ck_assert_int_eq(usher_record_model_new(&model, d.record, NULL, NULL),
			 0);
	q = usher_record_model_opts(model)->queues;
	ck_assert_uint_eq(q[0].wrapup_value_count, 2);
	for (int i = 0; i < 2; i++)
		ck_assert_double_eq_tol(q[0].wrapup_values[i], 5, 1e-9);
	/* as in the first one */
	ck_assert_uint_eq(q[1].handle_value_count, 2);
	ck_assert_double_eq_tol(q[1].handle_values[0], 17 + 12, 1e-9);
	ck_assert_double_eq_tol(q[1].handle_values[1], 12, 1e-9);
	ck_assert_int_eq(
		usher_sim_new(&sim, usher_record_model_opts(model), NULL), 0);
	usher_sim_free(sim);
	usher_record_model_free(model);
	day_end(&d);
}
END_TEST

/* ---- A simulated day, recorded ---- */

enum { LEVEL, ASA, ABANDONED, OCCUPANCY, FIGURES };

static const char *const names[] = {"service level", "asa", "abandonment",
				    "occupancy"};

static double pick(const struct usher_sim *sim, int which)
{
	struct usher_replay_figures f = {.size = sizeof(f)};

	ck_assert_int_eq(usher_replay_figures(sim, &f), 0);
	return which == LEVEL       ? f.service_level
	       : which == ASA       ? f.asa_s
	       : which == ABANDONED ? f.abandonment
				    : f.occupancy;
}

static const char *const kinds[] = {"voice", "chat", "mail"};
static const double handle_s[] = {180, 300, 400};

static void fill(struct house *h, uint32_t agents, uint64_t seed)
{
	static const double rates[] = {0.020, 0.035, 0.006};

	house_init(h, 3, 1);
	for (int i = 0; i < 3; i++) {
		struct usher_sim_queue *q = &h->queues[i];

		q->channel = kinds[i];
		q->arrivals_per_s = rates[i];
		q->handle_law = USHER_LAW_LOGNORMAL;
		q->handle_s = handle_s[i];
		q->handle_cv = 0.8;
		q->wrapup_law = USHER_LAW_FIXED;
		q->wrapup_s = 20;
		q->patience_law = USHER_LAW_EXPONENTIAL;
		q->patience_s = 150;
	}
	h->groups[0].agents = agents;
	h->groups[0].capacity = capacity;
	h->groups[0].capacity_count = COUNT(capacity);
	h->groups[0].max_total = 3;
	h->groups[0].slowdown = SLOWDOWN;
	h->opts.seed = seed;
}

static void on_event(void *arg, const struct usher_event *ev)
{
	ck_assert_int_eq(usher_record_feed(arg, ev), 0);
}

static double mean_of(const struct usher_sim_queue *q)
{
	double sum = 0;

	for (uint32_t i = 0; i < q->handle_value_count; i++)
		sum += q->handle_values[i] / q->handle_value_count;
	return sum;
}

static void simulated(const struct usher_sim_opts *like, uint64_t seed,
		      double duration_s, double ret[FIGURES])
{
	struct usher_sim_opts opts = *like;
	struct usher_error err = {0};
	struct usher_sim *sim;

	opts.seed = seed;
	ck_assert_msg(!usher_sim_new(&sim, &opts, &err), "%s", err.message);
	ck_assert_int_eq(usher_sim_run(sim, duration_s), 0);
	for (int k = 0; k < FIGURES; k++)
		ret[k] = pick(sim, k);
	usher_sim_free(sim);
}

/* The mean over the days is what is wanted, and known so closely. */
static void is_near(const char *what, const double *values, double want,
		    double width)
{
	struct usher_sim_interval in = {.size = sizeof(in)};

	usher_sim_interval(values, DAYS, 0.999, &in);
	ck_assert_msg(fabs(in.mean - want) <= in.half && in.half < width,
		      "%s: %g +- %g, not %g", what, in.mean, in.half, want);
}

/* Days are recorded and modelled, as they were and with two agents less, who
 * have more at once and are slower: the model's figures are the center's. */
START_TEST(model__is_the_center_also_with_other_staff)
{
	struct usher_record_change change = {.group = "g1"};
	struct usher_record_lack lack = {.size = sizeof(lack)};
	const double narrow[FIGURES] = {0.015, 1.5, 0.006, 0.006};
	double was[FIGURES][DAYS], less[FIGURES][DAYS], slow[DAYS];
	double handle[3][DAYS];

	for (uint32_t day = 0; day < DAYS; day++) {
		const struct usher_sim_opts *opts;
		struct usher_record_model *model;
		struct usher_record_opts changes;
		struct usher_record *record;
		double is[FIGURES], then[FIGURES];
		struct usher_sim *sim;
		struct house h;

		fill(&h, AGENTS, 300 + day);
		ck_assert_int_eq(usher_record_new(&record, NULL), 0);
		h.opts.event = on_event;
		h.opts.arg = record;
		sim = house_run(&h, 0, HOURS * HOUSE_HOUR);
		h.opts.event = NULL;
		ck_assert_int_eq(usher_record_end(record, usher_sim_now(sim)),
				 0);
		ck_assert_int_eq(usher_record_lack_at(record, 0, &lack),
				 USHER_ENOENT);
		ck_assert_int_eq(
			usher_record_model_new(&model, record, NULL, NULL), 0);
		opts = usher_record_model_opts(model);
		slow[day] = opts->groups[0].slowdown;
		for (int i = 0; i < 3; i++)
			handle[i][day] = mean_of(&opts->queues[i]);
		simulated(opts, usher_sim_seed(1, day), HOURS * HOUSE_HOUR,
			  is);
		for (int k = 0; k < FIGURES; k++)
			was[k][day] = is[k] - pick(sim, k);
		usher_record_model_free(model);
		usher_sim_free(sim);
		/* the same days with other staff */
		change.agents = AGENTS - 2;
		usher_record_opts_init(&changes, sizeof(changes));
		changes.changes = &change;
		changes.change_count = 1;
		ck_assert_int_eq(
			usher_record_model_new(&model, record, &changes, NULL),
			0);
		simulated(usher_record_model_opts(model),
			  usher_sim_seed(2, day), HOURS * HOUSE_HOUR, is);
		h.groups[0].agents = AGENTS - 2;
		simulated(&h.opts, h.opts.seed, HOURS * HOUSE_HOUR, then);
		for (int k = 0; k < FIGURES; k++)
			less[k][day] = is[k] - then[k];
		usher_record_model_free(model);
		usher_record_free(record);
	}
	for (int k = 0; k < FIGURES; k++) {
		is_near(names[k], was[k], 0, narrow[k]);
		is_near(names[k], less[k], 0, narrow[k]);
	}
	for (int i = 0; i < 3; i++)
		is_near(kinds[i], handle[i], handle_s[i], 0.1 * handle_s[i]);
	is_near("slow-down", slow, SLOWDOWN, 0.1);
}
END_TEST

/* Half hours of two groups that are alike: whom the end of a record cuts off
 * makes neither of them quicker than the other. */
START_TEST(speed__does_not_come_of_who_is_cut_off)
{
	static const struct usher_attr sides[] = {
		{.name = "side", .text = "a", .type = USHER_ATTR_TEXT},
		{.name = "side", .text = "b", .type = USHER_ATTR_TEXT}};
	double ratio[DAYS];

	for (uint64_t day = 0; day < DAYS; day++) {
		struct usher_record_group g = {.size = sizeof(g)};
		struct usher_record *record;
		struct usher_sim *sim;
		struct house h;

		house_init(&h, 1, 2);
		h.queues[0].arrivals_per_s = 0.2;
		h.queues[0].handle_s = 180;
		h.queues[0].patience_law = USHER_LAW_EXPONENTIAL;
		h.queues[0].patience_s = 120;
		for (int i = 0; i < 2; i++) {
			h.groups[i].agents = 20;
			h.groups[i].attrs = &sides[i];
			h.groups[i].attr_count = 1;
		}
		h.opts.seed = 700 + day;
		ck_assert_int_eq(usher_record_new(&record, NULL), 0);
		h.opts.event = on_event;
		h.opts.arg = record;
		sim = house_run(&h, 0, HOUSE_HOUR / 2);
		ck_assert_int_eq(usher_record_end(record, usher_sim_now(sim)),
				 0);
		ck_assert_int_eq(usher_record_group_at(record, 0, &g), 0);
		ratio[day] = g.speed;
		ck_assert_int_eq(usher_record_group_at(record, 1, &g), 0);
		ratio[day] = log(ratio[day] / g.speed);
		usher_record_free(record);
		usher_sim_free(sim);
	}
	is_near("first over second", ratio, 0, 0.06);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("record-desk");
	TCase *tc = tcase_create("record-desk");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, record__knows_what_stood_still);
	tcase_add_test(tc, record__tells_that_it_knows_no_slow_down);
	tcase_add_test(tc, groups__differ_by_capacity);
	tcase_add_test(tc, model__is_made_where_nobody_was_done);
	tcase_add_test(tc, speed__does_not_come_of_who_is_cut_off);
	tcase_add_test(tc, model__is_the_center_also_with_other_staff);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
