/* A channel of one's own: lines of text over a socket. */
#ifndef TEXT_H
#define TEXT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <usher/channel.h>

/* Who is served at once; the next ones wait until somebody leaves. */
#define TEXT_PEERS_MAX 16

/* A thread, and whom it serves. */
struct text_peer {
	struct text *text;
	pthread_t thread;
	uint64_t leg; /* 0: nobody; under the lock, as fd */
	int fd;
};

/* The driver's argument. Its owner gives a stream socket that listens and a
 * lock, and takes both back when the center has been freed; the rest is 0. */
struct text {
	int fd;
	pthread_mutex_t lock;
	struct usher_channel *channel;
	bool stopping; /* under the lock */
	size_t count;  /* of the peers that have a thread */
	struct text_peer peers[TEXT_PEERS_MAX];
};

extern const struct usher_channel_driver text_driver;

#endif
