/*
 * Deadlines, the first of them at hand. Those of one sort mostly come in the
 * order in which they were set: each sort has a lane, a list in order, and
 * what is not before the last of its lane is put there. The rest is in a heap
 * of four children a node, in one array that knows where each of its items is;
 * beside each stands its time, by which nearly all comparisons are decided
 * without a look at the item. Room is promised before; then adding cannot
 * fail.
 */
#ifndef USHER_CORE_HEAP_H
#define USHER_CORE_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include <usher/alloc.h>

/* Lives inside what is due. At one time in the order of kinds, then of ids. */
struct usher__due {
	int64_t at;
	uint64_t id;
	uint32_t kind;
	/* in the array, from 1; 0: in no heap; of a lane: less than nothing,
	 * -1 and down */
	int32_t place;
	struct usher__due *prev; /* of the lane */
	struct usher__due *next;
};

struct usher__heap_item {
	int64_t at;
	struct usher__due *due;
};

#define USHER__HEAP_LANES   3
#define USHER__HEAP_NO_LANE USHER__HEAP_LANES

struct usher__heap {
	struct usher__due *first;
	int64_t low; /* its time; INT64_MAX: there is none */
	struct {
		struct usher__due *first;
		struct usher__due *last;
	} lanes[USHER__HEAP_LANES];
	struct usher__heap_item *items;
	uint32_t count; /* of the array */
	uint32_t room;
};

static inline int usher__due_cmp(const struct usher__due *a,
				 const struct usher__due *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return 0;
}

void usher__heap_init(struct usher__heap *heap);
int usher__heap_grow(struct usher__heap *heap, const struct usher_alloc *alloc,
		     uint32_t n);

/* Room for n more. 0 or USHER_ENOMEM. */
static inline int usher__heap_reserve(struct usher__heap *heap,
				      const struct usher_alloc *alloc,
				      uint32_t n)
{
	return heap->room - heap->count >= n
		       ? 0
		       : usher__heap_grow(heap, alloc, n);
}

void usher__heap_free(struct usher__heap *heap,
		      const struct usher_alloc *alloc);

/* One that is in no heap, and for which there is room; of that lane. */
void usher__heap_add(struct usher__heap *heap, struct usher__due *due,
		     uint32_t lane);
void usher__heap_del(struct usher__heap *heap, struct usher__due *due);

#endif
