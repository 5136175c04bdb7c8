/* The owner's side of the journal: gather a turn, put it into the kernel.
 *
 *             recover              write or sync failed, a sync stalls,
 *     NEW ------------> DIRECT --------------------------------> HELD
 *                         ^        or half of the memory is used   |
 *                         |                                        |
 *                         +----------------------------------------+
 *                           the writer brought everything to disk
 *
 *     any -- close --> CLOSED
 *
 *     state   turns go             who writes the segment   health
 *     DIRECT  into the kernel      the owner                recovered
 *     HELD    into memory only     the writer               degraded
 *
 * In DIRECT a turn is one pwrite, made under the lock, which the writer holds
 * for moments only; its bytes stay in memory until they are synced, since a
 * failed sync may have thrown the kernel's copy away. So in HELD the writer
 * begins a new segment with everything that is not known to be on disk, and
 * then cuts the old one back.
 *
 * Why not let SQLite do this with a WAL commit that does not sync: see the
 * comment in tests/bench/store, which measures both. */
#include <assert.h>
#include <string.h>
#include <usher/event.h>

#include "internal.h"

static const uint8_t moves[] = {
	[STORE_NEW] = 1u << STORE_DIRECT | 1u << STORE_CLOSED,
	[STORE_DIRECT] = 1u << STORE_HELD | 1u << STORE_CLOSED,
	[STORE_HELD] = 1u << STORE_DIRECT | 1u << STORE_CLOSED,
	[STORE_CLOSED] = 0,
};

/* The only place where the state changes; under the lock once threads run. */
void usher__store_move(struct usher_store *store, enum store_state next,
		       const struct usher_error *why)
{
	(void)moves; /* without assertions nobody reads them */
	assert(moves[store->state] & 1u << next);
	store->state = (int)next;
	if (why)
		store->detail = *why;
}

static int health_of(const struct usher_store *store)
{
	return store->state == STORE_HELD ? USHER_STORE_DEGRADED
					  : USHER_STORE_RECOVERED;
}

void usher__store_tell_health(struct usher_store *store)
{
	struct usher_error detail;
	int health;

	/* The lock keeps two threads from telling in the wrong order. */
	pthread_mutex_lock(&store->health_lock);
	health = health_of(store);
	if (health != store->health_told) {
		store->health_told = health;
		pthread_mutex_lock(&store->lock);
		detail = store->detail;
		pthread_mutex_unlock(&store->lock);
		if (health == USHER_STORE_RECOVERED)
			usher_error_set(&detail, 0, "the disk takes entries");
		usher__store_log(
			store, health ? USHER_STORE_ERROR : USHER_STORE_INFO,
			"store %s: %s", health ? "degraded" : "recovered",
			detail.message);
		if (store->opts.health)
			store->opts.health(store->opts.arg, health, &detail);
	}
	pthread_mutex_unlock(&store->health_lock);
}

static void record_end(struct usher_store *store)
{
	struct usher__record record;

	if (!store->turn_count)
		return;
	record.len = (uint32_t)(store->turn->len - store->turn_record -
				RECORD_HEADER);
	record.count = store->turn_count;
	record.first_pos = store->turn_pos;
	record.first_seq = store->turn_seq;
	record.synced_pos = store->committed_pos;
	usher__record_seal(store->turn->data + store->turn_record, &record);
	store->turn_count = 0;
}

/* Room was reserved: cannot fail. */
static void entry_put(struct usher_store *store,
		      const struct usher_store_entry *entry)
{
	bool input = entry->kind == USHER_KIND_INPUT;
	struct chunk *turn = store->turn;
	uint8_t *p;

	if (store->turn_count && turn->len - store->turn_record -
						 RECORD_HEADER + ENTRY_HEADER +
						 entry->len >
					 RECORD_MAX)
		record_end(store);
	if (!store->turn_count) {
		store->turn_record = turn->len;
		store->turn_pos = store->last_pos + 1;
		store->turn_seq = entry->seq;
		turn->len += RECORD_HEADER;
	}
	p = turn->data + turn->len;
	usher__put32(p, (uint32_t)entry->len | (input ? ENTRY_INPUT : 0));
	usher__put64(p + 4, (uint64_t)entry->time_us);
	memcpy(p + ENTRY_HEADER, entry->bytes, entry->len);
	turn->len += ENTRY_HEADER + entry->len;
	store->turn_count++;
	if (!input)
		store->appended = entry->seq;
	turn->last_pos = ++store->last_pos;
	turn->last_seq = store->appended;
	store->last_time_us = entry->time_us;
}

