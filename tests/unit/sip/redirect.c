/* Where a 3xx sends a call, and what an INVITE says of where it has been. */
#include "legpeer.h"

static struct peer other;

static void setup(void)
{
	subject_start(&subject, true);
	peer_open(&peer);
	peer_open(&other);
}

static void teardown(void)
{
	peer_close(&other);
	peer_close(&peer);
	subject_stop(&subject);
}

/* A response without a Contact of its own. */
static void redirect(const char *status, unsigned cseq, const char *contacts)
{
	peer_send(&peer, subject.port,
		  "SIP/2.0 %s\r\nVia: %s\r\n"
		  "From: <sip:usher@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:p@127.0.0.1>;tag=r%u\r\nCall-ID: %s\r\n"
		  "CSeq: %u INVITE\r\n%sContent-Length: 0\r\n\r\n",
		  status, our_via, to_tag, cseq, call_id, cseq, contacts);
}

static char *contact(const char *user, uint16_t port, const char *q)
{
	static char text[4][96];
	static unsigned n;
	char *ret = text[n++ % 4];

	snprintf(ret, sizeof(text[0]), "Contact: <sip:%s@127.0.0.1:%u>%s\r\n",
		 user, port, q);
	return ret;
}

START_TEST(moved__is_followed)
{
	static const char *const status[] = {"300 Many", "301 Moved",
					     "302 For now"};
	char id[128];

	reach(USHER__LEG_CALLING, true);
	strcpy(id, call_id);
	redirect(status[_i], invite_cseq, contact("there", other.port, ""));
	ck_assert(peer_expect(&other, "INVITE sip:there@", WAIT_MS));
	/* The same call, one further. */
	ck_assert_ptr_nonnull(strstr(other.last, id));
	ck_assert_ptr_nonnull(strstr(other.last, "To: <sip:p@127.0.0.1"));
	ck_assert_int_eq(state(), USHER__LEG_CALLING);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 0);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
}
END_TEST

START_TEST(best__is_tried_first_and_then_the_next)
{
	static const char *const order[] = {"best", "good", "bad"};
	char text[400], begin[64];
	unsigned i, cseq;

	reach(USHER__LEG_CALLING, true);
	snprintf(text, sizeof(text), "%s%s%sContact: <tel:+1>, <sips:a@b>\r\n",
		 contact("bad", peer.port, ";q=0.1"),
		 contact("best", peer.port, ""),
		 contact("good", peer.port, ";q=0.75"));
	redirect("302 Moved", invite_cseq, text);
	for (i = 0; i < 3; i++) {
		cseq = peer_expect_ours("INVITE");
		ck_assert_uint_eq(cseq, invite_cseq + 1 + i);
		snprintf(begin, sizeof(begin), "INVITE sip:%s@", order[i]);
		ck_assert_msg(has(begin), "%s", peer.last);
		redirect(i ? "404 No" : "486 Busy", cseq, "");
	}
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_last_status, NULL), 404);
}
END_TEST

START_TEST(no_of_a_person__is_for_everywhere)
{
	char text[200];
	unsigned cseq;

	reach(USHER__LEG_CALLING, true);
	snprintf(text, sizeof(text), "%s%s", contact("a", peer.port, ""),
		 contact("b", peer.port, ""));
	redirect("302 Moved", invite_cseq, text);
	cseq = peer_expect_ours("INVITE");
	redirect("603 No", cseq, "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_last_status, NULL), 603);
}
END_TEST

/* As a side that was offered, and agreed upon early, leaves it. */
static int do_side(void *arg)
{
	struct usher__leg *leg = usher__leg_find(subject.ua, subject.leg);

	(void)arg;
	for (unsigned i = 0; i < 2; i++) {
		struct usher__leg_side *side = i ? &leg->video : &leg->text;

		side->srtp.key.suite = USHER__SRTP_SHA1_80;
		memset(side->srtp.key.bytes, 'k',
		       sizeof(side->srtp.key.bytes));
		side->up = true;
	}
	return 0;
}

static int do_sides_left(void *arg)
{
	static const struct usher__sdp_crypto none;
	const struct usher__leg *leg =
		usher__leg_find(subject.ua, subject.leg);

	(void)arg;
	return leg->text.up || leg->video.up ||
	       memcmp(&leg->text.srtp.key, &none.key, sizeof(none.key)) ||
	       memcmp(&leg->video.srtp.key, &none.key, sizeof(none.key));
}

START_TEST(keys_beside_sound__are_for_the_first_alone)
{
	reach(USHER__LEG_CALLING, true);
	ck_assert_int_eq(subject_call(&subject, do_side, NULL), 0);
	redirect("302 Moved", invite_cseq, contact("a", peer.port, ""));
	(void)peer_expect_ours("INVITE");
	ck_assert_int_eq(subject_call(&subject, do_sides_left, NULL), 0);
}
END_TEST

START_TEST(loop__ends)
{
	unsigned cseq;

	reach(USHER__LEG_CALLING, true);
	redirect("302 Moved", invite_cseq, contact("a", peer.port, ""));
	cseq = peer_expect_ours("INVITE");
	redirect("302 Moved", cseq, contact("p", peer.port, ""));
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_last_status, NULL), 302);
}
END_TEST

