/*
 * Which contact for this free agent: the center's policy decides, over the
 * trees of every class that the agent's profile is allowed.
 */
#include <acd/callbacks.h>
#include <acd/classes.h>
#include <policy/policies.h>

struct search {
	struct usher_acd *acd;
	struct agent *agent;
	/* what classes know of the agent's profile; with no bit they know
	 * nothing of it */
	uint32_t word;
	uint64_t bit;
};

static void search_init(struct search *s, struct usher_acd *acd,
			struct agent *agent)
{
	uint32_t index = agent->profile->index;

	s->acd = acd;
	s->agent = agent;
	s->word = index / 64;
	s->bit = index == acd->profiles_max ? 0 : UINT64_C(1) << index % 64;
}

/* Whether contacts of a class have to be looked at one by one. All classes are
 * asked, of which most say at once that they are for others. */
static inline bool class_fits(const struct search *s, struct class *class,
			      bool *one_by_one)
{
	const struct known *known;

	*one_by_one = class->loose;
	if (*one_by_one)
		return true;
	if (s->bit) {
		known = &class->known[s->word];
		if (!((known->allowed | known->unasked) & s->bit))
			return false;
	}
	if (class->queue->skip == s->acd->round ||
	    (class->turns ? class->held : class->queue->skip_batch) ==
		    s->acd->round ||
	    !(s->agent->free_mask & 1u << class->kind))
		return false;
	*one_by_one = !s->bit;
	return *one_by_one ||
	       usher__class_takes(s->acd, class, s->agent->profile);
}

static bool fits(const struct search *s, const struct segment *seg,
		 bool one_by_one)
{
	if (seg->q.skip == s->acd->round ||
	    usher__excluded(s->acd, seg->contact, s->agent))
		return false;
	if (!one_by_one)
		return true;
	return seg->q.queue->skip != s->acd->round &&
	       (seg->q.queue->skip_batch != s->acd->round ||
		usher__contact_turns(seg->contact)) &&
	       s->agent->free_mask & 1u << seg->contact->kind &&
	       usher__eligible(s->acd, seg, s->agent);
}

/* Of those who wait for this agent alone. */
static bool is_awaiting(const struct search *s, const struct segment *seg)
{
	return seg->state == USHER_SEGMENT_WAITING && !seg->contact->ended &&
	       !usher__contact_away(seg->contact) &&
	       usher__deferred(s->acd, seg) && fits(s, seg, true);
}

/* First by key. */
static struct segment *by_key(const struct search *s)
{
	const struct usher__node *best = NULL;
	struct class *class = s->acd->classes->active;
	bool one_by_one;

	for (; class; class = class->next) {
		const struct usher__node *node;

		if (!class_fits(s, class, &one_by_one))
			continue;
		node = usher__tree_first(&class->tree);
		while (node && (!best || usher__node_cmp(node, best) < 0) &&
		       !fits(s, usher__node_segment(node), one_by_one))
			node = usher__tree_next(node);
		if (node && (!best || usher__node_cmp(node, best) < 0))
			best = node;
	}
	for (const struct segment *seg = s->agent->awaiting; seg;
	     seg = usher__await_next(seg)) {
		if (is_awaiting(s, seg) &&
		    (!best || usher__node_cmp(&seg->q.node, best) < 0))
			best = &seg->q.node;
	}
	return best ? usher__node_segment(best) : NULL;
}

/* What is asked about an agent. */
struct asked {
	struct usher_agent_view agent;
	struct usher_pick pick;
	struct usher__asker asker;
};

static void asked_init(const struct search *s, struct asked *a)
{
	const struct usher_acd *acd = s->acd;

	memset(a, 0, sizeof(*a));
	usher__agent_view(s->agent, &a->agent);
	a->asker.seed = acd->seed;
	a->pick.now_us = acd->now;
	a->pick.agent = &a->agent;
	a->pick.number = acd->seq;
	a->pick.reserved = &a->asker;
	for (uint32_t i = 0; acd->order->totals && i < acd->queues.count;
	     i++) {
		const struct queue *queue = acd->queues.items[i];

		a->pick.waiting += queue->waiting - queue->offered;
	}
}

struct scored {
	const struct usher__node *best;
	int64_t score;
};

static void score(const struct search *s, const struct asked *a,
		  const struct usher__node *node, struct scored *best)
{
	const struct usher_contact_policy *policy = s->acd->order;
	struct usher_contact_view view;
	int64_t value;

	usher__contact_view(usher__node_segment(node), &view);
	value = policy->score(policy->arg, &a->pick, &view);
	if (best->best &&
	    (value < best->score ||
	     (value == best->score && usher__node_cmp(node, best->best) >= 0)))
		return;
	best->best = node;
	best->score = value;
}

