/* Events that do not fit a rich state: each is refused and leaves no trace. */
#include <check.h>
#include <string.h>

#include <core/schema.h>

#include "day.h"
#include "fixture.h"

/* A center in which a bit of everything goes on. */
struct scene {
	struct usher_acd *acd;
	uint64_t q; /* anna is offered one; bela has accepted one */
	uint64_t outside;
	uint64_t anna, bela, cili, dora, emil;
	uint64_t offered, offered_seg, offer;
	uint64_t accepted, accepted_seg, accepted_offer;
	uint64_t talking, talking_seg; /* with cili */
	uint64_t deciding, deciding_seg;
	uint64_t waiting, waiting_seg;
	uint64_t both, both_seg; /* waits, and is with dora */
};

/* An event as it is in memory: its head, then what it brings. */
struct made {
	struct usher_event head;
	union usher__payload payload;
};

static struct made made(const struct scene *s, uint32_t type, uint64_t contact,
			uint64_t segment)
{
	struct made m;

	memset(&m, 0, sizeof(m));
	m.head.seq = usher_acd_seq(s->acd) + 1;
	m.head.time_us = DAY_START + SECOND;
	m.head.type = type;
	m.head.kind = USHER_KIND_EVENT;
	m.head.contact = contact;
	m.head.segment = segment;
	return m;
}

static uint64_t segment_of(struct usher_acd *acd, uint64_t contact)
{
	return usher_acd_segment_next(acd, contact, 0);
}

static uint64_t direct(struct usher_acd *acd, uint64_t contact, uint64_t agent)
{
	struct usher_direct_opts opts;
	uint64_t seg;

	usher_direct_opts_init(&opts, sizeof(opts));
	opts.wrapup_us = 5 * SECOND;
	ck_assert_int_eq(
		usher_acd_direct(acd, DAY_START, contact, agent, &opts, &seg),
		0);
	return seg;
}

static struct scene scene_made(void)
{
	struct scene s = {.acd = acd_made()};
	struct usher_acd *acd = s.acd;
	struct usher_enqueue_opts opts;

	s.q = add_queue(acd, "q", NULL);
	s.outside = add_queue(acd, "outside", "external");
	s.anna = add_agent(acd, "anna", 0);
	s.offered = wait_in(acd, DAY_START, s.q, 0);
	s.bela = add_agent(acd, "bela", 0);
	s.accepted = wait_in(acd, DAY_START, s.q, 0);
	s.cili = add_agent(acd, "cili", 0);
	ck_assert_int_eq(
		usher_acd_contact_new(acd, DAY_START, NULL, &s.talking), 0);
	s.talking_seg = direct(acd, s.talking, s.cili);
	s.dora = add_agent(acd, "dora", 0);
	ck_assert_int_eq(usher_acd_contact_new(acd, DAY_START, NULL, &s.both),
			 0);
	direct(acd, s.both, s.dora);
	s.emil = add_agent(acd, "emil", 0);
	s.deciding = wait_in(acd, DAY_START, s.outside, 0);
	ck_assert_int_eq(
		usher_acd_presence(acd, DAY_START, s.emil, USHER_PAUSED, NULL),
		0);
	s.waiting = wait_in(acd, DAY_START, s.q, 0);
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &s.q;
	opts.queue_count = 1;
	ck_assert_int_eq(
		usher_acd_enqueue(acd, DAY_START, s.both, &opts, &s.both_seg),
		0);
	s.offered_seg = segment_of(acd, s.offered);
	s.accepted_seg = segment_of(acd, s.accepted);
	s.deciding_seg = segment_of(acd, s.deciding);
	s.waiting_seg = segment_of(acd, s.waiting);
	s.offer = usher_acd_offer_next(acd, s.offered, 0);
	s.accepted_offer = usher_acd_offer_next(acd, s.accepted, 0);
	ck_assert_int_eq(
		usher_acd_accept(acd, DAY_START, s.accepted_offer, NULL), 0);
	drained(acd);
	return s;
}

static void refused(const struct scene *s, const struct made *m)
{
	struct bytes was, is;

	bytes_snapshot(&was, s->acd);
	ck_assert_msg(usher_acd_fold(s->acd, &m->head) == USHER_ECORRUPT, "%s",
		      usher_event_type_name(m->head.type));
	bytes_snapshot(&is, s->acd);
	ck_assert(bytes_equal(&was, &is));
	free(was.at);
	free(is.at);
}

