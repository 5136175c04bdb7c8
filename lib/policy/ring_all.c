/*
 * ring_all: everybody who is free at once, up to USHER_GROUP_MAX, in the order
 * of the list; the first who accepts has it.
 */
#include <policy/policies.h>

const struct usher_agent_policy usher__ring_all = {
	.size = sizeof(struct usher_agent_policy),
	.name = "ring_all",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.group = USHER_GROUP_MAX,
};
