/* Passwords and keys are wiped where their memory is given back. */
#include <strings.h>

#include "legpeer.h"

#define PASSWORD "one-secret-of-many"

void __real_explicit_bzero(void *p, size_t n);
void __wrap_explicit_bzero(void *p, size_t n);

/* On the loop's thread. */
static uint8_t key[USHER__SRTP_KEY];
static unsigned passwords, keys;

void __wrap_explicit_bzero(void *p, size_t n)
{
	passwords += memmem(p, n, PASSWORD, sizeof(PASSWORD) - 1) != NULL;
	keys += memmem(p, n, key, sizeof(key)) != NULL;
	__real_explicit_bzero(p, n);
}

static void setup(void)
{
	memset(key, 'k', sizeof(key));
	passwords = keys = 0;
	subject_start(&subject, true);
	peer_open(&peer);
}

static void teardown(void)
{
	peer_close(&peer);
	subject_stop(&subject);
}

static int do_wiped(void *arg)
{
	const unsigned *count = arg;

	return (int)*count;
}

START_TEST(secret__is_wiped_by_the_last_who_has_it)
{
	char *text = NULL, *same;

	passwords = 0;
	ck_assert_int_eq(str_dup(&text, PASSWORD), 0);
	same = mem_ref(text);
	ck_assert_ptr_null(usher__secret_free(text));
	ck_assert_str_eq(same, PASSWORD);
	ck_assert_uint_eq(passwords, 0);
	ck_assert_ptr_null(usher__secret_free(same));
	ck_assert_uint_eq(passwords, 1);
	ck_assert_ptr_null(usher__secret_free(NULL));
}
END_TEST

static int do_trunk(void *arg)
{
	struct usher__trunk_opts opts = {.name = "provider",
					 .domain = "center.test",
					 .host = "127.0.0.1",
					 .port = peer.port,
					 .user = "usher",
					 .password = PASSWORD};
	uint32_t id;
	int err = usher__ua_trunk_add(subject.ua, &opts, &id, NULL);

	(void)arg;
	return err ? err : usher__ua_trunk_remove(subject.ua, id);
}

static int do_register(void *arg)
{
	struct usher__register_opts opts = {.registrar = "sip:127.0.0.1:9",
					    .user = "a"};
	uint32_t id;
	int err;

	(void)arg;
	opts.password = PASSWORD;
	err = usher__ua_register(subject.ua, &opts, &id, NULL);
	return err ? err : usher__ua_unregister(subject.ua, id);
}

START_TEST(trunks_and_registrations__are_wiped)
{
	ck_assert_int_eq(subject_call(&subject, do_trunk, NULL), 0);
	ck_assert_int_eq(subject_call(&subject, do_wiped, &passwords), 1);
	ck_assert_int_eq(subject_call(&subject, do_register, NULL), 0);
	ck_assert_int_eq(subject_call(&subject, do_wiped, &passwords), 2);
}
END_TEST

static int do_secret_call(void *arg)
{
	struct usher__call_opts opts = {.auth_user = "a",
					.auth_password = PASSWORD};
	char uri[64];

	(void)arg;
	subject.ua->srtp = USHER__SRTP_OFFER;
	snprintf(uri, sizeof(uri), "sip:p@127.0.0.1:%u", peer.port);
	opts.uri = uri;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

static int do_take_key(void *arg)
{
	const struct usher__leg *leg =
		usher__leg_find(subject.ua, subject.leg);

	(void)arg;
	memcpy(key, leg->srtp.key.bytes, sizeof(key));
	keys = passwords = 0;
	return 0;
}

/* What answers a challenge has the password, too; else it is libre's. */
#ifdef USHER_LIBRE_PRIVATE
enum { REALMS = 1 };
#else
enum { REALMS = 0 };
#endif

START_TEST(legs_and_realms__are_wiped)
{
	unsigned cseq;

	outbound(do_secret_call, NULL);
	peer_answer("401 Who", "INVITE", invite_cseq,
		    "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n",
		    "");
	cseq = peer_expect_ours("INVITE");
	subject_call(&subject, do_take_key, NULL);
	peer_answer("486 Busy", "INVITE", cseq, "", "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	ck_assert_int_eq(subject_call(&subject, do_wiped, &passwords),
			 1 + REALMS);
	ck_assert_int_eq(subject_call(&subject, do_wiped, &keys), 1);
}
END_TEST

static int do_secret_offer(void *arg)
{
	(void)arg;
	subject.ua->srtp = USHER__SRTP_OFFER;
	return do_call(NULL);
}

/* The peer's: where it was read, and what one branch has answered. */
START_TEST(branches_and_descriptions__are_wiped)
{
	char text[512], via[128];
	unsigned cseq;

	memcpy(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcd", sizeof(key));
	outbound(do_secret_offer, NULL);
	strcpy(via, our_via);
	snprintf(text, sizeof(text),
		 "%sa=crypto:1 AES_CM_128_HMAC_SHA1_80 "
		 "inline:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk\r\n",
		 sdp);
	peer_answer("183 Progress", "INVITE", invite_cseq,
		    "Require: 100rel\r\nRSeq: 1\r\n", text);
	cseq = peer_expect_ours("PRACK");
	peer_answer("200 OK", "PRACK", cseq, "", "");
	ck_assert_int_eq(state(), USHER__LEG_PROCEEDING);
	/* The line, all that was read, and what the leg took of it. */
	ck_assert_int_eq(subject_call(&subject, do_wiped, &keys), 3);
	strcpy(our_via, via);
	peer_answer("486 Busy", "INVITE", invite_cseq, "", "");
	ck_assert_int_eq(state(), USHER__LEG_ENDED_STATE);
	/* The branch's, and the leg's. */
	ck_assert_int_eq(subject_call(&subject, do_wiped, &keys), 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_secret");
	TCase *tc = tcase_create("secret");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, secret__is_wiped_by_the_last_who_has_it);
	tcase_add_test(tc, trunks_and_registrations__are_wiped);
	tcase_add_test(tc, legs_and_realms__are_wiped);
	tcase_add_test(tc, branches_and_descriptions__are_wiped);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
