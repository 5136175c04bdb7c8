/* Queues, and those who call them. */
#include <string.h>

#include <usher/expr.h>

#include "read.h"

#define AT(member) offsetof(struct usher_sim_queue, member)

static const struct read_field fields[] = {
	{"name", READ_TEXT, AT(name), 0, 0},
	{"channel", READ_TEXT, AT(channel), 0, 0},
	{"policy", READ_OTHER, 0, 0, 0},
	{"requirement", READ_TEXT, AT(requirement), 0, 0},
	{"arrivals", READ_OTHER, 0, 0, 0},
	{"day_cv", READ_NUMBER, AT(day_cv), 0, USHER_SIM_CV_MAX},
	{"handle", READ_OTHER, 0, 0, 0},
	{"wrapup", READ_OTHER, 0, 0, 0},
	{"patience", READ_OTHER, 0, 0, 0},
	{"balk", READ_PART, AT(balk_part), 0, 0},
	{"target", READ_INSTANT, AT(target_s), 0, 0},
	{"short", READ_INSTANT, AT(short_s), 0, 0},
	{"priority", READ_I64, AT(priority), 0, 0},
	{"places", READ_PLACES, AT(places), 0, 0},
	{"max_wait", READ_SOME, AT(max_wait_s), 0, 0},
	{"options", READ_OTHER, 0, 0, 0},
	{"contact_order", READ_OTHER, 0, 0, 0},
	{"order_options", READ_OTHER, 0, 0, 0},
	{"attributes", READ_OTHER, 0, 0, 0},
	{"members_only", READ_FLAG, AT(members_only), 0, 0},
	{"retry", READ_OTHER, 0, 0, 0},
	{"callback", READ_OTHER, 0, 0, 0},
	{"outbound", READ_OTHER, 0, 0, 0},
	{"max_waiting", READ_U32, AT(max_waiting), 1, UINT32_MAX},
	{"hours", READ_OTHER, 0, 0, 0},
	{"levels", READ_OTHER, 0, 0, 0},
	{"steps", READ_OTHER, 0, 0, 0},
	{"consults", READ_OTHER, 0, 0, 0},
	{"transfers", READ_OTHER, 0, 0, 0},
};

static const struct read_field retry_fields[] = {
	{"part", READ_PART, AT(retry_part), 0, 0},
	{"after", READ_OTHER, 0, 0, 0},
	{"times", READ_U32, AT(retry_max), 1, USHER_SIM_RETRIES_MAX},
};

static const struct read_field callback_fields[] = {
	{"after", READ_INSTANT, AT(callback_after_s), 0, 0},
	{"part", READ_PART, AT(callback_part), 0, 0},
	{"reach", READ_CHANCE, AT(reach_part), 0, 0},
	{"dial", READ_SECONDS, AT(dial_s), 0, 0},
};

static const struct read_field outbound_fields[] = {
	{"every", READ_SOME, AT(outbound_every_s), 0, 0},
	{"keep", READ_U32, AT(outbound_keep), 0, 0},
	{"reach", READ_CHANCE, AT(reach_part), 0, 0},
	{"dial", READ_OTHER, 0, 0, 0},
	{"ratio", READ_NUMBER, AT(outbound_ratio), 0, USHER_SIM_RATIO_MAX},
	{"least", READ_U32, AT(outbound_least), 1, USHER_SIM_AGENTS_MAX},
	{"watch", READ_OTHER, 0, 0, 0},
};

static const struct read_field rate_fields[] = {
	{"from", READ_SECONDS, offsetof(struct usher_sim_rate, from_s), 0, 0},
	{"rate", READ_RATE, offsetof(struct usher_sim_rate, per_s), 0, 0},
};

static const struct read_field file_fields[] = {
	{"file", READ_TEXT, 0, 0, 0},
};

/* A rate, a list of rates with the times from which they hold, or a file of
 * arrivals. */
static int read_arrivals(const struct reader *r, yaml_node_t *node,
			 struct usher_sim_queue *q)
{
	static const struct read_field one = {"arrivals", READ_RATE,
					      AT(arrivals_per_s), 0, 0};
	struct usher_sim_rate *rates;
	const char *name = NULL;
	int rc;

