/*
 * The naive matcher: who would be offered to whom, said as plainly as the
 * documents say it. It looks at everybody, sorts nothing and keeps nothing.
 */
#include <string.h>

#include "day.h"

/* More at once than a random day has. */
#define CALLED_MAX 64

static unsigned load(const struct model *m, uint64_t agent, int kind)
{
	unsigned n = 0;

	for (size_t i = m->offer_first; i < m->offer_count; i++) {
		const struct m_offer *o = &m->offers[i];

		if (!o->gone && o->agent == agent)
			n += kind ==
			     model_contact((struct model *)m, o->contact)
				     ->kind;
	}
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];

		if (!s->gone && s->agent == agent)
			n += kind ==
			     model_contact((struct model *)m, s->contact)
				     ->kind;
	}
	return n;
}

/* Ready, and with room for one more of this kind. */
static bool is_free(const struct model *m, const struct m_agent *a, int kind)
{
	unsigned total = 0;

	if (a->gone || a->presence != USHER_READY || a->pending)
		return false;
	for (int k = 0; k < KINDS; k++)
		if (!a->interrupts[kind][k])
			total += load(m, a->id, k);
	return load(m, a->id, kind) < a->max[kind] &&
	       total < (a->max_total ? a->max_total : 1);
}

bool matcher_free(const struct day *d, const struct m_agent *a, int kind)
{
	return is_free(d->model, a, kind);
}

static bool is_on(const struct model *m, const struct m_agent *a,
		  uint64_t contact)
{
	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];

		if (!s->gone && s->agent == a->id && s->contact == contact)
			return true;
	}
	return false;
}

static bool may_not_yet(const struct day *d, const struct m_agent *a,
			uint64_t contact)
{
	const struct model *m = d->model;

	for (size_t i = 0; i < m->retry_count; i++)
		if (m->retries[i].agent == a->id &&
		    m->retries[i].contact == contact &&
		    moment_holds(d, m->retries[i].until, contact))
			return true;
	return false;
}

bool matcher_eligible(const struct day *d, const struct m_segment *s,
		      const struct m_agent *a)
{
	struct model *m = d->model;
	const struct m_contact *c = model_contact(m, s->contact);

	/* A policy said that it waits for another one. */
	if (s->not_before > m->now && s->awaits != a->id)
		return false;
	return is_free(m, a, c->kind) && !is_on(m, a, c->id) &&
	       !may_not_yet(d, a, c->id) && model_lets_in(m, s, a, c);
}

bool matcher_waits(const struct day *d, const struct m_segment *s)
{
	struct model *m = d->model;
	const struct m_contact *c;

	if (s->gone || s->kind != USHER_SEGMENT_QUEUE || s->deciding ||
	    (s->not_before > m->now && !s->awaits))
		return false;
	c = model_contact(m, s->contact);
	if (c->ended || model_away(c))
		return false;
	for (size_t i = m->offer_first; i < m->offer_count; i++)
		if (!m->offers[i].gone && m->offers[i].contact == c->id)
			return false;
	return true;
}

/* Deadlines of one moment come one after the other: whose time to wait ends
 * just now, for whatever agent, may be the next one. */
static bool just_woken(const struct model *m, const struct m_segment *s)
{
	for (size_t i = 0; i < m->retry_count; i++)
		if (m->retries[i].contact == s->contact &&
		    m->retries[i].until == m->now)
			return true;
	return s->not_before == m->now;
}

/* Who decides for this contact now. */
static const char *policy_of(struct day *d, const struct m_segment *s)
{
	const struct m_queue *q = model_queue(d->model, s->queue);

	return s->late && !strcmp(q->policy, "external") ? q->fallback
							 : q->policy;
}

/* Whether no other contact goes before this one for the agent. */
static bool is_best_for(struct day *d, const struct m_segment *s,
			const struct m_agent *a)
{
	const struct model *m = d->model;

	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *other = &m->segments[i];

		if (other->contact != s->contact && matcher_waits(d, other) &&
		    matcher_eligible(d, other, a) && !just_woken(m, other) &&
		    /* who is collected is assigned at another time */
		    strcmp(policy_of(d, other), "batch") &&
		    matcher_would_offer(d, other) &&
		    order_goes_before(d, other, s)) {
			d->better = other->id;
			return false;
		}
	}
	return true;
}

/* An agent who is served gets the first contact; its queue's policy may then
 * prefer another agent for it. So it must be the first for one of those who
 * could have taken it. */
