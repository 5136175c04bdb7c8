/* Callers who are called back, on a stage: what the tests of callbacks share.
 */
#ifndef BACK_H
#define BACK_H

#include "scene.h"

#define NUMBER "0612345"

/* What the step of the flow says; the rest as it is. */
extern struct usher_step_opts step;
extern const char *from, *until;
/* Numbers that begin so may not be called; or NULL. */
extern const char *deny;

void back_setup(void);
void back_teardown(void);
/* Who calls 1000 waits in sales to music, and 1 is a callback; 1003 is
 * "later", without a flow, where 5 is one. */
void back_configure(void);
/* A center in memory, with that. */
void back_begin(void);
void sign_in(uint64_t agent);
/* Somebody waits in sales; the leg. */
uint64_t waits(const char *number);
void presses(uint64_t leg);
/* Somebody has agreed, and has gone. */
void agrees(const char *number);
/* A center with that lives so, is killed, and is opened again. */
void kill_and_open(void (*live)(void));
/* The next ring goes there; its leg. */
uint64_t rings(size_t *at, const char *address);
void answers(uint64_t leg);
/* ann has accepted; the leg of whom she waits for. */
uint64_t ann_accepts(size_t *at);

#endif
