/*
 * Candidates: the agents who may be offered a segment now, in the order of a
 * policy's keys, over the trees of all profiles. Inside lib/acd only.
 */
#ifndef USHER_ACD_CANDIDATES_H
#define USHER_ACD_CANDIDATES_H

#include <acd/tables.h>

struct search {
	struct usher_acd *acd;
	struct segment *seg;
	const struct dim *dim;
	const struct usher_agent_policy *policy;
	uint32_t high;   /* profiles in use are below */
	bool one_by_one; /* the class is loose */
	bool plain;      /* nobody is excluded */
	/* found while they are counted, where the policy takes the first of
	 * all and nobody has to be looked at; else NULL */
	const struct usher__node *first;
};

static inline struct agent *usher__node_agent(const struct usher__node *node)
{
	return ((const struct place *)(const void *)node)->agent;
}

_Static_assert(offsetof(struct place, node) == 0, "usher__node_agent");

static inline const struct usher__node *
usher__agent_node(const struct search *s, const struct agent *agent)
{
	return &usher__dim_place(s->dim, agent->slot)->node;
}

void usher__search_init(struct search *s, struct usher_acd *acd,
			struct segment *seg);
/* Ask about those profiles of a word that nobody has asked about yet. */
void usher__candidates_ask(const struct search *s, uint32_t word,
			   uint64_t unasked);

/* A walk over the trees of free agents who may fit: those of used profiles,
 * then the loose one. */
struct trees {
	const struct search *s;
	uint64_t bits; /* of profiles 64 * word and on, those to come */
	uint32_t word;
	bool at_end;
	bool one_by_one; /* each agent of the last tree has to be looked at */
};

/* Profiles of a word with somebody free, that the class allows. */
static inline uint64_t usher__trees_word(const struct search *s, uint32_t word)
{
	const struct known *known;
	uint64_t bits;

	if (word * 64 >= s->high)
		return 0;
	bits = s->dim->filled[word];
	if (s->high - word * 64 < 64)
		bits &= (UINT64_C(1) << (s->high - word * 64)) - 1;
	if (s->one_by_one || !bits)
		return bits;
	known = &s->seg->q.class->known[word];
	if (bits & known->unasked)
		usher__candidates_ask(s, word, bits & known->unasked);
	return bits & known->allowed;
}

static inline void usher__trees_begin(struct trees *t, const struct search *s)
{
	t->s = s;
	t->word = 0;
	t->bits = usher__trees_word(s, 0);
	t->at_end = false;
	t->one_by_one = s->one_by_one;
}

/* The next that is not empty; NULL: there is none. Inline, since each pick
 * asks it of every profile, 64 at a time. */
static inline const struct usher__tree *usher__trees_next(struct trees *t)
{
	const struct search *s = t->s;
	const struct usher__tree *loose = &s->dim->trees[s->acd->profiles_max];
	uint32_t at;

	while (!t->bits && ++t->word * 64 < s->high)
		t->bits = usher__trees_word(s, t->word);
	if (!t->bits) {
		if (t->at_end || !loose->root)
			return NULL;
		t->at_end = true;
		t->one_by_one = true;
		return loose;
	}
	at = t->word * 64 + usher__bits_first(t->bits);
	t->bits &= t->bits - 1;
	return &s->dim->trees[at];
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
