/* Signs of life: to phones behind NAT, to registrars, and what follows from
 * a connection that is lost. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sip/impl.h>

#include "clock.h"
#include "peer.h"

enum { WAIT_MS = 10000, EVERY_MS = 50 };

#define PING "\r\n\r\n"

static struct subject subject;
static struct peer peer, other;

static int do_keep_alive(void *arg)
{
	subject.ua->keep_alive_ms = *(uint32_t *)arg;
	return 0;
}

static void setup(void)
{
	uint32_t every_ms = EVERY_MS;

	subject_start(&subject, false);
	subject_call(&subject, do_keep_alive, &every_ms);
	peer_open(&peer);
	peer_open(&other);
}

static void teardown(void)
{
	peer_close(&other);
	peer_close(&peer);
	subject_stop(&subject);
}

static void send_register(struct peer *from, const char *id, const char *more)
{
	peer_send(from, subject.port,
		  "REGISTER sip:center.test SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%s%zu;rport\r\n"
		  "From: <sip:alice@center.test>;tag=p\r\n"
		  "To: <sip:alice@center.test>\r\nCall-ID: %s\r\n"
		  "CSeq: %u REGISTER\r\nMax-Forwards: 70\r\n%s"
		  "Content-Length: 0\r\n\r\n",
		  from->port, id, strlen(more), id, *more ? 2 : 1, more);
}

static void bind_contact(struct peer *from, const char *id,
			 const char *contact)
{
	char more[1024], credentials[768];

	send_register(from, id, "");
	ck_assert(peer_expect(from, "SIP/2.0 401", WAIT_MS));
	peer_digest(from, "REGISTER", "sip:center.test", "alice", "secret",
		    credentials, sizeof(credentials));
	snprintf(more, sizeof(more), "%sContact: <%s>\r\n", credentials,
		 contact);
	send_register(from, id, more);
	ck_assert(peer_expect(from, "SIP/2.0 200", WAIT_MS));
}

START_TEST(phone_behind_nat__hears_from_us)
{
	char contact[64];

	/* This one is where it says. */
	snprintf(contact, sizeof(contact), "sip:alice@127.0.0.1:%u",
		 other.port);
	bind_contact(&other, "near", contact);
	bind_contact(&peer, "far", "sip:alice@10.9.8.7:5060");
	ck_assert(peer_expect(&peer, PING, WAIT_MS));
	ck_assert(peer_expect(&peer, PING, WAIT_MS));
	ck_assert(peer_expect(&peer, PING, WAIT_MS));
	ck_assert(!peer_expect(&other, PING, 1));
}
END_TEST

static int do_unbind(void *arg)
{
	(void)arg;
	usher__ua_unbind(subject.ua, "center.test", "alice");
	return 0;
}

START_TEST(who_has_left__hears_no_more)
{
	bind_contact(&peer, "far", "sip:alice@10.9.8.7:5060");
	ck_assert(peer_expect(&peer, PING, WAIT_MS));
	subject_call(&subject, do_unbind, NULL);
	while (peer_expect(&peer, PING, 1))
		;
	ck_assert(!peer_expect(&peer, PING, 4 * EVERY_MS));
}
END_TEST

static int do_register(void *arg)
{
	struct usher__register_opts opts = {.user = "bob"};
	char registrar[64];

	snprintf(registrar, sizeof(registrar), "sip:127.0.0.1:%u", peer.port);
	opts.registrar = registrar;
	return usher__ua_register(subject.ua, &opts, arg, NULL);
}

static int do_unregister(void *arg)
{
	return usher__ua_unregister(subject.ua, *(uint32_t *)arg);
}

static void answer(void)
{
	char via[256], call_id[128], cseq[64], from[256];

	peer_cut(&peer, "\r\nVia: ", "\r", via, sizeof(via));
	peer_cut(&peer, "\r\nCall-ID: ", "\r", call_id, sizeof(call_id));
	peer_cut(&peer, "\r\nCSeq: ", "\r", cseq, sizeof(cseq));
	peer_cut(&peer, "\r\nFrom: ", "\r", from, sizeof(from));
	peer_send(&peer, subject.port,
		  "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\n"
		  "To: <sip:bob@127.0.0.1>;tag=r\r\nCall-ID: %s\r\n"
		  "CSeq: %s\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n",
		  via, from, call_id, cseq);
}

START_TEST(registrar__hears_from_us)
{
	uint32_t id = 0;

	ck_assert_int_eq(subject_call(&subject, do_register, &id), 0);
	ck_assert(peer_expect(&peer, "REGISTER ", WAIT_MS));
	ck_assert(!peer_expect(&peer, PING, 2 * EVERY_MS));
	/* The request came again meanwhile; its answer is one. */
	answer();
	ck_assert(peer_expect(&peer, PING, WAIT_MS));
	ck_assert(peer_expect(&peer, PING, WAIT_MS));
	ck_assert_int_eq(subject_call(&subject, do_unregister, &id), 0);
	ck_assert(peer_expect(&peer, "REGISTER ", WAIT_MS));
	answer();
	while (peer_expect(&peer, PING, 1))
		;
	ck_assert(!peer_expect(&peer, PING, 4 * EVERY_MS));
}
END_TEST

