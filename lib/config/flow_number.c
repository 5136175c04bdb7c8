/* Numbers that flows transfer to or have called back. The center dials digits,
 * with a + before them or not (lib/center/target.c); anything else would load
 * and fail at each call. */
#include <string.h>

#include "config/flow_priv.h"

#define DIGITS "0123456789"

/* Behind the brace that closes a field; NULL: none does. */
static const char *behind_field(const char *p)
{
	char quote = '\0';

	for (; *p; p++) {
		if (quote && *p == '\\' && p[1])
			p++;
		else if (quote)
			quote = *p == quote ? '\0' : quote;
		else if (*p == '"' || *p == '\'')
			quote = *p;
		else if (*p == '}')
			return p + 1;
	}
	return NULL;
}

int usher__flows_number(struct reading *r, const yaml_node_t *node,
			const char *text)
{
	bool begun = false, field = false, digit = false;
	const char *p = text;

	while (p && *p) {
		if ((*p == '{' || *p == '}') && p[0] == p[1])
			return usher__yaml_fail(
				r->y, node, r->err, USHER_EINVAL,
				"'%.60s' can never be dialed: doubled braces "
				"are text, one pair is a field, as "
				"\"{number}\"",
				text);
		if (*p == '{') {
			p = behind_field(p + 1);
			field = true;
			continue;
		}
		/* A brace without its partner is told where templates are. */
		if (*p == '}')
			return 0;
		if (!strchr(begun ? DIGITS : "+" DIGITS, *p))
			return usher__yaml_fail(
				r->y, node, r->err, USHER_EINVAL,
				"'%.60s' can never be dialed: a number has "
				"digits, and a + before them at most, nothing "
				"else",
				text);
		begun = true;
		digit = digit || *p != '+';
		p++;
	}
	if (p && !field && !digit)
		return usher__yaml_fail(r->y, node, r->err, USHER_EINVAL,
					"'%.60s' can never be dialed: a "
					"number has digits",
					text);
	return 0;
}
