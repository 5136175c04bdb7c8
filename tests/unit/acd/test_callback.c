/* Callbacks through the public functions: defaults, what is told of one, and
 * records that do not fit. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include <acd/internal.h>
#include <core/schema.h>

#include "day.h"
#include "fixture.h"

static int ask(struct usher_acd *acd, uint64_t contact, const char *address,
	       uint32_t first)
{
	struct usher_callback_opts opts;

	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = address;
	opts.first = first;
	return usher_acd_callback(acd, DAY_START, contact, &opts);
}

/* The customer first, at this time. */
static int ask_at(struct usher_acd *acd, uint64_t contact, int64_t from_us)
{
	struct usher_callback_opts opts;

	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = "p:1";
	opts.first = USHER_CALLBACK_CUSTOMER;
	opts.from_us = from_us;
	return usher_acd_callback(acd, DAY_START, contact, &opts);
}

static struct usher_contact_info told(struct usher_acd *acd, uint64_t contact)
{
	struct usher_contact_info info = {.size = sizeof(info)};

	ck_assert_int_eq(usher_acd_contact_info(acd, contact, &info), 0);
	return info;
}

START_TEST(callback__has_defaults_and_is_found)
{
	struct usher_acd *acd = acd_made();
	uint64_t q = add_queue(acd, "q", "longest_idle");
	uint64_t contact = wait_in(acd, DAY_START, q, 0);
	const struct usher_event *ev;
	uint64_t attempts = 0;
	int64_t again = 0, until = 0;

	drained(acd);
	ck_assert_int_eq(ask(acd, contact, "p:1", USHER_CALLBACK_AGENT), 0);
	ev = usher_acd_next(acd);
	ck_assert_uint_eq(ev->type, USHER_EV_CALLBACK_ASKED);
	usher_event_u64(ev, USHER_F_ATTEMPTS, &attempts);
	usher_event_i64(ev, USHER_F_AGAIN, &again);
	usher_event_i64(ev, USHER_F_UNTIL, &until);
	ck_assert_uint_eq(attempts, 3);
	ck_assert_int_eq(again, 300 * SECOND);
	ck_assert_int_eq(until, DAY_START + 86400 * SECOND);
	ck_assert_uint_eq(usher_acd_callback_find(acd, "p:1", NULL), contact);
	ck_assert_uint_eq(usher_acd_callback_find(acd, "p:2", "c"), 0);
	ck_assert_uint_eq(usher_acd_callback_find(acd, NULL, NULL), 0);
	ck_assert_uint_eq(told(acd, contact).callback, USHER_CALLBACK_DUE);
	ck_assert_str_eq(told(acd, contact).callback_address, "p:1");
	ck_assert_int_eq(usher_acd_attach(acd, DAY_START, contact), 0);
	ck_assert_uint_eq(usher_acd_callback_find(acd, "p:1", NULL), 0);
	ck_assert_ptr_null(told(acd, contact).callback_address);
	usher_acd_free(acd);
}
END_TEST

START_TEST(callback__is_found_by_its_customer)
{
	struct usher_acd *acd = acd_made();
	uint64_t q = add_queue(acd, "q", "longest_idle");
	uint64_t contact = wait_in(acd, DAY_START, q, 0);
	struct usher_contact_opts opts;

	usher_contact_opts_init(&opts, sizeof(opts));
	opts.customer = "c";
	ck_assert_int_eq(usher_acd_contact_set(acd, DAY_START, contact, &opts),
			 0);
	ck_assert_int_eq(ask(acd, contact, "p:1", USHER_CALLBACK_AGENT), 0);
	ck_assert_uint_eq(usher_acd_callback_find(acd, "p:2", "c"), contact);
	/* as who it asked for it, whoever it is now */
	opts.customer = "other";
	ck_assert_int_eq(usher_acd_contact_set(acd, DAY_START, contact, &opts),
			 0);
	ck_assert_uint_eq(usher_acd_callback_find(acd, NULL, "c"), contact);
	ck_assert_uint_eq(usher_acd_callback_find(acd, NULL, "other"), 0);
	usher_acd_free(acd);
}
END_TEST

