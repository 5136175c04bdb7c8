/* A simulation that is stopped in the middle and goes on elsewhere: the same
 * bytes, with any compiler. */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "house.h"

#define HOURS    1.5
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* Bytes of a contact. */
#define CONTACT (22 * sizeof(uint64_t))

/* What happened, so far: of each event its bytes, and when it was what. */
struct trace {
	uint64_t bytes;
	uint64_t order;
	uint64_t count;
};

static uint64_t mix(uint64_t sum, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static void on_event(void *arg, const struct usher_event *ev)
{
	struct trace *trace = arg;
	unsigned char bytes[4096];
	size_t len;

	ck_assert_int_eq(usher_event_encode(ev, bytes, sizeof(bytes), &len),
			 0);
	trace->bytes = mix(trace->bytes, bytes, len);
	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(ev->time_us >> (8 * i));
	bytes[8] = (unsigned char)ev->type;
	trace->order = mix(trace->order, bytes, 9);
	trace->count++;
}

/* Everything that a simulation has: shifts, retrials, callbacks, dialing,
 * priorities, lists, policies with a state of their own. */
static void house_fill(struct house *h, uint64_t seed, struct trace *trace)
{
	static const struct usher_sim_span day[] = {
		{0, 2000, USHER_READY, 0},
		{2000, 2400, USHER_PAUSED, 0},
		{2400, 4000, USHER_READY, 0}};
	static struct usher_sim_call calls[200];
	static const struct usher_sim_onward both[] = {{0.3, 1, 0},
						       {0.5, 0, 0}};

	house_init(h, 4, 3);
	for (size_t i = 0; i < COUNT(calls); i++) {
		calls[i].at_us = (int64_t)i * 20000000;
		calls[i].handle_us = i % 3 ? -1 : 90000000;
		calls[i].wrapup_us = calls[i].patience_us = -1;
	}
	for (int i = 0; i < 4; i++) {
		h->queues[i].arrivals_per_s = 0.05;
		h->queues[i].patience_law = USHER_LAW_EXPONENTIAL;
		h->queues[i].patience_s = 50;
	}
	h->queues[0].policy = "random";
	h->queues[0].retry_part = 0.7;
	h->queues[0].retry_law = USHER_LAW_EXPONENTIAL;
	h->queues[0].retry_s = 200;
	h->queues[0].retry_max = 3;
	h->queues[1].policy = "round_robin";
	h->queues[1].wrapup_law = USHER_LAW_GAMMA;
	h->queues[1].wrapup_s = 20;
	h->queues[1].wrapup_cv = 2;
	h->queues[1].callback_after_s = 20;
	h->queues[1].callback_part = 0.8;
	h->queues[1].reach_part = 0.9;
	h->queues[1].dial_s = 7;
	h->queues[1].priority = 2;
	h->queues[2].arrivals_per_s = 0;
	h->queues[2].calls = calls;
	h->queues[2].call_count = COUNT(calls);
	h->queues[3].arrivals_per_s = 0;
	h->queues[3].outbound_every_s = 30;
	h->queues[3].outbound_keep = 2;
	h->queues[1].consults = both;
	h->queues[1].consult_count = COUNT(both);
	h->queues[0].transfers = both;
	h->queues[0].transfer_count = 1;
	h->queues[2].consults = &both[1];
	h->queues[2].consult_count = 1;
	h->queues[2].transfers = both;
	h->queues[2].transfer_count = 2;
	h->groups[0].agents = 6;
	h->groups[1].agents = 5;
	h->groups[1].spans = day;
	h->groups[1].span_count = COUNT(day);
	h->groups[2].agents = 4;
	h->groups[2].speed = 1.3;
	h->opts.places = 30;
	h->opts.seed = seed;
	h->opts.event = on_event;
	h->opts.arg = trace;
}

static void end(struct usher_sim *sim, void **ret, size_t *ret_len)
{
	ck_assert_int_eq(usher_sim_snapshot(sim, ret, ret_len), 0);
}

/* Stopped after a part and gone on with elsewhere. */
static void part_by_part(struct house *h, struct usher_sim **ret, int parts)
{
	struct usher_sim *sim = house_open(h), *next;

	for (int i = 0; i < parts; i++) {
		void *bytes, *again;
		size_t len, again_len;

		ck_assert_int_eq(
			usher_sim_run(sim, HOURS * HOUSE_HOUR / parts), 0);
		end(sim, &bytes, &len);
		ck_assert_int_eq(
			usher_sim_restore(&next, &h->opts, bytes, len, NULL),
			0);
		end(next, &again, &again_len);
		ck_assert_uint_eq(len, again_len);
		ck_assert_int_eq(memcmp(bytes, again, len), 0);
		usher_sim_snapshot_free(sim, bytes);
		usher_sim_snapshot_free(next, again);
		usher_sim_free(sim);
		sim = next;
	}
	*ret = sim;
}

START_TEST(simulation__goes_on_to_the_same_bytes)
{
	/* when what happened, by seed: equal with gcc and clang */
	static const int parts_of[] = {1, 4, 10};
	static const uint64_t orders[] = {UINT64_C(0xfaf4da899b56a09c),
					  UINT64_C(0x31fdb008332bd235),
					  UINT64_C(0xebd68f6bbaff0ca3)};
	struct trace whole = {0}, parts = {0};
	struct usher_sim *a, *b;
	void *a_bytes, *b_bytes;
	size_t a_len, b_len;
	struct house h;

	house_fill(&h, (uint64_t)_i + 1, &whole);
	a = house_open(&h);
	ck_assert_int_eq(usher_sim_run(a, HOURS * HOUSE_HOUR), 0);
	h.opts.arg = &parts;
	part_by_part(&h, &b, parts_of[_i]);
	ck_assert_uint_eq(whole.count, parts.count);
	ck_assert_uint_gt(whole.count, 2000);
	ck_assert_uint_eq(whole.bytes, parts.bytes);
	end(a, &a_bytes, &a_len);
	end(b, &b_bytes, &b_len);
	ck_assert_uint_eq(a_len, b_len);
	ck_assert_int_eq(memcmp(a_bytes, b_bytes, a_len), 0);
	ck_assert_msg(whole.order == orders[_i], "0x%" PRIx64, whole.order);
	usher_sim_snapshot_free(a, a_bytes);
	usher_sim_snapshot_free(b, b_bytes);
	usher_sim_free(a);
	usher_sim_free(b);
}
END_TEST

START_TEST(snapshot__damaged_or_of_others_is_refused)
{
	struct usher_sim *sim, *other = NULL;
	struct trace trace = {0};
	unsigned char *copy;
	struct house h;
	void *bytes;
	size_t len;

	house_fill(&h, 1, &trace);
	sim = house_open(&h);
	usher_sim_run(sim, 600);
	end(sim, &bytes, &len);
	copy = malloc(len);
	for (size_t i = 0; i < len; i += 97) {
		memcpy(copy, bytes, len);
		copy[i] ^= 0x40;
		ck_assert_int_eq(
			usher_sim_restore(&other, &h.opts, copy, len, NULL),
			USHER_ECORRUPT);
		ck_assert_int_eq(
			usher_sim_restore(&other, &h.opts, bytes, i, NULL),
			USHER_ECORRUPT);
	}
	free(copy);
	h.opts.queue_count = 3;
	ck_assert_int_eq(usher_sim_restore(&other, &h.opts, bytes, len, NULL),
			 USHER_EINVAL);
	h.opts.queue_count = 4;
	h.queues[0].name = "another";
	ck_assert_int_eq(usher_sim_restore(&other, &h.opts, bytes, len, NULL),
			 USHER_EINVAL);
	h.opts.size = 0;
	ck_assert_int_eq(usher_sim_restore(&other, &h.opts, bytes, len, NULL),
			 USHER_EINVAL);
	ck_assert_ptr_null(other);
	usher_sim_snapshot_free(sim, bytes);
	usher_sim_snapshot_free(sim, NULL);
	usher_sim_free(sim);
}
END_TEST

static uint64_t number_at(const uint8_t *at)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | at[i];
	return value;
}

