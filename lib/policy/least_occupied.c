/*
 * least_occupied: the agent with the smallest part of the time since the
 * sign-in, without pauses, spent on contacts, wrap-up included. It evens out
 * occupancy between those who came early and late. Two such parts may cross
 * while nothing happens to either agent, so there is no order that could be
 * kept: every candidate is looked at. Ties: who has been available longest.
 */
#include <policy/policies.h>

#define MILLION 1000000

static double occupied(const struct usher_agent_view *agent, int64_t now)
{
	int64_t busy = agent->busy_us, all;

	all = now - agent->signed_in_us - agent->paused_us;
	if (agent->busy_since_us)
		busy += now - agent->busy_since_us;
	return all > 0 ? (double)busy / (double)all : 0;
}

static int pick(void *arg, void *state, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	double least = 0;

	(void)arg;
	(void)state;
	for (size_t i = 0; i < count; i++) {
		double part = occupied(&agents[i], question->now_us);

		usher__choice_score(choice, i, -(int64_t)(part * MILLION));
		if (i && part >= least)
			continue;
		least = part;
		choice->index = (uint32_t)i;
	}
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__least_occupied = {
	.size = sizeof(struct usher_agent_policy),
	.name = "least_occupied",
	.version = 1,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.key = usher__available_since,
	.pick = pick,
};
