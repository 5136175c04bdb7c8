/* The policies of the library, one a file, and what they have in common. */
#ifndef USHER_POLICY_POLICIES_H
#define USHER_POLICY_POLICIES_H

#include <usher/policy.h>

/* By name, up to a NULL. */
extern const struct usher_agent_policy *const usher__agent_policies[];
extern const struct usher_contact_policy *const usher__contact_policies[];

extern const struct usher_agent_policy usher__batch;
extern const struct usher_agent_policy usher__best_skilled;
extern const struct usher_agent_policy usher__fair_threshold;
extern const struct usher_agent_policy usher__fastest_first;
extern const struct usher_agent_policy usher__fewest_contacts;
extern const struct usher_agent_policy usher__idleness_ratio;
extern const struct usher_agent_policy usher__least_occupied;
extern const struct usher_agent_policy usher__least_skilled_first;
extern const struct usher_agent_policy usher__least_talk_time;
extern const struct usher_agent_policy usher__longest_idle;
extern const struct usher_agent_policy usher__percentage;
extern const struct usher_agent_policy usher__preferred_agent;
extern const struct usher_agent_policy usher__random_agent;
extern const struct usher_agent_policy usher__ring_all;
extern const struct usher_agent_policy usher__ring_progressive;
extern const struct usher_agent_policy usher__round_robin;
extern const struct usher_agent_policy usher__slowest_first;
extern const struct usher_agent_policy usher__top_down;
extern const struct usher_agent_policy usher__weighted_random;

extern const struct usher_contact_policy usher__age_with_boost;
extern const struct usher_contact_policy usher__cmu;
extern const struct usher_contact_policy usher__earliest_deadline;
extern const struct usher_contact_policy usher__nearest_target;
extern const struct usher_contact_policy usher__priority_age;
extern const struct usher_contact_policy usher__queue_ratio;
extern const struct usher_contact_policy usher__random_contact;

/* Streams of random numbers, by what they are for. */
enum { USHER__PURPOSE_AGENT = 1, USHER__PURPOSE_CONTACT = 2 };

/* Behind usher_pick.reserved: what a policy may ask of the core. */
struct usher__asker {
	uint64_t seed;
	int (*find)(const void *arg, const char *name, uint64_t *ret);
	void (*idle)(const void *arg, usher_pick_idle_h *visit, void *to);
	const void *arg;
};

/* What a scanning policy goes by, for explanations; the larger the better. */
static inline void usher__choice_score(struct usher_choice *choice, size_t i,
				       int64_t score)
{
	if (!choice->scores)
		return;
	choice->scores[i] = score;
	choice->scored = 1;
}

/* ---- assign.c ---- */
struct usher__assign {
	uint32_t rows;
	uint32_t columns;
	int64_t cost[USHER_BATCH_CONTACTS_MAX][USHER_BATCH_AGENTS_MAX];
	int32_t column_of[USHER_BATCH_CONTACTS_MAX]; /* found; −1: none */
};

void usher__assign(struct usher__assign *in);

/* ---- options.c: reading a policy's options ---- */
struct usher__options {
	const struct usher_attr *list;
	size_t count;
	struct usher_error *err;
	uint64_t known; /* bits of those that somebody read */
	size_t cut;     /* number from 1 of one that was not whole; or 0 */
};

void usher__options_init(struct usher__options *o,
			 const struct usher_attr *list, size_t count,
			 struct usher_error *err);
/* A number in a range, times a scale, or the value as it was; with a scale of
 * 1 a whole one. 0 or USHER_EINVAL. */
int usher__option_number(struct usher__options *o, const char *name,
			 double least, double most, double scale,
			 int64_t *value);
int usher__option_text(struct usher__options *o, const char *name,
		       const char **value);

/* Names that the options do not fix: teams with their shares, skills with
 * their weights. */
#define USHER__SHARES_MAX 24

struct usher__share {
	const char *name;
	int64_t weight;
};

