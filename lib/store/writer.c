/* The writer's thread: brings to disk what the owner put into the kernel.
 *
 * A sync covers every turn that was committed since the one before, so it is
 * made only once half of sync_ms has passed since the first of them; the
 * other half is the disk's. SQLite has a thread of its own (historian.c),
 * since a checkpoint there syncs too, and would make this one late. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* Between two attempts to write to a disk that refused. */
#define RETRY_MS 100

void usher__segfile_free(struct segfile *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		close(file->fd);
	free(file);
}

/* A new empty segment file, or NULL and the negative errno in *rc. */
static struct segfile *segfile_new(struct usher_store *store, int *rc)
{
	struct segfile *file = calloc(1, sizeof(*file));

	if (!file) {
		*rc = -ENOMEM;
		return NULL;
	}
	file->fd = usher__segment_create(store->io, store->dir,
					 store->next_number, store->opts.node);
	if (file->fd < 0) {
		*rc = file->fd;
		free(file);
		return NULL;
	}
	file->number = store->next_number++;
	file->offset = file->synced = SEGMENT_HEADER;
	return file;
}

/* Let go of the turns up to a position: they are on disk. Lock held. */
static void chunks_done(struct usher_store *store, uint64_t pos)
{
	struct chunk *chunk;

	while ((chunk = store->head) && chunk->last_pos <= pos) {
		store->head = chunk->next;
		store->committed_pos = chunk->last_pos;
		store->committed = chunk->last_seq;
		store->memory -= sizeof(*chunk) + chunk->cap;
		if (store->pooled == POOL_COUNT || chunk->cap > POOL_BYTES) {
			free(chunk);
			continue;
		}
		chunk->next = store->pool;
		store->pool = chunk;
		store->pooled++;
	}
	if (!store->head)
		store->tail = NULL;
	pthread_cond_broadcast(&store->news);
	pthread_cond_signal(&store->wake_historian);
}

/* Nothing waits any more and the disk works. Lock held. */
static void settle(struct usher_store *store)
{
	if (store->state == STORE_HELD && !store->head && !store->current_bad)
		usher__store_move(store, STORE_DIRECT, NULL);
}

static void hold(struct usher_store *store, const struct usher_error *why)
{
	pthread_mutex_lock(&store->lock);
	if (store->state == STORE_DIRECT)
		usher__store_move(store, STORE_HELD, why);
	store->current_bad = true;
	pthread_mutex_unlock(&store->lock);
}

/* Sync full segments; they leave the list when it worked. Only this thread
 * takes from the list, only the owner adds at its head. */
static int sync_retired(struct usher_store *store, struct segfile *list)
{
	for (struct segfile *file = list; file; file = file->next) {
		int rc = store->io->sync(store->io->arg, file->fd);

		if (rc)
			return rc;
		file->synced = file->offset;
	}
	return 0;
}

static void free_retired(struct usher_store *store, struct segfile *list)
{
	struct segfile **link;

	pthread_mutex_lock(&store->lock);
	for (link = &store->retired; *link && *link != list;)
		link = &(*link)->next;
	*link = NULL;
	pthread_mutex_unlock(&store->lock);
	while (list) {
		struct segfile *next = list->next;

		usher__segfile_free(list);
		list = next;
	}
}

/* DIRECT: one sync for all that was written. 0 or the negative errno. */
static int sync_round(struct usher_store *store)
{
	struct segfile *retired, *file;
	struct usher_error why;
	uint64_t pos, written;
	int rc;

	pthread_mutex_lock(&store->lock);
	pos = store->tail->last_pos;
	retired = store->retired;
	file = store->current;
	written = file->offset;
	pthread_mutex_unlock(&store->lock);

	rc = sync_retired(store, retired);
	if (!rc)
		rc = store->io->sync(store->io->arg, file->fd);
	if (rc) {
		usher_error_set(&why, USHER_EIO, "cannot sync the journal: %s",
				strerror(-rc));
		hold(store, &why);
		return rc;
	}
	free_retired(store, retired);
	pthread_mutex_lock(&store->lock);
	file->synced = written;
	chunks_done(store, pos);
	settle(store);
	pthread_mutex_unlock(&store->lock);
	return 0;
}

/* Make a new segment the current one; the old ones will be cut. */
static int current_replace(struct usher_store *store)
{
	struct segfile *file;
	int rc = 0;

	pthread_mutex_lock(&store->lock);
	file = store->spare;
	store->spare = NULL;
	pthread_mutex_unlock(&store->lock);
	if (!file)
		file = segfile_new(store, &rc);
	if (!file)
		return rc;
	pthread_mutex_lock(&store->lock);
	store->current->next = store->retired;
	store->retired = store->current;
	store->current = file;
	store->current_bad = false;
	store->replaced = true;
	pthread_mutex_unlock(&store->lock);
	return 0;
}

/* Cut from the old segments what the new one holds again. When it does not
 * work, or the power goes now, readers find the same entries in both. */
static void retired_cut(struct usher_store *store)
{
	struct segfile *list = store->retired;

	for (struct segfile *file = list; file; file = file->next) {
		char name[SEGMENT_NAME];

		usher__segment_name(name, file->number);
		if (file->synced == SEGMENT_HEADER)
			store->io->unlinkat(store->io->arg, store->dir, name);
		else
			store->io->truncate(store->io->arg, file->fd,
					    (off_t)file->synced);
	}
	free_retired(store, list);
}

