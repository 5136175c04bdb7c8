/*
 * longest_idle: the agent who has been available longest. Time counts from the
 * end of the last work or from the last time they became ready, whichever is
 * later, so that a pause does not bring anybody to the front.
 */
#include <policy/policies.h>

int64_t usher__available_since(void *arg, const struct usher_agent_view *agent)
{
	(void)arg;
	return agent->idle_since_us > agent->ready_since_us
		       ? agent->idle_since_us
		       : agent->ready_since_us;
}

const struct usher_agent_policy usher__longest_idle = {
	.size = sizeof(struct usher_agent_policy),
	.name = "longest_idle",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.group = 1,
	.key = usher__available_since,
};
