/* An account's credentials and contacts, and what strangers cost. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sip/impl.h>

#include "peer.h"

enum { WAIT_MS = 10000, SHORT_MS = 300 };

static struct subject subject;
static struct peer peer;
static unsigned serial;

#define AOR "sip:alice@center.test"

static void setup(void)
{
	/* Nobody is to be refused, nor told of, because the machine is slow.
	 */
	static const struct usher__limits limits = {.overload_ms = -1};

	subject_start_limited(&subject, &limits);
	peer_open(&peer);
}

static void teardown(void)
{
	peer_close(&peer);
	subject_stop(&subject);
}

static void send_with(const char *method, const char *uri, const char *id,
		      unsigned cseq, const char *more)
{
	peer_send(&peer, subject.port,
		  "%s %s SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%s.%u;rport\r\n"
		  "From: <" AOR ">;tag=p\r\nTo: <%s>\r\nCall-ID: %s\r\n"
		  "CSeq: %u %s\r\nMax-Forwards: 70\r\n%s"
		  "Content-Length: 0\r\n\r\n",
		  method, uri, peer.port, id, cseq,
		  strcmp(method, "REGISTER") ? uri : AOR, id, cseq, method,
		  more);
}

static void send_new(const char *method, const char *uri, const char *more)
{
	char id[16];

	snprintf(id, sizeof(id), "c%u", ++serial);
	send_with(method, uri, id, 1, more);
}

/* Credentials of our own making, for the challenge that came last. */
static void credentials(char *ret, size_t size, const char *method,
			const char *uri, const char *nc)
{
	uint8_t ha1[MD5_SIZE], ha2[MD5_SIZE], digest[MD5_SIZE];
	static char nonce[128];

	if (strstr(peer.last, "nonce=\""))
		peer_cut(&peer, "nonce=\"", "\"", nonce, sizeof(nonce));
	md5_printf(ha1, "alice:center.test:secret");
	md5_printf(ha2, "%s:%s", method, uri);
	if (nc)
		md5_printf(digest, "%w:%s:%s:abc:auth:%w", ha1, sizeof(ha1),
			   nonce, nc, ha2, sizeof(ha2));
	else
		md5_printf(digest, "%w:%s:%w", ha1, sizeof(ha1), nonce, ha2,
			   sizeof(ha2));
	(void)re_snprintf(ret, size,
			  "Authorization: Digest username=\"alice\", "
			  "realm=\"center.test\", nonce=\"%s\", uri=\"%s\", "
			  "response=\"%w\"%s%s\r\n"
			  "Contact: <sip:alice@127.0.0.1:9>\r\n",
			  nonce, uri, digest, sizeof(digest),
			  nc ? ", cnonce=\"abc\", qop=auth, nc=" : "",
			  nc ? nc : "");
}

static void challenge(const char *method, const char *uri)
{
	send_new(method, uri, "");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
}

static bool used(const char *method, const char *uri, const char *said,
		 const char *nc, const char *answer)
{
	char more[1024];

	credentials(more, sizeof(more), method, said, nc);
	send_new(method, uri, more);
	return peer_expect(&peer, answer, WAIT_MS);
}

START_TEST(credentials__are_for_whom_they_name)
{
	static const struct {
		const char *method, *uri, *said, *answer;
	} cases[] = {
		{"INVITE", "sip:1000@center.test", "sip:1000@center.test",
		 "SIP/2.0 486"},
		/* Another way of writing the same. */
		{"INVITE", "sip:1000@center.test",
		 "sip:1%3000@center.test:5060;transport=udp", "SIP/2.0 486"},
		{"INVITE", "sip:1000@center.test", "sip:1000@127.0.0.1",
		 "SIP/2.0 486"},
		{"INVITE", "sip:1000@center.test", "sip:center.test",
		 "SIP/2.0 486"},
		{"REGISTER", "sip:center.test", "sip:alice@center.test",
		 "SIP/2.0 200"},
		/* A registrar has many names, and a phone says the same to
		 * both (Request-URI and credentials). */
		{"REGISTER", "sip:127.0.0.1:5060", "sip:127.0.0.1:5060",
		 "SIP/2.0 200"},
		{"REGISTER", "sip:pbx.test;lr", "sip:pbx.test;lr",
		 "SIP/2.0 200"},
		{"REGISTER", "sip:center.test", "sip:pbx.test", "SIP/2.0 200"},
		{"INVITE", "sip:1000@center.test:9;x",
		 "sip:1000@center.test:9;x", "SIP/2.0 486"},
		/* Whom they do not name. */
		{"INVITE", "sip:1001@center.test", "sip:1000@center.test",
		 "SIP/2.0 403"},
		{"INVITE", "sip:1001@center.test", "sip:1001@other.test",
		 "SIP/2.0 403"},
		{"INVITE", "sip:1001@center.test", "tel:1001", "SIP/2.0 403"},
		{"INVITE", "sip:1001@center.test", "", "SIP/2.0 403"},
		{"INVITE", "sip:1000@center.test", "sip:1000@other.test",
		 "SIP/2.0 403"},
		{"REGISTER", "sip:center.test", "tel:1", "SIP/2.0 403"},
		{"REGISTER", "sip:center.test", "", "SIP/2.0 403"},
	};
	size_t i;

	subject_answers(&subject, 486);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		challenge(cases[i].method, cases[i].uri);
		ck_assert_msg(used(cases[i].method, cases[i].uri,
				   cases[i].said, "00000001", cases[i].answer),
			      "case %zu: %s", i, peer.last);
	}
}
END_TEST

