/* Entries of a fold: made, found and dropped. */
#include <string.h>

#include "metrics/internal.h"

void *usher__metrics_alloc(const struct usher_metrics *m, void *ptr,
			   size_t size)
{
	const struct usher_alloc *alloc = m->opts.alloc;

	return alloc->realloc(alloc->arg, ptr, size);
}

static void *entry_new(const struct usher_metrics *m, size_t size)
{
	void *entry = usher__metrics_alloc(m, NULL, size);

	if (entry)
		memset(entry, 0, size);
	return entry;
}

/* uthash leaves an element that it could not add without its table. */
#define ENTRY_ADD(head, field, entry)                                         \
	do {                                                                  \
		HASH_ADD(hh, head, field, sizeof((entry)->field), entry);     \
		if (!(entry)->hh.tbl) {                                       \
			usher__metrics_alloc(m, entry, 0);                    \
			entry = NULL;                                         \
		}                                                             \
	} while (0)

struct metrics_queue *usher__metrics_find_queue(const struct usher_metrics *m,
						uint64_t id)
{
	struct metrics_queue *queue;

	HASH_FIND(hh, m->queues, &id, sizeof(id), queue);
	return queue;
}

struct metrics_agent *usher__metrics_find_agent(const struct usher_metrics *m,
						uint64_t id)
{
	struct metrics_agent *agent;

	HASH_FIND(hh, m->agents, &id, sizeof(id), agent);
	return agent;
}

struct metrics_queue *usher__metrics_add_queue(struct usher_metrics *m,
					       uint64_t id)
{
	struct metrics_queue *queue = entry_new(m, sizeof(*queue));

	if (!queue)
		return NULL;
	queue->id = id;
	ENTRY_ADD(m->queues, id, queue);
	return queue;
}

struct metrics_agent *usher__metrics_add_agent(struct usher_metrics *m,
					       uint64_t id)
{
	struct metrics_agent *agent = entry_new(m, sizeof(*agent));

	if (!agent)
		return NULL;
	agent->id = id;
	ENTRY_ADD(m->agents, id, agent);
	return agent;
}

struct metrics_contact *usher__metrics_add_contact(struct usher_metrics *m,
						   uint64_t id)
{
	struct metrics_contact *contact = entry_new(m, sizeof(*contact));

	if (!contact)
		return NULL;
	contact->id = id;
	ENTRY_ADD(m->contacts, id, contact);
	return contact;
}

struct metrics_work *usher__metrics_add_work(struct usher_metrics *m,
					     uint64_t segment)
{
	struct metrics_work *work = entry_new(m, sizeof(*work));

	if (!work)
		return NULL;
	work->segment = segment;
	ENTRY_ADD(m->work, segment, work);
	return work;
}

struct metrics_stay *usher__metrics_add_stay(struct usher_metrics *m,
					     uint64_t segment)
{
	struct metrics_stay *stay = entry_new(m, sizeof(*stay));

	if (!stay)
		return NULL;
	stay->segment = segment;
	ENTRY_ADD(m->stays, segment, stay);
	return stay;
}

void usher__metrics_link_stay(struct metrics_stay *stay,
			      struct metrics_queue *queue)
{
	stay->queue = queue;
	stay->prev = queue->last;
	if (queue->last)
		queue->last->next = stay;
	else
		queue->first = stay;
	queue->last = stay;
	queue->waiting++;
}

void usher__metrics_del_stay(struct usher_metrics *m,
			     struct metrics_stay *stay)
{
	struct metrics_queue *queue = stay->queue;

	if (stay->prev)
		stay->prev->next = stay->next;
	else
		queue->first = stay->next;
	if (stay->next)
		stay->next->prev = stay->prev;
	else
		queue->last = stay->prev;
	queue->waiting--;
	HASH_DEL(m->stays, stay);
	usher__metrics_alloc(m, stay, 0);
}

void usher__metrics_del_contact(struct usher_metrics *m,
				struct metrics_contact *contact)
{
	HASH_DEL(m->contacts, contact);
	usher__metrics_alloc(m, contact, 0);
}

void usher__metrics_link_work(struct metrics_work *work,
			      struct metrics_agent *agent)
{
	work->agent = agent->id;
	work->prev = NULL;
	work->next = agent->works;
	if (work->next)
		work->next->prev = work;
	agent->works = work;
	agent->work++;
}

void usher__metrics_del_work(struct usher_metrics *m,
			     struct metrics_work *work)
{
	struct metrics_agent *agent =
		usher__metrics_find_agent(m, work->agent);

	/* without an agent it is in no list */
	if (agent) {
		if (work->prev)
			work->prev->next = work->next;
		else
			agent->works = work->next;
		if (work->next)
			work->next->prev = work->prev;
		agent->work--;
	}
	HASH_DEL(m->work, work);
	usher__metrics_alloc(m, work, 0);
}

void usher__metrics_sweep(struct usher_metrics *m)
{
	struct metrics_queue *queue, *next_queue;
	struct metrics_agent *agent, *next_agent;

	HASH_ITER (hh, m->queues, queue, next_queue) {
		if (!queue->removed || queue->waiting)
			continue;
		/* Whom its agents still talk to is of no queue any more. */
		m->serving -= queue->serving;
		m->leaving -= queue->leaving;
		HASH_DEL(m->queues, queue);
		usher__metrics_alloc(m, queue, 0);
	}
	HASH_ITER (hh, m->agents, agent, next_agent) {
		if (!agent->removed || agent->works)
			continue;
		HASH_DEL(m->agents, agent);
		usher__metrics_alloc(m, agent, 0);
	}
}
