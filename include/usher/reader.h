/** @file
 * What a center tells: its events in order, from any sequence, and immutable
 * views of now.
 *
 * Threads: a reader is used by one thread at a time, a snapshot by any number.
 * In a child after fork what asks a center returns USHER_EFORK.
 */
#ifndef USHER_READER_H
#define USHER_READER_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>
#include <usher/event.h>
#include <usher/metrics.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_center;
struct usher_reader;
struct usher_snapshot;

/* ---- readers --------------------------------------------------------- */

/** What a reader wants. */
struct usher_reader_opts {
	size_t size;           /**< set by the caller to its sizeof */
	uint64_t from_seq;     /**< first sequence wanted; 0: from now on */
	const uint16_t *types; /**< types wanted; NULL: all */
	uint32_t type_count;   /**< entries of types */
	uint32_t reserved;     /**< zero */
};

/**
 * Follow a center's events with a cursor and descriptor of its own.
 *
 * A reader is used by one thread at a time. One that falls behind what the
 * center keeps is told so by usher_reader_lagged() and holds nobody up; so is
 * one that wants a sequence which the center has not come to, since the events
 * before it were of a run that left nothing, and it goes on with the oldest.
 *
 * @return 0, USHER_EINVAL, USHER_ENOMEM, USHER_EIO. Since 0.1.
 */
USHER_API int usher_reader_new(struct usher_reader **ret,
			       struct usher_center *center,
			       const struct usher_reader_opts *opts,
			       struct usher_error *err);

/** Readable while events wait; close-on-exec; owned by the reader. */
USHER_API int usher_reader_fd(const struct usher_reader *reader);

/** Next event or NULL; valid until the next call on this reader. */
USHER_API const struct usher_event *
usher_reader_next(struct usher_reader *reader);

/**
 * Whether events were missed; asking clears it.
 *
 * @param ret_resume  The oldest sequence that can still be had
 *
 * @return 1 if events were missed, else 0. Since 0.1.
 */
USHER_API int usher_reader_lagged(struct usher_reader *reader,
				  uint64_t *ret_resume);

/**
 * Read a batch, each entry as a little-endian 32-bit length and the bytes of
 * usher_event_encode().
 *
 * @return 0 (with *ret_count 0 when nothing waits), USHER_EFULL when not even
 *         one event fits. Since 0.1.
 */
USHER_API int usher_reader_read(struct usher_reader *reader, void *buf,
				size_t cap, size_t *ret_len,
				uint32_t *ret_count);

/** Before its center is freed, please; NULL is fine. Since 0.1. */
USHER_API void usher_reader_free(struct usher_reader *reader);

/* ---- snapshots -------------------------------------------------------
 * Queues, agents and contacts are arrays, whose entries are as long as the
 * library has them: until 1.0 a program is built for the version that it runs
 * with. */

/** A queue in a snapshot. Strings live as long as the snapshot. */
struct usher_snapshot_queue {
	uint64_t id;               /**< as in events */
	const char *name;          /**< unique */
	const char *display;       /**< for people */
	const char *policy;        /**< its name */
	uint32_t waiting;          /**< in the queue, offered or not */
	uint32_t agents_serving;   /**< signed in, whatever they do */
	uint32_t agents_available; /**< free for it now */
	uint32_t talking;          /**< with agents, wrap-up too */
	int64_t longest_wait_us;   /**< 0 when nobody waits */
	int64_t expected_wait_us;  /**< −1: unknown */
	uint32_t service_level_ms; /**< threshold */
	uint32_t closed;           /**< nonzero: takes no newcomers */
};

/** An agent in a snapshot. */
struct usher_snapshot_agent {
	uint64_t id;          /**< as in events */
	const char *name;     /**< unique */
	const char *display;  /**< for people */
	const char *presence; /**< "signed_out", "ready", "paused" */
	const char *reason;   /**< of a pause, or "" */
	const char *activity; /**< "idle", "ringing", "talking", "hold",
				   "wrap_up", "" when signed out */
	int64_t since_us;     /**< of presence and activity together */
	uint64_t contact;     /**< the newest one, or 0 */
	uint32_t load;        /**< slots in use */
	uint32_t registered;  /**< endpoint known */
};

/** A contact in a snapshot. */
struct usher_snapshot_contact {
	uint64_t id;         /**< as in events */
	const char *channel; /**< kind: "voice" */
	const char *origin;  /**< the caller's number or address */
	const char *entry;   /**< what was dialed */
	const char *state;   /**< "flow", "waiting", "ringing", "talking",
				  "hold", "after", "detached", "callback",
				  "wrap_up", "parked" */
	uint64_t queue;      /**< or 0 */
	uint64_t agent;      /**< or 0 */
	uint32_t position;   /**< from 1 while waiting, else 0 */
	int32_t priority;    /**< its own, without the queue's */
	int64_t created_us;  /**< when it began */
	int64_t since_us;    /**< in this state; waiting: in this queue */
	/** To be called back: not before this time; in its turn: then at the
	 *  latest; 0: now, that is not known, or none is. */
	int64_t callback_due_us;
	int64_t callback_until_us;  /**< given up then; 0: it is none */
	uint32_t callback_state;    /**< enum usher_callback_state */
	uint32_t callback_first;    /**< enum usher_callback_first */
	uint32_t callback_attempts; /**< that were made, or are being */
	uint32_t slot; /**< where it is parked, also while somebody is rung
			    for it, or 0 */
};

/**
 * An immutable view of a running center as it is at one sequence number.
 * Blocks for one turn of the host's loop; not from a driver's callback.
 *
 * @return 0, USHER_ECLOSED, USHER_ENOMEM, USHER_EFORK. Since 0.1.
 */
USHER_API int usher_center_snapshot(struct usher_center *center,
				    struct usher_snapshot **ret);
/** Take a reference; gives snapshot. Thread: any. Since 0.1. */
USHER_API struct usher_snapshot *
usher_snapshot_ref(struct usher_snapshot *snapshot);
/** Give a reference back; the last one frees. NULL is fine.
 *  Since 0.1. */
USHER_API void usher_snapshot_unref(struct usher_snapshot *snapshot);
/** Sequence number of the last event that it shows. Since 0.1. */
USHER_API uint64_t usher_snapshot_seq(const struct usher_snapshot *snapshot);
/** When it was taken: Unix time. Since 0.1. */
USHER_API int64_t
usher_snapshot_time_us(const struct usher_snapshot *snapshot);
/** Its queues; how many. They live as long as the snapshot.
 *  Since 0.1. */
USHER_API size_t
usher_snapshot_queues(const struct usher_snapshot *snapshot,
		      const struct usher_snapshot_queue **ret);
/** Its agents; how many. Since 0.1. */
USHER_API size_t
usher_snapshot_agents(const struct usher_snapshot *snapshot,
		      const struct usher_snapshot_agent **ret);
/** Its open contacts; how many. Since 0.1. */
USHER_API size_t
usher_snapshot_contacts(const struct usher_snapshot *snapshot,
			const struct usher_snapshot_contact **ret);
/** Figures since the day's start, as usher_metrics_* gave them. */
USHER_API const struct usher_metrics *
usher_snapshot_metrics(const struct usher_snapshot *snapshot);

#ifdef __cplusplus
}
#endif
#endif
