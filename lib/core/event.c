/*
 * Reading the fields of an event.
 */
#include <usher/event.h>

#include <core/payload.h>

struct found {
	uint32_t type;
	const void *at;
};

static int find(const struct usher_event *ev, uint32_t field,
		struct found *ret)
{
	const struct usher__tdesc *desc = usher__type(ev->type);
	const struct usher__fdesc *fdesc;

	fdesc = desc ? usher__type_field(desc, field) : NULL;
	if (!fdesc)
		return USHER_ENOENT;
	ret->type = fdesc->type;
	ret->at = (const char *)usher__payload(ev) + fdesc->offset;
	return 0;
}

static int find_var(const struct usher_event *ev, uint32_t field,
		    uint32_t type, const struct usher__bytes **ret)
{
	struct found found;
	int err = find(ev, field, &found);

	if (err)
		return err;
	if (found.type != type)
		return USHER_EINVAL;
	*ret = found.at;
	return 0;
}

int usher_event_u64(const struct usher_event *ev, uint32_t field,
		    uint64_t *ret)
{
	struct found found;
	int err = find(ev, field, &found);
	int64_t number;

	if (err)
		return err;
	switch (found.type) {
	case USHER_TYPE_ID:
	case USHER_TYPE_U64:
		*ret = *(const uint64_t *)found.at;
		return 0;
	case USHER_TYPE_U32:
	case USHER_TYPE_ENUM:
		*ret = *(const uint32_t *)found.at;
		return 0;
	case USHER_TYPE_I64:
	case USHER_TYPE_TIME:
	case USHER_TYPE_SPAN:
		number = *(const int64_t *)found.at;
		if (number < 0)
			return USHER_EINVAL;
		*ret = (uint64_t)number;
		return 0;
	}
	return USHER_EINVAL;
}

int usher_event_i64(const struct usher_event *ev, uint32_t field, int64_t *ret)
{
	struct found found;
	int err = find(ev, field, &found);
	uint64_t number;

	if (err)
		return err;
	switch (found.type) {
	case USHER_TYPE_I64:
	case USHER_TYPE_TIME:
	case USHER_TYPE_SPAN:
		*ret = *(const int64_t *)found.at;
		return 0;
	}
	err = usher_event_u64(ev, field, &number);
	if (err)
		return err;
	if (number > INT64_MAX)
		return USHER_EINVAL;
	*ret = (int64_t)number;
	return 0;
}

int usher_event_real(const struct usher_event *ev, uint32_t field, double *ret)
{
	struct found found;
	int err = find(ev, field, &found);

	if (err)
		return err;
	if (found.type != USHER_TYPE_REAL)
		return USHER_EINVAL;
	*ret = *(const double *)found.at;
	return 0;
}

int usher_event_str(const struct usher_event *ev, uint32_t field,
		    const char **ret, size_t *ret_len)
{
	const struct usher__bytes *bytes;
	int err = find_var(ev, field, USHER_TYPE_STR, &bytes);

	if (err == USHER_EINVAL)
		err = find_var(ev, field, USHER_TYPE_BYTES, &bytes);
	if (err)
		return err;
	*ret = usher__cstr(bytes);
	if (ret_len)
		*ret_len = bytes->len;
	return 0;
}

int usher_event_ids(const struct usher_event *ev, uint32_t field,
		    const uint64_t **ret, size_t *ret_count)
{
	const struct usher__bytes *bytes;
	int err = find_var(ev, field, USHER_TYPE_IDS, &bytes);

	if (err)
		return err;
	*ret = bytes->ptr;
	*ret_count = bytes->count;
	return 0;
}

int usher_event_count(const struct usher_event *ev, uint32_t field,
		      size_t *ret)
{
	struct found found;
	int err = find(ev, field, &found);

	if (err)
		return err;
	if (found.type != USHER_TYPE_IDS && found.type != USHER_TYPE_STRS &&
	    found.type != USHER_TYPE_KV)
		return USHER_EINVAL;
	*ret = ((const struct usher__bytes *)found.at)->count;
	return 0;
}

int usher_event_str_at(const struct usher_event *ev, uint32_t field,
		       size_t index, const char **ret)
{
	const struct usher__bytes *bytes;
	const void *at = NULL;
	const char *text;
	int err = find_var(ev, field, USHER_TYPE_STRS, &bytes);

	if (err)
		return err;
	while (usher__strs_next(bytes, &at, &text)) {
		if (!index--) {
			*ret = text;
			return 0;
		}
	}
	return USHER_ENOENT;
}

int usher_event_attr_at(const struct usher_event *ev, uint32_t field,
			size_t index, struct usher_attr *ret)
{
	const struct usher__bytes *bytes;
	const void *at = NULL;
	struct usher_attr attr;
	int err = find_var(ev, field, USHER_TYPE_KV, &bytes);

	if (err)
		return err;
	while (usher__kv_next(bytes, &at, &attr)) {
		if (!index--) {
			*ret = attr;
			return 0;
		}
	}
	return USHER_ENOENT;
}
