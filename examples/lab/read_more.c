/* What staffing aims at, and what is compared. */
#include <string.h>

#include "read.h"

#define TARGETS_MAX 64

struct target {
	const char *queue;
	double at_least, at_most;
};

/* Limits are read by hand: a part or a time, as the figure is. */
static const struct read_field target_fields[] = {
	{"queue", READ_TEXT, offsetof(struct target, queue), 0, 0},
	{"figure", READ_OTHER, 0, 0, 0},
	{"at_least", READ_OTHER, 0, 0, 0},
	{"at_most", READ_OTHER, 0, 0, 0},
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

static int read_target(const struct reader *r, yaml_node_t *map,
		       struct lab_target *target)
{
	struct target read = {0};
	int rc = read_fields(r, map, "a target", target_fields,
			     LAB_COUNT(target_fields), &read);

	if (!rc)
		rc = read_figure(r, map, &target->figure);
	if (!rc)
		rc = read_limit(r, map, target);
	if (rc)
		return rc;
	target->index = r->day->sim.queue_count;
	target->queue = read.queue;
	if (!read.queue)
		return 0;
	target->index = lab_day_queue(r->day, read.queue);
	return target->index == UINT32_MAX
		       ? read_fail(r, usher__yaml_get(r->yaml, map, "queue"),
				   "no queue %s", read.queue)
		       : 0;
}

int read_targets(const struct reader *r, yaml_node_t *list)
{
	struct lab_day *day = r->day;
	int rc = read_list(r, list, "targets", TARGETS_MAX);

	if (rc)
		return rc;
	day->target_count = (uint32_t)usher__yaml_len(list);
	day->targets = read_alloc(r, day->target_count, sizeof(*day->targets));
	if (!day->targets)
		return USHER_ENOMEM;
	for (uint32_t i = 0; !rc && i < day->target_count; i++)
		rc = read_target(r, usher__yaml_item(r->yaml, list, i),
				 &day->targets[i]);
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
