/* What a configuration says of calls outside. */
#include <string.h>

#include <sized.h>

#include "center/config.h"

/* "+36", "", or "+36=50000" where a price is wanted. */
static bool is_prefix(const char *text, bool price)
{
	if (!text)
		return false;
	text += *text == '+';
	text += strspn(text, "0123456789*#");
	if (!price)
		return !*text;
	return *text == '=' && strlen(text) < 16 &&
	       text[1 + strspn(text + 1, "0123456789")] == 0 && text[1];
}

static int prefixes(struct usher_config *config, const char *const **list,
		    uint32_t count, bool price, struct usher_error *err)
{
	uint32_t i;
	int code;

	for (i = 0; i < count && i < USHER__PREFIXES_MAX && *list; i++)
		if (!is_prefix((*list)[i], price))
			return usher_error_set(
				err, USHER_EINVAL,
				price ? "a price is written +36=50000"
				      : "a prefix is made of digits, with or "
					"without a plus");
	code = usher__config_own_list(config, list, count,
				      USHER__PREFIXES_MAX);
	return code ? usher_error_set(err, code,
				      "calls outside: more than %u prefixes "
				      "of a kind, one too long, or no memory",
				      USHER__PREFIXES_MAX)
		    : 0;
}

int usher_config_outbound(struct usher_config *config,
			  const struct usher_outbound_conf *outbound,
			  struct usher_error *err)
{
	struct usher_outbound_conf c;
	int code;

	if (!config || !usher__take(&c, sizeof(c), outbound,
				    UP_TO(struct usher_outbound_conf, size)))
		return usher_error_set(err, USHER_EINVAL, "nothing given");
	if ((code = prefixes(config, &c.allow, c.allow_count, false, err)) ||
	    (code = prefixes(config, &c.deny, c.deny_count, false, err)) ||
	    (code = prefixes(config, &c.prices, c.price_count, true, err)))
		return code;
	config->outbound = c;
	return 0;
}
