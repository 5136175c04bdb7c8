/* Groups of agents: skills, queues, shifts with breaks. */
#include <stdlib.h>
#include <string.h>

#include "read.h"

#define AT(member) offsetof(struct usher_sim_group, member)
#define SKILLS_MAX 64
#define SHIFTS_MAX 64
#define BREAKS_MAX 16
#define COST_MAX   1e9

static const struct read_field fields[] = {
	{"name", READ_TEXT, AT(name), 0, 0},
	{"agents", READ_U32, AT(agents), 0, USHER_SIM_AGENTS_MAX},
	{"speed", READ_NUMBER, AT(speed), 1 / USHER_SIM_SPEED_MAX,
	 USHER_SIM_SPEED_MAX},
	{"speeds", READ_OTHER, 0, 0, 0},
	{"capacity", READ_OTHER, 0, 0, 0},
	{"interrupts", READ_OTHER, 0, 0, 0},
	{"slowdown", READ_OTHER, 0, 0, 0},
	{"skills", READ_OTHER, 0, 0, 0},
	{"queues", READ_OTHER, 0, 0, 0},
	{"shifts", READ_OTHER, 0, 0, 0},
	{"cost", READ_OTHER, 0, 0, 0},
	{"least", READ_OTHER, 0, 0, 0},
	{"most", READ_OTHER, 0, 0, 0},
};

static const struct read_field range_fields[] = {
	{"cost", READ_NUMBER, offsetof(struct lab_range, per_hour), 0,
	 COST_MAX},
	{"least", READ_U32, offsetof(struct lab_range, least), 0,
	 USHER_SIM_AGENTS_MAX},
	{"most", READ_U32, offsetof(struct lab_range, most), 0,
	 USHER_SIM_AGENTS_MAX},
};

struct shift {
	double from_s, to_s;
};

static const struct read_field shift_fields[] = {
	{"from", READ_SECONDS, offsetof(struct shift, from_s), 0, 0},
	{"to", READ_SECONDS, offsetof(struct shift, to_s), 0, 0},
	{"breaks", READ_OTHER, 0, 0, 0},
};

/* Numbers are numbers, true is 1, and what is left is text. */
static int read_skill(const struct reader *r, const yaml_node_t *node,
		      const char *name, struct usher_attr *attr)
{
	const char *text;
	int rc = usher__yaml_text(r->yaml, node, "a skill", USHER_NAME_MAX,
				  &text, r->err);

	if (rc)
		return rc;
	attr->name = name;
	if (!strcmp(text, "true") || !strcmp(text, "false")) {
		attr->number = !strcmp(text, "true");
	} else if (lab_number(text, &attr->number)) {
		attr->type = USHER_ATTR_TEXT;
		attr->text = text;
		attr->number = 0;
	}
	return 0;
}

int read_attrs(const struct reader *r, yaml_node_t *map, const char *what,
	       const struct usher_attr **ret, uint32_t *count)
{
	struct usher_attr *attrs;
	yaml_node_t *value;
	const char *name;
	int rc;

	if (!map)
		return 0;
	rc = usher__yaml_is_map(map)
		     ? 0
		     : read_fail(r, map, "%s have to be a mapping", what);
	if (rc || !usher__yaml_len(map))
		return rc;
	if (usher__yaml_len(map) > SKILLS_MAX)
		return read_fail(r, map, "more than %d %s", SKILLS_MAX, what);
	attrs = read_alloc(r, usher__yaml_len(map), sizeof(*attrs));
	if (!attrs)
		return USHER_ENOMEM;
	*ret = attrs;
	for (size_t i = 0;
	     !rc && usher__yaml_entry(r->yaml, map, i, &name, NULL, &value);
	     i++) {
		rc = read_skill(r, value, name, &attrs[i]);
		++*count;
	}
	return rc;
}

/* How quick they are with the contacts of some queues. */
static int read_speeds(const struct reader *r, yaml_node_t *map,
		       struct usher_sim_group *g)
{
	static const struct read_field one = {"a speed", READ_NUMBER, 0,
					      1 / USHER_SIM_SPEED_MAX,
					      USHER_SIM_SPEED_MAX};
	const uint32_t queues = r->day->sim.queue_count;
	yaml_node_t *key, *value;
	const char *name;
	double *speeds;
	int rc = 0;

