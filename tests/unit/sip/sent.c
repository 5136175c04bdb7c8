/* Requests on connections that end at the wrong moment: right before, so that
 * nobody here knows yet, or before anything was answered. */
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include "legpeer.h"

enum { EXPIRES_S = 600, SILENT_MS = 60000 };

/* How the peer ends it. */
enum end { CLOSE, RESET, HALF, ENDS };

/* Who listens on TCP: peer.last has the message that came last. */
static struct {
	int listener, fds[4];
	unsigned count;
	char text[2 * PEER_TEXT]; /* what came on the newest behind that */
	size_t len;
} far;

static uint32_t trunk, registration;
static char branch[64];

static void setup(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);

	subject_start(&subject, false);
	peer_open(&peer);
	memset(&far, 0, sizeof(far));
	far.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(far.listener, 0);
	ck_assert_int_eq(
		bind(far.listener, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(listen(far.listener, 8), 0);
	getsockname(far.listener, (struct sockaddr *)&sin, &len);
	close(peer.fd);
	peer.fd = -1;
	peer.port = ntohs(sin.sin_port);
}

static void teardown(void)
{
	unsigned i;

	subject_stop(&subject);
	for (i = 0; i < far.count; i++)
		if (far.fds[i] >= 0)
			close(far.fds[i]);
	if (far.listener >= 0)
		close(far.listener);
}

static bool ready(int fd, int wait_ms)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	return poll(&pfd, 1, wait_ms) > 0;
}

/* The next connection of ours. */
static void take(void)
{
	ck_assert_msg(ready(far.listener, WAIT_MS), "no connection");
	far.fds[far.count] = accept(far.listener, NULL, NULL);
	ck_assert_int_ge(far.fds[far.count++], 0);
	far.len = 0;
	far.text[0] = '\0';
}

static size_t whole(void)
{
	const char *end = strstr(far.text, "\r\n\r\n");
	const char *clen = strstr(far.text, "Content-Length: ");

	if (!end || !clen || clen > end)
		return 0;
	return (size_t)(end - far.text) + 4 + (size_t)atoi(clen + 16);
}

/* The next message on this connection; it begins so. */
static void hear_on(int fd, const char *begin)
{
	size_t n;

	while (!(n = whole()) || n > far.len) {
		ssize_t got;

		ck_assert_msg(ready(fd, WAIT_MS), "no %s", begin);
		got = recv(fd, far.text + far.len,
			   sizeof(far.text) - 1 - far.len, 0);
		ck_assert_msg(got > 0, "closed, no %s", begin);
		far.len += (size_t)got;
		far.text[far.len] = '\0';
	}
	ck_assert_uint_lt(n, sizeof(peer.last));
	memcpy(peer.last, far.text, n);
	peer.last[n] = '\0';
	far.len -= n;
	memmove(far.text, far.text + n, far.len + 1);
	ck_assert_msg(!strncmp(peer.last, begin, strlen(begin)), "%s: %s",
		      begin, peer.last);
	peer_cut(&peer, ";branch=", ";", branch, sizeof(branch));
}

static int newest(void)
{
	return far.fds[far.count - 1];
}

static void hear(const char *begin)
{
	hear_on(newest(), begin);
}

/* It comes again, as it was, on a connection that is new. */
static void hear_again(const char *begin)
{
	char before[64];

	snprintf(before, sizeof(before), "%s", branch);
	take();
	hear(begin);
	ck_assert_str_eq(branch, before);
}