START_TEST(callback__needs_good_options)
{
	struct usher_acd *acd = acd_made();
	uint64_t q = add_queue(acd, "q", "longest_idle");
	uint64_t contact = wait_in(acd, DAY_START, q, 0);
	char address[USHER_ADDRESS_MAX + 2];
	struct usher_callback_opts opts = {.size = 3};

	memset(address, 'a', sizeof(address));
	address[sizeof(address) - 1] = '\0';
	ck_assert_int_eq(usher_acd_callback(acd, DAY_START, contact, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_acd_callback(acd, DAY_START, contact, &opts),
			 USHER_EINVAL);
	ck_assert_int_eq(ask(acd, contact, NULL, 0), USHER_EINVAL);
	ck_assert_int_eq(ask(acd, contact, address, 0), USHER_EINVAL);
	ck_assert_int_eq(ask(acd, contact, "p:1", 2), USHER_EINVAL);
	ck_assert_int_eq(ask(acd, 77, "p:1", 0), USHER_ENOENT);
	address[USHER_ADDRESS_MAX] = '\0';
	ck_assert_int_eq(ask(acd, contact, address, 0), 0);
	usher_acd_free(acd);
}
END_TEST

/* No further ahead than any other span, and nothing is added to what is. */
START_TEST(callback__is_not_asked_for_a_time_that_never_comes)
{
	static const int64_t times[] = {
		DAY_START + SPAN_MAX,
		DAY_START + SPAN_MAX + 1,
		USHER_TIME_MAX,
		INT64_MAX,
	};
	struct usher_acd *acd = acd_made();
	uint64_t q = add_queue(acd, "q", "longest_idle");
	uint64_t contact = wait_in(acd, DAY_START, q, 0);
	struct usher_callback_opts opts;

	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = "p:1";
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		opts.from_us = times[i];
		ck_assert_int_eq(
			usher_acd_callback(acd, DAY_START, contact, &opts),
			USHER_EINVAL);
	}
	opts.from_us = DAY_START + SPAN_MAX - 1;
	opts.until_us = DAY_START + SPAN_MAX;
	ck_assert_int_eq(usher_acd_callback(acd, DAY_START, contact, &opts),
			 0);
	usher_acd_free(acd);
}
END_TEST

/* A core that is given only the events, and one made from the snapshot, dial
 * at the same time as the one that lived. */
START_TEST(callback__goes_on_after_a_restore)
{
	struct usher_acd *acd = acd_made(), *again = NULL;
	uint64_t q = add_queue(acd, "q", "longest_idle");
	uint64_t contact = wait_in(acd, DAY_START, q, 0);
	int64_t dialed = DAY_START + SECOND;
	struct bytes bytes;

	ck_assert_int_eq(ask_at(acd, contact, DAY_START), 0);
	ck_assert_int_eq(usher_acd_callback_dial(acd, dialed, contact), 0);
	bytes_snapshot(&bytes, acd);
	ck_assert_int_eq(usher_acd_restore(&again, NULL, NULL, 0, NULL, 0,
					   bytes.at, bytes.len, NULL),
			 0);
	ck_assert_uint_eq(usher_acd_callback_find(again, "p:1", NULL),
			  contact);
	ck_assert_uint_eq(told(again, contact).callback_attempts, 1);
	ck_assert_int_eq(usher_acd_advance(again, dialed), 0);
	ck_assert_int_eq(usher_acd_deadline(again), usher_acd_deadline(acd));
	ck_assert_int_eq(usher_acd_callback_missed(again, dialed, contact, ""),
			 0);
	ck_assert_int_eq(told(again, contact).callback_at_us,
			 dialed + 300 * SECOND);
	bytes_free(&bytes);
	usher_acd_free(again);
	usher_acd_free(acd);
}
END_TEST

/* An event as it is in memory: its head, then what it brings. */
struct made {
	struct usher_event head;
	union usher__payload payload;
};

