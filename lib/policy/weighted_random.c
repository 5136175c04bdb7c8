/*
 * weighted_random: any free agent, each as likely as their weight says: a
 * number among their attributes, 1 where there is none. When all weigh nothing
 * they are equally likely. Its state is the position in the queue's stream of
 * random numbers. Looks at every candidate.
 *
 * Options: attribute, the weight's name (default "weight").
 */
#include <string.h>

#include <policy/policies.h>

#define WEIGHT_MAX 1000000
/* Weights count in thousandths. */
#define WEIGHT_ONE 1000

struct conf {
	const char *attribute;
};

static int configure(void *arg, const struct usher_attr *options, size_t count,
		     void *block, struct usher_error *err)
{
	struct conf *conf = block;
	struct usher__options o;
	int code;

	(void)arg;
	conf->attribute = "weight";
	usher__options_init(&o, options, count, err);
	code = usher__option_text(&o, "attribute", &conf->attribute);
	return code ? code : usher__options_end(&o);
}

static uint64_t weight(const struct conf *conf,
		       const struct usher_agent_view *agent)
{
	struct usher_attr attr;

	if (!conf->attribute ||
	    usher_view_agent_attr(agent, conf->attribute, &attr) ||
	    attr.type != USHER_ATTR_NUMBER)
		return WEIGHT_ONE;
	if (!(attr.number > 0))
		return 0;
	if (attr.number > WEIGHT_MAX)
		attr.number = WEIGHT_MAX;
	return (uint64_t)(attr.number * WEIGHT_ONE);
}

static int pick(void *arg, void *block, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	const struct conf *conf = question->conf;
	uint64_t position, total = 0, at;
	uint32_t i = 0;

	(void)arg;
	for (size_t k = 0; k < count; k++) {
		uint64_t own = weight(conf, &agents[k]);

		usher__choice_score(choice, k, (int64_t)own);
		total += own;
	}
	memcpy(&position, block, sizeof(position));
	at = usher_pick_random(question, USHER__PURPOSE_AGENT, &position,
			       total ? total : count);
	memcpy(block, &position, sizeof(position));
	while (total && at >= weight(conf, &agents[i]))
		at -= weight(conf, &agents[i++]);
	choice->index = total ? i : (uint32_t)at;
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__weighted_random = {
	.size = sizeof(struct usher_agent_policy),
	.name = "weighted_random",
	.version = 1,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.state_size = sizeof(uint64_t),
	.pick = pick,
	.configure = configure,
	.conf_size = sizeof(struct conf),
};
