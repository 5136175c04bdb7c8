/* The verbs of the voice driver. */
#include <stdio.h>
#include <string.h>

#include "drivers/voice/hub.h"

#define PROMPT_FILES_MAX 32

static struct voice_leg *leg_of(void *arg, uint64_t id)
{
	struct usher__voice *voice = arg;
	struct voice_leg *leg = usher__voice_leg_find(voice->hub, id);

	return leg && leg->voice == voice ? leg : NULL;
}

/* The media port of a leg, or 0. */
static uint64_t port_of(void *arg, uint64_t id)
{
	struct voice_leg *leg = leg_of(arg, id);

	return leg ? usher__leg_port(leg->voice->hub->ua, leg->sip) : 0;
}

/* A verb is carried out only when its outcome can be told: else it would have
 * happened although the center heard that it was not taken. */
static int begin(struct usher__reserve *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	return usher__reserve_fill(outcome, 1);
}

/* Carried out, or not: then it was not taken, and there is no outcome. */
static int done(struct usher__voice *voice, uint64_t req,
		struct usher__reserve *outcome, int err)
{
	const struct usher__saying what = {.type = USHER__DONE, .req = req};

	if (!err)
		err = usher__reserve_say(outcome, voice->channel, 0, &what);
	usher__reserve_free(outcome);
	return err;
}

/* Of a verb that ends the leg: its end tells enough. */
static int done_at_end(struct usher__voice *voice, uint64_t req, int err)
{
	if (!err)
		usher_channel_done(voice->channel, req, 0, 0);
	return err;
}

static uint16_t status_of(int reason)
{
	switch (reason) {
	case USHER_LEG_BUSY:
		return 486;
	case USHER_LEG_NO_ANSWER:
		return 480;
	case USHER_LEG_UNREACHABLE:
		return 404;
	case USHER_LEG_REFUSED:
		return 403;
	case USHER_LEG_OVERLOAD:
		return 503;
	default:
		return 480;
	}
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
	struct voice_leg *leg = leg_of(arg, id);
	struct usher__reserve outcome;
	int err;

	if (!leg)
		return USHER_ENOENT;
	err = begin(&outcome);
	if (!err)
		err = early ? usher__leg_early(leg->voice->hub->ua, leg->sip)
			    : usher__leg_ring(leg->voice->hub->ua, leg->sip);
	return done(arg, req, &outcome, err);
}

static int voice_accept(void *arg, uint64_t req, uint64_t id)
{
	struct voice_leg *leg = leg_of(arg, id);
	struct usher__reserve outcome;
	int err;

	if (!leg)
		return USHER_ENOENT;
	err = begin(&outcome);
	if (!err)
		err = usher__leg_answer(leg->voice->hub->ua, leg->sip);
	return done(arg, req, &outcome, err);
}

static int voice_refuse(void *arg, uint64_t req, uint64_t id, int reason)
{
	struct voice_leg *leg = leg_of(arg, id);
	int err;

	if (!leg)
		return USHER_ENOENT;
	err = usher__leg_reject(leg->voice->hub->ua, leg->sip,
				status_of(reason), NULL);
	return done_at_end(arg, req, err);
}

static int play_opts(struct usher__voice *voice, uint64_t port, uint64_t req,
		     const struct usher__mplay_opts *opts, const char *name)
{
	bool endless = opts->repeat == USHER__MPLAY_FOREVER && !opts->max_ms;
	struct voice_job *job = NULL;
	uint64_t id;
	int err;

	if (req) {
		job = usher__voice_job_new(voice, req, name);
		if (!job)
			return USHER_ENOMEM;
	}
	err = usher__mleg_play(voice->hub->media, port, opts, &id);
	if (!err && job) {
		err = usher__voice_job_add(&voice->hub->plays, job, id);
		if (err)
			usher__mleg_stop(voice->hub->media, port, id);
	}
	if (err)
		usher__voice_job_free(job);
	else
		usher__voice_keys_wait(voice->hub, port, id, !endless);
	return err;
}

