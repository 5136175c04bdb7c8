/* What steps have beside their options: exits, values, queues, conditions. */
#include <stdio.h>
#include <string.h>

#include <usher/config.h>

#include "config/flow_priv.h"

static yaml_node_t *get(const struct reading *r, const char *key)
{
	return usher__yaml_get(r->y, r->map, key);
}

void usher__flows_at(struct reading *r, const yaml_node_t *node)
{
	usher_flow_builder_at(r->b, usher__yaml_file(r->y),
			      usher__yaml_line(node),
			      usher__yaml_column(node));
}

/* As JSON writes a number, of at most 15 digits: 007 and 1e5 stay texts. */
static bool is_number(const char *s)
{
	size_t whole, fraction = 0;

	s += *s == '-';
	whole = strspn(s, "0123456789");
	if (!whole || (whole > 1 && *s == '0'))
		return false;
	s += whole;
	if (*s == '.') {
		fraction = strspn(++s, "0123456789");
		if (!fraction)
			return false;
		s += fraction;
	}
	return !*s && whole + fraction <= 15;
}

int usher__flows_value(struct reading *r, const yaml_node_t *node, char *buf)
{
	const char *s;
	int e = usher__yaml_text0(r->y, node, "a value", USHER_FLOW_TEXT_MAX,
				  &s, r->err);
	bool plain;

	if (e)
		return e;
	plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		(is_number(s) || !strcmp(s, "true") || !strcmp(s, "false"));
	snprintf(buf, USHER_FLOW_TEXT_MAX + 3, plain ? "{%s}" : "%s", s);
	return 0;
}

int usher__flows_expr(struct reading *r, const yaml_node_t *node,
		      const char *what, const char **ret)
{
	struct usher_error inner = {0};
	struct usher_expr *expr = NULL;
	const char *text;
	int e = usher__yaml_text(r->y, node, what, USHER_EXPR_TEXT_MAX, &text,
				 r->err);

	if (e)
		return e;
	e = usher_expr_new(&expr, NULL, text, SIZE_MAX, &inner);
	usher_expr_free(expr);
	if (e)
		return usher__yaml_fail_inside(
			r->y, node, inner.column ? inner.column - 1 : 0,
			r->err, e, "%s: %s", what, inner.message);
	*ret = text;
	return 0;
}

int usher__flows_exit(struct reading *r, const char *on, yaml_node_t *node,
		      const yaml_node_t *at)
{
	const char *target;
	struct block *block;
	int e, n;

	if (usher__yaml_is_scalar(node)) {
		e = usher__yaml_text(r->y, node, "a target",
				     USHER_FLOW_NAME_MAX, &target, r->err);
		if (e)
			return e;
		usher__flows_at(r, at);
		return usher_flow_builder_exit(r->b, on, target, r->err);
	}
	e = usher__yaml_expect_list(r->y, node, "what follows",
				    USHER_FLOW_STEPS_MAX, r->err);
	if (e)
		return e;
	if (!usher__yaml_len(node))
		return usher__yaml_fail(r->y, node, r->err, USHER_EINVAL,
					"a list of steps without a step");
	if (r->n_blocks == BLOCKS_MAX)
		return usher__yaml_fail(r->y, node, r->err, USHER_EFULL,
					"more than %d lists of steps in one "
					"step",
					BLOCKS_MAX);
	block = &r->blocks[r->n_blocks++];
	block->list = node;
	n = snprintf(block->path, sizeof(block->path), "%s.%zu", r->path,
		     r->n_blocks);
	if (n < 0 || (size_t)n > sizeof(block->path) - 8)
		return usher__yaml_fail(r->y, node, r->err, USHER_EFULL,
					"steps are nested too deep");
	/* Its first step is called so, unless it has a name. */
	node = usher__yaml_item(r->y, node, 0);
	node = usher__yaml_get(r->y, node, "name");
	if (node) {
		e = usher__yaml_text(r->y, node, "'name'", USHER_FLOW_NAME_MAX,
				     &target, r->err);
		usher__flows_at(r, at);
		return e ? e
			 : usher_flow_builder_exit(r->b, on, target, r->err);
	}
	snprintf(block->path + n, sizeof(block->path) - (size_t)n, ".1");
	usher__flows_at(r, at);
	e = usher_flow_builder_exit(r->b, on, block->path, r->err);
	block->path[n] = '\0';
	return e;
}

