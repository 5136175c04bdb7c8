/* The slot of a parked contact. */
#include <stdio.h>

#include "center/center.h"
#include "center/session.h"
#include "sip/loop.h"

void usher__park_note(struct usher_center *center,
		      const struct session *session, uint32_t type,
		      const char *reason)
{
	char slot[16];
	struct usher_field_value values[] = {
		{.field = USHER_F_AGENT, .number = session->talk.parked_by},
		{.field = USHER_F_KEY, .data = slot},
		{.field = USHER_F_REASON, .data = reason},
	};

	snprintf(slot, sizeof(slot), "%u", session->talk.slot);
	if (type == USHER_EV_PARKED)
		values[2] = (struct usher_field_value){
			.field = USHER_F_DEADLINE,
			.number = (uint64_t)(center->now_us +
					     center->config->park.timeout_ms *
						     1000LL)};
	usher_acd_note(center->acd, center->now_us, type, session->contact, 0,
		       values, 3);
}

void usher__park_over(struct usher_center *center, struct session *session,
		      const char *reason)
{
	if (!session->talk.slot)
		return;
	usher__park_note(center, session, USHER_EV_UNPARKED, reason);
	session->talk.slot = 0;
	if (session->talk.timer)
		usher__timer_cancel(session->talk.timer);
}
