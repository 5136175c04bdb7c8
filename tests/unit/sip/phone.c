/* usher/call.h by itself: requests and their outcomes, stale ids, limits,
 * two phones in one process, fork. */
#include <check.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <usher/call.h>

enum { WAIT_MS = 10000 };

static struct usher_phone *one, *two;

static struct usher_phone *make(void)
{
	struct usher_phone_opts opts;
	struct usher_phone *phone;

	usher_phone_opts_init(&opts, sizeof(opts));
	opts.max_events = 16;
	opts.max_calls = 4;
	opts.rtp_port_min = 40000;
	opts.rtp_port_max = 44999;
	ck_assert_int_eq(usher_phone_new(&phone, &opts, NULL), 0);
	return phone;
}

static void setup(void)
{
	one = make();
	two = make();
}

static void teardown(void)
{
	usher_phone_free(one);
	usher_phone_free(two);
}

/* The next event of this type; others are passed over. */
static struct usher_phone_event await(struct usher_phone *phone, uint32_t type)
{
	struct pollfd fd = {.fd = usher_phone_fd(phone), .events = POLLIN};
	struct usher_phone_event event;

	for (;;) {
		ck_assert_msg(poll(&fd, 1, WAIT_MS) == 1,
			      "no event of type %u", type);
		ck_assert_int_eq(
			usher_phone_next(phone, &event, sizeof(event)), 1);
		if (event.type == type)
			return event;
	}
}

static uint64_t place(struct usher_phone *from, struct usher_phone *to)
{
	struct usher_phone_call_opts opts;
	uint64_t call = 0;
	char uri[64];

	snprintf(uri, sizeof(uri), "sip:bob@127.0.0.1:%u",
		 usher_phone_port(to));
	usher_phone_call_opts_init(&opts, sizeof(opts));
	opts.uri = uri;
	opts.from_name = "A \"quoted\" name";
	ck_assert_int_eq(usher_phone_place(from, &opts, &call, NULL), 0);
	return call;
}

