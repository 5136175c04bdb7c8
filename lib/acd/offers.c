/* Offers for who was chosen. */
#include <acd/internal.h>

static size_t explained_size(const struct usher__ev_offer_made *ev)
{
	return ev->why.len + ev->considered.len + ev->excluded.len;
}

/* What goes with the first of a group alone. */
static void forget_reasons(struct usher__ev_offer_made *ev)
{
	static const struct usher__bytes none;

	ev->policy_state = none;
	ev->why = none;
	ev->considered = none;
	ev->excluded = none;
	ev->truncated = 0;
}

int usher__make_offers(struct usher_acd *acd, struct segment *seg,
		       struct agent *const *agents, uint32_t count,
		       const struct usher__ev_offer_made *like)
{
	struct usher__ev_offer_made ev = *like;
	int err = ev.why.len ? usher__explain_offer(acd, seg, &ev) : 0;

	if (!err)
		err = usher__acd_room(acd, count * OFFER_ROOM +
						   explained_size(&ev));
	if (err)
		return err;
	ev.queue = seg->q.queue->id;
	ev.wait = acd->now - seg->began;
	ev.deadline = acd->now + seg->q.queue->conf->offer_timeout;
	for (uint32_t i = 0; i < count; i++) {
		ev.offer = acd->node | ((acd->last_offer + 1) & ID_MASK);
		if (!ev.group)
			ev.group = ev.offer;
		ev.agent = agents[i]->id;
		usher__acd_emit(acd, USHER_EV_OFFER_MADE, seg->contact->id,
				seg->id, &ev);
		forget_reasons(&ev);
	}
	return 0;
}
