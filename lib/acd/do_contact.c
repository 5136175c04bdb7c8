/*
 * Deciding: contacts, flows and waiting.
 */
#include <acd/callbacks.h>
#include <acd/handlers.h>

/* Bytes that one event with ids, spans and a reason takes on the tape. */
#define EVENT_ROOM 400

static bool good_texts(const struct usher__bytes *attrs)
{
	return attrs->count <= USHER_ATTRS_MAX;
}

int usher__do_contact_new(struct usher_acd *acd, const void *arg,
			  uint64_t *ret, struct usher_error *err)
{
	const struct usher__ev_in_contact_new *in = arg;
	struct usher__ev_contact_started ev = {0};
	uint64_t id = acd->node | ((acd->last_contact + 1) & ID_MASK);
	int code;

	(void)err;
	if (!usher__good_priority(in->priority) || !good_texts(&in->attrs) ||
	    in->direction > USHER_OUT || in->since < 0 ||
	    in->channel.len > USHER_NAME_MAX)
		return USHER_EINVAL;
	if (acd->contact_count >= acd->contacts_max)
		return USHER_EFULL;
	ev.channel = in->channel.len ? in->channel : usher__text("voice");
	ev.direction = in->direction;
	ev.origin = in->origin;
	ev.entry = in->entry;
	ev.customer = in->customer;
	ev.priority = in->priority;
	ev.since = in->since && in->since < acd->now ? in->since : acd->now;
	ev.attrs = in->attrs;
	code = usher__acd_bring(acd, USHER_EV_CONTACT_STARTED, id, 0, &ev);
	if (!code)
		*ret = id;
	return code;
}

int usher__do_contact_set(struct usher_acd *acd, const void *arg,
			  uint64_t *ret, struct usher_error *err)
{
	const struct usher__ev_in_contact_set *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	struct usher__ev_contact_changed ev = {0};
	struct usher__bytes attrs, customer;

	(void)ret;
	(void)err;
	if (!contact)
		return USHER_ENOENT;
	if (!usher__good_priority(in->priority) || !good_texts(&in->attrs))
		return USHER_EINVAL;
	attrs = usher__texts_attrs(contact->texts);
	customer = usher__text(usher__texts_customer(contact->texts));
	if (contact->priority == in->priority &&
	    usher__bytes_equal(&attrs, &in->attrs) &&
	    usher__bytes_equal(&customer, &in->customer))
		return 0;
	ev.priority = in->priority;
	ev.customer = in->customer;
	ev.attrs = in->attrs;
	return usher__acd_bring(acd, USHER_EV_CONTACT_CHANGED, in->contact, 0,
				&ev);
}

int usher__do_contact_end(struct usher_acd *acd, const void *arg,
			  uint64_t *ret, struct usher_error *err)
{
	const struct usher__ev_in_contact_end *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	int code;

	(void)ret;
	(void)err;
	if (!contact)
		return USHER_ENOENT;
	if (contact->ended)
		return USHER_ESTATE;
	code = usher__acd_room(acd, usher__contact_room(contact));
	if (code)
		return code;
	if (contact->callback)
		usher__callback_over(acd, contact, &in->reason);
	usher__contact_over(acd, contact, USHER_LEAVE_ABANDONED, &in->reason);
	return 0;
}

int usher__do_detach(struct usher_acd *acd, const void *arg, uint64_t *ret,
		     struct usher_error *err)
{
	const struct usher__ev_in_detach *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	struct usher__ev_contact_detached ev = {0};
	int code;

	(void)ret;
	(void)err;
	if (!contact)
		return USHER_ENOENT;
	if (contact->ended || contact->callback)
		return USHER_ESTATE;
	if (in->until > acd->now + SPAN_MAX)
		return USHER_EINVAL;
	code = usher__acd_room(acd, usher__contact_room(contact));
	if (code)
		return code;
	ev.until = in->until > acd->now ? in->until : acd->now;
	ev.reason = usher__cut(&in->reason);
	usher__acd_emit(acd, USHER_EV_CONTACT_DETACHED, contact->id, 0, &ev);
	usher__withdraw_offers(acd, contact, NULL, USHER_WITHDRAW_DETACHED,
			       NULL, 0);
	return 0;
}

int usher__do_attach(struct usher_acd *acd, const void *arg, uint64_t *ret,
		     struct usher_error *err)
{
	const struct usher__ev_in_attach *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	struct usher__ev_contact_attached ev = {0};
	int code;

	(void)ret;
	(void)err;
	if (!contact)
		return USHER_ENOENT;
	if (contact->callback) {
		code = usher__acd_room(acd,
				       usher__callback_room(acd, contact));
		if (!code)
			usher__callback_attach(acd, contact);
		return code;
	}
	if (!contact->detached_until)
		return USHER_ESTATE;
	usher__acd_emit(acd, USHER_EV_CONTACT_ATTACHED, contact->id, 0, &ev);
	return 0;
}

