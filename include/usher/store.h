/** @file
 * The store: what a center did, kept so that a killed process loses nothing.
 *
 * A store is a directory that belongs to one process at a time:
 *
 *     lock              held while the store is open
 *     journal-N.seg     what happened, append-only, N counts up from 1
 *     snapshot-SEQ.snap the state after entry SEQ
 *     personal-N.log    personal data on its way into personal.db
 *     personal.db       names, addresses, texts, recordings: erasable
 *     history.db        tables for people who write SQL, made from the journal
 *     phones            where the phones of agents are
 *
 * An *entry* is one input or one event as the core encoded it, with its
 * sequence number and time. The owner appends the entries of a loop turn,
 * then commits the turn: one write puts them into the kernel, where they
 * survive the death of the process. A thread of the store's own syncs them to
 * the disk shortly after, and projects them into history.db.
 *
 * Threads: usher_store_recover, usher_store_append…, usher_store_commit_turn,
 * usher_store_snapshot and usher_store_person_put belong to one thread, the
 * owner's. Everything else may be called from any thread, until
 * usher_store_close begins. A struct usher_history is used by one thread at a
 * time; any number of them may be open. In a child after fork every function
 * returns USHER_EFORK and usher_store_close frees nothing.
 *
 * Personal data never stand in the journal or in history.db: an event refers
 * to them by the id that usher_store_person_put gave, and erasing them leaves
 * the events as they were.
 */
#ifndef USHER_STORE_H
#define USHER_STORE_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>
#include <usher/history.h>
#include <usher/personal.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_event;
struct usher_store;

/** Version of the journal's format that this library writes. */
#define USHER_STORE_JOURNAL_VERSION 1
/** PRAGMA user_version of history.db as this library writes it. */
#define USHER_STORE_HISTORY_VERSION 1
/** PRAGMA user_version of personal.db as this library writes it. */
#define USHER_STORE_PERSONAL_VERSION 1

/** Largest encoded entry; usher_store_append returns USHER_EINVAL beyond. */
#define USHER_STORE_ENTRY_MAX (1u << 20)
/** Largest snapshot. */
#define USHER_STORE_SNAPSHOT_MAX (1u << 30)
/** Longest directory name, with the NUL. */
#define USHER_STORE_DIR_MAX 200

/** Default of usher_store_opts.segment_bytes. */
#define USHER_STORE_SEGMENT_BYTES (64u << 20)
/** Default of usher_store_opts.memory_bytes. */
#define USHER_STORE_MEMORY_BYTES (32u << 20)
/** Default of usher_store_opts.sync_ms. */
#define USHER_STORE_SYNC_MS 50
/** Default of usher_store_opts.stall_ms. */
#define USHER_STORE_STALL_MS 2000
/** Default of usher_store_opts.snapshots_kept. */
#define USHER_STORE_SNAPSHOTS_KEPT 2

/** Levels of the log callback. */
enum usher_store_level {
	USHER_STORE_ERROR = 1,
	USHER_STORE_WARNING = 2,
	USHER_STORE_INFO = 3
};

/** What the health callback tells. */
enum usher_store_health {
	/** Everything appended reaches the disk in time. */
	USHER_STORE_RECOVERED = 0,
	/** The disk refuses or stalls; entries wait in memory. */
	USHER_STORE_DEGRADED = 1
};

/** What becomes of journal segments that no kept snapshot needs. */
enum usher_store_retention {
	/** Kept: history.db can be rebuilt from the beginning. */
	USHER_STORE_KEEP = 0,
	/** Removed once two newer snapshots exist and history.db has them. */
	USHER_STORE_PRUNE = 1
};

/** How to open a store. Zero means the default. */
struct usher_store_opts {
	size_t size; /**< set by usher_store_opts_init() */
	/** The directory; made with mode 0700 when missing. Not borrowed. */
	const char *dir;
	/** Bytes after which a new journal segment begins. */
	uint64_t segment_bytes;
	/**
	 * Bytes of entries that may wait in memory for the disk. At half of
	 * it the store is degraded, at all of it appending is refused.
	 */
	uint64_t memory_bytes;
	/** Longest time from a commit to the sync that follows it. */
	uint32_t sync_ms;
	/** A sync that takes longer than this makes the store degraded. */
	uint32_t stall_ms;
	/** Snapshots kept; 2 at least, for a damaged one needs an older. */
	uint32_t snapshots_kept;
	/** One of enum usher_store_retention. */
	uint32_t retention;
	/** Node in the top 16 bits of the ids of personal data. */
	uint32_t node;
	/** 1: no history.db; history functions return USHER_ENOTSUP. */
	uint32_t no_history;
	/**
	 * Told what a person running the center may want to know; no
	 * personal data. Any thread; must not call the store. May be NULL.
	 */
	void (*log)(void *arg, int level, const char *message);
	/**
	 * Told once when the store becomes degraded and once when it has
	 * recovered. Any thread, no lock held; it may post a request but
	 * must not append. detail is valid for the call. May be NULL.
	 */
	void (*health)(void *arg, int health,
		       const struct usher_error *detail);
	void *arg; /**< given to log and health */
};

