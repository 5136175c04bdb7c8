/*
 * A simulation as bytes, and back: what the core, the figures and the plans
 * hold. Laws and lists are those of the options, which are given again.
 *
 *   "USHRSIMS" version(u64) { numbers, u64 each } core figures hash(u64)
 *
 * Numbers are little-endian; customers stand in the order of their contacts,
 * plans in that of the heap.
 */
#include <string.h>

#include "sim/sim.h"

#define MAGIC   "USHRSIMS"
#define VERSION 4u

/* Of a queue's counts: all but the size. */
#define COUNTS (sizeof(struct usher_sim_counts) / sizeof(uint64_t) - 1)

struct writer {
	const struct usher_alloc *alloc;
	uint8_t *at;
	size_t len, cap;
	int rc;
};

struct reader {
	const uint8_t *at;
	size_t left;
	bool bad;
};

static uint64_t hash(const uint8_t *at, size_t len)
{
	/* FNV-1a */
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static void put_bytes(struct writer *w, const void *bytes, size_t len)
{
	if (!w->rc && w->cap - w->len < len) {
		size_t cap = (w->len + len) * 2 + 4096;
		uint8_t *at = w->alloc->realloc(w->alloc->arg, w->at, cap);

		if (at) {
			w->at = at;
			w->cap = cap;
		} else {
			w->rc = USHER_ENOMEM;
		}
	}
	if (w->rc)
		return;
	memcpy(w->at + w->len, bytes, len);
	w->len += len;
}

static void put(struct writer *w, uint64_t value)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	put_bytes(w, bytes, sizeof(bytes));
}

static uint64_t get(struct reader *r)
{
	uint64_t value = 0;

	if (r->left < 8) {
		r->bad = true;
		return 0;
	}
	for (int i = 7; i >= 0; i--)
		value = value << 8 | r->at[i];
	r->at += 8;
	r->left -= 8;
	return value;
}

/* A length, then bytes. */
static const uint8_t *get_bytes(struct reader *r, size_t *ret_len)
{
	uint64_t len = get(r);
	const uint8_t *at = r->at;

	if (len > r->left) {
		r->bad = true;
		len = 0;
	}
	r->at += len;
	r->left -= len;
	*ret_len = len;
	return at;
}

/* ---- Writing ---- */

static void put_queues(struct writer *w, const struct usher_sim *sim)
{
	for (uint32_t i = 0; i < sim->opts.queue_count; i++) {
		const struct sim_queue *queue = &sim->queues[i];
		uint64_t counts[COUNTS];

		memcpy(counts, &queue->counts.arrived, sizeof(counts));
		put(w, queue->arrivals);
		put(w, queue->waiting);
		for (size_t k = 0; k < COUNTS; k++)
			put(w, counts[k]);
	}
}

static void put_plans(struct writer *w, const struct sim_heap *heap)
{
	put(w, heap->order);
	put(w, heap->count);
	for (size_t i = 0; i < heap->count; i++) {
		put(w, (uint64_t)heap->plans[i].at_us);
		put(w, heap->plans[i].order);
		put(w, heap->plans[i].id);
		put(w, heap->plans[i].what);
	}
}

/* The core knows all contacts; each is of one customer. */
static void put_contacts(struct writer *w, const struct usher_sim *sim)
{
	uint64_t id = 0, count = 0;

	while ((id = usher_acd_contact_next(sim->acd, id)))
		count++;
	put(w, count);
	while ((id = usher_acd_contact_next(sim->acd, id))) {
		const struct sim_contact *c =
			usher__idmap_get(&sim->contacts, id);
		uint64_t way[SIM_WAY];

		put(w, id);
		put(w, c->who.number);
		put(w, c->who.queue);
		put(w, c->who.attempt);
		put(w, c->segment);
		put(w, c->waiting);
		put(w, c->asked);
		usher__sim_way(c, way);
		for (size_t i = 0; i < SIM_WAY; i++)
			put(w, way[i]);
		put(w, (uint64_t)c->dialed | (uint64_t)c->reached << 1 |
			       (uint64_t)c->agreed << 2);
	}
}

