/*
 * The state as bytes, and back.
 *
 *   "USHRSNAP" version(u32 LE) reserved(u32) { type len fields }… hash(u64 LE)
 *
 * type and len are varints, fields as in the codec, so that a snapshot may
 * lack or bring fields like an event. Everything stands in the order of ids
 * and nothing of the index is in it: equal states give equal bytes.
 */
#include <acd/callbacks.h>
#include <acd/qstep.h>

#define MAGIC       "USHRSNAP"
#define VERSION     1u
#define HEADER_SIZE 16
#define HASH_SIZE   8

static uint64_t hash(const unsigned char *at, size_t len)
{
	/* FNV-1a */
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static void u64_put(unsigned char *out, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		out[i] = (unsigned char)(value >> (8 * i));
}

/* ---- Writing ---- */

struct writer {
	const struct usher_acd *acd;
	unsigned char *buf;
	size_t len;
	size_t cap;
	bool failed;
};

static bool room(struct writer *w, size_t len)
{
	if (w->failed)
		return false;
	if (w->cap - w->len < len) {
		size_t cap = (w->len + len) * 2 + 4096;
		unsigned char *buf =
			w->acd->alloc.realloc(w->acd->alloc.arg, w->buf, cap);

		if (!buf) {
			w->failed = true;
			return false;
		}
		w->buf = buf;
		w->cap = cap;
	}
	return true;
}

static void put(struct writer *w, uint32_t type, const void *payload)
{
	const struct usher__tdesc *desc = usher__type(type);
	size_t len = usher__fields_size(desc, payload);

	/* fixed-width numbers of four bytes: simple, and snapshots are few */
	if (!room(w, len + 8))
		return;
	for (int i = 0; i < 4; i++) {
		w->buf[w->len + (size_t)i] = (unsigned char)(type >> (8 * i));
		w->buf[w->len + 4 + (size_t)i] =
			(unsigned char)(len >> (8 * i));
	}
	usher__fields_put(desc, payload, w->buf + w->len + 8);
	w->len += len + 8;
}

/* Zeros at the end go without saying. */
static struct usher__bytes state_bytes(const unsigned char *state)
{
	struct usher__bytes bytes = {state, USHER_POLICY_STATE_MAX, 0};

	while (bytes.len && !state[bytes.len - 1])
		bytes.len--;
	return bytes;
}

static void put_queue(struct writer *w, const struct queue *queue)
{
	struct usher__ev_st_queue st = {0};

	st.open = queue->open;
	st.draining = queue->draining;
	st.entered = queue->entered;
	st.answered = queue->answered;
	st.abandoned = queue->abandoned;
	st.flowed = queue->flowed;
	st.handle = queue->handle;
	st.until = queue->collect;
	st.since = queue->assigned;
	st.declines = queue->declines;
	st.policy_state = state_bytes(queue->state);
	st.fallback_state = state_bytes(queue->fallback_state);
	put(w, USHER_EV_QUEUE_SET, queue->conf);
	put(w, USHER__ST_QUEUE, &st);
	for (uint32_t i = 0; i < queue->step_count; i++)
		put(w, USHER_EV_STEP_SET, queue->steps[i]->conf);
}

static void put_agent(struct writer *w, const struct agent *agent)
{
	struct usher__ev_st_agent st = {0};

	st.presence = agent->presence;
	st.reason = usher__text(agent->reason);
	st.pending = agent->pending;
	st.pending_presence = agent->pending_presence;
	st.pending_reason = usher__text(agent->pending_reason);
	st.draining = agent->removing;
	st.since = agent->since;
	st.ready_since = agent->ready_since;
	st.idle_since = agent->idle_since;
	st.signed_in = agent->signed_in;
	st.last_offer_seq = agent->last_offer;
	st.contacts = agent->contacts;
	st.missed = agent->missed;
	st.talk = agent->talk;
	st.busy = agent->busy;
	st.busy_since = agent->busy_since;
	st.paused_for = agent->paused;
	put(w, USHER_EV_AGENT_SET, agent->conf);
	put(w, USHER__ST_AGENT, &st);
	for (const struct pace *at = agent->paces; at; at = at->next) {
		struct usher__ev_st_pace pace = {0};

		pace.queue = at->queue;
		pace.handle = at->handle;
		pace.count = at->count;
		put(w, USHER__ST_PACE, &pace);
	}
}

static void put_segment(struct writer *w, const struct segment *seg)
{
	struct usher__ev_st_segment st = {0};

	st.segment = seg->id;
	st.kind = seg->kind;
	st.seg_state = seg->state;
	st.since = seg->began;
	st.state_since = seg->state_since;
	switch (seg->kind) {
	case USHER_SEGMENT_FLOW:
		st.flow = usher__text(seg->f.flow);
		break;
	case USHER_SEGMENT_QUEUE:
		st.queue = seg->q.queue->id;
		st.deadline = seg->q.deadline;
		st.until = seg->q.until;
		st.late = seg->late;
		st.taken = seg->taken;
		st.own_priority = seg->q.own_priority;
		if (seg->q.node.k1 != seg->contact->since)
			st.age = seg->q.node.k1;
		st.requirement = usher__text(usher__req_text(seg->q.req));
		if (usher__awaits(seg))
			st.agent = usher__awaits(seg)->id;
		if (seg->q.special && seg->q.special->widen) {
			st.widen = seg->q.special->widen;
			st.widen_since = seg->q.special->widen_since;
		}
		break;
	case USHER_SEGMENT_AGENT:
		st.agent = seg->a.agent->id;
		st.queue = seg->a.queue;
		st.deadline = seg->a.deadline;
		st.connect = seg->a.connect;
		st.talk = seg->a.talk;
		st.hold = seg->a.hold;
		st.wrapup = seg->a.wrapup;
		st.disposition = usher__text(seg->a.disposition);
		break;
	}
	put(w, USHER__ST_SEGMENT, &st);
}

static void put_offer(struct writer *w, const struct offer *offer)
{
	struct usher__ev_st_offer st = {0};

	st.offer = offer->id;
	st.group = offer->group;
	st.segment = offer->segment ? offer->segment->id : 0;
	st.agent = offer->agent->id;
	st.made = offer->made;
	st.state_since = offer->state_since;
	st.deadline = offer->deadline;
	st.seg_state = offer->state;
	put(w, USHER__ST_OFFER, &st);
}

static void put_callback(struct writer *w, const struct callback *cb)
{
	struct usher__ev_st_callback st = {0};

	st.state_since = cb->state_since;
	st.seg_state = cb->state;
	st.attempt = cb->attempts;
	st.until = cb->at;
	put(w, USHER_EV_CALLBACK_ASKED, cb->conf);
	put(w, USHER__ST_CALLBACK, &st);
}

static void put_contact(struct writer *w, const struct contact *contact)
{
	struct usher__ev_st_contact st = {0};

	st.contact = contact->id;
	st.channel = usher__text(w->acd->kinds[contact->kind]);
	st.direction = contact->direction;
	st.origin = usher__text(usher__texts_origin(contact->texts));
	st.entry = usher__text(usher__texts_entry(contact->texts));
	st.customer = usher__text(usher__texts_customer(contact->texts));
	st.attrs = usher__texts_attrs(contact->texts);
	st.priority = contact->priority;
	st.since = contact->since;
	st.started_at = contact->started;
	st.ended = contact->ended;
	st.until = contact->detached_until;
	put(w, USHER__ST_CONTACT, &st);
	if (contact->callback)
		put_callback(w, contact->callback);
	for (const struct segment *at = contact->segments; at; at = at->next)
		put_segment(w, at);
	for (const struct offer *at = contact->offers; at; at = at->next)
		put_offer(w, at);
	for (const struct retry *at = contact->retries; at; at = at->next) {
		struct usher__ev_st_retry retry = {0};

		retry.agent = at->agent;
		retry.until = at->until;
		put(w, USHER__ST_RETRY, &retry);
	}
}

static void put_center(struct writer *w)
{
	const struct usher_acd *acd = w->acd;
	struct usher__ev_st_center st = {0};

	st.seq = acd->seq;
	st.time = acd->time;
	st.node = acd->node >> 48;
	st.seed = acd->seed;
	st.contact_order = usher__text(acd->order->name);
	st.last_queue = acd->last_queue;
	st.last_agent = acd->last_agent;
	st.last_contact = acd->last_contact;
	st.last_segment = acd->last_segment;
	st.last_offer = acd->last_offer;
	st.explain = acd->explain;
	st.settled = acd->settled;
	st.declines = acd->order_declines;
	st.ran = acd->told_kind + 1;
	st.ran_id = acd->told_id;
	put(w, USHER__ST_CENTER, &st);
}

int usher_acd_snapshot(const struct usher_acd *acd, void **ret_bytes,
		       size_t *ret_len)
{
	struct writer w = {.acd = acd};

	if (room(&w, HEADER_SIZE)) {
		memcpy(w.buf, MAGIC, 8);
		u64_put(w.buf + 8, VERSION);
		w.len = HEADER_SIZE;
	}
	put_center(&w);
	for (uint32_t i = 0; i < acd->queues.count; i++)
		put_queue(&w, acd->queues.items[i]);
	for (uint32_t i = 0; i < acd->agents.count; i++)
		put_agent(&w, acd->agents.items[i]);
	for (const struct contact *at = acd->first_contact; at; at = at->next)
		put_contact(&w, at);
	if (!room(&w, HASH_SIZE)) {
		usher_acd_snapshot_free(acd, w.buf);
		return USHER_ENOMEM;
	}
	u64_put(w.buf + w.len, hash(w.buf, w.len));
	*ret_bytes = w.buf;
	*ret_len = w.len + HASH_SIZE;
	return 0;
}

void usher_acd_snapshot_free(const struct usher_acd *acd, void *bytes)
{
	if (bytes)
		acd->alloc.realloc(acd->alloc.arg, bytes, 0);
}
