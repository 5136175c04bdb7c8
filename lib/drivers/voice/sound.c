/* The driver's verbs for what is heard: sounds, with whom a leg talks, what is
 * recorded. */
#include <stdio.h>
#include <string.h>

#include "drivers/voice/verb.h"

#define PROMPT_FILES_MAX 32

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

int usher__voice_prompt(void *arg, uint64_t req, uint64_t id,
			const struct usher_channel_prompt *prompt)
{
	struct usher__mitem items[PROMPT_FILES_MAX];
	struct usher__mplay_opts tone;
	uint64_t port = usher__voice_verb_port(arg, id);
	uint32_t i;

	if (!port)
		return USHER_ENOENT;
	if (prompt->sound_count > PROMPT_FILES_MAX)
		return USHER_EFULL;
	memset(items, 0, sizeof(items));
	/* Who cannot hear reads it. */
	if (prompt->text && !prompt->loop)
		usher__voice_text_say(usher__voice_verb_leg(arg, id),
				      prompt->text);
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

int usher__voice_quiet(void *arg, uint64_t req, uint64_t id)
{
	struct usher__voice *voice = arg;
	uint64_t port = usher__voice_verb_port(arg, id);
	struct usher__reserve outcome;
	int err;

	if (!port)
		return USHER_ENOENT;
	err = usher__voice_verb_begin(&outcome);
	if (!err)
		err = usher__mleg_stop(voice->hub->media, port, 0);
	return usher__voice_verb_done(voice, req, &outcome, err);
}

int usher__voice_digits(void *arg, uint64_t req, uint64_t id, const char *text)
{
	struct usher__mitem item = {.kind = USHER__MI_DIGITS, .digits = text};
	uint64_t port = usher__voice_verb_port(arg, id);

	if (!port)
		return USHER_ENOENT;
	if (strspn(text, "0123456789*#ABCD,") != strlen(text))
		return USHER_ENOTSUP;
	return play(arg, port, req, &item, 1, false, "digits");
}

/* Without real-time text an agent can only send digits. */
int usher__voice_send(void *arg, uint64_t req, uint64_t id, const char *text)
{
	struct voice_leg *leg = usher__voice_verb_leg(arg, id);
	struct usher__reserve outcome;
	int err;

	if (!leg || !usher__voice_text_has(leg))
		return usher__voice_digits(arg, req, id, text);
	err = usher__voice_verb_begin(&outcome);
	if (!err)
		err = usher__voice_text_say(leg, text);
	return usher__voice_verb_done(arg, req, &outcome, err);
}

int usher__voice_join(void *arg, uint64_t req, uint64_t id, uint64_t other)
{
	struct usher__voice *voice = arg;
	uint64_t a = usher__voice_verb_port(arg, id),
		 b = usher__voice_verb_port(arg, other);
	struct usher__reserve outcome;
	int err;

	if (!a || !b)
		return USHER_ENOENT;
	err = usher__voice_verb_begin(&outcome);
	if (!err) {
		usher__mleg_stop(voice->hub->media, a, 0);
		usher__mleg_stop(voice->hub->media, b, 0);
		err = usher__media_bridge(voice->hub->media, a, b);
	}
	if (!err)
		usher__voice_floor_pair(usher__voice_verb_leg(arg, id),
					usher__voice_verb_leg(arg, other));
	return usher__voice_verb_done(voice, req, &outcome, err);
}

int usher__voice_part(void *arg, uint64_t req, uint64_t id, uint64_t other)
{
	struct usher__voice *voice = arg;
	uint64_t port = usher__voice_verb_port(arg, id);
	struct usher__reserve outcome;
	int err;

	(void)other;
	if (!port)
		return USHER_ENOENT;
	err = usher__voice_verb_begin(&outcome);
	if (!err)
		err = usher__media_unbridge(voice->hub->media, port);
	if (!err)
		usher__voice_floor_leave(usher__voice_verb_leg(arg, id));
	return usher__voice_verb_done(voice, req, &outcome, err);
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

int usher__voice_mix(void *arg, uint64_t req, uint64_t id,
		     const struct usher_channel_mix *mix)
{
	struct usher__voice *voice = arg;
	struct usher__reserve outcome;
	uint64_t port = usher__voice_verb_port(arg, id), other = 0;
	int err;

	if (mix->role == USHER_MIX_WHISPER)
		other = usher__voice_verb_port(arg, mix->whisper_to);
	if (!port || (mix->room && mix->role == USHER_MIX_WHISPER && !other))
		return USHER_ENOENT;
	err = usher__voice_verb_begin(&outcome);
	if (!err)
		err = room(voice, port, mix, other);
	if (!err)
		usher__voice_floor_enter(usher__voice_verb_leg(arg, id), mix);
	if (!err && mix->room)
		usher__mleg_stop(voice->hub->media, port, 0);
	return usher__voice_verb_done(voice, req, &outcome, err);
}

int usher__voice_mute(void *arg, uint64_t req, uint64_t id, int mute)
{
	struct usher__voice *voice = arg;
	struct usher__reserve outcome;
	uint64_t port = usher__voice_verb_port(arg, id);
	int err;

	if (!port)
		return USHER_ENOENT;
	err = usher__voice_verb_begin(&outcome);
	if (!err)
		err = usher__mleg_mute(voice->hub->media, port, mute != 0);
	if (!err)
		usher__voice_verb_leg(arg, id)->muted = mute != 0;
	return usher__voice_verb_done(voice, req, &outcome, err);
}

int usher__voice_hold(void *arg, uint64_t req, uint64_t id,
		      const struct usher_channel_prompt *music)
{
	struct usher__voice *voice = arg;
	uint64_t port = usher__voice_verb_port(arg, id);
	struct usher__reserve outcome;
	int err;

	if (!port)
		return USHER_ENOENT;
	err = usher__voice_verb_begin(&outcome);
	if (!err)
		err = usher__media_unbridge(voice->hub->media, port);
	if (!err)
		err = room(voice, port, NULL, 0);
	if (!err)
		usher__voice_floor_leave(usher__voice_verb_leg(arg, id));
	if (!err && music)
		err = usher__voice_prompt(arg, 0, id, music);
	return usher__voice_verb_done(voice, req, &outcome, err);
}

int usher__voice_resume(void *arg, uint64_t req, uint64_t id)
{
	return usher__voice_quiet(arg, req, id);
}

int usher__voice_record(void *arg, uint64_t req, uint64_t id,
			const struct usher_channel_record *record)
{
	struct usher__voice *voice = arg;
	struct usher__media *media = voice->hub->media;
	uint64_t port = usher__voice_verb_port(arg, id), other = 0, rec;
	struct usher__mrec_opts opts = {
		.channels = record->other_leg ? 2 : 1,
		.max_ms = record->max_ms,
		.silence_ms = record->silence_ms,
	};
	struct voice_job *job;
	int err;

	if (record->other_leg)
		other = usher__voice_verb_port(arg, record->other_leg);
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

int usher__voice_record_stop(void *arg, uint64_t record_req, uint64_t id)
{
	struct usher__voice *voice = arg;
	struct voice_job *job;

	(void)id;
	job = usher__voice_job_by_req(voice->hub->records, record_req);
	return job ? usher__mrec_stop(voice->hub->media, job->id)
		   : USHER_ENOENT;
}

int usher__voice_record_pause(void *arg, uint64_t record_req, uint64_t id,
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

int usher__voice_without(void *arg, uint64_t id, int text, int video)
{
	struct voice_leg *leg = usher__voice_verb_leg(arg, id);

	return leg ? usher__leg_without(leg->voice->hub->ua, leg->sip, text,
					video)
		   : USHER_ENOENT;
}
