/* Memory that is given back as a whole: of a flow set, and of one turn of an
 * instance. Freed memory is wiped, since a turn may hold a secret. */
#ifndef USHER_IVR_ARENA_H
#define USHER_IVR_ARENA_H

#include <stddef.h>
#include <usher/alloc.h>

struct arena_chunk;

struct arena {
	struct usher_alloc alloc;
	struct arena_chunk *chunks; /* the newest first */
};

void usher__arena_init(struct arena *arena, const struct usher_alloc *alloc);
void usher__arena_free(struct arena *arena);

/* Zeroed and aligned for anything; NULL when out of memory. */
void *usher__arena_get(struct arena *arena, size_t size);
/* Copy of len bytes with a NUL behind. */
char *usher__arena_copy(struct arena *arena, const char *s, size_t len);

/* Zero memory in a way that no compiler leaves out. */
void usher__wipe(void *ptr, size_t size);

#endif
