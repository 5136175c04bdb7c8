/* Flows of sessions: what happened goes in, what to do comes out. */
#include <stdio.h>
#include <string.h>

#include "center/center.h"
#include "center/fetch.h"
#include "center/flow.h"
#include "center/hostcall.h"
#include "center/names.h"
#include "center/session.h"
#include "sip/loop.h"

static void note_step(struct usher_center *center, struct session *session)
{
	const char *where = usher_ivr_where(session->ivr);
	struct usher_field_value values[] = {
		{.field = USHER_F_FLOW},
		{.field = USHER_F_STATE},
	};
	const char *slash;

	if (!where || !strcmp(where, session->where))
		return;
	/* Without memory for it the step may be noted once more. */
	usher__session_text(&session->where, where);
	slash = strchr(where, '/');
	values[0].data = where;
	values[0].len =
		slash ? (uint32_t)(slash - where) : (uint32_t)strlen(where);
	values[1].data = slash ? slash + 1 : "";
	usher_acd_note(center->acd, center->now_us, USHER_EV_FLOW_STEP,
		       session->contact, session->ivr_segment, values, 2);
}

static void ivr_drop(struct usher_center *center, struct session *session)
{
	usher__timer_free(session->timer);
	session->timer = NULL;
	usher_ivr_free(session->ivr);
	session->ivr = NULL;
	usher_flow_set_unref(session->flows);
	session->flows = NULL;
	session->ivr_wait = 0;
	session->ivr_queue = false;
	session->ivr_stop = false;
	usher__session_text(&session->where, "");
	session->tune[0] = 0;
	session->voice = (struct step_voice){0};
	if (session->ivr_segment)
		usher_acd_flow_end(center->acd, center->now_us,
				   session->ivr_segment, "");
	session->ivr_segment = 0;
}

static void on_timer(void *arg)
{
	struct session *session = arg;

	session->center->due = session;
	session->center->turn(session->center);
}

static void rearm(struct usher_center *center, struct session *session)
{
	int64_t at = usher_ivr_deadline(session->ivr);
	int64_t wait_us = at - center->now_us;

	if (at == INT64_MAX) {
		if (session->timer)
			usher__timer_cancel(session->timer);
		return;
	}
	if (!session->timer &&
	    usher__timer_new(&session->timer, center->host->loop, on_timer,
			     session))
		return;
	usher__timer_start(session->timer,
			   wait_us > 0 ? (uint64_t)(wait_us + 999) / 1000 : 0);
}

/* Carry out what the instance says, and tell it what came of it: an action
 * may be answered at once, but an instance is fed only when all of its
 * actions have been taken. */
static void act(struct usher_center *center, struct session *session)
{
	const struct usher_ivr_action *action;
	struct lates lates = {.count = 0};
	struct late late;

	session->lates = &lates;
	for (;;) {
		while (!session->ivr_stop &&
		       (action = usher_ivr_next(session->ivr)))
			center->act(center, session, action);
		if (session->ivr_stop || !lates.count)
			break;
		late = lates.all[0];
		memmove(lates.all, lates.all + 1,
			--lates.count * sizeof(late));
		usher_ivr_feed(session->ivr, center->now_us,
			       &(struct usher_ivr_event){
				       .size = sizeof(struct usher_ivr_event),
				       .kind = late.kind,
				       .request = late.request,
				       .text = late.text});
	}
	session->lates = NULL;
	if (!session->ivr_stop)
		note_step(center, session);
	if (session->ivr_stop || usher_ivr_done(session->ivr))
		ivr_drop(center, session);
	else
		rearm(center, session);
}

static void feed(struct usher_center *center, struct session *session,
		 const struct usher_ivr_event *event)
{
	if (usher_ivr_feed(session->ivr, center->now_us, event) == 0)
		act(center, session);
}

void usher__flow_feed(struct usher_center *center, struct session *session,
		      uint32_t kind, uint32_t request, const char *text)
{
	struct usher_ivr_event event = {
		.size = sizeof(event),
		.kind = kind,
		.request = request,
		.text = text,
	};

	if (!session->ivr || session->ivr_stop)
		return;
	if (!session->lates) {
		feed(center, session, &event);
	} else if (session->lates->count < LATE_MAX) {
		/* text is a literal here: nothing else is said at once. */
		session->lates->all[session->lates->count++] =
			(struct late){kind, request, text};
	}
}

int usher__flow_start(struct usher_center *center, struct session *session,
		      const char *flow)
{
	struct usher_ivr_opts opts;
	int err;

	if (session->ivr || !center->config->flows)
		return USHER_ESTATE;
	usher_ivr_opts_init(&opts, sizeof(opts));
	opts.flow = flow;
	opts.language = session->language;
	opts.lookup = usher__name_lookup;
	opts.arg = session;
	err = usher_ivr_new(&session->ivr, center->config->flows, &opts, NULL,
			    NULL);
	if (err)
		return err;
	session->flows = usher_flow_set_ref(center->config->flows);
	usher_acd_flow_begin(center->acd, center->now_us, session->contact,
			     flow, &session->ivr_segment);
	usher__flow_feed(center, session, USHER_IVR_STARTED, 0, NULL);
	return 0;
}

void usher__flow_stop(struct usher_center *center, struct session *session,
		      const char *reason)
{
	(void)reason;
	if (!session->ivr)
		return;
	if (session->lates)
		session->ivr_stop = true;
	else
		ivr_drop(center, session);
}

void usher__flow_advance(struct usher_center *center, struct session *session)
{
	if (!session->ivr)
		return;
	if (session->voice.step) {
		session->voice.late = true;
		return;
	}
	usher_ivr_advance(session->ivr, center->now_us);
	act(center, session);
}

void usher__flow_fetched(struct usher_center *center, uint64_t contact,
			 struct usher__fetched *fetched)
{
	struct session *session = usher__session_find(center, contact);
	struct usher_ivr_event event = {.size = sizeof(event)};

	if (!session || !session->ivr)
		return;
	event.kind = fetched->reason ? USHER_IVR_FAILED : USHER_IVR_FETCHED;
	event.request = (uint32_t)fetched->id;
	event.text = fetched->reason;
	event.values = fetched->values;
	event.n_values = fetched->reason ? 0 : fetched->value_count;
	feed(center, session, &event);
}
