/* Finding contacts, segments, offers, agents and queues by their ids. Inline,
 * since each event asks for several. Inside lib/acd only. */
#ifndef USHER_ACD_FIND_H
#define USHER_ACD_FIND_H

#include <acd/state.h>

/* The item of a list in the order of ids, which begin it, by halving. */
void *usher__list_id_halve(const struct list *list, uint64_t id);

/* Ids are counted: where nothing was removed, an item stands as far from the
 * first as its id does. */
static inline void *usher__list_id(const struct list *list, uint64_t id)
{
	uint64_t first, at;

	if (!list->count)
		return NULL;
	first = *(const uint64_t *)list->items[0];
	at = id - first;
	if (at < list->count && *(const uint64_t *)list->items[at] == id)
		return list->items[at];
	return usher__list_id_halve(list, id);
}

static inline struct queue *usher__queue_get(const struct usher_acd *acd,
					     uint64_t id)
{
	return usher__list_id(&acd->queues, id);
}

static inline struct agent *usher__agent_get(const struct usher_acd *acd,
					     uint64_t id)
{
	return usher__list_id(&acd->agents, id);
}

static inline struct contact *usher__contact_get(const struct usher_acd *acd,
						 uint64_t id)
{
	return usher__idmap_get(&acd->contact_map, id);
}

static inline struct segment *usher__segment_get(const struct usher_acd *acd,
						 uint64_t id)
{
	return usher__idmap_get(&acd->segment_map, id);
}

static inline struct offer *usher__offer_get(const struct usher_acd *acd,
					     uint64_t id)
{
	return usher__idmap_get(&acd->offer_map, id);
}

#endif