#define STALE "stale=true"

static bool stale(const char *nc)
{
	return used("REGISTER", "sip:center.test", "sip:center.test", nc,
		    "SIP/2.0 401") &&
	       strstr(peer.last, STALE);
}

static bool good(const char *nc)
{
	return used("REGISTER", "sip:center.test", "sip:center.test", nc,
		    "SIP/2.0 200");
}

START_TEST(credentials__serve_once)
{
	char nonce[128];

	challenge("REGISTER", "sip:center.test");
	ck_assert(good("00000001"));
	ck_assert(good("00000003"));
	ck_assert(good("0000000a"));
	/* Each refusal brings another nonce; go on with the first. */
	peer_cut(&peer, "nonce=\"", "\"", nonce, sizeof(nonce));
	challenge("REGISTER", "sip:center.test");
	ck_assert(good("00000001"));
	ck_assert(stale("00000001"));
	/* With the new one it goes on. */
	ck_assert(good("00000001"));
	ck_assert(stale("00000000"));
	/* Some count from nought. */
	ck_assert(good("00000000"));
	ck_assert(good("00000001"));
	ck_assert(stale("00000000"));
	ck_assert(good("ffffffff"));
	ck_assert(stale("ffffffff"));
	/* Without qop there is no count. */
	ck_assert(good(NULL));
	ck_assert(stale(NULL));
	ck_assert(good(NULL));
}
END_TEST

/* Two phones of one account, each with its own. */
START_TEST(counts__of_two_phones_are_their_own)
{
	char own[2][PEER_TEXT];
	unsigned i, k;

	for (i = 0; i < 2; i++) {
		challenge("REGISTER", "sip:center.test");
		strcpy(own[i], peer.last);
	}
	for (k = 1; k < 4; k++)
		for (i = 0; i < 2; i++) {
			char nc[16];

			snprintf(nc, sizeof(nc), "%08x", k);
			strcpy(peer.last, own[i]);
			ck_assert(good(nc));
			/* Overheard, and sent once more. */
			strcpy(peer.last, own[i]);
			ck_assert(stale(nc));
		}
}
END_TEST

/* As if so many nonces had been used that no more are remembered. */
static int do_fill_nonces(void *arg)
{
	(void)arg;
	subject.ua->nonces_now = USHER__SIP_NONCES;
	return 0;
}

START_TEST(forgotten_nonce__is_stale)
{
	char first[PEER_TEXT];

	challenge("REGISTER", "sip:center.test");
	strcpy(first, peer.last);
	ck_assert(good("00000001"));
	challenge("REGISTER", "sip:center.test");
	subject_call(&subject, do_fill_nonces, NULL);
	ck_assert(good("00000001"));
	ck_assert(good("00000002"));
	strcpy(peer.last, first);
	ck_assert(stale("00000002"));
}
END_TEST

START_TEST(count__must_be_one)
{
	static const char *const bad[] = {"x", "000000001", "-1", " "};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		challenge("REGISTER", "sip:center.test");
		ck_assert_msg(used("REGISTER", "sip:center.test",
				   "sip:center.test", bad[i], "SIP/2.0 403"),
			      "case %zu", i);
	}
}
END_TEST

static int do_count_nonces(void *arg)
{
	(void)arg;
	return (int)subject.ua->nonces_now;
}

