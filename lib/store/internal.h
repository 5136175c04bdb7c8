/* What the files of the store share. */
#ifndef USHER__STORE_INTERNAL_H
#define USHER__STORE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <usher/store.h>

#include "io.h"
#include "segment.h"

/* The states of a store; journal.c has the diagram. */
enum store_state {
	STORE_NEW,
	STORE_DIRECT,
	STORE_HELD,
	STORE_CLOSED,
};

/* The records of one turn, in memory until they are on disk. */
struct chunk {
	struct chunk *next;
	uint64_t last_pos;
	uint64_t last_seq;
	int64_t since_ms; /* when it was committed, monotonic */
	size_t len;
	size_t cap;
	uint8_t data[];
};

/* Turns that are kept for use again, and the largest that is: the pages of a
 * fresh one cost more than the write itself. */
#define POOL_COUNT 64u
#define POOL_BYTES (64u << 10)

/* A journal segment that is open for writing. */
struct segfile {
	struct segfile *next;
	int fd;
	uint64_t number;
	uint64_t offset; /* written up to here */
	uint64_t synced; /* on disk up to here */
};

/* A piece of personal data that is not in personal.db yet. */
struct person_put {
	struct person_put *next;
	bool logged; /* stands in a log */
	struct usher_person person;
	uint8_t bytes[];
};

struct snapshot_put {
	uint64_t seq;
	size_t len;
	uint8_t bytes[];
};

/* phones.h */
struct phones_put {
	size_t len;
	uint8_t bytes[];
};

/* Work for the historian's thread; freed by whoever lets go last. */
struct job {
	struct job *next;
	int refs;
	bool done;
	bool canceled; /* nobody waits, and it has not begun */
	int rc;
	int (*run)(struct usher_store *store, struct job *job);
	struct usher_person_filter filter;
	char customer[USHER_STORE_CUSTOMER_MAX];
	uint64_t count;
	struct usher_error err;
};

struct usher_store {
	/* Constant after open. */
	pid_t pid;
	/* Wiped by fork: asking for the process id is a system call, too
	 * dear for each entry. NULL where the kernel cannot do it. */
	volatile uint32_t *ours;
	int dir;
	int lock_fd;
	char path[USHER_STORE_DIR_MAX];
	struct usher_store_opts opts; /* dir points to path */
	const struct usher__io *io;

	/* The owner's. */
	struct chunk *turn;
	size_t turn_record;  /* where its open record begins */
	uint32_t turn_count; /* entries in that record */
	uint64_t turn_pos;   /* position of the first of them */
	uint64_t turn_seq;   /* its sequence */
	uint64_t last_pos;   /* of the newest entry appended */
	int64_t last_time_us;
	uint8_t *scratch;
	size_t scratch_cap;
	uint64_t person_next;
	struct chunk *person_turn;
	struct person_put *person_turn_head, *person_turn_tail;
	size_t person_turn_memory;

	/* Read by anyone. */
	atomic_int state;
	atomic_uint_fast64_t appended;
	atomic_uint_fast64_t committed;
	atomic_uint_fast64_t committed_pos;
	atomic_uint_fast64_t projected;   /* rows are in history.db */
	atomic_uint_fast64_t flushed_seq; /* and the figures of intervals */
	atomic_uint_fast64_t snapshot_seq;
	atomic_size_t memory; /* bytes in chunks and person_puts */

	/* Under lock. */
	pthread_mutex_t lock;
	pthread_cond_t wake; /* the writer has something to do */
	pthread_cond_t news; /* committed, projected or a job went on */
	pthread_cond_t wake_historian;
	struct chunk *head, *tail; /* turns that are not on disk */
	struct chunk *pool;        /* emptied ones, for the turns to come */
	uint32_t pooled;
	struct segfile *current;
	struct segfile *spare;   /* made ahead: opening may take long */
	struct segfile *retired; /* full, not yet synced */
	struct snapshot_put *snapshot;
	struct person_put *person_head, *person_tail;
	struct person_put *person_moving; /* the historian has them in hand */
	int person_fd;
	uint64_t person_number;
	uint64_t person_offset;
	struct phones_put *phones; /* NULL: the file has the newest */
	struct job *jobs;
	int flush; /* callers who wait, so do not gather a group first */

