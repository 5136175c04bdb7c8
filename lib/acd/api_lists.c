/*
 * Inputs that bring lists and attributes along, and inputs given by their
 * fields.
 */
#include <math.h>

#include <acd/internal.h>
#include <acd/options.h>

/* A growing place for lists, kept for the next time. It moves, so that a list
 * is known by where it begins until all are complete. */
struct build {
	struct usher_acd *acd;
	size_t len;
	int err;
};

/* From inside a callback it is in use. */
static void build_init(struct build *b, struct usher_acd *acd)
{
	b->acd = acd;
	b->len = 0;
	b->err = acd->busy ? USHER_EBUSY : 0;
}

static void build_put(struct build *b, const void *bytes, size_t len)
{
	struct usher_acd *acd = b->acd;

	if (b->err || !len)
		return;
	if (acd->build_size - b->len < len) {
		size_t size = (b->len + len) * 2 + 256;
		char *buf =
			acd->alloc.realloc(acd->alloc.arg, acd->build, size);

		if (!buf) {
			b->err = USHER_ENOMEM;
			return;
		}
		acd->build = buf;
		acd->build_size = size;
	}
	memcpy(acd->build + b->len, bytes, len);
	b->len += len;
}

static void build_align(struct build *b)
{
	static const char zeros[8];

	build_put(b, zeros, (8 - b->len % 8) % 8);
}

static void put_attr(struct build *b, const struct usher_attr *attr)
{
	if (!attr->name || strlen(attr->name) > USHER_NAME_MAX ||
	    !*attr->name || (attr->type != USHER_ATTR_NUMBER && !attr->text) ||
	    attr->type > USHER_ATTR_LIST || !isfinite(attr->number) ||
	    (attr->type == USHER_ATTR_LIST) < (attr->count > 0) ||
	    attr->count > USHER_ATTR_ITEMS_MAX) {
		b->err = USHER_EINVAL;
		return;
	}
	build_put(b, attr->name, strlen(attr->name) + 1);
	if (attr->type == USHER_ATTR_LIST) {
		char count = (char)attr->count;

		build_put(b, "l", 1);
		build_put(b, &count, 1);
		build_put(b, attr->text,
			  usher__items_len(attr->text, attr->count));
	} else if (attr->type == USHER_ATTR_TEXT) {
		build_put(b, "t", 1);
		build_put(b, attr->text, strlen(attr->text) + 1);
	} else {
		/* no second form of zero: it would be another state */
		double number = attr->number ? attr->number : 0;

		build_put(b, "n", 1);
		build_put(b, &number, sizeof(number));
	}
}

/* Attributes in the order of their names; each name once. */
static struct usher__bytes put_attrs(struct build *b, const char *attrs,
				     size_t size, size_t count)
{
	struct usher__bytes list = {(void *)(uintptr_t)b->len, 0, 0};
	const char *last = "";

	if (!size)
		size = sizeof(struct usher_attr);
	if (count > USHER_LIST_MAX || size < ATTR_FIRST)
		b->err = USHER_EINVAL;
	for (size_t n = 0; n < count && !b->err; n++) {
		const struct usher_attr *best = NULL;

		for (size_t i = 0; i < count; i++) {
			const struct usher_attr *attr =
				(const void *)(attrs + i * size);

			if (!attr->name) {
				b->err = USHER_EINVAL;
				return list;
			}
			if (strcmp(attr->name, last) > 0 &&
			    (!best || strcmp(attr->name, best->name) < 0))
				best = attr;
		}
		if (!best) {
			b->err = USHER_EINVAL;
			return list;
		}
		last = best->name;
		put_attr(b, best);
		list.count++;
	}
	list.len = (uint32_t)(b->len - (uintptr_t)list.ptr);
	return list;
}

