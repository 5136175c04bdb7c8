#include <stdlib.h>

#include <usher/alloc.h>

static void *heap_realloc(void *arg, void *ptr, size_t size)
{
	(void)arg;
	if (size)
		return realloc(ptr, size);
	free(ptr);
	return NULL;
}

const struct usher_alloc *usher_alloc_default(void)
{
	static const struct usher_alloc heap = {heap_realloc, NULL};

	return &heap;
}
