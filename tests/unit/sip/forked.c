/* What branches of our INVITE say reliably, and what is lost of it. */
#include "clock.h"
#include "legpeer.h"

#define TEXT                                                                  \
	"m=text 4002 RTP/AVP 99 98\r\na=rtpmap:98 t140/1000\r\n"              \
	"a=rtpmap:99 red/1000\r\na=fmtp:99 98/98/98\r\n"
#define NO_TEXT "m=text 0 RTP/AVP 98\r\n"
#define VIDEO   "m=video 4004 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n"

static struct usher__media *media;

static void setup(void)
{
	leg_setup();
	clock_begin(&subject);
}

static int do_media(void *arg)
{
	const struct usher__media_opts opts = {.bind_ip = "127.0.0.1"};

	(void)arg;
	subject.ua->text = subject.ua->video = true;
	if (usher__media_new(&media, &opts, NULL))
		return -1;
	subject.ua->media = media;
	return 0;
}

static void setup_media(void)
{
	setup();
	ck_assert_int_eq(subject_call(&subject, do_media, NULL), 0);
}

static void teardown_media(void)
{
	leg_teardown();
	usher__media_free(media);
	media = NULL;
}

static int do_peer_port(void *arg)
{
	const struct usher__leg *leg =
		usher__leg_find(subject.ua, subject.leg);

	(void)arg;
	return leg->peer.port;
}

static void reliable(const char *status, unsigned number, const char *more,
		     const char *body)
{
	char text[256];

	snprintf(text, sizeof(text), "Require: 100rel\r\nRSeq: %u\r\n%s",
		 number, more);
	peer_answer(status, "INVITE", invite_cseq, text, body);
}

/* The PRACK of that number; its Via is kept apart. */
static unsigned expect_prack(unsigned number)
{
	char via[128], line[64];
	unsigned cseq;

	strcpy(via, our_via);
	cseq = peer_expect_ours("PRACK");
	snprintf(line, sizeof(line), "RAck: %u %u INVITE\r\n", number,
		 invite_cseq);
	ck_assert_msg(has(line), "%s", peer.last);
	peer_answer("200 OK", "PRACK", cseq, "", "");
	strcpy(our_via, via);
	return cseq;
}

/* It was lost: the very same goes out again, with no other for it. */
START_TEST(prack_of_ours__is_sent_until_its_answer)
{
	char first[128], via[128];
	unsigned cseq;

	reach(USHER__LEG_CALLING, true);
	strcpy(via, our_via);
	reliable("180 Ringing", 7, "", "");
	cseq = peer_expect_ours("PRACK");
	strcpy(first, our_via);
	strcpy(our_via, via);
	reliable("180 Ringing", 7, "", "");
	ck_assert_uint_eq(peer_expect_ours("PRACK"), cseq);
	ck_assert_str_eq(our_via, first);
	ck_assert_uint_eq(peer_expect_ours("PRACK"), cseq);
	ck_assert_str_eq(our_via, first);
	peer_answer("200 OK", "PRACK", cseq, "", "");
	ck_assert(!peer_expect(&peer, "PRACK ", 2500));
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_PROGRESS), 1);
}
END_TEST

