/* Trunks: which is taken, how ours registers at one, whose calls come from
 * it, and what is said of the caller. */
#include <arpa/inet.h>

#include "legpeer.h"

static uint32_t ids[4];
static char answer[64];

static void setup(void)
{
	memset(ids, 0, sizeof(ids));
	subject_start(&subject, false);
	peer_open(&peer);
}

static void teardown(void)
{
	peer_close(&peer);
	subject_stop(&subject);
}

static int add(unsigned which, struct usher__trunk_opts *opts)
{
	static const char *const names[] = {"a", "b", "c", "d"};

	opts->name = names[which];
	opts->domain = "center.test";
	return usher__ua_trunk_add(subject.ua, opts, &ids[which], NULL);
}

/* ---- which is taken ---- */

static int add_by_weight(void *arg)
{
	static const uint32_t weights[] = {1, 2, 5};
	struct usher__trunk_opts opts;
	unsigned i;
	int err = 0;

	(void)arg;
	for (i = 0; i < 3 && !err; i++) {
		memset(&opts, 0, sizeof(opts));
		opts.host = "127.0.0.1";
		opts.port = (uint16_t)(7000 + i);
		opts.weight = weights[i];
		err = add(i, &opts);
	}
	return err;
}

/* The names of a route's trunks in their order. */
static int route(char *ret, size_t size)
{
	static const uint32_t ranks[4];
	struct usher__route *found;
	struct usher__way way;
	unsigned i, n = 0;
	int err = usher__route_new(&found, subject.ua, ids, ranks, 4);

	if (err)
		return err;
	while (n + 1 < size && usher__route_next(found, &way))
		for (i = 0; i < 4; i++)
			if (ids[i] == way.trunk)
				ret[n++] = (char)('a' + i);
	ret[n] = '\0';
	usher__route_free(found);
	return 0;
}

static int do_route(void *arg)
{
	return route(arg, sizeof(answer));
}

START_TEST(trunks__of_one_priority_share_by_weight)
{
	unsigned taken[3] = {0, 0, 0}, i;
	char first[9];

	ck_assert_int_eq(subject_call(&subject, add_by_weight, NULL), 0);
	for (i = 0; i < 80; i++) {
		ck_assert_int_eq(subject_call(&subject, do_route, answer), 0);
		ck_assert_uint_eq(strlen(answer), 3);
		taken[answer[0] - 'a']++;
		if (i < 8)
			first[i] = answer[0];
	}
	first[8] = '\0';
	ck_assert_uint_eq(taken[0], 10);
	ck_assert_uint_eq(taken[1], 20);
	ck_assert_uint_eq(taken[2], 50);
	/* Spread, and the same each time. */
	ck_assert_str_eq(first, "cbcaccbc");
}
END_TEST

static int add_by_priority(void *arg)
{
	struct usher__trunk_opts opts;
	unsigned i;
	int err = 0;

	(void)arg;
	for (i = 0; i < 3 && !err; i++) {
		memset(&opts, 0, sizeof(opts));
		opts.host = "127.0.0.1";
		opts.port = (uint16_t)(7000 + i);
		opts.priority = 9 - i;
		err = add(i, &opts);
	}
	/* Calls only come in. */
	memset(&opts, 0, sizeof(opts));
	opts.sources = "192.0.2.1";
	return err ? err : add(3, &opts);
}

static void mark(unsigned which, uint16_t status)
{
	struct usher__trunk *trunk = usher__trunk_find(subject.ua, ids[which]);

	if (status)
		usher__hop_failed(trunk->hops[0], status);
	else
		usher__hop_worked(trunk->hops[0]);
}

static int fail_c(void *arg)
{
	(void)arg;
	mark(2, 503);
	mark(2, 503); /* at once: one failure */
	return (int)usher__trunk_find(subject.ua, ids[2])->hops[0]->rest_ms;
}

static int fail_all(void *arg)
{
	(void)arg;
	mark(0, 503);
	mark(1, 408);
	return 0;
}

