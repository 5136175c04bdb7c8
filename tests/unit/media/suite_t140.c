/* Real-time text: what a stream of bytes, packets that are lost or out of
 * order, and a sender that takes its time, make of what was typed. */
#include <media/t140.h>
#include <stdio.h>
#include <string.h>
#include <usher/error.h>
#include "suites.h"

#define PT      98
#define LOST    "\xef\xbf\xbd"
#define SECOND  INT64_C(1000000)
#define START   (100 * SECOND)
#define EURO    "\xe2\x82\xac"
#define OUT_MAX (64 * 1024)

struct receiver {
	struct usher__t140_rx rx;
	char text[OUT_MAX];
	size_t len;
	int64_t now_us;
};

static void got(struct receiver *r, const char *expected)
{
	r->text[r->len] = '\0';
	ck_assert_str_eq(r->text, expected);
}

static int packet(struct receiver *r, uint16_t seq, const uint8_t *payload,
		  size_t n, bool red)
{
	const struct usher__rtp rtp = {
		.pt = PT, .seq = seq, .ssrc = 7, .length = n};
	struct usher__t140_out out = {.text = r->text + r->len,
				      .room = USHER__T140_OUT_MAX};
	int rc = usher__t140_take(&r->rx, &out, &rtp, payload, red, PT,
				  r->now_us);

	r->len += out.len;
	return rc;
}

static void plain(struct receiver *r, uint16_t seq, const char *text)
{
	ck_assert_int_eq(
		packet(r, seq, (const uint8_t *)text, strlen(text), false), 0);
}

/* text/red with two older blocks. */
static void red(struct receiver *r, uint16_t seq, const char *two,
		const char *one, const char *own)
{
	uint8_t p[256];
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		p[n++] = 0x80 | PT;
		p[n++] = 0;
		p[n++] = 0;
		p[n++] = (uint8_t)strlen(i ? one : two);
	}
	p[n++] = PT;
	n += (size_t)snprintf((char *)p + n, sizeof(p) - n, "%s%s%s", two, one,
			      own);
	ck_assert_int_eq(packet(r, seq, p, n, true), 0);
}

static void passes(struct receiver *r, int64_t us)
{
	struct usher__t140_out out = {.text = r->text + r->len,
				      .room = USHER__T140_OUT_MAX};

	r->now_us += us;
	usher__t140_due(&r->rx, &out, r->now_us);
	r->len += out.len;
}

static struct receiver *receiver(void)
{
	static struct receiver r;

	memset(&r, 0, sizeof(r));
	r.now_us = START;
	return &r;
}

/* --- receiving ---------------------------------------------------------- */

START_TEST(take__says_each_packet_once)
{
	struct receiver *r = receiver();

	plain(r, 65534, "a");
	plain(r, 65535, "b");
	plain(r, 65535, "b");
	plain(r, 0, "c");
	plain(r, 65534, "a");
	plain(r, 1, "d");
	got(r, "abcd");
}
END_TEST

START_TEST(take__makes_up_for_two_that_were_lost)
{
	struct receiver *r = receiver();

	red(r, 10, "", "", "a");
	/* 11 and 12 are lost. */
	red(r, 13, "b", "c", "d");
	red(r, 14, "c", "d", "e");
	got(r, "abcde");
	/* And one that comes late says nothing new. */
	red(r, 12, "a", "b", "c");
	got(r, "abcde");
}
END_TEST

START_TEST(take__has_what_the_first_packet_repeats)
{
	struct receiver *r = receiver();

	red(r, 3, "a", "b", "c");
	got(r, "abc");
}
END_TEST

START_TEST(take__marks_what_nobody_says_again)
{
	struct receiver *r = receiver();

	red(r, 10, "", "", "a");
	red(r, 14, "d", "e", "f"); /* 11 is missing */
	got(r, "a");
	passes(r, USHER__T140_WAIT_MS * 1000 - 1);
	got(r, "a");
	passes(r, 1);
	got(r, "a" LOST "def");
	red(r, 11, "", "a", "b");
	got(r, "a" LOST "def");
}
END_TEST

START_TEST(take__waits_for_those_out_of_order)
{
	struct receiver *r = receiver();

	plain(r, 1, "a");
	plain(r, 3, "c");
	plain(r, 4, "d");
	plain(r, 4, "d");
	got(r, "a");
	plain(r, 2, "b");
	got(r, "abcd");
	passes(r, 2 * SECOND);
	got(r, "abcd");
}
END_TEST