/* On a copy, so that the scene stays. */
static void taken(const struct scene *s, const struct made *m)
{
	struct usher_acd *copy;
	struct bytes was;

	bytes_snapshot(&was, s->acd);
	ck_assert_int_eq(usher_acd_restore(&copy, NULL, NULL, 0, NULL, 0,
					   was.at, was.len, NULL),
			 0);
	ck_assert_msg(!usher_acd_fold(copy, &m->head), "%s",
		      usher_event_type_name(m->head.type));
	free(was.at);
	usher_acd_free(copy);
}

#define PAYLOAD(m, name) ((struct usher__ev_##name *)(void *)&(m).payload)

START_TEST(question__fits_only_who_waits)
{
	struct scene s = scene_made();
	struct made m = made(&s, USHER_EV_DECIDE, s.offered, s.offered_seg);

	refused(&s, &m);
	m = made(&s, USHER_EV_DECIDE, s.talking, s.talking_seg);
	refused(&s, &m);
	m = made(&s, USHER_EV_DECIDE, s.deciding, s.deciding_seg);
	refused(&s, &m);
	/* nobody outside is asked for this queue */
	m = made(&s, USHER_EV_DECIDE, s.waiting, s.waiting_seg);
	refused(&s, &m);
	m = made(&s, USHER_EV_DECIDE_LATE, s.waiting, s.waiting_seg);
	refused(&s, &m);
	m = made(&s, USHER_EV_DECIDE_LATE, s.offered, s.offered_seg);
	refused(&s, &m);
	m = made(&s, USHER_EV_DECIDE_LATE, s.deciding, s.deciding_seg);
	taken(&s, &m);
	m = made(&s, USHER_EV_DEFERRED, s.offered, s.offered_seg);
	PAYLOAD(m, deferred)->until = DAY_START + 9 * SECOND;
	refused(&s, &m);
	m = made(&s, USHER_EV_DEFERRED, s.deciding, s.deciding_seg);
	PAYLOAD(m, deferred)->until = DAY_START + 9 * SECOND;
	refused(&s, &m);
	m = made(&s, USHER_EV_DEFERRED, s.waiting, s.waiting_seg);
	PAYLOAD(m, deferred)->until = USHER_NEVER;
	refused(&s, &m);
	PAYLOAD(m, deferred)->until = DAY_START + 9 * SECOND;
	taken(&s, &m);
	usher_acd_free(s.acd);
}
END_TEST

static struct made offer(const struct scene *s, uint64_t contact,
			 uint64_t segment, uint64_t agent, uint64_t group)
{
	struct made m = made(s, USHER_EV_OFFER_MADE, contact, segment);
	struct usher__ev_offer_made *ev = PAYLOAD(m, offer_made);

	ev->offer = 100;
	ev->group = group;
	ev->queue = s->q;
	ev->agent = agent;
	ev->deadline = DAY_START + 20 * SECOND;
	return m;
}

START_TEST(offer__fits_one_group_and_nobody_twice)
{
	struct scene s = scene_made();
	/* a second group, the same agent again, beside an accepted one */
	struct made m = offer(&s, s.offered, s.offered_seg, s.emil, 100);

	refused(&s, &m);
	m = offer(&s, s.offered, s.offered_seg, s.anna, s.offer);
	refused(&s, &m);
	m = offer(&s, s.offered, s.offered_seg, s.emil, s.offer);
	taken(&s, &m);
	m = offer(&s, s.accepted, s.accepted_seg, s.emil, s.accepted_offer);
	refused(&s, &m);
	/* a group of another contact, or of none */
	m = offer(&s, s.waiting, s.waiting_seg, s.emil, s.offer);
	refused(&s, &m);
	m = offer(&s, s.waiting, s.waiting_seg, s.emil, 0);
	refused(&s, &m);
	m = offer(&s, s.both, s.both_seg, s.dora, 100);
	refused(&s, &m);
	m = offer(&s, s.both, s.both_seg, s.emil, 100);
	taken(&s, &m);
	PAYLOAD(m, offer_made)->queue = s.outside;
	refused(&s, &m);
	m = offer(&s, s.waiting, s.waiting_seg, s.emil, 100);
	PAYLOAD(m, offer_made)->widen = SECOND;
	taken(&s, &m);
	PAYLOAD(m, offer_made)->widen = SECOND - 1;
	refused(&s, &m);
	PAYLOAD(m, offer_made)->widen = 0;
	PAYLOAD(m, offer_made)->deadline = INT64_MAX;
	refused(&s, &m);
	usher_acd_free(s.acd);
}
END_TEST

