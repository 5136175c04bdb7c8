/* Calls to numbers outside: where they may go, how many there may be, and what
 * they may cost. On the loop's thread. */
#ifndef USHER_LIB_CENTER_OUTBOUND_H
#define USHER_LIB_CENTER_OUTBOUND_H

#include <stdint.h>

struct usher_center;
struct usher_config;

/* One call outside that counts: of the party that is rung, or to be given
 * back. */
struct usher__outgoing;

/*
 * May this number be called? Then the call counts from now on. It stands where
 * each call to a number outside begins, before anybody is rung.
 *
 * agent  who dials or transfers; 0: nobody, a flow
 * ret    goes into party->outgoing, or to usher__outbound_over()
 *
 * 0; USHER_EPERM: refused, and told by an event with the reason; USHER_ENOMEM.
 */
int usher__outbound_check(struct usher_center *center, uint64_t agent,
			  const char *number, struct usher__outgoing **ret);

/*
 * The same for an agent's endpoint, whose number may be anywhere. One that is
 * none outside gives 0 and NULL.
 */
int usher__outbound_endpoint(struct usher_center *center, uint64_t agent,
			     const char *address,
			     struct usher__outgoing **ret);

/* Why the last call outside was refused, once; NULL: none was since. */
const char *usher__outbound_why(struct usher_center *center);

/* It was answered: it costs from now on. NULL is fine. */
void usher__outbound_answered(struct usher_center *center,
			      struct usher__outgoing *outgoing);
/* It is over, or never began: freed. NULL is fine. */
void usher__outbound_over(struct usher_center *center,
			  struct usher__outgoing *outgoing);
/* All that the center has counted, after its parties are gone. */
void usher__outbound_free(struct usher_center *center);

/* Once a turn: refusals that came too soon after one that was told. */
void usher__outbound_turn(struct usher_center *center);
int64_t usher__outbound_deadline(const struct usher_center *center);

/* The trunk that is tried first for a number, or "". */
const char *usher__outbound_trunk(const struct usher_config *config,
				  const char *number);
/* Why the destination of a number is not allowed, or NULL: it is. */
const char *usher__outbound_destination(const struct usher_config *config,
					const char *number);

#endif
