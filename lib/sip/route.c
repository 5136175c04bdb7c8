/* Which trunk, and which of its addresses, a call goes over: see ua.h. */
#include <stdlib.h>
#include <string.h>

#include <sip/impl.h>

struct usher__route {
	struct usher__ua *ua;
	struct usher__way ways[USHER__ROUTE_TRIES];
	unsigned count, next;
};

/* Most that are looked at: each address of each trunk. */
enum { CANDIDATES_MAX = 1024 };

struct candidate {
	struct usher__trunk *trunk;
	struct usher__hop *hop;
	uint32_t state; /* 0: up; 1: rests; 2: down */
	uint32_t rank;  /* the caller's */
	uint32_t turn;  /* among equals, by weight */
	uint32_t hop_turn;
	uint32_t order; /* as it came */
};

static int compare(const void *one, const void *other)
{
	const struct candidate *a = one, *b = other;
	const uint64_t of_a[] = {a->state, a->rank,      a->trunk->priority,
				 a->turn,  a->hop->rank, a->hop_turn,
				 a->order};
	const uint64_t of_b[] = {b->state, b->rank,      b->trunk->priority,
				 b->turn,  b->hop->rank, b->hop_turn,
				 b->order};
	size_t i;

	for (i = 0; i < sizeof(of_a) / sizeof(of_a[0]); i++)
		if (of_a[i] != of_b[i])
			return of_a[i] < of_b[i] ? -1 : 1;
	return 0;
}

static uint32_t state_of(const struct usher__hop *hop)
{
	if (hop->down)
		return 2;
	return usher__hop_resting(hop) ? 1 : 0;
}

/* Who is next of some that are equal: each gets credit by its weight, who has
 * most is taken and pays for all. */
struct turn {
	int32_t *credit;
	uint32_t weight;
	uint32_t *place;
};

static void take_turns(struct turn *turns, unsigned count)
{
	unsigned i, k, best = 0;
	int32_t total = 0;

	for (i = 0; i < count; i++) {
		*turns[i].credit += (int32_t)turns[i].weight;
		total += (int32_t)turns[i].weight;
		if (*turns[i].credit > *turns[best].credit)
			best = i;
	}
	/* The others follow by what they have. */
	for (i = 0; i < count; i++) {
		*turns[i].place = 0;
		for (k = 0; k < count; k++)
			if (*turns[k].credit > *turns[i].credit ||
			    (*turns[k].credit == *turns[i].credit && k < i))
				++*turns[i].place;
	}
	if (count)
		*turns[best].credit -= total;
}

/* The addresses of one trunk that are equal take turns among themselves. */
static void turn_hops(struct candidate *c, unsigned count)
{
	struct turn turns[USHER__TRUNK_HOPS];
	unsigned i, k, n;

	for (i = 0; i < count; i++) {
		for (k = 0; k < i; k++)
			if (c[k].state == c[i].state &&
			    c[k].hop->rank == c[i].hop->rank)
				break;
		if (k < i) /* had its turn with that one */
			continue;
		for (k = i, n = 0; k < count && n < USHER__TRUNK_HOPS; k++) {
			if (c[k].state != c[i].state ||
			    c[k].hop->rank != c[i].hop->rank)
				continue;
			turns[n].credit = &c[k].hop->credit;
			/* RFC 2782: zero is for those hardly ever taken. */
			turns[n].weight =
				c[k].hop->weight ? c[k].hop->weight * 16u : 1;
			turns[n++].place = &c[k].hop_turn;
		}
		take_turns(turns, n);
	}
}

struct group {
	struct usher__trunk *trunk;
	uint32_t state, rank, place;
	unsigned first, count; /* in the candidates */
	bool done;
};

static bool equals(const struct group *a, const struct group *b)
{
	return a->state == b->state && a->rank == b->rank &&
	       a->trunk->priority == b->trunk->priority;
}

/* Trunks that are equal, by the best of their addresses. */
static void turn_trunks(struct group *groups, unsigned count)
{
	struct turn turns[USHER__UA_MAX_TRUNKS];
	unsigned i, k, n;

	for (i = 0; i < count; i++) {
		if (groups[i].done)
			continue;
		for (k = i, n = 0; k < count; k++) {
			if (!equals(&groups[i], &groups[k]))
				continue;
			groups[k].done = true;
			turns[n].credit = &groups[k].trunk->credit;
			turns[n].weight = groups[k].trunk->weight;
			turns[n++].place = &groups[k].place;
		}
		take_turns(turns, n);
	}
}

struct search {
	struct candidate all[CANDIDATES_MAX];
	struct group groups[USHER__UA_MAX_TRUNKS];
	unsigned count, group_count;
	bool any, busy, alive;
};

