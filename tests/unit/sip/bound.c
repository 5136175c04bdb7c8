/* Contacts that are given back after a restart: what is believed of them, who
 * is asked, and who is forgotten. */
#include <sip/bindings.h>

#include "clock.h"
#include "legpeer.h"

enum { ASK_MS = 32000, MANY_MS = 60000 }; /* RFC 3261, timer F */

static struct peer other;
static struct usher__bound bound;
static char uri[128], source[64];

/* Of the peer, who is where it says. */
static void describe(void)
{
	snprintf(uri, sizeof(uri), "sip:alice@127.0.0.1:%u", peer.port);
	snprintf(source, sizeof(source), "127.0.0.1:%u", peer.port);
	bound = (struct usher__bound){
		.user = "alice",
		.uri = uri,
		.instance = "",
		.agent = "Phone/1",
		.call_id = "r",
		.source = source,
		.cseq = 7,
		.left_ms = 100000,
	};
}

static void setup(void)
{
	subject_start(&subject, false);
	clock_begin(&subject);
	peer_open(&peer);
	peer_open(&other);
	describe();
}

static void teardown(void)
{
	peer_close(&other);
	leg_teardown();
}

static int do_bind(void *arg)
{
	(void)arg;
	return usher__ua_bind(subject.ua, "center.test", &bound);
}

static int bind_it(void)
{
	return subject_call(&subject, do_bind, NULL);
}

static uint32_t expires_s;

static void take_binding(void *arg, const struct usher__binding *binding)
{
	(void)arg;
	expires_s = binding->expires_s;
}

static int do_count(void *arg)
{
	(void)arg;
	return usher__ua_bindings(subject.ua, "center.test", "alice",
				  take_binding, NULL);
}

static int count(void)
{
	return subject_call(&subject, do_count, NULL);
}

static int do_call_alice(void *arg)
{
	const struct usher__call_opts opts = {.domain = "center.test",
					      .user = "alice"};

	(void)arg;
	return usher__ua_call(subject.ua, &opts, &subject.leg, NULL);
}

static void answer_question(const char *status)
{
	char via[256], from[256], to[256], id[128];

	ck_assert(peer_expect(&peer, "OPTIONS ", WAIT_MS));
	peer_cut(&peer, "\r\nVia: ", "\r", via, sizeof(via));
	peer_cut(&peer, "\r\nFrom: ", "\r", from, sizeof(from));
	peer_cut(&peer, "\r\nTo: ", "\r", to, sizeof(to));
	peer_cut(&peer, "\r\nCall-ID: ", "\r", id, sizeof(id));
	peer_send(&peer, subject.port,
		  "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=p\r\n"
		  "Call-ID: %s\r\nCSeq: 1 OPTIONS\r\n"
		  "Content-Length: 0\r\n\r\n",
		  status, via, from, to, id);
}

/* Is anybody left when so long has passed? */
static bool outlives(int64_t ms)
{
	int64_t until_us = usher__loop_mono_us() + ms * 1000;

	while (usher__loop_mono_us() < until_us && count())
		clock_pass();
	return count();
}

START_TEST(bound__is_called_and_told_like_one_that_registered)
{
	ck_assert_int_eq(bind_it(), 0);
	ck_assert_int_eq(count(), 1);
	ck_assert_uint_eq(subject.binding_count, 1);
	ck_assert_int_eq(subject.change, USHER__BINDING_NEW);
	ck_assert_str_eq(subject.contact, uri);
	ck_assert_int_eq(subject_call(&subject, do_call_alice, NULL), 0);
	ck_assert(peer_expect(&peer, "INVITE sip:alice@127.0.0.1", WAIT_MS));
}
END_TEST

START_TEST(bound__stays_while_somebody_answers)
{
	static const char *const alive[] = {"200 OK", "486 Busy Here",
					    "501 Not Implemented"};

	ck_assert_int_eq(bind_it(), 0);
	answer_question(alive[_i]);
	ck_assert(outlives(MANY_MS));
	ck_assert_uint_eq(subject.binding_count, 1);
}
END_TEST

