/* What the voice driver rings with, by how much of it the center knew. The
 * center's part and the phone's are played here. */
#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <channel/channel.h>
#include <drivers/voice/voice.h>
#include <sip/loop.h>

enum { WAIT_MS = 10000, REQ = 1, TEXT_MAX = 8192 };

static const struct usher_channel_driver *driver;
static struct usher__loop *loop;
static struct usher__voice_hub *hub;
static struct usher__voice *voice;
static int phone = -1;
static uint16_t phone_port;

static int sink_post(void *owner, struct usher__report *report)
{
	(void)owner;
	free(report);
	return 0;
}

static uint64_t sink_leg(void *owner)
{
	(void)owner;
	return 1;
}

static int sink_open(void *owner)
{
	(void)owner;
	return 0;
}

static struct usher_channel channel = {
	.sink = {.post = sink_post, .leg = sink_leg, .open = sink_open},
};

static const char *password(void *arg, const char *account)
{
	(void)arg;
	(void)account;
	return NULL;
}

static char last_line[256];
static unsigned lines; /* that say of no trunk */

/* On the loop's thread, which is asked for them. */
static void on_log(void *arg, int level, const char *text)
{
	(void)arg;
	(void)level;
	if (!strstr(text, "no trunk: "))
		return;
	lines++;
	snprintf(last_line, sizeof(last_line), "%s", text);
}

static int open_hub(void *arg)
{
	const struct usher__voice_hub_opts hub_opts = {
		.loop = loop,
		.address = "127.0.0.1",
		.rtp_port_min = 45000,
		.rtp_port_max = 49999,
		.media_threads = 1,
		.log = on_log,
	};
	const struct usher__voice_opts opts = {.password = password};
	int err = usher__voice_hub_new(&hub, &hub_opts, NULL);

	(void)arg;
	if (!err)
		err = usher__voice_new(&voice, hub, &opts);
	return err ? err : driver->start(voice, &channel);
}

static int close_hub(void *arg)
{
	(void)arg;
	driver->stop(voice);
	usher__voice_hub_free(hub);
	return 0;
}

static void setup(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	phone = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(phone, (struct sockaddr *)&at, sizeof(at)), 0);
	getsockname(phone, (struct sockaddr *)&at, &len);
	phone_port = ntohs(at.sin_port);
	driver = usher__voice_driver();
	channel.driver = driver;
	ck_assert_int_eq(usher__loop_new(&loop, NULL, NULL), 0);
	ck_assert_int_eq(usher__loop_call(loop, open_hub, NULL), 0);
}

static void teardown(void)
{
	usher__loop_call(loop, close_hub, NULL);
	usher__loop_free(loop);
	close(phone);
}

struct call {
	uint64_t leg;
	const struct usher_channel_ring *ring;
};

static int run_ring(void *arg)
{
	const struct call *call = arg;

	return driver->ring(voice, REQ, call->leg, call->ring);
}

/* The INVITE of a leg that a center rings whose struct is of that size; with
 * nothing behind it: ASan looks. */
static const char *invite_of(uint64_t leg, size_t size)
{
	static char text[TEXT_MAX];
	struct pollfd fd = {.fd = phone, .events = POLLIN};
	struct usher_channel_ring full = {
		.size = size,
		.caller = "5550",
		.privacy = "id",
		.user_to_user = "00c9",
		.without = USHER_RING_NO_TEXT,
	};
	struct call call = {.leg = leg};
	char address[64], from[32];
	ssize_t n;
	void *cut;

	snprintf(address, sizeof(address), "sip:leg%u@127.0.0.1:%u",
		 (unsigned)leg, phone_port);
	snprintf(from, sizeof(from), "INVITE sip:leg%u@", (unsigned)leg);
	full.address = address;
	call.ring = cut = malloc(size);
	ck_assert_ptr_nonnull(cut);
	memcpy(cut, &full, size);
	ck_assert_int_eq(usher__loop_call(loop, run_ring, &call), 0);
	free(cut);
	do { /* the one before is sent again */
		ck_assert_int_eq(poll(&fd, 1, WAIT_MS), 1);
		n = recv(phone, text, sizeof(text) - 1, 0);
		ck_assert_int_gt(n, 0);
		text[n] = '\0';
	} while (strncmp(text, from, strlen(from)));
	return text;
}

START_TEST(ring__says_what_the_center_knew)
{
	static const size_t sizes[] = {
		offsetof(struct usher_channel_ring, privacy),
		offsetof(struct usher_channel_ring, user_to_user),
		sizeof(struct usher_channel_ring),
	};
	const char *text;
	unsigned i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		text = invite_of(i + 1, sizes[i]);
		ck_assert_msg(!strstr(text, "Privacy: id\r\n") == (i < 1),
			      "%u: %s", i, text);
		ck_assert_msg(!strstr(text, "User-to-User: 00c9\r\n") ==
				      (i < 2),
			      "%u: %s", i, text);
	}
}
END_TEST

static int count_lines(void *arg)
{
	(void)arg;
	return (int)lines;
}

START_TEST(ring__that_finds_no_trunk_does_not_fill_the_log)
{
	const struct usher_channel_ring ring = {.size = sizeof(ring),
						.address = "tel:1"};
	struct call call = {.ring = &ring};

	for (call.leg = 1; call.leg <= 50; call.leg++)
		usher__loop_call(loop, run_ring, &call);
	ck_assert_int_eq(usher__loop_call(loop, count_lines, NULL), 5);
	ck_assert_str_eq(last_line,
			 "call 5: no trunk: none is for this number");
}
END_TEST

/* Who is told that there is no TLS was rung by it, not refused as unknown. */
START_TEST(ring__knows_its_kinds_of_addresses)
{
	static const struct {
		const char *address;
		int outcome;
	} rows[] = {
		{"sip:ann@127.0.0.1:9", 0},
		{"sips:ann@127.0.0.1", USHER_ENOTSUP},
		{"tel:1", USHER_ENOENT},
		{"http://127.0.0.1", USHER_EINVAL},
	};
	struct usher_channel_ring ring = {.size = sizeof(ring)};
	struct call call = {.ring = &ring};
	int outcome;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		call.leg = i + 1;
		ring.address = rows[i].address;
		outcome = usher__loop_call(loop, run_ring, &call);
		ck_assert_msg(outcome == rows[i].outcome, "%s: %d",
			      rows[i].address, outcome);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("voice-ring");
	TCase *tc = tcase_create("ring");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ring__says_what_the_center_knew);
	tcase_add_test(tc, ring__that_finds_no_trunk_does_not_fill_the_log);
	tcase_add_test(tc, ring__knows_its_kinds_of_addresses);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
