/*
 * A table from ids to pointers that can promise room: once reserved, adding
 * cannot fail, which the apply of events needs and uthash does not offer.
 * Open addressing, linear probing, deletion by shifting back; ids are
 * counters, so that one multiplication spreads them. Nothing reads its order.
 * What is in it begins with its id, which saves keeping that twice.
 */
#ifndef USHER_CORE_IDMAP_H
#define USHER_CORE_IDMAP_H

#include <usher/alloc.h>

struct usher__idmap {
	uint64_t **slots; /* to objects, by their first member; NULL: free */
	uint32_t count;
	uint32_t bits; /* log2 of the number of slots; 0: none yet */
};

/* Room for n more. 0 or USHER_ENOMEM. */
int usher__idmap_reserve(struct usher__idmap *map,
			 const struct usher_alloc *alloc, uint32_t n);
void usher__idmap_free(struct usher__idmap *map,
		       const struct usher_alloc *alloc);
void *usher__idmap_get(const struct usher__idmap *map, uint64_t id);
/* A pointer to an object whose first member is its id. */
void usher__idmap_add(struct usher__idmap *map, void *ptr);
void usher__idmap_del(struct usher__idmap *map, uint64_t id);

#endif
