/* Messages: RFC 4475 and what we refuse ourselves. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sip/legimpl.h>

/* What becomes of each torture message: 1, libre's decoder refuses it (a 400
 * or 505 from the guard, if it does not mend it); else the status of
 * usher__msg_check(). What a center answers on UDP and TCP is in
 * tests/data/rfc4475.txt, and compared by tests/integration/test_torture.py.
 */
static const struct {
	const char *name;
	int status;
	const char *section;
} torture[] = {
	{"wsinv", 0, "3.1.1.1"},         {"intmeth", 0, "3.1.1.2"},
	{"esc01", 0, "3.1.1.3"},         {"escnull", 0, "3.1.1.4"},
	{"esc02", 0, "3.1.1.5"},         {"lwsdisp", 0, "3.1.1.6"},
	{"longreq", 1, "3.1.1.7"},       {"dblreq", 0, "3.1.1.8"},
	{"semiuri", 0, "3.1.1.9"},       {"transports", 0, "3.1.1.10"},
	{"mpart01", 0, "3.1.1.11"},      {"unreason", 0, "3.1.1.12"},
	{"noreason", 0, "3.1.1.13"},     {"badinv01", 1, "3.1.2.1"},
	{"clerr", 400, "3.1.2.2"},       {"ncl", 400, "3.1.2.3"},
	{"scalar02", 400, "3.1.2.4"},    {"scalarlg", 400, "3.1.2.5"},
	{"quotbal", 400, "3.1.2.6"},     {"ltgtruri", 1, "3.1.2.7"},
	{"lwsruri", 1, "3.1.2.8"},       {"lwsstart", 1, "3.1.2.9"},
	{"trws", 1, "3.1.2.10"},         {"escruri", 400, "3.1.2.11"},
	{"baddate", 400, "3.1.2.12"},    {"regbadct", 400, "3.1.2.13"},
	{"badaspec", 400, "3.1.2.14"},   {"baddn", 1, "3.1.2.15"},
	{"badvers", 1, "3.1.2.16"},      {"mismatch01", 400, "3.1.2.17"},
	{"mismatch02", 400, "3.1.2.18"}, {"bigcode", 0, "3.1.2.19"},
	{"badbranch", 0, "3.2.1"},       {"insuf", 400, "3.3.1"},
	{"unkscm", 416, "3.3.2"},        {"novelsc", 416, "3.3.3"},
	{"unksm2", 1, "3.3.4"},          {"bext01", 420, "3.3.5"},
	{"invut", 0, "3.3.6"},           {"regaut01", 0, "3.3.7"},
	{"multi01", 400, "3.3.8"},       {"mcl01", 400, "3.3.9"},
	{"bcast", 0, "3.3.10"},          {"zeromf", 0, "3.3.11"},
	{"cparam01", 0, "3.3.12"},       {"cparam02", 0, "3.3.13"},
	{"regescrt", 0, "3.3.14"},       {"sdp01", 406, "3.3.15"},
	{"inv2543", 1, "3.4.1"},
};

/* The folder is beside the project, wherever the build is. */
static FILE *open_torture(const char *name)
{
	static const char *const up[] = {"..", "../..", "../../..",
					 "../../../.."};
	char path[256];
	size_t i;

	for (i = 0; i < sizeof(up) / sizeof(up[0]); i++) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/shared/data/rfc4475/%s.dat",
			 up[i], name);
		f = fopen(path, "r");
		if (f)
			return f;
	}
	return NULL;
}

/* The files have bare line feeds, except where a CR matters. */
static struct mbuf *read_torture(FILE *f)
{
	struct mbuf *mb = mbuf_alloc(32768);
	bool cr = false;
	int c;

	while ((c = fgetc(f)) != EOF)
		if (c == '\r')
			cr = true;
	rewind(f);
	while ((c = fgetc(f)) != EOF) {
		if (c == '\n' && !cr)
			mbuf_write_u8(mb, '\r');
		mbuf_write_u8(mb, (uint8_t)c);
	}
	mb->pos = 0;
	return mb;
}