/* Each branch has its own description; a third answers, which was silent. */
START_TEST(third_branch__answers_for_itself)
{
	static const char *const ports[] = {"4100", "4200", "4300"};
	static const char *const tags[] = {"one", "two", "three"};
	char text[512], via[128];
	unsigned i;

	reach(USHER__LEG_CALLING, true);
	strcpy(via, our_via);
	for (i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%s", sdp);
		memcpy(strstr(text, "4000"), ports[i], 4);
		strcpy(from_tag, tags[i]);
		strcpy(our_via, via);
		if (i < 2) {
			reliable("183 Progress", 1, "", text);
			expect_prack(1);
		} else {
			peer_answer("200 OK", "INVITE", invite_cseq, "", text);
		}
	}
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(has(";tag=three\r\n"));
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_int_eq(subject_call(&subject, do_peer_port, NULL), 4300);
	/* And one of the others, later: thanked, and hung up. */
	strcpy(from_tag, "one");
	strcpy(our_via, via);
	peer_answer("200 OK", "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(has(";tag=one\r\n"));
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert(has(";tag=one\r\n"));
	ck_assert_int_eq(subject_call(&subject, do_peer_port, NULL), 4300);
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

/* Text, and video like that of the leg that is there already. */
static int do_call_all(void *arg)
{
	struct usher__call_opts opts;
	char uri[64];

	(void)arg;
	memset(&opts, 0, sizeof(opts));
	snprintf(uri, sizeof(uri), "sip:p@127.0.0.1:%u", peer.port);
	opts.uri = uri;
	opts.text = true;
	opts.video_of = subject.leg;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

/* A call from somebody with video goes on to the peer. */
static void offer_all(void)
{
	char text[512];

	snprintf(text, sizeof(text), "%s" VIDEO, sdp);
	invite_with("", text);
	outbound(do_call_all, NULL);
	ck_assert_msg(has("m=text ") && has("m=video "), "%s", peer.last);
}

/* What branches say to that: each its own way. */
static void says(const char *tag, const char *via, const char *status,
		 const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s%s", sdp, more);
	strcpy(from_tag, tag);
	strcpy(our_via, via);
	if (status[0] == '1') {
		reliable(status, 1, "Allow: UPDATE\r\n", text);
		expect_prack(1);
	} else {
		peer_answer(status, "INVITE", invite_cseq, "", text);
		ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	}
	(void)state();
}

enum { TEXT_UP = 1, TEXT_OPEN = 2, VIDEO_UP = 4, VIDEO_OPEN = 8 };

static int do_sides(void *arg)
{
	const struct usher__leg *leg =
		usher__leg_find(subject.ua, subject.leg);

	(void)arg;
	return (leg->text.up ? TEXT_UP : 0) |
	       (leg->text.port ? TEXT_OPEN : 0) |
	       (leg->video.up ? VIDEO_UP : 0) |
	       (leg->video.port ? VIDEO_OPEN : 0);
}

static int sides(void)
{
	return subject_call(&subject, do_sides, NULL);
}

static int do_sides_ports(void *arg)
{
	const struct usher__leg *leg =
		usher__leg_find(subject.ua, subject.leg);

	(void)arg;
	return leg->text.rtp_port << 16 | leg->video.rtp_port;
}

/* A branch without them, or with them, or with others; and who answers. */
START_TEST(sides__are_those_of_who_answers)
{
	static const struct {
		const char *one, *two, *answer;
		int between, after;
	} cases[] = {
		{"", TEXT VIDEO, TEXT VIDEO, TEXT_UP | VIDEO_UP,
		 TEXT_UP | VIDEO_UP | TEXT_OPEN | VIDEO_OPEN},
		{NO_TEXT VIDEO, "", TEXT, 0, TEXT_UP | TEXT_OPEN},
		{TEXT, TEXT VIDEO, NO_TEXT VIDEO, TEXT_UP | VIDEO_UP,
		 VIDEO_UP | VIDEO_OPEN},
		{TEXT VIDEO, NO_TEXT, "", 0, 0},
	};
	char via[128];
	int ports;

	offer_all();
	strcpy(via, our_via);
	ports = subject_call(&subject, do_sides_ports, NULL);
	says("one", via, "183 Progress", cases[_i].one);
	says("two", via, "183 Progress", cases[_i].two);
	ck_assert_int_eq(sides(), cases[_i].between | TEXT_OPEN | VIDEO_OPEN);
	says("three", via, "200 OK", cases[_i].answer);
	ck_assert_int_eq(sides(), cases[_i].after);
	ck_assert_int_eq(subject_call(&subject, do_sides_ports, NULL), ports);
}
END_TEST

/* The 200 of a branch says what its early answer said, or nothing. */
START_TEST(sides__come_back_with_their_branch)
{
	char via[128];

	offer_all();
	strcpy(via, our_via);
	says("one", via, "183 Progress", TEXT);
	ck_assert_int_eq(sides(), TEXT_UP | TEXT_OPEN | VIDEO_OPEN);
	says("two", via, "183 Progress", "");
	ck_assert_int_eq(sides(), TEXT_OPEN | VIDEO_OPEN);
	strcpy(from_tag, "one");
	strcpy(our_via, via);
	peer_answer("200 OK", "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	(void)state();
	ck_assert_int_eq(sides(), TEXT_UP | TEXT_OPEN);
}
END_TEST

/* An offer of one branch changes nothing of what others were offered. */
static void update_of(const char *tag)
{
	strcpy(from_tag, tag);
	peer_ask("UPDATE", 2, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	(void)state();
}

START_TEST(sides__outlive_the_offer_of_a_branch)
{
	char via[128];

	offer_all();
	strcpy(via, our_via);
	says("one", via, "183 Progress", TEXT VIDEO);
	update_of("one");
	ck_assert_int_eq(sides(), TEXT_OPEN | VIDEO_OPEN);
	says("two", via, "200 OK", TEXT VIDEO);
	ck_assert_int_eq(sides(), TEXT_UP | VIDEO_UP | TEXT_OPEN | VIDEO_OPEN);
}
END_TEST

/* Nor is who has refused a stream offered it once more: early, to hold, while
 * others may still take it, and when it is up. */
START_TEST(sides__are_not_offered_to_who_refused_them)
{
	static const struct {
		const char *says, *offered, *refused;
	} cases[] = {
		{NO_TEXT VIDEO, "m=video ", "m=text 0 "},
		{TEXT, "m=text ", "m=video 0 "},
	};
	const char *offered = cases[_i].offered, *refused = cases[_i].refused;
	char via[128], port_zero[32];

	snprintf(port_zero, sizeof(port_zero), "%s0 ", offered);
	offer_all();
	strcpy(via, our_via);
	says("one", via, "183 Progress", cases[_i].says);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	(void)peer_expect_ours("UPDATE");
	ck_assert_msg(has(offered) && !has(port_zero), "%s", peer.last);
	ck_assert_msg(has(refused) || !has(_i ? "m=video" : "m=text"), "%s",
		      peer.last);
}
END_TEST

START_TEST(sides__are_offered_where_it_goes_on_to)
{
	char via[128], contact[64];

	offer_all();
	strcpy(via, our_via);
	says("one", via, "183 Progress", "");
	if (_i)
		update_of("one");
	strcpy(our_via, via);
	snprintf(contact, sizeof(contact), "Contact: <sip:a@127.0.0.1:%u>\r\n",
		 peer.port);
	peer_answer("302 Moved", "INVITE", invite_cseq, contact, "");
	(void)peer_expect_ours("INVITE");
	ck_assert_msg(has("m=text ") && !has("m=text 0 "), "%s", peer.last);
	ck_assert_msg(has("m=video ") && !has("m=video 0 "), "%s", peer.last);
	ck_assert_msg(has(" VP8/90000\r\n"), "%s", peer.last);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_forked");
	TCase *tc = tcase_create("forked");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, prack_of_ours__is_sent_until_its_answer);
	tcase_add_test(tc, third_branch__answers_for_itself);
	suite_add_tcase(suite, tc);

	tc = tcase_create("sides");
	tcase_add_checked_fixture(tc, setup_media, teardown_media);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, sides__are_those_of_who_answers, 0, 4);
	tcase_add_test(tc, sides__come_back_with_their_branch);
	tcase_add_test(tc, sides__outlive_the_offer_of_a_branch);
	tcase_add_loop_test(tc, sides__are_not_offered_to_who_refused_them, 0,
			    2);
	tcase_add_loop_test(tc, sides__are_offered_where_it_goes_on_to, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