/* Credentials with this name and password, the same ones twice. */
static void twice(const char *user, const char *password)
{
	char more[1024];
	unsigned i;

	peer_digest(&peer, "REGISTER", "sip:center.test", user, password, more,
		    sizeof(more));
	for (i = 0; i < 2; i++) {
		serial++;
		peer_send(&peer, subject.port,
			  "REGISTER sip:center.test SIP/2.0\r\n"
			  "Via: SIP/2.0/UDP 127.0.0.1:%u;"
			  "branch=z9hG4bKt%u;rport\r\n"
			  "From: <sip:%s@center.test>;tag=p\r\n"
			  "To: <sip:%s@center.test>\r\nCall-ID: t%u\r\n"
			  "CSeq: 1 REGISTER\r\n%s"
			  "Content-Length: 0\r\n\r\n",
			  peer.port, serial, user, user, serial, more);
		ck_assert_msg(peer_expect(&peer, "SIP/2.0 ", WAIT_MS), "%u",
			      i);
		ck_assert_msg(!strncmp(peer.last, "SIP/2.0 403", 11),
			      "%s, time %u: %s", user, i, peer.last);
	}
}

START_TEST(name__does_not_show_by_its_answers)
{
	challenge("REGISTER", "sip:center.test");
	twice("alice", "wrong");
	challenge("REGISTER", "sip:center.test");
	twice("nobody", "");
	challenge("REGISTER", "sip:center.test");
	twice("alice", "");
	/* And nobody has spent a place among the nonces. */
	ck_assert_int_eq(subject_call(&subject, do_count_nonces, NULL), 0);
}
END_TEST

START_TEST(nonces__differ)
{
	char a[128], b[128];

	challenge("REGISTER", "sip:center.test");
	peer_cut(&peer, "nonce=\"", "\"", a, sizeof(a));
	challenge("REGISTER", "sip:center.test");
	peer_cut(&peer, "nonce=\"", "\"", b, sizeof(b));
	ck_assert_str_ne(a, b);
}
END_TEST

/* An answer that is kept comes again as it was; one that is not kept is made
 * anew, with another tag. */
static bool is_kept(const char *method, const char *uri, const char *more)
{
	char first[PEER_TEXT], id[16];
	unsigned i;

	snprintf(id, sizeof(id), "k%u", ++serial);
	for (i = 0; i < 2; i++) {
		send_with(method, uri, id, 1, more);
		ck_assert_msg(peer_expect(&peer, "SIP/2.0 ", WAIT_MS), "%s",
			      method);
		if (!i)
			strcpy(first, peer.last);
	}
	return !strcmp(first, peer.last);
}

START_TEST(strangers__cost_no_memory)
{
	char more[1024];

	ck_assert(!is_kept("REGISTER", "sip:center.test", ""));
	ck_assert(!is_kept("INVITE", "sip:1@center.test", ""));
	ck_assert(!is_kept("INVITE", "sip:1@nowhere.test", ""));
	ck_assert(!is_kept("OPTIONS", "sip:center.test", ""));
	ck_assert(!is_kept("BYE", "sip:center.test", ""));
	ck_assert(!is_kept("MESSAGE", "sip:center.test", ""));
	ck_assert(!is_kept("OPTIONS", "sip:center.test", "Require: x\r\n"));
	ck_assert(!is_kept("OPTIONS", "sip:center.test",
			   "Call-ID: another\r\n"));
	/* Who is known is not heard twice. */
	challenge("REGISTER", "sip:center.test");
	credentials(more, sizeof(more), "REGISTER", "sip:center.test",
		    "00000001");
	ck_assert(is_kept("REGISTER", "sip:center.test", more));
	ck_assert_uint_eq(subject_counters(&subject).bindings_now, 1);
}
END_TEST

static int do_fill_kept(void *arg)
{
	(void)arg;
	subject.ua->kept.now = USHER__UA_MAX_TRANSACTIONS;
	return 0;
}

START_TEST(kept_answers__are_limited)
{
	char more[1024];

	/* The first one says what second it is. */
	challenge("REGISTER", "sip:center.test");
	ck_assert(good("00000001"));
	subject_call(&subject, do_fill_kept, NULL);
	challenge("REGISTER", "sip:center.test");
	credentials(more, sizeof(more), "REGISTER", "sip:center.test",
		    "00000001");
	ck_assert(!is_kept("REGISTER", "sip:center.test", more));
	ck_assert_ptr_nonnull(strstr(peer.last, STALE));
}
END_TEST

