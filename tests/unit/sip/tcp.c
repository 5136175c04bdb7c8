/* Connections on TCP: who keeps one, and what a stream may say. */
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <compat.h>
#include <sip/impl.h>

#include "peer.h"

enum {
	WAIT_MS = 10000,
	SHORT_MS = 300,
	FILES = 4096,
	FEW_FILES = 1600, /* and strangers: */
	STRANGERS = FEW_FILES / 8,
	HALF = STRANGERS / 2
};

static struct subject subject;
static struct peer udp; /* keeps the challenge */
static char got[PEER_TEXT];

static void setup(void)
{
	subject_start(&subject, false);
	peer_open(&udp);
}

/* Nobody is closed for silence. */
static int do_be_patient(void *arg)
{
	(void)arg;
	subject.ua->tcp_silent_ms = 3 * WAIT_MS;
	return 0;
}

/* So many descriptors that there are STRANGERS. */
static void setup_few(void)
{
	struct rlimit files;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = FEW_FILES;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	setup();
	subject_call(&subject, do_be_patient, NULL);
}

static void teardown(void)
{
	peer_close(&udp);
	subject_stop(&subject);
}

static int dial_from(const char *ip)
{
	struct sockaddr_in sin;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = inet_addr(ip);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	sin.sin_port = htons(subject.port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

static int dial(void)
{
	return dial_from("127.0.0.1");
}

static void say(int fd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void say(int fd, const char *fmt, ...)
{
	char text[PEER_TEXT];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ck_assert_int_eq(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

/* Read until this begins somewhere in what came: false at the end. */
static bool hear(int fd, const char *word, int wait_ms)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	size_t len = 0;
	ssize_t n;

	got[0] = '\0';
	while (!strstr(got, word)) {
		if (poll(&pfd, 1, wait_ms) <= 0)
			return false;
		n = recv(fd, got + len, sizeof(got) - 1 - len, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
		got[len] = '\0';
	}
	return true;
}

/* Is it closed, sooner or later? */
static bool gone(int fd, int wait_ms)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	char c;

	for (;;) {
		if (poll(&pfd, 1, wait_ms) <= 0)
			return false;
		if (recv(fd, &c, 1, 0) <= 0)
			return true;
	}
}

#define OPTIONS(cseq, more)                                                   \
	"OPTIONS sip:x@center.test SIP/2.0\r\n"                               \
	"Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK" cseq ";rport\r\n"       \
	"From: <sip:a@b.test>;tag=1\r\nTo: <sip:x@center.test>\r\n"           \
	"Call-ID: t\r\nCSeq: " cseq " OPTIONS\r\n" more "\r\n"
#define EMPTY "Content-Length: 0\r\n"

static bool answers(int fd)
{
	if (send(fd, OPTIONS("7", EMPTY), strlen(OPTIONS("7", EMPTY)),
		 MSG_NOSIGNAL) < 0)
		return false;
	return hear(fd, "CSeq: 7 ", WAIT_MS) && strstr(got, "SIP/2.0 200");
}

START_TEST(what_cannot_be_read__gets_400_a_count_and_a_line)
{
	static const char *const bad[] = {
		OPTIONS("x", EMPTY),
		OPTIONS("1", ""),
		OPTIONS("1", "Content-Length: -1\r\n"),
		OPTIONS("1", "Content-Length: 4294967296\r\n"),
		OPTIONS("1", "Content-Length: 99999\r\n"),
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = dial();

		say(fd, "%s", bad[i]);
		ck_assert_msg(hear(fd, "\r\n\r\n", WAIT_MS), "case %zu", i);
		ck_assert_int_eq(strncmp(got, "SIP/2.0 400 ", 12), 0);
		ck_assert(gone(fd, WAIT_MS));
		close(fd);
		ck_assert_uint_eq(subject_counters(&subject).malformed, i + 1);
		ck_assert_str_eq(subject.log, "dropped: not a SIP message");
	}
	ck_assert_uint_eq(subject_counters(&subject).streams_now, 0);
}
END_TEST

START_TEST(what_is_no_sip__is_closed_and_counted)
{
	static const char *const bad[] = {
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"\n\n",
		"SIP/2.0 200 OK\r\nVia: x\r\n\r\n",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = dial();

		say(fd, "%s", bad[i]);
		ck_assert_msg(gone(fd, WAIT_MS), "case %zu", i);
		close(fd);
		ck_assert_uint_eq(subject_counters(&subject).malformed, i + 1);
	}
}
END_TEST

START_TEST(pieces__make_a_message)
{
	static const char text[] = "\r\n" OPTIONS("1", EMPTY)
		OPTIONS("2", "Content-Length: 3\r\n") "a\r\n";
	int fd = dial(), one = 1;
	size_t i;

	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof(one));
	for (i = 0; text[i]; i++)
		say(fd, "%c", text[i]);
	ck_assert(hear(fd, "CSeq: 2 ", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(got, "CSeq: 1 "));
	/* Two and a half at once. */
	say(fd, "%s%s%.20s", OPTIONS("3", EMPTY), OPTIONS("4", EMPTY),
	    OPTIONS("5", EMPTY));
	ck_assert(hear(fd, "CSeq: 4 ", WAIT_MS));
	say(fd, "%s", &OPTIONS("5", EMPTY)[20]);
	ck_assert(hear(fd, "CSeq: 5 ", WAIT_MS));
	/* A keep-alive (RFC 5626, 4.4.1). */
	say(fd, "\r\n\r\n");
	ck_assert(hear(fd, "\r\n", WAIT_MS));
	ck_assert_str_eq(got, "\r\n");
	/* What was whole is answered before what is bad. */
	say(fd, "%srubbish\r\n\r\n", OPTIONS("6", EMPTY));
	ck_assert(hear(fd, "CSeq: 6 ", WAIT_MS));
	ck_assert(gone(fd, WAIT_MS));
	ck_assert_uint_eq(subject_counters(&subject).malformed, 1);
	close(fd);
}
END_TEST

START_TEST(silent__is_closed)
{
	int silent = dial(), blank = dial(), half = dial(), heard = dial();

	ck_assert(answers(heard));
	say(blank, "\r\n\r\n");
	say(half, "OPTIONS sip:x ");
	ck_assert(gone(silent, WAIT_MS));
	ck_assert(gone(blank, WAIT_MS));
	ck_assert(gone(half, WAIT_MS));
	ck_assert(answers(heard));
	ck_assert_uint_eq(subject_counters(&subject).streams_closed, 3);
	ck_assert_uint_eq(subject_counters(&subject).streams_now, 1);
	close(silent);
	close(blank);
	close(half);
	close(heard);
}
END_TEST

/* Register a contact on this connection; what is answered stays in got. */
static void put_contact(int fd, const char *user)
{
	static unsigned cseq;
	char digest[1024] = "", request[2048];
	int i;

	for (i = 0; i < 2; i++) {
		cseq++;
		snprintf(request, sizeof(request),
			 "REGISTER sip:center.test SIP/2.0\r\n"
			 "Via: SIP/2.0/TCP 127.0.0.1:9;"
			 "branch=z9hG4bKr%u;rport\r\n"
			 "From: <sip:alice@center.test>;tag=1\r\n"
			 "To: <sip:alice@center.test>\r\nCall-ID: %s\r\n"
			 "CSeq: %u REGISTER\r\n"
			 "Contact: <sip:%s@127.0.0.1:9>\r\n%s" EMPTY "\r\n",
			 cseq, user, cseq, user, digest);
		say(fd, "%s", request);
		ck_assert(hear(fd, "\r\n\r\n", WAIT_MS));
		snprintf(udp.last, sizeof(udp.last), "%s", got);
		peer_digest(&udp, "REGISTER", "sip:center.test", "alice",
			    "secret", digest, sizeof(digest));
	}
	ck_assert_int_eq(strncmp(got, "SIP/2.0 200", 11), 0);
}

START_TEST(contact_of_a_closed_connection__gives_way)
{
	int phone = dial(), other = dial(), i;
	char user[16];

	put_contact(phone, "oldest");
	put_contact(other, "closed");
	for (i = 2; i < USHER__UA_MAX_ACCOUNT_BINDINGS; i++) {
		snprintf(user, sizeof(user), "a%d", i);
		put_contact(phone, user);
	}
	close(other);
	while (subject_counters(&subject).streams_now > 1)
		usleep(1000);
	put_contact(phone, "ninth");
	ck_assert_ptr_nonnull(strstr(got, "sip:oldest@"));
	ck_assert_ptr_nonnull(strstr(got, "sip:ninth@"));
	ck_assert_ptr_null(strstr(got, "sip:closed@"));
	put_contact(phone, "tenth");
	ck_assert_ptr_null(strstr(got, "sip:oldest@"));
	close(phone);
}
END_TEST

/* A phone that only calls, on a connection of its own. */
static void call_on(int fd)
{
	char digest[1024] = "";
	int i;

	for (i = 1; i <= 2; i++) {
		say(fd,
		    "INVITE sip:1@center.test SIP/2.0\r\n"
		    "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKi%d;rport\r\n"
		    "From: <sip:alice@center.test>;tag=1\r\n"
		    "To: <sip:1@center.test>\r\nCall-ID: call\r\n"
		    "CSeq: %d INVITE\r\nContact: <sip:alice@127.0.0.1:9>\r\n"
		    "%s" EMPTY "\r\n",
		    i, i, digest);
		ck_assert(hear(fd, i == 1 ? "SIP/2.0 401" : "SIP/2.0 100",
			       WAIT_MS));
		snprintf(udp.last, sizeof(udp.last), "%s", got);
		peer_digest(&udp, "INVITE", "sip:1@center.test", "alice",
			    "secret", digest, sizeof(digest));
	}
}

START_TEST(strangers__push_out_each_other_and_nobody_else)
{
	int phone, caller, fds[HALF + 1], other, i;
	int n = HALF - 1; /* and other */

	phone = dial();
	put_contact(phone, "alice");
	caller = dial();
	call_on(caller);
	other = dial_from("127.0.0.2");
	ck_assert(answers(other));
	for (i = 0; i < n; i++)
		fds[i] = dial();
	/* They are all there, and all say something but these. */
	for (i = 0; i < n; i++)
		if (i != 3 && i != 5)
			ck_assert_msg(answers(fds[i]), "%d", i);
	ck_assert_uint_eq(subject_counters(&subject).streams_closed, 0);
	fds[n] = dial();
	ck_assert(answers(fds[n]));
	ck_assert(gone(fds[3], WAIT_MS));
	fds[n + 1] = dial();
	ck_assert(answers(fds[n + 1]));
	ck_assert(gone(fds[5], WAIT_MS));
	for (i = 0; i < n + 2; i++)
		if (i != 3 && i != 5)
			ck_assert_msg(answers(fds[i]), "%d", i);
	/* When all say something the oldest goes. */
	close(fds[3]);
	fds[3] = dial();
	ck_assert(answers(fds[3]));
	ck_assert(gone(fds[0], WAIT_MS));
	ck_assert(answers(fds[1]));
	ck_assert(answers(phone));
	ck_assert(answers(caller));
	ck_assert(answers(other));
	subject_sync(&subject);
	ck_assert_ptr_nonnull(strstr(subject.log, "too many connections"));
	for (i = 0; i < n + 2; i++)
		close(fds[i]);
	close(phone);
	close(caller);
	close(other);
}
END_TEST

START_TEST(no_descriptor_left__is_no_reason_to_spin)
{
	static int fill[FILES];
	struct rlimit files = {256, 256};
	int first = dial(), fd, used = 0, i;
	struct usher__ua_counters n;

	ck_assert(answers(first));
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	while (used < FILES && (fill[used] = dup(first)) >= 0)
		used++;
	ck_assert_int_gt(used, 0);
	/* It is taken and closed, so that nothing waits. */
	{
		struct sockaddr_in sin = {
			.sin_family = AF_INET,
			.sin_port = htons(subject.port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		};

		ck_assert_int_eq(
			connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	}
	ck_assert(gone(fd, WAIT_MS));
	n = subject_counters(&subject);
	ck_assert_uint_eq(n.streams_closed, 1);
	ck_assert_uint_eq(n.streams_now, 1);
	ck_assert(answers(first));
	for (i = 0; i < used; i++)
		close(fill[i]);
	close(fd);
	fd = dial();
	ck_assert(answers(fd));
	close(fd);
	close(first);
}
END_TEST

static int do_count_notes(void *arg)
{
	const struct usher__notes *notes;

	(void)arg;
	notes = &subject.ua->notes[USHER__NOTE_STREAM];
	return (int)(notes->told + notes->more);
}

START_TEST(no_descriptor_at_all__lets_connections_wait)
{
	struct rlimit files, none;
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(subject.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), i;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	none = files;
	none.rlim_cur = 3; /* these are open */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	while (!subject_call(&subject, do_count_notes, NULL))
		usleep(1000);
	/* It tries again now and then, not on each turn of the loop. */
	for (i = 0; i < 100; i++)
		subject_sync(&subject);
	ck_assert_int_le(subject_call(&subject, do_count_notes, NULL), 3);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	ck_assert(answers(fd));
	ck_assert_uint_eq(subject_counters(&subject).streams_closed, 0);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_tcp");
	TCase *tc = tcase_create("sip_tcp");
	TCase *few = tcase_create("few_files");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(few, setup_few, teardown);
	tcase_set_timeout(few, 30);
	tcase_add_test(tc, what_cannot_be_read__gets_400_a_count_and_a_line);
	tcase_add_test(tc, what_is_no_sip__is_closed_and_counted);
	tcase_add_test(tc, pieces__make_a_message);
	tcase_add_test(tc, silent__is_closed);
	tcase_add_test(tc, contact_of_a_closed_connection__gives_way);
	tcase_add_test(few, strangers__push_out_each_other_and_nobody_else);
	tcase_add_test(tc, no_descriptor_at_all__lets_connections_wait);
	tcase_add_test(tc, no_descriptor_left__is_no_reason_to_spin);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, few);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
