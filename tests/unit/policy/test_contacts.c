/* Which contact: the order that each of the center's policies gives. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <usher/acd.h>

#define SECOND   INT64_C(1000000)
#define START    (INT64_C(1767340800) * SECOND)
#define QUEUES   2
#define CONTACTS 4

struct option {
	const char *name;
	double number;
};

/* Contacts come at these seconds; one agent is free for all of them later. */
struct row {
	const char *order;
	int64_t target_s[QUEUES];
	struct option options[QUEUES][2];
	struct {
		int queue;
		int at_s;
	} come[CONTACTS];
	int ready_s;
	const char *served; /* by number: "0", "1", … */
};

static const struct row rows[] = {
	/* due at 30, 22, 23, 52 */
	{"earliest_deadline",
	 {30, 20},
	 {{{0}}, {{0}}},
	 {{0, 0}, {1, 2}, {1, 3}, {0, 22}},
	 40,
	 "1203"},
	/* at one moment: the older */
	{"earliest_deadline",
	 {30, 20},
	 {{{0}}, {{0}}},
	 {{0, 0}, {1, 10}, {0, 10}, {1, 20}},
	 40,
	 "0123"},
	{"cmu",
	 {20, 20},
	 {{{"cost", 1}}, {{"cost", 3}}},
	 {{0, 0}, {1, 5}, {0, 6}, {1, 7}},
	 40,
	 "1302"},
	/* three times the cost, but four times the work */
	{"cmu",
	 {20, 20},
	 {{{"cost", 1}, {"handle", 60}}, {{"cost", 3}, {"handle", 240}}},
	 {{0, 0}, {1, 5}, {0, 6}, {1, 7}},
	 40,
	 "0213"},
	/* the cost grows with the wait: 2·100, 2·3·10, 2·95, 2·3·80 */
	{"cmu",
	 {20, 20},
	 {{{"cost", 1}, {"growth", 2}}, {{"cost", 3}, {"growth", 2}}},
	 {{0, 0}, {1, 20}, {0, 5}, {1, 90}},
	 100,
	 "1023"},
	/* 2 and 2 wait: −120, 120; 2 and 1: −40, 40; then sales alone */
	{"queue_ratio",
	 {20, 20},
	 {{{"share", 80}}, {{"share", 20}}},
	 {{0, 0}, {1, 1}, {0, 2}, {1, 3}},
	 10,
	 "1302"},
	/* none is to wait in the second, and half of all in the first */
	{"queue_ratio",
	 {20, 20},
	 {{{"share", 50}}, {{0}}},
	 {{0, 0}, {0, 1}, {0, 2}, {1, 3}},
	 10,
	 "0312"},
};

static uint32_t attrs_of(const struct option options[2],
			 struct usher_attr attrs[2])
{
	uint32_t n = 0;

	memset(attrs, 0, 2 * sizeof(*attrs));
	for (; n < 2 && options[n].name; n++) {
		attrs[n].name = options[n].name;
		attrs[n].number = options[n].number;
	}
	return n;
}

static struct usher_acd *queues_made(const struct row *row,
				     uint64_t queues[QUEUES])
{
	static const char *const names[QUEUES] = {"sales", "support"};
	struct usher_acd *acd;

	ck_assert_int_eq(usher_acd_new(&acd, NULL, NULL), 0);
	ck_assert_int_eq(usher_acd_configure(acd, START, row->order), 0);
	for (int i = 0; i < QUEUES; i++) {
		struct usher_attr attrs[2];
		struct usher_queue_opts opts;

		usher_queue_opts_init(&opts, sizeof(opts));
		opts.name = names[i];
		opts.target_us = row->target_s[i] * SECOND;
		opts.order_options = attrs;
		opts.order_option_count = attrs_of(row->options[i], attrs);
		ck_assert_int_eq(usher_acd_queue_set(acd, START, &opts,
						     &queues[i], NULL),
				 0);
	}
	return acd;
}

static uint64_t comes(struct usher_acd *acd, int64_t now, uint64_t queue)
{
	struct usher_enqueue_opts opts;
	uint64_t contact;

	ck_assert_int_eq(usher_acd_contact_new(acd, now, NULL, &contact), 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queue;
	opts.queue_count = 1;
	ck_assert_int_eq(usher_acd_enqueue(acd, now, contact, &opts, NULL), 0);
	return contact;
}

/* An agent with room for everybody. */
static void agent_ready(struct usher_acd *acd, int64_t now)
{
	const struct usher_capacity capacity = {.channel = "voice", .max = 64};
	struct usher_agent_opts opts;
	uint64_t agent;

	usher_agent_opts_init(&opts, sizeof(opts));
	opts.name = "anna";
	opts.capacity = &capacity;
	opts.capacity_count = 1;
	opts.max_total = 64;
	ck_assert_int_eq(usher_acd_agent_set(acd, now, &opts, &agent, NULL),
			 0);
	ck_assert_int_eq(
		usher_acd_presence(acd, now, agent, USHER_READY, NULL), 0);
}

static uint64_t offered(struct usher_acd *acd)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(acd)))
		if (ev->type == USHER_EV_OFFER_MADE)
			return ev->contact;
	return 0;
}

