/*
 * Who rests: the steps of a segment were looked at and none was due, and until
 * something happens only time can change that, for which its timer stands.
 *
 * What happens may make any of them due, but no look comes before its time:
 * for each step that is a grid, of times that are `check` apart. All steps
 * with the same `check` share a ring: a tree of those who rest, by where in a
 * `check` their looks are. One time round, from the last event on, each of
 * them is looked at once; then nobody is until the next event. So an event
 * begins the round anew, for all at once, and the timer of the ring stands at
 * the look that comes next:
 *
 *   at rest ──event──▶ going round ──(back where it began)──▶ at rest
 *                        ▲      │
 *                        └event─┘
 *
 * Whoever was looked at since that event, as a step of another ring or its own
 * timer was due, is passed over. No look falls anywhere else than it would
 * if every one had a timer of its own.
 */
#include <acd/qstep.h>
#include <acd/rest.h>

/* Of who rests, in one ring. */
struct rest {
	struct usher__node node; /* where in the ring, 0, segment's id */
	struct ring *ring;
	struct rest *next; /* of the segment */
	struct segment *seg;
	uint64_t seen; /* sequence when it was looked at last */
};

struct ring {
	int64_t every;
	struct usher__tree rests;
	/* of the next who is looked at; its ptr is the segment */
	struct timer timer;
	/* all up to this time, and of it up to this id, are done */
	int64_t at;
	uint64_t id;
	/* the round is over after these */
	int64_t end;
	uint64_t end_id;
	bool joined; /* somebody did, since next was found */
};

void usher__rests_init(struct usher_acd *acd)
{
	usher__pool_init(&acd->rest_pool, sizeof(struct rest), 64);
	usher__pool_init(&acd->ring_pool, sizeof(struct ring), 4);
}

static struct rest *rest_of(const struct usher__node *node)
{
	return (struct rest *)(uintptr_t)node;
}

_Static_assert(offsetof(struct rest, node) == 0, "rest_of");

/* ---- Rings ---- */

static bool is_after(int64_t at, uint64_t id, int64_t than_at,
		     uint64_t than_id)
{
	return at > than_at || (at == than_at && id > than_id);
}

static void no_next(struct usher_acd *acd, struct ring *ring)
{
	if (ring->timer.due.place)
		usher__heap_del(&acd->timers, &ring->timer.due);
	ring->timer.ptr = NULL;
}

/* The first who has a look to come. */
static void find_next(struct usher_acd *acd, struct ring *ring)
{
	struct usher__node key = {.k0 = ring->at % ring->every,
				  .k2 = ring->id};
	const struct usher__node *node = usher__tree_after(&ring->rests, &key);
	int64_t began = ring->at - key.k0;

	no_next(acd, ring);
	ring->joined = false;
	for (;; node = usher__tree_next(node)) {
		if (!node) {
			node = usher__tree_first(&ring->rests);
			began += ring->every;
		}
		if (!node || is_after(began + node->k0, node->k2, ring->end,
				      ring->end_id))
			return;
		if (rest_of(node)->seen != acd->woken)
			break;
		ring->at = began + node->k0;
		ring->id = node->k2;
	}
	ring->timer.ptr = rest_of(node)->seg;
	ring->timer.due.at = began + node->k0;
	ring->timer.due.id = node->k2;
	ring->timer.due.kind = TIMER_STEP;
	usher__heap_add(&acd->timers, &ring->timer.due, USHER__HEAP_NO_LANE);
}

/* From here on, once. Mostly who was next still is. */
static void begin_round(struct usher_acd *acd, struct ring *ring, uint64_t id)
{
	bool same =
		ring->timer.ptr && !ring->joined &&
		!is_after(ring->at, ring->id, acd->now, id) &&
		is_after(ring->timer.due.at, ring->timer.due.id, acd->now, id);

	ring->at = acd->now;
	ring->id = id;
	ring->end = acd->now + ring->every;
	ring->end_id = id;
	if (!same)
		find_next(acd, ring);
}

void usher__wake_all(struct usher_acd *acd)
{
	/* of this moment those after the last that ran still come */
	uint64_t id = acd->ran_kind < TIMER_STEP    ? 0
		      : acd->ran_kind == TIMER_STEP ? acd->ran_id
						    : UINT64_MAX;

	acd->woken = acd->seq;
	for (uint32_t i = 0; i < acd->rings.count; i++)
		begin_round(acd, acd->rings.items[i], id);
}

