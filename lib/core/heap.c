#include <assert.h>
#include <string.h>

#include <core/heap.h>

#define CHILDREN   4
#define FIRST_ROOM 64

void usher__heap_init(struct usher__heap *heap)
{
	memset(heap, 0, sizeof(*heap));
	heap->low = INT64_MAX;
}

int usher__heap_grow(struct usher__heap *heap, const struct usher_alloc *alloc,
		     uint32_t n)
{
	uint64_t room = heap->room ? heap->room : FIRST_ROOM;
	struct usher__heap_item *items;

	while (room < (uint64_t)heap->count + n)
		room *= 2;
	if (room > INT32_MAX)
		return USHER_ENOMEM;
	items = alloc->realloc(alloc->arg, heap->items, room * sizeof(*items));
	if (!items)
		return USHER_ENOMEM;
	heap->items = items;
	heap->room = (uint32_t)room;
	return 0;
}

void usher__heap_free(struct usher__heap *heap,
		      const struct usher_alloc *alloc)
{
	if (heap->items)
		alloc->realloc(alloc->arg, heap->items, 0);
	usher__heap_init(heap);
}

/* ---- The array ---- */

static bool before(const struct usher__heap_item *a,
		   const struct usher__heap_item *b)
{
	return a->at != b->at ? a->at < b->at
			      : usher__due_cmp(a->due, b->due) < 0;
}

static void put(struct usher__heap *heap, uint32_t at,
		const struct usher__heap_item *item)
{
	heap->items[at] = *item;
	item->due->place = (int32_t)at + 1;
}

/* From an empty place towards the top. */
static void rise(struct usher__heap *heap, uint32_t at,
		 const struct usher__heap_item *item)
{
	while (at) {
		uint32_t up = (at - 1) / CHILDREN;

		if (!before(item, &heap->items[up]))
			break;
		put(heap, at, &heap->items[up]);
		at = up;
	}
	put(heap, at, item);
}

/* From an empty place towards the leaves. */
static void sink(struct usher__heap *heap, uint32_t at,
		 const struct usher__heap_item *item)
{
	uint32_t first;

	while ((first = CHILDREN * at + 1) < heap->count) {
		uint32_t best = first, end = first + CHILDREN;

		if (end > heap->count)
			end = heap->count;
		for (uint32_t i = first + 1; i < end; i++) {
			if (before(&heap->items[i], &heap->items[best]))
				best = i;
		}
		if (!before(&heap->items[best], item))
			break;
		put(heap, at, &heap->items[best]);
		at = best;
	}
	put(heap, at, item);
}

static void array_del(struct usher__heap *heap, uint32_t at)
{
	struct usher__heap_item last = heap->items[--heap->count];

	if (at == heap->count)
		return;
	if (at && before(&last, &heap->items[(at - 1) / CHILDREN]))
		rise(heap, at, &last);
	else
		sink(heap, at, &last);
}

/* ---- Lanes ---- */

static void lane_del(struct usher__heap *heap, const struct usher__due *due)
{
	uint32_t lane = (uint32_t)(-1 - due->place);

	if (due->prev)
		due->prev->next = due->next;
	else
		heap->lanes[lane].first = due->next;
	if (due->next)
		due->next->prev = due->prev;
	else
		heap->lanes[lane].last = due->prev;
}

/* Whether it is now the last of the lane. */
static bool lane_add(struct usher__heap *heap, struct usher__due *due,
		     uint32_t lane)
{
	struct usher__due *last = heap->lanes[lane].last;

	if (last && usher__due_cmp(due, last) < 0)
		return false;
	due->prev = last;
	due->next = NULL;
	due->place = -1 - (int32_t)lane;
	if (last)
		last->next = due;
	else
		heap->lanes[lane].first = due;
	heap->lanes[lane].last = due;
	return true;
}

/* ---- All of them ---- */

static void set_first(struct usher__heap *heap, struct usher__due *due)
{
	heap->first = due;
	heap->low = due ? due->at : INT64_MAX;
}

static void find_first(struct usher__heap *heap)
{
	struct usher__due *first = heap->count ? heap->items[0].due : NULL;

	for (uint32_t i = 0; i < USHER__HEAP_LANES; i++) {
		struct usher__due *due = heap->lanes[i].first;

		if (due && (!first || usher__due_cmp(due, first) < 0))
			first = due;
	}
	set_first(heap, first);
}

void usher__heap_add(struct usher__heap *heap, struct usher__due *due,
		     uint32_t lane)
{
	struct usher__heap_item item = {due->at, due};

	assert(!due->place && heap->count < heap->room);
	if (lane == USHER__HEAP_NO_LANE || !lane_add(heap, due, lane))
		rise(heap, heap->count++, &item);
	if (!heap->first || usher__due_cmp(due, heap->first) < 0)
		set_first(heap, due);
}

void usher__heap_del(struct usher__heap *heap, struct usher__due *due)
{
	assert(due->place);
	if (due->place < 0)
		lane_del(heap, due);
	else
		array_del(heap, (uint32_t)due->place - 1);
	due->place = 0;
	if (due == heap->first)
		find_first(heap);
}
