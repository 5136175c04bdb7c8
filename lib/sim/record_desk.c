/*
 * What agents of a record did at once. While an agent has several contacts
 * they go on side by side, or stand still where one of a kind that another one
 * interrupts is beside it, as on the desks of a simulation (desk.c). Of each
 * contact is kept how long it stood still, and how long it was one of how many
 * that went on; record_slow.c has what follows from that.
 */
#include <string.h>

#include "sim/rec.h"
#include "sim/sim.h"

/* What an agent has at once, and what rings: of more a record is not of this
 * world, and they are gone through for each event. */
#define DESK_MAX 256

static double seconds(int64_t us)
{
	return (double)us / SIM_SECOND_US;
}

/* ---- Kinds of channels ---- */

uint32_t usher__rec_kind(struct usher_record *r, const struct usher_event *ev)
{
	char name[USHER_NAME_MAX + 1];
	uint32_t i = 0;

	usher__rec_name(name, ev, USHER_F_CHANNEL);
	if (!*name || !strcmp(name, REC_VOICE))
		return 0;
	while (i < r->kind_count && strcmp(r->kinds[i], name))
		i++;
	if (i + 1 == USHER_CHANNELS_MAX)
		return 0;
	if (i == r->kind_count)
		strcpy(r->kinds[r->kind_count++], name);
	return i + 1;
}

const char *usher__rec_kind_name(const struct usher_record *r, uint32_t kind)
{
	return kind ? r->kinds[kind - 1] : REC_VOICE;
}

/* By kind those that have it stand still. */
static void stops(const struct usher_record *r, struct rec_agent *a)
{
	const struct usher_attr *words = a->interrupts.list.items;

	memset(a->stops, 0, sizeof(a->stops));
	for (uint32_t i = 0; i < a->interrupts.list.count; i++) {
		uint32_t by = 0;

		while (by <= r->kind_count &&
		       strcmp(usher__rec_kind_name(r, by), words[i].name))
			by++;
		for (uint32_t k = 0; by <= r->kind_count && k <= r->kind_count;
		     k++)
			if (usher__sim_has_word(words[i].text,
						usher__rec_kind_name(r, k)))
				a->stops[k] |= UINT32_C(1) << by;
	}
	a->kinds_known = r->kind_count;
}

int usher__rec_capacity(struct usher_record *r, struct rec_agent *a,
			const struct usher_event *ev)
{
	const struct usher_attr *most, *words;
	int rc = usher__rec_attrs(r, &a->most_of, ev, USHER_F_CAPACITY);

	if (!rc)
		rc = usher__rec_attrs(r, &a->interrupts, ev,
				      USHER_F_INTERRUPTS);
	usher__rec_done(r, &a->capacity);
	most = a->most_of.list.items;
	words = a->interrupts.list.items;
	for (uint32_t i = 0; !rc && i < a->most_of.list.count; i++) {
		struct usher_capacity *c =
			usher__rec_more(r, &a->capacity, sizeof(*c));

		if (!c)
			return USHER_ENOMEM;
		c->channel = most[i].name;
		c->max = most[i].number >= 0 &&
					 most[i].number <= USHER_CAPACITY_MAX
				 ? (uint32_t)most[i].number
				 : 0;
		for (uint32_t k = 0; k < a->interrupts.list.count; k++)
			if (!strcmp(words[k].name, c->channel))
				c->interrupts = words[k].text;
	}
	stops(r, a);
	return rc;
}

bool usher__rec_several(const struct rec_agent *a)
{
	return a->most > 1 || a->interrupts.list.count;
}

/* ---- What is on a desk ---- */

static int pace(const struct usher_record *r, struct rec_list *paces,
		uint32_t going, bool wraps, int64_t us)
{
	struct rec_pace *p = paces->items;

	for (uint32_t i = 0; i < paces->count; i++)
		if (p[i].going == going && p[i].wraps == wraps) {
			p[i].time_s += seconds(us);
			return 0;
		}
	p = usher__rec_more(r, paces, sizeof(*p));
	if (!p)
		return USHER_ENOMEM;
	p->time_s = seconds(us);
	p->going = (uint16_t)going;
	p->wraps = wraps;
	return 0;
}

/* So many tasks go on. */
static uint32_t going_on(const struct rec_agent *a)
{
	const struct sim_task *task = a->tasks.items;
	uint32_t going = 0;

	for (uint32_t i = 0; i < a->tasks.count; i++)
		going += !task[i].still;
	return going > USHER_CAPACITY_MAX ? USHER_CAPACITY_MAX : going;
}