static int play(struct usher__voice *voice, uint64_t port, uint64_t req,
		const struct usher__mitem *items, uint32_t count, bool loop,
		const char *name)
{
	struct usher__mplay_opts opts = {
		.items = items,
		.item_count = count,
		.repeat = loop ? USHER__MPLAY_FOREVER : 0,
	};

	return play_opts(voice, port, req, &opts, name);
}

static int voice_prompt(void *arg, uint64_t req, uint64_t id,
			const struct usher_channel_prompt *prompt)
{
	struct usher__mitem items[PROMPT_FILES_MAX];
	struct usher__mplay_opts tone;
	uint64_t port = port_of(arg, id);
	uint32_t i;

	if (!port)
		return USHER_ENOENT;
	if (prompt->sound_count > PROMPT_FILES_MAX)
		return USHER_EFULL;
	memset(items, 0, sizeof(items));
	/* Who cannot hear reads it. */
	if (prompt->text && !prompt->loop)
		usher__voice_text_say(leg_of(arg, id), prompt->text);
	for (i = 0; i < prompt->sound_count; i++) {
		items[i].kind = USHER__MI_FILE;
		items[i].path = prompt->sounds[i];
	}
	if (i)
		return play(arg, port, req, items, i, prompt->loop,
			    prompt->name);
	if (usher__voice_tone(arg, prompt, items, &tone))
		return play_opts(arg, port, req, &tone, prompt->name);
	/* A prompt without a sound: a tone says that something was meant. */
	items[0] = usher__mitem_beep;
	items[1].kind = USHER__MI_SILENCE;
	items[1].duration_ms = prompt->loop ? 4000 : 200;
	return play(arg, port, req, items, 2, prompt->loop, prompt->name);
}

static int voice_quiet(void *arg, uint64_t req, uint64_t id)
{
	struct usher__voice *voice = arg;
	uint64_t port = port_of(arg, id);
	struct usher__reserve outcome;
	int err;

	if (!port)
		return USHER_ENOENT;
	err = begin(&outcome);
	if (!err)
		err = usher__mleg_stop(voice->hub->media, port, 0);
	return done(voice, req, &outcome, err);
}

static int voice_digits(void *arg, uint64_t req, uint64_t id, const char *text)
{
	struct usher__mitem item = {.kind = USHER__MI_DIGITS, .digits = text};
	uint64_t port = port_of(arg, id);

	if (!port)
		return USHER_ENOENT;
	if (strspn(text, "0123456789*#ABCD,") != strlen(text))
		return USHER_ENOTSUP;
	return play(arg, port, req, &item, 1, false, "digits");
}

/* Without real-time text an agent can only send digits. */
static int voice_send(void *arg, uint64_t req, uint64_t id, const char *text)
{
	struct voice_leg *leg = leg_of(arg, id);
	struct usher__reserve outcome;
	int err;

	if (!leg || !usher__voice_text_has(leg))
		return voice_digits(arg, req, id, text);
	err = begin(&outcome);
	if (!err)
		err = usher__voice_text_say(leg, text);
	return done(arg, req, &outcome, err);
}

static int voice_join(void *arg, uint64_t req, uint64_t id, uint64_t other)
{
	struct usher__voice *voice = arg;
	uint64_t a = port_of(arg, id), b = port_of(arg, other);
	struct usher__reserve outcome;
	int err;

	if (!a || !b)
		return USHER_ENOENT;
	err = begin(&outcome);
	if (!err) {
		usher__mleg_stop(voice->hub->media, a, 0);
		usher__mleg_stop(voice->hub->media, b, 0);
		err = usher__media_bridge(voice->hub->media, a, b);
	}
	if (!err)
		usher__voice_floor_pair(leg_of(arg, id), leg_of(arg, other));
	return done(voice, req, &outcome, err);
}

static int voice_part(void *arg, uint64_t req, uint64_t id, uint64_t other)
{
	struct usher__voice *voice = arg;
	uint64_t port = port_of(arg, id);
	struct usher__reserve outcome;
	int err;

	(void)other;
	if (!port)
		return USHER_ENOENT;
	err = begin(&outcome);
	if (!err)
		err = usher__media_unbridge(voice->hub->media, port);
	if (!err)
		usher__voice_floor_leave(leg_of(arg, id));
	return done(voice, req, &outcome, err);
}