START_TEST(call__goes_up_and_ends)
{
	uint64_t request = 0, call = place(one, two);
	struct usher_phone_event event;

	event = await(one, USHER_PHONE_DONE);
	ck_assert_int_eq(event.code, 0);
	ck_assert_uint_eq(event.call, call);
	event = await(two, USHER_PHONE_INCOMING);
	ck_assert_str_eq(event.to, "bob");
	ck_assert_str_eq(event.from, "usher@127.0.0.1");
	ck_assert_int_eq(usher_phone_answer(two, event.call, &request), 0);
	ck_assert_uint_ne(request, 0);
	ck_assert_uint_eq(await(two, USHER_PHONE_DONE).request, request);
	await(one, USHER_PHONE_ANSWERED);
	await(two, USHER_PHONE_ANSWERED);
	ck_assert_int_eq(usher_phone_hangup(two, event.call, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_ENDED).cause,
			 USHER_PHONE_CAUSE_REMOTE);
	ck_assert_int_eq(await(two, USHER_PHONE_ENDED).cause,
			 USHER_PHONE_CAUSE_LOCAL);
	/* Its id is void now. */
	ck_assert_int_eq(usher_phone_hold(one, call, 1, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, USHER_ENOENT);
}
END_TEST

START_TEST(wrong_state__is_the_outcome)
{
	uint64_t call = place(one, two);

	await(two, USHER_PHONE_INCOMING);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, 0);
	ck_assert_int_eq(usher_phone_answer(one, call, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, USHER_ESTATE);
	ck_assert_int_eq(usher_phone_hold(one, call, 1, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, USHER_ESTATE);
	ck_assert_int_eq(usher_phone_record(one, call, NULL, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, USHER_ESTATE);
	ck_assert_int_eq(usher_phone_bridge(one, call, call, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, USHER_EINVAL);
	ck_assert_int_eq(usher_phone_bridge(one, call, 999, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, USHER_ENOENT);
}
END_TEST

START_TEST(bad_arguments__are_refused_at_once)
{
	struct usher_phone_account_opts account;
	struct usher_phone_call_opts opts;
	struct usher_phone_event event;
	struct usher_phone *phone = NULL;
	struct usher_phone_opts bad;
	struct usher_error err;
	uint64_t call = 7;
	uint32_t id = 7;

	usher_phone_call_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(usher_phone_place(one, &opts, &call, NULL),
			 USHER_EINVAL);
	opts.uri = "sip:a@127.0.0.1";
	ck_assert_int_eq(usher_phone_place(NULL, &opts, &call, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_phone_place(one, &opts, NULL, NULL),
			 USHER_EINVAL);
	ck_assert_uint_eq(call, 7);
	usher_phone_account_opts_init(&account, sizeof(account));
	ck_assert_int_eq(usher_phone_register(one, &account, &id, NULL),
			 USHER_EINVAL);
	ck_assert_uint_eq(id, 7);
	ck_assert_int_eq(usher_phone_reject(one, 1, 200, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_phone_digits(one, 1, "12x", NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_phone_digits(one, 1, "", NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_phone_tone(one, 1, 1, 0, NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_phone_transfer(one, 1, "", NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_phone_play(one, 1, NULL, 0, NULL),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_phone_next(one, NULL, 1), USHER_EINVAL);
	ck_assert_int_eq(usher_phone_next(one, &event, sizeof(event)), 0);
	memset(&bad, 0, sizeof(bad));
	ck_assert_int_eq(usher_phone_new(&phone, &bad, &err), USHER_EINVAL);
	usher_phone_opts_init(&bad, sizeof(bad));
	bad.address = "nowhere";
	ck_assert_int_lt(usher_phone_new(&phone, &bad, &err), 0);
	bad.address = "127.0.0.1";
	bad.port = usher_phone_port(one);
	ck_assert_int_eq(usher_phone_new(&phone, &bad, &err), USHER_EIO);
	ck_assert_ptr_null(phone);
	usher_phone_free(NULL);
}
END_TEST

START_TEST(bad_target__is_the_outcome)
{
	static const char *const uris[] = {"tel:1", "x", "sip:a@b\r\nX: y"};
	struct usher_phone_call_opts opts;
	uint64_t call;
	size_t i;

	usher_phone_call_opts_init(&opts, sizeof(opts));
	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		opts.uri = uris[i];
		ck_assert_int_eq(usher_phone_place(one, &opts, &call, NULL),
				 0);
		ck_assert_int_lt(await(one, USHER_PHONE_DONE).code, 0);
	}
	opts.uri = "sip:a@127.0.0.1";
	opts.account = 77;
	ck_assert_int_eq(usher_phone_place(one, &opts, &call, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, USHER_ENOENT);
	ck_assert_int_eq(usher_phone_unregister(one, 77, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, USHER_ENOENT);
}
END_TEST

START_TEST(undrained__gives_eagain_and_loses_no_outcome)
{
	struct usher_phone_event event;
	unsigned sent = 0, done = 0;
	uint64_t request;
	int err;

	while (!(err = usher_phone_hangup(one, 999, &request)))
		ck_assert_uint_le(++sent, 16);
	ck_assert_int_eq(err, USHER_EAGAIN);
	/* One place is kept for STOPPED. */
	ck_assert_uint_eq(sent, 15);
	while (done < sent) {
		event = await(one, USHER_PHONE_DONE);
		ck_assert_int_eq(event.code, USHER_ENOENT);
		done++;
	}
	ck_assert_int_eq(usher_phone_hangup(one, 999, &request), 0);
	event = await(one, USHER_PHONE_DONE);
	ck_assert_uint_eq(event.request, request);
}
END_TEST

START_TEST(calls_beyond_the_limit__are_busy)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		place(one, two);
	for (i = 0; i < 4; i++)
		await(two, USHER_PHONE_INCOMING);
	{
		struct usher_phone *three = make();

		place(three, two);
		ck_assert_uint_eq(await(three, USHER_PHONE_ENDED).status, 486);
		usher_phone_free(three);
	}
}
END_TEST

START_TEST(stop__ends_everything_once)
{
	struct usher_phone_event event;
	uint64_t request;

	place(one, two);
	event = await(two, USHER_PHONE_INCOMING);
	usher_phone_answer(two, event.call, NULL);
	await(one, USHER_PHONE_ANSWERED);
	ck_assert_int_eq(usher_phone_stop(one, 2000), 0);
	ck_assert_int_eq(usher_phone_stop(one, 2000), 0);
	ck_assert_int_eq(usher_phone_hangup(one, 1, &request), USHER_ECLOSED);
	ck_assert_int_eq(await(one, USHER_PHONE_ENDED).cause,
			 USHER_PHONE_CAUSE_STOPPED);
	await(one, USHER_PHONE_STOPPED);
	ck_assert_int_eq(usher_phone_next(one, &event, sizeof(event)), 0);
	ck_assert_int_eq(await(two, USHER_PHONE_ENDED).cause,
			 USHER_PHONE_CAUSE_REMOTE);
}
END_TEST

START_TEST(hold__outlives_no_call)
{
	struct usher_phone_event event;
	uint64_t call, request;

	/* The peer hangs up while our re-INVITE is out: both outcomes. */
	call = place(one, two);
	event = await(two, USHER_PHONE_INCOMING);
	usher_phone_answer(two, event.call, NULL);
	await(one, USHER_PHONE_ANSWERED);
	await(two, USHER_PHONE_ANSWERED);
	ck_assert_int_eq(usher_phone_hold(one, call, 1, &request), 0);
	ck_assert_int_eq(usher_phone_hangup(one, call, NULL), 0);
	do
		event = await(one, USHER_PHONE_DONE);
	while (event.request != request);
	ck_assert(event.code == 0 || event.code == USHER_ECANCELED);
	await(one, USHER_PHONE_ENDED);
}
END_TEST

/* The two are talking; the call's id at `one`. */
static uint64_t talking(void)
{
	struct usher_phone_event event;
	uint64_t call = place(one, two);

	event = await(two, USHER_PHONE_INCOMING);
	usher_phone_answer(two, event.call, NULL);
	await(one, USHER_PHONE_ANSWERED);
	await(two, USHER_PHONE_ANSWERED);
	return call;
}

START_TEST(record__that_fails_is_told_and_may_be_tried_again)
{
	char path[64];
	struct usher_phone_event event;
	uint64_t call = talking();

	ck_assert_int_eq(
		usher_phone_record(one, call, "/nonexistent/x.wav", NULL), 0);
	event = await(one, USHER_PHONE_RECORDED);
	ck_assert_uint_eq(event.call, call);
	ck_assert_int_lt(event.code, 0);
	ck_assert_uint_eq(event.duration_ms, 0);

	snprintf(path, sizeof(path), "/tmp/usher-phone-%d.wav", getpid());
	unlink(path);
	ck_assert_int_eq(usher_phone_record(one, call, path, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, 0);
	ck_assert_int_eq(usher_phone_record(one, call, path, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, USHER_EBUSY);
	ck_assert_int_eq(usher_phone_record(one, call, NULL, NULL), 0);
	event = await(one, USHER_PHONE_RECORDED);
	ck_assert_int_eq(event.code, 0);
	ck_assert_uint_eq(event.call, call);

	/* It exists already. */
	ck_assert_int_eq(usher_phone_record(one, call, path, NULL), 0);
	ck_assert_int_lt(await(one, USHER_PHONE_RECORDED).code, 0);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* The call's end completes the file, and STOPPED comes after that. */
START_TEST(record__is_over_before_the_phone_has_stopped)
{
	char path[64];
	struct usher_phone_event event;
	uint64_t call = talking();
	int ended = 0, recorded = 0;

	snprintf(path, sizeof(path), "/tmp/usher-phone-%d.wav", getpid());
	unlink(path);
	ck_assert_int_eq(usher_phone_record(one, call, path, NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, 0);
	ck_assert_int_eq(usher_phone_stop(one, 2000), 0);
	do {
		struct pollfd fd = {.fd = usher_phone_fd(one),
				    .events = POLLIN};

		ck_assert_int_eq(poll(&fd, 1, WAIT_MS), 1);
		ck_assert_int_eq(usher_phone_next(one, &event, sizeof(event)),
				 1);
		ended += event.type == USHER_PHONE_ENDED;
		recorded += event.type == USHER_PHONE_RECORDED;
	} while (event.type != USHER_PHONE_STOPPED);
	ck_assert_int_eq(ended, 1);
	ck_assert_int_eq(recorded, 1);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int at_gate;

static void log_at_gate(void *arg, int level, const char *text)
{
	(void)arg;
	(void)level;
	(void)text;
	at_gate = 1;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

static void send_rubbish(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sendto(fd, "no SIP\r\n\r\n", 10, 0, (struct sockaddr *)&to,
	       sizeof(to));
	close(fd);
}

/* Its loop is busy and has more to do than there is room for, while its peer
 * presses a key: this key and the next are heard. */
START_TEST(flood_of_requests__does_not_make_it_deaf)
{
	struct usher_phone_opts opts;
	struct usher_phone_event event;
	struct usher_phone *busy;
	uint64_t call;

	usher_phone_opts_init(&opts, sizeof(opts));
	opts.max_events = 20000;
	opts.rtp_port_min = 40000;
	opts.rtp_port_max = 44999;
	opts.log = log_at_gate;
	ck_assert_int_eq(usher_phone_new(&busy, &opts, NULL), 0);
	call = place(one, busy);
	event = await(busy, USHER_PHONE_INCOMING);
	usher_phone_answer(busy, event.call, NULL);
	await(busy, USHER_PHONE_ANSWERED);
	await(one, USHER_PHONE_ANSWERED);

	pthread_mutex_lock(&gate);
	send_rubbish(usher_phone_port(busy));
	for (int i = 0; !at_gate; i++) {
		ck_assert_int_lt(i, WAIT_MS);
		usleep(1000);
	}
	while (!usher_phone_silence(busy, 999, NULL))
		;
	ck_assert_int_eq(usher_phone_digits(one, call, "1", NULL), 0);
	ck_assert_int_eq(await(one, USHER_PHONE_DONE).code, 0);
	usleep(50000); /* sent; give the media thread time to ring in vain */
	pthread_mutex_unlock(&gate);
	ck_assert_int_eq(await(busy, USHER_PHONE_DIGIT).digit, '1');
	ck_assert_int_eq(usher_phone_digits(one, call, "2", NULL), 0);
	ck_assert_int_eq(await(busy, USHER_PHONE_DIGIT).digit, '2');
	usher_phone_free(busy);
}
END_TEST

START_TEST(two_phones__are_freed_in_either_order)
{
	struct usher_phone *a = make(), *b = make();

	place(a, b);
	await(b, USHER_PHONE_INCOMING);
	usher_phone_free(a);
	ck_assert_int_eq(usher_phone_hangup(b, 999, NULL), 0);
	ck_assert_int_eq(await(b, USHER_PHONE_DONE).code, USHER_ENOENT);
	usher_phone_free(b);
	a = make();
	b = make();
	usher_phone_free(b);
	usher_phone_free(a);
}
END_TEST

START_TEST(child__gets_efork)
{
	struct usher_phone_event event;
	int status;
	pid_t pid = fork();

	if (!pid) {
		int ok = usher_phone_hangup(one, 1, NULL) == USHER_EFORK &&
			 usher_phone_stop(one, 0) == USHER_EFORK &&
			 usher_phone_next(one, &event, sizeof(event)) ==
				 USHER_EFORK;

		usher_phone_free(one);
		_exit(ok ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("phone");
	TCase *tc = tcase_create("phone");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, call__goes_up_and_ends);
	tcase_add_test(tc, wrong_state__is_the_outcome);
	tcase_add_test(tc, bad_arguments__are_refused_at_once);
	tcase_add_test(tc, bad_target__is_the_outcome);
	tcase_add_test(tc, undrained__gives_eagain_and_loses_no_outcome);
	tcase_add_test(tc, calls_beyond_the_limit__are_busy);
	tcase_add_test(tc, stop__ends_everything_once);
	tcase_add_test(tc, hold__outlives_no_call);
	tcase_add_test(tc, record__that_fails_is_told_and_may_be_tried_again);
	tcase_add_test(tc, record__is_over_before_the_phone_has_stopped);
	tcase_add_test(tc, flood_of_requests__does_not_make_it_deaf);
	tcase_add_test(tc, two_phones__are_freed_in_either_order);
	tcase_add_test(tc, child__gets_efork);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
