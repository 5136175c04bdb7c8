/*
 * The timer of widening (widen.c): when nobody has accepted after the time
 * that the policy gave, it is asked for more. When there is nobody yet, it is
 * asked again after as long.
 *
 * While the segment is offered and `widen` is set, the timer stands at the
 * next whole number of that time since `widen_since`: it follows from the
 * state, so a restored core has it where the other had it.
 */
#include <acd/internal.h>

static void set_timer(struct usher_acd *acd, struct segment *seg)
{
	struct special *special = seg->q.special;
	int64_t span = special->widen, at = special->widen_since;
	/* one of this moment that has not come yet is not lost */
	int64_t from =
		acd->now - usher__timer_ahead(acd, TIMER_WIDEN, seg->id);

	usher__timer_clear(acd, &special->widen_timer);
	if (!span)
		return;
	if (from > at)
		at += (from - at) / span * span;
	usher__timer_set(acd, &special->widen_timer, at + span, TIMER_WIDEN,
			 seg->id, seg);
}

void usher__widen_set(struct usher_acd *acd, struct segment *seg, int64_t span,
		      int64_t since)
{
	struct special *special = seg->q.special;

	if (!span && !special)
		return;
	special = usher__special(acd, seg);
	special->widen = span;
	special->widen_since = since;
	set_timer(acd, seg);
	usher__special_put(acd, seg);
}

void usher__widen_renew(struct usher_acd *acd, struct segment *seg)
{
	set_timer(acd, seg);
}
