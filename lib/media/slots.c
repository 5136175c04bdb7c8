/* Ids of legs: a place in a table, and how often it was taken before. */
#include <stdlib.h>
#include "media/engine.h"

struct usher__mslot *usher__mslot_of(struct usher__media *m, uint64_t id)
{
	uint32_t index = (uint32_t)id;

	if (!id || index >= m->slot_count ||
	    m->slots[index].generation != (uint32_t)(id >> 32))
		return NULL;
	return &m->slots[index];
}

struct usher__mleg *usher__media_leg(struct usher__media *m, uint64_t id)
{
	struct usher__mslot *slot = usher__mslot_of(m, id);

	return slot ? slot->leg : NULL;
}

int usher__mslots_grow(struct usher__media *m)
{
	uint32_t count = m->slot_count ? m->slot_count * 2 : 64;
	struct usher__mslot *slots;

	slots = realloc(m->slots, count * sizeof(*slots));
	if (!slots)
		return USHER_ENOMEM;
	m->slots = slots;
	for (uint32_t i = count; i-- > m->slot_count;) {
		slots[i] = (struct usher__mslot){
			.generation = 1,
			.next_free = m->slot_free,
		};
		m->slot_free = i + 1;
	}
	m->slot_count = count;
	return 0;
}

void usher__mslot_release(struct usher__media *m, uint64_t id)
{
	struct usher__mslot *slot = usher__mslot_of(m, id);

	slot->leg = NULL;
	slot->generation++;
	slot->next_free = m->slot_free;
	m->slot_free = (uint32_t)id + 1;
	m->leg_count--;
}
