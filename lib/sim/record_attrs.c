/* Attributes and options out of an event, kept. */
#include <string.h>

#include "sim/rec.h"

/* Bytes of its text or items, with each NUL. */
size_t usher__rec_attr_len(const struct usher_attr *attr)
{
	uint32_t items = attr->type == USHER_ATTR_LIST ? attr->count : 1;
	size_t len = 0;

	if (attr->type == USHER_ATTR_NUMBER)
		return 0;
	while (items--)
		len += strlen(attr->text + len) + 1;
	return len;
}

void usher__rec_attrs_done(const struct usher_record *r,
			   struct rec_attrs *attrs)
{
	usher__rec_done(r, &attrs->list);
	usher__rec_done(r, &attrs->texts);
}

int usher__rec_attrs(const struct usher_record *r, struct rec_attrs *attrs,
		     const struct usher_event *ev, uint32_t field)
{
	struct usher_attr attr;
	size_t count = 0, bytes = 0;
	char *at;

	usher_event_count(ev, field, &count);
	usher__rec_attrs_done(r, attrs);
	for (size_t i = 0; i < count; i++) {
		usher_event_attr_at(ev, field, i, &attr);
		bytes += strlen(attr.name) + 1 + usher__rec_attr_len(&attr);
	}
	if (!count)
		return 0;
	at = r->alloc.realloc(r->alloc.arg, NULL, bytes);
	if (!at)
		return USHER_ENOMEM;
	attrs->texts.items = at;
	attrs->texts.count = (uint32_t)bytes;
	for (size_t i = 0; i < count; i++) {
		struct usher_attr *copy =
			usher__rec_more(r, &attrs->list, sizeof(*copy));
		size_t len;

		if (!copy)
			return USHER_ENOMEM;
		usher_event_attr_at(ev, field, i, &attr);
		*copy = attr;
		len = strlen(attr.name) + 1;
		copy->name = memcpy(at, attr.name, len);
		at += len;
		len = usher__rec_attr_len(&attr);
		if (!len)
			continue;
		copy->text = memcpy(at, attr.text, len);
		at += len;
	}
	return 0;
}
