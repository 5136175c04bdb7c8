/*
 * What an agent does where several contacts are had at once: each is a task
 * with some work left. Those of a kind that another one interrupts stand
 * still, the rest go on side by side, all at the same pace: an agent's time
 * shared (limited processor sharing with a rate for each concurrency, as Luo
 * and Zhang 2013 and Tezcan and Zhang 2014 have it for chats).
 *
 *   begins ──→ goes on ⇄ stands still
 *                │
 *                ▼
 *              done ──→ wraps up: goes on ⇄ stands still ──→ ends
 *
 * Whenever a task comes, is done or goes, what is left of all of the desk's is
 * counted, and the first that will be done at the new pace is planned. A plan
 * of before finds another moment in the desk, and does nothing.
 */
#include <string.h>

#include "sim/sim.h"

#define ROOM_FIRST 4

/* By an agent's id: they ascend. */
static struct sim_desk *desk_of(const struct usher_sim *sim, uint64_t agent)
{
	uint32_t from = 0, to = sim->agent_count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (sim->agents[middle] < agent)
			from = middle + 1;
		else
			to = middle;
	}
	return from < sim->agent_count && sim->agents[from] == agent
		       ? &sim->desks[from]
		       : NULL;
}

static struct sim_task *task_of(const struct sim_desk *desk, uint64_t segment)
{
	for (uint32_t i = 0; i < desk->count; i++)
		if (desk->tasks[i].segment == segment)
			return &desk->tasks[i];
	return NULL;
}

/* ---- Loads ---- */

static void load_add(struct sim_load *loads, const struct sim_desk *desk,
		     int64_t us)
{
	uint32_t seen = 0;

	for (uint32_t i = 0; i < desk->count; i++) {
		const struct sim_task *task = &desk->tasks[i];
		struct sim_load *both[] = {&loads[task->kind],
					   &loads[USHER_CHANNELS_MAX]};

		for (int k = 0; k < 2; k++) {
			both[k]->work_us += us;
			both[k]->still_us += task->still ? us : 0;
		}
		both[0]->busy_us += seen >> task->kind & 1 ? 0 : us;
		both[1]->busy_us += seen ? 0 : us;
		seen |= UINT32_C(1) << task->kind;
	}
}

static void count(struct usher_sim *sim, struct sim_desk *desk)
{
	load_add(sim->groups[desk->group].loads, desk,
		 sim->now_us - desk->counted_us);
	desk->counted_us = sim->now_us;
}

void usher__sim_desks_warm(struct usher_sim *sim)
{
	for (uint32_t i = 0; sim->desks && i < sim->agent_count; i++)
		sim->desks[i].counted_us = sim->now_us;
	for (uint32_t i = 0; i < sim->opts.group_count; i++)
		memset(sim->groups[i].loads, 0, sizeof(sim->groups[i].loads));
}

int usher_sim_load(const struct usher_sim *sim, uint32_t index,
		   const char *channel, struct usher_sim_load *ret)
{
	struct sim_load loads[USHER_CHANNELS_MAX + 1];
	struct usher_sim_load all = {0};
	uint32_t kind = USHER_CHANNELS_MAX;
	const struct sim_group *group;

	if (!ret || ret->size < sizeof(ret->size) || ret->size > sizeof(all))
		return USHER_EINVAL;
	if (index >= sim->opts.group_count)
		return USHER_ENOENT;
	if (!sim->desks)
		return USHER_ESTATE;
	group = &sim->groups[index];
	memcpy(loads, group->loads, sizeof(loads));
	for (uint32_t i = 0; i < group->agents; i++) {
		const struct sim_desk *desk = &sim->desks[group->first + i];

		load_add(loads, desk, sim->now_us - desk->counted_us);
	}
	if (channel)
		kind = usher__sim_kind_find(sim, channel);
	all.size = ret->size;
	if (!channel || kind < USHER_CHANNELS_MAX) {
		all.contacts = loads[kind].contacts;
		all.work_us = loads[kind].work_us;
		all.busy_us = loads[kind].busy_us;
		all.still_us = loads[kind].still_us;
	}
	memcpy(ret, &all, all.size);
	return 0;
}

/* ---- Pace ---- */

/* So many times as long as alone. */
static double factor(const struct sim_group *group, uint32_t going)
{
	if (group->slowdown_count)
		return group->slowdowns[(going < group->slowdown_count
						 ? going
						 : group->slowdown_count) -
					1];
	return 1 + group->slowdown * (going - 1);
}

static bool stopped_by(const uint32_t *stops, const struct sim_task *task,
		       const struct sim_task *by)
{
	if (!(stops[task->kind] >> by->kind & 1))
		return false;
	return !(stops[by->kind] >> task->kind & 1) ||
	       by->segment > task->segment;
}

/* Somebody goes on: where kinds interrupt each other in a ring, who came last.
 */
