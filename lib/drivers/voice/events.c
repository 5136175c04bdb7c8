/* What happens on legs: from the user agent to the center of the tenant that
 * they belong to.
 */
#include <stdio.h>

#include "drivers/voice/hub.h"

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
	usher__voice_say(leg, VOICE_KEEP_ENDED, USHER__ENDED,
			 end_reason(leg, event));
	usher__voice_leg_free(leg);
}

static void on_ended(struct voice_leg *leg,
		     const struct usher__leg_event *event)
{
	const struct usher__leg_quality *from = event->quality;
	struct usher_channel *channel = leg->voice->channel;
	struct usher_channel_quality quality = {.size = sizeof(quality)};
	const char *why = NULL;
	char status[24];

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
	/* Of a refusal the status says more than any phone's words. */
	snprintf(status, sizeof(status), "SIP;cause=%u", event->status);
	if (event->cause != USHER__CAUSE_REFUSED)
		why = event->reason;
	else if (event->status)
		why = status;
	if (why)
		usher__channel_why(channel, leg->id, why);
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
			usher__voice_say_other(leg, VOICE_KEEP_OTHER,
					       USHER__RINGING, event->early,
					       0);
		break;
	case USHER__LEG_ANSWERED:
		usher__voice_say(leg, VOICE_KEEP_ANSWER, USHER__ANSWERED, 0);
		break;
	case USHER__LEG_CONFIRMED:
	case USHER__LEG_VIDEO:
		/* It came after the two met, by the ACK or a re-INVITE. */
		usher__voice_floor_look(leg);
		break;
	case USHER__LEG_HELD:
	case USHER__LEG_RESUMED:
		usher__voice_say_other(leg, VOICE_KEEP_HELD, USHER__HELD,
				       event->type == USHER__LEG_HELD, 0);
		break;
	case USHER__LEG_DIGIT:
		usher__voice_say_digit(leg, event->digit, event->duration_ms);
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
	.domain = usher__voice_door_domain,
	.account = usher__voice_door_account,
	.invite = usher__voice_door_invite,
	.leg = on_leg,
	.binding = usher__voice_door_binding,
	.log = on_log,
	.stopped = on_stopped,
	.security = on_security,
};
