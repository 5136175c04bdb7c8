/*
 * priority_age: the highest priority, then the oldest. The default.
 */
#include <policy/policies.h>

static int64_t key(void *arg, const struct usher_contact_view *contact)
{
	(void)arg;
	return -contact->priority;
}

const struct usher_contact_policy usher__priority_age = {
	.size = sizeof(struct usher_contact_policy),
	.name = "priority_age",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.key = key,
};
