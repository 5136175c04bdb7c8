/** @file
 * A host: what a process has once for its centers, the loop thread, the SIP
 * listener and the media ports. Several hosts may live in one process.
 *
 * Threads: unless a function says otherwise it may be called from any thread.
 * In a child after fork what acts returns USHER_EFORK.
 */
#ifndef USHER_HOST_H
#define USHER_HOST_H

#include <stddef.h>
#include <stdint.h>
#include <usher/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct usher_host;

/** Log levels, most important first. */
enum usher_log_level {
	USHER_LOG_ERROR = 1,
	USHER_LOG_WARN = 2,
	USHER_LOG_INFO = 3,
	USHER_LOG_DEBUG = 4
};

/** Receives log lines; called from any of our threads; must not call back. */
typedef void usher_log_fn(void *arg, int level, const char *line);

#define USHER_HOST_LEGS_MAX 40000 /**< of usher_host_opts.legs_max */

/** Is sound encrypted (SRTP, keys in SDP: RFC 4568)? Who reads the signaling
 * reads the keys. */
enum usher_srtp {
	USHER_SRTP_ANSWER = 0, /**< where the phone offers it */
	USHER_SRTP_NEVER = 1,
	USHER_SRTP_OFFER = 2,  /**< we offer it too, and take plain sound from
				    who does not know it */
	USHER_SRTP_REQUIRE = 3 /**< no call without it */
};

/** With which algorithm phones have to prove their password. */
enum usher_digest {
	/** They choose: SHA-256 is offered before MD5 (RFC 8760). */
	USHER_DIGEST_BOTH = 0,
	USHER_DIGEST_MD5 = 1,   /**< MD5 alone, for programs that give up */
	USHER_DIGEST_SHA256 = 2 /**< SHA-256 alone */
};

/** Whose certificate is looked at on connections over TLS. */
enum usher_tls_verify {
	/** Those of servers that we connect to: for the name that was called,
	 * of an issuer in tls_ca, in its time. */
	USHER_TLS_SERVERS = 0,
	/** Clients that connect to us have to show one, too. */
	USHER_TLS_BOTH = 1,
	/** Nobody's: for laboratories. */
	USHER_TLS_NOBODY = 2
};

