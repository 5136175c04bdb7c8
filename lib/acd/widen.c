/*
 * More ring beside those who do: the policy is asked for more. When is in
 * widening.c.
 */
#include <acd/question.h>

/* Who rings already; one who has accepted: nobody else is wanted. */
static uint32_t ringing(const struct segment *seg, uint64_t *group)
{
	uint32_t n = 0;

	for (const struct offer *at = seg->contact->offers; at;
	     at = at->next) {
		if (at->segment != seg || at->state != USHER_OFFER_RINGING)
			return USHER_GROUP_MAX;
		*group = at->group;
		n++;
	}
	return n;
}

static bool rings(const struct contact *contact, const struct agent *agent)
{
	for (const struct offer *at = contact->offers; at; at = at->next) {
		if (at->agent == agent)
			return true;
	}
	return false;
}

/* Of those who ring, who has room for one more and would be asked again: in
 * what is told of the offer they are no candidates. */
static uint32_t counted_again(const struct search *s)
{
	uint32_t n = 0;

	for (const struct offer *at = s->seg->contact->offers; at;
	     at = at->next)
		n += usher__candidate_is(s, at->agent);
	return n;
}

/* From the chosen one on, around the end, those who do not ring yet. */
static uint32_t gather(const struct search *s, struct agent *first,
		       uint32_t want, struct agent *agents[USHER_GROUP_MAX])
{
	struct agent *agent = first;
	uint32_t n = 0;

	do {
		if (!rings(s->seg->contact, agent))
			agents[n++] = agent;
		agent = usher__candidate_next(s, usher__agent_node(s, agent));
		if (!agent)
			agent = usher__candidate_next(s, NULL);
	} while (n < want && agent != first);
	return n;
}

void usher__widen(struct usher_acd *acd, struct segment *seg)
{
	struct agent *agents[USHER_GROUP_MAX], *first = NULL;
	struct usher__ev_offer_made like;
	uint64_t group = 0;
	uint32_t ring = ringing(seg, &group), want, candidates;
	struct question q;
	struct search s;

	usher__widen_renew(acd, seg);
	if (!ring || ring >= USHER_GROUP_MAX)
		return;
	usher__search_init(&s, acd, seg);
	candidates = usher__candidates_count(&s, &q.left_out);
	if (!candidates || s.policy->order == USHER_ORDER_SCAN ||
	    s.policy->order == USHER_ORDER_BATCH)
		return;
	usher__question_init(&q, &s);
	q.pick.candidates = candidates;
	q.pick.ringing = ring;
	acd->step.actor = USHER_BY_POLICY;
	if (usher__question_ask(&s, &q, &first) != USHER_PICK_THIS)
		return;
	want = q.choice.group ? q.choice.group : 1;
	if (want > USHER_GROUP_MAX - ring)
		want = USHER_GROUP_MAX - ring;
	want = gather(&s, first, want, agents);
	usher__question_offer(&s, &q, &like);
	like.candidates -= counted_again(&s);
	like.group = group;
	if (want)
		usher__make_offers(acd, seg, agents, want, &like);
}
