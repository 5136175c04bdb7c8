/*
 * A table from ids to objects that can promise room: once reserved, adding
 * cannot fail, which the apply of events needs and uthash does not offer.
 * What is in it begins as struct usher__identity does, and is chained by that
 * with what shares its slot. Ids are counters: eight in a row have slots in a
 * row, in one line of the cache, and one multiplication spreads the eights, so
 * that no step between those that stay makes a long chain. Nothing reads its
 * order.
 */
#ifndef USHER_CORE_IDMAP_H
#define USHER_CORE_IDMAP_H

#include <usher/alloc.h>

/* How an object in a table begins. */
struct usher__identity {
	uint64_t id;
	struct usher__identity *link; /* the table's */
};

struct usher__idmap {
	struct usher__identity **slots;
	uint32_t count;
	uint32_t room;  /* number of slots; 0: none yet */
	uint32_t shift; /* 64 less log2 of the number of eights */
};

/* Ids in a row that have slots in a row, as a number of bits. */
#define USHER__IDMAP_ROW 3

static inline struct usher__identity **
usher__idmap_slot(const struct usher__idmap *map, uint64_t id)
{
	uint64_t row =
		(id >> USHER__IDMAP_ROW) * UINT64_C(0x9e3779b97f4a7c15) >>
		map->shift;

	return &map->slots[row << USHER__IDMAP_ROW |
			   (id & ((1u << USHER__IDMAP_ROW) - 1))];
}

int usher__idmap_grow(struct usher__idmap *map,
		      const struct usher_alloc *alloc, uint32_t n);

/* Room for n more. 0 or USHER_ENOMEM. */
static inline int usher__idmap_reserve(struct usher__idmap *map,
				       const struct usher_alloc *alloc,
				       uint32_t n)
{
	return map->room - map->count >= n ? 0
					   : usher__idmap_grow(map, alloc, n);
}

void usher__idmap_free(struct usher__idmap *map,
		       const struct usher_alloc *alloc);

/* NULL: there is none; no id is zero. */
static inline void *usher__idmap_get(const struct usher__idmap *map,
				     uint64_t id)
{
	struct usher__identity *at;

	if (!map->room)
		return NULL;
	at = *usher__idmap_slot(map, id);
	while (at && at->id != id)
		at = at->link;
	return at;
}

/* An object that is not in it, and for which there is room. */
void usher__idmap_add(struct usher__idmap *map, void *ptr);
void usher__idmap_del(struct usher__idmap *map, uint64_t id);

#endif