START_TEST(torture__gets_what_it_deserves)
{
	char unsupported[USHER__UA_MAX_NAME];
	FILE *f = open_torture(torture[_i].name);
	struct sip_msg *msg = NULL;
	struct mbuf *mb;
	int status;

	ck_assert_msg(f != NULL, "no %s.dat", torture[_i].name);
	mb = read_torture(f);
	fclose(f);
	status = sip_msg_decode(&msg, mb) ? 1 : 0;
	if (!status)
		status = usher__msg_check(msg, unsupported,
					  sizeof(unsupported));
	ck_assert_msg(status == torture[_i].status, "%s (%s): %d, not %d",
		      torture[_i].name, torture[_i].section, status,
		      torture[_i].status);
	mem_deref(msg);
	mem_deref(mb);
}
END_TEST

static uint16_t check_named(const char *head, const char *more,
			    const char *body, char *unsupported)
{
	struct mbuf *mb = mbuf_alloc(32768);
	struct sip_msg *msg;
	uint16_t status;

	mbuf_printf(mb,
		    "%s\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"
		    "From: <sip:a@example.com>;tag=1\r\n"
		    "To: <sip:b@example.com>\r\nCall-ID: c\r\n%s\r\n%s",
		    head, more, body);
	mb->pos = 0;
	ck_assert_int_eq(sip_msg_decode(&msg, mb), 0);
	status = usher__msg_check(msg, unsupported, USHER__UA_MAX_NAME);
	mem_deref(msg);
	mem_deref(mb);
	return status;
}

static uint16_t check(const char *head, const char *more, const char *body)
{
	char unsupported[USHER__UA_MAX_NAME];

	return check_named(head, more, body, unsupported);
}

#define INVITE "INVITE sip:b@example.com SIP/2.0"

START_TEST(good__is_good)
{
	ck_assert_uint_eq(check(INVITE, "CSeq: 1 INVITE\r\n", ""), 0);
	ck_assert_uint_eq(check(INVITE,
				"CSeq: 2147483647 INVITE\r\n"
				"Content-Length: 3\r\nMax-Forwards: 255\r\n",
				"abc"),
			  0);
	ck_assert_uint_eq(check("ACK sip:b@example.com SIP/2.0",
				"CSeq: 1 ACK\r\nRequire: x\r\n", ""),
			  0);
}
END_TEST

START_TEST(bad__is_400)
{
	static const char *const more[] = {
		"CSeq: 1 BYE\r\n",
		"CSeq: 2147483648 INVITE\r\n",
		"CSeq: 99999999999999999999 INVITE\r\n",
		"CSeq: 1 INVITE\r\nCSeq: 2 INVITE\r\n",
		"CSeq: 1 INVITE\r\nCall-ID: d\r\n",
		"CSeq: 1 INVITE\r\nTo: <sip:c@example.com>\r\n",
		"CSeq: 1 INVITE\r\nContent-Length: 4\r\n",
		"CSeq: 1 INVITE\r\nContent-Length: -1\r\n",
		"CSeq: 1 INVITE\r\nContent-Length: 0\r\nContent-Length: 1\r\n",
		"CSeq: 1 INVITE\r\nMax-Forwards: 256\r\n",
		"CSeq: 1 INVITE\r\nMax-Forwards: x\r\n",
		"CSeq: 1 INVITE\r\nExpires: 4294967296\r\n",
		"CSeq: 1 INVITE\r\nDate: Fri, 01 Jan 2010 16:00:00 EST\r\n",
		"CSeq: 1 INVITE\r\nContact: sip:a@b?Route=c\r\n",
		"CSeq: 1 INVITE\r\nContact: <sip:a@b;x=1\r\n X-Y: z>\r\n",
		"CSeq: 1 INVITE\r\nContact: <sip:a@b;x=\r1>\r\n",
		"CSeq: 1 INVITE\r\nRecord-Route: <sip:b;lr;x=1\r\n y>\r\n",
	};
	size_t i;

	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		ck_assert_msg(check(INVITE, more[i], "abc") == 400, "case %zu",
			      i);
	ck_assert_uint_eq(check("INVITE sip:b@example.com?X=y SIP/2.0",
				"CSeq: 1 INVITE\r\n", ""),
			  400);
}
END_TEST

START_TEST(headers__are_limited)
{
	char more[8192];
	size_t n = (size_t)sprintf(more, "CSeq: 1 INVITE\r\n"), i;

	for (i = 0; i < USHER__UA_MAX_HEADERS; i++)
		n += (size_t)sprintf(more + n, "X-%zu: y\r\n", i);
	ck_assert_uint_eq(check(INVITE, more, ""), 400);
}
END_TEST

