/* Streams beside sound in offers and answers. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/error.h>

#include <media/feedback.h>
#include <sip/sdp.h>

#define HEAD                                                                  \
	"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n"    \
	"t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
#define TEXT                                                                  \
	"m=text 4002 RTP/AVP 97 96\r\na=rtpmap:96 t140/1000\r\n"              \
	"a=fmtp:96 cps=20\r\na=rtpmap:97 red/1000\r\na=fmtp:97 96/96/96\r\n"
#define VIDEO                                                                 \
	"m=video 4004 RTP/AVPF 99 96 97\r\na=rtpmap:96 H264/90000\r\n"        \
	"a=fmtp:96 profile-level-id=42801F; packetization-mode=1;"            \
	"sprop-parameter-sets=Z0LAHtkDxWhAAAADAEAAAAwDxYuS,aMuMsg==\r\n"      \
	"a=rtpmap:97 VP8/90000\r\na=rtpmap:99 H265/90000\r\n"                 \
	"a=rtcp-fb:* nack\r\na=rtcp-fb:96 nack pli\r\n"                       \
	"a=rtcp-fb:97 ccm fir\r\na=rtcp-fb:97 goog-remb\r\n"                  \
	"a=rtcp-fb:97 transport-cc\r\n"
#define KEY  "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SDES "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n"

static struct usher__sdp_more more;
static struct usher__sdp sdp;
static char text[USHER__SDP_TEXT_MAX];

static void parse(const char *from)
{
	ck_assert_int_eq(usher__sdp_parse(&sdp, &more, from, strlen(from),
					  USHER__SRTP_ANSWER),
			 0);
}

static struct usher__sdp_local ours(void)
{
	return (struct usher__sdp_local){
		.ip = "127.0.0.1",
		.port = 5000,
		.session = 1,
		.version = 1,
		.dir = USHER__SENDRECV,
		.text = {.port = 5002, .dir = USHER__SENDRECV},
		.video = {.port = 5004, .dir = USHER__SENDRECV},
		.formats = &more.video,
	};
}

static void has(const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "%s not in\n%s", part, text);
}

static void answer(void)
{
	const struct usher__sdp_local local = ours();

	text[usher__sdp_answer(text, &local, &sdp)] = '\0';
}

static void offer(const struct usher__sdp_local *local)
{
	text[usher__sdp_offer(text, local)] = '\0';
}

START_TEST(text__is_read_and_answered_as_it_was_offered)
{
	struct usher__sdp_text_map map;
	struct usher__mleg_params params;

	parse(HEAD TEXT "a=sendonly\r\na=rtcp:4010\r\n");
	ck_assert(usher__sdp_text_usable(&sdp));
	ck_assert_uint_eq(more.text.side.index, 1);
	ck_assert_uint_eq(more.text.side.port, 4002);
	ck_assert_uint_eq(more.text.side.rtcp_port, 4010);
	ck_assert_str_eq(more.text.side.ip, "192.0.2.1");
	ck_assert_uint_eq(more.text.t140_pt, 96);
	ck_assert_uint_eq(more.text.red_pt, 97);
	ck_assert_uint_eq(more.text.repeats, 2);
	ck_assert_uint_eq(more.text.cps, 20);
	ck_assert_uint_eq(
		usher__sdp_side_dir(&more.text.side, USHER__SENDRECV),
		USHER__RECVONLY);
	answer();
	has("m=text 5002 RTP/AVP 97 96\r\n");
	has("a=rtpmap:96 t140/1000\r\n");
	has("a=fmtp:97 96/96/96\r\n");
	usher__sdp_text_params(&params, &more.text, USHER__RECVONLY, NULL);
	ck_assert_uint_eq(params.text.red_rx, 97);
	ck_assert_uint_eq(params.text.t140_tx, 96);
	ck_assert_uint_eq(params.text.cps, 20);
	usher__sdp_text_map_init(&map);
	usher__sdp_text_number(&map);
	usher__sdp_text_params(&params, &more.text, USHER__SENDRECV, &map);
	ck_assert_uint_eq(params.text.t140_rx, USHER__SDP_T140_PT);
	ck_assert_uint_eq(params.text.t140_tx, 96);
}
END_TEST

static unsigned count(const char *part)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		n++;
	return n;
}

/* RFC 5761: in an answer only where the offer has it. */
START_TEST(rtcp_mux__is_each_streams_own)
{
	struct usher__sdp_local local = ours();
	struct usher__mleg_params params;

	local.rtcp_mux = local.text.rtcp_mux = local.video.rtcp_mux = true;
	local.video.port = 0;
	offer(&local);
	ck_assert_uint_eq(count("a=rtcp-mux\r\n"), 2);
	parse(text);
	ck_assert(sdp.rtcp_mux && more.text.side.rtcp_mux);

	parse(HEAD "a=rtcp:4001\r\na=rtcp-mux\r\n" TEXT
		   "a=rtcp-muxed\r\n" VIDEO "a=rtcp-mux\r\n");
	ck_assert(sdp.rtcp_mux);
	ck_assert(!more.text.side.rtcp_mux);
	ck_assert(more.video.side.rtcp_mux);
	usher__sdp_params(&params, &sdp, USHER__SENDRECV, NULL);
	ck_assert(params.rtcp_mux);
	ck_assert_int_eq(usher__sdp_video_params(&params, &more.video,
						 USHER__SENDRECV, NULL),
			 0);
	ck_assert(params.rtcp_mux);
	usher__sdp_text_params(&params, &more.text, USHER__SENDRECV, NULL);
	ck_assert(!params.rtcp_mux);

	local.video.port = 5004;
	local.text.rtcp_mux = false;
	text[usher__sdp_answer(text, &local, &sdp)] = '\0';
	ck_assert_uint_eq(count("a=rtcp-mux\r\n"), 2);
	parse(HEAD TEXT VIDEO);
	local.video.rtcp_mux = false;
	text[usher__sdp_answer(text, &local, &sdp)] = '\0';
	ck_assert_uint_eq(count("rtcp-mux"), 0);
	/* Of a session it says nothing. */
	parse("v=0\r\nc=IN IP4 192.0.2.1\r\na=rtcp-mux\r\n"
	      "m=audio 4000 RTP/AVP 0\r\n");
	ck_assert(!sdp.rtcp_mux);
}
END_TEST

