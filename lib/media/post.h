/* Commands to media threads, and the table of legs that they are about. */
#ifndef USHER_LIB_MEDIA_POST_H
#define USHER_LIB_MEDIA_POST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct usher__media;
struct usher__meter;
struct usher__mjoin;
struct usher__mleg;
struct usher__mparams;
struct usher__mresume;
struct usher__msaid;
struct usher__mslot;
struct usher__mtap;
struct usher__mworker;
struct usher__play;

enum usher__mcmd_type {
	USHER__MC_ADD,
	USHER__MC_CLOSE,
	USHER__MC_DETACH, /* to move to another thread; cond is signaled */
	USHER__MC_SET,
	USHER__MC_PLAY,
	USHER__MC_STOP,
	USHER__MC_RECORD,
	USHER__MC_RECORD_HEARD,
	USHER__MC_RESUME,
	USHER__MC_METER,
	USHER__MC_MUTE,
	USHER__MC_ROOM,
	USHER__MC_EAR,
	USHER__MC_SAY
};

struct usher__mcmd {
	STAILQ_ENTRY(usher__mcmd) link;
	struct usher__mleg *leg;
	enum usher__mcmd_type type;
	bool embedded; /* part of a leg: not freed by itself */
	uint32_t channel;
	union {
		struct usher__mparams *params;
		struct usher__play *play;
		uint64_t play_id;
		struct usher__mtap *tap;
		struct usher__meter *meter;
		struct usher__mjoin *join;
		struct usher__msaid *said;
		struct usher__mresume *resume;
		bool *done;
	} u;
};

STAILQ_HEAD(usher__mcmds, usher__mcmd);

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
