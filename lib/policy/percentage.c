/*
 * percentage: teams get their shares of the queue's offers. The team with a
 * free agent goes that has had least for its share, the next offer counted
 * half; in it, who has been available longest. Agents of no team come when no
 * team has anybody, and teams without a share when no other has. Looks at
 * every candidate. This is the divisor rule of Webster and Sainte-Lague for
 * seats: those who are there share by their weights what is another's who is
 * away.
 *
 * By how much each is behind its share is kept whole, so that shares are exact
 * however small they are. A team that is away is owed no more than OFFERS_MAX:
 * one that is takes no part until it is back, and the others share by their
 * weights as if it did not exist. So what they are ahead is what others are
 * owed, and needs no limit of its own. An offer counts the same whoever takes
 * part, so that what is owed is so many offers whenever it is made up.
 *
 * Version 1 kept how many offers each had, and halved these numbers at 1,000,
 * by which small shares grew. They read as next to nothing here. Version 2
 * chose by how many offers a team is behind, whatever its weight, and limited
 * what it was ahead, too: others shared alike what was of a team that was
 * away.
 *
 * Options: attribute, of the agents (default "team"); every other name is a
 * team with its share, 0 to 1000, not all 0.
 */
#include <stdbool.h>
#include <string.h>

#include <policy/policies.h>

#define SHARE_MAX  1000
#define OFFERS_MAX 250
#define SCALE      1000

/* By how many offers each team is behind, times the sum of all shares; of all
 * teams together, nothing. */
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

/* Teams may have had other shares when it was kept: within what can be. Who
 * is there may be owed more than OFFERS_MAX, while others have theirs. */
static void recall(const void *block, int64_t all, struct state *ret)
{
	const int64_t most = all * OFFERS_MAX;

	memcpy(ret, block, sizeof(*ret));
	for (uint32_t i = 0; i < USHER__SHARES_MAX; i++) {
		if (ret->behind[i] > 2 * most)
			ret->behind[i] = 2 * most;
		else if (ret->behind[i] < -most * USHER__SHARES_MAX)
			ret->behind[i] = -most * USHER__SHARES_MAX;
	}
}

/* An offer of a team's: all who take part have their shares of it. Who is
 * there does, whatever it is owed. */
static void count_offer(const struct usher__teams *teams, const uint32_t *idle,
			int64_t all, uint32_t team, struct state *state)
{
	const int64_t most = all * OFFERS_MAX;
	bool away[USHER__SHARES_MAX];
	int64_t there = 0, part = 0, given = 0;

	for (uint32_t i = 0; i < teams->count; i++) {
		away[i] = !idle[i] &&
			  state->behind[i] + teams->list[i].weight > most;
		if (!away[i])
			there += teams->list[i].weight;
	}
	if (!there)
		return;
	for (uint32_t i = 0; i < teams->count; i++) {
		int64_t next;

		if (away[i])
			continue;
		part += teams->list[i].weight;
		next = part * all / there;
		state->behind[i] += next - given;
		given = next;
	}
	state->behind[team] -= all;
}

/* Whether a team goes before another one: (2 behind - all) / weight is more,
 * which is that it had fewer offers and a half for its weight. */
static bool before(const struct usher__teams *teams, const struct state *state,
		   int64_t all, uint32_t a, uint32_t b)
{
	const int64_t of_a = teams->list[a].weight;
	const int64_t of_b = teams->list[b].weight;

	if (!of_a || !of_b)
		return of_a > of_b;
	return (2 * state->behind[a] - all) * of_b >
	       (2 * state->behind[b] - all) * of_a;
}

/* The same as a number, for explanations. */
static int64_t score(const struct state *state, int64_t all, int64_t weight,
		     uint32_t team)
{
	if (!weight)
		return USHER_SCORE_LAST + 1;
	return (2 * state->behind[team] - all) * SCALE / weight;
}

static int pick(void *arg, void *block, const struct usher_pick *question,
		const struct usher_agent_view *agents, size_t count,
		struct usher_choice *choice)
{
	const struct usher__teams *teams = question->conf;
	uint32_t idle[USHER__SHARES_MAX + 1], best = teams->count;
	const int64_t all = sum(teams);
	int64_t scores[USHER__SHARES_MAX];
	struct state state;

	(void)arg;
	recall(block, all, &state);
	usher__teams_count(teams, agents, count, idle);
	for (uint32_t i = 0; i < teams->count; i++) {
		scores[i] = score(&state, all, teams->list[i].weight, i);
		if (idle[i] && (best == teams->count ||
				before(teams, &state, all, i, best)))
			best = i;
	}
	usher__teams_score(teams, scores, agents, count, choice);
	choice->index =
		(uint32_t)usher__team_first(teams, best, agents, count);
	if (best < teams->count) {
		count_offer(teams, idle, all, best, &state);
		memcpy(block, &state, sizeof(state));
	}
	return USHER_PICK_THIS;
}

const struct usher_agent_policy usher__percentage = {
	.size = sizeof(struct usher_agent_policy),
	.name = "percentage",
	.version = 3,
	.order = USHER_ORDER_SCAN,
	.group = 1,
	.state_size = sizeof(struct state),
	.key = usher__available_since,
	.pick = pick,
	.configure = configure,
	.conf_size = sizeof(struct usher__teams),
};