static void put_core(struct writer *w, const struct usher_sim *sim)
{
	void *bytes = NULL;
	size_t len = 0;

	if (usher_acd_snapshot(sim->acd, &bytes, &len)) {
		w->rc = USHER_ENOMEM;
		return;
	}
	put(w, len);
	put_bytes(w, bytes, len);
	usher_acd_snapshot_free(sim->acd, bytes);
}

static void put_figures(struct writer *w, const struct usher_sim *sim)
{
	uint8_t *bytes;
	size_t len = 0;

	usher_metrics_snapshot(sim->metrics, NULL, 0, &len);
	bytes = w->alloc->realloc(w->alloc->arg, NULL, len + 1);
	if (!bytes) {
		w->rc = USHER_ENOMEM;
		return;
	}
	w->rc = w->rc ? w->rc
		      : usher_metrics_snapshot(sim->metrics, bytes, len, &len);
	put(w, len);
	put_bytes(w, bytes, len);
	w->alloc->realloc(w->alloc->arg, bytes, 0);
}

int usher_sim_snapshot(const struct usher_sim *sim, void **ret_bytes,
		       size_t *ret_len)
{
	struct writer w = {.alloc = sim->opts.alloc};

	put_bytes(&w, MAGIC, 8);
	put(&w, VERSION);
	put(&w, (uint64_t)sim->now_us);
	put(&w, sim->waiting);
	put(&w, sim->opts.queue_count);
	put_queues(&w, sim);
	put_plans(&w, &sim->heap);
	put_contacts(&w, sim);
	put_core(&w, sim);
	put_figures(&w, sim);
	put(&w, w.rc ? 0 : hash(w.at, w.len));
	if (w.rc) {
		w.alloc->realloc(w.alloc->arg, w.at, 0);
		return w.rc;
	}
	*ret_bytes = w.at;
	*ret_len = w.len;
	return 0;
}

void usher_sim_snapshot_free(const struct usher_sim *sim, void *bytes)
{
	if (bytes)
		sim->opts.alloc->realloc(sim->opts.alloc->arg, bytes, 0);
}

/* ---- Reading ---- */

static int get_queues(struct reader *r, struct usher_sim *sim)
{
	if (get(r) != sim->opts.queue_count)
		return USHER_EINVAL;
	for (uint32_t i = 0; i < sim->opts.queue_count; i++) {
		struct sim_queue *queue = &sim->queues[i];
		uint64_t counts[COUNTS];

		queue->arrivals = get(r);
		queue->waiting = (uint32_t)get(r);
		for (size_t k = 0; k < COUNTS; k++)
			counts[k] = get(r);
		memcpy(&queue->counts.arrived, counts, sizeof(counts));
		if (queue->opts.calls &&
		    queue->arrivals > queue->opts.call_count)
			return USHER_EINVAL;
	}
	return 0;
}

/* Whether there is such a customer. */
static bool who_good(const struct usher_sim *sim, uint64_t queue,
		     uint64_t number)
{
	return queue < sim->opts.queue_count &&
	       (!sim->queues[queue].opts.calls ||
		number < sim->queues[queue].opts.call_count);
}

/* arrives: queues whose next customer is planned. */
static bool plan_good(const struct usher_sim *sim, const struct sim_plan *p,
		      bool *arrives)
{
	struct sim_who who;

	switch (p->what) {
	case SIM_ARRIVES:
		if (p->id >= sim->opts.queue_count || arrives[p->id])
			return false;
		arrives[p->id] = true;
		return who_good(sim, p->id, sim->queues[p->id].arrivals);
	case SIM_DIALS:
	case SIM_OPENS:
		return p->id < sim->opts.queue_count;
	case SIM_SHIFT:
		return p->id < sim->opts.group_count;
	case SIM_CALLS_AGAIN:
		who = usher__sim_who(p->id);
		return who_good(sim, who.queue, who.number);
	case SIM_GIVES_UP:
	case SIM_HANGS_UP:
	case SIM_WRAPPED_UP:
	case SIM_CALLBACK:
		return true;
	}
	return false;
}

