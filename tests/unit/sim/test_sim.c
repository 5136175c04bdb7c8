/* The simulation against the formulas, and against itself. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <usher/erlang.h>
#include <usher/sim.h>

#define DAY  USHER_SPAN_DAY
#define HOUR 3600.0

/* A queue with exponential handle times and a group that serves it. */
struct house {
	struct usher_sim_queue queue;
	struct usher_sim_group group;
	struct usher_sim_opts opts;
};

static void house_init(struct house *h, double arrivals_per_s, double handle_s,
		       uint32_t agents)
{
	memset(h, 0, sizeof(*h));
	ck_assert_int_eq(usher_sim_opts_init(&h->opts, sizeof(h->opts)), 0);
	h->queue.name = "sales";
	h->queue.arrivals_per_s = arrivals_per_s;
	h->queue.handle_s = handle_s;
	h->queue.handle_law = USHER_LAW_EXPONENTIAL;
	h->queue.target_s = 20;
	h->group.name = "agent";
	h->group.agents = agents;
	h->opts.queues = &h->queue;
	h->opts.queue_count = 1;
	h->opts.groups = &h->group;
	h->opts.group_count = 1;
	h->opts.seed = 1;
}

static struct usher_sim *house_open(const struct house *h)
{
	struct usher_sim *sim = NULL;
	struct usher_error err;

	ck_assert_msg(usher_sim_new(&sim, &h->opts, &err) == 0, "%s",
		      err.message);
	return sim;
}

static struct usher_queue_figures figures(const struct usher_sim *sim)
{
	struct usher_queue_figures f = {.size = sizeof(f)};

	ck_assert_int_eq(usher_metrics_queue(usher_sim_metrics(sim),
					     usher_sim_queue_id(sim, 0), DAY,
					     usher_sim_now(sim), &f),
			 0);
	return f;
}

static struct usher_queue_figures run(const struct house *h, double warmup_s,
				      double duration_s)
{
	struct usher_sim *sim = house_open(h);
	struct usher_queue_figures f;

	ck_assert_int_eq(usher_sim_run(sim, warmup_s), 0);
	ck_assert_int_eq(usher_sim_warm(sim), 0);
	ck_assert_int_eq(usher_sim_run(sim, duration_s), 0);
	f = figures(sim);
	usher_sim_free(sim);
	return f;
}

/* A mean over replications and its error. */
struct sample {
	double sum, squares;
	int n;
};

static void sample_add(struct sample *s, double x)
{
	s->sum += x;
	s->squares += x * x;
	s->n++;
}

/* The value lies within the interval that holds it 99.9 times of 100 (Student,
 * 19 degrees of freedom), and the interval is narrow enough to say much. */
static void sample_agrees(const struct sample *s, const char *what,
			  double value, double width)
{
	double mean = s->sum / s->n;
	double deviation =
		sqrt((s->squares - s->n * mean * mean) / (s->n - 1));
	double half = 3.883 * deviation / sqrt(s->n);

	ck_assert_int_eq(s->n, 20);
	ck_assert_msg(half < width * value, "%s: %g within %g says nothing",
		      what, mean, half);
	ck_assert_msg(fabs(mean - value) < half, "%s: %g +- %g, expected %g",
		      what, mean, half, value);
}

static struct usher_erlang_figures
expected(int32_t model, const struct house *h, double patience_s)
{
	struct usher_erlang_figures f = {.size = sizeof(f)};
	struct usher_erlang_opts o;

	ck_assert_int_eq(usher_erlang_opts_init(&o, sizeof(o)), 0);
	o.model = model;
	o.agents = h->group.agents;
	o.arrivals_per_s = h->queue.arrivals_per_s;
	o.handle_s = h->queue.handle_s;
	o.patience_s = patience_s;
	o.threshold_s = h->queue.target_s;
	ck_assert_int_eq(usher_erlang_figures(&o, &f, NULL), 0);
	return f;
}