int usher__flows_exit_key(struct reading *r, const char *on, const char *key)
{
	yaml_node_t *node = get(r, key);

	return node ? usher__flows_exit(r, on, node, node) : 0;
}

/* How a fetch of the center can fail: lib/center/fetch.c. */
static bool fetch_exit_known(const char *on)
{
	static const char *const known[] = {
		"timeout", "failed", "malformed", "redirect",
		"refused", "error",  "else",      "1xx",
		"400",     "401",    "403",       "404",
		"409",     "429",    "500",       "503"};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(known[i], on))
			return true;
	return false;
}

/* What becomes of a question. A key may stand here as well as under `keys`. */
static int answer_known(struct reading *r, const char *on,
			const yaml_node_t *at)
{
	static const char *const known[] = {"timeout", "invalid", "else"};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(known[i], on))
			return 0;
	if (r->opts.kind == USHER_STEP_MENU && *on && !on[1] &&
	    strchr("0123456789*#", *on))
		return 0;
	return usher__yaml_fail(r->y, at, r->err, USHER_EINVAL,
				"'on' has timeout and invalid here, not "
				"'%.60s'",
				on);
}

static int exit_known(struct reading *r, const char *key, const char *on,
		      const yaml_node_t *at)
{
	if (!strcmp(key, "on") && (r->opts.kind == USHER_STEP_MENU ||
				   r->opts.kind == USHER_STEP_COLLECT))
		return answer_known(r, on, at);
	if (r->opts.kind != USHER_STEP_FETCH || fetch_exit_known(on))
		return 0;
	return usher__yaml_fail(
		r->y, at, r->err, USHER_EINVAL,
		"a fetch does not fail with '%.60s': timeout, failed, "
		"malformed, redirect, refused, error, 400, 401, 403, 404, "
		"409, 429, 500 or 503",
		on);
}

/* A mapping of exits: `keys` and `on`. */
static int exits(struct reading *r, const char *key)
{
	yaml_node_t *map = get(r, key), *key_node, *node;
	const char *on;
	char what[32];
	int e;

	if (!map)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_expect_map(r->y, map, what, NULL, r->err);
	for (size_t i = 0;
	     !e && usher__yaml_entry(r->y, map, i, &on, &key_node, &node);
	     i++) {
		e = exit_known(r, key, on, key_node);
		e = e ? e : usher__flows_exit(r, on, node, node);
	}
	return e;
}

/* A mapping of names to values. */
static int pairs(struct reading *r, const char *key, uint32_t kind)
{
	yaml_node_t *map = get(r, key), *key_node, *node;
	char value[USHER_FLOW_TEXT_MAX + 3];
	const char *name, *path;
	char what[32];
	int e;

	if (!map)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_expect_map(r->y, map, what, NULL, r->err);
	for (size_t i = 0;
	     !e && usher__yaml_entry(r->y, map, i, &name, &key_node, &node);
	     i++) {
		if (kind == USHER_PAIR_RESULT) {
			e = usher__yaml_text(
				r->y, node, "a field of the answer",
				USHER_FLOW_NAME_MAX, &path, r->err);
		} else {
			e = usher__flows_value(r, node, value);
			path = value;
		}
		if (e)
			return e;
		usher__flows_at(r, key_node);
		e = usher_flow_builder_pair(r->b, kind, name, path, r->err);
	}
	return e;
}

static int queue_one(struct reading *r, yaml_node_t *node)
{
	const char *name;
	int e = usher__yaml_text(r->y, node, "a queue", USHER_FLOW_TEXT_MAX,
				 &name, r->err);

	if (e)
		return e;
	usher__flows_at(r, node);
	return usher_flow_builder_pair(r->b, USHER_PAIR_QUEUE, name, NULL,
				       r->err);
}

static int queues(struct reading *r, const char *key)
{
	yaml_node_t *node = get(r, key);
	int e;

	if (!usher__yaml_is_list(node))
		return queue_one(r, node);
	e = usher__yaml_expect_list(r->y, node, "the queues",
				    USHER_FLOW_ITEMS_MAX, r->err);
	for (size_t i = 0; !e && i < usher__yaml_len(node); i++)
		e = queue_one(r, usher__yaml_item(r->y, node, i));
	return e;
}

