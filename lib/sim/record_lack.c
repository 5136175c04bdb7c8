/* What a record has and a simulation made of it does not carry over. */
#include <string.h>

#include "sim/rec.h"

static const char *const texts[REC_LACKS] = {
	[USHER_LACKS_BEFORE] =
		"contacts ended before a queue, in a flow or at one that was "
		"closed or full: they come to none here either",
	[USHER_LACKS_QUEUES] =
		"stays in queues beside or after the first one that no step "
		"led to: here customers wait in the first",
	[USHER_LACKS_LEFT] =
		"stays ended by a key, a flow, a request or a failure: here "
		"these customers wait on",
	[USHER_LACKS_AGAIN] =
		"customers waited again after an agent: here each time is "
		"another customer",
	[USHER_LACKS_DIRECT] =
		"conversations outside queues, dialed or direct: here agents "
		"are free meanwhile",
	[USHER_LACKS_OFFERS] =
		"offers were missed, refused or failed: here agents answer at "
		"once",
	[USHER_LACKS_CHANGED] =
		"contacts changed while they waited: here they stay as they "
		"came",
	[USHER_LACKS_SETTINGS] =
		"settings of queues, steps or agents were changed during the "
		"record: here the last ones hold all the time",
	[USHER_LACKS_CAPACITY] =
		"agents could have several contacts at once, and had so too "
		"seldom to tell how much slower they are then: here each goes "
		"on as fast as it did",
	[USHER_LACKS_CALLBACKS] =
		"callbacks that no step offered, with a window, or to the "
		"customer first: here customers wait on, or an agent is first",
	[USHER_LACKS_DETACHED] =
		"contacts lost their leg for a while: here they keep it",
	[USHER_LACKS_FULL] = "times a queue became full: who was turned away "
			     "then is not in "
			     "the record",
	[USHER_LACKS_EXTERNAL] =
		"queues were decided for by an application: here their "
		"fallback decides",
};

static void contact_closed(struct usher_record *r,
			   const struct usher_event *ev)
{
	const struct rec_contact *c =
		usher__idmap_get(&r->contacts, ev->contact);

	if (c && !c->came && !c->direct)
		r->lacks[USHER_LACKS_BEFORE]++;
}

static void joined(struct usher_record *r, const struct usher_event *ev)
{
	struct rec_contact *c = usher__idmap_get(&r->contacts, ev->contact);
	uint64_t queue = 0;

	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	if (queue)
		return;
	r->lacks[USHER_LACKS_DIRECT]++;
	if (c)
		c->direct = true;
}

static void filled(struct usher_record *r, const struct usher_event *ev)
{
	uint64_t id = 0, waiting = 0;
	const struct rec_queue *q;

	usher_event_u64(ev, USHER_F_QUEUE, &id);
	usher_event_u64(ev, USHER_F_WAITING, &waiting);
	q = usher__rec_queue_of(r, id);
	if (q && q->max_waiting && waiting == q->max_waiting)
		r->lacks[USHER_LACKS_FULL]++;
}

void usher__rec_lack_event(struct usher_record *r,
			   const struct usher_event *ev)
{
	const struct rec_contact *c;

	switch (ev->type) {
	case USHER_EV_CONTACT_CLOSED:
		contact_closed(r, ev);
		break;
	case USHER_EV_CONTACT_CHANGED:
		c = usher__idmap_get(&r->contacts, ev->contact);
		r->lacks[USHER_LACKS_CHANGED] += c && c->waiting;
		break;
	case USHER_EV_CONTACT_DETACHED:
		r->lacks[USHER_LACKS_DETACHED]++;
		break;
	case USHER_EV_AGENT_JOINED:
		joined(r, ev);
		break;
	case USHER_EV_QUEUE_ENTERED:
		filled(r, ev);
		break;
	case USHER_EV_OFFER_REJECTED:
	case USHER_EV_OFFER_MISSED:
	case USHER_EV_OFFER_FAILED:
		/* nobody was reached: the model has that */
		if (usher__rec_in_vain(r, ev) >= 0)
			break;
		r->lacks[USHER_LACKS_OFFERS]++;
		break;
	}
}

static bool slow_unknown(const struct usher_record *r,
			 const struct rec_agent *a)
{
	return a->spans.count && usher__rec_several(a) &&
	       !usher__rec_group(r, a->group)->slow_known;
}

/* What is counted when it is asked for. */
static uint64_t count_of(const struct usher_record *r, uint32_t kind)
{
	uint64_t count = r->lacks[kind];

	for (uint32_t i = 0;
	     kind == USHER_LACKS_CAPACITY && i < r->agents.count; i++)
		count += slow_unknown(r, usher__rec_agent(r, i));
	for (uint32_t i = 0;
	     kind == USHER_LACKS_EXTERNAL && i < r->queues.count; i++)
		count += usher__rec_queue(r, i)->external;
	return count;
}

int usher_record_lack_at(const struct usher_record *r, uint32_t index,
			 struct usher_record_lack *ret)
{
	struct usher_record_lack all = {0};

	if (!ret || ret->size < sizeof(ret->size) || ret->size > sizeof(all))
		return USHER_EINVAL;
	for (uint32_t kind = 1; kind < REC_LACKS; kind++) {
		all.count = count_of(r, kind);
		if (!all.count || index--)
			continue;
		all.size = ret->size;
		all.kind = kind;
		all.text = texts[kind];
		memcpy(ret, &all, all.size);
		return 0;
	}
	return USHER_ENOENT;
}