START_TEST(m_m_n__agrees_with_erlang_c)
{
	struct sample asa = {0}, within = {0}, answered = {0};
	struct usher_erlang_figures want;
	struct house h;

	house_init(&h, 0.04, 100, 5);
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct usher_queue_figures f;
		double level;

		h.opts.seed = seed;
		f = run(&h, 2 * HOUR, 50 * HOUR);
		sample_add(&asa, (double)f.answered_wait_us / 1e6 /
					 (double)f.answered);
		ck_assert_int_eq(usher_figures_service_level(
					 &f, USHER_LEVEL_STRICT, &level),
				 0);
		sample_add(&within, level);
		sample_add(&answered, (double)f.answered / (50 * HOUR));
		ck_assert_uint_eq(f.abandoned, 0);
	}
	want = expected(USHER_ERLANG_C, &h, 0);
	sample_agrees(&asa, "asa", want.asa_s, 0.2);
	sample_agrees(&within, "within", want.within, 0.08);
	sample_agrees(&answered, "throughput", 0.04, 0.03);
}
END_TEST

START_TEST(m_m_n_m__agrees_with_erlang_a)
{
	struct sample asa = {0}, within = {0}, abandoned = {0}, wait = {0};
	struct usher_erlang_figures want;
	struct house h;

	house_init(&h, 0.1, 100, 10);
	h.queue.patience_s = 90;
	h.queue.patience_law = USHER_LAW_EXPONENTIAL;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct usher_queue_figures f;
		double all;

		h.opts.seed = seed;
		f = run(&h, 1 * HOUR, 20 * HOUR);
		all = (double)(f.answered + f.abandoned);
		sample_add(&asa, (double)f.answered_wait_us / 1e6 /
					 (double)f.answered);
		sample_add(&within, (double)f.answered_within / all);
		sample_add(&abandoned, (double)f.abandoned / all);
		sample_add(&wait,
			   (double)(f.answered_wait_us + f.abandoned_wait_us) /
				   1e6 / all);
	}
	want = expected(USHER_ERLANG_A, &h, 90);
	sample_agrees(&asa, "asa", want.asa_s, 0.2);
	sample_agrees(&within, "within", want.within, 0.08);
	sample_agrees(&abandoned, "abandoned", want.abandoned, 0.2);
	sample_agrees(&wait, "wait", want.wait_s, 0.2);
}
END_TEST

/* One agent and equal handle times: Pollaczek and Khinchine. */
START_TEST(m_d_1__waits_half_as_long)
{
	struct sample asa = {0};
	struct house h;

	house_init(&h, 0.005, 100, 1);
	h.queue.handle_law = USHER_LAW_FIXED;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct usher_queue_figures f;

		h.opts.seed = seed;
		f = run(&h, 5 * HOUR, 200 * HOUR);
		sample_add(&asa, (double)f.answered_wait_us / 1e6 /
					 (double)f.answered);
	}
	sample_agrees(&asa, "asa", 100 * 0.5 / (2 * (1 - 0.5)), 0.2);
}
END_TEST

/* Who talks 100 s and wraps up 20 s is occupied as if he talked 120 s. */
START_TEST(wrapup__occupies)
{
	struct usher_agent_figures a = {.size = sizeof(a)};
	struct usher_handle_time aht;
	struct usher_queue_figures f;
	struct usher_sim *sim;
	struct house h;
	double occupancy = 0;

	house_init(&h, 0.005, 100, 1);
	h.queue.handle_law = USHER_LAW_FIXED;
	h.queue.wrapup_law = USHER_LAW_FIXED;
	h.queue.wrapup_s = 20;
	sim = house_open(&h);
	ck_assert_int_eq(usher_sim_run(sim, 400 * HOUR), 0);
	f = figures(sim);
	ck_assert_int_eq(usher_figures_aht(&f, &aht), 0);
	ck_assert_int_eq(aht.talk_us, 100000000);
	ck_assert_int_eq(aht.wrapup_us, 20000000);
	ck_assert_int_eq(usher_metrics_agent(usher_sim_metrics(sim),
					     usher_sim_agent_id(sim, 0, 0),
					     DAY, usher_sim_now(sim), &a),
			 0);
	ck_assert_int_eq(usher_figures_occupancy(&a, &occupancy), 0);
	ck_assert_double_eq_tol(occupancy, 0.6, 0.03);
	ck_assert_int_eq(a.ringing_us, 0);
	usher_sim_free(sim);
}
END_TEST

