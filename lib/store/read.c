#include <string.h>

#include "internal.h"

/* Entries up to the position that was on disk when the call began. */
static int read_entries(struct usher_store *store, struct usher__reader *r,
			int (*entry)(void *arg,
				     const struct usher_store_entry *entry),
			void *arg)
{
	uint64_t committed = store->committed_pos;
	struct usher_store_entry e;
	bool refreshed = false;
	int rc = 0;

	while (!rc && r->next_pos <= committed) {
		rc = usher__reader_next(r, &e, NULL);
		if (rc < 0)
			return rc;
		if (rc) {
			refreshed = false;
			rc = entry(arg, &e);
			continue;
		}
		if (refreshed)
			break;
		rc = usher__reader_refresh(r, NULL);
		refreshed = true;
	}
	return rc > 0 ? 0 : rc;
}

int usher_store_read(struct usher_store *store, uint64_t from,
		     int (*entry)(void *arg,
				  const struct usher_store_entry *entry),
		     void *arg)
{
	struct usher__reader reader;
	int rc = usher__store_check(store);

	if (rc)
		return rc;
	if (!entry)
		return USHER_EINVAL;
	if (store->state == STORE_NEW)
		return USHER_ESTATE;
	if (!store->committed || from > store->committed)
		return 0;
	rc = usher__reader_open(&reader, store->io, store->dir, from, NULL);
	if (rc)
		return rc;
	rc = read_entries(store, &reader, entry, arg);
	usher__reader_close(&reader);
	return rc;
}
