/*
 * An instance as bytes, and back: little-endian, every field in a fixed
 * order, secrets and typed digits left out. What comes back is checked as
 * input from outside: nothing that a flow set could not have led to is let in.
 */
#include <string.h>

#include "expr/expr.h"
#include "ivr/instance.h"

static const char magic[] = {'U', 'I', 'V', 'R', 1};

struct writer {
	unsigned char *buf; /* NULL: count only */
	size_t cap;
	size_t len;
};

static void put_byte(struct writer *w, unsigned byte)
{
	if (w->buf && w->len < w->cap)
		w->buf[w->len] = (unsigned char)byte;
	w->len++;
}

static void put(struct writer *w, uint64_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		put_byte(w, (unsigned)(n >> 8 * i & 0xff));
}

static void put_bytes(struct writer *w, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_byte(w, (unsigned char)s[i]);
}

static void put_slot(struct writer *w, const struct slot *slot)
{
	uint64_t bits;

	put(w, slot->type, 1);
	switch (slot->type) {
	case USHER_VALUE_BOOL:
		put(w, slot->boolean, 1);
		break;
	case USHER_VALUE_NUMBER:
		memcpy(&bits, &slot->number, sizeof(bits));
		put(w, bits, 8);
		break;
	case USHER_VALUE_STRING:
		put(w, slot->len, 4);
		put_bytes(w, slot->text, slot->len);
		break;
	default:
		break;
	}
}

static void put_data(struct writer *w, const struct ivr_data *d)
{
	put(w, d->state, 1);
	put(w, d->stopping, 1);
	put(w, (uint32_t)d->step, 4);
	put(w, (uint32_t)d->leave_target, 4);
	put(w, d->requests, 4);
	put(w, d->awaited, 4);
	put(w, d->queue_request, 4);
	put(w, d->tries, 4);
	put(w, d->steps, 4);
	put(w, (uint64_t)d->mark_us, 8);
	put(w, (uint64_t)d->last_us, 8);
	put(w, (uint64_t)d->deadline, 8);
	put(w, (uint64_t)d->queue_deadline, 8);
	put(w, d->depth, 1);
	for (int i = 0; i < d->depth; i++) {
		put(w, d->frames[i].kind, 1);
		put(w, (uint32_t)d->frames[i].step, 4);
	}
}

int usher_ivr_save(const struct usher_ivr *ivr, void *buf, size_t cap,
		   size_t *len)
{
	struct writer w = {buf, buf ? cap : 0, 0};

	if (!len)
		return USHER_EINVAL;
	if (ivr->unread)
		return USHER_EAGAIN;
	put_bytes(&w, magic, sizeof(magic));
	put(&w, ivr->set->version, 8);
	put_data(&w, &ivr->d);
	put(&w, ivr->set->n_vars, 2);
	for (uint32_t i = 0; i < ivr->set->n_vars; i++) {
		if (ivr->set->vars[i].secret)
			put(&w, USHER_VALUE_UNDEFINED, 1);
		else
			put_slot(&w, &ivr->vars[i]);
	}
	*len = w.len;
	return buf && w.len > cap ? USHER_EFULL : 0;
}

struct reader {
	const unsigned char *p;
	size_t left;
	bool bad;
};

static uint64_t get(struct reader *r, int bytes)
{
	uint64_t n = 0;

	if (r->left < (size_t)bytes) {
		r->bad = true;
		r->left = 0;
		return 0;
	}
	for (int i = 0; i < bytes; i++)
		n |= (uint64_t)r->p[i] << 8 * i;
	r->p += bytes;
	r->left -= (size_t)bytes;
	return n;
}

static int32_t get_int(struct reader *r)
{
	uint32_t n = (uint32_t)get(r, 4);
	int32_t value;

	memcpy(&value, &n, sizeof(value));
	return value;
}

