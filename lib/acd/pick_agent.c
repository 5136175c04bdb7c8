/*
 * Which agent for this contact: the queue's policy decides, over the trees of
 * free agents of every profile that the contact's class allows.
 */
#include <acd/internal.h>
#include <core/random.h>

#define EVENT_ROOM 400

struct search {
	struct usher_acd *acd;
	struct segment *seg;
	const struct dim *dim;
	const struct usher_agent_policy *policy;
	bool one_by_one; /* the class is loose */
	bool plain;      /* nobody is excluded */
};

static struct agent *agent_of(const struct usher__node *node)
{
	return ((const struct place *)(const void *)node)->agent;
}

_Static_assert(offsetof(struct place, node) == 0, "agent_of");

/* Trees to look at, by number: those of allowed profiles with somebody in. */
static const struct usher__tree *tree_at(const struct search *s,
					 uint32_t index, bool *one_by_one)
{
	const struct usher__tree *tree = &s->dim->trees[index];

	*one_by_one = s->one_by_one || index == s->acd->profiles_max;
	if (!tree->root)
		return NULL;
	if (!*one_by_one &&
	    !usher__class_allows(s->acd, s->seg->q.class,
				 usher__profile_at(s->acd, index)))
		return NULL;
	return tree;
}

/* Over the used profiles, then the loose one. */
static uint32_t tree_count(const struct search *s)
{
	return usher__profile_high(s->acd) + 1;
}

static uint32_t tree_index(const struct search *s, uint32_t i)
{
	return i < usher__profile_high(s->acd) ? i : s->acd->profiles_max;
}

static bool fits(const struct search *s, const struct usher__node *node,
		 bool one_by_one)
{
	const struct agent *agent = agent_of(node);

	if (one_by_one && !usher__eligible(s->acd, s->seg, agent))
		return false;
	return s->plain || !usher__excluded(s->acd, s->seg->contact, agent);
}

/* The first who fits after a key; NULL: after the beginning. */
static struct agent *next_agent(const struct search *s,
				const struct usher__node *after)
{
	const struct usher__node *best = NULL;
	bool one_by_one;

	for (uint32_t i = 0; i < tree_count(s); i++) {
		const struct usher__tree *tree =
			tree_at(s, tree_index(s, i), &one_by_one);
		const struct usher__node *node;

		if (!tree)
			continue;
		node = after ? usher__tree_after(tree, after)
			     : usher__tree_first(tree);
		while (node && (!best || usher__node_cmp(node, best) < 0) &&
		       !fits(s, node, one_by_one))
			node = usher__tree_next(node);
		if (node && (!best || usher__node_cmp(node, best) < 0))
			best = node;
	}
	return best ? agent_of(best) : NULL;
}

static const struct usher__node *node_of(const struct search *s,
					 const struct agent *agent)
{
	return &usher__dim_place(s->dim, agent->slot)->node;
}

