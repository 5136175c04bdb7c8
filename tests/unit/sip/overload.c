/* Who is refused when the loop is late; intake.c has those who wait. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "limitpeer.h"

enum {
	BUSY_TIMES = 100,
	BURST = 150,
	SLOW_US = 2000,
	OVERLOAD_MS = 30,
	LONG_MS = 20000, /* nobody waits so long */
	STEP_S = 3600,
};

/* Of the clock on the wall, by which the kernel stamps what comes. */
static _Atomic int64_t step_s;

static _Atomic unsigned slow_us;
/* On the loop's thread, once newcomers are refused. */
static void (*_Atomic when_refused)(void);
/* Of who came by the second address: how long it waited, and whether the
 * others were refused then. */
static _Atomic int64_t second_us = -1;
static _Atomic bool refused_then;

bool __real_usher__admit(struct usher__ua *ua, const struct sip_msg *msg,
			 struct usher__sender *ret);
bool __wrap_usher__admit(struct usher__ua *ua, const struct sip_msg *msg,
			 struct usher__sender *ret);
void __real_usher__overload_newcomer(struct usher__overload *overload,
				     unsigned socket, bool known, int64_t us,
				     bool last);
void __wrap_usher__overload_newcomer(struct usher__overload *overload,
				     unsigned socket, bool known, int64_t us,
				     bool last);

int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int err = __real_clock_gettime(clock, ts);

	if (!err && clock == CLOCK_REALTIME)
		ts->tv_sec += step_s;
	return err;
}

static bool refusing(void)
{
	return subject.security[USHER__SECURITY_OVERLOAD] >
	       subject.security[USHER__SECURITY_OVERLOAD_END];
}

bool __wrap_usher__admit(struct usher__ua *ua, const struct sip_msg *msg,
			 struct usher__sender *ret)
{
	usleep(slow_us);
	if (msg->tp == SIP_TRANSP_TCP)
		refused_then = refusing();
	return __real_usher__admit(ua, msg, ret);
}

void __wrap_usher__overload_newcomer(struct usher__overload *overload,
				     unsigned socket, bool known, int64_t us,
				     bool last)
{
	void (*fn)(void);

	__real_usher__overload_newcomer(overload, socket, known, us, last);
	if (socket) {
		second_us = us;
		refused_then = refusing();
	}
	if (!refusing())
		return;
	fn = atomic_exchange(&when_refused, NULL);
	if (fn)
		fn();
}

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

