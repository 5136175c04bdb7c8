/* What each event does in each state; those that do not fit do nothing. */
#include <string.h>

#include "expr/expr.h"
#include "ivr/instance.h"

static void prompt_done(struct usher_ivr *ivr)
{
	switch ((enum ivr_state)ivr->d.state) {
	case IVR_PROMPT:
		usher__ivr_go(ivr, usher__ivr_step(ivr)->next);
		break;
	case IVR_ASKING:
		usher__ask_ready(ivr);
		break;
	case IVR_INVALID:
		usher__ask_begin(ivr, PROMPT_AGAIN);
		break;
	case IVR_GREETING:
		usher__ivr_record(ivr);
		break;
	default:
		break;
	}
}

/* The deadline of what the current step waits for has come. */
void usher__ivr_timed_out(struct usher_ivr *ivr)
{
	const struct step *step = usher__ivr_step(ivr);

	ivr->d.deadline = IVR_NEVER;
	switch ((enum ivr_state)ivr->d.state) {
	case IVR_PROMPT:
	case IVR_ASKING:
	case IVR_INVALID:
	case IVR_GREETING:
		prompt_done(ivr);
		break;
	case IVR_INPUT:
		usher__ask_timeout(ivr);
		break;
	case IVR_FETCH:
		usher__ivr_stop_current(ivr);
		usher__ivr_fetch_failed(ivr, "timeout");
		break;
	case IVR_WAIT:
		usher__ivr_stop_current(ivr);
		usher__ivr_go(ivr, step->next);
		break;
	case IVR_RECORDING:
		if (ivr->d.stopping)
			usher__ivr_go(ivr, usher__step_way(step, "failed"));
		else
			usher__ivr_record_end(ivr);
		break;
	default:
		break;
	}
}

static void on_digit(struct usher_ivr *ivr, char digit)
{
	const struct step *step = usher__ivr_step(ivr);

	switch ((enum ivr_state)ivr->d.state) {
	case IVR_ASKING:
	case IVR_INPUT:
	case IVR_INVALID:
		usher__ask_digit(ivr, digit);
		return;
	case IVR_GREETING:
		if (digit == step->terminator) {
			usher__ivr_stop_current(ivr);
			usher__ivr_record(ivr);
		}
		return;
	case IVR_RECORDING:
		if (digit == step->terminator && !ivr->d.stopping)
			usher__ivr_record_end(ivr);
		return;
	case IVR_LEAVING:
		return;
	default:
		break;
	}
	if (usher__queue_frame(ivr) >= 0) {
		usher__queue_key(ivr, digit);
	} else if (ivr->d.state == IVR_PROMPT &&
		   !(step->flags & USHER_STEP_NO_BARGE)) {
		if (ivr->d.n_ahead < IVR_AHEAD_MAX)
			ivr->d.ahead[ivr->d.n_ahead++] = digit;
		usher__ivr_stop_current(ivr);
		usher__ivr_go(ivr, step->next);
	}
}

static void on_text(struct usher_ivr *ivr, const char *text, size_t len)
{
	switch ((enum ivr_state)ivr->d.state) {
	case IVR_ASKING:
	case IVR_INPUT:
	case IVR_INVALID:
		usher__ask_text(ivr, text, len);
		break;
	default:
		if (len == 1 && ivr->d.state != IVR_LEAVING &&
		    usher__queue_frame(ivr) >= 0)
			usher__queue_key(ivr, *text);
		break;
	}
}

static void on_failed(struct usher_ivr *ivr, const char *reason)
{
	const struct step *step = usher__ivr_step(ivr);

	reason = reason && *reason ? reason : "failed";
	if (ivr->d.state == IVR_FETCH)
		usher__ivr_fetch_failed(ivr, reason);
	else if (ivr->d.state == IVR_TRANSFER || ivr->d.state == IVR_CALLBACK)
		usher__ivr_go(ivr, usher__step_way(step, reason));
	else if (ivr->d.state == IVR_RECORDING)
		usher__ivr_go(ivr, usher__step_way(step, "failed"));
	else
		prompt_done(ivr);
}

