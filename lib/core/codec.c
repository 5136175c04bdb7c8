/*
 * The binary form of entries.
 *
 *   entry   = length (varint, of what follows) header fields
 *   header  = type kind seq time node contact segment actor actor_id
 *             cause_kind cause (varints; time zigzag)
 *
 * The fields are those of fields.c. Unknown types are skipped.
 */
#include <core/schema.h>
#include <core/wire.h>

struct usher_decoder {
	struct usher_alloc alloc;
	struct usher_event *ev;
	size_t cap;
};

static size_t header_size(const struct usher_event *ev)
{
	return usher__varint_size(ev->type) + usher__varint_size(ev->kind) +
	       usher__varint_size(ev->seq) +
	       usher__varint_size(usher__zigzag(ev->time_us)) +
	       usher__varint_size(ev->node) + usher__varint_size(ev->contact) +
	       usher__varint_size(ev->segment) +
	       usher__varint_size(ev->actor) +
	       usher__varint_size(ev->actor_id) +
	       usher__varint_size(ev->cause_kind) +
	       usher__varint_size(ev->cause);
}

static unsigned char *header_put(const struct usher_event *ev,
				 unsigned char *out)
{
	out = usher__varint_put(out, ev->type);
	out = usher__varint_put(out, ev->kind);
	out = usher__varint_put(out, ev->seq);
	out = usher__varint_put(out, usher__zigzag(ev->time_us));
	out = usher__varint_put(out, ev->node);
	out = usher__varint_put(out, ev->contact);
	out = usher__varint_put(out, ev->segment);
	out = usher__varint_put(out, ev->actor);
	out = usher__varint_put(out, ev->actor_id);
	out = usher__varint_put(out, ev->cause_kind);
	return usher__varint_put(out, ev->cause);
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
	len = usher__varint_size(body) + body;
	*ret_len = len;
	if (len > cap)
		return USHER_EFULL;
	out = usher__varint_put(out, body);
	out = header_put(ev, out);
	if (desc)
		usher__fields_put(desc, usher__payload(ev), out);
	return 0;
}

static uint32_t small_get(struct usher__in *in)
{
	uint64_t value = usher__varint_get(in);

	if (value > UINT32_MAX)
		in->bad = true;
	return (uint32_t)value;
}

static bool header_get(struct usher__in *in, struct usher_event *ev)
{
	ev->type = small_get(in);
	ev->kind = small_get(in);
	ev->seq = usher__varint_get(in);
	ev->time_us = usher__unzigzag(usher__varint_get(in));
	ev->node = usher__varint_get(in);
	ev->contact = usher__varint_get(in);
	ev->segment = usher__varint_get(in);
	ev->actor = small_get(in);
	ev->actor_id = usher__varint_get(in);
	ev->cause_kind = small_get(in);
	ev->cause = usher__varint_get(in);
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
	struct usher__in in = {bytes, (const unsigned char *)bytes + len,
			       false};
	const struct usher__tdesc *desc;
	struct usher_event *ev;
	char *payload;
	uint64_t body;
	int err;

	body = usher__varint_get(&in);
	if (in.bad)
		return len < USHER__VARINT_MAX && in.at == in.end
			       ? USHER_EAGAIN
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
