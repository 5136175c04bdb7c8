/* HTTP requests of flows, on a thread of their own.
 *
 * start() and cancel() belong to the loop's thread; done() is called on the
 * fetch thread, exactly once for each request that was started; when the
 * fetcher is freed first, on the thread that frees it.
 */
#ifndef USHER_LIB_CENTER_FETCH_H
#define USHER_LIB_CENTER_FETCH_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>
#include <usher/ivr.h>

#define USHER__FETCHES_MAX       1024u
#define USHER__FETCH_ANSWER_MAX  (256u << 10)
#define USHER__FETCH_VALUES_MAX  64u
#define USHER__FETCH_VALUE_BYTES 1024u
#define USHER__FETCH_DEFAULT_MS  5000u

struct usher__fetcher;

/* An answer. One piece of memory, freed by its receiver with free(). */
struct usher__fetched {
	uint64_t id;
	const char *reason; /* NULL: good; "timeout", "404", "failed", … */
	size_t value_count;
	struct usher_value values[USHER__FETCH_VALUES_MAX];
	char bytes[]; /* what the values' strings point to */
};

/* Takes answer over; NULL: dropped, or no memory to say what came. */
typedef void usher__fetch_done(void *arg, struct usher__fetched *answer);

int usher__fetcher_new(struct usher__fetcher **ret);
/* Stops the thread; requests under way are dropped. */
void usher__fetcher_free(struct usher__fetcher *fetcher);

/* What the action says, copied. USHER_EFULL, USHER_EINVAL, USHER_ENOMEM. */
int usher__fetch_start(struct usher__fetcher *fetcher, uint64_t id,
		       const struct usher_ivr_action *action,
		       usher__fetch_done *done, void *arg);

#endif