static void number_put(uint8_t *at, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* The hash is no secret: whoever writes a list of contacts that is not the
 * core's can write the right one. */
START_TEST(snapshot__whose_contacts_are_not_the_cores_is_refused)
{
	/* magic, version, time, waiting, queues; the queues; two numbers of
	 * the plans */
	const size_t counts =
		sizeof(struct usher_sim_counts) / sizeof(uint64_t) - 1;
	size_t at = 40 + 4 * (3 + counts) * 8, len, first;
	struct usher_sim *sim, *other = NULL;
	struct trace trace = {0};
	uint64_t contacts;
	uint8_t *forged;
	struct house h;
	void *bytes;

	house_fill(&h, 1, &trace);
	sim = house_open(&h);
	usher_sim_run(sim, 600);
	end(sim, &bytes, &len);
	forged = bytes;
	at += 16 + number_at(forged + at + 8) * 32;
	contacts = number_at(forged + at);
	ck_assert_uint_gt(contacts, 1);
	ck_assert_uint_lt(contacts, 100);
	first = at + 8;
	/* they ascend */
	for (uint64_t i = 1; i < contacts; i++)
		ck_assert_uint_lt(
			number_at(forged + first + (i - 1) * CONTACT),
			number_at(forged + first + i * CONTACT));
	/* one less */
	number_put(forged + at, contacts - 1);
	memmove(forged + first, forged + first + CONTACT,
		len - first - CONTACT);
	len -= CONTACT;
	number_put(forged + len - 8,
		   mix(UINT64_C(0xcbf29ce484222325), forged, len - 8));
	ck_assert_int_eq(usher_sim_restore(&other, &h.opts, forged, len, NULL),
			 USHER_ECORRUPT);
	usher_sim_snapshot_free(sim, bytes);
	/* another one */
	end(sim, &bytes, &len);
	forged = bytes;
	first += (contacts - 1) * CONTACT;
	number_put(forged + first, number_at(forged + first) + 1000);
	number_put(forged + len - 8,
		   mix(UINT64_C(0xcbf29ce484222325), forged, len - 8));
	ck_assert_int_eq(usher_sim_restore(&other, &h.opts, forged, len, NULL),
			 USHER_ECORRUPT);
	ck_assert_ptr_null(other);
	usher_sim_snapshot_free(sim, bytes);
	usher_sim_free(sim);
}
END_TEST

/* Where the core begins, behind all of the simulation's own numbers. */
static size_t own_len(const uint8_t *bytes, size_t len)
{
	size_t at = 8;

	while (at + 16 < len && memcmp(bytes + at + 8, "USHRSNAP", 8))
		at += 8;
	return at;
}

/* Whatever number is forged, it is refused, or the simulation goes on as it
 * can: agents who have several contacts, dialers that dial ahead. */
START_TEST(snapshot__of_any_numbers_does_no_harm)
{
	static const uint64_t forged[] = {INT64_MAX, 0};
	static const struct usher_capacity capacity[] = {
		{.channel = "voice", .max = 1},
		{.channel = "chat", .max = 3, .interrupts = "voice"}};
	struct usher_sim *sim, *other;
	struct trace trace = {0};
	uint8_t *bytes;
	struct house h;
	size_t len, own;
	void *made;

	house_fill(&h, 1, &trace);
	h.queues[0].channel = "chat";
	h.queues[3].outbound_ratio = 2;
	h.queues[3].outbound_keep = 0;
	h.queues[3].dial_s = 10;
	h.queues[3].reach_part = 0.5;
	h.groups[0].capacity = capacity;
	h.groups[0].capacity_count = 2;
	h.groups[0].max_total = 3;
	h.groups[0].slowdown = 0.5;
	sim = house_open(&h);
	ck_assert_int_eq(usher_sim_run(sim, 600), 0);
	end(sim, &made, &len);
	bytes = made;
	own = own_len(bytes, len);
	ck_assert_uint_lt(own, len - 16);
	for (size_t at = 16; at < own; at += 24) {
		uint64_t was = number_at(bytes + at);

		number_put(bytes + at, forged[at / 8 % COUNT(forged)]);
		number_put(bytes + len - 8,
			   mix(UINT64_C(0xcbf29ce484222325), bytes, len - 8));
		if (!usher_sim_restore(&other, &h.opts, bytes, len, NULL)) {
			(void)usher_sim_run(other, 30);
			usher_sim_free(other);
		}
		number_put(bytes + at, was);
	}
	usher_sim_snapshot_free(sim, made);
	usher_sim_free(sim);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("save");
	TCase *tc = tcase_create("save");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, simulation__goes_on_to_the_same_bytes, 0, 3);
	tcase_add_test(tc, snapshot__damaged_or_of_others_is_refused);
	tcase_add_test(tc,
		       snapshot__whose_contacts_are_not_the_cores_is_refused);
	tcase_add_test(tc, snapshot__of_any_numbers_does_no_harm);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
