/* SRTP: its numbers and tags against libre's, and legs that speak it. */
#include <compat.h>
#include <string.h>
#include <sys/socket.h>
#include <media/srtp.h>
#include "peer.h"
#include "suites.h"

#define PAYLOAD 160
#define ROOM    (USHER__RTP_HEADER + PAYLOAD + USHER__SRTP_GROWS)

static struct peer a, b;

static void setup(void)
{
	peer_open(&a);
	peer_open(&b);
}

static void teardown(void)
{
	peer_close(&a);
	peer_close(&b);
}

static struct usher__srtp_key key_of(uint8_t suite, uint8_t salt)
{
	struct usher__srtp_key key = {.suite = suite};

	for (int i = 0; i < USHER__SRTP_KEY; i++)
		key.bytes[i] = (uint8_t)(i * 7 + salt);
	return key;
}

static struct usher__srtp *srtp_of(uint8_t suite, uint8_t salt)
{
	struct usher__srtp_key key = key_of(suite, salt);
	struct usher__srtp *srtp = NULL;

	ck_assert_int_eq(usher__srtp_new(&srtp, &key), 0);
	return srtp;
}

static size_t packet(uint8_t *buf, uint32_t ssrc, uint16_t seq)
{
	struct usher__rtp rtp = {.pt = 0, .seq = seq, .ssrc = ssrc};

	usher__rtp_header(buf, &rtp);
	memset(buf + USHER__RTP_HEADER, (uint8_t)seq, PAYLOAD);
	return USHER__RTP_HEADER + PAYLOAD;
}

/* Sends one and receives it: what unprotect says. */
static int pass(struct usher__srtp *to, struct usher__srtp *from,
		uint32_t ssrc, uint16_t seq)
{
	uint8_t buf[ROOM], want[ROOM];
	size_t n = packet(buf, ssrc, seq), m = packet(want, ssrc, seq);
	int rc = usher__srtp_protect(from, buf, &n);

	if (rc)
		return rc;
	ck_assert(memcmp(buf + USHER__RTP_HEADER, want + USHER__RTP_HEADER,
			 PAYLOAD));
	rc = usher__srtp_unprotect(to, buf, &n);
	if (!rc) {
		ck_assert_uint_eq(n, m);
		ck_assert(!memcmp(buf, want, n));
	}
	return rc;
}

/* libre's own, as the other side. */
static struct srtp *libre_of(uint8_t suite, uint8_t salt)
{
	struct usher__srtp_key key = key_of(suite, salt);
	struct srtp *srtp = NULL;

	ck_assert_int_eq(srtp_alloc(&srtp,
				    suite == USHER__SRTP_SHA1_80
					    ? SRTP_AES_CM_128_HMAC_SHA1_80
					    : SRTP_AES_CM_128_HMAC_SHA1_32,
				    key.bytes, sizeof(key.bytes), 0),
			 0);
	return srtp;
}

START_TEST(srtp__is_what_another_implementation_says)
{
	for (uint8_t suite = 1; suite <= 2; suite++) {
		struct usher__srtp *ours = srtp_of(suite, 3);
		struct usher__srtp *back = srtp_of(suite, 3);
		struct srtp *theirs = libre_of(suite, 3);
		struct srtp *there = libre_of(suite, 3);

		/* Over the wrap of the sequence, too. */
		for (int i = 0; i < 100; i++) {
			uint16_t seq = (uint16_t)(65500 + i);
			uint8_t buf[ROOM], want[ROOM];
			size_t n = packet(buf, 77, seq);
			size_t m = packet(want, 77, seq);
			struct mbuf mb = {.buf = buf, .size = ROOM};

			ck_assert_int_eq(usher__srtp_protect(ours, buf, &n),
					 0);
			mb.end = n;
			ck_assert_int_eq(srtp_decrypt(theirs, &mb), 0);
			ck_assert_uint_eq(mb.end, m);
			ck_assert(!memcmp(buf, want, m));

			mb.pos = 0;
			ck_assert_int_eq(srtp_encrypt(there, &mb), 0);
			n = mb.end;
			ck_assert_int_eq(usher__srtp_unprotect(back, buf, &n),
					 0);
			ck_assert_uint_eq(n, m);
			ck_assert(!memcmp(buf, want, m));
		}
		usher__srtp_free(ours);
		usher__srtp_free(back);
		mem_deref(theirs);
		mem_deref(there);
	}
}
END_TEST

