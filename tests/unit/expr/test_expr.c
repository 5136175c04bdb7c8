/* How expressions are read and written: mistakes, limits, their one spelling,
 * their names; and values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

/* An allocator that fails at the nth call and counts what is alive. */
struct heap {
	long calls;
	long fail_at; /* from 1; 0: never */
	long alive;
};

static void *heap_realloc(void *arg, void *ptr, size_t size)
{
	struct heap *heap = arg;

	if (!size) {
		heap->alive -= ptr != NULL;
		free(ptr);
		return NULL;
	}
	if (++heap->calls == heap->fail_at)
		return NULL;
	heap->alive += ptr == NULL;
	return realloc(ptr, size);
}

static const struct {
	const char *text;
	int code;
	uint32_t line, column;
} errors[] = {
	{"", USHER_EINVAL, 1, 1},
	{"   ", USHER_EINVAL, 1, 4},
	{"billing >=", USHER_EINVAL, 1, 11},
	{"billing >= 3 and", USHER_EINVAL, 1, 17},
	{"billing 3", USHER_EINVAL, 1, 9},
	{"a ==\n  and b", USHER_EINVAL, 2, 3},
	{"(a or b", USHER_EINVAL, 1, 1},
	{"x and (a or b", USHER_EINVAL, 1, 7},
	{"(a > 1 b == 2) and c", USHER_EINVAL, 1, 8},
	{"not (\n(a or b) c)", USHER_EINVAL, 2, 10},
	{"a)", USHER_EINVAL, 1, 2},
	{"a < b < c", USHER_EINVAL, 1, 7},
	{"a in b in c", USHER_EINVAL, 1, 8},
	{"a in 5", USHER_EINVAL, 1, 6},
	{"a in ()", USHER_EINVAL, 1, 7},
	{"a in (1, b)", USHER_EINVAL, 1, 10},
	{"a in (1 2)", USHER_EINVAL, 1, 9},
	{"a in (1, 2", USHER_EINVAL, 1, 6},
	{"a in (-'x')", USHER_EINVAL, 1, 8},
	{"a == (1, 2)", USHER_EINVAL, 1, 8},
	{"a not b", USHER_EINVAL, 1, 7},
	{"has 5", USHER_EINVAL, 1, 5},
	{"has", USHER_EINVAL, 1, 4},
	{"a == 'x", USHER_EINVAL, 1, 6},
	{"a == 'x\\q'", USHER_EINVAL, 1, 9},
	{"'x\\", USHER_EINVAL, 1, 4},
	{"'a\x01'", USHER_EINVAL, 1, 3},
	{"a & b", USHER_EINVAL, 1, 3},
	{"!a", USHER_EINVAL, 1, 1},
	{"5x", USHER_EINVAL, 1, 2},
	{"5.", USHER_EINVAL, 1, 2},
	{"1.2.3", USHER_EINVAL, 1, 4},
	{"1234567890123456", USHER_EINVAL, 1, 16},
	{"a.", USHER_EINVAL, 1, 3},
	{"a.5", USHER_EINVAL, 1, 3},
	{"a.\"\"", USHER_EINVAL, 1, 5},
	{"a.\"x.y\"", USHER_EINVAL, 1, 5},
	{"a.\"x", USHER_EINVAL, 1, 3},
	{"\xc3\xb6\xc3\xb6 == ?", USHER_EINVAL, 1, 7},
	{"a == '\xff'", USHER_EINVAL, 1, 7},
	{"'\xc0\x80'", USHER_EINVAL, 1, 2},
	{"'\xed\xa0\x80'", USHER_EINVAL, 1, 2},
	{"'\xf4\x90\x80\x80'", USHER_EINVAL, 1, 2},
	{"\xe2\x82", USHER_EINVAL, 1, 1},
};

