/*
 * A question to a policy of agents: what it is told, its answer, and what an
 * offer says of it.
 */
#include <acd/question.h>

/* ---- The policy's answer ---- */

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
	case USHER_SEEK_AGENT:
		*ret = usher__agent_get(s->acd, q->choice.agent);
		if (*ret && !usher__candidate_is(s, *ret))
			*ret = NULL;
		break;
	case USHER_SEEK_AFTER:
		key.k0 = q->choice.key;
		key.k1 = q->choice.order;
		key.k2 = q->choice.agent;
		*ret = usher__candidate_next(s, &key);
		if (!*ret)
			*ret = usher__candidate_next(s, NULL);
		break;
	case USHER_SEEK_RANK:
		*ret = usher__candidate_at(s, q->choice.rank %
						      q->pick.candidates);
		break;
	default:
		*ret = s->first ? usher__node_agent(s->first)
				: usher__candidate_next(s, NULL);
	}
	return *ret ? USHER_PICK_THIS : USHER_PICK_NOBODY;
}

/* The best of the first of every profile; of loose agents, of all. */
static int ask_score(struct search *s, struct question *q, struct agent **ret)
{
	const struct usher__node *best = NULL;
	int64_t best_score = 0;
	const struct usher__tree *tree;
	struct trees trees;

	usher__trees_begin(&trees, s);
	while ((tree = usher__trees_next(&trees))) {
		const struct usher__node *node = usher__tree_first(tree);

		for (; node; node = usher__tree_next(node)) {
			struct usher_agent_view view;
			int64_t score;

			if (!usher__candidate_fits(s, node, trees.one_by_one))
				continue;
			usher__agent_view_in(usher__node_agent(node),
					     s->seg->q.queue, &view);
			score = s->policy->score(s->policy->arg, q->state,
						 &q->pick, &view);
			if (!best || score > best_score ||
			    (score == best_score &&
			     usher__node_cmp(node, best) < 0)) {
				best = node;
				best_score = score;
			}
			if (!trees.one_by_one)
				break;
		}
	}
	if (!best)
		return USHER_PICK_NOBODY;
	*ret = usher__node_agent(best);
	return USHER_PICK_THIS;
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

int usher__question_ask(struct search *s, struct question *q,
			struct agent **ret)
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

		usher__agent_view_in(*ret, s->seg->q.queue, &view);
		s->policy->chosen(s->policy->arg, q->state, &q->pick, &view);
	}
	s->acd->busy = busy;
	return verdict;
}

/* ---- The question ---- */

static bool is_fallback(const struct search *s)
{
	return s->policy != s->seg->q.queue->policy;
}

static const unsigned char *state_of(const struct search *s)
{
	const struct queue *queue = s->seg->q.queue;

	return is_fallback(s) ? queue->fallback_state : queue->state;
}

/* What usher_pick_agent() says. */
static int find(const void *arg, const char *name, uint64_t *ret)
{
	const struct search *s = arg;
	const struct agent *agent = usher__agent_named(s->acd, name);

	if (!agent || agent->presence != USHER_READY || agent->pending ||
	    agent->removing ||
	    !usher__agent_max(s->acd, agent, s->seg->contact->kind) ||
	    usher__excluded(s->acd, s->seg->contact, agent) ||
	    !usher__eligible(s->acd, s->seg, agent))
		return USHER_ENOENT;
	*ret = agent->id;
	return usher__tree_has(usher__agent_node(s, agent)) ? 0 : USHER_EAGAIN;
}

/* What usher_pick_idle() shows. */
static void show_idle(const void *arg, usher_pick_idle_h *visit, void *to)
{
	const struct search *s = arg;

	for (uint32_t i = 0; i <= s->acd->profiles_max; i++) {
		const struct usher__node *node;

		/* behind those in use there is only the loose one */
		if (i == s->high)
			i = s->acd->profiles_max;
		node = usher__tree_first(&s->dim->trees[i]);
		for (; node; node = usher__tree_next(node)) {
			struct usher_agent_view view;

			usher__agent_view_in(usher__node_agent(node),
					     s->seg->q.queue, &view);
			visit(to, &view);
		}
	}
}

void usher__question_init(struct question *q, struct search *s)
{
	const struct queue *queue = s->seg->q.queue;

	memset(&q->pick, 0, sizeof(q->pick));
	memset(&q->choice, 0, sizeof(q->choice));
	memcpy(q->state, state_of(s), sizeof(q->state));
	usher__contact_view(s->seg, &q->contact);
	q->asker.seed = s->acd->seed;
	q->asker.find = find;
	q->asker.idle = show_idle;
	q->asker.arg = s;
	q->pick.now_us = s->acd->now;
	q->pick.queue = queue->id;
	q->pick.contact = &q->contact;
	q->pick.left_out = q->left_out;
	q->pick.number = s->acd->seq;
	q->pick.handle_us = queue->handle;
	q->pick.conf = usher__conf_at(queue, is_fallback(s) ? CONF_FALLBACK
							    : CONF_POLICY);
	q->pick.reserved = &q->asker;
	q->views = NULL;
	q->view_count = 0;
}

struct usher__bytes usher__question_state(const struct search *s,
					  const struct question *q)
{
	struct usher__bytes state = {NULL, 0, 0};

	if (memcmp(q->state, state_of(s), s->policy->state_size)) {
		state.ptr = q->state;
		state.len = s->policy->state_size;
	}
	return state;
}

/* ---- What an offer says of it ---- */

/* What decided, for people. */
static const char *why(const struct search *s, const struct question *q)
{
	switch (s->policy->order) {
	case USHER_ORDER_SCAN:
		return "chosen among all";
	case USHER_ORDER_HEAD:
		return "best score";
	}
	switch (q->choice.seek) {
	case USHER_SEEK_RANK:
		return "by its number";
	case USHER_SEEK_AFTER:
		return "next after the last one";
	case USHER_SEEK_AGENT:
		return "the one that the policy wants";
	}
	return s->policy->key ? "smallest key" : "first in order";
}

void usher__question_offer(const struct search *s, const struct question *q,
			   struct usher__ev_offer_made *like)
{
	memset(like, 0, sizeof(*like));
	like->policy = usher__text(s->policy->name);
	like->policy_version = s->policy->version;
	like->policy_state = usher__question_state(s, q);
	like->candidates = q->pick.candidates;
	like->left_out = q->left_out;
	if (q->choice.widen_us > 0 && q->choice.widen_us <= SPAN_MAX)
		like->widen = q->choice.widen_us < WIDEN_MIN
				      ? WIDEN_MIN
				      : q->choice.widen_us;
	if (s->acd->explain)
		like->why = usher__text(why(s, q));
}
