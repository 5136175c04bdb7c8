/* A store's life, from its options to its end, and what its owner asks. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define LOCK_NAME "lock"

/* A turn that fills the memory must fit into it. */
#define MEMORY_MIN  (64u << 10)
#define SEGMENT_MIN 4096u

void usher_store_opts_init(struct usher_store_opts *opts, size_t size)
{
	if (!opts || size < sizeof(opts->size))
		return;
	memset(opts, 0, size);
	opts->size = size;
}

static void default64(uint64_t *value, uint64_t fallback)
{
	if (!*value)
		*value = fallback;
}

static void default32(uint32_t *value, uint32_t fallback)
{
	if (!*value)
		*value = fallback;
}

static int opts_take(struct usher_store *store,
		     const struct usher_store_opts *opts,
		     struct usher_error *err)
{
	struct usher_store_opts *own = &store->opts;
	size_t size;

	if (!opts || opts->size < sizeof(opts->size) || !opts->dir ||
	    !opts->dir[0])
		return usher_error_set(err, USHER_EINVAL,
				       "a store needs a directory");
	size = opts->size < sizeof(*own) ? opts->size : sizeof(*own);
	memcpy(own, opts, size);
	if (strlen(opts->dir) >= sizeof(store->path))
		return usher_error_set(err, USHER_EINVAL,
				       "the directory's name is longer than "
				       "%d bytes",
				       USHER_STORE_DIR_MAX - 1);
	strcpy(store->path, opts->dir);
	own->dir = store->path;
	default64(&own->segment_bytes, USHER_STORE_SEGMENT_BYTES);
	default64(&own->memory_bytes, USHER_STORE_MEMORY_BYTES);
	default32(&own->sync_ms, USHER_STORE_SYNC_MS);
	default32(&own->stall_ms, USHER_STORE_STALL_MS);
	default32(&own->snapshots_kept, USHER_STORE_SNAPSHOTS_KEPT);
	if (own->segment_bytes < SEGMENT_MIN ||
	    own->memory_bytes < MEMORY_MIN || own->snapshots_kept < 2 ||
	    own->snapshots_kept > INT32_MAX || own->node > UINT16_MAX ||
	    own->retention > USHER_STORE_PRUNE)
		return usher_error_set(err, USHER_EINVAL,
				       "an option of the store is out of "
				       "range");
	return 0;
}

static int dir_open(struct usher_store *store, struct usher_error *err)
{
	if (mkdir(store->path, 0700) && errno != EEXIST)
		return usher__error_file(err, USHER_EIO, store->path,
					 "cannot make %s: %s", store->path,
					 strerror(errno));
	store->dir = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->dir < 0)
		return usher__error_file(err, USHER_EIO, store->path,
					 "cannot open %s: %s", store->path,
					 strerror(errno));
	store->lock_fd = openat(store->dir, LOCK_NAME,
				O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock_fd < 0)
		return usher__error_file(err, USHER_EIO, store->path,
					 "cannot write to %s: %s", store->path,
					 strerror(errno));
	/* flock and not fcntl: a record lock would not keep out a second
	 * opener in this process, and is lost when one closes the file. */
	if (!flock(store->lock_fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK)
		return usher__error_file(err, USHER_EBUSY, store->path,
					 "%s is in use by another store",
					 store->path);
	return usher__error_file(err, USHER_EIO, store->path,
				 "cannot lock %s: %s", store->path,
				 strerror(errno));
}

/* Refuse what a newer version wrote before anything is touched. */
static int versions_check(struct usher_store *store, struct usher_error *err)
{
	uint64_t *numbers, first;
	int count, rc = 0;

	count = usher__files_list(store->dir, "journal-", ".seg", &numbers);
	if (count < 0)
		return usher_error_set(err, count, "cannot list %s",
				       store->path);
	for (int i = 0; i < count && !rc; i++)
		rc = usher__segment_first(store->io, store->dir, numbers[i],
					  &first, err);
	free(numbers);
	return rc;
}

static void chunks_free(struct chunk *chunk)
{
	while (chunk) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

static void store_free(struct usher_store *store)
{
	usher__historian_free(store);
	while (store->retired) {
		struct segfile *next = store->retired->next;

		usher__segfile_free(store->retired);
		store->retired = next;
	}
	usher__segfile_free(store->current);
	usher__segfile_free(store->spare);
	chunks_free(store->head);
	chunks_free(store->pool);
	free(store->turn);
	free(store->scratch);
	free(store->snapshot);
	free(store->phones);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	if (store->dir >= 0)
		close(store->dir);
	usher__fork_unmark(store);
	pthread_cond_destroy(&store->wake);
	pthread_cond_destroy(&store->news);
	pthread_cond_destroy(&store->wake_historian);
	pthread_mutex_destroy(&store->lock);
	pthread_mutex_destroy(&store->health_lock);
	free(store);
}

static void locks_init(struct usher_store *store)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&store->lock, NULL);
	pthread_mutex_init(&store->health_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&store->wake, &attr);
	pthread_cond_init(&store->news, &attr);
	pthread_cond_init(&store->wake_historian, &attr);
	pthread_condattr_destroy(&attr);
}

