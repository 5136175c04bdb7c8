/** @file
 * A store's history: contacts, segments, intervals and events as tables, made
 * from the journal. SQL works on history.db as well.
 *
 * A struct usher_history is used by one thread at a time; any number of them
 * may be open. In a child after fork every function returns USHER_EFORK.
 */
#ifndef USHER_HISTORY_H
#define USHER_HISTORY_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>
#include <usher/personal.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_history;

/** Longest name in a row of history, with the NUL; longer ones are cut. */
#define USHER_HISTORY_NAME_MAX 64

/**
 * Open a store's history for reading: a connection of its own, which sees
 * what has been projected. Works while the store is open, here or in another
 * process, and when it is closed.
 *
 * @param dir  The store's directory
 *
 * @return 0, USHER_ENOENT (no history there), USHER_ENOTSUP (newer schema),
 *         USHER_EIO, USHER_ENOMEM. Thread: any. Since 0.1.
 */
USHER_API int usher_history_open(struct usher_history **ret, const char *dir,
				 struct usher_error *err);

/** Close it; NULL is fine. */
USHER_API void usher_history_free(struct usher_history *history);

/** Which rows. Zero in a field: no condition. */
struct usher_history_query {
	size_t size;          /**< set by usher_history_query_init() */
	int64_t from_us;      /**< began at or after */
	int64_t to_us;        /**< began before */
	uint64_t queue;       /**< was in this queue */
	uint64_t agent;       /**< was with this agent */
	uint64_t contact;     /**< this contact alone */
	const char *customer; /**< of this customer; borrowed for the call */
	/** From the query before, to go on; 0: from the beginning. */
	uint64_t cursor;
	uint32_t limit;        /**< rows at most; 0: as many as fit */
	uint32_t oldest_first; /**< 1: by ascending id; 0: newest first */
};

/** Fill with zeros. @param size  sizeof(struct usher_history_query) */
USHER_API void usher_history_query_init(struct usher_history_query *query,
					size_t size);

/** A contact that is over or under way. */
struct usher_history_contact {
	uint64_t id;         /**< as in events */
	uint64_t queue;      /**< last one it was in, 0: none */
	uint64_t agent;      /**< last one it was with, 0: none */
	uint64_t address;    /**< personal data: who, 0: none */
	int64_t begin_us;    /**< when it began */
	int64_t answered_us; /**< first joined with an agent, 0: never */
	int64_t end_us;      /**< the customer's side was over; 0: not yet */
	int64_t wait_ms;     /**< in queues, in total */
	int64_t talk_ms;     /**< with agents, in total */
	int64_t hold_ms;     /**< on hold, in total */
	int64_t wrap_up_ms;  /**< of agents, in total */
	uint32_t direction;  /**< enum usher_direction */
	uint32_t segments;   /**< stays begun: flows, queues, agents */
	char channel[USHER_HISTORY_NAME_MAX];    /**< kind: "voice" */
	char entry[USHER_HISTORY_NAME_MAX];      /**< what was dialed */
	char customer[USHER_STORE_CUSTOMER_MAX]; /**< "": unknown */
	char outcome[USHER_HISTORY_NAME_MAX]; /**< how it ended, "" not yet */
	char queue_name[USHER_HISTORY_NAME_MAX]; /**< of queue */
	char agent_name[USHER_HISTORY_NAME_MAX]; /**< of agent */
};

