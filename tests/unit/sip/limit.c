/* What strangers, phones and trunks may send, on the wire. */
#include "limitpeer.h"

enum { RATE = 20 };

static void setup(void)
{
	static const struct usher__limits limits = {
		.allow = "127.0.0.1",
		.stranger_calls = RATE,
		.phone_calls = 2 * RATE,
		.failures = 5,
		.ban_s = 3600,
	};

	begin(&limits);
}

/* Who is answered often enough without a password looks around, which is
 * another reason for a ban: so many are, where the loop is slow. */
static void begin_asked_at_will(void)
{
	static const struct usher__limits limits = {
		.allow = "127.0.0.1",
		.stranger_calls = RATE,
		.failures = 1000,
		.ban_s = 3600,
	};

	begin(&limits);
}

START_TEST(stranger__over_its_rate_is_not_answered)
{
	unsigned i, sent = 0, answered = 0;

	begin_asked_at_will();
	/* Until some come faster than they may. */
	do {
		for (i = 0; i < 4 * RATE; i++, sent++)
			send_as(&peer, "REGISTER", "alice", "");
		do {
			while (peer_expect(&peer, "SIP/2.0 401", SHORT_MS))
				answered++;
		} while (answered + subject_counters(&subject).limited < sent);
	} while (answered == sent);
	ck_assert_uint_ge(answered, 2 * RATE);
	ck_assert_uint_eq(subject_counters(&subject).limited, sent - answered);
	/* Somebody else is. */
	send_as(&other, "REGISTER", "alice", "");
	ck_assert(peer_expect(&other, "SIP/2.0 401", WAIT_MS));
	teardown();
}
END_TEST

START_TEST(phone__over_its_rate_is_told_when_to_come_again)
{
	unsigned i, answered = 0, refused = 0;
	char after[16];

	ck_assert(!strncmp(try_register(&peer, "alice", "secret"), "200", 3));
	for (i = 0; i < 10 * RATE; i++) {
		send_as(&peer, "REGISTER", "alice", "");
		ck_assert(peer_expect(&peer, "SIP/2.0", WAIT_MS));
		if (!strncmp(peer.last, "SIP/2.0 401", 11)) {
			answered++;
			continue;
		}
		ck_assert(!strncmp(peer.last, "SIP/2.0 503", 11));
		peer_cut(&peer, "Retry-After: ", "\r", after, sizeof(after));
		ck_assert_int_ge(atoi(after), 5);
		refused++;
	}
	ck_assert_uint_ge(answered, 3 * RATE);
	ck_assert_uint_gt(refused, 0);
	ck_assert_uint_eq(subject_counters(&subject).bans, 0);
}
END_TEST

START_TEST(flood__of_a_stranger_is_a_ban)
{
	unsigned i;

	begin_asked_at_will();
	for (i = 0; i < 13 * RATE; i++) {
		send_as(&peer, "REGISTER", "alice", "");
		if (i % RATE == 0)
			subject_sync(&subject);
	}
	while (!subject_counters(&subject).bans)
		send_as(&peer, "REGISTER", "alice", "");
	/* What is counted is told in the same turn, a moment later. */
	subject_sync(&subject);
	ck_assert_str_eq(subject.source, FROM);
	ck_assert_str_eq(subject.reason, "flood");
	teardown();
}
END_TEST

START_TEST(malformed__lead_to_a_ban)
{
	struct usher__ua_counters n;
	unsigned i;

	for (i = 0; i < 5; i++) {
		send_malformed(&peer);
		ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	}
	ck_assert(silent(&peer));
	ask(&other, "SIP/2.0 200");
	n = subject_counters(&subject);
	ck_assert_uint_eq(n.bans, 1);
	ck_assert_uint_eq(n.bans_now, 1);
	ck_assert_uint_eq(n.banned, 1);
	ck_assert_uint_eq(told(USHER__SECURITY_BAN), 1);
	ck_assert_str_eq(subject.source, FROM);
	ck_assert_str_eq(subject.reason, "malformed");
}
END_TEST

