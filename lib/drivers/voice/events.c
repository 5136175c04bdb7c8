/* What happens on legs: from the user agent and the media engine to the
 * center of the tenant that it belongs to.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/voice/hub.h"
#include "sip/loop.h"

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

/* Tell the center of a leg, out of a reserve when there is no memory, of which
 * `keep` are left for what matters more. */
static int say_out_of(struct usher__reserve *reserve, unsigned count,
		      unsigned keep, struct voice_leg *leg,
		      const struct usher__saying *what)
{
	struct usher__voice_hub *hub = leg->voice->hub;
	int err;

	usher__reserve_fill(reserve, count);
	err = usher__reserve_say(reserve, leg->voice->channel, keep, what);
	if (err == USHER_ENOMEM && hub->log)
		hub->log(hub->log_arg, 1,
			 "voice: a digit or hold is lost: no memory");
	return err;
}

/* What must not be missed: the leg's own reserve. */
static int say(struct voice_leg *leg, unsigned keep,
	       enum usher__report_type type, int32_t code)
{
	const struct usher__saying what = {
		.type = type, .code = code, .leg = leg->id};

	return say_out_of(&leg->reserve, VOICE_LEG_RESERVE, keep, leg, &what);
}

static void say_other(struct voice_leg *leg, unsigned keep,
		      enum usher__report_type type, int32_t code,
		      int64_t value)
{
	const struct usher__saying what = {
		.type = type, .code = code, .leg = leg->id, .value = value};

	say_out_of(&leg->voice->others, VOICE_OTHER_RESERVE, keep, leg, &what);
}

static void say_digit(struct voice_leg *leg, char digit, uint32_t duration_ms)
{
	if (digit && strchr("0123456789*#ABCD", digit))
		say_other(leg, VOICE_KEEP_OTHER, USHER__DIGIT, digit,
			  duration_ms);
}

static struct usher__voice *tenant(struct usher__voice_hub *hub,
				   const char *domain)
{
	struct usher__voice *voice, *fallback = NULL;

	for (voice = hub->voices; voice; voice = voice->next) {
		if (!voice->domain[0])
			fallback = voice;
		else if (!strcasecmp(voice->domain, domain))
			return voice;
	}
	return fallback;
}

static int on_domain(void *arg, const char *host, char *ret, size_t size)
{
	struct usher__voice *voice = tenant(arg, host);
	const char *name;

	if (!voice)
		return USHER_ENOENT;
	name = voice->domain[0] ? voice->domain : "usher";
	if (strlen(name) >= size)
		return USHER_ENOENT;
	strcpy(ret, name);
	return 0;
}

/* A phone of an agent, or a trunk that proves itself by its account. */
static int on_account(void *arg, const char *domain, const char *user,
		      struct usher__account *ret)
{
	struct usher__voice *voice = tenant(arg, domain);
	const char *password;
	size_t i;

	if (!voice)
		return USHER_ENOENT;
	password = voice->password(voice->arg, user);
	for (i = 0; !password && i < voice->trunk_count; i++) {
		const struct voice_trunk *trunk = &voice->trunks[i];

		if (!trunk->user || strcmp(trunk->user, user))
			continue;
		password = trunk->password;
		ret->trunk = trunk->id;
	}
	if (!password || strlen(password) >= sizeof(ret->password))
		return USHER_ENOENT;
	strcpy(ret->password, password);
	return 0;
}

static const char *trunk_name(struct usher__voice *voice, uint32_t id)
{
	const struct voice_trunk *trunk = usher__voice_trunk_by_id(voice, id);

	return trunk ? trunk->name : NULL;
}

/* A call of this tenant, by a phone of this tenant: picked up, or transferred
 * to it by somebody who knows the dialog. */
static int may_replace(struct usher__voice_hub *hub,
		       const struct usher__voice *voice,
		       const struct usher__invite *inv)
{
	const struct voice_leg *leg = usher__leg_arg(hub->ua, inv->replaces);

	if (!leg || leg->voice != voice)
		return 481;
	return *inv->account && !inv->trunk ? 0 : 403;
}

static const char *said(const char *text)
{
	return *text ? text : NULL;
}