	bool stop;
	bool stop_historian;
	struct usher_error detail; /* why it is held */
	bool current_bad;          /* begin a new segment before writing */

	/* Who was told what; its own lock, for callbacks run under it. */
	pthread_mutex_t health_lock;
	int health_told;

	/* The writer's. */
	pthread_t writer;
	bool writer_runs;
	bool replaced; /* current is new, the old ones are to be cut */
	uint64_t next_number;
	uint64_t lost; /* chunks given up at close */

	/* The historian's. */
	pthread_t historian;
	bool historian_runs;
	struct historian *his;
	bool phones_failed; /* said so in the log; tried again in a while */
};

/* thread.c */
int64_t usher__now_ms(void);
/* Start a thread of ours: every signal blocked. */
int usher__thread_start(pthread_t *thread, void *(*run)(void *), void *arg);
/* Wait on a condition until a monotonic time; lock held. */
void usher__cond_wait_until(struct usher_store *store, pthread_cond_t *cond,
			    int64_t until_ms);

/* log.c */
void usher__store_log(const struct usher_store *store, int level,
		      const char *fmt, ...) USHER_PRINTF(3, 4);

/* check.c */
/* Memory that a child of this process finds empty. */
void usher__fork_mark(struct usher_store *store);
void usher__fork_unmark(struct usher_store *store);
/* 0 in the process that opened it. */
int usher__store_check(const struct usher_store *store);
/* 0 when entries can be appended now. */
int usher__store_owner_check(const struct usher_store *store);

/* chunk.c */
/* Grow *chunk to hold len + more; its content stays. */
int usher__chunk_reserve(struct chunk **chunk, size_t more);
/* Room for another need bytes? */
bool usher__store_has_room(const struct usher_store *store, size_t need);

/* store.c */
/* usher_store_open with a disk of the caller's; io outlives the store. */
int usher__store_open(struct usher_store **ret,
		      const struct usher_store_opts *opts,
		      const struct usher__io *io, struct usher_error *err);

/* journal.c */
void usher__store_move(struct usher_store *store, enum store_state next,
		       const struct usher_error *why);
void usher__store_tell_health(struct usher_store *store);

/* writer.c */
void *usher__writer_run(void *arg);
void usher__segfile_free(struct segfile *file);

/* snapshot.c */
int usher__snapshot_write(struct usher_store *store,
			  const struct snapshot_put *snapshot);
/* *ret is the caller's to free. USHER_ECORRUPT, USHER_ENOTSUP (newer),
 * USHER_EIO, USHER_ENOMEM. */
int usher__snapshot_read(const struct usher__io *io, int dir, uint64_t seq,
			 uint8_t **ret, size_t *ret_len);
/* Newest first; see usher_store_recover. *ret_seq 0: none was good. */
int usher__snapshot_recover(struct usher_store *store,
			    const struct usher_store_recover_cb *cb,
			    uint64_t *ret_seq, uint64_t *ret_bad,
			    struct usher_error *err);
void usher__store_prune(struct usher_store *store);

/* historian.c */
int usher__historian_open(struct usher_store *store, struct usher_error *err);
int usher__historian_start(struct usher_store *store, struct usher_error *err);
void usher__historian_free(struct usher_store *store);
/* Run on the historian's thread and wait; job is counted, see struct job. */
int usher__job_run(struct usher_store *store, struct job *job,
		   uint32_t timeout_ms);
void usher__job_put(struct usher_store *store, struct job *job);

/* phones.c */
/* What was put; if that fails it waits for the next time. */
void usher__phones_write(struct usher_store *store);

/* personal.c */
/* Values that are in no file, when the threads have ended. */
uint64_t usher__personal_lost(const struct usher_store *store);
int usher__person_commit(struct usher_store *store);

#endif
