/*
 * idleness_ratio: of the teams that have somebody for this contact, the one
 * whose number of idle agents most exceeds its share of all the idle ones; in
 * it, who has been available longest. So idleness is shared as the options
 * say. The agents' side of Gurvich and Whitt, Queue-and-idleness-ratio
 * controls in many-server service systems, Mathematics of Operations Research
 * 34 (2009), with fixed ratios: idle are all of a team in the whole center,
 * also those who may not take this contact, and their total is over all teams.
 * Agents of no team come when no team has anybody. Looks at every candidate
 * and at every idle agent.
 *
 * Options: attribute, of the agents (default "team"); every other name is a
 * team with its part of idleness, 0 to 1000.
 */
#include <policy/policies.h>

#define PART_MAX 1000

static int configure(void *arg, const struct usher_attr *options, size_t count,
		     void *block, struct usher_error *err)
{
	(void)arg;
	return usher__teams_configure(options, count, 0, PART_MAX, block, err);
}

static int pick(void *arg, void *state, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	const struct usher__teams *teams = question->conf;
	uint32_t idle[USHER__SHARES_MAX + 1], have[USHER__SHARES_MAX + 1];
	uint32_t best = teams->count;
	int64_t all = 0, parts = 0, scores[USHER__SHARES_MAX];

	(void)arg;
	(void)state;
	usher__teams_count(teams, agents, count, have);
	usher__teams_idle(teams, question, idle);
	for (uint32_t i = 0; i < teams->count; i++) {
		all += idle[i];
		parts += teams->list[i].weight;
	}
	for (uint32_t i = 0; i < teams->count; i++) {
		scores[i] = idle[i] * parts - teams->list[i].weight * all;
		if (have[i] &&
		    (best == teams->count || scores[i] > scores[best]))
			best = i;
	}
	usher__teams_score(teams, scores, agents, count, choice);
	choice->index =
		(uint32_t)usher__team_first(teams, best, agents, count);
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__idleness_ratio = {
	.size = sizeof(struct usher_agent_policy),
	.name = "idleness_ratio",
	.version = 2,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.key = usher__available_since,
	.pick = pick,
	.configure = configure,
	.conf_size = sizeof(struct usher__teams),
};
