/*
 * What a queue does over time, in the words of a center's configuration
 * (docs/queues.md): levels, steps and opening hours. Levels come first.
 */
#include <stdlib.h>
#include <string.h>

#include <usher/acd.h>
#include <usher/expr.h>

#include "read.h"

#define TEXT_MAX     1024
#define PRIORITY_MAX 1000000
#define CHECK_MIN_S  1
#define CHECK_MAX_S  3600
#define AFTER_MAX_S  86400
#define US           1e6

struct timed {
	double after_s, check_s;
	uint32_t anyone, unstaffed;
};

static const struct read_field step_fields[] = {
	{"after", READ_SECONDS, offsetof(struct timed, after_s), 0,
	 AFTER_MAX_S},
	{"check", READ_SECONDS, offsetof(struct timed, check_s), CHECK_MIN_S,
	 CHECK_MAX_S},
	{"anyone", READ_FLAG, offsetof(struct timed, anyone), 0, 0},
	{"unstaffed", READ_FLAG, offsetof(struct timed, unstaffed), 0, 0},
	{"when", READ_OTHER, 0, 0, 0},
	{"widen", READ_OTHER, 0, 0, 0},
	{"priority", READ_OTHER, 0, 0, 0},
	{"add", READ_OTHER, 0, 0, 0},
	{"announce", READ_OTHER, 0, 0, 0},
	{"callback", READ_OTHER, 0, 0, 0},
	{"overflow", READ_OTHER, 0, 0, 0},
	{"exit", READ_OTHER, 0, 0, 0},
};

static const struct read_field level_fields[] = {
	{"after", READ_SECONDS, offsetof(struct timed, after_s), 0,
	 AFTER_MAX_S},
	{"check", READ_SECONDS, offsetof(struct timed, check_s), CHECK_MIN_S,
	 CHECK_MAX_S},
	{"anyone", READ_FLAG, offsetof(struct timed, anyone), 0, 0},
	{"requirement", READ_OTHER, 0, 0, 0},
};

/* In the order of enum usher_queue_step_action. */
static const char *const actions[] = {"widen",    "priority", "add",
				      "announce", "callback", "overflow",
				      "exit"};

/* A mistake inside an expression has a place of its own. */
static int read_ring(const struct reader *r, const yaml_node_t *node,
		     const char *what, struct usher_queue_step_opts *step)
{
	struct usher_error err = {0};
	struct usher_expr *expr = NULL;
	int rc = usher__yaml_text(r->yaml, node, what, TEXT_MAX,
				  &step->requirement, r->err);

	if (rc)
		return rc;
	if (!strcmp(step->requirement, "everyone")) {
		step->requirement = NULL;
		step->anyone = 1;
		return 0;
	}
	rc = usher_expr_new(&expr, NULL, step->requirement, SIZE_MAX, &err);
	usher_expr_free(expr);
	return rc ? usher__yaml_fail_inside(r->yaml, node,
					    err.column ? err.column - 1 : 0,
					    r->err, rc, "%s", err.message)
		  : 0;
}

static int read_condition(const struct reader *r, const yaml_node_t *node,
			  struct usher_queue_step_opts *step)
{
	struct usher_error err = {0};
	int rc;

	if (!node)
		return 0;
	rc = usher__yaml_text(r->yaml, node, "'when'", TEXT_MAX,
			      &step->condition, r->err);
	if (rc)
		return rc;
	rc = usher_acd_condition_check(step->condition, &err);
	return rc ? usher__yaml_fail_inside(r->yaml, node,
					    err.column ? err.column - 1 : 0,
					    r->err, rc, "%s", err.message)
		  : 0;
}

/* One name, or a list of them; as indices. */
static int read_targets_of(const struct reader *r, yaml_node_t *node,
			   const char *what,
			   struct usher_queue_step_opts *step)
{
	const bool list = usher__yaml_is_list(node);
	const size_t count = list ? usher__yaml_len(node) : 1;
	uint64_t *queues;
	int rc = 0;