	if (!map)
		return 0;
	if (!usher__yaml_is_map(map))
		return read_fail(r, map, "speeds have to be a mapping");
	speeds = read_alloc(r, queues, sizeof(*speeds));
	if (!speeds)
		return USHER_ENOMEM;
	g->speeds = speeds;
	g->speed_count = queues;
	for (size_t i = 0;
	     !rc && usher__yaml_entry(r->yaml, map, i, &name, &key, &value);
	     i++) {
		const uint32_t queue = lab_day_queue(r->day, name);

		rc = queue == UINT32_MAX
			     ? read_fail(r, key, "no queue %s", name)
			     : read_one(r, value, one.key, &one,
					&speeds[queue]);
	}
	return rc;
}

static int read_members(const struct reader *r, yaml_node_t *list,
			struct usher_sim_group *g)
{
	uint32_t *queues;
	int rc;

	if (!list)
		return 0;
	rc = read_list(r, list, "queues of a group", USHER_AGENT_QUEUES_MAX);
	if (rc)
		return rc;
	queues = read_alloc(r, usher__yaml_len(list), sizeof(*queues));
	if (!queues)
		return USHER_ENOMEM;
	g->queues = queues;
	g->queue_count = (uint32_t)usher__yaml_len(list);
	for (uint32_t i = 0; !rc && i < g->queue_count; i++) {
		yaml_node_t *item = usher__yaml_item(r->yaml, list, i);
		const char *name;

		rc = usher__yaml_text(r->yaml, item, "a queue's name",
				      LAB_NAME_MAX, &name, r->err);
		if (rc)
			break;
		queues[i] = lab_day_queue(r->day, name);
		if (queues[i] == UINT32_MAX)
			rc = read_fail(r, item, "no queue %s", name);
	}
	return rc;
}

static int read_shift(const struct reader *r, yaml_node_t *map,
		      const char *what, struct shift *ret)
{
	int rc = read_fields(r, map, what, shift_fields,
			     LAB_COUNT(shift_fields), ret);

	if (rc)
		return rc;
	if (!usher__yaml_get(r->yaml, map, "from") ||
	    !usher__yaml_get(r->yaml, map, "to"))
		return read_fail(r, map, "%s needs 'from' and 'to'", what);
	/* over midnight */
	if (ret->to_s <= ret->from_s)
		ret->to_s += r->day->sim.period_s;
	return 0;
}

static void add(struct usher_sim_span *spans, uint32_t *count, double from_s,
		double to_s, uint32_t presence)
{
	if (to_s > from_s)
		spans[(*count)++] =
			(struct usher_sim_span){from_s, to_s, presence, 0};
}

/* A shift is cut by its breaks. */
static int cut(const struct reader *r, const struct shift *shift,
	       yaml_node_t *breaks, struct usher_sim_span *spans,
	       uint32_t *count)
{
	double at = shift->from_s;
	int rc = 0;

	if (breaks)
		rc = read_list(r, breaks, "breaks", BREAKS_MAX);
	for (size_t i = 0; !rc && i < usher__yaml_len(breaks); i++) {
		yaml_node_t *item = usher__yaml_item(r->yaml, breaks, i);
		struct shift rest = {0};

		rc = read_shift(r, item, "a break", &rest);
		if (rc)
			break;
		/* after midnight, of a shift over it */
		if (rest.to_s <= shift->from_s) {
			rest.from_s += r->day->sim.period_s;
			rest.to_s += r->day->sim.period_s;
		}
		if (rest.from_s < at || rest.to_s > shift->to_s)
			return read_fail(r, item,
					 "this break is not within its "
					 "shift, or overlaps another");
		add(spans, count, at, rest.from_s, USHER_READY);
		add(spans, count, rest.from_s, rest.to_s, USHER_PAUSED);
		at = rest.to_s;
	}
	add(spans, count, at, shift->to_s, USHER_READY);
	return rc;
}

static int compare_spans(const void *a, const void *b)
{
	const struct usher_sim_span *x = a, *y = b;

	return x->from_s < y->from_s ? -1 : x->from_s > y->from_s;
}

/* What begins after midnight of a shift over it begins the period. */
static void wrap(struct usher_sim_span *spans, uint32_t count, double period_s)
{
	for (uint32_t i = 0; i < count; i++) {
		if (spans[i].from_s < period_s)
			continue;
		spans[i].from_s -= period_s;
		spans[i].to_s -= period_s;
	}
	qsort(spans, count, sizeof(*spans), compare_spans);
}

int read_spans(const struct reader *r, yaml_node_t *list,
	       struct usher_sim_group *g)
{
	struct usher_sim_span *spans;
	int rc;

