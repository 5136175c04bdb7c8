/* Digits in the sound of a leg. */
#include <media/clock.h>
#include <string.h>
#include <media/g711.h>
#include <media/tone.h>
#include "peer.h"
#include "suites.h"

static struct peer a;

static void setup(void)
{
	peer_open(&a);
}

static void teardown(void)
{
	peer_close(&a);
}

static uint64_t leg_listening(struct usher__media *m,
			      enum usher__minband_mode mode, uint8_t te)
{
	struct usher__mleg_params params;
	uint64_t leg;

	peer_params(&a, &params);
	params.te_tx_pt = params.te_rx_pt = te;
	params.inband = mode;
	leg = peer_leg(m, &a, &params);
	settle();
	return leg;
}

/* Frames of 20 ms with a digit, or silence if 0. */
static void send_sound(char digit, int frames)
{
	static struct usher__sine sine;
	uint8_t packet[USHER__RTP_HEADER + 160], payload[160];
	struct usher__tone tone;
	uint16_t freq_hz[2] = {0};
	int16_t pcm[160] = {0};

	usher__sine_init(&sine);
	if (digit)
		usher__dtmf_freqs(usher__telev_event(digit), freq_hz);
	usher__tone_start(&tone, freq_hz, -10, 0, 0);
	for (int i = 0; i < frames; i++) {
		usher__tone_make(&sine, &tone, pcm, 160);
		usher__g711_encode(a.codec, pcm, 160, payload);
		peer_send(&a, packet,
			  peer_packet(&a, packet, a.pt, payload, 160));
		a.ts += 160;
	}
}

static void say(const char *digits)
{
	for (; *digits; digits++) {
		send_sound(*digits, 4);
		send_sound(0, 4);
		sleep_ms(20);
	}
}

/* The digits told so far, until there are as many as wanted. */
static void hears(struct usher__media *m, const char *want)
{
	int64_t until = usher__media_now_us() + 2000000;
	struct usher__mevent ev;
	char got[64] = "";
	size_t n = 0;

	while (n < strlen(want) && usher__media_now_us() < until) {
		while (usher__media_next(m, &ev)) {
			if (ev.type == USHER__MEV_DIGIT && n < 63)
				got[n++] = ev.digit;
		}
		sleep_ms(2);
	}
	settle();
	while (usher__media_next(m, &ev)) {
		if (ev.type == USHER__MEV_DIGIT && n < 63)
			got[n++] = ev.digit;
	}
	got[n] = 0;
	ck_assert_str_eq(got, want);
}

START_TEST(inband__digits_are_told_where_there_is_no_telephone_event)
{
	struct usher__media *m = media_up(1);

	leg_listening(m, USHER__INBAND_AUTO, USHER__NO_PT);
	say("1059*#AD");
	hears(m, "1059*#AD");
	say("77");
	hears(m, "77");
	usher__media_free(m);
}
END_TEST

START_TEST(inband__with_telephone_event_sound_is_not_listened_to)
{
	struct usher__media *m = media_up(1);

	leg_listening(m, USHER__INBAND_AUTO, 101);
	say("12");
	peer_send_digit(&a, 101, '3', 4);
	hears(m, "3");
	usher__media_free(m);
}
END_TEST

START_TEST(inband__never_means_never)
{
	struct usher__media *m = media_up(1);

	leg_listening(m, USHER__INBAND_NEVER, USHER__NO_PT);
	say("12");
	hears(m, "");
	usher__media_free(m);
}
END_TEST

START_TEST(inband__beside_events_a_press_is_told_once)
{
	struct usher__media *m = media_up(1);

	leg_listening(m, USHER__INBAND_ALWAYS, 101);
	/* A peer that agreed to events and sends sound. */
	say("12");
	hears(m, "12");
	/* Sound first, and the event of the same press after it … */
	say("4");
	peer_send_digit(&a, 101, '4', 4);
	a.ts += 1600;
	/* … from then on events alone count. */
	peer_send_digit(&a, 101, '4', 4);
	say("4");
	peer_send_digit(&a, 101, '5', 4);
	say("6");
	hears(m, "445");
	usher__media_free(m);
}
END_TEST

START_TEST(inband__an_event_first_silences_the_sound)
{
	struct usher__media *m = media_up(1);

	leg_listening(m, USHER__INBAND_ALWAYS, 101);
	peer_send_digit(&a, 101, '8', 4);
	say("8");
	hears(m, "8");
	usher__media_free(m);
}
END_TEST

START_TEST(inband__loss_doubles_and_pauses_in_sending)
{
	struct usher__media *m = media_up(1);

	leg_listening(m, USHER__INBAND_AUTO, USHER__NO_PT);
	/* A packet of a long press is lost. */
	send_sound('2', 4);
	a.seq++;
	a.ts += 160;
	send_sound('2', 4);
	send_sound(0, 4);
	/* The same packets twice: late ones are not heard. */
	send_sound('3', 5);
	a.seq = (uint16_t)(a.seq - 5);
	a.ts -= 800;
	send_sound('3', 5);
	/* Nothing is sent between two presses. */
	a.ts += 800;
	send_sound('3', 5);
	send_sound(0, 2);
	hears(m, "233");
	usher__media_free(m);
}
END_TEST

START_TEST(inband__digits_stop_a_play_and_are_limited)
{
	const struct usher__mplay_opts opts = {&usher__mitem_ringback, 1, 0, 0,
					       true};
	struct usher__media *m = media_up(1);
	struct usher__mleg_stats stats;
	struct usher__mevent ev;
	uint64_t leg = leg_listening(m, USHER__INBAND_AUTO, USHER__NO_PT);

	ck_assert_int_eq(usher__mleg_play(m, leg, &opts, NULL), 0);
	settle();
	say("9");
	await_event(m, USHER__MEV_PLAY_DONE, &ev);
	ck_assert_int_eq(ev.reason, USHER__MR_DIGIT);
	/* As fast as the network lets them. */
	for (int i = 0; i < 60; i++) {
		send_sound('0' + i % 10, 3);
		send_sound(0, 3);
	}
	settle();
	ck_assert_int_le(count_events(m, USHER__MEV_DIGIT), 45);
	usher__mleg_stats(m, leg, &stats);
	ck_assert_uint_gt(stats.digits_ignored, 0);
	usher__media_free(m);
}
END_TEST

TCase *inband_case(void)
{
	TCase *tc = tcase_create("inband");

	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, inband__digits_are_told_where_there_is_no_telephone_event);
	tcase_add_test(tc,
		       inband__with_telephone_event_sound_is_not_listened_to);
	tcase_add_test(tc, inband__never_means_never);
	tcase_add_test(tc, inband__beside_events_a_press_is_told_once);
	tcase_add_test(tc, inband__an_event_first_silences_the_sound);
	tcase_add_test(tc, inband__loss_doubles_and_pauses_in_sending);
	tcase_add_test(tc, inband__digits_stop_a_play_and_are_limited);
	return tc;
}
