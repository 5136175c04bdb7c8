/* Where the phones of agents are, over a restart. */
#ifndef USHER_LIB_CENTER_PHONES_H
#define USHER_LIB_CENTER_PHONES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct usher_center;
struct usher__bound;

/* From now on they are kept; without a store or SIP nothing is done. 0 or
 * USHER_ENOMEM. */
int usher__phones_start(struct usher_center *center);
/* Those that were there before are there again, as far as that is known. When
 * the drivers have been started. */
void usher__phones_restore(struct usher_center *center);
/* Keep where they are now, if that is not what is kept. Before the store is
 * closed. */
void usher__phones_stop(struct usher_center *center);
/* One came, went or, not soon, is here for longer. arg: the center. */
void usher__phones_changed(void *arg, bool soon);

/* ---- what is kept of them ---- */

struct usher__phones_text {
	uint8_t *bytes;
	size_t len, cap;
	int64_t wall_us;
	unsigned missed; /* no memory, or larger than a limit */
};

/* What the writes before came to. */
struct usher__phones_told {
	int err;
	unsigned missed;
};

/* Whether that is news: a phone that does not fit stays for days, and is told
 * once, and so is a disk that is full; more of them are told again. */
bool usher__phones_news(struct usher__phones_told *told, int err,
			unsigned missed);

/* One more, as it is at wall_us; arg is a struct usher__phones_text. */
void usher__phones_write_one(void *arg, const struct usher__bound *bound);

/* fn is called for each that has not expired at wall_us, in their order, if
 * all can be read. The number of those that had expired, or
 * USHER_ECORRUPT. */
int usher__phones_read(const uint8_t *bytes, size_t len, int64_t wall_us,
		       void (*fn)(void *arg, const struct usher__bound *bound),
		       void *arg);

#endif