static int on_invite(void *arg, const struct usher__invite *inv)
{
	struct usher__voice_hub *hub = arg;
	struct usher__voice *voice = tenant(hub, inv->domain);
	struct usher_channel_arrival arrival = {.size = sizeof(arrival)};
	struct voice_leg *leg;
	uint64_t id;
	int err;

	if (!voice || !voice->channel)
		return 503;
	if (inv->replaces)
		return may_replace(hub, voice, inv);
	/* A provider calls the account: whom it is for is in To. */
	arrival.entry = inv->by_account ? inv->to_user : inv->user;
	arrival.from = *inv->asserted ? inv->asserted : inv->from_user;
	arrival.from_name = said(inv->from_name);
	arrival.account = said(inv->account);
	arrival.trunk = trunk_name(voice, inv->trunk);
	arrival.diverted_first = said(inv->called);
	arrival.diverted_by = said(inv->diverted);
	arrival.diverted_reason = said(inv->diverted_reason);
	arrival.privacy = said(inv->privacy);
	arrival.user_to_user = said(inv->user_to_user);
	/* First, since who has arrived must be able to leave. */
	leg = usher__voice_leg_new(voice, inv->leg);
	if (!leg)
		return 503;
	err = usher_channel_arrived(voice->channel, &arrival, &id);
	if (err) {
		usher__voice_leg_free(leg);
		return err == USHER_EINVAL ? 400 : 503;
	}
	if (usher__voice_leg_add(leg, id)) {
		say(leg, VOICE_KEEP_ENDED, USHER__ENDED, USHER_LEG_OVERLOAD);
		usher__voice_leg_free(leg);
		return 503;
	}
	usher__voice_carry_keep(leg, inv);
	usher__leg_set_arg(hub->ua, inv->leg, leg);
	return 0;
}

static int end_reason(const struct voice_leg *leg,
		      const struct usher__leg_event *event)
{
	switch (event->cause) {
	case USHER__CAUSE_LOCAL:
		return leg->called_off;
	case USHER__CAUSE_CANCELED:
		return USHER_LEG_CANCELED;
	case USHER__CAUSE_NO_ANSWER:
		return USHER_LEG_NO_ANSWER;
	case USHER__CAUSE_UNREACHABLE:
		return USHER_LEG_UNREACHABLE;
	case USHER__CAUSE_NO_ACK:
	case USHER__CAUSE_LOST:
		return USHER_LEG_LOST;
	case USHER__CAUSE_MEDIA:
		return USHER_LEG_FAILED;
	case USHER__CAUSE_REFUSED:
		break;
	default:
		return USHER_LEG_NORMAL;
	}
	switch (event->status) {
	case 486:
	case 600:
	case 603:
		return USHER_LEG_BUSY;
	case 408:
	case 480:
		return USHER_LEG_NO_ANSWER;
	case 401:
	case 403:
	case 407:
		return USHER_LEG_REFUSED;
	case 404:
	case 410:
	case 484:
		return USHER_LEG_UNREACHABLE;
	case 503:
		return USHER_LEG_OVERLOAD;
	default:
		return USHER_LEG_FAILED;
	}
}

/* Two calls of one phone are with us: whom it talks with on them talk with
 * each other. Or it names a call that is nobody's here. */
static int transfer_attended(struct voice_leg *leg,
			     const struct usher__leg_event *event)
{
	const struct voice_leg *other = NULL;

	if (event->other)
		other = usher__leg_arg(leg->voice->hub->ua, event->other);
	if (!other || other->voice != leg->voice)
		return 481;
	return usher_channel_transfer_leg(leg->voice->channel, leg->id,
					  other->id)
		       ? 503
		       : 0;
}

static void on_refer(struct voice_leg *leg, uint64_t sip,
		     const struct usher__leg_event *event)
{
	bool attended = event->other || event->replaces;
	struct usher__ua *ua = leg->voice->hub->ua;
	int status;

	if ((!attended && (!event->target_user || !*event->target_user)) ||
	    leg->refer) {
		usher__leg_refer_accept(ua, sip, 400);
		return;
	}
	if (usher__leg_refer_accept(ua, sip, 202))
		return;
	leg->refer = true;
	if (attended)
		status = transfer_attended(leg, event);
	else
		status = usher_channel_transfer(leg->voice->channel, leg->id,
						event->target_user)
				 ? 503
				 : 0;
	if (status) {
		leg->refer = false;
		usher__leg_refer_notify(ua, sip, (uint16_t)status);
	}
}

static void tell_end(struct voice_leg *leg,
		     const struct usher__leg_event *event)
{
	usher__voice_carry_end(leg, event);
	say(leg, VOICE_KEEP_ENDED, USHER__ENDED, end_reason(leg, event));
	usher__voice_leg_free(leg);
}

static void on_ended(struct voice_leg *leg,
		     const struct usher__leg_event *event)
{
	const struct usher__leg_quality *from = event->quality;
	struct usher_channel *channel = leg->voice->channel;
	struct usher_channel_quality quality = {.size = sizeof(quality)};

	if (event->text_len)
		usher__voice_text_take(leg, event->text, event->text_len);
	usher__voice_text_end(leg);
	if (from) {
		quality.packets = from->packets;
		quality.lost = from->lost;
		quality.peer_lost = from->peer_lost;
		quality.jitter_us = from->jitter_us;
		quality.peer_jitter_us = from->peer_jitter_us;
		quality.rtt_us = from->rtt_us;
		quality.mos = from->mos;
		quality.peer_mos = from->peer_mos;
		quality.r_factor = from->r_factor;
		quality.peer_r_factor = from->peer_r_factor;
		usher_channel_quality(channel, leg->id, &quality);
	}
	/* Of a refusal the status has said it. */
	if (event->reason && event->cause != USHER__CAUSE_REFUSED)
		usher__channel_why(channel, leg->id, event->reason);
	tell_end(leg, event);
}

