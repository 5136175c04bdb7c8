/* A simulation out of the bytes that save.c has written: nothing in them is
 * believed. */
#include <math.h>
#include <string.h>

#include "sim/save.h"

/* Of one agent: all kinds, each at the most that can be forced. */
#define TASKS_MAX USHER_AGENT_LOAD_MAX

struct reader {
	const uint8_t *at;
	size_t left;
	bool bad;
};

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

static int get_queues(struct reader *r, struct usher_sim *sim)
{
	if (get(r) != sim->opts.queue_count)
		return USHER_EINVAL;
	for (uint32_t i = 0; i < sim->opts.queue_count; i++) {
		struct sim_queue *queue = &sim->queues[i];
		uint64_t counts[SIM_COUNTS];

		queue->arrivals = get(r);
		queue->waiting = (uint32_t)get(r);
		queue->ringing = (uint32_t)get(r);
		for (size_t k = 0; k < SIM_COUNTS; k++)
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
	case SIM_DESK:
		return sim->desks && p->id < sim->agent_count;
	case SIM_DIALS:
		/* again every so often */
		return p->id < sim->opts.queue_count &&
		       sim->queues[p->id].opts.outbound_every_s > 0;
	case SIM_OPENS:
		return p->id < sim->opts.queue_count;
	case SIM_SHIFT:
		return p->id < sim->opts.group_count;
	case SIM_CALLS_AGAIN:
	case SIM_ANSWERS:
		who = usher__sim_who(p->id);
		return who_good(sim, who.queue, who.number);
	case SIM_FREED:
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
		like.ahead = flags >> 3 & 1;
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

static double of_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static bool get_task(struct reader *r, const struct usher_sim *sim,
		     struct sim_task *task)
{
	uint64_t all[SIM_TASK];

	for (int i = 0; i < SIM_TASK; i++)
		all[i] = get(r);
	*task = (struct sim_task){.contact = all[0],
				  .segment = all[1],
				  .left_us = of_bits(all[2]),
				  .due_us = (int64_t)all[3],
				  .kind = (uint32_t)all[4],
				  .wraps = all[5] & 1,
				  .done = all[5] >> 1 & 1,
				  .still = all[6] & 1};
	return !r->bad && isfinite(task->left_us) && task->left_us >= 0 &&
	       task->due_us >= sim->now_us && all[4] < sim->kind_count;
}

static int get_desk(struct reader *r, const struct usher_sim *sim,
		    struct sim_desk *desk)
{
	const struct usher_alloc *alloc = sim->opts.alloc;
	const uint64_t count = get(r);
	struct sim_task *tasks;

	desk->at_us = (int64_t)get(r);
	desk->counted_us = (int64_t)get(r);
	desk->due_us = (int64_t)get(r);
	desk->count = 0;
	if (r->bad || count > TASKS_MAX || desk->at_us < 0 ||
	    desk->at_us > sim->now_us || desk->counted_us < 0 ||
	    desk->counted_us > sim->now_us || desk->due_us < sim->now_us)
		return USHER_ECORRUPT;
	if (count > desk->room) {
		tasks = alloc->realloc(alloc->arg, desk->tasks,
				       count * sizeof(*tasks));
		if (!tasks)
			return USHER_ENOMEM;
		desk->tasks = tasks;
		desk->room = (uint32_t)count;
	}
	for (; desk->count < count; desk->count++)
		if (!get_task(r, sim, &desk->tasks[desk->count]))
			return USHER_ECORRUPT;
	return 0;
}

/* All that follows can be added to it. */
static bool load_good(const struct sim_load *load)
{
	return load->work_us >= 0 && load->work_us <= INT64_MAX / 2 &&
	       load->busy_us >= 0 && load->busy_us <= load->work_us &&
	       load->still_us >= 0 && load->still_us <= load->work_us;
}

static int get_loads(struct reader *r, struct sim_group *group)
{
	uint64_t loads[SIM_LOADS];

	for (size_t i = 0; i < SIM_LOADS; i++)
		loads[i] = get(r);
	memcpy(group->loads, loads, sizeof(loads));
	for (size_t i = 0; i <= USHER_CHANNELS_MAX; i++)
		if (!load_good(&group->loads[i]))
			return USHER_ECORRUPT;
	return 0;
}

static int get_desks(struct reader *r, struct usher_sim *sim)
{
	const uint32_t desks = sim->desks ? sim->agent_count : 0;
	int rc = 0;

	if (get(r) != desks)
		return USHER_EINVAL;
	for (uint32_t i = 0; !rc && i < desks; i++)
		rc = get_desk(r, sim, &sim->desks[i]);
	for (uint32_t i = 0; !rc && desks && i < sim->opts.group_count; i++)
		rc = get_loads(r, &sim->groups[i]);
	return rc;
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
		rc = get_desks(r, sim);
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
	if (len < 32 || memcmp(bytes, SIM_MAGIC, 8))
		return usher_error_set(err, USHER_ECORRUPT,
				       "not a simulation");
	end.at = r.at + len - 8;
	end.left = 8;
	end.bad = false;
	if (get(&end) != usher__sim_hash(bytes, len - 8))
		return usher_error_set(err, USHER_ECORRUPT, "damaged");
	r.at += 8;
	r.left -= 16;
	if (get(&r) != SIM_VERSION)
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
