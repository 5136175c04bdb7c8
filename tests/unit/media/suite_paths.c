/* Tones and keys through every path: relay, a mix of two and one of three,
 * between each two codecs, in clear and encrypted on either side or both.
 *
 * Tolerances, in dB: 0.3 where samples are translated or summed, 1.5 where
 * Opus codes them (24 kbit/s, 8 kHz), 1 more for the 60 ms of a key's two
 * tones. Frequencies within 3 Hz, a key heard as sound within 20 ms.
 */
#include <math.h>
#include <media/bytes.h>
#include <stdlib.h>
#include <string.h>
#include "suites.h"
#include "world.h"

#define S    1000000 /* microseconds */
#define MS   1000
#define TALK USHER__MROLE_TALK

enum { RELAY, MIX_OF_TWO, MIX_OF_THREE, TOPOLOGIES };

#define CODECS  USHER__MCODECS
#define SECRETS 4 /* bit 0: the first, bit 1: the second */
#define PATHS   (TOPOLOGIES * CODECS * CODECS)

static const char keys[] = "0123456789*#ABCD";

static struct world world;
static int64_t at;
static int topology;
static bool coded; /* by Opus, on one side at least */

static struct party *party(int i)
{
	return &world.parties[i];
}

static struct peer *peer(int i)
{
	return &world.parties[i].peer;
}

static void set_up(int i, int codec, bool secret)
{
	struct usher__mleg *leg = &party(i)->leg;

	if (codec == USHER__OPUS) {
		world_opus(&world, i);
		opus_encoder_ctl(peer(i)->enc, OPUS_SET_COMPLEXITY(0));
		opus_encoder_ctl(peer(i)->enc, OPUS_SET_BITRATE(24000));
	} else {
		peer(i)->codec = (enum usher__mcodec)codec;
		peer(i)->pt = codec == USHER__PCMA ? 8 : 0;
		leg->params.codec = (uint8_t)codec;
		leg->params.tx_pt = peer(i)->pt;
	}
	leg->params.te_tx_pt = 101;
	ck_assert_int_eq(usher__inband_new(&leg->inband), 0);
	if (secret)
		world_srtp(&world, i);
}

static void path_open(int how, int first, int second, int secrets)
{
	topology = how;
	coded = first == USHER__OPUS || second == USHER__OPUS;
	at = 1 * S;
	world_open(&world, at + 7 * MS);
	world_party(&world, 0, 517, at + 1 * MS);
	world_party(&world, 1, 983, at + 4 * MS);
	set_up(0, first, secrets & 1);
	set_up(1, second, secrets & 2);
	world_join(&world, 0, TALK, 0);
	world_join(&world, 1, TALK, 0);
	if (how == RELAY)
		return;
	world_party(&world, 2, 0, 0);
	world_join(&world, 2, how == MIX_OF_THREE ? TALK : USHER__MROLE_LISTEN,
		   0);
	ck_assert_int_eq(world.room->mode, USHER__MM_MIX);
}

static void run(int ms)
{
	at += ms * MS;
	world_run(&world, at);
}

static double tolerance(void)
{
	return coded ? 1.5 : 0.3;
}

/* The last 0.4 s: the one tone, as loud as it was said. */
static void assert_hears(int i, double freq)
{
	const struct peer *p = peer(i);
	const int16_t *pcm = p->pcm + p->samples - 3200;
	struct usher__mheard heard;

	ck_assert_uint_ge(p->samples, 3200);
	ck_assert_double_eq_tol(usher__tone_level(pcm, 3200, 8000, freq),
				20 * log10(7000 / USHER__PEAK_0DBM0),
				tolerance());
	if (i == 2)
		return; /* both */
	usher__tone_find(pcm, 1600, &heard);
	ck_assert_double_eq_tol(heard.freq_hz, freq, 3);
	ck_assert_double_eq_tol(heard.level_db10 / 10.0,
				20 * log10(7000 / USHER__PEAK_0DBM0),
				tolerance());
}

static int digits_told(char digit)
{
	struct usher__mevent ev;
	int count = 0;

	while (usher__mevents_pop(&world.m.events, &ev)) {
		if (ev.type != USHER__MEV_DIGIT)
			continue;
		ck_assert_uint_eq(ev.leg, 1);
		ck_assert_int_eq(ev.digit, digit);
		count++;
	}
	return count;
}

/* --- keys as events --------------------------------------------------- */