bool matcher_contact_ok(struct day *d, const struct m_segment *s)
{
	for (size_t i = 0; i < d->model->agent_count; i++) {
		const struct m_agent *a = &d->model->agents[i];

		if (matcher_eligible(d, s, a) && is_best_for(d, s, a))
			return true;
	}
	return false;
}

static bool better(struct day *d, const struct m_segment *s,
		   const struct m_agent *x, const struct m_agent *y)
{
	double mx = measure_of(d, s, policy_of(d, s), x);
	double my = measure_of(d, s, policy_of(d, s), y);

	if (mx != my)
		return mx < my;
	if (measure_by_idle(policy_of(d, s)) &&
	    available_since(x) != available_since(y))
		return available_since(x) < available_since(y);
	return x->order != y->order ? x->order < y->order : x->id < y->id;
}

/* All eligible agents, the best first. */
static size_t candidates(struct day *d, const struct m_segment *s,
			 const struct m_agent *list[AGENTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < d->model->agent_count; i++) {
		const struct m_agent *a = &d->model->agents[i];
		size_t at = n;

		if (!matcher_eligible(d, s, a))
			continue;
		for (; at && better(d, s, a, list[at - 1]); at--)
			list[at] = list[at - 1];
		list[at] = a;
		n++;
	}
	return n;
}

/* The agent whom the contact names; NULL: none. */
static const struct m_agent *preferred(struct day *d,
				       const struct m_segment *s)
{
	const struct m_contact *c = model_contact(d->model, s->contact);
	const struct m_option *name =
		option_find(&c->attrs, "preferred_agent");

	for (size_t i = 0; name && i < d->model->agent_count; i++)
		if (!d->model->agents[i].gone &&
		    !strcmp(d->model->agents[i].name, name->text))
			return &d->model->agents[i];
	return NULL;
}

/* At work, allowed, but not free; and patience is not over. */
static bool waits_for_preferred(struct day *d, const struct m_segment *s)
{
	struct model *m = d->model;
	const struct m_queue *q = model_queue(m, s->queue);
	const struct m_contact *c = model_contact(m, s->contact);
	const struct m_agent *a = preferred(d, s);
	double patience = option_number(&q->options, "patience", 30);

	return a && a->presence == USHER_READY && !a->pending &&
	       !a->removing && a->max[c->kind] && !is_free(m, a, c->kind) &&
	       !is_on(m, a, c->id) && !may_not_yet(d, a, c->id) &&
	       model_lets_in(m, s, a, c) &&
	       m->now < s->entered + (int64_t)(patience * 1e6);
}

/* ---- Turns of those who are dialed first ---- */

/* Whom one who is dialed, or about to be, may have. */
struct called {
	uint64_t contact;
	const struct m_agent *list[AGENTS_MAX];
	size_t count;
	const struct m_agent *has;
	bool seen;
};

static bool is_called(const struct m_contact *c)
{
	return !c->gone && c->first == USHER_CALLBACK_CUSTOMER &&
	       (c->callback == USHER_CALLBACK_DUE ||
		c->callback == USHER_CALLBACK_DIALING);
}

/* In all queues where they wait. */
static void candidates_all(struct day *d, struct called *one)
{
	const struct m_agent *list[AGENTS_MAX];
	struct model *m = d->model;

	for (size_t i = m->segment_first; i < m->segment_count; i++) {
		const struct m_segment *s = &m->segments[i];
		size_t n = 0;

		if (!s->gone && s->kind == USHER_SEGMENT_QUEUE &&
		    s->contact == one->contact)
			n = candidates(d, s, list);
		for (size_t k = 0; k < n; k++) {
			bool known = false;

			for (size_t j = 0; j < one->count; j++)
				known = known || one->list[j] == list[k];
			if (!known)
				one->list[one->count++] = list[k];
		}
	}
}

/* The matching is made larger by this one. */
static bool grows(struct called *all, size_t count, struct called *one)
{
	one->seen = true;
	for (size_t i = 0; i < one->count; i++) {
		struct called *holder = NULL;

		for (size_t k = 0; k < count; k++)
			if (all[k].has == one->list[i])
				holder = &all[k];
		if (holder && (holder->seen || !grows(all, count, holder)))
			continue;
		one->has = one->list[i];
		return true;
	}
	return false;
}

