/*
 * Taking out of a record what does not depend on the center: when customers
 * came to each queue, how long each was seen to wait and whether that ended by
 * giving up, how long agents were busy with them, when agents were there.
 */
#include <string.h>

#include "sim/record.h"
#include "sim/sim.h"

#define POOL_BLOCK 256

void *usher__rec_more(const struct usher_record *r, struct rec_list *list,
		      size_t size)
{
	char *at;

	if (list->count == list->cap) {
		uint32_t cap = list->cap ? list->cap * 2 : 16;

		at = r->alloc.realloc(r->alloc.arg, list->items, cap * size);
		if (!at)
			return NULL;
		list->items = at;
		list->cap = cap;
	}
	at = (char *)list->items + list->count++ * size;
	memset(at, 0, size);
	return at;
}

void usher__rec_done(const struct usher_record *r, struct rec_list *list)
{
	if (list->items)
		r->alloc.realloc(r->alloc.arg, list->items, 0);
	memset(list, 0, sizeof(*list));
}

int usher_record_new(struct usher_record **ret,
		     const struct usher_alloc *alloc)
{
	struct usher_metrics_opts opts;
	struct usher_record *r;
	int rc;

	if (!ret)
		return USHER_EINVAL;
	if (!alloc)
		alloc = usher_alloc_default();
	r = alloc->realloc(alloc->arg, NULL, sizeof(*r));
	if (!r)
		return USHER_ENOMEM;
	memset(r, 0, sizeof(*r));
	r->alloc = *alloc;
	r->first_us = -1;
	usher__pool_init(&r->pool, sizeof(struct rec_contact), POOL_BLOCK);
	usher_metrics_opts_init(&opts, sizeof(opts));
	opts.alloc = &r->alloc;
	rc = usher_metrics_new(&r->metrics, &opts, NULL);
	if (rc)
		usher_record_free(r);
	else
		*ret = r;
	return rc;
}

void usher_record_free(struct usher_record *r)
{
	struct usher_alloc alloc;

	if (!r)
		return;
	alloc = r->alloc;
	for (uint32_t i = 0; i < r->queues.count; i++) {
		struct rec_queue *q = usher__rec_queue(r, i);

		alloc.realloc(alloc.arg, q->requirement, 0);
		usher__rec_attrs_done(r, &q->policy_options);
		usher__rec_attrs_done(r, &q->order_options);
		usher__rec_done(r, &q->calls);
		usher__rec_done(r, &q->came);
		usher__rec_done(r, &q->handled);
		usher__rec_done(r, &q->wrapups);
		usher__rec_done(r, &q->waits);
	}
	for (uint32_t i = 0; i < r->agents.count; i++) {
		struct rec_agent *a = usher__rec_agent(r, i);

		usher__rec_attrs_done(r, &a->attrs);
		usher__rec_done(r, &a->queues);
		usher__rec_done(r, &a->spans);
	}
	usher__rec_done(r, &r->queues);
	usher__rec_done(r, &r->queue_ids);
	usher__rec_done(r, &r->agents);
	usher__rec_done(r, &r->groups);
	usher__rec_contacts_done(r);
	usher_metrics_free(r->metrics);
	alloc.realloc(alloc.arg, r, 0);
}

/* ---- Finding and making; ids ascend in the order of making ---- */

static struct rec_queue *queue_of(const struct usher_record *r, uint64_t id)
{
	const struct rec_queue_id *ids = r->queue_ids.items;

	for (uint32_t i = r->queue_ids.count; i--;)
		if (ids[i].id == id)
			return usher__rec_queue(r, ids[i].index);
	return NULL;
}

/* One that was removed and made again has another id and is the same. */
static int queue_make(struct usher_record *r, uint64_t id, const char *name,
		      struct rec_queue **ret)
{
	struct rec_queue_id *known;
	struct rec_queue *q;
	uint32_t i = 0;

