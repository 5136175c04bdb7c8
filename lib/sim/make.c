/* A simulation checked, made and freed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/sim.h"

/* Wrap-up ends when its drawn time does; the core's own limit is far off. */
#define WRAPUP_MAX_US (INT64_C(86400) * 365 * 1000000)
#define AGENT_NAME    80

int usher_sim_opts_init(struct usher_sim_opts *opts, size_t size)
{
	struct usher_sim_opts full = {
		.size = size,
		.queue_size = sizeof(struct usher_sim_queue),
		.group_size = sizeof(struct usher_sim_group)};

	if (!opts || size < sizeof(opts->size) || size > sizeof(full))
		return USHER_EINVAL;
	memcpy(opts, &full, size);
	return 0;
}

static int law_check(int32_t law, double mean, double cv)
{
	if (law == USHER_LAW_NONE)
		return 0;
	if (law < USHER_LAW_FIXED || law > USHER_LAW_LOGNORMAL ||
	    !isfinite(mean) || mean <= 0 || !isfinite(cv) || cv < 0)
		return USHER_EINVAL;
	return 0;
}

static int queue_check(const struct usher_sim_queue *q,
		       struct usher_error *err)
{
	if (!q->name || !*q->name)
		return usher_error_set(err, USHER_EINVAL,
				       "a queue without a name");
	if (!isfinite(q->arrivals_per_s) || q->arrivals_per_s < 0)
		return usher_error_set(err, USHER_EINVAL,
				       "queue %s: arrivals are negative",
				       q->name);
	if (q->handle_law == USHER_LAW_NONE ||
	    law_check(q->handle_law, q->handle_s, q->handle_cv) ||
	    law_check(q->wrapup_law, q->wrapup_s, q->wrapup_cv) ||
	    law_check(q->patience_law, q->patience_s, q->patience_cv))
		return usher_error_set(err, USHER_EINVAL,
				       "queue %s: a time is not above zero",
				       q->name);
	if (!(q->target_s >= 0 && q->target_s < 1e9) ||
	    !(q->short_s >= 0 && q->short_s < 1e9))
		return usher_error_set(err, USHER_EINVAL,
				       "queue %s: a limit is out of range",
				       q->name);
	return 0;
}

/* Element of an array whose elements have the size that the caller knows. */
static void element(const void *array, size_t size, uint32_t index, void *to,
		    size_t known)
{
	memset(to, 0, known);
	memcpy(to, (const char *)array + size * index, size);
}

static int opts_check(const struct usher_sim_opts *opts,
		      struct usher_sim_opts *full, struct usher_error *err)
{
	if (!opts || opts->size < sizeof(opts->size) ||
	    opts->size > sizeof(*full))
		return usher_error_set(err, USHER_EINVAL,
				       "options of an unknown size");
	usher_sim_opts_init(full, sizeof(*full));
	memcpy(full, opts, opts->size);
	full->size = sizeof(*full);
	if (!full->alloc)
		full->alloc = usher_alloc_default();
	if (!full->start_us)
		full->start_us = USHER_SIM_START_US;
	if (!full->queue_count || full->queue_count > USHER_SIM_QUEUES_MAX ||
	    full->group_count > USHER_SIM_GROUPS_MAX || !full->queues ||
	    (full->group_count && !full->groups) ||
	    full->queue_size > sizeof(struct usher_sim_queue) ||
	    full->group_size > sizeof(struct usher_sim_group))
		return usher_error_set(err, USHER_EINVAL,
				       "no queues, or too many things");
	return 0;
}

static int queue_make(struct usher_sim *sim, const struct usher_sim_opts *opts,
		      uint32_t index, struct usher_error *err)
{
	struct sim_queue *queue = &sim->queues[index];
	struct usher_queue_opts o;
	struct usher_sim_queue q;
	int rc;

	element(opts->queues, opts->queue_size, index, &q, sizeof(q));
	rc = queue_check(&q, err);
	if (rc)
		return rc;
	if (usher_acd_queue_find(sim->acd, q.name))
		return usher_error_set(err, USHER_EINVAL, "two queues %s",
				       q.name);
	usher_queue_opts_init(&o, sizeof(o));
	o.name = q.name;
	o.policy = q.policy;
	o.requirement = q.requirement;
	o.target_us = (int64_t)(q.target_s * 1e6);
	o.short_us = (int64_t)(q.short_s * 1e6);
	o.wrapup_us = q.wrapup_law == USHER_LAW_NONE ? 0 : WRAPUP_MAX_US;
	o.priority = q.priority;
	o.members_only = q.members_only;
	rc = usher_acd_queue_set(sim->acd, sim->now_us, &o, &queue->id, err);
	if (rc)
		return rc;
	queue->opts = q;
	queue->opts.name = queue->opts.policy = queue->opts.requirement = NULL;
	return usher__sim_drain(sim);
}

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
	if (usher_acd_agent_find(sim->acd, name))
		return usher_error_set(err, USHER_EINVAL, "two agents %s",
				       name);
	rc = usher_acd_agent_set(sim->acd, sim->now_us, &o, ret, err);
	if (!rc)
		rc = usher_acd_presence(sim->acd, sim->now_us, *ret,
					USHER_READY, NULL);
	return rc ? rc : usher__sim_drain(sim);
}