/** A contact's stay in a flow, in a queue or with an agent. */
struct usher_history_segment {
	uint64_t id;        /**< as in events */
	uint64_t contact;   /**< whose stay it is */
	uint64_t queue;     /**< it was in, or came from; 0: none */
	uint64_t agent;     /**< with them, or who answered; 0: none */
	int64_t begin_us;   /**< when it began */
	int64_t end_us;     /**< 0: not yet */
	int64_t wait_ms;    /**< in the queue */
	int64_t ring_ms;    /**< offers of it rang, in total */
	int64_t talk_ms;    /**< with the agent */
	int64_t hold_ms;    /**< on hold */
	int64_t wrap_up_ms; /**< wrap-up */
	char kind[USHER_HISTORY_NAME_MAX]; /**< "flow", "queue" or "agent" */
	char flow[USHER_HISTORY_NAME_MAX]; /**< its name, or "" */
	char outcome[USHER_HISTORY_NAME_MAX]; /**< how it ended, "" not yet */
	/** what it was about, or "" */
	char disposition[USHER_HISTORY_NAME_MAX];
	char queue_name[USHER_HISTORY_NAME_MAX]; /**< of queue */
	char agent_name[USHER_HISTORY_NAME_MAX]; /**< of agent */
};

/** One quarter of an hour (UTC) of a queue or of an agent. */
struct usher_history_interval {
	int64_t begin_us;           /**< when it began */
	uint64_t queue;             /**< 0 in the row of an agent */
	uint64_t agent;             /**< 0 in the row of a queue */
	uint64_t entered;           /**< came into the queue */
	uint64_t answered;          /**< joined with an agent */
	uint64_t abandoned;         /**< gave up, or were lost */
	uint64_t flowed_out;        /**< left the queue otherwise */
	uint64_t answered_in_time;  /**< A_T of the definitions */
	uint64_t abandoned_in_time; /**< B_T */
	uint64_t short_abandoned;   /**< S */
	uint64_t handled;           /**< stays with agents that closed */
	int64_t wait_ms;            /**< of answered contacts */
	int64_t talk_ms;            /**< of handled ones */
	int64_t hold_ms;            /**< of handled ones */
	int64_t wrap_up_ms;         /**< of handled ones */
	int64_t occupied_ms;        /**< of an agent: on contacts */
	int64_t ringing_ms;         /**< of an agent: else with an offer */
	int64_t available_ms;       /**< of an agent: else ready */
	int64_t paused_ms;          /**< of an agent: else paused */
};

/**
 * Rows that match, newest first. Thread: the history's.
 *
 * @param rows         Where they go
 * @param row_size     Size of the struct that the caller was compiled with
 * @param cap          How many fit
 * @param ret_count    How many came
 * @param ret_cursor   For the next query; 0: there are no more. May be NULL
 *
 * @return 0, USHER_EINVAL, USHER_EIO, USHER_EBUSY (history.db is being
 *         rebuilt or migrated: try again). Since 0.1.
 */
USHER_API int usher_history_contacts(struct usher_history *history,
				     const struct usher_history_query *query,
				     struct usher_history_contact *rows,
				     size_t row_size, size_t cap,
				     size_t *ret_count, uint64_t *ret_cursor);

/** As usher_history_contacts, for segments. Since 0.1. */
USHER_API int usher_history_segments(struct usher_history *history,
				     const struct usher_history_query *query,
				     struct usher_history_segment *rows,
				     size_t row_size, size_t cap,
				     size_t *ret_count, uint64_t *ret_cursor);

/**
 * As usher_history_contacts, for intervals, oldest first: of queue or agent
 * when given, else of all queues and agents. The cursor counts rows.
 * Since 0.1.
 */
USHER_API int usher_history_intervals(struct usher_history *history,
				      const struct usher_history_query *query,
				      struct usher_history_interval *rows,
				      size_t row_size, size_t cap,
				      size_t *ret_count, uint64_t *ret_cursor);

/**
 * Events as JSON, oldest first; cursor is the sequence of the last one that
 * the caller has. from_us, to_us, contact and limit of the query apply.
 *
 * @param event  Called for each; json is valid for the call. A positive
 *               answer ends early with success, a negative one with that code
 *
 * @return 0, USHER_EIO, USHER_EBUSY, or what event() returned. Since 0.1.
 */
USHER_API int usher_history_events(
	struct usher_history *history, const struct usher_history_query *query,
	int (*event)(void *arg, uint64_t seq, const char *json), void *arg);

#ifdef __cplusplus
}
#endif
#endif
