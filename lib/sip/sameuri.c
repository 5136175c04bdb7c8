/* Are two URIs the same (RFC 3261, 19.1.4)? Phones write what they registered
 * in more than one way. */
#include <ctype.h>
#include <string.h>

#include <sip/impl.h>

enum { ESCAPED = 256 };

static int hex(char c)
{
	return isdigit((unsigned char)c)
		       ? c - '0'
		       : tolower((unsigned char)c) - 'a' + 10;
}

/* What is escaped and need not be is as if it were not; anything else that is
 * escaped is another character than itself. */
static int next_char(struct pl *pl)
{
	static const char marks[] = "-_.!~*'()";
	int c = (unsigned char)*pl->p;

	if (c != '%' || pl->l < 3 || !isxdigit((unsigned char)pl->p[1]) ||
	    !isxdigit((unsigned char)pl->p[2])) {
		pl_advance(pl, 1);
		return c;
	}
	c = hex(pl->p[1]) << 4 | hex(pl->p[2]);
	pl_advance(pl, 3);
	return c && (isalnum(c) || strchr(marks, c)) ? c : ESCAPED + c;
}

static bool same_text(const struct pl *one, const struct pl *other, bool fold)
{
	struct pl a = *one, b = *other;

	while (a.l && b.l) {
		int x = next_char(&a), y = next_char(&b);

		if (fold && x < ESCAPED && y < ESCAPED) {
			x = tolower(x);
			y = tolower(y);
		}
		if (x != y)
			return false;
	}
	return !a.l && !b.l;
}

/* One of these in one of the two makes them differ; others are looked at only
 * where both have them. */
static bool tells_apart(const struct pl *name)
{
	static const char *const names[] = {"user", "ttl", "method", "maddr",
					    "transport"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!pl_strcasecmp(name, names[i]))
			return true;
	return false;
}

/* Each is looked up among the others: of more the text alone counts. */
#define PARAMS_MAX 16

static bool are_many(const struct pl *params)
{
	size_t count = 0, i;

	for (i = 0; i < params->l; i++)
		count += params->p[i] == ';';
	return count > PARAMS_MAX;
}

struct find {
	const struct pl *name;
	struct pl value;
	bool found;
};

static int find_handler(const struct pl *name, const struct pl *value,
			void *arg)
{
	struct find *find = arg;

	if (find->found || !same_text(name, find->name, true))
		return 0;
	find->value = *value;
	find->found = true;
	return 0;
}

static int differ_handler(const struct pl *name, const struct pl *value,
			  void *arg)
{
	const struct uri *other = arg;
	struct find find = {.name = name};

	(void)uri_params_apply(&other->params, find_handler, &find);
	if (!find.found)
		return tells_apart(name) ? EBADMSG : 0;
	return same_text(value, &find.value, true) ? 0 : EBADMSG;
}

/* In parameters. */
static bool differ(const struct uri *one, const struct uri *other)
{
	if (are_many(&one->params) || are_many(&other->params))
		return pl_cmp(&one->params, &other->params) != 0;
	return uri_params_apply(&one->params, differ_handler, (void *)other) ||
	       uri_params_apply(&other->params, differ_handler, (void *)one);
}

bool usher__uri_same(const struct uri *one, const struct uri *other)
{
	return !pl_casecmp(&one->scheme, &other->scheme) &&
	       same_text(&one->user, &other->user, false) &&
	       same_text(&one->password, &other->password, false) &&
	       same_text(&one->host, &other->host, true) &&
	       one->port == other->port &&
	       same_text(&one->headers, &other->headers, true) &&
	       !differ(one, other);
}
