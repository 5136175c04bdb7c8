/* Readers follow one ring of encoded events.
 *
 * The loop's thread appends under the lock, once a turn; a reader copies one
 * event out under the lock and decodes it outside. A reader that is behind
 * the oldest event is told so and goes on from there, so it costs the others
 * nothing. Its descriptor is an eventfd that stays readable while events
 * wait: it is written when its reader had seen everything and something came,
 * and read when the reader finds nothing more.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "center/blocks.h"
#include "center/reader.h"

_Static_assert(USHER_ENTRY_MAX <= USHER__BLOCK_MAX, "each event has room");

struct slot {
	unsigned char *bytes; /* in blocks */
	uint32_t len;
	uint16_t type;
};

struct usher__evlog {
	pthread_mutex_t lock;
	struct slot *ring; /* USHER__LOG_EVENTS_MAX of them */
	struct usher__blocks blocks;
	uint64_t first; /* sequence of the oldest event kept */
	uint64_t next;  /* sequence after the newest visible one */
	uint64_t added; /* sequence after the newest, visible or not */
	size_t bytes;
	unsigned refs;
	struct usher_reader *readers;
};

struct usher_reader {
	struct usher_reader *next;
	struct usher__evlog *log;
	uint64_t cursor; /* sequence wanted next */
	int fd;
	bool signaled;
	bool lagged;
	uint16_t *types; /* ascending; NULL: all */
	uint32_t type_count;
	unsigned char *buf;
	size_t cap;
	struct usher_decoder *decoder;
};

int usher__evlog_new(struct usher__evlog **ret)
{
	struct usher__evlog *log = calloc(1, sizeof(*log));

	if (!log)
		return USHER_ENOMEM;
	log->ring = calloc(USHER__LOG_EVENTS_MAX, sizeof(*log->ring));
	if (!log->ring || usher__blocks_init(&log->blocks) ||
	    pthread_mutex_init(&log->lock, NULL)) {
		usher__blocks_free(&log->blocks);
		free(log->ring);
		free(log);
		return USHER_ENOMEM;
	}
	log->refs = 1;
	*ret = log;
	return 0;
}

void usher__evlog_unref(struct usher__evlog *log)
{
	unsigned left;

	if (!log)
		return;
	pthread_mutex_lock(&log->lock);
	left = --log->refs;
	pthread_mutex_unlock(&log->lock);
	if (left)
		return;
	usher__blocks_free(&log->blocks);
	pthread_mutex_destroy(&log->lock);
	free(log->ring);
	free(log);
}

static struct slot *slot_of(struct usher__evlog *log, uint64_t seq)
{
	return &log->ring[seq % USHER__LOG_EVENTS_MAX];
}

static void drop_oldest(struct usher__evlog *log)
{
	struct slot *slot = slot_of(log, log->first++);

	log->bytes -= slot->len;
	usher__blocks_drop(&log->blocks);
}

/* Memory for an event. Where there is none, the oldest events give theirs: a
 * reader that is up to date misses nothing. Under the lock. */
static unsigned char *slot_memory(struct usher__evlog *log, size_t len)
{
	unsigned char *bytes = usher__blocks_take(&log->blocks, len);

	while (!bytes && log->first < log->added) {
		drop_oldest(log);
		bytes = usher__blocks_take(&log->blocks, len);
	}
	return bytes;
}

int usher__evlog_add(struct usher__evlog *log, const struct usher_event *ev)
{
	unsigned char *bytes;
	struct slot *slot;
	size_t len = 0;

	usher_event_encode(ev, NULL, 0, &len);
	pthread_mutex_lock(&log->lock);
	bytes = slot_memory(log, len);
	if (!bytes) {
		pthread_mutex_unlock(&log->lock);
		return USHER_ENOMEM;
	}
	/* There is room for it, so it cannot fail. */
	(void)usher_event_encode(ev, bytes, len, &len);
	if (log->added != ev->seq) {
		/* The first event, or the first after a recovery: what was
		 * before it is in the journal only. */
		while (log->first < log->added)
			drop_oldest(log);
		log->first = log->next = log->added = ev->seq;
	}
	while (log->first < log->added &&
	       (log->added - log->first >= USHER__LOG_EVENTS_MAX ||
		log->bytes + len > USHER__LOG_BYTES_MAX))
		drop_oldest(log);
	slot = slot_of(log, log->added++);
	slot->bytes = bytes;
	slot->len = (uint32_t)len;
	slot->type = (uint16_t)ev->type;
	log->bytes += len;
	pthread_mutex_unlock(&log->lock);
	return 0;
}

static void wake(struct usher_reader *reader)
{
	const uint64_t one = 1;

	if (reader->signaled)
		return;
	reader->signaled = write(reader->fd, &one, sizeof(one)) == sizeof(one);
}

void usher__evlog_publish(struct usher__evlog *log)
{
	struct usher_reader *reader;

	pthread_mutex_lock(&log->lock);
	if (log->next != log->added) {
		log->next = log->added;
		for (reader = log->readers; reader; reader = reader->next)
			wake(reader);
	}
	pthread_mutex_unlock(&log->lock);
}

