/* Offers and answers as text. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/error.h>

#include <sip/sdp.h>

static struct usher__sdp_more more;
static struct usher__sdp sdp;

static int parse(const char *text)
{
	return usher__sdp_parse(&sdp, &more, text, strlen(text),
				USHER__SRTP_ANSWER);
}

static const char plain[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
			    "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
			    "m=audio 4000 RTP/AVP 8 0 96\r\n"
			    "a=rtpmap:96 telephone-event/8000\r\n";

START_TEST(offer__is_read)
{
	ck_assert_int_eq(parse(plain), 0);
	ck_assert_str_eq(sdp.ip, "192.0.2.1");
	ck_assert_uint_eq(sdp.port, 4000);
	ck_assert_uint_eq(sdp.codec, USHER__PCMA);
	ck_assert_uint_eq(sdp.formats.pt[USHER__PCMU], 0);
	ck_assert_uint_eq(sdp.formats.pt[USHER__PCMA], 8);
	ck_assert_uint_eq(sdp.formats.te_pt, 96);
	ck_assert_uint_eq(sdp.dir, USHER__SENDRECV);
	ck_assert(usher__sdp_usable(&sdp));
	ck_assert(!usher__sdp_hold(&sdp));
}
END_TEST

START_TEST(answer__mirrors_streams_and_payload_types)
{
	struct usher__sdp_local local = {.ip = "127.0.0.1",
					 .port = 5000,
					 .session = 7,
					 .version = 1,
					 .dir = USHER__SENDRECV};
	char text[USHER__SDP_TEXT_MAX];
	size_t len;

	ck_assert_int_eq(
		parse("v=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nc=IN IP4 1.2.3.4\n"
		      "t=0 0\nm=video 9 RTP/AVP 99\nm=audio 4000 RTP/AVP 97 "
		      "101 100\na=rtpmap:97 PCMU/8000\n"
		      "a=rtpmap:100 telephone-event/8000\n"),
		0);
	len = usher__sdp_answer(text, &local, &sdp);
	text[len] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "m=video 0 RTP/AVP 99\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "m=audio 5000 RTP/AVP 97 100\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "a=rtpmap:97 PCMU/8000\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "a=sendrecv\r\n"));
	ck_assert(strstr(text, "m=video") < strstr(text, "m=audio"));
}
END_TEST

START_TEST(our_offer__can_be_read_again)
{
	struct usher__sdp_local local = {.ip = "::1",
					 .port = 6000,
					 .session = 7,
					 .version = 3,
					 .dir = USHER__SENDONLY};
	char text[USHER__SDP_TEXT_MAX];
	size_t len = usher__sdp_offer(text, &local);

	ck_assert_int_eq(
		usher__sdp_parse(&sdp, &more, text, len, USHER__SRTP_ANSWER),
		0);
	ck_assert_str_eq(sdp.ip, "::1");
	ck_assert_uint_eq(sdp.port, 6000);
	ck_assert_uint_eq(sdp.formats.te_pt, USHER__CODECS_TE_PT);
	ck_assert_uint_eq(sdp.dir, USHER__SENDONLY);
	ck_assert_uint_eq(sdp.ptime_ms, 20);
	ck_assert(usher__sdp_hold(&sdp));
}
END_TEST

START_TEST(direction__is_answered)
{
	struct usher__sdp peer = {.ip = "1.2.3.4", .port = 1};
	static const uint8_t want[4][2] = {
		/* peer's: inactive, sendonly, recvonly, sendrecv */
		{USHER__INACTIVE, USHER__INACTIVE},
		{USHER__RECVONLY, USHER__INACTIVE},
		{USHER__SENDONLY, USHER__SENDONLY},
		{USHER__SENDRECV, USHER__SENDONLY},
	};
	uint8_t dir;

	for (dir = 0; dir < 4; dir++) {
		peer.dir = dir;
		ck_assert_uint_eq(
			usher__sdp_answer_dir(&peer, USHER__SENDRECV),
			want[dir][0]);
		ck_assert_uint_eq(
			usher__sdp_answer_dir(&peer, USHER__SENDONLY),
			want[dir][1]);
	}
}
END_TEST

