/* Commands to media threads, and the table of legs that they are about. */
#ifndef USHER_LIB_MEDIA_POST_H
#define USHER_LIB_MEDIA_POST_H

#include "media/engine.h"

/* post.c */
int usher__media_post(struct usher__mleg *leg, struct usher__mcmd *cmd);
struct usher__mcmd *usher__media_cmd(struct usher__mleg *leg,
				     enum usher__mcmd_type type);
/* Takes the command whatever comes. USHER_EAGAIN at the limit, except for
 * embedded ones. */
int usher__mworker_post(struct usher__mworker *w, struct usher__mcmd *cmd);
/* It looks for commands. 0 or USHER_EIO. */
int usher__mworker_wake(struct usher__mworker *w);
/* Takes the leg out of its thread; it can be added to another then. */
void usher__mworker_detach(struct usher__mleg *leg);
/* Frees what an undone command holds. */
void usher__mcmd_free(struct usher__mcmd *cmd);
/* To another thread; legs that hear each other share one. */
void usher__mleg_move(struct usher__mleg *leg, struct usher__mworker *to);

/* slots.c */
/* A leg by its id, or NULL. */
struct usher__mleg *usher__media_leg(struct usher__media *m, uint64_t id);
struct usher__mslot *usher__mslot_of(struct usher__media *m, uint64_t id);
/* When none is free. USHER_ENOMEM. */
int usher__mslots_grow(struct usher__media *m);
void usher__mslot_release(struct usher__media *m, uint64_t id);

#endif
