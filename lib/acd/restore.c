/*
 * Making a core from the bytes of a snapshot: the checksum first, then each
 * record against what is there already, then the index.
 */
#include <acd/internal.h>

#define MAGIC       "USHRSNAP"
#define VERSION     1u
#define HEADER_SIZE 16
#define HASH_SIZE   8

struct reader {
	struct usher_acd *acd;
	const unsigned char *at;
	const unsigned char *end;
	union usher__payload payload;
	struct queue *queue;
	struct agent *agent;
	struct contact *contact;
	char *space;
	size_t space_size;
	bool began;
};

static uint64_t hash(const unsigned char *at, size_t len)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static uint32_t u32_get(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static uint64_t u64_get(const unsigned char *at)
{
	return u32_get(at) | (uint64_t)u32_get(at + 4) << 32;
}

static int load_center(struct reader *r, const struct usher__ev_st_center *st)
{
	struct usher_acd *acd = r->acd;

	acd->order =
		usher__contact_policy(acd, usher__cstr(&st->contact_order));
	if (!acd->order)
		return USHER_ENOENT;
	if (st->node > UINT16_MAX)
		return USHER_ECORRUPT;
	acd->seq = st->seq;
	acd->time = st->time;
	acd->now = st->time;
	acd->node = st->node << 48;
	acd->seed = st->seed;
	acd->last_queue = st->last_queue;
	acd->last_agent = st->last_agent;
	acd->last_contact = st->last_contact;
	acd->last_segment = st->last_segment;
	acd->last_offer = st->last_offer;
	r->began = true;
	return 0;
}

/* As an event would do it; the last ids were read before and stay. */
static int load_set(struct reader *r, uint32_t type, uint64_t id,
		    const struct list *list)
{
	struct usher_event head = {.type = type, .kind = USHER_KIND_EVENT};
	const uint64_t *last =
		list->count ? list->items[list->count - 1] : NULL;
	uint32_t before = list->count;
	int err;

	if (!id || (last && *last >= id))
		return USHER_ECORRUPT;
	err = usher__acd_prepare(r->acd, type, 0, &r->payload);
	if (err)
		return err;
	usher__apply_config(r->acd, &head, &r->payload);
	return list->count == before + 1 ? 0 : USHER_ECORRUPT;
}

static int load_queue_set(struct reader *r,
			  const struct usher__ev_queue_set *ev)
{
	struct usher_acd *acd = r->acd;
	const char *policy = usher__cstr(&ev->policy);
	int err;

	if (!ev->name.len || usher__queue_named(acd, usher__cstr(&ev->name)) ||
	    ev->offer_timeout <= 0)
		return USHER_ECORRUPT;
	if ((strcmp(policy, "external") &&
	     !usher__agent_policy(acd, policy)) ||
	    !usher__agent_policy(acd, usher__cstr(&ev->fallback)))
		return USHER_ENOENT;
	err = load_set(r, USHER_EV_QUEUE_SET, ev->queue, &acd->queues);
	if (!err)
		r->queue = acd->queues.items[acd->queues.count - 1];
	return err;
}

static int load_queue(struct reader *r, const struct usher__ev_st_queue *st)
{
	struct queue *queue = r->queue;

	if (!queue || st->policy_state.len > USHER_POLICY_STATE_MAX ||
	    st->fallback_state.len > USHER_POLICY_STATE_MAX)
		return USHER_ECORRUPT;
	queue->open = st->open;
	queue->draining = st->draining;
	queue->entered = st->entered;
	queue->answered = st->answered;
	queue->abandoned = st->abandoned;
	queue->flowed = st->flowed;
	queue->handle = st->handle;
	if (st->policy_state.len)
		memcpy(queue->state, st->policy_state.ptr,
		       st->policy_state.len);
	if (st->fallback_state.len)
		memcpy(queue->fallback_state, st->fallback_state.ptr,
		       st->fallback_state.len);
	return 0;
}

static int load_agent_set(struct reader *r,
			  const struct usher__ev_agent_set *ev)
{
	struct usher_acd *acd = r->acd;
	struct usher_attr attr;
	const void *at = NULL;
	int err;

	if (!ev->name.len || usher__agent_named(acd, usher__cstr(&ev->name)) ||
	    !ev->max_total)
		return USHER_ECORRUPT;
	while (usher__kv_next(&ev->capacity, &at, &attr)) {
		if (attr.type != USHER_ATTR_NUMBER || attr.number < 0 ||
		    attr.number > USHER_CAPACITY_MAX)
			return USHER_ECORRUPT;
	}
	at = NULL;
	while (usher__kv_next(&ev->interrupts, &at, &attr)) {
		if (attr.type != USHER_ATTR_TEXT)
			return USHER_ECORRUPT;
	}
	err = load_set(r, USHER_EV_AGENT_SET, ev->agent, &acd->agents);
	if (!err)
		r->agent = acd->agents.items[acd->agents.count - 1];
	return err;
}

static int load_agent(struct reader *r, const struct usher__ev_st_agent *st)
{
	struct agent *agent = r->agent;

	if (!agent || st->presence > USHER_PAUSED ||
	    st->pending_presence > USHER_PAUSED)
		return USHER_ECORRUPT;
	agent->presence = st->presence;
	usher__name_copy(agent->reason, &st->reason);
	agent->pending = st->pending;
	agent->pending_presence = st->pending_presence;
	usher__name_copy(agent->pending_reason, &st->pending_reason);
	agent->removing = st->draining;
	agent->since = st->since;
	agent->ready_since = st->ready_since;
	agent->idle_since = st->idle_since;
	agent->signed_in = st->signed_in;
	agent->last_offer = st->last_offer_seq;
	agent->contacts = st->contacts;
	agent->missed = st->missed;
	return 0;
}

static int load_contact(struct reader *r,
			const struct usher__ev_st_contact *st)
{
	struct usher_acd *acd = r->acd;
	struct usher__ev_contact_started ev = {0};
	struct usher_event head = {.type = USHER_EV_CONTACT_STARTED,
				   .kind = USHER_KIND_EVENT};
	int err;

	if (!st->contact || (acd->last_contact_ptr &&
			     acd->last_contact_ptr->id >= st->contact))
		return USHER_ECORRUPT;
	head.contact = st->contact;
	head.time_us = st->started_at;
	ev.channel = st->channel;
	ev.direction = st->direction;
	ev.origin = st->origin;
	ev.entry = st->entry;
	ev.customer = st->customer;
	ev.priority = st->priority;
	ev.since = st->since;
	ev.attrs = st->attrs;
	err = usher__acd_prepare(acd, USHER_EV_CONTACT_STARTED, 0, &ev);
	if (err)
		return err;
	usher__apply_contact(acd, &head, &ev);
	r->contact = acd->last_contact_ptr;
	r->contact->ended = st->ended;
	r->contact->detached_until = st->until;
	if (st->until)
		usher__timer_set(acd, &r->contact->timer, st->until,
				 TIMER_DETACH, st->contact, r->contact);
	return 0;
}

static int load_in_queue(struct reader *r, struct segment *seg,
			 const struct usher__ev_st_segment *st)
{
	struct usher_acd *acd = r->acd;
	struct queue *queue = seg->q.queue;
	int err = usher__req_make(acd, &st->requirement, NULL);

	if (err)
		return err;
	seg->q.req = usher__req_ref(acd, &st->requirement);
	seg->q.deadline = st->deadline;
	seg->q.until = st->until;
	seg->q.own_priority = st->own_priority;
	seg->late = st->late;
	/* in the order of entering, which is that of the ids; older contacts
	 * come first, so the place is near the end */
	seg->q.q_prev = queue->last;
	while (seg->q.q_prev && seg->q.q_prev->id > seg->id) {
		seg->q.q_next = seg->q.q_prev;
		seg->q.q_prev = seg->q.q_prev->q.q_prev;
	}
	if (seg->q.q_prev)
		seg->q.q_prev->q.q_next = seg;
	else
		queue->first = seg;
	if (seg->q.q_next)
		seg->q.q_next->q.q_prev = seg;
	else
		queue->last = seg;
	queue->waiting++;
	queue->offered += seg->state == USHER_SEGMENT_OFFERED;
	queue->detached += r->contact->detached_until != 0;
	usher__segment_timer(acd, seg);
	usher__class_join(acd, seg);
	usher__segment_index(acd, seg);
	return 0;
}

static int load_with_agent(struct reader *r, struct segment *seg,
			   const struct usher__ev_st_segment *st)
{
	struct usher_acd *acd = r->acd;
	struct queue *queue = usher__queue_get(acd, st->queue);
	struct agent *agent = seg->a.agent;

	if (st->disposition.len) {
		seg->a.disposition =
			usher__slab_get(&acd->slab, &acd->alloc, NAME_SIZE);
		if (!seg->a.disposition)
			return USHER_ENOMEM;
		usher__name_copy(seg->a.disposition, &st->disposition);
	}
	seg->a.queue = st->queue;
	seg->a.connect = st->connect;
	seg->a.talk = st->talk;
	seg->a.hold = st->hold;
	seg->a.wrapup = st->wrapup;
	seg->a.deadline = st->deadline;
	seg->a.next = agent->segments;
	agent->segments = seg;
	usher__agent_load(agent, r->contact->kind, 1);
	if (queue)
		queue->talking++;
	if (seg->state == USHER_SEGMENT_WRAPUP)
		usher__timer_set(acd, &seg->timer, st->deadline, TIMER_WRAPUP,
				 seg->id, seg);
	return 0;
}

static int load_in_flow(struct reader *r, struct segment *seg,
			const struct usher__ev_st_segment *st)
{
	seg->f.flow =
		usher__slab_get(&r->acd->slab, &r->acd->alloc, NAME_SIZE);
	if (!seg->f.flow)
		return USHER_ENOMEM;
	usher__name_copy(seg->f.flow, &st->flow);
	return 0;
}

static bool segment_fits(struct reader *r,
			 const struct usher__ev_st_segment *st)
{
	static const struct {
		uint32_t first, last;
	} states[] = {
		[USHER_SEGMENT_FLOW] = {USHER_SEGMENT_RUNNING,
					USHER_SEGMENT_RUNNING},
		[USHER_SEGMENT_QUEUE] = {USHER_SEGMENT_WAITING,
					 USHER_SEGMENT_OFFERED},
		[USHER_SEGMENT_AGENT] = {USHER_SEGMENT_DIALING,
					 USHER_SEGMENT_WRAPUP},
	};

	if (!r->contact || !st->segment || st->kind < USHER_SEGMENT_FLOW ||
	    st->kind > USHER_SEGMENT_AGENT ||
	    st->seg_state < states[st->kind].first ||
	    st->seg_state > states[st->kind].last ||
	    usher__segment_get(r->acd, st->segment) ||
	    r->contact->segment_count >= USHER_CONTACT_SEGMENTS_MAX)
		return false;
	if (st->kind == USHER_SEGMENT_QUEUE)
		return usher__queue_get(r->acd, st->queue) &&
		       !usher__contact_waits_in(
			       r->contact,
			       usher__queue_get(r->acd, st->queue));
	return st->kind == USHER_SEGMENT_FLOW ||
	       usher__agent_get(r->acd, st->agent);
}

static int load_segment(struct reader *r,
			const struct usher__ev_st_segment *st)
{
	struct usher_acd *acd = r->acd;
	struct segment *seg;

	if (!segment_fits(r, st))
		return USHER_ECORRUPT;
	seg = usher__segment_make(acd, r->contact, st->segment, st->kind,
				  st->since);
	seg->state = (uint8_t)st->seg_state;
	seg->state_since = st->state_since;
	if (st->kind == USHER_SEGMENT_QUEUE) {
		seg->q.queue = usher__queue_get(acd, st->queue);
		return load_in_queue(r, seg, st);
	}
	if (st->kind == USHER_SEGMENT_AGENT) {
		seg->a.agent = usher__agent_get(acd, st->agent);
		return load_with_agent(r, seg, st);
	}
	return load_in_flow(r, seg, st);
}

static int load_offer(struct reader *r, const struct usher__ev_st_offer *st)
{
	struct usher_acd *acd = r->acd;
	struct agent *agent = usher__agent_get(acd, st->agent);
	struct segment *seg = usher__segment_get(acd, st->segment);
	struct offer *offer, **link;

	if (!r->contact || !agent || !seg || seg->contact != r->contact ||
	    seg->kind != USHER_SEGMENT_QUEUE || !st->offer ||
	    usher__offer_get(acd, st->offer) ||
	    (st->seg_state != USHER_OFFER_RINGING &&
	     st->seg_state != USHER_OFFER_ACCEPTED))
		return USHER_ECORRUPT;
	offer = usher__pool_get(&acd->offer_pool);
	offer->id = st->offer;
	offer->group = st->group;
	offer->contact = r->contact;
	offer->segment = seg;
	offer->agent = agent;
	offer->made = st->made;
	offer->state_since = st->state_since;
	offer->deadline = st->deadline;
	offer->state = st->seg_state;
	for (link = &r->contact->offers; *link;)
		link = &(*link)->next;
	*link = offer;
	/* newest first, as they were made: withdrawing goes in this order */
	for (link = &agent->offers; *link && (*link)->id > offer->id;)
		link = &(*link)->agent_next;
	offer->agent_next = *link;
	*link = offer;
	agent->accepted += st->seg_state == USHER_OFFER_ACCEPTED;
	usher__agent_load(agent, r->contact->kind, 1);
	usher__idmap_add(&acd->offer_map, offer);
	usher__timer_set(acd, &offer->timer, st->deadline, TIMER_OFFER,
			 offer->id, offer);
	return 0;
}

static int load_retry(struct reader *r, const struct usher__ev_st_retry *st)
{
	if (!r->contact || !st->agent || st->until == INT64_MIN)
		return USHER_ECORRUPT;
	/* also those that are over: they are part of the state */
	usher__retry_add(r->acd, r->contact, st->agent, st->until, INT64_MIN);
	return 0;
}

static int load(struct reader *r, uint32_t type)
{
	const void *payload = &r->payload;

	if (r->began == (type == USHER__ST_CENTER))
		return USHER_ECORRUPT;
	switch (type) {
	case USHER__ST_CENTER:
		return load_center(r, payload);
	case USHER_EV_QUEUE_SET:
		return load_queue_set(r, payload);
	case USHER__ST_QUEUE:
		return load_queue(r, payload);
	case USHER_EV_AGENT_SET:
		return load_agent_set(r, payload);
	case USHER__ST_AGENT:
		return load_agent(r, payload);
	case USHER__ST_CONTACT:
		return load_contact(r, payload);
	case USHER__ST_SEGMENT:
		return load_segment(r, payload);
	case USHER__ST_OFFER:
		return load_offer(r, payload);
	case USHER__ST_RETRY:
		return load_retry(r, payload);
	}
	/* of a newer version that still writes version 1: skipped */
	return 0;
}

static int read_space(struct reader *r, size_t len)
{
	size_t need = usher__fields_room(len);
	void *space;

	if (r->space_size >= need)
		return 0;
	space = r->acd->alloc.realloc(r->acd->alloc.arg, r->space, need * 2);
	if (!space)
		return USHER_ENOMEM;
	r->space = space;
	r->space_size = need * 2;
	return 0;
}

static int read_record(struct reader *r)
{
	const struct usher__tdesc *desc;
	uint32_t type, len;
	int err;

	if (r->end - r->at < 8)
		return USHER_ECORRUPT;
	type = u32_get(r->at);
	len = u32_get(r->at + 4);
	r->at += 8;
	if (len > (size_t)(r->end - r->at))
		return USHER_ECORRUPT;
	desc = usher__type(type);
	err = desc ? read_space(r, len) : 0;
	if (!err && desc)
		err = usher__fields_get(desc, r->at, len, &r->payload,
					r->space);
	if (!err && desc)
		err = usher__acd_reserve(r->acd);
	if (!err && desc)
		err = load(r, type);
	usher__acd_unprepare(r->acd);
	r->at += len;
	return err;
}

static int check_bytes(const unsigned char *bytes, size_t len,
		       struct usher_error *err)
{
	if (len < HEADER_SIZE + HASH_SIZE || memcmp(bytes, MAGIC, 8) ||
	    u64_get(bytes + len - HASH_SIZE) != hash(bytes, len - HASH_SIZE))
		return usher_error_set(err, USHER_ECORRUPT,
				       "not a whole snapshot");
	if (u32_get(bytes + 8) != VERSION)
		return usher_error_set(err, USHER_ENOTSUP,
				       "snapshot of version %u",
				       u32_get(bytes + 8));
	return 0;
}

/* Loads and presence came after the agents were put into their trees. */
static void index_agents(struct usher_acd *acd)
{
	for (uint32_t i = 0; i < acd->agents.count; i++)
		usher__agent_index(acd, acd->agents.items[i]);
	acd->mark_all = true;
}

int usher_acd_restore(
	struct usher_acd **ret, const struct usher_acd_opts *opts,
	const struct usher_agent_policy *const *agent_policies,
	size_t agent_policy_count,
	const struct usher_contact_policy *const *contact_policies,
	size_t contact_policy_count, const void *bytes, size_t len,
	struct usher_error *err)
{
	struct reader r = {0};
	int code = check_bytes(bytes, len, err);

	if (!code)
		code = usher_acd_new(&r.acd, opts, err);
	if (code)
		return code;
	for (size_t i = 0; !code && i < agent_policy_count; i++)
		code = usher_acd_agent_policy_add(r.acd, agent_policies[i]);
	for (size_t i = 0; !code && i < contact_policy_count; i++)
		code = usher_acd_contact_policy_add(r.acd,
						    contact_policies[i]);
	r.at = (const unsigned char *)bytes + HEADER_SIZE;
	r.end = (const unsigned char *)bytes + len - HASH_SIZE;
	r.acd->folding = true;
	while (!code && r.at < r.end)
		code = read_record(&r);
	r.acd->folding = false;
	if (!code && !r.began)
		code = USHER_ECORRUPT;
	if (r.space)
		r.acd->alloc.realloc(r.acd->alloc.arg, r.space, 0);
	if (code) {
		usher_acd_free(r.acd);
		return usher_error_set(err, code, "snapshot: %s",
				       usher_strerror(code));
	}
	index_agents(r.acd);
	*ret = r.acd;
	return 0;
}
