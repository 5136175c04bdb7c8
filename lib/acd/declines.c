/*
 * Applying: which policies want nobody, as settle.c tells.
 */
#include <acd/internal.h>

void usher__declines(struct usher_acd *acd, struct queue *queue, bool declines)
{
	bool *of = queue ? &queue->declines : &acd->order_declines;

	if (*of != declines)
		acd->decliners += declines ? 1 : UINT32_MAX;
	*of = declines;
}

static bool some_wait(const struct usher_acd *acd)
{
	for (uint32_t i = 0; i < acd->queues.count; i++) {
		const struct queue *queue = acd->queues.items[i];

		if (queue->waiting)
			return true;
	}
	return false;
}

void usher__declines_left(struct usher_acd *acd, struct queue *queue)
{
	if (queue->waiting)
		return;
	usher__declines(acd, queue, false);
	if (acd->order_declines && !some_wait(acd))
		usher__declines(acd, NULL, false);
}

void usher__apply_nobody(struct usher_acd *acd,
			 const struct usher__ev_nobody *ev)
{
	struct queue *queue = usher__queue_get(acd, ev->queue);

	if (queue ? queue->waiting > 0 : !ev->queue && some_wait(acd))
		usher__declines(acd, queue, true);
	acd->settled = true;
}
