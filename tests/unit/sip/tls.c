/* TLS towards servers that have names: what they are told, what their
 * certificates have to say, and that one's connection is not another's. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <sip/impl.h>

#include "peer.h"

enum { WAIT_MS = 10000 };

static char folder[] = "/tmp/usher-tls-XXXXXX";
static char certificate[64];
static struct usher__loop *loop;
static struct usher__ua *ua;
static char told[256]; /* the last line; written on the loop's thread */

static void log_handler(void *arg, enum usher__log_level level,
			const char *text)
{
	(void)arg;
	(void)level;
	snprintf(told, sizeof(told), "%s", text);
}

static unsigned ended;

static void leg_handler(void *arg, uint64_t leg, void *leg_arg,
			const struct usher__leg_event *event)
{
	(void)arg;
	(void)leg;
	(void)leg_arg;
	ended += event->type == USHER__LEG_ENDED;
}

static unsigned bans;

static void security_handler(void *arg, const struct usher__security *what)
{
	(void)arg;
	bans += what->kind == USHER__SECURITY_BAN;
}

/* Not NULL: a center with these. */
static const struct usher__limits *limits;

static int start(void *arg)
{
	static const struct usher__ua_ops ops = {.log = log_handler,
						 .leg = leg_handler,
						 .security = security_handler};
	struct usher__ua_opts opts = {.loop = loop,
				      .address = "127.0.0.1",
				      .open = !limits,
				      .limits = limits,
				      .ops = &ops,
				      .tls = {.on = true,
					      .certificate = certificate,
					      .ca = certificate,
					      .handshake_ms = 5000}};

	return usher__ua_new(&ua, &opts, arg);
}

/* Our own certificate is the server's, too, and believed as it is. */
static void make_certificate(void)
{
	char command[512];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(certificate, sizeof(certificate), "%s/cert.pem", folder);
	snprintf(command, sizeof(command),
		 "openssl req -x509 -newkey ec -pkeyopt "
		 "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=cn.test "
		 "-addext subjectAltName=DNS:good.test -keyout %s/key -out "
		 "%s/crt 2>/dev/null && cat %s/crt %s/key >%s",
		 folder, folder, folder, folder, certificate);
	ck_assert_int_eq(system(command), 0);
}

/* ---- a server ---- */

static int listener = -1;
static uint16_t server_port;
static SSL_CTX *server_ctx;

static void open_server(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&sin, &len),
			 0);
	server_port = ntohs(sin.sin_port);
	server_ctx = SSL_CTX_new(TLS_server_method());
	ck_assert_int_eq(
		SSL_CTX_use_certificate_chain_file(server_ctx, certificate),
		1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(server_ctx, certificate,
						     SSL_FILETYPE_PEM),
			 1);
}

/* The next connection, its handshake done; NULL: it failed. Free it. */
static SSL *take(void)
{
	struct pollfd fd = {.fd = listener, .events = POLLIN};
	struct timeval wait = {.tv_sec = WAIT_MS / 1000};
	SSL *ssl = SSL_new(server_ctx);
	int conn;

	ck_assert_int_eq(poll(&fd, 1, WAIT_MS), 1);
	conn = accept(listener, NULL, NULL);
	ck_assert_int_ge(conn, 0);
	setsockopt(conn, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	SSL_set_fd(ssl, conn);
	if (SSL_accept(ssl) == 1)
		return ssl;
	SSL_free(ssl);
	close(conn);
	return NULL;
}

static void drop(SSL *ssl)
{
	int fd = SSL_get_fd(ssl);

	SSL_free(ssl);
	close(fd);
}

/* ---- the tests ---- */

static int stop(void *arg)
{
	(void)arg;
	usher__ua_free(ua);
	return 0;
}

static void setup(void)
{
	struct usher_error err = {0};

	make_certificate();
	open_server();
	ck_assert_int_eq(usher__loop_new(&loop, NULL, NULL), 0);
	ck_assert_msg(!usher__loop_call(loop, start, &err), "%s", err.message);
}

static void teardown(void)
{
	char command[128];

	usher__loop_call(loop, stop, NULL);
	usher__loop_free(loop);
	SSL_CTX_free(server_ctx);
	close(listener);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* As if DNS had said that this name is at the server's address. */
static int towards(void *arg)
{
	struct uri route = {.port = 0};
	struct sa dst;

	pl_set_str(&route.host, arg);
	ck_assert_int_eq(sa_set_str(&dst, "127.0.0.1", server_port), 0);
	return usher__tls_towards(ua, SIP_TRANSP_TLS, &dst, &route);
}

static int call(void *arg)
{
	struct usher__call_opts opts = {.ring_timeout_ms = 0};
	char uri[64];
	uint64_t leg;

	(void)arg;
	snprintf(uri, sizeof(uri), "sips:x@127.0.0.1:%u", server_port);
	opts.uri = uri;
	return usher__ua_call(ua, &opts, &leg, NULL);
}

static int get_bans(void *arg)
{
	(void)arg;
	return (int)bans;
}

static int get_ended(void *arg)
{
	(void)arg;
	return (int)ended;
}

static int is_told(void *arg)
{
	return strstr(told, arg) != NULL;
}

static void until(int (*fn)(void *arg), void *arg)
{
	int64_t late = usher__loop_mono_us() + (int64_t)WAIT_MS * 1000;

	while (!usher__loop_call(loop, fn, arg)) {
		ck_assert_int_lt(usher__loop_mono_us(), late);
		usleep(1000);
	}
}

static int is_free(void *arg)
{
	return !towards(arg);
}

START_TEST(name__is_sent_and_looked_at)
{
	char text[4096] = "";
	SSL *ssl;

	ck_assert_int_eq(usher__loop_call(loop, towards, "good.test"), 0);
	ck_assert_int_eq(usher__loop_call(loop, call, NULL), 0);
	ssl = take();
	ck_assert_ptr_nonnull(ssl);
	ck_assert_str_eq(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name),
			 "good.test");
	ck_assert_int_gt(SSL_read(ssl, text, sizeof(text) - 1), 0);
	/* Not less than was asked for, further on as well. */
	ck_assert_msg(!strncmp(text, "INVITE sips:x@127.0.0.1", 23), "%s",
		      text);
	ck_assert_msg(strstr(text, "\r\nContact: <sips:usher@"), "%s", text);
	/* As long as it is up, nobody else is there. */
	ck_assert_int_eq(usher__loop_call(loop, towards, "other.test"), EPERM);
	ck_assert_int_eq(usher__loop_call(loop, towards, "cn.test"), EPERM);
	ck_assert_int_eq(usher__loop_call(loop, towards, "GOOD.test"), 0);
	ck_assert_int_eq(usher__loop_call(loop, towards, "127.0.0.1"), 0);
	drop(ssl);
	until(is_free, "other.test");
}
END_TEST

START_TEST(another_name__is_refused)
{
	/* Nor does the common name count. */
	static char *const names[] = {"other.test", "cn.test", "test"};
	SSL *ssl = NULL;
	size_t i;

	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(usher__loop_call(loop, towards, names[i]), 0);
		ended = 0;
		ck_assert_int_eq(usher__loop_call(loop, call, NULL), 0);
		ssl = take();
		until(get_ended, NULL);
		until(is_told, names[i]);
		until(is_told, "hostname mismatch");
		/* Of TLS 1.3 its side was done before ours. */
		if (ssl)
			drop(ssl);
	}
}
END_TEST

