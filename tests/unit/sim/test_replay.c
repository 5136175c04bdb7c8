/* A simulated day is recorded and replayed: the same figures come out, and
 * with other staff the difference that simulating that directly gives. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/replay.h>

#include "house.h"

#define DAYS         5
#define REPLICATIONS 12
#define HOURS        1.2
#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))

/* Enough for figures that mean something: some 2,200 customers, 34 agents for
 * a load of 36, patience of a minute. */
static void house_fill(struct house *h, uint32_t agents, uint64_t seed)
{
	house_init(h, 1, 1);
	h->queues[0].arrivals_per_s = 0.2;
	h->queues[0].handle_law = USHER_LAW_LOGNORMAL;
	h->queues[0].handle_s = 150;
	h->queues[0].handle_cv = 1.2;
	h->queues[0].wrapup_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].wrapup_s = 30;
	h->queues[0].patience_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].patience_s = 60;
	h->groups[0].agents = agents;
	h->opts.seed = seed;
}

static void on_event(void *arg, const struct usher_event *ev)
{
	ck_assert_int_eq(usher_record_feed(arg, ev), 0);
}

static struct usher_replay_figures figures_of(const struct usher_sim *sim)
{
	struct usher_replay_figures f = {.size = sizeof(f)};

	ck_assert_int_eq(usher_replay_figures(sim, &f), 0);
	return f;
}

static struct usher_record *recorded(struct house *h, double hours)
{
	struct usher_record *record;
	struct usher_sim *sim;

	ck_assert_int_eq(usher_record_new(&record, NULL), 0);
	h->opts.event = on_event;
	h->opts.arg = record;
	sim = house_run(h, 0, hours * HOUSE_HOUR);
	h->opts.event = NULL;
	ck_assert_int_eq(usher_record_end(record, usher_sim_now(sim)), 0);
	usher_sim_free(sim);
	return record;
}

static struct usher_replay_figures simulated(const struct usher_sim_opts *like,
					     uint64_t seed, double duration_s,
					     double *answered)
{
	struct usher_sim_opts opts = *like;
	struct usher_replay_figures f;
	struct usher_error err = {0};
	struct usher_sim *sim;

	opts.seed = seed;
	ck_assert_msg(!usher_sim_new(&sim, &opts, &err), "%s", err.message);
	ck_assert_int_eq(usher_sim_run(sim, duration_s), 0);
	f = figures_of(sim);
	for (uint32_t i = 0; answered && i < opts.queue_count; i++)
		answered[i] = (double)house_queue(sim, i).answered;
	usher_sim_free(sim);
	return f;
}

static struct usher_record_model *model_of(const struct usher_record *record,
					   const char *group, int agents)
{
	const struct usher_record_change change = {.group = group,
						   .agents = agents};
	struct usher_record_model *model;
	struct usher_record_opts opts;
	struct usher_error err = {0};

	usher_record_opts_init(&opts, sizeof(opts));
	opts.changes = &change;
	opts.change_count = group != NULL;
	ck_assert_msg(!usher_record_model_new(&model, record, &opts, &err),
		      "%s", err.message);
	return model;
}

/* The figures that are compared. */
enum { LEVEL, ASA, ABANDONED, OCCUPANCY, FIGURES };

static double pick(const struct usher_replay_figures *f, int which)
{
	const double all[] = {f->service_level, f->asa_s, f->abandonment,
			      f->occupancy};

	return all[which];
}

static const char *const figure_names[] = {"service level", "asa",
					   "abandonment", "occupancy"};

/* What was seen is one more of the values. */
static double is_one_of(const char *what, double was, const double *values)
{
	struct usher_sim_interval in = {.size = sizeof(in)};
	double t, half;

	usher_sim_interval(values, REPLICATIONS, 0.999, &in);
	/* of one more day, not of the mean */
	usher_sim_student(0.9995, REPLICATIONS - 1, &t);
	half = t * in.deviation * sqrt(1 + 1.0 / REPLICATIONS);
	ck_assert_msg(fabs(was - in.mean) <= half, "%s: %g, replayed %g +- %g",
		      what, was, in.mean, half);
	return half;
}

