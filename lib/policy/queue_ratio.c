/*
 * queue_ratio: the oldest contact of the queue whose length most exceeds its
 * share of all that wait. So the lengths of queues, and with them the waits,
 * keep the ratios that the options say. The queues' side of Gurvich and Whitt,
 * Queue-and-idleness-ratio controls in many-server service systems,
 * Mathematics of Operations Research 34 (2009), with fixed ratios.
 *
 * A queue's option for the order: share, in percent of all that wait (default
 * 0: it is to be empty); they should add up to 100.
 */
#include <policy/policies.h>

#define PERCENT 100

struct conf {
	int64_t share; /* thousandths of a percent */
};

static int configure(void *arg, const struct usher_attr *options, size_t count,
		     void *block, struct usher_error *err)
{
	struct conf *conf = block;
	struct usher__options o;

	(void)arg;
	usher__options_init(&o, options, count, err);
	return usher__option_number(&o, "share", 0, PERCENT, 1000,
				    &conf->share);
}

static int64_t score(void *arg, const struct usher_pick *pick,
		     const struct usher_contact_view *contact)
{
	const struct conf *conf = contact->conf;

	(void)arg;
	return (int64_t)contact->waiting * PERCENT * 1000 -
	       conf->share * (int64_t)pick->waiting;
}

const struct usher_contact_policy usher__queue_ratio = {
	.size = sizeof(struct usher_contact_policy),
	.name = "queue_ratio",
	.version = 1,
	.order = USHER_ORDER_HEAD,
	.score = score,
	.configure = configure,
	.conf_size = sizeof(struct conf),
	.totals = 1,
};
