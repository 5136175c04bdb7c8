/* For all libraries: structs of the caller that begin with their size: they
 * may have fewer or more members than the library knows, and what is missing
 * is zero, its default. */
#ifndef USHER_LIB_SIZED_H
#define USHER_LIB_SIZED_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A struct up to this field: what its first version had, or the least that
 * has to be given. */
#define UP_TO(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

/* As much as both sides know. False: less than the first version, as when
 * nobody has set the size. */
static inline bool usher__take(void *to, size_t to_size, const void *given,
			       size_t first_size)
{
	size_t size;

	if (!given)
		return false;
	memcpy(&size, given, sizeof(size));
	if (size < first_size)
		return false;
	memset(to, 0, to_size);
	memcpy(to, given, size < to_size ? size : to_size);
	return true;
}

/* The other way: fill what the caller's struct has room for, but its size.
 * False: less than the first version. */
static inline bool usher__give_sized(void *ret, const void *from,
				     size_t from_size, size_t first_size)
{
	size_t size;

	if (!ret)
		return false;
	memcpy(&size, ret, sizeof(size));
	if (size < first_size)
		return false;
	memcpy((char *)ret + sizeof(size), (const char *)from + sizeof(size),
	       (size < from_size ? size : from_size) - sizeof(size));
	return true;
}

#endif
