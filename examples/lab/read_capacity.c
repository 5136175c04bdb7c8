/* How many contacts of which kinds an agent of a group has at once, written as
 * in a center's configuration, and how they slow each other down. */
#include <string.h>

#include "read.h"

#define TOTAL "total"

/* A name that no queue has is a slip of the pen. */
static int known(const struct reader *r, const yaml_node_t *node,
		 const char *kind)
{
	for (uint32_t i = 0; i < r->day->sim.queue_count; i++)
		if (!strcmp(kind, r->day->queues[i].channel
					  ? r->day->queues[i].channel
					  : "voice"))
			return 0;
	return read_fail(r, node, "no queue's channel is %s", kind);
}

static int read_most(const struct reader *r, yaml_node_t *map,
		     struct usher_sim_group *g, struct usher_capacity *list)
{
	static const struct read_field most = {"capacity", READ_U32, 0, 0,
					       USHER_CAPACITY_MAX};
	yaml_node_t *key, *value;
	const char *name;
	int rc = 0;

	for (size_t i = 0;
	     !rc && usher__yaml_entry(r->yaml, map, i, &name, &key, &value);
	     i++) {
		const bool total = !strcmp(name, TOTAL);

		if (total) {
			rc = read_one(r, value, name, &most, &g->max_total);
			continue;
		}
		if (g->capacity_count == USHER_CHANNELS_MAX)
			return read_fail(r, map, "more than %d channels",
					 USHER_CHANNELS_MAX);
		rc = known(r, key, name);
		if (rc)
			return rc;
		list[g->capacity_count].channel = name;
		rc = read_one(r, value, name, &most,
			      &list[g->capacity_count++].max);
	}
	return rc;
}

static int read_interrupts(const struct reader *r, yaml_node_t *map,
			   const struct usher_sim_group *g,
			   struct usher_capacity *list)
{
	static const struct read_field text = {"interrupts", READ_TEXT, 0, 0,
					       0};
	yaml_node_t *key, *value;
	const char *name;
	int rc = 0;

	if (!map)
		return 0;
	if (!usher__yaml_is_map(map))
		return read_fail(r, map, "interrupts has to be a mapping");
	for (size_t i = 0;
	     !rc && usher__yaml_entry(r->yaml, map, i, &name, &key, &value);
	     i++) {
		uint32_t at = 0;

		while (at < g->capacity_count &&
		       strcmp(list[at].channel, name) != 0)
			at++;
		rc = at == g->capacity_count
			     ? read_fail(r, key, "no capacity for %s", name)
			     : read_one(r, value, name, &text,
					&list[at].interrupts);
		if (!rc)
			rc = known(r, value, list[at].interrupts);
	}
	return rc;
}

/* A number, or one for each number of contacts at once. */
static int read_slowdown(const struct reader *r, yaml_node_t *node,
			 struct usher_sim_group *g)
{
	static const struct read_field one = {"slowdown", READ_NUMBER,
					      offsetof(struct usher_sim_group,
						       slowdown),
					      0, USHER_SIM_SLOWDOWN_MAX},
				       item = {"slowdown", READ_NUMBER, 0,
					       1 / USHER_SIM_SPEED_MAX,
					       USHER_SIM_SPEED_MAX};
	double *list;
	int rc;

	if (!node)
		return 0;
	if (!usher__yaml_is_list(node))
		return read_one(r, node, one.key, &one, g);
	rc = read_list(r, node, "slowdown", USHER_CAPACITY_MAX);
	if (rc)
		return rc;
	list = read_alloc(r, usher__yaml_len(node), sizeof(*list));
	if (!list)
		return USHER_ENOMEM;
	g->slowdowns = list;
	g->slowdown_count = (uint32_t)usher__yaml_len(node);
	for (uint32_t i = 0; !rc && i < g->slowdown_count; i++)
		rc = read_one(r, usher__yaml_item(r->yaml, node, i), item.key,
			      &item, &list[i]);
	return rc;
}

int read_capacity(const struct reader *r, yaml_node_t *group,
		  struct usher_sim_group *g)
{
	yaml_node_t *map = usher__yaml_get(r->yaml, group, "capacity");
	yaml_node_t *stops = usher__yaml_get(r->yaml, group, "interrupts");
	struct usher_capacity *list;
	int rc = 0;

	if (map && !usher__yaml_is_map(map))
		return read_fail(r, map, "capacity has to be a mapping");
	if (map) {
		list = read_alloc(r, USHER_CHANNELS_MAX, sizeof(*list));
		if (!list)
			return USHER_ENOMEM;
		rc = read_most(r, map, g, list);
		if (!rc)
			rc = read_interrupts(r, stops, g, list);
		g->capacity = list;
	} else if (stops) {
		rc = read_fail(r, stops, "'interrupts' needs 'capacity'");
	}
	return rc ? rc
		  : read_slowdown(
			    r, usher__yaml_get(r->yaml, group, "slowdown"), g);
}

static void add(struct lab_day *day, const char *kind)
{
	for (uint32_t i = 0; i < day->kind_count; i++)
		if (!strcmp(day->kinds[i], kind))
			return;
	if (day->kind_count < USHER_CHANNELS_MAX)
		day->kinds[day->kind_count++] = kind;
}

void read_kinds(struct lab_day *day)
{
	bool several = false;

	for (uint32_t i = 0; i < day->sim.group_count; i++)
		several = several || day->groups[i].capacity_count ||
			  day->groups[i].max_total ||
			  day->groups[i].slowdown > 0 ||
			  day->groups[i].slowdown_count;
	for (uint32_t i = 0; several && i < day->sim.queue_count; i++)
		add(day,
		    day->queues[i].channel ? day->queues[i].channel : "voice");
}