/* HELD: write what waits, from the first turn not known to be on disk. */
static int held_round(struct usher_store *store)
{
	struct chunk *chunk, *last;
	struct segfile *file;
	uint64_t offset;
	int rc = 0;

	/* In place only what is the direct continuation of what is on disk:
	 * else a kill halfway would take what the kernel had. */
	if (store->current_bad || (store->retired && !store->replaced))
		rc = current_replace(store);
	if (rc)
		return rc;
	pthread_mutex_lock(&store->lock);
	file = store->current;
	chunk = store->head;
	last = store->tail;
	pthread_mutex_unlock(&store->lock);

	offset = file->synced;
	for (; chunk && !rc; chunk = chunk == last ? NULL : chunk->next) {
		rc = usher__io_write(store->io, file->fd, chunk->data,
				     chunk->len, offset);
		offset += chunk->len;
	}
	if (!rc)
		rc = store->io->sync(store->io->arg, file->fd);
	/* Next time the same file from the same place: writing it again
	 * makes its pages dirty again, so a later sync means what it says. */
	if (rc)
		return rc;
	retired_cut(store);
	store->replaced = false;
	pthread_mutex_lock(&store->lock);
	file->offset = file->synced = offset;
	if (last)
		chunks_done(store, last->last_pos);
	settle(store);
	pthread_mutex_unlock(&store->lock);
	return 0;
}

static void spare_make(struct usher_store *store)
{
	struct segfile *file;
	bool wanted;
	int rc;

	pthread_mutex_lock(&store->lock);
	wanted = store->state == STORE_DIRECT && !store->spare &&
		 store->current->offset > store->opts.segment_bytes / 2;
	pthread_mutex_unlock(&store->lock);
	if (!wanted)
		return;
	/* When it fails the current one grows on; the next round tries again
	 * and a disk that is full shows in the journal itself. */
	file = segfile_new(store, &rc);
	if (!file)
		return;
	pthread_mutex_lock(&store->lock);
	store->spare = file;
	pthread_mutex_unlock(&store->lock);
}

static void snapshot_take(struct usher_store *store)
{
	struct snapshot_put *snapshot;

	pthread_mutex_lock(&store->lock);
	snapshot = store->snapshot;
	if (snapshot && snapshot->seq <= store->committed)
		store->snapshot = NULL;
	else
		snapshot = NULL;
	pthread_mutex_unlock(&store->lock);
	if (!snapshot)
		return;
	if (!usher__snapshot_write(store, snapshot))
		usher__store_prune(store);
	free(snapshot);
}

/* Sleep until there is work; true when it is time to end. */
static bool writer_wait(struct usher_store *store, int64_t not_before)
{
	bool stop;

	pthread_mutex_lock(&store->lock);
	while (!store->stop && !store->head &&
	       !(store->snapshot && store->snapshot->seq <= store->committed))
		pthread_cond_wait(&store->wake, &store->lock);
	if (store->head && store->state == STORE_DIRECT)
		not_before = store->head->since_ms + store->opts.sync_ms / 2;
	while (!store->stop && !store->flush && usher__now_ms() < not_before)
		usher__cond_wait_until(store, &store->wake, not_before);
	stop = store->stop;
	pthread_mutex_unlock(&store->lock);
	return stop;
}

/* What a disk that refuses to the end did not take. */
static void chunks_lose(struct usher_store *store)
{
	struct chunk *chunk;

	pthread_mutex_lock(&store->lock);
	while ((chunk = store->head)) {
		store->head = chunk->next;
		store->lost++;
		free(chunk);
	}
	store->tail = NULL;
	pthread_mutex_unlock(&store->lock);
}

/* The mark of an orderly close: what stands before it was on disk. */
static void close_mark(struct usher_store *store)
{
	struct usher__record mark = {.synced_pos = store->committed_pos};
	struct segfile *file = store->current;
	uint8_t buf[RECORD_HEADER];

	if (!mark.synced_pos || file->offset == SEGMENT_HEADER)
		return;
	usher__record_seal(buf, &mark);
	if (!usher__io_write(store->io, file->fd, buf, sizeof(buf),
			     file->offset))
		store->io->sync(store->io->arg, file->fd);
}

void *usher__writer_run(void *arg)
{
	struct usher_store *store = arg;
	int64_t retry = 0, give_up = 0;

	for (;;) {
		bool stop = writer_wait(store, retry), work;
		int state, rc = 0;

		pthread_mutex_lock(&store->lock);
		state = store->state;
		work = store->head != NULL;
		pthread_mutex_unlock(&store->lock);
		if (state == STORE_HELD)
			rc = held_round(store);
		else if (work)
			rc = sync_round(store);
		usher__store_tell_health(store);
		retry = rc ? usher__now_ms() + RETRY_MS : 0;
		if (!rc) {
			snapshot_take(store);
			spare_make(store);
		}
		if (!stop)
			continue;
		if (!give_up)
			give_up = usher__now_ms() + USHER_STORE_CLOSE_MS;
		if (!work)
			break;
		if (rc && usher__now_ms() >= give_up) {
			chunks_lose(store);
			break;
		}
		if (rc)
			usleep(RETRY_MS * 1000);
	}
	if (!store->lost)
		close_mark(store);
	return NULL;
}
