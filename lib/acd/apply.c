/*
 * Events change the state here and nowhere else. Applying cannot fail: memory
 * was taken before, by usher__acd_reserve() for objects, and by
 * usher__acd_prepare() for what an event brings along.
 */
#include <acd/callbacks.h>
#include <acd/qstep.h>

/* A copy of the payload and its variable parts in one piece, with room behind
 * it. */
static int spare_copy(struct usher_acd *acd, uint32_t type,
		      const void *payload, size_t more)
{
	const struct usher__tdesc *desc = usher__type(type);
	size_t size = desc->size + usher__pack_size(desc, payload);
	char *copy;

	size = (size + 7) / 8 * 8 + more;
	copy = usher__slab_get(&acd->slab, &acd->alloc, size);

	if (!copy)
		return USHER_ENOMEM;
	usher__pack(desc, copy, payload, copy + desc->size);
	acd->spare = copy;
	acd->spare_size = size;
	return 0;
}

static int spare_text(struct usher_acd *acd, const struct usher__bytes *text)
{
	char *copy = usher__slab_get(&acd->slab, &acd->alloc, NAME_SIZE);

	if (!copy)
		return USHER_ENOMEM;
	usher__name_copy(copy, text);
	acd->spare = copy;
	acd->spare_size = NAME_SIZE;
	return 0;
}

static int spare_texts(struct usher_acd *acd, const char *origin,
		       const char *entry, const struct usher__bytes *customer,
		       const struct usher__bytes *attrs)
{
	size_t origin_len = strlen(origin), entry_len = strlen(entry);
	size_t size = sizeof(struct usher__texts) + origin_len + entry_len +
		      customer->len + attrs->len + 3;
	struct usher__texts *texts;
	char *at;

	if (!origin_len && !entry_len && !customer->len && !attrs->len)
		return 0;
	texts = usher__slab_get(&acd->slab, &acd->alloc, size);
	if (!texts)
		return USHER_ENOMEM;
	texts->origin = (uint16_t)origin_len;
	texts->entry = (uint16_t)entry_len;
	texts->customer = (uint16_t)customer->len;
	texts->attr_count = (uint16_t)attrs->count;
	texts->attrs = attrs->len;
	at = texts->bytes;
	memcpy(at, origin, origin_len + 1);
	at += origin_len + 1;
	memcpy(at, entry, entry_len + 1);
	at += entry_len + 1;
	if (customer->len)
		memcpy(at, customer->ptr, customer->len);
	at[customer->len] = '\0';
	at += customer->len + 1;
	if (attrs->len)
		memcpy(at, attrs->ptr, attrs->len);
	acd->spare = texts;
	acd->spare_size = size;
	return 0;
}

static int prepare_queue(struct usher_acd *acd,
			 const struct usher__ev_queue_set *ev)
{
	const char *fallback = usher__cstr(&ev->fallback);
	const struct usher_agent_policy *policy =
		usher__agent_policy(acd, usher__cstr(&ev->policy));
	int err;

	err = usher__list_reserve(acd, &acd->queues, 1);
	if (!err)
		err = usher__list_reserve(acd, &acd->queue_names, 1);
	if (!err)
		err = usher__slab_reserve(&acd->slab, &acd->alloc,
					  sizeof(struct queue));
	if (!err && policy)
		err = usher__dims_make(acd, policy);
	if (!err)
		err = usher__dims_make(acd,
				       usher__agent_policy(acd, fallback));
	if (!err)
		err = usher__req_make(acd, &ev->requirement, NULL);
	if (err)
		return err;
	return spare_copy(acd, USHER_EV_QUEUE_SET, ev, CONFS * CONF_SIZE);
}

static int prepare_agent(struct usher_acd *acd,
			 const struct usher__ev_agent_set *ev)
{
	struct agent *agent = usher__agent_get(acd, ev->agent);
	struct usher_attr attr;
	const void *at = NULL;
	int err, kind;

	while (usher__kv_next(&ev->capacity, &at, &attr)) {
		kind = usher__kind_make(acd, attr.name);
		if (kind < 0)
			return kind;
	}
	err = usher__list_reserve(acd, &acd->agents, 1);
	if (!err)
		err = usher__list_reserve(acd, &acd->agent_names, 1);
	if (!err)
		err = usher__pool_reserve(&acd->agent_pool, &acd->alloc, 1);
	if (!err)
		err = usher__list_reserve(acd, &acd->free_slots,
					  acd->agents.count + 1);
	if (!err && !agent && !acd->free_slots.count)
		err = usher__dims_for_slot(acd, acd->slots);
	if (err)
		return err;
	return spare_copy(acd, USHER_EV_AGENT_SET, ev, 0);
}

