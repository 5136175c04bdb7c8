/*
 * Which contact for this free agent: the center's policy decides, over the
 * trees of every class that the agent's profile is allowed.
 */
#include <acd/internal.h>

static struct segment *segment_of(const struct usher__node *node)
{
	return (struct segment *)((const char *)node -
				  offsetof(struct segment, q.node));
}

struct search {
	struct usher_acd *acd;
	struct agent *agent;
};

/* Whether contacts of a class have to be looked at one by one. */
static bool class_fits(const struct search *s, struct class *class,
		       bool *one_by_one)
{
	*one_by_one = usher__class_loose(class);
	if (*one_by_one)
		return true;
	if (usher__class_queue(class)->skip == s->acd->round ||
	    !(s->agent->free_mask & 1u << usher__class_kind(class)))
		return false;
	*one_by_one = usher__profile_index(s->agent->profile) ==
		      s->acd->profiles_max;
	return *one_by_one ||
	       usher__class_allows(s->acd, class, s->agent->profile);
}

static bool fits(const struct search *s, const struct segment *seg,
		 bool one_by_one)
{
	if (usher__excluded(s->acd, seg->contact, s->agent))
		return false;
	if (!one_by_one)
		return true;
	return seg->q.queue->skip != s->acd->round &&
	       s->agent->free_mask & 1u << seg->contact->kind &&
	       usher__eligible(s->acd, seg, s->agent);
}

/* First by key. */
static struct segment *by_key(const struct search *s)
{
	const struct usher__node *best = NULL;
	struct class *class = NULL;
	bool one_by_one;

	while ((class = usher__class_next(s->acd, class))) {
		const struct usher__node *node;

		if (!class_fits(s, class, &one_by_one))
			continue;
		node = usher__tree_first(usher__class_tree(class));
		while (node && (!best || usher__node_cmp(node, best) < 0) &&
		       !fits(s, segment_of(node), one_by_one))
			node = usher__tree_next(node);
		if (node && (!best || usher__node_cmp(node, best) < 0))
			best = node;
	}
	return best ? segment_of(best) : NULL;
}

static void pick_init(const struct search *s, struct usher_agent_view *view,
		      struct usher_pick *pick)
{
	memset(pick, 0, sizeof(*pick));
	usher__agent_view(s->agent, view);
	pick->now_us = s->acd->now;
	pick->agent = view;
	pick->reserved = &s->acd->seed;
}

/* Best by score among the first of every class; of loose ones, of all. */
static struct segment *by_score(const struct search *s)
{
	const struct usher_contact_policy *policy = s->acd->order;
	const struct usher__node *best = NULL;
	struct usher_agent_view agent;
	struct class *class = NULL;
	struct usher_pick pick;
	int64_t best_score = 0;
	bool one_by_one;

	pick_init(s, &agent, &pick);
	while ((class = usher__class_next(s->acd, class))) {
		const struct usher__node *node;

		if (!class_fits(s, class, &one_by_one))
			continue;
		for (node = usher__tree_first(usher__class_tree(class)); node;
		     node = usher__tree_next(node)) {
			struct usher_contact_view view;
			int64_t score;

			if (!fits(s, segment_of(node), one_by_one))
				continue;
			usher__contact_view(segment_of(node), &view);
			score = policy->score(policy->arg, &pick, &view);
			if (!best || score > best_score ||
			    (score == best_score &&
			     usher__node_cmp(node, best) < 0)) {
				best = node;
				best_score = score;
			}
			if (!usher__class_loose(class))
				break;
		}
	}
	return best ? segment_of(best) : NULL;
}

/* All that fit, sorted by key: a heap in place, since the libc's sort may
 * allocate. */
static void sift(const struct usher__node **nodes, uint32_t at, uint32_t n)
{
	for (;;) {
		uint32_t child = 2 * at + 1;
		const struct usher__node *node = nodes[at];

		if (child >= n)
			return;
		if (child + 1 < n &&
		    usher__node_cmp(nodes[child + 1], nodes[child]) > 0)
			child++;
		if (usher__node_cmp(nodes[child], node) <= 0)
			return;
		nodes[at] = nodes[child];
		nodes[child] = node;
		at = child;
	}
}

static void sort(const struct usher__node **nodes, uint32_t n)
{
	for (uint32_t i = n / 2; i-- > 0;)
		sift(nodes, i, n);
	for (uint32_t left = n; left-- > 1;) {
		const struct usher__node *last = nodes[left];

		nodes[left] = nodes[0];
		nodes[0] = last;
		sift(nodes, 0, left);
	}
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
			if (!fits(s, segment_of(node), one_by_one))
				continue;
			if (nodes)
				nodes[n] = node;
			n++;
		}
	}
	return n;
}

static struct segment *by_scan(const struct search *s, int *err)
{
	const struct usher_contact_policy *policy = s->acd->order;
	uint32_t n = collect(s, NULL);
	struct usher_agent_view agent;
	struct usher_contact_view *views;
	const struct usher__node **nodes;
	struct usher_choice choice = {0};
	struct usher_pick pick;
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
	sort(nodes, n);
	if (n > USHER_POLICY_SCAN_MAX)
		n = USHER_POLICY_SCAN_MAX;
	for (uint32_t i = 0; i < n; i++)
		usher__contact_view(segment_of(nodes[i]), &views[i]);
	pick_init(s, &agent, &pick);
	verdict = policy->pick(policy->arg, &pick, views, n, &choice);
	if (verdict != USHER_PICK_THIS || choice.index >= n)
		return NULL;
	return segment_of(nodes[choice.index]);
}

struct segment *usher__pick_contact(struct usher_acd *acd, struct agent *agent,
				    int *err)
{
	struct search s = {acd, agent};
	bool busy = acd->busy;
	struct segment *seg;

	*err = 0;
	if (acd->order->order == USHER_ORDER_STATIC)
		return by_key(&s);
	acd->busy = true;
	seg = acd->order->order == USHER_ORDER_HEAD ? by_score(&s)
						    : by_scan(&s, err);
	acd->busy = busy;
	return seg;
}
