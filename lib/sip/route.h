/* Trunks as the driver sees them: how each is, and over which of them a call
 * goes. Thread: as in ua.h, which includes this. */
#ifndef USHER_LIB_SIP_ROUTE_H
#define USHER_LIB_SIP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <usher/error.h>

struct usher__ua;

enum {
	USHER__TRUNK_HOPS = 16, /* addresses of one trunk */
	USHER__TRUNK_WEIGHT_MAX = 1000,
	USHER__TRUNK_REST_MS = 30000, /* after a failure; doubled for each … */
	USHER__TRUNK_REST_MAX_MS = 300000, /* … one after another, to this */
	USHER__TRUNK_CHECK_MIN_MS = 1000,  /* between OPTIONS */
	USHER__TRUNK_CHECK_WAIT_MS = 4000, /* for their answer, at most */
	USHER__TRUNK_MISSES = 2, /* without one: the address is down */
	USHER__ROUTE_TRIES = 8,  /* addresses tried for one call */
	/* Ours at another's registrar: for its answer, before the next of its
	 * addresses is asked; then after a while that doubles, longer where
	 * it said no. */
	USHER__REGISTER_WAIT_MS = 8000,
	USHER__REGISTER_RETRY_S = 5,
	USHER__REGISTER_RETRY_MAX_S = 300,
	USHER__REGISTER_REFUSED_S = 60,
	USHER__REGISTER_REFUSED_MAX_S = 3600,
	USHER__REGISTER_EXPIRES_MAX_S = 86400, /* if it asks for so long */
	USHER__DNS_SERVERS = 4,
	USHER__DNS_WAIT_MS = 1000, /* for a server, before the next is asked */
	USHER__DNS_ROUNDS = 2,     /* each is asked so often */
	USHER__DNS_QUERIES = 40,   /* to find one trunk */
	USHER__DNS_ALIASES = 8,    /* names that stand for one another */
	USHER__DNS_RECORDS = 64,   /* read of one answer */
	USHER__DNS_TTL_MIN_S = 5,  /* an answer is asked for again after … */
	USHER__DNS_TTL_MAX_S = 3600,
	USHER__DNS_RETRY_MAX_S =
		60, /* … or after a failure, growing to this */
	USHER__DNS_STALE_S = 86400, /* without DNS the old answer is good */
};

/* A trunk as it is now. */
struct usher__trunk_state {
	const char *name;
	bool up;         /* calls are tried over it */
	bool registered; /* if it is to be */
	uint32_t hops, hops_up, hops_resting;
	uint32_t calls_in, calls_out;
	uint64_t placed, failed; /* attempts since the start */
};
/* 0 or USHER_ENOENT. The name lives as long as the trunk. */
int usher__ua_trunk_state(struct usher__ua *ua, uint32_t id,
			  struct usher__trunk_state *ret);

/* ---- which trunk a call goes over ----
 *
 * The ways of one call: addresses of trunks in the order in which they are to
 * be tried. Those that are up come before those that rest after a failure,
 * these before those that do not answer OPTIONS; then by the rank that the
 * caller gave, by priority, by weight (smooth weighted round robin, so that
 * the same calls take the same ways), and by the order of DNS. When nothing
 * is up and nothing rests there is no way. */

struct usher__route;

struct usher__way {
	uint32_t trunk;
	uint32_t kin; /* … or of the one that takes its place */
	char hop[80]; /* "192.0.2.1:5060;transport=udp" */
};

/* USHER_ENOENT (no trunk), USHER_EBUSY (all have as many calls as they may),
 * USHER_ECLOSED (all are down), USHER_ENOMEM. ranks: lower first. */
int usher__route_new(struct usher__route **ret, struct usher__ua *ua,
		     const uint32_t *trunks, const uint32_t *ranks,
		     size_t count);
/* The next way whose trunk, or the one that has its place since, still has it
 * and is not full; false: none. */
bool usher__route_next(struct usher__route *route, struct usher__way *ret);
void usher__route_free(struct usher__route *route); /* NULL is fine */
bool usher__way_same(const struct usher__way *a, const struct usher__way *b);
/* Nothing of a person was heard: it rests. status 0: nothing at all was. */
void usher__way_failed(struct usher__ua *ua, const struct usher__way *way,
		       uint16_t status);
void usher__way_worked(struct usher__ua *ua, const struct usher__way *way);
/* Whether a 3xx has sent the INVITE of a leg, which may have ended, elsewhere;
 * false if stale. */
bool usher__leg_moved(struct usher__ua *ua, uint64_t leg);

/* ---- trunks ---- */

struct usher__trunk_opts {
	const char *name;     /* for logs; copied like all that follows */
	const char *domain;   /* tenant of its inbound calls; NULL or "": by
			       * the host of the Request-URI */
	const char *sources;  /* inbound: addresses and prefixes separated by
			       * blanks, "192.0.2.1 10.0.0.0/8"; may be NULL */
	const char *host;     /* outbound: where to send; NULL: inbound only */
	uint16_t port;        /* 0: by DNS (SRV), or 5060, over TLS 5061 */
	bool udp, tcp, tls;   /* none: by DNS, or UDP */
	const char *tls_name; /* in its certificate; NULL: host */
	const char *from_domain; /* of From to it; NULL: our address */
	const char *reg_domain;  /* of From and To in its registration; NULL:
				  * host */
	const char *user;        /* digest towards the provider, and From */
	const char *password;    /* NULL: none */
	bool reg;                /* register there, refresh, until removed */
	uint32_t expires_s;      /* 0: 600 */
	bool trusted; /* identities are asserted to it, and believed from it */
	uint8_t srtp; /* enum usher__srtp_policy of its calls; 0: the agent's
		       */
	uint32_t priority;  /* lower ones are tried first */
	uint32_t weight;    /* share among equals; 0: 1 */
	uint32_t max_in;    /* calls at once; 0: no limit */
	uint32_t max_out;   /* … */
	uint32_t max_calls; /* … both together */
	uint32_t check_ms;  /* between OPTIONS; 0: none are sent */
	const char *codecs; /* of sip/codecs.h; NULL: the user agent's */
};

/* To the log that no way was tried for a call, which whoever may dial can
 * cause: so many lines in a while, then a count. */
void usher__route_note(struct usher__ua *ua, uint64_t call, const char *why);

/* What usher__ua_trunk_add() would say of these alone; any thread. */
int usher__trunk_check(const struct usher__trunk_opts *opts,
		       struct usher_error *err);
/* USHER_EINVAL with what is wrong in sources, USHER_EFULL. */
int usher__ua_trunk_add(struct usher__ua *ua,
			const struct usher__trunk_opts *opts, uint32_t *ret_id,
			struct usher_error *err);
/* Begin what it does by itself: look it up in DNS, send OPTIONS, register.
 * Takes over what one of the same domain and name knows, which is then to be
 * removed; a registration that is the same goes on. */
void usher__ua_trunk_start(struct usher__ua *ua, uint32_t id);
int usher__ua_trunk_remove(struct usher__ua *ua, uint32_t id);

#endif
