/*
 * What a policy goes by where its keys alone do not tell: scores of all
 * candidates. It is asked once more, with a copy of its state, so that nothing
 * changes.
 */
#include <acd/explain.h>
#include <acd/question.h>

struct scores {
	struct usher_agent_view *views; /* in the order of the policy's keys */
	int64_t *of;                    /* each of them */
	uint32_t count;
};

static bool by_scan(const struct usher_agent_policy *policy,
		    struct question *q, struct scores *scores)
{
	q->choice.scores = scores->of;
	(void)policy->pick(policy->arg, q->state, &q->pick, scores->views,
			   scores->count, &q->choice);
	return q->choice.scored;
}

static bool by_question(const struct usher_agent_policy *policy,
			const struct question *q, struct scores *scores)
{
	for (uint32_t i = 0; i < scores->count; i++) {
		const struct usher_agent_view *view = &scores->views[i];

		scores->of[i] =
			policy->order == USHER_ORDER_HEAD
				? policy->score(policy->arg, q->state,
						&q->pick, view)
				: -policy->cost(policy->arg, &q->pick, view);
	}
	return true;
}

/* False: it has told none. */
static bool ask(const struct explaining *e, struct scores *scores)
{
	/* Not for its state: what is found out on the way is kept. */
	struct usher_acd *acd = (struct usher_acd *)e->acd;
	bool busy = acd->busy, told;
	struct question q;
	struct search s;

	usher__search_init(&s, acd, (struct segment *)e->seg);
	q.left_out = e->left_out;
	usher__question_init(&q, &s);
	q.pick.candidates = scores->count;
	acd->busy = true;
	told = e->policy->order == USHER_ORDER_SCAN
		       ? by_scan(e->policy, &q, scores)
		       : by_question(e->policy, &q, scores);
	acd->busy = busy;
	return told;
}

int usher__explained_scores(struct explaining *e,
			    const struct usher__node **nodes, uint32_t count,
			    int64_t *ret)
{
	const struct usher_alloc *alloc = &e->acd->alloc;
	struct scores scores = {.of = ret, .count = count};

	scores.views = alloc->realloc(alloc->arg, NULL,
				      count * sizeof(*scores.views));
	if (!scores.views)
		return USHER_ENOMEM;
	usher__nodes_sort(nodes, count);
	for (uint32_t i = 0; i < count; i++) {
		usher__agent_view_in(usher__node_agent(nodes[i]),
				     e->seg->q.queue, &scores.views[i]);
		scores.of[i] = 0;
	}
	/* A policy that explains a contact itself would ask for ever. */
	e->scored = !e->acd->busy && ask(e, &scores);
	alloc->realloc(alloc->arg, scores.views, 0);
	return 0;
}
