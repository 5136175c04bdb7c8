/* The user agent against a peer of text: who may send what, the registrar,
 * malformed messages, limits. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

static struct subject subject;
static struct peer peer;
static unsigned branch;

enum { WAIT_MS = 10000, SHORT_MS = 300 };

static void setup(void)
{
	subject_start(&subject, false);
	peer_open(&peer);
}

static void teardown(void)
{
	peer_close(&peer);
	subject_stop(&subject);
}

/* A request of our own making; headers and body as given. */
static void request(const char *method, const char *uri, const char *from,
		    const char *to, const char *more, const char *body)
{
	branch++;
	peer_send(&peer, subject.port,
		  "%s %s SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%u;rport\r\n"
		  "From: <%s>;tag=p%u\r\nTo: <%s>\r\nCall-ID: c%u\r\n"
		  "CSeq: %u %s\r\nMax-Forwards: 70\r\n%s"
		  "Content-Length: %zu\r\n\r\n%s",
		  method, uri, peer.port, branch, from, branch, to, branch,
		  branch, method, more, strlen(body), body);
}

static const char offer[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
			    "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
			    "m=audio 4000 RTP/AVP 0\r\n";
static const char invite_more[] =
	"Contact: <sip:x@127.0.0.1:9>\r\nContent-Type: application/sdp\r\n";

static void invite(const char *uri, const char *from)
{
	request("INVITE", uri, from, uri, invite_more, offer);
}

static void do_register(const char *user, const char *password,
			const char *more)
{
	char digest[1024], aor[128], both[2048];

	snprintf(aor, sizeof(aor), "sip:%s@center.test", user);
	request("REGISTER", "sip:center.test", aor, aor, more, "");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	peer_digest(&peer, "REGISTER", "sip:center.test", user, password,
		    digest, sizeof(digest));
	snprintf(both, sizeof(both), "%s%s", digest, more);
	request("REGISTER", "sip:center.test", aor, aor, both, "");
}

START_TEST(phone__registers_refreshes_and_leaves)
{
	do_register("alice", "secret",
		    "Contact: <sip:alice@127.0.0.1:9>;expires=60\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(
		peer.last, "Contact: <sip:alice@127.0.0.1:9>;expires=60"));
	subject_sync(&subject);
	ck_assert_int_eq(subject.change, USHER__BINDING_NEW);
	ck_assert_str_eq(subject.contact, "sip:alice@127.0.0.1:9");

	do_register("alice", "secret",
		    "Contact: <sip:alice@127.0.0.1:9>\r\nExpires: 9999\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(peer.last, ";expires=300\r\n"));
	subject_sync(&subject);
	ck_assert_int_eq(subject.change, USHER__BINDING_REFRESHED);
	ck_assert_uint_eq(subject_counters(&subject).bindings_now, 1);

	do_register("alice", "secret", "Contact: *\r\nExpires: 0\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_ptr_null(strstr(peer.last, "Contact:"));
	subject_sync(&subject);
	ck_assert_int_eq(subject.change, USHER__BINDING_REMOVED);
	ck_assert_uint_eq(subject.binding_count, 3);
	ck_assert_uint_eq(subject_counters(&subject).bindings_now, 0);
}
END_TEST

/* RFC 3261, 10.2.1.1; a zero is one, however long it is written. */
START_TEST(expires__that_is_malformed_is_an_hour)
{
	static const struct {
		const char *more, *granted; /* "": none is left */
	} cases[] = {
		{"Contact: <sip:a@127.0.0.1>;expires=00000000061\r\n", "61"},
		{"Contact: <sip:a@127.0.0.1>;expires=00000000000\r\n", ""},
		{"Contact: <sip:a@127.0.0.1>;expires=abc\r\n", "3600"},
		{"Contact: <sip:a@127.0.0.1>\r\nExpires: 00000000000\r\n", ""},
		{"Contact: <sip:a@127.0.0.1>;expires=-5\r\n", "3600"},
		{"Contact: <sip:a@127.0.0.1>;expires=60s\r\n", "3600"},
		{"Contact: <sip:a@127.0.0.1>;expires=00000000000x\r\n",
		 "3600"},
		{"Contact: <sip:a@127.0.0.1>;expires=4294967296\r\n", "7200"},
		{"Contact: <sip:a@127.0.0.1>;expires=99999999999999999999\r\n",
		 "7200"},
		{"Contact: *\r\nExpires: 00000000000\r\n", ""},
	};
	char granted[32];
	size_t i;

	subject_stop(&subject);
	subject_start_granting(&subject, 7200);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		do_register("alice", "secret", cases[i].more);
		ck_assert_msg(peer_expect(&peer, "SIP/2.0 200", WAIT_MS), "%s",
			      cases[i].more);
		peer_cut(&peer, ";expires=", "\r", granted, sizeof(granted));
		ck_assert_msg(!strcmp(granted, cases[i].granted), "%s: %s",
			      cases[i].more, peer.last);
	}
}
END_TEST

START_TEST(contact_behind_nat__is_called_where_it_came_from)
{
	char want[64];

	do_register("alice", "secret",
		    "Contact: <sip:alice@10.1.2.3:5060>;expires=60\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	subject_sync(&subject);
	snprintf(want, sizeof(want), "sip:alice@127.0.0.1:%u", peer.port);
	ck_assert_str_eq(subject.contact, want);
}
END_TEST

START_TEST(registration__is_refused)
{
	static const struct {
		const char *user, *password, *more, *answer;
	} cases[] = {
		{"alice", "wrong", "", "SIP/2.0 403"},
		{"mallory", "secret", "", "SIP/2.0 403"},
		{"mallory", "", "", "SIP/2.0 403"},
		{"alice", "secret", "Contact: <sip:a@b>;expires=5\r\n",
		 "SIP/2.0 423"},
		{"alice", "secret", "Contact: *\r\nExpires: 1\r\n",
		 "SIP/2.0 400"},
		{"alice", "secret", "Contact: *\r\n", "SIP/2.0 400"},
		{"alice", "secret", "Contact: <tel:+1>\r\n", "SIP/2.0 400"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		do_register(cases[i].user, cases[i].password, cases[i].more);
		ck_assert_msg(peer_expect(&peer, cases[i].answer, WAIT_MS),
			      "case %zu: %s", i, peer.last);
	}
	request("REGISTER", "sip:other.test", "sip:alice@other.test",
		"sip:alice@other.test", "", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 404", WAIT_MS));
	ck_assert_uint_eq(subject.binding_count, 0);
	ck_assert_uint_eq(subject_counters(&subject).bindings_now, 0);
}
END_TEST

START_TEST(nonce__is_not_anothers)
{
	char digest[1024], both[2048];
	struct peer other;

	request("REGISTER", "sip:center.test", "sip:alice@center.test",
		"sip:alice@center.test", "", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	peer_digest(&peer, "REGISTER", "sip:center.test", "alice", "secret",
		    digest, sizeof(digest));
	snprintf(both, sizeof(both), "%s", digest);
	peer_open_at(&other, "127.0.0.2");
	peer_close(&peer);
	peer = other; /* another source, the same credentials */
	request("REGISTER", "sip:center.test", "sip:alice@center.test",
		"sip:alice@center.test", both, "");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
}
END_TEST

START_TEST(stranger__is_refused)
{
	invite("sip:100@center.test", "sip:eve@elsewhere.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 403", WAIT_MS));
	invite("sip:100@nowhere.test", "sip:eve@elsewhere.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 404", WAIT_MS));
	invite("sip:100@center.test", "sip:alice@center.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	invite("sip:100@center.test", "sip:nobody@center.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	subject_sync(&subject);
	ck_assert_uint_eq(subject.invites, 0);
	ck_assert_uint_eq(subject_counters(&subject).refused, 2);
}
END_TEST

START_TEST(account__may_call_with_its_password)
{
	char digest[1024], more[2048];

	subject_answers(&subject, 486);
	invite("sip:100@center.test", "sip:alice@center.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	peer_digest(&peer, "INVITE", "sip:100@center.test", "alice", "secret",
		    digest, sizeof(digest));
	snprintf(more, sizeof(more), "%s%s", digest, invite_more);
	request("INVITE", "sip:100@center.test", "sip:alice@center.test",
		"sip:100@center.test", more, offer);
	ck_assert(peer_expect(&peer, "SIP/2.0 486", WAIT_MS));
	subject_sync(&subject);
	ck_assert_uint_eq(subject.invites, 1);
	ck_assert_str_eq(subject.account, "alice");
	ck_assert_str_eq(subject.domain, "center.test");
}
END_TEST

static int add_trunk(void *arg)
{
	struct usher__trunk_opts opts;
	struct usher_error err;
	uint32_t id;

	memset(&opts, 0, sizeof(opts));
	opts.name = "t";
	opts.sources = arg;
	return usher__ua_trunk_add(subject.ua, &opts, &id, &err);
}

START_TEST(trunk__may_call_but_not_as_an_account)
{
	ck_assert_int_eq(
		subject_call(&subject, add_trunk, "192.0.2.7 127.0.0.0/8"), 0);
	subject_answers(&subject, 486);
	invite("sip:100@center.test", "sip:eve@elsewhere.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 486", WAIT_MS));
	subject_sync(&subject);
	ck_assert_uint_eq(subject.invite.trunk, 1);
	ck_assert_str_eq(subject.from_user, "eve");
	invite("sip:100@center.test", "sip:alice@center.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	subject_sync(&subject);
	ck_assert_uint_eq(subject.invites, 1);
}
END_TEST

START_TEST(trunk_sources__are_checked)
{
	static const char *const bad[] = {
		"x",          "1.2.3.4/33", "1.2.3.4/",    "1.2.3.4/-1",
		"1.2.3.4/8x", "::/129",     "127.0.0.1 ;", "300.1.1.1"};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(subject_call(&subject, add_trunk,
					   (void *)bad[i]) == USHER_EINVAL,
			      "%s", bad[i]);
	ck_assert_int_eq(subject_call(&subject, add_trunk, "128.0.0.0/1"), 0);
	invite("sip:100@center.test", "sip:eve@elsewhere.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 403", WAIT_MS));
	ck_assert_int_eq(subject_call(&subject, add_trunk, "::1 0.0.0.0/0"),
			 0);
	subject_answers(&subject, 404);
	invite("sip:100@center.test", "sip:eve@elsewhere.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 404", WAIT_MS));
}
END_TEST

START_TEST(requests_outside_a_call__get_their_answer)
{
	static const struct {
		const char *method, *answer;
	} cases[] = {
		{"OPTIONS", "SIP/2.0 200"}, {"SUBSCRIBE", "SIP/2.0 405"},
		{"MESSAGE", "SIP/2.0 405"}, {"FROBNICATE", "SIP/2.0 501"},
		{"BYE", "SIP/2.0 481"},     {"CANCEL", "SIP/2.0 481"},
		{"REFER", "SIP/2.0 405"},   {"INFO", "SIP/2.0 405"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request(cases[i].method, "sip:x@center.test", "sip:a@b.test",
			"sip:x@center.test", "", "");
		ck_assert_msg(peer_expect(&peer, cases[i].answer, WAIT_MS),
			      "%s", cases[i].method);
	}
	request("INVITE", "sip:x@center.test", "sip:a@b.test",
		"sip:x@center.test>;tag=gone;x=<y", invite_more, offer);
	(void)peer_expect(&peer, "SIP/2.0 4", WAIT_MS);
	request("ACK", "sip:x@center.test", "sip:a@b.test",
		"sip:x@center.test", "", "");
	/* What answers the INVITE may be sent again, since its own ACK does
	 * not come. */
	while (peer_expect(&peer, "SIP/2.0", SHORT_MS))
		ck_assert_ptr_null(strstr(peer.last, " ACK\r\n"));
}
END_TEST

START_TEST(malformed__is_answered_and_counted)
{
	request("OPTIONS", "sip:x@center.test", "sip:a@b.test",
		"sip:x@center.test", "Require: teleport\r\n", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 420", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(peer.last, "Unsupported: teleport"));
	request("OPTIONS", "fax:1", "sip:a@b.test", "sip:x@center.test", "",
		"");
	ck_assert(peer_expect(&peer, "SIP/2.0 416", WAIT_MS));
	request("OPTIONS", "sip:x@center.test", "sip:a@b.test",
		"sip:x@center.test", "CSeq: 7 OPTIONS\r\n", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	/* What libre cannot decode at all. */
	peer_send(&peer, subject.port,
		  "OPTIONS sip:x SIP/7.0\r\nVia: SIP/2.0/UDP h;branch=z\r\n"
		  "From: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: q\r\n"
		  "CSeq: 1 OPTIONS\r\n\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 505", WAIT_MS));
	peer_send(&peer, subject.port, "rubbish");
	peer_send(&peer, subject.port, "\r\n\r\n");
	ck_assert(!peer_expect(&peer, "", SHORT_MS));
	/* It is still there. */
	request("OPTIONS", "sip:x@center.test", "sip:a@b.test",
		"sip:x@center.test", "", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_uint_eq(subject_counters(&subject).malformed, 3);
	ck_assert_uint_eq(subject_counters(&subject).unsupported, 2);
}
END_TEST

START_TEST(body__is_looked_at)
{
	ck_assert_int_eq(subject_call(&subject, add_trunk, "127.0.0.1"), 0);
	request("INVITE", "sip:1@center.test", "sip:a@b.test",
		"sip:1@center.test",
		"Contact: <sip:x@127.0.0.1>\r\nContent-Type: text/plain\r\n",
		"hi");
	ck_assert(peer_expect(&peer, "SIP/2.0 415", WAIT_MS));
	ck_assert(strstr(peer.last,
			 "\r\nAccept: application/sdp, multipart/mixed\r\n"));
	request("INVITE", "sip:1@center.test", "sip:a@b.test",
		"sip:1@center.test", invite_more, "v=1\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	request("INVITE", "sip:1@center.test", "sip:a@b.test",
		"sip:1@center.test", invite_more,
		"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 18\r\n");
	ck_assert(peer_expect(&peer, "SIP/2.0 488", WAIT_MS));
	request("INVITE", "sip:1@center.test", "sip:a@b.test",
		"sip:1@center.test", "Content-Type: application/sdp\r\n",
		offer);
	ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS)); /* Contact */
	ck_assert_uint_eq(subject_counters(&subject).legs_now, 0);
	ck_assert_uint_eq(subject.invites, 0);
	ck_assert_uint_eq(subject_counters(&subject).unsupported, 2);
	ck_assert_uint_eq(subject_counters(&subject).malformed, 2);
	ck_assert_str_eq(subject.log,
			 "refused 400: no Contact to answer to (INVITE)");
}
END_TEST

START_TEST(legs__are_limited)
{
	unsigned i;

	ck_assert_int_eq(subject_call(&subject, add_trunk, "127.0.0.1"), 0);
	for (i = 0; i < subject.opts.max_legs; i++) {
		invite("sip:1@center.test", "sip:a@b.test");
		ck_assert(peer_expect(&peer, "SIP/2.0 100", WAIT_MS));
	}
	invite("sip:1@center.test", "sip:a@b.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 486", WAIT_MS));
	ck_assert_uint_eq(subject_counters(&subject).legs_now,
			  subject.opts.max_legs);
}
END_TEST

static int busy(void *arg)
{
	(void)arg;
	return usher__leg_reject(subject.ua, subject.leg, 503, NULL);
}

START_TEST(call__that_is_refused_for_now_says_when_to_try_again)
{
	ck_assert_int_eq(subject_call(&subject, add_trunk, "127.0.0.1"), 0);
	invite("sip:1@center.test", "sip:a@b.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 100", WAIT_MS));
	ck_assert_int_eq(subject_call(&subject, busy, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 503", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(peer.last, "\r\nRetry-After: "));
	ck_assert_ptr_nonnull(strstr(peer.last, "\r\nContent-Length: 0\r\n"));
}
END_TEST

static int stop(void *arg)
{
	(void)arg;
	usher__ua_stop(subject.ua, 5000);
	return 0;
}

START_TEST(stop__ends_calls_and_refuses_new_ones)
{
	ck_assert_int_eq(subject_call(&subject, add_trunk, "127.0.0.1"), 0);
	invite("sip:1@center.test", "sip:a@b.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 100", WAIT_MS));
	subject_call(&subject, stop, NULL);
	ck_assert(peer_expect(&peer, "SIP/2.0 603", WAIT_MS));
	usleep(50000);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	ck_assert_uint_eq(subject.events[0].cause, USHER__CAUSE_STOPPED);
	ck_assert_uint_eq(subject.stopped, 1);
	invite("sip:1@center.test", "sip:a@b.test");
	ck_assert(peer_expect(&peer, "SIP/2.0 503", WAIT_MS));
	subject_call(&subject, stop, NULL);
	ck_assert_uint_eq(subject.stopped, 1);
}
END_TEST

static int bad_calls(void *arg)
{
	static const struct usher__call_opts bad[] = {
		{.uri = "sip:a@b\r\nX: y"},
		{.uri = "tel:1"},
		{.uri = ""},
		{.uri = "sip:a@127.0.0.1", .headers = "no colon\r\n"},
		{.uri = "sip:a@127.0.0.1", .headers = "X: no end"},
		{.uri = "sip:a@127.0.0.1", .from_name = "a\nb"},
		{.user = "1"},
	};
	struct usher__call_opts opts;
	uint64_t leg = 77;
	size_t i;

	(void)arg;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(usher__ua_call(subject.ua, &bad[i], &leg,
					     NULL) == USHER_EINVAL,
			      "case %zu", i);
	memset(&opts, 0, sizeof(opts));
	opts.trunk = 9;
	opts.user = "1";
	ck_assert_int_eq(usher__ua_call(subject.ua, &opts, &leg, NULL),
			 USHER_ENOENT);
	opts.trunk = 0;
	opts.domain = "center.test";
	ck_assert_int_eq(usher__ua_call(subject.ua, &opts, &leg, NULL),
			 USHER_ENOENT);
	ck_assert_uint_eq(leg, 77);
	ck_assert_int_eq(usher__leg_answer(subject.ua, 5), USHER_ENOENT);
	ck_assert_int_eq(usher__leg_hangup(subject.ua, 5), USHER_ENOENT);
	return 0;
}

START_TEST(bad_calls__are_refused)
{
	subject_call(&subject, bad_calls, NULL);
	ck_assert_uint_eq(subject_counters(&subject).legs_now, 0);
}
END_TEST

static int same_port(void *arg)
{
	struct usher__ua_opts opts = subject.opts;
	struct usher__ua *ua = NULL;

	opts.port = subject.port;
	return usher__ua_new(&ua, &opts, arg);
}

START_TEST(busy_port__is_told)
{
	struct usher_error err;

	ck_assert_int_eq(subject_call(&subject, same_port, &err), USHER_EIO);
	ck_assert_ptr_nonnull(strstr(err.message, "port"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ua");
	TCase *tc = tcase_create("ua");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, phone__registers_refreshes_and_leaves);
	tcase_add_test(tc, contact_behind_nat__is_called_where_it_came_from);
	tcase_add_test(tc, expires__that_is_malformed_is_an_hour);
	tcase_add_test(tc, registration__is_refused);
	tcase_add_test(tc, nonce__is_not_anothers);
	tcase_add_test(tc, stranger__is_refused);
	tcase_add_test(tc, account__may_call_with_its_password);
	tcase_add_test(tc, trunk__may_call_but_not_as_an_account);
	tcase_add_test(tc, trunk_sources__are_checked);
	tcase_add_test(tc, requests_outside_a_call__get_their_answer);
	tcase_add_test(tc, malformed__is_answered_and_counted);
	tcase_add_test(tc, body__is_looked_at);
	tcase_add_test(tc, legs__are_limited);
	tcase_add_test(tc,
		       call__that_is_refused_for_now_says_when_to_try_again);
	tcase_add_test(tc, stop__ends_calls_and_refuses_new_ones);
	tcase_add_test(tc, bad_calls__are_refused);
	tcase_add_test(tc, busy_port__is_told);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
