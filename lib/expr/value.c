/* Values by themselves. */
#include <stdio.h>
#include <string.h>

#include "expr/expr.h"

struct usher_value usher_value_undefined(void)
{
	struct usher_value value;

	memset(&value, 0, sizeof(value));
	return value;
}

struct usher_value usher_value_bool(bool truth)
{
	struct usher_value value = usher_value_undefined();

	value.type = USHER_VALUE_BOOL;
	value.boolean = truth;
	return value;
}

struct usher_value usher_value_number(double number)
{
	struct usher_value value = usher_value_undefined();

	value.type = USHER_VALUE_NUMBER;
	value.number = number;
	return value;
}

struct usher_value usher_value_bytes(const char *string, size_t len)
{
	struct usher_value value = usher_value_undefined();

	if (!string)
		return value;
	value.type = USHER_VALUE_STRING;
	value.string = string;
	value.len = len;
	return value;
}

struct usher_value usher_value_string(const char *string)
{
	return usher_value_bytes(string, string ? strlen(string) : 0);
}

struct usher_value usher_value_list(const struct usher_value *items,
				    size_t count)
{
	struct usher_value value = usher_value_undefined();

	value.type = USHER_VALUE_LIST;
	value.items = items;
	value.len = count;
	return value;
}

static bool scalar_equal(const struct usher_value *a,
			 const struct usher_value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case USHER_VALUE_UNDEFINED:
		return true;
	case USHER_VALUE_BOOL:
		return !a->boolean == !b->boolean;
	case USHER_VALUE_NUMBER:
		return a->number == b->number;
	case USHER_VALUE_STRING:
		return a->len == b->len &&
		       (!a->len || !memcmp(a->string, b->string, a->len));
	default:
		return false;
	}
}

bool usher_value_equal(const struct usher_value *a,
		       const struct usher_value *b)
{
	if (a->type != USHER_VALUE_LIST || b->type != USHER_VALUE_LIST)
		return scalar_equal(a, b);
	if (a->len != b->len)
		return false;
	for (uint64_t i = 0; i < a->len; i++)
		if (!scalar_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

bool usher_value_truth(const struct usher_value *value)
{
	switch (value->type) {
	case USHER_VALUE_BOOL:
		return value->boolean != 0;
	case USHER_VALUE_NUMBER:
		return value->number > 0 || value->number < 0;
	case USHER_VALUE_STRING:
	case USHER_VALUE_LIST:
		return value->len > 0;
	default:
		return false;
	}
}

/*
 * Without printf's %g, whose decimal point follows the process's locale: up
 * to six decimals, trailing zeros dropped.
 */
static int number_text(double number, char *buf, size_t cap)
{
	bool negative = number < 0;
	double size = negative ? -number : number;
	uint64_t whole, decimals;
	int n;

	if (!(size < 1e15))
		return snprintf(buf, cap, "%.0f", number);
	whole = (uint64_t)size;
	decimals = (uint64_t)((size - (double)whole) * 1e6 + 0.5);
	if (decimals == 1000000) {
		whole++;
		decimals = 0;
	}
	if (!whole && !decimals)
		negative = false;
	n = snprintf(buf, cap, "%s%llu.%06llu", negative ? "-" : "",
		     (unsigned long long)whole, (unsigned long long)decimals);
	while (buf[n - 1] == '0')
		n--;
	if (buf[n - 1] == '.')
		n--;
	buf[n] = '\0';
	return n;
}

static size_t put(char *buf, size_t cap, const char *s, size_t len)
{
	if (len > cap - 1) {
		len = cap - 1;
		/* Not in the middle of a character. */
		while (len && ((unsigned char)s[len] & 0xc0) == 0x80)
			len--;
	}
	if (len)
		memcpy(buf, s, len);
	buf[len] = '\0';
	return len;
}

static size_t scalar_text(const struct usher_value *value, char *buf,
			  size_t cap)
{
	char digits[400]; /* the longest double has 309 */
	int n;

	switch (value->type) {
	case USHER_VALUE_BOOL:
		return value->boolean ? put(buf, cap, "true", 4)
				      : put(buf, cap, "false", 5);
	case USHER_VALUE_NUMBER:
		n = number_text(value->number, digits, sizeof(digits));
		return put(buf, cap, digits, (size_t)n);
	case USHER_VALUE_STRING:
		return put(buf, cap, value->string, value->len);
	default:
		buf[0] = '\0';
		return 0;
	}
}

size_t usher__value_text(const struct usher_value *value, char *buf,
			 size_t cap)
{
	size_t len = 0;

	if (value->type != USHER_VALUE_LIST)
		return scalar_text(value, buf, cap);
	buf[0] = '\0';
	for (uint64_t i = 0; i < value->len && len + 1 < cap; i++) {
		if (i)
			len += put(buf + len, cap - len, ", ", 2);
		len += scalar_text(&value->items[i], buf + len, cap - len);
	}
	return len;
}
