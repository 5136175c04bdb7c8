/* What can be done with any payload by its descriptor: compare, check,
 * measure, and walk its lists. */
#ifndef USHER_CORE_PAYLOAD_H
#define USHER_CORE_PAYLOAD_H

#include <core/schema.h>

bool usher__payload_equal(const struct usher__tdesc *desc, const void *a,
			  const void *b);
bool usher__bytes_equal(const struct usher__bytes *a,
			const struct usher__bytes *b);

/* Lengths, NULs, order of names, finite numbers. 0 or USHER_EINVAL. */
int usher__field_check(const struct usher__fdesc *field, const void *payload);

/* The same of all fields, and what usher__pack_size() says. Most types have
 * few that are not just any number, and of those most are empty. */
static inline int usher__payload_measure(const struct usher__tdesc *desc,
					 const void *payload, size_t *ret)
{
	uint32_t left = desc->checked;
	size_t size = 0;

	for (; left; left &= left - 1) {
		const struct usher__fdesc *field =
			&desc->fields[__builtin_ctz(left)];
		const struct usher__bytes *var =
			(const void *)((const char *)payload + field->offset);

		if (field->type != USHER_TYPE_REAL) {
			if (!(var->len | var->count))
				continue;
			size += usher__align8(var->len + UINT64_C(1));
		}
		if (usher__field_check(field, payload))
			return USHER_EINVAL;
	}
	*ret = size;
	return 0;
}

static inline int usher__payload_check(const struct usher__tdesc *desc,
				       const void *payload)
{
	size_t size;

	return usher__payload_measure(desc, payload, &size);
}

/* Read a list; at is a cursor that starts at NULL. False: end. */
bool usher__kv_next(const struct usher__bytes *kv, const void **at,
		    struct usher_attr *ret);
/* Bytes of a list's items, with their NULs. */
size_t usher__items_len(const char *items, uint32_t count);
bool usher__kv_find(const struct usher__bytes *kv, const char *name,
		    struct usher_attr *ret);
/* Where the value of that name stands, behind it; NULL: there is none. And its
 * bytes, with the letter of its type. */
const char *usher__kv_value(const struct usher__bytes *kv, const char *name);
size_t usher__kv_value_len(const char *value);
bool usher__strs_next(const struct usher__bytes *strs, const void **at,
		      const char **ret);

#endif