START_TEST(bound__is_forgotten_by_who_does_not_know_it)
{
	static const char *const nobody[] = {"404 Not Found", "410 Gone",
					     "604 Nowhere"};

	ck_assert_int_eq(bind_it(), 0);
	answer_question(nobody[_i]);
	ck_assert(!outlives(5000));
	ck_assert_int_eq(subject.change, USHER__BINDING_EXPIRED);
	ck_assert_int_eq(subject_call(&subject, do_call_alice, NULL),
			 USHER_ENOENT);
}
END_TEST

START_TEST(bound__is_forgotten_when_nobody_answers)
{
	ck_assert_int_eq(bind_it(), 0);
	ck_assert(peer_expect(&peer, "OPTIONS ", WAIT_MS));
	ck_assert(outlives(ASK_MS - 2000));
	ck_assert(!outlives(4000));
	ck_assert_int_eq(subject.change, USHER__BINDING_EXPIRED);
	ck_assert_uint_eq(subject.binding_count, 2);
	ck_assert_uint_eq(subject_counters(&subject).bindings_now, 0);
}
END_TEST

static void put_contact(unsigned cseq)
{
	char more[1024] = "";
	unsigned i;

	for (i = 0; i < 2; i++) {
		peer_send(&peer, subject.port,
			  "REGISTER sip:center.test SIP/2.0\r\n"
			  "Via: SIP/2.0/UDP 127.0.0.1:%u;"
			  "branch=z9hG4bKr%u-%u\r\n"
			  "From: <sip:alice@center.test>;tag=p\r\n"
			  "To: <sip:alice@center.test>\r\nCall-ID: r\r\n"
			  "CSeq: %u REGISTER\r\nExpires: 300\r\n%s"
			  "Contact: <%s>\r\nContent-Length: 0\r\n\r\n",
			  peer.port, cseq, i, cseq, more, uri);
		ck_assert(peer_expect(&peer, i ? "SIP/2.0 200" : "SIP/2.0 401",
				      WAIT_MS));
		peer_digest(&peer, "REGISTER", "sip:center.test", "alice",
			    "secret", more, sizeof(more));
	}
}

START_TEST(bound__that_registers_is_asked_no_more)
{
	ck_assert_int_eq(bind_it(), 0);
	ck_assert(peer_expect(&peer, "OPTIONS ", WAIT_MS));
	put_contact(8);
	ck_assert_int_eq(subject.change, USHER__BINDING_REFRESHED);
	ck_assert(outlives(MANY_MS));
	ck_assert_int_eq(count(), 1);
}
END_TEST

/* RFC 3261, 10.3, step 7: of the same Call-ID, an older one. */
START_TEST(bound__is_not_changed_by_what_came_before_it)
{
	ck_assert_int_eq(bind_it(), 0);
	put_contact(7);
	ck_assert_uint_eq(subject.binding_count, 1);
	ck_assert_int_eq(count(), 1);
	ck_assert_uint_le(expires_s, 100);
}
END_TEST

START_TEST(bound__lasts_no_longer_than_is_granted)
{
	bound.left_ms = UINT64_MAX;
	ck_assert_int_eq(bind_it(), 0);
	ck_assert_int_eq(count(), 1);
	ck_assert_uint_le(expires_s, USHER__UA_GRANT_EXPIRES_S);
	ck_assert_uint_ge(expires_s, USHER__UA_GRANT_EXPIRES_S - 60);
}
END_TEST

START_TEST(bound__ends_when_its_time_has_passed)
{
	bound.left_ms = 3000;
	ck_assert_int_eq(bind_it(), 0);
	answer_question("200 OK");
	ck_assert(outlives(1000));
	ck_assert(!outlives(4000));
}
END_TEST

