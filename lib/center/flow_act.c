/* What a flow says is to be done, and doing it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "center/callback.h"
#include "center/center.h"
#include "center/fetch.h"
#include "center/flow.h"
#include "center/hostcall.h"
#include "center/inbox.h"
#include "center/output.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

/* Of an attribute that goes away. */
#define ATTR_NONE UINT32_MAX

/* An answer of a fetch on its way to the loop. */
struct fetched_mail {
	struct mail mail;
	uint64_t contact;
	struct usher__fetched *fetched;
};

static void play(struct usher_center *center, struct session *session,
		 const struct usher_ivr_action *action, bool loop)
{
	struct output *output;

	session->tune[0] = 0;
	if (!session->customer)
		return;
	if (loop)
		snprintf(session->tune, sizeof(session->tune), "%s",
			 action->prompt);
	/* Begins when that is said, to who still waits there. */
	if (loop && session->voice.step && session->ivr_queue)
		return;
	session->customer->playing = true;
	output = loop ? usher__output(center, VERB_PROMPT, session->customer)
		      : usher__output_job(center, VERB_PROMPT,
					  session->customer, JOB_PLAY,
					  action->request);
	usher__step_flow_says(session, output && !loop ? output->req : 0);
	if (output &&
	    !usher__output_prompt(output, action->prompt, action->text,
				  action->sounds, action->n_sounds, loop))
		return;
	/* Without memory nothing is said; the flow must not wait. */
	usher__step_flow_says(session, 0);
	if (output)
		usher__output_cancel(center, output);
	usher__flow_feed(center, session, USHER_IVR_FAILED, action->request,
			 "failed");
}

static void exited(struct usher_center *center, struct session *session,
		   const char *reason)
{
	uint32_t request = session->ivr_wait;

	session->ivr_wait = 0;
	session->ivr_queue = false;
	usher__flow_feed(center, session, USHER_IVR_EXITED, request, reason);
}

static void queue_action(struct usher_center *center, struct session *session,
			 const struct usher_ivr_action *action)
{
	const char *exit;

	session->ivr_wait = action->request;
	session->ivr_queue = true;
	session->voice.next[0] = 0;
	if (usher__queues_enter(center, session, action->queues,
				action->n_queues, action, 0, &exit))
		exited(center, session, exit);
}

static void leave_action(struct usher_center *center, struct session *session,
			 const struct usher_ivr_action *action)
{
	uint32_t leave = USHER_LEAVE_KEY;
	struct usher_segment_info info = {.size = sizeof(info)};
	uint64_t id = 0;

	if (!strcmp(action->reason, "timeout"))
		leave = USHER_LEAVE_TIMEOUT;
	while ((id = usher_acd_segment_next(center->acd, session->contact,
					    id)))
		if (!usher_acd_segment_info(center->acd, id, &info) &&
		    info.kind == USHER_SEGMENT_QUEUE)
			usher_acd_dequeue(center->acd, center->now_us, id,
					  leave);
}

static void fetched_run(struct usher_center *center, struct mail *mail)
{
	struct fetched_mail *m = (struct fetched_mail *)mail;

	usher__flow_fetched(center, m->contact, m->fetched);
	free(m->fetched);
	free(m);
}

static void fetched_drop(struct usher_center *center, struct mail *mail)
{
	struct fetched_mail *m = (struct fetched_mail *)mail;

	(void)center;
	free(m->fetched);
	free(m);
}

struct fetch_arg {
	struct usher_center *center;
	uint64_t contact;
};

/* On the fetch thread. */
static void fetch_done(void *arg, struct usher__fetched *fetched)
{
	struct fetch_arg *fetch = arg;
	struct fetched_mail *m = fetched ? calloc(1, sizeof(*m)) : NULL;

	if (m) {
		m->mail.run = fetched_run;
		m->mail.drop = fetched_drop;
		m->contact = fetch->contact;
		m->fetched = fetched;
		if (usher__center_post(fetch->center, &m->mail))
			fetched_drop(fetch->center, &m->mail);
	} else {
		free(fetched);
	}
	free(fetch);
}

static void fetch_action(struct usher_center *center, struct session *session,
			 const struct usher_ivr_action *action)
{
	uint32_t request = action->request;
	struct fetch_arg *arg = malloc(sizeof(*arg));
	int err = USHER_ENOMEM;

	/* Most centers never fetch: then curl never enters the process. */
	if (arg && !center->host->fetcher)
		(void)usher__fetcher_new(&center->host->fetcher);
	if (arg && center->host->fetcher) {
		arg->center = center;
		arg->contact = session->contact;
		err = usher__fetch_start(center->host->fetcher, request,
					 action, fetch_done, arg);
	}
	if (!err)
		return;
	free(arg);
	usher__flow_feed(center, session, USHER_IVR_FAILED, request, "failed");
}

