/*
 * Who waits: as long as his patience lasts, if there is a place for him, and
 * until he is asked whether to be called back (the core keeps his place, an
 * agent is first).
 */
#include <stdio.h>

#include "sim/sim.h"

/* As long as the core takes: a year. */
#define PATIENT_US INT64_C(31622400000000)

static bool beyond(uint32_t waiting, int32_t places)
{
	return places && waiting > (places < 0 ? 0 : (uint32_t)places);
}

bool usher__sim_beyond(const struct usher_sim *sim,
		       const struct sim_contact *contact, uint32_t index)
{
	const struct sim_queue *queue = &sim->queues[index];
	const uint64_t id = contact->identity.id, segment = contact->segment;

	if (beyond(sim->waiting, sim->opts.places))
		return true;
	/* a step may have led him on at once */
	return beyond(queue->waiting, queue->opts.places) &&
	       usher_acd_segment_next(sim->acd, id, segment - 1) == segment;
}

/* An agent who has him, or wraps up, goes on. */
int usher__sim_leave_all(struct usher_sim *sim, uint64_t contact,
			 uint32_t leave)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	uint64_t segment = 0;
	int rc = 0;

	while (!rc && (segment = usher_acd_segment_next(sim->acd, contact,
							segment))) {
		rc = usher_acd_segment_info(sim->acd, segment, &info);
		if (!rc && info.kind == USHER_SEGMENT_QUEUE)
			rc = usher_acd_dequeue(sim->acd, sim->now_us, segment,
					       leave);
	}
	return rc;
}

int usher__sim_be_patient(struct usher_sim *sim, struct sim_contact *contact,
			  const struct sim_leg *leg)
{
	const int64_t us = usher__sim_patience(sim, &contact->who, leg);

	/* plans of an earlier wait find another moment here */
	contact->patient_until_us = us < USHER_NEVER - sim->now_us
					    ? sim->now_us + us
					    : USHER_NEVER;
	return usher__sim_plan_in(sim, us, SIM_GIVES_UP, contact->identity.id);
}

int usher__sim_stay(struct usher_sim *sim, struct sim_contact *contact)
{
	const struct sim_who who = contact->who;
	const uint64_t id = contact->identity.id;
	struct sim_queue *queue = &sim->queues[contact->leg.queue];
	int rc = 0;

	if (!usher__sim_beyond(sim, contact, contact->leg.queue)) {
		/* only the queue that he called asks him */
		if (queue->opts.callback_after_s > 0 && !contact->leg.number)
			rc = usher__sim_plan_in(
				sim,
				usher__sim_us(queue->opts.callback_after_s),
				SIM_CALLBACK, id);
		return rc ? rc
			  : usher__sim_be_patient(sim, contact, &contact->leg);
	}
	queue->counts.blocked++;
	rc = usher__sim_unserved(sim, &who);
	if (!rc)
		rc = usher__sim_leave_all(sim, id, USHER_LEAVE_FULL);
	if (!rc)
		rc = usher_acd_contact_end(sim->acd, sim->now_us, id, "full");
	return rc;
}

static bool coin(const struct usher_sim *sim, const struct sim_who *who,
		 enum sim_purpose purpose, double part)
{
	const struct sim_stream stream = {sim->opts.seed, who->queue, purpose};

	return usher__sim_uniform(&stream, usher__sim_position(who, true)) <
	       part;
}

bool usher__sim_reached(const struct usher_sim *sim, const struct sim_who *who,
			uint32_t index)
{
	double part = sim->queues[index].opts.reach_part;

	return part == 0 || coin(sim, who, SIM_REACHED, part);
}

/* One who agreed, for as long as it takes. */
static int call_back(struct usher_sim *sim, uint64_t id)
{
	struct usher_callback_opts opts;
	char address[24];

	snprintf(address, sizeof(address), "%llu", (unsigned long long)id);
	usher_callback_opts_init(&opts, sizeof(opts));
	opts.address = address;
	opts.until_us = sim->now_us + PATIENT_US;
	return usher_acd_callback(sim->acd, sim->now_us, id, &opts);
}

int usher__sim_callback(struct usher_sim *sim, uint64_t id, uint32_t index)
{
	struct sim_contact *c = usher__idmap_get(&sim->contacts, id);
	struct sim_queue *queue;
	int rc;

	if (!c || !c->waiting || c->dialed)
		return 0;
	queue = &sim->queues[index];
	if (!coin(sim, &c->who, SIM_AGREES, queue->opts.callback_part))
		return 0;
	rc = call_back(sim, id);
	if (rc)
		return rc;
	c->dialed = c->agreed = true;
	c->asked = index;
	c->dialed_leg = c->leg.number;
	c->reached = usher__sim_reached(sim, &c->who, index);
	c->segment = usher_acd_segment_next(sim->acd, id, 0);
	sim->queues[c->who.queue].counts.callbacks++;
	return 0;
}
