/* What libre cannot do just now: a call goes on without it. */
#include "legpeer.h"

int __real_sip_treplyf(struct sip_strans **stp, struct mbuf **mbp,
		       struct sip *sip, const struct sip_msg *msg,
		       bool rec_route, uint16_t scode, const char *reason,
		       const char *fmt, ...);
int __wrap_sip_treplyf(struct sip_strans **stp, struct mbuf **mbp,
		       struct sip *sip, const struct sip_msg *msg,
		       bool rec_route, uint16_t scode, const char *reason,
		       const char *fmt, ...);
int __real_sip_dialog_update(struct sip_dialog *dlg,
			     const struct sip_msg *msg);
int __wrap_sip_dialog_update(struct sip_dialog *dlg,
			     const struct sip_msg *msg);

/* So often; on the loop's thread. */
static unsigned replies, updates;

int __wrap_sip_treplyf(struct sip_strans **stp, struct mbuf **mbp,
		       struct sip *sip, const struct sip_msg *msg,
		       bool rec_route, uint16_t scode, const char *reason,
		       const char *fmt, ...)
{
	va_list ap;
	int err;

	if (scode == 200 && replies) {
		replies--;
		return ENOMEM;
	}
	va_start(ap, fmt);
	err = __real_sip_treplyf(stp, mbp, sip, msg, rec_route, scode, reason,
				 "%v", fmt, &ap);
	va_end(ap);
	return err;
}

int __wrap_sip_dialog_update(struct sip_dialog *dlg, const struct sip_msg *msg)
{
	if (updates) {
		updates--;
		return ENOMEM;
	}
	return __real_sip_dialog_update(dlg, msg);
}

static int do_fail(void *arg)
{
	*(unsigned *)arg = 1;
	return 0;
}

/* With an offer, and with one of ours in the 200. */
START_TEST(reinvite__that_cannot_be_answered_is_over)
{
	reach(USHER__LEG_UP, true);
	subject_call(&subject, do_fail, &replies);
	peer_ask("INVITE", 2, "", _i ? sdp : "");
	ck_assert(peer_expect(&peer, "SIP/2.0 500", WAIT_MS));
	peer_ask("UPDATE", 3, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 ", WAIT_MS));
	ck_assert_msg(has("SIP/2.0 200"), "%s", peer.last);
	peer_ask("INVITE", 4, "", sdp);
	ck_assert(peer_expect(&peer, "SIP/2.0 200", WAIT_MS));
	peer_ask("ACK", 4, "", "");
	ck_assert_int_eq(state(), USHER__LEG_UP);
}
END_TEST

START_TEST(contact__that_is_bad_is_passed_over)
{
	reach(USHER__LEG_CALLING, true);
	subject_call(&subject, do_fail, &updates);
	peer_send(&peer, subject.port,
		  "SIP/2.0 302 Moved\r\nVia: %s\r\n"
		  "From: <sip:usher@127.0.0.1>;tag=%s\r\n"
		  "To: <sip:p@127.0.0.1>;tag=r\r\nCall-ID: %s\r\n"
		  "CSeq: %u INVITE\r\nContact: <sip:a@127.0.0.1:%u>\r\n"
		  "Contact: <sip:b@127.0.0.1:%u>;q=0.5\r\n"
		  "Content-Length: 0\r\n\r\n",
		  our_via, to_tag, call_id, invite_cseq, peer.port, peer.port);
	(void)peer_expect_ours("INVITE");
	ck_assert_msg(has("INVITE sip:b@"), "%s", peer.last);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_unsent");
	TCase *tc = tcase_create("unsent");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, leg_setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, reinvite__that_cannot_be_answered_is_over, 0,
			    2);
	tcase_add_test(tc, contact__that_is_bad_is_passed_over);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