START_TEST(take__gives_up_when_too_much_waits)
{
	char expected[128] = "a" LOST;
	struct receiver *r = receiver();
	char one[2] = "";

	plain(r, 1, "a");
	for (uint16_t i = 0; i <= USHER__T140_HELD; i++) {
		got(r, "a");
		one[0] = (char)('A' + i);
		strcat(expected, one);
		plain(r, (uint16_t)(3 + i), one);
	}
	got(r, expected);
	ck_assert_int_eq(r->rx.wait_us, 0);
}
END_TEST

START_TEST(take__joins_characters_cut_by_packets_and_marks_torn_ones)
{
	struct receiver *r = receiver();

	plain(r, 1, "\xe2");
	plain(r, 2, "\x82");
	plain(r, 3, "\xac!");
	got(r, EURO "!");
	plain(r, 4, "\xe2\x82");
	plain(r, 6, "\xac?");
	passes(r, 2 * SECOND);
	/* The torn one, or the lost packet, and the rest of another. */
	got(r, EURO "!" LOST LOST "?");
}
END_TEST

START_TEST(take__begins_again_with_another_source)
{
	struct usher__rtp rtp = {.pt = PT, .seq = 50, .ssrc = 8, .length = 1};
	struct receiver *r = receiver();
	struct usher__t140_out out;

	plain(r, 1, "a");
	plain(r, 3, "c");
	out = (struct usher__t140_out){r->text + r->len, USHER__T140_OUT_MAX,
				       0};
	ck_assert_int_eq(usher__t140_take(&r->rx, &out, &rtp,
					  (const uint8_t *)"x", false, PT,
					  r->now_us),
			 0);
	r->len += out.len;
	got(r, "a" LOST "cx");
	/* A leap is one, too. */
	rtp.seq = 5000;
	out = (struct usher__t140_out){r->text + r->len, USHER__T140_OUT_MAX,
				       0};
	usher__t140_take(&r->rx, &out, &rtp, (const uint8_t *)"y", false, PT,
			 r->now_us);
	r->len += out.len;
	got(r, "a" LOST "cxy");
}
END_TEST

START_TEST(take__refuses_what_is_malformed)
{
	static const struct {
		uint8_t bytes[40];
		size_t n;
	} bad[] = {
		{{0x80 | PT}, 1},                   /* header cut */
		{{0x80 | PT, 0, 0, 1}, 4},          /* no last header */
		{{0x80 | PT, 0, 0, 3, PT, 'a'}, 6}, /* too long */
		{{0x80 | 99, 0, 0, 0, PT, 'a'}, 6}, /* another type */
		{{99, 'a'}, 2},
		{{0}, 0},
	};
	uint8_t many[64];
	struct receiver *r = receiver();

	plain(r, 1, "a");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(packet(r, 2, bad[i].bytes, bad[i].n, true),
				 USHER_EPROTO);
	for (int i = 0; i < USHER__T140_BLOCKS_MAX; i++)
		memcpy(many + 4 * i, "\xe2\0\0\0", 4);
	many[4 * USHER__T140_BLOCKS_MAX] = PT;
	ck_assert_int_eq(
		packet(r, 2, many, 4 * USHER__T140_BLOCKS_MAX + 1, true),
		USHER_EPROTO);
	plain(r, 2, "b");
	got(r, "ab");
}
END_TEST

START_TEST(take__has_enough_of_a_flood)
{
	struct receiver *r = receiver();
	char text[1001];
	uint16_t seq = 0;

	memset(text, 'x', 1000);
	text[1000] = '\0';
	for (int i = 0; i < 10; i++)
		plain(r, seq++, text);
	ck_assert_uint_eq(r->len, 4003);
	ck_assert_mem_eq(r->text + 4000, LOST, 3);
	passes(r, SECOND);
	plain(r, seq++, "on");
	ck_assert_uint_eq(r->len, 4005);
}
END_TEST

/* --- sending ------------------------------------------------------------ */

struct sender {
	struct usher__t140_tx tx;
	uint8_t payload[USHER__T140_PAYLOAD];
	size_t n, plain;
	bool marker;
	int64_t now_us;
};