int usher__store_open(struct usher_store **ret,
		      const struct usher_store_opts *opts,
		      const struct usher__io *io, struct usher_error *err)
{
	struct usher_store *store;
	int rc;

	if (!ret)
		return usher_error_set(err, USHER_EINVAL, "no place for it");
	store = calloc(1, sizeof(*store));
	if (!store)
		return usher_error_set(err, USHER_ENOMEM, "out of memory");
	store->pid = getpid();
	usher__fork_mark(store);
	store->io = io;
	store->dir = store->lock_fd = store->person_fd = -1;
	store->next_number = 1;
	locks_init(store);
	rc = opts_take(store, opts, err);
	if (!rc)
		rc = dir_open(store, err);
	if (!rc)
		rc = versions_check(store, err);
	if (!rc)
		rc = usher__historian_open(store, err);
	if (rc) {
		store_free(store);
		return rc;
	}
	*ret = store;
	return 0;
}

int usher_store_open(struct usher_store **ret,
		     const struct usher_store_opts *opts,
		     struct usher_error *err)
{
	return usher__store_open(ret, opts, &usher__io_system, err);
}

int usher_store_close(struct usher_store *store)
{
	uint64_t lost;

	if (!store)
		return 0;
	if (usher__store_check(store))
		return USHER_EFORK;
	usher_store_commit_turn(store);
	pthread_mutex_lock(&store->lock);
	store->stop = true;
	pthread_cond_broadcast(&store->wake);
	pthread_mutex_unlock(&store->lock);
	if (store->writer_runs)
		pthread_join(store->writer, NULL);
	/* After the writer, so that the last turns stand in history too. */
	pthread_mutex_lock(&store->lock);
	store->stop_historian = true;
	pthread_cond_broadcast(&store->wake_historian);
	pthread_mutex_unlock(&store->lock);
	if (store->historian_runs)
		pthread_join(store->historian, NULL);
	usher__store_move(store, STORE_CLOSED, NULL);
	lost = store->lost + usher__personal_lost(store);
	if (lost)
		usher__store_log(store, USHER_STORE_ERROR,
				 "%" PRIu64 " turns and personal values were "
				 "lost: the disk did not take them before the "
				 "store was closed",
				 lost);
	store_free(store);
	return lost ? USHER_EIO : 0;
}

uint64_t usher_store_appended(const struct usher_store *store)
{
	return store->appended;
}

uint64_t usher_store_committed(const struct usher_store *store)
{
	return store->committed;
}

uint64_t usher_store_projected(const struct usher_store *store)
{
	return store->projected;
}

uint64_t usher_store_snapshot_seq(const struct usher_store *store)
{
	return store->snapshot_seq;
}

int usher_store_health(const struct usher_store *store)
{
	return store->state == STORE_HELD ? USHER_STORE_DEGRADED
					  : USHER_STORE_RECOVERED;
}

int usher_store_snapshot(struct usher_store *store, uint64_t seq,
			 const void *bytes, size_t len)
{
	struct snapshot_put *put, *old;
	int rc = usher__store_check(store);

	if (rc)
		return rc;
	if (store->state != STORE_DIRECT && store->state != STORE_HELD)
		return USHER_ESTATE;
	if (!seq || seq != store->appended || (!bytes && len) ||
	    len > USHER_STORE_SNAPSHOT_MAX)
		return USHER_EINVAL;
	put = malloc(sizeof(*put) + len);
	if (!put)
		return USHER_ENOMEM;
	put->seq = seq;
	put->len = len;
	if (len)
		memcpy(put->bytes, bytes, len);
	pthread_mutex_lock(&store->lock);
	old = store->snapshot;
	store->snapshot = put;
	pthread_cond_signal(&store->wake);
	pthread_mutex_unlock(&store->lock);
	free(old);
	return 0;
}

/* What a caller waits for. */
struct goal {
	uint64_t pos, seq;
	bool projected;
};

static bool reached(const struct usher_store *store, const struct goal *goal)
{
	if (store->committed_pos < goal->pos)
		return false;
	return !goal->projected || (store->projected >= goal->seq &&
				    store->flushed_seq >= goal->seq);
}

int usher_store_wait(struct usher_store *store, int what, uint32_t timeout_ms)
{
	int64_t until = usher__now_ms() + timeout_ms;
	struct goal goal = {0};
	int rc = usher__store_check(store);

	if (rc)
		return rc;
	if (what != USHER_STORE_COMMITTED && what != USHER_STORE_PROJECTED)
		return USHER_EINVAL;
	pthread_mutex_lock(&store->lock);
	goal.pos = store->tail ? store->tail->last_pos : store->committed_pos;
	goal.seq = store->tail ? store->tail->last_seq : store->committed;
	goal.projected =
		what == USHER_STORE_PROJECTED && !store->opts.no_history;

	store->flush++;
	pthread_cond_signal(&store->wake);
	pthread_cond_signal(&store->wake_historian);
	while (!reached(store, &goal) && usher__now_ms() < until)
		usher__cond_wait_until(store, &store->news, until);
	store->flush--;
	rc = reached(store, &goal) ? 0 : USHER_ETIMEDOUT;
	pthread_mutex_unlock(&store->lock);
	return rc;
}
