/* The driver's table, and its verbs for legs: who is called, answered and
 * ended. Those for what is heard are sound.c's. */
#include <string.h>

#include "drivers/voice/verb.h"

/* Of a verb that ends the leg: its end tells enough. */
static int done_at_end(struct usher__voice *voice, uint64_t req, int err)
{
	if (!err)
		usher_channel_done(voice->channel, req, 0, 0);
	return err;
}

static int voice_start(void *arg, struct usher_channel *channel)
{
	struct usher__voice *voice = arg;

	voice->channel = channel;
	return 0;
}

static void voice_stop(void *arg)
{
	struct usher__voice *voice = arg;
	struct voice_leg *leg, *tmp;

	voice->channel = NULL;
	HASH_ITER (hh, voice->hub->legs, leg, tmp)
		if (leg->voice == voice) {
			usher__voice_fork_free(leg, false);
			usher__leg_hangup(voice->hub->ua, leg->sip);
		}
}

static int voice_progress(void *arg, uint64_t req, uint64_t id, int early)
{
	struct voice_leg *leg = usher__voice_verb_leg(arg, id);
	struct usher__reserve outcome;
	int err;

	if (!leg)
		return USHER_ENOENT;
	err = usher__voice_verb_begin(&outcome);
	if (!err)
		err = early ? usher__leg_early(leg->voice->hub->ua, leg->sip)
			    : usher__leg_ring(leg->voice->hub->ua, leg->sip);
	return usher__voice_verb_done(arg, req, &outcome, err);
}

static int voice_accept(void *arg, uint64_t req, uint64_t id)
{
	struct voice_leg *leg = usher__voice_verb_leg(arg, id);
	struct usher__reserve outcome;
	int err;

	if (!leg)
		return USHER_ENOENT;
	err = usher__voice_verb_begin(&outcome);
	if (!err)
		err = usher__leg_answer(leg->voice->hub->ua, leg->sip);
	return usher__voice_verb_done(arg, req, &outcome, err);
}

static int voice_refuse(void *arg, uint64_t req, uint64_t id, int reason)
{
	struct voice_leg *leg = usher__voice_verb_leg(arg, id);
	int err;

	if (!leg)
		return USHER_ENOENT;
	err = usher__leg_reject(leg->voice->hub->ua, leg->sip,
				usher__voice_carry_status(leg, reason), NULL);
	return done_at_end(arg, req, err);
}

static int voice_end(void *arg, uint64_t req, uint64_t id, int reason)
{
	struct voice_leg *leg = usher__voice_verb_leg(arg, id);
	enum usher__leg_state state;
	struct usher__ua *ua;
	int err;

	if (!leg)
		return USHER_ENOENT;
	/* No other way is tried for somebody who is gone. */
	usher__voice_route_cancel(leg);
	usher__voice_fork_free(leg, reason == USHER_LEG_ELSEWHERE);
	ua = leg->voice->hub->ua;
	if (reason == USHER_LEG_ELSEWHERE)
		usher__leg_elsewhere(ua, leg->sip);
	err = usher__leg_state(ua, leg->sip, &state);
	if (!err &&
	    (state == USHER__LEG_CALLING || state == USHER__LEG_PROCEEDING))
		leg->called_off = (uint8_t)reason;
	if (!err &&
	    (state == USHER__LEG_INCOMING || state == USHER__LEG_ALERTING))
		err = usher__leg_reject(ua, leg->sip,
					usher__voice_carry_status(leg, reason),
					NULL);
	else if (!err && (state != USHER__LEG_UP ||
			  !usher__voice_tone_farewell(leg, reason)))
		err = usher__leg_hangup(ua, leg->sip);
	return done_at_end(arg, req, err);
}

/* All that it takes is there before anybody's phone rings. */
static int call(struct usher__voice *voice, uint64_t req, uint64_t id,
		const struct usher__call_opts *opts, const char *number)
{
	struct voice_leg *leg = usher__voice_leg_new(voice, 0);
	struct usher__reserve outcome;
	int err = usher__voice_verb_begin(&outcome);

	if (!err)
		err = leg ? usher__voice_leg_add(leg, id) : USHER_ENOMEM;
	if (!err && number)
		err = usher__voice_route_call(leg, number, opts,
					      usher__voice_silent);
	else if (!err && !opts->uri)
		err = usher__voice_fork_call(leg, opts, usher__voice_silent);
	else if (!err)
		err = usher__ua_call(voice->hub->ua, opts, &leg->sip, NULL);
	/* Lines of trunks are a limit as others are. */
	if (err == USHER_EBUSY)
		err = USHER_EFULL;
	if (!err) {
		leg->called = true;
		usher__leg_set_arg(voice->hub->ua, leg->sip, leg);
	} else if (leg)
		usher__voice_leg_free(leg);
	return usher__voice_verb_done(voice, req, &outcome, err);
}

