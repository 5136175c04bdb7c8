/* Projection of events into history.db: what its files share. */
#ifndef USHER__STORE_PROJECT_H
#define USHER__STORE_PROJECT_H

#include <usher/event.h>
#include <usher/metrics.h>

#include "historian.h"

/* Statements of rows.c, by number. */
enum row_stmt {
	ROW_EVENT,
	ROW_CONTACT_START,
	ROW_CONTACT_CHANGE,
	ROW_CONTACT_END,
	ROW_CONTACT_CLOSE,
	ROW_CONTACT_STAY,
	ROW_CONTACT_WAITED,
	ROW_CONTACT_SERVED,
	ROW_SEGMENT_START,
	ROW_SEGMENT_END,
	ROW_SEGMENT_RING,
	ROW_SEGMENT_DISPOSITION,
	ROW_QUEUE,
	ROW_QUEUE_REMOVED,
	ROW_AGENT,
	ROW_AGENT_REMOVED,
	ROW_SESSION_CHANGE,
	ROW_SESSION_START,
	ROW_SESSION_SERVED,
	ROW_INTERVAL_QUEUE,
	ROW_INTERVAL_AGENT,
	ROW_PERSON_CONTACT,
	ROW_PERSON_CUSTOMER,
	ROW_COUNT,
};

/* Ids in the order in which they came. */
struct id_set {
	uint64_t *ids;
	size_t count, cap;
};

struct projection {
	struct usher_store *store;
	sqlite3 *db;
	sqlite3_stmt *rows[ROW_COUNT];
	struct usher_decoder *decoder;
	char *json;
	size_t json_cap;
	bool person_open; /* a transaction on personal.db */
	/* How far it may go: what was committed before persons were last
	 * moved, so that whoever an event names is in personal.db by then. */
	uint64_t upto_pos, upto_seq;

	bool ahead; /* of a journal that an older one has replaced */

	/* Where it is; set by projection_begin, dropped on failure. */
	bool begun;
	struct usher__reader reader;
	struct usher_metrics *metrics;
	struct id_set queues, agents;
	uint64_t last_seq; /* rows are there up to this event */
	uint64_t fed_seq;  /* figures are */
	int64_t last_time_us;
	uint64_t saved_seq; /* figures in the database are */
	int rc;             /* of a callback */
};

extern const char *const usher__history_steps[USHER_STORE_HISTORY_VERSION];

int usher__rows_open(struct projection *p, struct usher_error *err);
void usher__rows_close(struct projection *p);
/* The rows of one event. */
int usher__rows_write(struct projection *p, const struct usher_event *ev,
		      struct usher_error *err);
/* Statement with its parameters cleared. */
sqlite3_stmt *usher__row(struct projection *p, enum row_stmt which);

/* figures.c: the table `interval`, folded with usher/metrics.h */
int usher__figures_open(struct projection *p, struct usher_error *err);
void usher__figures_close(struct projection *p);
int usher__figures_feed(struct projection *p, const struct usher_event *ev,
			struct usher_error *err);
int usher__figures_flush(struct projection *p, struct usher_error *err);

#endif
