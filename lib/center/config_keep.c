/* What a configuration keeps of its own: texts, lists, arrays. */
#include <stdlib.h>
#include <string.h>

#include "center/config.h"

#define CHUNK_SIZE 16384u

void *usher__config_take(struct usher_config *config, size_t size)
{
	struct usher__chunk *chunk = config->chunks;
	size_t room;
	void *p;

	size = (size + 15) & ~(size_t)15;
	if (!chunk || chunk->size - chunk->used < size) {
		room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
		chunk = malloc(sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		chunk->size = room;
		chunk->used = 0;
		chunk->next = config->chunks;
		config->chunks = chunk;
	}
	p = chunk->bytes + chunk->used;
	chunk->used += size;
	return p;
}

int usher__config_own(struct usher_config *config, const char **s)
{
	size_t len;
	char *copy;

	if (!*s)
		return 0;
	len = strnlen(*s, USHER__TEXT_MAX + 1);
	if (len > USHER__TEXT_MAX)
		return USHER_EFULL;
	copy = usher__config_take(config, len + 1);
	if (!copy)
		return USHER_ENOMEM;
	memcpy(copy, *s, len + 1);
	*s = copy;
	return 0;
}

int usher__config_own_list(struct usher_config *config,
			   const char *const **list, uint32_t count,
			   uint32_t max)
{
	const char **copy;
	uint32_t i;
	int err;

	if (!count) {
		*list = NULL;
		return 0;
	}
	if (count > max)
		return USHER_EFULL;
	if (!*list)
		return USHER_EINVAL;
	copy = usher__config_take(config, count * sizeof(*copy));
	if (!copy)
		return USHER_ENOMEM;
	for (i = 0; i < count; i++) {
		copy[i] = (*list)[i];
		err = copy[i] ? usher__config_own(config, &copy[i])
			      : USHER_EINVAL;
		if (err)
			return err;
	}
	*list = copy;
	return 0;
}

int usher__config_grow(void *array, size_t count, size_t max, size_t element)
{
	void **base = array;
	void *bigger;

	if (count >= max)
		return USHER_EFULL;
	if (count & (count - 1) || (count && count < 8))
		return 0;
	bigger = realloc(*base, (count < 8 ? 8 : count * 2) * element);
	if (!bigger)
		return USHER_ENOMEM;
	*base = bigger;
	return 0;
}

void usher__config_place(struct usher_config_place *place, uint32_t part,
			 const char *name)
{
	if (!place)
		return;
	place->part = part;
	place->name = name;
}