static void add(struct search *s, struct usher__trunk *trunk, uint32_t rank)
{
	struct group *group = &s->groups[s->group_count];
	unsigned i;

	s->any = true;
	if (usher__trunk_full(trunk, true)) {
		s->busy = true;
		return;
	}
	if (s->group_count >= USHER__UA_MAX_TRUNKS || !trunk->hop_count ||
	    s->count + trunk->hop_count > CANDIDATES_MAX)
		return;
	s->group_count++;
	group->trunk = trunk;
	group->rank = rank;
	group->state = 2;
	group->first = s->count;
	group->count = trunk->hop_count;
	for (i = 0; i < trunk->hop_count; i++) {
		struct candidate *c = &s->all[s->count];

		c->trunk = trunk;
		c->hop = trunk->hops[i];
		c->state = state_of(c->hop);
		c->rank = rank;
		c->order = s->count++;
		s->alive = s->alive || c->state < 2;
		if (c->state < group->state)
			group->state = c->state;
	}
	turn_hops(&s->all[group->first], group->count);
}

static void sort(struct search *s)
{
	unsigned i, k;

	turn_trunks(s->groups, s->group_count);
	for (i = 0; i < s->group_count; i++)
		for (k = 0; k < s->groups[i].count; k++)
			s->all[s->groups[i].first + k].turn =
				s->groups[i].place;
	qsort(s->all, s->count, sizeof(s->all[0]), compare);
}

int usher__route_new(struct usher__route **ret, struct usher__ua *ua,
		     const uint32_t *trunks, const uint32_t *ranks,
		     size_t count)
{
	struct search *s = calloc(1, sizeof(*s));
	struct usher__route *route = calloc(1, sizeof(*route));
	struct usher__trunk *trunk;
	unsigned k;
	size_t i;
	int err = 0;

	if (!s || !route) {
		err = USHER_ENOMEM;
		goto out;
	}
	for (i = 0; i < count; i++) {
		trunk = usher__trunk_find(ua, trunks[i]);
		if (trunk && trunk->host)
			add(s, trunk, ranks[i]);
	}
	if (!s->any)
		err = USHER_ENOENT;
	else if (!s->alive)
		err = s->busy && !s->group_count ? USHER_EBUSY : USHER_ECLOSED;
	if (err)
		goto out;
	sort(s);
	route->ua = ua;
	for (k = 0; k < s->count && k < USHER__ROUTE_TRIES; k++) {
		route->ways[k].trunk = s->all[k].trunk->id;
		route->ways[k].kin = s->all[k].trunk->kin;
		usher__hop_print(s->all[k].hop, route->ways[k].hop,
				 sizeof(route->ways[k].hop));
	}
	route->count = k;
	*ret = route;
	route = NULL;

out:
	free(s);
	free(route);
	return err;
}

/* The configuration may have been read again meanwhile. */
static struct usher__trunk *trunk_of(struct usher__ua *ua,
				     const struct usher__way *way)
{
	struct usher__trunk *trunk = usher__trunk_find(ua, way->trunk);
	unsigned i;

	for (i = 0; i < ua->trunk_count && !trunk; i++)
		if (ua->trunks[i]->kin == way->kin)
			trunk = ua->trunks[i];
	return trunk;
}

bool usher__route_next(struct usher__route *route, struct usher__way *ret)
{
	struct usher__trunk *trunk;

	while (route->next < route->count) {
		const struct usher__way *way = &route->ways[route->next++];

		trunk = trunk_of(route->ua, way);
		if (!trunk || usher__trunk_full(trunk, true) ||
		    (trunk->id != way->trunk &&
		     !usher__hop_find(trunk, way->hop)))
			continue;
		*ret = *way;
		ret->trunk = trunk->id;
		return true;
	}
	return false;
}

bool usher__way_same(const struct usher__way *a, const struct usher__way *b)
{
	return a->kin == b->kin && !strcmp(a->hop, b->hop);
}

void usher__route_free(struct usher__route *route)
{
	free(route);
}

static struct usher__hop *hop_of(struct usher__ua *ua,
				 const struct usher__way *way)
{
	struct usher__trunk *trunk = trunk_of(ua, way);

	return trunk ? usher__hop_find(trunk, way->hop) : NULL;
}

void usher__way_failed(struct usher__ua *ua, const struct usher__way *way,
		       uint16_t status)
{
	struct usher__hop *hop = hop_of(ua, way);

	if (hop)
		usher__hop_failed(hop, status);
}

void usher__way_worked(struct usher__ua *ua, const struct usher__way *way)
{
	struct usher__hop *hop = hop_of(ua, way);

	if (hop)
		usher__hop_worked(hop);
}