START_TEST(hold__is_seen_in_each_dress)
{
	char text[512];
	static const struct {
		const char *ip, *dir;
		bool hold;
	} cases[] = {
		{"1.2.3.4", "sendrecv", false}, {"1.2.3.4", "sendonly", true},
		{"1.2.3.4", "inactive", true},  {"1.2.3.4", "recvonly", false},
		{"0.0.0.0", "sendrecv", true},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
			 "v=0\r\nc=IN IP4 %s\r\nm=audio 9 RTP/AVP "
			 "0\r\na=%s\r\n",
			 cases[i].ip, cases[i].dir);
		ck_assert_int_eq(parse(text), 0);
		ck_assert_int_eq(usher__sdp_hold(&sdp), cases[i].hold);
	}
}
END_TEST

START_TEST(session_direction__is_inherited)
{
	ck_assert_int_eq(parse("v=0\r\nc=IN IP4 1.2.3.4\r\na=inactive\r\n"
			       "m=audio 9 RTP/AVP 0\r\n"),
			 0);
	ck_assert_uint_eq(sdp.dir, USHER__INACTIVE);
}
END_TEST

START_TEST(codec_remapped__is_not_the_static_one)
{
	/* 0 is mapped to something else; 8 has another rate. */
	ck_assert_int_eq(parse("v=0\r\nc=IN IP4 1.2.3.4\r\n"
			       "m=audio 9 RTP/AVP 0 8\r\n"
			       "a=rtpmap:0 G726-32/8000\r\n"
			       "a=rtpmap:8 PCMA/16000\r\n"),
			 0);
	ck_assert_uint_eq(sdp.codec, USHER__MCODECS);
	ck_assert(!usher__sdp_usable(&sdp));
}
END_TEST

START_TEST(unusable__is_told)
{
	ck_assert_int_eq(parse("v=0\r\nm=audio 9 RTP/AVP 0\r\n"), 0);
	ck_assert(!usher__sdp_usable(&sdp)); /* no address */
	ck_assert_int_eq(parse("v=0\r\nc=IN IP4 host.example\r\n"
			       "m=audio 9 RTP/AVP 0\r\n"),
			 0);
	ck_assert(!usher__sdp_usable(&sdp)); /* a name */
	ck_assert_int_eq(parse("v=0\r\nc=IN IP4 1.2.3.4\r\n"
			       "m=audio 0 RTP/AVP 0\r\n"),
			 0);
	ck_assert(!usher__sdp_usable(&sdp)); /* refused */
	ck_assert_int_eq(parse("v=0\r\nc=IN IP4 1.2.3.4\r\n"
			       "m=audio 9 RTP/SAVP 0\r\n"),
			 0);
	ck_assert(!usher__sdp_usable(&sdp)); /* encrypted */
}
END_TEST

START_TEST(malformed__is_refused)
{
	static const char *const bad[] = {
		"",
		"o=- 1 1 IN IP4 1.2.3.4\r\n",
		"v=1\r\n",
		"hello",
		"v=0\r\nx",
		"v=0\r\nc=ATM 1\r\n",
		"v=0\r\nm=audio\r\n",
		"v=0\r\nm=audio 65536 RTP/AVP 0\r\n",
		"v=0\r\nm=audio -1 RTP/AVP 0\r\n",
		"v=0\r\nm=audio 9 RTP/AVP 128\r\n",
		"v=0\r\nm=audio 9 RTP/AVP 0 x\r\n",
		"v=0\r\nm=aaaaaaaaaaaaaaaaaaaaaaaaaaaaa 9 RTP/AVP 0\r\n",
		"v=0\r\nm=audio 9999999999999 RTP/AVP 0\r\n",
	};
	size_t i;

	memset(&sdp, 0x55, sizeof(sdp));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(parse(bad[i]) == USHER_EPROTO, "case %zu", i);
	ck_assert_uint_eq(sdp.port, 0x5555); /* untouched on error */
	ck_assert_int_eq(usher__sdp_parse(&sdp, &more, "v=0\r\ns=\0x\r\n", 11,
					  USHER__SRTP_ANSWER),
			 USHER_EPROTO);
}
END_TEST