/* The recorded day is one of those that its model makes; and so is how many
 * each queue answered. */
static void gives_the_days_figures(struct house *h, double asa_s)
{
	const double narrow[FIGURES] = {0.35, asa_s, 0.15, 0.1};
	struct usher_record_queue q = {.size = sizeof(q)};
	struct usher_replay_figures was = {.size = sizeof(was)};
	struct usher_record_model *model;
	double values[FIGURES][REPLICATIONS];
	double answered[HOUSE_MANY][REPLICATIONS];
	struct usher_record *record = recorded(h, HOURS);

	ck_assert_int_eq(usher_record_figures(record, &was), 0);
	model = model_of(record, NULL, 0);
	for (uint32_t i = 0; i < REPLICATIONS; i++) {
		double one[HOUSE_MANY];
		struct usher_replay_figures f = simulated(
			usher_record_model_opts(model), usher_sim_seed(99, i),
			usher_record_duration(record), one);

		ck_assert_uint_eq(f.entered, was.entered);
		for (int k = 0; k < FIGURES; k++)
			values[k][i] = pick(&f, k);
		for (uint32_t k = 0; k < h->opts.queue_count; k++)
			answered[k][i] = one[k];
	}
	/* the interval says something */
	for (int k = 0; k < FIGURES; k++)
		ck_assert_double_lt(
			is_one_of(figure_names[k], pick(&was, k), values[k]),
			narrow[k]);
	for (uint32_t k = 0; !usher_record_queue_at(record, k, &q); k++)
		ck_assert_double_lt(
			is_one_of(q.name, (double)q.answered, answered[k]),
			0.4 * (double)q.answered);
	usher_record_model_free(model);
	usher_record_free(record);
}

START_TEST(replay__under_the_same_policy_gives_the_days_figures)
{
	struct house h;

	house_fill(&h, 34, (uint64_t)_i + 1);
	gives_the_days_figures(&h, 15);
}
END_TEST

#define CALLS 860

/* Two languages that agents do not share, and more work in one of them; who
 * waits for half a minute is led elsewhere. Without either it would be another
 * day: all could be answered by all, or wait on. */
START_TEST(replay__knows_what_contacts_came_with)
{
	static const struct usher_attr languages[] = {
		{.name = "language", .text = "de", .type = USHER_ATTR_TEXT},
		{.name = "language", .text = "en", .type = USHER_ATTR_TEXT}};
	static struct usher_sim_call calls[CALLS];
	static struct usher_sim_came came[CALLS];
	struct house h;

	house_fill(&h, 20, 5);
	h.queues[0].arrivals_per_s = 0;
	h.queues[0].requirement = "language == contact.language";
	h.queues[0].max_wait_s = 30;
	h.queues[0].calls = calls;
	h.queues[0].came = came;
	h.queues[0].came_size = sizeof(*came);
	h.queues[0].call_count = CALLS;
	for (int i = 0; i < CALLS; i++) {
		calls[i] = (struct usher_sim_call){
			(int64_t)i * 5000000 + i * 7919 % 4000000, -1, -1, -1};
		came[i].attrs = &languages[i % 3 == 0];
		came[i].attr_count = 1;
	}
	h.opts.group_count = 2;
	for (int g = 0; g < 2; g++) {
		h.groups[g].attrs = &languages[g];
		h.groups[g].attr_count = 1;
		h.groups[g].agents = 20;
	}
	gives_the_days_figures(&h, 15);
}
END_TEST

/* Much is done by steps: a second ring, callbacks for some, the others
 * overflow into a queue that is closed for a while. Each of them is needed:
 * without it, or with the first queue alone, it would be another day. */