START_TEST(unknown__is_refused)
{
	ck_assert_uint_eq(
		check("INVITE fax:+123 SIP/2.0", "CSeq: 1 INVITE\r\n", ""),
		416);
	ck_assert_uint_eq(check("INVITE sips:b@example.com SIP/2.0",
				"CSeq: 1 INVITE\r\n", ""),
			  416);
	ck_assert_uint_eq(
		check(INVITE, "CSeq: 1 INVITE\r\nRequire: x100rel\r\n", ""),
		420);
	ck_assert_int_eq(
		check(INVITE, "CSeq: 1 INVITE\r\nRequire: timer, x\r\n", ""),
		420);
	ck_assert_int_eq(
		check(INVITE,
		      "CSeq: 1 INVITE\r\n"
		      "Require: 100rel, Timer\r\nRequire: replaces\r\n",
		      ""),
		0);
	/* For proxies (RFC 3261, 20.29), of which we are none. */
	ck_assert_uint_eq(
		check(INVITE, "CSeq: 1 INVITE\r\nProxy-Require: x\r\n", ""),
		0);
}
END_TEST

START_TEST(unsupported__names_all_of_them)
{
	char many[2048] = "CSeq: 1 INVITE\r\nRequire: first";
	char unsupported[USHER__UA_MAX_NAME];
	unsigned i;

	ck_assert_uint_eq(check_named(INVITE,
				      "CSeq: 1 INVITE\r\nProxy-Require: p\r\n"
				      "Require: a, timer\r\nRequire: b\r\n",
				      "", unsupported),
			  420);
	ck_assert_str_eq(unsupported, "a, b");
	/* So many as there is room for, and none of them cut. */
	for (i = 0; i < 50; i++)
		strcat(many, ",extension-of-some-length");
	strcat(many, "\r\n");
	ck_assert_uint_eq(check_named(INVITE, many, "", unsupported), 420);
	ck_assert(!strncmp(unsupported, "first, extension-of-some-length, ",
			   33));
	ck_assert_str_eq(unsupported + strlen(unsupported) - 15,
			 "-of-some-length");
}
END_TEST

static bool response_ok(const char *first, const char *cseq)
{
	struct mbuf *mb = mbuf_alloc(1024);
	struct sip_msg *msg = NULL;
	bool ok;

	mbuf_printf(mb,
		    "%s\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"
		    "From: <sip:a@b.test>;tag=1\r\nTo: <sip:c@d.test>\r\n"
		    "Call-ID: c\r\nCSeq: %s\r\n\r\n",
		    first, cseq);
	mb->pos = 0;
	ok = !sip_msg_decode(&msg, mb) && usher__response_ok(msg);
	mem_deref(msg);
	mem_deref(mb);
	return ok;
}

/* 4294967496 is 200 in 32 bits, and libre's own way to read it. */
START_TEST(response__has_a_status_that_there_is)
{
	ck_assert(response_ok("SIP/2.0 200 OK", "1 INVITE"));
	ck_assert(response_ok("SIP/2.0 100 ", "1 INVITE"));
	ck_assert(response_ok("sip/2.0 699 x", "2147483647 X"));
	ck_assert(response_ok("INVITE sip:a@b SIP/2.0", "1 INVITE"));
	ck_assert(!response_ok("SIP/2.0 4294967496 OK", "1 INVITE"));
	ck_assert(!response_ok("SIP/2.0 0200 OK", "1 INVITE"));
	ck_assert(!response_ok("SIP/2.0 2x0 OK", "1 INVITE"));
	ck_assert(!response_ok("SIP/2.0 99 x", "1 INVITE"));
	ck_assert(!response_ok("SIP/2.0 700 x", "1 INVITE"));
	ck_assert(!response_ok("SIP/3.0 200 OK", "1 INVITE"));
	ck_assert(!response_ok("INVITE 200 SIP/7.0", "1 INVITE"));
	ck_assert(!response_ok("SIP/2.0 200 OK", "4294967297 INVITE"));
}
END_TEST

static size_t refusal(const char *text, char *ret, size_t size)
{
	size_t n = usher__guard_refusal(ret, size - 1, text, strlen(text));

	ret[n] = '\0';
	return n;
}