static void stream_send(int fd, const char *method)
{
	char text[512];
	int n;

	n = snprintf(text, sizeof(text),
		     "%s sip:x@center.test SIP/2.0\r\n"
		     "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKt;rport\r\n"
		     "From: <sip:x@center.test>;tag=p\r\n"
		     "To: <sip:x@center.test>\r\nCall-ID: t\r\n"
		     "CSeq: 1 %s\r\n"
		     "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		     method, method);
	ck_assert_int_eq(write(fd, text, (size_t)n), n);
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
		stream_send(fd, "OPTIONS");
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

#ifdef USHER_LIBRE_PRIVATE
static const struct usher__limits nobody = {
	.allow = "",
	.stranger_requests = -1,
	.stranger_calls = -1,
	.failures = -1,
	.overload_ms = OVERLOAD_MS,
};

/* Strangers at the first address, so many that they are refused soon. */
static int burst(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < BURST; i++)
		send_as(&peer, "INVITE", "1000", "");
	return 0;
}

static int burst_before_a_step(void *arg)
{
	(void)burst(NULL);
	step_s = *(int *)arg;
	return 0;
}

START_TEST(overload__is_not_a_clock_that_is_set)
{
	struct usher__limits limits = nobody;
	int step = _i ? -STEP_S : STEP_S;
	unsigned i;

	limits.overload_ms = LONG_MS;
	begin(&limits);
	ask(&peer, "SIP/2.0 200"); /* stamps have begun */
	slow_us = SLOW_US;
	(void)subject_call(&subject, burst_before_a_step, &step);
	for (i = 0; i < BURST; i++) {
		ck_assert(peer_expect(&peer, "SIP/2.0", WAIT_MS));
		ck_assert_int_eq(atoi(peer.last + 8), 401);
	}
	ck_assert_uint_eq(subject_counters(&subject).limited, 0);
	teardown();
}
END_TEST

static int by_tcp = -1, by_six = -1;

static void call_by_tcp(void)
{
	stream_send(by_tcp, "INVITE");
}

/* The status of what came last over it. */
static int status_of(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char text[2048] = "";

	ck_assert_int_eq(poll(&ready, 1, WAIT_MS), 1);
	ck_assert_int_gt(recv(fd, text, sizeof(text) - 1, 0), 12);
	return atoi(text + strlen("SIP/2.0 "));
}

START_TEST(overload__of_datagrams_refuses_no_connection)
{
	begin(&nobody);
	by_tcp = stream_open();
	stream_send(by_tcp, "OPTIONS");
	ck_assert_int_eq(status_of(by_tcp), 200);
	slow_us = SLOW_US;
	when_refused = call_by_tcp;
	(void)subject_call(&subject, burst, NULL);
	ck_assert_int_eq(status_of(by_tcp), 401);
	ck_assert(refused_then);
	close(by_tcp);
	teardown();
}
END_TEST

static void six_sends(const char *method)
{
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(subject.port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	static unsigned serial;
	char text[512];
	int n;

	n = snprintf(text, sizeof(text),
		     "%s sip:x@center.test SIP/2.0\r\n"
		     "Via: SIP/2.0/UDP [::1]:9;branch=z9hG4bK6%u;rport\r\n"
		     "From: <sip:x@center.test>;tag=p\r\n"
		     "To: <sip:x@center.test>\r\nCall-ID: six%u\r\n"
		     "CSeq: 1 %s\r\n"
		     "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		     method, serial, serial, method);
	serial++;
	ck_assert_int_eq(sendto(by_six, text, (size_t)n, 0,
				(struct sockaddr *)&to, sizeof(to)),
			 n);
}

/* It waits as long as those who are refused. */
static void call_by_six(void)
{
	six_sends("INVITE");
	usleep(2 * OVERLOAD_MS * 1000);
}

START_TEST(overload__of_an_address_is_its_own)
{
	begin_both(&nobody);
	by_six = socket(AF_INET6, SOCK_DGRAM, 0);
	ck_assert_int_ge(by_six, 0);
	/* Until its own intake has it; from then on it is stamped. */
	do {
		six_sends("OPTIONS");
		ck_assert_int_eq(status_of(by_six), 200);
	} while (second_us < 0);
	slow_us = SLOW_US;
	when_refused = call_by_six;
	(void)subject_call(&subject, burst, NULL);
	ck_assert_int_eq(status_of(by_six), 401);
	ck_assert(refused_then);
	ck_assert_int_ge(second_us, OVERLOAD_MS * 1000);
	close(by_six);
	teardown();
}
END_TEST

static bool has_six(void)
{
	struct sockaddr_in6 at = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool has = !bind(fd, (struct sockaddr *)&at, sizeof(at));

	close(fd);
	return has;
}
#endif

int main(void)
{
	Suite *suite = suite_create("sip_overload");
	TCase *tc = tcase_create("overload");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, overload__is_not_to_be_late);
	tcase_add_test(tc, overload__of_connections_is_a_late_loop);
#ifdef USHER_LIBRE_PRIVATE
	tcase_add_loop_test(tc, overload__is_not_a_clock_that_is_set, 0, 2);
	tcase_add_test(tc, overload__of_datagrams_refuses_no_connection);
	if (has_six())
		tcase_add_test(tc, overload__of_an_address_is_its_own);
#endif
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
