/* A media thread without a thread: its time is the test's, so that what
 * happens depends on nothing else. Packets go to peers over loopback. */
#ifndef TESTS_MEDIA_WORLD_H
#define TESTS_MEDIA_WORLD_H

#include "peer.h"

#define WORLD_PARTIES 6
#define WORLD_PLACES  8 /* for G.711 out of order */

struct party {
	struct usher__mleg leg;
	struct peer peer;
	double freq;     /* of what it says; 0: it is silent */
	double level;    /* amplitude */
	int64_t next_us; /* when it sends next */
	int64_t step_us; /* virtual time of a frame */
	int64_t plan_us; /* when the next would come without jitter */
	int jitter_us;   /* what comes is late by up to so much */
};

struct world {
	struct usher__media m;
	struct usher__mworker w;
	struct usher__ordered placed[WORLD_PLACES];
	struct usher__mroom *room;
	int64_t tick_us; /* when the next tick is */
	struct party parties[WORLD_PARTIES];
};

void world_open(struct world *world, int64_t tick_at_us);
void world_close(struct world *world);

/* Open, with three parties who say 500, 1100 and 1700 Hz. */
void world_three(struct world *world);

/* Party i says freq from at_us on. */
void world_party(struct world *world, int i, double freq, int64_t at_us);

/* What it says is put in order as its parameters ask for. */
void world_order(struct world *world, int i);

/* It speaks Opus: before it is in the room. */
void world_opus(struct world *world, int i);

/* Its sound is encrypted, both ways. */
void world_srtp(struct world *world, int i);

/* Into the room, with an ear. */
void world_join(struct world *world, int i, enum usher__mrole role,
		int whisper_to);
void world_leave(struct world *world, int i);

/* Time passes: what is due happens. */
void world_run(struct world *world, int64_t until_us);

/* A frame of what a party says goes in; it may be kept back and go later. */
size_t party_frame(struct party *p, uint8_t *packet);
void world_take(struct world *world, struct party *p, const uint8_t *packet,
		size_t n);

/* dBm0 of what parties say, by an amplitude of 7000. */
#define PARTY_SAID (-10.1)

/* The strongest tone in the last 0.2 s of what it heard is of freq, and at
 * the level of what parties say; off_db more or less. */
void party_hears_one(const struct party *p, double freq, double off_db);

/* The largest step away from a sine of freq in n samples: a click. */
double click(const int16_t *pcm, size_t n, double freq);

#endif
