/*
 * slowest_first: the agent with the longest mean handle time in this queue,
 * the opposite of fastest_first, to compare with. Looks at every candidate.
 *
 * Options: as of fastest_first.
 */
#include <policy/policies.h>

static int pick(void *arg, void *state, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	(void)arg;
	(void)state;
	usher__pace_extreme(question, agents, count, -1, choice);
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__slowest_first = {
	.size = sizeof(struct usher_agent_policy),
	.name = "slowest_first",
	.version = 1,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.key = usher__available_since,
	.pick = pick,
	.configure = usher__pace_configure,
	.conf_size = sizeof(struct usher__pace_conf),
	.paces = 1,
};
