/*
 * Customers (those who are dialed ahead begin where they answer):
 *
 *   calls ──→ waits ──→ talks ──→ is gone
 *     │        │ │                  ▲
 *     ▼        │ └─ agrees to be called back: a virtual contact waits
 *   is blocked │    in the same place and is dialed
 *     │        ├─ is led elsewhere (longest wait, exit): is gone
 *     │        ▼
 *     │     gives up
 *     ▼        ▼
 *   comes again after a time, or is gone
 */
#include <string.h>

#include "sim/sim.h"

/* The id is known only afterwards, so its place is taken before. */
static int contact_begin(struct usher_sim *sim, const struct sim_contact *like,
			 uint64_t *ret)
{
	struct usher_sim_came one;
	struct sim_contact *contact;
	struct usher_contact_opts opts;
	uint64_t id;
	int rc;

	rc = usher__idmap_reserve(&sim->contacts, sim->opts.alloc, 1);
	if (!rc)
		rc = usher__pool_reserve(&sim->pool, sim->opts.alloc, 1);
	if (rc)
		return rc;
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.channel = sim->kinds[usher__sim_kind_of(sim, &like->who)];
	opts.direction = like->dialed || like->ahead ? USHER_OUT : USHER_IN;
	opts.attrs = sim->queues[like->who.queue].opts.contact_attrs;
	opts.attr_count = sim->queues[like->who.queue].opts.contact_attr_count;
	if (usher__sim_came(sim, &like->who, &one)) {
		opts.attrs = one.attrs;
		opts.attr_count = one.attr_count;
		opts.priority = one.priority;
		/* who comes again begins again */
		if (!like->who.attempt && one.age_us > 0)
			opts.since_us = sim->now_us - one.age_us;
	}
	rc = usher_acd_contact_new(sim->acd, sim->now_us, &opts, &id);
	if (rc)
		return rc;
	contact = usher__pool_get(&sim->pool);
	*contact = *like;
	contact->identity.id = id;
	contact->leg.queue = like->who.queue;
	usher__idmap_add(&sim->contacts, contact);
	*ret = id;
	return 0;
}

/* The queue does not take him. */
static int refused(struct usher_sim *sim, uint64_t contact,
		   const struct sim_who *who, int why)
{
	struct usher_sim_counts *counts = &sim->queues[who->queue].counts;
	int rc = 0;

	if (why == USHER_ECLOSED) {
		counts->closed++;
	} else {
		counts->blocked++;
		rc = usher__sim_unserved(sim, who);
	}
	if (!rc)
		rc = usher_acd_contact_end(sim->acd, sim->now_us, contact,
					   why == USHER_ECLOSED ? "closed"
								: "full");
	return rc ? rc : usher__sim_drain(sim);
}

int usher__sim_enter(struct usher_sim *sim, const struct sim_contact *like)
{
	struct usher_sim_came one;
	struct sim_contact *found;
	struct usher_enqueue_opts opts;
	uint64_t contact, segment;
	int rc;

	rc = contact_begin(sim, like, &contact);
	if (rc)
		return rc;
	usher_enqueue_opts_init(&opts, sizeof(opts));
	opts.queues = &sim->queues[like->who.queue].id;
	opts.queue_count = 1;
	if (usher__sim_came(sim, &like->who, &one)) {
		opts.max_wait_us = one.max_wait_us;
		opts.requirement = one.requirement;
	}
	rc = usher_acd_enqueue(sim->acd, sim->now_us, contact, &opts,
			       &segment);
	if (rc == USHER_ECLOSED || rc == USHER_EFULL)
		return refused(sim, contact, &like->who, rc);
	if (!rc)
		rc = usher__sim_drain(sim);
	if (!rc)
		rc = usher__sim_settle(sim);
	if (rc)
		return rc;
	found = usher__idmap_get(&sim->contacts, contact);
	if (!found || !found->waiting || found->agreed)
		return 0;
	found->segment = segment;
	sim->queues[like->who.queue].counts.mismatched += like->ahead;
	return usher__sim_stay(sim, found);
}

int usher__sim_call(struct usher_sim *sim, const struct sim_who *who)
{
	const struct sim_contact like = {.who = *who, .asked = who->queue};
	struct sim_queue *queue = &sim->queues[who->queue];

	if (who->attempt)
		queue->counts.retried++;
	else
		queue->counts.arrived++;
	return usher__sim_enter(sim, &like);
}

int usher__sim_give_up(struct usher_sim *sim, uint64_t contact)
{
	struct sim_contact *c = usher__idmap_get(&sim->contacts, contact);
	int rc;

	if (!c || !c->waiting || c->agreed ||
	    c->patient_until_us != sim->now_us)
		return 0;
	if (c->stage == SIM_SEEKS)
		return usher__sim_not_had(sim, c);
	rc = usher__sim_unserved(sim, &c->who);
	return rc ? rc
		  : usher_acd_contact_end(sim->acd, sim->now_us, contact,
					  "gave up");
}
