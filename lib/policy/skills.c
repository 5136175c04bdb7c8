/* How good an agent is at something: the weighted sum of proficiencies, which
 * are numbers among the agent's attributes. */
#include <policy/policies.h>

#define WEIGHT_MAX 1000
/* Beyond this a proficiency does not count more. */
#define PROFICIENCY_MAX 1e6

int usher__skills_configure(struct usher__options *o,
			    struct usher__skills *skills)
{
	int code = usher__option_text(o, "about", &skills->about);

	if (!code)
		code = usher__option_shares(o, 0, WEIGHT_MAX, 1000,
					    skills->list, &skills->count);
	return code;
}

static int64_t proficiency(const struct usher_agent_view *agent,
			   const char *name, int64_t weight)
{
	struct usher_attr attr;

	if (usher_view_agent_attr(agent, name, &attr) ||
	    attr.type != USHER_ATTR_NUMBER || !(attr.number > 0))
		return 0;
	if (attr.number > PROFICIENCY_MAX)
		attr.number = PROFICIENCY_MAX;
	return (int64_t)(attr.number * (double)weight);
}

int64_t usher__skill_score(const struct usher__skills *skills,
			   const struct usher_pick *pick,
			   const struct usher_agent_view *agent)
{
	struct usher_attr about;
	int64_t sum = 0;

	if (skills->about && pick->contact &&
	    !usher_view_contact_attr(pick->contact, skills->about, &about) &&
	    about.type == USHER_ATTR_TEXT)
		sum += proficiency(agent, about.text, 1000);
	for (uint32_t i = 0; i < skills->count; i++)
		sum += proficiency(agent, skills->list[i].name,
				   skills->list[i].weight);
	return sum;
}

int usher__skills_needed(void *arg, const struct usher_attr *options,
			 size_t count, void *conf, struct usher_error *err)
{
	struct usher__skills *skills = conf;
	struct usher__options o;
	int code;

	(void)arg;
	usher__options_init(&o, options, count, err);
	code = usher__skills_configure(&o, skills);
	if (!code && !skills->about && !skills->count)
		code = usher_error_set(err, USHER_EINVAL,
				       "the policy needs skills");
	return code;
}

void usher__skills_extreme(const struct usher_pick *pick,
			   const struct usher_agent_view *agents, size_t count,
			   int sign, struct usher_choice *choice)
{
	int64_t best = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t score = sign * usher__skill_score(pick->conf, pick,
							  &agents[i]);

		usher__choice_score(choice, i, score);
		if (i && score <= best)
			continue;
		best = score;
		choice->index = (uint32_t)i;
	}
}
