/*
 * Objects of one size, in blocks that never move, and blocks of bytes of any
 * size from such pools. What is given back is used again; a reserved number
 * can be taken without failing.
 */
#ifndef USHER_CORE_POOL_H
#define USHER_CORE_POOL_H

#include <usher/alloc.h>

struct usher__pool_free;
struct usher__pool_block;

struct usher__pool {
	struct usher__pool_free *free;
	struct usher__pool_block *blocks;
	uint32_t free_count;
	uint32_t used;
	uint32_t size; /* of an object */
	uint32_t per_block;
};

void usher__pool_init(struct usher__pool *pool, size_t size,
		      uint32_t per_block);
void usher__pool_done(struct usher__pool *pool,
		      const struct usher_alloc *alloc);
int usher__pool_grow(struct usher__pool *pool, const struct usher_alloc *alloc,
		     uint32_t n);

/* Room for n more without failing. 0 or USHER_ENOMEM. Inline, since each input
 * asks many pools, which mostly have it. */
static inline int usher__pool_reserve(struct usher__pool *pool,
				      const struct usher_alloc *alloc,
				      uint32_t n)
{
	return pool->free_count >= n ? 0 : usher__pool_grow(pool, alloc, n);
}

/* A zeroed object; there must be one. */
void *usher__pool_get(struct usher__pool *pool);
void usher__pool_put(struct usher__pool *pool, void *ptr);

/* Sizes of 32, 48, 64, 96, … 2,048 bytes from pools, larger ones from the
 * allocator. */
#define USHER__SLAB_SIZES 13

struct usher__slab {
	struct usher__pool pools[USHER__SLAB_SIZES];
};

void usher__slab_init(struct usher__slab *slab);
void usher__slab_done(struct usher__slab *slab,
		      const struct usher_alloc *alloc);
void *usher__slab_get(struct usher__slab *slab,
		      const struct usher_alloc *alloc, size_t size);
/* The next get of this size, at most 2 KiB, will not fail. */
int usher__slab_reserve(struct usher__slab *slab,
			const struct usher_alloc *alloc, size_t size);
void usher__slab_put(struct usher__slab *slab, const struct usher_alloc *alloc,
		     void *ptr, size_t size);

#endif
