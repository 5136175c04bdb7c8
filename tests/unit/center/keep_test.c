/* Snapshots that the disk refuses: nothing is lost, and the next one is kept.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "back.h"
#include "center/center.h"
#include "center/journal.h"
#include "center/session.h"

enum { TRIES = 2000, PAUSE_MS = 10 };

static bool found(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/tenants/state/%s", s.dir, name);
	return !access(path, F_OK);
}

static void pause_a_while(void)
{
	const struct timespec while_ms = {0, PAUSE_MS * 1000000L};

	nanosleep(&while_ms, NULL);
}

/* Something stands in the way that can be opened and not be written at a
 * place: a pipe. It goes when the writer has given up. */
static void keep_refused(struct usher_center *center, void *arg)
{
	uint64_t *seq = arg;
	char path[512];

	*seq = usher_acd_seq(center->acd);
	snprintf(path, sizeof(path), "%s/snapshot-%020llu.tmp",
		 center->state_dir, (unsigned long long)*seq);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	usher__center_keep(center);
}

static void keep(struct usher_center *center, void *arg)
{
	*(uint64_t *)arg = usher_acd_seq(center->acd);
	usher__center_keep(center);
}

static void refused(void)
{
	char tmp[64], snap[64];
	uint64_t seq;
	int tries;

	stage_inside(&s, keep_refused, &seq);
	snprintf(tmp, sizeof(tmp), "snapshot-%020llu.tmp",
		 (unsigned long long)seq);
	snprintf(snap, sizeof(snap), "snapshot-%020llu.snap",
		 (unsigned long long)seq);
	for (tries = 0; found(tmp); tries++) {
		ck_assert_int_lt(tries, TRIES);
		pause_a_while();
	}
	ck_assert(!found(snap));
	ck_assert_uint_lt(
		usher_store_snapshot_seq(usher_center_store(s.center)), seq);
}

static void kept(void)
{
	struct usher_store *store = usher_center_store(s.center);
	uint64_t seq;
	int tries;

	stage_inside(&s, keep, &seq);
	for (tries = 0; usher_store_snapshot_seq(store) < seq; tries++) {
		ck_assert_int_lt(tries, TRIES);
		pause_a_while();
	}
}

static void language_read(struct usher_center *center, void *arg)
{
	struct session *session, *next;

	*(char *)arg = '\0';
	HASH_ITER (hh, center->sessions, session, next)
		if (session->state == SESSION_CALLBACK)
			snprintf(arg, sizeof(session->language), "%s",
				 session->language);
}

/* Who is to be called back is, in the language of the entry; who waited
 * since the refusal has the place back. */
static void all_are_there(void)
{
	char language[sizeof(((struct session *)NULL)->language)];
	size_t at = 0;

	stage_inside(&s, language_read, language);
	ck_assert_str_eq(language, "hu");
	answers(ann_accepts(&at));
	stage_event(&s, USHER_EV_AGENT_JOINED, 0);
	sign_in(s.bob);
	stage_arrive(&s.phone, "1001", "555");
	stage_event(&s, USHER_EV_CONTACT_ATTACHED, 0);
}

static void live_refused(void)
{
	agrees(NUMBER);
	refused();
	/* The center goes on; this is in the journal alone. */
	stage_arrive(&s.phone, "1001", "555");
	while (stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact == contact)
		;
}

START_TEST(keep__that_the_disk_refuses_loses_nothing)
{
	s.language = "hu";
	kill_and_open(live_refused);
	all_are_there();
}
END_TEST

static void live_kept(void)
{
	live_refused();
	kept();
}

START_TEST(keep__after_a_refusal_is_kept)
{
	s.language = "hu";
	kill_and_open(live_kept);
	all_are_there();
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("keep");

	tcase_add_checked_fixture(tc, back_setup, back_teardown);
	tcase_add_test(tc, keep__that_the_disk_refuses_loses_nothing);
	tcase_add_test(tc, keep__after_a_refusal_is_kept);
	return tc;
}

int main(void)
{
	return scene_main("keep", tests());
}
