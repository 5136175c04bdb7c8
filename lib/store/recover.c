#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static int give_entries(struct usher_store *store, struct usher__reader *r,
			const struct usher_store_recover_cb *cb,
			struct usher_store_recovery *found,
			struct usher_error *err)
{
	struct usher_store_entry entry;
	int rc;

	while ((rc = usher__reader_next(r, &entry, err)) == 1) {
		found->last_time_us = entry.time_us;
		if (cb->entry)
			rc = cb->entry(cb->arg, &entry);
		if (rc < 0)
			return usher_error_set(err, rc,
					       "event %" PRIu64
					       " of the journal is refused: "
					       "%s",
					       entry.seq, usher_strerror(rc));
		found->entries++;
	}
	if (rc)
		return rc;
	store->last_pos = r->next_pos ? r->next_pos - 1 : 0;
	found->last_seq = r->next_seq ? r->next_seq - 1 : 0;
	return 0;
}

/* Time goes on from the last entry, also when a snapshot covers it. */
static int last_time(struct usher__reader *r, uint64_t seq,
		     struct usher_store_recovery *found)
{
	struct usher_store_entry entry;
	struct usher__reader again;
	int rc;

	if (found->entries || !seq)
		return 0;
	rc = usher__reader_open(&again, r->io, r->dir, seq, NULL);
	if (rc)
		return rc == USHER_ENOENT ? 0 : rc;
	while ((rc = usher__reader_next(&again, &entry, NULL)) == 1)
		found->last_time_us = entry.time_us;
	usher__reader_close(&again);
	return rc;
}

/* Cut the tail and remove what follows it: nothing of it was promised. */
static int cut_tail(struct usher_store *store, struct usher__reader *r,
		    struct usher_store_recovery *found,
		    struct usher_error *err)
{
	const struct usher__io *io = store->io;
	char name[SEGMENT_NAME];
	struct stat st;
	int rc = 0;

	for (int i = r->count - 1; i >= 0 && !rc; i--) {
		uint64_t keep = 0, unused;
		int fd;

		if (r->numbers[i] < r->torn_segment)
			break;
		if (r->numbers[i] == r->torn_segment)
			keep = r->torn_offset;
		usher__segment_name(name, r->numbers[i]);
		fd = io->openat(io->arg, store->dir, name, O_RDWR);
		rc = fd < 0 ? fd : fstat(fd, &st) ? -errno : 0;
		/* The header of a file that was made ahead is no loss. */
		unused = keep ? keep : SEGMENT_HEADER;
		if (!rc && (uint64_t)st.st_size > unused)
			found->cut_bytes += (uint64_t)st.st_size - unused;
		if (!rc && keep > SEGMENT_HEADER)
			rc = io->truncate(io->arg, fd, (off_t)keep);
		if (!rc && keep > SEGMENT_HEADER)
			rc = io->sync(io->arg, fd);
		if (!rc && keep <= SEGMENT_HEADER)
			rc = io->unlinkat(io->arg, store->dir, name);
		if (fd >= 0)
			close(fd);
	}
	if (rc)
		return usher__error_file(err, USHER_EIO, name,
					 "cannot cut %s: %s", name,
					 strerror(-rc));
	usher__segment_name(name, r->torn_segment);
	snprintf(found->cut_file, sizeof(found->cut_file), "%s", name);
	found->cut_offset = r->torn_offset;
	usher__store_log(store, USHER_STORE_WARNING,
			 "%s: cut %" PRIu64 " bytes of a torn tail at offset "
			 "%" PRIu64,
			 name, found->cut_bytes, found->cut_offset);
	return 0;
}

/* Segments without a record: made ahead, or at a start, and never used. */
static int remove_idle(struct usher_store *store, struct usher_error *err)
{
	uint64_t *numbers;
	struct stat st;
	int count;

	count = usher__files_list(store->dir, "journal-", ".seg", &numbers);
	if (count < 0)
		return usher_error_set(err, count, "cannot list the journal");
	for (int i = 0; i < count; i++) {
		char name[SEGMENT_NAME];

		usher__segment_name(name, numbers[i]);
		if (!fstatat(store->dir, name, &st, 0) &&
		    st.st_size <= SEGMENT_HEADER)
			store->io->unlinkat(store->io->arg, store->dir, name);
	}
	if (count)
		store->next_number = numbers[count - 1] + 1;
	free(numbers);
	return 0;
}

/* The process died while the writer wrote again what a broken disk may have
 * lost, and got no further than the first attempt. */
