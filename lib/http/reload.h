/* New configurations for centers that run. */
#ifndef USHER_HTTP_RELOAD_H
#define USHER_HTTP_RELOAD_H

#include <usher/center.h>

#include "config/config.h"

/* A center has so long to take or refuse a configuration. */
#define USHER__RELOAD_ANSWER_MS 30000

/* A center could not be given its old part back; why names it. */
typedef void(usher__reload_lost_fn)(void *arg, const char *why);

/*
 * Give each center its part of a new configuration and wait for what it says;
 * all are asked first whether they would. When one refuses all the same,
 * those before it get their old part back, and lost is called for each that
 * does not take it. So it is all of them or none.
 *
 * Returns 0 or the first refusal, with its detail. Blocks; not from a
 * callback.
 */
int usher__centers_configure(struct usher_center *const *centers, size_t count,
			     const struct usher__conf *old,
			     const struct usher__conf *new,
			     usher__reload_lost_fn *lost, void *arg,
			     struct usher_error *err);

#endif
