/* What a hub looks up: legs by the center's ids, jobs by media's. */
#include <stdio.h>
#include <string.h>

#include "drivers/voice/hub.h"

struct voice_leg *usher__voice_leg_find(struct usher__voice_hub *hub,
					uint64_t id)
{
	struct voice_leg *leg;

	HASH_FIND(hh, hub->legs, &id, sizeof(id), leg);
	return leg;
}

struct voice_job *usher__voice_job_new(struct usher__voice *voice,
				       uint64_t req, const char *name)
{
	struct voice_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->req = req;
	job->voice = voice;
	snprintf(job->name, sizeof(job->name), "%s", name);
	if (!usher__reserve_fill(&job->outcome, 1))
		return job;
	usher__voice_job_free(job);
	return NULL;
}

void usher__voice_job_free(struct voice_job *job)
{
	if (!job)
		return;
	usher__reserve_free(&job->outcome);
	free(job);
}

int usher__voice_job_add(struct voice_job **jobs, struct voice_job *job,
			 uint64_t id)
{
	unsigned before = HASH_COUNT(*jobs);

	job->id = id;
	HASH_ADD(hh, *jobs, id, sizeof(job->id), job);
	return HASH_COUNT(*jobs) == before ? USHER_ENOMEM : 0;
}

struct voice_job *usher__voice_job_by_req(struct voice_job *jobs, uint64_t req)
{
	struct voice_job *job, *tmp;

	HASH_ITER (hh, jobs, job, tmp)
		if (job->req == req)
			return job;
	return NULL;
}
