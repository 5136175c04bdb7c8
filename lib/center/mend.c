/* What an input that the core did not take has left undone.
 *
 * Without memory, or with too many events undrained, an input changes nothing
 * in the core, while the center's side of it has happened: a leg is gone and
 * its contact goes on, an agent has left and is still busy. Nothing is kept
 * for later, since that would need memory, too. Instead the core's contacts
 * are compared with the sessions, until the two agree.
 */
#include "center/callback.h"
#include "center/center.h"
#include "center/party.h"
#include "center/session.h"

static void contact_over(struct usher_center *center, uint64_t contact)
{
	usher__took(center, usher_acd_contact_end(center->acd, center->now_us,
						  contact, "memory"));
}

/* Whether this segment is somebody's who is still in the conversation. */
static bool belongs(const struct session *session,
		    const struct usher_segment_info *segment)
{
	const struct party *party;

	if (segment->state == USHER_SEGMENT_DIALING &&
	    session->state == SESSION_DIALING)
		return true;
	for (party = session->parties; party; party = party->next)
		if (party->segment == segment->segment &&
		    party->part != PART_NONE && !party->ending)
			return true;
	return (session->state == SESSION_TALKING ||
		session->state == SESSION_DIALING) &&
	       (segment->segment == session->agent_segment ||
		(session->customer &&
		 segment->segment == session->customer->segment));
}

static void segment_mend(struct usher_center *center,
			 const struct session *session,
			 const struct usher_segment_info *segment)
{
	if (segment->kind != USHER_SEGMENT_AGENT ||
	    segment->state == USHER_SEGMENT_WRAPUP)
		return;
	if (!belongs(session, segment))
		usher__took(center,
			    usher_acd_leave(center->acd, center->now_us,
					    segment->segment, "memory"));
	else if (segment->state == USHER_SEGMENT_DIALING &&
		 session->state == SESSION_TALKING)
		usher__took(center,
			    usher_acd_answered(center->acd, center->now_us,
					       segment->segment));
}

static void session_mend(struct usher_center *center, struct session *session)
{
	struct usher_segment_info segment = {.size = sizeof(segment)};
	uint64_t id = 0;

	while ((id = usher_acd_segment_next(center->acd, session->contact,
					    id)))
		if (!usher_acd_segment_info(center->acd, id, &segment))
			segment_mend(center, session, &segment);
	usher__talk_count_hold(center, session);
	/* No flow, no queue, nobody who is called: nothing would ever come. */
	if (session->state == SESSION_FLOW && !session->ivr &&
	    !usher__session_waits(center, session))
		usher__session_end(center, session, "memory");
}

/* Nobody is there, so it must not be offered to anybody. */
static void lost_mend(struct usher_center *center,
		      const struct session *session,
		      const struct usher_contact_info *info)
{
	int code = info->detached_until_us
			   ? 0
			   : usher__session_detach(center, session);

	if (code && code != USHER_ENOMEM && code != USHER_EAGAIN)
		contact_over(center, session->contact);
}

void usher__center_mend(struct usher_center *center)
{
	struct usher_contact_info info = {.size = sizeof(info)};
	struct session *session;
	uint64_t id = 0;

	center->mend = false;
	while ((id = usher_acd_contact_next(center->acd, id))) {
		if (usher_acd_contact_info(center->acd, id, &info) ||
		    info.ended)
			continue;
		session = usher__session_find(center, id);
		if (!session || session->state == SESSION_OVER)
			contact_over(center, id);
		else if (session->state == SESSION_CALLBACK)
			usher__back_mend(center, session, &info);
		else if (session->state == SESSION_LOST)
			lost_mend(center, session, &info);
		else
			session_mend(center, session);
		usher__center_settle(center);
		if (center->mend)
			return; /* still no room: the next turn goes on */
	}
}
