/*
 * What can be done with any payload by its descriptor: compare, check, and
 * walk its lists.
 */
#include <math.h>

#include <core/payload.h>

static const struct usher__bytes *var_at(const struct usher__fdesc *field,
					 const void *payload)
{
	return (const void *)((const char *)payload + field->offset);
}

bool usher__bytes_equal(const struct usher__bytes *a,
			const struct usher__bytes *b)
{
	return a->len == b->len && a->count == b->count &&
	       (!a->len || !memcmp(a->ptr, b->ptr, a->len));
}

static size_t scalar_size(uint32_t type)
{
	return type == USHER_TYPE_U32 || type == USHER_TYPE_ENUM ? 4 : 8;
}

bool usher__payload_equal(const struct usher__tdesc *desc, const void *a,
			  const void *b)
{
	for (uint32_t i = 0; i < desc->field_count; i++) {
		const struct usher__fdesc *field = &desc->fields[i];

		if (usher__is_var(field->type)) {
			if (!usher__bytes_equal(var_at(field, a),
						var_at(field, b)))
				return false;
		} else if (memcmp((const char *)a + field->offset,
				  (const char *)b + field->offset,
				  scalar_size(field->type))) {
			return false;
		}
	}
	return true;
}

/* A text of a list: within the bytes, not too long, with its NUL. */
static const char *list_text(const char **at, const char *end, size_t max)
{
	const char *text = *at;
	const char *nul = memchr(text, '\0', (size_t)(end - text));

	if (!nul || (size_t)(nul - text) > max)
		return NULL;
	*at = nul + 1;
	return text;
}

/* A value with the letter of its type; counts the items of lists. */
static bool kv_value(const char **at, const char *end, uint32_t *items)
{
	double number;
	uint32_t count;

	switch (*(*at)++) {
	case 'n':
		if (end - *at < (ptrdiff_t)sizeof(number))
			return false;
		memcpy(&number, *at, sizeof(number));
		*at += sizeof(number);
		return isfinite(number);
	case 't':
		return list_text(at, end, USHER_TEXT_MAX);
	case 'l':
		if (*at == end)
			return false;
		count = (unsigned char)*(*at)++;
		*items += count;
		while (count && list_text(at, end, USHER_TEXT_MAX))
			count--;
		return !count && *items <= USHER_ATTR_ITEMS_MAX;
	default:
		return false;
	}
}

static int kv_check(const struct usher__bytes *kv)
{
	const char *at = kv->ptr, *end = at + kv->len, *last = NULL;
	uint32_t count = 0, items = 0;

	while (at < end) {
		const char *name = list_text(&at, end, USHER_NAME_MAX);

		if (!name || !*name || (last && strcmp(last, name) >= 0) ||
		    at == end || !kv_value(&at, end, &items))
			return USHER_EINVAL;
		last = name;
		count++;
	}
	return count == kv->count ? 0 : USHER_EINVAL;
}

static int strs_check(const struct usher__bytes *strs)
{
	const char *at = strs->ptr, *end = at + strs->len;
	uint32_t count = 0;

	while (at < end) {
		if (!list_text(&at, end, USHER_TEXT_MAX))
			return USHER_EINVAL;
		count++;
	}
	return count == strs->count ? 0 : USHER_EINVAL;
}

static int var_check(uint32_t type, const struct usher__bytes *var)
{
	if (!var->len)
		return var->count ? USHER_EINVAL : 0;
	if (var->len > USHER_ENTRY_MAX || var->count > USHER_LIST_MAX)
		return USHER_EINVAL;
	switch (type) {
	case USHER_TYPE_STR:
		return var->len > USHER_TEXT_MAX ||
				       memchr(var->ptr, '\0', var->len)
			       ? USHER_EINVAL
			       : 0;
	case USHER_TYPE_IDS:
		return var->len == var->count * sizeof(uint64_t)
			       ? 0
			       : USHER_EINVAL;
	case USHER_TYPE_STRS:
		return strs_check(var);
	case USHER_TYPE_KV:
		return kv_check(var);
	default:
		return 0;
	}
}

int usher__field_check(const struct usher__fdesc *field, const void *payload)
{
	double real;

	if (usher__is_var(field->type))
		return var_check(field->type, var_at(field, payload));
	if (field->type == USHER_TYPE_REAL) {
		memcpy(&real, (const char *)payload + field->offset,
		       sizeof(real));
		if (!isfinite(real))
			return USHER_EINVAL;
	}
	return 0;
}

size_t usher__items_len(const char *items, uint32_t count)
{
	size_t len = 0;

	while (count--)
		len += strlen(items + len) + 1;
	return len;
}

/* The value behind a name. Returns its end. */
static const char *value_get(const char *name, const char *at,
			     struct usher_attr *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->name = name;
	switch (*at++) {
	case 'n':
		memcpy(&ret->number, at, sizeof(ret->number));
		return at + sizeof(ret->number);
	case 'l':
		ret->type = USHER_ATTR_LIST;
		ret->count = (unsigned char)*at++;
		ret->text = ret->count ? at : "";
		return at + usher__items_len(ret->text, ret->count);
	default:
		ret->type = USHER_ATTR_TEXT;
		ret->text = at;
		return at + strlen(at) + 1;
	}
}

bool usher__kv_next(const struct usher__bytes *kv, const void **cursor,
		    struct usher_attr *ret)
{
	const char *at = *cursor ? *cursor : kv->ptr;

	if (!kv->len || at == (const char *)kv->ptr + kv->len)
		return false;
	*cursor = value_get(at, at + strlen(at) + 1, ret);
	return true;
}

static const char *value_end(const char *at)
{
	switch (*at++) {
	case 'n':
		return at + sizeof(double);
	case 'l':
		return at + 1 + usher__items_len(at + 1, (unsigned char)*at);
	default:
		return at + strlen(at) + 1;
	}
}

const char *usher__kv_value(const struct usher__bytes *kv, const char *name)
{
	const char *at = kv->ptr, *end;
	size_t len;

	/* what is empty may be no address, which bears no arithmetic */
	if (!kv->len)
		return NULL;
	end = at + kv->len;
	len = strlen(name) + 1;
	while (at < end) {
		const char *value = at + strlen(at) + 1;

		if ((size_t)(value - at) == len && !memcmp(at, name, len))
			return value;
		at = value_end(value);
	}
	return NULL;
}

size_t usher__kv_value_len(const char *value)
{
	return (size_t)(value_end(value) - value);
}

bool usher__kv_find(const struct usher__bytes *kv, const char *name,
		    struct usher_attr *ret)
{
	const char *value = usher__kv_value(kv, name);

	if (value)
		value_get(value - strlen(name) - 1, value, ret);
	return value != NULL;
}

bool usher__strs_next(const struct usher__bytes *strs, const void **cursor,
		      const char **ret)
{
	const char *at = *cursor ? *cursor : strs->ptr;

	if (!strs->len || at == (const char *)strs->ptr + strs->len)
		return false;
	*ret = at;
	*cursor = at + strlen(at) + 1;
	return true;
}