int usher_store_append_encoded(struct usher_store *store,
			       const struct usher_store_entry *entries,
			       size_t count)
{
	uint64_t seq;
	int64_t time_us;
	size_t need = 0;
	int rc = usher__store_owner_check(store);

	if (rc)
		return rc;
	seq = store->appended;
	time_us = store->last_time_us;
	for (size_t i = 0; i < count; i++) {
		const struct usher_store_entry *entry = &entries[i];

		if (entry->seq != seq + 1 || entry->time_us < time_us ||
		    !entry->bytes || !entry->len ||
		    entry->len > USHER_STORE_ENTRY_MAX ||
		    entry->kind < USHER_KIND_INPUT ||
		    entry->kind > USHER_KIND_NOTE)
			return USHER_EINVAL;
		seq += entry->kind != USHER_KIND_INPUT;
		time_us = entry->time_us;
		/* A record header each, for the worst case. */
		need += RECORD_HEADER + ENTRY_HEADER + entry->len;
		if (!usher__store_has_room(store, need))
			return USHER_EFULL;
	}
	rc = usher__chunk_reserve(&store->turn, need);
	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++)
		entry_put(store, &entries[i]);
	return 0;
}

/* Take the spare segment when this one is full. Lock held. */
static void rotate(struct usher_store *store)
{
	struct segfile *full = store->current;

	if (full->offset < store->opts.segment_bytes || !store->spare)
		return;
	full->next = store->retired;
	store->retired = full;
	store->current = store->spare;
	store->spare = NULL;
}

/* Why the disk cannot be trusted with this turn, or 0. Lock held. */
static int hold_reason(struct usher_store *store, int64_t now_ms,
		       struct usher_error *why)
{
	if (store->head &&
	    now_ms - store->head->since_ms > (int64_t)store->opts.stall_ms)
		return usher_error_set(
			why, USHER_EIO, "the disk has not synced for %lld ms",
			(long long)(now_ms - store->head->since_ms));
	if (store->memory > store->opts.memory_bytes / 2)
		return usher_error_set(why, USHER_EFULL,
				       "%zu bytes wait for the disk",
				       (size_t)store->memory);
	return 0;
}

/* One pwrite. Lock held. */
static int turn_write(struct usher_store *store, const struct chunk *turn,
		      struct usher_error *why)
{
	struct segfile *file;
	int rc;

	rotate(store);
	file = store->current;
	rc = usher__io_write(store->io, file->fd, turn->data, turn->len,
			     file->offset);
	if (rc)
		return usher_error_set(why, USHER_EIO,
				       "cannot write to the journal: %s",
				       strerror(-rc));
	file->offset += turn->len;
	return 0;
}

/* An emptied turn, or NULL: then the next append makes one. Lock held. */
static struct chunk *pool_take(struct usher_store *store)
{
	struct chunk *chunk = store->pool;

	if (!chunk)
		return NULL;
	store->pool = chunk->next;
	store->pooled--;
	chunk->next = NULL;
	chunk->len = 0;
	return chunk;
}

int usher_store_commit_turn(struct usher_store *store)
{
	struct usher_error why;
	struct chunk *turn;
	bool moved = false;
	int rc = usher__store_owner_check(store), person_rc;

	if (rc)
		return rc;
	/* Before the events that refer to it. */
	person_rc = usher__person_commit(store);
	turn = store->turn;
	if (!turn || !turn->len)
		return person_rc;
	record_end(store);
	turn->since_ms = usher__now_ms();

	pthread_mutex_lock(&store->lock);
	if (store->state == STORE_DIRECT) {
		rc = hold_reason(store, turn->since_ms, &why);
		if (!rc) {
			rc = turn_write(store, turn, &why);
			store->current_bad = rc != 0;
		}
		moved = rc != 0;
		if (moved)
			usher__store_move(store, STORE_HELD, &why);
	} else {
		rc = USHER_EIO;
	}
	store->memory += sizeof(*turn) + turn->cap;
	store->turn = pool_take(store);
	if (store->tail)
		store->tail->next = turn;
	else
		store->head = turn;
	/* Awake already when there was a turn before this one. */
	if (store->head == turn || moved)
		pthread_cond_signal(&store->wake);
	store->tail = turn;
	pthread_mutex_unlock(&store->lock);

	if (moved)
		usher__store_tell_health(store);
	return rc ? USHER_EIO : person_rc;
}
