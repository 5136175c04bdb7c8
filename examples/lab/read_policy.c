/* A queue's policy and what it says to the center's contact_order: as in a
 * center's configuration, or the options beside the name. */
#include <string.h>

#include <usher/policy.h>

#include "read.h"

/* Options of a mapping but for its name, which goes to *policy; and where
 * each stands. */
struct options {
	struct usher_attr *attrs;
	const yaml_node_t **nodes;
	uint32_t count;
};

static int options_init(const struct reader *r, size_t count,
			struct options *o)
{
	memset(o, 0, sizeof(*o));
	o->attrs = read_alloc(r, count + 1, sizeof(*o->attrs));
	o->nodes = read_alloc(r, count + 1, sizeof(*o->nodes));
	return o->attrs && o->nodes ? 0 : USHER_ENOMEM;
}

static int read_options(const struct reader *r, yaml_node_t *map,
			const char *what, const char **policy,
			struct options *o)
{
	const struct usher_attr *attrs = NULL;
	uint32_t count = 0;
	int rc = read_attrs(r, map, what, &attrs, &count);

	if (!rc)
		rc = options_init(r, count, o);
	for (uint32_t i = 0; !rc && i < count; i++) {
		struct usher_attr *attr = &o->attrs[o->count];
		yaml_node_t *node =
			usher__yaml_get(r->yaml, map, attrs[i].name);

		*attr = attrs[i];
		if (policy && !strcmp(attr->name, "name")) {
			*policy = attr->text;
			continue;
		}
		/* a span is one in seconds */
		if (attr->type == USHER_ATTR_TEXT &&
		    !lab_seconds(attr->text, &attr->number)) {
			attr->type = USHER_ATTR_NUMBER;
			attr->text = NULL;
		}
		o->nodes[o->count++] = node;
	}
	return rc;
}

/* A policy that nobody knows is refused where it stands by who asks for it. */
static int check(const struct reader *r, const struct options *o,
		 const char *policy)
{
	struct usher_error err = {0};
	int rc = usher_agent_policy_check(policy ? policy : "longest_idle",
					  o->attrs, o->count, &err);

	if (rc != USHER_EINVAL || !err.column || err.column > o->count)
		return 0;
	return usher__yaml_fail(r->yaml, o->nodes[err.column - 1], r->err, rc,
				"%s", err.message);
}

static int read_agent_policy(const struct reader *r, yaml_node_t *map,
			     struct usher_sim_queue *q)
{
	static const struct read_field name = {
		"policy", READ_TEXT, offsetof(struct usher_sim_queue, policy),
		0, 0};
	yaml_node_t *node = usher__yaml_get(r->yaml, map, "policy");
	yaml_node_t *beside = usher__yaml_get(r->yaml, map, "options");
	struct options o;
	int rc = 0;

	if (node && usher__yaml_is_map(node)) {
		if (beside)
			return read_fail(r, beside,
					 "options stand in 'policy' already");
		rc = read_options(r, node, "policy", &q->policy, &o);
		if (!rc && !q->policy)
			rc = read_fail(r, node, "'policy' needs a 'name'");
	} else {
		if (node)
			rc = read_one(r, node, name.key, &name, q);
		if (!rc)
			rc = read_options(r, beside, "options", NULL, &o);
	}
	if (rc)
		return rc;
	q->policy_options = o.attrs;
	q->policy_option_count = o.count;
	return check(r, &o, q->policy);
}

/* An order passes over what others read; what none of them does is a slip. */
static int check_order(const struct reader *r, const struct options *o)
{
	static const char *const orders[] = {"age_with_boost", "cmu",
					     "queue_ratio"};
	static const char *const known[] = {"boost", "cost", "growth",
					    "handle", "share"};
	struct usher_error err = {0};

	for (uint32_t i = 0; i < o->count; i++) {
		size_t k = 0;

		while (k < LAB_COUNT(known) &&
		       strcmp(known[k], o->attrs[i].name) != 0)
			k++;
		if (k == LAB_COUNT(known))
			return read_fail(r, o->nodes[i],
					 "no contact order has an option %s",
					 o->attrs[i].name);
	}
	for (size_t i = 0; i < LAB_COUNT(orders); i++) {
		int rc = usher_contact_policy_check(orders[i], o->attrs,
						    o->count, &err);

		if (rc && err.column && err.column <= o->count)
			return usher__yaml_fail(r->yaml,
						o->nodes[err.column - 1],
						r->err, rc, "%s", err.message);
	}
	return 0;
}

int read_policy(const struct reader *r, yaml_node_t *map,
		struct usher_sim_queue *q)
{
	static const char *const keys[] = {"contact_order", "order_options"};
	struct options o;
	int rc = read_agent_policy(r, map, q);

	for (size_t i = 0; !rc && i < LAB_COUNT(keys); i++) {
		yaml_node_t *node = usher__yaml_get(r->yaml, map, keys[i]);

		if (!node)
			continue;
		if (q->order_option_count)
			return read_fail(r, node, "%s and %s say the same",
					 keys[0], keys[1]);
		rc = read_options(r, node, keys[i], NULL, &o);
		if (!rc)
			rc = check_order(r, &o);
		q->order_options = o.attrs;
		q->order_option_count = o.count;
	}
	return rc;
}
