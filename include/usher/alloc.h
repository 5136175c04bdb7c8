/** @file
 * The allocator that constructors of the core library take.
 */
#ifndef USHER_ALLOC_H
#define USHER_ALLOC_H

#include <stddef.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * One function that allocates, resizes and frees.
 *
 * realloc(arg, NULL, n) allocates n > 0 bytes aligned as by malloc,
 * realloc(arg, p, n) resizes, realloc(arg, p, 0) frees and returns NULL. On
 * failure it returns NULL and leaves p as it was. It is called only on the
 * thread that calls the object which was made with it.
 */
struct usher_alloc {
	/** allocates, resizes, frees */
	void *(*realloc)(void *arg, void *ptr, size_t size);
	void *arg; /**< handed to it */
};

/** The C library's heap: what NULL for an allocator stands for. Since 0.1. */
USHER_API const struct usher_alloc *usher_alloc_default(void);

#ifdef __cplusplus
}
#endif
#endif
