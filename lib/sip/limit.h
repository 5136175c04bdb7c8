/* What strangers, phones and trunks may send: see limit.c. */
#ifndef USHER_LIB_SIP_LIMIT_H
#define USHER_LIB_SIP_LIMIT_H

#include <sys/socket.h>

#include <sip/impl.h>
#include <sip/source.h>

/* limit.c */
/* Is nothing to be heard from there? One lookup, before anything is read. */
bool usher__limit_banned(struct usher__ua *ua, const struct sa *src);
/* Who that is for every limit: an address of IPv4, a network of IPv6. */
void usher__limit_source(const struct sa *src, struct usher__address *ret);
/* A source did something wrong. */
void usher__limit_offend(struct usher__ua *ua, const struct sa *src,
			 enum usher__offence offence, uint32_t points);
/* Is it in limits->allow? True without limits. */
bool usher__limit_allowed(const struct usher__ua *ua, const struct sa *src);
/* Has it shown a right password lately, or is it in limits->allow? Then it is
 * not slowed. */
bool usher__limit_exempt(struct usher__ua *ua, const struct sa *src);
void usher__limit_prove(struct usher__ua *ua, const struct sa *src);
/* Tell ops->security, unless there was too much of it. */
void usher__security_tell(struct usher__ua *ua,
			  const struct usher__security *what);

/* rate.c */
int usher__limit_new(struct usher__ua *ua, const struct usher__limits *limits,
		     struct usher_error *err);
void usher__limit_free(struct usher__ua *ua);
/* Somebody connects, which costs as much as a request; false: not now. */
bool usher__limit_connect(struct usher__ua *ua, const struct sa *src);
/* A trunk, one that has proven itself, or in limits->allow. */
bool usher__limit_known(struct usher__ua *ua, const struct sa *src);
/* A request that can be read: true, it was refused or dropped. */
bool usher__limit_request(struct usher__ua *ua, const struct sip_msg *msg);

/* guess.c: passwords that are tried. */
struct usher__guesses;
int usher__guesses_new(struct usher__guesses **ret);
void usher__guesses_free(struct usher__guesses *guesses);
/* Is the password of this account not to be looked at now? */
bool usher__guess_slowed(struct usher__ua *ua, const struct sip_msg *msg,
			 const char *domain, const char *user);
/* What came of looking at it. */
void usher__guess_tell(struct usher__ua *ua, const struct sip_msg *msg,
		       const char *domain, const char *user,
		       enum usher__auth auth);

/* overload.c */
struct usher__overload;
/* own_ms: where it is our own work that takes so long; 0: no matter what. */
int usher__overload_new(struct usher__overload **ret, struct usher__ua *ua,
			uint32_t max_ms, uint32_t own_ms);
/* How long the datagram waited that was read last from fd; 0: not known. */
int64_t usher__overload_stamp(int fd);
/* A datagram was read from fd, in the order in which they came. */
void usher__overload_datagram(struct usher__overload *overload, int fd);
/* Somebody new, one or another datagram, has its turn after so long; last:
 * and no other one of those waits. */
void usher__overload_newcomer(struct usher__overload *overload,
			      unsigned socket, bool known, int64_t us,
			      bool last);
/* Something else has, for the counter alone. */
void usher__overload_lag(struct usher__overload *overload, int64_t us);
/* Something was read from a connection. */
void usher__overload_stream(struct usher__overload *overload);
/* Is a new call to be refused, of those whom we know or of strangers?
 * datagram: it is the last one that was told of. */
bool usher__overload_on(struct usher__overload *overload, bool known,
			bool datagram);
void usher__overload_refused(struct usher__overload *overload);

/* intake.c: the datagrams of a socket of libre's, see there. */
struct usher__intake;
/* USHER_ENOMEM, USHER_EIO; USHER_ENOTSUP: libre is not ours, and reads
 * itself. */
int usher__intake_new(struct usher__intake **ret, struct usher__ua *ua,
		      struct udp_sock *sock, int fd);
/* From wrap.c: libre listens, or reads; true: *ret bytes are given to it. */
void usher__intake_listen(int fd, fd_h **fh, void **arg);
bool usher__intake_given(int fd, void *buf, size_t size, struct sockaddr *src,
			 socklen_t *src_len, ssize_t *ret);

struct usher__limit {
	struct usher__ua *ua;
	struct usher__sources *sources;
	struct usher__guesses *guesses;
	struct usher__overload *overload; /* NULL: never refuses */
	struct usher__prefix allow[USHER__UA_ALLOW_MAX];
	unsigned allow_count;
	struct tmr sweep_tmr; /* runs while there are bans */
	struct tmr told_tmr;  /* runs while the allowance is used up */
	unsigned told;
	uint64_t more; /* not told */
};

#endif
