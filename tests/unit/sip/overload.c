/* Who is refused when the loop is late; intake.c has those who wait. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "limitpeer.h"

enum { BUSY_TIMES = 100 };

/* The loop does nothing else for so long. */
static int be_busy(void *arg)
{
	struct timespec ts = {.tv_nsec = *(int *)arg * 1000000L};

	nanosleep(&ts, NULL);
	return 0;
}

/* Busy, with what the peer sends meanwhile waiting. */
static int be_busy_and_hear(void *arg)
{
	send_as(&peer, "OPTIONS", "first", "");
	send_as(&peer, "INVITE", "1000", "");
	return be_busy(arg);
}

/* A loop that is kept from its work, but has little of it, refuses nobody. */
START_TEST(overload__is_not_to_be_late)
{
	static const struct usher__limits limits = {.allow = "127.0.0.0/8",
						    .overload_ms = 5};
	int ms = 60;
	unsigned i;

	begin(&limits);
	ask(&peer, "SIP/2.0 200"); /* stamps have begun */
	for (i = 0; i < 8; i++) {
		subject_call(&subject, be_busy_and_hear, &ms);
		ck_assert(peer_expect(&peer, "SIP/2.0 401", WAIT_MS));
	}
	ck_assert_uint_eq(subject_counters(&subject).overloaded, 0);
	teardown();
}
END_TEST

static int stream_open(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(subject.port),
		.sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void stream_send(int fd)
{
	static const char text[] =
		"OPTIONS sip:x@center.test SIP/2.0\r\n"
		"Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKt;rport\r\n"
		"From: <sip:x@center.test>;tag=p\r\n"
		"To: <sip:x@center.test>\r\nCall-ID: t\r\nCSeq: 1 OPTIONS\r\n"
		"Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

	ck_assert_int_eq(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
}

/* With a connection, how late the loop is counts: all the time, and by more.
 */
START_TEST(overload__of_connections_is_a_late_loop)
{
	static const struct usher__limits limits = {.allow = "127.0.0.0/8",
						    .overload_ms = 1};
	int fd, ms = 120;
	unsigned i;
	char after[16];

	begin(&limits);
	fd = stream_open();
	for (i = 0; i < BUSY_TIMES && !subject_counters(&subject).overloaded;
	     i++) {
		stream_send(fd);
		subject_call(&subject, be_busy, &ms);
		send_as(&peer, "INVITE", "1000", "");
	}
	ck_assert(peer_expect(&peer, "SIP/2.0 503", WAIT_MS));
	peer_cut(&peer, "Retry-After: ", "\r", after, sizeof(after));
	ck_assert_int_ge(atoi(after), 5);
	ck_assert_uint_ge(told(USHER__SECURITY_OVERLOAD), 1);
	/* Other requests are answered all the time, and calls again when the
	 * loop is on time. */
	do {
		ask(&peer, "SIP/2.0 200");
		send_as(&other, "INVITE", "1000", "");
		ck_assert(peer_expect(&other, "SIP/2.0", WAIT_MS));
	} while (!strncmp(other.last, "SIP/2.0 503", 11));
	/* For strangers it is over last. */
	while (!told(USHER__SECURITY_OVERLOAD_END))
		usleep(1000);
	close(fd);
	teardown();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_overload");
	TCase *tc = tcase_create("overload");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, overload__is_not_to_be_late);
	tcase_add_test(tc, overload__of_connections_is_a_late_loop);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
