#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include <config/yaml.h>

static struct usher__yaml *load(const char *text)
{
	struct usher__yaml *y = NULL;
	struct usher_error err;
	int e = usher__yaml_parse(&y, "t.yaml", text, strlen(text), &err);

	ck_assert_msg(e == 0, "%u:%u %s", err.line, err.column, err.message);
	return y;
}

static void refused_n(const char *text, size_t len, int code, uint32_t line,
		      uint32_t column, const char *part)
{
	struct usher__yaml *y = (struct usher__yaml *)&y;
	struct usher__yaml *before = y;
	struct usher_error err;
	int e = usher__yaml_parse(&y, "t.yaml", text, len, &err);

	ck_assert_int_eq(e, code);
	ck_assert_int_eq(err.code, code);
	ck_assert_ptr_eq(y, before);
	ck_assert_str_eq(err.file, "t.yaml");
	ck_assert_msg(strstr(err.message, part), "message: %s", err.message);
	ck_assert_msg(err.line == line && err.column == column,
		      "at %u:%u instead of %u:%u: %s", err.line, err.column,
		      line, column, err.message);
	ck_assert_int_eq(usher__yaml_parse(&y, "t.yaml", text, len, NULL),
			 code);
}

static void refused(const char *text, int code, uint32_t line, uint32_t column,
		    const char *part)
{
	refused_n(text, strlen(text), code, line, column, part);
}

START_TEST(yaml__empty_file_has_no_root)
{
	struct usher__yaml *y = load("# nothing\n");

	ck_assert_ptr_null(usher__yaml_root(y));
	ck_assert(usher__yaml_is_nothing(usher__yaml_root(y)));
	usher__yaml_free(y);
}
END_TEST

START_TEST(yaml__byte_order_mark_is_no_column)
{
	struct usher__yaml *y = load("\xef\xbb\xbf"
				     "a: 1\nb: 2\n");

	ck_assert_uint_eq(usher__yaml_len(usher__yaml_root(y)), 2);
	usher__yaml_free(y);
	refused("\xef\xbb\xbf"
		"a: [\n",
		USHER_EINVAL, 2, 1, "not YAML");
	y = load("\xef\xbb\xbf");
	ck_assert_ptr_null(usher__yaml_root(y));
	usher__yaml_free(y);
}
END_TEST

START_TEST(yaml__scalars_keep_their_text)
{
	struct usher__yaml *y = load("a: 0036\nb: no\nc: 1_000\nd: '~'\n"
				     "e: +36301234567\nf: 1e3\n");
	static const char *const want[] = {"0036", "no",           "1_000",
					   "~",    "+36301234567", "1e3"};
	yaml_node_t *value;
	const char *name;
	const char *text;

	for (size_t i = 0;
	     usher__yaml_entry(y, usher__yaml_root(y), i, &name, NULL, &value);
	     ++i) {
		ck_assert_int_eq(
			usher__yaml_text(y, value, "it", 99, &text, NULL), 0);
		ck_assert_str_eq(text, want[i]);
	}
	usher__yaml_free(y);
}
END_TEST

START_TEST(yaml__broken_text_names_its_place)
{
	refused("a: 1\nb: [1,\n", USHER_EINVAL, 3, 1, "not YAML");
	refused("a: 1\n\tb: 2\n", USHER_EINVAL, 2, 1, "not YAML");
	refused("a: 'x\n", USHER_EINVAL, 2, 1, "not YAML");
	refused("a: \x01\n", USHER_EINVAL, 1, 4, "not YAML");
	refused("\xc3\xa1: x\nb: \xff\n", USHER_EINVAL, 2, 4, "not YAML");
	refused("a: *b\n", USHER_EINVAL, 1, 4, "anchor that is not there");
}
END_TEST

START_TEST(yaml__key_twice_is_refused)
{
	refused("a: 1\nb: 2\na: 3\n", USHER_EINVAL, 3, 1, "first in line 1");
	refused("x:\n  - {k: 1, l: 2, k: 3}\n", USHER_EINVAL, 2, 18, "twice");
}
END_TEST

