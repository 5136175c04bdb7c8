/* What a channel is inside: a driver, and the inbox that its reports go to.
 * The room knows neither the center nor any driver; the center gives a sink.
 */
#ifndef USHER_LIB_CHANNEL_H
#define USHER_LIB_CHANNEL_H

#include <stdbool.h>
#include <usher/channel.h>

enum usher__report_type {
	USHER__ARRIVED = 1,
	USHER__RINGING,
	USHER__ANSWERED,
	USHER__ENDED,
	USHER__DIGIT,
	USHER__TEXT,
	USHER__HELD,
	USHER__TRANSFER,     /* text: target */
	USHER__TRANSFER_LEG, /* value: the other leg */
	USHER__REGISTERED,
	USHER__DONE,
	USHER__QUALITY,
	USHER__TRIED,
	USHER__WHY /* text: why it ends, as its peer says */
};

/* Longest address, name or account that a report carries, in bytes. */
#define USHER__REPORT_STRING_MAX 255
/* Of what a caller says about its privacy. */
#define USHER__REPORT_PRIVACY_MAX 63
/* Of what a caller's side hands on (User-to-User). */
#define USHER__REPORT_UUI_MAX 511

/* NULL where nothing was said. */
struct usher__report_more {
	const char *from_name;
	const char *account; /* of TRIED: the trunk's prefix */
	const char *trunk;
	const char *language;
	const char *diverted_first, *diverted_by, *diverted_reason;
	const char *privacy;
	const char *user_to_user;
};

/* One report of a driver, in one piece of memory with all that it points to.
 * Whoever receives it frees it with free().
 */
struct usher__report {
	struct usher__report *next;
	struct usher_channel *channel;
	enum usher__report_type type;
	int32_t code; /* reason, result, digit, held, early, status */
	uint64_t leg;
	uint64_t req;     /* of DONE */
	int64_t value;    /* of DONE; duration; expiry */
	const char *text; /* entry, target, account, message; of TRIED: why */
	const char *from; /* of ARRIVED; contact of REGISTERED; a hop */
	/* Few say more, and many are made beforehand. */
	const struct usher__report_more *more;       /* of ARRIVED, TRIED */
	const struct usher_channel_quality *quality; /* of QUALITY */
};

/* One way to a number that was tried; the leg goes on by another, or ends. */
struct usher__tried {
	const char *trunk, *hop, *prefix;
	const char *reason; /* "reached", "refused", … */
	uint16_t status;    /* 0: none */
	bool next;          /* another way is tried, if there is one */
};

int usher__channel_tried(struct usher_channel *channel, uint64_t leg,
			 const struct usher__tried *tried);

/* Before its end, if it ends by its peer's will. */
int usher__channel_why(struct usher_channel *channel, uint64_t leg,
		       const char *why);

/* Where reports go. Called on whatever thread the driver called on. */
struct usher__report_sink {
	/* Takes the report over, also on error. 0, USHER_ECLOSED, _EFULL. */
	int (*post)(void *owner, struct usher__report *report);
	/* A new leg id, or 0 when a limit is reached. */
	uint64_t (*leg)(void *owner);
	/* 0, or why nothing may be reported: USHER_ECLOSED, USHER_EFORK. */
	int (*open)(void *owner);
	void *owner;
};

struct usher_channel {
	const struct usher_channel_driver *driver; /* &known */
	struct usher_channel_driver known; /* an older one, filled up */
	void *arg;
	struct usher__report_sink sink;
};

/* ---- reserve.c ---- */

/* Reports that a driver makes beforehand, so that what must be heard, the end
 * of a leg or the outcome of a verb, is said without memory too. Belongs to
 * one thread. */
struct usher__reserve {
	struct usher__report *reports; /* through next */
	unsigned count;
	bool texts; /* with room for two; set before the first fill */
};

struct usher__saying {
	enum usher__report_type type;
	int32_t code;
	uint64_t leg;
	uint64_t req;
	int64_t value;
	const char *text, *from; /* or NULL; of a reserve with texts */
};

/* Have count reports there. USHER_ENOMEM: as many as there was memory for. */
int usher__reserve_fill(struct usher__reserve *reserve, unsigned count);
void usher__reserve_free(struct usher__reserve *reserve);
/* Out of memory if there is some, else out of the reserve, as long as more
 * than keep are left. 0, USHER_ENOMEM, USHER_EINVAL, or what the sink says. */
int usher__reserve_say(struct usher__reserve *reserve,
		       struct usher_channel *channel, unsigned keep,
		       const struct usher__saying *what);

#endif