START_TEST(too_much__is_refused)
{
	char text[16384];
	size_t n, i;

	n = (size_t)sprintf(text, "v=0\r\n");
	for (i = 0; i <= USHER__SDP_STREAMS_MAX; i++)
		n += (size_t)sprintf(text + n, "m=audio 9 RTP/AVP 0\r\n");
	ck_assert_int_eq(parse(text), USHER_EPROTO);

	n = (size_t)sprintf(text, "v=0\r\n");
	for (i = 0; i < USHER__SDP_LINES_MAX; i++)
		n += (size_t)sprintf(text + n, "a=x\r\n");
	ck_assert_int_eq(parse(text), USHER_EPROTO);

	n = (size_t)sprintf(text, "v=0\r\nm=audio 9 RTP/AVP");
	for (i = 0; i <= USHER__CODECS_FORMATS_MAX; i++)
		n += (size_t)sprintf(text + n, " 0");
	ck_assert_int_eq(parse(text), USHER_EPROTO);
}
END_TEST

START_TEST(params__follow_the_pair)
{
	const struct usher__codecs usual = {0};
	struct usher__mleg_params params;
	struct usher__codecs_map map;

	usher__codecs_map_init(&map);
	usher__codecs_number(&map, &usual);
	ck_assert_int_eq(parse(plain), 0);
	usher__sdp_params(&params, &sdp, USHER__RECVONLY, &map);
	ck_assert_str_eq(params.remote_ip, "192.0.2.1");
	ck_assert_uint_eq(params.tx_pt, 8);
	ck_assert_uint_eq(params.te_tx_pt, 96);
	ck_assert_uint_eq(params.te_rx_pt, USHER__CODECS_TE_PT);
	ck_assert_uint_eq(params.direction, USHER__RECVONLY);
	usher__sdp_params(&params, &sdp, USHER__SENDRECV, NULL);
	ck_assert_uint_eq(params.te_rx_pt, 96);
}
END_TEST

START_TEST(params__have_the_packets_that_the_peer_wants)
{
	static const struct {
		const char *lines;
		unsigned ms;
	} cases[] = {
		{"", 20},
		{"a=ptime:10\r\n", 10},
		{"a=ptime:30\r\n", 30},
		{"a=ptime:60\r\na=maxptime:60\r\n", 60},
		{"a=ptime:20.5\r\n", 20},
		{"a=ptime:25\r\n", 20},
		{"a=ptime:5\r\n", 10},
		{"a=ptime:0\r\n", 20},
		{"a=ptime:-10\r\n", 20},
		{"a=ptime:\r\na=maxptime:\r\n", 20},
		{"a=ptime:200\r\n", 60},
		{"a=ptime:99999999999999999999\r\n", 20},
		{"a=maxptime:40\r\n", 20},
		{"a=maxptime:10\r\n", 10},
		{"a=maxptime:1\r\n", 10},
		{"a=maxptime:30\r\na=ptime:40\r\n", 30},
		{"a=maxptime:300\r\na=ptime:40\r\n", 40},
		/* Of another stream. */
		{"m=audio 9 RTP/AVP 8\r\na=ptime:60\r\n", 20},
	};
	struct usher__mleg_params params;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text),
			 "v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 9 RTP/AVP 0\r\n"
			 "%s",
			 cases[i].lines);
		ck_assert_int_eq(parse(text), 0);
		usher__sdp_params(&params, &sdp, USHER__SENDRECV, NULL);
		ck_assert_msg(params.ptime_ms == cases[i].ms, "%s: %u",
			      cases[i].lines, params.ptime_ms);
	}
}
END_TEST

static int parse_address(const char *session, const char *media)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "v=0\r\ns=-\r\n%s%s%st=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
		 "%s%s%s",
		 *session ? "c=IN " : "", session, *session ? "\r\n" : "",
		 *media ? "c=IN " : "", media, *media ? "\r\n" : "");
	ck_assert_int_eq(parse(text), 0);
	return usher__sdp_usable(&sdp);
}

