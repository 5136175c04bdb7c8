/* What is counted of calls outside, and what they have cost. On the loop's
 * thread. */
#ifndef USHER_LIB_CENTER_SPEND_H
#define USHER_LIB_CENTER_SPEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "center/hash.h"
#include "center/outbound.h"

struct usher_event;

enum scope { CENTER = 0, TRUNK, AGENT, SCOPES };

/* What is counted of the center, a trunk or an agent. What running calls cost
 * grows: it is now times the sum of their prices, less what each had at its
 * answer. Minutes since the first call, in millionths of a unit. */
struct spend_account {
	UT_hash_handle hh;
	char key[128]; /* "t:NAME", "a:ID"; of the center "" */
	uint64_t agent;
	uint32_t calls;
	double settled, rates, since;
	double reserved; /* prices of all its calls, answered or not */
	int64_t day;
	bool unwritten;  /* it has more than its last event says */
	int64_t told_us; /* last event of a refusal … */
	uint64_t untold; /* … and how many since, the last for this: */
	const char *why;
};

struct usher__outbound {
	int64_t epoch_us;
	int64_t write_us; /* the sums that have changed; INT64_MAX: none */
	int64_t tell_us;  /* refusals that are untold; INT64_MAX: none */
	struct spend_account center;
	struct spend_account *accounts; /* of trunks and agents */
	struct usher__outgoing *running;
	const char *why; /* the last one was refused, until that is asked */
};

/* Those of a call, made when it is the first of its kind; agent: 0 for none,
 * whose account is NULL. 0 or USHER_ENOMEM. */
int usher__spend_accounts(struct usher_center *center, uint64_t agent,
			  const char *trunk,
			  struct spend_account *ret[SCOPES]);
/* What it has cost today. */
double usher__spend_cost(const struct usher__outbound *outbound,
			 struct spend_account *account, int64_t now_us);
/* That, and what its calls will have cost in a minute, whoever is answered by
 * then: what caps are compared with. */
double usher__spend_committed(const struct usher__outbound *outbound,
			      struct spend_account *account, int64_t now_us);
/* A call that counts from now on; price: millionths a minute. 0 or
 * USHER_ENOMEM. */
int usher__spend_begin(struct usher_center *center,
		       struct spend_account *const accounts[SCOPES],
		       double price, struct usher__outgoing **ret);

/* Once a turn: the sums into the journal, each minute that they grow. */
void usher__spend_turn(struct usher_center *center);
int64_t usher__spend_deadline(const struct usher_center *center);

/* Back from the journal: an event of such a sum. 0 or USHER_ENOMEM. */
int usher__spend_fold(struct usher_center *center,
		      const struct usher_event *ev);
/* The same for a snapshot; how many bytes, with NULL how many it takes. */
size_t usher__spend_save(struct usher_center *center, unsigned char *bytes);
/* 0, USHER_ENOMEM, USHER_ECORRUPT. */
int usher__spend_load(struct usher_center *center, const unsigned char *bytes,
		      size_t len);

#endif
