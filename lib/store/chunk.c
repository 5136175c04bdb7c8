/* The memory of turns that are not on disk yet. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define CHUNK_FIRST 4096u

int usher__chunk_reserve(struct chunk **chunk, size_t more)
{
	struct chunk *old = *chunk, *grown;
	size_t need = (old ? old->len : 0) + more;
	size_t cap = old ? old->cap : CHUNK_FIRST;

	if (old && need <= old->cap)
		return 0;
	while (cap < need)
		cap *= 2;
	grown = realloc(old, sizeof(*grown) + cap);
	if (!grown)
		return USHER_ENOMEM;
	if (!old)
		memset(grown, 0, sizeof(*grown));
	grown->cap = cap;
	*chunk = grown;
	return 0;
}

bool usher__store_has_room(const struct usher_store *store, size_t need)
{
	size_t used = store->memory + (store->turn ? store->turn->len : 0) +
		      (store->person_turn ? store->person_turn->len : 0);

	return used + need <= store->opts.memory_bytes;
}
