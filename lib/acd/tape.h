/* Entries that were emitted and not drained yet; what each event does is
 * inline. Inside lib/acd only. */
#ifndef USHER_ACD_TAPE_H
#define USHER_ACD_TAPE_H

#include <assert.h>

#include <acd/state.h>

int usher__tape_grow(struct tape *tape, const struct usher_alloc *alloc,
		     size_t bytes);
static inline int usher__tape_room(struct tape *tape,
				   const struct usher_alloc *alloc,
				   size_t bytes)
{
	if (tape->tail && tape->tail->cap - tape->tail->used >= bytes)
		return 0;
	return usher__tape_grow(tape, alloc, bytes);
}
/* Its head, which the caller writes where it stands. */
static inline struct usher_event *
usher__tape_put(struct tape *tape, const struct usher__tdesc *desc,
		const void *payload)
{
	struct chunk *chunk = tape->tail;
	char *at = (char *)(chunk + 1) + chunk->used, *end;
	struct tape_prefix *prefix = (void *)at;
	struct usher_event *ev = (void *)(prefix + 1);

	end = usher__pack(desc, ev + 1, payload,
			  (char *)(ev + 1) + usher__align8(desc->size));
	assert(end <= (char *)(chunk + 1) + chunk->cap);
	prefix->len = (uint64_t)(end - at);
	chunk->used += (uint32_t)(end - at);
	tape->count++;
	return ev;
}
const struct usher_event *usher__tape_next(struct tape *tape);
void usher__tape_done(struct tape *tape, const struct usher_alloc *alloc);

#endif
