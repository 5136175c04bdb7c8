#include <assert.h>
#include <string.h>

#include <core/pool.h>

struct usher__pool_free {
	struct usher__pool_free *next;
};

struct usher__pool_block {
	struct usher__pool_block *next;
	uint64_t align;
};

void usher__pool_init(struct usher__pool *pool, size_t size,
		      uint32_t per_block)
{
	memset(pool, 0, sizeof(*pool));
	pool->size = (uint32_t)((size + 7) & ~(size_t)7);
	pool->per_block = per_block;
}

void usher__pool_done(struct usher__pool *pool,
		      const struct usher_alloc *alloc)
{
	while (pool->blocks) {
		struct usher__pool_block *block = pool->blocks;

		pool->blocks = block->next;
		alloc->realloc(alloc->arg, block, 0);
	}
	pool->free = NULL;
	pool->free_count = 0;
}

int usher__pool_grow(struct usher__pool *pool, const struct usher_alloc *alloc,
		     uint32_t n)
{
	while (pool->free_count < n) {
		struct usher__pool_block *block;
		char *at;

		block = alloc->realloc(
			alloc->arg, NULL,
			sizeof(*block) + (size_t)pool->size * pool->per_block);
		if (!block)
			return USHER_ENOMEM;
		block->next = pool->blocks;
		pool->blocks = block;
		at = (char *)(block + 1) +
		     (size_t)pool->size * pool->per_block;
		for (uint32_t i = 0; i < pool->per_block; i++) {
			struct usher__pool_free *obj;

			at -= pool->size;
			obj = (void *)at;
			obj->next = pool->free;
			pool->free = obj;
		}
		pool->free_count += pool->per_block;
	}
	return 0;
}

void *usher__pool_get(struct usher__pool *pool)
{
	struct usher__pool_free *obj = pool->free;

	assert(obj);
	pool->free = obj->next;
	pool->free_count--;
	pool->used++;
	return memset(obj, 0, pool->size);
}

void usher__pool_put(struct usher__pool *pool, void *ptr)
{
	struct usher__pool_free *obj = ptr;

	obj->next = pool->free;
	pool->free = obj;
	pool->free_count++;
	pool->used--;
}

/* Powers of two and what lies half way between them. */
static size_t size_at(uint32_t i)
{
	return (size_t)(i % 2 ? 48 : 32) << i / 2;
}

/* Blocks of about 4 KiB. */
void usher__slab_init(struct usher__slab *slab)
{
	for (uint32_t i = 0; i < USHER__SLAB_SIZES; i++) {
		size_t size = size_at(i);

		usher__pool_init(&slab->pools[i], size,
				 size < 2048 ? (uint32_t)(4096 / size) : 2);
	}
}

void usher__slab_done(struct usher__slab *slab,
		      const struct usher_alloc *alloc)
{
	for (uint32_t i = 0; i < USHER__SLAB_SIZES; i++)
		usher__pool_done(&slab->pools[i], alloc);
}

static struct usher__pool *pool_for(struct usher__slab *slab, size_t size)
{
	for (uint32_t i = 0; i < USHER__SLAB_SIZES; i++) {
		if (size <= size_at(i))
			return &slab->pools[i];
	}
	return NULL;
}

void *usher__slab_get(struct usher__slab *slab,
		      const struct usher_alloc *alloc, size_t size)
{
	struct usher__pool *pool = pool_for(slab, size);

	if (!pool)
		return alloc->realloc(alloc->arg, NULL, size);
	if (usher__pool_reserve(pool, alloc, 1))
		return NULL;
	return usher__pool_get(pool);
}

int usher__slab_reserve(struct usher__slab *slab,
			const struct usher_alloc *alloc, size_t size)
{
	struct usher__pool *pool = pool_for(slab, size);

	assert(pool);
	return usher__pool_reserve(pool, alloc, 2);
}

void usher__slab_put(struct usher__slab *slab, const struct usher_alloc *alloc,
		     void *ptr, size_t size)
{
	struct usher__pool *pool = pool_for(slab, size);

	if (!ptr)
		return;
	if (pool)
		usher__pool_put(pool, ptr);
	else
		alloc->realloc(alloc->arg, ptr, 0);
}
