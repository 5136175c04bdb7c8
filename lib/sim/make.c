/* A simulation checked, made and freed. */
#include <math.h>
#include <string.h>

#include "sim/sim.h"

/* Wrap-up ends when its drawn time does; the core's own limit is far off. */
#define WRAPUP_MAX_US (INT64_C(86400) * 365 * 1000000)
#define PERIOD_S      86400.0
#define PERIOD_MAX_S  (366 * PERIOD_S)
#define POOL_BLOCK    256

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
	    (full->agent_policy_count && !full->agent_policies) ||
	    (full->contact_policy_count && !full->contact_policies) ||
	    full->queue_size > sizeof(struct usher_sim_queue) ||
	    full->group_size > sizeof(struct usher_sim_group))
		return usher_error_set(err, USHER_EINVAL,
				       "no queues, or too many things");
	if (full->period_s == 0)
		full->period_s = PERIOD_S;
	if (!(full->period_s >= 1 && full->period_s <= PERIOD_MAX_S) ||
	    full->places < USHER_ZERO || !(full->day_cv >= 0))
		return usher_error_set(err, USHER_EINVAL,
				       "period, places or day out of range");
	return 0;
}

/* A law made ready, with its own copy of the values. */
static int law_make(struct usher_sim *sim, struct sim_law *ret,
		    const struct sim_law_opts *opts)
{
	const struct usher_alloc *alloc = sim->opts.alloc;
	size_t size = opts->count * sizeof(*opts->values);
	double *values;
	int rc;

	rc = usher__sim_law(ret, opts);
	ret->values = NULL;
	if (rc || !opts->count || opts->law == USHER_LAW_NONE)
		return rc;
	values = alloc->realloc(alloc->arg, NULL, size);
	if (!values)
		return USHER_ENOMEM;
	memcpy(values, opts->values, size);
	ret->values = values;
	return 0;
}

static int laws_make(struct usher_sim *sim, struct sim_queue *queue,
		     const struct usher_sim_queue *q)
{
	const struct sim_law_opts handle = {
		q->handle_values, q->handle_s, q->handle_cv,
		q->handle_value_count, q->handle_law};
	const struct sim_law_opts wrapup = {
		q->wrapup_values, q->wrapup_s, q->wrapup_cv,
		q->wrapup_value_count, q->wrapup_law};
	const struct sim_law_opts patience = {
		q->patience_values, q->patience_s, q->patience_cv,
		q->patience_value_count, q->patience_law};
	const struct sim_law_opts retry = {q->retry_values, q->retry_s,
					   q->retry_cv, q->retry_value_count,
					   q->retry_law};
	const struct sim_law_opts day = {NULL, 1, q->day_cv, 0,
					 q->day_cv > 0 ? USHER_LAW_GAMMA
						       : USHER_LAW_NONE};
	const struct sim_law_opts dial = {NULL, q->dial_s, q->dial_cv, 0,
					  q->dial_law};
	int rc;

	rc = law_make(sim, &queue->handle, &handle);
	if (!rc)
		rc = law_make(sim, &queue->wrapup, &wrapup);
	if (!rc)
		rc = law_make(sim, &queue->patience, &patience);
	if (!rc)
		rc = law_make(sim, &queue->retry, &retry);
	if (!rc)
		rc = law_make(sim, &queue->day, &day);
	if (!rc)
		rc = law_make(sim, &queue->dial, &dial);
	return rc;
}

static int rates_make(struct usher_sim *sim, struct sim_queue *queue,
		      const struct usher_sim_queue *q)
{
	const struct usher_sim_rate one = {0, q->arrivals_per_s};
	const struct usher_sim_rate *rates = q->rate_count ? q->rates : &one;
	const struct usher_alloc *alloc = sim->opts.alloc;
	uint32_t count = q->rate_count;

	if (!count && q->arrivals_per_s > 0)
		count = 1;
	if (!count)
		return 0;
	queue->rates = alloc->realloc(alloc->arg, NULL,
				      count * sizeof(*queue->rates));
	if (!queue->rates)
		return USHER_ENOMEM;
	queue->rate_count = count;
	for (uint32_t i = 0; i < count; i++) {
		queue->rates[i].from_us = usher__sim_us(rates[i].from_s);
		queue->rates[i].per_s = rates[i].per_s;
	}
	return 0;
}

/* What is asked for, without what is the caller's. */
static void queue_keep(struct sim_queue *queue,
		       const struct usher_sim_queue *q)
{
	queue->opts = *q;
	queue->opts.name = queue->opts.policy = queue->opts.requirement = NULL;
	queue->opts.channel = NULL;
	queue->opts.handle_values = queue->opts.wrapup_values = NULL;
	queue->opts.patience_values = queue->opts.retry_values = NULL;
	queue->opts.rates = NULL;
	queue->opts.steps = NULL;
	queue->opts.hours = NULL;
	queue->opts.policy_options = queue->opts.order_options = NULL;
	if (!q->call_count) {
		queue->opts.calls = NULL;
		queue->opts.came = NULL;
	}
	if (!q->retry_max)
		queue->opts.retry_max = 1;
	/* who is dialed has an agent */
	if (q->outbound_every_s > 0 && q->outbound_ratio == 0)
		queue->opts.places = USHER_ZERO;
}

