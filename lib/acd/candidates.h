/*
 * Candidates: the agents who may be offered a segment now, in the order of a
 * policy's keys, over the trees of all profiles. Inside lib/acd only.
 */
#ifndef USHER_ACD_CANDIDATES_H
#define USHER_ACD_CANDIDATES_H

#include <acd/tables.h>
#include <policy/policies.h>

struct search {
	struct usher_acd *acd;
	struct segment *seg;
	const struct dim *dim;
	const struct usher_agent_policy *policy;
	uint32_t high;   /* profiles in use are below */
	bool one_by_one; /* the class is loose */
	bool plain;      /* nobody is excluded */
};

static inline struct agent *agent_of(const struct usher__node *node)
{
	return ((const struct place *)(const void *)node)->agent;
}

_Static_assert(offsetof(struct place, node) == 0, "agent_of");

static inline const struct usher__node *node_of(const struct search *s,
						const struct agent *agent)
{
	return &usher__dim_place(s->dim, agent->slot)->node;
}

/* What a policy is asked, and what it answers. */
struct question {
	struct usher_pick pick;
	struct usher_contact_view contact;
	struct usher_choice choice;
	unsigned char state[USHER_POLICY_STATE_MAX];
	struct usher__asker asker;
	uint32_t left_out;
	struct usher_agent_view *views; /* of a scan */
	uint32_t view_count;
};

/* pick_agent.c: the question about what is searched for, whose candidates
 * are counted. */
void usher__question_init(struct question *q, struct search *s);
/* Ask; who is chosen is in *ret. A verdict. */
int usher__question_ask(struct search *s, struct question *q,
			struct agent **ret);
/* What all offers that follow from it say. */
void usher__question_offer(const struct search *s, const struct question *q,
			   struct usher__ev_offer_made *like);

void usher__search_init(struct search *s, struct usher_acd *acd,
			struct segment *seg);
/* Whether a class allows a profile that it was not asked about yet. */
bool usher__candidate_ask(const struct search *s, uint32_t index);

/* How many trees there are: those of used profiles, then the loose one. */
static inline uint32_t usher__candidate_trees(const struct search *s)
{
	return s->high + 1;
}

/* The tree of number *i or, when there is nothing in it for this segment, the
 * next that has something, of which *i then is the number; NULL behind the
 * last. one_by_one: its agents have to be looked at each. Inline, since each
 * pick asks it of every profile, 64 at a time. */
static inline const struct usher__tree *
usher__candidate_tree(const struct search *s, uint32_t *i, bool *one_by_one)
{
	const struct usher__tree *loose = &s->dim->trees[s->acd->profiles_max];
	uint32_t at = *i;

	while (at < s->high) {
		uint64_t bits = s->dim->filled[at / 64] >> at % 64;

		if (!s->one_by_one)
			bits &= usher__class_maybe(s->seg->q.class, at / 64) >>
				at % 64;
		if (!bits) {
			at = (at / 64 + 1) * 64;
			continue;
		}
		at += usher__bits_first(bits);
		if (at < s->high &&
		    (s->one_by_one ||
		     usher__class_allowed(s->seg->q.class, at) ||
		     usher__candidate_ask(s, at))) {
			*i = at;
			*one_by_one = s->one_by_one;
			return &s->dim->trees[at];
		}
		at++;
	}
	*i = s->high;
	*one_by_one = true;
	return loose->root ? loose : NULL;
}

bool usher__candidate_fits(const struct search *s,
			   const struct usher__node *node, bool one_by_one);
/* The first who fits after a key; NULL: after the beginning. */
struct agent *usher__candidate_next(const struct search *s,
				    const struct usher__node *after);
/* Whether this one is among them. */
bool usher__candidate_is(const struct search *s, const struct agent *agent);
/* Number rank of them, from 0. */
struct agent *usher__candidate_at(const struct search *s, uint32_t rank);
/* How many; comes before the others, which use what it found out. */
uint32_t usher__candidates_count(struct search *s, uint32_t *left_out);

#endif
