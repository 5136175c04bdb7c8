/*
 * Templates: text with fields in braces, `Hello {contact.name}`. Cut into
 * parts when a set is built; filled in by render.c.
 */
#include <string.h>

#include "expr/expr.h"
#include "ivr/model.h"

/* Ends where the field's brace closes, quotes respected; NULL: nowhere. */
static const char *field_end(const char *p)
{
	char quote = '\0';

	for (; *p; p++) {
		if (quote && *p == '\\' && p[1])
			p++;
		else if (quote)
			quote = *p == quote ? '\0' : quote;
		else if (*p == '"' || *p == '\'')
			quote = *p;
		else if (*p == '}')
			return p;
	}
	return NULL;
}

/* Characters before p, from 1, and a check for text that is no UTF-8. */
static uint32_t column_of(const char *source, const char *p)
{
	uint32_t column = 1;

	for (; source < p; source++)
		column += ((unsigned char)*source & 0xc0) != 0x80;
	return column;
}

static int text_check(struct usher_flow_builder *b, const char *source,
		      struct usher_error *err)
{
	size_t len = strlen(source);

	if (len > USHER_FLOW_TEXT_MAX)
		return usher__flow_problem(err, USHER_EFULL, &b->place,
					   "a text has more than %d bytes",
					   USHER_FLOW_TEXT_MAX);
	while (len) {
		size_t n = usher__utf8_len(source, len);

		if (!n)
			return usher__flow_problem(err, USHER_EINVAL,
						   &b->place,
						   "a text is not UTF-8");
		source += n;
		len -= n;
	}
	return 0;
}

/* Most parts that a source can have: each brace starts or ends one. */
static uint32_t parts_most(const char *source)
{
	uint32_t most = 1;

	for (; *source; source++)
		most += *source == '{' || *source == '}';
	return most + 1;
}

static int part_text(struct usher_flow_builder *b, struct tmpl *tmpl,
		     const char *text, size_t len)
{
	struct part *part = &tmpl->parts[tmpl->n_parts];

	if (!len)
		return 0;
	part->text = usher__arena_copy(&b->set->arena, text, len);
	part->len = len;
	if (!part->text)
		return USHER_ENOMEM;
	tmpl->n_parts++;
	return 0;
}

static int part_field(struct usher_flow_builder *b, struct tmpl *tmpl,
		      const char *open, const char *close,
		      struct usher_error *err)
{
	struct part *part = &tmpl->parts[tmpl->n_parts];
	uint32_t offset = column_of(tmpl->source, open + 1);
	struct usher_error inner;
	int code;

	memset(&inner, 0, sizeof(inner));
	code = usher__flow_bound(b, &part->field, open + 1,
				 (size_t)(close - open - 1), &inner);
	if (code)
		return usher__flow_problem(
			err, code, &b->place,
			"in the field at character %u: %s",
			offset + (inner.column ? inner.column - 1 : 0),
			inner.message);
	part->field->offset = offset;
	tmpl->n_parts++;
	return 0;
}

int usher__tmpl_new(struct usher_flow_builder *b, struct tmpl **ret,
		    const char *source, struct usher_error *err)
{
	const char *p, *start, *close;
	struct tmpl *tmpl;
	int code = text_check(b, source, err);

	if (code)
		return code;
	tmpl = usher__arena_get(&b->set->arena, sizeof(*tmpl));
	if (!tmpl)
		return USHER_ENOMEM;
	tmpl->source = usher__flow_copy(b, source);
	tmpl->parts = usher__arena_get(
		&b->set->arena, parts_most(source) * sizeof(*tmpl->parts));
	if (!tmpl->source || !tmpl->parts)
		return USHER_ENOMEM;
	for (p = start = tmpl->source; *p && !code; p++) {
		if (*p != '{' && *p != '}')
			continue;
		if (p[0] == p[1]) {
			/* A doubled brace: keep the first, skip the other. */
			code = part_text(b, tmpl, start,
					 (size_t)(p + 1 - start));
			start = ++p + 1;
			continue;
		}
		close = *p == '{' ? field_end(p + 1) : NULL;
		if (!close)
			return usher__flow_problem(
				err, USHER_EINVAL, &b->place,
				"the brace at character %u has no partner "
				"(write {{ or }} for a brace)",
				column_of(tmpl->source, p));
		code = part_text(b, tmpl, start, (size_t)(p - start));
		code = code ? code : part_field(b, tmpl, p, close, err);
		p = close;
		start = close + 1;
	}
	code = code ? code : part_text(b, tmpl, start, strlen(start));
	if (!code)
		*ret = tmpl;
	return code;
}

const char *usher__tmpl_constant(const struct tmpl *tmpl)
{
	for (uint32_t i = 0; i < tmpl->n_parts; i++)
		if (tmpl->parts[i].field)
			return NULL;
	if (tmpl->n_parts < 2)
		return tmpl->n_parts ? tmpl->parts[0].text : "";
	/* Only doubled braces cut a text without fields. */
	return tmpl->source;
}

int usher__tmpl_plain(struct usher_flow_builder *b, const char **ret,
		      const struct tmpl *tmpl)
{
	size_t len = 0;
	char *text;

	for (uint32_t i = 0; i < tmpl->n_parts; i++)
		len += tmpl->parts[i].len;
	text = usher__arena_get(&b->set->arena, len + 1);
	if (!text)
		return USHER_ENOMEM;
	*ret = text;
	for (uint32_t i = 0; i < tmpl->n_parts; i++) {
		const struct part *part = &tmpl->parts[i];

		if (part->len)
			memcpy(text, part->text, part->len);
		text += part->len;
	}
	return 0;
}
