/* Small things that tests of the core begin with, at DAY_START. */
#ifndef TESTS_ACD_FIXTURE_H
#define TESTS_ACD_FIXTURE_H

#include <stdint.h>

#include <usher/acd.h>

struct usher_acd *acd_made(void);
uint64_t add_queue(struct usher_acd *acd, const char *name,
		   const char *policy);
/* An agent of these, who is ready. */
uint64_t add_ready(struct usher_acd *acd, const struct usher_agent_opts *opts);
/* Ready, with room for one contact. */
uint64_t add_agent(struct usher_acd *acd, const char *name, uint32_t order);
/* A new contact that waits; its id. */
uint64_t wait_in(struct usher_acd *acd, int64_t now, uint64_t queue,
		 int64_t priority);
/* The agent of the next offer that is drained, or 0. */
uint64_t offered_to(struct usher_acd *acd, uint64_t *contact);
void drained(struct usher_acd *acd);

#endif