/** Fill with defaults. @param size  sizeof(struct usher_store_opts) */
USHER_API void usher_store_opts_init(struct usher_store_opts *opts,
				     size_t size);

/**
 * Open a store, making the directory when there is none.
 *
 * Takes the directory's lock, checks versions and starts the writer thread;
 * nothing can be appended before usher_store_recover. Thread: becomes the
 * owner.
 *
 * @param ret   Where the store goes; untouched on error
 * @param opts  Not NULL; dir is required
 * @param err   Detail, may be NULL; file is the path concerned
 *
 * @return 0, or USHER_EBUSY (another process, or this one, has it open),
 *         USHER_ENOTSUP (written by a newer version), USHER_EIO,
 *         USHER_EINVAL, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_store_open(struct usher_store **ret,
			       const struct usher_store_opts *opts,
			       struct usher_error *err);

/**
 * Close: write and sync what is left, end the writer, give up the lock.
 *
 * Entries that were appended but not committed are committed first. Waits
 * for the disk at most USHER_STORE_CLOSE_MS beyond what is under way; what a
 * broken disk did not take is lost and logged. NULL is fine. Thread: the
 * owner's.
 *
 * @return 0, or USHER_EIO when something was lost; the store is gone either
 *         way. USHER_EFORK in a child. Since 0.1.
 */
USHER_API int usher_store_close(struct usher_store *store);

/** How long usher_store_close waits for a disk that refuses. */
#define USHER_STORE_CLOSE_MS 2000

/** One input or event as it stands in the journal. */
struct usher_store_entry {
	/** An event or note: one above that of the event before. An input:
	 *  that of the next event; it takes none itself. */
	uint64_t seq;
	int64_t time_us;   /**< never below that of the entry before */
	const void *bytes; /**< encoded with usher_event_encode */
	uint64_t len;      /**< 1 to USHER_STORE_ENTRY_MAX */
	/** enum usher_event_kind. What is read back tells inputs from the
	 *  rest, which is USHER_KIND_EVENT: the type in bytes says more. */
	uint32_t kind;
	uint32_t reserved; /**< zero */
};

/** Receives what a store remembers. */
struct usher_store_recover_cb {
	size_t size; /**< set by the caller to its sizeof */
	/**
	 * The state to begin with. Called at most once with success: when it
	 * refuses (any negative code) the next older snapshot is tried, so it
	 * must change nothing before it refuses. May be NULL: every entry
	 * from the first is given. bytes are valid for the call.
	 */
	int (*snapshot)(void *arg, uint64_t seq, const void *bytes,
			size_t len);
	/** Each entry after it, in order; a negative code ends recovery. */
	int (*entry)(void *arg, const struct usher_store_entry *entry);
	void *arg; /**< handed to both */
};

/** What recovery found. */
struct usher_store_recovery {
	size_t size;            /**< set by the caller to its sizeof */
	uint64_t snapshot_seq;  /**< 0: none was used */
	uint64_t first_seq;     /**< oldest entry kept; 0: none */
	uint64_t last_seq;      /**< 0: the store is empty */
	int64_t last_time_us;   /**< time of last_seq */
	uint64_t entries;       /**< how many entry() was given */
	uint64_t snapshots_bad; /**< damaged or refused snapshots */
	uint64_t cut_bytes;     /**< bytes of a torn tail that were cut */
	uint64_t cut_offset;    /**< where it was cut */
	char cut_file[USHER_ERROR_FILE_MAX]; /**< "" where nothing was cut */
};

/**
 * Give back what the store remembers: the newest good snapshot, then every
 * entry after it. Once, before the first append, also for an empty store. A
 * torn tail (the last commit before a power cut) is cut off and reported.
 * Thread: the owner's.
 *
 * @param ret  Size set by the caller; may be NULL
 *
 * @return 0; USHER_ECORRUPT (damage before the tail, a gap in the sequence,
 *         or no usable snapshot where old segments are gone: err names file
 *         and offset), USHER_ENOTSUP (newer format), USHER_ESTATE (twice),
 *         USHER_EIO, USHER_ENOMEM, or what entry() returned. Since 0.1.
 */
