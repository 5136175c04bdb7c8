/*
 * percentage: teams get their shares of the queue's offers. The team with a
 * free agent goes that is furthest behind its share; in it, who has been
 * available longest. Agents of no team come when no team has anybody. By how
 * much each is behind is kept whole, so that shares are exact however small
 * they are, but no more than OFFERS_MAX of it either way, so that a team that
 * was away does not have all of it made up; teams that are both so far ahead
 * meanwhile share alike. Looks at every candidate. The share that is
 * furthest behind is the largest-deficit rule of proportional apportionment.
 *
 * Version 1 kept how many offers each had, and halved these numbers at 1,000,
 * by which small shares grew. They read as next to nothing here.
 *
 * Options: attribute, of the agents (default "team"); every other name is a
 * team with its share, 0 to 1000, not all 0.
 */
#include <string.h>

#include <policy/policies.h>

#define SHARE_MAX  1000
#define OFFERS_MAX 250

/* By how many offers each team is behind, times the sum of all shares. */
struct state {
	int64_t behind[USHER__SHARES_MAX];
};

static int64_t sum(const struct usher__teams *teams)
{
	int64_t all = 0;

	for (uint32_t i = 0; i < teams->count; i++)
		all += teams->list[i].weight;
	return all;
}

static int configure(void *arg, const struct usher_attr *options, size_t count,
		     void *block, struct usher_error *err)
{
	struct usher__teams *teams = block;
	int code = usher__teams_configure(options, count, 0, SHARE_MAX, teams,
					  err);

	(void)arg;
	if (!code && !sum(teams))
		code = usher_error_set(err, USHER_EINVAL, "all shares are 0");
	return code;
}

/* No more than is made up. */
static void recall(const void *block, int64_t all, struct state *ret)
{
	const int64_t most = all * OFFERS_MAX;

	memcpy(ret, block, sizeof(*ret));
	for (uint32_t i = 0; i < USHER__SHARES_MAX; i++) {
		if (ret->behind[i] > most)
			ret->behind[i] = most;
		else if (ret->behind[i] < -most)
			ret->behind[i] = -most;
	}
}

static int pick(void *arg, void *block, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	const struct usher__teams *teams = question->conf;
	uint32_t idle[USHER__SHARES_MAX + 1], best = teams->count;
	int64_t scores[USHER__SHARES_MAX];
	struct state state;

	(void)arg;
	recall(block, sum(teams), &state);
	usher__teams_count(teams, agents, count, idle);
	for (uint32_t i = 0; i < teams->count; i++) {
		scores[i] = state.behind[i] + teams->list[i].weight;
		if (idle[i] &&
		    (best == teams->count || scores[i] > scores[best]))
			best = i;
	}
	usher__teams_score(teams, scores, agents, count, choice);
	choice->index =
		(uint32_t)usher__team_first(teams, best, agents, count);
	return USHER_PICK_THIS;
}

static void chosen(void *arg, void *block, const struct usher_pick *question,
		   const struct usher_agent_view *agent)
{
	const struct usher__teams *teams = question->conf;
	uint32_t team = usher__team_of(teams, agent);
	int64_t all = sum(teams);
	struct state state;

	(void)arg;
	if (team == teams->count)
		return;
	recall(block, all, &state);
	state.behind[team] -= all;
	for (uint32_t i = 0; i < teams->count; i++)
		state.behind[i] += teams->list[i].weight;
	memcpy(block, &state, sizeof(state));
}

const struct usher_agent_policy usher__percentage = {
	.size = sizeof(struct usher_agent_policy),
	.name = "percentage",
	.version = 2,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.state_size = sizeof(struct state),
	.key = usher__available_since,
	.pick = pick,
	.chosen = chosen,
	.configure = configure,
	.conf_size = sizeof(struct usher__teams),
};