START_TEST(order__serves_contacts)
{
	const struct row *row = &rows[_i];
	uint64_t queues[QUEUES], contacts[CONTACTS];
	struct usher_acd *acd = queues_made(row, queues);
	bool come[CONTACTS] = {false};

	/* in the order of time */
	for (int64_t now = 0; now < row->ready_s; now++)
		for (int i = 0; i < CONTACTS; i++) {
			if (come[i] || row->come[i].at_s > now)
				continue;
			come[i] = true;
			contacts[i] = comes(acd, START + now * SECOND,
					    queues[row->come[i].queue]);
		}
	agent_ready(acd, START + row->ready_s * SECOND);
	for (int i = 0; i < CONTACTS; i++) {
		uint64_t got = offered(acd);

		ck_assert_msg(got == contacts[row->served[i] - '0'],
			      "%s: place %d has contact %llu", row->order, i,
			      (unsigned long long)got);
	}
	usher_acd_free(acd);
}
END_TEST

/* Who keeps their age keeps their place, though they entered the queue after
 * somebody else: a callback that has become due, and who is led on. */
static const char *const by_target[] = {"earliest_deadline", "nearest_target"};

START_TEST(order__keeps_the_place_of_a_callback)
{
	const struct row row = {.order = by_target[_i],
				.target_s = {1000, 1000}};
	uint64_t queues[QUEUES], early, late;
	struct usher_acd *acd = queues_made(&row, queues);
	struct usher_callback_opts opts;

	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = "p:1";
	opts.from_us = START + 60 * SECOND;
	early = comes(acd, START, queues[0]);
	ck_assert_int_eq(usher_acd_callback(acd, START, early, &opts), 0);
	late = comes(acd, START + 40 * SECOND, queues[0]);
	usher_acd_advance(acd, START + 60 * SECOND);
	agent_ready(acd, START + 100 * SECOND);
	ck_assert_uint_eq(offered(acd), early);
	ck_assert_uint_eq(offered(acd), late);
	usher_acd_free(acd);
}
END_TEST

START_TEST(order__keeps_the_place_of_who_is_led_on)
{
	const struct row row = {.order = by_target[_i],
				.target_s = {1000, 1000}};
	uint64_t queues[QUEUES], early, late;
	struct usher_acd *acd = queues_made(&row, queues);
	struct usher_enqueue_opts opts;

	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queues[0];
	opts.queue_count = 1;
	ck_assert_int_eq(usher_acd_contact_new(acd, START, NULL, &early), 0);
	late = comes(acd, START + 40 * SECOND, queues[0]);
	ck_assert_int_eq(usher_acd_enqueue(acd, START + 60 * SECOND, early,
					   &opts, NULL),
			 0);
	agent_ready(acd, START + 100 * SECOND);
	ck_assert_uint_eq(offered(acd), early);
	ck_assert_uint_eq(offered(acd), late);
	usher_acd_free(acd);
}
END_TEST

/* Each is the first about as often: within four deviations. */
START_TEST(random__serves_anybody)
{
	static const struct row row = {.order = "random"};
	unsigned first[CONTACTS] = {0};

	for (unsigned seed = 0; seed < 400; seed++) {
		uint64_t queues[QUEUES], contacts[CONTACTS], got;
		struct usher_acd *acd = queues_made(&row, queues);

		/* another number of the event that is drawn by */
		for (unsigned i = 0; i < seed; i++)
			ck_assert_int_eq(usher_acd_day(acd, START, "d"), 0);
		for (int i = 0; i < CONTACTS; i++)
			contacts[i] = comes(acd, START + i, queues[i % 2]);
		agent_ready(acd, START + SECOND);
		got = offered(acd);
		for (int i = 0; i < CONTACTS; i++)
			first[i] += got == contacts[i];
		usher_acd_free(acd);
	}
	for (int i = 0; i < CONTACTS; i++) {
		ck_assert_uint_gt(first[i], 100 - 35);
		ck_assert_uint_lt(first[i], 100 + 35);
	}
}
END_TEST

/* Twice as many come as one agent can serve, half of them to a queue that is
 * ahead: nobody in the other one is passed over for ever, unless the order
 * promises just that. */
#define LONG_S 2000

