/*
 * A simulation made of a record: its arrivals as they came, its times as laws,
 * its agents by groups, with what is to be different.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/rec.h"
#include "sim/sim.h"

#define DAY_S 86400.0
/* The model's period is a second longer. */
#define PERIOD_MAX_S (366 * DAY_S - 1)

/* Handle times, patience, what is known of each arrival, steps and hours. */
#define OWNED 5

struct usher_record_model {
	struct usher_alloc alloc;
	struct usher_sim_opts opts;
	struct usher_sim_queue *queues;
	struct usher_sim_group *groups;
	char (*names)[USHER_NAME_MAX + 1]; /* of groups */
	struct rec_list *owned;            /* of queues: OWNED each */
	uint32_t **group_queues;
};

void usher_record_opts_init(struct usher_record_opts *opts, size_t size)
{
	const struct usher_record_opts full = {
		.size = size,
		.change_size = sizeof(struct usher_record_change)};

	memcpy(opts, &full, size);
}

static void *zeroed(const struct usher_alloc *alloc, size_t count, size_t size)
{
	void *at = alloc->realloc(alloc->arg, NULL, (count + 1) * size);

	if (at)
		memset(at, 0, (count + 1) * size);
	return at;
}

/* Elements have the size that the caller knows. */
static struct usher_record_change
change_at(const struct usher_record_opts *opts, uint32_t i)
{
	struct usher_record_change ret = {0};

	memcpy(&ret, (const char *)opts->changes + opts->change_size * i,
	       opts->change_size);
	return ret;
}

/* ---- Laws ---- */

static int handle_law(const struct usher_record *r, const struct rec_queue *q,
		      struct usher_sim_queue *ret, struct rec_list *values)
{
	const struct rec_handled *h = q->handled.items;

	for (uint32_t i = 0; i < q->handled.count; i++) {
		const struct rec_agent *a = usher__rec_agent(r, h[i].agent);
		double *v = usher__rec_more(r, values, sizeof(*v));

		if (!v)
			return USHER_ENOMEM;
		*v = h[i].time_s;
		if (a->spans.count)
			*v *= usher__rec_group(r, a->group)->speed;
	}
	ret->handle_law = USHER_LAW_VALUES;
	ret->handle_values = values->items;
	ret->handle_value_count = values->count;
	return 0;
}

/* Of a queue where nobody was served: as in the others, or a minute. */
static int pooled_law(const struct usher_record *r,
		      struct usher_sim_queue *ret, struct rec_list *values)
{
	for (uint32_t i = 0; i < r->queues.count; i++) {
		int rc = handle_law(r, usher__rec_queue(r, i), ret, values);

		if (rc)
			return rc;
	}
	if (values->count)
		return 0;
	memset(ret, 0, sizeof(*ret));
	ret->handle_law = USHER_LAW_FIXED;
	ret->handle_s = 60;
	return 0;
}

static void wrapup_law(const struct rec_queue *q, struct usher_sim_queue *ret)
{
	const double *w = q->wrapups.items;

	for (uint32_t i = 0; i < q->wrapups.count; i++) {
		if (w[i] <= 0)
			continue;
		ret->wrapup_law = USHER_LAW_VALUES;
		ret->wrapup_values = w;
		ret->wrapup_value_count = q->wrapups.count;
		return;
	}
}

/* Attributes, priority and longest wait of each arrival, where anybody has
 * any. */
static int came(const struct usher_record *r, const struct rec_queue *q,
		struct usher_sim_queue *ret, struct rec_list *list)
{
	const struct rec_came *c = q->came.items;
	bool any = false;

	for (uint32_t i = 0; i < q->came.count; i++)
		any |= c[i].set || c[i].priority || c[i].max_wait_us ||
		       c[i].age_us || c[i].requirement || c[i].kind;
	for (uint32_t i = 0; any && i < q->came.count; i++) {
		struct usher_sim_came *one =
			usher__rec_more(r, list, sizeof(*one));

		if (!one)
			return USHER_ENOMEM;
		one->priority = c[i].priority;
		one->max_wait_us = c[i].max_wait_us;
		one->age_us = c[i].age_us;
		one->requirement = c[i].requirement;
		one->channel = usher__rec_kind_name(r, c[i].kind);
		if (!c[i].set)
			continue;
		one->attrs = c[i].set->attrs.list.items;
		one->attr_count = c[i].set->attrs.list.count;
	}
	ret->came = list->items;
	ret->came_size = sizeof(struct usher_sim_came);
	return 0;
}

