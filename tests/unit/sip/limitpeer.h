/* A subject with limits and two peers that it does not know; what limit.c and
 * overload.c share. */
#ifndef TESTS_SIP_LIMITPEER_H
#define TESTS_SIP_LIMITPEER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sip/limit.h>

#include "peer.h"

enum { WAIT_MS = 10000, SHORT_MS = 200 };

#define FROM "127.0.0.2" /* where the first peer is */

extern struct subject subject;
extern struct peer peer, other;

void begin(const struct usher__limits *limits);
/* The same, at ::1, too. */
void begin_both(const struct usher__limits *limits);
void teardown(void);
/* How often it was told of. */
unsigned told(enum usher__security_kind kind);

/* A request for a user; more: whole lines. */
void send_as(struct peer *from, const char *method, const char *user,
	     const char *more);
/* OPTIONS, which gets this answer, or none. */
void ask(struct peer *from, const char *answer);
bool silent(struct peer *from);
void send_malformed(struct peer *from);
/* The status of a REGISTER with this password. */
const char *try_register(struct peer *from, const char *user,
			 const char *password);

#endif
