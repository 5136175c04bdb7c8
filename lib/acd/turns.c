/*
 * Turns of customers who are dialed before there is an agent: one free agent
 * is dialed for once, whatever queues the agent serves. Each customer who is
 * dialed already needs one of those who are free for them; whether there is
 * one more is whether a matching of customers and free agents can be made
 * larger by this one, along an alternating path (Kuhn 1955).
 *
 * Who is dialed and has nobody free any more needs nobody: the next who comes
 * free for them is theirs.
 *
 * The matching is kept from one question to the next, and made as large as it
 * can be again before each: pairs that are none any more go, and customers
 * without an agent look for one. It is no state: of all that are as large as
 * can be any one gives the same answers.
 *
 * A search that finds nobody has been everywhere where a later one could go
 * from there, whoever else is matched meanwhile: so all that fail one after
 * another are one search, in which each customer gives way once and each class
 * of customers is looked at once.
 */
#include <acd/callbacks.h>
#include <acd/candidates.h>
#include <acd/classes.h>

/* None but those whom the class tells of are kept from it. */
static bool is_plain(const struct contact *contact)
{
	if (contact->retries)
		return false;
	for (const struct segment *seg = contact->segments; seg;
	     seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_AGENT)
			return false;
	}
	return true;
}

/* Whether the agent is free for the segment, without a walk. */
static bool is_free_for(struct usher_acd *acd, const struct segment *seg,
			const struct agent *agent)
{
	if (seg->kind != USHER_SEGMENT_QUEUE ||
	    !(agent->free_mask >> seg->contact->kind & 1) ||
	    usher__excluded(acd, seg->contact, agent))
		return false;
	if (seg->q.class->loose || agent->profile->index == acd->profiles_max)
		return usher__eligible(acd, seg, agent);
	return usher__class_takes(acd, seg->q.class, agent->profile);
}

static void pair(struct callback *cb, struct agent *agent)
{
	if (cb->agent)
		cb->agent->needed = 0;
	cb->agent = agent;
	if (agent)
		agent->needed = (uint8_t)cb->dialed;
}

static bool find(struct usher_acd *acd, struct callback *cb,
		 struct agent **ret);

/* Somebody whom nobody needs. */
static struct agent *spare(const struct search *s)
{
	const struct usher__tree *tree;
	const struct usher__node *node;
	struct trees trees;

	usher__trees_begin(&trees, s);
	while ((tree = usher__trees_next(&trees))) {
		for (node = usher__tree_first(tree); node;
		     node = usher__tree_next(node)) {
			s->acd->turn_looks++;
			if (!usher__node_agent(node)->needed &&
			    usher__candidate_fits(s, node, trees.one_by_one))
				return usher__node_agent(node);
		}
	}
	return NULL;
}

/* Somebody whose customer has another one: who is needed is found by who
 * needs them, however many are free. */
static struct agent *given_up(struct usher_acd *acd, const struct segment *seg)
{
	struct agent *other;

	for (uint32_t i = 0; i < CALLED_MAX; i++) {
		struct callback *cb = acd->dialed[i];
		struct agent *agent = cb ? cb->agent : NULL;

		acd->turn_looks += cb != NULL;
		if (!agent || !is_free_for(acd, seg, agent) ||
		    !find(acd, cb, &other))
			continue;
		pair(cb, other);
		return agent;
	}
	return NULL;
}

/* The same for a segment; nobody moves for one who is free. */
static struct agent *find_for(struct usher_acd *acd, struct segment *seg)
{
	struct agent *agent;
	struct search s;

	usher__search_init(&s, acd, seg);
	s.plain = is_plain(seg->contact);
	if (s.plain && !s.one_by_one) {
		/* those who are alike go where this one would */
		if (seg->q.class->searched == acd->turn_search)
			return NULL;
		seg->q.class->searched = acd->turn_search;
	}
	agent = spare(&s);
	return agent ? agent : given_up(acd, seg);
}

/* Another one, or the first, for a customer who is dialed. The depth is that
 * of CALLED_MAX at most. */
static bool find(struct usher_acd *acd, struct callback *cb,
		 struct agent **ret)
{
	struct agent *agent = NULL;

	if (cb->searched == acd->turn_search)
		return false;
	cb->searched = acd->turn_search;
	for (struct segment *seg = cb->contact->segments; seg && !agent;
	     seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_QUEUE)
			agent = find_for(acd, seg);
	}
	if (agent)
		*ret = agent;
	return agent != NULL;
}

static void follow(struct usher_acd *acd, struct callback *cb)
{
	const struct segment *seg = cb->contact->segments;

	while (seg && cb->agent && !is_free_for(acd, seg, cb->agent))
		seg = seg->next;
	if (!seg)
		pair(cb, NULL);
}

/* There is one, since no more are dialed. */
static void number(struct usher_acd *acd, struct callback *cb)
{
	while (acd->dialed[cb->dialed])
		cb->dialed++;
	acd->dialed[cb->dialed++] = cb;
}

/* As large as it can be. */
static void match_called(struct usher_acd *acd)
{
	struct agent *agent;

	for (struct callback *cb = acd->called; cb; cb = cb->called_next) {
		acd->turn_looks++;
		if (!cb->dialed)
			number(acd, cb);
		follow(acd, cb);
	}
	acd->turn_search++;
	for (struct callback *cb = acd->called; cb; cb = cb->called_next) {
		if (cb->agent || !find(acd, cb, &agent))
			continue;
		pair(cb, agent);
		acd->turn_search++;
	}
}

/* One more, when those who are dialed are matched. */
static bool fits(struct usher_acd *acd, struct segment *seg,
		 uint32_t candidates)
{
	if (candidates > acd->called_count)
		return true;
	if (!candidates || acd->called_count > CALLED_MAX ||
	    !find_for(acd, seg))
		return false;
	acd->turn_search++;
	return true;
}

bool usher__turn_fits(struct usher_acd *acd, struct segment *seg)
{
	uint32_t candidates, left_out;
	struct search s;

	acd->turn_looks++;
	usher__search_init(&s, acd, seg);
	candidates = usher__candidates_count(&s, &left_out);
	if (candidates && candidates <= acd->called_count &&
	    acd->called_count <= CALLED_MAX)
		match_called(acd);
	if (fits(acd, seg, candidates))
		return true;
	if (s.plain && !s.one_by_one)
		seg->q.class->held = acd->round;
	return false;
}

/* False: those of its class who are behind it are alike. */
static bool mark_for(struct usher_acd *acd, struct segment *seg)
{
	uint32_t candidates, left_out;
	struct agent *agent;
	struct search s;

	acd->turn_looks++;
	usher__search_init(&s, acd, seg);
	candidates = usher__candidates_count(&s, &left_out);
	if (fits(acd, seg, candidates)) {
		for (agent = usher__candidate_next(&s, NULL); agent;
		     agent = usher__candidate_next(
			     &s, usher__agent_node(&s, agent)))
			usher__mark_agent(acd, agent);
	}
	return !s.plain || s.one_by_one;
}

void usher__turns_mark(struct usher_acd *acd)
{
	struct class *class = acd->classes->active;

	if (acd->called_count <= CALLED_MAX)
		match_called(acd);
	for (; class; class = class->next) {
		const struct usher__node *node =
			usher__tree_first(&class->tree);
		bool more = class->turns || class->loose;

		for (; node && more; node = usher__tree_next(node)) {
			struct segment *seg = usher__node_segment(node);

			if (usher__contact_turns(seg->contact))
				more = mark_for(acd, seg);
		}
	}
}
