/* What the historian's thread owns: the two databases. */
#ifndef USHER__STORE_HISTORIAN_H
#define USHER__STORE_HISTORIAN_H

#include "internal.h"
#include "sql.h"

struct projection;

struct historian {
	sqlite3 *personal;
	sqlite3_stmt *person_insert;
	uint64_t person_oldest; /* lowest number of a log that may be left */
	struct projection *projection; /* NULL without history.db */
	bool failing;                  /* said so in the log */

	/* Of usher_store_person_get, any thread. */
	pthread_mutex_t read_lock;
	sqlite3 *read;
	sqlite3_stmt *person_select;
};

/* personal.c */
int usher__personal_open(struct usher_store *store, struct usher_error *err);
void usher__personal_close(struct usher_store *store);
/* Move what was put into personal.db. */
int usher__personal_move(struct usher_store *store, struct usher_error *err);

/* project.c */
int usher__projection_open(struct projection **ret, struct usher_store *store,
			   struct usher_error *err);
void usher__projection_close(struct projection *p);
/* Before the historian starts: was the journal replaced by an older one? Then
 * nothing in history.db holds. */
void usher__projection_check(struct projection *p);
/* From now on it may go as far as is committed now. */
void usher__projection_limit(struct projection *p);
/* A batch of committed entries: 1 when there may be more, 0, or an error. */
int usher__projection_run(struct projection *p, struct usher_error *err);
/* Write the figures of the interval that is running. */
int usher__projection_flush(struct projection *p, struct usher_error *err);
int usher__projection_rebuild(struct projection *p, struct usher_error *err);

#endif
