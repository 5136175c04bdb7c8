/* A driver that does at once what it is told and remembers it. */
#ifndef FAKE_H
#define FAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <usher/usher.h>

#define FAKE_VERBS_MAX 8192

struct fake_verb {
	char name[16];
	uint64_t leg, other, req;
	int code;
	char text[128];
	char caller[64], privacy[16], uui[16]; /* of ring */
	uint32_t timeout_ms;                   /* too */
};

struct fake {
	struct usher_channel *channel;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct fake_verb verbs[FAKE_VERBS_MAX];
	size_t count;
	/* of the newest ring */
	char caller[64], privacy[16], uui[16];
	uint32_t timeout_ms;
	bool stop;        /* stand still after a verb */
	bool mute_end;    /* legs that are ended do not say so */
	const char *fail; /* a verb that is refused */
	const char *mute; /* a verb whose outcome the test gives */
};

extern const struct usher_channel_driver fake_driver;      /* "voice" */
extern const struct usher_channel_driver fake_chat_driver; /* words, live */
extern const struct usher_channel_driver
	fake_mail_driver; /* words, deferred */

void fake_init(struct fake *fake);
/* Which verb fails or stays without an outcome (fail, mute) from now on. */
void fake_set(struct fake *fake, const char **which, const char *verb);
/* Wait for a verb at or after *from (may be NULL), for a leg or 0. */
bool fake_wait(struct fake *fake, const char *name, uint64_t leg, size_t *from,
	       struct fake_verb *ret);
/* Whether it was ever told so. */
bool fake_told(struct fake *fake, const char *name, uint64_t leg);
/* The same, at or after that verb. */
bool fake_told_since(struct fake *fake, const char *name, size_t from);

#endif
