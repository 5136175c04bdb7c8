#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fake.h"

#define WAIT_S 15 /* says that it never came */

static int note(void *arg, const char *name, uint64_t req, uint64_t leg,
		uint64_t other, int code, const char *text)
{
	struct fake *fake = arg;
	struct fake_verb *verb;
	bool fail, mute;

	pthread_mutex_lock(&fake->lock);
	verb = &fake->verbs[fake->count % FAKE_VERBS_MAX];
	memset(verb, 0, sizeof(*verb));
	snprintf(verb->name, sizeof(verb->name), "%s", name);
	snprintf(verb->text, sizeof(verb->text), "%s", text ? text : "");
	if (!strcmp(name, "ring")) {
		memcpy(verb->caller, fake->caller, sizeof(verb->caller));
		memcpy(verb->privacy, fake->privacy, sizeof(verb->privacy));
		memcpy(verb->uui, fake->uui, sizeof(verb->uui));
		verb->timeout_ms = fake->timeout_ms;
	}
	verb->leg = leg;
	verb->other = other;
	verb->req = req;
	verb->code = code;
	fake->count++;
	fail = fake->fail && !strcmp(fake->fail, name);
	mute = fake->mute && !strcmp(fake->mute, name);
	pthread_cond_broadcast(&fake->changed);
	while (fake->stop)
		pthread_cond_wait(&fake->changed, &fake->lock);
	pthread_mutex_unlock(&fake->lock);
	if (fail)
		return USHER_EIO;
	if (req && !mute)
		usher_channel_done(fake->channel, req, 0, 0);
	return 0;
}

static int start(void *arg, struct usher_channel *channel)
{
	((struct fake *)arg)->channel = channel;
	return 0;
}

static void stop(void *arg)
{
	(void)arg;
}

static int progress(void *arg, uint64_t req, uint64_t leg, int early)
{
	return note(arg, "progress", req, leg, 0, early, NULL);
}

static int accept_leg(void *arg, uint64_t req, uint64_t leg)
{
	return note(arg, "accept", req, leg, 0, 0, NULL);
}

static int refuse(void *arg, uint64_t req, uint64_t leg, int reason)
{
	int err = note(arg, "refuse", req, leg, 0, reason, NULL);

	usher_channel_ended(((struct fake *)arg)->channel, leg, reason);
	return err;
}

static int prompt(void *arg, uint64_t req, uint64_t leg,
		  const struct usher_channel_prompt *p)
{
	return note(arg, p->loop ? "music" : "prompt", req, leg, 0, 0,
		    p->name);
}

static int quiet(void *arg, uint64_t req, uint64_t leg)
{
	return note(arg, "quiet", req, leg, 0, 0, NULL);
}

static int send_text(void *arg, uint64_t req, uint64_t leg, const char *text)
{
	return note(arg, "send", req, leg, 0, 0, text);
}

static int join(void *arg, uint64_t req, uint64_t leg, uint64_t other)
{
	return note(arg, "join", req, leg, other, 0, NULL);
}

static int part(void *arg, uint64_t req, uint64_t leg, uint64_t other)
{
	return note(arg, "part", req, leg, other, 0, NULL);
}

static int hold(void *arg, uint64_t req, uint64_t leg,
		const struct usher_channel_prompt *p)
{
	return note(arg, "hold", req, leg, 0, 0, p ? p->name : NULL);
}

static int resume(void *arg, uint64_t req, uint64_t leg)
{
	return note(arg, "resume", req, leg, 0, 0, NULL);
}

static int end(void *arg, uint64_t req, uint64_t leg, int reason)
{
	int err = note(arg, "end", req, leg, 0, reason, NULL);

	if (((struct fake *)arg)->mute_end)
		return err;
	usher_channel_ended(((struct fake *)arg)->channel, leg,
			    USHER_LEG_NORMAL);
	return err;
}

static int ring(void *arg, uint64_t req, uint64_t leg,
		const struct usher_channel_ring *r)
{
	struct fake *fake = arg;

	pthread_mutex_lock(&fake->lock);
	snprintf(fake->caller, sizeof(fake->caller), "%s",
		 r->caller ? r->caller : "");
	snprintf(fake->privacy, sizeof(fake->privacy), "%s",
		 r->privacy ? r->privacy : "");
	snprintf(fake->uui, sizeof(fake->uui), "%s",
		 r->user_to_user ? r->user_to_user : "");
	fake->timeout_ms = r->timeout_ms;
	pthread_mutex_unlock(&fake->lock);
	return note(arg, "ring", req, leg, r->customer_leg, (int)r->without,
		    r->address);
}