static uint8_t *bytes_after(const struct house *h, size_t *len)
{
	struct usher_sim *sim = house_open(h);
	const struct usher_metrics *m = usher_sim_metrics(sim);
	uint8_t *bytes;

	ck_assert_int_eq(usher_sim_run(sim, 3 * HOUR), 0);
	ck_assert_int_eq(usher_metrics_snapshot(m, NULL, 0, len), 0);
	bytes = malloc(*len);
	ck_assert_int_eq(usher_metrics_snapshot(m, bytes, *len, len), 0);
	usher_sim_free(sim);
	return bytes;
}

START_TEST(seed__decides_every_byte)
{
	size_t a_len, b_len, c_len;
	uint8_t *a, *b, *c;
	struct house h;

	house_init(&h, 0.1, 100, 8);
	h.queue.patience_law = USHER_LAW_LOGNORMAL;
	h.queue.patience_s = 60;
	h.queue.patience_cv = 1.5;
	a = bytes_after(&h, &a_len);
	b = bytes_after(&h, &b_len);
	h.opts.seed = 2;
	c = bytes_after(&h, &c_len);
	ck_assert_uint_eq(a_len, b_len);
	ck_assert_mem_eq(a, b, a_len);
	ck_assert(a_len != c_len || memcmp(a, c, a_len));
	free(a);
	free(b);
	free(c);
}
END_TEST

/* Running in pieces is running at once. */
START_TEST(run__may_be_cut)
{
	struct usher_queue_figures whole, pieces;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 0.1, 100, 9);
	whole = run(&h, 0, HOUR);
	sim = house_open(&h);
	for (int i = 0; i < 3600; i++)
		ck_assert_int_eq(usher_sim_run(sim, 1), 0);
	pieces = figures(sim);
	ck_assert_mem_eq(&whole, &pieces, sizeof(whole));
	ck_assert_int_eq(usher_sim_run(sim, -1), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_run(sim, NAN), USHER_EINVAL);
	usher_sim_free(sim);
}
END_TEST

/* One more agent moves no arrival, no talk and no patience. */
START_TEST(numbers__are_common)
{
	struct usher_queue_figures few, many;
	struct house h;

	house_init(&h, 0.05, 100, 8);
	h.queue.handle_law = USHER_LAW_LOGNORMAL;
	h.queue.handle_cv = 0.8;
	few = run(&h, 0, 50 * HOUR);
	h.group.agents = 50;
	many = run(&h, 0, 50 * HOUR);
	ck_assert_uint_eq(few.entered, many.entered);
	ck_assert_int_gt(few.answered_wait_us, many.answered_wait_us);
	ck_assert_int_eq(many.answered_wait_us, 0);
}
END_TEST

/* Polish callers reach only those who speak Polish; the queue of members
 * only its members. */
