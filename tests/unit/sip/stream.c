/* What comes in pieces over TCP, and from whom. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sip/cut.h>
#include <sip/limit.h>

#include "peer.h"

enum { WAIT_MS = 10000, RATE = 5, BURST = RATE * USHER__SOURCE_BURST_S };

#define FIRST "OPTIONS sip:x@center.test SIP/2.0\r\n"
#define HEADERS                                                               \
	FIRST "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1;rport\r\n"        \
	      "From: <sip:a@b.test>;tag=1\r\nTo: <sip:x@center.test>\r\n"     \
	      "Call-ID: t\r\nCSeq: 1 OPTIONS\r\n"

static struct usher__cut cut;
static struct mbuf *mb;

static void setup_cut(void)
{
	memset(&cut, 0, sizeof(cut));
	mb = mbuf_alloc(64);
}

static void teardown_cut(void)
{
	mem_deref(mb);
}

/* One byte more of what is not whole; gives how much is. */
static int feed(char c, size_t *whole)
{
	bool heard = false;

	mb->pos = mb->end;
	ck_assert_int_eq(mbuf_write_u8(mb, (uint8_t)c), 0);
	mb->pos = 0;
	return usher__cut_messages(&cut, mb, whole, &heard);
}

START_TEST(drips__are_looked_at_once)
{
	static const char text[] = HEADERS "Content-Length: 40\r\n\r\n";
	size_t i, whole, head = sizeof(text) - 1;

	for (i = 0; i < head - 1; i++) {
		ck_assert_int_eq(feed(text[i], &whole), 0);
		ck_assert_uint_eq(whole, 0);
		/* Nothing that came is looked at again … */
		ck_assert_uint_eq(cut.searched, i + 1);
		ck_assert_uint_eq(cut.length, 0);
	}
	for (i = 0; i < 40; i++) {
		ck_assert_int_eq(feed(text[head - 1], &whole), 0);
		ck_assert_uint_eq(whole, 0);
		/* … nor decoded: how long it is was read where it says so. */
		ck_assert_uint_eq(cut.length, head + 40);
	}
	ck_assert_int_eq(feed('\n', &whole), 0);
	ck_assert_uint_eq(whole, head + 40);
	ck_assert_uint_eq(cut.length, 0);
}
END_TEST

START_TEST(too_many_lines__are_refused_before_their_end)
{
	size_t whole, i = 0, lines = 0;
	const char *p;

	for (p = FIRST; *p; p++)
		ck_assert_int_eq(feed(*p, &whole), 0);
	while (lines < USHER__UA_MAX_HEADERS) {
		ck_assert_int_eq(feed("X: y\r\n"[i], &whole), 0);
		i = (i + 1) % 6;
		lines += !i;
	}
	for (p = "X: y\r"; *p; p++)
		ck_assert_int_eq(feed(*p, &whole), 0);
	ck_assert_int_eq(feed('\n', &whole), EBADMSG);
}
END_TEST

START_TEST(what_begins_wrong__is_refused_with_its_first_line)
{
	static const char *const bad[] = {"rubbish\n", "GET / HTTP/1.1\r\n",
					  "XSIP/2.0 200 OK\r\n"};
	static const char *const good[] = {
		FIRST, "SIP/2.0 200 OK\r\n", "A b SIP/3.0\r\n",
		/* CRs before the LF of a blank line are libre's way. */
		FIRST "X: y\r\n\r\r\r"};
	const char *p;
	size_t i, whole;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		teardown_cut();
		setup_cut();
		for (p = bad[i]; p[1]; p++)
			ck_assert_int_eq(feed(*p, &whole), 0);
		ck_assert_int_eq(feed(*p, &whole), EBADMSG);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		teardown_cut();
		setup_cut();
		for (p = good[i]; *p; p++)
			ck_assert_int_eq(feed(*p, &whole), 0);
	}
}
END_TEST

START_TEST(beyond_a_message__is_refused)
{
	size_t whole, i;

	for (i = 0; i < 8192; i++)
		ck_assert_int_eq(feed('x', &whole), 0);
	ck_assert_int_eq(feed('x', &whole), EBADMSG);
	teardown_cut();
	setup_cut();
	for (i = 0; i < USHER__UA_MAX_MESSAGE; i++)
		ck_assert_int_eq(
			feed(i < sizeof(FIRST) - 1 ? FIRST[i] : 'x', &whole),
			0);
	ck_assert_int_eq(feed('x', &whole), EMSGSIZE);
}
END_TEST

/* What a Via of before RFC 3261 lacks is put in where it stands, for libre,
 * and what comes behind it is left as it is. */