/* Rooms are numbered by the center, of which there may be several. */
static int room(struct usher__voice *voice, uint64_t port,
		const struct usher_channel_mix *mix, uint64_t whisper_to)
{
	const struct usher__mroom_opts opts = {
		.room = mix ? mix->room : 0,
		.space = (uint64_t)(uintptr_t)voice,
		.whisper_to = whisper_to,
		.role = mix ? (enum usher__mrole)mix->role : USHER__MROLE_TALK,
	};

	return usher__media_room(voice->hub->media, port, &opts);
}

static int voice_mix(void *arg, uint64_t req, uint64_t id,
		     const struct usher_channel_mix *mix)
{
	struct usher__voice *voice = arg;
	struct usher__reserve outcome;
	uint64_t port = port_of(arg, id), other = 0;
	int err;

	if (mix->role == USHER_MIX_WHISPER)
		other = port_of(arg, mix->whisper_to);
	if (!port || (mix->room && mix->role == USHER_MIX_WHISPER && !other))
		return USHER_ENOENT;
	err = begin(&outcome);
	if (!err)
		err = room(voice, port, mix, other);
	if (!err)
		usher__voice_floor_enter(leg_of(arg, id), mix);
	if (!err && mix->room)
		usher__mleg_stop(voice->hub->media, port, 0);
	return done(voice, req, &outcome, err);
}

static int voice_mute(void *arg, uint64_t req, uint64_t id, int mute)
{
	struct usher__voice *voice = arg;
	struct usher__reserve outcome;
	uint64_t port = port_of(arg, id);
	int err;

	if (!port)
		return USHER_ENOENT;
	err = begin(&outcome);
	if (!err)
		err = usher__mleg_mute(voice->hub->media, port, mute != 0);
	if (!err)
		leg_of(arg, id)->muted = mute != 0;
	return done(voice, req, &outcome, err);
}

static int voice_hold(void *arg, uint64_t req, uint64_t id,
		      const struct usher_channel_prompt *music)
{
	struct usher__voice *voice = arg;
	uint64_t port = port_of(arg, id);
	struct usher__reserve outcome;
	int err;

	if (!port)
		return USHER_ENOENT;
	err = begin(&outcome);
	if (!err)
		err = usher__media_unbridge(voice->hub->media, port);
	if (!err)
		err = room(voice, port, NULL, 0);
	if (!err)
		usher__voice_floor_leave(leg_of(arg, id));
	if (!err && music)
		err = voice_prompt(arg, 0, id, music);
	return done(voice, req, &outcome, err);
}

static int voice_resume(void *arg, uint64_t req, uint64_t id)
{
	return voice_quiet(arg, req, id);
}

static int voice_end(void *arg, uint64_t req, uint64_t id, int reason)
{
	struct voice_leg *leg = leg_of(arg, id);
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
		err = usher__leg_reject(ua, leg->sip, status_of(reason), NULL);
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
	int err = begin(&outcome);

	if (!err)
		err = leg ? usher__voice_leg_add(leg, id) : USHER_ENOMEM;
	if (!err && number)
		err = usher__voice_route_call(leg, number, opts,
					      usher__voice_silent);
	else if (!err && !opts->uri)
		err = usher__voice_fork_call(leg, opts, usher__voice_silent);
	else if (!err)
		err = usher__ua_call(voice->hub->ua, opts, &leg->sip, NULL);
	if (!err) {
		leg->called = true;
		usher__leg_set_arg(voice->hub->ua, leg->sip, leg);
	} else if (leg)
		usher__voice_leg_free(leg);
	return done(voice, req, &outcome, err);
}

