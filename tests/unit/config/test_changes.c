/* What a running server does not take over, and what a command line says. */
#include <stdio.h>
#include <string.h>

#include <check.h>

#include "read.h"

/* What a running server cannot take, and where that stands. */
static const struct {
	const char *from;
	const char *to;
	uint32_t line;
	const char *key;
} fixed[] = {
	{"127.0.0.1:5060", "127.0.0.1:5062", 8, "'listen'"},
	{"192.0.2.9", "192.0.2.10", 8, "'public_address'"},
	{"sha-256", "both", 8, "'digest'"},
	{"'::1'", "'::2'", 8, "'second_address'"},
	{"keep_alive: 20s", "keep_alive: 21s", 8, "'keep_alive'"},
	{"k.pem", "l.pem", 8, "'tls'"},
	{"verify: both", "verify: servers", 8, "'tls'"},
	{"/n.key", "/m.key", 8, "'tls'"},
	{", {certificate: /s.pem}", "", 8, "'tls'"},
	{"192.0.2.9", "192.0.2.9, limits: {failures: 3}", 8, "'limits'"},
	{"10000-10999", "10000-11999", 9, "'ports'"},
	{"threads: 2", "threads: 3", 9, "'threads'"},
	{"threads: 2, ", "", 9, "'threads'"},
	{"silence: 45s", "silence: 46s", 9, "'silence'"},
	{"any_source: true", "any_source: false", 9, "'any_source'"},
	{"text: false", "text: true", 9, "'text'"},
	{"video: false", "video: true", 9, "'video'"},
	{"srtp: offer", "srtp: never", 9, "'srtp'"},
	{"opus pcmu", "pcmu opus", 9, "'codecs'"},
	{"127.0.0.1:8080", "127.0.0.1:8081", 11, "'listen'"},
	{"center: demo\n", "center: demi\n", 1, "'center'"},
	{"domain: demo.example", "domain: demi.example", 2, "'domain'"},
	{"domain: demo.example\n", "", 1, "'domain'"},
	{"seed: 7", "seed: 8", 3, "'seed'"},
	{"node: 3", "node: 4", 4, "'node'"},
	{"resume: 90s", "resume: 91s", 5, "'resume'"},
	{"state: var", "state: war", 6, "'state'"},
	{"recordings: /tmp/rec", "recordings: /tmp/wreck", 7, "'recordings'"},
	{"seed: 7\n", "seed: 7\ncontact_order: age_with_boost\n", 4,
	 "'contact_order'"},
	{"seed: 7\n", "seed: 7\nexplain: 3\n", 4, "'explain'"},
};

/* The whole file with one thing put in the place of another. */
static void whole_but(char *text, size_t size, const char *from,
		      const char *to)
{
	const char *at = strstr(whole, from);

	ck_assert_ptr_nonnull(at);
	snprintf(text, size, "%.*s%s%s", (int)(at - whole), whole, to,
		 at + strlen(from));
}

START_TEST(fixed__needs_a_restart_and_says_where)
{
	struct usher__conf *old = good(whole);
	char text[WHOLE_MAX];

	whole_but(text, sizeof(text), fixed[_i].from, fixed[_i].to);
	if (strstr(fixed[_i].to, "demi\n")) /* named by a token too */
		memcpy(strstr(text, "center: demo}"), "center: demi}", 13);
	good(text);
	ck_assert_int_eq(usher__conf_fixed(old, conf, &err), USHER_ENOTSUP);
	ck_assert_uint_eq(err.line, fixed[_i].line);
	ck_assert_str_eq(err.file, "c.yaml");
	ck_assert_msg(strncmp(err.message, fixed[_i].key,
			      strlen(fixed[_i].key)) == 0,
		      "%s", err.message);
	ck_assert_ptr_nonnull(strstr(err.message, "needs a restart"));
	usher__conf_free(conf);
	usher__conf_free(old);
}
END_TEST

START_TEST(fixed__everything_else_is_not)
{
	static const char *const changes[][2] = {
		{"seed", "seed"},
		{"  sales:\n", "  more: {}\n  sales:\n"},
		{"0123456789abcdef", "0123456789abcdeF"},
		{"mask_numbers: false", "mask_numbers: true"},
		{"'*21'", "'*22'"},
		{"language: hu}\ntrunks", "language: pl}\ntrunks"},
	};
	struct usher__conf *old = good(whole);
	char text[WHOLE_MAX];

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); ++i) {
		whole_but(text, sizeof(text), changes[i][0], changes[i][1]);
		good(text);
		ck_assert_int_eq(usher__conf_fixed(old, conf, &err), 0);
		usher__conf_free(conf);
	}
	usher__conf_free(old);
}
END_TEST

