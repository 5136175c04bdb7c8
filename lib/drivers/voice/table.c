/* What a hub looks up: legs by the center's ids, jobs by media's. */
#include <stdio.h>

#include "drivers/voice/hub.h"

struct voice_leg *usher__voice_leg_find(struct usher__voice_hub *hub,
					uint64_t id)
{
	struct voice_leg *leg;

	HASH_FIND(hh, hub->legs, &id, sizeof(id), leg);
	return leg;
}

struct voice_leg *usher__voice_leg_new(struct usher__voice *voice, uint64_t id,
				       uint64_t sip)
{
	struct usher__voice_hub *hub = voice->hub;
	struct voice_leg *leg = calloc(1, sizeof(*leg));
	unsigned before = HASH_COUNT(hub->legs);

	if (!leg)
		return NULL;
	leg->id = id;
	leg->sip = sip;
	leg->voice = voice;
	HASH_ADD(hh, hub->legs, id, sizeof(leg->id), leg);
	if (HASH_COUNT(hub->legs) == before) {
		free(leg);
		return NULL;
	}
	hub->leg_count++;
	return leg;
}

void usher__voice_leg_free(struct voice_leg *leg)
{
	struct usher__voice_hub *hub = leg->voice->hub;

	HASH_DEL(hub->legs, leg);
	hub->leg_count--;
	free(leg->user_to_user);
	free(leg->privacy);
	free(leg);
}

int usher__voice_job_add(struct voice_job **jobs, struct usher__voice *voice,
			 uint64_t id, uint64_t req, const char *name)
{
	struct voice_job *job = calloc(1, sizeof(*job));
	unsigned before = HASH_COUNT(*jobs);

	if (!job)
		return USHER_ENOMEM;
	job->id = id;
	job->req = req;
	job->voice = voice;
	snprintf(job->name, sizeof(job->name), "%s", name);
	HASH_ADD(hh, *jobs, id, sizeof(job->id), job);
	if (HASH_COUNT(*jobs) == before) {
		free(job);
		return USHER_ENOMEM;
	}
	return 0;
}

struct voice_job *usher__voice_job_by_req(struct voice_job *jobs, uint64_t req)
{
	struct voice_job *job, *tmp;

	HASH_ITER (hh, jobs, job, tmp)
		if (job->req == req)
			return job;
	return NULL;
}