START_TEST(address__has_to_be_in_the_certificate)
{
	SSL *ssl;

	ck_assert_int_eq(usher__loop_call(loop, call, NULL), 0);
	ssl = take();
	until(get_ended, NULL);
	until(is_told, "IP address mismatch");
	if (ssl)
		drop(ssl);
}
END_TEST

static int note_many(void *arg)
{
	struct uri route = {.port = 0};
	char name[32];
	struct sa dst;
	unsigned i;

	(void)arg;
	for (i = 0; i < 3 * USHER__TLS_NAMES; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		pl_set_str(&route.host, name);
		sa_set_in(&dst, 0x7f000001, (uint16_t)(1000 + i));
		ck_assert_int_eq(
			usher__tls_towards(ua, SIP_TRANSP_TLS, &dst, &route),
			0);
	}
	return 0;
}

START_TEST(names__are_bounded)
{
	SSL *ssl;

	usher__loop_call(loop, note_many, NULL);
	ck_assert_int_eq(usher__loop_call(loop, towards, "good.test"), 0);
	usher__loop_call(loop, note_many, NULL);
	/* Forgotten: the address alone counts again. */
	ck_assert_int_eq(usher__loop_call(loop, call, NULL), 0);
	ssl = take();
	until(is_told, "IP address mismatch");
	if (ssl)
		drop(ssl);
}
END_TEST

START_TEST(slow_handshake__is_closed)
{
	struct pollfd fd = {.fd = listener, .events = POLLIN};
	char text[16];
	int conn;

	ck_assert_int_eq(usher__loop_call(loop, call, NULL), 0);
	ck_assert_int_eq(poll(&fd, 1, WAIT_MS), 1);
	conn = accept(listener, NULL, NULL);
	/* Its hello comes, and no answer. */
	while (recv(conn, text, sizeof(text), 0) > 0)
		;
	until(is_told, "the handshake takes too long");
	until(get_ended, NULL);
	close(conn);
}
END_TEST

static void setup_limited(void)
{
	static const struct usher__limits few = {
		.allow = "", .failures = 3, .ban_s = 60};

	limits = &few;
	setup();
}

/* Somebody who speaks no TLS, until we hang up. */
static void fail_handshake(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	struct timeval wait = {.tv_sec = WAIT_MS / 1000};
	int conn = socket(AF_INET, SOCK_STREAM, 0);
	char text[256];

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(usher__ua_tls_port(ua));
	setsockopt(conn, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	ck_assert_int_eq(connect(conn, (struct sockaddr *)&sin, sizeof(sin)),
			 0);
	(void)send(conn, "OPTIONS sip:x\r\n\r\n", 17, MSG_NOSIGNAL);
	while (recv(conn, text, sizeof(text), 0) > 0)
		;
	close(conn);
}

START_TEST(failed_handshakes__lead_to_a_ban)
{
	unsigned i;

	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(usher__loop_call(loop, get_bans, NULL), 0);
		fail_handshake();
	}
	until(get_bans, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_tls");
	TCase *tc = tcase_create("tls"), *limited = tcase_create("limited");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, name__is_sent_and_looked_at);
	tcase_add_test(tc, another_name__is_refused);
	tcase_add_test(tc, address__has_to_be_in_the_certificate);
	tcase_add_test(tc, names__are_bounded);
	tcase_add_test(tc, slow_handshake__is_closed);
	tcase_add_checked_fixture(limited, setup_limited, teardown);
	tcase_add_test(limited, failed_handshakes__lead_to_a_ban);
	suite_add_tcase(suite, limited);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