START_TEST(address__must_be_one_hosts)
{
	static const char *const bad[] = {
		"IP4 224.1.1.1/127",   "IP4 239.255.255.255",
		"IP4 255.255.255.255", "IP4 240.0.0.1",
		"IP4 0.1.2.3",         "IP6 ff02::1",
		"IP4 host.test",       "IP9 192.0.2.1",
		"IP9 2001:db8::1",     "NSAP 192.0.2.1",
		"IP 192.0.2.1",        "IP4 2001:db8::1",
		"IP6 192.0.2.1",       "IP6 ::ffff:224.0.0.1",
	};
	static const char *const good[] = {
		"IP4 192.0.2.1",
		"IP4 0.0.0.0",
		"IP6 2001:db8::1",
		"IP6 ::",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!parse_address(bad[i], ""), "%s", bad[i]);
		/* What the stream says is not replaced by the session's. */
		ck_assert_msg(!parse_address("IP4 192.0.2.1", bad[i]), "%s",
			      bad[i]);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(parse_address(good[i], ""), "%s", good[i]);
		ck_assert_msg(parse_address("IP4 host.test", good[i]), "%s",
			      good[i]);
	}
	ck_assert(!parse_address("", ""));
}
END_TEST

#define KEY "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw"

/* An offer with lines of a=crypto, as a policy sees it. */
static int parse_crypto(const char *profile, const char *lines,
			enum usher__srtp_policy policy)
{
	char text[2048];
	int n = snprintf(text, sizeof(text),
			 "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
			 "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
			 "m=audio 4000 %s 0\r\n%s",
			 profile, lines);

	ck_assert_int_lt(n, (int)sizeof(text));
	return usher__sdp_parse(&sdp, &more, text, (size_t)n, policy);
}

START_TEST(crypto__is_read_and_the_first_good_line_counts)
{
	ck_assert_int_eq(
		parse_crypto(
			"RTP/SAVP",
			"a=crypto:1 F8_128_HMAC_SHA1_80 inline:" KEY
			"\r\na=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:" KEY
			"|2^31 WSH=128\r\n"
			"a=crypto:8 AES_CM_128_HMAC_SHA1_80 inline:" KEY
			"\r\n",
			USHER__SRTP_ANSWER),
		0);
	ck_assert(usher__sdp_usable(&sdp));
	ck_assert(sdp.savp);
	ck_assert_uint_eq(sdp.crypto.tag, 7);
	ck_assert_uint_eq(sdp.crypto.key.suite, USHER__SRTP_SHA1_32);
	ck_assert(!memcmp(sdp.crypto.key.bytes,
			  "123456789012345678901234567890", 30));
}
END_TEST

/* RFC 4568, 9.1: any blanks, and words in any case. */
START_TEST(crypto__is_read_however_it_is_written)
{
	static const char *const good[] = {
		"1\tAES_CM_128_HMAC_SHA1_80\t \tinline:" KEY "\tWSH=64 ",
		"01  aes_cm_128_hmac_sha1_80  INLINE:" KEY "|2^20 wsh=64",
	};
	char line[256];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(line, sizeof(line), "a=crypto:%s\r\n", good[i]);
		ck_assert_int_eq(
			parse_crypto("RTP/SAVP", line, USHER__SRTP_ANSWER), 0);
		ck_assert_msg(usher__sdp_usable(&sdp), "%s", good[i]);
		ck_assert_uint_eq(sdp.crypto.tag, 1);
		ck_assert_uint_eq(sdp.crypto.key.suite, USHER__SRTP_SHA1_80);
	}
}
END_TEST

/* The name of a key, in as many bytes as are said. */
START_TEST(crypto__may_name_its_key)
{
	static const struct {
		const char *rest;
		uint8_t len, mki[4];
	} rows[] = {
		{"", 0, {0}},
		{"|2^31", 0, {0}},
		{"|1:1", 1, {1}},
		{"|2^20|1:4", 4, {0, 0, 0, 1}},
		{"|1048576|66051:3", 3, {1, 2, 3}},
		{"|4294967295:4", 4, {255, 255, 255, 255}},
	};
	char line[256];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line),
			 "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY
			 "%s\r\n",
			 rows[i].rest);
		ck_assert_int_eq(
			parse_crypto("RTP/SAVP", line, USHER__SRTP_ANSWER), 0);
		ck_assert_msg(usher__sdp_usable(&sdp), "%s", line);
		ck_assert_uint_eq(sdp.crypto.key.mki_len, rows[i].len);
		ck_assert_mem_eq(sdp.crypto.key.mki, rows[i].mki,
				 sizeof(rows[i].mki));
	}
}
END_TEST