static struct sender *sender(uint8_t repeats, uint16_t cps)
{
	static struct sender s;

	memset(&s, 0, sizeof(s));
	s.now_us = START;
	usher__t140_begin(&s.tx, s.now_us);
	usher__t140_agree(&s.tx, repeats, cps);
	return &s;
}

static size_t due(struct sender *s)
{
	s->n = usher__t140_packet(&s->tx, s->payload,
				  (uint32_t)(s->now_us / 1000), PT, s->now_us,
				  &s->marker, &s->plain);
	return s->n;
}

static void type(struct sender *s, const char *text)
{
	ck_assert_int_eq(
		usher__t140_put(&s->tx, text, strlen(text), s->now_us), 0);
}

START_TEST(packet__says_hello_then_rests)
{
	struct sender *s = sender(0, 0);

	ck_assert_uint_eq(due(s), 3);
	ck_assert(s->marker);
	ck_assert_mem_eq(s->payload, "\xef\xbb\xbf", 3);
	s->now_us += SECOND;
	ck_assert_uint_eq(due(s), 0);
	ck_assert_int_eq(s->tx.next_us, INT64_MAX);
	/* Who says nothing for long gives a sign of life. */
	s->now_us = START + USHER__T140_IDLE_MS * 1000 - 1;
	ck_assert_uint_eq(due(s), 0);
	s->now_us++;
	ck_assert_uint_eq(due(s), 3);
	ck_assert_uint_eq(due(s), 0);
}
END_TEST

START_TEST(packet__is_buffered_and_said_three_times)
{
	static const uint8_t expected[3][16] = {
		{0xe2, 0, 0, 0, 0xe2, 0, 0, 0, PT, 'h', 'i'},
		{0xe2, 0, 0, 0, 0xe2, 0x04, 0xb0, 2, PT, 'h', 'i'},
		{0xe2, 0x09, 0x60, 2, 0xe2, 0x04, 0xb0, 0, PT, 'h', 'i'},
	};
	struct sender *s = sender(2, 0);
	uint8_t *p = s->payload;

	while (s->tx.next_us != INT64_MAX) {
		due(s);
		s->now_us += 20000;
	}
	s->now_us += 30 * SECOND / 2;
	type(s, "h");
	s->now_us += 1000;
	type(s, "i");
	ck_assert_uint_eq(due(s), 11);
	ck_assert(s->marker);
	/* How old are empty ones? It says nothing; their length does. */
	ck_assert_uint_eq(p[0], 0xe2);
	ck_assert_uint_eq((p[2] & 3) | p[3] | (p[6] & 3) | p[7], 0);
	ck_assert_mem_eq(p + 8, expected[0] + 8, 3);
	for (int i = 1; i < 3; i++) {
		s->now_us += 299000;
		ck_assert_uint_eq(due(s), 0);
		s->now_us += 1000;
		ck_assert_uint_eq(due(s), 11);
		ck_assert(!s->marker);
		ck_assert_mem_eq(p + 4 * (2 - i), expected[i] + 4 * (2 - i),
				 4);
		ck_assert_mem_eq(p + 8, expected[i] + 8, 3);
	}
	s->now_us += SECOND;
	ck_assert_uint_eq(due(s), 0);
	ck_assert_int_eq(s->tx.next_us, INT64_MAX);
}
END_TEST

START_TEST(packet__ends_lines_as_t140_does)
{
	struct sender *s = sender(0, 0);

	due(s);
	s->now_us += SECOND;
	type(s, "a\nb\b\a");
	ck_assert_uint_eq(due(s), 7);
	ck_assert_mem_eq(s->payload,
			 "a\xe2\x80\xa8"
			 "b\b\a",
			 7);
}
END_TEST

START_TEST(packet__keeps_to_what_the_peer_takes)
{
	struct sender *s = sender(0, 5);
	char text[201];
	int64_t window_us = START;
	size_t sent[3] = {0};

	memset(text, 'x', 200);
	text[200] = '\0';
	type(s, text);
	while (s->tx.len) {
		due(s);
		sent[(s->now_us - window_us) / (10 * SECOND)] += s->plain;
		s->now_us += 20000;
		if (s->now_us - window_us >= 30 * SECOND)
			break;
	}
	/* The mark is a character. */
	ck_assert_uint_le(sent[0], 52);
	ck_assert_uint_ge(sent[0], 50);
	ck_assert_uint_eq(sent[1], 50);
	ck_assert_uint_eq(sent[2], 50);
}
END_TEST

