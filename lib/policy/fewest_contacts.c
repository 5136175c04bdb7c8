/*
 * fewest_contacts: the agent who had the fewest contacts since the day began,
 * dialed ones that nobody answered not counted.
 */
#include <policy/policies.h>

static int64_t contacts(void *arg, const struct usher_agent_view *agent)
{
	(void)arg;
	return (int64_t)agent->contacts;
}

const struct usher_agent_policy usher__fewest_contacts = {
	.size = sizeof(struct usher_agent_policy),
	.name = "fewest_contacts",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.group = 1,
	.key = contacts,
};