START_TEST(chain__has_a_limit)
{
	unsigned i, cseq;
	char user[16];

	reach(USHER__LEG_CALLING, true);
	cseq = invite_cseq;
	for (i = 0; i < USHER__REDIRECTS_MAX; i++) {
		snprintf(user, sizeof(user), "u%u", i);
		redirect("302 Moved", cseq, contact(user, peer.port, ""));
		cseq = peer_expect_ours("INVITE");
	}
	redirect("302 Moved", cseq, contact("more", peer.port, ""));
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
}
END_TEST

START_TEST(what_cannot_be_followed__is_a_refusal)
{
	static const char *const contacts[] = {
		"", "Contact: <tel:+123>\r\n", "Contact: <sip:a@b?X=y>\r\n",
		"Contact: <sip:a@b\r\n X-Evil: 1>\r\n"};

	reach(USHER__LEG_CALLING, true);
	redirect(_i < 4 ? "302 Moved" : "380 Other", invite_cseq,
		 _i < 4 ? contacts[_i] : contact("a", peer.port, ""));
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 USHER__CAUSE_REFUSED);
}
END_TEST

START_TEST(redirected__answers_and_hangs_up)
{
	unsigned cseq;

	reach(USHER__LEG_CALLING, true);
	redirect("302 Moved", invite_cseq, contact("a", peer.port, ""));
	cseq = peer_expect_ours("INVITE");
	peer_answer("200 OK", "INVITE", cseq, "", sdp);
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ANSWERED), 1);
}
END_TEST

