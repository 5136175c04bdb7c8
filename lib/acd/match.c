/*
 * The pump: what is marked is matched, segments first, then agents, each by
 * smallest id; where several segments wait to be placed, the center's policy
 * says which goes first.
 *
 * A segment is placed: its queue's policy chooses among the agents who are
 * free, eligible, and neither on the contact nor told to wait for it. An agent
 * is served: the center's policy chooses the contact, whose queue's policy
 * then chooses among all agents who are free for it, or nobody, and the next
 * contact is chosen; again, until the agent has no room or there is nobody to
 * serve.
 */
#include <acd/callbacks.h>

/* Contacts of one queue that are asked about while an agent is served. Each is
 * passed again in the search for the next. */
#define SKIPS_MAX 64

/* The policy of its queue wants nobody for it: the next one may go. A batch
 * has answered for all of its queue, but for who is to be dialed; so, for the
 * sake of time, have many. */
static void skip(struct usher_acd *acd, struct segment *seg)
{
	struct queue *queue = seg->q.queue;

	seg->q.skip = acd->round;
	/* who has no turn takes none of the places of those who are asked
	 * about */
	if (usher__contact_turns(seg->contact))
		return;
	if (queue->skip_round != acd->round) {
		queue->skip_round = acd->round;
		queue->skip_count = 0;
	}
	if (++queue->skip_count >= SKIPS_MAX)
		queue->skip = acd->round;
	if (queue->policy && queue->policy->order == USHER_ORDER_BATCH)
		queue->skip_batch = acd->round;
}

/* One placement for this agent, or none any more. */
static enum placed serve(struct usher_acd *acd, struct agent *agent)
{
	struct segment *seg;
	enum placed placed;
	int err;

	acd->round++;
	acd->asked++;
	for (;;) {
		seg = usher__pick_contact(acd, agent, &err);
		if (err)
			return PLACED_FAILED;
		if (!seg)
			return PLACED_NONE;
		placed = usher__place(acd, seg);
		if (placed == PLACED || placed == PLACED_FAILED)
			return placed;
		skip(acd, seg);
	}
}

/* Those who are free and may be served now. Where only somebody's turn may
 * have come these are few, but a policy that said "nobody" is asked again, as
 * it would be by a core that was restored here. */
static void mark_free_agents(struct usher_acd *acd)
{
	bool all = acd->mark_all || acd->decliners || acd->said;

	acd->mark_all = false;
	if (!all)
		usher__turns_mark(acd);
	acd->wake_turns = false;
	for (uint32_t i = 0; all && i < acd->agents.count; i++)
		usher__mark_agent(acd, acd->agents.items[i]);
}

/* One marked segment is placed. When it is not all that is marked, the first
 * agent who is free for it is served instead: so a better contact goes first,
 * one that is marked too or one that waited for an agent who is. */
static bool pump_segment(struct usher_acd *acd, struct segment *seg)
{
	bool alone =
		usher__marked_alone(&acd->marked_segments, &seg->q.mark) &&
		!acd->marked_agents.root;
	struct agent *agent = alone ? NULL : usher__first_candidate(acd, seg);
	enum placed placed;

	usher__unmark_segment(acd, seg);
	if (agent) {
		placed = serve(acd, agent);
		/* another one was: this one still has to be */
		if (placed == PLACED)
			usher__mark_segment(acd, seg);
	} else {
		placed = usher__place(acd, seg);
	}
	if (placed == PLACED_FAILED)
		usher__mark_segment(acd, seg);
	return placed != PLACED_FAILED;
}

/* False: no memory now. */
static bool pump_one(struct usher_acd *acd)
{
	struct segment *seg = usher__marks_first(&acd->marked_segments);
	struct agent *agent = usher__marks_first(&acd->marked_agents);
	enum placed placed;

	if (seg)
		return pump_segment(acd, seg);
	placed = agent->free_mask ? serve(acd, agent) : PLACED_NONE;
	if (placed == PLACED_FAILED)
		return false;
	if (placed == PLACED_NONE || !agent->free_mask)
		usher__unmark_agent(acd, agent);
	return true;
}

bool usher__acd_match(struct usher_acd *acd, uint32_t limit)
{
	if (acd->mark_all || acd->wake_turns)
		mark_free_agents(acd);
	while (usher__is_marked(acd) && limit-- &&
	       acd->tape.count < acd->events_max) {
		/* a turn leaves others who may have one, too */
		if (acd->mark_all || acd->wake_turns)
			mark_free_agents(acd);
		if ((acd->marked_segments.root || acd->marked_agents.root) &&
		    !pump_one(acd))
			return false;
	}
	if (usher__is_marked(acd) || !usher__to_settle(acd) ||
	    acd->tape.count >= acd->events_max)
		return true;
	return usher__settle(acd);
}