static int64_t get_time(struct reader *r)
{
	uint64_t n = get(r, 8);
	int64_t value;

	memcpy(&value, &n, sizeof(value));
	return value;
}

static void get_magic(struct reader *r)
{
	for (size_t i = 0; i < sizeof(magic); i++)
		if (get(r, 1) != (unsigned char)magic[i])
			r->bad = true;
}

static void get_data(struct reader *r, struct ivr_data *d)
{
	d->state = (uint8_t)get(r, 1);
	d->stopping = (uint8_t)get(r, 1);
	d->step = get_int(r);
	d->leave_target = get_int(r);
	d->requests = (uint32_t)get(r, 4);
	d->awaited = (uint32_t)get(r, 4);
	d->queue_request = (uint32_t)get(r, 4);
	d->tries = (uint32_t)get(r, 4);
	d->steps = (uint32_t)get(r, 4);
	d->mark_us = get_time(r);
	d->last_us = get_time(r);
	d->deadline = get_time(r);
	d->queue_deadline = get_time(r);
	d->depth = (uint8_t)get(r, 1);
	if (d->depth > USHER_IVR_DEPTH_MAX) {
		r->bad = true;
		d->depth = 0;
	}
	for (int i = 0; i < d->depth; i++) {
		d->frames[i].kind = (uint8_t)get(r, 1);
		d->frames[i].step = get_int(r);
	}
}

static void get_slot(struct reader *r, struct usher_ivr *ivr, int32_t var)
{
	struct usher_value value = usher_value_undefined();
	uint64_t bits;

	switch (get(r, 1)) {
	case USHER_VALUE_UNDEFINED:
		break;
	case USHER_VALUE_BOOL:
		value = usher_value_bool(get(r, 1) != 0);
		break;
	case USHER_VALUE_NUMBER:
		bits = get(r, 8);
		value.type = USHER_VALUE_NUMBER;
		memcpy(&value.number, &bits, sizeof(value.number));
		r->bad = r->bad || value.number - value.number != 0;
		break;
	case USHER_VALUE_STRING:
		bits = get(r, 4);
		value = usher_value_bytes((const char *)r->p, (size_t)bits);
		if (value.len > r->left || value.len > USHER_IVR_VALUE_MAX) {
			r->bad = true;
			return;
		}
		r->p += value.len;
		r->left -= (size_t)value.len;
		break;
	default:
		r->bad = true;
		break;
	}
	if (!r->bad && !(ivr->set->vars[var].secret &&
			 value.type != USHER_VALUE_UNDEFINED))
		usher__ivr_set(ivr, var, value);
	else
		r->bad = true;
}

static bool step_ok(const struct usher_flow_set *set, int32_t step)
{
	return step >= 0 && (uint32_t)step < set->n_steps;
}

static bool frames_ok(const struct usher_flow_set *set,
		      const struct ivr_data *d)
{
	int queues = 0;

	for (int i = 0; i < d->depth; i++) {
		uint32_t kind = d->frames[i].kind == FRAME_QUEUE
					? USHER_STEP_QUEUE
					: USHER_STEP_SUBFLOW;

		if (d->frames[i].kind > FRAME_QUEUE ||
		    !step_ok(set, d->frames[i].step) ||
		    set->steps[d->frames[i].step]->kind != kind)
			return false;
		queues += d->frames[i].kind == FRAME_QUEUE;
	}
	return queues <= 1;
}

