/*
 * percentage: teams get their shares of the queue's offers. The team with a
 * free agent goes that is furthest behind its share; in it, who has been
 * available longest. Agents of no team come when no team has anybody. Counts
 * are halved at COUNTED offers, so that a team that was away does not have all
 * of it made up. Looks at every candidate. The share that is furthest behind
 * is the largest-deficit rule of proportional apportionment.
 *
 * Options: attribute, of the agents (default "team"); every other name is a
 * team with its share, 0 to 1000, not all 0.
 */
#include <string.h>

#include <policy/policies.h>

#define SHARE_MAX 1000
#define COUNTED   1000

struct state {
	uint64_t given[USHER__SHARES_MAX];
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

static uint64_t total(const struct state *state)
{
	uint64_t all = 0;

	for (uint32_t i = 0; i < USHER__SHARES_MAX; i++)
		all += state->given[i];
	return all;
}

static int pick(void *arg, void *block, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	const struct usher__teams *teams = question->conf;
	uint32_t idle[USHER__SHARES_MAX + 1], best = teams->count;
	int64_t behind = 0, all = sum(teams), next;
	struct state state;

	(void)arg;
	memcpy(&state, block, sizeof(state));
	next = (int64_t)total(&state) + 1;
	usher__teams_count(teams, agents, count, idle);
	for (uint32_t i = 0; i < teams->count; i++) {
		int64_t by = teams->list[i].weight * next -
			     (int64_t)state.given[i] * all;

		if (!idle[i] || (best < teams->count && by <= behind))
			continue;
		best = i;
		behind = by;
	}
	choice->index =
		(uint32_t)usher__team_first(teams, best, agents, count);
	return USHER_PICK_THIS;
}

static void chosen(void *arg, void *block, const struct usher_pick *question,
		   const struct usher_agent_view *agent)
{
	const struct usher__teams *teams = question->conf;
	uint32_t team = usher__team_of(teams, agent);
	struct state state;

	(void)arg;
	if (team == teams->count)
		return;
	memcpy(&state, block, sizeof(state));
	state.given[team]++;
	if (total(&state) == COUNTED) {
		for (uint32_t i = 0; i < USHER__SHARES_MAX; i++)
			state.given[i] /= 2;
	}
	memcpy(block, &state, sizeof(state));
}

const struct usher_agent_policy usher__percentage = {
	.size = sizeof(struct usher_agent_policy),
	.name = "percentage",
	.version = 1,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.state_size = sizeof(struct state),
	.key = usher__available_since,
	.pick = pick,
	.chosen = chosen,
	.configure = configure,
	.conf_size = sizeof(struct usher__teams),
};
