/* Calls to a number without a host: tel: (RFC 3966), and what a SIP URI says
 * with user=phone. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

enum { WAIT_MS = 5000 };

static struct peer peer;
static struct subject subject;
static unsigned branch;

static void setup(void)
{
	peer_open(&peer);
	subject_start(&subject, false);
}

static void teardown(void)
{
	peer_close(&peer);
	subject_stop(&subject);
}

static void request(const char *method, const char *uri, const char *from,
		    const char *more)
{
	branch++;
	peer_send(&peer, subject.port,
		  "%s %s SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%u;rport\r\n"
		  "From: <%s>;tag=p%u\r\nTo: <%s>\r\nCall-ID: c%u\r\n"
		  "CSeq: %u %s\r\nMax-Forwards: 70\r\n"
		  "Contact: <sip:x@127.0.0.1:9>\r\n%sContent-Length: 0\r\n"
		  "\r\n",
		  method, uri, peer.port, branch, from, branch, uri, branch,
		  branch, method, more);
}

static int add_trunk(void *arg)
{
	struct usher__trunk_opts opts;
	struct usher_error err;
	uint32_t id;

	(void)arg;
	memset(&opts, 0, sizeof(opts));
	opts.name = "t";
	opts.sources = "127.0.0.0/8";
	return usher__ua_trunk_add(subject.ua, &opts, &id, &err);
}

static const char *called(void)
{
	subject_sync(&subject);
	return subject.user;
}

START_TEST(number__is_called_by_a_trunk)
{
	static const struct {
		const char *uri, *user;
	} cases[] = {
		{"tel:+36-1-555.0000", "+3615550000"},
		{"TEL:(06)1;phone-context=example.com", "061"},
		{"tel:*21#", "*21#"},
		{"sip:+36-1-5550000;npdi;rn=+361@center.test;user=phone",
		 "+3615550000"},
		{"sip:sales@center.test;user=phone", "sales"},
		{"sip:1-2@center.test", "1-2"},
	};
	size_t i;

	ck_assert_int_eq(subject_call(&subject, add_trunk, NULL), 0);
	subject_answers(&subject, 486);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request("INVITE", cases[i].uri, "sip:eve@elsewhere.test", "");
		ck_assert_msg(peer_expect(&peer, "SIP/2.0 486", WAIT_MS),
			      "%s: %s", cases[i].uri, peer.last);
		ck_assert_str_eq(called(), cases[i].user);
		ck_assert_str_eq(subject.domain, "center.test");
	}
	/* Its caller may be one, too. */
	request("INVITE", "tel:1000", "tel:+36-1-5550001", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 486", WAIT_MS));
	ck_assert_str_eq(called(), "1000");
	ck_assert_str_eq(subject.from_user, "+3615550001");
}
END_TEST

START_TEST(number__is_called_where_its_caller_is_at_home)
{
	static const char *const said[] = {"tel:10-00",
					   "sip:1000@center.test"};
	char digest[1024];
	size_t i;

	subject_answers(&subject, 486);
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		request("INVITE", "tel:10-00", "sip:alice@center.test", "");
		ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
		peer_digest(&peer, "INVITE", said[i], "alice", "secret",
			    digest, sizeof(digest));
		request("INVITE", "tel:10-00", "sip:alice@center.test",
			digest);
		ck_assert_msg(peer_expect(&peer, "SIP/2.0 486", WAIT_MS),
			      "%s: %s", said[i], peer.last);
		ck_assert_str_eq(called(), "1000");
		ck_assert_str_eq(subject.account, "alice");
		ck_assert_str_eq(subject.domain, "center.test");
	}
	/* A password for one number is none for another. */
	request("INVITE", "tel:1001", "sip:alice@center.test", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	peer_digest(&peer, "INVITE", "tel:1000", "alice", "secret", digest,
		    sizeof(digest));
	request("INVITE", "tel:1001", "sip:alice@center.test", digest);
	ck_assert(peer_expect(&peer, "SIP/2.0 403", WAIT_MS));
}
END_TEST

START_TEST(number__that_is_none_is_not_found)
{
	static const struct {
		const char *method, *uri, *answer;
	} cases[] = {
		{"INVITE", "tel:", "SIP/2.0 4"},
		{"INVITE", "tel:--", "SIP/2.0 404"},
		{"INVITE", "tel:sales", "SIP/2.0 404"},
		{"REGISTER", "tel:1", "SIP/2.0 416"},
		{"OPTIONS", "tel:1000", "SIP/2.0 200"},
		/* A stranger's. */
		{"INVITE", "tel:1000", "SIP/2.0 403"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		request(cases[i].method, cases[i].uri,
			"sip:eve@elsewhere.test", "");
		ck_assert_msg(peer_expect(&peer, cases[i].answer, WAIT_MS),
			      "%s: %s", cases[i].uri, peer.last);
	}
	subject_sync(&subject);
	ck_assert_uint_eq(subject.invites, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tel");
	TCase *tc = tcase_create("tel");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, number__is_called_by_a_trunk);
	tcase_add_test(tc, number__is_called_where_its_caller_is_at_home);
	tcase_add_test(tc, number__that_is_none_is_not_found);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
