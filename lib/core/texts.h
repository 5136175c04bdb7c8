/* The texts that a contact came with, in one block: origin NUL entry NUL
 * customer NUL attributes. A contact without any has none (NULL). */
#ifndef USHER_CORE_TEXTS_H
#define USHER_CORE_TEXTS_H

#include <core/payload.h>

struct usher__texts {
	uint16_t origin; /* lengths */
	uint16_t entry;
	uint16_t customer;
	uint16_t attr_count;
	uint32_t attrs; /* bytes */
	char bytes[];
};

size_t usher__texts_size(const struct usher__texts *texts);
const char *usher__texts_origin(const struct usher__texts *texts);
const char *usher__texts_entry(const struct usher__texts *texts);
const char *usher__texts_customer(const struct usher__texts *texts);
struct usher__bytes usher__texts_attrs(const struct usher__texts *texts);

#endif
