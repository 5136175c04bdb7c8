/*
 * Contacts and agents assigned together. When a contact and an agent could
 * come together in a queue of such a policy, it collects for the policy's
 * window; nobody there is offered meanwhile. Then the first contacts in the
 * center's order, as many as are named, are assigned to the first agents by
 * the policy's key: as many contacts as can be, at the least sum of costs.
 * What is left over is assigned in the same moment, until nothing is.
 *
 *   collect   0 or past      nothing is collected
 *             ahead          collecting (event `collecting`)
 *             now            is assigned
 *             past, and      nobody was free when the time came, since other
 *             no offer       queues had taken them: whoever comes free next
 *             since then     is assigned at once. So a queue that collects
 *                            does not starve beside one that does not
 */
#include <acd/callbacks.h>
#include <acd/question.h>

#define CONTACTS USHER_BATCH_CONTACTS_MAX
#define AGENTS   USHER_BATCH_AGENTS_MAX

#define EVENT_ROOM 400

struct batch {
	struct usher_acd *acd;
	struct queue *queue;
	struct segment *segs[CONTACTS]; /* in the center's order */
	struct agent *agents[AGENTS];
	uint32_t candidates[CONTACTS];
	uint32_t left_out[CONTACTS];
	uint32_t contact_count;
	uint32_t agent_count;
	struct usher__assign work;
};

void usher__mark_one(struct usher_acd *acd, struct queue *queue)
{
	for (struct segment *seg = queue->first; seg; seg = seg->q.q_next) {
		/* who is to be dialed is not assigned */
		if (seg->parked || usher__contact_turns(seg->contact))
			continue;
		usher__mark_segment(acd, seg);
		return;
	}
}

/* The first agents who are free for a contact's class, each once. */
static void add_agents(struct batch *b, struct segment *seg)
{
	struct search s;
	struct agent *agent;
	uint32_t at;

	usher__search_init(&s, b->acd, seg);
	/* whom this contact must not have, others may */
	s.plain = true;
	agent = usher__candidate_next(&s, NULL);
	while (agent && b->agent_count < AGENTS) {
		for (at = 0; at < b->agent_count; at++) {
			if (b->agents[at] == agent)
				break;
		}
		if (at == b->agent_count)
			b->agents[b->agent_count++] = agent;
		agent = usher__candidate_next(&s,
					      usher__agent_node(&s, agent));
	}
}

/* Put a contact in its place, if it is among the first. */
static void add_contact(struct batch *b, struct segment *seg,
			uint32_t candidates, uint32_t left_out)
{
	uint32_t at = b->contact_count;

	if (at == CONTACTS &&
	    usher__node_cmp(&b->segs[at - 1]->q.node, &seg->q.node) < 0)
		return;
	if (at == CONTACTS)
		at--;
	else
		b->contact_count++;
	for (;
	     at && usher__node_cmp(&seg->q.node, &b->segs[at - 1]->q.node) < 0;
	     at--) {
		b->segs[at] = b->segs[at - 1];
		b->candidates[at] = b->candidates[at - 1];
		b->left_out[at] = b->left_out[at - 1];
	}
	b->segs[at] = seg;
	b->candidates[at] = candidates;
	b->left_out[at] = left_out;
}

/* Contacts of a class who have somebody. Those behind the first are alike, so
 * nobody is for them when nobody is, but for who is kept from them. */
static void add_class(struct batch *b, struct class *class)
{
	bool loose = usher__class_loose(class);
	const struct usher__node *node =
		usher__tree_first(usher__class_tree(class));
	uint32_t n = 0;

	if (class->turns)
		return;
	for (; node && n < CONTACTS; node = usher__tree_next(node)) {
		struct segment *seg = usher__node_segment(node);
		uint32_t candidates, left_out;
		struct search s;

		/* who is to be dialed is not offered */
		if (seg->q.queue != b->queue ||
		    usher__contact_turns(seg->contact))
			continue;
		usher__search_init(&s, b->acd, seg);
		candidates = usher__candidates_count(&s, &left_out);
		if (!candidates && s.plain && !loose)
			return;
		if (!candidates)
			continue;
		add_contact(b, seg, candidates, left_out);
		n++;
	}
}

/* Whether one before it is of the same class. */
static bool is_like_another(const struct batch *b, uint32_t at)
{
	const struct class *class = b->segs[at]->q.class;

	for (uint32_t i = 0; i < at && !usher__class_loose(class); i++) {
		if (b->segs[i]->q.class == class)
			return true;
	}
	return false;
}

/* Contacts first, then agents in the order of the contacts: that of classes
 * and profiles follows from what was, not from what is. */
