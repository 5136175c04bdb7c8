/* What the media engine says of legs: prompts and recordings that end, digits,
 * text.
 */
#include <stdio.h>

#include "drivers/voice/hub.h"

/* Media's outcome of a play or recording; silently nothing when the verb was
 * not the center's. */
static void job_done(struct voice_job **jobs, uint64_t id, int result,
		     int64_t value)
{
	struct usher__saying done = {
		.type = USHER__DONE, .code = result, .value = value};
	struct voice_job *job;

	HASH_FIND(hh, *jobs, &id, sizeof(id), job);
	if (!job)
		return;
	HASH_DEL(*jobs, job);
	done.req = job->req;
	if (job->voice->channel)
		usher__reserve_say(&job->outcome, job->voice->channel, 0,
				   &done);
	usher__voice_job_free(job);
}

/* What was cut off has not been heard. */
static int play_result(const struct usher__mevent *event)
{
	switch (event->reason) {
	case USHER__MR_ERROR:
		return event->error ? event->error : USHER_EIO;
	case USHER__MR_STOPPED:
	case USHER__MR_REPLACED:
	case USHER__MR_CLOSED:
		return USHER_ECANCELED;
	default:
		return 0;
	}
}

/* Why a prompt or recording failed; the center goes on without it. */
static void log_failure(struct usher__voice_hub *hub, struct voice_job *jobs,
			uint64_t id, const struct usher__mevent *event)
{
	struct voice_job *job;
	char line[USHER__MEDIA_PATH_MAX + 192];

	HASH_FIND(hh, jobs, &id, sizeof(id), job);
	if (event->reason != USHER__MR_ERROR || !event->text || !hub->log)
		return;
	snprintf(line, sizeof(line), "media: %s: %s%s%s", job ? job->name : "",
		 event->text, event->path ? ": " : "",
		 event->path ? event->path : "");
	hub->log(hub->log_arg, 2, line);
}

static void media_event(struct usher__voice_hub *hub, struct voice_leg *leg,
			const struct usher__mevent *event)
{
	switch (event->type) {
	case USHER__MEV_DIGIT:
		if (leg && leg->voice->channel)
			usher__voice_say_digit(leg, event->digit,
					       event->duration_ms);
		break;
	case USHER__MEV_TEXT:
		if (leg && leg->voice->channel)
			usher__voice_text_read(leg);
		break;
	case USHER__MEV_STRANGER:
		usher__ua_stranger(hub->ua, event);
		break;
	case USHER__MEV_PLAY_DONE:
		log_failure(hub, hub->plays, event->play, event);
		job_done(&hub->plays, event->play, play_result(event),
			 event->duration_ms);
		if (leg) {
			usher__voice_tone_over(leg, event->play);
			usher__voice_keys_over(leg, event);
		}
		break;
	case USHER__MEV_REC_DONE:
		log_failure(hub, hub->records, event->rec, event);
		job_done(&hub->records, event->rec,
			 event->reason == USHER__MR_ERROR
				 ? (event->error ? event->error : USHER_EIO)
				 : 0,
			 event->duration_ms);
		break;
	default:
		break;
	}
}

void usher__voice_drain(void *arg)
{
	struct usher__voice_hub *hub = arg;
	struct usher__mevent event;
	uint64_t sip;

	while (usher__media_next(hub->media, &event)) {
		sip = usher__ua_port_leg(hub->ua, event.leg);
		media_event(hub, sip ? usher__leg_arg(hub->ua, sip) : NULL,
			    &event);
	}
}
