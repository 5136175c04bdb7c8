/* Legs that carry video: what is relayed, and what goes back. */
#include <arpa/inet.h>
#include <media/feedback.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <usher/error.h>
#include "peer.h"
#include "suites.h"

#define CALLER_PT 96
#define AGENT_PT  102
#define ALL       (USHER__FB_NACK | USHER__FB_PLI | USHER__FB_FIR | USHER__FB_REMB)

enum { CALLER, AGENT, SECOND, PARTIES };

static struct usher__media *m;
static struct peer peers[PARTIES];
static uint64_t legs[PARTIES];

static void set(int i, uint8_t codec, uint8_t feedback)
{
	struct usher__mleg_params params;

	peer_params(&peers[i], &params);
	params.video = (struct usher__mvideo_params){
		.codec = codec,
		.tx_pt = i == CALLER ? CALLER_PT : AGENT_PT,
		.rx_pt = i == CALLER ? CALLER_PT : AGENT_PT,
		.feedback = feedback,
	};
	ck_assert_int_eq(usher__mleg_set(m, legs[i], &params), 0);
}

static void up(void)
{
	const struct usher__mleg_opts opts = {.kind = USHER__MKIND_VIDEO};

	m = media_up(2);
	for (int i = 0; i < PARTIES; i++) {
		peer_open(&peers[i]);
		ck_assert_int_eq(
			usher__mleg_new(m, &opts, &legs[i], &peers[i].to_port),
			0);
		set(i, 1, i == SECOND ? USHER__FB_FIR : ALL);
	}
	settle();
}

static void down(void)
{
	usher__media_free(m);
	for (int i = 0; i < PARTIES; i++)
		peer_close(&peers[i]);
}

static void send_picture(int i, const char *payload)
{
	uint8_t buf[256];
	size_t n =
		peer_packet(&peers[i], buf, i == CALLER ? CALLER_PT : AGENT_PT,
			    payload, strlen(payload));

	peer_send(&peers[i], buf, n);
}

/* Until the peer has heard so many more. */
static void heard(int i, uint32_t packets)
{
	for (int tries = 0; tries < 200; tries++) {
		peer_receive(&peers[i]);
		if (peers[i].packets >= packets)
			return;
		sleep_ms(5);
	}
	ck_abort_msg("%u of %u packets", peers[i].packets, packets);
}

static void send_feedback(int i, const struct usher__feedback *fb,
			  uint32_t ssrc, bool reduced)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)(peers[i].to_port + 1)),
		.sin_addr.s_addr = inet_addr(MEDIA_IP),
	};
	uint8_t buf[USHER__RTCP_MAX + USHER__FEEDBACK_MAX];
	size_t n = 0;

	if (!reduced)
		n = usher__rtcp_write(buf, peers[i].ssrc, NULL, NULL, "x");
	n += usher__feedback_write(buf + n, peers[i].ssrc, ssrc, fb);
	ck_assert_int_eq(sendto(peers[i].rtcp_fd, buf, n, 0,
				(const struct sockaddr *)&to, sizeof(to)),
			 (ssize_t)n);
}

/* The next that a peer is told of what it sends, other than by reports. */
static void told(int i, struct usher__feedback *fb)
{
	struct pollfd pfd = {.fd = peers[i].rtcp_fd, .events = POLLIN};
	uint8_t buf[1500];
	ssize_t n;

	do {
		ck_assert_int_eq(poll(&pfd, 1, 2000), 1);
		n = recv(peers[i].rtcp_fd, buf, sizeof(buf), 0);
		ck_assert_int_gt(n, 0);
		ck_assert_int_eq(usher__feedback_read(buf, (size_t)n,
						      peers[i].ssrc, fb),
				 0);
	} while (!fb->kinds);
}

START_TEST(video__is_relayed_and_a_picture_asked_for)
{
	struct usher__feedback fb;

	up();
	ck_assert_int_eq(usher__media_bridge(m, legs[CALLER], legs[AGENT]), 0);
	settle();
	for (int i = 0; i < 3; i++)
		send_picture(CALLER, "picture");
	heard(AGENT, 3);
	ck_assert_uint_eq(peers[AGENT].last.pt, AGENT_PT);
	ck_assert_uint_eq(peers[AGENT].gaps, 0);
	ck_assert_mem_eq(peers[AGENT].payload, "picture", 7);
	told(CALLER, &fb);
	ck_assert_uint_eq(fb.kinds, USHER__FB_PLI);
	/* Another type, another codec: not relayed. */
	set(AGENT, 2, ALL);
	settle();
	send_picture(CALLER, "lost");
	settle();
	set(AGENT, 1, ALL);
	settle();
	send_picture(CALLER, "seen");
	heard(AGENT, 4);
	ck_assert_mem_eq(peers[AGENT].payload, "seen", 4);
	down();
}
END_TEST