/* Of all who are dialed, with this one, one more could be served at once. */
bool matcher_has_turn(struct day *d, const struct m_segment *s)
{
	static struct called all[CALLED_MAX + 1];
	const struct m_agent *list[AGENTS_MAX];
	struct model *m = d->model;
	size_t n = candidates(d, s, list), count = 0;
	bool more = false;

	memset(all, 0, sizeof(all));
	for (size_t i = m->contact_first; i < m->contact_count; i++) {
		if (!is_called(&m->contacts[i]))
			continue;
		if (count == CALLED_MAX)
			return false;
		all[count].contact = m->contacts[i].id;
		candidates_all(d, &all[count++]);
	}
	/* one after the other, and this one at last */
	memcpy(all[count].list, list, sizeof(list));
	all[count].count = n;
	for (size_t i = 0; i <= count; i++) {
		for (size_t k = 0; k <= count; k++)
			all[k].seen = false;
		more = grows(all, count + 1, &all[i]);
	}
	return more;
}

bool matcher_would_offer(struct day *d, const struct m_segment *s)
{
	const struct m_agent *list[AGENTS_MAX];
	const char *policy = policy_of(d, s);
	size_t n = candidates(d, s, list);

	if (model_contact(d->model, s->contact)->callback ==
		    USHER_CALLBACK_TURN &&
	    !matcher_has_turn(d, s))
		return false;

	/* Whether it was asked in its time nothing tells. */
	if (!strcmp(policy, "test_tide") ||
	    !strcmp(d->model->contact_order, "test_ebb"))
		return false;
	if (!strcmp(policy, "test_pair"))
		return n > 1;
	if (!strcmp(policy, "test_later") &&
	    d->model->now < s->entered + 3000000)
		return false;
	if (!strcmp(policy, "preferred_agent") && waits_for_preferred(d, s))
		return false;
	if (!strcmp(policy, "batch") &&
	    model_queue(d->model, s->queue)->collect > d->model->now)
		return false;
	return n > 0;
}

size_t matcher_group(struct day *d, const struct m_segment *s,
		     uint64_t agents[USHER_GROUP_MAX])
{
	const struct m_agent *list[AGENTS_MAX];
	struct m_queue *q = model_queue(d->model, s->queue);
	const char *policy = policy_of(d, s);
	size_t n = candidates(d, s, list), first = 0, count = 1;

	if (!n || !strcmp(policy, "external"))
		return 0;
	if (!strcmp(policy, "round_robin")) {
		while (first < n && (list[first]->order < q->last_order ||
				     (list[first]->order == q->last_order &&
				      list[first]->id <= q->last_agent)))
			first++;
		first %= n;
		q->last_order = list[first]->order;
		q->last_agent = list[first]->id;
	} else if (!strcmp(policy, "random")) {
		first = (size_t)model_random(d->model, q, n);
	} else if (!strcmp(policy, "weighted_random")) {
		first = measure_weighted(d, q, list, n);
	} else if (measure_by_team(policy)) {
		first = measure_team(d, s, list, n);
	} else if (!strcmp(policy, "preferred_agent")) {
		for (size_t i = 0; i < n; i++)
			if (list[i] == preferred(d, s))
				first = i;
	} else if (!strcmp(policy, "ring_progressive")) {
		count = (size_t)option_number(&q->options, "first", 1);
		count = count < n ? count : n;
	} else if (!strcmp(policy, "ring_all")) {
		count = n;
	}
	for (size_t i = 0; i < count; i++)
		agents[i] = list[(first + i) % n]->id;
	return count;
}

/* More beside those who ring: the next ones of the list who do not. */
size_t matcher_more(struct day *d, const struct m_segment *s,
		    uint64_t agents[USHER_GROUP_MAX])
{
	const struct m_agent *list[AGENTS_MAX];
	struct m_queue *q = model_queue(d->model, s->queue);
	size_t n = candidates(d, s, list), count = 0;
	size_t want = (size_t)option_number(&q->options, "step", 1);

	for (size_t i = 0; i < n && count < want; i++) {
		bool rings = false;

		for (size_t k = d->model->offer_first;
		     k < d->model->offer_count; k++)
			rings = rings ||
				(!d->model->offers[k].gone &&
				 d->model->offers[k].agent == list[i]->id &&
				 d->model->offers[k].contact == s->contact);
		if (!rings)
			agents[count++] = list[i]->id;
	}
	return count;
}

/* The stream of random numbers as its page describes it: the finalizer of
 * SplitMix64 over seed, queue, purpose (1: choosing agents) and position. */
static uint64_t mixed(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

uint64_t model_random(struct model *m, struct m_queue *queue, uint64_t n)
{
	const uint64_t gold = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t key = mixed(m->seed + gold), bits;

	key = mixed(key ^ (queue->id + gold));
	key = mixed(key ^ (1 + gold));
	do {
		bits = mixed(key + ++queue->draws * gold);
	} while (bits / n == UINT64_MAX / n && UINT64_MAX % n != n - 1);
	return bits % n;
}
