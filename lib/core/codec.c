/*
 * The binary form.
 *
 *   entry   = length (varint, of what follows) header fields
 *   header  = type kind seq time node contact segment actor actor_id
 *             cause_kind cause (varints; time zigzag)
 *   fields  = { tag value }, tag = id << 2 | wire (varint), in the order of
 *             the schema, empty ones left out
 *   wire    = 0: varint (signed ones zigzag); 1: 8 bytes little-endian;
 *             2: length and bytes; 3: count, length and bytes
 *
 * Lists go as they are in memory, ids little-endian. Unknown fields and types
 * are skipped by their wire; a field that comes twice is damage, as is any
 * text, list or number that the checks of payload.c refuse.
 */
#include <core/payload.h>

#define WIRE_VARINT 0
#define WIRE_FIXED  1
#define WIRE_BYTES  2
#define WIRE_LIST   3

/* Bytes of the longest varint. */
#define VARINT_MAX 10

struct usher_decoder {
	struct usher_alloc alloc;
	struct usher_event *ev;
	size_t cap;
};

/* ---- Numbers ---- */

static size_t varint_size(uint64_t value)
{
	size_t size = 1;

	while (value >= 0x80) {
		value >>= 7;
		size++;
	}
	return size;
}

static unsigned char *varint_put(unsigned char *out, uint64_t value)
{
	while (value >= 0x80) {
		*out++ = (unsigned char)(value | 0x80);
		value >>= 7;
	}
	*out++ = (unsigned char)value;
	return out;
}

struct in {
	const unsigned char *at;
	const unsigned char *end;
	bool bad;
};

static uint64_t varint_get(struct in *in)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (in->at == in->end)
			break;
		byte = *in->at++;
		/* the tenth byte holds one bit */
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	in->bad = true;
	return 0;
}

static uint64_t zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (uint64_t)(value < 0 ? -1 : 0);
}

static int64_t unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
}

static unsigned char *fixed_put(unsigned char *out, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		*out++ = (unsigned char)(value >> (8 * i));
	return out;
}

static uint64_t fixed_get(const unsigned char *at)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

static const unsigned char *bytes_get(struct in *in, uint64_t len)
{
	const unsigned char *at = in->at;

	if (in->bad || len > (uint64_t)(in->end - at)) {
		in->bad = true;
		return NULL;
	}
	in->at += len;
	return at;
}

/* ---- Fields ---- */

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
		return zigzag(*(const int64_t *)at);
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
		size_t tag = varint_size((uint64_t)field->id << 2);

		if (usher__is_var(field->type)) {
			const struct usher__bytes *var =
				var_at(field, payload);

			if (!var->len)
				continue;
			size += tag + varint_size(var->len) + var->len;
			if (wire_of(field->type) == WIRE_LIST)
				size += varint_size(var->count);
			continue;
		}
		if (!scalar(field, payload))
			continue;
		size += tag + (field->type == USHER_TYPE_REAL
				       ? 8
				       : varint_size(scalar(field, payload)));
	}
	return size;
}

static unsigned char *var_put(uint32_t type, const struct usher__bytes *var,
			      unsigned char *out)
{
	if (wire_of(type) == WIRE_LIST)
		out = varint_put(out, var->count);
	out = varint_put(out, var->len);
	if (type == USHER_TYPE_IDS) {
		for (uint32_t i = 0; i < var->count; i++)
			out = fixed_put(out, ((const uint64_t *)var->ptr)[i]);
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
			out = varint_put(out, (uint64_t)field->id << 2 | wire);
			out = var_put(field->type, var_at(field, payload),
				      out);
			continue;
		}
		value = scalar(field, payload);
		if (!value)
			continue;
		out = varint_put(out, (uint64_t)field->id << 2 | wire);
		out = wire == WIRE_FIXED ? fixed_put(out, value)
					 : varint_put(out, value);
	}
	return out;
}

/* Each variable field that is not empty took three bytes at least, and gets
 * its length, a NUL and up to seven bytes of alignment. */
size_t usher__fields_room(size_t len)
{
	return len + len / 3 * 8 + 8;
}

static void var_get(struct in *in, const struct usher__fdesc *field,
		    void *payload, char **space)
{
	struct usher__bytes *var = (void *)((char *)payload + field->offset);
	uint64_t count = 0, len;
	const unsigned char *bytes;

	if (wire_of(field->type) == WIRE_LIST)
		count = varint_get(in);
	len = varint_get(in);
	bytes = bytes_get(in, len);
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
				fixed_get(bytes + 8 * i);
	} else {
		memcpy(*space, bytes, len);
	}
	(*space)[len] = '\0';
	*space += (len + 8) & ~(uint64_t)7;
}

static void scalar_get(struct in *in, const struct usher__fdesc *field,
		       void *payload)
{
	void *at = (char *)payload + field->offset;
	const unsigned char *bytes;
	uint64_t value = 0;

	if (field->type == USHER_TYPE_REAL) {
		bytes = bytes_get(in, 8);
		value = bytes ? fixed_get(bytes) : 0;
	} else {
		value = varint_get(in);
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
		*(int64_t *)at = unzigzag(value);
		return;
	}
	memcpy(at, &value, sizeof(value));
}

static void skip(struct in *in, unsigned wire)
{
	if (wire == WIRE_FIXED) {
		bytes_get(in, 8);
		return;
	}
	if (wire == WIRE_LIST)
		varint_get(in);
	if (wire == WIRE_VARINT)
		varint_get(in);
	else
		bytes_get(in, varint_get(in));
}

