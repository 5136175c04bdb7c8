/* Mean handle times of agents in a queue, measured and mixed with a prior. */
#include <policy/policies.h>

#define WEIGHT     8
#define WEIGHT_MAX 1000

int usher__pace_configure(void *arg, const struct usher_attr *options,
			  size_t count, void *block, struct usher_error *err)
{
	struct usher__pace_conf *conf = block;
	struct usher__options o;
	int code;

	(void)arg;
	conf->weight = WEIGHT;
	usher__options_init(&o, options, count, err);
	code = usher__option_number(&o, "prior", 0, USHER__DAY_S,
				    USHER__SECOND, &conf->prior_us);
	if (!code)
		code = usher__option_number(&o, "weight", 1, WEIGHT_MAX, 1,
					    &conf->weight);
	return code ? code : usher__options_end(&o);
}

static int64_t mean(const struct usher_pick *pick,
		    const struct usher_agent_view *agent)
{
	const struct usher__pace_conf *conf = pick->conf;
	int64_t weight = conf->weight ? conf->weight : WEIGHT;
	int64_t prior = conf->prior_us ? conf->prior_us : pick->handle_us;

	if (prior > (int64_t)USHER__DAY_S * USHER__SECOND)
		prior = (int64_t)USHER__DAY_S * USHER__SECOND;
	return (weight * prior + agent->handle_us) /
	       (weight + (int64_t)agent->handled);
}

void usher__pace_extreme(const struct usher_pick *question,
			 const struct usher_agent_view *agents, size_t count,
			 int sign, struct usher_choice *choice)
{
	int64_t best = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t value = sign * mean(question, &agents[i]);

		usher__choice_score(choice, i, -value);
		if (i && value >= best)
			continue;
		best = value;
		choice->index = (uint32_t)i;
	}
}
