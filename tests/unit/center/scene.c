#include <stdlib.h>
#include <string.h>

#include "scene.h"

struct stage s;
uint64_t customer, contact, ann_leg;

uint64_t post(struct usher_request request)
{
	uint64_t id;

	request.size = sizeof(request);
	ck_assert_int_eq(usher_center_request(s.center, &request, &id, NULL),
			 0);
	return id;
}

int64_t ask_this(struct usher_request request)
{
	return stage_outcome(&s, post(request));
}

int64_t ask(uint32_t type, uint64_t agent, const char *text)
{
	return stage_ask(&s, type, agent, contact, text);
}

size_t now(void)
{
	size_t count;

	pthread_mutex_lock(&s.phone.lock);
	count = s.phone.count;
	pthread_mutex_unlock(&s.phone.lock);
	return count;
}

uint64_t rung(size_t *from)
{
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "ring", 0, from, &verb));
	return verb.leg;
}

void joined_with(uint64_t a, uint64_t b, size_t from)
{
	struct fake_verb verb;

	while (fake_wait(&s.phone, "join", 0, &from, &verb))
		if ((verb.leg == a && verb.other == b) ||
		    (verb.leg == b && verb.other == a))
			return;
	ck_abort_msg("never joined");
}

const char *activity(uint64_t agent)
{
	const struct usher_snapshot_agent *agents;
	struct usher_snapshot *snapshot;
	const char *found = "";
	size_t count, i;

	ck_assert_int_eq(usher_center_snapshot(s.center, &snapshot), 0);
	count = usher_snapshot_agents(snapshot, &agents);
	for (i = 0; i < count; i++)
		if (agents[i].id == agent)
			found = agents[i].activity;
	usher_snapshot_unref(snapshot);
	return found; /* a literal */
}

void says(const struct usher_event *ev, uint32_t field, const char *expected)
{
	const char *text;

	ck_assert_int_eq(usher_event_str(ev, field, &text, NULL), 0);
	ck_assert_str_eq(text, expected);
}

void caused(const struct usher_event *ev, uint64_t request, uint64_t agent)
{
	ck_assert_uint_eq(ev->cause, request);
	ck_assert_uint_eq(ev->actor, USHER_BY_AGENT);
	ck_assert_uint_eq(ev->actor_id, agent);
}

int scene_main(const char *name, TCase *tc)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