static struct made answer(const struct scene *s, uint32_t type,
			  uint64_t contact, uint64_t segment, uint64_t id,
			  uint64_t agent)
{
	struct made m = made(s, type, contact, segment);

	/* the same first fields in all of them */
	PAYLOAD(m, offer_accepted)->offer = id;
	PAYLOAD(m, offer_accepted)->queue = s->q;
	PAYLOAD(m, offer_accepted)->agent = agent;
	return m;
}

START_TEST(answer__fits_the_offer_its_segment_and_agent)
{
	struct scene s = scene_made();
	struct made m = answer(&s, USHER_EV_OFFER_ACCEPTED, s.accepted,
			       s.accepted_seg, s.accepted_offer, s.bela);

	refused(&s, &m);
	m = answer(&s, USHER_EV_OFFER_ACCEPTED, s.offered, s.offered_seg,
		   s.offer, s.bela);
	refused(&s, &m);
	m = answer(&s, USHER_EV_OFFER_ACCEPTED, s.offered, s.waiting_seg,
		   s.offer, s.anna);
	refused(&s, &m);
	m = answer(&s, USHER_EV_OFFER_ACCEPTED, s.offered, s.offered_seg,
		   s.offer, s.anna);
	taken(&s, &m);
	m = answer(&s, USHER_EV_OFFER_CONNECTED, s.offered, s.offered_seg,
		   s.offer, s.anna);
	refused(&s, &m);
	m = answer(&s, USHER_EV_OFFER_REJECTED, s.accepted, s.accepted_seg,
		   s.accepted_offer, s.bela);
	refused(&s, &m);
	usher_acd_free(s.acd);
}
END_TEST

START_TEST(agent__joins_a_contact_once)
{
	struct scene s = scene_made();
	struct made m = made(&s, USHER_EV_AGENT_JOINED, s.talking, 100);

	PAYLOAD(m, agent_joined)->agent = s.cili;
	refused(&s, &m);
	PAYLOAD(m, agent_joined)->agent = s.emil;
	taken(&s, &m);
	PAYLOAD(m, agent_joined)->wrapup = INT64_MAX;
	refused(&s, &m);
	/* it rings at anna's */
	m = made(&s, USHER_EV_AGENT_JOINED, s.offered, 100);
	PAYLOAD(m, agent_joined)->agent = s.anna;
	refused(&s, &m);
	usher_acd_free(s.acd);
}
END_TEST

START_TEST(talk__is_that_of_the_segments_agent)
{
	struct scene s = scene_made();
	struct made m =
		made(&s, USHER_EV_HOLD_STARTED, s.talking, s.talking_seg);

	PAYLOAD(m, hold_started)->agent = s.anna;
	refused(&s, &m);
	PAYLOAD(m, hold_started)->agent = s.cili;
	taken(&s, &m);
	m = made(&s, USHER_EV_HOLD_ENDED, s.talking, s.talking_seg);
	PAYLOAD(m, hold_ended)->agent = s.cili;
	refused(&s, &m);
	m = made(&s, USHER_EV_WRAPUP_STARTED, s.talking, s.talking_seg);
	PAYLOAD(m, wrapup_started)->agent = s.cili;
	PAYLOAD(m, wrapup_started)->deadline = INT64_MAX;
	refused(&s, &m);
	m = made(&s, USHER_EV_AGENT_LEFT, s.talking, s.talking_seg);
	PAYLOAD(m, agent_left)->agent = s.cili;
	PAYLOAD(m, agent_left)->talk = INT64_MAX;
	refused(&s, &m);
	usher_acd_free(s.acd);
}
END_TEST

START_TEST(config__goes_from_one_state_to_another)
{
	struct scene s = scene_made();
	struct made m = made(&s, USHER_EV_QUEUE_OPENED, 0, 0);

	PAYLOAD(m, queue_opened)->queue = s.q;
	refused(&s, &m);
	m.head.type = USHER_EV_QUEUE_CLOSED;
	taken(&s, &m);
	m.head.type = USHER_EV_QUEUE_REMOVED;
	refused(&s, &m);
	m = made(&s, USHER_EV_AGENT_REMOVED, 0, 0);
	PAYLOAD(m, agent_removed)->agent = s.emil;
	refused(&s, &m);
	m.head.type = USHER_EV_AGENT_REMOVING;
	taken(&s, &m);
	usher_acd_free(s.acd);
}
END_TEST