static int voice_ring(void *arg, uint64_t req, uint64_t id,
		      const struct usher_channel_ring *ring)
{
	struct usher__voice *voice = arg;
	struct usher__call_opts opts = {0};
	const char *number = NULL, *privacy = NULL, *uui = NULL;
	struct voice_leg *caller = NULL;
	uint32_t without = 0;
	char *headers;
	int err;

	/* As far as who filled it in knew it. */
	if (ring->size > offsetof(struct usher_channel_ring, privacy))
		privacy = ring->privacy;
	if (ring->size > offsetof(struct usher_channel_ring, user_to_user))
		uui = ring->user_to_user;
	if (ring->size > offsetof(struct usher_channel_ring, without))
		without = ring->without;
	opts.from_user = ring->caller;
	opts.from_name = ring->caller_name;
	opts.no_text = without & USHER_RING_NO_TEXT;
	opts.no_video = without & USHER_RING_NO_VIDEO;
	opts.ring_timeout_ms = ring->timeout_ms;
	opts.silent_ms = VOICE_TRY_MS;
	if (!strcmp(ring->address, "phone")) {
		if (!ring->account)
			return USHER_EINVAL;
		opts.domain = voice->domain[0] ? voice->domain : "usher";
		opts.user = ring->account;
	} else if (!strncmp(ring->address, "tel:", 4)) {
		number = ring->address + 4;
	} else if (!strncmp(ring->address, "sip:", 4) ||
		   !strncmp(ring->address, "sips:", 5)) {
		opts.uri = ring->address;
	} else {
		return USHER_EINVAL;
	}
	if (ring->customer_leg)
		caller = usher__voice_verb_leg(arg, ring->customer_leg);
	headers = usher__voice_carry_headers(caller, privacy, uui);
	opts.headers = headers;
	opts.text = caller && usher__voice_text_has(caller);
	opts.video_of = caller ? caller->sip : 0;
	opts.caller = opts.video_of;
	if (!(without & USHER_RING_NO_IDENTITY) &&
	    (!caller || !caller->claimed))
		opts.asserted = ring->caller;
	err = call(voice, req, id, &opts, number);
	usher__voice_carry_begin(err ? NULL : usher__voice_verb_leg(arg, id),
				 caller, number, err);
	free(headers);
	return err;
}

static int voice_transfer_result(void *arg, uint64_t id, int result)
{
	struct voice_leg *leg = usher__voice_verb_leg(arg, id);
	uint16_t status = result ? 503 : 200;

	if (!leg)
		return USHER_ENOENT;
	if (!leg->refer)
		return USHER_ESTATE;
	leg->refer = false;
	if (result == USHER_ENOENT)
		status = 404;
	else if (result == USHER_EPERM)
		status = 403;
	return usher__leg_refer_notify(leg->voice->hub->ua, leg->sip, status);
}

const struct usher_channel_driver *usher__voice_driver(void)
{
	static const struct usher_channel_driver driver = {
		.size = sizeof(driver),
		.name = "voice",
		.kind = "voice",
		.capabilities = USHER_CAP_LIVE | USHER_CAP_AUDIO |
				USHER_CAP_DIGITS | USHER_CAP_IN |
				USHER_CAP_OUT | USHER_CAP_RING |
				USHER_CAP_RECORD | USHER_CAP_ENDPOINT,
		.start = voice_start,
		.stop = voice_stop,
		.progress = voice_progress,
		.accept = voice_accept,
		.refuse = voice_refuse,
		.prompt = usher__voice_prompt,
		.quiet = usher__voice_quiet,
		.send = usher__voice_send,
		.join = usher__voice_join,
		.part = usher__voice_part,
		.hold = usher__voice_hold,
		.resume = usher__voice_resume,
		.end = voice_end,
		.ring = voice_ring,
		.record = usher__voice_record,
		.record_stop = usher__voice_record_stop,
		.transfer_result = voice_transfer_result,
		.mix = usher__voice_mix,
		.mute = usher__voice_mute,
		.record_pause = usher__voice_record_pause,
		.digits = usher__voice_digits,
		.without = usher__voice_without,
	};

	return &driver;
}
