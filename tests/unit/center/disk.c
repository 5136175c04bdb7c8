#include "disk.h"
#include "store/internal.h"

void disk_tell(struct usher_store *store, int health)
{
	struct usher_error why = {.message = "the disk is full"};

	store->opts.health(store->opts.arg, health,
			   health == USHER_STORE_DEGRADED ? &why : NULL);
}