static int get_plans(struct reader *r, struct usher_sim *sim)
{
	uint64_t order = get(r), count = get(r);
	bool arrives[USHER_SIM_QUEUES_MAX] = {false};

	sim->heap.count = 0;
	for (uint64_t i = 0; i < count && !r->bad; i++) {
		struct sim_plan p = {0};
		int rc;

		p.at_us = (int64_t)get(r);
		p.order = get(r);
		p.id = get(r);
		p.what = (enum sim_what)get(r);
		/* each is put where it stood */
		sim->heap.order = p.order;
		if (r->bad || p.at_us < sim->now_us || p.order >= order ||
		    !plan_good(sim, &p, arrives))
			return USHER_ECORRUPT;
		rc = usher__sim_plan(&sim->heap, sim->opts.alloc, p.at_us,
				     p.what, p.id);
		if (rc)
			return rc;
	}
	sim->heap.order = order;
	return 0;
}

/* Who was dialed at the beginning, before what is restored. */
static void drop_contacts(struct usher_sim *sim)
{
	uint64_t id = 0;

	while ((id = usher_acd_contact_next(sim->acd, id))) {
		struct sim_contact *c = usher__idmap_get(&sim->contacts, id);

		usher__idmap_del(&sim->contacts, id);
		usher__pool_put(&sim->pool, c);
	}
}

static int get_contacts(struct reader *r, struct usher_sim *sim)
{
	uint64_t count = get(r), last = 0;

	drop_contacts(sim);
	for (uint64_t i = 0; i < count && !r->bad; i++) {
		struct sim_contact like = {0}, *c;
		uint64_t queue, asked, flags, way[SIM_WAY];
		int rc;

		like.identity.id = get(r);
		like.who.number = get(r);
		queue = get(r);
		like.who.attempt = (uint32_t)get(r);
		like.segment = get(r);
		like.waiting = (uint32_t)get(r);
		asked = get(r);
		for (size_t k = 0; k < SIM_WAY; k++)
			way[k] = get(r);
		flags = get(r);
		if (r->bad || like.identity.id <= last ||
		    !who_good(sim, queue, like.who.number) ||
		    asked >= sim->opts.queue_count ||
		    !usher__sim_way_back(sim, &like, way))
			return USHER_ECORRUPT;
		last = like.identity.id;
		like.who.queue = (uint32_t)queue;
		like.asked = (uint32_t)asked;
		like.dialed = flags & 1;
		like.reached = flags >> 1 & 1;
		like.agreed = flags >> 2 & 1;
		rc = usher__idmap_reserve(&sim->contacts, sim->opts.alloc, 1);
		if (!rc)
			rc = usher__pool_reserve(&sim->pool, sim->opts.alloc,
						 1);
		if (rc)
			return rc;
		c = usher__pool_get(&sim->pool);
		*c = like;
		usher__idmap_add(&sim->contacts, c);
	}
	return 0;
}

/* Each contact of the core is one of ours, and the other way round: both are
 * asked for by id later. */
static bool same_contacts(const struct usher_sim *sim,
			  const struct usher_acd *acd)
{
	uint64_t id = 0;
	uint32_t count = 0;

	while ((id = usher_acd_contact_next(acd, id))) {
		if (!usher__idmap_get(&sim->contacts, id))
			return false;
		count++;
	}
	return count == sim->contacts.count;
}

/* The core of the same options: what they made has the same ids. */
static int get_core(struct reader *r, struct usher_sim *sim,
		    struct usher_error *err)
{
	struct usher_queue_info was = {.size = sizeof(was)};
	struct usher_acd_opts opts;
	struct usher_acd *acd = NULL;
	const uint8_t *bytes;
	size_t len;
	int rc;