/* Whether the step is of a kind that can be in this state. */
static bool state_ok(const struct usher_flow_set *set,
		     const struct ivr_data *d)
{
	uint32_t kind = set->steps[d->step]->kind;
	bool top_queue = d->depth &&
			 d->frames[d->depth - 1].kind == FRAME_QUEUE &&
			 d->frames[d->depth - 1].step == d->step;

	switch (d->state) {
	case IVR_FRESH:
		return !d->depth;
	case IVR_DONE:
		return true;
	case IVR_PROMPT:
		return kind == USHER_STEP_PROMPT;
	case IVR_ASKING:
	case IVR_INPUT:
		return kind == USHER_STEP_MENU || kind == USHER_STEP_COLLECT;
	case IVR_INVALID:
		return (kind == USHER_STEP_MENU ||
			kind == USHER_STEP_COLLECT) &&
		       set->steps[d->step]->prompts[PROMPT_INVALID] >= 0;
	case IVR_FETCH:
		return kind == USHER_STEP_FETCH;
	case IVR_WAIT:
		return kind == USHER_STEP_WAIT;
	case IVR_GREETING:
	case IVR_RECORDING:
		return kind == USHER_STEP_VOICEMAIL;
	case IVR_TRANSFER:
		return kind == USHER_STEP_TRANSFER;
	case IVR_CALLBACK:
		return kind == USHER_STEP_CALLBACK;
	case IVR_QUEUED:
	case IVR_LEAVING:
		return top_queue;
	case IVR_TALKING:
		return (kind == USHER_STEP_QUEUE ||
			kind == USHER_STEP_TRANSFER) &&
		       d->depth < USHER_IVR_DEPTH_MAX;
	default:
		return false;
	}
}

static bool data_ok(const struct usher_flow_set *set, const struct ivr_data *d)
{
	if (!step_ok(set, d->step) || !frames_ok(set, d) || !state_ok(set, d))
		return false;
	if (d->leave_target < TARGET_NONE ||
	    (d->leave_target >= 0 && !step_ok(set, d->leave_target)))
		return false;
	return d->last_us < INT64_MAX && d->stopping <= 1;
}

int usher_ivr_saved_version(const void *buf, size_t len, uint64_t *version)
{
	struct reader r = {buf, len, false};
	uint64_t n;

	if (!buf || !version)
		return USHER_ECORRUPT;
	get_magic(&r);
	n = get(&r, 8);
	if (r.bad)
		return USHER_ECORRUPT;
	*version = n;
	return 0;
}

static int restore(struct usher_ivr *ivr, struct reader *r)
{
	get_data(r, &ivr->d);
	if (r->bad || !data_ok(ivr->set, &ivr->d) ||
	    get(r, 2) != ivr->set->n_vars)
		return USHER_ECORRUPT;
	for (uint32_t i = 0; i < ivr->set->n_vars && !r->bad; i++)
		get_slot(r, ivr, (int32_t)i);
	if (ivr->failed)
		return ivr->failed;
	if (r->bad || r->left)
		return USHER_ECORRUPT;
	return ivr->vars[VAR_LANGUAGE].type == USHER_VALUE_STRING
		       ? 0
		       : USHER_ECORRUPT;
}

int usher_ivr_restore(struct usher_ivr **ret, struct usher_flow_set *set,
		      const struct usher_ivr_opts *opts,
		      const struct usher_alloc *alloc, const void *buf,
		      size_t len, struct usher_error *err)
{
	struct reader r = {buf, len, false};
	struct usher_ivr *ivr;
	uint64_t version;
	int code;

	if (!ret || !set || !opts ||
	    opts->size < UP_TO(struct usher_ivr_opts, arg) || !buf)
		return usher_error_set(err, USHER_EINVAL,
				       "no flow set, options or bytes");
	code = usher_ivr_saved_version(buf, len, &version);
	if (code)
		return usher_error_set(err, code, "this is no saved flow");
	if (version != set->version)
		return usher_error_set(err, USHER_ESTATE,
				       "saved by another version of flows");
	get_magic(&r);
	get(&r, 8);
	if (usher__ivr_alloc(&ivr, set, opts, alloc))
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	usher__ivr_begin(ivr);
	ivr->failed = restore(ivr, &r);
	code = usher__ivr_commit(ivr);
	if (code) {
		usher_ivr_free(ivr);
		return usher_error_set(err, code, "%s", usher_strerror(code));
	}
	*ret = ivr;
	return 0;
}