/** Options of a host. Zero means default. */
struct usher_host_opts {
	size_t size; /**< set by usher_host_opts_init() */
	/** "127.0.0.1:5060", "[::1]:5060"; NULL: no SIP. UDP and TCP. */
	const char *sip_listen;
	/** Address to write in SDP towards the outside; NULL: the local. */
	const char *public_address;
	uint16_t rtp_port_min;  /**< even; default 10000 */
	uint16_t rtp_port_max;  /**< default 19999 */
	uint32_t media_threads; /**< default 1 */
	/** If the SIP port is taken, try up to this many following ones. */
	uint32_t port_tries;
	/** A call from which no sound came for so long is asked whether its
	 * phone is still there (OPTIONS); without an answer it has ended.
	 * Milliseconds, at least 1,000; 0: 30,000; USHER_ZERO: never. */
	int32_t silence_ms;
	usher_log_fn *log; /**< NULL: silence */
	void *log_arg;     /**< handed to log */
	/** Nonzero: believe sound from whoever sends it first. 0: only from
	 * the hosts that a call's signaling comes from or names. */
	uint32_t any_source;
	uint32_t srtp;   /**< enum usher_srtp */
	uint32_t digest; /**< one of enum usher_digest */
	/** "127.0.0.1:5061", where SIP over TLS is taken; the address has to
	 * be that of sip_listen. NULL: no TLS. */
	const char *tls_listen;
	/** PEM file with the certificate, and those up to its issuer. */
	const char *tls_certificate;
	const char *tls_key; /**< PEM file of its key; NULL: certificate's */
	/** PEM file with the certificates of those whose word is taken for who
	 * a peer is. NULL: the system's. */
	const char *tls_ca;
	uint32_t tls_verify; /**< one of enum usher_tls_verify */
	/** How often phones behind NAT, on UDP, hear something from us, lest
	 * the NAT forget them; registrars, too. Milliseconds; 0: 25,000;
	 * USHER_ZERO: never. */
	int32_t keep_alive_ms;
	/** An address of the other family, where SIP listens on the same
	 * ports: "::1" beside "127.0.0.1". NULL: none. */
	const char *second_address;
	/** Addresses and prefixes, separated by blanks, whose SIP is never
	 * limited or banned: "127.0.0.0/8 10.1.2.3". NULL: loopback; "": none.
	 * Sources of trunks are never banned. Copied. */
	const char *allow;
	/* What one source may send each second. 0: the default named here;
	 * USHER_ZERO: any number. Calls are INVITEs and REGISTERs. See
	 * docs/security.md. */
	int32_t stranger_requests; /**< 100 */
	int32_t stranger_calls;    /**< 50 */
	int32_t phone_requests;    /**< of who has shown a password; 1,000 */
	int32_t phone_calls;       /**< 200 */
	int32_t trunk_requests;    /**< 10,000 */
	int32_t trunk_calls;       /**< 2,000 */
	/** Wrong passwords, malformed messages and the like from a stranger
	 * within half a minute each, until it is banned; 0: 10; USHER_ZERO:
	 * nobody is banned. */
	int32_t failures;
	int32_t ban_s; /**< the first ban, in seconds; each next one twice as
			    long; 0: 60; USHER_ZERO: nobody is banned */
	int32_t ban_max_s; /**< the longest; 0: 3,600 */
	/** New calls that waited so long for us are refused (503) once for a
	 * tenth of a second none waited less, in milliseconds; 0: 10 where it
	 * is our own work that takes so long, and 100 else; USHER_ZERO: never.
	 * See docs/security.md. */
	int32_t overload_ms;
	/** DNS servers, "192.0.2.53 127.0.0.1:5353"; NULL: the system's. */
	const char *dns_servers;
	/** Codecs of sound, "opus pcma pcmu", offered in that order and taken
	 * in the caller's; NULL: "pcmu pcma". Where one side of a call has
	 * Opus and the other has not, sound is transcoded at 8 kHz. */
	const char *codecs;
	/** Nonzero: real-time text beside sound is neither taken nor offered;
	 * neither is, with the next one, video. 0: both are. */
	uint32_t no_text;
	uint32_t no_video; /**< see no_text */
	/** Legs at a time, of all centers: a caller who talks with an agent
	 * has two. New calls are refused (503) once 98 % are taken, or of
	 * fewer than 100 all (486). 0: 10,000; at most USHER_HOST_LEGS_MAX.
	 * Each with sound takes two ports of rtp_port_min to rtp_port_max and
	 * two descriptors, and for video and for text two more each. So the
	 * ports bound sound before this does: their default, 10000 to 19999,
	 * has 5,000 pairs, and there are at most 32,768. */
	uint32_t legs_max;
	uint32_t tls_certificate_count; /**< pairs of tls_certificates */
	/** More certificates, of other domains: pairs of PEM files, as
	 * tls_certificate and tls_key (NULL: the same file). Who says that it
	 * calls a name gets the first that is for that name, else
	 * tls_certificate. USHER_HOST_CERTIFICATES_MAX at most. Copied. */
	const char *const *tls_certificates;
};

/** Most certificates beside the first. */
#define USHER_HOST_CERTIFICATES_MAX 64

/** Fill in defaults. @param size sizeof the caller's struct. Since 0.1. */
USHER_API void usher_host_opts_init(struct usher_host_opts *opts, size_t size);

/**
 * Look whether TLS can be begun with the files that the options name, as
 * usher_host_start() does: they are read, and nothing is kept or opened.
 * Without tls_listen there is nothing to look at.
 *
 * @param opts  Of a host; only those of TLS are looked at
 *
 * @return 0, USHER_EINVAL (a file cannot be used: the message names it and
 *         says why), USHER_ENOTSUP (this build has no TLS), USHER_ENOMEM.
 *         Thread: any. Since 0.1.
 */
USHER_API int usher_host_tls_check(const struct usher_host_opts *opts,
				   struct usher_error *err);

/**
 * Make a host; it owns no thread and no socket before usher_host_start().
 *
 * @return 0, USHER_EINVAL, USHER_ENOMEM. Since 0.1.
 */
USHER_API int usher_host_new(struct usher_host **ret,
			     const struct usher_host_opts *opts,
			     struct usher_error *err);

/**
 * Start the threads, bind the listeners, recover and start every center.
 * All or nothing.
 *
 * @return 0, USHER_EIO (a port is taken, …), USHER_ECORRUPT (a journal),
 *         USHER_ESTATE (already started). Since 0.1.
 */
USHER_API int usher_host_start(struct usher_host *host,
			       struct usher_error *err);

/**
 * The SIP address in use, "127.0.0.1:5062". Valid after start.
 *
 * @return 0, USHER_ENOENT (no SIP), USHER_EFULL (cap too small). Since 0.1.
 */
