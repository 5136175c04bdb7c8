/* Recordings of conversations, and voicemail. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <usher/store.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "center/journal.h"
#include "center/output.h"
#include "center/party.h"
#include "center/record.h"
#include "center/session.h"

/* Voicemail: that much silence ends it. */
#define VOICEMAIL_SILENCE_MS 5000u
#define VOICEMAIL_MAX_MS     120000u
#define PATH_MAX_LEN         1024
/* An announcement that was cut off so often is not begun again at once. */
#define ANNOUNCE_TRIES 5u

/* "DIR/2026-11-22/KIND-CONTACT-N.wav", its folder made. */
static char *path_for(struct usher_center *center, const char *kind,
		      uint64_t contact)
{
	time_t now = (time_t)(center->now_us / 1000000);
	char path[PATH_MAX_LEN], day[16];
	struct tm tm;
	int n;

	if (!center->record_dir || !gmtime_r(&now, &tm))
		return NULL;
	strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	n = snprintf(path, sizeof(path), "%s/%s", center->record_dir, day);
	if (n < 0 || (size_t)n >= sizeof(path) - 80 ||
	    usher__folder_make(path))
		return NULL;
	snprintf(path + n, sizeof(path) - (size_t)n, "/%s-%llu-%lld.wav", kind,
		 (unsigned long long)contact,
		 (long long)(center->now_us / 1000));
	return strdup(path);
}

/* Where events say that a file is: by a personal id, erasable, or its name. */
void usher__record_reference(struct usher_center *center, uint32_t kind,
			     uint64_t contact, uint64_t segment,
			     const char *path, char *ret, size_t cap)
{
	struct usher_person_opts person;
	const char *name = strrchr(path, '/');
	uint64_t id;

	snprintf(ret, cap, "%s", name ? name + 1 : path);
	if (!center->store)
		return;
	usher_person_opts_init(&person, sizeof(person));
	person.kind = kind;
	person.contact = contact;
	person.segment = segment;
	person.time_us = center->now_us;
	person.bytes = path;
	person.len = strlen(path);
	if (!usher_store_person_put(center->store, &person, &id))
		snprintf(ret, cap, "p:%llu", (unsigned long long)id);
}

static struct output *start(struct usher_center *center,
			    struct session *session, enum job_kind kind,
			    const char *name, uint64_t ref)
{
	char *path = path_for(center, name, session->contact);
	struct output *output;
	struct job *job;

	if (!path) {
		usher__host_log(center->host, USHER_LOG_WARN,
				"%s: no folder for recordings", center->name);
		return NULL;
	}
	output = usher__output_job(center, VERB_RECORD, session->customer,
				   kind, ref);
	if (!output || usher__output_text(output, path)) {
		if (output)
			usher__output_cancel(center, output);
		free(path);
		return NULL;
	}
	job = usher__job_find(center, output->req);
	job->path = path;
	output->record.size = sizeof(output->record);
	output->record.path = output->text;
	return output;
}