START_TEST(text__of_ours_can_be_read_again)
{
	struct usher__sdp_local local = ours();

	local.video.port = 0;
	offer(&local);
	ck_assert_ptr_null(strstr(text, "m=video"));
	parse(text);
	ck_assert(usher__sdp_text_usable(&sdp));
	ck_assert_uint_eq(more.text.t140_pt, USHER__SDP_T140_PT);
	ck_assert_uint_eq(more.text.red_pt, USHER__SDP_RED_PT);
	ck_assert_uint_eq(more.text.repeats, 2);
	local.text.port = 0;
	offer(&local);
	ck_assert_ptr_null(strstr(text, "m=text"));
}
END_TEST

/* Streams as others number them, and what is ours afterwards. */
START_TEST(text__keeps_what_numbers_mean)
{
	static const struct {
		const char *theirs, *ours;
	} cases[] = {
		{"m=text 4002 RTP/AVP 101 100\r\na=rtpmap:100 t140/1000\r\n"
		 "a=rtpmap:101 red/1000\r\na=fmtp:101 100/100/100\r\n",
		 "m=text 5002 RTP/AVP 101 100\r\na=rtpmap:100 t140/1000\r\n"
		 "a=rtpmap:101 red/1000\r\na=fmtp:101 100/100/100\r\n"},
		/* Ours, the other way round. */
		{"m=text 4002 RTP/AVP 98 99\r\na=rtpmap:99 t140/1000\r\n"
		 "a=rtpmap:98 red/1000\r\na=fmtp:98 99/99/99\r\n",
		 "m=text 5002 RTP/AVP 98 99\r\na=rtpmap:99 t140/1000\r\n"
		 "a=rtpmap:98 red/1000\r\na=fmtp:98 99/99/99\r\n"},
		/* Something that we do not know. */
		{"m=text 4002 RTP/AVP 110 99 100\r\na=rtpmap:99 x/1000\r\n"
		 "a=rtpmap:110 t140/1000\r\n",
		 "m=text 5002 RTP/AVP 101 110\r\na=rtpmap:110 t140/1000\r\n"
		 "a=rtpmap:101 red/1000\r\na=fmtp:101 110/110/110\r\n"},
		{"m=text 4002 RTP/AVP 98 99\r\na=rtpmap:98 x/1000\r\n",
		 "m=text 5002 RTP/AVP 101 100\r\na=rtpmap:100 t140/1000\r\n"
		 "a=rtpmap:101 red/1000\r\na=fmtp:101 100/100/100\r\n"},
	};
	struct usher__sdp_local local = ours();
	struct usher__sdp_text_map map;
	struct usher__mleg_params params;
	char all[256];

	snprintf(all, sizeof(all), "%s%s", HEAD, cases[_i].theirs);
	parse(all);
	usher__sdp_text_map_init(&map);
	/* Half of them were ours already. */
	if (_i % 2)
		usher__sdp_text_number(&map);
	usher__sdp_text_learn(&map, &more.text, true);
	usher__sdp_text_number(&map);
	local.text_map = &map;
	offer(&local);
	has(cases[_i].ours);
	/* Whatever the answer has, what comes to us is as we offered. */
	parse(HEAD TEXT);
	usher__sdp_text_learn(&map, &more.text, false);
	usher__sdp_text_params(&params, &more.text, USHER__SENDRECV, &map);
	ck_assert_uint_eq(params.text.t140_rx, map.t140_pt);
	ck_assert_uint_eq(params.text.red_rx, map.red_pt);
	ck_assert_uint_eq(params.text.t140_tx, 96);
	offer(&local);
	has(cases[_i].ours);
}
END_TEST

