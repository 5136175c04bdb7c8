/* Making and unlinking segments, and kinds of channels. */
#include <acd/internal.h>

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

	usher__segment_timer_clear(acd, seg);
	usher__idmap_del(&acd->segment_map, seg->id);
	while (*link != seg)
		link = &(*link)->next;
	*link = seg->next;
	seg->contact->segment_count--;
	usher__pool_put(&acd->segment_pool, seg);
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
