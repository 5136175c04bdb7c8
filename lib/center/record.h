/* Recordings of conversations, and voicemail. */
#ifndef USHER_LIB_CENTER_RECORD_H
#define USHER_LIB_CENTER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct job;
struct session;
struct usher_by;
struct usher_center;
struct usher_ivr_action;

void usher__record_begin(struct usher_center *center, struct session *session);
void usher__record_end(struct usher_center *center, struct session *session);
/* Another agent has it: what the one before asked for is over. */
void usher__record_forget(struct session *session);
void usher__record_announced(struct usher_center *center,
			     struct session *session, int result);
/* A draw below 100 that a contact always has: below a queue's share it is
 * recorded. */
unsigned usher__record_draw(uint64_t seed, uint64_t contact);
/* USHER_ESTATE: it is so already. */
int usher__record_pause(struct usher_center *center, struct session *session,
			bool pause);
/* An agent wants it, or does not. USHER_EPERM: the customer has not agreed. */
int usher__record_ask(struct usher_center *center, struct session *session,
		      bool on, const struct usher_by *by);
/* The contact's attribute "consent" has been set. USHER_EINVAL: to none of
 * the words. */
int usher__record_consent(struct usher_center *center, struct session *session,
			  const char *said);
int usher__voicemail_begin(struct usher_center *center,
			   struct session *session,
			   const struct usher_ivr_action *action);
void usher__voicemail_end(struct usher_center *center,
			  struct session *session);
/* How events name a file: erasable where there is a store. */
void usher__record_reference(struct usher_center *center, uint32_t kind,
			     uint64_t contact, uint64_t segment,
			     const char *path, char *ret, size_t cap);

#endif
