/* Memory that is given back in the order in which it was taken.
 *
 * Small pieces that are kept for a while, in a heap among the memory of calls,
 * leave it with holes that little fits in and with pages that are in use for
 * one of them: the process grows, though no more of the heap is in use. So
 * they have blocks of their own.
 */
#ifndef USHER_LIB_CENTER_BLOCKS_H
#define USHER_LIB_CENTER_BLOCKS_H

#include <stddef.h>

struct block;

/* There are two at least, so that something can be taken where there is no
 * memory, once a block full of the oldest is given back. */
struct usher__blocks {
	struct block *oldest, *newest;
	struct block *spare; /* or NULL */
};

/* The most that can be taken at once. */
#define USHER__BLOCK_MAX 131072u

/* 0 or USHER_ENOMEM; all zero before. */
int usher__blocks_init(struct usher__blocks *blocks);
/* Memory of len bytes, not aligned, or NULL. */
void *usher__blocks_take(struct usher__blocks *blocks, size_t len);
/* Give back what was taken longest ago. */
void usher__blocks_drop(struct usher__blocks *blocks);
/* Give back everything; all zero is fine. */
void usher__blocks_free(struct usher__blocks *blocks);

#endif
