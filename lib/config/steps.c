/* What a queue does over time: its keys "levels" and "steps". */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <usher/acd.h>
#include <usher/expr.h>

#include "config/field.h"
#include "config/keep.h"

#define DAY_MS    INT64_C(86400000)
#define CHECK_MS  INT64_C(1000)
#define CHECK_MAX INT64_C(3600000)
#define TEXT      USHER__CONF_TEXT_MAX
#define PRIORITY  1000000
#define ACTIONS   7
#define AT(f)     offsetof(struct usher_queue_step_conf, f)

static const struct usher__field step_fields[] = {
	{"after", USHER__FIELD_MS, AT(after_ms), 0, DAY_MS, 0},
	{"when", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"check", USHER__FIELD_MS, AT(check_ms), CHECK_MS, CHECK_MAX, 0},
	{"unstaffed", USHER__FIELD_FLAG, AT(unstaffed), 0, 1, 0},
	{"anyone", USHER__FIELD_FLAG, AT(anyone), 0, 1, 0},
	{"widen", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"priority", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"add", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"announce", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"callback", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"overflow", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"exit", USHER__FIELD_OTHER, 0, 0, 0, 0},
};

static const struct usher__field level_fields[] = {
	{"requirement", USHER__FIELD_OTHER, 0, 0, 0, 0},
	{"after", USHER__FIELD_MS, AT(after_ms), 0, DAY_MS, 0},
	{"check", USHER__FIELD_MS, AT(check_ms), CHECK_MS, CHECK_MAX, 0},
	{"anyone", USHER__FIELD_FLAG, AT(anyone), 0, 1, 0},
};

/* In the order of enum usher_queue_step_action. */
static const char *const actions[ACTIONS + 1] = {
	"widen",    "priority", "add",  "announce",
	"callback", "overflow", "exit", NULL};

/* The place of a mistake inside an expression is known only here. */
static int wrong_inside(const struct usher__section *s,
			const yaml_node_t *node, int e,
			const struct usher_error *inner)
{
	return usher__yaml_fail_inside(s->y, node,
				       inner->column ? inner->column - 1 : 0,
				       s->err, e, "%s", inner->message);
}

static int read_requirement(const struct usher__section *s, const char *key,
			    const char **ret)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, key);
	struct usher_error inner = {0};
	struct usher_expr *expr = NULL;
	char what[48];
	int e;

	if (!node)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_text(s->y, node, what, TEXT, ret, s->err);
	if (e)
		return e;
	if (strcmp(*ret, "everyone") == 0) {
		*ret = NULL;
		return 0;
	}
	e = usher_expr_new(&expr, NULL, *ret, SIZE_MAX, &inner);
	usher_expr_free(expr);
	return e ? wrong_inside(s, node, e, &inner) : 0;
}

static int read_condition(const struct usher__section *s, const char **ret)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, "when");
	struct usher_error inner = {0};
	int e;

	if (!node)
		return 0;
	e = usher__yaml_text(s->y, node, "'when'", TEXT, ret, s->err);
	if (e)
		return e;
	e = usher_acd_condition_check(*ret, &inner);
	return e ? wrong_inside(s, node, e, &inner) : 0;
}

/* One name, or a list of them. */
static int read_queues(const struct usher__section *s, yaml_node_t *node,
		       const char *what, struct usher_queue_step_conf *step)
{
	bool list = usher__yaml_is_list(node);
	size_t n = list ? usher__yaml_len(node) : 1;
	const char **names;
	int e = 0;

	if (list)
		e = usher__yaml_expect_list(s->y, node, what,
					    USHER_CONTACT_QUEUES_MAX, s->err);
	if (!e && !n)
		e = usher__yaml_fail(s->y, node, s->err, USHER_EINVAL,
				     "%s names no queue", what);
	if (e)
		return e;
	names = usher__conf_keep(s->conf, n * sizeof(*names));
	if (!names)
		return usher__conf_nomem(s);
	for (size_t i = 0; i < n && !e; ++i)
		e = usher__yaml_text(
			s->y, list ? usher__yaml_item(s->y, node, i) : node,
			what, USHER__CONF_NAME_MAX, &names[i], s->err);
	step->queues = names;
	step->queue_count = (uint32_t)n;
	return e;
}

/* callback: true, or the prompt that offers it. */
static int read_callback(const struct usher__section *s, yaml_node_t *node,
			 struct usher_queue_step_conf *step)
{
	bool flag = false;

	if (!usher__yaml_bool(s->y, node, "'callback'", &flag, NULL)) {
		if (flag)
			return 0;
		return usher__yaml_fail(s->y, node, s->err, USHER_EINVAL,
					"'callback' is true or a prompt");
	}
	return usher__yaml_text(s->y, node, "'callback'", USHER_NAME_MAX,
				&step->text, s->err);
}

