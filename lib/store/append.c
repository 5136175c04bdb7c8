#include <stdlib.h>
#include <usher/event.h>

#include "internal.h"

int usher_store_append(struct usher_store *store,
		       const struct usher_event *event)
{
	struct usher_store_entry entry = {0};
	size_t len = 0;
	int rc = usher__store_owner_check(store);

	if (rc)
		return rc;
	/* A second buffer and a copy: the length is not known before, and an
	 * entry is some hundred bytes. */
	rc = usher_event_encode(event, store->scratch, store->scratch_cap,
				&len);
	if (rc == USHER_EFULL && len <= USHER_STORE_ENTRY_MAX) {
		uint8_t *grown = realloc(store->scratch, 2 * len);

		if (!grown)
			return USHER_ENOMEM;
		store->scratch = grown;
		store->scratch_cap = 2 * len;
		rc = usher_event_encode(event, grown, store->scratch_cap,
					&len);
	}
	if (rc)
		return rc == USHER_EFULL ? USHER_EINVAL : rc;
	entry.seq = event->seq;
	entry.time_us = event->time_us;
	entry.kind = event->kind;
	entry.bytes = store->scratch;
	entry.len = len;
	return usher_store_append_encoded(store, &entry, 1);
}