static int prepare_contact(struct usher_acd *acd,
			   const struct usher__ev_contact_started *ev)
{
	int kind = usher__kind_make(acd, usher__cstr(&ev->channel));

	if (kind < 0)
		return kind;
	return spare_texts(acd, usher__cstr(&ev->origin),
			   usher__cstr(&ev->entry), &ev->customer, &ev->attrs);
}

static int prepare_change(struct usher_acd *acd, const struct contact *contact,
			  const struct usher__ev_contact_changed *ev)
{
	return spare_texts(acd, usher__texts_origin(contact->texts),
			   usher__texts_entry(contact->texts), &ev->customer,
			   &ev->attrs);
}

int usher__acd_prepare(struct usher_acd *acd, uint32_t type, uint64_t contact,
		       const void *payload)
{
	switch (type) {
	case USHER_EV_QUEUE_SET:
		return prepare_queue(acd, payload);
	case USHER_EV_STEP_SET: {
		int err = usher__prepare_step(acd, payload);

		return err ? err : spare_copy(acd, type, payload, 0);
	}
	case USHER_EV_STEPS_CUT:
		return usher__prepare_renew(
			acd,
			((const struct usher__ev_steps_cut *)payload)->queue);
	case USHER_EV_AGENT_SET:
		return prepare_agent(acd, payload);
	case USHER_EV_CALLBACK_ASKED: {
		int err = usher__prepare_callback(acd, payload);

		return err ? err
			   : spare_copy(acd, type, payload,
					sizeof(struct callback));
	}
	case USHER_EV_CONTACT_STARTED:
		return prepare_contact(acd, payload);
	case USHER_EV_CONTACT_CHANGED:
		return prepare_change(acd, usher__contact_get(acd, contact),
				      payload);
	case USHER_EV_QUEUE_ENTERED:
		return usher__req_make(
			acd,
			&((const struct usher__ev_queue_entered *)payload)
				 ->requirement,
			NULL);
	case USHER_EV_FLOW_ENTERED:
		return spare_text(
			acd, &((const struct usher__ev_flow_entered *)payload)
				      ->flow);
	case USHER_EV_DISPOSITION_SET:
		return spare_text(
			acd,
			&((const struct usher__ev_disposition_set *)payload)
				 ->disposition);
	}
	return 0;
}

void usher__acd_put_back(struct usher_acd *acd)
{
	if (acd->spare)
		usher__slab_put(&acd->slab, &acd->alloc, acd->spare,
				acd->spare_size);
	acd->spare = NULL;
	usher_expr_free(acd->spare_expr);
	acd->spare_expr = NULL;
}

/* schema.def numbers events by tens, each of one subject. */
static bool apply(struct usher_acd *acd, const struct usher_event *ev,
		  const void *payload)
{
	switch (ev->type / 10) {
	case USHER_EV_CONTACT_STARTED / 10:
	case USHER_EV_FLOW_ENTERED / 10:
		return usher__apply_contact(acd, ev, payload);
	case USHER_EV_QUEUE_ENTERED / 10:
	case USHER_EV_DECIDE / 10:
		return usher__apply_queue(acd, ev, payload) ||
		       usher__apply_step(acd, ev, payload);
	case USHER_EV_OFFER_MADE / 10:
		return usher__apply_offer(acd, ev, payload);
	case USHER_EV_AGENT_JOINED / 10:
		return usher__apply_agent(acd, ev, payload);
	case USHER_EV_CALLBACK_ASKED / 10:
		return usher__apply_callback(acd, ev, payload);
	}
	return usher__apply_config(acd, ev, payload) ||
	       usher__apply_step(acd, ev, payload);
}

void usher__acd_apply(struct usher_acd *acd, const struct usher_event *ev,
		      const void *payload)
{
	bool known;

	assert(ev->seq == acd->seq + 1);
	acd->seq = ev->seq;
	acd->time = ev->time_us;
	if (ev->kind != USHER_KIND_EVENT)
		return;
	acd->applying = true;
	known = apply(acd, ev, payload);
	acd->applying = false;
	/* an event of a newer version: there is nothing to do for it */
	(void)known;
}