/* One packet of a press that has lasted ms; its time passes before. */
static void press_packet(int i, char digit, int ms, bool first, bool end)
{
	uint8_t packet[USHER__RTP_HEADER + 4], payload[4];
	struct usher__rtp rtp = {
		.pt = 101,
		.marker = first,
		.seq = peer(i)->seq++,
		.ts = peer(i)->ts,
		.ssrc = peer(i)->ssrc,
	};

	usher__rtp_header(packet, &rtp);
	usher__telev_write(payload, (uint8_t)usher__telev_event(digit), end,
			   (uint16_t)(ms * 8 * (int)peer_clock(peer(i))));
	memcpy(packet + USHER__RTP_HEADER, payload, 4);
	world.w.now_us = at;
	world_take(&world, party(i), packet, sizeof(packet));
}

static void hush(int i)
{
	party(i)->freq = 0;
}

/* Its sound goes on after so much time without it. */
static void speak(int i, double freq, int silent_ms)
{
	party(i)->freq = freq;
	party(i)->next_us = party(i)->plan_us = at + 1;
	peer(i)->ts += (uint32_t)(silent_ms * 8) * peer_clock(peer(i));
}

/* A press of 100 ms and its end said three times (RFC 4733, 2.5.1.4). */
static void press(int i, char digit)
{
	hush(i);
	for (int k = 1; k <= 5; k++) {
		run(20);
		press_packet(i, digit, 20 * k, k == 1, k == 5);
	}
	press_packet(i, digit, 100, false, true);
	press_packet(i, digit, 100, false, true);
	speak(i, 517, 100);
	run(60);
}

/* What a party was sent of keys is one press of so many ms. */
static void assert_one_press(int i, char digit, int ms)
{
	const struct peer *p = peer(i);
	const struct usher__mleg *leg = &party(i)->leg;
	struct usher__telev telev = {0};
	uint16_t duration = 0;
	int presses = 0, ends = 0;

	for (size_t k = 0; k < p->key_count; k++) {
		const struct peer_key *key = &p->keys[k];
		int told = usher__telev_packet(&telev, &key->rtp, key->payload,
					       usher__mleg_te_step(leg));

		if (told)
			ck_assert_int_eq(told, digit);
		presses += told != 0;
		ck_assert_uint_eq(key->rtp.ts, p->keys[0].rtp.ts);
		ck_assert_int_eq(key->rtp.marker, k == 0);
		ck_assert_uint_ge(get16(key->payload + 2), duration);
		duration = get16(key->payload + 2);
		ends += key->payload[1] >> 7;
	}
	ck_assert_int_eq(presses, 1);
	ck_assert_int_ge(ends, 1);
	ck_assert_uint_eq(duration, ms * 8 * (int)peer_clock(p));
}

static void keys_cross(void)
{
	for (const char *key = keys; *key; key++) {
		peer_forget(peer(1));
		press(0, *key);
		ck_assert_int_eq(digits_told(*key), 1);
		if (topology == MIX_OF_THREE)
			/* A conference is not sent keys. */
			ck_assert_uint_eq(peer(1)->key_count, 0);
		else
			assert_one_press(1, *key, 100);
		ck_assert_uint_eq(peer(1)->ssrcs + peer(1)->gaps, 0);
	}
}

/* --- keys as sound ---------------------------------------------------- */

#define PIECE 80 /* samples: 10 ms */

static bool loud(const int16_t *pcm)
{
	return usher__pcm_level(pcm, PIECE) > -25;
}

/* The two tones of a key, each of 3500, are in what a party heard since. */
static void assert_sounded(int i, size_t since, char digit)
{
	const struct peer *p = peer(i);
	uint16_t freq_hz[2];
	size_t from = since, ms = 0;

	while (from + PIECE < p->samples && !loud(p->pcm + from))
		from += PIECE;
	for (size_t k = from; k + PIECE <= p->samples; k += PIECE)
		ms += loud(p->pcm + k) ? 10 : 0;
	ck_assert_int_ge((int)ms, 80);
	ck_assert_int_le((int)ms, 120);
	ck_assert_uint_ge(p->samples, from + 160 + 480);
	usher__dtmf_freqs(usher__telev_event(digit), freq_hz);
	for (int k = 0; k < 2; k++)
		ck_assert_double_eq_tol(
			usher__tone_level(p->pcm + from + 160, 480, 8000,
					  freq_hz[k]),
			20 * log10(3500 / USHER__PEAK_0DBM0), tolerance() + 1);
}