static int queue_make(struct usher_sim *sim, const struct usher_sim_opts *opts,
		      uint32_t index, struct usher_error *err)
{
	struct sim_queue *queue = &sim->queues[index];
	struct usher_queue_opts o;
	struct usher_sim_queue q;
	int rc;

	usher__sim_element(opts->queues, opts->queue_size, index, &q,
			   sizeof(q));
	rc = usher__sim_check_queue(&q, opts->period_s, err);
	if (rc)
		return rc;
	if (usher_acd_queue_find(sim->acd, q.name))
		return usher_error_set(err, USHER_EINVAL, "two queues %s",
				       q.name);
	queue_keep(queue, &q);
	sim->ahead = sim->ahead || q.outbound_ratio > 0;
	rc = usher__sim_kinds(sim, queue, &q);
	if (!rc)
		rc = laws_make(sim, queue, &q);
	if (!rc)
		rc = rates_make(sim, queue, &q);
	if (!rc)
		rc = usher__sim_hours_make(sim, queue, &q);
	if (rc)
		return usher_error_set(err, rc, "queue %s", q.name);
	rc = usher__sim_onward_make(sim, queue, &q, err);
	if (rc)
		return rc;
	usher_queue_opts_init(&o, sizeof(o));
	o.name = q.name;
	o.policy = q.policy;
	o.requirement = q.requirement;
	o.target_us = (int64_t)(q.target_s * 1e6);
	o.short_us = (int64_t)(q.short_s * 1e6);
	o.wrapup_us = q.wrapup_law == USHER_LAW_NONE ? 0 : WRAPUP_MAX_US;
	o.max_wait_us = (int64_t)(q.max_wait_s * 1e6);
	o.priority = q.priority;
	o.max_waiting = q.max_waiting;
	o.members_only = q.members_only;
	o.policy_options = q.policy_options;
	o.policy_option_count = q.policy_option_count;
	o.order_options = q.order_options;
	o.order_option_count = q.order_option_count;
	rc = usher_acd_queue_set(sim->acd, sim->now_us, &o, &queue->id, err);
	return rc ? rc : usher__sim_drain(sim);
}

static void *zeroed(const struct usher_alloc *alloc, size_t size)
{
	void *ptr = alloc->realloc(alloc->arg, NULL, size);

	if (ptr)
		memset(ptr, 0, size);
	return ptr;
}

/* What queues say of each other, and when they are open. */
static int queue_finish(struct usher_sim *sim,
			const struct usher_sim_opts *opts, uint32_t index,
			struct usher_error *err)
{
	struct usher_sim_queue q;
	int rc;

	usher__sim_element(opts->queues, opts->queue_size, index, &q,
			   sizeof(q));
	if (q.outbound_watch > sim->opts.queue_count)
		return usher_error_set(err, USHER_EINVAL,
				       "queue %s watches no queue", q.name);
	rc = usher__sim_steps(sim, index, &q, err);
	return rc ? rc : usher__sim_hours(sim, index);
}

/* Room for all, and where each group's agents are. */
static int room_make(struct usher_sim *sim, const struct usher_sim_opts *opts,
		     struct usher_error *err)
{
	const struct usher_alloc *alloc = opts->alloc;
	struct usher_sim_group g;
	uint32_t agents = 0;
	bool several = false;

	sim->queues = zeroed(alloc, opts->queue_count * sizeof(*sim->queues));
	sim->groups = zeroed(alloc, (opts->group_count + (size_t)1) *
					    sizeof(*sim->groups));
	if (!sim->queues || !sim->groups)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	for (uint32_t i = 0; i < opts->group_count; i++) {
		usher__sim_element(opts->groups, opts->group_size, i, &g,
				   sizeof(g));
		if (g.agents > USHER_SIM_AGENTS_MAX - agents)
			return usher_error_set(err, USHER_EINVAL,
					       "more than %d agents",
					       USHER_SIM_AGENTS_MAX);
		sim->groups[i].first = agents;
		sim->groups[i].agents = g.agents;
		sim->groups[i].speed = g.speed != 0 ? g.speed : 1;
		sim->speeds = sim->speeds || sim->groups[i].speed != 1;
		agents += g.agents;
		several = several || usher__sim_several(&g);
	}
	sim->agent_count = agents;
	sim->agents = alloc->realloc(
		alloc->arg, NULL, (agents + (size_t)1) * sizeof(*sim->agents));
	if (!sim->agents)
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	/* after the last one, where a group without agents begins */
	sim->agents[agents] = UINT64_MAX;
	if (several && usher__sim_desks_make(sim))
		return usher_error_set(err, USHER_ENOMEM, "no memory");
	return 0;
}