START_TEST(undecodable__gets_an_answer)
{
	char ret[512], again[512];

	ck_assert(refusal("INVITE <sip:x> SIP/2.0\r\nv: SIP/2.0/UDP h\r\n"
			  "Via: SIP/2.0/UDP g\r\nf: a\r\nTo: b ;tag=1\r\n"
			  "CALL-ID : c\r\nCSeq: 1 INVITE\r\nX: y\r\n\r\n",
			  ret, sizeof(ret)));
	ck_assert_str_eq(ret, "SIP/2.0 400 Bad Request\r\n"
			      "v: SIP/2.0/UDP h\r\nVia: SIP/2.0/UDP g\r\n"
			      "f: a\r\nTo: b ;tag=1\r\nCALL-ID : c\r\n"
			      "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
	ck_assert(refusal("OPTIONS sip:x SIP/7.0\r\nVia: h\r\nFrom: a\r\n"
			  "To: b\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n",
			  ret, sizeof(ret)));
	ck_assert_int_eq(strncmp(ret, "SIP/2.0 505 ", 12), 0);
	/* With a tag of ours, the same again (RFC 3261, 8.2.6.2). */
	ck_assert_ptr_nonnull(strstr(ret, "\r\nTo: b;tag="));
	ck_assert(refusal("OPTIONS sip:x SIP/7.0\r\nVia: h\r\nFrom: a\r\n"
			  "To: b\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n",
			  again, sizeof(again)));
	ck_assert_str_eq(again, ret);
}
END_TEST

START_TEST(undecodable__is_dropped_when_nobody_could_understand)
{
	static const char *const texts[] = {
		"",
		"\r\n\r\n",
		"hello",
		"SIP/2.0 200 OK\r\nVia: h\r\nFrom: a\r\nTo: b\r\n"
		"Call-ID: c\r\nCSeq: 1 X\r\n\r\n",
		"ACK sip:x SIP/2.0\r\nVia: h\r\nFrom: a\r\nTo: b\r\n"
		"Call-ID: c\r\nCSeq: 1 ACK\r\n\r\n",
		"BYE sip:x SIP/2.0\r\nFrom: a\r\nTo: b\r\nCall-ID: c\r\n"
		"CSeq: 1 BYE\r\n\r\n",
		"BYE sip:x SIP/2.0\r\nVia: h\r\nFrom: a\r\nFrom: a\r\nTo: "
		"b\r\n"
		"Call-ID: c\r\nCSeq: 1 BYE\r\n\r\n",
	};
	char ret[512];
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(!refusal(texts[i], ret, sizeof(ret)), "case %zu",
			      i);
	/* No room is no answer either. */
	ck_assert(
		!refusal("BYE sip:x SIP/2.0\r\nVia: h\r\nFrom: a\r\nTo: b\r\n"
			 "Call-ID: c\r\nCSeq: 1 BYE\r\n\r\n",
			 ret, 40));
}
END_TEST

START_TEST(undecodable__without_an_address_is_answered_all_the_same)
{
	char ret[512];

	ck_assert(refusal("INVITE sip:x SIP/2.0\r\nCSeq: 1 INVITE\r\n"
			  "Via: SIP/2.0/UDP h\r\n\r\n",
			  ret, sizeof(ret)));
	ck_assert_str_eq(ret, "SIP/2.0 400 Bad Request\r\n"
			      "CSeq: 1 INVITE\r\nVia: SIP/2.0/UDP h\r\n"
			      "Content-Length: 0\r\n\r\n");
}
END_TEST

/* The branch that is made up; false: none is. */
static bool branch(const char *text, char *ret, size_t size)
{
	struct mbuf in = {.buf = (uint8_t *)text, .end = strlen(text)};
	struct mbuf *mb = usher__guard_branch(&in);
	const char *at;

	if (!mb)
		return false;
	snprintf(ret, size, "%.*s", (int)mb->end, (char *)mb->buf);
	at = strstr(ret, ";branch=z9hG4bK-2543-");
	ck_assert_ptr_nonnull(at);
	ck_assert_uint_eq(mb->end, strlen(text) + 37);
	mem_deref(mb);
	memmove(ret, at, 37);
	ret[37] = '\0';
	return true;
}

#define OLD(method, via, cseq)                                                \
	method " sip:x SIP/2.0\r\n" via "\r\nFrom: a;tag=1\r\nTo: b\r\n"      \
	       "Call-ID: c\r\nCSeq: " cseq " " method "\r\n\r\n"

START_TEST(via__without_a_branch_gets_one)
{
	static const char *const none[] = {
		OLD("INVITE", "Via: SIP/2.0/UDP h;branch=x", "1"),
		OLD("INVITE", "v : SIP/2.0/UDP h; BRANCH=z9hG4bK", "1"),
		OLD("INVITE", "Via: SIP/2.0/UDP h;;,;,,", "1"),
		OLD("INVITE", "Via: SIP/2.0/UDP h,", "1"),
		OLD("INVITE", "Via: ", "1"),
		OLD("INVITE", "Via:,SIP/2.0/UDP h", "1"),
		OLD("INVITE", "X: y", "1"),
		"INVITE sip:x SIP/2.0\r\n\r\n",
		"",
	};
	char invite[512], other[512];
	size_t i;

	ck_assert(branch(OLD("INVITE", "Via: SIP/2.0/UDP h", "1"), invite,
			 sizeof(invite)));
	/* Its retransmission, CANCEL and ACK have the same, with other Vias
	 * behind it; another request has another. */
	ck_assert(branch(OLD("CANCEL", "Via: SIP/2.0/UDP h", "1"), other,
			 sizeof(other)));
	ck_assert_str_eq(invite, other);
	ck_assert(branch(OLD("INVITE", "Via: SIP/2.0/UDP h\r\nVia: g", "1"),
			 other, sizeof(other)));
	ck_assert_str_eq(invite, other);
	ck_assert(branch(OLD("INVITE", "Via: SIP/2.0/UDP h", "2"), other,
			 sizeof(other)));
	ck_assert_str_ne(invite, other);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_msg(!branch(none[i], other, sizeof(other)),
			      "case %zu", i);
}
END_TEST

START_TEST(accept__has_to_have_what_we_send)
{
	static const char *const good[] = {"application/sdp", "*/*",
					   "application/*;q=0.5",
					   "text/plain, Application/SDP", ""};
	char more[128];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(more, sizeof(more),
			 "CSeq: 1 INVITE\r\nAccept: %s\r\n", good[i]);
		ck_assert_msg(check(INVITE, more, "") == 0, "case %zu", i);
	}
	ck_assert_uint_eq(
		check(INVITE, "CSeq: 1 INVITE\r\nAccept: text/plain\r\n", ""),
		406);
	ck_assert_uint_eq(check("OPTIONS sip:b@example.com SIP/2.0",
				"CSeq: 1 OPTIONS\r\nAccept: text/plain\r\n",
				""),
			  0);
}
END_TEST

