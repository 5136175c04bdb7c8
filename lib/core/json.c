/*
 * An event as one JSON object. Writes what fits and counts the rest, so that
 * one pass tells how much room is needed. Bytes that are not UTF-8 become
 * U+FFFD, so that what comes out is always valid.
 */
#include <inttypes.h>
#include <stdio.h>

#include <core/payload.h>

struct out {
	char *buf;
	size_t cap;
	size_t len;
};

static void put_bytes(struct out *out, const char *bytes, size_t len)
{
	if (out->len < out->cap) {
		size_t room = out->cap - out->len;

		memcpy(out->buf + out->len, bytes, len < room ? len : room);
	}
	out->len += len;
}

static void put(struct out *out, const char *text)
{
	put_bytes(out, text, strlen(text));
}

/* Length of the UTF-8 sequence at the start, or 0 when there is none. */
static size_t utf8_len(const unsigned char *at, size_t left)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t code;
	size_t len;

	if (at[0] < 0x80)
		return 1;
	len = (at[0] & 0xe0) == 0xc0   ? 2
	      : (at[0] & 0xf0) == 0xe0 ? 3
	      : (at[0] & 0xf8) == 0xf0 ? 4
				       : 0;
	if (!len || len > left)
		return 0;
	code = at[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < smallest[len] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	return len;
}

static void put_text(struct out *out, const char *text, size_t len)
{
	const unsigned char *at = (const unsigned char *)text;
	char esc[8];

	put(out, "\"");
	while (len) {
		size_t n = utf8_len(at, len);

		if (!n) {
			put(out, "\\ufffd");
			n = 1;
		} else if (*at == '"' || *at == '\\') {
			esc[0] = '\\';
			esc[1] = (char)*at;
			put_bytes(out, esc, 2);
		} else if (*at < 0x20 || *at == 0x7f) {
			snprintf(esc, sizeof(esc), "\\u%04x", *at);
			put(out, esc);
		} else {
			put_bytes(out, (const char *)at, n);
		}
		at += n;
		len -= n;
	}
	put(out, "\"");
}

static void put_key(struct out *out, const char *name)
{
	put(out, ",\"");
	put(out, name);
	put(out, "\":");
}

static void put_u64(struct out *out, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put(out, text);
}

static void put_i64(struct out *out, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	put(out, text);
}

static void put_id(struct out *out, uint64_t value)
{
	put(out, "\"");
	put_u64(out, value);
	put(out, "\"");
}

/* The host's locale may write a comma into numbers. */
static void put_real(struct out *out, double value)
{
	char text[40];

	snprintf(text, sizeof(text), "%.17g", value);
	for (char *at = text; *at; at++) {
		if (*at == ',')
			*at = '.';
	}
	put(out, text);
}

static void put_hex(struct out *out, const struct usher__bytes *bytes)
{
	char pair[4];

	put(out, "\"");
	for (uint32_t i = 0; i < bytes->len; i++) {
		snprintf(pair, sizeof(pair), "%02x",
			 ((const unsigned char *)bytes->ptr)[i]);
		put_bytes(out, pair, 2);
	}
	put(out, "\"");
}

static void put_ids(struct out *out, const struct usher__bytes *ids)
{
	put(out, "[");
	for (uint32_t i = 0; i < ids->count; i++) {
		if (i)
			put(out, ",");
		put_id(out, ((const uint64_t *)ids->ptr)[i]);
	}
	put(out, "]");
}

static void put_strs(struct out *out, const struct usher__bytes *strs)
{
	const void *at = NULL;
	const char *text;
	bool first = true;

	put(out, "[");
	while (usher__strs_next(strs, &at, &text)) {
		if (!first)
			put(out, ",");
		first = false;
		put_text(out, text, strlen(text));
	}
	put(out, "]");
}

static void put_items(struct out *out, const char *items, uint32_t count)
{
	put(out, "[");
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			put(out, ",");
		put_text(out, items, strlen(items));
		items += strlen(items) + 1;
	}
	put(out, "]");
}

static void put_kv(struct out *out, const struct usher__bytes *kv)
{
	struct usher_attr attr;
	const void *at = NULL;
	bool first = true;

	put(out, "{");
	while (usher__kv_next(kv, &at, &attr)) {
		if (!first)
			put(out, ",");
		first = false;
		put_text(out, attr.name, strlen(attr.name));
		put(out, ":");
		if (attr.type == USHER_ATTR_LIST)
			put_items(out, attr.text, attr.count);
		else if (attr.type == USHER_ATTR_TEXT)
			put_text(out, attr.text, strlen(attr.text));
		else
			put_real(out, attr.number);
	}
	put(out, "}");
}

