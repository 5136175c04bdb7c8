/* What a turn leaves to do for drivers, and what waits for its outcome. */
#ifndef USHER_LIB_CENTER_OUTPUT_H
#define USHER_LIB_CENTER_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include <usher/center.h>
#include <usher/channel.h>

#include "center/hash.h"

struct party;
struct request;

enum verb {
	VERB_PROGRESS,
	VERB_ACCEPT,
	VERB_REFUSE,
	VERB_PROMPT,
	VERB_QUIET,
	VERB_SEND,
	VERB_DIGITS,
	VERB_JOIN,
	VERB_PART,
	VERB_HOLD,
	VERB_RESUME,
	VERB_END,
	VERB_RING,
	VERB_RECORD,
	VERB_RECORD_STOP,
	VERB_MIX,
	VERB_MUTE,
	VERB_RECORD_PAUSE,
	VERB_TRANSFER_RESULT,
	VERB_WITHOUT /* code: as without of struct usher_channel_ring */
};

struct output {
	struct output *next;
	struct usher_channel *channel;
	enum verb verb;
	int32_t code; /* reason, early, result */
	int err;      /* why the driver did not take it */
	uint64_t req;
	uint64_t leg;
	uint64_t other;
	struct usher_channel_prompt prompt;
	struct usher_channel_ring ring;
	struct usher_channel_record record;
	struct usher_channel_mix mix;
	const char *text;
	bool has_prompt;
};

/* A verb whose outcome matters. */
enum job_kind {
	JOB_PLAY = 1,  /* ivr waits for it: ref is its request */
	JOB_VOICEMAIL, /* ivr waits for it: ref is its request */
	JOB_RECORDING, /* of a conversation: ref is its segment */
	JOB_JOIN,      /* ref: the offer, or 0 */
	JOB_TALK,      /* leg is who could not be heard then */
	JOB_RING,      /* leg is the party */
	JOB_ACCEPT,    /* leg is the party */
	JOB_ANNOUNCE,  /* then the recording begins */
	JOB_FAREWELL,  /* then the leg is hung up */
	JOB_STEP,      /* then the music goes on */
	JOB_SEND,      /* request: the application's, to be answered */
	JOB_ASKED      /* the same, of control.c */
};

struct job {
	UT_hash_handle hh;
	uint64_t req;
	enum job_kind kind;
	uint64_t contact;
	uint64_t leg;
	uint64_t ref;
	int64_t since_us;
	struct request *request; /* kept until then, or NULL */
	char *path;              /* of a recording, or NULL */
	struct usher_by by;      /* who ended a recording by hand; or none */
	char name[160];          /* its reference, or the mailbox */
};

/* output.c */
/* NULL: no memory. A leg can always be told END or REFUSE, once. */
struct output *usher__output(struct usher_center *center, enum verb verb,
			     struct party *party);
/* An output with a job for its outcome: both or neither. */
struct output *usher__output_job(struct usher_center *center, enum verb verb,
				 struct party *party, enum job_kind kind,
				 uint64_t ref);
/* Take it back with its job, before the turn ends. */
void usher__output_cancel(struct usher_center *center, struct output *output);
struct job *usher__job_find(struct usher_center *center, uint64_t req);
void usher__job_free(struct usher_center *center, struct job *job);
/* Copy strings into the output: what they come from, a session or the
 * configuration, may be gone when the turn ends. */
int usher__output_prompt(struct output *output, const char *name,
			 const char *text, const char *const *sounds,
			 size_t sound_count, bool loop);
int usher__output_text(struct output *output, const char *text);
int usher__output_ring(struct output *output,
		       const struct usher_channel_ring *ring);
/* Messages on a leg (0: on any) of which the driver has said nothing. */
void usher__sends_cancel(struct usher_center *center, uint64_t leg);
/* Is it the last that its leg hears? */
bool usher__output_ends(const struct output *output);
void usher__output_free(struct output *output);
void usher__outputs_free(struct usher_center *center);

/* send.c */
void usher__outputs_run(struct usher_center *center);

/* sent.c */
/* What drivers did not take has failed. */
void usher__outputs_failed(struct usher_center *center);
void usher__output_done(struct usher_center *center, uint64_t req, int result,
			int64_t value);

#endif
