/*
 * ring_progressive: the first ones of the list ring; when nobody has accepted
 * after a while, the next ones ring beside them, and so on, up to
 * USHER_GROUP_MAX; the first who accepts has it. Between top_down and
 * ring_all. Common in products, for example as "memory hunt"; no theory behind
 * it.
 *
 * Options: first, how many ring at once (default 1); step, how many more each
 * time (1); after, seconds between (10).
 */
#include <policy/policies.h>

#define AFTER_S 10

struct conf {
	int64_t first;
	int64_t step;
	int64_t after_us;
};

static int configure(void *arg, const struct usher_attr *options, size_t count,
		     void *block, struct usher_error *err)
{
	struct conf *conf = block;
	struct usher__options o;
	int code;

	(void)arg;
	conf->first = 1;
	conf->step = 1;
	conf->after_us = AFTER_S * USHER__SECOND;
	usher__options_init(&o, options, count, err);
	code = usher__option_number(&o, "first", 1, USHER_GROUP_MAX, 1,
				    &conf->first);
	if (!code)
		code = usher__option_number(&o, "step", 1, USHER_GROUP_MAX, 1,
					    &conf->step);
	if (!code)
		code = usher__option_number(&o, "after", 1, USHER__DAY_S,
					    USHER__SECOND, &conf->after_us);
	return code ? code : usher__options_end(&o);
}

static int seek(void *arg, void *state, const struct usher_pick *pick,
		struct usher_choice *choice)
{
	const struct conf *conf = pick->conf;

	(void)arg;
	(void)state;
	choice->group = (uint32_t)(pick->ringing ? conf->step : conf->first);
	choice->widen_us = conf->after_us;
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__ring_progressive = {
	.size = sizeof(struct usher_agent_policy),
	.name = "ring_progressive",
	.version = 1,
	.order = USHER_ORDER_STATIC,
	.group = 1,
	.seek = seek,
	.configure = configure,
	.conf_size = sizeof(struct conf),
};
