#include <assert.h>
#include <string.h>

#include <core/idmap.h>

#define FIRST_BITS 6

static uint32_t slot_of(const struct usher__idmap *map, uint64_t id)
{
	return (uint32_t)(id * UINT64_C(0x9e3779b97f4a7c15) >>
			  (64 - map->bits));
}

static uint32_t mask_of(const struct usher__idmap *map)
{
	return (1u << map->bits) - 1;
}

/* Two thirds full at most. */
static int roomy(uint32_t bits, uint64_t count)
{
	return bits && count * 3 <= (UINT64_C(1) << bits) * 2;
}

int usher__idmap_reserve(struct usher__idmap *map,
			 const struct usher_alloc *alloc, uint32_t n)
{
	struct usher__idmap next = {NULL, 0,
				    map->bits ? map->bits : FIRST_BITS};
	size_t size;

	if (roomy(map->bits, (uint64_t)map->count + n))
		return 0;
	while (!roomy(next.bits, (uint64_t)map->count + n))
		next.bits++;
	size = sizeof(*next.slots) << next.bits;
	next.slots = alloc->realloc(alloc->arg, NULL, size);
	if (!next.slots)
		return USHER_ENOMEM;
	memset(next.slots, 0, size);
	for (uint32_t i = 0; map->bits && i <= mask_of(map); i++) {
		if (map->slots[i])
			usher__idmap_add(&next, map->slots[i]);
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

void *usher__idmap_get(const struct usher__idmap *map, uint64_t id)
{
	if (!map->bits || !id)
		return NULL;
	for (uint32_t i = slot_of(map, id);; i = (i + 1) & mask_of(map)) {
		if (!map->slots[i])
			return NULL;
		if (*map->slots[i] == id)
			return map->slots[i];
	}
}

void usher__idmap_add(struct usher__idmap *map, void *ptr)
{
	uint64_t id = *(uint64_t *)ptr;
	uint32_t i;

	assert(id && roomy(map->bits, (uint64_t)map->count + 1));
	for (i = slot_of(map, id); map->slots[i]; i = (i + 1) & mask_of(map))
		assert(*map->slots[i] != id);
	map->slots[i] = ptr;
	map->count++;
}

void usher__idmap_del(struct usher__idmap *map, uint64_t id)
{
	uint32_t hole, mask;

	if (!usher__idmap_get(map, id))
		return;
	mask = mask_of(map);
	for (hole = slot_of(map, id); *map->slots[hole] != id;)
		hole = (hole + 1) & mask;
	for (uint32_t i = (hole + 1) & mask; map->slots[i];
	     i = (i + 1) & mask) {
		uint32_t home = slot_of(map, *map->slots[i]);

		/* it may move back unless its home lies behind the hole */
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			map->slots[hole] = map->slots[i];
			hole = i;
		}
	}
	map->slots[hole] = NULL;
	map->count--;
}
