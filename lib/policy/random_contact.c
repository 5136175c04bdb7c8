/*
 * random: any waiting contact, each equally likely: service in random order.
 * The draw is that of the number of the last event, so that it needs no state.
 * To compare others with. Looks at every waiting contact.
 */
#include <policy/policies.h>

static int pick(void *arg, const struct usher_pick *question,
		const struct usher_contact_view *contacts, size_t count,
		struct usher_choice *choice)
{
	uint64_t position = question->number;

	(void)arg;
	(void)contacts;
	choice->index = (uint32_t)usher_pick_random(
		question, USHER__PURPOSE_CONTACT, &position, count);
	return USHER_PICK_THIS;
}

const struct usher_contact_policy usher__random_contact = {
	.size = sizeof(struct usher_contact_policy),
	.name = "random",
	.version = 2,
	.order = USHER_ORDER_SCAN,
	.pick = pick,
};