START_TEST(srtcp__is_what_another_implementation_says)
{
	struct usher__srtp *ours = srtp_of(USHER__SRTP_SHA1_80, 3);
	struct srtp *theirs = libre_of(USHER__SRTP_SHA1_80, 3);
	struct usher__rtcp_block block = {.ssrc = 9, .lost = 4};
	uint8_t buf[USHER__RTCP_MAX], want[USHER__RTCP_MAX];
	struct mbuf mb = {.buf = buf, .size = sizeof(buf)};

	for (int i = 0; i < 3; i++) {
		size_t m = usher__rtcp_write(want, 5, NULL, &block, "me");
		size_t n = m;

		memcpy(buf, want, m);
		ck_assert_int_eq(usher__srtcp_protect(ours, buf, &n), 0);
		ck_assert(memcmp(buf + 8, want + 8, m - 8));
		mb.pos = 0;
		mb.end = n;
		ck_assert_int_eq(srtcp_decrypt(theirs, &mb), 0);
		ck_assert(!memcmp(buf, want, m));
	}
	/* And from there, once. */
	{
		struct srtp *there = libre_of(USHER__SRTP_SHA1_80, 9);
		struct usher__srtp *here = srtp_of(USHER__SRTP_SHA1_80, 9);
		size_t m = usher__rtcp_write(buf, 5, NULL, &block, "me"), n;
		uint8_t copy[USHER__RTCP_MAX];

		mb.pos = 0;
		mb.end = m;
		ck_assert_int_eq(srtcp_encrypt(there, &mb), 0);
		memcpy(copy, buf, sizeof(copy));
		n = mb.end;
		ck_assert_int_eq(usher__srtcp_unprotect(here, buf, &n), 0);
		ck_assert_uint_eq(n, m);
		n = mb.end;
		ck_assert_int_eq(usher__srtcp_unprotect(here, copy, &n),
				 USHER_EEXIST);
		mem_deref(there);
		usher__srtp_free(here);
	}
	usher__srtp_free(ours);
	mem_deref(theirs);
}
END_TEST

static struct usher__srtp *named(uint8_t suite, uint8_t len)
{
	static const uint8_t name[] = {9, 0, 0, 1};
	struct usher__srtp_key key = key_of(suite, 3);
	struct usher__srtp *srtp = NULL;

	key.mki_len = len;
	memcpy(key.mki, name, sizeof(name));
	ck_assert_int_eq(usher__srtp_new(&srtp, &key), 0);
	return srtp;
}

/* The name of the key, put into another implementation's packet of n bytes:
 * before the tag (RFC 3711, 3.1 and 3.4). */
static size_t put_name(uint8_t *buf, size_t n, size_t tag, uint8_t len)
{
	static const uint8_t name[] = {9, 0, 0, 1};

	memmove(buf + n - tag + len, buf + n - tag, tag);
	memcpy(buf + n - tag, name, len);
	return n + len;
}

