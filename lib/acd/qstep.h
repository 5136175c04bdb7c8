/*
 * Steps of a queue: what is done for who waits longer, or while a condition
 * holds. Inside lib/acd only.
 */
#ifndef USHER_ACD_QSTEP_H
#define USHER_ACD_QSTEP_H

#include <acd/internal.h>

/* A condition is looked at no more often than this. */
#define STEP_CHECK_MIN INT64_C(1000000)

struct qstep {
	struct usher__ev_step_set *conf;
	size_t conf_size;
	struct req *req;         /* of the ring; NULL: everybody */
	struct usher_expr *when; /* NULL: always */
};

/* ---- do_step.c ---- */
bool usher__good_step(const struct usher__ev_step_set *conf);
/* All queues that it names exist; they may be removed later. */
bool usher__step_queues_are(const struct usher_acd *acd,
			    const struct usher__ev_step_set *conf);

/* ---- conditions.c ---- */
/* USHER_EINVAL: a name that there is not. */
int usher__condition_names(const struct usher_expr *expr,
			   struct usher_error *err);
bool usher__condition_holds(struct usher_acd *acd, const struct segment *seg,
			    const struct usher_expr *when);
/* The first time after now at which one that does not hold may do so, while
 * nothing happens but that time passes; USHER_NEVER: none. */
int64_t usher__condition_turns(struct usher_acd *acd,
			       const struct segment *seg,
			       const struct usher_expr *when);
/* Nobody who is signed in may take it. */
bool usher__nobody_staffed(struct usher_acd *acd, const struct segment *seg);

/* ---- step_time.c ---- */
/* It is looked at when it is due, not only taken. */
bool usher__step_asks(const struct qstep *step);
/* It does not come by time alone. */
bool usher__step_looks(const struct qstep *step);
/* The contact is not where it was after it. */
bool usher__step_leaves(const struct qstep *step);
/* Not now, whatever the time: what ends that sets the timer again. */
bool usher__step_held_back(const struct segment *seg,
			   const struct qstep *step);
/* Not before this, since the contact was added to others from here. */
int64_t usher__step_stays_until(const struct segment *seg,
				const struct qstep *step);

/* It is looked at from a time on that has come, every `check`. */
bool usher__step_grid(const struct usher_acd *acd, const struct segment *seg,
		      uint32_t index, int64_t *start);

/* ---- apply_step.c ---- */
int usher__prepare_step(struct usher_acd *acd,
			const struct usher__ev_step_set *ev);
/* Timers for who waits in the queue whose steps change. */
int usher__prepare_renew(struct usher_acd *acd, uint64_t queue);
void usher__step_free(struct usher_acd *acd, struct qstep *step);

#endif
