/*
 * Which agent for this contact: the queue's policy decides, over the trees of
 * free agents of every profile that the contact's class allows.
 */
#include <acd/callbacks.h>
#include <acd/question.h>

#define EVENT_ROOM 400

/* All candidates, by tree; with nodes NULL they are only counted. */
static uint32_t collect(const struct search *s,
			const struct usher__node **nodes)
{
	uint32_t n = 0;
	const struct usher__tree *tree;
	struct trees trees;

	usher__trees_begin(&trees, s);
	while ((tree = usher__trees_next(&trees))) {
		const struct usher__node *node = usher__tree_first(tree);

		for (; node; node = usher__tree_next(node)) {
			if (!usher__candidate_fits(s, node, trees.one_by_one))
				continue;
			if (nodes)
				nodes[n] = node;
			n++;
		}
	}
	return n;
}

/* What a scan will look at. False: no memory now. */
static bool gather_views(struct search *s, struct question *q)
{
	uint32_t n = collect(s, NULL);
	const struct usher__node **nodes = usher__acd_scratch(
		s->acd, n * (sizeof(*nodes) + sizeof(*q->views)));

	if (!nodes)
		return false;
	q->views = (void *)(nodes + n);
	collect(s, nodes);
	usher__nodes_sort(nodes, n);
	if (n > USHER_POLICY_SCAN_MAX)
		n = USHER_POLICY_SCAN_MAX;
	for (uint32_t i = 0; i < n; i++)
		usher__agent_view_in(usher__node_agent(nodes[i]),
				     s->seg->q.queue, &q->views[i]);
	q->view_count = n;
	return true;
}

/* The chosen one, and for a group those after them, around the end. */
static uint32_t gather(const struct search *s, const struct question *q,
		       struct agent *first,
		       struct agent *agents[USHER_GROUP_MAX])
{
	uint32_t want = q->choice.group ? q->choice.group : s->policy->group;
	uint32_t n = 1;
	struct agent *agent = first;

	agents[0] = first;
	if (s->policy->order == USHER_ORDER_SCAN)
		return 1;
	while (n < want && n < USHER_GROUP_MAX) {
		agent = usher__candidate_next(s, usher__agent_node(s, agent));
		if (!agent)
			agent = usher__candidate_next(s, NULL);
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
	struct usher__ev_offer_made like;

	usher__question_offer(s, q, &like);
	if (usher__make_offers(s->acd, s->seg, agents,
			       gather(s, q, first, agents), &like))
		return PLACED_FAILED;
	return PLACED;
}

static enum placed defer(struct search *s, const struct question *q)
{
	const struct agent *but = usher__agent_get(s->acd, q->choice.agent);
	struct usher__ev_deferred ev = {0};

	if (q->choice.at_us <= s->acd->now) {
		usher__nobody_said(s->acd, s->seg->q.queue);
		return PLACED_NOBODY;
	}
	if (usher__acd_room(s->acd, EVENT_ROOM + USHER_POLICY_STATE_MAX))
		return PLACED_FAILED;
	ev.queue = s->seg->q.queue->id;
	ev.until = q->choice.at_us;
	if (ev.until > s->acd->now + SPAN_MAX)
		ev.until = s->acd->now + SPAN_MAX;
	ev.policy = usher__text(s->policy->name);
	ev.policy_version = s->policy->version;
	ev.policy_state = usher__question_state(s, q);
	/* nobody waits for who is free: asked about that agent at once, the
	 * policy would say the same, for ever */
	if (but && !usher__candidate_is(s, but))
		ev.agent = but->id;
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
		agent = usher__candidate_next(s, usher__agent_node(s, agent));
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

/* Who is to be dialed first has the turn, if somebody is free who is not
 * needed for the customers who are dialed already: no policy is asked, since
 * nobody is offered. */
static enum placed take_turn(struct usher_acd *acd, struct segment *seg)
{
	struct usher__ev_callback_turn ev = {.queue = seg->q.queue->id};

	if (usher__acd_reserve(acd) || usher__acd_room(acd, EVENT_ROOM))
		return PLACED_FAILED;
	if (!usher__turn_fits(acd, seg))
		return PLACED_NONE;
	usher__acd_emit(acd, USHER_EV_CALLBACK_TURN, seg->contact->id, seg->id,
			&ev);
	return PLACED;
}

enum placed usher__place(struct usher_acd *acd, struct segment *seg)
{
	struct queue *queue = seg->q.queue;
	bool external = usher__is_external(queue->policy) && !seg->late;
	struct search s;
	struct agent *agent = NULL;
	struct question q;

	uint32_t candidates;

	if (usher__contact_turns(seg->contact))
		return take_turn(acd, seg);
	if (queue->policy && queue->policy->order == USHER_ORDER_BATCH)
		return usher__place_batch(acd, seg);
	if (usher__acd_reserve(acd))
		return PLACED_FAILED;
	usher__search_init(&s, acd, seg);
	candidates = usher__candidates_count(&s, &q.left_out);
	if (!candidates)
		return PLACED_NONE;
	if (external)
		return decide(&s, candidates);
	usher__question_init(&q, &s);
	q.pick.candidates = candidates;
	if (s.policy->order == USHER_ORDER_SCAN && !gather_views(&s, &q))
		return PLACED_FAILED;
	switch (usher__question_ask(&s, &q, &agent)) {
	case USHER_PICK_THIS:
		return offer(&s, &q, agent);
	case USHER_PICK_LATER:
		return defer(&s, &q);
	}
	/* whatever else a policy says */
	usher__nobody_said(acd, queue);
	return PLACED_NOBODY;
}