static uint16_t named(const char *from)
{
	char unsupported[USHER__UA_MAX_NAME];
	struct mbuf *mb = mbuf_alloc(1024);
	struct sip_msg *msg;
	uint16_t status;

	mbuf_printf(mb,
		    "OPTIONS sip:b@example.com SIP/2.0\r\n"
		    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"
		    "From: %s<sip:a@example.com>;tag=1\r\n"
		    "To: <sip:b@example.com>\r\nCall-ID: c\r\n"
		    "CSeq: 1 OPTIONS\r\n\r\n",
		    from);
	mb->pos = 0;
	ck_assert_int_eq(sip_msg_decode(&msg, mb), 0);
	status = usher__msg_check(msg, unsupported, sizeof(unsupported));
	mem_deref(msg);
	mem_deref(mb);
	return status;
}

START_TEST(name__without_quotes_is_made_of_tokens)
{
	ck_assert_uint_eq(named(""), 0);
	ck_assert_uint_eq(named("Ann Bell-Smith 2 "), 0);
	ck_assert_uint_eq(named("\"Bell, Ann (x) @\" "), 0);
	ck_assert_uint_eq(named("\xc3\x81gi "), 0);
	ck_assert_uint_eq(named("Bell, Ann "), 400);
	ck_assert_uint_eq(named("Ann (x) "), 400);
	ck_assert_uint_eq(named("ann@home "), 400);
}
END_TEST

START_TEST(user__is_unescaped_or_refused)
{
	char dst[8];
	struct pl pl;

	pl_set_str(&pl, "a%62%2B");
	ck_assert(usher__pl_user(dst, sizeof(dst), &pl));
	ck_assert_str_eq(dst, "ab+");
	pl_set_str(&pl, "12345678");
	ck_assert(!usher__pl_user(dst, sizeof(dst), &pl));
	pl_set_str(&pl, "%00");
	ck_assert(!usher__pl_user(dst, sizeof(dst), &pl));
	pl_set_str(&pl, "%4");
	ck_assert(!usher__pl_user(dst, sizeof(dst), &pl));
	pl_set_str(&pl, "%zz");
	ck_assert(!usher__pl_user(dst, sizeof(dst), &pl));
}
END_TEST