static struct usher__bytes put_strs(struct build *b, const char *const *strs,
				    size_t count)
{
	struct usher__bytes list = {(void *)(uintptr_t)b->len, 0, 0};

	for (size_t i = 0; i < count; i++) {
		if (!strs[i]) {
			b->err = USHER_EINVAL;
			return list;
		}
		build_put(b, strs[i], strlen(strs[i]) + 1);
		list.count++;
	}
	list.len = (uint32_t)(b->len - (uintptr_t)list.ptr);
	return list;
}

static void settle(const struct build *b, struct usher__bytes *list)
{
	list->ptr = list->len ? b->acd->build + (uintptr_t)list->ptr : NULL;
}

static void put_capacity(struct build *b, const struct usher_agent_opts *opts,
			 struct usher__ev_in_agent_set *in)
{
	struct usher_attr max[USHER_CHANNELS_MAX];
	struct usher_attr interrupts[USHER_CHANNELS_MAX];
	size_t size = opts->capacity_size ? opts->capacity_size
					  : sizeof(struct usher_capacity);
	size_t n = 0;

	if (opts->capacity_count > USHER_CHANNELS_MAX ||
	    size < CAPACITY_FIRST) {
		b->err = USHER_EINVAL;
		return;
	}
	memset(max, 0, sizeof(max));
	memset(interrupts, 0, sizeof(interrupts));
	for (size_t i = 0; i < opts->capacity_count; i++) {
		const struct usher_capacity *cap =
			(const void *)((const char *)opts->capacity +
				       i * size);

		max[i].name = cap->channel;
		max[i].number = cap->max;
		if (!cap->interrupts || !*cap->interrupts)
			continue;
		interrupts[n].name = cap->channel;
		interrupts[n].type = USHER_ATTR_TEXT;
		interrupts[n++].text = cap->interrupts;
	}
	in->capacity = put_attrs(b, (const char *)max, sizeof(max[0]),
				 opts->capacity_count);
	in->interrupts = put_attrs(b, (const char *)interrupts,
				   sizeof(interrupts[0]), n);
}

int usher_acd_agent_set(struct usher_acd *acd, int64_t now_us,
			const struct usher_agent_opts *opts,
			uint64_t *ret_agent, struct usher_error *err)
{
	struct usher__ev_in_agent_set in = {0};
	struct usher_agent_opts all;
	struct build b;
	int code;

	build_init(&b, acd);
	if (!usher__take(&all, sizeof(all), opts, AGENT_OPTS_FIRST))
		return usher_error_set(err, USHER_EINVAL,
				       "options of an unknown size");
	in.name = usher__text(all.name);
	in.order = all.order;
	in.max_total = all.max_total ? all.max_total : 1;
	in.queues.ptr = all.queues;
	in.queues.count = all.queue_count;
	in.queues.len = all.queue_count * (uint32_t)sizeof(*all.queues);
	put_capacity(&b, &all, &in);
	in.attrs = put_attrs(&b, (const char *)all.attrs, all.attr_size,
			     all.attr_count);
	in.endpoints = put_strs(&b, all.endpoints, all.endpoint_count);
	settle(&b, &in.capacity);
	settle(&b, &in.interrupts);
	settle(&b, &in.attrs);
	settle(&b, &in.endpoints);
	code = b.err;
	if (code)
		usher_error_set(err, code, "agent \"%s\": %s",
				all.name ? all.name : "",
				"attributes, capacity or endpoints");
	else
		code = usher__acd_run(acd, now_us, USHER_EV_IN_AGENT_SET, &in,
				      ret_agent, err);
	return code;
}

