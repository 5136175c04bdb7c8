/*
 * age_with_boost: the highest score, where waiting counts at the queue's boost
 * (percent) and each point of priority like one second of waiting. So nobody
 * starves behind a stream of higher priorities, and queues with a boost above
 * 100 overtake. This is the accumulating priority of Stanford, Taylor and
 * Ziedins (2014, Queueing Systems 77): priority that grows linearly at a rate
 * of each class's own.
 *
 * A queue's option for the order: boost, percent, instead of the queue's own
 * (default 0: that one).
 */
#include <policy/policies.h>

/* Percent; that of a queue, USHER_BOOST_MAX. */
#define BOOST_MAX 10000

struct conf {
	int64_t boost;
};

static int configure(void *arg, const struct usher_attr *options, size_t count,
		     void *block, struct usher_error *err)
{
	struct conf *conf = block;
	struct usher__options o;
	int code;

	(void)arg;
	usher__options_init(&o, options, count, err);
	code = usher__option_number(&o, "boost", 0, BOOST_MAX, 1,
				    &conf->boost);
	return code ? code : usher__options_whole(&o);
}

static int64_t score(void *arg, const struct usher_pick *pick,
		     const struct usher_contact_view *contact)
{
	const struct conf *conf = contact->conf;
	int64_t waited_ms = (pick->now_us - contact->since_us) / 1000;

	(void)arg;
	return contact->priority * 100000 +
	       waited_ms * (conf->boost ? conf->boost : contact->boost);
}

const struct usher_contact_policy usher__age_with_boost = {
	.size = sizeof(struct usher_contact_policy),
	.name = "age_with_boost",
	.version = 2,
	.order = USHER_ORDER_HEAD,
	.score = score,
	.configure = configure,
	.conf_size = sizeof(struct conf),
};
