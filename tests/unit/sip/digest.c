/* Digests of two kinds: their text and hashes, what we ask and what we
 * answer. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sip/digest.h>
#include <sip/impl.h>

#include "peer.h"

enum { WAIT_MS = 10000 };

/* ---- text and hashes ---- */

static int decode(struct usher__digest *ret, const char *text)
{
	struct pl pl;

	pl_set_str(&pl, text);
	return usher__digest_decode(ret, &pl);
}

/* The example of RFC 7616, 3.9.1. */
#define MUFASA                                                                \
	"Digest username=\"Mufasa\", realm=\"http-auth@example.org\", "       \
	"uri=\"/dir/index.html\", "                                           \
	"nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "            \
	"nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGem"       \
	"xURZJ\", qop=auth, response=\"x\", "                                 \
	"opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""

START_TEST(example_of_the_rfc__is_met)
{
	static const struct {
		const char *algorithm, *response;
	} cases[] = {
		{"MD5", "8ca523f5e9506fed4657c9700eebdbec"},
		{"sha-256",
		 "753927fa0e85d155564e2e272a28d1802ca10daf4496794697"
		 "cf8db5856cb6c1"},
	};
	char text[1024], response[USHER__HASH_HEX + 1];
	struct usher__digest digest;
	struct pl method = {"GET", 3};
	enum usher__hash hash;
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), MUFASA ", algorithm=%s",
			 cases[i].algorithm);
		ck_assert_int_eq(decode(&digest, text), 0);
		ck_assert(usher__hash_find(&digest.algorithm, &hash));
		ck_assert_int_eq(usher__digest_response(response, hash,
							&digest, &method,
							"Circle of Life"),
				 0);
		ck_assert_str_eq(response, cases[i].response);
		ck_assert_uint_eq(usher__hash_hex_len(hash), strlen(response));
	}
}
END_TEST

START_TEST(text__is_read)
{
	struct usher__digest digest;

	ck_assert_int_eq(
		decode(&digest,
		       "digest\tREALM = \"a, \\\"b\\\"=c\" ,, nonce=x"
		       " uri=sip:a;b=c,other=\"d\",other=e,stale=\"\""),
		0);
	ck_assert(!pl_strcmp(&digest.realm, "a, \\\"b\\\"=c"));
	ck_assert(!pl_strcmp(&digest.nonce, "x"));
	ck_assert(!pl_strcmp(&digest.uri, "sip:a;b=c"));
	ck_assert(digest.stale.p && !digest.stale.l);
	ck_assert_ptr_null(digest.username.p);
}
END_TEST

START_TEST(bad_text__is_refused)
{
	static const char *const bad[] = {
		"",
		"Digest",
		"Basic realm=\"a\"",
		"Digestrealm=\"a\"",
		"Digest realm",
		"Digest realm=\"a",
		"Digest realm=\"a\\\"",
		"Digest =a",
		"Digest realm=\"a\", Digest realm=\"b\"",
		"Digest realm=\"a\", nonce=b, Realm=\"c\"",
	};
	struct usher__digest digest;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(decode(&digest, bad[i]) == EBADMSG, "%s",
			      bad[i]);
}
END_TEST

START_TEST(algorithm__is_one_that_we_speak)
{
	static const char *const other[] = {"MD5-sess", "SHA-256-sess", "SHA",
					    "SHA-512-256", "MD5 "};
	enum usher__hash hash = USHER__HASH_SHA256;
	struct pl pl = PL_INIT;
	size_t i;

	ck_assert(usher__hash_find(&pl, &hash));
	ck_assert_int_eq(hash, USHER__HASH_MD5);
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		pl_set_str(&pl, other[i]);
		ck_assert_msg(!usher__hash_find(&pl, &hash), "%s", other[i]);
	}
}
END_TEST

/* ---- asked by us ---- */

static struct subject subject;
static struct peer peer;
static unsigned serial;

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

#define REGISTRAR "sip:center.test"

