/*
 * Flows out of YAML: a mapping of names to lists of steps. A list that stands
 * where a target may be named is read after the step that it hangs on; each
 * step is told by name where control goes on, so their order is free.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/flow_priv.h"

struct flows {
	struct usher__yaml *y;
	struct usher_flow_builder *b;
	struct usher_error *err;
};

static int read_list(const struct flows *f, yaml_node_t *list,
		     const char *path, const char *after, int depth);

/* Nothing but `end` or `return` may be written without a mapping. */
static int read_word(struct reading *r, const char *name)
{
	static const char *const words[] = {"end", "return", NULL};
	size_t i;
	int e = usher__yaml_word(r->y, r->map, "a step in one word", words, &i,
				 r->err);

	if (e)
		return e;
	usher__flows_at(r, r->map);
	usher_step_opts_init(&r->opts, sizeof(r->opts));
	r->opts.name = name;
	r->opts.kind = i ? USHER_STEP_IF : USHER_STEP_END;
	e = usher_flow_builder_step(r->b, &r->opts, r->err);
	if (!e && i)
		e = usher_flow_builder_exit(r->b, "else", "return", r->err);
	return e;
}

/* One step and the lists of steps that hang on it. */
static int read_step(const struct flows *f, yaml_node_t *node,
		     const char *path, const char *name, const char *next,
		     int depth)
{
	struct reading r = {.y = f->y,
			    .b = f->b,
			    .err = f->err,
			    .map = node,
			    .path = path};
	int e;

	if (usher__yaml_is_scalar(node))
		return read_word(&r, name);
	r.blocks = calloc(BLOCKS_MAX, sizeof(*r.blocks));
	if (!r.blocks)
		return usher_error_set(f->err, USHER_ENOMEM, "out of memory");
	e = usher__flows_step(&r, name, next);
	for (size_t i = 0; !e && i < r.n_blocks; i++)
		e = read_list(f, r.blocks[i].list, r.blocks[i].path,
			      r.opts.next ? r.opts.next : "return", depth + 1);
	free(r.blocks);
	return e;
}

/* The name of a list's step: its own, or its path. */
static int step_name(const struct flows *f, yaml_node_t *list, size_t i,
		     const char *path, char *buf, size_t size)
{
	yaml_node_t *node = usher__yaml_item(f->y, list, i);
	const char *own = NULL;
	int e = 0, n;

	if (usher__yaml_is_map(node))
		node = usher__yaml_get(f->y, node, "name");
	else
		node = NULL;
	if (node)
		e = usher__yaml_text(f->y, node, "'name'", USHER_FLOW_NAME_MAX,
				     &own, f->err);
	if (e)
		return e;
	if (own)
		n = snprintf(buf, size, "%s", own);
	else
		n = snprintf(buf, size, "%s%s%zu", path, *path ? "." : "",
			     i + 1);
	if (n < 0 || (size_t)n >= size)
		return usher__yaml_fail(f->y, list, f->err, USHER_EFULL,
					"steps are nested too deep");
	return 0;
}

static int read_item(const struct flows *f, yaml_node_t *list, size_t i,
		     const char *path, const char *after, int depth)
{
	char name[USHER_FLOW_NAME_MAX + 1], next[USHER_FLOW_NAME_MAX + 1];
	char own[USHER_FLOW_NAME_MAX + 1];
	bool last = i + 1 == usher__yaml_len(list);
	int e = step_name(f, list, i, path, name, sizeof(name));
	int n = snprintf(own, sizeof(own), "%s%s%zu", path, *path ? "." : "",
			 i + 1);

	if (!e && (n < 0 || (size_t)n >= sizeof(own)))
		return usher__yaml_fail(f->y, list, f->err, USHER_EFULL,
					"steps are nested too deep");
	if (!e && !last)
		e = step_name(f, list, i + 1, path, next, sizeof(next));
	if (e)
		return e;
	return read_step(f, usher__yaml_item(f->y, list, i), own, name,
			 last ? after : next, depth);
}