	while (i < r->queues.count &&
	       strcmp(usher__rec_queue(r, i)->name, name))
		i++;
	if (i == USHER_SIM_QUEUES_MAX)
		return USHER_EFULL;
	known = usher__rec_more(r, &r->queue_ids, sizeof(*known));
	if (!known)
		return USHER_ENOMEM;
	known->id = id;
	known->index = i;
	if (i == r->queues.count) {
		q = usher__rec_more(r, &r->queues, sizeof(*q));
		if (!q) {
			r->queue_ids.count--;
			return USHER_ENOMEM;
		}
		q->id = id;
		strcpy(q->name, name);
	}
	*ret = usher__rec_queue(r, i);
	return 0;
}

static struct rec_agent *agent_of(const struct usher_record *r, uint64_t id)
{
	uint32_t from = 0, to = r->agents.count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (usher__rec_agent(r, middle)->id < id)
			from = middle + 1;
		else
			to = middle;
	}
	if (from < r->agents.count && usher__rec_agent(r, from)->id == id)
		return usher__rec_agent(r, from);
	return NULL;
}

static void name_copy(char to[USHER_NAME_MAX + 1],
		      const struct usher_event *ev, uint32_t field)
{
	const char *text = "";
	size_t len = 0;

	usher_event_str(ev, field, &text, &len);
	if (len > USHER_NAME_MAX)
		len = USHER_NAME_MAX;
	memcpy(to, text, len);
	to[len] = '\0';
}

static int requirement_copy(const struct usher_record *r, struct rec_queue *q,
			    const struct usher_event *ev)
{
	const char *text = "";
	size_t len = 0;
	char *copy;

	usher_event_str(ev, USHER_F_REQUIREMENT, &text, &len);
	copy = r->alloc.realloc(r->alloc.arg, q->requirement, len + 1);
	if (!copy)
		return USHER_ENOMEM;
	memcpy(copy, text, len + 1);
	q->requirement = copy;
	return 0;
}

static int queue_set(struct usher_record *r, const struct usher_event *ev)
{
	char name[USHER_NAME_MAX + 1];
	struct rec_queue *q;
	uint64_t id = 0, members_only = 0;
	bool external;
	int rc;

	usher_event_u64(ev, USHER_F_QUEUE, &id);
	name_copy(name, ev, USHER_F_NAME);
	q = queue_of(r, id);
	if (!q) {
		rc = queue_make(r, id, name, &q);
		if (rc)
			return rc;
	}
	name_copy(q->policy, ev, USHER_F_POLICY);
	external = !strcmp(q->policy, "external");
	if (external)
		name_copy(q->policy, ev, USHER_F_FALLBACK);
	usher_event_i64(ev, USHER_F_TARGET, &q->target_us);
	usher_event_i64(ev, USHER_F_SHORT, &q->short_us);
	usher_event_i64(ev, USHER_F_PRIORITY, &q->priority);
	usher_event_u64(ev, USHER_F_MEMBERS_ONLY, &members_only);
	q->members_only = members_only != 0;
	rc = requirement_copy(r, q, ev);
	/* those of "external" are its own; a fallback has none */
	if (external)
		usher__rec_attrs_done(r, &q->policy_options);
	else if (!rc)
		rc = usher__rec_attrs(r, &q->policy_options, ev,
				      USHER_F_POLICY_OPTIONS);
	if (!rc)
		rc = usher__rec_attrs(r, &q->order_options, ev,
				      USHER_F_ORDER_OPTIONS);
	return rc;
}

/* ---- Agents ---- */

static int agent_set(struct usher_record *r, const struct usher_event *ev)
{
	const uint64_t *queues = NULL;
	struct rec_queue *q;
	struct rec_agent *a;
	uint64_t id = 0;
	size_t count = 0;

	usher_event_u64(ev, USHER_F_AGENT, &id);
	a = agent_of(r, id);
	if (!a && r->agents.count == USHER_SIM_AGENTS_MAX)
		return USHER_EFULL;
	if (!a)
		a = usher__rec_more(r, &r->agents, sizeof(*a));
	if (!a)
		return USHER_ENOMEM;
	a->id = id;
	name_copy(a->name, ev, USHER_F_NAME);
	usher__rec_done(r, &a->queues);
	usher_event_ids(ev, USHER_F_QUEUES, &queues, &count);
	for (size_t i = 0; i < count; i++) {
		uint64_t *queue =
			usher__rec_more(r, &a->queues, sizeof(*queue));

		if (!queue)
			return USHER_ENOMEM;
		q = queue_of(r, queues[i]);
		*queue = q ? q->id : queues[i];
	}
	return usher__rec_attrs(r, &a->attrs, ev, USHER_F_ATTRS);
}

