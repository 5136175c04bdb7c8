/* Contacts that come without a phone, and wait: for more of them than there
 * are descriptors for the sound of. */
#ifndef BENCH_CALLS_CROWD_H
#define BENCH_CALLS_CROWD_H

#include <usher/channel.h>

extern const struct usher_channel_driver crowd_driver;

struct crowd {
	struct usher_channel *channel;
};

/* So many come to an entry. */
void crowd_comes(struct crowd *crowd, const char *entry, int count);

#endif
