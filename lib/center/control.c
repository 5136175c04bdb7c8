/* What agents and applications ask of a conversation. */
#include "center/answer.h"
#include "center/center.h"

static int consult(struct usher_center *center,
		   const struct usher_request *what)
{
	struct session *session = usher__request_talk(center, what);

	if (!session || !session->customer)
		return usher__request_no_talk(center, what);
	switch (what->type) {
	case USHER_REQ_CONSULT:
		return what->text ? usher__consult_start(center, session,
							 what->text)
				  : USHER_EINVAL;
	case USHER_REQ_CONSULT_COMPLETE:
		return usher__consult_complete(center, session);
	case USHER_REQ_CONSULT_CANCEL:
		return usher__consult_cancel(center, session);
	case USHER_REQ_CONFERENCE:
		return usher__consult_confer(center, session);
	default:
		return what->text
			       ? usher__room_add(center, session, what->text)
			       : USHER_EINVAL;
	}
}

static int put_out(struct usher_center *center,
		   const struct usher_request *what)
{
	struct session *session = usher__session_find(center, what->contact);

	if (!session || session->state != SESSION_TALKING)
		return usher__request_no_talk(center, what);
	if (what->agent && session->agent_id != what->agent)
		return USHER_EPERM;
	if (!what->leg && !what->text)
		return USHER_EINVAL;
	return usher__room_remove(center, session, what->leg, what->text);
}

static int leave(struct usher_center *center, const struct usher_request *what)
{
	struct session *session = usher__session_find(center, what->contact);

	if (!session || session->state != SESSION_TALKING || !what->agent)
		return usher__request_no_talk(center, what);
	return usher__room_leave(center, session, what->agent, "left");
}

int usher__control(struct usher_center *center,
		   const struct usher_request *what)
{
	switch (what->type) {
	case USHER_REQ_CONSULT:
	case USHER_REQ_CONSULT_COMPLETE:
	case USHER_REQ_CONSULT_CANCEL:
	case USHER_REQ_CONFERENCE:
	case USHER_REQ_ADD:
		return consult(center, what);
	case USHER_REQ_REMOVE:
		return put_out(center, what);
	case USHER_REQ_LEAVE:
		return leave(center, what);
	default:
		return USHER_EINVAL;
	}
}
