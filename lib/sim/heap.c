/* A binary heap of plans. */
#include <usher/acd.h>

#include "sim/heap.h"

#define ROOM_MIN 64

static bool before(const struct sim_plan *a, const struct sim_plan *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us
				    : a->order < b->order;
}

int usher__sim_plan(struct sim_heap *heap, const struct usher_alloc *alloc,
		    int64_t at_us, enum sim_what what, uint64_t id)
{
	struct sim_plan plan = {at_us, heap->order, id, what};
	size_t i;

	if (heap->count == heap->room) {
		size_t room = heap->room ? heap->room * 2 : ROOM_MIN;
		struct sim_plan *plans = alloc->realloc(
			alloc->arg, heap->plans, room * sizeof(*plans));

		if (!plans)
			return USHER_ENOMEM;
		heap->plans = plans;
		heap->room = room;
	}
	heap->order++;
	for (i = heap->count++; i; i = (i - 1) / 2) {
		if (!before(&plan, &heap->plans[(i - 1) / 2]))
			break;
		heap->plans[i] = heap->plans[(i - 1) / 2];
	}
	heap->plans[i] = plan;
	return 0;
}

bool usher__sim_due(struct sim_heap *heap, int64_t until_us,
		    struct sim_plan *ret)
{
	struct sim_plan last;
	size_t i = 0, child;

	if (!heap->count || heap->plans[0].at_us > until_us)
		return false;
	*ret = heap->plans[0];
	last = heap->plans[--heap->count];
	while ((child = 2 * i + 1) < heap->count) {
		if (child + 1 < heap->count &&
		    before(&heap->plans[child + 1], &heap->plans[child]))
			child++;
		if (!before(&heap->plans[child], &last))
			break;
		heap->plans[i] = heap->plans[child];
		i = child;
	}
	if (heap->count)
		heap->plans[i] = last;
	return true;
}

int64_t usher__sim_next(const struct sim_heap *heap)
{
	return heap->count ? heap->plans[0].at_us : USHER_NEVER;
}
