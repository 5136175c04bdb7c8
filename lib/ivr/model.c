/* A finished flow set: references and what can be asked of it. */
#include <stdio.h>
#include <string.h>

#include "ivr/model.h"

struct usher_flow_set *usher_flow_set_ref(struct usher_flow_set *set)
{
	atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
	return set;
}

void usher_flow_set_unref(struct usher_flow_set *set)
{
	struct usher_alloc alloc;

	if (!set || atomic_fetch_sub_explicit(&set->refs, 1,
					      memory_order_acq_rel) != 1)
		return;
	for (struct bound *bound = set->bounds; bound; bound = bound->next)
		usher_expr_free(bound->expr);
	alloc = set->arena.alloc;
	usher__arena_free(&set->arena);
	alloc.realloc(alloc.arg, set, 0);
}

uint64_t usher_flow_set_version(const struct usher_flow_set *set)
{
	return set->version;
}

bool usher_flow_set_has(const struct usher_flow_set *set, const char *flow)
{
	return flow && usher__flow_find(set, flow);
}

const char *usher_flow_set_flow(const struct usher_flow_set *set, uint32_t i)
{
	return i < set->n_flows ? set->sorted[i]->name : NULL;
}

const char *usher_flow_set_name(const struct usher_flow_set *set, uint32_t i)
{
	return i < set->n_names ? set->names[i] : NULL;
}

const char *usher_flow_set_use(const struct usher_flow_set *set, uint32_t use,
			       uint32_t i, struct usher_error *place)
{
	uint32_t k = 0;

	while (k < set->n_uses && set->uses[k].kind < use)
		k++;
	if (i >= set->n_uses - k || set->uses[k + i].kind != use)
		return NULL;
	usher__flow_problem(place, 0, &set->uses[k + i].place, "%s",
			    set->uses[k + i].name);
	return set->uses[k + i].name;
}

int32_t usher__step_exit(const struct step *step, const char *on)
{
	for (uint32_t i = 0; i < step->n_exits; i++)
		if (!strcmp(step->exits[i].on, on))
			return step->exits[i].target;
	return TARGET_NONE;
}

int32_t usher__step_way(const struct step *step, const char *on)
{
	int32_t target = usher__step_exit(step, on);

	if (target == TARGET_NONE)
		target = usher__step_exit(step, "else");
	return target == TARGET_NONE ? step->next : target;
}

void usher__step_where(const struct usher_flow_set *set,
		       const struct step *step, char *buf, size_t size)
{
	const char *flow = set->flows[step->flow]->name;

	if (step->name)
		snprintf(buf, size, "%s/%s", flow, step->name);
	else
		snprintf(buf, size, "%s/%u", flow, step->number);
}