START_TEST(replay__knows_what_queues_do_over_time)
{
	static const struct usher_attr levels[] = {
		{.name = "level", .number = 1},
		{.name = "level", .number = 2},
		{.name = "level", .number = 3}};
	static const struct usher_sim_hours hours[] = {{0, 1200},
						       {3000, 86400}};
	static const uint64_t second = 1;
	struct usher_queue_step_opts steps[3];
	struct house h;

	house_fill(&h, 14, (uint64_t)_i + 21);
	steps[0] = house_step(USHER_QUEUE_STEP_WIDEN, 15);
	steps[0].requirement = "level == 2";
	steps[1] = house_step(USHER_QUEUE_STEP_CALLBACK, 20);
	steps[2] = house_step(USHER_QUEUE_STEP_OVERFLOW, 30);
	steps[2].queues = &second;
	steps[2].queue_count = 1;
	h.queues[0].requirement = "level == 1";
	h.queues[0].patience_s = 120;
	h.queues[0].callback_part = 0.5;
	h.queues[0].steps = steps;
	h.queues[0].step_count = 3;
	h.queues[1] = h.queues[0];
	h.queues[1].name = "q2";
	h.queues[1].arrivals_per_s = 0.05;
	h.queues[1].handle_s = 60;
	h.queues[1].requirement = "level == 3";
	h.queues[1].steps = NULL;
	h.queues[1].step_count = 0;
	h.queues[1].hours = hours;
	h.queues[1].hour_count = 2;
	h.opts.queue_count = 2;
	h.opts.group_count = 3;
	for (int g = 0; g < 3; g++) {
		h.groups[g].attrs = &levels[g];
		h.groups[g].attr_count = 1;
		h.groups[g].agents = g == 1 ? 6 : 14;
	}
	/* some are called back after a long time */
	gives_the_days_figures(&h, 60);
}
END_TEST

/* Eight agents less: what replaying says is what happens to those days. */
START_TEST(replay__with_other_staff_gives_what_happens_then)
{
	double replayed[FIGURES][DAYS], direct[FIGURES][DAYS];

	for (uint32_t day = 0; day < DAYS; day++) {
		struct usher_record_model *same, *less;
		struct usher_replay_figures was = {.size = sizeof(was)}, then;
		struct usher_record *record;
		struct usher_sim *sim;
		struct house h;
		double duration;

		house_fill(&h, 34, 100 + day);
		record = recorded(&h, HOURS);
		duration = usher_record_duration(record);
		usher_record_figures(record, &was);
		h.groups[0].agents = 26;
		sim = house_run(&h, 0, HOURS * HOUSE_HOUR);
		then = figures_of(sim);
		usher_sim_free(sim);
		same = model_of(record, NULL, 0);
		less = model_of(record, "g1", 26);
		for (int k = 0; k < FIGURES; k++) {
			direct[k][day] = pick(&then, k) - pick(&was, k);
			replayed[k][day] = 0;
		}
		for (uint32_t i = 0; i < 2; i++) {
			struct usher_replay_figures a, b;

			a = simulated(usher_record_model_opts(same),
				      usher_sim_seed(5, i), duration, NULL);
			b = simulated(usher_record_model_opts(less),
				      usher_sim_seed(5, i), duration, NULL);
			for (int k = 0; k < FIGURES; k++)
				replayed[k][day] +=
					(pick(&b, k) - pick(&a, k)) / 2;
		}
		usher_record_model_free(same);
		usher_record_model_free(less);
		usher_record_free(record);
	}
	for (int k = 0; k < FIGURES; k++) {
		struct usher_sim_interval effect = {.size = sizeof(effect)};
		struct usher_sim_interval off = {.size = sizeof(off)};

		usher_sim_interval(direct[k], DAYS, 0.999, &effect);
		usher_sim_paired(replayed[k], direct[k], DAYS, 0.999, &off);
		/* there is a difference, and replaying finds its size; agents
		 * are busy nearly all the time as it is */
		ck_assert_msg(k == OCCUPANCY ||
				      fabs(effect.mean) > effect.half,
			      "%s: %g +- %g", figure_names[k], effect.mean,
			      effect.half);
		ck_assert_msg(fabs(off.mean) <= off.half,
			      "%s: %g off by %g +- %g", figure_names[k],
			      effect.mean, off.mean, off.half);
		ck_assert(k == OCCUPANCY || off.half < fabs(effect.mean));
	}
}
END_TEST

