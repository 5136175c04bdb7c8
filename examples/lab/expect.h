/* Waits that are told, and how wrong they were. */
#ifndef LAB_EXPECT_H
#define LAB_EXPECT_H

#include "lab.h"

struct expect;

/* Sums by queue are the caller's. NULL without memory; freed with free(). */
struct expect *expect_new(const struct lab_day *day,
			  struct lab_expected *sums);
/* An agent takes contacts from now on, or none after the one at hand. */
void expect_turned(struct expect *e, const struct usher_event *ev);
/* Somebody began to wait; somebody was answered. */
void expect_entered(struct expect *e, const struct usher_sim *sim,
		    uint32_t queue, const struct usher_event *ev);
void expect_answered(struct expect *e, uint32_t queue,
		     const struct usher_event *ev, int64_t wait_us);
/* Of all replications. 0 or USHER_ENOMEM. */
int expect_table(const struct lab_results *r, FILE *out);

#endif
