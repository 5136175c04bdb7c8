/* Offers: who may have none, and making those for who was chosen. */
#include <acd/internal.h>

bool usher__excluded(const struct usher_acd *acd,
		     const struct contact *contact, const struct agent *agent)
{
	for (const struct retry *r = contact->retries; r; r = r->next) {
		if (r->agent == agent->id && r->until > acd->now)
			return true;
	}
	return usher__contact_with(contact, agent) != NULL;
}

int usher__make_offers(struct usher_acd *acd, struct segment *seg,
		       struct agent *const *agents, uint32_t count,
		       const struct usher__ev_offer_made *like)
{
	struct usher__ev_offer_made ev = *like;
	int err = usher__acd_room(acd, count * OFFER_ROOM);

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
		/* the state goes with the first alone */
		ev.policy_state.ptr = NULL;
		ev.policy_state.len = 0;
	}
	return 0;
}