static void send_register(const char *more)
{
	serial++;
	peer_send(&peer, subject.port,
		  "REGISTER " REGISTRAR " SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%u;rport\r\n"
		  "From: <sip:alice@center.test>;tag=p\r\n"
		  "To: <sip:alice@center.test>\r\nCall-ID: d%u\r\n"
		  "CSeq: 1 REGISTER\r\nMax-Forwards: 70\r\n%s"
		  "Contact: <sip:alice@127.0.0.1:9>\r\n"
		  "Content-Length: 0\r\n\r\n",
		  peer.port, serial, serial, more);
}

/* The response in what came last, or of our own making. */
static void respond(char ret[USHER__HASH_HEX + 1], const char *nonce,
		    const char *algorithm, const char *nc, const char *uri,
		    const char *realm)
{
	struct usher__digest digest;
	struct pl method = {"REGISTER", 8}, pl;
	enum usher__hash hash;

	memset(&digest, 0, sizeof(digest));
	pl_set_str(&digest.username, "alice");
	pl_set_str(&digest.realm, realm);
	pl_set_str(&digest.nonce, nonce);
	pl_set_str(&digest.uri, uri);
	pl_set_str(&digest.qop, "auth");
	pl_set_str(&digest.cnonce, "abc");
	pl_set_str(&digest.nc, nc);
	pl_set_str(&pl, algorithm);
	ck_assert(usher__hash_find(&pl, &hash));
	ck_assert_int_eq(
		usher__digest_response(ret, hash, &digest, &method, "secret"),
		0);
}

static void use(const char *nonce, const char *algorithm, const char *said,
		const char *nc)
{
	char more[1024], response[USHER__HASH_HEX + 1];

	respond(response, nonce, algorithm, nc, REGISTRAR, "center.test");
	snprintf(more, sizeof(more),
		 "Authorization: Digest username=\"alice\", "
		 "realm=\"center.test\", nonce=\"%s\", uri=\"" REGISTRAR "\", "
		 "response=\"%s\", algorithm=%s, qop=auth, cnonce=\"abc\", "
		 "nc=%s\r\n",
		 nonce, response, said, nc);
	send_register(more);
}

static void challenged(char nonce[128])
{
	send_register("");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	peer_cut(&peer, "nonce=\"", "\"", nonce, 128);
}

START_TEST(both__are_offered_the_stronger_first)
{
	const char *md5, *sha;
	char nonce[128];

	challenged(nonce);
	sha = strstr(peer.last, "algorithm=SHA-256, qop=\"auth\"\r\n");
	md5 = strstr(peer.last, "algorithm=MD5, qop=\"auth\"\r\n");
	ck_assert(sha && md5 && sha < md5);
	ck_assert_ptr_null(strstr(peer.last, "auth-int"));
}
END_TEST

START_TEST(either__is_taken)
{
	char nonce[128];

	challenged(nonce);
	use(nonce, "SHA-256", "SHA-256", "00000001");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	use(nonce, "MD5", "md5", "00000002");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	/* What was used was used, whatever the algorithm. */
	use(nonce, "SHA-256", "SHA-256", "00000002");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(peer.last, "stale=true"));
}
END_TEST

START_TEST(one_said_to_be_the_other__is_refused)
{
	char nonce[128];

	challenged(nonce);
	use(nonce, "MD5", "SHA-256", "00000001"); /* its length is wrong */
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	challenged(nonce);
	use(nonce, "SHA-256", "SHA-256-sess", "00000001");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	use("0", "SHA-256", "SHA-256", "00000001");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
}
END_TEST

START_TEST(programs_that_give_up__are_asked_for_md5)
{
	static const struct {
		const char *agent;
		bool both;
	} cases[] = {
		{"baresip v1.0.0 (x86_64/linux)", false},
		{"baresip v2.0.1 (x86_64/linux)", false},
		{"baresip v3.11.0", false},
		{"baresip v3.12.0", true},
		{"baresip v4.0.0", true},
		{"Linphone/5.1 baresip v1.0", true},
	};
	char more[128];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(more, sizeof(more), "User-Agent: %s\r\n",
			 cases[i].agent);
		send_register(more);
		ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
		ck_assert_ptr_nonnull(strstr(peer.last, "algorithm=MD5"));
		ck_assert_msg((strstr(peer.last, "SHA-256") != NULL) ==
				      cases[i].both,
			      "%s", cases[i].agent);
	}
}
END_TEST