START_TEST(compile__names_the_place_of_an_error)
{
	struct usher_expr *expr = NULL;
	struct usher_error err;
	int code =
		usher_expr_new(&expr, NULL, errors[_i].text, SIZE_MAX, &err);

	ck_assert_int_eq(code, errors[_i].code);
	ck_assert_ptr_null(expr);
	ck_assert_int_eq(err.code, code);
	ck_assert_str_ne(err.message, "");
	ck_assert_msg(
		err.line == errors[_i].line && err.column == errors[_i].column,
		"%s: %u:%u (%s), not %u:%u", errors[_i].text, err.line,
		err.column, err.message, errors[_i].line, errors[_i].column);
	ck_assert_int_eq(
		usher_expr_new(&expr, NULL, errors[_i].text, SIZE_MAX, NULL),
		code);
}
END_TEST

/* A text of head, count times body, tail. */
static char *repeat(const char *head, const char *body, size_t count,
		    const char *tail)
{
	size_t size = strlen(head) + count * strlen(body) + strlen(tail) + 1;
	char *text = malloc(size), *p = text;

	ck_assert_ptr_nonnull(text);
	p = stpcpy(p, head);
	while (count--)
		p = stpcpy(p, body);
	strcpy(p, tail);
	return text;
}

static int code_of(char *text)
{
	struct usher_expr *expr = NULL;
	struct usher_error err;
	int code = usher_expr_new(&expr, NULL, text, SIZE_MAX, &err);

	usher_expr_free(expr);
	free(text);
	return code;
}

START_TEST(compile__refuses_what_exceeds_a_limit)
{
	const size_t depth = USHER_EXPR_DEPTH_MAX;
	char name[32], *text, *p;

	ck_assert_int_eq(code_of(repeat("", "(", depth, "a")), USHER_EINVAL);
	ck_assert_int_eq(code_of(repeat("", "(", depth + 1, "a")),
			 USHER_EFULL);
	ck_assert_int_eq(code_of(repeat("", "not ", depth, "a")), 0);
	ck_assert_int_eq(code_of(repeat("", "not ", depth + 1, "a")),
			 USHER_EFULL);
	ck_assert_int_eq(code_of(repeat("", "-", depth, "a")), 0);
	ck_assert_int_eq(code_of(repeat("", "-", depth + 1, "a")),
			 USHER_EFULL);
	ck_assert_int_eq(code_of(repeat("", "n", USHER_EXPR_NAME_MAX, "")), 0);
	ck_assert_int_eq(code_of(repeat("", "n", USHER_EXPR_NAME_MAX + 1, "")),
			 USHER_EFULL);
	ck_assert_int_eq(code_of(repeat("a", " ", USHER_EXPR_TEXT_MAX, "")),
			 USHER_EFULL);
	ck_assert_int_eq(code_of(repeat("1", "+1", 255, "")), 0);
	ck_assert_int_eq(code_of(repeat("1", "+1", 600, "")), USHER_EFULL);
	ck_assert_int_eq(
		code_of(repeat("a in (1", ",1", USHER_EXPR_LIST_MAX - 1, ")")),
		0);
	ck_assert_int_eq(
		code_of(repeat("a in (1", ",1", USHER_EXPR_LIST_MAX, ")")),
		USHER_EFULL);
	text = malloc(16 * (USHER_EXPR_NAMES_MAX + 2));
	ck_assert_ptr_nonnull(text);
	p = stpcpy(text, "n");
	for (int i = 0; i < USHER_EXPR_NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "+n%d", i);
		p = stpcpy(p, name);
	}
	ck_assert_int_eq(code_of(text), USHER_EFULL);
}
END_TEST

START_TEST(compile__holds_the_stack_of_the_deepest_expression)
{
	char *text = repeat("", "1 < 1 + 1 * (", USHER_EXPR_DEPTH_MAX, "1");
	char *whole = repeat(text, ")", USHER_EXPR_DEPTH_MAX, "");
	struct usher_expr *expr = compile(whole);

	ck_assert(!usher_expr_test(expr, NULL, NULL));
	usher_expr_free(expr);
	free(whole);
	free(text);
}
END_TEST

