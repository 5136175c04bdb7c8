/*
 * Applying: a contact with an agent.
 *
 *   dialing → talking ⇄ held
 *   talking, held → wrapup → closed
 *   any → closed
 *
 *   event            from                to
 *   agent_joined     —                   dialing or talking
 *   agent_answered   dialing             talking
 *   hold_started     talking             held
 *   hold_ended       held                talking
 *   wrapup_started   talking, held       wrapup
 *   agent_left       any                 closed
 */
#include <acd/internal.h>

static void add_span(struct segment *seg, int64_t now)
{
	int64_t span = now - seg->state_since;

	if (seg->state == USHER_SEGMENT_DIALING)
		seg->a.connect += span;
	else if (seg->state == USHER_SEGMENT_TALKING)
		seg->a.talk += span;
	else if (seg->state == USHER_SEGMENT_HELD)
		seg->a.hold += span;
}

/* The only place where the state of an agent segment changes. */
static void segment_move(struct segment *seg, uint32_t next, int64_t now)
{
	static const uint16_t moves[] = {
		[0] = 1 << USHER_SEGMENT_DIALING | 1 << USHER_SEGMENT_TALKING,
		[USHER_SEGMENT_DIALING] = 1 << USHER_SEGMENT_TALKING,
		[USHER_SEGMENT_TALKING] =
			1 << USHER_SEGMENT_HELD | 1 << USHER_SEGMENT_WRAPUP,
		[USHER_SEGMENT_HELD] =
			1 << USHER_SEGMENT_TALKING | 1 << USHER_SEGMENT_WRAPUP,
		[USHER_SEGMENT_WRAPUP] = 0,
	};

	(void)moves; /* without assertions nobody reads them */
	assert(moves[seg->state] & 1u << next);
	add_span(seg, now);
	seg->state = (uint8_t)next;
	seg->state_since = now;
}

static void joined(struct usher_acd *acd, const struct usher_event *head,
		   const struct usher__ev_agent_joined *ev)
{
	struct contact *contact = usher__contact_get(acd, head->contact);
	struct agent *agent = usher__agent_get(acd, ev->agent);
	struct queue *queue = usher__queue_get(acd, ev->queue);
	struct segment *seg =
		usher__segment_make(acd, contact, head->segment,
				    USHER_SEGMENT_AGENT, head->time_us);

	seg->a.agent = agent;
	seg->a.queue = ev->queue;
	seg->a.wrapup = ev->wrapup;
	seg->a.next = agent->segments;
	if (!agent->segments)
		agent->busy_since = head->time_us;
	agent->segments = seg;
	if (!ev->dialing)
		agent->contacts++;
	usher__agent_load(agent, contact->kind, 1);
	if (queue)
		queue->talking++;
	segment_move(seg,
		     ev->dialing ? USHER_SEGMENT_DIALING
				 : USHER_SEGMENT_TALKING,
		     head->time_us);
	usher__agent_index(acd, agent);
}

/* Who was dialed and did not answer was no contact of the agent's day. */
static void answered(struct usher_acd *acd, const struct usher_event *head)
{
	struct segment *seg = usher__segment_get(acd, head->segment);

	segment_move(seg, USHER_SEGMENT_TALKING, head->time_us);
	seg->a.agent->contacts++;
	usher__agent_index(acd, seg->a.agent);
}

static void wrapup_started(struct usher_acd *acd,
			   const struct usher_event *head,
			   const struct usher__ev_wrapup_started *ev)
{
	struct segment *seg = usher__segment_get(acd, head->segment);

	segment_move(seg, USHER_SEGMENT_WRAPUP, head->time_us);
	seg->a.deadline = ev->deadline;
	usher__timer_set(acd, &seg->timer, ev->deadline, TIMER_WRAPUP, seg->id,
			 seg);
}

/* Smoothed with a weight of one eighth. */
static void count_handled(struct usher_acd *acd, struct queue *queue,
			  struct agent *agent,
			  const struct usher__ev_agent_left *ev)
{
	int64_t handle = ev->talk + ev->hold + ev->wrapup;

	usher__pace_add(acd, agent, queue, handle);
	queue->talking--;
	queue->handle = queue->handle
				? queue->handle + (handle - queue->handle) / 8
				: handle;
}

static void left(struct usher_acd *acd, const struct usher_event *head,
		 const struct usher__ev_agent_left *ev)
{
	struct segment *seg = usher__segment_get(acd, head->segment), **link;
	struct agent *agent = seg->a.agent;
	struct queue *queue = usher__queue_get(acd, seg->a.queue);

	if (queue)
		count_handled(acd, queue, agent, ev);
	for (link = &agent->segments; *link != seg;)
		link = &(*link)->a.next;
	*link = seg->a.next;
	agent->talk += ev->talk + ev->hold;
	if (!agent->segments) {
		agent->busy += head->time_us - agent->busy_since;
		agent->busy_since = 0;
	}
	usher__agent_load(agent, seg->contact->kind, -1);
	agent->idle_since = head->time_us;
	usher__slab_put(&acd->slab, &acd->alloc, seg->a.disposition,
			NAME_SIZE);
	usher__segment_drop(acd, seg);
	usher__agent_index(acd, agent);
	usher__mark_agent(acd, agent);
}

static void disposition_set(struct usher_acd *acd,
			    const struct usher_event *head)
{
	struct segment *seg = usher__segment_get(acd, head->segment);

	usher__slab_put(&acd->slab, &acd->alloc, seg->a.disposition,
			NAME_SIZE);
	seg->a.disposition = acd->spare;
	acd->spare = NULL;
}

bool usher__apply_agent(struct usher_acd *acd, const struct usher_event *ev,
			const void *payload)
{
	switch (ev->type) {
	case USHER_EV_AGENT_JOINED:
		joined(acd, ev, payload);
		return true;
	case USHER_EV_AGENT_ANSWERED:
		answered(acd, ev);
		return true;
	case USHER_EV_HOLD_ENDED:
		segment_move(usher__segment_get(acd, ev->segment),
			     USHER_SEGMENT_TALKING, ev->time_us);
		return true;
	case USHER_EV_HOLD_STARTED:
		segment_move(usher__segment_get(acd, ev->segment),
			     USHER_SEGMENT_HELD, ev->time_us);
		return true;
	case USHER_EV_WRAPUP_STARTED:
		wrapup_started(acd, ev, payload);
		return true;
	case USHER_EV_AGENT_LEFT:
		left(acd, ev, payload);
		return true;
	case USHER_EV_DISPOSITION_SET:
		disposition_set(acd, ev);
		return true;
	}
	return false;
}