static int by_number(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static bool wanted(const struct usher_reader *reader, uint16_t type)
{
	return !reader->types ||
	       bsearch(&type, reader->types, reader->type_count, sizeof(type),
		       by_number);
}

int usher__evlog_reader(struct usher_reader **ret, struct usher__evlog *log,
			const struct usher_reader_opts *opts,
			struct usher_error *err)
{
	struct usher_reader *reader = calloc(1, sizeof(*reader));
	size_t size;
	int code = USHER_ENOMEM;

	if (!reader)
		return usher_error_set(err, code, "out of memory");
	reader->fd = -1;
	if (opts && opts->type_count) {
		size = opts->type_count * sizeof(*reader->types);
		reader->types = malloc(size);
		if (!reader->types)
			goto fail;
		memcpy(reader->types, opts->types, size);
		reader->type_count = opts->type_count;
		qsort(reader->types, reader->type_count,
		      sizeof(*reader->types), by_number);
	}
	code = usher_decoder_new(&reader->decoder, NULL);
	if (code)
		goto fail;
	reader->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (reader->fd < 0) {
		code = usher_error_set(err, USHER_EIO, "no descriptor: %m");
		goto fail;
	}
	reader->log = log;
	pthread_mutex_lock(&log->lock);
	log->refs++;
	reader->cursor = opts && opts->from_seq ? opts->from_seq : log->next;
	reader->next = log->readers;
	log->readers = reader;
	if (reader->cursor < log->next || reader->cursor > log->added)
		wake(reader);
	pthread_mutex_unlock(&log->lock);
	*ret = reader;
	return 0;
fail:
	usher_decoder_free(reader->decoder);
	free(reader->types);
	free(reader);
	return code;
}

int usher_reader_fd(const struct usher_reader *reader)
{
	return reader->fd;
}

/* Under the lock: a reader that wants what is no more, or what comes after
 * events that never were, goes on with the oldest. The second one has its
 * number from another run, whose last events no disk has. */
static void stand(struct usher_reader *reader)
{
	const struct usher__evlog *log = reader->log;

	/* Before the first event nobody knows which number it will have. */
	if (!log->added ||
	    (reader->cursor >= log->first && reader->cursor <= log->added))
		return;
	/* Zero: made before the first event, nothing was missed. */
	reader->lagged = reader->lagged || reader->cursor;
	reader->cursor = log->first;
}

/* Under the lock: the next slot that is wanted, or NULL with the descriptor
 * quiet. The cursor stands on it. */
static struct slot *seek(struct usher_reader *reader)
{
	struct usher__evlog *log = reader->log;
	struct slot *slot;
	uint64_t count;

	stand(reader);
	for (; reader->cursor < log->next; reader->cursor++) {
		slot = slot_of(log, reader->cursor);
		if (wanted(reader, slot->type))
			return slot;
	}
	if (reader->signaled &&
	    read(reader->fd, &count, sizeof(count)) == sizeof(count))
		reader->signaled = false;
	return NULL;
}

const struct usher_event *usher_reader_next(struct usher_reader *reader)
{
	const struct usher_event *ev;
	struct slot *slot;
	unsigned char *bigger;
	size_t len = 0, used;

	do {
		pthread_mutex_lock(&reader->log->lock);
		slot = seek(reader);
		if (slot && slot->len > reader->cap) {
			bigger = realloc(reader->buf, slot->len);
			if (bigger) {
				reader->buf = bigger;
				reader->cap = slot->len;
			}
			slot = bigger ? slot : NULL;
		}
		if (slot) {
			len = slot->len;
			memcpy(reader->buf, slot->bytes, len);
			reader->cursor++;
		}
		pthread_mutex_unlock(&reader->log->lock);
		if (!slot)
			return NULL;
	} while (usher_event_decode(reader->decoder, reader->buf, len, &used,
				    &ev));
	return ev;
}

int usher_reader_lagged(struct usher_reader *reader, uint64_t *ret_resume)
{
	bool lagged;

	pthread_mutex_lock(&reader->log->lock);
	stand(reader);
	lagged = reader->lagged;
	reader->lagged = false;
	if (lagged && ret_resume)
		*ret_resume = reader->log->first;
	pthread_mutex_unlock(&reader->log->lock);
	return lagged;
}

int usher_reader_read(struct usher_reader *reader, void *buf, size_t cap,
		      size_t *ret_len, uint32_t *ret_count)
{
	unsigned char *p = buf;
	struct slot *slot;
	size_t len = 0;
	uint32_t count = 0;
	int i;

	pthread_mutex_lock(&reader->log->lock);
	while ((slot = seek(reader)) && cap - len >= slot->len + 4u) {
		for (i = 0; i < 4; i++)
			p[len++] = (unsigned char)(slot->len >> (8 * i));
		memcpy(p + len, slot->bytes, slot->len);
		len += slot->len;
		reader->cursor++;
		count++;
	}
	pthread_mutex_unlock(&reader->log->lock);
	if (slot && !count)
		return USHER_EFULL;
	*ret_len = len;
	*ret_count = count;
	return 0;
}

void usher_reader_free(struct usher_reader *reader)
{
	struct usher_reader **p;

	if (!reader)
		return;
	pthread_mutex_lock(&reader->log->lock);
	for (p = &reader->log->readers; *p; p = &(*p)->next) {
		if (*p == reader) {
			*p = reader->next;
			break;
		}
	}
	pthread_mutex_unlock(&reader->log->lock);
	usher__evlog_unref(reader->log);
	close(reader->fd);
	usher_decoder_free(reader->decoder);
	free(reader->buf);
	free(reader->types);
	free(reader);
}