START_TEST(numbers__of_an_event_are_in_range)
{
	struct scene s = scene_made();
	struct made m = made(&s, USHER_EV_CONTACT_STARTED, 100, 0);

	PAYLOAD(m, contact_started)->channel = usher__text("voice");
	taken(&s, &m);
	PAYLOAD(m, contact_started)->priority = INT64_MAX;
	refused(&s, &m);
	PAYLOAD(m, contact_started)->priority = 0;
	PAYLOAD(m, contact_started)->since = m.head.time_us + 1;
	refused(&s, &m);
	PAYLOAD(m, contact_started)->since = INT64_MIN;
	refused(&s, &m);
	m = made(&s, USHER_EV_CONTACT_ENDED, s.waiting, 0);
	m.head.time_us = INT64_MAX - 5;
	refused(&s, &m);
	m = made(&s, USHER_EV_CONTACT_DETACHED, s.waiting, 0);
	PAYLOAD(m, contact_detached)->until = INT64_MAX;
	refused(&s, &m);
	m = made(&s, USHER_EV_QUEUE_ENTERED, s.talking, 100);
	PAYLOAD(m, queue_entered)->queue = s.q;
	taken(&s, &m);
	PAYLOAD(m, queue_entered)->requirement = usher__text("a >");
	refused(&s, &m);
	PAYLOAD(m, queue_entered)->requirement.len = 0;
	PAYLOAD(m, queue_entered)->deadline = INT64_MIN;
	refused(&s, &m);
	usher_acd_free(s.acd);
}
END_TEST

/* Every event of a day, given again at any other moment of it: what is taken
 * leaves a state that can be written, read and gone on from. */
START_TEST(events__of_another_moment_are_refused_or_do_no_harm)
{
	int refused_count = 0;

	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct usher_acd *lived = acd_made(), *acd = acd_made();
		struct day day = {.seed = seed, .now = DAY_START};
		struct bytes day_bytes;
		struct usher_decoder *dec;
		const struct usher_event *ev;
		size_t at = 0, used;

		day_set_up(lived, &day);
		for (int i = 0; i < 200; i++)
			day_step(lived, &day);
		bytes_drain(&day_bytes, lived);
		day_set_up(acd, &day);
		ck_assert_int_eq(usher_decoder_new(&dec, NULL), 0);
		for (int turn = 0; turn < 40; turn++) {
			drained(acd);
			for (at = 0; at < day_bytes.len; at += used) {
				struct usher_event *odd;
				struct bytes was, is;
				int err;

				ck_assert_int_eq(
					usher_event_decode(dec,
							   day_bytes.at + at,
							   day_bytes.len - at,
							   &used, &ev),
					0);
				if (day_draw(&day, 40))
					continue;
				bytes_snapshot(&was, acd);
				odd = (struct usher_event *)(uintptr_t)ev;
				odd->seq = usher_acd_seq(acd) + 1;
				odd->time_us = usher_acd_now(acd);
				err = usher_acd_fold(acd, odd);
				bytes_snapshot(&is, acd);
				if (err) {
					ck_assert_int_eq(err, USHER_ECORRUPT);
					ck_assert(bytes_equal(&was, &is));
					refused_count++;
				}
				free(was.at);
				free(is.at);
			}
			day_step(acd, &day);
		}
		free(day_bytes.at);
		usher_decoder_free(dec);
		usher_acd_free(lived);
		usher_acd_free(acd);
	}
	ck_assert_int_gt(refused_count, 600);
}
END_TEST

START_TEST(configuration__fits_as_far_as_it_is_accepted)
{
	struct scene s = scene_made();
	struct made m = made(&s, USHER_EV_STEP_SET, 0, 0);
	struct usher__ev_step_set *step = PAYLOAD(m, step_set);
	struct usher__ev_queue_set *queue;
	struct usher__ev_agent_set *agent;

	step->queue = s.q;
	step->step = 1;
	step->action = USHER_QUEUE_STEP_PRIORITY;
	step->check = SECOND;
	step->condition = (struct usher__bytes){"colour == 1", 11, 0};
	refused(&s, &m);
	step->condition = (struct usher__bytes){"waiting ==", 10, 0};
	refused(&s, &m);
	step->condition = (struct usher__bytes){"waiting > 1", 11, 0};
	taken(&s, &m);
	m = made(&s, USHER_EV_QUEUE_SET, 0, 0);
	queue = PAYLOAD(m, queue_set);
	queue->queue = 100;
	queue->name = (struct usher__bytes){"new", 3, 0};
	queue->policy = (struct usher__bytes){"external", 8, 0};
	queue->fallback = (struct usher__bytes){"batch", 5, 0};
	queue->offer_timeout = SECOND;
	queue->decide_timeout = SECOND;
	refused(&s, &m);
	queue->fallback = (struct usher__bytes){"random", 6, 0};
	taken(&s, &m);
	m = made(&s, USHER_EV_AGENT_SET, 0, 0);
	agent = PAYLOAD(m, agent_set);
	agent->agent = 100;
	agent->name = (struct usher__bytes){"new", 3, 0};
	agent->max_total = USHER_CAPACITY_MAX + 1;
	refused(&s, &m);
	agent->max_total = USHER_CAPACITY_MAX;
	taken(&s, &m);
	usher_acd_free(s.acd);
}
END_TEST

