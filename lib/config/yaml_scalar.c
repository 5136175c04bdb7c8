/* Scalars as texts, numbers, words and durations. */
#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yaml_priv.h"

/* Most characters of a wrong value that a message repeats. */
#define SHOWN 40

static const char *value_of(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

static int demand_scalar(struct usher__yaml *y, const yaml_node_t *node,
			 const char *what, const char *type,
			 struct usher_error *err)
{
	if (usher__yaml_is_scalar(node) && !usher__yaml_is_nothing(node))
		return 0;
	return usher__yaml_fail(y, node, err, USHER_EINVAL,
				"%s has to be %s, not %s", what, type,
				usher__yaml_kind(node));
}

int usher__yaml_text0(struct usher__yaml *y, const yaml_node_t *node,
		      const char *what, size_t max, const char **ret,
		      struct usher_error *err)
{
	if (demand_scalar(y, node, what, "a text", err))
		return USHER_EINVAL;
	if (strlen(value_of(node)) > max)
		return usher__yaml_fail(y, node, err, USHER_EFULL,
					"%s is longer than %zu bytes", what,
					max);
	*ret = value_of(node);
	return 0;
}

int usher__yaml_text(struct usher__yaml *y, const yaml_node_t *node,
		     const char *what, size_t max, const char **ret,
		     struct usher_error *err)
{
	const char *text = NULL;
	int e = usher__yaml_text0(y, node, what, max, &text, err);

	if (e)
		return e;
	if (!text[0])
		return usher__yaml_fail(y, node, err, USHER_EINVAL,
					"%s is empty", what);
	*ret = text;
	return 0;
}

int usher__yaml_int(struct usher__yaml *y, const yaml_node_t *node,
		    const char *what, int64_t min, int64_t max, int64_t *ret,
		    struct usher_error *err)
{
	const char *text;
	char *end;
	long long v;

	if (demand_scalar(y, node, what, "a number", err))
		return USHER_EINVAL;
	text = value_of(node);
	errno = 0;
	v = strtoll(text, &end, 10);
	if (end == text || *end || isspace((unsigned char)text[0]) ||
	    text[0] == '+')
		return usher__yaml_fail(
			y, node, err, USHER_EINVAL,
			"%s has to be a whole number, not '%.*s'", what, SHOWN,
			text);
	if (errno || v < min || v > max)
		return usher__yaml_fail(
			y, node, err, USHER_EINVAL,
			"%s has to be from %lld to %lld, not '%.*s'", what,
			(long long)min, (long long)max, SHOWN, text);
	*ret = v;
	return 0;
}

/* Our own reading: strtod follows the locale of the host's process. */
static int parse_number(const char *text, double *ret)
{
	bool negative = *text == '-';
	double value = 0.0;
	double scale = 1.0;
	size_t digits = 0;

	text += negative;
	for (; isdigit((unsigned char)*text) && digits < 18; ++digits)
		value = value * 10.0 + (*text++ - '0');
	if (!digits)
		return -1;
	if (*text == '.') {
		++text;
		for (digits = 0; isdigit((unsigned char)*text) && digits < 15;
		     ++digits) {
			value = value * 10.0 + (*text++ - '0');
			scale *= 10.0;
		}
		if (!digits)
			return -1;
	}
	if (*text == '%') {
		++text;
		scale *= 100.0;
	}
	if (*text)
		return -1;
	*ret = negative ? -(value / scale) : value / scale;
	return 0;
}

int usher__yaml_number(struct usher__yaml *y, const yaml_node_t *node,
		       const char *what, double min, double max, double *ret,
		       struct usher_error *err)
{
	double v;

	if (demand_scalar(y, node, what, "a number", err))
		return USHER_EINVAL;
	if (parse_number(value_of(node), &v))
		return usher__yaml_fail(y, node, err, USHER_EINVAL,
					"%s has to be a number, not '%.*s'",
					what, SHOWN, value_of(node));
	if (v < min || v > max)
		return usher__yaml_fail(
			y, node, err, USHER_EINVAL,
			"%s has to be from %g to %g, not '%.*s'", what, min,
			max, SHOWN, value_of(node));
	*ret = v;
	return 0;
}

int usher__yaml_bool(struct usher__yaml *y, const yaml_node_t *node,
		     const char *what, bool *ret, struct usher_error *err)
{
	if (demand_scalar(y, node, what, "true or false", err))
		return USHER_EINVAL;
	if (strcmp(value_of(node), "true") == 0)
		*ret = true;
	else if (strcmp(value_of(node), "false") == 0)
		*ret = false;
	else
		return usher__yaml_fail(y, node, err, USHER_EINVAL,
					"%s has to be true or false, not "
					"'%.*s'",
					what, SHOWN, value_of(node));
	return 0;
}

int usher__duration_parse(const char *text, int64_t *ret_us)
{
	static const struct {
		const char *name;
		int64_t us;
	} units[] = {
		{"ms", 1000},
		{"s", 1000000},
		{"m", INT64_C(60) * 1000000},
		{"h", INT64_C(3600) * 1000000},
		{"d", INT64_C(86400) * 1000000},
	};
	int64_t total = 0;

	if (strcmp(text, "0") == 0) {
		*ret_us = 0;
		return 0;
	}
	if (!*text)
		return -1;
	while (*text) {
		int64_t n = 0;
		int64_t us;
		size_t digits;
		size_t len = 0;
		size_t u = 0;

		for (digits = 0; isdigit((unsigned char)*text); ++digits)
			if (__builtin_mul_overflow(n, 10, &n) ||
			    __builtin_add_overflow(n, *text++ - '0', &n))
				return -1;
		while (text[len] >= 'a' && text[len] <= 'z')
			++len;
		while (u < sizeof(units) / sizeof(units[0]) &&
		       (strlen(units[u].name) != len ||
			strncmp(units[u].name, text, len) != 0))
			++u;
		if (!digits || u == sizeof(units) / sizeof(units[0]) ||
		    __builtin_mul_overflow(n, units[u].us, &us) ||
		    __builtin_add_overflow(total, us, &total))
			return -1;
		text += len;
	}
	*ret_us = total;
	return 0;
}

static const char *duration_text(char *buf, size_t size, int64_t us)
{
	if (us % 1000000)
		snprintf(buf, size, "%lldms", (long long)us / 1000);
	else if (us % 60000000 || !us)
		snprintf(buf, size, "%llds", (long long)us / 1000000);
	else if (us % INT64_C(3600000000))
		snprintf(buf, size, "%lldm", (long long)us / 60000000);
	else
		snprintf(buf, size, "%lldh",
			 (long long)us / INT64_C(3600000000));
	return buf;
}

int usher__yaml_duration(struct usher__yaml *y, const yaml_node_t *node,
			 const char *what, int64_t min_us, int64_t max_us,
			 int64_t *ret_us, struct usher_error *err)
{
	char low[32];
	char high[32];
	int64_t us;

	if (demand_scalar(y, node, what, "a duration such as 20s", err))
		return USHER_EINVAL;
	if (usher__duration_parse(value_of(node), &us))
		return usher__yaml_fail(
			y, node, err, USHER_EINVAL,
			"%s has to be a duration such as 20s, 2m or 500ms, "
			"not '%.*s'",
			what, SHOWN, value_of(node));
	if (us < min_us || us > max_us)
		return usher__yaml_fail(
			y, node, err, USHER_EINVAL,
			"%s has to be from %s to %s, not '%.*s'", what,
			duration_text(low, sizeof(low), min_us),
			duration_text(high, sizeof(high), max_us), SHOWN,
			value_of(node));
	*ret_us = us;
	return 0;
}

int usher__yaml_word(struct usher__yaml *y, const yaml_node_t *node,
		     const char *what, const char *const *words, size_t *ret,
		     struct usher_error *err)
{
	const char *near;
	char list[160] = "";
	size_t used = 0;

	if (demand_scalar(y, node, what, "a word", err))
		return USHER_EINVAL;
	for (size_t i = 0; words[i]; ++i) {
		if (strcmp(words[i], value_of(node)) == 0) {
			*ret = i;
			return 0;
		}
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used,
						 sizeof(list) - used, "%s%s",
						 i ? ", " : "", words[i]);
	}
	near = usher__nearest(value_of(node), words, SIZE_MAX);
	if (near)
		return usher__yaml_fail(y, node, err, USHER_EINVAL,
					"%s cannot be '%.*s'; is '%s' meant?",
					what, SHOWN, value_of(node), near);
	return usher__yaml_fail(y, node, err, USHER_EINVAL,
				"%s cannot be '%.*s'; it is one of %s", what,
				SHOWN, value_of(node), list);
}