START_TEST(text__numbers_can_all_be_taken)
{
	struct usher__sdp_text_map map;
	unsigned i;

	usher__sdp_text_map_init(&map);
	for (i = 98; i < 128; i++)
		map.used[i / 8] |= (uint8_t)(1u << (i % 8));
	usher__sdp_text_number(&map);
	ck_assert_uint_eq(map.t140_pt, 96);
	ck_assert_uint_eq(map.red_pt, 97);
	memset(map.used, 0xff, sizeof(map.used));
	map.red_pt = USHER__NO_PT;
	usher__sdp_text_number(&map);
	ck_assert_uint_eq(map.t140_pt, 96);
	ck_assert_uint_eq(map.red_pt, USHER__NO_PT);
}
END_TEST

START_TEST(text__that_cannot_be_used_is_refused_alone)
{
	static const char *const bad[] = {
		HEAD "m=text 0 RTP/AVP 96\r\na=rtpmap:96 t140/1000\r\n",
		HEAD "m=text 4002 RTP/AVP 96\r\na=rtpmap:96 t140/8000\r\n",
		HEAD "m=text 4002 RTP/AVP 96\r\na=rtpmap:97 t140/1000\r\n",
		HEAD "m=text 4002 RTP/AVP 96\r\n",
		HEAD "m=text 4002 RTP/AVP 300\r\na=rtpmap:300 t140/1000\r\n",
		HEAD "m=text 4002 TCP/AVP 96\r\na=rtpmap:96 t140/1000\r\n",
		HEAD "m=text 4002 RTP/SAVP 96\r\na=rtpmap:96 t140/1000\r\n",
		HEAD TEXT "c=IN IP4 example.com\r\n",
		HEAD TEXT "c=IN IP4 224.0.0.1\r\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		parse(bad[i]);
		ck_assert_msg(!usher__sdp_text_usable(&sdp), "%s", bad[i]);
		ck_assert(usher__sdp_usable(&sdp));
		answer();
		has("m=audio 5000");
		has("m=text 0 ");
	}
}
END_TEST

