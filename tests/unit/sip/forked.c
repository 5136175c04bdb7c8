/* What branches of our INVITE say reliably, and what is lost of it. */
#include "clock.h"
#include "legpeer.h"

static void setup(void)
{
	leg_setup();
	clock_begin(&subject);
}

static int do_peer_port(void *arg)
{
	const struct usher__leg *leg =
		usher__leg_find(subject.ua, subject.leg);

	(void)arg;
	return leg->peer.port;
}

static void reliable(const char *status, unsigned number, const char *more,
		     const char *body)
{
	char text[256];

	snprintf(text, sizeof(text), "Require: 100rel\r\nRSeq: %u\r\n%s",
		 number, more);
	peer_answer(status, "INVITE", invite_cseq, text, body);
}

/* The PRACK of that number; its Via is kept apart. */
static unsigned expect_prack(unsigned number)
{
	char via[128], line[64];
	unsigned cseq;

	strcpy(via, our_via);
	cseq = peer_expect_ours("PRACK");
	snprintf(line, sizeof(line), "RAck: %u %u INVITE\r\n", number,
		 invite_cseq);
	ck_assert_msg(has(line), "%s", peer.last);
	peer_answer("200 OK", "PRACK", cseq, "", "");
	strcpy(our_via, via);
	return cseq;
}

/* It was lost: the very same goes out again, with no other for it. */
START_TEST(prack_of_ours__is_sent_until_its_answer)
{
	char first[128], via[128];
	unsigned cseq;

	reach(USHER__LEG_CALLING, true);
	strcpy(via, our_via);
	reliable("180 Ringing", 7, "", "");
	cseq = peer_expect_ours("PRACK");
	strcpy(first, our_via);
	strcpy(our_via, via);
	reliable("180 Ringing", 7, "", "");
	ck_assert_uint_eq(peer_expect_ours("PRACK"), cseq);
	ck_assert_str_eq(our_via, first);
	ck_assert_uint_eq(peer_expect_ours("PRACK"), cseq);
	ck_assert_str_eq(our_via, first);
	peer_answer("200 OK", "PRACK", cseq, "", "");
	ck_assert(!peer_expect(&peer, "PRACK ", 2500));
	ck_assert_uint_eq(subject_told(&subject, USHER__LEG_PROGRESS), 1);
}
END_TEST

/* Each branch has its own description; a third answers, which was silent. */
START_TEST(third_branch__answers_for_itself)
{
	static const char *const ports[] = {"4100", "4200", "4300"};
	static const char *const tags[] = {"one", "two", "three"};
	char text[512], via[128];
	unsigned i;

	reach(USHER__LEG_CALLING, true);
	strcpy(via, our_via);
	for (i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "%s", sdp);
		memcpy(strstr(text, "4000"), ports[i], 4);
		strcpy(from_tag, tags[i]);
		strcpy(our_via, via);
		if (i < 2) {
			reliable("183 Progress", 1, "", text);
			expect_prack(1);
		} else {
			peer_answer("200 OK", "INVITE", invite_cseq, "", text);
		}
	}
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(has(";tag=three\r\n"));
	ck_assert_int_eq(state(), USHER__LEG_UP);
	ck_assert_int_eq(subject_call(&subject, do_peer_port, NULL), 4300);
	/* And one of the others, later: thanked, and hung up. */
	strcpy(from_tag, "one");
	strcpy(our_via, via);
	peer_answer("200 OK", "INVITE", invite_cseq, "", "");
	ck_assert(peer_expect(&peer, "ACK ", WAIT_MS));
	ck_assert(has(";tag=one\r\n"));
	ck_assert(peer_expect(&peer, "BYE ", WAIT_MS));
	ck_assert(has(";tag=one\r\n"));
	ck_assert_int_eq(subject_call(&subject, do_peer_port, NULL), 4300);
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_forked");
	TCase *tc = tcase_create("forked");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, prack_of_ours__is_sent_until_its_answer);
	tcase_add_test(tc, third_branch__answers_for_itself);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