START_TEST(srtp__packets_name_their_key)
{
	const uint8_t suite =
		_i & 1 ? USHER__SRTP_SHA1_32 : USHER__SRTP_SHA1_80;
	const size_t tag = _i & 1 ? 4 : 10;
	const uint8_t len = _i & 2 ? 1 : 4;
	struct usher__srtp *to = named(suite, len), *from = named(suite, len);
	struct usher__srtp *plain = srtp_of(suite, 3);
	struct srtp *there = libre_of(suite, 3);
	uint8_t buf[ROOM], want[ROOM], copy[ROOM];

	for (uint16_t seq = 1; seq <= 3; seq++) {
		size_t m = packet(want, 77, seq), n = packet(buf, 77, seq);
		struct mbuf mb = {.buf = buf, .size = ROOM, .end = n};

		ck_assert_int_eq(srtp_encrypt(there, &mb), 0);
		memcpy(copy, buf, mb.end);
		/* Without it, or with another one, it is by another key. */
		n = mb.end;
		ck_assert_int_eq(usher__srtp_unprotect(to, copy, &n),
				 USHER_EPERM);
		n = put_name(buf, mb.end, tag, len);
		memcpy(copy, buf, n);
		copy[n - tag - 1] ^= 1;
		ck_assert_int_eq(usher__srtp_unprotect(to, copy, &(size_t){n}),
				 USHER_EPERM);
		memcpy(copy, buf, n);
		ck_assert_int_eq(
			usher__srtp_unprotect(plain, copy, &(size_t){n}),
			USHER_EPERM);
		ck_assert_int_eq(usher__srtp_unprotect(to, buf, &n), 0);
		ck_assert_uint_eq(n, m);
		ck_assert_mem_eq(buf, want, m);
	}
	ck_assert_int_eq(pass(to, from, 78, 1), 0);
	usher__srtp_free(to);
	usher__srtp_free(from);
	usher__srtp_free(plain);
	mem_deref(there);
}
END_TEST

START_TEST(srtcp__packets_name_their_key)
{
	struct usher__srtp *to = named(USHER__SRTP_SHA1_80, 4);
	struct usher__srtp *from = named(USHER__SRTP_SHA1_80, 4);
	struct srtp *there = libre_of(USHER__SRTP_SHA1_80, 3);
	struct usher__rtcp_block block = {.ssrc = 9, .lost = 4};
	uint8_t buf[USHER__RTCP_MAX], want[USHER__RTCP_MAX];
	size_t m = usher__rtcp_write(want, 5, NULL, &block, "me"), n;
	struct mbuf mb = {.buf = buf, .size = sizeof(buf), .end = m};

	memcpy(buf, want, m);
	ck_assert_int_eq(srtcp_encrypt(there, &mb), 0);
	n = mb.end;
	ck_assert_int_eq(usher__srtcp_unprotect(to, buf, &n), USHER_EPERM);
	n = put_name(buf, mb.end, 10, 4);
	ck_assert_int_eq(usher__srtcp_unprotect(to, buf, &n), 0);
	ck_assert_uint_eq(n, m);
	ck_assert_mem_eq(buf, want, m);
	memcpy(buf, want, m);
	n = m;
	ck_assert_int_eq(usher__srtcp_protect(from, buf, &n), 0);
	ck_assert_uint_eq(n, m + 4 + 4 + 10);
	/* It is the first of theirs, which came already. */
	ck_assert_int_eq(usher__srtcp_unprotect(to, buf, &n), USHER_EEXIST);
	for (n = 0; n < m; n++)
		ck_assert_int_ne(
			usher__srtcp_unprotect(to, want, &(size_t){n}), 0);
	usher__srtp_free(to);
	usher__srtp_free(from);
	mem_deref(there);
}
END_TEST

