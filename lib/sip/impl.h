/* The user agent's inside, shared by the files of this room; here libre's
 * types are known. Everything on the loop's thread. */
#ifndef USHER_LIB_SIP_IMPL_H
#define USHER_LIB_SIP_IMPL_H

#include <compat.h>

#include <media/media.h>
#include <sip/body.h>
#include <sip/loop.h>
#include <sip/sdp.h>
#include <sip/trunk.h>
#include <sip/ua.h>
#include <sip/within.h>

enum {
	USHER__SIP_HASH = 4096,         /* buckets of each table */
	USHER__SIP_RCVBUF = 4 << 20,    /* wanted receive buffer, bytes */
	USHER__SIP_NEWCOMERS = 4 << 20, /* bytes of requests that wait, of
					 * those known and of strangers */
	USHER__SIP_SOCKETS = 2,         /* for datagrams: an address of each
					 * family */
	USHER__SIP_BACKLOG = 512,       /* connections that wait to be taken */
	USHER__SIP_SEND_QUEUE = 65536,  /* bytes unsent on a connection */
	USHER__SIP_TRUNK_PREFIXES = 64, /* sources of one trunk */
	USHER__SIP_NONCE_S = 300,       /* a nonce is good for so long */
	USHER__SIP_NONCES = 32768,      /* of which the use is remembered */
	USHER__SIP_AGAIN_MS = 4000,  /* a request is sent again until then */
	USHER__SIP_REST_MS = 1000,   /* of a listener without descriptors */
	USHER__SIP_NOTES = 5,        /* lines of one kind in … */
	USHER__SIP_NOTES_MS = 10000, /* … so long; the rest is counted */
};

#define USHER__SIP_ALLOW                                                      \
	"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY, INFO, "     \
	"PRACK, UPDATE\r\n"

/* Why something was refused: each has its counter in usher__ua_counters and
 * its allowance of log lines. */
enum usher__note {
	USHER__NOTE_MALFORMED = 0,
	USHER__NOTE_REFUSED, /* a sender without right */
	USHER__NOTE_UNSUPPORTED,
	USHER__NOTE_UNEXPECTED,
	USHER__NOTE_LIMIT,
	USHER__NOTE_GLARE,
	USHER__NOTE_STREAM, /* a connection */
	USHER__NOTE_SECURITY,
	USHER__NOTE_PORTS, /* of media, none left */
	USHER__NOTE_SOUND, /* from elsewhere than a peer has named */
	USHER__NOTE_ROUTE, /* a call that no trunk is tried for */
	USHER__NOTE_COUNT
};

enum { USHER__NOTE_TEXT = 192 };

/* Lines of one kind. */
struct usher__notes {
	struct usher__ua *ua;
	struct tmr tmr; /* runs while the allowance is being used up */
	unsigned told;
	uint64_t more; /* not told */
	uint8_t level;
	char text[USHER__NOTE_TEXT]; /* of the last one that was not told */
};

/* How many answers libre keeps: each for 64 T1, so the seconds are counted in
 * which they began. */
enum { USHER__KEPT_S = 33 };
struct usher__kept {
	uint64_t second;
	uint32_t begun[USHER__KEPT_S];
	uint32_t now;
};

struct usher__ua {
	struct usher__loop *loop;
	struct usher__media *media;
	const struct usher__ua_ops *ops;
	void *arg;

	struct sip *sip;
	struct dnsc *dnsc;
	struct sa dns[USHER__DNS_SERVERS];
	uint32_t dns_count;
	struct sip_lsnr *requests, *responses;
	/* They see datagrams before libre does: one a socket. */
	struct udp_helper *guards[USHER__SIP_SOCKETS];
	void *guard_args[USHER__SIP_SOCKETS];
	unsigned guard_count;
	char probe[24];      /* Call-ID that finds the socket for it */
	struct sa local;     /* of the first transport */
	struct sa tls_local; /* of TLS, or unset */
	struct sa second, tls_second; /* of the other family, or unset */
	struct sa advertised;         /* public address, or unset */
	char local_ip[USHER__SDP_IP_MAX];
	char *software; /* our User-Agent */
	bool udp, tcp, open, any_source, text, video;
	bool stopping, stopped;
	struct tmr stop_tmr;