static void put_enum(struct out *out, uint32_t field, uint32_t value)
{
	const char *name = usher_enum_name(field, value);

	if (name)
		put_text(out, name, strlen(name));
	else
		put_u64(out, value);
}

static void put_value(struct out *out, const struct usher__fdesc *field,
		      const void *payload)
{
	const void *at = (const char *)payload + field->offset;
	const struct usher__bytes *var = at;

	switch (field->type) {
	case USHER_TYPE_ID:
		put_id(out, *(const uint64_t *)at);
		break;
	case USHER_TYPE_U64:
		put_u64(out, *(const uint64_t *)at);
		break;
	case USHER_TYPE_U32:
		put_u64(out, *(const uint32_t *)at);
		break;
	case USHER_TYPE_ENUM:
		put_enum(out, field->id, *(const uint32_t *)at);
		break;
	case USHER_TYPE_I64:
	case USHER_TYPE_TIME:
	case USHER_TYPE_SPAN:
		put_i64(out, *(const int64_t *)at);
		break;
	case USHER_TYPE_REAL:
		put_real(out, *(const double *)at);
		break;
	case USHER_TYPE_STR:
		put_text(out, usher__cstr(var), var->len);
		break;
	case USHER_TYPE_BYTES:
		put_hex(out, var);
		break;
	case USHER_TYPE_IDS:
		put_ids(out, var);
		break;
	case USHER_TYPE_STRS:
		put_strs(out, var);
		break;
	case USHER_TYPE_KV:
		put_kv(out, var);
		break;
	}
}

static const char *cause_key(uint32_t kind)
{
	switch (kind) {
	case USHER_CAUSE_REQUEST:
		return "cause_request";
	case USHER_CAUSE_EVENT:
		return "cause_seq";
	case USHER_CAUSE_RETRY:
		return "cause_retry";
	case USHER_CAUSE_DEFERRAL:
		return "cause_deferral";
	case USHER_CAUSE_WIDENING:
		return "cause_widening";
	case USHER_CAUSE_COLLECTED:
		return "cause_collected";
	}
	return "cause";
}

static void put_header(struct out *out, const struct usher_event *ev)
{
	const char *type = usher_event_type_name(ev->type);
	const char *actor = usher_actor_name(ev->actor);

	put(out, "{\"node\":");
	put_u64(out, ev->node);
	put_key(out, "seq");
	put_id(out, ev->seq);
	put_key(out, "time");
	put_i64(out, ev->time_us);
	put_key(out, "type");
	if (type)
		put_text(out, type, strlen(type));
	else
		put_u64(out, ev->type);
	if (ev->contact) {
		put_key(out, "contact");
		put_id(out, ev->contact);
	}
	if (ev->segment) {
		put_key(out, "segment");
		put_id(out, ev->segment);
	}
	put_key(out, "actor");
	if (actor)
		put_text(out, actor, strlen(actor));
	else
		put_u64(out, ev->actor);
	if (ev->actor_id) {
		put_key(out, "actor_id");
		put_id(out, ev->actor_id);
	}
	if (ev->cause_kind) {
		put_key(out, cause_key(ev->cause_kind));
		put_id(out, ev->cause);
	}
}

int usher_event_json(const struct usher_event *ev, char *buf, size_t cap,
		     size_t *ret_len)
{
	const struct usher__tdesc *desc = usher__type(ev->type);
	struct out out = {buf, cap, 0};

	put_header(&out, ev);
	for (uint32_t i = 0; desc && i < desc->field_count; i++) {
		const struct usher__fdesc *field = &desc->fields[i];

		/* the header has these already */
		if ((field->id == USHER_F_CONTACT && ev->contact) ||
		    (field->id == USHER_F_SEGMENT && ev->segment))
			continue;
		put_key(&out, usher_field_name(field->id));
		put_value(&out, field, usher__payload(ev));
	}
	put(&out, "}");
	*ret_len = out.len;
	put_bytes(&out, "", 1);
	if (out.len <= cap)
		return 0;
	*ret_len = out.len;
	return USHER_EFULL;
}
