/*
 * Candidates for a segment: see candidates.h.
 */
#include <acd/candidates.h>

void usher__search_init(struct search *s, struct usher_acd *acd,
			struct segment *seg)
{
	const struct queue *queue = seg->q.queue;

	memset(s, 0, sizeof(*s));
	s->acd = acd;
	s->seg = seg;
	s->policy = usher__is_external(queue->policy) ? queue->fallback
						      : queue->policy;
	s->dim = usher__dim_get(acd, seg->contact->kind, s->policy);
	s->high = usher__profile_high(acd);
	s->one_by_one = usher__class_loose(seg->q.class);
}

bool usher__excluded(const struct usher_acd *acd,
		     const struct contact *contact, const struct agent *agent)
{
	for (const struct retry *r = contact->retries; r; r = r->next) {
		if (r->agent == agent->id &&
		    usher__retry_holds(acd, contact, r))
			return true;
	}
	return usher__contact_with(contact, agent) != NULL;
}

void usher__candidates_ask(const struct search *s, uint32_t word,
			   uint64_t unasked)
{
	for (; unasked; unasked &= unasked - 1) {
		uint32_t at = word * 64 + usher__bits_first(unasked);

		usher__class_allows(s->acd, s->seg->q.class,
				    usher__profile_at(s->acd, at));
	}
}

bool usher__candidate_fits(const struct search *s,
			   const struct usher__node *node, bool one_by_one)
{
	const struct agent *agent = usher__node_agent(node);

	if (one_by_one && !usher__eligible(s->acd, s->seg, agent))
		return false;
	return s->plain || !usher__excluded(s->acd, s->seg->contact, agent);
}

bool usher__candidate_is(const struct search *s, const struct agent *agent)
{
	return usher__tree_has(usher__agent_node(s, agent)) &&
	       usher__eligible(s->acd, s->seg, agent) &&
	       !usher__excluded(s->acd, s->seg->contact, agent);
}

/* The first who fits after a key; NULL: after the beginning. */
struct agent *usher__candidate_next(const struct search *s,
				    const struct usher__node *after)
{
	const struct usher__node *best = NULL;
	const struct usher__tree *tree;
	struct trees trees;

	usher__trees_begin(&trees, s);
	while ((tree = usher__trees_next(&trees))) {
		const struct usher__node *node;

		node = after ? usher__tree_after(tree, after)
			     : usher__tree_first(tree);
		while (node && (!best || usher__node_cmp(node, best) < 0) &&
		       !usher__candidate_fits(s, node, trees.one_by_one))
			node = usher__tree_next(node);
		if (node && (!best || usher__node_cmp(node, best) < 0))
			best = node;
	}
	return best ? usher__node_agent(best) : NULL;
}

static bool counted(const struct search *s, uint64_t id)
{
	const struct agent *agent = usher__agent_get(s->acd, id);

	return agent && usher__tree_has(usher__agent_node(s, agent)) &&
	       usher__eligible(s->acd, s->seg, agent);
}

/* Whether the tree that the agent is in was counted whole. */
static bool whole(const struct search *s, const struct agent *agent)
{
	return !s->one_by_one &&
	       usher__profile_index(agent->profile) != s->acd->profiles_max;
}

static bool waits_for_retry(const struct search *s, uint64_t agent)
{
	for (const struct retry *r = s->seg->contact->retries; r;
	     r = r->next) {
		if (r->agent == agent)
			return usher__retry_holds(s->acd, s->seg->contact, r);
	}
	return false;
}

/* Excluded agents, who are few: how many are in trees that count whole. */
static uint32_t count_excluded(struct search *s, uint32_t *left_out)
{
	const struct contact *contact = s->seg->contact;
	uint32_t in_whole = 0, with = 0;

	*left_out = 0;
	for (const struct retry *r = contact->retries; r; r = r->next) {
		if (!usher__retry_holds(s->acd, contact, r) ||
		    !counted(s, r->agent))
			continue;
		++*left_out;
		in_whole += whole(s, usher__agent_get(s->acd, r->agent));
	}
	for (const struct segment *seg = contact->segments; seg;
	     seg = seg->next) {
		if (seg->kind != USHER_SEGMENT_AGENT ||
		    !counted(s, seg->a.agent->id) ||
		    waits_for_retry(s, seg->a.agent->id))
			continue;
		with++;
		in_whole += whole(s, seg->a.agent);
	}
	s->plain = !*left_out && !with;
	return in_whole;
}

static void keep_first(struct search *s, const struct usher__node *node)
{
	if (!s->first || usher__node_cmp(node, s->first) < 0)
		s->first = node;
}

