/* Days and intervals, snapshots, errors and memory that runs out. */
#include <stdlib.h>

#include "fixture.h"

#define DAY      USHER_SPAN_DAY
#define INTERVAL USHER_SPAN_INTERVAL

struct report {
	int64_t start_us[8];
	struct usher_queue_figures queue[8];
	struct usher_agent_figures agent[8];
	int count;
};

static void interval_end(void *arg, const struct usher_metrics *m,
			 int64_t start_us, int64_t end_us)
{
	struct report *r = arg;
	int i = r->count++;

	ck_assert_int_lt(i, 8);
	ck_assert_int_eq(end_us - start_us, USHER_METRICS_INTERVAL_US);
	r->start_us[i] = start_us;
	r->queue[i].size = sizeof(r->queue[i]);
	r->agent[i].size = sizeof(r->agent[i]);
	ck_assert_int_eq(
		usher_metrics_queue(m, 1, INTERVAL, end_us, &r->queue[i]), 0);
	ck_assert_int_eq(
		usher_metrics_agent(m, 1, INTERVAL, end_us, &r->agent[i]), 0);
}

static struct usher_metrics_opts reporting(struct report *r)
{
	struct usher_metrics_opts opts;

	ck_assert_int_eq(usher_metrics_opts_init(&opts, sizeof(opts)), 0);
	memset(r, 0, sizeof(*r));
	opts.interval_end = interval_end;
	opts.arg = r;
	return opts;
}

/* Ready from 08:10 on; contact 1 waits from 08:14:50 to 08:15:10, contact 2
 * talks from 08:14 to 08:31. */
START_TEST(interval__is_cut_at_its_border)
{
	struct report r;
	struct usher_metrics_opts opts = reporting(&r);
	struct fixture f = fixture(&opts);
	struct usher_queue_figures q;

	presence(&f, 600, 1, USHER_READY);
	enter(&f, 830, 2, 1);
	offered(&f, 835, 2, 1, 1);
	connected(&f, 840, 2, 1, 1);
	enter(&f, 890, 1, 1);
	ck_assert_int_eq(r.count, 0);
	abandon(&f, 910, 1, 1);
	ck_assert_int_eq(r.count, 1);
	left(&f, 1860, 2, 1, 1, 1020, 0, 0);
	ck_assert_int_eq(r.count, 2);
	ck_assert_int_eq(r.start_us[0], EIGHT);
	ck_assert_int_eq(r.start_us[1], EIGHT + 900 * SECOND);
	ck_assert_uint_eq(r.queue[0].entered, 2);
	ck_assert_uint_eq(r.queue[0].answered, 1);
	ck_assert_uint_eq(r.queue[0].waiting, 1);
	ck_assert_int_eq(r.queue[0].longest_wait_us, 10 * SECOND);
	ck_assert_int_eq(r.agent[0].available_us, 235 * SECOND);
	ck_assert_int_eq(r.agent[0].ringing_us, 5 * SECOND);
	ck_assert_int_eq(r.agent[0].occupied_us, 60 * SECOND);
	ck_assert_uint_eq(r.queue[1].carried, 1);
	ck_assert_uint_eq(r.queue[1].entered, 0);
	ck_assert_uint_eq(r.queue[1].abandoned, 1);
	ck_assert_int_eq(r.queue[1].abandoned_wait_us, 20 * SECOND);
	ck_assert_uint_eq(r.queue[1].handled, 0);
	ck_assert_int_eq(r.agent[1].occupied_us, 900 * SECOND);
	q = of_queue(&f, 1900, 1, INTERVAL);
	ck_assert_int_eq(q.since_us, EIGHT + 1800 * SECOND);
	ck_assert_uint_eq(q.handled, 1);
	ck_assert_int_eq(q.talk_us, 1020 * SECOND);
	ck_assert_int_eq(of_agent(&f, 1900, 1, INTERVAL).occupied_us,
			 60 * SECOND);
	ck_assert_int_eq(of_agent(&f, 1900, 1, DAY).occupied_us,
			 1020 * SECOND);
	usher_metrics_free(f.m);
}
END_TEST