uint32_t usher__sim_stand(const uint32_t *stops, struct sim_task *tasks,
			  uint32_t count)
{
	uint32_t going = 0;

	for (uint32_t i = 0; i < count; i++) {
		tasks[i].still = false;
		for (uint32_t k = 0; k < count && !tasks[i].still; k++)
			tasks[i].still =
				stopped_by(stops, &tasks[i], &tasks[k]);
		going += !tasks[i].still;
	}
	if (count && !going) {
		tasks[count - 1].still = false;
		going = 1;
	}
	return going;
}

/* What is left after the time that has passed as usher__sim_stand() and
 * factor() have said last. */
static void pass(struct usher_sim *sim, struct sim_desk *desk)
{
	const struct sim_group *group = &sim->groups[desk->group];
	const double us = (double)(sim->now_us - desk->at_us);
	uint32_t going = 0;

	for (uint32_t i = 0; i < desk->count; i++)
		going += !desk->tasks[i].still;
	for (uint32_t i = 0; i < desk->count; i++) {
		struct sim_task *task = &desk->tasks[i];

		if (!task->still && !task->done)
			task->left_us -= us / factor(group, going);
		if (task->left_us < 0)
			task->left_us = 0;
	}
	desk->at_us = sim->now_us;
	count(sim, desk);
}

static int plan(struct usher_sim *sim, struct sim_desk *desk)
{
	const struct sim_group *group = &sim->groups[desk->group];
	const uint32_t going =
		usher__sim_stand(group->stops, desk->tasks, desk->count);
	int64_t due_us = USHER_NEVER;

	for (uint32_t i = 0; i < desk->count; i++) {
		struct sim_task *task = &desk->tasks[i];
		double us;

		task->due_us = USHER_NEVER;
		if (task->still || task->done)
			continue;
		us = task->left_us * factor(group, going) + 0.5;
		if (us < SIM_TIME_MAX_S * SIM_SECOND_US)
			task->due_us = sim->now_us + (int64_t)us;
		if (task->due_us < due_us)
			due_us = task->due_us;
	}
	if (due_us == desk->due_us)
		return 0;
	desk->due_us = due_us;
	return due_us == USHER_NEVER
		       ? 0
		       : usher__sim_plan(&sim->heap, sim->opts.alloc, due_us,
					 SIM_DESK,
					 (uint64_t)(desk - sim->desks));
}

/* ---- Tasks ---- */

int usher__sim_desk_begin(struct usher_sim *sim, const struct sim_contact *c,
			  uint64_t segment, uint64_t agent, int64_t us)
{
	const struct usher_alloc *alloc = sim->opts.alloc;
	struct sim_desk *desk = desk_of(sim, agent);
	struct sim_load *loads;
	struct sim_task *task;

	if (!desk)
		return 0;
	if (desk->count == desk->room) {
		uint32_t room = desk->room ? 2 * desk->room : ROOM_FIRST;

		task = alloc->realloc(alloc->arg, desk->tasks,
				      room * sizeof(*task));
		if (!task)
			return USHER_ENOMEM;
		desk->tasks = task;
		desk->room = room;
	}
	pass(sim, desk);
	task = &desk->tasks[desk->count++];
	*task = (struct sim_task){.contact = c->identity.id,
				  .segment = segment,
				  .left_us = (double)us,
				  .kind = usher__sim_kind_of(sim, &c->who)};
	loads = sim->groups[desk->group].loads;
	loads[task->kind].contacts++;
	loads[USHER_CHANNELS_MAX].contacts++;
	return plan(sim, desk);
}

int usher__sim_desk_wrap(struct usher_sim *sim, uint64_t segment,
			 uint64_t agent, int64_t us)
{
	struct sim_desk *desk = desk_of(sim, agent);
	struct sim_task *task = desk ? task_of(desk, segment) : NULL;

	if (!task)
		return 0;
	pass(sim, desk);
	task->wraps = true;
	task->done = false;
	task->left_us = (double)us;
	return plan(sim, desk);
}

int usher__sim_desk_end(struct usher_sim *sim, uint64_t segment,
			uint64_t agent)
{
	struct sim_desk *desk = desk_of(sim, agent);
	struct sim_task *task = desk ? task_of(desk, segment) : NULL;

	if (!task)
		return 0;
	pass(sim, desk);
	memmove(task, task + 1,
		(size_t)(desk->tasks + desk->count - (task + 1)) *
			sizeof(*task));
	desk->count--;
	return plan(sim, desk);
}

/* It stays on the desk, where the agent may wait for a second one: with
 * nothing left to do, and as one of those that go on. */
bool usher__sim_desk_done(struct usher_sim *sim, uint32_t index,
			  struct sim_task *ret)
{
	struct sim_desk *desk = &sim->desks[index];

	for (uint32_t i = 0; i < desk->count; i++) {
		struct sim_task *task = &desk->tasks[i];

		if (task->done || task->due_us != sim->now_us)
			continue;
		pass(sim, desk);
		*ret = *task;
		task->done = true;
		task->due_us = USHER_NEVER;
		return true;
	}
	return false;
}

int usher__sim_desk_plan(struct usher_sim *sim, uint32_t index)
{
	pass(sim, &sim->desks[index]);
	return plan(sim, &sim->desks[index]);
}
