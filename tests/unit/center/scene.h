/* One conversation on a stage: what the tests of conversations share. */
#ifndef SCENE_H
#define SCENE_H

#include <check.h>

#include "stage.h"

extern struct stage s;
extern uint64_t customer, contact, ann_leg;

/* Post any request; its id. */
uint64_t post(struct usher_request request);
/* The same, and how it went. */
int64_t ask_this(struct usher_request request);
/* Something of the conversation, by an agent. */
int64_t ask(uint32_t type, uint64_t agent, const char *text);
/* How many verbs the phones' driver has been told so far. */
size_t now(void);
/* The leg that was rung after *from. */
uint64_t rung(size_t *from);
/* Either leg was joined with the other after from. */
void joined_with(uint64_t a, uint64_t b, size_t from);
/* What an agent is doing: a literal of the snapshot. */
const char *activity(uint64_t agent);
void says(const struct usher_event *ev, uint32_t field, const char *expected);
/* It was caused by this request of an agent's. */
void caused(const struct usher_event *ev, uint64_t request, uint64_t agent);

/* Run a suite; what main returns. */
int scene_main(const char *name, TCase *tc);

#endif
