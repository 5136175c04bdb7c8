/* Teams of agents, by one of their attributes. */
#include <string.h>

#include <policy/policies.h>

int usher__teams_configure(const struct usher_attr *options, size_t count,
			   double least, double most,
			   struct usher__teams *teams, struct usher_error *err)
{
	struct usher__options o;
	int code;

	usher__options_init(&o, options, count, err);
	teams->attribute = "team";
	code = usher__option_text(&o, "attribute", &teams->attribute);
	if (!code)
		code = usher__option_shares(&o, least, most, 1000, teams->list,
					    &teams->count);
	if (!code && !teams->count)
		code = usher_error_set(err, USHER_EINVAL,
				       "the policy needs teams");
	return code;
}

uint32_t usher__team_of(const struct usher__teams *teams,
			const struct usher_agent_view *agent)
{
	struct usher_attr attr;
	uint32_t i;

	if (!teams->count ||
	    usher_view_agent_attr(agent, teams->attribute, &attr) ||
	    attr.type != USHER_ATTR_TEXT)
		return teams->count;
	for (i = 0; i < teams->count; i++) {
		if (!strcmp(teams->list[i].name, attr.text))
			break;
	}
	return i;
}

void usher__teams_count(const struct usher__teams *teams,
			const struct usher_agent_view *agents, size_t count,
			uint32_t idle[USHER__SHARES_MAX + 1])
{
	memset(idle, 0, (USHER__SHARES_MAX + 1) * sizeof(*idle));
	for (size_t i = 0; i < count; i++)
		idle[usher__team_of(teams, &agents[i])]++;
}

struct counting {
	const struct usher__teams *teams;
	uint32_t *idle;
};

static void count_idle(void *arg, const struct usher_agent_view *agent)
{
	struct counting *counting = arg;

	counting->idle[usher__team_of(counting->teams, agent)]++;
}

void usher__teams_idle(const struct usher__teams *teams,
		       const struct usher_pick *pick,
		       uint32_t idle[USHER__SHARES_MAX + 1])
{
	struct counting counting = {teams, idle};

	memset(idle, 0, (USHER__SHARES_MAX + 1) * sizeof(*idle));
	usher_pick_idle(pick, count_idle, &counting);
}

void usher__teams_score(const struct usher__teams *teams,
			const int64_t scores[USHER__SHARES_MAX],
			const struct usher_agent_view *agents, size_t count,
			struct usher_choice *choice)
{
	for (size_t i = 0; choice->scores && i < count; i++) {
		uint32_t team = usher__team_of(teams, &agents[i]);

		usher__choice_score(choice, i,
				    team < teams->count ? scores[team]
							: USHER_SCORE_LAST);
	}
}

size_t usher__team_first(const struct usher__teams *teams, uint32_t team,
			 const struct usher_agent_view *agents, size_t count)
{
	size_t best = count;

	for (size_t i = 0; i < count; i++) {
		if (usher__team_of(teams, &agents[i]) == team &&
		    (best == count ||
		     usher__available_since(NULL, &agents[i]) <
			     usher__available_since(NULL, &agents[best])))
			best = i;
	}
	return best;
}
