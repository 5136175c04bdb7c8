/* What has to be matched, and matching it. Inside lib/acd only. */
#ifndef USHER_ACD_MATCH_H
#define USHER_ACD_MATCH_H

#include <acd/state.h>

/* What marks tell has to be matched; and what policies said of that has to be
 * kept (settle.c). */
static inline bool usher__is_marked(const struct usher_acd *acd)
{
	return acd->marked_segments.root || acd->marked_agents.root ||
	       acd->mark_all || acd->wake_turns;
}

static inline bool usher__to_settle(const struct usher_acd *acd)
{
	return acd->said || (acd->decliners && !acd->settled);
}

static inline bool usher__acd_pending(const struct usher_acd *acd)
{
	return usher__is_marked(acd) || usher__to_settle(acd);
}

/* Match what is marked, at most limit placements. False: no memory now, the
 * rest stays marked. */
bool usher__acd_match(struct usher_acd *acd, uint32_t limit);
static inline bool usher__acd_pump(struct usher_acd *acd, uint32_t limit)
{
	acd->step.actor = USHER_BY_POLICY;
	return !usher__acd_pending(acd) || usher__acd_match(acd, limit);
}

#endif
