/*
 * From one to the next: queues, agents, contacts and what belongs to each in
 * the order of ids, and who waits in a queue in the order of their places.
 */
#include <acd/internal.h>
#include <acd/tables.h>

static uint64_t next_in(const struct list *list, uint64_t after)
{
	uint32_t low = 0, high = list->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (*(const uint64_t *)list->items[mid] <= after)
			low = mid + 1;
		else
			high = mid;
	}
	return low < list->count ? *(const uint64_t *)list->items[low] : 0;
}

uint64_t usher_acd_queue_next(const struct usher_acd *acd, uint64_t after)
{
	return next_in(&acd->queues, after);
}

uint64_t usher_acd_agent_next(const struct usher_acd *acd, uint64_t after)
{
	return next_in(&acd->agents, after);
}

/* Contacts are in the order of their ids. */
uint64_t usher_acd_contact_next(const struct usher_acd *acd, uint64_t after)
{
	const struct contact *at = usher__contact_get(acd, after);

	at = at ? at->next : acd->first_contact;
	while (at && at->id <= after)
		at = at->next;
	return at ? at->id : 0;
}

uint64_t usher_acd_segment_next(const struct usher_acd *acd, uint64_t id,
				uint64_t after)
{
	const struct contact *contact = usher__contact_get(acd, id);
	const struct segment *at = contact ? contact->segments : NULL;

	while (at && at->id <= after)
		at = at->next;
	return at ? at->id : 0;
}

uint64_t usher_acd_offer_next(const struct usher_acd *acd, uint64_t id,
			      uint64_t after)
{
	const struct contact *contact = usher__contact_get(acd, id);
	const struct offer *at = contact ? contact->offers : NULL;

	while (at && at->id <= after)
		at = at->next;
	return at ? at->id : 0;
}

uint64_t usher_acd_agent_offer_next(const struct usher_acd *acd, uint64_t id,
				    uint64_t after)
{
	const struct agent *agent = usher__agent_get(acd, id);
	uint64_t best = 0;

	for (const struct offer *at = agent ? agent->offers : NULL; at;
	     at = at->agent_next) {
		if (at->id > after && (!best || at->id < best))
			best = at->id;
	}
	return best;
}

uint64_t usher_acd_agent_segment_next(const struct usher_acd *acd, uint64_t id,
				      uint64_t after)
{
	const struct agent *agent = usher__agent_get(acd, id);
	uint64_t best = 0;

	for (const struct segment *at = agent ? agent->segments : NULL; at;
	     at = at->a.next) {
		if (at->id > after && (!best || at->id < best))
			best = at->id;
	}
	return best;
}

/* The trees of a queue: its parked ones, then those of its classes. */
uint64_t usher_acd_waiting_next(const struct usher_acd *acd, uint64_t id,
				uint64_t after)
{
	const struct queue *queue = usher__queue_get(acd, id);
	const struct segment *seg = usher__segment_get(acd, after);
	const struct usher__node *best = NULL;
	struct class *class = NULL;
	const struct usher__tree *tree;

	if (!queue || (after && (!seg || seg->kind != USHER_SEGMENT_QUEUE)))
		return 0;
	tree = &queue->parked;
	for (;;) {
		const struct usher__node *node =
			seg ? usher__tree_after(tree, &seg->q.node)
			    : usher__tree_first(tree);

		/* the loose class holds those of other queues, too */
		while (node && class && usher__class_loose(class) &&
		       usher__segment_get(acd, node->k2)->q.queue != queue)
			node = usher__tree_next(node);
		if (node && (!best || usher__node_cmp(node, best) < 0))
			best = node;
		do {
			class = usher__class_next(acd, class);
		} while (class && !usher__class_loose(class) &&
			 usher__class_queue(class) != queue);
		if (!class)
			break;
		tree = usher__class_tree(class);
	}
	return best ? best->k2 : 0;
}

uint32_t usher_acd_position(const struct usher_acd *acd, uint64_t id)
{
	const struct segment *seg = usher__segment_get(acd, id);
	struct class *class = NULL;
	uint32_t place;

	if (!seg || seg->kind != USHER_SEGMENT_QUEUE)
		return 0;
	place = 1 + usher__tree_rank(&seg->q.queue->parked, &seg->q.node);
	while ((class = usher__class_next(acd, class))) {
		const struct usher__tree *tree = usher__class_tree(class);
		const struct usher__node *node;

		if (!usher__class_loose(class)) {
			if (usher__class_queue(class) == seg->q.queue)
				place += usher__tree_rank(tree, &seg->q.node);
			continue;
		}
		for (node = usher__tree_first(tree);
		     node && usher__node_cmp(node, &seg->q.node) < 0;
		     node = usher__tree_next(node))
			place += usher__segment_get(acd, node->k2)->q.queue ==
				 seg->q.queue;
	}
	return place;
}