START_TEST(crypto__follows_the_policy)
{
	static const char line[] =
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\r\n";
	static const struct {
		enum usher__srtp_policy policy;
		const char *profile;
		bool crypto, usable, encrypted;
	} rows[] = {
		{USHER__SRTP_NEVER, "RTP/SAVP", true, false, false},
		{USHER__SRTP_NEVER, "RTP/AVP", true, true, false},
		{USHER__SRTP_NEVER, "RTP/AVP", false, true, false},
		{USHER__SRTP_ANSWER, "RTP/SAVP", true, true, true},
		{USHER__SRTP_ANSWER, "RTP/SAVP", false, false, false},
		{USHER__SRTP_ANSWER, "RTP/AVP", true, true, true},
		{USHER__SRTP_ANSWER, "RTP/AVP", false, true, false},
		{USHER__SRTP_OFFER, "RTP/AVP", false, true, false},
		{USHER__SRTP_OFFER, "RTP/SAVP", true, true, true},
		{USHER__SRTP_REQUIRE, "RTP/SAVP", true, true, true},
		{USHER__SRTP_REQUIRE, "RTP/SAVP", false, false, false},
		{USHER__SRTP_REQUIRE, "RTP/AVP", true, false, false},
		{USHER__SRTP_REQUIRE, "RTP/AVP", false, false, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(parse_crypto(rows[i].profile,
					      rows[i].crypto ? line : "",
					      rows[i].policy),
				 0);
		ck_assert_msg(usher__sdp_usable(&sdp) == rows[i].usable,
			      "row %zu", i);
		ck_assert_msg(!sdp.crypto.key.suite == !(rows[i].encrypted),
			      "row %zu", i);
	}
}
END_TEST

/* RFC 4585, 3.1: phones that want feedback on video ask for it on all. */
START_TEST(profile_with_feedback__is_answered_as_it_came)
{
	static const char line[] =
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "\r\n";
	static const struct {
		const char *profile, *lines, *answer, *offer;
		enum usher__srtp_policy policy;
		bool usable;
	} rows[] = {
		{"RTP/AVPF", "a=rtcp-fb:* trr-int 5000\r\n",
		 "m=audio 6000 RTP/AVPF 0\r\n", "m=audio 6000 RTP/AVPF ",
		 USHER__SRTP_ANSWER, true},
		{"RTP/SAVPF", line, "m=audio 6000 RTP/SAVPF 0\r\n",
		 "m=audio 6000 RTP/SAVPF ", USHER__SRTP_ANSWER, true},
		{"RTP/AVP", "", "m=audio 6000 RTP/AVP 0\r\n",
		 "m=audio 6000 RTP/AVP ", USHER__SRTP_ANSWER, true},
		{"RTP/AVPF", line, "", "", USHER__SRTP_REQUIRE, false},
		{"RTP/SAVPF", "", "", "", USHER__SRTP_ANSWER, false},
		{"RTP/SAVPF", line, "", "", USHER__SRTP_NEVER, false},
		{"UDP/TLS/RTP/SAVPF", line, "", "", USHER__SRTP_ANSWER, false},
	};
	struct usher__sdp_local local = {.ip = "127.0.0.1",
					 .port = 6000,
					 .dir = USHER__SENDRECV,
					 .places = &sdp};
	char text[USHER__SDP_TEXT_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(parse_crypto(rows[i].profile, rows[i].lines,
					      rows[i].policy),
				 0);
		ck_assert_msg(usher__sdp_usable(&sdp) == rows[i].usable,
			      "row %zu", i);
		if (!rows[i].usable)
			continue;
		(void)usher__sdp_answer(text, &local, &sdp);
		ck_assert_msg(strstr(text, rows[i].answer), "%s", text);
		/* It stays so where it is our turn to offer. */
		local.savp = sdp.savp;
		(void)usher__sdp_offer(text, &local);
		ck_assert_msg(strstr(text, rows[i].offer), "%s", text);
	}
}
END_TEST

START_TEST(crypto__malformed_is_none)
{
	static const char *const bad[] = {
		"",
		"1",
		"1 AES_CM_128_HMAC_SHA1_80",
		"1 AES_CM_128_HMAC_SHA1_80 inline:",
		"1 AES_CM_128_HMAC_SHA1_80 " KEY,
		"1 AES_CM_128_HMAC_SHA1_80 prompt:" KEY,
		"x AES_CM_128_HMAC_SHA1_80 inline:" KEY,
		"-1 AES_CM_128_HMAC_SHA1_80 inline:" KEY,
		"1234567890 AES_CM_128_HMAC_SHA1_80 inline:" KEY,
		"1 AES_CM_128_HMAC_SHA1_8 inline:" KEY,
		"1 AES_CM_128_HMAC_SHA1_800 inline:" KEY,
		"1 AES_256_CM_HMAC_SHA1_80 inline:" KEY,
		"1 AES_CM_128_HMAC_SHA1_80 inline:MTIzNDU2",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "AAAA",
		"1 AES_CM_128_HMAC_SHA1_80 "
		"inline:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3OD==",
		"1 AES_CM_128_HMAC_SHA1_80 "
		"inline:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3OD%k",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^x",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|2^20",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:4|2^20",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:4|1:4",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:5",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:0",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:10",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|1:",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|:4",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|x:4",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|2^20|256:1",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|4294967296:4",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY ";inline:" KEY,
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " KDR=1",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " UNENCRYPTED_SRTP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY
		" UNAUTHENTICATED_SRTP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " FEC_ORDER=FEC_SRTP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY " -x",
	};
	char line[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "a=crypto:%s\r\n", bad[i]);
		ck_assert_int_eq(
			parse_crypto("RTP/SAVP", line, USHER__SRTP_ANSWER), 0);
		ck_assert_msg(!usher__sdp_usable(&sdp), "%s", bad[i]);
	}
}
END_TEST

