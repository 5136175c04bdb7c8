/* A provider that is known by our registration there alone is no stranger. */
#include "legpeer.h"

enum { RATE = 5, FAILURES = 5 };

static struct peer other;
static char line[32];

static void setup(void)
{
	static const struct usher__limits limits = {.allow = "",
						    .stranger_requests = RATE,
						    .stranger_calls = RATE,
						    .failures = FAILURES,
						    .ban_s = 3600};

	subject_start_limited(&subject, &limits);
	peer_open_at(&peer, "127.0.0.2");
	peer_open_at(&other, "127.0.0.3");
}

static void teardown(void)
{
	peer_close(&other);
	peer_close(&peer);
	subject_stop(&subject);
}

static int do_register(void *arg)
{
	struct usher__trunk_opts opts = {.name = "provider",
					 .domain = "center.test",
					 .host = "127.0.0.2",
					 .port = peer.port,
					 .user = "usher",
					 .reg = true};
	uint32_t id;
	int err = usher__ua_trunk_add(subject.ua, &opts, &id, NULL);

	(void)arg;
	if (!err)
		usher__ua_trunk_start(subject.ua, id);
	return err;
}

static int do_status(void *arg)
{
	(void)arg;
	return subject.registration_status;
}

static void enroll(void)
{
	char via[128], from[128], to[128], id[128], cseq[64];

	ck_assert_int_eq(subject_call(&subject, do_register, NULL), 0);
	ck_assert(peer_expect(&peer, "REGISTER ", WAIT_MS));
	peer_cut(&peer, ";line=", ">", line, sizeof(line));
	peer_cut(&peer, "\r\nVia: ", "\r", via, sizeof(via));
	peer_cut(&peer, "\r\nFrom: ", "\r", from, sizeof(from));
	peer_cut(&peer, "\r\nTo: ", "\r", to, sizeof(to));
	peer_cut(&peer, "\r\nCall-ID: ", "\r", id, sizeof(id));
	peer_cut(&peer, "\r\nCSeq: ", "\r", cseq, sizeof(cseq));
	peer_send(&peer, subject.port,
		  "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=r\r\n"
		  "Call-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
		  via, from, to, id, cseq);
	while (subject_call(&subject, do_status, NULL) != 200)
		subject_sync(&subject);
}

/* Of a call that is refused. */
static void invite_by(struct peer *from, const char *params)
{
	static unsigned n;

	n++;
	peer_send(from, subject.port,
		  "INVITE sip:usher@127.0.0.1%s SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKl%u;rport\r\n"
		  "From: <sip:+36@provider.test>;tag=i\r\n"
		  "To: <sip:3611@provider.test>\r\nCall-ID: l%u\r\n"
		  "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
		  "Contact: <sip:x@127.0.0.1:%u>\r\n"
		  "Content-Length: 0\r\n\r\n",
		  params, from->port, n, n, from->port);
}

static uint64_t counted(void)
{
	struct usher__ua_counters n = subject_counters(&subject);

	return n.malformed + n.banned;
}

static bool is_banned(struct peer *from)
{
	uint64_t all = counted() + 2 * FAILURES;
	unsigned i;

	for (i = 0; i < 2 * FAILURES; i++)
		peer_send(from, subject.port,
			  "OPTIONS sip:x@center.test SIP/2.0\r\n"
			  "Via: SIP/2.0/UDP x;branch=z9hG4bKm;rport\r\n"
			  "From: <sip:x@center.test>;tag=p\r\n"
			  "To: <sip:x@y>\r\nCall-ID: m\r\n"
			  "CSeq: x OPTIONS\r\n\r\n");
	while (counted() < all)
		usleep(SETTLE_US);
	return subject_counters(&subject).bans > 0;
}

START_TEST(registrar__that_has_answered_is_not_banned)
{
	enroll();
	ck_assert(!is_banned(&peer));
	ck_assert(is_banned(&other));
}
END_TEST

START_TEST(line__makes_a_trunk_of_who_knows_it)
{
	char params[64];
	unsigned i;

	enroll();
	subject_answers(&subject, 486);
	snprintf(params, sizeof(params), ";line=%s", line);
	for (i = 0; i < 10 * RATE; i++) {
		invite_by(&other, params);
		ck_assert_msg(peer_expect(&other, "SIP/2.0 486", WAIT_MS),
			      "%u", i);
	}
	ck_assert(!is_banned(&other));
	ck_assert_uint_eq(subject_counters(&subject).limited, 0);
}
END_TEST

START_TEST(wrong_line__makes_nothing)
{
	unsigned i, answered = 0;

	enroll();
	for (i = 0; i < 4 * RATE; i++)
		invite_by(&other, ";line=0123456789abcdef");
	while (peer_expect(&other, "SIP/2.0 403", 100))
		answered++;
	ck_assert_uint_lt(answered, 4 * RATE);
	ck_assert(is_banned(&other));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_line");
	TCase *tc = tcase_create("line");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, registrar__that_has_answered_is_not_banned);
	tcase_add_test(tc, line__makes_a_trunk_of_who_knows_it);
	tcase_add_test(tc, wrong_line__makes_nothing);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
