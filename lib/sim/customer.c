/*
 * Customers:
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

/* Places of a customer who comes again in the id of a plan. */
#define NUMBER_BITS 48
#define QUEUE_BITS  8

_Static_assert(USHER_SIM_QUEUES_MAX <= 1 << QUEUE_BITS, "a queue fits");
_Static_assert(USHER_SIM_RETRIES_MAX < 1 << (64 - NUMBER_BITS - QUEUE_BITS),
	       "an attempt fits");

static uint64_t pack(const struct sim_who *who)
{
	return (uint64_t)who->attempt << (NUMBER_BITS + QUEUE_BITS) |
	       (uint64_t)who->queue << NUMBER_BITS | who->number;
}

struct sim_who usher__sim_who(uint64_t packed)
{
	struct sim_who who = {
		.number = packed & ((UINT64_C(1) << NUMBER_BITS) - 1),
		.queue = packed >> NUMBER_BITS & ((1U << QUEUE_BITS) - 1),
		.attempt = (uint32_t)(packed >> (NUMBER_BITS + QUEUE_BITS))};

	return who;
}

/* Each attempt has its own patience; what there is to talk about stays the
 * same. */
uint64_t usher__sim_position(const struct sim_who *who, bool attempt)
{
	return who->number |
	       (attempt ? (uint64_t)who->attempt << NUMBER_BITS : 0);
}

static int64_t drawn(const struct usher_sim *sim, const struct sim_who *who,
		     const struct sim_leg *leg, enum sim_purpose purpose,
		     const struct sim_law *law)
{
	const struct sim_stream stream = {
		sim->opts.seed, usher__sim_stream(who, leg), purpose};
	const bool attempt =
		purpose == SIM_PATIENCE || purpose == SIM_RETRY_TIME;

	return usher__sim_us(usher__sim_draw(
		&stream, usher__sim_position(who, attempt), law));
}

/* A list knows the queue that was called, and nothing of those after it. */
static const struct usher_sim_call *listed(const struct usher_sim *sim,
					   const struct sim_who *who,
					   const struct sim_leg *leg)
{
	const struct usher_sim_call *calls =
		sim->queues[who->queue].opts.calls;

	return calls && !leg->number ? &calls[who->number] : NULL;
}

static const struct usher_sim_came *came(const struct usher_sim *sim,
					 const struct sim_who *who)
{
	const struct usher_sim_queue *q = &sim->queues[who->queue].opts;

	return q->calls && q->came ? &q->came[who->number] : NULL;
}

/* Of the group that an agent is in: ids and groups ascend together. */
static double speed(const struct usher_sim *sim, uint64_t agent,
		    uint32_t queue)
{
	uint32_t from = 0, to = sim->opts.group_count;

	if (!sim->speeds)
		return 1;
	while (to - from > 1) {
		uint32_t middle = from + (to - from) / 2;
		const struct sim_group *g = &sim->groups[middle];

		if (sim->agents[g->first] <= agent)
			from = middle;
		else
			to = middle;
	}
	if (sim->groups[from].speeds)
		return sim->groups[from].speed *
		       sim->groups[from].speeds[queue];
	return sim->groups[from].speed;
}

int64_t usher__sim_handle(const struct usher_sim *sim,
			  const struct sim_contact *contact,
			  const struct sim_leg *leg, uint64_t agent)
{
	const struct sim_who *who = &contact->who;
	const struct sim_queue *queue = &sim->queues[leg->queue];
	const struct usher_sim_call *call = listed(sim, who, leg);
	const struct sim_queue *asked = &sim->queues[contact->asked];
	int64_t dial = 0, talk;

	if (contact->dialed && !leg->number)
		dial = usher__sim_us(asked->opts.dial_s);

	if (contact->dialed && !contact->reached)
		return dial;
	if (call && call->handle_us >= 0)
		talk = call->handle_us;
	else
		talk = drawn(sim, who, leg, SIM_HANDLE, &queue->handle);
	return dial + (int64_t)((double)talk / speed(sim, agent, leg->queue));
}

int64_t usher__sim_wrapup(const struct usher_sim *sim,
			  const struct sim_contact *contact,
			  const struct sim_leg *leg)
{
	const struct sim_who *who = &contact->who;
	const struct usher_sim_call *call = listed(sim, who, leg);

	if (contact->dialed && !contact->reached)
		return 0;
	if (call && call->wrapup_us >= 0)
		return call->wrapup_us;
	return drawn(sim, who, leg, SIM_WRAPUP,
		     &sim->queues[leg->queue].wrapup);
}

