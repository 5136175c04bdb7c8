/* A group of agents made. */
#include <stdio.h>
#include <string.h>

#include "sim/sim.h"

#define AGENT_NAME 80

static int agent_make(struct usher_sim *sim, const struct usher_sim_group *g,
		      const uint64_t *queues, uint32_t number, uint64_t *ret,
		      struct usher_error *err)
{
	struct usher_agent_opts o;
	char name[AGENT_NAME];
	int rc;

	snprintf(name, sizeof(name), "%s-%u", g->name, number + 1);
	usher_agent_opts_init(&o, sizeof(o));
	o.name = name;
	o.attrs = g->attrs;
	o.attr_count = g->attr_count;
	o.queues = queues;
	o.queue_count = g->queue_count;
	o.order = number;
	o.capacity = g->capacity;
	o.capacity_size = g->capacity_size;
	o.capacity_count = g->capacity_count;
	o.max_total = g->max_total;
	if (usher_acd_agent_find(sim->acd, name))
		return usher_error_set(err, USHER_EINVAL, "two agents %s",
				       name);
	rc = usher_acd_agent_set(sim->acd, sim->now_us, &o, ret, err);
	return rc ? rc : usher__sim_drain(sim);
}

static int spans_make(struct usher_sim *sim, struct sim_group *group,
		      const struct usher_sim_group *g)
{
	const struct usher_alloc *alloc = sim->opts.alloc;

	if (!g->span_count)
		return 0;
	group->spans = alloc->realloc(alloc->arg, NULL,
				      g->span_count * sizeof(*group->spans));
	if (!group->spans)
		return USHER_ENOMEM;
	group->span_count = g->span_count;
	for (uint32_t i = 0; i < g->span_count; i++) {
		group->spans[i].from_us = usher__sim_us(g->spans[i].from_s);
		group->spans[i].to_us = usher__sim_us(g->spans[i].to_s);
		group->spans[i].presence = g->spans[i].presence;
	}
	return 0;
}

/* One for each queue; those that are not said are 1. */
static int speeds_make(struct usher_sim *sim, struct sim_group *group,
		       const struct usher_sim_group *g)
{
	const struct usher_alloc *alloc = sim->opts.alloc;

	if (!g->speed_count)
		return 0;
	group->speeds =
		alloc->realloc(alloc->arg, NULL,
			       sim->opts.queue_count * sizeof(*group->speeds));
	if (!group->speeds)
		return USHER_ENOMEM;
	for (uint32_t i = 0; i < sim->opts.queue_count; i++)
		group->speeds[i] = i < g->speed_count && g->speeds[i] != 0
					   ? g->speeds[i]
					   : 1;
	sim->speeds = true;
	return 0;
}

int usher__sim_group_make(struct usher_sim *sim,
			  const struct usher_sim_opts *opts, uint32_t index,
			  struct usher_error *err)
{
	uint64_t queues[USHER_AGENT_QUEUES_MAX];
	struct usher_sim_group g;
	int rc = 0;

	usher__sim_element(opts->groups, opts->group_size, index, &g,
			   sizeof(g));
	rc = usher__sim_check_group(&g, opts->period_s, err);
	if (!rc)
		rc = spans_make(sim, &sim->groups[index], &g);
	if (!rc)
		rc = speeds_make(sim, &sim->groups[index], &g);
	if (!rc)
		rc = usher__sim_capacity(sim, &sim->groups[index], &g, err);
	if (rc)
		return rc;
	for (uint32_t i = 0; i < g.queue_count; i++) {
		queues[i] = usher_sim_queue_id(sim, g.queues[i]);
		if (!queues[i])
			return usher_error_set(err, USHER_EINVAL,
					       "group %s: no queue number %u",
					       g.name, g.queues[i]);
	}
	for (uint32_t i = 0; !rc && i < g.agents; i++)
		rc = agent_make(sim, &g, queues, i,
				&sim->agents[sim->groups[index].first + i],
				err);
	return rc ? rc : usher__sim_shift(sim, index);
}
