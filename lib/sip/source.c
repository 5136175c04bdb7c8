/* The table of sources: see source.h for its states. */
#include <stdlib.h>
#include <string.h>

#include <usher/error.h>

#include <sip/source.h>

enum {
	PLACES = USHER__SOURCES_STRANGERS + USHER__SOURCES_PROVEN +
		 USHER__SOURCES_BANNED,
	BUCKETS = 32768, /* a power of two */
	NONE = UINT32_MAX,
	MAX_DOUBLINGS = 20,
};

#define SECOND_US INT64_C(1000000)

enum list { STRANGERS = 0, PROVEN, BANNED, LISTS };

static const uint32_t list_max[LISTS] = {USHER__SOURCES_STRANGERS,
					 USHER__SOURCES_PROVEN,
					 USHER__SOURCES_BANNED};

struct source {
	struct usher__address address;
	uint8_t list;
	uint8_t offence;
	uint32_t chain;                /* next in the bucket */
	uint32_t prev, next;           /* in the list: oldest first */
	int64_t requests_us, calls_us; /* see take() */
	int64_t wrong_us;              /* the same of points */
	int64_t proven_us, since_us, until_us;
	uint32_t bans;
	uint64_t dropped;
};

struct usher__sources {
	struct usher__sources_opts opts;
	uint32_t buckets[BUCKETS];
	uint32_t head[LISTS], tail[LISTS], count[LISTS];
	uint32_t used, free; /* places never used begin at used */
	struct source places[PLACES];
};

int usher__sources_new(struct usher__sources **ret,
		       const struct usher__sources_opts *opts)
{
	/* Of the system's zeros: what is not used takes no memory. */
	struct usher__sources *s = calloc(1, sizeof(*s));
	unsigned i;

	if (!s)
		return USHER_ENOMEM;
	s->opts = *opts;
	memset(s->buckets, 0xff, sizeof(s->buckets));
	for (i = 0; i < LISTS; i++)
		s->head[i] = s->tail[i] = NONE;
	s->free = NONE;
	*ret = s;
	return 0;
}

void usher__sources_free(struct usher__sources *sources)
{
	free(sources);
}

/* Keyed, so that nobody can choose addresses that meet in one bucket. */
static uint32_t bucket_of(const struct usher__sources *s,
			  const struct usher__address *address)
{
	uint64_t a, b, h;

	memcpy(&a, address->bytes, 8);
	memcpy(&b, address->bytes + 8, 8);
	h = s->opts.seed ^ address->af;
	h = (h ^ a) * UINT64_C(0x9e3779b97f4a7c15);
	h ^= h >> 29;
	h = (h ^ b ^ s->opts.seed >> 7) * UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(h >> 32) & (BUCKETS - 1);
}

static struct source *find(struct usher__sources *s,
			   const struct usher__address *address)
{
	uint32_t i = s->buckets[bucket_of(s, address)];

	while (i != NONE &&
	       memcmp(&s->places[i].address, address, sizeof(*address)))
		i = s->places[i].chain;
	return i == NONE ? NULL : &s->places[i];
}

static void unlist(struct usher__sources *s, struct source *source)
{
	unsigned list = source->list;

	if (source->prev == NONE)
		s->head[list] = source->next;
	else
		s->places[source->prev].next = source->next;
	if (source->next == NONE)
		s->tail[list] = source->prev;
	else
		s->places[source->next].prev = source->prev;
	s->count[list]--;
}

static void enlist(struct usher__sources *s, struct source *source,
		   enum list list)
{
	uint32_t at = (uint32_t)(source - s->places);

	source->list = (uint8_t)list;
	source->next = NONE;
	source->prev = s->tail[list];
	if (source->prev == NONE)
		s->head[list] = at;
	else
		s->places[source->prev].next = at;
	s->tail[list] = at;
	s->count[list]++;
}

