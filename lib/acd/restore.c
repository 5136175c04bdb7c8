/*
 * Making a core from the bytes of a snapshot: the checksum first, then each
 * record against what is there already, then the index.
 */
#include <acd/restore.h>
#include <acd/qstep.h>

#define MAGIC       "USHRSNAP"
#define VERSION     1u
#define HEADER_SIZE 16
#define HASH_SIZE   8

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
	if (st->node > UINT16_MAX || !usher__good_time(st->time) ||
	    st->explain > USHER_EXPLAIN_MAX)
		return USHER_ECORRUPT;
	acd->seq = st->seq;
	acd->time = st->time;
	acd->told_kind = st->ran - 1;
	acd->told_id = st->ran_id;
	acd->ran_kind = acd->told_kind;
	acd->ran_id = acd->told_id;
	acd->now = st->time;
	acd->node = st->node << 48;
	acd->seed = st->seed;
	acd->explain = st->explain;
	acd->settled = st->settled;
	usher__declines(acd, NULL, st->declines);
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

	if (!usher__good_queue(ev) ||
	    usher__queue_named(acd, usher__cstr(&ev->name)))
		return USHER_ECORRUPT;
	if ((strcmp(policy, "external") &&
	     !usher__agent_policy(acd, policy)) ||
	    !usher__agent_policy(acd, usher__cstr(&ev->fallback)))
		return USHER_ENOENT;
	if (!usher__good_fallback(acd, usher__cstr(&ev->fallback)))
		return USHER_ECORRUPT;
	err = load_set(r, USHER_EV_QUEUE_SET, ev->queue, &acd->queues);
	if (!err)
		r->queue = acd->queues.items[acd->queues.count - 1];
	return err;
}

static int load_queue(struct reader *r, const struct usher__ev_st_queue *st)
{
	struct queue *queue = r->queue;
	struct usher_acd *acd = r->acd;

	if (!queue || !usher__good_time(st->handle) || st->until < 0 ||
	    st->until > USHER_TIME_MAX + USHER_BATCH_WINDOW_MAX ||
	    !usher__good_time(st->since) ||
	    st->policy_state.len > USHER_POLICY_STATE_MAX ||
	    st->fallback_state.len > USHER_POLICY_STATE_MAX)
		return USHER_ECORRUPT;
	queue->open = st->open;
	queue->draining = st->draining;
	queue->entered = st->entered;
	queue->answered = st->answered;
	queue->abandoned = st->abandoned;
	queue->flowed = st->flowed;
	queue->handle = st->handle;
	queue->collect = st->until;
	queue->assigned = st->since;
	usher__declines(acd, queue, st->declines);
	if (usher__collects(acd, queue))
		usher__timer_set(acd, &queue->timer, st->until, TIMER_COLLECT,
				 queue->id, queue);
	if (st->policy_state.len)
		memcpy(queue->state, st->policy_state.ptr,
		       st->policy_state.len);
	if (st->fallback_state.len)
		memcpy(queue->fallback_state, st->fallback_state.ptr,
		       st->fallback_state.len);
	return 0;
}

static int load_step(struct reader *r, const struct usher__ev_step_set *ev)
{
	struct usher_event head = {.type = USHER_EV_STEP_SET,
				   .kind = USHER_KIND_EVENT};
	int err;

	if (!r->queue || ev->queue != r->queue->id || !usher__good_step(ev) ||
	    ev->step != r->queue->step_count + 1)
		return USHER_ECORRUPT;
	err = usher__acd_prepare(r->acd, USHER_EV_STEP_SET, 0, ev);
	if (err)
		return err == USHER_ENOMEM ? err : USHER_ECORRUPT;
	usher__apply_step(r->acd, &head, ev);
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
	    !ev->max_total || ev->max_total > USHER_CAPACITY_MAX)
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

	if (!agent || !usher__good_time(st->since) ||
	    !usher__good_time(st->ready_since) ||
	    !usher__good_time(st->idle_since) ||
	    !usher__good_time(st->signed_in) || !usher__good_time(st->talk) ||
	    !usher__good_time(st->busy) || !usher__good_time(st->busy_since) ||
	    !usher__good_time(st->paused_for) || st->presence > USHER_PAUSED ||
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
	agent->talk = st->talk;
	agent->busy = st->busy;
	agent->busy_since = st->busy_since;
	agent->paused = st->paused_for;
	return 0;
}

static int load_pace(struct reader *r, const struct usher__ev_st_pace *st)
{
	struct pace *pace, **link;

	if (!r->agent || !usher__queue_get(r->acd, st->queue) ||
	    !usher__pace_good(st->handle, st->count))
		return USHER_ECORRUPT;
	for (link = &r->agent->paces; *link; link = &(*link)->next) {
		if ((*link)->queue >= st->queue)
			return USHER_ECORRUPT;
	}
	pace = usher__pool_get(&r->acd->pace_pool);
	pace->queue = st->queue;
	pace->handle = st->handle;
	pace->count = st->count;
	*link = pace;
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
	case USHER_EV_STEP_SET:
		return load_step(r, payload);
	case USHER_EV_AGENT_SET:
		return load_agent_set(r, payload);
	case USHER__ST_AGENT:
		return load_agent(r, payload);
	case USHER__ST_PACE:
		return load_pace(r, payload);
	case USHER__ST_CONTACT:
		return usher__load_contact(r, payload);
	case USHER_EV_CALLBACK_ASKED:
		return usher__load_callback(r, payload);
	case USHER__ST_CALLBACK:
		return usher__load_callback_state(r, payload);
	case USHER__ST_SEGMENT:
		return usher__load_segment(r, payload);
	case USHER__ST_OFFER:
		return usher__load_offer(r, payload);
	case USHER__ST_RETRY:
		return usher__load_retry(r, payload);
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
	acd->mark_all = !acd->settled;
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
	/* inside a moment, what of it had come has come, as for who folded */
	r.acd->folded = r.acd->told_kind != UINT32_MAX;
	*ret = r.acd;
	return 0;
}
