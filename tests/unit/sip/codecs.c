/* Which codec a call has, by the lists of both sides. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/error.h>

#include <sip/sdp.h>

static struct usher__sdp_more more;
static struct usher__sdp sdp;
static struct usher__mleg_params params;
static char text[USHER__SDP_TEXT_MAX];
static struct usher__codecs spoken;
static struct usher__codecs_map map;

static const struct usher__sdp_local local = {.ip = "127.0.0.1",
					      .port = 5000,
					      .session = 7,
					      .version = 1,
					      .dir = USHER__SENDRECV};

static void parse(const char *formats, const char *ours)
{
	char offer[1024];
	int n = snprintf(offer, sizeof(offer),
			 "v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 9 RTP/AVP %s",
			 formats);

	ck_assert_int_eq(usher__codecs_read(&spoken, ours), 0);
	ck_assert_int_eq(usher__sdp_read(&sdp, &more, offer, (size_t)n,
					 USHER__SRTP_ANSWER, &spoken),
			 0);
}

static void answer(void)
{
	size_t len = usher__sdp_answer(text, &local, &sdp);

	text[len] = '\0';
	usher__sdp_params(&params, &sdp, USHER__SENDRECV, NULL);
}

/* What was read is an answer to what we offer first in a call. */
static void answered(void)
{
	usher__codecs_map_init(&map);
	usher__codecs_number(&map, &spoken);
	usher__codecs_learn(&map, &sdp.map, false);
	usher__sdp_params(&params, &sdp, USHER__SENDRECV, &map);
}

/* … or our call's first offer, and this is the next. */
static void reoffer(void)
{
	struct usher__sdp_local within = local;
	size_t len;

	usher__codecs_learn(&map, &sdp.map, true);
	usher__codecs_number(&map, &spoken);
	within.codecs = spoken;
	within.map = &map;
	len = usher__sdp_offer(text, &within);
	text[len] = '\0';
}

static const char both[] = "111 0 8 110 101\r\n"
			   "a=rtpmap:111 OPUS/48000/2\r\n"
			   "a=fmtp:111 minptime=10;useinbandfec=1; "
			   "maxaveragebitrate=16000;cbr=1\r\n"
			   "a=rtpmap:110 telephone-event/48000\r\n"
			   "a=rtpmap:101 telephone-event/8000\r\n";

START_TEST(codecs__are_read_in_order)
{
	static const char *const bad[] = {
		"", " ", "g729", "opus,pcmu", "opus opus", "opus pcmu x"};
	struct usher__codecs codecs = {9, {9}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(usher__codecs_read(&codecs, bad[i]),
				 USHER_EINVAL);
	ck_assert_uint_eq(codecs.count, 9);
	ck_assert_int_eq(usher__codecs_read(&codecs, " Opus  pcma "), 0);
	ck_assert_uint_eq(codecs.count, 2);
	ck_assert_uint_eq(codecs.list[0], USHER__OPUS);
	ck_assert_uint_eq(codecs.list[1], USHER__PCMA);
	ck_assert_int_eq(usher__codecs_read(&codecs, NULL), 0);
	ck_assert_uint_eq(codecs.count, 2);
	ck_assert_uint_eq(codecs.list[0], USHER__PCMU);
}
END_TEST

START_TEST(codecs__offer_says_which_and_how)
{
	struct usher__sdp_local own = local;
	size_t len;

	usher__codecs_read(&own.codecs, "opus pcma");
	len = usher__sdp_offer(text, &own);
	text[len] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "RTP/AVP 96 8 97 101\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "a=rtpmap:96 opus/48000/2\r\n"
					   "a=fmtp:96 useinbandfec=1\r\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "a=rtpmap:97 telephone-event/48000\r\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "a=rtpmap:101 telephone-event/8000\r\n"));
	ck_assert_ptr_null(strstr(text, "PCMU"));

	usher__codecs_read(&own.codecs, "pcmu opus");
	len = usher__sdp_offer(text, &own);
	text[len] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "RTP/AVP 0 96 97 101\r\n"));

	usher__codecs_read(&own.codecs, NULL);
	len = usher__sdp_offer(text, &own);
	text[len] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "RTP/AVP 0 8 101\r\n"));
	ck_assert_ptr_null(strstr(text, "opus"));
	ck_assert_ptr_null(strstr(text, "48000"));
}
END_TEST

