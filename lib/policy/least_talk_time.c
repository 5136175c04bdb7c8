/*
 * least_talk_time: the agent who has talked least since the day began, hold
 * included, of contacts that are over. It evens out the load on voices where
 * fewest_contacts evens out numbers. Common in products, for example as
 * "fewest talk seconds"; no theory behind it.
 */
#include <policy/policies.h>

static int64_t talked(void *arg, const struct usher_agent_view *agent)
{
	(void)arg;
	return agent->talk_us;
}

const struct usher_agent_policy usher__least_talk_time = {
	.size = sizeof(struct usher_agent_policy),
	.name = "least_talk_time",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.group = 1,
	.key = talked,
};