/* All that nobody read, as numbers in a range, times a scale. */
int usher__option_shares(struct usher__options *o, double least, double most,
			 double scale, struct usher__share *shares,
			 uint32_t *count);
/* USHER_EINVAL: one that has to be whole was not. Behind all that are read;
 * usher__options_end() does so, too. */
int usher__options_whole(const struct usher__options *o);
/* There is nothing that nobody read. */
int usher__options_end(const struct usher__options *o);

/* Seconds in options are microseconds in policies. */
#define USHER__SECOND 1000000
#define USHER__DAY_S  86400

/* ---- teams.c ---- */
/* Teams by an attribute of their agents, each with a number of its own. */
struct usher__teams {
	const char *attribute;
	uint32_t count;
	uint32_t reserved;
	struct usher__share list[USHER__SHARES_MAX];
};

/* Options "attribute" (of the agents, by default "team"), and one number for
 * each team. */
int usher__teams_configure(const struct usher_attr *options, size_t count,
			   double least, double most,
			   struct usher__teams *teams,
			   struct usher_error *err);
/* Number of the agent's team; count: none of them. */
uint32_t usher__team_of(const struct usher__teams *teams,
			const struct usher_agent_view *agent);
/* How many of the agents are in each team, the last: in none. */
void usher__teams_count(const struct usher__teams *teams,
			const struct usher_agent_view *agents, size_t count,
			uint32_t idle[USHER__SHARES_MAX + 1]);
/* How many of each are idle in the whole center. */
void usher__teams_idle(const struct usher__teams *teams,
		       const struct usher_pick *pick,
		       uint32_t idle[USHER__SHARES_MAX + 1]);
/* The longest available of a team. */
size_t usher__team_first(const struct usher__teams *teams, uint32_t team,
			 const struct usher_agent_view *agents, size_t count);
/* Everybody has the score of their team; who has none comes last. */
void usher__teams_score(const struct usher__teams *teams,
			const int64_t scores[USHER__SHARES_MAX],
			const struct usher_agent_view *agents, size_t count,
			struct usher_choice *choice);

/* ---- skills.c ---- */
/* What makes an agent good: weights of their numeric attributes, or the one
 * that the contact names. */
struct usher__skills {
	const char *about; /* the contact's attribute that names the skill */
	uint32_t count;
	uint32_t reserved;
	struct usher__share list[USHER__SHARES_MAX];
};

/* Options "about", and one weight for each skill; what was read before is
 * left out. */
int usher__skills_configure(struct usher__options *o,
			    struct usher__skills *skills);
/* In thousandths. */
int64_t usher__skill_score(const struct usher__skills *skills,
			   const struct usher_pick *pick,
			   const struct usher_agent_view *agent);

/* usher__skills_configure() as of a policy that needs some. */
int usher__skills_needed(void *arg, const struct usher_attr *options,
			 size_t count, void *conf, struct usher_error *err);
/* The first with the largest score, or with sign −1 the smallest. */
void usher__skills_extreme(const struct usher_pick *pick,
			   const struct usher_agent_view *agents, size_t count,
			   int sign, struct usher_choice *choice);

/* ---- paces.c ---- */
struct usher__pace_conf {
	int64_t prior_us;
	int64_t weight;
};

int usher__pace_configure(void *arg, const struct usher_attr *options,
			  size_t count, void *conf, struct usher_error *err);
/* The first with the shortest mean, or with sign −1 the longest. */
void usher__pace_extreme(const struct usher_pick *pick,
			 const struct usher_agent_view *agents, size_t count,
			 int sign, struct usher_choice *choice);

/* ---- longest_idle.c ---- */
/* Since when the agent is available: a key, and what ties go by. */
int64_t usher__available_since(void *arg,
			       const struct usher_agent_view *agent);
/* The same, behind all who have fewer contacts. */
int64_t usher__idlest(void *arg, const struct usher_agent_view *agent);

#endif
