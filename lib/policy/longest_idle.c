/*
 * longest_idle: the agent who has been available longest. Time counts from the
 * end of the last work or from the last time they became ready, whichever is
 * later, so that a pause does not bring anybody to the front. Who has room for
 * several contacts and has some is not idle: fewer go first.
 */
#include <policy/policies.h>

/* Further apart than any two moments of the next centuries. */
#define LOAD_STEP (INT64_C(1) << 53)
#define LOAD_MAX  255

int64_t usher__available_since(void *arg, const struct usher_agent_view *agent)
{
	(void)arg;
	return agent->idle_since_us > agent->ready_since_us
		       ? agent->idle_since_us
		       : agent->ready_since_us;
}

int64_t usher__idlest(void *arg, const struct usher_agent_view *agent)
{
	const uint32_t load = agent->load < LOAD_MAX ? agent->load : LOAD_MAX;

	return load * LOAD_STEP + usher__available_since(arg, agent);
}

const struct usher_agent_policy usher__longest_idle = {
	.size = sizeof(struct usher_agent_policy),
	.name = "longest_idle",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.group = 1,
	.key = usher__idlest,
};
