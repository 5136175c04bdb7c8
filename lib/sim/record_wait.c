/*
 * Customers of a record. Whoever comes to a queue arrives there once: steps
 * that lead on are taken by the model's queues, too. How long they are willing
 * to wait counts from the arrival, wherever they wait, and is seen when they
 * wait nowhere any more; how long they talk belongs to the queue that they
 * came to.
 */
#include <math.h>
#include <string.h>

#include "sim/rec.h"
#include "sim/sim.h"

#define PRIORITY_MAX 1000000

static double seconds(int64_t us)
{
	return (double)us / SIM_SECOND_US;
}

static int came(struct usher_record *r, struct rec_queue *q,
		const struct rec_contact *contact,
		const struct usher_event *ev)
{
	int64_t deadline = 0, since = 0, own = 0;
	struct usher_sim_call *call;
	struct rec_came *came;
	const char *text = "";
	size_t len = 0;

	came = usher__rec_more(r, &q->came, sizeof(*came));
	if (!came)
		return USHER_ENOMEM;
	call = usher__rec_more(r, &q->calls, sizeof(*call));
	if (!call) {
		q->came.count--;
		return USHER_ENOMEM;
	}
	call->at_us = ev->time_us - r->first_us;
	call->handle_us = -1;
	call->wrapup_us = -1;
	call->patience_us = -1;
	usher_event_i64(ev, USHER_F_DEADLINE, &deadline);
	usher_event_i64(ev, USHER_F_SINCE, &since);
	usher_event_i64(ev, USHER_F_PRIORITY, &own);
	usher_event_str(ev, USHER_F_REQUIREMENT, &text, &len);
	came->set = contact->set;
	came->kind = contact->kind;
	came->priority = contact->priority + own;
	if (came->priority > PRIORITY_MAX)
		came->priority = PRIORITY_MAX;
	if (came->priority < -PRIORITY_MAX)
		came->priority = -PRIORITY_MAX;
	if (since > 0 && since < ev->time_us)
		came->age_us = ev->time_us - since;
	if (deadline > ev->time_us)
		came->max_wait_us = deadline - ev->time_us;
	else if (q->max_wait_us)
		came->max_wait_us = USHER_NEVER;
	return len ? usher__rec_text(r, &came->requirement, ev,
				     USHER_F_REQUIREMENT)
		   : 0;
}

/* In several queues, at once or one after the other: an arrival at the
 * first. */
static int entered(struct usher_record *r, const struct usher_event *ev)
{
	struct rec_contact *contact;
	struct rec_queue *q;
	uint64_t id = 0;
	int rc;

	usher_event_u64(ev, USHER_F_QUEUE, &id);
	q = usher__rec_queue_of(r, id);
	if (!q)
		return 0;
	r->busy = true;
	rc = usher__rec_contact(r, ev->contact, &contact);
	if (rc)
		return rc;
	contact->waiting++;
	if (contact->counted) {
		if (r->stepping != ev->contact && !contact->called_back)
			r->lacks[USHER_LACKS_QUEUES]++;
		return 0;
	}
	rc = came(r, q, contact, ev);
	if (rc)
		return rc;
	r->lacks[USHER_LACKS_AGAIN] += contact->served;
	contact->came = contact->counted = contact->watched = true;
	contact->came_us = ev->time_us;
	contact->queue = (uint32_t)(q - usher__rec_queue(r, 0));
	return 0;
}

/* They wait no longer, since they gave up or not. */
static int seen(struct usher_record *r, struct rec_contact *c, int64_t now_us,
		bool gave_up)
{
	struct usher_observed *one;
	struct rec_queue *q;

	if (!c->watched)
		return 0;
	q = usher__rec_queue(r, c->queue);
	if (q->waits.count == USHER_SIM_VALUES_MAX)
		return 0;
	one = usher__rec_more(r, &q->waits, sizeof(*one));
	if (!one)
		return USHER_ENOMEM;
	one->at = seconds(now_us - c->came_us);
	one->ended = gave_up;
	q->waited_s += one->at;
	q->gave_up += gave_up;
	c->watched = false;
	return 0;
}

/* Whoever comes after that is a customer again: an agent has had them, or they
 * were led elsewhere, which they are in a simulation, too. */
static bool is_over(uint64_t how)
{
	return how == USHER_LEAVE_ANSWERED || how == USHER_LEAVE_ELSEWHERE ||
	       how == USHER_LEAVE_TIMEOUT || how == USHER_LEAVE_OVERFLOW;
}

/* The model has a way for it, also for who is called back in vain. */
static bool is_known(uint64_t how, const struct rec_contact *c)
{
	return is_over(how) || how == USHER_LEAVE_ABANDONED ||
	       how == USHER_LEAVE_CALLBACK ||
	       (how == USHER_LEAVE_FAILED && c && c->called_back);
}