/* USHER_NEVER: for ever. */
static int64_t patience(const struct usher_sim *sim, const struct sim_who *who,
			const struct sim_leg *leg)
{
	const struct sim_stream balks = {
		sim->opts.seed, usher__sim_stream(who, leg), SIM_BALKS};
	const struct sim_queue *queue = &sim->queues[leg->queue];
	const struct usher_sim_call *call = listed(sim, who, leg);

	if (call && call->patience_us >= 0)
		return call->patience_us;
	if (queue->opts.balk_part > 0 &&
	    usher__sim_uniform(&balks, usher__sim_position(who, true)) <
		    queue->opts.balk_part)
		return 0;
	if (queue->patience.law == USHER_LAW_NONE)
		return USHER_NEVER;
	return drawn(sim, who, leg, SIM_PATIENCE, &queue->patience);
}

int usher__sim_plan_in(struct usher_sim *sim, int64_t in_us,
		       enum sim_what what, uint64_t id)
{
	if (in_us > usher__sim_us(SIM_TIME_MAX_S))
		return 0;
	return usher__sim_plan(&sim->heap, sim->opts.alloc,
			       sim->now_us + in_us, what, id);
}

int usher__sim_unserved(struct usher_sim *sim, const struct sim_who *who)
{
	const struct sim_leg called = {.queue = who->queue};
	struct sim_queue *queue = &sim->queues[who->queue];
	const struct sim_stream coin = {sim->opts.seed, who->queue, SIM_RETRY};
	struct sim_who again = *who;

	if (who->attempt >= queue->opts.retry_max ||
	    usher__sim_uniform(&coin, usher__sim_position(who, true)) >=
		    queue->opts.retry_part)
		return 0;
	again.attempt++;
	return usher__sim_plan_in(
		sim, drawn(sim, who, &called, SIM_RETRY_TIME, &queue->retry),
		SIM_CALLS_AGAIN, pack(&again));
}

/* The id is known only afterwards, so its place is taken before. */
static int contact_begin(struct usher_sim *sim, const struct sim_contact *like,
			 uint64_t *ret)
{
	const struct usher_sim_came *one = came(sim, &like->who);
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
	opts.direction = like->dialed ? USHER_OUT : USHER_IN;
	opts.attrs = sim->queues[like->who.queue].opts.contact_attrs;
	opts.attr_count = sim->queues[like->who.queue].opts.contact_attr_count;
	if (one) {
		opts.attrs = one->attrs;
		opts.attr_count = one->attr_count;
		opts.priority = one->priority;
		/* who comes again begins again */
		if (!like->who.attempt && one->age_us > 0)
			opts.since_us = sim->now_us - one->age_us;
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

static bool beyond(uint32_t waiting, int32_t places)
{
	return places && waiting > (places < 0 ? 0 : (uint32_t)places);
}

/* It may be that somebody takes him. */
int usher__sim_settle(struct usher_sim *sim)
{
	int rc = 0;

	while (!rc && usher_acd_deadline(sim->acd) <= sim->now_us) {
		rc = usher_acd_advance(sim->acd, sim->now_us);
		if (!rc || rc == USHER_EAGAIN)
			rc = usher__sim_drain(sim);
	}
	return rc;
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

/* Out of the queues; an agent who wraps up goes on. */
static int leave_all(struct usher_sim *sim, uint64_t contact)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	uint64_t segment = 0;
	int rc = 0;

	while (!rc && (segment = usher_acd_segment_next(sim->acd, contact,
							segment))) {
		rc = usher_acd_segment_info(sim->acd, segment, &info);
		if (!rc && info.kind == USHER_SEGMENT_QUEUE)
			rc = usher_acd_dequeue(sim->acd, sim->now_us, segment,
					       USHER_LEAVE_FULL);
	}
	return rc;
}

int usher__sim_be_patient(struct usher_sim *sim, struct sim_contact *contact,
			  const struct sim_leg *leg)
{
	const int64_t us = patience(sim, &contact->who, leg);

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
		rc = leave_all(sim, id);
	if (!rc)
		rc = usher_acd_contact_end(sim->acd, sim->now_us, id, "full");
	return rc;
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
	const struct usher_sim_came *one = came(sim, &like->who);
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
	if (one) {
		opts.max_wait_us = one->max_wait_us;
		opts.requirement = one->requirement;
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