static int read_list(const struct flows *f, yaml_node_t *list,
		     const char *path, const char *after, int depth)
{
	int e = usher__yaml_expect_list(f->y, list, "a flow",
					USHER_FLOW_STEPS_MAX, f->err);

	if (!e && depth > (int)USHER__YAML_DEPTH_MAX)
		return usher__yaml_fail(f->y, list, f->err, USHER_EFULL,
					"steps are nested too deep");
	for (size_t i = 0; !e && i < usher__yaml_len(list); i++)
		e = read_item(f, list, i, path, after, depth);
	return e;
}

static int read_flows(const struct flows *f, const yaml_node_t *map)
{
	yaml_node_t *flows = usher__yaml_get(f->y, map, "flows");
	yaml_node_t *key, *list;
	const char *name;
	int e = 0;

	if (!usher__yaml_is_nothing(flows))
		e = usher__yaml_expect_map(f->y, flows, "'flows'", NULL,
					   f->err);
	for (size_t i = 0;
	     !e && usher__yaml_entry(f->y, flows, i, &name, &key, &list);
	     i++) {
		usher_flow_builder_at(f->b, usher__yaml_file(f->y),
				      usher__yaml_line(key),
				      usher__yaml_column(key));
		e = usher_flow_builder_flow(f->b, name, f->err);
		e = e ? e : read_list(f, list, "", "return", 0);
	}
	return e;
}

/* What the entries say is theirs to check; here only where flows begin. */
static int read_entry(const struct flows *f, const yaml_node_t *entry,
		      const char *key)
{
	yaml_node_t *node = usher__yaml_get(f->y, entry, key);
	const char *name;
	int e;

	if (!node || !usher__yaml_is_scalar(node))
		return 0;
	e = usher__yaml_text(f->y, node, "a flow", USHER_FLOW_NAME_MAX, &name,
			     f->err);
	if (e)
		return e;
	usher_flow_builder_at(f->b, usher__yaml_file(f->y),
			      usher__yaml_line(node),
			      usher__yaml_column(node));
	return usher_flow_builder_entry(f->b, name, f->err);
}

static int read_entries(const struct flows *f, const yaml_node_t *map)
{
	yaml_node_t *entries = usher__yaml_get(f->y, map, "entries");
	yaml_node_t *entry;
	const char *address;
	int e = 0;

	for (size_t i = 0;
	     !e && usher__yaml_entry(f->y, entries, i, &address, NULL, &entry);
	     i++) {
		e = read_entry(f, entry, "flow");
		e = e ? e : read_entry(f, entry, "after");
	}
	return e;
}

static int read_language(const struct flows *f, const yaml_node_t *map)
{
	yaml_node_t *node = usher__yaml_get(f->y, map, "language");
	const char *language;
	int e;

	if (!node)
		return 0;
	e = usher__yaml_text(f->y, node, "'language'", USHER_FLOW_NAME_MAX,
			     &language, f->err);
	if (e)
		return e;
	usher_flow_builder_at(f->b, usher__yaml_file(f->y),
			      usher__yaml_line(node),
			      usher__yaml_column(node));
	return usher_flow_builder_language(f->b, language, f->err);
}

int usher__flows_read(struct usher__yaml *y, const yaml_node_t *map,
		      const char *dir, struct usher_flow_set **ret,
		      struct usher_error *err)
{
	struct flows f = {.y = y, .err = err};
	int e;

	if (usher__yaml_is_nothing(usher__yaml_get(y, map, "flows")) &&
	    usher__yaml_is_nothing(usher__yaml_get(y, map, "prompts"))) {
		*ret = NULL;
		return 0;
	}
	if (usher_flow_builder_new(&f.b, NULL))
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	e = read_language(&f, map);
	e = e ? e : usher__flows_prompts(y, map, dir, f.b, err);
	e = e ? e : read_flows(&f, map);
	e = e ? e : read_entries(&f, map);
	e = e ? e : usher_flow_builder_finish(f.b, ret, err);
	usher_flow_builder_free(f.b);
	return e;
}