START_TEST(allowed__are_never_banned)
{
	struct peer friend;
	unsigned i;

	peer_open_at(&friend, "127.0.0.1");
	for (i = 0; i < 50; i++) {
		send_malformed(&friend);
		ck_assert(peer_expect(&friend, "SIP/2.0 400", WAIT_MS));
	}
	ask(&friend, "SIP/2.0 200");
	peer_close(&friend);
}
END_TEST

/* Forged sources: somebody in the phone's name. */
START_TEST(phone__that_has_registered_is_not_banned)
{
	unsigned i;

	ck_assert(!strncmp(try_register(&peer, "alice", "secret"), "200", 3));
	for (i = 0; i < 50; i++) {
		send_malformed(&peer);
		ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	}
	ask(&peer, "SIP/2.0 200");
	ck_assert(!strncmp(try_register(&peer, "alice", "secret"), "200", 3));
}
END_TEST

static int add_trunk(void *arg)
{
	const struct usher__trunk_opts opts = {.name = "t", .sources = FROM};
	uint32_t id;

	(void)arg;
	return usher__ua_trunk_add(subject.ua, &opts, &id, NULL);
}

START_TEST(trunk__is_not_banned_and_no_longer_when_it_becomes_one)
{
	unsigned i;

	for (i = 0; i < 5; i++)
		send_malformed(&peer);
	ck_assert(silent(&peer));
	ck_assert_int_eq(subject_call(&subject, add_trunk, NULL), 0);
	ask(&peer, "SIP/2.0 200");
	for (i = 0; i < 50; i++) {
		send_malformed(&peer);
		ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	}
	ask(&peer, "SIP/2.0 200");
	ck_assert_uint_eq(told(USHER__SECURITY_BAN_END), 1);
}
END_TEST

START_TEST(unknown_domain__leads_to_a_ban)
{
	unsigned i;

	for (i = 0; i < 5; i++)
		peer_send(&peer, subject.port,
			  "INVITE sip:1@elsewhere.test SIP/2.0\r\n"
			  "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bKu%u;"
			  "rport\r\nFrom: <sip:x@y>;tag=p\r\n"
			  "To: <sip:x@y>\r\nCall-ID: u%u\r\n"
			  "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
			  peer.port, i, i);
	ck_assert(silent(&peer));
	ck_assert_str_eq(subject.reason, "unknown");
}
END_TEST

START_TEST(scanner__is_banned_at_once)
{
	send_as(&peer, "OPTIONS", "100", "User-Agent: friendly-scanner\r\n");
	ck_assert(!peer_expect(&peer, "SIP/2.0", SHORT_MS));
	ck_assert(silent(&peer));
	ck_assert_str_eq(subject.log, "banned 127.0.0.2 for 3600 s: scanner");
	ck_assert_str_eq(subject.reason, "scanner");
}
END_TEST

/* Never a password, but many questions. */
START_TEST(looking_around__is_a_scan)
{
	static const struct usher__limits limits = {
		.allow = "", .stranger_calls = -1, .failures = 5};
	char user[16];
	unsigned i;

	begin(&limits);
	for (i = 0; i < 45; i++) {
		snprintf(user, sizeof(user), "u%u", i);
		send_as(&peer, "REGISTER", user, "");
		subject_sync(&subject);
	}
	ck_assert(silent(&peer));
	ck_assert_str_eq(subject.reason, "scanner");
	teardown();
}
END_TEST

static void list(void *arg, const struct usher__ua_ban *ban)
{
	snprintf(arg, 64, "%s %s %u %u", ban->source, ban->reason, ban->count,
		 ban->left_s > 3590);
}

static int list_bans(void *arg)
{
	return (int)usher__ua_bans(subject.ua, list, arg);
}

static int unban(void *arg)
{
	return usher__ua_unban(subject.ua, arg);
}

