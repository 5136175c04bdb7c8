/* What staffing aims at, and what is compared. */
#include <math.h>
#include <string.h>

#include "read.h"

#define TARGETS_MAX USHER_SIM_TARGETS_MAX

struct target {
	const char *queue;
	double from_s, to_s, every_s;
};

/* Limits are read by hand: a part or a time, as the figure is. */
static const struct read_field target_fields[] = {
	{"queue", READ_TEXT, offsetof(struct target, queue), 0, 0},
	{"figure", READ_OTHER, 0, 0, 0},
	{"at_least", READ_OTHER, 0, 0, 0},
	{"at_most", READ_OTHER, 0, 0, 0},
	{"from", READ_SECONDS, offsetof(struct target, from_s), 0, 0},
	{"to", READ_SECONDS, offsetof(struct target, to_s), 0, 0},
	{"every", READ_SECONDS, offsetof(struct target, every_s), 1, 1e9},
};

static int read_figure(const struct reader *r, yaml_node_t *map,
		       enum lab_figure *ret)
{
	const char *names[LAB_FIGURES + 1] = {NULL};
	enum lab_figure figures[LAB_FIGURES];
	yaml_node_t *node = usher__yaml_get(r->yaml, map, "figure");
	size_t which = 0, count = 0;
	int rc;

	for (enum lab_figure f = 0; f < LAB_FIGURES; f++)
		if (lab_sim_figure(f)) {
			names[count] = lab_figures[f].name;
			figures[count++] = f;
		}
	if (!node)
		return read_fail(r, map, "a target needs a 'figure'");
	rc = usher__yaml_word(r->yaml, node, "figure", names, &which, r->err);
	if (!rc)
		*ret = figures[which];
	return rc;
}

static int read_limit(const struct reader *r, yaml_node_t *map,
		      struct lab_target *target)
{
	const bool most = lab_sim_figure(target->figure) >= USHER_SIM_ASA;
	const struct read_field field = {
		most ? "at_most" : "at_least",
		lab_figures[target->figure].unit == LAB_TIME ? READ_SECONDS
							     : READ_PART,
		0, 0, 0};
	yaml_node_t *node = usher__yaml_get(r->yaml, map, field.key);

	if (!node)
		return read_fail(r, map, "a target of %s needs '%s'",
				 lab_figures[target->figure].name, field.key);
	return read_one(r, node, field.key, &field, &target->limit);
}

/* One for each part of the day: ret has room for them all, or is NULL. */
static int spread(const struct reader *r, yaml_node_t *map,
		  const struct target *read, const struct lab_target *one,
		  struct lab_target *ret, uint32_t *count)
{
	const double period_s = r->day->sim.period_s;
	const double to_s = read->to_s > 0 ? read->to_s : period_s;
	double every_s = read->every_s;

	if (read->from_s < 0 || read->from_s >= to_s || to_s > period_s)
		return read_fail(r, map,
				 "a target's 'from' and 'to' have to "
				 "be within the day, in this order");
	if (every_s <= 0 || every_s > to_s - read->from_s)
		every_s = to_s - read->from_s;
	for (uint32_t i = 0; read->from_s + i * every_s < to_s - 1e-6; i++) {
		if (*count == TARGETS_MAX)
			return read_fail(r, map, "more than %u targets",
					 TARGETS_MAX);
		if (ret) {
			ret[*count] = *one;
			ret[*count].from_s = read->from_s + i * every_s;
			ret[*count].to_s =
				fmin(read->from_s + (i + 1) * every_s, to_s);
		}
		++*count;
	}
	return 0;
}

static int read_target(const struct reader *r, yaml_node_t *map,
		       struct lab_target *ret, uint32_t *count)
{
	struct target read = {0};
	struct lab_target one = {0};
	int rc = read_fields(r, map, "a target", target_fields,
			     LAB_COUNT(target_fields), &read);

	if (!rc)
		rc = read_figure(r, map, &one.figure);
	if (!rc)
		rc = read_limit(r, map, &one);
	if (rc)
		return rc;
	one.index = r->day->sim.queue_count;
	one.queue = read.queue;
	if (read.queue)
		one.index = lab_day_queue(r->day, read.queue);
	if (one.index == UINT32_MAX)
		return read_fail(r, usher__yaml_get(r->yaml, map, "queue"),
				 "no queue %s", read.queue);
	if (read.from_s != 0 || read.to_s != 0 || read.every_s > 0)
		return spread(r, map, &read, &one, ret, count);
	if (*count == TARGETS_MAX)
		return read_fail(r, map, "more than %u targets", TARGETS_MAX);
	if (ret)
		ret[*count] = one;
	++*count;
	return 0;
}

/* Once to count them, once to keep them. */
int read_targets(const struct reader *r, yaml_node_t *list)
{
	struct lab_day *day = r->day;
	int rc = read_list(r, list, "targets", TARGETS_MAX);

	for (int pass = 0; !rc && pass < 2; pass++) {
		uint32_t count = 0;

		for (uint32_t i = 0; !rc && i < usher__yaml_len(list); i++)
			rc = read_target(r, usher__yaml_item(r->yaml, list, i),
					 pass ? day->targets : NULL, &count);
		if (!rc && !pass)
			day->targets =
				read_alloc(r, count, sizeof(*day->targets));
		if (!rc && !day->targets)
			return USHER_ENOMEM;
		if (!rc)
			day->target_count = count;
	}
	return rc;
}