static void collect(struct batch *b)
{
	struct class *class = NULL;

	while ((class = usher__class_next(b->acd, class))) {
		if (usher__class_loose(class) ||
		    usher__class_queue(class) == b->queue)
			add_class(b, class);
	}
	for (uint32_t i = 0; i < b->contact_count; i++) {
		if (!is_like_another(b, i))
			add_agents(b, b->segs[i]);
	}
}

static int64_t cost_of(const struct search *s, const struct question *q,
		       const struct agent *agent)
{
	struct usher_agent_view view;
	int64_t cost;

	if (!usher__candidate_is(s, agent))
		return USHER_COST_NEVER;
	usher__agent_view_in(agent, s->seg->q.queue, &view);
	cost = s->policy->cost(s->policy->arg, &q->pick, &view);
	return cost > -USHER_COST_NEVER ? cost : 1 - USHER_COST_NEVER;
}

static void ask(struct batch *b)
{
	bool busy = b->acd->busy;

	b->acd->busy = true;
	for (uint32_t i = 0; i < b->contact_count; i++) {
		struct search s;
		struct question q;

		usher__search_init(&s, b->acd, b->segs[i]);
		q.left_out = b->left_out[i];
		usher__question_init(&q, &s);
		q.pick.candidates = b->candidates[i];
		for (uint32_t j = 0; j < b->agent_count; j++)
			b->work.cost[i][j] = cost_of(&s, &q, b->agents[j]);
	}
	b->acd->busy = busy;
	b->work.rows = b->contact_count;
	b->work.columns = b->agent_count;
	usher__assign(&b->work);
}

/* How many; negative: no memory for one more now. */
static int offer(struct batch *b)
{
	int made = 0;

	for (uint32_t i = 0; i < b->contact_count; i++) {
		struct usher__ev_offer_made like = {0};
		int32_t at = b->work.column_of[i];

		if (at < 0)
			continue;
		like.policy = usher__text(b->queue->policy->name);
		like.policy_version = b->queue->policy->version;
		like.candidates = b->candidates[i];
		like.left_out = b->left_out[i];
		if (b->acd->explain)
			like.why = usher__text("best of the batch");
		if (usher__acd_reserve(b->acd) ||
		    usher__make_offers(b->acd, b->segs[i], &b->agents[at], 1,
				       &like))
			return made ? made : -1;
		made++;
	}
	return made;
}

static enum placed assign(struct usher_acd *acd, struct queue *queue)
{
	struct batch *b = usher__acd_scratch(acd, sizeof(*b));
	int made;

	if (!b)
		return PLACED_FAILED;
	memset(b, 0, offsetof(struct batch, work));
	b->acd = acd;
	b->queue = queue;
	collect(b);
	if (!b->contact_count)
		return PLACED_NOBODY;
	ask(b);
	made = offer(b);
	if (made < 0)
		return PLACED_FAILED;
	if (!made) {
		usher__nobody_said(acd, queue);
		return PLACED_NOBODY;
	}
	usher__mark_one(acd, queue);
	return PLACED;
}

static int64_t window(struct usher_acd *acd, const struct queue *queue)
{
	bool busy = acd->busy;
	int64_t span;

	acd->busy = true;
	span = queue->policy->window(queue->policy->arg,
				     usher__conf_at(queue, CONF_POLICY));
	acd->busy = busy;
	return span < USHER_BATCH_WINDOW_MAX ? span : USHER_BATCH_WINDOW_MAX;
}

/* Its last window was in vain, and somebody of it still waits. */
static bool is_ripe(const struct usher_acd *acd, const struct queue *queue)
{
	return queue->collect && queue->collect < acd->now &&
	       queue->assigned < queue->collect;
}

enum placed usher__place_batch(struct usher_acd *acd, struct segment *seg)
{
	struct queue *queue = seg->q.queue;
	struct usher__ev_collecting ev = {0};
	struct search s;
	int64_t span;

	if (usher__collects(acd, queue))
		return PLACED_NOBODY;
	span = window(acd, queue);
	if (queue->collect == acd->now || span <= 0 || is_ripe(acd, queue))
		return assign(acd, queue);
	usher__search_init(&s, acd, seg);
	if (!usher__candidate_next(&s, NULL))
		return PLACED_NONE;
	if (usher__acd_reserve(acd) || usher__acd_room(acd, EVENT_ROOM))
		return PLACED_FAILED;
	ev.queue = queue->id;
	ev.until = acd->now + span;
	ev.policy = usher__text(queue->policy->name);
	ev.policy_version = queue->policy->version;
	usher__acd_emit(acd, USHER_EV_COLLECTING, 0, 0, &ev);
	return PLACED_NOBODY;
}
