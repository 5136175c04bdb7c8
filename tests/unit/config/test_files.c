/* What a configuration takes from elsewhere: files, the environment; and
 * addresses to listen on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include <center/config.h>
#include <config/config.h>

static struct usher__conf *conf;
static struct usher_error err;

static int parse(const char *text, const struct usher__conf_over *over)
{
	memset(&err, 0, sizeof(err));
	return usher__conf_parse(&conf, "c.yaml", text, strlen(text), over,
				 &err);
}

static struct usher__conf *good(const char *text)
{
	int e = parse(text, NULL);

	ck_assert_msg(e == 0, "%u:%u %s", err.line, err.column, err.message);
	return conf;
}

START_TEST(secret__from_file_and_environment)
{
	char dir[] = "/tmp/usher-conf-XXXXXX";
	char path[64];
	char text[256];
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pin", dir);
	f = fopen(path, "w");
	fputs("0042\r\n", f);
	fclose(f);
	setenv("USHER_TEST_PASSWORD", "pässword", 1);
	snprintf(text, sizeof(text),
		 "agents:\n  anna:\n    pin_file: %s\n"
		 "    password_env: USHER_TEST_PASSWORD\n",
		 path);
	good(text);
	ck_assert_str_eq(
		usher__config_find_agent(conf->centers[0].config, "anna")->pin,
		"0042");
	ck_assert_str_eq(
		usher__config_find_agent(conf->centers[0].config, "anna")
			->password,
		"pässword");
	/* Not for an example to tell. */
	ck_assert_ptr_null(conf->centers[0].agents[0].pin);
	ck_assert_ptr_null(conf->centers[0].agents[0].password);
	usher__conf_free(conf);
	f = fopen(path, "w");
	fputs("12\n34\n", f);
	fclose(f);
	ck_assert_int_eq(parse(text, NULL), USHER_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, "control character"));
	ck_assert_ptr_null(strstr(err.message, "34"));
	f = fopen(path, "w");
	fclose(f);
	ck_assert_int_eq(parse(text, NULL), USHER_EINVAL);
	unlink(path);
	ck_assert_int_eq(parse(text, NULL), USHER_ENOENT);
	rmdir(dir);
}
END_TEST

START_TEST(secret__is_in_no_message)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "agents:\n  anna: {password: hush-%0300d}\n", 1);
	ck_assert_int_lt(parse(text, NULL), 0);
	ck_assert_ptr_null(strstr(err.message, "hush"));
	ck_assert_int_lt(parse("agents:\n  anna: {pin: hush12a}\n", NULL), 0);
	ck_assert_ptr_null(strstr(err.message, "hush"));
}
END_TEST

START_TEST(file__beside_which_names_start)
{
	char dir[] = "/tmp/usher-conf-XXXXXX";
	char path[64];
	char want[64];
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/c.yaml", dir);
	snprintf(want, sizeof(want), "%s/var", dir);
	f = fopen(path, "w");
	fputs("state: var\n", f);
	fclose(f);
	ck_assert_int_eq(usher__conf_read(&conf, path, NULL, &err), 0);
	ck_assert_str_eq(conf->centers[0].state_dir, want);
	usher__conf_free(conf);
	unlink(path);
	ck_assert_int_eq(usher__conf_read(&conf, path, NULL, &err),
			 USHER_ENOENT);
	ck_assert_str_eq(err.file, path);
	rmdir(dir);
}
END_TEST

static const struct {
	const char *text;
	bool good;
	bool loopback;
} listens[] = {
	{"127.0.0.1:80", true, true},      {"127.9.9.9:0", true, true},
	{"0.0.0.0:80", true, false},       {"[::1]:80", true, true},
	{"[::]:80", true, false},          {"128.0.0.1:80", true, false},
	{"127.0.0.1", false, false},       {":80", false, false},
	{"::1:80", false, false},          {"[::1]", false, false},
	{"[127.0.0.1]:80", false, false},  {"127.0.0.1:", false, false},
	{"127.0.0.1:8x", false, false},    {"127.0.0.1:-1", false, false},
	{"127.0.0.1:65536", false, false}, {"host:80", false, false},
	{"[::1:80", false, false},
};

START_TEST(listen__is_an_address_and_a_port)
{
	struct usher__listen l;
	char text[64];
	int e = usher__listen_parse(&l, listens[_i].text);

	ck_assert_int_eq(e, listens[_i].good ? 0 : -1);
	if (e)
		return;
	ck_assert_int_eq(l.loopback, listens[_i].loopback);
	usher__listen_text(&l, text, sizeof(text));
	ck_assert_str_eq(text, listens[_i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config-files");
	TCase *t = tcase_create("config-files");
	SRunner *runner;
	int failed;

	tcase_add_test(t, secret__from_file_and_environment);
	tcase_add_test(t, secret__is_in_no_message);
	tcase_add_test(t, file__beside_which_names_start);
	tcase_add_loop_test(t, listen__is_an_address_and_a_port, 0,
			    sizeof(listens) / sizeof(listens[0]));
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
