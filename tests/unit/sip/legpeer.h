/* A leg brought into a state by a peer of text; what leg.c and dialog.c share.
 */
#ifndef TESTS_SIP_LEGPEER_H
#define TESTS_SIP_LEGPEER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sip/legimpl.h>

#include "peer.h"

enum { WAIT_MS = 10000, SETTLE_US = 3000 }; /* a turn of the loop */

extern struct subject subject;
extern struct peer peer;
extern char to_tag[64], from_tag[64], call_id[128], our_via[128];
extern unsigned invite_cseq;
extern const char sdp[];
/* What all bodies are said to be; SDP at first. */
extern const char *body_type;

/* A subject that everybody may call, and a peer. */
void leg_setup(void);
void leg_teardown(void);
/* Does the message that came last say this? */
bool has(const char *text);

void peer_request(const char *method, unsigned cseq, const char *branch,
		  const char *body);
void peer_response(const char *status, const char *method, unsigned cseq,
		   const char *body);

/* The same with more headers: whole lines. */
void peer_ask(const char *method, unsigned cseq, const char *more,
	      const char *body);
void peer_answer(const char *status, const char *method, unsigned cseq,
		 const char *more, const char *body);
/* A request of ours comes; our_via is its. Returns its CSeq. */
unsigned peer_expect_ours(const char *method);
/* A call is set up, with more headers in the peer's INVITE, or in its 200. */
void invite_with(const char *more, const char *body);
void call_with(const char *more);

/* For subject_call() */
int do_ring(void *arg);
int do_early(void *arg);
int do_call(void *arg);
int do_answer(void *arg);
int do_reject(void *arg);
int do_hangup(void *arg);
int do_hold(void *arg);
int do_info(void *arg);
int do_part(void *arg); /* a transfer by REFER has succeeded */

/* Of the event that came last. */
int do_last_cause(void *arg);
int do_last_status(void *arg);

/* The leg's state, after all that was sent has been handled. */
int state(void);
void inbound_answer(void);
/* Our INVITE, by call(arg) on the loop, has come. */
void outbound(int (*call)(void *arg), void *arg);
/* Bring a new leg into a state. */
void reach(int wanted, bool out);

#endif
