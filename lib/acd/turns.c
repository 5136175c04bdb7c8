/*
 * Turns of customers who are dialed before there is an agent: one free agent
 * is dialed for once, whatever queues the agent serves. Each customer who is
 * dialed already needs one of those who are free for them; whether there is
 * one more is whether a matching of customers and free agents can be made
 * larger by this one, along an alternating path (Kuhn 1955).
 *
 * Who is dialed and has nobody free any more needs nobody: the next who comes
 * free for them is theirs.
 */
#include <acd/callbacks.h>
#include <acd/candidates.h>

struct turns {
	struct usher_acd *acd;
	struct contact *who[CALLED_MAX];
	struct agent *has[CALLED_MAX]; /* or NULL */
	uint32_t count;
	uint64_t seen; /* on this path, one bit each */
};

_Static_assert(CALLED_MAX <= 64, "bits of seen");

static uint32_t holder(const struct turns *t, const struct agent *agent)
{
	uint32_t i = 0;

	while (i < t->count && t->has[i] != agent)
		i++;
	return i;
}

/* Whether somebody is had for this segment; who gave up an agent for it has
 * another one. The depth is that of CALLED_MAX at most. */
static struct agent *find(struct turns *t, struct segment *seg)
{
	struct search s;
	struct agent *agent;

	usher__search_init(&s, t->acd, seg);
	/* nobody moves for one who is free */
	for (agent = usher__candidate_next(&s, NULL); agent;
	     agent = usher__candidate_next(&s, usher__agent_node(&s, agent)))
		if (holder(t, agent) == t->count)
			return agent;
	for (agent = usher__candidate_next(&s, NULL); agent;
	     agent = usher__candidate_next(&s, usher__agent_node(&s, agent))) {
		const uint32_t i = holder(t, agent);
		struct agent *other = NULL;

		if (t->seen >> i & 1)
			continue;
		t->seen |= UINT64_C(1) << i;
		for (struct segment *its = t->who[i]->segments; its && !other;
		     its = its->next)
			if (its->kind == USHER_SEGMENT_QUEUE)
				other = find(t, its);
		if (!other)
			continue;
		t->has[i] = other;
		return agent;
	}
	return NULL;
}

/* One more customer, with an agent if there is one. */
static void add(struct turns *t, struct contact *contact)
{
	struct agent *agent = NULL;

	t->seen = 0;
	for (struct segment *seg = contact->segments; seg && !agent;
	     seg = seg->next)
		if (seg->kind == USHER_SEGMENT_QUEUE)
			agent = find(t, seg);
	t->who[t->count] = contact;
	t->has[t->count++] = agent;
}

bool usher__turn_fits(struct usher_acd *acd, struct segment *seg,
		      uint32_t candidates)
{
	struct turns t = {.acd = acd};

	if (candidates > acd->called_count)
		return true;
	if (!candidates || acd->called_count > CALLED_MAX)
		return false;
	for (const struct callback *cb = acd->called; cb; cb = cb->called_next)
		add(&t, cb->contact);
	t.seen = 0;
	return find(&t, seg) != NULL;
}