START_TEST(srtp__forged_and_repeated_packets_change_nothing)
{
	struct usher__srtp *from = srtp_of(USHER__SRTP_SHA1_80, 1);
	struct usher__srtp *to = srtp_of(USHER__SRTP_SHA1_80, 1);
	struct usher__srtp *stranger = srtp_of(USHER__SRTP_SHA1_80, 2);
	uint8_t buf[ROOM], copy[ROOM];
	size_t n;

	ck_assert_int_eq(pass(to, from, 7, 40000), 0);
	n = packet(buf, 7, 40001);
	ck_assert_int_eq(usher__srtp_protect(from, buf, &n), 0);
	for (size_t bit = 0; bit < n * 8; bit += 5) {
		size_t m = n;

		memcpy(copy, buf, n);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_ne(usher__srtp_unprotect(to, copy, &m), 0);
	}
	for (size_t m = 0; m < n; m++) {
		size_t cut = m;

		memcpy(copy, buf, n);
		ck_assert_int_ne(usher__srtp_unprotect(to, copy, &cut), 0);
	}
	/* One that would be in the next round, were it true. */
	ck_assert_int_eq(pass(to, stranger, 7, 3), USHER_EPERM);
	memcpy(copy, buf, n);
	ck_assert_int_eq(usher__srtp_unprotect(to, copy, &(size_t){n}), 0);
	memcpy(copy, buf, n);
	ck_assert_int_eq(usher__srtp_unprotect(to, copy, &(size_t){n}),
			 USHER_EEXIST);
	/* Never twice one number under one key. */
	n = packet(buf, 7, 40001);
	ck_assert_int_eq(usher__srtp_protect(from, buf, &n), USHER_EPROTO);
	ck_assert_int_eq(pass(to, from, 7, 40002), 0);
	usher__srtp_free(from);
	usher__srtp_free(to);
	usher__srtp_free(stranger);
}
END_TEST

START_TEST(srtp__rolls_over_again_and_again_with_loss_and_disorder)
{
	struct usher__srtp *from = srtp_of(USHER__SRTP_SHA1_32, 1);
	struct usher__srtp *to = srtp_of(USHER__SRTP_SHA1_32, 1);
	uint32_t at = 65530;

	for (int i = 0; i < 40; i++) {
		ck_assert_int_eq(pass(to, from, 7, (uint16_t)at), 0);
		/* The one before comes behind it, over the wrap as well. */
		if (i)
			ck_assert_int_eq(pass(to, from, 7, (uint16_t)(at - 1)),
					 0);
		at += 2;
	}
	/* Thousands are lost at a time, for three rounds. */
	for (int i = 0; i < 20; i++) {
		at += 10007;
		ck_assert_int_eq(pass(to, from, 7, (uint16_t)at), 0);
	}
	/* Too late to know whether it came. */
	ck_assert_int_ne(pass(to, from, 7, (uint16_t)(at - 100)), 0);
	usher__srtp_free(from);
	usher__srtp_free(to);
}
END_TEST

START_TEST(srtp__another_ssrc_begins_anew_and_an_old_one_is_remembered)
{
	struct usher__srtp *to = srtp_of(USHER__SRTP_SHA1_80, 1);
	struct usher__srtp *from[12];
	uint8_t old[ROOM];
	size_t n;

	for (uint32_t i = 0; i < 12; i++) {
		from[i] = srtp_of(USHER__SRTP_SHA1_80, 1);
		for (uint16_t seq = 0; seq < 5; seq++)
			ck_assert_int_eq(pass(to, from[i], i, seq), 0);
		if (!i)
			continue;
		/* What was recorded of the one before is no new stream. */
		n = packet(old, i - 1, 4);
		usher__srtp_free(from[i - 1]);
		from[i - 1] = srtp_of(USHER__SRTP_SHA1_80, 1);
		ck_assert_int_eq(usher__srtp_protect(from[i - 1], old, &n), 0);
		ck_assert_int_eq(usher__srtp_unprotect(to, old, &n),
				 USHER_EEXIST);
	}
	for (int i = 0; i < 12; i++)
		usher__srtp_free(from[i]);
	usher__srtp_free(to);
}
END_TEST

/* --- legs -----------------------------------------------------------------
 */

/* A peer with SRTP: it sends with key 1 and gets what is closed with key 2. */
struct secret {
	struct usher__srtp *tx, *rx;
	uint32_t good, bad;
};

