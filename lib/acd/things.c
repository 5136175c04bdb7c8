/*
 * Finding contacts, segments, offers, agents and queues; names and texts.
 */
#include <acd/qstep.h>

/* ---- Lists ---- */

int usher__list_reserve(const struct usher_acd *acd, struct list *list,
			uint32_t n)
{
	uint32_t cap = list->cap ? list->cap : 16;
	void *items;

	if (list->cap - list->count >= n)
		return 0;
	while (cap - list->count < n)
		cap *= 2;
	items = acd->alloc.realloc(acd->alloc.arg, list->items,
				   cap * sizeof(*list->items));
	if (!items)
		return USHER_ENOMEM;
	list->items = items;
	list->cap = cap;
	return 0;
}

void usher__list_insert(struct list *list, uint32_t at, void *item)
{
	assert(list->count < list->cap);
	memmove(&list->items[at + 1], &list->items[at],
		(list->count - at) * sizeof(*list->items));
	list->items[at] = item;
	list->count++;
}

void usher__list_remove(struct list *list, void *item)
{
	for (uint32_t i = 0; i < list->count; i++) {
		if (list->items[i] != item)
			continue;
		list->count--;
		memmove(&list->items[i], &list->items[i + 1],
			(list->count - i) * sizeof(*list->items));
		return;
	}
}

uint32_t usher__list_name_place(const struct list *list, const char *name,
				const char *(*name_of)(const void *item),
				bool *found)
{
	uint32_t low = 0, high = list->count;

	*found = false;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int cmp = strcmp(name_of(list->items[mid]), name);

		if (!cmp) {
			*found = true;
			return mid;
		}
		if (cmp < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const char *usher__queue_name(const void *queue)
{
	return usher__cstr(&((const struct queue *)queue)->conf->name);
}

const char *usher__agent_name(const void *agent)
{
	return usher__cstr(&((const struct agent *)agent)->conf->name);
}

struct queue *usher__queue_named(const struct usher_acd *acd, const char *name)
{
	bool found;
	uint32_t at = usher__list_name_place(&acd->queue_names, name,
					     usher__queue_name, &found);

	return found ? acd->queue_names.items[at] : NULL;
}

struct agent *usher__agent_named(const struct usher_acd *acd, const char *name)
{
	bool found;
	uint32_t at = usher__list_name_place(&acd->agent_names, name,
					     usher__agent_name, &found);

	return found ? acd->agent_names.items[at] : NULL;
}

/* Both begin with their id, and lists are in the order of ids, which are
 * counted: an item stands no further from either end than its id does. Where
 * nothing was removed that leaves one place. */
void *usher__list_id_halve(const struct list *list, uint64_t id)
{
	uint32_t low = 0, high = list->count;
	uint64_t first, last;

	if (!high)
		return NULL;
	first = *(const uint64_t *)list->items[0];
	last = *(const uint64_t *)list->items[high - 1];
	if (id < first || id > last)
		return NULL;
	if (last - id < high)
		low = high - 1 - (uint32_t)(last - id);
	if (id - first < high)
		high = (uint32_t)(id - first) + 1;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		uint64_t at = *(const uint64_t *)list->items[mid];

		if (at == id)
			return list->items[mid];
		if (at < id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

_Static_assert(offsetof(struct queue, id) == 0, "usher__list_id");
_Static_assert(offsetof(struct agent, id) == 0, "usher__list_id");

/* As a table of ids has them. */
#define CHECK_IDENTITY(type)                                                  \
	_Static_assert(                                                       \
		offsetof(struct type, id) ==                                  \
				offsetof(struct usher__identity, id) &&       \
			offsetof(struct type, id_link) ==                     \
				offsetof(struct usher__identity, link),       \
		#type)

CHECK_IDENTITY(contact);
CHECK_IDENTITY(segment);
CHECK_IDENTITY(offer);

/* ---- Segments ---- */

bool usher__contact_waits_in(const struct contact *contact,
			     const struct queue *queue)
{
	for (struct segment *seg = contact->segments; seg; seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_QUEUE && seg->q.queue == queue)
			return true;
	}
	return false;
}

struct segment *usher__contact_with(const struct contact *contact,
				    const struct agent *agent)
{
	for (struct segment *seg = contact->segments; seg; seg = seg->next) {
		if (seg->kind == USHER_SEGMENT_AGENT && seg->a.agent == agent)
			return seg;
	}
	return NULL;
}

/* ---- Kinds of channels ---- */

int usher__kind_find(const struct usher_acd *acd, const char *name)
{
	for (uint32_t i = 0; i < acd->kind_count; i++) {
		if (!strcmp(acd->kinds[i], name))
			return (int)i;
	}
	return -1;
}

struct usher__bytes usher__cut(const struct usher__bytes *text)
{
	struct usher__bytes cut = *text;
	const unsigned char *at = text->ptr;

	if (cut.len <= USHER_NAME_MAX)
		return cut;
	cut.len = USHER_NAME_MAX;
	while (cut.len && (at[cut.len] & 0xc0) == 0x80)
		cut.len--;
	return cut;
}

void usher__name_copy(char to[NAME_SIZE], const struct usher__bytes *text)
{
	struct usher__bytes cut = usher__cut(text);

	if (cut.len)
		memcpy(to, cut.ptr, cut.len);
	to[cut.len] = '\0';
}

/* ---- Steps of a queue that let in more agents ---- */

uint32_t usher__rings(const struct queue *queue, uint32_t steps)
{
	uint32_t rings = 0;

	for (uint32_t i = 0; i < queue->step_count; i++) {
		if (steps & 1u << i &&
		    queue->steps[i]->conf->action == USHER_QUEUE_STEP_WIDEN)
			rings |= 1u << i;
	}
	return rings;
}

const struct req *usher__ring_req(const struct queue *queue, uint32_t step,
				  bool *anyone)
{
	*anyone = queue->steps[step]->conf->anyone;
	return queue->steps[step]->req;
}