START_TEST(lines__are_limited)
{
	unsigned i, n = 500;

	for (i = 0; i < n; i++)
		peer_send(&peer, subject.port, "rubbish %u", i);
	send_new("OPTIONS", "sip:center.test", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	ck_assert_uint_gt(subject_counters(&subject).malformed, 20);
	ck_assert_uint_eq(subject.log_count, 5);
	/* Another kind has its own. */
	send_new("BYE", "sip:center.test", "");
	ck_assert(peer_expect(&peer, "SIP/2.0 481", WAIT_MS));
	subject_sync(&subject);
	ck_assert_uint_eq(subject.log_count, 6);
	ck_assert_str_eq(subject.log, "refused 481: no such call (BYE)");
	ck_assert_uint_eq(subject_counters(&subject).unexpected, 1);
}
END_TEST

static void bind_at(const char *id, unsigned cseq, const char *contacts,
		    const char *answer)
{
	char more[2048];

	challenge("REGISTER", "sip:center.test");
	peer_digest(&peer, "REGISTER", "sip:center.test", "alice", "secret",
		    more, 1024);
	snprintf(more + strlen(more), sizeof(more) - strlen(more), "%s",
		 contacts);
	send_with("REGISTER", "sip:center.test", id, cseq, more);
	ck_assert_msg(peer_expect(&peer, answer, WAIT_MS), "%s", peer.last);
}

static bool has(const char *user)
{
	char text[64];

	snprintf(text, sizeof(text), "Contact: <sip:%s@", user);
	return strstr(peer.last, text) != NULL;
}

START_TEST(ninth_contact__takes_the_oldest_place)
{
	char more[128], id[16];
	int i;

	for (i = 0; i < USHER__UA_MAX_ACCOUNT_BINDINGS; i++) {
		snprintf(more, sizeof(more),
			 "Contact: <sip:a%d@127.0.0.1>\r\n", i);
		snprintf(id, sizeof(id), "id%d", i);
		bind_at(id, 1, more, "SIP/2.0 200");
	}
	/* The first one is refreshed, so the second is the oldest. */
	bind_at("id0", 2, "Contact: <sip:a0@127.0.0.1>\r\n", "SIP/2.0 200");
	bind_at("new", 1, "Contact: <sip:b@127.0.0.1>\r\n", "SIP/2.0 200");
	ck_assert(has("b") && has("a0") && has("a2") && !has("a1"));
	/* Of the same Call-ID before an older one. */
	bind_at("id5", 2, "Contact: <sip:c@127.0.0.1>\r\n", "SIP/2.0 200");
	ck_assert(has("c") && has("a2") && !has("a5"));
	/* Two in one request are both meant. */
	bind_at("two", 1,
		"Contact: <sip:d@127.0.0.1>\r\nContact: <sip:e@127.0.0.1>\r\n",
		"SIP/2.0 200");
	ck_assert(has("d") && has("e") && !has("a2") && !has("a3"));
	subject_sync(&subject);
	ck_assert_uint_eq(subject_counters(&subject).bindings_now,
			  USHER__UA_MAX_ACCOUNT_BINDINGS);
	ck_assert_uint_eq(subject_counters(&subject).over_limit, 0);
}
END_TEST

START_TEST(same_phone__replaces_its_contact)
{
	static const char flow[] =
		"Contact: <sip:%s@127.0.0.1>;+sip.instance=\"<urn:x:%d>\"%s"
		"\r\n";
	char more[512];

	snprintf(more, sizeof(more), flow, "a", 1, "");
	bind_at("i1", 1, more, "SIP/2.0 200");
	snprintf(more, sizeof(more), flow, "b", 2, "");
	bind_at("i2", 1, more, "SIP/2.0 200");
	snprintf(more, sizeof(more), flow, "c", 1, "");
	bind_at("i3", 1, more, "SIP/2.0 200");
	ck_assert(has("c") && has("b") && !has("a"));
	/* Another flow of the same phone is not the same. */
	snprintf(more, sizeof(more), flow, "d", 1, ";reg-id=2");
	bind_at("i4", 1, more, "SIP/2.0 200");
	ck_assert(has("c") && has("d"));
	/* Two in one request are both meant. */
	snprintf(more, sizeof(more), flow, "e", 2, "");
	snprintf(more + strlen(more), sizeof(more) - strlen(more), flow, "f",
		 2, "");
	bind_at("i5", 1, more, "SIP/2.0 200");
	ck_assert(has("e") && has("f") && !has("b"));
}
END_TEST

/* RFC 4475, 3.3.12 to 3.3.14. */
START_TEST(contact__is_kept_and_called_by_its_uri)
{
	static const struct {
		const char *contact, *kept, *called;
	} cases[] = {
		{"sip:a@127.0.0.1;unknownparam", "<sip:a@127.0.0.1>;",
		 "sip:a@127.0.0.1"},
		{"<sip:a@127.0.0.1;unknownparam>",
		 "<sip:a@127.0.0.1;unknownparam>;",
		 "sip:a@127.0.0.1;unknownparam"},
		/* A Request-URI has no headers (RFC 3261, 19.1.1). */
		{"<sip:a@127.0.0.1?Route=%3Csip:x.test%3E>",
		 "<sip:a@127.0.0.1?Route=%3Csip:x.test%3E>;",
		 "sip:a@127.0.0.1"},
		{"<sip:a?b@127.0.0.1>", "<sip:a?b@127.0.0.1>;",
		 "sip:a?b@127.0.0.1"},
		{"<sip:%00@127.0.0.1>", "<sip:%00@127.0.0.1>;",
		 "sip:%00@127.0.0.1"},
		{"<sip:%00%00@127.0.0.1>", "<sip:%00%00@127.0.0.1>;",
		 "sip:%00%00@127.0.0.1"},
	};
	char more[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(more, sizeof(more), "Contact: %s\r\n",
			 cases[i].contact);
		bind_at("uri", (int)i + 1, more, "SIP/2.0 200");
		ck_assert_ptr_nonnull(strstr(peer.last, cases[i].kept));
		subject_sync(&subject);
		ck_assert_str_eq(subject.contact, cases[i].called);
	}
}
END_TEST

/* RFC 3261, 10.2.1.1: what is no number of seconds is not zero. */
START_TEST(expires__does_not_wrap)
{
	static const struct {
		const char *expires;
		unsigned granted;
	} cases[] = {
		{"60", 60},
		{"100000", USHER__UA_GRANT_EXPIRES_S},
		{"4294967295", USHER__UA_GRANT_EXPIRES_S},
		{"4294967296", USHER__UA_GRANT_EXPIRES_S},
		{"280297596632815", USHER__UA_GRANT_EXPIRES_S},
		{"-5", USHER__UA_GRANT_EXPIRES_S},
		{"x", USHER__UA_GRANT_EXPIRES_S},
	};
	char more[128], want[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(more, sizeof(more),
			 "Contact: <sip:a@127.0.0.1>;expires=%s\r\n",
			 cases[i].expires);
		bind_at("wrap", (int)i + 1, more, "SIP/2.0 200");
		snprintf(want, sizeof(want), ";expires=%u\r\n",
			 cases[i].granted);
		ck_assert_msg(strstr(peer.last, want), "%s: %s",
			      cases[i].expires, peer.last);
	}
}
END_TEST

START_TEST(contact__cannot_carry_a_header)
{
	static const char *const bad[] = {
		"Contact: <sip:alice@127.0.0.1;x=1\r\n X-Evil: 1>\r\n",
		"Contact: <sip:alice@127.0.0.1;x=\t1>\r\n",
		"Contact: <sip:ali\rce@127.0.0.1>\r\n",
		"Contact: <sip:alice@127.0.0.1;x=\x01>\r\n",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		send_new("REGISTER", "sip:center.test", bad[i]);
		ck_assert_msg(peer_expect(&peer, "SIP/2.0 400", WAIT_MS),
			      "case %zu", i);
	}
	ck_assert_uint_eq(subject.binding_count, 0);
	ck_assert_uint_eq(subject_counters(&subject).malformed, 4);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_account");
	TCase *tc = tcase_create("sip_account");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, credentials__are_for_whom_they_name);
	tcase_add_test(tc, credentials__serve_once);
	tcase_add_test(tc, counts__of_two_phones_are_their_own);
	tcase_add_test(tc, forgotten_nonce__is_stale);
	tcase_add_test(tc, kept_answers__are_limited);
	tcase_add_test(tc, count__must_be_one);
	tcase_add_test(tc, name__does_not_show_by_its_answers);
	tcase_add_test(tc, nonces__differ);
	tcase_add_test(tc, strangers__cost_no_memory);
	tcase_add_test(tc, lines__are_limited);
	tcase_add_test(tc, ninth_contact__takes_the_oldest_place);
	tcase_add_test(tc, contact__is_kept_and_called_by_its_uri);
	tcase_add_test(tc, expires__does_not_wrap);
	tcase_add_test(tc, same_phone__replaces_its_contact);
	tcase_add_test(tc, contact__cannot_carry_a_header);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