/* Most are answered: their patience is only known to be more. */
START_TEST(patience__is_estimated_though_most_of_it_is_censored)
{
	const struct usher_sim_queue *q;
	struct usher_record_model *model;
	struct usher_record_queue info = {.size = sizeof(info)};
	struct usher_record *record;
	struct house h;
	double sum = 0;

	house_fill(&h, 34, 7);
	record = recorded(&h, 5);
	ck_assert_int_eq(usher_record_queue_at(record, 0, &info), 0);
	ck_assert_uint_lt(info.abandoned * 3, info.answered);
	model = model_of(record, NULL, 0);
	q = usher_record_model_opts(model)->queues;
	ck_assert_int_eq(q->patience_law, USHER_LAW_VALUES);
	for (uint32_t i = 0; i < q->patience_value_count; i++)
		sum += q->patience_values[i];
	/* a naive mean of those who gave up would be far below */
	ck_assert_double_eq_tol(sum / q->patience_value_count, 60, 8);
	usher_record_model_free(model);
	usher_record_free(record);
}
END_TEST

/* Two groups with shifts and a break, one of them slower. */
START_TEST(record__knows_groups_their_speed_and_their_shifts)
{
	static const struct usher_sim_span early[] = {
		{0, 3600, USHER_READY, 0},
		{3600, 4500, USHER_PAUSED, 0},
		{4500, 9000, USHER_READY, 0}};
	static const struct usher_sim_span late[] = {
		{1800, 10800, USHER_READY, 0}};
	const struct usher_attr skill = {.name = "skill", .number = 2};
	struct usher_record_group a = {.size = sizeof(a)}, b = a;
	const struct usher_sim_opts *opts;
	struct usher_record_model *model;
	struct usher_record *record;
	uint32_t agents = 0;
	struct house h;

	house_init(&h, 1, 2);
	h.queues[0].arrivals_per_s = 0.2;
	h.queues[0].handle_s = 100;
	h.groups[0].name = "quick";
	h.groups[0].agents = 15;
	h.groups[0].speed = 1.5;
	h.groups[0].spans = early;
	h.groups[0].span_count = COUNT(early);
	h.groups[0].attrs = &skill;
	h.groups[0].attr_count = 1;
	h.groups[1].name = "slow";
	h.groups[1].agents = 10;
	h.groups[1].speed = 0.75;
	h.groups[1].spans = late;
	h.groups[1].span_count = COUNT(late);
	record = recorded(&h, 2.5);
	ck_assert_int_eq(usher_record_group_at(record, 0, &a), 0);
	ck_assert_int_eq(usher_record_group_at(record, 1, &b), 0);
	ck_assert_int_eq(usher_record_group_at(record, 2, &b), USHER_ENOENT);
	ck_assert_str_eq(a.name, "quick");
	ck_assert_uint_eq(a.agents, 15);
	ck_assert_str_eq(b.name, "slow");
	ck_assert_double_eq_tol(a.speed / b.speed, 2, 0.2);
	model = model_of(record, "quick", 20);
	opts = usher_record_model_opts(model);
	for (uint32_t i = 0; i < opts->group_count; i++)
		if (!strncmp(opts->groups[i].name, "quick.", 6))
			agents += opts->groups[i].agents;
	ck_assert_uint_eq(agents, 20);
	ck_assert_str_eq(opts->groups[0].attrs[0].name, "skill");
	ck_assert_uint_eq(opts->groups[0].span_count, 3);
	ck_assert_uint_eq(opts->groups[0].spans[1].presence, USHER_PAUSED);
	ck_assert_double_ge(opts->groups[0].spans[1].from_s, 3600);
	usher_record_model_free(model);
	usher_record_free(record);
}
END_TEST