static int left(struct usher_record *r, const struct usher_event *ev)
{
	struct rec_contact *c = usher__idmap_get(&r->contacts, ev->contact);
	uint64_t id = 0, how = 0;
	struct rec_queue *q;
	int rc;

	usher_event_u64(ev, USHER_F_QUEUE, &id);
	usher_event_u64(ev, USHER_F_LEAVE, &how);
	q = usher__rec_queue_of(r, id);
	if (!q)
		return 0;
	q->answered += how == USHER_LEAVE_ANSWERED;
	q->abandoned += how == USHER_LEAVE_ABANDONED;
	r->lacks[USHER_LACKS_LEFT] += !is_known(how, c);
	if (!c || !c->came)
		return 0;
	c->waiting -= c->waiting > 0;
	if (how == USHER_LEAVE_ANSWERED) {
		c->served = true;
		c->served_in = id;
		c->served_as = c->queue;
	}
	if (c->waiting && how != USHER_LEAVE_ANSWERED &&
	    how != USHER_LEAVE_ABANDONED)
		return 0;
	rc = seen(r, c, ev->time_us, how == USHER_LEAVE_ABANDONED);
	if (is_over(how))
		c->counted = c->offered = c->called_back = false;
	return rc;
}

/* ---- Callbacks ---- */

static void step_taken(struct usher_record *r, const struct usher_event *ev)
{
	struct rec_contact *c = usher__idmap_get(&r->contacts, ev->contact);
	uint64_t id = 0, action = 0;
	struct rec_queue *q;

	usher_event_u64(ev, USHER_F_QUEUE, &id);
	usher_event_u64(ev, USHER_F_ACTION, &action);
	q = usher__rec_queue_of(r, id);
	if (action == USHER_QUEUE_STEP_ADD ||
	    action == USHER_QUEUE_STEP_OVERFLOW)
		r->stepping = ev->contact;
	if (!q || !c || action != USHER_QUEUE_STEP_CALLBACK)
		return;
	q->offered++;
	c->offered = true;
	c->asked = (uint32_t)(q - usher__rec_queue(r, 0));
}

static void callback(struct usher_record *r, const struct usher_event *ev)
{
	struct rec_contact *c = usher__idmap_get(&r->contacts, ev->contact);
	uint64_t first = 0;
	int64_t from = 0;

	if (!c)
		return;
	usher_event_u64(ev, USHER_F_FIRST, &first);
	usher_event_i64(ev, USHER_F_FROM, &from);
	if (!c->offered || first != USHER_CALLBACK_AGENT || from > ev->time_us)
		r->lacks[USHER_LACKS_CALLBACKS]++;
	if (c->offered)
		usher__rec_queue(r, c->asked)->agreed++;
	c->called_back = true;
}

static void callback_over(struct usher_record *r, const struct usher_event *ev)
{
	struct rec_contact *c = usher__idmap_get(&r->contacts, ev->contact);
	const char *reason = "";
	bool reached, in_vain;
	struct rec_queue *q;
	size_t len = 0;

	usher_event_str(ev, USHER_F_REASON, &reason, &len);
	reached = !strcmp(reason, "reached");
	in_vain = !strcmp(reason, "unreachable");
	/* all others were never dialed to the end */
	if (!c || !c->offered || (!reached && !in_vain))
		return;
	q = usher__rec_queue(r, c->asked);
	q->called++;
	q->reached += reached;
	if (c->dialed_us <= USHER_TIME_MAX - q->dialed_us)
		q->dialed_us += c->dialed_us;
	c->dialed_us = 0;
}

/* ---- With an agent ---- */

/* Becomes the last one of a queue's. */
static int take(const struct usher_record *r, struct rec_queue *q,
		const struct rec_seen *seen)
{
	const struct rec_pace *p = seen->paces.items;

	for (uint32_t i = 0; i < seen->paces.count; i++) {
		struct rec_pace *to =
			usher__rec_more(r, &q->paces, sizeof(*to));

		if (!to)
			return USHER_ENOMEM;
		*to = p[i];
		to->handled = q->handled.count - 1;
	}
	return 0;
}

/* Of a queue by its id; NULL: of none, or no more of it are kept. */
static struct rec_handled *handled(struct usher_record *r, uint64_t queue,
				   uint64_t contact, double **ret_wrapup,
				   struct rec_queue **ret_queue, int *ret_rc)
{
	const struct rec_contact *c = usher__idmap_get(&r->contacts, contact);
	struct rec_queue *q = usher__rec_queue_of(r, queue);
	struct rec_handled *h;

