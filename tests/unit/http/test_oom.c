/* Every allocation of HTTP fails in turn: the answer is the whole one or says
 * that there is no memory, nothing is lost, and the next request works. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>

#include <http/priv.h>

#include "../oom.h"
#include "fake.h"

#define ALLOCATIONS_MAX 20000
#define ANSWER_MAX      65536
#define ADDRESS         "127.0.98.1"

static struct usher_center *demo;
static struct usher__conf *conf;
static struct usher__conf_entry entries[] = {{"1000", "welcome"}};
static struct usher__tenant tenant;
static struct usher__http http;

static void setup(void)
{
	struct usher_snapshot_agent *agent;

	oom_spare(true);
	demo = fake_new("demo");
	fake_queue(demo, "sales");
	agent = fake_agent(demo, "anna");
	agent->contact = 5;
	fake_agent(demo, "ben");
	for (int i = 0; i < 3; ++i)
		fake_contact(demo, "+36301234567")->queue = 101;
	fake_contact(demo, "bad \xff\xc3 bytes");
	conf = calloc(1, sizeof(*conf));
	conf->center_count = 1;
	conf->centers[0].entries = entries;
	conf->centers[0].entry_count = 1;
	conf->hosts[0] = "board.example";
	conf->host_count = 1;
	conf->tokens[0].token = "all-of-it-0123456789";
	conf->tokens[0].center = "demo";
	conf->tokens[0].agent = "anna";
	memset(&http, 0, sizeof(http));
	memset(&tenant, 0, sizeof(tenant));
	tenant.center = demo;
	tenant.name = "demo";
	http.tenants = &tenant;
	http.tenant_count = 1;
	ck_assert_int_eq(usher__facts_new(&http.facts, conf), 0);
}

static void teardown(void)
{
	oom_disarm();
	usher__facts_free(http.facts);
	free(conf);
	fake_free(demo);
}

static const char *body_of(const struct usher__reply *reply)
{
	return reply->body ? reply->body : reply->fixed;
}

/* The answer, while the nth allocation and as many more fail. */
static long ask(const char *path, const char *body, long nth, long more,
		struct usher__reply *reply)
{
	struct usher__request req = {0};

	memset(reply, 0, sizeof(*reply));
	memset(http.buckets, 0, sizeof(http.buckets));
	req.method = body ? USHER__POST : USHER__GET;
	snprintf(req.path, sizeof(req.path), "%s", path);
	strcpy(req.host, "127.0.0.1");
	strcpy(req.content_type, "application/json");
	req.body = body;
	req.body_len = body ? strlen(body) : 0;
	oom_arm(nth, more);
	oom_spare(false);
	usher__api_handle(&http, &req, reply);
	oom_spare(true);
	return oom_disarm();
}

static void assert_no_memory(const struct usher__reply *reply)
{
	ck_assert_int_eq(reply->status, 503);
	ck_assert_ptr_nonnull(strstr(body_of(reply), "\"no_memory\""));
	ck_assert_str_eq(reply->header, "Retry-After: 1\r\n");
	ck_assert_uint_eq(strlen(body_of(reply)), reply->len);
}

static const char *const looks[] = {
	"/api/v1",
	"/api/v1/state",
	"/api/v1/queues",
	"/api/v1/agents",
	"/api/v1/contacts",
	"/api/v1/entries",
	"/api/v1/figures",
	"/api/v1/queues/sales",
	"/api/v1/agents/anna",
	"/api/v1/contacts/9007199254740993",
	"/api/v1/agents/nobody",
	"/api/v1/nothing",
	"/api/v1/history/contacts",
	"/api/v1/live",
	"/metrics",
	"/",
};

START_TEST(look__is_whole_or_says_no_memory)
{
	struct usher__reply whole, reply;
	long nth, failed = 1;

	ask(looks[_i], NULL, ALLOCATIONS_MAX, 0, &whole);
	for (nth = 1; failed && nth < ALLOCATIONS_MAX; ++nth) {
		failed = ask(looks[_i], NULL, nth, nth % 2 ? 0 : 1000, &reply);
		if (reply.status == 503) {
			assert_no_memory(&reply);
		} else {
			ck_assert_int_eq(reply.status, whole.status);
			ck_assert_msg(reply.len == whole.len,
				      "allocation %ld: %s", nth,
				      body_of(&reply));
		}
		usher__reply_free(&reply);
	}
	ck_assert_int_eq(failed, 0);
	usher__reply_free(&whole);
}
END_TEST

START_TEST(look__shows_whatever_bytes_a_caller_has)
{
	struct usher__reply reply;

	ask("/api/v1/contacts", NULL, ALLOCATIONS_MAX, 0, &reply);
	ck_assert_int_eq(reply.status, 200);
	ck_assert_ptr_nonnull(strstr(body_of(&reply), "\"bad ?? bytes\""));
	usher__reply_free(&reply);
}
END_TEST