static int group_make(struct usher_sim *sim, const struct usher_sim_opts *opts,
		      uint32_t index, struct usher_error *err)
{
	uint64_t queues[USHER_AGENT_QUEUES_MAX];
	struct usher_sim_group g;
	int rc = 0;

	element(opts->groups, opts->group_size, index, &g, sizeof(g));
	if (!g.name || !*g.name || strlen(g.name) > USHER_NAME_MAX ||
	    g.queue_count > USHER_AGENT_QUEUES_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "a group without a name, or with too "
				       "many queues");
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
	return rc;
}

/* Room for all, and where each group's agents are. */
static int room_make(struct usher_sim *sim, const struct usher_sim_opts *opts,
		     struct usher_error *err)
{
	const struct usher_alloc *alloc = opts->alloc;
	struct usher_sim_group g;
	uint32_t agents = 0;

	sim->queues = alloc->realloc(alloc->arg, NULL,
				     opts->queue_count * sizeof(*sim->queues));
	sim->groups = alloc->realloc(alloc->arg, NULL,
				     (opts->group_count + (size_t)1) *
					     sizeof(*sim->groups));
	if (!sim->queues || !sim->groups)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	memset(sim->queues, 0, opts->queue_count * sizeof(*sim->queues));
	for (uint32_t i = 0; i < opts->group_count; i++) {
		element(opts->groups, opts->group_size, i, &g, sizeof(g));
		if (g.agents > USHER_SIM_AGENTS_MAX - agents)
			return usher_error_set(err, USHER_EINVAL,
					       "more than %d agents",
					       USHER_SIM_AGENTS_MAX);
		sim->groups[i].first = agents;
		sim->groups[i].agents = g.agents;
		agents += g.agents;
	}
	sim->agents = alloc->realloc(
		alloc->arg, NULL, (agents + (size_t)1) * sizeof(*sim->agents));
	if (!sim->agents)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	return 0;
}

static int core_make(struct usher_sim *sim, const struct usher_sim_opts *opts,
		     struct usher_error *err)
{
	struct usher_acd_opts acd;
	struct usher_metrics_opts metrics;
	int rc;

	usher_acd_opts_init(&acd, sizeof(acd));
	acd.alloc = opts->alloc;
	acd.seed = opts->seed;
	rc = usher_acd_new(&sim->acd, &acd, err);
	if (rc)
		return rc;
	usher_metrics_opts_init(&metrics, sizeof(metrics));
	metrics.alloc = opts->alloc;
	rc = usher_metrics_new(&sim->metrics, &metrics, err);
	if (rc || !opts->contact_order)
		return rc;
	rc = usher_acd_configure(sim->acd, sim->now_us, opts->contact_order);
	if (rc)
		return usher_error_set(err, rc, "contact order %s",
				       opts->contact_order);
	return usher__sim_drain(sim);
}

int usher_sim_new(struct usher_sim **ret, const struct usher_sim_opts *opts,
		  struct usher_error *err)
{
	struct usher_sim_opts full;
	struct usher_sim *sim;
	int rc;

	if (!ret)
		return usher_error_set(err, USHER_EINVAL, "nowhere to write");
	rc = opts_check(opts, &full, err);
	if (rc)
		return rc;
	sim = full.alloc->realloc(full.alloc->arg, NULL, sizeof(*sim));
	if (!sim)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	memset(sim, 0, sizeof(*sim));
	sim->opts = full;
	sim->opts.queues = NULL;
	sim->opts.groups = NULL;
	sim->opts.contact_order = NULL;
	sim->now_us = full.start_us;
	rc = room_make(sim, &full, err);
	if (!rc)
		rc = core_make(sim, &full, err);
	for (uint32_t i = 0; !rc && i < full.queue_count; i++)
		rc = queue_make(sim, &full, i, err);
	for (uint32_t i = 0; !rc && i < full.group_count; i++)
		rc = group_make(sim, &full, i, err);
	for (uint32_t i = 0; !rc && i < full.queue_count; i++)
		rc = usher__sim_plan_arrival(sim, i);
	if (rc)
		usher_sim_free(sim);
	else
		*ret = sim;
	return rc;
}

static void contacts_free(struct usher_sim *sim)
{
	const struct usher_alloc *alloc = sim->opts.alloc;
	const size_t slots =
		sim->contacts.bits ? (size_t)1 << sim->contacts.bits : 0;

	for (size_t i = 0; i < slots; i++)
		if (sim->contacts.slots[i])
			alloc->realloc(alloc->arg, sim->contacts.slots[i], 0);
	usher__idmap_free(&sim->contacts, alloc);
}

void usher_sim_free(struct usher_sim *sim)
{
	const struct usher_alloc *alloc;

	if (!sim)
		return;
	alloc = sim->opts.alloc;
	contacts_free(sim);
	usher_acd_free(sim->acd);
	usher_metrics_free(sim->metrics);
	alloc->realloc(alloc->arg, sim->queues, 0);
	alloc->realloc(alloc->arg, sim->groups, 0);
	alloc->realloc(alloc->arg, sim->agents, 0);
	alloc->realloc(alloc->arg, sim->heap.plans, 0);
	alloc->realloc(alloc->arg, sim, 0);
}
