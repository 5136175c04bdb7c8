/*
 * least_skilled_first: the agent with the smallest score, the weighted sum of
 * proficiencies, so that specialists stay free for whoever needs them. Ties:
 * who has been available longest. Looks at every candidate. The same idea as
 * sending a call to the agents with the fewest skills first: Wallace and
 * Whitt, A staffing algorithm for call centers with skill-based routing,
 * Manufacturing & Service Operations Management 7 (2005), and Koole, Call
 * Center Optimization (2013).
 *
 * Options: as of best_skilled: the skills that are scarce.
 */
#include <policy/policies.h>

static int pick(void *arg, void *state, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	(void)arg;
	(void)state;
	usher__skills_extreme(question, agents, count, -1, choice);
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__least_skilled_first = {
	.size = sizeof(struct usher_agent_policy),
	.name = "least_skilled_first",
	.version = 1,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.key = usher__available_since,
	.pick = pick,
	.configure = usher__skills_needed,
	.conf_size = sizeof(struct usher__skills),
};
