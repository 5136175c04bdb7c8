/* SDP as one part of several (RFC 5621): where it is found, what refuses the
 * message, and each message of a call that may have it. */
#include <sip/body.h>

#include "legpeer.h"

#define MIXED  "multipart/mixed;boundary=b"
#define SDP    "Content-Type: application/sdp\r\n\r\nv=0\r\n"
#define ISUP   "Content-Type: application/isup;version=x\r\n"
#define SIGNAL "Content-Disposition: signal;handling="

struct body_case {
	const char *type, *body;
};

/* What becomes of such a body; sdp: what was found. */
static enum usher__body read_body(const char *type, const char *text,
				  size_t len, char *ret, size_t size)
{
	struct mbuf *mb = mbuf_alloc(4096);
	struct sip_msg *msg;
	struct pl found = pl_null;
	enum usher__body body;

	mbuf_printf(mb,
		    "INVITE sip:b@example.com SIP/2.0\r\n"
		    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"
		    "From: <sip:a@example.com>;tag=1\r\n"
		    "To: <sip:b@example.com>\r\nCall-ID: c\r\n"
		    "CSeq: 1 INVITE\r\nContent-Type: %s\r\n"
		    "Content-Length: %zu\r\n\r\n",
		    type, len);
	mbuf_write_mem(mb, (const uint8_t *)text, len);
	mb->pos = 0;
	ck_assert_msg(!sip_msg_decode(&msg, mb), "%s", type);
	body = usher__msg_sdp(msg, &found);
	ck_assert_int_eq(usher__msg_has_sdp(msg), body == USHER__BODY_SDP);
	ck_assert_int_eq(usher__msg_has_body(msg), body != USHER__BODY_NONE);
	ck_assert_int_eq(found.p != NULL, body == USHER__BODY_SDP);
	ck_assert_uint_lt(found.l, size);
	memcpy(ret, found.p ? found.p : "", found.l);
	ret[found.l] = '\0';
	mem_deref(msg);
	mem_deref(mb);
	return body;
}

static void expect(const struct body_case *c, size_t i, enum usher__body want)
{
	char text[2048];
	enum usher__body got = read_body(c->type, c->body, strlen(c->body),
					 text, sizeof(text));

	ck_assert_msg(got == want, "case %zu: %d, not %d", i, (int)got,
		      (int)want);
	if (want == USHER__BODY_SDP)
		ck_assert_msg(!strncmp(text, "v=0", 3) && !strchr(text, '-'),
			      "case %zu: %s", i, text);
}