/* What was so since the last change. */
static int pass(struct usher_record *r, struct rec_agent *a, int64_t now_us)
{
	const struct sim_task *task = a->tasks.items;
	struct rec_seen *seen = a->seen.items;
	const int64_t us = now_us - a->at_us;
	const uint32_t going = going_on(a);
	int rc = 0;

	a->at_us = now_us;
	for (uint32_t i = 0; us > 0 && !rc && i < a->tasks.count; i++) {
		if (task[i].still)
			seen[i].still_us[task[i].wraps] += us;
		else if (going > 1)
			rc = pace(r, &seen[i].paces, going, task[i].wraps, us);
	}
	return rc;
}

static void settle(const struct usher_record *r, struct rec_agent *a)
{
	if (a->kinds_known != r->kind_count)
		stops(r, a);
	usher__sim_stand(a->stops, a->tasks.items, a->tasks.count);
}

static struct rec_ring *ring_of(const struct rec_agent *a, uint64_t offer)
{
	struct rec_ring *ring = a->rings.items;

	for (uint32_t i = 0; i < a->rings.count; i++)
		if (ring[i].offer == offer)
			return &ring[i];
	return NULL;
}

static void ring_end(struct rec_agent *a, uint64_t offer)
{
	const struct rec_ring *rings = a->rings.items;
	struct rec_ring *ring = ring_of(a, offer);

	if (ring)
		*ring = rings[--a->rings.count];
}

/* Agents of a model answer at once, so what answering took belongs to the
 * time that they are busy. */
static int answering(struct usher_record *r, struct rec_agent *a,
		     uint64_t offer, const struct usher_event *ev,
		     uint32_t field)
{
	struct rec_ring *ring = ring_of(a, offer);
	int64_t us = 0;

	if (!ring && a->rings.count >= DESK_MAX)
		return 0;
	if (!ring)
		ring = usher__rec_more(r, &a->rings, sizeof(*ring));
	if (!ring)
		return USHER_ENOMEM;
	ring->offer = offer;
	if (ev->type == USHER_EV_OFFER_ACCEPTED)
		ring->taken_us = ev->time_us;
	usher_event_i64(ev, field, &us);
	if (us > 0 && us <= USHER_TIME_MAX - ring->us)
		ring->us += us;
	return 0;
}

int64_t usher__rec_in_vain(const struct usher_record *r,
			   const struct usher_event *ev)
{
	const struct rec_contact *c =
		usher__idmap_get(&r->contacts, ev->contact);
	const struct rec_ring *ring = NULL;
	const struct rec_agent *a;
	uint64_t id = 0, offer = 0;

	if (ev->type != USHER_EV_OFFER_FAILED || !c || !c->offered ||
	    !c->called_back)
		return -1;
	usher_event_u64(ev, USHER_F_AGENT, &id);
	usher_event_u64(ev, USHER_F_OFFER, &offer);
	a = usher__rec_agent_of(r, id);
	if (a)
		ring = ring_of(a, offer);
	return ring ? ring->us + ev->time_us - ring->taken_us : -1;
}

/* It is the queue's that asked, once the callback is over (record_wait.c). */
static void failed(struct usher_record *r, struct rec_agent *a, uint64_t offer,
		   const struct usher_event *ev)
{
	struct rec_contact *c = usher__idmap_get(&r->contacts, ev->contact);
	const int64_t us = usher__rec_in_vain(r, ev);

	ring_end(a, offer);
	if (us >= 0 && us <= USHER_TIME_MAX - c->dialed_us)
		c->dialed_us += us;
}

static int joined(struct usher_record *r, struct rec_agent *a, uint64_t offer,
		  const struct usher_event *ev)
{
	const struct rec_contact *c =
		usher__idmap_get(&r->contacts, ev->contact);
	const struct rec_ring *ring = ring_of(a, offer);
	struct sim_task *task;
	struct rec_seen *seen;
	uint32_t going;
	int rc = pass(r, a, ev->time_us);

	if (rc || a->tasks.count >= DESK_MAX)
		return rc;
	task = usher__rec_more(r, &a->tasks, sizeof(*task));
	seen = task ? usher__rec_more(r, &a->seen, sizeof(*seen)) : NULL;
	/* they stay as many as each other */
	if (task && !seen)
		a->tasks.count--;
	if (!seen)
		return USHER_ENOMEM;
	task->contact = ev->contact;
	task->segment = ev->segment;
	task->kind = c ? c->kind : 0;
	seen->joined_us = ev->time_us;
	usher_event_u64(ev, USHER_F_QUEUE, &seen->queue);
	settle(r, a);
	going = going_on(a);
	if (ring)
		seen->answering_us = ring->us;
	ring_end(a, offer);
	return going > 1 && seen->answering_us
		       ? pace(r, &seen->paces, going, false,
			      seen->answering_us)
		       : 0;
}