static int offers_made(struct usher_acd *acd)
{
	const struct usher_event *ev;
	int n = 0;

	while ((ev = usher_acd_next(acd)))
		n += ev->type == USHER_EV_OFFER_MADE;
	return n;
}

/* An older version took a fraction where a number has to be whole. */
START_TEST(options__of_an_old_record_are_all_read)
{
	/* "after" is 5, "first" 1.5, "step" 3: doubles, the low byte first */
	static const char kv[] = "after\0n\0\0\0\0\0\0\x14\x40"
				 "first\0n\0\0\0\0\0\0\xf8\x3f"
				 "step\0n\0\0\0\0\0\0\x08\x40";
	static const struct usher_attr refused_ones[] = {
		{.name = "after", .type = USHER_ATTR_NUMBER, .number = 5},
		{.name = "first", .type = USHER_ATTR_NUMBER, .number = 1.5},
		{.name = "step", .type = USHER_ATTR_NUMBER, .number = 3},
	};
	static const char *const names[] = {"a", "b", "c", "d",
					    "e", "f", "g", "h"};
	struct scene s = {.acd = acd_made()};
	struct made m = made(&s, USHER_EV_QUEUE_SET, 0, 0);
	struct usher__ev_queue_set *queue = PAYLOAD(m, queue_set);
	struct usher_queue_opts opts;

	queue->queue = 100;
	queue->name = usher__text("old");
	queue->policy = usher__text("ring_progressive");
	queue->offer_timeout = 60 * SECOND;
	queue->policy_options =
		(struct usher__bytes){kv, (uint32_t)sizeof(kv) - 1, 3};
	queue->fallback = usher__text("random");
	queue->decide_timeout = SECOND;
	m.head.time_us = DAY_START;
	ck_assert_int_eq(usher_acd_fold(s.acd, &m.head), 0);
	for (size_t i = 0; i < 8; i++)
		add_agent(s.acd, names[i], 0);
	offers_made(s.acd);
	wait_in(s.acd, DAY_START + SECOND, 100, 0);
	ck_assert_int_eq(offers_made(s.acd), 1);
	usher_acd_advance(s.acd, DAY_START + 6 * SECOND - 1);
	ck_assert_int_eq(offers_made(s.acd), 0);
	usher_acd_advance(s.acd, DAY_START + 6 * SECOND);
	ck_assert_int_eq(offers_made(s.acd), 3);

	usher_queue_opts_init(&opts, sizeof(opts));
	opts.name = "new";
	opts.policy = "ring_progressive";
	opts.policy_options = refused_ones;
	opts.policy_option_count = 3;
	ck_assert_int_eq(usher_acd_queue_set(s.acd, DAY_START + 6 * SECOND,
					     &opts, NULL, NULL),
			 USHER_EINVAL);
	usher_acd_free(s.acd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("acd fold");
	TCase *tcase = tcase_create("fold");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, question__fits_only_who_waits);
	tcase_add_test(tcase, offer__fits_one_group_and_nobody_twice);
	tcase_add_test(tcase, answer__fits_the_offer_its_segment_and_agent);
	tcase_add_test(tcase, agent__joins_a_contact_once);
	tcase_add_test(tcase, talk__is_that_of_the_segments_agent);
	tcase_add_test(tcase, config__goes_from_one_state_to_another);
	tcase_add_test(tcase, numbers__of_an_event_are_in_range);
	tcase_add_test(tcase,
		       events__of_another_moment_are_refused_or_do_no_harm);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, configuration__fits_as_far_as_it_is_accepted);
	tcase_add_test(tcase, options__of_an_old_record_are_all_read);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
