/*
 * Room for one more: a maximum per kind of channel, one over all kinds, and
 * kinds that do not stand in the way of another. Nothing here is a state:
 * "free" is computed from presence and from what the agent has.
 */
#include <acd/internal.h>

/* Without a list: one of each kind. A kind that is not in the list: none. */
uint32_t usher__agent_max(const struct usher_acd *acd,
			  const struct agent *agent, uint32_t kind)
{
	struct usher_attr attr;

	if (!agent->conf->capacity.len)
		return 1;
	if (!usher__kv_find(&agent->conf->capacity, acd->kinds[kind], &attr))
		return 0;
	return (uint32_t)attr.number;
}

/* Whether the words of a list, separated by blanks, contain the name. */
static bool has_word(const char *words, const char *name)
{
	size_t len = strlen(name);

	while (*words) {
		size_t word = strcspn(words, " ");

		if (word == len && !strncmp(words, name, len))
			return true;
		words += word;
		words += strspn(words, " ");
	}
	return false;
}

bool usher__agent_has_room(const struct usher_acd *acd,
			   const struct agent *agent, uint32_t kind)
{
	uint32_t in_the_way = agent->load_total;
	struct usher_attr attr;

	if (agent->load[kind] >= usher__agent_max(acd, agent, kind))
		return false;
	if (in_the_way < agent->conf->max_total)
		return true;
	if (!usher__kv_find(&agent->conf->interrupts, acd->kinds[kind], &attr))
		return false;
	for (uint32_t i = 0; i < acd->kind_count; i++) {
		if (agent->load[i] && has_word(attr.text, acd->kinds[i]))
			in_the_way -= agent->load[i];
	}
	return in_the_way < agent->conf->max_total;
}

bool usher__agent_open(const struct agent *agent)
{
	return agent->presence == USHER_READY && !agent->pending &&
	       !agent->removing;
}

bool usher__agent_free(const struct usher_acd *acd, const struct agent *agent,
		       uint32_t kind)
{
	return usher__agent_open(agent) &&
	       usher__agent_has_room(acd, agent, kind);
}

void usher__agent_load(struct agent *agent, uint32_t kind, int change)
{
	agent->load[kind] = (uint16_t)(agent->load[kind] + change);
	agent->load_total = (uint32_t)((int)agent->load_total + change);
}

/* Only who takes any kind has room. */
bool usher__free_unseen(const struct agent *agent)
{
	return agent->presence == USHER_READY && !agent->pending &&
	       !agent->removing && !agent->conf->capacity.len &&
	       agent->load_total < agent->conf->max_total;
}
