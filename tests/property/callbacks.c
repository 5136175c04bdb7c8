/* Callbacks of random days: what is asked, and what the words of
 * docs/queues.md promise. */
#include <stdio.h>
#include <string.h>

#include "day.h"
#include "fold.h"

#define SECOND INT64_C(1000000)
/* So few that some are asked for twice. */
#define ADDRESSES 12

bool model_away(const struct m_contact *c)
{
	if (c->detached_until)
		return true;
	/* It is matched, and then dialed. */
	if (c->callback == USHER_CALLBACK_TURN)
		return false;
	return c->callback && (c->callback != USHER_CALLBACK_DUE ||
			       c->first != USHER_CALLBACK_AGENT);
}

static bool asked(struct m_contact *c, const struct usher_event *ev)
{
	const char *address = "";

	usher_event_str(ev, USHER_F_ADDRESS, &address, NULL);
	snprintf(c->address, sizeof(c->address), "%s", address);
	c->callback = USHER_CALLBACK_PLANNED;
	c->first = (uint32_t)event_u64(ev, USHER_F_FIRST);
	c->attempts = 0;
	c->turn = event_u64(ev, USHER_F_TURN) != 0;
	c->attempts_max = (uint32_t)event_u64(ev, USHER_F_ATTEMPTS);
	c->callback_at = event_i64(ev, USHER_F_FROM);
	c->callback_until = event_i64(ev, USHER_F_UNTIL);
	c->place_since = event_i64(ev, USHER_F_SINCE);
	return c->callback_at >= ev->time_us && c->place_since >= c->since;
}

/* Not before its time, not after its window, one attempt after the other. */
static bool due(struct m_contact *c, const struct usher_event *ev)
{
	bool ok = (c->callback == USHER_CALLBACK_PLANNED ||
		   c->callback == USHER_CALLBACK_TURN) &&
		  ev->time_us == c->callback_at &&
		  ev->time_us < c->callback_until &&
		  event_u64(ev, USHER_F_ATTEMPT) == c->attempts + 1 &&
		  event_u64(ev, USHER_F_TURN) <= c->turn;

	c->callback = event_u64(ev, USHER_F_TURN) ? USHER_CALLBACK_TURN
						  : USHER_CALLBACK_DUE;
	c->callback_at = event_i64(ev, USHER_F_UNTIL);
	return ok && (!c->callback_at || (c->callback == USHER_CALLBACK_TURN &&
					  c->callback_at > ev->time_us));
}

/* An agent who has accepted waits as long. */
static bool dialed(struct model *m, struct m_contact *c,
		   const struct usher_event *ev)
{
	bool ok = c->callback == USHER_CALLBACK_DUE;

	c->callback = USHER_CALLBACK_DIALING;
	c->callback_at = event_i64(ev, USHER_F_DEADLINE);
	for (size_t i = m->offer_first; i < m->offer_count; i++) {
		if (!m->offers[i].gone && m->offers[i].contact == c->id)
			m->offers[i].deadline = c->callback_at;
	}
	return ok && ++c->attempts <= c->attempts_max;
}

bool model_fold_callback(struct model *m, const struct usher_event *ev)
{
	struct m_contact *c = model_contact(m, ev->contact);

	if (!c || (ev->type == USHER_EV_CALLBACK_ASKED) != !c->callback)
		return false;
	switch (ev->type) {
	case USHER_EV_CALLBACK_ASKED:
		return asked(c, ev);
	case USHER_EV_CALLBACK_DUE:
		return due(c, ev);
	case USHER_EV_CALLBACK_TURN:
		if (c->callback != USHER_CALLBACK_TURN ||
		    (ev->actor == USHER_BY_TIMER &&
		     ev->time_us != c->callback_at))
			return false;
		c->callback = USHER_CALLBACK_DUE;
		c->callback_at = 0;
		return true;
	case USHER_EV_CALLBACK_DIALED:
		return dialed(m, c, ev);
	case USHER_EV_CALLBACK_MISSED:
		if (c->callback != USHER_CALLBACK_DIALING)
			return false;
		c->callback = USHER_CALLBACK_PLANNED;
		c->callback_at = event_i64(ev, USHER_F_UNTIL);
		return true;
	default:
		c->callback = USHER_CALLBACK_NONE;
		c->callback_at = 0;
		return true;
	}
}

