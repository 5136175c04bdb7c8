/*
 * An overloaded center: a few agents, some of whom are away, paused, or ready
 * and never answer, wherever they stand in the list; calls and chats that come
 * as fast as others go, in two queues that share the agents; attributes and
 * queues of agents that change while phones ring. Whatever the policy, and
 * whatever the order but one that says so:
 *
 *   - who came first is not passed over while an agent who may take it takes
 *     others, of whatever kind and from whatever queue;
 *   - once nobody comes any more, everybody is served;
 *   - then no agent is kept by anything.
 */
#include <stdio.h>
#include <string.h>

#include <usher/acd.h>

#include "live_center.h"

#define START (INT64_C(1767340800) * SECOND)
/* In each queue at least so many wait, of the kind that floods it and of the
 * other, however many are passed over. */
#define FLOOD  4
#define OTHERS 1
/* Contacts served before nobody comes any more. */
#define SERVED 320
/* So many others may be served by those who could have served it: of a dozen
 * who wait one drawn at random is passed over so often once in a million
 * times. */
#define PASSED 160
/* After the last one came, all are served in this time. */
#define DRAINED (1800 * SECOND)

static const char *const kinds[KINDS] = {"voice", "chat"};

const char *const live_policies[] = {
	"batch",
	"best_skilled",
	"external",
	"fair_threshold",
	"fastest_first",
	"fewest_contacts",
	"idleness_ratio",
	"least_occupied",
	"least_skilled_first",
	"least_talk_time",
	"longest_idle",
	"percentage",
	"preferred_agent",
	"random",
	"ring_all",
	"ring_progressive",
	"round_robin",
	"slowest_first",
	"top_down",
	"weighted_random",
};
const size_t live_policy_count =
	sizeof(live_policies) / sizeof(*live_policies);

const char *const live_orders[] = {
	"priority_age", "age_with_boost",    "nearest_target", "cmu",
	"queue_ratio",  "earliest_deadline", "random",
};
const size_t live_order_count = sizeof(live_orders) / sizeof(*live_orders);

unsigned live_below(struct live_rng *r, unsigned n)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return (unsigned)(z % n);
}

static bool fail(struct live *l, const char *what, uint64_t contact)
{
	snprintf(l->failure, l->size, "%s (contact %llu, %u served)", what,
		 (unsigned long long)contact, l->served);
	return false;
}

static void plan(struct live *l, enum doing what, uint64_t id, int64_t after)
{
	if (l->deed_count < DOING)
		l->deeds[l->deed_count++] =
			(struct deed){l->now + after, what, id};
}

/* ---- Guests ---- */

static void arrive(struct live *l, int queue, int kind)
{
	static const char *const names[] = {"dead", "gone", "anna", "nobody"};
	struct usher_attr named = {.name = "preferred_agent",
				   .type = USHER_ATTR_TEXT};
	struct guest *g = &l->guests[l->guest_count++];
	struct usher_enqueue_opts q;
	struct usher_contact_opts c;

	memset(g, 0, sizeof(*g));
	g->kind = kind;
	g->queue = queue;
	g->picky = !live_below(&l->rng, 4);
	usher_contact_opts_init(&c, sizeof(c));
	c.channel = kinds[g->kind];
	named.text = names[live_below(&l->rng, 4)];
	c.attrs = &named;
	c.attr_count = 1;
	usher_acd_contact_new(l->acd, l->now, &c, &g->contact);
	usher_enqueue_opts_init(&q, sizeof(q));
	q.queues = &l->queues[g->queue];
	q.queue_count = 1;
	if (g->picky)
		q.requirement = "billing >= 1";
	g->waits = !usher_acd_enqueue(l->acd, l->now, g->contact, &q, NULL);
	l->waiting++;
}

static void fill(struct live *l)
{
	unsigned waiting[QUEUES][KINDS] = {{0}};

	for (unsigned i = 0; i < l->guest_count; i++) {
		const struct guest *g = &l->guests[i];

		waiting[g->queue][g->kind] += g->waits;
	}
	for (int q = 0; q < QUEUES; q++) {
		for (int k = 0; k < KINDS; k++) {
			unsigned want = k == l->flood ? FLOOD : OTHERS;

			if (waiting[q][k] < want && l->guest_count < GUESTS)
				arrive(l, q, k);
		}
	}
}

