/*
 * Memory that is taken before something is decided, so that applying what was
 * decided cannot fail.
 */
#include <acd/internal.h>

/* Most objects that one step makes: a group of offers, each with a timer and
 * later a retry with its own; the segments of a contact with theirs. */
#define SEGMENTS_A_STEP USHER_CONTACT_SEGMENTS_MAX
#define OFFERS_A_STEP   USHER_GROUP_MAX
#define RETRIES_A_STEP  USHER_RETRY_MAX
#define TIMERS_A_STEP                                                         \
	(2 * SEGMENTS_A_STEP + OFFERS_A_STEP + RETRIES_A_STEP + 2)

int usher__timers_reserve(struct usher_acd *acd, uint32_t more)
{
	const struct usher_alloc *alloc = &acd->alloc;
	uint32_t n = TIMERS_A_STEP + more;
	int err = usher__pool_reserve(&acd->timer_pool, alloc, n);

	/* each ring of who rests has one besides */
	if (!err)
		err = usher__heap_reserve(&acd->timers, alloc,
					  n + acd->rings.count);
	return err;
}

int usher__acd_reserve(struct usher_acd *acd)
{
	const struct usher_alloc *alloc = &acd->alloc;
	int err;

	err = usher__pool_reserve(&acd->contact_pool, alloc, 1);
	if (!err)
		err = usher__pool_reserve(&acd->segment_pool, alloc,
					  SEGMENTS_A_STEP);
	if (!err)
		err = usher__pool_reserve(&acd->offer_pool, alloc,
					  OFFERS_A_STEP);
	if (!err)
		err = usher__pool_reserve(&acd->retry_pool, alloc,
					  RETRIES_A_STEP);
	if (!err)
		err = usher__timers_reserve(acd, 0);
	if (!err)
		err = usher__pool_reserve(&acd->pace_pool, alloc,
					  SEGMENTS_A_STEP);
	if (!err)
		err = usher__pool_reserve(&acd->special_pool, alloc,
					  SEGMENTS_A_STEP);
	if (!err)
		err = usher__idmap_reserve(&acd->contact_map, alloc, 1);
	if (!err)
		err = usher__idmap_reserve(&acd->segment_map, alloc,
					   SEGMENTS_A_STEP);
	if (!err)
		err = usher__idmap_reserve(&acd->offer_map, alloc,
					   OFFERS_A_STEP);
	return err;
}