START_TEST(groups__serve_what_they_can)
{
	struct usher_attr polish = {
		.name = "language", .text = "pl", .type = USHER_ATTR_TEXT};
	const uint32_t members[] = {1};
	struct usher_sim_queue queues[2];
	struct usher_sim_group groups[2];
	struct usher_agent_figures a = {.size = sizeof(a)};
	struct usher_queue_figures f = {.size = sizeof(f)};
	const struct usher_metrics *m;
	struct usher_sim *sim;
	struct house h;

	house_init(&h, 0.01, 100, 2);
	queues[0] = h.queue;
	queues[0].requirement = "language == \"pl\"";
	queues[1] = h.queue;
	queues[1].name = "members";
	queues[1].members_only = 1;
	groups[0] = h.group;
	groups[0].attrs = &polish;
	groups[0].attr_count = 1;
	groups[1] = h.group;
	groups[1].name = "other";
	groups[1].queues = members;
	groups[1].queue_count = 1;
	h.opts.queues = queues;
	h.opts.queue_count = 2;
	h.opts.groups = groups;
	h.opts.group_count = 2;
	sim = house_open(&h);
	m = usher_sim_metrics(sim);
	ck_assert_int_eq(usher_sim_run(sim, 100 * HOUR), 0);
	for (uint32_t i = 0; i < 2; i++) {
		uint64_t handled = 0;

		for (uint32_t k = 0; k < 2; k++) {
			ck_assert_int_eq(usher_metrics_agent(
						 m,
						 usher_sim_agent_id(sim, i, k),
						 DAY, usher_sim_now(sim), &a),
					 0);
			handled += a.handled;
		}
		ck_assert_int_eq(
			usher_metrics_queue(m, usher_sim_queue_id(sim, i), DAY,
					    usher_sim_now(sim), &f),
			0);
		ck_assert_uint_gt(handled, 3000);
		ck_assert_uint_eq(handled, f.handled);
	}
	ck_assert_uint_eq(usher_sim_queue_id(sim, 2), 0);
	ck_assert_uint_eq(usher_sim_agent_id(sim, 2, 0), 0);
	ck_assert_uint_eq(usher_sim_agent_id(sim, 0, 2), 0);
	usher_sim_free(sim);
}
END_TEST

static void count_event(void *arg, const struct usher_event *ev)
{
	uint64_t *counts = arg;

	if (ev->type < 256)
		counts[ev->type]++;
}

START_TEST(events__are_seen)
{
	uint64_t counts[256] = {0};
	struct usher_queue_figures f;
	struct house h;

	house_init(&h, 0.1, 100, 12);
	h.opts.event = count_event;
	h.opts.arg = counts;
	f = run(&h, 0, HOUR);
	ck_assert_uint_gt(f.entered, 0);
	ck_assert_uint_eq(counts[USHER_EV_QUEUE_ENTERED], f.entered);
	ck_assert_uint_eq(counts[USHER_EV_AGENT_JOINED], f.answered);
}
END_TEST

START_TEST(new__refuses_nonsense)
{
	struct usher_sim_queue twice[2];
	struct usher_sim *sim = NULL;
	struct usher_error err;
	struct house good, h;

#define REFUSED(code, change)                                                 \
	do {                                                                  \
		h = good;                                                     \
		h.opts.queues = &h.queue;                                     \
		h.opts.groups = &h.group;                                     \
		change;                                                       \
		ck_assert_int_eq(usher_sim_new(&sim, &h.opts, &err), code);   \
		ck_assert_ptr_null(sim);                                      \
	} while (0)
	house_init(&good, 0.1, 100, 2);
	REFUSED(USHER_EINVAL, h.queue.name = "");
	REFUSED(USHER_EINVAL, h.queue.arrivals_per_s = -1);
	REFUSED(USHER_EINVAL, h.queue.arrivals_per_s = NAN);
	REFUSED(USHER_EINVAL, h.queue.handle_s = 0);
	REFUSED(USHER_EINVAL, h.queue.handle_law = USHER_LAW_NONE);
	REFUSED(USHER_EINVAL, h.queue.handle_law = 99);
	REFUSED(USHER_EINVAL, h.queue.arrivals_per_s = 2e6);
	REFUSED(USHER_EINVAL, h.queue.retry_part = 1.5);
	REFUSED(USHER_EINVAL, h.queue.retry_law = USHER_LAW_FIXED);
	REFUSED(USHER_EINVAL, h.queue.retry_max = 101);
	REFUSED(USHER_EINVAL, h.queue.day_cv = -1);
	REFUSED(USHER_EINVAL, h.queue.places = -2);
	REFUSED(USHER_EINVAL, h.opts.places = -2);
	REFUSED(USHER_EINVAL, h.opts.day_cv = NAN);
	REFUSED(USHER_EINVAL, h.opts.period_s = 0.5);
	REFUSED(USHER_EINVAL, h.queue.patience_law = USHER_LAW_FIXED);
	REFUSED(USHER_EINVAL, h.queue.target_s = -1);
	REFUSED(USHER_EINVAL, h.queue.requirement = "billing >=");
	REFUSED(USHER_ENOENT, h.queue.policy = "no such policy");
	REFUSED(USHER_ENOENT, h.opts.contact_order = "no such order");
	REFUSED(USHER_EINVAL, h.opts.queue_count = 0);
	REFUSED(USHER_EINVAL, h.group.name = NULL);
	REFUSED(USHER_EINVAL, h.group.agents = USHER_SIM_AGENTS_MAX + 1);
	REFUSED(USHER_EINVAL, h.opts.size = 1);
	twice[0] = twice[1] = good.queue;
	REFUSED(USHER_EINVAL, h.opts.queues = twice; h.opts.queue_count = 2);
	ck_assert_int_eq(usher_sim_new(NULL, &good.opts, &err), USHER_EINVAL);
	ck_assert_int_eq(usher_sim_opts_init(NULL, 8), USHER_EINVAL);
	usher_sim_free(NULL);
}
END_TEST

