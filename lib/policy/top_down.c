/*
 * top_down: the first in the list who is free: the smallest `order`.
 */
#include <policy/policies.h>

const struct usher_agent_policy usher__top_down = {
	.size = sizeof(struct usher_agent_policy),
	.name = "top_down",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.group = 1,
};