START_TEST(codecs__opus_is_taken_by_who_has_it)
{
	parse(both, "pcmu opus");
	ck_assert_uint_eq(sdp.codec, USHER__OPUS);
	answer();
	ck_assert_ptr_nonnull(strstr(text, "RTP/AVP 111 110\r\n"));
	ck_assert_ptr_nonnull(strstr(text, "a=rtpmap:111 opus/48000/2\r\n"));
	ck_assert_ptr_null(strstr(text, "PCMU"));
	ck_assert_uint_eq(params.codec, USHER__OPUS);
	ck_assert_uint_eq(params.tx_pt, 111);
	ck_assert_uint_eq(params.rx_pt[USHER__OPUS], 111);
	ck_assert_uint_eq(params.rx_pt[USHER__PCMU], USHER__NO_PT);
	ck_assert_uint_eq(params.te_tx_pt, 110);
	ck_assert_uint_eq(params.te_rate, 48000);
	ck_assert(params.opus.fec && params.opus.cbr);
	ck_assert_uint_eq(params.opus.bitrate, 16000);

	/* Who has not is called as ever. */
	parse(both, NULL);
	ck_assert_uint_eq(sdp.codec, USHER__PCMU);
	answer();
	ck_assert_ptr_nonnull(strstr(text, "RTP/AVP 0 8 101\r\n"));
	ck_assert_uint_eq(params.te_rate, 8000);
	ck_assert_uint_eq(params.rx_pt[USHER__OPUS], USHER__NO_PT);
	parse(both, "pcma");
	ck_assert_uint_eq(sdp.codec, USHER__PCMA);
	answer();
	ck_assert_ptr_nonnull(strstr(text, "RTP/AVP 8 101\r\n"));
	/* Nothing in common. */
	parse("0 101\r\na=rtpmap:101 telephone-event/8000\r\n", "opus");
	ck_assert_uint_eq(sdp.codec, USHER__MCODECS);
	ck_assert(!usher__sdp_usable(&sdp));
}
END_TEST

START_TEST(codecs__the_callers_order_counts)
{
	parse("8 96\r\na=rtpmap:96 opus/48000/2\r\n", "opus pcma");
	ck_assert_uint_eq(sdp.codec, USHER__PCMA);
	answer();
	ck_assert_ptr_nonnull(strstr(text, "RTP/AVP 8\r\n"));
	/* Unmapped, of another rate, or not listed, it is no Opus. */
	parse("96 8\r\n", "opus pcma");
	ck_assert_uint_eq(sdp.codec, USHER__PCMA);
	parse("96 8\r\na=rtpmap:96 opus/16000\r\n", "opus pcma");
	ck_assert_uint_eq(sdp.codec, USHER__PCMA);
	parse("8\r\na=rtpmap:96 opus/48000/2\r\n", "opus pcma");
	ck_assert_uint_eq(sdp.codec, USHER__PCMA);
}
END_TEST

START_TEST(codecs__slow_keys_beside_opus)
{
	parse("96 101\r\na=rtpmap:96 opus/48000/2\r\n"
	      "a=rtpmap:101 telephone-event/8000\r\n",
	      "opus");
	answer();
	ck_assert_uint_eq(params.te_tx_pt, 101);
	ck_assert_uint_eq(params.te_rate, 8000);
	/* As an answer to our offer: what comes has our numbers. */
	answered();
	ck_assert_uint_eq(params.te_rx_pt, USHER__CODECS_TE_PT);
	ck_assert_uint_eq(params.rx_pt[USHER__OPUS], USHER__CODECS_OPUS_PT);
	parse(both, "opus");
	answered();
	ck_assert_uint_eq(params.te_tx_pt, 110);
	ck_assert_uint_eq(params.te_rx_pt, USHER__CODECS_TE48_PT);
}
END_TEST

/* RFC 3264, 8.3.2 */
START_TEST(numbers__keep_their_meaning)
{
	static const struct {
		const char *formats, *ours, *lines;
	} cases[] = {
		{"111 96 97 0 8 101\r\na=rtpmap:111 opus/48000/2\r\n"
		 "a=rtpmap:96 telephone-event/48000\r\n"
		 "a=rtpmap:97 speex/16000\r\n"
		 "a=rtpmap:101 telephone-event/8000\r\n",
		 "opus pcma",
		 " 111 8 96 101\r\na=rtpmap:111 opus/48000/2\r\n"},
		/* Ours where there is none yet, beside what is not ours. */
		{"96 97 8 101\r\na=rtpmap:96 iLBC/8000\r\n"
		 "a=rtpmap:97 speex/8000\r\na=rtpmap:101 G729/8000\r\n",
		 "opus pcma", " 98 8 99 100\r\na=rtpmap:98 opus/48000/2\r\n"},
		/* Mapped and not listed is said all the same. */
		{"8\r\na=rtpmap:96 speex/8000\r\n", "opus",
		 " 97 98 101\r\na=rtpmap:97 opus/48000/2\r\n"},
		/* What everybody knows as something else. */
		{"0 8\r\na=rtpmap:0 opus/48000/2\r\n", "pcmu opus",
		 " 96 0 97 101\r\na=rtpmap:96 PCMU/8000\r\n"},
		{"8\r\n", "opus pcma",
		 " 96 8 97 101\r\na=rtpmap:96 opus/48000/2\r\n"},
	};

	usher__codecs_map_init(&map);
	parse(cases[_i].formats, cases[_i].ours);
	reoffer();
	ck_assert_msg(strstr(text, cases[_i].lines) != NULL, "%s", text);
	/* And what comes after it is known. */
	parse(both, "opus pcma");
	usher__codecs_learn(&map, &sdp.map, false);
	usher__sdp_params(&params, &sdp, USHER__SENDRECV, &map);
	ck_assert_uint_eq(params.rx_pt[USHER__OPUS], map.pt[USHER__OPUS]);
	ck_assert_uint_eq(params.te_rx_pt, map.pt[USHER__CODECS_TE48]);
	ck_assert_uint_eq(params.tx_pt, 111);
}
END_TEST