START_TEST(packet__has_whole_characters_and_a_limit)
{
	struct sender *s = sender(2, 1000);
	char text[3 * USHER__T140_BLOCK_MAX + 1] = "";

	for (int i = 0; i < USHER__T140_BLOCK_MAX; i++)
		strcat(text, EURO);
	due(s);
	s->now_us += SECOND;
	type(s, text);
	for (int i = 0; i < 4; i++) {
		due(s);
		ck_assert_uint_le(s->n,
				  USHER__RTP_PACKET_MAX - USHER__RTP_HEADER);
		ck_assert_uint_eq(s->plain % 3, 0);
		s->now_us += 300000;
	}
	ck_assert_uint_eq(s->tx.len, 0);
}
END_TEST

START_TEST(put__refuses_more_than_fits)
{
	struct sender *s = sender(2, 0);
	char text[USHER__T140_QUEUE];

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(
		usher__t140_put(&s->tx, text, sizeof(text) - 2, s->now_us),
		USHER_EFULL);
	ck_assert_int_eq(
		usher__t140_put(&s->tx, text, sizeof(text) - 3, s->now_us), 0);
	ck_assert_int_eq(usher__t140_put(&s->tx, "\n", 1, s->now_us),
			 USHER_EFULL);
}
END_TEST

/* --- both --------------------------------------------------------------- */

static uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 16;
}

/* Words of one to four bytes a character, typed at random. */
static void type_something(struct sender *s, uint32_t *seed, char *all)
{
	static const char *const words[] = {
		"a", "\xc3\xa9", EURO, "\xf0\x9f\x98\x80", "\n", "\b"};
	const char *word = words[draw(seed) % 6];

	if (strlen(all) > 3000)
		return;
	strcat(all, word);
	type(s, word);
}

/* Of no three packets in a row more than two are lost. */
START_TEST(redundancy__makes_up_for_what_a_network_loses)
{
	static char all[4096];
	struct sender *s = sender(2, 1000);
	struct receiver *r = receiver();
	uint32_t seed = (uint32_t)_i * 7919 + 1;
	unsigned lost = 0;
	uint16_t seq = (uint16_t)(65500 + _i);

	all[0] = '\0';
	for (int i = 0; i < 4000 || s->tx.next_us != INT64_MAX; i++) {
		if (i < 4000 && draw(&seed) % 4 == 0)
			type_something(s, &seed, all);
		if (due(s)) {
			lost = lost < 2 && draw(&seed) % 2 ? lost + 1 : 0;
			/* Nothing repeats what is lost at the very end. */
			if (i >= 4000 || !lost)
				packet(r, seq, s->payload, s->n, true);
			seq++;
		}
		s->now_us += 20000;
		passes(r, 20000);
	}
	got(r, all);
}
END_TEST

TCase *t140_case(void)
{
	TCase *c = tcase_create("t140");

	tcase_add_test(c, take__says_each_packet_once);
	tcase_add_test(c, take__makes_up_for_two_that_were_lost);
	tcase_add_test(c, take__has_what_the_first_packet_repeats);
	tcase_add_test(c, take__marks_what_nobody_says_again);
	tcase_add_test(c, take__waits_for_those_out_of_order);
	tcase_add_test(c, take__gives_up_when_too_much_waits);
	tcase_add_test(
		c, take__joins_characters_cut_by_packets_and_marks_torn_ones);
	tcase_add_test(c, take__begins_again_with_another_source);
	tcase_add_test(c, take__refuses_what_is_malformed);
	tcase_add_test(c, take__has_enough_of_a_flood);
	tcase_add_test(c, packet__says_hello_then_rests);
	tcase_add_test(c, packet__is_buffered_and_said_three_times);
	tcase_add_test(c, packet__ends_lines_as_t140_does);
	tcase_add_test(c, packet__keeps_to_what_the_peer_takes);
	tcase_add_test(c, packet__has_whole_characters_and_a_limit);
	tcase_add_test(c, put__refuses_more_than_fits);
	tcase_add_loop_test(c, redundancy__makes_up_for_what_a_network_loses,
			    0, 20);
	return c;
}