/* Behind NAT: the source is called, and hears from us. */
START_TEST(bound__behind_nat_is_reached_where_it_came_from)
{
	subject.ua->keep_alive_ms = 50;
	bound.uri = "sip:alice@10.9.8.7:5060?x=y";
	ck_assert_int_eq(bind_it(), 0);
	ck_assert_str_eq(subject.contact, uri);
	ck_assert(peer_expect(&peer, "OPTIONS ", WAIT_MS));
	ck_assert(peer_expect(&peer, "\r\n\r\n", WAIT_MS));
}
END_TEST

static char long_text[USHER__UA_MAX_MESSAGE + 64];

START_TEST(bound__that_could_not_have_registered_is_refused)
{
	const struct usher__bound good = bound;
	struct {
		const char **text;
		const char *bad;
	} bad[] = {
		{&bound.user, ""},
		{&bound.user, "al\nice"},
		{&bound.user, long_text},
		{&bound.uri, ""},
		{&bound.uri, "alice"},
		{&bound.uri, "tel:+3615550000"},
		{&bound.uri, "sips:alice@127.0.0.1"},
		{&bound.uri, "sip:alice@127.0.0.1\r\nX: y"},
		{&bound.uri, "sip:alice@127.0.0.1 SIP/2.0"},
		{&bound.uri, long_text},
		{&bound.instance, "\r\n"},
		{&bound.instance, long_text},
		{&bound.agent, "\x01"},
		{&bound.agent, long_text},
		{&bound.call_id, ""},
		{&bound.call_id, "a\r\nb"},
		{&bound.call_id, long_text},
		{&bound.source, ""},
		{&bound.source, "127.0.0.1"},
		{&bound.source, "127.0.0.1:0"},
		{&bound.source, "center.test:5060"},
		{&bound.source, "[::1]:5060"}, /* where we are not */
	};
	size_t i;

	memset(long_text, 'x', sizeof(long_text) - 1);
	memcpy(long_text, "sip:a@b", 7);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bound = good;
		*bad[i].text = bad[i].bad;
		ck_assert_msg(bind_it() == USHER_EINVAL, "the %zuth", i);
	}
	bound = good;
	bound.left_ms = 0;
	ck_assert_int_eq(bind_it(), USHER_EINVAL);
	ck_assert_uint_eq(subject.binding_count, 0);
	ck_assert_uint_eq(subject_counters(&subject).bindings_now, 0);
	bound = good;
	ck_assert_int_eq(bind_it(), 0);
}
END_TEST

START_TEST(bound__of_no_account_is_refused)
{
	bound.user = "mallory";
	ck_assert_int_eq(bind_it(), USHER_ENOENT);
	ck_assert_uint_eq(subject_counters(&subject).bindings_now, 0);
}
END_TEST

START_TEST(bound__is_there_once)
{
	char same[128];

	bound.instance = "\"<urn:x>\";1";
	ck_assert_int_eq(bind_it(), 0);
	ck_assert_int_eq(bind_it(), USHER_EEXIST);
	snprintf(same, sizeof(same), "SIP:alice@127.0.0.1:%u", peer.port);
	bound.uri = same;
	bound.instance = "";
	ck_assert_int_eq(bind_it(), USHER_EEXIST);
	bound.uri = "sip:another@127.0.0.1:9";
	bound.instance = "\"<urn:x>\";1";
	ck_assert_int_eq(bind_it(), USHER_EEXIST);
	ck_assert_int_eq(count(), 1);
}
END_TEST

static int bind_another(unsigned i)
{
	snprintf(uri, sizeof(uri), "sip:alice%u@127.0.0.1:%u", i, peer.port);
	return bind_it();
}

START_TEST(bound__has_the_limits_of_who_registers)
{
	unsigned i;

	subject.ua->max_bindings = 4;
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(bind_another(i), 0);
	ck_assert_int_eq(bind_another(i), USHER_EFULL);
	subject.ua->max_bindings = 100;
	for (; i < USHER__UA_MAX_ACCOUNT_BINDINGS; i++)
		ck_assert_int_eq(bind_another(i), 0);
	ck_assert_int_eq(bind_another(i), USHER_EFULL);
	ck_assert_int_eq(count(), USHER__UA_MAX_ACCOUNT_BINDINGS);
}
END_TEST

