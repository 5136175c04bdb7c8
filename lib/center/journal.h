/* What outlives the process: the journal of a center, and coming back from it.
 */
#ifndef USHER_LIB_CENTER_JOURNAL_H
#define USHER_LIB_CENTER_JOURNAL_H

#include <stdbool.h>

struct usher_center;
struct usher_error;
struct usher_event;
struct usher_snapshot;

/* folder.c: a folder with those above it, for us alone. 0, or USHER_EIO with
 * errno set, or USHER_EINVAL: too long. */
int usher__folder_make(const char *path);

/* journal.c */
void usher__journal_append(struct usher_center *center,
			   const struct usher_event *ev);
void usher__journal_flush(struct usher_center *center);
/* Newcomers must wait outside. */
bool usher__journal_full(const struct usher_center *center);
void usher__journal_free(struct usher_center *center);

/* recover.c */
int usher__center_recover(struct usher_center *center,
			  struct usher_error *err);
void usher__center_keep(struct usher_center *center); /* snapshot */
/* Tell of the disk's health, when it has changed. */
void usher__center_health(struct usher_center *center);

/* snapshot.c */
int usher__snapshot_make(struct usher_center *center,
			 struct usher_snapshot **ret);

#endif
