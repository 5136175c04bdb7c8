/*
 * nearest_target: the contact whose service-level target ends next among those
 * still within it; when there is none, the one that is least beyond it is no
 * better than any other, so the oldest. A target counts from where the age
 * does; version 1 counted from the entry into the queue. Sees every waiting
 * contact.
 */
#include <policy/policies.h>

static int pick(void *arg, const struct usher_pick *question,
		const struct usher_contact_view *contacts, size_t count,
		struct usher_choice *choice)
{
	int64_t best = 0;
	size_t found = count, oldest = 0;

	(void)arg;
	for (size_t i = 0; i < count; i++) {
		int64_t due = contacts[i].since_us + contacts[i].target_us;

		if (contacts[i].since_us < contacts[oldest].since_us)
			oldest = i;
		if (due < question->now_us)
			continue;
		if (found == count || due < best) {
			best = due;
			found = i;
		}
	}
	choice->index = (uint32_t)(found == count ? oldest : found);
	return USHER_PICK_THIS;
}

const struct usher_contact_policy usher__nearest_target = {
	.size = sizeof(struct usher_contact_policy),
	.name = "nearest_target",
	.version = 2,
	.order = USHER_ORDER_SCAN,
	.pick = pick,
};
