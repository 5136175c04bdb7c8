/* A request of the application, and the way of its answer. */
#ifndef USHER_CENTER_ANSWER_H
#define USHER_CENTER_ANSWER_H

#include <usher/center.h>

#include "center/inbox.h"
#include "center/output.h"

struct party;
struct session;
struct usher_config;

struct request {
	struct mail mail;
	uint64_t id;
	struct usher_request what;   /* text points behind */
	struct usher_config *config; /* of CONFIGURE */
	bool waits;                  /* for what a driver says */
	int result;                  /* once it is known */
	char detail[USHER_ERROR_MESSAGE_MAX];
	char text[];
};

/* talking.c */
/* The segment in which this agent has this contact (0: the newest). */
uint64_t usher__request_segment(struct usher_center *center, uint64_t agent,
				uint64_t contact);
/* The session in which this agent talks, or NULL; */
struct session *usher__request_talk(struct usher_center *center,
				    const struct usher_request *what);
/* and why: the contact is not there, or it is not theirs. */
int usher__request_no_talk(struct usher_center *center,
			   const struct usher_request *what);
/* control.c: what can be done with a conversation. */
int usher__control(struct usher_center *center, struct request *request,
		   struct usher_error *err);
/* What a driver made of it. */
void usher__control_done(struct usher_center *center, struct request *request,
			 const struct party *party, int result);
/* The request is answered once the driver has said what became of output;
 * kind is JOB_SEND or JOB_ASKED. NULL: no memory. */
struct output *usher__request_output(struct usher_center *center,
				     struct request *request, enum verb verb,
				     struct party *party, enum job_kind kind);
/* Its one answer; frees it, now or when the core has room. */
void usher__answer(struct usher_center *center, struct request *request,
		   int result, const char *detail);
/* refusal.c: the words for USHER_ESTATE. */
void usher__refusal(struct usher_center *center,
		    const struct usher_request *what, char *ret, size_t size);
void usher__answers_retry(struct usher_center *center);
/* At the end: the core had no room for these until then. */
void usher__answers_drop(struct usher_center *center);
void usher__request_free(struct usher_center *center, struct request *request);

#endif