	struct hash *legs;     /* by id */
	struct hash *dialogs;  /* by Call-ID */
	struct hash *ports;    /* by media port */
	struct hash *accounts; /* with contacts, by user@domain */
	struct list ending;    /* legs whose LEG_ENDED is due */
	struct tmr ending_tmr;
	struct list registrations;
	struct usher__trunk *trunks[USHER__UA_MAX_TRUNKS];
	unsigned trunk_count;

	uint64_t last_leg;
	uint32_t last_trunk, last_registration;
	uint32_t max_legs, max_bindings, max_expires_s, tcp_silent_ms;
	uint32_t silence_ms;
	uint64_t ask_us; /* when one that we have again may be asked next */
	uint32_t session_s, session_min_s;
	tmr_h *session_due; /* of legs: session.c starts it, refresh.c does it
			     */
	uint8_t srtp;       /* enum usher__srtp_policy */
	struct usher__codecs codecs;
	uint32_t keep_alive_ms;
	uint8_t digests;    /* bits of enum usher__hash; 0: all */
	uint8_t secret[20]; /* keys the nonces */
	uint32_t last_nonce;
	struct hash *nonces;    /* used ones, by id */
	struct list nonce_list; /* by first use */
	uint32_t nonces_now;
	uint64_t nonce_floor_s; /* older ones are stale unless kept */
	struct usher__tcp *streams;
	struct usher__tls *tls; /* NULL: there is none */
	struct usher__notes notes[USHER__NOTE_COUNT];
	struct usher__kept kept;
	struct usher__limit *limit; /* NULL: everything is let in */
	struct usher__ua_counters n;
};

/* self.c */
void usher__ua_log(struct usher__ua *ua, enum usher__log_level level,
		   const char *fmt, ...) USHER_PRINTF(3, 4);
/* The address that a peer should send to. */
void usher__ua_local_ip(struct usher__ua *ua, const struct sa *peer, char *ret,
			size_t size);
/* Of which family an address of ours is to be. */
const struct sa *usher__ua_local(const struct usher__ua *ua, int af);
/* Do we listen there? */
bool usher__ua_listens(const struct usher__ua *ua, const struct sa *local);
/* "Contact: <sip:user@ip:port;transport=tcp>\r\n" for that peer; a sips URI
 * by USHER__TP_SIPS. */
int usher__ua_contact(struct mbuf *mb, struct usher__ua *ua, const char *user,
		      enum sip_transp tp, const struct sa *peer);
/* The tenant whose domain the host of a URI is. */
int usher__ua_domain(struct usher__ua *ua, const struct pl *host, char *ret,
		     size_t size);
/* The port that a peer on this transport should send to. */
uint16_t usher__ua_tp_port(const struct usher__ua *ua, enum sip_transp tp);
/* A datagram that says nothing (RFC 5626, 3.5.1 has it for streams). */
void usher__ua_ping(struct usher__ua *ua, const struct sa *peer);
/* Tells the owner, once; of the timer, too. */
void usher__ua_stopped(void *ua);
/* When nothing is left that a stop waits for. */
void usher__ua_check_stopped(struct usher__ua *ua);

/* text.c */
const char *usher__sip_reason(uint16_t status);
bool usher__pl_copy(char *dst, size_t size, const struct pl *pl);
/* Unescaped; false if it does not fit or has control characters. */
bool usher__pl_user(char *dst, size_t size, const struct pl *pl);
/* Digits alone, and at most max, which 32 bits have. */
bool usher__pl_decimal(const struct pl *pl, uint32_t max);
/* "%H" of a host in a URI: an address of IPv6 stands in brackets. */
int usher__host_print(struct re_printf *pf, const struct pl *host);
bool usher__text_ok(const char *text);           /* no control characters */
int usher__str_set(char **dst, const char *src); /* NULL stays NULL */
/* Of what is nobody's business: not to be found in freed memory. NULL. */
void *usher__secret_free(char *text);
/* Body cut to Content-Length. */
struct pl usher__msg_body(const struct sip_msg *msg);

/* dispatch.c */
int usher__ua_listen(struct usher__ua *ua);

/* note.c */
/* A line, if its kind still has some. */
void usher__ua_note(struct usher__ua *ua, enum usher__note note,
		    enum usher__log_level level, const char *fmt, ...)
	USHER_PRINTF(4, 5);
void usher__notes_init(struct usher__ua *ua);
void usher__notes_free(struct usher__ua *ua);

