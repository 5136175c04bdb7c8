/* A peer made of a UDP socket and text: sends SIP messages to a user agent
 * and reads what comes back. For unit tests of lib/sip. */
#ifndef TESTS_SIP_PEER_H
#define TESTS_SIP_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sip/loop.h>
#include <sip/leg.h>
#include <sip/ua.h>

enum { PEER_TEXT = 8192, PEER_EVENTS = 64 };

struct peer {
	int fd;
	uint16_t port;
	char last[PEER_TEXT]; /* the message that came last */
};

/* The user agent under test, on a loop of its own. */
struct subject {
	struct usher__loop *loop;
	struct usher__ua *ua;
	struct usher__ua_opts opts;
	struct usher_error err;
	uint16_t port;

	/* written on the loop's thread, read after subject_sync() */
	int invite_status; /* what ops->invite answers: subject_answers() */
	struct usher__invite invite;
	char user[64], from_user[64], domain[64], account[64];
	char called[64], diverted[64], diversion[64], uui[512], privacy[64];
	char target[256], replaces[256]; /* of the last LEG_REFER */
	char ended[128];                 /* why, of the last LEG_ENDED */
	unsigned invites;
	uint64_t leg;
	struct usher__leg_event events[PEER_EVENTS];
	void *owner; /* the leg's, with the event that came last */
	unsigned event_count;
	unsigned binding_count;
	enum usher__binding_change change;
	char contact[256];
	uint16_t registration_status;
	uint32_t registration_expires_s;
	unsigned stopped;
	uint16_t refer_answer;       /* for LEG_REFER; 0: none */
	unsigned security[8];        /* told, by kind */
	char source[64], reason[32]; /* of the last one */
	uint64_t count;
	unsigned log_count;
	char log[256]; /* the last line */
};

/* How time passes while something is waited for; NULL: as it does. */
extern void (*peer_skip)(int64_t left_ms);

void peer_open(struct peer *peer);
void peer_open_at(struct peer *peer, const char *ip);
void peer_close(struct peer *peer);
void peer_send(struct peer *peer, uint16_t to, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Wait for a message that begins with this; others are passed over. False
 * after wait_ms. */
bool peer_expect(struct peer *peer, const char *begin, int wait_ms);
/* Value of a header or parameter in the last message: text after name up to
 * one of the end characters; "" if it is not there. */
void peer_cut(struct peer *peer, const char *name, const char *end, char *ret,
	      size_t size);
/* The MD5 digest of credentials, for the challenge that came last. */
void peer_digest(struct peer *peer, const char *method, const char *uri,
		 const char *user, const char *password, char *ret,
		 size_t size);

/* Domain "center.test" with account alice, password "secret". */
void subject_start(struct subject *subject, bool open);
/* One that asks peers who are silent for so long. */
void subject_start_asking(struct subject *subject, uint32_t silence_ms);
/* One whose sessions are so long. */
void subject_start_timing(struct subject *subject, uint32_t session_s,
			  uint32_t session_min_s);
/* One that registers phones for so long. */
void subject_start_granting(struct subject *subject, uint32_t max_expires_s);
/* One that believes nobody but by these limits. */
void subject_start_limited(struct subject *subject,
			   const struct usher__limits *limits);
/* And that listens at ::1, too. */
void subject_start_both(struct subject *subject,
			const struct usher__limits *limits);
void subject_stop(struct subject *subject);
/* Everything that was asked before has been done. */
void subject_sync(struct subject *subject);
/* What the user agent has counted, everything before included. */
struct usher__ua_counters subject_counters(struct subject *subject);
/* What ops->invite answers from now on. */
void subject_answers(struct subject *subject, int status);
/* Run fn(arg) on the loop. */
int subject_call(struct subject *subject, int (*fn)(void *arg), void *arg);
/* How often this event was told. */
unsigned subject_told(struct subject *subject, uint32_t type);

#endif