static uint64_t secret_leg(struct usher__media *m, struct peer *p,
			   struct secret *s, struct usher__mleg_params *params)
{
	peer_params(p, params);
	params->srtp_rx = key_of(USHER__SRTP_SHA1_80, 1);
	params->srtp_tx = key_of(USHER__SRTP_SHA1_80, 2);
	memset(s, 0, sizeof(*s));
	s->tx = srtp_of(USHER__SRTP_SHA1_80, 1);
	s->rx = srtp_of(USHER__SRTP_SHA1_80, 2);
	return peer_leg(m, p, params);
}

static void secret_free(struct secret *s)
{
	usher__srtp_free(s->tx);
	usher__srtp_free(s->rx);
}

static size_t secret_frame(struct peer *p, struct secret *s, uint8_t *buf)
{
	uint8_t payload[PAYLOAD];
	size_t n;

	memset(payload, 0x42, sizeof(payload));
	n = peer_packet(p, buf, 0, payload, PAYLOAD);
	p->ts += PAYLOAD;
	ck_assert_int_eq(usher__srtp_protect(s->tx, buf, &n), 0);
	return n;
}

/* What came, opened. */
static void secret_receive(struct peer *p, struct secret *s)
{
	uint8_t buf[2048];
	ssize_t got;

	while ((got = recv(p->fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		size_t n = (size_t)got;

		if (usher__srtp_unprotect(s->rx, buf, &n)) {
			s->bad++;
			continue;
		}
		s->good++;
		p->payload[0] = buf[USHER__RTP_HEADER];
	}
}

static void secret_until(struct peer *p, struct secret *s, uint32_t good)
{
	for (int i = 0; i < 1000 && s->good < good; i++) {
		secret_receive(p, s);
		sleep_ms(2);
	}
	ck_assert_uint_ge(s->good, good);
}

START_TEST(srtp__is_relayed_to_a_plain_leg_and_back)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	struct usher__mleg_stats stats;
	struct secret s;
	uint8_t buf[ROOM];
	uint64_t leg = secret_leg(m, &a, &s, &params);
	uint64_t other = peer_leg(m, &b, NULL);
	size_t n;

	ck_assert_int_eq(usher__media_bridge(m, leg, other), 0);
	settle();
	for (int i = 0; i < 5; i++)
		peer_send(&a, buf, secret_frame(&a, &s, buf));
	for (int i = 0; i < 1000 && b.packets < 5; i++) {
		sleep_ms(2);
		peer_receive(&b);
	}
	ck_assert_uint_eq(b.packets, 5);
	ck_assert_uint_eq(b.payload[0], 0x42);
	talk(&(struct voice){&b, 500}, 1, 5);
	secret_until(&a, &s, 5);
	ck_assert_uint_eq(s.bad, 0);

	/* In clear, forged, and once more: dropped and counted. */
	peer_send_tone(&a, 500);
	n = secret_frame(&a, &s, buf);
	peer_send(&a, buf, n);
	peer_send(&a, buf, n);
	buf[20] ^= 1;
	peer_send(&a, buf, n);
	settle();
	usher__mleg_stats(m, leg, &stats);
	ck_assert_uint_eq(stats.rx_packets, 6);
	ck_assert_uint_eq(stats.rx_replayed, 1);
	ck_assert_uint_eq(stats.rx_forged, 2);
	secret_free(&s);
	usher__media_free(m);
}
END_TEST

START_TEST(srtp__keys_stay_over_hold_and_change_when_they_change)
{
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	struct usher__mleg_stats stats;
	struct secret s;
	uint8_t buf[ROOM], old[ROOM];
	uint64_t leg = secret_leg(m, &a, &s, &params);
	size_t n;

	settle();
	n = secret_frame(&a, &s, old);
	peer_send(&a, old, n);
	settle();
	/* Hold and resume: nothing that was heard is heard again. */
	params.direction = USHER__SENDONLY;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	params.direction = USHER__SENDRECV;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	settle();
	peer_send(&a, old, n);
	peer_send(&a, buf, secret_frame(&a, &s, buf));
	settle();
	usher__mleg_stats(m, leg, &stats);
	ck_assert_uint_eq(stats.rx_packets, 2);
	ck_assert_uint_eq(stats.rx_replayed, 1);

	params.srtp_rx = key_of(USHER__SRTP_SHA1_32, 9);
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	settle();
	peer_send(&a, buf, secret_frame(&a, &s, buf));
	usher__srtp_free(s.tx);
	s.tx = srtp_of(USHER__SRTP_SHA1_32, 9);
	peer_send(&a, buf, secret_frame(&a, &s, buf));
	settle();
	usher__mleg_stats(m, leg, &stats);
	ck_assert_uint_eq(stats.rx_packets, 3);
	ck_assert_uint_eq(stats.rx_forged, 1);

	/* One way only is not a way. */
	params.srtp_tx.suite = USHER__SRTP_NONE;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), USHER_EINVAL);
	params.srtp_rx.suite = USHER__SRTP_NONE;
	ck_assert_int_eq(usher__mleg_set(m, leg, &params), 0);
	settle();
	peer_send_tone(&a, 500);
	settle();
	usher__mleg_stats(m, leg, &stats);
	ck_assert_uint_eq(stats.rx_packets, 4);
	secret_free(&s);
	usher__media_free(m);
}
END_TEST