START_TEST(bans__are_listed_and_lifted)
{
	char text[64] = "", address[] = FROM, none[] = "elsewhere";
	unsigned i;

	ck_assert_int_eq(subject_call(&subject, list_bans, text), 0);
	ck_assert_int_eq(subject_call(&subject, unban, address), USHER_ENOENT);
	ck_assert_int_eq(subject_call(&subject, unban, none), USHER_EINVAL);
	for (i = 0; i < 5; i++)
		send_malformed(&peer);
	ck_assert(silent(&peer));
	ck_assert_int_eq(subject_call(&subject, list_bans, text), 1);
	ck_assert_str_eq(text, FROM " malformed 1 1");
	ck_assert_int_eq(subject_call(&subject, unban, address), 0);
	ask(&peer, "SIP/2.0 200");
	ck_assert_uint_eq(told(USHER__SECURITY_BAN_END), 1);
	ck_assert_uint_eq(subject.count, 1);
}
END_TEST

static bool banned(const char *address)
{
	struct sa sa;

	ck_assert_int_eq(sa_set_str(&sa, address, 5060), 0);
	return usher__limit_banned(subject.ua, &sa);
}

static int ban_six(void *arg)
{
	struct sa sa;
	unsigned i;

	(void)arg;
	ck_assert_int_eq(sa_set_str(&sa, "2001:db8:0:7::1", 5060), 0);
	for (i = 0; i < 5; i++)
		usher__limit_offend(subject.ua, &sa, USHER__OFFENCE_MALFORMED,
				    USHER__OFFENCE_POINTS);
	ck_assert(banned("2001:db8:0:7::1"));
	ck_assert(banned("2001:db8:0:7:ffff::2"));
	ck_assert(!banned("2001:db8:0:8::1"));
	return 0;
}

/* What IPv4 looks like on a socket of IPv6. */
static int ban_mapped(void *arg)
{
	struct sa sa;

	(void)arg;
	ck_assert_int_eq(sa_set_str(&sa, "::ffff:192.0.2.7", 5060), 0);
	usher__limit_offend(subject.ua, &sa, USHER__OFFENCE_MALFORMED,
			    5 * USHER__OFFENCE_POINTS);
	ck_assert(banned("192.0.2.7"));
	ck_assert(!banned("192.0.2.8"));
	return 0;
}

START_TEST(ipv6__is_banned_by_network)
{
	char text[64] = "", network[] = "2001:db8:0:7::/64";
	char mapped[] = "192.0.2.7";

	subject_call(&subject, ban_six, NULL);
	ck_assert_int_eq(subject_call(&subject, list_bans, text), 1);
	ck_assert_str_eq(text, "2001:db8:0:7::/64 malformed 1 1");
	ck_assert_int_eq(subject_call(&subject, unban, network), 0);
	subject_call(&subject, ban_mapped, NULL);
	ck_assert_int_eq(subject_call(&subject, unban, mapped), 0);
}
END_TEST

START_TEST(ban__ends_by_itself)
{
	static const struct usher__limits limits = {
		.allow = "", .failures = 1, .ban_s = 1, .ban_max_s = 1};

	begin(&limits);
	send_malformed(&peer);
	ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
	ck_assert(silent(&peer));
	while (subject_counters(&subject).bans_now)
		usleep(10000);
	ask(&peer, "SIP/2.0 200");
	while (!told(USHER__SECURITY_BAN_END))
		usleep(1000);
	teardown();
}
END_TEST

/* The attack does not pause when a ban ends: the next one is longer. */
START_TEST(ban__is_renewed_while_the_attack_goes_on)
{
	static const struct usher__limits limits = {
		.allow = "", .failures = 2, .ban_s = 1, .ban_max_s = 60};
	int64_t began_us = 0, lasted_us[2];
	unsigned bans = 0;
	bool is = false;

	begin(&limits);
	while (bans < 2) {
		send_malformed(&peer);
		usleep(5000);
		if ((subject_counters(&subject).bans_now > 0) == is)
			continue;
		is = !is;
		if (is)
			began_us = usher__loop_mono_us();
		else
			lasted_us[bans++] = usher__loop_mono_us() - began_us;
	}
	while (told(USHER__SECURITY_BAN_END) < 2)
		usleep(1000);
	ck_assert_int_ge(lasted_us[0], 900000);
	ck_assert_int_ge(lasted_us[1], 1900000);
	/* Who stops then is heard. */
	ask(&other, "SIP/2.0 200");
	teardown();
}
END_TEST