static void remove_repeated(struct usher_store *store, uint64_t number)
{
	char name[SEGMENT_NAME];

	if (!number)
		return;
	usher__segment_name(name, number);
	store->io->unlinkat(store->io->arg, store->dir, name);
}

static int begin_segment(struct usher_store *store, struct usher_error *err)
{
	struct segfile *file = calloc(1, sizeof(*file));
	char name[SEGMENT_NAME];

	if (!file)
		return USHER_ENOMEM;
	/* Always a new one: nothing is ever written behind a cut. */
	file->number = store->next_number;
	usher__segment_name(name, file->number);
	file->fd = usher__segment_create(store->io, store->dir, file->number,
					 store->opts.node);
	if (file->fd < 0) {
		int rc = usher__error_file(err, USHER_EIO, name,
					   "cannot make %s in %s: %s", name,
					   store->path, strerror(-file->fd));

		free(file);
		return rc;
	}
	file->offset = file->synced = SEGMENT_HEADER;
	store->next_number++;
	store->current = file;
	return 0;
}

static int read_journal(struct usher_store *store,
			const struct usher_store_recover_cb *cb,
			struct usher_store_recovery *found,
			struct usher_error *err)
{
	uint64_t base = found->snapshot_seq;
	struct usher__reader r;
	int rc;

	rc = usher__reader_open(&r, store->io, store->dir, base ? base + 1 : 0,
				err);
	if (rc)
		return rc == USHER_ENOENT ? USHER_ECORRUPT : rc;
	rc = give_entries(store, &r, cb, found, err);
	if (!rc && r.torn_segment)
		rc = cut_tail(store, &r, found, err);
	if (!rc)
		remove_repeated(store, r.idle_segment);
	if (!rc)
		rc = last_time(&r, found->last_seq, found);
	usher__reader_close(&r);
	if (!rc && found->last_seq < base)
		found->last_seq = base;
	return rc;
}

/* Without a snapshot only a journal that is whole will do. */
static int check_begin(struct usher_store *store,
		       struct usher_store_recovery *found,
		       struct usher_error *err)
{
	uint64_t *numbers, first = 0;
	int count, rc = 0;

	count = usher__files_list(store->dir, "journal-", ".seg", &numbers);
	if (count < 0)
		return usher_error_set(err, count, "cannot list the journal");
	for (int i = 0; i < count && !rc && !first; i++)
		rc = usher__segment_first(store->io, store->dir, numbers[i],
					  &first, err);
	free(numbers);
	found->first_seq = first;
	if (!rc && !found->snapshot_seq && first > 1)
		return usher_error_set(err, USHER_ECORRUPT,
				       "the journal in %s begins at event "
				       "%" PRIu64 " and no snapshot before it "
				       "can be used",
				       store->path, first);
	return rc;
}

static void found_give(struct usher_store_recovery *ret,
		       const struct usher_store_recovery *found)
{
	size_t size;

	if (!ret)
		return;
	size = ret->size < sizeof(*found) ? ret->size : sizeof(*found);
	memcpy(ret, found, size);
	ret->size = size;
}

int usher_store_recover(struct usher_store *store,
			const struct usher_store_recover_cb *cb,
			struct usher_store_recovery *ret,
			struct usher_error *err)
{
	struct usher_store_recovery found = {.size = sizeof(found)};
	int rc = usher__store_check(store);

	if (rc)
		return usher_error_set(err, rc, "%s", usher_strerror(rc));
	if (!cb || store->state != STORE_NEW)
		return usher_error_set(err, cb ? USHER_ESTATE : USHER_EINVAL,
				       "a store is recovered once");
	if (cb->snapshot)
		rc = usher__snapshot_recover(store, cb, &found.snapshot_seq,
					     &found.snapshots_bad, err);
	if (!rc)
		rc = check_begin(store, &found, err);
	if (!rc)
		rc = read_journal(store, cb, &found, err);
	if (!rc)
		rc = remove_idle(store, err);
	if (!rc)
		rc = begin_segment(store, err);
	if (rc)
		return rc;
	store->appended = store->committed = found.last_seq;
	store->committed_pos = store->last_pos;
	store->last_time_us = found.last_time_us;
	store->snapshot_seq = found.snapshot_seq;
	rc = usher__historian_start(store, err);
	if (rc)
		return rc;
	usher__store_move(store, STORE_DIRECT, NULL);
	rc = usher__thread_start(&store->writer, usher__writer_run, store);
	store->writer_runs = !rc;
	if (rc)
		return usher_error_set(err, rc, "cannot start a thread");
	found_give(ret, &found);
	return 0;
}