START_TEST(srtp__legs_are_played_to_and_recorded)
{
	const struct usher__mplay_opts opts = {&usher__mitem_beep, 1, 0, 0,
					       false};
	struct usher__media *m = media_up(1);
	struct usher__mleg_params params;
	struct usher__mevent ev;
	struct secret s;
	uint8_t buf[ROOM];
	uint64_t leg = secret_leg(m, &a, &s, &params), rec;

	settle();
	ck_assert_int_eq(
		usher__mrec_new(m, temp_path("secret.wav"), NULL, &rec), 0);
	ck_assert_int_eq(usher__mrec_attach(m, rec, leg, 0), 0);
	ck_assert_int_eq(usher__mleg_play(m, leg, &opts, NULL), 0);
	for (int i = 0; i < 10; i++) {
		peer_send(&a, buf, secret_frame(&a, &s, buf));
		sleep_ms(20);
	}
	secret_until(&a, &s, 14);
	ck_assert_uint_eq(s.bad, 0);
	ck_assert_int_eq(usher__mrec_stop(m, rec), 0);
	await_event(m, USHER__MEV_REC_DONE, &ev);
	ck_assert_int_eq(ev.error, 0);
	ck_assert_uint_ge(ev.duration_ms, 150);
	secret_free(&s);
	usher__media_free(m);
}
END_TEST

TCase *srtp_case(void)
{
	TCase *tc = tcase_create("srtp");

	tcase_set_timeout(tc, 20);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, srtp__is_what_another_implementation_says);
	tcase_add_test(tc, srtcp__is_what_another_implementation_says);
	tcase_add_loop_test(tc, srtp__packets_name_their_key, 0, 4);
	tcase_add_test(tc, srtcp__packets_name_their_key);
	tcase_add_test(tc, srtp__forged_and_repeated_packets_change_nothing);
	tcase_add_test(
		tc, srtp__rolls_over_again_and_again_with_loss_and_disorder);
	tcase_add_test(
		tc,
		srtp__another_ssrc_begins_anew_and_an_old_one_is_remembered);
	tcase_add_test(tc, srtp__is_relayed_to_a_plain_leg_and_back);
	tcase_add_test(tc,
		       srtp__keys_stay_over_hold_and_change_when_they_change);
	tcase_add_test(tc, srtp__legs_are_played_to_and_recorded);
	return tc;
}
