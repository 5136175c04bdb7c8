/*
 * fair_threshold: thresholds on the number of idle agents say which team is
 * kept idle. Teams differ in speed; the slowest has the smallest threshold.
 * While fewer are idle than a team's threshold, and not fewer than that of the
 * one before, that team comes last; among the others the one with the largest
 * threshold goes, which is the fastest. So when it is tight the fast ones
 * work, and when it is calm they rest: the shortest wait under a constraint on
 * how idleness is shared. Armony and Ward, Fair dynamic routing in large-scale
 * heterogeneous-server systems, Operations Research 58 (2010). Idle are all of
 * a team in the whole center, as in the paper, where everybody may take
 * everything. In a team, who has been available longest. Agents of no team
 * come when no team has anybody. Looks at every candidate and at every idle
 * agent.
 *
 * Options: attribute, of the agents (default "team"); every other name is a
 * team with its threshold.
 */
#include <policy/policies.h>

#define THRESHOLD_MAX 100000
/* Numbers of teams count in thousandths. */
#define ONE 1000
/* Score of the team that is kept idle. */
#define KEPT (-1)

static int configure(void *arg, const struct usher_attr *options, size_t count,
		     void *block, struct usher_error *err)
{
	(void)arg;
	return usher__teams_configure(options, count, 0, THRESHOLD_MAX, block,
				      err);
}

/* The smallest threshold above the number, or the largest of all. */
static uint32_t kept_idle(const struct usher__teams *teams, int64_t idle)
{
	uint32_t kept = teams->count, largest = 0;

	for (uint32_t i = 0; i < teams->count; i++) {
		int64_t at = teams->list[i].weight;

		if (at > teams->list[largest].weight)
			largest = i;
		if (at > idle * ONE &&
		    (kept == teams->count || at < teams->list[kept].weight))
			kept = i;
	}
	return kept < teams->count ? kept : largest;
}

static int pick(void *arg, void *state, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	const struct usher__teams *teams = question->conf;
	uint32_t idle[USHER__SHARES_MAX + 1], have[USHER__SHARES_MAX + 1];
	uint32_t best = teams->count, kept;
	int64_t all = 0, scores[USHER__SHARES_MAX];

	(void)arg;
	(void)state;
	usher__teams_count(teams, agents, count, have);
	usher__teams_idle(teams, question, idle);
	for (uint32_t i = 0; i < teams->count; i++)
		all += idle[i];
	kept = kept_idle(teams, all);
	for (uint32_t i = 0; i < teams->count; i++) {
		scores[i] = i == kept ? KEPT : teams->list[i].weight;
		if (i == kept || !have[i] ||
		    (best < teams->count &&
		     teams->list[i].weight <= teams->list[best].weight))
			continue;
		best = i;
	}
	if (best == teams->count && teams->count && have[kept])
		best = kept;
	usher__teams_score(teams, scores, agents, count, choice);
	choice->index =
		(uint32_t)usher__team_first(teams, best, agents, count);
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__fair_threshold = {
	.size = sizeof(struct usher_agent_policy),
	.name = "fair_threshold",
	.version = 2,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.key = usher__available_since,
	.pick = pick,
	.configure = configure,
	.conf_size = sizeof(struct usher__teams),
};
