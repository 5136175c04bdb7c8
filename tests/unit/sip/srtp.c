/* SRTP as the agent, or a trunk, has it, and which of two suites is taken. */
#include "legpeer.h"

#define SUITE "AES_CM_128_HMAC_SHA1_"
#define KEY   "inline:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"

static uint8_t policy;

static int do_policy(void *arg)
{
	(void)arg;
	subject.ua->srtp = policy;
	return 0;
}

static void have(uint8_t wanted)
{
	policy = wanted;
	subject_call(&subject, do_policy, NULL);
}

/* The key of a line of our offer that begins so. */
static void key_of(const char *line, char *ret, size_t size)
{
	char begin[64];

	snprintf(begin, sizeof(begin), "a=crypto:%s inline:", line);
	peer_cut(&peer, begin, "\r", ret, size);
}

/* Answer our offer with this line. */
static void answer_with(const char *crypto)
{
	char text[512];

	snprintf(text, sizeof(text), "%s%s", sdp, crypto);
	peer_answer("200 OK", "INVITE", invite_cseq, "", text);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
}

START_TEST(offer__names_both_with_a_key_for_each)
{
	char first[64], second[64];

	have(USHER__SRTP_OFFER);
	reach(USHER__LEG_CALLING, true);
	key_of("1 " SUITE "80", first, sizeof(first));
	key_of("2 " SUITE "32", second, sizeof(second));
	ck_assert_uint_eq(strlen(first), 40);
	ck_assert_uint_eq(strlen(second), 40);
	ck_assert_str_ne(first, second);
}
END_TEST

/* What was taken goes on with its key, and alone. */
START_TEST(answer__takes_one_of_them)
{
	static const char *const taken[] = {"1 " SUITE "80", "2 " SUITE "32"};
	static const char *const later[] = {"1 " SUITE "80", "1 " SUITE "32"};
	char first[64], again[64], text[160];

	have(USHER__SRTP_OFFER);
	reach(USHER__LEG_CALLING, true);
	key_of(taken[_i], first, sizeof(first));
	snprintf(text, sizeof(text), "a=crypto:%s " KEY "\r\n", taken[_i]);
	answer_with(text);
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	(void)peer_expect_ours("INVITE");
	key_of(later[_i], again, sizeof(again));
	ck_assert_str_eq(again, first);
	ck_assert(!has("a=crypto:2 "));
}
END_TEST

/* What one branch and we agree on since is nothing to another. */
START_TEST(branches__answer_the_same_offer)
{
	char via[128], second[64], again[64], text[512];
	unsigned cseq;

	have(USHER__SRTP_OFFER);
	reach(USHER__LEG_CALLING, true);
	key_of("2 " SUITE "32", second, sizeof(second));
	strcpy(via, our_via);
	snprintf(text, sizeof(text), "%sa=crypto:1 " SUITE "80 " KEY "\r\n",
		 sdp);
	peer_answer("183 Progress", "INVITE", invite_cseq,
		    "Require: 100rel\r\nRSeq: 1\r\nAllow: UPDATE\r\n", text);
	cseq = peer_expect_ours("PRACK");
	peer_answer("200 OK", "PRACK", cseq, "", "");
	snprintf(text, sizeof(text),
		 "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
		 "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		 "m=audio 4000 RTP/AVP 0 110\r\n"
		 "a=rtpmap:110 telephone-event/8000\r\n"
		 "a=crypto:7 " SUITE "80 " KEY "\r\n");
	peer_ask("UPDATE", 1, "", text);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_msg(has("a=crypto:7 "), "%s", peer.last);
	/* Another one answers. */
	strcpy(our_via, via);
	strcpy(from_tag, "other");
	answer_with("a=crypto:2 " SUITE "32 " KEY "\r\n");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	(void)peer_expect_ours("INVITE");
	key_of("1 " SUITE "32", again, sizeof(again));
	ck_assert_str_eq(again, second);
	ck_assert_msg(has("a=rtpmap:101 telephone-event/8000"), "%s",
		      peer.last);
}
END_TEST

START_TEST(answer__of_what_was_not_offered_ends_the_call)
{
	static const char *const wrong[] = {
		"a=crypto:1 " SUITE "32 " KEY "\r\n",
		"a=crypto:2 " SUITE "80 " KEY "\r\n",
		"a=crypto:3 " SUITE "80 " KEY "\r\n"};

	have(USHER__SRTP_OFFER);
	reach(USHER__LEG_CALLING, true);
	answer_with(wrong[_i]);
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_MEDIA);
}
END_TEST

#define SAVP                                                                  \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"    \
	"t=0 0\r\nm=audio 4000 RTP/SAVP 0\r\na=crypto:1 " SUITE "80 " KEY     \
	"\r\n"

static const char *const refusals[] = {"488 No", "606 No"};

