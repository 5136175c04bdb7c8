/* What those who watch over a center should hear of. On the loop's thread. */
#ifndef USHER_LIB_CENTER_SECURITY_H
#define USHER_LIB_CENTER_SECURITY_H

#include <stdint.h>

struct usher_center;
struct usher__security;

/* Who is turned away since the center has too much to do. */
enum usher__busy { BUSY_NEWCOMERS = 0, BUSY_REQUESTS, BUSY_KINDS };

void usher__host_security(void *host, const struct usher__security *what);
/* The event, in a turn. agent: 0 for none. */
void usher__security_note(struct usher_center *center, const char *what,
			  const char *reason, const char *source,
			  uint64_t agent, uint64_t count, int64_t duration_us);
/* Once a turn: tell of those who were turned away. */
void usher__security_busy(struct usher_center *center);
/* When there is more to tell, or INT64_MAX. */
int64_t usher__security_deadline(const struct usher_center *center);

#endif
