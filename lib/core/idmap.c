#include <assert.h>
#include <string.h>

#include <core/idmap.h>

#define FIRST_BITS 6

static void add(struct usher__idmap *map, struct usher__identity *object)
{
	struct usher__identity **slot = usher__idmap_slot(map, object->id);

	object->link = *slot;
	*slot = object;
	map->count++;
}

/* At most as many as there are slots. */
int usher__idmap_grow(struct usher__idmap *map,
		      const struct usher_alloc *alloc, uint32_t n)
{
	struct usher__idmap next = {0};
	uint32_t bits = FIRST_BITS;
	size_t size;

	while ((UINT64_C(1) << bits) < (uint64_t)map->count + n)
		bits++;
	size = sizeof(*next.slots) << bits;
	next.slots = alloc->realloc(alloc->arg, NULL, size);
	if (!next.slots)
		return USHER_ENOMEM;
	memset(next.slots, 0, size);
	next.room = 1u << bits;
	next.shift = 64 - (bits - USHER__IDMAP_ROW);
	for (uint32_t i = 0; i < map->room; i++) {
		while (map->slots[i]) {
			struct usher__identity *object = map->slots[i];

			map->slots[i] = object->link;
			add(&next, object);
		}
	}
	usher__idmap_free(map, alloc);
	*map = next;
	return 0;
}

void usher__idmap_free(struct usher__idmap *map,
		       const struct usher_alloc *alloc)
{
	if (map->slots)
		alloc->realloc(alloc->arg, map->slots, 0);
	memset(map, 0, sizeof(*map));
}

void usher__idmap_add(struct usher__idmap *map, void *ptr)
{
	struct usher__identity *object = ptr;

	assert(object->id && map->count < map->room);
	assert(!usher__idmap_get(map, object->id));
	add(map, object);
}

void usher__idmap_del(struct usher__idmap *map, uint64_t id)
{
	struct usher__identity **link;

	if (!map->room)
		return;
	link = usher__idmap_slot(map, id);
	while (*link && (*link)->id != id)
		link = &(*link)->link;
	if (!*link)
		return;
	*link = (*link)->link;
	map->count--;
}
