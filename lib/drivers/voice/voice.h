/* Voice: SIP and media behind the driver interface.
 *
 * A hub is what a host has once: the user agent on one address, the media
 * engine, every leg. A voice is one tenant's driver in it, found by the SIP
 * domain. Everything here runs on the loop's thread, but for hub_new's
 * arguments, which are copied.
 */
#ifndef USHER_LIB_DRIVERS_VOICE_H
#define USHER_LIB_DRIVERS_VOICE_H

#include <stdbool.h>
#include <usher/channel.h>

#include "sip/tls.h"

struct usher__loop;
struct usher__voice_hub;
struct usher__voice;
struct usher__limits; /* sip/ua.h, like those that follow */
struct usher__security;
struct usher__ua_ban;

struct usher__voice_hub_opts {
	struct usher__loop *loop;
	const char *address; /* numeric */
	uint16_t port;
	uint32_t port_tries; /* following ports to try when it is taken */
	const char *public_address;
	const char *dns;            /* servers; NULL: the system's */
	const char *second_address; /* of the other family, or NULL */
	uint32_t keep_alive_ms;     /* 0: never */
	uint16_t rtp_port_min, rtp_port_max;
	uint32_t media_threads;
	uint32_t silence_ms;    /* then a leg's peer is asked; 0: never */
	bool any_source;        /* RTP is believed from everywhere */
	bool no_text, no_video; /* neither taken nor offered */
	uint32_t legs_max;      /* 0: the default */
	uint8_t srtp;           /* enum usher__srtp_policy */
	const char *codecs;     /* in order; NULL: the default */
	uint32_t digest;        /* enum usher_digest */
	struct usher__tls_opts tls;
	const struct usher__limits *limits; /* copied; NULL: the defaults */
	void (*security)(void *arg, const struct usher__security *what);
	void *security_arg;
	void (*log)(void *arg, int level, const char *line);
	void *log_arg;
};

int usher__voice_hub_new(struct usher__voice_hub **ret,
			 const struct usher__voice_hub_opts *opts,
			 struct usher_error *err);
uint16_t usher__voice_hub_port(const struct usher__voice_hub *hub);
/* What beginning with these would say of their files; any thread. */
int usher__voice_tls_check(const struct usher__tls_opts *opts,
			   struct usher_error *err);
int usher__voice_hub_tls_reload(struct usher__voice_hub *hub,
				struct usher_error *err);

/* Hang everything up; stopped(arg) is called when the peers have answered or
 * wait_ms has passed. */
void usher__voice_hub_stop(struct usher__voice_hub *hub, uint32_t wait_ms,
			   void (*stopped)(void *arg), void *arg);
void usher__voice_hub_free(struct usher__voice_hub *hub);

struct usher__voice_counters {
	uint64_t legs_in, legs_out, refused, malformed;
	uint64_t unsupported, unexpected, streams_closed;
	uint64_t rtp_received, rtp_sent, rtp_dropped;
	uint64_t limited, banned, bans, guesses, overloaded;
	int64_t lag_us;
	uint32_t legs_now, ports_now, streams_now, bans_now;
};
void usher__voice_hub_count(struct usher__voice_hub *hub,
			    struct usher__voice_counters *ret);

/* As usher__ua_bans() and usher__ua_unban(). */
size_t usher__voice_hub_bans(struct usher__voice_hub *hub,
			     void (*fn)(void *arg,
					const struct usher__ua_ban *ban),
			     void *arg);
int usher__voice_hub_unban(struct usher__voice_hub *hub, const char *source);

struct usher__voice_opts {
	const char *domain; /* NULL: whatever no other tenant has */
	/* Password of an account, or NULL if there is no such one. */
	const char *(*password)(void *arg, const char *account);
	/* Phones are elsewhere than usher__voice_bound() said before; not
	 * soon: all that has changed is when they expire. Or NULL. */
	void (*phones)(void *arg, bool soon);
	void *arg;
};

/* "192.0.2.1:5060" or "[2001:db8::1]:5060" to host and port (0: none). */
int usher__voice_address(const char *address, char *host, size_t cap,
			 uint16_t *port);

/* A tenant. USHER_EEXIST when its domain is taken. */
int usher__voice_new(struct usher__voice **ret, struct usher__voice_hub *hub,
		     const struct usher__voice_opts *opts);
void usher__voice_free(struct usher__voice *voice);

struct usher__voice_trunk {
	const char *name, *address, *user, *password, *caller_id, *prefix,
		*sources;
	const char *tls_name;    /* in its certificate; NULL: address */
	const char *from_domain; /* NULL: the tenant's, else our address */
	bool udp, tcp, tls;      /* none: as DNS says, else UDP */
	uint32_t priority, weight, max_in, max_out, max_calls, expires_ms;
	int32_t check_ms; /* 0: the default; USHER_ZERO: never */
	bool registers, trusted;
	uint8_t srtp;       /* enum usher__srtp_policy; 0: as the hub has it */
	const char *codecs; /* NULL: the hub's */
};

/* What usher__voice_trunks() would say of this one alone; any thread. */
int usher__voice_trunk_check(const struct usher__voice_trunk *conf,
			     struct usher_error *err);
/* Replace the tenant's trunks. All or nothing. */
int usher__voice_trunks(struct usher__voice *voice,
			const struct usher__voice_trunk *trunks, size_t count,
			struct usher_error *err);
/* What it would say now; nothing changes. */
int usher__voice_trunks_try(struct usher__voice *voice,
			    const struct usher__voice_trunk *trunks,
			    size_t count, struct usher_error *err);

struct usher__trunk_state; /* sip/ua.h */
typedef void(usher__voice_trunk_fn)(void *arg,
				    const struct usher__trunk_state *state);
void usher__voice_trunk_states(struct usher__voice *voice,
			       usher__voice_trunk_fn *fn, void *arg);

/* Whose tones the tenant's callers hear: a country by ISO 3166, or NULL for
 * those of no country. USHER_ENOENT: they are not known. */
int usher__voice_tones(struct usher__voice *voice, const char *country);
/* Whether they are known; any thread. */
bool usher__voice_tones_known(const char *country);

struct usher__bound; /* sip/ua.h */
/* As usher__ua_bound() and usher__ua_bind(), of this tenant's accounts. */
void usher__voice_bound(struct usher__voice *voice,
			void (*fn)(void *arg,
				   const struct usher__bound *bound),
			void *arg);
int usher__voice_bind(struct usher__voice *voice,
		      const struct usher__bound *bound);

/* Forget the registrations of an account that was removed. */
void usher__voice_unbind(struct usher__voice *voice, const char *account);

/* The driver's table; its argument is a struct usher__voice. */
const struct usher_channel_driver *usher__voice_driver(void);

#endif
