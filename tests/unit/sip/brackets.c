/* An address of IPv6 as the host of a URI stands in brackets. */
#include "legpeer.h"

#define OURS  "2001:db8::1"
#define HOST  "@[" OURS "]"
#define THEIR "2001:db8::2"

/* As if we were there; messages go over IPv4 all the same. */
static int do_move(void *arg)
{
	(void)arg;
	str_ncpy(subject.ua->local_ip, OURS, sizeof(subject.ua->local_ip));
	return 0;
}

static void setup(void)
{
	subject_start(&subject, true);
	peer_open(&peer);
	subject_call(&subject, do_move, NULL);
}

START_TEST(host__is_put_into_brackets_once)
{
	static const struct {
		const char *host, *text;
	} cases[] = {
		{"center.test", "center.test"},
		{"192.0.2.1", "192.0.2.1"},
		{"::1", "[::1]"},
		{"[::1]", "[::1]"},
	};
	char text[32];
	struct pl pl;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pl_set_str(&pl, cases[i].host);
		re_snprintf(text, sizeof(text), "%H", usher__host_print, &pl);
		ck_assert_str_eq(text, cases[i].text);
	}
}
END_TEST

static uint32_t trunk;

static int do_add_trunk(void *arg)
{
	struct usher__trunk_opts opts = {.name = "provider",
					 .domain = "center.test",
					 .host = "127.0.0.1",
					 .port = peer.port,
					 .trusted = true,
					 .check_ms =
						 USHER__TRUNK_CHECK_MIN_MS};
	int err = usher__ua_trunk_add(subject.ua, &opts, &trunk, NULL);

	(void)arg;
	if (!err)
		usher__ua_trunk_start(subject.ua, trunk);
	return err;
}

static int do_call_by_trunk(void *arg)
{
	struct usher__call_opts opts = {
		.trunk = trunk, .user = "100", .asserted = "+4912"};

	opts.from_domain = arg;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

START_TEST(from_and_identity__have_them)
{
	ck_assert_int_eq(subject_call(&subject, do_add_trunk, NULL), 0);
	outbound(do_call_by_trunk, _i ? THEIR : NULL);
	ck_assert_msg(has(_i ? "From: <sip:usher@[" THEIR "]>;"
			     : "From: <sip:usher" HOST ">;"),
		      "%s", peer.last);
	ck_assert_msg(has(_i ? "P-Asserted-Identity: <sip:+4912@[" THEIR "]>"
			     : "P-Asserted-Identity: <sip:+4912" HOST ">"),
		      "%s", peer.last);
}
END_TEST

START_TEST(options__has_them)
{
	ck_assert_int_eq(subject_call(&subject, do_add_trunk, NULL), 0);
	ck_assert(peer_expect(&peer, "OPTIONS ", WAIT_MS));
	ck_assert_msg(has("From: <sip:usher" HOST ">;"), "%s", peer.last);
}
END_TEST

static int do_refer(void *arg)
{
	return usher__leg_refer(subject.ua, subject.leg, arg);
}

START_TEST(refer__has_them)
{
	reach(USHER__LEG_UP, true);
	ck_assert_int_eq(subject_call(&subject, do_refer, "sip:a@b.test"), 0);
	ck_assert(peer_expect(&peer, "REFER ", WAIT_MS));
	ck_assert_msg(has("Referred-By: <sip:usher" HOST ">\r\n"), "%s",
		      peer.last);
}
END_TEST

static int do_register(void *arg)
{
	struct usher__register_opts opts = {.user = "bob", .domain = arg};
	char uri[64];
	uint32_t id;

	snprintf(uri, sizeof(uri), "sip:127.0.0.1:%u", peer.port);
	opts.registrar = uri;
	return usher__ua_register(subject.ua, &opts, &id, NULL);
}

START_TEST(register__has_them)
{
	ck_assert_int_eq(subject_call(&subject, do_register, THEIR), 0);
	ck_assert(peer_expect(&peer, "REGISTER ", WAIT_MS));
	ck_assert_msg(has("To: <sip:bob@[" THEIR "]>"), "%s", peer.last);
	ck_assert_msg(has("From: <sip:bob@[" THEIR "]>"), "%s", peer.last);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("brackets");
	TCase *tc = tcase_create("brackets");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, leg_teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, host__is_put_into_brackets_once);
	tcase_add_loop_test(tc, from_and_identity__have_them, 0, 2);
	tcase_add_test(tc, options__has_them);
	tcase_add_test(tc, refer__has_them);
	tcase_add_test(tc, register__has_them);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
