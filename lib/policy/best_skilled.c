/*
 * best_skilled: the agent with the largest score, the weighted sum of
 * proficiencies. Ties: who has been available longest. Looks at every
 * candidate. Common in products, for example as "most skilled" or "expert
 * agent"; the weights are a linear utility.
 *
 * Options: about, the contact's attribute that names the skill it needs; every
 * other name is a skill with its weight, 0 to 1000.
 */
#include <policy/policies.h>

static int pick(void *arg, void *state, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	(void)arg;
	(void)state;
	usher__skills_extreme(question, agents, count, 1, choice);
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__best_skilled = {
	.size = sizeof(struct usher_agent_policy),
	.name = "best_skilled",
	.version = 1,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.key = usher__available_since,
	.pick = pick,
	.configure = usher__skills_needed,
	.conf_size = sizeof(struct usher__skills),
};
