/*
 * What a customer is like: everything of him is drawn by who he is, or listed,
 * so that it is the same in every run, whatever the center does with him.
 */
#include <math.h>
#include <string.h>

#include "sim/sim.h"

/* Places of a customer who comes again in the id of a plan. */
#define NUMBER_BITS 48
#define QUEUE_BITS  8

_Static_assert(USHER_SIM_QUEUES_MAX <= 1 << QUEUE_BITS, "a queue fits");
_Static_assert(USHER_SIM_RETRIES_MAX < 1 << (64 - NUMBER_BITS - QUEUE_BITS),
	       "an attempt fits");

/* Bits of a stream's key: the customer's queue, the leg's, the leg. */
#define LEG_QUEUE_BIT  16
#define LEG_NUMBER_BIT 32

_Static_assert(USHER_SIM_QUEUES_MAX < 1 << LEG_QUEUE_BIT, "a queue fits");

int64_t usher__sim_us(double seconds)
{
	return (int64_t)(fmin(seconds, SIM_TIME_MAX_S) * SIM_SECOND_US);
}

uint64_t usher__sim_stream(const struct sim_who *who,
			   const struct sim_leg *leg)
{
	if (!leg->number)
		return who->queue;
	return (uint64_t)leg->number << LEG_NUMBER_BIT |
	       (uint64_t)(leg->queue + 1) << LEG_QUEUE_BIT | who->queue;
}

uint64_t usher__sim_pack(const struct sim_who *who)
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

bool usher__sim_came(const struct usher_sim *sim, const struct sim_who *who,
		     struct usher_sim_came *ret)
{
	const struct usher_sim_queue *q = &sim->queues[who->queue].opts;
	const size_t size = q->came_size ? q->came_size : SIM_CAME_FIRST;

	if (!q->calls || !q->came)
		return false;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, (const char *)q->came + size * who->number, size);
	return true;
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

bool usher__sim_is_dialed(const struct sim_contact *c,
			  const struct sim_leg *leg)
{
	return c->dialed && leg->number == c->dialed_leg;
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

	if (usher__sim_is_dialed(contact, leg)) {
		dial = usher__sim_us(asked->opts.dial_s);
		if (!contact->reached)
			return dial;
	}
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

	if (usher__sim_is_dialed(contact, leg) && !contact->reached)
		return 0;
	if (call && call->wrapup_us >= 0)
		return call->wrapup_us;
	return drawn(sim, who, leg, SIM_WRAPUP,
		     &sim->queues[leg->queue].wrapup);
}

int64_t usher__sim_rings(const struct usher_sim *sim,
			 const struct sim_who *who)
{
	const struct sim_queue *queue = &sim->queues[who->queue];
	const struct sim_leg leg = {.queue = who->queue};

	return queue->dial.law == USHER_LAW_NONE
		       ? usher__sim_us(queue->opts.dial_s)
		       : drawn(sim, who, &leg, SIM_RINGS, &queue->dial);
}

/* USHER_NEVER: for ever. */
int64_t usher__sim_patience(const struct usher_sim *sim,
			    const struct sim_who *who,
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
		SIM_CALLS_AGAIN, usher__sim_pack(&again));
}
