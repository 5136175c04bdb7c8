/* What is assigned together, against all assignments that there are: the most
 * contacts, then the least cost. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"

#define SOME_MAX 10 /* agents at once in a day: subsets are tried */

struct best {
	size_t count;
	double cost;
};

static bool improves(const struct best *a, const struct best *b)
{
	return a->count != b->count ? a->count > b->count : a->cost < b->cost;
}

/* One contact more: alone, or with any agent of a set that is free yet. */
static void add(struct day *d, const struct m_segment *s,
		const struct m_agent *const *agents, size_t n,
		struct best best[1 << SOME_MAX])
{
	bool may[SOME_MAX];
	double cost[SOME_MAX];

	for (size_t k = 0; k < n; k++) {
		may[k] = matcher_eligible(d, s, agents[k]);
		cost[k] = measure_of(d, s, "batch", agents[k]);
	}
	for (size_t set = (1u << n) - 1; set > 0; set--)
		for (size_t k = 0; k < n; k++) {
			struct best with;

			if (!(set & 1u << k) || !may[k])
				continue;
			with = best[set & ~(1u << k)];
			with.count++;
			with.cost += cost[k];
			if (improves(&with, &best[set]))
				best[set] = with;
		}
}

static bool begin(struct day *d, uint64_t queue)
{
	static struct best best[1 << SOME_MAX];
	const struct m_agent *agents[SOME_MAX];
	const struct model *m = d->model;
	size_t n = 0;

	memset(best, 0, sizeof(best));
	for (size_t i = 0; i < m->agent_count; i++) {
		if (m->agents[i].gone || m->agents[i].presence != USHER_READY)
			continue;
		if (n == SOME_MAX)
			return fail(d, "too many agents to try all");
		agents[n++] = &m->agents[i];
	}
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];

		if (s->queue == queue && matcher_waits(d, s) &&
		    model_contact(d->model, s->contact)->callback !=
			    USHER_CALLBACK_TURN)
			add(d, s, agents, n, best);
	}
	d->together = queue;
	d->together_left = best[(1u << n) - 1].count;
	d->together_cost = best[(1u << n) - 1].cost;
	return true;
}

bool check_together(struct day *d, const struct m_segment *s, uint64_t agent)
{
	const struct m_agent *a = model_agent(d->model, agent);
	const struct m_queue *q = model_queue(d->model, s->queue);

	if (!d->together_left) {
		/* nobody was free when the last time came */
		bool ripe = q->collect && q->collect < d->model->now &&
			    q->assigned < q->collect;

		if (option_number(&q->options, "window", 2) > 0 && !ripe &&
		    q->collect != d->model->now)
			return fail(d, "a batch comes at the wrong time");
		if (!begin(d, s->queue))
			return false;
	}
	if (d->together != s->queue || !d->together_left)
		return fail(d, "a batch of queue %llu is not complete",
			    (unsigned long long)d->together);
	if (!matcher_waits(d, s) || !matcher_eligible(d, s, a))
		return fail(d, "a batch has a pair that cannot be");
	d->together_cost -= measure_of(d, s, "batch", a);
	if (!--d->together_left && fabs(d->together_cost) > 1e-3)
		return fail(d, "a batch costs %g more than the best",
			    -d->together_cost);
	return true;
}