/* Never two at once for one address; never later than its time. */
bool check_callback(struct day *d, const struct m_contact *c)
{
	struct model *m = d->model;
	struct usher_contact_info info = {.size = sizeof(info)};

	if (usher_acd_contact_info(d->acd, c->id, &info) ||
	    info.callback != c->callback ||
	    info.callback_at_us != c->callback_at ||
	    (c->callback && info.callback_attempts != c->attempts))
		return fail(d, "callback of contact %llu differs",
			    (unsigned long long)c->id);
	if (!c->callback)
		return true;
	if (usher_acd_callback_find(d->acd, c->address, NULL) != c->id)
		return fail(d, "contact %llu is not found by its address",
			    (unsigned long long)c->id);
	if (c->callback_at && c->callback_at < m->now)
		return fail(d, "contact %llu should have been called back",
			    (unsigned long long)c->id);
	if (c->callback != USHER_CALLBACK_DIALING &&
	    c->callback_until < m->now)
		return fail(d, "contact %llu waits beyond its window",
			    (unsigned long long)c->id);
	for (const struct m_contact *o = c + 1;
	     o < m->contacts + m->contact_count; o++) {
		if (!o->gone && o->callback && !strcmp(o->address, c->address))
			return fail(d, "%s is called back twice at once",
				    c->address);
	}
	return true;
}

static bool waits(const struct model *m, uint64_t contact)
{
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		if (!m->segments[i].gone &&
		    m->segments[i].contact == contact &&
		    m->segments[i].kind == USHER_SEGMENT_QUEUE)
			return true;
	}
	return false;
}

static bool accepted(const struct model *m, uint64_t contact)
{
	for (size_t i = m->offer_first; i < m->offer_count; i++) {
		if (!m->offers[i].gone && m->offers[i].contact == contact &&
		    m->offers[i].accepted)
			return true;
	}
	return false;
}

/* Something can be done with it. */
static bool ripe(const struct model *m, const struct m_contact *c,
		 uint32_t state)
{
	if (c->callback != state)
		return false;
	if (state == USHER_CALLBACK_NONE)
		return waits(m, c->id) && !c->ended && !c->detached_until;
	return state != USHER_CALLBACK_DUE ||
	       c->first == USHER_CALLBACK_CUSTOMER || accepted(m, c->id);
}

/* One whose callback is in this state, or seldom any. */
static uint64_t choose(struct day *d, uint32_t state)
{
	const struct model *m = d->model;
	bool any = rng_percent(&d->rng, 10);
	unsigned seen = 0;
	uint64_t found = 0;

	for (size_t i = m->contact_first; i < m->contact_count; i++) {
		const struct m_contact *c = &m->contacts[i];

		if (!c->gone && (any || ripe(m, c, state)) &&
		    !rng_below(&d->rng, ++seen))
			found = c->id;
	}
	return found;
}

int command_callback(struct day *d)
{
	static const int64_t spans[] = {0, 0, 1, 30, 200};
	struct usher_callback_opts o;
	uint64_t queues[2];
	char address[8];
	int64_t from = spans[rng_below(&d->rng, 5)] * SECOND;

	usher_callback_opts_init(&o, sizeof(o));
	snprintf(address, sizeof(address), "n%u",
		 rng_below(&d->rng, ADDRESSES));
	o.address = rng_percent(&d->rng, 3) ? NULL : address;
	o.first = rng_below(&d->rng, 2);
	o.from_us = from ? d->now + from : 0;
	if (rng_percent(&d->rng, 60))
		o.until_us = d->now + from + rng_below(&d->rng, 400) * SECOND;
	o.again_us = (1 + rng_below(&d->rng, 60)) * SECOND;
	o.attempts = 1 + rng_below(&d->rng, 3);
	if (rng_percent(&d->rng, 15)) {
		o.queue_count = 1 + rng_below(&d->rng, 2);
		for (uint32_t i = 0; i < o.queue_count; i++)
			queues[i] = 1 + rng_below(&d->rng, 5) +
				    ((uint64_t)d->opts.node << 48);
		o.queues = queues;
	}
	return usher_acd_callback(d->acd, d->now,
				  choose(d, USHER_CALLBACK_NONE), &o);
}

int command_callback_dial(struct day *d)
{
	return usher_acd_callback_dial(d->acd, d->now,
				       choose(d, USHER_CALLBACK_DUE));
}

int command_callback_missed(struct day *d)
{
	uint64_t contact = choose(d, USHER_CALLBACK_DIALING);

	if (rng_percent(&d->rng, 30))
		return usher_acd_attach(d->acd, d->now, contact);
	return usher_acd_callback_missed(d->acd, d->now, contact, "486");
}