START_TEST(sdp__is_found)
{
	static const struct body_case cases[] = {
		{"application/sdp", "v=0\r\n"},
		{"application/sdp\r\nContent-Disposition: session", "v=0\r\n"},
		{MIXED, "--b\r\n" SDP "\r\n--b--\r\n"},
		/* Of what is around it nothing counts, nor the end of all. */
		{MIXED, "preamble\r\n--b\r\n" SDP "\r\n--b--\r\nepilogue --b"},
		{MIXED, "--b \t\r\n" SDP "\r\n--b-- "},
		{"Multipart/Mixed; BOUNDARY = \"b\"",
		 "--b\r\ncontent-TYPE :\r\n  application/SDP\r\n"
		 "\r\nv=0\r\n\r\n--b--"},
		{"multipart/mixed;boundary=\"a b\"",
		 "--a b\r\n" SDP "\r\n--a b--"},
		{"multipart/mixed;x=\";boundary=c\";boundary=b;y",
		 "--c\r\n\r\n--b\r\n" SDP "\r\n--b--"},
		{"multipart/mixed;boundary==_x(y)/z:?",
		 "--=_x(y)/z:?\r\n" SDP "\r\n--=_x(y)/z:?--"},
		/* Beside it. */
		{MIXED, "--b\r\n" SDP "\r\n--b\r\n" ISUP "\r\nx\r\n--b--"},
		{MIXED, "--b\r\n" ISUP SIGNAL "optional\r\n\r\n"
			"x\r\n--b\r\n" SDP "\r\n--b--"},
		{MIXED,
		 "--b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n" SDP "\r\n--b--"},
		{"multipart/related;boundary=b;type=\"application/sdp\"",
		 "--b\r\n" SDP "\r\n--b\r\nContent-Type: "
		 "application/pidf+xml\r\n\r\n<x/>\r\n--b--"},
		/* What it is for, and how it is sent. */
		{MIXED, "--b\r\nContent-Disposition: session; "
			"handling=required\r\n" SDP "\r\n--b--"},
		{MIXED,
		 "--b\r\nContent-Disposition: render\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\nContent-Transfer-Encoding: 8BIT\r\n"
			"Content-Encoding: identity\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\n" SDP "\r\n--b\r\nContent-Type: "
			"application/sdp\r\nContent-Disposition: "
			"early-session\r\n\r\nv=1\r\n--b--"},
		/* The last that we know. */
		{"multipart/alternative;boundary=b",
		 "--b\r\nContent-Type: "
		 "application/sdp\r\n\r\nv=9\r\n--b\r\n" SDP
		 "\r\n--b\r\nContent-Type: x/y\r\n" SIGNAL "required"
		 "\r\n\r\n\r\n--b--"},
		/* One in another, whose delimiter begins in the same way. */
		{MIXED, "--b\r\nContent-Type: " MIXED "c\r\n\r\n--bc\r\n" SDP
			"\r\n--bc--\r\n--b\r\n" ISUP "\r\nx\r\n--b--"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(&cases[i], i, USHER__BODY_SDP);
}
END_TEST

START_TEST(sdp__ends_where_its_delimiter_begins)
{
	static const char body[] = "--b\r\nContent-Type: application/sdp\r\n"
				   "\r\nv=0\n--b--\n\r\n--bb\r\n --b\r\n"
				   "--b--x\r\n\r\n--b--\r\n";
	char text[256];

	ck_assert_int_eq(
		read_body(MIXED, body, sizeof(body) - 1, text, sizeof(text)),
		USHER__BODY_SDP);
	ck_assert_str_eq(text, "v=0\n--b--\n\r\n--bb\r\n --b\r\n--b--x\r\n");
}
END_TEST

/* Then the message is as one without a body. */
START_TEST(optional__is_passed_over)
{
	static const struct body_case cases[] = {
		{"application/sdp", ""},
		{"text/plain\r\nContent-Disposition: x;handling=optional",
		 "hi"},
		{MIXED, "--b\r\n" ISUP "\r\nx\r\n--b--"},
		{MIXED, "--b\r\n\r\n--b--"},
		{MIXED, "--b\r\nContent-Disposition: session;"
			"handling=optional\r\nContent-Encoding: gzip\r\n" SDP
			"\r\n--b--"},
		{MIXED, "--b\r\nContent-Disposition: early-session\r\n" SDP
			"\r\n--b--"},
		/* All of another one, whatever it needs. */
		{MIXED, "--b\r\nContent-Type: " MIXED "c\r\n"
			"Content-Disposition: x;handling=optional\r\n\r\n"
			"--bc\r\n" ISUP SIGNAL "required\r\n\r\n\r\n--bc--"
			"\r\n--b--"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(&cases[i], i, USHER__BODY_NONE);
}
END_TEST

START_TEST(required__and_unknown_refuses_all)
{
	static const struct body_case cases[] = {
		{"text/plain", "hi"},
		{"application/sdp\r\nContent-Encoding: gzip", "v=0\r\n"},
		{"application/sdp\r\nContent-Disposition: early-session",
		 "v=0\r\n"},
		{MIXED, "--b\r\n" SDP "\r\n--b\r\n" ISUP SIGNAL "required"
			"\r\n\r\nx\r\n--b--"},
		{MIXED, "--b\r\n" ISUP SIGNAL "\"Required\";x=y\r\n\r\nx"
			"\r\n--b\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\nContent-Disposition: early-session;\r\n\t"
			"handling=required\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\nContent-Transfer-Encoding: base64\r\n" SDP
			"\r\n--b--"},
		{"multipart/alternative;boundary=b",
		 "--b\r\n" ISUP SIGNAL "required\r\n\r\nx\r\n--b--"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(&cases[i], i, USHER__BODY_UNSUPPORTED);
}
END_TEST

#define TEN "0123456789"

START_TEST(broken__is_malformed)
{
	static const struct body_case cases[] = {
		{"multipart/mixed", "--b\r\n" SDP "\r\n--b--"},
		{"multipart/mixed;boundary=", "--\r\n" SDP "\r\n----"},
		{"multipart/mixed;boundary=\"\"", "--\r\n" SDP "\r\n----"},
		{"multipart/mixed;boundary=\"b \"",
		 "--b \r\n" SDP "\r\n--b --"},
		{"multipart/mixed;boundary=\"b", "--b\r\n" SDP "\r\n--b--"},
		{"multipart/mixed;boundary=\"b\\\"\"",
		 "--b\\\"\r\n" SDP "\r\n--b\\\"--"},
		{"multipart/mixed;boundary=b*", "--b*\r\n" SDP "\r\n--b*--"},
		{MIXED ";boundary=b", "--b\r\n" SDP "\r\n--b--"},
		{MIXED ";x=\"", "--b\r\n" SDP "\r\n--b--"},
		{"multipart/mixed;boundary=" TEN TEN TEN TEN TEN TEN TEN "x",
		 "--" TEN TEN TEN TEN TEN TEN TEN "x\r\n" SDP
		 "\r\n--" TEN TEN TEN TEN TEN TEN TEN "x--"},
		/* No part, none that ends, none of its own line. */
		{MIXED, "v=0\r\n"},
		{MIXED, "--b--\r\n"},
		{MIXED, "--b\r\n" SDP},
		{MIXED, "--b\r\n" SDP "\r\n--b"},
		{MIXED, "--b\r\n" SDP "\n--b--\n"},
		{MIXED, "--b\n" SDP "\r\n--b--"},
		{MIXED, "x--b\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\n" SDP "\r\n--b-\r\n"},
		/* Headers. */
		{MIXED, "--b\r\n \r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\nno header\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\n: x\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\nX: a\nY: b\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\nX: a\rY: b\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\nX: \x01\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\nContent-Type: sdp\r\n\r\nv=0\r\n\r\n--b--"},
		{MIXED, "--b\r\nContent-Type: x/y\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\nContent-Disposition: session\r\n"
			"Content-Disposition: x\r\n" SDP "\r\n--b--"},
		/* Which of the two? */
		{MIXED, "--b\r\n" SDP "\r\n--b\r\n" SDP "\r\n--b--"},
		{MIXED, "--b\r\n" SDP "\r\n--b\r\nContent-Type: " MIXED
			"c\r\n\r\n--bc\r\n" SDP "\r\n--bc--\r\n--b--"},
		/* Another one that is broken. */
		{MIXED, "--b\r\n" SDP "\r\n--b\r\nContent-Type: " MIXED
			"c\r\n\r\n--bc\r\n" SDP "\r\n--b--"},
	};
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(&cases[i], i, USHER__BODY_MALFORMED);
	ck_assert_int_eq(
		read_body(MIXED, "--b\r\nX: \0\r\n" SDP "\r\n--b--",
			  sizeof("--b\r\nX: \0\r\n" SDP "\r\n--b--") - 1, text,
			  sizeof(text)),
		USHER__BODY_MALFORMED);
}
END_TEST

/* Parts with nothing in them, and SDP as the last. */
static enum usher__body many(unsigned count, bool nested)
{
	char body[2048] = "", text[64];
	size_t n = 0;

	if (nested)
		n += (size_t)sprintf(body + n,
				     "--b\r\nContent-Type: " MIXED
				     "c\r\n\r\n--bc\r\n\r\n--bc--\r\n");
	while (--count)
		n += (size_t)sprintf(body + n, "--b\r\n\r\n");
	n += (size_t)sprintf(body + n, "--b\r\n" SDP "\r\n--b--");
	return read_body(MIXED, body, n, text, sizeof(text));
}

/* Each in the one before, with SDP in the innermost. */
static enum usher__body deep(unsigned depth)
{
	char body[2048], text[64];
	size_t n = 0;
	unsigned i;

	for (i = 1; i < depth; i++)
		n += (size_t)sprintf(body + n,
				     "--b%u\r\nContent-Type: multipart/mixed;"
				     "boundary=b%u\r\n\r\n",
				     i, i + 1);
	n += (size_t)sprintf(body + n, "--b%u\r\n" SDP, depth);
	for (i = depth; i; i--)
		n += (size_t)sprintf(body + n, "\r\n--b%u--", i);
	return read_body("multipart/mixed;boundary=b1", body, n, text,
			 sizeof(text));
}

START_TEST(parts__are_so_many_and_so_deep)
{
	const unsigned parts = USHER__BODY_PARTS_MAX;

	ck_assert_int_eq(many(parts, false), USHER__BODY_SDP);
	ck_assert_int_eq(many(parts + 1, false), USHER__BODY_UNSUPPORTED);
	ck_assert_int_eq(many(parts - 2, true), USHER__BODY_SDP);
	ck_assert_int_eq(many(parts - 1, true), USHER__BODY_UNSUPPORTED);
	ck_assert_int_eq(deep(USHER__BODY_DEPTH_MAX), USHER__BODY_SDP);
	ck_assert_int_eq(deep(USHER__BODY_DEPTH_MAX + 1),
			 USHER__BODY_UNSUPPORTED);
}
END_TEST

START_TEST(boundary__has_up_to_70_characters)
{
	char type[128], body[512], text[64], boundary[71];

	memset(boundary, 'x', sizeof(boundary));
	boundary[70] = '\0';
	snprintf(type, sizeof(type), "multipart/mixed;boundary=%s", boundary);
	snprintf(body, sizeof(body), "--%s\r\n" SDP "\r\n--%s--", boundary,
		 boundary);
	ck_assert_int_eq(
		read_body(type, body, strlen(body), text, sizeof(text)),
		USHER__BODY_SDP);
}
END_TEST

/* ---- on the wire ---- */

/* sdp[] with ISUP, which is optional or not, and one line more. */
static const char *parts(const char *handling, const char *more)
{
	static char text[1024];

	body_type = MIXED;
	snprintf(text, sizeof(text),
		 "--b\r\nContent-Type: "
		 "application/sdp\r\n\r\n%s%s\r\n--b\r\n" ISUP SIGNAL
		 "%s\r\n\r\nx\r\n--b--\r\n",
		 sdp, more, handling);
	return text;
}

static void setup(void)
{
	body_type = "application/sdp";
	leg_setup();
}

START_TEST(call__comes_in_with_parts)
{
	invite_with("", parts("optional", ""));
	inbound_answer();
	ck_assert(has("Content-Type: application/sdp\r\n"));
	ck_assert(has("m=audio ") && !has("m=audio 0"));
	peer_ask("ACK", 1, "", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
	peer_ask("INVITE", 2, "", parts("optional", "a=sendonly\r\n"));
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(has("a=recvonly\r\n"));
	peer_ask("ACK", 2, "", "");
	(void)state();
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 1);
	peer_ask("UPDATE", 3, "", parts("optional", ""));
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(has("a=sendrecv\r\n"));
	/* What is not for us changes nothing. */
	peer_ask("UPDATE", 4, "", parts("required", "a=sendonly\r\n"));
	ck_assert(peer_expect(&peer, "SIP/2.0 415", WAIT_MS));
	ck_assert(has("Accept: application/sdp, multipart/mixed\r\n"));
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_HELD), 1);
}
END_TEST

START_TEST(call__with_parts_that_cannot_be_is_refused)
{
	invite_with("", parts("required", ""));
	ck_assert(has("SIP/2.0 415"));
	peer_ask("ACK", 1, "", "");
	body_type = "multipart/mixed";
	strcpy(call_id, "other@peer");
	peer_ask("INVITE", 1, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	(void)state();
	ck_assert_uint_eq(subject.invites, 0);
	ck_assert_uint_eq(subject_counters(&subject).unsupported, 1);
	ck_assert_uint_eq(subject_counters(&subject).malformed, 1);
}
END_TEST

/* No offer among the parts: ours goes out, the answer comes in the ACK. */
START_TEST(ack__brings_the_answer_in_parts)
{
	body_type = MIXED;
	invite_with("", "--b\r\n" ISUP SIGNAL "optional\r\n\r\nx\r\n--b--");
	inbound_answer();
	ck_assert(has("m=audio "));
	peer_ask("ACK", 1, "", parts("optional", ""));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(prack__brings_the_answer_in_parts)
{
	char more[64], rseq[16];

	invite_with("Require: 100rel\r\n", "");
	ck_assert_int_eq(subject_call(&subject, do_early, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 183", WAIT_MS));
	peer_cut(&peer, "To: <sip:x@127.0.0.1>;tag=", "\r", to_tag,
		 sizeof(to_tag));
	peer_cut(&peer, "RSeq: ", "\r", rseq, sizeof(rseq));
	snprintf(more, sizeof(more), "RAck: %s 1 INVITE\r\n", rseq);
	peer_ask("PRACK", 2, more, parts("optional", ""));
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_ALERTING);
	ck_assert_int_eq(subject_call(&subject, do_answer, NULL), 0);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert(has("CSeq: 1 INVITE\r\n"));
}
END_TEST

START_TEST(call__goes_out_and_is_answered_in_parts)
{
	reach(USHER__LEG_PROCEEDING, true);
	if (_i)
		peer_answer("183 Session Progress", "INVITE", invite_cseq, "",
			    parts("optional", ""));
	(void)state();
	if (_i)
		ck_assert(subject.events[subject.event_count - 1].early);
	peer_answer("200 OK", "INVITE", invite_cseq, "",
		    _i ? "" : parts("optional", ""));
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(answer__that_needs_more_ends_the_call)
{
	reach(USHER__LEG_PROCEEDING, true);
	peer_answer("200 OK", "INVITE", invite_cseq, "",
		    parts("required", ""));
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_body");
	TCase *tc = tcase_create("parts"), *wire = tcase_create("wire");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, sdp__is_found);
	tcase_add_test(tc, sdp__ends_where_its_delimiter_begins);
	tcase_add_test(tc, optional__is_passed_over);
	tcase_add_test(tc, required__and_unknown_refuses_all);
	tcase_add_test(tc, broken__is_malformed);
	tcase_add_test(tc, parts__are_so_many_and_so_deep);
	tcase_add_test(tc, boundary__has_up_to_70_characters);
	tcase_set_timeout(wire, 30);
	tcase_add_checked_fixture(wire, setup, leg_teardown);
	tcase_add_test(wire, call__comes_in_with_parts);
	tcase_add_test(wire, call__with_parts_that_cannot_be_is_refused);
	tcase_add_test(wire, ack__brings_the_answer_in_parts);
	tcase_add_test(wire, prack__brings_the_answer_in_parts);
	tcase_add_loop_test(wire, call__goes_out_and_is_answered_in_parts, 0,
			    2);
	tcase_add_test(wire, answer__that_needs_more_ends_the_call);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, wire);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