static int record(void *arg, uint64_t req, uint64_t leg,
		  const struct usher_channel_record *r)
{
	return note(arg, "record", req, leg, r->other_leg, 0, r->path);
}

static int record_stop(void *arg, uint64_t record_req, uint64_t leg)
{
	struct fake *fake = arg;

	note(arg, "record_stop", 0, leg, record_req, 0, NULL);
	return usher_channel_done(fake->channel, record_req, 0, 1500);
}

static int transfer_result(void *arg, uint64_t leg, int result)
{
	return note(arg, "transferred", 0, leg, 0, result, NULL);
}

static int mix(void *arg, uint64_t req, uint64_t leg,
	       const struct usher_channel_mix *m)
{
	static const char *const roles[] = {"", "talk", "listen", "whisper"};

	return note(arg, "mix", req, leg, m->whisper_to, (int)m->room,
		    m->room ? roles[m->role & 3] : "out");
}

static int mute(void *arg, uint64_t req, uint64_t leg, int on)
{
	return note(arg, on ? "mute" : "unmute", req, leg, 0, on, NULL);
}

static int record_pause(void *arg, uint64_t record_req, uint64_t leg,
			int paused)
{
	return note(arg, "record_pause", 0, leg, record_req, paused, NULL);
}

const struct usher_channel_driver fake_driver = {
	.size = sizeof(fake_driver),
	.name = "fake",
	.kind = "voice",
	.capabilities = USHER_CAP_LIVE | USHER_CAP_AUDIO | USHER_CAP_DIGITS |
			USHER_CAP_RING | USHER_CAP_RECORD | USHER_CAP_IN,
	.start = start,
	.stop = stop,
	.progress = progress,
	.accept = accept_leg,
	.refuse = refuse,
	.prompt = prompt,
	.quiet = quiet,
	.send = send_text,
	.join = join,
	.part = part,
	.hold = hold,
	.resume = resume,
	.end = end,
	.ring = ring,
	.record = record,
	.record_stop = record_stop,
	.transfer_result = transfer_result,
	.mix = mix,
	.mute = mute,
	.record_pause = record_pause,
};

const struct usher_channel_driver fake_chat_driver = {
	.size = sizeof(fake_chat_driver),
	.name = "chat",
	.kind = "chat",
	.capabilities = USHER_CAP_LIVE | USHER_CAP_TEXT | USHER_CAP_IN,
	.start = start,
	.stop = stop,
	.accept = accept_leg,
	.refuse = refuse,
	.prompt = prompt,
	.quiet = quiet,
	.send = send_text,
	.end = end,
};

const struct usher_channel_driver fake_mail_driver = {
	.size = sizeof(fake_mail_driver),
	.name = "mail",
	.kind = "mail",
	.capabilities = USHER_CAP_TEXT | USHER_CAP_IN,
	.start = start,
	.stop = stop,
	.accept = accept_leg,
	.refuse = refuse,
	.send = send_text,
	.end = end,
};

void fake_init(struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	pthread_mutex_init(&fake->lock, NULL);
	pthread_cond_init(&fake->changed, NULL);
}

void fake_set(struct fake *fake, const char **which, const char *verb)
{
	pthread_mutex_lock(&fake->lock);
	*which = verb;
	pthread_mutex_unlock(&fake->lock);
}

static bool find(struct fake *fake, const char *name, uint64_t leg,
		 size_t *from, struct fake_verb *ret)
{
	size_t i;

	for (i = from ? *from : 0; i < fake->count; i++) {
		if (strcmp(fake->verbs[i].name, name) ||
		    (leg && fake->verbs[i].leg != leg))
			continue;
		if (ret)
			*ret = fake->verbs[i];
		if (from)
			*from = i + 1;
		return true;
	}
	return false;
}

bool fake_wait(struct fake *fake, const char *name, uint64_t leg, size_t *from,
	       struct fake_verb *ret)
{
	struct timespec until;
	bool found;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	pthread_mutex_lock(&fake->lock);
	while (!(found = find(fake, name, leg, from, ret)))
		if (pthread_cond_timedwait(&fake->changed, &fake->lock,
					   &until))
			break;
	pthread_mutex_unlock(&fake->lock);
	return found;
}

bool fake_told(struct fake *fake, const char *name, uint64_t leg)
{
	bool found;

	pthread_mutex_lock(&fake->lock);
	found = find(fake, name, leg, NULL, NULL);
	pthread_mutex_unlock(&fake->lock);
	return found;
}

bool fake_told_since(struct fake *fake, const char *name, size_t from)
{
	bool found;

	pthread_mutex_lock(&fake->lock);
	found = find(fake, name, 0, &from, NULL);
	pthread_mutex_unlock(&fake->lock);
	return found;
}