int usher__do_flow_begin(struct usher_acd *acd, const void *arg, uint64_t *ret,
			 struct usher_error *err)
{
	const struct usher__ev_in_flow_begin *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	struct usher__ev_flow_entered ev = {0};
	uint64_t id = acd->node | ((acd->last_segment + 1) & ID_MASK);
	int code;

	(void)err;
	if (!contact)
		return USHER_ENOENT;
	if (contact->ended)
		return USHER_ESTATE;
	if (contact->segment_count >= USHER_CONTACT_SEGMENTS_MAX)
		return USHER_EFULL;
	ev.flow = usher__cut(&in->flow);
	code = usher__acd_bring(acd, USHER_EV_FLOW_ENTERED, contact->id, id,
				&ev);
	if (!code)
		*ret = id;
	return code;
}

int usher__do_flow_end(struct usher_acd *acd, const void *arg, uint64_t *ret,
		       struct usher_error *err)
{
	const struct usher__ev_in_flow_end *in = arg;
	struct segment *seg = usher__segment_get(acd, in->segment);

	(void)ret;
	(void)err;
	if (!seg || seg->kind != USHER_SEGMENT_FLOW)
		return USHER_ENOENT;
	usher__leave_flow(acd, seg, &in->reason);
	return 0;
}

static int check_enqueue(const struct usher_acd *acd,
			 const struct contact *contact,
			 const struct usher__ev_in_enqueue *in)
{
	const uint64_t *ids = in->queues.ptr;

	if (contact->ended || contact->callback)
		return USHER_ESTATE;
	if (!in->queues.count || in->queues.count > USHER_CONTACT_QUEUES_MAX ||
	    in->since < 0 || !usher__good_priority(in->priority) ||
	    (in->max_wait != USHER_NEVER && !usher__good_span(in->max_wait)))
		return USHER_EINVAL;
	if (contact->segment_count + in->queues.count >
	    USHER_CONTACT_SEGMENTS_MAX)
		return USHER_EFULL;
	for (uint32_t i = 0; i < in->queues.count; i++) {
		struct queue *queue = usher__queue_get(acd, ids[i]);

		if (!queue)
			return USHER_ENOENT;
		if (!queue->open || queue->draining)
			return USHER_ECLOSED;
		if (usher__contact_waits_in(contact, queue))
			return USHER_EEXIST;
		for (uint32_t j = 0; j < i; j++) {
			if (ids[j] == ids[i])
				return USHER_EINVAL;
		}
		if (queue->conf->max_waiting &&
		    queue->waiting >= queue->conf->max_waiting)
			return USHER_EFULL;
	}
	return 0;
}

int usher__do_enqueue(struct usher_acd *acd, const void *arg, uint64_t *ret,
		      struct usher_error *err)
{
	const struct usher__ev_in_enqueue *in = arg;
	struct contact *contact = usher__contact_get(acd, in->contact);
	struct usher__ev_queue_entered ev = {0};
	uint64_t id = acd->node | ((acd->last_segment + 1) & ID_MASK);
	int code;

	if (!contact)
		return USHER_ENOENT;
	code = check_enqueue(acd, contact, in);
	if (!code)
		code = usher__req_make(acd, &in->requirement, err);
	if (!code)
		code = usher__acd_room(
			acd, usher__enter_room(acd, contact, &in->queues,
					       in->requirement.len));
	if (code)
		return code;
	ev.priority = in->priority;
	ev.since = in->since && in->since < acd->now ? in->since
		   : in->since                       ? acd->now
						     : contact->since;
	ev.requirement = in->requirement;
	for (uint32_t i = 0; i < in->queues.count; i++) {
		struct queue *queue = usher__queue_get(
			acd, ((const uint64_t *)in->queues.ptr)[i]);
		int64_t wait =
			in->max_wait ? in->max_wait : queue->conf->max_wait;

		ev.queue = queue->id;
		ev.deadline =
			wait && wait != USHER_NEVER ? acd->now + wait : 0;
		ev.waiting = queue->waiting + 1;
		usher__acd_emit(acd, USHER_EV_QUEUE_ENTERED, contact->id,
				id + i, &ev);
	}
	*ret = id;
	for (uint32_t i = 0; i < in->queues.count; i++) {
		struct segment *seg = usher__segment_get(acd, id + i);

		if (seg && seg->q.queue->step_count)
			usher__steps_enter(acd, seg);
	}
	return 0;
}

int usher__do_dequeue(struct usher_acd *acd, const void *arg, uint64_t *ret,
		      struct usher_error *err)
{
	const struct usher__ev_in_dequeue *in = arg;
	struct segment *seg = usher__segment_get(acd, in->segment);
	int code;

	(void)ret;
	(void)err;
	if (!seg || seg->kind != USHER_SEGMENT_QUEUE)
		return USHER_ENOENT;
	if (in->leave == USHER_LEAVE_ANSWERED ||
	    in->leave > USHER_LEAVE_FAILED)
		return USHER_EINVAL;
	code = usher__acd_room(acd, usher__contact_room(seg->contact));
	if (code)
		return code;
	usher__leave_queue(acd, seg, in->leave, 0);
	return 0;
}
