#include "fixture.h"

struct usher_expr *compile(const char *text)
{
	struct usher_expr *expr = NULL;
	struct usher_error err;
	int code = usher_expr_new(&expr, NULL, text, SIZE_MAX, &err);

	ck_assert_msg(code == 0, "%s: %u:%u: %s", text, err.line, err.column,
		      err.message);
	return expr;
}