static struct guest *guest_of(struct live *l, uint64_t contact)
{
	for (unsigned i = 0; i < l->guest_count; i++)
		if (l->guests[i].contact == contact)
			return &l->guests[i];
	return NULL;
}

static struct person *person_of(struct live *l, uint64_t id)
{
	for (int i = 0; i < AGENTS; i++)
		if (l->people[i].id == id)
			return &l->people[i];
	return NULL;
}

/* Somebody was served; who came before and could have been, was passed over.
 */
static bool serve(struct live *l, struct guest *served, struct person *by)
{
	served->waits = false;
	l->waiting--;
	l->served++;
	for (struct guest *g = l->guests; g < served; g++) {
		if (!g->waits || (g->picky && by->billing < 1) ||
		    (by->one_queue && g->queue))
			continue;
		if (++g->passed > PASSED && strcmp(l->order, "nearest_target"))
			return fail(l,
				    g->kind == CHAT ? "a chat is passed over"
						    : "a call is passed over",
				    g->contact);
	}
	return true;
}

/* ---- What happens ---- */

static void offered(struct live *l, uint64_t offer, uint64_t agent)
{
	if (!person_of(l, agent)->answers)
		return;
	if (l->smooth || live_below(&l->rng, 12))
		plan(l, ACCEPT, offer, (1 + live_below(&l->rng, 3)) * SECOND);
	else
		plan(l, REJECT, offer, SECOND);
}

/* Some answers come, some are late. */
static void decide(struct live *l, const struct usher_event *ev)
{
	const uint64_t *agents = NULL;
	size_t n = 0;

	if (live_below(&l->rng, 2) &&
	    !usher_event_ids(ev, USHER_F_AGENTS, &agents, &n) && n)
		usher_acd_assign(l->acd, l->now, ev->contact,
				 agents[live_below(&l->rng, (unsigned)n)], 0);
}

static bool hear(struct live *l, const struct usher_event *ev)
{
	uint64_t offer = 0, agent = 0, leave = 0;

	usher_event_u64(ev, USHER_F_OFFER, &offer);
	usher_event_u64(ev, USHER_F_AGENT, &agent);
	usher_event_u64(ev, USHER_F_LEAVE, &leave);
	switch (ev->type) {
	case USHER_EV_OFFER_MADE:
		offered(l, offer, agent);
		break;
	case USHER_EV_OFFER_ACCEPTED:
		plan(l, CONNECT, offer, 0);
		break;
	case USHER_EV_AGENT_JOINED:
		plan(l, live_below(&l->rng, 2) ? LEAVE : END, ev->segment,
		     10 * SECOND + live_below(&l->rng, 20000000));
		break;
	case USHER_EV_QUEUE_LEFT:
		if (leave == USHER_LEAVE_ANSWERED)
			return serve(l, guest_of(l, ev->contact),
				     person_of(l, agent));
		return fail(l, "somebody left", ev->contact);
	}
	return true;
}

/* Those of a core's events that need an answer now get it after the others:
 * an input may move what was drained. */
static bool drain(struct live *l)
{
	const struct usher_event *ev;

	while ((ev = usher_acd_next(l->acd))) {
		if (ev->type == USHER_EV_DECIDE)
			decide(l, ev);
		else if (!hear(l, ev))
			return false;
	}
	return true;
}

/* Somebody's attributes or queues change, whatever rings. */
static void change(struct live *l)
{
	struct person *bela = &l->people[3], *cili = &l->people[5];

	switch (live_below(&l->rng, 4)) {
	case 0:
		bela->billing = bela->billing > 0 ? 0 : 1;
		live_set_person(l, bela, 3);
		break;
	case 1:
		bela->one_queue = !bela->one_queue;
		live_set_person(l, bela, 3);
		break;
	case 2:
		cili->team = strcmp(cili->team, "north") ? "north" : "south";
		live_set_person(l, cili, 5);
		break;
	}
}

