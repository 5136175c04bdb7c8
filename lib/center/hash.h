/* Tables by a key, for which there may be no memory. */
#ifndef USHER_LIB_CENTER_HASH_H
#define USHER_LIB_CENTER_HASH_H

#include <stdlib.h>

#define uthash_malloc(n)  malloc(n)
#define uthash_free(p, n) free(p)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#endif