static const struct {
	struct row row;
	bool starves;
} steady[] = {
	{{.order = "priority_age"}, true},
	{{.order = "age_with_boost"}, false},
	{{.order = "earliest_deadline", .target_s = {600, 5}}, false},
	{{.order = "cmu", .options = {{{"cost", 1}}, {{"cost", 5}}}}, true},
	{{.order = "cmu",
	  .options = {{{"cost", 1}, {"growth", 2}},
		      {{"cost", 5}, {"growth", 2}}}},
	 false},
	{{.order = "queue_ratio",
	  .options = {{{"share", 90}}, {{"share", 10}}}},
	 false},
};

/* Serves one contact in a second. */
static uint64_t serve(struct usher_acd *acd, int64_t now)
{
	const struct usher_event *ev;
	uint64_t contact = 0, offer = 0;

	while ((ev = usher_acd_next(acd)))
		if (ev->type == USHER_EV_OFFER_MADE) {
			contact = ev->contact;
			usher_event_u64(ev, USHER_F_OFFER, &offer);
		}
	if (!contact)
		return 0;
	ck_assert_int_eq(usher_acd_accept(acd, now, offer, NULL), 0);
	ck_assert_int_eq(usher_acd_connected(acd, now, offer, NULL), 0);
	ck_assert_int_eq(
		usher_acd_contact_end(acd, now + SECOND, contact, NULL), 0);
	return contact;
}

START_TEST(order__passes_nobody_over_for_ever)
{
	uint64_t queues[QUEUES], first = 0, agent;
	struct usher_acd *acd = queues_made(&steady[_i].row, queues);
	struct usher_contact_opts urgent;
	struct usher_enqueue_opts opts;
	struct usher_agent_opts one;
	bool served = false;

	usher_contact_opts_init(&urgent, sizeof(urgent));
	urgent.priority = 5;
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &queues[1];
	opts.queue_count = 1;
	usher_agent_opts_init(&one, sizeof(one));
	one.name = "anna";
	usher_acd_agent_set(acd, START, &one, &agent, NULL);
	usher_acd_presence(acd, START, agent, USHER_READY, NULL);
	for (int64_t s = 0; s < LONG_S && !served; s++) {
		int64_t now = START + s * SECOND;
		uint64_t contact;

		usher_acd_contact_new(acd, now, &urgent, &contact);
		usher_acd_enqueue(acd, now, contact, &opts, NULL);
		contact = comes(acd, now, queues[0]);
		if (s == 10)
			first = contact;
		served = first && serve(acd, now) == first;
		if (!first)
			serve(acd, now);
	}
	ck_assert_msg(served != steady[_i].starves, "%s: %s",
		      steady[_i].row.order, served ? "served" : "starved");
	usher_acd_free(acd);
}
END_TEST

static const struct {
	const char *order;
	struct option option;
	const char *message;
} refused[] = {
	{"cmu", {"cost", -1}, "not between"},
	{"cmu", {"growth", 4}, "not between"},
	{"cmu", {"growth", 1.5}, "not a whole"},
	{"cmu", {"handle", 1e9}, "not between"},
	{"queue_ratio", {"share", 101}, "not between"},
};

START_TEST(options__are_refused)
{
	const struct row row = {.order = refused[_i].order};
	const struct usher_attr bad = {.name = refused[_i].option.name,
				       .number = refused[_i].option.number};
	struct usher_queue_opts opts;
	struct usher_error err;
	uint64_t queues[QUEUES];
	struct usher_acd *acd = queues_made(&row, queues);

	ck_assert_int_eq(usher_contact_policy_check(row.order, &bad, 1, &err),
			 USHER_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, refused[_i].message));
	ck_assert_uint_eq(err.column, 1);
	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "sales";
	opts.order_options = &bad;
	opts.order_option_count = 1;
	ck_assert_int_eq(usher_acd_queue_set(acd, START, &opts, NULL, &err),
			 USHER_EINVAL);
	/* Another order does not mind, and cannot be changed for this one. */
	ck_assert_int_eq(usher_acd_configure(acd, START, "priority_age"), 0);
	ck_assert_int_eq(usher_acd_queue_set(acd, START, &opts, NULL, &err),
			 0);
	ck_assert_int_eq(usher_acd_configure(acd, START, row.order),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_acd_configure(acd, START, "random"), 0);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("policy-contacts");
	TCase *tc = tcase_create("contacts");
	SRunner *sr = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, order__serves_contacts, 0,
			    sizeof(rows) / sizeof(*rows));
	tcase_add_test(tc, random__serves_anybody);
	tcase_add_loop_test(tc, order__keeps_the_place_of_a_callback, 0,
			    sizeof(by_target) / sizeof(by_target[0]));
	tcase_add_loop_test(tc, order__keeps_the_place_of_who_is_led_on, 0,
			    sizeof(by_target) / sizeof(by_target[0]));
	tcase_add_loop_test(tc, order__passes_nobody_over_for_ever, 0,
			    sizeof(steady) / sizeof(*steady));
	tcase_add_loop_test(tc, options__are_refused, 0,
			    sizeof(refused) / sizeof(*refused));
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