/* The place of the ring among the others, which are in order. */
static uint32_t ring_place(const struct usher_acd *acd, int64_t every)
{
	uint32_t low = 0, high = acd->rings.count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (((const struct ring *)acd->rings.items[mid])->every <
		    every)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* NULL: no memory now. */
static struct ring *ring_for(struct usher_acd *acd, int64_t every)
{
	uint32_t place = ring_place(acd, every);
	struct ring *ring =
		place < acd->rings.count ? acd->rings.items[place] : NULL;

	if (ring && ring->every == every)
		return ring;
	if (usher__list_reserve(acd, &acd->rings, 1) ||
	    usher__pool_reserve(&acd->ring_pool, &acd->alloc, 1) ||
	    usher__timers_reserve(acd, 1))
		return NULL;
	ring = usher__pool_get(&acd->ring_pool);
	ring->every = every;
	usher__list_insert(&acd->rings, place, ring);
	return ring;
}

static void ring_leave(struct usher_acd *acd, struct rest *rest)
{
	struct ring *ring = rest->ring;

	usher__tree_del(&ring->rests, &rest->node);
	if (ring->timer.ptr == rest->seg)
		find_next(acd, ring);
	if (ring->rests.root)
		return;
	usher__list_remove(&acd->rings, ring);
	usher__pool_put(&acd->ring_pool, ring);
}

/* ---- Resting ---- */

void usher__unrest(struct usher_acd *acd, struct segment *seg)
{
	struct special *special = seg->q.special;
	struct rest *rest;

	if (!special || !special->rests)
		return;
	while ((rest = special->rests)) {
		special->rests = rest->next;
		ring_leave(acd, rest);
		usher__pool_put(&acd->rest_pool, rest);
	}
	usher__special_put(acd, seg);
}

static struct rest *rest_make(struct usher_acd *acd, struct segment *seg,
			      int64_t start, int64_t every)
{
	struct ring *ring;
	struct rest *rest;

	if (usher__pool_reserve(&acd->rest_pool, &acd->alloc, 1) ||
	    usher__pool_reserve(&acd->special_pool, &acd->alloc, 1))
		return NULL;
	ring = ring_for(acd, every);
	if (!ring)
		return NULL;
	rest = usher__pool_get(&acd->rest_pool);
	rest->node.k0 = start % every;
	rest->node.k2 = seg->id;
	rest->ring = ring;
	rest->seg = seg;
	usher__tree_add(&ring->rests, &rest->node);
	ring->joined = true;
	return rest;
}

/* The same steps as before, at the same times. */
static bool rests_so(struct usher_acd *acd, const struct segment *seg)
{
	const struct queue *queue = seg->q.queue;
	const struct rest *rest =
		seg->q.special ? seg->q.special->rests : NULL;
	int64_t start;

	for (uint32_t i = 0; i < queue->step_count; i++) {
		int64_t every = queue->steps[i]->conf->check;

		if (!usher__step_grid(acd, seg, i, &start))
			continue;
		if (!rest || rest->ring->every != every ||
		    rest->node.k0 != start % every)
			return false;
		rest = rest->next;
	}
	return !rest;
}

static bool rest_anew(struct usher_acd *acd, struct segment *seg)
{
	const struct queue *queue = seg->q.queue;
	struct rest **link = NULL;
	int64_t start;

	usher__unrest(acd, seg);
	for (uint32_t i = 0; i < queue->step_count; i++) {
		struct rest *rest;

		if (!usher__step_grid(acd, seg, i, &start))
			continue;
		rest = rest_make(acd, seg, start,
				 queue->steps[i]->conf->check);
		if (!rest) {
			usher__unrest(acd, seg);
			return false;
		}
		if (!link)
			link = &usher__special(acd, seg)->rests;
		*link = rest;
		link = &rest->next;
	}
	return true;
}

bool usher__rest(struct usher_acd *acd, struct segment *seg)
{
	if (!rests_so(acd, seg) && !rest_anew(acd, seg))
		return false;
	for (struct rest *rest = seg->q.special ? seg->q.special->rests : NULL;
	     rest; rest = rest->next) {
		rest->seen = acd->woken;
		if (rest->ring->timer.ptr == seg)
			find_next(acd, rest->ring);
	}
	return true;
}