static double seconds(int64_t us)
{
	return (double)us / SIM_SECOND_US;
}

/* What an agent was until now becomes a span. */
static int presence_end(struct usher_record *r, struct rec_agent *a,
			int64_t at_us)
{
	struct usher_sim_span *span;

	if (a->presence == USHER_SIGNED_OUT || at_us <= a->since_us)
		return 0;
	span = usher__rec_more(r, &a->spans, sizeof(*span));
	if (!span)
		return USHER_ENOMEM;
	span->from_s = seconds(a->since_us - r->first_us);
	span->to_s = seconds(at_us - r->first_us);
	span->presence = a->presence;
	return 0;
}

static int presence(struct usher_record *r, const struct usher_event *ev)
{
	uint64_t id = 0, now = 0;
	struct rec_agent *a;
	int rc;

	usher_event_u64(ev, USHER_F_AGENT, &id);
	usher_event_u64(ev, USHER_F_PRESENCE, &now);
	a = agent_of(r, id);
	if (!a)
		return 0;
	rc = presence_end(r, a, ev->time_us);
	a->since_us = ev->time_us;
	a->presence = (uint32_t)now;
	return rc;
}

/* ---- Customers ---- */

/* Whoever comes now is a customer again: an agent has had them, or they were
 * led elsewhere after the longest wait, which they are in a simulation, too.
 */
static void forget(struct usher_record *r, uint64_t contact)
{
	struct rec_contact *c = usher__idmap_get(&r->contacts, contact);

	if (c)
		c->counted = false;
}

/* In several queues, at once or one after the other: an arrival at the
 * first. */
static int entered(struct usher_record *r, const struct usher_event *ev)
{
	struct usher_sim_call *call;
	struct rec_contact *contact;
	struct rec_came *came;
	struct rec_queue *q;
	int64_t deadline = 0;
	uint64_t id = 0;
	int rc;

	usher_event_u64(ev, USHER_F_QUEUE, &id);
	usher_event_i64(ev, USHER_F_DEADLINE, &deadline);
	q = queue_of(r, id);
	if (!q)
		return 0;
	rc = usher__rec_contact(r, ev->contact, &contact);
	if (rc || contact->counted)
		return rc;
	came = usher__rec_more(r, &q->came, sizeof(*came));
	if (!came)
		return USHER_ENOMEM;
	call = usher__rec_more(r, &q->calls, sizeof(*call));
	if (!call) {
		q->came.count--;
		return USHER_ENOMEM;
	}
	contact->counted = true;
	call->at_us = ev->time_us - r->first_us;
	call->handle_us = -1;
	call->wrapup_us = -1;
	call->patience_us = -1;
	came->set = contact->set;
	came->priority = contact->priority;
	if (deadline > ev->time_us)
		came->max_wait_us = deadline - ev->time_us;
	return 0;
}

static int left(struct usher_record *r, const struct usher_event *ev)
{
	struct usher_observed *seen;
	uint64_t id = 0, how = 0;
	struct rec_queue *q;
	int64_t wait = 0;

	usher_event_u64(ev, USHER_F_QUEUE, &id);
	usher_event_u64(ev, USHER_F_LEAVE, &how);
	usher_event_i64(ev, USHER_F_WAIT, &wait);
	if (how == USHER_LEAVE_ANSWERED || how == USHER_LEAVE_TIMEOUT)
		forget(r, ev->contact);
	q = queue_of(r, id);
	if (!q || q->waits.count == USHER_SIM_VALUES_MAX)
		return 0;
	seen = usher__rec_more(r, &q->waits, sizeof(*seen));
	if (!seen)
		return USHER_ENOMEM;
	seen->at = seconds(wait);
	seen->ended = how == USHER_LEAVE_ABANDONED;
	q->answered += how == USHER_LEAVE_ANSWERED;
	q->abandoned += seen->ended;
	return 0;
}