static int do_offer_only(void *arg)
{
	subject.ua->digests = (uint8_t)(1u << *(enum usher__hash *)arg);
	return 0;
}

START_TEST(one_alone__can_be_chosen)
{
	enum usher__hash hash = USHER__HASH_SHA256;
	char nonce[128];

	subject_call(&subject, do_offer_only, &hash);
	challenged(nonce);
	ck_assert_ptr_null(strstr(peer.last, "MD5"));
	use(nonce, "MD5", "MD5", "00000001");
	ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	use(nonce, "SHA-256", "SHA-256", "00000001");
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	hash = USHER__HASH_MD5;
	subject_call(&subject, do_offer_only, &hash);
	challenged(nonce);
	ck_assert_ptr_null(strstr(peer.last, "SHA"));
}
END_TEST

/* ---- asked by others ---- */

static int do_register(void *arg)
{
	struct usher__register_opts opts = {.user = "alice",
					    .password = "secret"};
	char registrar[64];
	uint32_t id;

	(void)arg;
	snprintf(registrar, sizeof(registrar), "sip:127.0.0.1:%u", peer.port);
	opts.registrar = registrar;
	opts.domain = "provider.test";
	return usher__ua_register(subject.ua, &opts, &id, NULL);
}

static void answer(const char *status, const char *more)
{
	char via[256], call_id[128], cseq[64], from[256];

	peer_cut(&peer, "\r\nVia: ", "\r", via, sizeof(via));
	peer_cut(&peer, "\r\nCall-ID: ", "\r", call_id, sizeof(call_id));
	peer_cut(&peer, "\r\nCSeq: ", "\r", cseq, sizeof(cseq));
	peer_cut(&peer, "\r\nFrom: ", "\r", from, sizeof(from));
	peer_send(&peer, subject.port,
		  "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\n"
		  "To: <sip:alice@provider.test>;tag=r\r\nCall-ID: %s\r\n"
		  "CSeq: %s\r\n%sContent-Length: 0\r\n\r\n",
		  status, via, from, call_id, cseq, more);
}

/* Else libre answers: MD5 alone, whose name it does not say. */
#ifdef USHER_LIBRE_PRIVATE
enum { ANSWERS = 1 };
#else
enum { ANSWERS = 0 };
#endif

#define CHALLENGE(header, algorithm, more)                                    \
	header ": Digest realm=\"provider.test\", nonce=\"n\", "              \
	       "algorithm=" algorithm ", " more "\r\n"

/* What comes after these challenges: its algorithm, or "" if it gives up. */
static void asks_again(const char *challenges, char algorithm[32])
{
	char response[128], want[USHER__HASH_HEX + 1], cnonce[64], uri[128];

	*algorithm = '\0';
	answer("401 Unauthorized", challenges);
	if (!peer_expect(&peer, "REGISTER ", 1000))
		return;
	ck_assert_ptr_nonnull(strstr(peer.last, "uthorization: Digest"));
	peer_cut(&peer, "algorithm=", ",\r", algorithm, 32);
	peer_cut(&peer, "response=\"", "\"", response, sizeof(response));
	peer_cut(&peer, "cnonce=\"", "\"", cnonce, sizeof(cnonce));
	peer_cut(&peer, "uri=\"", "\"", uri, sizeof(uri));
	ck_assert_uint_eq(strlen(cnonce), 16);
	respond(want, "n", algorithm, "00000001", uri, "provider.test");
	/* The count of theirs is their own. */
	ck_assert_uint_eq(strlen(want), strlen(response));
	ck_assert_ptr_nonnull(strstr(peer.last, "nc=00000001"));
}