START_TEST(yaml__what_is_not_used_is_refused)
{
	refused("a: !!int 3\n", USHER_EINVAL, 1, 4, "tags");
	refused("a: !x {b: 1}\n", USHER_EINVAL, 1, 4, "tags");
	refused("a: 1\n---\nb: 2\n", USHER_EINVAL, 2, 1, "second document");
	refused("? [a, b]\n: 1\n", USHER_EINVAL, 1, 3, "key has to be");
	refused("a: \"x\\0y\"\n", USHER_EINVAL, 1, 4, "NUL");
}
END_TEST

START_TEST(yaml__endless_alias_is_refused)
{
	refused("a: &x [1, *x]\n", USHER_EINVAL, 1, 11, "inside its own");
	refused("a: &x {b: {c: *x}}\n", USHER_EINVAL, 1, 15, "inside its own");
}
END_TEST

START_TEST(yaml__alias_bomb_is_refused)
{
	char text[4096] = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
	struct usher_error err;
	struct usher__yaml *y;

	for (int i = 1; i < 12; ++i) {
		char line[160];

		snprintf(line, sizeof(line),
			 "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i,
			 i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
		strcat(text, line);
	}
	ck_assert_int_eq(usher__yaml_parse(&y, "t", text, strlen(text), &err),
			 USHER_EFULL);
	ck_assert_uint_eq(err.line, 6);
	ck_assert_ptr_nonnull(strstr(err.message, "aliases"));
}
END_TEST

START_TEST(yaml__depth_has_a_limit)
{
	char text[2 * USHER__YAML_DEPTH_MAX + 8];
	struct usher__yaml *y;

	memset(text, '[', USHER__YAML_DEPTH_MAX);
	memset(text + USHER__YAML_DEPTH_MAX, ']', USHER__YAML_DEPTH_MAX);
	ck_assert_int_eq(usher__yaml_parse(&y, "t", text,
					   2 * USHER__YAML_DEPTH_MAX, NULL),
			 0);
	usher__yaml_free(y);
	memset(text, '[', USHER__YAML_DEPTH_MAX + 1);
	refused_n(text, USHER__YAML_DEPTH_MAX + 1, USHER_EFULL, 1,
		  USHER__YAML_DEPTH_MAX + 1, "deeply");
}
END_TEST

START_TEST(yaml__size_has_a_limit)
{
	size_t len = USHER__YAML_SIZE_MAX + 1;
	char *text = malloc(len);

	memset(text, '#', len);
	refused_n(text, len, USHER_EFULL, 0, 0, "longer than");
	free(text);
	text = malloc(USHER__YAML_SCALAR_MAX + 8);
	memcpy(text, "a: ", 3);
	memset(text + 3, 'x', USHER__YAML_SCALAR_MAX + 1);
	refused_n(text, USHER__YAML_SCALAR_MAX + 4, USHER_EFULL, 1, 4,
		  "too long");
	free(text);
}
END_TEST

START_TEST(yaml__anchors_and_aliases_have_limits)
{
	char *text = malloc(64 * 1024);
	size_t n = 0;

	for (unsigned i = 0; i <= USHER__YAML_ANCHORS_MAX; ++i)
		n += (size_t)sprintf(text + n, "- &a%u x\n", i);
	refused_n(text, n, USHER_EFULL, USHER__YAML_ANCHORS_MAX + 1, 3,
		  "anchors");
	n = (size_t)sprintf(text, "- &a x\n");
	for (unsigned i = 0; i <= USHER__YAML_ALIASES_MAX; ++i)
		n += (size_t)sprintf(text + n, "- *a\n");
	refused_n(text, n, USHER_EFULL, USHER__YAML_ALIASES_MAX + 2, 3,
		  "too many aliases");
	free(text);
}
END_TEST

START_TEST(yaml__unknown_key_suggests_the_nearest)
{
	static const char *const keys[] = {"policy", "wrap_up", "music", NULL};
	struct usher__yaml *y = load("policy: x\nwrapup: 3s\n");
	struct usher_error err;

	ck_assert_int_eq(usher__yaml_expect_map(y, usher__yaml_root(y),
						"a queue", keys, &err),
			 USHER_EINVAL);
	ck_assert_uint_eq(err.line, 2);
	ck_assert_uint_eq(err.column, 1);
	ck_assert_str_eq(err.message, "unknown key 'wrapup' in a queue; is "
				      "'wrap_up' meant?");
	usher__yaml_free(y);
	y = load("entirely_other: 1\n");
	usher__yaml_expect_map(y, usher__yaml_root(y), "a queue", keys, &err);
	ck_assert_str_eq(err.message,
			 "unknown key 'entirely_other' in a queue");
	usher__yaml_free(y);
}
END_TEST

START_TEST(nearest__swaps_and_misses_count_as_one)
{
	static const char *const words[] = {"listen", "token", "hosts", NULL};

	ck_assert_str_eq(usher__nearest("listne", words, SIZE_MAX), "listen");
	ck_assert_str_eq(usher__nearest("tokn", words, SIZE_MAX), "token");
	ck_assert_str_eq(usher__nearest("host", words, SIZE_MAX), "hosts");
	ck_assert_ptr_null(usher__nearest("xyz", words, SIZE_MAX));
	ck_assert_ptr_null(usher__nearest("", words, SIZE_MAX));
	ck_assert_ptr_null(usher__nearest("host", words, 0));
	ck_assert_ptr_null(usher__nearest(
		"a word that is longer than anything", words, SIZE_MAX));
}
END_TEST

START_TEST(yaml__wrong_kinds_are_named)
{
	struct usher__yaml *y = load("a: [1]\nb: {c: 1}\nc:\nd: x\n");
	yaml_node_t *root = usher__yaml_root(y);
	struct usher_error err;
	const char *text;

	usher__yaml_text(y, usher__yaml_get(y, root, "a"), "'a'", 9, &text,
			 &err);
	ck_assert_str_eq(err.message, "'a' has to be a text, not a list");
	ck_assert_uint_eq(err.column, 4);
	usher__yaml_text(y, usher__yaml_get(y, root, "b"), "'b'", 9, &text,
			 &err);
	ck_assert_str_eq(err.message, "'b' has to be a text, not a mapping");
	usher__yaml_text(y, usher__yaml_get(y, root, "c"), "'c'", 9, &text,
			 &err);
	ck_assert_str_eq(err.message, "'c' has to be a text, not nothing");
	usher__yaml_expect_list(y, usher__yaml_get(y, root, "d"), "'d'", 9,
				&err);
	ck_assert_str_eq(err.message, "'d' has to be a list, not a text");
	usher__yaml_expect_list(y, usher__yaml_get(y, root, "a"), "'a'", 0,
				&err);
	ck_assert_str_eq(err.message, "'a' has more than 0 items");
	ck_assert_ptr_null(usher__yaml_item(y, root, 0));
	ck_assert_ptr_null(
		usher__yaml_get(y, usher__yaml_get(y, root, "d"), "x"));
	usher__yaml_free(y);
}
END_TEST

static const struct {
	const char *text;
	int64_t us;
} durations[] = {
	{"20s", 20000000},
	{"500ms", 500000},
	{"2m", 120000000},
	{"1h30m", INT64_C(5400000000)},
	{"1d", INT64_C(86400000000)},
	{"0", 0},
	{"0s", 0},
	{"1m500ms", 60500000},
	{"20", -1},
	{"s", -1},
	{"20 s", -1},
	{"-1s", -1},
	{"1.5s", -1},
	{"20sec", -1},
	{"", -1},
	{"99999999999999999999s", -1},
	{"9223372036854775807d", -1},
	{"9223372036854ms9223372036854775s", -1},
};

START_TEST(duration__reads_units_and_nothing_else)
{
	int64_t us = 77;
	int e = usher__duration_parse(durations[_i].text, &us);

	if (durations[_i].us < 0) {
		ck_assert_int_eq(e, -1);
		ck_assert_int_eq(us, 77);
	} else {
		ck_assert_int_eq(e, 0);
		ck_assert_int_eq(us, durations[_i].us);
	}
}
END_TEST

START_TEST(duration__says_what_is_allowed)
{
	struct usher__yaml *y = load("a: 5h\nb: soon\n");
	yaml_node_t *root = usher__yaml_root(y);
	struct usher_error err;
	int64_t us = 5;

	ck_assert_int_eq(usher__yaml_duration(y, usher__yaml_get(y, root, "a"),
					      "'a'", 500000, 120000000, &us,
					      &err),
			 USHER_EINVAL);
	ck_assert_str_eq(err.message, "'a' has to be from 500ms to 2m, not "
				      "'5h'");
	ck_assert_int_eq(usher__yaml_duration(y, usher__yaml_get(y, root, "b"),
					      "'b'", 0, 9, &us, &err),
			 USHER_EINVAL);
	ck_assert_ptr_nonnull(strstr(err.message, "such as 20s"));
	ck_assert_int_eq(us, 5);
	usher__yaml_free(y);
}
END_TEST

static const struct {
	const char *text;
	bool good;
	int64_t value;
} ints[] = {
	{"5", true, 5},     {"-3", true, -3},
	{"0010", true, 10}, {"+5", false, 0},
	{"5x", false, 0},   {"0x10", false, 0},
	{"1.0", false, 0},  {"' 5'", false, 0},
	{"101", false, 0},  {"99999999999999999999", false, 0},
	{"five", false, 0},
};

START_TEST(int__is_decimal_and_in_range)
{
	char text[64];
	struct usher__yaml *y;
	struct usher_error err;
	int64_t v = 77;
	int e;

	snprintf(text, sizeof(text), "a: %s\n", ints[_i].text);
	y = load(text);
	e = usher__yaml_int(y, usher__yaml_get(y, usher__yaml_root(y), "a"),
			    "'a'", -10, 100, &v, &err);
	ck_assert_int_eq(e, ints[_i].good ? 0 : USHER_EINVAL);
	ck_assert_int_eq(v, ints[_i].good ? ints[_i].value : 77);
	if (e)
		ck_assert_uint_eq(err.column, 4);
	usher__yaml_free(y);
}
END_TEST

static const struct {
	const char *text;
	double value;
} numbers[] = {
	{"0.8", 0.8}, {"80%", 0.8}, {"1", 1.0},   {"-0.5", -0.5},
	{"1e3", NAN}, {".5", NAN},  {"5.", NAN},  {"nan", NAN},
	{"0x1", NAN}, {"3", NAN},   {"1,5", NAN},
};

START_TEST(number__is_plain_or_percent)
{
	char text[64];
	struct usher__yaml *y;
	double v = 77;
	int e;

	snprintf(text, sizeof(text), "a: %s\n", numbers[_i].text);
	y = load(text);
	e = usher__yaml_number(y, usher__yaml_get(y, usher__yaml_root(y), "a"),
			       "'a'", -1, 2, &v, NULL);
	if (isnan(numbers[_i].value)) {
		ck_assert_int_eq(e, USHER_EINVAL);
		ck_assert_double_eq(v, 77);
	} else {
		ck_assert_int_eq(e, 0);
		ck_assert_double_eq_tol(v, numbers[_i].value, 1e-12);
	}
	usher__yaml_free(y);
}
END_TEST

START_TEST(bool__is_true_or_false_only)
{
	struct usher__yaml *y = load("a: true\nb: false\nc: yes\n");
	yaml_node_t *root = usher__yaml_root(y);
	struct usher_error err;
	bool v = false;

	ck_assert_int_eq(usher__yaml_bool(y, usher__yaml_get(y, root, "a"),
					  "'a'", &v, NULL),
			 0);
	ck_assert(v);
	ck_assert_int_eq(usher__yaml_bool(y, usher__yaml_get(y, root, "b"),
					  "'b'", &v, NULL),
			 0);
	ck_assert(!v);
	ck_assert_int_eq(usher__yaml_bool(y, usher__yaml_get(y, root, "c"),
					  "'c'", &v, &err),
			 USHER_EINVAL);
	ck_assert_uint_eq(err.line, 3);
	usher__yaml_free(y);
}
END_TEST

START_TEST(word__lists_or_suggests)
{
	static const char *const words[] = {"never", "always", NULL};
	struct usher__yaml *y = load("a: always\nb: alway\nc: x\n");
	yaml_node_t *root = usher__yaml_root(y);
	struct usher_error err;
	size_t i = 9;

	ck_assert_int_eq(usher__yaml_word(y, usher__yaml_get(y, root, "a"),
					  "'a'", words, &i, NULL),
			 0);
	ck_assert_uint_eq(i, 1);
	ck_assert_int_eq(usher__yaml_word(y, usher__yaml_get(y, root, "b"),
					  "'b'", words, &i, &err),
			 USHER_EINVAL);
	ck_assert_str_eq(err.message,
			 "'b' cannot be 'alway'; is 'always' meant?");
	usher__yaml_word(y, usher__yaml_get(y, root, "c"), "'c'", words, &i,
			 &err);
	ck_assert_str_eq(err.message,
			 "'c' cannot be 'x'; it is one of never, always");
	usher__yaml_free(y);
}
END_TEST

START_TEST(yaml__place_inside_a_scalar)
{
	struct usher__yaml *y = load("a: x and y\nb: 'x and y'\n");
	yaml_node_t *root = usher__yaml_root(y);
	struct usher_error err;

	usher__yaml_fail_inside(y, usher__yaml_get(y, root, "a"), 2, &err,
				USHER_EINVAL, "here");
	ck_assert_uint_eq(err.column, 6);
	usher__yaml_fail_inside(y, usher__yaml_get(y, root, "b"), 2, &err,
				USHER_EINVAL, "here");
	ck_assert_uint_eq(err.column, 7);
	usher__yaml_free(y);
}
END_TEST

START_TEST(open__only_regular_files_of_a_size)
{
	struct usher_error err;
	struct usher__yaml *y;
	char fifo[] = "/tmp/usher-yaml-XXXXXX";
	int fd = mkstemp(fifo);

	ck_assert_int_eq(usher__yaml_open(&y, "/nonexistent/x.yaml", &err),
			 USHER_ENOENT);
	ck_assert_str_eq(err.file, "/nonexistent/x.yaml");
	ck_assert_int_eq(usher__yaml_open(&y, "/", &err), USHER_EIO);
	ck_assert_int_eq(write(fd, "a: 1\n", 5), 5);
	ck_assert_int_eq(usher__yaml_open(&y, fifo, &err), 0);
	ck_assert_str_eq(usher__yaml_file(y), fifo);
	usher__yaml_free(y);
	ck_assert_int_eq(ftruncate(fd, USHER__YAML_SIZE_MAX + 1), 0);
	ck_assert_int_eq(usher__yaml_open(&y, fifo, &err), USHER_EFULL);
	close(fd);
	unlink(fifo);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(usher__yaml_open(&y, fifo, &err), USHER_EIO);
	unlink(fifo);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("yaml");
	TCase *t = tcase_create("yaml");
	SRunner *runner;
	int failed;

	tcase_add_test(t, yaml__empty_file_has_no_root);
	tcase_add_test(t, yaml__byte_order_mark_is_no_column);
	tcase_add_test(t, yaml__scalars_keep_their_text);
	tcase_add_test(t, yaml__broken_text_names_its_place);
	tcase_add_test(t, yaml__key_twice_is_refused);
	tcase_add_test(t, yaml__what_is_not_used_is_refused);
	tcase_add_test(t, yaml__endless_alias_is_refused);
	tcase_add_test(t, yaml__alias_bomb_is_refused);
	tcase_add_test(t, yaml__depth_has_a_limit);
	tcase_add_test(t, yaml__size_has_a_limit);
	tcase_add_test(t, yaml__anchors_and_aliases_have_limits);
	tcase_add_test(t, yaml__unknown_key_suggests_the_nearest);
	tcase_add_test(t, nearest__swaps_and_misses_count_as_one);
	tcase_add_test(t, yaml__wrong_kinds_are_named);
	tcase_add_loop_test(t, duration__reads_units_and_nothing_else, 0,
			    sizeof(durations) / sizeof(durations[0]));
	tcase_add_test(t, duration__says_what_is_allowed);
	tcase_add_loop_test(t, int__is_decimal_and_in_range, 0,
			    sizeof(ints) / sizeof(ints[0]));
	tcase_add_loop_test(t, number__is_plain_or_percent, 0,
			    sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(t, bool__is_true_or_false_only);
	tcase_add_test(t, word__lists_or_suggests);
	tcase_add_test(t, yaml__place_inside_a_scalar);
	tcase_add_test(t, open__only_regular_files_of_a_size);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
