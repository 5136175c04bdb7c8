/* How long a call of ours rings: until its time is over, or until nobody has
 * said anything, not even 100, for a shorter while. That while begins anew
 * wherever the INVITE is sent on to; the time does not. */
#include <sip/legimpl.h>

/* From whom nothing came, not even 100, does not ring either. */
static void ring_timeout(void *arg)
{
	struct usher__leg *leg = arg;
	enum usher__leg_cause cause =
		leg->state == USHER__LEG_CALLING || leg->ring_ms
			? USHER__CAUSE_UNREACHABLE
			: USHER__CAUSE_NO_ANSWER;

	usher__leg_unheard(leg);
	if (!usher__leg_take(leg, USHER__IN_HANGUP))
		return;
	usher__leg_over(leg, cause, 408, NULL);
	sip_request_cancel(leg->req);
}

void usher__leg_ring_heard(struct usher__leg *leg)
{
	uint32_t left_ms = leg->ring_ms;

	leg->ring_ms = 0;
	if (left_ms && tmr_isrunning(&leg->deadline))
		tmr_start(&leg->deadline,
			  left_ms + tmr_get_expire(&leg->deadline),
			  ring_timeout, leg);
}

void usher__leg_ring_again(struct usher__leg *leg)
{
	uint64_t left_ms = leg->ring_ms + tmr_get_expire(&leg->deadline);

	if (!leg->silent_ms || left_ms <= leg->silent_ms)
		return;
	leg->ring_ms = (uint32_t)(left_ms - leg->silent_ms);
	tmr_start(&leg->deadline, leg->silent_ms, ring_timeout, leg);
}

void usher__leg_ring_start(struct usher__leg *leg, uint32_t ring_ms,
			   uint32_t silent_ms)
{
	leg->silent_ms = silent_ms;
	tmr_start(&leg->deadline, ring_ms, ring_timeout, leg);
	usher__leg_ring_again(leg);
}