/* SplitMix64's finalizer. */
unsigned usher__record_draw(uint64_t seed, uint64_t contact)
{
	uint64_t x = contact + seed;

	x = (x + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((x ^ x >> 31) % 100);
}

/* May this contact be recorded, as far as its customer has said? */
static bool allowed(struct usher_center *center, const struct session *session,
		    const struct usher_queue_conf *conf)
{
	const char *said = "";
	struct usher_attr attr;
	size_t i;

	for (i = 0; !usher_acd_contact_attr_at(center->acd, session->contact,
					       i, &attr);
	     i++)
		if (!strcmp(attr.name, "consent") && attr.text)
			said = attr.text;
	return !strcmp(said, "given") || (!*said && (!conf || !conf->consent));
}

static bool wanted(struct usher_center *center, const struct session *session,
		   const struct usher_queue_conf *conf)
{
	const struct talk *talk = &session->talk;

	if (session->state != SESSION_TALKING ||
	    talk->consult != CONSULT_NONE || talk->record_paused ||
	    talk->announcing || !allowed(center, session, conf))
		return false;
	if (talk->record_asked || talk->record_unasked)
		return talk->record_asked;
	return conf &&
	       usher__record_draw(center->opts.seed, session->contact) <
		       usher__config_share(conf->recording);
}

/* False: nothing is to be said first. */
static bool announce(struct usher_center *center, struct session *session,
		     const struct usher_queue_conf *conf)
{
	struct usher_flow_prompt prompt = {.size = sizeof(prompt)};
	struct output *output;

	if (!conf || !conf->announcement || session->talk.announced)
		return false;
	/* Without its announcement nothing is recorded. */
	if (!center->config->flows ||
	    usher_flow_set_prompt(center->config->flows, conf->announcement,
				  session->language, &prompt))
		return true;
	output = usher__output_job(center, VERB_PROMPT, session->customer,
				   JOB_ANNOUNCE, 0);
	if (!output)
		return true;
	if (usher__output_prompt(output, conf->announcement, prompt.text,
				 prompt.sounds, prompt.sound_count, false))
		usher__output_cancel(center, output);
	else
		session->talk.announcing = true;
	return true;
}

void usher__record_announced(struct usher_center *center,
			     struct session *session, int result)
{
	struct talk *talk = &session->talk;

	talk->announcing = false;
	talk->announced = !result;
	/* Cut off, by somebody who came in or by music: nobody can say that
	 * it was heard, so it is said again; who holds the call is waited
	 * for. */
	talk->announced_short += (result == USHER_ECANCELED);
	if (!result || (result == USHER_ECANCELED && !talk->held &&
			session->agent && !session->agent->on_hold &&
			talk->announced_short < ANNOUNCE_TRIES))
		usher__record_begin(center, session);
}

void usher__record_begin(struct usher_center *center, struct session *session)
{
	const struct usher_queue_conf *conf =
		usher__session_queue(center, session);
	struct usher_field_value values[2];
	struct output *output;
	struct job *job;
	char ref[160];

	if (!session->customer || !session->agent || session->recording ||
	    !usher__party_audio(session->customer) ||
	    !wanted(center, session, conf) || announce(center, session, conf))
		return;
	output = start(center, session, JOB_RECORDING, "call",
		       session->agent_segment);
	if (!output)
		return;
	output->record.other_leg = session->agent->id;
	session->recording = output->req;
	job = usher__job_find(center, output->req);
	usher__record_reference(center, USHER_PERSON_RECORDING,
				session->contact, session->agent_segment,
				job->path, ref, sizeof(ref));
	snprintf(job->name, sizeof(job->name), "%s", ref);
	values[0] = (struct usher_field_value){.field = USHER_F_REFERENCE,
					       .data = ref};
	values[1] = (struct usher_field_value){.field = USHER_F_AGENT,
					       .number = session->agent_id};
	usher_acd_note(center->acd, center->now_us, USHER_EV_RECORDING_STARTED,
		       session->contact, session->agent_segment, values, 2);
}

void usher__record_forget(struct session *session)
{
	session->talk.record_asked = false;
	session->talk.record_unasked = false;
	session->talk.record_paused = false;
}

void usher__record_end(struct usher_center *center, struct session *session)
{
	struct output *output;

	if (!session->recording)
		return;
	if (session->customer || session->agent) {
		output = usher__output(center, VERB_RECORD_STOP,
				       session->customer ? session->customer
							 : session->agent);
		if (output)
			output->other = session->recording;
	}
	session->recording = 0;
}

static void note_pause(struct usher_center *center,
		       const struct session *session, uint32_t type)
{
	struct job *job = usher__job_find(center, session->recording);
	const struct usher_field_value values[] = {
		{.field = USHER_F_REFERENCE, .data = job ? job->name : ""},
		{.field = USHER_F_AGENT, .number = session->agent_id},
	};

	usher_acd_note(center->acd, center->now_us, type, session->contact,
		       session->agent_segment, values, 2);
}

int usher__record_pause(struct usher_center *center, struct session *session,
			bool pause)
{
	const struct usher_channel_driver *driver;
	struct output *output;

	if (session->talk.record_paused == pause)
		return USHER_ESTATE;
	session->talk.record_paused = pause;
	note_pause(center, session,
		   pause ? USHER_EV_RECORDING_PAUSED
			 : USHER_EV_RECORDING_RESUMED);
	driver = session->customer->channel->driver;
	if (!session->recording) {
		usher__record_begin(center, session);
		return 0;
	}
	output = driver->record_pause
			 ? usher__output(center, VERB_RECORD_PAUSE,
					 session->customer)
			 : NULL;
	if (output) {
		output->other = session->recording;
		output->code = pause;
	} else if (pause) {
		/* What cannot be left out ends it: a new file follows. */
		usher__record_end(center, session);
	}
	return 0;
}

int usher__record_ask(struct usher_center *center, struct session *session,
		      bool on, const struct usher_by *by)
{
	struct job *job = usher__job_find(center, session->recording);
	const struct usher_queue_conf *conf =
		usher__session_queue(center, session);

	if (!session->agent || !usher__party_audio(session->customer))
		return USHER_ENOTSUP;
	if (on && !allowed(center, session, conf))
		return USHER_EPERM;
	session->talk.record_asked = on;
	session->talk.record_unasked = !on;
	if (on) {
		usher__record_begin(center, session);
		return 0;
	}
	if (job)
		job->by = *by;
	usher__record_end(center, session);
	/* What was paused is over: the next one is another. */
	session->talk.record_paused = false;
	return 0;
}

int usher__record_consent(struct usher_center *center, struct session *session,
			  const char *said)
{
	const struct usher_field_value value = {.field = USHER_F_REASON,
						.data = said};

	if (strcmp(said, "given") && strcmp(said, "refused") &&
	    strcmp(said, "withdrawn"))
		return USHER_EINVAL;
	usher_acd_note(center->acd, center->now_us, USHER_EV_CONSENT_SET,
		       session->contact, 0, &value, 1);
	if (!allowed(center, session, usher__session_queue(center, session)))
		usher__record_end(center, session);
	else if (session->state == SESSION_TALKING)
		usher__record_begin(center, session);
	return 0;
}

int usher__voicemail_begin(struct usher_center *center,
			   struct session *session,
			   const struct usher_ivr_action *action)
{
	struct output *output;
	struct job *job;

	if (!session->customer || session->voicemail ||
	    !usher__party_audio(session->customer))
		return USHER_ENOTSUP;
	output = start(center, session, JOB_VOICEMAIL, "voicemail",
		       action->request);
	if (!output)
		return USHER_EIO;
	output->record.max_ms =
		action->timeout_ms ? action->timeout_ms : VOICEMAIL_MAX_MS;
	output->record.silence_ms = VOICEMAIL_SILENCE_MS;
	output->record.beep = 1;
	session->voicemail = output->req;
	job = usher__job_find(center, output->req);
	snprintf(job->name, sizeof(job->name), "%s",
		 action->target ? action->target : "");
	return 0;
}

void usher__voicemail_end(struct usher_center *center, struct session *session)
{
	struct output *output;

	if (!session->voicemail || !session->customer)
		return;
	output = usher__output(center, VERB_RECORD_STOP, session->customer);
	if (output)
		output->other = session->voicemail;
}