static void sound_key(char digit)
{
	uint16_t freq_hz[2];
	size_t since[2];

	party(0)->level = 0;
	run(200);
	for (int i = 1; i <= 2; i++)
		since[i - 1] = peer(i)->samples;
	usher__dtmf_freqs(usher__telev_event(digit), freq_hz);
	party(0)->freq = freq_hz[0];
	peer(0)->second = freq_hz[1];
	party(0)->level = 3500;
	run(100);
	party(0)->level = 0;
	run(200);
	ck_assert_int_eq(digits_told(digit), 1);
	assert_sounded(1, since[0], digit);
	if (topology != RELAY)
		assert_sounded(2, since[1], digit);
}

static void keys_sound(int which)
{
	struct usher__mleg *leg = &party(0)->leg;

	/* Who hears is otherwise silent. */
	party(1)->level = 0;
	leg->params.te_rx_pt = USHER__NO_PT;
	leg->params.inband = true;
	world_order(&world, 0);
	for (int k = 0; k < 2; k++)
		sound_key(keys[(2 * which + k) % 16]);
	peer(0)->second = 0;
}

/* All of them with --full; else each with one of the ways to be encrypted. */
START_TEST(path__tones_and_keys_come_through)
{
	int second = _i % CODECS, first = _i / CODECS % CODECS;
	int how = _i / CODECS / CODECS % TOPOLOGIES;
	int secrets = (first + second + how + _i / PATHS) % SECRETS;

	path_open(how, first, second, secrets);
	run(700);
	assert_hears(0, 983);
	assert_hears(1, 517);
	if (topology != RELAY) {
		assert_hears(2, 517);
		assert_hears(2, 983);
	}
	keys_cross();
	keys_sound(_i);
	for (int k = 0; k < 2; k++) {
		ck_assert_uint_eq(peer(k)->ssrcs, 0);
		ck_assert_uint_eq(
			usher__mread(party(k)->leg.counts.rx_bad) +
				usher__mread(party(k)->leg.counts.rx_forged),
			0);
	}
	world_close(&world);
}
END_TEST

/* --- a press over a move ---------------------------------------------- */

/* Somebody begins to listen, or ceases to, in the middle of a press: the two
 * go from relay to mix or back, and it stays one press. */
START_TEST(path__a_press_stays_one_over_a_move)
{
	static const struct {
		int first, second;
	} pairs[] = {{USHER__PCMU, USHER__PCMU},
		     {USHER__PCMA, USHER__PCMU},
		     {USHER__OPUS, USHER__OPUS}};
	int moves_at = 1 + _i % 6;
	bool to_relay = _i / 6 % 2;

	path_open(to_relay ? MIX_OF_TWO : RELAY, pairs[_i / 12].first,
		  pairs[_i / 12].second, 0);
	if (!to_relay)
		world_party(&world, 2, 0, 0);
	run(500 + _i % 7);
	peer_forget(peer(1));
	hush(0);
	for (int k = 1; k <= 6; k++) {
		run(20);
		press_packet(0, '5', 20 * k, k == 1, k == 6);
		if (k != moves_at)
			continue;
		if (to_relay)
			world_leave(&world, 2);
		else
			world_join(&world, 2, USHER__MROLE_LISTEN, 0);
	}
	press_packet(0, '5', 120, false, true);
	press_packet(0, '5', 120, false, true);
	ck_assert_int_eq(world.room->mode,
			 to_relay ? USHER__MM_RELAY : USHER__MM_MIX);
	speak(0, 517, 120);
	run(600);
	assert_one_press(1, '5', 120);
	ck_assert_int_eq(digits_told('5'), 1);
	assert_hears(1, 517);
	/* The next one is another. */
	peer_forget(peer(1));
	press(0, '5');
	assert_one_press(1, '5', 100);
	ck_assert_int_eq(digits_told('5'), 1);
	world_close(&world);
}
END_TEST

TCase *paths_case(void)
{
	TCase *tc = tcase_create("paths");
	const char *full = getenv("USHER_FULL");
	bool all = full && !strcmp(full, "1");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, path__tones_and_keys_come_through, 0,
			    all ? PATHS * SECRETS : PATHS);
	tcase_add_loop_test(tc, path__a_press_stays_one_over_a_move, 0, 36);
	return tc;
}
