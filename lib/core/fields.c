/*
 * The binary form of a payload.
 *
 *   fields  = { tag value }, tag = id << 2 | wire (varint), in the order of
 *             the schema, empty ones left out
 *   wire    = 0: varint (signed ones zigzag); 1: 8 bytes little-endian;
 *             2: length and bytes; 3: count, length and bytes
 *
 * Lists go as they are in memory, ids little-endian. Unknown fields are
 * skipped by their wire; a field that comes twice is damage, as is any text,
 * list or number that the checks of payload.c refuse.
 */
#include <core/payload.h>
#include <core/wire.h>

#define WIRE_VARINT 0
#define WIRE_FIXED  1
#define WIRE_BYTES  2
#define WIRE_LIST   3

static unsigned wire_of(uint32_t type)
{
	switch (type) {
	case USHER_TYPE_REAL:
		return WIRE_FIXED;
	case USHER_TYPE_STR:
	case USHER_TYPE_BYTES:
		return WIRE_BYTES;
	case USHER_TYPE_IDS:
	case USHER_TYPE_STRS:
	case USHER_TYPE_KV:
		return WIRE_LIST;
	}
	return WIRE_VARINT;
}

/* Value of a field that is not variable, as it goes on the wire. */
static uint64_t scalar(const struct usher__fdesc *field, const void *payload)
{
	const void *at = (const char *)payload + field->offset;

	switch (field->type) {
	case USHER_TYPE_U32:
	case USHER_TYPE_ENUM:
		return *(const uint32_t *)at;
	case USHER_TYPE_I64:
	case USHER_TYPE_TIME:
	case USHER_TYPE_SPAN:
		return usher__zigzag(*(const int64_t *)at);
	}
	return *(const uint64_t *)at;
}

static const struct usher__bytes *var_at(const struct usher__fdesc *field,
					 const void *payload)
{
	return (const void *)((const char *)payload + field->offset);
}

size_t usher__fields_size(const struct usher__tdesc *desc, const void *payload)
{
	size_t size = 0;

	for (uint32_t i = 0; i < desc->field_count; i++) {
		const struct usher__fdesc *field = &desc->fields[i];
		size_t tag = usher__varint_size((uint64_t)field->id << 2);

		if (usher__is_var(field->type)) {
			const struct usher__bytes *var =
				var_at(field, payload);

			if (!var->len)
				continue;
			size += tag + usher__varint_size(var->len) + var->len;
			if (wire_of(field->type) == WIRE_LIST)
				size += usher__varint_size(var->count);
			continue;
		}
		if (!scalar(field, payload))
			continue;
		size += tag +
			(field->type == USHER_TYPE_REAL
				 ? 8
				 : usher__varint_size(scalar(field, payload)));
	}
	return size;
}

static unsigned char *var_put(uint32_t type, const struct usher__bytes *var,
			      unsigned char *out)
{
	if (wire_of(type) == WIRE_LIST)
		out = usher__varint_put(out, var->count);
	out = usher__varint_put(out, var->len);
	if (type == USHER_TYPE_IDS) {
		for (uint32_t i = 0; i < var->count; i++)
			out = usher__fixed_put(
				out, ((const uint64_t *)var->ptr)[i]);
		return out;
	}
	memcpy(out, var->ptr, var->len);
	return out + var->len;
}

unsigned char *usher__fields_put(const struct usher__tdesc *desc,
				 const void *payload, unsigned char *out)
{
	for (uint32_t i = 0; i < desc->field_count; i++) {
		const struct usher__fdesc *field = &desc->fields[i];
		unsigned wire = wire_of(field->type);
		uint64_t value;

		if (usher__is_var(field->type)) {
			if (!var_at(field, payload)->len)
				continue;
			out = usher__varint_put(out, (uint64_t)field->id << 2 |
							     wire);
			out = var_put(field->type, var_at(field, payload),
				      out);
			continue;
		}
		value = scalar(field, payload);
		if (!value)
			continue;
		out = usher__varint_put(out, (uint64_t)field->id << 2 | wire);
		out = wire == WIRE_FIXED ? usher__fixed_put(out, value)
					 : usher__varint_put(out, value);
	}
	return out;
}