/* reply.c
 *
 * What refuses a request goes through one of these: it is answered, counted
 * and told, without secrets and not more often than the limit. */
/* To a sender who has proven nothing: no memory is spent. more: whole lines
 * of headers, or NULL; why: for the log. */
void usher__ua_refuse(struct usher__ua *ua, const struct sip_msg *msg,
		      uint16_t status, enum usher__note note, const char *why,
		      const char *more);
/* Within a call, or to a sender who is known: the answer is kept for those
 * who did not get it, up to USHER__UA_MAX_TRANSACTIONS. */
void usher__ua_deny(struct usher__ua *ua, const struct sip_msg *msg,
		    uint16_t status, enum usher__note note, const char *why,
		    const char *more);
/* The same for what is no refusal. headers: whole lines, or NULL. */
void usher__ua_reply(struct usher__ua *ua, const struct sip_msg *msg,
		     uint16_t status, const char *headers);
/* tcp.c */
int usher__tcp_new(struct usher__tcp **ret, struct usher__ua *ua);
/* From wrap.c, where libre is private. */
int usher__tcp_accept(int fd, struct sockaddr *addr, socklen_t *len);
void usher__tcp_accepted(struct tcp_conn *tc, struct tcp_sock *sock);
void usher__tcp_closed(int fd);
/* listener.c: libre looks at fd, or no more; it was closed. */
void usher__listener_seen(int fd, int flags, fd_h *fh, void *arg);
void usher__listener_closed(int fd);
/* Look away from it for USHER__SIP_REST_MS. */
void usher__listener_rest(int fd);
/* Is there still a connection from there? True if that is not known. */
bool usher__tcp_open(struct usher__ua *ua, const struct sa *peer);
/* The sender has shown that it may be here. */
void usher__tcp_known(struct usher__ua *ua, const struct sip_msg *msg);

/* sent.c, from wrap.c, where libre is private. What libre was asked to send
 * over a connection, and whom to tell that it could not be. */
struct sip_connqent; /* libre's */
struct usher__sending {
	/* libre's own way, with another one to tell. */
	int (*send)(struct sip_connqent **qentp,
		    const struct usher__sending *how,
		    void (*transph)(int err, void *arg), void *arg);
	struct sip *sip;
	enum sip_transp tp;
	struct sa dst;
	struct mbuf *mb;
	void (*transph)(int err, void *arg);
	void *arg;
};
/* 0 or an errno; what keeps an eye on it is put where libre keeps its own. */
int usher__sent_begin(struct sip_connqent **qentp,
		      const struct usher__sending *how);
/* This is given to a connection; a response was decoded; fd was closed. */
void usher__sent_leaves(const struct tcp_conn *tc, const struct mbuf *mb);
void usher__sent_heard(const struct sip_msg *msg);
void usher__sent_closed(int fd);

/* tls.c */
int usher__tls_new(struct usher__tls **ret, struct usher__ua *ua,
		   const struct usher__tls_opts *opts,
		   struct usher_error *err);
struct tls *usher__tls_context(const struct usher__tls *all);
/* From wrap.c. A connection starts TLS; an error: it must not. */
int usher__tls_begin(const struct tls *tls, struct tls_conn *conn, int fd,
		     const struct sa *peer, bool outbound);
void usher__tls_closed(int fd);
/* Whose connection that is (NULL: nobody's), and a reference to the name or
 * address that was called, NULL where the peer called us. */
struct usher__ua *usher__tls_called(int fd, char **ret_host);
/* Who is at an address has to be of this name; 0, or an errno because another
 * one is there. */
int usher__tls_expect(struct usher__ua *ua, const struct sa *dst,
		      const struct pl *name);
/* Before a request goes there, to whom route says: 0, or an errno because
 * another one is there. */
int usher__tls_towards(struct usher__ua *ua, enum sip_transp tp,
		       const struct sa *dst, const struct uri *route);

/* guard.c */
int usher__guard_probe(struct usher__ua *ua);
void usher__guard_free(struct usher__ua *ua);
bool usher__guard_found(struct usher__ua *ua, const struct sip_msg *msg);
/* A message that has been decoded already, from mb's position on; its
 * reference is the caller's, and mb is behind it. NULL: it has not. */
struct sip_msg *usher__guard_decoded(struct mbuf *mb);
/* The answer to a request that cannot be decoded, which is counted and told;
 * NULL: nothing is to be sent. */
