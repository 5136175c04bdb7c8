/* What is kept of who called until they are called back, and after. */
#include <stdio.h>

#include "back.h"
#include "center/center.h"
#include "center/session.h"

static void agrees_so(const struct usher_channel_arrival *arrival)
{
	uint64_t leg;

	ck_assert_int_eq(usher_channel_arrived(s.phone.channel, arrival, &leg),
			 0);
	contact = stage_event(&s, USHER_EV_QUEUE_ENTERED, 0)->contact;
	presses(leg);
	stage_event(&s, USHER_EV_CALLBACK_ASKED, contact);
	ck_assert(fake_wait(&s.phone, "end", leg, NULL, NULL));
}

static void agrees_privately(const char *privacy)
{
	const struct usher_channel_arrival arrival = {.size = sizeof(arrival),
						      .entry = "1000",
						      .from = NUMBER,
						      .privacy = privacy};

	agrees_so(&arrival);
}

/* That ring says so about the privacy of who called. */
static uint64_t rings_so(size_t *at, const char *address, const char *privacy)
{
	struct fake_verb verb;

	ck_assert(fake_wait(&s.phone, "ring", 0, at, &verb));
	ck_assert_str_eq(verb.text, address);
	ck_assert_str_eq(verb.privacy, privacy);
	return verb.leg;
}

/* ann and the customer; then bob is asked. */
static void is_private(size_t *at, const char *privacy)
{
	struct usher_request request = {
		.type = USHER_REQ_TRANSFER, .agent = s.ann, .text = "bob"};

	sign_in(s.ann);
	ann_leg = rings_so(at, "phone", privacy);
	answers(ann_leg);
	/* Who has called is told who calls now. */
	answers(rings_so(at, "tel:" NUMBER, ""));
	request.contact = stage_event(&s, USHER_EV_AGENT_JOINED, 0)->contact;
	sign_in(s.bob);
	ck_assert_int_eq(ask_this(request), 0);
	rings_so(at, "phone", privacy);
}

static void agrees_with_more(void)
{
	const struct usher_channel_arrival arrival = {
		.size = sizeof(arrival),
		.entry = "1000",
		.from = NUMBER,
		.privacy = "id",
		.user_to_user = "4a;encoding=hex"};

	agrees_so(&arrival);
}

/* The agents hear of it, and not the customer, who said it. */
static void hands_it_on(void)
{
	struct fake_verb verb;
	size_t at = 0;

	sign_in(s.ann);
	ck_assert(fake_wait(&s.phone, "ring", 0, &at, &verb));
	ck_assert_str_eq(verb.uui, "4a;encoding=hex");
	ck_assert_str_eq(verb.privacy, "id");
	answers(verb.leg);
	ck_assert(fake_wait(&s.phone, "ring", 0, &at, &verb));
	ck_assert_str_eq(verb.text, "tel:" NUMBER);
	ck_assert_str_eq(verb.uui, "");
}

START_TEST(callback__hands_on_what_the_callers_side_said)
{
	back_begin();
	agrees_with_more();
	hands_it_on();
}
END_TEST

START_TEST(callback__hands_it_on_after_a_kill)
{
	kill_and_open(agrees_with_more);
	hands_it_on();
}
END_TEST

START_TEST(callback__keeps_the_privacy_of_who_called)
{
	size_t at = 0;

	back_begin();
	agrees_privately("id");
	is_private(&at, "id");
}
END_TEST

START_TEST(callback__keeps_the_privacy_of_who_answers_first)
{
	size_t at = 0;

	step.method = "customer";
	back_begin();
	agrees_privately("user;id");
	sign_in(s.ann);
	answers(rings_so(&at, "tel:" NUMBER, ""));
	rings_so(&at, "phone", "user;id");
}
END_TEST

static void live_private(void)
{
	agrees_privately("header");
}

START_TEST(callback__keeps_the_privacy_after_a_kill)
{
	size_t at = 0;

	kill_and_open(live_private);
	is_private(&at, "id");
}
END_TEST

static void live_open(void)
{
	agrees_privately("none");
}

START_TEST(callback__of_who_hides_nothing_does_not_after_a_kill)
{
	size_t at = 0;

	kill_and_open(live_open);
	is_private(&at, "");
}
END_TEST

/* ---- what language they speak ---- */

static void language_read(struct usher_center *center, void *arg)
{
	const struct session *session = center->sessions;

	snprintf(arg, sizeof(session->language), "%s", session->language);
}

/* The only one there is. */
static void speaks(const char *language)
{
	char found[sizeof(((struct session *)NULL)->language)];

	stage_inside(&s, language_read, found);
	ck_assert_str_eq(found, language);
}

static void live_planned(void)
{
	agrees(NUMBER);
}

START_TEST(callback__speaks_the_entrys_language_after_a_kill)
{
	s.language = "hu";
	kill_and_open(live_planned);
	speaks("hu");
}
END_TEST

START_TEST(callback__by_request_speaks_the_language_of_the_flows)
{
	struct usher_request request = {.type = USHER_REQ_CALLBACK,
					.text = NUMBER};

	back_begin();
	request.queue = usher_center_queue_id(s.center, "sales");
	post(request);
	stage_event(&s, USHER_EV_CALLBACK_ASKED, 0);
	speaks("");
}
END_TEST

static TCase *tests(void)
{
	TCase *tc = tcase_create("callback_keep");

	tcase_add_checked_fixture(tc, back_setup, back_teardown);
	tcase_add_test(tc, callback__hands_on_what_the_callers_side_said);
	tcase_add_test(tc, callback__hands_it_on_after_a_kill);
	tcase_add_test(tc, callback__keeps_the_privacy_of_who_called);
	tcase_add_test(tc, callback__keeps_the_privacy_of_who_answers_first);
	tcase_add_test(tc, callback__keeps_the_privacy_after_a_kill);
	tcase_add_test(tc,
		       callback__of_who_hides_nothing_does_not_after_a_kill);
	tcase_add_test(tc, callback__speaks_the_entrys_language_after_a_kill);
	tcase_add_test(tc,
		       callback__by_request_speaks_the_language_of_the_flows);
	return tc;
}

int main(void)
{
	return scene_main("callback_keep", tests());
}