static int work_c(void *arg)
{
	(void)arg;
	mark(2, 0);
	return 0;
}

static int down(void *arg)
{
	unsigned i;

	for (i = 0; i < 3; i++)
		usher__trunk_find(subject.ua, ids[i])->hops[0]->down =
			((const char *)arg)[i] == 'x';
	return 0;
}

START_TEST(trunks__are_tried_in_their_order)
{
	ck_assert_int_eq(subject_call(&subject, do_route, answer),
			 USHER_ENOENT);
	ck_assert_int_eq(subject_call(&subject, add_by_priority, NULL), 0);
	ck_assert_int_eq(subject_call(&subject, do_route, answer), 0);
	ck_assert_str_eq(answer, "cba");
	ck_assert_int_eq(subject_call(&subject, fail_c, NULL),
			 USHER__TRUNK_REST_MS);
	ck_assert_int_eq(subject_call(&subject, do_route, answer), 0);
	ck_assert_str_eq(answer, "bac");
	subject_call(&subject, down, ".x.");
	ck_assert_int_eq(subject_call(&subject, do_route, answer), 0);
	ck_assert_str_eq(answer, "acb");
	/* Who only rests is tried; who is down and alone is not. */
	subject_call(&subject, fail_all, NULL);
	subject_call(&subject, down, "x.x");
	ck_assert_int_eq(subject_call(&subject, do_route, answer), 0);
	ck_assert_str_eq(answer, "bca");
	subject_call(&subject, down, "xxx");
	ck_assert_int_eq(subject_call(&subject, do_route, answer),
			 USHER_ECLOSED);
	subject_call(&subject, down, "...");
	subject_call(&subject, work_c, NULL);
	ck_assert_int_eq(subject_call(&subject, do_route, answer), 0);
	ck_assert_str_eq(answer, "cba");
}
END_TEST

/* ---- names, refused ---- */

static int add_host(void *arg)
{
	struct usher__trunk_opts opts;
	uint32_t id;

	memset(&opts, 0, sizeof(opts));
	opts.name = "t";
	opts.host = arg;
	return usher__ua_trunk_add(subject.ua, &opts, &id, NULL);
}

static int add_from_domain(void *arg)
{
	struct usher__trunk_opts opts = {
		.name = "t", .host = "127.0.0.1", .from_domain = arg};
	uint32_t id;

	return usher__ua_trunk_add(subject.ua, &opts, &id, NULL);
}