START_TEST(nobody__hears_from_us_where_that_is_off)
{
	uint32_t never = 0;

	subject_call(&subject, do_keep_alive, &never);
	bind_contact(&peer, "far", "sip:alice@10.9.8.7:5060");
	ck_assert(!peer_expect(&peer, PING, 4 * EVERY_MS));
}
END_TEST

START_TEST(ping__is_no_message)
{
	peer_send(&peer, subject.port, PING);
	peer_send(&peer, subject.port, "\r\n");
	bind_contact(&peer, "c", "sip:alice@127.0.0.1:9");
	ck_assert_uint_eq(subject_counters(&subject).malformed, 0);
}
END_TEST

/* ---- a registrar on TCP ---- */

static int listener;
static uint16_t listener_port;

static void setup_stream(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);
	uint32_t every_ms = USHER__UA_KEEP_ALIVE_MS;

	setup();
	clock_begin(&subject);
	subject_call(&subject, do_keep_alive, &every_ms);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&sin, &len),
			 0);
	listener_port = ntohs(sin.sin_port);
}

static void teardown_stream(void)
{
	close(listener);
	teardown();
}

static int do_register_by_tcp(void *arg)
{
	struct usher__register_opts opts = {.user = "bob"};
	char registrar[64];

	snprintf(registrar, sizeof(registrar),
		 "sip:127.0.0.1:%u;transport=tcp", listener_port);
	opts.registrar = registrar;
	return usher__ua_register(subject.ua, &opts, arg, NULL);
}

static int do_status(void *arg)
{
	(void)arg;
	return subject.registration_status;
}

static int do_forget_status(void *arg)
{
	(void)arg;
	subject.registration_status = 0;
	return 0;
}

/* The next connection, whose REGISTER is answered. */
static void take(struct peer *stream)
{
	static const char *const names[] = {"Via", "From", "To", "Call-ID",
					    "CSeq"};
	struct pollfd fd = {.fd = listener, .events = POLLIN};
	char text[2048] = "SIP/2.0 200 OK\r\n", name[16], value[256];
	int64_t until_us =
		usher__loop_mono_us() + (int64_t)60 * WAIT_MS * 1000;
	size_t i;

	while (poll(&fd, 1, 0) <= 0) {
		ck_assert_int_lt(usher__loop_mono_us(), until_us);
		clock_pass();
	}
	stream->fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(stream->fd, 0);
	ck_assert(peer_expect(stream, "REGISTER ", WAIT_MS));
	subject_call(&subject, do_forget_status, NULL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "\r\n%s: ", names[i]);
		peer_cut(stream, name, "\r", value, sizeof(value));
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s: %s\r\n", names[i], value);
	}
	strcat(text, "Expires: 600\r\nContent-Length: 0\r\n\r\n");
	ck_assert_int_gt(send(stream->fd, text, strlen(text), 0), 0);
	while (subject_call(&subject, do_status, NULL) != 200)
		clock_pass();
}

/* Is it over before so long has passed? */
static bool is_over(struct peer *stream, int64_t wait_ms)
{
	struct pollfd fd = {.fd = stream->fd, .events = POLLIN};
	int64_t until_us = usher__loop_mono_us() + wait_ms * 1000;

	while (poll(&fd, 1, 0) <= 0) {
		if (usher__loop_mono_us() > until_us)
			return false;
		clock_pass();
	}
	return recv(stream->fd, stream->last, 1, 0) <= 0;
}

/* RFC 5626, 4.4.1: at most the interval apart, 10 s for the answer. */
START_TEST(registration__outlives_its_connection)
{
	struct peer stream;
	uint32_t id;
	unsigned i;

	ck_assert_int_eq(subject_call(&subject, do_register_by_tcp, &id), 0);
	/* Closed by the registrar, which nobody has to ping to find out. */
	take(&stream);
	close(stream.fd);
	take(&stream);
	for (i = 0; i < 2; i++) {
		ck_assert(peer_expect(&stream, PING, USHER__UA_KEEP_ALIVE_MS));
		ck_assert_int_eq(send(stream.fd, "\r\n", 2, 0), 2);
	}
	ck_assert(peer_expect(&stream, PING, USHER__UA_KEEP_ALIVE_MS));
	/* No answer: it is given up, and there is another. */
	ck_assert(!is_over(&stream, 9500));
	ck_assert(is_over(&stream, 1000));
	close(stream.fd);
	take(&stream);
	close(stream.fd);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_keepalive");
	TCase *tc = tcase_create("keepalive"), *streams = tcase_create("tcp");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, phone_behind_nat__hears_from_us);
	tcase_add_test(tc, who_has_left__hears_no_more);
	tcase_add_test(tc, registrar__hears_from_us);
	tcase_add_test(tc, nobody__hears_from_us_where_that_is_off);
	tcase_add_test(tc, ping__is_no_message);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(streams, setup_stream, teardown_stream);
	tcase_set_timeout(streams, 120);
	tcase_add_test(streams, registration__outlives_its_connection);
	suite_add_tcase(suite, streams);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