START_TEST(text__is_not_repeated_by_what_is_no_list)
{
	static const char *const bad[] = {"", "96", "96/97", "96/x", "/"};
	char from[512];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(from, sizeof(from),
			 HEAD "m=text 4002 RTP/AVP 97 96\r\n"
			      "a=rtpmap:96 t140/1000\r\n"
			      "a=rtpmap:97 red/1000\r\na=fmtp:97 %s\r\n",
			 bad[i]);
		parse(from);
		ck_assert(usher__sdp_text_usable(&sdp));
		ck_assert_uint_eq(more.text.red_pt, USHER__NO_PT);
		answer();
		has("m=text 5002 RTP/AVP 96\r\n");
	}
}
END_TEST

START_TEST(text__beside_encrypted_sound_has_to_be_encrypted)
{
	parse(HEAD SDES TEXT);
	ck_assert(!usher__sdp_text_usable(&sdp));
	parse(HEAD SDES TEXT SDES);
	ck_assert(usher__sdp_text_usable(&sdp));
	ck_assert_uint_eq(more.text.side.crypto.key.suite,
			  USHER__SRTP_SHA1_80);
}
END_TEST

START_TEST(streams__keep_their_places)
{
	struct usher__sdp_local local = ours();
	const char *video, *words, *sound;

	parse("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
	      "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
	      "m=application 9 TCP/X 1\r\n" TEXT "m=audio 4000 RTP/AVP 0\r\n");
	local.places = &sdp;
	local.video.port = 0;
	offer(&local);
	video = strstr(text, "m=application 0 TCP/X 1\r\n");
	words = strstr(text, "m=text 5002 ");
	sound = strstr(text, "m=audio 5000 ");
	ck_assert(video && words && sound && video < words && words < sound);
	/* One that we no longer have is refused where it was. */
	local.text.port = 0;
	offer(&local);
	has("m=text 0 RTP/AVP 97\r\n");
	ck_assert_ptr_nonnull(strstr(strstr(text, "m=text"), "m=audio"));
	/* And one that is new comes last. */
	parse(HEAD "m=application 9 TCP/X 1\r\n");
	local = ours();
	local.places = &sdp;
	local.video.port = 0;
	offer(&local);
	ck_assert_ptr_nonnull(
		strstr(strstr(text, "m=application 0"), "m=text 5002"));
}
END_TEST

START_TEST(text__of_several_the_first_is_taken)
{
	parse(HEAD TEXT "m=text 4010 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n");
	ck_assert_uint_eq(more.text.t140_pt, 96);
	ck_assert_uint_eq(more.text.side.port, 4002);
	answer();
	has("m=text 5002 RTP/AVP 97 96\r\n");
	has("m=text 0 RTP/AVP 98\r\n");
}
END_TEST

