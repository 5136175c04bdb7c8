/*
 * Which agent for this contact: the queue's policy decides, over the trees of
 * free agents of every profile that the contact's class allows.
 */
#include <stdio.h>

#include <acd/candidates.h>

#define EVENT_ROOM 400
#define HOW_MAX    96

/* ---- The policy's answer ---- */

struct question {
	struct usher_pick pick;
	struct usher_contact_view contact;
	struct usher_choice choice;
	unsigned char state[USHER_POLICY_STATE_MAX];
	uint32_t candidates;
	uint32_t left_out;
	struct usher_agent_view *views; /* of a scan */
	uint32_t view_count;
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
		*ret = usher__candidate_next(s, &key);
		if (!*ret)
			*ret = usher__candidate_next(s, NULL);
		break;
	case USHER_SEEK_RANK:
		*ret = usher__candidate_at(s, q->choice.rank % q->candidates);
		break;
	default:
		*ret = usher__candidate_next(s, NULL);
	}
	return *ret ? USHER_PICK_THIS : USHER_PICK_NOBODY;
}

/* The best of the first of every profile; of loose agents, of all. */
static int ask_score(struct search *s, struct question *q, struct agent **ret)
{
	const struct usher__node *best = NULL;
	int64_t best_score = 0;
	bool one_by_one;

	for (uint32_t i = 0; i < usher__candidate_trees(s); i++) {
		const struct usher__tree *tree =
			usher__candidate_tree(s, i, &one_by_one);
		const struct usher__node *node =
			tree ? usher__tree_first(tree) : NULL;

		for (; node; node = usher__tree_next(node)) {
			struct usher_agent_view view;
			int64_t score;

			if (!usher__candidate_fits(s, node, one_by_one))
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

/* What a scan will look at. False: no memory now. */
static bool gather_views(struct search *s, struct question *q)
{
	struct agent *agent = usher__candidate_next(s, NULL);
	uint32_t max = q->candidates;

	if (max > USHER_POLICY_SCAN_MAX)
		max = USHER_POLICY_SCAN_MAX;
	q->views = usher__acd_scratch(s->acd, max * sizeof(*q->views));
	if (!q->views)
		return false;
	q->view_count = 0;
	while (agent && q->view_count < max) {
		usher__agent_view(agent, &q->views[q->view_count++]);
		agent = usher__candidate_next(s, node_of(s, agent));
	}
	return true;
}

static int ask_scan(struct search *s, struct question *q, struct agent **ret)
{
	int verdict = s->policy->pick(s->policy->arg, q->state, &q->pick,
				      q->views, q->view_count, &q->choice);

	if (verdict != USHER_PICK_THIS)
		return verdict;
	if (q->choice.index >= q->view_count)
		return USHER_PICK_NOBODY;
	*ret = usher__agent_get(s->acd, q->views[q->choice.index].agent);
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
		agent = usher__candidate_next(s, node_of(s, agent));
		if (!agent)
			agent = usher__candidate_next(s, NULL);
		if (!agent || agent == first)
			break;
		agents[n++] = agent;
	}
	return n;
}

/* What decided, for people. */
static void how_text(const struct search *s, const struct question *q,
		     char *text, size_t size)
{
	const char *late =
		s->seg->late ? "the external policy was late: " : "";

	if (s->policy->order == USHER_ORDER_SCAN)
		snprintf(text, size, "%schosen among %u", late, q->view_count);
	else if (s->policy->order == USHER_ORDER_HEAD)
		snprintf(text, size, "%sbest score of %u", late,
			 q->candidates);
	else if (q->choice.seek == USHER_SEEK_RANK)
		snprintf(text, size, "%snumber %u of %u", late,
			 q->choice.rank % q->candidates + 1, q->candidates);
	else if (q->choice.seek == USHER_SEEK_AFTER)
		snprintf(text, size, "%snext of %u after the last one", late,
			 q->candidates);
	else
		snprintf(text, size, "%s%s of %u", late,
			 s->policy->key ? "smallest key" : "first in order",
			 q->candidates);
}

static enum placed offer(struct search *s, const struct question *q,
			 struct agent *first)
{
	struct agent *agents[USHER_GROUP_MAX];
	char how[HOW_MAX];
	struct usher__ev_offer_made like = {0};

	like.policy = usher__text(s->policy->name);
	like.policy_version = s->policy->version;
	like.policy_state = changed_state(s, q);
	like.candidates = q->candidates;
	like.left_out = q->left_out;
	if (s->acd->explain) {
		how_text(s, q, how, sizeof(how));
		if (usher__explain_offer(s->acd, s->seg, how, &like))
			return PLACED_FAILED;
	}
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
	if (ev.until > s->acd->now + SPAN_MAX)
		ev.until = s->acd->now + SPAN_MAX;
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
	struct agent *agent = usher__candidate_next(s, NULL);
	uint32_t n = 0;

	if (usher__acd_room(s->acd, EVENT_ROOM + sizeof(ids)))
		return PLACED_FAILED;
	while (agent && n < USHER_DECIDE_MAX) {
		ids[n++] = agent->id;
		agent = usher__candidate_next(s, node_of(s, agent));
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

enum placed usher__place(struct usher_acd *acd, struct segment *seg)
{
	struct queue *queue = seg->q.queue;
	bool external = usher__is_external(queue->policy) && !seg->late;
	struct search s;
	struct agent *agent = NULL;
	struct question q;

	if (usher__acd_reserve(acd))
		return PLACED_FAILED;
	usher__search_init(&s, acd, seg);
	memset(&q, 0, offsetof(struct question, state));
	q.candidates = usher__candidates_count(&s, &q.left_out);
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
	q.pick.reserved = &acd->seed;
	if (s.policy->order == USHER_ORDER_SCAN && !gather_views(&s, &q))
		return PLACED_FAILED;
	switch (ask(&s, &q, &agent)) {
	case USHER_PICK_THIS:
		return offer(&s, &q, agent);
	case USHER_PICK_LATER:
		return defer(&s, &q);
	}
	/* whatever else a policy says */
	return PLACED_NOBODY;
}