static void forget(struct usher__sources *s, struct source *source)
{
	uint32_t *at = &s->buckets[bucket_of(s, &source->address)];
	uint32_t self = (uint32_t)(source - s->places);

	while (*at != self)
		at = &s->places[*at].chain;
	*at = source->chain;
	unlist(s, source);
	source->chain = s->free;
	s->free = self;
}

/* The only place where a source's list changes. */
static void move(struct usher__sources *s, struct source *source,
		 enum list list)
{
	unlist(s, source);
	if (s->count[list] >= list_max[list])
		forget(s, &s->places[s->head[list]]);
	enlist(s, source, list);
}

static struct source *get(struct usher__sources *s,
			  const struct usher__address *address)
{
	struct source *source = find(s, address);
	uint32_t *bucket, at;

	if (source)
		return source;
	if (s->count[STRANGERS] >= list_max[STRANGERS])
		forget(s, &s->places[s->head[STRANGERS]]);
	at = s->free;
	if (at != NONE)
		s->free = s->places[at].chain;
	else
		at = s->used++;
	source = &s->places[at];
	memset(source, 0, sizeof(*source));
	source->address = *address;
	bucket = &s->buckets[bucket_of(s, address)];
	source->chain = *bucket;
	*bucket = at;
	enlist(s, source, STRANGERS);
	return source;
}

static bool is_proven(const struct source *source, int64_t now_us)
{
	return source->list == PROVEN &&
	       now_us - source->proven_us < USHER__SOURCE_PROVEN_S * SECOND_US;
}

static bool is_banned(const struct source *source, int64_t now_us)
{
	return source->list == BANNED && source->until_us > now_us;
}

bool usher__source_banned(struct usher__sources *s,
			  const struct usher__address *address, int64_t now_us)
{
	struct source *source = s->count[BANNED] ? find(s, address) : NULL;

	if (!source || !is_banned(source, now_us))
		return false;
	source->dropped++;
	return true;
}

bool usher__source_proven(struct usher__sources *s,
			  const struct usher__address *address, int64_t now_us)
{
	const struct source *source = find(s, address);

	return source && is_proven(source, now_us);
}

/* A bucket is one number: when all that was taken is paid for. It may lie
 * burst in the future; up to debt the caller is over its rate, and pays for
 * what it is refused, too; then it is full. */
static enum usher__source_verdict take(int64_t *paid_us, uint32_t rate,
				       int64_t now_us)
{
	const int64_t burst_us = USHER__SOURCE_BURST_S * SECOND_US;
	const int64_t debt_us = burst_us + USHER__SOURCE_DEBT_S * SECOND_US;

	if (!rate)
		return USHER__SOURCE_GOOD;
	if (*paid_us < now_us)
		*paid_us = now_us;
	if (*paid_us - now_us > debt_us)
		return USHER__SOURCE_FLOOD;
	*paid_us += SECOND_US / rate;
	return *paid_us - now_us > burst_us ? USHER__SOURCE_OVER
					    : USHER__SOURCE_GOOD;
}

enum usher__source_verdict
usher__source_take(struct usher__sources *s,
		   const struct usher__address *address, bool trunk, bool call,
		   int64_t now_us)
{
	struct source *source = get(s, address);
	bool proven = is_proven(source, now_us);
	const struct usher__rate *rate = trunk    ? &s->opts.trunk
					 : proven ? &s->opts.phone
						  : &s->opts.stranger;
	enum usher__source_verdict all, calls = USHER__SOURCE_GOOD;

	if (source->list == PROVEN && !proven)
		move(s, source, STRANGERS);
	else if (source->list != BANNED)
		move(s, source, source->list); /* heard of just now */
	all = take(&source->requests_us, rate->requests, now_us);
	if (call)
		calls = take(&source->calls_us, rate->calls, now_us);
	all = calls > all ? calls : all;
	return all == USHER__SOURCE_FLOOD && (trunk || proven)
		       ? USHER__SOURCE_OVER
		       : all;
}