/* ---- Variants ---- */

static const struct read_field variant_fields[] = {
	{"name", READ_TEXT, offsetof(struct lab_variant, name), 0, 0},
	{"policy", READ_TEXT, offsetof(struct lab_variant, policy), 0, 0},
	{"contact_order", READ_TEXT,
	 offsetof(struct lab_variant, contact_order), 0, 0},
	{"policies", READ_OTHER, 0, 0, 0},
	{"agents", READ_OTHER, 0, 0, 0},
};

static int read_policies(const struct reader *r, yaml_node_t *map,
			 struct lab_variant *v)
{
	yaml_node_t *key, *value;
	const char *name;
	int rc = 0;

	if (!map)
		return 0;
	if (!usher__yaml_is_map(map))
		return read_fail(r, map, "policies have to be a mapping");
	v->policies =
		read_alloc(r, r->day->sim.queue_count, sizeof(*v->policies));
	if (!v->policies)
		return USHER_ENOMEM;
	for (size_t i = 0;
	     !rc && usher__yaml_entry(r->yaml, map, i, &name, &key, &value);
	     i++) {
		const uint32_t queue = lab_day_queue(r->day, name);

		rc = queue == UINT32_MAX
			     ? read_fail(r, key, "no queue %s", name)
			     : usher__yaml_text(r->yaml, value, "a policy",
						LAB_NAME_MAX,
						&v->policies[queue], r->err);
	}
	return rc;
}

static int read_agents(const struct reader *r, yaml_node_t *map,
		       struct lab_variant *v)
{
	static const struct read_field one = {"agents", READ_U32, 0, 0,
					      USHER_SIM_AGENTS_MAX};
	yaml_node_t *key, *value;
	uint32_t *agents;
	const char *name;
	int rc = 0;

	if (!map)
		return 0;
	if (!usher__yaml_is_map(map))
		return read_fail(r, map, "agents have to be a mapping");
	agents = read_alloc(r, r->day->sim.group_count, sizeof(*agents));
	if (!agents)
		return USHER_ENOMEM;
	v->agents = agents;
	for (uint32_t i = 0; i < r->day->sim.group_count; i++)
		agents[i] = UINT32_MAX;
	for (size_t i = 0;
	     !rc && usher__yaml_entry(r->yaml, map, i, &name, &key, &value);
	     i++) {
		const uint32_t group = lab_day_group(r->day, name);

		rc = group == UINT32_MAX
			     ? read_fail(r, key, "no group %s", name)
			     : read_one(r, value, one.key, &one,
					&agents[group]);
	}
	return rc;
}

static int try_variant(const struct reader *r, yaml_node_t *map,
		       const struct lab_variant *v)
{
	struct lab_day copy = *r->day;
	struct usher_error err = {0};
	struct usher_sim *sim = NULL;
	int rc;

	/* its parts are freed here, and those of the day are not */
	copy.parts = NULL;
	copy.part_count = 0;
	rc = lab_day_vary(&copy, v);
	if (!rc)
		rc = usher_sim_new(&sim, &copy.sim, &err);
	usher_sim_free(sim);
	copy.text = NULL;
	lab_day_parts_free(&copy);
	return rc ? usher__yaml_fail(r->yaml, map, r->err, rc, "%s",
				     err.message)
		  : 0;
}

int read_variants(const struct reader *r, yaml_node_t *list)
{
	struct lab_day *day = r->day;
	int rc = read_list(r, list, "compare", LAB_VARIANTS_MAX);

	if (rc)
		return rc;
	day->variant_count = (uint32_t)usher__yaml_len(list);
	day->variants =
		read_alloc(r, day->variant_count, sizeof(*day->variants));
	if (!day->variants)
		return USHER_ENOMEM;
	for (uint32_t i = 0; !rc && i < day->variant_count; i++) {
		yaml_node_t *map = usher__yaml_item(r->yaml, list, i);
		struct lab_variant *v = &day->variants[i];

		rc = read_fields(r, map, "what is compared", variant_fields,
				 LAB_COUNT(variant_fields), v);
		if (!rc && !v->name)
			rc = read_fail(r, map,
				       "what is compared needs a 'name'");
		for (uint32_t k = 0; !rc && k < i; k++)
			if (!strcmp(day->variants[k].name, v->name))
				rc = read_fail(r, map,
					       "a second %s is compared",
					       v->name);
		if (!rc)
			rc = read_policies(
				r, usher__yaml_get(r->yaml, map, "policies"),
				v);
		if (!rc)
			rc = read_agents(
				r, usher__yaml_get(r->yaml, map, "agents"), v);
		if (!rc)
			rc = try_variant(r, map, v);
	}
	return rc;
}