static int info(const char *text, bool relay, char *digit)
{
	uint32_t ms = 0;
	struct pl pl;

	pl_set_str(&pl, text);
	*digit = '?';
	return usher__info_digit(&pl, relay, digit, &ms) ? -1 : (int)ms;
}

START_TEST(info__is_one_whole_digit)
{
	static const struct {
		const char *text;
		bool relay;
		int ms; /* -1: refused */
		char digit;
	} cases[] = {
		{"Signal=5\r\nDuration=200\r\n", true, 200, '5'},
		{"Duration = 90\nsignal =  # \n", true, 90, '#'},
		{"Signal=10\r\n", true, 160, '*'},
		{"Signal=11\r\n", true, 160, '#'},
		{"Signal=12", true, 160, 'A'},
		{"Signal=15", true, 160, 'D'},
		{"Signal=16", true, 160, '\0'},
		{"Signal=d", true, 160, 'D'},
		{"Signal=1\r\nDuration=99999\r\n", true, 160, '1'},
		{"Signal=17", true, -1, 0},
		{"Signal=01", true, -1, 0},
		{"Signal=111", true, -1, 0},
		{"Signal=011", true, -1, 0},
		{"Signal=1x", true, -1, 0},
		{"Signal=1 2", true, -1, 0},
		{"Signal=", true, -1, 0},
		{"Signal=1\r\nSignal=2\r\n", true, -1, 0},
		{"XSignal=1", true, -1, 0},
		{"5", true, -1, 0},
		{"5", false, 160, '5'},
		{" * \r\n", false, 160, '*'},
		{"16", false, 160, '\0'},
		{"11", false, 160, '#'},
		{"12345", false, -1, 0},
		{"e", false, -1, 0},
		{"", false, -1, 0},
	};
	size_t i;
	char digit;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(info(cases[i].text, cases[i].relay, &digit) ==
				      cases[i].ms,
			      "%s", cases[i].text);
		if (cases[i].ms >= 0)
			ck_assert_msg(digit == cases[i].digit, "%s",
				      cases[i].text);
	}
}
END_TEST

/* The messages are not ours to keep here; without them nothing is counted. */
static bool have_torture(void)
{
	FILE *f = open_torture(torture[0].name);

	if (f)
		fclose(f);
	else
		printf("# SKIP torture messages: no shared/data/rfc4475 "
		       "beside the project\n");
	return f;
}

/* ---- whom to call ---- */

START_TEST(refer_to__is_read_or_refused)
{
	static const struct {
		const char *value, *user, *host;
	} cases[] = {
		{"<sip:401@center.test>", "401", "center.test"},
		{"<sips:a%20b@center.test:5061;x=y>;z", "a b", "center.test"},
		{"sip:center.test", "", "center.test"},
		{"\"A, B\" <sip:401@center.test;method=invite>", "401",
		 "center.test"},
		{"<sip:401@center.test>, <sip:402@center.test>", NULL, NULL},
		{"sip:401@center.test,sip:402@center.test", NULL, NULL},
		{"<tel:+36-1(555).0000;phone-context=+1>", "+3615550000", ""},
		{"<TEL:*31#401>", "*31#401", ""},
		{"<tel:>", NULL, NULL},
		{"<tel:-->", NULL, NULL},
		{"<tel:40a>", NULL, NULL},
		{"<sip:%0a@center.test>", NULL, NULL},
		{"", NULL, NULL},
	};
	struct usher__target target;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pl pl;
		int err;

		pl_set_str(&pl, cases[i].value);
		err = usher__refer_target(&pl, &target);
		ck_assert_msg(err == (cases[i].user ? 0 : USHER_EPROTO),
			      "%s: %d", cases[i].value, err);
		if (err)
			continue;
		ck_assert_str_eq(target.user, cases[i].user);
		ck_assert_str_eq(target.host, cases[i].host);
	}
}
END_TEST

/* To be hung up on, or registered, is no call. */
START_TEST(refer_to__with_another_method_is_refused)
{
	static const char *const values[] = {
		"<sip:401@center.test;method=BYE>",
		"<sip:401@center.test;x;Method=REGISTER;lr>",
	};
	struct usher__target target;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct pl pl;

		pl_set_str(&pl, values[i]);
		ck_assert_msg(usher__refer_target(&pl, &target) ==
				      USHER_ENOTSUP,
			      "%s", values[i]);
	}
}
END_TEST

