/* Sections of a day's file as tables: one row a key. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "read.h"

#define KEYS_MAX 40
#define TEXT_MAX 1024
#define SHOWN    40
/* Nobody of as many as are ever simulated. */
#define NOBODY    1e-12
#define EXACT_MAX 9007199254740992.0 /* 2^53 */

int read_fail(const struct reader *r, const yaml_node_t *node, const char *fmt,
	      ...)
{
	char message[USHER_ERROR_MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return usher__yaml_fail(r->yaml, node, r->err, USHER_EINVAL, "%s",
				message);
}

void *read_alloc(const struct reader *r, size_t count, size_t size)
{
	void *part = lab_day_alloc(r->day, count, size);

	if (!part)
		usher_error_set(r->err, USHER_ENOMEM, "no memory");
	return part;
}

int read_list(const struct reader *r, const yaml_node_t *node,
	      const char *what, size_t max)
{
	int rc = usher__yaml_expect_list(r->yaml, node, what, max, r->err);

	if (!rc && !usher__yaml_len(node))
		rc = read_fail(r, node, "%s is empty", what);
	return rc;
}

static int parse_count(const char *text, double *ret)
{
	return lab_number(text, ret) || *ret != floor(*ret) ||
			       fabs(*ret) > EXACT_MAX
		       ? -1
		       : 0;
}

static const struct kind {
	int (*parse)(const char *text, double *ret);
	const char *like; /* what it has to be */
	double min, max;
} kinds[] = {
	[READ_NUMBER] = {lab_number, "a number", -1e15, 1e15},
	[READ_PART] = {lab_part, "a part such as 80% or 0.8", 0, 1},
	[READ_SECONDS] = {lab_seconds, "a time such as 20s, 1.5m or 08:30", 0,
			  1e9},
	[READ_INSTANT] = {lab_seconds, "a time such as 20s, 1.5m or 08:30", 0,
			  1e9},
	[READ_SOME] = {lab_seconds, "a time such as 20s, 1.5m or 08:30", 0,
		       1e9},
	[READ_CHANCE] = {lab_part, "a part such as 80% or 0.8", 0, 1},
	[READ_RATE] = {lab_rate, "a rate such as 120/h or 0.5/s", 0,
		       USHER_SIM_RATE_MAX},
	[READ_U32] = {parse_count, "a whole number", 0, UINT32_MAX},
	[READ_I64] = {parse_count, "a whole number", -EXACT_MAX, EXACT_MAX},
	[READ_U64] = {parse_count, "a whole number", 0, EXACT_MAX},
	[READ_PLACES] = {parse_count, "a whole number", 0, INT32_MAX},
	[READ_FLAG] = {NULL, NULL, 0, 0},
};

static void put(void *to, enum read_kind kind, double value)
{
	switch (kind) {
	case READ_U32:
		*(uint32_t *)to = (uint32_t)value;
		break;
	case READ_I64:
		*(int64_t *)to = (int64_t)value;
		break;
	case READ_U64:
		*(uint64_t *)to = (uint64_t)value;
		break;
	case READ_PLACES:
		*(int32_t *)to = value > 0 ? (int32_t)value : USHER_ZERO;
		break;
	case READ_INSTANT:
		*(double *)to = fmax(value, LAB_INSTANT_S);
		break;
	case READ_CHANCE:
		*(double *)to = fmax(value, NOBODY);
		break;
	default:
		*(double *)to = value;
	}
}

int read_one(const struct reader *r, const yaml_node_t *node, const char *name,
	     const struct read_field *field, void *out)
{
	void *to = (char *)out + field->offset;
	const struct kind *kind = &kinds[field->kind];
	const bool limited = field->min != 0 || field->max != 0;
	const double min = limited ? field->min : kind->min;
	const double max = limited ? field->max : kind->max;
	const char *text;
	double value;
	bool flag;
	int rc;

	if (field->kind == READ_TEXT)
		return usher__yaml_text(r->yaml, node, name, TEXT_MAX,
					(const char **)to, r->err);
	if (field->kind == READ_FLAG) {
		rc = usher__yaml_bool(r->yaml, node, name, &flag, r->err);
		if (!rc)
			*(uint32_t *)to = flag;
		return rc;
	}
	if (!usher__yaml_is_scalar(node) || usher__yaml_is_nothing(node))
		return read_fail(r, node, "%s has to be %s, not %s", name,
				 kind->like, usher__yaml_kind(node));
	rc = usher__yaml_text0(r->yaml, node, name, TEXT_MAX, &text, r->err);
	if (rc)
		return rc;
	if (kind->parse(text, &value))
		return read_fail(r, node, "%s has to be %s, not '%.*s'", name,
				 kind->like, SHOWN, text);
	if (value < min || value > max)
		return read_fail(r, node,
				 "%s has to be from %g to %g, not '%.*s'",
				 name, min, max, SHOWN, text);
	if (field->kind == READ_SOME && value <= 0)
		return read_fail(r, node, "%s has to be longer than 0", name);
	put(to, field->kind, value);
	return 0;
}

int read_fields(const struct reader *r, yaml_node_t *map, const char *what,
		const struct read_field *fields, size_t count, void *out)
{
	const char *keys[KEYS_MAX] = {NULL};
	int rc;

	for (size_t i = 0; i < count; i++)
		keys[i] = fields[i].key;
	rc = usher__yaml_expect_map(r->yaml, map, what, keys, r->err);
	for (size_t i = 0; !rc && i < count; i++) {
		const yaml_node_t *node =
			usher__yaml_get(r->yaml, map, fields[i].key);

		if (node && fields[i].kind != READ_OTHER)
			rc = read_one(r, node, fields[i].key, &fields[i], out);
	}
	return rc;
}