static int voice_ring(void *arg, uint64_t req, uint64_t id,
		      const struct usher_channel_ring *ring)
{
	struct usher__voice *voice = arg;
	struct usher__call_opts opts = {0};
	const char *number = NULL, *privacy = NULL, *uui = NULL;
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
	} else if (!strncmp(ring->address, "sip:", 4)) {
		opts.uri = ring->address;
	} else {
		return USHER_EINVAL;
	}
	headers = usher__voice_carry_headers(
		ring->customer_leg ? leg_of(arg, ring->customer_leg) : NULL,
		privacy, uui);
	opts.headers = headers;
	opts.text = ring->customer_leg && leg_of(arg, ring->customer_leg) &&
		    usher__voice_text_has(leg_of(arg, ring->customer_leg));
	if (ring->customer_leg && leg_of(arg, ring->customer_leg))
		opts.video_of = leg_of(arg, ring->customer_leg)->sip;
	opts.caller = opts.video_of;
	if (!(without & USHER_RING_NO_IDENTITY) &&
	    (!opts.caller || !leg_of(arg, ring->customer_leg)->claimed))
		opts.asserted = ring->caller;
	err = call(voice, req, id, &opts, number);
	free(headers);
	return err;
}

static int voice_record(void *arg, uint64_t req, uint64_t id,
			const struct usher_channel_record *record)
{
	struct usher__voice *voice = arg;
	struct usher__media *media = voice->hub->media;
	uint64_t port = port_of(arg, id), other = 0, rec;
	struct usher__mrec_opts opts = {
		.channels = record->other_leg ? 2 : 1,
		.max_ms = record->max_ms,
		.silence_ms = record->silence_ms,
	};
	struct voice_job *job;
	int err;

	if (record->other_leg)
		other = port_of(arg, record->other_leg);
	if (!port || (record->other_leg && !other))
		return USHER_ENOENT;
	job = usher__voice_job_new(voice, req, "recording");
	if (!job)
		return USHER_ENOMEM;
	if (record->beep)
		play(voice, port, 0, &usher__mitem_beep, 1, false, "beep");
	err = usher__mrec_new(media, record->path, &opts, &rec);
	if (err) {
		usher__voice_job_free(job);
		return err;
	}
	err = usher__mrec_attach(media, rec, port, 0);
	/* Whoever the customer hears, as the call goes on; not whispers. */
	if (!err && other)
		err = usher__mrec_attach_heard(media, rec, port, 1);
	if (!err)
		err = usher__voice_job_add(&voice->hub->records, job, rec);
	if (err) {
		usher__voice_job_free(job);
		usher__mrec_stop(media, rec);
	}
	return err;
}

static int voice_record_stop(void *arg, uint64_t record_req, uint64_t id)
{
	struct usher__voice *voice = arg;
	struct voice_job *job;

	(void)id;
	job = usher__voice_job_by_req(voice->hub->records, record_req);
	return job ? usher__mrec_stop(voice->hub->media, job->id)
		   : USHER_ENOENT;
}

static int voice_record_pause(void *arg, uint64_t record_req, uint64_t id,
			      int paused)
{
	struct usher__voice *voice = arg;
	struct usher__media *media = voice->hub->media;
	struct voice_job *job;

	(void)id;
	job = usher__voice_job_by_req(voice->hub->records, record_req);
	if (!job || job->voice != voice)
		return USHER_ENOENT;
	return paused ? usher__mrec_pause(media, job->id)
		      : usher__mrec_resume(media, job->id);
}

static int voice_without(void *arg, uint64_t id, int text, int video)
{
	struct voice_leg *leg = leg_of(arg, id);

	return leg ? usher__leg_without(leg->voice->hub->ua, leg->sip, text,
					video)
		   : USHER_ENOENT;
}

static int voice_transfer_result(void *arg, uint64_t id, int result)
{
	struct voice_leg *leg = leg_of(arg, id);
	uint16_t status = result ? 503 : 200;

	if (!leg)
		return USHER_ENOENT;
	if (!leg->refer)
		return USHER_ESTATE;
	leg->refer = false;
	if (result == USHER_ENOENT)
		status = 404;
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
		.prompt = voice_prompt,
		.quiet = voice_quiet,
		.send = voice_send,
		.join = voice_join,
		.part = voice_part,
		.hold = voice_hold,
		.resume = voice_resume,
		.end = voice_end,
		.ring = voice_ring,
		.record = voice_record,
		.record_stop = voice_record_stop,
		.transfer_result = voice_transfer_result,
		.mix = voice_mix,
		.mute = voice_mute,
		.record_pause = voice_record_pause,
		.digits = voice_digits,
		.without = voice_without,
	};

	return &driver;
}