/* ---- which URIs are one (RFC 3261, 19.1.4) ---- */

static void check_same(const char *one, const char *other, bool same)
{
	struct uri a, b;
	struct pl pl;

	pl_set_str(&pl, one);
	ck_assert_int_eq(uri_decode(&a, &pl), 0);
	pl_set_str(&pl, other);
	ck_assert_int_eq(uri_decode(&b, &pl), 0);
	ck_assert_msg(usher__uri_same(&a, &b) == same, "%s, %s", one, other);
	ck_assert_msg(usher__uri_same(&b, &a) == same, "%s, %s", other, one);
}

START_TEST(uris__are_the_same)
{
	check_same("sip:a@b.test", "SIP:%61@B.Test", true);
	check_same("sip:a@b.test:5060;x=1;y", "sip:a@b.test:5060;Y;X=1", true);
	check_same("sip:a@b.test;x=1", "sip:a@b.test", true);
	/* of many the text alone counts */
	check_same("sip:a@b.test;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q",
		   "sip:a@b.test;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q", true);
	check_same("sip:a@b.test;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q",
		   "sip:a@b.test;b;a;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q", false);
	check_same("sip:a@b.test;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p",
		   "sip:a@b.test;b;a;c;d;e;f;g;h;i;j;k;l;m;n;o;p", true);
	check_same("sip:a@b.test;transport=TCP", "sip:a@b.test;transport=tcp",
		   true);
	check_same("sip:a%3b@b.test", "sip:a%3B@b.test", true);
	check_same("sip:a@[::1]:5060", "sip:a@[::1]:5060;lr", true);
	check_same("sip:b.test", "sip:b.test", true);
}
END_TEST

START_TEST(uris__are_not_the_same)
{
	check_same("sip:a@b.test", "sips:a@b.test", false);
	check_same("sip:a@b.test", "sip:A@b.test", false);
	check_same("sip:a@b.test", "sip:b.test", false);
	check_same("sip:a@b.test", "sip:a:pw@b.test", false);
	check_same("sip:a@b.test", "sip:a@b.test:5060", false);
	check_same("sip:a@b.test:5060", "sip:a@b.test:5061", false);
	check_same("sip:a@b.test", "sip:a@b.test;transport=udp", false);
	check_same("sip:a@b.test", "sip:a@b.test;user=phone", false);
	check_same("sip:a@b.test", "sip:a@b.test;maddr=192.0.2.1", false);
	check_same("sip:a@b.test;x=1", "sip:a@b.test;x=2", false);
	check_same("sip:a@b.test;x", "sip:a@b.test;x=2", false);
	check_same("sip:a%3bb@b.test", "sip:a;b@b.test", false);
	check_same("sip:a%00@b.test", "sip:a@b.test", false);
	check_same("sip:a@b.test?x=1", "sip:a@b.test", false);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("messages");
	TCase *tc = tcase_create("messages");
	SRunner *runner;
	int failed;

	if (have_torture())
		tcase_add_loop_test(tc, torture__gets_what_it_deserves, 0,
				    sizeof(torture) / sizeof(torture[0]));
	tcase_add_test(tc, good__is_good);
	tcase_add_test(tc, bad__is_400);
	tcase_add_test(tc, headers__are_limited);
	tcase_add_test(tc, unknown__is_refused);
	tcase_add_test(tc, unsupported__names_all_of_them);
	tcase_add_test(tc, response__has_a_status_that_there_is);
	tcase_add_test(tc, undecodable__gets_an_answer);
	tcase_add_test(tc,
		       undecodable__is_dropped_when_nobody_could_understand);
	tcase_add_test(
		tc, undecodable__without_an_address_is_answered_all_the_same);
	tcase_add_test(tc, via__without_a_branch_gets_one);
	tcase_add_test(tc, accept__has_to_have_what_we_send);
	tcase_add_test(tc, name__without_quotes_is_made_of_tokens);
	tcase_add_test(tc, user__is_unescaped_or_refused);
	tcase_add_test(tc, info__is_one_whole_digit);
	tcase_add_test(tc, refer_to__is_read_or_refused);
	tcase_add_test(tc, refer_to__with_another_method_is_refused);
	tcase_add_test(tc, uris__are_the_same);
	tcase_add_test(tc, uris__are_not_the_same);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