/* Agents of a model answer at once, so what answering took belongs to the
 * time that they are busy. */
static void answering(struct usher_record *r, const struct usher_event *ev,
		      uint32_t field)
{
	struct rec_agent *a;
	int64_t time = 0;
	uint64_t id = 0;

	usher_event_u64(ev, USHER_F_AGENT, &id);
	usher_event_i64(ev, field, &time);
	a = agent_of(r, id);
	if (!a)
		return;
	if (field == USHER_F_RING)
		a->answering_us = 0;
	a->answering_us += time;
}

static int handled(struct usher_record *r, const struct usher_event *ev)
{
	int64_t talk = 0, hold = 0, wrapup = 0;
	uint64_t queue = 0, agent = 0;
	struct rec_handled *h;
	struct rec_queue *q;
	struct rec_agent *a;
	double *w;

	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	usher_event_u64(ev, USHER_F_AGENT, &agent);
	usher_event_i64(ev, USHER_F_TALK, &talk);
	usher_event_i64(ev, USHER_F_HOLD, &hold);
	usher_event_i64(ev, USHER_F_WRAPUP, &wrapup);
	q = queue_of(r, queue);
	a = agent_of(r, agent);
	if (!q || !a || q->handled.count == USHER_SIM_VALUES_MAX)
		return 0;
	h = usher__rec_more(r, &q->handled, sizeof(*h));
	w = usher__rec_more(r, &q->wrapups, sizeof(*w));
	if (!h || !w)
		return USHER_ENOMEM;
	h->time_s = seconds(talk + hold + a->answering_us);
	h->agent = (uint32_t)(a - usher__rec_agent(r, 0));
	a->answering_us = 0;
	*w = seconds(wrapup);
	return 0;
}

int usher_record_feed(struct usher_record *r, const struct usher_event *ev)
{
	if (ev->kind == USHER_KIND_INPUT)
		return 0;
	if (r->ended || ev->time_us < r->last_us)
		return USHER_ESTATE;
	if (r->first_us < 0)
		r->first_us = ev->time_us;
	r->last_us = ev->time_us;
	/* a record of several days is one day here */
	if (ev->type != USHER_EV_DAY && usher_metrics_feed(r->metrics, ev))
		return USHER_ENOMEM;
	switch (ev->type) {
	case USHER_EV_CONFIGURED:
		name_copy(r->contact_order, ev, USHER_F_CONTACT_ORDER);
		return 0;
	case USHER_EV_QUEUE_SET:
		return queue_set(r, ev);
	case USHER_EV_AGENT_SET:
		return agent_set(r, ev);
	case USHER_EV_AGENT_PRESENCE:
		return presence(r, ev);
	case USHER_EV_QUEUE_ENTERED:
		return entered(r, ev);
	case USHER_EV_QUEUE_LEFT:
		return left(r, ev);
	case USHER_EV_OFFER_ACCEPTED:
		answering(r, ev, USHER_F_RING);
		return 0;
	case USHER_EV_OFFER_CONNECTED:
		answering(r, ev, USHER_F_CONNECT);
		return 0;
	case USHER_EV_AGENT_LEFT:
		return handled(r, ev);
	case USHER_EV_CONTACT_STARTED:
	case USHER_EV_CONTACT_CHANGED:
		return usher__rec_contact_set(r, ev);
	case USHER_EV_CONTACT_ENDED:
		usher__rec_contact_end(r, ev->contact);
		return 0;
	}
	return 0;
}

int usher_record_end(struct usher_record *r, int64_t until_us)
{
	int rc = 0;

	if (r->ended || r->first_us < 0)
		return USHER_ESTATE;
	if (until_us > r->last_us)
		r->last_us = until_us;
	for (uint32_t i = 0; !rc && i < r->agents.count; i++)
		rc = presence_end(r, usher__rec_agent(r, i), r->last_us);
	if (!rc)
		rc = usher__rec_group_all(r);
	if (!rc)
		rc = usher_metrics_advance(r->metrics, r->last_us);
	r->ended = !rc;
	return rc;
}
