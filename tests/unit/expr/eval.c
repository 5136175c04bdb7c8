/* What expressions give: truths, values, and what they look up for them. */
#include <stdio.h>
#include <string.h>

#include "fixture.h"

struct world {
	const struct usher_expr *expr;
	int lookups;
};

static void look(void *arg, uint32_t i, struct usher_value *ret)
{
	static const struct usher_value tongues[] = {
		{.type = USHER_VALUE_STRING, .string = "hu", .len = 2},
		{.type = USHER_VALUE_STRING, .string = "pl", .len = 2},
		{.type = USHER_VALUE_NUMBER, .number = 7},
	};
	struct world *world = arg;
	const char *name = usher_expr_name(world->expr, i);

	world->lookups++;
	if (!strcmp(name, "billing"))
		*ret = usher_value_number(3);
	else if (!strcmp(name, "language"))
		*ret = usher_value_string("hu");
	else if (!strcmp(name, "contact.vip"))
		*ret = usher_value_bool(true);
	else if (!strcmp(name, "agent.tongues"))
		*ret = usher_value_list(tongues, 3);
	else if (!strcmp(name, "queue.second-line.waiting"))
		*ret = usher_value_number(12);
	else if (!strcmp(name, "empty"))
		*ret = usher_value_string("");
	else if (!strcmp(name, "nan"))
		*ret = usher_value_number(0.0 / 0.0);
	else if (!strcmp(name, "broken"))
		ret->type = 99;
}

static const struct {
	const char *text;
	bool truth;
} truths[] = {
	{"billing >= 3 and language in (\"hu\", \"pl\")", true},
	{"billing >= 3 and language in ('de')", false},
	{"billing > 3", false},
	{"billing < 3.5", true},
	{"billing = 3", true},
	{"billing != 3", false},
	{"billing == \"3\"", false},
	{"billing != \"3\"", true},
	{"billing < \"4\"", false},
	{"language < \"pl\" and language >= 'hu'", true},
	{"'hu' <= 'hungarian'", true},
	{"'b' > 'abc'", true},
	{"missing == 1", false},
	{"missing != 1", false},
	{"not missing == 1", true},
	{"not missing", true},
	{"missing == missing", false},
	{"missing in (1, 2)", false},
	{"missing not in (1, 2)", true},
	{"language in missing", false},
	{"has billing", true},
	{"has missing", false},
	{"not has missing and has contact.vip", true},
	{"has nan or has broken", false},
	{"agent.tongues has \"pl\"", true},
	{"agent.tongues has 7", true},
	{"agent.tongues has missing", false},
	{"language has 'hu'", false},
	{"language in agent.tongues", true},
	{"'de' not in agent.tongues", true},
	{"-1 in (-1, true)", true},
	{"contact.vip in (-1, true)", true},
	{"contact.vip == true", true},
	{"contact.vip > false", false},
	{"queue.\"second-line\".waiting > 5", true},
	{"1 + 2 * 3 == 7 and (1 + 2) * 3 == 9", true},
	{"10 - 2 - 3 == 5 and 12 / 2 / 3 == 2", true},
	{"-billing + 3 == 0 and --billing == 3", true},
	{"1 / 0 == 1 or not 1 / 0 == 1", true},
	{"has missing or missing + 1 == 1", false},
	{"0.1 + 0.2 > 0.3", true},
	{"false or false and true or true", true},
	{"not (true and false) and not false", true},
	{"not true or true", true},
	{"empty or 0 or ''", false},
	{"'a\\n\\t\\\"\\\\' == \"a\\n\\t\\\"\\\\\"", true},
	{"99999999999999 == 99999999999999.0", true},
	{"gr\xc3\xb6\xc3\x9f"
	 "e or true",
	 true},
};

START_TEST(eval__gives_the_stated_truth)
{
	struct world world = {0};
	struct usher_expr *expr = compile(truths[_i].text);

	world.expr = expr;
	ck_assert_msg(usher_expr_test(expr, look, &world) == truths[_i].truth,
		      "%s", truths[_i].text);
	usher_expr_free(expr);
}
END_TEST

START_TEST(eval__without_a_look_up_finds_all_undefined)
{
	struct usher_expr *expr = compile("a == 1 or b or not c > 1");

	ck_assert(usher_expr_test(expr, NULL, NULL));
	usher_expr_free(expr);
	expr = compile("a + 1");
	ck_assert_uint_eq(usher_expr_eval(expr, NULL, NULL).type,
			  USHER_VALUE_UNDEFINED);
	usher_expr_free(expr);
}
END_TEST

START_TEST(eval__looks_up_no_further_than_needed)
{
	struct world world = {0};
	struct usher_expr *expr = compile("billing == 3 or language == 'x'");

	world.expr = expr;
	ck_assert(usher_expr_test(expr, look, &world));
	ck_assert_int_eq(world.lookups, 1);
	usher_expr_free(expr);
	expr = compile("billing == 4 and language == 'x'");
	world = (struct world){.expr = expr};
	ck_assert(!usher_expr_test(expr, look, &world));
	ck_assert_int_eq(world.lookups, 1);
	usher_expr_free(expr);
}
END_TEST

START_TEST(eval__gives_values_with_their_types)
{
	struct world world = {0};
	struct usher_expr *expr = compile("billing * 2 - 0.5");
	struct usher_value value;

	world.expr = expr;
	value = usher_expr_eval(expr, look, &world);
	ck_assert_uint_eq(value.type, USHER_VALUE_NUMBER);
	ck_assert(value.number == 5.5);
	usher_expr_free(expr);
	expr = compile("'text'");
	value = usher_expr_eval(expr, look, &world);
	ck_assert_uint_eq(value.type, USHER_VALUE_STRING);
	ck_assert_uint_eq(value.len, 4);
	ck_assert(!memcmp(value.string, "text", 4));
	usher_expr_free(expr);
}
END_TEST

static void look_list(void *arg, uint32_t i, struct usher_value *ret)
{
	(void)i;
	*ret = *(const struct usher_value *)arg;
}

START_TEST(eval__ignores_list_items_beyond_the_limit)
{
	static struct usher_value items[USHER_EXPR_LIST_MAX + 1];
	struct usher_value list;

	for (size_t i = 0; i <= USHER_EXPR_LIST_MAX; i++)
		items[i] = usher_value_number((double)i);
	list = usher_value_list(items, USHER_EXPR_LIST_MAX + 1);
	for (int over = 0; over < 2; over++) {
		struct usher_expr *expr;
		char text[64];

		snprintf(text, sizeof(text), "list has %d",
			 USHER_EXPR_LIST_MAX - 1 + over);
		expr = compile(text);
		ck_assert(usher_expr_test(expr, look_list, &list) == !over);
		usher_expr_free(expr);
	}
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof(*(array)))

TCase *eval_case(void)
{
	TCase *tc = tcase_create("eval");

	tcase_add_loop_test(tc, eval__gives_the_stated_truth, 0,
			    COUNT(truths));
	tcase_add_test(tc, eval__without_a_look_up_finds_all_undefined);
	tcase_add_test(tc, eval__looks_up_no_further_than_needed);
	tcase_add_test(tc, eval__gives_values_with_their_types);
	tcase_add_test(tc, eval__ignores_list_items_beyond_the_limit);
	return tc;
}
