/* Legs that carry text: between sockets and their owner. */
#include <media/t140.h>
#include <string.h>
#include "peer.h"
#include "suites.h"

#define T140 98
#define RED  99

static struct usher__media *m;
static struct peer p;

static uint64_t leg_up(void)
{
	const struct usher__mleg_opts opts = {.kind = USHER__MKIND_TEXT};
	struct usher__mleg_params params;
	uint64_t leg;

	m = media_up(1);
	peer_open(&p);
	ck_assert_int_eq(usher__mleg_new(m, &opts, &leg, &p.to_port), 0);
	peer_params(&p, &params);
	params.text = (struct usher__mtext_params){
		.t140_tx = T140,
		.red_tx = RED,
		.t140_rx = T140,
		.red_rx = RED,
		.repeats = 2,
	};
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	settle();
	return leg;
}

static void down(void)
{
	usher__media_free(m);
	peer_close(&p);
}

static void send_text(uint8_t pt, const char *payload, size_t n)
{
	uint8_t buf[2048];

	peer_send(&p, buf, peer_packet(&p, buf, pt, payload, n));
}

/* Waits until the leg's owner has read so much. */
static void read_until(uint64_t leg, const char *expected)
{
	char text[USHER__MTEXT_IN + 1];
	struct usher__mevent ev;
	size_t len = 0;

	while (len < strlen(expected)) {
		await_event(m, USHER__MEV_TEXT, &ev);
		ck_assert_uint_eq(ev.leg, leg);
		len += usher__mtext_read(m, leg, text + len, USHER__MTEXT_IN);
	}
	text[len] = '\0';
	ck_assert_str_eq(text, expected);
}

/* Waits for a packet with this in it. */
static void hear(const char *part)
{
	for (int i = 0; i < 100; i++) {
		sleep_ms(20);
		peer_receive(&p);
		if (p.packets &&
		    memmem(p.payload, p.last.length, part, strlen(part)))
			return;
	}
	ck_abort_msg("never heard");
}

START_TEST(text_leg__hands_on_what_comes)
{
	uint64_t leg = leg_up();
	struct usher__mleg_stats stats;

	send_text(T140, "Hello", 5);
	send_text(RED, "\xe2\0\0\0\xe2\0\0\5\x62Hello!", 15);
	read_until(leg, "Hello!");
	send_text(0, "\xff\xff", 2);
	send_text(RED, "\xe3\0\0\0\x62x", 6);
	send_text(T140, ".", 1);
	/* The malformed one was none: its number is missing. */
	read_until(leg, "\xef\xbf\xbd.");
	ck_assert_int_eq(usher__mleg_stats(m, leg, &stats), 0);
	ck_assert_uint_eq(stats.rx_wrong_pt, 1);
	ck_assert_uint_eq(stats.rx_bad, 1);
	ck_assert_uint_eq(stats.rx_packets, 3);
	down();
}
END_TEST

START_TEST(text_leg__says_what_it_is_told)
{
	uint64_t leg = leg_up();

	ck_assert_int_eq(usher__mtext_say(m, leg, "Hi\x1b[1m!\n", 8), 0);
	hear("Hi!\xe2\x80\xa8");
	ck_assert_uint_eq(p.last.pt, RED);
	ck_assert_uint_eq(p.gaps, 0);
	down();
}
END_TEST

START_TEST(text_leg__refuses_too_much_and_what_is_none)
{
	char text[USHER__MTEXT_SAY_MAX + 1];
	uint64_t leg = leg_up(), sound;
	uint16_t port;

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(usher__mtext_say(m, leg, text, sizeof(text)),
			 USHER_EINVAL);
	ck_assert_int_eq(usher__mtext_say(m, leg, text, sizeof(text) - 1), 0);
	ck_assert_int_eq(usher__mtext_say(m, leg, text, sizeof(text) - 1),
			 USHER_EFULL);
	ck_assert_int_eq(usher__mleg_new(m, NULL, &sound, &port), 0);
	ck_assert_int_eq(usher__mtext_say(m, sound, "x", 1), USHER_EINVAL);
	ck_assert_uint_eq(usher__mtext_read(m, sound, text, sizeof(text)), 0);
	ck_assert_int_eq(usher__media_bridge(m, sound, leg), USHER_EINVAL);
	ck_assert_int_eq(usher__mtext_say(m, leg + 77, "x", 1), USHER_ENOENT);
	usher__mleg_free(m, leg);
	ck_assert_int_eq(usher__mtext_say(m, leg, "x", 1), USHER_ENOENT);
	down();
}
END_TEST

START_TEST(text_leg__keeps_what_is_not_read_up_to_a_limit)
{
	char text[USHER__MTEXT_IN], line[400];
	uint64_t leg = leg_up();
	size_t n;

	/* Each of these bytes is U+FFFD: more than the owner reads. */
	memset(line, 0xff, sizeof(line));
	for (int i = 0; i < 10; i++)
		send_text(T140, line, sizeof(line));
	settle();
	n = usher__mtext_read(m, leg, text, sizeof(text));
	ck_assert_uint_ge(n, USHER__MTEXT_IN - 3 * sizeof(line) - 4);
	ck_assert_mem_eq(text + n - 3, "\xef\xbf\xbd", 3);
	ck_assert_uint_eq(usher__mtext_read(m, leg, text, sizeof(text)), 0);
	down();
}
END_TEST

TCase *textleg_case(void)
{
	TCase *c = tcase_create("textleg");

	tcase_set_timeout(c, 20);
	tcase_add_test(c, text_leg__hands_on_what_comes);
	tcase_add_test(c, text_leg__says_what_it_is_told);
	tcase_add_test(c, text_leg__refuses_too_much_and_what_is_none);
	tcase_add_test(c, text_leg__keeps_what_is_not_read_up_to_a_limit);
	return c;
}