START_TEST(video__goes_on_as_one_stream_across_a_transfer)
{
	struct usher__feedback fb;
	uint32_t ssrc;
	uint16_t seq;

	up();
	ck_assert_int_eq(usher__media_bridge(m, legs[CALLER], legs[AGENT]), 0);
	settle();
	send_picture(AGENT, "one");
	send_picture(CALLER, "me");
	heard(CALLER, 1);
	ssrc = peers[CALLER].last.ssrc;
	seq = peers[CALLER].last.seq;
	told(CALLER, &fb);
	ck_assert_int_eq(usher__media_bridge(m, legs[CALLER], legs[SECOND]),
			 0);
	settle();
	peers[SECOND].seq = 4711;
	send_picture(SECOND, "two");
	heard(CALLER, 2);
	ck_assert_uint_eq(peers[CALLER].last.ssrc, ssrc);
	ck_assert_uint_eq(peers[CALLER].last.seq, (uint16_t)(seq + 1));
	/* In its own words. */
	told(SECOND, &fb);
	ck_assert_uint_eq(fb.kinds, USHER__FB_FIR);
	/* The caller's is asked for, too, for who has come. */
	send_picture(CALLER, "me");
	told(CALLER, &fb);
	ck_assert_uint_eq(fb.kinds, USHER__FB_PLI);
	down();
}
END_TEST

START_TEST(feedback__goes_to_the_sender_in_its_numbers)
{
	struct usher__feedback fb, got;
	int reduced = _i;

	up();
	ck_assert_int_eq(usher__media_bridge(m, legs[CALLER], legs[AGENT]), 0);
	settle();
	for (int i = 0; i < 5; i++)
		send_picture(CALLER, "picture");
	heard(AGENT, 5);
	told(CALLER, &got); /* for a picture */
	memset(&fb, 0, sizeof(fb));
	fb.kinds = USHER__FB_NACK | USHER__FB_REMB;
	fb.nacks = 1;
	fb.nack[0].seq = peers[AGENT].last.seq;
	fb.nack[0].more = 0x8001;
	fb.remb = 0x4abcd;
	send_feedback(AGENT, &fb, peers[AGENT].last.ssrc, reduced);
	told(CALLER, &got);
	ck_assert_uint_eq(got.kinds, fb.kinds);
	ck_assert_uint_eq(got.nacks, 1);
	ck_assert_uint_eq(got.nack[0].seq, (uint16_t)(peers[CALLER].seq - 1));
	ck_assert_uint_eq(got.nack[0].more, 0x8001);
	ck_assert_uint_eq(got.remb, 0x4abcd);
	/* About a stream that is not ours nothing is said. */
	send_feedback(AGENT, &fb, 12345, reduced);
	fb.nack[0].more = 2;
	send_feedback(AGENT, &fb, peers[AGENT].last.ssrc, reduced);
	told(CALLER, &got);
	ck_assert_uint_eq(got.nack[0].more, 2);
	down();
}
END_TEST

/* --- pure --------------------------------------------------------------- */

START_TEST(feedback__is_read_as_it_is_written)
{
	struct usher__feedback fb = {.kinds = ALL, .nacks = 2, .fir_seq = 7};
	uint8_t buf[USHER__RTCP_MAX + USHER__FEEDBACK_MAX];
	struct usher__feedback got;
	size_t n, report;

	fb.nack[0].seq = 65535;
	fb.nack[1].more = 0xffff;
	fb.remb = 0xfffff;
	report = usher__rtcp_write(buf, 1, NULL, NULL, "x");
	n = report + usher__feedback_write(buf + report, 1, 2, &fb);
	ck_assert_int_eq(usher__feedback_read(buf, n, 2, &got), 0);
	ck_assert_mem_eq(&got, &fb, sizeof(fb));
	ck_assert_int_eq(usher__feedback_read(buf, n, 3, &got), 0);
	ck_assert_uint_eq(got.kinds, 0);
	/* Cut anywhere it is malformed, but between packets. */
	for (size_t cut = report + 1; cut < n; cut++) {
		int rc = usher__feedback_read(buf, cut, 2, &got);

		ck_assert(rc == 0 || rc == USHER_EPROTO);
		ck_assert(rc || cut % 4 == 0);
	}
}
END_TEST

START_TEST(feedback__has_a_limit)
{
	struct usher__feedback got;
	uint8_t buf[12 + 4 * 300] = {0x81, 205};

	buf[2] = (sizeof(buf) / 4 - 1) >> 8;
	buf[3] = (sizeof(buf) / 4 - 1) & 0xff;
	ck_assert_int_eq(usher__feedback_read(buf, sizeof(buf), 0, &got), 0);
	ck_assert_uint_eq(got.nacks, USHER__FEEDBACK_NACKS_MAX);
}
END_TEST

TCase *video_case(void)
{
	TCase *c = tcase_create("video");

	tcase_set_timeout(c, 20);
	tcase_add_test(c, video__is_relayed_and_a_picture_asked_for);
	tcase_add_test(c, video__goes_on_as_one_stream_across_a_transfer);
	tcase_add_loop_test(c, feedback__goes_to_the_sender_in_its_numbers, 0,
			    2);
	tcase_add_test(c, feedback__is_read_as_it_is_written);
	tcase_add_test(c, feedback__has_a_limit);
	return c;
}
