/* The section "outbound" of a center: calls to numbers outside. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config/field.h"
#include "config/keep.h"

#define AT(f) offsetof(struct usher_outbound_conf, f)

#define PREFIXES_MAX 1024
#define CALLS_MAX    100000
#define MONEY_MAX    1e9
#define PRICE_MAX    1e6
#define MILLION      1e6
/* Those that usher_config_new() begins with. */
#define OUTBOUND_CALLS       100
#define OUTBOUND_AGENT_CALLS 3
#define PRICE_TEXT           32u /* behind the prefix */

static const struct usher__field fields[] = {
	{"allow", USHER__FIELD_LIST, AT(allow), 0, PREFIXES_MAX,
	 AT(allow_count)},
	{"deny", USHER__FIELD_LIST, AT(deny), 0, PREFIXES_MAX, AT(deny_count)},
	{"prices", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"calls", USHER__FIELD_U32, AT(calls), 0, CALLS_MAX, 0},
	{"trunk_calls", USHER__FIELD_U32, AT(trunk_calls), 0, CALLS_MAX, 0},
	{"agent_calls", USHER__FIELD_U32, AT(agent_calls), 0, CALLS_MAX, 0},
	{"spend", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"agent_spend", USHER__FIELD_OTHER, 0, 0, 0, 0},
};

static int read_money(const struct usher__section *s, const char *key,
		      uint64_t *ret)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, key);
	char what[24];
	double money;
	int e;

	if (!node)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_number(s->y, node, what, 0, MONEY_MAX, &money, s->err);
	if (!e)
		*ret = (uint64_t)(money * MILLION + 0.5);
	return e;
}

static int read_prices(const struct usher__section *s,
		       struct usher_outbound_conf *conf)
{
	yaml_node_t *map = usher__yaml_get(s->y, s->map, "prices"), *value;
	size_t count = usher__yaml_len(map);
	const char *prefix;
	const char **list;
	int e;

	if (!map)
		return 0;
	e = usher__yaml_expect_map(s->y, map, "'prices'", NULL, s->err);
	if (!e && count > PREFIXES_MAX)
		e = usher__yaml_fail(s->y, map, s->err, USHER_EFULL,
				     "more than %d prices", PREFIXES_MAX);
	if (e)
		return e;
	list = usher__conf_keep(s->conf, (count + 1) * sizeof(*list));
	for (size_t i = 0;
	     list && usher__yaml_entry(s->y, map, i, &prefix, NULL, &value);
	     ++i) {
		size_t size = strlen(prefix) + PRICE_TEXT;
		char *text = usher__conf_keep(s->conf, size);
		double price;

		if (!text)
			return usher__conf_nomem(s);
		e = usher__yaml_number(s->y, value, "a price a minute", 0,
				       PRICE_MAX, &price, s->err);
		if (e)
			return e;
		snprintf(text, size, "%s=%" PRIu64, prefix,
			 (uint64_t)(price * MILLION + 0.5));
		list[i] = text;
	}
	if (!list)
		return usher__conf_nomem(s);
	conf->prices = list;
	conf->price_count = (uint32_t)count;
	return 0;
}

/* "any" stands for the empty prefix, which would look like a mistake. */
static void any_is_empty(const char *const *list, uint32_t count)
{
	const char **items = (const char **)list;

	for (uint32_t i = 0; i < count; ++i)
		if (!strcmp(items[i], "any"))
			items[i] = "";
}

int usher__conf_outbound_read(struct usher__conf *conf, yaml_node_t *top,
			      struct usher_config *config,
			      struct usher_error *err)
{
	struct usher__section s = {conf, conf->yaml, NULL, "'outbound'", err};
	struct usher_outbound_conf c = {.size = sizeof(c),
					.calls = OUTBOUND_CALLS,
					.agent_calls = OUTBOUND_AGENT_CALLS};
	struct usher_error inner = {0};
	int e;

	s.map = usher__yaml_get(conf->yaml, top, "outbound");
	if (!s.map)
		return 0;
	e = usher__fields_read(&s, fields, sizeof(fields) / sizeof(fields[0]),
			       &c);
	if (!e)
		e = read_prices(&s, &c);
	if (!e)
		e = read_money(&s, "spend", &c.spend);
	if (!e)
		e = read_money(&s, "agent_spend", &c.agent_spend);
	if (e)
		return e;
	any_is_empty(c.allow, c.allow_count);
	any_is_empty(c.deny, c.deny_count);
	e = usher_config_outbound(config, &c, &inner);
	return e ? usher__yaml_fail(conf->yaml, s.map, err, e, "%s",
				    inner.message)
		 : 0;
}