struct mbuf *usher__guard_refuse(struct usher__ua *ua, const struct mbuf *in);

/* undecoded.c */
/* The answer to a request that cannot be decoded: its length, or 0. */
size_t usher__guard_refusal(char *ret, size_t size, const char *text,
			    size_t len);
/* A request whose topmost Via has no branch, with one; NULL: it has. */
struct mbuf *usher__guard_branch(const struct mbuf *in);
/* Give it one where it stands, if it can be decoded then. */
bool usher__guard_mend(struct mbuf *mb);
/* Its answers go nowhere else than where it came from. */
void usher__guard_maddr(const struct sip_msg *msg);

/* The value of the first Call-ID; false: there is none. within: To has a
 * tag. */
bool usher__guard_call_id(const char *text, size_t len, struct pl *ret,
			  bool *within);

/* check.c: a request, or a response that there can be. */
bool usher__response_ok(const struct sip_msg *msg);
/* 0, or the status with which to refuse a request. */
uint16_t usher__msg_check(const struct sip_msg *msg, char *unsupported,
			  size_t size);

/* Can it stand in a request of ours: no blank, no control character (a folded
 * header has them)? */
bool usher__uri_ok(const struct pl *uri);
/* The same of what a response says where to send next. */
bool usher__routes_ok(const struct sip_msg *msg);

/* auth.c */
enum usher__auth {
	USHER__AUTH_OK = 0,
	USHER__AUTH_NONE,  /* no credentials: challenge */
	USHER__AUTH_STALE, /* challenge with stale=true */
	USHER__AUTH_WRONG,
};
/* known: there is such a user; if not it is as if the password were wrong. */
enum usher__auth usher__auth_check(struct usher__ua *ua,
				   const struct sip_msg *msg,
				   const char *domain, const char *user,
				   const char *password, bool known);
int usher__auth_challenge(struct usher__ua *ua, const struct sip_msg *msg,
			  const char *domain, bool stale);
void usher__auth_free(struct usher__ua *ua);
/* Our credentials for libre's client side. */
int usher__auth_client(struct sip_auth **ret, char **user, char **password);

/* admit.c */
struct usher__sender {
	char domain[USHER__UA_MAX_NAME];
	char account[USHER__UA_MAX_NAME]; /* "" or the authenticated user */
	uint32_t trunk;
};
/* May the sender call? If not, it has been answered. */
bool usher__admit(struct usher__ua *ua, const struct sip_msg *msg,
		  struct usher__sender *ret);

/* registrar.c */
void usher__registrar_handle(struct usher__ua *ua, const struct sip_msg *msg);

/* bindings.c */
void usher__bindings_free(struct usher__ua *ua);

/* register.c */
/* The trunk's addresses are known, or there again: ask now. */
void usher__registration_kick(struct usher__trunk *trunk);
void usher__registrations_stop(struct usher__ua *ua);
void usher__registrations_free(struct usher__ua *ua);

/* dialog.c. near: a Contact that is not where msg came from is not believed.
 */
int usher__dialog_accept(struct sip_dialog **ret, const struct sip_msg *msg,
			 bool near);
int usher__dialog_fork(struct sip_dialog **ret, struct sip_dialog *half,
		       const struct sip_msg *msg, bool near);
void usher__dialog_update(struct sip_dialog *dlg, const struct sip_msg *msg,
			  bool near);
/* A 200 that makes no dialog, for its Contact or Record-Route is none or bad:
 * ACK, and unless resph is NULL then BYE, to where it came from. */
int usher__dialog_decline(struct sip_request **reqp, struct usher__ua *ua,
			  const struct sip_msg *msg, sip_resp_h *resph,
			  void *arg);
/* Did no proxy write itself into a request? */
bool usher__request_near(const struct sip_msg *msg);
bool usher__contact_reached(const struct sip_msg *msg,
			    const struct sip_addr *addr);
/* "sip:user@ip:port;transport=tcp", or sips if its Contact is that, of where
 * msg came from; free it. */
int usher__source_print(char **ret, const struct sip_msg *msg,
			const struct uri *contact);
/* Does a request that begins a dialog want ours to be sips (RFC 3261, 12.1.1)?
 */
bool usher__request_sips(const struct sip_msg *msg);

#endif