static void answer_on(int fd, const char *status, const char *more,
		      const char *body)
{
	char via[256], from[256], to[256], id[128], cseq[64], text[PEER_TEXT];
	int n;

	peer_cut(&peer, "\r\nVia: ", "\r", via, sizeof(via));
	peer_cut(&peer, "\r\nFrom: ", "\r", from, sizeof(from));
	peer_cut(&peer, "\r\nTo: ", "\r", to, sizeof(to));
	peer_cut(&peer, "\r\nCall-ID: ", "\r", id, sizeof(id));
	peer_cut(&peer, "\r\nCSeq: ", "\r", cseq, sizeof(cseq));
	n = snprintf(text, sizeof(text),
		     "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s\r\n"
		     "Call-ID: %s\r\nCSeq: %s\r\n%s"
		     "Content-Length: %zu\r\n\r\n%s",
		     status, via, from, to,
		     strstr(to, ";tag=") ? "" : ";tag=p", id, cseq, more,
		     strlen(body), body);
	ck_assert_int_eq(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

static void answer(const char *status, const char *more)
{
	answer_on(newest(), status, more, "");
}

static void end_it(int fd, enum end how)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	if (how == HALF) {
		ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
		return;
	}
	if (how == RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

/* Ours is gone, so it has been noticed. */
static void until_noticed(int fd)
{
	char c;

	ck_assert(ready(fd, WAIT_MS));
	ck_assert_int_le(recv(fd, &c, 1, 0), 0);
}

static void until_told(uint32_t type, unsigned count)
{
	while (subject_told(&subject, type) < count)
		usleep(SETTLE_US);
	ck_assert_uint_eq(subject_told(&subject, type), count);
}

static void until_ended(unsigned count, enum usher__leg_cause cause,
			int status)
{
	until_told(USHER__LEG_ENDED, count);
	ck_assert_int_eq(subject_call(&subject, do_last_cause, NULL),
			 (int)cause);
	ck_assert_int_eq(subject_call(&subject, do_last_status, NULL), status);
	/* There would be a connection already. */
	ck_assert(far.listener < 0 || !ready(far.listener, 0));
}

/* ---- on the loop, which has no turn in between ---- */

struct act {
	enum end end;
	int (*fn)(void);
};

static int do_end_and(void *arg)
{
	const struct act *act = arg;

	end_it(newest(), act->end);
	return act->fn();
}

/* The connection ends and this is done, before it can be noticed. */
static void end_and(enum end end, int (*fn)(void))
{
	struct act act = {end, fn};

	ck_assert_int_eq(subject_call(&subject, do_end_and, &act), 0);
	if (end != HALF)
		far.fds[far.count - 1] = -1;
}

static int do_trunk(void *arg)
{
	struct usher__trunk_opts opts = {.name = "a",
					 .domain = "center.test",
					 .host = "127.0.0.1",
					 .port = peer.port,
					 .tcp = true,
					 .check_ms = *(uint32_t *)arg};
	int err = usher__ua_trunk_add(subject.ua, &opts, &trunk, NULL);

	if (!err)
		usher__ua_trunk_start(subject.ua, trunk);
	return err;
}

static void make_trunk(uint32_t check_ms)
{
	ck_assert_int_eq(subject_call(&subject, do_trunk, &check_ms), 0);
}

static int place(void)
{
	struct usher__call_opts opts = {
		.trunk = trunk, .user = "1", .silent_ms = SILENT_MS};

	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

static int do_place(void *arg)
{
	(void)arg;
	return place();
}

static int hang_up(void)
{
	return usher__leg_hangup(subject.ua, subject.leg);
}

static int unregister(void)
{
	return usher__ua_unregister(subject.ua, registration);
}

/* A call that is refused leaves a connection. */
static void keep_one(void)
{
	make_trunk(0);
	subject_call(&subject, do_place, NULL);
	take();
	hear("INVITE ");
	answer("486 Busy", "");
	hear("ACK ");
	until_ended(1, USHER__CAUSE_REFUSED, 486);
}

/* ---- right before ---- */

START_TEST(invite__goes_again_where_the_kept_connection_is_dead)
{
	int before;

	keep_one();
	before = newest();
	end_and((enum end)_i, place);
	if (_i == HALF) {
		hear_on(before, "INVITE ");
		hear_again("INVITE ");
	} else {
		take();
		hear("INVITE ");
	}
	answer("486 Busy", "");
	hear("ACK ");
	until_ended(2, USHER__CAUSE_REFUSED, 486);
	ck_assert_uint_eq(far.len, 0);
}
END_TEST

START_TEST(bye__goes_again_where_the_kept_connection_is_dead)
{
	char contact[128];

	snprintf(contact, sizeof(contact),
		 "Contact: <sip:p@127.0.0.1:%u;transport=tcp>\r\n"
		 "Content-Type: application/sdp\r\n",
		 peer.port);
	make_trunk(0);
	subject_call(&subject, do_place, NULL);
	take();
	hear("INVITE ");
	answer_on(newest(), "200 OK", contact, sdp);
	hear("ACK ");
	until_told(USHER__LEG_ANSWERED, 1);
	end_and((enum end)_i, hang_up);
	take();
	hear("BYE ");
	answer("200 OK", "");
	while (subject_counters(&subject).legs_now)
		usleep(SETTLE_US);
	ck_assert(!ready(far.listener, 0));
}
END_TEST

static int do_register(void *arg)
{
	struct usher__register_opts opts = {.user = "bob",
					    .expires_s = EXPIRES_S};
	char registrar[64];

	(void)arg;
	snprintf(registrar, sizeof(registrar),
		 "sip:127.0.0.1:%u;transport=tcp", peer.port);
	opts.registrar = registrar;
	return usher__ua_register(subject.ua, &opts, &registration, NULL);
}

static void registered(void)
{
	ck_assert_int_eq(subject_call(&subject, do_register, NULL), 0);
	take();
	hear("REGISTER ");
	answer("200 OK", "Expires: 600\r\n");
	do
		subject_sync(&subject);
	while (subject.registration_status != 200);
	ck_assert_uint_eq(subject.registration_expires_s, EXPIRES_S);
}

START_TEST(register__goes_again_where_the_kept_connection_is_dead)
{
	registered();
	end_and((enum end)_i, unregister);
	take();
	hear("REGISTER ");
	ck_assert(has("\r\nExpires: 0\r\n"));
	answer("200 OK", "");
	do
		subject_sync(&subject);
	while (subject.registration_expires_s);
	ck_assert_uint_eq(subject.registration_status, 200);
}
END_TEST

/* ---- before an answer ---- */

START_TEST(options__goes_again_and_the_trunk_stays_up)
{
	make_trunk(USHER__TRUNK_CHECK_MIN_MS);
	take();
	hear("OPTIONS ");
	answer("200 OK", "");
	hear("OPTIONS ");
	end_it(newest(), (enum end)_i);
	if (_i != HALF)
		far.fds[far.count - 1] = -1;
	hear_again("OPTIONS ");
	answer("200 OK", "");
	subject_sync(&subject);
	ck_assert_ptr_null(strstr(subject.log, "is down"));
}
END_TEST

START_TEST(invite__that_was_read__is_repeated_as_it_was)
{
	keep_one();
	subject_call(&subject, do_place, NULL);
	hear("INVITE ");
	end_it(newest(), HALF);
	hear_again("INVITE ");
	answer("486 Busy", "");
	hear("ACK ");
	until_ended(2, USHER__CAUSE_REFUSED, 486);
}
END_TEST

START_TEST(second_try__is_the_last_one)
{
	keep_one();
	end_and(CLOSE, place);
	take();
	hear("INVITE ");
	end_it(newest(), HALF);
	until_ended(2, USHER__CAUSE_UNREACHABLE, 503);
}
END_TEST

START_TEST(nobody_there_any_more__fails_at_once)
{
	keep_one();
	close(far.listener);
	far.listener = -1;
	end_and((enum end)_i, place);
	until_ended(2, USHER__CAUSE_UNREACHABLE, 503);
}
END_TEST

/* Who has closed what was made for it would do so again. */
START_TEST(new_connection__is_not_made_twice)
{
	make_trunk(0);
	subject_call(&subject, do_place, NULL);
	take();
	hear("INVITE ");
	end_it(newest(), (enum end)_i);
	if (_i != HALF)
		far.fds[far.count - 1] = -1;
	until_ended(1, USHER__CAUSE_UNREACHABLE, 503);
}
END_TEST

static int connect_back(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_port = htons(subject.port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

/* RFC 3261, 18.2.2. */
START_TEST(who_was_heard__may_answer_on_a_connection_of_its_own)
{
	int back;

	keep_one();
	subject_call(&subject, do_place, NULL);
	hear("INVITE ");
	answer("180 Ringing", "");
	until_told(USHER__LEG_PROGRESS, 1);
	end_it(newest(), HALF);
	until_noticed(newest());
	subject_sync(&subject);
	ck_assert(!ready(far.listener, 0));
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_ENDED), 1);
	back = connect_back();
	answer_on(back, "486 Busy", "", "");
	until_told(USHER__LEG_ENDED, 2);
	ck_assert_int_eq(subject_call(&subject, do_last_status, NULL), 486);
	close(back);
}
END_TEST

/* ---- a phone's own connection ---- */

static int call_phone(void)
{
	struct usher__call_opts opts = {.domain = "center.test",
					.user = "alice",
					.silent_ms = SILENT_MS};

	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

static int do_call_phone(void *arg)
{
	(void)arg;
	return call_phone();
}

static void say_register(unsigned cseq, const char *more)
{
	char text[2048];
	int n = snprintf(text, sizeof(text),
			 "REGISTER sip:center.test SIP/2.0\r\n"
			 "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK%u\r\n"
			 "From: <sip:alice@center.test>;tag=1\r\n"
			 "To: <sip:alice@center.test>\r\nCall-ID: r\r\n"
			 "CSeq: %u REGISTER\r\n"
			 "Contact: <sip:alice@127.0.0.1:9>\r\n%s"
			 "Content-Length: 0\r\n\r\n",
			 cseq, cseq, more);

	ck_assert_int_eq(send(newest(), text, (size_t)n, MSG_NOSIGNAL), n);
}

/* Nobody listens where it is. */
static void phone_registered(void)
{
	char digest[1024];

	far.fds[far.count++] = connect_back();
	say_register(1, "");
	hear("SIP/2.0 401");
	peer_digest(&peer, "REGISTER", "sip:center.test", "alice", "secret",
		    digest, sizeof(digest));
	say_register(2, digest);
	hear("SIP/2.0 200");
}

START_TEST(phone_that_drops_its_connection__is_unreachable_at_once)
{
	phone_registered();
	subject_call(&subject, do_call_phone, NULL);
	hear("INVITE ");
	end_it(newest(), (enum end)_i);
	if (_i != HALF)
		far.fds[far.count - 1] = -1;
	until_ended(1, USHER__CAUSE_UNREACHABLE, 503);
}
END_TEST

START_TEST(phone_that_has_dropped_it__is_unreachable_at_once)
{
	phone_registered();
	end_and((enum end)_i, call_phone);
	until_ended(1, USHER__CAUSE_UNREACHABLE, 503);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_sent");
	TCase *tc = tcase_create("sip_sent");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 20);
	tcase_add_loop_test(
		tc, invite__goes_again_where_the_kept_connection_is_dead, 0,
		ENDS);
	tcase_add_loop_test(tc,
			    bye__goes_again_where_the_kept_connection_is_dead,
			    0, ENDS);
	tcase_add_loop_test(
		tc, register__goes_again_where_the_kept_connection_is_dead, 0,
		ENDS);
	tcase_add_loop_test(tc, options__goes_again_and_the_trunk_stays_up, 0,
			    ENDS);
	tcase_add_test(tc, invite__that_was_read__is_repeated_as_it_was);
	tcase_add_test(tc, second_try__is_the_last_one);
	tcase_add_loop_test(tc, nobody_there_any_more__fails_at_once, 0, ENDS);
	tcase_add_loop_test(tc, new_connection__is_not_made_twice, 0, ENDS);
	tcase_add_test(tc,
		       who_was_heard__may_answer_on_a_connection_of_its_own);
	tcase_add_loop_test(
		tc, phone_that_drops_its_connection__is_unreachable_at_once, 0,
		ENDS);
	tcase_add_loop_test(tc,
			    phone_that_has_dropped_it__is_unreachable_at_once,
			    0, ENDS);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
