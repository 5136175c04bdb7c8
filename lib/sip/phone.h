/* Inside of usher/call.h: a phone, its calls, its queue of events. */
#ifndef USHER_LIB_SIP_PHONE_H
#define USHER_LIB_SIP_PHONE_H

#include <compat.h>

#include <pthread.h>
#include <stdatomic.h>

#include <usher/call.h>

#include <media/media.h>
#include <sip/loop.h>
#include <sip/leg.h>
#include <sip/ua.h>

enum {
	USHER__PHONE_MAX_CALLS = 1000,  /* default of opts->max_calls */
	USHER__PHONE_MAX_EVENTS = 4096, /* default of opts->max_events */
	USHER__PHONE_MAX_ACCOUNTS = 4096,
	USHER__PHONE_MAX_DIGITS = 64,
	USHER__PHONE_HASH = 1024,        /* buckets */
	USHER__PHONE_SILENCE_MS = 30000, /* default of opts->silence_ms */
};

struct usher__phone_account {
	struct le le;
	uint32_t id;
	uint32_t registration; /* of the user agent */
	uint64_t request;      /* that waits for the first outcome, or 0 */
	char *domain, *user, *password;
};

/* Whom a call is bridged, or in a conference with. */
struct usher__phone_floor {
	uint64_t with; /* a call; 0: none */
	uint64_t room; /* 0: none */
	uint64_t whisper_to;
	uint32_t role; /* enum usher_phone_role */
};

struct usher__phone_call {
	struct le he;
	struct usher_phone *phone;
	uint64_t id;
	uint64_t leg;
	uint64_t refer_for; /* call whose REFER this one serves, or 0 */
	uint64_t rec;       /* recording, or 0 */
	uint64_t hold_request, transfer_request, digits_request;
	uint64_t digits_play;
	struct usher__phone_floor floor;
	char *refer_target;   /* a REFER that was not answered yet … */
	char *refer_replaces; /* … and the dialog that it wants replaced */
	bool placed;          /* by us */
	bool up;
};

/* A recording until its file is complete; its outcome's place is reserved. */
struct usher__phone_rec {
	struct le le;
	uint64_t rec;
	uint64_t call; /* 0: it never began, nobody is told */
};

struct usher_phone {
	struct usher__loop *loop;
	struct usher__ua *ua;
	struct usher__media *media;
	struct usher__bell *media_bell; /* the engine has news */
	pid_t pid;
	void (*log)(void *arg, int level, const char *text);
	void *log_arg;
	char *address;

	atomic_uint_fast64_t last_request, last_call;
	atomic_uint_fast32_t last_account;
	uint16_t port, tls_port;
	bool text, video;

	/* events, under the lock */
	pthread_mutex_t lock;
	int bell;
	struct usher_phone_event *ring;
	uint32_t head, count, size;
	uint32_t reserved, max;
	uint32_t dropped;
	bool closed; /* no new requests */

	/* loop's thread only */
	struct hash *calls;
	struct list accounts;
	struct list recordings;
	bool stop_waits; /* for the last recording */
};

/* One request on its way to the loop. Strings belong to it. */
struct usher__phone_request {
	struct usher_phone *phone;
	void (*run)(struct usher__phone_request *req);
	uint64_t id;
	uint64_t call, other, room, beside;
	uint32_t number, duration_ms;
	uint16_t status;
	bool flag;
	char *text[6];
};

/* phonerequest.c */
/* 0 with a new request, for which slots places are reserved. */
int usher__request_begin(struct usher_phone *phone, uint32_t slots,
			 void (*run)(struct usher__phone_request *req),
			 struct usher__phone_request **ret);
int usher__request_text(struct usher__phone_request *req, unsigned i,
			const char *text);
/* Post it, or undo the beginning and return err. */
int usher__request_commit(struct usher__phone_request *req, uint32_t slots,
			  int err, uint64_t *ret_request);
int usher__request_simple(struct usher_phone *phone, uint64_t call,
			  void (*run)(struct usher__phone_request *req),
			  bool flag, uint16_t status, uint64_t *ret_request);
int usher__request_with_text(struct usher_phone *phone, uint64_t call,
			     void (*run)(struct usher__phone_request *req),
			     const char *text, bool flag,
			     uint64_t *ret_request);
/* On the loop: the call that a request names; NULL: it is done, ENOENT. */
struct usher__phone_call *
usher__request_call(struct usher__phone_request *req);
void usher__request_done(struct usher__phone_request *req, int code);

/* phonequeue.c; all from any thread */
int usher__phone_reserve(struct usher_phone *phone, uint32_t slots);
void usher__phone_release(struct usher_phone *phone, uint32_t slots);
/* An event whose place was reserved. */
void usher__phone_put(struct usher_phone *phone,
		      struct usher_phone_event *event);
/* Another one: false if it was dropped. */
bool usher__phone_tell(struct usher_phone *phone,
		       struct usher_phone_event *event);
void usher__phone_done(struct usher_phone *phone, uint64_t request,
		       uint64_t call, int code, uint16_t status);
/* The last event: it was reserved when the phone was made. */
void usher__phone_put_stopped(struct usher_phone *phone);

/* phonefloor.c; loop's thread: what is beside sound follows who hears whom */
void usher__phone_floor_leave(struct usher__phone_call *call);
void usher__phone_floor_pair(struct usher__phone_call *call,
			     struct usher__phone_call *other);
void usher__phone_floor_enter(struct usher__phone_call *call,
			      const struct usher__phone_floor *floor);
/* What a call has agreed upon may be other than before. */
void usher__phone_floor_look(const struct usher__phone_call *call);
/* To those who read what it types. */
void usher__phone_floor_type(const struct usher__phone_call *call,
			     const char *text, size_t n);

/* phoneindex.c; loop's thread */
struct usher__phone_call *usher__phone_call_new(struct usher_phone *phone,
						uint64_t id);
struct usher__phone_call *usher__phone_call_find(struct usher_phone *phone,
						 uint64_t id);
struct usher__phone_account *
usher__phone_account_find(struct usher_phone *phone, uint32_t id);

/* phonecall.c; loop's thread */
void usher__phone_media(void *arg); /* drain the engine */
/* phonesound.c: a recording of the engine is over. */
void usher__phone_recorded(struct usher_phone *phone,
			   const struct usher__mevent *mev);
extern const struct usher__ua_ops usher__phone_ops;

/* phonetext.c: what the peer of a call typed waits in its media port; it was
 * read there. */
void usher__phone_text(struct usher__phone_call *call);
void usher__phone_typed(struct usher__phone_call *call, const char *text,
			size_t n);

#endif
