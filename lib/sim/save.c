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

#include "sim/save.h"

struct writer {
	const struct usher_alloc *alloc;
	uint8_t *at;
	size_t len, cap;
	int rc;
};

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

uint64_t usher__sim_hash(const uint8_t *at, size_t len)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static uint64_t bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void put_queues(struct writer *w, const struct usher_sim *sim)
{
	for (uint32_t i = 0; i < sim->opts.queue_count; i++) {
		const struct sim_queue *queue = &sim->queues[i];
		uint64_t counts[SIM_COUNTS];

		memcpy(counts, &queue->counts.arrived, sizeof(counts));
		put(w, queue->arrivals);
		put(w, queue->waiting);
		put(w, queue->ringing);
		for (size_t k = 0; k < SIM_COUNTS; k++)
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
			       (uint64_t)c->agreed << 2 |
			       (uint64_t)c->ahead << 3);
	}
}

static void put_task(struct writer *w, const struct sim_task *task)
{
	const uint64_t all[SIM_TASK] = {task->contact,
					task->segment,
					bits_of(task->left_us),
					(uint64_t)task->due_us,
					task->kind,
					(uint64_t)task->wraps |
						(uint64_t)task->done << 1,
					task->still};

	for (int i = 0; i < SIM_TASK; i++)
		put(w, all[i]);
}

static void put_desks(struct writer *w, const struct usher_sim *sim)
{
	const uint32_t desks = sim->desks ? sim->agent_count : 0;

	put(w, desks);
	for (uint32_t i = 0; i < desks; i++) {
		const struct sim_desk *desk = &sim->desks[i];

		put(w, desk->count);
		put(w, (uint64_t)desk->at_us);
		put(w, (uint64_t)desk->counted_us);
		put(w, (uint64_t)desk->due_us);
		for (uint32_t k = 0; k < desk->count; k++)
			put_task(w, &desk->tasks[k]);
	}
	for (uint32_t i = 0; desks && i < sim->opts.group_count; i++) {
		uint64_t loads[SIM_LOADS];

		memcpy(loads, sim->groups[i].loads, sizeof(loads));
		for (size_t k = 0; k < SIM_LOADS; k++)
			put(w, loads[k]);
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

	put_bytes(&w, SIM_MAGIC, 8);
	put(&w, SIM_VERSION);
	put(&w, (uint64_t)sim->now_us);
	put(&w, sim->waiting);
	put(&w, sim->opts.queue_count);
	put_queues(&w, sim);
	put_plans(&w, &sim->heap);
	put_contacts(&w, sim);
	put_desks(&w, sim);
	put_core(&w, sim);
	put_figures(&w, sim);
	put(&w, w.rc ? 0 : usher__sim_hash(w.at, w.len));
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