/* How many of a tree fit, who are looked at each. */
static uint32_t count_singly(struct search *s, const struct usher__tree *tree,
			     bool find)
{
	const struct usher__node *node;
	uint32_t n = 0;

	for (node = usher__tree_first(tree); node;
	     node = usher__tree_next(node)) {
		if (!usher__candidate_fits(s, node, true))
			continue;
		if (find && !n)
			keep_first(s, node);
		n++;
	}
	return n;
}

/* Those of a word of profiles, and the tree with the first of them. Of two
 * trees mostly their keys tell which begins first. */
static uint32_t count_word(const struct search *s, uint32_t word,
			   const struct usher__tree **best)
{
	uint64_t bits = usher__trees_word(s, word);
	const struct usher__tree *trees = &s->dim->trees[word * 64];
	uint32_t n = 0;

	for (; bits; bits &= bits - 1) {
		const struct usher__tree *tree =
			&trees[usher__bits_first(bits)];

		n += tree->size;
		if (!*best || tree->low < (*best)->low ||
		    (tree->low == (*best)->low &&
		     usher__node_cmp(tree->first, (*best)->first) < 0))
			*best = tree;
	}
	return n;
}

static uint32_t count_whole(struct search *s, bool find)
{
	const struct usher__tree *best = NULL;
	uint32_t n = 0;

	for (uint32_t word = 0; word * 64 < s->high; word++)
		n += count_word(s, word, &best);
	if (find && best)
		s->first = best->first;
	return n;
}

/* The free and eligible who may be offered it now. */
uint32_t usher__candidates_count(struct search *s, uint32_t *left_out)
{
	uint32_t excluded = count_excluded(s, left_out), free = 0;
	bool find = s->plain && s->policy->order == USHER_ORDER_STATIC &&
		    !s->policy->seek;
	const struct usher__tree *loose = &s->dim->trees[s->acd->profiles_max];
	const struct usher__tree *tree;
	struct trees trees;

	if (!s->one_by_one) {
		free = count_whole(s, find);
		if (loose->root)
			free += count_singly(s, loose, find);
		return free - excluded;
	}
	usher__trees_begin(&trees, s);
	while ((tree = usher__trees_next(&trees)))
		free += count_singly(s, tree, find);
	return free - excluded;
}

/* ---- The candidate of a rank ---- */

/* The topmost node of a tree between two others, which are outside. */
static const struct usher__node *between(const struct usher__tree *tree,
					 const struct usher__node *low,
					 const struct usher__node *high)
{
	const struct usher__node *node = tree->root;

	while (node) {
		if (low && usher__node_cmp(node, low) <= 0)
			node = node->right;
		else if (high && usher__node_cmp(node, high) >= 0)
			node = node->left;
		else
			break;
	}
	return node;
}

static uint32_t rank_of(const struct search *s, const struct usher__node *node)
{
	uint32_t rank = 0;
	const struct usher__tree *tree;
	struct trees trees;

	usher__trees_begin(&trees, s);
	while ((tree = usher__trees_next(&trees)))
		rank += usher__tree_rank(tree, node);
	return rank;
}

/* Halve the range between two nodes, by the root of the largest part of a
 * tree that lies in it, until its rank is the one. */
static struct agent *at_rank(const struct search *s, uint32_t rank)
{
	const struct usher__node *low = NULL, *high = NULL;
	const struct usher__tree *tree;
	struct trees trees;

	for (;;) {
		const struct usher__node *pivot = NULL;
		uint32_t pivot_rank;

		usher__trees_begin(&trees, s);
		while ((tree = usher__trees_next(&trees))) {
			const struct usher__node *node =
				between(tree, low, high);

			if (node && (!pivot || node->size > pivot->size))
				pivot = node;
		}
		if (!pivot)
			return NULL;
		pivot_rank = rank_of(s, pivot);
		if (pivot_rank == rank)
			return usher__node_agent(pivot);
		if (pivot_rank < rank)
			low = pivot;
		else
			high = pivot;
	}
}

/* Ranks count whole trees: when somebody in them does not fit, walk. */
struct agent *usher__candidate_at(const struct search *s, uint32_t rank)
{
	const struct usher__tree *loose = &s->dim->trees[s->acd->profiles_max];
	struct agent *agent;

	if (s->plain && !s->one_by_one && !loose->root)
		return at_rank(s, rank);
	agent = usher__candidate_next(s, NULL);
	while (agent && rank--)
		agent = usher__candidate_next(s, usher__agent_node(s, agent));
	return agent;
}

struct agent *usher__first_candidate(struct usher_acd *acd,
				     struct segment *seg)
{
	struct search s;

	usher__search_init(&s, acd, seg);
	return usher__candidate_next(&s, NULL);
}
