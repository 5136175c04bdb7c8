/*
 * age_with_boost: the highest score, where waiting counts at the queue's boost
 * (percent) and each point of priority like one second of waiting. So nobody
 * starves behind a stream of higher priorities, and queues with a boost above
 * 100 overtake. This is the accumulating priority of Stanford, Taylor and
 * Ziedins (2014, Queueing Systems 77): priority that grows linearly at a rate
 * of each class's own.
 */
#include <policy/policies.h>

static int64_t score(void *arg, const struct usher_pick *pick,
		     const struct usher_contact_view *contact)
{
	int64_t waited_ms = (pick->now_us - contact->since_us) / 1000;

	(void)arg;
	return contact->priority * 100000 + waited_ms * contact->boost;
}

const struct usher_contact_policy usher__age_with_boost = {
	.size = sizeof(struct usher_contact_policy),
	.name = "age_with_boost",
	.version = 1,
	.order = USHER_ORDER_HEAD,
	.score = score,
};
