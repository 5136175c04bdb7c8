/* People who call, and people who answer: random, but the same for the same
 * seed as far as the network allows. */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include <usher/call.h>

enum { CROWD_MAX_PEOPLE = 4096, CROWD_TEXT = 128 };

struct options {
	const char *center; /* "127.0.0.1:5060" */
	const char *dial;
	const char *listen;  /* address, or NULL */
	const char *sign_in; /* feature code, then the PIN */
	const char *wrapped; /* feature code that ends wrap-up, or "" */
	const char *menu;    /* digits pressed after the greeting, or NULL */
	uint16_t port;
	unsigned callers;
	double per_minute; /* arrivals; 0: two a minute and caller */
	double talk_s, patience_s;
	unsigned hold_percent, miss_percent;
	uint64_t seed;
	unsigned duration_s; /* 0: until a signal */
	bool tcp;
};

enum state {
	IDLE,    /* nobody on the line; at `due` a customer calls */
	DIALING, /* our INVITE is out */
	RINGING, /* an agent's phone rings; at `due` they answer */
	SIGNING, /* an agent dials the feature code */
	TALKING, /* at `due` something happens: digits, hold, goodbye */
	HOLDING, /* at `due` back again */
	LEAVING, /* hung up, its end not told yet */
};

struct person {
	bool agent, signed_in, pressed, held;
	bool wrapping; /* an agent who has talked and is not ready yet */
	enum state state;
	uint32_t account;
	uint64_t call;
	int64_t due_us;  /* 0: nothing planned */
	int64_t over_us; /* when this one hangs up */
	char name[CROWD_TEXT], password[CROWD_TEXT], pin[CROWD_TEXT];
};

struct crowd {
	const struct options *opts;
	struct usher_phone *phone;
	struct person people[CROWD_MAX_PEOPLE];
	unsigned count;
	uint64_t random;
	uint64_t placed, answered, failed, gave_up, taken, missed;
	uint64_t registered; /* times that the center took an agent */
};

int64_t crowd_now_us(void);
/* Make the customers; agents were added before by crowd_agent(). */
int crowd_start(struct crowd *crowd);
int crowd_agent(struct crowd *crowd, const char *spec);
void crowd_event(struct crowd *crowd, const struct usher_phone_event *event);
/* Do what is due; returns when to come again. */
int64_t crowd_act(struct crowd *crowd);

#endif
