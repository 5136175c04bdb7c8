/* Snapshots: written beside the older ones, renamed into place once they are
 * on disk, so that a half-written one never has the name of a whole one.
 *
 *     0   8  "USHERSNP"         16  8  sequence
 *     8   4  format version     24  8  length of the state
 *     12  4  length of header   32  4  CRC-32C of the state
 *                               36  4  CRC-32C of the header so far */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define SNAPSHOT_VERSION 1u
#define SNAPSHOT_HEADER  40u
#define SNAPSHOT_NAME    48

static const char snapshot_magic[8] = {'U', 'S', 'H', 'E', 'R', 'S', 'N', 'P'};

static void snapshot_name(char name[SNAPSHOT_NAME], uint64_t seq,
			  const char *suffix)
{
	snprintf(name, SNAPSHOT_NAME, "snapshot-%020" PRIu64 "%s", seq,
		 suffix);
}

/* Remove all but the newest ones. */
static void snapshots_thin(struct usher_store *store)
{
	char name[SNAPSHOT_NAME];
	uint64_t *seqs;
	int count;

	count = usher__files_list(store->dir, "snapshot-", ".snap", &seqs);
	if (count < 0)
		return;
	for (int i = 0; i < count - (int)store->opts.snapshots_kept; i++) {
		snapshot_name(name, seqs[i], ".snap");
		store->io->unlinkat(store->io->arg, store->dir, name);
	}
	free(seqs);
}

static int write_file(struct usher_store *store, const char *name,
		      const struct snapshot_put *snapshot)
{
	const struct usher__io *io = store->io;
	uint8_t header[SNAPSHOT_HEADER];
	int fd, rc;

	memcpy(header, snapshot_magic, sizeof(snapshot_magic));
	usher__put32(header + 8, SNAPSHOT_VERSION);
	usher__put32(header + 12, SNAPSHOT_HEADER);
	usher__put64(header + 16, snapshot->seq);
	usher__put64(header + 24, snapshot->len);
	usher__put32(header + 32,
		     usher__crc32c(0, snapshot->bytes, snapshot->len));
	usher__put32(header + 36, usher__crc32c(0, header, 36));
	fd = io->openat(io->arg, store->dir, name, O_RDWR | O_CREAT | O_TRUNC);
	if (fd < 0)
		return fd;
	rc = usher__io_write(io, fd, header, sizeof(header), 0);
	if (!rc)
		rc = usher__io_write(io, fd, snapshot->bytes, snapshot->len,
				     sizeof(header));
	if (!rc)
		rc = io->sync(io->arg, fd);
	close(fd);
	return rc;
}

int usher__snapshot_write(struct usher_store *store,
			  const struct snapshot_put *snapshot)
{
	char temporary[SNAPSHOT_NAME], name[SNAPSHOT_NAME];
	const struct usher__io *io = store->io;
	int rc;

	snapshot_name(temporary, snapshot->seq, ".tmp");
	snapshot_name(name, snapshot->seq, ".snap");
	rc = write_file(store, temporary, snapshot);
	if (!rc)
		rc = io->renameat(io->arg, store->dir, temporary, name);
	if (rc) {
		io->unlinkat(io->arg, store->dir, temporary);
		usher__store_log(store, USHER_STORE_ERROR,
				 "cannot write %s: %s", name, strerror(-rc));
		return USHER_EIO;
	}
	/* Before older ones go, the name must be on disk. */
	if (usher__io_sync_dir(io, store->dir))
		return USHER_EIO;
	store->snapshot_seq = snapshot->seq;
	snapshots_thin(store);
	return 0;
}