START_TEST(fixed__the_set_of_centers)
{
	const char two[] = "centers:\n- {name: a, domain: a.example}\n"
			   "- {name: b, domain: b.example}\n";
	const char three[] = "centers:\n- {name: a, domain: a.example}\n"
			     "- {name: b, domain: b.example}\n"
			     "- {name: c, domain: c.example}\n";
	const char other[] = "centers:\n- {name: a, domain: a.example}\n"
			     "- {name: c, domain: b.example}\n";
	struct usher__conf *old = good(two);

	good(three);
	ck_assert_int_eq(usher__conf_fixed(old, conf, &err), USHER_ENOTSUP);
	ck_assert_str_eq(err.message, "'centers' needs a restart");
	usher__conf_free(conf);
	good(other);
	ck_assert_int_eq(usher__conf_fixed(old, conf, &err), USHER_ENOTSUP);
	ck_assert_str_eq(err.message, "'name' needs a restart");
	ck_assert_uint_eq(err.line, 3);
	usher__conf_free(conf);
	usher__conf_free(old);
}
END_TEST

START_TEST(over__command_line_wins)
{
	struct usher__conf_over over = {"::1", "/tmp/state"};

	ck_assert_int_eq(parse(whole, &over), 0);
	ck_assert_str_eq(conf->sip.address, "::1");
	ck_assert_uint_eq(conf->sip.port, 5060);
	ck_assert(conf->http.ipv6);
	ck_assert_str_eq(conf->centers[0].state_dir, "/tmp/state");
	usher__conf_free(conf);
}
END_TEST

START_TEST(over__leaves_http_on_loopback_without_a_token)
{
	struct usher__conf_over over = {"192.0.2.1", NULL};
	const char text[] = "sip: {listen: '127.0.0.1:5060'}\n"
			    "http: {listen: '127.0.0.3:80'}\n";

	ck_assert_int_eq(parse(text, &over), 0);
	ck_assert_str_eq(conf->sip.address, "192.0.2.1");
	ck_assert_str_eq(conf->http.address, "127.0.0.3");
	ck_assert(conf->http.loopback && conf->http_stayed);
	usher__conf_free(conf);
	/* Nobody else reaches another loopback address either. */
	over.listen_address = "127.0.0.2";
	ck_assert_int_eq(parse(text, &over), 0);
	ck_assert_str_eq(conf->http.address, "127.0.0.2");
	ck_assert(!conf->http_stayed);
	usher__conf_free(conf);
	over.listen_address = "nowhere";
	ck_assert_int_eq(parse(text, &over), USHER_EINVAL);
	/* What the file itself opens is refused as ever. */
	over.listen_address = "192.0.2.1";
	ck_assert_int_eq(parse("http: {listen: '0.0.0.0:80'}\n", &over),
			 USHER_EINVAL);
	ck_assert_uint_eq(err.line, 1);
}
END_TEST

START_TEST(over__moves_http_with_a_token)
{
	struct usher__conf_over over = {"192.0.2.1", NULL};

	ck_assert_int_eq(parse("http: {listen: '127.0.0.1:80', "
			       "token: 0123456789abcdef}\n",
			       &over),
			 0);
	ck_assert_str_eq(conf->http.address, "192.0.2.1");
	ck_assert(!conf->http_stayed);
	usher__conf_free(conf);
	/* An agent's own token is for that agent alone. */
	ck_assert_int_eq(
		parse("http: {listen: '127.0.0.1:80'}\n"
		      "agents: {anna: {token: anna-anna-anna-anna}}\n",
		      &over),
		0);
	ck_assert(conf->http_stayed);
	usher__conf_free(conf);
}
END_TEST

START_TEST(http__an_agents_token_alone_does_not_open_it)
{
	ck_assert_int_eq(
		parse("http: {listen: '0.0.0.0:80'}\n"
		      "agents: {anna: {token: anna-anna-anna-anna}}\n",
		      NULL),
		USHER_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, "needs a 'token'"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config-changes");
	TCase *t = tcase_create("config-changes");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(t, fixed__needs_a_restart_and_says_where, 0,
			    sizeof(fixed) / sizeof(fixed[0]));
	tcase_add_test(t, fixed__everything_else_is_not);
	tcase_add_test(t, fixed__the_set_of_centers);
	tcase_add_test(t, over__command_line_wins);
	tcase_add_test(t, over__leaves_http_on_loopback_without_a_token);
	tcase_add_test(t, over__moves_http_with_a_token);
	tcase_add_test(t, http__an_agents_token_alone_does_not_open_it);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
