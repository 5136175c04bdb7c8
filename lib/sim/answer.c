/*
 * What follows in the simulation from an event of the core's.
 */
#include "sim/sim.h"

/* Agents answer at once. */
static int offered(struct usher_sim *sim, const struct usher_event *ev)
{
	uint64_t offer = 0;
	int rc;

	usher_event_u64(ev, USHER_F_OFFER, &offer);
	rc = usher_acd_accept(sim->acd, sim->now_us, offer, NULL);
	if (!rc)
		rc = usher_acd_connected(sim->acd, sim->now_us, offer, NULL);
	return usher__sim_gone(rc);
}

/* Index of a queue by its id; UINT32_MAX: there is none. */
static uint32_t queue_index(const struct usher_sim *sim, uint64_t id)
{
	uint32_t from = 0, to = sim->opts.queue_count;

	/* ids ascend as the queues do */
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (sim->queues[middle].id < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from < sim->opts.queue_count && sim->queues[from].id == id
		       ? from
		       : UINT32_MAX;
}

/* In one queue more or less. */
static void waits(struct usher_sim *sim, struct sim_contact *contact,
		  uint64_t queue, bool yes)
{
	uint32_t index = contact->who.queue;
	const uint32_t was = contact->waiting;

	if (sim->queues[index].id != queue)
		index = queue_index(sim, queue);
	if (index == UINT32_MAX || (!yes && !was))
		return;
	contact->waiting += yes ? 1 : UINT32_MAX;
	sim->queues[index].waiting += yes ? 1 : UINT32_MAX;
	if (!was || !contact->waiting)
		sim->waiting += yes ? 1 : UINT32_MAX;
}

/* Who was led out of the last queue is somebody else's. */
static int led_elsewhere(struct usher_sim *sim, struct sim_contact *contact,
			 const struct usher_event *ev)
{
	uint64_t leave = USHER_LEAVE_ANSWERED;

	usher_event_u64(ev, USHER_F_LEAVE, &leave);
	if ((leave != USHER_LEAVE_TIMEOUT && leave != USHER_LEAVE_OVERFLOW) ||
	    contact->waiting)
		return 0;
	if (contact->stage == SIM_SEEKS)
		return usher__sim_gone(usher__sim_led_away(sim, contact));
	return usher__sim_gone(usher_acd_contact_end(
		sim->acd, sim->now_us, ev->contact,
		leave == USHER_LEAVE_TIMEOUT ? "timeout" : "exit"));
}

static int moved(struct usher_sim *sim, struct sim_contact *contact,
		 const struct usher_event *ev)
{
	uint64_t queue = 0;

	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	waits(sim, contact, queue, ev->type == USHER_EV_QUEUE_ENTERED);
	return ev->type == USHER_EV_QUEUE_LEFT
		       ? led_elsewhere(sim, contact, ev)
		       : 0;
}

/* What a step asks of others. */
static int step_taken(struct usher_sim *sim, const struct usher_event *ev)
{
	uint64_t action = USHER_QUEUE_STEP_ANNOUNCE, queue = 0;
	uint32_t index;

	usher_event_u64(ev, USHER_F_ACTION, &action);
	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	index = queue_index(sim, queue);
	if (action != USHER_QUEUE_STEP_CALLBACK || index == UINT32_MAX)
		return 0;
	return usher__sim_gone(usher__sim_callback(sim, ev->contact, index));
}

static int wraps(struct usher_sim *sim, const struct sim_contact *contact,
		 const struct usher_event *ev)
{
	const struct sim_leg leg = usher__sim_leg_of(contact, ev->segment);
	const int64_t us = usher__sim_wrapup(sim, contact, &leg);
	uint64_t agent = 0;

	usher_event_u64(ev, USHER_F_AGENT, &agent);
	return sim->desks ? usher__sim_desk_wrap(sim, ev->segment, agent, us)
			  : usher__sim_plan_in(sim, us, SIM_WRAPPED_UP,
					       ev->segment);
}

/* An agent is done with a contact. Others may be dialed ahead, once those who
 * wait have been looked at: the core does that before any plan. */
static int freed(struct usher_sim *sim, const struct usher_event *ev)
{
	uint64_t agent = 0;
	int rc = 0;

	usher_event_u64(ev, USHER_F_AGENT, &agent);
	if (sim->desks)
		rc = usher__sim_desk_end(sim, ev->segment, agent);
	if (rc || !sim->ahead || sim->freed_us == sim->now_us)
		return rc;
	sim->freed_us = sim->now_us;
	return usher__sim_plan_in(sim, 0, SIM_FREED, 0);
}

int usher__sim_answer(struct usher_sim *sim, const struct usher_event *ev)
{
	struct usher_sim_counts *counts;
	struct sim_contact *contact;
	uint64_t agent = 0;

	if (ev->type == USHER_EV_OFFER_MADE)
		return offered(sim, ev);
	if (ev->type != USHER_EV_QUEUE_ENTERED &&
	    ev->type != USHER_EV_QUEUE_LEFT &&
	    ev->type != USHER_EV_STEP_TAKEN &&
	    ev->type != USHER_EV_AGENT_JOINED &&
	    ev->type != USHER_EV_WRAPUP_STARTED &&
	    (ev->type != USHER_EV_AGENT_LEFT ||
	     (!sim->desks && !sim->ahead)) &&
	    ev->type != USHER_EV_CONTACT_CLOSED)
		return 0;
	contact = usher__idmap_get(&sim->contacts, ev->contact);
	if (!contact)
		return 0;
	switch (ev->type) {
	case USHER_EV_QUEUE_ENTERED:
	case USHER_EV_QUEUE_LEFT:
		return moved(sim, contact, ev);
	case USHER_EV_STEP_TAKEN:
		return step_taken(sim, ev);
	case USHER_EV_AGENT_JOINED:
		usher_event_u64(ev, USHER_F_AGENT, &agent);
		if (usher__sim_is_dialed(contact, &contact->leg) &&
		    contact->stage == SIM_WITH_ONE) {
			counts = &sim->queues[contact->who.queue].counts;
			counts->dialed++;
			counts->reached += contact->reached;
		}
		return usher__sim_joined(sim, contact, ev->segment, agent);
	case USHER_EV_WRAPUP_STARTED:
		return wraps(sim, contact, ev);
	case USHER_EV_AGENT_LEFT:
		return freed(sim, ev);
	default:
		usher__idmap_del(&sim->contacts, contact->identity.id);
		usher__pool_put(&sim->pool, contact);
		return 0;
	}
}