	if (list)
		rc = read_list(r, node, what, USHER_CONTACT_QUEUES_MAX);
	if (rc)
		return rc;
	queues = read_alloc(r, count, sizeof(*queues));
	if (!queues)
		return USHER_ENOMEM;
	for (uint32_t i = 0; !rc && i < count; i++) {
		const yaml_node_t *item =
			list ? usher__yaml_item(r->yaml, node, i) : node;
		const char *name = NULL;

		rc = usher__yaml_text(r->yaml, item, "a queue's name",
				      LAB_NAME_MAX, &name, r->err);
		if (rc)
			break;
		queues[i] = lab_day_queue(r->day, name);
		if (queues[i] == UINT32_MAX)
			rc = read_fail(r, item, "no queue %s", name);
	}
	step->queues = queues;
	step->queue_count = (uint32_t)count;
	return rc;
}

/* Nobody hears what a center would say; who agrees is the queue's. */
static int read_callback(const struct reader *r, const yaml_node_t *node,
			 const struct usher_sim_queue *q)
{
	bool flag = true;
	const char *text;
	int rc = 0;

	if (usher__yaml_bool(r->yaml, node, "'callback'", &flag, NULL))
		rc = usher__yaml_text(r->yaml, node, "'callback'",
				      USHER_NAME_MAX, &text, r->err);
	if (!rc && !flag)
		rc = read_fail(r, node, "'callback' is true or a prompt");
	if (!rc && q->callback_part <= 0)
		rc = read_fail(r, node,
			       "of whom this asks nobody agrees: queue %s "
			       "needs 'callback' with a 'part'",
			       q->name);
	return rc;
}

static int read_action(const struct reader *r, yaml_node_t *node,
		       const struct usher_sim_queue *q,
		       struct usher_queue_step_opts *step)
{
	static const struct read_field priority = {
		"priority", READ_I64,
		offsetof(struct usher_queue_step_opts, priority),
		-PRIORITY_MAX, PRIORITY_MAX};
	const char *what = actions[step->action];

	switch (step->action) {
	case USHER_QUEUE_STEP_WIDEN:
		return read_ring(r, node, what, step);
	case USHER_QUEUE_STEP_PRIORITY:
		return read_one(r, node, what, &priority, step);
	case USHER_QUEUE_STEP_ADD:
	case USHER_QUEUE_STEP_OVERFLOW:
		return read_targets_of(r, node, what, step);
	case USHER_QUEUE_STEP_CALLBACK:
		return read_callback(r, node, q);
	}
	return usher__yaml_text(r->yaml, node, what, USHER_NAME_MAX,
				&step->text, r->err);
}

static void give_times(const struct timed *timed,
		       struct usher_queue_step_opts *step)
{
	step->after_us = (int64_t)(timed->after_s * US);
	step->check_us = (int64_t)(timed->check_s * US);
	step->anyone = timed->anyone;
	step->unstaffed = timed->unstaffed;
}

/* Exactly one of the actions. */
static int read_step(const struct reader *r, yaml_node_t *map,
		     const struct usher_sim_queue *q,
		     struct usher_queue_step_opts *step)
{
	struct timed timed = {0};
	yaml_node_t *found = NULL;
	int rc = read_fields(r, map, "a step", step_fields,
			     LAB_COUNT(step_fields), &timed);

	if (rc)
		return rc;
	give_times(&timed, step);
	for (uint32_t i = 0; i < LAB_COUNT(actions); i++) {
		yaml_node_t *node = usher__yaml_get(r->yaml, map, actions[i]);

		if (node && found)
			return read_fail(
				r, usher__yaml_key(r->yaml, map, actions[i]),
				"a step does one thing: '%s' or '%s'",
				actions[step->action], actions[i]);
		if (!node)
			continue;
		found = node;
		step->action = i;
	}
	if (!found)
		return read_fail(r, map,
				 "a step needs one of widen, priority, add, "
				 "announce, callback, overflow, exit");
	rc = read_action(r, found, q, step);
	return rc ? rc
		  : read_condition(r, usher__yaml_get(r->yaml, map, "when"),
				   step);
}

/* A ring: after a wait, or at once when nobody before is there. */
static int read_level(const struct reader *r, yaml_node_t *map,
		      const struct usher_sim_queue *q,
		      struct usher_queue_step_opts *step)
{
	struct timed timed = {.unstaffed = 1};
	yaml_node_t *ring;
	int rc = read_fields(r, map, "a level", level_fields,
			     LAB_COUNT(level_fields), &timed);

