/*
 * How fast agents are: handle times of an agent in a queue, for queues whose
 * policy wants to know. The older ones fade: at PACE_FULL contacts both sum
 * and number are halved.
 */
#include <acd/internal.h>

#define PACE_FULL 128
/* Most queues in which an agent is measured. */
#define PACES_MAX USHER_AGENT_QUEUES_MAX

static struct pace **find(struct agent *agent, uint64_t queue, uint32_t *count)
{
	struct pace **link = &agent->paces;

	*count = 0;
	while (*link && (*link)->queue < queue) {
		link = &(*link)->next;
		++*count;
	}
	return link;
}

void usher__pace_add(struct usher_acd *acd, struct agent *agent,
		     const struct queue *queue, int64_t handle)
{
	uint32_t count;
	struct pace **link, *pace;

	if (!queue->policy || !queue->policy->paces)
		return;
	link = find(agent, queue->id, &count);
	pace = *link;
	if (!pace || pace->queue != queue->id) {
		for (const struct pace *at = pace; at; at = at->next)
			count++;
		if (count >= PACES_MAX)
			return;
		pace = usher__pool_get(&acd->pace_pool);
		pace->queue = queue->id;
		pace->next = *link;
		*link = pace;
	}
	if (handle > SPAN_MAX)
		handle = SPAN_MAX;
	pace->handle += handle;
	if (++pace->count == PACE_FULL) {
		pace->count /= 2;
		pace->handle /= 2;
	}
}

bool usher__pace_get(const struct agent *agent, uint64_t queue,
		     int64_t *handle, uint64_t *count)
{
	for (const struct pace *at = agent->paces; at; at = at->next) {
		if (at->queue != queue)
			continue;
		*handle = at->handle;
		*count = at->count;
		return true;
	}
	return false;
}

bool usher__pace_good(int64_t handle, uint64_t count)
{
	return count && count < PACE_FULL && handle >= 0 &&
	       handle <= (int64_t)count * SPAN_MAX;
}

void usher__pace_forget_queue(struct usher_acd *acd, uint64_t queue)
{
	for (uint32_t i = 0; i < acd->agents.count; i++) {
		uint32_t count;
		struct pace **link = find(acd->agents.items[i], queue, &count);
		struct pace *pace = *link;

		if (!pace || pace->queue != queue)
			continue;
		*link = pace->next;
		usher__pool_put(&acd->pace_pool, pace);
	}
}

void usher__pace_forget_agent(struct usher_acd *acd, struct agent *agent)
{
	while (agent->paces) {
		struct pace *pace = agent->paces;

		agent->paces = pace->next;
		usher__pool_put(&acd->pace_pool, pace);
	}
}