/* `true`: from where it waits, or waited last. */
static int callback_queues(struct reading *r)
{
	yaml_node_t *node = get(r, "callback");
	bool here = false;

	if (usher__yaml_is_scalar(node) &&
	    !usher__yaml_bool(r->y, node, "'callback'", &here, NULL)) {
		if (here)
			return 0;
		return usher__yaml_fail(r->y, node, r->err, USHER_EINVAL,
					"'callback' is true, a queue, or a "
					"list of them");
	}
	return queues(r, "callback");
}

/* What stands there without a field is checked here. */
static int window(struct reading *r, const char *key)
{
	yaml_node_t *node = get(r, key);
	struct usher_error inner = {0};
	const char *text;
	char what[32];
	int e;

	if (!node)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_text(r->y, node, what, USHER_FLOW_TEXT_MAX, &text,
			     r->err);
	if (!e && strstr(text, "{{"))
		e = usher__yaml_fail(r->y, node, r->err, USHER_EINVAL,
				     "%s: doubled braces are text, one pair "
				     "is a field, as \"{when}\"",
				     what);
	if (!e && !strpbrk(text, "{}") &&
	    usher_config_moment_check(text, &inner))
		e = usher__yaml_fail(r->y, node, r->err, USHER_EINVAL,
				     "%s: %s", what, inner.message);
	if (e)
		return e;
	usher__flows_at(r, node);
	return usher_flow_builder_pair(r->b, USHER_PAIR_WINDOW, key, text,
				       r->err);
}

static int condition(struct reading *r, yaml_node_t *when, yaml_node_t *then)
{
	const char *text;
	int e = usher__flows_expr(r, when, "a condition", &text);

	if (e)
		return e;
	if (!then)
		return usher__yaml_fail(r->y, when, r->err, USHER_EINVAL,
					"a condition without 'then'");
	return usher__flows_exit(r, text, then, when);
}

/* `if: CONDITION` with `then`, or a list of `when` and `then`. */
static int conditions(struct reading *r)
{
	static const char *const keys[] = {"when", "then", NULL};
	yaml_node_t *node = get(r, "if"), *then = get(r, "then");
	int e;

	if (!usher__yaml_is_list(node))
		return condition(r, node, then);
	if (then)
		return usher__yaml_fail(r->y, then, r->err, USHER_EINVAL,
					"in a list each condition has its "
					"own 'then'");
	e = usher__yaml_expect_list(r->y, node, "the conditions",
				    USHER_FLOW_ITEMS_MAX, r->err);
	for (size_t i = 0; !e && i < usher__yaml_len(node); i++) {
		yaml_node_t *item = usher__yaml_item(r->y, node, i);

		e = usher__yaml_expect_map(r->y, item, "a condition", keys,
					   r->err);
		e = e ? e
		      : condition(r, usher__yaml_get(r->y, item, "when"),
				  usher__yaml_get(r->y, item, "then"));
	}
	return e;
}

static int kind_parts(struct reading *r)
{
	int e = 0;

	switch ((enum usher_step_kind)r->opts.kind) {
	case USHER_STEP_MENU:
		e = exits(r, "keys");
		break;
	case USHER_STEP_SET:
		e = pairs(r, "set", USHER_PAIR_SET);
		break;
	case USHER_STEP_IF:
		if (usher__yaml_key(r->y, r->map, "goto"))
			return usher__flows_exit_key(r, "else", "goto");
		e = conditions(r);
		break;
	case USHER_STEP_QUEUE:
		e = queues(r, "queue");
		e = e ? e : exits(r, "keys");
		break;
	case USHER_STEP_CALLBACK:
		e = callback_queues(r);
		e = e ? e : window(r, "from");
		e = e ? e : window(r, "until");
		break;
	case USHER_STEP_FETCH:
		e = pairs(r, "send", USHER_PAIR_FIELD);
		e = e ? e : pairs(r, "headers", USHER_PAIR_HEADER);
		e = e ? e : pairs(r, "into", USHER_PAIR_RESULT);
		break;
	default:
		break;
	}
	return e;
}

int usher__flows_parts(struct reading *r)
{
	int e = kind_parts(r);

	e = e ? e : exits(r, "on");
	e = e ? e : usher__flows_exit_key(r, "answered", "after");
	return e ? e : usher__flows_exit_key(r, "else", "else");
}
