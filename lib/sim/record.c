/*
 * Taking out of a record what does not depend on the center: when customers
 * came to each queue, how long each was seen to wait and whether that ended by
 * giving up, how long agents were busy with them (record_wait.c), what queues
 * do over time and when they were open (record_queue.c), when agents were
 * there.
 */
#include <string.h>

#include "sim/rec.h"
#include "sim/sim.h"

#define POOL_BLOCK 256

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
	for (uint32_t i = 0; i < r->queues.count; i++)
		usher__rec_queue_done(r, usher__rec_queue(r, i));
	for (uint32_t i = 0; i < r->agents.count; i++) {
		struct rec_agent *a = usher__rec_agent(r, i);

		usher__rec_attrs_done(r, &a->attrs);
		usher__rec_done(r, &a->queues);
		usher__rec_done(r, &a->spans);
		usher__rec_desk_done(r, a);
	}
	usher__rec_done(r, &r->queues);
	usher__rec_done(r, &r->queue_ids);
	usher__rec_done(r, &r->agents);
	usher__rec_done(r, &r->groups);
	usher__rec_contacts_done(r);
	usher_metrics_free(r->metrics);
	alloc.realloc(alloc.arg, r, 0);
}

/* ---- Agents ---- */

static int agent_set(struct usher_record *r, const struct usher_event *ev)
{
	const uint64_t *queues = NULL;
	struct rec_queue *q;
	struct rec_agent *a;
	uint64_t id = 0, most = 0;
	size_t count = 0;
	int rc;

	usher_event_u64(ev, USHER_F_AGENT, &id);
	usher_event_u64(ev, USHER_F_MAX_TOTAL, &most);
	a = usher__rec_agent_of(r, id);
	if (!a && r->agents.count == USHER_SIM_AGENTS_MAX)
		return USHER_EFULL;
	if (!a)
		a = usher__rec_more(r, &r->agents, sizeof(*a));
	else if (r->busy)
		r->lacks[USHER_LACKS_SETTINGS]++;
	if (!a)
		return USHER_ENOMEM;
	a->id = id;
	a->most = (uint32_t)most;
	usher__rec_name(a->name, ev, USHER_F_NAME);
	usher__rec_done(r, &a->queues);
	usher_event_ids(ev, USHER_F_QUEUES, &queues, &count);
	for (size_t i = 0; i < count; i++) {
		uint64_t *queue =
			usher__rec_more(r, &a->queues, sizeof(*queue));

		if (!queue)
			return USHER_ENOMEM;
		q = usher__rec_queue_of(r, queues[i]);
		*queue = q ? q->id : queues[i];
	}
	rc = usher__rec_capacity(r, a, ev);
	return rc ? rc : usher__rec_attrs(r, &a->attrs, ev, USHER_F_ATTRS);
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
	a = usher__rec_agent_of(r, id);
	if (!a)
		return 0;
	rc = presence_end(r, a, ev->time_us);
	a->since_us = ev->time_us;
	a->presence = (uint32_t)now;
	return rc;
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
	usher__rec_lack_event(r, ev);
	switch (ev->type) {
	case USHER_EV_CONFIGURED:
		usher__rec_name(r->contact_order, ev, USHER_F_CONTACT_ORDER);
		return 0;
	case USHER_EV_QUEUE_SET:
	case USHER_EV_QUEUE_DRAINING:
	case USHER_EV_QUEUE_OPENED:
	case USHER_EV_QUEUE_CLOSED:
	case USHER_EV_STEP_SET:
	case USHER_EV_STEPS_CUT:
		return usher__rec_queue_event(r, ev);
	case USHER_EV_AGENT_SET:
		return agent_set(r, ev);
	case USHER_EV_AGENT_PRESENCE:
		return presence(r, ev);
	case USHER_EV_CONTACT_STARTED:
	case USHER_EV_CONTACT_CHANGED:
		return usher__rec_contact_set(r, ev);
	case USHER_EV_CONTACT_CLOSED:
		usher__rec_contact_end(r, ev->contact);
		return 0;
	}
	return usher__rec_wait_event(r, ev);
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
		rc = usher__rec_wait_end(r);
	if (!rc)
		rc = usher__rec_group_all(r);
	if (!rc)
		rc = usher_metrics_advance(r->metrics, r->last_us);
	r->ended = !rc;
	return rc;
}