	usher_acd_opts_init(&opts, sizeof(opts));
	opts.alloc = sim->opts.alloc;
	bytes = get_bytes(r, &len);
	rc = usher_acd_restore(
		&acd, &opts, sim->opts.agent_policies,
		sim->opts.agent_policy_count, sim->opts.contact_policies,
		sim->opts.contact_policy_count, bytes, len, err);
	if (rc)
		return rc;
	for (uint32_t i = 0; !rc && i < sim->opts.queue_count; i++) {
		usher_acd_queue_info(sim->acd, sim->queues[i].id, &was);
		if (usher_acd_queue_find(acd, was.name) != sim->queues[i].id)
			rc = USHER_EINVAL;
	}
	if (!rc && !same_contacts(sim, acd))
		rc = USHER_ECORRUPT;
	usher_acd_free(rc ? acd : sim->acd);
	if (!rc)
		sim->acd = acd;
	return rc;
}

static int get_figures(struct reader *r, struct usher_sim *sim,
		       struct usher_error *err)
{
	struct usher_metrics_opts opts;
	struct usher_metrics *metrics;
	const uint8_t *bytes;
	size_t len;
	int rc;

	usher_metrics_opts_init(&opts, sizeof(opts));
	opts.alloc = sim->opts.alloc;
	bytes = get_bytes(r, &len);
	rc = usher_metrics_restore(&metrics, &opts, bytes, len, err);
	if (rc)
		return rc;
	usher_metrics_free(sim->metrics);
	sim->metrics = metrics;
	return r->left ? USHER_ECORRUPT : 0;
}

static int load(struct reader *r, struct usher_sim *sim,
		struct usher_error *err)
{
	int rc;

	sim->now_us = (int64_t)get(r);
	sim->waiting = (uint32_t)get(r);
	rc = get_queues(r, sim);
	if (!rc)
		rc = get_plans(r, sim);
	if (!rc)
		rc = get_contacts(r, sim);
	if (!rc)
		rc = get_core(r, sim, err);
	if (!rc)
		rc = get_figures(r, sim, err);
	return rc || !r->bad ? rc : USHER_ECORRUPT;
}

int usher_sim_restore(struct usher_sim **ret,
		      const struct usher_sim_opts *opts, const void *bytes,
		      size_t len, struct usher_error *err)
{
	struct reader r = {bytes, len, false}, end;
	void (*event)(void *arg, const struct usher_event *ev);
	struct usher_sim_opts quiet;
	struct usher_sim *sim;
	int rc;

	usher_sim_opts_init(&quiet, sizeof(quiet));
	if (!ret || !opts || opts->size < sizeof(opts->size) ||
	    opts->size > sizeof(quiet))
		return usher_error_set(err, USHER_EINVAL,
				       "options of an unknown size");
	memcpy(&quiet, opts, opts->size);
	quiet.size = sizeof(quiet);
	if (len < 32 || memcmp(bytes, MAGIC, 8))
		return usher_error_set(err, USHER_ECORRUPT,
				       "not a simulation");
	end.at = r.at + len - 8;
	end.left = 8;
	end.bad = false;
	if (get(&end) != hash(bytes, len - 8))
		return usher_error_set(err, USHER_ECORRUPT, "damaged");
	r.at += 8;
	r.left -= 16;
	if (get(&r) != VERSION)
		return usher_error_set(err, USHER_ENOTSUP,
				       "of another version");
	event = quiet.event;
	quiet.event = NULL;
	rc = usher_sim_new(&sim, &quiet, err);
	if (rc)
		return rc;
	rc = load(&r, sim, err);
	if (rc) {
		usher_sim_free(sim);
		return usher_error_set(err, rc, "it does not fit the options");
	}
	sim->opts.event = event;
	*ret = sim;
	return 0;
}