USHER_API int usher_store_recover(struct usher_store *store,
				  const struct usher_store_recover_cb *cb,
				  struct usher_store_recovery *ret,
				  struct usher_error *err);

/**
 * Append one input or event to the current turn; it is encoded and copied.
 * Nothing is written before usher_store_commit_turn. Thread: the owner's.
 *
 * @return 0; USHER_EFULL (memory_bytes wait for the disk: nothing was
 *         appended, the caller must not go on as if it were), USHER_EINVAL
 *         (sequence not one above the last, time runs back, too long),
 *         USHER_ESTATE (before recovery), USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_store_append(struct usher_store *store,
				 const struct usher_event *event);

/** As usher_store_append, for entries that are encoded: all or none. */
USHER_API int
usher_store_append_encoded(struct usher_store *store,
			   const struct usher_store_entry *entries,
			   size_t count);

/**
 * Put the turn into the kernel with one write. To be called before outputs
 * that depend on its entries leave the process. Does nothing when nothing
 * was appended. Thread: the owner's.
 *
 * @return 0; USHER_EIO when the disk refused or stalls: the turn waits in
 *         memory, is written as soon as possible, and would be lost if the
 *         process died now. Live channels may go on; deferred ones ask
 *         usher_store_committed first. Since 0.1.
 */
USHER_API int usher_store_commit_turn(struct usher_store *store);

/** Sequence of the newest entry appended, 0: none. Thread: any. */
USHER_API uint64_t usher_store_appended(const struct usher_store *store);

/**
 * Sequence of the newest entry that is on disk, synced; 0: none. Never
 * falls. Thread: any, without a lock. Since 0.1.
 */
USHER_API uint64_t usher_store_committed(const struct usher_store *store);

/** Sequence of the newest entry in history.db, 0: none. Thread: any. */
USHER_API uint64_t usher_store_projected(const struct usher_store *store);

/** One of enum usher_store_health. Thread: any, without a lock. */
USHER_API int usher_store_health(const struct usher_store *store);

/** What to wait for. */
enum usher_store_wait {
	USHER_STORE_COMMITTED = 1, /**< every committed turn is on disk */
	USHER_STORE_PROJECTED = 2  /**< and stands in history.db */
};

/**
 * Wait until what was committed before this call has got there.
 * Thread: any but the one of a loop that must not wait.
 *
 * @return 0, USHER_ETIMEDOUT, USHER_EINVAL, USHER_EFORK. Since 0.1.
 */
USHER_API int usher_store_wait(struct usher_store *store, int what,
			       uint32_t timeout_ms);

/**
 * Keep the state as it is after entry seq. Copies and returns; the writer
 * writes it once seq is on disk, beside the older ones, and never leaves a
 * half-written one behind. A snapshot that waits is replaced by a newer.
 * Thread: the owner's.
 *
 * @param seq  The newest entry appended
 *
 * @return 0, USHER_EINVAL (seq is not the newest, or too large), USHER_ENOMEM,
 *         USHER_ESTATE. Since 0.1.
 */
USHER_API int usher_store_snapshot(struct usher_store *store, uint64_t seq,
				   const void *bytes, size_t len);

/** Sequence of the newest snapshot on disk, 0: none. Thread: any. */
USHER_API uint64_t usher_store_snapshot_seq(const struct usher_store *store);

/**
 * Empty history.db and make it again from the journal, as far back as the
 * journal is kept. Waits for it; may take minutes. Queries meanwhile see the
 * old rows. Thread: any but the owner's while it must not wait.
 *
 * @return 0, USHER_ECORRUPT, USHER_EIO, USHER_ENOTSUP, USHER_EFORK. Since 0.1.
 */
USHER_API int usher_store_rebuild(struct usher_store *store,
				  struct usher_error *err);

/**
 * Read committed entries from the journal: how a reader that fell behind the
 * center's memory catches up. Thread: any.
 *
 * @param from   First sequence wanted
 * @param entry  Called for each, inputs too; bytes are valid for the call. A
 *               positive answer ends early with success, a negative one with
 *               that code
 *
 * @return 0, USHER_ENOENT (pruned), USHER_ECORRUPT, USHER_EIO, USHER_EFORK,
 *         or what entry() returned. Since 0.1.
 */
USHER_API int usher_store_read(
	struct usher_store *store, uint64_t from,
	int (*entry)(void *arg, const struct usher_store_entry *entry),
	void *arg);

/* Journals that are read and never written */

/** A journal opened for reading. Used by one thread at a time. */
struct usher_journal;

/** The newest entry there is. */
#define USHER_JOURNAL_END UINT64_MAX