static const struct {
	const char *path;
	const char *body;
	int status; /* 0: taken */
} acts[] = {
	{"agents/anna/pause", "{\"reason\":\"lunch\"}", 0},
	{"agents/anna/ready", "{}", 0},
	{"agents/anna/transfer",
	 "{\"contact\":\"7\",\"target\":\"+36301234567890123456789\"}", 0},
	{"contacts/8/assign", "{\"agent\":\"anna\"}", 0},
	{"agents/anna/pause", "{", 400},
	{"agents/anna/pause", "{\"reason\":1}", 400},
	{"agents/anna/dance", "{}", 404},
};

/* Nothing of a body is lost, and no mistake is seen where there is none. */
START_TEST(act__needs_no_memory)
{
	struct usher__reply reply;
	char path[64];

	snprintf(path, sizeof(path), "/api/v1/%s", acts[_i].path);
	ask(path, acts[_i].body, 1, ALLOCATIONS_MAX, &reply);
	ck_assert_int_eq(reply.status, acts[_i].status);
	ck_assert_int_eq(reply.pending != 0, !acts[_i].status);
	if (strstr(path, "transfer"))
		ck_assert_str_eq(fake_request(demo)->text,
				 "+36301234567890123456789");
	usher__reply_free(&reply);
}
END_TEST

START_TEST(act__an_outcome_is_told_without_memory)
{
	struct usher__reply reply = {0};

	oom_arm(1, ALLOCATIONS_MAX);
	oom_spare(false);
	usher__api_outcome(&reply, 5, 0, NULL);
	oom_spare(true);
	oom_disarm();
	ck_assert_int_eq(reply.status, 200);
	oom_arm(1, ALLOCATIONS_MAX);
	oom_spare(false);
	usher__api_outcome(&reply, 5, USHER_ESTATE, "say \"why\"\n");
	oom_spare(true);
	oom_disarm();
	ck_assert_int_eq(reply.status, 409);
	ck_assert_str_eq(body_of(&reply),
			 "{\"error\":{\"code\":\"wrong_state\",\"message\":"
			 "\"say \\\"why\\\"\\u000a\"}}");
	/* The center had none. */
	fake_answer(demo, FAKE_REFUSE, USHER_ENOMEM, "");
	ask("/api/v1/agents/anna/ready", "{}", ALLOCATIONS_MAX, 0, &reply);
	assert_no_memory(&reply);
}
END_TEST

START_TEST(facts__without_memory_are_none)
{
	struct usher__facts *facts = NULL;
	long nth, failed = 1;
	int e;

	conf->token_count = 1;
	for (nth = 1; failed && nth < ALLOCATIONS_MAX; ++nth) {
		oom_arm(nth, 0);
		oom_spare(false);
		e = usher__facts_new(&facts, conf);
		oom_spare(true);
		failed = oom_disarm();
		ck_assert_int_eq(e, failed ? USHER_ENOMEM : 0);
	}
	usher__facts_free(facts);
	ck_assert_int_gt(nth, 8);
}
END_TEST

/* ---- over a socket ---------------------------------------------------------
 */

static struct usher__http *server;
static uint16_t port;

static int serve(void)
{
	const struct usher__http_center center = {.center = demo};
	const struct usher__http_opts opts = {
		.conf = conf, .centers = &center, .center_count = 1};

	strcpy(conf->http.address, ADDRESS);
	server = NULL;
	return usher__http_new(&server, &opts, NULL);
}

static void served(void)
{
	struct usher__listen at;

	setup();
	ck_assert_int_eq(serve(), 0);
	usher__http_listen(server, &at);
	port = at.port;
}

static void closed(void)
{
	oom_disarm();
	usher__http_free(server);
	teardown();
}

/* Send it; all that comes back until the other side closes, or until it has
 * `enough` in it. */
static const char *talk(const char *request, const char *enough)
{
	static char answer[ANSWER_MAX];
	static unsigned talks;
	struct sockaddr_in from = {.sin_family = AF_INET};
	struct timeval patience = {.tv_sec = 10};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port)};
	size_t len = strlen(request), got = 0;
	ssize_t n = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, ADDRESS, &to.sin_addr);
	/* Each from elsewhere, since one peer is slowed down. */
	from.sin_addr.s_addr = htonl(0x7f006202 + talks++ % 250);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	ck_assert_int_eq(send(fd, request, len, MSG_NOSIGNAL), (ssize_t)len);
	answer[0] = 0;
	while (!memmem(answer, got, enough, strlen(enough)) &&
	       got + 1 < sizeof(answer)) {
		n = recv(fd, answer + got, sizeof(answer) - got - 1, 0);
		if (n <= 0)
			break;
		got += (size_t)n;
		answer[got] = 0;
	}
	/* Nothing hangs. A reset is a close. */
	ck_assert_msg(n >= 0 || errno == ECONNRESET, "no answer: %s", answer);
	close(fd);
	return answer;
}