static uint32_t task_of(const struct rec_agent *a, uint64_t segment)
{
	const struct sim_task *task = a->tasks.items;
	uint32_t i = 0;

	while (i < a->tasks.count && task[i].segment != segment)
		i++;
	return i;
}

/* The talk is over, as one of so many. */
static void talked(struct rec_agent *a, uint32_t i)
{
	const struct sim_task *task = a->tasks.items;
	struct rec_seen *seen = (struct rec_seen *)a->seen.items + i;

	if (!task[i].wraps && !task[i].still)
		seen->beside = going_on(a);
}

static int wraps(struct usher_record *r, struct rec_agent *a,
		 const struct usher_event *ev)
{
	const uint32_t i = task_of(a, ev->segment);
	int rc = pass(r, a, ev->time_us);

	if (rc || i == a->tasks.count)
		return rc;
	talked(a, i);
	((struct sim_task *)a->tasks.items)[i].wraps = true;
	((struct rec_seen *)a->seen.items)[i].wraps_us = ev->time_us;
	return 0;
}

int usher__rec_desk_event(struct usher_record *r, const struct usher_event *ev)
{
	uint64_t id = 0, offer = 0;
	struct rec_agent *a;

	usher_event_u64(ev, USHER_F_AGENT, &id);
	usher_event_u64(ev, USHER_F_OFFER, &offer);
	a = usher__rec_agent_of(r, id);
	if (!a)
		return 0;
	switch (ev->type) {
	case USHER_EV_OFFER_ACCEPTED:
		return answering(r, a, offer, ev, USHER_F_RING);
	case USHER_EV_OFFER_CONNECTED:
		return answering(r, a, offer, ev, USHER_F_CONNECT);
	case USHER_EV_OFFER_FAILED:
		failed(r, a, offer, ev);
		return 0;
	case USHER_EV_OFFER_WITHDRAWN:
		ring_end(a, offer);
		return 0;
	case USHER_EV_AGENT_JOINED:
		return joined(r, a, offer, ev);
	case USHER_EV_WRAPUP_STARTED:
		return wraps(r, a, ev);
	}
	return 0;
}

static void taken(struct rec_list *list, uint32_t i, size_t size)
{
	char *at = (char *)list->items + i * size;

	memmove(at, at + size, (--list->count - i) * size);
}

int usher__rec_desk_left(struct usher_record *r, struct rec_agent *a,
			 const struct usher_event *ev, struct rec_seen *ret)
{
	const uint32_t i = task_of(a, ev->segment);
	int rc;

	memset(ret, 0, sizeof(*ret));
	if (i == a->tasks.count)
		return 0;
	rc = pass(r, a, ev->time_us);
	if (rc)
		return rc;
	talked(a, i);
	*ret = ((struct rec_seen *)a->seen.items)[i];
	taken(&a->tasks, i, sizeof(struct sim_task));
	taken(&a->seen, i, sizeof(struct rec_seen));
	settle(r, a);
	return 0;
}

int usher__rec_desk_cut(struct usher_record *r, struct rec_agent *a,
			uint64_t *ret_contact, struct rec_seen *ret)
{
	const struct sim_task *task = a->tasks.items;
	const struct rec_seen *seen = a->seen.items;
	const uint32_t last = a->tasks.count - 1;
	int rc;

	if (!a->tasks.count)
		return USHER_ENOENT;
	rc = pass(r, a, r->last_us);
	if (rc)
		return rc;
	*ret_contact = task[last].contact;
	*ret = seen[last];
	/* the others were beside it up to now, as they were */
	a->tasks.count--;
	a->seen.count--;
	return 0;
}

void usher__rec_desk_done(const struct usher_record *r, struct rec_agent *a)
{
	struct rec_seen *seen = a->seen.items;

	for (uint32_t i = 0; i < a->seen.count; i++)
		usher__rec_done(r, &seen[i].paces);
	usher__rec_done(r, &a->seen);
	usher__rec_done(r, &a->tasks);
	usher__rec_done(r, &a->rings);
	usher__rec_done(r, &a->capacity);
	usher__rec_attrs_done(r, &a->most_of);
	usher__rec_attrs_done(r, &a->interrupts);
}