	(void)q;
	if (rc)
		return rc;
	ring = usher__yaml_get(r->yaml, map, "requirement");
	if (!ring || !usher__yaml_get(r->yaml, map, "after"))
		return read_fail(r, map,
				 "a level needs 'requirement' and 'after'");
	give_times(&timed, step);
	step->action = USHER_QUEUE_STEP_WIDEN;
	return read_ring(r, ring, "requirement", step);
}

/* What the core refuses of it is refused at its place. */
static int try_steps(const struct reader *r, const yaml_node_t *at,
		     const struct usher_sim_queue *q)
{
	struct usher_sim_opts opts = r->day->sim;
	struct usher_error err = {0};
	struct usher_sim *sim = NULL;
	int rc;

	opts.queues = r->day->queues;
	opts.group_count = 0;
	opts.contact_order = NULL;
	rc = usher_sim_new(&sim, &opts, &err);
	usher_sim_free(sim);
	return rc ? usher__yaml_fail(r->yaml, at, r->err, rc, "queue %s: %s",
				     q->name, err.message)
		  : 0;
}

int read_steps(const struct reader *r, yaml_node_t *map,
	       struct usher_sim_queue *q)
{
	static const struct {
		const char *key;
		int (*read)(const struct reader *r, yaml_node_t *map,
			    const struct usher_sim_queue *q,
			    struct usher_queue_step_opts *step);
	} lists[] = {{"levels", read_level}, {"steps", read_step}};
	struct usher_queue_step_opts *steps;
	yaml_node_t *last = NULL;
	int rc = 0;

	steps = read_alloc(r, USHER_QUEUE_STEPS_MAX, sizeof(*steps));
	if (!steps)
		return USHER_ENOMEM;
	for (size_t k = 0; !rc && k < LAB_COUNT(lists); k++) {
		yaml_node_t *list =
			usher__yaml_get(r->yaml, map, lists[k].key);

		if (!list)
			continue;
		last = list;
		rc = read_list(r, list, lists[k].key,
			       USHER_QUEUE_STEPS_MAX - q->step_count);
		for (size_t i = 0; !rc && i < usher__yaml_len(list); i++) {
			struct usher_queue_step_opts *step =
				&steps[q->step_count];

			usher_queue_step_opts_init(step, sizeof(*step));
			rc = lists[k].read(r,
					   usher__yaml_item(r->yaml, list, i),
					   q, step);
			q->step_count++;
		}
	}
	q->steps = q->step_count ? steps : NULL;
	return rc || !last ? rc : try_steps(r, last, q);
}

/* ---- Hours ---- */

static const struct read_field hour_fields[] = {
	{"from", READ_SECONDS, offsetof(struct usher_sim_hours, from_s), 0, 0},
	{"to", READ_SECONDS, offsetof(struct usher_sim_hours, to_s), 0, 0},
};

/* In order and apart; the last one may go over midnight. */
int read_hours(const struct reader *r, yaml_node_t *list,
	       struct usher_sim_queue *q)
{
	const double period_s = r->day->sim.period_s;
	struct usher_sim_hours *hours;
	int rc;

	if (!list)
		return 0;
	rc = read_list(r, list, "hours", USHER_SIM_RATES_MAX);
	if (rc)
		return rc;
	hours = read_alloc(r, usher__yaml_len(list), sizeof(*hours));
	if (!hours)
		return USHER_ENOMEM;
	q->hours = hours;
	q->hour_count = (uint32_t)usher__yaml_len(list);
	for (uint32_t i = 0; !rc && i < q->hour_count; i++) {
		yaml_node_t *item = usher__yaml_item(r->yaml, list, i);

		rc = read_fields(r, item, "hours", hour_fields,
				 LAB_COUNT(hour_fields), &hours[i]);
		if (!rc && (!usher__yaml_get(r->yaml, item, "from") ||
			    !usher__yaml_get(r->yaml, item, "to")))
			rc = read_fail(r, item, "hours need 'from' and 'to'");
		if (rc)
			break;
		if (hours[i].to_s <= hours[i].from_s)
			hours[i].to_s += period_s;
		if (hours[i].from_s >= period_s ||
		    (i && hours[i].from_s < hours[i - 1].to_s) ||
		    hours[i].to_s > hours[0].from_s + period_s)
			rc = read_fail(r, item,
				       "these hours overlap others, are not "
				       "in order, or begin after the period");
	}
	return rc;
}
