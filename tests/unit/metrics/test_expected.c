/* How long a wait is expected to be, by hand. */
#include <stdlib.h>

#include "fixture.h"

/* Between two answers somebody waited on: 10 s, then 20 s; the third gap had
 * a moment with nobody waiting. */
START_TEST(expected_wait__is_of_the_backlog)
{
	struct fixture f = fixture(NULL);
	int64_t us = 7;

	for (uint64_t c = 1; c <= 4; c++)
		enter(&f, 0, c, 1);
	answer(&f, 5, 1, 1);
	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 1, UINT64_MAX, &us),
			 USHER_ENOENT);
	ck_assert_int_eq(us, 7);
	answer(&f, 15, 2, 1);
	answer(&f, 35, 3, 1);
	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 1, UINT64_MAX, &us),
			 0);
	ck_assert_int_eq(us, 2 * 15 * SECOND);
	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 1, 0, &us), 0);
	ck_assert_int_eq(us, 15 * SECOND);
	abandon(&f, 36, 4, 1);
	enter(&f, 100, 5, 1);
	answer(&f, 200, 5, 1);
	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 1, 0, &us), 0);
	ck_assert_int_eq(us, 15 * SECOND);
	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 9, 0, &us),
			 USHER_ENOENT);
	usher_metrics_free(f.m);
}
END_TEST

/* So many contacts of the queue, one after the other, each of so long. */
static double serve(struct fixture *f, double at, uint64_t id, int count,
		    int64_t took_s)
{
	for (int i = 0; i < count; i++) {
		const uint64_t segment = f->seq + 100000;

		FEED(f, at, AGENT_JOINED, agent_joined, segment, segment,
		     .agent = 1, .queue = id);
		at += (double)took_s;
		FEED(f, at, AGENT_LEFT, agent_left, segment, segment,
		     .agent = 1, .queue = id, .talk = took_s * SECOND);
	}
	return at;
}

static int64_t wait_s(const struct fixture *f, uint64_t id, uint64_t ahead)
{
	int64_t us = -1;

	ck_assert_int_eq(usher_metrics_expected_wait(f->m, id, ahead, &us), 0);
	return (us + SECOND / 2) / SECOND;
}

static int64_t wait_ms(const struct usher_metrics *m, uint64_t id)
{
	int64_t us = -1;

	ck_assert_int_eq(usher_metrics_expected_wait(m, id, 0, &us), 0);
	return us / (SECOND / 1000);
}

/* Two agents, 100 s a contact: 50 s a place, and 100 s as soon as it is known
 * that one of them goes. */
START_TEST(expected_wait__is_of_those_who_stay)
{
	struct fixture f = fixture(NULL);
	double at = serve(&f, 0, 1, 20, 100);
	int64_t us;

	ck_assert_int_eq(usher_metrics_expected_wait(f.m, 1, 0, &us),
			 USHER_ENOENT);
	for (uint64_t a = 1; a <= 2; a++) {
		presence(&f, at, a, USHER_READY);
		FEED(&f, at, AGENT_JOINED, agent_joined, a, a, .agent = a,
		     .queue = 1);
	}
	ck_assert_int_eq(wait_s(&f, 1, 0), 50);
	ck_assert_int_eq(wait_s(&f, 1, 3), 200);
	FEED(&f, at, AGENT_PENDING, agent_pending, 0, 0, .agent = 2,
	     .presence = USHER_PAUSED);
	ck_assert_int_eq(wait_s(&f, 1, 0), 100);
	FEED(&f, at, AGENT_PENDING, agent_pending, 0, 0, .agent = 2,
	     .presence = USHER_READY);
	ck_assert_int_eq(wait_s(&f, 1, 0), 50);
	FEED(&f, at, AGENT_REMOVING, agent_removing, 0, 0, .agent = 2);
	ck_assert_int_eq(wait_s(&f, 1, 0), 100);
	FEED(&f, at, AGENT_LEFT, agent_left, 2, 2, .agent = 2, .queue = 1,
	     .talk = 100 * SECOND);
	ck_assert_int_eq(wait_s(&f, 1, 0), 100);
	usher_metrics_free(f.m);
}
END_TEST

/* A thousand contacts of 100 s, then longer ones: not the mean of all. */
START_TEST(expected_wait__notices_that_contacts_take_longer)
{
	struct fixture f = fixture(NULL);
	double at = 0;

	for (int i = 0; i < 500; i++)
		at = serve(&f, serve(&f, at, 1, 1, 80), 1, 1, 120);
	at = serve(&f, at, 1, 200, 200);
	FEED(&f, at, AGENT_JOINED, agent_joined, 1, 1, .agent = 1, .queue = 1);
	ck_assert_int_ge(wait_s(&f, 1, 0), 195);
	usher_metrics_free(f.m);
}
END_TEST

