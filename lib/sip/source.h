/* Who sends to us, address by address: how much, what was wrong with it, and
 * who is banned. Knows neither libre nor a clock.
 *
 * An address is one of IPv4, or the network of 64 bits that a peer with IPv6
 * has to itself. The table has a fixed number of places, apart for strangers,
 * for those who have proven themselves, and for bans: a flood of one sort
 * never pushes out another. In each sort the one goes that was heard of
 * longest ago, so who sends most is never forgotten, and who is forgotten
 * loses no more than a count.
 *
 *   stranger --digest--> proven --PROVEN_S without a digest--> stranger
 *      | too many points (usher__source_offend), or far over the rate
 *      +--> banned --its time has passed, or lifted--> stranger
 *
 * Sources on UDP can be forged. So somebody else can spend a stranger's rate
 * and have it banned; never one that is proven: its rate is its own, and it is
 * not banned. What has neither proven itself nor a place in the list of those
 * who never are banned (trunks, ua->limits) has only the ban's time to lose.
 */
#ifndef USHER_LIB_SIP_SOURCE_H
#define USHER_LIB_SIP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	USHER__SOURCES_STRANGERS = 8192,
	USHER__SOURCES_PROVEN = 8192,
	USHER__SOURCES_BANNED = 4096,
	USHER__SOURCE_BURST_S = 2, /* a rate may be saved up so long */
	USHER__SOURCE_DEBT_S = 10, /* … and overdrawn; then it is a flood */
	USHER__SOURCE_PROVEN_S = 3600, /* a digest is remembered so long */
	USHER__BAN_FORGET_S = 86400,   /* a ban begins short again after */
	USHER__OFFENCE_FORGET_S = 30,  /* one wrong thing is forgotten in */
	USHER__OFFENCE_POINTS = 10,    /* parts of one wrong thing */
	USHER__OFFENCE_AT_ONCE = UINT16_MAX, /* points of a ban, whatever
					      * failures says */
};

struct usher__address {
	uint8_t af; /* 4 or 6 */
	uint8_t bytes[16];
};

enum usher__offence {
	USHER__OFFENCE_MALFORMED = 1, /* no SIP, or against its rules */
	USHER__OFFENCE_REFUSED, /* wrong password, no such user, no right */
	USHER__OFFENCE_UNKNOWN, /* asked for a domain that is not ours */
	USHER__OFFENCE_SCANNER, /* calls itself one, or only looks around */
	USHER__OFFENCE_FLOOD,   /* went far beyond its rate */
};

/* Each second; 0: no limit. Calls are INVITEs and REGISTERs. */
struct usher__rate {
	uint32_t requests, calls;
};

struct usher__sources_opts {
	struct usher__rate stranger, phone, trunk;
	uint32_t failures;  /* wrong things, then a ban; 0: never a ban */
	uint32_t ban_s;     /* the first one; each next twice as long … */
	uint32_t ban_max_s; /* … to this */
	uint64_t seed;      /* of the hash, secret */
};

struct usher__ban {
	struct usher__address address;
	enum usher__offence offence;
	int64_t since_us, until_us;
	uint32_t count;   /* bans of this source that are remembered */
	uint64_t dropped; /* packets and connections, during this one */
};

struct usher__sources;

/* USHER_ENOMEM. */
int usher__sources_new(struct usher__sources **ret,
		       const struct usher__sources_opts *opts);
void usher__sources_free(struct usher__sources *sources); /* NULL is fine */

/* Is it banned? One lookup; counts the packet if it is. */
bool usher__source_banned(struct usher__sources *sources,
			  const struct usher__address *address,
			  int64_t now_us);
bool usher__source_proven(struct usher__sources *sources,
			  const struct usher__address *address,
			  int64_t now_us);

/* It sent a request. trunk: it is one of ours, never banned. */
enum usher__source_verdict {
	USHER__SOURCE_GOOD = 0,
	USHER__SOURCE_OVER,  /* beyond its rate */
	USHER__SOURCE_FLOOD, /* far beyond: ban it */
};
enum usher__source_verdict
usher__source_take(struct usher__sources *sources,
		   const struct usher__address *address, bool trunk, bool call,
		   int64_t now_us);

/* It has shown a right password. */
void usher__source_prove(struct usher__sources *sources,
			 const struct usher__address *address, int64_t now_us);

/* It did something wrong, of so many points. True: it is banned from now on
 * and *ret says how. */
bool usher__source_offend(struct usher__sources *sources,
			  const struct usher__address *address,
			  enum usher__offence offence, uint32_t points,
			  int64_t now_us, struct usher__ban *ret);

typedef void(usher__ban_fn)(void *arg, const struct usher__ban *ban);

/* fn, if any, is told of each ban whose time has passed; gives when the next
 * one ends, or 0: there is none. */
int64_t usher__sources_sweep(struct usher__sources *sources, int64_t now_us,
			     usher__ban_fn *fn, void *arg);
/* True if it was banned; *ret is that ban. */
bool usher__source_lift(struct usher__sources *sources,
			const struct usher__address *address,
			struct usher__ban *ret);
/* Those that last, oldest first; fn may be NULL. Gives how many. */
size_t usher__sources_bans(const struct usher__sources *sources,
			   int64_t now_us, usher__ban_fn *fn, void *arg);

#endif