/* Each variable field that is not empty took three bytes at least, and gets
 * its length, a NUL and up to seven bytes of alignment. */
size_t usher__fields_room(size_t len)
{
	return len + len / 3 * 8 + 8;
}

static void var_get(struct usher__in *in, const struct usher__fdesc *field,
		    void *payload, char **space)
{
	struct usher__bytes *var = (void *)((char *)payload + field->offset);
	uint64_t count = 0, len;
	const unsigned char *bytes;

	if (wire_of(field->type) == WIRE_LIST)
		count = usher__varint_get(in);
	len = usher__varint_get(in);
	bytes = usher__bytes_get(in, len);
	if (!bytes || !len || count > USHER_LIST_MAX ||
	    (field->type == USHER_TYPE_IDS && len != count * 8)) {
		in->bad = true;
		return;
	}
	var->ptr = *space;
	var->len = (uint32_t)len;
	var->count = (uint32_t)count;
	if (field->type == USHER_TYPE_IDS) {
		for (uint32_t i = 0; i < count; i++)
			((uint64_t *)(void *)*space)[i] =
				usher__fixed_get(bytes + 8 * i);
	} else {
		memcpy(*space, bytes, len);
	}
	(*space)[len] = '\0';
	*space += (len + 8) & ~(uint64_t)7;
}

static void scalar_get(struct usher__in *in, const struct usher__fdesc *field,
		       void *payload)
{
	void *at = (char *)payload + field->offset;
	const unsigned char *bytes;
	uint64_t value = 0;

	if (field->type == USHER_TYPE_REAL) {
		bytes = usher__bytes_get(in, 8);
		value = bytes ? usher__fixed_get(bytes) : 0;
	} else {
		value = usher__varint_get(in);
	}
	switch (field->type) {
	case USHER_TYPE_U32:
	case USHER_TYPE_ENUM:
		if (value > UINT32_MAX)
			in->bad = true;
		*(uint32_t *)at = (uint32_t)value;
		return;
	case USHER_TYPE_I64:
	case USHER_TYPE_TIME:
	case USHER_TYPE_SPAN:
		*(int64_t *)at = usher__unzigzag(value);
		return;
	}
	memcpy(at, &value, sizeof(value));
}

static void skip(struct usher__in *in, unsigned wire)
{
	if (wire == WIRE_FIXED) {
		usher__bytes_get(in, 8);
		return;
	}
	if (wire == WIRE_LIST)
		usher__varint_get(in);
	if (wire == WIRE_VARINT)
		usher__varint_get(in);
	else
		usher__bytes_get(in, usher__varint_get(in));
}

int usher__fields_get(const struct usher__tdesc *desc, const void *bytes,
		      size_t len, void *payload, void *space)
{
	struct usher__in in = {bytes, bytes, false};
	char *at = space;
	uint32_t seen = 0;

	/* No fields may be no address either, which bears no arithmetic. */
	if (len)
		in.end += len;
	memset(payload, 0, desc->size);
	while (in.at < in.end && !in.bad) {
		uint64_t tag = usher__varint_get(&in);
		const struct usher__fdesc *field = NULL;
		uint32_t bit;

		if (in.bad)
			break;
		if (tag >> 2 <= UINT32_MAX)
			field = usher__type_field(desc, (uint32_t)(tag >> 2));
		if (!field) {
			skip(&in, tag & 3);
			continue;
		}
		bit = 1u << (field - desc->fields);
		if (seen & bit || wire_of(field->type) != (tag & 3))
			return USHER_ECORRUPT;
		seen |= bit;
		if (usher__is_var(field->type))
			var_get(&in, field, payload, &at);
		else
			scalar_get(&in, field, payload);
	}
	if (in.bad || usher__payload_check(desc, payload))
		return USHER_ECORRUPT;
	return 0;
}
