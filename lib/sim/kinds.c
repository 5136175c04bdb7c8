/*
 * Kinds of channels, and how much of each an agent takes at once: the core
 * decides who has room; here is kept what stands still meanwhile.
 */
#include <string.h>

#include "sim/sim.h"

#define VOICE "voice"

bool usher__sim_several(const struct usher_sim_group *g)
{
	return g->capacity_count || g->max_total || g->slowdown != 0 ||
	       g->slowdown_count;
}

uint32_t usher__sim_kind_find(const struct usher_sim *sim, const char *name)
{
	name = name ? name : VOICE;
	for (uint32_t i = 0; i < sim->kind_count; i++)
		if (!strcmp(sim->kinds[i], name))
			return i;
	return USHER_CHANNELS_MAX;
}

/* Made if there is none of this name. */
static int kind(struct usher_sim *sim, const char *name, uint32_t *ret)
{
	const uint32_t found = usher__sim_kind_find(sim, name);

	name = name ? name : VOICE;
	if (found < USHER_CHANNELS_MAX) {
		*ret = found;
		return 0;
	}
	if (!*name || strlen(name) > USHER_NAME_MAX ||
	    sim->kind_count == USHER_CHANNELS_MAX)
		return USHER_EINVAL;
	memcpy(sim->kinds[sim->kind_count], name, strlen(name) + 1);
	*ret = sim->kind_count++;
	return 0;
}

int usher__sim_kinds(struct usher_sim *sim, struct sim_queue *queue,
		     const struct usher_sim_queue *q)
{
	int rc = kind(sim, q->channel, &queue->kind);

	for (size_t i = 0; !rc && q->came && i < q->call_count; i++) {
		const struct sim_who who = {
			.number = i, .queue = (uint32_t)(queue - sim->queues)};
		struct usher_sim_came came;
		uint32_t found;

		if (usher__sim_came(sim, &who, &came) && came.channel)
			rc = kind(sim, came.channel, &found);
	}
	return rc;
}

uint32_t usher__sim_kind_of(const struct usher_sim *sim,
			    const struct sim_who *who)
{
	struct usher_sim_came came;

	if (usher__sim_came(sim, who, &came) && came.channel)
		return usher__sim_kind_find(sim, came.channel);
	return sim->queues[who->queue].kind;
}

bool usher__sim_has_word(const char *words, const char *name)
{
	const size_t len = strlen(name);

	while (words && *words) {
		size_t word = strcspn(words, " ");

		if (word == len && !strncmp(words, name, len))
			return true;
		words += word;
		words += strspn(words, " ");
	}
	return false;
}

/* Kinds that nobody comes by interrupt nothing. */
static void interrupts(const struct usher_sim *sim, struct sim_group *group,
		       const struct usher_capacity *c)
{
	const uint32_t kind = usher__sim_kind_find(sim, c->channel);

	for (uint32_t i = 0; kind < USHER_CHANNELS_MAX && i < sim->kind_count;
	     i++)
		if (usher__sim_has_word(c->interrupts, sim->kinds[i]))
			group->stops[i] |= UINT32_C(1) << kind;
}

static int slowdowns_copy(struct usher_sim *sim, struct sim_group *group,
			  const struct usher_sim_group *g)
{
	const struct usher_alloc *alloc = sim->opts.alloc;
	const size_t size = g->slowdown_count * sizeof(*group->slowdowns);

	group->slowdown = g->slowdown;
	if (!g->slowdown_count)
		return 0;
	group->slowdowns = alloc->realloc(alloc->arg, NULL, size);
	if (!group->slowdowns)
		return USHER_ENOMEM;
	memcpy(group->slowdowns, g->slowdowns, size);
	group->slowdown_count = g->slowdown_count;
	return 0;
}

int usher__sim_capacity(struct usher_sim *sim, struct sim_group *group,
			const struct usher_sim_group *g,
			struct usher_error *err)
{
	const size_t known = sizeof(struct usher_capacity);
	const size_t size = g->capacity_size ? g->capacity_size : known;

	if (g->capacity_count > USHER_CHANNELS_MAX || size > known ||
	    size < offsetof(struct usher_capacity, reserved) ||
	    (g->capacity_count && !g->capacity) ||
	    g->max_total > USHER_CAPACITY_MAX)
		return usher_error_set(err, USHER_EINVAL,
				       "%s: capacity is out of range",
				       g->name);
	for (uint32_t i = 0; i < g->capacity_count; i++) {
		struct usher_capacity c = {0};

		memcpy(&c, (const char *)g->capacity + size * i, size);
		if (!c.channel)
			return usher_error_set(err, USHER_EINVAL,
					       "%s: capacity for no channel",
					       g->name);
		interrupts(sim, group, &c);
	}
	return slowdowns_copy(sim, group, g);
}

int usher__sim_desks_make(struct usher_sim *sim)
{
	const struct usher_alloc *alloc = sim->opts.alloc;
	const size_t size =
		(sim->agent_count + (size_t)1) * sizeof(*sim->desks);

	sim->desks = alloc->realloc(alloc->arg, NULL, size);
	if (!sim->desks)
		return USHER_ENOMEM;
	memset(sim->desks, 0, size);
	for (uint32_t i = 0; i < sim->opts.group_count; i++) {
		const struct sim_group *group = &sim->groups[i];

		for (uint32_t k = 0; k < group->agents; k++) {
			struct sim_desk *desk = &sim->desks[group->first + k];

			desk->group = i;
			desk->at_us = desk->counted_us = sim->now_us;
			desk->due_us = USHER_NEVER;
		}
	}
	return 0;
}

void usher__sim_desks_free(struct usher_sim *sim)
{
	const struct usher_alloc *alloc = sim->opts.alloc;

	for (uint32_t i = 0; sim->desks && i < sim->agent_count; i++)
		alloc->realloc(alloc->arg, sim->desks[i].tasks, 0);
	alloc->realloc(alloc->arg, sim->desks, 0);
	for (uint32_t i = 0; sim->groups && i < sim->opts.group_count; i++)
		alloc->realloc(alloc->arg, sim->groups[i].slowdowns, 0);
}
