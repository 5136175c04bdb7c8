/* Rooms: legs that hear each other, on one media thread. */
#ifndef USHER_MEDIA_ROOM_H
#define USHER_MEDIA_ROOM_H

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/queue.h>

#define uthash_malloc(n)  malloc(n)
#define uthash_free(p, n) free(p)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "media/jitter.h"
#include "media/media.h"

#define USHER__MROOM_FRAME 160 /* samples of a tick */
/* Ticks of what is made up behind the last that came. */
#define USHER__MROOM_MADE_UP (USHER__PLC_GONE / USHER__MROOM_FRAME)
/* Of a listener's sound, until a packet of its ptime is full. */
#define USHER__MROOM_OUT (480 + USHER__MROOM_FRAME)

struct usher__mleg;
struct usher__mworker;
LIST_HEAD(usher__mmates, usher__mleg);

enum usher__mmode {
	USHER__MM_IDLE,  /* nobody hears anything */
	USHER__MM_RELAY, /* two who talk: partners, as if bridged */
	USHER__MM_MIX
};

/* What a leg needs to be mixed: its sound on the way in and out. */
struct usher__mear {
	struct usher__jitter *jitter;
	int16_t own[USHER__MROOM_FRAME]; /* of this tick */
	bool says;                       /* own counts */
	bool untold;                     /* it came before USHER__MARK_TAPE */
	bool was_muted;
	bool left_out; /* what waits of it was said while it was muted */
	uint32_t filled;
	int16_t out[USHER__MROOM_OUT];   /* what it is to hear */
	int16_t plain[USHER__MROOM_OUT]; /* the same without whispers */
};

struct usher__mroom_key {
	uint64_t space;
	uint64_t room;
};

struct usher__mroom {
	_Atomic int refs; /* owner's table, commands, legs on the thread */

	/* The owner's. */
	UT_hash_handle hh;
	struct usher__mroom_key key;
	struct usher__mworker *worker;
	struct usher__mmates owned;
	uint32_t owned_count;

	/* The thread's. */
	LIST_ENTRY(usher__mroom) link; /* while it mixes */
	struct usher__mmates legs;
	uint32_t count;
	enum usher__mmode mode;
	uint32_t part; /* of a tick, in which it mixes */
};

LIST_HEAD(usher__mrooms, usher__mroom);

/* A leg's place as its owner sees it. */
struct usher__mplace {
	struct usher__mroom *room; /* NULL: none */
	LIST_ENTRY(usher__mleg) mate;
	enum usher__mrole role;
	uint64_t whisper_to;
	bool has_ear;
};

/* A leg's seat on its thread. */
struct usher__mseat {
	struct usher__mroom *room; /* NULL: none; counted */
	LIST_ENTRY(usher__mleg) mate;
	enum usher__mrole role;
	uint64_t whisper_to;
	struct usher__mear *ear;  /* NULL: it was never mixed here */
	struct usher__mleg *from; /* was relayed; waits for its sound */
	uint8_t wait;    /* at most so many ticks; then it is silent or gone */
	uint8_t deaf;    /* ticks, until what waited when it came is over */
	uint8_t untaped; /* ticks, after what waited when its recording went
			    on */
	int64_t mixed_us; /* when its room ceased to mix */
	int64_t kept_us;  /* when it came with its ear, out of: */
	struct usher__mroom_key kept;
	uint32_t kept_part;
};

/* What a ROOM command says. */
struct usher__mjoin {
	struct usher__mroom *room; /* NULL: leave; counted */
	enum usher__mrole role;
	uint64_t whisper_to;
	struct usher__mear *ear; /* for a leg that has none, or NULL */
};

/* room.c: on the room's thread, but for what is counted */
struct usher__mroom *usher__mroom_new(void);
struct usher__mroom *usher__mroom_ref(struct usher__mroom *room);
void usher__mroom_unref(struct usher__mroom *room);
int usher__mear_new(struct usher__mear **ret);
void usher__mear_free(struct usher__mear *ear);
/* Takes its seat, changes its part, or leaves. */
void usher__mleg_join(struct usher__mworker *w, struct usher__mleg *leg,
		      struct usher__mjoin *join);
/* The codec of one of its legs has changed. */
void usher__mroom_recoded(struct usher__mworker *w, struct usher__mleg *leg);
/* Gives a leg of a room the ear that it lacks. */
void usher__mleg_ear(struct usher__mleg *leg, struct usher__mjoin *join);
void usher__mjoin_free(struct usher__mjoin *join);
/* A leg and the one with whom it is relayed hear each other no more. */
void usher__mleg_unbridge(struct usher__mleg *leg);
void usher__mleg_leave(struct usher__mworker *w, struct usher__mleg *leg);

/* What waits of its own is heard by nobody; and what waits of the others is
 * not recorded as what it hears. */
void usher__mroom_leave_out(struct usher__mleg *leg);
void usher__mroom_untape(struct usher__mworker *w, struct usher__mleg *leg);

/* samples.c: is what a leg says wanted, who has an ear? */
bool usher__mroom_wants(const struct usher__mleg *leg);

/* mix.c */
/* 20 ms of a room that mixes. */
void usher__mroom_tick(struct usher__mworker *w, struct usher__mroom *room);
/* Gives a listener what is left of its mix and of another's sound, who will
 * be relayed to it from now on without a seam. */
void usher__mroom_hand_over(struct usher__mworker *w, struct usher__mleg *to,
			    struct usher__mleg *from);
/* Adds b to a, never beyond what 16 bits hold. Pure. */
void usher__mix_add(int16_t *a, const int16_t *b, size_t n);

/* rooms.c: the owner's */
#define USHER__MROOM_BRIDGES UINT64_MAX /* the space of bridges */
struct usher__media;
/* A leg's codec is to change: ears for its room, if that will mix then. */
int usher__mplace_recode(struct usher__mleg *leg, uint8_t codec);
void usher__mplace_leave(struct usher__media *m, struct usher__mleg *leg);
void usher__mrooms_free(struct usher__media *m);

#endif
