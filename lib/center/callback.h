/* Callbacks of a center: callback_ask.c agrees on them, callback.c carries
 * them out. Whose turn it is knows the core (lib/acd/callback.c). */
#ifndef USHER_LIB_CENTER_CALLBACK_H
#define USHER_LIB_CENTER_CALLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include <usher/acd.h>

#include "center/hash.h"

struct party;
struct session;
struct usher_center;
struct usher_channel;
struct usher_error;
struct usher_ivr_action;
struct usher_request;

/* Callbacks of a center that are not over. */
#define USHER__BACKS_MAX 10000u
/* Longest number, with the NUL. */
#define USHER__BACK_NUMBER_MAX 64u
/* Behind the reference to a number that is not to be shown. */
#define USHER__BACK_PRIVATE ";private"
/* Behind that: what the caller's side handed on, and its id. */
#define USHER__BACK_UUI ";u:"
/* Of these together, with the NUL. */
#define USHER__BACK_REFERENCE_MAX 80u

/* Whom a session without a leg calls. In center->backs, by key: so there is
 * never a second one for a number, however it is written; but those that a
 * later configuration says are one stay both. */
struct back {
	UT_hash_handle hh;
	struct session *session;
	uint64_t offer; /* accepted, for which the customer is dialed; or 0 */
	char number[USHER__BACK_NUMBER_MAX]; /* as it is dialed */
	char key[USHER__BACK_NUMBER_MAX];    /* usher__config_number() of it */
};

/* What is agreed on. Zero and NULL: as the queue has it. */
struct back_ask {
	const char *number;
	const char *const *queues; /* names; none: where it waits, or waited */
	size_t queue_count;
	int64_t from_us, until_us; /* by the center's time */
	const char *from, *until;  /* or in words, see moment.h */
	uint32_t again_ms, attempts;
	uint32_t first; /* enum usher_callback_first, if it is told */
	bool first_told;
};

/* ---- callback_ask.c ---- */

/*
 * The customer of a session, or nobody yet, is to be called back: then the leg
 * goes to ret_leg, out of the session, for the caller to end.
 *
 * 0; USHER_EINVAL (no number, no window), USHER_EPERM (a number that may not
 * be called), USHER_ENOENT (no such queue, no trunk), USHER_EEXIST (there is
 * one), USHER_EFULL, USHER_ECLOSED, USHER_ESTATE, USHER_ENOTSUP, USHER_ENOMEM:
 * then nothing has changed.
 */
int usher__back_ask(struct usher_center *center, struct session *session,
		    const struct back_ask *ask, struct party **ret_leg);
void usher__back_flow(struct usher_center *center, struct session *session,
		      const struct usher_ivr_action *action);
/* A key of who waits without a flow. */
void usher__back_key(struct usher_center *center, struct session *session,
		     char digit);
/* By request; the contact is a new one when it is 0. */
int usher__back_request(struct usher_center *center,
			struct usher_request *what, struct usher_error *err);
int usher__back_cancel(struct usher_center *center, uint64_t contact);

/* ---- callback.c ---- */

/* 0, USHER_EEXIST, USHER_EFULL, USHER_ENOMEM. */
int usher__back_new(struct usher_center *center, struct session *session,
		    const char *number);
struct session *usher__back_find(struct usher_center *center,
				 const char *number);
/* Numbers are written otherwise, by a new configuration. */
void usher__back_rekey(struct usher_center *center);
/* What can ring phones, or NULL. */
struct usher_channel *usher__back_ringer(struct usher_center *center);
/* Its turn, or its time, has come; or nobody was reached. */
void usher__back_due(struct usher_center *center, struct session *session);
void usher__back_missed(struct usher_center *center, struct session *session);
/* An agent has accepted, at a leg or at an application (NULL). */
void usher__back_accepted(struct usher_center *center, struct session *session,
			  struct party *agent, uint64_t offer);
/* False: no leg of a callback's customer. */
bool usher__back_answered(struct usher_center *center, struct party *party);
/* The same; the leg is freed. */
bool usher__back_ended(struct usher_center *center, struct party *party,
		       const char *reason);
/* Whose callback it is who calls in, from this number to this entry, while
 * they can be given their place; or NULL. */
struct session *usher__back_came(struct usher_center *center, const char *from,
				 const char *entry);
/* They are on the line, and answered. */
void usher__back_take(struct usher_center *center, struct session *session,
		      struct party *party);
/* After a restart: false, it is over. */
bool usher__back_keep(struct usher_center *center,
		      const struct usher_contact_info *info);
void usher__back_mend(struct usher_center *center, struct session *session,
		      const struct usher_contact_info *info);

#endif