/* Who demands SRTP does not take what may be taken in clear. */
START_TEST(offer__that_is_refused_is_made_again_for_srtp_alone)
{
	char first[64], second[64];
	unsigned before;

	have(USHER__SRTP_OFFER);
	reach(USHER__LEG_CALLING, true);
	ck_assert(has("m=audio ") && !has("RTP/SAVP"));
	key_of("1 " SUITE "80", first, sizeof(first));
	before = invite_cseq;
	peer_answer(refusals[_i], "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	invite_cseq = peer_expect_ours("INVITE");
	ck_assert_uint_gt(invite_cseq, before);
	ck_assert_msg(has(" RTP/SAVP ") && !has(" RTP/AVP "), "%s", peer.last);
	key_of("1 " SUITE "80", second, sizeof(second));
	ck_assert_str_ne(first, second);
	peer_answer("200 OK", "INVITE", invite_cseq, "", SAVP);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

static bool credit(struct le *le, void *arg)
{
	struct usher__leg *leg = le->data;

	(void)arg;
	(void)usher__str_set(&leg->auth_user, "usher");
	(void)usher__str_set(&leg->auth_password, "secret");
	return true;
}

static int do_credit(void *arg)
{
	(void)hash_apply(subject.ua->legs, credit, arg);
	return 0;
}

static void ask_who(const char *nonce)
{
	char line[96], asked[48];

	snprintf(line, sizeof(line),
		 "Proxy-Authenticate: Digest realm=\"r\", nonce=\"%s\"\r\n",
		 nonce);
	peer_answer("407 Who", "INVITE", invite_cseq, line, "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	invite_cseq = peer_expect_ours("INVITE");
	snprintf(asked, sizeof(asked), "nonce=\"%s\"", nonce);
	ck_assert_msg(has(asked), "%s", peer.last);
}

/* A nonce may be for one request, and this is another one. */
START_TEST(offer__that_is_made_again_is_asked_again_who_we_are)
{
	have(USHER__SRTP_OFFER);
	reach(USHER__LEG_CALLING, true);
	ck_assert_int_eq(subject_call(&subject, do_credit, NULL), 0);
	ask_who("n1");
	peer_answer("488 No", "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	invite_cseq = peer_expect_ours("INVITE");
	ask_who("n2");
	ck_assert_msg(has(" RTP/SAVP "), "%s", peer.last);
	peer_answer("200 OK", "INVITE", invite_cseq, "", SAVP);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(offer__is_made_again_once)
{
	have(USHER__SRTP_OFFER);
	reach(USHER__LEG_CALLING, true);
	peer_answer(refusals[_i], "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	invite_cseq = peer_expect_ours("INVITE");
	peer_answer(refusals[_i], "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_last_status, NULL),
			 _i ? 606 : 488);
}
END_TEST

/* Of what cannot be taken in clear, or by keys, nothing else can be offered.
 */
START_TEST(offer__of_one_kind_is_made_once)
{
	static const uint8_t kinds[] = {USHER__SRTP_NEVER, USHER__SRTP_ANSWER,
					USHER__SRTP_REQUIRE};

	have(kinds[_i]);
	reach(USHER__LEG_CALLING, true);
	peer_answer("488 No", "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
}
END_TEST

/* ---- trunks ---- */

static void closed(void)
{
	subject_start(&subject, false);
	peer_open(&peer);
}

static uint32_t trunk;

static int do_add_trunk(void *arg)
{
	struct usher__trunk_opts opts = {.name = "provider",
					 .domain = "center.test",
					 .sources = "127.0.0.1",
					 .host = "127.0.0.1",
					 .port = peer.port};

	opts.srtp = *(uint8_t *)arg;
	return usher__ua_trunk_add(subject.ua, &opts, &trunk, NULL);
}

static int do_call_by_trunk(void *arg)
{
	struct usher__call_opts opts = {.trunk = trunk, .user = "100"};

	(void)arg;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

START_TEST(trunk__has_its_own)
{
	static const struct {
		uint8_t host, trunk;
		bool crypto, savp;
		const char *plain; /* what an INVITE in clear hears */
	} cases[] = {
		{USHER__SRTP_OFFER, 0, true, false, "SIP/2.0 100"},
		{USHER__SRTP_OFFER, USHER__SRTP_NEVER, false, false,
		 "SIP/2.0 100"},
		{USHER__SRTP_NEVER, USHER__SRTP_OFFER, true, false,
		 "SIP/2.0 100"},
		{USHER__SRTP_NEVER, USHER__SRTP_REQUIRE, true, true,
		 "SIP/2.0 488"},
		{USHER__SRTP_REQUIRE, USHER__SRTP_NEVER, false, false,
		 "SIP/2.0 100"},
	};
	uint8_t wanted = cases[_i].trunk;

	have(cases[_i].host);
	ck_assert_int_eq(subject_call(&subject, do_add_trunk, &wanted), 0);
	outbound(do_call_by_trunk, NULL);
	ck_assert(has("a=crypto:") == cases[_i].crypto);
	ck_assert(has("RTP/SAVP ") == cases[_i].savp);
	strcpy(call_id, "inbound@peer");
	to_tag[0] = '\0';
	peer_ask("INVITE", 1, "", sdp);
	ck_assert_msg(peer_expect(&peer, cases[_i].plain, WAIT_MS), "%s",
		      peer.last);
}
END_TEST

START_TEST(trunk__with_no_such_policy_is_refused)
{
	uint8_t wanted = USHER__SRTP_REQUIRE + 1;

	ck_assert_int_eq(subject_call(&subject, do_add_trunk, &wanted),
			 USHER_EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_srtp");
	TCase *tc = tcase_create("offers"), *center = tcase_create("trunks");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, leg_setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, offer__names_both_with_a_key_for_each);
	tcase_add_loop_test(
		tc, offer__that_is_refused_is_made_again_for_srtp_alone, 0, 2);
	tcase_add_test(tc,
		       offer__that_is_made_again_is_asked_again_who_we_are);
	tcase_add_loop_test(tc, offer__is_made_again_once, 0, 2);
	tcase_add_loop_test(tc, offer__of_one_kind_is_made_once, 0, 3);
	tcase_add_test(tc, branches__answer_the_same_offer);
	tcase_add_loop_test(tc, answer__takes_one_of_them, 0, 2);
	tcase_add_loop_test(tc, answer__of_what_was_not_offered_ends_the_call,
			    0, 3);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(center, closed, leg_teardown);
	tcase_set_timeout(center, 30);
	tcase_add_loop_test(center, trunk__has_its_own, 0, 5);
	tcase_add_test(center, trunk__with_no_such_policy_is_refused);
	suite_add_tcase(suite, center);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