int usher_acd_queue_set(struct usher_acd *acd, int64_t now_us,
			const struct usher_queue_opts *opts,
			uint64_t *ret_queue, struct usher_error *err)
{
	struct usher__ev_in_queue_set in = {0};
	struct usher_queue_opts all;
	struct build b;
	int code;

	build_init(&b, acd);
	if (!usher__take(&all, sizeof(all), opts, QUEUE_OPTS_FIRST))
		return usher_error_set(err, USHER_EINVAL,
				       "options of an unknown size");
	code = usher__queue_numbers(&all, &in, err);
	if (code)
		return code;
	in.policy_options = put_attrs(&b, (const char *)all.policy_options,
				      all.attr_size, all.policy_option_count);
	in.order_options = put_attrs(&b, (const char *)all.order_options,
				     all.attr_size, all.order_option_count);
	settle(&b, &in.policy_options);
	settle(&b, &in.order_options);
	code = b.err;
	if (code)
		usher_error_set(err, code, "queue \"%s\": options",
				all.name ? all.name : "");
	else
		code = usher__acd_run(acd, now_us, USHER_EV_IN_QUEUE_SET, &in,
				      ret_queue, err);
	return code;
}

/* No attributes, the usual case, takes no memory. */
int usher_acd_contact_new(struct usher_acd *acd, int64_t now_us,
			  const struct usher_contact_opts *opts,
			  uint64_t *ret_contact)
{
	struct usher__ev_in_contact_new in = {0};
	struct usher_contact_opts all = {0};
	struct build b;
	int code;

	build_init(&b, acd);
	if (opts && !usher__take(&all, sizeof(all), opts, CONTACT_OPTS_FIRST))
		return USHER_EINVAL;
	in.channel = usher__text(all.channel ? all.channel : "voice");
	in.direction = all.direction;
	in.origin = usher__text(all.origin);
	in.entry = usher__text(all.entry);
	in.customer = usher__text(all.customer);
	in.priority = all.priority;
	in.since = all.since_us;
	in.attrs = put_attrs(&b, (const char *)all.attrs, all.attr_size,
			     all.attr_count);
	settle(&b, &in.attrs);
	code = b.err;
	if (!code)
		code = usher__acd_run(acd, now_us, USHER_EV_IN_CONTACT_NEW,
				      &in, ret_contact, NULL);
	return code;
}

int usher_acd_contact_set(struct usher_acd *acd, int64_t now_us,
			  uint64_t contact,
			  const struct usher_contact_opts *opts)
{
	struct usher__ev_in_contact_set in = {0};
	struct usher_contact_opts all;
	struct build b;
	int code;

	build_init(&b, acd);
	if (!usher__take(&all, sizeof(all), opts, CONTACT_OPTS_FIRST))
		return USHER_EINVAL;
	in.contact = contact;
	in.priority = all.priority;
	in.customer = usher__text(all.customer);
	in.attrs = put_attrs(&b, (const char *)all.attrs, all.attr_size,
			     all.attr_count);
	settle(&b, &in.attrs);
	code = b.err;
	if (!code)
		code = usher__acd_run(acd, now_us, USHER_EV_IN_CONTACT_SET,
				      &in, NULL, NULL);
	return code;
}

/* ---- By fields ---- */

static void put_list(struct build *b, uint32_t type,
		     const struct usher_field_value *value,
		     struct usher__bytes *list)
{
	switch (type) {
	case USHER_TYPE_KV:
		*list = put_attrs(b, value->data, sizeof(struct usher_attr),
				  value->len);
		return;
	case USHER_TYPE_STRS:
		*list = put_strs(b, value->data, value->len);
		return;
	case USHER_TYPE_IDS:
		build_align(b);
		list->ptr = (void *)(uintptr_t)b->len;
		list->len = value->len * (uint32_t)sizeof(uint64_t);
		list->count = value->len;
		build_put(b, value->data, list->len);
		return;
	}
	list->ptr = (void *)(uintptr_t)b->len;
	list->len = value->len;
	if (!list->len && value->data && type == USHER_TYPE_STR)
		list->len = (uint32_t)strlen(value->data);
	if (list->len)
		build_put(b, value->data, list->len);
	build_put(b, "", 1);
}

