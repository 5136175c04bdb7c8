/* Verbs that wait for the end of the turn, and jobs that wait for the outcome
 * of one. */
#include <stdlib.h>
#include <string.h>

#include "center/answer.h"
#include "center/center.h"
#include "center/hostcall.h"
#include "center/output.h"
#include "center/party.h"
#include "center/session.h"

struct output *usher__output(struct usher_center *center, enum verb verb,
			     struct party *party)
{
	struct output *output = NULL;

	if (verb == VERB_END || verb == VERB_REFUSE) {
		output = party->last;
		party->last = NULL;
	}
	if (!output)
		output = calloc(1, sizeof(*output));
	if (!output) {
		usher__host_log(center->host, USHER_LOG_ERROR,
				"a verb is lost: no memory");
		return NULL;
	}
	output->verb = verb;
	output->channel = party->channel;
	output->leg = party->id;
	/* Every verb has an id; those without a job are forgotten. */
	output->req = ++center->last_job;
	*center->outputs_tail = output;
	center->outputs_tail = &output->next;
	return output;
}

static struct job *job_new(struct usher_center *center, enum job_kind kind)
{
	struct job *job = calloc(1, sizeof(*job));
	unsigned before = HASH_COUNT(center->jobs);

	if (!job)
		return NULL;
	job->req = ++center->last_job;
	job->kind = kind;
	job->since_us = center->now_us;
	HASH_ADD(hh, center->jobs, req, sizeof(job->req), job);
	if (HASH_COUNT(center->jobs) != before)
		return job;
	free(job);
	return NULL;
}

struct output *usher__output_job(struct usher_center *center, enum verb verb,
				 struct party *party, enum job_kind kind,
				 uint64_t ref)
{
	struct job *job = job_new(center, kind);
	struct output *output;

	output = job ? usher__output(center, verb, party) : NULL;
	if (!output) {
		if (job)
			usher__job_free(center, job);
		return NULL;
	}
	output->req = job->req;
	job->contact = party->session ? party->session->contact : 0;
	job->leg = party->id;
	job->ref = ref;
	return output;
}

struct job *usher__job_find(struct usher_center *center, uint64_t req)
{
	struct job *job;

	HASH_FIND(hh, center->jobs, &req, sizeof(req), job);
	return job;
}

void usher__job_free(struct usher_center *center, struct job *job)
{
	HASH_DEL(center->jobs, job);
	free(job->path);
	free(job);
}

int usher__output_text(struct output *output, const char *text)
{
	output->text = text ? strdup(text) : NULL;
	return text && !output->text ? USHER_ENOMEM : 0;
}

static const char *keep(char **p, const char *text)
{
	const char *kept = *p;

	if (!text)
		return NULL;
	*p = stpcpy(*p, text) + 1;
	return kept;
}

int usher__output_ring(struct output *output,
		       const struct usher_channel_ring *ring)
{
	const char *const texts[] = {ring->address,     ring->account,
				     ring->caller,      ring->caller_name,
				     ring->info,        ring->privacy,
				     ring->user_to_user};
	size_t size = 1, i;
	char *p;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		size += texts[i] ? strlen(texts[i]) + 1 : 0;
	output->text = p = malloc(size);
	if (!p)
		return USHER_ENOMEM;
	output->ring = *ring;
	output->ring.size = sizeof(output->ring);
	output->ring.address = keep(&p, ring->address);
	output->ring.account = keep(&p, ring->account);
	output->ring.caller = keep(&p, ring->caller);
	output->ring.caller_name = keep(&p, ring->caller_name);
	output->ring.info = keep(&p, ring->info);
	output->ring.privacy = keep(&p, ring->privacy);
	output->ring.user_to_user = keep(&p, ring->user_to_user);
	return 0;
}

int usher__output_prompt(struct output *output, const char *name,
			 const char *text, const char *const *sounds,
			 size_t sound_count, bool loop)
{
	struct usher_channel_prompt *prompt = &output->prompt;
	size_t size = sound_count * sizeof(*sounds), i;
	const char **list;
	char *p;

	size += strlen(name ? name : "") + 1;
	size += text ? strlen(text) + 1 : 0;
	for (i = 0; i < sound_count; i++)
		size += strlen(sounds[i]) + 1;
	list = malloc(size);
	if (!list)
		return USHER_ENOMEM;
	p = (char *)(list + sound_count);
	for (i = 0; i < sound_count; i++) {
		list[i] = p;
		p = stpcpy(p, sounds[i]) + 1;
	}
	prompt->size = sizeof(*prompt);
	prompt->name = p;
	p = stpcpy(p, name ? name : "") + 1;
	if (text) {
		prompt->text = p;
		strcpy(p, text);
	}
	prompt->sounds = list;
	prompt->sound_count = (uint32_t)sound_count;
	prompt->loop = loop;
	output->has_prompt = true;
	return 0;
}

void usher__output_free(struct output *output)
{
	free((void *)output->prompt.sounds);
	free((char *)output->text);
	free(output);
}

void usher__output_cancel(struct usher_center *center, struct output *output)
{
	struct job *job = usher__job_find(center, output->req);
	struct output **p = &center->outputs;

	while (*p != output)
		p = &(*p)->next;
	*p = output->next;
	if (center->outputs_tail == &output->next)
		center->outputs_tail = p;
	if (job)
		usher__job_free(center, job);
	usher__output_free(output);
}

void usher__sends_cancel(struct usher_center *center, uint64_t leg)
{
	struct job *job, *tmp;

	HASH_ITER (hh, center->jobs, job, tmp) {
		if (!job->request || (leg && job->leg != leg))
			continue;
		usher__answer(center, job->request, USHER_ECANCELED, NULL);
		usher__job_free(center, job);
	}
}

void usher__outputs_free(struct usher_center *center)
{
	struct output *output;
	struct job *job, *tmp;

	while ((output = center->outputs)) {
		center->outputs = output->next;
		usher__output_free(output);
	}
	center->outputs_tail = &center->outputs;
	while ((output = center->failed)) {
		center->failed = output->next;
		usher__output_free(output);
	}
	HASH_ITER (hh, center->jobs, job, tmp)
		usher__job_free(center, job);
}

bool usher__output_ends(const struct output *output)
{
	return output->verb == VERB_END || output->verb == VERB_REFUSE;
}
