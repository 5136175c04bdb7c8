/* What the application asks for: posted with an id, answered by one event. */
#include <stdio.h>
#include <string.h>

#include <usher/store.h>

#include "center/answer.h"
#include "center/callback.h"
#include "center/center.h"
#include "center/hostcall.h"
#include "center/outbound.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

/* Longest text of a request. */
#define TEXT_MAX USHER_CHANNEL_TEXT_MAX
/* Sizes of the struct without and with its fields since, up to "to", and the
 * last type that there is. */
#define REQUEST_TO    offsetof(struct usher_request, from_us)
#define REQUEST_FIRST offsetof(struct usher_request, leg)
#define REQUEST_LAST  USHER_REQ_CALLBACK_CANCEL

static int wrap_up_end(struct usher_center *center,
		       const struct usher_request *what)
{
	struct usher_segment_info info = {.size = sizeof(info)};
	uint64_t id = 0;
	int err = USHER_ESTATE;

	while ((id = usher_acd_agent_segment_next(center->acd, what->agent,
						  id))) {
		if (usher_acd_segment_info(center->acd, id, &info) ||
		    info.state != USHER_SEGMENT_WRAPUP ||
		    (what->contact && info.contact != what->contact))
			continue;
		err = usher_acd_wrapup_end(center->acd, center->now_us, id);
	}
	return err;
}

/* An agent who is on the contact beside its own: asked, or in a conference,
 * or listening; or one who dialed, or is dialed. */
static int hang_up_other(struct usher_center *center,
			 const struct usher_request *what)
{
	struct session *session = usher__session_find(center, what->contact);
	struct party *party = NULL;

	if (session && (session->state == SESSION_TALKING ||
			(session->state == SESSION_DIALING &&
			 session->direct && session->agent)))
		party = usher__talk_agent(session, what->agent);
	if (!party)
		return usher__request_no_talk(center, what);
	if (session->state == SESSION_DIALING) {
		usher__session_end(center, session, "hangup");
		return 0;
	}
	usher__talk_lost(center, session, party, "hangup");
	usher__party_end(center, party,
			 party->up ? USHER_LEG_NORMAL : USHER_LEG_CANCELED);
	return 0;
}

static int hang_up(struct usher_center *center,
		   const struct usher_request *what)
{
	struct session *session;

	struct party *party;

	if (what->agent) {
		session = usher__request_talk(center, what);
		if (!session)
			return hang_up_other(center, what);
		party = session->agent;
		if (!party) {
			usher__session_agent_gone(center, session, "hangup");
			return 0;
		}
		usher__talk_lost(center, session, party, "hangup");
		usher__party_end(center, party, USHER_LEG_NORMAL);
		return 0;
	}
	session = usher__session_find(center, what->contact);
	if (!session || session->state == SESSION_OVER)
		return USHER_ENOENT;
	usher__session_end(center, session, "hangup");
	return 0;
}

static int hold(struct usher_center *center, const struct usher_request *what,
		bool on)
{
	struct session *session = usher__request_talk(center, what);
	int err;

	if (!session || !session->customer)
		return usher__request_no_talk(center, what);
	if (session->talk.consult != CONSULT_NONE)
		return USHER_ESTATE;
	err = on ? usher_acd_hold(center->acd, center->now_us,
				  session->agent_segment)
		 : usher_acd_resume(center->acd, center->now_us,
				    session->agent_segment);
	if (err || !session->agent)
		return err;
	session->talk.held = on;
	usher__talk_settle(center, session);
	if (!on)
		/* What could not be announced meanwhile. */
		usher__record_begin(center, session);
	return 0;
}

/* An offer of an agent who answers at an application. */
static int accept_offer(struct usher_center *center,
			const struct usher_request *what)
{
	struct usher_offer_info offer = {.size = sizeof(offer)};
	struct session *session;
	struct party *party;
	int err;

	if (usher_acd_offer_info(center->acd, what->offer, &offer))
		return USHER_ENOENT;
	if (what->agent && offer.agent != what->agent)
		return USHER_EPERM;
	session = usher__session_find(center, offer.contact);
	if (!session || (!session->customer && !session->back))
		return USHER_ENOENT;
	/* A phone that rings is answered at the phone. */
	for (party = session->parties; party; party = party->next)
		if (party->offer == what->offer && !party->ending)
			return USHER_ESTATE;
	err = usher_acd_accept(center->acd, center->now_us, what->offer,
			       "app");
	if (!err && session->back)
		usher__back_accepted(center, session, NULL, what->offer);
	else if (!err)
		err = usher__session_join(center, session, NULL, what->offer);
	return err;
}