/* ---- what there is to keep ---- */

static struct {
	unsigned count;
	struct usher__bound last;
	char texts[6][128];
} kept;

static void keep(void *arg, const struct usher__bound *one)
{
	(void)arg;
	kept.count++;
	kept.last = *one;
	snprintf(kept.texts[0], 128, "%s", one->user);
	snprintf(kept.texts[1], 128, "%s", one->uri);
	snprintf(kept.texts[2], 128, "%s", one->instance);
	snprintf(kept.texts[3], 128, "%s", one->agent);
	snprintf(kept.texts[4], 128, "%s", one->call_id);
	snprintf(kept.texts[5], 128, "%s", one->source);
}

static int do_keep(void *arg)
{
	memset(&kept, 0, sizeof(kept));
	usher__ua_bound(subject.ua, arg, keep, NULL);
	return (int)kept.count;
}

static int kept_of(const char *domain)
{
	return subject_call(&subject, do_keep, (void *)domain);
}

START_TEST(kept__is_what_is_given_back)
{
	bound.instance = "\"<urn:x>\";1";
	ck_assert_int_eq(bind_it(), 0);
	ck_assert_int_eq(kept_of("other.test"), 0);
	ck_assert_int_eq(kept_of("center.test"), 1);
	ck_assert_str_eq(kept.texts[0], "alice");
	ck_assert_str_eq(kept.texts[1], uri);
	ck_assert_str_eq(kept.texts[2], bound.instance);
	ck_assert_str_eq(kept.texts[3], "Phone/1");
	ck_assert_str_eq(kept.texts[4], "r");
	ck_assert_str_eq(kept.texts[5], source);
	ck_assert_uint_eq(kept.last.cseq, 7);
	ck_assert_uint_gt(kept.last.left_ms, 40000);
	ck_assert_uint_le(kept.last.left_ms, 100000);
}
END_TEST

static int do_tcp(void *arg)
{
	const struct uri alice = {.scheme = PL("sip"),
				  .user = PL("alice"),
				  .host = PL("127.0.0.1"),
				  .port = peer.port};
	struct usher__aor *aor =
		usher__aor_get(subject.ua, "center.test", "alice");

	(void)arg;
	usher__contact_find(aor, &alice)->tcp = true;
	mem_deref(aor);
	return 0;
}

START_TEST(kept__is_nobody_whose_connection_ends_with_us)
{
	ck_assert_int_eq(bind_it(), 0);
	subject_call(&subject, do_tcp, NULL);
	ck_assert_int_eq(kept_of("center.test"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sip_bound");
	TCase *tc = tcase_create("bound");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, bound__is_called_and_told_like_one_that_registered);
	tcase_add_loop_test(tc, bound__stays_while_somebody_answers, 0, 3);
	tcase_add_loop_test(tc, bound__is_forgotten_by_who_does_not_know_it, 0,
			    3);
	tcase_add_test(tc, bound__is_forgotten_when_nobody_answers);
	tcase_add_test(tc, bound__that_registers_is_asked_no_more);
	tcase_add_test(tc, bound__is_not_changed_by_what_came_before_it);
	tcase_add_test(tc, bound__lasts_no_longer_than_is_granted);
	tcase_add_test(tc, bound__ends_when_its_time_has_passed);
	tcase_add_test(tc, bound__behind_nat_is_reached_where_it_came_from);
	tcase_add_test(tc, bound__that_could_not_have_registered_is_refused);
	tcase_add_test(tc, bound__of_no_account_is_refused);
	tcase_add_test(tc, bound__is_there_once);
	tcase_add_test(tc, bound__has_the_limits_of_who_registers);
	tcase_add_test(tc, kept__is_what_is_given_back);
	tcase_add_test(tc, kept__is_nobody_whose_connection_ends_with_us);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
