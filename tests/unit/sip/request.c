/* Where requests within a call go: strict routers, and what sips asks for. */
#include "legpeer.h"

enum { ROUTES = 256 };

/* A call that goes out is up, by way of these. */
static void routed(const char *one, const char *two)
{
	char more[ROUTES];
	int n;

	n = snprintf(more, sizeof(more),
		     "Record-Route: <sip:two.test:5070%s>\r\n"
		     "Record-Route: <sip:127.0.0.1:%u%s>\r\n",
		     two, peer.port, one);
	ck_assert_int_lt(n, (int)sizeof(more));
	call_with(more);
}

static void begins(const char *method, const char *params)
{
	char line[ROUTES];

	snprintf(line, sizeof(line), "%s sip:127.0.0.1:%u%s SIP/2.0\r\n",
		 method, peer.port, params);
	ck_assert_msg(!strncmp(peer.last, line, strlen(line)), "%s",
		      peer.last);
}

START_TEST(strict_router__is_asked_for)
{
	char routes[ROUTES];

	routed(";x=1?Subject=no", ";lr");
	begins("ACK", ";x=1");
	snprintf(routes, sizeof(routes),
		 "Route: <sip:two.test:5070;lr>\r\n"
		 "Route: <sip:p@127.0.0.1:%u>\r\nTo:",
		 peer.port);
	ck_assert_msg(has(routes), "%s", peer.last);
	ck_assert_int_eq(subject_call(&subject, do_hangup, NULL), 0);
	(void)peer_expect_ours("BYE");
	begins("BYE", ";x=1");
	ck_assert_msg(has(routes), "%s", peer.last);
	ck_assert_msg(!has("Subject"), "%s", peer.last);
}
END_TEST

/* What is said in many ways: each is a loose one. */
START_TEST(loose_router__is_not)
{
	static const char *const loose[] = {";lr", ";LR=on", ";x=lr;Lr",
					    ";lr;x"};
	char routes[ROUTES];

	routed(loose[_i], "");
	snprintf(routes, sizeof(routes), "ACK sip:p@127.0.0.1:%u SIP/2.0\r\n",
		 peer.port);
	ck_assert_msg(!strncmp(peer.last, routes, strlen(routes)), "%s",
		      peer.last);
	snprintf(routes, sizeof(routes),
		 "Route: <sip:127.0.0.1:%u%s>\r\n"
		 "Route: <sip:two.test:5070>\r\nTo:",
		 peer.port, loose[_i]);
	ck_assert_msg(has(routes), "%s", peer.last);
}
END_TEST

/* One alone: the target is all of the route. */
START_TEST(strict_router__of_a_call_that_came_in)
{
	char more[ROUTES];

	snprintf(more, sizeof(more),
		 "Record-Route: <sip:127.0.0.1:%u;lrx>\r\n", peer.port);
	invite_with(more, sdp);
	inbound_answer();
	peer_request("ACK", 1, "ack", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	(void)peer_expect_ours("INVITE");
	begins("INVITE", ";lrx");
	snprintf(more, sizeof(more),
		 "\r\nRoute: <sip:p@127.0.0.1:%u>\r\nTo:", peer.port);
	ck_assert_msg(has(more), "%s", peer.last);
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

/* Digest is for the URI that is asked for. */
START_TEST(strict_router__that_asks_who_we_are)
{
	char asked[ROUTES];
	unsigned cseq;

	routed("", ";lr");
	ck_assert_int_eq(subject_call(&subject, do_credit, NULL), 0);
	ck_assert_int_eq(subject_call(&subject, do_hold, NULL), 0);
	cseq = peer_expect_ours("INVITE");
	peer_answer("407 Who", "INVITE", cseq,
		    "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n",
		    "");
	(void)peer_expect_ours("ACK");
	(void)peer_expect_ours("INVITE");
	snprintf(asked, sizeof(asked), "uri=\"sip:127.0.0.1:%u\"", peer.port);
	ck_assert_msg(has(asked), "%s", peer.last);
}
END_TEST

/* ---- sips, where there is no TLS ---- */

static int call_sips(void *arg)
{
	struct usher__call_opts opts = {.uri = arg};

	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

START_TEST(sips__without_tls_is_called_by_nothing_else)
{
	char uri[64];

	snprintf(uri, sizeof(uri), "sips:p@127.0.0.1:%u;transport=udp",
		 peer.port);
	ck_assert_int_eq(subject_call(&subject, call_sips, uri),
			 USHER_ENOTSUP);
	uri[0] = 'S'; /* a scheme has no case */
	ck_assert_int_eq(subject_call(&subject, call_sips, uri),
			 USHER_ENOTSUP);
	ck_assert(!peer_expect(&peer, "INVITE ", 100));
}
END_TEST

/* In a Request-URI, a Contact, a Record-Route. */
START_TEST(sips__without_tls_is_refused)
{
	strcpy(from_tag, "peer");
	strcpy(call_id, "sips@peer");
	to_tag[0] = '\0';
	peer_send(&peer, subject.port,
		  "INVITE sips:x@127.0.0.1 SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKs1;rport\r\n"
		  "From: <sip:peer@127.0.0.1>;tag=peer\r\n"
		  "To: <sips:x@127.0.0.1>\r\nCall-ID: sips@peer\r\n"
		  "CSeq: 1 INVITE\r\nContact: <sip:p@127.0.0.1:%u>\r\n"
		  "Content-Length: 0\r\n\r\n",
		  peer.port, peer.port);
	ck_assert(peer_expect(&peer, "SIP/2.0 416", WAIT_MS));
	peer_ask("INVITE", 2, "Record-Route: <sips:127.0.0.1:9;lr>\r\n", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 480", WAIT_MS));
	ck_assert_msg(has("\r\nWarning: 380 "), "%s", peer.last);
	ck_assert_uint_eq(subject.invites, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_request");
	TCase *tc = tcase_create("request");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, leg_setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, strict_router__is_asked_for);
	tcase_add_loop_test(tc, loose_router__is_not, 0, 4);
	tcase_add_test(tc, strict_router__of_a_call_that_came_in);
	tcase_add_test(tc, strict_router__that_asks_who_we_are);
	tcase_add_test(tc, sips__without_tls_is_called_by_nothing_else);
	tcase_add_test(tc, sips__without_tls_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