START_TEST(via__without_a_branch_gets_one)
{
	static const char text[] =
		FIRST "Via: SIP/2.0/TCP h\r\nFrom: <sip:a@b.test>;tag=1\r\n"
		      "To: <sip:x@center.test>\r\nCall-ID: t\r\n"
		      "CSeq: 1 OPTIONS\r\nContent-Length: 2\r\n\r\nab" FIRST;
	const size_t branch = strlen(";branch=z9hG4bK-2543-") + 16;
	bool heard = false;
	size_t whole;

	(void)mbuf_write_mem(mb, (const uint8_t *)text, sizeof(text) - 1);
	mb->pos = 0;
	ck_assert_int_eq(usher__cut_messages(&cut, mb, &whole, &heard), 0);
	ck_assert(heard);
	ck_assert_uint_eq(whole + strlen(FIRST), sizeof(text) - 1 + branch);
	ck_assert(!memcmp(mb->buf + strlen(FIRST),
			  "Via: SIP/2.0/TCP h;branch=z9hG4bK-2543-", 39));
	ck_assert(!memcmp(mb->buf + whole - 2, "ab" FIRST, strlen(FIRST) + 2));
}
END_TEST

/* ---- from whom ---- */

START_TEST(network__is_one_source)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{"2001:db8::1", "2001:db8::ffff:0:0:2", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
	};
	struct usher__address a, b;
	struct sa one, two;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(sa_set_str(&one, cases[i].a, 1), 0);
		ck_assert_int_eq(sa_set_str(&two, cases[i].b, 2), 0);
		usher__limit_source(&one, &a);
		usher__limit_source(&two, &b);
		ck_assert_msg(!memcmp(&a, &b, sizeof(a)) == cases[i].same,
			      "case %zu", i);
	}
}
END_TEST

static struct subject subject;

static void setup(void)
{
	static const struct usher__limits limits = {.allow = "127.0.0.3",
						    .stranger_requests = RATE,
						    .ban_s = 3600};

	subject_start_limited(&subject, &limits);
}

static void teardown(void)
{
	subject_stop(&subject);
}

/* Else libre takes each. */
#ifdef USHER_LIBRE_PRIVATE
enum { COUNTED = 1 };
#else
enum { COUNTED = 0 };
#endif

/* Connect from there, and hear whether we are heard. */
static bool taken(const char *ip)
{
	static const char ping[] = "\r\n\r\n";
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct timeval wait = {.tv_sec = WAIT_MS / 1000};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char pong[2];
	bool heard;

	sin.sin_addr.s_addr = inet_addr(ip);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	sin.sin_port = htons(subject.port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	(void)send(fd, ping, sizeof(ping) - 1, MSG_NOSIGNAL);
	heard = recv(fd, pong, sizeof(pong), MSG_WAITALL) == sizeof(pong);
	close(fd);
	return heard;
}

START_TEST(connections__have_the_rate_of_their_source)
{
	unsigned i, heard = 0;

	for (i = 0; i < BURST; i++)
		ck_assert_msg(taken("127.0.0.2"), "%u", i);
	for (i = 0; i < 3 * BURST; i++)
		heard += taken("127.0.0.2");
	ck_assert_uint_lt(heard, 3 * BURST);
	ck_assert_uint_eq(subject_counters(&subject).limited,
			  3 * BURST - heard);
	/* Far beyond it: a ban. */
	while (!subject_counters(&subject).bans)
		ck_assert(!taken("127.0.0.2") || heard++ < 100 * BURST);
	subject_sync(&subject);
	ck_assert_str_eq(subject.source, "127.0.0.2");
	ck_assert_str_eq(subject.reason, "flood");
	/* Nobody else is meant. */
	ck_assert(taken("127.0.0.1"));
	for (i = 0; i < 10 * BURST; i++)
		ck_assert(taken("127.0.0.3"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_stream");
	TCase *pieces = tcase_create("cut"), *from = tcase_create("sources");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(pieces, setup_cut, teardown_cut);
	tcase_add_test(pieces, drips__are_looked_at_once);
	tcase_add_test(pieces, too_many_lines__are_refused_before_their_end);
	tcase_add_test(pieces,
		       what_begins_wrong__is_refused_with_its_first_line);
	tcase_add_test(pieces, beyond_a_message__is_refused);
	tcase_add_test(pieces, via__without_a_branch_gets_one);
	tcase_add_checked_fixture(from, setup, teardown);
	tcase_set_timeout(from, 30);
	tcase_add_test(from, network__is_one_source);
	tcase_add_loop_test(from, connections__have_the_rate_of_their_source,
			    0, COUNTED);
	suite_add_tcase(suite, pieces);
	suite_add_tcase(suite, from);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
