/* Numbers that flows transfer to or have called back. The center dials digits,
 * with a + before them or not (lib/center/target.c); anything else would load
 * and fail at each call. What a field gives is seen when it is dialed, so this
 * looks at what stands before the first. */
#include <string.h>

#include "config/flow_priv.h"

#define DIGITS "0123456789"

int usher__flows_number(struct reading *r, const yaml_node_t *node,
			const char *text)
{
	bool digit = false;
	const char *p;

	for (p = text; *p; p++) {
		if ((*p == '{' || *p == '}') && p[0] == p[1])
			return usher__yaml_fail(
				r->y, node, r->err, USHER_EINVAL,
				"'%.60s' can never be dialed: doubled braces "
				"are text, one pair is a field, as "
				"\"{number}\"",
				text);
		/* A brace without its partner is told where templates are. */
		if (*p == '{' || *p == '}')
			return 0;
		if (!strchr(p == text ? "+" DIGITS : DIGITS, *p))
			return usher__yaml_fail(
				r->y, node, r->err, USHER_EINVAL,
				"'%.60s' can never be dialed: a number has "
				"digits, and a + before them at most, nothing "
				"else",
				text);
		digit = digit || *p != '+';
	}
	if (digit)
		return 0;
	return usher__yaml_fail(r->y, node, r->err, USHER_EINVAL,
				"'%.60s' can never be dialed: a number has "
				"digits",
				text);
}