START_TEST(video__is_handed_on_as_it_came)
{
	struct usher__sdp_video theirs;
	struct usher__mleg_params params;
	struct usher__sdp_local local;

	parse(HEAD VIDEO);
	ck_assert(usher__sdp_video_usable(&sdp));
	ck_assert_uint_eq(more.video.count, 2);
	ck_assert_str_eq(more.video.format[0].fmtp,
			 "profile-level-id=42801F;packetization-mode=1");
	ck_assert_uint_eq(more.video.format[0].feedback,
			  USHER__FB_NACK | USHER__FB_PLI);
	ck_assert_uint_eq(more.video.format[1].codec, USHER__VIDEO_VP8);
	ck_assert_uint_eq(more.video.format[1].feedback,
			  USHER__FB_NACK | USHER__FB_FIR | USHER__FB_REMB);
	answer();
	has("m=video 5004 RTP/AVPF 96\r\na=rtpmap:96 H264/90000\r\n"
	    "a=fmtp:96 profile-level-id=42801F;packetization-mode=1\r\n"
	    "a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n");
	ck_assert_ptr_null(strstr(text, "VP8"));
	/* To the other one all of it is offered. */
	theirs = more.video;
	local = ours();
	local.text.port = 0;
	local.formats = &theirs;
	offer(&local);
	has("m=video 5004 RTP/AVP 96 97\r\n");
	/* Who answers by another number is understood. */
	parse(HEAD "m=video 4004 RTP/AVP 120\r\na=rtpmap:120 VP8/90000\r\n");
	ck_assert_int_eq(usher__sdp_video_params(&params, &more.video,
						 USHER__SENDRECV, &theirs),
			 0);
	ck_assert_uint_eq(params.video.tx_pt, 120);
	ck_assert_uint_eq(params.video.rx_pt, 97);
	ck_assert_uint_eq(params.video.codec, USHER__VIDEO_VP8);
	/* What was not offered is no answer. */
	theirs.count = 1;
	ck_assert_int_eq(usher__sdp_video_params(&params, &more.video,
						 USHER__SENDRECV, &theirs),
			 USHER_ENOTSUP);
}
END_TEST

/* What nobody sends who means well. The call is answered with sound, and each
 * stream in its place. */
static const char *const hostile[] = {
	"m=text 0 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n",
	"m=text 4002 RTP/AVP 98\r\n",
	"m=text 4002 RTP/AVP 99\r\na=rtpmap:99 red/1000\r\n"
	"a=fmtp:99 98/98/98\r\n",
	"m=text 4002 RTP/AVP 99\r\na=rtpmap:99 red/1000\r\n"
	"a=fmtp:99 99/99\r\n",
	"m=text 4002 RTP/AVP 98\r\na=rtpmap:98 t140/8000\r\n",
	"m=text 4002 TCP/MSRP 98\r\na=rtpmap:98 t140/1000\r\n",
	"m=text 4002 RTP/SAVP 98\r\na=rtpmap:98 t140/1000\r\n",
	"m=text 4002 RTP/AVP 98\r\nc=IN IP4 224.0.0.1\r\n"
	"a=rtpmap:98 t140/1000\r\n",
	"m=text 4002 RTP/AVP 98\r\nc=IN IP4 somewhere\r\n"
	"a=rtpmap:98 t140/1000\r\n",
	"m=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n",
	"m=video 4004 RTP/AVP 96\r\nb=AS:4294967296999\r\nb=:\r\nb=\r\n"
	"a=rtcp-fb:96 nack pli\r\n",
	"m=video 4004 RTP/AVP 96\r\na=rtpmap:96 VP8/-1\r\n"
	"a=rtcp-fb:\r\na=rtcp-fb:* \r\na=rtcp-fb:999 nack\r\n"
	"a=rtcp-fb:96 nack nack nack nack nack nack nack nack\r\n",
	"m=video 4004 RTP/AVP 31\r\na=rtpmap:96 VP8/90000\r\n",
	"m=video 4004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
	"a=fmtp:96 profile-level-id=42801F;x=\x01\r\n",
	"m=video 4004 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n",
	"m=video 4004 RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n"
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n",
};

START_TEST(streams__that_are_hostile_are_refused_alone)
{
	const char *stream = hostile[_i];
	char offer[1024], refused[32];
	const char *space = strchr(stream, ' ');

	snprintf(offer, sizeof(offer), HEAD "%s", stream);
	parse(offer);
	ck_assert(usher__sdp_usable(&sdp));
	ck_assert(!usher__sdp_text_usable(&sdp));
	ck_assert(!usher__sdp_video_usable(&sdp));
	answer();
	has("m=audio 5000 RTP/AVP 0\r\n");
	snprintf(refused, sizeof(refused), "\r\n%.*s 0 ",
		 (int)(space - stream), stream);
	has(refused);
}
END_TEST

