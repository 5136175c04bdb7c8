/* Of whom a request speaks: the agent, and the contact that it talks with. */
#include "center/answer.h"
#include "center/center.h"
#include "center/party.h"
#include "center/session.h"

/* The segment in which this agent has this contact (0: the newest). */
uint64_t usher__request_segment(struct usher_center *center, uint64_t agent,
				uint64_t contact)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	uint64_t id = 0, found = 0;

	while ((id = usher_acd_agent_segment_next(center->acd, agent, id)))
		if (!usher_acd_segment_info(center->acd, id, &info) &&
		    (!contact || info.contact == contact))
			found = id;
	return found;
}

struct session *usher__request_talk(struct usher_center *center,
				    const struct usher_request *what)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	struct session *session;
	uint64_t contact = what->contact, segment;

	if (!contact) {
		segment = usher__request_segment(center, what->agent, 0);
		if (usher_acd_segment_info(center->acd, segment, &info))
			return NULL;
		contact = info.contact;
	}
	session = usher__session_find(center, contact);
	if (!session || session->state != SESSION_TALKING ||
	    (what->agent && !usher__talk_turn(session, what->agent)))
		return NULL;
	return session;
}

int usher__request_no_talk(struct usher_center *center,
			   const struct usher_request *what)
{
	return what->contact && usher__session_find(center, what->contact)
		       ? USHER_ESTATE
		       : USHER_ENOENT;
}

struct output *usher__request_output(struct usher_center *center,
				     struct request *request, enum verb verb,
				     struct party *party, enum job_kind kind)
{
	struct output *output =
		usher__output_job(center, verb, party, kind, request->id);

	if (!output)
		return NULL;
	if ((verb == VERB_SEND || verb == VERB_DIGITS) &&
	    usher__output_text(output, request->what.text)) {
		usher__output_cancel(center, output);
		return NULL;
	}
	usher__job_find(center, output->req)->request = request;
	party->sends++;
	request->waits = true;
	return output;
}