static void perform(struct live *l, const struct deed *deed)
{
	struct usher_segment_info info = {.size = sizeof(info)};

	switch (deed->what) {
	case ACCEPT:
		usher_acd_accept(l->acd, l->now, deed->id, NULL);
		break;
	case CONNECT:
		usher_acd_connected(l->acd, l->now, deed->id, NULL);
		break;
	case REJECT:
		usher_acd_reject(l->acd, l->now, deed->id, "no");
		break;
	case LEAVE:
	case END:
		if (usher_acd_segment_info(l->acd, deed->id, &info))
			break;
		if (deed->what == LEAVE)
			usher_acd_leave(l->acd, l->now, deed->id, "done");
		usher_acd_contact_end(l->acd, l->now, info.contact, "bye");
		break;
	}
}

/* The next thing that somebody does, or a deadline, or false: nothing. */
static bool next(struct live *l, struct deed *ret, bool *is_deed)
{
	int64_t deadline = usher_acd_deadline(l->acd);
	unsigned first = 0;

	for (unsigned i = 1; i < l->deed_count; i++)
		if (l->deeds[i].at < l->deeds[first].at)
			first = i;
	*is_deed = l->deed_count && l->deeds[first].at <= deadline;
	if (*is_deed) {
		*ret = l->deeds[first];
		l->deeds[first] = l->deeds[--l->deed_count];
		return true;
	}
	ret->at = deadline;
	return deadline != USHER_NEVER;
}

static bool turn(struct live *l)
{
	struct deed deed = {0};
	bool is_deed;

	if (!next(l, &deed, &is_deed))
		return fail(l, "nothing will happen any more", 0);
	if (deed.at > l->now)
		l->now = deed.at;
	usher_acd_advance(l->acd, l->now);
	if (!drain(l))
		return false;
	if (is_deed)
		perform(l, &deed);
	if (is_deed && deed.what == CONNECT && !l->smooth)
		change(l);
	if (!l->closed)
		fill(l);
	return drain(l);
}

/* Nobody is kept by anything: all who work are free, of every kind. */
static bool all_free(struct live *l)
{
	struct usher_agent_info info = {.size = sizeof(info)};

	for (int i = 0; i < AGENTS; i++) {
		const struct person *p = &l->people[i];

		usher_acd_agent_info(l->acd, p->id, &info);
		if (info.offers || info.talking || info.wrapup)
			return fail(l, "an agent is still kept", p->id);
		for (int k = 0; k < KINDS; k++)
			if (usher_acd_agent_free(l->acd, p->id, kinds[k]) !=
			    (p->presence == USHER_READY))
				return fail(l, "an agent is not free", p->id);
	}
	return true;
}

static bool live(struct live *l)
{
	int64_t until;

	usher_acd_configure(l->acd, l->now, l->order);
	live_set_queues(l);
	live_set_people(l);
	fill(l);
	while (l->served < SERVED)
		if (!turn(l))
			return false;
	l->closed = true;
	until = l->now + DRAINED;
	while (l->waiting) {
		if (!turn(l))
			return false;
		if (l->now > until)
			return fail(l, "somebody is never served",
				    l->guest_count);
	}
	while (l->deed_count || usher_acd_deadline(l->acd) != USHER_NEVER)
		if (!turn(l))
			return false;
	return all_free(l);
}

bool live_run(const char *policy, const char *order, uint64_t seed,
	      char *failure, size_t size)
{
	static struct live l;
	bool ok;

	memset(&l, 0, sizeof(l));
	l.rng.state = seed;
	l.policy = policy;
	l.order = order;
	l.flood = seed % 2 ? VOICE : CHAT;
	l.smooth = (seed - 1) / 2 % 2;
	l.now = START;
	l.failure = failure;
	l.size = size;
	if (usher_acd_new(&l.acd, NULL, NULL))
		return fail(&l, "no core", 0);
	ok = live(&l);
	usher_acd_free(l.acd);
	return ok;
}