START_TEST(streams__by_the_dozen_are_refused_one_by_one)
{
	char offer[4096];
	size_t n = (size_t)snprintf(offer, sizeof(offer), HEAD);
	unsigned count = 0;

	for (unsigned i = 2; i < USHER__SDP_STREAMS_MAX; i++)
		n += (size_t)snprintf(offer + n, sizeof(offer) - n,
				      i % 2 ? "m=video 4%03u RTP/AVP 96\r\n"
					    : "m=text 4%03u RTP/AVP 98\r\n",
				      i);
	snprintf(offer + n, sizeof(offer) - n,
		 "m=application 9 UDP/BFCP *\r\n");
	parse(offer);
	answer();
	has("m=audio 5000 RTP/AVP 0\r\n");
	for (const char *at = text; (at = strstr(at, "\r\nm=")); at += 4)
		count++;
	ck_assert_uint_eq(count, USHER__SDP_STREAMS_MAX);
	has("m=application 0 UDP/BFCP *\r\n");
	ck_assert_ptr_null(strstr(text, "m=text 5"));
	ck_assert_ptr_null(strstr(text, "m=video 5"));
}
END_TEST

START_TEST(video__that_cannot_be_used_is_refused_alone)
{
	char many[2048] = HEAD "m=video 4004 RTP/AVP 96\r\na=rtpmap:96 "
			       "H264/90000\r\na=fmtp:96 a=";
	const char *bad[] = {
		HEAD "m=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n",
		HEAD "m=video 4004 RTP/AVP 96\r\na=rtpmap:96 AV1/90000\r\n",
		HEAD "m=video 4004 RTP/AVP 96\r\na=rtpmap:96 VP8/8000\r\n",
		HEAD "m=video 4004 RTP/AVP 31\r\n",
		HEAD "m=video 4004 UDP/TLS/RTP/SAVPF 96\r\n"
		     "a=rtpmap:96 VP8/90000\r\n",
		HEAD "m=video 4004 RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n",
		HEAD "m=video 4004 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
		     "a=fmtp:96 a=1\rm=audio 1 RTP/AVP 0\n",
		HEAD SDES VIDEO,
		many,
	};

	memset(many + strlen(many), 'x', USHER__SDP_FMTP_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		parse(bad[i]);
		ck_assert_msg(!usher__sdp_video_usable(&sdp), "%s", bad[i]);
		ck_assert(usher__sdp_usable(&sdp));
		answer();
		has("m=audio 5000");
		has("m=video 0 ");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip-side");
	TCase *tc = tcase_create("side");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, text__is_read_and_answered_as_it_was_offered);
	tcase_add_test(tc, rtcp_mux__is_each_streams_own);
	tcase_add_test(tc, text__of_ours_can_be_read_again);
	tcase_add_loop_test(tc, text__keeps_what_numbers_mean, 0, 4);
	tcase_add_test(tc, text__numbers_can_all_be_taken);
	tcase_add_test(tc, text__that_cannot_be_used_is_refused_alone);
	tcase_add_test(tc, text__is_not_repeated_by_what_is_no_list);
	tcase_add_test(tc, text__beside_encrypted_sound_has_to_be_encrypted);
	tcase_add_test(tc, streams__keep_their_places);
	tcase_add_test(tc, text__of_several_the_first_is_taken);
	tcase_add_test(tc, video__is_handed_on_as_it_came);
	tcase_add_test(tc, video__that_cannot_be_used_is_refused_alone);
	tcase_add_loop_test(tc, streams__that_are_hostile_are_refused_alone, 0,
			    sizeof(hostile) / sizeof(hostile[0]));
	tcase_add_test(tc, streams__by_the_dozen_are_refused_one_by_one);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