static int model_queue(struct usher_record_model *m,
		       const struct usher_record *r,
		       const struct usher_record_opts *opts, uint32_t i)
{
	struct rec_queue *q = usher__rec_queue(r, i);
	struct usher_sim_queue *s = &m->queues[i];
	int rc;

	if (q->handled.count)
		rc = handle_law(r, q, s, &m->owned[OWNED * i]);
	else
		rc = pooled_law(r, s, &m->owned[OWNED * i]);
	if (!rc)
		rc = usher__rec_patience(r, q, s, &m->owned[OWNED * i + 1]);
	if (!rc)
		rc = came(r, q, s, &m->owned[OWNED * i + 2]);
	if (!rc)
		rc = usher__rec_model_steps(r, q, s, &m->owned[OWNED * i + 3]);
	if (rc)
		return rc;
	wrapup_law(q, s);
	s->name = q->name;
	s->policy = q->policy;
	s->policy_options = q->policy_options.list.items;
	s->policy_option_count = q->policy_options.list.count;
	/* options are of a policy; another one knows them not */
	if (opts->policy) {
		s->policy = opts->policy;
		s->policy_options = opts->policy_options;
		s->policy_option_count = opts->policy_option_count;
	}
	s->order_options = q->order_options.list.items;
	s->order_option_count = q->order_options.list.count;
	s->requirement = q->requirement;
	s->calls = q->calls.items;
	s->call_count = q->calls.count;
	s->target_s = (double)q->target_us / SIM_SECOND_US;
	s->short_s = (double)q->short_us / SIM_SECOND_US;
	s->priority = q->priority;
	s->members_only = q->members_only;
	return 0;
}

/* ---- Agents ---- */

static bool change_of(const struct usher_record_opts *opts, const char *group,
		      struct usher_record_change *ret)
{
	for (uint32_t i = 0; i < opts->change_count; i++) {
		*ret = change_at(opts, i);
		if (!strcmp(ret->group, group))
			return true;
	}
	return false;
}

/* Number of those up to n who come and go as the first of a pattern does, in
 * turn through the agents of the record. */
static uint32_t count_like(const struct usher_record *r, uint32_t group,
			   uint32_t pattern, uint32_t n)
{
	const struct rec_group *g = usher__rec_group(r, group);
	uint32_t count = 0, place = 0;

	for (uint32_t i = g->first; i < r->agents.count; i++) {
		const struct rec_agent *a = usher__rec_agent(r, i);

		if (!a->spans.count || a->group != group)
			continue;
		if (a->pattern == pattern && n > place)
			count += (n - place - 1) / g->agents + 1;
		place++;
	}
	return count;
}

static int group_queues(struct usher_record_model *m,
			const struct usher_record *r,
			const struct rec_agent *a, uint32_t at)
{
	const uint64_t *ids = a->queues.items;
	uint32_t *list = zeroed(&m->alloc, a->queues.count, sizeof(*list));
	uint32_t n = 0;

	if (!list)
		return USHER_ENOMEM;
	for (uint32_t i = 0; i < a->queues.count; i++)
		for (uint32_t k = 0; k < r->queues.count; k++)
			if (usher__rec_queue(r, k)->id == ids[i])
				list[n++] = k;
	m->group_queues[at] = list;
	m->groups[at].queues = list;
	m->groups[at].queue_count = n;
	return 0;
}

/* Agents who have one contact at a time, of any kind that there is, need no
 * desks. */
static void capacity(const struct usher_record *r, const struct rec_agent *a,
		     struct usher_sim_group *ret)
{
	if (!usher__rec_several(a) && !(a->capacity.count && r->kind_count))
		return;
	ret->capacity = a->capacity.items;
	ret->capacity_count = a->capacity.count;
	ret->max_total = a->most;
	ret->slowdown = usher__rec_group(r, a->group)->slowdown;
}

static int model_pattern(struct usher_record_model *m,
			 const struct usher_record *r,
			 const struct usher_record_opts *opts,
			 uint32_t pattern)
{
	const struct rec_agent *a = usher__rec_agent(r, pattern);
	const struct rec_group *g = usher__rec_group(r, a->group);
	struct usher_record_change change;
	bool changed = change_of(opts, g->name, &change);
	uint32_t at = m->opts.group_count, n = g->agents;
	struct usher_sim_group *s = &m->groups[at];

	if (changed && change.agents >= 0)
		n = (uint32_t)change.agents;
	snprintf(m->names[at], sizeof(m->names[at]), "%.40s.%u", g->name, at);
	s->name = m->names[at];
	s->agents = count_like(r, a->group, pattern, n);
	s->attrs = a->attrs.list.items;
	s->attr_count = a->attrs.list.count;
	if (changed && change.attrs) {
		s->attrs = change.attrs;
		s->attr_count = change.attr_count;
	}
	s->spans = a->spans.items;
	s->span_count = a->spans.count;
	s->speed = g->speed;
	capacity(r, a, s);
	m->opts.group_count++;
	return group_queues(m, r, a, at);
}

/* ---- The model ---- */