static int reject_offer(struct usher_center *center,
			const struct usher_request *what)
{
	struct usher_offer_info offer = {.size = sizeof(offer)};

	if (usher_acd_offer_info(center->acd, what->offer, &offer))
		return USHER_ENOENT;
	if (what->agent && offer.agent != what->agent)
		return USHER_EPERM;
	return usher_acd_reject(center->acd, center->now_us, what->offer,
				what->text ? what->text : "declined");
}

/* A message of the agent; its outcome comes from the driver. */
static int send_text(struct usher_center *center, struct request *request)
{
	struct session *session = usher__request_talk(center, &request->what);

	if (!request->what.text)
		return USHER_EINVAL;
	if (!session || !session->customer)
		return usher__request_no_talk(center, &request->what);
	if (!usher__request_output(center, request, VERB_SEND,
				   session->customer, JOB_SEND))
		return USHER_ENOMEM;
	usher__message_note(center, session, USHER_OUT, request->what.agent,
			    request->what.text);
	return 0;
}

static int disposition(struct usher_center *center,
		       const struct usher_request *what)
{
	uint64_t segment =
		usher__request_segment(center, what->agent, what->contact);

	if (!segment)
		return USHER_ENOENT;
	if (!what->text)
		return USHER_EINVAL;
	return usher_acd_disposition(center->acd, center->now_us, segment,
				     what->text);
}

static int transfer(struct usher_center *center,
		    const struct usher_request *what)
{
	struct session *session = usher__request_talk(center, what);
	struct target target;

	if (!what->text)
		return USHER_EINVAL;
	if (!session)
		return usher__request_no_talk(center, what);
	usher__target_find(center, session, NULL, what->text, &target);
	return usher__transfer_to(center, session, &target, 0,
				  what->flags & USHER_REQUEST_FRESH);
}

static int act(struct usher_center *center, struct request *request,
	       struct usher_error *err)
{
	const struct usher_request *what = &request->what;
	struct usher_acd *acd = center->acd;
	int64_t now_us = center->now_us;
	bool again;
	int code;

	switch (what->type) {
	case USHER_REQ_SIGN_IN:
	case USHER_REQ_READY:
		return usher_acd_presence(acd, now_us, what->agent,
					  USHER_READY, NULL);
	case USHER_REQ_SIGN_OUT:
		return usher_acd_presence(acd, now_us, what->agent,
					  USHER_SIGNED_OUT, NULL);
	case USHER_REQ_PAUSE:
		return usher_acd_presence(acd, now_us, what->agent,
					  USHER_PAUSED, what->text);
	case USHER_REQ_WRAP_UP_END:
		return wrap_up_end(center, what);
	case USHER_REQ_ACCEPT:
		return accept_offer(center, what);
	case USHER_REQ_REJECT:
		return reject_offer(center, what);
	case USHER_REQ_HANG_UP:
		return hang_up(center, what);
	case USHER_REQ_HOLD:
		return hold(center, what, true);
	case USHER_REQ_RESUME:
		return hold(center, what, false);
	case USHER_REQ_TRANSFER:
		return transfer(center, what);
	case USHER_REQ_DISPOSITION:
		return disposition(center, what);
	case USHER_REQ_ASSIGN:
		return usher_acd_assign(acd, now_us, what->contact,
					what->agent, 0);
	case USHER_REQ_QUEUE_OPEN:
	case USHER_REQ_QUEUE_CLOSE:
		return usher_acd_queue_open(acd, now_us, what->queue,
					    what->type ==
						    USHER_REQ_QUEUE_OPEN);
	case USHER_REQ_CALLBACK:
		return usher__back_request(center, &request->what, err);
	case USHER_REQ_CALLBACK_CANCEL:
		return usher__back_cancel(center, what->contact);
	case USHER_REQ_CONFIGURE:
		/* The one that is there already brings a reference too
		 * many. */
		again = request->config == center->config;
		code = usher__center_configure(center, request->config, err);
		if (!code && !again)
			request->config = NULL;
		return code;
	}
	return usher__control(center, request, err);
}

static void request_run(struct usher_center *center, struct mail *mail)
{
	struct request *request = (struct request *)mail;
	const struct usher_by by = {
		.actor = request->what.actor,
		.actor_id = request->what.actor_id,
		.cause = request->id,
	};
	struct usher_error err = {0};
	const char *why;
	int code;

	usher_acd_by_all(center->acd, &by);
	(void)usher__outbound_why(center); /* of somebody else */
	if (request->what.type == USHER_REQ_SEND)
		code = send_text(center, request);
	else
		code = act(center, request, &err);
	if (code == USHER_ESTATE && !err.message[0])
		usher__refusal(center, &request->what, err.message,
			       sizeof(err.message));
	why = usher__outbound_why(center);
	if (code == USHER_EPERM && why && !err.message[0])
		snprintf(err.message, sizeof(err.message),
			 "a call outside is refused: %s", why);
	if (!request->waits || code)
		usher__answer(center, request, code,
			      err.message[0] ? err.message : NULL);
	usher_acd_by_all(center->acd, NULL);
}

