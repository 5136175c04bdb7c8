/* Expressions from strangers: what compiles has a canonical text that
 * compiles to itself, and evaluates whatever its names are. */
#include <stdlib.h>
#include <string.h>
#include <usher/expr.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value that depends on the name's index, of each type. */
static void look(void *arg, uint32_t name, struct usher_value *ret)
{
	static const struct usher_value items[] = {
		{.type = USHER_VALUE_NUMBER, .number = 3},
		{.type = USHER_VALUE_STRING, .string = "hu", .len = 2},
	};
	const uint32_t *turn = arg;

	switch ((name + *turn) % 5) {
	case 0:
		*ret = usher_value_number(3);
		break;
	case 1:
		*ret = usher_value_string("hu");
		break;
	case 2:
		*ret = usher_value_bool(true);
		break;
	case 3:
		*ret = usher_value_list(items, 2);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usher_expr *expr, *again;
	struct usher_error err;

	if (usher_expr_new(&expr, NULL, (const char *)data, size, &err)) {
		if (!err.line || !err.column || !*err.message)
			abort();
		return 0;
	}
	if (usher_expr_new(&again, NULL, usher_expr_text(expr), SIZE_MAX,
			   &err) ||
	    !usher_expr_equal(expr, again) ||
	    strcmp(usher_expr_text(expr), usher_expr_text(again)) != 0)
		abort();
	for (uint32_t turn = 0; turn < 5; turn++)
		if (usher_expr_test(expr, look, &turn) !=
		    usher_expr_test(again, look, &turn))
			abort();
	usher_expr_free(again);
	usher_expr_free(expr);
	return 0;
}