/* Repeat what a restart has swallowed, by running the step again. */
static void on_resumed(struct usher_ivr *ivr)
{
	const struct step *step = usher__ivr_step(ivr);

	switch ((enum ivr_state)ivr->d.state) {
	case IVR_PROMPT:
	case IVR_ASKING:
	case IVR_INPUT:
	case IVR_INVALID:
	case IVR_WAIT:
	case IVR_GREETING:
	case IVR_CALLBACK:
		usher__ivr_go(ivr, ivr->d.step);
		break;
	case IVR_FETCH:
		/* Asking twice is harmless only for a GET (RFC 9110 section
		 * 9.2.1), and without its secret it would be another. */
		if (!strcmp(step->method, "GET") &&
		    !usher__ivr_reads_secret(ivr, step, true))
			usher__ivr_go(ivr, ivr->d.step);
		else
			usher__ivr_fetch_failed(ivr, "restarted");
		break;
	case IVR_RECORDING:
		usher__ivr_go(ivr, usher__step_way(step, "failed"));
		break;
	case IVR_LEAVING:
		usher__queue_resumed(ivr);
		break;
	default:
		break;
	}
}

static void on_hang_up(struct usher_ivr *ivr)
{
	ivr->d.deadline = IVR_NEVER;
	ivr->d.awaited = 0;
	ivr->d.depth = 0;
	usher__ivr_forget_secrets(ivr);
	usher__ivr_move(ivr, IVR_DONE);
}

/* Whether an event answers what is waited for; 0 answers anything. */
static bool answers(const struct usher_ivr *ivr,
		    const struct usher_ivr_event *event)
{
	return !event->request || event->request == ivr->d.awaited;
}

void usher__ivr_handle(struct usher_ivr *ivr,
		       const struct usher_ivr_event *event, const char *text,
		       size_t len)
{
	switch (event->kind) {
	case USHER_IVR_STARTED:
		if (ivr->d.state == IVR_FRESH)
			usher__ivr_go(ivr, ivr->d.step);
		break;
	case USHER_IVR_DIGIT:
		on_digit(ivr, *text);
		break;
	case USHER_IVR_TEXT:
		on_text(ivr, text, len);
		break;
	case USHER_IVR_PLAYED:
		if (answers(ivr, event))
			prompt_done(ivr);
		break;
	case USHER_IVR_FETCHED:
		if (ivr->d.state == IVR_FETCH && answers(ivr, event))
			usher__ivr_fetched(ivr, event);
		break;
	case USHER_IVR_FAILED:
		if (answers(ivr, event))
			on_failed(ivr, text);
		break;
	case USHER_IVR_RECORDED:
		if (ivr->d.state == IVR_RECORDING && answers(ivr, event))
			usher__ivr_go(ivr, usher__ivr_step(ivr)->next);
		break;
	case USHER_IVR_ANSWERED:
		usher__queue_answered(ivr);
		break;
	case USHER_IVR_EXITED:
		usher__queue_exited(ivr, text);
		break;
	case USHER_IVR_RETURNED:
		usher__queue_returned(ivr);
		break;
	case USHER_IVR_AGENT_LEFT:
		usher__agent_left(ivr);
		break;
	case USHER_IVR_HUNG_UP:
		on_hang_up(ivr);
		break;
	case USHER_IVR_RESUMED:
		on_resumed(ivr);
		break;
	}
}

static bool text_ok(const char *s, size_t len)
{
	while (len) {
		size_t n = usher__utf8_len(s, len);

		if (!n || !*s)
			return false;
		s += n;
		len -= n;
	}
	return true;
}

/* Events come from outside: refuse what is none. */
int usher__ivr_check_event(const struct usher_ivr_event *event, size_t *len)
{
	if (event->size < UP_TO(struct usher_ivr_event, n_values) ||
	    event->kind < USHER_IVR_STARTED ||
	    event->kind > USHER_IVR_RESUMED ||
	    (event->n_values && !event->values))
		return USHER_EINVAL;
	*len = 0;
	if (event->text)
		*len = event->text_len ? event->text_len : strlen(event->text);
	if (event->kind == USHER_IVR_DIGIT)
		return *len == 1 && *event->text &&
				       strchr("0123456789*#ABCD", *event->text)
			       ? 0
			       : USHER_EINVAL;
	if (event->kind == USHER_IVR_TEXT)
		return event->text && text_ok(event->text, *len)
			       ? 0
			       : USHER_EINVAL;
	/* Reasons are compared with names of exits, which end in NUL. */
	return event->text_len ? USHER_EINVAL : 0;
}