START_TEST(limits__may_be_off)
{
	static const struct usher__limits limits = {
		.allow = "",
		.stranger_requests = -1,
		.stranger_calls = -1,
		.ban_s = -1,
	};
	unsigned i;

	begin(&limits);
	for (i = 0; i < 300; i++) {
		send_malformed(&peer);
		ck_assert(peer_expect(&peer, "SIP/2.0 400", WAIT_MS));
		ask(&peer, "SIP/2.0 200");
	}
	teardown();
}
END_TEST

/* One answers as the other, right password or not. */
static void guess(const char *user)
{
	static const struct usher__limits limits = {.allow = "",
						    .failures = -1};
	unsigned i;

	begin(&limits);
	for (i = 0; i < 4; i++)
		ck_assert(!strncmp(try_register(&peer, user, "wrong"), "403",
				   3));
	ck_assert_uint_eq(subject_counters(&subject).slowed, 0);
	ck_assert_uint_eq(told(USHER__SECURITY_GUESS), 1);
	ck_assert_str_eq(subject.source, FROM);
	ck_assert_uint_eq(subject.count, 4);
	/* From elsewhere, too. */
	ck_assert(!strncmp(try_register(&other, user, "secret"), "403", 3));
	ck_assert_uint_ge(subject_counters(&subject).slowed, 1);
}

START_TEST(guessing__is_slowed_and_told)
{
	guess("alice");
	/* In time the right one is looked at again. */
	while (strncmp(try_register(&other, "alice", "secret"), "200", 3))
		usleep(50000);
	teardown();
}
END_TEST

START_TEST(guessing__of_no_account_looks_the_same)
{
	guess("nobody");
	teardown();
}
END_TEST

START_TEST(guessing__does_not_lock_out_who_is_registered)
{
	static const struct usher__limits limits = {.allow = "",
						    .failures = -1};
	unsigned i;

	begin(&limits);
	ck_assert(!strncmp(try_register(&other, "alice", "secret"), "200", 3));
	for (i = 0; i < 6; i++)
		ck_assert(!strncmp(try_register(&peer, "alice", "wrong"),
				   "403", 3));
	ck_assert(!strncmp(try_register(&other, "alice", "secret"), "200", 3));
	teardown();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_limit");
	TCase *tc = tcase_create("limit"), *own = tcase_create("own");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_set_timeout(own, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, phone__over_its_rate_is_told_when_to_come_again);
	tcase_add_test(tc, malformed__lead_to_a_ban);
	tcase_add_test(tc, allowed__are_never_banned);
	tcase_add_test(tc, phone__that_has_registered_is_not_banned);
	tcase_add_test(tc,
		       trunk__is_not_banned_and_no_longer_when_it_becomes_one);
	tcase_add_test(tc, unknown_domain__leads_to_a_ban);
	tcase_add_test(tc, scanner__is_banned_at_once);
	tcase_add_test(tc, ipv6__is_banned_by_network);
	tcase_add_test(tc, bans__are_listed_and_lifted);
	tcase_add_test(own, stranger__over_its_rate_is_not_answered);
	tcase_add_test(own, flood__of_a_stranger_is_a_ban);
	tcase_add_test(own, looking_around__is_a_scan);
	tcase_add_test(own, ban__ends_by_itself);
	tcase_add_test(own, ban__is_renewed_while_the_attack_goes_on);
	tcase_add_test(own, limits__may_be_off);
	tcase_add_test(own, guessing__is_slowed_and_told);
	tcase_add_test(own, guessing__of_no_account_looks_the_same);
	tcase_add_test(own, guessing__does_not_lock_out_who_is_registered);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, own);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
