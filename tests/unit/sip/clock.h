/* Time that passes as fast as the loop has done what is due in it: waits of
 * half a minute take a moment and end at the same millisecond on a machine
 * that is busy. For the loop's clock alone, where libre is linked in
 * privately; else time goes its way and only takes longer.
 *
 * Link clock.c with clock_dep. */
#ifndef TESTS_SIP_CLOCK_H
#define TESTS_SIP_CLOCK_H

#include "peer.h"

/* From now on what waits for a peer has the subject's time pass. */
void clock_begin(struct subject *subject);

/* So much at once, on any thread: what is due on the way is late. */
void clock_jump(int64_t ms);

/* A while: until it is asked again whether something has happened. */
void clock_pass(void);

#endif
