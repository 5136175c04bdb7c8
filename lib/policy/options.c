/* Reading a policy's options: ranges, and names that nobody knows. */
#include <string.h>

#include <policy/policies.h>

void usher__options_init(struct usher__options *o,
			 const struct usher_attr *list, size_t count,
			 struct usher_error *err)
{
	o->list = list;
	o->count = count;
	o->err = err;
	o->known = 0;
	o->cut = 0;
}

/* Which one: number from 1 into the error's column. */
static int wrong(const struct usher__options *o, size_t at)
{
	if (o->err)
		o->err->column = (uint32_t)at + 1;
	return USHER_EINVAL;
}

static const struct usher_attr *find(struct usher__options *o,
				     const char *name, size_t *at)
{
	for (size_t i = 0; i < o->count && i < 64; i++) {
		if (strcmp(o->list[i].name, name))
			continue;
		o->known |= UINT64_C(1) << i;
		*at = i;
		return &o->list[i];
	}
	return NULL;
}

static int number(struct usher__options *o, size_t at, double least,
		  double most, double scale, int64_t *value)
{
	const struct usher_attr *attr = &o->list[at];

	if (attr->type != USHER_ATTR_NUMBER) {
		usher_error_set(o->err, USHER_EINVAL, "%s is not a number",
				attr->name);
		return wrong(o, at);
	}
	if (!(attr->number >= least && attr->number <= most)) {
		usher_error_set(o->err, USHER_EINVAL,
				"%s is not between %g and %g", attr->name,
				least, most);
		return wrong(o, at);
	}
	/* to the nearest: 2.01 times a thousand is less than 2010 */
	*value = (int64_t)(attr->number * scale + 0.5);
	if (scale > 1 || attr->number == (double)(int64_t)attr->number)
		return 0;
	/* what a record has is cut, and those behind it are read: refused is
	 * it only at the end */
	*value = (int64_t)attr->number;
	o->cut = at + 1;
	return 0;
}

int usher__options_whole(const struct usher__options *o)
{
	if (!o->cut)
		return 0;
	usher_error_set(o->err, USHER_EINVAL, "%s is not a whole number",
			o->list[o->cut - 1].name);
	return wrong(o, o->cut - 1);
}

int usher__option_number(struct usher__options *o, const char *name,
			 double least, double most, double scale,
			 int64_t *value)
{
	size_t at;

	return find(o, name, &at) ? number(o, at, least, most, scale, value)
				  : 0;
}

int usher__option_text(struct usher__options *o, const char *name,
		       const char **value)
{
	size_t at;
	const struct usher_attr *attr = find(o, name, &at);

	if (!attr)
		return 0;
	if (attr->type != USHER_ATTR_TEXT || !*attr->text) {
		usher_error_set(o->err, USHER_EINVAL, "%s is not a text",
				name);
		return wrong(o, at);
	}
	*value = attr->text;
	return 0;
}

int usher__option_shares(struct usher__options *o, double least, double most,
			 double scale, struct usher__share *shares,
			 uint32_t *count)
{
	*count = 0;
	for (size_t i = 0; i < o->count && i < 64; i++) {
		int code;

		if (o->known & UINT64_C(1) << i)
			continue;
		if (*count == USHER__SHARES_MAX) {
			usher_error_set(o->err, USHER_EINVAL,
					"more than %d names",
					USHER__SHARES_MAX);
			return wrong(o, i);
		}
		code = number(o, i, least, most, scale,
			      &shares[*count].weight);
		if (code)
			return code;
		shares[(*count)++].name = o->list[i].name;
	}
	return 0;
}

int usher__options_end(const struct usher__options *o)
{
	for (size_t i = 0; i < o->count; i++) {
		if (i < 64 && o->known & UINT64_C(1) << i)
			continue;
		usher_error_set(o->err, USHER_EINVAL,
				"the policy has no option %s",
				o->list[i].name);
		return wrong(o, i);
	}
	return usher__options_whole(o);
}
