/* Lists, texts and things of a record by their ids. */
#include <string.h>

#include "sim/rec.h"

void *usher__rec_more(const struct usher_record *r, struct rec_list *list,
		      size_t size)
{
	char *at;

	if (list->count == list->cap) {
		uint32_t cap = list->cap ? list->cap * 2 : 16;

		at = r->alloc.realloc(r->alloc.arg, list->items, cap * size);
		if (!at)
			return NULL;
		list->items = at;
		list->cap = cap;
	}
	at = (char *)list->items + list->count++ * size;
	memset(at, 0, size);
	return at;
}

void usher__rec_done(const struct usher_record *r, struct rec_list *list)
{
	if (list->items)
		r->alloc.realloc(r->alloc.arg, list->items, 0);
	memset(list, 0, sizeof(*list));
}

struct rec_queue *usher__rec_queue_of(const struct usher_record *r,
				      uint64_t id)
{
	const struct rec_queue_id *ids = r->queue_ids.items;

	for (uint32_t i = r->queue_ids.count; i--;)
		if (ids[i].id == id)
			return usher__rec_queue(r, ids[i].index);
	return NULL;
}

struct rec_agent *usher__rec_agent_of(const struct usher_record *r,
				      uint64_t id)
{
	uint32_t from = 0, to = r->agents.count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (usher__rec_agent(r, middle)->id < id)
			from = middle + 1;
		else
			to = middle;
	}
	if (from < r->agents.count && usher__rec_agent(r, from)->id == id)
		return usher__rec_agent(r, from);
	return NULL;
}

void usher__rec_name(char to[USHER_NAME_MAX + 1], const struct usher_event *ev,
		     uint32_t field)
{
	const char *text = "";
	size_t len = 0;

	usher_event_str(ev, field, &text, &len);
	if (len > USHER_NAME_MAX)
		len = USHER_NAME_MAX;
	memcpy(to, text, len);
	to[len] = '\0';
}

int usher__rec_text(const struct usher_record *r, char **to,
		    const struct usher_event *ev, uint32_t field)
{
	const char *text = "";
	size_t len = 0;
	char *copy;

	usher_event_str(ev, field, &text, &len);
	copy = r->alloc.realloc(r->alloc.arg, *to, len + 1);
	if (!copy)
		return USHER_ENOMEM;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*to = copy;
	return 0;
}