#define HEAD "Host: 127.0.98.1\r\nConnection: close\r\n"

static const struct {
	const char *text;
	const char *enough; /* in an answer that is whole */
} requests[] = {
	{"GET /api/v1/state HTTP/1.1\r\n" HEAD "\r\n", "\"total\":{}}"},
	{"HEAD /api/v1/state HTTP/1.1\r\n" HEAD "\r\n", "\r\n\r\n"},
	{"POST /api/v1/agents/anna/pause HTTP/1.1\r\n" HEAD
	 "Content-Type: application/json\r\nContent-Length: 18\r\n\r\n"
	 "{\"reason\":\"lunch\"}",
	 "\"done\""},
	{"POST /api/v1/agents/anna/ready HTTP/1.1\r\n" HEAD
	 "Content-Length: 0\r\n\r\n",
	 "\"done\""},
	{"GET / HTTP/1.1\r\n" HEAD "\r\n", "</html>"},
};

static const struct {
	const char *text;
	const char *enough;
} streams[] = {
	{"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.98.1\r\n"
	 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	 "Sec-WebSocket-Version: 13\r\n"
	 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	 "\"total\":{}}"},
	{"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.98.1\r\n"
	 "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	 "Sec-WebSocket-Version: 13\r\n"
	 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	 "\"total\":{}}"},
};

START_TEST(socket__answers_or_says_no_memory)
{
	const char *answer, *enough = requests[_i].enough;
	long nth, failed = 1;

	for (nth = 1; failed && nth < ALLOCATIONS_MAX; ++nth) {
		oom_arm(nth, nth % 2 ? 0 : 1000);
		answer = talk(requests[_i].text, enough);
		failed = oom_disarm();
		ck_assert_msg(strncmp(answer, "HTTP/1.1 503", 12) == 0
				      ? strcasestr(answer, "retry-after:") !=
						NULL
				      : strstr(answer, enough) != NULL,
			      "allocation %ld: %s", nth, answer);
		ck_assert_ptr_nonnull(
			strstr(talk(requests[_i].text, enough), enough));
	}
	ck_assert_int_eq(failed, 0);
}
END_TEST

/* A stream that cannot go on is closed, and the next one is whole. */
START_TEST(socket__streams_or_closes)
{
	const char *answer, *enough = streams[_i].enough;
	long nth, failed = 1;

	for (nth = 1; failed && nth < ALLOCATIONS_MAX; ++nth) {
		oom_arm(nth, 0);
		answer = talk(streams[_i].text, enough);
		failed = oom_disarm();
		ck_assert_msg(strncmp(answer, "HTTP/1.1 101", 12) == 0 ||
				      strncmp(answer, "HTTP/1.1 503", 12) == 0,
			      "allocation %ld: %s", nth, answer);
		ck_assert_ptr_nonnull(memmem(answer, 12, "HTTP/1.1", 8));
		answer = talk(streams[_i].text, "\"total\":{}}");
		ck_assert_int_eq(strncmp(answer, "HTTP/1.1 101", 12), 0);
	}
	ck_assert_int_eq(failed, 0);
}
END_TEST

START_TEST(server__listens_or_says_why_not)
{
	long nth, failed = 1;
	int e;

	for (nth = 1; failed && nth < ALLOCATIONS_MAX; ++nth) {
		oom_arm(nth, 0);
		oom_spare(false);
		e = serve();
		oom_spare(true);
		failed = oom_disarm();
		ck_assert_msg(!e || (failed &&
				     (e == USHER_ENOMEM || e == USHER_EIO)),
			      "allocation %ld: %s", nth, usher_strerror(e));
		usher__http_free(server);
	}
	server = NULL;
	ck_assert_int_gt(nth, 5);
	ck_assert_int_eq(failed, 0);
}
END_TEST

#define LOOP(t, f, a) tcase_add_loop_test(t, f, 0, sizeof(a) / sizeof((a)[0]))

int main(void)
{
	Suite *suite = suite_create("http-oom");
	TCase *t = tcase_create("api");
	TCase *over = tcase_create("socket");
	SRunner *runner;
	int failed;

	/* jansson is not linked with us: it is asked. */
	json_set_alloc_funcs(malloc, free);
	tcase_set_timeout(t, 60);
	tcase_set_timeout(over, 110);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_checked_fixture(over, served, closed);
	LOOP(t, look__is_whole_or_says_no_memory, looks);
	tcase_add_test(t, look__shows_whatever_bytes_a_caller_has);
	LOOP(t, act__needs_no_memory, acts);
	tcase_add_test(t, act__an_outcome_is_told_without_memory);
	tcase_add_test(t, facts__without_memory_are_none);
	tcase_add_test(t, server__listens_or_says_why_not);
	LOOP(over, socket__answers_or_says_no_memory, requests);
	LOOP(over, socket__streams_or_closes, streams);
	suite_add_tcase(suite, t);
	suite_add_tcase(suite, over);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