static int put_value(struct build *b, const struct usher__tdesc *desc,
		     const struct usher_field_value *value, void *payload)
{
	const struct usher__fdesc *field =
		usher__type_field(desc, value->field);
	void *at;

	if (!field)
		return USHER_EINVAL;
	at = (char *)payload + field->offset;
	if (usher__is_var(field->type)) {
		if (value->len > USHER_ENTRY_MAX)
			return USHER_EINVAL;
		put_list(b, field->type, value, at);
		return b->err;
	}
	switch (field->type) {
	case USHER_TYPE_U32:
	case USHER_TYPE_ENUM:
		if (value->number > UINT32_MAX)
			return USHER_EINVAL;
		*(uint32_t *)at = (uint32_t)value->number;
		return 0;
	case USHER_TYPE_REAL:
		*(double *)at = value->real;
		return 0;
	}
	*(uint64_t *)at = value->number;
	return 0;
}

static int fill(struct build *b, const struct usher__tdesc *desc,
		const struct usher_field_value *values, size_t count,
		void *payload)
{
	int code = 0;

	memset(payload, 0, desc->size);
	for (size_t i = 0; !code && i < count; i++)
		code = put_value(b, desc, &values[i], payload);
	for (uint32_t i = 0; !code && i < desc->field_count; i++) {
		if (usher__is_var(desc->fields[i].type))
			settle(b, (void *)((char *)payload +
					   desc->fields[i].offset));
	}
	return code ? code : usher__payload_check(desc, payload);
}

int usher_acd_input(struct usher_acd *acd, int64_t now_us, uint32_t type,
		    const struct usher_field_value *values, size_t count,
		    uint64_t *ret_id, struct usher_error *err)
{
	const struct usher__tdesc *desc = usher__type(type);
	union usher__payload payload;
	struct build b;
	int code;

	if (!desc || desc->kind != USHER_KIND_INPUT)
		return usher_error_set(err, USHER_EINVAL, "not an input");
	build_init(&b, acd);
	code = fill(&b, desc, values, count, &payload);
	if (code)
		usher_error_set(err, code, "a field of %s is malformed",
				desc->name);
	else
		code = usher__acd_run(acd, now_us, type, &payload, ret_id,
				      err);
	return code;
}

int usher_acd_note(struct usher_acd *acd, int64_t now_us, uint32_t type,
		   uint64_t contact, uint64_t segment,
		   const struct usher_field_value *values, size_t count)
{
	const struct usher__tdesc *desc = usher__type(type);
	struct usher__ev_in_note in = {0};
	union usher__payload payload;
	struct build b;
	unsigned char *bytes;
	size_t len;
	int code;

	if (!desc || desc->kind != USHER_KIND_NOTE)
		return USHER_EINVAL;
	build_init(&b, acd);
	code = fill(&b, desc, values, count, &payload);
	if (code)
		return code;
	/* encoded aside, since they may be made from what they replace */
	len = usher__fields_size(desc, &payload);
	bytes = usher__acd_scratch(acd, len + 1);
	if (!bytes)
		return USHER_ENOMEM;
	usher__fields_put(desc, &payload, bytes);
	b.len = 0;
	build_put(&b, bytes, len);
	if (b.err)
		return b.err;
	in.contact = contact;
	in.segment = segment;
	in.type = type;
	in.payload.ptr = acd->build;
	in.payload.len = (uint32_t)len;
	return usher__acd_run(acd, now_us, USHER_EV_IN_NOTE, &in, NULL, NULL);
}

int usher_acd_replay(struct usher_acd *acd, const struct usher_event *input)
{
	struct usher_by by = {.actor = input->actor,
			      .actor_id = input->actor_id};

	if (input->kind != USHER_KIND_INPUT)
		return USHER_EINVAL;
	if (input->cause_kind == USHER_CAUSE_REQUEST)
		by.cause = input->cause;
	usher_acd_by(acd, &by);
	return usher__acd_run(acd, input->time_us, input->type,
			      usher__payload(input), NULL, NULL);
}