USHER_API int usher_host_sip_address(const struct usher_host *host, char *buf,
				     size_t cap);

/**
 * Read the files of tls_certificate, tls_key and tls_ca again, which somebody
 * may have renewed. Connections to come use them, those that are up go on.
 * Without TLS nothing is done.
 *
 * @return 0, USHER_EINVAL (a file cannot be used: the message names it and
 *         says why, and nothing has changed), USHER_ECLOSED (not started),
 *         USHER_EFORK. Thread: any, not from a callback. Since 0.1.
 */
USHER_API int usher_host_tls_reload(struct usher_host *host,
				    struct usher_error *err);

/**
 * Stop: refuse new requests, complete the outstanding ones with
 * USHER_ECANCELED, end every leg (BYE), close the journals, join the threads.
 * Idempotent; blocks until done, at most a few seconds. Not from a callback.
 */
USHER_API void usher_host_stop(struct usher_host *host);

/** Stop and free, with all of its centers; NULL is fine. Since 0.1. */
USHER_API void usher_host_free(struct usher_host *host);

/** Counters of a host, for monitoring. */
struct usher_host_stats {
	size_t size;              /**< set by the caller to its sizeof */
	uint64_t legs_in;         /**< calls taken */
	uint64_t legs_out;        /**< calls placed */
	uint64_t legs_refused;    /**< from strangers, or over a limit */
	uint64_t sip_malformed;   /**< messages dropped or answered by 400 */
	uint64_t rtp_received;    /**< valid packets */
	uint64_t rtp_sent;        /**< packets */
	uint64_t rtp_dropped;     /**< from elsewhere, malformed, or late */
	uint32_t legs_now;        /**< calls at the moment */
	uint32_t media_ports_now; /**< RTP ports that calls have */
	uint64_t sip_unsupported; /**< requests refused for what they ask: no
				       such method, codec, body, extension */
	uint64_t sip_unexpected;  /**< requests of no call, or out of order */
	uint64_t sip_connections_closed; /**< by us: too many connections on
					      TCP, or one that said nothing */
	uint32_t sip_connections_now;    /**< on TCP, opened by others */
	uint64_t sip_limited;    /**< requests beyond their source's rate */
	uint64_t sip_banned;     /**< packets and connections dropped since
				      their source is banned */
	uint64_t sip_bans;       /**< begun */
	uint64_t sip_guesses;    /**< passwords not looked at: too many wrong
				      ones for that account */
	uint64_t sip_overloaded; /**< calls refused by overload */
	int64_t sip_lag_us;      /**< how long SIP messages wait for us */
	uint32_t sip_bans_now;   /**< sources banned at the moment */
	uint32_t reserved;       /**< zero */
	/** contacts turned away since a center had too much to do */
	uint64_t contacts_refused;
	uint64_t requests_refused; /**< the same of requests: try again */
};

/** Fill in as many fields as size covers. Since 0.1. */
USHER_API int usher_host_stats(struct usher_host *host,
			       struct usher_host_stats *stats);

/** A source of SIP messages that is not listened to for a while. */
struct usher_ban {
	char source[64];  /**< "192.0.2.1"; of IPv6 64 bits: "2001:db8::/64" */
	char reason[32];  /**< "flood", "malformed", "refused", "unknown",
			       "scanner" */
	uint32_t left_s;  /**< seconds until it ends by itself */
	uint32_t count;   /**< bans of this source in a row, with this one */
	uint64_t dropped; /**< packets and connections in spite of it */
};

/**
 * Those who are banned now, oldest first.
 *
 * @param ret        Room for cap of them; may be NULL when cap is 0
 * @param size       sizeof(struct usher_ban) of the caller
 * @param ret_count  How many there are, which may be more than cap
 *
 * @return 0, USHER_EINVAL, USHER_ECLOSED (not started, or stopped),
 *         USHER_EFORK. Since 0.1.
 */
USHER_API int usher_host_bans(struct usher_host *host, struct usher_ban *ret,
			      size_t size, size_t cap, size_t *ret_count);

/**
 * Lift a ban, now.
 *
 * @param source  As usher_host_bans() has it, or any address of it
 *
 * @return 0, USHER_EINVAL (no address), USHER_ENOENT (not banned),
 *         USHER_ECLOSED, USHER_EFORK. Since 0.1.
 */
USHER_API int usher_host_unban(struct usher_host *host, const char *source);

#ifdef __cplusplus
}
#endif
#endif
