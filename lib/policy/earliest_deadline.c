/*
 * earliest_deadline: the contact whose service-level target ends first, also
 * when it has ended. Contacts of queues with short targets overtake, but
 * nobody waits for ever, since every target ends. Earliest due date, Jackson,
 * Scheduling a production line to minimize maximum tardiness (1955). A target
 * counts from where the age does, so that a callback and who is led on keep
 * their place. Version 1 counted from the entry into the queue.
 */
#include <policy/policies.h>

static int64_t due(void *arg, const struct usher_contact_view *contact)
{
	(void)arg;
	return contact->since_us + contact->target_us;
}

const struct usher_contact_policy usher__earliest_deadline = {
	.size = sizeof(struct usher_contact_policy),
	.name = "earliest_deadline",
	.version = 2,
	.order = USHER_ORDER_STATIC,
	.key = due,
};