	if (!list)
		return 0;
	rc = read_list(r, list, "shifts", SHIFTS_MAX);
	if (rc)
		return rc;
	spans = read_alloc(r, usher__yaml_len(list) * (2 * BREAKS_MAX + 1),
			   sizeof(*spans));
	if (!spans)
		return USHER_ENOMEM;
	g->spans = spans;
	for (size_t i = 0; !rc && i < usher__yaml_len(list); i++) {
		yaml_node_t *item = usher__yaml_item(r->yaml, list, i);
		struct shift shift = {0};
		const uint32_t before = g->span_count;

		rc = read_shift(r, item, "a shift", &shift);
		if (!rc && before && shift.from_s < spans[before - 1].to_s)
			rc = read_fail(r, item,
				       "this shift overlaps the one before");
		if (!rc)
			rc = cut(r, &shift,
				 usher__yaml_get(r->yaml, item, "breaks"),
				 spans, &g->span_count);
	}
	wrap(spans, g->span_count, r->day->sim.period_s);
	return rc;
}

static int try_group(const struct reader *r, yaml_node_t *map,
		     const struct usher_sim_group *g)
{
	struct usher_sim_opts opts = r->day->sim;
	struct usher_error err = {0};
	struct usher_sim *sim = NULL;
	int rc;

	opts.groups = g;
	opts.group_count = 1;
	opts.contact_order = NULL;
	rc = usher_sim_new(&sim, &opts, &err);
	usher_sim_free(sim);
	return rc ? usher__yaml_fail(r->yaml, map, r->err, rc, "%s",
				     err.message)
		  : 0;
}

static int read_range(const struct reader *r, yaml_node_t *map,
		      const struct usher_sim_group *g, struct lab_range *range)
{
	int rc = 0;

	range->most = 0;
	for (size_t i = 0; !rc && i < LAB_COUNT(range_fields); i++) {
		const struct read_field *f = &range_fields[i];
		const yaml_node_t *node =
			usher__yaml_get(r->yaml, map, f->key);

		if (node)
			rc = read_one(r, node, f->key, f, range);
	}
	if (!rc && range->most && range->most < range->least)
		rc = read_fail(r, usher__yaml_get(r->yaml, map, "most"),
			       "group %s: most is less than least", g->name);
	return rc;
}

static int read_group(const struct reader *r, yaml_node_t *map,
		      struct usher_sim_group *g, struct lab_range *range)
{
	int rc;

	g->agents = 1;
	rc = read_fields(r, map, "a group", fields, LAB_COUNT(fields), g);
	if (rc)
		return rc;
	if (!g->name)
		return read_fail(r, map, "a group needs a 'name'");
	rc = read_attrs(r, usher__yaml_get(r->yaml, map, "skills"), "skills",
			&g->attrs, &g->attr_count);
	if (!rc)
		rc = read_speeds(r, usher__yaml_get(r->yaml, map, "speeds"),
				 g);
	if (!rc)
		rc = read_capacity(r, map, g);
	if (!rc)
		rc = read_members(r, usher__yaml_get(r->yaml, map, "queues"),
				  g);
	if (!rc)
		rc = read_spans(r, usher__yaml_get(r->yaml, map, "shifts"), g);
	if (!rc)
		rc = read_range(r, map, g, range);
	return rc ? rc : try_group(r, map, g);
}

/* An agent of whom nothing is said costs 1 an hour beside others who cost
 * something; where nobody does, no costs are told. */
static void say_costs(struct lab_day *day)
{
	bool costs = false;

	for (uint32_t g = 0; g < day->sim.group_count; g++)
		costs |= day->ranges[g].per_hour > 0;
	for (uint32_t g = 0; g < day->sim.group_count; g++)
		if (day->ranges[g].per_hour < 0)
			day->ranges[g].per_hour = costs;
}

int read_groups(const struct reader *r, yaml_node_t *list)
{
	struct lab_day *day = r->day;
	int rc = read_list(r, list, "groups", USHER_SIM_GROUPS_MAX);

	if (rc)
		return rc;
	day->groups =
		read_alloc(r, usher__yaml_len(list), sizeof(*day->groups));
	day->ranges =
		read_alloc(r, usher__yaml_len(list), sizeof(*day->ranges));
	if (!day->groups || !day->ranges)
		return USHER_ENOMEM;
	for (uint32_t i = 0; !rc && i < usher__yaml_len(list); i++) {
		yaml_node_t *item = usher__yaml_item(r->yaml, list, i);

		day->ranges[i].per_hour = -1;
		rc = read_group(r, item, &day->groups[i], &day->ranges[i]);
		if (!rc &&
		    lab_day_group(day, day->groups[i].name) != UINT32_MAX)
			rc = read_fail(r, item, "a second group %s",
				       day->groups[i].name);
		if (!rc)
			day->sim.group_count = i + 1;
	}
	say_costs(day);
	day->sim.groups = day->groups;
	return rc;
}
