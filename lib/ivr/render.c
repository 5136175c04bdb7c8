/*
 * Templates filled in, with each field escaped for where it goes: a URL, a
 * JSON body, a file name, a header.
 */
#include <stdio.h>
#include <string.h>

#include "expr/expr.h"
#include "ivr/instance.h"

void usher__text_put(struct usher_ivr *ivr, struct text *text, const char *s,
		     size_t len)
{
	if (text->len + len + 1 > text->cap) {
		size_t cap = (text->len + len + 1) * 2;
		char *data = usher__ivr_get(ivr, cap);

		if (!data)
			return;
		if (text->len)
			memcpy(data, text->data, text->len);
		text->data = data;
		text->cap = cap;
	}
	if (len)
		memcpy(text->data + text->len, s, len);
	text->len += len;
	text->data[text->len] = '\0';
}

static bool unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* RFC 3986 section 2: all but the unreserved characters as %XX. */
static void put_url(struct usher_ivr *ivr, struct text *text, char c)
{
	char buf[4];

	if (unreserved(c) || c == '.' || c == '~') {
		usher__text_put(ivr, text, &c, 1);
		return;
	}
	snprintf(buf, sizeof(buf), "%%%02X", (unsigned char)c);
	usher__text_put(ivr, text, buf, 3);
}

static void put_field(struct usher_ivr *ivr, struct text *text, const char *s,
		      size_t len, enum render_mode mode)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		switch (mode) {
		case RENDER_URL:
			put_url(ivr, text, c);
			break;
		case RENDER_FILE:
			usher__text_put(ivr, text, unreserved(c) ? &c : "_",
					1);
			break;
		case RENDER_HEADER:
			/* No new line may start another header. */
			if ((unsigned char)c >= 0x20 && c != 0x7f)
				usher__text_put(ivr, text, &c, 1);
			break;
		default:
			usher__text_put(ivr, text, &c, 1);
			break;
		}
	}
}

/* Cut a plain text at the limit, not in the middle of a character. */
static void cut(struct text *text)
{
	size_t len = USHER_FLOW_TEXT_MAX;

	if (text->len <= len)
		return;
	while (len && ((unsigned char)text->data[len] & 0xc0) == 0x80)
		len--;
	text->len = len;
	text->data[len] = '\0';
}

static void render_part(struct usher_ivr *ivr, struct text *text,
			const struct part *part, enum render_mode mode)
{
	char buf[USHER_FLOW_TEXT_MAX + 1];
	struct usher_value value;
	size_t len;

	if (!part->field) {
		usher__text_put(ivr, text, part->text, part->len);
		return;
	}
	value = usher__ivr_eval(ivr, part->field);
	len = usher__value_text(&value, buf, sizeof(buf));
	put_field(ivr, text, buf, len, mode);
	usher__wipe(buf, len);
}

const char *usher__ivr_render(struct usher_ivr *ivr, const struct tmpl *tmpl,
			      enum render_mode mode)
{
	struct text text = {0};

	for (uint32_t i = 0; i < tmpl->n_parts; i++) {
		if (text.len > 4 * USHER_FLOW_TEXT_MAX)
			break;
		render_part(ivr, &text, &tmpl->parts[i], mode);
	}
	if (mode == RENDER_PLAIN)
		cut(&text);
	return text.data ? text.data : "";
}

struct usher_value usher__ivr_value(struct usher_ivr *ivr,
				    const struct tmpl *tmpl)
{
	struct usher_value value;
	struct text text = {0};
	char buf[USHER_IVR_VALUE_MAX + 1];
	size_t len;

	if (tmpl->n_parts == 1 && tmpl->parts[0].field)
		value = usher__ivr_eval(ivr, tmpl->parts[0].field);
	else
		value = usher_value_string(
			usher__ivr_render(ivr, tmpl, RENDER_PLAIN));
	if (value.type != USHER_VALUE_STRING && value.type != USHER_VALUE_LIST)
		return value;
	/* Lists become text; both are cut and copied from their lender. */
	len = usher__value_text(&value, buf, sizeof(buf));
	usher__text_put(ivr, &text, buf, len);
	usher__wipe(buf, len);
	return usher_value_bytes(text.data ? text.data : "", text.len);
}

static void json_string(struct usher_ivr *ivr, struct text *text,
			const char *s, size_t len)
{
	usher__text_put(ivr, text, "\"", 1);
	while (len) {
		size_t n = usher__utf8_len(s, len);
		char buf[8];

		/* RFC 8259 section 7; what is no UTF-8 becomes U+FFFD. */
		if (!n) {
			usher__text_put(ivr, text, "\xef\xbf\xbd", 3);
			n = 1;
		} else if (*s == '"' || *s == '\\') {
			buf[0] = '\\';
			buf[1] = *s;
			usher__text_put(ivr, text, buf, 2);
		} else if ((unsigned char)*s < 0x20) {
			snprintf(buf, sizeof(buf), "\\u%04x",
				 (unsigned)(unsigned char)*s);
			usher__text_put(ivr, text, buf, 6);
		} else {
			usher__text_put(ivr, text, s, n);
		}
		s += n;
		len -= n;
	}
	usher__text_put(ivr, text, "\"", 1);
}

void usher__text_json(struct usher_ivr *ivr, struct text *text,
		      const struct usher_value *value)
{
	char buf[512];
	size_t len;

	switch (value->type) {
	case USHER_VALUE_STRING:
		json_string(ivr, text, value->string, (size_t)value->len);
		break;
	case USHER_VALUE_NUMBER:
	case USHER_VALUE_BOOL:
		len = usher__value_text(value, buf, sizeof(buf));
		usher__text_put(ivr, text, buf, len);
		break;
	default:
		usher__text_put(ivr, text, "null", 4);
		break;
	}
}