static const struct {
	const char *text;
	const char *canonical;
} canons[] = {
	{"a=1", "a == 1"},
	{"  ( (a) )and(b or  c)", "a and (b or c)"},
	{"(a and b) or c", "a and b or c"},
	{"a or (b or c)", "a or (b or c)"},
	{"not (a == b)", "not a == b"},
	{"(not a) == b", "(not a) == b"},
	{"a not in ('x',\"y\")", "not a in (\"x\", \"y\")"},
	{"a-(b-c)", "a - (b - c)"},
	{"(a-b)-c", "a - b - c"},
	{"(a+b)*c", "(a + b) * c"},
	{"-(a+b)", "-(a + b)"},
	{"-a*b", "-a * b"},
	{"007 + 1.500 + 0.0 + 2.0", "7 + 1.5 + 0 + 2"},
	{"(a < b) == (c < d)", "(a < b) == (c < d)"},
	{"has  x.y and x.y has 'it''s'", NULL},
	{"x has \"it's \\\"so\\\" \\\\ \\n\\t\"",
	 "x has \"it's \\\"so\\\" \\\\ \\n\\t\""},
	{"queue.\"second-line\".\"ok\".in", "queue.\"second-line\".ok.in"},
	{"a in (-1,- 2.50)", "a in (-1, -2.5)"},
	{"true==false", "true == false"},
};

START_TEST(text__is_one_spelling)
{
	struct usher_expr *expr, *again;

	if (!canons[_i].canonical) {
		ck_assert_int_eq(usher_expr_new(&expr, NULL, canons[_i].text,
						SIZE_MAX, NULL),
				 USHER_EINVAL);
		return;
	}
	expr = compile(canons[_i].text);
	ck_assert_str_eq(usher_expr_text(expr), canons[_i].canonical);
	again = compile(usher_expr_text(expr));
	ck_assert_str_eq(usher_expr_text(again), canons[_i].canonical);
	ck_assert(usher_expr_equal(expr, again));
	ck_assert(usher_expr_hash(expr) == usher_expr_hash(again));
	usher_expr_free(again);
	again = compile("something.different");
	ck_assert(!usher_expr_equal(expr, again));
	usher_expr_free(again);
	usher_expr_free(expr);
}
END_TEST

START_TEST(names__are_sorted_and_split_by_prefix)
{
	struct usher_expr *expr = compile(
		"skill > 1 and contact.vip and contact_x and contact.age > 3 "
		"and contacts.y and agent.a and contact.\"a-b\" and skill");
	uint32_t first = 99;

	ck_assert_uint_eq(usher_expr_names(expr), 7);
	for (uint32_t i = 1; i < 7; i++)
		ck_assert_str_lt(usher_expr_name(expr, i - 1),
				 usher_expr_name(expr, i));
	ck_assert_ptr_null(usher_expr_name(expr, 7));
	ck_assert_uint_eq(usher_expr_names_under(expr, "contact", &first), 3);
	ck_assert_str_eq(usher_expr_name(expr, first), "contact.a-b");
	ck_assert_str_eq(usher_expr_name(expr, first + 1), "contact.age");
	ck_assert_str_eq(usher_expr_name(expr, first + 2), "contact.vip");
	ck_assert_uint_eq(usher_expr_names_under(expr, "agent", NULL), 1);
	ck_assert_uint_eq(usher_expr_names_under(expr, "queue", &first), 0);
	ck_assert_uint_eq(first, 7);
	usher_expr_free(expr);
}
END_TEST

START_TEST(new__refuses_missing_arguments)
{
	struct usher_expr *expr;
	struct usher_error err;

	ck_assert_int_eq(usher_expr_new(NULL, NULL, "a", 1, &err),
			 USHER_EINVAL);
	ck_assert_int_eq(usher_expr_new(&expr, NULL, NULL, 1, &err),
			 USHER_EINVAL);
	usher_expr_free(NULL);
}
END_TEST

START_TEST(new__takes_the_length_given)
{
	struct usher_expr *expr;

	ck_assert_int_eq(usher_expr_new(&expr, NULL, "abc def", 3, NULL), 0);
	ck_assert_str_eq(usher_expr_text(expr), "abc");
	usher_expr_free(expr);
	ck_assert_int_eq(usher_expr_new(&expr, NULL, "a\0b", 3, NULL),
			 USHER_EINVAL);
}
END_TEST