static bool counted(const struct search *s, uint64_t id)
{
	const struct agent *agent = usher__agent_get(s->acd, id);

	return agent && usher__tree_has(node_of(s, agent)) &&
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
			return r->until > s->acd->now;
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
		if (r->until <= s->acd->now || !counted(s, r->agent))
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

/* The free and eligible who may be offered it now. */
static uint32_t count(struct search *s, uint32_t *left_out)
{
	uint32_t excluded = count_excluded(s, left_out), free = 0;
	bool one_by_one;

	for (uint32_t i = 0; i < tree_count(s); i++) {
		const struct usher__tree *tree =
			tree_at(s, tree_index(s, i), &one_by_one);
		const struct usher__node *node;

		if (!tree)
			continue;
		if (!one_by_one) {
			free += usher__tree_size(tree);
			continue;
		}
		for (node = usher__tree_first(tree); node;
		     node = usher__tree_next(node))
			free += fits(s, node, true);
	}
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
	bool one_by_one;

	for (uint32_t i = 0; i < tree_count(s); i++) {
		const struct usher__tree *tree =
			tree_at(s, tree_index(s, i), &one_by_one);

		if (tree)
			rank += usher__tree_rank(tree, node);
	}
	return rank;
}

/* Halve the range between two nodes, by the root of the largest part of a
 * tree that lies in it, until its rank is the one. */
static struct agent *at_rank(const struct search *s, uint32_t rank)
{
	const struct usher__node *low = NULL, *high = NULL;
	bool one_by_one;

	for (;;) {
		const struct usher__node *pivot = NULL;
		uint32_t pivot_rank;

		for (uint32_t i = 0; i < tree_count(s); i++) {
			const struct usher__tree *tree =
				tree_at(s, tree_index(s, i), &one_by_one);
			const struct usher__node *node =
				tree ? between(tree, low, high) : NULL;

			if (node && (!pivot || node->size > pivot->size))
				pivot = node;
		}
		if (!pivot)
			return NULL;
		pivot_rank = rank_of(s, pivot);
		if (pivot_rank == rank)
			return agent_of(pivot);
		if (pivot_rank < rank)
			low = pivot;
		else
			high = pivot;
	}
}

/* Ranks count whole trees: when somebody in them does not fit, walk. */
static struct agent *ranked_agent(const struct search *s, uint32_t rank)
{
	const struct usher__tree *loose = &s->dim->trees[s->acd->profiles_max];
	struct agent *agent;

	if (s->plain && !s->one_by_one && !loose->root)
		return at_rank(s, rank);
	agent = next_agent(s, NULL);
	while (agent && rank--)
		agent = next_agent(s, node_of(s, agent));
	return agent;
}

/* ---- The policy's answer ---- */

struct question {
	struct usher_pick pick;
	struct usher_contact_view contact;
	struct usher_choice choice;
	unsigned char state[USHER_POLICY_STATE_MAX];
	uint32_t candidates;
	uint32_t left_out;
};

static int ask_seek(struct search *s, struct question *q, struct agent **ret)
{
	int verdict = USHER_PICK_THIS;
	struct usher__node key = {0};

	if (s->policy->seek)
		verdict = s->policy->seek(s->policy->arg, q->state, &q->pick,
					  &q->choice);
	if (verdict != USHER_PICK_THIS)
		return verdict;
	switch (q->choice.seek) {
	case USHER_SEEK_AFTER:
		key.k0 = q->choice.key;
		key.k1 = q->choice.order;
		key.k2 = q->choice.agent;
		*ret = next_agent(s, &key);
		if (!*ret)
			*ret = next_agent(s, NULL);
		break;
	case USHER_SEEK_RANK:
		*ret = ranked_agent(s, q->choice.rank % q->candidates);
		break;
	default:
		*ret = next_agent(s, NULL);
	}
	return *ret ? USHER_PICK_THIS : USHER_PICK_NOBODY;
}

/* The best of the first of every profile; of loose agents, of all. */
static int ask_score(struct search *s, struct question *q, struct agent **ret)
{
	const struct usher__node *best = NULL;
	int64_t best_score = 0;
	bool one_by_one;

	for (uint32_t i = 0; i < tree_count(s); i++) {
		const struct usher__tree *tree =
			tree_at(s, tree_index(s, i), &one_by_one);
		const struct usher__node *node =
			tree ? usher__tree_first(tree) : NULL;

		for (; node; node = usher__tree_next(node)) {
			struct usher_agent_view view;
			int64_t score;

			if (!fits(s, node, one_by_one))
				continue;
			usher__agent_view(agent_of(node), &view);
			score = s->policy->score(s->policy->arg, q->state,
						 &q->pick, &view);
			if (!best || score > best_score ||
			    (score == best_score &&
			     usher__node_cmp(node, best) < 0)) {
				best = node;
				best_score = score;
			}
			if (!one_by_one)
				break;
		}
	}
	if (!best)
		return USHER_PICK_NOBODY;
	*ret = agent_of(best);
	return USHER_PICK_THIS;
}

static int ask_scan(struct search *s, struct question *q, struct agent **ret)
{
	struct usher_agent_view *views;
	struct agent *agent = next_agent(s, NULL);
	uint32_t n = 0, max = q->candidates;
	int verdict;

	if (max > USHER_POLICY_SCAN_MAX)
		max = USHER_POLICY_SCAN_MAX;
	views = usher__acd_scratch(s->acd, max * sizeof(*views));
	if (!views)
		return USHER_ENOMEM;
	while (agent && n < max) {
		usher__agent_view(agent, &views[n++]);
		agent = next_agent(s, node_of(s, agent));
	}
	verdict = s->policy->pick(s->policy->arg, q->state, &q->pick, views, n,
				  &q->choice);
	if (verdict != USHER_PICK_THIS)
		return verdict;
	if (q->choice.index >= n)
		return USHER_PICK_NOBODY;
	*ret = usher__agent_get(s->acd, views[q->choice.index].agent);
	return USHER_PICK_THIS;
}

static int ask(struct search *s, struct question *q, struct agent **ret)
{
	bool busy = s->acd->busy;
	int verdict;

	s->acd->busy = true;
	if (s->policy->order == USHER_ORDER_SCAN)
		verdict = ask_scan(s, q, ret);
	else if (s->policy->order == USHER_ORDER_HEAD)
		verdict = ask_score(s, q, ret);
	else
		verdict = ask_seek(s, q, ret);
	if (verdict == USHER_PICK_THIS && s->policy->chosen) {
		struct usher_agent_view view;

		usher__agent_view(*ret, &view);
		s->policy->chosen(s->policy->arg, q->state, &q->pick, &view);
	}
	s->acd->busy = busy;
	return verdict;
}

/* ---- What follows from it ---- */

static const unsigned char *state_of(const struct search *s)
{
	const struct queue *queue = s->seg->q.queue;

	return s->policy == queue->policy ? queue->state
					  : queue->fallback_state;
}

static struct usher__bytes changed_state(const struct search *s,
					 const struct question *q)
{
	struct usher__bytes state = {NULL, 0, 0};

	if (memcmp(q->state, state_of(s), s->policy->state_size)) {
		state.ptr = q->state;
		state.len = s->policy->state_size;
	}
	return state;
}

/* The chosen one, and for a group those after them, around the end. */
static uint32_t gather(const struct search *s, struct agent *first,
		       struct agent *agents[USHER_GROUP_MAX])
{
	uint32_t want = s->policy->group, n = 1;
	struct agent *agent = first;

	agents[0] = first;
	if (s->policy->order == USHER_ORDER_SCAN)
		return 1;
	while (n < want) {
		agent = next_agent(s, node_of(s, agent));
		if (!agent)
			agent = next_agent(s, NULL);
		if (!agent || agent == first)
			break;
		agents[n++] = agent;
	}
	return n;
}

static enum placed offer(struct search *s, const struct question *q,
			 struct agent *first)
{
	struct agent *agents[USHER_GROUP_MAX];
	struct usher__ev_offer_made like = {0};

	like.policy = usher__text(s->policy->name);
	like.policy_version = s->policy->version;
	like.policy_state = changed_state(s, q);
	like.candidates = q->candidates;
	like.left_out = q->left_out;
	if (usher__make_offers(s->acd, s->seg, agents,
			       gather(s, first, agents), &like))
		return PLACED_FAILED;
	return PLACED;
}

static enum placed defer(struct search *s, const struct question *q)
{
	struct usher__ev_deferred ev = {0};

	if (q->choice.at_us <= s->acd->now)
		return PLACED_NOBODY;
	if (usher__acd_room(s->acd, EVENT_ROOM + USHER_POLICY_STATE_MAX))
		return PLACED_FAILED;
	ev.queue = s->seg->q.queue->id;
	ev.until = q->choice.at_us;
	ev.policy = usher__text(s->policy->name);
	ev.policy_version = s->policy->version;
	ev.policy_state = changed_state(s, q);
	usher__acd_emit(s->acd, USHER_EV_DEFERRED, s->seg->contact->id,
			s->seg->id, &ev);
	return PLACED;
}

/* Ask outside: candidates in the order of the fallback. */
static enum placed decide(struct search *s, uint32_t candidates)
{
	struct usher__ev_decide ev = {0};
	uint64_t ids[USHER_DECIDE_MAX];
	struct agent *agent = next_agent(s, NULL);
	uint32_t n = 0;

	if (usher__acd_room(s->acd, EVENT_ROOM + sizeof(ids)))
		return PLACED_FAILED;
	while (agent && n < USHER_DECIDE_MAX) {
		ids[n++] = agent->id;
		agent = next_agent(s, node_of(s, agent));
	}
	ev.queue = s->seg->q.queue->id;
	ev.agents.ptr = ids;
	ev.agents.len = n * (uint32_t)sizeof(ids[0]);
	ev.agents.count = n;
	ev.candidates = candidates;
	ev.deadline = s->acd->now + s->seg->q.queue->conf->decide_timeout;
	usher__acd_emit(s->acd, USHER_EV_DECIDE, s->seg->contact->id,
			s->seg->id, &ev);
	return PLACED;
}

static void search_init(struct search *s, struct usher_acd *acd,
			struct segment *seg)
{
	const struct queue *queue = seg->q.queue;

	memset(s, 0, sizeof(*s));
	s->acd = acd;
	s->seg = seg;
	s->policy = usher__is_external(queue->policy) ? queue->fallback
						      : queue->policy;
	s->dim = usher__dim_get(acd, seg->contact->kind, s->policy);
	s->one_by_one = usher__class_loose(seg->q.class);
}

struct agent *usher__first_candidate(struct usher_acd *acd,
				     struct segment *seg)
{
	struct search s;

	search_init(&s, acd, seg);
	return next_agent(&s, NULL);
}

enum placed usher__place(struct usher_acd *acd, struct segment *seg)
{
	struct queue *queue = seg->q.queue;
	bool external = usher__is_external(queue->policy) && !seg->late;
	struct search s;
	struct agent *agent = NULL;
	struct question q;

	if (usher__acd_reserve(acd))
		return PLACED_FAILED;
	search_init(&s, acd, seg);
	memset(&q, 0, offsetof(struct question, state));
	q.candidates = count(&s, &q.left_out);
	if (!q.candidates)
		return PLACED_NONE;
	if (external)
		return decide(&s, q.candidates);
	memcpy(q.state, state_of(&s), sizeof(q.state));
	usher__contact_view(seg, &q.contact);
	q.pick.now_us = acd->now;
	q.pick.queue = queue->id;
	q.pick.contact = &q.contact;
	q.pick.candidates = q.candidates;
	q.pick.reserved = acd;
	switch (ask(&s, &q, &agent)) {
	case USHER_PICK_THIS:
		return offer(&s, &q, agent);
	case USHER_PICK_LATER:
		return defer(&s, &q);
	case USHER_ENOMEM:
		return PLACED_FAILED;
	}
	return PLACED_NOBODY;
}

uint64_t usher_pick_random(const struct usher_pick *pick, uint32_t purpose,
			   uint64_t *counter, uint64_t n)
{
	const struct usher_acd *acd = pick->reserved;

	return usher__random_below(acd->seed, pick->queue, purpose, counter,
				   n);
}
