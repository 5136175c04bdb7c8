/*
 * Finding contacts, segments, offers, agents and queues; making and unlinking
 * segments; names and texts.
 */
#include <acd/internal.h>

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

/* Both begin with their id, and lists are in the order of ids. */
static void *find_id(const struct list *list, uint64_t id)
{
	uint32_t low = 0, high = list->count;

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

_Static_assert(offsetof(struct queue, id) == 0, "find_id");
_Static_assert(offsetof(struct agent, id) == 0, "find_id");
_Static_assert(offsetof(struct contact, id) == 0, "idmap");
_Static_assert(offsetof(struct segment, id) == 0, "idmap");
_Static_assert(offsetof(struct offer, id) == 0, "idmap");

struct queue *usher__queue_get(const struct usher_acd *acd, uint64_t id)
{
	return find_id(&acd->queues, id);
}

struct agent *usher__agent_get(const struct usher_acd *acd, uint64_t id)
{
	return find_id(&acd->agents, id);
}

struct contact *usher__contact_get(const struct usher_acd *acd, uint64_t id)
{
	return usher__idmap_get(&acd->contact_map, id);
}

struct segment *usher__segment_get(const struct usher_acd *acd, uint64_t id)
{
	return usher__idmap_get(&acd->segment_map, id);
}

struct offer *usher__offer_get(const struct usher_acd *acd, uint64_t id)
{
	return usher__idmap_get(&acd->offer_map, id);
}

/* ---- Segments ---- */

struct segment *usher__segment_make(struct usher_acd *acd,
				    struct contact *contact, uint64_t id,
				    uint32_t kind, int64_t now)
{
	struct segment *seg = usher__pool_get(&acd->segment_pool);
	struct segment **link = &contact->segments;

	seg->id = id;
	seg->contact = contact;
	seg->kind = (uint8_t)kind;
	seg->began = now;
	seg->state_since = now;
	while (*link)
		link = &(*link)->next;
	*link = seg;
	contact->segment_count++;
	usher__idmap_add(&acd->segment_map, seg);
	if (id > acd->last_segment)
		acd->last_segment = id;
	return seg;
}

void usher__segment_drop(struct usher_acd *acd, struct segment *seg)
{
	struct segment **link = &seg->contact->segments;

	usher__timer_clear(acd, &seg->timer);
	usher__idmap_del(&acd->segment_map, seg->id);
	while (*link != seg)
		link = &(*link)->next;
	*link = seg->next;
	seg->contact->segment_count--;
	usher__pool_put(&acd->segment_pool, seg);
}

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

/* ---- Texts of a contact: origin NUL entry NUL customer NUL attributes ----
 */

const char *usher__texts_origin(const struct texts *texts)
{
	return texts ? texts->bytes : "";
}

const char *usher__texts_entry(const struct texts *texts)
{
	return texts ? texts->bytes + texts->origin + 1 : "";
}

const char *usher__texts_customer(const struct texts *texts)
{
	return texts ? texts->bytes + texts->origin + texts->entry + 2 : "";
}

struct usher__bytes usher__texts_attrs(const struct texts *texts)
{
	struct usher__bytes attrs = {NULL, 0, 0};

	if (texts && texts->attrs) {
		attrs.ptr = texts->bytes + texts->origin + texts->entry +
			    texts->customer + 3;
		attrs.len = texts->attrs;
		attrs.count = texts->attr_count;
	}
	return attrs;
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

int usher__kind_make(struct usher_acd *acd, const char *name)
{
	int kind = usher__kind_find(acd, name);
	int err;

	if (kind >= 0)
		return kind;
	if (!*name || strlen(name) > USHER_NAME_MAX)
		return USHER_EINVAL;
	if (acd->kind_count == USHER_CHANNELS_MAX)
		return USHER_EFULL;
	err = usher__dims_for_kind(acd, acd->kind_count);
	if (err)
		return err;
	strcpy(acd->kinds[acd->kind_count++], name);
	for (uint32_t i = 0; i < acd->agents.count; i++)
		usher__agent_index(acd, acd->agents.items[i]);
	return (int)acd->kind_count - 1;
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