static int policies_add(struct usher_acd *acd,
			const struct usher_sim_opts *opts,
			struct usher_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < opts->agent_policy_count; i++)
		rc = usher_acd_agent_policy_add(acd, opts->agent_policies[i]);
	for (uint32_t i = 0; !rc && i < opts->contact_policy_count; i++)
		rc = usher_acd_contact_policy_add(acd,
						  opts->contact_policies[i]);
	return rc ? usher_error_set(err, rc, "a policy of one's own") : 0;
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
	acd.record_inputs = opts->record_inputs;
	rc = usher_acd_new(&sim->acd, &acd, err);
	if (!rc)
		rc = policies_add(sim->acd, opts, err);
	if (rc)
		return rc;
	usher_metrics_opts_init(&metrics, sizeof(metrics));
	metrics.alloc = opts->alloc;
	rc = usher_metrics_new(&sim->metrics, &metrics, err);
	if (rc || !opts->contact_order)
		return rc;
	rc = usher_acd_configure(sim->acd, sim->now_us, opts->contact_order);
	if (rc)
		return usher_error_set(err, rc,
				       rc == USHER_ENOMEM
					       ? "no memory for order \"%s\""
					       : "no contact order \"%s\"",
				       opts->contact_order);
	return usher__sim_drain(sim);
}

static int day_make(struct usher_sim *sim, double cv, struct usher_error *err)
{
	const struct sim_law_opts opts = {
		NULL, 1, cv, 0, cv > 0 ? USHER_LAW_GAMMA : USHER_LAW_NONE};

	if (usher__sim_law(&sim->day, &opts))
		return usher_error_set(err, USHER_EINVAL,
				       "variation of days out of range");
	return 0;
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
	sim->answer = usher__sim_answer;
	sim->opts = full;
	sim->opts.queues = NULL;
	sim->opts.groups = NULL;
	sim->opts.contact_order = NULL;
	sim->now_us = full.start_us;
	sim->period_us = usher__sim_us(full.period_s);
	usher__pool_init(&sim->pool, sizeof(struct sim_contact), POOL_BLOCK);
	rc = day_make(sim, full.day_cv, err);
	if (!rc)
		rc = room_make(sim, &full, err);
	if (!rc)
		rc = core_make(sim, &full, err);
	for (uint32_t i = 0; !rc && i < full.queue_count; i++)
		rc = queue_make(sim, &full, i, err);
	for (uint32_t i = 0; !rc && i < full.queue_count; i++)
		rc = queue_finish(sim, &full, i, err);
	for (uint32_t i = 0; !rc && i < full.group_count; i++)
		rc = usher__sim_group_make(sim, &full, i, err);
	for (uint32_t i = 0; !rc && i < full.queue_count; i++)
		rc = sim->queues[i].opts.outbound_every_s > 0
			     ? usher__sim_dial(sim, i)
			     : usher__sim_plan_arrival(sim, i);
	/* the last who was dialed may be gone already */
	if (!rc)
		rc = usher__sim_drain(sim);
	if (rc)
		usher_sim_free(sim);
	else
		*ret = sim;
	return rc;
}

static void queues_free(struct usher_sim *sim)
{
	const struct usher_alloc *alloc = sim->opts.alloc;

	for (uint32_t i = 0; sim->queues && i < sim->opts.queue_count; i++) {
		struct sim_queue *queue = &sim->queues[i];
		const struct sim_law *laws[] = {&queue->handle, &queue->wrapup,
						&queue->patience,
						&queue->retry};

		for (size_t k = 0; k < sizeof(laws) / sizeof(*laws); k++)
			alloc->realloc(alloc->arg, (void *)laws[k]->values, 0);
		alloc->realloc(alloc->arg, queue->rates, 0);
		alloc->realloc(alloc->arg, queue->hours, 0);
		alloc->realloc(alloc->arg, queue->consults, 0);
		alloc->realloc(alloc->arg, queue->transfers, 0);
	}
	for (uint32_t i = 0; sim->groups && i < sim->opts.group_count; i++) {
		alloc->realloc(alloc->arg, sim->groups[i].spans, 0);
		alloc->realloc(alloc->arg, sim->groups[i].speeds, 0);
	}
	alloc->realloc(alloc->arg, sim->queues, 0);
	alloc->realloc(alloc->arg, sim->groups, 0);
}

void usher_sim_free(struct usher_sim *sim)
{
	const struct usher_alloc *alloc;

	if (!sim)
		return;
	alloc = sim->opts.alloc;
	usher__idmap_free(&sim->contacts, alloc);
	usher__pool_done(&sim->pool, alloc);
	usher_acd_free(sim->acd);
	usher_metrics_free(sim->metrics);
	usher__sim_desks_free(sim);
	queues_free(sim);
	alloc->realloc(alloc->arg, sim->agents, 0);
	alloc->realloc(alloc->arg, sim->heap.plans, 0);
	alloc->realloc(alloc->arg, sim, 0);
}
