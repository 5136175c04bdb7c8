/*
 * earliest_deadline: the contact whose service-level target ends first, also
 * when it has ended. Contacts of queues with short targets overtake, but
 * nobody waits for ever, since every target ends. Earliest due date, Jackson,
 * Scheduling a production line to minimize maximum tardiness (1955).
 */
#include <policy/policies.h>

static int64_t due(void *arg, const struct usher_contact_view *contact)
{
	(void)arg;
	return contact->entered_us + contact->target_us;
}

const struct usher_contact_policy usher__earliest_deadline = {
	.size = sizeof(struct usher_contact_policy),
	.name = "earliest_deadline",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.key = due,
};