static int folded(struct usher_acd *acd, struct made *m, uint32_t type,
		  uint64_t contact)
{
	m->head.seq = usher_acd_seq(acd) + 1;
	m->head.time_us = DAY_START + SECOND;
	m->head.type = type;
	m->head.kind = USHER_KIND_EVENT;
	m->head.contact = contact;
	return usher_acd_fold(acd, &m->head);
}

static void fill(struct usher__ev_callback_asked *ev, const uint64_t *queue,
		 const char *address)
{
	memset(ev, 0, sizeof(*ev));
	ev->address = usher__text(address);
	ev->from = DAY_START + SECOND;
	ev->until = DAY_START + 90 * SECOND;
	ev->again = SECOND;
	ev->attempts = 2;
	ev->since = DAY_START;
	ev->queues.ptr = queue;
	ev->queues.count = 1;
	ev->queues.len = sizeof(*queue);
}

START_TEST(record__of_a_callback_is_held_against_the_state)
{
	struct usher_acd *acd = acd_made();
	uint64_t q = add_queue(acd, "q", "longest_idle");
	uint64_t one = wait_in(acd, DAY_START, q, 0);
	uint64_t two = wait_in(acd, DAY_START, q, 0);
	struct made m = {0};
	struct usher__ev_callback_asked *ask_ev = (void *)&m.payload;
	struct usher__ev_callback_dialed *dial_ev = (void *)&m.payload;
	static const uint32_t later[] = {
		USHER_EV_CALLBACK_DUE, USHER_EV_CALLBACK_DIALED,
		USHER_EV_CALLBACK_MISSED, USHER_EV_CALLBACK_OVER};

	drained(acd);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(folded(acd, &m, later[i], one),
				 USHER_ECORRUPT);
	fill(ask_ev, &q, "p:1");
	ask_ev->attempts = 0;
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_ASKED, one),
			 USHER_ECORRUPT);
	fill(ask_ev, &q, "p:1");
	ask_ev->requirement = usher__text("a >");
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_ASKED, one),
			 USHER_ECORRUPT);
	fill(ask_ev, &q, "p:1");
	ask_ev->turn = 1; /* the agent is first */
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_ASKED, one),
			 USHER_ECORRUPT);
	fill(ask_ev, &q, "p:1");
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_ASKED, 99),
			 USHER_ECORRUPT);
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_ASKED, one), 0);
	/* one for a contact, and one for an address */
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_ASKED, two),
			 USHER_ECORRUPT);
	fill(ask_ev, &q, "p:2");
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_ASKED, one),
			 USHER_ECORRUPT);
	memset(&m.payload, 0, sizeof(m.payload));
	dial_ev->attempt = 1;
	dial_ev->deadline = DAY_START + 9 * SECOND;
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_DIALED, one),
			 USHER_ECORRUPT);
	memset(&m.payload, 0, sizeof(m.payload));
	((struct usher__ev_callback_due *)dial_ev)->turn = 1;
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_DUE, one),
			 USHER_ECORRUPT);
	memset(&m.payload, 0, sizeof(m.payload));
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_DUE, one), 0);
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_TURN, one),
			 USHER_ECORRUPT);
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_DUE, one),
			 USHER_ECORRUPT);
	dial_ev->attempt = 2;
	dial_ev->deadline = DAY_START + 9 * SECOND;
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_DIALED, one),
			 USHER_ECORRUPT);
	dial_ev->attempt = 1;
	ck_assert_int_eq(folded(acd, &m, USHER_EV_CALLBACK_DIALED, one), 0);
	usher_acd_free(acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd-callback");
	TCase *tests = tcase_create("callback");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, callback__has_defaults_and_is_found);
	tcase_add_test(tests, callback__is_found_by_its_customer);
	tcase_add_test(tests, callback__needs_good_options);
	tcase_add_test(tests,
		       callback__is_not_asked_for_a_time_that_never_comes);
	tcase_add_test(tests, callback__goes_on_after_a_restore);
	tcase_add_test(tests, record__of_a_callback_is_held_against_the_state);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