START_TEST(the_stronger__is_answered)
{
	static const struct {
		const char *challenges, *algorithm;
	} cases[] = {
		{CHALLENGE("WWW-Authenticate", "MD5", "qop=\"auth\""), "MD5"},
		{CHALLENGE("WWW-Authenticate", "SHA-256", "qop=\"auth\"")
			 CHALLENGE("WWW-Authenticate", "MD5", "qop=\"auth\""),
		 "SHA-256"},
		{CHALLENGE("WWW-Authenticate", "MD5", "qop=\"auth\"")
			 CHALLENGE("WWW-Authenticate", "SHA-256",
				   "qop=\"auth-int,auth\""),
		 "SHA-256"},
		{CHALLENGE("WWW-Authenticate", "SHA-512-256", "qop=\"auth\"")
			 CHALLENGE("Proxy-Authenticate", "MD5",
				   "qop=\"auth\""),
		 "MD5"},
		{CHALLENGE("WWW-Authenticate", "SHA-256", "qop=\"auth-int\"")
			 CHALLENGE("WWW-Authenticate", "MD5", "qop=\"auth\""),
		 "MD5"},
		{CHALLENGE("WWW-Authenticate", "SHA-512-256", "qop=\"auth\""),
		 ""},
		{CHALLENGE("WWW-Authenticate", "MD5", "qop=\"auth-int\""), ""},
		/* Folded, it would be more than one line of ours. */
		{"WWW-Authenticate: Digest realm=\"a\r\n b\", nonce=n\r\n",
		 ""},
		{"WWW-Authenticate: Basic realm=\"provider.test\"\r\n", ""},
	};
	char algorithm[32];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(subject_call(&subject, do_register, NULL), 0);
		ck_assert(peer_expect(&peer, "REGISTER ", WAIT_MS));
		asks_again(cases[i].challenges, algorithm);
		ck_assert_msg(!strcmp(algorithm, cases[i].algorithm),
			      "case %zu: '%s'", i, algorithm);
		answer("200 OK", "");
	}
}
END_TEST

START_TEST(wrong_password__is_not_sent_again)
{
	char algorithm[32];

	ck_assert_int_eq(subject_call(&subject, do_register, NULL), 0);
	ck_assert(peer_expect(&peer, "REGISTER ", WAIT_MS));
	asks_again(CHALLENGE("WWW-Authenticate", "SHA-256", "qop=\"auth\""),
		   algorithm);
	/* The nonce was stale: once more. */
	asks_again(CHALLENGE("WWW-Authenticate", "SHA-256",
			     "qop=\"auth\", stale=TRUE"),
		   algorithm);
	ck_assert_str_eq(algorithm, "SHA-256");
	asks_again(CHALLENGE("WWW-Authenticate", "SHA-256", "qop=\"auth\""),
		   algorithm);
	ck_assert_str_eq(algorithm, "");
	subject_sync(&subject);
	ck_assert_uint_eq(subject.registration_status, 401);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_digest");
	TCase *tc = tcase_create("text"), *ua = tcase_create("ua");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, example_of_the_rfc__is_met);
	tcase_add_test(tc, text__is_read);
	tcase_add_test(tc, bad_text__is_refused);
	tcase_add_test(tc, algorithm__is_one_that_we_speak);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(ua, setup, teardown);
	tcase_set_timeout(ua, 30);
	tcase_add_test(ua, both__are_offered_the_stronger_first);
	tcase_add_test(ua, either__is_taken);
	tcase_add_test(ua, one_said_to_be_the_other__is_refused);
	tcase_add_test(ua, programs_that_give_up__are_asked_for_md5);
	tcase_add_test(ua, one_alone__can_be_chosen);
	tcase_add_loop_test(ua, the_stronger__is_answered, 0, ANSWERS);
	tcase_add_loop_test(ua, wrong_password__is_not_sent_again, 0, ANSWERS);
	suite_add_tcase(suite, ua);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
