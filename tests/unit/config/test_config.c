/* What a file says, as the options that it becomes. */
#include <string.h>

#include <check.h>

#include <center/config.h>
#include <config/config.h>

#include "mistakes.h"
#include "read.h"

START_TEST(config__reads_where_to_listen)
{
	good(whole);
	ck_assert_str_eq(conf->sip.address, "127.0.0.1");
	ck_assert_uint_eq(conf->sip.port, 5060);
	ck_assert_str_eq(conf->public_address, "192.0.2.9");
	ck_assert_str_eq(conf->dns, "192.0.2.53 [::1]:5353");
	ck_assert_str_eq(conf->second_address, "::1");
	ck_assert_uint_eq(conf->keep_alive_ms, 20000);
	ck_assert_uint_eq(conf->digest, USHER_DIGEST_SHA256);
	ck_assert_str_eq(conf->tls.listen.address, "127.0.0.1");
	ck_assert_uint_eq(conf->tls.listen.port, 5062);
	ck_assert_str_eq(conf->tls.certificate, "./c.pem");
	ck_assert_str_eq(conf->tls.key, "/k.pem");
	ck_assert_str_eq(conf->tls.ca, "./a.pem");
	ck_assert_uint_eq(conf->tls.more_count, 2);
	ck_assert_str_eq(conf->tls.more[0], "./n.pem");
	ck_assert_str_eq(conf->tls.more[1], "/n.key");
	ck_assert_str_eq(conf->tls.more[2], "/s.pem");
	ck_assert_ptr_null(conf->tls.more[3]);
	ck_assert_uint_eq(conf->tls.verify, USHER_TLS_BOTH);
	ck_assert_uint_eq(conf->rtp_port_min, 10000);
	ck_assert_uint_eq(conf->rtp_port_max, 10999);
	ck_assert_uint_eq(conf->media_threads, 2);
	ck_assert_uint_eq(conf->silence_ms, 45000);
	ck_assert(conf->any_source);
	ck_assert(!conf->text);
	ck_assert(!conf->video);
	ck_assert_uint_eq(conf->srtp, USHER_SRTP_OFFER);
	ck_assert_str_eq(conf->codecs, "opus pcmu");
	ck_assert_uint_eq(conf->http.port, 8080);
	ck_assert(!conf->mask_numbers);
	ck_assert_uint_eq(conf->host_count, 1);
	ck_assert_uint_eq(conf->token_count, 3);
	ck_assert_str_eq(conf->tokens[0].token, "0123456789abcdef");
	ck_assert_ptr_null(conf->tokens[0].agent);
	ck_assert_str_eq(conf->tokens[1].center, "demo");
	ck_assert_str_eq(conf->tokens[2].agent, "anna");
	ck_assert_str_eq(conf->tokens[2].center, "demo");
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__limits_are_the_defaults_unless_told)
{
	struct usher_host_opts opts;

	usher_host_opts_init(&opts, sizeof(opts));
	good("sip: {listen: '127.0.0.1:5060'}\n");
	usher__conf_limits_apply(conf, &opts);
	ck_assert_ptr_null(opts.allow);
	ck_assert_int_eq(opts.failures, 0);
	usher__conf_free(conf);
	good("sip:\n  listen: '127.0.0.1:5060'\n  limits: {}\n");
	usher__conf_limits_apply(conf, &opts);
	ck_assert_ptr_null(opts.allow);
	ck_assert_int_eq(opts.trunk_calls, 0);
	usher__conf_free(conf);
	good("sip:\n  listen: '127.0.0.1:5060'\n  limits:\n"
	     "    allow: [10.0.0.0/8, '2001:db8::1']\n"
	     "    stranger_requests: 5\n    stranger_calls: 0\n"
	     "    phone_calls: 7\n    failures: 3\n    ban: 90s\n"
	     "    ban_max: 2h\n    overload: 0\n"
	     "    legs: 25000\n");
	usher__conf_limits_apply(conf, &opts);
	ck_assert_str_eq(opts.allow, "10.0.0.0/8 2001:db8::1 ");
	ck_assert_int_eq(opts.stranger_requests, 5);
	ck_assert_int_eq(opts.stranger_calls, USHER_ZERO);
	ck_assert_int_eq(opts.phone_requests, 0);
	ck_assert_int_eq(opts.phone_calls, 7);
	ck_assert_int_eq(opts.failures, 3);
	ck_assert_int_eq(opts.ban_s, 90);
	ck_assert_int_eq(opts.ban_max_s, 7200);
	ck_assert_int_eq(opts.overload_ms, USHER_ZERO);
	ck_assert_uint_eq(opts.legs_max, 25000);
	usher__conf_free(conf);
	good("sip:\n  listen: '127.0.0.1:5060'\n  limits: {allow: []}\n");
	usher__conf_limits_apply(conf, &opts);
	ck_assert_str_eq(opts.allow, "");
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_calls_outside)
{
	good("outbound:\n  allow: ['06', any]\n  deny: ['0690']\n"
	     "  prices: {'06': 0.02, '+44': 1}\n  calls: 0\n"
	     "  agent_calls: 2\n  spend: 99.5\n");
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_whose_tones_are_heard)
{
	good("tones: hu\n");
	usher__conf_free(conf);
	good("centers: [{name: a, tones: IN}, {name: b, domain: b}]\n");
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__takes_tones_that_are_known)
{
	struct usher_config *made;
	struct usher_error why = {0};

	ck_assert_int_eq(usher_config_new(&made), 0);
	ck_assert_int_eq(usher_config_tones(made, "gb", &why), 0);
	ck_assert_int_eq(usher_config_tones(made, "xx", &why), USHER_EINVAL);
	ck_assert_ptr_nonnull(strstr(why.message, "'xx'"));
	ck_assert_int_eq(usher_config_tones(made, "", NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_config_tones(NULL, "hu", NULL), USHER_EINVAL);
	ck_assert_int_eq(usher_config_tones(made, NULL, NULL), 0);
	usher_config_free(made);
}
END_TEST

START_TEST(config__asks_silent_phones_unless_told_not_to)
{
	good("center: demo\n");
	ck_assert_uint_eq(conf->silence_ms, 30000);
	ck_assert(!conf->any_source);
	ck_assert(conf->text);
	ck_assert(conf->video);
	ck_assert_uint_eq(conf->srtp, USHER_SRTP_ANSWER);
	usher__conf_free(conf);
	good("media: {srtp: require}\n");
	ck_assert_uint_eq(conf->srtp, USHER_SRTP_REQUIRE);
	usher__conf_free(conf);
	good("media: {srtp: never}\n");
	ck_assert_uint_eq(conf->srtp, USHER_SRTP_NEVER);
	usher__conf_free(conf);
	good("media: {silence: 0}\n");
	ck_assert_uint_eq(conf->silence_ms, 0);
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_a_center)
{
	const struct usher__conf_center *c;

	good(whole);
	c = &conf->centers[0];
	ck_assert_uint_eq(conf->center_count, 1);
	ck_assert_str_eq(c->name, "demo");
	ck_assert_str_eq(c->domain, "demo.example");
	ck_assert_uint_eq(c->seed, 7);
	ck_assert_uint_eq(c->node, 3);
	ck_assert_uint_eq(c->explain, 0);
	ck_assert_uint_eq(c->resume_ms, 90000);
	ck_assert_str_eq(c->state_dir, "./var");
	ck_assert_str_eq(c->record_dir, "/tmp/rec");
	ck_assert_uint_eq(c->agent_count, 2);
	ck_assert_str_eq(c->agents[0].name, "201");
	ck_assert_str_eq(c->agents[0].password, "s3cret");
	ck_assert_str_eq(c->agents[0].pin, "0042");
	ck_assert_str_eq(c->agents[1].password, "");
	ck_assert_uint_eq(c->entry_count, 1);
	ck_assert_str_eq(c->entries[0].address, "1000");
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_an_agent)
{
	const struct usher_agent_conf *a;

	good(whole);
	a = usher__config_find_agent(conf->centers[0].config, "anna");
	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(a->display, "Anna K.");
	ck_assert_str_eq(a->account, "201");
	ck_assert_str_eq(a->pin, "0042");
	ck_assert_str_eq(a->extension, "301");
	ck_assert_uint_eq(a->endpoint_count, 2);
	ck_assert_str_eq(a->endpoints[1], "tel:+36301234567");
	ck_assert_uint_eq(a->ring_together, 1);
	ck_assert_uint_eq(a->attribute_count, 2);
	ck_assert_str_eq(a->attributes[0], "billing=3");
	ck_assert_str_eq(a->attributes[1], "language=hu");
	ck_assert_uint_eq(a->capacity_count, 2);
	ck_assert_str_eq(a->capacity[1], "chat=3");
	ck_assert_uint_eq(a->queue_count, 1);
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_skills_of_every_kind)
{
	const struct usher_agent_conf *a;

	good("center: c\nagents:\n  anna:\n    skills:\n"
	     "      languages: [hu, pl, two words]\n"
	     "      address: {city: Pecs, at: {floor: 3}}\n"
	     "      none: []\n");

	a = usher__config_find_agent(conf->centers[0].config, "anna");
	ck_assert_uint_eq(a->attribute_count, 4);
	ck_assert_str_eq(a->attributes[0], "languages=[hu,pl,two words]");
	ck_assert_str_eq(a->attributes[1], "address.city=Pecs");
	ck_assert_str_eq(a->attributes[2], "address.at.floor=3");
	ck_assert_str_eq(a->attributes[3], "none=[]");
	usher__conf_free(conf);
}
END_TEST

static void no_more(void *arg)
{
	struct usher_acd *acd = arg;

	while (usher_acd_next(acd))
		;
}

START_TEST(config__gives_skills_of_every_kind)
{
	struct usher_acd_opts opts;
	struct usher__applying applying = {.now_us = 1, .drained = no_more};
	struct usher_attr attr;
	struct usher_acd *acd;
	uint64_t anna;

	good("center: c\nagents:\n  anna:\n    skills:\n"
	     "      languages: [hu, pl, two words]\n"
	     "      address: {city: Pecs, at: {floor: 3}}\n"
	     "      none: []\n      words: '[a] b'\n");
	usher_acd_opts_init(&opts, sizeof(opts));
	ck_assert_int_eq(usher_acd_new(&acd, &opts, NULL), 0);
	applying.acd = applying.arg = acd;
	ck_assert_int_eq(
		usher__config_apply(&applying, conf->centers[0].config, NULL),
		0);
	anna = usher_acd_agent_find(acd, "anna");
	ck_assert_int_eq(usher_acd_agent_attr(acd, anna, "languages", &attr),
			 0);
	ck_assert_uint_eq(attr.type, USHER_ATTR_LIST);
	ck_assert_uint_eq(attr.count, 3);
	ck_assert_mem_eq(attr.text, "hu\0pl\0two words", 16);
	ck_assert_int_eq(usher_acd_agent_attr(acd, anna, "none", &attr), 0);
	ck_assert_uint_eq(attr.type, USHER_ATTR_LIST);
	ck_assert_uint_eq(attr.count, 0);
	ck_assert_int_eq(
		usher_acd_agent_attr(acd, anna, "address.at.floor", &attr), 0);
	ck_assert(attr.number == 3);
	ck_assert_int_eq(usher_acd_agent_attr(acd, anna, "words", &attr), 0);
	ck_assert_uint_eq(attr.type, USHER_ATTR_TEXT);
	usher_acd_free(acd);
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_where_calls_are_parked)
{
	const struct usher_park_conf *park;

	good("park: {first: 90, count: 5, timeout: 30s}\n"
	     "queues: {q: {recording: 20%, consent: true}, r: {recording: "
	     "demand}}\n");
	park = &conf->centers[0].config->park;
	ck_assert_uint_eq(park->first, 90);
	ck_assert_uint_eq(park->count, 5);
	ck_assert_uint_eq(park->timeout_ms, 30000);
	ck_assert_str_eq(conf->centers[0].config->queues[0].recording, "20%");
	ck_assert_uint_eq(conf->centers[0].config->queues[0].consent, 1);
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_a_queue)
{
	const struct usher_queue_conf *q;

	good(whole);
	q = usher__config_find_queue(conf->centers[0].config, "sales");
	ck_assert_ptr_nonnull(q);
	ck_assert_str_eq(q->display, "Sales");
	ck_assert_str_eq(q->policy, "round_robin");
	ck_assert_str_eq(q->requirement, "billing >= 3");
	ck_assert_str_eq(q->recording, "always");
	ck_assert_str_eq(q->number, "0800");
	ck_assert_uint_eq(q->service_level_ms, 30000);
	ck_assert_uint_eq(q->short_abandon_ms, 3000);
	ck_assert_uint_eq(q->offer_timeout_ms, 15000);
	ck_assert_uint_eq(q->wrap_up_ms, 60000);
	ck_assert_uint_eq(q->max_wait_ms, 600000);
	ck_assert_uint_eq(q->retry_ms, 7000);
	ck_assert_uint_eq(q->decide_ms, 250);
	ck_assert_uint_eq(q->max_waiting, 50);
	ck_assert_uint_eq(q->missed_max, 2);
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__reads_entries_trunks_and_features)
{
	const struct usher_entry_conf *e;
	const struct usher_config *c;

	good(whole);
	c = conf->centers[0].config;
	e = usher__config_find_entry(c, "voice", "1000");
	ck_assert_ptr_nonnull(e);
	ck_assert_str_eq(e->queue, "sales");
	ck_assert_int_eq(e->priority, -5);
	ck_assert_str_eq(e->language, "hu");
	ck_assert(!e->no_text && e->no_video);
	ck_assert_uint_eq(c->trunk_count, 2);
	ck_assert_uint_eq(c->trunks[0].transport, USHER_TRANSPORT_TCP);
	ck_assert_uint_eq(c->trunks[1].transport, USHER_TRANSPORT_DNS);
	ck_assert_str_eq(c->trunks[0].from_domain, "from.example");
	ck_assert_ptr_null(c->trunks[1].from_domain);
	ck_assert_uint_eq(c->trunks[0].priority, 2);
	ck_assert_uint_eq(c->trunks[0].weight, 3);
	ck_assert_uint_eq(c->trunks[0].calls, 30);
	ck_assert_uint_eq(c->trunks[0].calls_in, 20);
	ck_assert_uint_eq(c->trunks[0].calls_out, 10);
	ck_assert_int_eq(c->trunks[0].check_ms, 5000);
	ck_assert_uint_eq(c->trunks[0].expires_ms, 120000);
	ck_assert(c->trunks[0].registers && c->trunks[0].trusted);
	ck_assert_uint_eq(c->trunks[0].srtp, USHER_SRTP_REQUIRE);
	ck_assert_uint_eq(c->trunks[1].srtp, 0);
	ck_assert_int_eq(c->trunks[1].check_ms, USHER_ZERO);
	ck_assert_str_eq(c->trunks[0].address, "192.0.2.1:5060");
	ck_assert_str_eq(c->trunks[0].password, "p");
	ck_assert_str_eq(c->trunks[0].prefix, "00");
	ck_assert_str_eq(c->features.sign_in, "*21");
	ck_assert_str_eq(c->features.record, "*1");
	ck_assert_str_eq(c->features.record_pause, "*2");
	ck_assert_str_eq(usher__config_reason(c, '2'), "meeting");
	usher__conf_free(conf);
}
END_TEST

START_TEST(config__two_centers_have_their_own)
{
	good("state: /var/x\ncenters:\n"
	     "- name: a\n  domain: a.example\n  agents: {x: {token: "
	     "aaaaaaaaaaaaaaaa}}\n"
	     "- name: b\n  domain: b.example\n  agents: {x: {}}\n");
	ck_assert_uint_eq(conf->center_count, 2);
	ck_assert_str_eq(conf->centers[0].state_dir, "/var/x/a");
	ck_assert_str_eq(conf->centers[1].state_dir, "/var/x/b");
	ck_assert_str_eq(conf->centers[1].domain, "b.example");
	ck_assert_str_eq(conf->tokens[0].center, "a");
	usher__conf_free(conf);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *t = tcase_create("config");
	SRunner *runner;
	int failed;

	tcase_add_test(t, config__reads_where_to_listen);
	tcase_add_test(t, config__limits_are_the_defaults_unless_told);
	tcase_add_test(t, config__reads_calls_outside);
	tcase_add_test(t, config__reads_whose_tones_are_heard);
	tcase_add_test(t, config__takes_tones_that_are_known);
	tcase_add_test(t, config__asks_silent_phones_unless_told_not_to);
	tcase_add_test(t, config__reads_a_center);
	tcase_add_test(t, config__reads_an_agent);
	tcase_add_test(t, config__reads_skills_of_every_kind);
	tcase_add_test(t, config__gives_skills_of_every_kind);
	tcase_add_test(t, config__reads_where_calls_are_parked);
	tcase_add_test(t, config__reads_a_queue);
	tcase_add_test(t, config__reads_entries_trunks_and_features);
	tcase_add_test(t, config__two_centers_have_their_own);
	suite_add_tcase(suite, t);
	suite_add_tcase(suite, mistakes_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