struct scarce {
	long left;
	long live;
};

static void *scarce_realloc(void *arg, void *ptr, size_t size)
{
	struct scarce *s = arg;

	if (!size) {
		s->live -= ptr != NULL;
		free(ptr);
		return NULL;
	}
	if (s->left == 0)
		return NULL;
	s->left--;
	s->live += ptr == NULL;
	return realloc(ptr, size);
}

START_TEST(memory__runs_out_without_a_leak)
{
	static const double steps[] = {5, 20, 90};
	static const struct usher_sim_rate rates[] = {{0, 0.1}, {300, 0.2}};
	static const struct usher_sim_span spans[] = {
		{0, 200, USHER_READY, 0}, {250, 900, USHER_READY, 0}};
	struct scarce s = {0, 0};
	const struct usher_alloc alloc = {scarce_realloc, &s};
	struct house h;
	int rc = USHER_ENOMEM;

	house_init(&h, 0.1, 100, 3);
	h.queue.arrivals_per_s = 0;
	h.queue.rates = rates;
	h.queue.rate_count = 2;
	h.queue.patience_values = steps;
	h.queue.patience_value_count = 3;
	h.queue.patience_law = USHER_LAW_QUANTILES;
	h.queue.retry_law = USHER_LAW_FIXED;
	h.queue.retry_s = 10;
	h.queue.retry_part = 1;
	h.group.spans = spans;
	h.group.span_count = 2;
	h.opts.alloc = &alloc;
	for (long allowed = 0; rc; allowed++) {
		struct usher_sim *sim = NULL;

		s.left = allowed;
		rc = usher_sim_new(&sim, &h.opts, NULL);
		if (!rc)
			rc = usher_sim_run(sim, 600);
		usher_sim_free(sim);
		ck_assert_int_eq(s.live, 0);
		ck_assert(!rc || rc == USHER_ENOMEM);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sim");
	TCase *tc = tcase_create("sim");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 100);
	tcase_add_test(tc, m_m_n__agrees_with_erlang_c);
	tcase_add_test(tc, m_m_n_m__agrees_with_erlang_a);
	tcase_add_test(tc, m_d_1__waits_half_as_long);
	tcase_add_test(tc, wrapup__occupies);
	tcase_add_test(tc, seed__decides_every_byte);
	tcase_add_test(tc, run__may_be_cut);
	tcase_add_test(tc, numbers__are_common);
	tcase_add_test(tc, groups__serve_what_they_can);
	tcase_add_test(tc, events__are_seen);
	tcase_add_test(tc, new__refuses_nonsense);
	tcase_add_test(tc, memory__runs_out_without_a_leak);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