static int check(const struct usher_record *r,
		 const struct usher_record_opts *opts, struct usher_error *err)
{
	if (!r->ended)
		return usher_error_set(err, USHER_ESTATE,
				       "the record has not ended");
	if (usher_record_duration(r) > PERIOD_MAX_S)
		return usher_error_set(err, USHER_EINVAL,
				       "the record is of %.0f days, a "
				       "simulation repeats after 366 at most",
				       usher_record_duration(r) / DAY_S);
	if (r->groups.count > USHER_SIM_GROUPS_MAX)
		return usher_error_set(err, USHER_EFULL,
				       "%u kinds of agents, a simulation has "
				       "%d at most",
				       r->groups.count, USHER_SIM_GROUPS_MAX);
	if (!opts->change_size ||
	    opts->change_size > sizeof(struct usher_record_change))
		return usher_error_set(err, USHER_EINVAL,
				       "changes of an unknown size");
	for (uint32_t i = 0; i < opts->change_count; i++) {
		const struct usher_record_change change = change_at(opts, i);
		const char *name = change.group;
		uint32_t k = 0;

		while (k < r->groups.count &&
		       strcmp(usher__rec_group(r, k)->name, name))
			k++;
		if (k == r->groups.count)
			return usher_error_set(
				err, USHER_ENOENT,
				"there is no group \"%s\" in the record",
				name);
		if (change.agents > USHER_SIM_AGENTS_MAX)
			return usher_error_set(err, USHER_EINVAL,
					       "more than %d agents",
					       USHER_SIM_AGENTS_MAX);
	}
	return 0;
}

static int fill(struct usher_record_model *m, const struct usher_record *r,
		const struct usher_record_opts *opts)
{
	const size_t groups = r->agents.count;
	int rc = 0;

	m->queues = zeroed(&m->alloc, r->queues.count, sizeof(*m->queues));
	m->owned = zeroed(&m->alloc, OWNED * (size_t)r->queues.count,
			  sizeof(*m->owned));
	m->groups = zeroed(&m->alloc, groups, sizeof(*m->groups));
	m->names = zeroed(&m->alloc, groups, sizeof(*m->names));
	m->group_queues = zeroed(&m->alloc, groups, sizeof(*m->group_queues));
	if (!m->queues || !m->owned || !m->groups || !m->names ||
	    !m->group_queues)
		return USHER_ENOMEM;
	m->opts.queue_count = r->queues.count;
	for (uint32_t i = 0; !rc && i < r->queues.count; i++)
		rc = model_queue(m, r, opts, i);
	for (uint32_t i = 0; !rc && i < r->agents.count; i++)
		if (usher__rec_agent(r, i)->spans.count &&
		    usher__rec_agent(r, i)->pattern == i)
			rc = model_pattern(m, r, opts, i);
	return rc;
}

int usher_record_model_new(struct usher_record_model **ret,
			   const struct usher_record *record,
			   const struct usher_record_opts *opts,
			   struct usher_error *err)
{
	struct usher_record_opts all;
	struct usher_record_model *m;
	int rc;

	usher_record_opts_init(&all, sizeof(all));
	if (opts && opts->size <= sizeof(all))
		memcpy(&all, opts, opts->size);
	if (!ret || !record || (opts && opts->size > sizeof(all)))
		return usher_error_set(err, USHER_EINVAL, "nowhere to write");
	rc = check(record, &all, err);
	if (rc)
		return rc;
	m = zeroed(&record->alloc, 0, sizeof(*m));
	if (!m)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	m->alloc = record->alloc;
	usher_sim_opts_init(&m->opts, sizeof(m->opts));
	rc = fill(m, record, &all);
	if (rc) {
		usher_record_model_free(m);
		return usher_error_set(err, rc, "out of memory");
	}
	m->opts.alloc = &m->alloc;
	m->opts.queues = m->queues;
	m->opts.groups = m->groups;
	m->opts.start_us = record->first_us;
	m->opts.period_s = usher_record_duration(record) + 1;
	m->opts.contact_order = all.contact_order ? all.contact_order
				: *record->contact_order
					? record->contact_order
					: NULL;
	*ret = m;
	return 0;
}

const struct usher_sim_opts *
usher_record_model_opts(const struct usher_record_model *m)
{
	return &m->opts;
}

void usher_record_model_free(struct usher_record_model *m)
{
	struct usher_alloc alloc;

	if (!m)
		return;
	alloc = m->alloc;
	for (uint32_t i = 0; m->owned && i < OWNED * m->opts.queue_count; i++)
		alloc.realloc(alloc.arg, m->owned[i].items, 0);
	for (uint32_t i = 0; m->group_queues && i < m->opts.group_count; i++)
		alloc.realloc(alloc.arg, m->group_queues[i], 0);
	alloc.realloc(alloc.arg, m->queues, 0);
	alloc.realloc(alloc.arg, m->owned, 0);
	alloc.realloc(alloc.arg, m->groups, 0);
	alloc.realloc(alloc.arg, m->names, 0);
	alloc.realloc(alloc.arg, m->group_queues, 0);
	alloc.realloc(alloc.arg, m, 0);
}