/* Best by score among the first of every class; of loose ones, of all. */
static struct segment *by_score(const struct search *s)
{
	struct scored best = {NULL, 0};
	struct class *class = NULL;
	struct asked a;
	bool one_by_one;

	asked_init(s, &a);
	while ((class = usher__class_next(s->acd, class))) {
		const struct usher__node *node;

		if (!class_fits(s, class, &one_by_one))
			continue;
		for (node = usher__tree_first(usher__class_tree(class)); node;
		     node = usher__tree_next(node)) {
			if (!fits(s, usher__node_segment(node), one_by_one))
				continue;
			score(s, &a, node, &best);
			if (!usher__class_loose(class))
				break;
		}
	}
	for (const struct segment *seg = s->agent->awaiting; seg;
	     seg = usher__await_next(seg)) {
		if (is_awaiting(s, seg))
			score(s, &a, &seg->q.node, &best);
	}
	return best.best ? usher__node_segment(best.best) : NULL;
}

/* It is collected, and nobody is asked about it until that is over. */
static bool is_collected(const struct search *s, const struct segment *seg)
{
	const struct queue *queue = seg->q.queue;

	return queue->policy && queue->policy->order == USHER_ORDER_BATCH &&
	       usher__collects(s->acd, queue) &&
	       !usher__contact_turns(seg->contact);
}

/* Who waits for a turn that has not come is not asked about: nothing would
 * come of it. How many are alike, which is known of a class only, must not
 * tell in what is asked. */
static bool has_no_turn(const struct search *s, struct segment *seg)
{
	return usher__contact_turns(seg->contact) &&
	       ((!seg->q.class->loose &&
		 seg->q.class->held == s->acd->round) ||
		!usher__turn_fits(s->acd, seg));
}

/* With nodes NULL it only counts. */
static uint32_t collect(const struct search *s,
			const struct usher__node **nodes)
{
	struct class *class = NULL;
	uint32_t n = 0;
	bool one_by_one;

	while ((class = usher__class_next(s->acd, class))) {
		const struct usher__node *node;

		if (!class_fits(s, class, &one_by_one))
			continue;
		for (node = usher__tree_first(usher__class_tree(class)); node;
		     node = usher__tree_next(node)) {
			if (!fits(s, usher__node_segment(node), one_by_one) ||
			    is_collected(s, usher__node_segment(node)) ||
			    has_no_turn(s, usher__node_segment(node)))
				continue;
			if (nodes)
				nodes[n] = node;
			n++;
		}
	}
	for (const struct segment *seg = s->agent->awaiting; seg;
	     seg = usher__await_next(seg)) {
		if (!is_awaiting(s, seg))
			continue;
		if (nodes)
			nodes[n] = &seg->q.node;
		n++;
	}
	return n;
}

static struct segment *by_scan(const struct search *s, int *err)
{
	const struct usher_contact_policy *policy = s->acd->order;
	uint32_t n = collect(s, NULL);
	struct usher_contact_view *views;
	const struct usher__node **nodes;
	struct usher_choice choice = {0};
	struct asked a;
	int verdict;

	if (!n)
		return NULL;
	nodes = usher__acd_scratch(s->acd,
				   n * (sizeof(*nodes) + sizeof(*views)));
	if (!nodes) {
		*err = USHER_ENOMEM;
		return NULL;
	}
	views = (void *)(nodes + n);
	collect(s, nodes);
	usher__nodes_sort(nodes, n);
	if (n > USHER_POLICY_SCAN_MAX)
		n = USHER_POLICY_SCAN_MAX;
	for (uint32_t i = 0; i < n; i++)
		usher__contact_view(usher__node_segment(nodes[i]), &views[i]);
	asked_init(s, &a);
	verdict = policy->pick(policy->arg, &a.pick, views, n, &choice);
	if (verdict != USHER_PICK_THIS || choice.index >= n) {
		usher__nobody_said(s->acd, NULL);
		return NULL;
	}
	return usher__node_segment(nodes[choice.index]);
}

struct segment *usher__pick_contact(struct usher_acd *acd, struct agent *agent,
				    int *err)
{
	bool busy = acd->busy;
	struct segment *seg;
	struct search s;

	search_init(&s, acd, agent);
	*err = 0;
	if (acd->order->order == USHER_ORDER_STATIC)
		return by_key(&s);
	acd->busy = true;
	seg = acd->order->order == USHER_ORDER_HEAD ? by_score(&s)
						    : by_scan(&s, err);
	acd->busy = busy;
	return seg;
}