#define AGENTS 10

/* Ten agents, of whom one takes a contact of either queue every 10 s and has
 * it for 100 s. Every fifteenth is of queue 1. */
struct line {
	struct fixture f;
	double at;
	uint64_t turns;
	uint64_t contacts[2]; /* came last */
	uint64_t answered[2];
	uint64_t has[AGENTS], of[AGENTS];
};

static struct line line(void)
{
	struct line l = {.f = fixture(NULL), .answered = {5000, 0}};

	l.contacts[0] = l.answered[0];
	for (uint64_t a = 3; a <= AGENTS; a++)
		agent(&l.f, 0, a);
	for (uint64_t a = 1; a <= AGENTS; a++)
		presence(&l.f, 0, a, USHER_READY);
	return l;
}

static void come(struct line *l, uint64_t id)
{
	enter(&l->f, l->at, ++l->contacts[id - 1], id);
}

static void turn(struct line *l, uint64_t id)
{
	const uint64_t a = l->turns++ % AGENTS;

	l->at += 10;
	if (l->has[a]) {
		left(&l->f, l->at, l->has[a], l->of[a], a + 1, 100, 0, 0);
		closed(&l->f, l->at, l->has[a]);
	}
	l->has[a] = ++l->answered[id - 1];
	l->of[a] = id;
	connected(&l->f, l->at, l->has[a], id, a + 1);
}

static void turns_of_2(struct line *l, uint64_t count)
{
	while (count--) {
		if (l->contacts[1] == l->answered[1])
			come(l, 2);
		turn(l, 2);
	}
}

static void waiting_in_2(struct line *l, uint64_t count)
{
	while (l->contacts[1] - l->answered[1] < count)
		come(l, 2);
}

/* It has one agent of ten, who is not the only one to take the next. */
START_TEST(expected_wait__is_of_all_agents_where_one_goes_first)
{
	struct line l = line();

	turns_of_2(&l, 14);
	for (int i = 0; i < 20; i++) {
		waiting_in_2(&l, (uint64_t)(1 + i % 5));
		come(&l, 1);
		turn(&l, 1);
		turns_of_2(&l, 14);
		/* one of them has been known for as long as none has left */
		if (i)
			ck_assert_int_eq(wait_s(&l.f, 1, 0), 10);
	}
	usher_metrics_free(l.f.m);
}
END_TEST

/* The longest wait is answered first: whoever waits elsewhere is before. */
START_TEST(expected_wait__is_of_who_waits_elsewhere)
{
	struct line l = line();
	int64_t s;

	turns_of_2(&l, 14);
	for (int i = 0; i < 20; i++) {
		const uint64_t others = i % 2 ? 2 : 6;

		waiting_in_2(&l, others);
		come(&l, 1);
		turns_of_2(&l, others);
		turn(&l, 1);
		turns_of_2(&l, 14 - others);
	}
	waiting_in_2(&l, 1);
	s = wait_s(&l.f, 1, 0);
	ck_assert_msg(s >= 18 && s <= 22, "told %d s", (int)s);
	waiting_in_2(&l, 9);
	s = wait_s(&l.f, 1, 0);
	ck_assert_msg(s >= 90 && s <= 105, "told %d s", (int)s);
	usher_metrics_free(l.f.m);
}
END_TEST

/* A fold of what is in these bytes. */
static struct usher_metrics *read_again(const uint8_t *bytes, size_t len)
{
	struct usher_metrics *m = NULL;

	ck_assert_int_eq(usher_metrics_restore(&m, NULL, bytes, len, NULL), 0);
	return m;
}

/* Bytes to free. */
static uint8_t *written(const struct usher_metrics *m, size_t *len)
{
	uint8_t *bytes;

	ck_assert_int_eq(usher_metrics_snapshot(m, NULL, 0, len), 0);
	bytes = malloc(*len);
	ck_assert_int_eq(usher_metrics_snapshot(m, bytes, *len, len), 0);
	return bytes;
}

static void cut(uint8_t *bytes, size_t *len, size_t word, size_t words)
{
	memmove(bytes + 8 * word, bytes + 8 * (word + words),
		*len - 8 * (word + words));
	*len -= 8 * words;
}