	/* what there is to talk about comes with the customer */
	if (q && c && c->served && c->served_in == queue)
		q = usher__rec_queue(r, c->served_as);
	*ret_rc = 0;
	if (!q || q->handled.count == USHER_SIM_VALUES_MAX)
		return NULL;
	h = usher__rec_more(r, &q->handled, sizeof(*h));
	*ret_wrapup =
		h ? usher__rec_more(r, &q->wrapups, sizeof(double)) : NULL;
	if (h && !*ret_wrapup)
		q->handled.count--;
	if (!*ret_wrapup)
		*ret_rc = USHER_ENOMEM;
	*ret_queue = q;
	return *ret_rc ? NULL : h;
}

/* What was seen of one that took so long. */
static int keep(struct usher_record *r, struct rec_queue *q,
		struct rec_handled *h, double *wrapup,
		const struct rec_agent *a, const struct rec_seen *seen)
{
	/* agents of a model answer at once, so what answering took belongs to
	 * the time that they are busy */
	h->took_s += seconds(seen->answering_us);
	h->time_s = fmax(h->took_s - seconds(seen->still_us[0]), 0);
	h->agent = (uint32_t)(a - usher__rec_agent(r, 0));
	h->beside = seen->beside;
	*wrapup = fmax(*wrapup - seconds(seen->still_us[1]), 0);
	return take(r, q, seen);
}

static int agent_left(struct usher_record *r, const struct usher_event *ev)
{
	int64_t talk = 0, hold = 0, wrapup = 0;
	struct rec_seen seen = {0};
	struct rec_handled *h;
	struct rec_queue *q;
	struct rec_agent *a;
	uint64_t id = 0, queue = 0;
	double *w;
	int rc;

	usher_event_u64(ev, USHER_F_AGENT, &id);
	usher_event_u64(ev, USHER_F_QUEUE, &queue);
	usher_event_i64(ev, USHER_F_TALK, &talk);
	usher_event_i64(ev, USHER_F_HOLD, &hold);
	usher_event_i64(ev, USHER_F_WRAPUP, &wrapup);
	a = usher__rec_agent_of(r, id);
	if (!a)
		return 0;
	rc = usher__rec_desk_left(r, a, ev, &seen);
	h = rc ? NULL : handled(r, queue, ev->contact, &w, &q, &rc);
	if (h) {
		h->took_s = seconds(talk) + seconds(hold);
		*w = seconds(wrapup);
		rc = keep(r, q, h, w, a, &seen);
	}
	usher__rec_done(r, &seen.paces);
	return rc;
}

/* Those who are with an agent as the record ends took longer than that. */
static int cut(struct usher_record *r, struct rec_agent *a)
{
	struct rec_seen seen = {0};
	struct rec_handled *h;
	struct rec_queue *q;
	uint64_t contact;
	int64_t until_us;
	double *w;
	int rc;

	rc = usher__rec_desk_cut(r, a, &contact, &seen);
	h = rc ? NULL : handled(r, seen.queue, contact, &w, &q, &rc);
	if (h) {
		h->talks = !seen.wraps_us;
		h->wraps = !h->talks;
		until_us = h->talks ? r->last_us : seen.wraps_us;
		h->took_s = seconds(until_us - seen.joined_us);
		*w = h->talks ? 0 : seconds(r->last_us - until_us);
		seen.beside = 0;
		rc = keep(r, q, h, w, a, &seen);
	}
	usher__rec_done(r, &seen.paces);
	return rc;
}

int usher__rec_wait_end(struct usher_record *r)
{
	int rc = 0;

	/* their order is nothing: a law sorts them */
	for (uint32_t i = 0; i < r->contacts.room; i++) {
		struct usher__identity *at = r->contacts.slots[i];

		for (; !rc && at; at = at->link)
			rc = seen(r, (struct rec_contact *)at, r->last_us,
				  false);
	}
	for (uint32_t i = 0; !rc && i < r->agents.count; i++) {
		while (!rc)
			rc = cut(r, usher__rec_agent(r, i));
		if (rc == USHER_ENOENT)
			rc = 0;
	}
	return rc;
}

int usher__rec_wait_event(struct usher_record *r, const struct usher_event *ev)
{
	/* a step's entries follow it */
	if (ev->type != USHER_EV_QUEUE_ENTERED || r->stepping != ev->contact)
		r->stepping = 0;
	switch (ev->type) {
	case USHER_EV_QUEUE_ENTERED:
		return entered(r, ev);
	case USHER_EV_QUEUE_LEFT:
		return left(r, ev);
	case USHER_EV_STEP_TAKEN:
		step_taken(r, ev);
		return 0;
	case USHER_EV_CALLBACK_ASKED:
		callback(r, ev);
		return 0;
	case USHER_EV_CALLBACK_OVER:
		callback_over(r, ev);
		return 0;
	case USHER_EV_AGENT_LEFT:
		return agent_left(r, ev);
	}
	return usher__rec_desk_event(r, ev);
}
