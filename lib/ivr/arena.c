#include <string.h>

#include "ivr/arena.h"

#define CHUNK_MIN 1024

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	size_t used;
	max_align_t data[];
};

void usher__wipe(void *ptr, size_t size)
{
	volatile unsigned char *p = ptr;

	while (size--)
		*p++ = 0;
}

void usher__arena_init(struct arena *arena, const struct usher_alloc *alloc)
{
	arena->alloc = *alloc;
	arena->chunks = NULL;
}

void usher__arena_free(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *chunk = arena->chunks;

		arena->chunks = chunk->next;
		usher__wipe(chunk->data, chunk->used);
		arena->alloc.realloc(arena->alloc.arg, chunk, 0);
	}
}

void *usher__arena_get(struct arena *arena, size_t size)
{
	const size_t align = sizeof(max_align_t);
	struct arena_chunk *chunk = arena->chunks;
	void *ptr;

	size = (size + align - 1) / align * align;
	if (!chunk || chunk->size - chunk->used < size) {
		size_t room = CHUNK_MIN - sizeof(*chunk);

		if (chunk && chunk->size * 2 <= 64 * CHUNK_MIN)
			room = chunk->size * 2;
		if (room < size)
			room = size;
		chunk = arena->alloc.realloc(arena->alloc.arg, NULL,
					     sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		chunk->next = arena->chunks;
		chunk->size = room;
		chunk->used = 0;
		arena->chunks = chunk;
	}
	ptr = (char *)chunk->data + chunk->used;
	chunk->used += size;
	memset(ptr, 0, size);
	return ptr;
}

char *usher__arena_copy(struct arena *arena, const char *s, size_t len)
{
	char *copy = usher__arena_get(arena, len + 1);

	if (copy && len)
		memcpy(copy, s, len);
	return copy;
}
