/*
 * fastest_first: the agent with the shortest mean handle time in this queue.
 * What is measured is mixed with a prior: (weight × prior + sum) / (weight +
 * number). It makes the mean wait shortest when agents differ in speed, and
 * the fast ones pay for it: Armony, Dynamic routing in large-scale service
 * systems with heterogeneous servers, Queueing Systems 51 (2005). Ties: who
 * has been available longest. Looks at every candidate.
 *
 * Options: prior, seconds (default 0: the queue's own smoothed handle time);
 * weight, how many contacts it stands for (8).
 */
#include <policy/policies.h>

static int pick(void *arg, void *state, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	(void)arg;
	(void)state;
	usher__pace_extreme(question, agents, count, 1, choice);
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__fastest_first = {
	.size = sizeof(struct usher_agent_policy),
	.name = "fastest_first",
	.version = 1,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.key = usher__available_since,
	.pick = pick,
	.configure = usher__pace_configure,
	.conf_size = sizeof(struct usher__pace_conf),
	.paces = 1,
};