	if (!node)
		return 0;
	if (usher__yaml_is_map(node)) {
		rc = read_fields(r, node, "arrivals", file_fields,
				 LAB_COUNT(file_fields), &name);
		if (!rc && !name)
			rc = read_fail(r, node, "arrivals need a 'file'");
		return rc ? rc : read_calls(r, node, name, q);
	}
	if (!usher__yaml_is_list(node))
		return read_one(r, node, one.key, &one, q);
	rc = read_list(r, node, "arrivals", USHER_SIM_RATES_MAX);
	if (rc)
		return rc;
	q->rate_count = (uint32_t)usher__yaml_len(node);
	rates = read_alloc(r, q->rate_count, sizeof(*rates));
	if (!rates)
		return USHER_ENOMEM;
	q->rates = rates;
	for (uint32_t i = 0; !rc && i < q->rate_count; i++) {
		yaml_node_t *item = usher__yaml_item(r->yaml, node, i);

		rc = read_fields(r, item, "a rate", rate_fields,
				 LAB_COUNT(rate_fields), &rates[i]);
		if (!rc && !usher__yaml_get(r->yaml, item, "rate"))
			rc = read_fail(r, item, "a rate needs 'rate'");
		if (!rc && i && rates[i].from_s <= rates[i - 1].from_s)
			rc = read_fail(r, item,
				       "this rate does not begin after the "
				       "one before");
		if (!rc && rates[i].from_s >= r->day->sim.period_s)
			rc = read_fail(r, item,
				       "this rate begins after the period");
	}
	return rc;
}

/* A time, or a law of it. */
static int read_dial(const struct reader *r, yaml_node_t *map,
		     struct usher_sim_queue *q)
{
	static const struct read_field one = {"dial", READ_SECONDS, AT(dial_s),
					      0, 0};
	yaml_node_t *node =
		map ? usher__yaml_get(r->yaml, map, one.key) : NULL;
	const double *values = NULL;
	uint32_t count = 0;
	const struct read_law law = {one.key,      &q->dial_s, &q->dial_cv,
				     &q->dial_law, &values,    &count};
	int rc;

	if (map && !usher__yaml_get(r->yaml, map, "every"))
		return read_fail(r, map, "outbound needs 'every'");
	if (!node)
		return 0;
	if (!usher__yaml_is_map(node))
		return read_one(r, node, one.key, &one, q);
	rc = read_law(r, node, &law);
	return !rc && values ? read_fail(r, node, "dial has to be of a mean")
			     : rc;
}

static int read_retry(const struct reader *r, yaml_node_t *map,
		      struct usher_sim_queue *q)
{
	const struct read_law law = {"after",          &q->retry_s,
				     &q->retry_cv,     &q->retry_law,
				     &q->retry_values, &q->retry_value_count};
	int rc;

	if (!map)
		return 0;
	rc = read_fields(r, map, "retry", retry_fields,
			 LAB_COUNT(retry_fields), q);
	return rc ? rc
		  : read_law(r, usher__yaml_get(r->yaml, map, "after"), &law);
}

static int read_times(const struct reader *r, yaml_node_t *map,
		      struct usher_sim_queue *q)
{
	const struct read_law laws[] = {
		{"handle", &q->handle_s, &q->handle_cv, &q->handle_law,
		 &q->handle_values, &q->handle_value_count},
		{"wrapup", &q->wrapup_s, &q->wrapup_cv, &q->wrapup_law,
		 &q->wrapup_values, &q->wrapup_value_count},
		{"patience", &q->patience_s, &q->patience_cv, &q->patience_law,
		 &q->patience_values, &q->patience_value_count}};
	int rc = 0;

	for (size_t i = 0; !rc && i < LAB_COUNT(laws); i++)
		rc = read_law(r, usher__yaml_get(r->yaml, map, laws[i].what),
			      &laws[i]);
	return rc;
}

/* A requirement has a place of its own inside its text. */
static int check_requirement(const struct reader *r, yaml_node_t *map,
			     const struct usher_sim_queue *q)
{
	struct usher_error err = {0};
	struct usher_expr *expr = NULL;
	int rc;

	if (!q->requirement)
		return 0;
	rc = usher_expr_new(&expr, NULL, q->requirement, SIZE_MAX, &err);
	usher_expr_free(expr);
	return rc ? usher__yaml_fail_inside(
			    r->yaml,
			    usher__yaml_get(r->yaml, map, "requirement"),
			    err.column ? err.column - 1 : 0, r->err, rc, "%s",
			    err.message)
		  : 0;
}