START_TEST(trunk_hosts__are_addresses_or_names)
{
	static const char *const good[] = {"127.0.0.1", "2001:db8::1", "a",
					   "sip-1.example.com",
					   "_x.example.com."};
	static const char *const bad[] = {
		"",    ".",     "a..b",         "a b",
		"a;b", "a@b",   "127.0.0.01x/", "1.2.3.4.5",
		"<a>", "a\r\n", "300.1.1.1"};
	int (*add_it)(void *) = _i ? add_from_domain : add_host;
	char label[70];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(!subject_call(&subject, add_it, (void *)good[i]),
			      "%s", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(subject_call(&subject, add_it, (void *)bad[i]) ==
				      USHER_EINVAL,
			      "%s", bad[i]);
	memset(label, 'a', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	ck_assert_int_eq(subject_call(&subject, add_it, label), USHER_EINVAL);
}
END_TEST

static int print_six(void *arg)
{
	struct usher__trunk_opts opts;
	int err;

	memset(&opts, 0, sizeof(opts));
	opts.host = "2001:db8::1";
	opts.tcp = true;
	err = add(0, &opts);
	return err ? err
		   : usher__trunk_print(usher__trunk_find(subject.ua, ids[0]),
					"+1 2", arg, sizeof(answer));
}

START_TEST(trunk_uri__has_brackets_where_it_needs_them)
{
	ck_assert_int_eq(subject_call(&subject, print_six, answer), 0);
	ck_assert_str_eq(answer,
			 "sip:+1%202@[2001:db8::1]:5060;transport=tcp");
}
END_TEST

static int add_heavy(void *arg)
{
	struct usher__trunk_opts opts;

	(void)arg;
	memset(&opts, 0, sizeof(opts));
	opts.host = "127.0.0.1";
	opts.weight = USHER__TRUNK_WEIGHT_MAX + 1;
	return add(0, &opts);
}

START_TEST(trunk_weight__has_a_limit)
{
	ck_assert_int_eq(subject_call(&subject, add_heavy, NULL),
			 USHER_EINVAL);
}
END_TEST

/* ---- registration ---- */

static int start_registering(void *arg)
{
	struct usher__trunk_opts opts;
	int err;

	memset(&opts, 0, sizeof(opts));
	opts.host = "127.0.0.1";
	opts.port = peer.port;
	opts.user = "usher";
	opts.password = "secret";
	opts.reg = true;
	opts.expires_s = 60;
	opts.from_domain = "from.example";
	opts.reg_domain = arg;
	err = add(0, &opts);
	if (!err)
		usher__ua_trunk_start(subject.ua, ids[0]);
	return err;
}

static int do_remove(void *arg)
{
	(void)arg;
	return usher__ua_trunk_remove(subject.ua, ids[0]);
}

static char line[64];

/* Answer the REGISTER that came last. */
static void reply(const char *status, const char *more)
{
	char via[128], from[128], to[128], id[128], cseq[64];

	peer_cut(&peer, "\r\nVia: ", "\r", via, sizeof(via));
	peer_cut(&peer, "\r\nFrom: ", "\r", from, sizeof(from));
	peer_cut(&peer, "\r\nTo: ", "\r", to, sizeof(to));
	peer_cut(&peer, "\r\nCall-ID: ", "\r", id, sizeof(id));
	peer_cut(&peer, "\r\nCSeq: ", "\r", cseq, sizeof(cseq));
	peer_send(&peer, subject.port,
		  "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=r\r\n"
		  "Call-ID: %s\r\nCSeq: %s\r\n%sContent-Length: 0\r\n\r\n",
		  status, via, from, to, id, cseq, more);
}

static void expect_register(const char *expires)
{
	char found[32];

	ck_assert(peer_expect(&peer, "REGISTER ", WAIT_MS));
	peer_cut(&peer, "\r\nExpires: ", "\r", found, sizeof(found));
	ck_assert_str_eq(found, expires);
	peer_cut(&peer, ";line=", ">", line, sizeof(line));
	ck_assert_uint_eq(strlen(line), 16);
}

static int state_of_a(void *arg)
{
	return usher__ua_trunk_state(subject.ua, ids[0], arg);
}

static bool is_registered(void)
{
	struct usher__trunk_state state_now;

	ck_assert_int_eq(subject_call(&subject, state_of_a, &state_now), 0);
	return state_now.registered;
}

static void invite_by(const char *params)
{
	peer_send(&peer, subject.port,
		  "INVITE sip:usher@127.0.0.1%s SIP/2.0\r\n"
		  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKi%zu;rport\r\n"
		  "From: <sip:+36@provider.test>;tag=i\r\n"
		  "To: <sip:3611@provider.test>\r\nCall-ID: i%zu\r\n"
		  "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"
		  "Contact: <sip:x@127.0.0.1:%u>\r\n"
		  "Content-Type: application/sdp\r\n"
		  "Content-Length: %zu\r\n\r\n%s",
		  params, peer.port, strlen(params), strlen(params), peer.port,
		  strlen(sdp), sdp);
}

START_TEST(registration__is_lengthened_proven_and_given_up)
{
	char with_line[80];

	ck_assert_int_eq(subject_call(&subject, start_registering, NULL), 0);
	expect_register("60");
	reply("423 Interval Too Brief", "Min-Expires: 1800\r\n");
	expect_register("1800");
	reply("401 Unauthorized",
	      "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\"\r\n");
	expect_register("1800");
	ck_assert_ptr_nonnull(strstr(peer.last, "Digest username=\"usher\""));
	ck_assert(!is_registered());
	reply("200 OK", "Contact: <sip:usher@192.0.2.9>;expires=7\r\n"
			"Expires: 900\r\n");
	while (!is_registered())
		usleep(SETTLE_US);
	ck_assert_uint_eq(subject.registration_status, 200);

	/* From wherever it comes: nobody else knows the line. */
	subject_answers(&subject, 486);
	invite_by("");
	ck_assert(peer_expect(&peer, "SIP/2.0 403", WAIT_MS));
	invite_by(";line=0123456789abcdef");
	ck_assert(peer_expect(&peer, "SIP/2.0 403", WAIT_MS));
	snprintf(with_line, sizeof(with_line), ";x;line=%s", line);
	invite_by(with_line);
	ck_assert(peer_expect(&peer, "SIP/2.0 486", WAIT_MS));
	subject_sync(&subject);
	ck_assert_uint_eq(subject.invites, 1);
	ck_assert_uint_eq(subject.invite.trunk, ids[0]);
	ck_assert(subject.invite.by_account);

	ck_assert_int_eq(subject_call(&subject, do_remove, NULL), 0);
	expect_register("0");
	reply("200 OK", "");
}
END_TEST

static int do_status(void *arg)
{
	(void)arg;
	return subject.registration_status;
}

START_TEST(registration__that_is_refused_rests)
{
	ck_assert_int_eq(subject_call(&subject, start_registering, NULL), 0);
	expect_register("60");
	reply("423 Interval Too Brief", "Min-Expires: 4000000000\r\n");
	while (subject_call(&subject, do_status, NULL) != 423)
		subject_sync(&subject);
	ck_assert(!is_registered());
	ck_assert_ptr_nonnull(strstr(subject.log, "\"a\" is not registered"));
}
END_TEST

static int start_again(void *arg)
{
	const uint32_t old = ids[0];
	int err = start_registering(arg);

	return err ? err : usher__ua_trunk_remove(subject.ua, old);
}

START_TEST(registration__goes_on_when_the_trunk_is_configured_again)
{
	char was[64];

	ck_assert_int_eq(subject_call(&subject, start_registering, NULL), 0);
	expect_register("60");
	strcpy(was, line);
	reply("200 OK", "");
	while (!is_registered())
		usleep(SETTLE_US);
	ck_assert_int_eq(subject_call(&subject, start_again, NULL), 0);
	ck_assert(is_registered());
	ck_assert_int_eq(subject_call(&subject, do_remove, NULL), 0);
	/* The first that comes is the one that ends it; asked who it is, it
	 * still says which contact. */
	expect_register("0");
	ck_assert_str_eq(line, was);
	reply("401 Unauthorized",
	      "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\"\r\n");
	expect_register("0");
	ck_assert_str_eq(line, was);
}
END_TEST

/* From and To of the REGISTER that came last. */
static void check_account(const char *host)
{
	char want[64], found[128];

	snprintf(want, sizeof(want), "<sip:usher@%s", host);
	peer_cut(&peer, "\r\nFrom: ", ">", found, sizeof(found));
	ck_assert_str_eq(found, want);
	peer_cut(&peer, "\r\nTo: ", ">", found, sizeof(found));
	ck_assert_str_eq(found, want);
}

START_TEST(registration__has_the_domain_that_is_for_it_alone)
{
	char *domain = _i ? "account.example" : NULL;

	ck_assert_int_eq(subject_call(&subject, start_registering, domain), 0);
	expect_register("60");
	check_account(domain ? domain : "127.0.0.1");
}
END_TEST

/* The old account is given up, and another one is asked for, though it was
 * refused and would rest. */
START_TEST(registration__of_another_domain_is_another_one)
{
	bool left = _i, asked = false;
	char expires[32];

	ck_assert_int_eq(
		subject_call(&subject, start_registering, "old.example"), 0);
	expect_register("60");
	check_account("old.example");
	reply(_i ? "403 Forbidden" : "200 OK", "");
	while (subject_call(&subject, do_status, NULL) != (_i ? 403 : 200))
		subject_sync(&subject);
	ck_assert_int_eq(subject_call(&subject, start_again, "new.example"),
			 0);
	while (!left || !asked) {
		ck_assert(peer_expect(&peer, "REGISTER ", WAIT_MS));
		peer_cut(&peer, "\r\nExpires: ", "\r", expires,
			 sizeof(expires));
		check_account(atoi(expires) ? "new.example" : "old.example");
		left = left || !atoi(expires);
		asked = asked || atoi(expires);
	}
}
END_TEST

/* ---- what is said of the caller ---- */

START_TEST(privacy__is_found_among_headers)
{
	ck_assert(usher__asks_privacy("X: y\r\nprivacy: none;ID\r\nZ: 1\r\n"));
	ck_assert(usher__asks_privacy("Privacy:user"));
	ck_assert(
		!usher__asks_privacy("Privacy: none; critical\r\nX: id\r\n"));
	ck_assert(!usher__asks_privacy("X-Privacy: id\r\n"));
	ck_assert(!usher__asks_privacy(""));
	ck_assert(!usher__asks_privacy(NULL));
}
END_TEST

static int do_call_out(void *arg)
{
	const bool *trusted = arg;
	struct usher__trunk_opts trunk;
	struct usher__call_opts opts;
	int err;

	memset(&trunk, 0, sizeof(trunk));
	memset(&opts, 0, sizeof(opts));
	trunk.host = "127.0.0.1";
	trunk.port = peer.port;
	trunk.trusted = *trusted;
	trunk.from_domain = "from.example";
	err = add(0, &trunk);
	opts.trunk = ids[0];
	opts.user = "+4930";
	opts.from_user = "+36 1";
	opts.from_name = "Alice";
	opts.asserted = "+36 1";
	/* Said either way. */
	opts.anonymous = *trusted;
	opts.headers = *trusted ? NULL : "Privacy: id\r\n";
	return err ? err
		   : usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

START_TEST(identity__is_asserted_to_the_trusted_alone)
{
	bool trusted = _i;

	ck_assert_int_eq(subject_call(&subject, do_call_out, &trusted), 0);
	ck_assert(peer_expect(&peer, "INVITE sip:+4930@127.0.0.1:", WAIT_MS));
	ck_assert_ptr_nonnull(strstr(
		peer.last,
		"From: \"Anonymous\" <sip:anonymous@anonymous.invalid>"));
	ck_assert_ptr_null(strstr(peer.last, "Alice"));
	if (trusted) {
		ck_assert_ptr_nonnull(
			strstr(peer.last, "\r\nP-Asserted-Identity: "
					  "<sip:+36%201@from.example>\r\n"));
		return;
	}
	ck_assert_ptr_nonnull(strstr(peer.last, "\r\nPrivacy: id\r\n"));
	ck_assert_ptr_null(strstr(peer.last, "+36"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_trunk");
	TCase *tc = tcase_create("trunk");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, trunks__of_one_priority_share_by_weight);
	tcase_add_test(tc, trunks__are_tried_in_their_order);
	tcase_add_loop_test(tc, trunk_hosts__are_addresses_or_names, 0, 2);
	tcase_add_test(tc, trunk_uri__has_brackets_where_it_needs_them);
	tcase_add_test(tc, trunk_weight__has_a_limit);
	tcase_add_test(tc, registration__is_lengthened_proven_and_given_up);
	tcase_add_test(tc, registration__that_is_refused_rests);
	tcase_add_test(
		tc, registration__goes_on_when_the_trunk_is_configured_again);
	tcase_add_loop_test(
		tc, registration__has_the_domain_that_is_for_it_alone, 0, 2);
	tcase_add_loop_test(tc, registration__of_another_domain_is_another_one,
			    0, 2);
	tcase_add_test(tc, privacy__is_found_among_headers);
	tcase_add_loop_test(tc, identity__is_asserted_to_the_trusted_alone, 0,
			    2);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