void usher__source_prove(struct usher__sources *s,
			 const struct usher__address *address, int64_t now_us)
{
	struct source *source = get(s, address);

	source->proven_us = now_us;
	source->wrong_us = 0;
	/* What it was behind as a stranger it need not pay. */
	if (source->list != PROVEN)
		source->requests_us = source->calls_us = 0;
	move(s, source, PROVEN);
}

static struct usher__ban ban_of(const struct source *source)
{
	return (struct usher__ban){
		.address = source->address,
		.offence = (enum usher__offence)source->offence,
		.since_us = source->since_us,
		.until_us = source->until_us,
		.count = source->bans,
		.dropped = source->dropped,
	};
}

static void ban(struct usher__sources *s, struct source *source,
		enum usher__offence offence, int64_t now_us)
{
	int64_t time_s = s->opts.ban_s;
	uint32_t i;

	if (now_us - source->until_us > USHER__BAN_FORGET_S * SECOND_US)
		source->bans = 0;
	for (i = 0; i < source->bans && i < MAX_DOUBLINGS; i++)
		time_s *= 2;
	if (time_s > s->opts.ban_max_s)
		time_s = s->opts.ban_max_s;
	source->bans++;
	source->offence = (uint8_t)offence;
	source->since_us = now_us;
	source->until_us = now_us + time_s * SECOND_US;
	source->dropped = 0;
	source->wrong_us = 0;
	source->requests_us = source->calls_us = 0;
	move(s, source, BANNED);
}

bool usher__source_offend(struct usher__sources *s,
			  const struct usher__address *address,
			  enum usher__offence offence, uint32_t points,
			  int64_t now_us, struct usher__ban *ret)
{
	const int64_t one_us = USHER__OFFENCE_FORGET_S * SECOND_US;
	struct source *source;

	if (!s->opts.failures || !s->opts.ban_s)
		return false;
	source = get(s, address);
	if (source->list == BANNED || is_proven(source, now_us))
		return false;
	if (source->wrong_us < now_us)
		source->wrong_us = now_us;
	source->wrong_us += one_us * points / USHER__OFFENCE_POINTS;
	/* The last failure counts in full, though it is being forgotten. */
	if (source->wrong_us - now_us <= one_us * (s->opts.failures - 1))
		return false;
	ban(s, source, offence, now_us);
	*ret = ban_of(source);
	return true;
}

int64_t usher__sources_sweep(struct usher__sources *s, int64_t now_us,
			     usher__ban_fn *fn, void *arg)
{
	uint32_t i = s->head[BANNED], next;
	int64_t first_us = 0;

	for (; i != NONE; i = next) {
		struct source *source = &s->places[i];
		struct usher__ban over;

		next = source->next;
		if (source->until_us > now_us) {
			if (!first_us || source->until_us < first_us)
				first_us = source->until_us;
			continue;
		}
		over = ban_of(source);
		move(s, source, STRANGERS);
		if (fn)
			fn(arg, &over);
	}
	return first_us;
}

bool usher__source_lift(struct usher__sources *s,
			const struct usher__address *address,
			struct usher__ban *ret)
{
	struct source *source = find(s, address);

	if (!source || source->list != BANNED)
		return false;
	*ret = ban_of(source);
	/* Somebody has decided: the next one is short again. */
	source->bans = 0;
	move(s, source, STRANGERS);
	return true;
}

size_t usher__sources_bans(const struct usher__sources *s, int64_t now_us,
			   usher__ban_fn *fn, void *arg)
{
	uint32_t i = s->head[BANNED];
	size_t count = 0;

	for (; i != NONE; i = s->places[i].next) {
		const struct usher__ban one = ban_of(&s->places[i]);

		if (!is_banned(&s->places[i], now_us))
			continue;
		count++;
		if (fn)
			fn(arg, &one);
	}
	return count;
}