START_TEST(numbers__of_a_peer_that_changes_them)
{
	parse(both, "opus pcma");
	answered();
	ck_assert_uint_eq(params.rx_pt[USHER__OPUS], USHER__CODECS_OPUS_PT);
	/* 96 was Opus by our offer: it is the peer's to say so. */
	parse("96 8\r\na=rtpmap:96 telephone-event/8000\r\n", "opus pcma");
	reoffer();
	ck_assert_msg(strstr(text, " 98 8 97 96\r\n") != NULL, "%s", text);
}
END_TEST

START_TEST(numbers__can_all_be_taken)
{
	char formats[1024] = "8\r\n";
	size_t n = strlen(formats);

	for (unsigned pt = 96; pt < 128; pt++)
		n += (size_t)snprintf(formats + n, sizeof(formats) - n,
				      "a=rtpmap:%u x/1\r\n", pt);
	usher__codecs_map_init(&map);
	parse(formats, "opus pcma");
	reoffer();
	ck_assert_msg(strstr(text, "RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
				   "a=ptime") != NULL,
		      "%s", text);
}
END_TEST

START_TEST(like__is_of_one_clock)
{
	struct usher__codecs list = {0};

	usher__codecs_like(&list, USHER__PCMA);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_int_eq(usher__codecs_read(&list, "opus pcma pcmu"), 0);
	usher__codecs_like(&list, USHER__PCMU);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_uint_eq(list.list[0], USHER__PCMA);
	/* None at all is no list. */
	usher__codecs_like(&list, USHER__OPUS);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_int_eq(usher__codecs_read(&list, "pcma opus"), 0);
	usher__codecs_like(&list, USHER__OPUS);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_uint_eq(list.list[0], USHER__OPUS);
}
END_TEST

START_TEST(codecs__lines_that_make_no_sense)
{
	static const char *const lines[] = {
		"a=rtpmap:\r\n",
		"a=rtpmap:300 opus/48000/2\r\n",
		"a=rtpmap:-96 opus/48000/2\r\n",
		"a=rtpmap:96\r\n",
		"a=rtpmap:96 opus\r\n",
		"a=rtpmap:96 opus/\r\n",
		"a=rtpmap:96 opus/99999999999\r\n",
		"a=rtpmap:96 opusopusopusopusopusopusopusopusopus/48000\r\n",
		"a=fmtp:\r\n",
		"a=fmtp:96\r\n",
		"a=fmtp:96 ;;;\r\n",
		"a=fmtp:96 maxaveragebitrate=\r\n",
		"a=fmtp:999 useinbandfec=1\r\n",
	};
	char formats[256];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(formats, sizeof(formats), "96 0\r\n%s", lines[i]);
		parse(formats, "opus pcmu");
		ck_assert_uint_eq(sdp.codec, USHER__PCMU);
		ck_assert(!sdp.formats.opus.fec);
	}
	/* Of another format, and more than there is to say. */
	parse("96 0\r\na=rtpmap:96 opus/48000\r\na=fmtp:0 useinbandfec=1\r\n"
	      "a=fmtp:96 maxaveragebitrate=999999999999\r\n",
	      "opus pcmu");
	ck_assert_uint_eq(sdp.codec, USHER__OPUS);
	ck_assert(!sdp.formats.opus.fec);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codecs");
	TCase *tc = tcase_create("codecs");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, codecs__are_read_in_order);
	tcase_add_test(tc, codecs__offer_says_which_and_how);
	tcase_add_test(tc, codecs__opus_is_taken_by_who_has_it);
	tcase_add_test(tc, codecs__the_callers_order_counts);
	tcase_add_loop_test(tc, numbers__keep_their_meaning, 0, 5);
	tcase_add_test(tc, numbers__of_a_peer_that_changes_them);
	tcase_add_test(tc, numbers__can_all_be_taken);
	tcase_add_test(tc, like__is_of_one_clock);
	tcase_add_test(tc, codecs__slow_keys_beside_opus);
	tcase_add_test(tc, codecs__lines_that_make_no_sense);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
