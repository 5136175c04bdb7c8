/* What a record shows of itself, and the same figures of a run. */
#include <string.h>

#include "sim/rec.h"
#include "sim/sim.h"

double usher_record_duration(const struct usher_record *r)
{
	return r->first_us < 0
		       ? 0
		       : (double)(r->last_us - r->first_us) / SIM_SECOND_US;
}

int usher_record_group_at(const struct usher_record *r, uint32_t index,
			  struct usher_record_group *ret)
{
	struct usher_record_group all = {0};
	const struct rec_group *g;

	if (!ret || ret->size < sizeof(ret->size) || ret->size > sizeof(all))
		return USHER_EINVAL;
	if (index >= r->groups.count)
		return USHER_ENOENT;
	g = usher__rec_group(r, index);
	all.size = ret->size;
	all.name = g->name;
	all.agents = g->agents;
	all.handled = g->handled;
	all.speed = g->speed;
	memcpy(ret, &all, all.size);
	return 0;
}

int usher_record_queue_at(const struct usher_record *r, uint32_t index,
			  struct usher_record_queue *ret)
{
	struct usher_record_queue all = {0};
	const struct rec_handled *h;
	const struct rec_queue *q;
	uint32_t talked = 0;

	if (!ret || ret->size < sizeof(ret->size) || ret->size > sizeof(all))
		return USHER_EINVAL;
	if (index >= r->queues.count)
		return USHER_ENOENT;
	q = usher__rec_queue(r, index);
	h = q->handled.items;
	all.size = ret->size;
	all.name = q->name;
	all.policy = q->policy;
	all.arrivals = q->calls.count;
	all.answered = q->answered;
	all.abandoned = q->abandoned;
	for (uint32_t i = 0; i < q->handled.count; i++) {
		all.handle_s += h[i].talks ? 0 : h[i].took_s;
		talked += !h[i].talks;
	}
	if (talked)
		all.handle_s /= talked;
	all.contact_requirement =
		q->requirement && strstr(q->requirement, "contact.") != NULL;
	memcpy(ret, &all, all.size);
	return 0;
}

/* ---- Figures ---- */

struct sums {
	int64_t occupied_us;
	int64_t available_us;
};

static void add_agent(const struct usher_metrics *m, uint64_t id, int64_t now,
		      struct sums *sums)
{
	struct usher_agent_figures f = {.size = sizeof(f)};

	if (usher_metrics_agent(m, id, USHER_SPAN_DAY, now, &f))
		return;
	sums->occupied_us += f.occupied_us;
	sums->available_us += f.available_us;
}

static int give(const struct usher_metrics *m, int64_t now,
		const struct sums *sums, struct usher_replay_figures *ret)
{
	struct usher_queue_figures f = {.size = sizeof(f)};
	struct usher_replay_figures all = {0};
	int64_t busy = sums->occupied_us + sums->available_us;
	int rc;

	if (!ret || ret->size < sizeof(ret->size) || ret->size > sizeof(all))
		return USHER_EINVAL;
	rc = usher_metrics_total(m, USHER_SPAN_DAY, now, &f);
	if (rc)
		return rc;
	all.size = ret->size;
	all.entered = f.entered;
	all.answered = f.answered;
	all.abandoned = f.abandoned;
	usher_figures_service_level(&f, USHER_LEVEL_STRICT,
				    &all.service_level);
	if (f.answered)
		all.asa_s = (double)f.answered_wait_us / SIM_SECOND_US /
			    (double)f.answered;
	if (f.answered + f.abandoned)
		all.abandonment = (double)f.abandoned /
				  (double)(f.answered + f.abandoned);
	if (busy)
		all.occupancy = (double)sums->occupied_us / (double)busy;
	memcpy(ret, &all, all.size);
	return 0;
}

int usher_record_figures(const struct usher_record *r,
			 struct usher_replay_figures *ret)
{
	struct sums sums = {0};

	if (!r->ended)
		return USHER_ESTATE;
	for (uint32_t i = 0; i < r->agents.count; i++)
		add_agent(r->metrics, usher__rec_agent(r, i)->id, r->last_us,
			  &sums);
	return give(r->metrics, r->last_us, &sums, ret);
}

int usher_replay_figures(const struct usher_sim *sim,
			 struct usher_replay_figures *ret)
{
	const uint32_t last = sim->opts.group_count - 1;
	uint32_t agents = 0;
	struct sums sums = {0};

	if (sim->opts.group_count)
		agents = sim->groups[last].first + sim->groups[last].agents;
	for (uint32_t i = 0; i < agents; i++)
		add_agent(sim->metrics, sim->agents[i], sim->now_us, &sums);
	return give(sim->metrics, sim->now_us, &sums, ret);
}
