/* A section, read by its table: one row a key. */
#include <stdio.h>
#include <string.h>

#include "config/field.h"
#include "config/keep.h"

/* Most keys of one section, with _file and _env of secrets. */
#define KEYS_MAX 64

int usher__section_need(const struct usher__section *s, const char *key)
{
	if (usher__yaml_get(s->y, s->map, key))
		return 0;
	return usher__yaml_fail(s->y, s->map, s->err, USHER_EINVAL,
				"%s needs '%s'", s->what, key);
}

static int check_keys(const struct usher__section *s,
		      const struct usher__field *fields, size_t count)
{
	char names[KEYS_MAX][40];
	const char *keys[KEYS_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < count && n < KEYS_MAX - 3; ++i) {
		snprintf(names[n++], sizeof(names[0]), "%s", fields[i].key);
		if (fields[i].kind != USHER__FIELD_SECRET)
			continue;
		snprintf(names[n++], sizeof(names[0]), "%s_file",
			 fields[i].key);
		snprintf(names[n++], sizeof(names[0]), "%s_env",
			 fields[i].key);
	}
	for (size_t i = 0; i < n; ++i)
		keys[i] = names[i];
	keys[n] = NULL;
	return usher__yaml_expect_map(s->y, s->map, s->what, keys, s->err);
}

static int read_ms(const struct usher__section *s, yaml_node_t *node,
		   const char *what, const struct usher__field *f, void *to)
{
	int64_t us;
	int e = usher__yaml_duration(s->y, node, what, f->min * 1000,
				     f->max * 1000, &us, s->err);

	if (!e)
		*(uint32_t *)to = (uint32_t)(us / 1000);
	return e;
}

static int read_int(const struct usher__section *s, yaml_node_t *node,
		    const char *what, const struct usher__field *f, void *to)
{
	int64_t v;
	int e = usher__yaml_int(s->y, node, what, f->min, f->max, &v, s->err);

	if (e)
		return e;
	if (f->kind == USHER__FIELD_U64)
		*(uint64_t *)to = (uint64_t)v;
	else if (f->kind == USHER__FIELD_U32)
		*(uint32_t *)to = (uint32_t)v;
	else
		*(int32_t *)to = (int32_t)v;
	return 0;
}

static int read_bool(const struct usher__section *s, yaml_node_t *node,
		     const char *what, const struct usher__field *f, void *to)
{
	bool v;
	int e = usher__yaml_bool(s->y, node, what, &v, s->err);

	if (e)
		return e;
	if (f->kind == USHER__FIELD_BOOL)
		*(bool *)to = v;
	else
		*(uint32_t *)to = v;
	return 0;
}

static int read_list(const struct usher__section *s, yaml_node_t *node,
		     const char *what, const struct usher__field *f, char *out)
{
	const char **items;
	size_t n;
	int e = usher__yaml_expect_list(s->y, node, what, (size_t)f->max,
					s->err);

	if (e)
		return e;
	n = usher__yaml_len(node);
	items = usher__conf_keep(s->conf, (n + 1) * sizeof(*items));
	if (!items)
		return usher__conf_nomem(s);
	for (size_t i = 0; i < n && !e; ++i)
		e = usher__yaml_text(s->y, usher__yaml_item(s->y, node, i),
				     what, USHER__CONF_TEXT_MAX, &items[i],
				     s->err);
	if (e)
		return e;
	*(const char *const **)(out + f->offset) = items;
	*(uint32_t *)(out + f->offset2) = (uint32_t)n;
	return 0;
}

static bool has_control(const char *text)
{
	for (; *text; ++text)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	return false;
}

/* Why a text is none of its kind; NULL: it is. */
static const char *text_fault(const char *text, enum usher__field_kind kind)
{
	if (kind == USHER__FIELD_HOST)
		return usher__host_ok(text)
			       ? NULL
			       : "has to be an IP address or a name of "
				 "letters, digits, dots, - and _";
	if (kind == USHER__FIELD_DIALED)
		return has_control(text) || strchr(text, ' ')
			       ? "has a blank or control character"
			       : NULL;
	if (kind == USHER__FIELD_LINE && has_control(text))
		return "has a control character";
	if (kind == USHER__FIELD_LINE && !text[strspn(text, " ")])
		return "is blank";
	return NULL;
}

static int read_text(const struct usher__section *s, yaml_node_t *node,
		     const char *what, const struct usher__field *f, void *to)
{
	const char *text, *fault;
	int e = usher__yaml_text(s->y, node, what, (size_t)f->max, &text,
				 s->err);

	if (e)
		return e;
	fault = text_fault(text, f->kind);
	if (fault)
		return usher__yaml_fail(s->y, node, s->err, USHER_EINVAL,
					"%s %s: '%.60s'", what, fault, text);
	*(const char **)to = text;
	return 0;
}

static int read_field(const struct usher__section *s,
		      const struct usher__field *f, char *out)
{
	yaml_node_t *node = usher__yaml_get(s->y, s->map, f->key);
	char what[48];
	void *to = out + f->offset;

	snprintf(what, sizeof(what), "'%s'", f->key);
	if (f->kind == USHER__FIELD_SECRET)
		return usher__secret_read(s, f->key, to, NULL);
	if (!node)
		return 0;
	switch (f->kind) {
	case USHER__FIELD_TEXT:
	case USHER__FIELD_LINE:
	case USHER__FIELD_DIALED:
	case USHER__FIELD_HOST:
		return read_text(s, node, what, f, to);
	case USHER__FIELD_MS:
		return read_ms(s, node, what, f, to);
	case USHER__FIELD_U32:
	case USHER__FIELD_I32:
	case USHER__FIELD_U64:
		return read_int(s, node, what, f, to);
	case USHER__FIELD_FLAG:
	case USHER__FIELD_BOOL:
		return read_bool(s, node, what, f, to);
	case USHER__FIELD_LIST:
		return read_list(s, node, what, f, out);
	default:
		return 0;
	}
}

int usher__fields_read(const struct usher__section *s,
		       const struct usher__field *fields, size_t count,
		       void *out)
{
	int e = check_keys(s, fields, count);

	for (size_t i = 0; i < count && !e; ++i)
		e = read_field(s, &fields[i], out);
	return e;
}