/**
 * Open the journal in a store's directory to read it, also while a process
 * has the store open, or after it died: nothing is locked or changed.
 *
 * @return 0, USHER_ENOENT (no directory, no journal in it), USHER_EINVAL,
 *         USHER_EIO, USHER_ENOMEM. Thread: any. Since 0.1.
 */
USHER_API int usher_journal_open(struct usher_journal **ret, const char *dir,
				 struct usher_error *err);

/** Close it; NULL is fine. Since 0.1. */
USHER_API void usher_journal_free(struct usher_journal *journal);

/**
 * Give each entry from a sequence number on, inputs too, up to the last one
 * that is whole.
 *
 * @param from   First sequence wanted; 0: the oldest there is
 * @param entry  As for usher_store_read()
 *
 * @return 0, USHER_ENOENT (the journal begins later), USHER_ECORRUPT,
 *         USHER_EIO, or what entry() returned. Since 0.1.
 */
USHER_API int usher_journal_read(
	struct usher_journal *journal, uint64_t from,
	int (*entry)(void *arg, const struct usher_store_entry *entry),
	void *arg, struct usher_error *err);

/** What stands behind the last whole record of a journal. */
struct usher_journal_tail {
	size_t size;       /**< set by the caller to its sizeof */
	uint64_t last_seq; /**< the last event; 0: there is none */
	uint64_t offset;   /**< in file, of the first byte that is no record */
	uint64_t bytes;    /**< from there to the end of the journal */
	uint64_t records;  /**< whole ones among them, of which nothing says
			    *   that what is missing was on disk */
	char file[USHER_ERROR_FILE_MAX]; /**< "": nothing is damaged */
};

/**
 * Tell how the journal ended when usher_journal_read(), or
 * usher_journal_restore(), came to its end the last time: a power cut, or who
 * shortened a file, may have left a part of a record, and what is read is
 * right without it. While a process has the store open it may be what is being
 * written.
 *
 * @return 0, USHER_EINVAL, USHER_ESTATE (it was not read to the end).
 *         Since 0.1.
 */
USHER_API int usher_journal_tail(const struct usher_journal *journal,
				 struct usher_journal_tail *ret);

/**
 * Give the newest good snapshot that is not of later than a sequence number.
 *
 * @param snapshot  Called until it accepts one by 0; bytes are valid for the
 *                  call
 * @param ret_seq   Which one it was; may be NULL
 *
 * @return 0, USHER_ENOENT, USHER_EIO, USHER_ENOMEM. Since 0.1.
 */
USHER_API int
usher_journal_snapshot(struct usher_journal *journal, uint64_t at,
		       int (*snapshot)(void *arg, uint64_t seq,
				       const void *bytes, size_t len),
		       void *arg, uint64_t *ret_seq);

struct usher_acd;
struct usher_acd_opts;
struct usher_agent_policy;
struct usher_contact_policy;

/** How to restore a core from a journal. All may be zero. */
struct usher_journal_restore_opts {
	size_t size; /**< set by usher_journal_restore_opts_init() */
	const struct usher_acd_opts *acd; /**< as for usher_acd_restore() */
	/** the host's own policies, which the record may name */
	const struct usher_agent_policy *const *agent_policies;
	const struct usher_contact_policy *const
		*contact_policies;   /**< as agent_policies */
	size_t agent_policy_count;   /**< entries of agent_policies */
	size_t contact_policy_count; /**< entries of contact_policies */
	/** where the core's bytes stand in a snapshot: for a center
	 *  usher_center_core_of(); NULL: they are all of it */
	int (*core_of)(const void *bytes, size_t len, const void **ret,
		       size_t *ret_len);
	uint32_t from_the_beginning; /**< 1: use no snapshot */
	uint32_t reserved;           /**< zero */
};

/** Zero the options and note their size. Since 0.1. */
USHER_API void
usher_journal_restore_opts_init(struct usher_journal_restore_opts *opts,
				size_t size);

/**
 * Make the core as it was after an event: to the byte what
 * usher_acd_snapshot() gave then. It can be looked at, dumped, or go on from
 * there.
 *
 * @param at    Sequence number; USHER_JOURNAL_END: the last one; 0: an empty
 *              core, where the journal is whole
 * @param opts  May be NULL
 *
 * @return 0, USHER_ENOENT (not in the journal, or it begins later and no
 *         snapshot helps), USHER_ECORRUPT, USHER_EIO, USHER_ENOMEM. Since 0.1.
 */
USHER_API int
usher_journal_restore(struct usher_acd **ret, struct usher_journal *journal,
		      uint64_t at,
		      const struct usher_journal_restore_opts *opts,
		      struct usher_error *err);

#ifdef __cplusplus
}
#endif
#endif
