/* Events on their way into the store, also when the store is full.
 *
 * A disk that stalls fills the store's memory; then entries wait here, in
 * order, and newcomers are turned away until the disk has taken them. A gap in
 * the journal would make all that follows worthless.
 */
#include <string.h>

#include <usher/store.h>

#include "center/center.h"
#include "center/hostcall.h"
#include "center/journal.h"

/* Bytes that may wait here; a center that is beyond it goes on without its
 * journal, which is said loudly. */
#define BACKLOG_MAX (64u << 20)

struct backlog {
	struct backlog *next;
	uint64_t seq;
	int64_t time_us;
	uint32_t kind;
	size_t len;
	unsigned char bytes[];
};

static void clear(struct usher_center *center)
{
	struct backlog *entry;

	while ((entry = center->backlog)) {
		center->backlog = entry->next;
		free(entry);
	}
	center->backlog_tail = &center->backlog;
	center->backlog_bytes = 0;
}

/* The journal ends here; what is on disk stays good. */
static void give_up(struct usher_center *center, int err)
{
	usher__host_log(
		center->host, USHER_LOG_ERROR,
		"%s: the journal ends at %llu: %s", center->name,
		(unsigned long long)usher_store_appended(center->store),
		usher_strerror(err));
	clear(center);
	center->journal_over = true;
}

static int defer(struct usher_center *center, const struct usher_event *ev)
{
	struct backlog *entry;
	size_t len = 0;

	usher_event_encode(ev, NULL, 0, &len);
	if (center->backlog_bytes + len > BACKLOG_MAX)
		return USHER_EFULL;
	entry = malloc(sizeof(*entry) + len);
	if (!entry)
		return USHER_ENOMEM;
	entry->next = NULL;
	entry->seq = ev->seq;
	entry->time_us = ev->time_us;
	entry->kind = ev->kind;
	entry->len = len;
	usher_event_encode(ev, entry->bytes, len, &len);
	*center->backlog_tail = entry;
	center->backlog_tail = &entry->next;
	center->backlog_bytes += len;
	return 0;
}

void usher__journal_flush(struct usher_center *center)
{
	struct backlog *entry;
	int err = 0;

	while (!err && (entry = center->backlog)) {
		const struct usher_store_entry one = {
			.seq = entry->seq,
			.time_us = entry->time_us,
			.kind = entry->kind,
			.bytes = entry->bytes,
			.len = entry->len,
		};

		err = usher_store_append_encoded(center->store, &one, 1);
		if (err)
			break;
		center->backlog = entry->next;
		center->backlog_bytes -= entry->len;
		free(entry);
	}
	if (!center->backlog)
		center->backlog_tail = &center->backlog;
	if (err && err != USHER_EFULL && err != USHER_ENOMEM)
		give_up(center, err);
}

void usher__journal_append(struct usher_center *center,
			   const struct usher_event *ev)
{
	int err = USHER_EFULL;

	if (!center->store || center->journal_over)
		return;
	if (!center->backlog)
		err = usher_store_append(center->store, ev);
	if (err == USHER_EFULL || err == USHER_ENOMEM)
		err = defer(center, ev);
	if (err)
		give_up(center, err);
}

bool usher__journal_full(const struct usher_center *center)
{
	return center->backlog != NULL;
}

void usher__journal_free(struct usher_center *center)
{
	clear(center);
}