START_TEST(new__survives_every_failing_allocation)
{
	struct heap heap = {0};
	struct usher_alloc alloc = {heap_realloc, &heap};
	int failed = 0;

	for (heap.fail_at = 1;; heap.fail_at++) {
		struct usher_expr *expr = NULL;
		struct usher_error err;
		int code;

		heap.calls = 0;
		code = usher_expr_new(&expr, &alloc, "a > 1 and b in ('x')",
				      SIZE_MAX, &err);
		if (!code) {
			ck_assert_int_eq(heap.alive, 1);
			usher_expr_free(expr);
			break;
		}
		failed++;
		ck_assert_int_eq(code, USHER_ENOMEM);
		ck_assert_ptr_null(expr);
		ck_assert_int_eq(heap.alive, 0);
	}
	ck_assert_int_eq(failed, 2);
	ck_assert_int_eq(heap.alive, 0);
}
END_TEST

static void check_text(struct usher_value value, size_t cap,
		       const char *expected)
{
	char buf[512];
	size_t len = usher__value_text(&value, buf, cap);

	ck_assert_str_eq(buf, expected);
	ck_assert_uint_eq(len, strlen(expected));
}

START_TEST(value_text__reads_well)
{
	struct usher_value list[] = {usher_value_number(1),
				     usher_value_string("b"),
				     usher_value_bool(false)};

	check_text(usher_value_number(5), 64, "5");
	check_text(usher_value_number(-2.5), 64, "-2.5");
	check_text(usher_value_number(0.1 + 0.2), 64, "0.3");
	check_text(usher_value_number(1.9999999), 64, "2");
	check_text(usher_value_number(-0.0000001), 64, "0");
	check_text(usher_value_number(1e15), 64, "1000000000000000");
	check_text(usher_value_bool(true), 64, "true");
	check_text(usher_value_undefined(), 64, "");
	check_text(usher_value_string("\xc3\xb6\xc3\xb6"), 4, "\xc3\xb6");
	check_text(usher_value_bytes("abcd", 3), 64, "abc");
	check_text(usher_value_list(list, 3), 64, "1, b, false");
	check_text(usher_value_list(list, 3), 5, "1, b");
	check_text(usher_value_string(NULL), 5, "");
}
END_TEST

START_TEST(value_equal__compares_type_and_content)
{
	struct usher_value a[] = {usher_value_number(1)};
	struct usher_value b[] = {usher_value_number(2)};
	struct usher_value la = usher_value_list(a, 1);
	struct usher_value lb = usher_value_list(b, 1);
	struct usher_value none = usher_value_list(NULL, 0);
	struct usher_value undefined = usher_value_undefined();

	ck_assert(usher_value_equal(&la, &la));
	ck_assert(!usher_value_equal(&la, &lb));
	ck_assert(!usher_value_equal(&la, &none));
	ck_assert(!usher_value_equal(&la, a));
	ck_assert(usher_value_equal(&undefined, &undefined));
	ck_assert(usher_value_truth(&la));
	ck_assert(!usher_value_truth(&none));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("expr");
	TCase *tc = tcase_create("expr");
	SRunner *runner;
	int failed;

#define COUNT(array) (int)(sizeof(array) / sizeof(*(array)))
	tcase_add_loop_test(tc, compile__names_the_place_of_an_error, 0,
			    COUNT(errors));
	tcase_add_test(tc, compile__refuses_what_exceeds_a_limit);
	tcase_add_test(tc, compile__holds_the_stack_of_the_deepest_expression);
	tcase_add_loop_test(tc, text__is_one_spelling, 0, COUNT(canons));
	tcase_add_test(tc, names__are_sorted_and_split_by_prefix);
	tcase_add_test(tc, new__refuses_missing_arguments);
	tcase_add_test(tc, new__takes_the_length_given);
	tcase_add_test(tc, new__survives_every_failing_allocation);
	tcase_add_test(tc, value_text__reads_well);
	tcase_add_test(tc, value_equal__compares_type_and_content);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, eval_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
