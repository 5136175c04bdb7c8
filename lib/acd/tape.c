/*
 * Entries that were emitted and not drained yet, in chunks that never move.
 * A step asks for its room first; then putting cannot fail.
 */
#include <acd/internal.h>

#define CHUNK_SIZE 65536u

int usher__tape_grow(struct tape *tape, const struct usher_alloc *alloc,
		     size_t bytes)
{
	struct chunk *chunk, **link;

	for (link = &tape->free; *link && (*link)->cap < bytes;)
		link = &(*link)->next;
	chunk = *link;
	if (chunk) {
		*link = chunk->next;
	} else {
		size_t cap = bytes > CHUNK_SIZE ? bytes : CHUNK_SIZE;

		chunk = alloc->realloc(alloc->arg, NULL, sizeof(*chunk) + cap);
		if (!chunk)
			return USHER_ENOMEM;
		chunk->cap = (uint32_t)cap;
	}
	chunk->next = NULL;
	chunk->used = 0;
	chunk->read = 0;
	if (tape->tail)
		tape->tail->next = chunk;
	else
		tape->head = chunk;
	tape->tail = chunk;
	return 0;
}

/* What was handed out last is let go by the next call. */
const struct usher_event *usher__tape_next(struct tape *tape)
{
	struct chunk *chunk = tape->head;
	char *at;

	while (chunk && chunk->read == chunk->used) {
		chunk->read = 0;
		chunk->used = 0;
		if (!chunk->next)
			return NULL;
		tape->head = chunk->next;
		chunk->next = tape->free;
		tape->free = chunk;
		chunk = tape->head;
	}
	if (!chunk)
		return NULL;
	at = (char *)(chunk + 1) + chunk->read;
	chunk->read += (uint32_t)((struct tape_prefix *)(void *)at)->len;
	tape->count--;
	return (void *)(at + sizeof(struct tape_prefix));
}

static void free_chunks(struct chunk *chunk, const struct usher_alloc *alloc)
{
	while (chunk) {
		struct chunk *next = chunk->next;

		alloc->realloc(alloc->arg, chunk, 0);
		chunk = next;
	}
}

void usher__tape_done(struct tape *tape, const struct usher_alloc *alloc)
{
	free_chunks(tape->head, alloc);
	free_chunks(tape->free, alloc);
	memset(tape, 0, sizeof(*tape));
}
