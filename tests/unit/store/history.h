/* A store with history.db, and a small day to fill it with. */
#ifndef TEST_STORE_HISTORY_H
#define TEST_STORE_HISTORY_H

#include "day.h"
#include "util.h"

extern struct usher_store_opts history_opts;

void history_setup(void);
struct usher_store *open_history(void);
/* Wait until everything that was appended stands in history.db. */
void projected(struct usher_store *store);
/* One number out of history.db. */
int64_t ask(const char *sql);
/* Two intervals: three answered, one of them late, one abandoned. */
void small_day(struct usher_store *store, struct day *day);

#endif