static void request_drop(struct usher_center *center, struct mail *mail)
{
	struct request *request = (struct request *)mail;

	usher__answer(center, request, USHER_ECANCELED, "stopped");
}

/* The texts of a request, behind it. */
static const char *keep(char **p, const char *text)
{
	const char *kept = *p;

	if (!text)
		return NULL;
	*p = stpcpy(*p, text) + 1;
	return kept;
}

static int post(struct usher_center *center, const struct usher_request *what,
		struct usher_config *config, uint64_t *ret_request,
		struct usher_error *err)
{
	size_t len = what->text ? strnlen(what->text, TEXT_MAX + 1) : 0;
	bool all = what->size >= REQUEST_TO;
	size_t to_len = all && what->to ? strnlen(what->to, TEXT_MAX + 1) : 0;
	struct request *request;
	char *p;
	uint64_t id;
	int code = 0;

	if (usher__host_alive(center->host))
		return usher_error_set(err, USHER_EFORK, "called after fork");
	if (len > TEXT_MAX || to_len > TEXT_MAX)
		return usher_error_set(err, USHER_EINVAL, "text over %d bytes",
				       TEXT_MAX);
	request = calloc(1, sizeof(*request) + len + to_len + 2);
	if (!request)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	request->mail.run = request_run;
	request->mail.drop = request_drop;
	memcpy(&request->what, what,
	       what->size < sizeof(request->what) ? what->size
						  : sizeof(request->what));
	p = request->text;
	request->what.text = keep(&p, what->text);
	request->what.to = keep(&p, request->what.to);
	request->config = config;
	pthread_mutex_lock(&center->lock);
	if (center->stopping)
		code = USHER_ECLOSED;
	else if (center->requests < USHER__REQUESTS_MAX)
		center->requests++;
	else
		code = USHER_EAGAIN;
	center->refused[BUSY_REQUESTS] += code == USHER_EAGAIN;
	id = request->id = ++center->last_request;
	pthread_mutex_unlock(&center->lock);
	if (!code) {
		code = usher__center_post(center, &request->mail);
		if (code) {
			pthread_mutex_lock(&center->lock);
			center->requests--;
			pthread_mutex_unlock(&center->lock);
		}
	}
	if (code) {
		free(request);
		return usher_error_set(err, code, "%s", usher_strerror(code));
	}
	if (ret_request)
		*ret_request = id;
	return 0;
}

int usher_center_request(struct usher_center *center,
			 const struct usher_request *request,
			 uint64_t *ret_request, struct usher_error *err)
{
	if (!center || !request || request->size < REQUEST_FIRST ||
	    request->type < USHER_REQ_SIGN_IN ||
	    request->type > REQUEST_LAST ||
	    request->type == USHER_REQ_CONFIGURE)
		return usher_error_set(err, USHER_EINVAL, "malformed request");
	return post(center, request, NULL, ret_request, err);
}

int usher_center_configure(struct usher_center *center,
			   struct usher_config *config, uint64_t *ret_request,
			   struct usher_error *err)
{
	const struct usher_request what = {
		.size = sizeof(what),
		.type = USHER_REQ_CONFIGURE,
		.actor = USHER_BY_CONFIG,
	};
	int code;

	if (!center || !config)
		return usher_error_set(err, USHER_EINVAL, "no configuration");
	code = usher__config_refs(config, NULL, err);
	return code ? code : post(center, &what, config, ret_request, err);
}

struct asking {
	struct usher_center *center;
	const char *name;
	bool queue;
	uint64_t id;
};

static int find_here(void *arg)
{
	struct asking *asking = arg;

	if (!asking->center->acd)
		return USHER_ECLOSED;
	asking->id = asking->queue ? usher_acd_queue_find(asking->center->acd,
							  asking->name)
				   : usher_acd_agent_find(asking->center->acd,
							  asking->name);
	return 0;
}

static uint64_t find(struct usher_center *center, const char *name, bool queue)
{
	struct asking asking = {center, name, queue, 0};

	if (center && name)
		usher__host_call(center->host, find_here, &asking);
	return asking.id;
}

uint64_t usher_center_agent_id(struct usher_center *center, const char *name)
{
	return find(center, name, false);
}

uint64_t usher_center_queue_id(struct usher_center *center, const char *name)
{
	return find(center, name, true);
}