/* What the library refuses of this queue is refused at its place. */
static int try_queue(const struct reader *r, yaml_node_t *map,
		     const struct usher_sim_queue *q)
{
	struct usher_sim_opts opts = r->day->sim;
	struct usher_error err = {0};
	struct usher_sim *sim = NULL;
	yaml_node_t *at = map;
	int rc;

	opts.queues = q;
	opts.queue_count = 1;
	opts.group_count = 0;
	opts.contact_order = NULL;
	rc = usher_sim_new(&sim, &opts, &err);
	usher_sim_free(sim);
	if (rc == USHER_ENOENT && usher__yaml_get(r->yaml, map, "policy"))
		at = usher__yaml_get(r->yaml, map, "policy");
	return rc ? usher__yaml_fail(r->yaml, at, r->err, rc, "%s",
				     err.message)
		  : 0;
}

static int read_queue(const struct reader *r, yaml_node_t *map,
		      struct usher_sim_queue *q)
{
	const struct {
		const char *key;
		const struct read_field *fields;
		size_t count;
	} parts[] = {
		{"callback", callback_fields, LAB_COUNT(callback_fields)},
		{"outbound", outbound_fields, LAB_COUNT(outbound_fields)}};
	int rc;

	rc = read_fields(r, map, "a queue", fields, LAB_COUNT(fields), q);
	if (rc)
		return rc;
	if (!q->name)
		return read_fail(r, map, "a queue needs a 'name'");
	if (!usher__yaml_get(r->yaml, map, "handle"))
		return read_fail(r, map, "queue %s needs 'handle'", q->name);
	rc = read_arrivals(r, usher__yaml_get(r->yaml, map, "arrivals"), q);
	if (!rc)
		rc = read_times(r, map, q);
	if (!rc)
		rc = read_retry(r, usher__yaml_get(r->yaml, map, "retry"), q);
	for (size_t i = 0; !rc && i < LAB_COUNT(parts); i++) {
		yaml_node_t *part =
			usher__yaml_get(r->yaml, map, parts[i].key);

		if (part)
			rc = read_fields(r, part, parts[i].key,
					 parts[i].fields, parts[i].count, q);
	}
	if (!rc)
		rc = read_dial(r, usher__yaml_get(r->yaml, map, "outbound"),
			       q);
	if (!rc)
		rc = read_policy(r, map, q);
	if (!rc)
		rc = read_attrs(r, usher__yaml_get(r->yaml, map, "attributes"),
				"attributes", &q->contact_attrs,
				&q->contact_attr_count);
	if (!rc)
		rc = read_hours(r, usher__yaml_get(r->yaml, map, "hours"), q);
	if (!rc)
		rc = check_requirement(r, map, q);
	return rc ? rc : try_queue(r, map, q);
}

int read_queues(const struct reader *r, yaml_node_t *list)
{
	struct lab_day *day = r->day;
	int rc = read_list(r, list, "queues", USHER_SIM_QUEUES_MAX);

	if (rc)
		return rc;
	day->queues =
		read_alloc(r, usher__yaml_len(list), sizeof(*day->queues));
	if (!day->queues)
		return USHER_ENOMEM;
	for (uint32_t i = 0; !rc && i < usher__yaml_len(list); i++) {
		yaml_node_t *item = usher__yaml_item(r->yaml, list, i);

		rc = read_queue(r, item, &day->queues[i]);
		if (!rc &&
		    lab_day_queue(day, day->queues[i].name) != UINT32_MAX)
			rc = read_fail(r, item, "a second queue %s",
				       day->queues[i].name);
		if (!rc)
			day->sim.queue_count = i + 1;
	}
	day->sim.queues = day->queues;
	/* steps name queues that stand behind them, too */
	for (uint32_t i = 0; !rc && i < usher__yaml_len(list); i++) {
		yaml_node_t *item = usher__yaml_item(r->yaml, list, i);

		rc = read_steps(r, item, &day->queues[i]);
		if (!rc)
			rc = read_onward(r, item, &day->queues[i]);
	}
	return rc;
}
