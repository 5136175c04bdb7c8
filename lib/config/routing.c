/* A queue's routing policy with its options, and what it says to the center's
 * contact_order. docs/policies.md says which there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <usher/policy.h>

#include "config/field.h"
#include "config/keep.h"

#define NAME USHER__CONF_NAME_MAX

/* Those of the library. The fallback is for when "external" is late, so it
 * cannot be that, nor can it wait for others. */
static const char *const policies[] = {
	"external",
	"longest_idle",
	"round_robin",
	"top_down",
	"fewest_contacts",
	"random",
	"ring_all",
	"least_talk_time",
	"least_occupied",
	"weighted_random",
	"ring_progressive",
	"best_skilled",
	"least_skilled_first",
	"fastest_first",
	"slowest_first",
	"preferred_agent",
	"percentage",
	"idleness_ratio",
	"fair_threshold",
	"batch",
	NULL,
};

struct options {
	const struct usher__section *s;
	const char **pairs;
	struct usher_attr *attrs;
	yaml_node_t **nodes;
	uint32_t count;
};

static int options_init(struct options *o, const struct usher__section *s,
			const yaml_node_t *map)
{
	size_t n = usher__yaml_len(map) + 1;

	memset(o, 0, sizeof(*o));
	o->s = s;
	if (n > USHER__CONF_LIST_MAX)
		return usher__yaml_fail(s->y, map, s->err, USHER_EFULL,
					"more than %u options",
					USHER__CONF_LIST_MAX - 1);
	o->pairs = usher__conf_keep(s->conf, n * sizeof(*o->pairs));
	o->attrs = usher__conf_keep(s->conf, n * sizeof(*o->attrs));
	o->nodes = usher__conf_keep(s->conf, n * sizeof(*o->nodes));
	return o->pairs && o->attrs && o->nodes ? 0 : usher__conf_nomem(s);
}

/* A number; a duration is one in seconds. */
static bool is_number(const char *text, double *ret)
{
	char *rest;
	int64_t span;

	if (strspn(text, "0123456789.+-") == strlen(text)) {
		*ret = strtod(text, &rest);
		return *text && !*rest;
	}
	if (usher__duration_parse(text, &span))
		return false;
	*ret = (double)span / 1e6;
	return true;
}

static int add(struct options *o, const char *name, yaml_node_t *value)
{
	const struct usher__section *s = o->s;
	struct usher_attr *attr = &o->attrs[o->count];
	char number[32];
	const char *text;
	int e;

	if (strlen(name) > NAME)
		return usher__yaml_fail(s->y, value, s->err, USHER_EINVAL,
					"an option's name has at most %u "
					"bytes",
					NAME);
	e = usher__yaml_text(s->y, value, name, NAME, &text, s->err);
	if (e)
		return e;
	attr->name = name;
	if (is_number(text, &attr->number)) {
		attr->type = USHER_ATTR_NUMBER;
		snprintf(number, sizeof(number), "%.9g", attr->number);
		text = number;
	} else {
		attr->type = USHER_ATTR_TEXT;
		attr->text = text;
	}
	o->nodes[o->count] = value;
	o->pairs[o->count] = usher__conf_pair(s->conf, name, text);
	return o->pairs[o->count++] ? 0 : usher__conf_nomem(s);
}

/* All but the name. */
static int read_options(struct options *o, yaml_node_t *map)
{
	const char *name;
	yaml_node_t *value;
	int e = 0;

	for (size_t i = 0;
	     !e && usher__yaml_entry(o->s->y, map, i, &name, NULL, &value);
	     ++i) {
		if (strcmp(name, "name"))
			e = add(o, name, value);
	}
	return e;
}

/* At the option that is wrong, where it is one. */
static int complain(const struct options *o, const yaml_node_t *map, int code,
		    const struct usher_error *inner)
{
	const yaml_node_t *at = map;

	if (inner->column && inner->column <= o->count)
		at = o->nodes[inner->column - 1];
	return usher__yaml_fail(o->s->y, at, o->s->err, code, "%s",
				inner->message);
}

static int check_policy(const struct options *o, const yaml_node_t *map,
			const char *policy)
{
	struct usher_error inner = {0};
	int e = 0;

	if (strcmp(policy, "external"))
		e = usher_agent_policy_check(policy, o->attrs, o->count,
					     &inner);
	return e ? complain(o, map, e, &inner) : 0;
}

static int read_policy(const struct usher__section *s,
		       struct usher_queue_conf *queue)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "policy");
	yaml_node_t *name = node;
	struct options o;
	size_t i;
	int e;

	if (!node)
		return 0;
	if (usher__yaml_is_map(node)) {
		name = usher__yaml_get(s->y, node, "name");
		if (!name)
			return usher__yaml_fail(s->y, node, s->err,
						USHER_EINVAL,
						"'policy' needs 'name'");
	}
	e = usher__yaml_word(s->y, name, "'policy'", policies, &i, s->err);
	if (!e)
		e = options_init(&o, s, node);
	if (!e)
		e = read_options(&o, node);
	if (!e)
		e = check_policy(&o, node, policies[i]);
	if (e)
		return e;
	queue->policy = policies[i];
	queue->policy_options = o.pairs;
	queue->policy_option_count = o.count;
	return 0;
}

static int read_fallback(const struct usher__section *s,
			 struct usher_queue_conf *queue)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "fallback");
	const char *words[sizeof(policies) / sizeof(policies[0])];
	size_t n = 0, i;
	int e;

	/* those that can do without options, and for one contact */
	for (i = 1; policies[i]; ++i) {
		if (strcmp(policies[i], "batch") &&
		    !usher_agent_policy_check(policies[i], NULL, 0, NULL))
			words[n++] = policies[i];
	}
	words[n] = NULL;
	if (!node)
		return 0;
	e = usher__yaml_word(s->y, node, "'fallback'", words, &i, s->err);
	if (!e)
		queue->fallback = words[i];
	return e;
}

static int read_order(const struct usher__section *s,
		      struct usher_queue_conf *queue)
{
	/* Which orders of the library read, one or the other. */
	static const char *const keys[] = {"boost",  "cost",  "growth",
					   "handle", "share", NULL};
	static const char *const orders[] = {"age_with_boost", "cmu",
					     "queue_ratio"};
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "contact_order");
	struct usher_error inner = {0};
	struct options o;
	int e;

	if (!node)
		return 0;
	e = usher__yaml_expect_map(s->y, node, "'contact_order'", keys,
				   s->err);
	if (!e)
		e = options_init(&o, s, node);
	if (!e)
		e = read_options(&o, node);
	for (size_t i = 0; !e && i < sizeof(orders) / sizeof(orders[0]); ++i) {
		e = usher_contact_policy_check(orders[i], o.attrs, o.count,
					       &inner);
		if (e)
			complain(&o, node, e, &inner);
	}
	if (e)
		return e;
	queue->order_options = o.pairs;
	queue->order_option_count = o.count;
	return 0;
}

int usher__policy_read(const struct usher__section *s,
		       struct usher_queue_conf *queue)
{
	int e = read_policy(s, queue);

	if (!e)
		e = read_fallback(s, queue);
	return e ? e : read_order(s, queue);
}
