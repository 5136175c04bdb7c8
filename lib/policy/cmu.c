/*
 * cmu: the contact whose waiting costs most now, for each second of work that
 * it takes to end it: marginal cost × rate of service. With a constant cost
 * per second this is the c-mu rule: Cox and Smith, Queues (1961), and for many
 * servers Mandelbaum and Stolyar, Operations Research 52 (2004). With a cost
 * that grows with the time waited it is the generalized rule of van Mieghem,
 * Dynamic scheduling with convex delay costs, Annals of Applied Probability 5
 * (1995). Priorities play no part.
 *
 * A queue's options for the order: cost, of waiting one second (default 1);
 * growth, the power of the time waited by which cost grows: 1, 2 or 3 (1);
 * handle, seconds (default 0: the queue's smoothed handle time).
 */
#include <policy/policies.h>

#define COST_MAX   1000000
#define GROWTH_MAX 3
/* Until a queue has handled anybody. */
#define HANDLE_US (INT64_C(180) * USHER__SECOND)
/* Scores are millionths, up to this. */
#define SCALE     1e6
#define SCORE_MAX 9e18

struct conf {
	int64_t cost; /* thousandths */
	int64_t growth;
	int64_t handle_us;
};

static int configure(void *arg, const struct usher_attr *options, size_t count,
		     void *block, struct usher_error *err)
{
	struct conf *conf = block;
	struct usher__options o;
	int code;

	(void)arg;
	conf->cost = 1000;
	conf->growth = 1;
	usher__options_init(&o, options, count, err);
	code = usher__option_number(&o, "cost", 0, COST_MAX, 1000,
				    &conf->cost);
	if (!code)
		code = usher__option_number(&o, "growth", 1, GROWTH_MAX, 1,
					    &conf->growth);
	if (!code)
		code = usher__option_number(&o, "handle", 0, USHER__DAY_S,
					    USHER__SECOND, &conf->handle_us);
	return code ? code : usher__options_whole(&o);
}

static int64_t score(void *arg, const struct usher_pick *pick,
		     const struct usher_contact_view *contact)
{
	const struct conf *conf = contact->conf;
	double waited = (double)(pick->now_us - contact->since_us) / 1e6;
	int64_t handle =
		conf->handle_us ? conf->handle_us : contact->handle_us;
	double value = (double)(conf->cost * conf->growth) / 1000;

	(void)arg;
	for (int64_t i = 1; i < conf->growth; i++)
		value *= waited;
	value /= (double)(handle ? handle : HANDLE_US) / 1e6;
	value *= SCALE;
	return value < SCORE_MAX ? (int64_t)value : (int64_t)SCORE_MAX;
}

const struct usher_contact_policy usher__cmu = {
	.size = sizeof(struct usher_contact_policy),
	.name = "cmu",
	.version = 1,
	.order = USHER_ORDER_HEAD,
	.score = score,
	.configure = configure,
	.conf_size = sizeof(struct conf),
};