/* An event at the very border belongs to the interval that begins. */
START_TEST(interval__begins_at_its_border)
{
	struct report r;
	struct usher_metrics_opts opts = reporting(&r);
	struct fixture f = fixture(&opts);

	enter(&f, 900, 1, 1);
	ck_assert_int_eq(r.count, 1);
	ck_assert_uint_eq(r.queue[0].entered, 0);
	ck_assert_uint_eq(of_queue(&f, 900, 1, INTERVAL).entered, 1);
	ck_assert_uint_eq(of_queue(&f, 900, 1, DAY).entered, 1);
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(interval__ends_without_events)
{
	struct report r;
	struct usher_metrics_opts opts = reporting(&r);
	struct fixture f = fixture(&opts);

	presence(&f, 0, 1, USHER_READY);
	ck_assert_int_eq(usher_metrics_advance(f.m, EIGHT + 2700 * SECOND), 0);
	ck_assert_int_eq(r.count, 3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(r.agent[i].available_us, 900 * SECOND);
	ck_assert_int_eq(usher_metrics_advance(f.m, EIGHT), USHER_EINVAL);
	usher_metrics_free(f.m);
}
END_TEST

/* Whoever asks later than the last event gets the interval of then. */
START_TEST(interval__follows_the_question)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;

	presence(&f, 0, 1, USHER_READY);
	enter(&f, 10, 1, 1);
	q = of_queue(&f, 2000, 1, INTERVAL);
	ck_assert_int_eq(q.since_us, EIGHT + 1800 * SECOND);
	ck_assert_uint_eq(q.entered, 0);
	ck_assert_uint_eq(q.carried, 1);
	ck_assert_uint_eq(q.waiting, 1);
	ck_assert_int_eq(q.longest_wait_us, 1990 * SECOND);
	ck_assert_int_eq(of_agent(&f, 2000, 1, INTERVAL).available_us,
			 200 * SECOND);
	ck_assert_int_eq(of_agent(&f, 2000, 1, DAY).available_us,
			 2000 * SECOND);
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(day__starts_from_zero_and_carries)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;

	presence(&f, 0, 1, USHER_READY);
	enter(&f, 0, 1, 1);
	enter(&f, 0, 2, 1);
	answer(&f, 5, 1, 1);
	FEED(&f, 10, DAY, day, 0, 0, 0);
	q = of_queue(&f, 10, 1, DAY);
	ck_assert_int_eq(q.since_us, EIGHT + 10 * SECOND);
	ck_assert_uint_eq(q.carried, 1);
	ck_assert_uint_eq(q.entered + q.answered, 0);
	ck_assert_uint_eq(of_queue(&f, 10, 1, INTERVAL).answered, 1);
	answer(&f, 12, 2, 1);
	q = of_queue(&f, 12, 1, DAY);
	ck_assert_uint_eq(q.answered, 1);
	ck_assert_int_eq(q.answered_wait_us, 12 * SECOND);
	ck_assert_int_eq(of_agent(&f, 20, 1, DAY).available_us, 10 * SECOND);
	ck_assert_int_eq(usher_metrics_day_start(f.m, EIGHT + 30 * SECOND), 0);
	ck_assert_uint_eq(of_queue(&f, 30, 1, DAY).answered, 0);
	ck_assert_int_eq(usher_metrics_day_start(f.m, EIGHT), USHER_EINVAL);
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(removed__stays_until_the_day_ends)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q = {.size = sizeof(q)};
	struct usher_agent_figures a = {.size = sizeof(a)};

	presence(&f, 0, 2, USHER_READY);
	enter(&f, 0, 1, 1);
	answer(&f, 5, 1, 1);
	FEED(&f, 6, QUEUE_REMOVED, queue_removed, 0, 0, .queue = 1);
	FEED(&f, 6, AGENT_REMOVED, agent_removed, 0, 0, .agent = 2);
	ck_assert_uint_eq(of_queue(&f, 7, 1, DAY).answered, 1);
	ck_assert_int_eq(of_agent(&f, 7, 2, DAY).available_us, 6 * SECOND);
	FEED(&f, 8, DAY, day, 0, 0, 0);
	ck_assert_int_eq(
		usher_metrics_queue(f.m, 1, DAY, EIGHT + 9 * SECOND, &q),
		USHER_ENOENT);
	ck_assert_int_eq(
		usher_metrics_agent(f.m, 2, DAY, EIGHT + 9 * SECOND, &a),
		USHER_ENOENT);
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(ask__refuses_nonsense)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q = {.size = sizeof(q)};
	struct usher_agent_figures a = {.size = sizeof(a)};
	struct usher_metrics_opts opts = {.size = 3};
	struct usher_metrics *m = NULL;

	enter(&f, 10, 1, 1);
	ck_assert_int_eq(
		usher_metrics_queue(f.m, 1, 0, EIGHT + 10 * SECOND, &q),
		USHER_EINVAL);
	ck_assert_int_eq(usher_metrics_queue(f.m, 1, DAY, EIGHT, &q),
			 USHER_EINVAL);
	ck_assert_int_eq(
		usher_metrics_queue(f.m, 3, DAY, EIGHT + 10 * SECOND, &q),
		USHER_ENOENT);
	ck_assert_int_eq(
		usher_metrics_agent(f.m, 3, DAY, EIGHT + 10 * SECOND, &a),
		USHER_ENOENT);
	q.size = sizeof(q) + 8;
	ck_assert_int_eq(
		usher_metrics_total(f.m, DAY, EIGHT + 10 * SECOND, &q),
		USHER_EINVAL);
	ck_assert_int_eq(usher_metrics_new(&m, &opts, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_metrics_opts_init(NULL, sizeof(opts)),
			 USHER_EINVAL);
	ck_assert_ptr_null(m);
	usher_metrics_free(NULL);
	usher_metrics_free(f.m);
}
END_TEST

/* A caller compiled with an older, shorter struct gets that much. */
START_TEST(ask__writes_what_the_caller_knows)
{
	struct fixture f = fixture(NULL);
	struct usher_queue_figures q;

	enter(&f, 10, 1, 1);
	memset(&q, 0x5a, sizeof(q));
	q.size = offsetof(struct usher_queue_figures, answered);
	ck_assert_int_eq(
		usher_metrics_queue(f.m, 1, DAY, EIGHT + 10 * SECOND, &q), 0);
	ck_assert_uint_eq(q.entered, 1);
	ck_assert_uint_eq(q.answered, UINT64_C(0x5a5a5a5a5a5a5a5a));
	usher_metrics_free(f.m);
}
END_TEST

START_TEST(feed__refuses_what_runs_backwards)
{
	struct fixture f = fixture(NULL);

	enter(&f, 10, 1, 1);
	ck_assert_int_eq(
		FEED(&f, 9, QUEUE_ENTERED, queue_entered, 2, 201, .queue = 1),
		USHER_EINVAL);
	f.seq--;
	ck_assert_int_eq(
		FEED(&f, 11, QUEUE_ENTERED, queue_entered, 2, 201, .queue = 1),
		USHER_EINVAL);
	f.seq++;
	ck_assert_uint_eq(of_queue(&f, 11, 1, DAY).entered, 1);
	usher_metrics_free(f.m);
}
END_TEST

/* A fold that began in the middle passes over what it never heard of. */
START_TEST(feed__passes_over_strangers)
{
	struct fixture f = fixture(NULL);

	leave(&f, 1, 9, 1, USHER_LEAVE_ANSWERED);
	left(&f, 1, 9, 1, 1, 5, 0, 0);
	closed(&f, 1, 9);
	missed(&f, 1, 9, 1, 1);
	enter(&f, 2, 3, 77);
	offered(&f, 2, 3, 77, 88);
	FEED(&f, 3, AGENT_JOINED, agent_joined, 3, 5, .agent = 88);
	FEED(&f, 3, AGENT_ANSWERED, agent_answered, 3, 6, .agent = 88);
	FEED(&f, 3, QUEUE_REMOVED, queue_removed, 0, 0, .queue = 78);
	FEED(&f, 3, AGENT_REMOVED, agent_removed, 0, 0, .agent = 88);
	presence(&f, 3, 88, USHER_READY);
	ck_assert_uint_eq(of_queue(&f, 4, 1, DAY).answered, 0);
	ck_assert_uint_eq(of_queue(&f, 4, 1, DAY).handled, 0);
	ck_assert_uint_eq(of_all(&f, 4, DAY).entered, 0);
	usher_metrics_free(f.m);
}
END_TEST

/* Something of everything. */
static void play(struct fixture *f, int part)
{
	if (part != 2) {
		presence(f, 0, 1, USHER_READY);
		presence(f, 0, 2, USHER_PAUSED);
		for (uint64_t c = 1; c <= 6; c++)
			enter(f, (double)c, c, 1 + c % 2);
		enter(f, 7, 6, 2);
		offered(f, 8, 1, 2, 1);
		connected(f, 10, 1, 2, 1);
		offered(f, 11, 2, 1, 1);
		abandon(f, 12, 3, 2);
	}
	if (part != 1) {
		missed(f, 20, 2, 1, 1);
		left(f, 950, 1, 2, 1, 900, 30, 10);
		offered(f, 951, 2, 1, 1);
		connected(f, 955, 2, 1, 1);
		FEED(f, 960, DAY, day, 0, 0, 0);
		leave(f, 965, 4, 1, USHER_LEAVE_VOICEMAIL);
		closed(f, 966, 4);
		left(f, 970, 2, 1, 1, 10, 0, 5);
		closed(f, 970, 2);
	}
}

static uint8_t *bytes_of(const struct usher_metrics *m, size_t *len)
{
	uint8_t *buf;

	ck_assert_int_eq(usher_metrics_snapshot(m, NULL, 0, len), 0);
	buf = malloc(*len);
	ck_assert_int_eq(usher_metrics_snapshot(m, buf, *len - 1, len),
			 USHER_EFULL);
	ck_assert_int_eq(usher_metrics_snapshot(m, buf, *len, len), 0);
	return buf;
}

START_TEST(snapshot__goes_on_after_a_restart)
{
	struct fixture lived = fixture(NULL), before = fixture(NULL), after;
	size_t lived_len, len;
	uint8_t *lived_bytes, *bytes;

	play(&lived, 0);
	play(&before, 1);
	bytes = bytes_of(before.m, &len);
	after = before;
	ck_assert_int_eq(
		usher_metrics_restore(&after.m, NULL, bytes, len, NULL), 0);
	free(bytes);
	play(&after, 2);
	lived_bytes = bytes_of(lived.m, &lived_len);
	bytes = bytes_of(after.m, &len);
	ck_assert_uint_eq(len, lived_len);
	ck_assert_mem_eq(bytes, lived_bytes, len);
	free(bytes);
	free(lived_bytes);
	usher_metrics_free(lived.m);
	usher_metrics_free(before.m);
	usher_metrics_free(after.m);
}
END_TEST

/* Damaged bytes give an error or a fold that works, never a crash. */
START_TEST(snapshot__survives_damage)
{
	struct fixture f = fixture(NULL);
	struct usher_metrics *m;
	uint8_t *bytes;
	size_t len;

	play(&f, 1);
	bytes = bytes_of(f.m, &len);
	for (size_t cut = 0; cut < len; cut++) {
		m = NULL;
		ck_assert_int_eq(
			usher_metrics_restore(&m, NULL, bytes, cut, NULL),
			USHER_ECORRUPT);
		ck_assert_ptr_null(m);
	}
	for (size_t i = 0; i < len; i++) {
		bytes[i] ^= 0x81;
		m = NULL;
		if (!usher_metrics_restore(&m, NULL, bytes, len, NULL)) {
			struct fixture g = {m, 1000, 0};
			int64_t at = EIGHT + 5000 * SECOND;

			usher_metrics_advance(m, at);
			FEED(&g, 5000, AGENT_LEFT, agent_left, 1, 151,
			     .agent = 1, .queue = 2);
			FEED(&g, 5000, QUEUE_LEFT, queue_left, 4, 401,
			     .queue = 1);
			FEED(&g, 5000, CONTACT_CLOSED, contact_closed, 4, 0,
			     0);
		}
		usher_metrics_free(m);
		bytes[i] ^= 0x81;
	}
	ck_assert_int_eq(usher_metrics_restore(&m, NULL, NULL, 0, NULL),
			 USHER_EINVAL);
	free(bytes);
	usher_metrics_free(f.m);
}
END_TEST

/* Every number as large and as small as it can be said: refused, or a fold
 * that counts on without leaving the numbers. */
START_TEST(snapshot__refuses_numbers_that_end)
{
	static const int64_t ends[] = {INT64_MAX, INT64_MIN};
	struct fixture f = fixture(NULL);
	struct usher_metrics *m;
	uint8_t *bytes;
	size_t len;

	play(&f, 1);
	bytes = bytes_of(f.m, &len);
	for (size_t i = 0; i < len / 8 * 2; i++) {
		uint8_t was[8], *at = bytes + i / 2 * 8;

		memcpy(was, at, 8);
		for (int n = 0; n < 8; n++)
			at[n] = (uint8_t)((uint64_t)ends[i % 2] >> 8 * n);
		m = NULL;
		if (!usher_metrics_restore(&m, NULL, bytes, len, NULL)) {
			struct fixture g = f;

			g.m = m;
			FEED(&g, 951, QUEUE_LEFT, queue_left, 4, 401,
			     .queue = 1, .leave = USHER_LEAVE_ABANDONED);
			FEED(&g, 951, OFFER_MADE, offer_made, 2, 201,
			     .queue = 1, .agent = 1);
			FEED(&g, 955, OFFER_CONNECTED, offer_connected, 2, 201,
			     .queue = 1, .agent = 1);
			FEED(&g, 956, QUEUE_LEFT, queue_left, 2, 201,
			     .queue = 1, .leave = USHER_LEAVE_ANSWERED);
		}
		usher_metrics_free(m);
		memcpy(at, was, 8);
	}
	free(bytes);
	usher_metrics_free(f.m);
}
END_TEST

struct scarce {
	int left; /* allocations that still succeed; negative: all */
	int live;
};

static void *scarce_realloc(void *arg, void *ptr, size_t size)
{
	struct scarce *s = arg;

	if (!size) {
		s->live -= ptr != NULL;
		free(ptr);
		return NULL;
	}
	if (!s->left)
		return NULL;
	if (s->left > 0)
		s->left--;
	s->live += ptr == NULL;
	return realloc(ptr, size);
}

/* Each event once more with each of its allocations failing: the bytes are
 * those of before, and then it succeeds. */
START_TEST(memory__runs_out_without_a_trace)
{
	struct scarce s = {-1, 0};
	const struct usher_alloc alloc = {scarce_realloc, &s};
	struct usher_metrics_opts opts;
	struct fixture f = {0};
	uint8_t *before, *after;
	size_t len, after_len;

	usher_metrics_opts_init(&opts, sizeof(opts));
	opts.alloc = &alloc;
	s.left = 0;
	ck_assert_int_eq(usher_metrics_new(&f.m, &opts, NULL), USHER_ENOMEM);
	ck_assert_ptr_null(f.m);
	s.left = -1;
	f = fixture(&opts);
	for (uint64_t i = 0; i < 60; i++) {
		const uint64_t queues = 10 + i, agents = 10 + i;
		int rc = 0;

		for (int what = 0; what < 4; what++) {
			for (int allowed = 0;; allowed++) {
				before = bytes_of(f.m, &len);
				s.left = allowed;
				if (what == 0)
					rc = FEED(&f, 1, QUEUE_SET, queue_set,
						  0, 0, .queue = queues);
				else if (what == 1)
					rc = FEED(&f, 1, AGENT_SET, agent_set,
						  0, 0, .agent = agents);
				else if (what == 2)
					rc = FEED(&f, 1, QUEUE_ENTERED,
						  queue_entered, 1000 + i,
						  2000 + i, .queue = queues);
				else
					rc = FEED(&f, 1, AGENT_JOINED,
						  agent_joined, 1000 + i,
						  3000 + i, .agent = agents);
				s.left = -1;
				after = bytes_of(f.m, &after_len);
				if (rc) {
					ck_assert_int_eq(rc, USHER_ENOMEM);
					ck_assert_uint_eq(len, after_len);
					ck_assert_mem_eq(before, after, len);
				}
				free(before);
				free(after);
				if (!rc)
					break;
			}
		}
	}
	before = bytes_of(f.m, &len);
	for (int allowed = 0, rc = USHER_ENOMEM; rc; allowed++) {
		struct usher_metrics *m = NULL;
		int live = s.live;

		s.left = allowed;
		rc = usher_metrics_restore(&m, &opts, before, len, NULL);
		s.left = -1;
		if (rc) {
			ck_assert_int_eq(rc, USHER_ENOMEM);
			ck_assert_int_eq(s.live, live);
		}
		usher_metrics_free(m);
	}
	free(before);
	usher_metrics_free(f.m);
	ck_assert_int_eq(s.live, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("spans");
	TCase *tc = tcase_create("spans");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, interval__is_cut_at_its_border);
	tcase_add_test(tc, interval__begins_at_its_border);
	tcase_add_test(tc, interval__ends_without_events);
	tcase_add_test(tc, interval__follows_the_question);
	tcase_add_test(tc, day__starts_from_zero_and_carries);
	tcase_add_test(tc, removed__stays_until_the_day_ends);
	tcase_add_test(tc, ask__refuses_nonsense);
	tcase_add_test(tc, ask__writes_what_the_caller_knows);
	tcase_add_test(tc, feed__refuses_what_runs_backwards);
	tcase_add_test(tc, feed__passes_over_strangers);
	tcase_add_test(tc, snapshot__goes_on_after_a_restart);
	tcase_add_test(tc, snapshot__survives_damage);
	tcase_add_test(tc, snapshot__refuses_numbers_that_end);
	tcase_add_test(tc, memory__runs_out_without_a_trace);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