#define DAY_S         INT64_C(86400)
#define QUEUE_SINCE_2 17 /* words of a queue that version 2 had not */
#define SPAN_W        (size_t)(16 + USHER_METRICS_REASONS) /* words of a span */

/* An e-mail of two hours, then one of forty days: what is written is read,
 * also what an older version wrote of the mean. */
START_TEST(snapshot__holds_what_takes_long)
{
	struct fixture f = {0};
	struct usher_metrics *again, *old;
	uint8_t *bytes;
	size_t len, queue_w = 5 + 2 * (1 + SPAN_W);
	double at;

	ck_assert_int_eq(usher_metrics_new(&f.m, NULL, NULL), 0);
	queue(&f, 0, 1);
	agent(&f, 0, 1);
	at = serve(&f, serve(&f, 0, 1, 1, DAY_S / 10), 1, 1, 40 * DAY_S);
	bytes = written(f.m, &len);
	usher_metrics_free(read_again(bytes, len));
	free(bytes);

	at = serve(&f, at, 1, 2, 90 * DAY_S);
	FEED(&f, at, AGENT_REMOVED, agent_removed, 0, 0, .agent = 1);
	FEED(&f, at, DAY, day, 0, 0, 0);
	bytes = written(f.m, &len);
	bytes[8] = 2;
	cut(bytes, &len, queue_w, 3); /* of all; then the queue's */
	cut(bytes, &len, queue_w + 1 + 15, QUEUE_SINCE_2);
	old = read_again(bytes, len);
	free(bytes);
	bytes = written(old, &len);
	again = read_again(bytes, len);
	free(bytes);
	usher_metrics_free(again);
	usher_metrics_free(old);
	usher_metrics_free(f.m);
}
END_TEST

/* Agents still talk to contacts of a queue that is gone when the day begins:
 * what is told of another is the same as if the fold had begun again. */
START_TEST(expected_wait__forgets_agents_of_a_queue_that_is_gone)
{
	struct fixture f = fixture(NULL);
	struct usher_metrics *again;
	int64_t lived, restored;
	double at = 0;
	uint8_t *bytes;
	size_t len;

	queue(&f, at, 3);
	presence(&f, at, 1, USHER_READY);
	/* Both queues alike, so that all agents tell of each. */
	for (uint64_t c = 1; c <= 240; c += 4) {
		for (uint64_t k = c; k < c + 4; k++)
			enter(&f, at, k, 1 + k % 2);
		for (uint64_t k = c; k < c + 4; k++) {
			leave(&f, at, k, 1 + k % 2, USHER_LEAVE_ANSWERED);
			at = serve(&f, at, 1 + k % 2, 1, 100);
		}
	}
	presence(&f, at, 2, USHER_READY);
	FEED(&f, at, AGENT_PENDING, agent_pending, 0, 0, .agent = 2,
	     .presence = USHER_PAUSED);
	for (uint64_t k = 0; k < 20; k++)
		FEED(&f, at, AGENT_JOINED, agent_joined, 9000 + k, 9000 + k,
		     .agent = 1 + k % 2, .queue = 3);
	FEED(&f, at, QUEUE_REMOVED, queue_removed, 0, 0, .queue = 3);
	FEED(&f, at + 1, DAY, day, 0, 0, 0);
	for (uint64_t k = 0; k < 20; k++)
		FEED(&f, at + 10, AGENT_LEFT, agent_left, 9000 + k, 9000 + k,
		     .agent = 1 + k % 2, .queue = 3, .talk = 100 * SECOND);
	FEED(&f, at + 11, AGENT_JOINED, agent_joined, 9900, 9900, .agent = 1,
	     .queue = 1);
	lived = wait_ms(f.m, 1);
	bytes = written(f.m, &len);
	again = read_again(bytes, len);
	free(bytes);
	restored = wait_ms(again, 1);
	ck_assert_int_eq(lived, restored);
	usher_metrics_free(again);
	usher_metrics_free(f.m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("expected");
	TCase *tc = tcase_create("expected");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_test(tc, expected_wait__is_of_the_backlog);
	tcase_add_test(tc, expected_wait__is_of_those_who_stay);
	tcase_add_test(tc, expected_wait__notices_that_contacts_take_longer);
	tcase_add_test(tc,
		       expected_wait__is_of_all_agents_where_one_goes_first);
	tcase_add_test(tc, expected_wait__is_of_who_waits_elsewhere);
	tcase_add_test(tc, snapshot__holds_what_takes_long);
	tcase_add_test(tc,
		       expected_wait__forgets_agents_of_a_queue_that_is_gone);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