void usher__voice_silent(void *arg)
{
	struct usher__leg_event event = {.cause = USHER__CAUSE_UNREACHABLE};
	struct voice_leg *leg = arg;

	if (!leg->voice->channel) /* stopped: its end is on its way */
		return;
	if (leg->fork)
		usher__voice_fork_silent(leg, &event);
	else if (usher__voice_route_silent(leg))
		return;
	tell_end(leg, &event);
}

static void on_leg(void *arg, uint64_t sip, void *leg_arg,
		   const struct usher__leg_event *what)
{
	struct usher__leg_event said = *what;
	const struct usher__leg_event *event = &said;
	struct voice_leg *leg = leg_arg;

	(void)arg;
	if (!leg)
		return;
	if (!leg->voice->channel) {
		if (event->type == USHER__LEG_ENDED)
			usher__voice_leg_free(leg);
		return;
	}
	if ((leg->route && usher__voice_route_event(leg, &said)) ||
	    (leg->fork && usher__voice_fork_event(leg, sip, &said)))
		return;
	switch (event->type) {
	case USHER__LEG_PROGRESS:
		if (event->status > 100)
			say_other(leg, VOICE_KEEP_OTHER, USHER__RINGING,
				  event->early, 0);
		break;
	case USHER__LEG_ANSWERED:
		say(leg, VOICE_KEEP_ANSWER, USHER__ANSWERED, 0);
		break;
	case USHER__LEG_CONFIRMED:
	case USHER__LEG_VIDEO:
		/* It came after the two met, by the ACK or a re-INVITE. */
		usher__voice_floor_look(leg);
		break;
	case USHER__LEG_HELD:
	case USHER__LEG_RESUMED:
		say_other(leg, VOICE_KEEP_HELD, USHER__HELD,
			  event->type == USHER__LEG_HELD, 0);
		break;
	case USHER__LEG_DIGIT:
		say_digit(leg, event->digit, event->duration_ms);
		usher__voice_keys_pass(leg, event->digit);
		break;
	case USHER__LEG_REFER:
		on_refer(leg, sip, event);
		break;
	case USHER__LEG_ENDED:
		on_ended(leg, event);
		break;
	default:
		break;
	}
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
	char line[512];

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
			say_digit(leg, event->digit, event->duration_ms);
		break;
	case USHER__MEV_TEXT:
		if (leg && leg->voice->channel)
			usher__voice_text_read(leg);
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

static void on_binding(void *arg, enum usher__binding_change change,
		       const struct usher__binding *binding)
{
	struct usher__voice_hub *hub = arg;
	struct usher__voice *voice = tenant(hub, binding->domain);
	struct usher__saying what = {.type = USHER__REGISTERED};
	bool here = change == USHER__BINDING_NEW ||
		    change == USHER__BINDING_REFRESHED;

	if (!voice || !voice->channel || change == USHER__BINDING_REFRESHED)
		return;
	if (!here && usher__ua_bindings(hub->ua, binding->domain,
					binding->user, NULL, NULL) > 0)
		return;
	what.text = binding->user;
	what.from = binding->contact;
	what.value = here ? (int64_t)binding->expires_s * 1000 : 0;
	usher__reserve_fill(&voice->bindings, VOICE_BINDING_RESERVE);
	if (usher__reserve_say(&voice->bindings, voice->channel, 0, &what) &&
	    hub->log)
		hub->log(hub->log_arg, 1,
			 "voice: a registration is not heard of");
}

static void on_log(void *arg, enum usher__log_level level, const char *text)
{
	struct usher__voice_hub *hub = arg;

	if (hub->log)
		hub->log(hub->log_arg, (int)level + 1, text);
}

static void on_security(void *arg, const struct usher__security *what)
{
	struct usher__voice_hub *hub = arg;

	if (hub->security)
		hub->security(hub->security_arg, what);
}

static void on_stopped(void *arg)
{
	struct usher__voice_hub *hub = arg;

	if (hub->stopped)
		hub->stopped(hub->stopped_arg);
}

const struct usher__ua_ops usher__voice_ua_ops = {
	.domain = on_domain,
	.account = on_account,
	.invite = on_invite,
	.leg = on_leg,
	.binding = on_binding,
	.log = on_log,
	.stopped = on_stopped,
	.security = on_security,
};