int usher__fields_get(const struct usher__tdesc *desc, const void *bytes,
		      size_t len, void *payload, void *space)
{
	struct in in = {bytes, bytes, false};
	char *at = space;
	uint32_t seen = 0;

	/* No fields may be no address either, which bears no arithmetic. */
	if (len)
		in.end += len;
	memset(payload, 0, desc->size);
	while (in.at < in.end && !in.bad) {
		uint64_t tag = varint_get(&in);
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

/* ---- Entries ---- */

static size_t header_size(const struct usher_event *ev)
{
	return varint_size(ev->type) + varint_size(ev->kind) +
	       varint_size(ev->seq) + varint_size(zigzag(ev->time_us)) +
	       varint_size(ev->node) + varint_size(ev->contact) +
	       varint_size(ev->segment) + varint_size(ev->actor) +
	       varint_size(ev->actor_id) + varint_size(ev->cause_kind) +
	       varint_size(ev->cause);
}

static unsigned char *header_put(const struct usher_event *ev,
				 unsigned char *out)
{
	out = varint_put(out, ev->type);
	out = varint_put(out, ev->kind);
	out = varint_put(out, ev->seq);
	out = varint_put(out, zigzag(ev->time_us));
	out = varint_put(out, ev->node);
	out = varint_put(out, ev->contact);
	out = varint_put(out, ev->segment);
	out = varint_put(out, ev->actor);
	out = varint_put(out, ev->actor_id);
	out = varint_put(out, ev->cause_kind);
	return varint_put(out, ev->cause);
}

int usher_event_encode(const struct usher_event *ev, void *buf, size_t cap,
		       size_t *ret_len)
{
	const struct usher__tdesc *desc = usher__type(ev->type);
	unsigned char *out = buf;
	size_t body, len;

	body = header_size(ev);
	if (desc)
		body += usher__fields_size(desc, usher__payload(ev));
	len = varint_size(body) + body;
	*ret_len = len;
	if (len > cap)
		return USHER_EFULL;
	out = varint_put(out, body);
	out = header_put(ev, out);
	if (desc)
		usher__fields_put(desc, usher__payload(ev), out);
	return 0;
}

static uint32_t small_get(struct in *in)
{
	uint64_t value = varint_get(in);

	if (value > UINT32_MAX)
		in->bad = true;
	return (uint32_t)value;
}

static bool header_get(struct in *in, struct usher_event *ev)
{
	ev->type = small_get(in);
	ev->kind = small_get(in);
	ev->seq = varint_get(in);
	ev->time_us = unzigzag(varint_get(in));
	ev->node = varint_get(in);
	ev->contact = varint_get(in);
	ev->segment = varint_get(in);
	ev->actor = small_get(in);
	ev->actor_id = varint_get(in);
	ev->cause_kind = small_get(in);
	ev->cause = varint_get(in);
	return !in->bad && ev->type;
}

int usher_decoder_new(struct usher_decoder **ret,
		      const struct usher_alloc *alloc)
{
	struct usher_decoder *dec;

	if (!alloc)
		alloc = usher_alloc_default();
	dec = alloc->realloc(alloc->arg, NULL, sizeof(*dec));
	if (!dec)
		return USHER_ENOMEM;
	memset(dec, 0, sizeof(*dec));
	dec->alloc = *alloc;
	*ret = dec;
	return 0;
}

void usher_decoder_free(struct usher_decoder *dec)
{
	struct usher_alloc alloc;

	if (!dec)
		return;
	alloc = dec->alloc;
	if (dec->ev)
		alloc.realloc(alloc.arg, dec->ev, 0);
	alloc.realloc(alloc.arg, dec, 0);
}

static int decoder_room(struct usher_decoder *dec, size_t body)
{
	size_t need = sizeof(struct usher_event) + USHER__PAYLOAD_MAX +
		      usher__fields_room(body);
	void *ptr;

	if (dec->cap >= need)
		return 0;
	ptr = dec->alloc.realloc(dec->alloc.arg, dec->ev, need);
	if (!ptr)
		return USHER_ENOMEM;
	dec->ev = ptr;
	dec->cap = need;
	return 0;
}

int usher_event_decode(struct usher_decoder *dec, const void *bytes,
		       size_t len, size_t *ret_used,
		       const struct usher_event **ret)
{
	struct in in = {bytes, (const unsigned char *)bytes + len, false};
	const struct usher__tdesc *desc;
	struct usher_event *ev;
	char *payload;
	uint64_t body;
	int err;

	body = varint_get(&in);
	if (in.bad)
		return len < VARINT_MAX && in.at == in.end ? USHER_EAGAIN
							   : USHER_ECORRUPT;
	if (body > USHER_ENTRY_MAX)
		return USHER_ECORRUPT;
	if (body > (uint64_t)(in.end - in.at))
		return USHER_EAGAIN;
	in.end = in.at + body;
	err = decoder_room(dec, body);
	if (err)
		return err;
	ev = dec->ev;
	payload = (char *)(ev + 1);
	memset(ev, 0, sizeof(*ev));
	if (!header_get(&in, ev))
		return USHER_ECORRUPT;
	desc = usher__type(ev->type);
	if (desc && desc->kind != ev->kind)
		return USHER_ECORRUPT;
	if (desc) {
		err = usher__fields_get(desc, in.at, (size_t)(in.end - in.at),
					payload, payload + USHER__PAYLOAD_MAX);
		if (err)
			return err;
	}
	*ret_used = (size_t)(in.end - (const unsigned char *)bytes);
	*ret = ev;
	return 0;
}