static int do_call_by_trunk(void *arg)
{
	struct usher__trunk_opts trunk;
	struct usher__call_opts opts;

	(void)arg;
	memset(&trunk, 0, sizeof(trunk));
	memset(&opts, 0, sizeof(opts));
	trunk.name = "provider";
	trunk.domain = "center.test";
	trunk.host = "127.0.0.1";
	trunk.port = peer.port;
	opts.user = "p";
	if (usher__ua_trunk_add(subject.ua, &trunk, &opts.trunk, NULL))
		return -1;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

/* A trunk's address is where its own INVITE goes, and no other. */
START_TEST(moved_by_a_trunk__leaves_its_address)
{
	outbound(do_call_by_trunk, NULL);
	redirect("302 Moved", invite_cseq, contact("there", other.port, ""));
	ck_assert(peer_expect(&other, "INVITE sip:there@", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_CALLING);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
}
END_TEST

static int do_call_by_trusted(void *arg)
{
	struct usher__trunk_opts trunk = {.name = "provider",
					  .domain = "center.test",
					  .host = "127.0.0.1",
					  .port = peer.port,
					  .trusted = true};
	struct usher__call_opts opts = {.user = "p", .asserted = "+4912"};

	(void)arg;
	if (usher__ua_trunk_add(subject.ua, &trunk, &opts.trunk, NULL))
		return -1;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

/* Who calls is told to whom we trust, and to nobody that it sends us to. */
START_TEST(identity__goes_to_no_other_host)
{
	char text[96];

	outbound(do_call_by_trusted, NULL);
	ck_assert(has("P-Asserted-Identity: <sip:+4912@"));
	if (_i) {
		peer_close(&other);
		peer_open_at(&other, "127.0.0.2");
	}
	snprintf(text, sizeof(text), "Contact: <sip:there@127.0.0.%d:%u>\r\n",
		 _i ? 2 : 1, other.port);
	redirect("302 Moved", invite_cseq, text);
	ck_assert(peer_expect(&other, "INVITE sip:there@", WAIT_MS));
	ck_assert_int_eq(strstr(other.last, "P-Asserted-Identity: ") != NULL,
			 !_i);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
}
END_TEST

static int do_encrypt(void *arg)
{
	(void)arg;
	subject.ua->srtp = USHER__SRTP_OFFER;
	return 0;
}

static int is_early(void *arg)
{
	const struct usher__leg *leg =
		usher__leg_find(subject.ua, subject.leg);

	(void)arg;
	return leg->early || leg->peer.port || leg->peer_ip[0];
}

/* What the first one said of its media says nothing of the next one's. */
START_TEST(early_media__is_forgotten)
{
	char first[64], second[64];

	ck_assert_int_eq(subject_call(&subject, do_encrypt, NULL), 0);
	reach(USHER__LEG_CALLING, true);
	peer_cut(&peer, "inline:", "\r", first, sizeof(first));
	ck_assert(*first);
	peer_response("183 Progress", "INVITE", invite_cseq, sdp);
	ck_assert_int_eq(state(), USHER__LEG_PROCEEDING);
	ck_assert_int_eq(subject_call(&subject, is_early, NULL), 1);
	redirect("302 Moved", invite_cseq, contact("there", other.port, ""));
	ck_assert(peer_expect(&other, "INVITE sip:there@", WAIT_MS));
	ck_assert_int_eq(subject_call(&subject, is_early, NULL), 0);
	peer_cut(&other, "inline:", "\r", second, sizeof(second));
	ck_assert(*second);
	/* Nor is it to know what the other one can decrypt. */
	ck_assert_str_ne(first, second);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
}
END_TEST

START_TEST(given_up__is_not_redirected)
{
	reach(USHER__LEG_CANCELING, true);
	redirect("302 Moved", invite_cseq, contact("a", peer.port, ""));
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert(!peer_expect(&peer, "INVITE ", 200));
}
END_TEST

/* ---- where a call has been ---- */

START_TEST(history__is_read)
{
	static const struct {
		const char *more, *called, *diverted, *reason;
	} cases[] = {
		{"", "", "", ""},
		{"History-Info: <sip:100@x>;index=1\r\n", "", "", ""},
		{"History-Info: <sip:100@x>;index=1, "
		 "<sip:200@x?Reason=SIP%3Bcause%3D486>;index=1.1\r\n"
		 "History-Info: <sip:300@x?Reason=SIP%3Bcause%3D302>"
		 ";index=1.2\r\n",
		 "100", "200", "302"},
		{"History-Info: <sip:100@x>;index=1, <sip:2@x>;index=1.1\r\n"
		 "Privacy: history\r\n",
		 "", "", ""},
		{"History-Info: <sip:100@x>;index=1, "
		 "<sip:200@x;cause=408>;index=1.1, <sip:3@x;user=phone;"
		 "cause=302>;index=1.1.1\r\n",
		 "100", "200", "302"},
		{"History-Info: <sip:100@x?Privacy=history>;index=1, "
		 "<sip:200@x?privacy=history&Reason=SIP%3Bcause%3D486>;"
		 "index=1.1, <sip:3@x;cause=a02>;index=1.1.1\r\n",
		 "", "", ""},
		{"History-Info: nonsense, <sip:%0d%0a@x>, <sip:100@x;cause="
		 "99999999999999999999>;index=, <>, <sip:3@x;cause=>\r\n"
		 "History-Info: \r\nHistory-Info: ,,,\r\n",
		 "", "100", ""},
		{"Diversion: <sip:200@x>;reason=no-answer;counter=1, "
		 "\"A, \\\"B\" <sip:100@x>;reason=unconditional\r\n",
		 "100", "200", "no-answer"},
		{"Diversion: <sip:200@x>;reason=user-busy\r\n"
		 "Diversion: <sip:100@x>\r\n",
		 "100", "200", "user-busy"},
		{"Diversion: <tel:+36-1-200>;reason=no-answer, "
		 "<tel:+36-1-100>\r\n",
		 "+361100", "+361200", "no-answer"},
		{"Diversion: nonsense, <sip:%00@x>\r\n", "", "", ""},
		/* What the one who sent it on wants nobody to know. */
		{"Diversion: <sip:200@x>;privacy=full;reason=user-busy, "
		 "<sip:100@x>;privacy=off;reason=unconditional\r\n",
		 "100", "", "user-busy"},
		{"Diversion: <sip:200@x>;privacy=name;reason=\"no-answer\"\r\n"
		 "Diversion: <sip:100@x>;privacy=\"uri\"\r\n",
		 "", "200", "no-answer"},
		/* Both: what has more of it counts. */
		{"Diversion: <sip:201@x>;reason=deflection\r\n"
		 "History-Info: <sip:100@x>;index=1, "
		 "<sip:200@x?Reason=SIP%3Bcause%3D486>;index=1.1, "
		 "<sip:3@x;cause=302>;index=1.1.1\r\n",
		 "100", "200", "302"},
		{"History-Info: <sip:100@x>;index=1\r\n"
		 "Diversion: <sip:201@x>;reason=deflection\r\n",
		 "201", "201", "deflection"},
	};

	invite_with(cases[_i].more, sdp);
	ck_assert_str_eq(subject.called, cases[_i].called);
	ck_assert_str_eq(subject.diverted, cases[_i].diverted);
	ck_assert_str_eq(subject.diversion, cases[_i].reason);
}
END_TEST

START_TEST(user_to_user_and_privacy__are_read)
{
	invite_with("User-to-User: 34a1;encoding=hex\r\n"
		    "Privacy: id;user\r\n",
		    sdp);
	ck_assert_str_eq(subject.uui, "34a1;encoding=hex");
	ck_assert_str_eq(subject.privacy, "id;user");
}
END_TEST

/* As they came, one after another; what does not fit is left out whole. */
START_TEST(user_to_user__of_several_is_all_carried)
{
	char more[1500], fill[501], want[512];

	invite_with("User-to-User: 34a1;encoding=hex\r\n"
		    "User-to-User: \"a, b\";purpose=x, 35b2\r\n",
		    sdp);
	ck_assert_str_eq(subject.uui,
			 "34a1;encoding=hex, \"a, b\";purpose=x, 35b2");
	memset(fill, 'a', sizeof(fill) - 1);
	fill[sizeof(fill) - 1] = '\0';
	snprintf(more, sizeof(more),
		 "User-to-User: 1\r\nUser-to-User: %s2345678901\r\n"
		 "User-to-User: %s\r\nUser-to-User: 3\r\n",
		 fill, fill);
	snprintf(want, sizeof(want), "1, %s, 3", fill);
	strcpy(call_id, "more@peer");
	from_tag[0] = 'q';
	peer_ask("INVITE", 1, more, sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 ", WAIT_MS));
	subject_sync(&subject);
	ck_assert_str_eq(subject.uui, want);
}
END_TEST

static void closed(void)
{
	subject_start(&subject, false);
	peer_open(&peer);
	peer_open(&other);
}

START_TEST(center__is_moved_to_no_other_number)
{
	char text[200];

	outbound(do_call_by_trunk, NULL);
	snprintf(text, sizeof(text), "%s%s",
		 contact("0900123456", other.port, ""),
		 contact("P", other.port, ""));
	redirect("302 Moved", invite_cseq, text);
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_last_status, NULL), 302);
}
END_TEST

START_TEST(center__is_moved_to_another_place)
{
	outbound(do_call_by_trunk, NULL);
	redirect("302 Moved", invite_cseq, contact("p", other.port, ""));
	ck_assert(peer_expect(&other, "INVITE sip:p@", WAIT_MS));
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_redirect");
	TCase *tc = tcase_create("redirect");
	TCase *center = tcase_create("center");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, moved__is_followed, 0, 3);
	tcase_add_test(tc, best__is_tried_first_and_then_the_next);
	tcase_add_test(tc, no_of_a_person__is_for_everywhere);
	tcase_add_test(tc, keys_beside_sound__are_for_the_first_alone);
	tcase_add_test(tc, loop__ends);
	tcase_add_test(tc, chain__has_a_limit);
	tcase_add_loop_test(tc, what_cannot_be_followed__is_a_refusal, 0, 5);
	tcase_add_test(tc, redirected__answers_and_hangs_up);
	tcase_add_test(tc, moved_by_a_trunk__leaves_its_address);
	tcase_add_loop_test(tc, identity__goes_to_no_other_host, 0, 2);
	tcase_add_test(tc, early_media__is_forgotten);
	tcase_add_test(tc, given_up__is_not_redirected);
	tcase_add_loop_test(tc, history__is_read, 0, 15);
	tcase_add_test(tc, user_to_user_and_privacy__are_read);
	tcase_add_test(tc, user_to_user__of_several_is_all_carried);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(center, closed, teardown);
	tcase_set_timeout(center, 30);
	tcase_add_test(center, center__is_moved_to_no_other_number);
	tcase_add_test(center, center__is_moved_to_another_place);
	suite_add_tcase(suite, center);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
