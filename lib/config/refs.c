/*
 * What one section says of another: an agent's queues, an entry's flow. The
 * center would find the same mistakes, but only here their place is known.
 */
#include <string.h>

#include "config/field.h"

/* The nearest key of a mapping, for a suggestion. */
static const char *nearest_key(struct usher__yaml *y, const yaml_node_t *map,
			       const char *word)
{
	const char *names[USHER__CONF_LIST_MAX];
	yaml_node_t *value;
	size_t n = 0;

	while (n < USHER__CONF_LIST_MAX &&
	       usher__yaml_entry(y, map, n, &names[n], NULL, &value))
		++n;
	return usher__nearest(word, names, n);
}

/* Demand that the text of node is a key in a section of the center. */
static int demand(const struct usher__section *s, yaml_node_t *node,
		  const char *section, const char *one)
{
	yaml_node_t *map = usher__yaml_get(s->y, s->map, section);
	const char *near;
	const char *name;

	if (!usher__yaml_is_scalar(node))
		return 0;
	name = (const char *)node->data.scalar.value;
	if (usher__yaml_get(s->y, map, name))
		return 0;
	near = nearest_key(s->y, map, name);
	if (near)
		return usher__yaml_fail(s->y, node, s->err, USHER_EINVAL,
					"no %s '%.60s'; is '%.60s' meant?",
					one, name, near);
	return usher__yaml_fail(s->y, node, s->err, USHER_EINVAL,
				"no %s '%.60s'", one, name);
}

static int check_agents(const struct usher__section *s)
{
	yaml_node_t *agents = usher__yaml_get(s->y, s->map, "agents");
	yaml_node_t *agent;
	const char *name;
	int e = 0;

	for (size_t i = 0;
	     !e && usher__yaml_entry(s->y, agents, i, &name, NULL, &agent);
	     ++i) {
		yaml_node_t *list = usher__yaml_get(s->y, agent, "queues");

		for (size_t j = 0; !e && j < usher__yaml_len(list); ++j)
			e = demand(s, usher__yaml_item(s->y, list, j),
				   "queues", "queue");
	}
	return e;
}

/* One name or a list of them. */
static int demand_each(const struct usher__section *s, yaml_node_t *node,
		       const char *section, const char *one)
{
	int e = demand(s, node, section, one);

	for (size_t i = 0; !e && i < usher__yaml_len(node); ++i)
		e = demand(s, usher__yaml_item(s->y, node, i), section, one);
	return e;
}

static int check_steps(const struct usher__section *s, yaml_node_t *steps)
{
	bool flag;
	int e = 0;

	for (size_t i = 0; !e && i < usher__yaml_len(steps); ++i) {
		yaml_node_t *step = usher__yaml_item(s->y, steps, i);
		yaml_node_t *callback =
			usher__yaml_get(s->y, step, "callback");

		e = demand_each(s, usher__yaml_get(s->y, step, "add"),
				"queues", "queue");
		if (!e)
			e = demand_each(
				s, usher__yaml_get(s->y, step, "overflow"),
				"queues", "queue");
		if (!e)
			e = demand(s, usher__yaml_get(s->y, step, "announce"),
				   "prompts", "prompt");
		if (!e && callback &&
		    usher__yaml_bool(s->y, callback, "", &flag, NULL))
			e = demand(s, callback, "prompts", "prompt");
	}
	return e;
}

static int check_callbacks(const struct usher__section *s,
			   const yaml_node_t *callbacks)
{
	int e = demand(s, usher__yaml_get(s->y, callbacks, "prompt"),
		       "prompts", "prompt");

	return e ? e
		 : demand(s, usher__yaml_get(s->y, callbacks, "greeting"),
			  "prompts", "prompt");
}

static int check_queues(const struct usher__section *s)
{
	yaml_node_t *queues = usher__yaml_get(s->y, s->map, "queues");
	yaml_node_t *queue;
	const char *name;
	int e = 0;

	for (size_t i = 0;
	     !e && usher__yaml_entry(s->y, queues, i, &name, NULL, &queue);
	     ++i) {
		e = demand(s, usher__yaml_get(s->y, queue, "music"), "prompts",
			   "prompt");
		if (!e)
			e = demand(
				s,
				usher__yaml_get(s->y, queue, "announcement"),
				"prompts", "prompt");
		if (!e)
			e = check_callbacks(
				s, usher__yaml_get(s->y, queue, "callbacks"));
		if (!e)
			e = check_steps(s,
					usher__yaml_get(s->y, queue, "steps"));
	}
	return e;
}

static int check_entries(const struct usher__section *s)
{
	yaml_node_t *entries = usher__yaml_get(s->y, s->map, "entries");
	yaml_node_t *entry;
	const char *name;
	int e = 0;

	for (size_t i = 0;
	     !e && usher__yaml_entry(s->y, entries, i, &name, NULL, &entry);
	     ++i) {
		e = demand(s, usher__yaml_get(s->y, entry, "flow"), "flows",
			   "flow");
		if (!e)
			e = demand(s, usher__yaml_get(s->y, entry, "after"),
				   "flows", "flow");
		if (!e)
			e = demand(s, usher__yaml_get(s->y, entry, "queue"),
				   "queues", "queue");
	}
	return e;
}

int usher__conf_refs_check(const struct usher__section *s)
{
	int e = check_agents(s);

	if (!e)
		e = check_queues(s);
	return e ? e : check_entries(s);
}

int usher__conf_flow_uses_check(const struct usher__section *s,
				const struct usher_flow_set *flows)
{
	static const struct {
		uint32_t use;
		const char *section;
		const char *one;
	} uses[] = {
		{USHER_FLOW_QUEUE, "queues", "queue"},
		{USHER_FLOW_AGENT, "agents", "agent"},
	};

	for (size_t u = 0; u < sizeof(uses) / sizeof(uses[0]); ++u) {
		yaml_node_t *map =
			usher__yaml_get(s->y, s->map, uses[u].section);
		struct usher_error at = {0};
		const char *name;

		for (uint32_t i = 0;
		     (name = usher_flow_set_use(flows, uses[u].use, i, &at));
		     ++i) {
			const char *near;

			if (usher__yaml_get(s->y, map, name))
				continue;
			near = nearest_key(s->y, map, name);
			usher_error_set_at(s->err, USHER_EINVAL, at.line,
					   at.column,
					   near ? "no %s '%.60s'; is '%.60s' "
						  "meant?"
						: "no %s '%.60s'",
					   uses[u].one, name, near);
			if (s->err)
				memcpy(s->err->file, at.file, sizeof(at.file));
			return USHER_EINVAL;
		}
	}
	return 0;
}