static void transfer_action(struct usher_center *center,
			    struct session *session,
			    const struct usher_ivr_action *action)
{
	uint32_t request = action->request;
	int err;

	session->ivr_wait = request;
	session->ivr_queue = false;
	err = usher__transfer(center, session, action->method, action->target,
			      action->timeout_ms);
	if (!err)
		return;
	session->ivr_wait = 0;
	usher__flow_feed(center, session, USHER_IVR_FAILED, request,
			 err == USHER_ENOENT ? "unknown" : "failed");
}

int usher__contact_attr(struct usher_center *center, struct session *session,
			const struct usher_attr *attr)
{
	struct usher_contact_info info = {.size = sizeof(info)};
	struct usher_attr attrs[USHER_ATTRS_MAX], old;
	struct usher_contact_opts opts;
	uint32_t count = 0;
	size_t i;
	int err;

	if (usher_acd_contact_info(center->acd, session->contact, &info))
		return USHER_ENOENT;
	for (i = 0; i < info.attr_count && count < USHER_ATTRS_MAX - 1; i++)
		if (!usher_acd_contact_attr_at(center->acd, session->contact,
					       i, &old) &&
		    strcmp(old.name, attr->name))
			attrs[count++] = old;
	if (attr->type != ATTR_NONE)
		attrs[count++] = *attr;
	usher_contact_opts_init(&opts, sizeof(opts));
	opts.priority = info.priority;
	opts.customer = info.customer;
	opts.attrs = attrs;
	opts.attr_count = count;
	err = usher_acd_contact_set(center->acd, center->now_us,
				    session->contact, &opts);
	if (!err && attr->text && !strcmp(attr->name, "consent"))
		usher__record_consent(center, session, attr->text);
	return err;
}

static void set_action(struct usher_center *center, struct session *session,
		       const struct usher_ivr_action *action)
{
	struct usher_attr attr = {.name = action->target};
	char text[USHER_IVR_VALUE_MAX + 1];

	if (action->value.type == USHER_VALUE_NUMBER) {
		attr.number = action->value.number;
		attr.type = USHER_ATTR_NUMBER;
	} else if (action->value.type == USHER_VALUE_BOOL) {
		attr.number = action->value.boolean;
		attr.type = USHER_ATTR_NUMBER;
	} else if (action->value.type == USHER_VALUE_STRING) {
		snprintf(text, sizeof(text), "%.*s", (int)action->value.len,
			 action->value.string);
		attr.text = text;
		attr.type = USHER_ATTR_TEXT;
	} else {
		attr.type = ATTR_NONE;
	}
	usher__contact_attr(center, session, &attr);
}

static void error_action(struct usher_center *center, struct session *session,
			 const struct usher_ivr_action *action)
{
	const struct usher_field_value values[] = {
		{.field = USHER_F_STATE,
		 .data = action->target ? action->target : ""},
		{.field = USHER_F_REASON, .data = action->reason},
	};

	usher_acd_note(center->acd, center->now_us, USHER_EV_FLOW_FAILED,
		       session->contact, session->ivr_segment, values, 2);
	usher__host_log(center->host, USHER_LOG_WARN, "%s: flow %s fails: %s",
			center->name, action->target ? action->target : "",
			action->reason);
}

static void end_action(struct usher_center *center, struct session *session,
		       const struct usher_ivr_action *action)
{
	char reason[64];

	snprintf(reason, sizeof(reason), "%s", action->reason);
	usher__session_end(center, session, reason);
}

void usher__flow_act(struct usher_center *center, struct session *session,
		     const struct usher_ivr_action *action)
{
	switch (action->kind) {
	case USHER_IVR_PLAY:
	case USHER_IVR_ASK:
		play(center, session, action, false);
		break;
	case USHER_IVR_MUSIC:
		if (session->customer && usher__party_audio(session->customer))
			play(center, session, action, true);
		break;
	case USHER_IVR_STOP:
		session->tune[0] = 0;
		if (session->voicemail) {
			usher__voicemail_end(center, session);
		} else if (session->customer &&
			   session->state == SESSION_FLOW) {
			usher__party_quiet(center, session->customer);
		}
		break;
	case USHER_IVR_QUEUE:
		queue_action(center, session, action);
		break;
	case USHER_IVR_LEAVE:
		leave_action(center, session, action);
		break;
	case USHER_IVR_FETCH:
		fetch_action(center, session, action);
		break;
	case USHER_IVR_TRANSFER:
		transfer_action(center, session, action);
		break;
	case USHER_IVR_RECORD:
		if (usher__voicemail_begin(center, session, action))
			usher__flow_feed(center, session, USHER_IVR_FAILED,
					 action->request, "failed");
		break;
	case USHER_IVR_CALLBACK:
		usher__back_flow(center, session, action);
		break;
	case USHER_IVR_SET:
		set_action(center, session, action);
		break;
	case USHER_IVR_LANGUAGE:
		snprintf(session->language, sizeof(session->language), "%s",
			 action->language);
		break;
	case USHER_IVR_ERROR:
		error_action(center, session, action);
		break;
	case USHER_IVR_END:
		end_action(center, session, action);
		break;
	default:
		break;
	}
}