START_TEST(crypto__of_ours_can_be_read_again)
{
	struct usher__sdp_local local = {
		.ip = "127.0.0.1",
		.port = 6000,
		.dir = USHER__SENDRECV,
		.savp = true,
		.crypto = {.key = {.suite = USHER__SRTP_SHA1_80,
				   .bytes = {1, 2, 255}},
			   .tag = USHER__SDP_TAG},
	};
	char text[USHER__SDP_TEXT_MAX];
	size_t len = usher__sdp_offer(text, &local);

	ck_assert_int_eq(
		usher__sdp_parse(&sdp, &more, text, len, USHER__SRTP_REQUIRE),
		0);
	ck_assert(usher__sdp_usable(&sdp));
	ck_assert_uint_eq(sdp.crypto.tag, USHER__SDP_TAG);
	ck_assert(!memcmp(&sdp.crypto.key, &local.crypto.key,
			  sizeof(sdp.crypto.key)));
	/* An answer is as the offer was, under the offer's tag. */
	local.crypto.tag = 99;
	len = usher__sdp_answer(text, &local, &sdp);
	text[len] = 0;
	ck_assert_ptr_nonnull(strstr(text, "m=audio 6000 RTP/SAVP 0 8 101"));
	ck_assert_ptr_nonnull(strstr(
		text, "a=crypto:99 AES_CM_128_HMAC_SHA1_80 inline:AQL/"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sdp");
	TCase *tc = tcase_create("sdp");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, offer__is_read);
	tcase_add_test(tc, answer__mirrors_streams_and_payload_types);
	tcase_add_test(tc, our_offer__can_be_read_again);
	tcase_add_test(tc, direction__is_answered);
	tcase_add_test(tc, hold__is_seen_in_each_dress);
	tcase_add_test(tc, session_direction__is_inherited);
	tcase_add_test(tc, codec_remapped__is_not_the_static_one);
	tcase_add_test(tc, unusable__is_told);
	tcase_add_test(tc, malformed__is_refused);
	tcase_add_test(tc, address__must_be_one_hosts);
	tcase_add_test(tc, too_much__is_refused);
	tcase_add_test(tc, params__follow_the_pair);
	tcase_add_test(tc, params__have_the_packets_that_the_peer_wants);
	tcase_add_test(tc, crypto__is_read_and_the_first_good_line_counts);
	tcase_add_test(tc, crypto__is_read_however_it_is_written);
	tcase_add_test(tc, crypto__may_name_its_key);
	tcase_add_test(tc, crypto__follows_the_policy);
	tcase_add_test(tc, profile_with_feedback__is_answered_as_it_came);
	tcase_add_test(tc, crypto__malformed_is_none);
	tcase_add_test(tc, crypto__of_ours_can_be_read_again);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