START_TEST(record__refuses_what_makes_no_sense)
{
	const struct usher_record_change change = {.group = "nobody",
						   .agents = 3};
	struct usher_replay_figures f = {.size = sizeof(f)};
	struct usher_record_model *model = NULL;
	struct usher_record_opts opts;
	struct usher_error err = {0};
	struct usher_record *record;
	struct usher_sim_opts bad;
	struct usher_sim *sim;
	struct house h;

	ck_assert_int_eq(usher_record_new(NULL, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_record_new(&record, NULL), 0);
	ck_assert_int_eq(usher_record_end(record, 0), USHER_ESTATE);
	ck_assert_int_eq(usher_record_figures(record, &f), USHER_ESTATE);
	ck_assert_int_eq(usher_record_model_new(&model, record, NULL, &err),
			 USHER_ESTATE);
	usher_record_free(record);
	house_fill(&h, 3, 1);
	record = recorded(&h, 0.2);
	ck_assert_int_eq(usher_record_end(record, 0), USHER_ESTATE);
	usher_record_opts_init(&opts, sizeof(opts));
	opts.changes = &change;
	opts.change_count = 1;
	ck_assert_int_eq(usher_record_model_new(&model, record, &opts, &err),
			 USHER_ENOENT);
	ck_assert_ptr_nonnull(strstr(err.message, "\"nobody\""));
	opts.change_size++;
	ck_assert_int_eq(usher_record_model_new(&model, record, &opts, &err),
			 USHER_EINVAL);
	opts.change_size = 0;
	ck_assert_int_eq(usher_record_model_new(&model, record, &opts, &err),
			 USHER_EINVAL);
	opts.change_size = sizeof(change);
	opts.change_count = 0;
	opts.policy = "no such policy";
	ck_assert_int_eq(usher_record_model_new(&model, record, &opts, &err),
			 0);
	bad = *usher_record_model_opts(model);
	ck_assert_int_eq(usher_sim_new(&sim, &bad, &err), USHER_ENOENT);
	usher_record_model_free(model);
	usher_record_model_free(NULL);
	usher_record_free(record);
	usher_record_free(NULL);
}
END_TEST

/* Fails at the nth allocation. */
struct heap {
	long left, alive;
};

static void *heap_realloc(void *arg, void *ptr, size_t size)
{
	struct heap *heap = arg;

	if (!size) {
		heap->alive -= ptr != NULL;
		free(ptr);
		return NULL;
	}
	if (heap->left-- == 0)
		return NULL;
	heap->alive += ptr == NULL;
	return realloc(ptr, size);
}

struct feeding {
	struct usher_record *record;
	int rc;
};

static void feed_or_fail(void *arg, const struct usher_event *ev)
{
	struct feeding *f = arg;

	if (!f->rc)
		f->rc = usher_record_feed(f->record, ev);
}

START_TEST(record__survives_each_failing_allocation)
{
	struct heap heap = {0};
	const struct usher_alloc alloc = {heap_realloc, &heap};
	struct usher_record_model *model;
	struct feeding f = {.rc = -1};
	struct usher_sim *sim;
	struct house h;

	for (long n = 0; f.rc; n++) {
		memset(&f, 0, sizeof(f));
		heap.left = n;
		model = NULL;
		house_fill(&h, 3, 1);
		f.rc = usher_record_new(&f.record, &alloc);
		if (!f.rc) {
			h.opts.event = feed_or_fail;
			h.opts.arg = &f;
			sim = house_run(&h, 0, 60);
			if (!f.rc)
				f.rc = usher_record_end(f.record,
							usher_sim_now(sim));
			usher_sim_free(sim);
		}
		if (!f.rc)
			f.rc = usher_record_model_new(&model, f.record, NULL,
						      NULL);
		usher_record_model_free(model);
		usher_record_free(f.record);
		ck_assert_int_eq(heap.alive, 0);
		ck_assert(!f.rc || f.rc == USHER_ENOMEM);
		ck_assert_int_lt(n, 2000);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay");
	TCase *tc = tcase_create("replay");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(
		tc, replay__under_the_same_policy_gives_the_days_figures, 0,
		2);
	tcase_add_test(tc, replay__with_other_staff_gives_what_happens_then);
	tcase_add_test(tc,
		       patience__is_estimated_though_most_of_it_is_censored);
	tcase_add_test(tc, replay__knows_what_contacts_came_with);
	tcase_add_loop_test(tc, replay__knows_what_queues_do_over_time, 0, 2);
	tcase_add_test(tc, record__knows_groups_their_speed_and_their_shifts);
	tcase_add_test(tc, record__refuses_what_makes_no_sense);
	tcase_add_test(tc, record__survives_each_failing_allocation);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
