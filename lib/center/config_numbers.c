/*
 * Numbers as they are written in a country, and the one way to write each
 * that E.164 has, by which two are compared. Nothing is dialed so.
 *
 *   "+36 …"                         as it is
 *   international prefix and more   "+" and the rest
 *   national prefix and more        "+", the country's code and the rest
 *   digits alone, as many as a      as `plain` says: national ones,
 *   subscriber's number has         international ones, or as written
 *   anything else                   as written: extensions, short codes
 */
#include <stdio.h>
#include <string.h>

#include <sized.h>

#include "center/config.h"

#define DIGITS "0123456789"
/* E.164, 6.2.1 and 6.1: digits of a number, and of a country's code. */
#define E164_MAX    15u
#define COUNTRY_MAX 3u
#define PREFIX_MAX  6u
/* Fewer, with no prefix, are an extension or a short code. */
#define PLAIN_MIN 7u

static bool is_prefix(const char *text, size_t max)
{
	size_t len = strlen(text);

	return len && len <= max && strspn(text, DIGITS) == len;
}

static int validate(const struct usher_numbers_conf *c,
		    struct usher_error *err)
{
	if (!c->country || !is_prefix(c->country, COUNTRY_MAX) ||
	    *c->country == '0')
		return usher_error_set(err, USHER_EINVAL,
				       "a country's code is 1 to %u digits, "
				       "as 36",
				       COUNTRY_MAX);
	if ((c->national && !is_prefix(c->national, PREFIX_MAX)) ||
	    (c->international && !is_prefix(c->international, PREFIX_MAX)))
		return usher_error_set(err, USHER_EINVAL,
				       "a prefix before numbers is 1 to %u "
				       "digits",
				       PREFIX_MAX);
	if (c->national && c->international &&
	    !strcmp(c->national, c->international))
		return usher_error_set(err, USHER_EINVAL,
				       "the national prefix is the "
				       "international one");
	if (c->plain > USHER_PLAIN_INTERNATIONAL)
		return usher_error_set(err, USHER_EINVAL,
				       "numbers without a prefix are none of "
				       "that kind");
	return 0;
}

int usher_config_numbers(struct usher_config *config,
			 const struct usher_numbers_conf *numbers,
			 struct usher_error *err)
{
	struct usher_numbers_conf c;
	int code;

	if (!config || !usher__take(&c, sizeof(c), numbers,
				    UP_TO(struct usher_numbers_conf, size)))
		return usher_error_set(err, USHER_EINVAL, "nothing given");
	code = validate(&c, err);
	if (code)
		return code;
	if ((code = usher__config_own(config, &c.country)) ||
	    (code = usher__config_own(config, &c.national)) ||
	    (code = usher__config_own(config, &c.international)))
		return usher_error_set(err, code, "%s", usher_strerror(code));
	config->numbers = c;
	return 0;
}

/* What stands behind a prefix, or NULL. */
static const char *behind(const char *number, const char *prefix)
{
	size_t len = prefix ? strlen(prefix) : 0;

	return len && !strncmp(number, prefix, len) && number[len]
		       ? number + len
		       : NULL;
}

/* Into the country's code, which may be "", and the rest; or NULL. */
static const char *split(const struct usher_numbers_conf *c,
			 const char *number, const char **country)
{
	const char *rest;

	*country = "";
	if (*number == '+')
		return number + 1;
	if (strspn(number, DIGITS) != strlen(number) || !c->country)
		return NULL;
	rest = behind(number, c->international);
	if (rest)
		return rest;
	rest = behind(number, c->national);
	if (rest) {
		*country = c->country;
		return rest;
	}
	if (c->plain == USHER_PLAIN_AS_WRITTEN || strlen(number) < PLAIN_MIN)
		return NULL;
	if (c->plain == USHER_PLAIN_NATIONAL)
		*country = c->country;
	return number;
}

void usher__config_number(const struct usher_config *config,
			  const char *number, char *ret, size_t cap)
{
	const char *country, *rest;
	size_t len;

	rest = split(&config->numbers, number, &country);
	len = rest ? strlen(country) + strlen(rest) : 0;
	if (!rest || len > E164_MAX || strspn(rest, DIGITS) != strlen(rest))
		snprintf(ret, cap, "%s", number);
	else
		snprintf(ret, cap, "+%s%s", country, rest);
}