/* *ret is the caller's to free. */
int usher__snapshot_read(const struct usher__io *io, int dir, uint64_t seq,
			 uint8_t **ret, size_t *ret_len)
{
	uint8_t header[SNAPSHOT_HEADER], *bytes = NULL;
	char name[SNAPSHOT_NAME];
	uint64_t len;
	int fd, rc = USHER_ECORRUPT;

	snapshot_name(name, seq, ".snap");
	fd = io->openat(io->arg, dir, name, O_RDONLY);
	if (fd < 0)
		return USHER_EIO;
	if (usher__io_read(io, fd, header, sizeof(header), 0) !=
		    (ssize_t)sizeof(header) ||
	    memcmp(header, snapshot_magic, sizeof(snapshot_magic)) ||
	    usher__get32(header + 36) != usher__crc32c(0, header, 36))
		goto out;
	if (usher__get32(header + 8) > SNAPSHOT_VERSION) {
		rc = USHER_ENOTSUP;
		goto out;
	}
	len = usher__get64(header + 24);
	if (usher__get64(header + 16) != seq || len > USHER_STORE_SNAPSHOT_MAX)
		goto out;
	bytes = malloc(len ? len : 1);
	if (!bytes) {
		rc = USHER_ENOMEM;
		goto out;
	}
	if (usher__io_read(io, fd, bytes, len, SNAPSHOT_HEADER) !=
		    (ssize_t)len ||
	    usher__get32(header + 32) != usher__crc32c(0, bytes, len))
		goto out;
	*ret = bytes;
	*ret_len = len;
	bytes = NULL;
	rc = 0;
out:
	free(bytes);
	close(fd);
	return rc;
}

int usher__snapshot_recover(struct usher_store *store,
			    const struct usher_store_recover_cb *cb,
			    uint64_t *ret_seq, uint64_t *ret_bad,
			    struct usher_error *err)
{
	uint64_t *seqs = NULL;
	int count, rc = 0;

	count = usher__files_list(store->dir, "snapshot-", ".snap", &seqs);
	if (count < 0)
		return usher_error_set(err, count, "cannot list snapshots");
	for (int i = count - 1; i >= 0; i--) {
		char name[SNAPSHOT_NAME];
		uint8_t *bytes = NULL;
		size_t len = 0;

		snapshot_name(name, seqs[i], ".snap");
		rc = usher__snapshot_read(store->io, store->dir, seqs[i],
					  &bytes, &len);
		if (!rc)
			rc = cb->snapshot(cb->arg, seqs[i], bytes, len);
		free(bytes);
		if (rc == USHER_ENOMEM)
			break;
		if (!rc) {
			*ret_seq = seqs[i];
			break;
		}
		usher__store_log(store, USHER_STORE_WARNING,
				 "%s is not used: %s", name,
				 usher_strerror(rc));
		rc = 0;
		++*ret_bad;
	}
	free(seqs);
	return rc;
}

/* The oldest snapshot kept, when there are enough of them. */
static uint64_t prune_below(struct usher_store *store)
{
	uint64_t *seqs, seq = 0;
	int count;

	count = usher__files_list(store->dir, "snapshot-", ".snap", &seqs);
	if (count < 0)
		return 0;
	if (count >= (int)store->opts.snapshots_kept)
		seq = seqs[0];
	free(seqs);
	if (!store->opts.no_history && seq > store->projected)
		seq = store->projected;
	return seq;
}

void usher__store_prune(struct usher_store *store)
{
	uint64_t *numbers, first, below, current;
	char name[SEGMENT_NAME];
	int count;

	if (store->opts.retention != USHER_STORE_PRUNE)
		return;
	below = prune_below(store);
	pthread_mutex_lock(&store->lock);
	current = store->current->number;
	pthread_mutex_unlock(&store->lock);
	count = usher__files_list(store->dir, "journal-", ".seg", &numbers);
	if (count < 0)
		return;
	/* A segment goes when the next one begins at or below what is kept,
	 * the one that is being written never. */
	for (int i = 0; i + 1 < count; i++) {
		first = 0;
		if (numbers[i + 1] > current ||
		    usher__segment_first(store->io, store->dir, numbers[i + 1],
					 &first, NULL) ||
		    !first || first > below + 1)
			break;
		usher__segment_name(name, numbers[i]);
		store->io->unlinkat(store->io->arg, store->dir, name);
	}
	free(numbers);
}