static int read_action(const struct usher__section *s, yaml_node_t *node,
		       struct usher_queue_step_conf *step)
{
	const char *key = actions[step->action];
	int64_t number = 0;
	char what[48];
	int e;

	snprintf(what, sizeof(what), "'%s'", key);
	switch (step->action) {
	case USHER_QUEUE_STEP_WIDEN:
		return read_requirement(s, key, &step->requirement);
	case USHER_QUEUE_STEP_PRIORITY:
		e = usher__yaml_int(s->y, node, what, -PRIORITY, PRIORITY,
				    &number, s->err);
		step->priority = (int32_t)number;
		return e;
	case USHER_QUEUE_STEP_ADD:
	case USHER_QUEUE_STEP_OVERFLOW:
		return read_queues(s, node, what, step);
	case USHER_QUEUE_STEP_CALLBACK:
		return read_callback(s, node, step);
	}
	return usher__yaml_text(s->y, node, what, USHER_NAME_MAX, &step->text,
				s->err);
}

/* Exactly one of the actions. */
static int find_action(const struct usher__section *s,
		       struct usher_queue_step_conf *step)
{
	yaml_node_t *found = NULL;

	for (uint32_t i = 0; i < ACTIONS; ++i) {
		yaml_node_t *node = usher__yaml_get(s->y, s->map, actions[i]);

		if (!node)
			continue;
		if (found)
			return usher__yaml_fail(
				s->y,
				usher__yaml_key(s->y, s->map, actions[i]),
				s->err, USHER_EINVAL,
				"a step does one thing: '%s' or '%s'",
				actions[step->action], actions[i]);
		found = node;
		step->action = i;
	}
	if (!found)
		return usher__yaml_fail(
			s->y, s->map, s->err, USHER_EINVAL,
			"a step needs one of widen, priority, add, announce, "
			"callback, overflow, exit");
	return read_action(s, found, step);
}

static int keep_step(const struct usher__section *s,
		     struct usher_queue_step_conf *step,
		     struct usher_config *config)
{
	struct usher_error inner = {0};
	int e;

	/* everyone is everyone, members or not */
	if (step->action == USHER_QUEUE_STEP_WIDEN && !step->requirement)
		step->anyone = 1;
	e = usher_config_queue_step(config, step, &inner);
	return e ? usher__yaml_fail(s->y, s->map, s->err, e, "%s",
				    inner.message)
		 : 0;
}

static int read_step(const struct usher__section *s, const char *queue,
		     struct usher_config *config)
{
	struct usher_queue_step_conf step = {.size = sizeof(step),
					     .queue = queue};
	int e = usher__fields_read(
		s, step_fields, sizeof(step_fields) / sizeof(step_fields[0]),
		&step);

	if (!e)
		e = find_action(s, &step);
	if (!e)
		e = read_condition(s, &step.condition);
	return e ? e : keep_step(s, &step, config);
}

/* A level is a ring: after a wait, or at once when nobody before is there. */
static int read_level(const struct usher__section *s, const char *queue,
		      struct usher_config *config)
{
	struct usher_queue_step_conf step = {
		.size = sizeof(step), .queue = queue, .unstaffed = 1};
	int e = usher__fields_read(
		s, level_fields,
		sizeof(level_fields) / sizeof(level_fields[0]), &step);

	if (!e)
		e = usher__section_need(s, "requirement");
	if (!e)
		e = usher__section_need(s, "after");
	if (!e)
		e = read_requirement(s, "requirement", &step.requirement);
	return e ? e : keep_step(s, &step, config);
}

static int
read_list(const struct usher__section *s, const char *key, const char *one,
	  int (*read)(const struct usher__section *s, const char *queue,
		      struct usher_config *config),
	  const char *queue, struct usher_config *config)
{
	yaml_node_t *list = usher__yaml_get(s->y, s->map, key);
	struct usher__section item = *s;
	char what[48];
	int e;

	if (!list)
		return 0;
	snprintf(what, sizeof(what), "'%s'", key);
	e = usher__yaml_expect_list(s->y, list, what, USHER_QUEUE_STEPS_MAX,
				    s->err);
	item.what = one;
	for (size_t i = 0; !e && i < usher__yaml_len(list); ++i) {
		item.map = usher__yaml_item(s->y, list, i);
		e = read(&item, queue, config);
	}
	return e;
}

int usher__conf_steps_read(const struct usher__section *s, const char *queue,
			   struct usher_config *config)
{
	int e = read_list(s, "levels", "a level", read_level, queue, config);

	return e ? e
		 : read_list(s, "steps", "a step", read_step, queue, config);
}
