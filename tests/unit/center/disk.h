/* A store's disk, as the center hears of it. Apart, since a job is one thing
 * in the store and another in the center. */
#ifndef DISK_H
#define DISK_H

#include <usher/store.h>

void disk_tell(struct usher_store *store, int health);

#endif
